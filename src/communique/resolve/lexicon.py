"""Finds known names and offices in a text: states, their people, capitals and seats, bodies, officials, offices.

Every fact is a row of a table in ``data/actors``; this module only matches. Names are matched as they are written
(a name begins with a capital, an acronym is all capitals), accents and hyphens apart, offices in any case; the longest
match wins.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from communique.resolve.own import ALIAS, BODY, own_rows
from communique.settings import data_path, read_table

_TOKEN = re.compile(r"(?:[A-Za-z]\.){2,}|(?<!\w['’])[^\W_]+(?:['’](?!s\b)[^\W_]+)*")
_LONGEST = 8
"""Most words of one name or office in the tables."""


class Token(NamedTuple):
    """A word with its character offsets; `norm` is what it is looked up by."""

    start: int
    end: int
    text: str
    norm: str

    @property
    def capital(self) -> bool:
        return self.text[:1].isupper()


@dataclass(frozen=True, slots=True)
class Entry:
    """What a name stands for.

    `kind`: country, adjective, people, capital, seat, place, ethnic, body, person, office. For an office `country` is
    empty, `sector` what it decides, and `flags` say how (see data/actors/offices.tsv); for a person `since` and `until`
    bound the office; `homes` are the countries of a people that lives in several, the first of them in `country`; `own`
    marks what comes from the user's own table.
    """

    kind: str
    country: str = ""
    sector: str = ""
    name: str = ""
    office: str = ""
    flags: frozenset[str] = frozenset()
    form: str = ""
    since: str = ""
    until: str = ""
    source: str = ""
    homes: tuple[str, ...] = ()
    own: bool = False

    def holds(self, day: str) -> bool:
        """Whether the office is held on `day` (ISO date; empty counts as held)."""
        return not day or ((not self.since or self.since <= day) and (not self.until or day <= self.until))


@dataclass(frozen=True, slots=True)
class Atom:
    """A stretch of tokens [first, last) that the tables know."""

    first: int
    last: int
    start: int
    end: int
    entries: tuple[Entry, ...]

    @property
    def entry(self) -> Entry:
        return self.entries[0]

    @property
    def kind(self) -> str:
        return self.entries[0].kind


@lru_cache(maxsize=65536)
def _plain(word: str) -> str:
    """`word` in lower case, without stops and accents."""
    word = word.replace(".", "").replace("’", "'").lower()
    if word.isascii():
        return word
    return "".join(c for c in unicodedata.normalize("NFD", word.replace("ı", "i")) if not unicodedata.combining(c))


def tokens_of(text: str) -> list[Token]:
    """Words of `text` with offsets. A possessive 's is left out; "U.S." is one word."""
    return [Token(m.start(), m.end(), m.group(), _plain(m.group())) for m in _TOKEN.finditer(text)]


def key_of(name: str) -> str:
    """The form in which a name is looked up."""
    return " ".join(t.norm for t in tokens_of(name))


def office_key(office: str) -> str:
    """The form in which the holders of an office are looked up, whichever way "defence" is written."""
    return office.lower().replace("defence", "defense")


