"""States, bodies and places that are named by themselves: their sector, and the name that a record carries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from communique.records import Entity
from communique.resolve.lexicon import Atom, Entry
from communique.resolve.organisations import FOUND

if TYPE_CHECKING:
    from communique.resolve.report import ReportResolver

_GROUND = re.compile(
    r"\b(?:in|across|throughout|inside|into|around|within|parts? of|out of|swathe? of|all of|(?:north|south|east|west)\w*)\s+"
    r"(?:(?:the|central|north\w*|south\w*|east\w*|west\w*|neighbou?ring|war-torn|iraq and|syria and)\s+)*$"
)
_WHERE = frozenset({("ASSAULT", "actor"), ("ASSAULT", "actors"), ("CONCEDE", "recipient"), ("CONCEDE", "recipients")})
"""The type of an event and the role in it in which a state behind an "in" is mostly where it happens; in all others it acts or is
acted upon (benchmarks/resolution.py's annotation, half 0)."""
_WAR = frozenset({"conflict", "war", "civil", "crisis"})


class States:
    """Resolves the names of one report through its `ReportResolver`."""

    def __init__(self, report: ReportResolver) -> None:
        self.report, self.text, self.tokens = report, report.text, report.tokens

    def entity(self, atom: Atom, role: str = "actor", event: str = "", mode: str = "") -> Entity:
        """The record of a state, body or place that is named by itself."""
        entry, lexicon = atom.entry, self.report.index.lexicon
        if entry.kind == "body":
            country = entry.country
            if not country and FOUND in entry.flags:
                country = self._country_of(atom, role)
            return Entity("", country=country, sector=entry.sector, name=self.name_of(atom))
        if entry.country == "EUR" and entry.kind in ("country", "capital"):
            return Entity("", country="EUR", name=lexicon.country_names["EUR"])
        return Entity("", country=entry.country, sector=self._sector(atom, entry, role, event, mode))

    def _country_of(self, atom: Atom, role: str) -> str:
        """The country of an organisation that only its words tell of: of the organ whose it is, else by what is near."""
        owner = self.report.by_last.get(atom.first)
        if owner is not None and owner.kind == "office":
            return self.report.offices.country_for(owner, role)
        return self.report.country_by("office" if atom.entry.sector in ("GOV", "JUD") else "people", atom.start, role=role)

    def name_of(self, atom: Atom) -> str:
        """A body's name as the report has it: its longest form there, members' plural ("Republicans") apart."""
        name = atom.entry.name
        form = self.text[atom.start : atom.end]
        if (name.startswith(form[:-1]) and form.endswith("s")) or len(form.replace(".", "")) == 2:
            return name
        same = [a for a in self.report.states if a.kind == "body" and a.entry.name == name]
        forms = [self.text[a.start : a.end] for a in same if self.tokens[a.first].norm != "the"]
        whole = name if any(self.text[a.start : a.end].lower() == name.lower() for a in same) else ""
        return max([*forms, whole] if forms or whole else [name if self.tokens[atom.first].norm == "the" else form], key=len)

    def _sector(self, atom: Atom, entry: Entry, role: str, event: str, mode: str) -> str:
        """GOV for a state, but its military where it strikes and nothing where it is the ground of an event."""
        if entry.kind == "people" and atom.first and self.tokens[atom.first - 1].norm == "the" and event != "ASSAULT":
            return "GOV"
        if entry.sector != "GOV":
            return entry.sector
        following, deeds = self._next_word(atom), self.report.index.lexicon.deeds
        if entry.kind in ("adjective", "country") and following in deeds:
            return deeds[following]
        if entry.kind not in ("country", "capital", "adjective"):
            return entry.sector
        if self._is_ground(atom, role, event, mode, following):
            return ""
        return "MIL" if event == "ASSAULT" and role.startswith("actor") else entry.sector

    def _is_ground(self, atom: Atom, role: str, event: str, mode: str, following: str) -> bool:
        """Whether a state is only where something happens: "in Syria", "the Syria conflict", what is struck or left.

        Who acts, and whom it concerns, is the state itself whatever word stands before it ("aid into Haiti").
        """
        struck = role.startswith("recipient") and event == "ASSAULT"
        if struck or atom.kind != "country":
            return struck
        if role.startswith("recipient") and (event == "MOBILIZE" or (event, mode) == ("RETREAT", "withdraw")):
            return True
        if event and (event, role.partition(":")[0]) not in _WHERE:
            return False
        return following in _WAR or bool(_GROUND.search(self.text[max(0, atom.start - 40) : atom.start].lower()))

    def _next_word(self, atom: Atom) -> str:
        if atom.last < len(self.tokens) and self.text[atom.end : self.tokens[atom.last].start] in (" ", "-"):
            return self.tokens[atom.last].norm
        return ""
