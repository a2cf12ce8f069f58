"""Who acts upon whom, one to one: what a series of a dyad and a layout with one actor and one recipient a row need."""

from __future__ import annotations

from collections.abc import Sequence

from communique.ontology import mutual_types
from communique.records import Entity

Pair = tuple[Entity | None, Entity | None]
"""Actor and recipient; None where the reports name nobody."""


def pairs(kind: str, actors: Sequence[Entity], recipients: Sequence[Entity]) -> tuple[Pair, ...]:
    """Every actor with every recipient, in order; each of several actors of a meeting with each other.

    Parties that are the same to whoever counts (country, sector, name) give one pair. () where nobody is named.
    """
    if recipients or kind not in mutual_types() or len(actors) < 2:
        both: list[Pair] = [(a, r) for a in actors or (None,) for r in recipients or (None,)]
    else:
        both = [(a, b) for i, a in enumerate(actors) for k, b in enumerate(actors) if i != k and who(a) != who(b)]
        both = both or [(actors[0], None)]
    once = {(who(a), who(b)): (a, b) for a, b in reversed(both) if a is not None or b is not None}
    return tuple(reversed(once.values()))


def who(entity: Entity | None) -> tuple[str, str, str]:
    """By what a party is told from another: country, sector, name; its words where it has neither country nor name."""
    if entity is None:
        return "", "", ""
    return entity.country, entity.sector, entity.name or ("" if entity.country else entity.text)
