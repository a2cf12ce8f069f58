"""Commands that fill a store: ``communique add``, ``recode`` and ``store info``."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from communique.cli_options import (
    DATE_HELP,
    LateReader,
    complain,
    opened,
    plain_errors,
    published_day,
    shown,
    store_option,
    threads_option,
)
from communique.errors import InputError

if TYPE_CHECKING:
    from communique.records import CodedReport, Report
    from communique.store import Added, Store

INTERRUPTED = 130
"""Exit code where Ctrl-C ended the command, as shells have it."""

TOGETHER = 32
"""Reports kept at once, at most."""

WAIT = 2.0
"""Seconds after which a report that was read is kept, even where no further ones came."""


class Tally:
    """Counts what became of reports, and shows it as it goes where standard error is a terminal."""

    def __init__(self) -> None:
        self.counts = {"new": 0, "corrected": 0, "recoded": 0, "unchanged": 0, "set aside": 0}
        self.began = time.monotonic()
        self.drawn = 0.0
        self.live = sys.stderr.isatty()

    def count(self, what: str) -> None:
        self.counts[what] += 1
        if self.live and time.monotonic() - self.drawn > 0.2:
            self.drawn = time.monotonic()
            total = sum(self.counts.values())
            rate = total / max(self.drawn - self.began, 1e-9)
            click.echo(f"\r\x1b[K{total:,} reports, {rate:.1f} a second", nl=False, err=True)

    def clear(self) -> None:
        """Takes the line away, so that another can be written."""
        if self.live and self.drawn:
            click.echo("\r\x1b[K", nl=False, err=True)

    def aside(self, error: InputError) -> None:
        self.clear()
        complain(str(error))
        self.count("set aside")

    def told(self) -> str:
        return ", ".join(f"{n:,} {what}" for what, n in self.counts.items() if n) or "nothing to do"


class Keeper:
    """Keeps reports in a store as they are read, several in one transaction, and notes what could not be read."""

    def __init__(self, store: Store, reader: LateReader, tally: Tally) -> None:
        self.store, self.reader, self.tally = store, reader, tally
        self.pending: list[CodedReport] = []
        self.since = 0.0
        self.failed: set[str] = set()

    def take(self, one: Report | InputError, path: str) -> None:
        """Reads one input, unless the store has it."""
        from communique.gather.inputs import read_all

        if isinstance(one, InputError):
            self.fail(one)
            return
        if self.store.has(one):
            self.tally.count("unchanged")
            return
        coded = next(iter(read_all(self.reader, [one])))
        if isinstance(coded, InputError):
            self.fail(InputError(f"{path}, {coded.source}", coded.reason, coded.hint))
            return
        if not self.pending:
            self.since = time.monotonic()
        self.pending.append(coded)
        # Standard input may be a feed that says nothing for hours: what it gave is kept at once.
        if path == "-" or len(self.pending) >= TOGETHER or time.monotonic() - self.since > WAIT:
            self.keep()

    def keep(self) -> None:
        """Keeps all that was read. What cannot be kept is set aside alone."""
        try:
            self._kept(self.store.add_many(list(self.pending), batch=TOGETHER))
        except InputError:
            # One of them is refused: the others are kept, one by one.
            for coded in list(self.pending):
                try:
                    self._kept(iter([self.store.add(coded)]))
                except InputError as error:
                    self.fail(error)
                    del self.pending[0]

    def _kept(self, added: Iterator[Added]) -> None:
        for one in added:
            self.tally.count(one.change)
            del self.pending[0]

    def fail(self, error: InputError) -> None:
        self.failed.add(error.source)
        self.store.failed(error)
        self.tally.aside(error)

    def done(self, path: str) -> None:
        """A path was read to its end: what failed of it before and did not now is no failure any more."""
        for old in self.store.failures():
            if old.input not in self.failed and (old.input == path or old.input.startswith(f"{path}, ")):
                self.store.succeeded(old.input)


@click.command()
@click.argument("sources", nargs=-1, metavar="SOURCE ...", required=True)
@store_option
@click.option("--published", default="", metavar="DATE", callback=published_day, help=DATE_HELP)
@click.option("--source", default="", metavar="NAME", help="Outlet where an input names none.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
@threads_option
@click.pass_context
def add(
    context: click.Context, sources: tuple[str, ...], where: str | None, published: str, source: str, as_json: bool, threads: int
) -> None:
    """Read reports and keep them in a store, with their events, statements, incidents and claims.

    SOURCE is a file as `communique read` takes it; "-" is standard input. A report that the store has is not read again; one
    whose words have changed becomes a new version. What cannot be read is set aside, and noted in the store. Ctrl-C loses
    nothing that was read: the same command goes on from there.

    \b
    Exit code: 0 everything is kept, 1 something was set aside, 2 the command was not understood, 130 it was broken off.
    """
    from communique.gather.inputs import read_inputs

    tally = Tally()
    broken = False
    with plain_errors(), opened(where, create=True) as store:
        keeper = Keeper(store, LateReader(threads), tally)
        try:
            for path in sources:
                for one in read_inputs([path], published=published, source=source):
                    keeper.take(one, path)
                keeper.keep()
                keeper.done(path)
        except KeyboardInterrupt:
            broken = True
            keeper.keep()
        name = store.name
    _finish(context, tally, name, as_json, broken)


@click.command()
@store_option
@click.option("--all", "everything", is_flag=True, help="Also what was read by today's weights and tables.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
@threads_option
@click.pass_context
def recode(context: click.Context, where: str | None, everything: bool, as_json: bool, threads: int) -> None:
    """Read every report of a store again with today's weights and tables, and keep both codings.

    The new coding is the current one; `Query.reader` asks for an older. Corrections hold on. Reports that today's weights and
    tables, your own actors included, have read are passed over, so that a run that was broken off goes on where it was.

    \b
    Exit code: 0 everything was read, 1 something was set aside, 2 the command was not understood, 130 it was broken off.
    """
    tally = Tally()
    broken = False
    with plain_errors(), opened(where) as store:
        try:
            for one in store.recode(LateReader(threads), everything=everything):
                if isinstance(one, InputError):
                    tally.aside(one)
                else:
                    tally.count(one.change)
        except KeyboardInterrupt:
            broken = True
        name = store.name
    _finish(context, tally, name, as_json, broken)


def _finish(context: click.Context, tally: Tally, name: str, as_json: bool, broken: bool) -> None:
    """Says what was done, and ends with the exit code that fits."""
    tally.clear()
    if as_json:
        counts = {what.replace(" ", "_"): n for what, n in tally.counts.items()}
        given: dict[str, Any] = {"store": name, **counts, "interrupted": broken}
        click.echo(json.dumps(given, ensure_ascii=False))
    else:
        click.echo(f"{shown(name)}: {tally.told()}")
    if broken:
        click.echo("broken off: the same command goes on from here", err=True)
        context.exit(INTERRUPTED)
    if tally.counts["set aside"]:
        context.exit(1)


@click.group("store")
def store_group() -> None:
    """Look after a store."""


@store_group.command()
@store_option
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def info(where: str | None, as_json: bool) -> None:
    """Where a store lies, what it holds, and how many bytes an event takes."""
    from communique.asking import size

    with plain_errors(), opened(where) as store:
        found = size(store)
    if as_json:
        click.echo(json.dumps(found.to_dict(), ensure_ascii=False))
        return
    lines = [("store", shown(found.name)), ("schema", found.schema), *((what, f"{n:,}") for what, n in found.rows.items())]
    lines += [("bytes", f"{found.bytes:,}"), ("bytes an event", f"{found.bytes_an_event:,.0f}")]
    click.echo("\n".join(f"{what:<15} {value}" for what, value in lines))


COMMANDS: tuple[click.Command, ...] = (add, recode, store_group)
