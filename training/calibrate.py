"""Fits what the model's scores are worth, on the reports kept from training, and writes ``data/model/calibration.tsv``.

``python training/calibrate.py`` after tune.py. Prints the expected calibration error before and after, by halves: each half is
judged by the line that the other gave. A kind that gains nothing keeps the model's own score.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "src"))

from communique.evaluate import gold  # noqa: E402
from communique.read import calibration  # noqa: E402
from communique.read.reader import Reader  # noqa: E402
from split import kept_articles, kept_corpus  # noqa: E402

POOL = ROOT.parent / "shared/data/articles/pool.jsonl.gz"
OUT = ROOT / "src/communique/data/model/calibration.tsv"
HEAD = (
    "# Log-odds of being right = slope * log-odds of the score + intercept. Written by training/calibrate.py.\n"
    "kind\tslope\tintercept\n"
)
PENALTY = 1.0
"""Pull of the slope towards 1 and of the intercept towards 0, in cases."""
BINS = 10

Case = tuple[float, bool, int]
"""A score, whether the record is right, and the half of the data that it is of."""


def cases(reports: Sequence[dict[str, Any]], reader: Reader) -> dict[str, list[Case]]:
    """Scores of what `reader` finds, uncalibrated, and whether annotation has it."""
    out: dict[str, list[Case]] = {kind: [] for kind in ("event", "status", "statement")}
    coded = gold.code(reports, reader)
    for report in reports:
        half = int(hashlib.sha256(report["id"].encode()).hexdigest(), 16) // 20 % 2
        found = coded[report["id"]]
        match = {(b["start"], b["type"]): a for a, b in gold.matched_events(report, found)}
        for event in found["events"]:
            told = match.get((event["start"], event["type"]))
            out["event"].append((event["probability"], told is not None, half))
            if told is not None:
                out["status"].append((event["status_probability"], told["status"] == event["status"], half))
        hit = {id(b) for _, b in gold.matched_statements(report["text"], report["statements"], found["statements"])}
        out["statement"] += [(s["probability"], id(s) in hit, half) for s in found["statements"]]
    return out


def fit(known: Sequence[Case]) -> tuple[float, float]:
    """Slope and intercept by Newton's method, with a pull towards the model's own score."""
    score = np.clip([p for p, _, _ in known], calibration.EDGE, 1 - calibration.EDGE)
    x = np.stack([np.log(score / (1 - score)), np.ones(len(score))], axis=1)
    y = np.array([right for _, right, _ in known], float)
    w, prior = np.array([1.0, 0.0]), np.array([1.0, 0.0])
    for _ in range(200):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        slope = x.T @ (p - y) + PENALTY * (w - prior)
        w = w - 0.5 * np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + PENALTY * np.eye(2), slope)
    return float(w[0]), float(w[1])


def error(known: Sequence[Case], line: tuple[float, float]) -> float:
    """Expected calibration error over `BINS` bins of equal size."""
    told = sorted((calibration.calibrated("", p, line), right) for p, right, _ in known)
    parts = np.array_split(np.array(told, float), BINS)
    return float(sum(abs(part[:, 0].mean() - part[:, 1].mean()) * len(part) for part in parts if len(part)) / len(told))


def main() -> int:
    OUT.write_text(HEAD, encoding="utf-8")  # read without lines, so that the scores are the model's own
    calibration.lines.cache_clear()
    rows = ""
    for kind, known in cases([*kept_articles(POOL), *kept_corpus()], Reader()).items():
        halves = [[c for c in known if c[2] == h] for h in (0, 1)]
        before = error(known, (1.0, 0.0))
        after = sum(error(halves[h], fit(halves[1 - h])) * len(halves[h]) for h in (0, 1)) / len(known)
        slope, intercept = fit(known)
        if after < before:
            rows += f"{kind}\t{slope:.3f}\t{intercept:.3f}\n"
        print(f"{kind}: {len(known)} records, calibration error {before:.3f}, {after:.3f} by the line of the other half")
    OUT.write_text(HEAD + rows, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
