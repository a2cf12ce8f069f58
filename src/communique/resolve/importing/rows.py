"""A table of one's own: CSV with the columns name, country, sector, office, since, until, source."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from communique.errors import InputError
from communique.ontology import names
from communique.resolve.importing.dates import term
from communique.resolve.importing.office import OfficeReader, codes
from communique.resolve.importing.stream import lines
from communique.resolve.importing.table import OwnTable, Row, Summary
from communique.resolve.lexicon import key_of
from communique.resolve.own import BODY
from communique.resolve.report import WORLD

COLUMNS = Row._fields
_NEEDED = ("name", "country")


def collect(path: Path, base: sqlite3.Connection, table: OwnTable, reader: OfficeReader, undated: bool = False) -> None:
    """Puts the rows of the CSV at `path` into `table`; what is wrong with a row is told with its line."""
    summary = table.summary
    rows = _records(path, summary)
    header = [cell.strip().lower() for cell in next(rows, (0, []))[1]]
    missing = [name for name in _NEEDED if name not in header]
    if missing:
        hint = "its first line names the columns: " + ",".join(COLUMNS)
        raise InputError(str(path), f"has no column {' and no column '.join(missing)}", hint)
    for number, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            summary.put_aside(number, f"has {len(cells)} cells, not {len(header)}")
            continue
        row = _row(dict(zip(header, (c.strip() for c in cells), strict=True)), path, reader, undated)
        if isinstance(row, str):
            summary.put_aside(number, row)
        else:
            table.keep(row)


def _records(path: Path, summary: Summary) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of each record; a record is one line."""
    delimiter = ""
    for number, line, wrong in lines(path):
        summary.lines = number
        try:
            if wrong:
                raise ValueError(wrong)
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            delimiter = delimiter or max(",;\t", key=text.count)
            cells = next(csv.reader([text], delimiter=delimiter, strict=True), [])
        except (ValueError, csv.Error) as error:
            reason = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
            if number == 1:
                raise InputError(f"{path}, line 1", reason, "write the table as CSV in UTF-8") from error
            summary.put_aside(number, reason)
            continue
        yield number, cells


def _row(given: dict[str, str], path: Path, reader: OfficeReader, undated: bool) -> Row | str:
    """The row that the cells stand for, or what is wrong with them."""
    if not given["name"]:
        return "has no name"
    country = country_of(given["country"], reader)
    if not country:
        return f"its country {given['country']!r} is unknown (a code such as USA, or a name)"
    sector = given.get("sector", "").upper()
    if sector and sector not in names("sector"):
        return f"its sector {sector!r} is none of {', '.join(names('sector'))}"
    office = given.get("office", "")
    since, until = given.get("since", ""), given.get("until", "")
    # A row that somebody wrote is meant: without dates it holds at all times.
    dates = term(since, until, undated=True)
    if isinstance(dates, str):
        return f"its term, {since or '…'} to {until or '…'}: {dates}"
    if office.lower() == BODY:
        office = BODY
    elif office:
        read = reader.read(office)
        sector, office = sector or read.sector, read.office if read.plain else office
    return Row(given["name"], country, sector, office, *dates, given.get("source", "") or path.name)


def country_of(value: str, reader: OfficeReader) -> str:
    """The package's code of a country given as a code of three or two letters, or by name."""
    upper = value.upper()
    if upper in reader.lexicon.country_names or upper in WORLD:
        return upper
    known = [e for e in reader.lexicon.names.get(key_of(value), ()) if e.kind == "country"]
    return known[0].country if known else codes("ftm").get(value.lower(), "")
