"""Which annotated reports train the weights and which are kept apart."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FOLDS = 5
"""Parts of the reports kept apart: what is fitted on four of them is measured on the fifth."""


def held_out(report_id: str) -> bool:
    """Whether a report is kept from training: one in twenty, by its id, to set thresholds on and to test with.

    Of texts outside the pool of articles ("re3d/...", "ngec/...") none is: they are not what is to be read.
    """
    return "/" not in report_id and int(hashlib.sha256(report_id.encode()).hexdigest(), 16) % 20 == 0


def folds(ids: Collection[str]) -> dict[str, int]:
    """The fold of each report, in turns over an order that no run changes."""

    def number(name: str) -> int:
        return sum((n + 1) * ord(c) for n, c in enumerate(name)) % 9973

    return {name: n % FOLDS for n, name in enumerate(sorted(set(ids), key=lambda name: (number(name), name)))}


def parted(reports: Sequence[str]) -> Iterator[tuple[list[int], list[int]]]:
    """For each fold the places of what is to be fitted on and of what is measured, by the report of each."""
    fold_of = folds(reports)
    for fold in range(FOLDS):
        inside = [fold_of[report] == fold for report in reports]
        yield [n for n, it in enumerate(inside) if not it], [n for n, it in enumerate(inside) if it]


def kept_articles(pool: Path) -> list[dict[str, Any]]:
    """The annotated articles that train nothing, with their texts from `pool`."""
    import offsets

    return [r for r in offsets.load(sorted((HERE / "articles").glob("*.jsonl")), pool) if held_out(r["id"])]


def written() -> list[dict[str, Any]]:
    """All reports that were written for the project."""
    from notation import parse

    files = sorted((HERE / "corpus").glob("*.ann"))
    return [r for f in files for r, _ in parse(f.read_text("utf-8").splitlines())]


def kept_corpus() -> list[dict[str, Any]]:
    """The written reports that train nothing."""
    return [r for r in written() if held_out(r["id"])]
