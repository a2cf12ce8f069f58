"""Commands that look after a store: ``add`` (cli_add.py), ``retry`` (cli_retry.py), ``recode``, ``store info`` and
``store compare``."""

from __future__ import annotations

import json

import click

from communique import cli_add, cli_retry
from communique.cli_add import finish
from communique.cli_keeping import Tally
from communique.cli_options import INTERRUPTED as INTERRUPTED
from communique.cli_options import LateReader, Once, opened, plain_errors, shown, store_option, threads_option
from communique.errors import InputError


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
    finish(context, tally, name, as_json, broken)


@click.group("store", cls=Once)
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


@store_group.command()
@store_option
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def compare(where: str | None, as_json: bool) -> None:
    """Compare all reports of a store again, and make its copies, incidents and claims anew.

    For a store that an earlier version compared by other rules. Nothing is read anew, corrections hold on, and ids that incidents
    and claims had before still lead to them. It is one transaction: others who write wait for it; broken off it changes nothing.
    """
    from communique.asking import size

    with plain_errors(), opened(where) as store:
        store.compare_again()
        found = size(store)
    counts = {what: found.rows[what] for what in ("reports", "copies", "incidents", "claims")}
    if as_json:
        click.echo(json.dumps({"store": found.name, **counts}, ensure_ascii=False))
        return
    click.echo(f"{shown(found.name)} is compared again: {', '.join(f'{n:,} {what}' for what, n in counts.items())}")


COMMANDS: tuple[click.Command, ...] = (*cli_add.COMMANDS, *cli_retry.COMMANDS, recode, store_group)
