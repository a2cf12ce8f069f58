"""Where imported rows gather: on the disk, so that a source of any size takes the same memory."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from communique.errors import InputError
from communique.resolve.lexicon import key_of
from communique.resolve.own import ALIAS, BODY, COLUMNS, HEAD, own_rows

SHOWN = 20
"""Lines set aside that are told one by one; of the others only their number."""

WORDS = 8
"""Most words of a name that the lexicon matches."""

_BATCH = 10_000


class Row(NamedTuple):
    """One office of one person, or one body (office "organisation"); the columns of the table but its key."""

    name: str
    country: str
    sector: str
    office: str
    since: str
    until: str
    source: str


@dataclass(slots=True)
class Summary:
    """What an import did. `left_out` counts by reason; `aside` are the first lines that could not be read, with why."""

    file: str
    format: str
    table: str = ""
    lines: int = 0
    kept: int = 0
    rows: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    aside: list[tuple[int, str]] = field(default_factory=list)
    set_aside: int = 0

    def leave(self, reason: str) -> None:
        self.left_out[reason] += 1

    def put_aside(self, line: int, reason: str) -> None:
        self.set_aside += 1
        if len(self.aside) < SHOWN:
            self.aside.append((line, reason))

    def to_dict(self) -> dict[str, Any]:
        return {
            "file": self.file, "format": self.format, "table": self.table, "lines": self.lines, "kept": self.kept,
            "rows": self.rows, "left_out": dict(self.left_out.most_common()), "set_aside": self.set_aside,
            "aside": [{"line": line, "reason": reason} for line, reason in self.aside],
        }  # fmt: skip


@contextmanager
def workspace(folder: Path) -> Iterator[sqlite3.Connection]:
    """A database in a temporary folder below `folder`, gone afterwards. Its pages, not its rows, are what memory holds."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = tempfile.TemporaryDirectory(prefix=".communique-", dir=folder)
    except OSError as error:
        hint = "give a folder that you may write to with --out"
        raise InputError(str(folder), f"cannot be written: {error.strerror or error}", hint) from error
    with held as name:
        base = sqlite3.connect(Path(name) / "rows.db", isolation_level=None)
        try:
            for pragma in ("journal_mode=OFF", "synchronous=OFF", "temp_store=FILE", "cache_size=-4000"):
                base.execute(f"PRAGMA {pragma}")
            yield base
        finally:
            base.close()


class OwnTable:
    """Gathers rows in `base` and writes them, beside those that the table at `path` has, once each and in order."""

    def __init__(self, base: sqlite3.Connection, path: Path, summary: Summary) -> None:
        self.base, self.path, self.summary = base, path, summary
        columns = ", ".join(f"{c} TEXT NOT NULL" for c in COLUMNS)
        for name in ("fresh", "old"):
            base.execute(f"CREATE TABLE {name} ({columns}, PRIMARY KEY (key, country, office, since)) WITHOUT ROWID")
        self.waiting: list[tuple[str, ...]] = []

    def keep(self, row: Row) -> None:
        """Takes a row; one without a name that can be matched is left out."""
        clean = Row(*(" ".join(cell.split()) for cell in row))
        key = key_of(clean.name)
        words = key.count(" ") + 1
        if not key or words > WORDS or (words == 1 and clean.office != BODY):
            self.summary.leave("the name is no first and last name" if words <= WORDS else "the name is too long")
            return
        self.waiting.append(("" if key == clean.name.lower() else key, *clean))
        if len(self.waiting) >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        self._insert("fresh", self.waiting)
        self.waiting.clear()

    def _insert(self, table: str, rows: list[tuple[str, ...]]) -> None:
        marks = ", ".join("?" * len(COLUMNS))
        filled = [(row[0] or row[1].lower(), *row[1:]) for row in rows]
        self.base.execute("BEGIN")
        self.base.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", filled)
        self.base.execute("COMMIT")

    def write(self) -> None:
        """Writes the table aside and then puts it in its place, so that a reader never sees half of it.

        Rows of the table before stay, but those of an entity ("wikidata:Q142") that was now read again.
        """
        self._flush()
        self.summary.kept = self._count("fresh")
        if self.path.exists():
            batch: list[tuple[str, ...]] = []
            for key, row in own_rows(self.path):
                batch.append((key, *row.split("\t")))
                if len(batch) >= _BATCH:
                    self._insert("old", batch)
                    batch.clear()
            self._insert("old", batch)
        self._merge()
        self.summary.rows = self._count("old")
        self.summary.table = str(self.path)
        aside = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            with aside.open("w", encoding="utf-8", newline="\n") as handle:
                handle.write(HEAD + "\t".join(COLUMNS) + "\n")
                for key, *row in self.base.execute("SELECT * FROM old ORDER BY key, since DESC, country, office"):
                    handle.write("\t".join(("" if key == row[0].lower() else key, *row)) + "\n")
            os.replace(aside, self.path)
        except OSError as error:
            aside.unlink(missing_ok=True)
            raise InputError(str(self.path), f"cannot be written: {error.strerror or error}", "give another --out") from error

    def _merge(self) -> None:
        usual = f"replace(source, '{ALIAS}', '')"
        self.base.execute(
            f"DELETE FROM old WHERE source LIKE '%:%' AND {usual} IN (SELECT {usual} FROM fresh WHERE source LIKE '%:%')"
        )
        self.base.execute("INSERT OR REPLACE INTO old SELECT * FROM fresh")

    def _count(self, table: str) -> int:
        return int(self.base.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
