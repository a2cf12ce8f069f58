"""What analysts say is wrong: marks on records, a queue to settle them, and reports that were looked through, as annotation.

A mark on an event's field that comes with the right value is a correction at once (`Store.correct`), and one that says that an
event is none takes it out (`Store.withdraw`); both hold when the report is read again. What is wrong of a statement, and what
was not read at all, changes no answer of the store: it goes into the annotation, from which ``communique train`` learns.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, select, update

from communique.errors import InputError
from communique.ontology import event_types, names
from communique.records import CodedReport, Event, Statement
from communique.store import loading, rows
from communique.store.correcting import FIELDS, WHOLE, checked, fitting, own_types
from communique.store.engine import chunks
from communique.store.schema import report, review, version

if TYPE_CHECKING:
    from communique.store.store import Store

EVENT_FIELDS = (WHOLE, *FIELDS, "actors", "recipients", "sources")
"""What can be wrong of an event; the last three have no value to put in: they stay a note."""

STATEMENT_FIELDS = ("statement", "act", "speaker", "words")
"""What can be wrong of a statement: that it is one, its act; the last two stay a note."""

STATES = ("open", "done", "dismissed")
MOST = 2000
"""Characters of a note or a value."""


@dataclass(frozen=True, slots=True)
class Review:
    """One mark: `words` are those that it stands at, `value` what `field` should be, None where nobody said.

    `kind` is "event", "statement", "missing" (an event that was not read) or "whole" (the report was looked through); `version`
    is that of the report. `state` is one of `STATES`; times are UTC.
    """

    id: int
    report: str
    title: str
    outlet: str
    published: str
    version: int
    kind: str
    record: str
    start: int
    end: int
    words: str
    field: str
    value: Any
    note: str
    who: str
    made: str
    state: str
    settled_by: str = ""
    settled: str = ""

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True)
class Mark:
    """What somebody says of a record: its `field` is wrong; `value` is what it should be, as text, "" where not known."""

    record: str
    field: str
    value: str = ""
    note: str = ""


def mark(store: Store, key: str, given: Mark, who: str) -> Review:
    """Keeps a mark on an event or statement of the report `key`; with a value it is settled at once, by `who`.

    Raises `InputError` for a record that the report has not, a field that it has not, and a value that the field cannot have.
    """
    kept = store.report(key)
    who = _named(who)
    note, said = _short("note", given.note), _short("value", given.value).strip()
    one, kind = _record(kept.coded, given.record)
    fields = EVENT_FIELDS if kind == "event" else STATEMENT_FIELDS
    if given.field not in fields:
        hint = f"it is one of {', '.join(fields)}"
        raise InputError(f"field {given.field!r}", f"is nothing of this {kind} that can be wrong", hint)
    value = _value(store, one, given.field, said)
    start, end = _place(one)
    row = _row(kept.key, kept.version, kind, given.record, start, end, kept.coded.report.text[start:end], given.field)
    row |= {"value": rows.dump(value), "note": note, "who": who, "state": "open"}
    if value is not None or given.field in (WHOLE, "statement"):
        _put_right(store, one, given.field, value, who)
        row |= {"state": "done", "value": rows.dump(False if given.field in (WHOLE, "statement") else value), "settled_by": who}
    return _written(store, row)


def missing(store: Store, key: str, start: int, end: int, value: dict[str, Any], who: str, note: str = "") -> Review:
    """Keeps an event that was not read: its words from `start` to `end`, with its type, mode, status and historical.

    Raises `InputError` for what is no stretch of the text, and for a value of no event.
    """
    kept = store.report(key)
    text = kept.coded.report.text
    if not 0 <= start < end <= len(text) or end - start > 200 or not text[start:end].strip():
        raise InputError(f"[{start}, {end}]", "is no stretch of words", f"mark up to 200 characters of the text's {len(text):,}")
    kind = checked("type", str(value.get("type", "")), _own(store, value.get("type")))
    mode = str(value.get("mode", ""))
    fitting(kind, "mode", mode)
    told = {"type": kind, "mode": mode, "status": checked("status", value.get("status") or "actual"),
            "historical": bool(value.get("historical"))}  # fmt: skip
    row = _row(kept.key, kept.version, "missing", "", start, end, text[start:end], "event")
    row |= {"value": rows.dump(told), "note": _short("note", note), "who": _named(who), "state": "done"}
    return _written(store, row | {"settled_by": row["who"]})


def look_through(store: Store, key: str, who: str) -> Review:
    """Says that all of the report was looked at, and keeps it as annotation as it now stands: what it does not mark is none.

    Raises `InputError` where the report still has open marks.
    """
    kept = store.report(key)
    marks = of_report(store, key)
    if any(one.state == "open" for one in marks):
        raise InputError(f"report {key!r}", "has marks that nobody settled", "give them their values, or dismiss them, first")
    line = annotation(kept.coded, marks) | {"reader": kept.reader}
    row = _row(kept.key, kept.version, "whole", "", 0, 0, "", "report")
    row |= {"value": rows.dump(line), "note": "", "who": _named(who), "state": "done"}
    return _written(store, row | {"settled_by": row["who"]})


def settle(store: Store, ident: int, who: str, value: str = "", *, dismiss: bool = False) -> Review:
    """Settles an open mark: puts the field right by `value`, or dismisses it. What stood settled is not settled again, but may
    be dismissed: a correction then stays, an event that was taken out comes back.

    Raises `InputError` where there is no such mark, and for a value that the field cannot have.
    """
    who = _named(who)
    found = one_of(store, ident)
    row: dict[str, Any] = {"state": "dismissed", "settled_by": who, "settled": rows.now()}
    if dismiss and found.state == "done" and found.kind == "event" and found.field == WHOLE:
        store.restore(_now(store, found).id, who)
    if not dismiss:
        if found.state != "open":
            raise InputError(f"mark {ident}", f"is {found.state}", "mark the record again to change it")
        one = _now(store, found)
        right = _value(store, one, found.field, _short("value", value).strip())
        if right is None:
            hint = "dismiss it, or correct another field" if found.field not in (*FIELDS, "act") else "give the right value"
            raise InputError(f"{found.field} ''", "says not what it should be", hint)
        _put_right(store, one, found.field, right, who)
        row |= {"state": "done", "value": rows.dump(right)}
    store.database.write(lambda connection: connection.execute(update(review).where(review.c.id == ident).values(**row)))
    _refresh(store, found.report)
    return one_of(store, ident)


def of_report(store: Store, key: str) -> list[Review]:
    """The marks of one report, the first first; of those that say it was looked through, the last alone."""
    with store.database.reading() as connection:
        found = loading.report_row(connection, key)
        listed = _reviews(connection, review.c.report_id == found.id) if found is not None else []
    last = max((one.id for one in listed if one.kind == "whole"), default=0)
    return [one for one in sorted(listed, key=lambda r: r.id) if one.kind != "whole" or one.id == last]


def queue(store: Store, state: str = "open", *, before: int = 0, most: int = 50) -> list[Review]:
    """Marks of one state ("" for all), the last first, `most` of them older than the number `before`.

    Raises `InputError` for another state.
    """
    if state and state not in STATES:
        raise InputError(f"state {state!r}", "is none of a mark", f"it is one of {', '.join(STATES)}")
    where = [review.c.kind != "whole", *([review.c.state == state] if state else []), *([review.c.id < before] if before else [])]
    with store.database.reading() as connection:
        query = select(review.c.id).where(*where).order_by(review.c.id.desc()).limit(most)
        numbers = connection.execute(query).scalars().all()
        found = {one.id: one for one in _reviews(connection, review.c.id.in_(numbers))}
    return [found[n] for n in numbers if n in found]


def one_of(store: Store, ident: int) -> Review:
    """The mark of this number. Raises `InputError` where there is none."""
    with store.database.reading() as connection:
        found = _reviews(connection, review.c.id == ident)
    if not found:
        raise InputError(f"mark {ident}", "is not in the store", "the queue lists those that are")
    return found[0]


def annotated(store: Store) -> Iterator[dict[str, Any]]:
    """The reports that were looked through, each as it last was: lines for ``communique train`` (docs/adapting.md)."""
    last = select(func.max(review.c.id)).where(review.c.kind == "whole", review.c.state == "done").group_by(review.c.report_id)
    with store.database.reading() as connection:
        numbers = sorted(connection.execute(last).scalars().all())
    for part in chunks(numbers, 50):
        with store.database.reading() as connection:
            query = select(review.c.value).where(review.c.id.in_(part)).order_by(review.c.id)
            lines = connection.execute(query).scalars().all()
        yield from map(json.loads, lines)


def counts(store: Store, most: int = 1000) -> dict[str, int]:
    """How many marks are open, and how many reports were looked through: at most `most` each."""
    with store.database.reading() as connection:
        waiting = select(review.c.id).where(review.c.state == "open").limit(most)
        whole = select(review.c.report_id).distinct().where(review.c.kind == "whole", review.c.state == "done").limit(most)
        return {name: connection.execute(select(func.count()).select_from(query.subquery())).scalar() or 0
                for name, query in (("open", waiting), ("whole", whole))}  # fmt: skip


def annotation(coded: CodedReport, marks: Iterable[Review]) -> dict[str, Any]:
    """The report as a line of ``communique read --json --text``, with what was marked in statements, and what was missing.

    What was put right in events is in `coded` already, as the store gives it.
    """
    settled = [one for one in marks if one.state == "done"]
    line = coded.to_dict(text=True)
    text = coded.report.text
    for one in settled:
        if one.kind == "statement" and one.field in ("statement", "act"):
            line["statements"] = [said for s in line["statements"] if (said := _marked(s, one)) is not None]
    for one in settled:
        # Of another version, it may stand elsewhere.
        if one.kind == "missing" and text[one.start : one.end] == one.words and not _there(line["events"], one):
            line["events"].append({"start": one.start, "end": one.end, "trigger": one.words, **one.value})
    line["events"].sort(key=lambda e: (e["start"], e["end"]))
    # A deed in words that the whole report was read without has no sentence and no parties: they are not learnt from.
    return {name: line[name] for name in ("id", "title", "published", "source", "url", "text", "events", "statements")}


def _there(events: Sequence[dict[str, Any]], one: Review) -> bool:
    return any((e["start"], e["end"], e["type"]) == (one.start, one.end, one.value["type"]) for e in events)


def _marked(said: dict[str, Any], one: Review) -> dict[str, Any] | None:
    """A statement with what a mark says of it; None where it says that it is none."""
    cue = said.get("cue") or {}
    if said["id"] != one.record and (cue.get("start"), cue.get("end")) != (one.start, one.end):
        return said
    return None if one.field == "statement" else {**said, "act": one.value}


def _record(coded: CodedReport, ident: str) -> tuple[Event | Statement, str]:
    for one in coded.events:
        if one.id == ident:
            return one, "event"
    for said in coded.statements:
        if said.id == ident:
            return said, "statement"
    raise InputError(f"record {ident!r}", f"is not in report {coded.report.key!r}", "load the page again: it may be read anew")


def _now(store: Store, found: Review) -> Event | Statement:
    """The record of a mark as it now stands: under its id, else the only one at the same words."""
    kept = store.report(found.report).coded
    everything: list[Event | Statement] = [*kept.events, *kept.statements]
    if found.field == WHOLE and found.state == "done":
        return next(e.telling.event for e in store.explain(found.record).events)
    for one in everything:
        if one.id == found.record:
            return one
    same = [one for one in everything if isinstance(one, Event) == (found.kind == "event")]
    alike = [one for one in same if _place(one) == (found.start, found.end)]
    if len(alike) != 1 or kept.report.text[found.start : found.end] != found.words:
        raise InputError(f"record {found.record!r}", "is not told any more", "dismiss the mark")
    return alike[0]


def _place(one: Event | Statement) -> tuple[int, int]:
    if isinstance(one, Event):
        return one.start, one.end
    span = one.cue or (one.content[0] if one.content else None)
    return (span.start, span.end) if span else (0, 0)


def _value(store: Store, one: Event | Statement, field: str, said: str) -> Any:
    """What `said` means for a field; None where it says nothing, or the field takes no value."""
    if field in FIELDS and isinstance(one, Event):
        if not said:
            return None
        given: Any = "" if said == "-" and field in ("mode", "date", "place") else said
        if field == "historical":
            given = {"true": True, "yes": True, "false": False, "no": False}.get(said.casefold(), said)
        value = checked(field, given, _own(store, given) if field == "type" else ())
        fitting(one.type, field, value)
        return value
    if field == "act" and said:
        if said not in names("act"):
            raise InputError(f"act {said!r}", "is not in the codebook", f"it is one of {', '.join(names('act'))}")
        return said
    return None


def _own(store: Store, kind: Any) -> Any:
    if kind in event_types():
        return ()
    with store.database.reading() as connection:
        return own_types(connection, [kind])


def _put_right(store: Store, one: Event | Statement, field: str, value: Any, who: str) -> None:
    """Changes the store's own answers, where the record is an event."""
    if not isinstance(one, Event):
        return
    if field == WHOLE:
        store.withdraw(one.id, who)
    elif field in FIELDS:
        store.correct(one.id, field, value, who)


