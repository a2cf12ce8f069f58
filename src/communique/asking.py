"""What users ask of a store, in their words: countries by name or code, months as well as days, timelines, alerts, its size."""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from communique.errors import InputError, MissingExtraError
from communique.ontology import event_types
from communique.ontology import names as listed
from communique.records import Claim, Incident, SeriesRow, day_given, parse_published, text_given
from communique.settings import read_table

if TYPE_CHECKING:
    from communique.export.rows import TellingLike, Witnessed
    from communique.measure.alerts import Alert
    from communique.measure.changes import Change
    from communique.measure.series import Series
    from communique.measure.tension import Tension
    from communique.store import Query, Store

WORLD = ("UNO", "EUR", "IGO", "NGO", "IMG", "MNC", "ISM")
"""Codes of what is no state."""

LATELY = 31
"""Days of which alerts tell where no first day is given: a month, by choice."""

PART = 200
"""Incidents whose tellings are fetched at once."""

_CODE = re.compile(r"[A-Z]{3}(\.[A-Z]{3})?")
_DAYS = re.compile(r"(\d{4})(?:-(\d\d))?")


def question(kind: str, store: Store | None = None, **asked: Any) -> Query:
    """A query for "events", "statements", "incidents" or "claims", from words as users write them.

    Types of a user's own may be asked for which events of `store` have. Raises `InputError` for a word that the codebook does not
    have, for what is no date or not of its kind, and for a narrowing that there is none of.
    """
    from communique.store import Query

    given = {k: v for k, v in asked.items() if v not in ("", None, ())}
    narrowings = [f.name for f in dataclasses.fields(Query)]
    for name in asked:
        if name not in narrowings:
            near = difflib.get_close_matches(name, narrowings, 1)
            hint = f"did you mean {near[0]}?" if near else f"they are {', '.join(narrowings)}"
            raise InputError(f"argument {name!r}", f"is no narrowing of {kind}", hint)
    for name in ("actor", "recipient"):
        if name in given:
            given[name] = party(text_given(given[name], name))
    if "country" in given:
        given["country"] = country(text_given(given["country"], "country"))
    if "type" in given:
        values = listed("act") if kind == "statements" else tuple(event_types())
        own = own_types(store, given["type"]) if store is not None and kind != "statements" else ()
        given["type"] = _chosen("act" if kind == "statements" else "type", given["type"], (*values, *own))
    if "status" in given and kind != "statements":
        given["status"] = _chosen("status", given["status"], ("contested",) if kind == "claims" else listed("status"))
    for name in ("since", "until"):
        if name in given:
            given[name] = edge(given[name], name)
    return Query(**given)


def edge(given: str | dt.date, name: str) -> str:
    """The first day ("since") or last ("until") of a day, month or year. Raises `InputError` where it is none."""
    from communique.resolve.dates import days_of

    if not isinstance(given, str | dt.date):
        hint = 'write it as "2024-04-10", "2024-04" or "2024"'
        raise InputError(f"{name} {given!r}", f"is {type(given).__name__}, no date", hint)
    given = day_given(given, name)
    span = days_of(given.strip()) if _DAYS.fullmatch(given.strip()) else None
    if span is not None:
        return span[name == "until"].isoformat()
    try:
        day = parse_published(given)
    except InputError as error:
        raise InputError(f"{name} {given!r}", "is not a date", "write it as 2024-04-10, 2024-04 or 2024") from error
    return day.isoformat() if day else ""


def _chosen(name: str, given: str | Sequence[str], values: tuple[str, ...]) -> tuple[str, ...]:
    """`given` as the list `values` writes it; several may be parted by commas."""
    words = _words(given, name)
    written = {v.casefold(): v for v in values}
    for word in words:
        if word.casefold() not in written:
            raise InputError(f"{name} {word!r}", "is not in the codebook", "it is one of " + ", ".join(values))
    return tuple(written[w.casefold()] for w in words)


def _words(given: str | Sequence[str], name: str = "type") -> list[str]:
    from communique.store.questions import texts_given

    return [w.strip() for part in texts_given(given, name) for w in part.split(",") if w.strip()]


def own_types(store: Store, given: str | Sequence[str]) -> tuple[str, ...]:
    """Those of the types that are not PLOVER's, but which events of the store have (`communique train`)."""
    from sqlalchemy import select

    from communique.store.rows import kept
    from communique.store.schema import event

    others = sorted({kept(w.upper()) for w in _words(given)} - set(event_types()))
    if not others:
        return ()
    with store.database.reading() as connection:
        found = (select(event.c.type).where(event.c.current.is_(True), event.c.type == kind).limit(1) for kind in others)
        return tuple(kind for query in found for kind in connection.execute(query).scalars())


