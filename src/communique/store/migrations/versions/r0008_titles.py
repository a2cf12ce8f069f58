"""On PostgreSQL, a phrase no more reaches from the end of a title into the text: a place is left between them, as SQLite's two
columns leave one. What is stored is indexed anew, in which others wait."""

from __future__ import annotations

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_INDEXED = 200_000

_PART = 200
"""Texts at a time: a megabyte or two."""


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    return " ".join(re.findall(r"[^\W_]+", "".join(c for c in plain if not unicodedata.combining(c)).lower()))


def upgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        return
    connection = op.get_bind()
    # Made again at the end, at once for all: row by row it takes many times as long.
    op.execute("DROP INDEX ix_words_pairs")
    op.execute("DROP INDEX ix_words_found")
    listed = sa.text(
        "SELECT version.id, title, text FROM version JOIN words ON words.version_id = version.id "
        "WHERE version.id > :last AND title <> '' ORDER BY version.id LIMIT :part"
    )
    put = sa.text(
        "UPDATE words SET found = ts_delete(to_tsvector('communique', :title) || CAST('|\\:1' AS tsvector)"
        " || to_tsvector('communique', :text), '|') WHERE version_id = :id"
    )
    last = 0
    while rows := connection.execute(listed, {"last": last, "part": _PART}).all():
        connection.execute(put, [
            {"id": row.id, "title": _fold(row.title[:_INDEXED]), "text": _fold(row.text[: max(0, _INDEXED - len(row.title) - 1)])}
            for row in rows
        ])  # fmt: skip
        last = rows[-1].id
    op.execute("CREATE INDEX ix_words_found ON words USING gin (found)")
    op.execute("CREATE INDEX ix_words_pairs ON words USING gin (communique_pairs(found))")
    # As in 0007: else ANALYZE makes the pairs of 30,000 texts to learn how often each is.
    op.execute("ALTER INDEX ix_words_pairs ALTER COLUMN 1 SET STATISTICS 0")
