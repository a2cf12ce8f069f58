"""What a user's corrections change in the shipped heads: an addition a head, kept only where it helps on held-out folds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from communique.adapt.learning import Floats, Ints, Linear, Scale, fit, losses, one_hot, out_of_fold
from communique.adapt.states import UNKNOWN, Asked, SentenceStates, stacked
from communique.read import labels
from communique.read.calibration import sigmoid
from communique.read.decode import Thresholds, softmax
from communique.read.runtime import CUE, TRIGGER

STRENGTHS = (1000.0, 300.0, 100.0, 30.0)
"""How strongly an addition is held to nothing, strongest first; folds of the user's annotation choose."""

LEAST_ROWS, LEAST_TEXTS = 10, 5
"""Below these a head is left as it ships."""

EVERY = 6
"""Of the words of written reports each sixth is held."""

HELD = 2.0
"""What a row of the written reports weighs against one of the user's, with the shipped head's own answer as its label."""

MARGIN = 2.0
"""Standard errors by which the held-out loss must fall for an addition to be kept."""

IMPOSSIBLE = -1e4

HEADS = (
    ("reading", "trigger"), ("reading", "cue"), ("reading", "mode"), ("reading", "status"), ("reading", "historical"),
    ("reading", "act"), ("asking", "kind"), ("asking", "mode"), ("asking", "status"), ("asking", "historical"), ("asking", "act"),
)  # fmt: skip

NAMES = ("trigger", "cue", "kind", "mode", "status", "historical", "act")


@dataclass(frozen=True, slots=True)
class Figure:
    """How right a head is on held-out folds, before and after; `rows` were counted, `note` says why where it is as it ships."""

    head: str
    rows: int
    before: float
    after: float
    note: str = ""


@dataclass(slots=True)
class Rows:
    """What one head was asked, in one pass: states, logits and labels. One logit is told as two classes, the first 0."""

    states: Floats
    base: Floats
    y: Ints
    text: Ints
    single: bool = False


@dataclass(slots=True)
class Learnt:
    """An addition, what it adds to held-out rows, and why it was not kept where it was not."""

    linear: Linear | None
    added: Floats
    note: str = ""


