"""Nouns that stand for a body named before: "the bloc", "the inspectors"."""

from __future__ import annotations

import pytest
from reading import resolver


@pytest.mark.parametrize(
    ("text", "words", "code", "name"),
    [
        ("The West African bloc, ECOWAS, punished Niger. Then the bloc sent troops.", "the bloc", "IGO", "ECOWAS"),
        ("The West African bloc ECOWAS punished Niger. Then the bloc sent troops.", "the bloc", "IGO", "ECOWAS"),
        ("ECOWAS, the West African bloc, punished Niger. Mali cursed the bloc.", "the bloc.", "IGO", "ECOWAS"),
        ("ASEAN met in Jakarta. Later the bloc condemned Myanmar.", "the bloc", "IGO", "ASEAN"),
        ("The EU wrote to the South American bloc Mercosur. Later the bloc replied.", "the bloc", "IGO", "Mercosur"),
        ("Mercosur, a bloc, wrote to the EU. Later the bloc replied.", "the bloc", "EUR", "European Union"),
        ("The European Union and ASEAN met. Later the bloc condemned Myanmar.", "the bloc", "EUR", "European Union"),
        ("Poland vetoed it. Later the bloc condemned Myanmar.", "the bloc", "EUR", "European Union"),
        ("UNHCR and Amnesty International spoke. Later the bloc condemned Myanmar.", "the bloc", "EUR", "European Union"),
        ("OPCW inspectors saw Syria. The inspectors left.", "The inspectors", "IGO", "OPCW"),
        ("Inspectors of the IAEA saw Iran. On Monday the inspectors left.", "the inspectors", "IGO", "IAEA"),
        ("African Union peacekeepers died. The peacekeepers shot back.", "The peacekeepers", "IGO", "African Union"),
        ("Weapons inspectors came. The inspectors left.", "The inspectors", "UNO", ""),
        ("OPCW inspectors came. UN inspectors followed. The inspectors left.", "The inspectors", "UNO", ""),
        ("Russian inspectors came. The inspectors left.", "The inspectors", "UNO", ""),
    ],
)
def test_a_noun_is_the_body_that_goes_by_it(text: str, words: str, code: str, name: str) -> None:
    words = words.removesuffix(".")
    start = text.rindex(words)
    (found,) = resolver(text).resolve(start, start + len(words), "actor", "ACCUSE")
    assert (found.code, found.name) == (code, name)
