"""The project's own scorer: its arithmetic on records made by hand, and against shared/tools/score.py where it is there."""

from __future__ import annotations

import copy
import importlib.util
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from communique.errors import InputError
from communique.evaluate import gold
from communique.records import CodedReport, Entity, Event, Report, Sentence, Span, Statement

SHARED = Path(__file__).resolve().parents[3] / "shared"
TEXT = "France accused Russia of spying. Poland said Russia bombed the depot. Oslo waits for the talks."
SENTENCES = [{"n": 0, "start": 0, "end": 32}, {"n": 1, "start": 33, "end": 69}, {"n": 2, "start": 70, "end": 95}]


def entity(country: str, name: str = "") -> dict[str, str]:
    return {"text": country, "country": country, "sector": "GOV", "name": name}


def event(words: str, kind: str, actors: str = "", recipients: str = "", **more: Any) -> dict[str, Any]:
    start = TEXT.index(words)
    out = {
        "start": start,
        "end": start + len(words),
        "trigger": words,
        "type": kind,
        "mode": "",
        "status": "actual",
        "date": "",
        "sources": [],
        "actors": [entity(c) for c in actors.split()],
        "recipients": [entity(c) for c in recipients.split()],
    }
    return {**out, **more}


def statement(words: str, country: str, name: str = "", act: str = "assert") -> dict[str, Any]:
    start = TEXT.index(words)
    return {"speaker": entity(country, name), "content": [{"start": start, "end": start + len(words)}], "act": act}


def report(events: list[dict[str, Any]], statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"id": "r", "text": TEXT, "sentences": SENTENCES, "events": events, "statements": statements}


GOLD = report(
    [
        event("accused", "ACCUSE", "FRA", "RUS", date="2024-04-09", mode="allege"),
        event("bombed", "ASSAULT", "RUS", "UKR", status="claimed", sources=[entity("POL")]),
        event("talks", "CONSULT", "", ""),
    ],
    [statement("Russia bombed the depot", "POL", "Jan Kowalski"), statement("the talks", "NOR", "Kari O’Neill")],
)
CODED = {
    "events": [
        event("spying", "ACCUSE", "FRA DEU", "RUS", date="2024-04-09"),  # type and loose dyad; the mode is missing
        event("bombed", "ASSAULT", "RUS", "UKR", status="actual", sources=[]),  # dyad; not its status, nor its source
        event("bombed", "ASSAULT", "RUS", "POL"),  # one too many
        event("waits", "REQUEST", "NOR", ""),  # wrong
    ],
    "statements": [
        statement("said Russia bombed the depot", "POL", "Kowalski", "accuse"),  # 4 of 5 words; the speaker by the last name
        statement("waits for the talks", "NOR", "Kari O'Neill"),  # 2 of 4 words; another apostrophe
        statement("France", "FRA"),
    ],
}
EXPECTED = {
    "type": (2, 3, 4),
    "dyad": (1, 3, 4),
    "dyad~": (2, 3, 4),
    "statement": (2, 2, 3),
    "speaker": (2, 2, 3),
}


def test_figures_of_records_made_by_hand() -> None:
    result = gold.score([GOLD], {"r": CODED})
    assert {k: (result[k]["hit"], result[k]["gold"], result[k]["coded"]) for k in EXPECTED} == EXPECTED
    assert (result["type"]["p"], result["type"]["r"], result["type"]["f1"]) == (0.5, 0.6667, 0.5714)
    assert (result["status"], result["source"], result["mode"], result["date"], result["act"]) == (0.5, 0.0, 0.5, 1.0, 0.5)
    assert {t: (v["hit"], v["gold"], v["coded"]) for t, v in result["per_type"].items()} == {
        "ACCUSE": (1, 1, 1),
        "ASSAULT": (1, 1, 2),
        "CONSULT": (0, 1, 0),
        "REQUEST": (0, 0, 1),
    }


def test_gold_against_itself_is_perfect() -> None:
    result = gold.score([GOLD], {"r": GOLD})
    assert [result[k]["f1"] for k in EXPECTED] == [1.0] * 5
    assert [result[k] for k in ("status", "source", "mode", "date", "act")] == [1.0] * 5


def test_an_unread_report_costs_recall_alone() -> None:
    result = gold.score([GOLD], {})
    assert (result["type"]["gold"], result["type"]["coded"], result["type"]["f1"], result["status"]) == (3, 0, 0.0, 0.0)


def test_an_event_outside_all_sentences_matches_nothing() -> None:
    stray = {**event("accused", "ACCUSE", "FRA", "RUS"), "start": 32}
    assert gold.score([GOLD], {"r": {"events": [stray]}})["type"]["hit"] == 0


