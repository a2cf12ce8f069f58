"""The scorer for GeoVirus's layout, on a file written here."""

from __future__ import annotations

from pathlib import Path

import pytest

from communique.errors import InputError
from communique.evaluate.geo import WITHIN_KM, evaluate, even, read_geo, render

TEXT = "Floods closed roads in Nairobi, Kenya, and in Mombasa."


def location(name: str, lat: float, lon: float, text: str = TEXT) -> str:
    at = text.index(name) + 1
    return (
        f"<location><name>{name}</name><start>{at}</start><end>{at + len(name)}</end><lat>{lat}</lat><lon>{lon}</lon>"
        f"<page>https://en.wikipedia.org/wiki/{name}</page></location>"
    )


def write(path: Path, *articles: tuple[str, str, str]) -> Path:
    body = "".join(
        f"<article><source>{source}</source><text>{text}</text><locations>{places}</locations></article>"
        for source, text, places in articles
    )
    file = path / "gold.xml"
    file.write_text(f"<articles>{body}</articles>", "utf-8")
    return file


def sources() -> tuple[str, str]:
    """One source of each half."""
    names = [f"https://example.org/{n}" for n in range(20)]
    return next(n for n in names if even(n)), next(n for n in names if not even(n))


def test_offsets_count_from_one(tmp_path: Path) -> None:
    file = write(tmp_path, ("a", TEXT, location("Nairobi", -1.28, 36.82)))
    (article,) = read_geo(file)
    (gold,) = article.places
    assert article.text[gold.start : gold.end] == "Nairobi" == gold.name


def test_figures(tmp_path: Path) -> None:
    places = location("Nairobi", -1.28, 36.82) + location("Kenya", 1, 38) + location("Mombasa", 40, -100)
    first, second = sources()
    file = write(tmp_path, (first, TEXT, places), (second, "Nothing happened.", ""))
    result = evaluate(file)
    every = result["all"]
    assert every["recognition"]["f1"] == 1.0 and every["linked"] == 3
    # Mombasa's gold point is in Nebraska here.
    assert every["within_161km"] == pytest.approx(2 / 3, abs=1e-3)
    assert every["towns_linked"] == 2 and every["towns_within_161km"] == 0.5
    assert result["even"]["articles"] == result["odd"]["articles"] == 1
    assert result["odd"]["toponyms"] == 0 and result["odd"]["median_km"] is None


def test_what_is_missed_counts_against_all_and_not_against_linked(tmp_path: Path) -> None:
    text = "Floods closed roads in Qwertyville and in Nairobi."
    places = location("Qwertyville", 1, 1, text) + location("Nairobi", -1.28, 36.82, text)
    figures = evaluate(write(tmp_path, ("a", text, places)))["all"]
    assert figures["recognition"]["r"] == 0.5
    assert (figures["within_161km"], figures["within_161km_of_all"]) == (1.0, 0.5)


def test_rendered(tmp_path: Path) -> None:
    shown = render(evaluate(write(tmp_path, ("a", TEXT, location("Nairobi", -1.28, 36.82)))))
    assert "within 161 km" in shown and "untouched half (odd)" in shown and "of 1 linked" in shown
    assert WITHIN_KM == 161


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("not xml", "is not readable XML"),
        ("<articles></articles>", "holds no <article>"),
        ("<articles><article><source>a</source></article></articles>", "has no <text>"),
        (
            "<articles><article><text>Rome</text><locations><location><start>1</start></location></locations></article></articles>",
            "lacks start, end, lat or lon",
        ),
    ],
)
def test_a_file_of_another_layout_is_told(tmp_path: Path, content: str, reason: str) -> None:
    file = tmp_path / "bad.xml"
    file.write_text(content, "utf-8")
    with pytest.raises(InputError, match=reason):
        read_geo(file)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not readable XML"):
        evaluate(tmp_path / "none.xml")


def test_a_reader_tells_the_countries(tmp_path: Path) -> None:
    from communique.records import CodedReport, Entity, Event, Report

    class Fake:
        def pipe(self, reports: list[Report]) -> list[CodedReport]:
            actor = Entity("police", country="CRI")
            return [CodedReport(r, events=(Event("e", 0, 1, 0, "x", "ASSAULT", actors=(actor,)),)) for r in reports]

    text = "Soldiers entered San José before noon."
    file = write(tmp_path, ("a", text, location("San José", 9.93, -84.08, text)))
    assert evaluate(file, Fake())["all"]["within_161km"] == 1.0  # type: ignore[arg-type]
