"""How the commands keep what they read: reports in a store, failures with their reasons, how far a file was read, and what of all
this a terminal shows meanwhile."""

from __future__ import annotations

import sys
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from communique.cli_options import LateReader, shown
from communique.errors import InputError, StoreError

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from communique.batch.files import Footer
    from communique.gather.archives.pieces import Piece, Source
    from communique.records import CodedReport, Report
    from communique.store import Added, Store
    from communique.store.failing import Progress, Step

TOGETHER = 32
"""Reports kept at once, at most."""

CODED_TOGETHER = 500
"""As `TOGETHER`, of reports that `communique batch` has read: they come faster than a disk commits, and comparing many at once
costs each a third of what it costs among 32 (docs/performance.md)."""

WAIT = 2.0
"""Seconds after which what was read is kept, even where no further reports came."""

MOST_LINES = 50
"""Lines about what was set aside that one command writes; an archive of the web has thousands of pages without an article."""


class Tally:
    """Counts what became of reports, and shows it as it goes where standard error is a terminal."""

    def __init__(self) -> None:
        self.counts = {"new": 0, "corrected": 0, "recoded": 0, "unchanged": 0, "set aside": 0, "passed over": 0}
        self.began = time.monotonic()
        self.drawn = 0.0
        self.live = sys.stderr.isatty()
        self.lines = 0
        self._bar: Bar | None = None
        self._task: Any = None

    @contextmanager
    def bar(self, size: int) -> Iterator[None]:
        """A bar while inputs of `size` bytes are read (0: unknown), on a terminal alone; else nothing is drawn."""
        if not self.live:
            yield
            return
        from rich import progress
        from rich.console import Console

        known = [progress.BarColumn(bar_width=28), progress.TaskProgressColumn(), progress.TimeRemainingColumn(compact=True)]
        columns = known if size else [progress.SpinnerColumn(), progress.TimeElapsedColumn()]
        console = Console(stderr=True, highlight=False, markup=False, emoji=False)
        text = progress.TextColumn("{task.description}", markup=False)
        with progress.Progress(*columns, text, console=console, transient=True, refresh_per_second=4) as self._bar:
            self._task = self._bar.add_task("", total=size or None)
            try:
                yield
            finally:
                self._bar.stop()
                self._bar = None

    def at(self, position: int, name: str, *, force: bool = False) -> None:
        """Moves the bar to `position`, in bytes of all inputs; `name` is of the one that is read."""
        now = time.monotonic()
        if self._bar is None or (now - self.drawn < 0.2 and not force):
            return
        self.drawn = now
        total = self.total
        rate = total / max(now - self.began, 1e-9)
        aside = f", {self.counts['set aside']:,} set aside" if self.counts["set aside"] else ""
        name = shown(name)
        name = name if len(name) <= 40 else "…" + name[-39:]
        self._bar.update(self._task, completed=position, description=f"{total:,} reports, {rate:,.1f} a second{aside}  {name}")

    @property
    def total(self) -> int:
        """Reports that were met."""
        return sum(n for what, n in self.counts.items() if what != "passed over")

    def count(self, what: str, n: int = 1) -> None:
        self.counts[what] += n
        if self.live and self._bar is None and time.monotonic() - self.drawn > 0.2:
            self.drawn = time.monotonic()
            rate = self.total / max(self.drawn - self.began, 1e-9)
            click.echo(f"\r\x1b[K{self.total:,} reports, {rate:.1f} a second", nl=False, err=True)

    def clear(self) -> None:
        """Takes the line away, so that another can be written."""
        if self.live and self.drawn and self._bar is None:
            click.echo("\r\x1b[K", nl=False, err=True)

    def say(self, message: str) -> None:
        """One line on standard error, above the bar where there is one."""
        if self._bar is not None:
            self._bar.console.print(shown(message), soft_wrap=True)
            return
        self.clear()
        click.echo(shown(message), err=True)

    def aside(self, error: InputError) -> None:
        self.count("set aside")
        self.lines += 1
        if self.lines <= MOST_LINES:
            self.say(f"set aside: {error}")

    def more(self) -> str:
        """How many lines were not written; "" where all were."""
        hidden = self.lines - MOST_LINES
        return f"... and {hidden:,} more were set aside" if hidden > 0 else ""

    def told(self) -> str:
        return ", ".join(f"{n:,} {what}" for what, n in self.counts.items() if n) or "nothing to do"


