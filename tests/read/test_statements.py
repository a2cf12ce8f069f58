"""Who said what, across sentences: cues and contents by hand, all texts written for the tests."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from communique.read.decode import RawCue, RawSentence, RoleSpan
from communique.read.encode import quote_spans
from communique.read.sentences import split
from communique.read.statements import Draft, assemble, quotes_in, trim
from communique.records import Sentence


def find(text: str, words: str) -> tuple[int, int]:
    start = text.index(words)
    return start, start + len(words)


def cue(text: str, words: str, speaker: str, *content: str, probability: float = 0.9) -> RawCue:
    who = RoleSpan(*find(text, speaker), 0.9) if speaker else None
    return RawCue(*find(text, words), who, tuple(find(text, c) for c in content), "assert", probability)


def drafts(text: str, cues: Mapping[int, list[RawCue]], kinds: Mapping[int, str] | None = None) -> list[Draft]:
    """Statements of `text`, with `cues` by the number of their sentence."""
    sentences = [Sentence(n, *span, (kinds or {}).get(n, "body")) for n, span in enumerate(split(text))]
    raw = [RawSentence(cues=tuple(cues.get(s.n, ()))) for s in sentences]
    return assemble(text, sentences, raw, quote_spans(text))


def contents(text: str, found: list[Draft]) -> list[list[str]]:
    return [[text[a:b] for a, b in d.content] for d in found]


def test_a_cue_after_its_quotation() -> None:
    text = "“We will act,” Vale said."
    found = drafts(text, {0: [cue(text, "said", "Vale", "“We will act,”")]})
    assert contents(text, found) == [["We will act"]]


def test_a_cue_before_its_paraphrase() -> None:
    text = "Vale said that the border would close."
    found = drafts(text, {0: [cue(text, "said", "Vale", "the border would close.")]})
    assert contents(text, found) == [["the border would close."]]


def test_a_split_quotation_is_one_statement_with_two_spans() -> None:
    text = "“If it goes on,” Vale said, “we will act.”"
    found = drafts(text, {0: [cue(text, "said", "Vale", "If it goes on", "we will act.")]})
    assert contents(text, found) == [["If it goes on", "we will act."]]


def test_a_quotation_runs_on_over_sentences_of_its_paragraph() -> None:
    text = "“We will act,” Vale said. “Nobody can stop us. We are ready.” Norway waits."
    found = drafts(text, {0: [cue(text, "said", "Vale", "We will act")]})
    assert contents(text, found) == [["We will act", "Nobody can stop us.", "We are ready."]]
    assert found[0].sentences == {0, 1, 2}


def test_a_quotation_begins_before_the_sentence_of_its_cue() -> None:
    text = "“Nobody can stop us. We are ready. We will act,” Vale said."
    found = drafts(text, {2: [cue(text, "said", "Vale", "We will act")]})
    assert contents(text, found) == [["Nobody can stop us.", "We are ready.", "We will act"]]


@pytest.mark.parametrize(
    ("text", "said", "expected"),
    [
        ("Vale said: “We act.\n\n“Nobody can stop us.”\n\nNorway waits.", "We act.", ["We act.", "Nobody can stop us."]),
        (
            "“We act,” Vale said. “It is time.\n\n“Nobody can stop us.”\n\nNorway waits.",
            "We act",
            ["We act", "It is time.", "Nobody can stop us."],
        ),
    ],
)
def test_a_quotation_left_open_runs_on_in_the_paragraph_that_opens_it_again(text: str, said: str, expected: list[str]) -> None:
    assert contents(text, drafts(text, {0: [cue(text, "said", "Vale", said)]})) == [expected]


def test_a_closed_quotation_does_not_run_into_the_next_paragraph() -> None:
    text = "“We will act,” Vale said. “It is time.”\n\n“Nobody asked us.”"
    found = drafts(text, {0: [cue(text, "said", "Vale", "We will act")]})
    assert contents(text, found) == [["We will act", "It is time."]]


def test_two_speakers_keep_their_own() -> None:
    text = "“We act,” Vale said. “We wait,” Holm said. “It is wise.”"
    found = drafts(
        text,
        {
            0: [cue(text, "Vale said"[5:], "Vale", "We act")],
            1: [RawCue(*_nth(text, "said", 1), RoleSpan(*find(text, "Holm"), 0.9), (find(text, "We wait"),), "assert", 0.9)],
        },
    )
    assert contents(text, found) == [["We act"], ["We wait", "It is wise."]]


def _nth(text: str, words: str, nth: int) -> tuple[int, int]:
    at = -1
    for _ in range(nth + 1):
        at = text.index(words, at + 1)
    return at, at + len(words)


def test_plain_sentences_join_nothing() -> None:
    text = "“We act,” Vale said. Norway waits. Riga agreed to “wait” too."
    found = drafts(text, {0: [cue(text, "said", "Vale", "We act")]})
    assert contents(text, found) == [["We act"]]


def test_a_quoted_caption_joins_nothing() -> None:
    text = "“We act,” Vale said. “Nobody can stop us.”"
    found = drafts(text, {0: [cue(text, "said", "Vale", "We act")]}, {1: "caption"})
    assert contents(text, found) == [["We act"]]


def test_of_two_cues_with_one_content_the_surer_stays() -> None:
    text = "Vale said and added that the border would close."
    found = drafts(
        text,
        {
            0: [
                cue(text, "said", "Vale", "the border would close", probability=0.6),
                cue(text, "added", "Vale", "the border would close", probability=0.8),
            ]
        },
    )
    assert [text[slice(*d.cue)] for d in found] == ["added"]


def test_a_cue_with_an_empty_content_is_left_out() -> None:
    text = "Vale said “ ” on Monday."
    assert drafts(text, {0: [cue(text, "said", "Vale", "“ ”")]}) == []


def test_statements_come_in_the_order_of_their_contents() -> None:
    text = "Vale said the port was shut. Holm said the road was open."
    second = RawCue(*_nth(text, "said", 1), None, (find(text, "the road was open"),), "assert", 0.9)
    found = drafts(text, {1: [second], 0: [cue(text, "said", "Vale", "the port was shut")]})
    assert contents(text, found) == [["the port was shut"], ["the road was open"]]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("“We act,”", "We act"),
        (' "We act." ', "We act."),
        ("— we act —", "we act"),
        ("«Oui»", "Oui"),
        ("…we act…", "we act…"),
        ("“”", ""),
        ("", ""),
    ],
)
def test_marks_and_commas_at_the_edges_are_no_content(text: str, kept: str) -> None:
    start, end = trim(text, 0, len(text))
    assert text[start:end] == kept


QUOTES = {
    "whole": ("“We act,” Vale said.", ["We act"], ["We act"]),
    "half": ("Vale called it “a grave step” and left.", ["it “a grave step” and left"], ["a grave step"]),
    "half at the end": ('Vale said Minsk would pay "a high price."', ['Minsk would pay "a high price.'], ["a high price."]),
    "half at the beginning": ("“Grave” harm was done, Vale said.", ["Grave” harm was done"], ["Grave"]),
    "two parts": ("Vale said “a” war and “b” peace.", ["“a” war and “b” peace"], ["a", "b"]),
    "split": ("“If so,” Vale said, “we act.”", ["If so", "we act."], ["If so", "we act."]),
    "middle of a longer one": ("“A came. B left. C stayed,” Vale said.", ["B left."], ["B left."]),
    "paraphrase": ("Vale said that Minsk would pay.", ["Minsk would pay"], []),
}


@pytest.mark.parametrize("name", QUOTES)
def test_quotes_are_the_verbatim_parts_without_marks(name: str) -> None:
    text, spans, expected = QUOTES[name]
    assert list(quotes_in(text, [find(text, s) for s in spans], quote_spans(text))) == expected
