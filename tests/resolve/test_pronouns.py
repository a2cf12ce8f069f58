"""Pronouns: speakers, persons, things and owners."""

from __future__ import annotations

import pytest
from reading import at, found, resolver


@pytest.mark.parametrize("words", ["We", "our", "I"])
def test_the_first_person_is_the_speaker(words: str) -> None:
    text = "“We keep our word. I promise,” said Chadian minister Luc Morel in Paris."
    report = resolver(text)
    speaker = report.resolve(*at(text, "Luc Morel"), role="speaker")[0]
    report.set_speaker(*at(text, "We keep our word. I promise"), speaker)
    one = report.resolve(*at(text, words))[0]
    assert (one.country, one.name) == ("TCD", "Luc Morel" if words == "I" else "")


def test_we_outside_the_told_part_of_a_quotation_is_still_the_speakers() -> None:
    text = "“Peace holds,” he said. “Trade grows and we gain.”"
    report = resolver(text)
    from communique.records import Entity

    report.note_speaker(text.index("he said"), Entity("he", 0, 2, "PER", "GOV", "Ana Salas"))
    assert report.resolve(*at(text, "we"))[0].country == "PER"


def test_us_in_capitals_is_a_state() -> None:
    assert found("He told the US so.", "US").country == "USA"
    assert found("He told us so.", "us").country == ""


def test_he_is_the_subject_before() -> None:
    text = "Luc Morel, the Chadian president, met Rosa Quiroga, the Peruvian envoy. He smiled."
    assert found(text, "He").name == "Luc Morel"


def test_she_is_a_woman() -> None:
    text = "Luc Morel, the Chadian president, met spokeswoman Rosa Quiroga of Peru. She smiled."
    assert found(text, "She").name == "Rosa Quiroga"


def test_he_said_is_the_last_who_spoke() -> None:
    text = "Luc Morel, the Chadian president, spoke. “Peace holds.” He said Rosa Quiroga agreed."
    report = resolver(text)
    morel = report.resolve(*at(text, "Luc Morel"), role="speaker")[0]
    report.note_speaker(at(text, "spoke")[0], morel)
    assert report.resolve(*at(text, "He"), role="speaker")[0].name == "Luc Morel"


def test_a_thing_with_a_capital_is_nobody_to_be_he() -> None:
    text = "Chadian President Luc Morel spoke in Puerto Zzyx. He left."
    assert found(text, "He").name == "Luc Morel"


def test_it_is_a_state_or_a_body() -> None:
    assert found("Peru protested on Monday. It recalled its envoy.", "It").country == "PER"
    assert found("Hezbollah protested on Monday. It fired rockets.", "It").name == "Hezbollah"


def test_they_are_the_people_before() -> None:
    text = "Kenyan protesters marched in Nairobi. They burned tyres."
    assert (found(text, "They").country, found(text, "They").sector) == ("KEN", "CVL")


@pytest.mark.parametrize("words", ["his army", "his troops"])
def test_his_office_is_of_his_country(words: str) -> None:
    text = f"Chadian President Luc Morel met Peru's envoy in Lima. He sent {words} home."
    assert found(text, words).country == "TCD"


def test_a_pronoun_that_leads_to_itself_ends() -> None:
    assert found("It met its officials.", "its officials").country == ""
