"""When: the time expressions of a sentence, anchored at the publication date.

Every expression names a stretch of days; what is written down is what is certain of it (`dates.certain`): "last week" is a
month, or a year where the week crosses a month's end. The day of publication is no fallback here. `timeline` says which event
an expression belongs to.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from communique.resolve.dates import Days, certain, month_days, shifted_month, year_days
from communique.settings import read_table

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NEXT_WORDS = re.compile(r"(?P<comma>,)?(?P<words>(?:\s+[\w-]+){1,2})")
_ON = re.compile(r"\bon\s+$", re.IGNORECASE)
_MORE_THAN = re.compile(r"\b(?:more\s+than|over)\s+$", re.IGNORECASE)
_FRESH = 21
"""Days for which a new event goes by its month and day alone. Chosen by hand: the texts at hand hold too few to measure."""
_ABOUT = 60
"""Characters before and behind a day in which the words are looked for that settle which one is meant."""
_STOP = re.compile(r"(?<=[\w”\"’)])[.?!][”\"]?\s+(?=[A-Z“\"])|\n")
_SEASONS = {"winter": (12, 3), "spring": (3, 6), "summer": (6, 9), "autumn": (9, 12), "fall": (9, 12)}
_ONE_TO_TWELVE = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_TEENS = ("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_NUMBERS = {w: (n, n) for n, w in enumerate((*_ONE_TO_TWELVE, *_TEENS), 1)}
_NUMBERS |= {w: (10 * n, 10 * n) for n, w in enumerate(_TENS, 2)}
_NUMBERS |= {"a": (1, 1), "an": (1, 1), "the": (1, 1), "a few": (2, 5), "few": (2, 5), "a couple of": (2, 3), "several": (3, 8)}
_NUMBERS |= {"couple of": (2, 3), "just": (1, 6), "": (1, 6)}

_NAMES = (
    r"Jan(?:uary|\.)?|Feb(?:ruary|\.)?|March|Mar\.|April|Apr\.|June|Jun\.|July|Jul\.|Aug(?:ust|\.)?"
    r"|Sept(?:ember|\.)?|Sep\.|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?"
)
_MONTH = rf"(?P<month>{_NAMES}|May)"
_MONTH_ALONE = rf"(?P<month>{_NAMES}|May(?!\s+(?:said|says|told|was|is|has|had|will|would|and\s+h[ei]))(?!['’]s))"
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?![\d%:]|,\d{3}|\.\d|\s+(?:percent|people|troops|soldiers|million))"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_WEEKDAY = r"(?P<weekday>Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_N = rf"(?P<n>\d{{1,3}}|a\s+few|a\s+couple\s+of|couple\s+of|an?|few|several|just|{'|'.join((*_TEENS, *_TENS, *_ONE_TO_TWELVE))})"


@dataclass(frozen=True, slots=True)
class TimeExpression:
    """Words that say when, as offsets into the report, and the date that they name ("" where it cannot be told).

    `ahead` is the date they name for something yet to come ("on Friday"); `attached` marks words that belong to the noun
    behind them ("Thursday's talks", "the 2015 deal"). A `shift` counts from another event: (kind of anchor, unit, least,
    most), as in "two days later".
    """

    start: int
    end: int
    date: str
    kind: str
    ahead: str = ""
    attached: bool = False
    shift: tuple[str, str, int, int] | None = None


def _month(match: re.Match[str], group: str = "month") -> int:
    return _MONTHS.index(match[group].lower()[:3]) + 1


def _calendar_day(year: int, month: int, day: int) -> Days:
    try:
        return (dt.date(year, month, day),) * 2
    except ValueError:
        return month_days(year, month)


def count(words: str) -> tuple[int, int]:
    """Least and most of a number in words or digits."""
    words = " ".join(words.lower().split())
    return (int(words), int(words)) if words.isdigit() else _NUMBERS.get(words, (1, 6))


def _full(m: re.Match[str], _: dt.date, __: bool) -> Days:
    return _calendar_day(int(m["year"]), _month(m), int(m["day"]))


def _iso(m: re.Match[str], _: dt.date, __: bool) -> Days | None:
    return _calendar_day(int(m["year"]), int(m["mm"]), int(m["dd"])) if 1 <= int(m["mm"]) <= 12 else None


def _month_year(m: re.Match[str], _: dt.date, __: bool) -> Days:
    return month_days(int(m["year"]), _month(m))


def _year(m: re.Match[str], _: dt.date, __: bool) -> Days:
    return year_days(int(m["year"]))


def _years(m: re.Match[str], _: dt.date, __: bool) -> Days:
    last = m["last"] if len(m["last"]) == 4 else m["year"][:2] + m["last"]
    return dt.date(int(m["year"]), 1, 1), dt.date(int(last), 12, 31)


def _nearest_year(month: int, today: dt.date, ahead: bool, which: str = "") -> int:
    """The year of a month named alone: the last one, or the next for what is to come."""
    if ahead and which != "last":
        return today.year + (month < today.month)
    return today.year - (month > today.month or (which == "last" and month == today.month))


def _month_day(m: re.Match[str], today: dt.date, ahead: bool) -> Days:
    days = _calendar_day(_nearest_year(_month(m), today, ahead), _month(m), int(m["day"]))
    if not ahead and (days[0] - today).days > 1:  # later in the month of publication, and told as past: the clock was ahead
        return _calendar_day(today.year - 1, _month(m), int(m["day"]))
    return days


def _month_days_range(m: re.Match[str], today: dt.date, ahead: bool) -> Days:
    year = _nearest_year(_month(m), today, ahead)
    return _calendar_day(year, _month(m), int(m["day"]))[0], _calendar_day(year, _month(m), int(m["last"]))[1]


def _month_alone(m: re.Match[str], today: dt.date, ahead: bool) -> Days:
    which = (m.groupdict().get("which") or "").lower()
    return month_days(_nearest_year(_month(m), today, ahead or which == "next", which), _month(m))


def _months(m: re.Match[str], today: dt.date, ahead: bool) -> Days | None:
    first = month_days(_nearest_year(_month(m), today, ahead), _month(m))
    last = month_days(_nearest_year(_month(m, "last"), today, ahead), _month(m, "last"))
    return (first[0], last[1]) if first[0] <= last[0] else None


def _weekday(m: re.Match[str], today: dt.date, ahead: bool) -> Days:
    which, target = (m["which"] or "").lower(), _WEEKDAYS.index(m["weekday"].lower()[:3])
    if which == "next" or (ahead and which != "last"):
        step = (target - today.weekday()) % 7 or (7 if which == "next" else 0)
    else:
        step = -((today.weekday() - target) % 7 or (7 if which == "last" else 0))
    return (today + dt.timedelta(days=step),) * 2


def _named(m: re.Match[str], today: dt.date, _: bool) -> Days:
    word = " ".join(m["word"].lower().split())
    step = -1 if word.startswith(("yesterday", "last")) else 1 if word.startswith("tomorrow") else 0
    day = today + dt.timedelta(days=step)
    return (day - dt.timedelta(days=1), day) if word == "overnight" else (day, day)


def _week(monday: dt.date, which: str, today: dt.date, ahead: bool) -> Days:
    sunday = monday + dt.timedelta(days=6)
    if which == "later this" or (ahead and which == "this"):
        return today, max(today, sunday)
    return (monday, max(monday, today)) if which in ("this", "earlier this") else (monday, sunday)


def _relative(m: re.Match[str], today: dt.date, ahead: bool) -> Days:
    which, unit = " ".join(m["which"].lower().split()), m["unit"].lower()
    step = -1 if which.endswith(("last", "past", "previous")) else 1 if which in ("next", "coming") else 0
    if unit == "year":
        return year_days(today.year + step)
    if unit == "month":
        return shifted_month(today, step)
    if unit in _SEASONS:
        return _season(unit, today, step)
    monday = today - dt.timedelta(days=today.weekday()) + dt.timedelta(weeks=step)
    if unit == "week":
        return _week(monday, which, today, ahead)
    saturday = monday + dt.timedelta(days=5)
    if saturday > today and step == 0 and not ahead:
        saturday -= dt.timedelta(weeks=1)
    return saturday, saturday + dt.timedelta(days=1)


def _season(unit: str, today: dt.date, step: int) -> Days:
    first, last = _SEASONS[unit]
    year = today.year + step
    if step < 0 and first < last and today.month >= last + 3:  # "last spring", said in October, is this year's
        year, step = today.year, 0
    if step < 0 and today.month > last % 12:  # "last summer", said in October, may be the one just over
        return dt.date(year, 1, 1), dt.date(today.year, 12, 31)
    return dt.date(year - (first > last), first, 1), month_days(year, last)[1]


def _weekend(_: re.Match[str], today: dt.date, ahead: bool) -> Days:
    saturday = today + dt.timedelta(days=(5 - today.weekday()) % 7 if ahead else -((today.weekday() - 5) % 7))
    return saturday, saturday + dt.timedelta(days=1)


def _ago(m: re.Match[str], today: dt.date, _: bool) -> Days:
    least, most = count(m["n"] or "")
    most += bool(_MORE_THAN.search(m.string, max(0, m.start() - 12), m.start()))
    unit = m["unit"].lower()
    if unit in ("minute", "hour"):
        return (today, today) if most * (unit == "hour") < 6 else (today - dt.timedelta(days=1), today)
    if unit == "day":
        return today - dt.timedelta(days=most), today - dt.timedelta(days=least)
    if unit == "fortnight":
        least, most, unit = 2 * least, 2 * most, "week"
    if unit == "week":
        return today - dt.timedelta(days=7 * most + 3), today - dt.timedelta(days=7 * least - 3)
    if unit == "month":
        return shifted_month(today, -most)[0], shifted_month(today, -least)[1]
    years = most * (10 if unit == "decade" else 1)
    return dt.date(max(1, today.year - years), 1, 1), dt.date(max(1, today.year - least), 12, 31)


def _in(m: re.Match[str], today: dt.date, ahead: bool) -> Days | None:
    """What is to come "in nine days"; of what has been, "in four years" is a stretch of time."""
    if not ahead:
        return None
    least, most = count(m["n"])
    if m[0].lower().startswith("within"):
        least = 0
    unit = m["unit"].lower()
    if unit == "day":
        return today + dt.timedelta(days=least), today + dt.timedelta(days=most)
    if unit == "week":
        return today + dt.timedelta(days=max(0, 7 * least - 3)), today + dt.timedelta(days=7 * most + 3)
    if unit == "month":
        return shifted_month(today, least)[0], shifted_month(today, most)[1]
    return dt.date(today.year + least, 1, 1), dt.date(today.year + most, 12, 31)


def _season_of(m: re.Match[str], today: dt.date, _: bool) -> Days:
    first, last = _SEASONS[m["season"].lower()]
    year = int(m["year"])
    return dt.date(year, first, 1), month_days(year + (first > last), last)[1]


def _season_alone(m: re.Match[str], today: dt.date, ahead: bool) -> Days:
    """The last season of that name that has begun, or the next one that has not ended."""
    first, last = _SEASONS[m["season"].lower()]
    year = today.year
    if not ahead and dt.date(year, first, 1) > today:
        year -= 1
    if ahead and month_days(year + (first > last), last)[1] < today:
        year += 1
    return dt.date(year, first, 1), month_days(year + (first > last), last)[1]


def _nth(m: re.Match[str], today: dt.date, ahead: bool) -> Days | None:
    """The 23rd of the month of publication, or of the one before (after, for what is to come)."""
    day = int(m["day"])
    if not 1 <= day <= 31:
        return None
    month = today.replace(day=1)
    if ahead and day < today.day:
        month = shifted_month(today, 1)[0]
    elif not ahead and day > today.day:
        month = shifted_month(today, -1)[0]
    try:
        return (month.replace(day=day),) * 2
    except ValueError:
        return None


def _recent(m: re.Match[str], today: dt.date, ahead: bool) -> Days:
    most = count(m["n"] or "few")[1]
    length = {"hour": 1, "day": most, "week": 7 * most, "month": 31 * most, "year": 366 * most}[m["unit"].lower()]
    return (today, today + dt.timedelta(days=length)) if ahead else (today - dt.timedelta(days=length), today)


@dataclass(frozen=True, slots=True)
class _KnownDay:
    """A row of known_days.tsv."""

    words: re.Pattern[str]
    about: re.Pattern[str] | None
    date: dt.date
    always: bool


def _stems(words: str) -> re.Pattern[str]:
    """What finds the words of a table's cell in casefolded text; "*" stands for any ending."""
    found = "|".join(re.escape(word).replace(r"\*", r"[\w-]*") for word in words.casefold().split(";"))
    return re.compile(rf"\b(?:{found})(?!\w)")


