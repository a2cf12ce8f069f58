"""The way in: what a report leaves in the tables, written in bulk within one transaction of the caller."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Table, bindparam, func, select, text, update

from communique.compare.copies import Sketch
from communique.records import CodedReport, Event, Location
from communique.store import rows
from communique.store.correcting import Corrected
from communique.store.engine import Database, chunks
from communique.store.loading import entities
from communique.store.remembering import Memory
from communique.store.schema import (
    coding,
    dyad,
    entity,
    entity_word,
    event,
    location,
    number,
    participant,
    report,
    statement,
    topic,
    version,
)
from communique.store.searching import PUT_WORDS, indexed, name_words

Row = dict[str, Any]

REMEMBERED = 200_000
"""Entities whose numbers a process keeps in mind; with more it begins anew."""


@dataclass(slots=True)
class Change:
    """What one report changed: its version before, if any, and the numbers of events that were and are current. `again` says that
    the same version was read anew. `told` are those of `added` that were just written, as they would be read; `withdrawn` the ids
    of events and statements that an analyst said are none; `sketch` is of its words, where made before the store was locked."""

    report_id: int
    key: str
    n: int
    version_id: int
    before: int | None = None
    again: bool = False
    removed: list[int] = field(default_factory=list)
    added: list[int] = field(default_factory=list)
    told: dict[int, Event] = field(default_factory=dict)
    withdrawn: frozenset[str] = frozenset()
    outlet: str = ""
    published: str = ""
    sketch: Sketch | None = None

    @property
    def fresh(self) -> bool:
        """Whether the report was not known before."""
        return self.before is None and not self.again


class Numbers:
    """Gives out the numbers of rows. Nobody else does, for as long as the transaction holds the store's lock."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._last: dict[str, int] = {}

    def look(self, table: Table) -> None:
        """Sees which numbers are taken. To be called before rows are deleted that are to come back under theirs."""
        if table.name not in self._last:
            self._last[table.name] = int(self._connection.execute(select(func.max(table.c.id))).scalar() or 0)

    def next(self, table: Table) -> int:
        self.look(table)
        self._last[table.name] += 1
        return self._last[table.name]


