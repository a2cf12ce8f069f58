"""Who wrote a report: names out of what pages write where the author stands."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from communique.gather.pages.agencies import agency_in
from communique.settings import read_table

MOST = 12
"""Names kept: more are a list of the desk."""

_LEAD = re.compile(
    r"^(?:(?:[Ww]ritten|[Rr]eported|[Pp]osted|[Ss]tory|[Aa]nalysis|[Tt]ext)\s+)?"
    r"(?:[Bb]y|BY|[Ff]rom|[Aa]uthors?|[Vv]on|[Pp]ar|[Pp]or)\b\s*:?\s*"
)
_PARTS = re.compile(r"\s*(?:[;|•·\n]|\s/\s|,\s|\s(?:and|AND|und|et|&)\s|\s[–—-]\s|(?<=\w{3})\.\s)\s*")
_PLACE = re.compile(r"\s+in\s+[A-Z].*$")
_BROKEN = re.compile(r"https?://|www\.|@|\d|[{}<>=_]")
_NAME_WORD = re.compile(r"[^\W\d_][\w'’.-]*$")


@lru_cache(maxsize=1)
def _no_names() -> re.Pattern[str]:
    words = "|".join(re.escape(row["word"]) for row in read_table("gather/bylines.tsv") if row["is"] == "function")
    return re.compile(rf"(?i)\b(?:{words})\b")


@lru_cache(maxsize=1)
def _particles() -> frozenset[str]:
    return frozenset(row["word"] for row in read_table("gather/bylines.tsv") if row["is"] == "particle")


@lru_cache(maxsize=1)
def _towns() -> frozenset[str]:
    return frozenset(row["town"] for row in read_table("datelines.tsv"))


def names(given: Iterable[str], outlets: Iterable[str] = (), *, full: bool = False) -> tuple[str, ...]:
    """The people that `given` names, in order, each once; agencies, outlets, towns and functions are left out.

    With `full` a name needs two words, where its script has capitals: one alone is a link's label as often.
    """
    known = {_folded(o) for o in outlets if o}
    out: dict[str, str] = {}
    for text in given:
        for part in _PARTS.split(_LEAD.sub("", " ".join(text.split()))[:400]):
            name = _PLACE.sub("", _LEAD.sub("", part)).strip(" ,.:()[]\"“”")
            doubtful = " " not in name and (name in _towns() or (full and name[:1].isupper()))
            if not doubtful and _is_name(name) and _folded(name) not in known:
                out.setdefault(_folded(name), _cased(name))
    return tuple(list(out.values())[:MOST])


def _folded(name: str) -> str:
    return re.sub(r"^the |\W+", "", name.lower())


def _is_name(name: str) -> bool:
    if not 3 <= len(name) <= 60 or _BROKEN.search(name) or agency_in(name) or _no_names().search(name):
        return False
    words = name.split()
    if not 1 <= len(words) <= 6 or not all(_NAME_WORD.match(w) for w in words):
        return False
    # Scripts without case have no capitals; one word alone is an account ("admin") unless it has one.
    return all(not w[0].islower() or w.lower() in _particles() for w in words) and (len(words) > 1 or not words[0].isupper())


def _cased(name: str) -> str:
    """A name in capitals as it is written otherwise; initials keep theirs."""
    if not name.isupper() or not any(len(w.strip(".")) > 2 for w in name.split()):
        return name
    return " ".join(w if len(w.strip(".")) < 3 else re.sub(r"[^\W\d_]+", lambda m: m[0].capitalize(), w) for w in name.split())
