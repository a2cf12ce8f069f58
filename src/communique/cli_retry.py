"""``communique retry``: what could not be read, told, tried again, or given up."""

from __future__ import annotations

import dataclasses
import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from communique.cli_add import finish
from communique.cli_keeping import Keeper, Tally
from communique.cli_options import LateReader, opened, plain_errors, private_option, shown, store_option, threads_option
from communique.errors import FETCH_KINDS, INPUT_KINDS, InputError

if TYPE_CHECKING:
    from communique.store import Failure, Store

_KINDS = tuple(dict.fromkeys((*INPUT_KINDS, *FETCH_KINDS)))


@click.command()
@click.argument("inputs", nargs=-1, metavar="[INPUT ...]")
@store_option
@click.option("--kind", "kinds", multiple=True, type=click.Choice(_KINDS), metavar="KIND", help="Only failures of this kind.")
@click.option("--list", "listed", is_flag=True, help="Tell the failures, and try nothing.")
@click.option("--drop", is_flag=True, help="Give them up: strike them from the list.")
@private_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON: with --list one failure a line, else the counts.")
@threads_option
@click.pass_context
def retry(
    context: click.Context, inputs: tuple[str, ...], where: str | None, kinds: tuple[str, ...], listed: bool, drop: bool,
    private: bool, as_json: bool, threads: int,
) -> None:  # fmt: skip
    """Try again what `communique add` and `communique watch` could not read.

    Without INPUT all of it; INPUT is a file, a folder or an address as it was added. Of an archive only the records that failed
    are read. What is read now leaves the list.

    \b
    Exit code: 0 all of it is kept, 1 something failed again, 2 the command was not understood, 130 it was broken off.
    """
    if listed and drop:
        raise click.UsageError("--list tells and --drop gives up: choose one")
    tally = Tally()
    broken = False
    with plain_errors(), opened(where) as store:
        names = [name for given in inputs for name in dict.fromkeys((given, _place(given)))]
        found = store.failures(kinds, names)
        if listed:
            _tell(found, as_json)
            return
        if drop:
            click.echo(f"{store.give_up(kinds, names):,} given up")
            return
        try:
            _again(store, found, LateReader(threads), tally, private)
        except KeyboardInterrupt:
            broken = True
        name = store.name
    finish(context, tally, name, as_json, broken)


def _place(given: str) -> str:
    """Where a file lies, whatever the current folder; an address as it is."""
    return given if "://" in given or "\0" in given else os.path.abspath(given)


def _again(store: Store, found: Sequence[Failure], reader: LateReader, tally: Tally, private: bool) -> None:
    """Reads what failed: file by file, and of each only the records that did; `private` addresses where that is asked."""
    from communique.gather.inputs import Inputs, Ways

    keeper = Keeper(store, reader, tally)
    groups: dict[tuple[str, str], list[Failure]] = {}
    for one in found:
        groups.setdefault((one.origin or _guessed(one.input), one.options), []).append(one)
    try:
        for (origin, options), failures in groups.items():
            if not origin:
                for one in failures:
                    tally.aside(InputError(one.input, "cannot be found again", "add it again, or strike it with --drop"))
                continue
            records = {f.member for f in failures if f.member and f.origin}
            whole = not all(f.member and f.origin for f in failures)
            ways = Ways.from_json(options)
            ways = dataclasses.replace(ways, allow_private=ways.allow_private or private)
            with Inputs([origin], ways) as inputs:
                for source in inputs.sources:
                    keeper.read(source, only=() if whole else records, known=False)
            keeper.flush()
            for one in failures:
                if not one.origin:  # it is noted under its place now, if it failed again
                    store.succeeded(one.input)
    finally:
        keeper.flush()


def _guessed(name: str) -> str:
    """The input of a failure that was noted by its name alone: an address, or the file that its name begins with."""
    from communique.gather.inputs import is_address

    if is_address(name):
        return name
    parts = name.split(", ")
    return next((path for n in range(len(parts), 0, -1) if os.path.exists(path := ", ".join(parts[:n]))), "")


def _tell(found: Sequence[Failure], as_json: bool) -> None:
    for one in found:
        click.echo(json.dumps(dataclasses.asdict(one)) if as_json else "\n".join(_lines(one)))
    if not as_json:
        kinds = Counter(one.kind or "other" for one in found)
        told = ", ".join(f"{n:,} {kind}" for kind, n in kinds.most_common())
        click.echo(f"{len(found):,} could not be read" + (f": {told}" if told else ""), err=True)


def _lines(one: Failure) -> Iterator[str]:
    times = "once" if one.tries == 1 else f"{one.tries:,} times"
    yield shown(one.input)
    hint = f" ({shown(one.hint)})" if one.hint else ""
    yield f"  {one.kind or 'other'}: {shown(one.reason)}{hint}; failed {times}, last {one.last_failed}"


COMMANDS: tuple[click.Command, ...] = (retry,)
