"""Persons and bodies: what they said and did, with whom, and which offices they held when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from communique.ontology import mutual_types
from communique.records import Entity, Incident
from communique.serve.app import store_of
from communique.serve.pages import common, links
from communique.serve.pages.countries import holders, weeks
from communique.serve.pages.statements import together
from communique.serve.pages.today import Name, Word
from communique.serve.problems import Problem
from communique.store import Store, StoredStatement, desk, people
from communique.store.searching import name_words
from communique.views import flat

router = APIRouter(include_in_schema=False)

LAST = 300
"""Statements and incidents, the last, from which partners and the chart are made."""

SHOWN = 12

PARTNERS = 15

SAMPLE = 400
"""Statements, the last of the store, of which it is counted who spoke most."""


@router.get("/persons")
def persons(request: Request, store: Annotated[Store, Depends(store_of)], q: Word = "") -> Any:
    """Names that have some words, and where none are asked for who spoke most of late."""
    if desk.empty(store):
        return common.show(request, "empty.html", "Begin", store=store.name)
    found = people.named_like(store, q) if q.strip() else []
    since, recent = ("", []) if q.strip() else _recent(store)
    if form := common.form(request):
        rows: list[dict[str, Any]] = [
            {"name": f.name, "country": f.country, "sector": f.sector, "office": f.office, "statements": None} for f in found
        ]
        rows += [{"name": name, "country": code, "sector": "", "office": "", "statements": n} for name, code, n in recent]
        return common.given_as(form, rows, "persons", ("name", "country", "sector", "office", "statements"))
    return common.show(request, "persons.html", "Persons and bodies", q=q, found=found, recent=recent, since=since)


def _recent(store: Store) -> tuple[str, list[tuple[str, str, int]]]:
    """The first of the days that the last `SAMPLE` statements of the store fill, and (name, country, statements) of who spoke in
    them: whole days, so that the list of a name's statements since then is as long as its number."""
    from communique.store import Query

    found = [one for one in store.statements(Query(newest=True, limit=SAMPLE)) if one.published]
    days = sorted({one.published for one in found})
    if len(found) == SAMPLE and len(days) > 1:
        days = days[1:]  # there may be more of the first day
    said: Counter[str] = Counter()
    countries: dict[str, Counter[str]] = {}
    for one in found:
        if one.published in days and (name := one.statement.speaker.name):
            said[name] += 1
            countries.setdefault(name, Counter())[one.statement.speaker.country] += 1
    listed = [(name, countries[name].most_common(1)[0][0], n) for name, n in said.most_common(30)]
    return (days[0] if days else ""), listed


@router.get("/person")
def person(request: Request, store: Annotated[Store, Depends(store_of)], name: Name = "", after: Word = "") -> Any:
    """One of them."""
    if not name.strip():
        return persons(request, store)
    known = people.figures(store, name)
    held = _held(name)
    if not known and not held:
        raise Problem("not-found", f"the store has met nobody called {name!r}: /persons looks for parts of names")
    said = people.words_of(store, name, most=LAST)
    dated = desk.whole(store, desk.Wanted(who=name), most=LAST) if known else []
    did = [one for _, one in dated]
    if form := common.form(request):
        rows = [flat.statement(one) for one in said]
        if form == "csv":
            return common.as_csv(rows, f"person-{name}", flat.STATEMENT)
        return common.as_json({"name": name, "offices": held, "statements": rows, "incidents": [flat.incident(i) for i in did]},
                              f"person-{name}")  # fmt: skip
    title = known[0].name if known else name
    since, counted = common.whole_days(dated, LAST)
    return common.show(
        request, "person.html", title, person=title, met=_met(known), held=held, said=together(said, SHOWN), did=did[:SHOWN],
        count=len(said), deeds=len(did), most=LAST, since=since, about=_about(said), chart=_chart(said, title),
        partners=partners_of(title, {f.country for f in known}, counted, common.sides(store), since),
        acts=Counter(one.statement.act for one in said).most_common(),
    )  # fmt: skip


def _met(known: list[people.Figure]) -> list[tuple[str, str, str]]:
    """Country, sector and office under which the reports met them, each once."""
    once: dict[tuple[str, str, str], tuple[str, str, str]] = {}
    for f in known:
        once.setdefault((f.country, f.sector, f.office.casefold()), (f.country, f.sector, f.office))
    return list(once.values())


