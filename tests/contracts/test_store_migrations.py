"""The schema comes up from nothing and from each schema before, and what stood in it is still there."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from making import many
from sqlalchemy import inspect, text
from test_store_contract import assert_compared, everything

from communique.errors import DataError
from communique.store import open_store
from communique.store.engine import Database, place
from communique.store.migrations import migrate, revision
from communique.store.schema import HEAD, metadata


def test_migrations_make_what_the_schema_says(where: str) -> None:
    database = Database(place(where))
    database.write(migrate)

    def ours(_: object, name: str | None, kind: str, __: bool, ___: object) -> bool:
        return not (kind == "table" and (name or "").startswith("words"))  # the index of words is not in SQLAlchemy's terms

    with database.reading() as connection:
        assert revision(connection) == HEAD
        context = MigrationContext.configure(connection, opts={"include_object": ours})
        assert compare_metadata(context, metadata) == []
    database.write(migrate)  # again: nothing to do
    database.close()


def test_a_store_of_the_schema_before_keeps_all_and_is_compared(where: str) -> None:
    """Revision 0001 had reports, events and statements, and compared nothing: its rows are today's, less what later ones have."""
    given = list(many(20))
    with open_store(where) as store:
        list(store.add_many(given, "x"))
        expected = everything(store)
    database = Database(place(where))

    def back(connection: object) -> None:
        run = lambda line: connection.execute(text(line))  # type: ignore[attr-defined]  # noqa: E731
        for table in ("sketch", "band", "copy", "block", "claim_block", "incident", "incident_dyad", "claim", "claim_party",
                      "claim_telling", "moved", "source", "seen", "progress", "entity_word",
                      "review"):  # fmt: skip
            run(f'DROP TABLE "{table}"')
        run("DROP INDEX ix_version_hash")
        run("DROP INDEX ix_version_day")
        for column in ("byline", "agency", "found"):
            run(f"ALTER TABLE version DROP COLUMN {column}")
        run("DROP INDEX ix_failure_place")
        for column in ("kind", "origin", "member", "options", "place"):
            run(f"ALTER TABLE failure DROP COLUMN {column}")
        run("DROP INDEX ix_event_incident")
        run("ALTER TABLE event DROP COLUMN incident_id")
        if not database.sqlite:
            run("DROP INDEX ix_words_pairs")
            run("DROP FUNCTION communique_pairs")
        run("UPDATE alembic_version SET version_num = '0001'")

    database.write(back)
    with database.reading() as connection:
        assert revision(connection) == "0001"
        assert not {"incident", "seen"} & set(inspect(connection).get_table_names())
    database.close()
    with open_store(where) as store:
        assert [store.report(g.report.id).coded for g in given] == given
        assert_compared(store)
        found = everything(store)
        for table in ("report", "version", "participant", "dyad", "statement", "band", "block", "claim_block"):
            assert found[table] == expected[table]


def test_the_schema_before_is_made_by_its_own_revision(where: str) -> None:
    database = Database(place(where))
    database.write(lambda connection: migrate(connection, "0001"))
    with database.reading() as connection:
        assert revision(connection) == "0001"
        assert "incident_id" not in {c["name"] for c in inspect(connection).get_columns("event")}
    database.close()
    with open_store(where) as store:
        list(store.add_many(many(3), "x"))
        assert_compared(store)


def test_a_store_of_a_newer_version_is_refused(where: str) -> None:
    open_store(where).close()
    database = Database(place(where))
    database.write(lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    database.close()
    with pytest.raises(DataError, match="newer version"):
        open_store(where)


def test_a_database_of_another_program_is_left_alone(where: str) -> None:
    database = Database(place(where))
    database.write(lambda connection: connection.execute(text("CREATE TABLE invoices (id integer)")))
    database.close()
    with pytest.raises(DataError, match="another program"):
        open_store(where)
    database = Database(place(where))
    with database.reading() as connection:
        assert inspect(connection).get_table_names() == ["invoices"]
    database.close()
