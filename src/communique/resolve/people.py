"""The persons of one report: full names with their titles, and the short forms that mean them later."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from communique.resolve.actors import ActorIndex
from communique.resolve.kin import is_kin, of_titled
from communique.resolve.lexicon import EAST_ASIAN, HEADS, Atom, Entry, Token, on_date
from communique.resolve.peoples import on_day
from communique.resolve.titles import AMERICAN_TITLES, HONORIFICS, VERBS, Title, Titles

_PARTICLES = frozenset(
    {
        "al", "el", "bin", "ibn", "ben", "van", "von", "der", "den", "de", "da", "di", "del", "della", "dos", "du", "la",
        "le", "abu", "ul", "ur", "os", "e", "y", "st",
    }
)  # fmt: skip
_FEMALE = frozenset(
    {
        "she", "her", "hers", "mrs", "ms", "miss", "spokeswoman", "chairwoman", "congresswoman", "queen", "princess",
    }
)  # fmt: skip

_NO_STATES = frozenset({"UNO", "EUR", "IGO", "NGO"})
_HEADLINE_VERB = re.compile(r"(?:s|ed|ing)$")


@dataclass(slots=True)
class Person:
    """A person of the report. `first` is the token of the first full mention; `titled` says that the country is the title's."""

    name: str
    country: str = ""
    sector: str = ""
    office: str = ""
    first: int = 0
    titled: bool = False
    female: bool | None = None
    known_sector: bool = False
    """Whether the sector, though empty, is known: people of international bodies have none."""
    sure: bool = False
    """Whether the tables say what he or she was on the day of the report."""
    owner: int | None = None
    """The token of the "his" or "its" before the title."""
    abroad: bool = False
    """Whether the title is none that an American has."""
    kin: bool = False
    """Whether the title is a relative's."""
    weak: bool = False
    """Whether the title is an office that has the sector of whose it is: "their spokesman"."""
    asked: bool = False
    guess: str = ""
    """The country that fits best where none is told, once it was asked for."""


@dataclass(frozen=True, slots=True)
class NameRun:
    """Capitalised words [first, last) that no table knows."""

    first: int
    last: int


def name_runs(
    text: str, tokens: Sequence[Token], atoms: Sequence[Atom], sentence_words: frozenset[str],
    compounds: frozenset[str] = frozenset(),
) -> list[NameRun]:  # fmt: skip
    """Stretches of capitalised words outside the atoms, particles and initials inside them."""
    covered: set[int] = set()
    for atom in atoms:
        covered.update(range(atom.first, atom.last))
    # "TrumpGetty": words that a page ran together are no name.
    covered.update(i for i, t in enumerate(tokens) if re.search(r"[a-z]{3}(?:[A-Z][a-z]|[A-Z]{2})", t.text) and "'" not in t.text)
    runs: list[NameRun] = []
    i = 0
    while i < len(tokens):
        titled = tokens[i].capital and i > 0 and tokens[i - 1].norm in HONORIFICS
        if i in covered or not (_may_begin(tokens[i], sentence_words) or titled):
            i += 1
            continue
        j = i + 1
        while j < len(tokens) and j not in covered and _joined(text, tokens, j) and (
            (tokens[j].capital and (tokens[j].norm not in sentence_words or text[tokens[j].start : tokens[j].end + 1] == "A."))
            or (_hyphened(text, tokens, j) and tokens[j].norm not in compounds)
            or (tokens[j].norm in _PARTICLES and j + 1 < len(tokens) and tokens[j + 1].capital and j + 1 not in covered)
        ):  # fmt: skip
            j += 1
        # A page that repeats a person's full name behind the first mention, glued to what follows.
        glued = j < len(tokens) and j - i >= 2 and tokens[j].norm.startswith(tokens[i].norm) and tokens[j].text != tokens[i].text
        same = len({t.norm for t in tokens[i:j]}) == 1
        runs.append(NameRun(i, i + 1 if glued or same else j))
        i = j
    return runs


def _may_begin(token: Token, sentence_words: frozenset[str]) -> bool:
    return (token.capital and token.norm not in sentence_words and not token.text[0].isdigit()) or token.norm == "al"


