"""Keeps who copies whom: sketches of the current versions, the keys under which they are found, and what they say.

Which text is a copy is judged by `communique.compare.copies`; here its answers are kept the same whatever came first. A
new sketch can make its report a copy, and can become the origin of reports that stand after it; whose chain of copies passes
through one of these has another root then.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection, delete, select, update

from communique.compare.copies import Sketch, from_bytes, origin_of, overtaken
from communique.compare.copies import sketch as sketch_of
from communique.compare.copies import sketches as sketches_of
from communique.errors import InputError
from communique.records import Copy, Feature, Report
from communique.store import rows
from communique.store.engine import Database, chunks
from communique.store.loading import by_id, plain_report
from communique.store.schema import band, copy, report, sketch, version
from communique.store.writing import Change, Row, Writer

MOST_COPIES = 100_000
"""Steps down a chain of copies, after which its table must be broken: copies point to earlier reports."""


def sketches(database: Database, reports: Iterable[Report]) -> dict[tuple[str, str], Sketch]:
    """Sketches of the reports whose words no version has yet, by key and content: a transaction would hold others up with them.

    Raises `InputError` where the date of a report is none.
    """
    wanted = {(rows.identity(one), rows.content(one)): one for one in reports}

    def kept(connection: Connection) -> set[str]:
        found = by_id(connection, select(version.c.hash), version.c.hash, (hashed for _, hashed in wanted))
        return {row.hash for row in found}

    known = database.read(kept)
    new = {place: rows.as_kept(one, place[0]) for place, one in wanted.items() if place[1] not in known}
    return dict(zip(new, sketches_of(new.values()), strict=True))


class Recopied:
    """What a change of sketches does to the copies, found but not yet written. Iterating gives the numbers of the reports
    whose root is another than before."""

    def __init__(self, writer: Writer, found: Mapping[int, Copy | None], ids: Mapping[str, int]) -> None:
        self.writer, self.connection = writer, writer.connection
        self.found, self.ids = found, ids
        self.roots = self._roots()

    def __iter__(self) -> Iterator[int]:
        return (ident for ident, (old, new) in self.roots.items() if old != new)

    def _roots(self) -> dict[int, tuple[int, int]]:
        """Root before and after, of each report that was looked at and all that copy them: itself where it copies nobody."""
        below = set(self.found)
        front = list(self.found)
        while front:
            query = select(copy.c.report_id)
            front = [r.report_id for r in by_id(self.connection, query, copy.c.origin_id, front) if r.report_id not in below]
            below |= set(front)
        kept = {r.report_id: r for r in by_id(self.connection, select(copy), copy.c.report_id, below)}
        direct = {i: kept[i].origin_id for i in kept if i not in self.found}
        direct |= {i: self.ids[c.origin] for i, c in self.found.items() if c is not None}
        out: dict[int, tuple[int, int]] = {}
        outside = {i for i in direct.values() if i not in below}
        known = {r.report_id: r.root_id for r in by_id(self.connection, select(copy), copy.c.report_id, outside)}
        for ident in below:
            at = ident
            for _ in range(MOST_COPIES):
                if at not in direct:
                    break
                at = direct[at]
            out[ident] = (kept[ident].root_id if ident in kept else ident, known.get(at, at))
        return out

    def write(self) -> None:
        for part in chunks(self.found):
            self.connection.execute(delete(copy).where(copy.c.report_id.in_(part)))
        lines: list[Row] = [
            {"report_id": ident, "origin_id": self.ids[c.origin], "root_id": self.roots[ident][1], "similarity": c.similarity,
             "probability": c.probability, "reasons": rows.dump([[f.name, f.value, f.weight] for f in c.reasons])}
            for ident, c in self.found.items() if c is not None
        ]  # fmt: skip
        self.writer.bulk(copy, lines)
        for ident in self:
            if ident not in self.found:
                self.connection.execute(update(copy).where(copy.c.report_id == ident).values(root_id=self.roots[ident][1]))


def recopy(writer: Writer, changes: Sequence[Change]) -> Recopied:
    """Sketches what is new in `changes`, and finds whose copies are others now."""
    new, gone = _sketched(writer, changes)
    sketches = _Sketches(writer, new)
    again = dict.fromkeys(new)
    query = select(copy.c.report_id)
    again |= dict.fromkeys(r.report_id for r in by_id(writer.connection, query, copy.c.origin_id, gone))
    for ident, one in new.items():
        near = sketches.unled(one, sketches.near(one, ident), again)
        again |= dict.fromkeys(sketches.ids[c.report] for c in overtaken(one, near))
    found: dict[int, Copy | None] = {}
    for ident, one in sketches.get(again).items():
        found[ident] = origin_of(one, sketches.near(one, ident))
    return Recopied(writer, found, sketches.ids)


def _sketched(writer: Writer, changes: Sequence[Change]) -> tuple[dict[int, Sketch], list[int]]:
    """Writes the sketches that `changes` lack; those, by the number of their report, and the reports that had another before."""
    connection = writer.connection
    gone = [c.report_id for c in changes if c.before is not None]
    old = {r.report_id: r.data for r in by_id(connection, select(sketch), sketch.c.report_id, gone)}
    for ident, data in old.items():
        keys = [{"b_key": key, "b_report": ident} for key in from_bytes("", data).keys]
        writer.erase(band, {"key": "b_key", "report_id": "b_report"}, keys)
        writer.memory.sketches.pop(ident, None)
    for part in chunks(old):
        connection.execute(delete(sketch).where(sketch.c.report_id.in_(part)))
    wanted = {c.version_id: c for c in changes}
    kept = by_id(connection, select(sketch.c.report_id), sketch.c.report_id, [c.report_id for c in changes])
    have = {r.report_id for r in kept}
    lacking = {ident: c for ident, c in wanted.items() if c.report_id not in have}
    new = {c.report_id: c.sketch for c in lacking.values() if c.sketch is not None}
    for row in by_id(connection, select(version), version.c.id, (i for i, c in lacking.items() if c.sketch is None)):
        change = wanted[row.id]
        new[change.report_id] = sketch_of(replace(plain_report(change.key, row), id=change.key))
    writer.bulk(sketch, [{"report_id": ident, "data": one.to_bytes()} for ident, one in new.items()])
    writer.bulk(band, [{"key": key, "report_id": ident} for ident, one in new.items() for key in one.keys])
    return new, gone


class _Sketches:
    """Sketches by the numbers of their reports, each read once; `ids` are the numbers of all that were met, by key."""

    def __init__(self, writer: Writer, known: Mapping[int, Sketch]) -> None:
        self.database, self.connection = writer.database, writer.connection
        self.known = writer.memory.sketches
        self.known |= known
        self.ids = {one.key: ident for ident, one in known.items()}
        self.banded: dict[int, list[int]] = {}
        self.origins: dict[int, int | None] = {}
        self._bands(key for one in known.values() for key in one.near)

    def get(self, idents: Iterable[int]) -> dict[int, Sketch]:
        wanted = list(dict.fromkeys(idents))
        missing = [i for i in wanted if i not in self.known]
        query = select(sketch, report.c.key, report.c.version_id).join(report, report.c.id == sketch.c.report_id)
        for row in by_id(self.connection, query, sketch.c.report_id, missing):
            self.known[row.report_id] = self._read(row.key, row.data, row.version_id)
        found = {i: self.known[i] for i in wanted if i in self.known}
        self.ids.update((one.key, i) for i, one in found.items())
        return found

    def _read(self, key: str, data: bytes, version_id: int) -> Sketch:
        try:
            return from_bytes(key, data)
        except InputError:  # of an older version of the package
            row = self.connection.execute(select(version).where(version.c.id == version_id)).one()
            return sketch_of(replace(plain_report(key, row), id=key))

    def near(self, one: Sketch, ident: int) -> list[Sketch]:
        """Those that may be copies of one text with it."""
        self._bands(one.near)
        return list(self.get({other for key in one.near for other in self.banded[key]} - {ident}).values())

    def unled(self, one: Sketch, near: Sequence[Sketch], again: Collection[int]) -> list[Sketch]:
        """Those after `one` that it could be the origin of: not those that an earlier text leads, so that each of hundreds of
        copies is judged beside its origin alone; nor those in `again`, which are looked at anyway."""
        later = {self.ids[c.key]: c for c in near if c.rank > one.rank and self.ids[c.key] not in again}
        query = select(copy.c.report_id, copy.c.origin_id)
        missing = [i for i in later if i not in self.origins]
        self.origins |= dict.fromkeys(missing)
        self.origins |= {r.report_id: r.origin_id for r in by_id(self.connection, query, copy.c.report_id, missing)}
        origins = {i: self.origins[i] for i in later}
        led = self.get(o for o in origins.values() if o is not None)
        return [c for i, c in later.items() if (first := led.get(origins[i] or 0)) is None or first.rank > one.rank]

    def _bands(self, keys: Iterable[int]) -> None:
        """Looks keys up, each once: a text that comes hundredfold has the same each time."""
        missing = [key for key in dict.fromkeys(keys) if key not in self.banded]
        self.banded |= {key: [] for key in missing}
        for key, report_id in self.database.pairs(self.connection, band, missing):
            self.banded[key].append(report_id)


def copy_of(connection: Connection, key: str, report_id: int) -> Copy | None:
    """Whom a report copies. `key` is its own."""
    query = select(copy, report.c.key).join(report, report.c.id == copy.c.origin_id).where(copy.c.report_id == report_id)
    row = connection.execute(query).first()
    if row is None:
        return None
    return Copy(key, row.key, row.similarity, row.probability, tuple(Feature(*f) for f in json.loads(row.reasons)))


def copies_of(connection: Connection, report_id: int) -> tuple[str, ...]:
    """Keys of the reports that copy the report."""
    query = select(report.c.key).join(copy, copy.c.report_id == report.c.id).where(copy.c.origin_id == report_id)
    return tuple(sorted(connection.execute(query).scalars()))
