"""Real desks for tests: the application on a free port of this machine, in a thread, and a store with what to ask for."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "contracts"))
from making import many  # the records of the stores' own tests

from communique.serve.app import create_app
from communique.serve.settings import Settings
from communique.store import open_store

TOKEN = "a-token-of-plain-characters-0123"
OTHER = "another-token-of-plain-letters-45"


def fill(path: Path | str, count: int, start: int = 0) -> None:
    """Adds `count` reports that were made up for the tests, with some three events each."""
    with open_store(path) as store:
        for _ in store.add_many(many(count, start=start), "test reader"):
            pass


@contextmanager
def running(store: Path | str, settings: Settings | None = None) -> Iterator[str]:
    """A desk for as long as the context is open; its address."""
    app = create_app(store, settings or Settings(poll=0.05))
    config = uvicorn.Config(app, port=0, log_level="error", ws="none", server_header=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    for _ in range(400):
        if server.started or not thread.is_alive():
            break
        time.sleep(0.02)
    assert server.started
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


def get(url: str, path: str, **more: Any) -> httpx.Response:
    """An answer of the API."""
    return httpx.get(f"{url}/api/v1{path}", timeout=30, **more)
