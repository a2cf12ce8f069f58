"""docs/exports.md shows the tables that the writers are filled from."""

from __future__ import annotations

import importlib.util
from pathlib import Path

HERE = Path(__file__).resolve().parent
spec = importlib.util.spec_from_file_location("exports_page", HERE / "update.py")
assert spec and spec.loader
page = importlib.util.module_from_spec(spec)
spec.loader.exec_module(page)


def test_the_page_is_up_to_date() -> None:
    text = page.PAGE.read_text("utf-8")
    assert page.updated(text) == text, "run `python tests/export/update.py`"
