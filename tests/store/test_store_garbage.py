"""Garbage waits while reports are added, and does not wait for ever."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from communique.store.garbage import SWEPT, Keeping, uncollected


class Ring:
    """Holds itself, so that only the collector can take it away."""

    def __init__(self) -> None:
        self.own = self


@pytest.fixture(autouse=True)
def _thawed() -> Iterator[None]:
    gc.collect()
    yield
    gc.unfreeze()
    assert gc.isenabled()


def test_nobody_looks_meanwhile_and_somebody_afterwards() -> None:
    with uncollected():
        assert not gc.isenabled()
        with uncollected():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError), uncollected():
        1 / 0  # noqa: B018
    assert gc.isenabled()


def test_what_is_held_is_looked_through_now_and_then() -> None:
    keeping, gone = Keeping(), weakref.ref(Ring())
    keeping.settle()
    gc.collect()
    assert gone() is not None and gc.get_freeze_count() > 0
    for _ in range(SWEPT - 1):
        keeping.settle()
    assert gone() is None
