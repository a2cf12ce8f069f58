"""The model's classes in the order of its outputs; training and decoding share them.

All but `ROLES` come from the ontology's tables, and are read when they are first asked for, not at import: write
``from communique.read import labels`` and ``labels.TYPES`` in modules of the package.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from communique.ontology import event_types, names
from communique.resolve.dates import WHEN

ROLES: tuple[str, ...] = ("actor", "recipient", "source", "speaker", "content")
"""What a word can be to a trigger (the first three) or to a cue (the others)."""

if TYPE_CHECKING:
    TYPES: tuple[str, ...]
    """Event types; the trigger head puts "none" before them."""

    MODES: tuple[tuple[str, str], ...]
    """(type, mode) pairs, the empty mode of each type first."""

    STATUSES: tuple[str, ...]
    ACTS: tuple[str, ...]

    SIZES: dict[str, int]
    """Classes of each per-token head that the shipped model has."""

    ASKED: dict[str, int]
    """Classes of each head of the second pass, which is asked about one trigger or cue; of "kind" the first is "none"."""

SIDES = ("none", "actor", "recipient", "both")
"""Which of its parties an event's sentence, or the one before, names."""


@lru_cache(maxsize=1)
def _tables() -> dict[str, Any]:
    types = event_types()
    modes = tuple((t, m) for t, kind in types.items() for m in ("", *kind.modes))
    statuses, acts = names("status"), names("act")
    sizes = {
        "trigger": len(types) + 1, "cue": 1, "mode": len(modes), "status": len(statuses),
        "historical": 1, "act": len(acts),
    }  # fmt: skip
    asked = {"kind": len(types) + 1, "mode": len(modes), "status": len(statuses), "historical": 2, "act": len(acts),
             "when": len(WHEN), "sides": len(SIDES)}  # fmt: skip
    return {"TYPES": tuple(types), "MODES": modes, "STATUSES": statuses, "ACTS": acts, "SIZES": sizes, "ASKED": asked}


def __getattr__(name: str) -> Any:
    if name in ("TYPES", "MODES", "STATUSES", "ACTS", "SIZES", "ASKED"):
        return _tables()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
