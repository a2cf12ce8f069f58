"""The records that the package passes from stage to stage and hands to its users.

All are frozen and slotted; every offset is a character offset into the report's text as given. What resolution
adds (country, sector, name, id) stands beside the words and never replaces them.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import reprlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

from communique.errors import InputError

MAX_CHARACTERS = 1_000_000
"""Longest report read, in characters; a longer one is no news report."""


YEARS = range(1800, 2201)
"""Years in which a report may be published; 0001 and 9999 are some systems' way of saying that they do not know."""


def content_id(*parts: object) -> str:
    """A 16-digit hexadecimal identifier of `parts`: equal content, equal id, on every machine."""
    digest = hashlib.sha256("\x1f".join(str(p) for p in parts).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:16]


def parse_published(value: str) -> dt.date | None:
    """A publication date: ISO 8601, with or without a time, or as mail and feeds write it (RFC 5322). Empty gives None.

    Raises `InputError` where `value` is no date.
    """
    value = value.strip()
    if not value:
        return None
    try:
        found = dt.date.fromisoformat(value) if len(value) <= 10 else dt.datetime.fromisoformat(value).date()
    except ValueError:
        try:
            found = parsedate_to_datetime(value).date()
        except (ValueError, TypeError, OverflowError):
            raise InputError(f"published {value!r}", "is not a date", "write it as YYYY-MM-DD, such as 2024-04-10") from None
    if found.year not in YEARS:
        hint = "leave it empty where the date is not known"
        raise InputError(f"published {value!r}", f"is not a date of the press ({YEARS.start} to {YEARS.stop - 1})", hint)
    return found


def text_given(value: object, name: str) -> str:
    """`value`, which a caller gave as `name` and which must be a string. Raises `InputError` where it is none."""
    if isinstance(value, str):
        return value
    several = isinstance(value, list | tuple | set | frozenset)
    reason, hint = ("is several", "give one at a time") if several else (f"is {type(value).__name__}, no string", "give a string")
    raise InputError(f"{name} {reprlib.repr(value)}", reason, hint)


