"""What comparing sees of one telling: who, to whom, when and where, as keys and sets; and whether two can be one event.

Knowledge is in data/compare/kinds.tsv (what matters for which type) and families.tsv (which sectors stand for each other).
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from communique.records import Entity, Event, Location, Telling, content_id
from communique.resolve.lexicon import body_names
from communique.settings import read_table

BODIES = frozenset({"IGO", "NGO", "MNC", "IMG", "ISM"})
"""Country codes that many bodies share: there the name tells who it is (codebook, Actors and recipients)."""

POSSIBLE = frozenset({"future", "hypothetical"})
"""Statuses of what may come. What happened, or is said to have or not to have, never forms an incident with it."""

FAR = 150.0
"""Kilometres beyond which two towns are two places: metropolitan areas and a city's airport stay within it. Chosen before any
measurement; on half 0 of benchmarks/stories, 25 to 300 change nothing (benchmarks/incidents.py)."""

Role = tuple[str, str]
"""(side, who), where side is "a" or "r" and "" for types that are told either way."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A type's row in data/compare/kinds.tsv; `apart` gives each mode that keeps apart the number of its group."""

    mutual: bool
    names: str
    place: bool
    standing: bool
    spoken: bool
    apart: Mapping[str, int]


OTHER = Kind(mutual=False, names="recipients", place=True, standing=False, spoken=False, apart={})
"""How tellings of a user's own types are compared: as those of most deeds are."""


class _Kinds(dict[str, Kind]):
    """PLOVER's types by name; whatever else is asked for is `OTHER`."""

    def __missing__(self, name: str) -> Kind:
        return OTHER


@lru_cache(maxsize=1)
def kinds() -> dict[str, Kind]:
    """How tellings of each type are compared."""
    return _Kinds({
        row["type"]: Kind(
            row["mutual"] == "yes", row["names"], row["place"] == "yes", row["standing"] == "yes",
            row["spoken"] == "yes",
            {m: n for n, group in enumerate((row["apart"] or "").split(";")) for m in group.split(",") if m},
        )
        for row in read_table("compare/kinds.tsv")
    })  # fmt: skip


@lru_cache(maxsize=1)
def families() -> dict[str, str]:
    """The family of each sector that has one."""
    return {row["sector"]: row["family"] for row in read_table("compare/families.tsv")}


@lru_cache(maxsize=50_000)
def name_key(name: str) -> str:
    """A name for comparing: no case, no accents, no marks."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return " ".join(re.findall(r"\w+", "".join(c for c in plain if not unicodedata.combining(c))))


@lru_cache(maxsize=1)
def _bodies() -> dict[tuple[str, str], str]:
    """(country, any name of a body) -> the name that all of them are compared by."""
    return {(row["country"], name_key(name)): name_key(row["name"]) for row, name in reversed([*body_names()])}


def called(entity: Entity) -> str:
    """An entity's name for comparing; a body's is one whichever it goes by: "FARC", "Revolutionary Armed Forces of Colombia"."""
    return _called_who(entity.country, entity.name)[0]


def who(entity: Entity) -> str:
    """The party that an entity stands for, as a key: its country, or a body's name; "" where it is unknown."""
    return _called_who(entity.country, entity.name)[1]


@lru_cache(maxsize=50_000)
def _called_who(country: str, given: str) -> tuple[str, str]:
    """The name and the party of an entity, each asked some twenty times a telling (benchmarks/store_reports.py, 600 reports)."""
    plain = name_key(given)
    name = _bodies().get((country, plain), plain)
    if country in BODIES and name:
        return name, f"{country}:{name}"
    return name, country or (f"~{name}" if name else "")


