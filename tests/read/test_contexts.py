"""What a report is about: words that show it, and how much of the report they take up. Texts written for the tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from communique.read import contexts
from communique.read.contexts import EVIDENCE, ContextReader, patterns, weights
from communique.read.sentences import split
from communique.records import Sentence

TRAINING = Path(__file__).resolve().parents[2] / "training"


def reader(text: str, title: str = "", kinds: Mapping[int, str] | None = None) -> ContextReader:
    """The contexts of `text`, with the `kinds` of its sentences by number."""
    sentences = [Sentence(n, *span, (kinds or {}).get(n, "body")) for n, span in enumerate(split(text))]
    return ContextReader(text, sentences, title)


ABOUT = {
    "Voters in Ghana elect a president on Monday. Polling stations opened at seven. Two candidates lead the race.": {"election"},
    "Greek police deported 90 migrants to Turkey. The ministry of migration said that none had asked for asylum.": {"migration"},
    "Floods killed 40 people in Sindh. The flooding followed a cyclone. More rain is expected this week.": {"disasters"},
    "The envoys met in Muscat. Their talks on a treaty go on, the foreign ministry said.": {"diplomatic"},
}


@pytest.mark.parametrize("text", ABOUT)
def test_a_report_is_about_what_most_of_it_says(text: str) -> None:
    assert ABOUT[text] <= set(reader(text).report)


PASSING = (
    "The army shelled the town on Monday. Troops entered it by night. The soldiers found it empty, the army said. "
    "Artillery fire went on for hours. The general thanked his troops. A second brigade waits across the river. "
    "Its soldiers have tanks and drones. {} The army expects to hold the bridge. Combat went on in the hills."
)


@pytest.mark.parametrize(
    ("words", "context"),
    [
        ("One soldier studied the economy of Lviv.", "economic"),
        ("He spoke beside a court.", "legal"),
        ("The president was told.", "executive"),
        ("A hospital stands nearby.", "health"),
    ],
)
def test_a_word_in_passing_makes_no_context(words: str, context: str) -> None:
    # Any word anywhere gave the report its context: the president who was told made it one on the executive.
    read = reader(PASSING.format(words))
    assert context in read.hits
    assert context not in read.report
    assert "military" in read.report


def test_clutter_shows_nothing() -> None:
    text = "Troops entered the town.\nSign up for our election newsletter\nVoters at a polling station (Ana Ruiz/AFP)"
    read = reader(text, kinds={1: "prompt", 2: "caption"})
    assert "election" not in read.hits
    assert read.report == ("military",)


def test_a_headline_alone_shows_nothing() -> None:
    assert reader("Nothing was decided.", "Parliament votes on the treaty").report == ()


def test_a_headline_in_the_text_stands_in_for_one_that_is_not_given() -> None:
    text = "Hackers attack ministry\nThe hackers left no trace."
    assert reader(text, kinds={0: "title"}).evidence()["cyber"]["title"] == 1
    assert reader(text, "Ministry silent", kinds={0: "title"}).evidence()["cyber"]["title"] == 0


def test_a_report_without_sentences_of_its_own_is_about_nothing() -> None:
    assert reader("Troops at a border (Ana Ruiz/AFP)", kinds={0: "caption"}).report == ()
    assert ContextReader("", ()).report == ()


def test_a_sentence_has_those_of_the_report_that_its_words_show() -> None:
    read = reader(PASSING.format("The president was told."))
    assert "military" in read.of(0)
    assert read.of(7) == ()
    assert read.of(99) == ()


def test_evidence_goes_from_nought_to_one() -> None:
    text = "Troops came. Nobody spoke. Nobody left. Nobody ate. Troops slept. Hackers woke. Soldiers rose. Rain fell. Night fell."
    found = reader(text, "Troops come").evidence()
    assert found["military"] == {"share": pytest.approx((3 / 9) ** 0.5), "title": 1, "lead": 1 / 4, "rank": 1}
    assert found["cyber"] == {"share": pytest.approx((1 / 9) ** 0.5), "title": 0, "lead": 0, "rank": 1 / 3}


@pytest.mark.parametrize(
    ("weight", "given"),
    [
        ({"bias": -0.5, "title": 0.6}, True),
        ({"bias": -0.5, "title": 0.4}, False),
        ({"bias": -0.5, "legal": 1.0}, True),
        ({"bias": 0.5, "legal": -1.0}, False),
        ({"bias": -0.5, "cyber": 9.0}, False),
        ({}, False),
    ],
)
def test_the_weights_decide(monkeypatch: pytest.MonkeyPatch, weight: dict[str, float], given: bool) -> None:
    monkeypatch.setattr(contexts, "weights", lambda: {"military": weight})
    read = reader("Troops left the town. The court met.", "Troops leave")
    assert read.report == (("military",) if given else ())


def test_every_context_has_words_and_weights() -> None:
    assert list(weights()) == list(patterns())
    assert set().union(*weights().values()) <= {*EVIDENCE, "bias", *patterns()}


def test_the_annotated_reports_have_contexts_of_the_table_and_each_once() -> None:
    lines = (TRAINING / "contexts" / "reports.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")][1:]
    assert len({ident for ident, _ in rows}) == len(rows)
    assert set().union(*(told.split(",") for _, told in rows)) <= set(patterns())


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("weapons?|MPs?|coup", {"weap", "mp", "coup"}), (r"parliament\w*|5G|9/11|U\.?N", {"parl", "5g", "9", "u"}),
     ("(?:heavy|re-?elect(?:ed)?) fighting|air ?strikes?", {"heav", "re", "air"}), ("(?:old )?guard", {""})],
)  # fmt: skip
def test_the_first_letters_of_what_a_pattern_finds(pattern: str, expected: set[str]) -> None:
    assert contexts.heads(pattern) == expected


def test_no_word_of_a_context_is_passed_over_by_its_first_letters() -> None:
    from communique.read.boilerplate import classify

    written = sorted((TRAINING / "corpus").glob("*.ann"))[:6]
    lines = [[x for x in path.read_text("utf-8").splitlines() if x[:1] == "@" and " " in x] for path in written]
    texts = [" ".join(x.split(" ", 1)[1] for x in one) for one in lines]
    texts.append("5G and 9/11; U.N. and UN, al-Qaeda, MPs at a G-20; heavy fighting, no-confidence, RE-ELECTION and Veto’d.")
    found = 0
    for text in texts:
        sentences = classify(text, split(text))
        read = ContextReader(text, sentences)
        for context, pattern in patterns().items():
            plainly = tuple(s.n for s in sentences if s.coded and pattern.search(text[s.start : s.end]))
            assert read.hits.get(context, ()) == plainly
            found += len(plainly)
    assert found > 100
