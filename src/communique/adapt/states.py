"""What the frozen encoder makes of annotated texts: states and logits of words, triggers and cues, with their labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from communique.adapt.annotation import Annotated, MarkedCue, MarkedEvent
from communique.ontology import event_types, names
from communique.read import labels
from communique.read.decode import SentenceDecoder, Thresholds
from communique.read.encode import Encoded
from communique.read.reader import Reader
from communique.read.runtime import CUE, TRIGGER, OnnxModel, Question, Scores

Array = npt.NDArray[np.floating]
Ints = npt.NDArray[np.int64]

UNKNOWN = -1
"""The label of what the annotation says nothing of."""

WORDS = ("trigger", "cue")
"""Heads about every word."""

FIRST = ("mode", "status", "historical", "act")
"""Heads of the first pass about a trigger's or cue's words."""


@dataclass(slots=True)
class Asked:
    """A trigger or cue that the second pass was asked about: its words, states and logits, and what it is by head."""

    words: Ints
    kind: int
    top: Array
    own: Array
    first: dict[str, Array]
    answer: dict[str, Array]
    labels: dict[str, int]


@dataclass(slots=True)
class SentenceStates:
    """One sentence: `top` and `logits` have a row for each of its words; `at` are the words' pieces."""

    text: int
    encoded: Encoded
    at: Ints
    top: Array
    logits: dict[str, Array]
    labels: dict[str, Ints]
    asked: list[Asked] = field(default_factory=list)

    def words_in(self, start: int, end: int) -> Ints:
        """The words, by number, that lie within character offsets of the text."""
        e = self.encoded
        return np.flatnonzero((e.starts[self.at] >= start) & (e.ends[self.at] <= end)).astype(np.int64)


class Everything:
    """The weights, asked for the states of triggers as well."""

    def __init__(self, model: OnnxModel) -> None:
        self._model = model

    def __call__(self, batch: Sequence[Encoded], outputs: Sequence[str] | None = None) -> list[Scores]:
        return self._model(batch, [*labels.SIZES, "middle", "top"])

    def ask(self, batch: Sequence[Question]) -> list[Scores]:
        return self._model.ask(batch, [*labels.ASKED, "own"])


class Collector:
    """Runs annotated texts through the reader's two passes, each alone, as it reads them."""

    def __init__(self, model: OnnxModel) -> None:
        self._everything = Everything(model)
        self._reader = Reader(model)
        self._thresholds = Thresholds.load()

    def collect(self, number: int, annotated: Annotated) -> list[SentenceStates]:
        """The sentences of one text. Raises `InputError` where the reader refuses it."""
        inputs = self._reader.inputs(annotated.report)
        if not inputs:
            return []
        out, questions, owners = [], [], []
        for encoded, scores in zip(inputs, self._everything(inputs), strict=True):
            decoder = SentenceDecoder(encoded, scores, self._thresholds)
            at = decoder.own
            sentence = SentenceStates(
                number, encoded, at, scores["top"][at], {name: scores[name][at] for name in WORDS}, {}
            )
            _label_words(sentence, annotated)
            place = {int(row): k for k, row in enumerate(at)}
            proposed = [(np.array([place[r] for r in p.rows], dtype=np.int64), p.kind) for p in decoder.proposals]
            for words, kind, about in _questions(sentence, annotated, proposed):
                rows = at[words]
                first = {name: scores[name][rows].mean(0) for name in FIRST}
                sentence.asked.append(Asked(words, kind, scores["top"][rows].mean(0), np.zeros(0), first, {}, about))
                questions.append(Question(scores["middle"], tuple(rows.tolist()), kind))
                owners.append(sentence.asked[-1])
            out.append(sentence)
        for asked, answer in zip(owners, self._everything.ask(questions), strict=True):
            asked.own, asked.answer = answer["own"], {name: answer[name] for name in labels.ASKED}
        return out


def _label_words(sentence: SentenceStates, annotated: Annotated) -> None:
    given = 0 if annotated.whole else UNKNOWN
    trigger, cue = np.full(len(sentence.at), given), np.full(len(sentence.at), given)
    for event in annotated.events:
        if event.type in event_types():
            words = sentence.words_in(event.start, event.end)
            trigger[words[trigger[words] == 0]] = labels.TYPES.index(event.type) + 1
    for mark in annotated.cues:
        cue[sentence.words_in(mark.start, mark.end)] = 1
    sentence.labels = {"trigger": trigger.astype(np.int64), "cue": cue.astype(np.int64)}


def _about_event(event: MarkedEvent) -> dict[str, int]:
    return {
        "kind": labels.TYPES.index(event.type) + 1, "mode": labels.MODES.index((event.type, event.mode)),
        "status": names("status").index(event.status), "historical": int(event.historical),
    }  # fmt: skip


def _questions(
    sentence: SentenceStates, annotated: Annotated, proposed: Sequence[tuple[Ints, int]]
) -> Iterator[tuple[Ints, int, dict[str, int]]]:
    """(words, kind, labels) of what the reader proposes, and of what is annotated and was not proposed."""
    marks: list[tuple[Ints, int, dict[str, int]]] = []
    for event in annotated.events:
        if event.type in event_types():
            marks.append((sentence.words_in(event.start, event.end), TRIGGER, _about_event(event)))
    marks += [(sentence.words_in(cue.start, cue.end), CUE, _about_cue(cue)) for cue in annotated.cues]
    marks = [mark for mark in marks if len(mark[0])]
    reached: set[int] = set()
    for words, kind in proposed:
        shared = [(len(np.intersect1d(words, own)), -n) for n, (own, k, _) in enumerate(marks) if k == kind]
        most, n = max(shared, default=(0, 0))
        if most:
            reached.add(-n)
            yield words, kind, marks[-n][2]
        else:
            yield words, kind, {"kind": 0} if annotated.whole and kind == TRIGGER else {}
    yield from (mark for n, mark in enumerate(marks) if n not in reached)


def _about_cue(cue: MarkedCue) -> dict[str, int]:
    return {"act": names("act").index(cue.act)}


def unplaced(annotated: Annotated, sentences: Sequence[SentenceStates]) -> list[MarkedEvent | MarkedCue]:
    """What is annotated where no sentence is read: in clutter, behind a sentence's cut end, or across two sentences."""
    marks: tuple[MarkedEvent | MarkedCue, ...] = (*annotated.events, *annotated.cues)
    return [m for m in marks if not any(len(s.words_in(m.start, m.end)) for s in sentences)]


def stacked(rows: Sequence[Array], width: int) -> npt.NDArray[np.float32]:
    """`rows` as one matrix, also where there are none."""
    return np.asarray(np.stack(rows), dtype=np.float32) if rows else np.zeros((0, width), dtype=np.float32)

