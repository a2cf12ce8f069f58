"""What the event's other side, its armed groups and the lists of a report tell of words that name no country."""

from __future__ import annotations

import pytest
from reading import at, code, countries, everyone, found, resolver

from communique.resolve.opposed import Against, armed, named_in
from communique.resolve.salience import weights


def test_the_other_side_marks_its_keys() -> None:
    told = Against("ASSAULT", frozenset({"PER"}))
    assert told.features([("PER", "PER"), (("CHL", ""), "CHL")]) == {"other": {"PER": 1.0}, "other_ASSAULT": {"PER": 1.0}}
    assert told.features([("CHL", "CHL")]) == {}
    assert Against().features([("PER", "PER")]) == {}


def test_every_type_has_its_weight() -> None:
    from communique.ontology import event_types

    table = weights()["it"]
    assert all(f"other_{kind}" in table for kind in ("", *event_types()) if kind)


def test_named_in_looks_at_the_words_alone() -> None:
    text = "Peru struck rebels in Chile, and President Emmanuel Macron met Angela Merkel there. They left."
    report = resolver(text)
    assert named_in(report, *at(text, "rebels in Chile")) == {"CHL"}
    assert named_in(report, *at(text, "Angela Merkel")) == {"DEU"}
    assert named_in(report, *at(text, "They")) == frozenset()


def test_armed_groups_by_country() -> None:
    report = resolver("Hamas, Hezbollah and the Islamic State fought. Hamas won. NATO watched.")
    shares = armed(report.states)
    assert shares == {"PSE": 0.5, "LBN": 0.25, "IMG": 0.25}


def test_militants_of_a_group_across_borders() -> None:
    text = (
        "The Islamic State took a town in Iraq. The Islamic State killed twelve people there, and the Islamic State burnt the "
        "church. A militant said that more would follow."
    )
    assert found(text, "A militant").country == "IMG"


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("Peru and Chile met in Quito. The countries signed a treaty.", "The countries", ["PER", "CHL"]),
        ("Peru and Chile met. Negotiators from the two sides left.", "Negotiators from the two sides", ["PER", "CHL"]),
        ("Peru and Chile met at sea. The two countries' navies drilled.", "The two countries' navies", ["PER", "CHL"]),
        ("Israel and Jordan spoke in Amman, Jordan. Both sides left.", "Amman, Jordan", ["JOR"]),
    ],
)
def test_what_belongs_to_both(text: str, words: str, expected: list[str]) -> None:
    assert sorted(countries(text, words)) == sorted(expected)


def test_the_navies_of_both_are_militaries() -> None:
    text = "Peru and Chile met at sea. The two countries' navies drilled."
    assert {e.sector for e in everyone(text, "The two countries' navies")} == {"MIL"}


def test_the_leaders_of_both_are_those_named() -> None:
    text = (
        "North Korean leader Kim Jong Un will meet South Korean President Moon Jae-in. The talks of the leaders of the two "
        "countries are in April."
    )
    names = {e.name for e in everyone(text, "the leaders of the two countries", day="2018-03-29")}
    assert names == {"Kim Jong Un", "Moon Jae-in"}


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("The West African bloc ECOWAS imposed sanctions on Niger.", "The West African bloc ECOWAS", "IGO"),
        ("The militant group Hamas fired rockets.", "The militant group Hamas", "PSE.REB"),
        ("Rebels seized houses of the Assad family in Syria.", "the Assad family", "SYR.ELI"),
        ("Israel killed three of Haniyeh's sons in Gaza.", "Haniyeh's sons", "PSE.ELI"),
        ("Cuban leader Fidel Castro handed power to his brother, Raul, on Monday.", "his brother, Raul", "CUB.ELI"),
    ],
)
def test_bodies_behind_their_noun_and_families(text: str, words: str, expected: str) -> None:
    assert code(text, words, day="2006-08-01" if "Castro" in text else "2024-04-11") == expected


def test_a_commission_with_and_behind_a_newspapers_name() -> None:
    text = "Kenya voted. The Independent Electoral and Boundaries Commission named the winner."
    entity = found(text, "Independent Electoral and Boundaries Commission")
    assert (entity.country, entity.name) == ("KEN", "Independent Electoral and Boundaries Commission")
    both = everyone("The Independent and The Guardian wrote of it.", "The Independent and The Guardian")
    assert {e.sector for e in both} == {"JRN"}
