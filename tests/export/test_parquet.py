"""Parquet by month: every column, read back by pandas and DuckDB; memory, parts, and folders that are not ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from samples import STATUSES, hostile, told, witnessed

from communique.errors import InputError
from communique.export import parquet
from communique.export.layouts import layout
from communique.export.parquet import write_parquet

pytest.importorskip("pyarrow", reason="Parquet needs the extra parquet: pip install 'communique[parquet]'")
pd = pytest.importorskip("pandas")


def test_column_by_column(tmp_path: Path) -> None:
    written = write_parquet([told()], tmp_path / "out")
    assert (written.rows, written.left_out) == (1, {})
    frame = pd.read_parquet(tmp_path / "out")
    assert set(frame.columns) == {c.name for c in layout("parquet")}
    row = frame.iloc[0].to_dict()
    assert len(row.pop("id")) == 16
    assert row == {
        "record": "e1", "incident": "i1", "month": "2024-04", "day": "2024-04-09", "date": "2024-04-09", "type": "ACCUSE",
        "mode": "allege", "quad": "verbal conflict", "score": -2.0, "status": "actual", "historical": False,
        "contexts": "military;cyber", "actor_country": "NOR", "actor_sector": "GOV", "actor_name": "Jonas Gahr Støre",
        "actor_office": "Prime Minister", "actor_text": "Jonas Gahr Støre", "recipient_country": "RUS",
        "recipient_sector": "MIL", "recipient_name": "", "recipient_office": "", "recipient_text": "Russia's Northern Fleet",
        "sources": "", "place": "Vardo",
        "place_name": "Vardø", "place_region": "Finnmark", "place_country": "NOR", "lat": 70.37, "lon": 31.11,
        "published": "2024-04-10", "last_seen": "2024-04-10", "outlet": "The Demo", "title": "Norway accuses the fleet",
        "url": "https://example.org/a", "report": "r1", "sentence": 2, "sentence_text": "Sentence of r1.", "trigger": "accused",
        "reports": 1, "outlets": 1, "origins": 1, "probability": 0.93, "coding": "reader-1",
    }  # fmt: skip


def test_months_are_folders_and_duckdb_prunes_by_them(tmp_path: Path) -> None:
    given = [
        told(id="a"), told(id="b", date="2023-12-31"), told(id="c", date="2019", historical=True),
        told(id="d", date="", published=""), witnessed(), hostile(), *(told(id=s, status=s) for s in STATUSES),
    ]  # fmt: skip
    assert write_parquet(given, tmp_path / "out").rows == len(given)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["month=2023-12", "month=2024-04", "month=unknown"]
    duckdb = pytest.importorskip("duckdb")
    path = f"{tmp_path}/out/*/*.parquet"
    files = f"read_parquet('{path}', hive_partitioning = true)"
    found = duckdb.sql(f"SELECT record, day FROM {files} WHERE month = '2023-12'").fetchall()
    assert found == [("b", "2023-12-31")]
    incident = duckdb.sql(f"SELECT probability, reports FROM read_parquet('{path}') WHERE record = 'i1'").fetchall()
    assert incident == [(None, 3)]


def test_files_stay_few_while_rows_are_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "BATCH", 4)
    monkeypatch.setattr(parquet, "OPEN", 2)
    given = [told(id=f"e{n}", date=f"2024-0{1 + n % 4}-01") for n in range(24)]
    write_parquet(given, tmp_path / "out")
    frame = pd.read_parquet(tmp_path / "out")
    assert sorted(frame["record"]) == sorted(f"e{n}" for n in range(24))
    assert frame["month"].astype(str).value_counts().to_dict() == {f"2024-0{m}": 6 for m in range(1, 5)}


def test_an_export_is_replaced_whole_and_nothing_else_is(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_parquet([told(), told(id="b", date="2023-12-31")], out)
    write_parquet([told()], out)
    assert [p.name for p in out.iterdir()] == ["month=2024-04"]

    def broken() -> object:
        yield told(id="b", date="2023-12-31")
        raise RuntimeError("the store is gone")

    with pytest.raises(RuntimeError):
        write_parquet(broken(), out)  # type: ignore[arg-type]
    assert [p.name for p in out.iterdir()] == ["month=2024-04"] and list(tmp_path.iterdir()) == [out]
    (out / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="something other than an export"):
        write_parquet([told()], out)
    assert (out / "notes.txt").read_text() == "mine"


def test_the_older_export_is_deleted_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # It was deleted first: what went wrong between left neither.
    out = tmp_path / "out"
    write_parquet([told()], out)
    move = Path.replace

    def fails(path: Path, target: Path) -> Path:
        if path.name.endswith(".part"):
            raise OSError("no space left")
        return move(path, target)

    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(OSError, match="no space"):
        write_parquet([told(id="b", date="2023-12-31")], out)
    assert [p.name for p in out.iterdir()] == ["month=2024-04"] and list(tmp_path.iterdir()) == [out]


def test_nothing_gives_an_empty_folder(tmp_path: Path) -> None:
    assert write_parquet([], tmp_path / "out").rows == 0
    assert list((tmp_path / "out").iterdir()) == []
