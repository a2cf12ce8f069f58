"""Training examples as flat arrays: all per-piece columns of all examples behind one another, and so those of all questions.

Written once to a file of some megabytes, they go to any machine, and flat.py draws batches from them without building anything
piece by piece while a run waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from communique.read.labels import ASKED, ROLES, TYPES
from data import IGNORE, Example, Question
from syntax import PLACES

FILLED = (*ROLES, *PLACES)
"""What a piece can be to a question: the bits of `target` and `left_open`, in order."""
CLASSES = ("trigger", "mode", "status", "act", "mention")
"""Per-piece labels that are classes."""
YES_NO = ("cue", "inquote", "historical")
"""Per-piece labels that are 0 or 1."""

UNSEEN = "unlabelled"
"""The part of the data that only teachers have annotated."""
FOLDS = 3

Columns = dict[str, npt.NDArray[Any]]


def _labels(example: Example, name: str) -> npt.NDArray[np.int8]:
    values = example.tokens.get(name)
    if values is None:
        return np.full(len(example.encoded), -1, dtype=np.int8)
    if values.dtype.kind == "f":
        return np.where(np.isnan(values), -1, values).astype(np.int8)
    return np.where(values == IGNORE, -1, values).astype(np.int8)


def _bits(masks: Sequence[tuple[int, npt.NDArray[np.bool_]]], n: int) -> npt.NDArray[np.uint8]:
    out = np.zeros(n, dtype=np.uint8)
    for bit, mask in masks:
        out[mask] |= 1 << bit
    return out


def _question(question: Question, n: int) -> tuple[Columns, list[int]]:
    """Its per-piece columns, and its numbers: kind, roles that it tells, labels."""
    filled = {FILLED.index(name): masks for name, masks in (question.roles | question.places).items()}
    marked = np.zeros(n, dtype=np.uint8)
    marked[question.rows] = 1
    columns: Columns = {
        "marked": marked,
        "target": _bits([(bit, masks[0]) for bit, masks in filled.items()], n),
        "left_open": _bits([(bit, masks[1]) for bit, masks in filled.items()], n),
    }
    return columns, [question.kind, sum(1 << bit for bit in filled), *(question.labels.get(name, -1) for name in ASKED)]


def pack(items: Sequence[Example], reports: Sequence[int], copies: Sequence[int]) -> Columns:
    """Columns of `items`. `reports` says of which report each is, by number; `copies` which of its report's versions."""
    pieces: dict[str, list[npt.NDArray[Any]]] = {}
    asked: dict[str, list[npt.NDArray[Any]]] = {}
    numbers: list[list[int]] = []
    origins = sorted({e.origin for e in items})

    def put(where: dict[str, list[npt.NDArray[Any]]], name: str, values: npt.NDArray[Any]) -> None:
        where.setdefault(name, []).append(values)

    for at, example in enumerate(items):
        encoded = example.encoded
        case, part, quoted, mark = encoded.features.T
        put(pieces, "ids", encoded.ids.astype(np.uint16))
        look = case + 5 * quoted + 10 * part + 20 * encoded.first + 40 * encoded.inside
        put(pieces, "look", look.astype(np.uint8))
        put(pieces, "mark", mark.astype(np.uint8))
        for name in (*CLASSES, *YES_NO):
            put(pieces, name, _labels(example, name))
        put(pieces, "fact", np.asarray(example.tokens.get("fact", np.full(len(encoded), np.nan)), dtype=np.float16))
        for question in example.questions:
            columns, told = _question(question, len(encoded))
            numbers.append([at, *told])
            for name, values in columns.items():
                put(asked, name, values)
    none = np.zeros((len(TYPES),), dtype=np.uint8)
    return {
        **{name: np.concatenate(parts) for name, parts in pieces.items()},
        **{name: np.concatenate(parts) for name, parts in asked.items()},
        "questions": np.array(numbers, dtype=np.int32).reshape(-1, 3 + len(ASKED)),
        "length": np.array([len(e.encoded) for e in items], dtype=np.int32),
        "weight": np.array([e.weight for e in items], dtype=np.float32),
        "bag": np.stack([none if e.sentence is None else e.sentence.astype(np.uint8) for e in items]),
        "has_bag": np.array([e.sentence is not None for e in items]),
        "relation": np.array([-1 if e.relation is None else e.relation for e in items], dtype=np.int8),
        "report": np.array(reports, dtype=np.int32),
        "copy": np.array(copies, dtype=np.int8),
        "origin": np.array([origins.index(e.origin) for e in items], dtype=np.int8),
        "origins": np.array(origins),
    }


def fold_of(reports: npt.NDArray[np.generic]) -> npt.NDArray[np.int64]:
    """The fold of each report, -1 of what belongs to none."""
    mixed = (reports.astype(np.uint64) * np.uint64(2654435761) >> np.uint64(7)) % np.uint64(FOLDS)
    return np.where(reports < 0, -1, mixed.astype(np.int64))
