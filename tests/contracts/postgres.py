"""A real PostgreSQL for tests: Debian's server in a folder of its own, thrown away afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def binaries() -> Path | None:
    """Where the server's programs lie: the newest that Debian's packages installed; None where there are none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if found:
        return found[-1].parent
    path = shutil.which("initdb")
    return Path(path).resolve().parent if path else None


def missing() -> str:
    """Why there is no server; "" where there is one."""
    if binaries() is None:
        return "PostgreSQL's server is not installed (on Debian: apt install postgresql)"
    if os.geteuid() == 0 and not _user():
        return "PostgreSQL does not run as root, and there is no user postgres or nobody"
    return ""


def _user() -> str:
    import pwd

    names = {p.pw_name for p in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), "")


@contextmanager
def running() -> Iterator[str]:
    """A server for as long as the context is open; its URL without a database.

    Its data do not lie in pytest's folders: these are closed to the server's user, anew with every run of pytest.
    """
    found = binaries()
    assert found is not None
    folder = Path(tempfile.mkdtemp(prefix="communique-postgres-"))
    options: dict[str, Any] = {}
    if os.geteuid() == 0:
        import grp
        import pwd

        who = pwd.getpwnam(_user())
        options = {"user": who.pw_name, "group": grp.getgrgid(who.pw_gid).gr_name, "extra_groups": []}
        os.chown(folder, who.pw_uid, who.pw_gid)
    env = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    try:
        subprocess.run(
            [found / "initdb", "-D", folder / "data", "-U", "communique", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"],
            check=True, capture_output=True, env=env, cwd=folder, **options,
        )  # fmt: skip
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        settings = {"fsync": "off", "unix_socket_directories": "", "listen_addresses": "127.0.0.1"}
        command: list[str | Path] = [found / "postgres", "-D", folder / "data", "-p", str(port)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, env=env, cwd=folder, **options)
        try:
            _wait(server, port, folder / "log")
            yield f"postgresql://communique@127.0.0.1:{port}"
        finally:
            server.send_signal(signal.SIGQUIT)  # at once: nothing in it is wanted any more
            server.wait(60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    import psycopg

    for _ in range(150):
        assert server.poll() is None, log.read_text("utf-8", "replace")
        try:
            psycopg.connect(f"postgresql://communique@127.0.0.1:{port}/postgres", connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise AssertionError(log.read_text("utf-8", "replace"))


def new_database(server: str, name: str, template: str = "template0") -> str:
    """The URL of a new database on `server`, a copy of `template`."""
    import psycopg

    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')  # type: ignore[arg-type]
    return f"{server}/{name}"
