"""Fits the weights by which a trigger is accepted (`communique.read.triggers`).

``python training/fit_triggers.py [--write]`` after export.py and before fit_parties.py, on the reports kept from training. All
triggers that both passes were asked about are read as events; as many are right as the annotation has of their sentence and
type. The logarithm of the chance of what is so is made large, less `PENALTY` times the squares of the weights of features of
one size.

Prints the F1 of types by thresholds, each report read with the weights that the other four fifths gave, and before them what
the mean of both passes gives. `--write` fits on all and writes ``src/communique/data/model/triggers.tsv``.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "src"))

from communique.evaluate import gold  # noqa: E402
from communique.read.decode import Thresholds, decoded  # noqa: E402
from communique.read.reader import Reader  # noqa: E402
from communique.read.runtime import OnnxModel  # noqa: E402
from communique.read.triggers import FEATURES, Accepting, features, mean  # noqa: E402
from split import kept_articles, kept_corpus, parted  # noqa: E402
from tune import POOL, Remembering  # noqa: E402

PENALTY = 5e-3
"""Times the mean over triggers."""
BEFORE, SHOWN = 0.5, (0.35, 0.4, 0.45, 0.5)
TABLE = ROOT / "src/communique/data/model/triggers.tsv"
HEAD = "# What speaks for a trigger. Fitted by training/fit_triggers.py on reports kept from training.\n"

Floats = npt.NDArray[np.float64]
Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Example:
    """A trigger: the report that it is of, its features, its chance by the mean of both passes, and whether it is right."""

    report: str
    told: Floats
    chance: float
    right: bool


def examples(reports: Sequence[Record], model: Remembering) -> list[Example]:
    """All triggers of the reports that both passes were asked about. Of several of one type in a sentence as many are right as
    the annotation has there, the surest first: how many there are is the question, and not which of them."""
    everything = dataclasses.replace(Thresholds.load(), event=0.0)
    reader, out = Reader(model, thresholds=everything), []
    for report in reports:
        coded = gold.code([report], reader)[report["id"]]
        found = {(e["start"], e["end"]): (e["_n"], e["type"]) for e in gold.numbered(report, coded)}
        left = Counter((e["sentence"], e["type"]) for e in report["events"])
        for decoder, answers in decoded(model, reader.inputs(gold.report_of(report)), everything):
            proposals = decoder.triggers(answers)
            told = [evidence for _, evidence in proposals]
            rows, sure = features(told), mean(told)
            for n in sorted(range(len(told)), key=lambda n: -sure[n]):
                at = found.get(decoder.span(proposals[n][0].rows))
                if at is not None:
                    out.append(Example(report["id"], rows[n], sure[n], left[at] > 0))
                    left[at] -= 1
    return out


def fit(known: Sequence[Example]) -> dict[str, float]:
    """By feature, the weights under which what is right and what is not are likeliest."""
    from scipy.optimize import minimize

    told, right = np.array([e.told for e in known]), np.array([e.right for e in known], dtype=float)
    middle, size = told.mean(0), told.std(0) + 1e-9
    middle[0], size[0] = 0.0, 1.0
    scaled, free = (told - middle) / size, np.array([0.0] + [1.0] * (len(FEATURES) - 1))

    def loss(weights: Floats) -> tuple[float, Floats]:
        values = scaled @ weights
        off = 1 / (1 + np.exp(-values)) - right
        value = float(np.mean(np.logaddexp(0.0, values) - right * values) + PENALTY * (free * weights) @ weights)
        return value, scaled.T @ off / len(known) + 2 * PENALTY * free * weights

    found = minimize(loss, np.zeros(len(FEATURES)), jac=True, method="L-BFGS-B").x / size
    found[0] -= float(found[1:] @ middle[1:])
    return dict(zip(FEATURES, found.tolist(), strict=True))


def chances(weights: Mapping[str, float], known: Sequence[Example]) -> list[float]:
    return Accepting(weights).of(np.array([e.told for e in known]))


def crossed(known: Sequence[Example]) -> list[float]:
    """The chance of each trigger under weights that the other folds gave."""
    out = [0.0] * len(known)
    for others, own in parted([e.report for e in known]):
        weights = fit([known[n] for n in others])
        for n, value in zip(own, chances(weights, [known[n] for n in own]), strict=True):
            out[n] = value
    return out


def f1(known: Sequence[Example], values: Sequence[float], least: float, ids: Collection[str], told: int) -> float:
    """Of the triggers of the reports `ids` that are taken from `least` on; the annotation has so many events there."""
    taken = [e.right for e, value in zip(known, values, strict=True) if value > least and e.report in ids]
    return 2 * sum(taken) / (len(taken) + told)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    groups = {"articles": list(kept_articles(POOL)), "written": list(kept_corpus())}
    known = examples([r for reports in groups.values() for r in reports], Remembering(OnnxModel(threads=1)))
    print(len(known), "triggers,", sum(e.right for e in known), "right")
    values = crossed(known)
    for name, reports in groups.items():
        ids, told = {r["id"] for r in reports}, sum(len(r["events"]) for r in reports)
        before = f1(known, [e.chance for e in known], BEFORE, ids, told)
        shown = {least: round(f1(known, values, least, ids, told), 3) for least in SHOWN}
        print(f"{name}: {before:.3f} by the mean, {shown}", flush=True)
    if given.write:
        rows = "".join(f"{name}\t{value:.3f}\n" for name, value in fit(known).items())
        TABLE.write_text(HEAD + "name\tweight\n" + rows, encoding="utf-8")


if __name__ == "__main__":
    main()
