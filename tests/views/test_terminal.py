"""The terminal view: what it says, how it fits, and what it never lets through."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from builders import TITLE, coded, hostile
from communique.records import CodedReport, Report, Sentence
from communique.views.terminal import show


def shown(report: CodedReport, width: int = 80, *, colour: bool = False, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, newline="")
    console = Console(file=file, width=width, force_terminal=colour, color_system="truecolor" if colour else None)
    show(report, console)
    file.flush()
    return raw.getvalue().decode(encoding)


def flat(text: str) -> str:
    return " ".join(text.split())


def test_every_record_is_told_in_words() -> None:
    text = flat(shown(coded()))
    for words in (
        TITLE,
        "The Demo · 2024-04-10 · https://example.org/a",
        "▸ ACCUSE·allege “accused” 🇫🇮 FIN.GOV Finland → 🇷🇺 RUS.GOV Russia · actual · 2024-04-09",
        "claimed on the word of Officials in Warsaw ‹POL.GOV›, citing Ukrainian intelligence ‹UKR.SPY› · 2023 · historical",
        "denied on the word of Moscow ‹RUS.GOV›",
        "hypothetical on the word of Elina Valtonen ‹FIN.GOV›",
        "🇳🇴 NOR.GOV Norway · negated",
        "❝ accuse 🇫🇮 FIN.GOV Elina Valtonen, foreign minister “said”: “this is a threat to every traveller”",
        "[not coded: caption] (Getty Images/File photo",
        "7 events (2 claimed, 1 denied, 1 hypothetical, 1 negated) · 3 statements · 6 sentences (1 not coded)",
        "about: cyber, military",
        "note: demo note",
    ):
        assert words in text


@pytest.mark.parametrize("width", [40, 80, 119, 120, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(cell_len(line) for line in shown(coded(), width).splitlines()) <= width


def test_records_stand_beside_the_sentence_where_there_is_room() -> None:
    assert any("Moscow denied" in line and "▸ REJECT" in line for line in shown(coded(), 140).splitlines())
    assert not any("Moscow denied" in line and "▸ REJECT" in line for line in shown(coded(), 80).splitlines())


def test_colour_marks_trigger_and_status_and_no_color_takes_it_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = shown(coded(), colour=True)
    assert "\x1b[1;4;33maccused\x1b[0m" in text and "\x1b[1;35mclaimed\x1b[0m" in text
    monkeypatch.setenv("NO_COLOR", "1")
    plain = shown(coded(), colour=True)
    assert "\x1b[1;4maccused\x1b[0m" in plain and "\x1b[1mclaimed\x1b[0m" in plain


def test_a_terminal_without_unicode_gets_ascii() -> None:
    text = flat(shown(coded(), encoding="ascii"))
    assert '> ACCUSE-allege "accused" FIN.GOV Finland > RUS.GOV Russia - actual' in text
    assert '"If this goes on," Valtonen said' in text


def test_no_control_character_gets_through() -> None:
    for width in (80, 140):
        text = shown(hostile(), width)
        assert "\x1b" not in text and "\x07" not in text and "\u202e" not in text
        assert "[31m" in text  # the words are kept, markup of the library is not read from them


def test_markup_and_emoji_codes_of_the_text_stay_words() -> None:
    report = CodedReport(Report("[bold]x[/bold] :smile: y", published="2024-04-10"), (Sentence(0, 0, 24),))
    assert "[bold]x[/bold] :smile: y" in shown(report)


def test_reports_without_sentences_title_or_date() -> None:
    empty = shown(CodedReport(Report(""), notes=("the report is empty: nothing was read",)))
    assert "(no title)" in empty and "note: the report is empty" in empty and "no publication date" in empty
    french = shown(CodedReport(Report("Bonjour.\nIl pleut."), notes=("not in English",)))
    assert "“Bonjour. Il pleut.”" in french and "     Bonjour. Il pleut." in french


def test_the_headline_stands_for_a_missing_title() -> None:
    report = Report("Talks\nopen\n\nThey met.")
    text = shown(CodedReport(report, (Sentence(0, 0, 10, "title"), Sentence(1, 12, 21))))
    assert "\nTalks open\n" in text and "(no title)" not in text
