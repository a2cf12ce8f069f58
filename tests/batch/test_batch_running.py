"""``communique batch`` as a command over real processes: a local cluster, a scheduler with workers of its own, and kills of each.
Its reader goes by rules and notes what it reads (archive.py)."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from click.testing import CliRunner, Result

from batch import archive
from batch.archive import begin, coded, environment, notes, shard
from batch.test_batch_shard import forked
from communique.batch import blame
from communique.batch.files import footer_of, rows_of
from communique.batch.layout import coded_of
from communique.cli import main
from communique.errors import InputError
from communique.gather.inputs import read_inputs
from communique.read.naming import reader_name
from communique.store import Query, open_store
from disks import disk, needs_disk

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL to send")

SHARDS, EACH = 6, 25
IDS = sorted(f"r{s}-{n:02d}" for s in range(SHARDS) for n in range(EACH))


@pytest.fixture
def given(tmp_path: Path) -> Path:
    for s in range(SHARDS):
        shard(tmp_path / "in" / f"{s}.jsonl", [i for i in IDS if i.startswith(f"r{s}-")])
    return tmp_path / "in"


def ended(process: subprocess.Popen[str], seconds: float = 300) -> tuple[int, list[dict[str, Any]], str]:
    """Exit code, lines of JSON and what was told of a command that came to its end."""
    out, err = process.communicate(timeout=seconds)
    assert "Traceback" not in err, err
    return process.returncode, [json.loads(line) for line in out.splitlines()], err


def until(true: Callable[[], object], seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


def outputs(out: Path) -> list[Path]:
    return sorted(p for p in out.iterdir() if p.name.endswith(".parquet") and not p.name.startswith("."))


def kept(out: Path) -> list[str]:
    """The ids of all reports in all outputs."""
    found = [coded_of(row) for path in outputs(out) for row in rows_of(path)]
    return sorted(one.report.id for one in found if not isinstance(one, InputError))


def finished_ids(out: Path) -> set[str]:
    """Ids of reports in outputs that are in their place."""
    return set(kept(out)) if out.is_dir() else set()


def test_a_killed_worker_and_a_shard_that_kills_all(given: Path, tmp_path: Path) -> None:
    """The scheduler gives the shard of a killed worker to another. One that kills whoever reads it is set aside in the end."""
    deadly = shard(given / "deadly.jsonl", ["k0"], text="KILL {}")
    (given / "bad.warc.gz").write_bytes(b"nothing")
    out = tmp_path / "out"
    process = begin(tmp_path, given, out, "--workers", "2", "--json", PAUSE="0.01")
    until(lambda: len(notes(tmp_path)) > 10)
    workers = [p for p in psutil.Process(process.pid).children(recursive=True) if "spawn_main" in " ".join(p.cmdline())]
    assert workers
    workers[0].kill()
    code, lines, _ = ended(process)
    assert code == 1 and kept(out) == IDS
    whole = lines[-1]
    assert (whole["shards"], whole["set_aside"], whole["reports"]) == (SHARDS + 2, 2, SHARDS * EACH)
    aside = {one["shard"]: one for one in json.loads((out / "set-aside.json").read_text())}
    assert set(aside) == {"bad.warc.gz", "deadly.jsonl"} and "were killed, or died" in aside["deadly.jsonl"]["reason"]
    # A shard is read again only where its worker was killed: by the hand above, or beside the deadly one.
    assert len(notes(tmp_path)) - len(IDS) <= 5 * EACH
    deadly.unlink()
    (given / "bad.warc.gz").unlink()
    before = notes(tmp_path)
    code, lines, _ = ended(begin(tmp_path, given, out, "--json"))
    assert code == 0 and lines[-1]["finished_before"] == SHARDS and notes(tmp_path) == before
    assert not (out / "set-aside.json").exists()


def test_a_shard_that_kills_alone_is_set_aside(given: Path, tmp_path: Path) -> None:
    """All others wait for the one worker that there is, beside the deadly one, which is the largest and so the first: Dask counts
    its kills against them too, and they were once set aside with it."""
    shard(given / "deadly.jsonl", ["k0"], text="KILL {} " + "x" * 10_000)
    out = tmp_path / "out"
    code, lines, _ = ended(begin(tmp_path, given, out, "--workers", "1", "--json"))
    assert code == 1 and kept(out) == IDS == notes(tmp_path)
    assert [one["shard"] for one in json.loads((out / "set-aside.json").read_text())] == ["deadly.jsonl"]
    assert lines[-1]["set_aside"] == 1 and [p.name for p in out.iterdir() if p.name.startswith(".")] == [".communique-batch"]


def test_a_worker_that_dask_does_not_start_again_is_replaced(
    given: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when one dies while it comes up: the command once waited for ever."""
    import operator

    from communique.batch import running
    from communique.gather.inputs import Ways

    monkeypatch.setattr(running, "GONE", 0.3)
    with running._client(running.plan(given, tmp_path / "out", Ways(), workers=1), 1) as client:
        (nanny,) = client.cluster.workers.values()
        nanny.close_gracefully()  # Dask's own way to say that none is to come after this one
        os.kill(nanny.pid, signal.SIGKILL)
        assert client.submit(operator.add, 2, 3).result(timeout=120) == 5


