"""Today: what happened since yesterday, by incident, what many tell and what is unusual first."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from communique.errors import InputError
from communique.records import Claim, Incident
from communique.serve.app import store_of
from communique.serve.pages import common, links
from communique.serve.pages.ranking import ORDERS, Ranked, ranked
from communique.store import Store, StoredEvent, desk
from communique.views import flat

router = APIRouter(include_in_schema=False)

MOST = 1000
"""Incidents of the window that are ranked, the newest: of more, the page says so."""

SHOWN = 50
DYADS = 150
"""Dyads whose usual rates are looked up, those with the most incidents of the window."""

SPANS = (2, 7, 31, 366)
"""Days that the window is widened to, where nothing was asked and there are fewer than `LEAST` incidents."""

LEAST = 10
CHART, LONGEST = 28, 92
"""Days of the chart, up to the window's last: as many as the window has, but within these."""

Values = Annotated[tuple[str, ...], Query()]
Word = Annotated[str, Query(max_length=300)]
LONGEST_NAME = 4000
"""Characters of an outlet or a person that an address may name: 36,000 bytes where each is written as three, of the 64,000 that a
server takes; a report may have a longer one, which leads nowhere."""

Name = Annotated[str, Query(max_length=LONGEST_NAME)]


@dataclass(frozen=True, slots=True)
class Window:
    """The days of a list. `widened` says that they were chosen because there is nothing newer, or too little."""

    since: str
    until: str
    widened: bool = False

    @property
    def days(self) -> int:
        return max((dt.date.fromisoformat(self.until) - dt.date.fromisoformat(self.since)).days + 1, 1)


@dataclass(frozen=True, slots=True)
class Row:
    """An incident as the list shows it: `first` is its first telling, `outlets` who tells it."""

    ranked: Ranked
    incident: Incident
    first: StoredEvent | None
    outlets: tuple[str, ...]


def wanted(
    store: Annotated[Store, Depends(store_of)], since: Word = "", until: Word = "", who: Name = "", other: Name = "",
    way: Word = "", country: Word = "", outlet: Name = "", also: Name = "", *, type: Values = (), status: Values = (),
) -> desk.Wanted:  # fmt: skip
    """A dependency: what a list of incidents is narrowed to. Raises `InputError` for a word that the codebook has not."""
    if way not in ("", "out"):
        raise InputError(f"way {way!r}", "is no way", "leave it out, or write out: by the one upon the other")
    first, last = common.day(since, "since"), common.day(until, "until")
    common.ordered(first, last)
    return desk.Wanted(
        first, last, common.who(who), common.who(other), way,
        common.where(country), common.chosen("type", type, store), common.chosen("status", status), outlet.strip(),
        also=common.who(also),
    )  # fmt: skip


@router.get("/")
def today(
    request: Request, store: Annotated[Store, Depends(store_of)], asked: Annotated[desk.Wanted, Depends(wanted)],
    order: Word = "rank",
) -> Any:  # fmt: skip
    """The page."""
    if order not in ORDERS:
        raise InputError(f"order {order!r}", "is no order", "it is one of " + ", ".join(ORDERS))
    if desk.empty(store):
        return common.show(request, "empty.html", "Begin", store=store.name)
    window, found = _found(store, asked)
    rows = _rows(store, found, window, order)
    if form := common.form(request):
        return _export(form, rows, window)
    pairs = _dyads(found)
    return common.show(
        request, "today.html", "Today", asked=asked, order=order, orders=ORDERS, window=window, rows=rows, count=len(found),
        most=MOST, chart=_chart(store, asked, window), dyads=pairs.most_common(8), claims=_claims(store, asked, window.until),
        outlets=sorted({o for row in rows for o in row.outlets}), back=_back(window), last=desk.last_day(store, common.today()),
    )  # fmt: skip


