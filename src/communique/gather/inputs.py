"""Files and standard input to reports, as a stream that loses nothing: what cannot be read is yielded as an error.

Plain text, HTML, JSON (an object or an array) and JSON Lines; a record has the keys id, title, text, published, url
and source, of which only text must be there.
"""

from __future__ import annotations

import dataclasses
import io
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Protocol

from communique.errors import DataError, InputError, MissingExtraError, RecordError
from communique.gather.page import read_page
from communique.gather.sniff import Peeked, binary_reason, bom_of, decode, format_of, without_surrogates
from communique.records import MAX_CHARACTERS, CodedReport, Report, parse_published

MAX_BYTES = 20_000_000
"""Longest file of one report, and longest line of JSON Lines: a text of `MAX_CHARACTERS` fits, each character escaped."""

STDIN = "standard input"
_KEYS = ("id", "title", "text", "published", "url", "source")
_KEY_HINT = f"its keys are {', '.join(_KEYS)}"


class Pipes(Protocol):
    """What `read_all` needs of a reader: `communique.read.reader.Reader`, or a stand-in."""

    def pipe(self, reports: Iterable[Report | str], *, batch_size: int = 16) -> Iterator[CodedReport]: ...


def read_inputs(
    paths: Iterable[str | Path], *, published: str = "", source: str = "", stdin: BinaryIO | None = None
) -> Iterator[Report | InputError]:
    """The reports of some files, in order; ``-`` is standard input (or `stdin`).

    `published` and `source` stand where an input gives none. What cannot be read is yielded as an `InputError`, in a
    JSON Lines as a `RecordError` with its line, and the rest is read. Raises `InputError` at once where `published`
    is no date.
    """
    parse_published(published)
    return _read_paths(paths, Report("", published=published.strip(), source=source), stdin)


def _read_paths(paths: Iterable[str | Path], default: Report, stdin: BinaryIO | None) -> Iterator[Report | InputError]:
    for path in paths:
        name = STDIN if str(path) == "-" else str(path)
        try:
            if name == STDIN:
                yield from _read_stream(name, stdin or sys.stdin.buffer, default)
            elif Path(path).is_dir():
                yield InputError(name, "is a folder", f"give its files, such as {Path(path).name or '.'}/*.txt")
            else:
                with open(path, "rb") as stream:
                    # The path is no address: "report.txt" of two folders, or of two days, are two reports.
                    yield from _read_stream(name, stream, default)
        except InputError as error:
            yield error
        except FileNotFoundError:
            yield InputError(name, "does not exist", "check the path")
        except OSError as error:
            yield InputError(name, f"cannot be opened: {error.strerror or error}", "check the path and its permissions")
        except ValueError as error:  # a path with a NUL character
            yield InputError(repr(name), f"is no path: {error}", "check the path")


def _read_stream(name: str, raw: BinaryIO, default: Report) -> Iterator[Report | InputError]:
    """Reports of one input. `default` gives what its records leave out. Raises `InputError` where all of it is refused."""
    peeked = Peeked(raw, live=name == STDIN)
    head = peeked.head
    if not head[len(bom_of(head)[0]) :]:
        raise InputError(name, "is empty", "give a report's text")
    if reason := binary_reason(head):
        raise InputError(name, *reason)
    kind = format_of(name if name != STDIN else "", head)
    stream: BinaryIO = io.BufferedReader(peeked, 65_536)
    if kind == "jsonl":
        if bom_of(head)[1].startswith(("utf-16", "utf-32")):
            raise InputError(name, "is not in UTF-8, as JSON Lines must be", "turn it into UTF-8, for example with iconv")
        yield from _read_lines(name, stream, default)
        return
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        hint = "cut it into its reports, or give them as JSON Lines, which is read line by line"
        raise InputError(name, f"has more than {MAX_BYTES:,} bytes, the most that is read for one report", hint)
    text, note = decode(data, html=kind == "html")
    if not text.strip():
        raise InputError(name, "is empty: it holds nothing but white space", "give a report's text")
    if kind == "json":
        yield from _read_json(name, text, note, default)
    elif kind == "html":
        page = read_page(text, name)
        report = Report(
            page.text, title=page.title, published=page.published or default.published, source=page.site or default.source,
            url=page.url,
        )  # fmt: skip
        yield _checked(name, report, note)
    else:
        yield _checked(name, dataclasses.replace(default, text=text), note)


