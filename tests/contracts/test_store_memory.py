"""What comparing remembers from one transaction to the next never tells of a store that is no more."""

from __future__ import annotations

import dataclasses
import gc
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from making import Draft, filler, many, report
from sqlalchemy.event import listen
from test_store_contract import Rereads, assert_compared, everything

from communique.compare import copies
from communique.errors import InputError
from communique.records import CodedReport
from communique.store import Added, Query, Store, asking, open_store, remembering, rows
from communique.store.comparing import Comparing
from communique.store.schema import entity, entity_word
from communique.store.writing import Writer


def alike(count: int) -> Iterator[CodedReport]:
    """One text of several events as many outlets print it, each with another number in it."""
    for n in range(count):
        draft = Draft(f"alike{n:03d}", "2025-03-14", f"Outlet {n}", f"https://example.org/alike/{n}")
        draft.told("FIN", "ACCUSE", "RUS").say(filler("one text", 80))
        draft.told("NOR", "CONSULT", "FIN").say(f"In all {1000 + n} people were told of it.")
        yield draft.coded()


def test_two_who_write_in_turns_see_what_the_other_did(where: str) -> None:
    """Each of them remembers; the one changes what the other remembers, in every way there is."""
    given = list(many(10))
    with open_store(where) as one, open_store(where) as other:
        for n, each in enumerate(given):
            (one if n % 2 else other).add(each, "x")
        event = given[3].events[0].id
        other.correct(event, "status", "denied", "ana")
        one.add(next(many(1, start=40)), "x")
        one.withdraw(given[5].events[0].id, "ana")
        other.add(next(many(1, start=41)), "x")
        one.restore(given[5].events[0].id, "ana")
        other.add(report(given[7].report.id, published=given[7].report.published), "x")
        assert one.add(next(many(1, start=42)), "x").change == "new"
        other.compare_again()
        assert one.add(next(many(1, start=43)), "x").change == "new"
        assert_compared(one)
        assert next(iter(one.events(Query(type=given[3].events[0].type, status="denied")))).telling.event.status == "denied"


def test_what_one_writer_remembers_makes_no_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "now", lambda: "2025-03-14T12:00:00Z")
    given = [*many(12), *alike(5), *many(12, start=200)]

    def kept(name: str) -> tuple[dict[str, list[tuple[object, ...]]], int]:
        with open_store(tmp_path / name) as store:
            list(store.add_many(given, "x", batch=2))
            return everything(store), len(store._memory.tellings) if store._memory is not None else 0

    remembered, most = kept("one.db")
    assert most == sum(len(one.events) for one in given)
    # What the last transaction did not ask for is forgotten.
    monkeypatch.setattr(remembering, "MOST", 0)
    less, few = kept("less.db")
    assert less == remembered and 0 < few < most / 2
    monkeypatch.setattr(remembering, "HELD", 0)
    nothing, none = kept("nothing.db")
    assert nothing == remembered and none == 0


