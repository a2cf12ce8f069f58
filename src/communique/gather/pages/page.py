"""A web page to the article on it: its text by trafilatura with our own check, and what the page says about it.

What extraction leaves in or out is `residue`'s, what the markup says is `pagemeta`'s, which bytes are text `charset`'s.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import re
from dataclasses import dataclass
from typing import Any

from communique.errors import InputError
from communique.gather.pages import residue
from communique.gather.pages.agencies import credited_in
from communique.gather.pages.bylines import names
from communique.gather.pages.charset import decode_page
from communique.gather.pages.pagemeta import Meta, read_meta
from communique.records import MAX_CHARACTERS, Report

MIN_PROSE = 150
"""Characters of prose below which a page holds no article: error pages and logins stay below 130, and the shortest of
60 real articles (shared/data/pages) has 549."""

SHORT = 1_500
"""Characters of text below which what stands in an article's place (consent, a subscription) may be all that there is."""

MAX_MARKUP = 20_000_000
"""Longest page, in characters: a text of `MAX_CHARACTERS` fits with twenty times its length in markup."""

MAX_TAGS = 100_000
"""Most tags of a page that is parsed: none of the 60 real pages has more than 3,300, and a million take 1.2 GB."""

DEEPEST = 100
"""Elements within each other above which a page is flattened first: the parser stops at 256, those that we do not count (list
items, rows, cells) between them, and none of the 60 real pages is deeper than 49."""

