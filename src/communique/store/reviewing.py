"""What analysts say is wrong: marks on records, a queue to settle them, and reports that were looked through, as annotation.

A mark on a field that comes with the right value is a correction at once (`Store.correct`), and one that says that an event or a
statement is none takes it out (`Store.withdraw`); both hold when the report is read again. What was not read at all changes no
answer of the store: it goes into the annotation, from which ``communique train`` learns. A mark that stands already is not made
twice.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, select, update

from communique.errors import InputError
from communique.ontology import event_types
from communique.records import CodedReport, Event, Statement
from communique.store import loading, rows
from communique.store.correcting import ACT, FIELDS, WHOLE, WHOLE_STATEMENT, checked, fitting, own_types, stretch
from communique.store.engine import chunks
from communique.store.restating import known_act
from communique.store.schema import correction, event, report, review, statement, version

if TYPE_CHECKING:
    from communique.store.store import Store

EVENT_FIELDS = (WHOLE, *FIELDS, "actors", "recipients", "sources")
"""What can be wrong of an event; the last three have no value to put in: they stay a note."""

STATEMENT_FIELDS = (WHOLE_STATEMENT, ACT, "speaker", "words")
"""What can be wrong of a statement: that it is one, its act; the last two stay a note."""

NONE = (WHOLE, WHOLE_STATEMENT)
"""In place of a field: that the record is none."""

STATES = ("open", "done", "dismissed")
MOST = 2000
"""Characters of a note or a value."""

NAME = 100
"""Characters of the name of who marks."""

_STATED = (WHOLE_STATEMENT, ACT)


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
    """Keeps a mark on an event or statement of the report `key`; with a value it is settled at once, by `who`. One that stands
    already, in the same words by the same person, is given back as it is.

    Raises `InputError` for a record that the report has not, a field that it has not, and a value that the field cannot have.
    """
    kept = store.report(key)
    who = _named(who)
    note, said = _short("note", given.note), _short("value", given.value).strip()
    if given.field in NONE and (gone := _taken(store, kept.key, given)) is not None:
        return gone
    one, kind = _record(kept.coded, given.record)
    fields = EVENT_FIELDS if kind == "event" else STATEMENT_FIELDS
    if given.field not in fields:
        hint = f"it is one of {', '.join(fields)}"
        raise InputError(f"field {given.field!r}", f"is nothing of this {kind} that can be wrong", hint)
    value = False if given.field in NONE else _value(store, one, given.field, said)
    start, end = _place(one)
    row = _row(kept.key, kept.version, kind, given.record, start, end, kept.coded.report.text[start:end], given.field)
    row |= {"value": rows.dump(value), "note": note, "who": who, "state": "open"}
    if value is not None:
        row |= {"state": "done", "settled_by": who}
    if (same := _same(of_report(store, kept.key), row)) is not None and (value is None or _stands(one, given.field, value)):
        return same
    if value is not None:
        _put_right(store, one, given.field, value, who)
    return _written(store, row)


def missing(store: Store, key: str, start: int, end: int, value: dict[str, Any], who: str, note: str = "") -> Review:
    """Keeps an event that was not read: its words from `start` to `end`, with its type, mode, status and historical. One that
    stands already is given back as it is.

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
    same = _same(of_report(store, kept.key), row)
    return same or _written(store, row | {"settled_by": row["who"]})


def look_through(store: Store, key: str, who: str) -> Review:
    """Says that all of the report was looked at, and keeps it as annotation as it now stands: what it does not mark is none.

    Raises `InputError` where the report still has open marks.
    """
    kept = store.report(key)
    marks = of_report(store, key)
    if any(one.state == "open" for one in marks):
        raise InputError(f"report {key!r}", "has marks that nobody settled", "give them their values, or dismiss them, first")
    line = annotation(kept.coded, _unheld(store, kept.key, marks)) | {"reader": kept.reader}
    row = _row(kept.key, kept.version, "whole", "", 0, 0, "", "report")
    row |= {"value": rows.dump(line), "note": "", "who": _named(who), "state": "done"}
    same = _same(marks, row)
    return same or _written(store, row | {"settled_by": row["who"]})


