"""The tables, once for both databases. Their meaning is told in docs/store.md, how they came about in `migrations`.

Inside, rows point to each other by small integers; what the outside knows (a report's key, the ids of events, incidents and
claims) stands once, beside them. Long or many strings are looked up by `number`, a 64-bit hash, so that an index stays small.

`dyad`, `incident_dyad`, `topic` and the two tables of blocks are indexes written out as tables: they hold what is current
alone, and are what makes a question cost the same in a large store as in a small one.
"""

from __future__ import annotations

from sqlalchemy import Index, MetaData, Table, text

from communique.records import content_id
from communique.store.columns import data, day, flag, ident, integer, large, real, words

HEAD = "0008"
"""The newest revision in `migrations`: what this version of the package writes and reads."""

metadata = MetaData()


def number(*parts: object) -> int:
    """`parts` as a signed 64-bit integer: equal content, equal number. Whoever looks up by it compares the content too."""
    value = int(content_id(*parts), 16)
    return value - (1 << 64) if value >= 1 << 63 else value


def _current(name: str, *columns: str, more: str = "") -> Index:
    """An index of what is current alone."""
    return Index(name, *columns, sqlite_where=text("current = 1" + more), postgresql_where=text("current" + more))


report = Table(
    "report", metadata,
    ident(), words("key"), large(),
    integer("version_id"), words("first_added"),
    Index("ix_report_number", "number"),
)  # fmt: skip
"""One report, whatever became of it; `version_id` is its current version."""

version = Table(
    "version", metadata,
    ident(), integer("report_id"), integer("n"), words("hash"), integer("coding_id"),
    flag("named"), words("title"), words("published"), day("day"), words("source"), words("url"), words("language"),
    words("notes"), words("added"), words("text"), words("byline", blank=True), words("agency", blank=True),
    words("found", blank=True),
    Index("ix_version_report", "report_id", "n", unique=True), Index("ix_version_hash", "hash"),
    Index("ix_version_day", "day", "id"),
)  # fmt: skip
"""A report as it once read: `n` counts from 1, `hash` is of what it says, `coding_id` its current coding; `named` says
that the report's key is the id that it came with; `found` says as JSON where each detail was found."""

coding = Table(
    "coding", metadata,
    ident(), integer("version_id"), words("reader"), words("added"), words("sentences"), words("contexts"), words("notes"),
    Index("ix_coding_version", "version_id"), Index("ix_coding_reader", "reader", "id"),
)  # fmt: skip
"""What one reader made of one version; `sentences` as JSON, [[start, stop, kind], ...]."""

entity = Table(
    "entity", metadata,
    ident(), large(unique=True),
    words("country"), words("sector"), words("name"), words("office"), words("ident"), words("folded"),
    Index("ix_entity_folded", "folded"), Index("ix_entity_country", "country", "sector"),
)  # fmt: skip
"""What words resolved to, each once; `folded` is the name in lower case, for looking up."""

entity_word = Table(
    "entity_word", metadata,
    words("word", key=True), integer("entity_id", key=True),
    sqlite_with_rowid=False,
)  # fmt: skip
"""Entities by each word of their names, without case or accents."""

location = Table(
    "location", metadata,
    ident(), large(unique=True),
    words("name"), words("country"), words("region"),
    real("lat"), real("lon"),
)  # fmt: skip

event = Table(
    "event", metadata,
    ident(), integer("version_id"), integer("coding_id"), flag("current"),
    day("day"), day("until"), flag("dated"),
    words("type"), words("status"), words("mode"), words("uid"),
    integer("sentence"), integer("sentence_start"), integer("sentence_stop"),
    integer("start"), integer("stop"), words("trigger", nullable=True), flag("historical"),
    words("date"), words("place"), integer("location_id", nullable=True), words("place_country"), words("contexts"),
    real("score", nullable=True), words("quad"),
    real("probability"), real("status_probability"),
    integer("incident_id", nullable=True),
    Index("ix_event_version", "version_id", "coding_id"), Index("ix_event_uid", "uid"),
    Index("ix_event_incident", "incident_id"),
    _current("ix_event_day", "day", "id"), _current("ix_event_type", "type", "day", "id"),
    _current("ix_event_status", "status", "day", "id"),
    _current("ix_event_place", "place_country", "day", "id", more=" AND place_country <> ''"),
)  # fmt: skip
"""One event of one coding. `day` to `until` is its date, or the day of publication where `dated` is false; `trigger` is null
where it is the words from `start` to `stop`; `current` says that its coding and version are."""

