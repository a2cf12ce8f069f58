"""Several processes on one store, and what is left when one is killed.

Processes are forked: each opens the store for itself, as a watcher, a desk and a shell would.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from making import forked, many
from sqlalchemy import text
from test_store_contract import assert_compared, everything

from communique.store import Query, open_store

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks processes")


def test_several_processes_write_and_read_at_once(where: str) -> None:
    """They begin at the same time, with a store that is not there yet, and share half of their reports."""
    whole = list(many(24))

    def adds(part: int) -> Callable[[], None]:
        def work() -> None:
            mine = [r for n, r in enumerate(whole) if n % 2 == 0 or n % 4 == part]
            random.Random(part).shuffle(mine)
            with open_store(where) as store:
                for n, given in enumerate(mine):
                    store.add(given, "x")
                    assert store.report(given.report.id).coded == given
                    if n % 5 == 0:
                        assert all(e.sentence_text for e in store.events(Query(actor="FIN")))

        return work

    children = [forked(adds(part)) for part in (1, 3)]
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
    with open_store(where, create=False) as store:
        assert [store.report(r.report.id).coded for r in whole] == whole
        assert all(len(store.report(r.report.id).versions) == 1 for r in whole)
        assert_compared(store)


def test_nothing_acknowledged_is_lost_by_twenty_kills(tmp_path: Path) -> None:
    where = str(tmp_path / "store.db")
    chosen = random.Random(20)
    acknowledged: list[str] = []
    killed_at_work = 0
    for n in range(20):
        reports = list(many(40, start=40 * n))
        read, write = os.pipe()

        def work(reports: list[object] = reports, write: int = write) -> None:
            with open_store(where) as store:
                for added in store.add_many(reports, "x", batch=4):  # type: ignore[arg-type]
                    os.write(write, f"{added.report}\n".encode())

        child = forked(work)
        os.close(write)
        with os.fdopen(read, "rb") as told:
            if n % 4:  # every fourth is killed at whatever it does first
                acknowledged += [told.readline().decode().strip()]
            time.sleep(chosen.uniform(0, 0.25))
            os.kill(child, signal.SIGKILL)
            killed_at_work += os.WIFSIGNALED(os.waitpid(child, 0)[1])
            # A line is written at once; what was cut off was not acknowledged.
            acknowledged += [line.decode().strip() for line in told.read().splitlines(keepends=True) if line.endswith(b"\n")]
        with open_store(where) as store, store.database.reading() as connection:
            assert connection.execute(text("PRAGMA quick_check")).scalar() == "ok"
            have = set(connection.execute(text("SELECT key FROM report")).scalars())
            assert set(acknowledged) - {""} <= have
            halves = "SELECT count(*) FROM report WHERE version_id NOT IN (SELECT id FROM version WHERE coding_id <> 0)"
            assert connection.execute(text(halves)).scalar() == 0
    assert killed_at_work >= 15 and len(acknowledged) > 20
    with open_store(where) as store:
        # What a killed process left out can be added as if nothing had been.
        again = [r for n in range(20) for r in many(6, start=40 * n)]
        list(store.add_many(again, "x"))
        assert [store.report(r.report.id).coded for r in again] == again
        assert_compared(store)


def test_who_reads_sees_no_half_of_a_batch(where: str) -> None:
    with open_store(where) as store:
        list(store.add_many(many(4), "x"))
        before = everything(store)
        with store.database.reading() as connection:
            first = connection.execute(text("SELECT count(*) FROM event")).scalar()
            with open_store(where) as other:
                list(other.add_many(many(4, start=10), "x"))
            assert connection.execute(text("SELECT count(*) FROM event")).scalar() == first
        assert len(everything(store)["event"]) > len(before["event"])
