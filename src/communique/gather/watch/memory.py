"""What the watcher must remember and where reports go, as it sees them: a store, or a test's dictionary. Times are seconds since
1970, 0.0 for never."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from communique.errors import InputError
from communique.records import CodedReport, Report

WAITING = "waiting"

OUTCOMES = ("new", "corrected", "same", "copy", "language", "failed")
"""What becomes of an address that was fetched: a new report; a new version of one that is known; one that the store has just so,
under this address or another; a report that copies another's text; one in another language, kept and not coded; a failure."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is remembered of a source: what its server last called its state (`etag`, `modified`), when it was last `tried`, last
    answered (`good`) and is next `due`; how often in a row it failed, or brought nothing new (`idle`). `reason` is why it last
    failed. `parent` is the sitemap index that led to it."""

    url: str
    etag: str = ""
    modified: str = ""
    tried: float = 0.0
    good: float = 0.0
    failures: int = 0
    idle: int = 0
    due: float = 0.0
    reason: str = ""
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """An address, in its canonical form, that a source lists."""

    url: str
    host: str
    title: str = ""
    published: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An address that was listed and is to be fetched; `source` is the url of the source, `tries` those that failed."""

    ident: int
    url: str
    host: str
    source: str
    title: str = ""
    published: str = ""
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Became:
    """What became of a waiting address (`OUTCOMES`, or "waiting" until `due`). `report` is the key of the report it led to;
    `also` are further addresses that it went through, which need not be fetched either."""

    waiting: Waiting
    what: str
    report: str = ""
    reason: str = ""
    due: float = 0.0
    also: tuple[Listed, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """A report that was kept: its key, what changed ("new", "corrected", "unchanged"), and the key of the report it copies."""

    report: str
    change: str
    copy_of: str = ""


class Memory(Protocol):
    """What outlives the process. A method has kept what it was told when it returns, and raises `InputError` where it cannot."""

    def known(self, urls: Sequence[str]) -> list[Asked]:
        """The sources of these urls, in their order, and then those which their indexes led to."""

    def asked(
        self, quiet: Asked, lively: Asked, listed: Sequence[Listed], children: Sequence[str] | None, now: float
    ) -> tuple[int, list[Asked] | None]:
        """Keeps what a source listed together with its state, all or nothing: what a server need not tell again is never lost.

        The state is `lively` where any of `listed` is new, else `quiet`. `children` are the sitemaps of an index; None leaves
        those that there are. How many addresses were new, and the states of the children (None where they were not given).
        """

    def take(
        self, sources: Collection[str], busy: Collection[str], held: Collection[int], most: int, now: float
    ) -> list[Waiting]:
        """Up to `most` addresses of these sources that are due, the longest due of each host: none of a host in
        `busy`, none that the caller holds already (`held`, by number), and none that another watcher has taken lately."""

    def next_due(self, sources: Collection[str]) -> float | None:
        """When the next address is due; None where none waits."""

    def waiting(self, sources: Collection[str]) -> int:
        """How many addresses wait."""

    def look(self, url: str) -> tuple[str, str] | None:
        """(what became of it, the key of its report) for an address in canonical form; None where it was never listed."""

    def done(self, outcomes: Sequence[Became], now: float) -> None:
        """Keeps what became of addresses."""


class Keep(Protocol):
    """Where reports are kept."""

    def same(self, report: Report) -> str:
        """The key under which just this report is kept, by its own address or by another; "" where it is not."""

    def keep(self, coded: Sequence[CodedReport]) -> list[Kept | InputError]:
        """Keeps reports, and says of each what came of it, or why it was refused."""

    def refused(self, error: InputError) -> None:
        """Notes an address that was given up, for `communique retry`."""
