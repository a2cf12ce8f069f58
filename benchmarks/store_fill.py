"""Fills stores for benchmarks/store.py: by adding, by repeating what was added at other dates, and from another database.

Adding a million events takes longer than anybody waits, so that most of a large store is repeated: `widen` writes what a store
holds again, some years later, under other ids, with plain SQL. Every row is what adding the shifted reports would have
written, with two differences that no measurement here can see: the texts are the same again (their keys as copies are not, so
that they are not taken for copies), and stretches longer than ten days are cut at the first collection's days.
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Boolean, select, text
from store_reports import Shape

from communique.store import Store
from communique.store.schema import metadata, number, report
from communique.store.searching import PUT_WORDS, indexed

BATCH = 500
"""Reports in a transaction: neighbours are looked at once for all of them."""

REFERENCES = {
    "report_id": "report", "version_id": "version", "coding_id": "coding", "event_id": "event", "incident_id": "incident",
    "statement_id": "statement", "claim_id": "claim", "origin_id": "report", "root_id": "report",
}  # fmt: skip
OWN = ("report", "version", "coding", "event", "statement", "incident", "claim")
REPEATED = (
    *OWN, "participant", "dyad", "topic", "sketch", "band", "copy", "block", "claim_block", "incident_dyad", "claim_party",
    "claim_telling",
)  # fmt: skip
DAYS = ("day", "until", "since", "first_seen", "last_seen", "published", "date")
_DATE = re.compile(r"\b(\d{4})((?:-\d\d)?(?:-\d\d)?(?!\d))")


def fill(store: Store, shape: Shape, reports: int, tell: Callable[[str], None], batch: int = BATCH) -> tuple[int, float]:
    """Adds synthetic reports until there are `reports`, from where an earlier run ended; (events added, CPU seconds)."""
    with store.database.reading() as connection:
        have = len(connection.execute(select(report.c.id)).all())
    events, spent = 0, 0.0
    while have < reports:
        given = list(shape.reports(have, min(have + batch, reports)))
        began = time.process_time()
        for _ in store.add_many(given, "synthetic", batch=batch):
            pass
        spent += time.process_time() - began
        have += len(given)
        events += sum(len(one.events) for one in given)
        tell(f"{have} of {reports} reports, {events / spent:.0f} events a CPU second")
    return events, spent


def _later(value: str | None, years: int) -> str | None:
    """A date, or a text with dates in it, some years later."""
    if not value:
        return value
    found = _DATE.sub(lambda m: f"{int(m[1]) + years:04d}{m[2]}", value)
    return re.sub(r"-02-29\b", "-02-28", found)


def _record(value: str, tile: int, years: int) -> str:
    """A claim's JSON, about the reports and events of a repetition."""
    def moved(part: Any) -> Any:
        if isinstance(part, dict):
            return {k: moved(v) for k, v in part.items()}
        if isinstance(part, list):
            return [moved(v) for v in part]
        if isinstance(part, str):
            if part.startswith("synthetic-"):
                return f"t{tile}-{part}"
            if re.fullmatch(r"[0-9a-f]{16}", part):
                return f"{tile:02x}{part[2:]}"
            if re.fullmatch(r"\d{4}(-\d\d){0,2}", part):
                return _later(part, years)
        return part

    return json.dumps(moved(json.loads(value)), ensure_ascii=False, separators=(",", ":"))


def widen(path: Path, times: int, years: int, tell: Callable[[str], None]) -> None:
    """Makes the SQLite store at `path` `times` as large: all that it holds comes again `years` later, and so on."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA cache_size = -262144")
    connection.create_function("later", 2, _later, deterministic=True)
    connection.create_function("record", 3, _record, deterministic=True)
    connection.create_function("number", 1, lambda key: number("report", key), deterministic=True)
    last = {t: connection.execute(f"SELECT max(id) FROM {t}").fetchone()[0] or 0 for t in OWN}
    for tile in range(1, times):
        begun = connection.execute("SELECT count(*) FROM report WHERE id > ?", [last["report"] * tile]).fetchone()[0]
        if begun:
            continue
        connection.execute("BEGIN IMMEDIATE")
        for name in REPEATED:
            columns = [c.name for c in metadata.tables[name].columns if _there(connection, name, c.name)]
            chosen = ", ".join(_shifted(name, c, tile, years, last) for c in columns)
            own = {"id": name, **REFERENCES}
            bound = next(c for c in ("id", "event_id", "report_id", "claim_id", "statement_id", "incident_id") if c in columns)
            first = f"{name}.{bound} <= {last[own[bound]]}"
            connection.execute(f"INSERT INTO {name} ({', '.join(columns)}) SELECT {chosen} FROM {name} WHERE {first}")
        low = last["version"] * tile
        connection.execute(
            "INSERT INTO words (rowid, title, text) SELECT id, title, text FROM version WHERE id > ? AND id <= ?",
            [low, low + last["version"]],
        )
        connection.execute("COMMIT")
        tell(f"repeated {tile} of {times - 1} times")
    connection.execute("PRAGMA optimize")
    connection.close()


def _there(connection: sqlite3.Connection, table: str, column: str) -> bool:
    return any(row[1] == column for row in connection.execute(f"PRAGMA table_info({table})"))


def _shifted(table: str, column: str, tile: int, years: int, last: dict[str, int]) -> str:
    """A column of a repeated row."""
    if column == "id":
        return f"id + {last[table] * tile}"
    if column in REFERENCES:
        return f"{column} + {last[REFERENCES[column]] * tile}"
    if column in DAYS:
        return f"later({column}, {years * tile})"
    if column in ("uid", "hash"):
        return f"'{tile:02x}' || substr({column}, 3)"
    if column == "url":
        return f"url || '?t={tile}'"
    if column == "record":
        return f"record(record, {tile}, {years * tile})"
    if column == "key":
        # Other keys, as other days would have: exclusive or, which SQLite has no sign for.
        mark = tile * 0x1234567890ABC
        return f"'t{tile}-' || key" if table == "report" else f"(key | {mark}) - (key & {mark})"
    if column == "number" and table == "report":
        return f"number('t{tile}-' || key)"
    return column


def transfer(path: Path, store: Store, tell: Callable[[str], None]) -> None:
    """Writes all rows of the SQLite store at `path` into `store`, an empty one on PostgreSQL, with its own index of words."""
    source = sqlite3.connect(f"file:{path}?mode=ro", uri=True)

    def work(connection: Any) -> None:
        for table in metadata.sorted_tables:
            columns = [c for c in table.columns if _there(source, table.name, c.name)]
            flags = [isinstance(c.type, Boolean) for c in columns]
            names = ", ".join(f'"{c.name}"' for c in columns)
            found = source.execute(f"SELECT {names} FROM {table.name}")
            cursor = connection.connection.cursor()
            with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
                for row in found:
                    copy.write_row([bool(v) if flag and v is not None else v for v, flag in zip(row, flags, strict=True)])
            cursor.close()
            tell(f"{table.name} copied")
        query = text(PUT_WORDS)
        for part in _texts(source):
            connection.execute(query, part)

    store.database.write(work)
    with store.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _texts(source: sqlite3.Connection) -> Iterator[list[dict[str, Any]]]:
    found = source.execute(
        "SELECT v.id, v.title, v.text FROM version v JOIN report r ON r.version_id = v.id"
    )
    while part := found.fetchmany(500):
        yield [{"id": i, **indexed(title, said)} for i, title, said in part]
