"""``communique review``: marks from the command line, down to what `communique train` reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commands import run
from communique.adapt.annotation import Annotated, read_annotation
from communique.records import CodedReport
from communique.store import open_store
from contracts.making import Draft, filler


def told() -> CodedReport:
    draft = Draft("a", "2025-03-14", "The Demo")
    draft.told("FIN", "ACCUSE", "RUS", date="2025-03-13").told("NOR", "AID", "FIN", date="2025-03-13")
    draft.say(filler("a", 40))
    return draft.said("FIN", "this is the last time", "warn", ("RUS",)).coded()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "record.db"
    monkeypatch.setenv("COMMUNIQUE_STORE", str(path))
    with open_store(path) as made:
        made.add(told(), "old")
    return path


def lines(*args: str) -> list[dict[str, object]]:
    done = run("review", *args, "--json")
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_marks_are_made_settled_taken_back_and_exported(store: Path, tmp_path: Path) -> None:
    given = told()
    accused, aided = (e.id for e in given.events)
    said = given.statements[0].id
    (waiting,) = lines("mark", accused, "status", "--who", "Ann", "--note", "who says so?\x1b[31m")
    assert (waiting["state"], waiting["field"], waiting["who"], waiting["report"]) == ("open", "status", "Ann", "a")
    shown = run("review", "list").output
    assert "event: status" in shown and "who says so?" in shown and "\x1b" not in shown and "“accused”" in shown
    assert lines("list") == lines("show", str(waiting["id"])) == [waiting]
    assert run("review", "whole", "a").exit_code == 1 and "nobody settled" in run("review", "whole", "a").output
    assert lines("settle", str(waiting["id"]), "claimed", "--who", "Ben")[0]["settled_by"] == "Ben"
    assert lines("settle", str(waiting["id"]), "claimed", "--who", "Ben")[0]["state"] == "done"  # sent twice
    (gone,) = lines("mark", said, "statement", "--who", "Ann")
    assert run("statements").output.strip() == "no statements fit"
    assert lines("list", "--state", "done", "--report", "a", "--limit", "1") == [gone]
    assert lines("dismiss", str(gone["id"]), "--who", "Ann")[0]["state"] == "dismissed"
    assert "this is the last time" in run("statements").output
    lines("mark", aided, "event", "--who", "Ann")
    assert "no report was looked through" in run("review", "export").output
    lines("whole", "a", "--who", "Ann")
    assert "wrote" in run("review", "export", "--out", str(tmp_path / "out.jsonl")).output
    (tmp_path / "shown.jsonl").write_text(run("review", "export").stdout)
    for path in (tmp_path / "out.jsonl", tmp_path / "shown.jsonl"):
        (found,) = read_annotation([path])
        assert isinstance(found, Annotated) and [(e.type, e.status) for e in found.events] == [("ACCUSE", "claimed")]
    assert [m["kind"] for m in lines("list", "--state", "all")] == ["event", "statement", "event"]


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("mark", "nobody", "type"), 1, "is not in the store"), (("mark", "a", "type"), 2, "id of a report"),
        (("show", "7"), 1, "is not in the store"), (("settle", "7", "AID"), 1, "is not in the store"), (("show", "x"), 2, "'x'"),
        (("list", "--report", "nobody"), 1, "is not in the store"), (("list", "--state", "lost"), 2, "lost"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_in_a_line(store: Path, args: tuple[str, ...], code: int, said: str) -> None:
    done = run("review", *args)
    assert done.exit_code == code and said in done.output
    assert run("review", "list").output.strip() == "no mark is open"


def test_a_name_is_needed_and_a_value_must_be_one(store: Path) -> None:
    ident = told().events[0].id
    assert "names nobody" in run("review", "mark", ident, "type", "AID", "--who", " ").output
    assert "codebook" in run("review", "mark", ident, "type", "INVADE").output
    assert "can be wrong" in run("review", "mark", ident, "score").output
