"""Whatever can be named on the command line to reports, as a stream that loses nothing: what cannot be read is an error in it.

Files (plain text with or without front matter, HTML, JSON, JSON Lines, CSV, Parquet, WARC, mbox, mail, PDF; packed with gzip,
bzip2 or xz), folders of them, addresses, and standard input. A record has the keys id, title, text, published, url, source and
byline, of which only text must be there. docs/gathering.md tells what becomes of each.
"""

from __future__ import annotations

import dataclasses
import io
import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Protocol

from communique.errors import DataError, InputError, MissingExtraError
from communique.gather.archives import frontmatter
from communique.gather.archives.folders import list_folder
from communique.gather.archives.lines import json_pieces, line_pieces
from communique.gather.archives.mailbox import mail_pieces, mbox_pieces
from communique.gather.archives.pdf import MAX_PDF, pdf_pieces
from communique.gather.archives.pieces import MAX_BYTES, Piece, Source, Ways, checked
from communique.gather.archives.tables import csv_pieces, parquet_pieces
from communique.gather.archives.unpack import Unpacked, packer_of, unpacked_name
from communique.gather.archives.warc import warc_pieces
from communique.gather.sniff import Format, Peeked, binary_reason, bom_of, decode, format_of, markup_reason
from communique.records import CodedReport, Report, parse_published

if TYPE_CHECKING:
    from communique.gather.web.fetch import Fetched, Fetcher

__all__ = ["MAX_BYTES", "STDIN", "Inputs", "Pipes", "Ways", "is_address", "made", "read_all", "read_inputs", "read_source"]

STDIN = "standard input"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


class Pipes(Protocol):
    """What `read_all` needs of a reader: `communique.read.reader.Reader`, or a stand-in."""

    def pipe(self, reports: Iterable[Report | str], *, batch_size: int = 16) -> Iterator[CodedReport]: ...


def read_inputs(
    paths: Iterable[str | Path], *, published: str = "", source: str = "", stdin: BinaryIO | None = None, ways: Ways | None = None
) -> Iterator[Report | InputError]:
    """The reports of some inputs, in order: files, folders, addresses; ``-`` is standard input (or `stdin`).

    `published` and `source` stand where an input gives none; `ways` says more, and then they do not count. What cannot be read
    is yielded as an `InputError`, in a JSON Lines as a `RecordError` with its line, and the rest is read. Raises `InputError` at
    once where `published` is no date.
    """
    asked = ways or Ways(published.strip(), source)
    parse_published(asked.published)
    return _reports(paths, asked, stdin)


def _reports(paths: Iterable[str | Path], ways: Ways, stdin: BinaryIO | None) -> Iterator[Report | InputError]:
    with Inputs(paths, ways, stdin=stdin) as inputs:
        for source in inputs.sources:
            yield from read_source(source)


def read_source(source: Source) -> Iterator[Report | InputError]:
    """The reports of one input, and an error in place of each that cannot be read."""
    pieces = source.pieces()
    while True:
        try:
            piece = next(pieces, None)
        except InputError as error:
            yield error
            return
        if piece is None:
            return
        yield made(piece)


def made(piece: Piece) -> Report | InputError:
    """The report of a piece, or why it cannot be read."""
    try:
        return piece.make()
    except InputError as error:
        return error
    except MissingExtraError as error:
        return InputError(piece.name, str(error), kind="extra")


class Inputs:
    """The inputs that `paths` name, folders with all that is in them: `sources`, none of which is opened before its pieces are
    asked for. A context manager, as addresses share connections."""

    def __init__(self, paths: Iterable[str | Path], ways: Ways, *, stdin: BinaryIO | None = None) -> None:
        self._web = _Web(ways)
        self.sources = [source for path in paths for source in self._of(str(path), ways, stdin)]

    def __enter__(self) -> Inputs:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._web.close()

    @property
    def size(self) -> int:
        """Bytes of all that has a size."""
        return sum(source.size for source in self.sources)

    def _of(self, given: str, ways: Ways, stdin: BinaryIO | None) -> Iterator[Source]:
        if given == "-":
            yield Source(STDIN, _guarded(partial(_standard, stdin)), ways=ways)
        elif is_address(given):
            yield Source(given, _guarded(self._web.pieces), given, ways=ways)
        elif "\0" not in given and os.path.isdir(given):
            yield from _folder(given, ways)
        else:
            yield _file(given, ways)


def is_address(given: str) -> bool:
    """Whether an input is named by its address on the web."""
    return given.lower().startswith(("http://", "https://"))


