"""FollowTheMoney entities, as OpenSanctions publishes them: persons, and the posts that link them to a country.

One JSON object a line: ``{"id": ..., "schema": "Person", "properties": {"name": [...]}}``. Links (Occupancy, Membership,
Employment, Directorship) may stand on lines of their own or nested in the person.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from communique.resolve.importing.dates import ENDED, term
from communique.resolve.importing.office import OfficeReader, codes
from communique.resolve.importing.stream import lines
from communique.resolve.importing.table import OwnTable, Row
from communique.resolve.lexicon import key_of
from communique.resolve.own import ALIAS, BODY

LINKS = {
    "Occupancy": ("holder", "post"), "Membership": ("member", "organization"), "Employment": ("employee", "employer"),
    "Directorship": ("director", "organization"),
}  # fmt: skip
"""Schemas that link a person to a post or body, and the properties that name both ends."""

THINGS = frozenset({"Position", "Organization", "PublicBody", "LegalEntity", "Company"})
BODIES = frozenset({"Organization", "PublicBody"})
_NESTED = ("positionOccupancies", "membershipMember", "employers", "directorshipDirector", "occupancies")
_TOPICS = (
    ("gov.legislative", "LEG"), ("gov.judicial", "JUD"), ("gov.religion", "REL"), ("gov.soe", "BUS"), ("gov.igo", ""),
    ("gov.security", ""), ("pol.party", "PTY"), ("pol.union", "LAB"), ("gov", "GOV"), ("mil", "MIL"),
)  # fmt: skip
"""Sectors by topic, the first that applies; of security organs the title says which."""
MOST_ALIASES = 12

Properties = dict[str, list[Any]]


def collect(path: Path, base: sqlite3.Connection, table: OwnTable, reader: OfficeReader, undated: bool = False) -> None:
    """Puts the offices and public bodies of the file at `path` into `table`, through tables of `base` on the disk."""
    base.execute("CREATE TABLE person (id TEXT PRIMARY KEY, names TEXT, country TEXT) WITHOUT ROWID")
    base.execute("CREATE TABLE thing (id TEXT PRIMARY KEY, schema TEXT, names TEXT, country TEXT, sector TEXT) WITHOUT ROWID")
    base.execute("CREATE TABLE link (person TEXT, thing TEXT, role TEXT, since TEXT, until TEXT)")
    base.execute("BEGIN")
    for number, line, wrong in lines(path):
        table.summary.lines = number
        if not wrong and not line.strip():
            continue
        try:
            if wrong:
                raise TypeError(wrong)
            entity = json.loads(line)
            if not isinstance(entity, dict) or not isinstance(entity.get("properties"), dict) or "schema" not in entity:
                raise TypeError("has no schema and properties")
            _take(entity, base, table)
        except (TypeError, ValueError, KeyError, AttributeError, RecursionError) as error:
            reason = "is not valid JSON: " if isinstance(error, ValueError) else ""
            table.summary.put_aside(number, f"{reason}{error}")
    base.execute("COMMIT")
    _bodies(base, table, reader)
    _rows(base, table, reader, undated)


def _strings(properties: Properties, *names: str) -> list[str]:
    return [v for name in names for v in properties.get(name, ()) if isinstance(v, str) and v]


def _idents(properties: Properties, name: str) -> Iterator[str]:
    for value in properties.get(name, ()):
        yield str(value["id"] if isinstance(value, dict) else value)


def _country(properties: Properties, *names: str) -> str:
    known = codes("ftm")
    return next((known[v.lower()] for v in _strings(properties, *names) if v.lower() in known), "")


def _take(entity: dict[str, Any], base: sqlite3.Connection, table: OwnTable, person: str = "") -> None:
    """Keeps one entity, and those nested in it; `person` is the entity around it."""
    schema, properties = entity["schema"], entity["properties"]
    names = list(dict.fromkeys(_strings(properties, "name", "alias")))
    if schema == "Person":
        country = _country(properties, "nationality", "citizenship", "country")
        shown = [n for n in names if n.isascii() or _latin(n)][: MOST_ALIASES + 1]
        if not shown:
            table.summary.leave("the person has no name in Latin letters")
            return
        base.execute("INSERT OR REPLACE INTO person VALUES (?, ?, ?)", (entity["id"], json.dumps(shown), country))
        _inner(properties, base, table, entity["id"])
    elif schema in THINGS:
        topics = _strings(properties, "topics")
        sector = next((s for prefix, s in _TOPICS if any(t == prefix or t.startswith(f"{prefix}.") for t in topics)), "")
        country = _country(properties, "country", "jurisdiction")
        shown = [n for n in names if n.isascii() or _latin(n)][: MOST_ALIASES + 1]
        values = (entity["id"], schema, json.dumps(shown), country, sector)
        base.execute("INSERT OR REPLACE INTO thing VALUES (?, ?, ?, ?, ?)", values)
        _inner(properties, base, table, "")
    elif schema in LINKS:
        _link(schema, properties, base, table, person)


def _inner(properties: Properties, base: sqlite3.Connection, table: OwnTable, person: str) -> None:
    """Keeps the links nested in an entity; `person` holds those that name nobody themselves."""
    for name in _NESTED:
        for inner in properties.get(name, ()):
            if isinstance(inner, dict) and isinstance(inner.get("properties"), dict):
                _take(inner, base, table, person)


def _link(schema: str, properties: Properties, base: sqlite3.Connection, table: OwnTable, person: str) -> None:
    who, what = LINKS[schema]
    for value in (*properties.get(what, ()), *properties.get(who, ())):
        if isinstance(value, dict) and isinstance(value.get("properties"), dict):
            _take(value, base, table)
    role = next(iter(_strings(properties, "role")), "")
    since, until = min(_strings(properties, "startDate"), default=""), max(_strings(properties, "endDate"), default="")
    if not until and "ended" in _strings(properties, "status"):
        until = ENDED
    for holder in list(_idents(properties, who)) or [person]:
        for thing in _idents(properties, what):
            base.execute("INSERT INTO link VALUES (?, ?, ?, ?, ?)", (holder, thing, role, since, until))


def _latin(name: str) -> bool:
    return all(ord(c) < 0x250 or not c.isalpha() for c in name)


def _bodies(base: sqlite3.Connection, table: OwnTable, reader: OfficeReader) -> None:
    """Public bodies and organisations of a known sector, which the package does not know by that name."""
    for ident, schema, names, country, topic in base.execute("SELECT id, schema, names, country, sector FROM thing"):
        if schema not in BODIES:
            continue
        found = json.loads(names)
        sector = topic or (reader.read(found[0]).sector if found and schema == "PublicBody" else "")
        if not found or not country or not sector:
            table.summary.leave("an organisation without a country or a sector")
            continue
        for n, name in enumerate(found):
            if key_of(name) in reader.lexicon.names or " " not in name:
                table.summary.leave("an organisation that the package knows, or of one word")
            else:
                table.keep(Row(name, country, sector, BODY, "", "", f"ftm:{ident}" + (ALIAS if n else "")))


def _rows(base: sqlite3.Connection, table: OwnTable, reader: OfficeReader, undated: bool) -> None:
    query = (
        "SELECT p.id, p.names, p.country, l.role, l.since, l.until, t.schema, t.names, t.country, t.sector "
        "FROM link l LEFT JOIN person p ON p.id = l.person LEFT JOIN thing t ON t.id = l.thing"
    )
    for ident, names, home, role, since, until, schema, things, country, topic in base.execute(query):
        title = next(iter(json.loads(things)), "") if things else ""
        if ident is None or not title:
            table.summary.leave("one end of the link is not in the file")
            continue
        dates = term(since, until, undated=undated)
        if isinstance(dates, str):
            table.summary.leave(dates)
            continue
        post = schema == "Position"
        office = reader.read(title if post else f"{role} of {title}" if role else title)
        where = (office.country if office.abroad else country) or country or office.country or home
        if not where:
            table.summary.leave("no country")
            continue
        plain = office.plain and (country or office.country)
        shown = office.office if plain else title if post else f"{role or 'member'} of {title}"
        for n, name in enumerate(json.loads(names)):
            table.keep(Row(name, where, office.sector or topic, shown, *dates, f"ftm:{ident}" + (ALIAS if n else "")))
    linked = "SELECT count(*) FROM person WHERE id NOT IN (SELECT person FROM link)"
    if alone := int(base.execute(linked).fetchone()[0]):
        table.summary.left_out["a person without a post"] += alone
