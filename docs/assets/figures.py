"""Writes measured figures into the pages: ``python docs/assets/figures.py FIGURES.json [SPEED.txt]``.

FIGURES.json is what ``benchmarks/eval.py --json`` wrote, SPEED.txt what ``make bench`` printed. Each place in a page is a
comment ``<!-- figures:NAME -->``; what this script wrote before, up to ``<!-- figures end -->``, is replaced.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
Figures = Mapping[str, Mapping[str, float]]
SHORT = (
    ("gold-dev", "type", "event type F1"), ("gold-dev", "dyad", "dyad F1 (type, all actors and recipients)"),
    ("gold-dev", "status", "status on matched events"), ("gold-dev", "statement", "statement F1"),
    ("gold-dev", "speaker", "speaker F1"), ("plv-dev", "root", "relation of a marked pair (PLV), 15 roots, macro-F1"),
    ("plv-dev", "quad", "the same, four quads"), ("polnear-dev", "content", "PolNeAR content F1"),
    ("polnear-dev", "source", "PolNeAR source F1"), ("geo-odd", "within_161km", "GeoVirus places within 161 km"),
    ("process", "cold_start_s", "seconds from start to the first record"), ("process", "memory_mb", "peak memory, MB"),
)  # fmt: skip
PEOPLE = {("gold-dev", "type"): 0.93, ("gold-dev", "dyad"): 0.86, ("gold-dev", "status"): 0.98,
          ("gold-dev", "statement"): 0.98, ("gold-dev", "speaker"): 0.94}  # fmt: skip


def number(value: float) -> str:
    return f"{value:.0f}" if value >= 10 or value == int(value) else f"{value:.2f}"


def short(figures: Figures) -> str:
    rows = [
        f"| {label} | {number(figures[name][key])} | {PEOPLE.get((name, key), '')} |"
        for name, key, label in SHORT if key in figures.get(name, {})
    ]  # fmt: skip
    return "\n".join(["| figure | here | two people |", "|---|---|---|", *rows])


def full(figures: Figures) -> str:
    rows = [f"| `{name}` | {key} | {value:.3f} |" for name, group in figures.items() for key, value in group.items()]
    return "\n".join(["| set | figure | value |", "|---|---|---|", *rows])


def fill(path: Path, name: str, text: str) -> None:
    """Puts `text` at the place `name` of a page. Raises ValueError where the page has none."""
    page = path.read_text("utf-8")
    place = re.compile(rf"<!-- figures:{name} -->(?:\n.*?<!-- figures end -->)?", re.DOTALL)
    if not place.search(page):
        raise ValueError(f"{path} has no <!-- figures:{name} -->")
    new = f"<!-- figures:{name} -->\n\n{text}\n\n<!-- figures end -->"
    path.write_text(place.sub(lambda _: new, page, count=1), encoding="utf-8")


def main() -> int:
    figures = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    said = "Measured with `make eval`. Nothing of it trained the weights, but gold (ten articles) is a development set:\n\n"
    fill(ROOT / "README.md", "readme", said + short(figures))
    fill(ROOT / "docs/evaluate.md", "eval", full(figures))
    if len(sys.argv) > 2:
        speed = Path(sys.argv[2]).read_text("utf-8").strip()
        fill(ROOT / "docs/evaluate.md", "speed", f"On two cores of an AMD EPYC, `make bench`:\n\n```\n{speed}\n```")
    return 0


if __name__ == "__main__":
    sys.exit(main())
