"""Which news agency a report credits. Only places where credits stand are read: "Reuters reported" in a text is no credit.

The agencies and the forms of their names are rows of data/compare/agencies.tsv, which comparing reads as well.
"""

from __future__ import annotations

import re
from functools import lru_cache

from communique.settings import read_table

SIGN_OFF = 60
"""Longest line, in characters, that is a byline or a sign-off and nothing else, and longest dateline before a credit."""


@lru_cache(maxsize=1)
def codes() -> dict[str, str]:
    """The code of each form of an agency's name."""
    return {form: row["code"] for row in read_table("compare/agencies.tsv") for form in row["forms"].split(";")}


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], ...]:
    """(dateline with its credit, sign-off at the end, a line that is nothing but a credit, a word of an outlet's name)."""
    forms = "|".join(re.escape(form) for form in sorted(codes(), key=len, reverse=True))
    # What follows a dateline is a dash, a stop or a sentence: "the Awami Party (AP) won" has neither.
    dateline = re.compile(rf"^[^\n]{{0,{SIGN_OFF}}}[(/\[]({forms})(?:/[\w ]{{2,20}})?[)/\]][.:]?\s*(?:[–—-]|$|[A-Z“\"])")
    end = re.compile(rf"(?:[(/\[]({forms})(?:/[\w ]{{2,20}})*[)/\]]|[.!?”\"]\s*[–—-]{{1,2}}\s*({forms}))\W*$")
    alone = re.compile(
        rf"^\W*(?:(?:[Bb]y|[Ss]ource|[Ww]ith|[Ff]rom|[Cc]ourtesy of|[Aa]gency)\b\W*)?(?:[Tt]he )?({forms})\b"
        rf"(?:\W+(?:{forms}|[Ss]taff|[Aa]gencies|and|correspondent|writer|[Nn]ews|[Aa]gency))*\W*$"
    )
    return dateline, end, alone, re.compile(rf"(?<![\w-])({forms})(?![\w-])")


def credited_in(text: str, outlet: str = "") -> str:
    """The code of the agency that a text's dateline, byline or sign-off names, or its outlet's name; "" where none does."""
    dateline, end, alone, word = _patterns()
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    first, last = lines[:3], lines[-2:]
    found = [m for line in first for m in (dateline.match(line),) if m]
    found += [m for line in (*first, *last) if len(line) <= SIGN_OFF for m in (alone.match(line),) if m]
    found += [m for line in last for m in (end.search(line),) if m]
    found += [m for m in (word.search(outlet),) if m]
    return codes()[next(filter(None, found[0].groups()))] if found else ""


_CREDITS = re.compile(r"\s*(?:[;,|/•·()]|\s(?:and|via|for|with)\s|(?<=\w{3})\.\s|\s[–—-]\s|\sin\s(?=[A-Z]))\s*")


@lru_cache(maxsize=1)
def _whole() -> re.Pattern[str]:
    """A part of a credit that names an agency. Forms of several words are no people's; Petra and Saba are."""
    forms = sorted(codes(), key=len, reverse=True)
    anywhere = "|".join(re.escape(form) for form in forms if " " in form or "-" in form or form in ("Reuters", "Bloomberg"))
    return re.compile(
        rf"^(?:[Bb]y |[Ss]ource:? |[Ff]rom |[Tt]he )*(?P<all>{'|'.join(map(re.escape, forms))})"
        rf"(?: (?:[Nn]ews|[Aa]gency|[Ii]nternational|[Ss]taff|[Ww]riters?|[Cc]orrespondents?|[Nn]ewswire|[Ww]ire|[Ss]ervice))*$"
        rf"|(?<![\w-])(?P<part>{anywhere})(?![\w-])"
    )


def agency_in(credit: str) -> str:
    """The code of the agency that a credit names, such as a byline or a publisher; "" where it names none."""
    for part in _CREDITS.split(credit):
        if match := _whole().search(part.strip(" .:")):
            return codes()[match["all"] or match["part"]]
    return ""


def is_form(name: str) -> bool:
    """Whether `name` is an agency's and nothing else."""
    name = name.strip()
    return name in codes() or re.sub(r"^(?:The|the) ", "", name) in codes()
