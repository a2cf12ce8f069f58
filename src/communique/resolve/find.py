"""Whom a name or an office means on a date: every candidate of the tables, the one chosen, and what decided."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from communique.errors import InputError
from communique.resolve.actors import ActorIndex
from communique.resolve.importing.office import OfficeReader
from communique.resolve.lexicon import Entry, key_of, on_date
from communique.resolve.own import BODY

BUILT_IN = "communique"
"""The source of what stands in the package's tables of states and bodies."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One row of the tables. `matched` says by what it was found; `holds`, whether the office is held on the date."""

    name: str
    country: str
    sector: str
    office: str
    since: str
    until: str
    source: str
    matched: str
    holds: bool
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """All candidates, the likeliest first; `why` says what decided, or why none is chosen."""

    query: str
    day: str
    country: str
    candidates: tuple[Candidate, ...]
    why: str

    @property
    def chosen(self) -> Candidate | None:
        return next((c for c in self.candidates if c.chosen), None)

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


def find(index: ActorIndex, query: str, day: str = "", country: str = "") -> Found:
    """What `query`, a name or an office, means on `day` (ISO date; "" leaves dates aside), within `country` where given.

    Raises `InputError` where the query holds no word.
    """
    if not key_of(query):
        raise InputError(f"name {query!r}", "holds no word", "give a name, or an office such as Secretary of State")
    office = _office(index, query)
    if office:
        return _holders(index, query, office, day, country)
    key = key_of(query)
    full = [e for e in _alike(index, key) if country in ("", e.country)]
    things = [e for e in index.lexicon.names.get(key, ()) if country in ("", e.country)]
    short = [e for e in index.lexicon.surnames.get(key, ()) if country in ("", e.country)]
    chosen: Entry | None
    if full:
        chosen, why = on_date(full, day), _why(full, day)
    elif things:
        chosen, why = things[0], "a name of the tables of states and bodies" + (", the first of them" if len(things) > 1 else "")
    elif short:
        chosen, why = index.surname_of(short, day)
    else:
        chosen, why = None, "the tables know nobody of that name"
    ranked = [(e, "full name") for e in full] + [(e, e.kind) for e in things] + [(e, "surname") for e in short]
    ranked += [(e, "last name, only met in full") for e in _ending(index, key, country, {e.name for e in short})]
    return Found(query, day, country, _candidates(ranked, chosen, day), why)


def _office(index: ActorIndex, query: str) -> str:
    """The office that the query is, in the words under which its holders are listed; "" where it is none."""
    key = query.lower().strip()
    if key in index.lexicon.holders:
        return key
    read = OfficeReader(index.lexicon).read(query)
    key = key_of(query)
    return read.office.lower() if read.plain and (key in index.lexicon.offices or read.country) else ""


def _holders(index: ActorIndex, query: str, office: str, day: str, country: str) -> Found:
    country = country or OfficeReader(index.lexicon).read(query).country
    entries = [e for e in index.lexicon.holders.get(office, ()) if country in ("", e.country)]
    chosen = None
    if not entries:
        why = f"the tables list no holder of that office{f' of {country}' if country else ''}"
    elif not country:
        why = "several countries have that office: say whose with --country"
    else:
        chosen = index.holder(office, country, day)
        why = "the only holder on the date" if chosen else "nobody, or several, held it on the date"
    shown = entries if country else [e for e in entries if e.holds(day)]
    return Found(query, day, country, _candidates([(e, "office") for e in shown], chosen, day), why)


def _alike(index: ActorIndex, key: str) -> tuple[Entry, ...]:
    """Who bears the full name, a middle name apart."""
    words = key.split()
    found = index.lexicon.person(key)
    return found or (index.lexicon.person(f"{words[0]} {words[-1]}") if len(words) > 2 else ())


def _ending(index: ActorIndex, key: str, country: str, known: set[str]) -> list[Entry]:
    """Persons with that last name whom a report must name in full."""
    if not key or " " in key:
        return []
    keys = [k for k in index.lexicon.persons if k.endswith(f" {key}")]
    return [e for k in keys for e in index.lexicon.person(k) if e.name not in known and country in ("", e.country)]


def _why(entries: Iterable[Entry], day: str) -> str:
    rows = list(entries)
    holding = [e for e in rows if e.holds(day)]
    if len(rows) == 1:
        held = "in office on the date" if day and holding else "out of office on the date" if day else "no date given"
        return f"the only row of that name ({held})"
    if holding:
        return "in office on the date" + (": your own rows first, then the latest to begin" if len(holding) > 1 else "")
    past = any(e.until and e.until < day for e in rows)
    return "the last office held before the date, as a former one" if past else "the first row: none is held on the date"


def _candidates(ranked: list[tuple[Entry, str]], chosen: Entry | None, day: str) -> tuple[Candidate, ...]:
    out: list[Candidate] = []
    taken = False
    for entry, matched in ranked:
        same = chosen is not None and not taken and _same(entry, chosen)
        taken = taken or same
        # The chosen one's sector and office on the day: who left an office is ELI.
        told = chosen if same and chosen is not None else entry
        source = entry.source or ("your own table" if entry.own else BUILT_IN)
        office = told.office or (BODY if entry.kind == "body" else "")
        out.append(
            Candidate(
                entry.name or entry.form, entry.country, told.sector, office, entry.since, entry.until, source, matched,
                entry.holds(day), same,
            )
        )  # fmt: skip
    listed = sorted(out, key=lambda c: (not c.chosen, not c.holds))
    # The tables may spell one person with accents and without: that is one candidate.
    once: dict[Candidate, Candidate] = {}
    for one in listed:
        once.setdefault(dataclasses.replace(one, name=key_of(one.name), chosen=False), one)
    return tuple(once.values())


def _same(a: Entry, b: Entry) -> bool:
    """Whether `b` is the row `a`, or what it became when its office ended ("former President")."""
    row, other = ((e.kind, e.name, e.country, e.since, e.until, e.source, e.own) for e in (a, b))
    return row == other and b.office.endswith(a.office)
