"""Records to reports: one object of JSON, an array of them, JSON Lines, and whatever else comes as names with values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import BinaryIO

from communique.errors import InputError, RecordError
from communique.gather.archives.pieces import FIELDS, MAX_BYTES, Piece, Ways, checked, kind_of
from communique.gather.sniff import decode, without_surrogates
from communique.records import Report
from communique.settings import read_table

KEYS = ("id", "title", "text", "published", "url", "source")
"""The fields that messages name."""

_KEY_HINT = f"its keys are {', '.join(KEYS)}"


def proposal(names: Iterable[str], field: str = "text") -> str:
    """The option that maps `field` to one of `names` that collections of news use for it; "" where none of them does."""
    have = {name.strip().lower(): name for name in names}
    for row in read_table("gather/columns.tsv"):
        if row["field"] == field:
            return next((f"--map {field}={have[n]}" for n in row["names"].split(";") if n in have), "")
    return ""


def report_of(name: str, value: Mapping[str, object], ways: Ways, *notes: str) -> Report:
    """A report from names and values. Raises `InputError` where a field is missing or of a wrong kind."""
    fields: dict[str, str] = {}
    told = list(notes)
    for key in FIELDS:
        asked = ways.column(key)
        given = value.get(asked)
        if isinstance(given, int) and not isinstance(given, bool) and key in ("id", "published"):
            given = str(given)
        if given is not None and not isinstance(given, str):
            if key != "byline":  # some write a list or an object; it decides nothing
                reason = f"its {asked} is {kind_of(given)}, not a string"
                raise InputError(name, reason, f"write {asked} as a string", kind="fields")
            given = None
        fields[key], broken = without_surrogates(given or "")
        told.append(f"{key}: {broken}" if broken else "")
    if not fields["text"].strip():
        raise _without_text(name, value, ways)
    default = ways.default
    report = Report(
        fields["text"], fields["id"], fields["title"], fields["published"].strip() or default.published,
        fields["source"] or default.source, fields["url"], byline=fields["byline"],
    )  # fmt: skip
    return checked(name, report, *told)


def _without_text(name: str, value: Mapping[str, object], ways: Ways) -> InputError:
    asked = ways.column("text")
    if value.get(asked) is not None:
        return InputError(name, f"its {asked} is empty", "give the report's text", kind="empty")
    keys = ", ".join(repr(str(k)[:40]) for k in list(value)[:8])
    mapped = proposal(map(str, value)) if asked == "text" else ""
    hint = f"give {mapped}" if mapped else _KEY_HINT
    return InputError(name, f"has no {asked}; it has {keys or 'no keys'}", hint, kind="fields")


def line_pieces(name: str, stream: BinaryIO, ways: Ways) -> Iterator[Piece]:
    """Records of a JSON Lines, one line in memory at a time; a piece's number is its line."""
    number, found = 0, False
    while line := stream.readline(MAX_BYTES + 1):
        number += 1
        if len(line) > MAX_BYTES and not line.endswith(b"\n"):
            while (rest := stream.readline(1_000_000)) and not rest.endswith(b"\n"):
                pass
            line = b""
            make = partial(_too_long, name, number)
        elif not line.strip():
            continue
        else:
            make = partial(_line, name, number, line, ways)
        found = True
        yield Piece(number, f"{name}, line {number}", make)
    if not found:
        raise InputError(name, "is empty: it holds no record", "give one JSON object a line", kind="empty")


def _too_long(name: str, number: int) -> Report:
    reason = f"has more than {MAX_BYTES:,} bytes, the most that is read for one report"
    raise RecordError(name, number, reason, kind="size")


def _line(name: str, number: int, line: bytes, ways: Ways) -> Report:
    told = f"{name}, line {number}"
    try:
        text, note = decode(line)
        # Without its end: what is missing there would be told of the next line.
        return _record(told, _parse(told, text.rstrip("\r\n")), ways, note)
    except InputError as error:
        raise RecordError(name, number, error.reason, error.hint, kind=error.kind) from error


def json_pieces(name: str, text: str, note: str, ways: Ways) -> Iterator[Piece]:
    """The report of a JSON object, or those of an array. Raises `InputError` where the whole is no JSON."""
    value = _parse(name, text)
    if not isinstance(value, list):
        yield Piece(1, name, partial(_record, name, value, ways, note))
        return
    if not value:
        raise InputError(name, "is an empty array: it holds no report", "give an array of objects", kind="empty")
    for n, item in enumerate(value, 1):
        told = f"{name}, record {n}"
        yield Piece(n, told, partial(_record, told, item, ways, note))


def _parse(name: str, text: str) -> object:
    hint = "write one JSON object with a text"
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"column {error.colno}" if error.lineno == 1 else f"line {error.lineno}, column {error.colno}"
        raise InputError(name, f"is not valid JSON: {error.msg.removesuffix(' at')} at {where}", hint, kind="format") from error
    except (ValueError, RecursionError) as error:
        raise InputError(name, f"is JSON that cannot be read: {error}", hint, kind="format") from error


def _record(name: str, value: object, ways: Ways, note: str) -> Report:
    if not isinstance(value, Mapping):
        raise InputError(name, f"holds {kind_of(value)}, not an object", f"write an object; {_KEY_HINT}", kind="format")
    return report_of(name, value, ways, note)
