"""Persons: titles before and behind a name, short forms, glued and headline text."""

from __future__ import annotations

import pytest
from reading import code, found


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("Deputy Foreign Minister Ivo Balek of Croatia spoke.", "Ivo Balek", "HRV.GOV"),
        ("The Turkish general Kemal Aslaner took over.", "Kemal Aslaner", "TUR.MIL"),
        ("Kemal Aslaner, a spokesman for U.S. Pacific Command, spoke.", "Kemal Aslaner", "USA.MIL"),
        ("Ann Tolliver, R-Tenn., objected in Berlin.", "Ann Tolliver", "USA.LEG"),
        ("Ann Tolliver of California objected.", "Ann Tolliver", "USA"),
        ("Sen. Ann Tolliver flew to Berlin.", "Ann Tolliver", "USA.LEG"),
        ("The UN’s Pieter Hanssen counted houses in Gaza.", "Pieter Hanssen", "UNO"),
        ("Senior Hamas official Basel Nouri denied it in Cairo.", "Basel Nouri", "PSE.REB"),
        ("The EU envoy to Libya, Pieter Hanssen, arrived.", "Pieter Hanssen", "EUR"),
        ("Luc Morel, who speaks for the Chadian army, denied it.", "Luc Morel", "TCD.MIL"),
        ("Luc Morel of the Chadian interior ministry denied it.", "Luc Morel", "TCD.GOV"),
        ("Former Chadian president Luc Morel denied it.", "Luc Morel", "TCD.ELI"),
    ],
)
def test_a_title_gives_country_and_sector(text: str, words: str, expected: str) -> None:
    assert code(text, words) == expected


def test_the_title_speaks_for_later_short_forms() -> None:
    text = "Chadian rebel commander Luc Morel spoke in Tripoli. Libya took note. Morel laughed."
    assert code(text, "Morel", 1) == "TCD.REB"


def test_a_comma_parts_a_title_from_the_country_before_it() -> None:
    text = "After a visit to the U.K., President Trump praised NATO."
    assert found(text, "President Trump").country == "USA"


def test_its_before_a_title_is_the_owner_of_it() -> None:
    text = "Peru rejected the note. Its foreign minister, Rosa Quiroga, said so in Quito."
    assert found(text, "Rosa Quiroga").country == "PER"


@pytest.mark.parametrize(
    ("text", "words", "name"),
    [
        ("Apparently Trump agreed.", "Apparently Trump", "Donald Trump"),
        ("Trump Responds\nThe envoy left.", "Trump Responds", "Donald Trump"),
        ("Mr. Rhodes met Ben Rhodes.", "Mr. Rhodes", "Ben Rhodes"),
        ("A Trump-Kim summit is near.", "Trump", "Donald Trump"),
        ("Suchart Wongsa quit. Suchart wept.", "Suchart", "Suchart Wongsa"),
        ("John “Tig” Morel ran. Morel fell.", "Morel", "John “Tig” Morel"),
    ],
)
def test_words_beside_a_name_are_none_of_it(text: str, words: str, name: str) -> None:
    nth = -1 if name.split()[0] in ("Suchart", "John") else 0
    assert found(text, words, nth).name == name


def test_an_initial_is_part_of_the_name() -> None:
    assert found("Chadian envoy Luc A. Morel left.", "Luc A. Morel").name == "Luc A. Morel"


def test_a_title_cut_short_ends_no_sentence() -> None:
    assert found("The aide, Gen. Tahsin Obama, left Iraq.", "Tahsin Obama").name == "Tahsin Obama"


def test_who_holds_anothers_office_is_meant_and_not_the_master() -> None:
    assert found("Merkel spokesman Jens Kuhlmann left.", "Merkel spokesman Jens Kuhlmann").name == "Jens Kuhlmann"


def test_a_surname_means_the_head_of_state_and_not_his_wife() -> None:
    text = "Melania Trump waved. Trump signed the order."
    assert found(text, "Trump", 1).name == "Donald Trump"


def test_a_thing_with_a_capital_is_no_person() -> None:
    assert found("The Iran Deal is dead.", "Iran Deal").name == ""
    assert found("Clinton Foundation staff left.", "Clinton Foundation").name != "Hillary Clinton"


def test_the_name_is_the_reports_own_writing() -> None:
    assert found("North Korean leader Kim Jong-un smiled.", "Kim Jong-un").name == "Kim Jong-un"
    assert found("Recep Tayyip Erdoğan spoke. Erdoğan left.", "Erdoğan", 1).name == "Recep Tayyip Erdoğan"


def test_an_office_known_to_be_anothers_gives_no_country() -> None:
    text = "Britain and Latvia signed. Prime Minister Janis Ozolins smiled."
    assert found(text, "Janis Ozolins").country == "LVA"
