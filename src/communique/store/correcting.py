"""What an analyst puts right, and inputs that could not be read."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from communique.errors import InputError
from communique.ontology import event_types, names
from communique.records import Event, Statement
from communique.resolve.dates import days_of
from communique.store.loading import by_id
from communique.store.questions import Correction
from communique.store.rows import kept
from communique.store.schema import correction, event, report

Own = tuple[str, float | None]
"""Quad and score of a user's own type."""

FIELDS = ("type", "mode", "status", "historical", "date", "place")
"""The fields of an event that can be corrected. Its quad and score follow its type."""

WHOLE = "event"
"""In place of a field: whether the record is an event at all (`withdrawing`)."""

ACT, WHOLE_STATEMENT = "act", "statement"
"""The field of a statement that can be corrected, and, in place of one, whether the record is a statement (`restating`)."""


def corrections(connection: Connection, records: Sequence[str]) -> Iterator[Correction]:
    """What was corrected in these records, the oldest first."""
    base = select(correction, report.c.key).join(report, report.c.id == correction.c.report_id)
    for r in sorted(by_id(connection, base, correction.c.record, records), key=lambda r: r.id):
        yield Correction(r.record, r.key, r.field, json.loads(r.original), json.loads(r.value), r.who, r.made)


def checked(field: str, value: Any, own: Collection[str] = ()) -> Any:
    """`value` as it is kept, if an event's `field` can have it (of a mode: `fitting`); `own` are types that it may have beside
    PLOVER's. Raises `InputError` where it cannot."""
    if field not in FIELDS:
        raise InputError(f"field {field!r}", "cannot be corrected", f"it is one of {', '.join(FIELDS)}")
    lists: dict[str, Sequence[str]] = {"type": (*event_types(), *sorted(own)), "status": names("status")}
    if field in lists and value not in lists[field]:
        raise InputError(f"{field} {value!r}", "is not in the codebook", f"it is one of {', '.join(lists[field])}")
    if field == "historical":
        if not isinstance(value, bool):
            raise InputError(f"historical {value!r}", "is neither true nor false", "give one of them")
    elif not isinstance(value, str):
        raise InputError(f"{field} {value!r}", "is no text", "write it as text")
    if field == "date" and value and days_of(value) is None:
        raise InputError(f"date {value!r}", "is not a date", "write it as YYYY-MM-DD, YYYY-MM or YYYY")
    return kept(value) if isinstance(value, str) else value


def own_types(connection: Connection, given: Iterable[Any]) -> dict[str, Own]:
    """Those of `given` that are no types of PLOVER's but of current events, as a user's own are: the quad and score of each."""
    out: dict[str, Own] = {}
    for kind in {kept(v) for v in given if isinstance(v, str)} - set(event_types()):
        query = select(event.c.quad, event.c.score).where(event.c.current, event.c.type == kind).limit(1)
        for row in connection.execute(query):
            out[kind] = (row.quad, row.score)
    return out


def fitting(kind: str, field: str, value: Any) -> None:
    """Raises `InputError` for a mode that an event of the type `kind` cannot have."""
    modes = _modes(kind)
    if field == "mode" and value and value not in modes:
        hint = f"it is one of {', '.join(modes)}, or empty" if modes else "leave it empty"
        raise InputError(f"mode {value!r}", f"is no mode of {kind}", hint)


def stretch(one: Statement) -> tuple[int, int]:
    """Where a statement is known again: its cue, else its first words."""
    span = one.cue or (one.content[0] if one.content else None)
    return (span.start, span.end) if span else (0, 0)


def _modes(kind: str) -> tuple[str, ...]:
    """Modes of a type; a user's own types have none."""
    known = event_types().get(kind)
    return known.modes if known else ()


def values(event: Event, field: str, value: Any, own: Mapping[str, Own]) -> dict[str, Any]:
    """The fields of `event` that change with `field`; `own` are `own_types`."""
    if field == "type":
        kind = event_types().get(value)
        if kind is None:
            quad, score = own.get(value, ("", None))
            return {"type": value, "mode": "", "quad": quad, "score": score}
        mode = event.mode if event.mode in kind.modes else ""
        return {"type": value, "mode": mode, "quad": kind.quad, "score": kind.score}
    # A point on the map belongs to the words that the reader found, not to an analyst's.
    return {"place": value, "location": None} if field == "place" else {field: value}


