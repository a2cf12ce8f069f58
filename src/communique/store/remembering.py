"""What comparing was shown of a store, kept in this process from one transaction to the next.

Reports come in by their days, so that the next one's neighbours are mostly those of the last. `Store` keeps a `Memory` for as
long as nobody else changes what it tells of, which `stamp` shows; of one that has grown large, what the last change asked for.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable

from sqlalchemy import Connection

from communique.compare import claims, incidents
from communique.compare.copies import Sketch
from communique.compare.finding import Fetch, Source
from communique.errors import InputError
from communique.records import Telling

MOST = 20_000
"""Tellings in one memory, above which it forgets what the last change did not ask for: some 90 MB (8,762 took 38, of
benchmarks/store_reports.py)."""

HELD = 200_000
"""Tellings above which it begins anew even so. They were in memory at once already, while that change was made."""

SKETCHES = 1_000
"""Sketches of texts above which these are forgotten after a transaction: some 10 MB."""

VARIABLE = "COMMUNIQUE_REMEMBER"
"""Environment variable with another number than `HELD`, for machines of little memory."""

Stamp = tuple[int, ...]

_STAMP = "SELECT " + ", ".join(
    f"(SELECT coalesce(max(id), 0) FROM {table})" for table in ("version", "coding", "correction", "incident", "claim")
)


def stamp(connection: Connection) -> Stamp:
    """The state of all that a memory holds: whoever changes a report, what was read of it or what an analyst put right adds a row
    to one of these tables. To be asked by who holds the store's lock."""
    return tuple(connection.exec_driver_sql(_STAMP).one())


def held() -> int:
    """How many tellings a memory may hold, as the environment says, else `HELD`. Raises `InputError` where it says no number."""
    given = os.environ.get(VARIABLE, "").strip()
    if given and not (given.isascii() and given.isdigit()):
        raise InputError(f"{VARIABLE} {given!r}", "is no number", "give how many tellings to remember, 20000 for 90 MB")
    return int(given) if given else HELD


def _nothing(_: Collection[str]) -> Iterable[Telling]:
    raise AssertionError("a memory is asked through `Memory.listen`")


def _nobody(_: Collection[str]) -> tuple[Iterable[Telling], Iterable[claims.Saying]]:
    raise AssertionError("a memory is asked through `Memory.listen`")


class Memory:
    """Tellings by the number of their event, what `compare` asked for, and what else reports tell and say.

    `around` has what stands around the tellings of a claim, `sketches` those of the texts that the last reports were judged
    beside, by the number of their report.
    """

    def __init__(self) -> None:
        self.stamp: Stamp | None = None
        self.used = False
        self.tellings: dict[int, Telling] = {}
        self.incidents: Source = incidents.source(_nothing)
        self.claims: tuple[Source, ...] = claims.sources(_nothing)
        self.around = claims.Surroundings(_nobody)
        self.sketches: dict[int, Sketch] = {}
        self._numbers: dict[tuple[str, str], dict[int, None]] = {}

    def listen(self, of_incidents: Fetch, of_claims: Fetch, beside: claims.Beside) -> None:
        """Says whom to ask for what is not remembered, in this transaction."""
        self.incidents.fetch = of_incidents
        self.around.beside = beside
        for source in self.claims:
            source.fetch = of_claims

    def put(self, found: Iterable[tuple[int, Telling]]) -> None:
        for ident, told in found:
            self.tellings[ident] = told
            self._numbers.setdefault((told.report, told.event.id), {})[ident] = None

    def drop(self, idents: Iterable[int]) -> None:
        for ident in idents:
            told = self.tellings.pop(ident, None)
            if told is not None:
                self._numbers[told.report, told.event.id].pop(ident)

    def numbers(self, refs: Iterable[tuple[str, str]]) -> list[int]:
        """Numbers of the events that reports and ids of tellings name. Comparing names none that it was not shown."""
        known = self._numbers
        return [ident for ref in refs for ident in known.get(ref, ())]

    def lean(self) -> Memory:
        """This memory, without what nobody asked for lately where it has grown large; a new one where that is not enough."""
        if len(self.tellings) > min(MOST, held()):
            self._forget()
        return Memory() if self.large else self

    def _forget(self) -> None:
        sources = (self.incidents, *self.claims)
        for source in sources:
            source.forget()
        self.around.forget()
        kept = {i for source in sources for ref in source.profiles for i in self._numbers.get(ref, ())}
        kept.update(self.numbers((t.report, t.event.id) for one in self.around.found.values() for t in one.told))
        self.drop([i for i in self.tellings if i not in kept])
        self._numbers = {ref: found for ref, found in self._numbers.items() if found}

    def close(self, connection: Connection) -> None:
        """Notes the state in which the transaction leaves the store, where comparing has been told of what it changed."""
        if self.used:
            self.stamp, self.used = stamp(connection), False
            if len(self.sketches) > SKETCHES:
                self.sketches = {}
            self.listen(_nothing, _nothing, _nobody)

    @property
    def fit(self) -> bool:
        """Whether it is worth keeping."""
        return self.stamp is not None and not self.large

    @property
    def large(self) -> bool:
        return len(self.tellings) > held()
