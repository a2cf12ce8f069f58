"""What every reader of an input works with: an input (`Source`), the reports in it one after the other (`Piece`), and how they
are to be read (`Ways`).

A piece is not read before it is made: what was added before is passed over at the speed of the file and not of the reports.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from communique.errors import InputError
from communique.records import MAX_CHARACTERS, Report, parse_published

MAX_BYTES = 20_000_000
"""Longest file of one report, and longest record of a file of many: a text of `MAX_CHARACTERS` fits, each character escaped."""

FIELDS = ("id", "title", "text", "published", "url", "source", "byline")
"""What a record, a column or a line of front matter can say of a report."""


@dataclass(frozen=True, slots=True)
class Ways:
    """How inputs are read: what stands where they say nothing, and under which names (`columns`: field, name) they say it.

    `allow_private` lets addresses of one's own network be fetched.
    """

    published: str = ""
    source: str = ""
    columns: tuple[tuple[str, str], ...] = ()
    allow_private: bool = False

    @property
    def default(self) -> Report:
        """What stands where an input says nothing."""
        return Report("", published=self.published, source=self.source)

    def column(self, name: str) -> str:
        """Under which name an input has the field `name`."""
        return dict(self.columns).get(name, name)

    def to_json(self) -> str:
        """All that is not as usual; "" where everything is."""
        usual = Ways()
        given = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        told = {name: value for name, value in given.items() if value != getattr(usual, name)}
        return json.dumps(told, ensure_ascii=False, sort_keys=True) if told else ""

    @classmethod
    def from_json(cls, given: str) -> Ways:
        """The opposite of `to_json`; what another version wrote that is not known here is passed over."""
        told = json.loads(given) if given else {}
        known = {f.name: told[f.name] for f in dataclasses.fields(cls) if f.name in told}
        if "columns" in known:
            known["columns"] = tuple((str(a), str(b)) for a, b in known["columns"])
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Piece:
    """One report of an input, not read yet: the `n`-th record of it, from 1; `name` is how errors name it.

    `make` reads it, and raises `InputError` where it cannot be read. It must be called before the next piece is asked for.
    """

    n: int
    name: str
    make: Callable[[], Report]


@dataclass(slots=True)
class Source:
    """One input: a file, an address or standard input.

    `reading` gives its pieces. `name` is as it was given, `origin` where it lies whatever the current folder ("" for standard
    input), `size` its bytes (0 where unknown), `stamp` tells whether it is still the same ("" where that cannot be told).
    `passed` counts what was met in it that is no report and no failure, and `remarks` say in a line what a user should know.
    """

    name: str
    reading: Callable[[Source], Iterator[Piece]]
    origin: str = ""
    size: int = 0
    stamp: str = ""
    ways: Ways = field(default_factory=Ways)
    passed: int = 0
    remarks: list[str] = field(default_factory=list)
    raw: BinaryIO | None = None

    def pieces(self) -> Iterator[Piece]:
        """Its reports, in order. Raises `InputError` where it cannot be read, or not to its end."""
        yield from self.reading(self)

    @property
    def position(self) -> int:
        """Bytes that were read of it."""
        try:
            return self.raw.tell() if self.raw is not None and not self.raw.closed else 0
        except (OSError, ValueError):
            return 0


def checked(name: str, report: Report, *notes: str) -> Report:
    """`report` with its notes. Raises `InputError`, under the input's `name`, where it is too long or its date is none."""
    if len(report.text) > MAX_CHARACTERS:
        reason = f"has {len(report.text):,} characters, more than the {MAX_CHARACTERS:,} that are read for one report"
        raise InputError(name, reason, "cut it into its reports", kind="size")
    try:
        parse_published(report.published)
    except InputError as error:
        raise InputError(name, f"its date, {error.source}, {error.reason}", error.hint, kind="fields") from error
    return dataclasses.replace(report, notes=tuple(note for note in (*report.notes, *notes) if note))


def columns_of(given: str) -> tuple[tuple[str, str], ...]:
    """A map of columns as it is typed, ``text=body,published=date``: (field, column).

    Raises `InputError` for a field that a report does not have, one that is named twice, and what is no such map.
    """
    out: dict[str, str] = {}
    for part in filter(None, (p.strip() for p in given.split(","))):
        name, equals, column = (p.strip() for p in part.partition("="))
        if not equals or not name or not column:
            raise InputError(f"map {part!r}", "is no FIELD=COLUMN", "write text=body,published=date")
        if name not in FIELDS:
            raise InputError(f"map {part!r}", f"{name!r} is no field of a report", f"fields are {', '.join(FIELDS)}")
        if name in out:
            raise InputError(f"map {given!r}", f"names {name} twice", "give one column for each field")
        out[name] = column
    return tuple(out.items())


def kind_of(value: object) -> str:
    """What a value of JSON is, in words."""
    kinds = {bool: "true or false", int: "a number", float: "a number", str: "a string", list: "an array", dict: "an object"}
    return "null" if value is None else kinds.get(type(value), type(value).__name__)


