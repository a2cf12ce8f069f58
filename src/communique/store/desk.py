"""What the desk's pages ask of a store beyond its four questions: a window of days and its usual rates, partners, people.

Each answer is bounded by the days or the number of rows asked for and led by an index, so that it costs the same in a large
store as in a small one. Nothing here counts over the whole store.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, case, exists, func, or_, select, tuple_, union, union_all

from communique.ontology import event_types, mutual_types
from communique.records import Claim, Incident
from communique.resolve.dates import days_of
from communique.store import correcting, latest, loading, rows
from communique.store.asking import Party
from communique.store.questions import StoredEvent
from communique.store.reading import Reading, stored_claims
from communique.store.schema import (
    claim,
    claim_party,
    claim_telling,
    entity,
    event,
    incident,
    incident_dyad,
    participant,
    statement,
    version,
)

HISTORY = 400
"""Incidents of a dyad, or of one country, that its usual rates are worked out from: the last before a window. With more, the
rates hardly move; 150 dyads of a window take some 60 ms."""

YEAR = 365
"""Days before a window from which those may be."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of incidents is narrowed to; what is left empty does not narrow it.

    `who` takes part, on either side (a country, a country and sector, or a name), `other` is then on the other side; with `way`
    "out" it is upon `other` that `who` acts, or anybody where it is empty. `also` takes part besides, on either side. `country`
    is where it happened, `outlet` one that tells it. `since` and `until` are days, both included, on which an incident begins:
    one that is dated to a month begins on its first day. `among` are ids of incidents of which alone it is asked.
    """

    since: str = ""
    until: str = ""
    who: str = ""
    other: str = ""
    way: str = ""
    country: str = ""
    type: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    outlet: str = ""
    among: tuple[str, ...] | None = None
    also: str = ""


@dataclass(frozen=True, slots=True)
class Light:
    """An incident with what ranking takes: `pairs` are its dyads, (actor, recipient), or one country and ``*``."""

    number: int
    uid: str
    type: str
    status: str
    day: str
    origins: int
    pairs: tuple[tuple[str, str], ...]

    @property
    def cursor(self) -> str:
        return f"{self.day}/{self.number}"


@dataclass(frozen=True, slots=True)
class Usual:
    """What a dyad did before a window: incidents by type over `days` days."""

    types: Counter[str]
    days: int

    @property
    def total(self) -> int:
        return sum(self.types.values())


@dataclass(frozen=True, slots=True)
class Partner:
    """What passed between a country and `country` in some days, told as fact: counts and sums of scores (0 or more)."""

    country: str
    did: int
    met: int
    conflict: float
    cooperation: float


def last_day(store: Reading, today: str) -> str:
    """The last day up to `today` with news: of publication of a statement, else of an incident; "" if there is none."""
    with store.database.reading() as connection:
        said = select(func.max(statement.c.day)).where(statement.c.current, statement.c.day <= today, statement.c.day > "")
        done = select(func.max(incident.c.day)).where(incident.c.day <= today, incident.c.day > "")
        return str(connection.execute(said).scalar() or connection.execute(done).scalar() or "")


def empty(store: Reading) -> bool:
    """Whether the store holds no report that was read."""
    with store.database.reading() as connection:
        return connection.execute(select(version.c.id).limit(1)).first() is None


def incidents(store: Reading, wanted: Wanted, *, after: str = "", most: int = 50) -> list[Light]:
    """The incidents that `wanted` asks for, the last first, `most` of them behind the cursor `after`."""
    with store.database.reading() as connection:
        return _light(connection, [n for _, n in _numbers(connection, wanted, after, most)])


def _numbers(connection: Connection, wanted: Wanted, after: str, most: int) -> list[tuple[str, int]]:
    """(day, number), the last first."""
    if (soon := _newest(connection, wanted, after, most)) is not None:
        return soon
    found: set[tuple[str, int]] = set()
    for query, day, number in selects(wanted):
        query = query.where(*latest.behind(day, number, after))
        order = query.order_by(day.desc(), number.desc()).limit(most)
        found |= {(row[0], row[1]) for row in connection.execute(order)}
    return sorted(found, reverse=True)[:most]


def _newest(connection: Connection, wanted: Wanted, after: str, most: int) -> list[tuple[str, int]] | None:
    """The same for a name that very many incidents have, from the newest on; None where they are not come upon that way."""
    who, *others = (Party.of(given) if given else Party() for given in (wanted.who, wanted.other, wanted.also))
    if not who.name or any(other.name for other in others):
        return None
    named = latest.numbers(connection, who)
    if named is None:
        return None
    c = incident.c
    having = select(participant.c.event_id).where(participant.c.entity_id.in_(named))
    within = [c.day > "", *latest.behind(c.day, c.id, after), *([c.day <= wanted.until] if wanted.until else [])]
    floor = latest.floor(connection, incident, having, within, most)
    if floor is None:
        return None
    ((query, day, number),) = selects(wanted, named)
    query = query.where(*latest.behind(day, number, after), tuple_(day, number) >= floor)
    found = [(row[0], row[1]) for row in connection.execute(query.order_by(day.desc(), number.desc()).limit(most))]
    return found if len(found) == most or floor[0] < (wanted.since or "0") else None


def selects(wanted: Wanted, named: Sequence[int] | None = None) -> Iterable[tuple[Select[Any], Any, Any]]:
    """The selects whose answers together are what `wanted` asks for, each with the columns of its day and number. `named` are the
    entities of the name `wanted.who`, where they are looked for in each incident and do not lead."""
    who = Party.of(wanted.who) if wanted.who else None
    other = Party.of(wanted.other) if wanted.other else None
    out = wanted.way == "out"
    sides = ((who, "a" if out else ""), (other, "r" if out else ""))
    taking = [(party, role) for party, role in sides if party is not None and not party.plain]
    more = [_takes_part(party, role, named if party is who else None) for party, role in taking]
    more += [_there(Party.of(wanted.also))] if wanted.also else []
    leads = who if who is not None else other
    if leads is not None and leads.country:
        d = incident_dyad.c
        one, ends = (party.country if party is not None and party.country else rows.ANY for party in (who, other))
        joined = incident_dyad.join(incident, incident.c.id == d.incident_id)
        both = {(one, ends): None} | ({} if out else {(ends, one): None})
        for actor, recipient in both:
            query = select(d.day, d.incident_id).select_from(joined).where(d.actor == actor, d.recipient == recipient)
            yield query.where(*_conditions(wanted, d.day), *more), d.day, d.incident_id
        return
    query = select(incident.c.day, incident.c.id).where(*_conditions(wanted, incident.c.day), *more)
    if other is not None and other.plain:
        query = query.where(_takes_part(other, "r" if out else ""))
    yield query, incident.c.day, incident.c.id


def _there(party: Party) -> Any:
    """That a party takes part: a country by the index that a list of its own is led by, so that both are as long."""
    if not party.plain:
        return _takes_part(party)
    d = incident_dyad.alias("there").c
    ends = ((party.country, rows.ANY), (rows.ANY, party.country))
    same = (d.day == incident.c.day, d.incident_id == incident.c.id)
    return or_(*(exists().where(d.actor == a, d.recipient == b, *same) for a, b in ends))


def _takes_part(party: Party, role: str = "", named: Sequence[int] | None = None) -> Any:
    """That somebody whom a query names is in it, but not as a source: who only tells of it takes no part. With `role` "a" or "r",
    that it is as actor or recipient; of what is mutual and has no recipient, who acts is both. `named` as in `selects`."""
    there: Any = participant.c.role != "s"
    if role:
        received = participant.alias("received")
        nobody = ~exists().where(received.c.event_id == event.c.id, received.c.role == "r")
        there = (participant.c.role == role) | ((participant.c.role == "a") & event.c.type.in_(sorted(mutual_types())) & nobody)
    of = (event.c.incident_id == incident.c.id, participant.c.event_id == event.c.id, there)
    if named is not None:
        return exists().where(event.c.current, *of, (participant.c.entity_id + 0).in_(named))  # as below, with nothing added
    if party.name:
        taking = participant.join(event, event.c.id == participant.c.event_id)
        found = select(event.c.incident_id).select_from(taking)
        return incident.c.id.in_(found.where(event.c.current, participant.c.entity_id.in_(party.entities()), there))
    # With nothing added to them, country and sector would lead by their index: thousands of entities for each incident.
    known = [entity.c.country.concat("") == party.country]
    known += [entity.c.sector.concat("") == party.sector] if party.sector else []
    return exists().where(event.c.current, *of, entity.c.id == participant.c.entity_id, *known)


def _conditions(wanted: Wanted, day: Any) -> list[Any]:
    out: list[Any] = [day > ""]
    if wanted.among is not None:
        out.append(incident.c.uid.in_(wanted.among))
    if wanted.since:
        out.append(day >= wanted.since)
    if wanted.until:
        out.append(day <= wanted.until)
    if wanted.type:
        out.append(incident.c.type.in_(wanted.type))
    if wanted.status:
        out.append(incident.c.status.in_(wanted.status))
    if wanted.country:
        out.append(incident.c.place_country == wanted.country)
    if wanted.outlet:
        told = (event.c.incident_id == incident.c.id, version.c.id == event.c.version_id, version.c.source == wanted.outlet)
        out.append(exists().where(event.c.current, *told))
    return out


def _light(connection: Connection, numbers: Sequence[int]) -> list[Light]:
    c = incident.c
    base = select(c.id, c.uid, c.type, c.status, c.day, c.origins, c.actors, c.recipients)
    found = {row.id: row for row in loading.by_id(connection, base, c.id, numbers)}
    refs = {ident: (json.loads(row.actors), json.loads(row.recipients)) for ident, row in found.items()}
    used = {ref[0] for sides in refs.values() for side in sides for ref in side}
    countries = {r.id: r.country for r in loading.by_id(connection, select(entity.c.id, entity.c.country), entity.c.id, used)}
    out = []
    for ident in numbers:
        if (row := found.get(ident)) is None:
            continue
        actors, recipients = ([c for ref in side if (c := countries.get(ref[0], ""))] for side in refs[ident])
        # As the index of dyads has them (`rows.incident_pairs`): who only act side by side do nothing to each other.
        beside = not recipients and row.type not in mutual_types()
        pairs = () if beside else rows.country_pairs(actors, recipients)
        both = {(a, b) for a, b in pairs if rows.ANY not in (a, b) and a != b}
        alone = {(a, rows.ANY) for a in actors} | {(rows.ANY, b) for b in recipients}
        out.append(Light(ident, row.uid, row.type, row.status, row.day, row.origins, tuple(sorted(both or alone))))
    return out


def own_types(store: Reading) -> tuple[str, ...]:
    """Types of current events that are not PLOVER's, but a user's own (``communique train``)."""
    known = sorted(event_types())
    gaps = tuple(zip(["", *known], [*known, "\U0010ffff"], strict=True))
    found: list[str] = []
    with store.database.reading() as connection:
        while gaps:
            met = [kind for kind in connection.execute(_first_types(gaps)).scalars() if kind]
            found += met
            gaps = tuple((kind, next(b for a, b in gaps if a < kind < b)) for kind in met)
    return tuple(sorted(found))


def quads(store: Reading) -> dict[str, str]:
    """The quad of each type, PLOVER's and those of the store's own, as their events have it."""
    own = own_types(store)
    with store.database.reading() as connection:
        met = correcting.own_types(connection, own)
    return {name: known.quad for name, known in event_types().items()} | {name: quad for name, (quad, _) in met.items()}


@lru_cache(maxsize=64)
def _first_types(gaps: tuple[tuple[str, str], ...]) -> Any:
    """The first type in each gap between two, from the index of types: nothing is scanned. Kept, as making it takes longer than
    asking it, which each page with a form of types does."""
    each = (select(func.min(event.c.type)).where(event.c.current, event.c.type > a, event.c.type < b) for a, b in gaps)
    return union_all(*each)


def whole(store: Reading, wanted: Wanted, *, most: int) -> list[tuple[str, Incident]]:
    """The last incidents that `wanted` asks for, the last first, with all that is known of them; each with its day."""
    with store.database.reading() as connection:
        days = {n: day for day, n in _numbers(connection, wanted, "", most)}
        return list(zip(days.values(), loading.stored_incidents(connection, list(days)), strict=True))


def full(store: Reading, numbers: Sequence[int]) -> list[Incident]:
    """The incidents of these numbers, in this order."""
    with store.database.reading() as connection:
        return loading.stored_incidents(connection, numbers)


def by_uid(store: Reading, uids: Sequence[str]) -> dict[str, Incident]:
    """The incidents of these ids."""
    with store.database.reading() as connection:
        found = loading.by_id(connection, select(incident.c.id, incident.c.uid), incident.c.uid, uids)
        return {one.id: one for one in loading.stored_incidents(connection, [row.id for row in found])}


def told(store: Reading, uids: Sequence[str]) -> dict[str, StoredEvent]:
    """The current events of these ids, with their sentences."""
    with store.database.reading() as connection:
        found = loading.by_id(connection, select(event.c.id).where(event.c.current), event.c.uid, uids)
        return {one.telling.event.id: one for one in loading.stored_events(connection, [row.id for row in found])}


def usual(store: Reading, pairs: Iterable[tuple[str, str]], before: str) -> dict[tuple[str, str], Usual]:
    """What each dyad did in its last `HISTORY` incidents of the year before the day `before`."""
    # Built once for all pairs: making a select takes as long as running it.
    plain, joined = _last_types(incident_dyad.c.type), _last_types(incident.c.type)
    days = {"floor": _days_before(before, YEAR), "before": before}
    out: dict[tuple[str, str], Usual] = {}
    with store.database.reading() as connection:
        for actor, recipient in pairs:
            # Rows of one country alone do not hold the type.
            query = joined if rows.ANY in (actor, recipient) else plain
            found = connection.execute(query, {"one": actor, "other": recipient, **days}).all()
            types = Counter({kind: n for kind, n, _ in found})
            whole = types.total() < HISTORY
            span = YEAR if whole else _between(min(first for _, _, first in found), before)
            out[actor, recipient] = Usual(types, max(span, 1))
    return out


def _last_types(kind: Any) -> Select[Any]:
    """Types, how often and since when, of the last incidents of a dyad; its parameters are one, other, floor and before."""
    d = incident_dyad.c
    where = (
        d.actor == bindparam("one"), d.recipient == bindparam("other"), d.day >= bindparam("floor"), d.day < bindparam("before"),
    )  # fmt: skip
    query = select(kind.label("type"), d.day).where(*where).order_by(d.day.desc(), d.incident_id.desc()).limit(HISTORY)
    if kind.table is incident:
        query = query.join_from(incident_dyad, incident, incident.c.id == d.incident_id)
    last = query.subquery().c
    return select(last.type, func.count(), func.min(last.day)).group_by(last.type)


def counts(store: Reading, wanted: Wanted) -> dict[tuple[str, str], int]:
    """Incidents by (day, type) of what `wanted` asks for, which must have a first and a last day."""
    # An index of types and days holds all that is counted, where the types are named.
    asked = wanted if wanted.type or wanted.who else dataclasses.replace(wanted, type=(*event_types(), *own_types(store)))
    found = list(selects(asked))
    query: Any
    if len(found) == 1:
        first, day, number = found[0]
        query = first.with_only_columns(day, incident.c.type, func.count(number)).group_by(day, incident.c.type)
    else:
        # In both roles, an incident is counted once.
        once = union(*(one for one, _, _ in found)).subquery()
        day = once.c.day
        query = select(day, incident.c.type, func.count()).select_from(once.join(incident, incident.c.id == once.c.incident_id))
        query = query.group_by(day, incident.c.type)
    with store.database.reading() as connection:
        return {(row[0], row[1]): row[2] for row in connection.execute(query)}


def outlets(store: Reading, numbers: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The outlets that tell these incidents, by the incidents' numbers; each once, without those that name none."""
    query = select(event.c.incident_id, version.c.source).join(version, version.c.id == event.c.version_id).distinct()
    out: dict[int, set[str]] = defaultdict(set)
    with store.database.reading() as connection:
        for row in loading.by_id(connection, query.where(event.c.current), event.c.incident_id, numbers):
            out[row.incident_id].add(row.source)
    return {number: tuple(sorted(found - {""})) for number, found in out.items()}


