"""Which triggers are taken for events, by all that is known of them."""

from __future__ import annotations

import numpy as np
import pytest
from scripted import THRESHOLDS, Canvas, answer

from communique.read.decode import SentenceDecoder
from communique.read.labels import SIDES, TYPES
from communique.read.triggers import FEATURES, Accepting, Evidence, features, mean, shipped

YES = 4.0


def evidence(kind: str = "ASSAULT", chance: float = 0.6, second: float = 0.6, sentence: float = 2.0) -> Evidence:
    def told(sure: float) -> np.ndarray:
        out = np.full(len(TYPES) + 1, (1 - sure) / 2 / (len(TYPES) - 1))
        out[0] = (1 - sure) / 2
        out[TYPES.index(kind) + 1] = sure
        return out

    bag = np.full(len(TYPES), -4.0)
    bag[TYPES.index(kind)] = sentence
    return Evidence(told(chance), told(second), bag, np.full(len(SIDES), 1 / len(SIDES)))


def named(told: list[Evidence]) -> list[dict[str, float]]:
    return [dict(zip(FEATURES, row.tolist(), strict=True)) for row in features(told)]


def test_what_is_known_of_a_trigger_and_of_the_others_of_its_sentence() -> None:
    first, second, third = named([evidence(chance=0.6), evidence(chance=0.9), evidence("AID", chance=0.9)])
    assert first["first type"] == pytest.approx(np.log(0.6 / 0.4)) and first["first"] == pytest.approx(np.log(0.8 / 0.2))
    assert first["sentence"] == 2.0 and first["sides"] == pytest.approx(np.log(0.25 / 0.75))
    assert (first["surer"], second["surer"], third["surer"]) == (1, 0, 0), "of its own type"
    assert first["rival"] == pytest.approx(0.875) and second["rival"] == pytest.approx(0.8) and third["rival"] == 0.0
    assert {row["others"] for row in (first, second, third)} == {2}
    assert named([]) == [] and shipped()([]) == [] and mean([]) == []


def test_the_weights_that_ship_take_the_surer_of_two_of_one_type_first() -> None:
    accept = shipped()
    alone, (low, high) = accept([evidence(chance=0.5)])[0], accept([evidence(chance=0.5), evidence(chance=0.9, second=0.9)])
    assert low < alone and low < high


def test_the_weights_that_ship_heed_either_pass_and_the_sentence() -> None:
    accept = shipped()
    (plain,) = accept([evidence()])
    assert accept([evidence(chance=0.9)])[0] > plain and accept([evidence(second=0.9)])[0] > plain
    assert accept([evidence(sentence=-3.0)])[0] < plain


def test_chances_stay_chances_whatever_the_scores() -> None:
    wild = Accepting({name: 1e6 for name in FEATURES})
    assert all(0.0 <= chance <= 1.0 for chance in wild([evidence(), evidence("AID", 0.01, 0.01, -50.0)]))


def test_an_event_is_what_is_accepted_with_its_chance() -> None:
    c = Canvas("Oslo accused Minsk and shelled Riga")
    c.trigger("accused", "ACCUSE")
    c.trigger("shelled", "ASSAULT")
    seen: list[list[str]] = []

    def accept(told: list[Evidence]) -> list[float]:
        seen.append([TYPES[e.type] for e in told])
        return [0.2, 0.8]

    decoder = SentenceDecoder(c.encoded, c.scores, THRESHOLDS, accept=accept)
    found = decoder.read([answer(c.scores, question) for question in decoder.questions()])
    assert [(e.type, e.probability) for e in found.events] == [("ASSAULT", 0.8)]
    assert seen == [["ACCUSE", "ASSAULT"]]