def rows_of(sentences: Sequence[SentenceStates], stage: str, head: str, anchor: bool = False) -> Rows:
    """The labelled rows of one head; of an `anchor` all rows, each labelled as the shipped head tells it."""
    if head in ("trigger", "cue"):
        found = [(s.text, top, logit, label)
                 for s in sentences for top, logit, label in zip(s.top, s.logits[head], s.labels[head].tolist(), strict=True)
                 if anchor or label != UNKNOWN]  # fmt: skip
        found = found[::EVERY] if anchor else found
    else:
        found = [(n, a.top if stage == "reading" else a.own, (a.first if stage == "reading" else a.answer)[head],
                  a.labels.get(head, UNKNOWN)) for n, a in asked_of(sentences, head, anchor)]  # fmt: skip
    if not found:
        return Rows(np.zeros((0, 1)), np.zeros((0, 2)), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    logits = stacked([one[2] for one in found], 1).astype(np.float64)
    single = logits.shape[1] == 1
    if single:
        logits = np.concatenate([np.zeros_like(logits), logits], axis=1)
    y = logits.argmax(1) if anchor else np.array([one[3] for one in found], dtype=np.int64)
    if head == "mode":
        # Reading asks for the mode among those of the type, which is known to it by then.
        kinds = np.array([labels.TYPES.index(t) for t, _ in labels.MODES])
        logits[kinds[y][:, None] != kinds[None, :]] = IMPOSSIBLE
    states = stacked([one[1] for one in found], 1).astype(np.float64)
    return Rows(states, logits, y, np.array([one[0] for one in found], dtype=np.int64), single)


def asked_of(sentences: Sequence[SentenceStates], head: str, anchor: bool = False) -> list[tuple[int, Asked]]:
    """(text, question) of all whose label of `head` is known, in order; of an `anchor` all."""
    kind = CUE if head == "act" else TRIGGER
    return [(s.text, a) for s in sentences for a in s.asked if a.kind == kind and (anchor or head in a.labels)]


def learn(rows: Rows, anchor: Rows, scale: Scale, fold_of: Ints) -> Learnt:
    """The addition for one head, its strength chosen on held-out folds; none where they do not gain by it.

    On the rows of `anchor` it is to change nothing.
    """
    nothing, n = np.zeros_like(rows.base), len(rows.y)
    texts = np.unique(rows.text)
    if n < LEAST_ROWS or len(texts) < LEAST_TEXTS:
        return Learnt(None, nothing, "too little to learn from")
    x = scale(np.concatenate([rows.states, anchor.states]))
    base = np.concatenate([rows.base, anchor.base])
    target = np.concatenate([one_hot(rows.y, base.shape[1]), softmax(anchor.base)])
    weight = np.concatenate([np.ones(n), np.full(len(anchor.y), HELD)])
    folds = np.concatenate([fold_of[rows.text], np.full(len(anchor.y), -1)])
    shipped = losses(rows.base, rows.y)
    best, chosen, gain = nothing, 0.0, np.zeros(n)
    starts: dict[int, Floats] = {}
    for strength in STRENGTHS:
        added = out_of_fold(x, base, target, weight, folds, strength, starts)[:n]
        gained = shipped - losses(rows.base + added, rows.y)
        if gained.sum() <= gain.sum():
            break
        best, chosen, gain = added, strength, gained
    by_text = np.array([gain[rows.text == t].sum() for t in texts])
    if not chosen or by_text.mean() <= MARGIN * by_text.std(ddof=1) / np.sqrt(len(texts)):
        return Learnt(None, nothing, "no gain beyond chance: as shipped")
    weights = fit(x, base, target, weight, chosen)
    linear = scale.undo(weights[:, 1:] - weights[:, :1] if rows.single else weights)
    return Learnt(linear, best)


def f1(said: Ints, y: Ints) -> float:
    """Of rows with a class other than the first."""
    right = int(((said == y) & (y > 0)).sum())
    total = int((said > 0).sum() + (y > 0).sum())
    return 2 * right / total if total else 0.0


def right(said: Ints, y: Ints) -> float:
    return float((said == y).mean()) if len(y) else 0.0


def corrections(
    sentences: Sequence[SentenceStates], written: Sequence[SentenceStates], scales: dict[str, Scale], fold_of: Ints
) -> tuple[dict[str, dict[str, Linear]], list[Figure]]:
    """Additions by pass and head, and the figures of all heads; what is `written` is to be read as before."""
    found: dict[str, dict[str, Linear]] = {"reading": {}, "asking": {}}
    rows: dict[tuple[str, str], Rows] = {}
    learnt: dict[tuple[str, str], Learnt] = {}
    for stage, head in HEADS:
        state = "top" if stage == "reading" else "own of cues" if head == "act" else "own"
        rows[stage, head] = rows_of(sentences, stage, head)
        anchor = rows_of(written, stage, head, anchor=True)
        learnt[stage, head] = learn(rows[stage, head], anchor, scales[state], fold_of)
    for head in NAMES:
        _reject_where_worse(head, rows, learnt)
    for (stage, head), one in learnt.items():
        if one.linear is not None:
            found[stage][head] = one.linear
    return found, list(_figures(rows, learnt))


Table = dict[tuple[str, str], Rows]
Additions = dict[tuple[str, str], Learnt]


def _said(head: str, rows: Table, learnt: Additions, adapted: bool) -> Ints:
    """What both passes together say on held-out rows, as `SentenceDecoder` joins them."""
    sides = []
    for stage in ("reading", "asking"):
        if (stage, head) in rows:
            one = rows[stage, head]
            sides.append(one.base + learnt[stage, head].added if adapted else one.base)
    if head in ("status", "historical"):
        return np.asarray(sum(softmax(side) for side in sides).argmax(1))  # type: ignore[union-attr]
    if head == "cue":
        return np.asarray(sigmoid(sides[0][:, 1] - sides[0][:, 0]) > Thresholds.load().cue, dtype=np.int64)
    return np.asarray(np.sum(sides, axis=0).argmax(1))


def _reject_where_worse(head: str, rows: Table, learnt: Additions) -> None:
    """Leaves a head as shipped where it is less often right on held-out rows than before, both passes taken together."""
    stages = [stage for stage in ("reading", "asking") if (stage, head) in rows]
    y = rows[stages[0], head].y
    if measure(head)(_said(head, rows, learnt, True), y) < measure(head)(_said(head, rows, learnt, False), y):
        for stage in stages:
            learnt[stage, head] = Learnt(None, np.zeros_like(rows[stage, head].base), "less often right: as shipped")


def measure(head: str) -> Callable[[Ints, Ints], float]:
    """How a head's answers are rated: most words are no triggers, so that a share of right ones would say nothing."""
    return f1 if head in ("trigger", "cue") else right


def _figures(rows: Table, learnt: Additions) -> Iterator[Figure]:
    for head in NAMES:
        both = [one for key, one in learnt.items() if key[1] == head]
        y = next(one for key, one in rows.items() if key[1] == head).y
        before, after = (measure(head)(_said(head, rows, learnt, adapted), y) for adapted in (False, True))
        notes = [one.note for one in both]
        yield Figure(head, len(y), before, after, "" if "" in notes else notes[-1])
