"""Where a whole archive is sorted and joined for comparing: tables of DuckDB in a file that is thrown away afterwards, larger
than memory. And the Parquet files of records that come of it."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from communique.batch.shelves import Numbers
from communique.measure.extras import optional

HELD = 50_000
"""Values of a column that are in memory before they are written."""

ROWS = 5_000
"""Rows of an answer, or of a Parquet file, that are in memory at once."""

_TABLES = {
    "report": "number BIGINT, key VARCHAR, hash VARCHAR",
    "band": "key BIGINT, number BIGINT",
    "near": "key BIGINT, number BIGINT",
    "copied": "number BIGINT, origin BIGINT",
    "place": "scope VARCHAR, day BIGINT, cell VARCHAR, id BIGINT",
    "block": "key BIGINT, id BIGINT",
}


class Workspace:
    """An archive's tables at `path`, which must not be there; `memory` is DuckDB's limit, in bytes.

    All of it raises `OSError` where the disk has no room (ENOSPC), or DuckDB needs more memory than it may hold (ENOMEM).
    """

    def __init__(self, path: Path, memory: int) -> None:
        duckdb = optional("duckdb", "batch", "comparing a whole archive")
        self.arrow = optional("pyarrow", "batch", "comparing a whole archive")
        self._refusal = duckdb.OperationalError
        self._held: dict[str, list[list[Any]]] = {name: [[] for _ in columns.split(", ")] for name, columns in _TABLES.items()}
        with self._plainly():
            self._db = duckdb.connect(os.fspath(path))
            self.run(f"SET memory_limit = '{memory // 1_000_000}MB'; SET preserve_insertion_order = false; SET threads = 2")
            self.run(f"SET temp_directory = '{os.fspath(path).replace(chr(39), chr(39) * 2)}.spill'")
            for name, columns in _TABLES.items():
                self.run(f"CREATE TABLE {name} ({columns})")

    def close(self) -> None:
        with suppress(self._refusal):  # it writes what it holds, and all of it is to be thrown away
            self._db.close()

    @contextmanager
    def _plainly(self) -> Iterator[None]:
        """What DuckDB says against going on, as the system would."""
        try:
            yield
        except self._refusal as error:
            said = str(error).splitlines()[0]
            full = os.strerror(errno.ENOSPC)
            if full in said or "failed to offload" in said:  # it counts what is free, and stops before the disk does
                raise OSError(errno.ENOSPC, full) from error
            raise OSError(*((errno.ENOMEM, said) if "Out of Memory" in said else (said,))) from error

    def put(self, table: str, row: tuple[Any, ...]) -> None:
        """One row more."""
        held = self._held[table]
        for column, value in zip(held, row, strict=True):
            column.append(value)
        if len(held[0]) >= HELD:
            self.flush(table)

    def put_each(self, table: str, values: Sequence[int], last: int) -> None:
        """A row for each of some values, with the same number behind it."""
        first, second = self._held[table]
        first += values
        second += [last] * len(values)
        if len(first) >= HELD:
            self.flush(table)

    def flush(self, *tables: str) -> None:
        types = {"BIGINT": self.arrow.int64(), "VARCHAR": self.arrow.string()}
        for table in tables or tuple(_TABLES):
            if (held := self._held[table])[0]:
                columns = [c.split() for c in _TABLES[table].split(", ")]
                data = {name: self.arrow.array(held[n], types[kind]) for n, (name, kind) in enumerate(columns)}
                rows = self.arrow.table(data)
                self._db.register("given", rows)
                self.run(f"INSERT INTO {table} SELECT * FROM given")
                self._db.unregister("given")
                for column in held:
                    column.clear()

    def run(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of an answer."""
        with self._plainly():
            found: list[tuple[Any, ...]] = self._db.execute(query).fetchall()
        return found

    def one(self, query: str) -> Any:
        """The only value of an answer."""
        ((value,),) = self.run(query)
        return value

    def stream(self, query: str) -> Iterator[tuple[Any, ...]]:
        """The rows of an answer, beside which other questions may be asked."""
        for rows in self._some(query):
            yield from rows

    def columns(self, query: str) -> Iterator[tuple[Numbers, ...]]:
        """The columns of an answer that has numbers alone, some rows at a time."""
        # Not as Arrow: where the order of rows is not kept, DuckDB 2 loses that which was asked for.
        for rows in self._some(query):
            yield tuple(np.array(rows, np.int64).T)

    def _some(self, query: str) -> Iterator[list[tuple[Any, ...]]]:
        with self._plainly():
            cursor = self._db.cursor().execute(query)
            while rows := cursor.fetchmany(ROWS):
                yield rows


class Table:
    """A Parquet file of records of one class, written as they come."""

    def __init__(self, path: Path, record: type) -> None:
        from communique.batch.layout import record_schema

        self._parquet = optional("pyarrow.parquet", "batch", "comparing a whole archive")
        self._arrow = optional("pyarrow", "batch", "comparing a whole archive")
        self._writer = self._parquet.ParquetWriter(path, record_schema(record), compression="zstd")
        self._held: list[Any] = []
        self.count = self._written = 0

    def add(self, rows: Any) -> None:
        """Some rows, as `rows_of_records` makes them."""
        self._held.append(rows)
        self.count += rows.num_rows
        if self.count - self._written >= ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._held:
            self._writer.write_table(self._arrow.concat_tables(self._held))
            self._held, self._written = [], self.count

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def abandon(self) -> None:
        """Lets go of the file, which is to be thrown away."""
        with suppress(Exception):  # else the library tries when its object is collected, and tells of it
            self._writer.close()


def rows_of_records(record: type, records: Iterable[Any]) -> Any:
    """Records of one class as an Arrow table."""
    from communique.batch.layout import plain, record_schema

    arrow = optional("pyarrow", "batch", "comparing a whole archive")
    return arrow.Table.from_pylist(list(map(plain(record), records)), schema=record_schema(record))
