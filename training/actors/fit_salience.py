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
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "training")]

import offsets  # noqa: E402
from communique.read.encode import quote_spans  # noqa: E402
from communique.records import Entity  # noqa: E402
from communique.resolve.actors import ActorIndex  # noqa: E402
from communique.resolve.opposed import named_in  # noqa: E402
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


def examples(reports: list[dict[str, Any]], index: ActorIndex) -> dict[str, list[Example]]:
    recorder = Recorder()
    recorder.install()
    out: dict[str, list[Example]] = defaultdict(list)
    for report in reports:
        for gold, asked, resolver in asked_of(report, index, recorder):
            for kind, recipient, keys in asked:
                right = labels(resolver, keys, gold)
                if right is not None and any(right):
                    out[kind].append(Example(report["id"], [*keys.values(), {"none": 1.0, "none_r": float(recipient)}], right))
    Salience.choose = recorder.original  # type: ignore[method-assign]
    return out


Asked = list[tuple[str, bool, Mapping[Hashable, dict[str, float]]]]


def asked_of(
    report: dict[str, Any], index: ActorIndex, recorder: Recorder
) -> Iterator[tuple[dict[str, Any], Asked, ReportResolver]]:
    """Each annotated mention of a report with the choices that resolving it asks for."""
    resolver = ReportResolver(
        report["text"], [(s["start"], s["end"]) for s in report["sentences"]], report["published"], index,
        quote_spans(report["text"]),
    )  # fmt: skip
    for gold, _ in resolved(report, resolver, recorder.asked.clear):
        yield gold, recorder.asked[-2:], resolver


def resolved(
    report: dict[str, Any], resolver: ReportResolver, before: Callable[[], None] = lambda: None
) -> Iterator[tuple[dict[str, Any], list[Entity]]]:
    """Each annotated mention of a report with what its words resolve to, in the order in which the reader asks; `before` is
    called ahead of each."""
    text, spans = report["text"], [(s["start"], s["end"]) for s in report["sentences"]]
    number = {s["n"]: i for i, s in enumerate(report["sentences"])}

    def place(words: str, n: int, at: int) -> tuple[int, int] | None:
        start = nearest(text, words, *spans[n], at)
        return None if start is None else (start, start + len(words))

    for statement in sorted(report["statements"], key=lambda s: s["content"][0]["start"]):
        speaker, n = statement["speaker"], number[statement["content"][0]["sentence"]]
        at = statement.get("cue_start") or statement["content"][0]["start"]
        span = place(speaker["text"], n, at)
        if span is None:
            start = nearest(text, speaker["text"], spans[max(0, n - 1)][0], spans[min(len(spans) - 1, n + 1)][1], at)
            span = None if start is None else (start, start + len(speaker["text"]))
        if span is None:
            continue
        before()
        found = resolver.resolve(*span, "speaker")
        yield speaker, found
        resolver.note_speaker(span[0], found[0])
        for content in statement["content"]:
            resolver.set_speaker(content["start"], content["end"], found[0])
    for event in report["events"]:
        n = number[event["sentence"]]
        where = {role: [place(e["text"], n, event["start"]) for e in event[role]] for role in ("actors", "recipients", "sources")}
        against = frozenset(c for span in where["recipients"] if span is not None for c in named_in(resolver, *span))
        acting: set[str] = set()
        for role in ("actors", "recipients", "sources"):
            for gold, span in zip(event[role], where[role], strict=True):
                if span is None:
                    continue
                before()
                if role == "sources":
                    found = resolver.resolve(*span, "source")
                else:
                    told = against if role == "actors" else frozenset(acting)
                    found = resolver.resolve(*span, role, event["type"], mode=event.get("mode") or "", against=told)
                if role == "actors":
                    acting |= {e.country for e in found if e.country}
                yield gold, found


@dataclass
class Rows:
    """The rows of all choices one after another: features (N, F), whether each is right, and where each choice begins."""

    x: np.ndarray
    right: np.ndarray
    begins: np.ndarray

    @classmethod
    def of(cls, data: list[Example], names: list[str]) -> Rows:
        place = {name: k for k, name in enumerate(names)}
        x = np.zeros((sum(len(e.rows) for e in data), len(names)), dtype=np.float32)
        for i, row in enumerate(row for e in data for row in e.rows):
            for name, value in row.items():
                if name in place:
                    x[i, place[name]] = value
        right = np.array([one for e in data for one in e.right], dtype=np.float32)
        return cls(x, right, np.cumsum([0, *(len(e.rows) for e in data)])[:-1])

    def shares(self, score: np.ndarray) -> np.ndarray:
        """`score` over its sum within each choice."""
        sizes = np.diff([*self.begins, len(score)])
        return score / np.repeat(np.add.reduceat(score, self.begins), sizes)

    def likelihoods(self, w: np.ndarray) -> np.ndarray:
        score = self.x @ w.astype(np.float32)
        top = np.repeat(np.maximum.reduceat(score, self.begins), np.diff([*self.begins, len(score)]))
        return self.shares(np.exp(score - top))


def fit(data: list[Example], names: list[str], prior: np.ndarray | None = None) -> np.ndarray:
    """The weights under which the right answers are likeliest (Adam on the mean log-likelihood, a ridge towards `prior`)."""
    rows = Rows.of(data, names)
    centre = np.zeros(len(names)) if prior is None else prior
    w, mean, square = centre.copy(), np.zeros(len(names)), np.zeros(len(names))
    for step in range(1, STEPS + 1):
        p = rows.likelihoods(w)
        target = rows.shares(p * rows.right + 1e-12 * rows.right)
        grad = (target - p) @ rows.x / len(data) - RIDGE / len(data) * (w - centre)
        mean, square = 0.9 * mean + 0.1 * grad, 0.99 * square + 0.01 * grad**2
        w += RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    return w


def accuracy(data: list[Example], names: list[str], w: np.ndarray) -> float:
    if not data:
        return 0.0
    rows = Rows.of(data, names)
    p = rows.likelihoods(w)
    parts = zip(np.split(p, rows.begins[1:]), np.split(rows.right, rows.begins[1:]), strict=True)
    return float(np.mean([right[part.argmax()] for part, right in parts]))


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
    return "person" if kind in ("he", "speaker", "holder") else "it" if kind in ("it", "they", "group") else "country"


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
