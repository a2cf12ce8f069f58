"""Fits data/places/weights.tsv (which names are places) on the even half of GeoVirus, and tries the weights of senses there.

    python training/places/fit.py ../shared/data/geo/GeoVirus.xml            # writes the table, prints held-out F1 by tenths
    python training/places/fit.py ../shared/data/geo/GeoVirus.xml --senses   # accuracy of the chosen senses, weight by weight

The odd half is never read here: `communique evaluate geo` reports it apart.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from communique.evaluate.geo import Article, even, read_geo
from communique.resolve.gazetteer import Gazetteer, distance_km
from communique.resolve.places import SENSE, choose, evidence_of, recognised
from communique.resolve.toponyms import Spot, Text, Words, spot_places

OUT = Path(__file__).resolve().parents[2] / "src" / "communique" / "data" / "places" / "weights.tsv"
RIDGE = 1.0
Array = NDArray[np.float64]


def spots_of(articles: list[Article]) -> list[tuple[Article, list[Spot], dict[str, float]]]:
    gazetteer, words = Gazetteer.load(), Words.load()
    out = []
    for article in articles:
        read = Text.of(article.text)
        spots = spot_places(read, gazetteer, words)
        out.append((article, spots, evidence_of(read, spots, {})))
    return out


def logistic(x: Array, y: Array) -> Array:
    """Ridge logistic regression by Newton's steps; the first column is the bias and not shrunk."""
    w = np.zeros(x.shape[1])
    ridge = np.full(x.shape[1], RIDGE)
    ridge[0] = 0.0
    for _ in range(30):
        p = 1 / (1 + np.exp(-x @ w))
        step = np.linalg.solve((x.T * (p * (1 - p))) @ x + np.diag(ridge) + 1e-8 * np.eye(len(w)), x.T @ (y - p) - ridge * w)
        w += step
        if np.abs(step).max() < 1e-6:
            break
    return w


def fit(articles: list[Article]) -> None:
    rows, labels, groups = [], [], []
    missed = 0
    for number, (article, spots, evidence) in enumerate(spots_of(articles)):
        gold = {(g.start, g.end) for g in article.places}
        missed += len(gold - {(s.start, s.end) for s in spots})
        for spot in spots:
            rows.append(recognised(spot, evidence))
            labels.append(float((spot.start, spot.end) in gold))
            groups.append(number % 10)
    names = ["bias", *sorted({name for row in rows for name in row} - {"bias"})]
    x = np.array([[row.get(name, 0.0) for name in names] for row in rows])
    y, g = np.array(labels), np.array(groups)
    held = np.zeros(len(y))
    for tenth in range(10):
        held[g == tenth] = 1 / (1 + np.exp(-x[g == tenth] @ logistic(x[g != tenth], y[g != tenth])))
    for threshold in (0.3, 0.4, 0.5, 0.6, 0.7):
        hits, found = float(y[held >= threshold].sum()), int((held >= threshold).sum())
        total = float(y.sum()) + missed
        print(f"{threshold:.1f}: P {hits / found:.3f} R {hits / total:.3f} F1 {2 * hits / (found + total):.3f} (missed {missed})")
    for low in np.arange(0, 1, 0.1):
        inside = (held >= low) & (held < low + 0.1)
        print(
            f"  said {low:.1f} to {low + 0.1:.1f}: {inside.sum():5d} names, {y[inside].mean() if inside.any() else 0:.2f} places"
        )
    weights = logistic(x, y)
    lines = [
        "# Weights of the recognition model (resolve/places.py). Written by training/places/fit.py: do not edit.",
        "sign\tweight",
    ]
    lines += [f"{name}\t{weight:.3f}" for name, weight in zip(names, weights, strict=True)]
    OUT.write_text("\n".join(lines) + "\n", "utf-8")
    for line in lines[2:]:
        print(line)


def senses(articles: list[Article]) -> None:
    read = spots_of(articles)

    def accuracy(weights: dict[str, float]) -> float:
        right = total = 0
        for article, spots, evidence in read:
            gold = {(g.start, g.end): (g.lat, g.lon) for g in article.places}
            kept = [s for s in spots if (s.start, s.end) in gold]
            for spot, sense in zip(kept, choose(kept, evidence, weights), strict=True):
                total += 1
                right += distance_km((sense.place.lat, sense.place.lon), gold[spot.start, spot.end]) <= 161
        return right / total

    base = accuracy(dict(SENSE))
    print(f"as shipped {base:.4f}")
    for name, value in SENSE.items():
        tried = [
            (v, accuracy({**SENSE, name: v})) for v in (value - 2, value - 1, value - 0.5, value + 0.5, value + 1, value + 2)
        ]
        print(f"{name:15s} {value:5.1f}  " + "  ".join(f"{v:g}: {a:.4f}" for v, a in tried))


if __name__ == "__main__":
    half = [a for a in read_geo(Path(sys.argv[1])) if even(a.source)]
    senses(half) if "--senses" in sys.argv else fit(half)