@lru_cache(maxsize=1)
def _known_days() -> Mapping[str, tuple[_KnownDay, ...]]:
    """The rows of known_days.tsv by month and day."""
    out: dict[str, tuple[_KnownDay, ...]] = {}
    for row in read_table("known_days.tsv"):
        about = _stems(row["about"]) if row["about"] else None
        known = _KnownDay(_stems(row["words"]), about, dt.date.fromisoformat(row["date"]), row["always"] == "yes")
        out[row["day"]] = (*out.get(row["day"], ()), known)
    return out


def _known_day(m: re.Match[str], today: dt.date, ahead: bool) -> Days:
    """A day that goes by its month and day for years ("the Oct. 7 attack"), else the nearest of that name."""
    rows = _known_days().get(f"{_month(m):02d}-{int(m['day']):02d}", ())
    following = _NEXT_WORDS.match(m.string, m.end()) if rows else None
    # "On Sept. 11, attacks killed ...": the comma parts a day from what happened on it.
    if following is None or (following["comma"] and _ON.search(m.string, max(0, m.start() - 4), m.start())):
        return _month_day(m, today, ahead)
    words = following["words"].casefold()
    around = _sentence_around(m.string, m.start(), m.end()).casefold()
    fresh = 0 <= (today - _month_day(m, today, False)[0]).days <= _FRESH
    for row in rows:
        meant = row.words.search(words) and (row.about is None or row.about.search(around))
        if meant and row.date <= today and (row.always or not fresh):
            return row.date, row.date
    return _month_day(m, today, ahead)


