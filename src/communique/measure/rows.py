"""What measuring takes: incidents between two parties, as the store's `series` yields them or as made from records here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from functools import lru_cache

from communique.measure.pairs import pairs
from communique.ontology import event_types
from communique.records import Entity, Incident, SeriesRow
from communique.resolve.dates import day_of

LATE = 31
"""Days before the first report of a dyad, and after the last, that its record still covers: chosen, not fitted."""


def is_party(entity: Entity | None, party: str) -> bool:
    """Whether `entity` is meant by `party`: a country ("USA"), a country with a sector ("USA.GOV"), or a name."""
    return entity is not None and bool(party) and party in (entity.country, entity.code, entity.name)


def dyad_rows(incidents: Iterable[Incident], a: str, b: str) -> Iterator[SeriesRow]:
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
        yield SeriesRow(
            one.id, actor, recipient, day.isoformat() if day else "", own, one.first_seen, one.type, one.mode, one.quad,
            one.score, one.status, one.origins, one.reports, there and back, one.date, one.historical,
        )  # fmt: skip


def date_of(row: SeriesRow) -> str:
    """The date as precise as the reports: the row's `date` where it has one, else its day, else ""."""
    return row.date or (row.day if row.dated else "")


def placed(row: SeriesRow) -> tuple[dt.date | None, bool]:
    """The day on which the row counts, None where none does, and whether it is its date's own (`resolve.dates.day_of`)."""
    return _placed(date_of(row), row.first_seen or row.day, row.historical)


_placed = lru_cache(maxsize=65_536)(day_of)
"""A busy dyad has many on each day, and a timeline asks of each some four times."""


def reach(rows: Iterable[SeriesRow]) -> tuple[dt.date, dt.date]:
    """The days between which incidents count where nobody says which: from a month before the first report to a month after
    the last. One that is told in passing and dated 1850 would else make a record of 170 years. Without any day of
    publication there are no limits."""
    told = {row.first_seen for row in rows if row.first_seen}
    seen = [day.toordinal() for date in told for day in [day_of(date, "")[0]] if day is not None]
    least, most = dt.date.min.toordinal(), dt.date.max.toordinal()
    first = max(min(seen) - LATE, least) if seen else least
    last = min(max(seen) + LATE, most) if seen else most
    return dt.date.fromordinal(first), dt.date.fromordinal(last)


def score_of(row: SeriesRow) -> float:
    """The row's score, else its type's; 0 for a type that PLOVER does not have."""
    if row.score is not None:
        return row.score
    known = event_types().get(row.type)
    return known.score if known else 0.0


def directed(row: SeriesRow, a: str, b: str, direction: str) -> bool:
    """Whether the row counts: `direction` is "both", "out" (`a` acts upon `b`) or "in" (`b` upon `a`)."""
    return direction == "both" or row.mutual or (row.actor == a) == (direction == "out")
