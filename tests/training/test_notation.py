"""The line notation of the project's annotation: what it says, and what it refuses."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import notation

HEAD = "# r1 | 2024-04-10 | The Demo | A title | with a bar"
ONE = [
    HEAD,
    "@0 Oslo said Minsk bombed the depot and the port.",
    "E bombed | ASSAULT/aerial | Minsk {BLR.MIL} | - | claimed | Oslo {NOR.GOV} | 2024-04",
    "S said | Oslo {NOR.GOV} | Minsk bombed the depot and the port | accuse | BLR",
    "@1 “We act,” Ann Ross said, “and we act now.”",
    "S said | Ann Ross {NOR.GOV Ann Ross / foreign minister} | We act ++ and we act now. | promise | -",
]


def parse(*lines: str, texts: dict[str, Any] | None = None) -> tuple[dict[str, Any], list[str]]:
    (found,) = notation.parse([f"{line}\n" for line in lines], texts)
    return found


def problems(line: str) -> list[str]:
    return parse(HEAD, ONE[1], line)[1]


def test_a_report_in_full() -> None:
    report, found = parse(*ONE)
    assert found == []
    assert (report["id"], report["published"], report["source"], report["title"]) == (
        "r1",
        "2024-04-10",
        "The Demo",
        "A title | with a bar",
    )
    assert report["text"] == "Oslo said Minsk bombed the depot and the port.\n“We act,” Ann Ross said, “and we act now.”"
    assert [report["text"][s["start"] : s["end"]] for s in report["sentences"]] == report["text"].split("\n")
    (event,) = report["events"]
    assert (event["trigger"], event["type"], event["mode"], event["status"], event["date"], event["historical"]) == (
        "bombed",
        "ASSAULT",
        "aerial",
        "claimed",
        "2024-04",
        False,
    )
    assert report["text"][event["start"] : event["end"]] == "bombed"
    assert event["actors"] == [{"text": "Minsk", "country": "BLR", "sector": "MIL", "name": ""}]
    assert event["recipients"] == []
    first, second = report["statements"]
    assert (first["cue"], first["act"], first["about"]) == ("said", "accuse", ["BLR"])
    assert report["text"][first["cue_start"] :].startswith("said Minsk")
    assert [c["text"] for c in second["content"]] == ["We act", "and we act now."]
    assert all(report["text"][c["start"] : c["end"]] == c["text"] for s in (first, second) for c in s["content"])
    assert second["speaker"] == {
        "text": "Ann Ross",
        "country": "NOR",
        "sector": "GOV",
        "name": "Ann Ross",
        "office": "foreign minister",
    }


def test_several_reports_in_one_file() -> None:
    found = [r["id"] for r, _ in notation.parse(["# a |  |  | x\n", "@0 One.\n", "\n", "# b |  |  | y\n", "@0 Two.\n"])]
    assert found == ["a", "b"]


ENTITIES = {
    "Minsk {BLR.GOV}": [("Minsk", "BLR", "GOV", "")],
    "a man {?}": [("a man", "", "", "")],
    "rebels {?.REB}": [("rebels", "", "REB", "")],
    "NATO {IGO}": [("NATO", "IGO", "", "")],
    "He {USA.GOV Joe Biden}": [("He", "USA", "GOV", "Joe Biden")],
    "Minsk {BLR.GOV}; Oslo {NOR.GOV}": [("Minsk", "BLR", "GOV", ""), ("Oslo", "NOR", "GOV", "")],
    "-": [],
    "": [],
}


@pytest.mark.parametrize("field", ENTITIES)
def test_entities(field: str) -> None:
    found = notation._entities(field)
    assert [(e["text"], e["country"], e["sector"], e["name"]) for e in found] == ENTITIES[field]


def test_an_office_may_be_empty() -> None:
    assert notation._entity("He {USA.GOV Joe Biden / }")["office"] == ""
    assert "office" not in notation._entity("He {USA.GOV Joe Biden}")


SPANS = {
    "bombed": "bombed",
    "the#2": "the",
    "bombed ... port": "bombed the depot and the port",
    "bombed ... the": "bombed the depot and the",
}


@pytest.mark.parametrize("piece", SPANS)
def test_words_are_found_in_their_sentence(piece: str) -> None:
    sentence = "Minsk bombed the depot and the port. They left."
    start, end = notation._span(piece, sentence, 100)
    assert sentence[start - 100 : end - 100] == SPANS[piece]
    if piece == "the#2":
        assert start == 100 + sentence.rindex("the")


def test_a_number_sign_in_the_text_is_text() -> None:
    assert notation._locate("#2", "plan #2", 0) == (5, 7)


def test_a_statement_over_sentences() -> None:
    lines = [
        "# r |  |  | t",
        "@0 “We act,” Vale said.",
        "@1 “We act now.”",
        "S said | Vale {NOR.GOV} | We act@0 ++ We act now. | promise | -",
    ]
    report, found = parse(*lines)
    assert found == []
    (statement,) = report["statements"]
    assert [(c["sentence"], c["text"]) for c in statement["content"]] == [(0, "We act"), (1, "We act now.")]
    assert report["text"][statement["cue_start"] :].startswith("said"), "the cue stands in the sentence before"


def test_a_historical_event_and_one_without_a_date() -> None:
    for date, expected in (
        ("2021 h", ("2021", True)),
        ("h", ("", True)),
        ("- h", ("", True)),
        ("-", ("", False)),
        ("2024-04-10", ("2024-04-10", False)),
    ):
        report, found = parse(HEAD, ONE[1], f"E bombed | ASSAULT | - | - | actual | - | {date}")
        assert found == []
        assert (report["events"][0]["date"], report["events"][0]["historical"]) == expected


def test_texts_from_outside_the_file() -> None:
    texts = {
        "r1": {
            "text": "Oslo waits. Minsk left.",
            "title": "T",
            "published": "2024-01-01",
            "sentences": [{"n": 0, "start": 0, "end": 11}, {"n": 1, "start": 12, "end": 23}],
        }
    }
    report, found = parse("# r1", "@1", "E left | RETREAT/withdraw | Minsk {BLR.GOV} | - | actual | - | -", texts=texts)
    assert found == []
    assert report["text"] == texts["r1"]["text"]
    assert (report["title"], report["published"]) == ("T", "2024-01-01")
    assert (report["events"][0]["sentence"], report["events"][0]["start"]) == (1, 18)


REFUSED = {
    "E bombed | ASSAULT | - | - | actual | -": "an event has 7 fields",
    "E bombed | ATTACK | - | - | actual | - | -": "type 'ATTACK' is none of",
    "E bombed | ASSAULT/visit | - | - | actual | - | -": "mode 'visit' of ASSAULT is none of: abduct",
    "E bombed | AID/visit | - | - | actual | - | -": r"is none of: \(none\)",
    "E bombed | ASSAULT | - | - | real | - | -": "status 'real' is none of",
    "E shelled | ASSAULT | - | - | actual | - | -": r"'shelled' \(occurrence 1\) is not in the sentence",
    "E the#3 | ASSAULT | - | - | actual | - | -": r"'the' \(occurrence 3\)",
    "E bombed | ASSAULT | Minsk | - | actual | - | -": "is not 'text {CODE Name / office}'",
    "E bombed | ASSAULT | Minsk {Belarus} | - | actual | - | -": "country 'Belarus' is not three capitals",
    "E bombed | ASSAULT | Minsk {BLR.ARMY} | - | actual | - | -": "sector 'ARMY' is none of",
    "E bombed | ASSAULT | - | - | actual | - | April": "date 'April' is not YYYY",
    "E bombed | ASSAULT | Kyiv {UKR} | - | actual | - | -": "actors 'Kyiv' of 'bombed' are not words of the report",
    "S said | Oslo {NOR.GOV} | Minsk bombed | accuse": "a statement has 5 fields",
    "S said | Oslo {NOR.GOV} | Minsk bombed | shout | -": "act 'shout' is none of",
    "S cried | Oslo {NOR.GOV} | Minsk bombed | accuse | -": "cue 'cried' is not in the sentence",
    "S said | Oslo {NOR.GOV} | Minsk ... moon | accuse | -": "'moon' does not follow 'Minsk'",
    "X what": "begins with none of",
    "@7": "the report has no sentence 7",
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_cannot_be_read_is_told_with_its_line(line: str) -> None:
    (problem,) = problems(line)
    assert problem.startswith("line 3: ")
    assert re.search(REFUSED[line], problem), problem


def test_a_line_that_cannot_be_read_loses_no_other() -> None:
    report, found = parse(*ONE[:3], "E nothing | ASSAULT", *ONE[3:])
    assert len(found) == 1
    assert (len(report["events"]), len(report["statements"])) == (1, 2)


def test_the_command(tmp_path: Path) -> None:
    path = tmp_path / "x.ann"
    path.write_text("\n".join(ONE) + "\n", "utf-8")
    call = [sys.executable, str(Path(notation.__file__)), "json", str(path)]
    done = subprocess.run(call, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert json.loads(done.stdout)["id"] == "r1"
    assert done.stderr.strip() == "1 reports, 1 events, 2 statements, 0 problems"
    path.write_text("\n".join([*ONE, "X"]) + "\n", "utf-8")
    done = subprocess.run(call, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "x.ann: r1: line 7:" in done.stderr


def test_the_projects_own_corpus_can_be_read() -> None:
    for path in sorted((Path(notation.__file__).parent / "corpus").glob("*.ann")):
        with path.open(encoding="utf-8") as handle:
            for report, found in notation.parse(handle):
                assert report["sentences"], f"{path.name}: {report['id']}"
                assert not found, f"{path.name}: {report['id']}: {found[0]}"


LONG = "The bloc will halt all imports of gas and of oil by the end of the coming winter."


WARS = ["@0 War met war: it bombed it.", "E war | ASSAULT | it {RUS} | it {?} | actual | - | - h"]
WARS_TOLD = [*WARS, "S - | it {RUS} | it#2 | accuse | -"]
HALTED = [f"@0 “{LONG}”", f"S said | He {{NOR}} | {LONG} | announce | -", "@1 He said."]
HALTED_TWICE = [*HALTED, "S said | He {NOR} | said ++ bloc @0 | assert | -"]


@pytest.mark.parametrize("lines", [ONE, [HEAD, *WARS_TOLD], [HEAD, *HALTED_TWICE]])
def test_what_is_rendered_is_read_back(lines: list[str]) -> None:
    report, found = parse(*lines)
    assert found == []
    rendered = notation.render(report).splitlines()
    assert parse(*rendered) == (report, [])
    assert [line[:1] for line in rendered] == [line[:1] for line in lines]


def test_a_long_content_is_rendered_by_its_ends() -> None:
    report, _ = parse(HEAD, f"@0 “{LONG}” he said.", f"S said | he {{NOR}} | {LONG} | announce | -")
    assert "| The bloc will halt ... of the coming winter. |" in notation.render(report)
