"""PLOVER 2.0 types, modes, quads and scores, and the statuses and acts of the codebook, read from tables in data/.

Source: PLOVER manual of 4 February 2024 (Open Event Data Alliance, CC BY-SA 4.0) for types, modes and quads; the
scores are means of the Goldstein scale (Goldstein 1992) over the CAMEO roots that a type covers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

from communique.settings import read_table


@dataclass(frozen=True, slots=True)
class EventType:
    """One PLOVER event type: its quad, its score (-10 conflict … 10 cooperation), its CAMEO root, its modes."""

    name: str
    quad: str
    score: float
    cameo: str
    modes: tuple[str, ...]
    definition: str


@lru_cache(maxsize=1)
def event_types() -> dict[str, EventType]:
    """All 16 types by name, in the manual's order."""
    modes: dict[str, list[str]] = {}
    for row in read_table("ontology/modes.tsv"):
        modes.setdefault(row["type"], []).append(row["mode"])
    return {
        row["type"]: EventType(
            row["type"], row["quad"], float(row["score"]), row["cameo"], tuple(modes.get(row["type"], ())), row["definition"]
        )
        for row in read_table("ontology/types.tsv")
    }


@cache
def names(kind: str) -> tuple[str, ...]:
    """Values of one closed list: "status", "act" or "sector", in the codebook's order."""
    return tuple(row["name"] for row in read_table("ontology/lists.tsv") if row["list"] == kind)
