"""Fits the weights by which `communique.resolve.timeline` chooses an event's date, on annotated reports with their own triggers:
those of the arguments, and the reports of four sentences or more that were written for the project (corpus/).

``python training/fit_timeline.py POOL.jsonl.gz ANNOTATED.jsonl [GOLD.json ...] [--write]`` prints figures by five-fold
cross-validation over the reports that are not held out (split.py; every report is scored by weights that never saw it), for each
`--bias`, and those of the held-out reports; ``--folds 0`` spares the first and takes the first bias. With --write the weights of
all reports but the held-out ones go to src/communique/data/timeline.tsv, with the bias that gives the best F1 of dates (right
ones, of the given and of the annotated); with --only, those of the evidence whose names begin so, and all others stay.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from communique.records import parse_published
from communique.resolve.time_evidence import Candidates, candidates
from communique.resolve.time_scene import Said, Scene, Told
from communique.resolve.timeline import ROUNDS, Timeline
from communique.resolve.timeline import weights as shipped
from offsets import load, nearest
from split import held_out, written

STEPS = 150
WHOLE = 4
"""Sentences from which a written report tells a story whose dates depend on each other."""
OUT = Path(__file__).parent.parent / "src/communique/data/timeline.tsv"
COARSE = ("month", "year", "past-month", "past-year")
HOME = "articles"
"""The annotator whose habits the written weights have. How often one gives a month for a day differs more between annotators than
between events; each has an offset of its own, so that the evidence need not explain it."""
SIZES = ("day|", "month|", "year|")
Report = dict[str, Any]
Case = tuple[Candidates, str, str]
"""An event's candidates, its date, and who annotated it."""


def _party(entity: Report) -> tuple[str, str]:
    return entity["country"], entity["name"]


def scene_of(report: Report) -> Scene:
    """A gold report as the timeline sees it."""
    spans = {s["n"]: (s["start"], s["end"]) for s in report["sentences"]}
    places = {s["n"]: i for i, s in enumerate(report["sentences"])}
    cues = []
    for s in report["statements"]:
        at = s.get("cue_start")
        span = (at, at + len(s["cue"])) if at is not None else None
        if span is None and s["cue"] and s["content"]:
            span = nearest(report["text"], s["cue"], *spans[s["content"][0]["sentence"]], s["content"][0]["start"])
        if span:
            cues.append(Said(*span, _party(s["speaker"]), tuple((c["start"], c["end"]) for c in s["content"])))
    events = [
        Told(e["start"], e["end"], places[e["sentence"]], e["type"], e["status"], tuple(map(_party, e["actors"])),
             tuple(map(_party, e["recipients"])))
        for e in report["events"]
    ]  # fmt: skip
    return Scene(report["text"], list(spans.values()), parse_published(report["published"]), events, cues)


class Fit:
    """Log-linear choice among an event's candidates and none of them, with an L2 penalty."""

    def __init__(self, penalty: float) -> None:
        self.penalty = penalty
        self.names: dict[str, int] = {}

    def rows(self, cases: Sequence[Case]) -> list[tuple[list[list[int]], int]]:
        """Feature numbers of each case's candidates and which one is right; the last, without evidence, is none."""
        out = []
        for options, gold, by in cases:
            lists = [self._numbers([*evidence, *habits(evidence, by)]) for evidence in options.values()]
            dates = list(options)
            if gold and gold not in options:
                # The right date is not on offer: none is the best that can be chosen.
                gold = ""
            out.append(([*lists, self._numbers(["none", f"by:{by}|none"])], dates.index(gold) if gold else len(dates)))
        return out

    def _numbers(self, names: Sequence[str]) -> list[int]:
        return [self.names.setdefault(name, len(self.names)) for name in names]

    def fit(self, cases: Sequence[Case], weight_none: float) -> dict[str, float]:
        counted = Counter(name for options, *_ in cases for evidence in options.values() for name in set(evidence))
        kept = [
            ({d: [n for n in e if counted[n] >= 5] for d, e in options.items()}, *more) for options, *more in cases if options
        ]
        rows = self.rows(kept)
        flat = [features for lists, _ in rows for features in lists]
        index = np.concatenate([np.array(f, dtype=np.intp) for f in flat])
        first = np.cumsum([0, *(len(f) for f in flat)])
        owner = np.repeat(np.arange(len(flat)), np.diff(first))
        starts = np.cumsum([0, *(len(lists) for lists, _ in rows)])
        right = starts[:-1] + np.array([gold for _, gold in rows])
        group = np.repeat(np.arange(len(rows)), np.diff(starts))
        weight = np.array([weight_none if right[i] == starts[i + 1] - 1 else 1.0 for i in range(len(rows))])
        w, mean, square = (np.zeros(len(self.names)) for _ in range(3))
        for step in range(1, STEPS + 1):
            scores = np.add.reduceat(w[index], first[:-1])
            exp = np.exp(scores - np.maximum.reduceat(scores, starts[:-1])[group])
            delta = exp / np.add.reduceat(exp, starts[:-1])[group] * weight[group]
            delta[right] -= weight
            slope = np.bincount(index, delta[owner], len(w)) + self.penalty * w
            mean, square = 0.9 * mean + 0.1 * slope, 0.99 * square + 0.01 * slope**2
            w -= 0.1 * (1 - step / STEPS) * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
        return at_home({name: float(w[i]) for name, i in self.names.items() if abs(w[i]) > 0.02})


def habits(evidence: Sequence[str], by: str) -> list[str]:
    """The names of the offsets of one annotator for a candidate: for a date of its size, and of its class (`dates.when`)."""
    return [f"by:{by}|{name}" for name in evidence if name in SIZES or (name[0] == "@" and not {"|", "&"} & set(name))]