_STOPS = (".", "!", "?", "…", "。", "！", "？", "।", "؟")
_WALLS = {
    "consent": ("asks for consent to cookies where its article should be", "open it in a browser and give the article's text"),
    "robot": ("asks whether a person reads it instead of giving its article", "open it in a browser and give the article's text"),
    "gone": ("says that there is no such page", "check the address"),
    "subscription": ("gives its article to subscribers only", "give the article's text if you may"),
}


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says about its article; unknown is the empty string.

    `published` is ISO 8601, with time and zone where the page gives them. `byline`, `agency` and `found` as in
    `communique.records.Report`; `language` is what the markup claims; `notes` say what is doubtful, such as a paywall;
    `left_out` are lines that extraction left in and that are none of the article's, each with its kind.
    """

    text: str
    title: str = ""
    published: str = ""
    site: str = ""
    url: str = ""
    byline: str = ""
    agency: str = ""
    language: str = ""
    found: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()


def to_report(
    data: bytes | str, *, url: str, content_type: str = "", default: Report | None = None, name: str = ""
) -> Report:
    """The report on a page that was fetched from `url`, or lay in an archive under it; `name` names it in errors, else `url`.

    `content_type` is the header's, charset included; `default` gives what the page does not say (published, source, ...).
    Raises `InputError` where the page cannot be parsed, holds no article, or asks for consent or a subscription instead.
    """
    text, note = (data, "") if isinstance(data, str) else decode_page(data, content_type)
    page = read_page(text, name or url or "a page", url=url)
    return page_report(page, default or Report(""), url=url, note=note)


def page_report(page: Page, default: Report, *, url: str = "", note: str = "") -> Report:
    """`page` as a report: what it does not say is taken from `default`, and so is an outlet known by its address alone.

    Raises `InputError` where the text is longer than `MAX_CHARACTERS`.
    """
    if len(page.text) > MAX_CHARACTERS:
        reason = f"has {len(page.text):,} characters, more than the {MAX_CHARACTERS:,} that are read for one report"
        raise InputError(url or page.title or "page", reason, "cut it into its reports", kind="size")
    found = dict(page.found)
    source = default.source if default.source and found.get("source") == "url" else page.site or default.source
    given = {
        "title": page.title, "published": page.published, "source": source, "byline": page.byline, "agency": page.agency,
    }  # fmt: skip
    for name, value in given.items():
        kept = getattr(default, name)
        if kept and (not value or (name == "source" and value == kept and found.get("source") == "url")):
            given[name], found[name] = kept, "given"
    return dataclasses.replace(
        default, **given, text=page.text, url=page.url or url or default.url, language=page.language or default.language,
        found=tuple(found.items()), notes=tuple(n for n in (*default.notes, note, *page.notes) if n),
    )  # fmt: skip


def read_page(html: str, source: str, *, url: str = "") -> Page:
    """The article on a page. `source` names the page in errors; `url` is where it was fetched, if known.

    Raises `InputError` where the page cannot be parsed, holds no article, or something else in its place.
    """
    html = _lean(html)
    for amount, most, what in ((len(html), MAX_MARKUP, "characters"), (html.count("<"), MAX_TAGS, "tags")):
        if amount > most:
            reason = f"has {amount:,} {what}, more than the {most:,} that are read of one page"
            raise InputError(source, reason, "give the article's text", kind="size")
    try:
        tree = _tree(html)
        meta = Meta() if tree is None else read_meta(tree, url)
        when, where = ("", "") if tree is None or meta.published else _looked_for(tree, url, meta.modified)
        raw = "" if tree is None else _article(tree, html)
    except Exception as error:  # any page may come in, and one that breaks the parser must not lose the others
        reason = f"cannot be parsed as HTML ({type(error).__name__})"
        raise InputError(source, reason, "give the article's text", kind="page") from error
    raw, whence = _fuller(raw, meta.body)
    cleaned = residue.clean(raw, meta.titles)
    _refuse(source, meta, cleaned, raw)
    found = dict(meta.found)
    out = cleaned.counted()
    found["text"] = whence + (f", without {out}" if out else "")
    if when:
        found["published"] = where
    byline, agency = meta.byline, meta.agency
    if not byline and (signed := _signed(raw)):
        byline, found["byline"] = signed, "text"
    if not agency and (credit := credited_in(raw)):
        agency, found["agency"] = credit, "text"
    return Page(
        cleaned.text, meta.title, meta.published or when, meta.site, meta.url, byline, agency, meta.language,
        tuple(found.items()), (*meta.notes, *_doubts(meta, cleaned.text, raw)), cleaned.left_out,
    )  # fmt: skip


def _tree(html: str) -> Any:
    """The page as an lxml element; None where it is no HTML."""
    from trafilatura import load_html

    # Its log would tell of each page that holds no article, which we say ourselves.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    logging.getLogger("htmldate").setLevel(logging.CRITICAL)
    if not html.strip():
        return None
    return load_html(html)


def _lean(html: str) -> str:
    """`html` as a parser can bear it: not too deep, and where it has very many tags without scripts, styles, comments and rows
    of breaks, which hold nothing of an article."""
    if html.count("<") > MAX_TAGS:
        for opening, closing in (("<!--", "-->"), ("<script", "</script>"), ("<style", "</style>"), ("<svg", "</svg>")):
            html = _without(html, opening, closing)
        html = _BREAKS.sub("<br><br>", html)
    return _flat(html) if _depth(html) > DEEPEST else html


def _without(html: str, opening: str, closing: str) -> str:
    """`html` without what stands from an `opening` to the next `closing`; what is never closed, and JSON-LD, stay."""
    low, out, last = html.lower(), list[str](), 0
    if len(low) != len(html):  # some letters are longer in lower case: no place would fit
        return html
    start = low.find(opening)
    while start >= 0 and (end := low.find(closing, start)) >= 0:
        end += len(closing)
        if "ld+json" not in low[start : start + 100]:
            out.append(html[last:start])
            last = end
        start = low.find(opening, end)
    return "".join((*out, html[last:]))


_TAG = re.compile(r"<(/?)([a-z][\w-]*)\b[^<>]*>", re.I)
_BREAKS = re.compile(r"(?:<br\b[^<>]*>\s*){3,}", re.I)
_UNCOUNTED = frozenset(
    (
        "html", "head", "body", "li", "td", "th", "tr", "p", "dd", "dt", "option", "br", "hr", "img", "input", "meta", "link",
        "area", "base", "col", "embed", "source", "track", "wbr", "script", "style",
    )
)  # fmt: skip
"""Elements that hold nothing, or that their like closes."""


def _depth(html: str) -> int:
    """The most elements within each other, roughly."""
    depth = most = 0
    for match in _TAG.finditer(html):
        if match[2].lower() not in _UNCOUNTED:
            depth = max(0, depth - 1) if match[1] else depth + 1
            most = max(most, depth)
    return most


def _flat(html: str) -> str:
    """`html` with the opening and closing of elements that stand too deep taken out."""
    depth = last = 0
    out: list[str] = []
    for match in _TAG.finditer(html):
        if match[2].lower() in _UNCOUNTED:
            continue
        if match[1]:
            drop, depth = depth > DEEPEST, max(0, depth - 1)
        else:
            depth += 1
            drop = depth > DEEPEST
        if drop:
            out.append(html[last : match.start()])
            last = match.end()
    return "".join((*out, html[last:]))


LITTLE = 0.3
"""Share of a page's prose below which extraction may have missed the article: it is then tried on the page as it came."""