def same_name(a: str, b: str) -> bool:
    """Whether two name keys can be one person or body: "lavrov" and "sergei lavrov" can, and "sergey lavrov" beside them."""
    if a == b:
        return True
    x, y = a.split(), b.split()
    if set(x) <= set(y) or set(y) <= set(x):
        return True
    # Spellings of one first name, from another script, mostly begin alike.
    return bool(x and y) and x[-1] == y[-1] and x[0][0] == y[0][0]


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """One telling as comparing sees it; equal only to itself. `event` and `ref` (its report's key and its id) are the telling's.

    `sides` are the parties' keys, actors and recipients; `left` of a mutual type are all parties, and `right` is empty. `when` is
    its place on the axis of days (an ordinal; that of its date where `dated`, else of its publication), None where it has
    none: then `cell` says with which it may be compared at all. `told` is the ordinal of its publication. `called` are all
    names of a side, also where `names` leaves them out because they do not keep events apart. `pair` says whether both sides
    are known, one party each (a name without a country leaves its side open); `signature` is scope and parties in one word,
    and `rich` how much the telling says. `content` is one object for all tellings that differ in nothing which comparing looks at
    but their report, their id and where they stand in the text: hundreds of copies are compared once.
    """

    telling: Telling
    event: Event
    ref: tuple[str, str]
    scope: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    when: int | None
    dated: bool
    told: int | None
    cell: str
    names: Mapping[Role, frozenset[str]]
    families: Mapping[Role, frozenset[str]]
    called: Mapping[str, frozenset[str]]
    place: Location | None
    rich: int
    order: tuple[str, str, str]
    pair: bool
    signature: str
    content: object


def ordinal(date: str) -> int | None:
    """The ordinal of a day-precise ISO date; None for others."""
    if len(date) != 10:
        return None
    try:
        return dt.date.fromisoformat(date).toordinal()
    except ValueError:
        return None


def profile_of(telling: Telling, *, by_publication: bool = False) -> Profile:
    """What comparing sees of `telling`. `by_publication` puts it where it was published, whatever its date."""
    event = telling.event
    kind = kinds()[event.type]
    scope = f"{event.type}/{'p' if event.status in POSSIBLE else 'w'}"
    left, right = _sides(event, kind.mutual)
    when, dated, cell = _when(telling, bool(left or right), by_publication)
    names, families_of = _details(event, kind)
    place = event.location if kind.place else None
    inherited = any(e.inherited for e in (*event.actors, *event.recipients))
    rich = len(names) + (place is not None) + bool(event.mode) + 2 * (not inherited)
    order = (telling.published or "9999", telling.report, event.id)
    signature = f"{scope}={'+'.join(left)}>{'+'.join(right)}"
    return Profile(
        telling, event, (telling.report, event.id), scope, left, right, when, dated, ordinal(telling.published), cell, names,
        families_of, _called(event, kind), place, rich, order, _paired(left, right, kind.mutual), signature,
        _content(
            telling.witness, event.type, event.status, event.mode, event.date, event.place, event.location, event.contexts,
            left, right, when, dated, cell, ordinal(telling.published), _seen(event.actors), _seen(event.recipients),
        ),
    )  # fmt: skip


profile = lru_cache(maxsize=8_192)(profile_of)
"""As `profile_of`; asked again for one of the last tellings it gives the same profile: each is needed some six times where a
report is added."""


@lru_cache(maxsize=16_384)
def _content(*_: object) -> object:
    """The object of all profiles of which this is said."""
    return object()


def _seen(entities: Iterable[Entity]) -> tuple[tuple[str, ...], ...]:
    """What comparing sees of entities."""
    return tuple((e.country, e.sector, e.name, e.office, e.id, e.text) for e in entities)


def _paired(left: tuple[str, ...], right: tuple[str, ...], mutual: bool) -> bool:
    """Whether these are two parties whose countries are known."""
    if any(key.startswith("~") for key in (*left, *right)):
        return False
    return len(left) == 2 if mutual else len(left) == len(right) == 1


