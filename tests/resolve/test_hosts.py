"""Whose authorities put a report out: by its address, by its outlet's name."""

from __future__ import annotations

import pytest
from reading import at, index

from communique.resolve.hosts import official_home, official_outlet
from communique.resolve.report import ReportResolver


@pytest.mark.parametrize(
    ("url", "country"),
    [
        ("https://www.gov.uk/government/news/a-statement", "GBR"),
        ("https://www.state.gov/briefing", "USA"),
        ("https://mid.ru/en/press", "RUS"),
        ("https://www.mofa.go.jp/press", "JPN"),
        ("https://www.gob.mx/sre", "MEX"),
        ("https://www.auswaertiges-amt.de/en", "DEU"),
        ("https://news.example.com/gov.uk", ""),
        ("https://shop.go.com/", ""),
        ("https://example.org", ""),
        ("http://[", ""),
        ("", ""),
    ],
)
def test_an_address_of_authorities_names_their_country(url: str, country: str) -> None:
    assert official_home(url) == country


@pytest.mark.parametrize(
    ("name", "country"),
    [
        ("Ministry of Foreign Affairs of Norway", "NOR"),
        ("Russian Ministry of Defence", "RUS"),
        ("U.S. Department of State", "USA"),
        ("Kremlin", "RUS"),
        ("Kremlin Watch", ""),
        ("USA TODAY", ""),
        ("Foreign Ministry", ""),
        ("NATO", ""),
        ("Congress", ""),
        ("Senate", ""),
        ("Majlis", ""),
        ("Ministry of Defence", ""),
        ("Foreign Office", ""),
        ("UK Ministry of Defence", "GBR"),
        ("Pentagon", "USA"),
        ("", ""),
    ],
)
def test_an_outlet_is_a_government_only_if_every_word_says_so(name: str, country: str) -> None:
    assert official_outlet(name, index().lexicon) == country


def test_a_release_speaks_for_those_who_put_it_out() -> None:
    text = "Mali and Niger closed their border. All was quiet. Minister Elva Strand regretted it. We call on both to talk."

    def read(words: str, home: str) -> str:
        spans = [(0, 35), (36, 50), (51, 85), (86, len(text))]
        return ReportResolver(text, spans, "2024-03-01", index(), home=home).resolve(*at(text, words))[0].country

    assert (read("Minister Elva Strand", "NOR"), read("We", "NOR")) == ("NOR", "NOR")
    assert read("We", "") in ("MLI", "NER")
    assert read("Mali", "NOR") == "MLI"


@pytest.mark.parametrize(
    ("text", "words", "home", "country"),
    [
        ("Cuban authorities arrested Maria Perez. Cuba is silent.", "Maria Perez", "USA", "CUB"),
        ("Cuban troops left. Minister Ramon Diaz saw them off.", "Minister Ramon Diaz", "GBR", "CUB"),
        ("The Colombian minister Diego Paz spoke.", "Diego Paz", "GBR", "COL"),
        ("The fleet left. Minister Ann Whitlow saw it off.", "Minister Ann Whitlow", "GBR", "GBR"),
        ("Britain's fleet left. Minister Ann Whitlow saw it off at the United Nations.", "Minister Ann Whitlow", "GBR", "GBR"),
    ],
)
def test_a_foreigner_in_a_release_is_not_its_governments(text: str, words: str, home: str, country: str) -> None:
    cut = text.index(". ") + 2 if ". " in text else 0
    spans = [(0, cut - 1), (cut, len(text))] if cut else [(0, len(text))]
    assert ReportResolver(text, spans, "2024-03-01", index(), home=home).resolve(*at(text, words))[0].country == country