def test_what_dask_gives_up_is_read_again_unless_workers_died_over_it(given: Path, tmp_path: Path) -> None:
    from communique.batch.running import _Innocent, plan
    from communique.gather.inputs import Ways

    one, other, third, *_ = plan(given, tmp_path / "out", Ways()).tasks()
    (tmp_path / "out").mkdir(exist_ok=True)
    innocent = _Innocent()
    # Where workers die of no shard, there is an end.
    assert [innocent.again(one) for _ in range(blame.DEATHS + 1)] == [True] * blame.DEATHS + [False]

    def die() -> None:
        with blame.begun(other.target, other.run):
            os._exit(9)

    for _ in range(blame.DEATHS):
        forked(die)
    assert not innocent.again(other)
    # Once more for each that is deadly.
    assert [innocent.again(third) for _ in range(blame.DEATHS + 2)] == [True] * (blame.DEATHS + 1) + [False]


def test_a_killed_command_goes_on_and_its_output_is_loaded(given: Path, tmp_path: Path) -> None:
    """The local cluster's scheduler is in the command itself. The store is then as if the reports had been read into it."""
    with (given / "0.jsonl").open("a") as lines:
        lines.write('{"text": \n')
    out = tmp_path / "out"
    process = begin(tmp_path, given, out, "--workers", "2", PAUSE="0.03")
    children: list[psutil.Process] = []
    until(lambda: out.is_dir() and len(outputs(out)) >= 2)
    children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate()
    until(lambda: not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in children))
    done, read = finished_ids(out), notes(tmp_path)
    assert 2 * EACH <= len(done) < len(IDS) and footer_of(outputs(out)[0])
    code, told, _ = ended(begin(tmp_path, given, out, "--workers", "2", "--json"))
    assert code == 0 and kept(out) == IDS and told[-1]["finished_before"] == len(done) // EACH
    again = notes(tmp_path)
    for ident in read:
        again.remove(ident)
    assert done.isdisjoint(again)
    assert not [p for p in out.iterdir() if p.name.endswith((".part", ".parts"))]

    result = run("add", *outputs(out), "--store", tmp_path / "batch.db", "--json")
    counts = json.loads(result.stdout)
    assert result.exit_code == 1 and (counts["new"], counts["set_aside"]) == (len(IDS), 1)
    again_added = run("add", *outputs(out), "--store", tmp_path / "batch.db")
    assert f"{len(IDS)} unchanged" in again_added.stdout
    with open_store(tmp_path / "batch.db") as one, open_store(tmp_path / "plain.db") as other:
        reports = (r for r in read_inputs(sorted(given.iterdir())) if not isinstance(r, InputError))
        assert len(list(other.add_many(map(coded, reports), archive.Notes.name))) == len(IDS)
        for ident in IDS[::20]:
            assert one.report(ident).coded == other.report(ident).coded
            assert [v.readers for v in one.report(ident).versions] == [(archive.Notes.name,)]
        assert list(one.incidents(Query())) == list(other.incidents(Query())) != []
        # What failed can be tried again where it lies: in the shard.
        (failure,) = one.failures()
        assert (failure.origin, failure.member, failure.kind) == (str(given / "0.jsonl"), EACH + 1, "format")