def _article(tree: Any, html: str) -> str:
    """The article's text, one paragraph a line; "" where there is none. `tree` changes."""
    whole = residue.prune(tree)
    found = _extracted(tree)
    if len(found) < LITTLE * whole:
        untouched = _tree(html)
        other = "" if untouched is None else _extracted(untouched)
        return other if prose(other) > 2 * prose(found) else found
    return found


def _extracted(tree: Any) -> str:
    from trafilatura import bare_extraction

    # With tables: in old pages the article itself stands in one.
    found = bare_extraction(tree, with_metadata=False, include_comments=False, include_tables=True)
    return "" if found is None or isinstance(found, dict) else found.text or ""


def _fuller(text: str, body: str) -> tuple[str, str]:
    """The text, or the one that JSON-LD gives where extraction has less than half of it; and which of the two."""
    if len(body) > 2 * len(text) and prose(body) > 2 * prose(text):
        lines = (line.strip() for line in re.sub(r"<[^<>]{1,300}>", "\n", body).splitlines())
        return "\n".join(line for line in lines if line), "json-ld articleBody"
    # Extraction itself takes it where the page has nothing else.
    return text, "json-ld articleBody" if body and text.split() == body.split() else "article"


def _looked_for(tree: Any, url: str, modified: str) -> tuple[str, str]:
    """(date, where) by htmldate, where the places that we know say nothing; the last change as a last resort."""
    from htmldate import find_date

    # A date looked for in the running text is a guess, and "on Wednesday" would be told from it: markup only.
    day = find_date(tree, original_date=True, extensive_search=False, url=url or None, max_date=dt.date.today().isoformat())
    if day:
        return day, "markup (htmldate)"
    return (modified, "modified") if modified else ("", "")


def _refuse(source: str, meta: Meta, cleaned: residue.Cleaned, raw: str) -> None:
    """Raises `InputError` where a page holds no article, and says what it holds instead where that is known."""
    text = cleaned.text
    amount = prose("\n".join((text, *(line for kind, line in cleaned.left_out if kind == "repeated"))))
    kind = residue.wall(meta.title, raw) if len(text) < SHORT else residue.wall(meta.title, "", where=("title",))
    if kind == "subscription" and amount >= MIN_PROSE:
        kind = ""  # its first lines are there: read, with a note
    if kind in ("consent", "robot", "gone") and len(text) >= SHORT:
        kind = ""  # an article about consent is one
    if kind in ("consent", "robot") and not residue.wall(meta.title, "", where=("title",)):
        own = prose("\n".join(line for line in text.split("\n") if not residue.of_wall(kind, line)))
        kind = kind if own < max(MIN_PROSE, amount / 2) else ""  # a banner above an article
    if not kind and amount < MIN_PROSE and not meta.free:
        kind = "subscription"
    if kind:
        raise InputError(source, *_WALLS[kind], kind="page")
    if amount < MIN_PROSE:
        reason = "is a page without an article"
        raise InputError(source, reason, "give the article's own page, or its text as plain text", kind="page")


def _doubts(meta: Meta, text: str, raw: str) -> tuple[str, ...]:
    """Notes on what may be missing."""
    if len(text) < SHORT and (not meta.free or residue.wall("", raw[-600:], where=("text",)) == "subscription"):
        return (f"the page gives its article to subscribers only: these are the first {len(text):,} characters",)
    return ()


_BY = re.compile(r"^(?:By|BY) \S.{2,80}$")


def _signed(text: str) -> str:
    """Who signs the text in a line of its own at its beginning or end."""
    lines = text.split("\n")
    near = [*lines[:4], *lines[-2:]] if len(lines) > 5 else lines
    return "; ".join(next((found for line in near if _BY.match(line.strip()) and (found := names([line]))), ()))


def prose(text: str) -> int:
    """Characters in lines that hold a sentence: lists of links and buttons count nothing."""
    lines = (line for line in text.splitlines() if len(line) >= 40 or any(s in line for s in "。！？"))
    return sum(len(line) for line in lines if any(stop in line for stop in _STOPS))
