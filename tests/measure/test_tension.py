"""The tension index: its formula, its uncertainty, and that neither hangs on the order of rows."""

from __future__ import annotations

import dataclasses

import pytest
from dyads import row, weekly

from communique.errors import InputError
from communique.measure.tension import tension


def test_the_formula() -> None:
    rows = [row("a", "ASSAULT", "2024-01-01"), row("b", "CONSULT", "2024-01-15")]
    points = {p.day: p for p in tension(rows, until="2024-01-29", half_life=14, draws=0).points}
    assert points["2024-01-01"].value == 9.5
    assert points["2024-01-15"].value == pytest.approx(9.5 / 2 - 1)
    assert (points["2024-01-29"].conflict, points["2024-01-29"].cooperation) == (pytest.approx(2.375), pytest.approx(0.5))
    assert points["2024-01-29"].low == points["2024-01-29"].high == points["2024-01-29"].value
    lighter = tension(rows, until="2024-01-15", half_life=14, cooperation=0.5, draws=0).points[-1]
    assert lighter.value == pytest.approx(9.5 / 2 - 0.5)


def test_only_what_is_actual_counts_unless_asked() -> None:
    rows = [row("a", "ASSAULT", "2024-01-01"), row("b", "ASSAULT", "2024-01-01", status="claimed")]
    assert tension(rows, draws=0).points[0].value == 9.5
    assert tension(rows, draws=0, statuses=("actual", "claimed")).points[0].value == 19.0


def test_what_lies_before_is_still_felt() -> None:
    rows = weekly("THREATEN", 10)
    everything = {p.day: p for p in tension(rows, draws=50).points}
    later = tension(rows, since="2023-02-20", draws=50).points
    assert later[0].day == "2023-02-20" and later[0] == everything["2023-02-20"]


def test_long_ago_makes_no_days_and_old_tension_is_still_felt() -> None:
    # As in test_series: 63,000 days times 1,000 draws.
    before = [row("old", "ASSAULT", "1850-01-01"), row("autumn", "ASSAULT", "2023-11-20")]
    rows = [row("now", "THREATEN", "2024-01-01"), *(dataclasses.replace(r, first_seen="2024-01-01") for r in before)]
    (point,) = tension(rows, draws=10).points
    assert point.day == "2024-01-01" and point.value == pytest.approx(5.8 + 9.5 * 0.5 ** (42 / 14), abs=2)
    assert point.value > tension(rows[:2], draws=0).points[0].value
    assert [p.day for p in tension(rows, since="1850-01-01", until="1850-01-02", draws=0).points] == ["1850-01-01", "1850-01-02"]


def test_nothing_after_the_last_incident_unless_asked() -> None:
    # `since` behind the last incident asked for an array of a negative size.
    rows = [row("a", "ASSAULT", "2024-01-01")]
    assert tension(rows, since="2024-02-01").points == ()
    assert len(tension(rows, since="2024-02-01", until="2024-02-02").points) == 2


def test_order_does_not_matter_and_a_seed_gives_the_same_bounds() -> None:
    rows = weekly("ACCUSE", 12) + weekly("AID", 12, prefix="c")
    assert tension(rows, draws=100) == tension(rows[::-1], draws=100)
    assert tension(rows, draws=100, seed=1) != tension(rows, draws=100)


def test_bounds_hold_what_theory_says() -> None:
    # 100 incidents of weight 2 on one day: a draw is 2 × Poisson(100), whose middle 90 percent are about 200 ± 33.
    rows = [row(f"i{n}", "ACCUSE", "2024-01-01") for n in range(100)]
    (point,) = tension(rows, draws=2000, level=0.9).points
    assert point.value == 200
    assert point.low == pytest.approx(200 - 33, abs=4) and point.high == pytest.approx(200 + 33, abs=4)


def test_bounds_grow_relative_to_the_value_where_there_is_little() -> None:
    few = tension([row("a", "ACCUSE", "2024-01-01")], draws=500).points[0]
    many = tension([row(f"i{n}", "ACCUSE", "2024-01-01") for n in range(50)], draws=500).points[0]
    assert (few.high - few.low) / few.value > (many.high - many.low) / many.value


@pytest.mark.parametrize("wrong", [{"half_life": 0}, {"level": 1.0}, {"since": "soon"}])
def test_what_is_out_of_range_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        tension(weekly("AID", 3), **wrong)  # type: ignore[arg-type]


def test_nothing_gives_nothing_and_a_row_without_any_day_is_left_aside() -> None:
    assert tension([]).points == ()
    lost = dataclasses.replace(row("a", "AID", "2024-01-01"), day="", date="", first_seen="", dated=False)
    assert tension([lost]).points == ()
