"""The store's records as flat rows, one a line of a table: what CSV, Parquet and data frames hold (docs/questions.md).

Lists are joined by "; " in their order: actors as codes (``USA.GOV; FRA.GOV``), their names beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from communique.records import Claim, Entity, Incident, Location, codes

if TYPE_CHECKING:
    from communique.store import StoredEvent, StoredStatement

Columns = dict[str, str]
"""Names of columns with their kinds: "str", "int", "float" or "bool". Only floats may be missing (None)."""


def _columns(words: str) -> Columns:
    """``name`` is a string, ``name:int`` of another kind."""
    return {name: kind or "str" for name, _, kind in (word.partition(":") for word in words.split())}


EVENT = _columns(
    "report version:int published source title url origin incident id sentence:int start:int end:int trigger type mode quad"
    " score:float actors actor_names recipients recipient_names status historical:bool sources source_names date place"
    " place_country lat:float lon:float contexts probability:float status_probability:float text coding"
)
STATEMENT = _columns(
    "report version:int published source title url id sentence:int speaker speaker_name speaker_office act content quotes about"
    " addressee probability:float text coding"
)
INCIDENT = _columns(
    "id type mode quad score:float status date first_seen last_seen actors actor_names recipients recipient_names reports:int"
    " outlets:int origins:int place place_country lat:float lon:float contexts report_keys event_ids"
)
CLAIM = _columns(
    "id type actors actor_names recipients recipient_names date since until contested:bool asserted_by denied_by vouching:int"
    " passing_on:int turns report_keys event_ids"
)


def names(entities: Iterable[Entity]) -> str:
    return "; ".join(e.name or e.text for e in entities)


def event(one: StoredEvent) -> dict[str, Any]:
    """The columns of `EVENT`."""
    told, e = one.telling, one.telling.event
    return {
        "report": told.report, "version": one.version, "published": told.published, "source": told.outlet, "title": one.title,
        "url": one.url, "origin": told.witness, "incident": one.incident, "id": e.id, "sentence": e.sentence, "start": e.start,
        "end": e.end, "trigger": e.trigger, "type": e.type, "mode": e.mode, "quad": e.quad, "score": e.score,
        **_parties(e.actors, e.recipients), "status": e.status, "historical": e.historical, "sources": codes(e.sources),
        "source_names": names(e.sources), "date": e.date, **_place(e.place, e.location), "contexts": "; ".join(e.contexts),
        "probability": e.probability, "status_probability": e.status_probability, "text": one.sentence_text,
        "coding": one.coding,
    }  # fmt: skip


def statement(one: StoredStatement) -> dict[str, Any]:
    """The columns of `STATEMENT`."""
    s = one.statement
    return {
        "report": one.report, "version": one.version, "published": one.published, "source": one.outlet, "title": one.title,
        "url": one.url, "id": s.id, "sentence": s.sentence, "speaker": s.speaker.code, "speaker_name": names((s.speaker,)),
        "speaker_office": s.speaker.office, "act": s.act, "content": one.words, "quotes": " … ".join(s.quotes),
        "about": "; ".join(s.about), "addressee": codes(s.addressee), "probability": s.probability,
        "text": one.sentence_text, "coding": one.coding,
    }  # fmt: skip


def incident(one: Incident) -> dict[str, Any]:
    """The columns of `INCIDENT`."""
    return {
        "id": one.id, "type": one.type, "mode": one.mode, "quad": one.quad, "score": one.score, "status": one.status,
        "date": one.date, "first_seen": one.first_seen, "last_seen": one.last_seen, **_parties(one.actors, one.recipients),
        "reports": one.reports, "outlets": one.outlets, "origins": one.origins, **_place(one.place, one.location),
        "contexts": "; ".join(one.contexts), **_tellings(one.tellings),
    }  # fmt: skip


def claim(one: Claim) -> dict[str, Any]:
    """The columns of `CLAIM`."""
    sides = {stance: codes(s.party for s in one.sides if s.stance == stance) for stance in ("asserts", "denies")}
    return {
        "id": one.id, "type": one.type, **_parties(one.actors, one.recipients), "date": one.date, "since": one.since,
        "until": one.until, "contested": one.contested, "asserted_by": sides["asserts"], "denied_by": sides["denies"],
        "vouching": one.vouching, "passing_on": one.passing_on,
        "turns": "; ".join(f"{who} {day} {old} > {new}" for who, day, old, new in one.turns), **_tellings(one.tellings),
    }  # fmt: skip


def _parties(actors: Iterable[Entity], recipients: Iterable[Entity]) -> dict[str, str]:
    return {
        "actors": codes(actors), "actor_names": names(actors), "recipients": codes(recipients),
        "recipient_names": names(recipients),
    }  # fmt: skip


def _place(place: str, point: Location | None) -> dict[str, Any]:
    return {
        "place": place, "place_country": point.country if point else "", "lat": point.lat if point else None,
        "lon": point.lon if point else None,
    }  # fmt: skip


def _tellings(tellings: Iterable[tuple[str, str]]) -> dict[str, str]:
    pairs = list(tellings)
    return {"report_keys": "; ".join(dict.fromkeys(r for r, _ in pairs)), "event_ids": "; ".join(e for _, e in pairs)}


KINDS: dict[str, tuple[Columns, Callable[[Any], dict[str, Any]]]] = {
    "events": (EVENT, event), "statements": (STATEMENT, statement), "incidents": (INCIDENT, incident), "claims": (CLAIM, claim),
}  # fmt: skip
"""For each kind of answer, its columns and what makes a row."""
