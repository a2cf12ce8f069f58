"""What the decoder leaves out before a name, offices that a state has not, and who "both sides" cannot be."""

from __future__ import annotations

import pytest
from reading import at, code, found, resolver

from communique.resolve.lexicon import Lexicon, key_of


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("China warned the Philippines again.", "Philippines", "PHL.GOV"),
        ("Ghana and the Gambia left the bloc.", "Gambia", "GMB.GOV"),
        ("Moscow froze its dealings with the alliance.", "alliance", "IGO"),
        ("Some 900 died, according to the world body.", "world body", "UNO"),
        ("The Organisation of American States suspended Honduras.", "Organisation of American States", "IGO"),
    ],
)
def test_a_name_that_begins_with_the_is_known_without_it(text: str, words: str, expected: str) -> None:
    assert code(text, words) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Vice Foreign Minister Lin Haotian", "CHN.GOV"),
        ("the interior ministry", "CHN.GOV"),
        ("Representative Dana Whitlock", "USA.LEG"),
    ],
)
def test_no_american_is_a_minister(words: str, expected: str) -> None:
    text = (
        "WASHINGTON — The United States, whose president and whose Congress had spoken, heard from China on Monday. "
        f"At a lunch in Beijing the American envoys were told by {words} to wait for the United States."
    )
    assert code(text, words) == expected


@pytest.mark.parametrize(
    ("behind", "country"),
    [
        ("the president whom soldiers flew to Costa Rica", ""),
        ("the interior minister of Costa Rica", "CRI"),
        ("the Costa Rican interior minister", "CRI"),
    ],
)
def test_where_a_holder_was_taken_is_not_whose_the_office_is(behind: str, country: str) -> None:
    report = resolver(f"Aides received Teodoro Brunal, {behind}, on Monday.")
    assert report.people.full["teodoro brunal"].country == country


def test_a_known_president_stays_his_own_countrys() -> None:
    text = "Aides received Manuel Zelaya, the president whom soldiers bundled onto a plane to Costa Rica in June."
    assert found(text, "Manuel Zelaya", day="2009-09-04").country == "HND"


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Muammar el-Qaddafi", "Moammar Gadhafi"), ("Qassam Soleimani", "Qassem Soleimani"), ("Joseph Biden", "Joe Biden"),
        ("Omar al-Beshir", "Omar al-Bashir"), ("Volodymyr Zelenskyi", "Volodymyr Zelensky"),
    ],
)  # fmt: skip
def test_one_name_in_its_spellings_is_one_person(name: str, known: str) -> None:
    lexicon = Lexicon.load()
    assert lexicon.person(key_of(known)) and {e.country for e in lexicon.person(key_of(name))} == {
        e.country for e in lexicon.person(key_of(known))
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Turkey was told to quit fighting Syria's Kurds.", "SYR"),
        ("Turkey shelled Turkey's own Kurds, then Iraqi Kurds in Turkey's south.", "IRQ"),
    ],
)
def test_a_people_is_that_of_the_state_before_it(text: str, expected: str) -> None:
    assert found(text, "Kurds", -1).country == expected


def test_a_body_is_more_than_the_people_it_is_called_after() -> None:
    assert code("Turkey told the Kurdish YPG to withdraw.", "Kurdish YPG") == "SYR.REB"


def test_who_urges_both_sides_is_neither() -> None:
    text = "Armenia shelled Azerbaijan on Monday. Russia pleaded with both sides to stop."
    report = resolver(text)
    urged = report.resolve(*at(text, "both sides"), "recipient", "REQUEST", apart=frozenset({"RUS"}))
    assert {e.country for e in urged} == {"ARM", "AZE"}


def test_the_place_with_which_a_sentence_begins_is_where_its_offices_are() -> None:
    text = (
        "The United States and Saudi Arabia quarrelled. American officials said the United States would wait, and the American "
        "president agreed with the Americans. In Riyadh, police held eleven suspects."
    )
    assert code(text, "police") == "SAU.COP"
