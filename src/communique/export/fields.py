"""Every field that a column of a layout can be filled from, by the name that the tables in data/export use.

A field takes a `Fact` and gives a number, a string or None; None and "" are an empty cell. What belongs to a party is there
twice: ``actor.country``, ``recipient.country``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import lru_cache, partial

from communique.export.rows import Fact
from communique.measure.pairs import who
from communique.ontology import event_types
from communique.records import Entity, content_id
from communique.settings import read_table

Value = str | int | float | bool | None
Field = Callable[[Fact], Value]

QUADS = {"verbal cooperation": 1, "material cooperation": 2, "verbal conflict": 3, "material conflict": 4}
LEAD = 6
"""Sentences that are the lead, in which an event is what the report is about: as in GDELT's codebook."""

DIGITS = 13
"""Hexadecimal digits of a number: below 2^52, which R and JavaScript still count exactly."""


@lru_cache(maxsize=1)
def countries() -> Mapping[str, Mapping[str, str]]:
    """What other data sets call a country or kind of body (data/export/countries.tsv), by its code here."""
    return {row["code"]: row for row in read_table("export/countries.tsv")}


@lru_cache(maxsize=1)
def sectors() -> Mapping[str, Mapping[str, str]]:
    """Sectors in CAMEO's types and in words (data/export/sectors.tsv)."""
    return {row["sector"]: row for row in read_table("export/sectors.tsv")}


@lru_cache(maxsize=1)
def cameo_codes() -> Mapping[tuple[str, str], tuple[str, str]]:
    """(CAMEO code, its words) by PLOVER type and mode (data/export/cameo.tsv)."""
    return {(row["type"], row["mode"]): (row["code"], row["text"]) for row in read_table("export/cameo.tsv")}


def cameo(fact: Fact) -> tuple[str, str]:
    """(code, words) of the fact's type and mode, ("", "") for a type that PLOVER does not have."""
    codes = cameo_codes()
    return codes.get((fact.type, fact.mode)) or codes.get((fact.type, ""), ("", ""))


def number(*parts: str) -> int:
    """A number that stands for `parts`: the same on every machine, below 2^52."""
    return int(content_id("number", *parts)[:DIGITS], 16)


def country_name(code: str) -> str:
    """The English name of a country or body; the code itself where the table does not have it."""
    return countries().get(code, {}).get("name", code)


def is_body(code: str) -> bool:
    """Whether the code is that of a kind of body and no country."""
    row = countries().get(code, {})
    return bool(row.get("kind")) or code == "ISM"


def stamp(day: str) -> str:
    """YYYYMMDD000000 of a day, "" for ""."""
    return f"{day[:10].replace('-', '')}000000" if day else ""


def label(entity: Entity) -> str:
    """A party as ICEWS names it: by name, else as “Military (Norway)” or “Norway”, else by the report's words."""
    country = country_name(entity.country)
    words = sectors().get(entity.sector, {}).get("words", "")
    if entity.name or not country:
        return entity.name or entity.text
    return country if entity.sector in ("", "GOV") or not words else f"{words} ({country})"


def named(entity: Entity) -> str:
    """The person or body in full, else the country, else the report's words."""
    return entity.name or country_name(entity.country) or entity.text


def cameo_country(entity: Entity) -> str:
    """CAMEO's code of the party's country; "" for a body but the European Union, whose region is EUR."""
    row = countries().get(entity.country, {})
    return row.get("cameo", "") or ("" if is_body(entity.country) else entity.country)


def cameo_type(entity: Entity) -> str:
    """CAMEO's type of the party: the kind of body, else the sector."""
    kind = countries().get(entity.country, {}).get("kind", "")
    return kind or sectors().get(entity.sector, {}).get("cameo", "")


def cameo_actor(entity: Entity) -> str:
    """CAMEO's code of the party: RUSGOV, IGOUNO, IGOEUREEC, REB."""
    row = countries().get(entity.country, {})
    if row.get("kind"):
        return f"{row['kind']}{row['cameo']}{row['group']}"
    return cameo_country(entity) + cameo_type(entity)


PARTY: Mapping[str, Callable[[Entity], Value]] = {
    "country": lambda e: e.country,
    "country_name": lambda e: "" if is_body(e.country) else country_name(e.country),
    "cow": lambda e: countries().get(e.country, {}).get("cow", ""),
    "sector": lambda e: e.sector,
    "words": lambda e: sectors().get(e.sector, {}).get("words", ""),
    "name": named,
    "named": lambda e: e.name,
    "upper": lambda e: named(e).upper(),
    "label": label,
    "office": lambda e: e.office,
    "text": lambda e: e.text,
    "cameo": cameo_actor,
    "cameo_country": cameo_country,
    "cameo_type": cameo_type,
    "group": lambda e: countries().get(e.country, {}).get("group", ""),
}


def of_party(side: str, take: Callable[[Entity], Value], fact: Fact) -> Value:
    """What `take` gives for the actor or recipient, "" where there is none."""
    entity: Entity | None = getattr(fact, side)
    return take(entity) if entity is not None else ""