class Keeper:
    """Keeps reports in a store as they are read, several in one transaction; notes what could not be read, and how far each input
    was read. Whatever ends the process, what is noted as read is kept."""

    def __init__(self, store: Store, reader: LateReader, tally: Tally) -> None:
        from communique.store.garbage import Keeping

        self.store, self.reader, self.tally = store, reader, tally
        self.garbage = Keeping()
        self.before = 0
        self.pending: list[tuple[CodedReport, _Run, int]] = []
        self.open: list[_Run] = []
        self.since = time.monotonic()

    def read(self, source: Source, *, again: bool = False, only: Collection[int] = (), known: bool = True) -> None:
        """Reads an input to its end: but for what was read of it before, unless `again`; or of it the records in `only`.

        What was read before counts as unchanged where `known`. What was read last may be kept only by `flush`.
        """
        from communique.store.failing import NOT_BEGUN

        at = NOT_BEGUN if again else self.store.progress(source)
        wanted = set(only) or self.store.failed_records(source)
        self.tally.at(self.before, source.name)
        if known and not only:
            self.tally.count("unchanged", at.records)
        if not at.whole or wanted:
            from communique.batch.loading import coded_source

            coded = coded_source(source)
            run = _Run(self, source, at, wanted, bool(only)) if coded is None else _CodedRun(self, *coded, at)
            self.open.append(run)
            run.go()
        self.tally.count("passed over", source.passed)
        for remark in source.remarks:
            self.tally.say(remark)
        self.before += source.size

    def due(self, *, at_once: bool) -> bool:
        """Whether it is time to keep what was read."""
        waiting = len(self.pending) + sum(len(run.errors) for run in self.open)
        most = self.open[-1].together if self.open else TOGETHER
        late = most == TOGETHER and time.monotonic() - self.since > WAIT
        return bool(waiting and at_once) or late or waiting >= most or len(self.open) > 8 * TOGETHER

    def flush(self) -> None:
        """Keeps all that was read, then notes that it was. What cannot be kept is set aside alone. Raises `StoreError` where the
        store is to blame: what was not kept is read again the next time."""
        many = len(self.pending) >= CODED_TOGETHER
        if self.pending:
            try:
                for reader, part in groupby(list(self.pending), key=lambda waiting: waiting[1].reader):
                    self._keep(self.store.add_many([coded for coded, _, _ in part], reader, batch=CODED_TOGETHER))
            except StoreError:
                raise
            except InputError:
                # One of them is refused: the others are kept, one by one.
                for coded, run, n in list(self.pending):
                    try:
                        self._keep(iter([self.store.add(coded, run.reader)]))
                    except StoreError:
                        raise
                    except InputError as error:
                        run.fail(InputError(f"{run.source.name}, {error.source}", error.reason, error.hint, kind="fields"), n)
                        del self.pending[0]
        self.store.advance([step for run in self.open for step in run.steps()])
        self.open = [run for run in self.open if not run.over]
        for run in self.open:
            run.errors = {}
        self.since = time.monotonic()
        if many:
            self.garbage.settle()

    def _keep(self, added: Iterator[Added]) -> None:
        for one in added:
            _, run, n = self.pending[0]
            run.kept(n, one.change)
            del self.pending[0]