@lru_cache(maxsize=1)
def _codes() -> tuple[dict[str, str], dict[str, str]]:
    """(codes by the words that stand for a country, names by code)."""
    words: dict[str, str] = {}
    names = {code: code for code in WORLD}
    for row in read_table("actors/countries.tsv"):
        names[row["code"]] = row["name"]
        for cell in ("name", "other", "adjective", "capital", "seat"):
            for word in (row[cell] or "").split(";"):
                words.setdefault(word.strip().casefold(), row["code"])
    words.pop("", None)
    return words, names


def country(given: str) -> str:
    """The code of a country given by code or name. Raises `InputError`, with what may have been meant, where it is neither."""
    words, names = _codes()
    said = given.strip()
    code = said.upper() if said.upper() in names else words.get(said.casefold(), "")
    if not code:
        raise InputError(f"country {given!r}", "is neither a code nor a name of a country", _meant(said))
    return code


def party(given: str) -> str:
    """`given` as the store asks for it: a country's code, with a sector where one was given, else the name as it is.

    Raises `InputError` for a code that no country has.
    """
    words, names = _codes()
    said = given.strip()
    head, dot, sector = said.rpartition(".")
    if not dot or sector.upper() not in listed("sector"):
        head, sector = said, ""
    code = head.upper() if head.upper() in names else words.get(head.casefold(), "")
    if code:
        return f"{code}.{sector.upper()}" if sector else code
    if _CODE.fullmatch(said):
        raise InputError(f"party {given!r}", "is no code of a country", f"{_meant(head)}; write a body's name in full")
    return said


def unknown(*given: str) -> list[str]:
    """For each of the parties that stands for no country: that it was taken for a name, and what may have been meant."""
    names = [said for said in given if said and not _CODE.fullmatch(party(said))]
    return [f"{said!r} was taken for the name of a person or body: {_meant(said)}" for said in names]


def _meant(said: str) -> str:
    """A hint for a word that stands for no country."""
    likely = " or ".join(_near(said.casefold()))
    return f"did you mean {likely}?" if likely else "write a code such as CHN, or a name such as China"


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """Names of countries by the words that a misspelt one may have been: names and adjectives, not capitals, which are many and
    short; another name stands with its country."""
    out: dict[str, str] = {}
    for row in read_table("actors/countries.tsv"):
        for cell in ("name", "other", "adjective", "people"):
            for word in filter(None, (w.strip() for w in (row[cell] or "").split(";"))):
                shown = f"{row['name']} ({word})" if cell == "other" and len(word) > 3 else row["name"]
                out.setdefault(word.casefold(), shown)
    return out


def _near(said: str) -> list[str]:
    """The countries that are written most like `said`, at most two: by letters that are missing, added, other or turned round, at
    most one in four; else by what they have in common."""
    words = {word: slips(said, word) for word in _countries() if abs(len(word) - len(said)) <= len(said) // 4 + 1}
    least = min(words.values(), default=len(said))
    if least <= max(1, len(said) // 4):
        near = [word for word, n in words.items() if n == least]
    else:
        near = difflib.get_close_matches(said, list(_countries()), 3, 0.72)
    return list({_countries()[word].partition(" (")[0]: _countries()[word] for word in reversed(near)}.values())[::-1][:2]


def slips(a: str, b: str) -> int:
    """Letters that are missing, added, other or turned round between two words (optimal string alignment)."""
    before, row = [0] * (len(b) + 1), list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and y == a[i - 2]:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]


@dataclass(frozen=True, slots=True)
class Timeline:
    """A dyad over time: `rows` are its incidents, `notes` say what could not be worked out."""

    series: Series
    tension: Tension
    changes: tuple[Change, ...]
    rows: tuple[SeriesRow, ...]
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            **self.series.to_dict(), "tension": self.tension.to_dict(), "changes": [c.to_dict() for c in self.changes],
            "notes": list(self.notes),
        }  # fmt: skip