def test_of_two_candidates_the_better_is_paired() -> None:
    coded = {"events": [event("accused", "ACCUSE", "DEU", "POL"), event("accused", "ACCUSE", "FRA", "RUS")]}
    assert gold.score([GOLD], {"r": coded})["dyad"]["hit"] == 1
    assert gold.score([GOLD], {"r": coded})["status"] == 1.0


def test_unknown_countries_are_equal_to_each_other_alone() -> None:
    unknown = report([{**event("accused", "ACCUSE", "", "RUS"), "actors": [entity("")]}], [])
    assert gold.score([unknown], {"r": unknown})["dyad"]["hit"] == 1
    assert gold.score([unknown], {"r": {"events": [event("accused", "ACCUSE", "", "RUS")]}})["dyad"]["hit"] == 0


class StandIn:
    """Finds the same event and statement in every report."""

    def __init__(self) -> None:
        self.seen: list[Report] = []

    def pipe(self, reports: Sequence[Report]) -> Iterator[CodedReport]:
        for one in reports:
            self.seen.append(one)
            found = Event(
                "e",
                7,
                14,
                0,
                "accused",
                "ACCUSE",
                actors=(Entity("France", country="FRA"),),
                recipients=(Entity("x", country="RUS"),),
            )
            said = Statement("s", Entity("Poland", country="POL", name="Jan Kowalski"), None, (Span(45, 68),))
            yield CodedReport(one, (Sentence(0, 0, 32),), (found,), (said,))


def test_evaluate_reads_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({**GOLD, "title": "T", "published": "2024-04-10"}), "utf-8")
    reader = StandIn()
    result = gold.evaluate(tmp_path, reader)  # type: ignore[arg-type]
    assert (reader.seen[0].title, reader.seen[0].published, reader.seen[0].id) == ("T", "2024-04-10", "r")
    assert (result["type"]["hit"], result["dyad"]["hit"], result["speaker"]["hit"]) == (1, 1, 1)
    text = gold.render(result)
    assert "type" in text
    assert "(1 of 3 gold, 1 coded)" in text
    assert "over 1 reports" in text
    assert "ACCUSE" in text


def test_a_folder_without_reports_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(InputError, match="holds no annotated reports"):
            gold.load(folder)


def test_a_file_that_is_not_json_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{", "utf-8")
    with pytest.raises(InputError, match=r"bad\.json: is not JSON"):
        gold.load(tmp_path)


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    path = SHARED / "tools" / "score.py"
    if not path.is_file():
        pytest.skip("shared/tools/score.py is not here")
    spec = importlib.util.spec_from_file_location("score_tool", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def same(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    for key, value in theirs.items():
        assert ours[key] == value, key


def test_the_tool_gives_the_same_figures_on_the_hand_made_records(tool: ModuleType) -> None:
    same(gold.score([GOLD], {"r": CODED}), tool.score([GOLD], {"r": CODED}))


def degraded(report: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """A copy with a third of its fields spoilt."""
    out = copy.deepcopy(report)
    out["events"] = [e for e in out["events"] if rng.random() > 0.2]
    for e in out["events"]:
        if rng.random() < 0.2:
            e["type"] = rng.choice(["ACCUSE", "AID", "CONSULT"])
        if rng.random() < 0.3:
            e["status"] = "claimed"
        for role in ("actors", "recipients", "sources"):
            if e[role] and rng.random() < 0.3:
                how = rng.randrange(3)
                if how == 0:
                    e[role].pop()
                elif how == 1:
                    e[role].append({"country": "XXX"})
                else:
                    e[role][0]["country"] = ""
        if rng.random() < 0.2:
            out["events"].insert(0, {**copy.deepcopy(e), "start": rng.randrange(len(out["text"]))})
    out["statements"] = [s for s in out["statements"] if rng.random() > 0.2]
    for s in out["statements"]:
        span = rng.choice(s["content"])
        span["start"], span["end"] = max(0, span["start"] - rng.randrange(60)), span["end"] - rng.randrange(30)
        if rng.random() < 0.3:
            s["speaker"]["name"] = rng.choice(["", "Ann Ross", "Jean-Luc O'Neill"])
    return out


def test_the_tool_gives_the_same_figures_on_a_spoilt_copy_of_the_gold(tool: ModuleType) -> None:
    if not (SHARED / "gold" / "train").is_dir():
        pytest.skip("shared/gold/train is not here")
    reports = gold.load(SHARED / "gold" / "train")
    for seed in range(5):
        rng = random.Random(seed)
        coded = {r["id"]: degraded(r, rng) for r in reports}
        ours, theirs = gold.score(reports, coded), tool.score(reports, coded)
        same(ours, theirs)
        assert 0.2 < ours["type"]["f1"] < 0.95, "the copy is spoilt, and not beyond comparison"
