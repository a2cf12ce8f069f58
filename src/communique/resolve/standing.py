"""Nouns that stand for a body named before ("the group", "the bloc"), and which bodies each can mean."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from communique.resolve.lexicon import Atom, Entry
from communique.settings import read_table

Fit = tuple[frozenset[str], frozenset[str]]
"""Sectors ("-": none) and countries of bodies; a body needs one of either, and a country behind "-" is barred."""

_CALLED = r"\s(?:the\s)?(?:[\w-]+\s){0,3}"
_THE = re.compile(r"^the\s+", re.IGNORECASE)


@lru_cache(maxsize=1)
def standing() -> Mapping[str, Sequence[Fit]]:
    """What each noun can stand for (data/actors/anaphora.tsv)."""
    out: dict[str, list[Fit]] = {}
    for row in read_table("actors/anaphora.tsv"):
        fits = frozenset(row["sectors"].split()), frozenset((row["countries"] or "").split())
        for word in row["words"].split(";"):
            out.setdefault(word, []).append(fits)
    return out


def fits(entry: Entry, sectors: frozenset[str], countries: frozenset[str]) -> bool:
    """Whether a body is one that a noun with these can stand for."""
    barred = f"-{entry.country}" in countries
    return not barred and ((entry.sector or "-") in sectors or entry.country in countries)


def settled(text: str, atoms: Sequence[Atom]) -> list[Atom]:
    """`atoms`, of which those that name a body by such a noun alone ("the bloc") mean the body that goes by it in this report.

    That is the last one called so ("the West African bloc, ECOWAS"), unless the tables' own is named after it; else the last
    that the noun fits, where the report has not named the tables' own.
    """
    words = {n: _THE.sub("", text[atom.start : atom.end].lower()) for n, atom in enumerate(atoms) if atom.kind == "body"}
    nouns = {n: noun for n, noun in words.items() if noun in standing()}
    out = list(atoms)
    for n, noun in nouns.items():
        own = atoms[n].entry.country
        before = [atom for k, atom in enumerate(out[:n]) if k not in nouns]
        named = max((atom.start for atom in before if atom.entry.country == own), default=-1)
        fitting = [atom for atom in before if atom.kind == "body" and atom.entry.country != own and _may_be(atom.entry, noun)]
        called = [atom for atom in fitting if atom.start > named and _called(text, atom, noun)]
        meant = called or (fitting if named < 0 else [])
        if meant:
            out[n] = replace(atoms[n], entries=meant[-1].entries)
    return out


def _may_be(entry: Entry, noun: str) -> bool:
    return not entry.sector and any(entry.country in countries for _, countries in standing()[noun])


def _called(text: str, atom: Atom, noun: str) -> bool:
    """Whether a body is called by the noun right beside its name: "the bloc ECOWAS", "ECOWAS, the West African bloc"."""
    ahead = re.search(rf"\b{noun},?\s(?:the\s)?$", text[max(0, atom.start - 40) : atom.start], re.IGNORECASE)
    return ahead is not None or re.match(rf",{_CALLED}{noun}\b", text[atom.end : atom.end + 60], re.IGNORECASE) is not None
