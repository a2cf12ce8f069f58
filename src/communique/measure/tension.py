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
import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from communique.errors import InputError
from communique.measure.days import ONE, parsed
from communique.measure.rows import placed, reach, score_of
from communique.measure.series import ACTUAL
from communique.records import SeriesRow

HALF_LIFE = 14.0
"""Days. Chosen, not fitted: a quarrel that is not renewed is at a quarter after four weeks."""

FADED = 24
"""Half-lives after which an incident is forgotten: of 10, less than a millionth is left, the last digit that is given."""

DRAWS = 300
"""Chosen for its cost: 15 of them lie below the low edge, and 1,000 took most of the time of a busy dyad's timeline."""

CHUNK = 2_000_000
"""Most numbers drawn at once, so that memory stays below some 50 MB."""

Floats = NDArray[np.float64]


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
    told = sorted((d, row.incident, score_of(row)) for row in rows if row.status in statuses for d in _days(row))
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
    up, down = _decayed(both, keep).T
    skip = max((start - begin).days, 0)
    low, high = _bounds(index, weights, size, skip, keep, draws, level, seed) if draws else ((up - down)[skip:],) * 2
    points = tuple(
        TensionPoint((begin + (skip + n) * ONE).isoformat(), *(round(float(v), 6) for v in (u - w, lo, hi, u, w)))
        for n, (u, w, lo, hi) in enumerate(zip(up[skip:], down[skip:], low, high, strict=True))
    )
    return Tension(half_life, draws, level, points)


def _days(row: SeriesRow) -> tuple[dt.date, ...]:
    day, _ = placed(row)
    return (day,) if day else ()


def _decayed(added: Floats, keep: float) -> Floats:
    """Running sums over days (first axis), each day's keeping `keep` of the day before's."""
    out = np.array(added, dtype=np.float64)
    left = np.empty_like(out[0])
    for before, day in pairwise(out):
        day += np.multiply(before, keep, out=left)
    return out


def _bounds(
    index: NDArray[np.int64], weights: Floats, size: int, skip: int, keep: float, draws: int, level: float, seed: int
) -> tuple[Floats, Floats]:
    """The quantiles that hold the middle `level` of the draws, by day from `skip` on; `index` is sorted."""
    random = np.random.default_rng(seed)
    # As many as are alike on one day are drawn together: a sum of n draws with mean 1 is one draw with mean n.
    alike, many = np.unique(np.stack([index.astype(np.float64), weights], axis=1), axis=0, return_counts=True)
    index, weights = alike[:, 0].astype(np.int64), alike[:, 1]
    days, begins = np.unique(index, return_index=True)
    drawn = np.empty((size - skip, draws), dtype=np.float32)
    step = max(1, min(draws, CHUNK // max(len(index), size)))
    for at in range(0, draws, step):
        count = min(step, draws - at)
        times = random.poisson(many[:, None], (len(index), count)) * weights[:, None]
        added = np.zeros((size, count))
        added[days] = np.add.reduceat(times, begins, axis=0)
        drawn[:, at : at + count] = _decayed(added, keep)[skip:]
    edge = (1 - level) / 2
    bounds = [np.quantile(drawn[at : at + 1000], (edge, 1 - edge), axis=1) for at in range(0, len(drawn), 1000)]
    low, high = np.concatenate(bounds, axis=1)
    return low, high
