"""What the other parties of a report tell of one: the event's other side, and the armed groups that are named."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from communique.resolve.lexicon import Atom
from communique.resolve.salience import Special

if TYPE_CHECKING:
    from communique.resolve.report import ReportResolver

ARMED = frozenset({"REB", "PRM", "CRM"})
"""Sectors of the bodies that "rebels" and "militants" can be of."""


@dataclass(frozen=True, slots=True)
class Against:
    """The event of the party that is resolved, by its type, and the countries of its other side as far as they are known."""

    event: str = ""
    countries: frozenset[str] = frozenset()

    def features(self, countries: Iterable[tuple[Hashable, str]]) -> Mapping[str, Special]:
        """The features ("other", "other_ASSAULT") of the keys, given with their countries, that the other side is of.

        Who bombs rebels is seldom their own state, who arrests protesters mostly is: the weight is the type's.
        """
        same: Mapping[Hashable, float] = {key: 1.0 for key, country in countries if country in self.countries}
        out: dict[str, Special] = {"other": same, f"other_{self.event}": same}
        return out if same else {}


def named_in(report: ReportResolver, start: int, end: int) -> frozenset[str]:
    """The countries that the report's text[start:end] names itself, or by a person of theirs, with no look around."""
    found = {country for _, _, country in report.country_mentions(start, end)}
    first, last = bisect_left(report.starts, start), bisect_left(report.starts, end)
    return frozenset(found | {p.country for _, _, p in report.persons_in(first, last) if p.country})


def armed(states: Sequence[Atom]) -> dict[Hashable, float]:
    """The share of each country, or of "IMG", among the namings of armed groups in `states`."""
    named = Counter(a.entry.country for a in states if a.kind == "body" and a.entry.sector in ARMED)
    return {country: n / named.total() for country, n in named.items() if country}
