"""What a state that is named by itself acts through, by the event and its role in it."""

from __future__ import annotations

import pytest
from tests.resolve.reading import code, everyone


@pytest.mark.parametrize(
    ("text", "words", "role", "event", "wanted"),
    [
        ("Turkish jets were over Syria. Turkey bombed the dam.", "Turkey", "actor", "ASSAULT", "TUR.MIL"),
        ("The raid killed nine. It was Turkish, and the second.", "Turkish", "actor", "ASSAULT", "TUR.MIL"),
        ("The jets bombed Damascus.", "Damascus", "recipient", "ASSAULT", "SYR"),
        ("Food went into Haiti.", "Haiti", "recipient", "AID", "HTI.GOV"),
        ("The minister was received in Chad.", "Chad", "recipient", "CONSULT", "TCD.GOV"),
        ("The embargo on goods in Chad was lifted.", "Chad", "recipient", "RETREAT", "TCD.GOV"),
        ("A siege in Chad ended.", "Chad", "recipient", "ASSAULT", "TCD"),
    ],
)
def test_the_sector_of_a_state_is_by_its_part_in_the_event(text: str, words: str, role: str, event: str, wanted: str) -> None:
    assert code(text, words, role=role, event=event) == wanted


def test_only_what_is_withdrawn_from_is_mere_ground() -> None:
    text = "Troops left Mali at dawn."
    left = everyone(text, "Mali", role="recipient", event="RETREAT", mode="withdraw")
    freed = everyone(text, "Mali", role="recipient", event="RETREAT", mode="release")
    assert [e.code for e in (*left, *freed)] == ["MLI", "MLI.GOV"]
