"""Agents and operatives: of the police or of an intelligence service, as what is named around them tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from communique.resolve.lexicon import Atom

if TYPE_CHECKING:
    from communique.resolve.report import ReportResolver

_KINDS = frozenset({"SPY", "COP"})


def near(report: ReportResolver, atom: Atom, country: str, named: bool = False) -> str:
    """SPY or COP for the agents at `atom`, who are of `country`: as the police or service named nearest, in their sentence or
    the ones beside it; else police in the United States, whose agents mostly are, and a service's anywhere else.

    Where the country is `named` with them, only its own police and services count: "Dubai police blamed Israeli agents".
    """
    n = report.sentence_of(atom.start)
    spans = report.spans[max(0, n - 1) : n + 2]
    start, end = spans[0][0], spans[-1][1]
    told = [
        a for a in report.atoms
        if start <= a.start < end and a.kind in ("body", "office") and a.entry.sector in _KINDS and "near" not in a.entry.flags
    ]  # fmt: skip
    if named:
        told = [a for a in told if (a.entry.country or report.offices.own.get(a.first)) == country]
    if told:
        return min(told, key=lambda a: abs(a.start - atom.start)).entry.sector
    return "COP" if country == "USA" else "SPY"