def offset(side: str, fact: Fact) -> int:
    """Where the telling names the party of an incident, -1 where it does not; characters, counted from 0."""
    wanted: Entity | None = getattr(fact, side)
    if wanted is None:
        return -1
    near = fact.actors if side == "actor" else fact.recipients
    spans = [(e, e.start) for e in (*near, *fact.actors, *fact.recipients) if e.start is not None]
    # The incident's party may be a person whom this report calls by country.
    same = [start for e, start in spans if who(e) == who(wanted)]
    same = same or [start for e, start in spans if e.country and e.country == wanted.country]
    return same[0] if same else -1


def fraction(fact: Fact) -> float | str:
    """The day as GDELT's FractionDate."""
    if not fact.day:
        return ""
    day = dt.date.fromisoformat(fact.day)
    return round(day.year + min((day.month * 30 + day.day) / 365, 0.9999), 4)


def place_kind(fact: Fact) -> int:
    """GDELT's type of a place: 1 country, 2 US state, 3 US town, 4 town, 5 division, 0 none; by the names alone."""
    at = fact.location
    if at is None:
        return 0
    if at.name == country_name(at.country):
        return 1
    return (2 if at.country == "USA" else 5) if at.name == at.region else (3 if at.country == "USA" else 4)


def place_full(fact: Fact) -> str:
    """Place, division and country, each once."""
    at = fact.location
    parts = (at.name, at.region, country_name(at.country)) if at else ()
    return ", ".join(dict.fromkeys(p for p in parts if p))


def place_city(fact: Fact) -> str:
    return fact.location.name if fact.location and place_kind(fact) in (3, 4) else ""


def score(fact: Fact) -> float | None:
    """The record's score, else its type's."""
    if fact.score is not None:
        return fact.score
    kind = event_types().get(fact.type)
    return kind.score if kind else None


def confidence(fact: Fact) -> int | None:
    """The probability in steps of ten percent, from 10 to 100."""
    return None if fact.probability is None else min(100, max(10, round(fact.probability * 10) * 10))


FIELDS: Mapping[str, Field] = {
    "id": lambda f: f.id,
    "number": lambda f: number(f.id),
    "record": lambda f: f.record,
    "incident": lambda f: f.incident,
    "type": lambda f: f.type,
    "mode": lambda f: f.mode,
    "quad": lambda f: f.quad,
    "quad.number": lambda f: QUADS.get(f.quad),
    "score": score,
    "contexts": lambda f: ";".join(f.contexts),
    "status": lambda f: f.status,
    "historical": lambda f: f.historical,
    "sources": lambda f: ";".join(e.code for e in f.sources),
    "date": lambda f: f.date,
    "day": lambda f: f.day,
    "day.number": lambda f: f.day.replace("-", ""),
    "day.month": lambda f: f.day[:7].replace("-", ""),
    "day.year": lambda f: f.day[:4],
    "day.fraction": fraction,
    "published": lambda f: f.published,
    "published.stamp": lambda f: stamp(f.published),
    "first_seen.stamp": lambda f: stamp(f.first_seen),
    "last_seen": lambda f: f.last_seen,
    "place.text": lambda f: f.place,
    "place.name": lambda f: f.location.name if f.location else "",
    "place.city": place_city,
    "place.region": lambda f: f.location.region if f.location else "",
    "place.country": lambda f: f.location.country if f.location else "",
    "place.country_name": lambda f: country_name(f.location.country) if f.location else "",
    "place.fips": lambda f: countries().get(f.location.country, {}).get("fips", "") if f.location else "",
    "place.full": place_full,
    "place.kind": place_kind,
    "place.lat": lambda f: f.location.lat if f.location else None,
    "place.lon": lambda f: f.location.lon if f.location else None,
    "outlet": lambda f: f.outlet,
    "title": lambda f: f.title,
    "url": lambda f: f.url,
    "report": lambda f: f.report,
    "report.number": lambda f: number("report", f.report),
    "sentence": lambda f: f.sentence,
    "sentence.number": lambda f: None if f.sentence is None else f.sentence + 1,
    "text": lambda f: f.text,
    "trigger": lambda f: f.trigger,
    "offset": lambda f: -1 if f.start is None else f.start,
    "root": lambda f: None if f.sentence is None else int(f.sentence < LEAD),
    "probability": lambda f: f.probability,
    "confidence": confidence,
    "coding": lambda f: f.coding,
    "language": lambda f: "en",
    "tellings": lambda f: f.tellings,
    "reports": lambda f: f.reports,
    "outlets": lambda f: f.outlets,
    "origins": lambda f: f.origins,
    "cameo": lambda f: cameo(f)[0],
    "cameo.text": lambda f: cameo(f)[1],
    "cameo.base": lambda f: cameo(f)[0][:3],
    "cameo.root": lambda f: cameo(f)[0][:2],
    "mention.kind": lambda f: 1 if f.url else 2,
    "mention.identifier": lambda f: f.url or f.report,
    "zero": lambda f: 0,
    "one": lambda f: 1,
    **{f"{side}.{name}": partial(of_party, side, take) for side in ("actor", "recipient") for name, take in PARTY.items()},
    **{f"{side}.offset": partial(offset, side) for side in ("actor", "recipient")},
}
