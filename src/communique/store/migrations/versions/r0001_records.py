"""Reports in their versions, codings, events, statements, and what is searched for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from communique.store.columns import day, flag, ident, integer, large, real, words

revision = "0001"
down_revision = None


def _current(name: str, table: str, columns: list[str], more: str = "") -> None:
    """An index of what is current alone."""
    op.create_index(
        name, table, columns, sqlite_where=sa.text("current = 1" + more), postgresql_where=sa.text("current" + more)
    )  # fmt: skip


def upgrade() -> None:
    _reports()
    _names()
    _events()
    _statements()
    _notes()
    _search()


def _reports() -> None:
    op.create_table("report", ident(), words("key"), large(), integer("version_id"), words("first_added"))
    op.create_index("ix_report_number", "report", ["number"])
    op.create_table(
        "version", ident(), integer("report_id"), integer("n"), words("hash"), integer("coding_id"), flag("named"),
        words("title"), words("published"), day("day"), words("source"), words("url"), words("language"), words("notes"),
        words("added"),
        words("text"),
    )  # fmt: skip
    op.create_index("ix_version_report", "version", ["report_id", "n"], unique=True)
    op.create_table(
        "coding", ident(), integer("version_id"), words("reader"), words("added"), words("sentences"), words("contexts"),
        words("notes"),
    )  # fmt: skip
    op.create_index("ix_coding_version", "coding", ["version_id"])
    op.create_index("ix_coding_reader", "coding", ["reader", "id"])


def _names() -> None:
    op.create_table(
        "entity", ident(), large(unique=True), words("country"), words("sector"), words("name"), words("office"),
        words("ident"),
        words("folded"),
    )  # fmt: skip
    op.create_index("ix_entity_folded", "entity", ["folded"])
    op.create_index("ix_entity_country", "entity", ["country", "sector"])
    op.create_table(
        "location", ident(), large(unique=True), words("name"), words("country"), words("region"), real("lat"), real("lon")
    )  # fmt: skip


def _events() -> None:
    op.create_table(
        "event", ident(), integer("version_id"), integer("coding_id"), flag("current"), day("day"), day("until"),
        flag("dated"), words("type"),
        words("status"), words("mode"), words("uid"), integer("sentence"), integer("sentence_start"), integer("sentence_stop"),
        integer("start"), integer("stop"), words("trigger", nullable=True), flag("historical"), words("date"), words("place"),
        integer("location_id", nullable=True), words("place_country"), words("contexts"), real("score", nullable=True),
        words("quad"), real("probability"), real("status_probability"),
    )  # fmt: skip
    op.create_index("ix_event_version", "event", ["version_id", "coding_id"])
    op.create_index("ix_event_uid", "event", ["uid"])
    _current("ix_event_day", "event", ["day", "id"])
    _current("ix_event_type", "event", ["type", "day", "id"])
    _current("ix_event_status", "event", ["status", "day", "id"])
    _current("ix_event_place", "event", ["place_country", "day", "id"], " AND place_country <> ''")
    op.create_table(
        "participant", integer("event_id", key=True), words("role", key=True), integer("n", key=True),
        integer("entity_id"), integer("start", nullable=True), integer("stop", nullable=True), words("text", nullable=True),
        flag("inherited"), sqlite_with_rowid=False,
    )  # fmt: skip
    op.create_index("ix_participant_entity", "participant", ["entity_id", "event_id"])
    op.create_table(
        "dyad", words("actor", key=True), words("recipient", key=True), day("day", key=True),
        integer("event_id", key=True), sqlite_with_rowid=False,
    )  # fmt: skip


def _statements() -> None:
    op.create_table(
        "statement", ident(), integer("version_id"), integer("coding_id"), flag("current"), day("day"), words("act"),
        words("uid"), words("country"),
        integer("speaker_id"), words("speaker"), integer("sentence"), integer("sentence_start"), integer("sentence_stop"),
        words("content"), words("quotes"), words("about"), words("addressee"), real("probability"),
    )  # fmt: skip
    op.create_index("ix_statement_version", "statement", ["version_id", "coding_id"])
    op.create_index("ix_statement_uid", "statement", ["uid"])
    op.create_index("ix_statement_speaker", "statement", ["speaker_id", "id"])
    _current("ix_statement_day", "statement", ["day", "id"])
    _current("ix_statement_country", "statement", ["country", "day", "id"])
    _current("ix_statement_act", "statement", ["act", "day", "id"])
    op.create_table(
        "topic", words("country", key=True), day("day", key=True), integer("statement_id", key=True),
        sqlite_with_rowid=False,
    )  # fmt: skip


def _notes() -> None:
    op.create_table(
        "correction", ident(), integer("report_id"), words("record"), integer("start"), integer("stop"), words("trigger"),
        words("field"), words("original"), words("value"), words("who"), words("made"),
    )  # fmt: skip
    op.create_index("ix_correction_report", "correction", ["report_id"])
    op.create_index("ix_correction_record", "correction", ["record"])
    op.create_table(
        "failure", ident(), words("input"), large(unique=True), words("reason"), words("hint"), words("first_failed"),
        words("last_failed"), integer("tries"),
    )  # fmt: skip


def _search() -> None:
    if op.get_context().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE words USING fts5(title, text, content='version', content_rowid='id', "
            "tokenize=\"porter unicode61 remove_diacritics 2\")"
        )
        return
    # The same stems as SQLite's, and as there no stop words: what is found must not depend on where the store lies.
    op.execute("CREATE TEXT SEARCH DICTIONARY communique_stem (TEMPLATE = snowball, Language = porter)")
    op.execute("CREATE TEXT SEARCH CONFIGURATION communique (COPY = simple)")
    op.execute(
        "ALTER TEXT SEARCH CONFIGURATION communique ALTER MAPPING FOR asciiword, word, numword WITH communique_stem"
    )
    op.execute("CREATE TABLE words (version_id integer PRIMARY KEY, found tsvector NOT NULL)")
    op.execute("CREATE INDEX ix_words_found ON words USING gin (found)")
