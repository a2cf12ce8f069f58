"""The losses of every task over a batch, and how well a reader does each task, without a loop over sentences or questions.

Where a teacher's answers are given (`Told`), what is to be learnt is a mean of the annotation and of these; where there is no
annotation, these alone.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from communique.evaluate.matching import macro_f1
from communique.read.decode import stretches
from communique.read.labels import ASKED, ROLES, TYPES
from data import IGNORE
from flat import CLASSES, YES_NO, Batch, Flat

if TYPE_CHECKING:
    from model import Reader

ROLE_WORDS = 8
"""Words by which a role's summed loss is divided, to bring it to the size of the others."""
DOUBT = 0.15
"""Chance of a wrong trigger above which the second pass is asked about it, so that it learns to turn one down."""
LIKELY = 0.3
"""Chance of a trigger or cue above which a teacher is asked about it where nothing is annotated."""
MISSED = 1.5
"""What a filler that is missed costs, against a word that is none."""
WEIGHTS = {
    "trigger": 1.0, "cue": 1.0, "mention": 0.5, "inquote": 0.5, "mode": 0.4, "status": 1.0, "historical": 0.5,
    "act": 0.4, "sentence": 1.0, "relation": 1.0, "fact": 1.0,
    "roles": 1.5, "places": 1.0,
    "asked kind": 1.0, "asked mode": 0.4, "asked status": 1.0, "asked historical": 0.4, "asked act": 0.4,
    "asked when": 0.5, "asked sides": 0.7,
}  # fmt: skip
SMOOTHED = ("status", "mode", "act")
"""Heads whose labels are smoothed."""
NO_PAIR = -1
"""The relation of an example that is no marked pair."""
OF_KIND = {1: ("kind", "mode", "status", "historical", "when", "sides"), 2: ("act",)}
"""The heads that say something of a trigger (1) and of a cue (2)."""


def autocast(device: str) -> torch.autocast:
    return torch.autocast(device, dtype=torch.bfloat16)


def wanted(labels: Tensor, classes: int, smoothing: float, soft: Tensor | None, share: float) -> Tensor:
    """Probabilities to learn, (..., `classes`): the label, smoothed, mixed with the teacher's, which stand alone where there is
    none."""
    known = labels != IGNORE
    hard = F.one_hot(labels.clamp(min=0), classes).float() * (1 - smoothing) + smoothing / classes
    if soft is None:
        return hard
    return torch.where(known[..., None], hard.lerp(soft, share), soft)


def _mean(losses: Tensor, counted: Tensor, weight: Tensor) -> Tensor:
    return (losses * counted * weight).sum() / counted.sum().clamp(min=1)


def reading_loss(
    out: Mapping[str, Tensor], b: Batch, smoothing: float, told: Mapping[str, Tensor], share: float = 0.0
) -> dict[str, Tensor]:
    """Mean loss of each task of the first pass over what the batch asks of it; `told` as in `Told`, or nothing."""
    parts: dict[str, Tensor] = {}
    each = b.weight[:, None]
    # A piece of a marked pair is not asked what it is: its sentence is read as it is elsewhere.
    plain = (b.relation == NO_PAIR)[:, None] & b.first & b.inside
    event = plain & (1 - told["trigger"][..., 0] > LIKELY) if told else plain
    cue = plain & (told["cue"][..., 0] > LIKELY) if told else plain
    for name in CLASSES:
        labels = b.labels[name]
        counted, answer = labels != IGNORE, told.get(name)
        if answer is not None:
            counted = counted | {"trigger": plain, "act": cue}.get(name, event)
        logits = out[name].float()
        target = wanted(labels, logits.shape[-1], smoothing if name in SMOOTHED else 0.0, answer, share)
        parts[name] = _mean(-(target * torch.log_softmax(logits, -1)).sum(-1), counted, each)
    for name in YES_NO:
        labels, answer = b.labels[name], told.get(name)
        counted, target = labels != IGNORE, labels.clamp(min=0).float()
        if answer is not None:
            target = torch.where(counted, target.lerp(answer[..., 0], share), answer[..., 0])
            counted = counted | (plain if name == "cue" else event)
        parts[name] = _mean(
            F.binary_cross_entropy_with_logits(out[name][..., 0].float(), target, reduction="none"), counted, each
        )
    asked = ~b.fact.isnan()
    parts["fact"] = _mean((out["fact"][..., 0].float() - b.fact.nan_to_num()) ** 2, asked, each)
    bag, has = b.bag, b.has_bag
    if told:
        answer = told["sentence"]
        bag, has = torch.where(has[:, None], bag.lerp(answer, share), answer), b.relation == NO_PAIR
    flat = F.binary_cross_entropy_with_logits(out["sentence"].float(), bag, reduction="none").mean(-1)
    parts["sentence"] = _mean(flat, has, b.weight) * 4
    related = b.relation >= 0
    labels = torch.where(related, b.relation, IGNORE)
    target = wanted(labels, len(TYPES), smoothing, told.get("relation"), share)
    parts["relation"] = _mean(-(target * torch.log_softmax(out["relation"].float(), -1)).sum(-1), related, b.weight)
    return parts


