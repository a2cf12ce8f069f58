"""Draws the picture of the README and writes its excerpt of the output, both from the demo report with the shipped weights.

``python docs/assets/make.py`` after a change of the weights, the views or the demo report.
"""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.terminal_theme import TerminalTheme

from communique.records import CodedReport, Event
from communique.views import terminal

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
README = ROOT / "README.md"
PICTURE = HERE / "read.svg"
PUBLISHED = "2025-03-14"
COMMAND = f"communique read demo/report.txt --published {PUBLISHED}"
COLUMNS = 132
EXCERPT = re.compile(r"(<!-- excerpt:begin[^\n]*-->\n).*?(<!-- excerpt:end -->)", re.DOTALL)

PAPER = TerminalTheme(
    (255, 255, 255), (36, 41, 47),
    [(36, 41, 47), (180, 35, 24), (17, 99, 41), (145, 87, 0), (9, 80, 180), (130, 50, 170), (0, 105, 120), (87, 96, 106)],
    [(110, 119, 129), (207, 34, 46), (26, 127, 55), (154, 103, 0), (33, 110, 220), (150, 70, 190), (15, 125, 140), (36, 41, 47)],
)  # fmt: skip
"""Dark on white: readable on a page, where a terminal's own colours are made for black."""


def draw(coded: CodedReport) -> str:
    """The terminal view as an SVG that loads nothing."""
    console = Console(
        record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="standard", highlight=False,
        emoji=False, markup=False,
    )  # fmt: skip
    terminal.show(coded, console)
    svg = console.export_svg(title=COMMAND, theme=PAPER, unique_id="read")
    svg = re.sub(r"\s*@font-face \{.*?\}\n", "\n", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code, monospace", "ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace")
    return re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE) + "\n"


WORD = "let"
"""Trigger of the event that the README tells of: it is claimed, denied by another, and has a place."""


def telling(events: tuple[Event, ...]) -> Event:
    """The event of `WORD`; else one claimed or denied on someone's word, with both sides named; else the surest."""
    if not events:
        raise SystemExit("the reader finds no event in the demo report: there is nothing to show")
    shown = [e for e in events if e.status in ("claimed", "denied") and e.sources]
    return max(shown or events, key=lambda e: (e.trigger == WORD, bool(e.actors and e.recipients), e.probability))


def excerpt(event: Event) -> str:
    """One event, a key a line."""
    fields: dict[str, Any] = json.loads(json.dumps(event.to_dict()))
    rows = [f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items()]
    return "```json\n{\n" + ",\n".join(rows) + "\n}\n```\n"


def main() -> int:
    import communique

    text = (ROOT / "demo/report.txt").read_text("utf-8")
    coded = communique.load(threads=1).read(text, published=PUBLISHED)
    PICTURE.write_text(draw(coded), encoding="utf-8")
    shown = excerpt(telling(coded.events))
    readme, count = EXCERPT.subn(lambda m: m[1] + shown + m[2], README.read_text("utf-8"))
    if count != 1:
        raise SystemExit("README.md has no place for the excerpt (excerpt:begin ... excerpt:end)")
    README.write_text(readme, encoding="utf-8")
    print(f"{PICTURE.relative_to(ROOT)} ({PICTURE.stat().st_size // 1000} kB) and README.md written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
