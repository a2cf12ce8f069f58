"""A small annotated report as training examples, for tests."""

from __future__ import annotations

from communique.read.encode import SentenceEncoder
from data import Example, Labeller
from notation import parse
from packed import UNSEEN, Columns, pack

LINES = [
    "# r1 | 2024-04-10 | The Demo | Shelling",
    "@0 Russia shelled Ukraine on Tuesday.",
    "E shelled | ASSAULT/heavy-weapons | Russia {RUS} | Ukraine {UKR} | actual | - | 2024-04-09",
    "@1 Oslo condemned it.",
]


def sentences() -> list[Example]:
    """Two sentences of a report, the first with an event, which its marked pair follows."""
    ((report, problems),) = parse(f"{line}\n" for line in LINES)
    assert problems == []
    return list(Labeller(SentenceEncoder.load()).report(report, "corpus"))


def bare() -> Example:
    """A sentence that nobody annotated."""
    text = "Chad met Peru."
    return Example(SentenceEncoder.load().encode(text, [(0, len(text))], [[]])[0], weight=0.5, origin=UNSEEN)


def packed(items: list[Example]) -> Columns:
    return pack(items, [0] * len(items), [0] * len(items))