def settle(store: Store, ident: int, who: str, value: str = "", *, dismiss: bool = False) -> Review:
    """Settles an open mark: puts the field right by `value`, or dismisses it. What stood settled is not settled again, but may
    be dismissed: a correction then stays, what was taken out comes back. What was dismissed stays so.

    Raises `InputError` where there is no such mark, and for a value that the field cannot have.
    """
    who = _named(who)
    found = one_of(store, ident)
    row: dict[str, Any] = {"state": "dismissed", "settled_by": who, "settled": rows.now()}
    if dismiss and found.state == "dismissed":
        return found
    if dismiss and found.state == "done" and found.field in NONE and found.kind in ("event", "statement"):
        _restore(store, found, who)
    if not dismiss:
        if found.state != "open":
            if found.state == "done" and _repeated(store, found, value):
                return found
            raise InputError(f"mark {ident}", f"is {found.state}", "mark the record again to change it")
        one = _now(store, found)
        right = _value(store, one, found.field, _short("value", value).strip())
        if right is None:
            hint = "dismiss it, or correct another field" if found.field not in (*FIELDS, ACT) else "give the right value"
            raise InputError(f"{found.field} ''", "says not what it should be", hint)
        _put_right(store, one, found.field, right, who)
        row |= {"state": "done", "value": rows.dump(right)}
    store.database.write(lambda connection: connection.execute(update(review).where(review.c.id == ident).values(**row)))
    _refresh(store, found.report)
    return one_of(store, ident)


def _repeated(store: Store, found: Review, value: str) -> bool:
    """Whether a mark was settled by this value, which may be sent twice."""
    if found.kind not in ("event", "statement") or found.field in NONE or not value.strip():
        return False
    return bool(_value(store, _now(store, found), found.field, _short("value", value).strip()) == found.value)


def of_report(store: Store, key: str) -> list[Review]:
    """The marks of one report, the first first; of those that say it was looked through, the last alone."""
    with store.database.reading() as connection:
        found = loading.report_row(connection, key)
        listed = _reviews(connection, review.c.report_id == found.id) if found is not None else []
    last = max((one.id for one in listed if one.kind == "whole"), default=0)
    return [one for one in sorted(listed, key=lambda r: r.id) if one.kind != "whole" or one.id == last]


def queue(store: Store, state: str = "open", *, before: int = 0, most: int = 50, report: str = "") -> list[Review]:
    """Marks of one state ("" for all), of the `report` with that key where one is named, the last first, `most` of them older
    than the number `before`.

    Raises `InputError` for another state, and for a report that the store has not.
    """
    if state and state not in STATES:
        raise InputError(f"state {state!r}", "is none of a mark", f"it is one of {', '.join(STATES)}")
    where = [review.c.kind != "whole", *([review.c.state == state] if state else []), *([review.c.id < before] if before else [])]
    with store.database.reading() as connection:
        if report:
            found_report = loading.report_row(connection, report)
            if found_report is None:
                raise InputError(f"report {report!r}", "is not in the store", "give a report's key")
            where.append(review.c.report_id == found_report.id)
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
    """The reports that were looked through, each as it last was: lines for ``communique train`` (docs/adapting.md). One of which
    that was last dismissed gives none."""
    with store.database.reading() as connection:
        numbers = sorted(connection.execute(_through(review.c.id)).scalars().all())
    for part in chunks(numbers, 50):
        with store.database.reading() as connection:
            query = select(review.c.value).where(review.c.id.in_(part)).order_by(review.c.id)
            lines = connection.execute(query).scalars().all()
        yield from map(json.loads, lines)


