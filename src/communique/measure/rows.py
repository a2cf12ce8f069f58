"""What measuring takes: incidents between two parties, as the store's `series` yields them or as made from records here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from communique.measure.days import day_of
from communique.measure.pairs import pairs
from communique.ontology import event_types
from communique.records import Entity, Incident

LATE = 31
"""Days before the first report of a dyad, and after the last, that its record still covers: chosen, not fitted."""


class DyadLike(Protocol):
    """An incident between two parties. `day` is its day, or that of publication where `dated` is false.

    Where it also has `date`, as precise as the reports, what is known only to the month or year is told from a day; where it
    has `historical` and that is true, it does not count on the day of publication.
    """

    @property
    def incident(self) -> str: ...
    @property
    def actor(self) -> str: ...
    @property
    def recipient(self) -> str: ...
    @property
    def day(self) -> str: ...
    @property
    def dated(self) -> bool: ...
    @property
    def first_seen(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def score(self) -> float | None: ...
    @property
    def status(self) -> str: ...
    @property
    def origins(self) -> int: ...
    @property
    def mutual(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class DyadRow:
    """One incident of a dyad, made from an `Incident`; fields as in `DyadLike`."""

    incident: str
    actor: str
    recipient: str
    day: str
    dated: bool
    first_seen: str
    type: str
    mode: str
    quad: str
    score: float | None
    status: str
    origins: int
    reports: int
    mutual: bool = False
    date: str = ""
    historical: bool = False


def is_party(entity: Entity | None, party: str) -> bool:
    """Whether `entity` is meant by `party`: a country ("USA"), a country with a sector ("USA.GOV"), or a name."""
    return entity is not None and bool(party) and party in (entity.country, entity.code, entity.name)


def dyad_rows(incidents: Iterable[Incident], a: str, b: str) -> Iterator[DyadRow]:
    """The incidents between `a` and `b`, whichever of them acts, each once, in the order given.

    Several actors without a recipient are a pair only where the type is mutual (data/export/pairs.tsv): two who condemn
    a third side by side do nothing to each other.
    """
    for one in incidents:
        both = pairs(one.type, one.actors, one.recipients)
        there = any(is_party(x, a) and is_party(y, b) for x, y in both)
        back = any(is_party(x, b) and is_party(y, a) for x, y in both)
        if not (there or back):
            continue
        day, own = day_of(one.date, one.first_seen, one.historical)
        actor, recipient = (a, b) if there else (b, a)
        yield DyadRow(
            one.id, actor, recipient, day.isoformat() if day else "", own, one.first_seen, one.type, one.mode, one.quad,
            one.score, one.status, one.origins, one.reports, there and back, one.date, one.historical,
        )  # fmt: skip


def date_of(row: DyadLike) -> str:
    """The date as precise as the reports: the row's `date` where it has one, else its day, else ""."""
    written: str = getattr(row, "date", "")
    return written or (row.day if row.dated else "")


def placed(row: DyadLike) -> tuple[dt.date | None, bool]:
    """The day on which the row counts, None where none does, and whether it is its date's own (`days.day_of`)."""
    return day_of(date_of(row), row.first_seen or row.day, getattr(row, "historical", False))


def reach(rows: Iterable[DyadLike]) -> tuple[dt.date, dt.date]:
    """The days between which incidents count where nobody says which: from a month before the first report to a month after
    the last. One that is told in passing and dated 1850 would else make a record of 170 years. Without any day of
    publication there are no limits."""
    seen = [day.toordinal() for row in rows if row.first_seen for day in [day_of(row.first_seen, "")[0]] if day is not None]
    least, most = dt.date.min.toordinal(), dt.date.max.toordinal()
    first = max(min(seen) - LATE, least) if seen else least
    last = min(max(seen) + LATE, most) if seen else most
    return dt.date.fromordinal(first), dt.date.fromordinal(last)


def score_of(row: DyadLike) -> float:
    """The row's score, else its type's; 0 for a type that PLOVER does not have."""
    if row.score is not None:
        return row.score
    known = event_types().get(row.type)
    return known.score if known else 0.0


def directed(row: DyadLike, a: str, b: str, direction: str) -> bool:
    """Whether the row counts: `direction` is "both", "out" (`a` acts upon `b`) or "in" (`b` upon `a`)."""
    return direction == "both" or row.mutual or (row.actor == a) == (direction == "out")
