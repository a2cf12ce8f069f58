"""Runs the shipped weights with onnxruntime: batches of encoded sentences in, logits out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from communique.errors import DataError
from communique.read.encode import Encoded, pad
from communique.settings import data_path

Scores = Mapping[str, npt.NDArray[np.floating]]

PIECES_A_BATCH = 4096
"""Word pieces of one call; larger batches gained nothing on two cores and cost memory."""


class Model(Protocol):
    """Anything that scores a batch: the shipped weights, or a stand-in in a test."""

    def __call__(self, batch: Sequence[Encoded], outputs: Sequence[str] | None = None) -> list[Scores]: ...


class OnnxModel:
    """The weights in the package. `threads` is onnxruntime's intra-op number; 0 leaves it to onnxruntime."""

    def __init__(self, threads: int = 0, weights: bytes | None = None) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        # The arena keeps the largest batch ever seen; without it memory follows the batch at hand.
        options.enable_cpu_mem_arena = False
        path = data_path("model", "reader.onnx")
        if weights is None and not path.is_file():
            raise DataError("data/model/reader.onnx is missing: reinstall communique, or run `make train` in a checkout")
        try:
            self._session = onnxruntime.InferenceSession(
                weights or path.read_bytes(), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's own kinds share no base
            raise DataError(f"data/model/reader.onnx cannot be loaded ({type(error).__name__}): reinstall communique") from error
        self._outputs = [o.name for o in self._session.get_outputs()]

    def __call__(self, batch: Sequence[Encoded], outputs: Sequence[str] | None = None) -> list[Scores]:
        """Logits of each input, its padding cut off; `outputs` names those wanted (all but "relation" if left out)."""
        wanted = list(outputs) if outputs is not None else [o for o in self._outputs if o != "relation"]
        ids, mask, features = pad(batch)
        values = self._session.run(wanted, {"ids": ids, "mask": mask, "features": features})
        return unpad(dict(zip(wanted, values, strict=True)), [len(e) for e in batch])


def unpad(values: Mapping[str, npt.NDArray[np.floating]], lengths: Sequence[int]) -> list[Scores]:
    """One mapping an input, without its padding."""
    out: list[Scores] = []
    for row, n in enumerate(lengths):
        one: dict[str, npt.NDArray[np.floating]] = {}
        for name, value in values.items():
            if name == "relation":
                one[name] = value[row]
            elif name == "pair":
                one[name] = value[row][:, :n, :n]
            else:
                one[name] = value[row][:n]
        out.append(one)
    return out


def run(
    model: Model, inputs: Sequence[Encoded], pieces: int = PIECES_A_BATCH, outputs: Sequence[str] | None = None
) -> list[Scores]:
    """Scores of all `inputs` in their order, computed in batches of like length; `outputs` as the model takes them."""
    order = sorted(range(len(inputs)), key=lambda i: len(inputs[i]))
    results: list[Scores | None] = [None] * len(inputs)
    batch: list[int] = []
    for i in order:
        if batch and (len(batch) + 1) * len(inputs[i]) > pieces:
            _fill(results, batch, model([inputs[k] for k in batch], outputs))
            batch = []
        batch.append(i)
    if batch:
        _fill(results, batch, model([inputs[k] for k in batch], outputs))
    return [r for r in results if r is not None]


def _fill(results: list[Scores | None], batch: Sequence[int], scores: Sequence[Scores]) -> None:
    for i, score in zip(batch, scores, strict=True):
        results[i] = score
