"""What may have been meant by a country that is written as none is."""

from __future__ import annotations

import pytest

from communique.asking import country, slips
from communique.errors import InputError


@pytest.mark.parametrize(
    ("written", "meant"),
    [("Russa", "Russia"), ("Grmany", "Germany"), ("Untied States", "United States"), ("Bruma", "Myanmar (Burma)"),
     ("Chian", "China"), ("Iarn", "Iran"), ("Untied Kingdom", "United Kingdom"),
     ("Isreal", "Israel"), ("Frnace", "France"), ("Ukranian", "Ukraine"), ("Amercian", "United States"),
     ("Great Brittain", "United Kingdom (Great Britain)")],
)  # fmt: skip
def test_a_misspelt_country_is_told_with_the_one_that_is_meant(written: str, meant: str) -> None:
    with pytest.raises(InputError) as said:
        country(written)
    assert said.value.hint == f"did you mean {meant}?"


@pytest.mark.parametrize("written", ["Xyzzy", "Kari Nordmann", "Nato", "?"])
def test_what_is_like_no_country_gets_no_guess(written: str) -> None:
    with pytest.raises(InputError) as said:
        country(written)
    assert "did you mean" not in said.value.hint


@pytest.mark.parametrize(
    ("a", "b", "n"), [("", "", 0), ("", "ab", 2), ("burma", "bruma", 1), ("iran", "iraq", 1), ("abcd", "badc", 2)]
)
def test_letters_that_are_turned_round_are_one_slip(a: str, b: str, n: int) -> None:
    assert slips(a, b) == slips(b, a) == n
