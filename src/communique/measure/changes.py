"""When conflict and cooperation between two parties changed their level: change points of a series, by PELT (Killick 2012)."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from communique.errors import InputError
from communique.measure.extras import optional
from communique.measure.series import Point, Series

PENALTY = 2.0
"""Cost of a change point, in units of the number of columns times the logarithm of the number of periods.

Tuned on made series of 104 weeks, Poisson incidents with the scores of types at random. Of 100 without a change, it found one in
3, 2, 0 and 1 at 0.3, 1, 2 and 5 incidents a week (at 1.5: 14, 4, 2, 3). Of 40 whose rate trebled half-way, it found that within
four weeks in 12, 38, 40 and 40. tests/measure/test_changes.py repeats it on fewer: rerun it after altering this or `_columns`.
"""

LEAST = 4
"""Fewest periods between two change points."""

NAMED = 5
"""Most incidents named with a change."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Change:
    """From the period that begins on `start` on, the level is another one.

    `before` and `after` are the means a period of (conflict, cooperation) from the change point before to the one after;
    `incidents` are those of the periods after it that moved it most, the largest first.
    """

    start: str
    before: tuple[float, float]
    after: tuple[float, float]
    incidents: tuple[str, ...]

    @property
    def direction(self) -> str:
        """"worse" where conflict less cooperation has grown, else "better"."""
        return "worse" if self.after[0] - self.after[1] > self.before[0] - self.before[1] else "better"

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self) | {"direction": self.direction}


def changes(series: Series, *, penalty: float = PENALTY, least: int = LEAST) -> tuple[Change, ...]:
    """The change points of `series`, in order; () where it is shorter than twice `least` periods or never changes.

    The last period counts like any other: end the series with a whole one. Raises `InputError` for a penalty or `least`
    that is not above 0, `MissingExtraError` without ruptures.
    """
    if penalty <= 0 or least < 1:
        raise InputError(f"penalty {penalty!r}, least {least!r}", "must be above 0")
    points = series.points
    if len(points) < 2 * least:
        return ()
    signal = _columns(points)
    if not signal.shape[1]:
        return ()
    ruptures = optional("ruptures", "measure", "change points")
    cost = penalty * signal.shape[1] * math.log(len(points))
    ends = [int(n) for n in ruptures.KernelCPD(kernel="linear", min_size=least).fit(signal).predict(pen=cost)]
    bounds = [0, *ends]
    return tuple(
        Change(points[at].start, _means(points[a:at]), _means(points[at:b]), _named(points[at:b], least))
        for a, at, b in zip(bounds, bounds[1:], bounds[2:], strict=False)
    )


def _columns(points: Sequence[Point]) -> Floats:
    """Conflict and cooperation as columns of like noise: square roots, so that noise does not grow with the level, over what
    neighbours differ by. A column that never changes is left out."""
    out = []
    for raw in ([p.conflict for p in points], [p.cooperation for p in points]):
        column = np.sqrt(np.array(raw, dtype=np.float64))
        if noise := _noise(column):
            out.append(column / noise)
    return np.stack(out, axis=1) if out else np.empty((len(points), 0))


def _noise(column: Floats) -> float:
    """The standard deviation around a level that may change: from differences of neighbours, which a change hardly moves."""
    steps = np.diff(column)
    return float(np.sqrt(np.mean(steps**2) / 2)) if len(steps) else 0.0


def _means(points: Sequence[Point]) -> tuple[float, float]:
    n = len(points)
    return round(sum(p.conflict for p in points) / n, 4), round(sum(p.cooperation for p in points) / n, 4)


def _named(points: Sequence[Point], least: int) -> tuple[str, ...]:
    """Incidents of the periods right after a change, those of the heaviest period first."""
    near = sorted(points[:least], key=lambda p: (-max(p.conflict, p.cooperation), p.start))
    return tuple(dict.fromkeys(i for p in near for i in p.incidents))[:NAMED]
