"""Words that stand for several actors at once: "both sides", "the two leaders", "the quartet", "each"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from communique.records import Entity
from communique.resolve.lexicon import Atom
from communique.settings import read_table

if TYPE_CHECKING:
    from communique.resolve.report import ReportResolver

_NUMBERS = {"both": 2, "two": 2, "pair": 2, "duo": 2, "three": 3, "trio": 3, "four": 4, "quartet": 4, "five": 5}
_NOUNS = (
    r"countries|nations|sides|leaders|governments|presidents|states|neighbou?rs|men|allies|parties|capitals|ministers|powers|"
    r"rivals|diplomats|superpowers|giants|mega-powers|economies|women|foes|adversaries|camps|armies|militaries|factions|services|"
    r"delegations|foreign ministers|prime ministers|officials|Koreas"
)
_COUNTED = re.compile(
    rf"^(?:the|these|those|all|our|their)?\s?(?P<n>both|two|three|four|five)\s(?:of\s)?(?:the\s)?(?:[\w-]+\s){{0,2}}(?P<noun>{_NOUNS})$"
    r"|^(?:the\s)?(?P<bare>both|two|pair|duo|trio|quartet|three|four)(?:\sof\sthem)?$"
    r"|^(?P<each>each|neither|either)(?:\s(?:side|country|nation|party|one|of\sthem|of\sthe\stwo))?$"
    r"|^the\s(?P<heads>leaders|presidents|heads\sof\sstate|foreign\sministers|prime\sministers)$"
    rf"|^(?:the|all|warring|conflicting|both)\s(?:warring\s|opposing\s|rival\s|conflicting\s|two\s)?(?P<sides>sides|parties)$",
    re.IGNORECASE,
)
_KOREAN = re.compile(r"(?:[Tt]he |[Aa]ll )?Koreans?(?: [Pp]eninsula)?")
_PERSONAL = frozenset({"leaders", "presidents", "men", "ministers", "women", "diplomats"})
_REACH = 3
_DETERMINER = re.compile(r"^(?:(?:all|the|both|other|three|four|five|two|six)\s)+", re.IGNORECASE)


@lru_cache(maxsize=1)
def sets() -> Mapping[str, tuple[str, ...]]:
    """The members of each set of states that has a name of its own, by that name in lower case."""
    return {w.lower(): tuple(row["members"].split()) for row in read_table("actors/sets.tsv") for w in row["words"].split(";")}


@dataclass(frozen=True, slots=True)
class _Side:
    country: str
    sector: str
    name: str


class Groups:
    """Resolves the list words of one report through its `ReportResolver`."""

    def __init__(self, report: ReportResolver) -> None:
        self.report = report

    def resolve(self, first: int, last: int) -> list[Entity] | None:
        """The entities that tokens [first, last) stand for as a list; None where they are no list word."""
        report = self.report
        words = report.text[report.tokens[first].start : report.tokens[last - 1].end]
        if re.search(r"\bKoreas\b", words) or re.fullmatch(r"(?:both\s)?North and South(?: Korea)?", words):
            return [Entity("", country=c, sector="GOV") for c in ("PRK", "KOR")]
        named = sets().get(_DETERMINER.sub("", words).lower())
        if named is not None:
            return [Entity("", country=c, sector="GOV") for c in named]
        if _KOREAN.fullmatch(words):
            return [Entity("", country=c) for c in ("PRK", "KOR")]
        match = _COUNTED.match(words)
        if match is None or report.states_in(first, last):
            return None
        number = (match["n"] or match["bare"] or "two").lower()
        noun = (match["noun"] or "").lower().split()
        wanted = _NUMBERS[number]
        if match["heads"] or match["bare"] or (noun and noun[-1] in _PERSONAL):
            persons = self._persons(report.tokens[first].start, wanted)
            if len(persons) == wanted or match["heads"]:
                return persons if len(persons) == wanted else None
        return self.sides(report.tokens[first].start, wanted)

    def _persons(self, at: int, wanted: int) -> list[Entity]:
        """The persons with an office named last before `at`, of different countries."""
        report, n = self.report, self.report.sentence_of(at)
        found: dict[str, Entity] = {}
        for k in range(n, max(-1, n - _REACH), -1):
            for where, person in reversed(report.pronouns.persons(report.spans[k][0], min(at, report.spans[k][1]))):
                if person.country and person.office and report.in_quotation(where) in (None, report.in_quotation(at)):
                    found.setdefault(person.country, report.person_entity(person))
            if len(found) >= wanted:
                break
        return list(found.values())[:wanted][::-1]

    def sides(self, at: int, wanted: int = 2) -> list[Entity]:
        """The states and armed groups named last before `at`, else the report's main ones."""
        report, n = self.report, self.report.sentence_of(at)
        found: dict[tuple[str, str], _Side] = {}
        for k in range(n, max(-1, n - _REACH), -1):
            start, end = report.spans[k][0], min(at, report.spans[k][1])
            for atom in reversed([a for a in report.states if start <= a.start < end]):
                side = self._side(atom)
                if side is not None:
                    found.setdefault((side.country, side.name), side)
            if len(found) >= wanted:
                break
        if len(found) < wanted:
            for country, _ in report.counts.most_common(wanted + 2):
                if country not in ("UNO", "IGO", "IMG", "NGO", "MNC") and country not in {c for c, _ in found}:
                    found[country, ""] = _Side(country, "GOV", "")
        chosen = list(found.values())[:wanted]
        return [Entity("", country=s.country, sector=s.sector, name=s.name) for s in reversed(chosen)]

    def _side(self, atom: Atom) -> _Side | None:
        entry = atom.entry
        if atom.kind == "body":
            armed = entry.sector in ("REB", "PRM", "OPP")
            return _Side(entry.country, entry.sector, self.report.body_name(atom)) if armed else None
        if entry.country in ("UNO", "IGO", "NGO", "IMG", "MNC") or atom.kind == "place":
            return None
        return _Side(entry.country, "GOV", "")
