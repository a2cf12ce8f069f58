"""Names in a text that the gazetteer knows, each with the signs around it; `places` judges them.

The longest run of capitalised words that is a name wins ("New South Wales" over "Wales"). A sign is a value from 0 to 1.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from typing import NamedTuple

from communique.resolve.gazetteer import Gazetteer, Place, fold, rows_of

LONGEST = 6
"""Words of the longest name looked for ("Autonomous Republic of Crimea and Sevastopol" has no need to be one)."""
LARGE = 200_000
"""People of a place whose name is not given up to a person's where both are in a report."""
_TOKEN = re.compile(
    r"(?:[A-Z]\.){2,}|(?:St|Ste|Mt|Ft|Mr|Mrs|Ms|Dr|Gov|Sen|Rep|Gen|Col|Lt|Sgt|Capt|Prof|Calif|Conn|Mass|Mich|Minn|Wash|Wis"
    r"|Ala|Ariz|Ark|Colo|Fla|Ill|Ind|Kan|Okla|Ore|Tenn|Tex)\.|[^\W\d_][^\W_]*(?:['’ʼ‘`][^\W\d_]+)*"
)
_ENDS = re.compile(r"[.!?:;]['\"”’)\]]*\s|\n|['\"“‘(\[]$")
_WITHIN = re.compile(
    r",? (?:in|of)(?: the)?(?: (?:north|south|east|west|central|[a-z]*ern|province|state|county|district|city|region))*"
    r"(?: of)?(?: the)? "
)
_JOINS = frozenset({" ", "-", "\u00a0", "‑", "–"})
_ARTICLES = frozenset({"al", "el", "ash", "as", "ad", "ar", "an", "at", "az"})
_DIVISIONS = frozenset({"province", "prefecture", "county", "state", "governorate", "oblast", "region", "district", "township"})
_LISTS = frozenset({",", "/", " &", ";"})


class Token(NamedTuple):
    """A word; `gap` is what stands between it and the word before, `opens` whether a sentence or quotation begins with it."""

    start: int
    end: int
    text: str
    norm: str
    gap: str
    capital: bool
    opens: bool
    possessive: bool


@dataclass(frozen=True, slots=True)
class Text:
    """A report's words."""

    text: str
    tokens: tuple[Token, ...]

    @classmethod
    def of(cls, text: str) -> Text:
        """`text` cut into words."""
        tokens: list[Token] = []
        last = 0
        for match in _TOKEN.finditer(text):
            word, start, end = match.group(), match.start(), match.end()
            possessive = len(word) > 2 and word[-1] in "sS" and word[-2] in "'’"
            if possessive:
                word, end = word[:-2], end - 2
            possessive = possessive or (word[-1] in "sS" and text[end : end + 1] in ("'", "’"))
            gap = text[last:start]
            capital = word[0].isupper() or (
                not word.isalnum() and any(a in "'’" and b.isupper() for a, b in pairwise(word))
            )
            opens = not tokens or bool(_ENDS.search(gap))
            tokens.append(Token(start, end, word, fold(word), gap, capital, opens, possessive))
            last = end
        return cls(text, tuple(tokens))

    def attached(self, at: int) -> bool:
        """Whether the word `at` stands directly beside the word before it."""
        return 0 < at < len(self.tokens) and self.tokens[at].gap in _JOINS and not self.tokens[at - 1].possessive


@dataclass(frozen=True, slots=True)
class Words:
    """The word lists of data/places/words.tsv by class, and short forms of states."""

    classes: dict[str, frozenset[str]]
    short: dict[str, tuple[str, ...]]

    @classmethod
    @lru_cache(maxsize=1)
    def load(cls) -> Words:
        """The shipped lists."""
        short: dict[str, tuple[str, ...]] = {}
        for form, name in rows_of("abbreviations.tsv"):
            short[form.lower()] = (*short.get(form.lower(), ()), name)
        return cls({name: frozenset(words.split()) for name, words in rows_of("words.tsv")}, short)

    def __getitem__(self, name: str) -> frozenset[str]:
        return self.classes[name]


def _actors() -> csv.DictReader[str]:
    """Rows of the actors' table of countries."""
    path = resources.files("communique") / "data" / "actors" / "countries.tsv"
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    return csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)


@lru_cache(maxsize=1)
def capitals() -> frozenset[tuple[str, str]]:
    """(name, country) of the capitals."""
    return frozenset((fold(name), row["code"]) for row in _actors() for name in row["capital"].split(";") if name)


@lru_cache(maxsize=1)
def adjectives() -> dict[str, str]:
    """Nationalities in one word ("haitian") with their country."""
    found: dict[str, str] = {}
    for row in _actors():
        for name in f"{row['adjective']};{row['people']}".split(";"):
            if name and " " not in name:
                found.setdefault(fold(name), row["code"])
    return found


