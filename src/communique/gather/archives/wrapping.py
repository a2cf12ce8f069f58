"""Lines that were broken to fit a page or a screen, joined to paragraphs again: a sentence ends where its line does otherwise."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from communique.settings import read_table

NARROW = 0.72
"""Share of the usual width from which a line may have been broken: words are at most about a quarter of a line long."""

_HYPHEN = re.compile(r"([^\W\d_]+)[-\u2010]$")
_ITEM = re.compile(r"\s*(?:[•‣▪●◦*–—-]|\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)])\s")
_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010][^\W\d_]+)*")
_ENDS = re.compile(r"[.!?:;…][\"'”’)\]]*$")

LONGEST_WORD = 100
"""Letters at a line's end in which a divided word is looked for: a line may have a million without a space."""


@cache
def _kept() -> frozenset[str]:
    return frozenset(row["word"] for row in read_table("gather/compounds.tsv"))


def width_of(lines: Sequence[str]) -> int:
    """How wide lines may get in a text: the length that one in ten of those with words exceeds; 0 where there are none."""
    lengths = sorted(len(line.rstrip()) for line in lines if len(line.split()) >= 4)
    return lengths[int(len(lengths) * 0.9)] if lengths else 0


def unwrapped(text: str, *, widest: int = 120) -> str:
    """`text` with the breaks within its paragraphs taken out, and words mended that were divided there.

    A blank line stays a break, and so do the end of a short line and the beginning of an item of a list. A text whose lines are
    wider than `widest` was not broken by lines, and is given back as it is.
    """
    lines = [line.replace("\u00ad\n", "") for line in text.splitlines()]
    width = width_of(lines)
    if not width or width > widest:
        return text
    known = {w.lower().replace("\u2010", "-") for w in _WORD.findall(text)}
    out: list[str] = []
    before = ""
    for line in lines:
        bare = line.strip()
        if out and bare and before and _goes_on(before, bare, width):
            out[-1], between = _joint(out[-1], bare, known)
            out += [between, bare]
        else:
            out += ["\n", line.rstrip()]
        before = bare
    return "".join(out[1:])


def _goes_on(line: str, following: str, width: int) -> bool:
    if _ITEM.match(following) or following.startswith(">"):
        return False
    if line.endswith("\u00ad") or (_HYPHEN.search(line[-LONGEST_WORD:]) and following[:1].islower()):
        return True
    if len(line) < NARROW * width:
        # Words may go on behind a short line as well, but then no sentence ended, and none begins.
        return not _ENDS.search(line) and following[:1].islower() and len(line) >= width / 3
    return len(line) + 1 + len(following.split(maxsplit=1)[0]) > width * 0.9 or following[:1].islower()


def _joint(line: str, following: str, known: set[str]) -> tuple[str, str]:
    """`line` as it reads before `following`, without the hyphen of a divided word, and what goes between the two."""
    if line.endswith("\u00ad"):
        return line[:-1], ""
    found = _HYPHEN.search(line[-LONGEST_WORD:])
    second = _WORD.match(following)
    if found is None or second is None:
        return line, " "
    first, rest = found[1].lower(), second[0].lower().replace("\u2010", "-")
    whole, parted = first + rest, f"{first}-{rest}"
    if not following[:1].islower() or (parted in known and whole not in known) or (first in _kept() and whole not in known):
        return line, ""
    return line[:-1], ""
