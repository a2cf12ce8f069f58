"""Several processes that serve one desk (``communique serve --workers``).

They share the port and the store. Each has a socket of its own on the port, so that the system gives each of them as many
connections (`Own`). What else they must have in common:

* the secret of the forms' marks comes from the process that starts them (`Settings.secret`): a form of one is taken by another;
* sessions are signed with the tokens themselves, and so hold for all;
* requests by token and wrong tokens by address are counted in one file (`limits.SharedLimiter`);
* each looks for new incidents by itself, for those that listen to it; a place in the stream is a row of the store, so that who
  comes back goes on at whichever answers.

The reader, its queue and the bound of the stream are each process's own.
"""

from __future__ import annotations

import inspect
import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from communique.errors import InputError
from communique.serve.limits import SharedLimiter
from communique.serve.settings import Settings

WATCHED = 1.0
"""Seconds between two looks whether the process that started this one is still there."""


PATIENCE = 60
"""Seconds without a sign of life after which a process is taken for dead and started anew: uvicorn's 5 may be less than a start
takes on a machine with much to do."""

SPREADS = sys.platform == "linux"
"""Whether the system spreads the connections of a port over the sockets that are bound to it: elsewhere the last takes all."""


class Own(socket.socket):
    """A socket on the same port in whichever process it is sent to, instead of the same socket.

    Of one socket, whoever wakes first takes all connections that wait, and keeps them as long as they are open: of 50 readers,
    one of two processes had all where it was ready first, and 42 later on. Of sockets of their own each had 21 to 29.
    """

    @classmethod
    def bound(cls, family: int, address: Any) -> Own:
        """A new one at `address`, which does not listen yet. Raises `OSError`."""
        made = cls(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        made.bind(address)
        return made

    def __reduce__(self) -> Any:
        return Own.bound, (int(self.family), self.getsockname())


@dataclass(frozen=True, slots=True)
class Made:
    """Makes the application in a process of its own; what it holds is sent there. `parent` is the process that started it, and
    `ready` counts those that have made it."""

    store: str | None
    settings: Settings
    parent: int
    ready: Any

    def __call__(self) -> Any:
        from communique.serve.app import create_app

        threading.Thread(target=self._watch, name="communique-parent", daemon=True).start()
        app = create_app(self.store, self.settings)
        # Beside it: who ends the desk meanwhile is heard.
        threading.Thread(target=self._warm, name="communique-ready", daemon=True).start()
        return app

    def _warm(self) -> None:
        """Says that this one is ready once the first page would not wait."""
        from communique.serve.pages import warm

        try:
            warm()
        finally:
            self.ready.release()

    def _watch(self) -> None:
        """Ends this process when the one that started it is gone: it would else answer on, and nobody could end it."""
        while os.getppid() == self.parent:
            time.sleep(WATCHED)
        os.kill(os.getpid(), signal.SIGTERM)


def possible(workers: int) -> None:
    """Raises `InputError` where the system cannot share what several processes count."""
    if workers > 1 and os.name != "posix":
        raise InputError(f"workers {workers}", "cannot share their counts on this system", "serve with one, or start it on Linux")


def run(
    store: str | None, settings: Settings, workers: int, listening: socket.socket, options: dict[str, Any],
    told: Callable[[], None] = lambda: None,
) -> None:  # fmt: skip
    """Serves on `listening` by as many processes until somebody ends it; one that dies is started anew. `options` are uvicorn's;
    `told` is called once all are ready."""
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    possible(workers)
    with tempfile.TemporaryDirectory(prefix="communique-serve-") as folder:
        counts = Path(folder) / "counts"
        SharedLimiter.made(counts)
        ready = multiprocessing.get_context("spawn").Semaphore(0)
        made = Made(store, replace(settings, counts=str(counts)), os.getpid(), ready)
        if "timeout_worker_healthcheck" in inspect.signature(uvicorn.Config).parameters:  # since uvicorn 0.37 or so
            options = {**options, "timeout_worker_healthcheck": PATIENCE}
        config = uvicorn.Config(made, factory=True, workers=workers, **options)
        threading.Thread(target=_wait, args=(ready, workers, listening.getsockname(), told), daemon=True).start()
        several: Any = Multiprocess
        if "target" in inspect.signature(several).parameters:  # before uvicorn 0.50 or so
            several(config, uvicorn.Server(config).run, [listening]).run()
        else:
            several(config, [listening]).run()


def _wait(ready: Any, workers: int, address: Any, told: Callable[[], None]) -> None:
    """Calls `told` when all processes are ready and somebody answers at `address`."""
    for _ in range(workers):
        ready.acquire()
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}
    while True:
        try:
            socket.create_connection((everywhere.get(address[0], address[0]), address[1]), timeout=5).close()
        except OSError:
            time.sleep(0.05)  # it listens a moment after it is ready
        else:
            told()
            return
