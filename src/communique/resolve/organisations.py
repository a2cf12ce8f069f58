"""Names of organisations that no table knows: "General Workers' Union", "Kenya National Commission on Human Rights".

Capitalised words around a noun such as "Union" or "Commission" are one name, whatever the tables know of the words inside it.
What such a body is says data/actors/organisations.tsv; a name of the tables that holds the noun goes before. Short forms of the
names of a report's bodies are found here too: "the Courts", "the Front", "the GWU".
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache

from communique.resolve.lexicon import Atom, Entry, Lexicon, Token
from communique.settings import read_table

FOUND = "found"
"""The flag of a body that was found by its words."""

_STATES = frozenset({"country", "adjective", "place", "capital", "ethnic", "people"})
_TITLES = frozenset({"GOV", "LEG", "ELI", "PTY", "OPP"})
"""Sectors whose offices stand before a name rather than in one: "Chairman", but not "General"."""
_JOINED = re.compile(r" |-|['’] ")
_THEIRS = frozenset({"people", "women", "children", "men"})
"""Words whose possessive is part of a name: "People's Consultative Conference"."""
_SMALL = frozenset({"of", "for", "on", "against", "and", "the"})
_LETTERS = re.compile(r"\s\((?:the\s)?([A-Z][A-Za-z]{0,2}[A-Z-]{1,6})\)")
_NO_HEADLINE = re.compile(r"\b(?!(?:the|and|but|for|nor|yet|off|out|via|its)\b)[a-z]{3,}")
"""A word in small letters which shows that a sentence is no headline, in which every word but the smallest has a capital."""
_PLAIN = 4
"""Letters that a short form of a body's name has at least: "the Clan"."""
_OF = re.compile(r"\s(?:of|for|on|against)\s")


@lru_cache(maxsize=1)
def _table() -> dict[str, list[tuple[frozenset[str], str]]]:
    out: dict[str, list[tuple[frozenset[str], str]]] = {}
    for row in read_table("actors/organisations.tsv"):
        for head in row["heads"].split(";"):
            out.setdefault(head, []).append((frozenset((row["with"] or "").split(";")) - {""}, row["sector"]))
    return out


