"""What reports are about: micro-averaged F1, precision and recall of their contexts against annotation.

``python benchmarks/contexts.py [--pool POOL.jsonl.gz]`` takes the 60 reports of training/contexts/reports.tsv that
training/fit_contexts.py never sees, with their texts from shared/data/articles. It prints the decision of read/contexts.py and,
to compare, that of giving each context of which the report has any word. The texts are read as the reader does, without the
model.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "training"))

import fit_contexts  # noqa: E402


def figures(pairs: Iterable[tuple[Collection[str], Collection[str]]]) -> tuple[float, float, float]:
    """F1, precision and recall over (given, annotated) of each report, all contexts counted together."""
    right = given = wanted = 0
    for found, gold in pairs:
        right, given, wanted = right + len(set(found) & set(gold)), given + len(found), wanted + len(gold)
    return (2 * right / max(1, given + wanted), right / max(1, given), right / max(1, wanted))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pool", type=Path, default=fit_contexts.POOL)
    args = parser.parse_args()
    if not args.pool.is_file():
        print(f"{args.pool} is absent: nothing was measured")
        return 0
    told = fit_contexts.annotated()
    ids = fit_contexts.measuring(told)
    articles = fit_contexts.articles(ids, args.pool)
    readers = {ident: fit_contexts.reader_of(articles[ident]) for ident in ids}
    for name, pairs in (
        ("read/contexts.py", [(readers[i].report, told[i]) for i in ids]),
        ("any word", [(readers[i].hits, told[i]) for i in ids]),
    ):
        f1, precision, recall = figures(pairs)
        print(f"{name:<16} micro-F1 {f1:.3f}  precision {precision:.3f}  recall {recall:.3f}  ({len(ids)} reports)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