def surest(chances: Tensor, eligible: Tensor, least: float, most: int = 1) -> tuple[Tensor, Tensor]:
    """(row of the batch, piece) of up to `most` words of each sentence with the best `chances` (B, T), from `least` on."""
    chance, at = (chances * eligible).topk(most, -1)
    rows, which = torch.nonzero(chance > least, as_tuple=True)
    return rows, at[rows, which]


def doubted(out: Mapping[str, Tensor], b: Batch) -> tuple[Tensor, Tensor]:
    """(row of the batch, piece) of the surest trigger that is none, in each sentence that has one."""
    chances = 1.0 - torch.softmax(out["trigger"].detach().float(), -1)[..., 0]
    return surest(chances, b.labels["trigger"] == 0, DOUBT)


@dataclass(slots=True)
class Asked:
    """What the second pass is asked, a row a question: of which row of the batch, `marks` (Q, T), what each piece is to it
    (`target`, `counted`: (Q, T, `FILLED`)) and the classes of its heads, `IGNORE` where nothing is told."""

    of: Tensor
    marks: Tensor
    target: Tensor
    counted: Tensor
    answers: dict[str, Tensor]

    @classmethod
    def by(cls, b: Batch) -> Asked:
        """What the annotation asks."""
        return cls(b.of, b.marks, b.target, b.counted, b.answers)

    def also(self, rows: Tensor, at: Tensor, mark: int = 1, kind: int = 0) -> Asked:
        """With a question about each of these words, marked as a trigger (1) or a cue (2), and of this `kind`: 0 is none."""
        marks = self.marks.new_zeros(len(rows), self.marks.shape[1])
        marks[torch.arange(len(rows), device=marks.device), at] = mark
        blank = self.target.new_zeros(len(rows), *self.target.shape[1:])
        own = {name: torch.full_like(rows, kind if name == "kind" else IGNORE) for name in self.answers}
        return Asked(
            torch.cat([self.of, rows]), torch.cat([self.marks, marks]), torch.cat([self.target, blank]),
            torch.cat([self.counted, blank]), {name: torch.cat([self.answers[name], own[name]]) for name in own},
        )  # fmt: skip

    def with_roles(self, told: Tensor, first: Tensor, likely: Tensor, share: float) -> Asked:
        """With the roles that a teacher tells, (Q, T, role): beside the annotation's, and alone where that tells nothing of a
        role, unless the question is of a word that is none (not `likely`) or of syntax."""
        n, trigger = len(ROLES), (self.marks == 1).any(1)
        own = torch.tensor([[1, 1, 1, 0, 0], [0, 0, 0, 1, 1]], device=told.device, dtype=torch.bool)
        fits = torch.where(trigger[:, None], own[0], own[1]) & (likely | ~trigger)[:, None]
        fits &= ~self.counted[..., n:].any(1).any(1)[:, None]
        alone = (fits & ~self.counted[..., :n].any(1))[:, None]
        target = torch.where(alone, told, self.target[..., :n].lerp(told, share))
        counted = torch.where(alone, first[..., None].float(), self.counted[..., :n])
        return replace(
            self, target=torch.cat([target, self.target[..., n:]], -1), counted=torch.cat([counted, self.counted[..., n:]], -1)
        )


@dataclass(slots=True)
class Told:
    """A teacher's probabilities: of the first pass by head, (B, T, class), and `sentence` and `relation`, (B, 16); what the
    second pass is asked, and of that `roles` (Q, T, role) and by head (Q, class)."""

    first: Mapping[str, Tensor]
    asked: Asked
    second: Mapping[str, Tensor]


def asking_loss(
    model: Reader, out: Mapping[str, Tensor], b: Batch, smoothing: float, teacher: Told | None = None, share: float = 0.0
) -> dict[str, Tensor]:
    """Mean loss of the second pass over what the batch asks, or a teacher does."""
    asked = teacher.asked if teacher is not None else Asked.by(b).also(*doubted(out, b))
    if not len(asked.of):
        return {}
    likely = torch.ones_like(asked.of, dtype=torch.bool)
    if teacher is not None:
        likely = teacher.second["kind"][:, 0] < 1 - LIKELY
        asked = asked.with_roles(teacher.second["roles"], b.first[asked.of], likely, share)
    with autocast(b.ids.device.type):
        got = model.ask(out["middle"][asked.of], b.mask[asked.of], asked.marks)
    each, n = b.weight[asked.of], len(ROLES)
    # A sum over the words, not a mean: one filler among sixty words is what is to be found.
    scores = torch.cat([got["roles"], got["places"]], -1).float()
    flat = F.binary_cross_entropy_with_logits(scores, asked.target, reduction="none", pos_weight=scores.new_tensor(MISSED))
    flat = flat * asked.counted * each[:, None, None]
    parts = {}
    for part, columns in (("roles", slice(None, n)), ("places", slice(n, None))):
        parts[part] = flat[..., columns].sum() / (ROLE_WORDS * asked.counted[..., columns].any(1).sum().clamp(min=1))
    about = {kind: (asked.marks == kind).any(1) for kind in OF_KIND}
    for name, classes in ASKED.items():
        labels, told = asked.answers[name], None
        counted = labels != IGNORE
        if teacher is not None:
            told = teacher.second[name]
            heard = about[1] if name in OF_KIND[1] else about[2]
            counted = counted | (heard if name in ("kind", "act") else heard & likely)
        target = wanted(labels, classes, smoothing if name in SMOOTHED else 0.0, told, share)
        parts[f"asked {name}"] = _mean(-(target * torch.log_softmax(got[name].float(), -1)).sum(-1), counted, each)
    return parts


