"""What a student learns of its teachers while it trains: their answers about each batch, its words changed or not.

A teacher answers what it has not been trained on: a report goes to the one that has not seen it, everything else to one that is
drawn. So that there is more to ask about than was written, some sentences are read with other words: each is exchanged, by
chance, for one of those that are nearest to it among the pretrained encoder's words. What the annotation says of such
a sentence no longer holds, and the teacher's answers stand alone.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from data import IGNORE
from flat import Batch, Flat
from model import Reader
from packed import UNSEEN, fold_of
from tasks import LIKELY, NO_PAIR, Asked, Told, doubted, surest
from train import MAIN

FIRST = ("trigger", "mode", "status", "act", "cue", "historical")
"""What a teacher is asked of every piece."""
ODDS = ("cue", "historical", "sentence", "roles")
"""Answers that are yes or no; all others are one class of several."""
NEAREST = 12
"""Words that a word may be exchanged for."""
ALTERED = (*MAIN, "ngec", UNSEEN)
"""Parts of the data whose sentences may be read with other words."""


def chances(name: str, logits: Tensor) -> Tensor:
    return torch.sigmoid(logits.float()) if name in ODDS else torch.softmax(logits.float(), -1)


def nearest_words(embeddings: Tensor, pieces: Sequence[str], used: Tensor) -> Tensor:
    """(vocabulary, `NEAREST`): the words nearest to each by the cosine of `embeddings`, of whole words of letters among those
    `used`; of any other piece itself."""
    whole = torch.tensor([piece.isalpha() and len(piece) > 1 for piece in pieces], device=embeddings.device)
    words = used[whole[used]]
    known = F.normalize(embeddings[words].float(), dim=-1)
    out = torch.arange(len(pieces), device=embeddings.device)[:, None].repeat(1, NEAREST)
    like = known @ known.T
    like.fill_diagonal_(-1.0)
    out[words] = words[like.topk(NEAREST, -1).indices]
    return out


@dataclass(slots=True)
class Alteration:
    """Which sentences are read with other words: a share of `sentences`, in them a share of `words`, out of `near`."""

    near: Tensor
    may: Tensor
    sentences: float = 0.4
    words: float = 0.25

    @classmethod
    def of(cls, data: Flat, near: Tensor, sentences: float) -> Alteration:
        may = data.of(*ALTERED) & ~data.paired
        return cls(near, torch.from_numpy(may).to(data.device), sentences)

    def __call__(self, b: Batch) -> Batch:
        """The batch with the words of some of its sentences exchanged, of which it asks what it asked and tells nothing."""
        row = self.may[b.rows] & (torch.rand(len(b.rows), device=b.rows.device) < self.sentences)
        alone = b.first & torch.cat([b.first[:, 1:], torch.ones_like(b.first[:, :1])], 1)
        moved = row[:, None] & alone & (torch.rand(b.ids.shape, device=b.ids.device) < self.words)
        which = torch.randint(self.near.shape[1], b.ids.shape, device=b.ids.device)
        about = row[b.of]
        return replace(
            b,
            ids=torch.where(moved, self.near[b.ids, which], b.ids),
            labels={name: values.masked_fill(row[:, None], IGNORE) for name, values in b.labels.items()},
            fact=b.fact.masked_fill(row[:, None], torch.nan),
            has_bag=b.has_bag & ~row,
            counted=b.counted * ~about[:, None, None],
            answers={name: values.masked_fill(about, IGNORE) for name, values in b.answers.items()},
        )


@dataclass(slots=True)
class Teachers:
    """One for each fold, and who of them answers for what: `part` draws that for an epoch."""

    models: list[Reader]
    folds: npt.NDArray[np.int64]
    bare: Tensor
    """Which examples nobody annotated."""

    @classmethod
    def of(cls, models: Sequence[Reader], data: Flat) -> Teachers:
        halves = [model.to(data.device, torch.bfloat16 if data.device == "cuda" else torch.float32).eval() for model in models]
        return cls(halves, fold_of(data.report), torch.from_numpy(data.of(UNSEEN)).to(data.device))

    def part(self, data: Flat, rng: random.Random) -> None:
        """Parts the data by who answers: what belongs to no fold goes to one that is drawn."""
        drawn = np.random.default_rng(rng.getrandbits(32)).integers(len(self.models), size=len(data))
        data.group = np.where(self.folds < 0, drawn, self.folds)

    @torch.no_grad()
    def answer(self, b: Batch) -> Told:
        """What the teacher of the batch says of it. Beyond what the annotation asks, it is asked about what it takes for a
        trigger and annotation does not, and where nobody annotated about its two surest triggers and its surest cue."""
        model = self.models[b.group]
        out = model(b.ids, b.mask, b.features)
        first = {name: chances(name, out[name]) for name in (*FIRST, "sentence", "relation")}
        plain = (b.relation == NO_PAIR)[:, None] & b.first & b.inside & self.bare[b.rows][:, None]
        asked = Asked.by(b).also(*doubted(out, b))
        asked = asked.also(*surest(1.0 - first["trigger"][..., 0], plain, LIKELY, 2), kind=IGNORE)
        asked = asked.also(*surest(first["cue"][..., 0], plain, LIKELY), mark=2, kind=IGNORE)
        got: Mapping[str, Tensor] = {}
        if len(asked.of):
            got = model.ask(out["middle"][asked.of], b.mask[asked.of], asked.marks)
        return Told(first, asked, {name: chances(name, values) for name, values in got.items() if name not in ("own", "places")})
