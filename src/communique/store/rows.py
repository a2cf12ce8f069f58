"""Records to rows and back. Nothing is lost on the way: what goes in comes out equal, but for characters that no database keeps.

Participants are written as the number of what they resolve to (`entity`), their place in the text, and their words only where
these are not what stands there.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from communique.ontology import mutual_types
from communique.records import (
    Claim,
    Entity,
    Event,
    Incident,
    Location,
    Report,
    Sentence,
    Side,
    Span,
    Statement,
    content_id,
    parse_published,
)
from communique.resolve.dates import days_of

ANY = "*"
"""In `dyad` and its like: the side that is not asked for."""

FOLDED = 200
"""Characters of a name by which it is looked up; PostgreSQL refuses to index more than some 2,700 bytes."""

_JSON = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"),
    default=lambda record: {field.name: getattr(record, field.name) for field in dataclasses.fields(record)},
)  # fmt: skip

EntityKey = tuple[str, str, str, str, str]
"""Country, sector, name, office, id: what words resolved to, without the words."""

# PostgreSQL keeps no zero character and neither database a half of a surrogate pair.
_UNKEPT = re.compile("[\x00\ud800-\udfff]")


def kept(value: str) -> str:
    """`value` with each character that a database cannot keep as one �: no offset moves."""
    if value.isascii() and "\0" not in value:
        return value  # nearly all, and at once
    return _UNKEPT.sub("�", value)


def as_kept(report: Report, key: str) -> Report:
    """The report as it will be read from the store, under its key there."""
    r = report
    return dataclasses.replace(
        r, id=key, text=kept(r.text), title=kept(r.title), published=kept(r.published), source=kept(r.source), url=kept(r.url),
        language=kept(r.language), byline=kept(r.byline), agency=kept(r.agency),
    )  # fmt: skip


def all_kept(one: Event | Statement) -> bool:
    """Whether nothing in an event or a statement is changed by keeping it."""
    if isinstance(one, Event):
        place = one.location
        said = [one.id, one.trigger, one.type, one.mode, one.status, one.date, one.place, one.quad, *one.contexts]
        said += [place.name, place.country, place.region] if place else []
        entities = (*one.actors, *one.recipients, *one.sources)
    else:
        said = [one.id, one.act, *one.quotes, *one.about]
        entities = (one.speaker, *one.addressee)
    for e in entities:
        said += [e.text, e.country, e.sector, e.name, e.office, e.id]
    return _UNKEPT.search("".join(said)) is None


def now() -> str:
    """The present second, UTC."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def identity(report: Report) -> str:
    """Under which a report is known whatever it says: its id, else its address, else a hash of what it says."""
    return kept(report.id or report.url or report.key)


def content(report: Report) -> str:
    """A hash of what the report says: the same again is no new version."""
    return content_id(report.title, report.published, report.source, report.text)


def day_of(published: str) -> str:
    """The day of publication, "" where unknown. Raises `InputError` for what is no date."""
    day = parse_published(published)
    return day.isoformat() if day else ""


def days(date: str, published: str) -> tuple[str, str, bool]:
    """First and last day of what is dated `date`, and True; the day of publication, twice, and False where it has no date."""
    found = days_of(date)
    if found is None:
        return published, published, False
    return found[0].isoformat(), found[1].isoformat(), True


def country_pairs(left: Sequence[str], right: Sequence[str]) -> set[tuple[str, str]]:
    """Countries of actor and recipient under which a record is found, each also with `ANY` for the other.

    Where all are actors, as in a meeting, each is a recipient for the others.
    """
    if right:
        both = {(a, b) for a in left for b in right}
    else:
        both = {(a, b) for i, a in enumerate(left) for k, b in enumerate(left) if i != k}
    both |= {(a, ANY) for a in left} | {(ANY, b) for _, b in both if b != ANY} | {(ANY, b) for b in right}
    return {(a, b) for a, b in both if a and b}


def pairs(actors: Iterable[Entity], recipients: Iterable[Entity]) -> set[tuple[str, str]]:
    """`country_pairs` of participants."""
    return country_pairs([kept(e.country) for e in actors], [kept(e.country) for e in recipients])


def incident_pairs(incident: Incident) -> set[tuple[str, str]]:
    """As `pairs`, of an incident; but several actors are each other's recipients only in what is mutual, such as a meeting: two
    who condemn a third side by side do nothing to each other."""
    found = pairs(incident.actors, incident.recipients)
    if incident.recipients or incident.type in mutual_types():
        return found
    return {(a, b) for a, b in found if b == ANY}


