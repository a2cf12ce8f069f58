"""When a page says that it was published: any of the ways in which pages write a date to ISO 8601, its zone kept."""

from __future__ import annotations

import datetime as dt
import re

from communique.gather import instants
from communique.records import YEARS

_URL_DAY = re.compile(
    r"(?<!\d)((?:19|20)\d\d)(?:([/_-])(1[0-2]|0?[1-9]|[a-z]{3})\2(3[01]|[12]\d|0?[1-9])|(1[0-2]|0[1-9])(3[01]|[12]\d|0[1-9]))(?!\d)"
)
_MAIL = re.compile(r"(?:[A-Z][a-z]{2},\s*)?\d{1,2}\s[A-Z][a-z]{2}\s\d{4}\s\d{1,2}:\d\d(?!.*[ap]\.?m\b)", re.I)
_TIME = re.compile(r"\d{1,2}:\d\d|T\d\d")
_ZONE = re.compile(r"(?:Z|UTC|GMT|[+-]\d\d:?(?:\d\d)?)$")
_FORMATS = (
    "%B %d, %Y", "%d %B %Y", "%b %d, %Y", "%d %b %Y", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M",
    "%Y.%m.%d %H:%M", "%B %d, %Y %I:%M %p", "%b %d, %Y %I:%M %p", "%d %B %Y %H:%M", "%d %b %Y %H:%M", "%d.%m.%Y",
    "%d.%m.%Y %H:%M", "%a %b %d %H:%M:%S %Y",
    "%A, %B %d, %Y", "%A, %d %B %Y", "%a, %b %d, %Y", "%Y%m%dT%H%M%S", "%a %b %d %Y %H:%M:%S %z",
)  # fmt: skip
"""No format with a month and a day in figures that could change places: 03/04/2024 is two days."""

_AHEAD = dt.timedelta(hours=36)
"""How far ahead of now a page may be dated: a zone ahead of ours, and a paper that dates its morning's edition."""


def moment(value: str, now: dt.datetime | None = None) -> str:
    """`value` as ISO 8601, with time and zone where it has them; "" where it is no date, or lies ahead of `now`."""
    value = " ".join(value.split()).strip(" .,")
    if not 6 <= len(value) <= 60:
        return ""
    found = _epoch(value) or instants.iso(value) or (instants.mail(value) if _MAIL.match(value) else None) or _written(value)
    if found is None or found.year not in YEARS:
        return ""
    now = now or dt.datetime.now(dt.UTC)
    try:
        ahead = found.astimezone(dt.UTC) if found.tzinfo else found.replace(tzinfo=dt.UTC)
    except OverflowError:
        return ""
    if ahead > now + _AHEAD:
        return ""
    if not _TIME.search(value) and not value.isdigit():
        return found.date().isoformat()
    return found.date().isoformat() if value.isdigit() and len(value) == 8 else found.isoformat(timespec="seconds")


def has_zone(when: str) -> bool:
    """Whether an ISO 8601 moment says in which zone it is."""
    return len(when) > 10 and bool(_ZONE.search(when[10:]))


def of_url(url: str) -> str:
    """The day in an address such as ``/2024/04/10/talks`` or ``/2024/apr/10/talks``; "" where there is none."""
    for year, _, month, day, packed_month, packed_day in _URL_DAY.findall(url.lower().split("?")[0]):
        month, day = month or packed_month, day or packed_day
        try:
            number = int(month) if month.isdigit() else dt.datetime.strptime(month, "%b").month
            return dt.date(int(year), number, int(day)).isoformat()
        except ValueError:
            continue
    return ""


def _epoch(value: str) -> dt.datetime | None:
    """Seconds or milliseconds since 1970, in UTC."""
    if not value.isdigit() or len(value) not in (10, 13):
        return None
    return dt.datetime.fromtimestamp(int(value[:10]), dt.UTC)


def _written(value: str) -> dt.datetime | None:
    zone: dt.tzinfo | None = None
    if re.search(r"\s(?:UTC|GMT)\b(?![+-])", value):
        value, zone = re.sub(r"\s(?:UTC|GMT)\b", "", value), dt.UTC
    value = re.sub(r"\s?\([^)]*\)$", "", re.sub(r"\bGMT(?=[+-]\d)", "", value))  # as JavaScript writes it
    value = re.sub(r"(?i)^(?:(?:first )?published|posted|updated)?(?: on| at)?:? ", "", value)
    value = re.sub(r"(?i)\b([ap])\.?m\.?$", lambda m: m[1].upper() + "M", value.replace(" at ", " ").replace(" - ", " "))
    for form in _FORMATS:
        try:
            found = dt.datetime.strptime(value, form)
            return found if found.tzinfo else found.replace(tzinfo=zone)
        except ValueError:
            continue
    return None
