"""Fits ``data/actors/salience.tsv``: which of the names around a pronoun or office is the one meant.

``python training/actors/fit_salience.py [GOLD_DIR...] [--half 0|1]``: the annotated articles (training/articles, with their texts
from shared/data/articles) and the written ones (training/corpus), without those that are kept apart; or folders of gold
reports. ``--half`` takes those whose id hashes to an even or odd number.
Every gold participant or speaker whose country the resolver had to choose is an example: the names in reach with their
features, the right ones among them. One conditional logit per class of words, fitted around the weights
of its kin (400 steps of Adam).
With ``--folds`` it only prints the accuracy on halves that were held out.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "training")]

import offsets  # noqa: E402
from communique.read.encode import quote_spans  # noqa: E402
from communique.resolve.actors import ActorIndex  # noqa: E402
from communique.resolve.people import Person  # noqa: E402
from communique.resolve.report import WORLD, ReportResolver  # noqa: E402
from communique.resolve.salience import Salience, weights  # noqa: E402
from data import load_notation  # noqa: E402
from split import held_out  # noqa: E402

POOL = ROOT.parent / "shared/data/articles/pool.jsonl.gz"
TABLE = ROOT / "src/communique/data/actors/salience.tsv"
STEPS, RATE, RIDGE = 400, 0.03, 3.0
WHOLE = 8
"""Sentences from which a written text is a whole article, in which something is to choose from."""
FLOOR = 25
"""Fewest examples of a class whose weights are fitted; others keep theirs."""


@dataclass
class Example:
    """One choice: the rows of features (the last is "none") and which of them are right."""

    report: str
    rows: list[dict[str, float]]
    right: list[bool]


class Recorder:
    """Stands in for `Salience.choose` and keeps what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, bool, Mapping[Hashable, dict[str, float]]]] = []
        self.original = Salience.choose

    def install(self) -> None:
        recorder = self

        def choose(
            self: Salience, kind: str, at: int, sentence: int, quotation: Any = None, extra: Any = None,
            allowed: Any = None, recipient: bool = False,
        ) -> Any:  # fmt: skip
            found = self.candidates(at, sentence, quotation, extra or {}, allowed, recipient)
            recorder.asked.append((kind, recipient, found))
            return recorder.original(self, kind, at, sentence, quotation, extra, allowed, recipient)

        Salience.choose = choose  # type: ignore[method-assign]


def last_word(name: str) -> str:
    return name.lower().split()[-1] if name else ""


def nearest(text: str, needle: str, low: int, high: int, at: int) -> int | None:
    found = [m.start() + low for m in re.finditer(rf"(?<!\w){re.escape(needle)}(?!\w)", text[low:high])]
    return min(found, key=lambda i: abs(i - at), default=None)


def matches(key: Hashable, gold: Mapping[str, Any], persons: Mapping[int, Person]) -> bool:
    """Whether a key of the salience (a country, a body, a person) is the gold's."""
    name = last_word(gold["name"])
    if isinstance(key, int):
        person = persons.get(key)
        return person is not None and (last_word(person.name) == name if name else person.country == gold["country"])
    if isinstance(key, tuple):
        return key[0] == gold["country"] and (not name or not key[1] or last_word(str(key[1])) == name)
    return bool(key == gold["country"])


def labels(resolver: ReportResolver, asked: Iterable[Hashable], gold: Mapping[str, Any]) -> list[bool] | None:
    """Which of the keys asked about are the gold's, and at the end whether none is; None where that cannot be told."""
    persons = {id(p): p for p in resolver.people.everyone()}
    keys = list(asked)
    right = [matches(key, gold, persons) for key in keys]
    if any(right):
        return [*right, False]
    nobody = not gold["country"] and not any(isinstance(k, int) for k in keys)
    return [*right, True] if nobody or gold["country"] in WORLD else None


def spans_of(report: dict[str, Any], resolver: ReportResolver) -> Iterator[tuple[int, int, str, dict[str, Any]]]:
    text, spans = report["text"], [(s["start"], s["end"]) for s in report["sentences"]]
    number = {s["n"]: i for i, s in enumerate(report["sentences"])}
    for statement in sorted(report["statements"], key=lambda s: s["content"][0]["start"]):
        speaker, n = statement["speaker"], number[statement["content"][0]["sentence"]]
        at = statement.get("cue_start") or statement["content"][0]["start"]
        start = nearest(text, speaker["text"], *spans[n], at)
        if start is None:
            start = nearest(text, speaker["text"], spans[max(0, n - 1)][0], spans[min(len(spans) - 1, n + 1)][1], at)
        if start is not None:
            yield start, start + len(speaker["text"]), "speaker", {**speaker, "content": statement["content"]}
    for event in report["events"]:
        for role in ("actors", "recipients", "sources"):
            for gold in event[role]:
                i = number[event["sentence"]]
                start = nearest(text, gold["text"], *spans[i], event["start"])
                if start is not None:
                    yield start, start + len(gold["text"]), role, gold


def examples(reports: list[dict[str, Any]], index: ActorIndex) -> dict[str, list[Example]]:
    recorder = Recorder()
    recorder.install()
    out: dict[str, list[Example]] = defaultdict(list)
    for report in reports:
        spans = [(s["start"], s["end"]) for s in report["sentences"]]
        resolver = ReportResolver(report["text"], spans, report["published"], index, quote_spans(report["text"]))
        for start, end, role, gold in spans_of(report, resolver):
            recorder.asked.clear()
            found = resolver.resolve(start, end, role)
            if role == "speaker":
                resolver.note_speaker(start, found[0])
                for content in gold["content"]:
                    resolver.set_speaker(content["start"], content["end"], found[0])
            for kind, recipient, asked in recorder.asked[-2:]:
                right = labels(resolver, asked, gold)
                if right is not None and any(right):
                    out[kind].append(Example(report["id"], [*asked.values(), {"none": 1.0, "none_r": float(recipient)}], right))
    Salience.choose = recorder.original  # type: ignore[method-assign]
    return out


