"""Copies, incidents and claims of a whole archive in one pass: what adding its reports to a store one by one makes of them.

1. Every report of the files is laid out once: its sketch, its events, its statements, in flat files (`shelves`). Of several
   versions of one report the one counts that a store would hold: that whose words were met last for the first time.
2. Copies: sketches that share a key are joined (`Workspace`), each report is judged beside those that it meets, and chains of
   copies are followed.
3. Every telling lies under its block keys, sorted. Tellings are put in the order of their type and day, so that those of one
   neighbourhood come together.
4. They are gone through in this order, a part at a time (`parts`): what is one event, and what is claimed.

What is compared and how is `compare`'s alone: this gives it what it asks for.
"""

from __future__ import annotations

import errno
import os
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from communique.batch.files import footer_of, sound_rows
from communique.batch.layout import coded_of, map_text
from communique.batch.parts import RULES, Tellings, all_made
from communique.batch.shelves import Blobs, Column, Meta, Shelf, Shelves, column, packed, unpacked, write_numbers
from communique.batch.workspace import Table, Workspace, rows_of_records
from communique.compare.claims import looked_at
from communique.compare.copies import from_bytes, origin_of, sketches
from communique.compare.sides import Saying
from communique.errors import InputError, is_full, refusal
from communique.records import Claim, CodedReport, Copy, Event, Incident
from communique.store import rows
from communique.store.engine import chunks
from communique.store.garbage import uncollected
from communique.store.schema import number

MEMORY = 2_000_000_000
"""Bytes that DuckDB may hold before it writes to the disk."""

TOGETHER = 20_000
"""Tellings of a part: they and their neighbours are in memory meanwhile."""

SKETCHED = 64
"""Reports whose sketches are made at once: each time rensa is asked it starts threads."""

F = TypeVar("F", Blobs, Column, Table)


@dataclass(frozen=True, slots=True)
class Compared:
    """What a pass found; `skipped` are rows that hold no report, or one whose date is none."""

    reports: int
    events: int
    copies: int
    incidents: int
    claims: int
    skipped: int


def compare(
    files: Sequence[str | Path], folder: str | Path, *, memory: int = MEMORY, together: int = TOGETHER, workers: int = 1
) -> Compared:
    """Writes ``copies.parquet``, ``incidents.parquet`` and ``claims.parquet`` in `folder`, from files of `communique batch`.
    Their order counts as that in which their reports are added. `workers` processes go through the parts of step 4; what is
    written is the same.

    The three appear when all is done; until then older ones stay as they are. Raises `InputError` where a file is none of these
    or damaged, and where `folder` cannot be written or DuckDB needs more memory, `MissingExtraError` without DuckDB.
    """
    for path in files:
        if footer_of(path) is None:
            raise InputError(str(path), "is no file of `communique batch`, or damaged", "give its outputs", kind="format")
    out = Path(folder)
    aside = out / f".compare-{uuid.uuid4().hex[:8]}"
    with _told(out):
        # The folders that are made here go again where nothing comes to stand in them.
        made = [one for one in (out, *out.parents) if not one.exists()]
        try:
            aside.mkdir(parents=True)
            found = _Pass(aside, memory).run(files, together, workers)
            _put(aside, out)
            return found
        finally:
            shutil.rmtree(aside, ignore_errors=True)
            for one in made:
                with suppress(OSError):
                    one.rmdir()


def _put(aside: Path, out: Path) -> None:
    """Puts what was written in its place, once all of it is on the disk."""
    names = [f"{name}.parquet" for name in ("copies", "incidents", "claims")]
    for name in names:
        with open(aside / name, "rb+") as handle:
            os.fsync(handle.fileno())
    for name in names:
        os.replace(aside / name, out / name)


