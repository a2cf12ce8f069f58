"""Parquet, a folder a month (``month=2024-04/part-0.parquet``), as DuckDB, pandas, polars, Arrow and Spark read it.

All statuses and everything that a record knows, one row a pair of parties; the columns are those of data/export/parquet.tsv.
"""

from __future__ import annotations

import os
import re
import shutil
from collections import OrderedDict
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from communique.errors import InputError
from communique.export.aside import folder_beside
from communique.export.fields import Value
from communique.export.layouts import Column, layout
from communique.export.rows import Choice, Exportable, Fact, Written
from communique.measure.extras import optional

BATCH = 20_000
"""Rows held in memory before they are written."""

OPEN = 64
"""Files open at once; a month that comes back after its file was closed gets a further part."""

UNKNOWN = "unknown"
_MONTH = re.compile(r"\d{4}-\d{2}")


def month_of(fact: Fact) -> str:
    """The folder of a fact: the month of its day, else of its publication, else "unknown"."""
    found = _MONTH.match(fact.day) or _MONTH.match(fact.published)
    return found[0] if found else UNKNOWN


def schema() -> Any:
    """The Arrow schema of a file; the month is in the folder's name. Raises `MissingExtraError` without pyarrow."""
    arrow = optional("pyarrow", "parquet", "Parquet")
    return arrow.schema([(c.name, _kind(arrow, c)) for c in stored()])


def stored() -> tuple[Column, ...]:
    """The columns of a file: all but the month."""
    return tuple(c for c in layout("parquet") if c.field)


def write_parquet(records: Iterable[Exportable], folder: str | Path, *, statuses: Collection[str] = ()) -> Written:
    """Writes `folder` anew. It appears when all is written; until then an older one stays as it is.

    All statuses are written unless `statuses` names some. Raises `InputError` where `folder` is something other than an
    export of this kind (nothing is overwritten), `MissingExtraError` without pyarrow.
    """
    folder = Path(folder)
    kept = sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []
    if (folder.exists() and not folder.is_dir()) or any(not name.startswith("month=") for name in kept):
        raise InputError(f"folder {str(folder)!r}", "holds something other than an export", "give a new folder")
    choice = Choice(statuses, dated=False)
    with folder_beside(folder, parents=True) as aside:
        files = _Files(aside)
        try:
            for fact in choice.facts(records):
                files.add(month_of(fact), fact)
            files.close()
            _exchange(aside, folder)
        finally:
            files.abandon()
    return choice.written()


def _exchange(new: Path, folder: Path) -> None:
    """Puts `new` in the place of `folder`, which is deleted only when that is done, and comes back where it fails."""
    old = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    if not folder.is_dir():
        new.replace(folder)
        return
    folder.replace(old)
    try:
        new.replace(folder)
    except OSError:
        old.replace(folder)
        raise
    shutil.rmtree(old)


class _Files:
    """Rows by month, and the files open for them: the least lately used is closed where there are many."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.arrow = optional("pyarrow", "parquet", "Parquet")
        self.parquet = optional("pyarrow.parquet", "parquet", "Parquet")
        self.columns, self.schema = stored(), schema()
        self.rows: dict[str, list[list[Value]]] = {}
        self.held = 0
        self.writers: OrderedDict[str, Any] = OrderedDict()
        self.parts: dict[str, int] = {}

    def add(self, month: str, fact: Fact) -> None:
        self.rows.setdefault(month, []).append([column.value(fact) for column in self.columns])
        self.held += 1
        if self.held >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Writes what is held, each month as a row group of its own."""
        for month, rows in sorted(self.rows.items()):
            kinds = [self.schema.field(n).type for n in range(len(self.columns))]
            values = [self.arrow.array([_plain(row[n]) for row in rows], type=kind) for n, kind in enumerate(kinds)]
            self._writer(month).write_table(self.arrow.Table.from_arrays(values, schema=self.schema))
        self.rows.clear()
        self.held = 0

    def close(self) -> None:
        self.flush()
        while self.writers:
            self.writers.popitem()[1].close()

    def abandon(self) -> None:
        """Lets go of the files, which are to be thrown away."""
        while self.writers:
            with suppress(Exception):  # its end may find no room either
                self.writers.popitem()[1].close()

    def _writer(self, month: str) -> Any:
        if month in self.writers:
            self.writers.move_to_end(month)
            return self.writers[month]
        if len(self.writers) >= OPEN:
            self.writers.popitem(last=False)[1].close()
        part = self.parts[month] = self.parts.get(month, -1) + 1
        path = self.folder / f"month={month}" / f"part-{part}.parquet"
        path.parent.mkdir(exist_ok=True)
        self.writers[month] = self.parquet.ParquetWriter(path, self.schema, compression="zstd")
        return self.writers[month]


def _kind(arrow: Any, column: Column) -> Any:
    return {"string": arrow.string, "double": arrow.float64, "int64": arrow.int64, "bool": arrow.bool_}[column.kind]()


def _plain(value: Value) -> Value:
    """Arrow takes no half of a surrogate pair."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
