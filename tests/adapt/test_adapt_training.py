"""The whole way with the shipped weights: own types from 20 examples each, and a correction from 20 reports.

Measured with two states of the weights: F1 of both own types 0.86 and 0.78; the correction on 0.90 and 0.94 of unseen events,
before on none; 286 of 292 and 276 of 281 golden lines as they were. The pins leave room for other weights.
"""

from __future__ import annotations

import copy
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from annotating import EXAMPLES, TRAINED, TYPES, UNSEEN, corrected, drills, played, write

import communique
import test_golden as golden
from communique.adapt.training import Trained, train
from communique.adapt.types import read_types
from communique.errors import DataError, InputError
from communique.read.reader import Reader

pytestmark = pytest.mark.weights
KINDS = read_types(TYPES)
DAY = "2024-06-10"


@dataclass
class Adapted:
    """The reader before and after, what was made, and the drills as they were read before."""

    before: Reader
    after: Reader
    made: Trained
    folder: Path
    read: list[dict[str, Any]]


@pytest.fixture(scope="module")
def adapted(tmp_path_factory: pytest.TempPathFactory) -> Adapted:
    folder = tmp_path_factory.mktemp("adaptation")
    before = communique.load(threads=1, actors="")
    read = [before.read(text, published=DAY).to_dict(text=True) for text in drills()]
    reports = [corrected(copy.deepcopy(one)) for one in read[:TRAINED]]
    bad = {"text": "Ships sail.", "trigger": "sank", "type": "PIRACY"}
    made = train([write(folder / "drills.jsonl", [*reports, bad]), EXAMPLES], KINDS, threads=1)
    made.adaptation.save(folder / "out")
    return Adapted(before, communique.load(threads=1, actors="", adaptation=folder / "out"), made, folder / "out", read)


def test_counts_and_figures(adapted: Adapted) -> None:
    made = adapted.made
    assert (made.reports, made.examples) == (TRAINED, 60)
    assert [str(error).split(": ", 1)[1][:20] for error in made.aside] == ["its trigger 'sank' i"]
    status = next(f for f in made.figures if f.head == "status")
    assert status.after > status.before + 0.2
    assert all(f.after >= f.before for f in made.figures), "a head that is not better stays as shipped"
    assert [(f.type, f.examples) for f in made.own] == [("SPYING", 20), ("PIRACY", 20)]
    card = (adapted.folder / "CARD.md").read_text()
    assert "SPYING" in card and "status" in card and made.adaptation.weights in card


def test_own_types_are_found_in_unseen_sentences(adapted: Adapted) -> None:
    counts: Counter[str] = Counter()
    for line in UNSEEN.read_text("utf-8").splitlines():
        example = json.loads(line)
        wanted = example.get("type", "")
        found = {e.type: e for e in adapted.after.read(example["text"]).events if e.type in ("SPYING", "PIRACY")}
        counts["right"] += wanted in found
        counts["missed"] += bool(wanted) and wanted not in found
        counts["wrong"] += len(set(found) - {wanted})
        for event in found.values():
            assert (event.quad, event.score) == ("material conflict", -5.0 if event.type == "SPYING" else -8.0)
            counts["with an actor"] += bool(event.actors)
    f1 = 2 * counts["right"] / (2 * counts["right"] + counts["missed"] + counts["wrong"])
    print(counts, f1)
    assert f1 >= 0.65
    assert counts["with an actor"] >= 0.6 * counts["right"]


def test_a_correction_holds_in_unseen_reports_and_there_only(adapted: Adapted) -> None:
    then = adapted.read[TRAINED:]
    now = [adapted.after.read(text, published=DAY).to_dict() for text in drills()[TRAINED:]]

    def share(reports: list[dict[str, Any]]) -> float:
        statuses = [e["status"] for one in reports for e in played(one)]
        return statuses.count("hypothetical") / len(statuses)

    print(share(then), share(now))
    assert share(now) >= max(0.7, share(then))
    told = [[(e["start"], e["status"]) for e in one["events"] if e["sentence"] and e["type"] not in ("SPYING", "PIRACY")]
            for one in (*then, *now)]  # fmt: skip
    was, are = Counter(x for one in told[: len(then)] for x in one), Counter(x for one in told[len(then) :] for x in one)
    assert (was & are).total() >= 0.8 * was.total()


def test_other_reports_are_read_nearly_as_before(adapted: Adapted) -> None:
    equal = total = 0
    for case in golden.update.cases():
        was, now = golden.update.read(adapted.before, case), golden.update.read(adapted.after, case)
        for kind in golden.update.KINDS:
            hit, lines = golden.equal_share(was[kind], now[kind])
            equal, total = equal + hit, total + lines
    print(equal, total)
    assert equal >= 0.9 * total


def test_an_adaptation_of_other_weights_is_refused(adapted: Adapted, monkeypatch: pytest.MonkeyPatch) -> None:
    from communique.adapt import adaptation

    monkeypatch.setattr(adaptation, "weights_hash", lambda: "0" * 16)
    with pytest.raises(DataError, match="train it again"):
        communique.load(adaptation=adapted.folder)


def test_nothing_usable_and_too_few_examples_are_told(tmp_path: Path) -> None:
    bad = write(tmp_path / "a.jsonl", [{"text": "Ships sail.", "trigger": "sank", "type": "PIRACY"}])
    with pytest.raises(InputError, match=r"'SPYING': has 0 examples .*set aside were 1, the first: .*'sank' is not in its text"):
        train([bad], KINDS, threads=1)
    with pytest.raises(InputError, match=r"none of its lines can be used; the first: .*'PIRACY' is neither"):
        train([bad], (), threads=1)
