"""``communique add``: whatever can be read into a store, and on from where it was broken off."""

from __future__ import annotations

import json
from typing import Any

import click

from communique.cli_keeping import Keeper, Tally
from communique.cli_options import (
    DATE_HELP,
    INTERRUPTED,
    LateReader,
    gate_option,
    map_option,
    opened,
    plain_errors,
    private_option,
    published_day,
    shown,
    store_option,
    threads_option,
)


@click.command()
@click.argument("sources", nargs=-1, metavar="SOURCE ...", required=True)
@store_option
@click.option("--published", default="", metavar="DATE", callback=published_day, help=DATE_HELP)
@click.option("--source", default="", metavar="NAME", help="Outlet where an input names none.")
@map_option
@private_option
@click.option("--again", is_flag=True, help="Also files that were added before and have not changed since.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
@threads_option
@gate_option
@click.pass_context
def add(
    context: click.Context, sources: tuple[str, ...], where: str | None, published: str, source: str,
    columns: tuple[tuple[str, str], ...], private: bool, again: bool, as_json: bool, threads: int, gate: bool,
) -> None:  # fmt: skip
    """Read reports and keep them in a store, with their events, statements, incidents and claims.

    SOURCE is a file, a folder with all that is in it, an address, or "-" for standard input. Files are plain text (with or
    without front matter), HTML, JSON, JSON Lines, CSV, Parquet, WARC, mbox, mail (.eml) and PDF, also packed with gzip, bzip2
    or xz.

    A report that the store has is not read again; one whose words have changed becomes a new version. What cannot be read is set
    aside and noted for `communique retry`. Ctrl-C loses nothing that was read: the same command goes on from there.

    \b
    Exit code: 0 everything is kept, 1 something was set aside, 2 the command was not understood, 130 it was broken off.
    """
    from communique.gather.inputs import Inputs, Ways

    tally = Tally()
    broken = False
    ways = Ways(published.strip(), source, columns, private)
    with plain_errors(), opened(where, create=True) as store, Inputs(sources, ways) as inputs, tally.bar(inputs.size):
        keeper = Keeper(store, LateReader(threads, gate=gate), tally)
        try:
            for one in inputs.sources:
                keeper.read(one, again=again)
        except KeyboardInterrupt:
            broken = True
        keeper.flush()
        name = store.name
    finish(context, tally, name, as_json, broken)


def finish(context: click.Context, tally: Tally, name: str, as_json: bool, broken: bool) -> None:
    """Says what was done, and ends with the exit code that fits."""
    tally.clear()
    if more := tally.more():
        click.echo(f"{more}: `communique retry --list` tells all", err=True)
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


COMMANDS: tuple[click.Command, ...] = (add,)
