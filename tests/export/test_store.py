"""The real store's answers go through measuring and every export as they are."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from builders import coded
from communique.export.ftm import write_ftm
from communique.export.parquet import write_parquet
from communique.export.plover import write_plover
from communique.export.rows import Witnessed
from communique.export.tables import TABLES, text_of, write_table
from communique.measure.alerts import alerts
from communique.measure.series import series
from communique.measure.tension import tension

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
