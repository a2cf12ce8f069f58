"""Conflict and cooperation of two parties by day, week or month: sums of scores over incidents, not over reports."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from communique.errors import InputError
from communique.measure.days import ONE, next_start, parsed, start_of, starts
from communique.measure.rows import date_of, directed, placed, reach, score_of
from communique.records import SeriesRow

ACTUAL = ("actual",)
DIRECTIONS = ("both", "out", "in")


@dataclass(frozen=True, slots=True)
class Point:
    """One period, `start` to `end`, both included (YYYY-MM-DD).

    `conflict` is the sum of what negative scores are below 0, `cooperation` that of positive ones: both are 0 or more.
    `conflicts` and `cooperations` count the incidents; `claimed_*` the same of those that are only claimed. `published`
    counts incidents that stand on their day of publication for want of a date; `incidents` and `claims` are their ids.
    """

    start: str
    end: str
    conflict: float = 0.0
    cooperation: float = 0.0
    conflicts: int = 0
    cooperations: int = 0
    claimed_conflict: float = 0.0
    claimed_cooperation: float = 0.0
    published: int = 0
    incidents: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True)
class Series:
    """Points without gaps from the first period to the last. `left_out` counts incidents that are in none, by reason."""

    a: str
    b: str
    period: str
    points: tuple[Point, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {
            "a": self.a, "b": self.b, "period": self.period, "points": [p.to_dict() for p in self.points],
            "left_out": dict(self.left_out),
        }  # fmt: skip


class _Sum:
    """What one period comes to, while it is added up."""

    def __init__(self) -> None:
        self.sums = {"conflict": 0.0, "cooperation": 0.0, "claimed_conflict": 0.0, "claimed_cooperation": 0.0}
        self.counts: Counter[str] = Counter()
        self.incidents: list[str] = []
        self.claims: list[str] = []

    def add(self, row: SeriesRow, claimed: bool, exact: bool) -> None:
        score = score_of(row)
        side = "conflict" if score < 0 else "cooperation"
        self.sums[f"claimed_{side}" if claimed else side] += abs(score)
        (self.claims if claimed else self.incidents).append(row.incident)
        self.counts["published"] += not exact
        if not claimed and score:
            self.counts[f"{side}s"] += 1

    def point(self, start: dt.date, period: str) -> Point:
        end = next_start(start, period) - ONE
        # Rounded, since sums of decimals such as 7.4 end in noise that no one means.
        conflict, cooperation, claimed_conflict, claimed_cooperation = (round(v, 6) for v in self.sums.values())
        return Point(
            start.isoformat(), end.isoformat(), conflict, cooperation, self.counts["conflicts"], self.counts["cooperations"],
            claimed_conflict, claimed_cooperation, self.counts["published"], tuple(self.incidents), tuple(self.claims),
        )  # fmt: skip


def series(
    rows: Iterable[SeriesRow], a: str, b: str, *, period: str = "week", since: str = "", until: str = "",
    statuses: Collection[str] = ACTUAL, direction: str = "both",
) -> Series:  # fmt: skip
    """The series of incidents between `a` and `b`, each counted once.

    Only those whose status is in `statuses` make `conflict` and `cooperation`; claimed ones stand apart, unless `statuses`
    takes them in; others are left out. An incident without a date of its own counts on the day when it was first
    published, one known to the month in its month, where `period` is "month". `direction` is "both", "out" (`a` upon
    `b`) or "in". `since` and `until` are days, both included: the series reaches from the one to the other where they are
    given, else over what there is, without what is dated more than a month before the first report or after the last
    (`rows.reach`). Raises `InputError` for another period or direction, and for what is no day.
    """
    if direction not in DIRECTIONS:
        raise InputError(f"direction {direction!r}", "is not one of " + ", ".join(DIRECTIONS))
    first, last = parsed(since, "since"), parsed(until, "until")
    start_of(dt.date(2000, 1, 1), period)
    rows = [row for row in rows if directed(row, a, b, direction)]
    begin, end = reach(rows)
    sums: dict[dt.date, _Sum] = {}
    left_out: Counter[str] = Counter()
    for row in rows:
        claimed = row.status not in statuses
        if claimed and row.status != "claimed":
            left_out[f"status {row.status}"] += 1
            continue
        day, exact = _day(row, period)
        if day is None:
            left_out["no day known"] += 1
        elif (first and day < first) or (last and day > last):
            left_out["outside the days asked for"] += 1
        elif not first and day < begin:
            left_out["long before the first report"] += 1
        elif not last and day > end:
            left_out["long after the last report"] += 1
        else:
            sums.setdefault(start_of(day, period), _Sum()).add(row, claimed, exact)
    if not sums and not (first and last):
        return Series(a, b, period, (), dict(left_out))
    spans = starts(first or min(sums), last or max(sums), period)
    empty = _Sum()
    return Series(a, b, period, tuple(sums.get(s, empty).point(s, period) for s in spans), dict(left_out))


def _day(row: SeriesRow, period: str) -> tuple[dt.date | None, bool]:
    """The day that places a row in a period, and whether it is told and not that of publication."""
    date = date_of(row)
    if period == "month" and len(date) == 7:
        return dt.date.fromisoformat(f"{date}-01"), True
    return placed(row)
