"""Names of organisations that no table knows, and the short forms of a body's name."""

from __future__ import annotations

import pytest
from tests.resolve.reading import code, found, resolver

from communique.resolve.organisations import FOUND


# A name was cut at the words inside it that a table knows: a union was an army by its "General".
@pytest.mark.parametrize(
    ("text", "words", "wanted", "name"),
    [
        ("Dockers in Valletta, Malta, walked out when the General Workers' Union called them.", "the General Workers' Union",
         "MLT.LAB", "General Workers' Union"),
        ("The Kenya National Commission on Human Rights blamed the police.", "The Kenya National Commission on Human Rights",
         "KEN.GOV", "Kenya National Commission on Human Rights"),
        ("The Tunisian General Labour Union set a date.", "The Tunisian General Labour Union", "TUN.LAB",
         "Tunisian General Labour Union"),
        ("The Zambian Bar Association went to court.", "The Zambian Bar Association", "ZMB.CVL", "Zambian Bar Association"),
        ("The Law Society of Kenya called it a farce.", "the Law Society of Kenya", "KEN.CVL", "Law Society of Kenya"),
        ("The General Federation of Iraqi Workers marched in Basra.", "The General Federation of Iraqi Workers", "IRQ.LAB",
         "General Federation of Iraqi Workers"),
        ("Pretoria said no. The Police and Prisons Civil Rights Union struck all the same.",
         "The Police and Prisons Civil Rights Union", "ZAF.CVL", "Police and Prisons Civil Rights Union"),
        ("Georgian police looked on. The Georgian branch of the Association of European Journalists was appalled.",
         "The Georgian branch of the Association of European Journalists", "GEO.JRN", "Association of European Journalists"),
    ],
)  # fmt: skip
def test_a_long_name_goes_before_the_words_inside_it(text: str, words: str, wanted: str, name: str) -> None:
    if words not in text:
        words = words[0].upper() + words[1:]
    entity = found(text, words)
    assert (entity.code, entity.name) == (wanted, name)


@pytest.mark.parametrize(
    ("text", "words", "name"),
    [
        ("The European Court of Human Rights found against Russia.", "The European Court of Human Rights",
         "European Court of Human Rights"),
        ("The Free Syrian Army took the hill.", "The Free Syrian Army", "Free Syrian Army"),
        ("Russia's Supreme Court heard the case.", "Russia's Supreme Court", "Supreme Court"),
    ],
)  # fmt: skip
def test_a_name_of_the_tables_stays_what_it_is(text: str, words: str, name: str) -> None:
    assert found(text, words).name == name


def test_capitals_of_a_headline_make_no_name() -> None:
    atoms = resolver("Police Raid Workers Union Office in Minsk").atoms
    assert not [a for a in atoms if FOUND in a.entry.flags]


def test_a_person_before_a_noun_is_no_part_of_a_name() -> None:
    # The name would have swallowed the minister.
    text = "Foreign Minister Anna Kowalczyk of Poland spoke to the union."
    assert found(text, "Anna Kowalczyk").code == "POL.GOV"


# "the Courts" were judges and "the Clan" nobody, after the only body whose name holds the word.
@pytest.mark.parametrize(
    ("text", "words", "wanted"),
    [
        ("The Union of Islamic Courts took Mogadishu. Ethiopia bombed it, and the Courts withdrew.", "the Courts", "SOM.REB"),
        ("Colombia is hunting the Gulf Clan. In Turbo the Clan shut every shop.", "the Clan", "COL.CRM"),
        ("The Muslim Brotherhood won in Egypt. Within a year the Brotherhood was banned.", "the Brotherhood", "EGY.PTY"),
        ("The Nicaraguan Sugar Workers' Union struck. Managers said that the Union had lied.", "the Union", "NIC.LAB"),
    ],
)
def test_the_noun_of_the_only_such_name_stands_for_the_body(text: str, words: str, wanted: str) -> None:
    assert code(text, words) == wanted


def test_a_noun_that_two_names_have_stands_for_neither() -> None:
    text = "The African Union and the European Union met in Accra. On the second day the Union was silent."
    assert not [a for a in resolver(text).atoms if a.kind == "body" and text[a.start : a.end] == "Union"]


def test_letters_behind_a_name_are_its_short_form() -> None:
    text = "The Botswana Public Employees' Union (BOPEU) rejects the cut. On Friday BOPEU marched."
    assert code(text, "BOPEU", 1) == "BWA.LAB"