class Writer:
    """One transaction's writing. `known` are the numbers of entities that earlier transactions kept; what this one adds lies
    in `learnt`, for the caller to keep once all is committed. `memory` holds what comparing has seen of the store so far."""

    def __init__(
        self, database: Database, connection: Connection, known: Mapping[rows.EntityKey, int], memory: Memory | None = None
    ) -> None:
        self.database, self.connection = database, connection
        self.memory = memory or Memory()
        self.numbers = Numbers(connection)
        self.known = known
        self.learnt: dict[rows.EntityKey, int] = {}
        self.time = rows.now()

    def bulk(self, table: Table, found: Sequence[Row]) -> None:
        self.database.bulk(self.connection, table, found)

    def entities(self, keys: Iterable[rows.EntityKey]) -> dict[rows.EntityKey, int]:
        """The numbers of `keys`, which are written where they are new."""
        wanted = dict.fromkeys(keys)
        out = {key: ident for key in wanted if (ident := self.known.get(key) or self.learnt.get(key)) is not None}
        missing = {number("entity", *key): key for key in wanted if key not in out}
        for part in chunks(list(missing)):
            for row in self.connection.execute(select(entity.c.id, entity.c.number).where(entity.c.number.in_(part))):
                key = missing.pop(row.number)
                out[key] = self.learnt[key] = row.id
        new: list[Row] = []
        for hashed, key in missing.items():
            ident = out[key] = self.learnt[key] = self.numbers.next(entity)
            country, sector, name, office, given = key
            new.append(
                {"id": ident, "number": hashed, "country": country, "sector": sector, "name": name, "office": office,
                 "ident": given, "folded": folded(name)}
            )  # fmt: skip
        self.bulk(entity, new)
        self.bulk(entity_word, [{"word": w, "entity_id": row["id"]} for row in new for w in name_words(row["name"])])
        return out

    def locations(self, given: Iterable[Location | None]) -> dict[Location, int]:
        """The numbers of points on the map, which are written where they are new."""
        wanted = {number("location", p.name, p.country, p.region, p.lat, p.lon): p for p in given if p is not None}
        out: dict[Location, int] = {}
        for part in chunks(wanted):
            for row in self.connection.execute(select(location.c.id, location.c.number).where(location.c.number.in_(part))):
                out[wanted[row.number]] = row.id
        new = []
        for hashed, p in wanted.items():
            if p not in out:
                out[p] = self.numbers.next(location)
                new.append(
                    {"id": out[p], "number": hashed, "name": rows.kept(p.name), "country": rows.kept(p.country),
                     "region": rows.kept(p.region), "lat": p.lat, "lon": p.lon}
                )  # fmt: skip
        self.bulk(location, new)
        return out

    def keep(
        self, reports: Sequence[CodedReport], reader: str, sketches: Mapping[tuple[str, str], Sketch], *, latest: bool = False
    ) -> list[Change | tuple[str, int]]:
        """Keeps `reports`, no two of which are the same report: for each its change, or its key and version where it has none.

        `sketches` are by key and content. Words of an older version are a new version only where `latest`.
        """
        places = [(rows.identity(coded.report), rows.content(coded.report)) for coded in reports]
        known = self._known([key for key, _ in places])
        out: list[Change | tuple[str, int]] = []
        drafts: list[tuple[CodedReport, Change]] = []
        for coded, (key, hashed) in zip(reports, places, strict=True):
            found = self._place(coded, key, hashed, known.get(key, []), latest)
            out.append(found)
            if isinstance(found, Change):
                found.sketch = sketches.get((key, hashed))
                drafts.append((coded, found))
        self._versions(drafts)
        self._codings(drafts, reader)
        return out

    def recode(self, drafts: Sequence[tuple[CodedReport, Change]], reader: str) -> None:
        """Keeps what another reader made of the current versions, and makes it the current coding."""
        self._codings(drafts, reader)

    def _known(self, keys: Sequence[str]) -> dict[str, list[Any]]:
        """The versions of those reports that are there, the first first, by the reports' keys."""
        columns = (report.c.key, report.c.version_id, version.c.report_id, version.c.id, version.c.n, version.c.hash)
        query = select(*columns).join(version, version.c.report_id == report.c.id).order_by(version.c.n)
        out: dict[str, list[Any]] = {}
        for part in chunks(dict.fromkeys(keys)):
            where = (report.c.number.in_([number("report", key) for key in part]), report.c.key.in_(part))
            for row in self.connection.execute(query.where(*where)):
                out.setdefault(row.key, []).append(row)
        return out

    def _place(
        self, coded: CodedReport, key: str, hashed: str, versions: Sequence[Any], latest: bool
    ) -> Change | tuple[str, int]:
        """What becomes of a report of which there are these versions."""
        given = coded.report
        rows.day_of(given.published)  # refused here, before anything is written
        if not versions:
            return Change(self.numbers.next(report), key, 1, self.numbers.next(version))
        now = versions[0].version_id
        same = [one for one in versions if one.hash == hashed]
        # Whoever adds an archive twice tells words of the past again; only who has just fetched them says that they are back.
        if same and not (latest and all(one.id != now for one in same)):
            return key, same[-1].n
        change = Change(versions[0].report_id, key, versions[-1].n + 1, self.numbers.next(version), now)
        change.removed = self.retire(now)
        return change

    def retire(self, version_id: int) -> list[int]:
        """Makes the current coding of a version one of the past; the numbers of its events."""
        where = (event.c.version_id == version_id, event.c.current)
        events = self.connection.execute(select(event.c.id, event.c.day).where(*where)).all()
        sides: dict[int, dict[str, list[str]]] = {row.id: {"a": [], "r": []} for row in events}
        for part in chunks(sides):
            query = (
                select(participant.c.event_id, participant.c.role, entity.c.country)
                .join(entity, entity.c.id == participant.c.entity_id)
                .where(participant.c.event_id.in_(part), participant.c.role.in_(("a", "r")))
            )
            for row in self.connection.execute(query):
                sides[row.event_id][row.role].append(row.country)
        gone = [
            {"b_actor": a, "b_recipient": b, "b_day": row.day, "b_event": row.id}
            for row in events for a, b in rows.country_pairs(sides[row.id]["a"], sides[row.id]["r"])
        ]  # fmt: skip
        self.erase(dyad, {"actor": "b_actor", "recipient": "b_recipient", "day": "b_day", "event_id": "b_event"}, gone)
        said = (statement.c.version_id == version_id, statement.c.current)
        columns = (statement.c.id, statement.c.day, statement.c.about, statement.c.addressee)
        self._untopic(self.connection.execute(select(*columns).where(*said)).all())
        self.connection.execute(update(event).where(*where).values(current=False, incident_id=None))
        self.connection.execute(update(statement).where(*said).values(current=False))
        return [row.id for row in events]

    def _untopic(self, old: Sequence[Any]) -> None:
        listed = {row.id: rows.listed(row.about, row.addressee) for row in old}
        countries = {k: key[0] for k, key in entities(self.connection, {i for _, ids in listed.values() for i in ids}).items()}
        gone = [
            {"b_country": c, "b_day": row.day, "b_statement": row.id}
            for row in old for c in {*listed[row.id][0], *(countries[i] for i in listed[row.id][1])} if c
        ]  # fmt: skip
        self.erase(topic, {"country": "b_country", "day": "b_day", "statement_id": "b_statement"}, gone)

    def erase(self, table: Table, columns: Mapping[str, str], gone: Sequence[Row]) -> None:
        """Deletes rows of `table` by their key: `columns` names the parameter of each column."""
        if gone:
            where = " AND ".join(f"{column} = ?" for column in columns)
            found = (tuple(row[name] for name in columns.values()) for row in gone)
            self.database.many(self.connection, f"DELETE FROM {table.name} WHERE {where}", found)

    def link(self, links: Sequence[Row]) -> None:
        """Says of events (`b_event`) which incident (`b_incident`) they tell."""
        if links:
            found = ((row["b_incident"], row["b_event"]) for row in links)
            self.database.many(self.connection, "UPDATE event SET incident_id = ? WHERE id = ?", found)

    def _versions(self, drafts: Sequence[tuple[CodedReport, Change]]) -> None:
        reports: list[Row] = []
        versions: list[Row] = []
        for coded, change in drafts:
            given = coded.report
            if change.before is None:
                reports.append(
                    {"id": change.report_id, "key": change.key, "number": number("report", change.key),
                     "version_id": change.version_id, "first_added": self.time}
                )  # fmt: skip
            else:
                moved = update(report).where(report.c.id == change.report_id).values(version_id=change.version_id)
                self.connection.execute(moved)
                self._forget_words(change.before)
            versions.append(
                {"id": change.version_id, "report_id": change.report_id, "n": change.n, "hash": rows.content(given),
                 "coding_id": 0, "named": bool(given.id), "title": rows.kept(given.title),
                 "published": rows.kept(given.published), "day": rows.day_of(given.published),
                 "source": rows.kept(given.source), "url": rows.kept(given.url),
                 "language": rows.kept(given.language), "notes": rows.kept(rows.dump(given.notes)), "added": self.time,
                 "text": rows.kept(given.text), "byline": rows.kept(given.byline), "agency": rows.kept(given.agency),
                 "found": rows.kept(rows.dump(given.found)) if given.found else ""}
            )  # fmt: skip
        self.bulk(report, reports)
        self.bulk(version, versions)
        self._words(versions)

    def _words(self, versions: Sequence[Row]) -> None:
        """Makes versions findable by their words."""
        if not versions:
            return
        if self.database.sqlite:
            query = text("INSERT INTO words (rowid, title, text) VALUES (:id, :title, :text)")
            self.connection.execute(query, [{k: v[k] for k in ("id", "title", "text")} for v in versions])
        else:
            found = [{"id": v["id"], **indexed(v["title"], v["text"])} for v in versions]
            self.connection.execute(text(PUT_WORDS), found)

    def _forget_words(self, version_id: int) -> None:
        """Takes a version of the past out of what is searched."""
        if self.database.sqlite:
            self.connection.execute(
                text(
                    "INSERT INTO words (words, rowid, title, text) SELECT 'delete', id, title, text FROM version WHERE id = :id"
                ),
                {"id": version_id},
            )
        else:
            self.connection.execute(text("DELETE FROM words WHERE version_id = :id"), {"id": version_id})

    def _codings(self, drafts: Sequence[tuple[CodedReport, Change]], reader: str) -> None:
        drafts = self._corrected(drafts)
        numbers = self.entities(rows.entity_key(e) for coded, _ in drafts for e in _everybody(coded))
        places = self.locations(e.location for coded, _ in drafts for e in coded.events)
        tables: dict[Table, list[Row]] = {t: [] for t in (coding, event, participant, dyad, statement, topic)}
        current: list[Row] = []
        for coded, change in drafts:
            ident = self.numbers.next(coding)
            current.append({"b_version": change.version_id, "b_coding": ident})
            tables[coding].append(
                {"id": ident, "version_id": change.version_id, "reader": rows.kept(reader), "added": self.time,
                 "sentences": rows.sentence_list(coded.sentences), "contexts": rows.kept(rows.dump(coded.contexts)),
                 "notes": rows.kept(rows.dump(coded.notes))}
            )  # fmt: skip
            self._records(coded, change, ident, numbers, places, tables)
        for table, found in tables.items():
            self.bulk(table, found)
        if current:
            self.connection.execute(
                update(version).where(version.c.id == bindparam("b_version")).values(coding_id=bindparam("b_coding")), current
            )

    def _corrected(self, drafts: Sequence[tuple[CodedReport, Change]]) -> list[tuple[CodedReport, Change]]:
        """Reports with what analysts put right in them."""
        corrected = Corrected(self.connection, [change.report_id for _, change in drafts if not change.fresh])
        if not corrected.by_report:
            return list(drafts)
        out = []
        for coded, change in drafts:
            events, gone = corrected.apply(change.report_id, coded.events)
            said, unsaid = corrected.said(change.report_id, coded.report.text, coded.statements)
            change.withdrawn = gone | unsaid
            out.append((replace(coded, events=events, statements=said), change))
        return out

    def _records(
        self, coded: CodedReport, change: Change, ident: int, numbers: Mapping[rows.EntityKey, int],
        places: Mapping[Location, int], tables: Mapping[Table, list[Row]],
    ) -> None:  # fmt: skip
        said = rows.kept(coded.report.text)
        day = rows.day_of(coded.report.published)
        spans = {s.n: (s.start, s.end) for s in coded.sentences}
        belongs = {"version_id": change.version_id, "coding_id": ident, "current": True}
        change.outlet, change.published = rows.kept(coded.report.source), day
        for one in coded.events:
            row = rows.event_row(one, said, day, spans)
            own = self.numbers.next(event)
            counts = one.id not in change.withdrawn
            if counts:
                change.added.append(own)
            if counts and rows.all_kept(one):
                change.told[own] = one
            where = places[one.location] if one.location else None
            tables[event].append({"id": own, **belongs, **row, "current": counts, "location_id": where, "incident_id": None})
            tables[participant] += [
                {"event_id": own, "role": role, "n": n, "entity_id": numbers[rows.entity_key(e)], "start": e.start, "stop": e.end,
                 "text": rows.words(e, said), "inherited": e.inherited}
                for role, n, e in rows.participants(one)
            ]  # fmt: skip
            tables[dyad] += [
                {"actor": a, "recipient": b, "day": row["day"], "event_id": own}
                for a, b in rows.pairs(one.actors, one.recipients) if counts
            ]
        for uttered in coded.statements:
            own = self.numbers.next(statement)
            counts = uttered.id not in change.withdrawn
            row = rows.statement_row(uttered, said, day, spans, numbers)
            tables[statement].append({"id": own, **belongs, **row, "current": counts})
            tables[topic] += [{"country": c, "day": day, "statement_id": own} for c in rows.topics(uttered) if counts]


def folded(name: str) -> str:
    """A name as it is looked up."""
    return " ".join(name.casefold().split())[: rows.FOLDED]


def _everybody(coded: CodedReport) -> Iterable[Any]:
    """All participants of a report."""
    for one in coded.events:
        yield from (e for _, _, e in rows.participants(one))
    for said in coded.statements:
        yield said.speaker
        yield from said.addressee
