"""Packed examples (packed.py) on a device, and batches gathered from them by index."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from communique.read.labels import ASKED
from data import IGNORE
from packed import CLASSES, FILLED, YES_NO, Columns

WIDTH = 8
"""Batches are as wide as a multiple of this, as fast attention wants it."""


@dataclass(slots=True)
class Batch:
    """Examples as rectangles (B, T), and their questions (Q, T). Labels are `IGNORE` where nothing is asked."""

    rows: Tensor
    ids: Tensor
    mask: Tensor
    features: Tensor
    first: Tensor
    inside: Tensor
    labels: dict[str, Tensor]
    fact: Tensor
    weight: Tensor
    bag: Tensor
    has_bag: Tensor
    relation: Tensor
    of: Tensor
    """The row of the batch that each question is about."""
    marks: Tensor
    target: Tensor
    counted: Tensor
    answers: dict[str, Tensor]
    group: int
    """The group that all examples of the batch are of."""


class Flat:
    """Packed examples on a device."""

    def __init__(self, columns: Columns, device: str) -> None:
        self.device = device
        self.origins = [str(o) for o in columns["origins"]]
        self.length = columns["length"].astype(np.int64)
        self.origin, self.report, self.copy = columns["origin"], columns["report"], columns["copy"]
        self.paired = columns["relation"] >= 0
        self.group = np.zeros(len(self.length), dtype=np.int64)
        """Batches hold examples of one group only; all are of one unless somebody parts them."""
        questions = columns["questions"]
        order = np.argsort(questions[:, 0], kind="stable")
        counts = np.bincount(questions[:, 0], minlength=len(self.length))
        self._asked_from = np.concatenate([[0], np.cumsum(counts)])
        self._asked = order
        own = self.length[questions[:, 0]]
        self.columns = {
            name: torch.from_numpy(np.ascontiguousarray(values)).to(device)
            for name, values in columns.items()
            if name not in ("origins", "report", "copy", "origin", "questions", "ids")
        }
        self.columns["ids"] = torch.from_numpy(columns["ids"].astype(np.int32)).to(device)
        self.questions = torch.from_numpy(questions.astype(np.int64)).to(device)
        self.start = torch.from_numpy(np.concatenate([[0], np.cumsum(self.length)[:-1]])).to(device)
        self.start_asked = torch.from_numpy(np.concatenate([[0], np.cumsum(own)[:-1]]).astype(np.int64)).to(device)
        self.lengths = torch.from_numpy(self.length).to(device)
        self._bits = torch.arange(len(FILLED), device=device, dtype=torch.uint8)

    @classmethod
    def load(cls, path: Path, device: str) -> Flat:
        with np.load(path) as stored:
            return cls(dict(stored), device)

    def __len__(self) -> int:
        return len(self.length)

    def of(self, *parts: str) -> npt.NDArray[np.bool_]:
        """Which examples are of the `parts`, marked pairs included."""
        return np.isin(self.origin, [k for k, o in enumerate(self.origins) if o.removesuffix("/relation") in parts])

    def batch(self, rows: Sequence[int] | npt.NDArray[np.int64]) -> Batch:
        """The examples `rows` with all their questions."""
        chosen = np.asarray(rows, dtype=np.int64)
        width = -(-int(self.length[chosen].max()) // WIDTH) * WIDTH
        parts = [self._asked[self._asked_from[r] : self._asked_from[r + 1]] for r in chosen]
        asked_np = np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
        of_np = np.repeat(np.arange(len(chosen)), [len(p) for p in parts])
        device = self.device
        at = torch.from_numpy(chosen).to(device, non_blocking=True)
        asked = torch.from_numpy(asked_np.astype(np.int64)).to(device, non_blocking=True)
        of = torch.from_numpy(of_np.astype(np.int64)).to(device, non_blocking=True)
        steps = torch.arange(width, device=device)
        valid = steps[None] < self.lengths[at][:, None]
        flat = torch.where(valid, self.start[at][:, None] + steps, 0)
        c = self.columns

        def label(name: str) -> Tensor:
            values = c[name][flat].long()
            return torch.where(valid & (values >= 0), values, IGNORE)

        look = c["look"][flat].long()
        features = torch.stack([look % 5, look // 10 % 2, look // 5 % 2, c["mark"][flat].long()], -1) * valid[..., None]
        first, inside = (look // 20 % 2).bool() & valid, (look // 40 % 2).bool() & valid
        flat_asked = torch.where(valid[of], self.start_asked[asked][:, None] + steps, 0)
        told = self.questions[asked]
        has = (told[:, 2, None] >> self._bits) & 1
        target = ((c["target"][flat_asked][..., None] >> self._bits) & 1) * valid[of][..., None]
        left_open = (c["left_open"][flat_asked][..., None] >> self._bits) & 1
        counted = first[of][..., None] & has.bool()[:, None, :] & (left_open == 0)
        marks = torch.where(valid[of], c["marked"][flat_asked].long(), 0) * told[:, 1, None]
        return Batch(
            rows=at, ids=c["ids"][flat].long() * valid, mask=valid, features=features, first=first, inside=inside,
            labels={name: label(name) for name in (*CLASSES, *YES_NO)},
            fact=torch.where(valid, c["fact"][flat].float(), torch.nan),
            weight=c["weight"][at], bag=c["bag"][at].float(), has_bag=c["has_bag"][at], relation=c["relation"][at].long(),
            of=of, marks=marks, target=target.float(), counted=counted.float(),
            answers={
                name: torch.where(told[:, 3 + k] >= 0, told[:, 3 + k], IGNORE) for k, name in enumerate(ASKED)
            },
            group=int(self.group[chosen[0]]),
        )  # fmt: skip

    def batches(self, rows: npt.NDArray[np.int64], budget: int, rng: random.Random) -> Iterator[npt.NDArray[np.int64]]:
        """`rows` of one group and of like length together, each batch of about `budget` pieces, in a drawn order."""
        drawn = np.random.default_rng(rng.getrandbits(32))
        order = rows[np.lexsort((self.length[rows] + drawn.random(len(rows)) * 8, self.group[rows]))]
        out: list[npt.NDArray[np.int64]] = []
        begin, widest = 0, 0
        group = self.group[order].tolist()
        for k, length in enumerate(self.length[order].tolist()):
            widest = max(widest, length)
            if k > begin and ((k + 1 - begin) * widest > budget or group[k] != group[begin]):
                out.append(order[begin:k])
                begin, widest = k, length
        out.append(order[begin:])
        rng.shuffle(out)
        yield from out