class Corrected:
    """The corrections of some reports, for reading their events anew: they hold for the event with the same id, else for the
    only one with the same words that did not stand beside it before."""

    def __init__(self, connection: Connection, report_ids: Sequence[int]) -> None:
        self.by_report: dict[int, list[Any]] = {}
        for row in sorted(by_id(connection, select(correction), correction.c.report_id, report_ids), key=lambda r: r.id):
            self.by_report.setdefault(row.report_id, []).append(row)
        # Of a type of a user's own, quad and score are those that the event had when it was corrected.
        typed = [row.record for found in self.by_report.values() for row in found if row.field == "type"]
        before = by_id(connection, select(event.c.type, event.c.quad, event.c.score), event.c.uid, typed)
        self._own = {row.type: (row.quad, row.score) for row in before if row.type not in event_types()}
        self._beside = _beside(connection, {row.record for found in self.by_report.values() for row in found})

    def apply(self, report_id: int, events: Sequence[Event]) -> tuple[tuple[Event, ...], frozenset[str]]:
        """The events of one report, with what was put right in them; and the ids of those that are none."""
        out = list(events)
        withdrawn: set[str] = set()
        for row in self.by_report.get(report_id, ()):
            if row.field in (ACT, WHOLE_STATEMENT):
                continue
            place = self._place(row, out)
            if place is None:
                continue
            one, value = out[place], json.loads(row.value)
            if row.field == WHOLE:
                (withdrawn.discard if value else withdrawn.add)(one.id)
                continue
            # A mode was of a type: read anew, the event may be of another.
            if row.field != "mode" or not value or value in _modes(one.type):
                out[place] = dataclasses.replace(one, **values(one, row.field, value, self._own))
        return tuple(out), frozenset(withdrawn)

    def said(self, report_id: int, text: str, statements: Sequence[Statement]) -> tuple[tuple[Statement, ...], frozenset[str]]:
        """As `apply`, of the statements of one report with this text."""
        out = list(statements)
        withdrawn: set[str] = set()
        for row in self.by_report.get(report_id, ()):
            if row.field not in (ACT, WHOLE_STATEMENT):
                continue
            # In a later version of the report, other words may stand there.
            there = [n for n, one in enumerate(out) if kept(text[slice(*stretch(one))]) == row.trigger]
            place = [n for n in there if out[n].id == row.record]
            place = place or [n for n in there if stretch(out[n]) == (row.start, row.stop)]
            if len(place) != 1:
                continue
            one, value = out[place[0]], json.loads(row.value)
            if row.field == ACT:
                out[place[0]] = dataclasses.replace(one, act=value)
            else:
                (withdrawn.discard if value else withdrawn.add)(one.id)
        return tuple(out), frozenset(withdrawn)

    def _place(self, row: Any, events: Sequence[Event]) -> int | None:
        """Where the event stands that a correction is of; None where it is not told any more."""
        # In a later version of the report, other words may stand there.
        there = [n for n, one in enumerate(events) if one.trigger == row.trigger]
        for n in there:
            if events[n].id == row.record:
                return n
        others = self._beside.get(row.record, set())
        alike = [n for n in there if (events[n].start, events[n].end) == (row.start, row.stop) and events[n].id not in others]
        return alike[0] if len(alike) == 1 else None


def _beside(connection: Connection, records: Iterable[str]) -> dict[str, set[str]]:
    """Of events by their ids: the ids of the others that one reader found in the same words."""
    mine, theirs = event.alias("mine"), event.alias("theirs")
    query = select(mine.c.uid, theirs.c.uid.label("other")).join(
        theirs,
        (theirs.c.version_id == mine.c.version_id) & (theirs.c.coding_id == mine.c.coding_id)
        & (theirs.c.start == mine.c.start) & (theirs.c.stop == mine.c.stop) & (theirs.c.uid != mine.c.uid),
    )  # fmt: skip
    out: dict[str, set[str]] = {}
    for row in by_id(connection, query, mine.c.uid, records):
        out.setdefault(row.uid, set()).add(row.other)
    return out
