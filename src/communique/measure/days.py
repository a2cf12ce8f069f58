"""The periods of a series."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from communique.errors import InputError

PERIODS = ("day", "week", "month")
ONE = dt.timedelta(days=1)


def start_of(day: dt.date, period: str) -> dt.date:
    """The first day of the period that `day` lies in; weeks begin on Monday. Raises `InputError` for another period."""
    if period == "day":
        return day
    if period == "week":
        return day - dt.timedelta(days=day.weekday())
    if period == "month":
        return day.replace(day=1)
    raise InputError(f"period {period!r}", "is not one of " + ", ".join(PERIODS))


def next_start(start: dt.date, period: str) -> dt.date:
    """The first day of the period after the one that begins on `start`."""
    if period == "month":
        return (start.replace(day=28) + 4 * ONE).replace(day=1)
    return start + (7 if period == "week" else 1) * ONE


def starts(first: dt.date, last: dt.date, period: str) -> Iterator[dt.date]:
    """First days of all periods from the one of `first` to the one of `last`."""
    at = start_of(first, period)
    while at <= last:
        yield at
        at = next_start(at, period)


def parsed(day: str, name: str) -> dt.date | None:
    """A day given by the caller as YYYY-MM-DD; None for "". Raises `InputError`, naming the argument, for anything else."""
    if not day:
        return None
    try:
        return dt.date.fromisoformat(day)
    except ValueError:
        raise InputError(f"{name} {day!r}", "is not a day", "write it as YYYY-MM-DD, such as 2024-04-10") from None