participant = Table(
    "participant", metadata,
    integer("event_id", key=True), words("role", key=True), integer("n", key=True),
    integer("entity_id"), integer("start", nullable=True), integer("stop", nullable=True), words("text", nullable=True),
    flag("inherited"),
    Index("ix_participant_entity", "entity_id", "event_id"),
    sqlite_with_rowid=False,
)  # fmt: skip
"""Who takes part: `role` is a(ctor), r(ecipient) or s(ource), `n` its place in the list; `text` is null where it is the words
from `start` to `stop`."""

dyad = Table(
    "dyad", metadata,
    words("actor", key=True), words("recipient", key=True),
    day("day", key=True), integer("event_id", key=True),
    sqlite_with_rowid=False,
)  # fmt: skip
"""Current events by country: of the actor, of the recipient, and of both. The side that is not asked for is "*"."""

statement = Table(
    "statement", metadata,
    ident(), integer("version_id"), integer("coding_id"), flag("current"), day("day"), words("act"),
    words("uid"),
    words("country"), integer("speaker_id"), words("speaker"),
    integer("sentence"), integer("sentence_start"), integer("sentence_stop"),
    words("content"), words("quotes"), words("about"), words("addressee"), real("probability"),
    Index("ix_statement_version", "version_id", "coding_id"), Index("ix_statement_uid", "uid"),
    _current("ix_statement_day", "day", "id"), _current("ix_statement_country", "country", "day", "id"),
    _current("ix_statement_act", "act", "day", "id"), Index("ix_statement_speaker", "speaker_id", "id"),
)  # fmt: skip
"""One utterance. `day` is that of publication; speaker, content, quotes and addressee as JSON."""

topic = Table(
    "topic", metadata,
    words("country", key=True),
    day("day", key=True),
    integer("statement_id", key=True),
    sqlite_with_rowid=False,
)  # fmt: skip
"""Current statements by the countries that they are about or said to."""

sketch = Table("sketch", metadata, integer("report_id", key=True), data("data"))
"""Of the current version of each report: what copies are judged by (compare/copies.py)."""

band = Table("band", metadata, large("key", key=True), integer("report_id", key=True), sqlite_with_rowid=False)
"""Reports by the keys under which compare/copies.py looks for them."""

copy = Table(
    "copy", metadata,
    integer("report_id", key=True), integer("origin_id"), integer("root_id"), real("similarity"), real("probability"),
    words("reasons"),
    Index("ix_copy_origin", "origin_id"),
)  # fmt: skip
"""That a report copies `origin_id`, and where that chain of copies begins (`root_id`). Who copies nobody has no row."""

block = Table(
    "block", metadata,
    large("key", key=True), integer("event_id", key=True),
    sqlite_with_rowid=False,
)  # fmt: skip
"""Current events by the keys under which compare/incidents.py looks for them."""

claim_block = Table(
    "claim_block", metadata,
    large("key", key=True), integer("event_id", key=True),
    sqlite_with_rowid=False,
)  # fmt: skip

incident = Table(
    "incident", metadata,
    ident(), words("uid"), words("type"), words("mode"), words("status"),
    day("day"), day("until"), words("date"), words("first_seen"), words("last_seen"),
    integer("reports"), integer("outlets"), integer("origins"), real("score", nullable=True), words("quad"),
    words("place"), integer("location_id", nullable=True), words("place_country"), words("contexts"),
    words("actors"), words("recipients"), flag("historical"),
    Index("ix_incident_uid", "uid"), Index("ix_incident_day", "day", "id"), Index("ix_incident_type", "type", "day", "id"),
    Index("ix_incident_status", "status", "day", "id"),
)  # fmt: skip

incident_dyad = Table(
    "incident_dyad", metadata,
    words("actor", key=True), words("recipient", key=True),
    day("day", key=True), integer("incident_id", key=True),
    words("date", nullable=True), words("first_seen", nullable=True), words("type", nullable=True),
    words("mode", nullable=True), words("status", nullable=True),
    real("score", nullable=True), integer("origins", nullable=True), integer("reports", nullable=True),
    words("uid", nullable=True), flag("historical", nullable=True),
    sqlite_with_rowid=False,
)  # fmt: skip
"""As `dyad`, for incidents. Rows of two countries also hold what a timeline draws, so that it reads one stretch of one tree."""

claim = Table(
    "claim", metadata,
    ident(), words("uid"), words("type"), day("day"), day("until"), day("since"),
    flag("contested"), words("record"),
    Index("ix_claim_uid", "uid"), Index("ix_claim_day", "day", "id"), Index("ix_claim_type", "type", "day", "id"),
)  # fmt: skip
"""One claim; `record` is all of it, as JSON."""

