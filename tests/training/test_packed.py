"""Training examples as flat arrays."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from annotated import packed, sentences

from communique.read.encode import SentenceEncoder
from communique.read.labels import ASKED, TYPES
from packed import FILLED, FOLDS, Columns, fold_of


def place(columns: Columns, word: str) -> int:
    """Where `word` first lies among all pieces."""
    ids = SentenceEncoder.load().encode(word, [(0, len(word))], [[]])[0].ids
    return int(np.flatnonzero(columns["ids"] == ids[1])[0])


def test_pieces_and_labels_lie_behind_one_another() -> None:
    items = sentences()
    columns = packed(items)
    assert columns["length"].tolist() == [len(e.encoded) for e in items]
    assert len(columns["ids"]) == sum(len(e.encoded) for e in items)
    shelled = place(columns, "shelled")
    assert columns["trigger"][shelled] == TYPES.index("ASSAULT") + 1
    assert columns["trigger"][place(columns, "Russia")] == 0, "a word that is asked about, and none"
    assert columns["trigger"][0] == -1, "a mark is not asked about"
    pairs = columns["relation"] >= 0
    assert [columns["origins"][k] for k in columns["origin"][pairs]] == ["corpus/relation"]
    assert (columns["trigger"][np.repeat(pairs, columns["length"])] == -1).all(), "a marked pair has no labels of its own"


def test_a_question_tells_who_fills_what() -> None:
    columns = packed(sentences())
    (question,) = columns["questions"]
    assert question[1] == 1, "about a trigger"
    assert question[3 + list(ASKED).index("kind")] == TYPES.index("ASSAULT") + 1
    target, n = columns["target"], columns["length"][question[0]]
    assert len(target) == n
    for word, role in (("Russia", "actor"), ("Ukraine", "recipient")):
        assert target[place(columns, word)] == 1 << FILLED.index(role)
        assert question[2] & 1 << FILLED.index(role)
    assert not question[2] & 1 << FILLED.index("speaker"), "a trigger has no speaker"
    assert columns["marked"][place(columns, "shelled")] == 1


@pytest.mark.parametrize("reports", [4000, 97])
def test_folds_are_of_like_size_and_what_is_of_no_report_is_of_none(reports: int) -> None:
    folds = fold_of(np.arange(-1, reports))
    assert folds[0] == -1
    counts = Counter(folds[1:].tolist())
    assert set(counts) == set(range(FOLDS))
    assert min(counts.values()) > 0.7 * reports / FOLDS
