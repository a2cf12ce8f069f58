"""A report's sentences as the model's input: word pieces with the features that its vocabulary throws away.

The encoder is uncased and sees one sentence at a time, so each piece carries besides its number: how the word was
written (case), whether it stands inside quotation marks, and whether it belongs to the sentence that is read or to
the context before it. Training and run time share this module, so that they cannot disagree.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from communique.errors import DataError
from communique.settings import data_path

MAX_PIECES = 192
"""Word pieces of one input, context and marks included. Longer sentences are read in part (a note says so)."""

MAX_CONTEXT = 64
"""Word pieces of the sentences before, nearest last."""

CASES = ("lower", "title", "upper", "number", "other")

Ints = npt.NDArray[np.int64]

_OPEN, _CLOSE = "“«", "”»"
_LONE = re.compile("[\ud800-\udfff]")
"""Halves of a character, which no tokenizer takes; they are read as the replacement character, which is as long."""
_QUOTE = re.compile(r'["“”«»]')


@dataclass(frozen=True, slots=True)
class Encoded:
    """One sentence as the model reads it; all arrays have one row for each word piece.

    `ids` are vocabulary numbers, `features` the columns case, part, quoted, mark; `starts` and `ends` are character
    offsets into the report (-1 at marks); `first` tells the first piece of each word, `inside` the pieces of the
    sentence itself; `cut` says that the sentence was longer than the input.
    """

    ids: Ints
    features: Ints
    starts: Ints
    ends: Ints
    first: npt.NDArray[np.bool_]
    inside: npt.NDArray[np.bool_]
    cut: bool = False

    def __len__(self) -> int:
        return len(self.ids)

    def marked(self, source: tuple[int, int], target: tuple[int, int]) -> Encoded:
        """The same input with two participants marked by their character spans, for the relation head."""
        features = self.features.copy()
        for value, (start, end) in ((1, source), (2, target)):
            features[(self.starts >= start) & (self.ends <= end) & (self.starts >= 0), 3] = value
        return Encoded(self.ids, features, self.starts, self.ends, self.first, self.inside, self.cut)


def quote_spans(text: str) -> list[tuple[int, int]]:
    """Quotations in `text`, marks included. A quotation left open ends with its paragraph.

    By the press's custom a quotation that runs over paragraphs is opened again in each, so that no paragraph
    depends on the one before.
    """
    spans: list[tuple[int, int]] = []
    for paragraph in re.finditer(r"[^\n]+", text):
        opened: int | None = None
        for match in _QUOTE.finditer(text, paragraph.start(), paragraph.end()):
            mark, at = match.group(), match.start()
            before = text[at - 1] if at > paragraph.start() else " "
            if mark == '"' and opened is None and before.isdigit():
                continue  # inches
            if opened is None and mark not in _CLOSE:
                opened = at
            elif opened is not None and (mark in _CLOSE or mark == '"'):
                spans.append((opened, at + 1))
                opened = None
        if opened is not None:
            spans.append((opened, paragraph.end()))
    return spans


@lru_cache(maxsize=65536)
def _case(word: str) -> int:
    if word.islower():
        return 0
    if any(c.isdigit() for c in word):
        return 3
    if word.isupper() and len(word) > 1:
        return 2
    if word[:1].isupper():
        return 1
    return 4


@lru_cache(maxsize=1)
def _tokenizer_json() -> str:
    try:
        return data_path("model", "tokenizer.json").read_text("utf-8")
    except OSError as error:
        raise DataError("data/model/tokenizer.json is missing: reinstall communique") from error


@lru_cache(maxsize=1)
def vocabulary() -> tuple[str, ...]:
    """The word pieces by number."""
    pieces: dict[str, int] = json.loads(_tokenizer_json())["model"]["vocab"]
    return tuple(sorted(pieces, key=lambda piece: pieces[piece]))


class SentenceEncoder:
    """Turns sentences of a report into `Encoded` inputs; holds the vocabulary of the shipped weights."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self._tokenizer = tokenizer
        marks = {name: tokenizer.token_to_id(name) for name in ("[CLS]", "[SEP]")}
        missing = [name for name, number in marks.items() if number is None]
        if missing:
            raise DataError(f"the vocabulary lacks {' and '.join(missing)}: reinstall communique")
        self._cls, self._sep = int(marks["[CLS]"] or 0), int(marks["[SEP]"] or 0)

    @classmethod
    def load(cls) -> SentenceEncoder:
        """The vocabulary inside the package."""
        return cls(Tokenizer.from_str(_tokenizer_json()))

    def _pieces(self, text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[Ints, ...]]:
        """Pieces of each sentence of `text`, as columns: ids, starts, ends, first, case, quoted."""
        quoted = np.zeros(len(text) + 1, dtype=np.int64)
        for start, end in quote_spans(text):
            quoted[start:end] = 1
        encodings = self._tokenizer.encode_batch([_LONE.sub("�", text[s:e]) for s, e in spans], add_special_tokens=False)
        out: list[tuple[Ints, ...]] = []
        for (start, end), encoding in zip(spans, encodings, strict=True):
            sentence = text[start:end]
            offsets = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2)
            words = np.array([-1 if w is None else w for w in encoding.word_ids], dtype=np.int64)
            first = np.ones(len(words), dtype=np.int64)
            first[1:] = words[1:] != words[:-1]
            bounds = np.flatnonzero(first)
            stops = np.append(bounds, len(words))[1:]
            written = zip(offsets[bounds, 0].tolist(), offsets[stops - 1, 1].tolist(), strict=True)
            cases = np.repeat(np.array([_case(sentence[i:j]) for i, j in written], dtype=np.int64), stops - bounds)
            starts, ends = offsets[:, 0] + start, offsets[:, 1] + start
            columns: tuple[Ints, ...] = (np.array(encoding.ids, dtype=np.int64), starts, ends, first, cases, quoted[starts])
            out.append(columns)
        return out

    def encode(self, text: str, spans: Sequence[tuple[int, int]], contexts: Sequence[Sequence[int]]) -> list[Encoded]:
        """Inputs for all sentences of a report.

        `spans` are character spans of the sentences; `contexts` gives for each the numbers of the sentences that
        stand before it as context, in reading order (empty for none).
        """
        pieces = self._pieces(text, spans)
        return [self._join(pieces, n, contexts[n]) for n in range(len(spans))]

    def _join(self, pieces: list[tuple[Ints, ...]], n: int, context: Sequence[int]) -> Encoded:
        own = pieces[n]
        room = MAX_PIECES - 2
        cut = len(own[0]) > room
        own = tuple(column[:room] for column in own)
        left = min(MAX_CONTEXT, MAX_PIECES - 3 - len(own[0]))
        rows: list[tuple[Ints, ...]] = [self._mark(self._cls)]
        parts = [0]
        if context and left > 0:
            before = tuple(np.concatenate([pieces[i][c] for i in context])[-left:] for c in range(6))
            rows += [before, self._mark(self._sep)]
            parts += [0] * (len(before[0]) + 1)
        rows += [own, self._mark(self._sep)]
        inside = [0] * len(parts) + [1] * len(own[0]) + [0]
        parts += [1] * (len(own[0]) + 1)
        ids, starts, ends, first, cases, quoted = (np.concatenate([r[c] for r in rows]) for c in range(6))
        features = np.stack([cases, np.array(parts, dtype=np.int64), quoted, np.zeros_like(ids)], axis=1)
        return Encoded(ids, features, starts, ends, first.astype(bool), np.array(inside, dtype=bool), cut)

    @staticmethod
    def _mark(piece: int) -> tuple[Ints, ...]:
        minus = np.array([-1], dtype=np.int64)
        zero = np.zeros(1, dtype=np.int64)
        return np.array([piece], dtype=np.int64), minus, minus, zero, zero, zero


def pad(batch: Sequence[Encoded]) -> tuple[Ints, Ints, Ints]:
    """`batch` as rectangles: ids (B, T), attention mask (B, T), features (B, T, 4)."""
    width = max(len(e) for e in batch)
    ids = np.zeros((len(batch), width), dtype=np.int64)
    mask = np.zeros((len(batch), width), dtype=np.int64)
    features = np.zeros((len(batch), width, 4), dtype=np.int64)
    for row, item in enumerate(batch):
        ids[row, : len(item)] = item.ids
        mask[row, : len(item)] = 1
        features[row, : len(item)] = item.features
    return ids, mask, features
