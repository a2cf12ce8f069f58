"""Names by each of their words, for finding who is asked for by a surname alone.

Reports of a store of an earlier revision are compared anew when it is next opened (`Store.compare_again`): types of a user's own
form incidents since, and twins are looked for in copies.
"""

from __future__ import annotations

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

from communique.store.columns import integer, words

revision = "0004"
down_revision = "0003"


def _words(name: str) -> set[str]:
    plain = unicodedata.normalize("NFKD", name.casefold())
    found = re.findall(r"[^\W_]+", "".join(c for c in plain if not unicodedata.combining(c)))
    return {word[:100] for word in found[:40]}


def upgrade() -> None:
    table = op.create_table("entity_word", words("word", key=True), integer("entity_id", key=True), sqlite_with_rowid=False)
    assert table is not None
    connection = op.get_bind()
    named = connection.execute(sa.text("SELECT id, name FROM entity WHERE name <> ''")).all()
    rows = [{"word": word, "entity_id": ident} for ident, name in named for word in sorted(_words(name))]
    for start in range(0, len(rows), 10_000):
        connection.execute(table.insert(), rows[start : start + 10_000])
