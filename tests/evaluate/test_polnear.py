"""Attributions in brat standoff files: how they are read, and the figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from communique.errors import InputError
from communique.evaluate import polnear
from communique.records import CodedReport, Entity, Report, Sentence, Span, Statement

TEXT = "Vale said that the port was shut. “We wait,” Holm added, “and we see.”"


def at(words: str) -> str:
    start = TEXT.index(words)
    return f"{start} {start + len(words)}"


STANDOFF = "\n".join(
    [
        "E1\tAttribution:T2 Source:T1 Cue:T2 Content:T3",
        f"T1\tSource {at('Vale')}\tVale",
        f"T2\tCue {at('said')}\tsaid",
        f"T3\tContent {at('that the port was shut')}\tthat the port was shut",
        f"T4\tSource {at('Holm')}\tHolm",
        f"T5\tContent {at('“We wait,”')};{at('“and we see.”')}\t“We wait,” “and we see.”",
        "E2\tAttribution:T6 Source:T4 Content:T5 Content2:T3",
        f"T6\tCue {at('added')}\tadded",
        "E3\tAttribution:T2 Source:T1",
        "A1\tNegated E1",
        "",
    ]
)


def words(found: frozenset[tuple[int, str]]) -> list[str]:
    return [w for _, w in sorted(found)]


def test_attributions_of_a_standoff_file() -> None:
    first, second = polnear.read_standoff(TEXT, STANDOFF)
    assert (words(first.source), words(first.content)) == (["vale"], ["that", "the", "port", "was", "shut"])
    assert words(second.source) == ["holm"]
    assert words(second.content) == ["that", "the", "port", "was", "shut", "we", "wait", "and", "we", "see"]


def test_an_attribution_without_content_is_none() -> None:
    assert polnear.read_standoff(TEXT, "T1\tSource 0 4\tVale\nE1\tAttribution:T1 Source:T1") == []
    assert polnear.read_standoff(TEXT, "") == []


class StandIn:
    """Finds the statements given, in every report."""

    def __init__(self, *found: Statement) -> None:
        self.found, self.seen = found, list[Report]()

    def pipe(self, reports: Sequence[Report]) -> Iterator[CodedReport]:
        for one in reports:
            self.seen.append(one)
            yield CodedReport(one, (Sentence(0, 0, len(one.text)),), (), self.found)


def statement(content: str, speaker: str) -> Statement:
    start, who = TEXT.index(content), TEXT.find(speaker) if speaker else -1
    entity = Entity(speaker, who, who + len(speaker)) if speaker else Entity("")
    return Statement("s", entity, None, (Span(start, start + len(content)),))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "text").mkdir()
    (tmp_path / "attributions").mkdir()
    (tmp_path / "text" / "desk_2016-09-01_port.txt").write_text(TEXT, "utf-8")
    (tmp_path / "attributions" / "desk_2016-09-01_port_0002.ann").write_text("", "utf-8")
    (tmp_path / "attributions" / "desk_2016-09-01_port_0001.ann").write_text(STANDOFF, "utf-8")
    return tmp_path


def test_figures(folder: Path) -> None:
    reader = StandIn(statement("the port was shut", "Vale"), statement("We wait", ""), statement("said", "Vale"))
    result = polnear.evaluate(folder, reader)  # type: ignore[arg-type]
    assert (result["content"]["hit"], result["content"]["gold"], result["content"]["coded"]) == (1, 2, 3)
    assert result["source"]["hit"] == 1
    assert reader.seen[0].published == "2016-09-01"
    assert "over 1 articles" in polnear.render(result)


def test_the_source_must_be_named(folder: Path) -> None:
    result = polnear.evaluate(folder, StandIn(statement("the port was shut", "Holm")))  # type: ignore[arg-type]
    assert (result["content"]["hit"], result["source"]["hit"]) == (1, 0)


def test_offsets_are_not_moved_by_windows_line_ends(folder: Path) -> None:
    (folder / "text" / "desk_2016-09-01_port.txt").write_bytes(("\r\n" + TEXT).encode())
    reader = StandIn()
    polnear.evaluate(folder, reader)  # type: ignore[arg-type]
    assert reader.seen[0].text.startswith("\r\n")


def test_what_is_missing_is_named(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(InputError, match=r"holds no text/\*\.txt"):
        polnear.evaluate(tmp_path / "none", StandIn())  # type: ignore[arg-type]
    for file in (folder / "attributions").iterdir():
        file.unlink()
    with pytest.raises(InputError, match="has no file in attributions/"):
        polnear.evaluate(folder, StandIn())  # type: ignore[arg-type]
