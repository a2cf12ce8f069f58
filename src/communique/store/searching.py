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

PUT_WORDS = (
    "INSERT INTO words (version_id, found) VALUES (:id, ts_delete(to_tsvector('communique', :title) || CAST('|\\:1' AS tsvector)"
    " || to_tsvector('communique', :text), '|'))"
)
"""Makes a report findable by its words on PostgreSQL; takes what `indexed` gives, and its number. The sign between, which is no
word, leaves a place free: no phrase reaches from the title into the text, as none does from one column of FTS5 into the next."""

FITS = "found @@ to_tsquery('communique', :words)"
"""What PostgreSQL asks of the words of one report."""

LIKELY = 5_000
"""Reports that may have a phrase, up to which all are looked at where one in so many has it: 30 ms a thousand."""

SAMPLE = 200
"""Reports that may have a phrase of which as many are looked at, to know whether most do: 6 ms of 36,000 reports."""

NAME_WORDS, NAME_LETTERS = 40, 100
"""Words of a name, and letters of each, by which it is found; no person's has more."""

_PART = re.compile(r"(-?)(?:[\"“”]([^\"“”]*)([\"“”]?)|(\S+))")
_WORD = re.compile(r"\w+")


def fold(text: str) -> str:
    """The words of `text`, in small letters without accents, for PostgreSQL to index."""
    plain = unicodedata.normalize("NFKD", text[:INDEXED])
    return " ".join(_words("".join(c for c in plain if not unicodedata.combining(c)).lower()))


def indexed(title: str, text: str) -> dict[str, str]:
    """A report's title and text as PostgreSQL indexes them (`PUT_WORDS`); together `INDEXED` characters at most."""
    return {"title": fold(title), "text": fold(text[: max(0, INDEXED - len(title) - 1)])}


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


def having(connection: Connection, asked: str, few: int) -> list[int] | None:
    """The versions that have the words of `asked`; None where `few` or more have them.

    PostgreSQL's index of words knows of no places: a rare phrase of common words would be looked for in each text. So it is first
    asked by its index of words side by side who may have the phrases. These are looked at, unless there are so many, and so
    many of a sample have what is asked for, that it is plain already.
    """
    if connection.dialect.name == "sqlite":
        return _fewer(connection, "SELECT rowid FROM words WHERE words MATCH :words LIMIT :few", {"words": fts5(asked)}, few)
    given: dict[str, Any] = {"words": tsquery(asked)}
    phrases = {f"phrase{n}": " ".join(words) for n, words in enumerate(w for w in parse(asked)[0] if len(w) > 1)}
    if not phrases:
        return _fewer(connection, f"SELECT version_id FROM words WHERE {FITS} LIMIT :few", given, few)
    pairs = " AND ".join(f"communique_pairs(found) @> communique_pairs(to_tsvector('communique', :{name}))" for name in phrases)
    query = sql(f"SELECT version_id FROM words WHERE {pairs} LIMIT :most")
    near = list(connection.execute(query, {**phrases, "most": max(few, LIKELY) + 1}).scalars())
    if len(near) > few:
        sample = near[:: len(near) // SAMPLE or 1]
        found = connection.execute(sql(_AMONG), {**given, "near": sample, "few": len(sample)}).scalars().all()
        if len(found) * len(near) >= few * len(sample):
            return None
    if len(near) > max(few, LIKELY):
        return _fewer(connection, f"SELECT version_id FROM words WHERE {FITS} LIMIT :few", given, few)
    return _fewer(connection, _AMONG, {**given, "near": near}, few)


# As a value of each row: as a condition it would be asked of all texts, one by one, before the list is looked at.
_AMONG = (
    "SELECT one FROM unnest(CAST(:near AS integer[])) AS one "
    f"WHERE (SELECT {FITS} FROM words WHERE words.version_id = one) LIMIT :few"
)


def _fewer(connection: Connection, query: str, given: dict[str, Any], few: int) -> list[int] | None:
    """The numbers that `query` gives, where they are fewer than `few`."""
    found = connection.execute(sql(query), {**given, "few": few}).scalars().all()
    return list(found) if len(found) < few else None


def _beside(words: list[str]) -> str:
    return "(" + " <-> ".join(f"'{w}'" for w in words) + ")"
