"""Which news agency a report credits. Only places where credits stand are read: "Reuters reported" in a text is no credit.

The agencies and the forms of their names are rows of data/compare/agencies.tsv.
"""

from __future__ import annotations

import re
from functools import lru_cache

from communique.records import Report
from communique.settings import read_table

SIGN_OFF = 60
"""Longest line, in characters, that is a byline or a sign-off and nothing else, and longest dateline before a credit."""

_SELLS_COPY = re.compile(r"(?:\bnews ?wire|\bwire|\b(?:news|press|telegraph) agency)$", re.IGNORECASE)
"""Names of agencies that no table has: "Baltic Wire", "Fars News Agency"."""


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    return {form: row["code"] for row in read_table("compare/agencies.tsv") for form in row["forms"].split(";")}


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], ...]:
    """(dateline with its credit, sign-off at the end, a line that is nothing but a credit, a word of an outlet's name)."""
    forms = "|".join(re.escape(form) for form in sorted(_codes(), key=len, reverse=True))
    # What follows a dateline is a dash, a stop or a sentence: "the Awami Party (AP) won" has neither.
    dateline = re.compile(rf"^[^\n]{{0,{SIGN_OFF}}}[(/\[]({forms})(?:/[\w ]{{2,20}})?[)/\]][.:]?\s*(?:[–—-]|$|[A-Z“\"])")
    end = re.compile(rf"(?:[(/\[]({forms})(?:/[\w ]{{2,20}})*[)/\]]|[.!?”\"]\s*[–—-]{{1,2}}\s*({forms}))\W*$")
    alone = re.compile(
        rf"^\W*(?:(?:[Bb]y|[Ss]ource|[Ww]ith|[Ff]rom|[Cc]ourtesy of|[Aa]gency)\b\W*)?(?:[Tt]he )?({forms})\b"
        rf"(?:\W+(?:{forms}|[Ss]taff|[Aa]gencies|and|correspondent|writer|[Nn]ews|[Aa]gency))*\W*$"
    )
    return dateline, end, alone, re.compile(rf"(?<![\w-])({forms})(?![\w-])")


def credited(report: Report) -> str:
    """The code of the agency that a report's outlet, dateline, byline or sign-off names; "" where none does."""
    dateline, end, alone, word = _patterns()
    lines = [line.strip() for line in report.text.split("\n") if line.strip()]
    first, last = lines[:3], lines[-2:]
    found = [m for line in first for m in (dateline.match(line),) if m]
    found += [m for line in (*first, *last) if len(line) <= SIGN_OFF for m in (alone.match(line),) if m]
    found += [m for line in last for m in (end.search(line),) if m]
    found += [m for m in (word.search(report.source),) if m]
    return _codes()[next(filter(None, found[0].groups()))] if found else ""


def is_agency(outlet: str) -> bool:
    """Whether an outlet is an agency itself, rather than a paper that prints its copy."""
    name = outlet.strip()
    return re.sub(r"^The ", "", name) in _codes() or name in _codes() or bool(_SELLS_COPY.search(name))
