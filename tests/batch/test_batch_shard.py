"""One shard into one file: what is kept of it, what fails, and on from where a process was killed. The reader goes by rules."""

from __future__ import annotations

import dataclasses
import errno
import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import communique
from batch.archive import Notes, coded, load, notes, shard
from commands import run
from communique.batch import blame
from communique.batch import shard as module
from communique.batch.files import footer_of, rows_of
from communique.batch.layout import coded_of
from communique.batch.shard import Task, finished, read_shard
from communique.batch.shards import out_name, shards_of
from communique.errors import InputError
from communique.gather.archives.pieces import Ways
from communique.gather.inputs import read_inputs
from communique.records import CodedReport
from communique.views.words import counted
from gather.archives import SENTENCES, html, packed, response, warc

CHUNK = 8


@pytest.fixture(autouse=True)
def reader(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(communique, "load", load)
    monkeypatch.setattr(module, "_READERS", {})
    monkeypatch.setenv("NOTES", str(tmp_path / "notes"))


def task(path: Path, output: Path, chunk: int = CHUNK, **more: str) -> Task:
    output.mkdir(exist_ok=True)
    given = {"ways": "", "reader": Notes.name, **more}
    return Task(shards_of(path, output).shards[0], str(output), **given, chunk=chunk)


def read(path: Path) -> list[CodedReport | InputError]:
    return [coded_of(row) for row in rows_of(path)]


def hidden(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if p.name.startswith("."))


def test_a_shard_is_what_reading_its_reports_gives(tmp_path: Path) -> None:
    path = shard(tmp_path / "in" / "a.jsonl", [f"r{n}" for n in range(30)])
    with path.open("a") as lines:
        lines.write('\n{"text": \n{"id": "q", "text": "REFUSE"}\n')
    one = task(path, tmp_path / "out")
    outcome = read_shard(one)
    assert (outcome.became, outcome.records, outcome.failed, outcome.fresh) == ("done", 30, 2, 32)
    found = read(tmp_path / "out" / "a.jsonl.parquet")
    plain = [coded(r) for r in read_inputs([path]) if not isinstance(r, InputError) and r.id != "q"]
    assert found[:30] == plain
    assert [str(e) for e in found[30:]] == [
        f"{path}, line 32: is not valid JSON: Expecting value at column 10 (write one JSON object with a text)",
        f"{path}, report 'q': was refused (try another)",
    ]
    assert hidden(tmp_path / "out") == []
    # The same again reads nothing; another file, way of reading or reader does.
    assert read_shard(one).fresh == 0 and len(notes(tmp_path)) == 30
    assert finished(dataclasses.replace(one, ways='{"source": "x"}')) is None
    assert finished(dataclasses.replace(one, reader="y")) is None
    os.utime(path, ns=(1, 1))
    assert finished(one) is None and read_shard(one).fresh == 32


@pytest.mark.parametrize("broken", [1, 3, 12])
def test_the_command_says_which_records_failed_and_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: int) -> None:
    """It said how many, and nothing else."""
    monkeypatch.setenv("COMMUNIQUE_ACTORS", "")
    path, out = shard(tmp_path / "a.jsonl", ["r0", "r1"]), tmp_path / "out"
    with path.open("a") as lines:
        lines.write('{"text": "half\n' * broken)
    # What is finished is told as well, and needs no workers.
    assert read_shard(task(path, out, ways=Ways().to_json())).failed == broken
    told = run("batch", path, out)
    assert told.exit_code == 0
    assert told.stdout == f"{out}: 1 of 1 shards, 1 finished before, 2 reports, {counted(broken, 'record')} failed\n"
    *reasons, last = told.stderr.splitlines()
    why = "is not valid JSON: Unterminated string starting at column 10 (write one JSON object with a text)"
    assert reasons == [f"failed: {path}, line {3 + n}: {why}" for n in range(min(broken, 10))]
    assert last.startswith("... and 2 more. " if broken == 12 else "Records that failed") and "communique retry" in last
    assert run("batch", path, out, "--json").stderr == told.stderr


def test_an_archive_that_ends_within_a_record_is_kept_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    whole = warc([(f"https://fjord.example/{n}", html(f"T{n}", (*SENTENCES, f"Number {n}."))) for n in range(12)])
    path.write_bytes(whole + b"\x1f\x8b" + b"no gzip at all" * 50)
    one = task(path, tmp_path / "out")
    outcome = read_shard(one)
    assert (outcome.became, outcome.records, outcome.failed) == ("damaged", 12, 1)
    assert "damaged behind response 12" in outcome.reason
    again = read_shard(one)
    assert (again.became, again.reason, again.kind, again.fresh) == ("damaged", outcome.reason, "damaged", 0)
    *good, last = read(one.target)
    assert all(isinstance(r, CodedReport) for r in good) and isinstance(last, InputError)


