"""``communique batch``: an archive of shards into one file of coded reports for each, by many processes."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from communique.cli_options import DATE_HELP, INTERRUPTED, gate_option, map_option, plain_errors, published_day, shown

if TYPE_CHECKING:
    from communique.batch.running import Plan
    from communique.batch.shard import Outcome

MOST_LINES = 50
"""Lines about shards that were set aside; the table beside the outputs has all."""

MOST_RECORDS = 10
"""Lines about records that failed, of all shards together: the outputs have all."""


@click.command()
@click.argument("given", metavar="INPUT")
@click.argument("output", metavar="OUTPUT")
@click.option("--scheduler", default="", metavar="ADDRESS", help="A Dask scheduler whose workers read, such as tcp://head:8786.")
@click.option("--workers", type=click.IntRange(min=1), default=None, metavar="N", show_default="one for each core",
              help="Processes of this machine that read.")  # fmt: skip
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True, help="Threads of the model of each worker.")
@gate_option
@click.option("--published", default="", metavar="DATE", callback=published_day, help=DATE_HELP)
@click.option("--source", default="", metavar="NAME", help="Outlet where an input names none.")
@map_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON a line a shard, and one of the whole.")
@click.pass_context
def batch(
    context: click.Context, given: str, output: str, scheduler: str, workers: int | None, threads: int, gate: bool,
    published: str, source: str, columns: tuple[tuple[str, str], ...], as_json: bool,
) -> None:  # fmt: skip
    """Read an archive, shard by shard, and write one Parquet file of coded reports for each shard.

    INPUT is a file, or a folder with files, of many reports each: Parquet, JSON Lines, CSV, WARC or mbox, also packed. OUTPUT is
    a folder. `communique add OUTPUT/*.parquet` loads it into a store without reading anything again.

    The same command goes on from where it was broken off or killed: shards that are finished, and have not changed since, are
    passed over. A shard that cannot be read is set aside, with its reason in OUTPUT/set-aside.json.

    \b
    Exit code: 0 every shard is read, 1 something was set aside or the run could not go on, 2 the command was not understood,
    130 it was broken off.
    """
    if scheduler and workers:
        raise click.UsageError("--workers counts processes of this machine, and --scheduler takes those of a cluster: give one")
    with plain_errors():
        from communique.batch.running import plan
        from communique.gather.inputs import Ways

        ways = Ways(published.strip(), source, columns)
        wanted = plan(given, output, ways, workers=workers or 0, scheduler=scheduler, threads=threads, gate=gate)
        told = _Told(wanted, as_json)
        context.exit(told.run())


class _Told:
    """Runs a plan, and says how it goes."""

    def __init__(self, plan: Plan, as_json: bool) -> None:
        self.plan, self.as_json = plan, as_json
        self.counts = {"shards": 0, "finished before": 0, "damaged": 0, "set aside": 0}
        self.reports = self.failed = self.fresh = self.lines = self.told = 0
        self._outs = {shard.name: plan.output / shard.out for shard in plan.archive.shards}
        self.began = time.monotonic()
        self.stopped = ""
        self._bar: Any = None
        self._task: Any = None

    def run(self) -> int:
        """Reads all; the exit code."""
        from communique.batch import running

        archive = self.plan.archive
        if archive.passed:
            self.say(f"passed over {archive.passed}")
        for trouble in archive.troubles:
            self.say(f"set aside: {trouble}")
        broken = False
        try:
            with self.bar():
                for outcome in running.run(self.plan):
                    self.take(outcome)
        except KeyboardInterrupt:
            broken = True
        self.close(broken)
        bad = self.stopped or archive.troubles or self.counts["set aside"] or self.counts["damaged"]
        return INTERRUPTED if broken else 1 if bad else 0

    def take(self, one: Outcome) -> None:
        """Counts and tells what became of a shard."""
        if one.became == "stopped":
            self.stopped = f"{one.shard}: {one.reason}" + (f" ({one.hint})" if one.hint else "")
        else:
            self.counts["shards"] += 1
            self.reports += one.records
            self.failed += one.failed
            self.fresh += one.fresh
            self.counts["finished before"] += not one.worker
        if one.became in ("aside", "damaged"):
            self.counts["set aside" if one.became == "aside" else "damaged"] += 1
            self.lines += 1
            if self.lines <= MOST_LINES and not self.as_json:
                word = "set aside" if one.became == "aside" else "damaged"
                self.say(f"{word}: {one.shard}: {one.reason}" + (f" ({one.hint})" if one.hint else ""))
        if one.failed and self.told < MOST_RECORDS:
            self.records(one.shard)
        if self.as_json:
            click.echo(json.dumps(asdict(one), ensure_ascii=False))
        if self._bar is not None:
            rate = self.fresh / max(time.monotonic() - self.began, 1e-9)
            n, total = self.counts["shards"], len(self.plan.archive.shards)
            text = f"{n:,} of {total:,} shards, {self.reports:,} reports, {rate:,.1f} a second"
            self._bar.update(self._task, completed=n, description=text)

    def records(self, shard: str) -> None:
        """Why records of a shard failed, as far as there are lines left: its output says so."""
        from communique.batch.files import failures_of

        # A cluster's output may not lie where it can be read from here: then the counts must do.
        with suppress(OSError, ValueError):
            for error in islice(failures_of(self._outs[shard]), MOST_RECORDS - self.told):
                self.told += 1
                self.say(f"failed: {error}")

    def close(self, broken: bool) -> None:
        """The last lines."""
        from communique.views.words import counted

        counts = {**self.counts, "reports": self.reports, "failed records": self.failed}
        # A damaged shard's end is one of its failed records, and is told as damage already.
        lost = self.failed - self.counts["damaged"]
        seconds = time.monotonic() - self.began
        if self.as_json:
            given = {what.replace(" ", "_"): n for what, n in counts.items()}
            whole = {"output": str(self.plan.output), **given, "read_now": self.fresh, "seconds": round(seconds, 1)}
            click.echo(json.dumps({**whole, "interrupted": broken, "stopped": self.stopped}, ensure_ascii=False))
        else:
            parts = [f"{self.counts['shards']:,} of {len(self.plan.archive.shards):,} shards"]
            parts += [f"{n:,} {what}" for what, n in self.counts.items() if n and what != "shards"]
            parts += [counted(self.reports, "report")] if self.reports else []
            parts += [f"{counted(lost, 'record')} failed"] if lost else []
            click.echo(f"{shown(str(self.plan.output))}: {', '.join(parts)}")
        if self.lines > MOST_LINES and not self.as_json:
            self.say(f"... and {self.lines - MOST_LINES:,} shards more: see {self.plan.output / 'set-aside.json'}")
        if lost:
            more = f"... and {lost - self.told:,} more. " if lost > self.told else ""
            self.say(f"{more}Records that failed are rows of {self.plan.output}/*.parquet, with their reasons as `failure`; "
                     "`communique add` of these files notes them for `communique retry`")  # fmt: skip
        if self.stopped:
            self.say(f"stopped: {self.stopped}")
        if broken:
            self.say("broken off: the same command goes on from here")

    def say(self, message: str) -> None:
        """One line on standard error, above the bar where there is one."""
        if self._bar is not None:
            self._bar.console.print(shown(message), soft_wrap=True)
        else:
            click.echo(shown(message), err=True)

    @contextmanager
    def bar(self) -> Iterator[None]:
        """A bar over the shards while standard error is a terminal."""
        if not sys.stderr.isatty():
            yield
            return
        from rich import progress
        from rich.console import Console

        console = Console(stderr=True, highlight=False, markup=False, emoji=False)
        columns = [progress.BarColumn(bar_width=28), progress.TaskProgressColumn(), progress.TimeRemainingColumn(compact=True)]
        text = progress.TextColumn("{task.description}", markup=False)
        with progress.Progress(*columns, text, console=console, transient=True, refresh_per_second=4) as self._bar:
            self._task = self._bar.add_task("", total=len(self.plan.archive.shards))
            try:
                yield
            finally:
                self._bar.stop()
                self._bar = None


@click.command("compare")
@click.argument("files", nargs=-1, required=True, metavar="FILE ...")
@click.option("--out", required=True, metavar="FOLDER", help="Where copies.parquet, incidents.parquet and claims.parquet go.")
@click.option("--memory", type=click.IntRange(min=100), default=2000, show_default=True, metavar="MB",
              help="What DuckDB may hold before it writes to the disk.")  # fmt: skip
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, metavar="N",
              help="Processes that put tellings together; what is found is the same.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def compare_command(files: tuple[str, ...], out: str, memory: int, workers: int, as_json: bool) -> None:
    """Compare a whole archive in one pass: its copies, incidents and claims, without a store.

    FILE ... are outputs of `communique batch`, in the order in which they would be added. What is found is what
    `communique add` of the same files makes of them. Texts, events and statements are in the files themselves.

    \b
    Exit code: 0 all is compared, 1 it could not be, 2 the command was not understood.
    """
    with plain_errors():
        from communique.batch.comparing import compare

        found = compare(files, out, memory=memory * 1_000_000, workers=workers)
    if as_json:
        click.echo(json.dumps({"output": out, **asdict(found)}))
        return
    told = ", ".join(f"{n:,} {what}" for what, n in asdict(found).items() if n or what != "skipped")
    click.echo(f"{shown(out)}: {told}")


COMMANDS: tuple[click.Command, ...] = (batch, compare_command)
