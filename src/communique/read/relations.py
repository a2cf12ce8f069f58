"""What a source does to a target, both given: the relation head, and the sentence's triggers by how well they fit the pair."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt

from communique.read import labels
from communique.read.decode import Proposal, SentenceDecoder, Thresholds, decoded, softmax
from communique.read.encode import Encoded, SentenceEncoder
from communique.read.runtime import TRIGGER, Model, Scores

Pair = tuple[str, tuple[int, int], tuple[int, int]]
"""A sentence, and the spans of source and target in it (characters); (0, 0) for one that it does not name."""

LINK_WEIGHT = 3.0
"""What a trigger that surely links source and target adds to its type's logit. Chosen on marked pairs of the reports kept apart
(training/EXPERIMENTS.md, N): 411 of articles and 1,690 written."""

AT_ONCE = 64
"""Pairs that are read at a time."""


@dataclass(frozen=True, slots=True)
class Relation(Mapping[str, float]):
    """What a source does to a target in `sentence`: the mapping of each type to its probability, and the trigger that tells the
    likeliest best.

    `trigger` is [start, end) in characters of the sentence, None where nothing in it is taken for one; `mode` and `status` are
    empty then. `links` is how sure it is that the trigger's actor is the source and its recipient the target, from 0 to 1.
    """

    sentence: str
    source: tuple[int, int]
    target: tuple[int, int]
    types: Mapping[str, float]
    trigger: tuple[int, int] | None = None
    mode: str = ""
    status: str = ""
    links: float = 0.0

    def __getitem__(self, kind: str) -> float:
        return self.types[kind]

    def __iter__(self) -> Iterator[str]:
        return iter(self.types)

    def __len__(self) -> int:
        return len(self.types)


@dataclass(frozen=True, slots=True)
class _Linked:
    """A trigger of the sentence with its answer, its chances by type (without that of none), and its link."""

    proposal: Proposal
    answer: Scores
    chances: npt.NDArray[np.floating]
    link: float


def _words(decoder: SentenceDecoder, span: tuple[int, int]) -> npt.NDArray[np.bool_]:
    starts = decoder.encoded.starts[decoder.first]
    return np.asarray((starts >= span[0]) & (starts < span[1]))


def _linked(decoder: SentenceDecoder, answers: Sequence[Scores], pair: Pair) -> Iterator[_Linked]:
    """The triggers of a sentence: how far the source fills their actor, and the target their recipient."""
    source, target = (_words(decoder, span) for span in pair[1:])
    for proposal, answer in zip(decoder.proposals, answers, strict=True):
        if proposal.kind != TRIGGER:
            continue
        roles = decoder.roles(answer)
        sides = (roles["actor"][source], roles["recipient"][target])
        link = sum(float(side.max()) for side in sides if len(side)) / len(sides)
        yield _Linked(proposal, answer, decoder.evidence(proposal, answer).chances[1:], link)


def _relation(pair: Pair, logits: npt.NDArray[np.floating], decoder: SentenceDecoder, answers: Sequence[Scores]) -> Relation:
    triggers = list(_linked(decoder, answers, pair))
    told = [trigger.chances * trigger.link for trigger in triggers]
    scores = logits + LINK_WEIGHT * np.max(told, axis=0, initial=0.0) if told else logits
    types = dict(zip(labels.TYPES, softmax(scores).tolist(), strict=True))
    if not told:
        return Relation(*pair, types)
    best = int(scores.argmax())
    teller = max(triggers, key=lambda trigger: trigger.chances[best] * trigger.link)
    mode = decoder.mode(labels.TYPES[best], teller.proposal, teller.answer)
    status = labels.STATUSES[int(decoder.status(teller.proposal, teller.answer).argmax())]
    return Relation(*pair, types, decoder.span(teller.proposal.rows), mode, status, teller.link)


def relations(encoder: SentenceEncoder, model: Model, thresholds: Thresholds, pairs: Iterable[Pair]) -> Iterator[Relation]:
    """The relation of each pair, in order."""
    stream = iter(pairs)
    while chunk := list(islice(stream, AT_ONCE)):
        inputs: list[Encoded] = [encoder.encode(text, [(0, len(text))], [[]])[0] for text, _, _ in chunk]
        marked = [encoded.marked(*pair[1:]) for encoded, pair in zip(inputs, chunk, strict=True)]
        heads = model(marked, ("relation",))
        for pair, head, (decoder, answers) in zip(chunk, heads, decoded(model, inputs, thresholds), strict=True):
            yield _relation(pair, head["relation"], decoder, answers)