def loss(model: Reader, b: Batch, smoothing: float, teacher: Told | None = None, share: float = 0.0) -> dict[str, Tensor]:
    """Mean loss of every task of both passes."""
    with autocast(b.ids.device.type):
        out = model(b.ids, b.mask, b.features)
    told = teacher.first if teacher is not None else {}
    return reading_loss(out, b, smoothing, told, share) | asking_loss(model, out, b, smoothing, teacher, share)


def runs(classes: Tensor, counted: Tensor) -> list[tuple[int, int, int, int]]:
    """(row, first piece, last piece, class) of each stretch of one class but 0 among the pieces that are `counted`."""
    out: list[tuple[int, int, int, int]] = []
    for row, (values, counts) in enumerate(zip(classes.cpu().numpy(), counted.cpu().numpy(), strict=True)):
        at = np.flatnonzero(counts)
        kinds = values[at]
        out += [(row, int(at[i]), int(at[j - 1]), int(kinds[i])) for i, j in stretches(kinds > 0, kinds)]
    return out


def _found(seen: Counter[str], name: str, found: Sequence[tuple[int, ...]], told: Sequence[tuple[int, ...]]) -> None:
    """Counts the stretches found, told, and found where one of the same class is told."""
    by_row: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for row, start, end, kind in told:
        by_row.setdefault((row, kind), []).append((start, end))
    for row, start, end, kind in found:
        seen[f"{name} hit"] += any(s <= end and start <= e for s, e in by_row.get((row, kind), ()))
    seen[f"{name} found"] += len(found)
    seen[f"{name} told"] += len(told)


def _answered(seen: Counter[str], b: Batch, got: Mapping[str, Tensor]) -> None:
    """Counts the questions of each head and role, and those whose class is right or whose best word is one of the role's."""
    for name in ASKED:
        known = b.answers[name] != IGNORE
        seen[f"{name} n"] += int(known.sum())
        seen[f"{name} right"] += int((got[name].argmax(-1) == b.answers[name])[known].sum())
    n, first = len(ROLES), b.first[b.of][..., None]
    # Pieces of a party that the annotation leaves open are as right as those that it names.
    right = first & ((b.target[..., :n] > 0) | (b.counted[..., :n] == 0))
    filled = (b.target[..., :n] * first).any(1)
    best = torch.where(first, got["roles"].float(), -1e9).argmax(1)
    hit = torch.gather(right, 1, best[:, None])[:, 0] & filled
    for k, role in enumerate(ROLES):
        seen[f"{role} n"] += int(filled[:, k].sum())
        seen[f"{role} right"] += int(hit[:, k].sum())


def judge(model: Reader, data: Flat, chosen: npt.NDArray[np.int64], budget: int = 16000) -> dict[str, float]:
    """How well `model` does on the examples `chosen`, task by task: F1 of typed triggers that overlap and of cues, shares of
    questions whose class is right and whose best word for a role is one of its fillers, macro-F1 of marked pairs."""
    model.eval()
    seen: Counter[str] = Counter()
    pairs: list[tuple[str, str]] = []
    for rows in data.batches(chosen, budget, random.Random(1)):
        b = data.batch(rows)
        with torch.no_grad(), autocast(data.device):
            out = model(b.ids, b.mask, b.features)
            got = model.ask(out["middle"][b.of], b.mask[b.of], b.marks) if len(b.of) else None
        related = b.relation >= 0
        pairs += [
            (TYPES[a], TYPES[z])
            for a, z in zip(b.relation[related].tolist(), out["relation"][related].argmax(-1).tolist(), strict=True)
        ]
        plain = b.first & b.inside & ~related[:, None]
        told = b.labels["trigger"].clamp(min=0), b.labels["cue"].clamp(min=0)
        _found(seen, "type", runs(out["trigger"].argmax(-1), plain), runs(told[0], plain))
        _found(seen, "cue", runs((out["cue"][..., 0] > 0).long(), plain), runs(told[1], plain))
        if got is not None:
            _answered(seen, b, got)
    figures = {
        f"{name} F1": 2 * seen[f"{name} hit"] / max(1, seen[f"{name} found"] + seen[f"{name} told"]) for name in ("type", "cue")
    }
    figures |= {name: seen[f"{name} right"] / max(1, seen[f"{name} n"]) for name in (*ASKED, *ROLES)}
    return figures | {"relation": macro_f1(pairs)[0] if pairs else 0.0}
