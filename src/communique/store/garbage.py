"""When Python looks for garbage among what is kept: not while thousands of rows are made, of which none is.

It looks through all that the process holds each time that grew by a quarter, so that adding to a memory of many tellings
(`remembering`) costs more the more there are.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

SWEPT = 20
"""Calls of `Keeping.settle` after which all is looked through once: garbage of so many transactions waits meanwhile."""


@contextmanager
def uncollected() -> Iterator[None]:
    """Nobody looks for garbage meanwhile. Each tenth timeline of a busy dyad else waits until all of the process is looked
    through, for as long as it takes itself; 250 reports among 2,750 are added in 0.7 to 0.8 of the time."""
    if not gc.isenabled():
        yield
        return
    try:
        gc.disable()
        yield
    finally:
        gc.enable()


class Keeping:
    """What a process that adds for hours does between transactions: what it holds then is not looked through again each time."""

    def __init__(self) -> None:
        self.count = 0

    def settle(self) -> None:
        """All that is held stays, until every `SWEPT`th call looks through it."""
        self.count += 1
        if self.count % SWEPT == 0:
            gc.unfreeze()
            gc.collect()
        gc.freeze()
