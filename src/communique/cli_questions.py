"""Commands that ask a store: ``events``, ``statements``, ``incidents``, ``claims``, ``timeline``, ``alerts``, ``explain``."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from communique.cli_notify import Telling
from communique.cli_options import Command, plain_errors, shown, store_option
from communique.errors import InputError, is_full, refusal

if TYPE_CHECKING:
    from typing import TextIO

    from rich.console import Console

    from communique.opening import Answer, Opened
    from communique.records import Event, Explained, Statement
    from communique.store import Explanation

SHOWN = 50
"""Records that a table shows where no limit is given: some screens."""

FORMATS = ("table", "csv", "json", "parquet")
SUFFIXES = {".csv": "csv", ".json": "json", ".jsonl": "json", ".parquet": "parquet", ".pq": "parquet", ".txt": "table"}
_OUT = click.Path(dir_okay=False, path_type=Path)

_PARTIES = (
    click.option("--actor", default="", metavar="WHO", help="A country by name or code, with a sector (CHN.GOV), or a name."),
    click.option("--recipient", default="", metavar="WHO", help="To whom it was done; of a statement, whom it is about."),
)
_TYPE = click.option("--type", "types", multiple=True, metavar="TYPE", help="Event types, or acts of statements.")
_STATUS = click.option("--status", "statuses", multiple=True, metavar="STATUS", help="As actual, claimed; of claims, contested.")
_SINCE = click.option("--since", default="", metavar="DATE", help="From this day, month or year on.")
_UNTIL = click.option("--until", default="", metavar="DATE", help="To the end of this day, month or year.")
_TEXT = click.option("--text", default="", metavar="WORDS", help='Words of the report; "a phrase" in quotation marks, -not this.')
_COUNTRY = click.option("--country", default="", metavar="COUNTRY", help="Where it happened.")


def narrowed(*, status: bool = True, country: bool = True) -> Callable[[Command], Command]:
    """The options that narrow a question."""
    options = [*_PARTIES, _TYPE, *([_STATUS] if status else []), _SINCE, _UNTIL, _TEXT, *([_COUNTRY] if country else [])]

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


_limit = click.option(
    "--limit", type=click.IntRange(min=1), default=None, show_default=f"{SHOWN} in a table", help="At most so many."
)
_newest = click.option("--newest", is_flag=True, help="The last first.")
_format = click.option("--format", "form", type=click.Choice(FORMATS), default=None, help="Else told by --out, else a table.")
_out = click.option("--out", type=_OUT, metavar="FILE", help="Write to a file instead.")
_json = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")


def _question(kind: str, text: str, **which: bool) -> click.Command:
    """The command that asks for records of one kind."""

    @click.command(kind, help=text)
    @narrowed(**which)
    @_limit
    @_newest
    @_format
    @_out
    @store_option
    def command(
        types: tuple[str, ...], where: str | None, form: str | None, out: Path | None, limit: int | None, newest: bool,
        statuses: tuple[str, ...] = (), **asked: str,
    ) -> None:  # fmt: skip
        form = form or _form_of(out)
        with plain_errors(), opening(where) as record:
            # One more than is shown says whether there are more.
            size = limit or (SHOWN + 1 if form == "table" and out is None else None)
            answer = getattr(record, kind)(type=types, status=statuses, limit=size, newest=newest, **asked)
            if form == "table":
                parties = (asked["actor"], asked["recipient"])
                _table(kind, answer, out, None if limit else SHOWN, parties)
            else:
                _WRITERS[form](answer, out)

    return command


def opening(where: str | None) -> Opened:
    """The store that ``--store`` names, for questions."""
    from communique.opening import open as ask

    return ask(where)


def _form_of(out: Path | None) -> str:
    if out is None:
        return "table"
    form = SUFFIXES.get(out.suffix.lower())
    if form is None:
        hint = f"end it in {', '.join(sorted(SUFFIXES))}, or give --format"
        raise click.BadParameter(f"{str(out)!r} does not say in which format: {hint}", param_hint="--out")
    return form


def console(file: Any = None) -> Console:
    from rich.console import Console

    # Plain output for a pipe or file: highlighting is for eyes, and lines are not cut to a width that nobody has.
    return Console(file=file, highlight=False, emoji=False, markup=False, width=100 if file is not None else None)


def _table(kind: str, answer: Answer[Any], out: Path | None, most: int | None, parties: tuple[str, ...]) -> None:
    from communique.asking import unknown
    from communique.views import tables

    if out is not None:
        with whole_file(out) as handle:
            tables.show(kind, answer, console(handle))
        wrote(out)
        return
    count, more = 0, False

    def first() -> Iterator[Any]:
        nonlocal count, more
        for one in answer:
            if most is not None and count >= most:
                more = True
                return
            count += 1
            yield one

    tables.show(kind, first(), console())
    if not count:
        click.echo("\n".join(shown(line) for line in (f"no {kind} fit", *unknown(*parties))), err=True)
    elif more:
        click.echo(f"the first {count} of more: --limit shows further ones, --since, --actor and others narrow it", err=True)


def _csv(answer: Answer[Any], out: Path | None) -> None:
    import csv

    from communique.export.tables import sheet_row

    with whole_file(out) as handle:
        writer = csv.writer(handle, lineterminator="\n")
        columns = list(answer.columns)
        writer.writerow(columns)
        for row in answer.rows():
            # A cell of a report's text that a spreadsheet would take for a formula is made text, and none steers a terminal.
            writer.writerow(sheet_row(row[name] for name in columns))
    if out is not None:
        wrote(out)


def _jsonl(answer: Answer[Any], out: Path | None) -> None:
    from communique.export.plover import line_of

    with whole_file(out) as handle:
        for one in answer:
            handle.write(line_of(one.to_dict()))
    if out is not None:
        wrote(out)


def _parquet(answer: Answer[Any], out: Path | None) -> None:
    if out is None:
        raise click.UsageError("Parquet is no text: give --out FILE")
    from communique.measure.extras import optional

    parquet = optional("pyarrow.parquet", "parquet", "Parquet")
    beside = out.with_name(f".{out.name}.{os.getpid()}.part")
    with written(out):
        try:
            with parquet.ParquetWriter(beside, answer.schema(), compression="zstd") as writer:
                for table in answer.tables():
                    writer.write_table(table)
            beside.replace(out)
        finally:
            beside.unlink(missing_ok=True)
    wrote(out)


_WRITERS: dict[str, Callable[[Any, Path | None], None]] = {"csv": _csv, "json": _jsonl, "parquet": _parquet}


@contextmanager
def written(out: Path) -> Iterator[None]:
    """What the system says against writing a file, as one line."""
    try:
        yield
    except OSError as error:
        hint = "make room there, or give another path" if is_full(error) else "give another path"
        raise InputError(f"file {str(out)!r}", f"cannot be written: {refusal(error)}", hint) from error


@contextmanager
def whole_file(out: Path | None) -> Iterator[TextIO]:
    """A handle to write text to: a file that is there when all went well, or standard output, both in UTF-8."""
    from communique.export.aside import whole

    if out is None:
        # Not as the terminal's encoding has it: what is written is UTF-8, as in a file.
        handle = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", errors="replace", newline="\n")
        try:
            yield handle
            handle.flush()
        finally:
            handle.detach()
        return
    with written(out), whole(out) as file:
        yield file


def _print_json(found: Any, **more: Any) -> None:
    from communique.export.plover import line_of

    click.echo(line_of(found.to_dict() | more), nl=False)


def wrote(out: Path) -> None:
    click.echo(f"wrote {shown(str(out))}", err=True)


@click.command()
@click.argument("one", metavar="WHO")
@click.argument("other", metavar="WHOM")
@_SINCE
@_UNTIL
@click.option("--by", type=click.Choice(["day", "week", "month"]), default="week", show_default=True, help="The period.")
@click.option("--plot", type=_OUT, metavar="FILE", help="Draw it to a file that ends in .png or .svg.")
@_json
@store_option
def timeline(
    one: str, other: str, since: str, until: str, by: str, plot: Path | None, as_json: bool, where: str | None
) -> None:  # fmt: skip
    """Conflict and cooperation between two parties over time, with the incidents that weigh most.

    WHO and WHOM are countries by name or code, such as China and USA; each incident counts once, and only those that are told
    as facts. What is only claimed stands apart. The tension index has the range in which chance could have moved it.
    """
    from communique.asking import timeline as ask

    with plain_errors(), opening(where) as record:
        found = ask(record.store, one, other, since=since, until=until, by=by)
        if plot is not None:
            from communique.measure.plot import save

            with written(plot):
                save(found.series, plot, found.rows, found.changes)
            wrote(plot)
            for note in () if found.rows else found.notes:
                click.echo(shown(note), err=True)
        if as_json:
            _print_json(found)
        elif plot is None:
            from communique.views.timeline import show

            show(found.series, found.tension, found.changes, found.rows, found.notes, console())


@click.command()
@_SINCE
@_UNTIL
@click.option("--notify", "plan", type=click.Path(path_type=Path), metavar="FILE",
              help="Also tell those whom FILE names, each alert once; without --since, of 7 days up to --until.")  # fmt: skip
@_json
@store_option
def alerts(since: str, until: str, plan: Path | None, as_json: bool, where: str | None) -> None:
    """What is new between any two countries: tension that jumped, types of event and violence not seen for long, claims newly
    contested. Each names the incidents behind it. Without --since, those of the record's last 31 days.

    \b
    Exit code: 0 all went well, 1 somebody could not be told, 2 the command was not understood.
    """
    from communique.asking import alerts as ask
    from communique.asking import lately
    from communique.views import tables

    with plain_errors(), opening(where) as record:
        telling = Telling(plan, until) if plan is not None else None
        since = since or (telling.since if telling else "")
        if not since:
            since, until = lately(record.store, until)
            click.echo(f"alerts from {since} to {until}; --since goes further back" if since else "the store is empty", err=True)
        found = ask(record.store, since=since, until=until)
        if as_json:
            for one in found:
                _print_json(one)
        elif not tables.show("alerts", found, console()):
            click.echo("no alerts", err=True)
        if telling is not None and not telling.tell(found):
            click.get_current_context().exit(1)


@click.command()
@click.argument("ident", metavar="ID")
@click.option("--why", is_flag=True, help="Of an event or statement: read its report again, and say why these participants.")
@_json
@store_option
def explain(ident: str, why: bool, as_json: bool, where: str | None) -> None:
    """From a number to the sentences: what an event, statement, incident, claim or report rests on.

    ID is shown by the commands that list them. Each telling stands with its outlet, date and address, on whose word it is told,
    and copies of one text below their origin.
    """
    from communique.views.explain import show

    with plain_errors(), opening(where) as record:
        found = record.explain(ident.strip())
        reasons = _why(record, found) if why else ()
        if as_json:
            _print_json(found, **({"explained": [one.to_dict() for one in reasons]} if why else {}))
        else:
            show(found, console(), reasons)


def _why(record: Opened, found: Explanation) -> Sequence[Explained]:
    """Why the participants of an event or statement are who they are, by the reader as it is now. Raises `InputError` where it is
    neither, or is read no more."""
    import communique

    if found.kind not in ("event", "statement"):
        hint = "give the id of one of its events or statements"
        raise InputError(f"{found.kind} {found.id!r}", "has no participants of its own that --why could tell of", hint)
    one: Event | Statement
    if found.kind == "event":
        told = found.events[0].telling
        key, one = told.report, told.event
    else:
        key, one = found.statements[0].report, found.statements[0].statement
    coded = communique.load(explain=True).read(record.report(key).coded.report)
    again = coded.same(one)
    if again is None:
        reason = "is not what the reader finds now"
        hint = "it was read by another one: `communique recode` brings it up to date"
        raise InputError(f"{found.kind} {found.id!r}", reason, hint)
    return coded.explain(again.id)


COMMANDS: tuple[click.Command, ...] = (
    _question("events", "Events, each as one report tells it."),
    _question("statements", "What was said, verbatim, and by whom.", status=False, country=False),
    _question("incidents", "Events of the world: each once, with the reports, outlets and origins that tell it."),
    _question("claims", "What sides assert or deny, and since when.", country=False),
    timeline, alerts, explain,
)  # fmt: skip
