"""Batches and their order, with a stand-in for the weights; and one run of the weights themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pytest
from scripted import encoder

from communique.errors import DataError
from communique.read import labels
from communique.read.encode import Encoded
from communique.read.runtime import CUE, TRIGGER, OnnxModel, Question, Scores, ask, run, unpad
from communique.settings import data_path


def inputs(*texts: str) -> list[Encoded]:
    return [encoder().encode(t, [(0, len(t))], [[]])[0] for t in texts]


class Echo:
    """Scores an input by its length, and records what it was asked."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.outputs: list[Sequence[str] | None] = []

    def __call__(
        self, batch: Sequence[Encoded], outputs: Sequence[str] | None = None
    ) -> list[Mapping[str, npt.NDArray[np.floating]]]:
        self.batches.append([len(e) for e in batch])
        self.outputs.append(outputs)
        return [{"length": np.array([float(len(e))])} for e in batch]

    def ask(self, batch: Sequence[Question]) -> list[Scores]:
        self.batches.append([len(q) for q in batch])
        return [{"length": np.array([float(len(q))])} for q in batch]


TEXTS = ["war " * n for n in (9, 1, 5, 3, 7, 1)]


def test_results_come_in_the_order_of_the_inputs() -> None:
    given = inputs(*TEXTS)
    assert [float(r["length"][0]) for r in run(Echo(), given)] == [len(e) for e in given]


@pytest.mark.parametrize("pieces", range(8, 40))
def test_no_batch_is_larger_than_allowed_and_like_lengths_go_together(pieces: int) -> None:
    model = Echo()
    run(model, inputs(*TEXTS), pieces=pieces)
    assert all(len(b) == 1 or len(b) * max(b) <= pieces for b in model.batches)
    lengths = [n for batch in model.batches for n in batch]
    assert lengths == sorted(lengths)
    assert len(model.batches) > 1


def test_an_input_larger_than_a_batch_goes_alone() -> None:
    model = Echo()
    assert len(run(model, inputs("war " * 50, "a"), pieces=10)) == 2
    assert [len(b) for b in model.batches] == [1, 1]


def test_nothing_runs_nothing() -> None:
    model = Echo()
    assert run(model, []) == []
    assert model.batches == []


def test_questions_are_answered_in_their_order_in_batches_of_like_length() -> None:
    model = Echo()
    asked = [Question(np.zeros((n, 2), dtype=np.float32), (0,), TRIGGER) for n in (9, 2, 5)]
    assert [float(a["length"][0]) for a in ask(model, asked, pieces=12)] == [9, 2, 5]
    assert model.batches == [[2, 5], [9]]


def test_the_outputs_wanted_are_passed_on() -> None:
    model = Echo()
    run(model, inputs("a"), outputs=("relation",))
    assert model.outputs == [("relation",)]


def test_padding_is_cut_off_each_kind_of_output() -> None:
    values = {
        "trigger": np.arange(2 * 4 * 3).reshape(2, 4, 3).astype(np.float32),
        "middle": np.arange(2 * 4 * 6).reshape(2, 4, 6).astype(np.float32),
        "relation": np.ones((2, 16), dtype=np.float32),
    }
    short, whole = unpad(values, [2, 4])
    assert {k: v.shape for k, v in short.items()} == {"trigger": (2, 3), "middle": (2, 6), "relation": (16,)}
    assert whole["middle"].shape == (4, 6)
    assert (short["trigger"] == values["trigger"][0, :2]).all()
    (answer, _) = unpad({"roles": np.ones((2, 4, 5)), "kind": np.ones((2, 17))}, [2, 4], of_pieces=("roles",))
    assert {k: v.shape for k, v in answer.items()} == {"roles": (2, 5), "kind": (17,)}


def test_missing_weights_say_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("communique.read.runtime.data_path", lambda *parts: data_path("none", *parts))
    with pytest.raises(DataError, match=r"reader\.onnx is missing: reinstall"):
        OnnxModel()


@pytest.mark.weights
def test_the_weights_give_every_output_that_is_decoded() -> None:
    model = OnnxModel(threads=1)
    (scores,) = model(inputs("Oslo accused Minsk."))
    n = len(inputs("Oslo accused Minsk.")[0])
    for name, size in labels.SIZES.items():
        assert scores[name].shape == (n, size), name
    assert "relation" not in scores
    answers = ask(model, [Question(scores["middle"], (2,), TRIGGER), Question(scores["middle"][:-1], (2,), CUE)])
    assert [a["roles"].shape for a in answers] == [(n, len(labels.ROLES)), (n - 1, len(labels.ROLES))]
    assert {k: v.shape for k, v in answers[0].items() if k != "roles"} == {k: (size,) for k, size in labels.ASKED.items()}
