"""What comparing reports yields: copies, incidents, claims, and the keys under which they are looked for.

Reports of a store of revision 0001 are compared when it is next opened (`Store.compare_again`).
"""

from __future__ import annotations

from alembic import op

from communique.store.columns import data, day, flag, ident, integer, large, real, words

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("event", integer("incident_id", nullable=True))
    op.create_index("ix_event_incident", "event", ["incident_id"])
    _copies()
    _incidents()
    _claims()
    op.create_table("moved", words("old", key=True), words("new"))


def _copies() -> None:
    op.create_table("sketch", integer("report_id", key=True), data("data"))
    op.create_table("band", large("key", key=True), integer("report_id", key=True), sqlite_with_rowid=False)
    op.create_table(
        "copy", integer("report_id", key=True), integer("origin_id"), integer("root_id"), real("similarity"),
        real("probability"), words("reasons"),
    )  # fmt: skip
    op.create_index("ix_copy_origin", "copy", ["origin_id"])


def _incidents() -> None:
    op.create_table("block", large("key", key=True), integer("event_id", key=True), sqlite_with_rowid=False)
    op.create_table(
        "incident", ident(), words("uid"), words("type"), words("mode"), words("status"), day("day"), day("until"),
        words("date"),
        words("first_seen"), words("last_seen"), integer("reports"), integer("outlets"), integer("origins"),
        real("score", nullable=True), words("quad"), words("place"), integer("location_id", nullable=True),
        words("place_country"), words("contexts"), words("actors"), words("recipients"),
        flag("historical"),
    )  # fmt: skip
    op.create_index("ix_incident_uid", "incident", ["uid"])
    op.create_index("ix_incident_day", "incident", ["day", "id"])
    op.create_index("ix_incident_type", "incident", ["type", "day", "id"])
    op.create_index("ix_incident_status", "incident", ["status", "day", "id"])
    op.create_table(
        "incident_dyad", words("actor", key=True), words("recipient", key=True), day("day", key=True),
        integer("incident_id", key=True), words("date", nullable=True), words("first_seen", nullable=True),
        words("type", nullable=True), words("mode", nullable=True), words("status", nullable=True),
        real("score", nullable=True),
        integer("origins", nullable=True), integer("reports", nullable=True), words("uid", nullable=True),
        flag("historical", nullable=True), sqlite_with_rowid=False,
    )  # fmt: skip


def _claims() -> None:
    op.create_table("claim_block", large("key", key=True), integer("event_id", key=True), sqlite_with_rowid=False)
    op.create_table(
        "claim", ident(), words("uid"), words("type"), day("day"), day("until"), day("since"),
        flag("contested"), words("record"),
    )  # fmt: skip
    op.create_index("ix_claim_uid", "claim", ["uid"])
    op.create_index("ix_claim_day", "claim", ["day", "id"])
    op.create_index("ix_claim_type", "claim", ["type", "day", "id"])
    op.create_table(
        "claim_party", words("role", key=True), words("country", key=True), integer("claim_id", key=True),
        sqlite_with_rowid=False,
    )  # fmt: skip
    op.create_index("ix_claim_party_claim", "claim_party", ["claim_id"])
    op.create_table(
        "claim_telling", integer("event_id", key=True), integer("claim_id", key=True), sqlite_with_rowid=False
    )
    op.create_index("ix_claim_telling_claim", "claim_telling", ["claim_id"])
