"""Who a pronoun means: the speaker of the words around it, or the mention before it that fits best."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import TYPE_CHECKING

from communique.records import Entity
from communique.resolve.kin import is_kin
from communique.resolve.lexicon import Atom, Token
from communique.resolve.peoples import is_faith
from communique.resolve.salience import Mention, Salience, Special
from communique.resolve.titles import VERBS
from communique.settings import read_table

if TYPE_CHECKING:
    from communique.resolve.people import Person
    from communique.resolve.report import ReportResolver

_POSSESSIVE = re.compile(r"(?:his|her)\b")
_CLAUSE = 5
"""Words from a possessive on among which the verb of its clause stands: "and his new foreign minister said"."""
_HE = frozenset({"he", "him", "his", "himself"})
_SHE = frozenset({"she", "her", "hers", "herself"})
_FIRST = frozenset({"i", "me", "my", "mine", "myself"})
_WE = frozenset({"we", "us", "our", "ours", "ourselves"})
_THEY = frozenset({"they", "them", "their", "theirs", "themselves"})
_IT = frozenset({"it", "its", "itself"})
_WHO = frozenset({"who", "whom", "whose", "which", "that"})
_BACK = 3
"""Sentences before the pronoun's own in which an antecedent is looked for."""

_THINGS = frozenset({"country", "capital", "seat", "body"})


def is_pronoun(word: str) -> bool:
    """Whether `word` (lower case) stands for somebody named elsewhere."""
    return any(word in words for words in (_HE, _SHE, _FIRST, _WE, _THEY, _IT, _WHO))


def kind_of(word: str) -> str:
    """The class of a pronoun, by its plainest form."""
    kinds = (("he", _HE), ("she", _SHE), ("I", _FIRST), ("we", _WE), ("they", _THEY), ("it", _IT))
    return next((kind for kind, words in kinds if word in words), "who")


@lru_cache(maxsize=1)
def female_names() -> frozenset[str]:
    """First names that only women bear."""
    return frozenset(row["name"] for row in read_table("actors/female_names.tsv"))


@lru_cache(maxsize=1)
def male_names() -> frozenset[str]:
    """First names that only men bear."""
    return frozenset(row["name"] for row in read_table("actors/male_names.tsv"))


