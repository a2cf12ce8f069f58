"""Wikidata's JSON dump: humans and the positions that they held (P39) with their dates (P580, P582).

The dump is read twice, line by line. The first reading keeps the humans with positions, on the disk; the second, what the
items that they name are called and which country they belong to.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from communique.resolve.importing.dates import ENDED, term
from communique.resolve.importing.office import WORLD_BODIES, OfficeReader, codes
from communique.resolve.importing.stream import lines
from communique.resolve.importing.table import OwnTable, Row, Summary
from communique.resolve.own import ALIAS

_ID = re.compile(rb'"id":\s*"(Q\d+)"')
_ENGLISH = ("en", "en-gb", "en-us", "en-ca", "mul")
_ALIAS = re.compile(r"[^\W\d_][\w.'’-]*(?: [\w.'’-]+){1,5}")
_WHOSE = ("P1001", "P17", "P642")
"""Qualifiers that say whose an office such as "foreign minister" is: jurisdiction, country, "of"."""

MOST_ALIASES = 12
_BATCH = 2_000

Claims = dict[str, list[dict[str, Any]]]


def collect(path: Path, base: sqlite3.Connection, table: OwnTable, reader: OfficeReader, undated: bool = False) -> None:
    """Puts the offices of the dump at `path` into `table`; `base` holds what must be kept between the readings."""
    base.execute("CREATE TABLE person (id TEXT PRIMARY KEY, names TEXT, citizen TEXT, party TEXT, died TEXT) WITHOUT ROWID")
    base.execute("CREATE TABLE held (person TEXT, position TEXT, since TEXT, until TEXT, whose TEXT)")
    base.execute("CREATE TABLE wanted (id TEXT PRIMARY KEY) WITHOUT ROWID")
    base.execute("CREATE TABLE item (id TEXT PRIMARY KEY, label TEXT, of TEXT, country TEXT, code TEXT) WITHOUT ROWID")
    _humans(path, base, table.summary)
    _items(path, base, table.summary)
    _rows(base, table, reader, undated)


def _entities(path: Path, summary: Summary | None) -> Iterator[tuple[int, bytes]]:
    """(number, JSON of one entity) of each line of the dump, without the brackets and commas around it."""
    for number, line, wrong in lines(path):
        if summary is not None:
            summary.lines = number
        line = line.strip().rstrip(b",")
        if not wrong and line not in (b"", b"[", b"]", b"\xef\xbb\xbf["):
            if line.startswith(b"{") and line.endswith(b"}"):
                yield number, line
                continue
            wrong = "is not the JSON of one entity"
        if wrong and summary is not None:
            summary.put_aside(number, wrong)


def _humans(path: Path, base: sqlite3.Connection, summary: Summary) -> None:
    base.execute("BEGIN")
    for number, line in _entities(path, summary):
        if b'"P39"' not in line:
            continue
        try:
            entity = json.loads(line)
            claims: Claims = entity.get("claims") or {}
            if "Q5" in _values(claims, "P31"):
                _human(entity, claims, base, summary)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            summary.put_aside(number, f"is not valid JSON: {error}" if isinstance(error, ValueError) else "is no Wikidata entity")
    base.execute("COMMIT")


def _human(entity: dict[str, Any], claims: Claims, base: sqlite3.Connection, summary: Summary) -> None:
    held = list(_positions(claims))
    names = _names(entity)
    if not held:
        return
    if not names:
        summary.leave("the person has no English name")
        return
    citizen, party = _values(claims, "P27"), _values(claims, "P102")
    died = next(iter(_times(claims.get("P570", []))), "")
    base.execute(
        "INSERT OR REPLACE INTO person VALUES (?, ?, ?, ?, ?)",
        (entity["id"], json.dumps(names), json.dumps(citizen), json.dumps(party), died),
    )
    base.executemany("INSERT INTO held VALUES (?, ?, ?, ?, ?)", [(entity["id"], *position) for position in held])
    base.executemany("INSERT OR IGNORE INTO wanted VALUES (?)", [(q,) for q in (*(p[0] for p in held), *citizen, *party)])


def _statements(claims: Claims, name: str) -> list[dict[str, Any]]:
    """The statements of a property, the preferred first, without the deprecated ones and those that give no value."""
    found = [
        c for c in claims.get(name, ())
        if c.get("rank") != "deprecated" and c.get("mainsnak", {}).get("snaktype", "value") == "value"
    ]  # fmt: skip
    return sorted(found, key=lambda c: c.get("rank") != "preferred")


def _values(claims: Claims, name: str) -> list[str]:
    """The items that a property names."""
    return [_item(c["mainsnak"]) for c in _statements(claims, name)]


def _item(snak: dict[str, Any]) -> str:
    """The item of a snak; older dumps write only its number."""
    value = snak["datavalue"]["value"]
    return str(value["id"]) if "id" in value else f"Q{value['numeric-id']}"


def _positions(claims: Claims) -> Iterator[tuple[str, str, str, str]]:
    """(item, since, until, items that say whose) of each position held."""
    for claim in _statements(claims, "P39"):
        qualifiers = claim.get("qualifiers") or {}
        since, until = ((*_times(qualifiers.get(name, ())), "")[0] for name in ("P580", "P582"))
        # "Some value", or a decade: the office is over, and nobody knows since when. "No value" is one that goes on.
        if not until and any(snak.get("snaktype", "value") != "novalue" for snak in qualifiers.get("P582", ())):
            until = ENDED
        snaks = [snak for name in _WHOSE for snak in qualifiers.get(name, ()) if snak.get("snaktype", "value") == "value"]
        yield _item(claim["mainsnak"]), since, until, json.dumps([_item(snak) for snak in snaks])


def _times(snaks: Any) -> Iterator[str]:
    """Times as far as they are precise: "2013", "2013-02", "2013-02-01". Snaks are bare in qualifiers."""
    for snak in snaks:
        snak = snak.get("mainsnak", snak)
        if snak.get("snaktype", "value") != "value":
            continue
        value = snak["datavalue"]["value"]
        parts = {9: 4, 10: 7, 11: 10}.get(min(int(value.get("precision", 11)), 11))
        if parts and value["time"].startswith("+"):
            yield value["time"].lstrip("+")[:parts]


def _names(entity: dict[str, Any]) -> list[str]:
    """The English label and aliases, the label first."""
    labels, aliases = entity.get("labels") or {}, entity.get("aliases") or {}
    label = next((labels[lang]["value"] for lang in _ENGLISH if lang in labels), "")
    others = [a["value"] for lang in _ENGLISH for a in aliases.get(lang, ())]
    others = [a for a in dict.fromkeys(others) if a != label and a[:1].isupper() and _ALIAS.fullmatch(a)]
    return [label, *others[:MOST_ALIASES]] if label else []


def _items(path: Path, base: sqlite3.Connection, summary: Summary) -> None:
    """Label and country of each item that the humans name, and the codes of countries (P298) that the package lacks."""
    base.execute("BEGIN")
    for number, line in _entities(path, None):
        head = _ID.search(line, 0, 500)
        wanted = head is None or base.execute("SELECT 1 FROM wanted WHERE id = ?", (head[1].decode(),)).fetchone()
        if not wanted and b'"P298"' not in line:
            continue
        try:
            entity = json.loads(line)
            claims: Claims = entity.get("claims") or {}
            code = next((str(c["mainsnak"]["datavalue"]["value"]) for c in _statements(claims, "P298")), "")
            label = next(iter(_names(entity)), "")
            of, country = _values(claims, "P1001"), _values(claims, "P17")
            base.execute(
                "INSERT OR REPLACE INTO item VALUES (?, ?, ?, ?, ?)",
                (entity["id"], label, json.dumps(of), json.dumps(country), code),
            )
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            if b'"P39"' not in line:  # else the first reading has told it
                why = f"is not valid JSON: {error}" if isinstance(error, ValueError) else "is no Wikidata entity"
                summary.put_aside(number, why)
    base.execute("COMMIT")


class _Countries:
    """Codes of Wikidata's items, by the package's table, else by what the dump says of them."""

    def __init__(self, base: sqlite3.Connection, known: frozenset[str]) -> None:
        self.base, self.known, self.table = base, known, codes("wikidata")

    def code(self, item: str) -> str:
        found = self.table.get(item)
        if found is None:
            row = self.base.execute("SELECT code FROM item WHERE id = ?", (item,)).fetchone()
            found = row[0] if row and row[0] in self.known else ""
        return found

    def first(self, listed: str) -> str:
        return next((c for item in json.loads(listed) if (c := self.code(item))), "")


def _rows(base: sqlite3.Connection, table: OwnTable, reader: OfficeReader, undated: bool) -> None:
    countries = _Countries(base, frozenset(reader.lexicon.country_names))
    query = (
        "SELECT p.id, p.names, p.citizen, p.party, p.died, h.since, h.until, h.whose, i.label, i.of, i.country "
        "FROM held h JOIN person p ON p.id = h.person LEFT JOIN item i ON i.id = h.position"
    )
    for ident, names, citizen, party, died, since, until, whose, label, of, country in base.execute(query):
        if not label:
            table.summary.leave("the position is not in the dump, or has no English name")
            continue
        dates = term(since, until or (died if since else ""), undated=undated)
        if isinstance(dates, str):
            table.summary.leave(dates)
            continue
        office = reader.read(label)
        stated, ground = countries.first(whose) or countries.first(of), countries.first(country)
        own = "" if office.abroad else stated or (office.country if office.country in WORLD_BODIES else ground)
        where = own or office.country or countries.first(citizen) or _party(party, base, countries)
        if not where:
            table.summary.leave("no country")
            continue
        title = office.office if office.plain and (stated or office.country) else label
        label_of_person, *aliases = json.loads(names)
        source = f"wikidata:{ident}"
        for n, name in enumerate((label_of_person, *aliases)):
            table.keep(Row(name, where, office.sector, title, *dates, source + (ALIAS if n else "")))


def _party(listed: str, base: sqlite3.Connection, countries: _Countries) -> str:
    """The country of a person's party, where nothing nearer tells one."""
    for item in json.loads(listed):
        row = base.execute("SELECT country FROM item WHERE id = ?", (item,)).fetchone()
        if row and (found := countries.first(row[0])):
            return found
    return ""
