"""What is exported, and the flat form that all layouts are filled from: one fact, one actor, one recipient."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from communique.measure.pairs import pairs, who
from communique.records import CodedReport, Entity, Incident, Location, Telling, content_id
from communique.resolve.dates import day_of

ACTUAL = ("actual",)


class TellingLike(Protocol):
    """An event with where it was told: the store's `StoredEvent`, or a `Told`."""

    @property
    def telling(self) -> Telling: ...
    @property
    def sentence_text(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def coding(self) -> str: ...
    @property
    def incident(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Told:
    """A telling with its sentence, where no store is at hand; fields as in the store's `StoredEvent`."""

    telling: Telling
    sentence_text: str = ""
    title: str = ""
    url: str = ""
    version: int = 1
    coding: str = ""
    incident: str = ""


@dataclass(frozen=True, slots=True)
class Witnessed:
    """An incident with its tellings, the first published first: what layouts need that name a source beside a count."""

    incident: Incident
    tellings: tuple[TellingLike, ...] = ()

    @property
    def own(self) -> tuple[TellingLike, ...]:
        """The tellings with the incident's status: a denial is no source of a fact."""
        return tuple(one for one in self.tellings if one.telling.event.status == self.incident.status)


Exportable: TypeAlias = "TellingLike | Incident | Witnessed"


def told(coded: CodedReport, coding: str = "") -> Iterator[Told]:
    """The events of one coded report, for export without a store."""
    report = coded.report
    spans = {s.n: (s.start, s.end) for s in coded.sentences}
    for event in coded.events:
        start, end = spans.get(event.sentence, (0, 0))
        telling = Telling(event, report.key, report.source, report.published, report.key)
        yield Told(telling, report.text[start:end], report.title, report.url, coding=coding)


@dataclass(frozen=True, slots=True)
class Fact:
    """A record, or the part of it that one actor does to one recipient.

    `record` is the id of the event or incident. `day` is the day that stands for `date`, "" where none does (`measure.days`).
    `sentence` counts from 0 and is None where there is no telling; so is `probability`. Counts are 1 for a single telling.
    """

    record: str
    incident: str
    type: str
    mode: str
    score: float | None
    quad: str
    contexts: tuple[str, ...]
    status: str
    historical: bool
    date: str
    day: str
    place: str
    location: Location | None
    actors: tuple[Entity, ...]
    recipients: tuple[Entity, ...]
    sources: tuple[Entity, ...] = ()
    actor: Entity | None = None
    recipient: Entity | None = None
    published: str = ""
    last_seen: str = ""
    first_seen: str = ""
    outlet: str = ""
    title: str = ""
    url: str = ""
    report: str = ""
    sentence: int | None = None
    text: str = ""
    trigger: str = ""
    start: int | None = None
    probability: float | None = None
    coding: str = ""
    tellings: int = 1
    reports: int = 1
    outlets: int = 1
    origins: int = 1

    @property
    def id(self) -> str:
        """The record and its pair, as 16 hexadecimal digits: the same pair of the same record has the same id everywhere."""
        return content_id("pair", self.record, *who(self.actor), *who(self.recipient))


@dataclass(frozen=True, slots=True)
class Written:
    """What a writer did: `rows` written, from `records`; `left_out` counts records that gave no row, by reason."""

    rows: int
    records: int
    left_out: Mapping[str, int] = field(default_factory=dict)


def fact_of(record: Exportable) -> Fact:
    """A record with all its actors and recipients."""
    if isinstance(record, Incident):
        return _of_incident(record, ())
    if isinstance(record, Witnessed):
        return _of_incident(record.incident, record.own)
    return _of_telling(record)


def paired(fact: Fact) -> Iterator[Fact]:
    """The fact once for each pair of its parties; none where nobody is named."""
    for actor, recipient in pairs(fact.type, fact.actors, fact.recipients):
        yield _with(fact, actor, recipient)


class Choice:
    """Which records are written: counts them, and why the others are not."""

    def __init__(self, statuses: Collection[str], *, dated: bool) -> None:
        self.statuses, self.dated = frozenset(statuses), dated
        self.records = self.rows = 0
        self.left_out: Counter[str] = Counter()

    def facts(self, records: Iterable[Exportable], *, split: bool = True) -> Iterator[Fact]:
        """The facts of the records that are wanted, one a pair of parties where `split`."""
        return (part for record in records for part in self.parts(record, fact_of(record), split=split))

    def parts(self, record: Exportable, fact: Fact, *, split: bool = True) -> tuple[Fact, ...]:
        """The facts to write for one record; () after counting why there are none."""
        self.records += 1
        out = tuple(paired(fact)) if split else (fact,)
        reason = ""
        if self.statuses and fact.status not in self.statuses:
            reason = f"status {fact.status}"
        elif self.dated and not fact.day:
            reason = "no day known"
        elif not out:
            reason = "no party named"
        if reason:
            self.left_out[reason] += 1
            return ()
        self.rows += len(out)
        return out

    def written(self) -> Written:
        return Written(self.rows, self.records, dict(self.left_out))


def _of_incident(one: Incident, tellings: tuple[TellingLike, ...]) -> Fact:
    """`tellings` are those with its status, the first published first."""
    first = tellings[0] if tellings else None
    day = _day(one.date, one.first_seen, one.historical)
    event = first.telling.event if first else None
    return Fact(
        record=one.id, incident=one.id, type=one.type, mode=one.mode, score=one.score, quad=one.quad, contexts=one.contexts,
        status=one.status, historical=one.historical, date=one.date, day=day, place=one.place, location=one.location,
        actors=one.actors, recipients=one.recipients, sources=event.sources if event else (), published=one.first_seen,
        last_seen=one.last_seen, first_seen=one.first_seen, outlet=first.telling.outlet if first else "",
        title=first.title if first else "", url=first.url if first else "",
        report=first.telling.report if first else (one.tellings[0][0] if one.tellings else ""),
        sentence=event.sentence if event else None, text=first.sentence_text if first else "",
        trigger=event.trigger if event else "", start=event.start if event else None, coding=first.coding if first else "",
        tellings=len(tellings or one.tellings), reports=one.reports, outlets=one.outlets, origins=one.origins,
    )  # fmt: skip


def _of_telling(record: TellingLike) -> Fact:
    telling, event = record.telling, record.telling.event
    return Fact(
        record=event.id, incident=record.incident, type=event.type, mode=event.mode, score=event.score, quad=event.quad,
        contexts=event.contexts, status=event.status, historical=event.historical, date=event.date,
        day=_day(event.date, telling.published, event.historical), place=event.place, location=event.location,
        actors=event.actors, recipients=event.recipients, sources=event.sources, published=telling.published,
        last_seen=telling.published, first_seen=telling.published, outlet=telling.outlet, title=record.title, url=record.url,
        report=telling.report, sentence=event.sentence, text=record.sentence_text, trigger=event.trigger, start=event.start,
        probability=event.probability, coding=record.coding,
    )  # fmt: skip


def _day(date: str, published: str, historical: bool) -> str:
    day, _ = day_of(date, published, historical)
    return day.isoformat() if day is not None else ""


def _with(fact: Fact, actor: Entity | None, recipient: Entity | None) -> Fact:
    return dataclasses.replace(fact, actor=actor, recipient=recipient)

