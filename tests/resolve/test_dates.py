"""Dates as they are written down, and what is certain of a stretch of days."""

from __future__ import annotations

import datetime as dt

import pytest

from communique.resolve.dates import certain, common, historical

FRIDAY = dt.date(2024, 3, 15)


def test_certain_and_common() -> None:
    assert certain((dt.date(2024, 1, 31), dt.date(2024, 1, 31))) == "2024-01-31"
    assert certain((dt.date(2024, 1, 1), dt.date(2024, 1, 31))) == "2024-01"
    assert certain((dt.date(2024, 1, 1), dt.date(2024, 2, 1))) == "2024"
    assert certain((dt.date(2023, 12, 31), dt.date(2024, 1, 1))) == ""
    assert common(["2024-03-01", "2024-03-09"]) == "2024-03"
    assert common(["2024-03-01", ""]) == ""


@pytest.mark.parametrize(
    ("date", "is_so"),
    [("2024-03-14", False), ("2024-02-20", False), ("2024-01", True), ("2023", True), ("2024", None), ("", None)],
)
def test_historical_is_more_than_a_month_ago(date: str, is_so: bool | None) -> None:
    assert historical(date, FRIDAY) is is_so
