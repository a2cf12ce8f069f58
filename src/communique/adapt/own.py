"""A user's own event types: one against all, on the states of words.

The second pass's states of triggers, taken as well, made it worse: of two types with 20 examples each, held-out F1 was 0.57 and
0.64 with both, 0.86 and 0.81 with words alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from communique.adapt.annotation import Annotated
from communique.adapt.learning import Floats, Ints, Linear, Scale, fit, one_hot
from communique.adapt.states import SentenceStates
from communique.errors import InputError
from communique.ontology import EventType

Flags = npt.NDArray[np.bool_]

STRENGTH = 10.0
"""How strongly weights are held to nothing; from 3 to 30 the figures of SHRINK (learning.py) hardly differ."""

LEAST_EXAMPLES = 8
"""Texts with an event of a type, below which it is refused; from about 20 it is worth using."""

WEAK = 0.5
"""What a word counts in texts whose annotator may not have thought of the type."""

EVERY = 6
"""Of such texts each sixth word is learnt from."""

NEIGHBOUR = 0.2
"""What a word counts that stands beside an example in its sentence: it may belong to the event as well."""

POSITIVE = 0.1
"""Weight of all examples of a type together, as a share of that of everything else."""


@dataclass(frozen=True, slots=True)
class OwnFigure:
    """Sentences that tell of an own type, on held-out folds: told right, wrongly, and missed.

    `wrong` counts the written reports too; `left_open` are sentences not annotated for the type that look like it.
    """

    type: str
    examples: int
    right: int
    wrong: int
    missed: int
    left_open: int

    @property
    def f1(self) -> float:
        return 2 * self.right / max(1, 2 * self.right + self.wrong + self.missed)


@dataclass(slots=True)
class Texts:
    """Everything that types are learnt from: the user's texts and, behind them, the written reports."""

    annotated: Sequence[Annotated]
    sentences: Sequence[SentenceStates]
    fold_of: Ints
    scale: Scale


def check_examples(kinds: Sequence[EventType], annotated: Sequence[Annotated]) -> None:
    """Raises `InputError` where one of `kinds` has too few examples."""
    for kind in kinds:
        count = sum(any(e.type == kind.name for e in a.events) for a in annotated)
        if count < LEAST_EXAMPLES:
            hint = f"give at least {LEAST_EXAMPLES}, better 20, or leave the type out of the table"
            raise InputError(f"type {kind.name!r}", f"has {count} examples that can be used", hint)


def learn_type(kind: EventType, texts: Texts) -> tuple[Linear, OwnFigure]:
    """Weights of one type on words, so that 0 is the cut."""
    given = [[e for e in a.events if e.type == kind.name] for a in texts.annotated]
    count = sum(1 for events in given if events)
    whole = any(a.whole and events for a, events in zip(texts.annotated, given, strict=True))
    weak = np.ones(len(texts.fold_of), dtype=bool)
    # Whoever marks a type in some of their whole reports is taken to have looked for it in all.
    weak[: len(given)] = [a.whole and not whole for a in texts.annotated]
    marked = [
        [words for e in (given[s.text] if s.text < len(given) else ()) if len(words := s.words_in(e.start, e.end))]
        for s in texts.sentences
    ]
    linear, logits, open_ = _weights(texts, marked, weak)
    asked = [n for n in range(len(logits)) if n not in open_ and len(logits[n])]
    peaks = np.array([logits[n].max() for n in asked])
    told = np.array([bool(marked[n]) for n in asked])
    cut = _cut(peaks, told)
    said = peaks > cut
    right, wrong, missed = (int(both.sum()) for both in (told & said, ~told & said, told & ~said))
    figure = OwnFigure(kind.name, count, right, wrong, missed, len(open_))
    return Linear(linear.weight, linear.bias - cut), figure


def _weights(texts: Texts, marked: Sequence[Sequence[Ints]], weak: Flags) -> tuple[Linear, list[Floats], set[int]]:
    """Weights on the states of words, the held-out logits of every word by sentence, and the sentences that are left open."""
    sizes = [len(s.at) for s in texts.sentences]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    owner = np.repeat(np.arange(len(sizes)), sizes)
    text = np.array([s.text for s in texts.sentences])[owner]
    y = np.zeros(len(owner), dtype=np.int64)
    for n, runs in enumerate(marked):
        for words in runs:
            y[starts[n] + words] = 1
    beside = np.isin(owner, [n for n, runs in enumerate(marked) if runs]) & (y == 0)
    weight = np.where(weak[text], WEAK * EVERY, np.where(beside, NEIGHBOUR, 1.0))
    x, folds = texts.scale(np.concatenate([s.top for s in texts.sentences])), texts.fold_of[text]

    def learn(rows: Flags, start: Floats | None = None) -> tuple[Floats, Floats]:
        balanced = _balanced(y[rows], weight[rows])
        both = fit(x[rows], np.zeros((int(rows.sum()), 2)), one_hot(y[rows], 2), balanced, STRENGTH, start)
        return both, x @ (both[:, 1] - both[:, 0])

    taken = ~weak[text] | (np.arange(len(owner)) % EVERY == 0)
    both, logits = learn(taken)
    # What looks like the type where nobody said so may be it.
    open_ = {int(n) for n in np.unique(owner[weak[text] & (logits > 0)])}
    taken &= ~np.isin(owner, sorted(open_))
    both, _ = learn(taken, both)
    for fold in range(int(folds.max()) + 1):
        _, without = learn(taken & (folds != fold))
        logits[folds == fold] = without[folds == fold]
    return texts.scale.undo(both[:, 1:] - both[:, :1]), np.split(logits, starts[1:-1]), open_


def _balanced(y: Ints, weight: Floats) -> Floats:
    """`weight` with all examples together worth `POSITIVE` of the rest, and never less than one row each."""
    share = POSITIVE * weight[y == 0].sum() / max(1e-9, weight[y == 1].sum())
    return np.where(y == 1, weight * max(1.0, share), weight)


def _cut(peaks: Floats, told: Flags) -> float:
    """The cut between the sentences that tell of the type and the others with the best F1; of equal ones amid the widest gap."""
    order = np.argsort(peaks)
    scores, right = peaks[order], told[order]
    edges = np.concatenate([[scores[0] - 1], scores, [scores[-1] + 1]])
    best = (-1.0, -1.0, 0.0)
    for n in range(len(scores) + 1):
        value = 2 * int(right[n:].sum()) / max(1, len(scores) - n + int(right.sum()))
        best = max(best, (round(value, 6), float(edges[n + 1] - edges[n]), float(edges[n + 1] + edges[n]) / 2))
    return best[2]
