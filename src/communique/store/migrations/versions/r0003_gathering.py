"""What gathering needs: the watcher's memory of sources and addresses, where a report's byline, agency and other details
were found, how far files were read, and how to try again what failed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from communique.store.columns import day, flag, ident, integer, large, words

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for name in ("byline", "agency", "found"):
        op.add_column("version", words(name, blank=True))
    op.create_index("ix_version_hash", "version", ["hash"])
    op.create_table(
        "source", ident(), words("url"), large(unique=True), words("parent"), words("etag"), words("modified"),
        day("tried"), day("good"), integer("failures"), integer("idle"), day("due"), words("reason"),
    )  # fmt: skip
    op.create_index("ix_source_parent", "source", ["parent"])
    op.create_table(
        "seen", ident(), words("url"), large(unique=True), integer("source_id"), words("host"), words("title"),
        words("published"), day("first_seen"), day("tried"), integer("tries"), day("due"), words("holder"), day("taken"),
        words("became"), words("report"), words("reason"),
    )  # fmt: skip
    waiting = sa.text("became = 'waiting'")
    op.create_index("ix_seen_waiting", "seen", ["host", "due"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_index("ix_seen_source", "seen", ["source_id", "became"])
    for column in (words("kind", blank=True), words("origin", blank=True), integer("member", nullable=True),
                   words("options", blank=True), large("place", nullable=True)):  # fmt: skip
        op.add_column("failure", column)
    op.create_index("ix_failure_place", "failure", ["place"])
    op.create_table(
        "progress", ident(), words("origin"), large(unique=True), words("stamp"), integer("done"), integer("records"),
        flag("whole"), words("time"),
    )  # fmt: skip
