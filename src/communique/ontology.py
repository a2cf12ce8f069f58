"""PLOVER 2.0 types, modes, quads and scores, and the statuses and acts of the codebook, read from tables in data/.

Source: PLOVER manual of 4 February 2024 (Open Event Data Alliance, CC BY-SA 4.0) for types, modes and quads; the
scores are means of the Goldstein scale (Goldstein 1992) over the CAMEO roots that a type covers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache

from communique.settings import read_table


@dataclass(frozen=True, slots=True)
class EventType:
    """One event type: its quad, its score (-10 conflict … 10 cooperation), its CAMEO root, its modes.

    `instead` is of a user's own types: whether their events take the place of PLOVER's on the same words.
    """

    name: str
    quad: str
    score: float
    cameo: str
    modes: tuple[str, ...]
    definition: str
    instead: bool = False


_BESIDE: ContextVar[dict[str, EventType] | None] = ContextVar("own types", default=None)


class _Types(dict[str, EventType]):
    """PLOVER's types; a user's own are found by name inside `beside`, and never listed among them."""

    def __missing__(self, name: str) -> EventType:
        return (_BESIDE.get() or {})[name]


@contextmanager
def beside(own: Sequence[EventType]) -> Iterator[None]:
    """Inside, ``event_types()[name]`` knows a user's `own` types as well."""
    token = _BESIDE.set({kind.name: kind for kind in own})
    try:
        yield
    finally:
        _BESIDE.reset(token)


@lru_cache(maxsize=1)
def event_types() -> dict[str, EventType]:
    """All 16 types by name, in the manual's order."""
    modes: dict[str, list[str]] = {}
    for row in read_table("ontology/modes.tsv"):
        modes.setdefault(row["type"], []).append(row["mode"])
    return _Types(
        (
            row["type"],
            EventType(
                row["type"], row["quad"], float(row["score"]), row["cameo"], tuple(modes.get(row["type"], ())), row["definition"]
            ),
        )
        for row in read_table("ontology/types.tsv")
    )


@lru_cache(maxsize=1)
def mutual_types() -> frozenset[str]:
    """Types of which several actors without a recipient act upon each other (data/export/pairs.tsv)."""
    return frozenset(row["type"] for row in read_table("export/pairs.tsv") if row["mutual"] == "yes")


@cache
def names(kind: str) -> tuple[str, ...]:
    """Values of one closed list: "status", "act" or "sector", in the codebook's order."""
    return tuple(row["name"] for row in read_table("ontology/lists.tsv") if row["list"] == kind)
