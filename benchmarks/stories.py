"""Copies and incidents on the written stories of benchmarks/stories: pairwise precision and recall. ``make eval`` runs this.

Stories are split into two halves by a hash of the name (a near-miss story goes with the story it is near to): weights and
numbers are chosen on "tune", and "test" is only measured. ``--fit`` writes data/compare/copies.tsv anew from the tuning half;
``--show`` prints the pairs judged wrong there; ``--pool FILE`` takes articles of which hardly any copies another, half of them to
fit on.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import itertools
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from communique.compare import copies
from communique.compare.copies import Sketch, sketch
from communique.records import Report

ROOT = Path(__file__).resolve().parents[1]
STORIES = ROOT / "benchmarks" / "stories"
WEIGHTS = ROOT / "src" / "communique" / "data" / "compare" / "copies.tsv"
HALVES = ("tune", "test")
RIDGE = 3e-4
"""Penalty on the weights, beside the mean log-loss. Leaving out story by story of the tuning half, a third of it does a little
better (0.009 against 0.015, with an earlier form of the signs); the larger was kept because so clean a set makes weights too
sure of themselves."""

AGAINST = frozenset({"rival"})
"""Signs that speak against one text: their weights are never above nought, those of all others never below."""

NEAR, UNCLEAR = 14, 0.3
"""Days apart within which articles are taken as pairs to fit on, and share of runs of words from which it is left open whether
one is a copy: among 455 articles there are some, and nobody has marked them."""

HEAD = """# How much each sign (`signs`, compare/copies.py) speaks for two texts being one; the logistic of the sum is the
# probability. Fitted by `python benchmarks/stories.py --fit --pool ../shared/data/articles/pool.jsonl.gz`: change none by hand.
sign	weight
"""

Record = dict[str, Any]
Pair = tuple[str, str]
Item = TypeVar("Item")


def load(folder: Path = STORIES) -> list[Record]:
    """The reports of all stories: story, near, id, outlet, published, title, text, origin, incidents."""
    return [json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.open(encoding="utf-8")]


def report(record: Record) -> Report:
    """A record of the stories as the package reads it."""
    return Report(record["text"], record["id"], record["title"], record["published"], record["outlet"])


def half(record: Record) -> str:
    name = record["near"] or record["story"]
    return HALVES[hashlib.sha256(name.encode()).digest()[0] % 2]


def origin_pairs(records: Iterable[Record]) -> set[Pair]:
    """Pairs of reports that have one text at their root."""
    first = {r["id"]: r["origin"] for r in records}

    def root(ident: str) -> str:
        while first[ident]:
            ident = first[ident]
        return ident

    return pairs_of((root(ident), ident) for ident in first)


def pairs_of(members: Iterable[tuple[str, str]]) -> set[Pair]:
    """All pairs within the groups that (group, member) tell."""
    groups: dict[str, set[str]] = defaultdict(set)
    for group, member in members:
        groups[group].add(member)
    return pairs(groups.values())


def pairs(groups: Iterable[Iterable[Item]]) -> set[tuple[Item, Item]]:
    """All pairs within groups, each pair in order."""
    return {pair for found in groups for pair in itertools.combinations(sorted(found), 2)}


def figures(gold: set[tuple[Item, Item]], found: set[tuple[Item, Item]]) -> dict[str, float]:
    """How many pairs `gold` has, and precision, recall and F1 of those found."""
    right = len(gold & found)
    precision, recall = right / len(found) if found else 1.0, right / len(gold) if gold else 1.0
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return {"pairs": len(gold), "precision": precision, "recall": recall, "f1": f1}


def sketches_of(records: Iterable[Record]) -> dict[str, Sketch]:
    return {r["id"]: sketch(report(r)) for r in records}


def found_pairs(known: dict[str, Sketch]) -> set[Pair]:
    """Pairs under one root, as a store that looks up keys finds them."""
    root = copies.roots(copies.origins(known.values()).values())
    return pairs_of((root.get(key, key), key) for key in known)


def met(known: dict[str, Sketch]) -> set[Pair]:
    """Pairs that share a key and so are judged at all."""
    kept: dict[int, list[str]] = defaultdict(list)
    for s in known.values():
        for key in s.keys:
            kept[key].append(s.key)
    return {(min(s.key, o), max(s.key, o)) for s in known.values() for key in s.near for o in kept.get(key, ()) if o != s.key}


def training_pairs(records: Sequence[Record], known: dict[str, Sketch]) -> Iterator[Pair]:
    """Pairs to fit on: of one story, of a story and its near miss, and whatever else shares a key."""
    inside = pairs_of((r["near"] or r["story"], r["id"]) for r in records)
    yield from sorted(inside | met(known))


def fit(records: Sequence[Record], articles: Sequence[Report] = ()) -> dict[str, float]:
    """Weights by logistic regression, none on the wrong side of nought, on `records` and on `articles` that copy none."""
    known, gold = sketches_of(records), origin_pairs(records)
    pairs = list(training_pairs(records, known))
    found = [copies.signs(known[a], known[b]) for a, b in pairs]
    apart = list(unlike(articles))
    names = list(found[0])
    x = np.array([[1.0, *(f[n] for n in names)] for f in (*found, *apart)])
    y = np.array([pair in gold for pair in pairs] + [False] * len(apart), float)
    against = np.array([n in AGAINST for n in names])
    w = np.zeros(len(names) + 1)
    for _ in range(20_000):
        p = 1 / (1 + np.exp(-x @ w))
        slope = x.T @ (p - y) / len(y)
        slope[1:] += RIDGE * w[1:]
        w -= 2 * slope
        w[1:] = np.where(against, np.minimum(w[1:], 0), np.maximum(w[1:], 0))
    print(f"fitted on {len(pairs)} pairs of stories, {int(y.sum())} of them of one text, and {len(apart)} of articles")
    return dict(zip(["base", *names], w.tolist(), strict=True))


def unlike(articles: Sequence[Report]) -> Iterator[dict[str, float]]:
    """Signs of pairs of articles of the tuning half that came out within `NEAR` days and are plainly not one text."""
    known = [sketch(r) for r in articles if pool_half(r) == "tune"]
    for a, b in itertools.combinations(known, 2):
        if a.day and b.day and abs(a.day - b.day) <= NEAR:
            told = copies.signs(a, b)
            if told["verbatim"] < UNCLEAR:
                yield told


def pool_half(article: Report) -> str:
    return HALVES[hashlib.sha256(article.id.encode()).digest()[0] % 2]


def load_pool(path: Path) -> list[Report]:
    data = path.read_bytes()
    lines = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    return [Report(r["text"], r["id"], r["title"], r["published"], r["source"]) for r in records]


def show(records: Sequence[Record], known: dict[str, Sketch]) -> None:
    gold, found = origin_pairs(records), found_pairs(known)
    for pair in sorted(gold ^ found):
        told = copies.signs(known[pair[0]], known[pair[1]])
        kind = "missed" if pair in gold else "wrong "
        listed = " ".join(f"{k} {v:.2f}" for k, v in told.items())
        print(f"  {kind} {pair[0]} | {pair[1].split('/')[1]}  p {copies.probability(told):.2f}  {listed}")


def calibration(records: Sequence[Record], known: dict[str, Sketch]) -> float:
    """Expected calibration error in ten bins, over the pairs that a fit would use."""
    gold = origin_pairs(records)
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for a, b in training_pairs(records, known):
        p = copies.probability(copies.signs(known[a], known[b]))
        bins[min(9, int(p * 10))].append((p, (a, b) in gold))
    total = sum(map(len, bins.values()))
    return sum(abs(sum(p for p, _ in found) - sum(g for _, g in found)) for found in bins.values()) / total


def measure_pool(articles: Sequence[Report]) -> None:
    """How many articles are judged copies of another, each with its signs; how fast sketches are made, and how large they are."""
    began = time.perf_counter()
    known = {r.key: sketch(r) for r in articles}
    seconds = time.perf_counter() - began
    size = sum(len(s.to_bytes()) for s in known.values()) / len(known)
    print(f"pool: {len(known)} articles, {len(known) / seconds:.0f} sketches/s, {size:.0f} bytes each")
    titles = {r.key: f"{r.published} {r.source}: {r.title[:60]}" for r in articles}
    halves = {r.key: pool_half(r) for r in articles}
    lookup = sorted(met(known))
    found = [(a, b) for a, b in lookup if copies.judge(known[a], known[b])]
    print(f"pool: of {len(known) * (len(known) - 1) // 2} pairs {len(lookup)} share a key, {len(found)} are judged copies")
    for a, b in found:
        told = copies.signs(known[a], known[b])
        listed = " ".join(f"{k} {v:.2f}" for k, v in told.items())
        print(f"  {copies.probability(told):.2f} {halves[a]}, {halves[b]}: {titles[a]} | {titles[b]} {listed}")


def measure_copies(records: Sequence[Record], *, shown: bool = False) -> dict[str, dict[str, float]]:
    """Precision, recall and F1 of copies by half; prints them."""
    out: dict[str, dict[str, float]] = {}
    for name in HALVES:
        part = [r for r in records if half(r) == name]
        known, gold = sketches_of(part), origin_pairs(part)
        out[name] = figures(gold, found_pairs(known))
        lookup = len(gold & met(known)) / len(gold)
        stories = Counter(bool(r["near"]) for r in {r["story"]: r for r in part}.values())
        print(f"copies {name}: {len(part)} reports, {stories[False]} stories, {stories[True]} near misses; "
              f"{out[name]['pairs']} pairs, precision {out[name]['precision']:.3f}, recall {out[name]['recall']:.3f}, "
              f"F1 {out[name]['f1']:.3f}; with a key {lookup:.3f}; calibration error {calibration(part, known):.3f}")  # fmt: skip
        if shown and name == "tune":
            show(part, known)
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", action="store_true", help="write the weights anew from the tuning half")
    parser.add_argument("--show", action="store_true", help="print what is judged wrong in the tuning half")
    parser.add_argument("--pool", type=Path, help="articles to look for wrong copies in (JSON lines)")
    args = parser.parse_args()
    records, articles = load(), load_pool(args.pool) if args.pool else []
    if args.fit:
        weights = fit([r for r in records if half(r) == "tune"], articles)
        WEIGHTS.write_text(HEAD + "".join(f"{k}\t{v:.3f}\n" for k, v in weights.items()), "utf-8")
        copies._weights.cache_clear()
        copies.read_table.cache_clear()
    measure_copies(records, shown=args.show)
    if articles:
        measure_pool(articles)
    return 0


if __name__ == "__main__":
    sys.exit(main())
