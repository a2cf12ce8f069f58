"""Flat files in which a part of an archive finds what it asks for at once, however large the whole is, and from any process.

`Shelves` is what `comparing` lays out: the events of every report, who published it, what stands beside them, and which tellings
have a key. Everything is found by its place in a file that is mapped into memory: nothing is read but what is asked for.
"""

from __future__ import annotations

import dataclasses
import io
import mmap
import pickle
from array import array
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from communique.compare.sides import Saying
from communique.records import Entity, Event, Location, Span, Statement, Telling
from communique.store.schema import number

HELD = 1 << 16
"""Numbers that are in memory before they are written."""

Numbers = NDArray[np.int64]


class Column:
    """A file of 64-bit numbers that is being written."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._held = array("q")

    def add(self, number: int) -> None:
        self._held.append(number)
        if len(self._held) >= HELD:
            self._flush()

    def extend(self, numbers: Numbers) -> None:
        self._flush()
        self._file.write(np.ascontiguousarray(numbers, np.int64).tobytes())

    def _flush(self) -> None:
        if self._held:
            self._file.write(self._held.tobytes())
            self._held = array("q")

    def close(self) -> None:
        self._flush()
        self._file.close()

    def abandon(self) -> None:
        """Lets go of the file, which is to be thrown away."""
        with suppress(OSError):  # what it still holds may find no room
            self._file.close()


def column(path: Path) -> Numbers:
    """The numbers of a file that `Column` wrote."""
    if not path.stat().st_size:
        return np.empty(0, np.int64)
    return np.asarray(np.memmap(path, np.int64, "r"))


class Blobs:
    """Byte strings, by number from 0, that are being written."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._ends = Column(_ends(path))
        self.count = self._end = 0

    def add(self, data: bytes) -> None:
        self._file.write(data)
        self._end += len(data)
        self._ends.add(self._end)
        self.count += 1

    def close(self) -> None:
        self._file.close()
        self._ends.close()

    def abandon(self) -> None:
        """As `Column.abandon`."""
        self._ends.abandon()
        with suppress(OSError):
            self._file.close()


class Shelf:
    """The byte strings that `Blobs` wrote."""

    def __init__(self, path: Path) -> None:
        self._ends = column(_ends(path))
        self._data: mmap.mmap | bytes = b""
        if path.stat().st_size:
            with path.open("rb") as file:
                self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def __getitem__(self, number: int) -> bytes:
        return self._data[int(self._ends[number - 1]) if number else 0 : int(self._ends[number])]


def _ends(path: Path) -> Path:
    return path.with_suffix(".ends")


@dataclasses.dataclass(frozen=True, slots=True)
class Meta:
    """A report by its key in a store; its outlet, and its day of publication."""

    key: str
    outlet: str
    day: str


class Shelves:
    """What lies in a folder: `events` and their reports (`reports`), by the number of the telling; `metas`, `beside` (what
    `compare.claims.looked_at` gave) and `origins` (the number of the first report with its text) by that of the report; `order`,
    the numbers of all tellings in the order in which they are gone through; `keys`, sorted, with the `ids` of the tellings that
    have them."""

    def __init__(self, folder: Path) -> None:
        self.events, self._metas, self._beside = (Shelf(folder / name) for name in ("events", "metas", "beside"))
        self.reports, self.origins, self.order = (column(folder / name) for name in ("reports", "origins", "order"))
        self._keys, self._ids = column(folder / "keys"), column(folder / "ids")

    def meta(self, report: int) -> Meta:
        found: Meta = unpacked(self._metas[report])
        return found

    def under(self, key: str) -> list[int]:
        """Numbers of the tellings under a key, and perhaps of others."""
        at = number(key)
        found: list[int] = self._ids[self._keys.searchsorted(at) : self._keys.searchsorted(at, "right")].tolist()
        return found

    def beside(self, report: int) -> tuple[list[Telling], list[Saying]]:
        """What claims look at beside the tellings of a report."""
        events, said = unpacked(self._beside[report])
        meta, origin = self.meta(report), self.meta(int(self.origins[report]))
        return [Telling(e, meta.key, meta.outlet, meta.day, origin.key) for e in events], list(said)


def packed(value: Any) -> bytes:
    """A value as `unpacked` reads it. A frozen record of slots is otherwise taken apart and put together field by field: an event
    of benchmarks/store_reports.py is written in 7 µs this way and in 13 that, and read in 8 and 13."""
    out = io.BytesIO()
    packer = pickle.Pickler(out, pickle.HIGHEST_PROTOCOL)
    packer.dispatch_table = _reducers()
    packer.dump(value)
    return out.getvalue()


def unpacked(data: bytes) -> Any:
    return pickle.loads(data)


@cache
def _reducers() -> dict[type, Callable[[Any], tuple[type, tuple[Any, ...]]]]:
    return {kind: _reducer(kind) for kind in (Entity, Event, Location, Meta, Saying, Span, Statement)}


def _reducer(kind: type) -> Callable[[Any], tuple[type, tuple[Any, ...]]]:
    values = attrgetter(*(f.name for f in dataclasses.fields(kind)))
    return lambda one: (kind, values(one))


def write_numbers(path: Path, numbers: Iterable[Numbers]) -> None:
    """A file of numbers, given some at a time."""
    out = Column(path)
    try:
        for some in numbers:
            out.extend(some)
        out.close()
    finally:
        out.abandon()
