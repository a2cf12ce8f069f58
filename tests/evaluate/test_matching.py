"""Pairing and counting."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communique.evaluate.matching import f1, iou, line, macro_f1, pair_up, words_in


def test_the_best_pairs_are_made_first_and_each_side_once() -> None:
    pairs = pair_up([1, 5], [4, 6, 2], lambda g, c: abs(g - c) <= 3, lambda g, c: -abs(g - c))
    assert pairs == [(1, 2), (5, 4)]
    assert pair_up([5, 6], [6], lambda g, c: True, lambda g, c: -abs(g - c)) == [(6, 6)], "the first is not the best"


def test_ties_go_by_order() -> None:
    assert pair_up(["a", "b"], ["x", "y"], lambda g, c: True) == [("a", "x"), ("b", "y")]


@given(st.lists(st.integers(0, 5)), st.lists(st.integers(0, 5)))
def test_pairs_are_one_to_one(gold: list[int], coded: list[int]) -> None:
    pairs = pair_up(list(enumerate(gold)), list(enumerate(coded)), lambda g, c: g[1] == c[1])
    assert len({g[0] for g, _ in pairs}) == len({c[0] for _, c in pairs}) == len(pairs)
    assert len(pairs) == sum(min(gold.count(v), coded.count(v)) for v in set(gold))


@pytest.mark.parametrize(
    ("hit", "gold", "coded", "p", "r", "f"),
    [
        (0, 0, 0, 0.0, 0.0, 0.0),
        (0, 3, 0, 0.0, 0.0, 0.0),
        (2, 4, 2, 1.0, 0.5, 0.6667),
        (1, 3, 3, 0.3333, 0.3333, 0.3333),
        (3, 3, 3, 1.0, 1.0, 1.0),
    ],
)
def test_f1(hit: int, gold: int, coded: int, p: float, r: float, f: float) -> None:
    assert f1(hit, gold, coded) == {"p": p, "r": r, "f1": f, "hit": hit, "gold": gold, "coded": coded}


def test_macro_f1_is_the_mean_over_the_golds_classes() -> None:
    value, each = macro_f1([("a", "a"), ("a", "b"), ("b", "b"), ("b", "c")])
    assert set(each) == {"a", "b"}
    assert (each["a"]["f1"], each["b"]["f1"], value) == (0.6667, 0.5, 0.5834)
    assert macro_f1([]) == (0.0, {})


def test_words_carry_their_offsets() -> None:
    assert words_in("War war.", [(0, 8)]) == {(0, "war"), (4, "war")}
    assert words_in("War war.", [(0, 3), (0, 3)]) == {(0, "war")}
    assert iou(words_in("a b c", [(0, 3)]), words_in("a b c", [(2, 5)])) == pytest.approx(1 / 3)
    assert iou(frozenset(), frozenset()) == 0.0


def test_a_line_shows_all_figures() -> None:
    assert line("type", f1(2, 4, 2)) == "type         F1 0.667  P 1.000  R 0.500  (2 of 4 gold, 2 coded)"
