"""What the API is asked and what it answers, for checking requests and for the OpenAPI document.

The records themselves are the package's own (records.py, store/questions.py); nothing is told twice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from communique.measure.alerts import Alert
from communique.ontology import names
from communique.records import Claim, Copy, Incident
from communique.resolve.find import Found
from communique.store.paging import ListedReport
from communique.store.questions import Correction, StoredEvent, StoredStatement, Version
from communique.store.reviewing import MOST, Review

LONGEST = 500
"""Characters of a value in an address, at most."""

Words = Annotated[str, StringConstraints(max_length=LONGEST)]
Day = Annotated[str, StringConstraints(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$|^$")]
Cursor = Annotated[str, StringConstraints(max_length=LONGEST, pattern=r"^[A-Za-z0-9_-]*$")]
Format = Literal["json", "csv", "parquet"]


def _listed(*lists: str) -> Callable[[dict[str, Any]], None]:
    """Writes the words of the codebook's closed lists into a document, where a field takes one or several of them."""

    def write(schema: dict[str, Any]) -> None:
        words = [
            w
            for name in lists
            for w in (("contested",) if name == "contested" else names(name))
        ]
        schema.get("items", schema)["enum"] = words

    return write


class Asked(BaseModel):
    """What every list can be asked. A name that is none of these is refused: a misspelt one would else narrow nothing."""

    model_config = ConfigDict(extra="forbid")

    limit: int | None = Field(None, ge=1, le=2**31 - 1, description="At most so many; see `next` for the rest.")
    after: Cursor = Field("", description="Go on behind this place: the `next` of an answer.")
    newest: bool = Field(False, description="The last first.")
    format: Format | None = Field(None, description="Instead of the Accept header.")
    since: Day = Field("", description="From this day, month or year on (2024-04-10, 2024-04, 2024).")
    until: Day = Field("", description="To the end of this day, month or year.")
    text: Words = Field("", description='Words of the report; "a phrase" in quotation marks, -not this.')


class AskedReports(Asked):
    """Reports, by the day of publication."""


class _Narrowed(Asked):
    actor: Words = Field("", description="A country by name or code, with a sector (CHN.GOV), or a name.")
    recipient: Words = Field("", description="To whom it was done; of a statement, whom it is about.")
    report: Words = Field("", description="A report's key.")


class AskedEvents(_Narrowed):
    """Events, as each report tells them."""

    type: list[Words] = Field([], description="Event types, also those of the store's own; several are any of them.")
    status: list[Words] = Field([], description="As actual, claimed.", json_schema_extra=_listed("status"))
    country: Words = Field("", description="Where it happened.")
    historical: bool | None = Field(None, description="Whether it is brought up as history.")
    reader: Words = Field("", description="What an older reader made of the reports.")


class AskedStatements(_Narrowed):
    """Statements; `actor` is who speaks."""

    type: list[Words] = Field([], description="Acts; several are any of them.", json_schema_extra=_listed("act"))
    reader: Words = Field("", description="What an older reader made of the reports.")


class AskedIncidents(_Narrowed):
    """Incidents: events of the world, each once."""

    type: list[Words] = Field([], description="Event types, also those of the store's own; several are any of them.")
    status: list[Words] = Field([], description="As actual, claimed.", json_schema_extra=_listed("status"))
    country: Words = Field("", description="Where it happened.")
    historical: bool | None = Field(None, description="Whether every report brings it up as history.")


class AskedClaims(_Narrowed):
    """Claims; `actor` may also be a side."""

    type: list[Words] = Field([], description="Event types, also those of the store's own; several are any of them.")
    status: list[Words] = Field([], description='"contested", or nothing.', json_schema_extra=_listed("contested"))


class AskedDyad(BaseModel):
    """A dyad over time."""

    model_config = ConfigDict(extra="forbid")

    since: Day = Field("", description="From this day, month or year on.")
    until: Day = Field("", description="To the end of this day, month or year.")
    by: Literal["day", "week", "month"] = Field("week", description="The period.")
    format: Format | None = Field(None, description="Instead of the Accept header.")


class AskedAlerts(BaseModel):
    """Alerts of some days."""

    model_config = ConfigDict(extra="forbid")

    since: Day = Field("", description="From this day, month or year on; else the 31 days before `until`.")
    until: Day = Field("", description="To the end of this day, month or year; else the day of the store's last incident.")


class AskedActors(BaseModel):
    """Whom a name or an office means on a date."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)] = Field(description="A name, or an office.")
    on: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$|^$")] = Field("", description="The date; else today.")
    country: Words = Field("", description="Whose: a country by name or code.")


class AskedSearch(BaseModel):
    """Words to look for."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)] = Field(
        description='Words; "a phrase" in quotation marks, -not this.'
    )
    limit: int = Field(10, ge=1, le=50, description="At most so many of each kind.")


