"""What teachers are asked, and the sentences that are read with other words. They need torch, which the package does not."""

from __future__ import annotations

import random

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from annotated import bare, packed, sentences  # noqa: E402

from communique.read.encode import vocabulary  # noqa: E402
from communique.read.labels import ASKED, SIZES  # noqa: E402
from data import IGNORE  # noqa: E402
from distil import NEAREST, Alteration, Teachers, nearest_words  # noqa: E402
from flat import Flat  # noqa: E402
from model import AUXILIARY, Reader, Shape  # noqa: E402
from packed import UNSEEN  # noqa: E402
from tasks import loss  # noqa: E402


def flat() -> Flat:
    return Flat(packed([*sentences(), bare()]), "cpu")


def teacher(seed: int = 1) -> Reader:
    torch.manual_seed(seed)
    return Reader({**SIZES, **AUXILIARY}, ASKED, dropout=0.0, shape=Shape(24, 2, 2, 32, 1))


def eager(data: Flat) -> Teachers:
    """Teachers that take many words for a trigger."""
    models = [teacher(seed) for seed in range(3)]
    for model in models:
        model.heads["trigger"][-1].bias.data[0] = -2.0
        model.heads["cue"][-1].bias.data[0] = 2.0
    return Teachers.of(models, data)


def test_the_nearest_words_are_whole_words_of_letters_and_others_stay() -> None:
    pieces = ["[PAD]", "war", "wars", "##s", "2024", "peace", *(f"w{'x' * n}" for n in range(2, 20))]
    torch.manual_seed(3)
    table = torch.randn(len(pieces), 8)
    table[2] = table[1] + 0.01
    near = nearest_words(table, pieces, torch.arange(len(pieces)))
    assert near.shape == (len(pieces), NEAREST)
    assert near[1, 0] == 2 and near[2, 0] == 1
    for kept in (0, 3, 4):
        assert set(near[kept].tolist()) == {kept}
    assert not set(near[1].tolist()) & {0, 1, 3, 4}


def test_altered_sentences_are_asked_the_same_and_told_nothing() -> None:
    data = flat()
    b = data.batch(range(len(data)))
    near = torch.full((len(vocabulary()), NEAREST), 2000)
    alter = Alteration(near, torch.tensor(data.of("corpus") & ~data.paired), 1.0, 1.0)
    other = alter(b)
    changed = (other.ids != b.ids).any(1).tolist()
    pair, unseen = data.paired.tolist(), data.of(UNSEEN).tolist()
    assert changed == [not (p or u) for p, u in zip(pair, unseen, strict=True)]
    assert (other.ids[b.mask & ~b.first] == b.ids[b.mask & ~b.first]).all(), "marks and ends of words stay"
    rows = torch.tensor(changed)
    assert all((labels[rows] == IGNORE).all() for labels in other.labels.values())
    assert (other.labels["trigger"][~rows] == b.labels["trigger"][~rows]).all()
    assert not other.has_bag[rows].any() and not other.counted[rows[b.of]].any()
    assert (other.marks == b.marks).all() and (other.answers["kind"] == IGNORE).all()


def test_nothing_is_altered_where_nothing_may_be() -> None:
    data = flat()
    b = data.batch(range(len(data)))
    same = Alteration(torch.zeros(len(vocabulary()), NEAREST, dtype=torch.long), torch.zeros(len(data), dtype=torch.bool))(b)
    assert (same.ids == b.ids).all() and (same.labels["trigger"] == b.labels["trigger"]).all()


def test_a_report_is_answered_by_the_teacher_that_has_not_seen_it() -> None:
    data = flat()
    data.report[:] = [7] * (len(data) - 1) + [-1]
    teachers = Teachers.of([teacher()] * 3, data)
    drawn = set()
    for seed in range(30):
        teachers.part(data, random.Random(seed))
        drawn.add(int(data.group[-1]))
        assert set(data.group[:-1]) == {teachers.folds[0]}
    assert drawn == {0, 1, 2}, "what is of no report goes to any"


def test_a_teacher_is_asked_about_what_it_takes_for_events_and_all_of_it_is_learnt() -> None:
    data = flat()
    teachers = eager(data)
    data.group[:] = 0
    b = data.batch(range(len(data)))
    told = teachers.answer(b)
    unseen = int(np.flatnonzero(data.of(UNSEEN))[0])
    about = [(int(of), int(marks.max()), int(kind)) for of, marks, kind in
             zip(told.asked.of, told.asked.marks, told.asked.answers["kind"], strict=True)]  # fmt: skip
    assert about.count((unseen, 1, IGNORE)) == 2 and about.count((unseen, 2, IGNORE)) == 1
    assert sum(kind == 0 for _, _, kind in about) == 2, "a wrong trigger of each annotated sentence"
    assert len(told.second["roles"]) == len(told.asked.of)
    assert torch.allclose(told.second["kind"].sum(-1), torch.ones(len(told.asked.of)))
    student = teacher(5)
    parts = loss(student, b, 0.05, told, 0.5)
    assert all(bool(value.isfinite()) for value in parts.values())
    sum(parts.values()).backward()
    assert all(p.grad is not None for p in student.heads["trigger"].parameters())


def test_a_batch_without_questions_is_read_all_the_same() -> None:
    data = flat()
    teachers = Teachers.of([teacher()] * 3, data)
    for model in teachers.models:
        model.heads["trigger"][-1].bias.data[0] = 9.0
        model.heads["cue"][-1].bias.data[0] = -9.0
    b = data.batch(np.flatnonzero(data.of(UNSEEN)))
    told = teachers.answer(b)
    assert not len(told.asked.of)
    assert "roles" not in loss(teacher(5), b, 0.0, told, 0.5)