def _folder(path: str, ways: Ways) -> Iterator[Source]:
    listing = list_folder(path)
    for trouble in listing.troubles:
        yield Source(trouble.source, _refusing(trouble), os.path.abspath(trouble.source), ways=ways)
    for file in listing.files:
        yield _file(file, ways)
    if not listing.files and not listing.troubles:
        hint = "give its files by name" if listing.suffixes else "check the path"
        none = InputError(path, "is a folder without a file of a kind that is read", hint, kind="empty")
        yield Source(path, _refusing(none), os.path.abspath(path), ways=ways)
    elif told := listing.told():
        remarks = [f"{path}: passed over {told}"]
        yield Source(path, lambda _: iter(()), passed=listing.passed.total(), remarks=remarks, ways=ways)


def _file(path: str, ways: Ways) -> Source:
    source = Source(path, _guarded(_opened), os.path.abspath(path) if "\0" not in path else "", ways=ways)
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return source  # opening it tells why
    if stat.S_ISREG(found.st_mode):
        source.size = found.st_size
        source.stamp = f"{found.st_size}-{found.st_mtime_ns}-{found.st_ctime_ns}"
    return source


def _refusing(error: InputError) -> Callable[[Source], Iterator[Piece]]:
    def refuse(_: Source) -> Iterator[Piece]:
        raise error

    return refuse


def _guarded(reading: Callable[[Source], Iterator[Piece]]) -> Callable[[Source], Iterator[Piece]]:
    """`reading`, which raises nothing but `InputError`, whatever an input's path or a missing library does."""

    def read(source: Source) -> Iterator[Piece]:
        name = source.name
        try:
            yield from reading(source)
        except FileNotFoundError as error:
            if _SCHEME.match(name):
                hint = "only addresses with http:// or https:// are; fetch it otherwise, and give the file"
                raise InputError(name, "is an address of a kind that is not fetched", hint, kind="missing") from error
            raise InputError(name, "does not exist", "check the path", kind="missing") from error
        except MissingExtraError as error:
            raise InputError(name, str(error), kind="extra") from error
        except OSError as error:
            hint = "check the path and its permissions"
            raise InputError(name, f"cannot be opened: {error.strerror or error}", hint, kind="missing") from error
        except ValueError as error:
            if "\0" not in name:
                raise
            raise InputError(repr(name), f"is no path: {error}", "check the path", kind="missing") from error

    return read


def _opened(source: Source) -> Iterator[Piece]:
    with open(source.name, "rb", buffering=0) as raw:
        source.raw = raw
        # The path is no address: "report.txt" of two folders, or of two days, are two reports.
        yield from _pieces(source, raw, live=False)


def _standard(stdin: BinaryIO | None, source: Source) -> Iterator[Piece]:
    yield from _pieces(source, stdin or sys.stdin.buffer, live=True)


def _pieces(source: Source, raw: BinaryIO, *, live: bool, name: str = "", packed: str = "") -> Iterator[Piece]:
    """The pieces of a stream: what it is, is told by its `name` and its first bytes."""
    name = name or source.name
    peeked = Peeked(raw, live=live)
    head = peeked.head
    if not head[len(bom_of(head)[0]) :]:
        raise InputError(source.name, "is empty", "give a report's text", kind="empty")
    stream: BinaryIO = io.BufferedReader(peeked, 65_536)
    # A web archive is packed record by record, which its own reader unpacks faster.
    packer = "" if packed or ".warc" in name.lower() else packer_of(head)
    if packer:
        inner: BinaryIO = Unpacked(stream, packer, source.name)  # type: ignore[assignment]
        yield from _pieces(source, inner, live=live, name=unpacked_name(name), packed=packer)
        return
    kind = format_of(unpacked_name(name) if name != STDIN else "", head)
    if (streamed := _STREAMED.get(kind)) is not None:
        yield from streamed(source, stream, raw)
        return
    if (reason := binary_reason(head)) and (kind != "html" or b"\0" in head[:4096]):
        raise InputError(source.name, *reason, kind="format")
    if markup := markup_reason(head):
        raise InputError(source.name, *markup[:2], kind=markup[2])
    if kind == "jsonl":
        if bom_of(head)[1].startswith(("utf-16", "utf-32")):
            hint = "turn it into UTF-8, for example with iconv"
            raise InputError(source.name, "is not in UTF-8, as JSON Lines must be", hint, kind="format")
        yield from line_pieces(source.name, stream, source.ways)
        return
    yield from _whole(source, kind, stream)


