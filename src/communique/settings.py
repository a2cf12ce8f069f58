"""Where the package's data lies, and how its tables are read. No input or output happens at import."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

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