def entity_key(entity: Entity) -> EntityKey:
    return kept(entity.country), kept(entity.sector), kept(entity.name), kept(entity.office), kept(entity.id)


def words(entity: Entity, text: str) -> str | None:
    """The words of a mention; None where they are what stands at its place in `text`."""
    if entity.start is not None and entity.end is not None and text[entity.start : entity.end] == entity.text:
        return None
    return kept(entity.text)


def entity_of(key: EntityKey, text: str, start: int | None, stop: int | None, given: str | None, inherited: bool) -> Entity:
    said = given if given is not None else text[start or 0 : stop or 0]
    return Entity(said, start, stop, *key, inherited=inherited)


Reference = list[Any]
"""A participant as JSON: number of the entity, start, stop, words or null, 1 where inherited."""


def refer(entity: Entity, numbers: Mapping[EntityKey, int], text: str) -> Reference:
    return [numbers[entity_key(entity)], entity.start, entity.end, words(entity, text), int(entity.inherited)]


def referred(given: Reference, keys: Mapping[int, EntityKey], text: str) -> Entity:
    ident, start, stop, said, inherited = given
    return entity_of(keys[ident], text, start, stop, said, bool(inherited))


def dump(value: Any) -> str:
    """`value`, in which there may be records, as JSON."""
    return _JSON.encode(value)


def sentence_list(sentences: Iterable[Sentence]) -> str:
    """Sentences as JSON: [start, stop, kind], and the number where it is not their place in the list."""
    return dump([[s.start, s.end, s.kind, *([s.n] if s.n != place else [])] for place, s in enumerate(sentences)])


def sentences_of(given: str) -> tuple[Sentence, ...]:
    return tuple(
        Sentence(n[0] if n else place, start, stop, kind) for place, (start, stop, kind, *n) in enumerate(json.loads(given))
    )  # fmt: skip


def event_row(event: Event, text: str, published: str, sentences: Mapping[int, tuple[int, int]]) -> dict[str, Any]:
    """The columns of an event that follow from it alone. `published` is a day; `text` is as it is kept."""
    day, until, dated = days(event.date, published)
    start, stop = sentences.get(event.sentence, (event.start, event.end))
    return {
        "day": day, "until": until, "dated": dated, "type": kept(event.type), "status": kept(event.status),
        "mode": kept(event.mode), "uid": kept(event.id), "sentence": event.sentence, "sentence_start": start,
        "sentence_stop": stop, "start": event.start, "stop": event.end,
        "trigger": None if text[event.start : event.end] == event.trigger else kept(event.trigger),
        "historical": event.historical, "date": kept(event.date), "place": kept(event.place),
        "place_country": kept(event.location.country) if event.location else "", "contexts": dump(event.contexts),
        "score": event.score, "quad": kept(event.quad), "probability": event.probability,
        "status_probability": event.status_probability,
    }  # fmt: skip


def participants(event: Event) -> Iterator[tuple[str, int, Entity]]:
    """(role, place in its list, who) of all that take part."""
    for role, entities in (("a", event.actors), ("r", event.recipients), ("s", event.sources)):
        for n, entity in enumerate(entities):
            yield role, n, entity


def event_of(row: Any, text: str, location: Location | None, sides: Mapping[str, Sequence[Entity]]) -> Event:
    """The event of a row of `event`."""
    trigger = row.trigger if row.trigger is not None else text[row.start : row.stop]
    return Event(
        row.uid, row.start, row.stop, row.sentence, trigger, row.type, row.mode, tuple(json.loads(row.contexts)),
        tuple(sides.get("a", ())), tuple(sides.get("r", ())), row.status, bool(row.historical), tuple(sides.get("s", ())),
        row.date, row.place, location, row.score, row.quad, row.probability, row.status_probability,
    )  # fmt: skip


