"""Where a whole archive is laid out for comparing: tables of DuckDB in a file that is thrown away afterwards, larger than memory.

What comes out of one is read in the order in which it is wanted; what is asked for singly is asked many at a time. Records lie
in it as this process pickled them, and no other process opens it.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from communique.measure.extras import optional

HELD = 5_000
"""Rows of a table that are in memory before they are written."""

FEW = 100
"""Numbers that are written into a question."""

_TABLES = {
    "report": "number BIGINT, key VARCHAR, hash VARCHAR, outlet VARCHAR, day VARCHAR, sketch BLOB",
    "band": "key BIGINT, number BIGINT",
    "near": "key BIGINT, number BIGINT",
    "told": "id BIGINT, number BIGINT, data BLOB",
    "said": "number BIGINT, data BLOB",
    "copied": "number BIGINT, origin BIGINT",
    "place": "room VARCHAR, name VARCHAR, id BIGINT",
    "block": "key BIGINT, id BIGINT",
}


class Workspace:
    """An archive laid out at `path`, which must not be there; `memory` is DuckDB's limit, in bytes."""

    def __init__(self, path: Path, memory: int) -> None:
        duckdb = optional("duckdb", "batch", "comparing a whole archive")
        self.arrow = optional("pyarrow", "batch", "comparing a whole archive")
        self._db = duckdb.connect(os.fspath(path))
        self._db.execute(f"SET memory_limit = '{memory // 1_000_000}MB'; SET preserve_insertion_order = false; SET threads = 2")
        self._db.execute(f"SET temp_directory = '{os.fspath(path).replace(chr(39), chr(39) * 2)}.spill'")
        self._held: dict[str, list[tuple[Any, ...]]] = {name: [] for name in _TABLES}
        for name, columns in _TABLES.items():
            self._db.execute(f"CREATE TABLE {name} ({columns})")

    def close(self) -> None:
        self._db.close()

    def put(self, table: str, row: tuple[Any, ...]) -> None:
        """One row more."""
        held = self._held[table]
        held.append(row)
        if len(held) >= HELD:
            self.flush(table)

    def flush(self, *tables: str) -> None:
        for table in tables or tuple(_TABLES):
            if held := self._held[table]:
                types = {"BIGINT": self.arrow.int64(), "VARCHAR": self.arrow.string(), "BLOB": self.arrow.binary()}
                columns = [c.split() for c in _TABLES[table].split(", ")]
                data = {name: self.arrow.array([row[n] for row in held], types[kind]) for n, (name, kind) in enumerate(columns)}
                rows = self.arrow.table(data)
                self._db.register("given", rows)
                self._db.execute(f"INSERT INTO {table} SELECT * FROM given")
                self._db.unregister("given")
                held.clear()

    def run(self, query: str) -> None:
        self._db.execute(query).fetchall()

    def one(self, query: str) -> Any:
        """The only value of an answer."""
        ((value,),) = self._db.execute(query).fetchall()
        return value

    def stream(self, query: str, size: int = HELD) -> Iterator[tuple[Any, ...]]:
        """The rows of an answer, beside which other questions may be asked."""
        cursor = self._db.cursor().execute(query)
        while rows := cursor.fetchmany(size):
            yield from rows

    def among(self, query: str, values: Iterable[Any]) -> list[tuple[Any, ...]]:
        """The rows of `query` for these numbers, which stand in it as the table `wanted` with the column `value`."""
        listed = list(values)
        if len(listed) <= FEW:  # quicker than making a table known
            given = ", ".join(f"({int(value)})" for value in listed)
            return list(self._db.execute(f"WITH wanted(value) AS (VALUES {given}) {query}").fetchall()) if listed else []
        wanted = self.arrow.table({"value": self.arrow.array(listed, self.arrow.int64())})
        self._db.register("wanted", wanted)
        try:
            found: list[tuple[Any, ...]] = self._db.execute(query).fetchall()
            return found
        finally:
            self._db.unregister("wanted")


def packed(value: Any) -> bytes:
    return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)


def unpacked(data: bytes) -> Any:
    return pickle.loads(data)


class Table:
    """A Parquet file of records of one class, written as they come."""

    def __init__(self, path: Path, record: type) -> None:
        from communique.batch.layout import record_schema

        self._parquet = optional("pyarrow.parquet", "batch", "comparing a whole archive")
        self._arrow = optional("pyarrow", "batch", "comparing a whole archive")
        self.path, self._record, self._schema = path, record, record_schema(record)
        self._writer = self._parquet.ParquetWriter(path, self._schema, compression="zstd")
        self._held: list[Mapping[str, Any]] = []
        self.count = 0

    def add(self, records: Sequence[Any]) -> None:
        from communique.batch.layout import plain

        make = plain(self._record)
        self._held += [make(one) for one in records]
        self.count += len(records)
        if len(self._held) >= HELD:
            self._flush()

    def _flush(self) -> None:
        if self._held:
            self._writer.write_table(self._arrow.Table.from_pylist(self._held, schema=self._schema))
            self._held = []

    def close(self) -> None:
        self._flush()
        self._writer.close()
