"""The weights by which triggers are accepted, fitted on made and on read examples."""

from __future__ import annotations

import random

import numpy as np
import pytest

from communique.read.runtime import OnnxModel
from communique.read.triggers import FEATURES, Accepting
from fit_triggers import Example, chances, crossed, examples, f1, fit
from notation import parse
from split import FOLDS, folds
from tune import Remembering


def made(count: int) -> list[Example]:
    """Triggers of which those are right whose sentence looks like it; their own chances tell nothing."""
    rng, out = random.Random(5), []
    for n in range(count):
        right = n % 3 > 0
        told = np.array([rng.gauss(0, 1) for _ in FEATURES])
        told[FEATURES.index("one")] = 1.0
        told[FEATURES.index("sentence")] = rng.gauss(2.0 if right else -2.0, 0.5)
        out.append(Example(f"r{n % 20}", told, 0.7, right))
    return out


def test_what_tells_right_from_wrong_is_learnt() -> None:
    known = made(300)
    weights = fit(known)
    assert list(weights) == list(FEATURES)
    assert max(weights, key=lambda name: abs(weights[name]) * (name != "one")) == "sentence"
    ids = {e.report for e in known}
    told = sum(e.right for e in known)
    assert f1(known, crossed(known), 0.5, ids, told) > 0.98
    assert f1(known, [e.chance for e in known], 0.5, ids, told) == pytest.approx(0.8), "all taken: a third are wrong"
    assert f1(known, crossed(known), 0.5, {"r0"}, told) < 0.1, "only the triggers of these reports count"


def test_the_weights_mean_what_they_mean_when_read() -> None:
    known = made(60)
    weights = fit(known)
    values = np.array([e.told for e in known]) @ Accepting(weights)._weights
    assert chances(weights, known) == pytest.approx((1 / (1 + np.exp(-values))).tolist())


@pytest.mark.weights
def test_of_two_triggers_of_one_type_as_many_are_right_as_are_told() -> None:
    lines = [
        "# r1 | 2024-04-10 | The Demo | Shelling",
        "@0 Russia shelled Ukraine and bombed Ukraine on Tuesday.",
        "E shelled | ASSAULT/heavy-weapons | Russia {RUS} | Ukraine {UKR} | actual | - | 2024-04-09",
        "@1 France condemned it.",
    ]
    ((report, problems),) = parse(f"{line}\n" for line in lines)
    assert problems == []
    known = examples([report], Remembering(OnnxModel()))
    assert {e.report for e in known} == {"r1"}
    first = [e for e in known if e.told[FEATURES.index("sentence")] > 0 and e.told[FEATURES.index("rival")] > 0]
    assert [e.right for e in first] == [True, False] and first[0].chance >= first[1].chance
    assert sum(e.right for e in known) == 1


def test_folds_stay_and_are_of_like_size() -> None:
    ids = [f"r{n}" for n in range(52)]
    parts = folds(ids)
    assert parts == folds([*ids[::-1], "r3"]) and set(parts) == set(ids)
    assert sorted(list(parts.values()).count(n) for n in range(FOLDS)) == [10, 10, 10, 11, 11]
