"""The weights that ship, as a checkpoint again. It needs torch and onnx, which the package does not."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from annotated import sentences  # noqa: E402

from communique.read.encode import pad  # noqa: E402
from communique.read.runtime import OnnxModel, Question  # noqa: E402
from restore import shipped  # noqa: E402


def alike(a: np.ndarray, b: np.ndarray) -> float:
    return float(a.ravel() @ b.ravel() / (np.linalg.norm(a) * np.linalg.norm(b)))


@pytest.mark.weights
def test_what_comes_back_reads_as_what_ships() -> None:
    example = sentences()[0]
    reader, new = shipped()
    assert {name.rsplit(".", 2)[0] for name in new} == {"heads.mention", "heads.inquote", "heads.fact", "places"}
    model = OnnxModel()
    (scores,) = model([example.encoded])
    ids, mask, features = (torch.from_numpy(a) for a in pad([example.encoded]))
    with torch.no_grad():
        out = reader(ids, mask, features)
        marks = torch.zeros_like(ids)
        marks[0, example.questions[0].rows] = 1
        got = reader.ask(out["middle"], mask, marks)
    # int8 products are scaled by what they multiply, which no checkpoint can give back.
    assert alike(out["trigger"][0].numpy(), scores["trigger"]) > 0.995
    assert out["trigger"][0].argmax(-1).tolist() == scores["trigger"].argmax(-1).tolist()
    (answer,) = model.ask([Question(scores["middle"], tuple(example.questions[0].rows.tolist()), 1)])
    assert alike(got["roles"][0].numpy(), answer["roles"]) > 0.995