def _sentence_around(text: str, start: int, end: int) -> str:
    """What stands in one sentence with text[start:end], as far as `_ABOUT` characters away."""
    before, behind = text[max(0, start - _ABOUT) : start], text[end : end + _ABOUT]
    return _STOP.split(before)[-1] + text[start:end] + _STOP.split(behind)[0]


def _holiday(m: re.Match[str], today: dt.date, ahead: bool) -> Days:
    eve = m["part"].lower() == "eve"
    month, day = (12, 25 - eve) if m["christmas"] else (12, 31) if eve else (1, 1)
    year = int(m["year"]) if m["year"] else _nearest_year(month, today, ahead)
    if not m["year"] and not ahead and (dt.date(year, month, day) - today).days > 1:
        year -= 1
    return (dt.date(year, month, day),) * 2


def _month_of_year(m: re.Match[str], today: dt.date, _: bool) -> Days:
    return month_days(today.year - (m["which"].lower() != "this") + 2 * (m["which"].lower() == "next"), _month(m))


def _nothing(_: re.Match[str], __: dt.date, ___: bool) -> None:
    return None


Reader = Callable[[re.Match[str], dt.date, bool], Days | None]
_I, _C = re.IGNORECASE, re.NOFLAG
_WHICH = r"earlier\s+this|later\s+this|early\s+last|late\s+last|last|this|next|past|previous|coming"
_LONG = "|".join(("weekend", "week", "month", "year", *_SEASONS))
_IN_YEAR = r"in|since|during|of|from|by|until|late|early|mid-?|before|after"
_SPAN = r"(?:last|past|next|coming)"
_HOLIDAY = r"(?:(?P<christmas>Christmas)|New\s+Year(?:['’]?s|s['’])?)"
_PART = r"(?:(?:early|late|mid)[- ])?"
_SEASON = r"(?P<season>spring|summer|autumn|winter)"
_IN_SEASON = r"(?:in|since|during|by|until|over|from|through|before|after)"
# Behind "the 23rd": no noun that it counts ("the 94th floor", "the 38th parallel").
_NO_NOUN = r"(?=\s*(?:[.,;:)”\"]|$|(?:and|to|for|with|in|at|after|when|because|that|but|as|had|has|was|were)\b))"
_BEFORE_MONTH = r"last|this\s+past|this|past|next|in|since|early|late|mid-?|until|by|during|start\s+of|end\s+of"
_NAMED = (
    r"today|yesterday|tomorrow|tonight|overnight|last\s+night|this\s+(?:morning|afternoon|evening)"
    r"|(?:earlier|later)\s+in\s+the\s+day"
)
_NOUN_BEHIND = r"(?=(?:['’]s)?\s+[A-Za-z])(?!\s+(?:people|troops|soldiers|to\b|in\b|and\b))"
_OF_DAY = r"(?:\s+(?:morning|afternoon|evening|night))?"
# The first pattern that takes a stretch of text has it. Absolute ones need no publication date.
_PATTERNS: tuple[tuple[str, re.Pattern[str], Reader], ...] = tuple(
    (kind, re.compile(pattern, flags), reader)
    for kind, pattern, flags, reader in (
        ("absolute", rf"\b{_YEAR}-(?P<mm>[01]\d)-(?P<dd>[0-3]\d)\b", _C, _iso),
        ("absolute", rf"\b{_MONTH}\s+{_DAY},?\s+{_YEAR}\b", _C, _full),
        ("absolute", rf"\b{_DAY}\s+(?:of\s+)?{_MONTH},?\s+{_YEAR}\b", _C, _full),
        ("absolute", rf"\b{_MONTH},?\s+(?:of\s+)?{_YEAR}\b", _C, _month_year),
        ("absolute", r"\b9/11\b", _C, lambda *_: (dt.date(2001, 9, 11),) * 2),
        ("absolute", rf"\b(?:from|between)\s+{_YEAR}\s+(?:to|and|until|through)\s+(?P<last>(?:19|20)\d\d)\b", _I, _years),
        ("absolute", rf"\b{_YEAR}\s?[-–]\s?(?P<last>(?:19|20)?\d\d)\b(?!-)", _C, _years),
        ("absolute", r"\b(?:the\s+)?(?:(?:early|late|mid)[- ])?(?:19|20)\d0s\b", _I, _nothing),
        ("range", rf"\b(?:from|between)\s+{_MONTH}\s+(?:to|and|until|through)\s+(?P<last>{_NAMES}|May)\b", _C, _months),
        ("day", rf"\b{_MONTH}\s+(?P<day>[0-3]?\d)\s?(?:[-–]|and|to|or)\s?(?P<last>[0-3]?\d)\b(?![,.]?\d)", _C, _month_days_range),
        ("day", rf"\b{_MONTH}\s+{_DAY}", _C, _known_day),
        ("day", rf"\b{_DAY}\s+(?:of\s+)?{_MONTH}\b", _C, _month_day),
        ("month", rf"\b{_MONTH}\s+(?i:(?:of\s+)?(?P<which>this|last|next)\s+year)\b", _C, _month_of_year),
        ("day", rf"\b{_HOLIDAY}\s+(?P<part>(?i:Day|Eve))\b(?:,?\s+{_YEAR})?", _C, _holiday),
        ("ago", rf"\b(?:{_N}\s+)?(?P<unit>minute|hour|day|week|fortnight|month|year|decade)s?\s+ago\b", _I, _ago),
        ("within", rf"\b(?:with)?in\s+{_N}\s+(?P<unit>day|week|month|year)s?\b(?:['’]\s+time)?", _I, _in),
        ("absolute", rf"\b(?:{_IN_SEASON}\s+(?:the\s+)?)?{_PART}{_SEASON}(?:\s+of|,)?\s+{_YEAR}\b", _I, _season_of),
        ("season", rf"\b{_IN_SEASON}\s+the\s+{_PART}{_SEASON}\b(?!\s+of\b)", _I, _season_alone),
        ("nth", rf"\b(?:on|since|until|by|from|before|after)\s+the\s+(?P<day>[0-3]?\d)(?:st|nd|rd|th){_NO_NOUN}", _I, _nth),
        ("weekday", rf"\b(?:(?P<which>last|this|next)\s+)?{_WEEKDAY}\b{_OF_DAY}(?:\s+of\s+(?:this|last)\s+week)?", _I, _weekday),
        ("unit", rf"\b(?:the\s+)?(?P<which>{_WHICH})(?:\s+(?:past|coming))?\s+(?P<unit>{_LONG})\b", _I, _relative),
        ("weekend", r"\b(?:over|at|during|on)\s+the\s+weekend\b", _I, _weekend),
        ("recent", rf"\b(?:recent|the\s+{_SPAN})\s+(?:{_N}\s+)?(?P<unit>hour|day|week|month|year)s\b", _I, _recent),
        ("month", rf"\b(?i:(?P<which>{_BEFORE_MONTH})[ -]){_MONTH_ALONE}\b", _C, _month_alone),
        ("noun-month", rf"\b(?i:the|a|its|his|her|their|two|three)\s+{_MONTH_ALONE}\b(?=\s+[a-z])", _C, _month_alone),
        ("named", rf"\b(?P<word>{_NAMED})\b", _I, _named),
        ("absolute", rf"\b(?:{_IN_YEAR})\s+{_YEAR}\b(?!\s?[-–]\d)", _I, _year),
        ("noun-year", rf"(?<![$€£\d,.])\b{_YEAR}\b{_NOUN_BEHIND}", _C, _year),
        ("absolute", rf"(?<=\(){_YEAR}(?=\))", _C, _year),
    )
)  # fmt: skip

