"""What a worker does: one shard in, one file out, and on from where another worker was killed.

Whatever is killed loses `CHUNK` records at most: each time so many are read, they are on the disk in a file of their own, in a
hidden folder beside the output. Who takes the shard up again passes over what is in there. When the shard is read, they become
the output, in one step.

Two workers may come to read one shard at once, where a scheduler took one for lost: both write the same, under names of their
own.
"""

from __future__ import annotations

import os
import shutil
import socket
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from communique.batch.blame import KILLED, KILLED_HINT, begun, plain_name
from communique.batch.files import Footer, OutputError, footer_of, write_whole
from communique.batch.layout import Row, failed_row, row_of
from communique.batch.shards import Shard, stamp_of
from communique.errors import CommuniqueError, InputError
from communique.gather.inputs import Inputs, Ways, made, read_all
from communique.records import Report, content_id

CHUNK = 250
"""Records that may be read again after a kill. At a tenth to half a second a report that is half a minute to two."""


@dataclass(frozen=True, slots=True)
class Task:
    """One shard to read: into which folder, how, by which reader. It is sent to workers as it is. `run` names the run for which
    it is noted who dies over it; "" for none."""

    shard: Shard
    output: str
    ways: str
    reader: str
    actors: str = ""
    threads: int = 1
    chunk: int = CHUNK
    gate: bool = False
    run: str = ""

    @property
    def target(self) -> Path:
        return Path(self.output, self.shard.out)

    def footer(self, stamp: str) -> Footer:
        """What the output must say of itself, but for what is counted."""
        return Footer(self.shard.name, stamp, self.ways, self.reader, self.shard.path)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a shard: "done", "damaged" (read as far as it could be), "aside" (nothing of it could be read), or
    "stopped": nobody can go on. `fresh` counts the records that were read now, `seconds` the processor's time that it took."""

    shard: str
    became: str
    reason: str = ""
    hint: str = ""
    kind: str = ""
    records: int = 0
    failed: int = 0
    passed: int = 0
    fresh: int = 0
    seconds: float = 0.0
    wall: float = 0.0
    worker: str = ""
    size: int = 0


def finished(task: Task) -> Outcome | None:
    """The outcome of a shard that was read before, and would be read the same now; None where it is to be read."""
    try:
        stamp = stamp_of(task.shard.path)
    except OSError:
        return None
    found = footer_of(task.target) if task.target.is_file() else None
    return _outcome(task, found) if found is not None and found.same(task.footer(stamp)) else None


def read_shard(task: Task) -> Outcome:
    """Reads a shard into its file. Raises nothing: whatever happens is in the outcome."""
    began, spent = time.perf_counter(), time.process_time()
    try:
        out = _begin(task) if task.run else _read(task)
    except OutputError as error:
        hint = "what is finished stays: make room, and give the same command again"
        out = Outcome(task.shard.name, "stopped", str(error), hint, "output")
    except InputError as error:
        # Without a library that reads it no other shard of its kind can be read either.
        became = "stopped" if error.kind == "extra" else "aside"
        out = Outcome(task.shard.name, became, error.reason, error.hint, error.kind)
    except CommuniqueError as error:
        out = Outcome(task.shard.name, "stopped", str(error))
    where = f"{socket.gethostname()}:{os.getpid()}"
    wall, spent = time.perf_counter() - began, time.process_time() - spent
    return replace(out, seconds=round(spent, 3), wall=round(wall, 3), worker=where, size=task.shard.size)


def _outcome(task: Task, footer: Footer, fresh: int = 0) -> Outcome:
    became = "damaged" if footer.damaged else "done"
    return Outcome(
        task.shard.name, became, footer.damaged, footer.hint, footer.kind, footer.records, footer.failed, footer.passed, fresh,
    )  # fmt: skip


def _begin(task: Task) -> Outcome:
    """Reads a shard, unless too many died over it."""
    with begun(task.target, task.run) as may:
        return _read(task) if may else Outcome(task.shard.name, "aside", KILLED, KILLED_HINT, "reading")


def _read(task: Task) -> Outcome:
    if (before := finished(task)) is not None:
        return before
    try:
        stamp = stamp_of(task.shard.path)
        if footer_of(task.shard.path) is not None:
            reason = "was written by `communique batch`: its reports are read already"
            raise InputError(task.shard.name, reason, "give it to `communique add`", kind="format")
    except OSError as error:
        reason = f"cannot be opened: {error.strerror or error}"
        raise InputError(task.shard.name, reason, "check the path and its permissions", kind="missing") from error
    run = _Run(task, task.footer(stamp))
    run.go()
    if stamp != _stamp(task.shard.path):
        run.forget()
        raise InputError(task.shard.name, "was changed while it was read", "give the same command again", kind="damaged")
    return _outcome(task, run.finish(), run.fresh)


