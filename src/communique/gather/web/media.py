"""What an answer is: by its header, and by its first bytes where these say otherwise. Servers mislabel often."""

from __future__ import annotations

import codecs
import re
from functools import cache

from communique.errors import FetchError
from communique.settings import read_table

HEAD = 1_024
"""Bytes that are looked at."""

_UNREAD = ("image/", "audio/", "video/", "font/")
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--(?:(?!-->).){0,400}-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_FEED = re.compile(rb"<(?:\w+:)?(rss|feed|rdf|urlset|sitemapindex)\b", re.I)
_FEED_TYPES = {b"rss": "application/rss+xml", b"feed": "application/atom+xml", b"rdf": "application/rss+xml"}
_TYPE = re.compile(r"\s*([\w.+*-]+/[\w.+*-]+)")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{2,40})""", re.I)


def of_header(value: str) -> tuple[str, str]:
    """(media type in small letters, charset) of a Content-Type header; "" for what it does not give, or gives wrongly."""
    kind, charset = _TYPE.match(value), _CHARSET.search(value)
    return kind[1].lower() if kind else "", charset[1].lower() if charset and _known(charset[1]) else ""


def _known(charset: str) -> bool:
    try:
        return bool(getattr(codecs.lookup(charset), "_is_text_encoding", True))
    except (LookupError, ValueError):
        return False


def of_bytes(head: bytes, declared: str) -> str:
    """The media type of an answer that begins with `head` and whose header says `declared`."""
    for start, magic, kind, _, _ in _magic():
        if head[start : start + len(magic)] == magic:
            return kind
    if _HTML.match(head):
        return declared if declared == "application/xhtml+xml" else "text/html"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and (feed := _FEED.search(head)):
        return declared if declared.endswith("xml") else _FEED_TYPES.get(feed[1].lower(), "application/xml")
    if declared.startswith(_UNREAD) and _is_text(head):
        return "text/plain"
    return declared


def _is_text(head: bytes) -> bool:
    # Cut at the last space: the head may end within a character.
    cut = head.rsplit(b" ", 1)[0] if len(head) >= HEAD else head
    try:
        return b"\0" not in cut and bool(cut.decode("utf-8").strip())
    except UnicodeDecodeError:
        return False


def check(url: str, kind: str, head: bytes) -> None:
    """Raises `FetchError` (kind content) where an answer of this type is nothing that the package reads."""
    unread = ((start, magic, what) for start, magic, _, taken, what in _magic() if not taken)
    what = next((what for start, magic, what in unread if head[start : start + len(magic)] == magic), "")
    what = what or (f"of the type {kind}" if kind.startswith(_UNREAD) else "")
    if what:
        raise FetchError(url, "content", f"the answer is {what}, not a page, feed or document", lasting=True)


@cache
def _magic() -> tuple[tuple[int, bytes, str, bool, str], ...]:
    return tuple(
        (int(row["at"]), bytes.fromhex(row["bytes"]), row["type"], row["taken"] == "yes", row["what"])
        for row in read_table("gather/magic.tsv")
    )
