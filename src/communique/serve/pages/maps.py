"""The map: incidents by the place where they happened, as large as the origins that tell them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from communique.serve.app import asset, store_of
from communique.serve.pages import common, links
from communique.serve.pages.today import wanted
from communique.store import Store, desk, places

router = APIRouter(include_in_schema=False)

MOST = 3000
"""Incidents that are put on the map, the last: of more, the page says so."""

DAYS = 91
"""Days before the store's last that are shown where none are asked for."""

SHAPE = "countries-110m.json"

SHOWN, LISTED = 60, 50
"""Rows of the table, and incidents of the place that is asked for."""


@router.get("/map")
def world(
    request: Request, store: Annotated[Store, Depends(store_of)], asked: Annotated[desk.Wanted, Depends(wanted)],
    at: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
) -> Any:  # fmt: skip
    """The map, and a table of its places; with `at`, the incidents of one of them."""
    form = common.form(request)
    if not form and desk.empty(store):
        return common.show(request, "empty.html", "Begin", store=store.name)
    given, asked = asked, during(store, asked, DAYS)
    found, count = places.placed(store, asked, MOST)
    sides = common.sides(store)
    if form:
        rows = [row_of(p, sides) for p in found]
        return common.as_csv(rows, "map", COLUMNS) if form == "csv" else common.as_json(rows, "map")
    here = next((p for p in found if p.number == at), None)
    listed = desk.full(store, places.at(store, asked, at, LISTED)) if here else []
    first = desk.told(store, [one.tellings[0][1] for one in listed if one.tellings])
    return common.show(
        request, "map.html", "Map", asked=given, since=asked.since, until=asked.until, chosen=given.since == "",
        found=found[:SHOWN], places=len(found), count=count, most=MOST, here=here, listed=listed, first=first,
        chart=_chart(request, found, sides), outlets=(), sides=lambda one: _sides(one, sides),
    )  # fmt: skip


def during(store: Store, asked: desk.Wanted, days: int) -> desk.Wanted:
    """`asked`, with the last `days` days that have news where it names no first day."""
    until = asked.until or desk.last_day(store, common.today()) or common.today()
    return dataclasses.replace(asked, since=asked.since or common.shifted(until, 1 - days), until=until)


COLUMNS = ("place", "region", "country", "lat", "lon", "incidents", "origins", "conflict", "cooperation", "types", "last")


def row_of(one: places.Placed, sides: Mapping[str, str]) -> dict[str, Any]:
    """A place as an export gives it."""
    conflict, cooperation = _sides(one, sides)
    where = one.location
    types = "; ".join(f"{kind} {n}" for kind, n in one.types)
    values = (where.name, where.region, where.country, where.lat, where.lon, one.incidents, one.origins, conflict, cooperation,
              types, one.last)  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def _sides(one: places.Placed, sides: Mapping[str, str]) -> tuple[int, int]:
    """Conflicts and cooperations of a place."""
    told = {"conflict": 0, "cooperation": 0}
    for kind, n in one.types:
        if (side := sides.get(kind, "")) in told:
            told[side] += n
    return told["conflict"], told["cooperation"]


def _chart(request: Request, found: list[places.Placed], sides: Mapping[str, str]) -> dict[str, Any]:
    given = {name: value for name, value in common.params(request).items() if name != "at"}
    points = []
    for one in found:
        conflict, cooperation = _sides(one, sides)
        points.append({
            "name": one.location.name, "at": [one.location.lon, one.location.lat], "incidents": one.incidents,
            "origins": one.origins, "conflict": conflict, "cooperation": cooperation,
            "href": links.changed("/map", given, at=str(one.number)) + "#here",
        })  # fmt: skip
    shape = "" if SHAPE in common.missing() else asset(f"vendor/{SHAPE}")
    return {"kind": "world", "points": points, "shape": shape}
