"""What analysts mark as wrong, on both databases: it changes the store's answers, outlives reading anew, and trains a reader."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from making import Draft, filler, report
from test_store_contract import Rereads, assert_compared

from communique.adapt.annotation import Annotated, read_annotation
from communique.errors import InputError
from communique.records import CodedReport
from communique.store import Query, Store, reviewing
from communique.store.reviewing import Mark


def told(ident: str = "a") -> CodedReport:
    """A report with two events and a statement."""
    draft = Draft(ident, "2025-03-14", "The Demo")
    draft.told("FIN", "ACCUSE", "RUS", date="2025-03-13").told("NOR", "AID", "FIN", date="2025-03-13")
    draft.say(filler(ident, 40))
    return draft.said("FIN", "this is the last time", "warn", ("RUS",)).coded()


def test_an_event_that_is_none_counts_nowhere_and_stays_out_when_read_anew(store: Store) -> None:
    given = told()
    store.add(given, "old")
    accused, aided = given.events
    made = reviewing.mark(store, "a", Mark(accused.id, "event", note="only a headline"), "Ann")
    assert (made.state, made.value, made.note, made.words) == ("done", False, "only a headline", "accused")
    assert [i.type for i in store.incidents()] == ["AID"]
    assert not list(store.events(Query(actor="FIN", type="ACCUSE"))) and not list(store.series("FIN", "RUS"))
    assert_compared(store)
    # Read anew, under another id.
    again = dataclasses.replace(given, events=(dataclasses.replace(accused, id="renamed"), aided))
    list(store.recode(Rereads([again]), "new"))
    assert [i.type for i in store.incidents()] == ["AID"]
    assert [e.type for e in store.report("a").coded.events] == ["AID"]
    assert_compared(store)
    list(store.recode(Rereads([given]), "newer"))
    assert [i.type for i in store.incidents()] == ["AID"]
    # Taken back, it is as it was.
    assert reviewing.settle(store, made.id, "Ben", dismiss=True).state == "dismissed"
    assert sorted(i.type for i in store.incidents()) == ["ACCUSE", "AID"]
    assert [r.type for r in store.series("FIN", "RUS")] == ["ACCUSE"]
    assert store.report("a").coded == given
    assert_compared(store)
    with pytest.raises(InputError, match="was not withdrawn"):
        store.restore(accused.id, "Ben")


def test_a_mark_without_a_value_waits_and_one_with_it_corrects(store: Store) -> None:
    given = told()
    store.add(given, "old")
    accused = given.events[0].id
    waiting = reviewing.mark(store, "a", Mark(accused, "status"), "Ann")
    done = reviewing.mark(store, "a", Mark(accused, "type", "THREATEN"), "Ann")
    assert [m.id for m in reviewing.queue(store)] == [waiting.id] and [m.id for m in reviewing.queue(store, "done")] == [done.id]
    assert reviewing.counts(store) == {"open": 1, "whole": 0}
    with pytest.raises(InputError, match="nobody settled"):
        reviewing.look_through(store, "a", "Ann")
    with pytest.raises(InputError, match="codebook"):
        reviewing.settle(store, waiting.id, "Ben", "perhaps")
    assert reviewing.settle(store, waiting.id, "Ben", "claimed").settled_by == "Ben"
    with pytest.raises(InputError, match="is done"):
        reviewing.settle(store, waiting.id, "Ben", "actual")
    list(store.recode(Rereads([given]), "new"))
    event = next(e.telling.event for e in store.events(Query(recipient="RUS")))
    assert (event.type, event.status) == ("THREATEN", "claimed")
    assert {c.who for c in store.explain(accused).corrections} == {"Ann", "Ben"}


@pytest.mark.parametrize(
    ("record", "field", "value", "said"),
    [("event", "score", "3", "can be wrong"), ("event", "type", "INVADE", "codebook"),
     ("event", "date", "soon", "date"), ("event", "historical", "perhaps", "true nor false"),
     ("statement", "act", "mumble", "codebook"), ("nobody", "type", "AID", "is not in report")],
)  # fmt: skip
def test_a_mark_must_be_possible(store: Store, record: str, field: str, value: str, said: str) -> None:
    given = told()
    store.add(given)
    ident = {"event": given.events[0].id, "statement": given.statements[0].id}.get(record, record)
    with pytest.raises(InputError, match=said):
        reviewing.mark(store, "a", Mark(ident, field, value), "Ann")
    with pytest.raises(InputError, match="names nobody"):
        reviewing.mark(store, "a", Mark(given.events[0].id, "status"), "  ")
    assert not reviewing.queue(store, "")


def test_a_report_that_was_looked_through_is_annotation_to_train_on(store: Store, tmp_path: Path) -> None:
    given = told()
    list(store.add_many([given, report("b")], "old"))
    accused, aided = given.events
    text = given.report.text
    reviewing.mark(store, "a", Mark(accused.id, "status", "claimed"), "Ann")
    reviewing.mark(store, "a", Mark(given.statements[0].id, "act", "threaten"), "Ann")
    at = text.index(text.split()[-8])
    reviewing.missing(store, "a", at, at + len(text.split()[-8]), {"type": "REJECT", "status": "future"}, "Ann")
    reviewing.look_through(store, "a", "Ann")
    # What is said after that is in it too.
    reviewing.mark(store, "a", Mark(aided.id, "event"), "Ben")
    lines = list(reviewing.annotated(store))
    path = tmp_path / "corrected.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    (found,) = read_annotation([path])
    assert isinstance(found, Annotated) and found.whole and found.report.text == text
    assert [(e.type, e.status, text[e.start : e.end]) for e in found.events] == [
        ("ACCUSE", "claimed", "accused"), ("REJECT", "future", text.split()[-8]),
    ]  # fmt: skip
    assert [c.act for c in found.cues] == ["threaten"]
    # It holds when another reader reads the report otherwise, as what was looked at.
    list(store.recode(Rereads([dataclasses.replace(given, events=())]), "new"))
    assert list(reviewing.annotated(store)) == lines

