"""Words that stand for several actors at once: "both sides", "the two leaders", "the quartet", "each"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from communique.records import Entity
from communique.resolve.lexicon import Atom
from communique.settings import read_table

if TYPE_CHECKING:
    from communique.resolve.report import ReportResolver

_NUMBERS = {"both": 2, "two": 2, "pair": 2, "duo": 2, "three": 3, "trio": 3, "four": 4, "quartet": 4, "five": 5}
_NUMBERS |= {str(n): n for n in range(2, 6)}
_SPELLED = "both|two|three|four|five"
_NOUNS = (
    r"countries|nations|sides|leaders|governments|presidents|states|neighbou?rs|men|allies|parties|capitals|ministers|powers|"
    r"rivals|diplomats|superpowers|giants|mega-powers|economies|women|foes|adversaries|camps|armies|militaries|factions|services|"
    r"delegations|foreign ministers|prime ministers|officials|Koreas"
)
_COUNTED = re.compile(
    # A digit counts anybody ("arrested 5 officials") unless an article says that they are known.
    rf"^(?:(?:the|these|those|all|our|their)?\s?(?P<n>{_SPELLED})|(?:the|these|those)\s(?P<digit>[2-5]))"
    rf"\s(?:of\s)?(?:the\s)?(?:[\w-]+\s){{0,2}}(?P<noun>{_NOUNS})$"
    r"|^(?:the\s)?(?P<bare>both|two|pair|duo|trio|quartet|three|four)(?:\sof\sthem)?$"
    r"|^(?P<each>each|neither|either)(?:\s(?:side|country|nation|party|one|of\sthem|of\sthe\stwo))?$"
    r"|^the\s(?P<heads>leaders|presidents|heads\sof\sstate|foreign\sministers|prime\sministers)$"
    r"|^(?:the|all|warring|conflicting|both)\s(?:warring\s|opposing\s|rival\s|conflicting\s|two\s)?(?P<sides>sides|parties)$"
    r"|^the\s(?P<plural>countries|(?:mega-|super)powers)$",
    re.IGNORECASE,
)
_LISTED = rf"(?P<list>(?:the\s)?(?P<n>{_SPELLED})\s(?:[\w-]+\s)?(?:sides|countries|nations|governments|states|parties|powers))"
_OF_SIDES = re.compile(rf"\s(?:of|from)\s{_LISTED}$", re.IGNORECASE)
_SIDES_OWN = re.compile(rf"{_LISTED}['’]\s", re.IGNORECASE)
_KOREAN = re.compile(r"(?:[Tt]he |[Aa]ll )?Koreans?(?: [Pp]eninsula)?")
_PERSONAL = frozenset({"leaders", "presidents", "men", "ministers", "women", "diplomats"})
_ARMED = frozenset({"armies", "militaries"})
_REACH = 3
_SPARE = 2
_FADE = 0.05
"""What a side loses for each one that was named after it."""
_SIDE_BY_SIDE = re.compile(r",?\sand\s(?:the\s)?")
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

    def resolve(self, first: int, last: int, sole: bool = False, apart: frozenset[str] = frozenset()) -> list[Entity] | None:
        """The entities that tokens [first, last) stand for as a list; None where they are no list word.

        `sole`: they are the only actor of a disarmament. `apart`: countries that are none of two sides."""
        report = self.report
        words = report.text[report.tokens[first].start : report.tokens[last - 1].end]
        if re.search(r"\bKoreas\b", words) or re.fullmatch(r"(?:both\s)?North and South(?: Korea)?", words):
            return [Entity("", country=c, sector="GOV") for c in ("PRK", "KOR")]
        named = sets().get(_DETERMINER.sub("", words).lower())
        if named is not None:
            return [Entity("", country=c, sector="GOV") for c in named]
        if _KOREAN.fullmatch(words):
            # The peninsula's "denuclearization" is the North's to do.
            north = sole and words.endswith(("peninsula", "Peninsula"))
            return [Entity("", country=c) for c in (("PRK",) if north else ("PRK", "KOR"))]
        match = _COUNTED.match(words)
        if match is None:
            return self._whose(first, last, apart)
        if report.states_in(first, last):
            return None
        number = (match["n"] or match["digit"] or match["bare"] or "two").lower()
        noun = (match["noun"] or "").lower().split()
        wanted = _NUMBERS[number]
        if match["heads"] or match["bare"] or (noun and noun[-1] in _PERSONAL):
            persons = self._persons(report.tokens[first].start, wanted, apart)
            if len(persons) == wanted or match["heads"]:
                return persons if len(persons) == wanted else None
        sides = self.sides(report.tokens[first].start, wanted, apart)
        armed = noun and noun[-1] in _ARMED
        return [replace(s, sector="MIL") if armed and s.sector == "GOV" else s for s in sides]

    def _whose(self, first: int, last: int, apart: frozenset[str]) -> list[Entity] | None:
        """The entities of what belongs to several that are not named: "negotiators from both sides", "the two countries' navies".

        The leaders of two states are those who were named, where they were."""
        report = self.report
        begin = report.tokens[first].start
        words = report.text[begin : report.tokens[last - 1].end]
        match = _OF_SIDES.search(words) or _SIDES_OWN.match(words)
        if match is None or report.states_in(first, last) or report.persons_in(first, last):
            return None
        offices = [a for a in report.inside(first, last) if a.kind == "office" and a.entry.form != "set"]
        offices = [a for a in offices if not match.start("list") <= a.start - begin < match.end("list")]
        if not offices:
            return None
        wanted, sector = _NUMBERS[match["n"].lower()], offices[-1].entry.sector
        if match.re is _OF_SIDES and words[: match.start()].lower().split()[-1] in _PERSONAL:
            persons = self._persons(begin, wanted, apart)
            if len(persons) == wanted:
                return persons
        return [replace(s, sector=sector if s.sector == "GOV" else s.sector) for s in self.sides(begin, wanted, apart)]

    def heads(self, at: int) -> list[Entity]:
        """The two persons in office, of different countries, named last before `at`; none where there are not two, or where
        others in the plural are named after them ("Hamas negotiators arrived")."""
        found = self._found(at, 2)
        if len(found) < 2 or self._plural(max(where for where, _ in found), at):
            return []
        return [person for _, person in found]

    def _plural(self, start: int, end: int) -> bool:
        """Whether text[start:end] names a people, a group, an organ, or two states side by side."""
        report = self.report
        inside = [a for a in report.atoms if start < a.start and a.end <= end]
        if any(a.kind in ("people", "ethnic") or (a.kind == "office" and a.entry.form in ("people", "body")) for a in inside):
            return True
        states = [a for a in inside if a.kind in ("country", "capital", "body") and not report.at_place(a)]
        return any(_SIDE_BY_SIDE.fullmatch(report.text[a.end : b.start]) for a, b in pairwise(states))

    def _persons(self, at: int, wanted: int, apart: frozenset[str]) -> list[Entity]:
        """The persons with an office named last before `at`, of different countries."""
        return [person for _, person in self._found(at, wanted, apart)]

    def _found(self, at: int, wanted: int, apart: frozenset[str] = frozenset()) -> list[tuple[int, Entity]]:
        """(offset, record) of the persons with an office named last before `at`, of different countries."""
        report, n = self.report, self.report.sentence_of(at)
        found: dict[str, tuple[int, Entity]] = {}
        for k in range(n, max(-1, n - _REACH), -1):
            for where, person in reversed(report.pronouns.persons(report.spans[k][0], min(at, report.spans[k][1]))):
                known = person.country and person.country not in apart and person.office
                if known and report.in_quotation(where) in (None, report.in_quotation(at)):
                    found.setdefault(person.country, (where, report.person_entity(person)))
            if len(found) >= wanted:
                break
        return list(found.values())[:wanted][::-1]

    def sides(self, at: int, wanted: int = 2, apart: frozenset[str] = frozenset()) -> list[Entity]:
        """The states and armed groups named last before `at`, else the report's main ones; none of those `apart`."""
        report, n = self.report, self.report.sentence_of(at)
        found: dict[tuple[str, str], _Side] = {}
        worth: dict[tuple[str, str], float] = {}
        for k in range(n, max(-1, n - _REACH), -1):
            start, end, among = report.spans[k][0], min(at, report.spans[k][1]), len(found)
            for atom in reversed([a for a in report.states if start <= a.start < end]):
                side = self._side(atom)
                if side is None or side.country in apart or report.at_place(atom):
                    continue
                key = side.country, side.name
                if key not in found:
                    found[key] = side
                    # Who is told of more is likelier a side than who was named last.
                    worth[key] = report.salience.counts[side.country] / report.salience.total - _FADE * len(found)
            # The nearest sentence that names them all and nobody else names the very ones that are meant.
            if len(found) >= wanted + _SPARE or (found and not among and len(found) >= wanted):
                break
        if len(found) < wanted:
            for country, _ in report.counts.most_common(wanted + 2):
                if country not in {"UNO", "IGO", "IMG", "NGO", "MNC", *apart, *(c for c, _ in found)}:
                    found[country, ""] = _Side(country, "GOV", "")
        order = list(found)
        best = sorted(order, key=lambda key: (-worth.get(key, -1.0), order.index(key)))[:wanted]
        chosen = [found[key] for key in order if key in best]
        return [Entity("", country=s.country, sector=s.sector, name=s.name) for s in reversed(chosen)]

    def _side(self, atom: Atom) -> _Side | None:
        entry = atom.entry
        if atom.kind == "body":
            armed = entry.sector in ("REB", "PRM", "OPP")
            return _Side(entry.country, entry.sector, self.report.states_by_name.name_of(atom)) if armed else None
        if entry.country in ("UNO", "IGO", "NGO", "IMG", "MNC") or atom.kind == "place":
            return None
        return _Side(entry.country, "GOV", "")
