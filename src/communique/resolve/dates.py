"""Dates as they are written down: a day, a month or a year, as far as it is certain.

A stretch of days is written as what all of its days share, and as nothing where they share none. `time_expressions` reads the
words that say when; `timeline` says which event they belong to.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Sequence
from functools import lru_cache

Days = tuple[dt.date, dt.date]
"""First and last day of a stretch."""


def certain(days: Days | None) -> str:
    """What all days of a stretch share: a day, a month, a year, or nothing."""
    if days is None:
        return ""
    first, last = days
    if first == last:
        return first.isoformat()
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.year:04d}-{first.month:02d}"
    return f"{first.year:04d}" if first.year == last.year else ""


@lru_cache(maxsize=65_536)  # a series asks for each of its few thousand days several times
def days_of(date: str) -> Days | None:
    """The days that a written date stands for; None for "" and what is no date."""
    try:
        numbers = [int(part) for part in date.split("-")]
        if len(numbers) == 3:
            day = dt.date(*numbers)
            return day, day
        return month_days(numbers[0], numbers[1]) if len(numbers) == 2 else year_days(numbers[0])
    except ValueError:
        return None


def day_of(date: str, published: str, historical: bool = False) -> tuple[dt.date | None, bool]:
    """The day that stands for a written `date`, and whether it is that date's own.

    Where `date` is empty, or a month or year that the day of publication lies in, that day stands for it; None where it
    does not, since "2019" is no day of 2024, or where nothing is known. What is told as history (`historical`) never stands
    on the day of publication.
    """
    span, seen = days_of(date), days_of(published)
    if span is not None and span[0] == span[1]:
        return span[0], True
    if historical or seen is None or seen[0] != seen[1]:
        return None, False
    if span is None:
        # What is no date at all ("spring") is as good as none.
        return seen[0], False
    return (seen[0], False) if span[0] <= seen[0] <= span[1] else (None, False)


def common(dates: Sequence[str]) -> str:
    """The certain part of several written dates."""
    spans = [d for d in map(days_of, dates) if d]
    if len(spans) != len(dates) or not spans:
        return ""
    return certain((min(s[0] for s in spans), max(s[1] for s in spans)))


WHEN = ("none", "day", "eve", "week", "past-day", "month", "past-month", "year", "past-year", "coming")
"""When an event is dated, seen from its report's publication (`when`)."""


def when(date: str, published: dt.date) -> str:
    """The class of a date (YYYY, YYYY-MM, YYYY-MM-DD, "" for none) in a report of `published`.

    Of days: the publication's own, the day before, the week before, any earlier; of months and years: the publication's own or an
    earlier one; whatever comes later.
    """
    if not date:
        return "none"
    day = published.isoformat()[: len(date)]
    if date > day:
        return "coming"
    if len(date) < 10:
        unit = "year" if len(date) == 4 else "month"
        return unit if date == day else f"past-{unit}"
    ago = (published - dt.date.fromisoformat(date)).days
    return "day" if ago == 0 else "eve" if ago == 1 else "week" if ago <= 8 else "past-day"


def historical(date: str, published: dt.date | None) -> bool | None:
    """Whether a date is more than about a month before the report; None where it does not settle it."""
    days = days_of(date)
    if days is None or published is None:
        return None
    month_ago = published - dt.timedelta(days=35)
    if days[1] < month_ago:
        return True
    return False if days[0] >= month_ago else None


def year_days(year: int) -> Days:
    return dt.date(year, 1, 1), dt.date(year, 12, 31)


def month_days(year: int, month: int) -> Days:
    return dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1])


def shifted_month(day: dt.date, months: int) -> Days:
    at = day.year * 12 + day.month - 1 + months
    return month_days(at // 12, at % 12 + 1)


def shifted(anchor: str, shift: tuple[str, str, int, int]) -> str:
    """The date that lies `shift` from another event's `anchor` date."""
    days, (_, unit, low, high) = days_of(anchor), shift
    if days is None:
        return ""
    if unit in ("minute", "hour"):
        return anchor
    if unit == "day":
        if days[0] != days[1]:
            return anchor if len(anchor) == 4 else ""
        return certain((days[0] + dt.timedelta(days=low), days[0] + dt.timedelta(days=high)))
    if unit == "week":
        return certain((days[0] + dt.timedelta(days=7 * low - 3), days[1] + dt.timedelta(days=7 * high + 3)))
    if unit == "month":
        return certain((shifted_month(days[0], low)[0], shifted_month(days[1], high)[1]))
    return certain((dt.date(days[0].year + low, 1, 1), dt.date(days[1].year + high, 12, 31)))
