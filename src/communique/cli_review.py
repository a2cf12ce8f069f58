"""The commands ``communique review``: what analysts mark as wrong, from the command line (docs/desk.md)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from communique.cli_options import Once, opened, plain_errors, shown, store_option
from communique.cli_questions import console, whole_file, wrote

if TYPE_CHECKING:
    from communique.store import Store
    from communique.store.reviewing import Review

STATES = ("open", "done", "dismissed", "all")
PAGE = 200
"""Marks fetched at once."""

_OUT = click.Path(dir_okay=False, path_type=Path)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, a line a mark.")


def _login() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container without a name for its user
        return ""


_who = click.option("--who", default=_login, show_default="the login name", metavar="NAME", help="Who says so.")


@click.group(cls=Once)
def review() -> None:
    """Say what is wrong in a store's records, settle what others said, and export it for `communique train`.

    A mark with the right value corrects the store at once; one without waits in the queue until somebody settles or dismisses it.
    """


@review.command("list")
@click.option("--state", type=click.Choice(STATES), default="open", show_default=True, help="What became of them.")
@click.option("--report", "key", default="", metavar="KEY", help="Of one report.")
@click.option("--limit", type=click.IntRange(min=1), default=None, help="At most so many.")
@_json
@store_option
def list_marks(state: str, key: str, limit: int | None, as_json: bool, where: str | None) -> None:
    """Marks, the last first."""
    with plain_errors(), opened(where) as store:
        _print(_marks(store, "" if state == "all" else state, key, limit), as_json, f"no mark is {state}")


def _marks(store: Store, state: str, key: str, limit: int | None) -> Iterator[Review]:
    from communique.store import reviewing

    before, left = 0, limit
    while left is None or left > 0:
        size = PAGE if left is None else min(PAGE, left)
        found = reviewing.queue(store, state, before=before, most=size, report=key)
        yield from found
        if len(found) < size:
            return
        before, left = found[-1].id, None if left is None else left - size


@review.command()
@click.argument("ident", type=click.IntRange(1), metavar="NUMBER")
@_json
@store_option
def show(ident: int, as_json: bool, where: str | None) -> None:
    """One mark, by its number."""
    from communique.store import reviewing

    with plain_errors(), opened(where) as store:
        _print([reviewing.one_of(store, ident)], as_json, "")


@review.command()
@click.argument("record", metavar="ID")
@click.argument("field")
@click.argument("value", default="")
@click.option("--note", default="", metavar="WORDS", help="What should be known beside.")
@_who
@_json
@store_option
def mark(record: str, field: str, value: str, note: str, who: str, as_json: bool, where: str | None) -> None:
    """Say that FIELD of the event or statement ID is wrong, and should be VALUE where that is known.

    FIELD is type, mode, status, historical, date or place of an event (VALUE "-" empties the last two and mode), or act of a
    statement; these are corrected at once. `event` or `statement` says that it is none, and takes it out. Others are notes.
    """
    from communique.store import reviewing

    with plain_errors(), opened(where) as store:
        found = store.explain(record.strip())
        told = [e.telling.report for e in found.events if found.kind == "event"]
        told += [s.report for s in found.statements if found.kind == "statement"]
        if not told:
            raise click.UsageError(f"{shown(record)} is the id of a {found.kind}: give that of an event or a statement")
        _print([reviewing.mark(store, told[0], reviewing.Mark(record.strip(), field, value, note), who)], as_json, "")


@review.command()
@click.argument("ident", type=click.IntRange(1), metavar="NUMBER")
@click.argument("value")
@_who
@_json
@store_option
def settle(ident: int, value: str, who: str, as_json: bool, where: str | None) -> None:
    """Give the open mark NUMBER its VALUE: the record is corrected by it."""
    from communique.store import reviewing

    with plain_errors(), opened(where) as store:
        _print([reviewing.settle(store, ident, who, value)], as_json, "")


@review.command()
@click.argument("ident", type=click.IntRange(1), metavar="NUMBER")
@_who
@_json
@store_option
def dismiss(ident: int, who: str, as_json: bool, where: str | None) -> None:
    """Dismiss the mark NUMBER; what it took out of the store is put in again. A correction that was made stays."""
    from communique.store import reviewing

    with plain_errors(), opened(where) as store:
        _print([reviewing.settle(store, ident, who, dismiss=True)], as_json, "")


@review.command()
@click.argument("key", metavar="REPORT")
@_who
@_json
@store_option
def whole(key: str, who: str, as_json: bool, where: str | None) -> None:
    """Say that REPORT, by its key, is right, or marked where it is not: it goes into the export."""
    from communique.store import reviewing

    with plain_errors(), opened(where) as store:
        _print([reviewing.look_through(store, key, who)], as_json, "")


@review.command()
@click.option("--out", type=_OUT, metavar="FILE", help="Write to a file instead.")
@store_option
def export(out: Path | None, where: str | None) -> None:
    """Print the reports that were looked through as annotation, a JSON a line, for `communique train`."""
    from communique.store import reviewing

    count = 0
    with plain_errors(), opened(where) as store, whole_file(out) as handle:
        for count, one in enumerate(reviewing.annotated(store), 1):  # noqa: B007
            handle.write(json.dumps(one, ensure_ascii=True) + "\n")
    if out is not None:
        wrote(out)
    if not count:
        click.echo("no report was looked through: `communique review whole REPORT` says that one was", err=True)


def _print(found: Any, as_json: bool, none: str) -> None:
    if as_json:
        for one in found:
            click.echo(json.dumps(one.to_dict(), ensure_ascii=False).encode("utf-8", "replace") + b"\n", nl=False)
        return
    from communique.views import tables

    if not tables.show("reviews", found, console()) and none:
        click.echo(none, err=True)


COMMANDS: tuple[click.Command, ...] = (review,)
