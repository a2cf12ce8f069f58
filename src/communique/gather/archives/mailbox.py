"""Newsletters and press lists by mail: an mbox, one message in memory at a time, or a single message (.eml)."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import re
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime
from functools import cache, partial
from typing import Any, BinaryIO

from communique.errors import InputError
from communique.gather.archives.pieces import MAX_BYTES, Piece, Ways, checked
from communique.gather.archives.wrapping import unwrapped
from communique.gather.pages.charset import decode_page
from communique.gather.pages.page import prose
from communique.records import Report, parse_published
from communique.settings import read_table

MOST_PARTS = 200
"""Parts of a message that are looked at; a newsletter has three or four."""

RICHER = 1.5
"""How many times the prose of the plain part the one in HTML must have to be read in its place: many a newsletter's plain
part says only that it is to be seen in a browser."""

_ESCAPED = re.compile(rb"^>(>*From )", re.M)
_BLOCKS = frozenset(
    (
        "address", "article", "aside", "blockquote", "br", "caption", "center", "dd", "div", "dl", "dt", "figcaption", "figure",
        "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section",
        "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
    )
)  # fmt: skip
_APART = frozenset(("p", "h1", "h2", "h3", "div", "tr", "li", "table"))
_SILENT = frozenset(
    ("head", "script", "style", "title", "noscript", "template", "svg", "button", "select", "textarea", "iframe", "object")
)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|pt|em|%)?\s*(?:;|$)|mso-hide\s*:\s*all", re.I
)
# One space before it: a pattern that takes a run of them looks at a long one from each of its places.
_TRACKED = re.compile(r"\s?[<(\[]\s{0,9}https?://[^\s<>()\[\]]+\s{0,9}[>)\]]")
_BARE_ADDRESS = re.compile(r"\s*(?:[*•-]\s*)?https?://\S+\s*$")
_RULE = re.compile(r"\s*[-=_*~#]{4,}\s*$")


@cache
def _clutter() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(row["pattern"], re.I) for row in read_table("gather/newsletter.tsv"))


def mbox_pieces(name: str, stream: BinaryIO, ways: Ways) -> Iterator[Piece]:
    """The messages of an mbox, in order. Raises `InputError` where it does not begin as one does."""
    number = 0
    for number, data in enumerate(_messages(name, stream), 1):
        told = f"{name}, message {number}"
        yield Piece(number, told, partial(_message, told, data, ways))
    if not number:
        raise InputError(name, "is empty: no message is in it", "give an mbox", kind="empty")


def _messages(name: str, stream: BinaryIO) -> Iterator[bytes]:
    """The bytes of each message, at most one more than are read of it."""
    first = stream.readline(MAX_BYTES)
    if not first.startswith(b"From "):
        reason = "is no mbox: it does not begin with a line 'From '"
        raise InputError(name, reason, "give a single message as .eml", kind="format")
    lines: list[bytes] = []
    size, blank, whole = 0, False, True
    while line := stream.readline(65_536):
        # Only a line's own beginning begins a message: a longer one comes in several parts.
        if whole and blank and line.startswith(b"From "):
            yield b"".join(lines)
            lines, size = [], 0
        elif size <= MAX_BYTES:
            lines.append(line)
            size += len(line)
        blank = whole and line in (b"\n", b"\r\n")
        whole = line.endswith(b"\n")
    yield b"".join(lines)


def mail_pieces(name: str, data: bytes, ways: Ways) -> Iterator[Piece]:
    """A single message as it was sent."""
    yield Piece(1, name, partial(_message, name, data, ways))


def _message(name: str, data: bytes, ways: Ways) -> Report:
    """Its text with subject, sender and date. Raises `InputError` where there is no text in it."""
    if len(data) > MAX_BYTES:
        hint = "its attachments are not read: save its text"
        raise InputError(name, f"has more than {MAX_BYTES:,} bytes, the most that is read for one report", hint, kind="size")
    try:
        found: EmailMessage = email.message_from_bytes(_ESCAPED.sub(rb"\1", data), policy=email.policy.default)
        text, notes = _text(found)
        title, sender, ident = _header(found, "Subject"), _sender(found), _header(found, "Message-ID").strip("<> ")
        when, address = _date(found), _header(found, "Archived-At").strip("<> ")
    except InputError:
        raise
    except Exception as error:  # anybody's mail: a message that breaks the parser must not lose the others
        reason = f"cannot be read as mail ({type(error).__name__}: {error})"
        raise InputError(name, reason, "save its text", kind="damaged") from error
    if not text.strip():
        raise InputError(name, "has no text: no plain or HTML part of it holds any", "save its text", kind="empty")
    if not when and _header(found, "Date"):
        notes.append(f"its date cannot be read: {_header(found, 'Date')[:80]!r}")
    default = ways.default
    where = (("published", "mail: Date"),) if when else ()
    url = address if address.startswith(("http://", "https://")) else ""
    report = Report(text, ident, title, when or default.published, sender or default.source, url, found=where)
    return checked(name, report, *notes)


def _header(message: EmailMessage, name: str) -> str:
    """A header in one line, decoded; "" where it is missing or broken beyond reading."""
    try:
        given = message.get(name, "")
        return " ".join(str(given).replace("\x00", "").split())
    except Exception:  # the standard library raises whatever its parser met
        return ""


def _sender(message: EmailMessage) -> str:
    """Who sent it: the name, else the host of the address."""
    for name, address in getaddresses([_header(message, "From")]):
        if name.strip():
            return name.strip().strip('"')
        if "@" in address:
            return address.rsplit("@", 1)[1].lower()
    return ""


def _date(message: EmailMessage) -> str:
    """When it was sent, as ISO 8601 with its zone; where its date is none, when the last server took it, "" where unknown."""
    received = _header(message, "Received").rpartition(";")[2]
    for given in (_header(message, "Date"), received):
        try:
            moment = parsedate_to_datetime(given)
            parse_published(moment.isoformat())
            return moment.astimezone(moment.tzinfo or dt.UTC).isoformat()
        except (ValueError, TypeError, IndexError, OverflowError, InputError):
            continue
    return ""


def _text(message: EmailMessage) -> tuple[str, list[str]]:
    """The text of a message: its plain part, or the one in HTML where that says much more; and notes on what was replaced."""
    plain, html = [], []
    notes: list[str] = []
    for n, part in enumerate(message.walk()):
        if n >= MOST_PARTS:
            notes.append(f"it has more than {MOST_PARTS} parts: the others were not read")
            break
        kind = part.get_content_type()
        if part.is_multipart() or kind not in ("text/plain", "text/html") or part.get_content_disposition() == "attachment":
            continue
        payload = part.get_payload(decode=True)
        data = payload if isinstance(payload, bytes) else b""
        text, note = decode_page(data, f"text/plain; charset={part.get_content_charset() or ''}")
        notes += [note] if note else []
        if kind == "text/plain":
            flowed = _parameter(part, "format") == "flowed"
            plain.append(_unflowed(text, delsp=_parameter(part, "delsp") == "yes") if flowed else text)
        else:
            html.append(text)
    said = _plain("\n\n".join(plain))
    if html:
        shown = _rendered("\n".join(html))
        if not said.strip() or prose(shown) > RICHER * prose(said):
            return shown, notes
    return said, notes


def _parameter(part: Any, name: str) -> str:
    found = part.get_param(name, "")
    return found.lower() if isinstance(found, str) else ""


def _unflowed(text: str, *, delsp: bool) -> str:
    """Lines of format=flowed (RFC 3676) joined again: one that ends in a space goes on in the next."""
    out: list[str] = []
    flowing = False
    for line in text.splitlines():
        line = line[1:] if line.startswith(" ") else line
        goes_on = line.endswith(" ") and line != "-- "
        bare = line[:-1] if goes_on and delsp else line
        if flowing and not line.startswith(">"):
            out[-1] += bare
        else:
            out.append(bare)
        flowing = goes_on
    return "\n".join(out)


def _plain(text: str) -> str:
    """A plain part as it reads: paragraphs in one line, without the addresses behind links, signature and clutter."""
    text = re.sub(r"\n-- \n.*", "\n", text.replace("\r\n", "\n"), flags=re.S) if prose(text.split("\n-- \n")[0]) else text
    lines = [_TRACKED.sub("", line) for line in text.replace("\r\n", "\n").split("\n")]
    return _tidy(unwrapped("\n".join(line for line in lines if not _BARE_ADDRESS.match(line))))


def _tidy(text: str) -> str:
    """Lines without clutter, rules and runs of blank lines."""
    out: list[str] = []
    for line in text.split("\n"):
        bare = " ".join(line.replace("\u200b", "").replace("\u200c", "").replace("\u034f", "").split())
        if _RULE.match(bare) or (bare and any(p.fullmatch(bare) for p in _clutter())):
            continue
        if bare or (out and out[-1]):
            out.append(bare)
    return "\n".join(out).strip("\n")


def _rendered(html: str) -> str:
    """The words of a part in HTML, a line a block, without what is not shown: newsletters are tables, not articles."""
    from lxml import etree
    from lxml import html as parser

    tree = parser.document_fromstring(html.encode("utf-8", "replace") if html.strip() else b"<p></p>", parser=_utf8(parser))
    out: list[str] = []
    silent: Any = None
    for happening, element in etree.iterwalk(tree, events=("start", "end", "comment", "pi")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if happening == "start":
            hidden = tag in _SILENT or element.get("hidden") is not None or _HIDDEN.search(element.get("style") or "")
            if silent is None and hidden:
                silent = element
            if tag in _BLOCKS:
                out.append("\n\n" if tag in _APART else "\n")
            if silent is None and element.text:
                out.append(_edged(element.text))
            continue
        if element is silent:
            silent = None
        if tag in _BLOCKS and tag != "br":
            out.append("\n")
        if silent is None and element.tail:
            out.append(_edged(element.tail))
    return _tidy(re.sub(r"[ \t]*\n[ \t]*", "\n", "".join(out)))


def _edged(text: str) -> str:
    """`text` with white space as one space, also at its ends."""
    return re.sub(r"\s+", " ", text)


def _utf8(parser: Any) -> Any:
    """A parser that takes the bytes for UTF-8, whatever the markup says: they were decoded before."""
    return parser.HTMLParser(encoding="utf-8", remove_comments=False)