def day_given(value: object, name: str) -> str:
    """`value`, which a caller gave as the day `name`: a date as ISO 8601 has it, a string as it is. Raises `InputError`."""
    if isinstance(value, dt.date):
        return (value.date() if isinstance(value, dt.datetime) else value).isoformat()
    return text_given(value, name)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the report's text, [start, end) in characters."""

    start: int
    end: int

    def to_dict(self) -> dict[str, int]:
        return {"start": self.start, "end": self.end}


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence; `kind` says what it is: "body", or a kind of boilerplate, which is not coded.

    Kinds: body, title, dateline, caption, related, prompt, credit.
    """

    n: int
    start: int
    end: int
    kind: str = "body"

    @property
    def coded(self) -> bool:
        """Whether events and statements are read from it."""
        return self.kind == "body"

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True)
class Entity:
    """A participant: its words in the report, and what they resolve to (CODEBOOK.md, Actors and recipients).

    `country` is ISO 3166 alpha-3, KOS, or one of UNO EUR IGO NGO MNC IMG ISM; `sector` a PLOVER sector; `name` the
    person or organisation in full; `office` as the report gives it. Unknown is the empty string. `inherited` says that the
    sentence does not name it: it took part in the same event where the report told it before.
    """

    text: str
    start: int | None = None
    end: int | None = None
    country: str = ""
    sector: str = ""
    name: str = ""
    office: str = ""
    id: str = ""
    inherited: bool = False

    @property
    def code(self) -> str:
        """Country and sector as one word, such as ``RUS.GOV``; "?" where neither is known."""
        return ".".join(part for part in (self.country, self.sector) if part) or "?"

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True)
class Location:
    """A point on the map: the gazetteer's name, `country` as ISO 3166 alpha-3, `region` its first-level division."""

    name: str
    country: str
    region: str
    lat: float
    lon: float

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True)
class Event:
    """Who did what to whom, on whose word.

    `quad` is PLOVER's, `score` the project's (see `ontology`). `probability` is that such an event is in the sentence, and
    `status_probability` that its status is then right, as annotation has it (`read.calibration`).
    """

    id: str
    start: int
    end: int
    sentence: int
    trigger: str
    type: str
    mode: str = ""
    contexts: tuple[str, ...] = ()
    actors: tuple[Entity, ...] = ()
    recipients: tuple[Entity, ...] = ()
    status: str = "actual"
    historical: bool = False
    sources: tuple[Entity, ...] = ()
    date: str = ""
    place: str = ""
    location: Location | None = None
    score: float | None = None
    quad: str = ""
    probability: float = 1.0
    status_probability: float = 1.0

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True)
class Statement:
    """One utterance: who said it, by which words, and the exact spans of what was said."""

    id: str
    speaker: Entity
    cue: Span | None
    content: tuple[Span, ...]
    quotes: tuple[str, ...] = ()
    act: str = "assert"
    about: tuple[str, ...] = ()
    addressee: tuple[Entity, ...] = ()
    sentence: int = 0
    probability: float = 1.0

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it came in: its text is never changed. `notes` say what happened on the way in, such as broken bytes.

    `byline` names who wrote it, parted by "; ", `agency` is the code of the news agency that it is credited to
    (data/compare/agencies.tsv), and `found` says of fields where on the page they stood: (field, place).
    """

    text: str
    id: str = ""
    title: str = ""
    published: str = ""
    source: str = ""
    url: str = ""
    language: str = ""
    notes: tuple[str, ...] = ()
    byline: str = ""
    agency: str = ""
    found: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        """The id given, or a hash of what the report says."""
        return self.id or content_id(self.title, self.published, self.source, self.text)


@dataclass(frozen=True, slots=True)
class Feature:
    """A sign for or against a candidate: what it adds to the score is `value` times `weight`."""

    name: str
    value: float
    weight: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that words could stand for; `score` and `features` where a ranking decided."""

    name: str
    score: float | None = None
    chosen: bool = False
    features: tuple[Feature, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A rule that applied on the way to an entity, and the candidates that it considered."""

    rule: str
    detail: str = ""
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why words stand for an entity: the `rule` that decided, and all `steps`.

    `probability` is the share of annotated words that the rule resolved right.
    """

    rule: str
    probability: float
    steps: tuple[Step, ...] = ()


PARTIES = "parties"
"""The role of what is explained of an event's actors and recipients together."""


@dataclass(frozen=True, slots=True)
class Explained:
    """One participant of an event or statement with its reason. `record` is the id; `reason` is None where the report itself
    names nobody (an empty speaker).

    The role "parties" stands for an event's actors and recipients together, with an empty `entity`: its reason says why they
    were chosen, and not others whom the words around it name.
    """

    record: str
    role: str
    entity: Entity
    reason: Reason | None

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True)
class CodedReport:
    """A report with what was read from it. `notes` explains what was left out and why (nothing is dropped silently).

    `reasons` say why each entity was resolved as it was, and `choices` why an event (by its id) has the parties that it has,
    where the reader was asked (``communique.load(explain=True)``).
    """

    report: Report
    sentences: tuple[Sentence, ...] = ()
    events: tuple[Event, ...] = ()
    statements: tuple[Statement, ...] = ()
    contexts: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default_factory=tuple)
    reasons: Mapping[Entity, Reason] | None = field(default=None, compare=False, repr=False)
    choices: Mapping[str, Reason] = field(default_factory=dict, compare=False, repr=False)

    def explain(self, record: str = "") -> tuple[Explained, ...]:
        """Why the participants of an event or statement, given by its id, are who they are; "" takes all records.

        Raises `InputError` where the report was read without reasons or has no such record.
        """
        if self.reasons is None:
            hint = "read it with communique.load(explain=True)"
            raise InputError(f"report {self.report.key!r}", "was read without reasons", hint)
        out: list[Explained] = []
        for ident, role, entities in self._participants():
            if record in ("", ident):
                if role == "actor" and ident in self.choices:
                    out.append(Explained(ident, PARTIES, Entity(""), self.choices[ident]))
                # A party taken over from an earlier telling has the reason that it had there.
                out += [Explained(ident, role, e, self.reasons.get(dataclasses.replace(e, inherited=False))) for e in entities]
        if record and record not in {e.id for e in self.events} | {s.id for s in self.statements}:
            hint = "give the id of one of its events or statements"
            raise InputError(f"record {record!r}", f"is not in report {self.report.key!r}", hint)
        return tuple(out)

    def same(self, one: Event | Statement) -> Event | Statement | None:
        """The event or statement that is `one`, of this text read another time: by its id, else at the same words."""
        everything: list[Event | Statement] = [*self.events, *self.statements]
        found = next((other for other in everything if other.id == one.id), None)
        if found is None and isinstance(one, Event):
            found = next((e for e in self.events if (e.start, e.end) == (one.start, one.end)), None)
        elif found is None and isinstance(one, Statement):
            found = next((s for s in self.statements if s.cue == one.cue and s.content == one.content), None)
        return found

    def _participants(self) -> Iterator[tuple[str, str, tuple[Entity, ...]]]:
        """(id of the record, role, who has it) of all records."""
        for e in self.events:
            yield from ((e.id, "actor", e.actors), (e.id, "recipient", e.recipients), (e.id, "source", e.sources))
        for s in self.statements:
            yield from ((s.id, "speaker", (s.speaker,)), (s.id, "addressee", s.addressee))

    def to_dict(self, *, text: bool = False) -> dict[str, Any]:
        """The layout of ``communique read --json``; with `text`, the report's text as well; reasons where it has them."""
        out: dict[str, Any] = {
            "id": self.report.key,
            "title": self.report.title,
            "published": self.report.published,
            "source": self.report.source,
            "byline": self.report.byline,
            "agency": self.report.agency,
            "url": self.report.url,
            "language": self.report.language,
            "found": dict(self.report.found),
        }
        if text:
            out["text"] = self.report.text
        out["contexts"] = list(self.contexts)
        out["sentences"] = [s.to_dict() for s in self.sentences]
        out["events"] = [e.to_dict() for e in self.events]
        out["statements"] = [s.to_dict() for s in self.statements]
        out["notes"] = list(self.notes)
        if self.reasons is not None:
            out["explained"] = [e.to_dict() for e in self.explain()]
        return out


