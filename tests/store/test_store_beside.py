"""A store that is open twice in one process while another process writes: what opening it does to the locks of the first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from communique.store import open_store
from contracts.making import many

ADD = (
    "import sys; sys.path[:0] = {path!r}; from contracts.making import many; from communique.store import open_store\n"
    "with open_store(sys.argv[1]) as store: list(store.add_many(many(2, start=int(sys.argv[2])), 'elsewhere'))"
)


def test_opening_a_store_again_does_not_let_another_process_take_its_log_away(tmp_path: Path) -> None:
    # A look at the file's first bytes dropped the locks of this process; the other one, the last that SQLite still saw, took the
    # log away when it ended, and what was read or written after that was of a damaged database.
    path = tmp_path / "store.db"
    code = ADD.format(path=[str(Path(__file__).resolve().parents[1]), *sys.path])
    with open_store(path) as first:
        list(first.add_many(many(2), "here"))
        for n in range(3):
            with open_store(path) as second:
                assert len(list(second.events())) > 0
            subprocess.run([sys.executable, "-c", code, str(path), str(100 + 10 * n)], check=True, timeout=60)
            assert (tmp_path / "store.db-wal").exists(), "the other process took the log away"
            list(first.add_many(many(1, start=500 + n), "here"))
        assert len({e.telling.report for e in first.events()}) == 2 + 3 * 2 + 3
        with first.database.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