def _refresh(store: Store, key: str) -> None:
    """Keeps the annotation of a report that was looked through as it now stands, if the same reader's coding was looked at."""
    whole = next((one for one in of_report(store, key) if one.kind == "whole"), None)
    if whole is None:
        return
    kept = store.report(key)
    if kept.reader != whole.value.get("reader") or kept.version != whole.version:
        return
    line = annotation(kept.coded, of_report(store, key)) | {"reader": kept.reader}
    change = update(review).where(review.c.id == whole.id).values(value=rows.dump(line))
    store.database.write(lambda connection: connection.execute(change))


def _row(key: str, n: int, kind: str, record: str, start: int, end: int, words: str, field: str) -> dict[str, Any]:
    return {"key": key, "version": n, "kind": kind, "record": record, "start": start, "stop": end, "words": words,
            "field": field, "settled_by": "", "settled": ""}  # fmt: skip


def _written(store: Store, row: dict[str, Any]) -> Review:
    """Writes a mark, and brings the annotation of its report up to date."""
    key = row.pop("key")

    def work(connection: Connection) -> int:
        ident = int(connection.execute(select(func.max(review.c.id))).scalar() or 0) + 1
        found = loading.report_row(connection, key)
        made = rows.now()
        line = {**row, "id": ident, "report_id": found.id, "made": made, "settled": made if row["state"] != "open" else ""}
        connection.execute(review.insert(), [{k: rows.kept(v) if isinstance(v, str) else v for k, v in line.items()}])
        return ident

    ident = store.database.write(work)
    if row["kind"] != "whole":
        _refresh(store, key)
    return one_of(store, ident)


def _reviews(connection: Connection, where: Any) -> list[Review]:
    query = (
        select(review, report.c.key, version.c.title, version.c.source, version.c.day)
        .join(report, report.c.id == review.c.report_id).join(version, version.c.id == report.c.version_id).where(where)
    )  # fmt: skip
    return [
        Review(r.id, r.key, r.title, r.source, r.day, r.version, r.kind, r.record, r.start, r.stop, r.words, r.field,
               json.loads(r.value), r.note, r.who, r.made, r.state, r.settled_by, r.settled)
        for r in connection.execute(query)
    ]  # fmt: skip


def _named(who: str) -> str:
    if not who.strip():
        raise InputError("who ''", "names nobody", "say who marks it")
    return " ".join(who.split())[:100]


def _short(name: str, given: str) -> str:
    if len(given) > MOST:
        raise InputError(f"the {name}", f"has {len(given):,} characters", f"at most {MOST:,} are kept")
    return given