def partners(store: Reading, country: str, others: Sequence[str], since: str, until: str) -> list[Partner]:
    """Who of `others` had to do with `country` in these days, by what was told as fact; the most first."""
    d = incident_dyad.c
    sums = (
        func.count(), func.sum(case((d.score < 0, -d.score), else_=0.0)), func.sum(case((d.score > 0, d.score), else_=0.0)),
    )  # fmt: skip
    days = (d.day >= since, d.day <= until, d.status == "actual")
    told: dict[str, list[float]] = defaultdict(lambda: [0, 0, 0.0, 0.0])
    with store.database.reading() as connection:
        for at, own, theirs in ((0, d.actor, d.recipient), (1, d.recipient, d.actor)):
            query = select(theirs, *sums).where(own == country, theirs.in_([o for o in others if o != country]), *days)
            for other, n, conflict, cooperation in connection.execute(query.group_by(theirs)):
                one = told[other]
                one[at] += n
                one[2] += conflict or 0.0
                one[3] += cooperation or 0.0
    found = [Partner(o, int(v[0]), int(v[1]), round(v[2], 1), round(v[3], 1)) for o, v in told.items()]
    return sorted(found, key=lambda p: (-(p.conflict + p.cooperation), p.country))


def statement_days(store: Reading, country: str, since: str, until: str) -> dict[str, int]:
    """How many statements of a country's speakers were published on each day."""
    s = statement.c
    where = (s.current, s.country == country, s.day >= since, s.day <= until)
    with store.database.reading() as connection:
        return {row[0]: row[1] for row in connection.execute(select(s.day, func.count()).where(*where).group_by(s.day))}


