"""The records: what they print, and that they cannot be changed."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json

import pytest

from communique.errors import InputError
from communique.records import (
    CodedReport,
    Entity,
    Event,
    Report,
    Sentence,
    Span,
    Statement,
    codes,
    content_id,
    parse_published,
)


def test_content_id_depends_on_every_part_and_its_place() -> None:
    assert content_id("a", "b") == content_id("a", "b")
    assert (
        len({content_id("a", "b"), content_id("b", "a"), content_id("ab"), content_id("a", "b", ""), content_id("a\x1f", "b")})
        == 5
    )


def test_content_id_is_the_same_on_every_machine() -> None:
    assert content_id("report", "event", 10, 15, "AID") == "97f06caed0884f62"


def test_content_id_takes_broken_surrogates() -> None:
    assert len(content_id("\ud800")) == 16


@pytest.mark.parametrize(
    ("kind", "coded"), [("body", True), ("title", False), ("dateline", False), ("caption", False), ("related", False)]
)
def test_only_the_body_is_coded(kind: str, coded: bool) -> None:
    assert Sentence(0, 0, 5, kind).coded is coded


@pytest.mark.parametrize(
    ("country", "sector", "code"), [("RUS", "GOV", "RUS.GOV"), ("NOR", "", "NOR"), ("", "UNK", "UNK"), ("", "", "?")]
)
def test_code_of_an_entity(country: str, sector: str, code: str) -> None:
    assert Entity("words", country=country, sector=sector).code == code


def test_codes_make_one_cell() -> None:
    assert codes([Entity("a", country="USA", sector="GOV"), Entity("b", country="FRA")]) == "USA.GOV; FRA"
    assert codes([]) == ""


def test_key_is_the_id_given_or_a_hash_of_what_the_report_says() -> None:
    assert Report("text", id="r1").key == "r1"
    assert Report("text").key == Report("text").key
    assert (
        len({Report("text").key, Report("other").key, Report("text", title="t").key, Report("text", published="2024-01-01").key})
        == 4
    )
    assert Report("text", url="https://example.org").key == Report("text").key, "one text at two addresses is one report"


@pytest.mark.parametrize("record", [Report("t"), Sentence(0, 0, 1), Span(0, 1), Entity("x"), CodedReport(Report("t"))])
def test_records_are_frozen_and_slotted(record: object) -> None:
    name = dataclasses.fields(record)[0].name  # type: ignore[arg-type]
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(record, name, None)
    assert not hasattr(record, "__dict__")


def test_a_coded_report_prints_the_layout_of_the_design() -> None:
    event = Event(
        "e", 0, 6, 0, "warned", "THREATEN", actors=(Entity("Oslo", 8, 12, "NOR", "GOV"),), quad="verbal conflict", score=-4.0
    )
    statement = Statement("s", Entity("Oslo"), Span(0, 6), (Span(13, 20), Span(25, 30)), act="warn", about=("RUS",))
    coded = CodedReport(
        Report("text", id="r", title="T"), (Sentence(0, 0, 4),), (event,), (statement,), ("military",), ("a note",)
    )
    out = json.loads(json.dumps(coded.to_dict()))
    assert {"id", "title", "published", "language", "events", "statements", "contexts", "sentences", "notes"} <= set(out)
    assert "text" not in out
    assert coded.to_dict(text=True)["text"] == "text"
    assert out["events"][0]["actors"][0] == {
        "text": "Oslo",
        "start": 8,
        "end": 12,
        "country": "NOR",
        "sector": "GOV",
        "name": "",
        "office": "",
        "inherited": False,
        "id": "",
    }
    wanted = {"id", "start", "end", "sentence", "type", "mode", "contexts", "recipients", "status", "historical", "sources"}
    assert wanted | {"date", "place", "score", "quad", "probability"} <= set(out["events"][0])
    assert out["statements"][0]["content"] == [{"start": 13, "end": 20}, {"start": 25, "end": 30}]
    assert out["statements"][0]["cue"] == {"start": 0, "end": 6}


def test_a_statement_without_a_cue_prints_null() -> None:
    assert Statement("s", Entity(""), None, (Span(0, 1),)).to_dict()["cue"] is None


def test_published() -> None:
    assert parse_published("2024-03-15T10:00:00Z") == dt.date(2024, 3, 15)
    assert parse_published("Fri, 15 Mar 2024 10:00:00 GMT") == dt.date(2024, 3, 15)
    assert parse_published(" ") is None
    with pytest.raises(InputError):
        parse_published("the ides")


@pytest.mark.parametrize("value", ["9999-12-31", "0001-01-01", "1 Jan 2024 00:00:00 +9999999999999", "2024-04-10garbage"])
def test_published_that_no_report_can_have(value: str) -> None:
    with pytest.raises(InputError):
        parse_published(value)
