"""Dates of other sources as days: what is known to the month or year stands for the whole of it."""

from __future__ import annotations

import re

from communique.resolve.dates import days_of

_WRITTEN = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?(?:[T ].*)?")


def bounds(value: str) -> tuple[str, str] | None:
    """First and last day of "2013", "2013-02", "2013-02-01" or a time stamp; None for what is no date."""
    match = _WRITTEN.fullmatch(value.strip())
    if match is None:
        return None
    parts = []
    for part in match.groups():
        if part is None or part == "00":
            break
        parts.append(part)
    days = days_of("-".join(parts)) if parts and parts[0] != "0000" else None
    return (days[0].isoformat(), days[1].isoformat()) if days else None


ENDED = "ended"
"""The end of an office that is over, though nobody wrote down since when."""


def term(since: str, until: str, *, undated: bool = False) -> tuple[str, str] | str:
    """(first day, last day) of an office held, from written dates, or why it is left out.

    `undated` keeps one without any date: then it counts as held at all times.
    """
    if until == ENDED:
        return "it ended, and nothing says when"
    first, last = bounds(since) if since else None, bounds(until) if until else None
    if (since and first is None) or (until and last is None):
        return "a date that is none"
    begin, end = first[0] if first else "", last[1] if last else ""
    if not begin and not end and not undated:
        return "no date of the office"
    if begin and end and begin > end:
        return "it ends before it begins"
    if end and end < EARLIEST:
        return f"it ended before {EARLIEST[:4]}"
    if begin and not end and begin < OPEN_SINCE:
        return f"it began before {OPEN_SINCE[:4]} and has no end"
    return begin, end


EARLIEST = "1990-01-01"
"""Offices that ended before are left out, as in the package's own table."""

OPEN_SINCE = "1950-01-01"
"""An office that began before and has no end is one whose end nobody wrote down."""