@contextmanager
def _told(out: Path) -> Iterator[None]:
    """What the system says against writing in a folder, as one line."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOMEM:
            hint = "give it more --memory, as far as the machine has it"
            raise InputError("comparing", f"needs more memory than it may hold: {error.strerror}", hint) from error
        hint = "make room there" if is_full(error) else "check the path and its permissions"
        hint += ", or give another --out: what stood there before stays"
        raise InputError(f"output {str(out)!r}", f"cannot be written: {refusal(error)}", hint) from error


class _Pass:
    """One pass over an archive; what it lays out and its results are in `folder`."""

    def __init__(self, folder: Path, memory: int) -> None:
        self.folder = folder
        self.space = Workspace(folder / "work.duckdb", memory)
        self.skipped = 0
        self._open: list[Blobs | Column | Table] = []

    def run(self, files: Iterable[str | Path], together: int, workers: int) -> Compared:
        try:
            return self._run(files, together, workers)
        finally:
            for file in self._open:
                file.abandon()

    def _file(self, kind: Callable[[Path], F], name: str) -> F:
        """A file of the folder to write to, which is let go of whatever happens."""
        file = kind(self.folder / name)
        self._open.append(file)
        return file

    def _table(self, name: str, record: type) -> Table:
        return self._file(lambda path: Table(path, record), f"{name}.parquet")

    def _run(self, files: Iterable[str | Path], together: int, workers: int) -> Compared:
        try:
            with uncollected():
                self._lay_out(files)
                copies = self._copies()
                self._blocks()
            reports = int(self.space.one("SELECT count(*) FROM now"))
        finally:
            self.space.close()
        incidents, claims = self._table("incidents", Incident), self._table("claims", Claim)
        for happened, claimed in all_made(self.folder, together, workers):
            incidents.add(happened)
            claims.add(claimed)
        incidents.close()
        claims.close()
        events = len(column(self.folder / "order"))
        return Compared(reports, events, copies, incidents.count, claims.count, self.skipped)

    def _lay_out(self, files: Iterable[str | Path]) -> None:
        """Step 1."""
        space = self.space
        events, metas, beside, sketched = (self._file(Blobs, name) for name in ("events", "metas", "beside", "sketches"))
        reports, starts = (self._file(Column, name) for name in ("reports", "starts"))
        n = 0
        for part in chunks(self._read(files), SKETCHED):
            keys = [rows.identity(coded.report) for coded in part]
            kept = [rows.as_kept(coded.report, key) for coded, key in zip(part, keys, strict=True)]
            for coded, key, report, one in zip(part, keys, kept, sketches(kept), strict=True):
                given = coded.report
                space.put("report", (n, key, rows.content(given)))
                metas.add(packed(Meta(key, report.source, rows.day_of(given.published))))
                sketched.add(one.to_bytes())
                space.put_each("band", one.keys, n)
                space.put_each("near", one.near, n)
                starts.add(events.count)
                told: dict[str, Event] = {}  # what stands twice under one id counts once
                for event in (e if rows.all_kept(e) else map_text(e, rows.kept) for e in coded.events):
                    if told.setdefault(event.id, event) is event:
                        events.add(packed(event))
                        reports.add(n)
                said = (s if rows.all_kept(s) else map_text(s, rows.kept) for s in coded.statements)
                sayings = [Saying(s, key, rows.verbatim(report.text, s.content)) for s in said]
                beside.add(packed(looked_at([*told.values()], sayings)))
                n += 1
        starts.add(events.count)
        for file in (events, metas, beside, sketched, reports, starts):
            file.close()
        space.flush()
        # Of each report the words that were met last for the first time: words of the past that come again change nothing.
        space.run(
            "CREATE TABLE now AS SELECT r.number FROM report r JOIN (SELECT max(first) AS number FROM "
            "(SELECT key, min(number) AS first FROM report GROUP BY key, hash) GROUP BY key) USING (number) ORDER BY number"
        )
        for name in ("band", "near"):
            space.run(f"CREATE TABLE current AS SELECT t.* FROM {name} t SEMI JOIN now USING (number)")
            space.run(f"DROP TABLE {name}; ALTER TABLE current RENAME TO {name}")

    def _read(self, files: Iterable[str | Path]) -> Iterator[CodedReport]:
        for path in files:
            for row in sound_rows(path):
                coded = coded_of(row)
                if isinstance(coded, InputError):
                    self.skipped += 1
                    continue
                try:
                    rows.day_of(coded.report.published)
                except InputError:
                    self.skipped += 1
                    continue
                yield coded

    def _copies(self) -> int:
        """Step 2."""
        space = self.space
        table = self._table("copies", Copy)
        metas, kept = Shelf(self.folder / "metas"), Shelf(self.folder / "sketches")
        pairs = "SELECT DISTINCT n.number, b.number FROM near n JOIN band b USING (key) WHERE n.number <> b.number ORDER BY 1"
        for part in _apart(space.stream(pairs), TOGETHER):
            wanted = {ident for ident, _ in part} | {other for _, other in part}
            sketches = {n: from_bytes(unpacked(metas[n]).key, kept[n]) for n in wanted}
            numbers = {one.key: n for n, one in sketches.items()}
            met: dict[int, list[int]] = {}
            for ident, other in part:
                met.setdefault(ident, []).append(other)
            found: list[Copy] = []
            for ident, others in met.items():
                copy = origin_of(sketches[ident], [sketches[n] for n in others])
                if copy is not None:
                    found.append(copy)
                    space.put("copied", (ident, numbers[copy.origin]))
            table.add(rows_of_records(Copy, found))
        table.close()
        space.flush()
        self._follow()
        return table.count

    def _follow(self) -> None:
        """The root of every copy: each step follows chains twice as far."""
        space = self.space
        space.run("CREATE TABLE root AS SELECT * FROM copied")
        step = "SELECT a.number, coalesce(b.origin, a.origin) AS origin FROM root a LEFT JOIN root b ON b.number = a.origin"
        while space.one("SELECT count(*) FROM root a JOIN root b ON b.number = a.origin"):
            space.run(f"CREATE TABLE further AS {step}; DROP TABLE root; ALTER TABLE further RENAME TO root")
        origins = np.arange(len(column(self.folder / "starts")) - 1)
        for copies, first in space.columns("SELECT number, origin FROM root"):
            origins[copies] = first
        write_numbers(self.folder / "origins", [origins])

    def _blocks(self) -> None:
        """Step 3: the keys of each telling, and the order in which they are gone through."""
        space = self.space
        # The files of the last two columns are made here.
        for name in ("order", "keys", "ids"):
            (self.folder / name).touch()
        shelves, starts = Shelves(self.folder), column(self.folder / "starts")
        for (report,) in space.stream("SELECT number FROM now ORDER BY number"):
            tellings = Tellings(shelves)
            for ident in range(int(starts[report]), int(starts[report + 1])):
                told = tellings.plain(ident)
                space.put("place", (told.scope, told.when, told.cell, ident))
                taken = [(rules, p) for rules in RULES if (p := rules.take(told)) is not None]
                space.put_each("block", list({number(key) for rules, p in taken for key in rules.keys(p)}), ident)
        space.flush()
        order = space.columns("SELECT id FROM place ORDER BY scope, day NULLS LAST, cell, id")
        write_numbers(self.folder / "order", (ids for (ids,) in order))
        keys, idents = self._file(Column, "keys"), self._file(Column, "ids")
        for some, under in space.columns("SELECT key, id FROM block ORDER BY key, id"):
            keys.extend(some)
            idents.extend(under)
        keys.close()
        idents.close()


def _apart(pairs: Iterable[tuple[int, ...]], size: int) -> Iterator[list[tuple[int, ...]]]:
    """Sorted pairs in lists in which no first number is cut in two."""
    kept: list[tuple[int, ...]] = []
    for pair in pairs:
        if len(kept) >= size and pair[0] != kept[-1][0]:
            yield kept
            kept = []
        kept.append(pair)
    if kept:
        yield kept
