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
from communique.store import Query, Store, loading, reviewing, rows
from communique.store.reviewing import Mark
from communique.store.schema import review


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



def test_a_statement_that_is_none_is_in_no_answer_and_stays_out_when_read_anew(store: Store) -> None:
    given = told()
    store.add(given, "old")
    (said,) = given.statements
    made = reviewing.mark(store, "a", Mark(said.id, "statement", note="a headline"), "Ann")
    assert (made.state, made.value, made.kind) == ("done", False, "statement")
    assert not list(store.statements()) and not list(store.statements(Query(recipient="RUS")))
    assert not store.report("a").coded.statements and not store.explain("a").statements
    assert [(c.field, c.value, c.who) for c in store.explain(said.id).corrections] == [("statement", False, "Ann")]
    assert_compared(store)
    # Said again, it stays one mark.
    assert reviewing.mark(store, "a", Mark(said.id, "statement"), "Ann").id == made.id
    renamed = dataclasses.replace(given, statements=(dataclasses.replace(said, id="renamed"),))
    list(store.recode(Rereads([renamed]), "new"))
    assert not list(store.statements()) and not list(store.statements(Query(recipient="RUS")))
    assert reviewing.settle(store, made.id, "Ben", dismiss=True).settled_by == "Ben"
    assert [s.statement.id for s in store.statements(Query(recipient="RUS"))] == ["renamed"]
    assert_compared(store)
    with pytest.raises(InputError, match="was not withdrawn"):
        store.restore("renamed", "Ben")
    # In other words under the same id, it is another statement.
    list(store.recode(Rereads([given]), "newer"))
    assert [s.statement.id for s in store.statements()] == [said.id]


def test_the_act_of_a_statement_is_corrected_and_outlives_reading_anew(store: Store) -> None:
    given = told()
    store.add(given, "old")
    (said,) = given.statements
    waiting = reviewing.mark(store, "a", Mark(said.id, "act"), "Ann")
    assert [s.statement.act for s in store.statements()] == ["warn"]
    reviewing.settle(store, waiting.id, "Ben", "threaten")
    assert [s.statement.act for s in store.statements(Query(type="threaten"))] == ["threaten"]
    assert not list(store.statements(Query(type="warn"))) and store.report("a").coded.statements[0].act == "threaten"
    list(store.recode(Rereads([given]), "new"))
    assert [s.statement.act for s in store.statements()] == ["threaten"]
    assert [(c.original, c.value, c.who) for c in store.explain(said.id).corrections] == [("warn", "threaten", "Ben")]
    assert_compared(store)
    for record, field in ((said.id, "type"), (given.events[0].id, "act")):
        with pytest.raises(InputError):
            store.correct(record, field, "threaten", "Ben")


def test_what_a_statement_denies_decides_on_a_claim_and_falls_with_it(store: Store) -> None:
    draft = Draft("c", "2025-03-14", "The Demo")
    draft.told("RUS", "ASSAULT", "FIN", date="2025-03-13", status="claimed", on="FIN")
    given = draft.said("RUS", "nothing of this is true", "deny", ("FIN",)).coded()
    store.add(given)
    (said,) = given.statements
    before = list(store.claims())
    assert [side.stance for c in before for side in c.sides] == ["asserts", "denies"]
    store.withdraw(said.id, "Ann")
    assert [side.stance for c in store.claims() for side in c.sides] == ["asserts"]
    assert_compared(store)
    store.restore(said.id, "Ann")
    assert_compared(store)
    assert list(store.claims()) == before


def test_the_same_mark_is_kept_once(store: Store) -> None:
    given = told()
    store.add(given, "old")
    accused, aided = given.events
    for mark in (Mark(accused.id, "status"), Mark(accused.id, "type", "THREATEN"), Mark(aided.id, "event"),
                 Mark(aided.id, "event"), Mark(accused.id, "actors", note="who?")):  # fmt: skip
        assert reviewing.mark(store, "a", mark, "Ann") == reviewing.mark(store, "a", mark, "Ann")
    place = given.report.text.index("accused")
    for _ in range(2):
        reviewing.missing(store, "a", place, place + 7, {"type": "REJECT"}, "Ann")
    assert [m.field for m in reversed(reviewing.queue(store, ""))] == ["status", "type", "event", "actors", "event"]
    assert len(store.explain(accused.id).corrections) == 1
    # By somebody else, or after it was changed, it is another mark.
    assert reviewing.mark(store, "a", Mark(accused.id, "status"), "Ben").who == "Ben"
    reviewing.mark(store, "a", Mark(accused.id, "type", "REJECT"), "Ann")
    reviewing.mark(store, "a", Mark(accused.id, "type", "THREATEN"), "Ann")
    assert next(e.telling.event.type for e in store.events(Query(actor="FIN"))) == "THREATEN"
    waiting = [m.id for m in reviewing.queue(store)]
    assert [reviewing.settle(store, n, "Ann", dismiss=True).state for n in waiting] == ["dismissed"] * 3
    assert reviewing.settle(store, waiting[0], "Ben", dismiss=True).settled_by == "Ann"
    assert reviewing.look_through(store, "a", "Ann").id == reviewing.look_through(store, "a", "Ann").id


