"""What analysts say is wrong, and which reports they looked through."""

from __future__ import annotations

from alembic import op

from communique.store.columns import ident, integer, words

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "review", ident(), integer("report_id"), integer("version"), words("kind"), words("record"), integer("start"),
        integer("stop"), words("words"), words("field"), words("value"), words("note"), words("who"), words("made"),
        words("state"), words("settled_by"), words("settled"),
    )  # fmt: skip
    op.create_index("ix_review_report", "review", ["report_id"])
    op.create_index("ix_review_state", "review", ["state", "id"])
    op.create_index("ix_review_kind", "review", ["kind", "report_id"])
