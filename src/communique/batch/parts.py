"""The groups of some tellings of an archive that `comparing` has laid out, as incidents and claims.

A part is a stretch of the order in which tellings are gone through. It asks `compare.grouping` for the group of each, and finds
neighbours in other parts by their keys. A group is written by the part of the one of its tellings that was laid out first. So no
part depends on another, and they can be made in several processes.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from communique.batch.shelves import Meta, Shelves, unpacked
from communique.batch.workspace import rows_of_records
from communique.compare import claims as claiming
from communique.compare import incidents as incidence
from communique.compare.finding import Rules, Source
from communique.compare.grouping import State
from communique.compare.parties import Profile, profile_of
from communique.compare.sides import Saying
from communique.errors import InputError
from communique.records import Claim, Incident, Telling
from communique.store.garbage import uncollected

RULES: tuple[Rules, ...] = (incidence.RULES, *claiming.RULES)

Made = tuple[Any, Any]
"""The incidents and the claims of a part, as Arrow tables."""


class Tellings:
    """Tellings as a part asks for them; each is made once, and kept as long as this."""

    def __init__(self, shelves: Shelves) -> None:
        self.shelves = shelves
        self.numbers: dict[str, int] = {}
        self._plain: dict[int, Profile] = {}
        self._metas: dict[int, Meta] = {}

    def plain(self, ident: int) -> Profile:
        """The plain profile of the telling of this number."""
        found = self._plain.get(ident)
        if found is None:
            report = int(self.shelves.reports[ident])
            meta, origin = self._meta(report), self._meta(int(self.shelves.origins[report]))
            told = Telling(unpacked(self.shelves.events[ident]), meta.key, meta.outlet, meta.day, origin.key)
            found = self._plain[ident] = profile_of(told)
        return found

    def _meta(self, report: int) -> Meta:
        found = self._metas.get(report)
        if found is None:
            found = self._metas[report] = self.shelves.meta(report)
            self.numbers[found.key] = report
        return found


class _Near(Source):
    """The neighbours of some tellings by these rules, found by their keys."""

    def __init__(self, rules: Rules, tellings: Tellings) -> None:
        super().__init__(rules, lambda keys: ())
        self.tellings = tellings
        self.idents: dict[Profile, int] = {}
        self._taken: dict[int, Profile | None] = {}
        self._keys: dict[Profile, tuple[str, ...]] = {}

    def of(self, ident: int) -> Profile | None:
        """What the rules make of the telling of this number."""
        if ident not in self._taken:
            found = self._taken[ident] = self.rules.take(self.tellings.plain(ident))
            if found is not None:
                self.idents[found], self._keys[found] = ident, self.rules.keys(found)
        return self._taken[ident]

    def want(self, keys: Iterable[str]) -> None:
        for key in keys:
            self.under(key)

    def under(self, key: str) -> Collection[Profile]:
        found = self.found.get(key)
        if found is None:
            near = (self.of(ident) for ident in self.tellings.shelves.under(key))
            found = self.found[key] = {p.ref: p for p in near if p is not None and key in self._keys[p]}
        return found.values()


def made(shelves: Shelves, start: int, stop: int) -> Made:
    """The incidents and claims of the part that is the tellings from `start` to `stop` of the order."""
    own = shelves.order[start:stop].tolist()
    tellings = Tellings(shelves)
    with uncollected():
        incidents = [incidence.incident_from(members) for members in _groups(_Near(RULES[0], tellings), own)]
        claims = [claim for rules in RULES[1:] for claim in _claims(tellings, _groups(_Near(rules, tellings), own))]
    return rows_of_records(Incident, incidents), rows_of_records(Claim, claims)


def _groups(near: _Near, own: Sequence[int]) -> Iterator[list[Profile]]:
    """Every group whose first telling is one of these."""
    state, mine = State(near), frozenset(own)
    seen: set[Profile] = set()
    for ident in own:
        p = near.of(ident)
        if p is None or p in seen:
            continue
        members = state.final(state.home(p))
        seen.update(members)
        if min(near.idents[m] for m in members) in mine:
            # Where its first telling is in another part, that part writes it.
            yield members


def _claims(tellings: Tellings, groups: Iterable[Sequence[Profile]]) -> list[Claim]:
    wanted = [g for g in groups if any(m.event.status in claiming.CONTENTIOUS for m in g)]
    told: list[Telling] = []
    said: list[Saying] = []
    for report in sorted({tellings.numbers[m.telling.report] for members in wanted for m in members}):
        events, sayings = tellings.shelves.beside(report)
        told += events
        said += sayings
    return claiming.claims_of(wanted, told, said)


def all_made(folder: Path, together: int, workers: int) -> Iterator[Made]:
    """Every part of a folder, of `together` tellings each, in order, by so many processes; one is this one.

    Raises `InputError` where one of several was killed.
    """
    shelves = Shelves(folder)
    size = len(shelves.order)
    parts = [(start, min(start + together, size)) for start in range(0, size, together)]
    if workers == 1 or len(parts) < 2:
        for part in parts:
            yield made(shelves, *part)
        return
    # Begun anew and not copied: threads of DuckDB and Arrow are in this one.
    pool = ProcessPoolExecutor(min(workers, len(parts)), get_context("spawn"), _begin, (os.fspath(folder),))
    try:
        yield from pool.map(_part, parts)
    except BrokenProcessPool as error:
        reason = "one of its processes was killed, or died"
        hint = "it may have run out of memory: give the same command again with fewer --workers"
        raise InputError("comparing", reason, hint) from error
    finally:
        pool.shutdown(cancel_futures=True)


_OPEN: dict[str, Shelves] = {}


def _begin(folder: str) -> None:
    _OPEN[""] = Shelves(Path(folder))


def _part(part: tuple[int, int]) -> Made:
    return made(_OPEN[""], *part)
