"""Builds ``data/actors/people.tsv`` from public tables of officials and the hand-kept list beside this file.

``python training/actors/build.py`` (see shared/data/LICENCES.md for the sources). Sources, the more trusted first:
prominent (written for the project: prominent.txt, and ministers.txt for
foreign and defence ministers), factbook (CIA World Factbook), chiefs (CIA chiefs of state 2019), phoenix
(actor assignments with dates, MIT). Kept are holders of public office since 1990 with a first and a last name.
"""

from __future__ import annotations

import csv
import gzip
import re
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
OFFICIALS = ROOT.parent / "shared" / "data" / "officials"
sys.path.insert(0, str(ROOT / "src"))

from communique.resolve.lexicon import key_of  # noqa: E402
from communique.settings import read_table  # noqa: E402

Row = tuple[str, str, str, str, str, str, str]
FIELDS = ("key", "name", "country", "sector", "office", "since", "until", "source")
SECTORS = {"GOV", "MIL", "LEG", "JUD", "SPY", "COP", "PTY", "OPP", "REB", "ELI", "JRN", "REL", "PRM", "CVL"}
MONTHS = {date(2000, i, 1).strftime("%B"): i for i in range(1, 13)}
HEAD = (
    "# Holders of public office since 1990. Built by training/actors/build.py; key: what the name is looked up by, "
    "where it is not the name in lower case.\n"
)
FIRST_YEAR = 1990
OFFICES = {
    "Defence Minister": "Defense Minister", "Defence Secretary": "Defense Minister", "Defense Secretary": "Defense Minister",
    "Foreign Secretary": "Foreign Minister",
}  # fmt: skip
"""Names of one office, by the usual one."""
_OFFICE = re.compile(
    r"(?:[A-Z][a-z]+ (?:of |the )?)*?(President|Prime Minister|King|Queen|Emir|Chancellor|Sultan|Premier)\b"
)


def prominent() -> Iterator[Row]:
    for line in (HERE / "prominent.txt").read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            name, country, sector, office, since, until = line.split("|")
            yield name, country, sector, office, since, until, "prominent"


def _fitted(kept: dict[tuple[str, str], list[Row]], row: Row) -> Row | None:
    """`row` without the days that the list of the prominent gives to somebody else in the month that both share; None where
    that list has the person in that office about then. Exits where the two contradict each other."""
    name, country, sector, office, since, until, source = row
    for other in kept.get((country, OFFICES.get(office, office)), ()):
        if max(since, other[4]) >= min(until or "9999", other[5] or "9999"):
            continue
        one, two = key_of(other[0]).split(), key_of(name).split()
        if one[-1] == two[-1] or one[0] == two[0]:
            return None
        if other[5][:7] == since[:7]:
            since = (date.fromisoformat(other[5]) + timedelta(days=1)).isoformat()
        elif other[4][:7] == until[:7]:
            until = (date.fromisoformat(other[4]) - timedelta(days=1)).isoformat()
        else:
            sys.exit(f"{row} and {other}: two holders of one office at a time")
    return name, country, sector, office, since, until, source


