"""The weights: what they give, that a sentence reads the same whatever stands beside it, and what is said without them."""

from __future__ import annotations

import pytest
from scripted import encoder

from communique.errors import DataError
from communique.read import labels
from communique.read.encode import Encoded
from communique.read.runtime import CUE, MOST_THREADS, TRIGGER, OnnxModel, Question
from communique.settings import data_path


def inputs(*texts: str) -> list[Encoded]:
    return [encoder().encode(t, [(0, len(t))], [[]])[0] for t in texts]


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
    answers = model.ask([Question(scores["middle"], (2,), TRIGGER), Question(scores["middle"][:-1], (2,), CUE)])
    assert [a["roles"].shape for a in answers] == [(n, len(labels.ROLES)), (n - 1, len(labels.ROLES))]
    assert {k: v.shape for k, v in answers[0].items() if k != "roles"} == {k: (size,) for k, size in labels.ASKED.items()}


TEXTS = ["Oslo accused Minsk of an attack.", "Minsk denied it.", "The ministers will meet in Vienna on Monday, officials said."]


@pytest.mark.weights
@pytest.mark.parametrize("threads", [1, 3])
def test_a_sentence_reads_the_same_beside_others(threads: int) -> None:
    alone, model = OnnxModel(threads=1), OnnxModel(threads=threads)
    given = inputs(*TEXTS)
    together = model(given)
    for encoded, scores in zip(given, together, strict=True):
        (single,) = alone([encoded])
        assert all((single[name] == scores[name]).all() for name in single)
    questions = [Question(scores["middle"], (2,), TRIGGER) for scores in together]
    for question, answer in zip(questions, model.ask(questions), strict=True):
        (single,) = alone.ask([question])
        assert all((single[name] == answer[name]).all() for name in single)


@pytest.mark.weights
def test_nothing_runs_nothing() -> None:
    model = OnnxModel(threads=2)
    assert model([]) == []
    assert model.ask([]) == []


@pytest.mark.parametrize(("asked", "used"), [(1, 1), (3, 3)])
def test_threads_are_those_asked_for(asked: int, used: int) -> None:
    assert OnnxModel(threads=asked).threads == used
    assert 1 <= OnnxModel().threads <= MOST_THREADS
