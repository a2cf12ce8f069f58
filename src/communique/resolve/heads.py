"""Which of the offices among some words decides what they are: "dozens of State Department officers", "government soldiers"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from communique.resolve.lexicon import Atom

if TYPE_CHECKING:
    from communique.resolve.report import ReportResolver

OFFICE, BODY = frozenset({"office"}), frozenset({"body"})
_WORDS_OF_OUTLETS = "newspaper|news agency|broadcaster|television|tv|magazine|daily|tabloid|radio|website"
_OUTLET = re.compile(rf"\b(?:{_WORDS_OF_OUTLETS})$")
_THEIR_OWN = re.compile(
    rf"['’]s?\s(?:(?:own|state|state-run|state-owned|official|semi-?official|main|biggest|largest|{_WORDS_OF_OUTLETS})\s)*(?=[A-Z])"
)
_SIDE = re.compile(r"(?:pro|anti)[-‑ ]$")
_COUNTS = frozenset({"dozens", "scores", "hundreds", "thousands"})
_WHOSE = frozenset({"government", "regime", "state"})
_SERVING = frozenset({"MIL", "PRM", "COP", "SPY", "JUD", "LEG", "JRN", "MED"})
"""Sectors that people keep whose "government" stands right before them; its employees and critics are told of with it."""

LENT = frozenset({"REB", "PRM", "OPP", "PTY", "CRM", "LEG", "MIL", "COP", "JUD", "LAB", "REL", "BUS", "JRN", "EDU"})
"""Sectors that whoever speaks for somebody shares with him: "their spokesman"."""


def among(report: ReportResolver, first: int, last: int) -> list[Atom]:
    """The offices among tokens [first, last), but those that others are against or for ("anti-government rebels")."""
    offices = report.inside(first, last, OFFICE)
    kept = [a for a in offices if not _SIDE.search(report.text[max(0, a.start - 5) : a.start].lower())]
    told = [a for a in kept if not _leads(report.text, a, last)]
    chosen = told or kept or offices
    return [a for a in chosen if not _describes(report, a, first, last)]


def _describes(report: ReportResolver, atom: Atom, first: int, last: int) -> bool:
    """Whether an office only describes a body that is named beside it: "China's official Xinhua", "the Saba news agency"."""
    behind = report.by_first.get(atom.last) if atom.last < last else None
    if atom.entry.office == "official":
        return behind is not None and behind.kind == "body"
    if atom.entry.sector != "JRN" or not _OUTLET.search(atom.entry.office):
        return False
    before = next((a for a in report.inside(first, atom.first, BODY) if a.last == atom.first), None)
    return any(a is not None and a.kind == "body" and a.entry.sector == "JRN" for a in (behind, before))


def _leads(text: str, atom: Atom, last: int) -> bool:
    """Whether a word only counts or describes those behind it: "dozens of officers", "public health officials"."""
    word = atom.entry.office
    return (word in _COUNTS and text.startswith(" of ", atom.end)) or (word == "public" and atom.last < last)


def without_owners(text: str, states: Sequence[Atom]) -> list[Atom]:
    """`states` without those whose body is named behind them: "China's official Xinhua news agency" is the agency."""
    owned = {a.entry.country for a in states if a.kind == "body" and a.entry.country}
    own = ("country", "capital")
    return [a for a in states if a.kind not in own or a.entry.country not in owned or not _THEIR_OWN.match(text, a.end)]


def deciding(offices: Sequence[Atom]) -> Atom:
    """The office that decides the sector: the first that is not weak ("ministry" in "ministry officials"), or whom it has."""
    strong = [a for a in offices if "weak" not in a.entry.flags]
    if not strong:
        return offices[-1]
    owned = strong[1] if len(strong) > 1 and strong[0].entry.office in _WHOSE and strong[1].first == strong[0].last else None
    return owned if owned is not None and owned.entry.sector in _SERVING else strong[0]


def other_chamber(report: ReportResolver) -> bool:
    """Whether "the House" is not the United States': the report tells of another state's parliament, and not of them."""
    atoms = report.atoms
    if any(a.entry.country == "USA" for a in atoms) or any(p.country == "USA" for p in report.people.everyone()):
        return False
    return any(a.entry.sector == "LEG" and (a.entry.country or report.offices.own.get(a.first)) for a in atoms)


def names_holder(atom: Atom) -> bool:
    """Whether an office in the singular can stand for its holder ("the president")."""
    return atom.entry.form == "person" and "name" in atom.entry.flags

