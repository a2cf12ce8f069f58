"""Coded reports as rows of Parquet and back, equal but for half surrogate pairs, which neither Arrow nor a store keeps.

The columns follow from the records themselves: a field that `records` gains is a column here. A row is one record of a shard: a
report with all that was read from it, or, where `failure` is not null, why there is none. docs/batch.md describes the columns.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from communique.errors import InputError, RecordError
from communique.measure.extras import optional
from communique.records import CodedReport, Event, Report, Sentence, Statement

FORMAT = 1
"""Of the files. It grows when a column changes its meaning: files of another format are not loaded and not resumed."""

Row = dict[str, Any]

_LISTS = {"sentences": Sentence, "events": Event, "statements": Statement}
REPORT_NOTES = "report_notes"
"""The column of `Report.notes`; `notes` is what the reader noted."""

_FAILURE = ("source", "reason", "hint", "kind")


@cache
def schema() -> Any:
    """The Arrow schema of a file. Raises `MissingExtraError` without pyarrow."""
    arrow = optional("pyarrow", "batch", "communique batch")
    failure = arrow.struct([*((name, arrow.string()) for name in _FAILURE), ("line", arrow.int64())])
    fields = [("record", arrow.int64()), ("failure", failure)]
    fields += [(REPORT_NOTES if n == "notes" else n, _kind(arrow, hint)) for n, hint in _hints(Report).items()]
    fields += [(name, arrow.list_(_kind(arrow, record))) for name, record in _LISTS.items()]
    fields += [("contexts", arrow.list_(arrow.string())), ("notes", arrow.list_(arrow.string()))]
    return arrow.schema(fields)


def row_of(record: int, coded: CodedReport) -> Row:
    """The row of what was read from record number `record` of a shard."""
    out: Row = {"record": record, "failure": None}
    out |= {REPORT_NOTES if n == "notes" else n: v for n, v in plain(Report)(coded.report).items()}
    out |= {name: [plain(kind)(one) for one in getattr(coded, name)] for name, kind in _LISTS.items()}
    return out | {"contexts": list(coded.contexts), "notes": list(coded.notes)}


def failed_row(record: int, error: InputError) -> Row:
    """The row of a record that could not be read; 0: the rest of the shard."""
    told: Row = {name: getattr(error, name) for name in _FAILURE}
    told["line"] = error.line if isinstance(error, RecordError) else None
    return dict.fromkeys(schema().names) | {"record": record, "failure": told}


def coded_of(row: Mapping[str, Any]) -> CodedReport | InputError:
    """What `row_of` or `failed_row` was given."""
    told = row["failure"]
    if told is not None:
        error = InputError(*(told[name] for name in ("source", "reason", "hint")), kind=told["kind"])
        if told["line"] is None:
            return error
        whole = f", line {told['line']}"
        return RecordError(error.source.removesuffix(whole), told["line"], error.reason, error.hint, kind=error.kind)
    report = _built(Report)({n: row[REPORT_NOTES if n == "notes" else n] for n in _hints(Report)})
    sentences, events, statements = (tuple(_built(kind)(one) for one in row[name]) for name, kind in _LISTS.items())
    return CodedReport(report, sentences, events, statements, tuple(row["contexts"]), tuple(row["notes"]))


def table_of(rows: Sequence[Row]) -> Any:
    """Rows as an Arrow table."""
    arrow = optional("pyarrow", "batch", "communique batch")
    try:
        return arrow.Table.from_pylist(rows, schema=schema())
    except UnicodeEncodeError:
        return arrow.Table.from_pylist([_scrubbed(row) for row in rows], schema=schema())


def record_schema(record: type) -> Any:
    """The Arrow schema of records of a class, a column a field."""
    arrow = optional("pyarrow", "batch", "communique batch")
    return arrow.schema([(name, _kind(arrow, hint)) for name, hint in _hints(record).items()])


def map_text(value: Any, change: Callable[[str], str]) -> Any:
    """A record with each string in it as `change` makes it."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, tuple):
        return tuple(map_text(v, change) for v in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changed = {f.name: map_text(getattr(value, f.name), change) for f in dataclasses.fields(value) if f.compare}
        return dataclasses.replace(value, **changed)
    return value


def _scrubbed(value: Any) -> Any:
    """A value with each half of a surrogate pair as one �: no offset moves."""
    if isinstance(value, str):
        return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in value)
    if isinstance(value, dict):
        return {k: _scrubbed(v) for k, v in value.items()}
    return [_scrubbed(v) for v in value] if isinstance(value, list) else value


@cache
def _hints(record: type) -> dict[str, Any]:
    """Fields of a record with their types."""
    hints = typing.get_type_hints(record)
    return {f.name: hints[f.name] for f in dataclasses.fields(record)}


def _optional_of(hint: Any) -> Any:
    """`X` of `X | None`; else the type itself."""
    if isinstance(hint, types.UnionType):
        (hint,) = (arg for arg in typing.get_args(hint) if arg is not type(None))
    return hint


def _kind(arrow: Any, hint: Any) -> Any:
    hint = _optional_of(hint)
    simple = {str: arrow.string, int: arrow.int64, float: arrow.float64, bool: arrow.bool_}
    if hint in simple:
        return simple[hint]()
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return arrow.struct([(name, _kind(arrow, part)) for name, part in _hints(hint).items()])
    # tuple[X, ...], or a pair of one type
    return arrow.list_(_kind(arrow, typing.get_args(hint)[0]))


def _same(value: Any) -> Any:
    return value


def _each(make: Callable[[Any], Any], into: Callable[[Iterable[Any]], Any]) -> Callable[[Any], Any]:
    if make is _same:
        return into
    return lambda values: into([make(v) for v in values])


def _converter(hint: Any, record: Callable[[type], Callable[[Any], Any]], into: Callable[[Iterable[Any]], Any]) -> Any:
    """What turns a value of this type into its other form; `record` does so for records, `into` makes lists or tuples."""
    hint = _optional_of(hint)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        make = record(hint)
        return lambda value: None if value is None else make(value)
    if typing.get_origin(hint) is tuple:
        return _each(_converter(typing.get_args(hint)[0], record, into), into)
    return _same


@cache
def plain(record: type) -> Callable[[Any], Row]:
    """Records of a class as dictionaries."""
    made = [(name, _converter(hint, plain, list)) for name, hint in _hints(record).items()]
    return lambda one: {name: make(getattr(one, name)) for name, make in made}


@cache
def _built(record: type) -> Callable[[Mapping[str, Any]], Any]:
    """Records of a class from dictionaries."""
    made = [(name, _converter(hint, _built, tuple)) for name, hint in _hints(record).items()]
    return lambda row: record(**{name: make(row[name]) for name, make in made})
