"""Twins: what copies of one text tell at the same place of it.

A copy keeps the order of the text that it copies, so that its events of one type can be laid beside those of the others in that
order. Twins are tellings of one event, whatever a cut or a reworded sentence made the reader take the parties or the day for.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from communique.compare.parties import Profile, places_differ
from communique.records import Location

ENOUGH = 3
"""Least sum of signs (`likeness`) by which two tellings are twins: the same place and one sign more. On half 0 of the stories all
57 annotated pairs that it joins are of one event; F1 of incidents is 0.82, 0.81, 0.81, 0.80 with 2 to 5, without twins 0.73."""

STEM = 4
"""Letters from which on two words of triggers count as one ("warned", "warnings")."""

Family = tuple[Profile, ...]
"""Tellings of one event, no two of one report, in the order of their reports."""


def key(p: Profile) -> str:
    """Under which all tellings of one type in copies of one text are found: a pure function of the telling."""
    return f"w{p.telling.witness}/{p.scope}"


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What twins are known by: all that `likeness` looks at. Copies of one text have the same object."""

    trigger: str
    sentence: int
    left: tuple[str, ...]
    right: tuple[str, ...]
    pair: bool
    mode: str
    date: str
    place: Location | None


@lru_cache(maxsize=16_384)
def told(p: Profile) -> Told:
    """What a telling is known by."""
    return _told(p.event.trigger, p.event.sentence, p.left, p.right, p.pair, p.event.mode, p.event.date, p.place)


_told = lru_cache(maxsize=16_384)(Told)


def likeness(a: Told, b: Told) -> int:
    """How much two tellings of one type, in copies of one text, look like one: words, place in the text, parties, mode, day."""
    if places_differ(a.place, b.place):
        return 0
    if a.pair and b.pair and a.left == b.right and a.right == b.left and a.left != a.right and a.right:
        return 0
    words, others = _stems(a.trigger), _stems(b.trigger)
    apart = abs(a.sentence - b.sentence)
    return (
        (3 if words == others else 2 if words & others else 0)
        + (2 if apart <= 1 else 1 if apart <= 3 else 0)
        + bool({*a.left} & {*b.left}) + bool({*a.right} & {*b.right})
        + (a.mode == b.mode != "") + (a.date == b.date != "")
    )  # fmt: skip


@lru_cache(maxsize=10_000)
def _stems(trigger: str) -> frozenset[str]:
    plain = trigger.casefold()
    return frozenset(w[:STEM] for w in re.findall(r"\w+", plain) if len(w) >= STEM) or frozenset({plain})


Rank = tuple[bool, str, tuple[str, str]]
"""Of a report among the copies of its text: which is laid beside the families first. The text that the others copied, where it is
known, comes before them."""


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """The tellings under one key laid beside each other: their `families` in the order of the text, and that `of` each telling.

    `ranks` are those of the reports; `grown` the ranks at which families were founded, with what all families until then are
    known by, and their founders.
    """

    families: list[Family]
    of: dict[Profile, Family]
    ranks: dict[str, Rank]
    grown: list[tuple[Rank, tuple[Told, ...], tuple[Profile, ...]]]

    def joined(self, members: Iterable[Profile]) -> Laid:
        """What is laid with more tellings: the same as if all were laid at once. A report that founds no family leaves where the
        others lie as it is, and is put in its place."""
        new = _rows(members)
        if any(row[0].telling.report in self.ranks for row in new):
            return lay([*self.of, *members])
        of, ranks = dict(self.of), dict(self.ranks)
        for row in new:
            rank = _rank(row)
            before = bisect_left(self.grown, rank, key=lambda step: step[0])
            _, known, founders = self.grown[before - 1] if before else (rank, (), ())
            pairs = _paired(known, tuple(told(p) for p in row))
            if len(pairs) > len(known):
                return lay([*self.of, *members])
            ranks[row[0].telling.report] = rank
            for founder, (_, j) in zip(founders, pairs, strict=True):
                if j is not None:
                    family = of[founder]
                    at = bisect_left(family, rank, key=lambda p: ranks[p.telling.report])
                    family = (*family[:at], row[j], *family[at:])
                    of |= dict.fromkeys(family, family)
        return Laid([of[family[0]] for family in self.families], of, ranks, self.grown)


def families(members: Iterable[Profile]) -> list[Family]:
    """The twins among tellings under one key, whatever their order; each is in one family, alone where it has no twin."""
    return lay(members).families


def lay(members: Iterable[Profile]) -> Laid:
    """Lays tellings under one key, whatever their order: report by report, the first published first, beside the families so
    far, in the order of the text."""
    rows = _rows(members)
    found: list[list[Profile]] = []
    known: tuple[Told, ...] = ()
    ranks: dict[str, Rank] = {}
    grown: list[tuple[Rank, tuple[Told, ...], tuple[Profile, ...]]] = []
    for row in rows:
        rank = ranks[row[0].telling.report] = _rank(row)
        pairs = _paired(known, tuple(told(p) for p in row))
        if len(pairs) > len(found):
            found = [found[i] if i is not None else [] for i, _ in pairs]
        for family, (_, j) in zip(found, pairs, strict=True):
            if j is not None:
                family.append(row[j])
        if len(pairs) > len(known):
            known = tuple(told(family[0]) for family in found)
            grown.append((rank, known, tuple(family[0] for family in found)))
    kept = [tuple(f) for f in found]
    return Laid(kept, {m: family for family in kept for m in family}, ranks, grown)


def _rows(members: Iterable[Profile]) -> list[list[Profile]]:
    """The tellings of each report in the order of its text, the reports by their rank."""
    by_report: dict[str, list[Profile]] = {}
    for p in members:
        by_report.setdefault(p.telling.report, []).append(p)
    return sorted((sorted(row, key=lambda p: (p.event.start, p.event.id)) for row in by_report.values()), key=_rank)


def _rank(row: Sequence[Profile]) -> Rank:
    first = row[0]
    return (first.telling.report != first.telling.witness, first.telling.published or "9999", first.ref)


@lru_cache(maxsize=4_096)
def _paired(found: tuple[Told, ...], row: tuple[Told, ...]) -> tuple[tuple[int | None, int | None], ...]:
    """Which of `row` goes with which of `found`, in order: the order-keeping assignment with the greatest sum of likeness.

    Kept, since hundreds of copies of one text ask for the same.
    """
    n, m = len(found), len(row)
    best = [[0] * (m + 1) for _ in range(n + 1)]
    like = [[_enough(family, p) for p in row] for family in found]
    for i in range(n - 1, -1, -1):
        for j in range(m - 1, -1, -1):
            paired = like[i][j] + best[i + 1][j + 1] if like[i][j] else -1
            best[i][j] = max(best[i + 1][j], best[i][j + 1], paired)
    out: list[tuple[int | None, int | None]] = []
    i = j = 0
    while i < n or j < m:
        if i < n and j < m and like[i][j] and best[i][j] == like[i][j] + best[i + 1][j + 1]:
            out.append((i, j))
            i, j = i + 1, j + 1
        elif i < n and (j == m or best[i][j] == best[i + 1][j]):
            out.append((i, None))
            i += 1
        else:
            out.append((None, j))
            j += 1
    return tuple(out)


def _enough(a: Told, b: Told) -> int:
    value = likeness(a, b)
    return value if value >= ENOUGH else 0