class Pronouns:
    """Resolves the pronouns of one report through its `ReportResolver`."""

    def __init__(self, report: ReportResolver) -> None:
        self.report = report
        self._by_name: Salience | None = None
        self._by_all: Salience | None = None
        self._things: tuple[Salience, dict[Hashable, Atom]] | None = None
        self._first: dict[int, int] = {}
        self._open: set[int] = set()

    def resolve(self, token: Token, role: str = "actor") -> list[Entity]:
        """The entities that the pronoun `token`, in `role`, stands for; none where nobody fits."""
        word, at = token.norm, token.start
        if word == "us" and token.text.isupper():
            return [Entity("", country="USA", sector="GOV")]
        if at in self._open:
            return []
        self._open.add(at)
        try:
            if word in _FIRST or word in _WE:
                return self._speaker(at, plural=word in _WE)
            if word in _HE or word in _SHE:
                return self._person(at, role, female=word in _SHE)
            if word in _THEY:
                return self._they(at)
            return self._it(at) if word in _IT else self._relative(at)
        finally:
            self._open.discard(at)

    def _speaker(self, at: int, *, plural: bool) -> list[Entity]:
        speaker = self.report.speaker_near(at)
        if speaker is None and self.report.in_quotation(at) is not None:
            found = self._person(at, "speaker", female=False)
            speaker = found[0] if found and found[0].country else None
        if speaker is None:
            # Nobody is quoted: the author's own side, of which nothing tells but what the report is mostly about.
            return [Entity("", country=self.report.home, sector="GOV" if plural else "")] if self.report.home else []
        if plural:
            name = "" if speaker.country else speaker.name
            return [Entity("", country=speaker.country, sector=speaker.sector, name=name)]
        return [speaker]

    # Persons.

    def persons(self, start: int, end: int) -> list[tuple[int, Person]]:
        """(offset, person) of each naming of a person in text[start:end], by name or by an office held."""
        return [(where, person) for where, person in self._all() if start <= where < end]

    def _all(self) -> list[tuple[int, Person]]:
        report = self.report
        out = report.people.mentions()
        titles = {report.tokens[p.first].start for _, p in out}
        for atom in report.atoms:
            if atom.kind == "office" and atom.entry.form == "person" and "name" in atom.entry.flags:
                holder = report.offices.holder(atom) if not self._beside_name(atom, titles) else None
                if holder:
                    out = [*out, (atom.start, holder)]
        return sorted(out, key=lambda pair: pair[0])

    @staticmethod
    def _beside_name(atom: Atom, names: set[int]) -> bool:
        return atom.end + 1 in names

    def _salience(self, pairs: list[tuple[int, Person]]) -> Salience:
        report, out, opened = self.report, [], -1
        for start, person in pairs:
            n = report.sentence_of(start)
            quotation = report.in_quotation(start)
            subject = n != opened and start - report.spans[n][0] < 40
            opened = n
            key = id(person)
            if report.trace is not None:
                report.trace.names[key] = person.name
            out.append(Mention(start, n, key, False, bool(person.country), subject, quotation[0] if quotation else None))
        return Salience(out, report.trace)

    def choose(self, kind: str, at: int, fits: Callable[[Person], bool], *, home: str = "", every: bool = False) -> Person | None:
        """The person that words of class `kind` at `at` mean, of those that `fits` admits; `every`: named by office too."""
        report = self.report
        if every and self._by_all is None:
            self._by_all = self._salience(self._all())
        if self._by_name is None:
            self._by_name = self._salience(report.people.mentions())
        salience = self._by_all if every and self._by_all is not None else self._by_name
        known = {id(p): p for p in report.people.everyone()}
        quotation = report.in_quotation(at)
        last = next((who for where, who in reversed(sorted(report.said, key=lambda s: s[0])) if where < at and who.name), None)
        talking = report.speaker_near(at)
        extra: dict[str, Special] = {}
        for name, who in (("said", last), ("talking", talking)):
            extra[name] = next((k for k, p in known.items() if who is not None and p.name == who.name), None)
        extra.update(report.against.features((k, p.country) for k, p in known.items()))
        extra["home"] = next((k for k, p in known.items() if home and p.country == home and fits(p)), None)
        found = salience.choose(
            kind, at, report.sentence_of(at), quotation[0] if quotation else None, extra,
            lambda key: isinstance(key, int) and key in known and fits(known[key]),
        )  # fmt: skip
        return known[found] if isinstance(found, int) else None

    def _person(self, at: int, role: str, *, female: bool) -> list[Entity]:
        kind = "speaker" if role == "speaker" else "he"
        known = self.report.index.lexicon.first_names

        def fits(person: Person) -> bool:
            named = bool(person.country or person.office) or person.name.split()[0].lower() in known
            return named and gender(person) in (None, female)

        person = self._joined_to(at, fits)
        if person is None and female:
            # A woman named before; else whoever was, of whom nothing tells; else a woman named later.
            person = (
                self.choose(kind, at, lambda p: fits(p) and gender(p) is True and self._named_by(p, at), every=True)
                or self.choose(kind, at, lambda p: fits(p) and self._named_by(p, at), every=True)
                or self.choose(kind, at, lambda p: fits(p) and gender(p) is True, every=True)
            )
        person = person or self.choose(kind, at, fits, every=True)
        if person is not None:
            return [self.report.person_entity(person)]
        office = self._office_before(at)
        return list(self.report.resolve(office.start, office.end)[:1]) if office else []

    def _named_by(self, person: Person, at: int) -> bool:
        """Whether a person is named before `at`, or after it in the main clause of the same sentence ("Before she left, …")."""
        if not self._first:
            for where, one in reversed(self._all()):
                self._first[id(one)] = where
        first = self._first.get(id(person), -1)
        n = self.report.sentence_of(at)
        return first < at or (self.report.sentence_of(first) == n and "," in self.report.text[at:first])

    def _joined_to(self, at: int, fits: Callable[[Person], bool]) -> Person | None:
        """The person in "Jane Doe and her brother", behind whose name and an "and" the pronoun at `at` stands; none where
        another clause begins: "Joe Roe called Jane Doe and his spokesman said ..."."""
        report = self.report
        if not report.text.endswith(" and ", 0, at) or not _POSSESSIVE.match(report.text, at):
            return None
        end = at - len(" and ")
        found = report.people.ending(end)
        i = bisect_left(report.starts, at)
        clause = any(t.norm in VERBS or t.norm.endswith("ed") for t in report.tokens[i + 1 : i + _CLAUSE])
        begun = report.spans[report.sentence_of(at)][0]
        if clause and any(begun <= where < end and person is not found for where, person in self._all()):
            return None
        return found if found is not None and fits(found) else None

    def _office_before(self, at: int) -> Atom | None:
        """The office of one person named last before `at` ("the spokesman … he")."""
        for start, end in self._sentences(at)[:3]:
            for a in self.report.atoms:
                if a.kind == "office" and a.entry.form == "person" and start <= a.start < end:
                    return a
        return None

    def _sentences(self, at: int) -> list[tuple[int, int]]:
        """The pronoun's sentence up to it, then the sentences before, nearest first."""
        n, spans = self.report.sentence_of(at), self.report.spans
        return [(spans[n][0], at), *(spans[k] for k in range(n - 1, max(-1, n - 1 - _BACK), -1))]

    # Things and groups.

    def _nouns(self) -> tuple[Salience, dict[Hashable, Atom]]:
        """What "it" can mean in the report: states, bodies, and organs with or without a state before them."""
        if self._things is None:
            report, out, opened = self.report, [], -1
            atoms: dict[Hashable, Atom] = {}
            for atom in report.atoms:
                entry = atom.entry
                organ = atom.kind == "office" and entry.form == "body"
                if not organ and not (entry.country and (atom.kind in _THINGS or atom.kind == "adjective")):
                    continue
                key: Hashable = (report.offices.own.get(atom.first, ""), "") if organ else (entry.country, entry.name)
                if key == ("", ""):
                    continue
                if atom.kind != "adjective":
                    atoms.setdefault(key, atom)
                n = report.sentence_of(atom.start)
                subject = n != opened and atom.start - report.spans[n][0] < 40
                opened = n
                quotation = report.in_quotation(atom.start)
                place = report.at_place(atom)
                out.append(Mention(atom.start, n, key, place, False, subject, quotation[0] if quotation else None))
            self._things = Salience(out, report.trace), atoms
        return self._things

    def _it(self, at: int, kind: str = "it") -> list[Entity]:
        salience, atoms = self._nouns()
        report, quotation = self.report, self.report.in_quotation(at)
        speaker = report.speaker_near(at)
        extra: dict[str, Special] = {"speaker": (speaker.country, "") if speaker else None, "home": (report.home, "")}
        extra.update(report.against.features((key, key[0]) for key in salience.counts if isinstance(key, tuple)))
        found = salience.choose(kind, at, report.sentence_of(at), quotation[0] if quotation else None, extra)
        if not isinstance(found, tuple):
            return []
        if found in atoms:
            return list(report.resolve(atoms[found].start, atoms[found].end)[:1])
        return [Entity("", country=found[0], sector="GOV")]

    def _they(self, at: int) -> list[Entity]:
        report = self.report
        for start, end in self._sentences(at)[:3]:
            people = [
                a for a in report.atoms
                if start <= a.start < end
                and (a.kind in ("people", "ethnic") or (a.kind == "office" and a.entry.form in ("people", "body")))
                and not (is_faith(a.entry) and a.last in report.offices.own)  # "Catholic bishops" are bishops
            ]  # fmt: skip
            if people:
                return list(report.resolve(*self._with_state(people[0]))[:2])
            if report.country_mentions(start, end):
                break
        return self._it(at, "they")

    def _with_state(self, atom: Atom) -> tuple[int, int]:
        """The span of an office with the state right before it, such as "Chinese officials", or with whose relatives they are."""
        if is_kin(atom):
            return self.report.kin.whole(atom)
        before = next((a for a in self.report.states if a.last == atom.first), None)
        return (before.start if before else atom.start), atom.end

    def _relative(self, at: int) -> list[Entity]:
        report = self.report
        start = report.spans[report.sentence_of(at)][0]
        inside = [a for a in report.atoms if start <= a.start < at]
        return list(report.resolve(inside[-1].start, inside[-1].end)[:1]) if inside else []


def gender(person: Person) -> bool | None:
    """True for a woman, False for a man, None where the words do not tell."""
    if person.female is not None:
        return person.female
    first = person.name.split()[0].lower() if " " in person.name else ""
    if first in female_names():
        return True
    return False if first in male_names() else None