def claims_between(store: Reading, a: str, b: str, *, contested: bool = True, most: int = 20) -> list[Claim]:
    """Claims that concern both countries, as a party to what is claimed or as a side, the last first."""
    one, other = (select(claim_party.c.claim_id).where(claim_party.c.role.in_(("a", "r", "p")), claim_party.c.country == x)
                  for x in (a, b))  # fmt: skip
    query = select(claim.c.id).where(claim.c.id.in_(one), claim.c.id.in_(other))
    query = query.where(claim.c.contested.is_(True)) if contested else query
    with store.database.reading() as connection:
        ids = connection.execute(query.order_by(claim.c.day.desc(), claim.c.id.desc()).limit(most)).scalars().all()
        return stored_claims(connection, ids)


def claims(
    store: Reading, *, who: str = "", contested: bool = True, until: str = "", after: str = "", most: int = 50
) -> tuple[list[Claim], str]:
    """Claims, the last first, up to the day `until` where it is given, and the cursor behind which more would be ("" where there
    are none)."""
    query = select(claim.c.day, claim.c.id)
    query = query.where(claim.c.contested.is_(True)) if contested else query
    query = query.where(claim.c.day <= until) if until else query
    if who:
        query = query.where(claim.c.id.in_(select(claim_party.c.claim_id).where(
            claim_party.c.role.in_(("a", "r", "p")), claim_party.c.country == who)))  # fmt: skip
    if after:
        at, _, n = after.partition("/")
        query = query.where(tuple_(claim.c.day, claim.c.id) < (at, int(n)))
    with store.database.reading() as connection:
        found = connection.execute(query.order_by(claim.c.day.desc(), claim.c.id.desc()).limit(most)).all()
        cursor = f"{found[-1].day}/{found[-1].id}" if len(found) == most else ""
        return stored_claims(connection, [row.id for row in found]), cursor


def claims_of_events(store: Reading, uids: Sequence[str]) -> list[Claim]:
    """The claims that these events are tellings of."""
    query = select(claim_telling.c.claim_id).join(event, event.c.id == claim_telling.c.event_id).distinct()
    with store.database.reading() as connection:
        ids = {row[0] for row in loading.by_id(connection, query.where(event.c.current), event.c.uid, uids)}
        return stored_claims(connection, sorted(ids))


def _days_before(day: str, n: int) -> str:
    return (dt.date.fromisoformat(day) - dt.timedelta(n)).isoformat()


def _between(first: str, last: str) -> int:
    a, b = days_of(first), days_of(last)
    return (b[0] - a[0]).days if a and b else 0
