"""PLOVER JSON Lines, key by key."""

from __future__ import annotations

import io
import json

import pandas as pd
from samples import STATUSES, hostile, incident, told, witnessed

from builders import coded
from communique.export.layouts import layout
from communique.export.plover import write_plover
from communique.export.rows import told as told_of


def lines(records: list[object], **options: object) -> list[dict[str, object]]:
    out = io.StringIO()
    written = write_plover(records, out, **options)  # type: ignore[arg-type]
    found = [json.loads(line) for line in out.getvalue().splitlines()]
    assert written.rows == len(found)
    return found


def test_key_by_key() -> None:
    (one,) = lines([told()])
    assert list(one) == [c.name for c in layout("plover")]
    assert one == {
        "id": "e1", "incident": "i1", "date": "2024-04-09", "day": "2024-04-09", "type": "ACCUSE", "mode": "allege",
        "quad": "verbal conflict", "intensity": -2.0, "context": ["military", "cyber"],
        "actors": [
            {
                "country": "NOR", "sector": "GOV", "name": "Jonas Gahr Støre", "office": "Prime Minister",
                "text": "Jonas Gahr Støre",
            }
        ],
        "recipients": [{"country": "RUS", "sector": "MIL", "name": "", "office": "", "text": "Russia's Northern Fleet"}],
        "status": "actual", "historical": False, "sources": [],
        "place": {"text": "Vardo", "name": "Vardø", "region": "Finnmark", "country": "NOR", "lat": 70.37, "lon": 31.11},
        "published": "2024-04-10", "last_seen": "2024-04-10", "publisher": "The Demo", "headline": "Norway accuses the fleet",
        "url": "https://example.org/a", "report": "r1", "sentence": 2, "text": "Sentence of r1.", "trigger": "accused",
        "reports": 1, "outlets": 1, "origins": 1, "probability": 0.93, "coding": "reader-1",
    }  # fmt: skip


def test_an_incident_with_and_without_its_tellings() -> None:
    bare, full = lines([incident(), witnessed()])
    assert (bare["id"], bare["reports"], bare["origins"], bare["sentence"], bare["probability"]) == ("i1", 3, 2, None, None)
    assert (bare["last_seen"], bare["report"], bare["url"]) == ("2024-04-12", "r1", "")
    assert (full["sentence"], full["url"], full["text"]) == (2, "https://example.org/a", "Sentence of r1.")


def test_all_statuses_are_written_unless_some_are_named() -> None:
    given = [told(id=s, status=s) for s in STATUSES]
    assert [o["status"] for o in lines(given)] == list(STATUSES)
    assert [o["status"] for o in lines(given, statuses=("denied",))] == ["denied"]


def test_words_that_break_lines_stay_within_theirs() -> None:
    out = io.StringIO()
    write_plover([hostile(), told(place="a\u2028b\x85c", location=None)], out)
    assert len(out.getvalue().splitlines()) == 2
    assert json.loads(out.getvalue().splitlines()[1])["place"]["text"] == "a\u2028b\x85c"
    assert len(pd.read_json(io.StringIO(out.getvalue()), lines=True)) == 2


def test_a_coded_report_is_exported_without_a_store() -> None:
    found = lines(list(told_of(coded(), "reader-1")))
    assert [o["id"] for o in found] == [e.id for e in coded().events]
    assert found[0]["text"] == coded().report.text[: len(str(found[0]["text"]))] and found[0]["headline"] == coded().report.title
