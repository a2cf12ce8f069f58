"""POLECAT, ICEWS and GDELT: one row a pair of actor and recipient, in the columns that existing scripts read.

These data sets are of what happened and have no column for a status. So only `actual` records are written unless `statuses`
asks for others, and nothing without a day. `Written.left_out` counts what is not there.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TextIO

from communique.errors import InputError
from communique.export.aside import whole
from communique.export.fields import Value
from communique.export.layouts import Column, layout
from communique.export.rows import ACTUAL, Choice, Exportable, Fact, Witnessed, Written, fact_of

HEADERLESS = frozenset({"gdelt_events", "gdelt_mentions"})
"""Layouts whose files have no line of column names, and that are read without quotation marks."""

TABLES = ("polecat", "icews", "gdelt_events", "gdelt_mentions")
FORMULA = tuple("=+-@＝＋－＠")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
# What ends a cell or line, and what steers a terminal. Each becomes a space.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def write_table(
    name: str, records: Iterable[Exportable], out: str | Path | TextIO, *, spreadsheet: bool = False,
    statuses: Collection[str] = ACTUAL,
) -> Written:  # fmt: skip
    """Writes records in the layout `name`, one of `TABLES`, as they come: memory does not grow with their number.

    Tab-separated, UTF-8, in the form in which the data set is published: POLECAT and ICEWS with column names, and cells with
    a quotation mark in quotation marks; GDELT without both, a double quotation mark as a single one. With `spreadsheet`, a
    comma-separated file with column names for a spreadsheet: a cell of text that would be taken for a formula has an
    apostrophe before it (`safe_cell`). Raises `InputError` for another name. `statuses` () takes every status.
    """
    if name not in TABLES:
        raise InputError(f"layout {name!r}", "is not one of " + ", ".join(TABLES))
    columns, choice = layout(name), Choice(statuses, dated=True)
    facts = mentions(records, choice) if name == "gdelt_mentions" else choice.facts(records)
    with whole(out) as handle:
        line = _writer(handle, name, spreadsheet)
        if spreadsheet or name not in HEADERLESS:
            line([c.name for c in columns])
        for fact in facts:
            line(cells(fact, columns))
    return choice.written()


def cells(fact: Fact, columns: Sequence[Column]) -> list[str]:
    """The cells of one row."""
    return [cell(column.value(fact)) for column in columns]


def cell(value: Value) -> str:
    """A value as text, in one line: no tab, line end or other control character is left."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    return _CONTROL.sub(" ", str(value))


def safe_cell(text: str) -> str:
    """`text` so that no spreadsheet takes it for a formula: with "'" before it where it begins with = + - or @, also after
    blanks and in full width. A number stays a number."""
    bare = text.lstrip()
    return f"'{text}" if bare.startswith(FORMULA) and not _NUMBER.fullmatch(text) else text


def sheet_row(values: Iterable[Value]) -> list[str]:
    """A row for a spreadsheet: what is text is made safe (`safe_cell`), and a negative number stays one."""
    return [safe_cell(cell(value)) if isinstance(value, str) else cell(value) for value in values]


class _Line:
    """Writes rows in the form of a layout."""

    def __init__(self, handle: TextIO, quoted: bool, spreadsheet: bool) -> None:
        self.handle, self.quoted, self.spreadsheet = handle, quoted, spreadsheet
        self.writer = csv.writer(handle, delimiter="," if spreadsheet else "\t", lineterminator="\n")

    def __call__(self, row: Sequence[str]) -> None:
        if self.spreadsheet:
            self.writer.writerow([safe_cell(c) for c in row])
        elif self.quoted:
            self.writer.writerow(row)
        else:
            self.handle.write("\t".join(c.replace('"', "'") for c in row) + "\n")


def _writer(handle: TextIO, name: str, spreadsheet: bool) -> _Line:
    return _Line(handle, name not in HEADERLESS, spreadsheet)


def mentions(records: Iterable[Exportable], choice: Choice) -> Iterable[Fact]:
    """One fact a telling and pair of the incident: they have the ids of the incident's rows in Events. Tellings with another
    status, such as denials of a fact, are none of it.

    A telling on its own is its own only mention; an incident whose tellings are not given has none.
    """
    for record in records:
        whole_fact = fact_of(record)
        parts = choice.parts(record, whole_fact)
        if not parts:
            continue
        tellings = record.own if isinstance(record, Witnessed) else ()
        told = [fact_of(t) for t in tellings] or ([whole_fact] if whole_fact.start is not None else [])
        if not told:
            choice.left_out["no telling given"] += 1
        choice.rows += len(parts) * (len(told) - 1)
        for one in told:
            for part in parts:
                yield dataclasses.replace(
                    one, record=part.record, incident=part.incident, actor=part.actor, recipient=part.recipient,
                    first_seen=whole_fact.first_seen,
                )  # fmt: skip


def text_of(name: str, records: Iterable[Exportable], *, spreadsheet: bool = False, statuses: Collection[str] = ACTUAL) -> str:
    """What `write_table` writes, as a string: for a few records."""
    out = io.StringIO()
    write_table(name, records, out, spreadsheet=spreadsheet, statuses=statuses)
    return out.getvalue()
