"""Whose government speaks on a web address: a release on gov.uk is told from the United Kingdom's side."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlsplit

from communique.resolve.gazetteer import rows_of
from communique.resolve.lexicon import Lexicon, tokens_of
from communique.settings import read_table

_PUBLIC = frozenset({"gov", "govt", "gob", "gub", "gouv", "go", "gv", "gc", "mil"})
"""Labels under which a country's own authorities have their addresses: gov.pl, go.jp, gob.mx."""


_LINKS = frozenset({"the", "of", "for", "and", "s", "affairs", "foreign", "press", "service", "office", "information"})
"""Words that a government's name may have beside its state's and its organ's."""
_ANYBODYS = frozenset(
    {
        "congress", "senate", "majlis", "parliament", "assembly", "national", "house", "representatives", "commons", "lords",
        "ministry", "office", "foreign", "home", "interior", "defence", "defense", "finance", "army", "navy", "air", "force",
        "armed", "forces", "police", "council", "of", "the", "and", "for", "affairs",
    }
)  # fmt: skip
"""Words of organs that many states have: an outlet called just "Senate" or "Ministry of Defence" may be anybody's."""
_OWN = frozenset({"GOV", "MIL", "LEG"})


@lru_cache(maxsize=1)
def _hosts() -> Mapping[str, str]:
    return {host: row["country"] for row in read_table("actors/hosts.tsv") for host in row["hosts"].split(";")}


@lru_cache(maxsize=1)
def _endings() -> Mapping[str, str]:
    """ISO 3166 alpha-3 codes by the two letters of a country's addresses."""
    return {row[1].lower(): row[0] for row in rows_of("countries.tsv")} | {"uk": "GBR"}


@lru_cache(maxsize=4096)
def official_outlet(name: str, lexicon: Lexicon) -> str:
    """The country whose authorities the outlet `name` is ("Ministry of Foreign Affairs of Norway"); "" for any other.

    Every word must be the state's or the organ's: "USA TODAY" and "Kremlin Watch" are newspapers.
    """
    tokens = tokens_of(name)
    atoms = lexicon.atoms(tokens)
    known = {i for a in atoms for i in range(a.first, a.last)}
    if any(t.norm not in _LINKS for i, t in enumerate(tokens) if i not in known):
        return ""
    organs = [a for a in atoms if a.kind == "seat" or (a.kind in ("body", "office") and a.entry.sector in _OWN)]
    named = [a for a in organs if any(t.norm not in _ANYBODYS for t in tokens[a.first : a.last])]
    states = {a.entry.country for a in atoms if a.kind in ("country", "adjective")}
    # A state that stands beside it goes before the body's own: the tables' "Ministry of Defence" is the British one.
    found = states or {a.entry.country for a in named}
    if not organs or "" in found:
        return ""
    return found.pop() if len(found) == 1 else ""


def official_home(url: str) -> str:
    """The country (ISO 3166 alpha-3) whose authorities own the address `url`; "" for any other and for none."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:  # "http://[" and its like
        return ""
    labels = host.rstrip(".").lower().split(".")
    for k in range(len(labels)):
        known = _hosts().get(".".join(labels[k:]))
        if known is not None:
            return known
    if len(labels) < 2 or labels[-2] not in _PUBLIC:
        return ""
    return _endings().get(labels[-1], "")
