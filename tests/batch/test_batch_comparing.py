"""A whole archive compared in one pass is what adding its reports one by one makes of them."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
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

from commands import run
from communique.batch.comparing import Compared, compare
from communique.batch.files import Footer, write_whole
from communique.batch.layout import failed_row, row_of
from communique.batch.workspace import Workspace
from communique.cli import main
from communique.errors import InputError
from communique.records import CodedReport
from communique.store import Query, open_store
from contracts.making import many
from disks import disk, needs_disk


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
    assert not (tmp_path / "out").exists()


@needs_disk
def test_a_full_disk_says_so_and_leaves_what_was_there(tmp_path: Path) -> None:
    """Full at any point of the way: where DuckDB begins, where reports are laid out, where it writes, where results are."""
    older, paths = archive(tmp_path / "older", list(many(3)), 1), archive(tmp_path / "in", crowd(9, 20), 2)
    compare(paths, tmp_path / "right")
    with disk(tmp_path / "small", "20m") as small:
        out = small.path / "out"
        compare(older, out)
        before = {path.name: path.read_bytes() for path in out.iterdir()}
        for left in (0, 40_000, 200_000, 800_000, 2_500_000):
            with small.filled(left):
                done = run("compare", *paths, "--out", out)
                assert done.exit_code == 1 and f"{str(out)!r}: cannot be written" in done.stderr, (left, done.stderr)
                assert os.strerror(errno.ENOSPC) in done.stderr and "make room there" in done.stderr
                assert {path.name: path.read_bytes() for path in out.iterdir()} == before
        with small.filled(200_000):
            assert run("compare", *paths, "--out", small.path / "a" / "b").exit_code == 1
            assert not (small.path / "a").exists()
        compare(paths, out)
        for path in (tmp_path / "right").iterdir():
            assert (out / path.name).read_bytes() == path.read_bytes()


@needs_disk
def test_duckdb_that_finds_no_room_for_what_it_sorts(tmp_path: Path) -> None:
    with disk(tmp_path / "small", "12m") as small:
        space = Workspace(small.path / "work.duckdb", 20_000_000)
        try:
            with pytest.raises(OSError) as caught:
                list(space.stream("SELECT hash(i), i, hash(i + 1) FROM range(3_000_000) t(i) ORDER BY 1"))
        finally:
            space.close()
    assert caught.value.errno == errno.ENOSPC


def test_too_little_memory_is_told_with_what_to_do(tmp_path: Path) -> None:
    paths = archive(tmp_path / "in", list(many(3)), 1)
    with pytest.raises(InputError, match=r"needs more memory .*give it more --memory"):
        compare(paths, tmp_path / "out", memory=1_000_000)
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_damaged_in_its_middle_is_named(tmp_path: Path) -> None:
    (path,) = archive(tmp_path / "in", list(many(3)), 1)
    data = bytearray(path.read_bytes())
    data[100:2000] = b"\xff" * 1900
    path.write_bytes(bytes(data))
    with pytest.raises(InputError, match=r"0\.parquet: is damaged behind row 0"):
        compare([path], tmp_path / "out")
    assert not (tmp_path / "out").exists()


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
