"""Tells a report's own sentences from what a page leaves among them, and a dateline from the sentence that it opens.

The patterns are rows of ``data/boilerplate.tsv``; a new kind of clutter is a new row there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from communique.records import Sentence
from communique.settings import read_table

SHOUTED_WORDS = 4
"""Words from which a line in capitals alone, without a full stop, is a link to another story."""

CAPTION_LENGTH = 400
"""Longest paragraph, in characters, that the photographer's credit at its end makes a caption."""

_AGENCIES = "AP|Reuters|REUTERS|AFP|UPI|TASS|Xinhua|CNN|Yonhap|dpa|EFE|ANI|PTI|IANS|VOA|Kyodo|Anadolu|Interfax|Bloomberg"
_DATELINE = re.compile(
    r"^(?:(?P<upper>[A-ZÀ-Ý][A-ZÀ-Ý.'’ -]{2,30}(?:,\s[A-ZÀ-Ý][\w.'’ ]{1,25}){0,2}(?:\s\([^()]{2,20}\))?"
    r"(?:,\s\w+\.?\s\d{1,2})?)\s*(?:[–—-]{1,2}|(?P<colon>:))\s+"
    rf"|(?P<agency>(?:[A-ZÀ-Ý][\w.'’-]*,?\s(?:\d{{1,2}},?\s)?){{0,4}}\((?:{_AGENCIES})\)\s*[–—-]*\s*)"
    r"|(?P<name>[A-ZÀ-Ý][a-zà-ÿ]+(?:\s[A-ZÀ-Ý][a-zà-ÿ]+)?)(?::\s+|\s+[–—]\s+))"
    # What a dateline opens is a sentence: "NATO — which Finland joined — said …" has none.
    r"(?=[A-ZÀ-Ý0-9“\"‘'«@$€£(])"
)


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((row["kind"], re.compile(row["pattern"])) for row in read_table("boilerplate.tsv"))


@lru_cache(maxsize=1)
def _towns() -> frozenset[str]:
    return frozenset(row["town"] for row in read_table("datelines.tsv"))


@lru_cache(maxsize=1)
def _before_colon() -> frozenset[str]:
    """What stands in capitals before a colon without being a speaker: towns, and labels such as BREAKING."""
    return frozenset(row["town"].upper() for row in read_table("datelines.tsv"))


def kind_of(sentence: str) -> str:
    """"body", or the kind of boilerplate that the words show."""
    for kind, pattern in _patterns():
        if pattern.search(sentence):
            return kind
    return "body"


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _is_title(text: str, span: tuple[int, int], title: str, others: int) -> bool:
    """Whether the first sentence is the report's headline, repeated above its text."""
    if not others:
        return False  # A report that is nothing but its headline is read.
    words = _words(text[span[0] : span[1]])
    if title and words and words == _words(title):
        return True
    alone = text[span[1] : span[1] + 2].startswith("\n")
    return alone and others > 2 and len(words) <= 20 and text[span[1] - 1].isalnum()


def dateline_end(sentence: str) -> int:
    """Characters of the dateline that opens `sentence`; 0 where there is none."""
    match = _DATELINE.match(sentence)
    if not match or match.end() >= len(sentence):
        return 0
    if match["name"] and match["name"] not in _towns():
        return 0
    # "POMPEO: We will …" is a transcript: the name says who speaks.
    if match["colon"] and re.split(r"[,(]", match["upper"])[0].strip() not in _before_colon():
        return 0
    return match.end()


def _shouted(text: str, start: int, end: int) -> bool:
    """Whether text[start:end] is a line of its own in capitals without a full stop, as desks print their links."""
    line = text[start:end]
    alone = text[start - 1 : start] in ("", "\n") and text[end : end + 1] in ("", "\n")
    return alone and line.isupper() and line[-1] not in ".!?…\"”:" and len(line.split()) >= SHOUTED_WORDS


def classify(text: str, spans: Sequence[tuple[int, int]], title: str = "") -> list[Sentence]:
    """`spans` as sentences with their kinds. A dateline becomes a sentence of its own, kind "dateline"."""
    out: list[Sentence] = []
    capitals = sum(map(str.isupper, text)) > sum(map(str.islower, text))
    for i, (start, end) in enumerate(spans):
        sentence = text[start:end]
        kind = "title" if i == 0 and _is_title(text, (start, end), title, len(spans) - 1) else kind_of(sentence)
        if kind == "body" and i and not capitals and _shouted(text, start, end):
            kind = "related"
        if kind == "body" and (i == 0 or text[start - 1 : start] == "\n" or i == 1):
            cut = dateline_end(sentence)
            if cut:
                stop = len(sentence[:cut].rstrip())
                out.append(Sentence(len(out), start, start + stop, "dateline"))
                start += cut
        out.append(Sentence(len(out), start, end, kind))
    return _captioned(text, out)


def _captioned(text: str, sentences: list[Sentence]) -> list[Sentence]:
    """`sentences`, with those before a photographer's credit in brackets, in its own short paragraph, as captions too."""
    out = list(sentences)
    for n, sentence in enumerate(sentences):
        credit = sentence.kind == "caption" and text[sentence.start] == "(" and text[sentence.end - 1] == ")"
        if not credit or text[sentence.end : sentence.end + 1] not in ("", "\n"):
            continue
        opened = text.rfind("\n", 0, sentence.start) + 1
        if sentence.end - opened > CAPTION_LENGTH:
            continue
        for i in range(n - 1, -1, -1):
            if sentences[i].start < opened:
                break
            if sentences[i].kind == "body":
                out[i] = replace(sentences[i], kind="caption")
    return out