def _whole(source: Source, kind: Format, stream: BinaryIO) -> Iterator[Piece]:
    """What is read at once: text, a page, JSON."""
    name, ways = source.name, source.ways
    data = _all(name, stream, MAX_BYTES)
    if kind == "html":
        yield Piece(1, name, partial(_page, name, data, ways))
        return
    text, note = decode(data)
    if not text.strip():
        raise InputError(name, "is empty: it holds nothing but white space", "give a report's text", kind="empty")
    if kind == "json":
        yield from json_pieces(name, text, note, ways)
    else:
        yield Piece(1, name, partial(_plain, name, text, note, ways))


def _all(name: str, stream: BinaryIO, most: int) -> bytes:
    data = stream.read(most + 1)
    if len(data) > most:
        hint = "cut it into its reports, or give them as JSON Lines, which is read line by line"
        raise InputError(name, f"has more than {most:,} bytes, the most that is read for one report", hint, kind="size")
    return data


def _plain(name: str, text: str, note: str, ways: Ways) -> Report:
    report = frontmatter.read(text, ways)
    if not report.text.strip():
        raise InputError(name, "is empty behind its front matter", "give a report's text", kind="empty")
    return checked(name, report, note)


def _page(name: str, data: bytes, ways: Ways, url: str = "", content_type: str = "") -> Report:
    from communique.gather.pages import page

    if not data.strip():
        raise InputError(name, "is empty: it holds nothing but white space", "give a report's text", kind="empty")
    try:
        report = page.to_report(data, url=url, content_type=content_type, default=ways.default)
    except InputError as error:
        raise InputError(name, error.reason, error.hint, kind=error.kind or "page") from error
    return checked(name, report)


def _parquet(source: Source, stream: BinaryIO, raw: BinaryIO) -> Iterator[Piece]:
    if not raw.seekable():
        raise InputError(source.name, "is Parquet, which is not read from a pipe or packed", "give it as a file", kind="format")
    raw.seek(0)
    yield from parquet_pieces(source.name, raw, source.ways)


_Streamed = Callable[[Source, BinaryIO, BinaryIO], Iterator[Piece]]

_STREAMED: dict[Format, _Streamed] = {
    "warc": lambda source, stream, _: warc_pieces(source.name, stream, source.ways, source),
    "csv": lambda source, stream, _: csv_pieces(source.name, stream, source.ways),
    "mbox": lambda source, stream, _: mbox_pieces(source.name, stream, source.ways),
    "mail": lambda source, stream, _: mail_pieces(source.name, stream.read(MAX_BYTES + 1), source.ways),
    "pdf": lambda source, stream, _: pdf_pieces(source.name, _all(source.name, stream, MAX_PDF), source.ways),
    "parquet": _parquet,
}
"""Formats whose own reader takes the stream: (the input, its bytes from the beginning, and what can seek)."""


class _Web:
    """Addresses of one command: one fetcher, so that hosts are not asked faster than they should be."""

    def __init__(self, ways: Ways) -> None:
        self._ways = ways
        self._fetcher: Fetcher | None = None

    def close(self) -> None:
        if self._fetcher is not None:
            self._fetcher.close()
            self._fetcher = None

    def pieces(self, source: Source) -> Iterator[Piece]:
        """What is at an address: a page, or whatever a file may be. A feed is told to be one."""
        if self._fetcher is None:
            from communique.gather.web.fetch import Fetcher, FetchRules

            self._fetcher = Fetcher(FetchRules(allow_private=self._ways.allow_private))
        yield from _fetched(source, self._fetcher.get(source.name))


def _fetched(source: Source, found: Fetched) -> Iterator[Piece]:
    from communique.gather.web.addresses import canonical

    kind = found.content_type.split(";")[0].strip().lower()
    named = found.url.split("?")[0].split("#")[0]
    if markup := markup_reason(found.data[:65_536]):
        raise InputError(source.name, *markup[:2], kind=markup[2])
    told = format_of(named if named.count("/") > 2 else "", found.data[:65_536]) if found.data else "text"
    if found.data.strip() and (kind in _PAGES or told == "html"):
        address = canonical(found.url)
        yield Piece(1, source.name, partial(_page, source.name, found.data, source.ways, address, found.content_type))
        return
    for piece in _pieces(source, io.BytesIO(found.data), live=False, name=named):
        yield Piece(piece.n, piece.name, partial(_at, piece, canonical(found.url))) if told in _SINGLE else piece


_PAGES = ("text/html", "application/xhtml+xml")
_SINGLE: tuple[Format, ...] = ("text", "pdf", "mail")
"""Formats of one report, whose address is the one that was fetched."""


def _at(piece: Piece, address: str) -> Report:
    report = piece.make()
    return report if report.url else dataclasses.replace(report, url=address)


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
        hint = "this is a fault of communique: please report it with the text"
        return InputError(f"report {name!r}", reason, hint, kind="reading")
