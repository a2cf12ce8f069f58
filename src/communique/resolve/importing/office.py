"""What the title of an office in another source says: the package's name for it, its sector, and whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from communique.resolve.lexicon import Atom, Lexicon, Token, tokens_of
from communique.resolve.titles import STATE_KINDS
from communique.settings import read_table

_FILLERS = frozenset({"of", "the", "for", "a", "an", "and", "s", "in"})
WORLD_BODIES = frozenset({"UNO", "EUR", "IGO"})


@dataclass(frozen=True, slots=True)
class Office:
    """`office`: the package's name where the title is nothing but an office and its country, else the title; `sector` and
    `country`: "" where the title does not tell; `abroad`: an office that is held in another country than its own."""

    office: str
    sector: str
    country: str
    plain: bool
    abroad: bool


class OfficeReader:
    """Reads titles such as "Minister of Foreign Affairs of France" with the lexicon's tables."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.read = lru_cache(maxsize=4096)(self._read)

    def _read(self, title: str) -> Office:
        tokens = tokens_of(title)
        atoms = self.lexicon.atoms(tokens)
        offices = [a for a in atoms if a.kind == "office" and a.entry.form in ("person", "people", "body")]
        states = [a for a in atoms if a.kind in STATE_KINDS and (a.entry.country or a.kind == "body")]
        owners = [a for a in states if not a.first or tokens[a.first - 1].norm not in ("to", "in")]
        # "President of the Senate of Fiji": a body that is known by its name alone is another country's.
        owners.sort(key=lambda a: a.kind == "body")
        country = next((a.entry.country for a in owners if a.entry.country), "")
        abroad = any("foreign" in a.entry.flags for a in offices)
        head = self._head(tokens, offices, states)
        return Office(head or title, self._sector(offices, states), country, bool(head), abroad)

    @staticmethod
    def _sector(offices: list[Atom], states: list[Atom]) -> str:
        strong = [a.entry.sector for a in offices if "weak" not in a.entry.flags]
        bodies = [a.entry.sector for a in states if a.kind == "body" and a.entry.sector]
        weak = [a.entry.sector for a in offices if "weak" in a.entry.flags]
        # "President of the Senate": an organ of another sector than the government's decides.
        organs = [a.entry.sector for a in offices if a.entry.form == "body"] + bodies
        found = next((s for s in organs if s not in ("", "GOV")), "") or next(iter((*strong, *bodies, *weak)), "")
        world = any(a.entry.country in WORLD_BODIES for a in states)
        return "" if world else found

    def _head(self, tokens: list[Token], offices: list[Atom], states: list[Atom]) -> str:
        """The package's name of an office that is the whole title, its country apart."""
        if len(offices) != 1 or any(a.kind not in ("country", "adjective") for a in states):
            return ""
        covered = {i for a in (*offices, *states) for i in range(a.first, a.last)}
        if any(i not in covered and t.norm not in _FILLERS for i, t in enumerate(tokens)):
            return ""
        words = offices[0].entry.office.lower()
        if (name := _names().get(words)) is not None:
            return name
        known = self.lexicon.holders.get(words)
        return next((e.office for e in known if not e.own), "") if known else ""


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    return {word: row["office"] for row in read_table("actors/office_names.tsv") for word in row["words"].split(";")}


@lru_cache(maxsize=2)
def codes(kind: str) -> dict[str, str]:
    """What another source calls a country ("wikidata", "ftm") to the package's code."""
    return {name: row["code"] for row in read_table("actors/codes.tsv") for name in (row[kind] or "").split(";") if name}
