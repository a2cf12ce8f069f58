"""Faiths, parts of the world and states that are no more; agents; who leads the words of a group."""

from __future__ import annotations

import pytest
from tests.resolve.reading import code, everyone, found


# "Shiite militias" had no country, since no country is all Shiites'.
@pytest.mark.parametrize(
    ("text", "words", "wanted"),
    [
        ("Iraq's army stood back. Shiite militias took the bridge.", "Shiite militias", "IRQ.PRM"),
        ("Nigeria sent troops to Jos, where Christian villagers had fled.", "Christian villagers", "NGA.CVL"),
        ("Two Egyptian Christians were freed in Libya.", "Two Egyptian Christians", "EGY.REL"),
        ("Tunisia voted. Islamists lost half of their seats.", "Islamists", "TUN.REB"),
        ("The Roman Catholic bishops of Kenya objected.", "The Roman Catholic bishops of Kenya", "KEN.REL"),
    ],
)
def test_members_of_a_faith_are_of_the_country_that_is_told_of(text: str, words: str, wanted: str) -> None:
    assert code(text, words) == wanted


@pytest.mark.parametrize("words", ["African leaders", "Arab states", "West African leaders", "Central Asian governments"])
def test_a_part_of_the_world_is_no_country(words: str) -> None:
    text = f"France bombed Libya for a week. On Sunday {words} objected."
    assert [e.country for e in everyone(text, words)] == [""]


def test_european_officials_are_the_unions() -> None:
    assert code("France bombed Libya. European officials objected.", "European officials") == "EUR"


def test_the_nation_of_a_part_of_the_world_is_the_one_told_of() -> None:
    text = "Algeria closed its border on Monday. The North African nation gave no reason."
    assert found(text, "The North African nation").country == "DZA"


@pytest.mark.parametrize(
    ("day", "words", "wanted"),
    [("1990-05-01", "Yugoslavia", "YUG"), ("1999-05-01", "Yugoslavia", "SRB"), ("2019-05-01", "the Soviet Union", "RUS"),
     ("1985-05-01", "the Soviet Union", "SUN"), ("", "Czechoslovakia", "CZE")],
)  # fmt: skip
def test_a_state_that_is_no_more_has_its_successors_code(day: str, words: str, wanted: str) -> None:
    text = f"In {words} the factories stood still."
    assert found(text, words, day=day).country == wanted


# "agents" were spies and "military police" policemen, whatever was told of them.
@pytest.mark.parametrize(
    ("text", "words", "wanted"),
    [
        ("Police sealed the street in Quito, Ecuador. The agents took two men away.", "The agents", "ECU.COP"),
        ("A Russian agent met a Czech clerk.", "A Russian agent", "RUS.SPY"),
        ("FBI agents opened the crates.", "FBI agents", "USA.COP"),
        ("CIA officers paid the warlord in Kabul.", "CIA officers", "USA.SPY"),
        ("Brazil's military police held the hill.", "Brazil's military police", "BRA.MIL"),
    ],
)
def test_agents_and_officers_are_of_the_body_that_is_told_of(text: str, words: str, wanted: str) -> None:
    assert code(text, words) == wanted


@pytest.mark.parametrize(
    ("text", "words", "wanted"),
    [
        ("South Sudan burns. Government soldiers shelled the camp.", "Government soldiers", "SSD.MIL"),
        ("A State Department public affairs official signed it.", "A State Department public affairs official", "USA.GOV"),
        ("Dozens of State Department officials signed it.", "Dozens of State Department officials", "USA.GOV"),
        ("The Pentagon press office declined.", "The Pentagon press office", "USA.MIL"),
        ("President Barack Obama waited, but the House adjourned.", "the House", "USA.LEG"),
        ("Rebels hold the north of Yemen. Their spokesman denied it.", "Their spokesman", "YEM.REB"),
    ],
)
def test_who_leads_the_words_of_a_group(text: str, words: str, wanted: str) -> None:
    assert code(text, words) == wanted


def test_two_armies_are_armies() -> None:
    text = "India and Pakistan traded fire. On Friday both armies denied it."
    assert [e.code for e in everyone(text, "both armies")] == ["IND.MIL", "PAK.MIL"]