claim_party = Table(
    "claim_party", metadata,
    words("role", key=True), words("country", key=True), integer("claim_id", key=True),
    Index("ix_claim_party_claim", "claim_id"),
    sqlite_with_rowid=False,
)  # fmt: skip
"""Claims by country: `role` is a(ctor), r(ecipient) or p(arty to it, asserting or denying)."""

claim_telling = Table(
    "claim_telling", metadata,
    integer("event_id", key=True), integer("claim_id", key=True),
    Index("ix_claim_telling_claim", "claim_id"),
    sqlite_with_rowid=False,
)  # fmt: skip

moved = Table("moved", metadata, words("old", key=True), words("new"))
"""Incidents and claims that live on under another id, so that a link that somebody kept still leads there."""

correction = Table(
    "correction", metadata,
    ident(), integer("report_id"), words("record"), integer("start"), integer("stop"), words("trigger"), words("field"),
    words("original"), words("value"), words("who"), words("made"),
    Index("ix_correction_report", "report_id"), Index("ix_correction_record", "record"),
)  # fmt: skip
"""What an analyst put right: `field` of the event `record`, `original` as it was; both as JSON. Where the event stood
(`start`, `stop`, `trigger`) tells it again when a reader gives it another id."""

review = Table(
    "review", metadata,
    ident(), integer("report_id"), integer("version"), words("kind"), words("record"), integer("start"), integer("stop"),
    words("words"), words("field"), words("value"), words("note"), words("who"), words("made"), words("state"),
    words("settled_by"), words("settled"),
    Index("ix_review_report", "report_id"), Index("ix_review_state", "state", "id"),
    Index("ix_review_kind", "kind", "report_id"),
)  # fmt: skip
"""What an analyst says of a record: that a `field` of it is wrong, and should be `value` (JSON, null where not said). `kind` is
event, statement, missing (an event that was not read) or whole (the report was looked through); `version` is that of the report,
`start` to `stop` where the record stands in it and `words` what stands there; `state` is open, done or dismissed."""

failure = Table(
    "failure", metadata,
    ident(), words("input"), large(unique=True), words("reason"), words("hint"),
    words("first_failed"), words("last_failed"), integer("tries"),
    words("kind", blank=True), words("origin", blank=True), integer("member", nullable=True), words("options", blank=True),
    large("place", nullable=True),
    Index("ix_failure_place", "place"),
)  # fmt: skip
"""Inputs that could not be read, for trying them again: `kind` is of the reason, `origin` the file or address, `member` the
number of the record in it (0: the whole), `options` as JSON how it was to be read; `place` is the number of `origin`."""

progress = Table(
    "progress", metadata,
    ident(), words("origin"), large(unique=True), words("stamp"), integer("done"), integer("records"), flag("whole"),
    words("time"),
)  # fmt: skip
"""How far `communique add` came with a file: the first `done` records of it are in the store or among the failures, `records`
of them reports; `whole` says that these are all. `stamp` tells whether the file is still the same; `number` is of the file
and of how it is read."""

source = Table(
    "source", metadata,
    ident(), words("url"), large(unique=True), words("parent"), words("etag"), words("modified"),
    day("tried"), day("good"), integer("failures"), integer("idle"), day("due"), words("reason"),
    Index("ix_source_parent", "parent"),
)  # fmt: skip
"""A feed, sitemap or list that `communique watch` asks: `etag` and `modified` are what its server last called its state;
`failures` and `idle` count the last askings in a row that failed, or brought nothing new. `parent` is the url of the sitemap
index that led to it. Times are UTC seconds, "" for never."""

seen = Table(
    "seen", metadata,
    ident(), words("url"), large(unique=True), integer("source_id"), words("host"), words("title"), words("published"),
    day("first_seen"), day("tried"), integer("tries"), day("due"), words("holder"), day("taken"),
    words("became"), words("report"), words("reason"),
    Index("ix_seen_waiting", "host", "due", sqlite_where=text("became = 'waiting'"),
          postgresql_where=text("became = 'waiting'")),
    Index("ix_seen_source", "source_id", "became"),
)  # fmt: skip
"""An address, in its canonical form, that a source named. `became` says what became of it: "waiting" until it was fetched, and
again until its next try at `due`; `report` is the key of the report that it led to. `holder` took it at `taken`: another
watcher leaves it alone for a while."""