def _split(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


class Lexicon:
    """All tables by their keys. Make one with `Lexicon.load`; it is read-only and shared."""

    def __init__(self) -> None:
        self.names: dict[str, list[Entry]] = {}
        self.capitals_only: set[str] = set()
        self.capital_after_the: set[str] = set()
        self.offices: dict[str, Entry] = {}
        self.persons: dict[str, list[str]] = {}
        self.own: dict[str, list[str]] = {}
        self.surnames: dict[str, list[Entry]] = {}
        self.first_names: set[str] = set()
        self.holders: dict[str, list[Entry]] = {}
        self.country_names: dict[str, str] = {}
        self.openers: dict[str, int] = {}
        self.sentence_words: frozenset[str] = frozenset()
        self.thing_words: frozenset[str] = frozenset()
        self.indefinite: frozenset[str] = frozenset()
        self.settled: frozenset[str] = frozenset()
        self.led_by_president: frozenset[str] = frozenset()
        self.common_words: frozenset[str] = frozenset()
        self.compounds: frozenset[str] = frozenset()
        self.deeds: dict[str, str] = {}

    @classmethod
    @lru_cache(maxsize=2)
    def load(cls, own: Path | None = None, stamp: int = 0) -> Lexicon:
        """The tables inside the package, with the user's own table where there is one, whose rows go before theirs.

        `stamp` is the time of the own table's last change, so that a changed one is read again.
        """
        out = cls()
        out._countries()
        out._bodies()
        out._peoples()
        out._places()
        out._offices()
        out._people()
        if own is not None:
            out._own(own)
        out._words()
        for key in (key for table in (out.names, out.offices, out.persons) for key in table):
            opener, words = key.partition(" ")[0], key.count(" ") + 1
            if words > out.openers.get(opener, 0):
                out.openers[opener] = words
        return out

    def _add(self, name: str, entry: Entry) -> None:
        key = key_of(name)
        if not key:
            return
        if name.replace(".", "").isupper() and len(name) <= _ACRONYM and key not in self.names:
            self.capitals_only.add(key)
        elif not name.replace(".", "").isupper():
            self.capitals_only.discard(key)
        if key.startswith("the ") and name[4:5].isupper():
            self.capital_after_the.add(key)
        known = self.names.setdefault(key, [])
        if all((e.kind, e.country) != (entry.kind, entry.country) for e in known):
            known.append(entry)

    def _countries(self) -> None:
        for row in read_table("actors/countries.tsv"):
            code = row["code"]
            self.country_names[code] = row["name"]
            sector = "" if code in ("EUR", "UNO", "IGO") else "GOV"
            for kind, cells in (
                ("country", [row["name"], *_split(row["other"])]),
                ("adjective", _split(row["adjective"])),
                ("people", _split(row["people"] or "") or [a + "s" for a in _split(row["adjective"]) if a[-1:] in "nia"]),
                ("seat", _split(row["seat"] or "")),
                ("capital", _split(row["capital"])),
            ):
                for name in cells:
                    self._add(name, Entry(kind, code, "CVL" if kind == "people" else sector, form=name))

    def _bodies(self) -> None:
        for row, name in body_names():
            entry = Entry("body", row["country"], row["sector"], row["name"], form=row["name"])
            self._add(name, entry)
            for one, other in _SPELLED:
                if one in name:
                    self._add(name.replace(one, other), entry)

    def _peoples(self) -> None:
        for row in read_table("actors/peoples.tsv"):
            homes = tuple(_split(row["countries"]))
            for name in _split(row["words"]):
                self._add(name, Entry("ethnic", homes[0] if homes else "", row["sector"] or "", form=name, homes=homes))

    def _places(self) -> None:
        for row in read_table("actors/places.tsv"):
            for name in _split(row["places"]):
                if key_of(name) not in self.names:
                    self._add(name, Entry("place", row["country"], "", form=name))

    def _offices(self) -> None:
        for row in read_table("actors/offices.tsv"):
            flags = frozenset((row["flags"] or "").split())
            for name in _split(row["words"]):
                entry = Entry("office", "", row["sector"], office=name, flags=flags, form=row["kind"])
                self.offices.setdefault(key_of(name), entry)

    def _people(self) -> None:
        """Rows of people.tsv as they are, by their key; only the prominent ones, which come first, are read further."""
        spelled = _spellings()
        eastern: set[str] = set()
        western: set[str] = set()
        for line in data_path("actors", "people.tsv").read_text("utf-8").splitlines()[2:]:
            key, _, row = line.partition("\t")
            key = key or row.partition("\t")[0].lower()
            self.persons.setdefault(key, []).append(row)
            self.first_names.add(key.partition(" ")[0])
            if row.endswith("\tprominent"):
                entry = _person_of(row)
                words = key.split()
                self.holders.setdefault(office_key(entry.office), []).append(entry)
                if entry.country in EAST_ASIAN:
                    eastern.add(key)
                elif key not in eastern:
                    western.add(words[0])
                for short in {words[-1], " ".join(words[-2:])} - {key}:
                    self.surnames.setdefault(short, []).append(entry)
                self._spelled(words, row, entry, spelled)
        families = Counter(key.partition(" ")[0] for key in eastern)
        for key in sorted(eastern):
            first = key.partition(" ")[0]
            if first not in western or families[first] >= _FAMILY:
                self.surnames.setdefault(first, []).extend(e for e in self.person(key) if e not in self.surnames.get(first, ()))

    def _spelled(self, words: Sequence[str], row: str, entry: Entry, spelled: Mapping[tuple[str, str], Sequence[str]]) -> None:
        """A person under the other spellings of the first and last name."""
        if len(words) < 2:
            return
        lasts = spelled.get(("last", words[-1]), (words[-1],))
        given = " ".join(words[1:-1]).removesuffix("al").removesuffix("el").strip() if len(lasts) > 1 else " ".join(words[1:-1])
        for first in spelled.get(("first", words[0]), (words[0],)):
            for last in lasts:
                key = " ".join(w for w in (first, given, last) if w)
                rows = self.persons.setdefault(key, [])
                if row not in rows:
                    rows.append(row)
                self.first_names.add(first)
        for last in lasts:
            known = self.surnames.setdefault(last, [])
            if entry not in known:
                known.append(entry)

    def _own(self, path: Path) -> None:
        """Rows of the user's own table: persons by their key, those in offices that the shipped table follows by office
        and surname too, and bodies by their name."""
        followed = set(self.holders)
        for key, row in own_rows(path):
            entry = _person_of(row, own=True)
            if entry.office == BODY:
                self.names.setdefault(key, []).insert(0, Entry("body", entry.country, entry.sector, entry.name, form=entry.name))
                continue
            self.own.setdefault(key, []).append(row)
            self.persons.setdefault(key, [])
            self.first_names.add(key.partition(" ")[0])
            office = office_key(entry.office)
            if office in followed and not entry.source.endswith(ALIAS):
                self.holders[office].insert(0, entry)
                words = key.split()
                eastern = {words[0]} if entry.country in EAST_ASIAN else set()
                for short in ({words[-1], " ".join(words[-2:])} | eastern) - {key}:
                    self.surnames.setdefault(short, []).insert(0, entry)

    def _words(self) -> None:
        words = {row["class"]: frozenset(row["words"].split()) for row in read_table("actors/words.tsv")}
        self.sentence_words, self.thing_words = words["sentence"], words["thing"]
        self.indefinite, self.settled, self.compounds = words["indefinite"], words["settled"], words["compound"]
        self.led_by_president, self.common_words = words["presidential"], words["common"]
        for row in read_table("actors/deeds.tsv"):
            for name in _split(row["words"]):
                self.deeds[key_of(name)] = row["sector"]

    def person(self, key: str) -> tuple[Entry, ...]:
        """The offices of whoever bears the full name whose key is `key`."""
        own = tuple(_person_of(row, own=True) for row in self.own.get(key, ())) if self.own else ()
        return own + tuple(_person_of(row) for row in self.persons.get(key, ()))

    def atoms(self, tokens: Sequence[Token]) -> list[Atom]:
        """Known stretches of `tokens`, from left to right, without overlap."""
        return list(self._scan(tokens))

    def _scan(self, tokens: Sequence[Token]) -> Iterator[Atom]:
        i, known = 0, -1
        while i < len(tokens):
            found = self._longest(tokens, i) if tokens[i].norm in self.openers else None
            if found is None or (self._may_be_name(found[1][0], tokens[i]) and self._in_name(tokens, i, found[0], known)):
                i += 1
                continue
            last, entries = found
            yield Atom(i, last, tokens[i].start, tokens[last - 1].end, entries)
            i = known = last

    @staticmethod
    def _may_be_name(entry: Entry, token: Token) -> bool:
        return entry.kind == "place" or token.norm in NAMES_TOO

    def _in_name(self, tokens: Sequence[Token], first: int, last: int, known: int) -> bool:
        """Whether capitalised words beside tokens [first, last) make them part of a person's name ("Michael Jordan").

        `known` is the token up to which the words before are known."""
        if first > known and first and tokens[first].start - tokens[first - 1].end == 1 and self._name_word(tokens[first - 1]):
            return True
        if last >= len(tokens) or tokens[last].start - tokens[last - 1].end != 1 or last - first > 1:
            return False
        return self._name_word(tokens[last]) and self._longest(tokens, last) is None

    def _name_word(self, token: Token) -> bool:
        return (
            token.capital and not token.text.isupper() and token.norm not in self.sentence_words
            and token.norm not in self.thing_words and not token.text[0].isdigit()
        )  # fmt: skip

    def _longest(self, tokens: Sequence[Token], i: int) -> tuple[int, tuple[Entry, ...]] | None:
        first = tokens[i]
        # No name that begins with this word is longer than `openers` says.
        most = min(len(tokens) - i, _LONGEST, self.openers.get(first.norm, 0))
        norms = [t.norm for t in tokens[i : i + most]]
        for last in range(i + most, i, -1):
            key = " ".join(norms[: last - i])
            if first.capital or first.norm in _LOWER_OPENERS:
                entries = self.names.get(key)
                upper = first.text.replace(".", "").isupper()
                small = key in self.capital_after_the and not tokens[i + 1].capital
                if entries and not small and (upper or not (key in WORDS_TOO or key in self.capitals_only)):
                    return last, tuple(entries)
                if last - i > 1 and tokens[last - 1].capital and key in self.persons:
                    return last, self.person(key)
            office = self.offices.get(key)
            if office is not None and not ("capital" in office.flags and self._goes_on(tokens, last)):
                return last, (office,)
        return None

    def _goes_on(self, tokens: Sequence[Token], last: int) -> bool:
        """Whether words that need a capital have none before token `last`, or go on behind it: "the House of Lords"."""
        if not tokens[last - 1].capital or last == len(tokens):
            return not tokens[last - 1].capital
        following = tokens[last]
        beside = following.start - tokens[last - 1].end == 1
        return beside and (following.norm == "of" or (following.capital and following.norm not in self.sentence_words))


def body_names() -> Iterator[tuple[Mapping[str, str], str]]:
    """Each row of bodies.tsv with each of its body's names, the one that a record carries first."""
    for row in read_table("actors/bodies.tsv"):
        for name in (row["name"], *_split(row["other"] or "")):
            yield row, name


def _spellings() -> dict[tuple[str, str], list[str]]:
    """(part, word) -> the spellings of that first or last name, the word itself among them."""
    out = {}
    for row in read_table("actors/spellings.tsv"):
        words = _split(row["words"])
        out.update({(row["part"], word): words for word in words})
    return out


def _person_of(row: str, own: bool = False) -> Entry:
    name, country, sector, office, since, until, source = row.split("\t")
    return Entry("person", country, sector, name, office, since=since, until=until, source=source, own=own)


_SPELLED = [
    pair for one, other in (
        ("Organization", "Organisation"), ("Defense", "Defence"), ("Labor ", "Labour "), ("Program ", "Programme "),
        ("Center", "Centre"),
    ) for pair in ((one, other), (other, one))
]  # fmt: skip
"""The American and the British spelling of words in the names of bodies."""

_ACRONYM = 6
"""Most characters of a name that counts only where it is written in capitals, if the table has it so."""

_FAMILY = 5
"""Bearers from which a first word is a family's name even where it is a first name elsewhere: Kim Campbell, Kim Jong Un."""

_LOWER_OPENERS = frozenset(
    {
        "al", "peshmerga", "anti", "the", "colectivos", "janjaweed", "loyalist", "unionists", "ethnic", "yellow", "red",
        "gilets", "blue",
    }
)  # fmt: skip
"""First words of names that are written in lower case too."""

WORDS_TOO = frozenset({"us", "is", "who", "it", "ice", "let", "act", "spa", "rt", "au", "car", "roc"})
"""Short names that are words as well: they count only in capitals."""

NAMES_TOO = frozenset(
    {
        "jordan", "chad", "georgia", "israel", "cuba", "kenya", "china", "holland", "german", "france", "seif", "male",
        "english", "welsh", "london", "wellington", "sofia", "paris", "lima", "victoria", "karen", "kingston", "democratic",
    }
)  # fmt: skip
"""States, capitals and others that are names of persons, or parts of other names, as well."""

EAST_ASIAN = frozenset({"CHN", "PRK", "KOR", "TWN", "HKG", "VNM", "KHM", "SGP", "MYS"})
"""Countries whose people are called by the first word of their name."""


def on_date(entries: Sequence[Entry], day: str) -> Entry:
    """The entry of a person that holds on `day`; where none does, the last held before it, as a former one. Who becomes president
    later is nothing yet that the tables know: a candidate, or a colonel."""
    holding = [e for e in entries if e.holds(day)]
    if holding:
        return max(holding, key=lambda e: (e.own, e.source == "prominent", e.own and e.office in HEADS, e.since))
    past = [e for e in entries if e.until and e.until < day]
    if not past:
        first = min(entries, key=lambda e: e.since)
        return replace(first, sector="", office="") if first.since > day and first.office == "President" else entries[0]
    last = max(past, key=lambda e: (e.own, e.source == "prominent", e.until))
    return replace(last, sector="ELI", office=f"former {last.office}") if last.sector in _LEFT else last


HEADS = frozenset({"President", "Prime Minister", "Chancellor", "King", "Leader", "Supreme Leader", "Premier"})
"""Offices whose holder a bare surname means before any other's."""

_LEFT = frozenset({"GOV", "MIL", "LEG", "SPY", "COP", "JUD"})
"""Sectors that end with the office: who held one is ELI afterwards (CODEBOOK.md, Sectors)."""
