"""The command, with a stand-in for the reader: what it prints, where, and how it ends."""

from __future__ import annotations

import errno
import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import communique
from builders import StandIn, coded
from commands import run
from communique.errors import DataError


class Loads:
    """Stands in for `communique.load` and counts its calls."""

    def __init__(self, reader: StandIn) -> None:
        self.reader, self.calls = reader, []

    def __call__(self, threads: int = 0) -> StandIn:
        self.calls.append(threads)
        return self.reader


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> Loads:
    found = Loads(StandIn())
    monkeypatch.setattr(communique, "load", found)
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.txt"
    path.write_text("Finland accused Russia.")
    return path


def test_version_and_help() -> None:
    assert run("--version").output.startswith("communique ")
    assert "evaluate" in run("--help").output and "--published" in run("read", "-h").output
    assert run().exit_code == 2


def test_the_package_runs_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "communique", "--version"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stdout.startswith("communique"), done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
@pytest.mark.parametrize("words", [["--help"], ["actors", "find", "Baku"]])
def test_a_full_disk_behind_what_is_printed(words: list[str]) -> None:
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "communique", *words]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=120)
    assert done.returncode == 1 and done.stderr.splitlines() == [
        f"Error: what is printed cannot be written: {os.strerror(errno.ENOSPC)} (make room, and give the command again)"
    ]


def test_json_holds_nothing_that_steers_a_terminal(loads: Loads, tmp_path: Path) -> None:
    path = tmp_path / "hostile.json"
    path.write_text(json.dumps({"title": "a\x9b31m\u202eb\x7f", "text": "Finland accused Russia."}))
    line = run("read", path, "--json").stdout
    assert json.loads(line)["title"] == "a\x9b31m\u202eb\x7f"
    assert not {"\x9b", "\u202e", "\x7f"} & set(line)


def test_json_is_one_line_a_report(loads: Loads, file: Path) -> None:
    result = run("read", file, file, "--json", "--published", "2024-04-10", "--source", "S", "--threads", "2")
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert (result.exit_code, len(records), result.stderr) == (0, 2, "")
    assert (records[0]["published"], records[0]["source"]) == ("2024-04-10", "S")
    assert {"id", "events", "statements", "sentences", "notes"} <= set(records[0]) and "text" not in records[0]
    assert loads.calls == [2]
    assert json.loads(run("read", file, "--json", "--text").stdout)["text"] == "Finland accused Russia."


@pytest.mark.parametrize("args", [(), ("-",)])
def test_standard_input(loads: Loads, args: tuple[str, ...]) -> None:
    result = run("read", *args, "--json", stdin='{"id": "a", "text": "x"}\n{"id": "b", "text": "y"}\n')
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["a", "b"]


def test_terminal_is_the_default(loads: Loads, file: Path) -> None:
    loads.reader.result = coded()
    result = run("read", file)
    assert result.exit_code == 0 and "‹POL.GOV›, citing" in result.stdout and "\x1b" not in result.stdout


def test_html_writes_one_page_of_all_reports(loads: Loads, file: Path, tmp_path: Path) -> None:
    loads.reader.result = coded()
    result = run("read", file, file, "--html", tmp_path / "out.html")
    assert (result.exit_code, result.stdout) == (0, "") and "wrote" in result.stderr
    page = (tmp_path / "out.html").read_text("utf-8")
    assert page.count("<article") == 2 and "2 reports" in page
    both = run("read", file, "--html", tmp_path / "out.html", "--json")
    assert json.loads(both.stdout)["id"] == "demo-1"


