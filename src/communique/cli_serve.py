"""The command ``communique serve``: the desk and the API over a store (docs/api.md)."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from communique.cli_options import plain_errors, shown, store_option
from communique.errors import InputError

if TYPE_CHECKING:
    from communique.serve.settings import Settings
    from communique.serve.tokens import Tokens

HOST, PORT = "127.0.0.1", 8420
GRACE = 2
"""Seconds that open answers have to end when the server is stopped; a stream would else never end."""


@click.command()
@store_option
@click.option(
    "--host",
    default=HOST,
    show_default=True,
    metavar="ADDRESS",
    help="Where to listen; beyond this machine, a token is required.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0 takes any that is free.")
@click.option(
    "--name", "names", multiple=True, metavar="HOST", help="A host name under which a proxy makes it known; requires a token."
)
@click.option("--token-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
              help="Tokens that may ask, one a line, with a name before each.  [default: COMMUNIQUE_TOKEN]")  # fmt: skip
@click.option(
    "--rate", type=click.IntRange(min=0), default=600, show_default=True, help="Requests a minute of one token; 0: no bound."
)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, metavar="N",
              help="Processes that answer: about as many as there are processors, for many readers.")  # fmt: skip
@click.option("--log", "logging", is_flag=True, help="Write each request to standard error.")
def serve(
    where: str | None, host: str, port: int, names: tuple[str, ...], token_file: Path | None, rate: int, workers: int,
    logging: bool,
) -> None:  # fmt: skip
    """Open a desk on the store: pages for a browser, and an API.

    It listens on this machine alone unless --host says otherwise. Ctrl-C ends it.
    """
    with plain_errors():
        from communique.measure.extras import optional

        for module in ("fastapi", "uvicorn", "python_multipart"):
            optional(module, "serve", "communique serve")
        from communique.serve.settings import Settings

        tokens = _tokens(token_file)
        settings = Settings(host=host.strip("[]"), port=port, names=names, tokens=tokens, rate=rate if tokens else 0)
        _run(where, settings, workers, logging)


def _tokens(file: Path | None) -> Tokens:
    """Those of the file, else of the environment. Raises `InputError` for a file without any."""
    from communique.serve.settings import MAKE_TOKEN, TOKEN_VARIABLE
    from communique.serve.tokens import Tokens

    if file is None:
        return Tokens.of(os.environ.get(TOKEN_VARIABLE, "").split("\n"), TOKEN_VARIABLE)
    try:
        found = Tokens.of(file.read_text("utf-8").split("\n"), str(file))
    except UnicodeDecodeError as error:
        raise InputError(str(file), "is not UTF-8 text", f"make one with `{MAKE_TOKEN}`") from error
    if not found:
        raise InputError(str(file), "has no token", f"make one with `{MAKE_TOKEN}`")
    if os.name == "posix" and file.stat().st_mode & 0o044:
        click.echo(f"note: others on this machine can read {shown(str(file))}: `chmod 600` it", err=True)
    return found


def _run(where: str | None, settings: Settings, workers: int, logging: bool) -> None:
    import uvicorn
    from uvicorn.config import LOGGING_CONFIG

    from communique.serve import workers as several
    from communique.serve.app import create_app
    from communique.store.engine import STORE_VARIABLE

    several.possible(workers)
    # Only a store that nobody named is made: a path that is wrong would else open an empty desk.
    app = create_app(where, settings, create=where is None and not os.environ.get(STORE_VARIABLE))
    listening = _listen(settings.host, settings.port, workers)
    # Everything to standard error: uvicorn's own choice for requests is standard output.
    handlers = {name: {**one, "stream": "ext://sys.stderr"} for name, one in LOGGING_CONFIG["handlers"].items()}
    options: dict[str, Any] = {
        "log_config": {**LOGGING_CONFIG, "handlers": handlers}, "log_level": "info" if logging else "warning",
        "access_log": logging, "server_header": False, "date_header": True, "timeout_graceful_shutdown": GRACE, "lifespan": "on",
        "ws": "none",
    }  # fmt: skip
    click.echo(f"store: {shown(app.state.store.name)}", err=True)
    if not settings.local:
        click.echo("reached from other machines without encryption: put a proxy with TLS before it, and give --name", err=True)
    address = _address(settings.host, listening.getsockname()[1]) + "   (Ctrl-C ends it)"
    with suppress(KeyboardInterrupt):  # the way to end it
        if workers == 1:
            click.echo(address, err=True)
            uvicorn.Server(uvicorn.Config(app, **options)).run([listening])
            return
        app.state.store.close()  # it is there, and of this version's schema: each process opens it for itself
        # Not before: they would take the processor from those who already ask.
        several.run(where, settings, workers, listening, options, lambda: click.echo(address, err=True))


def _listen(host: str, port: int, workers: int) -> Any:
    """A socket on which to listen. Raises `InputError` where there can be none."""
    import socket

    from communique.serve.workers import SPREADS, Own

    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)[0]
        # With its protocol named: asyncio else leaves Nagle's delay on, 40 ms an answer.
        listening = socket.socket(family, kind, protocol)
        if os.name == "posix":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        if workers > 1 and SPREADS:
            own = listening.getsockname()
            listening.listen()  # refused where somebody else does: those below would share the port with another desk
            listening.close()
            return Own.bound(family, own)
        listening.listen(2048)  # from now on: who opens the address that is printed waits until all is ready
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        raise InputError(f"{host}, port {port}", f"cannot be listened on: {said}", "give another --port or --host") from error
    return listening


def _address(host: str, port: int) -> str:
    """Where a browser finds it."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{name}:{port}/"


COMMANDS: tuple[click.Command, ...] = (serve,)
