"""Change points: found where the level changes, seldom where it does not (the figures at `changes.PENALTY`, on fewer series)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pytest

from communique.errors import InputError
from communique.measure.changes import changes
from communique.measure.series import Point, Series
from communique.ontology import event_types

pytest.importorskip("ruptures", reason="change points need the extra measure: pip install 'communique[measure]'")
MONDAY = dt.date(2020, 1, 6)


def made(rates: Sequence[float], seed: int) -> Series:
    """Weeks with a Poisson number of incidents, their scores those of types drawn at random."""
    random = np.random.default_rng(seed)
    scores = np.array([t.score for t in event_types().values()])
    points = []
    for n, rate in enumerate(rates):
        drawn = random.choice(scores, random.poisson(rate))
        start = MONDAY + dt.timedelta(weeks=n)
        points.append(
            Point(
                start.isoformat(), (start + dt.timedelta(days=6)).isoformat(), float(-drawn[drawn < 0].sum()),
                float(drawn[drawn > 0].sum()), incidents=tuple(f"i{n}.{k}" for k in range(len(drawn))),
            )
        )  # fmt: skip
    return Series("NOR", "RUS", "week", tuple(points))


def test_a_rate_that_trebles_is_found_where_it_does() -> None:
    found = [changes(made([2.0] * 52 + [6.0] * 52, seed)) for seed in range(20)]
    middle = (MONDAY + dt.timedelta(weeks=52)).isoformat()
    near = [any(abs((dt.date.fromisoformat(c.start) - dt.date.fromisoformat(middle)).days) <= 28 for c in one) for one in found]
    assert sum(near) >= 19
    change = next(c for one in found for c in one if c.start == middle)
    assert change.after[0] > 2 * change.before[0]
    assert change.incidents and all(52 <= int(i[1:].split(".")[0]) < 56 for i in change.incidents)


@pytest.mark.parametrize("rate", [0.3, 2.0])
def test_a_level_that_stays_has_seldom_a_change(rate: float) -> None:
    assert sum(bool(changes(made([rate] * 104, seed))) for seed in range(100, 120)) <= 2


def test_worse_and_better() -> None:
    quiet = [Point(f"2024-01-{n + 1:02}", "", conflict=float(n % 2), cooperation=4.0 + n % 2) for n in range(10)]
    loud = [Point(f"2024-02-{n + 1:02}", "", conflict=30.0 + n % 2, cooperation=float(n % 2)) for n in range(10)]
    (worse,) = changes(Series("A", "B", "day", (*quiet, *loud)))
    assert (worse.start, worse.direction) == ("2024-02-01", "worse")
    (better,) = changes(Series("A", "B", "day", (*loud, *quiet)))
    assert better.direction == "better" and better.to_dict()["direction"] == "better"


def test_short_and_flat_series_have_none() -> None:
    assert changes(made([5.0] * 7, 1)) == ()
    assert changes(Series("A", "B", "week", tuple(Point(f"2024-01-{n + 1:02}", "") for n in range(20)))) == ()
    with pytest.raises(InputError, match="must be above 0"):
        changes(made([1.0] * 20, 1), penalty=0)
