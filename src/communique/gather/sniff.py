"""Tells what some bytes are, and decodes them: the format by suffix and content, the encoding, what is no text at all."""

from __future__ import annotations

import codecs
import io
import json
import re
from collections.abc import Callable
from typing import BinaryIO, Literal

from communique.gather.archives.unpack import unpacked_name

Format = Literal["text", "html", "json", "jsonl", "csv", "parquet", "warc", "mbox", "mail", "pdf"]

HEAD = 65_536
"""Bytes that decide what an input is."""

SUFFIXES: dict[str, Format] = {
    ".txt": "text", ".text": "text", ".md": "text", ".html": "html", ".htm": "html", ".xhtml": "html",
    ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "csv", ".tab": "csv",
    ".parquet": "parquet", ".pq": "parquet", ".warc": "warc", ".mbox": "mbox", ".mbx": "mbox", ".eml": "mail", ".pdf": "pdf",
}  # fmt: skip

_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"\x1f\x8b", "compressed twice", "unpack it first"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "unzstd it and pipe it into `communique read -`"),
    (b"PK\x03\x04", "a zip archive or an office document", "unzip it, or save the document as plain text"),
    (b"\xd0\xcf\x11\xe0", "an office document", "save the document as plain text"),
    (b"{\\rtf", "a rich-text document", "save the document as plain text"),
    (b"\x89PNG", "an image", "give the report's text"),
    (b"\xff\xd8\xff", "an image", "give the report's text"),
    (b"GIF8", "an image", "give the report's text"),
    (b"SQLite format 3", "a database", "export its reports as JSON Lines"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it, and give the folder"),
    (b"Rar!\x1a\x07", "a RAR archive", "unpack it, and give the folder"),
)
_STARTS: tuple[tuple[re.Pattern[bytes], Format], ...] = (
    (re.compile(rb"\s{0,16}%PDF-"), "pdf"),
    (re.compile(rb"PAR1"), "parquet"),
    (re.compile(rb"WARC/\d"), "warc"),
    (re.compile(rb"From \S[^\n]{0,200}\b(?:19|20)\d\d\b[^\n]{0,40}\n[\w-]{1,60}:"), "mbox"),
)
"""Formats that their first bytes tell, whatever a name says."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--(?:(?!-->).){0,2000}-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_FEED = re.compile(
    rb"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<\?xml-stylesheet[^>]{0,300}\?>\s*)*(?:<!--(?:(?!-->).){0,2000}-->\s*)*"
    rb"<(?:rss|feed|rdf:RDF|urlset|sitemapindex|opml)\b", re.S,
)  # fmt: skip
_JSON_FEED = re.compile(rb'\s*\{\s*"version"\s*:\s*"https?:\\?/\\?/jsonfeed\.org')
_XML = re.compile(rb"\s*<\?xml\b")
_NO_CHARSETS = frozenset(
    ("idna", "punycode", "undefined", "unicode_escape", "unicode-escape", "raw_unicode_escape", "raw-unicode-escape", "mbcs")
)
META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w.:-]{2,40})", re.I)
_CONTROLS = bytes(sorted(set(range(32)) - {9, 10, 12, 13, 27}))
_SURROGATES = re.compile("[\ud800-\udfff]")

BINARY_SHARE = 0.3
"""Share of bytes that are no UTF-8 above which an input counts as binary; Latin-1 prose in the Western European
languages stays below 0.1, and pictures and archives are above 0.4."""


class Peeked(io.RawIOBase):
    """A stream whose first bytes have been looked at and are given again: pipes cannot seek.

    What a pipe has is given at once. Of a `live` one a first line that is a whole JSON object is enough to look at, so
    that no report waits for the next ones.
    """

    def __init__(self, stream: BinaryIO, size: int = HEAD, *, live: bool = False) -> None:
        self._some: Callable[[int], bytes | None] = getattr(stream, "read1", stream.read)
        head = b""
        while len(head) < size and not (live and _begins_with_record(head)) and (data := self._some(size - len(head))):
            head += data
        self.head = self._rest = head

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        data = data or self._some(len(buffer)) or b""
        buffer[: len(data)] = data
        return len(data)


def _begins_with_record(head: bytes) -> bool:
    line, end, _ = head.lstrip().partition(b"\n")
    return bool(end) and _is_object(line.rstrip())


def bom_of(head: bytes) -> tuple[bytes, str]:
    """The byte order mark at the beginning and the encoding that it names; (b"", "") where there is none."""
    return next(((bom, name) for bom, name in _BOMS if head.startswith(bom)), (b"", ""))


def binary_reason(head: bytes) -> tuple[str, str] | None:
    """Why `head` is no text and what to do about it; None where it may be text."""
    for magic, what, hint in _MAGIC:
        if head.startswith(magic):
            return f"is {what}, not text", hint
    if bom_of(head)[1].startswith(("utf-16", "utf-32")):
        return None
    hint = "give plain text, HTML, JSON or JSON Lines in UTF-8"
    if b"\0" in head:
        return "is binary, not text", hint
    controls = len(head) - len(head.translate(None, _CONTROLS))
    # The last bytes may be the first part of a character that the head cuts in two.
    broken = head[:-3].decode("utf-8", "replace").count("�") - head.count("�".encode())
    if head and (controls + broken) / len(head) > BINARY_SHARE:
        return "is binary, or text in an encoding that is not UTF-8", hint
    return None


def format_of(name: str, head: bytes) -> Format:
    """The format of an input: by its suffix, unless its first bytes plainly say otherwise.

    A ``.json`` of one object a line is JSON Lines, a ``.jsonl`` of one array is JSON; without a suffix that is known
    the content decides.
    """
    for start, kind in _STARTS:
        if start.match(head):
            return kind
    suffix = suffix_of(name)
    bom, encoding = bom_of(head)
    body = head[len(bom) :]
    if encoding.startswith(("utf-16", "utf-32")):
        body = body.decode(encoding, "ignore").encode()
    if suffix == "html" or _HTML.match(body):
        return "html"
    if suffix in ("text", "warc", "parquet", "pdf", "mbox", "mail", "csv"):
        return suffix
    return _json_kind(body, suffix)


def suffix_of(name: str) -> Format | None:
    """The format that a name's suffix tells."""
    return SUFFIXES.get("." + name.rsplit(".", 1)[-1].lower()) if "." in name else None


