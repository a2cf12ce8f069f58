"""Both databases, for what must hold on either."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import postgres
import pytest

from communique.store import Store, open_store

_numbers = itertools.count()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """A PostgreSQL server for the whole run; tests that need it are skipped where none is installed."""
    if reason := postgres.missing():
        pytest.skip(reason)
    with postgres.running() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which database."""
    found: str = request.param
    if found == "postgresql":
        request.getfixturevalue("server")
    return found


@pytest.fixture
def where(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a store may be made: a path, or the URL of an empty database."""
    if kind == "sqlite":
        return str(tmp_path / "store.db")
    return postgres.new_database(request.getfixturevalue("server"), f"store{next(_numbers)}")


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Stores with nothing in them, to copy: making one anew for each test takes ten times as long."""
    path = str(tmp_path_factory.mktemp("empty") / "store.db")
    open_store(path).close()
    return {"sqlite": path}


@pytest.fixture
def store(kind: str, empty: dict[str, str], request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    if kind == "sqlite":
        where = str(tmp_path / "filled.db")
        shutil.copy(empty["sqlite"], where)
    else:
        server = request.getfixturevalue("server")
        if "postgresql" not in empty:
            empty["postgresql"] = "empty"
            open_store(postgres.new_database(server, "empty")).close()
        where = postgres.new_database(server, f"filled{next(_numbers)}", "empty")
    with open_store(where) as found:
        yield found
