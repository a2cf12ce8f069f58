"""What the desk's map and search ask of a store, bounded by rows as in `desk`: incidents by place, and the texts of reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from communique.records import Location
from communique.store import desk, loading
from communique.store.reading import Reading
from communique.store.schema import incident, report, version


@dataclass(frozen=True, slots=True)
class Placed:
    """Incidents of one place: `number` is its own in the store, `types` are with their counts, `origins` the sum of those that
    tell each, `best` the number of the incident that most tell, `last` the last day."""

    number: int
    location: Location
    types: tuple[tuple[str, int], ...]
    incidents: int
    origins: int
    best: int
    last: str


def placed(store: Reading, wanted: desk.Wanted, most: int) -> tuple[list[Placed], int]:
    """By place, of the last `most` incidents that `wanted` asks for and that have one; and how many these are."""
    found: dict[int, Any] = {}
    with store.database.reading() as connection:
        for query, day, number in desk.selects(wanted):
            limited = query.where(incident.c.location_id.is_not(None)).order_by(day.desc(), number.desc()).limit(most)
            columns = (incident.c.id, incident.c.location_id, incident.c.type, incident.c.origins, incident.c.day)
            for row in connection.execute(limited.with_only_columns(*columns)):
                found[row.id] = row
        kept = sorted(found.values(), key=lambda r: (r.day, r.id), reverse=True)[:most]
        points = loading.locations(connection, {r.location_id for r in kept})
    by_place: dict[int, list[Any]] = {}
    for row in kept:
        by_place.setdefault(row.location_id, []).append(row)
    out = []
    for ident, listed in by_place.items():
        types: dict[str, int] = {}
        for row in listed:
            types[row.type] = types.get(row.type, 0) + 1
        ranked = tuple(sorted(types.items(), key=lambda item: (-item[1], item[0])))
        best = max(listed, key=lambda r: (r.origins, r.day, r.id)).id
        total = sum(r.origins for r in listed)
        out.append(Placed(ident, points[ident], ranked, len(listed), total, best, max(r.day for r in listed)))
    return sorted(out, key=lambda p: (-p.origins, -p.incidents, p.location.name)), len(kept)


def at(store: Reading, wanted: desk.Wanted, place: int, most: int) -> list[int]:
    """The numbers of the last incidents of one place, `most` of them."""
    found: dict[int, str] = {}
    with store.database.reading() as connection:
        for query, day, number in desk.selects(wanted):
            limited = query.where(incident.c.location_id == place).order_by(day.desc(), number.desc()).limit(most)
            found |= {row.id: row.day for row in connection.execute(limited.with_only_columns(incident.c.id, incident.c.day))}
    return sorted(found, key=lambda n: (found[n], n), reverse=True)[:most]


def texts(store: Reading, keys: Sequence[str]) -> dict[str, str]:
    """The texts of reports as they now stand, by their keys."""
    with store.database.reading() as connection:
        rows = [row for key in keys if (row := loading.report_row(connection, key)) is not None]
        query = select(report.c.key, version.c.text).join(report, report.c.version_id == version.c.id)
        found = loading.by_id(connection, query, version.c.id, [row.version_id for row in rows])
    return {row.key: row.text for row in found}
