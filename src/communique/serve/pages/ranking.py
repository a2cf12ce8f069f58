"""Which incidents of some days come first: what many independent origins tell, and what is unusual for its dyad and type.

The order is by  log2(origins) + surprise,  where the surprise of an incident is −log10 of the chance that its dyad would have
so many of its type in so many days by its usual rate (a Poisson number). One doubling of origins weighs as much as a tenth of the
chance. The usual rate is that of the year before: what the dyad did at all, times the share of the type in it, to which
`PRIOR` incidents with the shares of all types in these days are added, so that a dyad of which little is known surprises by
its type and not by being new. A surprise counts by how much is known of the dyad: n / (n + `KNOWN`) of n incidents. The weights
are chosen, not fitted: nobody has ranked days of news for this project.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from communique.store.desk import Light, Usual

PRIOR = 3.0
"""Incidents of the type's usual share that a dyad is credited with."""

BASE = 1.0
"""Incidents a year that a dyad has of which the store knows none."""

KNOWN = 10.0
"""Incidents of the year before at which a surprise counts by half."""

ORDERS = ("rank", "corroborated", "unusual", "newest")


@dataclass(frozen=True, slots=True)
class Ranked:
    """An incident in its place. `chance` is that of so many (`here`) by the usual rate, which is `usual` in as many days;
    `known`, 0 to 1, is how much the record of the dyad can say, `year` the usual rate a year."""

    light: Light
    chance: float
    here: int
    usual: float
    pair: tuple[str, str]
    known: float = 0.0
    year: float = 0.0

    @property
    def surprise(self) -> float:
        return -math.log10(max(self.chance, 1e-12)) * self.known

    @property
    def label(self) -> str:
        """In a word; "" for what is as usual, or of a dyad of which too little is known."""
        if self.known < 0.5:
            return ""
        # Of one alone, its chance in a few days says little: most things are rare on a given day. Its rate a year does.
        for name, chance, year in (("very unusual", 0.001, 0.5), ("unusual", 0.05, 2.0)):
            if self.year < year or (self.here > 1 and self.chance < chance):
                return name
        return ""

    @property
    def rank(self) -> float:
        return math.log2(max(self.light.origins, 1)) + self.surprise


def at_least(k: int, rate: float) -> float:
    """The chance that a Poisson number with the mean `rate` is `k` or more."""
    if k <= 0:
        return 1.0
    if rate > 50 + k:
        return 1.0
    # Summed from above where k is beyond the mean: 1 minus a sum near 1 would be noise.
    term = math.exp(-rate + k * math.log(rate) - math.lgamma(k + 1)) if rate > 0 else 0.0
    if k > rate:
        total, n = 0.0, k
        while term > 1e-18:
            total += term
            n += 1
            term *= rate / n
        return min(total, 1.0)
    below = sum(math.exp(-rate + n * math.log(rate) - math.lgamma(n + 1)) for n in range(k)) if rate > 0 else 1.0
    return min(max(1.0 - below, 0.0), 1.0)


def expected(kind: str, usual: Usual, shares: Mapping[str, float], days: int) -> float:
    """How many incidents of `kind` a dyad usually has in `days` days."""
    share = (usual.types.get(kind, 0) + PRIOR * shares.get(kind, 0.01)) / (usual.total + PRIOR)
    return share * days * (usual.total / usual.days + BASE / 365)


def ranked(
    found: Sequence[Light], usual: Mapping[tuple[str, str], Usual], days: int, order: str = "rank"
) -> list[Ranked]:
    """`found` in `order`. Where an incident is of several dyads, the one counts in which it is most unusual."""
    seen = Counter((pair, one.type) for one in found for pair in one.pairs)
    kinds = Counter(one.type for one in found)
    shares = {kind: n / len(found) for kind, n in kinds.items()} if found else {}
    out = []
    for one in found:
        best = Ranked(one, 1.0, 1, 0.0, ("", ""))
        for pair in one.pairs:
            if pair not in usual:
                continue
            rate = expected(one.type, usual[pair], shares, days)
            chance = at_least(seen[pair, one.type], rate)
            known = usual[pair].total / (usual[pair].total + KNOWN)
            here = Ranked(one, chance, seen[pair, one.type], rate, pair, known, rate / days * 365)
            if not best.pair[0] or here.surprise > best.surprise:
                best = here
        out.append(best)
    return sorted(out, key=_KEYS[order])


_KEYS = {
    "rank": lambda r: (-r.rank, r.light.uid),
    "corroborated": lambda r: (-r.light.origins, -r.surprise, r.light.uid),
    "unusual": lambda r: (-r.surprise, -r.light.origins, r.light.uid),
    "newest": lambda r: (_backwards(r.light.day), -r.light.number),
}


def _backwards(day: str) -> int:
    return -int(day.replace("-", "") or 0)
