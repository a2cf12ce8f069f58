"""Peoples that are no state's: faiths and currents, parts of the world, and states that are no more."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from communique.resolve.lexicon import Atom, Entry
from communique.settings import read_table

_FORMER = re.compile(r"\b(?:former|ex)[\s-]$", re.IGNORECASE)
_STATE = re.compile(r"\s(?:republic|state|country|nation)\b", re.IGNORECASE)
_STATES = re.compile(r"\s(?:republics|states|countries|nations)\b", re.IGNORECASE)
_WHOLE = frozenset({"people", "community"})
"""Words that make a faith one of the whole world: "the Jewish people"."""


@lru_cache(maxsize=1)
def _successors() -> dict[str, tuple[str, str]]:
    return {row["code"]: (row["until"], row["successor"]) for row in read_table("actors/successors.tsv")}


def on_day(entry: Entry, day: str) -> Entry:
    """`entry` under the code of the state that took the place of its own by `day` (ISO date; empty is today)."""
    until, successor = _successors().get(entry.country, ("", ""))
    return replace(entry, country=successor) if successor and (not day or day > until) else entry


def of_day(text: str, atom: Atom, day: str) -> Atom | None:
    """`atom` as on `day`; None where it only tells of what state another was part: "the former Soviet republic of Moldova".
    Several such ("former Soviet republics") are of no country."""
    gone = atom.kind == "adjective" and atom.entry.country in _successors()
    if gone and _FORMER.search(text[max(0, atom.start - 8) : atom.start]):
        if _STATE.match(text, atom.end):
            return None
        if _STATES.match(text, atom.end):
            return replace(atom, entries=(replace(atom.entry, kind="ethnic", country="", sector=""),))
    return replace(atom, entries=tuple(on_day(e, day) for e in atom.entries))


def is_faith(entry: Entry) -> bool:
    """Whether a people is a faith or current, which may be of any country."""
    return entry.kind == "ethnic" and not entry.country and entry.sector not in ("", "GOV")


def of_office(states: Sequence[Atom], offices: Sequence[Atom], atom: Atom, definite: bool) -> tuple[list[Atom], Atom]:
    """The `states` that an office is of, and the office `atom` with the sector that they give it.

    "Shiite militias" are of the country that "militias" alone would be of, "Sunni leaders" leaders of a faith, and "the
    North African nation", which is `definite`, is one that the report has named.
    """
    kept = list(states)
    if atom.entry.form == "place" and definite:
        kept = [s for s in kept if s.entry.country or s.kind != "ethnic"]
    if any(a.entry.form == "set" or a.entry.office in _WHOLE for a in offices):
        return kept, atom
    faiths = [s for s in kept if is_faith(s.entry)]
    if faiths and "weak" in atom.entry.flags:
        atom = replace(atom, entries=(replace(atom.entry, sector=faiths[0].entry.sector),))
    return [s for s in kept if s not in faiths], atom
