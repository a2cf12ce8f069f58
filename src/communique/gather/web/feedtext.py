"""The bytes of a feed made readable: unpacked, decoded, without what XML forbids or what attacks its reader."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from functools import lru_cache
from html import escape, unescape

from communique.errors import InputError
from communique.gather import instants
from communique.gather.web.bodies import BrokenBodyError, TooLargeError, gunzip

MAX_BYTES = 52_428_800
"""Bytes of an unpacked feed: what the protocol of sitemaps allows for one."""

MAX_ENTITIES = 300
"""Entities that a feed may declare: HTML's own lists, which old feeds copy, have 253."""

MAX_TAGS = 2_000_000
"""Tags that a feed may have: 50,000 entries of a sitemap with twenty elements each. A tree of as many takes 300 MB."""

PROLOG = 100_000
"""Characters in which a document type must stand: the longest ones that are in use have 10,000."""

_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{2,40})[\"']", re.I)
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*(?:\[(.*?)\]\s*)?>", re.I | re.S)
_ENTITY = re.compile(r"<!ENTITY\s+(%\s+)?([\w.:-]+)\s+([^<>]*)>", re.I)
_LETTERS = re.compile(r"""(["'])((?:[^&%<"']|&\#x?[0-9a-fA-F]{1,6};){0,10})\1""")
_CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)])
_BARE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)(#\d{1,9};|#[xX][0-9a-fA-F]{1,8};|\w{2,31};)?")
_SINGLE = re.compile(r"ascii|iso8859|cp1?\d{3,4}|latin|koi8|mac")
_NO_CHARSETS = ("idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip


def feed_text(data: bytes, url: str, charset: str = "") -> str:
    """The text of a feed. `charset` is what the server said.

    A file of gzip is unpacked. A byte order mark decides the encoding, then UTF-8 where the bytes are that, then what the feed
    and the server say, then Windows-1252; an encoding of more bytes a character that the feed names goes before UTF-8.
    Raises `InputError` where the feed is empty, or too large unpacked.
    """
    if data.startswith(b"\x1f\x8b"):
        try:
            data = gunzip(data, MAX_BYTES)
        except TooLargeError:
            raise InputError(url, f"unpacks to more than {MAX_BYTES:,} bytes", "no feed is that long") from None
        except BrokenBodyError as error:
            raise InputError(url, f"its file {error}", "fetch it again") from error
    if len(data) > MAX_BYTES:
        raise InputError(url, f"has more than {MAX_BYTES:,} bytes", "no feed is that long")
    text = _decoded(data, charset).translate(_CONTROLS).lstrip("\ufeff \t\r\n")
    if not text:
        raise InputError(url, "is empty", "a feed has entries, or says that it is one")
    return text


def _decoded(data: bytes, charset: str) -> str:
    for bom, name in _BOMS:
        if data.startswith(bom):
            return data.decode(name, "replace")
    if data[:2] in (b"<\0", b"\0<"):
        return data.decode("utf-16-le" if data[0] else "utf-16-be", "replace")
    declared = _DECLARED.match(data[:400])
    names = [_name(declared[1].decode("ascii")) if declared else "", "utf-8", _name(charset)]
    if _SINGLE.match(names[0]):  # any bytes at all are text in those, so they say nothing
        names = ["utf-8", names[0], names[2]]
    for name in names:
        try:
            if name and not name.startswith(("utf-16", "utf-32")):
                return data.decode(name)
        except ValueError:
            continue
    # A few broken bytes in UTF-8 are better replaced than read as another encoding, which spoils every other letter.
    text = data.decode("utf-8", "replace")
    broken, high = text.count("\ufffd"), sum(1 for letter in text[:200_000] if letter > "\x7f")
    return text if broken * 4 < high or (names[1] != "utf-8" and not broken) else data.decode("cp1252", "replace")


def _name(charset: str) -> str:
    """The codec of an encoding of text, "" where there is none; Latin-1 means Windows-1252, as browsers have it."""
    try:
        found = codecs.lookup(charset.strip())
    except (LookupError, ValueError):
        return ""
    if not getattr(found, "_is_text_encoding", True) or found.name in _NO_CHARSETS:
        return ""
    return {"iso8859-1": "cp1252", "ascii": "cp1252"}.get(found.name, found.name)


def safe_xml(text: str, url: str) -> str:
    """`text` without its document type, and with HTML's entities and its own as the letters that they stand for.

    Raises `InputError` where it declares entities that are more than a few letters: those unpack without end, or read what
    is not the feed's; and where it has more elements than any feed.
    """
    if text.count("<") > MAX_TAGS:
        raise InputError(url, f"has more than {MAX_TAGS:,} tags", "no feed has that many")
    own: dict[str, str] = {}
    start = text[:PROLOG].lower().find("<!doctype")
    if start >= 0:
        found = _DOCTYPE.match(text, start, start + PROLOG)
        if found is None:
            raise InputError(url, "declares a document type that has no end", "a feed needs none")
        own = _entities(found[1] or "", url)
        text = text[:start] + text[found.end() :]
    if re.search("<!ENTITY", text[:PROLOG], re.I):
        raise InputError(url, "declares entities outside its document type", "a feed needs none")
    return _with_letters(text, own)


def _entities(subset: str, url: str) -> dict[str, str]:
    """Entities that a document type declares, each a few letters. Raises `InputError` for others."""
    out: dict[str, str] = {}
    for match in _ENTITY.finditer(subset):
        letters = _LETTERS.fullmatch(match[3].strip())
        if match[1] or not letters or len(out) >= MAX_ENTITIES:
            reason = f"declares the entity {match[2][:40]!r}, which is more than a letter or word"
            raise InputError(url, reason, "it was not read")
        out[match[2]] = escape(unescape(letters[2]))
    if len(re.findall("<!ENTITY", subset, re.I)) != len(out):
        raise InputError(url, "declares entities that cannot be read", "it was not read")
    return out


def _with_letters(text: str, own: Mapping[str, str]) -> str:
    """``&nbsp;`` and ``&#160;`` as letters, an ampersand that begins nothing as one, outside CDATA. Numbers of no letter go."""

    def one(match: re.Match[str]) -> str:
        if not match[1]:
            return "&amp;"
        if match[0][1:-1] in own:
            return own[match[0][1:-1]]
        letters = unescape(match[0])
        return escape(letters) if letters != match[0] else f"&amp;{match[1]}"

    out, at = [], 0
    while at < len(text):
        start = text.find("<![CDATA[", at)
        end = text.find("]]>", start) if start >= 0 else -1
        stop = len(text) if end < 0 else start
        out.append(_BARE.sub(one, text[at:stop]) if text.find("&", at, stop) >= 0 else text[at:stop])
        if end < 0:
            break
        out.append(text[start : end + 3])
        at = end + 3
    return "".join(out)


@lru_cache(maxsize=8_192)
def moment(value: str) -> str:
    """A date as feeds write it, as ISO 8601 with its own zone; the day alone where it names no zone or time; "" for no date.

    The zone stays as given: it says on which day the report appeared where its outlet is.
    """
    value = " ".join(value.split())[:80]
    if not value:
        return ""
    found = instants.iso(value) or instants.mail(value)
    if found is None or not 1990 <= found.year <= 2200:
        return ""
    bare = found.tzinfo is None or not re.search(r"\d:\d", value)
    return found.date().isoformat() if bare else found.isoformat(timespec="seconds")
