"""Searching by words, alike on both databases: what a user types, as SQLite's FTS5 and as PostgreSQL's tsquery.

Words are compared by their stems (Porter's), without case or accents. There are no stop words, so that "the Hague" in
quotation marks is found as it stands.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from sqlalchemy import Connection
from sqlalchemy import text as sql

from communique.errors import InputError

INDEXED = 200_000
"""Characters of a report by which PostgreSQL finds it: its index entry of one text may not grow above a megabyte."""

FITS = "found @@ to_tsquery('communique', :words)"
"""What PostgreSQL asks of the words of one report."""

LIKELY = 5_000
"""Reports that may have a phrase, above which so many do have it that the first of them are soon found among all."""

NAME_WORDS, NAME_LETTERS = 40, 100
"""Words of a name, and letters of each, by which it is found; no person's has more."""

_PART = re.compile(r"(-?)(?:[\"“”]([^\"“”]*)([\"“”]?)|(\S+))")
_WORD = re.compile(r"\w+")


def fold(text: str) -> str:
    """The words of `text`, in small letters without accents, for PostgreSQL to index."""
    plain = unicodedata.normalize("NFKD", text[:INDEXED])
    return " ".join(_words("".join(c for c in plain if not unicodedata.combining(c)).lower()))


def _words(text: str) -> list[str]:
    # FTS5 parts words at an underscore as at any other sign.
    return [w for run in _WORD.findall(text) for w in run.split("_") if w]


def name_words(name: str) -> list[str]:
    """The words of a name as they are looked up: each once, without case, accents or marks."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    found = _words("".join(c for c in plain if not unicodedata.combining(c)))
    return list(dict.fromkeys(word[:NAME_LETTERS] for word in found[:NAME_WORDS]))


def parse(text: str) -> tuple[list[list[str]], list[list[str]]]:
    """What must be in a report and what must not, each as words that stand side by side.

    Raises `InputError` where there is no word that must be, and for a quotation mark that is not closed.
    """
    wanted: list[list[str]] = []
    unwanted: list[list[str]] = []
    for minus, quoted, closed, plain in _PART.findall(text):
        if not plain and not closed:
            raise InputError(f"text {text!r}", "has a quotation mark that is not closed", "close it, or leave it out")
        if words := _words(fold(quoted or plain)):
            (unwanted if minus else wanted).append(words)
    if not wanted:
        raise InputError(f"text {text!r}", "names no word that a report must have", 'write words, or a phrase in "..."')
    return wanted, unwanted


def fts5(text: str) -> str:
    """`text` for ``MATCH``."""
    wanted, unwanted = parse(text)
    query = " AND ".join(_quoted(words) for words in wanted)
    return f"({query})" + "".join(f" NOT {_quoted(words)}" for words in unwanted)


def _quoted(words: list[str]) -> str:
    return '"' + " ".join(words) + '"'


def tsquery(text: str) -> str:
    """`text` for ``to_tsquery('communique', ...)``."""
    wanted, unwanted = parse(text)
    parts = [_beside(words) for words in wanted] + [f"!{_beside(words)}" for words in unwanted]
    return " & ".join(parts)


def fits(connection: Connection, text: str) -> tuple[str, dict[str, Any]]:
    """What PostgreSQL asks of its table `words` for `text`, with its parameters.

    Its index of words knows of no places: a rare phrase of common words would be looked for in each text. So it is first asked
    by its index of words side by side who may have the phrases, and where they are few, these alone are looked at.
    """
    given: dict[str, Any] = {"words": tsquery(text)}
    phrases = {f"phrase{n}": " ".join(words) for n, words in enumerate(w for w in parse(text)[0] if len(w) > 1)}
    if not phrases:
        return FITS, given
    pairs = " AND ".join(f"communique_pairs(found) @> communique_pairs(to_tsvector('communique', :{name}))" for name in phrases)
    query = sql(f"SELECT version_id FROM words WHERE {pairs} LIMIT :most")
    near = list(connection.execute(query, {**phrases, "most": LIKELY + 1}).scalars())
    return (FITS, given) if len(near) > LIKELY else (f"{FITS} AND version_id = ANY(:near)", {**given, "near": near})


def _beside(words: list[str]) -> str:
    return "(" + " <-> ".join(f"'{w}'" for w in words) + ")"