def counts(store: Store, most: int = 1000) -> dict[str, int]:
    """How many marks are open, and how many reports were looked through: at most `most` each."""
    with store.database.reading() as connection:
        waiting = select(review.c.id).where(review.c.state == "open").limit(most)
        whole = _through(review.c.id).limit(most)
        return {name: connection.execute(select(func.count()).select_from(query.subquery())).scalar() or 0
                for name, query in (("open", waiting), ("whole", whole))}  # fmt: skip


def _through(column: Any) -> Any:
    """`column` of the marks that say that a report was looked through, where its last such mark still holds."""
    last = select(func.max(review.c.id)).where(review.c.kind == "whole").group_by(review.c.report_id)
    return select(column).where(review.c.id.in_(last), review.c.state == "done")


def annotation(coded: CodedReport, marks: Iterable[Review]) -> dict[str, Any]:
    """The report as a line of ``communique read --json --text``, with what was marked in statements, and what was missing.

    What was put right is in `coded` already, as the store gives it: marks of statements are those of stores that were marked
    before these could be (`_unheld`).
    """
    settled = [one for one in marks if one.state == "done"]
    line = dataclasses.replace(coded, statements=_restated(coded, settled)).to_dict(text=True)
    text = coded.report.text
    for one in settled:
        # Of another version, it may stand elsewhere.
        if one.kind == "missing" and text[one.start : one.end] == one.words and not _there(line["events"], one):
            line["events"].append({"start": one.start, "end": one.end, "trigger": one.words, **one.value})
    line["events"].sort(key=lambda e: (e["start"], e["end"]))
    # A deed in words that the whole report was read without has no sentence and no parties: they are not learnt from.
    return {name: line[name] for name in ("id", "title", "published", "source", "url", "text", "events", "statements")}


def _there(events: Sequence[dict[str, Any]], one: Review) -> bool:
    return any((e["start"], e["end"], e["type"]) == (one.start, one.end, one.value["type"]) for e in events)


def _restated(coded: CodedReport, settled: Iterable[Review]) -> tuple[Statement, ...]:
    """The statements with what marks say of them, the last settled last: of the one with the mark's id, else of the only one in
    its words."""
    out: list[Statement | None] = list(coded.statements)
    for one in sorted(settled, key=lambda m: (m.settled, m.id)):
        if one.kind != "statement" or one.field not in _STATED:
            continue
        place = [n for n, said in enumerate(coded.statements) if said.id == one.record]
        if not place and coded.report.text[one.start : one.end] == one.words:
            place = [n for n, said in enumerate(coded.statements) if stretch(said) == (one.start, one.end)]
        if len(place) == 1 and (said := out[place[0]]) is not None:
            out[place[0]] = None if one.field == WHOLE_STATEMENT else dataclasses.replace(said, act=one.value)
    return tuple(said for said in out if said is not None)


def _unheld(store: Store, key: str, marks: Sequence[Review]) -> list[Review]:
    """`marks` of a report, but for those of statements that the store has put right itself since: an act by another act, and what
    was none by either. What it gives is then what was said last, whoever said it."""
    c = correction.c
    with store.database.reading() as connection:
        found = loading.report_row(connection, key)
        query = select(c.record, c.start, c.stop, c.trigger, c.field).where(c.report_id == found.id, c.field.in_(_STATED))
        held = connection.execute(query).all()
        read = (statement.c.version_id == version.c.id) & (statement.c.coding_id == version.c.coding_id)
        ids = select(statement.c.uid).join(version, read).where(version.c.id == found.version_id)
        told = set(connection.execute(ids).scalars())

    def holds(row: Any, one: Review) -> bool:
        if row.field not in (one.field, ACT):
            return False
        # Read anew, a statement may have another id; of two that are told, each has its own.
        alike = (row.start, row.stop, row.trigger) == (one.start, one.end, one.words) and not {row.record, one.record} <= told
        return row.record == one.record or alike

    return [one for one in marks if one.kind != "statement" or not any(holds(row, one) for row in held)]


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
    for one in everything:
        if one.id == found.record:
            return one
    same = [one for one in everything if isinstance(one, Event) == (found.kind == "event")]
    alike = [one for one in same if _place(one) == (found.start, found.end)]
    if len(alike) != 1 or kept.report.text[found.start : found.end] != found.words:
        raise InputError(f"record {found.record!r}", "is not told any more", "dismiss the mark")
    return alike[0]


