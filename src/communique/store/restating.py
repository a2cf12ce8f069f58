"""What an analyst says of a statement: that it is none, or that its act is another. As of events (`withdrawing`,
`correcting`), it is kept as a correction, holds when the report is read again, and what is none is in no answer."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from communique.errors import InputError
from communique.ontology import names
from communique.records import Statement
from communique.store import loading, rows
from communique.store.comparing import Comparing
from communique.store.correcting import ACT, WHOLE_STATEMENT, stretch
from communique.store.schema import correction, event, report, statement, topic, version
from communique.store.writing import Change, Writer


def known_act(value: Any) -> str:
    """`value`, if it is an act. Raises `InputError` where it is none."""
    if value not in names("act"):
        raise InputError(f"act {value!r}", "is not in the codebook", f"it is one of {', '.join(names('act'))}")
    return str(value)


def put(writer: Writer, record: str, who: str, there: bool) -> tuple[Change, tuple[str, ...]]:
    """Takes the statement `record` out, or back in where `there`; its report's change, and the ids of that report's incidents.

    Raises `InputError` where the store has no such statement that is in, or out.
    """
    found = _found(writer, record, not there)
    if found is None:
        reason = "was not withdrawn" if there else "is not in the store, or no more current"
        raise InputError(f"statement {record!r}", reason, "give the id of a current statement")
    said = _said(writer, found.id)
    writer.connection.execute(update(statement).where(statement.c.id == found.id).values(current=there))
    lines = [{"country": c, "day": found.day, "statement_id": found.id} for c in rows.topics(said)]
    if there:
        writer.bulk(topic, lines)
    else:
        keys = {"country": "b_country", "day": "b_day", "statement_id": "b_statement"}
        writer.erase(topic, keys, [{keys[name]: value for name, value in line.items()} for line in lines])
    _note(writer, found, said, WHOLE_STATEMENT, not there, there, who)
    return _compared(writer, found)


def correct(writer: Writer, record: str, value: str, who: str) -> tuple[Change, tuple[str, ...]]:
    """Gives the statement `record` the act `value`; as `put`. Raises `InputError` for a statement that is not current."""
    found = _found(writer, record, True)
    if found is None:
        raise InputError(f"statement {record!r}", "is not in the store, or no more current", "give the id of a current statement")
    said = _said(writer, found.id)
    writer.connection.execute(update(statement).where(statement.c.id == found.id).values(act=value))
    _note(writer, found, said, ACT, said.act, value, who)
    return _compared(writer, found)


def _found(writer: Writer, record: str, current: bool) -> Any:
    """Where the statement stands: of the current coding of its report's current version."""
    query = (
        select(statement.c.id, statement.c.day, statement.c.version_id, report.c.id.label("report_id"), report.c.key, version.c.n,
               version.c.text)
        .join(version, (version.c.id == statement.c.version_id) & (version.c.coding_id == statement.c.coding_id))
        .join(report, report.c.version_id == version.c.id)
        .where(statement.c.uid == record, statement.c.current.is_(current))
    )  # fmt: skip
    return writer.connection.execute(query).first()


def _said(writer: Writer, number: int) -> Statement:
    return loading.stored_statements(writer.connection, [number])[0].statement


def _note(writer: Writer, found: Any, said: Statement, field: str, original: Any, value: Any, who: str) -> None:
    start, end = stretch(said)
    line = {
        "id": writer.numbers.next(correction), "report_id": found.report_id, "record": rows.kept(said.id), "start": start,
        "stop": end, "trigger": found.text[start:end], "field": field, "original": rows.dump(original),
        "value": rows.dump(value), "who": rows.kept(who), "made": writer.time,
    }  # fmt: skip
    writer.connection.execute(correction.insert(), [line])


def _compared(writer: Writer, found: Any) -> tuple[Change, tuple[str, ...]]:
    """Compares the report again: what its speakers say decides on the sides of claims."""
    whole = select(event.c.id).where(event.c.version_id == found.version_id, event.c.current)
    before = loading.tellings(writer.connection, writer.connection.execute(whole).scalars())
    change = Change(found.report_id, found.key, found.n, found.version_id, again=True, added=list(before))
    incidents = Comparing(writer).update([change], before)
    return change, incidents.get(found.key, ())
