"""What can be asked of the store, and the records in which it answers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from communique.errors import InputError
from communique.records import Claim, CodedReport, Copy, Incident, Statement, Telling, day_given, parse_published, text_given
from communique.store.rows import kept

LARGEST = 2**31 - 1
"""The greatest number of a row."""


def ordered(since: str, until: str) -> None:
    """Raises `InputError` for days that end before they begin; "" is no end."""
    if since and until and since > until:
        raise InputError(f"since {since}", f"is after until {until}", "swap them")


def limited(limit: object) -> int:
    """`limit`, the greatest number of records. Raises `InputError` where it is no number, or below 1."""
    if not isinstance(limit, int) or isinstance(limit, bool):
        raise InputError(f"limit {limit!r}", "is no whole number", "leave it out to get all")
    if limit < 1:
        raise InputError(f"limit {limit}", "is below 1", "leave it out to get all")
    return limit


def texts_given(value: object, name: str) -> tuple[str, ...]:
    """The strings of a `value` that may be one or several. Raises `InputError` for anything else."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        return (text_given(value, name),)
    return tuple(text_given(one, name) for one in value)


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for; what is left empty does not narrow it. All that is given must hold.

    `actor` and `recipient` are a country ("USA"), a country and sector ("USA.GOV"), or a name ("Kurt Campbell"); of a
    statement they are who speaks, and whom it is about or said to; of a claim `actor` may also be a side of it. An event
    whose parties are all actors, such as a meeting, has each as the other's recipient; an incident has so only where its type
    is mutual (`ontology.mutual_types`).

    `since` and `until` are days (YYYY-MM-DD), both included: of an event its own date, where it has none its report's;
    of a statement its report's. A month or a year fits where any day of it does. `country` is where it happened; `type` is
    an event's type or a statement's act; `text` are words of the report: all must be in it, "in quotation marks" side by
    side, a "-" before one rules it out. `report` is a report's key; `reader` asks for what an older reader made of it.

    Answers come by day and then as they came in, the last first where `newest`; `limit` is their greatest number, and
    `after` goes on behind the answer with that `cursor`.

    Raises `InputError` for what is no date or not of its kind, for an end before the beginning, and for a limit below 1.
    """

    actor: str = ""
    recipient: str = ""
    type: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    text: str = ""
    country: str = ""
    report: str = ""
    reader: str = ""
    historical: bool | None = None
    newest: bool = False
    limit: int | None = None
    after: str = ""

    def __post_init__(self) -> None:
        for name in ("actor", "recipient", "text", "country", "report", "reader", "after"):
            object.__setattr__(self, name, kept(text_given(getattr(self, name), name)))
        for name in ("since", "until"):
            day = parse_published(day_given(getattr(self, name), name))
            object.__setattr__(self, name, day.isoformat() if day else "")
        ordered(self.since, self.until)
        for name in ("type", "status"):
            object.__setattr__(self, name, tuple(map(kept, texts_given(getattr(self, name), name))))
        for name, none in (("historical", True), ("newest", False)):
            if not (isinstance(value := getattr(self, name), bool) or (none and value is None)):
                raise InputError(f"{name} {value!r}", "is neither True nor False", "give one of them, or leave it out")
        if self.limit is not None:
            limited(self.limit)
        if self.after:
            self.position()

    def position(self) -> tuple[str, int]:
        """The day and number of the answer that `after` names. Raises `InputError` where it is no cursor."""
        day, _, row = self.after.partition("/")
        if not (row.isascii() and row.isdecimal() and len(row) <= 10 and int(row) <= LARGEST):
            raise InputError(f"after {self.after!r}", "is no cursor", "give the `cursor` of the last answer that you have")
        return day, int(row)


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as one report tells it, with what is needed to check it: the sentence and where it was published.

    `version` counts the report's versions from 1, `coding` names the reader, `incident` is the id of the incident that the
    telling is part of ("" where it is of none, as in an older coding).
    """

    telling: Telling
    sentence_text: str
    title: str
    url: str
    version: int
    coding: str
    incident: str = ""
    cursor: str = field(default="", compare=False)

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True)
class StoredStatement:
    """A statement with its report's key, outlet and date, its `words` verbatim, and its sentence."""

    statement: Statement
    report: str
    outlet: str
    published: str
    words: str
    sentence_text: str
    title: str
    url: str
    version: int
    coding: str
    cursor: str = field(default="", compare=False)

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a report: `n` counts from 1, `added` is when it came (UTC), `readers` who coded it, the oldest first."""

    n: int
    title: str
    published: str
    added: str
    readers: tuple[str, ...]
    current: bool


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A report as kept, under its `key`. `copy` says whom it copies, `copied_by` who copies it."""

    key: str
    coded: CodedReport
    version: int
    reader: str
    versions: tuple[Version, ...]
    copy: Copy | None = None
    copied_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Correction:
    """What an analyst put right in the event `record`: `field` was `original` and is `value`; `made` is when (UTC)."""

    record: str
    report: str
    field: str
    original: Any
    value: Any
    who: str
    made: str


@dataclass(frozen=True, slots=True)
class Failure:
    """An input that could not be read: `reason` and `hint` of the last try, when it first and last failed, and how often.

    `kind` groups reasons (docs/errors.md). `origin` is the file or address, `member` the number of the record in it (0: the
    whole), `options` how it was to be read (`gather.archives.pieces.Ways` as JSON).
    """

    input: str
    reason: str
    hint: str
    first_failed: str
    last_failed: str
    tries: int
    kind: str = ""
    origin: str = ""
    member: int | None = None
    options: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """From an id back to the sentences: `kind` is "event", "statement", "incident", "claim" or "report".

    `events` are the tellings it rests on, `statements` the words of a claim's sides or of the report, `copies` which of the
    reports copy another, `corrections` what an analyst changed.
    """

    id: str
    kind: str
    events: tuple[StoredEvent, ...] = ()
    statements: tuple[StoredStatement, ...] = ()
    incident: Incident | None = None
    claim: Claim | None = None
    report: StoredReport | None = None
    copies: tuple[Copy, ...] = ()
    corrections: tuple[Correction, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(dataclasses.replace(self, report=None)) | {
            "report": self.report.coded.to_dict() if self.report else None
        }