@dataclass(slots=True)
class Spot:
    """A name that the gazetteer knows, over the words [first, last]; `signs` tell for or against its being a place here.

    `way` is how the words before it lead there (`ways`): "at", "to", "from", "past", or "" where they do not.
    """

    start: int
    end: int
    first: int
    last: int
    key: str
    candidates: tuple[Place, ...]
    signs: dict[str, float] = field(default_factory=dict)
    container: Spot | None = None
    contained: Spot | None = None
    comma: bool = False
    literal: bool = False
    way: str = ""

    @property
    def embedded(self) -> bool:
        """Whether it is part of a longer name: a person's, a body's."""
        return bool(self.signs.get("cap before") or self.signs.get("body after") or self.signs.get("person before"))


def spot_places(read: Text, gazetteer: Gazetteer, words: Words) -> list[Spot]:
    """Names in the text, the longest first, none over another; with their signs and containers."""
    spots = _spotted(read, gazetteer, words)
    _contain(read, spots, words)
    spots = [s for s in spots if s.first != s.last or s.key not in words["plain"] or s.comma]
    persons = _persons(read, spots, words)
    placed: dict[str, int] = {}
    for number, spot in enumerate(spots):
        _sign(read, spots, number, words)
        if spot.first == spot.last and spot.key in persons:
            spot.signs["person in report"] = 1.0
        if _clear(spot):
            placed[spot.key] = placed.get(spot.key, 0) + 1
    spots = [s for s in spots if not _ruled_out(s, read, words)]
    for spot in spots:
        spot.signs["placed elsewhere"] = float(placed.get(spot.key, 0) - _clear(spot) > 0)
    for before, spot in pairwise(spots):
        row = read.text[before.end : spot.start] in (", ", " and ", ", and ") and not spot.embedded
        spot.literal = spot.literal or (before.literal and (row or spot.contained is before))
    return spots


def _ruled_out(spot: Spot, read: Text, words: Words) -> bool:
    """What a model fitted on few reports must not have to learn: names of persons, nationalities, governments' seats."""
    if all(p.kind == "seat" for p in spot.candidates):
        return spot.embedded or not spot.signs.get("locative")
    if spot.first != spot.last or spot.signs.get("contained"):
        return False
    large = any(p.kind == "country" or p.population >= LARGE for p in spot.candidates)
    after = spot.last + 1
    named = after < len(read.tokens) and read.tokens[after].capital and read.tokens[after].gap == " " and read.attached(after)
    if spot.signs.get("given") and (named or not large):
        return True
    if spot.signs.get("adjective"):
        return all(p.kind != "country" for p in spot.candidates)
    if spot.key in words["surname"]:
        return not spot.signs.get("kind before")
    if _clear(spot):
        return False
    person = spot.signs.get("person before") or spot.signs.get("given before")
    return bool(person) or spot.key in words["doubtful"] or (bool(spot.signs.get("person in report")) and not large)


def _clear(spot: Spot) -> bool:
    """Whether the words beside the name leave little doubt that it is ground."""
    return not spot.embedded and any(spot.signs.get(name) for name in ("locative", "contained", "contains", "kind before"))


def _spotted(read: Text, gazetteer: Gazetteer, words: Words) -> list[Spot]:
    spots: list[Spot] = []
    at = 0
    while at < len(read.tokens):
        spot = _at(read, at, gazetteer, words, spots[-1] if spots else None) if _may_begin(read, at) else None
        if spot is None:
            at += 1
        else:
            spots.append(spot)
            at = spot.last + 1
    return spots


def _may_begin(read: Text, at: int) -> bool:
    token = read.tokens[at]
    if token.capital:
        return True
    follows = at + 1 < len(read.tokens) and read.tokens[at + 1].gap == "-" and read.tokens[at + 1].capital
    return token.norm in _ARTICLES and follows


def _at(read: Text, first: int, gazetteer: Gazetteer, words: Words, before: Spot | None) -> Spot | None:
    """The longest name that begins with the word `first`."""
    last = first
    while last + 1 < len(read.tokens) and last - first + 1 < LONGEST and read.tokens[last + 1].gap in (*_JOINS, "'s ", "’s "):
        token = read.tokens[last + 1]
        if not (token.capital or token.norm in words["link"]):
            break
        last += 1
    while last >= first:
        token = read.tokens[last]
        if token.capital:
            start, end = read.tokens[first].start, token.end
            key = fold(read.text[start:end])
            found = _fitting(gazetteer.by_key(key), key, read, first, last)
            if not found and first == last and before is not None and before.last == first - 1 and token.gap == ", ":
                found = tuple(p for name in words.short.get(key, ()) for p in gazetteer.candidates(name) if p.kind == "region")
            if found:
                return _widened(Spot(start, end, first, last, key, _own(found, key)), read)
        last -= 1
    return None