def run(*args: str | Path) -> Result:
    result = CliRunner().invoke(main, [str(a) for a in args])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def cluster(tmp: Path, port: int, workers: int = 2, **more: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A scheduler and workers, each a process of its own, as on a cluster; the scheduler and its address."""
    address = f"tcp://127.0.0.1:{port}"
    quiet: dict[str, Any] = {"env": environment(tmp, **more), "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL,
                             "start_new_session": True}  # fmt: skip
    dask = [sys.executable, "-m", "dask"]
    scheduler = subprocess.Popen([*dask, "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"], **quiet)
    command = [*dask, "worker", address, "--nworkers", str(workers), "--nthreads", "1", "--no-dashboard", "--preload",
               archive.__file__, "--local-directory", str(tmp)]  # fmt: skip
    worker = subprocess.Popen(command, **quiet)
    try:
        yield scheduler, address
    finally:
        for one in (worker, scheduler):
            for child in [*psutil.Process(one.pid).children(recursive=True), one] if one.poll() is None else [one]:
                child.kill()
            one.wait()


def test_a_killed_scheduler_loses_nothing(given: Path, tmp_path: Path) -> None:
    out, port = tmp_path / "out", free_port()
    with cluster(tmp_path, port, PAUSE="0.03") as (scheduler, address):
        process = begin(tmp_path, given, out, "--scheduler", address, "--json")
        until(lambda: out.is_dir() and len(outputs(out)) >= 2)
        scheduler.kill()
        code, lines, err = ended(process)
    assert code == 1 and "was lost (what is finished stays" in err, (code, lines, err)
    done, read = finished_ids(out), notes(tmp_path)
    assert 2 * EACH <= len(done) < len(IDS)
    with cluster(tmp_path, port) as (_, address):
        code, lines, err = ended(begin(tmp_path, given, out, "--scheduler", address, "--json"))
    assert code == 0 and kept(out) == IDS and lines[-1]["finished_before"] >= len(done) // EACH
    again = notes(tmp_path)
    for ident in read:
        again.remove(ident)
    assert done.isdisjoint(again)
    code, _, err = ended(begin(tmp_path, given, tmp_path / "other", "--scheduler", "not-an-address"))
    assert code == 1 and "cannot be reached" in err and "start `dask scheduler` first" in err


@needs_disk
def test_a_full_disk_ends_the_run_and_the_rest_follows(given: Path, tmp_path: Path) -> None:
    """A real file system of 100 kB, which holds two of the outputs or three."""
    out = tmp_path / "out"
    with disk(out, "100k") as small:
        code, lines, err = ended(begin(tmp_path, given, out, "--workers", "1", "--json"))
        assert code == 1 and os.strerror(28) in lines[-1]["stopped"] and "make room" in err
        done, read = finished_ids(out), notes(tmp_path)
        assert 0 < len(done) < len(IDS) and not [p for p in out.iterdir() if p.name.endswith(".part")]
        small.resize("10m")
        code, lines, _ = ended(begin(tmp_path, given, out, "--workers", "1", "--json"))
        assert code == 0 and kept(out) == IDS and lines[-1]["finished_before"] == len(done) // EACH
        again = notes(tmp_path)
        for ident in read:
            again.remove(ident)
        assert done.isdisjoint(again)


def test_two_commands_do_not_write_to_one_folder(given: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = begin(tmp_path, given, out, "--workers", "1", PAUSE="1")
    # A worker has noted the shard that it begins: the run is under way, and lasts longer than the other command does.
    until(lambda: out.is_dir() and len(list(out.glob(".*"))) > 1)
    result = run("batch", given, out)
    assert result.exit_code == 1 and "is being written by another" in result.stderr
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=300)
    assert process.returncode == 130


def test_a_users_table_of_actors_is_what_workers_read(given: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one at its usual place every shard was once set aside, since a table that is named must be there."""
    from communique.batch.running import plan
    from communique.gather.inputs import Ways
    from communique.resolve.own import COLUMNS

    monkeypatch.delenv("COMMUNIQUE_ACTORS")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))
    without = plan(given, tmp_path / "out", Ways()).tasks()[0]
    assert without.actors == "" and without.reader == reader_name("")
    table = tmp_path / "own.tsv"
    table.write_text("\t".join(COLUMNS) + "\nada ek\tAda Ek\tNOR\tGOV\tminister\t\t\tx\n")
    monkeypatch.setenv("COMMUNIQUE_ACTORS", str(table))
    given_one = plan(given, tmp_path / "out", Ways()).tasks()[0]
    assert given_one.actors == str(table) and given_one.reader == reader_name(table) != without.reader


def test_a_run_behind_the_gate_is_another_reading(given: Path, tmp_path: Path) -> None:
    from communique.batch.running import plan
    from communique.batch.shard import reader_of
    from communique.gather.inputs import Ways

    plain, gated = (plan(given, tmp_path / "out", Ways(), gate=gate).tasks()[0] for gate in (False, True))
    assert (plain.gate, gated.gate) == (False, True) and " gate " in gated.reader and " gate " not in plain.reader
    assert reader_of(gated).name == gated.reader


def test_what_cannot_be_asked_is_told(tmp_path: Path) -> None:
    assert run("batch", tmp_path / "none", tmp_path / "out").exit_code == 1
    both = run("batch", tmp_path, tmp_path / "out", "--workers", "1", "--scheduler", "x")
    assert both.exit_code == 2 and "give one" in both.stderr


@pytest.mark.weights
def test_the_shipped_reader_through_the_command(tmp_path: Path) -> None:
    """No stand-in: with the weights, and as a user has it who has no table of actors, files hold what reading gives."""
    import communique

    text = "Finland accused Russia on Tuesday of jamming civil aircraft. Moscow denied it, {}"
    path = shard(tmp_path / "in" / "a.jsonl", ["a", "b"], text=text)
    env = {k: v for k, v in os.environ.items() if k != "COMMUNIQUE_ACTORS"}
    env |= {"PYTHONPATH": str(archive.ROOT / "src"), "XDG_DATA_HOME": str(tmp_path), "HOME": str(tmp_path)}
    command = [sys.executable, "-c", "from communique.cli import main; main()", "batch", str(path), str(tmp_path / "out")]
    done = subprocess.run([*command, "--workers", "1"], env=env, capture_output=True, text=True)
    assert done.returncode == 0 and "1 of 1 shards, 2 reports" in done.stdout, done.stderr
    reader = communique.load(threads=1, actors="")
    plain = [reader.read(r) for r in read_inputs([path]) if not isinstance(r, InputError)]
    found = [coded_of(row) for row in rows_of(tmp_path / "out" / "a.jsonl.parquet")]
    assert found == plain and plain[0].events
