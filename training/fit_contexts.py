"""Fits ``data/ontology/context_weights.tsv``: when the words of a context (data/ontology/contexts.tsv) make a report one of it.

``python training/fit_contexts.py [--pool POOL.jsonl.gz]``: the reports of training/contexts/reports.tsv with their texts from
shared/data/articles, without those on which benchmarks/contexts.py measures. ``--folds N`` only prints figures by
cross-validation, at several thresholds.

One logistic regression for each context, over the reports that have its words. Its weights are drawn towards those that all
contexts have together, most where there are few reports; what other contexts say for or against it is drawn towards nothing, and
is left out where fewer than `FLOOR` reports are of the context. The threshold is in the bias: a sum above nought gives the
context.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from communique.read.boilerplate import classify  # noqa: E402
from communique.read.contexts import EVIDENCE, ContextReader, patterns  # noqa: E402
from communique.read.sentences import split  # noqa: E402

POOL = ROOT.parent / "shared/data/articles/pool.jsonl.gz"
REPORTS = ROOT / "training/contexts/reports.tsv"
TABLE = ROOT / "src/communique/data/ontology/context_weights.tsv"
HEAD = """# How much each kind of evidence (read/contexts.py), and each context that a report has words of beside it, speaks
# for one. A sum above nought gives it. Fitted by training/fit_contexts.py: change none by hand.
"""
MEASURED = 60
"""Reports kept for measuring: those whose ids hash lowest."""
TOGETHER, OWN, BIAS, BESIDE = 1.0, 5.0, 2.0, 0.5
"""Penalties: on the weights of all contexts together, on how far a context goes from them, the same of its bias, and on other
contexts. Chosen, with `THRESHOLD`, by cross-validation over the reports that are fitted to; halving or doubling one changes
little."""
THRESHOLD = 0.4
FLOOR = 5
STEPS = 25

Array = NDArray[np.float64]
Tsv = Mapping[str, frozenset[str]]


def annotated(path: Path = REPORTS) -> dict[str, frozenset[str]]:
    """id -> contexts of the annotated reports."""
    lines = [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return {ident: frozenset(told.split(",")) for ident, told in (line.split("\t") for line in lines[1:])}


def measuring(ids: Iterable[str]) -> list[str]:
    """The ids on which is measured and never fitted."""
    return sorted(ids, key=lambda ident: hashlib.sha256(f"contexts:{ident}".encode()).hexdigest())[:MEASURED]


def articles(ids: Iterable[str], pool: Path = POOL) -> dict[str, dict[str, Any]]:
    """The articles of the pool that have one of `ids`."""
    wanted = set(ids)
    with gzip.open(pool, "rt", encoding="utf-8") as handle:
        return {record["id"]: record for record in map(json.loads, handle) if record["id"] in wanted}


def reader_of(article: Mapping[str, Any]) -> ContextReader:
    """An article's contexts, of the sentences that the reader would code."""
    text, title = article["text"], article["title"] or ""
    return ContextReader(text, classify(text, split(text), title), title)


@dataclass
class Examples:
    """Reports by contexts: what speaks for each (reports, contexts, EVIDENCE), which have its words, which are of it."""

    own: Array
    shown: NDArray[np.bool_]
    gold: Array

    @classmethod
    def of(cls, ids: Sequence[str], found: Mapping[str, Mapping[str, Any]], told: Tsv) -> Examples:
        names = list(patterns())
        shape = (len(ids), len(names))
        own, shown, gold = np.zeros((*shape, len(EVIDENCE))), np.zeros(shape, bool), np.zeros(shape)
        for i, ident in enumerate(ids):
            for context, evidence in reader_of(found[ident]).evidence().items():
                own[i, names.index(context)] = [evidence[name] for name in EVIDENCE]
                shown[i, names.index(context)] = True
            gold[i] = [name in told[ident] for name in names]
        return cls(own, shown, gold)

    def some(self, which: NDArray[np.bool_]) -> Examples:
        return Examples(self.own[which], self.shown[which], self.gold[which])

    @property
    def beside(self) -> Array:
        """Shares of all contexts in each report."""
        return self.own[:, :, EVIDENCE.index("share")]