def _own(found: tuple[Place, ...], key: str) -> tuple[Place, ...]:
    """Without towns that bear another's first name by the way: Mexico City for "Mexico", White House in Tennessee, and
    Korolev, which was a Kaliningrad too and is the smaller.
    """
    if any(p.kind == "seat" for p in found):
        return tuple(p for p in found if p.kind == "seat")
    if any(p.kind == "country" and not p.alternate for p in found):
        return tuple(p for p in found if not (p.alternate and p.kind in ("city", "district")))
    most: dict[str, int] = {}
    for place in found:
        if not place.alternate and place.kind == "city":
            most[place.country] = max(place.population, most.get(place.country, 0))
    return tuple(p for p in found if not p.alternate or p.population > most.get(p.country, -1))


def _widened(spot: Spot, read: Text) -> Spot:
    """Takes in a division's word: "Akita Prefecture" is the division, where one is known, and not the town."""
    at = spot.last + 1
    if at >= len(read.tokens) or not read.attached(at) or not read.tokens[at].capital or read.tokens[at].norm not in _DIVISIONS:
        return spot
    if all(p.kind in ("country", "continent", "water", "mountain") for p in spot.candidates):
        return spot
    if at + 1 < len(read.tokens) and read.attached(at + 1) and read.tokens[at + 1].capital:
        return spot  # "Denver District Judge", "Michigan State University"
    divisions = tuple(p for p in spot.candidates if p.kind in ("region", "district", "area"))
    word = read.tokens[at]
    return Spot(spot.start, word.end, spot.first, at, f"{spot.key} {word.norm}", divisions or spot.candidates)


def _fitting(found: tuple[Place, ...], key: str, read: Text, first: int, last: int) -> tuple[Place, ...]:
    """Candidates that the way of writing allows: "US" is no village, "Us" no state."""
    if not found or first != last:
        return found
    token = read.tokens[first]
    letters = token.text.replace(".", "")
    upper = letters.isupper() and len(letters) > 1
    if read.text[token.end : token.end + 1] == "$":
        return ()
    line_start = token.start == 0 or read.text[token.start - 1] == "\n"
    if upper and len(letters) <= 5 and not line_start:
        return tuple(p for p in found if p.kind not in ("city", "district") and p.alternate)
    if not upper and len(key) <= 3:
        return tuple(p for p in found if not p.alternate)
    return found


def _contain(read: Text, spots: list[Spot], words: Words) -> None:
    """Ties "Pandi" to "Bulacan" in "Pandi, Bulacan" (comma) and in "Pandi in Bulacan"."""
    for inner, outer in pairwise(spots):
        gap = read.text[inner.end : outer.start]
        comma = gap in (", ", ",", ", in ", " (")
        if not comma and not _WITHIN.fullmatch(gap):
            continue
        if {"country"} <= {p.kind for p in inner.candidates} & {p.kind for p in outer.candidates}:
            continue  # "China, Japan" is a list
        if (
            outer.last + 1 < len(read.tokens)
            and read.attached(outer.last + 1)
            and read.tokens[outer.last + 1].norm in words["speech"]
        ):
            continue  # "in Kaliningrad, Moscow said"
        if any(_may_hold(o, i) for i in inner.candidates for o in outer.candidates):
            inner.container, outer.contained, inner.comma = outer, inner, comma
            outer.signs["contains"] = 1.0
            inner.signs["contained" if comma else "contained in"] = 1.0


def _may_hold(outer: Place, inner: Place) -> bool:
    if outer.country and outer.country != inner.country:
        return False
    if outer.kind == "country":
        return inner.kind != "country"
    if outer.kind == "region":
        return fold(inner.region) == fold(outer.name)
    near = abs(outer.lat - inner.lat) < 1.5 and abs(outer.lon - inner.lon) < 2
    return near and outer.kind in ("city", "district", "area", "island") and inner.kind in ("city", "district", "site")


def _persons(read: Text, spots: Sequence[Spot], words: Words) -> set[str]:
    """Surnames: the last words of runs that read as persons' names, such as "jordan" after "Mr Jordan" or "Michael Jordan"."""
    long = {n for s in spots if s.last > s.first for n in range(s.first, s.last + 1)}
    known = adjectives()
    found: set[str] = set()
    at = 0
    while at < len(read.tokens):
        end = at
        while end + 1 < len(read.tokens) and read.attached(end + 1) and read.tokens[end + 1].capital:
            end += 1
        run = [n for n in range(at, end + 1) if read.tokens[n].capital]
        if run and read.tokens[run[0]].opens and read.tokens[run[0]].norm in words["plain"]:
            run = run[1:]
        norms = [read.tokens[n].norm for n in run]
        other = any(n in long for n in run) or any(w in words["body"] or w in words["ground"] or w in known for w in norms)
        if 2 <= len(run) <= 5 and not other and norms[0] not in words["side"]:
            found.update(norms[1:])
        at = end + 1
    return found