def acts(store: Store) -> list[list[tuple[str, str]]]:
    """Ids and acts of the statements of each line of annotation."""
    return [[(said["id"], said["act"]) for said in line["statements"]] for line in reviewing.annotated(store)]


def test_what_was_said_last_of_an_act_is_in_the_annotation(store: Store) -> None:
    """The last mark by number was applied again to what the store had put right since."""
    given = told()
    store.add(given, "old")
    ident = given.statements[0].id
    waiting = reviewing.mark(store, "a", Mark(ident, "act"), "Ann")
    reviewing.mark(store, "a", Mark(ident, "act", "promise"), "Ben")
    reviewing.settle(store, waiting.id, "Ann", "threaten")
    reviewing.look_through(store, "a", "Ann")
    assert store.report("a").coded.statements[0].act == "threaten" and acts(store) == [[(ident, "threaten")]]
    store.correct(ident, "act", "deny", "Cy")
    reviewing.look_through(store, "a", "Ann")
    assert acts(store) == [[(ident, "deny")]]
    # Under another id, it is the same.
    renamed = dataclasses.replace(given, statements=(dataclasses.replace(given.statements[0], id="renamed"),))
    list(store.recode(Rereads([renamed]), "new"))
    reviewing.look_through(store, "a", "Ann")
    assert acts(store) == [[("renamed", "deny")]]


def two() -> CodedReport:
    """A report with two statements of one cue."""
    given = told()
    (said,) = given.statements
    return dataclasses.replace(given, statements=(said, dataclasses.replace(said, id="second")))


def test_a_statement_beside_one_that_is_none_stays_in_the_annotation(store: Store) -> None:
    given = two()
    store.add(given, "old")
    reviewing.mark(store, "a", Mark(given.statements[0].id, "statement"), "Ann")
    reviewing.look_through(store, "a", "Ann")
    assert [s.id for s in store.report("a").coded.statements] == ["second"] and acts(store) == [[("second", "warn")]]


def test_marks_of_statements_from_before_the_store_put_them_right_hold_for_one_each(store: Store) -> None:
    given = two()
    store.add(given, "old")
    first = given.statements[0]
    start = first.cue.start if first.cue else 0

    def marked(ident: int, record: str, field: str, value: object) -> None:
        with store.database.reading() as connection:
            number = loading.report_row(connection, "a").id
        line = {"id": ident, "report_id": number, "version": 1, "kind": "statement", "record": record, "start": start,
                "stop": start + 4, "words": "said", "field": field, "value": rows.dump(value), "note": "", "who": "Ann",
                "made": "2024", "state": "done", "settled_by": "Ann", "settled": "2024"}  # fmt: skip
        store.database.write(lambda connection: connection.execute(review.insert(), [line]))

    marked(1, first.id, "statement", False)
    marked(2, first.id, "act", "threaten")  # of none, it says nothing of the other
    marked(3, "second", "act", "promise")
    marked(4, "gone", "act", "deny")  # of the two in these words, which?
    reviewing.look_through(store, "a", "Ann")
    assert acts(store) == [[("second", "promise")]]
    store.correct("second", "act", "accuse", "Ben")
    reviewing.look_through(store, "a", "Ann")
    assert acts(store) == [[("second", "accuse")]]


def test_a_report_whose_last_look_was_dismissed_is_no_annotation(store: Store) -> None:
    given = told()
    store.add(given, "old")
    first = reviewing.look_through(store, "a", "Ann")
    last = reviewing.look_through(store, "a", "Ben")
    assert len(list(reviewing.annotated(store))) == 1 and reviewing.counts(store)["whole"] == 1
    kept = reviewing.settle(store, last.id, "Ben", dismiss=True).value
    assert not list(reviewing.annotated(store)) and reviewing.counts(store)["whole"] == 0
    # What is marked then changes neither; looked through again, it is one.
    reviewing.mark(store, "a", Mark(given.events[0].id, "event"), "Ann")
    assert [reviewing.one_of(store, m.id).value for m in (first, last)] == [kept, kept]
    again = reviewing.look_through(store, "a", "Ann")
    assert again.id not in (first.id, last.id)
    assert [[e["type"] for e in line["events"]] for line in reviewing.annotated(store)] == [["AID"]]
    assert reviewing.counts(store)["whole"] == 1


def test_characters_that_no_database_keeps_make_no_second_mark(store: Store) -> None:
    given = told()
    store.add(given)
    mark = Mark(given.events[0].id, "actors", note="nul\0 \ud800")
    made = reviewing.mark(store, "a", mark, "A\0n")
    assert made == reviewing.mark(store, "a", mark, "A\0n") and (made.note, made.who) == ("nul� �", "A�n")
    assert reviewing.settle(store, made.id, "B\0n", dismiss=True).settled_by == "B�n"
    missed = [reviewing.missing(store, "a", 0, 7, {"type": "AID"}, "A\0n", "\0").id for _ in range(2)]
    assert missed[0] == missed[1]