def _found(store: Store, asked: desk.Wanted) -> tuple[Window, list[desk.Light]]:
    """The window and what it holds, the newest first."""
    now = common.today()
    if asked.since:
        window = Window(asked.since, max(asked.until or now, asked.since))
        return window, desk.incidents(store, dataclasses.replace(asked, until=window.until), most=MOST)
    last = asked.until or desk.last_day(store, now) or now
    yesterday = common.shifted(now, -1)
    # For each incident of the days, its outlets are looked at: not of a year.
    for days in SPANS[:3] if asked.outlet else SPANS:
        end = last if last < yesterday or asked.until else now
        window = Window(common.shifted(end, 1 - days), end, days != SPANS[0] or last < yesterday)
        found = desk.incidents(store, dataclasses.replace(asked, since=window.since, until=window.until), most=MOST)
        if len(found) >= LEAST:
            break
    return window, found


def _rows(store: Store, found: Sequence[desk.Light], window: Window, order: str) -> list[Row]:
    top = [pair for pair, _ in _pairs(found).most_common(DYADS)]
    best = ranked(found, desk.usual(store, top, window.since), window.days, order)[:SHOWN]
    numbers = [one.light.number for one in best]
    whole = {one.id: one for one in desk.full(store, numbers)}
    first = desk.told(store, [one.tellings[0][1] for one in whole.values() if one.tellings])
    outlets = desk.outlets(store, numbers)
    return [
        Row(one, whole[one.light.uid], _first(whole[one.light.uid], first), outlets.get(one.light.number, ()))
        for one in best if one.light.uid in whole
    ]  # fmt: skip


def _first(one: Incident, told: dict[str, StoredEvent]) -> StoredEvent | None:
    return told.get(one.tellings[0][1]) if one.tellings else None


def _pairs(found: Sequence[desk.Light]) -> Counter[tuple[str, str]]:
    return Counter(pair for one in found for pair in one.pairs)


def _dyads(found: Sequence[desk.Light]) -> Counter[tuple[str, str]]:
    """Dyads of two countries, whoever acts, by their incidents."""
    out: Counter[tuple[str, str]] = Counter()
    for one in found:
        out.update({(min(pair), max(pair)) for pair in one.pairs if "*" not in pair})
    return out


def _claims(store: Store, asked: desk.Wanted, until: str) -> list[Claim]:
    """The last that are contested, without those of days to come: what is claimed of a coming year would stand there long."""
    party = asked.who if len(asked.who) == 3 and asked.who.isupper() else ""
    return desk.claims(store, who=party, until=until, most=5)[0]


def _chart(store: Store, asked: desk.Wanted, window: Window) -> dict[str, Any]:
    """Incidents by day, cooperation and conflict apart, to the window's end."""
    days = min(max(window.days, CHART), LONGEST)
    since = common.shifted(window.until, 1 - days)
    counts = desk.counts(store, dataclasses.replace(asked, since=since, until=window.until))
    sides: dict[str, Counter[str]] = {"conflict": Counter(), "cooperation": Counter()}
    known = common.sides(store)
    for (day, kind), n in counts.items():
        if (side := known.get(kind, "")) in sides:
            sides[side][day] += n
    listed = [common.shifted(since, n) for n in range(days)]
    shared = {name: value for name, value in dataclasses.asdict(asked).items() if name not in ("since", "until")}
    return {
        "kind": "days", "days": listed, "conflict": [sides["conflict"][d] for d in listed],
        "cooperation": [sides["cooperation"][d] for d in listed], "first": window.since,
        "link": links.query("/incidents", **shared),
    }  # fmt: skip


def _back(window: Window) -> list[tuple[str, str]]:
    """Spans that the page offers: a name, and the first day."""
    spans = (("2 days", 2), ("week", 7), ("month", 31), ("year", 365))
    return [(name, common.shifted(window.until, 1 - days)) for name, days in spans]


def _export(form: str, rows: Sequence[Row], window: Window) -> Any:
    listed = [
        flat.incident(row.incident) | {
            "rank": round(row.ranked.rank, 3), "chance": float(f"{row.ranked.chance:.3g}"),
            "usual": round(row.ranked.usual, 3), "here": row.ranked.here, "outlet_names": "; ".join(row.outlets),
        } for row in rows
    ]  # fmt: skip
    name = f"today-{window.since}-{window.until}"
    if form == "csv":
        return common.as_csv(listed, name)
    return common.as_json({"since": window.since, "until": window.until, "incidents": listed}, name)
