"""Small convex learners in numpy: what to add to given logits, held to nothing where there is little to learn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

STEPS = 40
"""Most steps of one fit."""

SHRINK = 5.0
"""Times the mean variance that is added to every direction before states are scaled to equal variance.

Of two types with 20 examples each, 17 unseen triggers among 820 others are ranked with a mean average precision of 0.45 at
0.1, 0.53 at 1, 0.59 at 5.
"""


@dataclass(frozen=True, slots=True)
class Linear:
    """Logits to add to a head's: ``x @ weight + bias``."""

    weight: Floats
    bias: Floats

    def __call__(self, x: npt.NDArray[np.floating]) -> Floats:
        return np.asarray(x @ self.weight + self.bias, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Scale:
    """States as features of equal variance: what is usual in written reports weighs less than what is rare."""

    mean: Floats
    root: Floats

    @classmethod
    def of(cls, states: npt.NDArray[np.floating]) -> Scale:
        x = states.astype(np.float64)
        mean = x.mean(0)
        values, vectors = np.linalg.eigh(np.cov(x - mean, rowvar=False))
        values = np.clip(values, 0, None)
        root = vectors / np.sqrt(values + SHRINK * values.mean())
        # One strength fits all states: a row's squares sum to the number of its features.
        return cls(mean, root * np.sqrt(len(mean) / max(1e-12, ((x - mean) @ root).var(0).sum())))

    def __call__(self, states: npt.NDArray[np.floating]) -> Floats:
        """Features of `states`, the last one constant."""
        x = (states - self.mean) @ self.root
        return np.concatenate([x, np.ones((len(x), 1))], axis=1)

    def undo(self, weights: Floats) -> Linear:
        """What `weights` on the features are on the states themselves."""
        weight = self.root @ weights[:-1]
        return Linear(weight, weights[-1] - self.mean @ weight)


def log_softmax(logits: Floats) -> Floats:
    shifted = logits - logits.max(1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(1, keepdims=True)))


def losses(logits: Floats, y: Ints) -> Floats:
    """Log-loss of each row."""
    return np.asarray(-log_softmax(logits)[np.arange(len(y)), y])


def one_hot(y: Ints, classes: int) -> Floats:
    """Certainty of each of `y`."""
    return np.asarray(np.eye(classes)[y])


def fit(x: Floats, base: Floats, target: Floats, weight: Floats, strength: float, start: Floats | None = None) -> Floats:
    """Weights W (features, classes) that make the softmax of ``base + x @ W`` the `target`; `strength` / 2 times their squares
    is to pay."""
    shape = (x.shape[1], base.shape[1])
    weighted = target * weight[:, None]

    def objective(flat: Floats) -> tuple[float, Floats]:
        w = flat.reshape(shape)
        logs = log_softmax(base + x @ w)
        value = float(-(weighted * logs).sum() + 0.5 * strength * (flat @ flat))
        return value, (x.T @ (np.exp(logs) * weight[:, None] - weighted) + strength * w).ravel()

    first = np.zeros(shape) if start is None else start
    return minimise(objective, first.ravel()).reshape(shape)


def minimise(objective: Callable[[Floats], tuple[float, Floats]], at: Floats, memory: int = 8) -> Floats:
    """The minimum of a smooth convex function from `at`, by L-BFGS with halving steps."""
    value, slope = objective(at)
    moves: list[tuple[Floats, Floats, float]] = []
    for _ in range(STEPS):
        if np.abs(slope).max() < 1e-4:
            break
        direction = -_scaled(slope, moves)
        step = 1.0 if moves else 1.0 / (1.0 + np.abs(slope).sum())
        down = float(direction @ slope)
        for _ in range(30):
            new = at + step * direction
            new_value, new_slope = objective(new)
            if new_value <= value + 1e-4 * step * down:
                break
            step /= 2
        else:
            break
        moved, turned = new - at, new_slope - slope
        if (product := float(moved @ turned)) > 1e-12:
            moves = [*moves[1 - memory :], (moved, turned, product)]
        small = abs(value - new_value) < 1e-7 * max(1.0, abs(value))
        at, value, slope = new, new_value, new_slope
        if small:
            break
    return at


def _scaled(slope: Floats, moves: list[tuple[Floats, Floats, float]]) -> Floats:
    """`slope` times the inverse curvature that the last `moves` tell of."""
    out = slope.copy()
    shares = []
    for moved, turned, product in reversed(moves):
        share = float(moved @ out) / product
        shares.append(share)
        out -= share * turned
    if moves:
        _, turned, product = moves[-1]
        out *= product / float(turned @ turned)
    for (moved, turned, product), share in zip(moves, reversed(shares), strict=True):
        out += (share - float(turned @ out) / product) * moved
    return out


def out_of_fold(
    x: Floats, base: Floats, target: Floats, weight: Floats, folds: Ints, strength: float, starts: dict[int, Floats]
) -> Floats:
    """What is added to `base` at each row, by a fit without the rows of its fold; those of fold -1 are in all fits, and stay 0.

    `starts` holds each fold's weights from a fit of another strength, and then from this one.
    """
    added = np.zeros_like(base)
    for fold in range(int(folds.max(initial=0)) + 1):
        rest, own = folds != fold, folds == fold
        if not own.any():
            continue
        starts[fold] = fit(x[rest], base[rest], target[rest], weight[rest], strength, starts.get(fold))
        added[own] = x[own] @ starts[fold]
    return added
