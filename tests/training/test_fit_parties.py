"""The weights by which parties are chosen, fitted on made examples."""

from __future__ import annotations

import random

import numpy as np
import pytest

from communique.read import build
from communique.read.decode import RoleSpan
from communique.read.parties import Candidate, Facts, candidates, choices, features
from communique.read.runtime import OnnxModel
from fit_parties import START, Example, crossed, examples, fit, hit
from notation import parse
from tune import Remembering


def side(rng: random.Random, *told: tuple[str, float, float]) -> list[Candidate]:
    spans = [RoleSpan(10 * n, 10 * n + 5, p, rival) for n, (_, p, rival) in enumerate(told)]
    keys = {span.start: key for span, (key, _, _) in zip(spans, told, strict=True)}
    return candidates(spans, lambda s: [Facts(keys[s.start], True, 20, own=True, placed=False, speaker=False, did=False,
                                              suffered=False, frequent=rng.random())])  # fmt: skip


def made(count: int) -> list[Example]:
    """Events in which Oman looks like both parties, and is always the one whose other chance is the smaller."""
    rng, out = random.Random(4), []
    for n in range(count):
        low, high = rng.uniform(0.2, 0.4), rng.uniform(0.5, 0.6)
        acting = side(rng, ("OMN", high, low), ("FRA", low, 0.05))
        done = side(rng, ("OMN", low + 0.05, high), ("FRA", low, 0.05))
        told = choices("ACCUSE", "", acting, done, (0.95, 0.95))
        left = np.array([[acting[i].key for i in row] == ["OMN"] for row in told.actors])
        right = np.array([[done[i].key for i in row] == ["FRA"] for row in told.recipients])
        out.append(Example(f"r{n % 20}", told, np.outer(left, right)))
    return out


def test_what_tells_the_parties_apart_is_learnt() -> None:
    known = made(60)
    plain = np.array([float(name.endswith(" chance")) for name in features()])
    assert sum(hit(plain, e) for e in known) == 0, "by their own chances alone all are wrong"
    weights = dict(zip(features(), fit(known).tolist(), strict=True))
    assert weights["shared"] < 0
    assert crossed(known, {"all": {e.report for e in known}}) == {"all": 1.0}


def test_events_without_a_right_choice_teach_nothing() -> None:
    known = made(20)
    wrong = [Example("r99", e.told, np.zeros_like(e.right)) for e in known]
    assert np.allclose(fit([*known, *wrong]), fit(known))


def test_no_reports_no_examples() -> None:
    assert examples([], None, {}) == []  # type: ignore[arg-type]


@pytest.mark.weights
def test_a_report_is_read_and_what_its_parties_were_chosen_from_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "shipped", build.shipped)  # `examples` puts its own there
    lines = [
        "# r1 | 2024-04-10 | The Demo | Shelling",
        "@0 Russia shelled Ukraine on Tuesday.",
        "E shelled | ASSAULT/heavy-weapons | Russia {RUS} | Ukraine {UKR} | actual | - | 2024-04-09",
    ]
    ((report, problems),) = parse(f"{line}\n" for line in lines)
    assert problems == []
    (one,) = examples([report], Remembering(OnnxModel()), START)
    assert one.report == "r1"
    assert one.right.any(), "Russia and Ukraine are among the choices"
    assert not one.right.all()
