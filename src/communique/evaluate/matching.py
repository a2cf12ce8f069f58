"""What the scorers share: pairing, overlap of words, F1."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

A = TypeVar("A")
B = TypeVar("B")
Figures = dict[str, Any]


def pair_up(
    gold: Sequence[A], coded: Sequence[B], test: Callable[[A, B], bool], better: Callable[[A, B], float] = lambda g, c: 0
) -> list[tuple[A, B]]:
    """Greedy one-to-one pairs that pass `test`, the best by `better` first."""
    options = sorted(
        (-better(g, c), i, j) for i, g in enumerate(gold) for j, c in enumerate(coded) if test(g, c)
    )
    used_gold: set[int] = set()
    used_coded: set[int] = set()
    pairs = []
    for _, i, j in options:
        if i not in used_gold and j not in used_coded:
            used_gold.add(i)
            used_coded.add(j)
            pairs.append((gold[i], coded[j]))
    return pairs


def f1(hit: int, gold: int, coded: int) -> Figures:
    """Precision, recall and F1, with the counts that they rest on."""
    p, r = hit / coded if coded else 0.0, hit / gold if gold else 0.0
    value = 2 * p * r / (p + r) if p + r else 0.0
    return {"p": round(p, 4), "r": round(r, 4), "f1": round(value, 4), "hit": hit, "gold": gold, "coded": coded}


def macro_f1(pairs: Iterable[tuple[str, str]]) -> tuple[float, dict[str, Figures]]:
    """Mean F1 over the gold's classes of (gold, predicted) pairs, and each class's figures."""
    listed = list(pairs)
    classes = sorted({g for g, _ in listed})
    each = {
        c: f1(sum(g == p == c for g, p in listed), sum(g == c for g, _ in listed), sum(p == c for _, p in listed))
        for c in classes
    }
    return (round(sum(v["f1"] for v in each.values()) / len(each), 4) if each else 0.0), each


def words_in(text: str, spans: Iterable[tuple[int, int]]) -> frozenset[tuple[int, str]]:
    """(offset, lower-case word) of every word inside `spans` of `text`."""
    return frozenset(
        (start + m.start(), m.group().lower()) for start, end in spans for m in re.finditer(r"\w+", text[start:end])
    )


def iou(a: frozenset[Any], b: frozenset[Any]) -> float:
    """Share of the union that is shared; 0 for two empty sets."""
    return len(a & b) / len(a | b) if a | b else 0.0


def line(name: str, value: Mapping[str, Any]) -> str:
    """One figure as a line of a report."""
    counts = f"({value['hit']} of {value['gold']} gold, {value['coded']} coded)"
    return f"{name:12s} F1 {value['f1']:.3f}  P {value['p']:.3f}  R {value['r']:.3f}  {counts}"
