"""A PDF with a text layer, as ministries publish press releases, to a report: lines joined, page furniture taken off."""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

from communique.errors import InputError, MissingExtraError
from communique.gather.archives.pieces import Piece, Ways, checked
from communique.gather.archives.wrapping import unwrapped
from communique.records import MAX_CHARACTERS, Report, parse_published

MAX_PDF = 50_000_000
"""Largest PDF that is read, in bytes: pictures make press kits large, and their text is a few pages."""

MOST_PAGES = 300
"""Pages of one report; what has more is a book."""

LEAST = 40
"""Letters a page, on average, below which a PDF has no text layer worth the name: a scan's stamp or page number."""

EDGE = 3
"""Lines at the top and the bottom of a page that may be its running head or foot."""

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"
)  # fmt: skip
_MONTH = "|".join(_MONTHS)
_DAY_FIRST = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?\s+({_MONTH}),?\s+((?:19|20)\d\d)\b", re.I)
_MONTH_FIRST = re.compile(rf"\b({_MONTH})\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+((?:19|20)\d\d)\b", re.I)
_ISO = re.compile(r"\b((?:19|20)\d\d)-(\d\d)-(\d\d)\b")
HEAD_LINES = 12
"""Lines at the beginning in which a press release's own date stands, before its first sentence."""

_NUMBER = re.compile(r"\W*(?:page\s*)?\d{1,4}(?:\s*(?:/|of)\s*\d{1,4})?\W*$", re.I)
_DIGITS = re.compile(r"\d+")
_MADE_UP = re.compile(
    r"(?:microsoft word|untitled|document\d*|presentation|layout \d|print|pdf|indd|slide \d)\b"
    r"|.*\.(?:docx?|indd|pdf|rtf|odt|pptx?)$", re.I,
)  # fmt: skip
"""Titles that a program gave."""

_LETTERS = str.maketrans(
    {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st", "\ufb06": "st",
     "\u00a0": " ", "\u2002": " ", "\u2003": " ", "\u2009": " ", "\x00": "", "\x0c": "\n"}
)  # fmt: skip


def pdf_pieces(name: str, data: bytes, ways: Ways) -> Iterator[Piece]:
    """The report that a PDF is."""
    yield Piece(1, name, partial(_report, name, data, ways))


def _report(name: str, data: bytes, ways: Ways) -> Report:
    """Raises `InputError` for a PDF that is damaged, locked, too long or a picture of pages."""
    title, pages = _read(name, data)
    pages = [p.translate(_LETTERS) for p in pages]
    letters = sum(c.isalpha() for page in pages for c in page)
    if letters < LEAST * len(pages):
        hint = "run text recognition over it first, for example ocrmypdf"
        raise InputError(name, "has no text layer: its pages are pictures", hint, kind="scan")
    lines = [line for page in _without_furniture([p.split("\n") for p in pages]) for line in page]
    when = _dated(lines)
    text = _tidy(unwrapped("\n".join(lines)))
    found = (("published", f"the line {when[1][:80]!r}"),) if when else ()
    default = ways.default
    published = when[0] if when else default.published
    return checked(name, Report(text, title=title or default.title, published=published, source=default.source, found=found))


def _read(name: str, data: bytes) -> tuple[str, list[str]]:
    """Title ("" where the file names none of its own) and the text of each page, top to bottom."""
    try:
        from pypdf import PdfReader
        from pypdf.errors import DependencyError
    except ImportError as error:
        raise MissingExtraError("pypdf", "pip install 'communique[pdf]'", "reading PDF") from error
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what it mends on the way is nobody's concern
    broken = "is damaged, or no PDF"
    try:
        file = PdfReader(io.BytesIO(data))
        if file.is_encrypted and not file.decrypt(""):
            raise InputError(name, "is locked with a password", "save it without one", kind="format")
        if len(file.pages) > MOST_PAGES:
            reason = f"has {len(file.pages):,} pages, more than the {MOST_PAGES} that are read for one report"
            raise InputError(name, reason, "cut it into its reports", kind="size")
        pages: list[str] = []
        for page in file.pages:
            pages.append(page.extract_text() or "")
            if sum(map(len, pages)) > 2 * MAX_CHARACTERS:
                break
        title = " ".join(str((file.metadata.get("/Title") if file.metadata else "") or "").replace("\x00", "").split())
    except InputError:
        raise
    except RecursionError as error:
        raise InputError(name, f"{broken} (it goes round in circles)", "save it again", kind="damaged") from error
    except DependencyError as error:
        hint = "save it without encryption, or install cryptography"
        raise InputError(name, "is encrypted in a way that pypdf alone does not read", hint, kind="format") from error
    except Exception as error:  # a PDF can break any parser, and must not lose the others
        reason = f"{broken} ({type(error).__name__}: {str(error)[:120]})"
        raise InputError(name, reason, "save it again", kind="damaged") from error
    return ("" if _MADE_UP.match(title) else title), pages


def _without_furniture(pages: Sequence[Sequence[str]]) -> list[list[str]]:
    """Pages without running heads and feet (the same line, but for its numbers, at the edge of most pages) and page numbers."""
    bare = [[line.rstrip() for line in page] for page in pages]
    bare = [_trimmed(page) for page in bare]
    seen: Counter[str] = Counter()
    for page in bare:
        seen.update({_DIGITS.sub("#", line.strip()) for line in (*page[:EDGE], *page[-EDGE:]) if line.strip()})
    often = {line for line, n in seen.items() if n >= 2 and n > len(bare) / 2}
    out = []
    for page in bare:
        kept = []
        for at, line in enumerate(page):
            edge = at < EDGE or at >= len(page) - EDGE
            number = (at == 0 or at == len(page) - 1) and _NUMBER.match(line.strip())
            if line.strip() and edge and (number or (len(bare) > 1 and _DIGITS.sub("#", line.strip()) in often)):
                continue
            kept.append(line)
        out.append(_trimmed(kept))
    return out


def _trimmed(lines: Sequence[str]) -> list[str]:
    start, end = 0, len(lines)
    while start < end and not lines[start].strip():
        start += 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    return list(lines[start:end])


def _dated(lines: Sequence[str]) -> tuple[str, str] | None:
    """The day in the head of a release and the line in which it stands; None where there is none, or more than one."""
    days: dict[str, str] = {}
    for line in [one for one in lines if one.strip()][:HEAD_LINES]:
        bare = " ".join(line.split())
        if len(bare) > 90:
            break  # a sentence: the day in it is what it tells of
        for found in _DAY_FIRST.finditer(bare):
            days.setdefault(_iso(found[3], found[2], found[1]), bare)
        for found in _MONTH_FIRST.finditer(bare):
            days.setdefault(_iso(found[3], found[1], found[2]), bare)
        for found in _ISO.finditer(bare):
            days.setdefault(found[0], bare)
        if days:
            break
    if len(days) != 1:
        return None
    (day, line), = days.items()
    try:
        parse_published(day)
    except InputError:
        return None
    return day, line


def _iso(year: str, month: str, day: str) -> str:
    return f"{year}-{_MONTHS.index(month.capitalize()) + 1:02d}-{int(day):02d}"


def _tidy(text: str) -> str:
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
