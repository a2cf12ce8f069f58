"""A whole archive compared in one pass is what adding its reports one by one makes of them."""

from __future__ import annotations

import dataclasses
import json
import random
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from communique.batch.comparing import Compared, compare
from communique.batch.files import Footer, write_whole
from communique.batch.layout import failed_row, row_of
from communique.cli import main
from communique.errors import InputError
from communique.records import CodedReport
from communique.store import Query, open_store
from contracts.making import many


def crowd(seed: int, size: int) -> list[CodedReport]:
    """Reports at random, some of which copy another, say it again, or are another version of it."""
    chosen = random.Random(seed)
    out = list(many(size, seed))
    for n in range(size // 2):
        one = chosen.choice(out)
        how = chosen.randrange(4)
        given = one.report
        if how == 0:
            out.append(one)
        elif how == 1:
            extra = dataclasses.replace(given, text=given.text + f" More was known by number {n}.")
            out.append(dataclasses.replace(one, report=extra))
        else:
            other = {"id": f"{given.id}-c{n}", "url": "", "source": f"Outlet {n % 5} \x00", "published": "2025-02-11"}
            copied = dataclasses.replace(given, **other)  # type: ignore[arg-type]
            out.append(dataclasses.replace(one, report=copied))
    chosen.shuffle(out)
    return out


def archive(folder: Path, reports: list[CodedReport], shards: int) -> list[Path]:
    folder.mkdir()
    paths = []
    size = -(-len(reports) // shards)
    for n in range(shards):
        part = reports[n * size : (n + 1) * size]
        rows = [row_of(k, one) for k, one in enumerate(part)] + [failed_row(0, InputError("x", "is damaged"))]
        paths.append(folder / f"{n}.parquet")
        write_whole(paths[-1], (), rows, Footer(str(n), "1", "", "r"))
    return paths


def by_id(records: Any) -> list[dict[str, Any]]:
    from communique.batch.layout import plain

    found = [plain(type(one))(one) for one in records]
    return sorted(found, key=lambda row: row.get("id") or row["report"])


def told(path: Path) -> list[dict[str, Any]]:
    from pyarrow import parquet

    return sorted(parquet.read_table(path).to_pylist(), key=lambda row: row.get("id") or row["report"])


def same(folder: Path, reports: list[CodedReport], told_of: Compared, one_by_one: bool) -> None:
    with open_store(folder / "store.db") as store:
        changes = [store.add(r, "r") for r in reports] if one_by_one else list(store.add_many(reports, "r"))
        assert told_of.reports == len({c.report for c in changes}) and told_of.skipped == 3
        asked = {"copies": store.copies(), "incidents": store.incidents(Query()), "claims": store.claims(Query())}
        kept = {name: by_id(found) for name, found in asked.items()}
    for name, records in kept.items():
        assert told(folder / "out" / f"{name}.parquet") == records, name
        assert getattr(told_of, name) == len(records)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), size=st.integers(1, 16), together=st.sampled_from([3, 20, 1000]))
def test_it_is_what_adding_one_by_one_gives(
    tmp_path_factory: pytest.TempPathFactory, seed: int, size: int, together: int
) -> None:
    folder = tmp_path_factory.mktemp("whole")
    reports = crowd(seed, size)
    found = compare(archive(folder / "in", reports, 3), folder / "out", together=together)
    same(folder, reports, found, size < 8)


def test_a_larger_archive_in_parts(tmp_path: Path) -> None:
    reports = crowd(5, 80)
    found = compare(archive(tmp_path / "in", reports, 3), tmp_path / "out", together=50)
    same(tmp_path, reports, found, False)
    assert found.copies > 10 and found.claims > 10 and found.incidents > 40
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["claims.parquet", "copies.parquet", "incidents.parquet"]


def test_two_processes_write_the_same(tmp_path: Path) -> None:
    paths = archive(tmp_path / "in", crowd(9, 30), 2)
    one = compare(paths, tmp_path / "one", together=40)
    two = compare(paths, tmp_path / "two", together=40, workers=2)
    assert one == two and one.events > 80 and one.claims and one.copies
    for name in ("copies", "incidents", "claims"):
        assert (tmp_path / "one" / f"{name}.parquet").read_bytes() == (tmp_path / "two" / f"{name}.parquet").read_bytes()


def test_a_process_that_is_killed_ends_it_with_nothing_written(tmp_path: Path) -> None:
    paths = archive(tmp_path / "in", crowd(9, 10), 2)
    done = threading.Event()

    def kill() -> None:
        while not done.wait(0.01):
            for child in psutil.Process().children():
                with suppress(psutil.Error):  # ended by itself meanwhile
                    if any("spawn_main" in word for word in child.cmdline()):
                        child.kill()

    killing = threading.Thread(target=kill)
    killing.start()
    try:
        with pytest.raises(InputError, match="one of its processes was killed"):
            compare(paths, tmp_path / "out", together=5, workers=2)
    finally:
        done.set()
        killing.join()
    assert not list((tmp_path / "out").iterdir())


def test_the_command(tmp_path: Path) -> None:
    files = [str(path) for path in archive(tmp_path / "in", list(many(3)), 1)]
    done = CliRunner().invoke(main, ["compare", *files, "--out", str(tmp_path / "out"), "--workers", "2", "--json"])
    counts = json.loads(done.stdout)
    assert done.exit_code == 0 and (counts["reports"], counts["skipped"]) == (3, 1) and counts["incidents"] > 0
    again = CliRunner().invoke(main, ["compare", *files, "--out", str(tmp_path / "out")])
    assert f"{counts['incidents']} incidents" in again.stdout
    (tmp_path / "a.parquet").write_text("no")
    with pytest.raises(InputError, match="is no file of `communique batch`"):
        compare([tmp_path / "a.parquet"], tmp_path / "other")
    assert not (tmp_path / "other").exists()
