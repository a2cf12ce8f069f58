"""Runs the shipped weights with onnxruntime: batches of encoded sentences in, logits out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from communique.errors import DataError
from communique.read.encode import Encoded, pad
from communique.settings import data_path

Scores = Mapping[str, npt.NDArray[np.floating]]

PIECES_A_BATCH = 4096
"""Word pieces of one call; larger batches gained nothing on two cores and cost memory."""


EXTRA = frozenset({"relation", "top", "own"})
"""Outputs that reading does without: the relation of a marked pair, and the states of words and of a trigger (hidden size)."""

TRIGGER, CUE = 1, 2
"""What a question is about."""


@dataclass(frozen=True, slots=True)
class Question:
    """What the words of a sentence are to the trigger or cue at `rows`; `middle` (pieces, hidden) is from its scores."""

    middle: npt.NDArray[np.floating]
    rows: tuple[int, ...]
    kind: int

    def __len__(self) -> int:
        return len(self.middle)


class Model(Protocol):
    """Anything that scores a batch: the shipped weights, or a stand-in in a test.

    Called, it reads sentences; `ask` is the second pass, about one trigger or cue of a sentence at a time.
    """

    def __call__(self, batch: Sequence[Encoded], outputs: Sequence[str] | None = None) -> list[Scores]: ...

    def ask(self, batch: Sequence[Question]) -> list[Scores]: ...


class OnnxModel:
    """The weights in the package. `threads` is onnxruntime's intra-op number; 0 leaves it to onnxruntime.

    `folder` holds other weights than the package's.
    """

    def __init__(self, threads: int = 0, folder: Path | None = None) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        # The arena keeps the largest batch ever seen; without it memory follows the batch at hand.
        options.enable_cpu_mem_arena = False

        def session(name: str) -> Any:
            path = folder / name if folder is not None else data_path("model", name)
            if not path.is_file():
                raise DataError(f"data/model/{name} is missing: reinstall communique, or run `make train` in a checkout")
            try:
                return onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
            except Exception as error:  # onnxruntime's own kinds share no base
                why = f"data/model/{name} cannot be loaded ({type(error).__name__}): reinstall communique"
                raise DataError(why) from error

        self._reading, self._asking = session("reader.onnx"), session("roles.onnx")
        self._outputs = [o.name for o in self._reading.get_outputs()]
        self._answers = [o.name for o in self._asking.get_outputs()]

    def __call__(self, batch: Sequence[Encoded], outputs: Sequence[str] | None = None) -> list[Scores]:
        """Logits of each input, its padding cut off; `outputs` names those wanted (all but `EXTRA` if left out)."""
        wanted = list(outputs) if outputs is not None else [o for o in self._outputs if o not in EXTRA]
        ids, mask, features = pad(batch)
        values = self._reading.run(wanted, {"ids": ids, "mask": mask, "features": features})
        return unpad(dict(zip(wanted, values, strict=True)), [len(e) for e in batch])

    def ask(self, batch: Sequence[Question], outputs: Sequence[str] | None = None) -> list[Scores]:
        """Logits of each question: `roles` (pieces, role), and by head what the trigger or cue is; `outputs` as above."""
        wanted = list(outputs) if outputs is not None else [o for o in self._answers if o not in EXTRA]
        width = max(len(q) for q in batch)
        middle = np.zeros((len(batch), width, batch[0].middle.shape[1]), dtype=np.float32)
        mask = np.zeros((len(batch), width), dtype=np.int64)
        marks = np.zeros((len(batch), width), dtype=np.int64)
        for k, question in enumerate(batch):
            middle[k, : len(question)] = question.middle
            mask[k, : len(question)] = 1
            marks[k, list(question.rows)] = question.kind
        values = self._asking.run(wanted, {"middle": middle, "mask": mask, "marks": marks})
        return unpad(dict(zip(wanted, values, strict=True)), [len(q) for q in batch], of_pieces=("roles",))


def unpad(
    values: Mapping[str, npt.NDArray[np.floating]], lengths: Sequence[int], of_pieces: Sequence[str] | None = None
) -> list[Scores]:
    """One mapping an input, without its padding. `of_pieces` names the values with a row a piece (None: all but "relation")."""
    cut = {name for name in values if (name in of_pieces if of_pieces is not None else name != "relation")}
    return [{name: v[row][:n] if name in cut else v[row] for name, v in values.items()} for row, n in enumerate(lengths)]


Item = TypeVar("Item", Encoded, Question)


def _in_batches(items: Sequence[Item], pieces: int, call: Callable[[Sequence[Item]], list[Scores]]) -> list[Scores]:
    """Scores of `items` in their order, computed in batches of like length of at most `pieces` word pieces."""
    order = sorted(range(len(items)), key=lambda i: len(items[i]))
    results: dict[int, Scores] = {}
    batch: list[int] = []
    for i in order:
        if batch and (len(batch) + 1) * len(items[i]) > pieces:
            results.update(zip(batch, call([items[k] for k in batch]), strict=True))
            batch = []
        batch.append(i)
    if batch:
        results.update(zip(batch, call([items[k] for k in batch]), strict=True))
    return [results[i] for i in range(len(items))]


def run(
    model: Model, inputs: Sequence[Encoded], pieces: int = PIECES_A_BATCH, outputs: Sequence[str] | None = None
) -> list[Scores]:
    """Scores of all `inputs` in their order, computed in batches of like length; `outputs` as the model takes them."""
    return _in_batches(inputs, pieces, lambda batch: model(batch, outputs))


def ask(model: Model, questions: Sequence[Question], pieces: int = PIECES_A_BATCH) -> list[Scores]:
    """Answers to all `questions` in their order, computed in batches of like length."""
    return _in_batches(questions, pieces, model.ask)
