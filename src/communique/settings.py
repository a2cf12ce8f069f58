"""Where the package's data lies, and how its tables are read. No input or output happens at import."""

from __future__ import annotations

import csv
import os
import sys
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from communique.errors import DataError


def data_path(*parts: str) -> Traversable:
    """The resource `data/<parts>` of the installed package."""
    path = files("communique")
    for part in ("data", *parts):
        path = path.joinpath(part)
    return path


@cache
def read_table(name: str) -> tuple[dict[str, str], ...]:
    """Rows of the tab-separated table `data/<name>`, by column name.

    Lines that begin with ``#`` are comments; the first other line names the columns.
    """
    path = data_path(*name.split("/"))
    if not path.is_file():
        raise DataError(f"data/{name} is missing from the package: reinstall communique")
    lines = (line for line in path.read_text("utf-8").split("\n") if not line.startswith("#") and line.strip())
    return tuple(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


ACTORS_VARIABLE = "COMMUNIQUE_ACTORS"
"""Environment variable with the path of the user's own table of actors; set and empty means none."""


def own_actors(path: str | Path | None = None) -> Path | None:
    """The user's own table of actors: `path`, else what the environment says, else its usual place; None where "" is given.

    The usual place is ``communique/actors.tsv`` in the folder where the platform keeps a user's data. Whether the file
    is there is the caller's question.
    """
    given = os.environ.get(ACTORS_VARIABLE) if path is None else str(path)
    if given is not None:
        return Path(given).expanduser() if given.strip() else None
    return _user_data() / "communique" / "actors.tsv"


def _user_data() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    base = os.environ.get("XDG_DATA_HOME", "")
    return Path(base) if base and Path(base).is_absolute() else Path.home() / ".local" / "share"