def statement_row(
    statement: Statement, text: str, published: str, sentences: Mapping[int, tuple[int, int]], numbers: Mapping[EntityKey, int]
) -> dict[str, Any]:
    """The columns of a statement that follow from it alone."""
    cue = statement.cue
    spans = [[s.start, s.end] for s in statement.content]
    start, stop = sentences.get(statement.sentence, tuple(spans[0]) if spans else (0, 0))
    return {
        "day": published, "act": kept(statement.act), "uid": kept(statement.id), "country": kept(statement.speaker.country),
        "speaker_id": numbers[entity_key(statement.speaker)], "speaker": dump(refer(statement.speaker, numbers, text)),
        "sentence": statement.sentence, "sentence_start": start, "sentence_stop": stop,
        "content": dump([[cue.start, cue.end] if cue else None, spans]), "quotes": kept(dump(statement.quotes)),
        "about": kept(dump(statement.about)), "addressee": dump([refer(e, numbers, text) for e in statement.addressee]),
        "probability": statement.probability,
    }  # fmt: skip


def topics(statement: Statement) -> set[str]:
    """The countries that a statement is about or said to."""
    return {kept(c) for c in (*statement.about, *(e.country for e in statement.addressee)) if c}


def listed(about: str, addressee: str) -> tuple[list[str], list[int]]:
    """Of a row of `statement`: the countries that it is about, and the numbers of whom it was said to."""
    return json.loads(about), [reference[0] for reference in json.loads(addressee)]


def statement_of(row: Any, text: str, keys: Mapping[int, EntityKey]) -> Statement:
    """The statement of a row of `statement`."""
    cue, spans = json.loads(row.content)
    return Statement(
        row.uid, referred(json.loads(row.speaker), keys, text), Span(*cue) if cue else None,
        tuple(Span(start, stop) for start, stop in spans), tuple(json.loads(row.quotes)), row.act,
        tuple(json.loads(row.about)), tuple(referred(r, keys, text) for r in json.loads(row.addressee)), row.sentence,
        row.probability,
    )  # fmt: skip


def verbatim(text: str, spans: Iterable[Span]) -> str:
    """What a statement says, in the report's words."""
    return " … ".join(text[s.start : s.end] for s in spans)


def incident_row(incident: Incident, numbers: Mapping[EntityKey, int]) -> dict[str, Any]:
    """The columns of an incident, without those that point elsewhere. Its participants' words stand in several texts: they are
    written out."""
    day, until, _ = days(incident.date, incident.first_seen)
    return {
        "uid": incident.id, "type": incident.type, "mode": incident.mode, "status": incident.status, "day": day, "until": until,
        "date": incident.date, "first_seen": incident.first_seen, "last_seen": incident.last_seen, "reports": incident.reports,
        "outlets": incident.outlets, "origins": incident.origins, "score": incident.score, "quad": incident.quad,
        "place": incident.place, "place_country": incident.location.country if incident.location else "",
        "contexts": dump(incident.contexts), "actors": dump([refer(e, numbers, "") for e in incident.actors]),
        "recipients": dump([refer(e, numbers, "") for e in incident.recipients]), "historical": incident.historical,
    }  # fmt: skip


def incident_of(
    row: Any, location: Location | None, keys: Mapping[int, EntityKey], tellings: Sequence[tuple[str, str]]
) -> Incident:
    """The incident of a row of `incident`."""
    actors, recipients = (tuple(referred(r, keys, "") for r in json.loads(given)) for given in (row.actors, row.recipients))
    return Incident(
        row.uid, row.type, row.mode, actors, recipients, row.status, row.date, row.place, location, row.first_seen,
        row.last_seen, tuple(tellings), row.reports, row.outlets, row.origins, row.score, row.quad,
        tuple(json.loads(row.contexts)), bool(row.historical),
    )  # fmt: skip


def incident_references(row: Any) -> set[int]:
    """Numbers of the entities in a row of `incident`."""
    return {r[0] for given in (row.actors, row.recipients) for r in json.loads(given)}


def claim_of(record: str) -> Claim:
    """The claim of its JSON."""
    given = json.loads(record)
    sides = tuple(
        Side(Entity(**s["party"]), s["stance"], s["since"], s["until"], _tuples(s["tellings"]), _tuples(s["words"]))
        for s in given.pop("sides")
    )
    actors, recipients = (tuple(Entity(**e) for e in given.pop(name)) for name in ("actors", "recipients"))
    turns, tellings = _tuples(given.pop("turns")), _tuples(given.pop("tellings"))
    return Claim(actors=actors, recipients=recipients, sides=sides, turns=turns, tellings=tellings, **given)


def _tuples(values: Iterable[Iterable[str]]) -> tuple[Any, ...]:
    return tuple(tuple(v) for v in values)