class _Run:
    """One input on its way into the store. `wanted` are records that failed before; `partly` says that nothing else is wanted.
    `reader` names who read its reports: "" for the command itself."""

    reader = ""
    together = TOGETHER

    def __init__(self, keeper: Keeper, source: Source, at: Progress, wanted: set[int], partly: bool) -> None:
        self.keeper, self.source, self.before, self.wanted, self.partly = keeper, source, at, wanted, partly
        self.done, self.records = at.done, at.records
        self.errors: dict[int | None, InputError] = {}
        self.failed: set[int] = set()
        self.mended: set[int] = set()
        self.ended = self.over = False

    def go(self) -> None:
        """Reads what is to be read."""
        try:
            self.ended = self._pieces() and not self.partly
        except StoreError:
            raise  # the input is not to blame
        except InputError as error:
            self.fail(error, 0)
        self.over = True
        if self.keeper.due(at_once=not self.source.origin):
            self.keeper.flush()

    def steps(self) -> list[Step]:
        """What is to be noted of it: only as far as all before is kept."""
        from communique.store.failing import Progress, Step

        at = Progress(self.done, self.records, self.ended or (self.partly and self.before.whole))
        return [Step(self.source, at, self.errors, self.mended - self.failed, self.failed if self.ended else None)]

    def _pieces(self) -> bool:
        """Goes through the input's records; whether it came to its end."""
        keeper, last = self.keeper, max(self.wanted, default=0)
        for piece in self.source.pieces():
            if self.partly and piece.n > last:
                return False
            keeper.tally.at(keeper.before + self.source.position, self.source.name)
            fresh = piece.n > self.before.done and not self.partly
            if fresh or piece.n in self.wanted:
                self._take(piece)
            if fresh:
                self.done = piece.n
            if keeper.due(at_once=not self.source.origin):
                keeper.flush()
        if 0 in self.wanted:
            self.mended.add(0)
        return True

    def _take(self, piece: Piece) -> None:
        """Reads one record, unless the store has what it says."""
        from communique.gather.inputs import made, read_all

        one: Report | InputError = made(piece)
        if isinstance(one, InputError):
            self.fail(one, piece.n)
            return
        if self.keeper.store.has(one):
            self.kept(piece.n, "unchanged")
            return
        coded = next(iter(read_all(self.keeper.reader, [one])))
        if isinstance(coded, InputError):
            name = f"{self.source.name}, {coded.source}"
            self.fail(InputError(name, coded.reason, coded.hint, kind=coded.kind or "reading"), piece.n)
            return
        self.keeper.pending.append((coded, self, piece.n))

    def kept(self, n: int, what: str) -> None:
        """Record `n` is in the store."""
        self.keeper.tally.count(what)
        self.records += 1 if n <= self.before.done or not self.partly else 0
        if n in self.wanted:
            self.mended.add(n)

    def fail(self, error: InputError, n: int) -> None:
        """Record `n` is set aside; 0: all of it, or the rest."""
        self.errors[n] = error
        self.failed.add(n)
        self.keeper.tally.aside(error)


class _CodedRun(_Run):
    """A file of `communique batch`: nothing is read again. What failed is noted of the shard that it was made of, where
    `communique retry` can make it again."""

    together = CODED_TOGETHER

    def __init__(self, keeper: Keeper, source: Source, footer: Footer, at: Progress) -> None:
        super().__init__(keeper, source, at, set(), False)
        self.footer, self.reader = footer, footer.reader
        self.aside: dict[int | None, InputError] = {}
        self.read: set[int] = set()

    def steps(self) -> list[Step]:
        from communique.batch.loading import shard_of
        from communique.store.failing import NOT_BEGUN, Step

        aside, read, self.aside, self.read = self.aside, self.read, {}, set()
        origin = [Step(shard_of(self.footer), NOT_BEGUN, aside, read)] if aside or read else []
        return [*super().steps(), *origin]

    def _take(self, piece: Piece) -> None:
        from communique.batch.loading import CodedPiece

        assert isinstance(piece, CodedPiece)
        coded = piece.coded()
        if isinstance(coded, InputError):
            self.aside[piece.record] = coded
            self.keeper.tally.aside(coded)
            return
        self.read.add(piece.record)
        self.keeper.pending.append((coded, self, piece.n))
