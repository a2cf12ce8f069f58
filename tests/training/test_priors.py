"""The shift of the heads' biases to the frequencies of news."""

from __future__ import annotations

import math

import numpy as np
import pytest

import priors
from communique.read.encode import SentenceEncoder
from data import Example, Question

ENCODED = SentenceEncoder.load().encode("They met.", [(0, 9)], [[]])[0]


def sentences(origin: str, count: int, **labels: int) -> list[Example]:
    """`count` sentences with one trigger each."""
    return [Example(ENCODED, questions=[Question(1, np.array([1]), labels=dict(labels))], origin=origin) for _ in range(count)]


def test_what_is_rare_in_articles_is_moved_down_and_what_is_common_up() -> None:
    items = sentences("articles", 9000, kind=1) + sentences("articles", 1000, kind=2) + sentences("corpus", 10000, kind=2)
    added = priors.shifts(items)["kind"]
    assert added[0] == 0.0  # no question is asked about what is no trigger
    assert added[1] == pytest.approx(math.log(0.9 / 0.45), abs=0.02)
    assert added[2] == pytest.approx(math.log(0.1 / 0.55), abs=0.06)
    assert added[3:] == [0.0] * (len(added) - 3)


def test_a_class_of_few_examples_moves_little() -> None:
    items = sentences("articles", 10, status=0) + sentences("corpus", 10, status=1)
    assert max(abs(value) for value in priors.shifts(items)["status"]) < 0.1


def test_pairs_for_the_relation_head_do_not_count() -> None:
    pair = Example(ENCODED, questions=[Question(1, np.array([1]), labels={"kind": 5})], relation=4, origin="corpus/relation")
    items = sentences("articles", 500, kind=1)
    assert priors.shifts([*items, pair]) == priors.shifts(items)


def test_both_passes_are_moved_and_nothing_else() -> None:
    torch = pytest.importorskip("torch")
    heads = ("asked.kind", "heads.trigger", "heads.cue")
    places = [f"{head}.{layer}.{part}" for head in heads for layer in (1, 3) for part in ("weight", "bias")]
    weights = {place: torch.zeros(3) for place in places}
    out = priors.moved(weights, {"kind": [0.0, 1.0, -1.0]})
    changed = {key for key in weights if not torch.equal(out[key], weights[key])}
    assert changed == {"asked.kind.3.bias", "heads.trigger.3.bias"}
    assert out["heads.trigger.3.bias"].tolist() == [0.0, 1.0, -1.0]
