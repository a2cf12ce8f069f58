"""What a text is compared by: its runs of three words, its sentences' words, its details and what it quotes.

All are hashes (CRC-32, cut to 16 bits where sets are small), the same on every machine.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from communique.read.boilerplate import classify
from communique.read.sentences import split
from communique.records import Report, Sentence
from communique.settings import read_table

RUN = 3
"""Words of a shingle. Two make unlike texts alike; at four a reworded copy keeps almost none (chosen before any measurement)."""

STEM = 6
"""Letters of a word that count, so that endings do not: "arrest", "arrested" and "arrests" are one."""

QUOTED = 4
"""Words of a run inside quotation marks, and the least that a quotation has: "ethnic cleansing" is no sign of copying."""

LEAST = 3
"""Words with meaning outside quotation marks from which a sentence tells something: "he told reporters" tells nothing."""

MOSTLY = 0.7
"""Share of a text from which quotation marks are taken to enclose the text, as where a page quotes another's report whole."""

MAX_SENTENCES, MAX_QUOTED = 60, 96
"""Most sentences, and runs of quoted words, that are kept: a report's first forty or so say whom it copies."""

_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*(?:['’][^\W_]+)?")
_MARKS = re.compile(r"“([^“”]{8,1500})[”\n]|\"([^\"\n]{8,1500})\"|«([^«»]{8,1500})»|(?<!\w)[‘']([^‘\n]{12,600}?)[’'](?!\w)")


@dataclass(frozen=True, slots=True)
class Marks:
    """What one text shows; all but `quoted` leave out what is quoted.

    `shingles` are 32-bit hashes of runs of words; `sentences` one set of 16-bit hashes of stems a sentence, in order;
    `details` such hashes of names and numbers; `quoted` 32-bit hashes of runs inside quotation marks, in order.
    """

    shingles: tuple[int, ...]
    sentences: tuple[frozenset[int], ...]
    details: frozenset[int]
    quoted: tuple[int, ...]


@lru_cache(maxsize=1)
def _function_words() -> frozenset[str]:
    return frozenset(row["word"] for row in read_table("compare/function_words.tsv"))


@lru_cache(maxsize=1)
def _figures() -> dict[str, str]:
    return {row["word"]: row["figure"] for row in read_table("compare/number_words.tsv")}


@lru_cache(maxsize=1)
def _everywhere() -> frozenset[str]:
    """The words of countries' and peoples' names: capitalised, but no detail that tells one story from another."""
    rows = read_table("actors/countries.tsv")
    names = (row[column] for row in rows for column in ("name", "other", "adjective", "people"))
    return frozenset(word for name in names for word in re.findall(r"[^\W_]+", name.lower()))


def hashed(words: str) -> int:
    """32 bits that stand for `words`."""
    return zlib.crc32(words.encode())


class _Word(NamedTuple):
    """A word in small letters without a final 's, its figure for a number; 16 bits that stand for its stem (in a report of 300
    stems, one in 200 words of another is taken for one of them); whether it has a meaning of its own, is a name, a number."""

    plain: str
    short: int
    telling: bool
    name: bool
    number: bool


@lru_cache(maxsize=65_536)
def _word(given: str) -> _Word:
    """What a word, as it stands in a text, is taken for."""
    word = given.lower()
    if "'" in word or "’" in word:
        word = word.replace("’", "'").removesuffix("'s")
    elif word[0].isdigit():
        word = word.replace(",", "")
    plain = _figures().get(word, word)
    short = zlib.crc32(plain[:STEM].encode()) & 0xFFFF
    name = given[0].isupper() and plain not in _everywhere()
    return _Word(plain, short, plain not in _function_words(), name, plain[0].isdigit())


def runs(words: Sequence[str], length: int) -> Iterator[int]:
    """Hashes of all runs of `length` words."""
    return map(hashed, map(" ".join, zip(*(words[i:] for i in range(length)), strict=False)))


def sentences_of(report: Report) -> list[Sentence]:
    """The report's sentences with their kinds, as the reader splits them."""
    return classify(report.text, split(report.text), report.title)


def marks(text: str, sentences: Iterable[Sentence]) -> Marks:
    """What the body sentences of `text` show; captions, links and datelines are left out, which copies do not share."""
    coded = [s for s in sentences if s.coded]
    joined, starts = _joined(text, coded)
    inside = _inside(joined)
    plain: list[str] = []
    stems: list[frozenset[int]] = []
    details: set[int] = set()
    for sentence, start in zip(coded, starts, strict=True):
        # What is quoted is the speaker's, and every report of it has the same: a text's own words are those around it.
        own = [
            (m.start(), _word(m.group())) for m in _WORD.finditer(joined, start, start + sentence.end - sentence.start)
            if not inside[m.start()]
        ]  # fmt: skip
        plain += [w.plain for _, w in own]
        content = [(at, w) for at, w in own if w.telling]
        if len(content) >= LEAST and len(stems) < MAX_SENTENCES:
            stems.append(frozenset(w.short for _, w in content))
        # A sentence's first word has its capital from the place where it stands.
        details |= {w.short for at, w in content if w.number or (w.name and at > start)}
    return Marks(tuple(sorted(set(runs(plain, RUN)))), tuple(stems), frozenset(details), _quoted(joined))


def _inside(joined: str) -> bytearray:
    """For each character, whether quotation marks enclose it; nowhere, where they enclose most: that is a text quoted whole."""
    out = bytearray(len(joined) + 1)
    for match in _MARKS.finditer(joined):
        out[match.start() : match.end()] = b"\1" * (match.end() - match.start())
    return out if sum(out) <= MOSTLY * len(joined) else bytearray(len(out))


def _joined(text: str, sentences: Sequence[Sentence]) -> tuple[str, list[int]]:
    """(the sentences as one text, where each begins in it). A line ends only where a paragraph does: a quotation runs over
    sentences, seldom over paragraphs."""
    out: list[str] = []
    starts: list[int] = []
    end = length = 0
    for s in sentences:
        out += ["\n" if "\n" in text[end : s.start] else " ", text[s.start : s.end]]
        starts.append(length + 1)
        length += 1 + s.end - s.start
        end = s.end
    return "".join(out), starts


def _quoted(joined: str) -> tuple[int, ...]:
    """Hashes of the runs of words inside quotation marks, each once, in the order of the text."""
    found: dict[int, None] = {}
    for match in _MARKS.finditer(joined):
        said = [_word(w).plain for w in _WORD.findall(joined, match.start(), match.end())]
        found |= dict.fromkeys(runs(said, QUOTED))
    return tuple(found)[:MAX_QUOTED]