def logistic(rows: Array, gold: Array, around: Array, penalty: Array) -> Array:
    """Weights of a logistic regression whose distance from `around` is penalised; Newton's method."""
    weights = around.copy()
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        slope = rows.T @ (chance - gold) + penalty * (weights - around)
        curve = (rows * (chance * (1 - chance))[:, None]).T @ rows + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        weights -= step
        if np.abs(step).max() < 1e-7:
            break
    return weights


def fit(examples: Examples) -> Array:
    """For each context: weights of EVIDENCE, bias, weights of the contexts beside it."""
    own, shown, gold = examples.own, examples.shown, examples.gold
    contexts = gold.shape[1]
    rows = np.concatenate([own[shown], np.ones((int(shown.sum()), 1))], axis=1)
    all_together = logistic(rows, gold[shown], np.zeros(rows.shape[1]), np.array([TOGETHER] * len(EVIDENCE) + [1e-3]))
    mean = examples.beside.mean(0)
    around = np.concatenate([all_together, np.zeros(contexts)])
    out = np.tile(around, (contexts, 1))
    for k in range(contexts):
        which = shown[:, k]
        if not which.any():
            continue
        few = gold[:, k].sum() < FLOOR
        penalty = np.array([OWN] * len(EVIDENCE) + [BIAS] + [1e6 if few else BESIDE] * contexts)
        rows = np.concatenate([own[which, k], np.ones((int(which.sum()), 1)), examples.beside[which] - mean], axis=1)
        out[k] = logistic(rows, gold[which, k], around, penalty)
    out[:, len(EVIDENCE)] -= out[:, len(EVIDENCE) + 1 :] @ mean
    return out


def chances(weights: Array, examples: Examples) -> Array:
    """The probability of each context in each report, nought where it has none of its words."""
    n = len(EVIDENCE)
    sums = (examples.own * weights[:, :n]).sum(2) + weights[:, n] + examples.beside @ weights[:, n + 1 :].T
    return np.where(examples.shown, 1 / (1 + np.exp(-sums)), 0.0)


def write(weights: Array, path: Path = TABLE) -> None:
    names = list(patterns())
    weights = weights.copy()
    weights[:, len(EVIDENCE)] -= log(THRESHOLD / (1 - THRESHOLD))
    lines = ["\t".join(["context", *EVIDENCE, "bias", *names])]
    for name, row in zip(names, weights, strict=True):
        lines.append("\t".join([name, *(f"{value:.2f}".replace("-0.00", "0.00") for value in row)]))
    path.write_text(HEAD + "\n".join(lines) + "\n", "utf-8")


def cross_validate(examples: Examples, folds: int) -> None:
    found = np.zeros(examples.gold.shape)
    fold = np.arange(len(found)) % folds
    for k in range(folds):
        found[fold == k] = chances(fit(examples.some(fold != k)), examples.some(fold == k))
    for threshold in np.arange(0.3, 0.56, 0.05):
        given = found > threshold
        right = float((given * examples.gold).sum())
        precision, recall = right / given.sum(), right / examples.gold.sum()
        print(f"threshold {threshold:.2f}: F1 {2 * precision * recall / (precision + recall):.3f}, "
              f"precision {precision:.3f}, recall {recall:.3f}, {int((~given.any(1)).sum())} reports without any")  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pool", type=Path, default=POOL)
    parser.add_argument("--folds", type=int, default=0)
    args = parser.parse_args()
    told = annotated()
    kept = set(measuring(told))
    # In the order of their hash, so that folds do not follow the batches of the annotators.
    ids = sorted(set(told) - kept, key=lambda ident: hashlib.sha256(ident.encode()).hexdigest())
    examples = Examples.of(ids, articles(ids, args.pool), told)
    if args.folds:
        cross_validate(examples, args.folds)
    else:
        write(fit(examples))
        print(f"{TABLE}: fitted to {len(ids)} reports, {len(kept)} kept for measuring")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
