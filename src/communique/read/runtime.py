"""Runs the shipped weights with onnxruntime: encoded sentences in, logits out."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from communique.errors import DataError
from communique.read.encode import Encoded, pad
from communique.settings import data_path

Scores = Mapping[str, npt.NDArray[np.floating]]
Item = TypeVar("Item")

MOST_THREADS = 8
"""Threads that are taken unasked: what is not the model runs on one core, and more of them would wait for it."""


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
    """The weights in the package. `threads` is how many sentences are read at a time; 0: one a core, at most `MOST_THREADS`.

    Each sentence is a run of its own. int8 activations are scaled over a run, so that in a batch a sentence would read a little
    differently beside others, with other ids; and nothing is padded, which takes a third of the time off articles.
    `folder` holds other weights than the package's.
    """

    def __init__(self, threads: int = 0, folder: Path | None = None) -> None:
        import onnxruntime

        self.threads = threads or min(MOST_THREADS, _cores())
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        # The arena keeps the longest sentence ever seen; without it memory follows the sentence at hand.
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

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.threads, thread_name_prefix="communique")

    def _each(self, items: Sequence[Item], run: Callable[[Item], Scores]) -> list[Scores]:
        if self.threads == 1 or len(items) < 2:
            return [run(item) for item in items]
        return list(self._pool.map(run, items))

    def __call__(self, batch: Sequence[Encoded], outputs: Sequence[str] | None = None) -> list[Scores]:
        """Logits of each input; `outputs` names those wanted (all but `EXTRA` if left out)."""
        wanted = list(outputs) if outputs is not None else [o for o in self._outputs if o not in EXTRA]

        def one(encoded: Encoded) -> Scores:
            ids, mask, features = pad([encoded])
            values = self._reading.run(wanted, {"ids": ids, "mask": mask, "features": features})
            return {name: value[0] for name, value in zip(wanted, values, strict=True)}

        return self._each(batch, one)

    def ask(self, batch: Sequence[Question], outputs: Sequence[str] | None = None) -> list[Scores]:
        """Logits of each question: `roles` (pieces, role), and by head what the trigger or cue is; `outputs` as above."""
        wanted = list(outputs) if outputs is not None else [o for o in self._answers if o not in EXTRA]

        def one(question: Question) -> Scores:
            marks = np.zeros((1, len(question)), dtype=np.int64)
            marks[0, list(question.rows)] = question.kind
            mask = np.ones((1, len(question)), dtype=np.int64)
            values = self._asking.run(wanted, {"middle": question.middle[None], "mask": mask, "marks": marks})
            return {name: value[0] for name, value in zip(wanted, values, strict=True)}

        return self._each(batch, one)


def _cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
