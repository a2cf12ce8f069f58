"""Which of the words that may tell an event do tell one.

Both passes say of a trigger how probable each type is. That alone takes too much for an event: of two triggers of one type in a
sentence often one is right ("strikes ... the attack"), and a type that the sentence as a whole does not look like is seldom
told in it. So what is known of a trigger, of its sentence and of the other triggers there is weighed together
(`data/model/triggers.tsv`: a logistic regression, fitted by training/fit_triggers.py on the reports kept from training).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from communique.read.calibration import logit, sigmoid
from communique.settings import read_table

Floats = npt.NDArray[np.float64]
Floating = npt.NDArray[np.floating]

FEATURES = ("one", "first", "second", "first type", "second type", "sentence", "sides", "rival", "surer", "others")
"""What is known of a trigger: the chances by either pass that it is one and that it is one of its type, whether the sentence as a
whole tells such an event, how sure it is which of its sides are named; and of the sentence's other triggers the chance of
the surest of its type, how many of these are surer than it, and how many likely ones there are of any type. All but the last
three are log-odds."""

LIKELY = 0.5
"""Chance from which another trigger is counted."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the model says of a trigger: by either pass the chances that it is none and of each type, the sentence's logit of
    each type, and the chance of each of `labels.SIDES`."""

    first: Floating
    second: Floating
    sentence: Floating
    sides: Floating

    @property
    def chances(self) -> Floating:
        """That it is none and of each type, by the mean of both passes."""
        return (self.first + self.second) / 2

    @property
    def type(self) -> int:
        """The likeliest type, as an index of `labels.TYPES`."""
        return int(self.chances[1:].argmax())


def features(told: Sequence[Evidence]) -> Floats:
    """(triggers of a sentence, `FEATURES`)."""
    types = [e.type for e in told]
    sure = [1.0 - float(e.chances[0]) for e in told]
    out = np.zeros((len(told), len(FEATURES)))
    for n, (e, kind) in enumerate(zip(told, types, strict=True)):
        same = [s for k, s in enumerate(sure) if k != n and types[k] == kind]
        out[n] = [
            1.0, logit(1.0 - float(e.first[0])), logit(1.0 - float(e.second[0])), logit(float(e.first[kind + 1])),
            logit(float(e.second[kind + 1])), float(e.sentence[kind]), logit(float(e.sides.max())),
            max(same, default=0.0), sum(s > sure[n] for s in same), sum(s > LIKELY for s in sure) - (sure[n] > LIKELY),
        ]  # fmt: skip
    return out


class Accepting:
    """How probable it is that a trigger tells an event of its type, by `weights` of `FEATURES`."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._weights = np.array([weights[name] for name in FEATURES])

    def __call__(self, told: Sequence[Evidence]) -> list[float]:
        """One chance for each trigger of a sentence."""
        return self.of(features(told))

    def of(self, rows: Floats) -> list[float]:
        """The same of triggers whose `features` are known."""
        return [float(chance) for chance in sigmoid(rows @ self._weights)]


def mean(told: Sequence[Evidence]) -> list[float]:
    """The same by the mean of both passes alone."""
    return [1.0 - float(e.chances[0]) for e in told]


@lru_cache(maxsize=1)
def shipped() -> Accepting:
    return Accepting({row["name"]: float(row["weight"]) for row in read_table("model/triggers.tsv")})
