"""What several commands share: options, the reader that loads late, and how something set aside is told."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import click

import communique
from communique.errors import CommuniqueError, InputError, is_full, refusal

if TYPE_CHECKING:
    from communique.records import CodedReport, Report
    from communique.store import Store

INTERRUPTED = 130
"""Exit code where Ctrl-C ended the command, as shells have it."""

DATE_HELP = "Publication date (YYYY-MM-DD) where an input has none."

gate_option = click.option(
    "--gate/--no-gate", default=False, show_default=True,
    help="Spare the model sentences in which next to surely nothing is told or said.",
)  # fmt: skip

threads_option = click.option(
    "--threads", type=click.IntRange(min=0), default=0, show_default="the runtime's choice", help="Threads of the model."
)
store_option = click.option(
    "--store", "where", default=None, metavar="PATH|URL", show_default="COMMUNIQUE_STORE, else ./communique.db",
    help="The store: a file, or postgresql://user@host/database.",
)  # fmt: skip


def _columns(_: click.Context, __: click.Parameter, value: str) -> tuple[tuple[str, str], ...]:
    from communique.gather.archives.pieces import columns_of

    try:
        return columns_of(value)
    except InputError as error:
        raise click.BadParameter(f"{error.source} {error.reason}: {error.hint}") from error


map_option = click.option(
    "--map", "columns", default="", metavar="FIELD=COLUMN,...", callback=_columns,
    help="Where a table or record has other names: text=body,published=date.",
)  # fmt: skip
private_option = click.option(
    "--allow-private", "private", is_flag=True, help="Also fetch addresses of this computer and its own network."
)


class Once(click.Group):
    """A group whose commands refuse an option of one value that is given several times: the last would silently count alone. It
    ends with one line where what it prints finds no room."""

    group_class = type

    def main(self, *args: Any, **options: Any) -> Any:
        try:
            return super().main(*args, **options)
        except OSError as error:
            if not is_full(error):
                raise
            told = f"{error.filename!r}" if error.filename else "what is printed"
            hint = "make room, and give the command again"
            click.echo(shown(f"Error: {told} cannot be written: {refusal(error)} ({hint})"), err=True)
            with suppress(OSError):
                sys.stdout.close()  # else the interpreter tries once more when it ends, and tells of it
            sys.exit(1)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None and not isinstance(command, click.Group) and not ctx.resilient_parsing:
            own = click.Context(command, info_name=name, parent=ctx, **command.context_settings)
            _, _, given = command.make_parser(own).parse_args(list(rest))
            for one, times in Counter(given).items():
                if times > 1 and isinstance(one, click.Option) and not (one.multiple or one.count or one.is_flag):
                    many = "twice" if times == 2 else f"{times} times"
                    raise click.UsageError(f"{one.opts[-1]} is given {many}: give one at a time", own)
        return name, command, rest


def published_day(_: click.Context, __: click.Parameter, value: str) -> str:
    """A callback: `value`, if it is a date of publication or empty."""
    from communique.records import parse_published

    try:
        parse_published(value)
    except InputError as error:
        raise click.BadParameter(f"{value!r} {error.reason}: {error.hint}") from error
    return value


@contextmanager
def plain_errors() -> Iterator[None]:
    """Whatever this package raises on purpose becomes one line on standard error and exit code 1."""
    try:
        yield
    except CommuniqueError as error:
        raise click.ClickException(shown(str(error))) from error


def opened(where: str | None, *, create: bool = False) -> AbstractContextManager[Store]:
    """The store that ``--store`` names; only what writes may `create` one."""
    from communique.store import open_store

    return open_store(where, create=create)


class LateReader:
    """Loads the weights when the first report comes, so that an input that cannot be read is told at once."""

    def __init__(self, threads: int, **options: Any) -> None:
        self._options: dict[str, Any] = {"threads": threads, **{k: v for k, v in options.items() if v}}
        self._reader: Any = None

    def pipe(self, reports: Iterable[Report | str], *, batch_size: int = 16) -> Iterator[CodedReport]:
        if self._reader is None:
            self._reader = communique.load(**self._options)
        found: Iterator[CodedReport] = self._reader.pipe(reports, batch_size=batch_size)
        return found


def shown(text: str) -> str:
    """`text` as one line that steers no terminal, whatever an input's name or a report holds."""
    from communique.views.words import printable

    return " ".join(printable(text).split())


def complain(message: str) -> None:
    """One line on standard error about what was set aside."""
    click.echo("set aside: " + shown(message), err=True)


Command = Callable[..., None]
