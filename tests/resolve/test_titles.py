"""Titles beside names, and who "she" is."""

from __future__ import annotations

import pytest
from tests.resolve.reading import code, found

from communique.settings import read_table


# The words between "EU's" and the office hid whose it was.
@pytest.mark.parametrize(
    ("text", "name", "wanted"),
    [
        ("China floods the market, said the EU's trade commissioner, Marek Hollos.", "Marek Hollos", "EUR"),
        ("Hungary must pay, said the European Union's budget and staff commissioner, Ines Roca.", "Ines Roca", "EUR"),
        ("Washington objected. Germany's special climate and energy envoy, Jana Brandt, left.", "Jana Brandt", "DEU.GOV"),
        ("\"No,\" a spokesman for India's foreign ministry, Arvind Dutt, told Chinese reporters.", "Arvind Dutt", "IND.GOV"),
        ("Washington objected. EU trade chief Ines Roca left.", "Ines Roca", "EUR"),
        ("Sudan shelled Omdurman. U.N. human rights chief Ada Lund wept.", "Ada Lund", "UNO"),
        ("Washington objected. Norwegian antitrust chief Ines Roca left.", "Ines Roca", "NOR.GOV"),
        ("Sweden paid. Norwegian Foreign Minister Ine Sund's spokeswoman, Ada Lund, spoke.", "Ada Lund", "NOR.GOV"),
    ],
)
def test_whose_office_it_is_stands_before_what_it_is_for(text: str, name: str, wanted: str) -> None:
    assert code(text, name) == wanted


def test_a_verb_between_a_state_and_an_office_parts_them() -> None:
    assert code("In Pristina NATO shot deputy mayor Agim Hoxha.", "Agim Hoxha") != "IGO"
    assert code("Spain paid at last. France's verdict surprised minister Joan Puig of Andorra.", "Joan Puig") == "AND.GOV"


def test_who_was_ambassador_is_in_office_no_longer() -> None:
    assert code("Ole Dahl, who was Norway's ambassador to NATO, doubts it.", "Ole Dahl") == "NOR.ELI"


def test_who_teaches_is_a_scholar() -> None:
    text = "Chile waits. Marta Rivas, who teaches history at a university in Talca, expects little."
    assert code(text, "Marta Rivas") == "CHL.EDU"


@pytest.mark.parametrize(
    ("words", "name", "day", "sector"),
    [("Argentina's president-elect, Alberto Fernández,", "Alberto Fernández", "2019-11-13", "ELI"),
     ("Alberto Fernández", "Alberto Fernández", "2019-11-13", ""),
     ("Alberto Fernández", "Alberto Fernández", "2020-01-13", "GOV"),
     ("Donald J. Trump", "Donald J. Trump", "2016-11-23", "ELI"),
     ("Donald J. Trump", "Donald J. Trump", "2018-11-23", "GOV")],
)  # fmt: skip
def test_a_president_is_none_before_the_term_begins(words: str, name: str, day: str, sector: str) -> None:
    assert found(f"{words} wrote a letter.", name, day=day).sector == sector


def test_titles_that_end_no_sentence_are_told_once() -> None:
    rows = list(read_table("abbreviations.tsv"))
    titles = [row["word"] for row in rows if row["kind"] == "title"]
    assert {"Gen.", "Sen.", "Msgr."} <= set(titles) and len(titles) == len(set(titles))
    assert not set(titles) & {row["word"] for row in rows if row["kind"] == "before_name"}


# "she" went to the only woman whose first name the table has, though she was named only later.
def test_she_is_who_was_named_before_rather_than_a_woman_named_later() -> None:
    text = (
        "Finance Minister Robin Adeyemi of Nigeria opened the talks in Abuja. She accused Cameroon of bad faith. "
        "German Chancellor Angela Merkel sent a note."
    )
    assert found(text, "She").name == "Robin Adeyemi"


def test_she_may_be_the_woman_of_the_main_clause_behind_it() -> None:
    assert found("Before she left for Berlin, Angela Merkel praised Poland.", "she").name == "Angela Merkel"


def test_she_is_no_man() -> None:
    text = "President Vladimir Putin received Aung San Suu Kyi of Myanmar in Sochi. She thanked Robert Kovac of Serbia."
    assert found(text, "She").country == "MMR"
