"""Fits the weights by which an event's parties are chosen (`communique.read.parties`).

``python training/fit_parties.py [--write]`` after export.py and tune.py, on the reports kept from training, with the triggers
that the reader finds. An event of the annotation and one of the reader's of its sentence and type belong together; a choice is
right if both sides have the annotation's countries. Where none of the choices is, the event teaches nothing. The logarithm of the
chance of the right choices is made large, less `PENALTY` times the weights' squares. As what was told before is one of the
facts, the reports are read twice.

Prints the share of events of which both sides are right, fitted on the other four fifths of the reports. `--write` fits on all
and writes ``src/communique/data/model/parties.tsv``.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "src"))

from communique.evaluate import gold  # noqa: E402
from communique.read import build  # noqa: E402
from communique.read.parties import Candidate, Choices, Chooser, Side, Weighed, choices, features, worth  # noqa: E402
from communique.read.reader import Reader  # noqa: E402
from communique.read.runtime import OnnxModel  # noqa: E402
from split import kept_articles, kept_corpus, parted  # noqa: E402
from tune import POOL, Remembering  # noqa: E402

ROUNDS = 2
PENALTY = 1e-3
"""Times the mean over events."""
START = {"actor chance": 1.0, "recipient chance": 1.0, "actor named": 0.5, "recipient named": 0.5, "shared": -2.0}
"""Weights by which the reports are read the first time."""
TABLE = ROOT / "src/communique/data/model/parties.tsv"
HEAD = "# What speaks for a choice of an event's parties. Fitted by training/fit_parties.py on reports kept from training.\n"

Record = dict[str, Any]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """An event's choices, which of them are right, and the report that it is of."""

    report: str
    told: Choices
    right: npt.NDArray[np.bool_]


class Noting(Chooser):
    """Chooses, and keeps what it chose from."""

    def __init__(self, weights: dict[str, float]) -> None:
        super().__init__(weights)
        self.seen: list[tuple[Choices, list[str], list[str]]] = []

    def choose(
        self, kind: str, text: str, acting: Side, done: Side, named: tuple[float, float],
        note: Callable[[tuple[Weighed, ...]], None] | None = None,
    ) -> tuple[tuple[Candidate, ...], tuple[Candidate, ...]]:  # fmt: skip
        told = choices(kind, text, acting, done, named)
        self.seen.append((told, [_country(c) for c in acting], [_country(c) for c in done]))
        return self.taken(told, acting, done)


def _country(candidate: Candidate) -> str:
    return candidate.key if re.fullmatch("[A-Z]{3}", candidate.key) else "?"


def examples(reports: Sequence[Record], model: Remembering, weights: dict[str, float]) -> list[Example]:
    """The events of the reader that belong to one of the annotation's, read with `weights`."""
    out = []
    for report in reports:
        noting = Noting(weights)
        build.shipped = lambda noting=noting: noting  # type: ignore[assignment]
        coded = gold.code([report], Reader(model))[report["id"]]
        at = {(e["start"], e["end"], e["type"]): n for n, e in enumerate(coded["events"])}
        for wanted, found in gold.matched_events(report, coded):
            told, acting, done = noting.seen[at[found["start"], found["end"], found["type"]]]
            sides = [frozenset(e.get("country") or "?" for e in wanted[side]) for side in ("actors", "recipients")]
            left = np.array([frozenset(acting[n] for n in chosen) == sides[0] for chosen in told.actors])
            right = np.array([frozenset(done[n] for n in chosen) == sides[1] for chosen in told.recipients])
            out.append(Example(report["id"], told, np.outer(left, right)))
    return out


def fit(known: Sequence[Example]) -> Floats:
    """The weights under which the right choices are likeliest."""
    from scipy.optimize import minimize

    taught = [e for e in known if e.right.any()]

    def loss(weights: Floats) -> tuple[float, Floats]:
        total, slope = 0.0, np.zeros_like(weights)
        for e in taught:
            values = worth(weights, e.told)
            chances = np.exp(values - values.max())
            chances /= chances.sum()
            right = np.where(e.right, chances, 0.0)
            total -= float(np.log(right.sum()))
            off = chances - right / right.sum()
            slope += np.concatenate(
                [off.sum(1) @ e.told.actor, off.sum(0) @ e.told.recipient, np.tensordot(off, e.told.pair, axes=2)]
            )
        return total / len(taught) + PENALTY * float(weights @ weights), slope / len(taught) + 2 * PENALTY * weights

    start = np.array([START.get(name, 0.0) for name in features()])
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200}).x)


def hit(weights: Floats, example: Example) -> bool:
    return bool(example.right.flat[int(worth(weights, example.told).argmax())])


def crossed(known: Sequence[Example], groups: dict[str, Collection[str]]) -> dict[str, float]:
    """By group of reports, the share of right choices under weights that the other folds gave."""
    hits: dict[str, list[bool]] = defaultdict(list)
    for others, own in parted([e.report for e in known]):
        weights = fit([known[n] for n in others])
        for e in (known[n] for n in own):
            for name, ids in groups.items():
                if e.report in ids:
                    hits[name].append(hit(weights, e))
    return {name: sum(values) / len(values) for name, values in hits.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    articles, written = list(kept_articles(POOL)), list(kept_corpus())
    groups: dict[str, Collection[str]] = {"articles": {r["id"] for r in articles}, "written": {r["id"] for r in written}}
    model, weights = Remembering(OnnxModel(threads=1)), dict(START)
    for _ in range(ROUNDS):
        known = examples([*articles, *written], model, weights)
        values = fit(known)
        weights = dict(zip(features(), values.tolist(), strict=True))
    print(len(known), "events,", sum(bool(e.right.any()) for e in known), "with a right choice")
    print({name: round(share, 3) for name, share in crossed(known, groups).items()}, flush=True)
    if given.write:
        rows = "".join(f"{name}\t{value:.3f}\n" for name, value in weights.items())
        TABLE.write_text(HEAD + "name\tweight\n" + rows, encoding="utf-8")


if __name__ == "__main__":
    main()
