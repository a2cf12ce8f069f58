"""The store's schema, step by step: one module a revision in `versions`, run by `migrate` in the transaction of its caller.

A revision is never edited once it is released; what it makes is written out in it, not taken from `schema`, which moves on.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text

from communique.errors import DataError
from communique.store.schema import HEAD


def revision(connection: Connection) -> str:
    """The revision that the database stands at; "" for one without any."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def migrate(connection: Connection, target: str = HEAD) -> None:
    """Brings the database to `target`, all of it or nothing.

    Raises `DataError` where the store was written by a newer package, or the database holds something else.
    """
    at = revision(connection)
    if at == target:
        return
    if at > HEAD:
        raise DataError(f"the store is of a newer version of communique (schema {at}, this one knows {HEAD}): update communique")
    if not at and inspect(connection).get_table_names():
        where = connection.engine.url.render_as_string(hide_password=True)
        raise DataError(f"{where} holds tables of another program: give a database of its own")
    # Imported late: Alembic takes a tenth of a second, and a store that is up to date does not need it.
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(str(Path(__file__).parent))

    def steps(at: Any, _: Any) -> Any:
        return script._upgrade_revs(target, at)

    with EnvironmentContext(Config(), script, fn=steps) as environment:
        environment.configure(connection=connection)
        environment.run_migrations()
