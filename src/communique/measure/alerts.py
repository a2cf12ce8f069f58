"""What is new between two parties and somebody should look at: each alert names the incidents behind it.

Alerts are made as if week by week: one of a week rests on nothing that came later, so that a reader of the past sees what they
would have seen then (but for reports that came in late). Thresholds are chosen, not fitted: no annotated alerts exist.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from communique.measure.days import ONE, parsed, start_of
from communique.measure.rows import is_party, placed, reach, score_of
from communique.measure.series import ACTUAL
from communique.measure.tension import HALF_LIFE, tension
from communique.records import Claim, Incident, SeriesRow

KINDS = ("tension", "new type", "first violence", "contested")
VIOLENCE = frozenset({"ASSAULT"})
WEEK = 7 * ONE
NAMED = 8
"""Most incidents named with one alert."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When an alert is raised.

    `history` weeks before a week are what it is compared with, of which `least` must have passed since the dyad's first
    incident. A jump of tension is a week's rise that exceeds the median rise by `spread` times the usual spread (1.4826
    times the median deviation, but at least `floor`). A type is new after `memory` weeks without it, violence is the
    first after `quiet` weeks without.
    """

    history: int = 26
    least: int = 8
    spread: float = 3.0
    floor: float = 5.0
    memory: int = 52
    quiet: int = 8


@dataclass(frozen=True, slots=True)
class Alert:
    """`kind` is one of `KINDS`; `day` the last day of the week, or when the claim came to be contested.

    `value` is what was measured and `limit` what it exceeded: the week's rise of tension, or weeks without the type or
    violence (None for claims). `incidents` are ids, what weighs most first; `claim` is the claim's, else "".
    """

    kind: str
    day: str
    a: str
    b: str
    text: str
    incidents: tuple[str, ...]
    value: float | None = None
    limit: float | None = None
    claim: str = ""

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True)
class _Told:
    day: dt.date
    incident: str
    type: str
    score: float

    row: SeriesRow

    @property
    def settled(self) -> SeriesRow:
        """The row on the day on which it counts, as if its report had told that day."""
        day = self.day.isoformat()
        return replace(self.row, day=day, dated=True, date=day, first_seen=day, historical=False)

    @property
    def week(self) -> dt.date:
        return start_of(self.day, "week")


def alerts(
    rows: Iterable[SeriesRow], a: str, b: str, *, claims: Iterable[Claim] = (), incidents: Iterable[Incident] = (),
    since: str = "", until: str = "", limits: Limits | None = None, half_life: float = HALF_LIFE,
) -> tuple[Alert, ...]:  # fmt: skip
    """All alerts between `a` and `b` from `since` to `until` (days, both included), by day.

    Only incidents that are actual count. `claims` may hold those of others: such between `a` and `b`, or with a side that
    is one of them about the other, are looked at; `incidents` say which of them a claim's tellings belong to. Rows before
    `since` should be given too: they are the history. Raises `InputError` for what is no day.
    """
    limits = limits or Limits()
    first, last = parsed(since, "since"), parsed(until, "until")
    rows = list(rows)
    # A record does not begin with what its reports tell of long ago.
    early, late = reach(rows)
    told = sorted(
        (
            _Told(day, row.incident, row.type, score_of(row), row)
            for row in rows if row.status in ACTUAL
            for day in [placed(row)[0]] if day is not None and early <= day <= (last or late)
        ),
        key=lambda t: (t.day, t.incident),
    )  # fmt: skip
    found = [*_jumps(told, a, b, limits, half_life, last), *_firsts(told, a, b, limits), *_contested(claims, incidents, a, b)]
    kept = [x for x in found if (first is None or x.day >= since) and (last is None or x.day <= until)]
    return tuple(sorted(kept, key=lambda x: (x.day, KINDS.index(x.kind), x.incidents, x.claim)))


def _jumps(
    told: Sequence[_Told], a: str, b: str, limits: Limits, half_life: float, last: dt.date | None
) -> Iterable[Alert]:
    """Weeks in which tension rose as it seldom does. A week that is not over on the last day is looked at as it stands."""
    if not told:
        return
    index = tension((t.settled for t in told), half_life=half_life, draws=0)
    values = {p.day: p.value for p in index.points}
    monday, end = told[0].week, told[-1].day
    before = 0.0
    rises: list[float] = []
    while monday <= end:
        at = min(monday + WEEK - ONE, end if last is None else min(end, last))
        value = values[at.isoformat()]
        rise = value - before
        past = rises[-limits.history :]
        if len(past) >= limits.least:
            middle = statistics.median(past)
            usual = max(1.4826 * statistics.median(abs(r - middle) for r in past), limits.floor)
            limit = middle + limits.spread * usual
            if rise > limit:
                week = [t for t in told if t.week == monday and t.score < 0]
                names = tuple(t.incident for t in sorted(week, key=lambda t: (t.score, t.day, t.incident)))
                text = f"tension rose by {rise:.1f} to {value:.1f} in the week of {monday}; in this dyad {limit:.1f} is much"
                yield Alert("tension", at.isoformat(), a, b, text, names[:NAMED], round(rise, 4), round(limit, 4))
        before = value
        rises.append(rise)
        monday += WEEK


def _firsts(told: Sequence[_Told], a: str, b: str, limits: Limits) -> Iterable[Alert]:
    """Types that are new to the dyad, and violence after quiet weeks; one alert of a kind for all such of one day."""
    if not told:
        return
    begun = told[0].day
    seen: dict[str, dt.date] = {}
    for day in sorted({t.day for t in told}):
        today = [t for t in told if t.day == day]
        enough = day - begun >= limits.least * WEEK
        violent = max((seen[k] for k in VIOLENCE if k in seen), default=begun)
        for kind in sorted({t.type for t in today}):
            weeks = (day - seen.get(kind, begun)) // WEEK
            fresh = kind not in seen or weeks >= limits.memory
            names = tuple(t.incident for t in today if t.type == kind)[:NAMED]
            if kind in VIOLENCE:
                weeks = (day - violent) // WEEK
                if enough and weeks >= limits.quiet:
                    far = "" if VIOLENCE & set(seen) else ", as far back as the record goes"
                    text = f"violence, the first in {weeks} weeks{far}"
                    yield Alert("first violence", day.isoformat(), a, b, text, names, weeks, limits.quiet)
            elif enough and fresh:
                text = f"{kind}, " + (f"the first in {weeks} weeks" if kind in seen else "the first in the record of this dyad")
                yield Alert("new type", day.isoformat(), a, b, text, names, weeks, limits.memory)
        seen |= {t.type: day for t in today}


def _contested(claims: Iterable[Claim], incidents: Iterable[Incident], a: str, b: str) -> Iterable[Alert]:
    """Claims that are denied as well as asserted, on the day when the second of both was first heard."""
    home = {ref: one.id for one in incidents for ref in one.tellings}
    for claim in claims:
        if not claim.contested or not _between(claim, a, b):
            continue
        groups = [[s for s in claim.sides if s.stance == stance] for stance in ("asserts", "denies")]
        since = [min((s.since for s in group if s.since), default="") for group in groups]
        who = [" and ".join(sorted({s.party.code for s in group})) or "nobody named" for group in groups]
        text = f"{claim.type}: {who[0]} against {who[1]}"
        names = tuple(dict.fromkeys(home[ref] for ref in claim.tellings if ref in home))
        yield Alert("contested", max(since) or claim.since, a, b, text, names[:NAMED], claim=claim.id)


def _between(claim: Claim, a: str, b: str) -> bool:
    """Whether both are concerned: as actor and recipient, or one as a side and the other as a party."""
    parties = (*claim.actors, *claim.recipients)
    everybody = (*parties, *(s.party for s in claim.sides))
    one, other = ([any(is_party(e, x) for e in group) for group in (parties, everybody)] for x in (a, b))
    return (one[0] or other[0]) and one[1] and other[1]
