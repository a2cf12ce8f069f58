"""Where a store lies, what cannot be one, and that no question and no report reads a whole table."""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "contracts"))

from making import many, report

from communique.errors import DataError, InputError
from communique.store import Query, Store, open_store
from communique.store.engine import Database, place
from communique.store.schema import metadata
from communique.store.store import reader_name


def test_the_default_is_a_file_that_its_user_sees(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COMMUNIQUE_STORE", raising=False)
    with open_store() as store:
        assert store.name == "communique.db"
    assert (tmp_path / "communique.db").is_file()
    monkeypatch.setenv("COMMUNIQUE_STORE", str(tmp_path / "other.db"))
    with open_store() as store:
        assert store.name == str(tmp_path / "other.db")


def test_urls_and_paths() -> None:
    assert place("a/b.db").database == "a/b.db"
    assert place("~/b.db").database == str(Path.home() / "b.db")
    assert place("sqlite:///x.db").database == "x.db"
    for url in ("postgresql://me:secret@host/db", "postgres://me:secret@host/db", "postgresql+psycopg://me:secret@host/db"):
        assert place(url).drivername == "postgresql+psycopg"
        assert "secret" not in Database(place(url)).name
    for wrong in ("mysql://me:secret@host/db", "sqlite://", "sqlite:///:memory:", "nonsense://"):
        with pytest.raises(InputError) as caught:
            place(wrong)
        assert "secret" not in str(caught.value)


def test_what_is_no_store_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Finland accused Russia.")
    for wrong, said in ((tmp_path, "is a folder"), (tmp_path / "no" / "b.db", "its folder"), (tmp_path / "a.txt", "is no store")):
        with pytest.raises(InputError, match=said):
            open_store(wrong)
    with pytest.raises(InputError, match="does not exist"):
        open_store(tmp_path / "b.db", create=False)
    assert not (tmp_path / "b.db").exists() and (tmp_path / "a.txt").read_text() == "Finland accused Russia."


def test_a_damaged_store_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with open_store(path) as store:
        list(store.add_many(many(5)))
    data = bytearray(path.read_bytes())
    data[100:8_000] = b"\xff" * 7_900
    path.write_bytes(data)
    with pytest.raises(DataError, match="damaged"):
        open_store(path)


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(InputError, match="cannot be used") as caught:
        open_store("postgresql://me:secret@127.0.0.1:9/none")
    assert "secret" not in str(caught.value)


def test_a_store_that_is_held_for_long_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("communique.store.engine.WAIT", 0.05)
    monkeypatch.setattr("communique.store.engine.TRIES", 2)
    path = tmp_path / "a.db"
    with open_store(path) as store:
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(InputError, match="another process holds it"):
            store.add(report("a"))
        assert not list(store.events())  # reading waits for nobody
        holder.execute("ROLLBACK")
        assert store.add(report("a")).change == "new"
        holder.close()


def test_the_reader_is_named_by_its_weights(tmp_path: Path) -> None:
    with open_store(tmp_path / "a.db") as store:
        store.add(report("a"))
        assert store.report("a").reader == reader_name()
    assert re.fullmatch(r"communique \S+ weights [0-9a-f]{8}", reader_name())


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("plans") / "a.db") as store:
        list(store.add_many(many(60)))
        yield store


def plans(store: Store, work: Any) -> list[str]:
    """The steps that read a whole table, in whatever SQL `work` makes the store run.

    Each statement is explained as it is run: a step that begins with SCAN goes through all rows.
    """
    found: list[str] = []
    beside = sqlite3.connect(store.name)

    def explained(_: Any, __: Any, statement: str, parameters: Any, ___: Any, many: bool) -> None:
        if not re.match(r"\s*(SELECT|UPDATE|DELETE)", statement, re.IGNORECASE):
            return
        given = parameters[0] if many else parameters
        for *_, step in beside.execute(f"EXPLAIN QUERY PLAN {statement}", given):
            scanned = re.match(r"SCAN (\w+)", step)  # what is not a table, or an alias of one, is a result in between
            if scanned and scanned[1] in {*metadata.tables, "origin", "other"}:
                found.append(f"{step}: {statement}")

    event.listen(store.database.engine, "before_cursor_execute", explained)
    try:
        work()
    finally:
        event.remove(store.database.engine, "before_cursor_execute", explained)
        beside.close()
    return found


def test_adding_correcting_and_asking_read_no_whole_table(filled: Store) -> None:
    """So that each costs the same in a store of any size. Comparing's own look-ups are by primary key (`Database.under`)."""
    def work() -> None:
        for given in many(3, start=100):
            filled.add(given, "x")
        filled.add(report("r3", kind="THREATEN"), "x")
        first = next(iter(filled.events(Query(limit=1))))
        filled.correct(first.telling.event.id, "status", "claimed", "Ann")
        filled.has(report("zzz").report)
        for asked in (
            Query(actor="FIN", limit=50), Query(actor="FIN", recipient="RUS", since="2025-02-01", limit=50),
            Query(type="AID", limit=50), Query(status="denied", limit=50), Query(country="NOR", limit=50),
            Query(text="accused", actor="FIN", limit=50), Query(report="r5"), Query(actor="Nobody"),
            Query(newest=True, type="AID", until="2025-02-01", limit=50),
        ):  # fmt: skip
            list(filled.events(asked))
        for asked in (Query(actor="FIN", limit=50), Query(recipient="RUS", limit=50), Query(type="deny", limit=50)):
            list(filled.statements(asked))
        for asked in (Query(actor="FIN", recipient="RUS", limit=50), Query(type="AID", limit=50), Query(text="accused", limit=5)):
            list(filled.incidents(asked))
        list(filled.claims(Query(actor="FIN", limit=50)))
        list(filled.series("FIN", "RUS"))
        filled.explain(next(iter(filled.incidents(Query(limit=1)))).id)
        filled.explain("r5")

    # Whoever asks for everything by day goes through the index of days, which is the shortest way.
    found = [step for step in plans(filled, work) if "USING COVERING INDEX ix_" not in step and "USING INDEX ix_" not in step]
    assert found == []


def test_the_watch_on_plans_sees_a_whole_table(filled: Store) -> None:
    assert plans(filled, lambda: list(filled.events(Query(historical=True, reader="none")))) == []
    from sqlalchemy import text

    def work() -> None:
        with filled.database.reading() as connection:
            connection.execute(text("SELECT count(*) FROM event WHERE place = 'Oslo'"))

    assert len(plans(filled, work)) == 1
