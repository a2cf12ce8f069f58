"""Scores made by hand, in the layout of the model's output: for one sentence (`Canvas`), or by a rule (`Scripted`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from communique.read import labels
from communique.read.decode import RawSentence, SentenceDecoder, Thresholds
from communique.read.encode import Encoded, SentenceEncoder
from communique.read.runtime import Question
from communique.resolve.dates import WHEN

YES, NO = 8.0, -8.0
Array = npt.NDArray[np.floating[Any]]

THRESHOLDS = Thresholds()
"""Those written in the class, so that tuning the shipped ones fails no test."""


@lru_cache(maxsize=1)
def encoder() -> SentenceEncoder:
    return SentenceEncoder.load()


def blank(width: int) -> dict[str, Array]:
    """Scores that find nothing."""
    scores: dict[str, Array] = {}
    for name, size in labels.SIZES.items():
        scores[name] = np.full((width, size), NO, dtype=np.float32)
    for name in ("trigger", "mode", "status", "act"):
        scores[name][:, 0] = YES
    scores["middle"] = np.zeros((width, 4), dtype=np.float32)
    scores["pair"] = np.full((len(labels.ROLES), width, width), NO, dtype=np.float32)
    scores["sentence"] = np.full(len(labels.TYPES), NO, dtype=np.float32)
    scores["relation"] = np.full(len(labels.TYPES), NO, dtype=np.float32)
    return scores


def answer(scores: Mapping[str, Array], question: Question) -> dict[str, Array]:
    """The second pass's answer that agrees with the first's scores, and takes roles from "pair", (role, trigger, word)."""
    rows = list(question.rows)
    out = {name: scores[name][rows].mean(0) for name in ("mode", "status", "act")}
    past = float(scores["historical"][rows].mean())
    out["historical"] = np.array([0.0, past], dtype=np.float32)
    out["when"] = np.zeros(len(WHEN), dtype=np.float32)
    out["sides"] = np.zeros(len(labels.SIDES), dtype=np.float32)
    out["kind"] = scores["trigger"][rows].mean(0)
    out["roles"] = scores["pair"][:, rows].mean(1).T
    return out


class Canvas:
    """The scores of the last sentence of `text` (its others are context), painted by words."""

    def __init__(self, text: str, spans: Sequence[tuple[int, int]] | None = None) -> None:
        self.text = text
        spans = list(spans) if spans is not None else [(0, len(text))]
        self.encoded = encoder().encode(text, spans, [list(range(n)) for n in range(len(spans))])[-1]
        self.scores = blank(len(self.encoded))

    def rows(self, words: str, nth: int = 0) -> list[int]:
        """Pieces of the `nth` (from 0) occurrence of `words`."""
        start = [m.start() for m in re.finditer(re.escape(words), self.text)][nth]
        e = self.encoded
        rows = np.flatnonzero((e.starts >= start) & (e.ends <= start + len(words)) & (e.starts >= 0))
        assert len(rows), f"{words!r} is not among the pieces"
        return [int(r) for r in rows]

    def pick(self, head: str, rows: Iterable[int], column: int, score: float = YES) -> None:
        for row in rows:
            self.scores[head][row] = NO
            self.scores[head][row, column] = score

    def trigger(
        self, words: str, kind: str, mode: str = "", status: str = "actual", *, nth: int = 0, historical: bool = False
    ) -> None:
        rows = self.rows(words, nth)
        self.pick("trigger", rows, labels.TYPES.index(kind) + 1)
        self.scores["sentence"][labels.TYPES.index(kind)] = YES
        self.pick("mode", rows, labels.MODES.index((kind, mode)))
        self.pick("status", rows, labels.STATUSES.index(status))
        self.scores["historical"][rows] = YES if historical else NO

    def cue(self, words: str, act: str = "assert", nth: int = 0) -> None:
        rows = self.rows(words, nth)
        self.scores["cue"][rows] = YES
        self.pick("act", rows, labels.ACTS.index(act))

    def pair(self, anchor: str, role: str, words: str, score: float = YES, *, nth: int = 0, anchor_nth: int = 0) -> None:
        for row in self.rows(anchor, anchor_nth):
            self.scores["pair"][labels.ROLES.index(role), row, self.rows(words, nth)] = score

    def read(self, thresholds: Thresholds = THRESHOLDS) -> RawSentence:
        decoder = SentenceDecoder(self.encoded, self.scores, thresholds)
        return decoder.read([answer(self.scores, question) for question in decoder.questions()])

    def words(self, spans: Iterable[Any]) -> list[str]:
        """The text of spans, given as pairs or as records with start and end."""
        pairs = [s if isinstance(s, tuple) else (s.start, s.end) for s in spans]
        return [self.text[a:b] for a, b in pairs]


class Scripted:
    """A stand-in for the weights, by a rule: a word of `triggers` is an event, the capitalised words before it act and those
    after it are acted on; a word of `cues` attributes what stands in quotation marks, else what follows it, to the
    capitalised word before it. Records the sizes of its batches.
    """

    TRIGGERS: Mapping[str, tuple[str, str, str]] = {
        "accused": ("ACCUSE", "disapprove", "actual"),
        "bombed": ("ASSAULT", "aerial", "claimed"),
        "met": ("CONSULT", "", "actual"),
    }
    CUES: Mapping[str, str] = {"said": "assert", "warned": "warn", "told": "assert"}

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.outputs: list[Sequence[str] | None] = []
        self._known: dict[int, dict[str, Array]] = {}

    def __call__(self, batch: Sequence[Encoded], outputs: Sequence[str] | None = None) -> list[Mapping[str, Array]]:
        self.batches.append(len(batch))
        self.outputs.append(outputs)
        scored = [self._scores(e) for e in batch]
        self._known.update({id(scores["middle"]): scores for scores in scored})
        return scored

    def ask(self, batch: Sequence[Question]) -> list[dict[str, Array]]:
        return [answer(self._known[id(question.middle)], question) for question in batch]

    def _scores(self, e: Encoded) -> dict[str, Array]:
        scores = blank(len(e))
        tokenizer = encoder()._tokenizer
        tokens = [str(tokenizer.id_to_token(int(i))) for i in e.ids]
        named = [k for k in range(len(e)) if e.first[k] and e.features[k, 0] in (1, 2)]
        scores["relation"][labels.TYPES.index("AID")] = YES
        for row in np.flatnonzero(e.inside & e.first).tolist():
            if tokens[row] in self.TRIGGERS:
                kind, mode, status = self.TRIGGERS[tokens[row]]
                scores["trigger"][row, 0], scores["trigger"][row, labels.TYPES.index(kind) + 1] = NO, YES
                scores["mode"][row, labels.MODES.index((kind, mode))] = 2 * YES
                scores["status"][row, 0], scores["status"][row, labels.STATUSES.index(status)] = NO, YES
                for k in named:
                    if e.inside[k]:
                        scores["pair"][0 if k < row else 1, row, k] = YES
            if tokens[row] in self.CUES:
                scores["cue"][row] = YES
                scores["act"][row, 0], scores["act"][row, labels.ACTS.index(self.CUES[tokens[row]])] = NO, YES
                before = [k for k in named if k < row and e.inside[k] and not e.features[k, 2]]
                if before:
                    scores["pair"][labels.ROLES.index("speaker"), row, before[-1]] = YES
                quoted = np.flatnonzero(e.inside & (e.features[:, 2] == 1))
                content = quoted if len(quoted) else np.flatnonzero(e.inside & (np.arange(len(e)) > row))
                scores["pair"][labels.ROLES.index("content"), row, content] = YES
        return scores
