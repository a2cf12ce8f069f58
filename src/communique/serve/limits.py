"""How often somebody may ask: a bucket each, which fills up again with time. Kept in this process, or by several in one file."""

from __future__ import annotations

import hashlib
import mmap
import os
import struct
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

REMEMBERED = 10_000
"""Callers remembered; beyond, the one who asked longest ago is forgotten, so that strangers cannot fill the memory."""

_SLOT = struct.Struct("=Qdd")
_WAYS, _SETS = 8, 1024
_TABLE = _SLOT.size * _WAYS * _SETS

TABLES = ("rates", "failures")
"""What the file of several processes counts: requests by token, and wrong tokens by address."""


class Limiter:
    """At most `rate` a minute by each key, of which `burst` at once. Used from one event loop: it takes no lock."""

    def __init__(self, rate: int, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate, self.burst, self.clock = rate, max(1, burst), clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> float:
        """Counts a request of `key`; seconds that it has to wait, and then it is not counted, or 0."""
        with self._alone():
            now = self.clock()
            left, at = self._kept(key) or (float(self.burst), now)
            left = min(float(self.burst), left + max(0.0, now - at) * self.rate / 60)
            if left < 1:
                return (1 - left) * 60 / self.rate
            self._keep(key, left - 1, now)
        return 0.0

    @contextmanager
    def _alone(self) -> Iterator[None]:
        yield

    def _kept(self, key: str) -> tuple[float, float] | None:
        return self._left.get(key)

    def _keep(self, key: str, left: float, now: float) -> None:
        self._left[key] = (left, now)
        self._left.move_to_end(key)
        if len(self._left) > REMEMBERED:
            self._left.popitem(last=False)


class SharedLimiter(Limiter):
    """The same for several processes of this machine, by a file that `made` made: whichever of them is asked, it is one bucket.

    The file is locked for as long as one bucket is looked at; the system takes the lock from a process that ends. Each key has
    one of eight places, and of more callers the one who asked longest ago is forgotten. The clock is the system's, one for all.
    """

    def __init__(self, path: str, table: str, rate: int, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(rate, burst, clock)
        self._base = TABLES.index(table) * _TABLE
        self._file = os.open(path, os.O_RDWR)
        self._memory = mmap.mmap(self._file, _TABLE * len(TABLES))

    @staticmethod
    def made(path: Path) -> None:
        """Makes the file, for this user alone, without a bucket in it."""
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.truncate(_TABLE * len(TABLES))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        import fcntl

        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _kept(self, key: str) -> tuple[float, float] | None:
        number, places = self._places(key)
        for at in places:
            found, left, then = _SLOT.unpack_from(self._memory, at)
            if found == number:
                return left, then
        return None

    def _keep(self, key: str, left: float, now: float) -> None:
        number, places = self._places(key)
        known = [(_SLOT.unpack_from(self._memory, at), at) for at in places]
        own = next((at for (found, _, _), at in known if found == number), None)
        oldest = min(known, key=lambda one: one[0][2] if one[0][0] else float("-inf"))[1]
        _SLOT.pack_into(self._memory, oldest if own is None else own, number, left, now)

    def _places(self, key: str) -> tuple[int, range]:
        """The number of a key, never 0, and where it may stand."""
        number = int.from_bytes(hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=8).digest(), "big") or 1
        start = self._base + number % _SETS * _WAYS * _SLOT.size
        return number, range(start, start + _WAYS * _SLOT.size, _SLOT.size)


def limiter(counts: str, table: str, rate: int, burst: int) -> Limiter:
    """A limiter of this process, or by the file `counts` where one is named."""
    return SharedLimiter(counts, table, rate, burst) if counts else Limiter(rate, burst)
