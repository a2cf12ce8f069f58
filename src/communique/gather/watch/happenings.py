"""What the watcher tells while it works, and the counts by host that come of it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass, field
from typing import Any

ASKED, KEPT = ("asked", "unasked", "held", "moved"), ("new", "corrected", "same", "copy", "language")

WHAT = (*ASKED, *KEPT, "failed", "later", "trouble")
"""What can happen. Of a source: it answered ("asked"), did not ("unasked"), is not asked before `due` because it failed before
("held", where every source is asked once), or has another address for good ("moved"). Of an address: the outcomes of
`memory.OUTCOMES`, or "later", a failure that will be tried again. Of the store: "trouble"."""

MOST_HOSTS = 2_000
"""Hosts that are counted apart; what comes of further ones is counted together, so that memory stays flat."""

OTHERS = "(others)"


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened. `at` and `due` (the next try; 0.0: none) are seconds since 1970; `found` counts the new addresses
    of a source; `report` is the key of the report that was kept, or that is known already."""

    what: str
    at: float
    host: str = ""
    url: str = ""
    source: str = ""
    title: str = ""
    report: str = ""
    reason: str = ""
    found: int = 0
    due: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """As one line of ``communique watch --json``: times as ISO 8601 in UTC, and what is empty left out."""
        given = {**dataclasses.asdict(self), "at": moment(self.at), "due": moment(self.due)}
        return {k: v for k, v in given.items() if v not in ("", 0)}


def moment(seconds: float) -> str:
    """A time as ISO 8601 in UTC, to the second; "" for never."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if seconds > 0 else ""


@dataclass(slots=True)
class Counts:
    """What came of one host, or of all. `fetched` counts articles that were served, whatever came of them."""

    asked: int = 0
    fetched: int = 0
    new: int = 0
    corrected: int = 0
    same: int = 0
    copies: int = 0
    language: int = 0
    failed: int = 0
    later: int = 0
    last: str = ""

    def add(self, one: Happened) -> None:
        if one.what in ("asked", "unasked"):
            self.asked += one.what == "asked"
            self.failed += one.what == "unasked"
        elif one.what in KEPT:
            self.fetched += 1
            name = "copies" if one.what == "copy" else one.what
            setattr(self, name, getattr(self, name) + 1)
        elif one.what in ("failed", "later"):
            setattr(self, one.what, getattr(self, one.what) + 1)
        if one.reason:
            self.last = one.reason

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


@dataclass(slots=True)
class Tally:
    """Counts of one run of the watcher, of all and by host; `waiting` are addresses not yet fetched, `due` is when it goes on."""

    began: float = 0.0
    whole: Counts = field(default_factory=Counts)
    hosts: dict[str, Counts] = field(default_factory=dict)
    sources: int = 0
    waiting: int = 0
    under_way: int = 0
    due: float | None = None
    trouble: str = ""

    def add(self, one: Happened) -> None:
        if one.what == "trouble":
            self.trouble = one.reason
            return
        self.trouble = ""
        host = one.host if one.host in self.hosts or len(self.hosts) < MOST_HOSTS else OTHERS
        self.hosts.setdefault(host, Counts()).add(one)
        self.whole.add(one)
