"""Commands that gather from the live web: ``communique watch`` and ``communique sources``."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from communique.cli_options import LateReader, Once, opened, plain_errors, shown, store_option, threads_option
from communique.cli_store import INTERRUPTED
from communique.errors import InputError

if TYPE_CHECKING:
    from communique.gather.watch.happenings import Happened, Tally
    from communique.gather.watch.watching import Watch

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("sources", type=_FILE, metavar="SOURCES")
@store_option
@click.option("--once", is_flag=True, help="Ask every source once, keep what is new, and end.")
@click.option("--allow-private", is_flag=True, help="Also ask addresses of this machine and of private networks.")
@click.option("--fetchers", type=click.IntRange(1, 64), default=None, help="Threads that fetch, instead of what SOURCES says.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON a line for each thing that happens, and one at the end.")
@threads_option
@click.pass_context
def watch(
    context: click.Context, sources: Path, where: str | None, once: bool, allow_private: bool, fetchers: int | None,
    as_json: bool, threads: int,
) -> None:  # fmt: skip
    """Watch feeds, sitemaps and lists, and keep what is new in a store with all that is read from it.

    SOURCES is a file in TOML with one [[source]] for each (docs/gathering.md; examples/sources has some), or an OPML file of a
    feed reader. It runs until Ctrl-C or SIGTERM, and loses nothing when it ends, however it ends: the same command goes
    on from there. A store may be watched into while others read it and add to it.

    \b
    Exit code: 0 it was stopped, or everything was kept (--once); 1 something failed (--once), or SOURCES or the store cannot
    be used; 2 the command was not understood; 130 --once was broken off.
    """
    import dataclasses

    from communique.gather.watch.sources import read_sources
    from communique.gather.watch.watching import Watch
    from communique.gather.web.fetch import Fetcher, FetchRules
    from communique.store.gathering import Gathering, holder_of

    with plain_errors():
        read = read_sources(sources)
        manner = read.manner if fetchers is None else dataclasses.replace(read.manner, fetchers=fetchers)
        read = dataclasses.replace(read, manner=manner)
        rules = FetchRules(
            contact=manner.contact, delay=manner.delay, obey_robots=manner.robots, use_proxies=manner.proxies,
            ca_file=manner.ca_file, allow_private=allow_private,
        )  # fmt: skip
        with opened(where, create=True) as store, Fetcher(rules) as fetcher:
            memory = Gathering(store, holder_of(sources))
            with _telling(store.name, as_json) as (tell, tick):
                run = Watch(read, memory, memory, LateReader(threads), fetcher, tell=tell, tick=tick, once=once)
                with _stopped_by_signals(run):
                    tally = run.run()
            name = store.name
    _finish(context, tally, name, as_json, once, run.stopped)


@contextmanager
def _stopped_by_signals(run: Watch) -> Iterator[None]:
    """Ctrl-C and SIGTERM end the run cleanly; a second Ctrl-C at once."""
    def stop(number: int, _: Any) -> None:
        if run.stopped and number == signal.SIGINT:
            raise KeyboardInterrupt
        run.stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


_Telling = tuple[Callable[["Happened"], None], Callable[["Tally"], None]]


@contextmanager
def _telling(name: str, as_json: bool) -> Iterator[_Telling]:
    """How it is told what happens: JSON lines, a table on a terminal, else plain lines."""
    from communique.views.watching import Board, line

    def quiet(_: Tally) -> None:
        return

    if as_json:
        yield lambda one: _print_json(one.to_dict()), quiet
        return
    if not sys.stdout.isatty():
        yield lambda one: _print(line(one)), quiet
        return
    from rich.console import Console
    from rich.live import Live

    console = Console(highlight=False, emoji=False, markup=False)
    board = Board(console, shown(name))
    drawn = 0.0
    with Live(console=console, auto_refresh=False, transient=True) as live:

        def tick(tally: Tally) -> None:
            nonlocal drawn
            if time.monotonic() - drawn > 0.5:
                drawn = time.monotonic()
                live.update(board.draw(tally, time.time()), refresh=True)

        def tell(one: Happened) -> None:
            if one.what in ("unasked", "moved", "failed", "trouble"):
                console.print(line(one), soft_wrap=True)

        yield tell, tick


def _print(text: str) -> None:
    """One line, at once: whoever reads the pipe sees it when it happens. As bytes: the encoding is UTF-8 everywhere."""
    click.echo((text + "\n").encode("utf-8", "replace"), nl=False)
    sys.stdout.flush()


def _print_json(one: Mapping[str, Any]) -> None:
    """One object as a line. What strangers wrote is in it, and steers no terminal."""
    from communique.export.plover import line_of

    _print(line_of(one).removesuffix("\n"))


def _finish(context: click.Context, tally: Tally, name: str, as_json: bool, once: bool, stopped: bool) -> None:
    from communique.views.watching import summary

    if as_json:
        hosts = {host: counts.to_dict() for host, counts in sorted(tally.hosts.items())}
        end = {"what": "ended", "store": name, "waiting": tally.waiting, **tally.whole.to_dict()}
        end |= {"hosts": hosts, "interrupted": stopped}
        _print_json(end)
    else:
        waiting = f"; {tally.waiting:,} wait for the next run" if tally.waiting else ""
        click.echo(f"{shown(name)}: {summary(tally.whole)}{waiting}")
    if stopped and once:
        click.echo("broken off: the same command goes on from here", err=True)
        context.exit(INTERRUPTED)
    if once and tally.whole.failed:
        context.exit(1)


@click.group("sources", cls=Once)
def sources_group() -> None:
    """Look after the files that say what is watched."""


@sources_group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=Path("sources.toml"), metavar="SOURCES",
              show_default=True, help="The sources file to write, or to add to.")  # fmt: skip
def import_sources(file: Path, out: Path) -> None:
    """Add the feeds of an OPML FILE, as feed readers export them, to a sources file.

    What stands in the sources file already stays as it is, comments included; feeds that it has are not added again.
    """
    from communique.gather.watch.sources import import_opml, read_sources

    with plain_errors():
        known = read_sources(out).sources if out.exists() else ()
        text = out.read_text("utf-8-sig") if out.exists() else ""
        if text.lstrip().startswith("<"):
            raise InputError(str(out), "is no sources file but XML", "give --out the path of a TOML file, such as sources.toml")
        text, added, before = import_opml(file.read_bytes(), str(file), text, known)
        if added:
            _write(out, text)
    told = f"{added:,} added" + (f", {before:,} there already" if before else "")
    click.echo(f"{shown(str(out))}: {told}")


def _write(path: Path, text: str) -> None:
    """Writes a file whole or not at all: it may hold an hour's work."""
    from communique.export.aside import whole

    try:
        with whole(path) as handle:
            handle.write(text)
    except OSError as error:
        hint = "check the path and its permissions"
        raise InputError(str(path), f"cannot be written: {error.strerror or error}", hint) from error


@sources_group.command("check")
@click.argument("sources", type=_FILE, metavar="SOURCES")
@store_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON a line for each source.")
def check_sources(sources: Path, where: str | None, as_json: bool) -> None:
    """Read a sources file, and say of each source when it last answered, when it is due, and why it failed.

    Nothing is asked of the network. Without a store, it says only whether the file is right.
    """
    from communique.gather.watch.polling import Polls
    from communique.gather.watch.sources import read_sources
    from communique.store.engine import place
    from communique.store.gathering import Gathering
    from communique.views.watching import source_lines
    from communique.views.words import counted

    with plain_errors():
        read = read_sources(sources)
        polls = Polls(read.sources)
        url = place(where)
        if url.get_backend_name() != "sqlite" or Path(str(url.database)).exists():
            with opened(where) as store:
                polls.begin(Gathering(store, "nobody").states(tuple(polls.sources)), time.time(), once=False)
    if as_json:
        for line in polls.to_dicts():
            _print_json(line)
        return
    click.echo("\n".join(source_lines(polls, time.time())))
    click.echo(f"{shown(str(sources))}: {counted(len(polls.sources), 'source')}, of {len(read.sources):,} in the file", err=True)


COMMANDS: tuple[click.Command, ...] = (watch, sources_group)
