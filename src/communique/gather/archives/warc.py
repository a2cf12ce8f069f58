"""Web archives (WARC 1.0 and 1.1, as Common Crawl's CC-NEWS and others write them) to reports, a record at a time.

What is read are responses with status 200 that are pages; requests, metadata, redirects, pictures and the like are passed over.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any, BinaryIO

from communique.errors import InputError, MissingExtraError
from communique.gather.archives.pieces import MAX_BYTES, Piece, Source, Ways, checked
from communique.gather.archives.unpack import FREE, RATIO
from communique.gather.pages import page
from communique.gather.web.addresses import canonical
from communique.records import Report

PAGES = ("text/html", "application/xhtml+xml")

_OTHER_DIGEST = "do not have the digest that the archive gives"

MAX_HEADER = 65_536
"""Longest header of a record, and of the answer in it: Common Crawl's stay below 8,192."""


class Forward:
    """A stream as the archive's parser wants it, which asks where it is; pipes do not know. Counts what is read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self.count = stream, 0

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self.count += len(data)
        return data

    def tell(self) -> int:
        return self.count

    def seek(self, offset: int, whence: int = 0) -> int:
        raise io.UnsupportedOperation("seek")

    def close(self) -> None:
        """Whoever opened the stream closes it."""


def warc_pieces(name: str, stream: BinaryIO, ways: Ways, source: Source) -> Iterator[Piece]:
    """The pages of an archive, packed record by record (gzip, zstd) or not. A piece's number counts responses, from 1.

    Raises `InputError` where it is damaged, which ends it, and `MissingExtraError` without fastwarc.
    """
    records, forward = _records(stream)
    number, claimed, found = 0, 0, False
    while True:
        try:
            record = next(records, None)
        except OSError as error:
            raise _damaged(name, number, found, error) from error
        except BaseException as error:  # a fault of the parser's on bytes that nobody thought of is no `Exception`
            if type(error).__name__ != "PanicException":
                raise
            raise _damaged(name, number, found, error) from error
        if record is None:
            break
        found = True
        number += 1
        claimed += record.content_length
        if claimed > FREE and claimed > RATIO * max(forward.count, source.size):
            reason = f"holds, or says that it holds, more than {RATIO} times its size, which no archive of pages does"
            raise InputError(name, reason, "unpack it yourself if you trust it", kind="size")
        if (uri := _page_address(record)) is None:
            source.passed += 1
            continue
        told = f"{name}, record {number}, {uri[:300]}"
        yield Piece(number, told, partial(_report, told, record, uri, ways))
    if not found:
        source.remarks.append(f"{name}: no response is in it")


def _records(stream: BinaryIO) -> tuple[Iterator[Any], Forward]:
    try:
        from fastwarc.warc import ArchiveIterator, WarcRecordType
    except ImportError as error:
        raise MissingExtraError("fastwarc", "pip install 'communique[warc]'", "reading WARC") from error
    forward = Forward(stream)
    kinds = WarcRecordType.response | WarcRecordType.revisit
    return iter(ArchiveIterator(forward, record_types=kinds, parse_http=False, max_header_len=MAX_HEADER)), forward


def _damaged(name: str, number: int, found: bool, error: BaseException) -> InputError:
    if not found:
        return InputError(name, f"is no WARC, or damaged at its beginning ({error})", "fetch it again", kind="damaged")
    reason = f"is damaged behind response {number:,} ({error}): nothing of it is read from there on"
    return InputError(name, reason, "fetch it again", kind="damaged")


def _page_address(record: Any) -> str | None:
    """The address of a page, None where the record is no page with status 200."""
    from fastwarc.warc import WarcRecordType

    if record.record_type != WarcRecordType.response or not record.is_http:
        return None
    try:
        record.parse_http(max_header_len=MAX_HEADER, quirks_mode=True)
        headers = record.http_headers
        if headers is None or headers.status_code != 200:
            return None
        kind = record.http_content_type or record.headers.get("WARC-Identified-Payload-Type") or ""
    except (OSError, ValueError):
        return None
    uri = (record.headers.get("WARC-Target-URI") or "").strip().strip("<>")
    if kind.split(";")[0].strip().lower() not in PAGES or not uri.lower().startswith(("http://", "https://")):
        return None
    return uri


def _report(name: str, record: Any, uri: str, ways: Ways) -> Report:
    length = record.content_length  # of what is left of the record; looking at the digest makes it what there is
    if length > MAX_BYTES:
        reason = f"has {length:,} bytes, more than the {MAX_BYTES:,} that are read of one page"
        raise InputError(name, reason, "no article is that long", kind="size")
    headers, http = record.headers, record.http_headers
    notes = [_provenance(name, headers)]
    whole = True
    try:
        if headers.get("WARC-Payload-Digest") and not record.verify_payload_digest():
            whole = False
            notes.append(f"its bytes {_OTHER_DIGEST}")
        payload = record.reader.read(MAX_BYTES)
    except OSError as error:
        raise InputError(name, f"is damaged ({error})", "fetch the archive again", kind="damaged") from error
    if len(payload) < length and not headers.get("WARC-Truncated"):
        raise InputError(name, "is cut off: the archive ends within it", "fetch the archive again", kind="damaged")
    if headers.get("WARC-Truncated"):
        notes.append(f"the crawler cut it off ({headers.get('WARC-Truncated')})")
    data = _decoded(name, payload, http)
    try:
        address = canonical(uri)
    except InputError:
        address = uri
    try:
        report = page.to_report(data, url=address, content_type=http.get("Content-Type") or "", default=ways.default)
    except InputError as error:
        if not whole:
            reason = f"is damaged, for its bytes {_OTHER_DIGEST}; what there is of it {error.reason}"
            raise InputError(name, reason, "fetch the archive again", kind="damaged") from error
        raise InputError(name, error.reason, error.hint, kind=error.kind or "page") from error
    return checked(name, replace(report, url=report.url or address), *notes)


def _provenance(name: str, headers: Any) -> str:
    """Which record a report is from: archive, record id, digest and when it was fetched."""
    digest = headers.get("WARC-Payload-Digest") or headers.get("WARC-Block-Digest") or ""
    parts = (headers.get("WARC-Record-ID") or "", digest, f"fetched {headers.get('WARC-Date') or 'at an unknown time'}")
    return "from a WARC: " + ", ".join(p for p in parts if p)


def _decoded(name: str, payload: bytes, http: Any) -> bytes:
    """The page's bytes. Some crawlers unpack an answer and leave the header that it was packed, so that its bytes decide.

    Raises `InputError` where it unpacks to more than is read of one page.
    """
    from fastwarc.stream_io import BrotliReader, ChunkedReader

    if "chunked" in (http.get("Transfer-Encoding") or "").lower():
        payload = _through(name, ChunkedReader, payload) or payload
    packed = (http.get("Content-Encoding") or "").lower()
    if payload.startswith(b"\x1f\x8b"):
        return _inflated(name, payload, 31) or payload
    if "br" in packed.replace(" ", "").split(","):
        return _through(name, BrotliReader, payload) or payload
    if "deflate" in packed:
        return _inflated(name, payload, 15) or _inflated(name, payload, -15) or payload
    return payload


def _through(name: str, reader: Any, payload: bytes) -> bytes:
    """`payload` through one of the archive library's readers; b"" where it is not so packed."""
    try:
        data = bytes(reader(io.BytesIO(payload)).read(MAX_BYTES + 1))
    except (OSError, ValueError):
        return b""
    return _unpacked(name, data)


def _inflated(name: str, payload: bytes, bits: int) -> bytes:
    """`payload` through zlib, up to the bound; what there is of it where it is cut off, b"" where it is not so packed."""
    try:
        data = zlib.decompressobj(bits).decompress(payload, MAX_BYTES + 1)
    except zlib.error:
        return b""
    return _unpacked(name, data)


def _unpacked(name: str, data: bytes) -> bytes:
    if len(data) > MAX_BYTES:
        raise InputError(name, f"unpacks to more than the {MAX_BYTES:,} bytes that are read of one page", "", kind="size")
    return data
