"""Annotation for the tests: examples of two own types, and reports whose statuses are corrected by a rule."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
EXAMPLES, UNSEEN, TYPES = HERE / "examples.jsonl", HERE / "unseen.jsonl", HERE / "types.tsv"

TRAINED = 20
"""Of the drills; the others are unseen."""


def drills() -> list[str]:
    """Reports of two sentences: the first tells what happens in an exercise, the second what happened."""
    return (HERE / "drills.txt").read_text("utf-8").splitlines()


def played(coded: dict[str, Any]) -> list[dict[str, Any]]:
    """The events of an exercise."""
    return [e for e in coded["events"] if e["sentence"] == 0]


def corrected(coded: dict[str, Any]) -> dict[str, Any]:
    """What a desk makes of a report: nothing in an exercise happened, whatever the words."""
    for event in played(coded):
        event["status"] = "hypothetical"
    return coded


def write(path: Path, records: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")
    return path
