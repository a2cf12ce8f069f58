"""FollowTheMoney entities as JSON Lines: an Event for each record, its parties, and an Article for each report.

Written without the followthemoney package, and held against it by tests. A party is the same entity in every record: its id is
made from country, sector and name (from the words where it has neither country nor name), so exports can be merged.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TextIO

from communique.export.aside import whole
from communique.export.fields import is_body, named, place_full, score
from communique.export.plover import line_of
from communique.export.rows import Choice, Exportable, Fact, Witnessed, Written, fact_of
from communique.measure.pairs import who
from communique.records import Entity, content_id
from communique.settings import read_table

Properties = dict[str, list[str]]

PUBLIC = frozenset({"GOV", "MIL", "LEG", "JUD", "SPY", "COP"})
"""Sectors whose bodies are parts of a state."""


@lru_cache(maxsize=1)
def bodies() -> frozenset[str]:
    """Names that are bodies and no persons (data/actors/bodies.tsv)."""
    return frozenset(row["name"] for row in read_table("actors/bodies.tsv"))


@lru_cache(maxsize=1)
def codes() -> Mapping[str, str]:
    """FollowTheMoney's code of a country, by ours; of several, the state's own."""
    return {row["code"]: row["ftm"].partition(";")[0] for row in read_table("actors/codes.tsv") if row["ftm"]}


def write_ftm(records: Iterable[Exportable], out: str | Path | TextIO, *, statuses: Collection[str] = ()) -> Written:
    """Writes one entity a line, each once, those that another names before it. `Written.rows` counts entities.

    The status is among an Event's keywords, so all are written unless `statuses` names some. Memory grows with the number of
    different parties and reports (an id each), not with that of events.
    """
    choice, seen, rows = Choice(statuses, dated=False), set[str](), 0
    with whole(out) as handle:
        for record in records:
            facts = choice.parts(record, fact_of(record), split=False)
            for entity in (e for fact in facts for e in entities(record, fact)):
                if entity["id"] not in seen:
                    seen.add(entity["id"])
                    rows += 1
                    handle.write(line_of(entity))
    return Written(rows, choice.records, choice.written().left_out)


def entities(record: Exportable, fact: Fact) -> Iterator[dict[str, Any]]:
    """The parties and reports of a record, then its Event."""
    for entity in (*fact.actors, *fact.recipients):
        if known(entity):
            yield party(entity)
    told = [fact_of(t) for t in record.own] if isinstance(record, Witnessed) else [fact]
    told = [one for one in told if one.report]
    yield from (article(one) for one in told)
    yield event(fact, told)


def known(entity: Entity) -> bool:
    """Whether there is anything by which to name the party."""
    return bool(named(entity).strip())


def party_id(entity: Entity) -> str:
    return f"cq-{content_id('party', *who(entity))}"


def schema_of(entity: Entity) -> str:
    """Which schema a party has, as far as the record says what it is."""
    if entity.name in bodies() or (not entity.name and is_body(entity.country)):
        return "PublicBody" if entity.sector in PUBLIC else "Organization"
    if not entity.name:
        return "PublicBody" if entity.country and entity.sector in ("", *PUBLIC) else "LegalEntity"
    return "Person" if entity.office else "LegalEntity"


def party(entity: Entity) -> dict[str, Any]:
    """The entity of a party; where an office is told, that of the first record."""
    schema = schema_of(entity)
    name = entity.name or (f"{named(entity)} ({entity.sector})" if entity.country and entity.sector else named(entity))
    properties: Properties = {"name": [name]}
    _put(properties, "country", codes().get(entity.country, ""))
    _put(properties, "position" if schema == "Person" else "", entity.office)
    _put(properties, "political" if schema == "Person" else "sector", entity.sector)
    return {"id": party_id(entity), "schema": schema, "properties": properties}


def article_id(report: str) -> str:
    return f"cq-{content_id('report', report)}"


def article(fact: Fact) -> dict[str, Any]:
    """The report of a telling."""
    properties: Properties = {}
    _put(properties, "title", fact.title)
    _put(properties, "publishedAt", fact.published)
    _put(properties, "publisher", fact.outlet)
    _put(properties, "sourceUrl", fact.url if fact.url.startswith(("http://", "https://")) else "")
    return {"id": article_id(fact.report), "schema": "Article", "properties": properties}


def event(fact: Fact, told: Iterable[Fact]) -> dict[str, Any]:
    """The Event of a record; `told` are its tellings."""
    properties: Properties = {"name": [_title(fact)]}
    for prop, group in (("organizer", fact.actors), ("involved", (*fact.actors, *fact.recipients))):
        _put(properties, prop, *(party_id(e) for e in group if known(e)))
    _put(properties, "date", fact.date)
    _put(properties, "summary", fact.text)
    _put(properties, "location", place_full(fact))
    _put(properties, "country", codes().get(fact.location.country, "") if fact.location else "")
    value = score(fact)
    scored = "" if value is None else f"score:{value:g}"
    _put(properties, "keywords", fact.type, fact.mode, fact.quad, f"status:{fact.status}", scored, *fact.contexts)
    _put(properties, "recordId", fact.incident)
    for one in told:
        _put(properties, "proof", article_id(one.report))
        _put(properties, "publisher", one.outlet)
        _put(properties, "sourceUrl", one.url if one.url.startswith(("http://", "https://")) else "")
    return {"id": f"cq-{content_id('event', fact.record)}", "schema": "Event", "properties": properties}


def _title(fact: Fact) -> str:
    sides = [", ".join(dict.fromkeys(named(e) for e in group if known(e))) for group in (fact.actors, fact.recipients)]
    kind = f"{fact.type} {fact.mode}".strip()
    return f"{kind}: {' → '.join(s or '?' for s in sides)}" if any(sides) else kind


def _put(properties: Properties, name: str, *values: str) -> None:
    """Adds what is not empty and not there yet."""
    if name:
        kept = properties.get(name, [])
        kept += [v for v in dict.fromkeys(values) if v and v not in kept]
        if kept:
            properties[name] = kept
