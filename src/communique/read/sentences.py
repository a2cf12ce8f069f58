"""Splits a report into sentences, by character offsets, in one regular-expression pass.

Written for news copy: it survives "U.S.", initials, ranks and titles, quotations that close after the full
stop, headlines and captions without one, lists of decimals, and full stops whose space a web page lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from communique.settings import read_table

MAX_SENTENCE = 4000
"""Longest sentence kept whole, in characters; a longer run is cut at a space."""

# The gap holds one star at a time: two side by side take quadratic time over a long run of spaces.
_BREAK = re.compile(
    r"""(?P<stop>(?:[.!?…]+|[。！？])["'”’»)\]]*)(?P<gap>[ \t\u00a0]*(?:\n[ \t\u00a0]*)?)(?=["'“‘«(\[]*[^\s])"""
    r"""|(?P<para>\n[ \t\u00a0]*\n\s*|\n+)"""
)
_LAST_WORD = re.compile(r"[\w.&’'-]+$")
_INITIALS = re.compile(r"^(?:[A-Za-z]\.)+$")
_NEXT_START = re.compile(r"""^["'“‘«(\[]*(?:[A-ZÀ-ÝА-Я0-9]|\.{3}|…)""")
_GLUED_LEFT = re.compile(r"(?:^|[\s“\"'‘(-])([A-Za-zà-ÿ’'-]*[a-zà-ÿ]{2})[,.]?$")
_GLUED_RIGHT = re.compile(r"""^["“‘]?[A-ZÀ-Ý](?:[a-zà-ÿ’']+|(?=\s))(?=[\s,.])""")
_OPENERS = "\"'“‘«(["
_CLOSERS = "\"'”’»)]"
_WINDOW = 80
"""Characters looked at on either side of a full stop."""


@lru_cache(maxsize=1)
def _words() -> dict[str, frozenset[str]]:
    kinds: dict[str, set[str]] = {}
    for row in read_table("abbreviations.tsv"):
        kinds.setdefault(row["kind"], set()).add(row["word"])
    kinds["before_name"] |= kinds["title"]
    return {kind: frozenset(words) for kind, words in kinds.items()}


@lru_cache(maxsize=1)
def _attribution() -> re.Pattern[str]:
    """A speaker and a verb of saying with nothing said after it: what follows a question quoted before it."""
    verbs = "|".join(sorted(_words()["saying"]))
    return re.compile(
        rf"(?:[A-Z][\w.’'-]*\s+){{1,5}}(?:\w+ly\s+)?(?:{verbs})"
        r"(?:\s*[.,;:]|\s+(?:reporters|on|in|at|during|to|late|early|last|this|rhetorically|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\b)"
    )


def _ends_here(before: str, stop: str, after: str) -> bool:
    """Whether a sentence ends between `before` + `stop` and `after`."""
    if not _NEXT_START.match(after):
        return False
    closed = stop.rstrip(_CLOSERS)
    if not any(c.isalpha() for c in before):
        # A lone ellipsis or list number opens the sentence after it.
        return False
    if closed != ".":
        # "?" or "!" inside a quotation that its attribution follows: a lower-case word next is refused above.
        return not (closed[-1:] in "?!" and len(stop) > len(closed) and _attribution().match(after))
    match = _LAST_WORD.search(before)
    word = match.group() if match else ""
    if not word or (len(stop) > len(closed) and stop[len(closed)] in "\"”"):
        return True
    next_word = re.split(r"\W+", after.lstrip(_OPENERS), maxsplit=1)[0]
    return _full_stop(word, next_word, alone=before.strip() == word)


def _full_stop(word: str, next_word: str, *, alone: bool) -> bool:
    """Whether the stop after `word` ends a sentence rather than an abbreviation; `alone` says that nothing stands before."""
    kinds = _words()
    dotted = word + "."
    if dotted in kinds["before_name"] or (dotted.lower() in kinds["before_number"] and next_word[:1].isdigit()):
        return False
    if (len(word) == 1 and word.isupper()) or _INITIALS.match(dotted) or dotted in kinds["never_last"]:
        # "J. Edgar", "U.S. Senate" and "Ford Motor Co. Chairman" go on; "the U.S. The talks" does not: the next word decides.
        return next_word in kinds["sentence_start"] and not alone
    return True


def _glued(text: str, start: int, match: re.Match[str]) -> int | None:
    """Where the next sentence begins, if a stop without a space after it ends one ("in Mosul.The army"); else None."""
    stop, at = match.group("stop"), match.start()
    mark = len(stop.rstrip(_CLOSERS))
    left = _GLUED_LEFT.search(text, max(start, at - _WINDOW), at)
    if mark != 1 or len(stop) > 2 or left is None or left.group(1) + "." in _words()["before_name"]:
        return None
    cut = match.end("stop")
    if stop[1:] == '"' and text.count('"', text.rfind("\n", 0, at) + 1, at) % 2 == 0:
        cut -= 1  # The mark opens the next quotation.
    found = _GLUED_RIGHT.match(text[cut : cut + _WINDOW])
    if found is None or found.group().strip("\"“‘") in _words()["domain"]:
        return None
    return cut


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > MAX_SENTENCE:
        cut = text.rfind(" ", start, start + MAX_SENTENCE)
        cut = cut if cut > start else start + MAX_SENTENCE
        yield _trim(text, start, cut)
        start, _ = _trim(text, cut, end)
    if end > start:
        yield start, end


def split(text: str) -> list[tuple[int, int]]:
    """Sentence spans of `text` as (start, end) character offsets, in order, without outer white space.

    A paragraph break (a newline) always ends a sentence. A sentence longer than `MAX_SENTENCE` characters is
    returned in pieces.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _BREAK.finditer(text):
        end, following = match.start(), match.end()
        if match.group("para") is None:
            end = match.start("gap")
            if not match.group("gap"):
                cut = _glued(text, start, match)
                if cut is None:
                    continue
                end = following = cut
            elif "\n" not in match.group("gap") and not _ends_here(
                text[max(start, match.start() - _WINDOW) : match.start()],
                match.group("stop"),
                text[match.end() : match.end() + _WINDOW],
            ):
                continue
        spans.extend(_pieces(text, *_trim(text, start, end)))
        start = following
    spans.extend(_pieces(text, *_trim(text, start, len(text))))
    return [span for span in spans if span[1] > span[0]]
