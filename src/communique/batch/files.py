"""Files of coded reports: written aside, on the disk before they stand in their place, and known again by what their end says."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from communique.batch.layout import FORMAT, Row, coded_of, schema, table_of
from communique.errors import InputError
from communique.measure.extras import optional

KEY = b"communique.batch"
"""Of a Parquet file's own metadata: who made the file, and of what (`Footer`, as JSON)."""

TOGETHER = 64
"""Rows as Python values at once while a file is loaded."""


class OutputError(Exception):
    """A file cannot be written, for want of room or leave; the shard is not to blame."""


@dataclass(frozen=True, slots=True)
class Footer:
    """What a file says of itself. `shard`, `stamp` and `ways` are its input's name, state and how it was read; `reader` is the
    reader's name; `last` the number of the last record, `records` and `failed` count rows; `passed` what was met in the shard
    that is no report; `damaged` says why it was not read to its end. `origin` is where the input lay."""

    shard: str
    stamp: str
    ways: str
    reader: str
    origin: str = ""
    last: int = 0
    records: int = 0
    failed: int = 0
    passed: int = 0
    damaged: str = ""
    hint: str = ""
    kind: str = ""
    format: int = FORMAT

    def same(self, other: Footer) -> bool:
        """Whether the same reader would read the same input in the same way."""
        return all(getattr(self, n) == getattr(other, n) for n in ("shard", "stamp", "ways", "reader", "format"))


def footer_of(path: str | Path | BinaryIO) -> Footer | None:
    """What a file says of itself; None where it is no whole file of this package's. Only the end of the file is read."""
    arrow, parquet = _libraries()
    try:
        found = (parquet.read_metadata(path).metadata or {}).get(KEY)
        told = json.loads(found) if found else None
        return Footer(**told) if isinstance(told, dict) and told.get("format") == FORMAT else None
    except (arrow.ArrowException, OSError, EOFError, ValueError, TypeError):
        return None


def rows_of(path: str | Path | BinaryIO, columns: Sequence[str] | None = None) -> Iterator[Row]:
    """The rows of a file, in order, with these columns or all. Raises `OSError` or an Arrow error where it is damaged."""
    _, parquet = _libraries()
    with parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(TOGETHER, columns=columns):
            yield from batch.to_pylist()


def sound_rows(path: str | Path) -> Iterator[Row]:
    """As `rows_of`, with all columns. Raises `InputError` where the file is damaged: behind which row, and how."""
    arrow, _ = _libraries()
    n = 0
    try:
        for row in rows_of(path):
            n += 1
            yield row
    except (arrow.ArrowException, OSError, EOFError) as error:
        reason = f"is damaged behind row {n}: {str(error).splitlines()[0][:200]}"
        hint = "take it away, and give the same `communique batch` again"
        raise InputError(str(path), reason, hint, kind="damaged") from error


def failures_of(path: str | Path) -> Iterator[InputError]:
    """Why records could not be read, in order; what says that the rest of a shard is damaged (record 0) is none. Raises as
    `rows_of` does."""
    for row in rows_of(path, ("record", "failure")):
        if row["record"] and isinstance(found := coded_of(row) if row["failure"] else None, InputError):
            yield found


class Writing:
    """A file that is being written."""

    def __init__(self, handle: BinaryIO) -> None:
        _, self._parquet = _libraries()
        self._writer = self._parquet.ParquetWriter(handle, schema(), compression="zstd")

    def rows(self, rows: list[Row]) -> None:
        """These rows, as a row group of their own."""
        if rows:
            self._writer.write_table(table_of(rows))

    def copy(self, path: str | Path) -> None:
        """The rows of another file, a row group at a time."""
        with self._parquet.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                self._writer.write_table(file.read_row_group(group))

    def close(self, footer: Footer) -> None:
        self._writer.add_key_value_metadata({KEY: json.dumps(asdict(footer), ensure_ascii=False).encode()})
        self._writer.close()

    def abandon(self) -> None:
        """Lets go of the file, which is to be thrown away."""
        with suppress(Exception):  # else the library tries when its object is collected, and tells of it
            self._writer.close()


@contextmanager
def whole(path: Path) -> Iterator[tuple[Writing, list[Footer]]]:
    """A file to write at `path`: it stands there, and on the disk, once all went well and its footer was put on the list.

    Raises `OutputError` where it cannot be written; nothing is left behind then.
    """
    with _beside(path) as handle:
        writing = Writing(handle)
        footers: list[Footer] = []
        try:
            yield writing, footers
            writing.close(footers[-1])
        except BaseException:
            writing.abandon()
            raise


def write_whole(path: Path, parts: Iterable[Path], rows: list[Row], footer: Footer) -> None:
    """A file with the rows of `parts`, then `rows`. Raises `OutputError` where it cannot be written."""
    with whole(path) as (writing, footers):
        for part in parts:
            writing.copy(part)
        writing.rows(rows)
        footers.append(footer)


def write_text(path: Path, text: str) -> None:
    """A file of text, aside and then in its place. Raises `OutputError`."""
    with _beside(path) as handle:
        handle.write(text.encode("utf-8"))


@contextmanager
def _beside(path: Path) -> Iterator[BinaryIO]:
    """A handle whose content stands at `path`, and on the disk, once all went well."""
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}.part")
    try:
        try:
            with beside.open("wb") as handle:
                yield handle
                handle.flush()
                os.fsync(handle.fileno())
            beside.replace(path)
            _settle(path.parent)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{path}: {error.strerror or error}") from error


def _settle(folder: Path) -> None:
    """Has the disk know that a file of this folder has its name; not every system can."""
    try:
        place = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        with suppress(OSError):
            os.fsync(place)
    finally:
        os.close(place)


def _libraries() -> tuple[Any, Any]:
    arrow = optional("pyarrow", "batch", "communique batch")
    return arrow, optional("pyarrow.parquet", "batch", "communique batch")