class AskedReviews(BaseModel):
    """Marks of analysts, the last first."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["open", "done", "dismissed", "all"] = Field("open", description="What became of them.")
    report: Annotated[str, StringConstraints(max_length=2000)] = Field("", description="Of the report with this key alone.")
    limit: int | None = Field(None, ge=1, le=2**31 - 1, description="At most so many; see `next` for the rest.")
    after: Cursor = Field("", description="Go on behind this place: the `next` of an answer.")
    format: Literal["json", "csv"] | None = Field(None, description="Instead of the Accept header.")


class _Said(BaseModel):
    """What somebody says. `who` may be left out where a token says who asks."""

    model_config = ConfigDict(extra="forbid", strict=True)

    who: str = Field("", max_length=100, description="Who says so; with a token, its name stands beside.")


class Marked(_Said):
    """A field of an event or statement is wrong."""

    report: str = Field(min_length=1, max_length=2000, description="The report's key.")
    record: str = Field(max_length=500, description="The id of the event or statement.")
    field: str = Field(max_length=40, description="As type, status, actors; `event` or `statement`: that it is none.")
    value: str = Field("", max_length=MOST, description="What is right, as text, where it is known.")
    note: str = Field("", max_length=MOST)


class Missing(_Said):
    """An event that was not read, at words of the report's text."""

    report: str = Field(min_length=1, max_length=2000, description="The report's key.")
    start: int = Field(ge=0, le=2**31 - 1, description="Where its words begin, in characters.")
    end: int = Field(ge=0, le=2**31 - 1, description="Where they end.")
    type: str = Field(max_length=LONGEST)
    mode: str = Field("", max_length=LONGEST)
    status: str = Field("actual", max_length=LONGEST)
    historical: bool = False
    note: str = Field("", max_length=MOST)


class Through(_Said):
    """All of a report was looked at."""

    report: str = Field(min_length=1, max_length=2000, description="The report's key.")


class Settled(_Said):
    """What an open mark's field should be."""

    value: str = Field(max_length=MOST)


class Dismissed(_Said):
    """A mark is of no use, or is taken back."""


class AskedStream(BaseModel):
    """Which new incidents."""

    model_config = ConfigDict(extra="forbid")

    country: list[Words] = Field([], description="With one of these countries as a party.")
    type: list[Words] = Field([], description="Event types, also those of the store's own.")
    status: list[Words] = Field([], description="As actual, claimed.", json_schema_extra=_listed("status"))


class Text(BaseModel):
    """A report to read."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: str = Field(description="The report's text.")
    title: str = Field("", max_length=2000)
    published: str = Field("", max_length=64, description='When it was published (YYYY-MM-DD): "on Wednesday" is told from it.')
    source: str = Field("", max_length=500, description="The outlet.")
    url: str = Field("", max_length=4000, description="Kept as it is; nothing is fetched from it.")
    id: str = Field("", max_length=500)


class Reports(BaseModel):
    items: list[ListedReport]
    next: str | None = Field(description="Give it as `after` for what follows; null where nothing does.")
    notes: list[str] = Field(description="Where nothing was found: which of the words may have been meant otherwise.")


class Reviews(BaseModel):
    items: list[Review]
    next: str | None


class Events(BaseModel):
    items: list[StoredEvent]
    next: str | None
    notes: list[str]


class Statements(BaseModel):
    items: list[StoredStatement]
    next: str | None
    notes: list[str]


class Incidents(BaseModel):
    items: list[Incident]
    next: str | None
    notes: list[str]


class Claims(BaseModel):
    items: list[Claim]
    next: str | None
    notes: list[str]


class Whole(BaseModel):
    """A report as the store has it: `coded` is laid out as ``communique read --json --text`` does."""

    key: str
    coded: dict[str, Any]
    version: int
    reader: str
    versions: list[Version]
    copy_of: Copy | None
    copied_by: list[str]


class Explained(BaseModel):
    """From an id to the sentences: the record, the tellings that it rests on, and which of the reports copy another."""

    id: str
    kind: Literal["event", "statement", "incident", "claim", "report"]
    events: list[StoredEvent]
    statements: list[StoredStatement]
    incident: Incident | None
    claim: Claim | None
    report: dict[str, Any] | None
    copies: list[Copy]
    corrections: list[Correction]


class Dyad(BaseModel):
    """`series` and `tension` have a point each period or day; `changes` are where the level changed (docs/measures.md)."""

    a: str
    b: str
    period: str
    points: list[dict[str, Any]]
    left_out: dict[str, int]
    tension: dict[str, Any]
    changes: list[dict[str, Any]]
    notes: list[str]


class Alerts(BaseModel):
    since: str
    until: str
    items: list[Alert]


class Actors(BaseModel):
    found: Found
    chosen: str | None = Field(description="The name of the candidate that is meant; null where it is not decided.")


class Hits(BaseModel):
    """What words were found in; `unknown` says which part could not be searched, and why."""

    reports: list[ListedReport]
    statements: list[StoredStatement]
    incidents: list[Incident]
    actors: list[dict[str, Any]]


class About(BaseModel):
    """The server: its version, the API's, and where its parts are."""

    name: str
    version: str
    api: str
    links: dict[str, str]


class Wrong(BaseModel):
    """A problem (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