class Organisations:
    """Finds the organisations of one report. `spans` are its sentences, `atoms` what the tables know."""

    def __init__(
        self, text: str, tokens: Sequence[Token], spans: Sequence[tuple[int, int]], atoms: Sequence[Atom], lexicon: Lexicon
    ) -> None:
        self.text, self.tokens, self.spans, self.lexicon = text, tokens, spans, lexicon
        self.atoms = list(atoms)
        self.cover = {i: a for a in atoms for i in range(a.first, a.last)}
        self.headlines: dict[int, bool] = {}

    def atoms_and_names(self) -> list[Atom]:
        """The atoms, those inside a found name replaced by it, and short forms of the report's bodies."""
        found: list[Atom] = []
        for i, token in enumerate(self.tokens):
            if token.capital and token.norm in _table() and (not found or i >= found[-1].last):
                name = self._name(i)
                if name is not None:
                    found.append(name)
        self._put(found)
        self._put(list(self._short()))
        return self.atoms

    def _put(self, found: Sequence[Atom]) -> None:
        for atom in found:
            self.cover.update(dict.fromkeys(range(atom.first, atom.last), atom))
        if found:
            inside = {i for a in found for i in range(a.first, a.last)}
            left = [a for a in self.atoms if inside.isdisjoint(range(a.first, a.last))]
            self.atoms = sorted([*left, *found], key=lambda a: a.first)

    # Names in full.

    def _name(self, head: int) -> Atom | None:
        """The name that turns on the noun at token `head`; None where it is none or the tables know it."""
        known = self.cover.get(head)
        if known is not None and known.kind != "office" and not self._may_be_longer(known):
            return None
        begin, end = (known.first, known.last) if known is not None else (head, head + 1)
        first, last = self._left(begin), self._right(end)
        if first is None:
            return None
        own = [i for i in range(first, last) if self.tokens[i].norm not in _SMALL and not self._state(i)]
        if all(begin <= i < end for i in own) or self._headline(first):
            return None
        words = {self.tokens[i].norm for i in range(first, last)}
        sector = next((s for wanted, s in _table()[self.tokens[head].norm] if not wanted or wanted & words), None)
        if sector is None:
            return None
        text = self.text[self.tokens[first].start : self.tokens[last - 1].end]
        country = next((c for i in range(first, last) if (c := self._country(i)) not in ("", "EUR")), "")
        entry = Entry("body", country, sector, text, flags=frozenset({FOUND}), form=text)
        return Atom(first, last, self.tokens[first].start, self.tokens[last - 1].end, (entry,))

    def _may_be_longer(self, known: Atom) -> bool:
        """Whether a body's name of two words is the end of another's: "Electoral Commission" behind "Independent High"."""
        i = known.first - 1
        if known.kind != "body" or known.last - known.first != 2 or i < 0:
            return False
        beside = self.text[self.tokens[i].end : known.start] == " "
        return beside and i not in self.cover and self._may_follow(i)

    def _left(self, first: int) -> int | None:
        """Where the capitalised words before token `first` begin; None where they name a person or a known body."""
        while first:
            before, gap = self.tokens[first - 1], self.text[self.tokens[first - 1].end : self.tokens[first].start]
            if gap == " " and before.text == "and" and self._joins(first - 1):
                first -= 2
                continue
            theirs = before.norm in _THEIRS and gap in ("'s ", "’s ")
            if not (_JOINED.fullmatch(gap) or theirs) or not before.capital or before.norm in self.lexicon.sentence_words:
                break
            atom = self.cover.get(first - 1)
            if atom is None or self._paper(first - 1):
                first -= 1  # "Independent" and "Times" are newspapers elsewhere
            elif atom.kind in ("person", "body", "seat"):
                return None
            elif atom.kind == "office" and self._is_title(atom):
                break
            else:
                first = atom.first
        return first

    def _joins(self, at: int) -> bool:
        """Whether the "and" at token `at` stands within a name that begins behind "the": "the Police and Prisons Union"."""
        i = at - 1
        while i > 0 and (self._may_follow(i) or self._paper(i)) and self._state(i) is None and self._beside(i + 1):
            i -= 1
        return 0 <= i < at - 1 and self.tokens[i].norm == "the" and self._beside(i + 1)

    def _paper(self, i: int) -> bool:
        """Whether token `i` is the one word of a newspaper's name, its "the" apart."""
        atom = self.cover.get(i)
        return atom is not None and atom.entry.sector == "JRN" and atom.last == i + 1 and (
            atom.first == i or (atom.first == i - 1 and self.tokens[i - 1].norm == "the")
        )  # fmt: skip

    def _is_title(self, atom: Atom) -> bool:
        entry = atom.entry
        whole = all(t.capital for t in self.tokens[atom.first : atom.last])
        return not whole or (entry.form == "person" and entry.sector in _TITLES)

    def _right(self, last: int) -> int:
        """Where the "of …" or "on …" behind the noun ends: at a state it belongs to, or before a small letter."""
        noun = last
        while True:
            i, small = last, ""
            while i < len(self.tokens) and self._beside(i) and self.tokens[i].norm in _SMALL and not self.tokens[i].capital:
                small, i = small or self.tokens[i].norm, i + 1
            if small == "and" and (last == noun or i > last + 1):
                return last  # "the Election Commission and Parliament", "… and the …" are two
            if not small or i >= len(self.tokens) or not self._beside(i) or not self._may_follow(i):
                return last
            state = self._state(i)
            if state is not None and state.kind != "adjective":
                return state.last if small == "of" and state.kind == "country" else last
            begun = state.last if state is not None else i + 1
            if state is not None and not (begun < len(self.tokens) and self._beside(begun) and self._may_follow(begun)):
                return last
            last = begun
            while last < len(self.tokens) and self._beside(last) and self._may_follow(last) and self._state(last) is None:
                last += 1

    def _beside(self, i: int) -> bool:
        return self.text[self.tokens[i - 1].end : self.tokens[i].start] == " "

    def _may_follow(self, i: int) -> bool:
        token, atom = self.tokens[i], self.cover.get(i)
        plain = token.capital and not token.text[0].isdigit() and token.norm not in self.lexicon.sentence_words
        return plain and (atom is None or atom.kind in _STATES or (atom.kind == "office" and not self._is_title(atom)))

    def _state(self, i: int) -> Atom | None:
        atom = self.cover.get(i)
        return atom if atom is not None and atom.kind in _STATES else None

    def _country(self, i: int) -> str:
        """The country that token `i` names, also one such as "Kenya", which alone could be a person's name."""
        if i in self.cover:
            state = self._state(i)
            return state.entry.country if state is not None else ""
        entries = self.lexicon.names.get(self.tokens[i].norm, ())
        return next((e.country for e in entries if e.kind in ("country", "adjective")), "")

    def _headline(self, first: int) -> bool:
        """Whether every long word of the sentence has a capital, so that capitals tell no name."""
        n = bisect_right(self.spans, (self.tokens[first].start, len(self.text))) - 1
        if n not in self.headlines:
            start, end = self.spans[n] if n >= 0 else (0, len(self.text))
            self.headlines[n] = _NO_HEADLINE.search(self.text, start, end) is None
        return self.headlines[n]

    # Short forms.

    def _short(self) -> Iterator[Atom]:
        """Short forms of the report's bodies: the letters set behind a name, and the noun that only one name has."""
        letters: dict[str, tuple[Entry, ...]] = {}
        nouns: dict[str, dict[tuple[str, str], Atom]] = {}
        for atom in self.atoms:
            if atom.kind not in ("body", "country"):
                continue
            behind = _LETTERS.match(self.text, atom.end)
            if behind is not None:
                letters.setdefault(behind[1], atom.entries)
            for noun in _nouns(atom.entry.name) | _nouns(self.text[atom.start : atom.end]):
                nouns.setdefault(noun, {}).setdefault((atom.entry.country, atom.entry.name), atom)
        for i, token in enumerate(self.tokens):
            covered = self.cover.get(i)
            if covered is None and token.text in letters:
                yield Atom(i, i + 1, token.start, token.end, letters[token.text])
            elif token.capital and token.norm in nouns and len(nouns[token.norm]) == 1:
                body = next(iter(nouns[token.norm].values()))
                if body.first < i and (covered is None or covered.kind == "office") and self._stands_alone(i, covered):
                    yield Atom(i, i + 1, token.start, token.end, body.entries)

    def _stands_alone(self, i: int, covered: Atom | None) -> bool:
        """Whether "the" and no other name stands around a capitalised noun, which does not open a sentence."""
        if not i or self.tokens[i - 1].norm != "the" or (covered is not None and covered.last - covered.first > 1):
            return False
        following = self.tokens[i + 1] if i + 1 < len(self.tokens) else None
        gap = self.text[self.tokens[i].end : following.start] if following is not None else ""
        return following is None or gap not in (" ", "-") or not (following.capital or following.norm in ("of", "for"))


def _nouns(name: str) -> set[str]:
    """The words that stand for a name alone: its last, and the one before its "of"."""
    ends = {name.split()[-1], _OF.split(name)[0].split()[-1]} if name.split() and " " in name else set()
    return {end.lower() for end in ends if len(end) >= _PLAIN and end[0].isupper() and end.isalpha() and not end.isupper()}