def test_what_is_set_aside_is_one_line_and_exit_code_1(loads: Loads, file: Path, tmp_path: Path) -> None:
    lines = tmp_path / "b.jsonl"
    lines.write_text('{"id": "a", "text": "x"}\n{"id": \n{"id": "r", "text": "REFUSE"}\n')
    result = run("read", file, lines, tmp_path / "none.txt", "--json")
    assert result.exit_code == 1 and len(result.stdout.splitlines()) == 2
    told = result.stderr.splitlines()
    assert len(told) == 4 and "b.jsonl, line 2: is not valid JSON" in told[0] and "was refused" in told[1]
    assert "none.txt: does not exist" in told[2] and told[3] == "2 read, 3 set aside"


def test_a_bad_input_alone_loads_no_weights(loads: Loads, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\0\1")
    result = run("read", tmp_path / "a.txt", "--html", tmp_path / "out.html")
    assert (result.exit_code, loads.calls) == (1, []) and not (tmp_path / "out.html").exists()


def test_a_hostile_name_cannot_steer_the_terminal(loads: Loads) -> None:
    result = run("read", "\x1b[31mred\n.txt")
    assert "\x1b" not in result.stderr and len(result.stderr.splitlines()) == 2


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (["--published", "last week"], "not a date"), (["--text"], "--json"), (["--html", "no/such/folder/x.html"], "folder"),
        (["--threads", "-1"], "--threads"), (["--colour"], "--colour"), (["--html", "."], "directory"),
    ],
)  # fmt: skip
def test_usage_errors_are_exit_code_2(loads: Loads, file: Path, args: list[str], word: str) -> None:
    result = run("read", file, *args)
    assert result.exit_code == 2 and word in result.stderr and not loads.calls


def test_missing_weights_are_one_clear_line(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    def broken(threads: int = 0) -> StandIn:
        raise DataError("reader.onnx is missing: reinstall communique")

    monkeypatch.setattr(communique, "load", broken)
    result = run("read", file)
    assert result.exit_code == 1 and result.stderr == "Error: reader.onnx is missing: reinstall communique\n"


@pytest.mark.parametrize("name", ["gold", "plv", "polnear"])
def test_evaluate(loads: Loads, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: Path, name: str) -> None:
    calls: list[Any] = []

    def evaluate(path: Path, reader: StandIn) -> dict[str, float]:
        calls.append((path, reader))
        return {"f1": 0.5}

    module = SimpleNamespace(evaluate=evaluate, render=lambda result: f"F1 {result['f1']}")
    monkeypatch.setitem(sys.modules, "communique.evaluate", SimpleNamespace(__path__=[]))
    monkeypatch.setitem(sys.modules, f"communique.evaluate.{name}", module)
    path = file if name == "plv" else tmp_path
    assert run("evaluate", name, path).stdout == "F1 0.5\n"
    assert json.loads(run("evaluate", name, path, "--json").stdout) == {"f1": 0.5}
    assert calls == [(path, loads.reader)] * 2
    assert run("evaluate", name, tmp_path / "none").exit_code == 2


def test_gold_of_another_layout_is_told_in_a_line(loads: Loads, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"id": "a"}')
    done = run("evaluate", "gold", tmp_path)
    assert done.exit_code == 1 and "does not follow the layout of gold (KeyError: 'text')" in done.stderr


HEAVY = ("numpy", "onnxruntime", "tokenizers", "trafilatura", "rich", "jinja2", "pandas", "torch")


@pytest.mark.parametrize("statement", ["import communique", "import communique.cli", "import communique; communique.Report"])
def test_import_stays_light(statement: str) -> None:
    code = f"import sys\n{statement}\nprint([m for m in {HEAVY!r} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_help_is_quick() -> None:
    # Processor time, not the clock, and the best of three: other work on the machine must not fail it.
    assert min(_seconds_of("-m", "communique.cli", "--help") for _ in range(3)) < 0.4


def _seconds_of(*words: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def test_library_surface() -> None:
    assert set(communique.__all__) <= set(dir(communique))
    assert communique.Entity("x").code == "?" and callable(communique.to_frame) and communique.__version__
    with pytest.raises(AttributeError, match="it has"):
        communique.nothing  # noqa: B018
