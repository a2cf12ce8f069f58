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


class Server:
    """A server on data of its own, in `folder` where given (kept), else in one that is thrown away; `durable` as in earnest.

    `url` has no database. Its data do not lie in pytest's folders: these are closed to the server's user, anew with every run.
    """

    def __init__(self, folder: Path | None = None, *, durable: bool = False) -> None:
        found = binaries()
        assert found is not None
        self.binaries, self.durable, self.kept = found, durable, folder is not None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="communique-postgres-"))
        self.options: dict[str, Any] = {}
        self.env = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        self.folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            import grp
            import pwd

            who = pwd.getpwnam(_user())
            self.options = {"user": who.pw_name, "group": grp.getgrgid(who.pw_gid).gr_name, "extra_groups": []}
            os.chown(self.folder, who.pw_uid, who.pw_gid)
        if not (self.folder / "data").exists():
            subprocess.run(
                [found / "initdb", "-D", self.folder / "data", "-U", "communique", "--auth=trust", "-E", "UTF8",
                 "--locale=C.UTF-8", "-N"],
                check=True, capture_output=True, env=self.env, cwd=self.folder, **self.options,
            )  # fmt: skip
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"postgresql://communique@127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        on = "on" if self.durable else "off"
        settings = {"fsync": on, "unix_socket_directories": "", "listen_addresses": "127.0.0.1"}
        if self.durable:
            # After a stop at once every file is brought to the disk first: as one, else it takes a minute on a slow disk.
            settings["recovery_init_sync_method"] = "syncfs"
        command: list[str | Path] = [self.binaries / "postgres", "-D", self.folder / "data", "-p", str(self.port)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=self.env, cwd=self.folder, **self.options)
        _wait(self.process, self.port, self.folder / "log")

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """Ends the server: at once (SIGQUIT), without a word to who is connected, or in order (SIGINT)."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(60)
            self.process = None

    def close(self) -> None:
        self.stop(signal.SIGINT if self.kept else signal.SIGQUIT)
        if not self.kept:
            shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def running() -> Iterator[str]:
    """A server for as long as the context is open, thrown away afterwards; its URL without a database."""
    server = Server()
    try:
        server.start()
        yield server.url
    finally:
        server.close()


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    import psycopg

    for _ in range(600):
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