def _sides(event: Event, mutual: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    left = {who(e) for e in event.actors or _deniers(event)} - {""}
    if not mutual:
        right = {who(e) for e in event.recipients if not _says_nothing(e, event)} - {""}
        return tuple(sorted(left)), tuple(sorted(right))
    both = left | {who(e) for e in event.recipients} - {""}
    if len(both) == 1:
        # A government and its rebels are two parties of one country.
        both = {who(e) + _beside(e) for e in (*event.actors, *event.recipients) if who(e)}
    return tuple(sorted(both)), ()


def _deniers(event: Event) -> tuple[Entity, ...]:
    """Who denies a deed of which no doer is told: nobody denies for another where one party alone does."""
    return event.sources if event.status == "denied" and len({who(e) for e in event.sources}) == 1 else ()


def _says_nothing(recipient: Entity, event: Event) -> bool:
    """Whether a recipient is but a state's own country: it was named for some other reason, and leaves the side open."""
    own = [e for e in event.actors or _deniers(event) if who(e) == who(recipient) and not _beside(e)]
    return bool(own) and (not recipient.sector or recipient.sector in {e.sector for e in own}) and not recipient.name


def _beside(entity: Entity) -> str:
    family = families().get(entity.sector, "state")
    return "" if family == "state" else f".{family}"


def _when(telling: Telling, known: bool, by_publication: bool) -> tuple[int | None, bool, str]:
    """(ordinal, whether it is the event's own date, cell) of a telling."""
    event, published = telling.event, ordinal(telling.published)
    day = None if by_publication else ordinal(event.date)
    if not known:
        # Nobody is named: only the same words in copies of one text are the same event.
        return None, False, f"w{telling.witness}/{content_id(event.trigger.casefold(), event.date)}"
    if day is not None:
        return day, True, ""
    if by_publication and not event.historical and published is not None:
        return published, False, ""
    recent = not event.date or (len(event.date) == 7 and telling.published.startswith(event.date))
    if recent and not event.historical and published is not None:
        return published, False, ""
    return None, False, f"d{event.date}" if event.date else f"w{telling.witness}"


def _details(event: Event, kind: Kind) -> tuple[dict[Role, frozenset[str]], dict[Role, frozenset[str]]]:
    """Names and families of sectors by role, of the sides where they matter."""
    names: dict[Role, set[str]] = {}
    found: dict[Role, set[str]] = {}
    for side, entities in (("a", event.actors), ("r", event.recipients)):
        if kind.names == "none" or (kind.names == "recipients" and side == "a" and not kind.mutual):
            continue
        for entity in entities:
            role = ("" if kind.mutual else side, who(entity))
            if not role[1]:
                continue
            if entity.name and entity.country not in BODIES:
                names.setdefault(role, set()).add(called(entity))
            if entity.sector in families():
                found.setdefault(role, set()).add(families()[entity.sector])
    return {k: frozenset(v) for k, v in names.items()}, {k: frozenset(v) for k, v in found.items()}


def _called(event: Event, kind: Kind) -> dict[str, frozenset[str]]:
    """All names of each side."""
    sides = {"": (*event.actors, *event.recipients)} if kind.mutual else {"a": event.actors, "r": event.recipients}
    return {side: frozenset(called(e) for e in entities if e.name) for side, entities in sides.items()}


def names_agree(a: Iterable[str], b: Iterable[str]) -> bool:
    """Whether two sets of names have one in common."""
    others = list(b)
    return any(same_name(x, y) for x in a for y in others)


def kilometres(a: Location, b: Location) -> float:
    """Great-circle distance of two points."""
    p, q = math.radians(a.lat), math.radians(b.lat)
    half = math.sin((q - p) / 2) ** 2 + math.cos(p) * math.cos(q) * math.sin(math.radians(b.lon - a.lon) / 2) ** 2
    return 12742.0 * math.asin(math.sqrt(min(1.0, half)))


def places_differ(a: Location | None, b: Location | None) -> bool:
    """Whether two places cannot be one: different countries, or towns that lie `FAR` from each other."""
    if a is None or b is None:
        return False
    if a.country and b.country and a.country != b.country:
        return True
    return bool(a.region and b.region) and kilometres(a, b) > FAR


def modes_differ(kind: Kind, a: Iterable[str], b: Iterable[str]) -> bool:
    """Whether modes stand in groups that the table keeps apart."""
    x = {kind.apart[m] for m in a if m in kind.apart}
    y = {kind.apart[m] for m in b if m in kind.apart}
    return bool(x and y and not x & y)
