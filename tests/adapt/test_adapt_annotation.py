"""Annotation and tables of types: what is taken, and what is set aside and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from annotating import TYPES, write

from communique.adapt.annotation import Annotated, MarkedCue, MarkedEvent, read_annotation
from communique.adapt.types import read_types, write_types
from communique.errors import InputError, RecordError

TEXT = "Oslo accused Minsk of jamming aircraft. Minsk denied it."


def read(tmp_path: Path, *records: Any) -> list[Annotated | InputError]:
    return list(read_annotation([write(tmp_path / "a.jsonl", list(records))], read_types(TYPES)))


def whole(**event: Any) -> dict[str, Any]:
    return {"text": TEXT, "events": [{"start": 5, "end": 12, "type": "ACCUSE", **event}]}


def test_a_corrected_report_is_taken_with_its_events_and_cues(tmp_path: Path) -> None:
    statements = [{"cue": {"start": 46, "end": 52}, "act": "deny"}, {"cue": None, "act": "assert"}]
    record = {**whole(mode="allege", status="claimed", historical=True, trigger="accused"), "statements": statements, "id": "x"}
    (found,) = read(tmp_path, record)
    assert isinstance(found, Annotated) and found.whole and found.report.id == "x"
    assert found.events == (MarkedEvent(5, 12, "ACCUSE", "allege", "claimed", True),)
    assert found.cues == (MarkedCue(46, 52, "deny"),)


def test_examples_of_one_text_are_one_text(tmp_path: Path) -> None:
    found = read(
        tmp_path, {"text": TEXT, "trigger": "jamming", "type": "SPYING"}, {"text": TEXT, "trigger": [5, 12], "type": "PIRACY"},
        {"text": "The film opens on Friday.", "trigger": None},
    )  # fmt: skip
    assert [[(e.start, e.end, e.type) for e in one.events] for one in found if isinstance(one, Annotated)] == [
        [(22, 29, "SPYING"), (5, 12, "PIRACY")], [],
    ]  # fmt: skip
    assert not any(one.whole for one in found if isinstance(one, Annotated))


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"events": []}, "has no text"),
        ([1], "holds no JSON object"),
        ({"text": TEXT, "events": {}}, None),
        ({"text": TEXT, "events": [3]}, "no array of objects"),
        (whole(end=400), "no stretch of its text"),
        (whole(start=True), "no stretch of its text"),
        (whole(trigger="denied"), "'denied' is not what stands at"),
        (whole(type="ATTACK"), "'ATTACK' is neither PLOVER's nor one of yours"),
        (whole(mode="aerial"), "the mode of ACCUSE 'aerial' is unknown"),
        (whole(status="sure"), "the status 'sure' is unknown"),
        ({**whole(), "published": "soon"}, "is not a date"),
        ({**whole(), "statements": [{"cue": {"start": 46, "end": 52}, "act": "sing"}]}, "the act 'sing' is unknown"),
        ({"text": TEXT, "trigger": "bombed", "type": "SPYING"}, "not in its text"),
        ({"text": TEXT, "trigger": "Minsk", "type": "SPYING"}, "there 2 times"),
        ({"text": TEXT, "trigger": 5, "type": "SPYING"}, "no words and no"),
        ({"text": TEXT, "trigger": "jamming"}, "the type None is unknown"),
        ({"text": TEXT, "trigger": "accused", "type": "ACCUSE"}, "PLOVER's own type"),
    ],
)
def test_a_bad_line_is_set_aside_with_its_reason(tmp_path: Path, record: Any, reason: str | None) -> None:
    found = read(tmp_path, record, whole())
    if reason is None:
        assert all(isinstance(one, Annotated) for one in found)
        return
    assert isinstance(found[0], RecordError) and found[0].line == 1
    assert reason in str(found[0])
    assert isinstance(found[1], Annotated)


def test_bytes_that_are_no_json_and_files_that_are_not_there(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text": \n\n\xff\xfe\n' + json.dumps(whole()).encode())
    found = list(read_annotation([path, tmp_path / "none.jsonl"]))
    assert [type(one).__name__ for one in found] == ["RecordError", "RecordError", "Annotated", "InputError"]


def test_types_are_written_as_they_are_read(tmp_path: Path) -> None:
    kinds = read_types(TYPES)
    assert [(k.name, k.quad, k.score, k.instead) for k in kinds] == [
        ("SPYING", "material conflict", -5.0, False), ("PIRACY", "material conflict", -8.0, False),
    ]  # fmt: skip
    write_types(tmp_path / "t.tsv", kinds)
    assert read_types(tmp_path / "t.tsv") == kinds


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ("", "holds no type"),
        ("name\tquad\tdefinition\n", "has no column 'score'"),
        ("name\tquad\tscore\tdefinition\nspying\tmaterial conflict\t-5\tx\n", "no name of a type"),
        ("name\tquad\tscore\tdefinition\nACCUSE\tmaterial conflict\t-5\tx\n", "PLOVER's own type"),
        ("name\tquad\tscore\tdefinition\nSPYING\tconflict\t-5\tx\n", "the quad 'conflict' is unknown"),
        ("name\tquad\tscore\tdefinition\nSPYING\tmaterial conflict\t-50\tx\n", "no number from -10 to 10"),
        ("name\tquad\tscore\tdefinition\nSPYING\tmaterial conflict\n", "no number from -10 to 10"),
        ("name\tquad\tscore\tdefinition\tinstead\nSPYING\tmaterial conflict\t-5\tx\tmaybe\n", "instead is 'maybe'"),
        ("name\tquad\tscore\tdefinition\n" + "SPYING\tmaterial conflict\t-5\tx\n" * 2, "stands twice"),
    ],
)
def test_a_bad_table_of_types_says_what_is_wrong(tmp_path: Path, rows: str, reason: str) -> None:
    path = tmp_path / "t.tsv"
    path.write_text(rows)
    with pytest.raises(InputError, match=reason):
        read_types(path)