def ministers(kept: dict[tuple[str, str], list[Row]]) -> Iterator[Row]:
    """Rows of ministers.txt that `kept`, the list of the prominent by country and office, lacks."""
    for line in (HERE / "ministers.txt").read_text("utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        country, sector, office, chain = line.split("|")
        terms = [term.strip().partition(" ")[::2] for term in chain.split(";")]
        days = [date.fromisoformat(since if len(since) == 10 else f"{since}-01") for since, _ in terms]
        for (_, names), since, until in zip(terms, days, [*days[1:], None], strict=True):
            last = (until - timedelta(days=1)).isoformat() if until else ""
            if names == "-" or (last and last < f"{FIRST_YEAR}-01-01"):
                continue
            if last and last <= since.isoformat():
                sys.exit(f"{country} {office}: {names} has no term")
            rows = [(name, country, sector, office, since.isoformat(), last, "prominent") for name in names.split("=")]
            fitted = [_fitted(kept, row) for row in rows]
            if all(fitted):
                yield from (row for row in fitted if row is not None)


def _by_name() -> dict[str, str]:
    out = {}
    for row in read_table("actors/countries.tsv"):
        for name in (row["name"], *row["other"].split(";")):
            out[name.lower()] = row["code"]
    return out


def _title(name: str) -> str:
    """"Vladimir Vladimirovich PUTIN" and "VLADIMIR PUTIN" as "Vladimir Putin"."""
    def lowered(part: str) -> str:
        return part[:1] + part[1:].lower() if part.isupper() and len(part) > 2 else part

    return " ".join("-".join(lowered(p) for p in w.split("-")) for w in name.split())


def factbook(names: dict[str, str]) -> Iterator[Row]:
    with (OFFICIALS / "factbook_countries_leaders.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            country = names.get(row["short"].lower())
            if not country:
                continue
            for column in ("chief_of_state", "head_of_government"):
                found = re.match(r"(?P<who>[^(;]+?)\s*\(since (?P<d>\d{1,2}) (?P<m>\w+) (?P<y>\d{4})\)", row[column])
                if not found or found["m"] not in MONTHS:
                    continue
                words = found["who"].split()
                upper = [i for i, w in enumerate(words) if w.isupper() and len(w) > 2]
                office = _OFFICE.match(found["who"])
                if not upper or not office or " " not in found["who"][office.end():].strip():
                    continue
                name = _title(found["who"][office.end():].strip(" ,"))
                since = f"{found['y']}-{MONTHS[found['m']]:02d}-{int(found['d']):02d}"
                for short in dict.fromkeys((name, f"{name.split()[0]} {_title(words[upper[-1]])}")):
                    yield short, country, "GOV", office[1], since, "", "factbook"


def chiefs(names: dict[str, str]) -> Iterator[Row]:
    with (OFFICIALS / "cia_chiefs_of_state_2019.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            country = names.get(row["country"].lower())
            words = row["person"].split()
            if not country or len(words) < 2 or len(words) > 5:
                continue
            sector = "MIL" if re.search(r"(?i)\bdefen[cs]e\b", row["office"]) else "GOV"
            yield _title(row["person"]), country, sector, row["office"], "", "", "chiefs"


def _stamp(value: str) -> str:
    if len(value) == 6:
        year = int(value[:2])
        value = f"{'19' if year > 20 else '20'}{value}"
    return f"{value[:4]}-{value[4:6]}-{value[6:]}" if len(value) == 8 else ""


def phoenix(codes: set[str]) -> Iterator[Row]:
    with gzip.open(OFFICIALS / "phoenix_actors_2014.csv.gz", "rt", encoding="utf-8", errors="replace") as handle:
        for row in csv.DictReader(handle):
            found = re.match(r"(?P<c>[A-Z]{3})(?P<s>[A-Z]{3})[A-Z]*(?:\s+(?P<when>\S+))?$", row["code_and_dates"].strip())
            name = row["name"].split(";")[0].strip().strip("_").replace("_", " ")
            if not found or found["c"] not in codes or found["s"] not in SECTORS or "CountryInfo" not in row["name"]:
                continue
            words = name.split()
            when = found["when"] or ""
            if not 2 <= len(words) <= 5 or not when or not all(w.isalpha() for w in words):
                continue
            since, _, until = when.lstrip("<>").partition("-")
            first, last = _stamp(since), _stamp(until)
            if when.startswith("<"):
                first, last = "", first
            if (last or first)[:4] < str(FIRST_YEAR) or (first and last and last < first):
                continue
            yield _title(name), found["c"], found["s"], "", first, last, "phoenix"


def main() -> None:
    names = _by_name()
    codes = {row["code"] for row in read_table("actors/countries.tsv")}
    seen: set[tuple[str, str]] = set()
    posts: set[tuple[str, str, str]] = set()
    rows: list[Row] = []
    first = list(prominent())
    kept: dict[tuple[str, str], list[Row]] = {}
    for row in first:
        kept.setdefault((row[1], OFFICES.get(row[3], row[3])), []).append(row)
    first += ministers(kept)
    homes: dict[str, str] = {f"{r[0].lower().split()[0]} {r[0].lower().split()[-1]}": r[1] for r in first}
    for group in (first, factbook(names), chiefs(names), phoenix(codes)):
        fresh: set[tuple[str, str]] = set()
        for row in group:
            key = (row[0].lower(), row[1])
            words = row[0].lower().split()
            known = homes.setdefault(f"{words[0]} {words[-1]}", row[1])
            # A head of state of two lands ("Elizabeth II", a president of territories) stays with the more trusted row.
            # A minister of the list by hand who now leads the state is still news of the Factbook's.
            new = key not in seen or (row[6] == "factbook" and (*key, row[3]) not in posts)
            if (known == row[1] or row[6] == "prominent") and new and row not in rows[-3:]:
                rows.append(row)
                fresh.add(key)
                posts.add((*key, row[3]))
        seen |= fresh
    path = ROOT / "src/communique/data/actors/people.tsv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        handle.write(HEAD)
        handle.write("\t".join(FIELDS) + "\n")
        for row in rows:
            looked_up = key_of(row[0])
            handle.write("\t".join(("" if looked_up == row[0].lower() else looked_up, *row)) + "\n")
    print(len(rows), "rows,", path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
