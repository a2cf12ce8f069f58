"""Two parties over time, and what is new between any."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from communique.asking import alerts as found_alerts
from communique.asking import lately, timeline
from communique.serve import models
from communique.serve.api.asked import bounded
from communique.serve.api.formats import as_csv, as_json, as_parquet, chosen
from communique.serve.api.records import TABLES
from communique.serve.problems import Problem
from communique.store import Store

router = APIRouter()

Party = Annotated[str, Path(max_length=models.LONGEST, description="A country by name or code, with a sector, or a name.")]

POINT = {
    "start": "str", "end": "str", "conflict": "float", "cooperation": "float", "conflicts": "int", "cooperations": "int",
    "claimed_conflict": "float", "claimed_cooperation": "float", "published": "int", "incidents": "str", "claims": "str",
}  # fmt: skip
"""Columns of a series as a table."""

DAYS = 10_000
"""Most days of a dyad: 20,000 took 3.3 seconds, half of them on tension's range."""

YEAR = 366
"""Most days of alerts."""


@router.get("/dyads/{a}/{b}", response_model=models.Dyad, responses=TABLES, tags=["dyads"],
            summary="Conflict and cooperation of two parties, tension, and where the level changed")  # fmt: skip
def dyad(request: Request, a: Party, b: Party, asked: Annotated[models.AskedDyad, Query()]) -> Any:
    form = chosen(request, asked.format, ("json", "csv", "parquet"))
    since, until = bounded(asked.since, asked.until, DAYS)
    found = timeline(request.app.state.store, a, b, since=since, until=until, by=asked.by, most=DAYS)
    if form == "json":
        return as_json(request, found.to_dict())
    rows = (
        dataclasses.asdict(p) | {"incidents": "; ".join(p.incidents), "claims": "; ".join(p.claims)} for p in found.series.points
    )
    name = "".join(c for c in f"{found.series.a}-{found.series.b}" if c.isascii() and (c.isalnum() or c in "-.")) or "dyad"
    return as_csv(name, POINT, rows) if form == "csv" else as_parquet(name, POINT, rows)


@router.get("/alerts", response_model=models.Alerts, tags=["dyads"], summary="What is new between any two countries")
def alerts(request: Request, asked: Annotated[models.AskedAlerts, Query()]) -> Any:
    store: Store = request.app.state.store
    before, until = lately(store, asked.until)
    since, _ = bounded(asked.since or before, asked.until, YEAR)
    told = since <= until  # a first day behind the record's last is no mistake, and nothing is new since then
    if told:
        bounded(since, until, YEAR)
    # Every incident of the days is looked at: one such answer at a time.
    if not request.app.state.alerting.acquire(blocking=False):
        raise Problem("busy", "alerts are being worked out for somebody else: try again", headers={"Retry-After": "5"})
    try:
        items = found_alerts(store, since=since, until=until) if told and until else []
    finally:
        request.app.state.alerting.release()
    return as_json(request, {"since": since, "until": until, "items": items})
