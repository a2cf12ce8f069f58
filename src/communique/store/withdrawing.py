"""Events that an analyst said are none: kept in their coding, but no more current, and so in nothing that is counted."""

from __future__ import annotations

from sqlalchemy import select, update

from communique.errors import InputError
from communique.store import loading, rows
from communique.store.comparing import Comparing
from communique.store.correcting import WHOLE
from communique.store.schema import correction, dyad, event, report, version
from communique.store.writing import Change, Writer


def put(writer: Writer, record: str, who: str, there: bool) -> tuple[Change, tuple[str, ...]]:
    """Takes the event `record` out, or back in where `there`; its report's change, and the ids of that report's incidents.

    Raises `InputError` where the store has no such event that is in, or out.
    """
    connection = writer.connection
    query = (
        select(event.c.id, event.c.day, event.c.version_id, report.c.id.label("report_id"), version.c.n)
        .join(version, (version.c.id == event.c.version_id) & (version.c.coding_id == event.c.coding_id))
        .join(report, report.c.version_id == version.c.id)
        .where(event.c.uid == record, event.c.current.is_(not there))
    )  # fmt: skip
    found = connection.execute(query).first()
    if found is None:
        reason = "was not withdrawn" if there else "is not in the store, or no more current"
        raise InputError(f"event {record!r}", reason, "give the id of a current event")
    whole = select(event.c.id).where(event.c.version_id == found.version_id, event.c.current)
    before = loading.tellings(connection, connection.execute(whole).scalars())
    told = before.get(found.id) or loading.tellings(connection, [found.id])[found.id]
    connection.execute(update(event).where(event.c.id == found.id).values(current=there, incident_id=None))
    lines = [
        {"actor": a, "recipient": b, "day": found.day, "event_id": found.id}
        for a, b in rows.pairs(told.event.actors, told.event.recipients)
    ]  # fmt: skip
    if there:
        writer.bulk(dyad, lines)
    else:
        keys = {"actor": "b_actor", "recipient": "b_recipient", "day": "b_day", "event_id": "b_event"}
        writer.erase(dyad, keys, [{keys[name]: value for name, value in line.items()} for line in lines])
    line = {
        "id": writer.numbers.next(correction), "report_id": found.report_id, "record": record, "start": told.event.start,
        "stop": told.event.end, "trigger": told.event.trigger, "field": WHOLE, "original": rows.dump(not there),
        "value": rows.dump(there), "who": rows.kept(who), "made": writer.time,
    }  # fmt: skip
    connection.execute(correction.insert(), [line])
    rest = [ident for ident in before if ident != found.id]
    change = Change(found.report_id, told.report, found.n, found.version_id, again=True)
    change.added = [*rest, found.id] if there else rest
    change.removed = [] if there else [found.id]
    incidents = Comparing(writer).update([change], before)
    return change, incidents.get(told.report, ())
