"""The tables for pandas."""

from __future__ import annotations

import builtins
from typing import Any

import pytest

import communique
from builders import TEXT, coded
from communique.errors import MissingExtraError
from communique.frames import EVENT_COLUMNS, STATEMENT_COLUMNS, to_frame
from communique.records import CodedReport, Report

pd = pytest.importorskip("pandas")


def test_one_row_a_record() -> None:
    events, statements = to_frame([coded(), coded()])
    assert (len(events), len(statements)) == (14, 6)
    assert tuple(events.columns) == EVENT_COLUMNS and tuple(statements.columns) == STATEMENT_COLUMNS
    row = events.iloc[4]
    assert (row["actors"], row["recipients"], row["sources"]) == ("PRK.GOV", "RUS.GOV", "POL.GOV; UKR.SPY")
    assert (row["report"], row["date"], row["historical"], row["score"]) == ("demo-1", "2023", True, 7.4)
    assert TEXT[row["start"] : row["end"]] == row["trigger"] and row["text"].startswith("Officials in Warsaw")
    said = statements.iloc[2]
    assert (said["speaker"], said["speaker_name"], said["cue"], said["act"]) == ("FIN.GOV", "Elina Valtonen", "said", "threaten")
    assert said["content"] == "“If this goes on,” … “we will close the border.”"


def test_nothing_found_keeps_columns_and_kinds() -> None:
    for reports in ([], CodedReport(Report("x"))):
        events, statements = to_frame(reports)
        assert tuple(events.columns) == EVENT_COLUMNS and tuple(statements.columns) == STATEMENT_COLUMNS
        full = to_frame(coded())
        assert list(events.dtypes) == list(full[0].dtypes) and list(statements.dtypes) == list(full[1].dtypes)


def test_without_pandas_the_message_holds_the_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *args: Any, **options: Any) -> Any:
        if name == "pandas":
            raise ImportError(name)
        return real(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(MissingExtraError, match=r"pip install 'communique\[pandas\]'"):
        communique.to_frame(coded())
