"""Tables of reports, a row a report: CSV and Parquet, with columns named as fields are or mapped to them (`Ways.columns`)."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, BinaryIO, cast

from communique.errors import InputError, MissingExtraError
from communique.gather.archives.lines import proposal, report_of
from communique.gather.archives.pieces import FIELDS, MAX_BYTES, Piece, Ways
from communique.gather.sniff import bom_of
from communique.records import Report

DELIMITERS = ",;\t|"
HEADER_BYTES = 65_536
"""Longest header of a CSV file, and the stretch of it in which the delimiter is looked for."""

MOST_COLUMNS = 2_000
"""Columns of a table; what has more is no table of reports."""

LARGEST_GROUP = 4_000_000_000
"""Bytes that the wanted columns of one row group of a Parquet file may take once unpacked: it is in memory while it is read."""

TOGETHER = 64
"""Rows of a Parquet file that are in memory as Python values at once."""


def csv_pieces(name: str, stream: BinaryIO, ways: Ways) -> Iterator[Piece]:
    """The rows of a CSV file; rows count from 2, the header being the first. The delimiter is told from the header.

    Raises `InputError` where the header does not have the columns, or the file cannot be read on.
    """
    text, cautious = _text(stream)
    head = text.readline(HEADER_BYTES)
    given = re.match(r"sep=(.)\r?\n?$", head)  # as Excel writes it
    delimiter = given[1] if given else ""
    if given:
        head = text.readline(HEADER_BYTES)
    if not head.strip():
        raise InputError(name, "is empty: it has no header", "name the columns in the first line", kind="empty")
    if len(head) >= HEADER_BYTES:
        raise InputError(name, f"its first line has more than {HEADER_BYTES:,} characters", "is it a CSV file?", kind="format")
    delimiter = delimiter or max(DELIMITERS, key=lambda d: (_unquoted(head).count(d), -DELIMITERS.index(d)))
    # A field of a report may be longer than Python's csv takes; the limit holds for the whole process, and is only ever raised.
    if csv.field_size_limit() < MAX_BYTES:
        csv.field_size_limit(MAX_BYTES)
    rows = csv.reader(_with(head, text), delimiter=delimiter, strict=False)
    try:
        columns = [c.strip() for c in next(rows)]
        wanted = _wanted(name, columns, ways)
        for number, row in enumerate(rows, 2):
            if row and any(cell.strip() for cell in row):
                told = f"{name}, row {number}"
                yield Piece(number - 1, told, partial(_row, told, row, wanted, len(columns), ways, cautious))
    except csv.Error as error:
        reason = f"cannot be read behind line {rows.line_num:,}: {error}"
        hint = "a quotation mark that is not closed swallows what follows: look for one before that line"
        raise InputError(name, reason, hint, kind="damaged") from error


def _unquoted(line: str) -> str:
    return re.sub(r'"[^"]*"', "", line)


def _text(stream: BinaryIO) -> tuple[io.TextIOWrapper, bool]:
    """`stream` as text, and whether bytes may have been replaced: a byte order mark names the encoding, else it is UTF-8."""
    peeked: Any = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(cast("io.RawIOBase", stream), 65_536)
    bom, encoding = bom_of(peeked.peek(4)[:4])
    peeked.read(len(bom))
    return io.TextIOWrapper(peeked, encoding=encoding or "utf-8", errors="replace", newline=""), not encoding


def _with(head: str, text: io.TextIOWrapper) -> Iterator[str]:
    """Lines of a CSV. A line without an end is cut into pieces, which the field limit then refuses: none fills the memory."""
    yield head
    while line := text.readline(MAX_BYTES + 1):
        yield line


def _wanted(name: str, columns: Sequence[str], ways: Ways) -> dict[str, int]:
    """The place of each column that is read. Raises `InputError` where one is missing that must be there, or is there twice."""
    if len(columns) > MOST_COLUMNS:
        reason = f"has {len(columns):,} columns, more than {MOST_COLUMNS:,}"
        raise InputError(name, reason, "is it a table of reports?", kind="format")
    shown = ", ".join(repr(c[:40]) for c in columns[:12]) + (", ..." if len(columns) > 12 else "")
    for field, column in ways.columns:
        if column not in columns:
            raise InputError(name, f"has no column {column!r} for {field}; it has {shown}", "check --map", kind="fields")
    out: dict[str, int] = {}
    for column in dict.fromkeys(ways.column(field) for field in FIELDS):
        if columns.count(column) > 1:
            raise InputError(name, f"has the column {column!r} twice", "rename one of them", kind="fields")
        if column in columns:
            out[column] = columns.index(column)
    if ways.column("text") not in out:
        hint = f"give {proposal(columns) or '--map text=COLUMN'}"
        raise InputError(name, f"has no column 'text'; it has {shown}", hint, kind="fields")
    return out


def _row(name: str, row: Sequence[str], wanted: Mapping[str, int], width: int, ways: Ways, cautious: bool) -> Report:
    if len(row) > width:
        reason = f"has {len(row):,} cells, and the header {width:,}"
        raise InputError(name, reason, "put quotation marks around text with a delimiter in it", kind="fields")
    value = {column: row[at] for column, at in wanted.items() if at < len(row)}
    broken = sum(cell.count("�") for cell in value.values()) if cautious else 0
    note = f"{broken:,} � stand in it, for bytes that are no UTF-8 or as they were" if broken else ""
    return report_of(name, {k: v or None for k, v in value.items()} | _empty(value, ways), ways, note)


def _empty(value: Mapping[str, str], ways: Ways) -> dict[str, object]:
    """A text that is there and empty is told as empty, and not as missing."""
    text = ways.column("text")
    return {text: value.get(text, "")}


def parquet_pieces(name: str, stream: BinaryIO, ways: Ways) -> Iterator[Piece]:
    """The rows of a Parquet file, from 1; only the columns that are read leave the disk. `stream` must be able to seek.

    Raises `InputError` where it is damaged or does not have the columns, `MissingExtraError` without pyarrow.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtraError("pyarrow", "pip install 'communique[parquet]'", "reading Parquet") from error
    try:
        file = parquet.ParquetFile(stream)
        wanted = list(_wanted(name, list(file.schema_arrow.names), ways))
        # As dictionaries where they are such in the file: a few bytes can stand for a text a million times over.
        text = ways.column("text")
        if pa.types.is_string(file.schema_arrow.field(text).type):
            file = parquet.ParquetFile(stream, read_dictionary=[text])
        number = 0
        for group in range(file.num_row_groups):
            _bounded(name, file.metadata.row_group(group), wanted)
            for batch in file.iter_batches(TOGETHER, row_groups=[group], columns=wanted):
                cells = [batch.column(column) for column in wanted]
                for at in range(batch.num_rows):
                    number += 1
                    told = f"{name}, row {number}"
                    yield Piece(number, told, partial(_cells, told, wanted, cells, at, ways))
    except (pa.ArrowException, OSError, EOFError) as error:
        reason = f"is damaged, or no Parquet file: {str(error).splitlines()[0][:200]}"
        raise InputError(name, reason, "write it again", kind="damaged") from error
    if not number:
        raise InputError(name, "is empty: it has no row", "give a row for each report", kind="empty")


def _bounded(name: str, group: Any, wanted: Sequence[str]) -> None:
    columns = (group.column(n) for n in range(group.num_columns))
    size = sum(c.total_uncompressed_size for c in columns if c.path_in_schema.split(".")[0] in wanted)
    if size > LARGEST_GROUP:
        reason = f"has a row group of {size:,} bytes, more than the {LARGEST_GROUP:,} that are read at once"
        raise InputError(name, reason, "write it with smaller row groups", kind="size")


def _cells(name: str, columns: Sequence[str], cells: Sequence[Any], at: int, ways: Ways) -> Report:
    value: dict[str, object] = {}
    for column, array in zip(columns, cells, strict=True):
        try:
            given = array[at].as_py()
        except (ValueError, UnicodeDecodeError, OverflowError) as error:
            raise InputError(name, f"its {column} cannot be read: {error}", "write it again", kind="damaged") from error
        if isinstance(given, dt.datetime | dt.date):
            given = given.isoformat()
        elif isinstance(given, bytes):
            given = given.decode("utf-8", "replace")
        elif isinstance(given, float):  # what a data frame makes of whole numbers and of text once a row has none
            given = int(given) if given.is_integer() else None if given != given else given
        value[column] = given
    return report_of(name, value, ways)
