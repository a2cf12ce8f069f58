"""What is asked of a store and how it answers, in short transactions: a reader never holds a writer up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import Connection, and_, func, or_, select

from communique.errors import InputError
from communique.ontology import event_types
from communique.records import Claim, Copy, Incident, Report, SeriesRow
from communique.resolve.dates import day_of
from communique.store import loading, rows
from communique.store.asking import Asking, pages
from communique.store.copying import copies_of, copy_of
from communique.store.correcting import corrections
from communique.store.engine import Database, chunks
from communique.store.questions import (
    Explanation,
    Query,
    StoredEvent,
    StoredReport,
    StoredStatement,
)
from communique.store.schema import claim, claim_telling, copy, event, incident, incident_dyad, moved, report, statement, version

T = TypeVar("T")
Load = Callable[[Connection, Sequence[int]], list[T]]
Page = Callable[[Asking, str, int], list[tuple[str, int]]]


class Reading:
    """The questions that a store answers."""

    database: Database

    def events(self, query: Query | None = None) -> Iterator[StoredEvent]:
        """Events, as each report tells them."""
        return self._stream(query, Asking.events, loading.stored_events)

    def statements(self, query: Query | None = None) -> Iterator[StoredStatement]:
        """What was said; `type` are acts here. Raises `InputError` for a status, which statements have not."""
        return self._stream(query, Asking.statements, loading.stored_statements)

    def incidents(self, query: Query | None = None) -> Iterator[Incident]:
        """Events of the world, from all reports that tell them."""
        return self._stream(query, Asking.incidents, loading.stored_incidents)

    def claims(self, query: Query | None = None) -> Iterator[Claim]:
        """What sides assert or deny; `status` may be "contested" here."""
        return self._stream(query, Asking.claims, stored_claims)

    def _stream(self, query: Query | None, page: Page, load: Load[T]) -> Iterator[T]:
        asked = query or Query()

        def found(after: str, size: int) -> list[tuple[str, int]]:
            with self.database.reading() as connection:
                return page(Asking(self.database, connection, asked), after, size)

        for numbers in pages(found, asked):
            with self.database.reading() as connection:
                loaded = load(connection, numbers)
            yield from loaded

    def series(self, a: str, b: str, since: str = "", until: str = "", *, recent: str = "") -> Iterator[SeriesRow]:
        """The incidents between two countries, whichever of them acts, by day; each once.

        `since` and `until`, both included, bound the days on which they count; an incident without such a day is there where
        its date, or else its publication, has a day between them. `recent`, a day, leaves out those that count on an earlier
        one and, of those that count on none, what was first told before it.
        """
        asked = Query(since=since, until=until)
        a, b = rows.kept(a), rows.kept(b)
        # A month or year stands in the index at its first day: up to a year before the day on which it counts.
        bounds = [incident_dyad.c.day >= f"{asked.since[:4]}-01-01"] if asked.since else []
        bounds += [incident_dyad.c.day <= asked.until, incident_dyad.c.day > ""] if asked.until else []
        if recent:
            # What is dated only by its month or year stands at its first day, and counts on that of publication or on none.
            late = and_(incident_dyad.c.first_seen >= recent, func.length(incident_dyad.c.date) < 10)
            bounds.append(or_(incident_dyad.c.day >= recent, late))
        once: dict[str, tuple[str, str, Any]] = {}
        mutual: set[str] = set()
        columns = [incident_dyad.c[name] for name in _DRAWN]
        with self.database.reading() as connection:
            for actor, recipient in {(a, b): None, (b, a): None}:
                where = (incident_dyad.c.actor == actor, incident_dyad.c.recipient == recipient, *bounds)
                # All at once: one after the other, SQLAlchemy takes twice as long over them.
                for row in connection.execute(select(*columns).where(*where)).all():
                    if row[0] in once:
                        mutual.add(row[0])
                    else:
                        once[row[0]] = (actor, recipient, row)
        made = [_series_row(*one, ident in mutual) for ident, one in once.items()]
        inside = made if not (since or until) else [r for r in made if _within(r, asked)]
        yield from sorted(inside, key=lambda r: (r.day, r.incident))

    def has(self, given: Report) -> bool:
        """Whether the store has what this report says, in any version: then reading it again is no use."""
        with self.database.reading() as connection:
            found = loading.report_row(connection, rows.identity(given))
            if found is None:
                return False
            query = select(version.c.id).where(version.c.report_id == found.id, version.c.hash == rows.content(given))
            return connection.execute(query.limit(1)).first() is not None

    def report(self, key: str, *, version: int = 0, reader: str = "") -> StoredReport:
        """The report that is known under `key`: as it stands, or its `version` (from 1), or what an older `reader` made of it.

        Raises `InputError` where the store has no such report, version or coding.
        """
        with self.database.reading() as connection:
            found = _stored_report(connection, loading.report_row(connection, key), version, reader)
        if found is None:
            which = "".join((f", version {version}" if version else "", f", as read by {reader!r}" if reader else ""))
            raise InputError(f"report {key!r}{which}", "is not in the store", "events name their reports' keys")
        return found

    def copies(self) -> Iterator[Copy]:
        """Every copy, by the key of its report."""
        with self.database.reading() as connection:
            query = select(report.c.id).join(copy, copy.c.report_id == report.c.id).order_by(report.c.key)
            for part in chunks(connection.execute(query).scalars().all()):
                listed = {r.id: r for r in loading.by_id(connection, select(report), report.c.id, part)}
                for ident in part:
                    one = copy_of(connection, listed[ident].key, ident)
                    if one is not None:
                        yield one

    def explain(self, ident: str) -> Explanation:
        """From an id to the sentences that it rests on: of an event, statement, incident, claim, or a report's key.

        Raises `InputError` where the store knows no such id.
        """
        ident = rows.kept(ident)
        with self.database.reading() as connection:
            for look in (self._event, self._incident, self._claim, self._statement, self._report):
                found = look(connection, ident)
                if found is not None:
                    return found
            led = connection.execute(select(moved.c.new).where(moved.c.old == ident)).scalar()
        if led is not None:
            return self.explain(led)
        hint = "give the id of an event, a statement, an incident or a claim, or a report's key"
        raise InputError(f"id {ident!r}", "is not in the store", hint)

    def _event(self, connection: Connection, ident: str) -> Explanation | None:
        # The current one first; of the older ones, the last.
        found = connection.execute(
            select(event.c.id, event.c.incident_id).where(event.c.uid == ident)
            .order_by(event.c.current.desc(), event.c.id.desc())
        ).first()  # fmt: skip
        if found is None:
            return None
        told = loading.stored_events(connection, [found.id])
        whole = loading.stored_incidents(connection, [found.incident_id]) if found.incident_id else []
        return Explanation(
            ident, "event", tuple(told), incident=whole[0] if whole else None, copies=self._copies(connection, told),
            corrections=self._corrected(connection, [ident]),
        )  # fmt: skip

    def _statement(self, connection: Connection, ident: str) -> Explanation | None:
        query = select(statement.c.id).where(statement.c.uid == ident)
        found = connection.execute(query.order_by(statement.c.current.desc(), statement.c.id.desc())).scalars().first()
        if found is None:
            return None
        said = tuple(loading.stored_statements(connection, [found]))
        return Explanation(ident, "statement", statements=said, corrections=self._corrected(connection, [ident]))

    def _incident(self, connection: Connection, ident: str) -> Explanation | None:
        found = connection.execute(select(incident.c.id).where(incident.c.uid == ident)).scalar()
        if found is None:
            return None
        told = self._members(connection, select(event.c.id).where(event.c.incident_id == found))
        whole = loading.stored_incidents(connection, [found])[0]
        return Explanation(
            ident, "incident", tuple(told), incident=whole, copies=self._copies(connection, told),
            corrections=self._corrected(connection, [e.telling.event.id for e in told]),
        )  # fmt: skip

    def _claim(self, connection: Connection, ident: str) -> Explanation | None:
        found = connection.execute(select(claim.c.id).where(claim.c.uid == ident)).scalar()
        if found is None:
            return None
        told = self._members(connection, select(claim_telling.c.event_id).where(claim_telling.c.claim_id == found))
        whole = stored_claims(connection, [found])[0]
        return Explanation(ident, "claim", tuple(told), claim=whole, copies=self._copies(connection, told))

    def _report(self, connection: Connection, ident: str) -> Explanation | None:
        row = loading.report_row(connection, ident)
        whole = _stored_report(connection, row, 0, "")
        if whole is None:
            return None
        told = self._members(
            connection, select(event.c.id).where(event.c.version_id == row.version_id, event.c.current)
        )
        said = connection.execute(
            select(statement.c.id).where(statement.c.version_id == row.version_id, statement.c.current)
            .order_by(statement.c.id)
        ).scalars().all()  # fmt: skip
        return Explanation(
            ident, "report", tuple(told), tuple(loading.stored_statements(connection, said)), report=whole,
            copies=(whole.copy,) if whole.copy else (),
        )  # fmt: skip

    def _members(self, connection: Connection, query: Any) -> list[StoredEvent]:
        """The events that `query` gives, as they were published."""
        found = [e for part in chunks(connection.execute(query).scalars()) for e in loading.stored_events(connection, part)]
        return sorted(found, key=lambda e: (e.telling.published or "9999", e.telling.report, e.telling.event.start))

    def _copies(self, connection: Connection, told: Sequence[StoredEvent]) -> tuple[Copy, ...]:
        out: list[Copy] = []
        for key in sorted({e.telling.report for e in told if e.telling.origin != e.telling.report}):
            row = loading.report_row(connection, key)
            one = copy_of(connection, key, row.id) if row is not None else None
            out += [one] if one is not None else []
        return tuple(out)

    def _corrected(self, connection: Connection, idents: Sequence[str]) -> tuple[Any, ...]:
        return tuple(corrections(connection, idents))


def _stored_report(connection: Connection, row: Any, n: int, reader: str) -> StoredReport | None:
    """The report of the row `row`, as `loading.picked` picks it."""
    found = loading.picked(connection, row, n, reader) if row is not None else None
    if found is None:
        return None
    v, c = found
    return StoredReport(
        row.key, loading.coded_report(connection, row.key, v, c), v.n, c.reader,
        loading.versions_of(connection, row.id, row.version_id), copy_of(connection, row.key, row.id),
        copies_of(connection, row.id),
    )  # fmt: skip


def stored_claims(connection: Connection, ids: Sequence[int]) -> list[Claim]:
    """The claims of these numbers, in this order."""
    found = {r.id: r.record for r in loading.by_id(connection, select(claim.c.id, claim.c.record), claim.c.id, ids)}
    return [rows.claim_of(found[ident]) for ident in ids if ident in found]


_DRAWN = ("uid", "date", "first_seen", "historical", "type", "mode", "score", "status", "origins", "reports")


def _series_row(actor: str, recipient: str, row: Any, mutual: bool) -> SeriesRow:
    """The row of the columns `_DRAWN`."""
    ident, date, first_seen, historical, kind, mode, score, status, origins, reports = row
    day, own = _counting_day(date, first_seen, bool(historical))
    known = event_types().get(kind)
    return SeriesRow(
        ident, actor, recipient, day, own, first_seen, kind, mode, known.quad if known else "", score, status, origins, reports,
        mutual, date, bool(historical),
    )  # fmt: skip


@lru_cache(maxsize=65_536)
def _counting_day(date: str, first_seen: str, historical: bool) -> tuple[str, bool]:
    """The day on which an incident counts, and whether it is its own. A busy dyad has many on each."""
    day, own = day_of(date, first_seen, historical)
    return (day.isoformat() if day else ""), own


def _within(row: SeriesRow, asked: Query) -> bool:
    """Whether a row counts in the days asked for."""
    first, last = (row.day, row.day) if row.day else rows.days(row.date, row.first_seen)[:2]
    return (not asked.since or last >= asked.since) and (not asked.until or "" < first <= asked.until)