def _read_lines(name: str, stream: BinaryIO, default: Report) -> Iterator[Report | InputError]:
    """Records of a JSON Lines, one line in memory at a time; a bad one is yielded as a `RecordError`."""
    number, found = 0, False
    while line := stream.readline(MAX_BYTES + 1):
        number += 1
        if len(line) > MAX_BYTES and not line.endswith(b"\n"):
            while (rest := stream.readline(1_000_000)) and not rest.endswith(b"\n"):
                pass
            found = True
            yield RecordError(name, number, f"has more than {MAX_BYTES:,} bytes, the most that is read for one report")
            continue
        if not line.strip():
            continue
        found = True
        try:
            text, note = decode(line)
            yield _record(f"{name}, line {number}", _parse(f"{name}, line {number}", text), note, default)
        except InputError as error:
            yield RecordError(name, number, error.reason, error.hint)
    if not found:
        yield InputError(name, "is empty: it holds no record", "give one JSON object a line")


def _read_json(name: str, text: str, note: str, default: Report) -> Iterator[Report | InputError]:
    """The report of a JSON object, or those of an array. Raises `InputError` where the whole is no JSON."""
    value = _parse(name, text)
    if not isinstance(value, list):
        yield _record(name, value, note, default)
        return
    if not value:
        raise InputError(name, "is an empty array: it holds no report", "give an array of objects")
    for n, item in enumerate(value, 1):
        try:
            yield _record(f"{name}, record {n}", item, note, default)
        except InputError as error:
            yield error


def _parse(name: str, text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"column {error.colno}" if error.lineno == 1 else f"line {error.lineno}, column {error.colno}"
        raise InputError(name, f"is not valid JSON: {error.msg} at {where}", "write one JSON object with a text") from error
    except (ValueError, RecursionError) as error:
        raise InputError(name, f"is JSON that cannot be read: {error}", "write one JSON object with a text") from error


def _record(name: str, value: object, note: str, default: Report) -> Report:
    """A report from one JSON value. Raises `InputError` where it is no object, or a field is missing or of a wrong kind."""
    if not isinstance(value, Mapping):
        raise InputError(name, f"holds {_kind(value)}, not an object", f"write an object; {_KEY_HINT}")
    fields: dict[str, str] = {}
    for key in _KEYS:
        given = value.get(key)
        if isinstance(given, int) and not isinstance(given, bool) and key in ("id", "published"):
            given = str(given)
        if given is not None and not isinstance(given, str):
            raise InputError(name, f"its {key} is {_kind(given)}, not a string", f"write {key} as a string")
        fields[key] = given or ""
    if not fields["text"].strip():
        keys = ", ".join(repr(str(k)[:40]) for k in list(value)[:8])
        if value.get("text") is None:
            raise InputError(name, f"has no text; it has {keys or 'no keys'}", _KEY_HINT)
        raise InputError(name, "its text is empty", "give the report's text")
    notes = [note]
    for key, given in fields.items():
        fields[key], broken = without_surrogates(given)
        notes.append(f"{key}: {broken}" if broken else "")
    fields["published"] = fields["published"].strip() or default.published
    fields["source"] = fields["source"] or default.source
    report = Report(
        fields["text"], fields["id"], fields["title"], fields["published"], fields["source"], fields["url"]
    )
    return _checked(name, report, *notes)


def _kind(value: object) -> str:
    kinds = {bool: "true or false", int: "a number", float: "a number", str: "a string", list: "an array", dict: "an object"}
    return "null" if value is None else kinds.get(type(value), type(value).__name__)


def _checked(name: str, report: Report, *notes: str) -> Report:
    """`report` with its notes. Raises `InputError`, under the input's `name`, where it is too long or its date is none."""
    if len(report.text) > MAX_CHARACTERS:
        reason = f"has {len(report.text):,} characters, more than the {MAX_CHARACTERS:,} that are read for one report"
        raise InputError(name, reason, "cut it into its reports")
    try:
        parse_published(report.published)
    except InputError as error:
        raise InputError(name, f"its date, {error.source}, {error.reason}", error.hint) from error
    return dataclasses.replace(report, notes=tuple(note for note in notes if note))


def read_all(reader: Pipes, inputs: Iterable[Report | InputError]) -> Iterator[CodedReport | InputError]:
    """What `reader` makes of `inputs`, one at a time and in their order; errors pass through.

    A report that the reader refuses, or breaks on, is yielded as an `InputError`, and the others are read.
    """
    for one in inputs:
        yield one if isinstance(one, InputError) else _read_one(reader, one)


def _read_one(reader: Pipes, report: Report) -> CodedReport | InputError:
    try:
        return next(iter(reader.pipe([report], batch_size=1)))
    except InputError as error:
        return error
    except (DataError, MissingExtraError):
        raise  # the package is damaged: no report could be read
    except Exception as error:  # a fault of ours, which must not lose the reports behind it
        name = report.id or report.title or report.url or " ".join(report.text[:60].split()) or "a report"
        reason = f"could not be read ({type(error).__name__}: {error})"
        return InputError(f"report {name!r}", reason, "this is a fault of communique: please report it with the text")
