"""What was read, kept: reports in all their versions, their codings, and what comparing makes of them (docs/store.md).

::

    from communique.store import Query, open_store

    with open_store("communique.db") as store:
        for added in store.add_many(reader.pipe(reports)):
            print(added.report, added.change)
        for one in store.events(Query(actor="USA", recipient="CHN", since="2024-01-01")):
            print(one.telling.event.type, one.sentence_text)

One schema on SQLite (a file) and on PostgreSQL (a URL); nothing is imported or opened before `open_store` is called.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from communique.records import SeriesRow
    from communique.store.questions import (
        Correction,
        Explanation,
        Failure,
        Query,
        StoredEvent,
        StoredReport,
        StoredStatement,
        Version,
    )
    from communique.store.store import Added, Store, open_store

_HOMES = {
    "Added": "store.store", "Correction": "store.questions", "Explanation": "store.questions", "Failure": "store.questions",
    "Query": "store.questions", "SeriesRow": "records", "Store": "store.store", "StoredEvent": "store.questions",
    "StoredReport": "store.questions", "StoredStatement": "store.questions", "Version": "store.questions",
    "open_store": "store.store",
}  # fmt: skip

__all__ = [
    "Added", "Correction", "Explanation", "Failure", "Query", "SeriesRow", "Store", "StoredEvent", "StoredReport",
    "StoredStatement", "Version", "open_store",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"communique.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'communique.store' has no attribute {name!r}; it has {', '.join(__all__)}")