def test_how_much_is_remembered_can_be_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the environment, for whoever runs a watcher and a desk on a machine of little memory."""
    given = list(many(6))
    tellings = sum(len(one.events) for one in given)
    for said, kept in ((str(tellings), True), (str(tellings - 1), False), ("0", False), (" ", True)):
        monkeypatch.setenv(remembering.VARIABLE, said)
        with open_store(tmp_path / f"{said.strip()}.db") as store:
            list(store.add_many(given, "x", batch=6))
            assert (store._memory is not None) is kept
            assert_compared(store)
    for wrong in ("-1", "90 MB", "²"):
        monkeypatch.setenv(remembering.VARIABLE, wrong)
        with pytest.raises(InputError, match=r"COMMUNIQUE_REMEMBER .*: is no number \(give how many"):
            open_store(tmp_path / "wrong.db")


def test_a_transaction_that_fails_is_not_remembered(where: str) -> None:
    given = list(many(10))
    with open_store(where) as store:
        list(store.add_many(given[:6], "x"))

        def broken(writer: Writer) -> None:
            changes = [c for c in writer.keep(given[6:8], "x", {}) if not isinstance(c, tuple)]
            Comparing(writer).update(changes)
            raise RuntimeError("stopped half-way")

        with pytest.raises(RuntimeError, match="half-way"):
            store._write(broken)
        assert store._memory is None
        list(store.add_many(given[8:], "x"))
        assert {e.telling.report for e in store.events()} == {r.report.id for r in (*given[:6], *given[8:])}
        assert_compared(store)


def test_of_many_copies_each_is_judged_beside_few(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    judged = []
    signs = copies.signs
    monkeypatch.setattr(copies, "signs", lambda a, b: judged.append((a.key, b.key)) or signs(a, b))  # type: ignore[func-returns-value]
    given = list(alike(40))
    random.Random(5).shuffle(given)
    with open_store(where) as store:
        list(store.add_many(given, "x", batch=4))
        assert {c.origin for c in store.copies()} == {"alike000"} and len(list(store.copies())) == 39
        assert [i.origins for i in store.incidents()] == [1, 1]
        assert_compared(store)
    # Each with each would be 780; those that come before all others so far are judged beside all of them.
    assert len(judged) < 250


def test_copies_that_are_read_anew_stay_copies(where: str) -> None:
    """Their words are not looked at again, so that whom they copy must come from where it was kept."""
    given = [*alike(3), *many(3)]

    def read(name: str) -> None:
        with open_store(where) as store:
            assert all(isinstance(one, Added) for one in store.recode(Rereads(given), name, batch=3))
            assert_compared(store)

    with open_store(where) as store:
        list(store.add_many(given, "x"))
        assert [c.report for c in store.copies()] == ["alike001", "alike002"]
    for name in "yz":
        read(name)
    with open_store(where) as store:
        list(store.recode(Rereads(given), "w", batch=3))
        for one in list(store.events(Query(report="alike001"))):
            store.withdraw(one.telling.event.id, "ana")
        story = [i for i in store.incidents() if any(key.startswith("alike") for key, _ in i.tellings)]
        assert [(i.reports, i.origins) for i in story] == [(2, 1), (2, 1)]
        assert_as_compared_again(store)


def assert_as_compared_again(store: Store) -> None:
    """Comparing all anew changes nothing, and nothing is kept of what is no more current."""
    def kept() -> dict[str, list[tuple[object, ...]]]:
        rows = everything(store)
        return {name: rows[name] for name in ("copy", "block", "claim_block")}

    def made() -> list[dict[str, object]]:
        return [{one.id: one for one in each} for each in (store.incidents(), store.claims())]

    assert_compared(store)
    before, answers = kept(), made()
    store.compare_again()
    assert kept() == before and made() == answers


@pytest.mark.parametrize("newest", [False, True])
def test_events_of_a_name_that_many_have_come_as_those_of_one_that_few_have(
    store: Store, monkeypatch: pytest.MonkeyPatch, newest: bool
) -> None:
    names = ["Aino Lahti", "Boris Petrov", "Aino Lahti"]
    for n in range(24):
        store.add(report(f"n{n}", actor_name=names[n % 3], published=f"2025-03-{1 + n % 20:02d}"), "x")

    def pages(limit: int) -> list[list[str]]:
        out, after = [], ""
        while found := list(store.events(Query(actor="lahti", limit=limit, newest=newest, after=after, since="2025-03-02"))):
            out.append([e.telling.report for e in found])
            after = found[-1].cursor
        return out

    few = pages(3)
    assert sum(map(len, few)) == 14
    for most, following in ((1, 6), (1, 100), (100, 6)):
        monkeypatch.setattr(asking, "MANY", most)
        monkeypatch.setattr(asking, "NEXT", following)
        assert pages(3) == few


def test_a_name_that_more_share_than_a_statement_takes_is_asked_for(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.add(report("a", actor_name="Aino Lahti"), "x")
    row = {"country": "FIN", "sector": "", "office": "", "ident": "", "name": "Lahti", "folded": "lahti"}
    idents = range(1_000, 67_000)  # PostgreSQL takes 65,535 parameters, SQLite as many as it was built for
    with store.database.engine.begin() as connection:
        store.database.bulk(connection, entity, [{"id": n, "number": n, **row} for n in idents])
        store.database.bulk(connection, entity_word, [{"word": "lahti", "entity_id": n} for n in idents])
    monkeypatch.setattr(asking, "MANY", 1)
    assert [e.telling.report for e in store.events(Query(actor="lahti", limit=1))] == ["a"]


def test_a_copy_more_writes_as_much_as_the_one_before(store: Store) -> None:
    """However many copies there are: what tells of them is written once, and not again with each that comes."""
    given = list(alike(25))
    written: list[int] = []

    def count(_: Any, __: Any, statement: str, parameters: Any, ___: Any, many: bool) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            written[-1] += len(parameters) if many else 1

    listen(store.database.engine, "before_cursor_execute", count)
    for one in given:
        written.append(0)
        store.add(one, "x")
    assert written[3] and written[4:] == [written[3]] * len(written[4:])
    assert_compared(store)


def test_a_copy_more_is_told_of_by_incident_and_claim(store: Store) -> None:
    """Also where another process kept the ones before, so that nothing of them is remembered."""
    claimed = [
        dataclasses.replace(one, events=tuple(dataclasses.replace(e, status="claimed", sources=e.recipients) for e in one.events))
        for one in alike(6)
    ]  # fmt: skip
    for one in claimed[:3]:
        store.add(one, "x")
    store._memory = None
    for one in claimed[3:]:
        store.add(one, "x")
    store.withdraw(claimed[1].events[0].id, "ana")
    assert_compared(store)
    assert {i.reports for i in store.incidents()} == {5, 6}
    assert max(len(c.tellings) for c in store.claims()) >= 5


def test_garbage_is_collected_while_a_writer_waits(store: Store) -> None:
    """And not while it works: it once was not looked for from before the lock on, for up to a minute."""
    looked: dict[str, set[bool]] = {"waits": set(), "works": set()}

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.startswith(("BEGIN IMMEDIATE", "SELECT pg_advisory")):
            looked["waits"].add(gc.isenabled())
        if statement.startswith("INSERT"):
            looked["works"].add(gc.isenabled())

    assert gc.isenabled()
    listen(store.database.engine, "before_cursor_execute", note)
    list(store.add_many(many(3), "x", batch=1))
    assert looked == {"waits": {True}, "works": {False}} and gc.isenabled()
