"""Versions by their day of publication, for listing reports a page at a time."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_index("ix_version_day", "version", ["day", "id"])
