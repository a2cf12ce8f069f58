"""Known names and offices in a text: the longest wins, capitals count, accents and hyphens do not."""

from __future__ import annotations

import pytest
from reading import index

from communique.resolve.lexicon import Entry, key_of, on_date, tokens_of


def kinds(text: str) -> list[tuple[str, str, str]]:
    atoms = index().lexicon.atoms(tokens_of(text))
    return [(text[a.start : a.end], a.kind, a.entry.country) for a in atoms]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("South Korean troops", [("South Korean", "adjective", "KOR"), ("troops", "office", "")]),
        ("the U.S. said", [("U.S.", "country", "USA")]),
        ("he told us so", []),
        ("he told the elders so", [("elders", "office", "")]),
        ("It IS in the hands of IS", [("IS", "body", "IMG"), ("IS", "body", "IMG")]),
        ("the who and the WHO", [("WHO", "body", "UNO")]),
        ("a map of Nagorno-Karabakh", [("Nagorno-Karabakh", "place", "AZE")]),
        ("the Elysée and Bogotá", [("Elysée", "seat", "FRA"), ("Bogotá", "capital", "COL")]),
        ("ships in the South China Sea", [("South China Sea", "place", "")]),
    ],
)
def test_names_are_found_as_they_are_written(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert kinds(text) == expected


@pytest.mark.parametrize("text", ["Michael Jordan scored", "as Tracey Chad wrote", "by Aleppo Smith today"])
def test_a_state_inside_a_persons_name_is_no_state(text: str) -> None:
    assert not kinds(text)


def test_a_place_beside_an_office_stays_a_place() -> None:
    assert kinds("In Fallujah hospital director Omar wept")[0] == ("Fallujah", "place", "IRQ")


def test_accents_hyphens_and_stops_do_not_part_names() -> None:
    assert key_of("Recep Tayyip Erdoğan") == key_of("Recep Tayyip Erdogan")
    assert key_of("Kim Jong-un") == key_of("Kim Jong Un")
    assert key_of("U.N.") == key_of("UN")


def test_an_office_is_looked_up_on_the_day() -> None:
    first = Entry("person", "FRA", "GOV", "A B", "Mayor", since="2001-01-01", until="2004-12-31")
    second = Entry("person", "FRA", "MIL", "A B", "General", since="2005-01-01", until="2006-12-31")
    assert on_date([first, second], "2003-05-05").office == "Mayor"
    assert on_date([first, second], "2005-05-05").office == "General"


def test_who_left_office_is_a_former_one() -> None:
    entry = Entry("person", "FRA", "GOV", "A B", "Mayor", since="2001-01-01", until="2004-12-31")
    assert (on_date([entry], "2010-01-01").sector, on_date([entry], "2010-01-01").office) == ("ELI", "former Mayor")
    assert on_date([entry], "2003-01-01").sector == "GOV"
    assert on_date([entry], "").sector == "GOV"


@pytest.mark.parametrize(
    ("surname", "day", "country"),
    [("Obama", "2013-05-05", "USA"), ("Kim", "2017-08-08", "PRK"), ("Ban", "2013-01-01", "UNO"), ("Zzyx", "2013-01-01", None)],
)
def test_a_bare_surname_means_the_prominent_one(surname: str, day: str, country: str | None) -> None:
    known = index().surname(surname, day)
    assert (known.country if known else None) == country


def test_holder_and_others() -> None:
    known = index().holder("President", "RUS", "2015-01-01")
    assert known is not None and known.name == "Vladimir Putin"
    assert index().holder("President", "RUS", "") is None
    assert index().holder("Mayor", "UKR", "2018-10-22") is None, "a state has many mayors"
    others = index().held_by_others("Prime Minister", "Jan Novak", "2016-06-01")
    assert {"GBR", "USA", "IND"} <= others
    assert "GBR" not in index().held_by_others("Prime Minister", "David Cameron", "2016-06-01")
