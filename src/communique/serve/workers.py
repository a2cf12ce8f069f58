"""Several processes that serve one desk (``communique serve --workers``).

They share the socket, so that the system gives each request to one of them, and the store. What else they must have in common:

* the secret of the forms' marks comes from the process that starts them (`Settings.secret`): a form of one is taken by another;
* sessions are signed with the tokens themselves, and so hold for all;
* requests by token and wrong tokens by address are counted in one file (`limits.SharedLimiter`);
* each looks for new incidents by itself, for those that listen to it; a place in the stream is a row of the store, so that who
  comes back goes on at whichever answers.

The reader, its queue and the bound of the stream are each process's own.
"""

from __future__ import annotations

import inspect
import os
import signal
import tempfile
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from communique.errors import InputError
from communique.serve.limits import SharedLimiter
from communique.serve.settings import Settings

WATCHED = 1.0
"""Seconds between two looks whether the process that started this one is still there."""


@dataclass(frozen=True, slots=True)
class Made:
    """Makes the application in a process of its own; what it holds is sent there. `parent` is the process that started it."""

    store: str | None
    settings: Settings
    parent: int

    def __call__(self) -> Any:
        from communique.serve.app import create_app

        threading.Thread(target=self._watch, name="communique-parent", daemon=True).start()
        return create_app(self.store, self.settings)

    def _watch(self) -> None:
        """Ends this process when the one that started it is gone: it would else answer on, and nobody could end it."""
        while os.getppid() == self.parent:
            time.sleep(WATCHED)
        os.kill(os.getpid(), signal.SIGTERM)


def possible(workers: int) -> None:
    """Raises `InputError` where the system cannot share what several processes count."""
    if workers > 1 and os.name != "posix":
        raise InputError(f"workers {workers}", "cannot share their counts on this system", "serve with one, or start it on Linux")


def run(store: str | None, settings: Settings, workers: int, socket: Any, options: dict[str, Any]) -> None:
    """Serves on `socket` by as many processes until somebody ends it; one that dies is started anew. `options` are uvicorn's."""
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    possible(workers)
    with tempfile.TemporaryDirectory(prefix="communique-serve-") as folder:
        counts = Path(folder) / "counts"
        SharedLimiter.made(counts)
        made = Made(store, replace(settings, counts=str(counts)), os.getpid())
        config = uvicorn.Config(made, factory=True, workers=workers, **options)
        several: Any = Multiprocess
        if "target" in inspect.signature(several).parameters:  # before uvicorn 0.50 or so
            several(config, uvicorn.Server(config).run, [socket]).run()
        else:
            several(config, [socket]).run()
