"""The learners, on made-up points."""

from __future__ import annotations

import numpy as np
import pytest

from communique.adapt.corrections import Rows, learn
from communique.adapt.learning import Scale, fit, losses, minimise, one_hot, out_of_fold
from communique.adapt.own import _cut

RANDOM = np.random.default_rng(4)


def test_the_minimum_of_a_bowl_is_found() -> None:
    curve = np.array([1.0, 50.0, 3.0])
    found = minimise(lambda x: (float((curve * (x - 2) ** 2).sum()), 2 * curve * (x - 2)), np.zeros(3))
    assert np.allclose(found, 2, atol=1e-3)


def test_little_is_learnt_where_much_is_to_pay() -> None:
    x = RANDOM.normal(size=(40, 5))
    y = (x[:, 0] > 0).astype(np.int64)
    base = np.zeros((40, 2))
    soft, hard = (fit(x, base, one_hot(y, 2), np.ones(40), strength) for strength in (0.1, 1000.0))
    assert losses(base + x @ soft, y).mean() < 0.2
    assert np.abs(hard).max() < 0.05


def test_features_have_equal_variance_and_can_be_undone() -> None:
    states = RANDOM.normal(size=(300, 6)) * np.array([1, 1, 1, 1, 1, 9]) + 3
    scale = Scale.of(states)
    x = scale(states)
    assert x.shape == (300, 7) and np.allclose(x[:, -1], 1)
    assert (x[:, :-1] ** 2).sum(1).mean() == pytest.approx(6, rel=0.05)
    weights = RANDOM.normal(size=(7, 2))
    assert np.allclose(scale.undo(weights)(states), x @ weights)


def test_a_row_is_never_judged_by_a_fit_that_saw_it() -> None:
    x = np.eye(6)
    y = np.array([1, 0, 1, 0, 1, 0])
    added = out_of_fold(x, np.zeros((6, 2)), one_hot(y, 2), np.ones(6), np.array([0, 1, 2, 3, 4, -1]), 0.1, {})
    assert np.allclose(added, 0)


def rows(y: np.ndarray, states: np.ndarray) -> Rows:
    base = np.tile([2.0, 0.0], (len(y), 1))
    return Rows(states, base, y, np.arange(len(y)) // 2)


def test_a_gain_beyond_chance_is_kept_and_noise_is_not() -> None:
    states = RANDOM.normal(size=(60, 8))
    anchor = rows(np.zeros(40, dtype=np.int64), RANDOM.normal(size=(40, 8)) * 0.1)
    folds = np.arange(30) % 5
    scale = Scale.of(states)
    kept = learn(rows((states[:, 0] > 0.3).astype(np.int64), states), anchor, scale, folds)
    assert kept.linear is not None and not kept.note
    noise = learn(rows((RANDOM.random(60) > 0.88).astype(np.int64), states), anchor, scale, folds)
    assert noise.linear is None and "as shipped" in noise.note
    few = learn(rows(np.ones(4, dtype=np.int64), states[:4]), anchor, scale, folds)
    assert few.linear is None and few.note == "too little to learn from"


def test_the_cut_is_amid_the_widest_gap() -> None:
    assert _cut(np.array([-3.0, -1.0, 3.0, 4.0]), np.array([False, False, True, True])) == 1.0
    assert _cut(np.array([-3.0, 2.0, 1.0]), np.array([False, True, False])) == 1.5
