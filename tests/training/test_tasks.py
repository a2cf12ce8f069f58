"""Batches drawn from flat arrays, the losses over them, and the figures. They need torch, which the package does not."""

from __future__ import annotations

import random

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from annotated import bare, packed, sentences  # noqa: E402

from communique.read.labels import ASKED, ROLES, SIZES, TYPES  # noqa: E402
from data import IGNORE  # noqa: E402
from distil import FIRST, chances  # noqa: E402
from flat import Batch, Flat  # noqa: E402
from model import AUXILIARY, Reader, Shape, bucket  # noqa: E402
from tasks import Asked, Told, judge, loss, wanted  # noqa: E402
from train import schedule  # noqa: E402

Logits = dict[str, torch.Tensor]
SURE = 20.0


def drawn() -> tuple[Flat, Batch]:
    data = Flat(packed([*sentences(), bare()]), "cpu")
    return data, data.batch(range(len(data)))


class Knowing(Reader):
    """Answers as the batch's own labels have it, or with `wrong` as they do not."""

    def __init__(self, batch: Batch, *, wrong: bool = False) -> None:
        super().__init__({**SIZES, **AUXILIARY}, ASKED, shape=Shape(24, 2, 2, 32, 1))
        self.batch, self.wrong = batch, wrong

    def sure(self, labels: torch.Tensor, classes: int) -> torch.Tensor:
        known = labels.clamp(min=0)
        return SURE * torch.nn.functional.one_hot((known + self.wrong) % classes, classes).float()

    def forward(self, ids: torch.Tensor, mask: torch.Tensor, features: torch.Tensor) -> Logits:
        b, out = self.batch, super().forward(ids, mask, features)
        for name in ("trigger", "mode", "status", "act", "mention"):
            out[name] = self.sure(b.labels[name], out[name].shape[-1])
        for name in ("cue", "inquote", "historical"):
            out[name] = SURE * (2.0 * (b.labels[name].clamp(min=0) != self.wrong).float() - 1)[..., None]
        out["sentence"] = SURE * (2 * b.bag - 1)
        out["relation"] = self.sure(b.relation, len(TYPES))
        return out

    def ask(self, middle: torch.Tensor, mask: torch.Tensor, marks: torch.Tensor) -> Logits:
        b, out = self.batch, super().ask(middle, mask, marks)
        n, filled = len(b.of), SURE * (2 * b.target - 1) * (-1 if self.wrong else 1)
        known = {name: self.sure(b.answers[name], ASKED[name]) for name in ASKED}
        known |= {"roles": filled[..., : len(ROLES)], "places": filled[..., len(ROLES) :]}
        # What is asked beyond the batch's questions, of wrong triggers, gets the untrained weights' answer.
        return out | {name: torch.cat([values, out[name][n:]]) for name, values in known.items()}


def test_a_batch_holds_the_examples_as_they_were() -> None:
    items = [*sentences(), bare()]
    data, b = drawn()
    assert b.ids.shape[1] % 8 == 0
    for row, example in enumerate(items):
        n = len(example.encoded)
        assert b.ids[row, :n].tolist() == example.encoded.ids.tolist()
        assert not b.mask[row, n:].any() and b.mask[row, :n].all()
        assert b.features[row, :n].tolist() == example.encoded.features.tolist()
        assert b.first[row, :n].tolist() == example.encoded.first.tolist()
        if "trigger" in example.tokens:
            assert b.labels["trigger"][row, :n].tolist() == example.tokens["trigger"].tolist()
        else:
            assert (b.labels["trigger"][row] == IGNORE).all()
    (question,) = items[0].questions
    filled, left_open = question.roles["actor"]
    assert b.of.tolist() == [0]
    assert np.flatnonzero(b.marks[0]).tolist() == question.rows.tolist()
    assert b.target[0, :, ROLES.index("actor")].nonzero()[:, 0].tolist() == np.flatnonzero(filled).tolist()
    asked = items[0].encoded.first & ~left_open
    assert b.counted[0, :, ROLES.index("actor")].nonzero()[:, 0].tolist() == np.flatnonzero(asked).tolist()
    assert not b.counted[0, :, ROLES.index("speaker")].any()
    assert not b.ids[:, b.ids.shape[1] :].any() and len(data) == len(items)