@pytest.mark.parametrize(("content", "reason"), [(b"", "is empty"), (b"nothing", "is no WARC")])
def test_a_bad_shard_leaves_no_file(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(content)
    outcome = read_shard(task(path, tmp_path / "out"))
    assert outcome.became == "aside" and reason in outcome.reason and list((tmp_path / "out").iterdir()) == []
    path.write_bytes(packed([response("https://fjord.example/1", html("One"))]))
    assert read_shard(task(path, tmp_path / "out")).became == "done"


def test_an_output_is_no_input_and_a_missing_shard_is_told(tmp_path: Path) -> None:
    one = task(shard(tmp_path / "a.jsonl", ["r"]), tmp_path / "out")
    read_shard(one)
    again = read_shard(task(one.target, tmp_path / "again"))
    assert again.became == "aside" and "was written by `communique batch`" in again.reason
    other = task(shard(tmp_path / "b.jsonl", ["r"]), tmp_path / "out")
    (tmp_path / "b.jsonl").unlink()
    assert "cannot be opened" in read_shard(other).reason


def test_a_shard_that_changes_meanwhile_is_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = shard(tmp_path / "a.jsonl", [f"r{n}" for n in range(20)])
    one = task(path, tmp_path / "out")
    monkeypatch.setattr(module, "_READERS", {("", 1, False): Touching(path)})
    outcome = read_shard(one)
    assert outcome.became == "aside" and "was changed while it was read" in outcome.reason
    assert list((tmp_path / "out").iterdir()) == []


class Touching(Notes):
    def __init__(self, path: Path) -> None:
        self.path = path

    def pipe(self, reports, *, batch_size=16):  # type: ignore[no-untyped-def]
        os.utime(self.path, ns=(5, 5))
        return super().pipe(reports)


def test_another_reader_on_the_worker_stops_the_run(tmp_path: Path) -> None:
    outcome = read_shard(task(shard(tmp_path / "a.jsonl", ["r"]), tmp_path / "out", reader="newer"))
    assert outcome.became == "stopped" and "install the same version" in outcome.reason


def forked(work: Callable[[], object]) -> int:
    """How a process of its own ends that does `work`: as `subprocess` has it, below 0 for a signal."""
    child = multiprocessing.get_context("fork").Process(target=work)
    child.start()
    child.join(60)
    assert child.exitcode is not None
    return child.exitcode


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL to send")
def test_a_killed_worker_repeats_less_than_a_chunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each kill comes a few reports further on. What was on the disk is not read again, and the file is as without them."""
    ids = [f"r{n:03d}" for n in range(60)]
    path = shard(tmp_path / "a.jsonl", ids)
    one = task(path, tmp_path / "out")
    for deadly in (5, 21, 30, 47):
        monkeypatch.setattr(module, "_READERS", {("", 1, False): Deadly(f"r{deadly:03d}")})
        assert forked(lambda: read_shard(one)) == -signal.SIGKILL
        assert not one.target.exists()
    monkeypatch.setattr(module, "_READERS", {})
    outcome = read_shard(one)
    assert (outcome.became, outcome.records, outcome.fresh) == ("done", 60, 60 - 40)
    assert [r.report.id for r in read(one.target)] == ids  # type: ignore[union-attr]
    read_again = len(notes(tmp_path)) - 60
    assert sorted(set(notes(tmp_path))) == ids and 0 < read_again <= 4 * CHUNK
    assert footer_of(one.target).last == 60 and hidden(tmp_path / "out") == []  # type: ignore[union-attr]
    # What a killed process left is of no use to a file that has changed.
    other = tmp_path / "other"
    monkeypatch.setattr(module, "_READERS", {("", 1, False): Deadly("r030")})
    assert forked(lambda: read_shard(task(path, other))) == -signal.SIGKILL
    shard(path, ["n1", "n2"])
    monkeypatch.setattr(module, "_READERS", {})
    assert read_shard(task(path, other)).records == 2
    assert [p for p in hidden(other) if p.endswith(".parts")] == []


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL to send")
def test_a_shard_over_which_three_workers_died_is_not_begun_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that died elsewhere in it do not count, nor those of another run, nor those beside whom it waited."""
    ids = [f"r{n:03d}" for n in range(40)]
    one = dataclasses.replace(task(shard(tmp_path / "a[1].jsonl", ids), tmp_path / "out"), run="run")
    beside = dataclasses.replace(task(shard(tmp_path / "1.jsonl", ids), tmp_path / "out"), run="run")

    def die(over: Task, ident: str) -> None:
        monkeypatch.setattr(module, "_READERS", {("", 1, False): Deadly(ident)})
        assert forked(lambda: read_shard(over)) == -signal.SIGKILL

    for ident in ("r005", "r006", "r012", "r013", "r014"):
        die(one, ident)
    die(dataclasses.replace(one, run="earlier"), "r014")
    assert [blame.deaths(t.target, "run") for t in (one, beside)] == [2, 0]
    die(one, "r015")
    outcome = read_shard(one)
    assert (outcome.became, outcome.reason, outcome.hint) == ("aside", blame.KILLED, blame.KILLED_HINT)
    monkeypatch.setattr(module, "_READERS", {})
    assert read_shard(beside).became == "done"
    # Another run tries again, from where the last came to.
    again = read_shard(dataclasses.replace(one, run="later"))
    assert (again.became, again.records, again.fresh) == ("done", 40, 32)
    blame.forget(tmp_path / "out")
    assert hidden(tmp_path / "out") == []


class Deadly(Notes):
    """Dies with its process at a report."""

    def __init__(self, ident: str) -> None:
        self.ident = ident

    def pipe(self, reports, *, batch_size=16):  # type: ignore[no-untyped-def]
        for one in reports:
            if one.id == self.ident:
                os.kill(os.getpid(), signal.SIGKILL)
            yield from super().pipe([one])


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of a file's size")
@pytest.mark.parametrize("limit", [3_000, 40_000, 75_000])
def test_a_full_disk_stops_and_loses_nothing(tmp_path: Path, limit: int) -> None:
    """Where a file can grow no more, at whatever point: the first chunk, a later one, or the whole."""
    text = "Norway accused Russia {} " + os.urandom(2000).hex()
    path = shard(tmp_path / "a.jsonl", [f"r{n:03d}" for n in range(40)], text=text)
    one = task(path, tmp_path / "out")

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        outcome = read_shard(one)
        told = outcome.became == "stopped" and os.strerror(errno.EFBIG) in outcome.reason and "make room" in outcome.hint
        os._exit(0 if told else 1)

    assert forked(limited) == 0
    assert not one.target.exists() and not list((tmp_path / "out").rglob("*.part"))
    before = notes(tmp_path)
    outcome = read_shard(one)
    assert outcome.records == 40 and [r.report.id for r in read(one.target)] == [f"r{n:03d}" for n in range(40)]  # type: ignore[union-attr]
    assert len(notes(tmp_path)) - len(before) == outcome.fresh
    if limit == 75_000:
        assert outcome.fresh < 40


def test_names_of_outputs(tmp_path: Path) -> None:
    assert out_name("2024/01/a.warc.gz") == "2024+01+a.warc.gz.parquet" and out_name("a.parquet") == "a.parquet"
    long = out_name("ø" * 200 + ".jsonl")
    assert len(long.encode()) < 220 and long != out_name("ø" * 201 + ".jsonl")
    folder = tmp_path / "in"
    for name in ("b.jsonl", "sub/a.jsonl.gz", "sub+c.jsonl", "x.txt", "y.css", ".hidden.jsonl"):
        shard(folder / name, ["r"])
    found = shards_of(folder, tmp_path / "out")
    assert [s.out for s in found.shards] == ["b.jsonl.parquet", "sub+a.jsonl.gz.parquet", "sub+c.jsonl.parquet"]
    assert "1 of single reports" in found.passed and ".css 1" in found.passed
    shard(folder / "sub" / "c.jsonl", ["r"])
    with pytest.raises(InputError, match=r"would both become 'sub\+c\.jsonl\.parquet'"):
        shards_of(folder, tmp_path / "out")
    with pytest.raises(InputError, match="lies in the input"):
        shards_of(folder, folder / "out")
    with pytest.raises(InputError, match="does not exist"):
        shards_of(tmp_path / "none", tmp_path / "out")
    with pytest.raises(InputError, match="holds no shard"):
        shards_of(shard(tmp_path / "texts" / "a.txt", ["r"]).parent, tmp_path / "out")
