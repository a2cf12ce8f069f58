"""Relatives: those of people in public life are ELI, all others civilians, of the country of whose they are."""

from __future__ import annotations

import pytest
from tests.resolve.reading import code, found


# All relatives were ELI, the families of victims too, and "the senator's wife" was the senator.
@pytest.mark.parametrize(
    ("text", "words", "wanted"),
    [
        ("The Peruvian senator's wife left for Madrid.", "The Peruvian senator's wife", "PER.ELI"),
        ("The relatives of the victims marched through Lima.", "The relatives of the victims", "PER.CVL"),
        ("The families of the hostages camped outside Israel's parliament.", "The families of the hostages", "ISR.CVL"),
        ("The brother of President Hamid Karzai was shot in Kandahar.", "The brother of President Hamid Karzai", "AFG.ELI"),
        ("Daniel Ortega's family owns the station.", "Daniel Ortega's family", "NIC.ELI"),
        ("Families of Ukrainian soldiers asked for news.", "Families of Ukrainian soldiers", "UKR.CVL"),
        ("Bolivia buried its dead. A father of five was among them.", "A father of five", "BOL.CVL"),
    ],
)
def test_whose_relatives_they_are_decides(text: str, words: str, wanted: str) -> None:
    assert code(text, words) == wanted


@pytest.mark.parametrize(
    ("text", "name", "wanted"),
    [
        ("Luis Arango, the Colombian president's brother, was arrested.", "Luis Arango", "COL.ELI"),
        ("Karzai's brother, Ahmed Wali, was shot in Kandahar.", "Ahmed Wali", "AFG.ELI"),
        ("Ana Quispe, the mother of a soldier, spoke in La Paz. Bolivia mourned.", "Ana Quispe", "BOL.CVL"),
    ],
)
def test_a_relative_with_a_name(text: str, name: str, wanted: str) -> None:
    assert code(text, name) == wanted


def test_the_presidents_son_is_not_the_president() -> None:
    text = "President Joe Biden spoke in Dover. Hunter Roe, the president's son, stayed away. The president was glad."
    assert found(text, "The president").name == "Joe Biden"


def test_a_pronoun_behind_a_name_and_an_and_is_that_person() -> None:
    # "his" went to whoever was named most.
    text = "President Vladimir Putin spoke of Syria. Later Putin received Bashar al-Assad and his wife."
    assert code(text, "his wife") == "SYR.ELI"


# "his brother Paul" was Rand Paul.
def test_a_first_name_behind_a_relative_is_nobodys_surname() -> None:
    text = "French Finance Minister Luc Garnier left early. His brother Paul stayed."
    assert (found(text, "His brother Paul").name, code(text, "His brother Paul")) == ("Paul", "FRA.ELI")
