"""What PLV counts under another root than PLOVER 2.0, whose types our records have.

PLV's roots bear PLOVER's names and follow the definitions of CAMEO (Schrodt 2012, manual 1.1b3), from which they come: there a
conviction is a way to accuse (116), the intention to yield one to express cooperation (035), a signed agreement is diplomatic
cooperation (057), the intention of a hostile act a threat (13), and peacekeepers sent are aid (074). PLOVER 2.0 has these under
SANCTION, CONCEDE or RETREAT, AGREE, the act itself, and MOBILIZE. data/evaluate/plv.tsv says by what each is known in what was
read: type, mode, status, and English words, since PLV tells intentions and refusals apart that our types do not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from communique.settings import read_table

if TYPE_CHECKING:
    from communique.read.relations import Relation

YIELD = {"CONCEDE": "YIELD", "RETREAT": "YIELD"}
"""PLV's root of both kinds of yielding."""

NEAR = 80
"""Characters before a trigger in which a word may say that it is intended or refused."""

SEARCHED = ("trigger", "before", "clause")


@dataclass(frozen=True, slots=True)
class Convention:
    """One row of the table: PLV's root `becomes` stands for what was read as one of `roots`, where all that the row asks fits."""

    cameo: str
    becomes: str
    roots: frozenset[str]
    mode: str
    statuses: frozenset[str]
    words: dict[str, re.Pattern[str]]
    """By column, what is searched for; a column that asks for nothing is left out."""

    def fits(self, root: str, relation: Relation) -> bool:
        if root not in self.roots or relation.trigger is None or (self.mode and self.mode != relation.mode):
            return False
        start, end = relation.trigger
        text = relation.sentence
        begin = relation.source[1] if relation.source[1] <= start else 0
        before = text[max(begin, start - NEAR) : end]
        places = {"trigger": text[start:end], "before": before, "clause": before + text[end:]}
        return all(
            (column == "before" and relation.status in self.statuses) or pattern.search(places[column])
            for column, pattern in self.words.items()
        )


@lru_cache(maxsize=1)
def conventions() -> tuple[Convention, ...]:
    """All rows, in the order in which they are tried."""
    return tuple(
        Convention(
            row["cameo"], row["becomes"], frozenset(row["roots"].split()), row["mode"], frozenset(row["statuses"].split()),
            {c: re.compile(rf"\b(?:{row[c]})\b", re.IGNORECASE) for c in SEARCHED if row[c]},
        )
        for row in read_table("evaluate/plv.tsv")
    )  # fmt: skip


def root_of(relation: Relation) -> str:
    """The type read, with PLV's name."""
    merged: dict[str, float] = {}
    for kind, chance in relation.items():
        root = YIELD.get(kind, kind)
        merged[root] = merged.get(root, 0.0) + chance
    return max(merged, key=lambda root: merged[root])


def counted(relation: Relation) -> str:
    """The root under which PLV counts what was read."""
    root = root_of(relation)
    return next((c.becomes for c in conventions() if c.fits(root, relation)), root)
