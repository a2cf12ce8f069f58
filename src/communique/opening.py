"""A store opened for questions: ``communique.open(path)`` and its answers, as records, rows or data frames.

::

    import communique

    with communique.open("communique.db") as record:
        for incident in record.incidents(actor="China", recipient="USA", since="2024-04"):
            print(incident.date, incident.type, incident.origins)
        frame = record.events(type="THREATEN").to_pandas()
"""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from communique.asking import alerts, lately, question, timeline
from communique.errors import InputError
from communique.measure.extras import optional
from communique.records import Claim, Incident

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from communique.measure.alerts import Alert
    from communique.measure.series import Series
    from communique.store import Explanation, Store, StoredEvent, StoredReport, StoredStatement

T = TypeVar("T")

PART = 20_000
"""Rows of an Arrow table that are in memory at once."""

_PANDAS = {"str": "str", "int": "int64", "float": "float64", "bool": "bool"}


class Answer(Generic[T]):
    """What a question found. Iterating asks anew and streams records; nothing is held in memory.

    `rows` and the methods named ``to_`` give flat rows instead, whose columns docs/questions.md describes.
    """

    def __init__(self, kind: str, ask: Callable[[], Iterator[T]]) -> None:
        self.kind, self._ask = kind, ask

    def __iter__(self) -> Iterator[T]:
        return self._ask()

    @property
    def columns(self) -> Mapping[str, str]:
        """Names of the columns with their kinds: "str", "int", "float" or "bool"."""
        from communique.views import flat

        return flat.KINDS[self.kind][0]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Flat rows, one a record."""
        from communique.views import flat

        return map(flat.KINDS[self.kind][1], self._ask())

    def to_dicts(self) -> list[dict[str, Any]]:
        """`rows` as a list."""
        return list(self.rows())

    def to_pandas(self) -> pd.DataFrame:
        """A frame with all columns, also where nothing was found. Raises `MissingExtraError` without pandas."""
        pandas = optional("pandas", "pandas", "to_pandas")
        frame = pandas.DataFrame(self.to_dicts(), columns=list(self.columns))
        found: pd.DataFrame = frame.astype({name: _PANDAS[kind] for name, kind in self.columns.items()})
        return found

    def to_polars(self) -> pl.DataFrame:
        """As `to_pandas`, for polars. Raises `MissingExtraError` without it."""
        polars = optional("polars", "polars", "to_polars")
        kinds = {"str": polars.String, "int": polars.Int64, "float": polars.Float64, "bool": polars.Boolean}
        found: pl.DataFrame = polars.DataFrame(self.to_dicts(), schema={n: kinds[k] for n, k in self.columns.items()})
        return found

    def to_arrow(self) -> pa.Table:
        """As `to_pandas`, as an Arrow table. Raises `MissingExtraError` without pyarrow."""
        arrow = optional("pyarrow", "parquet", "to_arrow")
        found: pa.Table = arrow.concat_tables([self.schema().empty_table(), *self.tables()])
        return found

    def schema(self) -> pa.Schema:
        """The columns as Arrow has them. Raises `MissingExtraError` without pyarrow."""
        arrow = optional("pyarrow", "parquet", "to_arrow")
        kinds = {"str": arrow.string(), "int": arrow.int64(), "float": arrow.float64(), "bool": arrow.bool_()}
        found: pa.Schema = arrow.schema([(n, kinds[k]) for n, k in self.columns.items()])
        return found

    def tables(self) -> Iterator[pa.Table]:
        """`to_arrow` in parts of `PART` rows, each asked for when the one before is done with. Raises as `to_arrow` does."""
        arrow, schema, rows = optional("pyarrow", "parquet", "to_arrow"), self.schema(), self.rows()
        while part := list(islice(rows, PART)):
            yield arrow.Table.from_pylist(part, schema=schema)


class Opened:
    """A store, asked in everyday words. Make one with `open`; use it in a ``with``, or `close` it.

    The four questions take the same narrowings, by keyword, as the commands do:

    `actor` and `recipient` are a country by name or code ("China", "CHN"), with a sector ("CHN.GOV"), or the name of a person or
    body; of a statement they are who speaks, and whom it is about. `type` is one or several event types, or acts of
    statements; `status` likewise ("contested" for claims). `since` and `until` are a day (also a `datetime.date`), month or
    year, both included; `country` is where it happened; `text` are words that the report must have; `newest` begins with the
    last; `limit` is the greatest number. More of them are told at `communique.store.Query`.

    Raises `InputError` for a word that the codebook does not have, for what is no date or no narrowing, and once it is closed.
    """

    def __init__(self, store: Store) -> None:
        self._store, self._closed = store, False

    @property
    def store(self) -> Store:
        """The store itself. Raises `InputError` where it was closed."""
        if self._closed:
            raise InputError(f"store {self._store.name!r}", "was closed", "ask within its `with`, or open it again")
        return self._store

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the store; what is asked of it later is refused."""
        self._closed = True
        self._store.close()

    def events(self, **asked: Any) -> Answer[StoredEvent]:
        """Events, as each report tells them."""
        query = question("events", self.store, **asked)
        return Answer("events", lambda: self.store.events(query))

    def statements(self, **asked: Any) -> Answer[StoredStatement]:
        """What was said, verbatim."""
        query = question("statements", self.store, **asked)
        return Answer("statements", lambda: self.store.statements(query))

    def incidents(self, **asked: Any) -> Answer[Incident]:
        """Events of the world, each once, however many reports tell it."""
        query = question("incidents", self.store, **asked)
        return Answer("incidents", lambda: self.store.incidents(query))

    def claims(self, **asked: Any) -> Answer[Claim]:
        """What sides assert or deny."""
        query = question("claims", self.store, **asked)
        return Answer("claims", lambda: self.store.claims(query))

    def explain(self, ident: str) -> Explanation:
        """From the id of an event, statement, incident, claim or report to the sentences that it rests on."""
        return self.store.explain(ident)

    def report(self, key: str, *, version: int = 0, reader: str = "") -> StoredReport:
        """The report that is known under `key`, with its text; its `version` (from 1), or what an older `reader` made of it.

        Raises `InputError` where the store has none.
        """
        return self.store.report(key, version=version, reader=reader)

    def timeline(
        self, a: str, b: str, *, since: str | dt.date = "", until: str | dt.date = "", by: str = "week"
    ) -> Series:  # fmt: skip
        """Conflict and cooperation of two parties, by "day", "week" or "month" (docs/measures.md). Where nothing is on record, a
        warning says what may have been meant by a party that stands for no country."""
        found = timeline(self.store, a, b, since=since, until=until, by=by)
        for note in found.notes if not found.rows else ():
            warnings.warn(note, stacklevel=2)
        return found.series

    def alerts(self, *, since: str | dt.date = "", until: str | dt.date = "") -> list[Alert]:
        """What is new between any two countries, the last first; without `since`, in the record's last 31 days."""
        before, last = ("", until) if since else lately(self.store, until)
        return alerts(self.store, since=since or before, until=last)


def open(path: str | Path | None = None, *, create: bool = False) -> Opened:
    """The store at a path or URL, opened for questions; without one, the store that the commands use.

    Raises `InputError` where there is none, unless `create` makes an empty one.
    """
    from communique.store import open_store

    return Opened(open_store(path, create=create))
