"""How tense it is between two parties: a decayed sum of scores, with how far chance could have moved it.

    T(t) = Σ w(i) · 2^(−(t − d(i)) / h)      over incidents i on days d(i) ≤ t

`w` is minus the score of a conflict, and minus `cooperation` times that of a cooperation; `h` is the half-life in days. So
an air strike (score −9.5) adds 9.5 on its day, 4.75 a half-life later, and a visit (1.0) takes 1.0 off. It has no upper
bound, 0 is quiet, below 0 is a thaw; it grows with how much is reported, and compares a dyad with itself, not with another.

Uncertainty: a Poisson bootstrap. Each draw counts every incident 0, 1, 2, ... times (Poisson with mean 1), which says how far
the index would move if chance had brought as many incidents of that kind, but not these. It does not know of misread reports.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from communique.errors import InputError
from communique.measure.days import parsed
from communique.measure.rows import placed, reach, score_of
from communique.measure.series import ACTUAL
from communique.records import SeriesRow

HALF_LIFE = 14.0
"""Days. Chosen, not fitted: a quarrel that is not renewed is at a quarter after four weeks."""

FADED = 24
"""Half-lives after which an incident is forgotten: of 10, less than a millionth is left, the last digit that is given."""

DRAWS = 300
"""Chosen for its cost: 15 of them lie below the low edge, and 1,000 took most of the time of a busy dyad's timeline."""

EVEN = 1 << 16
"""Outcomes, all as likely, that stand for a Poisson number: it is above 8 in one of 900,000, which is never drawn."""

CHUNK = 2_000_000
"""Most numbers drawn at once, so that memory stays below some 50 MB."""

Floats = NDArray[np.float64]
Draws = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TensionPoint:
    """One day: `value` = `conflict` − `cooperation`, both decayed; `low` and `high` bound the middle of the draws."""

    day: str
    value: float
    low: float
    high: float
    conflict: float
    cooperation: float


@dataclass(frozen=True, slots=True)
class Tension:
    """The index by day. `level` of the draws lie between low and high."""

    half_life: float
    draws: int
    level: float
    points: tuple[TensionPoint, ...]

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


def tension(
    rows: Iterable[SeriesRow], *, since: str = "", until: str = "", half_life: float = HALF_LIFE, cooperation: float = 1.0,
    draws: int = DRAWS, level: float = 0.9, seed: int = 0, statuses: Collection[str] = ACTUAL,
) -> Tension:  # fmt: skip
    """The index on each day from `since` (else the first incident) to `until` (else the last); where these are not given,
    what is dated more than a month before the first report or after the last makes no day of its own (`rows.reach`).

    Incidents before the first day count, decayed. Those without a date count on their day of publication; those without any day
    are left out (`series` counts them). The same rows, in whatever order, and `seed` give the same numbers. `draws` 0
    leaves `low` and `high` at the value. Raises `InputError` for a half-life or level out of range, and for what is no day.
    """
    if not half_life > 0:
        raise InputError(f"half_life {half_life!r}", "is not above 0", "give days, such as 14")
    if not 0 < level < 1:
        raise InputError(f"level {level!r}", "is not between 0 and 1", "give a share, such as 0.9")
    first, last = parsed(since, "since"), parsed(until, "until")
    rows = list(rows)
    early, late = reach(rows)
    early, late = first or early, last or late
    gone = early.toordinal() - FADED * half_life
    days = ((placed(row)[0], row) for row in rows if row.status in statuses)
    told = sorted((day, row.incident, score_of(row)) for day, row in days if day)
    told = [one for one in told if one[0] <= late and one[0].toordinal() >= gone]
    start = first or next((d for d, _, _ in told if d >= early), None)
    end = last or (told[-1][0] if told else None)
    if not told or start is None or end is None or start > end:
        return Tension(half_life, draws, level, ())
    begin = told[0][0]
    index = np.array([(d - begin).days for d, _, _ in told], dtype=np.int64)
    scores = np.array([s for _, _, s in told], dtype=np.float64)
    weights = np.where(scores < 0, -scores, -cooperation * scores)
    keep = 0.5 ** (1.0 / half_life)
    size = (end - begin).days + 1
    both = np.zeros((size, 2))
    np.add.at(both, index, np.stack([np.maximum(weights, 0.0), np.maximum(-weights, 0.0)], axis=1))
    up, down = (np.array(list(accumulate(column, lambda left, new: left * keep + new))) for column in both.T.tolist())
    skip = max((start - begin).days, 0)
    low, high = _bounds(index, weights, size, skip, keep, draws, level, seed) if draws else ((up - down)[skip:],) * 2
    up, down = up[skip:], down[skip:]
    values = np.stack([up - down, low, high, up, down], axis=1).round(6).tolist()
    named = (np.datetime64(begin) + np.arange(skip, size)).astype(str).tolist()
    points = tuple(TensionPoint(day, *line) for day, line in zip(named, values, strict=True))
    return Tension(half_life, draws, level, points)


def _decay(added: Floats, keep: float) -> None:
    """Makes of what each day (first axis) adds a running sum, which keeps `keep` of the day before's."""
    left = np.empty_like(added[0])
    for before, day in pairwise(added):
        day += np.multiply(before, keep, out=left)


def _bounds(
    index: NDArray[np.int64], weights: Floats, size: int, skip: int, keep: float, draws: int, level: float, seed: int
) -> tuple[Floats, Floats]:
    """The quantiles that hold the middle `level` of the draws, by day from `skip` on; `index` is sorted."""
    random, poisson = np.random.default_rng(seed), _poisson()
    days, begins = np.unique(index, return_index=True)
    weight = weights.astype(np.float32)[:, None]
    drawn: Draws = np.empty((size - skip, draws), dtype=np.float32)
    step = max(1, min(draws, CHUNK // max(len(index), size)))
    for at in range(0, draws, step):
        count = min(step, draws - at)
        times = poisson.take(random.integers(0, EVEN, (len(index), count), dtype=np.uint16))
        times *= weight
        added = np.zeros((size, count))
        added[days] = np.add.reduceat(times, begins, axis=0)
        _decay(added, keep)
        drawn[:, at : at + count] = added[skip:]
    # All in order, since that is a quarter of what numpy takes over the two places of a quantile.
    drawn.sort(axis=1)
    edge = (1 - level) / 2
    return _at(drawn, edge), _at(drawn, 1 - edge)


@lru_cache(maxsize=1)
def _poisson() -> Draws:
    """Poisson numbers with mean 1 by `EVEN` outcomes: each as often as is likely, to the nearest one."""
    reached = np.cumsum([math.exp(-1) / math.factorial(k) for k in range(20)])
    return np.searchsorted(reached, (np.arange(EVEN) + 0.5) / EVEN).astype(np.float32)


def _at(drawn: Draws, share: float) -> Floats:
    """The quantile of each row of sorted numbers, between two of them in proportion."""
    place = share * (drawn.shape[1] - 1)
    below = int(place)
    low: Floats = drawn[:, below].astype(np.float64)
    high: Floats = drawn[:, min(below + 1, drawn.shape[1] - 1)].astype(np.float64)
    out: Floats = low + (high - low) * (place - below)
    return out
