"""The real store's answers go through measuring and every export as they are."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from builders import coded
from commands import run
from communique.cli_export import FOLDERS, FORMATS
from communique.export.ftm import write_ftm
from communique.export.parquet import write_parquet
from communique.export.plover import write_plover
from communique.export.rows import Witnessed
from communique.export.tables import TABLES, text_of, write_table
from communique.measure.alerts import alerts
from communique.measure.series import series
from communique.measure.tension import tension
from disks import disk, needs_disk

pytest.importorskip("sqlalchemy", reason="the store needs SQLAlchemy")
store_of = pytest.importorskip("communique.store")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[object]:
    with store_of.open_store(tmp_path / "communique.db") as opened:
        opened.add(coded())
        yield opened


def test_series_tension_and_alerts_of_a_dyad(store: object) -> None:
    rows = list(store.series("FIN", "RUS"))  # type: ignore[attr-defined]
    point = series(rows, "FIN", "RUS").points[0]
    assert (point.start, point.conflict, point.conflicts) == ("2024-04-08", 2.0, 1)
    assert tension(rows, draws=0).points[0].value == 2.0
    claims = list(store.claims(store_of.Query()))  # type: ignore[attr-defined]
    assert all(a.kind == "contested" for a in alerts(rows, "FIN", "RUS", claims=claims))


@needs_disk
@pytest.mark.parametrize("form", FORMATS)
def test_an_export_to_a_full_disk_leaves_what_was_there(store: object, form: str, tmp_path: Path) -> None:
    """Of Parquet a folder under a hidden name stayed, and of GDELT's two files the first alone."""

    pytest.importorskip("pyarrow")

    def files() -> dict[str, bytes]:
        return {str(p): p.read_bytes() for p in small.path.rglob("*") if p.is_file() and p.name != "filler"}

    kept = ["--store", tmp_path / "communique.db"]
    with disk(tmp_path / "small", "2m") as small:
        out = small.path / "out"
        assert run("export", form, "--out", out, "--type", "ACCUSE", *kept).exit_code == 0
        before = files()
        # A page of memory holds the first of GDELT's files, and the beginning of Parquet's.
        for left in (0, 4096) if form in FOLDERS else (0,):
            with small.filled(left):
                for path in (out, small.path / "new"):
                    done = run("export", form, "--out", path, *kept)
                    assert done.exit_code == 1 and "cannot be written" in done.stderr and "make room" in done.stderr
            assert files() == before and [*small.path.iterdir()] == [out], left
        assert run("export", form, "--out", out, *kept).exit_code == 0


def test_events_and_incidents_in_every_layout(store: object, tmp_path: Path) -> None:
    events = list(store.events(store_of.Query()))  # type: ignore[attr-defined]
    incidents = list(store.incidents(store_of.Query()))  # type: ignore[attr-defined]
    both = [Witnessed(one, tuple(store.explain(one.id).events)) for one in incidents]  # type: ignore[attr-defined]
    assert len(events) == len(coded().events) and both and all(w.tellings for w in both)
    for name in TABLES:
        written = write_table(name, events, io.StringIO())
        # Each event of the demo report has one actor and at most one recipient.
        assert written.records == len(events) == written.rows + sum(written.left_out.values())
        assert written.rows == sum(e.telling.event.status == "actual" for e in events)
        assert text_of(name, both).count("\n") >= written.rows
    assert write_plover(events, io.StringIO()).rows == len(events)
    assert write_ftm(both, io.StringIO()).records == len(incidents)
    pytest.importorskip("pyarrow")
    assert write_parquet(events, tmp_path / "out").records == len(events)
