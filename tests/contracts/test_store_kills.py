"""A writer on PostgreSQL that is killed, its connection cut, and its server stopped at once, while it writes.

As for SQLite (test_store_processes.py): nothing acknowledged is lost, and nothing is half there.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator

import postgres
import pytest
from making import many
from sqlalchemy import Connection, text
from test_store_contract import assert_compared
from test_store_processes import forked

from communique.errors import InputError
from communique.records import CodedReport
from communique.store import open_store
from communique.store.engine import TRIES

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks processes")


@pytest.fixture(scope="module")
def own_server() -> Iterator[postgres.Server]:
    """A server for these tests alone, which writes to the disk as one in earnest does."""
    if reason := postgres.missing():
        pytest.skip(reason)
    server = postgres.Server(durable=True)
    try:
        server.start()
        yield server
    finally:
        server.close()


class Writing:
    """A process that adds `reports` to the store at `where` and acknowledges each over a pipe."""

    def __init__(self, where: str, reports: list[CodedReport], batch: int = 4) -> None:
        read, write = os.pipe()

        def work() -> None:
            with open_store(where) as store:
                for added in store.add_many(reports, "x", batch=batch):
                    os.write(write, f"{added.report}\n".encode())

        self.child = forked(work)
        os.close(write)
        self.told = os.fdopen(read, "rb")

    def first(self) -> str:
        return self.told.readline().decode().strip()

    def kill(self) -> bool:
        """Kills it; whether it was still at work."""
        os.kill(self.child, signal.SIGKILL)
        return os.WIFSIGNALED(os.waitpid(self.child, 0)[1])

    def rest(self) -> list[str]:
        """What else it acknowledged. A line is written at once; what was cut off was not acknowledged."""
        with self.told:
            return [line.decode().strip() for line in self.told.read().splitlines(keepends=True) if line.endswith(b"\n")]


def assert_whole(where: str, acknowledged: list[str]) -> None:
    with open_store(where) as store, store.database.reading() as connection:
        have = set(connection.execute(text("SELECT key FROM report")).scalars())
        assert set(acknowledged) - {""} <= have
        for halves in (
            "SELECT count(*) FROM report WHERE version_id NOT IN (SELECT id FROM version WHERE coding_id <> 0)",
            "SELECT count(*) FROM version WHERE id NOT IN (SELECT version_id FROM words)",
            "SELECT count(*) FROM report WHERE id NOT IN (SELECT report_id FROM sketch)",
            "SELECT count(*) FROM event WHERE current AND incident_id NOT IN (SELECT id FROM incident)",
        ):
            assert connection.execute(text(halves)).scalar() == 0


def assert_can_go_on(where: str, again: list[CodedReport]) -> None:
    """What was left out can be added as if nothing had been."""
    with open_store(where) as store:
        list(store.add_many(again, "x"))
        assert [store.report(r.report.id).coded for r in again] == again
        assert_compared(store)


def test_nothing_acknowledged_is_lost_by_twenty_kills_of_the_writer(own_server: postgres.Server) -> None:
    where = postgres.new_database(own_server.url, "kills")
    open_store(where).close()
    chosen = random.Random(20)
    acknowledged: list[str] = []
    killed_at_work = 0
    for n in range(20):
        writer = Writing(where, list(many(40, start=40 * n)))
        if n % 4:  # every fourth is killed at whatever it does first
            acknowledged.append(writer.first())
        time.sleep(chosen.uniform(0, 0.25))
        killed_at_work += writer.kill()
        acknowledged += writer.rest()
        assert_whole(where, acknowledged)
    assert killed_at_work >= 15 and len(acknowledged) > 20
    assert_can_go_on(where, [r for n in range(20) for r in many(3, start=40 * n)])


def test_a_connection_that_is_cut_is_made_anew(own_server: postgres.Server) -> None:
    """An administrator ends the writer's session five times in the middle: it begins the batch again and loses nothing."""
    import psycopg

    where = postgres.new_database(own_server.url, "cut")
    open_store(where).close()
    reports = list(many(200))
    writer = Writing(where, reports)
    acknowledged = [writer.first()]
    cut, until = 0, time.monotonic() + 30
    with psycopg.connect(where, autocommit=True) as connection:
        while cut < 5 and time.monotonic() < until:
            time.sleep(0.05)
            found = connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'cut' AND pid <> pg_backend_pid()"
            )
            ended = len(found.fetchall())
            cut += ended
            # A batch is begun again five times at most: between two cuts it must come through.
            time.sleep(0.3 if ended else 0)
    acknowledged += writer.rest()
    assert os.waitpid(writer.child, 0)[1] == 0 and cut >= 3
    assert acknowledged == [r.report.id for r in reports]
    assert_whole(where, acknowledged)


def test_a_read_whose_connection_is_cut_is_read_again(own_server: postgres.Server) -> None:
    """Before it writes, a writer reads which texts it knows: a session that ends just then costs nothing either."""
    import psycopg

    where = postgres.new_database(own_server.url, "cut_reads")
    sessions: list[int] = []

    def count(connection: Connection) -> int:
        sessions.append(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
        if len(sessions) in cuts:
            with psycopg.connect(where, autocommit=True) as administrator:
                administrator.execute("SELECT pg_terminate_backend(%s, 5000)", (sessions[-1],))
        return int(connection.execute(text("SELECT count(*) FROM report")).scalar_one())

    with open_store(where) as store:
        cuts = {1, 2}
        assert store.database.read(count) == 0
        assert len(set(sessions)) == 3
        cuts = set(range(100))
        with pytest.raises(InputError, match="cannot be used"):
            store.database.read(count)
        assert len(sessions) == 3 + TRIES


def test_nothing_acknowledged_is_lost_when_the_server_stops_at_once(own_server: postgres.Server) -> None:
    where = postgres.new_database(own_server.url, "stops")
    open_store(where).close()
    acknowledged: list[str] = []
    for n in range(3):
        writer = Writing(where, list(many(120, start=120 * n)))
        acknowledged.append(writer.first())
        time.sleep(0.2)
        own_server.stop(signal.SIGQUIT)
        acknowledged += writer.rest()
        # It cannot go on, and says so rather than go on as if it had been heard.
        assert os.waitpid(writer.child, 0)[1] != 0
        own_server.start()
        assert_whole(where, acknowledged)
    assert len(acknowledged) >= 6
    assert_can_go_on(where, list(many(12)))