def _stamp(path: str) -> str:
    try:
        return stamp_of(path)
    except OSError:
        return ""


_READERS: dict[tuple[str, int, bool], Any] = {}


def reader_of(task: Task) -> Any:
    """The reader of this process, loaded once. Raises `InputError` where it is another than the task asks for."""
    key = (task.actors, task.threads, task.gate)
    if key not in _READERS:
        import communique

        _READERS[key] = communique.load(threads=task.threads, actors=task.actors, gate=task.gate)
    found = _READERS[key]
    if (name := str(found.name)) != task.reader:
        where = socket.gethostname()
        raise _Stop(f"the worker on {where} reads with {name!r}, and the command with {task.reader!r}: install the same version "
                    "of communique, with the same table of actors, on both")  # fmt: skip
    return found


class _Stop(CommuniqueError):
    """Nobody can go on."""


class _Run:
    """One shard on its way to its file. `parts` are the chunks that are on the disk, `rows` what is read beyond them."""

    def __init__(self, task: Task, footer: Footer) -> None:
        self.task, self.footer = task, footer
        state = content_id(footer.stamp, footer.ways, footer.reader, footer.format, task.chunk)
        self.folder = task.target.with_name(f".{task.shard.out}.{state}.parts")
        self.parts: list[Path] = []
        self.rows: list[Row] = []
        self.fresh = 0
        self._resume()

    def _resume(self) -> None:
        """Takes up what was read before, as far as it is without a gap."""
        while (found := footer_of(path) if (path := self._part()).is_file() else None) is not None:
            self.parts.append(path)
            self.footer = replace(self.footer, last=found.last, records=found.records, failed=found.failed)

    def _part(self) -> Path:
        return self.folder / f"{len(self.parts):06d}.parquet"

    def go(self) -> None:
        """Reads what is to be read."""
        behind = self.footer.last
        with Inputs([self.task.shard.path], Ways.from_json(self.task.ways)) as inputs:
            source = inputs.sources[0]
            try:
                for piece in source.pieces():
                    if piece.n <= behind:
                        continue
                    if len(self.rows) >= self.task.chunk:
                        self._keep()
                    self._take(piece.n, made(piece))
            except InputError as error:
                if not self.footer.records + self.footer.failed:
                    self.forget()
                    raise
                self._add(0, error)
                self.footer = replace(self.footer, damaged=error.reason, hint=error.hint, kind=error.kind)
            self.footer = replace(self.footer, passed=source.passed)

    def _take(self, n: int, given: Report | InputError) -> None:
        result = given if isinstance(given, InputError) else next(iter(read_all(reader_of(self.task), [given])))
        self.fresh += 1
        if not isinstance(result, InputError):
            self.rows.append(row_of(n, result))
            self.footer = replace(self.footer, records=self.footer.records + 1, last=n)
            return
        if not isinstance(given, InputError):
            name = f"{self.task.shard.path}, {result.source}"
            result = InputError(name, result.reason, result.hint, kind=result.kind or "reading")
        self._add(n, result)

    def _add(self, n: int, error: InputError) -> None:
        self.rows.append(failed_row(n, error))
        self.footer = replace(self.footer, failed=self.footer.failed + 1, last=n or self.footer.last)

    def _keep(self) -> None:
        """Puts a chunk on the disk."""
        try:
            self.folder.mkdir(exist_ok=True)
        except OSError as error:
            raise OutputError(f"{self.folder}: {error.strerror or error}") from error
        path = self._part()
        write_whole(path, (), self.rows, self.footer)
        self.parts.append(path)
        self.rows = []

    def finish(self) -> Footer:
        """Puts the output in its place."""
        try:
            write_whole(self.task.target, self.parts, self.rows, self.footer)
        except OutputError:
            if finished(self.task) is None:  # another worker was there first, and took the chunks away
                raise
        self.forget()
        return self.footer

    def forget(self) -> None:
        """Takes the chunks away, those of earlier states of the shard too."""
        stem = f".{self.task.shard.out}."
        for path in self.task.target.parent.glob("." + plain_name(self.task.shard.out) + ".*.parts"):
            if path.name.startswith(stem):
                shutil.rmtree(path, ignore_errors=True)
