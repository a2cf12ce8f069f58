"""Places by name: states, divisions, cities, seas and sites with coordinates, from tables in the package; no network.

`Gazetteer.load` reads four tables once (data/places, made by training/places/build.py). The big one stays as sorted lines,
searched by halving and taken apart only where a name hits, so that it costs a fraction of a second and little memory.
"""

from __future__ import annotations

import gzip
import math
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable

from communique.errors import DataError

EARTH_KM = 6371.0088
# Letters that have no accent to take off.
_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ə": "a",
     "-": " ", "‐": " ", "‑": " ", "–": " ", "/": " ", ".": "", "'": "", "’": "", "‘": "", "`": "", "ʼ": "", "ʻ": "", "ʿ": ""}
)  # fmt: skip
_WORDS = {"st": "saint", "ste": "sainte", "mt": "mount", "ft": "fort", "&": "and"}


@dataclass(frozen=True, slots=True)
class Place:
    """A point on the map and what stands there. `country` is ISO 3166 alpha-3 (KOS for Kosovo), empty for a sea.

    `kind`: continent, country, region (first-level division), district (second level), city, area, water, mountain, island,
    site, seat (of a government: it acts more often than it is a place). `region` is the first-level division that it lies in;
    `population` a count, an estimate of prominence where nobody lives; `id` the GeoNames id ("gn:703448") where the row is
    theirs and the town has 5,000 people.
    """

    name: str
    kind: str
    lat: float
    lon: float
    country: str = ""
    region: str = ""
    population: int = 0
    id: str = ""
    alternate: bool = False
    """Whether the name asked for is not the place's first."""

    def to_dict(self) -> dict[str, str | float | int]:
        """For JSON."""
        return {
            "name": self.name, "kind": self.kind, "lat": self.lat, "lon": self.lon, "country": self.country,
            "region": self.region, "population": self.population, "id": self.id,
        }  # fmt: skip


def distance_km(a: Place | tuple[float, float], b: Place | tuple[float, float]) -> float:
    """Great-circle distance in kilometres."""
    lat1, lon1 = (a.lat, a.lon) if isinstance(a, Place) else a
    lat2, lon2 = (b.lat, b.lon) if isinstance(b, Place) else b
    p1, p2 = math.radians(lat1), math.radians(lat2)
    step = math.sin((p2 - p1) / 2) ** 2 + math.cos(p1) * math.cos(p2) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(step)))


@lru_cache(maxsize=65536)
def fold(name: str) -> str:
    """The form in which a name is looked up: lower case, no accents, stops or apostrophes, hyphens as blanks."""
    name = name.lower()
    if not name.isascii():
        name = "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))
    return " ".join(_WORDS.get(word, word) for word in name.translate(_LETTERS).split())


def _folder() -> Traversable:
    return resources.files("communique") / "data" / "places"


def _packed(name: str) -> list[bytes]:
    try:
        return gzip.decompress((_folder() / name).read_bytes()).split(b"\n")
    except (OSError, EOFError) as error:
        raise DataError(f"data/places/{name} cannot be read ({error}): install the package again") from error


def rows_of(name: str) -> Iterator[list[str]]:
    """Rows of a readable table of data/places, without comments and header."""
    try:
        lines = (_folder() / name).read_text("utf-8").splitlines()
    except OSError as error:
        raise DataError(f"data/places/{name} cannot be read ({error}): install the package again") from error
    body = [line.split("\t") for line in lines if line and not line.startswith("#")]
    yield from body[1:]


class Gazetteer:
    """All places by their folded names. Make one with `Gazetteer.load`; it is read-only and shared."""

    def __init__(self) -> None:
        self._lands: dict[str, list[Place]] = {}
        self._divisions: list[tuple[str, str]] = []
        self._cities: list[bytes] = []
        self._alternates: list[bytes] = []
        self._iso3: dict[str, str] = {}
        self.countries: dict[str, Place] = {}

    @classmethod
    @lru_cache(maxsize=1)
    def load(cls) -> Gazetteer:
        """The shipped tables, read once a process."""
        made = cls()
        made._read_countries()
        made._read_areas()
        made._read_divisions()
        made._cities = _packed("cities.tsv.gz")
        made._alternates = _packed("alternates.tsv.gz")
        return made

    def candidates(self, name: str) -> tuple[Place, ...]:
        """Every place of that name, the most populous first; empty where none is known."""
        return self.by_key(fold(name))

    def by_key(self, key: str) -> tuple[Place, ...]:
        """As `candidates`, for a name that is folded already."""
        if not key:
            return ()
        found = list(self._lands.get(key, ()))
        found += self._cities_of(key.encode("utf-8"))
        return tuple(sorted(found, key=lambda p: -p.population))

    def _cities_of(self, key: bytes) -> Iterator[Place]:
        prefix = key + b"\t"
        at = bisect_left(self._cities, prefix)
        while at < len(self._cities) and self._cities[at].startswith(prefix):
            yield self._city(self._cities[at], False)
            at += 1
        at = bisect_left(self._alternates, prefix)
        if at < len(self._alternates) and self._alternates[at].startswith(prefix):
            for number in self._alternates[at][len(prefix) :].split(b" "):
                yield self._city(self._cities[int(number)], True)

    def _city(self, line: bytes, alternate: bool) -> Place:
        key, name, lat, lon, iso2, division, kind, population, number = line.decode("utf-8").split("\t")
        return Place(
            name or key.title(), "district" if kind else "city", int(lat) / 100, int(lon) / 100, self._iso3.get(iso2, ""),
            self._divisions[int(division)][1] if division else "", int(population or 0) * 100,
            f"gn:{int(number, 36)}" if number else "", alternate,
        )  # fmt: skip

    def _add(self, place: Place, others: str) -> None:
        for number, name in enumerate([place.name, *filter(None, others.split(";"))]):
            key = fold(name)
            if not any(p.name == place.name and p.kind == place.kind for p in self._lands.get(key, ())):
                self._lands.setdefault(key, []).append(replace(place, alternate=True) if number else place)

    def _read_countries(self) -> None:
        for code, iso2, name, lat, lon, people, other in rows_of("countries.tsv"):
            place = Place(name, "country", float(lat), float(lon), code, "", int(people) * 1000)
            self._iso3[iso2] = code
            self.countries[code] = place
            self._add(place, other)

    def _read_areas(self) -> None:
        for name, kind, lat, lon, country, people, other in rows_of("areas.tsv"):
            self._add(Place(name, kind, float(lat), float(lon), country, "", int(people) * 1000), other)

    def _read_divisions(self) -> None:
        known = {(key, p.country) for key, places in self._lands.items() for p in places if p.kind in ("region", "country")}
        for line in _packed("divisions.tsv.gz"):
            iso2, name, lat, lon, people, other = line.decode("utf-8").split("\t")
            country = self._iso3.get(iso2, "")
            self._divisions.append((country, name))
            if lat and (fold(name), country) not in known:
                place = Place(name, "region", int(lat) / 100, int(lon) / 100, country, "", int(people) * 1000)
                self._add(place, other)