def _sign(read: Text, spots: Sequence[Spot], number: int, words: Words) -> None:
    spot = spots[number]
    for name, value in (*_before(read, spots, number, words).items(), *_after(read, spots, number, words).items()):
        spot.signs[name] = max(value, spot.signs.get(name, 0.0))
    token = read.tokens[spot.first]
    one = spot.first == spot.last
    spot.signs["opens"] = float(token.opens and one)
    spot.signs["words"] = float(not one)
    spot.signs["given"] = float(one and spot.key in words["given"])
    spot.signs["surname"] = float(one and spot.key in words["surname"])
    spot.signs["adjective"] = float(one and spot.key in adjectives())
    letters = token.text.replace(".", "")
    spot.signs["upper"] = float(one and len(letters) > 1 and letters.isupper())
    spot.literal = bool(spot.signs.get("locative")) and not spot.embedded


def _in_row(read: Text, left: Spot, right: Spot) -> bool:
    """Whether two names stand in a list: "Greece, Italy and Malta"."""
    gap = read.tokens[right.first].gap
    if right.first == left.last + 1:
        return gap.rstrip() in _LISTS
    return right.first == left.last + 2 and read.tokens[left.last + 1].norm in ("and", "or")


def _before(read: Text, spots: Sequence[Spot], number: int, words: Words) -> dict[str, float]:
    spot, signs = spots[number], {}
    tokens, at = read.tokens, spot.first - 1
    neighbour = spots[number - 1] if number and spots[number - 1].last == at else None
    signs["listed"] = float(number > 0 and _in_row(read, spots[number - 1], spot))
    if at < 0:
        return signs
    if read.attached(spot.first) and tokens[at].capital and neighbour is None:
        before = tokens[at]
        if before.norm in words["person"]:
            signs["person before"] = 1.0
        elif before.norm in words["given"]:
            signs["given before"] = 1.0
        elif before.norm in words["side"] or before.norm in words["ground"]:
            signs["side before"] = 1.0
        elif not (before.opens and before.norm in words["plain"]) and before.norm not in adjectives():
            signs["cap before"] = 1.0
    hops = 0
    while at >= 0 and hops < 4 and not tokens[at].capital and tokens[at + 1].gap in _JOINS:
        norm = tokens[at].norm
        if norm in words["ground"]:
            signs["kind before"] = 1.0
        if norm in words["locative"]:
            signs["locative"] = 1.0
            break
        if norm not in ("the", "of", "capital", "s") and norm not in words["side"] and norm not in words["ground"]:
            break
        at, hops = at - 1, hops + 1
    opener = tokens[at] if at >= 0 else None
    if opener is not None and opener.capital and opener.opens and opener.norm in words["locative"] and tokens[at + 1].gap == " ":
        signs["locative"] = 1.0
        signs.pop("cap before", None)
    last = tokens[spot.first - 1]
    if last.norm == "of" and spot.first > 1 and tokens[spot.first - 2].capital:
        signs["of name"] = 1.0
        signs["of body"] = float(tokens[spot.first - 2].norm in words["body"])
    elif last.norm == "of":
        signs["of"] = 1.0
    elif last.norm == "the":
        signs["the"] = 1.0
    return signs


def _after(read: Text, spots: Sequence[Spot], number: int, words: Words) -> dict[str, float]:
    spot, signs = spots[number], {}
    tokens, at = read.tokens, spot.last + 1
    if tokens[spot.last].possessive:
        signs["possessive"] = 1.0
    following = spots[number + 1] if number + 1 < len(spots) else None
    if following is not None and _in_row(read, spot, following):
        signs["listed"] = 1.0
    if at >= len(tokens):
        return signs
    if read.attached(at):
        after = tokens[at]
        if after.capital and not (following is not None and following.first == at):
            signs["ground after" if after.norm in words["ground"] else "cap after"] = 1.0
        elif not after.capital:
            signs["ground after"] = float(after.norm in words["ground"])
            signs["speech after"] = float(after.norm in words["speech"])
            signs["compound"] = float(after.gap == "-")
        while at < len(tokens) and read.attached(at) and (tokens[at].capital or tokens[at].norm in ("of", "and", "for", "the")):
            if tokens[at].capital and tokens[at].norm in words["body"]:
                signs["body after"] = 1.0
            at += 1
    return signs
