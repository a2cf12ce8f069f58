"""From numbers to records: everything that is read of one event, statement, incident or report, a page at a time."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, select

from communique.records import CodedReport, Entity, Incident, Location, Report, Telling
from communique.store import rows
from communique.store.engine import chunks
from communique.store.questions import LARGEST, StoredEvent, StoredStatement, Version
from communique.store.schema import (
    coding,
    copy,
    entity,
    event,
    incident,
    location,
    number,
    participant,
    report,
    statement,
    version,
)

_origin = report.alias("origin")
_FROM = (
    version.c.n, version.c.title, version.c.day.label("published"), version.c.source, version.c.url, report.c.key,
    coding.c.reader,
)  # fmt: skip
_EVENTS = (
    select(event, *_FROM, _origin.c.key.label("origin"))
    .join(version, version.c.id == event.c.version_id)
    .join(report, report.c.id == version.c.report_id)
    .join(coding, coding.c.id == event.c.coding_id)
    .outerjoin(copy, copy.c.report_id == report.c.id)
    .outerjoin(_origin, _origin.c.id == copy.c.root_id)
)
_STATEMENTS = (
    select(statement, *_FROM)
    .join(version, version.c.id == statement.c.version_id)
    .join(report, report.c.id == version.c.report_id)
    .join(coding, coding.c.id == statement.c.coding_id)
)


_TELLINGS = (
    "SELECT e.*, v.day, v.source, r.key, o.key AS origin FROM ("
    "SELECT id, version_id, uid, start, stop, sentence, \"trigger\", type, mode, contexts, status, historical, date, place, "
    "location_id, score, quad, probability, status_probability FROM event WHERE id IN (?)) AS e "
    "JOIN version AS v ON v.id = e.version_id JOIN report AS r ON r.id = v.report_id "
    "LEFT JOIN copy AS c ON c.report_id = r.id LEFT JOIN report AS o ON o.id = c.root_id"
)
_TEXTS = "SELECT id, text FROM version WHERE id IN (?)"
_PARTICIPANTS = (
    "SELECT p.event_id, p.role, p.start, p.stop, p.text, p.inherited, e.country, e.sector, e.name, e.office, e.ident "
    "FROM participant AS p JOIN entity AS e ON e.id = p.entity_id WHERE p.event_id IN (?) ORDER BY p.event_id, p.role, p.n"
)


def by_id(connection: Connection, base: Select[Any], column: Any, ids: Iterable[Any]) -> list[Any]:
    """Rows of `base` whose `column` is one of `ids`, in the order of neither."""
    return [row for part in chunks(dict.fromkeys(ids)) for row in connection.execute(base.where(column.in_(part)))]


def texts(connection: Connection, versions: Iterable[int]) -> dict[int, str]:
    """The texts of versions, by their numbers."""
    return {row.id: row.text for row in by_id(connection, select(version.c.id, version.c.text), version.c.id, versions)}


def entities(connection: Connection, ids: Iterable[int]) -> dict[int, rows.EntityKey]:
    """What entities resolved to, by their numbers."""
    found = by_id(connection, select(entity), entity.c.id, ids)
    return {r.id: (r.country, r.sector, r.name, r.office, r.ident) for r in found}


def locations(connection: Connection, ids: Iterable[int | None]) -> dict[int | None, Location]:
    found = by_id(connection, select(location), location.c.id, (i for i in ids if i is not None))
    return {r.id: Location(r.name, r.country, r.region, r.lat, r.lon) for r in found}


def _sides(connection: Connection, found: Sequence[Any], said: Mapping[int, str]) -> dict[int, dict[str, list[Entity]]]:
    """Participants of events by role, in their order."""
    text_of = {row.id: said[row.version_id] for row in found}
    base = select(participant, entity).join(entity, entity.c.id == participant.c.entity_id)
    out: dict[int, dict[str, list[tuple[int, Entity]]]] = defaultdict(lambda: defaultdict(list))
    for r in by_id(connection, base, participant.c.event_id, text_of):
        key = (r.country, r.sector, r.name, r.office, r.ident)
        who = rows.entity_of(key, text_of[r.event_id], r.start, r.stop, r.text, bool(r.inherited))
        out[r.event_id][r.role].append((r.n, who))
    return {
        ident: {role: [e for _, e in sorted(listed, key=lambda pair: pair[0])] for role, listed in roles.items()}
        for ident, roles in out.items()
    }


def stored_events(connection: Connection, ids: Sequence[int]) -> list[StoredEvent]:
    """The events of these numbers, in this order."""
    found = {row.id: row for row in by_id(connection, _EVENTS, event.c.id, ids)}
    said = texts(connection, {r.version_id for r in found.values()})
    sides = _sides(connection, list(found.values()), said)
    places = locations(connection, {r.location_id for r in found.values()})
    linked = by_id(
        connection, select(incident.c.id, incident.c.uid), incident.c.id,
        {r.incident_id for r in found.values() if r.incident_id is not None},
    )  # fmt: skip
    names = {row.id: row.uid for row in linked}
    out: list[StoredEvent] = []
    for ident in ids:
        if (r := found.get(ident)) is None:
            continue  # taken away between two pages
        text = said[r.version_id]
        told = rows.event_of(r, text, places.get(r.location_id), sides.get(ident, {}))
        telling = Telling(told, r.key, r.source, r.published, r.origin or r.key)
        sentence = text[r.sentence_start : r.sentence_stop]
        out.append(
            StoredEvent(
                telling, sentence, r.title, r.url, r.n, r.reader, names.get(r.incident_id, ""), f"{r.day}/{r.id}"
            )
        )  # fmt: skip
    return out


def tellings(connection: Connection, ids: Iterable[int]) -> dict[int, Telling]:
    """The tellings of these events, by their numbers: as `stored_events`, of which adding a report reads thousands."""
    out: dict[int, Telling] = {}
    for part in chunks(dict.fromkeys(ids)):
        found = _plainly(connection, _TELLINGS, part)
        said = {r.id: r.text for r in _plainly(connection, _TEXTS, {r.version_id for r in found})}
        text_of = {r.id: said[r.version_id] for r in found}
        sides: dict[int, dict[str, list[Entity]]] = defaultdict(lambda: defaultdict(list))
        for ident, role, start, stop, words, inherited, *key in _plainly(connection, _PARTICIPANTS, text_of):
            one = rows.entity_of(tuple(key), text_of[ident], start, stop, words, bool(inherited))
            sides[ident][role].append(one)
        places = locations(connection, {r.location_id for r in found})
        for r in found:
            told = rows.event_of(r, text_of[r.id], places.get(r.location_id), sides.get(r.id, {}))
            out[r.id] = Telling(told, r.key, r.source, r.day, r.origin or r.key)
    return out


def _plainly(connection: Connection, query: str, ids: Iterable[int]) -> Sequence[Any]:
    """Rows of a query with the numbers `ids` in the place of its question mark. Written out they need no parameters, over which
    SQLAlchemy takes longer than SQLite over the rows."""
    listed = ",".join(str(int(ident)) for ident in ids)
    return connection.exec_driver_sql(query.replace("?", listed)).all() if listed else ()


def stored_statements(connection: Connection, ids: Sequence[int]) -> list[StoredStatement]:
    """The statements of these numbers, in this order."""
    found = {row.id: row for row in by_id(connection, _STATEMENTS, statement.c.id, ids)}
    said = texts(connection, {r.version_id for r in found.values()})
    used = {ref[0] for r in found.values() for ref in (json.loads(r.speaker), *json.loads(r.addressee))}
    keys = entities(connection, used)
    out: list[StoredStatement] = []
    for ident in ids:
        if (r := found.get(ident)) is None:
            continue
        text = said[r.version_id]
        told = rows.statement_of(r, text, keys)
        sentence = text[r.sentence_start : r.sentence_stop]
        out.append(
            StoredStatement(
                told, r.key, r.source, r.published, rows.verbatim(text, told.content), sentence, r.title, r.url, r.n, r.reader,
                f"{r.day}/{r.id}",
            )
        )  # fmt: skip
    return out


def stored_incidents(connection: Connection, ids: Sequence[int], *, told: bool = True) -> list[Incident]:
    """The incidents of these numbers, in this order; where not `told`, without saying which their tellings are."""
    found = {row.id: row for row in by_id(connection, select(incident), incident.c.id, ids)}
    keys = entities(connection, {ref for r in found.values() for ref in rows.incident_references(r)})
    places = locations(connection, {r.location_id for r in found.values()})
    members = (
        select(event.c.incident_id, version.c.day, report.c.key, event.c.uid)
        .join(version, version.c.id == event.c.version_id)
        .join(report, report.c.id == version.c.report_id)
    )
    by: dict[int, list[tuple[str, str, str]]] = defaultdict(list)
    for row in by_id(connection, members, event.c.incident_id, found if told else ()):
        # In the order of compare: as published, the undated last.
        by[row.incident_id].append((row.day or "9999", row.key, row.uid))
    refs = {ident: [(key, uid) for _, key, uid in sorted(listed)] for ident, listed in by.items()}
    return [
        rows.incident_of(r, places.get(r.location_id), keys, refs.get(ident, [])) for ident in ids
        if (r := found.get(ident)) is not None
    ]  # fmt: skip


def versions_of(connection: Connection, report_id: int, current: int) -> tuple[Version, ...]:
    """All versions of a report, the first first."""
    columns = (version.c.id, version.c.n, version.c.title, version.c.published, version.c.added)
    found = connection.execute(select(*columns).where(version.c.report_id == report_id).order_by(version.c.n)).all()
    readers: dict[int, list[str]] = defaultdict(list)
    for part in chunks(r.id for r in found):
        query = select(coding.c.version_id, coding.c.reader).where(coding.c.version_id.in_(part)).order_by(coding.c.id)
        for row in connection.execute(query):
            readers[row.version_id].append(row.reader)
    return tuple(Version(r.n, r.title, r.published, r.added, tuple(readers[r.id]), r.id == current) for r in found)


def report_row(connection: Connection, key: str) -> Any:
    """The row of the report that is known under `key`; None where none is."""
    kept = rows.kept(key)
    return connection.execute(select(report).where(report.c.number == number("report", kept), report.c.key == kept)).first()


def picked(connection: Connection, found: Any, n: int, reader: str) -> tuple[Any, Any] | None:
    """Rows of the version and coding of the report `found`: the current ones, or version `n` (from 1), or what `reader` made.

    None where there is no such version or coding.
    """
    if not 0 <= n <= LARGEST:
        return None
    reader = rows.kept(reader)
    query = select(version).where(version.c.report_id == found.id)
    query = query.where(version.c.n == n) if n else query.where(version.c.id == found.version_id)
    v = connection.execute(query).first()
    if v is None:
        return None
    which = select(coding).where(coding.c.version_id == v.id)
    which = which.where(coding.c.reader == reader) if reader else which.where(coding.c.id == v.coding_id)
    c = connection.execute(which.order_by(coding.c.id.desc()).limit(1)).first()
    return None if c is None else (v, c)


def coded_report(connection: Connection, key: str, v: Any, c: Any) -> CodedReport:
    """What the coding `c` made of the version `v`; of the current one, without what an analyst said is none."""
    standing = select(report.c.id).where(report.c.id == v.report_id, report.c.version_id == v.id)
    now = c.id == v.coding_id and connection.execute(standing).first() is not None
    events, statements = (
        connection.execute(
            select(table.c.id).where(table.c.version_id == v.id, table.c.coding_id == c.id, *([table.c.current] if now else []))
            .order_by(table.c.id)
        ).scalars().all()
        for table in (event, statement)
    )  # fmt: skip
    return CodedReport(
        plain_report(key, v), rows.sentences_of(c.sentences),
        tuple(e.telling.event for part in chunks(events) for e in stored_events(connection, part)),
        tuple(s.statement for part in chunks(statements) for s in stored_statements(connection, part)),
        tuple(json.loads(c.contexts)), tuple(json.loads(c.notes)),
    )  # fmt: skip


def plain_report(key: str, v: Any) -> Report:
    """The report as it came in; `key` is what the store knows it by."""
    found = tuple((field, place) for field, place in json.loads(v.found or "[]"))
    return Report(
        v.text, key if v.named else "", v.title, v.published, v.source, v.url, v.language, tuple(json.loads(v.notes)), v.byline,
        v.agency, found,
    )  # fmt: skip