def _joined(text: str, tokens: Sequence[Token], j: int) -> bool:
    gap = text[tokens[j - 1].end : tokens[j].start]
    initial = gap[:1] != "." or len(tokens[j - 1].text) == 1
    return initial and gap in (" ", "-", ". ", ".", "  ", "\u00a0", " “", "” ", ' "', '" ')


def _hyphened(text: str, tokens: Sequence[Token], j: int) -> bool:
    """The second half of a name such as "Jae-in"."""
    return text[tokens[j - 1].end : tokens[j].start] == "-" and tokens[j].text.isalpha() and len(tokens[j].text) <= 6


class People:
    """All persons of a report, found once; `find` gives the one that words mean."""

    def __init__(self, text: str, tokens: Sequence[Token], atoms: Sequence[Atom], index: ActorIndex, day: str) -> None:
        self.text, self.tokens, self.atoms, self.index, self.day = text, tokens, list(atoms), index, day
        self.titles = Titles(text, tokens, atoms)
        self.full: dict[str, Person] = {}
        self.given: dict[str, Person] = {}
        self.famous: dict[str, Person] = {}
        self.named: list[tuple[int, Person]] | None = None
        self.short: dict[str, list[Person]] = {}
        self.runs = name_runs(text, tokens, atoms, index.lexicon.sentence_words, index.lexicon.compounds)
        self.runs = self._without_openers(self.runs)
        for atom in atoms:
            if atom.kind == "person":
                self._known(atom)
        for run in self.runs:
            if run.last - run.first >= 2 and not any(t.norm in index.lexicon.thing_words for t in tokens[run.first : run.last]):
                self._register(run.first, run.last, None)
        for run in self.runs:
            if run.last - run.first == 1:
                self._single(run)

    def _without_openers(self, runs: list[NameRun]) -> list[NameRun]:
        """Runs without the words around a name that are none of it: "Apparently Trump", "Obama Responds", "Trump-Kim"."""
        alone = {self.tokens[r.first].norm for r in runs if r.last - r.first == 1}
        known = self.index.lexicon.first_names
        out: list[NameRun] = []
        for run in runs:
            if run.last - run.first != 2:
                out.append(run)
                continue
            a, b = self.tokens[run.first], self.tokens[run.first + 1]
            is_a, is_b = (self._surname(t.norm) or t.norm in alone for t in (a, b))
            if is_a and is_b and b.capital and self.text[a.end : b.start] == "-":
                out += [NameRun(run.first, run.first + 1), NameRun(run.first + 1, run.last)]
            elif self._surname(b.norm) and a.norm not in known and self._opens(a, run.first):
                out.append(NameRun(run.first + 1, run.last))
            elif self._surname(a.norm) and not is_b and _HEADLINE_VERB.search(b.norm) and a.norm not in known:
                out.append(NameRun(run.first, run.first + 1))
            else:
                out.append(run)
        return out

    def _opens(self, token: Token, first: int) -> bool:
        """Whether a sentence, title or quotation begins with the word; the stop of "Gen." before it ends none."""
        title = self.titles.until.get(first)
        if title is not None and title.kind == "office":
            return False
        before = self.text[: token.start].rstrip(" ")
        return not before or before[-1] in ".?!:;\n“\"‘'—–-|•"

    def _surname(self, key: str) -> bool:
        return key in self.index.lexicon.surnames

    def _known(self, atom: Atom) -> None:
        plain = " ".join(t.norm for t in self.tokens[atom.first : atom.last] if len(t.norm) > 1)
        entries = (*atom.entries, *(e for e in self.index.lexicon.person(plain) if e not in atom.entries))
        entry = on_date(entries, self.day)  # "Donald J. Trump" holds what Donald Trump does
        words = self.text[atom.start : atom.end]
        self._register(atom.first, atom.last, self._person_of(entry, atom.first, words))

    def _person_of(self, entry: Entry, first: int, words: str = "") -> Person:
        """A person of the tables, named as the report writes it."""
        entry, sure = on_day(entry, self.day), not self.day or entry.holds(self.day)
        # Only people of bodies have no sector; a state's, in a user's own table, have one that nobody wrote down.
        known = bool(entry.sector) or entry.country in _NO_STATES
        return Person(words or entry.name, entry.country, entry.sector, entry.office, first, sure=sure, known_sector=known)

    def _single(self, run: NameRun) -> None:
        """A bare surname behind a title, such as "President Obama", where no full name came with it."""
        title = self.titles.before(run.first)
        key = self.tokens[run.first].norm
        if not title or key in self.short or title.office is None or "name" not in title.office.entry.flags:
            return
        if key in self.given and run.first > self.given[key].first:
            return  # "Sheikh Sharif" of the report's Sharif Ahmed
        known = self.index.surname(key, self.day) if not is_kin(title.office) else None  # "his brother Paul"
        if known and title.named and known.country != title.country and not self._in_office(known, title):
            known = None
        word = self.text[self.tokens[run.first].start : self.tokens[run.first].end]
        person = self._person_of(known, run.first) if known else Person(word, first=run.first)
        self._titled(person, title, known is not None)
        self.short.setdefault(key, []).append(person)

    def _in_office(self, known: Entry, title: Title) -> bool:
        """Whether the tables' person holds the very office that the title names, whatever country stands beside it."""
        office = title.office.entry.office if title.office else ""
        return known.holds(self.day) and office in known.office.lower()

    def _register(self, first: int, last: int, person: Person | None) -> None:
        words = [t.norm for t in self.tokens[first:last]]
        key = " ".join(words)
        title = self._title_of(first, last)
        if key in self.full:
            old = self.full[key]
            if not old.country or not old.office:
                self._titled(old, title, old.country != "")
            return
        if person is None and (entry := self._alike(words)) is not None:
            text = self.text[self.tokens[first].start : self.tokens[last - 1].end]
            person = self._person_of(entry, first, text)
        known = person is not None and person.sure
        if person is None:
            person = Person(self.text[self.tokens[first].start : self.tokens[last - 1].end], first=first)
        self._titled(person, title, known)
        self.full[key] = person
        shorts = {words[-1], " ".join(words[-2:])} - {key}
        if person.country in EAST_ASIAN or (not person.country and len(words[0]) <= 5):
            shorts.add(words[0])
        for short in shorts:
            self.short.setdefault(short, []).append(person)
        self.given.setdefault(words[0], person)

    def _title_of(self, first: int, last: int) -> Title | None:
        """The title before a name, or behind it where that says more."""
        before, behind = self.titles.before(first), self.titles.behind(last)
        if before is None or behind is None:
            return before or behind
        if before.office is not None and before.country:
            return before
        if before.office is None:
            return behind if behind.office is not None else before
        return before if not behind.country else Title(
            before.office, behind.country, before.words, before.former, behind.body, behind.named
        )  # fmt: skip

    def _alike(self, words: list[str]) -> Entry | None:
        """The official whose first and last name these are, a middle name or initial apart."""
        for known in (f"{words[0]} {words[-1]}", " ".join(w for w in words if len(w) > 1)):
            found = self.index.person(known, self.day)
            if found is not None and len(words) > 2:
                return found
        return None

    def _titled(self, person: Person, title: Title | None, known: bool) -> None:
        """Adds to a person what a title says; what the tables know of an office held on the day goes before."""
        if title is None:
            return
        if title.country and (not known or not person.country):
            person.country, person.titled = title.country, True
        if not person.country and AMERICAN_TITLES & set(re.findall(r"[a-z]+", title.words.lower())):
            person.country = "USA"
        if not person.country and title.office is not None and "usa" in title.office.entry.flags:
            person.country = "USA"
        person.abroad = person.abroad or (title.office is not None and "notusa" in title.office.entry.flags)
        kin = title.office is not None and is_kin(title.office)
        held = person.office if kin else ""  # "his father, Hun Sen", held an office himself
        if title.former or (held and person.sector == "ELI"):
            person.sector = "ELI"
        elif person.sector == "ELI" or not (known and (person.sector or person.known_sector)):
            person.sector = (of_titled(self, title.office) if kin and title.office else title.sector) or person.sector
            person.kin = kin
            person.weak = title.owner is not None and title.office is not None and "weak" in title.office.entry.flags
        person.owner = title.owner if person.owner is None else person.owner
        person.known_sector = person.known_sector or bool(title.office) or title.international
        person.office = held or title.words or person.office
        if title.office is not None and any(t.norm in _FEMALE for t in self.tokens[title.office.first : title.office.last]):
            person.female = True

    def everyone(self) -> list[Person]:
        """The persons of the report, each once."""
        groups = (*self.short.values(), list(self.full.values()), list(self.famous.values()))
        return list({id(p): p for group in groups for p in group}.values())

    def mentions(self) -> list[tuple[int, Person]]:
        """(offset, person) of each naming, in the order of the text."""
        if self.named is None:
            spans = [(a.first, a.last) for a in self.atoms if a.kind == "person"] + [(r.first, r.last) for r in self.runs]
            found = [(self.tokens[i].start, self.find(i, j)) for i, j in sorted(spans)]
            self.named = [(start, person) for start, person in found if person is not None]
        return self.named

    def ending(self, end: int) -> Person | None:
        """The person whose name ends at offset `end`."""
        spans = [(a.first, a.last) for a in self.atoms if a.kind == "person"] + [(r.first, r.last) for r in self.runs]
        return next((self.find(i, j) for i, j in spans if self.tokens[j - 1].end == end), None)

    def find(self, first: int, last: int) -> Person | None:
        """The person that tokens [first, last) mean: by full name, by a short form in the report, by a known surname."""
        words = [t.norm for t in self.tokens[first:last] if t.norm not in HONORIFICS]
        if len(words) == 1 and words[0] in self.index.lexicon.thing_words:
            return None
        if len(words) > 1 and " ".join(words) not in self.full and any(w in self.index.lexicon.thing_words for w in words):
            return None
        while words:
            key = " ".join(words)
            if key in self.full:
                return self.full[key]
            if key in self.short:
                return self._likeliest(key, first)
            if len(words) == 1 and (named := self.given.get(key)) is not None and first > named.first:
                return named
            if self._no_name(key, first, last):
                return None
            if key not in self.famous and (known := self.index.surname(key, self.day)) is not None:
                self.famous[key] = self._person_of(known, first)
            if key in self.famous:
                return self.famous[key]
            words = words[1:]
        return None

    def _no_name(self, key: str, first: int, last: int) -> bool:
        """Whether a word is hardly the surname that it could be: "Rice farmers marched", "a U-2"."""
        if len(key) <= 2 and re.match(r"-\d", self.text[self.tokens[last - 1].end :]):
            return True
        if key not in self.index.lexicon.common_words or last >= len(self.tokens) or not self._opens(self.tokens[first], first):
            return False
        following = self.tokens[last]
        speaks = following.norm in VERBS or following.norm.endswith("ed")
        return not following.capital and not speaks and self.text[self.tokens[last - 1].end : following.start] == " "

    def _likeliest(self, key: str, first: int) -> Person:
        """Of the persons with one short name the head of state or government ("Trump", not his wife), else the last named."""
        persons = self.short[key]
        known = self.index.surname(key, self.day)
        if known is not None and known.office in HEADS:
            given = known.name.split()[0]
            head = next((p for p in persons if p.country == known.country and p.office and p.name.split()[0] == given), None)
            if head is not None:
                return head
            if known.country not in EAST_ASIAN and not self._only_other(persons, known):
                return self.famous.setdefault(key, self._person_of(known, first))
        earlier = [p for p in persons if p.first <= first] or persons
        return max(earlier, key=lambda p: (bool(p.country), p.first))

    def _only_other(self, persons: Sequence[Person], known: Entry) -> bool:
        """Whether the report has an official of that surname from elsewhere or of another name, and nothing of the country of
        the known one."""
        if not any(p.country and p.office and p.country != known.country for p in persons):
            return False
        return not any(a.entry.country == known.country for a in self.atoms if a.kind not in ("office", "person"))
