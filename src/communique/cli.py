"""The command ``communique``. Heavy modules are imported inside the commands, so that ``--help`` answers at once."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import communique
from communique import cli_batch, cli_export, cli_questions, cli_review, cli_serve, cli_store, cli_train, cli_watch
from communique.cli_options import (
    DATE_HELP,
    LateReader,
    Once,
    complain,
    gate_option,
    map_option,
    plain_errors,
    private_option,
    published_day,
    threads_option,
)
from communique.errors import CommuniqueError, InputError

if TYPE_CHECKING:
    from communique.records import CodedReport

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_PAGE = click.Path(dir_okay=False, writable=True, path_type=Path)


def _plain(function: Callable[..., None]) -> Callable[..., None]:
    """No further option."""
    return function


def _version(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        click.echo(f"communique {communique.__version__}")
        context.exit()


@click.group(cls=Once, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version and exit.")
def main() -> None:
    """Reads news reports: who did what to whom, who said what about whom, and on whose word."""


@main.command()
@click.argument("files", nargs=-1, metavar="[FILE ...]")
@click.option("--published", default="", metavar="DATE", callback=published_day, help=DATE_HELP)
@click.option("--source", default="", metavar="NAME", help="Outlet where an input names none.")
@map_option
@private_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON a line a report.")
@click.option("--text", "with_text", is_flag=True, help="With --json: the report's text as well.")
@click.option("--html", type=_PAGE, metavar="OUT", help="Write one self-contained page.")
@click.option("--explain", is_flag=True, help="Say why each participant is who it is.")
@click.option("--with", "adaptation", type=click.Path(path_type=Path), metavar="FOLDER", help="What `communique train` made.")
@threads_option
@gate_option
@click.pass_context
def read(
    context: click.Context, files: tuple[str, ...], published: str, source: str, columns: tuple[tuple[str, str], ...],
    private: bool, as_json: bool, with_text: bool, html: Path | None, explain: bool, adaptation: Path | None, threads: int,
    gate: bool,
) -> None:  # fmt: skip
    """Read reports and write down their events and statements.

    FILE is whatever `communique add` takes: plain text, HTML, JSON or JSON Lines (keys id, title, text, published, url, source),
    CSV, Parquet, WARC, mbox, mail, PDF, a folder of them, or an address; "-" or none is standard input. What cannot be read is
    set aside with its reason on standard error.

    \b
    Exit code: 0 everything was read, 1 something was set aside, 2 the command was not understood.
    """
    if with_text and not as_json:
        raise click.UsageError("--text adds the text to JSON: give --json as well")
    if html is not None and not html.absolute().parent.is_dir():
        raise click.BadParameter(f"the folder {str(html.absolute().parent)!r} does not exist", param_hint="--html")
    from communique.gather.inputs import Ways, read_all, read_inputs

    paths = files or ("-",)
    if not files and sys.stdin.isatty():
        click.echo("reading standard input: end it with Ctrl-D", err=True)
    inputs = read_inputs(paths, ways=Ways(published.strip(), source, columns, private))
    kept: list[CodedReport] = []
    aside = done = 0
    show = _json_line(with_text) if as_json else _terminal() if html is None else None
    try:
        for result in read_all(LateReader(threads, explain=explain, adaptation=adaptation, gate=gate), inputs):
            if isinstance(result, InputError):
                aside += 1
                complain(str(result))
                continue
            done += 1
            if show is not None:
                show(result)
            if html is not None:
                kept.append(result)
    except CommuniqueError as error:
        raise click.ClickException(str(error)) from error
    if html is not None and (kept or not aside):
        _write_page(html, kept)
    if aside:
        click.echo(f"{done} read, {aside} set aside", err=True)
        context.exit(1)


def _json_line(with_text: bool) -> Any:
    from communique.export.plover import line_of

    def show(coded: CodedReport) -> None:
        # As bytes: JSON is UTF-8 also where the terminal's encoding is not.
        click.echo(line_of(coded.to_dict(text=with_text)).encode("utf-8", "replace"), nl=False)

    return show


def _terminal() -> Any:
    from rich.console import Console

    from communique.views import terminal

    # Plain output for a pipe: highlighting and links are for eyes.
    console = Console(highlight=False, emoji=False, markup=False)
    return lambda coded: terminal.show(coded, console)


def _write_page(path: Path, coded: list[CodedReport]) -> None:
    from communique.views.html import render

    with plain_errors(), cli_questions.whole_file(path) as file:
        file.write(render(coded))
    click.echo(f"wrote {path}", err=True)


@main.group()
def evaluate() -> None:
    """Measure the reader on a public gold format."""


def _evaluate(name: str, path: Path, as_json: bool, threads: int, weights: bool) -> None:
    from importlib import import_module

    module = import_module(f"communique.evaluate.{name}")
    try:
        result = module.evaluate(path, communique.load(threads=threads)) if weights else module.evaluate(path)
    except CommuniqueError as error:
        raise click.ClickException(str(error)) from error
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        why = f"does not follow the layout of {name} ({type(error).__name__}: {error}); docs/evaluate.md shows it"
        raise click.ClickException(f"{path}: {why}") from error
    click.echo(json.dumps(result, ensure_ascii=False, indent=2) if as_json else module.render(result))


def _evaluation(name: str, metavar: str, kind: click.Path, text: str, *, weights: bool = True) -> None:
    """Adds ``communique evaluate NAME``: the sets differ in their files, and in whether they need the `weights`."""
    options: Callable[[Callable[..., None]], Callable[..., None]] = threads_option if weights else _plain

    @evaluate.command(name, help=text)
    @click.argument("path", type=kind, metavar=metavar)
    @click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
    @options
    def command(path: Path, as_json: bool, threads: int = 0) -> None:
        _evaluate(name, path, as_json, threads, weights)


_evaluation("gold", "DIR", _FOLDER, "Events and statements against a folder of gold reports (one JSON a report).")
_evaluation("plv", "FILE", _FILE, "The relation of a marked pair, against a tab-separated PLV file.")
_evaluation("polnear", "DIR", _FOLDER, "Sources and contents of attributions, against a PolNeAR folder.")
_evaluation("geo", "FILE", _FILE, "Places named in news, against a file in GeoVirus's layout.", weights=False)


@main.group()
def actors() -> None:
    """Ask what the tables of actors know, and add to them."""


_table = click.option(
    "--actors", "table", metavar="TABLE", default=None, help="Your own table of actors, instead of the one at its usual place."
)


@actors.command("find")
@click.argument("name", metavar="NAME")
@click.option("--on", "day", default="", metavar="DATE", callback=published_day, show_default="today", help="The date.")
@click.option("--country", default="", metavar="CODE", help="Whose: a code such as USA.")
@_table
@click.option("--json", "as_json", is_flag=True, help="Print all that was found as JSON.")
def find_actor(name: str, day: str, country: str, table: str | None, as_json: bool) -> None:
    """Whom NAME means on a date: everyone whom it could mean, and which of them is chosen and why.

    NAME is a person's name or surname, a body or state, or an office, such as "Secretary of State" with --country USA.

    \b
    Exit code: 0 one was chosen, 1 none was, 2 the command was not understood.
    """
    from datetime import date

    from communique.records import parse_published
    from communique.resolve.actors import ActorIndex
    from communique.resolve.find import find
    from communique.views.actors import found_lines

    try:
        index = ActorIndex.load(table)
    except CommuniqueError as error:
        raise click.ClickException(str(error)) from error
    if country and country.upper() not in index.lexicon.country_names:
        raise click.BadParameter(f"{country!r} is no code of a country, such as USA", param_hint="--country")
    try:
        found = find(index, name, (parse_published(day) or date.today()).isoformat(), country.upper())
    except InputError as error:
        raise click.BadParameter(f"{error.source} {error.reason}: {error.hint}", param_hint="NAME") from error
    chosen = found.chosen is not None
    click.echo(json.dumps(found.to_dict(), ensure_ascii=False, indent=2) if as_json else "\n".join(found_lines(found)))
    if not chosen:
        click.get_current_context().exit(1)


@actors.command("import")
@click.argument("file", type=_FILE, metavar="FILE")
@click.option("--format", "kind", type=click.Choice(["wikidata", "ftm", "csv"]), default=None, help="Instead of telling it.")
@click.option("--out", type=_PAGE, metavar="TABLE", help="The table to add to, instead of the one at its usual place.")
@click.option("--undated", is_flag=True, help="Take offices without any date as well: they count as held at all times.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.pass_context
def import_table(context: click.Context, file: Path, kind: str | None, out: Path | None, undated: bool, as_json: bool) -> None:
    """Add officials and bodies from FILE to your own table, which every later reading uses beside the package's.

    FILE is a Wikidata JSON dump, a FollowTheMoney (OpenSanctions) file of entities, or a CSV with the columns name,
    country, sector, office, since, until, source; plain, gzip or bzip2. Memory does not grow with the file.

    \b
    Exit code: 0 everything was read, 1 lines were set aside, 2 the command was not understood.
    """
    from communique.resolve.importing import import_actors
    from communique.settings import ACTORS_VARIABLE, own_actors
    from communique.views.actors import import_lines

    target = out or own_actors()
    if target is None:
        raise click.UsageError(f"{ACTORS_VARIABLE} is empty, so there is no table of your own: give --out TABLE")
    try:
        summary = import_actors(file, target, format=kind or "", undated=undated)
    except CommuniqueError as error:
        raise click.ClickException(str(error)) from error
    for line, reason in summary.aside:
        complain(f"{file}, line {line}: {reason}")
    if summary.set_aside > len(summary.aside):
        click.echo(f"... and {summary.set_aside - len(summary.aside):,} lines more", err=True)
    click.echo(json.dumps(summary.to_dict(), ensure_ascii=False, indent=2) if as_json else "\n".join(import_lines(summary)))
    if summary.set_aside:
        context.exit(1)


for command in (
    *cli_store.COMMANDS, *cli_questions.COMMANDS, *cli_export.COMMANDS, *cli_train.COMMANDS, *cli_serve.COMMANDS,
    *cli_watch.COMMANDS, *cli_batch.COMMANDS, *cli_review.COMMANDS,
):  # fmt: skip
    main.add_command(command)


if __name__ == "__main__":
    main()