def at_home(weights: Mapping[str, float]) -> dict[str, float]:
    """Weights without annotators, as `HOME` would have them."""
    out = {name: value for name, value in weights.items() if not name.startswith("by:")}
    for name, value in weights.items():
        who, _, what = name.removeprefix("by:").partition("|")
        if name.startswith("by:") and who == HOME:
            out[what] = out.get(what, 0.0) + value
    return out


def learn(scenes: Sequence[tuple[Scene, Report]], penalty: float, weight_none: float) -> dict[str, float]:
    """Weights for the second round of evidence, which the first round's weights gave."""
    weights: dict[str, float] = {}
    for n in range(ROUNDS):
        cases = []
        for report_scene, report in scenes:
            scene = report_scene if n == 0 else scene_of(report)
            if n:
                scene.known = read(report, weights, scene)
            cases += [(candidates(scene, i), e["date"], report["annotator"]) for i, e in enumerate(report["events"])]
        weights = Fit(penalty).fit(cases, weight_none)
    return weights


def read(report: Report, weights: Mapping[str, float], scene: Scene | None = None) -> list[Any]:
    scene = scene or scene_of(report)
    return Timeline(scene.text, scene.sentences, scene.published, weights).dates(scene.events, scene.cues)


def stricter(weights: Mapping[str, float], bias: float) -> dict[str, float]:
    """Weights that ask `bias` more of a date before it is given."""
    return {**weights, "none": weights.get("none", 0.0) + bias}


def joined(weights: Mapping[str, float], beginnings: Sequence[str]) -> dict[str, float]:
    """The shipped weights, but for evidence whose name begins so ("count:"), for a date or what holds it: its weights are new."""

    def new(name: str) -> bool:
        return name.replace(":~m", ":").replace(":~y", ":").startswith(tuple(beginnings))

    stay = {name: value for name, value in shipped().items() if not new(name)}
    return stay | {name: value for name, value in weights.items() if new(name)}


def fold(report: Report, folds: int) -> int:
    return int(hashlib.md5(report["id"].encode()).hexdigest(), 16) % folds


def figures(scored: Iterable[tuple[Report, Mapping[str, float]]]) -> tuple[float, str]:
    """F1 of the dates of reports, each with the weights to read it by, and a line that says more."""
    n: Counter[str] = Counter()
    for report, weights in scored:
        for found, event in zip(read(report, weights), report["events"], strict=True):
            gold, given = event["date"], found.date
            n["dated" if gold else "undated"] += 1
            n["given"] += bool(given)
            n["exact"] += bool(gold) and given == gold
            n["within"] += bool(gold and given) and given != gold and (given.startswith(gold) or gold.startswith(given))
            n["false"] += not gold and bool(given)
    dated, undated, given = max(1, n["dated"]), max(1, n["undated"]), max(1, n["given"])
    f1 = 2 * n["exact"] / (dated + given)
    return f1, (
        f"exact {n['exact'] / dated:.3f} of {dated}, false {n['false'] / undated:.3f} of {undated}, {given} given: "
        f"right {n['exact'] / given:.3f}, coarser or finer {n['within'] / given:.3f}; F1 {f1:.3f}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pool", type=Path)
    parser.add_argument("annotated", type=Path)
    parser.add_argument("gold", type=Path, nargs="*")
    parser.add_argument("--penalty", type=float, default=6.0)
    parser.add_argument("--none", type=float, default=1.0, help="weight of events without a date: more of it, fewer false dates")
    parser.add_argument("--bias", type=float, nargs="*", default=[0.0, -0.5, -0.75, -1.0], help="what more a date must be worth")
    parser.add_argument("--coarse", type=float, default=0.5, help="what more a month or year is asked beside the model's guess")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--only", nargs="+", default=[], help="how the names of the evidence begin that alone is written")
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    real = [{**r, "annotator": HOME} for r in load([args.annotated], args.pool)]
    real += [{**json.loads(p.read_text("utf-8")), "annotator": "gold"} for p in args.gold]
    told = [{**r, "annotator": r["id"].split("-")[0]} for r in written() if len(r["sentences"]) >= WHOLE]
    reports = [r for r in (*real, *told) if not held_out(r["id"])]
    pairs = [(scene_of(r), r) for r in reports]
    fitted = [learn([p for p in pairs if fold(p[1], args.folds) != k], args.penalty, args.none) for k in range(args.folds)]
    values = {}
    for bias in args.bias if args.folds else ():
        values[bias], line = figures((r, stricter(fitted[fold(r, args.folds)], bias)) for r in reports)
        print(f"none {bias:+.2f}: {line}", flush=True)
    best = max(values, key=lambda bias: values[bias]) if args.folds else args.bias[0]
    final = stricter(learn(pairs, args.penalty, args.none), best)
    for name, every in (("articles", real), ("written", told)):
        print(f"none {best:+.2f}, {name} kept apart: {figures((r, final) for r in every if held_out(r['id']))[1]}")
    if args.write:
        # The model's guess was learnt on the same annotation: how often that gives but a month would count twice.
        final |= {f"guess@{name}": -args.coarse for name in COARSE}
        final = joined(final, args.only) if args.only else final
        rows = "".join(f"{name}\t{value:.2f}\n" for name, value in sorted(final.items()) if abs(value) >= 0.02 or name == "none")
        head = "# Written by training/fit_timeline.py; evidence as in resolve/time_evidence.py.\nevidence\tweight\n"
        OUT.write_text(head + rows, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
