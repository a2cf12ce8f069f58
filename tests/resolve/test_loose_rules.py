"""Rules that reached too far: what looks like the case that a rule was written for, and is another."""

from __future__ import annotations

import pytest
from tests.resolve.reading import code, everyone, found


# "the House" took "House" from the names of other bodies, and was the United States' in any report.
@pytest.mark.parametrize(
    ("text", "words", "wanted"),
    [
        ("Britain said the House of Lords had blocked it.", "the House of Lords", "GBR.LEG House of Lords"),
        ("Iran said the House Judiciary Committee lied.", "the House Judiciary Committee", "USA.LEG House Judiciary Committee"),
        ("Nigeria's speaker said the House would look into it.", "the House", "NGA.LEG House"),
        ("The House passed a bill condemning Iran.", "The House", "USA.LEG House"),
    ],
)
def test_a_house_is_its_own_states(text: str, words: str, wanted: str) -> None:
    one = found(text, words)
    assert f"{one.code} {one.name}" == wanted


# Agents were police because of the police of another state, who hunted them.
@pytest.mark.parametrize(
    ("text", "words", "wanted"),
    [
        ("Police in Oslo said Chilean agents had killed the man.", "Chilean agents", "CHL.SPY"),
        ("Mexico's federal police sent two Mexican agents.", "two Mexican agents", "MEX.COP"),
        ("Norwegian police held two Chilean agents.", "two Chilean agents", "CHL.SPY"),
    ],
)
def test_agents_are_not_of_the_police_that_hunts_them(text: str, words: str, wanted: str) -> None:
    assert code(text, words) == wanted


# "and" began another clause, whose "he" is not whom the first one names last.
@pytest.mark.parametrize(
    ("text", "words", "wanted"),
    [
        ("Vladimir Putin warned Emmanuel Macron and he rejected the plan.", "he", "Vladimir Putin"),
        ("Nicolas Maduro rebuffed Juan Guaido and his government expelled the envoy.", "his", "Nicolas Maduro"),
        ("Angela Merkel praised Emmanuel Macron and his ministers.", "his", "Emmanuel Macron"),
        ("Hamid Karzai and his brother said no.", "his", "Hamid Karzai"),
    ],
)
def test_an_and_may_begin_a_clause(text: str, words: str, wanted: str) -> None:
    assert found(text, words).name == wanted


# Moldova was Russia's where a report called it a former Soviet republic.
@pytest.mark.parametrize(
    ("text", "words", "wanted"),
    [
        ("The former Soviet republic of Moldova sent aid.", "The former Soviet republic of Moldova", "MDA.GOV"),
        ("The former Yugoslav republic of Slovenia sent aid.", "The former Yugoslav republic of Slovenia", "SVN.GOV"),
        ("Former Soviet republics met.", "Former Soviet republics", "."),
        ("Soviet republics met.", "Soviet republics", "RUS.GOV"),
    ],
)
def test_a_former_part_of_a_state_is_not_its_successors(text: str, words: str, wanted: str) -> None:
    one = found(text, words)
    assert f"{one.country}.{one.sector}" == wanted


def test_two_bodies_joined_by_and_are_two() -> None:
    text = "In Ghana the National Cocoa Commission and the Federal Water Commission met. The Land Commission and Parliament ran."
    assert found(text, "the National Cocoa Commission").name == "National Cocoa Commission"
    assert found(text, "the Federal Water Commission").name == "Federal Water Commission"
    assert found(text, "The Land Commission").name == "Land Commission"


def test_a_relative_who_held_an_office_keeps_it() -> None:
    text = "Hun Manet followed his father, Hun Sen, in Cambodia."
    one = found(text, "Hun Sen", day="2024-05-01")
    assert (one.code, one.office) == ("KHM.ELI", "former Prime Minister")


# Whatever stood between a state's "'s" and an office was taken for what the office is for.
def test_an_office_behind_a_preposition_is_not_the_states_before() -> None:
    text = "Russia's visit by minister Ivan Petrosyan of Armenia was put off."
    one = found(text, "Ivan Petrosyan")
    assert (one.country, one.office) == ("ARM", "minister")


def test_what_somebody_studies_is_not_what_he_is() -> None:
    text = "Ann Lee, who tracks the army for a newspaper, and Eva Roe, who studies the army, spoke in France."
    assert code(text, "Ann Lee") == "FRA.JRN"
    assert not everyone(text, "Eva Roe")[0].sector
