"""The command ``communique export``: the record in the layouts of other data sets (docs/exports.md)."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from communique.cli_options import plain_errors, shown, store_option
from communique.cli_questions import narrowed, opening, written
from communique.errors import InputError

if TYPE_CHECKING:
    from communique.export.rows import Exportable, Written

Records = Callable[[], "Iterator[Exportable]"]

FORMATS = ("plover", "polecat", "icews", "gdelt", "parquet", "ftm")
FOLDERS = ("gdelt", "parquet")
"""Formats of several files."""


@click.command()
@click.argument("form", type=click.Choice(FORMATS), metavar="FORMAT")
@click.option("--out", "given", type=click.Path(), required=True, metavar="PATH", help="A file; for gdelt and parquet a folder.")
@click.option("--of", "kind", type=click.Choice(["incidents", "events"]), default="incidents", show_default=True,
              help="Each event of the world once, or each telling of it.")  # fmt: skip
@click.option("--spreadsheet", is_flag=True, help="Tables with commas, and no cell that a spreadsheet takes for a formula.")
@narrowed()
@store_option
def export(
    form: str, given: str, kind: str, spreadsheet: bool, types: tuple[str, ...], statuses: tuple[str, ...], where: str | None,
    **asked: str,
) -> None:  # fmt: skip
    """Write the record in the layout of another data set.

    FORMAT is plover (JSON Lines), polecat, icews or gdelt (tables as those data sets publish them; gdelt a folder with
    events and mentions), parquet (a folder by month) or ftm (FollowTheMoney entities). The tables hold what is told as a fact,
    unless --status asks for more.
    """
    from communique.asking import witnessed

    out = Path(given)
    if form not in FOLDERS and (given.endswith(("/", os.sep)) or out.is_dir()):
        named = out / f"{form}.{'jsonl' if form in ('plover', 'ftm') else 'tab'}"
        said = f"{given!r} is a folder, and {form} one file: name it, such as {str(named)!r}"
        raise click.BadParameter(said, param_hint="--out")
    if not out.absolute().parent.is_dir():
        raise click.BadParameter(f"the folder {str(out.absolute().parent)!r} does not exist: make it first", param_hint="--out")
    if spreadsheet and form in ("plover", "parquet", "ftm"):
        raise click.UsageError(f"--spreadsheet is for tables, and {form} is none: leave it out")
    with plain_errors(), opening(where) as record:
        answer = getattr(record, kind)(type=types, status=statuses, **asked)
        records: Records = (lambda: witnessed(record.store, answer)) if kind == "incidents" else (lambda: iter(answer))
        # What --status names was chosen by the question already.
        with written(out):
            chosen = tuple(s.strip() for part in statuses for s in part.lower().split(",") if s.strip())
            done = _write(form, records, out, spreadsheet, chosen)
    for name, one in done.items():
        click.echo(f"{shown(name)}: {_came_to(form, name, one, kind)}", err=True)
        for reason, count in sorted(one.left_out.items()):
            click.echo(f"  left out: {count:,} ({reason})", err=True)


def _came_to(form: str, path: str, one: Written, kind: str) -> str:
    """What was written: with what was left out, all that was asked for."""
    from communique.views.words import counted

    kept = one.records - sum(one.left_out.values())
    rows = counted(one.rows, "row")
    if form == "ftm":
        rows = counted(one.rows, "entity", "entities") + f" ({kind}, their parties and reports)"
    elif one.rows != kept:
        rows += f" (one for each {'telling and pair' if '.mentions.' in Path(path).name else 'pair'})"
    return f"{kept:,} of {counted(one.records, kind[:-1])}, as {rows}"


def _write(form: str, records: Records, out: Path, spreadsheet: bool, statuses: Collection[str]) -> dict[str, Written]:
    """Writes to `out`; what each file came to, by its path."""
    from communique.export.tables import write_table

    chosen = {"statuses": statuses} if statuses else {}
    if form in ("polecat", "icews"):
        return {str(out): write_table(form, records(), out, spreadsheet=spreadsheet, **chosen)}
    if form == "gdelt":
        return _gdelt(records, out, spreadsheet, chosen)
    if form == "parquet":
        from communique.export.parquet import write_parquet

        return {str(out): write_parquet(records(), out)}
    from communique.export.ftm import write_ftm
    from communique.export.plover import write_plover

    return {str(out): (write_plover if form == "plover" else write_ftm)(records(), out)}


def _gdelt(records: Records, out: Path, spreadsheet: bool, chosen: dict[str, Collection[str]]) -> dict[str, Written]:
    """Events and Mentions, under the names that GDELT's files end in."""
    from communique.export.aside import folder_beside
    from communique.export.tables import write_table

    if out.exists() and not out.is_dir():
        raise InputError(f"folder {str(out)!r}", "is a file", "gdelt is two files: give a folder")
    ends = {"gdelt_events": "export", "gdelt_mentions": "mentions"}
    suffix = "csv" if spreadsheet else "CSV"
    files = {name: f"communique.{end}.{suffix}" for name, end in ends.items()}
    with folder_beside(out) as aside:
        done = {str(out / f): write_table(n, records(), aside / f, spreadsheet=spreadsheet, **chosen) for n, f in files.items()}
        out.mkdir(exist_ok=True)
        for file in files.values():
            (aside / file).replace(out / file)
    return done


COMMANDS: tuple[click.Command, ...] = (export,)