def known_suffix(name: str) -> bool:
    """Whether a file of this name is read where a whole folder is: packed or not."""
    return suffix_of(unpacked_name(name)) is not None or name.lower().endswith(".warc.zst")


def markup_reason(head: bytes) -> tuple[str, str, str] | None:
    """Why `head`, which is text, is XML or JSON of a kind without a report: reason, hint, kind; None where it may have one."""
    body = head[len(bom_of(head)[0]) :]
    if _FEED.match(body) or _JSON_FEED.match(body):
        hint = "name its address in a list of sources and run `communique watch`, which fetches the articles that it names"
        return "is a feed or sitemap, not a report", hint, "feed"
    if _XML.match(body) and not _HTML.match(body):
        return "is XML of a kind that is not read", "give plain text, HTML, JSON or JSON Lines", "format"
    return None


def _json_kind(head: bytes, suffix: Format | None) -> Format:
    start = head.strip()
    if re.match(rb"\[\s*(?:[{\]]|$)", start):
        return "json"
    # Not stripped on the left: an indented object is a part of another.
    lines = [line.rstrip() for line in start.split(b"\n")[:200]]
    # The last line of a full head is cut, unless nothing else is there to go by.
    whole = sum(_is_object(line) for line in (lines[:-1] if len(head) >= HEAD else lines))
    opened = sum(line.startswith(b"{") for line in lines)
    if not start.startswith(b"{"):
        return suffix or ("jsonl" if whole >= 2 else "text")
    if suffix is None and not re.match(rb'\{\s*(?:["}]|$)', start):
        return "text"
    if suffix == "jsonl":
        return "json" if lines[0] == b"{" and not whole else "jsonl"
    if len(lines) == 1:
        # One line is one record either way; without a suffix more lines may follow it.
        return suffix or "jsonl"
    return "jsonl" if whole or (opened >= 2 and lines[0] != b"{" and _closed(lines)) else "json"


def _closed(lines: list[bytes]) -> bool:
    """Whether at least two lines begin and end as objects do."""
    return sum(line.startswith(b"{") and line.endswith(b"}") for line in lines) >= 2


def _is_object(line: bytes) -> bool:
    if not line.startswith(b"{"):
        return False
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def decode(data: bytes, *, html: bool = False) -> tuple[str, str]:
    """`data` as text, and a note where bytes had to be replaced ("" where none).

    A byte order mark decides the encoding, then for HTML the page's own declaration, then UTF-8.
    """
    bom, encoding = bom_of(data)
    data = data[len(bom) :]
    if not encoding and html and (declared := META_CHARSET.search(data[:4096])):
        encoding = declared[1].decode("ascii", "replace")
    if not is_charset(encoding):
        encoding = "utf-8"
    try:
        return data.decode(encoding), ""
    except (UnicodeDecodeError, ValueError):
        text = data.decode(encoding, "replace")
        count = max(1, text.count("�") - (data.count("�".encode()) if encoding == "utf-8" else 0))
        what = "byte was" if count == 1 else "bytes were"
        return text, f"{count:,} broken {what} replaced by � ({encoding.upper()} was expected)"


def is_charset(name: str) -> bool:
    """Whether a page may name this encoding: one of text, and none that only Python or domain names use."""
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return False
    return bool(getattr(found, "_is_text_encoding", True)) and found.name not in _NO_CHARSETS


def without_surrogates(text: str) -> tuple[str, str]:
    """`text` with each lone surrogate, which no encoding can write, replaced by one �, and a note ("" where none)."""
    try:
        text.encode()  # ten times as fast as looking for them, and hardly any text has one
    except UnicodeEncodeError:
        pass
    else:
        return text, ""
    clean, count = _SURROGATES.subn("�", text)
    return clean, f"{count:,} broken character{'s were' if count > 1 else ' was'} replaced by �" if count else ""