def timeline(
    store: Store, a: str, b: str, *, since: str | dt.date = "", until: str | dt.date = "", by: str = "week", most: int = 0
) -> Timeline:
    """Conflict and cooperation of two parties, the tension between them and where its level changed (docs/measures.md). Where
    nothing is on record, the notes say what may have been meant by a party that was taken for a name.

    Raises `InputError` for one party alone, for a code that no country has, for a date that is none, for an end before the
    beginning and for another period; with `most`, for more days than that, from the first to the last on record where none are
    named.
    """
    from communique.measure.changes import changes
    from communique.measure.series import series
    from communique.measure.tension import FADED, HALF_LIFE, tension
    from communique.store.garbage import uncollected

    one, other = _two(a, b)
    first, last = ends(since, until)
    # Tension decays: what came before the first day still counts on it, until it has faded.
    recent = (dt.date.fromisoformat(first) - dt.timedelta(FADED * HALF_LIFE)).isoformat() if first > "1900" else ""
    with uncollected():
        rows = tuple(dyad(store, one, other, until=last, recent=recent))
        if most:
            _few(rows, first, last, most)
        within = (r for r in rows if not first or (r.day or r.first_seen) >= first)
        found = series(within, one, other, period=by, since=first, until=last)
        notes = () if rows else tuple(unknown(one, other))
        turns: tuple[Change, ...] = ()
        try:
            turns = changes(found) if rows else ()
        except MissingExtraError as error:
            notes = (f"no change points: {error}",)
        return Timeline(found, tension(rows, since=first, until=last), turns, rows, notes)


def _two(a: str, b: str) -> tuple[str, str]:
    """Two parties as the store asks for them. Raises `InputError` where one is missing, or both are one."""
    one, other = (party(text_given(given, "party")) for given in (a, b))
    for given, said in ((a, one), (b, other)):
        if not said:
            raise InputError(f"party {given!r}", "is no party", "name a country, person or body")
    if one.casefold() == other.casefold():
        raise InputError(f"parties {a!r} and {b!r}", "are one and the same", "name two: what passes between them is told")
    return one, other


def ends(since: str | dt.date, until: str | dt.date) -> tuple[str, str]:
    """The first and last day of what is asked for, "" where none is named. Raises `InputError` for what is no date, and for an
    end before the beginning."""
    from communique.store.questions import ordered

    first, last = edge(since, "since") if since else "", edge(until, "until") if until else ""
    ordered(first, last)
    return first, last


def _few(rows: tuple[SeriesRow, ...], first: str, last: str, most: int) -> None:
    """Raises `InputError` where a series and an index of these days, or of all on record, would have more than `most`."""
    from communique.measure.rows import reach

    counting = [r.day for r in rows if r.day and (not first or r.day >= first)]
    if not counting:
        return
    begin, end = (day.isoformat() for day in reach(rows))
    begin, end = first or max(begin, min(counting)), last or min(end, max(counting))
    if (dt.date.fromisoformat(end) - dt.date.fromisoformat(begin)).days > most:
        reason = f"are more than {most:,} days, the most that is answered"
        raise InputError(f"from {begin} to {end}", reason, "ask for less, by since and until")


def dyad(store: Store, a: str, b: str, *, until: str = "", recent: str = "") -> Iterator[SeriesRow]:
    """The incidents between two parties, each once: of two countries from the store's own index, else by looking at each.

    `recent` lets the index leave out those that count on an earlier day.
    """
    if len(a) == len(b) == 3 and a.isupper() and b.isupper():
        yield from store.series(a, b, until=until, recent=recent)
        return
    from communique.measure.rows import dyad_rows
    from communique.store import Query

    seen: set[str] = set()
    for actor, recipient in ((a, b), (b, a)):
        for row in dyad_rows(store.incidents(Query(actor=actor, recipient=recipient, until=until)), a, b):
            if row.incident not in seen:
                seen.add(row.incident)
                yield row


def alerts(store: Store, *, since: str | dt.date = "", until: str | dt.date = "") -> list[Alert]:
    """What is new between any two countries from `since` to `until`, the last first (docs/measures.md). Every incident of those
    days is looked at: without `since`, all there are (`lately` gives the last month).

    Raises `InputError` for a date that is none, and for an end before the beginning.
    """
    from communique.measure.alerts import alerts as between

    first, last = ends(since, until)
    found: list[Alert] = []
    for a, b in sorted(_dyads(store, first, last)):
        found += between(store.series(a, b, until=last), a, b, since=first, until=last)
    for claim in _contested(store, first):
        told, parties = _about(store, claim)
        found += between((), *parties, claims=[claim], incidents=told, since=first, until=last)
    return sorted(found, key=lambda x: (x.day, x.a, x.b, x.kind), reverse=True)


def lately(store: Store, until: str | dt.date = "") -> tuple[str, str]:
    """The first and last of the last `LATELY` days up to `until`, or up to the last report that somebody is quoted in; empty
    for an empty store.

    Raises `InputError` for a date that is none.
    """
    from communique.store import Query

    last = edge(until, "until") if until else ""
    if not last:
        said = next(iter(store.statements(Query(newest=True, limit=1))), None)
        last = said.published if said is not None else ""
    if not last:
        told = next(iter(store.incidents(Query(newest=True, limit=1))), None)
        last = told.last_seen if told is not None else ""
    return ((dt.date.fromisoformat(last) - dt.timedelta(LATELY)).isoformat(), last) if last else ("", "")


