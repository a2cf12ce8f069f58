"""The written stories with contested claims: every line of their annotation fits, and comparing finds their claims by rule."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

import claims as bench


def test_there_are_many_contested_claims_and_sides_that_change_their_mind() -> None:
    gold = [g for s in bench.load() for g in s.claims]
    assert len({s.name for s in bench.load()}) >= 25
    assert sum(g.contested for g in gold) >= 25
    assert sum(bool(g.asserts & g.denies) for g in gold) >= 3


def test_the_claims_of_the_development_half_are_found_with_their_sides() -> None:
    told = [s for s in bench.load() if s.half == 0]
    figures = bench.score(told, *bench.given(told))
    assert min(figures.values()) == 1.0, list(bench.errors(told, *bench.given(told)))


@pytest.mark.parametrize(
    "line",
    [
        "E unheard of | AID | RUS.GOV | UKR | claimed | UKR.GOV | arms",
        "E sent | HELP | RUS.GOV | UKR | claimed | UKR.GOV | arms",
        "E sent | AID | RUS.GOV | UKR | feared | UKR.GOV | arms",
        "E sent | AID | RUS.GOV | UKR | claimed | UKR.GOV | other",
    ],
    ids=["words", "type", "status", "key"],
)
def test_an_annotation_that_does_not_fit_is_named(line: str, tmp_path: Path) -> None:
    claim = "C arms | AID | RUS | UKR | UKR | -"
    story = f"== 01 one\n-- a | Wire | 2024-04-10 | Title\nRussia sent arms.\n{line}\n{claim}\n"
    (tmp_path / "one.txt").write_text(story, "utf-8")
    with pytest.raises(ValueError, match="01 one"):
        bench.load(tmp_path)
