"""The user's own table of actors: where it lies and what a row is. ``communique actors import`` writes it.

It has the columns of ``data/actors/people.tsv`` and may be edited by hand. A row whose office is "organisation" is a body,
not a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from communique.errors import DataError

COLUMNS = ("key", "name", "country", "sector", "office", "since", "until", "source")
BODY = "organisation"
"""What stands for an office in the row of a body."""

ALIAS = " alias"
"""How the source of a row ends whose name is not the person's usual one."""

HEAD = (
    "# Your own actors, which go before those of the package. Written by communique actors import; key: what the name is "
    "looked up by, where it is not the name in lower case.\n"
)


def stamp_of(path: Path) -> int:
    """The time of the table's last change; 0 where there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def own_rows(path: Path) -> Iterator[tuple[str, str]]:
    """(key, the other columns joined by tabs) of each row. Raises `DataError` for a file or a row that cannot be read."""
    number = 0
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as handle:
            for number, line in enumerate(handle, 1):
                line = line.rstrip("\r\n")
                if not line.strip() or line.startswith("#") or line.split("\t") == list(COLUMNS):
                    continue
                if line.count("\t") != len(COLUMNS) - 1:
                    found = line.count("\t") + 1
                    columns = ", ".join(COLUMNS)
                    raise DataError(
                        f"{path}, line {number}: has {found} columns, not {len(COLUMNS)} (they are {columns}, parted by tabs: "
                        "mend the line, or take the table away and import its sources again)"
                    )
                key, _, row = line.partition("\t")
                yield key or row.partition("\t")[0].lower(), row
    except UnicodeDecodeError as error:
        raise DataError(f"{path}, after line {number}: is not UTF-8 (save it as UTF-8)") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error} (communique actors import writes it)") from error