def arrays(data: list[Example], names: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features, right answers and which rows there are, padded to the longest choice."""
    width = max(len(e.rows) for e in data)
    x, right, there = np.zeros((len(data), width, len(names))), np.zeros((len(data), width)), np.zeros((len(data), width))
    for i, e in enumerate(data):
        there[i, : len(e.rows)], right[i, : len(e.rows)] = 1, e.right
        for j, row in enumerate(e.rows):
            x[i, j] = [row.get(n, 0.0) for n in names]
    return x, right, there


def fit(data: list[Example], names: list[str], prior: np.ndarray | None = None) -> np.ndarray:
    """The weights under which the right answers are likeliest (Adam on the mean log-likelihood, a ridge towards `prior`)."""
    x, right, there = arrays(data, names)
    centre = np.zeros(len(names)) if prior is None else prior
    w, mean, square = centre.copy(), np.zeros(len(names)), np.zeros(len(names))
    for step in range(1, STEPS + 1):
        score = np.where(there > 0, x @ w, -1e9)
        p = np.exp(score - score.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        target = p * right + 1e-12 * right
        target /= target.sum(axis=1, keepdims=True)
        grad = np.einsum("nk,nkf->f", target - p, x) / len(data) - RIDGE / len(data) * (w - centre)
        mean, square = 0.9 * mean + 0.1 * grad, 0.99 * square + 0.01 * grad**2
        w += RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    return w


def accuracy(data: list[Example], names: list[str], w: np.ndarray) -> float:
    if not data:
        return 0.0
    x, right, there = arrays(data, names)
    best = np.where(there > 0, x @ w, -1e9).argmax(axis=1)
    return float(right[np.arange(len(data)), best].mean())


def reports_of(folders: Sequence[Path], half: int | None) -> Iterator[dict[str, Any]]:
    """Gold reports of `folders`, else the annotated and written articles; of a half only those whose id hashes to it."""
    if folders:
        source: Iterable[dict[str, Any]] = (json.loads(f.read_text("utf-8")) for d in folders for f in sorted(d.glob("*.json")))
    else:
        annotated = (r for r in offsets.load(sorted((ROOT / "training/articles").glob("*.jsonl")), POOL) if r["text"])
        written = (r for r in load_notation(sorted((ROOT / "training/corpus").glob("*.ann"))) if len(r["sentences"]) >= WHOLE)
        source = (r for r in (*annotated, *written) if not held_out(r["id"]))
    for report in source:
        if half is None or int(hashlib.sha256(report["id"].encode()).hexdigest(), 16) % 2 == half:
            yield report


def kin(kind: str) -> str:
    """Classes whose weights are fitted around common ones: those that choose a country, a person, or a thing ("the group")."""
    return "person" if kind in ("he", "speaker", "holder") else "it" if kind in ("it", "group") else "country"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="*")
    parser.add_argument("--half", type=int, choices=[0, 1])
    parser.add_argument("--folds", action="store_true")
    args = parser.parse_args()
    reports = list(reports_of(args.folders, args.half))
    data = examples(reports, ActorIndex.load(""))
    old = weights()
    names = [line.split("\t")[0] for line in TABLE.read_text("utf-8").splitlines() if not line.startswith("#")][1:]
    ids = sorted({e.report for have in data.values() for e in have})
    fitted: dict[str, dict[str, float]] = {}
    pools: dict[tuple[str, int], np.ndarray] = {}
    for kind in sorted(set(old) | set(data)):

        def pool(examples: list[Example], part: int, key: str = kin(kind)) -> np.ndarray:
            """The weights of a class's kin, fitted once for each half that is held out and once for all."""
            if (key, part) not in pools:
                pools[key, part] = fit(examples, names)
            return pools[key, part]

        have, before = data.get(kind, []), np.array([old.get(kind, {}).get(n, 0.0) for n in names])
        family = [e for other in data if kin(other) == kin(kind) for e in data[other]]
        held = []
        for part in (0, 1) if args.folds else ():
            chosen = set(ids[part::2])
            w = before
            if len(have) >= FLOOR:
                w = fit(
                    [e for e in have if e.report not in chosen], names, pool([e for e in family if e.report not in chosen], part)
                )
            held.append(accuracy([e for e in have if e.report in chosen], names, w))
        new = fit(have, names, pool(family, 2)) if len(have) >= FLOOR else before
        now, then = accuracy(have, names, before), accuracy(have, names, new)
        shown = f"held out {sum(held) / 2:.3f} " if held else ""
        print(f"{kind:12} {len(have):5} now {now:.3f} {shown}fitted {then:.3f}", flush=True)
        fitted[kind] = dict(zip(names, new.round(2), strict=True))
    if not args.folds:
        head = "# Weights of communique.resolve.salience: feature by class of words. Fitted by training/actors/fit_salience.py.\n"
        lines = ["feature\t" + "\t".join(fitted)] + ["\t".join([n, *(f"{fitted[k][n]:g}" for k in fitted)]) for n in names]
        TABLE.write_text(head + "\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
