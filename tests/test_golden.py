"""Ten reports of ten genres, read with the shipped weights, against what the reader made of them last time."""

from __future__ import annotations

import difflib
import importlib.util
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from communique.read.reader import Reader
from communique.records import Entity, Event, Report, Span, Statement

HERE = Path(__file__).resolve().parent / "golden"

SHARE = 0.9
"""Share of lines that must be equal over all reports: int8 products round differently from processor to processor, so a
score at a threshold may fall to the other side of it."""


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("golden_update", HERE / "update.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


update = _load()


def equal_share(expected: list[str], found: list[str]) -> tuple[int, int]:
    """Equal lines, in any order, and the lines of the longer list."""
    return (Counter(expected) & Counter(found)).total(), max(len(expected), len(found))


@pytest.mark.weights
def test_the_reader_still_writes_what_the_golden_files_hold() -> None:
    reader = Reader(threads=1)
    equal = total = 0
    differences: list[str] = []
    for case in update.cases():
        found = update.read(reader, case)
        for kind in update.KINDS:
            hit, lines = equal_share(case.expected[kind], found[kind])
            equal, total = equal + hit, total + lines
            name = f"{case.name}.json, {kind}"
            differences += difflib.unified_diff(case.expected[kind], found[kind], name, f"{name} (now)", lineterm="", n=0)
    shown = "\n".join(differences)
    print(shown)
    assert total, "the golden files hold no records: write them with `make golden`"
    assert equal >= SHARE * total, (
        f"{equal} of {total} lines are as they were, fewer than {SHARE:.0%}:\n{shown}\n"
        "If the change is meant, rewrite the files with `make golden` and read their diff."
    )


@pytest.mark.weights
def test_a_report_is_read_alike_alone_and_among_others() -> None:
    """Bug of 0.1.0's making: activations are scaled over a whole batch, so a report's company changed its records."""
    reader = Reader(threads=1)
    cases = update.cases()
    stream = reader.pipe([Report(case.text, **case.given) for case in cases])
    for case, coded in zip(cases, stream, strict=True):
        assert update.lines_of(coded) == update.read(reader, case), f"{case.name} is read otherwise among other reports"


def test_golden_reports_are_ten_and_of_a_readable_length() -> None:
    cases = update.cases()
    assert len(cases) == 10
    for case in cases:
        assert 300 <= len(case.text) <= 2000, f"{case.name}.txt has {len(case.text)} characters"
        assert case.given.get("published"), f"{case.name}.json gives no date"


def test_records_as_lines() -> None:
    russia, officials = Entity("Moscow", country="RUS", sector="GOV"), Entity("US officials", country="USA", sector="GOV")
    event = Event(
        "x", 0, 4, 0, "arms", "AID", actors=(Entity("Iran", country="IRN"), Entity("it")), recipients=(russia,),
        status="claimed", sources=(officials,), date="2022", historical=True,
    )  # fmt: skip
    assert update.event_line(event) == "AID | arms | IRN; ? -> RUS.GOV | claimed | USA.GOV | 2022 h"
    text = "“Go,” he said, “" + "word " * 40 + "now.”"
    spans = (Span(1, 3), Span(16, len(text) - 2))
    statement = Statement("y", Entity("he", name="A. B.", country="USA"), Span(9, 13), spans, act="demand")
    line = update.statement_line(statement, text)
    assert line.startswith("A. B. (USA) | said | demand | Go ++ word word")
    assert line.endswith("word now") and " ... " in line and len(line) < 130
    assert update.statement_line(Statement("z", Entity(""), None, (Span(1, 3),)), text) == "- (?) | - | assert | Go"


def test_shares_count_lines_in_any_order() -> None:
    assert equal_share(["a", "b", "b"], ["b", "a"]) == (2, 3)
    assert equal_share([], []) == (0, 0)
