"""Writes the tables of docs/exports.md anew from data/export: ``python tests/export/update.py``."""

from __future__ import annotations

import re
from pathlib import Path

from communique.export.layouts import LAYOUTS, markdown

PAGE = Path(__file__).resolve().parents[2] / "docs" / "exports.md"


def updated(page: str) -> str:
    """The page with each layout's table as its data say; it stands between two comments that name it."""
    for name in LAYOUTS:
        begin, end = f"<!-- layout:{name} -->", f"<!-- layout:{name} end -->"
        if begin not in page or end not in page:
            raise SystemExit(f"docs/exports.md: the comments of layout {name} are missing")
        table = f"{begin}\n{markdown(name)}\n{end}"
        page = re.sub(re.escape(begin) + r".*?" + re.escape(end), lambda _, new=table: new, page, flags=re.DOTALL)  # type: ignore[misc]
    return page


if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text("utf-8")), "utf-8")
