"""How often somebody may ask: a bucket each, which fills up again with time."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

REMEMBERED = 10_000
"""Callers remembered; beyond, the one who asked longest ago is forgotten, so that strangers cannot fill the memory."""


class Limiter:
    """At most `rate` a minute by each key, of which `burst` at once. Used from one event loop: it takes no lock."""

    def __init__(self, rate: int, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate, self.burst, self.clock = rate, max(1, burst), clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> float:
        """Counts a request of `key`; seconds that it has to wait, and then it is not counted, or 0."""
        left = self._now(key)
        if left < 1:
            return (1 - left) * 60 / self.rate
        self._left[key] = (left - 1, self.clock())
        self._left.move_to_end(key)
        if len(self._left) > REMEMBERED:
            self._left.popitem(last=False)
        return 0.0

    def _now(self, key: str) -> float:
        left, at = self._left.get(key, (float(self.burst), self.clock()))
        return min(float(self.burst), left + (self.clock() - at) * self.rate / 60)
