"""The tables of places: what they hold, how names are folded, and what a load costs."""

from __future__ import annotations

import gzip
import subprocess
import sys
from importlib import resources

import pytest

from communique.errors import DataError
from communique.resolve import gazetteer as module
from communique.resolve.gazetteer import Gazetteer, Place, distance_km, fold, rows_of

KINDS = {"continent", "country", "region", "district", "city", "area", "water", "mountain", "island", "site", "seat"}


@pytest.fixture(scope="module")
def world() -> Gazetteer:
    return Gazetteer.load()


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("U.S.", "us"),
        ("Port-au-Prince", "port au prince"),
        ("Côte d’Ivoire", "cote divoire"),
        ("Łódź", "lodz"),
        ("St. Petersburg", "saint petersburg"),
        ("Ft. Bragg", "fort bragg"),
        ("Diyarbakır", "diyarbakir"),
        ("N'Djamena", "ndjamena"),
        ("", ""),
    ],
)
def test_names_are_folded(name: str, folded: str) -> None:
    assert fold(name) == folded


@pytest.mark.parametrize(
    ("name", "country", "kind", "lat", "lon"),
    [
        ("Kyiv", "UKR", "city", 50.45, 30.52),
        ("Kiev", "UKR", "city", 50.45, 30.52),
        ("Peking", "CHN", "city", 39.91, 116.4),
        ("São Paulo", "BRA", "city", -23.55, -46.64),
        ("Sao Paulo", "BRA", "city", -23.55, -46.64),
        ("Hodeidah", "YEM", "city", 14.8, 42.95),
        ("Dallas County", "USA", "district", 32.76, -96.78),
        ("Texas", "USA", "region", 31, -100),
        ("Donetsk People's Republic", "UKR", "region", 48, 37.7),
        ("South China Sea", "", "water", 12, 113),
        ("Burma", "MMR", "country", 22, 96),
        ("Kosovo", "KOS", "country", 42.58, 21),
        ("Pristina", "KOS", "city", 42.67, 21.17),
        ("Kremlin", "RUS", "seat", 55.75, 37.62),
    ],
)
def test_places_are_where_they_are(world: Gazetteer, name: str, country: str, kind: str, lat: float, lon: float) -> None:
    found = [p for p in world.candidates(name) if p.country == country and p.kind == kind]
    assert found and distance_km(found[0], (lat, lon)) < 30


def test_candidates_come_most_populous_first(world: Gazetteer) -> None:
    found = world.candidates("Springfield")
    assert len(found) > 5
    assert [p.population for p in found] == sorted((p.population for p in found), reverse=True)
    assert {p.region for p in found} >= {"Missouri", "Massachusetts", "Illinois"}


def test_a_name_nobody_bears_has_none(world: Gazetteer) -> None:
    assert world.candidates("Zzyzxqua") == ()
    assert world.candidates("") == ()


def test_towns_know_their_division_and_their_geonames_id(world: Gazetteer) -> None:
    place = next(p for p in world.candidates("Kharkiv") if p.kind == "city")
    assert (place.region, place.id) == ("Kharkiv", "gn:706483")
    assert place.to_dict()["country"] == "UKR"


def test_another_name_is_marked_as_such(world: Gazetteer) -> None:
    assert [p.alternate for p in world.candidates("Calcutta") if p.country == "IND"] == [True]
    assert [p.alternate for p in world.candidates("Kolkata") if p.country == "IND"] == [False]


def test_distance() -> None:
    assert distance_km((52.52, 13.405), (48.8566, 2.3522)) == pytest.approx(878, abs=2)
    assert distance_km((0.0, 179.5), (0.0, -179.5)) == pytest.approx(111, abs=1)
    assert distance_km(Place("a", "city", 1, 1), (1, 1)) == 0


def test_hand_written_rows_hold_together() -> None:
    countries = list(rows_of("countries.tsv"))
    assert all(len(row) == 7 for row in countries)
    assert len({row[0] for row in countries}) == len(countries) == len({row[1] for row in countries})
    codes = {row[0] for row in countries}
    areas = list(rows_of("areas.tsv"))
    assert all(len(row) == 7 for row in areas)
    for name, kind, lat, lon, country, people, _ in areas:
        assert kind in KINDS and -90 <= float(lat) <= 90 and -180 <= float(lon) <= 180 and int(people) > 0, name
        assert country in codes or not country, name
    assert len({(row[0], row[1], row[4]) for row in areas}) == len(areas)


def test_every_country_with_towns_has_its_point_near_one(world: Gazetteer) -> None:
    for name, capital in (("France", "Paris"), ("Kenya", "Nairobi"), ("Peru", "Lima"), ("Japan", "Tokyo")):
        country = next(p for p in world.candidates(name) if p.kind == "country")
        assert distance_km(country, world.candidates(capital)[0]) < 1200


def test_the_packed_tables_are_sorted_and_small() -> None:
    folder = resources.files("communique") / "data" / "places"
    total = 0
    for name in ("cities.tsv.gz", "alternates.tsv.gz"):
        packed = (folder / name).read_bytes()
        total += len(packed)
        keys = [line.split(b"\t")[0] + b"\t" for line in gzip.decompress(packed).split(b"\n")]
        assert keys == sorted(keys)
    assert total < 4_500_000


def test_a_missing_table_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match=r"nowhere\.tsv cannot be read"):
        list(rows_of("nowhere.tsv"))
    with pytest.raises(DataError, match="install the package again"):
        module._packed("nowhere.tsv.gz")


def test_loading_is_quick_and_importing_reads_nothing() -> None:
    code = (
        "import time, sys\nimport communique.resolve.places\nfrom communique.resolve.gazetteer import Gazetteer\n"
        "assert Gazetteer.load.__wrapped__ if hasattr(Gazetteer.load, '__wrapped__') else True\n"
        "t = time.process_time()\nGazetteer.load()\nprint(time.process_time() - t)\nassert 'numpy' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    # Processor time: 0.1 s on an idle core; the bound leaves room for a slow machine.
    assert float(done.stdout) < 1.5