_SHIFT_UNIT = r"(?P<unit>minute|hour|day|week|month|year)s?"
# What an expression counts from: the event "before" it in the text, or the one that its words go on to name ("next").
_SHIFTS: tuple[tuple[str, int, re.Pattern[str]], ...] = tuple(
    (anchor, sign, re.compile(pattern, _I))
    for anchor, sign, pattern in (
        ("before", 1, r"\bthe\s+(?:next|following)\s+(?P<unit>day|week|month|year|morning)\b"),
        ("before", -1, r"\bthe\s+previous\s+(?P<unit>day|night|week|month|year)\b"),
        ("before", -1, r"\b(?P<unit>night|evening)\s+before\b"),
        ("before", -1, r"\bthe\s+(?P<unit>day|night|week|month|year)\s+before\b(?=\s*[.,;])"),
        ("next", 1, rf"\b(?:{_N}\s+)?{_SHIFT_UNIT}\s+after\b"),
        ("next", 0, r"\bon\s+the\s+(?:very\s+|same\s+)?(?P<unit>day|night|evening)\s+(?:of|that|when)\b"),
        ("next", -1, r"\bon\s+(?:the\s+)?(?P<unit>eve)\s+of\b"),
        ("next", -1, rf"\b(?:{_N}\s+)?{_SHIFT_UNIT}\s+before\b(?!\s*[.,;])"),
        ("before", 1, rf"\b(?:{_N}\s+)?{_SHIFT_UNIT}\s+later\b"),
        ("before", -1, rf"\b(?:{_N}\s+)?{_SHIFT_UNIT}\s+(?:earlier|before|prior)\b"),
        ("before", 0, r"\b(?:on\s+)?(?:the\s+same|that(?:\s+same)?)\s+(?P<unit>day|night|week|month|year)"),
        ("before", 0, r"\bat\s+the\s+(?P<same>time)\b"),
    )
)  # fmt: skip
# Every pattern above needs one of these: a sentence without any is not searched further.
_SIGN = re.compile(
    r"\d|day|week|fortnight|month|year|hour|minute|decade|centur|\beve\b|spring|summer|autumn|fall|winter|tomorrow|night|morning"
    r"|afternoon|evening|at\s+the\s+time|christmas|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"(?:['’]s?\b|['’](?=\s))")


def _shift_of(match: re.Match[str], anchor: str, sign: int) -> TimeExpression:
    groups = match.groupdict()
    unit = (groups.get("unit") or "day").lower()
    # "The day after" is one day, "days after" a few.
    one = "n" not in groups or match.string[match.end("unit") : match.end("unit") + 1].lower() != "s"
    least, most = count(groups["n"]) if groups.get("n") else (1, 1) if one else (1, 6)
    unit = {"morning": "day", "night": "day", "evening": "day", "eve": "day"}.get(unit, unit)
    low, high = sorted((sign * least, sign * most))
    return TimeExpression(match.start(), match.end(), "", "shift", shift=(anchor, unit, low, high))


def time_expressions(text: str, start: int, end: int, published: dt.date | None) -> list[TimeExpression]:
    """Time expressions of text[start:end], in order and without overlap; the earlier pattern of the table wins."""
    found: list[TimeExpression] = []
    if not _SIGN.search(text, start, end):
        return found

    def free(match: re.Match[str]) -> bool:
        return not any(f.start < match.end() and match.start() < f.end for f in found)

    for kind, pattern, reader in _PATTERNS:
        for match in pattern.finditer(text, start, end):
            if not free(match) or (published is None and kind not in ("absolute", "noun-year")):
                continue
            today = published or dt.date.min
            date, ahead = certain(reader(match, today, False)), certain(reader(match, today, True))
            owned = kind.startswith("noun-") or bool(_POSSESSIVE.match(text, match.end()))
            # "The Oct. 7 attack", years on: a name of what happened, as "the 2015 deal" is.
            owned = owned or (reader is _known_day and date != certain(_month_day(match, today, False)))
            found.append(TimeExpression(match.start(), match.end(), date, kind, ahead, owned))
    for anchor, sign, pattern in _SHIFTS:
        found.extend(_shift_of(m, anchor, sign) for m in pattern.finditer(text, start, end) if free(m))
    return sorted(found, key=lambda f: f.start)


def in_direction(expression: TimeExpression, future: bool) -> TimeExpression:
    """The expression as read for what is to come, or for what has been."""
    return replace(expression, date=expression.ahead) if future else expression