def _held(name: str) -> list[dict[str, str]]:
    """Rows of the table of officials, the first first."""
    from communique.store.writing import folded

    wanted = folded(name)
    everybody = ((country, row) for country, listed in holders().items() for row in listed)
    found = [{**row, "country": country} for country, row in everybody if folded(row["name"]) == wanted]
    return sorted(found, key=lambda row: (row["since"], row["office"]))


@dataclass(frozen=True, slots=True)
class Partner:
    """Whom a person did something to, or the other way round: a name, or a country with all of its people. `numbers` are what the
    person did and met, conflicts and cooperations, each with the address of its list."""

    name: str
    country: str
    numbers: tuple[tuple[int, str], ...]


Key = tuple[tuple[str, ...], str]
"""A partner: the words of a name, or a country."""


def partners_of(
    name: str, own: set[str], did: Sequence[Incident], sides: Mapping[str, str], since: str = ""
) -> list[Partner]:  # fmt: skip
    """The `PARTNERS` with the most incidents, by name and by country, but not those of the person's `own`."""
    told = [(one, one.recipients or (one.actors if one.type in mutual_types() else ())) for one in did]
    met: Counter[Key] = Counter()
    names: dict[Key, tuple[str, str]] = {}
    for one, recipients in told:
        for others in (recipients if _has(one.actors, name) else (), one.actors if _has(recipients, name) else ()):
            keys: dict[Key, tuple[str, str]] = {}
            keys |= {((), e.country): ("", e.country) for e in others if e.country and e.country not in own}
            keys |= {(_words(e.name), ""): (e.name, e.country) for e in others if e.name and not _has((e,), name)}
            met.update(dict.fromkeys(keys, 1))
            names = keys | names
    listed = sorted(met, key=lambda key: (-met[key], key))[:PARTNERS]
    return [_partner(name, *names[key], told, sides, since) for key in listed]


def _partner(
    name: str, other: str, country: str, told: Sequence[tuple[Incident, Sequence[Entity]]], sides: Mapping[str, str], since: str
) -> Partner:  # fmt: skip
    def there(entities: Sequence[Entity]) -> bool:
        return _has(entities, other) if other else any(e.country == country for e in entities)

    numbers = []
    for out in (True, False):
        kinds = Counter(
            one.type for one, recipients in told
            if (_has(one.actors, name) and there(recipients) if out else there(one.actors) and _has(recipients, name))
        )  # fmt: skip
        ends = (name, other or country) if out else (other or country, name)
        for side in ("conflict", "cooperation"):
            of = sorted(kind for kind in kinds if sides.get(kind) == side)
            href = links.query("/incidents", who=ends[0], other=ends[1], way="out", type=of, since=since)
            numbers.append((sum(kinds[kind] for kind in of), href))
    return Partner(other, country, tuple(numbers))


def _has(entities: Sequence[Entity], name: str) -> bool:
    """Whether one of them has all words of a name, as a list that is asked for by it goes."""
    words = set(_words(name))
    return any(e.name and words <= set(_words(e.name)) for e in entities)


@lru_cache(maxsize=4096)
def _words(name: str) -> tuple[str, ...]:
    return tuple(sorted(name_words(name)))


def _about(said: list[StoredStatement]) -> list[tuple[str, int]]:
    """Countries that the statements are about or said to, as a list of statements is narrowed to."""
    each = ({*one.statement.about, *(e.country for e in one.statement.addressee)} - {""} for one in said)
    return Counter(code for codes in each for code in codes).most_common(10)


def _chart(said: list[StoredStatement], name: str) -> dict[str, Any] | None:
    """Statements by week, over the last two years of those that are looked at."""
    days = Counter(one.published for one in said if one.published)
    if len(days) < 2:
        return None
    last = max(days)
    first = max(min(days), common.shifted(last, -728))
    starts, values = weeks({d: n for d, n in days.items() if d >= first}, first, last)
    hrefs = [links.query("/statements", actor=name, since=s, until=common.shifted(s, 6)) for s in starts]
    return {"kind": "bars", "name": "statements a week", "starts": starts, "values": values, "hrefs": hrefs}
