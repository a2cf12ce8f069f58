"""A fetched address to the report on it, under the one address by which it is known."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from urllib.parse import urlsplit

from communique.errors import InputError
from communique.gather.archives.pieces import checked
from communique.gather.pages.page import to_report
from communique.gather.sniff import decode
from communique.gather.watch.memory import Waiting
from communique.gather.watch.sources import Source
from communique.gather.web.addresses import canonical
from communique.gather.web.fetch import Fetched
from communique.records import Report

_PREFIXES = ("www.", "m.", "mobile.", "amp.", "edition.")
"""What stands before a site's name without making it another site."""


@dataclass(frozen=True, slots=True)
class Article:
    """A report with its address in canonical form as its `url`, and the other addresses that led to it."""

    report: Report
    also: tuple[str, ...] = ()


def article(fetched: Fetched, waiting: Waiting, source: Source) -> Article:
    """The report on a fetched page. What the page does not say is taken from the source's entry, and from what the sources file
    calls it.

    Raises `InputError` where the page holds no article.
    """
    final = canonical(fetched.url)
    found = _read(fetched, final, Report("", title=waiting.title, published=waiting.published, source=source.name))
    own = own_address(found.url, final)
    outlet = source.outlet or found.source or _site(urlsplit(final).hostname or "")
    report = dataclasses.replace(found, url=own, source=outlet, id="")
    ways = dict.fromkeys((waiting.url, *(_canonical(m) for m in fetched.moved), final))
    return Article(report, tuple(way for way in ways if way and way != own))


def _read(fetched: Fetched, final: str, default: Report) -> Report:
    """The report: of a page, or of a press release that is a PDF or plain text."""
    kind = fetched.content_type
    if fetched.data[:1024].lstrip().startswith(b"%PDF-"):
        from communique.gather.archives.pdf import pdf_pieces
        from communique.gather.archives.pieces import Ways

        (piece,) = pdf_pieces(final, fetched.data, Ways(default.published, default.source))
        release = piece.make()
        return dataclasses.replace(release, title=release.title or default.title, url=final)
    if kind.lower().startswith("text/plain") and b"<html" not in fetched.data[:4096].lower():
        text, note = decode(fetched.data)
        if not text.strip():
            raise InputError(final, "is empty", "look at the address", kind="empty")
        return checked(final, dataclasses.replace(default, text=text, url=final), note)
    if fetched.charset and "charset" not in kind.lower():
        kind = f"{kind}; charset={fetched.charset}"
    return to_report(fetched.data, url=final, content_type=kind, default=default)


def own_address(claimed: str, final: str) -> str:
    """The address by which a page wants to be known, where that is believable; else `final`, the one that it was fetched from.

    A page that names another site is a reprint, and one that names the site's front page is mistaken: both would make one
    report of many.
    """
    found = _canonical(claimed)
    if not found:
        return final
    there, here = urlsplit(found), urlsplit(final)
    if _site(there.hostname or "") != _site(here.hostname or "") or there.port != here.port:
        return final
    if there.path in ("", "/") and not there.query and here.path not in ("", "/"):
        return final
    return found


def _site(host: str) -> str:
    for prefix in _PREFIXES:
        host = host.removeprefix(prefix)
    return host


def _canonical(url: str) -> str:
    try:
        return canonical(url) if url else ""
    except InputError:
        return ""
