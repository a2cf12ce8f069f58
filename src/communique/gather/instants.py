"""Moments in the two forms that feeds, pages and mails share: ISO 8601 and RFC 5322, each with the liberties that are taken."""

from __future__ import annotations

import datetime as dt
import re
from email.utils import parsedate_to_datetime
from functools import cache

from communique.settings import read_table


def iso(value: str) -> dt.datetime | None:
    """`value` read as ISO 8601, with its zone where it names one; None where it is none.

    "2024-04-10 08:00:00 +0200", "2024-04-10 08:00 UTC", "+2:00" and fractions of any length are near enough.
    """
    if not value[:4].isdigit():
        return None
    value = re.sub(r"\s*(?:UTC|GMT)$", "+00:00", value)
    value = re.sub(r"\s+(?=[+-]\d\d:?\d\d$)", "", value)
    value = re.sub(r"([T ]\d\d:\d\d(?::\d\d)?)[.,]\d+", r"\1", value)
    value = re.sub(r"([+-])(\d)(?::(\d\d))$", r"\g<1>0\2:\3", value)
    try:
        return dt.datetime.fromisoformat(value)
    except ValueError:
        return None


def mail(value: str) -> dt.datetime | None:
    """`value` read as RFC 5322 ("Wed, 10 Apr 2024 08:00:00 EST"), zones by their letters too; None where it is none."""
    zone = re.search(r"\s\(?([A-Z]{1,5})\)?$", value)
    minutes = _zones().get(zone[1]) if zone else None
    if zone and minutes is not None:
        value = value[: zone.start()] + f" {'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"
    try:
        return parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


@cache
def _zones() -> dict[str, int]:
    return {row["name"]: int(row["minutes"]) for row in read_table("gather/zones.tsv")}
