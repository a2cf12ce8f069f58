"""PLOVER JSON Lines: one object an event or incident, with all its parties and its status (keys: data/export/plover.tsv)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from communique.export.aside import whole
from communique.export.fields import FIELDS
from communique.export.layouts import layout
from communique.export.rows import Choice, Exportable, Fact, Written
from communique.records import Entity

# Controls that JSON allows within a string, and what turns the direction of what follows.
_RAW = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def _parties(entities: Iterable[Entity]) -> list[dict[str, str]]:
    return [{"country": e.country, "sector": e.sector, "name": e.name, "office": e.office, "text": e.text} for e in entities]


def _place(fact: Fact) -> dict[str, Any] | None:
    at = fact.location
    if at is None:
        return {"text": fact.place, "name": "", "region": "", "country": "", "lat": None, "lon": None} if fact.place else None
    return {"text": fact.place, "name": at.name, "region": at.region, "country": at.country, "lat": at.lat, "lon": at.lon}


NESTED: Mapping[str, Callable[[Fact], Any]] = {
    "contexts": lambda f: list(f.contexts),
    "actors": lambda f: _parties(f.actors),
    "recipients": lambda f: _parties(f.recipients),
    "sources": lambda f: _parties(f.sources),
    "place": _place,
}
"""Fields that are lists or objects here."""


def objects(records: Iterable[Exportable], choice: Choice) -> Iterator[dict[str, Any]]:
    """The objects of the records that `choice` takes, their keys in the order of the table."""
    columns = layout("plover")
    for fact in choice.facts(records, split=False):
        yield {c.name: NESTED[c.field](fact) if c.field in NESTED else FIELDS[c.field](fact) for c in columns}


def line_of(one: Mapping[str, Any]) -> str:
    """An object as one line, also for readers that split at line ends which JSON allows within a string; what steers a
    terminal is escaped, so that it may be printed."""
    return _RAW.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(one, ensure_ascii=False)) + "\n"


def write_plover(records: Iterable[Exportable], out: str | Path | TextIO, *, statuses: Collection[str] = ()) -> Written:
    """Writes one JSON object a line. The status is in it, so all are written unless `statuses` names some."""
    choice = Choice(statuses, dated=False)
    with whole(out) as handle:
        for one in objects(records, choice):
            handle.write(line_of(one))
    return choice.written()
