"""Fits ``data/actors/reliability.tsv``: how often each rule of the resolver is right.

``python training/actors/fit_reliability.py [POOL]`` reads the annotated articles (training/articles; POOL is
shared/data/articles/pool.jsonl.gz). Every annotated participant and speaker whose words stand in the article is resolved
from those words; it is right where the annotation has its country and, where both name one, the person or body. The
probability of a rule is its share, drawn to the share of all rules by `PRIOR` examples. About 20 seconds; rerun it where a
rule or a table changes. A threshold set by hand stays. ``--check GOLD_DIR`` only prints how often rules were right on a folder of
gold reports, by their probability in the table.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "src"), str(HERE.parent), str(HERE)]

from fit_salience import last_word, resolved  # noqa: E402

import offsets  # noqa: E402
from communique.read.encode import quote_spans  # noqa: E402
from communique.records import Entity  # noqa: E402
from communique.resolve.actors import ActorIndex  # noqa: E402
from communique.resolve.report import ReportResolver  # noqa: E402
from communique.resolve.trace import probability, reliability, threshold, tracing  # noqa: E402

TABLE = ROOT / "src/communique/data/actors/reliability.tsv"
POOL = ROOT.parent / "shared/data/articles/pool.jsonl.gz"
PRIOR = 10


def is_right(entity: Entity, gold: dict[str, Any]) -> bool:
    same = not gold["name"] or not entity.name or last_word(gold["name"]) == last_word(entity.name)
    return bool(entity.country == gold["country"] and same)


def count(reports: list[dict[str, Any]], index: ActorIndex) -> tuple[Counter[str], Counter[str]]:
    """(right, all) annotated words by rule. Of words that stand for several, each annotation takes the one that fits."""
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for report in reports:
        spans = [(s["start"], s["end"]) for s in report["sentences"]]
        with tracing() as trace:
            resolver = ReportResolver(report["text"], spans, report["published"], index, quote_spans(report["text"]))
        for gold, found in resolved(report, resolver):
            best = max(found, key=lambda e: (is_right(e, gold), bool(e.country)))
            reason = trace.reasons.get(best)
            if reason is not None:
                total[reason.rule] += 1
                right[reason.rule] += is_right(best, gold)
    return right, total


def check(folder: Path) -> None:
    """Prints the share of right mentions of gold reports by the probability of the rule that resolved them."""
    right, total = count([json.loads(p.read_text("utf-8")) for p in sorted(folder.glob("*.json"))], ActorIndex.load(""))
    for low, high in ((0.95, 1.01), (0.85, 0.95), (0.7, 0.85), (0.0, 0.7)):
        rules = [rule for rule in total if low <= probability(rule) < high]
        n = sum(total[rule] for rule in rules)
        print(f"{low:.2f} and more\t{sum(right[rule] for rule in rules) / max(1, n):.2f}\t{n}")


def main() -> None:
    if sys.argv[1:2] == ["--check"]:
        check(Path(sys.argv[2]))
        return
    pool = Path(sys.argv[1]) if len(sys.argv) > 1 else POOL
    least = threshold()
    reports = [r for r in offsets.load(sorted((HERE.parent / "articles").glob("*.jsonl")), pool) if r["text"]]
    right, total = count(reports, ActorIndex.load(""))
    mean = right.total() / max(1, total.total())
    lines = [f"all\t{right.total()}\t{total.total()}\t{mean:.3f}"]
    for rule, n in total.most_common():
        lines.append(f"{rule}\t{right[rule]}\t{n}\t{(right[rule] + PRIOR * mean) / (n + PRIOR):.3f}")
    lines.append(f"threshold\t\t\t{least:g}")
    old = TABLE.read_text("utf-8").splitlines()
    head = [line for line in old if line.startswith("#")] + ["rule\tright\tof\tprobability"]
    TABLE.write_text("\n".join([*head, *lines]) + "\n", "utf-8")
    print("\n".join(lines), f"\n{len(reports)} articles; before: {reliability().get('all')}")


if __name__ == "__main__":
    main()
