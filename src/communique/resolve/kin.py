"""Relatives: those of people in public life are ELI, all others civilians (CODEBOOK.md, Sectors)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from communique.records import Entity
from communique.resolve.lexicon import Atom, Token
from communique.resolve.titles import BELONGS, OWNERS

if TYPE_CHECKING:
    from communique.resolve.people import People, Person
    from communique.resolve.report import ReportResolver

PUBLIC = frozenset({"GOV", "LEG", "ELI", "JUD", "PTY", "OPP"})
"""Sectors of those whose relatives are ELI; soldiers, policemen and spies are many, and their families the public."""
_OF = re.compile(r"\s(?:members?\s)?(?:of|to)\s(?:the\s)?")
_BETWEEN = 2
"""Most words between whose they are and the relative: "the minister's eldest surviving son"."""
_TITLED = 8
"""Most words before a relative in which whose he or she is stands."""

_FAR = 60
"""Most characters of a relative together with whose he or she is."""


def is_kin(atom: Atom) -> bool:
    """Whether an office of the tables is a relative."""
    return atom.kind == "office" and "kin" in atom.entry.flags


def owner_of(text: str, tokens: Sequence[Token], atom: Atom, first: int, last: int) -> tuple[int, int] | None:
    """The tokens, of [first, last), that say whose relative `atom` is: before its "'s", behind its "of"; None where none do."""
    i = atom.first
    for _ in range(_BETWEEN + 1):
        if i <= first:
            break
        gap = text[tokens[i - 1].end : tokens[i].start]
        if BELONGS.fullmatch(gap):
            return first, i
        if gap != " " or tokens[i - 1].capital:
            break
        i -= 1
    behind = _OF.match(text, atom.end)
    begin = next((k for k in range(atom.last, last) if behind is not None and tokens[k].start >= behind.end()), last)
    return (begin, last) if begin < last else None


def in_public(person: Person) -> bool:
    """Whether a person is in public life: in an office of a state, or the leader of a movement."""
    led = person.sector in ("REB", "PRM") and "leader" in person.office.lower()
    return led or person.sector in PUBLIC or bool(person.country and person.office and person.sector == "")


def is_public(people: People, atoms: Sequence[Atom], first: int, last: int) -> bool:
    """Whether tokens [first, last) name somebody in public life: a person in an office, or the office alone."""
    inside = [a for a in atoms if first <= a.first and a.last <= last]
    spans = [(a.first, a.last) for a in inside if a.kind == "person"]
    spans += [(max(r.first, first), min(r.last, last)) for r in people.runs if r.first < last and r.last > first]
    persons = [p for i, j in spans if (p := people.find(i, j)) is not None]
    if persons:
        return any(in_public(p) for p in persons)
    return any(a.kind == "office" and not is_kin(a) and a.entry.form != "body" and a.entry.sector in PUBLIC for a in inside)


def of_titled(people: People, atom: Atom) -> str:
    """The sector of somebody whose title is the relative `atom`, by the words before and behind it."""
    first, last = max(0, atom.first - _TITLED), min(len(people.tokens), atom.last + _TITLED)
    whose = owner_of(people.text, people.tokens, atom, first, last)
    return "ELI" if whose is not None and is_public(people, people.atoms, *whose) else "CVL"


class Kin:
    """Resolves the relatives that one report names by whose they are."""

    def __init__(self, report: ReportResolver) -> None:
        self.report = report

    def resolve(self, first: int, last: int, role: str) -> list[Entity]:
        """What tokens [first, last) stand for where they are somebody's relatives and say whose; else nothing."""
        report = self.report
        atoms = [a for a in report.inside(first, last) if is_kin(a)]
        if not atoms:
            return []
        atom = atoms[-1] if atoms[-1].last == last else atoms[0]
        whose = owner_of(report.text, report.tokens, atom, first, last)
        pronoun, rest = report.tokens[first], report.tokens[atom.last : last]
        named = bool(rest) and all(t.capital for t in rest) and not report.persons_in(atom.last, last)  # "his wife, Sara"
        alone = not rest or named
        if whose is None and (pronoun.norm not in OWNERS or not alone):
            return []
        if whose is not None and whose[1] < last and not alone:
            return []  # "the president's son John Doe" is named, and no relative alone
        found = report.named(*whose, role) if whose is not None else report.pronouns.resolve(pronoun)
        owner = found[0] if found else Entity("")
        if whose is not None:
            public = is_public(report.people, report.atoms, *whose)
        else:
            public = bool(owner.sector in PUBLIC and owner.name)
        at = atom.start
        country = owner.country or report.country_by("people", at, role=role) or report.country_by("office", at, role=role)
        if report.trace is not None:
            report.trace.rule("office with its owner", report.text[at : atom.end])
        words = report.text[report.tokens[first].start : report.tokens[last - 1].end]
        name = report.text[rest[0].start : rest[-1].end] if named else ""
        return [Entity("", country=country, sector="ELI" if public else "CVL", name=name, office=words[:80])]

    def whole(self, atom: Atom) -> tuple[int, int]:
        """The span of a relative together with whose he or she is: "the family of Jane Doe"."""
        report, i = self.report, atom.first
        start, end = atom.start, atom.end
        gap = report.text[report.tokens[i - 1].end : atom.start] if i else ""
        if gap == " " and report.tokens[i - 1].norm in OWNERS:
            return report.tokens[i - 1].start, end
        if BELONGS.fullmatch(gap):
            before = next((f for f, last in self._named() if last == i), i)
            return report.tokens[before].start, end
        behind = _OF.match(report.text, end)
        if behind is not None:
            end = next((report.tokens[last - 1].end for f, last in self._named() if report.tokens[f].start >= behind.end()), end)
        return start, end if end - start < _FAR else atom.end

    def _named(self) -> list[tuple[int, int]]:
        """The tokens of each person and office of the report, in the order of the text."""
        atoms = [(a.first, a.last) for a in self.report.atoms if a.kind in ("person", "office")]
        return sorted(atoms + [(run.first, run.last) for run in self.report.people.runs])
