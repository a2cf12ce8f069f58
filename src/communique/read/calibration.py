"""What the model's scores are worth: a record's probability is the share of such records that annotation finds right.

A logistic line for each kind, fitted by training/calibrate.py on the reports kept from training: "event" (there is one of this
type in the sentence), "status" (and its status is right), "statement" (there is one with these words).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from communique.settings import read_table

EDGE = 1e-4
"""Scores are kept this far from 0 and 1."""


@lru_cache(maxsize=1)
def lines() -> Mapping[str, tuple[float, float]]:
    """Slope and intercept by kind, over the log-odds of the model's score."""
    rows = read_table("model/calibration.tsv")
    return {row["kind"]: (float(row["slope"]), float(row["intercept"])) for row in rows}


def logit(score: float) -> float:
    """The log-odds of a score from 0 to 1, which is kept `EDGE` off both."""
    kept = min(max(score, EDGE), 1 - EDGE)
    return math.log(kept / (1 - kept))


def sigmoid(x: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """The scores of log-odds."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(x, -30, 30))))


def calibrated(kind: str, score: float, line: tuple[float, float] | None = None) -> float:
    """The probability that a record of `kind` with the model's `score` (0 to 1) is right."""
    slope, intercept = line or lines().get(kind, (1.0, 0.0))
    return 1 / (1 + math.exp(-(slope * logit(score) + intercept)))
