"""The command ``communique train``: the reader adapted to a user's own annotation (docs/adapting.md)."""

from __future__ import annotations

from pathlib import Path

import click

from communique.cli_options import complain, plain_errors, threads_option

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("annotation", nargs=-1, required=True, type=_FILE, metavar="ANNOTATION...")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, metavar="FOLDER",
              help="Where the adaptation goes, for `communique read --with FOLDER`.")  # fmt: skip
@click.option("--types", "table", type=_FILE, metavar="TABLE", help="Your own event types: name, quad, score, definition.")
@threads_option
@click.pass_context
def train(context: click.Context, annotation: tuple[Path, ...], out: Path, table: Path | None, threads: int) -> None:
    """Adapt the reader to your own annotation, and teach it event types of your own.

    ANNOTATION is JSON Lines: what `communique read --json --text` prints, corrected by hand, or examples of your own types
    (text, trigger, type) from --types. A head changes only where held-out folds of your annotation gain by it.

    \b
    Exit code: 0 everything was used, 1 lines were set aside or nothing was made, 2 the command was not understood.
    """
    from communique.adapt.report import lines
    from communique.adapt.training import train as adapt
    from communique.adapt.types import read_types

    with plain_errors():
        types = read_types(table) if table is not None else ()
        made = adapt(annotation, types, threads=threads, tell=lambda step: click.echo(f"{step} ...", err=True))
        made.adaptation.save(out)
    for error in made.aside:
        complain(str(error))
    click.echo("\n".join([*lines(made), "", f"wrote {out}: read with `communique read --with {out}`"]))
    if made.aside:
        context.exit(1)


COMMANDS: tuple[click.Command, ...] = (train,)