def _restore(store: Store, found: Review, who: str) -> None:
    """Puts what a mark took out in again, under the id that it now has; what the report does not tell any more, or what an older
    version of this package left in, needs nothing."""
    table = event if found.kind == "event" else statement
    with store.database.reading() as connection:
        v, c = loading.picked(connection, loading.report_row(connection, found.report), 0, "") or (None, None)
        if v is None or c is None:
            return
        out = select(table.c.id).where(table.c.version_id == v.id, table.c.coding_id == c.id, table.c.current.is_(False))
        numbers = connection.execute(out).scalars().all()
        gone: list[Event | Statement]
        if found.kind == "event":
            gone = [e.telling.event for e in loading.stored_events(connection, numbers)]
        else:
            gone = [s.statement for s in loading.stored_statements(connection, numbers)]
        alike = [one for one in gone if one.id == found.record] or [
            one for one in gone if _place(one) == (found.start, found.end) and v.text[found.start : found.end] == found.words
        ]
    if alike:
        store.restore(alike[0].id, who)


def _taken(store: Store, key: str, given: Mark) -> Review | None:
    """The mark that took the record out that `given` is of, if that is why the report does not have it any more."""
    done = (one for one in of_report(store, key) if one.state == "done" and one.field in NONE and one.field == given.field)
    coded = store.report(key).coded
    known = {one.id for one in coded.events} | {said.id for said in coded.statements}
    return next((one for one in done if one.record == given.record and one.record not in known), None)


def _same(marks: Sequence[Review], row: dict[str, Any]) -> Review | None:
    """The mark among those of a report that says what `row` does, by the same person, and was not dismissed."""
    names = ("version", "kind", "record", "start", "field", "who", "note", "state")
    value = json.loads(row["value"])
    alike = (m for m in marks if m.end == row["stop"] and m.value == value and all(getattr(m, n) == row[n] for n in names))
    return next(alike, None)


def _stands(one: Event | Statement, field: str, value: Any) -> bool:
    """Whether the record still has the value that a mark gave it."""
    return field not in NONE and getattr(one, field) == value


def _place(one: Event | Statement) -> tuple[int, int]:
    return (one.start, one.end) if isinstance(one, Event) else stretch(one)


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
    return known_act(said) if field == ACT and isinstance(one, Statement) and said else None


def _own(store: Store, kind: Any) -> Any:
    if kind in event_types():
        return ()
    with store.database.reading() as connection:
        return own_types(connection, [kind])


def _put_right(store: Store, one: Event | Statement, field: str, value: Any, who: str) -> None:
    """Changes the store's own answers."""
    if field in NONE:
        store.withdraw(one.id, who)
    elif field in (*FIELDS, ACT):
        store.correct(one.id, field, value, who)


def _refresh(store: Store, key: str) -> None:
    """Keeps the annotation of a report that was looked through as it now stands, if the same reader's coding was looked at."""
    whole = next((one for one in of_report(store, key) if one.kind == "whole"), None)
    if whole is None or whole.state != "done":
        return
    kept = store.report(key)
    if kept.reader != whole.value.get("reader") or kept.version != whole.version:
        return
    line = annotation(kept.coded, _unheld(store, key, of_report(store, key))) | {"reader": kept.reader}
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
    return rows.kept(" ".join(who.split())[:NAME])


def _short(name: str, given: str) -> str:
    if len(given) > MOST:
        raise InputError(f"the {name}", f"has {len(given):,} characters", f"at most {MOST:,} are kept")
    return rows.kept(given)  # as it will be read: what is sent again is then known again