def test_batches_keep_to_the_budget_and_leave_nothing_out() -> None:
    data = Flat(packed([*sentences(), bare()] * 9), "cpu")
    rows = np.arange(len(data))
    batches = list(data.batches(rows, 40, random.Random(1)))
    assert sorted(np.concatenate(batches).tolist()) == rows.tolist()
    assert all(len(b) == 1 or len(b) * data.length[b].max() <= 40 for b in batches)


def test_a_batch_is_of_one_group() -> None:
    data = Flat(packed([*sentences(), bare()] * 9), "cpu")
    data.group = np.arange(len(data)) % 3
    batches = list(data.batches(np.arange(len(data)), 4000, random.Random(1)))
    assert sorted(data.batch(rows).group for rows in batches) == [0, 1, 2]
    assert all(len(set(data.group[rows])) == 1 for rows in batches)


def losses(model: Reader, b: Batch, teacher: Told | None = None, share: float = 0.0) -> dict[str, float]:
    parts = loss(model, b, 0.0, teacher, share)
    return {name: float(value.detach()) for name, value in parts.items()}


def test_what_is_right_costs_nothing_and_what_is_wrong_much() -> None:
    _, b = drawn()
    right, wrong = losses(Knowing(b), b), losses(Knowing(b, wrong=True), b)
    told = {"trigger", "mode", "status", "historical", "relation", "roles", "cue", "asked kind", "asked status", "asked sides"}
    assert all(right[name] < 1e-3 for name in told), right
    assert all(wrong[name] > 1.0 for name in told), wrong


def test_figures_are_one_where_all_is_right() -> None:
    data, _ = drawn()
    chosen = np.arange(len(data))
    (rows,) = data.batches(chosen, 16000, random.Random(1))
    figures = judge(Knowing(data.batch(rows)), data, chosen)
    for name in ("type F1", "kind", "status", "sides", "actor", "recipient"):
        assert figures[name] == 1.0, name
    worse = judge(Knowing(data.batch(rows), wrong=True), data, chosen)
    assert worse["type F1"] == worse["kind"] == worse["actor"] == 0.0


def test_a_teacher_is_mixed_in_and_stands_alone_where_nobody_annotated() -> None:
    soft = torch.tensor([[0.2, 0.8], [0.2, 0.8]])
    mixed = wanted(torch.tensor([0, IGNORE]), 2, 0.0, soft, 0.5)
    assert torch.allclose(mixed, torch.tensor([[0.6, 0.4], [0.2, 0.8]]))


def told_by(model: Reader, b: Batch) -> Told:
    """What `model` says of a batch and its questions, as a teacher's answers."""
    out = model(b.ids, b.mask, b.features)
    got = model.ask(out["middle"][b.of], b.mask[b.of], b.marks)
    first = {name: chances(name, out[name]) for name in (*FIRST, "sentence", "relation")}
    return Told(first, Asked.by(b), {name: chances(name, got[name]) for name in ("roles", *ASKED)})


def test_a_teacher_that_agrees_changes_nothing_and_one_that_does_not_is_heard_by_its_share() -> None:
    _, b = drawn()
    right, wrong = Knowing(b), Knowing(b, wrong=True)
    agreed = losses(right, b, told_by(right, b), 0.5)
    for name in ("trigger", "status", "roles", "asked kind", "relation"):
        assert agreed[name] < 1e-3, name
    differing = told_by(wrong, b)
    half, whole = losses(right, b, differing, 0.5), losses(right, b, differing, 1.0)
    for name in ("status", "asked status", "relation", "roles"):
        assert 0 < half[name] < whole[name], name
    for name in ("asked status", "relation"):
        assert half[name] == pytest.approx(whole[name] / 2, rel=0.05), name


def test_the_rate_rises_falls_and_never_ends() -> None:
    values = [schedule(k / 100) for k in range(101)]
    assert values[0] == 0 and max(values) == pytest.approx(1.0)
    assert values[-1] == pytest.approx(0.02)
    assert values[20:] == sorted(values[20:], reverse=True)


def test_distances_fall_into_buckets_on_either_side() -> None:
    near = bucket(torch.tensor([0, -1, 1, -7, 7, -200, 200]), 32)
    assert near.tolist() == [0, 1, 17, 7, 23, 15, 31]