def _dyads(store: Store, since: str, until: str) -> set[tuple[str, str]]:
    """The pairs of countries with an incident in those days."""
    from communique.measure.pairs import pairs
    from communique.store import Query

    out: set[tuple[str, str]] = set()
    for one in store.incidents(Query(since=since, until=until, status=("actual",))):
        for actor, recipient in pairs(one.type, one.actors, one.recipients):
            if actor and recipient and actor.country and recipient.country and actor.country != recipient.country:
                a, b = sorted((actor.country, recipient.country))
                out.add((a, b))
    return out


def _contested(store: Store, since: str) -> Iterator[Claim]:
    from communique.store import Query

    return (c for c in store.claims(Query(status=("contested",))) if not since or c.until >= since)


def _about(store: Store, claim: Claim) -> tuple[list[Incident], tuple[str, str]]:
    """The incidents of a claim's tellings, and the two who stand against each other over it."""
    idents = dict.fromkeys(e.incident for e in store.explain(claim.id).events if e.incident)
    told = [whole for ident in idents if (whole := store.explain(ident).incident) is not None]
    sides = {stance: [s.party.country for s in claim.sides if s.stance == stance] for stance in ("denies", "asserts")}
    named = [c for c in (*sides["denies"][:1], *sides["asserts"], *(e.country for e in (*claim.actors, *claim.recipients))) if c]
    once = list(dict.fromkeys(named))
    return told, (once[0] if once else "", once[1] if len(once) > 1 else "")


@dataclass(frozen=True, slots=True)
class Size:
    """What a store holds: `rows` by table, `bytes` of the whole (0 where the database does not say), `schema` its version."""

    name: str
    schema: str
    rows: dict[str, int]
    bytes: int

    @property
    def bytes_an_event(self) -> float:
        """Of the whole store, text and indexes included, by the events of all codings; 0 where there is none."""
        return self.bytes / self.rows["events"] if self.rows["events"] else 0.0

    def to_dict(self) -> dict[str, Any]:
        return {
            "store": self.name, "schema": self.schema, "rows": self.rows, "bytes": self.bytes,
            "bytes_an_event": round(self.bytes_an_event, 1),
        }  # fmt: skip


def size(store: Store) -> Size:
    """Counts of what a store holds. Every row is counted: a second or so where there are millions."""
    from sqlalchemy import func, select, text

    from communique.store import schema
    from communique.store.migrations import revision

    tables = {
        "reports": schema.report, "versions": schema.version, "codings": schema.coding, "events": schema.event,
        "statements": schema.statement, "incidents": schema.incident, "claims": schema.claim, "copies": schema.copy,
        "corrections": schema.correction, "failures": schema.failure,
    }  # fmt: skip
    database = store.database
    with database.reading() as connection:
        rows = {name: int(connection.execute(select(func.count()).select_from(t)).scalar() or 0) for name, t in tables.items()}
        at = revision(connection)
        if not database.sqlite:
            whole = text("SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c WHERE c.relkind = 'r'"
                         " AND c.relnamespace = current_schema()::regnamespace")  # fmt: skip
            return Size(store.name, at, rows, int(connection.execute(whole).scalar() or 0))
    paths = (Path(store.name + end) for end in ("", "-wal"))
    return Size(store.name, at, rows, sum(p.stat().st_size for p in paths if p.exists()))


def witnessed(store: Store, incidents: Iterable[Incident]) -> Iterator[Witnessed]:
    """Incidents with their tellings, the first published first, some hundred at a time."""
    from sqlalchemy import select

    from communique.export.rows import Witnessed
    from communique.store.engine import chunks
    from communique.store.loading import stored_events
    from communique.store.schema import event, incident

    for part in chunks(incidents, PART):
        query = (
            select(event.c.id).join(incident, incident.c.id == event.c.incident_id)
            .where(incident.c.uid.in_([one.id for one in part]), event.c.current.is_(True))
        )  # fmt: skip
        told: dict[str, list[TellingLike]] = {}
        with store.database.reading() as connection:
            numbers = list(connection.execute(query).scalars())
            for ids in chunks(numbers):
                for one in stored_events(connection, ids):
                    told.setdefault(one.incident, []).append(one)
        for whole in part:
            yield Witnessed(whole, tuple(sorted(told.get(whole.id, []), key=_place)))


def _place(one: TellingLike) -> tuple[str, str, int]:
    told = one.telling
    return told.published or "9999", told.report, told.event.start
