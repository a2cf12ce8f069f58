"""Where sentences end. All texts are written for the tests."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from communique.read.sentences import MAX_SENTENCE, split


def pieces(text: str) -> list[str]:
    return [text[start:end] for start, end in split(text)]


WHOLE = {
    "a title before a name": "Gen. Ivan Petrov met Sen. Ann Lee and Mr. Brown in St. Louis.",
    "ranks": "Lt. Col. Omar Haddad and Maj. Gen. Lars Berg left on Sept. 3.",
    "U.S. before its noun": "The U.S. Senate passed it and the U.N. Security Council did not.",
    "initials of a name": "J. R. Smith of the F.B.I. Counterterrorism Division spoke to H.R. McMillan.",
    "one initial": "George W. Bushnell called Paul D. Ryder.",
    "decimals": "Output rose 3.5 percent to 1.25 million barrels at $72.40 each.",
    "a number": "Resolution No. 2231 and Art. 5 of the treaty bind both.",
    "a date": "Troops crossed on Feb. 24 near Sumy.",
    "a company": "Vega Corp. Chairman Li Wen and Orion Inc. Vice President Jo Roy signed.",
    "Latin": "Several states, e.g. Poland and i.e. Latvia, v. Russia.",
    "a question with its attribution": "“Why now?” the minister asked.",
    "an exclamation with its attribution": "“Never!” shouted the crowd in the square.",
    "a named speaker after a question": "“Who gave the order?” Senator Dana Holt asked on Monday.",
    "a named speaker and an adverb": '"Is that a threat?" Ivanov angrily replied.',
    "an ellipsis inside": "The envoy said talks were … not easy and went on.",
    "dots inside": "We are ready ... for anything, he said.",
    "a web address": "The text is at www.example.org/treaty.html and on state.gov for all.",
    "an abbreviation without a space": "The cruiser left St.Petersburg on Friday.",
    "a list letter": "B. The second point is aid.",
    "a rank without a space": "The envoy met Gen.Petrov in Tunis.",
    "a domain in capitals": "The group posted it on Telegraf.Com and left.",
    "time of day": "It fell at 5 p.m. Kyiv time near the border.",
    "dotted lower-case abbreviation": "It began at 9 a.m. on Monday.",
}


@pytest.mark.parametrize("name", WHOLE)
def test_one_sentence_stays_whole(name: str) -> None:
    assert pieces(WHOLE[name]) == [WHOLE[name]]


PARTS = {
    "plain": ["Iran signed.", "Oman watched."],
    "after U.S.": ["They will sue the U.S.", "The talks go on."],
    "after p.m.": ["It ended at 3 p.m.", "The army said so."],
    "after an initial": ["He chose Plan B.", "The cabinet agreed."],
    "after Jr.": ["They met Otis Hale Jr.", "He declined to speak."],
    "after Inc.": ["The ministry fined Orion Inc.", "The company will appeal."],
    "after No": ["Would he resign?", "No.", "He will stay."],
    "question": ["Who fired?", "Nobody knows."],
    "mark after the stop": ["“We will not yield.”", "The crowd cheered."],
    "straight mark after the stop": ['"We will not yield."', "The crowd cheered."],
    "mark before the next": ["He left.", "“Never again,” he said."],
    "bracket": ["(The embassy is closed.)", "Staff have left."],
    "ellipsis then capital": ["We waited…", "Then they came."],
    "digit": ["They met in Doha.", "12 states signed."],
    "Cyrillic": ["Он ушёл.", "Мы остались."],
    "Chinese stop": ["他说了。", "Then he left."],
    "a new sentence after a quoted question": ["“Is it over?”", "Trent said he would answer in May."],
}


@pytest.mark.parametrize("name", PARTS)
def test_sentences_are_parted(name: str) -> None:
    assert pieces(" ".join(PARTS[name])) == PARTS[name]


def test_a_newline_ends_a_sentence_that_has_no_stop() -> None:
    text = "Leaders meet in Quito\n\nQUITO — The talks began.\nA photo of the hall\nThey ended."
    assert pieces(text) == ["Leaders meet in Quito", "QUITO — The talks began.", "A photo of the hall", "They ended."]


def test_windows_line_ends() -> None:
    assert pieces("Talks began.\r\n\r\nThey ended.\r\nAll left") == ["Talks began.", "They ended.", "All left"]


def test_a_lone_ellipsis_opens_the_sentence_after_it() -> None:
    assert pieces("It failed. … They went home. ... Others stayed.") == ["It failed.", "… They went home.", "... Others stayed."]


def test_a_list_number_opens_the_sentence_after_it() -> None:
    assert pieces("The plan:\n1. Troops leave. 2. Aid comes.") == ["The plan:", "1. Troops leave.", "2. Aid comes."]


def test_stops_whose_space_was_lost() -> None:
    text = 'The army took Mosul.The governor fled."We had no choice," he said."They came at night."Others stayed.'
    assert pieces(text) == [
        "The army took Mosul.",
        "The governor fled.",
        '"We had no choice," he said.',
        '"They came at night."',
        "Others stayed.",
    ]


def test_a_split_quotation_is_two_sentences_and_no_more() -> None:
    text = "“If it goes on,” Vale said, “we act.” Norway waits."
    assert pieces(text) == ["“If it goes on,” Vale said, “we act.”", "Norway waits."]


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\t \u00a0"])
def test_nothing_gives_nothing(text: str) -> None:
    assert split(text) == []


def test_a_long_run_is_cut_at_spaces() -> None:
    text = "word " * 3000
    found = split(text)
    assert len(found) > 1
    assert all(end - start <= MAX_SENTENCE for start, end in found)
    assert " ".join(text[s:e] for s, e in found).split() == text.split()


def test_a_long_run_without_spaces_is_cut_hard() -> None:
    found = split("x" * (2 * MAX_SENTENCE + 5))
    assert [e - s for s, e in found] == [MAX_SENTENCE, MAX_SENTENCE, 5]


@pytest.mark.parametrize(
    "text",
    [
        "End. " + " " * 100_000,
        "." * 100_000,
        ". " * 50_000,
        "\n" * 100_000,
        '"' * 100_000,
        "a." * 50_000,
        "x. \n" * 30_000 + " \t" * 50_000,
        'said."A ' * 10_000,
    ],
)
def test_hostile_texts_take_no_time(text: str) -> None:
    began = time.process_time()
    split(text)
    assert time.process_time() - began < 2.0


WORDS = st.sampled_from(
    [
        "Iran",
        "the",
        "U.S.",
        "Mr.",
        "J.",
        "said",
        "3.5",
        "“We",
        "yield.”",
        '"No',
        'way."',
        "…",
        "...",
        "Why?",
        "Stop!",
        "(a",
        "b.)",
        "p.m.",
        "Corp.",
        "\n",
        "\n\n",
        "\r\n",
        "1.",
        "Moscow.The",
        "é",
        "\u2028",
        "\u00a0",
        "战争。",
        "😀",
        "-",
        ".",
    ]
)
TEXTS = st.one_of(st.lists(WORDS, max_size=40).map(" ".join), st.text(max_size=200))


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_offsets_are_exact_ordered_and_lose_nothing(text: str) -> None:
    found = split(text)
    at = 0
    for start, end in found:
        assert at <= start < end <= len(text)
        assert text[at:start].strip() == "", "only white space may stand between sentences"
        assert text[start:end] == text[start:end].strip()
        assert "\n" not in text[start:end]
        at = end
    assert text[at:].strip() == ""