def codes(entities: Iterable[Entity]) -> str:
    """Entities as one short cell: ``USA.GOV; FRA.GOV``."""
    return "; ".join(e.code for e in entities)


@dataclass(frozen=True, slots=True)
class Telling:
    """One event as one report tells it: what comparing sees of it.

    `report` is the report's key, `outlet` its source, `published` its date (YYYY-MM-DD, or "" where unknown), `origin` the
    key of the report that its text was copied from, or its own where it copies nobody.
    """

    event: Event
    report: str
    outlet: str = ""
    published: str = ""
    origin: str = ""

    @property
    def witness(self) -> str:
        """Whose word it is: copies of one text count once."""
        return self.origin or self.report


@dataclass(frozen=True, slots=True)
class Copy:
    """That `report` copies the text of `origin`; `similarity` is 0 to 1, `reasons` name the signs and their values."""

    report: str
    origin: str
    similarity: float
    probability: float
    reasons: tuple[Feature, ...] = ()


@dataclass(frozen=True, slots=True)
class Incident:
    """One event of the world, from all its tellings; what is told differently is taken from the most witnesses.

    `date` is as precise as the tellings allow; `first_seen` and `last_seen` are publication dates. `tellings` are pairs of
    report key and event id; `reports` and `outlets` count those of all, `origins` the independent origins that tell it with
    its own status: who denies a fact is no origin of it, and copies of one text count once.
    `status` is "actual" where at least one telling vouches for it, else the most witnessed other. `historical` says that every
    telling brings it up as history: then it never counts on the day of publication.
    """

    id: str
    type: str
    mode: str
    actors: tuple[Entity, ...]
    recipients: tuple[Entity, ...]
    status: str
    date: str
    place: str
    location: Location | None
    first_seen: str
    last_seen: str
    tellings: tuple[tuple[str, str], ...]
    reports: int
    outlets: int
    origins: int
    score: float | None = None
    quad: str = ""
    contexts: tuple[str, ...] = ()
    historical: bool = False

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """One incident between two parties, for series over time: `date`, scores and counts as in `Incident`.

    `day` is the day on which it counts (docs/measures.md), "" where none does; it is that of publication where `dated` is
    false. `mutual` says that each is the other's recipient.
    """

    incident: str
    actor: str
    recipient: str
    day: str
    dated: bool
    first_seen: str
    type: str
    mode: str
    quad: str
    score: float | None
    status: str
    origins: int
    reports: int
    mutual: bool = False
    date: str = ""
    historical: bool = False


@dataclass(frozen=True, slots=True)
class Side:
    """One party to a claim: `stance` is "asserts" or "denies"; `since` and `until` are publication dates of its first and last
    word; `tellings` are (report key, event id), `words` what it said, verbatim, with its report."""

    party: Entity
    stance: str
    since: str
    until: str
    tellings: tuple[tuple[str, str], ...]
    words: tuple[tuple[str, str], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True)
class Claim:
    """What at least one side only claims or denies (CODEBOOK.md, Claims). Never becomes a fact by repetition.

    `vouching` counts the independent origins that assert it in their own voice, `passing_on` those that pass on a side's word;
    `contested` says that sides stand against each other; `turns` are changes of mind: (party's code, date, from, to).
    """

    id: str
    type: str
    actors: tuple[Entity, ...]
    recipients: tuple[Entity, ...]
    date: str
    sides: tuple[Side, ...]
    since: str
    until: str
    vouching: int
    passing_on: int
    contested: bool
    turns: tuple[tuple[str, str, str, str], ...] = ()
    tellings: tuple[tuple[str, str], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)
