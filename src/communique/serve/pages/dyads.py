"""Dyads: conflict and cooperation of two countries over time, what each said of the other, what stands open between them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from communique.errors import InputError, MissingExtraError
from communique.measure.changes import Change, changes
from communique.measure.rows import score_of
from communique.measure.series import Series, series
from communique.measure.tension import Tension, tension
from communique.records import Claim, Incident, SeriesRow
from communique.serve.app import store_of
from communique.serve.pages import common, links
from communique.serve.pages.statements import Said, together
from communique.serve.pages.today import Word
from communique.store import Query, Store, desk

router = APIRouter(include_in_schema=False)

PERIODS = ("day", "week", "month")
SPAN = {"day": 60, "week": 182, "month": 730}
"""Days that are shown where none are asked for, by period: about 26 to 60 points, which a screen holds."""

POINTS = 800
"""Most points of a chart; longer spans take a longer period."""

FADING = 140
"""Days before the first that still count on tension: ten half-lives, of which a thousandth is left."""

DRAWS = 200
"""Draws for the band of tension: half as sure as the 1,000 of ``communique timeline``, in a fifth of the time."""

MARKED = 12
"""Incidents on the line: those that weigh most, by score and origins."""

YIELDING = {"SANCTION": ("RETREAT", "CONCEDE"), "THREATEN": ("RETREAT", "CONCEDE")}
"""What is outstanding until its own actor yields towards the same side."""

OUTSTANDING = 8
SAID = 6


@dataclass(frozen=True, slots=True)
class Open:
    """A sanction or threat that stands; `incident` is None where it was taken away meanwhile."""

    row: SeriesRow
    incident: Incident | None


@dataclass(frozen=True, slots=True)
class Shown:
    """One dyad on the page; `before` is the day of the last incident before these days, where they have none."""

    a: str
    b: str
    series: Series
    tension: Tension
    changes: tuple[Change, ...]
    marked: tuple[Incident, ...]
    open: tuple[Open, ...]
    said: tuple[tuple[str, str, tuple[Said, ...]], ...]
    claims: tuple[Claim, ...]
    notes: tuple[str, ...]
    chart: dict[str, Any]
    index: dict[str, Any]
    named: dict[str, Incident]
    before: str
    days: tuple[str, str]

    @property
    def empty(self) -> bool:
        """Whether the chart would show nothing."""
        return not any(p.incidents or p.claims for p in self.series.points)

    def link(self, since: str = "", until: str = "", status: tuple[str, ...] = ("actual", "claimed")) -> str:
        """The list of what the chart counts between two days, within those of the page."""
        return listed(self.series, max(since, self.days[0]), min(until or self.days[1], self.days[1]), status)

    @property
    def sums(self) -> dict[str, float]:
        points = self.series.points
        return {
            "conflict": round(sum(p.conflict for p in points), 1), "cooperation": round(sum(p.cooperation for p in points), 1),
            "conflicts": sum(p.conflicts for p in points), "cooperations": sum(p.cooperations for p in points),
            "claimed": sum(len(p.claims) for p in points),
        }  # fmt: skip


def listed(found: Series, since: str, until: str, status: tuple[str, ...] = ("actual", "claimed")) -> str:
    """The address of the list of the incidents that a series counts in these days: each on the day on which the series has it."""
    return links.query("/incidents", who=found.a, other=found.b, since=since, until=until, by=found.period, status=status)


@router.get("/dyads")
def dyads(request: Request, store: Annotated[Store, Depends(store_of)]) -> Any:
    """A form for two countries, and the dyads of the last days with the most incidents."""
    if desk.empty(store):
        return common.show(request, "empty.html", "Begin", store=store.name)
    since, last, recent = common.last_days(store)
    counted: dict[tuple[str, str], list[int]] = {}
    sides = common.sides(store)
    kinds = {side: sorted(kind for kind, of in sides.items() if of == side) for side in ("conflict", "cooperation")}
    for one in recent:
        for pair in {(min(p), max(p)) for p in one.pairs if "*" not in p}:
            sums = counted.setdefault(pair, [0, 0, 0])
            sums[0] += 1
            side = sides.get(one.type, "")
            sums[1] += side == "conflict"
            sums[2] += side == "cooperation"
    most = sorted(counted.items(), key=lambda item: (-item[1][0], item[0]))[:60]
    if form := common.form(request):
        names = ("a", "b", "incidents", "conflict", "cooperation")
        rows: list[dict[str, Any]] = [dict(zip(names, (*pair, *sums), strict=True)) for pair, sums in most]
        return common.given_as(form, rows, f"dyads-{since}-{last}", names)
    return common.show(request, "dyads.html", "Dyads", listed=most, since=since, until=last, kinds=kinds)


@router.get("/dyad")
def dyad(
    request: Request, store: Annotated[Store, Depends(store_of)], a: Word = "", b: Word = "", c: Word = "", d: Word = "",
    since: Word = "", until: Word = "", by: Word = "week",
) -> Any:  # fmt: skip
    """The dyad of `a` and `b`, beside that of `c` and `d` where these are given."""
    if by not in PERIODS:
        raise InputError(f"by {by!r}", "is no period", "it is one of " + ", ".join(PERIODS))
    one, other = common.where(a), common.where(b)
    if not one or not other:
        return dyads(request, store)
    if one == other:
        raise InputError(f"b {b!r}", "is the same country", "name two")
    third, fourth = common.where(c), common.where(d)
    first, last, chosen = _span(store, one, other, common.day(since, "since"), common.day(until, "until"), by)
    shown = [_shown(store, one, other, first, last, by)]
    if third and fourth and third != fourth:
        shown.append(_shown(store, third, fourth, first, last, by))
    most = max((max(p.conflict, p.cooperation) for s in shown for p in s.series.points), default=0.0)
    for s in shown:
        s.chart["most"] = most
    if form := common.form(request):
        return _export(form, shown, first, last)
    names = common.country_names()
    return common.show(
        request, "dyad.html", " beside ".join(f"{names[s.a]} – {names[s.b]}" for s in shown), shown=shown, since=first,
        until=last, by=by, periods=PERIODS, chosen=chosen, asked={"a": one, "b": other, "c": third, "d": fourth}, fading=FADING,
    )  # fmt: skip


def _span(store: Store, a: str, b: str, since: str, until: str, by: str) -> tuple[str, str, bool]:
    """First and last day, and whether they were chosen here: then they end with the dyad's last incident, or the store's."""
    common.ordered(since, until)
    chosen = not (since or until)
    last = until or desk.last_day(store, common.today()) or common.today()
    if not until:
        newest = _placed(store, a, b, last)
        if newest and newest < common.shifted(last, -SPAN[by]) and not since:
            last = newest
        # A whole period: a week that has just begun looks like peace.
        if by == "week":
            last = common.shifted(last, 6 - dt.date.fromisoformat(last).weekday())
    first = since or common.shifted(last, 1 - SPAN[by])
    bounded(first, last, by)
    return first, max(last, first), chosen


def bounded(first: str, last: str, by: str) -> None:
    """Raises `InputError` for more days than a series has points for."""
    days = (dt.date.fromisoformat(last) - dt.date.fromisoformat(first)).days
    if days > POINTS * {"day": 1, "week": 7, "month": 30}[by]:
        reason = f"are more than {POINTS} points by {by}"
        raise InputError(f"since {first} until {last}", reason, "ask for fewer days, or by month")


def _shown(store: Store, a: str, b: str, first: str, last: str, by: str) -> Shown:
    rows = list(store.series(a, b, since=common.shifted(first, -FADING), until=last))
    within = [r for r in rows if (r.day or r.first_seen) >= first]
    found = series(within, a, b, period=by, since=first, until=last)
    index = tension(rows, since=first, until=last, draws=DRAWS)
    notes: list[str] = []
    turns: tuple[Change, ...] = ()
    try:
        turns = changes(found)
    except MissingExtraError as error:
        notes.append(f"No change points: {error}.")
    outstanding = _outstanding(rows)
    marked = sorted((r for r in within if r.status == "actual" and first <= r.day <= last), key=_weight)[:MARKED]
    uids = [r.incident for r in (*marked, *outstanding)] + [i for t in turns for i in t.incidents]
    named = desk.by_uid(store, list(dict.fromkeys(uids)))
    names = common.country_names()
    said = tuple(
        (x, y, tuple(together(store.statements(Query(actor=x, recipient=y, until=last, newest=True, limit=4 * SAID)), SAID)))
        for x, y in ((a, b), (b, a))
    )
    return Shown(
        a, b, found, index, turns, tuple(named[r.incident] for r in marked if r.incident in named),
        tuple(Open(r, named.get(r.incident)) for r in outstanding), said, tuple(desk.claims_between(store, a, b, most=8)),
        tuple(notes), _chart(found, turns, marked, named, f"{names[a]} – {names[b]}", (first, last)), _index(index), named,
        "" if within else _last(store, a, b, first), (first, last),
    )  # fmt: skip


def _last(store: Store, a: str, b: str, until: str) -> str:
    found = desk.incidents(store, desk.Wanted(who=a, other=b, until=until), most=1)
    return found[0].day if found else ""


def _placed(store: Store, a: str, b: str, until: str) -> str:
    """The day on which the series has the dyad's last incident: one that is dated to a month or a year stands on the day on which
    it was first told."""
    found = desk.incidents(store, desk.Wanted(who=a, other=b, until=until), most=1)
    whole = desk.full(store, [one.number for one in found])
    if not whole:
        return found[0].day if found else ""
    return found[0].day if len(whole[0].date) == 10 else min(whole[0].first_seen or found[0].day, until)


def _weight(row: SeriesRow) -> tuple[float, str]:
    return -abs(score_of(row)) * (1 + 0.5 * (row.origins - 1)), row.incident


def _outstanding(rows: Sequence[SeriesRow]) -> list[SeriesRow]:
    """Sanctions and threats told as fact, after which their actor has not yielded towards the same side; the last first."""
    yielded: dict[tuple[str, str], str] = {}
    for row in rows:
        if row.status == "actual" and row.day:
            key = (row.type, row.actor)
            yielded[key] = max(yielded.get(key, ""), row.day)
    out = [
        row for row in rows
        if row.type in YIELDING and row.status == "actual" and row.day
        and not any(yielded.get((kind, row.actor), "") > row.day for kind in YIELDING[row.type])
    ]  # fmt: skip
    return sorted(out, key=lambda r: (r.day, r.incident), reverse=True)[:OUTSTANDING]


def _chart(
    found: Series, turns: Sequence[Change], marked: Sequence[SeriesRow], named: dict[str, Incident], name: str,
    days: tuple[str, str],
) -> dict[str, Any]:
    where = {row.incident: p.start for row in marked for p in found.points if p.start <= row.day <= p.end}
    marks = [
        {"at": where[row.incident], "side": "conflict" if score_of(row) < 0 else "cooperation",
         "href": links.incident(row.incident), "name": f"{row.day} " + common.deed(row.type, one.actors, one.recipients)}
        for row in marked if row.incident in where and (one := named.get(row.incident)) is not None
    ]  # fmt: skip
    return {
        "kind": "dyad", "name": name, "period": found.period, "starts": [p.start for p in found.points],
        "conflict": [p.conflict for p in found.points], "cooperation": [p.cooperation for p in found.points],
        "claimed_conflict": [p.claimed_conflict for p in found.points],
        "claimed_cooperation": [p.claimed_cooperation for p in found.points], "marks": marks,
        "changes": [{"at": t.start, "name": t.direction} for t in turns],
        "hrefs": [listed(found, max(p.start, days[0]), min(p.end, days[1])) for p in found.points],
    }  # fmt: skip


def _index(found: Tension) -> dict[str, Any]:
    points = found.points
    return {
        "kind": "tension", "days": [p.day for p in points], "value": [round(p.value, 2) for p in points],
        "low": [round(p.low, 2) for p in points], "high": [round(p.high, 2) for p in points],
    }  # fmt: skip


def _export(form: str, shown: Sequence[Shown], first: str, last: str) -> Any:
    name = "dyad-" + "-".join(x for s in shown for x in (s.a, s.b)) + f"-{first}-{last}"
    if form == "json":
        return common.as_json([
            {**s.series.to_dict(), "tension": s.tension.to_dict(), "changes": [t.to_dict() for t in s.changes]} for s in shown
        ], name)  # fmt: skip
    rows = [
        {"a": s.a, "b": s.b, **p.to_dict(), "incidents": "; ".join(p.incidents), "claims": "; ".join(p.claims)}
        for s in shown for p in s.series.points
    ]  # fmt: skip
    return common.as_csv(rows, name)
