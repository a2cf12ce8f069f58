"""Pages of records for who asks over the network: numbers first, so that it is known whether more follow; reports by their keys;
incidents in the order in which they came, for who follows them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, select, tuple_

from communique.records import Incident
from communique.store import loading
from communique.store.asking import Asking
from communique.store.engine import chunks
from communique.store.questions import Query
from communique.store.reading import stored_claims
from communique.store.schema import copy, incident, report, version

if TYPE_CHECKING:
    from communique.store.store import Store

TOGETHER = 500
"""Records loaded at once."""

_KINDS: dict[str, tuple[Any, Any]] = {
    "events": (Asking.events, loading.stored_events),
    "statements": (Asking.statements, loading.stored_statements),
    "incidents": (Asking.incidents, loading.stored_incidents),
    "claims": (Asking.claims, stored_claims),
}


@dataclass(frozen=True, slots=True)
class ListedReport:
    """A report without its text. `origin` is the key of the report that it copies, or its own; `added` is when it came."""

    key: str
    title: str
    published: str
    source: str
    url: str
    language: str
    version: int
    added: str
    origin: str

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True)
class Page:
    """Numbers of records, to `load`; `after` is the cursor behind the last of them, "" where nothing follows."""

    kind: str
    numbers: tuple[int, ...]
    after: str = ""


def page(store: Store, kind: str, query: Query, size: int) -> Page:
    """The next `size` answers behind ``query.after``. `kind` is "reports", "events", "statements", "incidents" or "claims".

    Raises `InputError` for what the records of this kind cannot be asked, as the store's questions do.
    """
    with store.database.reading() as connection:
        asking = Asking(store.database, connection, query)
        # One more than is wanted says whether there are more.
        found = _reports(asking, size + 1) if kind == "reports" else _KINDS[kind][0](asking, query.after, size + 1)
    kept = found[:size]
    after = f"{kept[-1][0]}/{kept[-1][1]}" if len(found) > size and kept else ""
    return Page(kind, tuple(number for _, number in kept), after)


def load(store: Store, found: Page) -> Iterator[Any]:
    """The records of a page, in its order, some hundred in a transaction. What was taken away meanwhile is left out."""
    for part in chunks(found.numbers, TOGETHER):
        with store.database.reading() as connection:
            loaded = _listed(connection, part) if found.kind == "reports" else _KINDS[found.kind][1](connection, part)
        yield from loaded


def _reports(asking: Asking, size: int) -> list[tuple[str, int]]:
    """Reports by the day of their current version's publication."""
    q = asking.query
    # Not a join: the days lead then, and of each version it is asked whether it is its report's current one.
    current = exists().where(report.c.id == version.c.report_id, report.c.version_id == version.c.id)
    found = select(version.c.day, version.c.id).where(current)
    if q.since:
        found = found.where(version.c.day >= q.since)
    if q.until:
        found = found.where(version.c.day <= q.until, version.c.day > "")
    if q.text:
        found = found.where(asking.has_words(version.c.id))
    if q.after:
        behind = tuple_(version.c.day, version.c.id)
        found = found.where(behind < q.position() if q.newest else behind > q.position())
    order = (version.c.day.desc(), version.c.id.desc()) if q.newest else (version.c.day, version.c.id)
    return [(row[0], row[1]) for row in asking.connection.execute(found.order_by(*order).limit(size))]


def _listed(connection: Any, ids: Sequence[int]) -> list[ListedReport]:
    origin = report.alias("origin")
    query = (
        select(
            version.c.id, report.c.key, version.c.title, version.c.day, version.c.source, version.c.url, version.c.language,
            version.c.n, version.c.added, origin.c.key.label("origin"),
        ).join(report, report.c.id == version.c.report_id).outerjoin(copy, copy.c.report_id == report.c.id)
        .outerjoin(origin, origin.c.id == copy.c.root_id)
    )  # fmt: skip
    found = {r.id: r for r in loading.by_id(connection, query, version.c.id, ids)}
    return [
        ListedReport(r.key, r.title, r.day, r.source, r.url, r.language, r.n, r.added, r.origin or r.key)
        for ident in ids if (r := found.get(ident)) is not None
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody who follows incidents is: the number of the last one seen, and its id, as numbers are given anew where the
    last incidents were merged into others."""

    number: int = 0
    ident: str = ""


def newest(store: Store) -> Place:
    """The last incident that came."""
    with store.database.reading() as connection:
        found = connection.execute(select(incident.c.id, incident.c.uid).order_by(incident.c.id.desc()).limit(1)).first()
    return Place(found.id, found.uid) if found is not None else Place()


def came_after(store: Store, place: Place, limit: int) -> tuple[Place, list[tuple[Place, Incident]]]:
    """Incidents that came behind `place`, the first `limit` of them, each with its own place; and where a follower then is.

    Where the last incidents were merged into others, that is a lower place than before, so that what takes their numbers is seen.
    """
    with store.database.reading() as connection:
        last = int(connection.execute(select(func.max(incident.c.id))).scalar() or 0)
        number = min(place.number, last)
        query = select(incident.c.id, incident.c.uid).where(incident.c.id >= number).order_by(incident.c.id).limit(limit + 1)
        found = connection.execute(query).all()
        fresh = [r for r in found if r.id > number or (r.id == place.number and r.uid != place.ident)][:limit]
        whole = {one.id: one for one in loading.stored_incidents(connection, [r.id for r in fresh])}
    ends = fresh or found[:1]
    return Place(ends[-1].id, ends[-1].uid) if ends else Place(), [(Place(r.id, r.uid), whole[r.uid]) for r in fresh]
