"""The picture of a series: bars where they belong, incidents marked, any terminal, PNG and SVG."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from dyads import row, weekly
from rich.console import Console

from communique.errors import InputError
from communique.measure import extras
from communique.measure.changes import Change
from communique.measure.plot import MARKED, marked, save, show
from communique.measure.series import Series, series

ROWS = [row("good", "AID", "2024-01-03"), row("bad", "ASSAULT", "2024-01-24"), *weekly("CONSULT", 12, start="2024-01-04")]


class _Handle(io.StringIO):
    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding


def shown(one: Series, width: int = 80, encoding: str = "utf-8", changes: tuple[Change, ...] = ()) -> list[str]:
    handle = _Handle(encoding)
    show(one, Console(file=handle, width=width), ROWS, changes)
    return [line.rstrip() for line in handle.getvalue().split("\n")]


def test_cooperation_stands_and_conflict_hangs() -> None:
    lines = shown(series(ROWS, "NOR", "RUS"))
    zero = next(n for n, line in enumerate(lines) if line.startswith("     0"))
    above, below = lines[zero - 1], lines[zero + 1]
    assert above[7] == "█" and below[7:11].rstrip() == "   █"
    assert lines[zero + 6].startswith("  -9.5") and lines[zero - 6].startswith("   9.5")


def test_incidents_are_marked_with_their_figures_and_ids() -> None:
    lines = shown(series(ROWS, "NOR", "RUS"))
    assert any("1 AID NOR → RUS · 2024-01-03 · good" in line for line in lines)
    assert any("ASSAULT NOR → RUS · 2024-01-24 · bad" in line for line in lines)
    assert len(marked(series(ROWS, "NOR", "RUS"), ROWS)) == MARKED
    assert next(iter(marked(series(ROWS, "NOR", "RUS", until="2024-01-05"), ROWS))) == "good"


@pytest.mark.parametrize("width", [30, 80])
def test_years_fit_in_a_narrow_terminal(width: int) -> None:
    one = series(weekly("ACCUSE", 300, start="2018-01-03"), "NOR", "RUS")
    assert all(len(line) <= width for line in shown(one, width))


def test_a_terminal_without_unicode_gets_ascii() -> None:
    change = (Change("2024-01-22", (0.0, 1.0), (9.0, 1.0), ("bad",)),)
    lines = shown(series(ROWS, "NOR", "RUS"), encoding="ascii", changes=change)
    assert all(line.isascii() for line in lines)
    assert any("^" in line and line.endswith("change of level") for line in lines)


def test_an_empty_series_says_so() -> None:
    assert "nothing to show" in "\n".join(shown(series([], "NOR", "RUS")))


def test_pictures(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="pictures need the extra plot")
    one = series(ROWS, "NOR", "RUS")
    assert save(one, tmp_path / "a.png", ROWS).read_bytes().startswith(b"\x89PNG")
    first, again = (save(one, tmp_path / f"{n}.svg", ROWS).read_text("utf-8") for n in "ab")
    assert first == again and "ASSAULT" in first and "NOR and RUS, by week" in first
    with pytest.raises(InputError, match=r"\.png or \.svg"):
        save(one, tmp_path / "a.gif")


def test_a_missing_extra_is_named_with_its_install_line() -> None:
    with pytest.raises(ImportError, match=r"a picture needs no_such_module: install it with `pip install 'communique\[plot\]'`"):
        extras.optional("no_such_module.part", "plot", "a picture")
