"""One way to talk to both databases: where the store lies, who may write, what is tried again, and rows in bulk.

Whoever writes holds the whole store's lock, taken at the beginning of the transaction (BEGIN IMMEDIATE on SQLite, an advisory
lock on PostgreSQL): what a report touches is read and written under it, so that comparing never sees half of another's work.
Reading takes no lock. The lock is held for some milliseconds a report; reading one with the model takes far longer.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from communique.errors import DataError, InputError, MissingExtraError, StoreError

STORE_VARIABLE = "COMMUNIQUE_STORE"
"""Environment variable with the path or URL of the store."""

DEFAULT = "communique.db"
"""The store where nothing else is said: a file in the current folder, where its user sees it."""

WAIT = 60
"""Seconds that a writer waits for another before it gives up."""

TRIES = 5
"""How often a transaction is tried that another process or a lost connection broke."""

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('communique'), hashtext(current_schema()))"
"""The lock of writers on PostgreSQL; it falls with the transaction, and with the process."""

_HINTS = {
    "locked": "another process holds it: try again",
    "disk is full": "make room, and try again: what was kept before stays",
    "disk I/O error": "its disk may have no room left: make some, and try again",
    "No space left": "make room, and try again: what was kept before stays",
}
"""What to do, by what SQLite or PostgreSQL says."""

T = TypeVar("T")


def place(given: str | Path | None = None) -> URL:
    """Where the store lies: `given` (a path or a URL), else what the environment says, else `DEFAULT`.

    Raises `InputError` for a URL of a database that is neither SQLite nor PostgreSQL.
    """
    where = str(given if given is not None else os.environ.get(STORE_VARIABLE) or DEFAULT)
    if "://" not in where:
        return URL.create("sqlite", database=str(Path(where).expanduser()))
    try:
        url = make_url(where)
    except ArgumentError:
        raise InputError("the store's URL", "cannot be read", "write postgresql://user@host/database") from None
    kind = url.get_backend_name()
    if kind in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if kind == "sqlite" and url.database and url.database != ":memory:":
        return url
    shown = url.render_as_string(hide_password=True)
    raise InputError(f"store {shown!r}", "is neither a file nor a PostgreSQL database", f"give a path, such as {DEFAULT}")


class Database:
    """An open database. `create` makes an SQLite file that is not there."""

    def __init__(self, url: URL, *, create: bool = True) -> None:
        self.url = url
        self.sqlite = url.get_backend_name() == "sqlite"
        self.name = str(url.database) if self.sqlite else url.render_as_string(hide_password=True)
        if self.sqlite:
            self._look(Path(self.name), create)
        self.engine = self._engine()

    def _look(self, path: Path, create: bool) -> None:
        if path.is_dir():
            raise InputError(f"store {self.name!r}", "is a folder", f"give a file, such as {path / DEFAULT}")
        if not path.exists() and not create:
            raise InputError(f"store {self.name!r}", "does not exist", "check the path, or add reports first")
        if not path.absolute().parent.is_dir():
            raise InputError(f"store {self.name!r}", "its folder does not exist", f"make {path.absolute().parent} first")
        if path.is_file() and path.stat().st_size and not _is_sqlite(path):
            raise InputError(f"store {self.name!r}", "is no store but another kind of file", "give another path")

    def _engine(self) -> Engine:
        if not self.sqlite:
            try:
                engine = create_engine(self.url, pool_pre_ping=True)
            except ImportError as error:
                raise MissingExtraError("psycopg", "pip install 'communique[postgresql]'", "a store on PostgreSQL") from error
            event.listen(engine, "connect", _prepare_postgresql)
            return engine
        engine = create_engine(self.url, connect_args={"timeout": WAIT, "check_same_thread": False})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the store."""
        try:
            with self.engine.connect() as connection:
                yield self._one_state(connection)
        except DBAPIError as error:
            raise self._told(error) from error.orig

    def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` gives of one state of the store; it is done again where its connection was cut or a lock stood in the way.

        Raises `InputError` where the store cannot be read.
        """

        def read() -> T:
            with self.engine.connect() as connection:
                return work(self._one_state(connection))

        return self._tried(read)

    def write(self, work: Callable[[Connection], T]) -> T:
        """What `work` gives, once all that it did is kept for good; it is done again where another process broke it.

        Raises `InputError` where the store cannot be written.
        """

        def write() -> T:
            with self.engine.connect().execution_options(communique_writes=True) as connection, connection.begin():
                if not self.sqlite:
                    connection.execute(text(_LOCK))
                return work(connection)

        return self._tried(write)

    def _tried(self, work: Callable[[], T]) -> T:
        for tries in range(1, TRIES + 1):
            try:
                return work()
            except DBAPIError as error:
                if tries == TRIES or not _passing(error):
                    raise self._told(error) from error.orig
                time.sleep(0.05 * 2**tries)
        raise AssertionError("unreachable")

    def _one_state(self, connection: Connection) -> Connection:
        """`connection`, on which all that is read is of one moment; SQLite's readers see that anyway."""
        return connection if self.sqlite else connection.execution_options(isolation_level="REPEATABLE READ")

    def bulk(self, connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        """Writes `rows`, which all have the same columns: by COPY on PostgreSQL, where they are many."""
        if not rows:
            return
        if not self.sqlite and len(rows) < 20:
            connection.execute(table.insert(), rows)
            return
        columns = list(rows[0])
        names = ", ".join(connection.dialect.identifier_preparer.quote(c) for c in columns)
        values = (tuple(row[c] for c in columns) for row in rows)
        if self.sqlite:
            self.many(connection, f"INSERT INTO {table.name} ({names}) VALUES ({', '.join('?' * len(columns))})", values)
            return
        cursor = connection.connection.cursor()
        try:
            with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
                for line in values:
                    copy.write_row(line)
        finally:
            cursor.close()

    def many(self, connection: Connection, statement: str, values: Iterable[tuple[Any, ...]]) -> None:
        """Executes a statement with "?" for each value of each of many rows. The tables hold what the driver takes as it is, and
        SQLAlchemy takes longer over a row than SQLite does."""
        given = list(values)
        if given:
            connection.exec_driver_sql(statement if self.sqlite else statement.replace("?", "%s"), given)

    def under(self, connection: Connection, table: Table, keys: Iterable[int]) -> set[int]:
        """What `table`, an index of (key, number), has under `keys`."""
        return {number for _, number in self.pairs(connection, table, keys)}

    def pairs(self, connection: Connection, table: Table, keys: Iterable[int]) -> list[tuple[int, int]]:
        """The rows of `table`, an index of (key, number), under `keys`.

        Comparing asks this some hundred times a report; straight to the driver, it takes a tenth of the time.
        """
        wanted = list(dict.fromkeys(keys))
        names = [column.name for column in table.primary_key.columns]
        select = f"SELECT {names[0]}, {names[1]} FROM {table.name} WHERE {names[0]}"
        cursor = connection.connection.cursor()
        try:
            out: list[tuple[int, int]] = []
            for part in chunks(wanted):
                if self.sqlite:
                    cursor.execute(f"{select} IN ({','.join('?' * len(part))})", part)
                else:
                    cursor.execute(f"{select} = ANY(%s)", (part,))
                out.extend(cursor.fetchall())
            return out
        finally:
            cursor.close()

    def _told(self, error: DBAPIError) -> Exception:
        """`error` as this package says it; itself where it is a fault of ours."""
        reason = str(error.orig).strip().splitlines()[0] if error.orig and str(error.orig).strip() else type(error).__name__
        if "malformed" in reason or "not a database" in reason:
            return DataError(f"store {self.name!r} is damaged ({reason}): restore it from a backup")
        if isinstance(error, OperationalError):
            hint = next((hint for said, hint in _HINTS.items() if said in reason), "check that it is there and may be written")
            return StoreError(f"store {self.name!r}", f"cannot be used: {reason}", hint)
        return error


def _is_sqlite(path: Path) -> bool:
    """Whether a file is a database, as SQLite itself says.

    Never by opening the file beside SQLite: closing it drops the locks of this process's other connections to it
    (sqlite.org/howtocorrupt.html, 2.2), and another process that ends then takes away the log that they still read.
    """
    import sqlite3
    from contextlib import closing

    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA schema_version")
    except sqlite3.DatabaseError as error:
        return "not a database" not in str(error)
    return True


def _prepare_sqlite(connection: Any, _: Any) -> None:
    # None: the driver begins no transaction of its own accord; `_begin_sqlite` does, of the right kind.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # what is acknowledged outlives a loss of power as well
    cursor.execute("PRAGMA cache_size = -65536")
    cursor.execute("PRAGMA temp_store = MEMORY")
    cursor.close()


def _prepare_postgresql(connection: Any, _: Any) -> None:
    # Compiling a query takes 150 ms, and the server does so where it thinks a query dear; ours take less.
    with connection.cursor() as cursor:
        cursor.execute("SET jit = off")
    connection.commit()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("communique_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _passing(error: DBAPIError) -> bool:
    """Whether the same may succeed when tried again: a lock, a deadlock, a connection that broke."""
    state = str(getattr(error.orig, "sqlstate", "") or "")
    said = str(error.orig)
    return "is locked" in said or error.connection_invalidated or state[:2] in ("40", "08") or state in ("57P01", "55P03")


def chunks(values: Iterable[T], size: int = 500) -> Iterator[list[T]]:
    """`values` in lists of at most `size`: a statement may not have any number of parameters."""
    kept: list[T] = []
    for value in values:
        kept.append(value)
        if len(kept) == size:
            yield kept
            kept = []
    if kept:
        yield kept
