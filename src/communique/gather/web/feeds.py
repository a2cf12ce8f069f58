"""What a source lists: feeds (RSS, Atom, RDF, JSON Feed), news sitemaps and their indexes, plain lists of addresses.

Feeds are read by fastfeedparser, which survives what is broken in them; this module makes them safe to give to it, and reads
from them what a watcher needs: addresses, titles, dates with the zone that the source gives.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any, NamedTuple

from communique.errors import InputError
from communique.gather.web.addresses import join
from communique.gather.web.feedtext import feed_text, moment, safe_xml
from communique.gather.web.media import of_header

MAX_ENTRIES = 50_000
"""Entries that are read of one source: what the protocol of sitemaps allows for one."""

MAX_TITLE, MAX_SUMMARY = 1_000, 2_000
"""Characters kept of a title and of a summary."""

_HINT = "a source is RSS, Atom, JSON Feed, a sitemap, or a list with one https:// address a line"
KINDS = ("rss", "atom", "rdf", "json", "sitemap", "index", "list")

_ROOT = re.compile(r"<(?:[\w.-]+:)?(!?[\w.-]+)")
_ROOTS = ("rss", "feed", "rdf", "urlset", "sitemapindex")
_PROLOG = re.compile(r"\s*(?:<\?[^>]*>|<!--.*?-->)\s*", re.S)  # not (?:(?!-->).)*, which takes 60 bytes of memory a letter
_DATES = re.compile(
    r"<(?:[\w.-]+:)?(?:pubDate|published|updated|date|issued|modified|created)\b[^<>]*>\s*(?:<!\[CDATA\[)?\s*([^<\]]{6,80})", re.I
)
_PAGE = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--(?:(?!-->).){0,2000}-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_ALTERNATE = re.compile(r"<link\b[^>]{0,400}application/(?:rss|atom|feed)\+(?:xml|json)[^>]{0,400}>", re.I)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_LINE = re.compile(r"(https?://\S+)(?:\s+(.*))?", re.I)


@dataclass(frozen=True, slots=True)
class Entry:
    """One report that a source lists, as it lists it.

    `url` is absolute and without its fragment, not in its canonical form; `published` is ISO 8601 with the source's zone, the
    day alone where it gives no zone, "" where it gives no date. An entry of a feed that has been changed, and does not say when
    it appeared, counts as published then; a sitemap's ``lastmod`` is in `modified` only. `summary` is plain text.
    """

    url: str
    title: str = ""
    published: str = ""
    id: str = ""
    summary: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """A source's list. `kind`: rss, atom, rdf, json, sitemap, index or list; `more` are the sitemaps of an index."""

    title: str
    kind: str
    entries: tuple[Entry, ...] = ()
    more: tuple[str, ...] = ()


class _Row(NamedTuple):
    """An entry as a source gives it: of any type where the source may give any."""

    link: object
    title: object = ""
    published: str = ""
    id: object = ""
    summary: object = ""
    modified: str = ""


def read_feed(data: bytes, url: str, content_type: str = "") -> Feed:
    """The list in `data`, which came from `url`, with each address once and in the source's order.

    `content_type` is the server's header, of which the charset is a hint and the rest is not believed: the bytes say what
    they are. Entries without an http(s) address are left out.

    Raises `InputError` where `data` is no such list, or declares entities that are not safe to read.
    """
    text = feed_text(data, url, of_header(content_type)[1])
    if text[0] in "{[":
        return _json_feed(text, url)
    if _PAGE.match(text):
        raise _page(text, url)
    name = _root(text)
    if name not in (*_ROOTS, "!doctype"):  # a warning of the server's own program, or white space, before the feed
        start = re.search(r"<(?:\?xml|rss|feed|rdf:RDF|urlset|sitemapindex)\b", text[:8_192], re.I)
        if start is None and text[0] != "<":
            return _plain_list(text, url)
        text = text[start.start() :] if start else text
    text = safe_xml(text, url)
    name = _root(text)
    if name in ("urlset", "sitemapindex"):
        return _sitemap(text, url, name)
    return _xml_feed(text, url, name)


def _root(text: str) -> str:
    """The name of the first element, in small letters and without its prefix; of a document type ``!doctype``."""
    at = 0
    while at < 100_000 and (found := _PROLOG.match(text, at)):
        at = found.end()
    root = _ROOT.match(text, at)
    return root[1].lower() if root else ""


def _page(text: str, url: str) -> InputError:
    """The error for a web page, with the feed that it names."""
    for tag in _ALTERNATE.findall(text[:200_000]):
        if link := re.search(r"href\s*=\s*[\"']?([^\"'\s>]+)", tag, re.I):
            try:
                return InputError(url, "is a web page, not a feed", f"its feed is at {join(url, unescape(link[1]))}")
            except InputError:
                continue
    return InputError(url, "is a web page, not a feed, and names no feed", "look for a link to RSS or a sitemap on the site")


def _xml_feed(text: str, url: str, name: str) -> Feed:
    """RSS, Atom and RDF, also inside what is not them. Raises `InputError` where no feed is in it."""
    from fastfeedparser import parse

    body = _DATES.sub(_believed, re.sub(r"^\s*<\?xml[^>]{0,200}?\?*>", "", text))
    try:
        found = parse(
            b'<?xml version="1.0" encoding="utf-8"?>' + body.encode("utf-8", "replace"),
            include_content=False, include_tags=False, include_media=False, include_enclosures=False,
        )  # fmt: skip
    except RecursionError as error:
        raise InputError(url, "is nested too deeply for a feed", "it was not read") from error
    except Exception as error:  # the parser's own faults on broken feeds are of many kinds, and none may end a watch
        reason = " ".join(str(error).split())[:160]
        raise InputError(url, f"cannot be read as a feed: {reason or type(error).__name__}", _HINT) from error
    kind = {"feed": "atom", "rdf": "rdf"}.get(name, "rss")
    moments = _moments(text)
    rows = (_row(item, moments) for item in found.get("entries") or ())
    title = found["feed"].get("title") if "feed" in found else ""
    return Feed(_words(title, MAX_TITLE), kind, tuple(_entries(rows, url)))


def _row(item: Mapping[str, Any], moments: Mapping[str, str]) -> _Row:
    published, modified = _when(item.get("published"), moments), _when(item.get("updated"), moments)
    summary = item.get("description") or item.get("summary")
    return _Row(_link(item), item.get("title"), published or modified, item.get("id"), summary, modified)


def _link(item: Mapping[str, Any]) -> object:
    """An entry's address: the link to its page, else its link, else its id where that is an address.

    Of the links of an Atom entry, one to itself as a feed may stand before the one to its page.
    """
    links = [link for link in item.get("links") or () if isinstance(link, Mapping) and link.get("href")]
    if len(links) > 1:
        for rel in ("alternate", None, ""):
            for link in links:
                if link.get("rel") == rel and "atom" not in str(link.get("type") or ""):
                    return link["href"]
    return item.get("link") or (links[0]["href"] if links else item.get("id"))


def _believed(date: re.Match[str]) -> str:
    """An element of a date, without what is no date: the parser would guess at it, for two thousandths of a second each."""
    return date[0] if moment(date[1]) else date[0][: date.start(1) - date.start()]


def _moments(text: str) -> dict[str, str]:
    """The dates in a feed's text with their own zones, by the same moment in UTC, which is what the parser gives."""
    out: dict[str, str] = {}
    for raw in _DATES.findall(text):
        if iso := moment(raw):
            if len(iso) == 10:
                out.setdefault(iso, iso)
                continue
            out.setdefault(dt.datetime.fromisoformat(iso).astimezone(dt.UTC).isoformat(timespec="seconds"), iso)
    return out


def _when(value: object, moments: Mapping[str, str]) -> str:
    """A date of the parser's with its zone. One that the text does not hold as such is a guess, and is left out."""
    if not isinstance(value, str) or len(value) < 19:
        return ""
    return moments.get(value[:19] + value[-6:]) or moments.get(value[:10]) or ""


def _entries(rows: Iterable[_Row], base: str) -> Iterator[Entry]:
    """Entries, each address once, the first `MAX_ENTRIES` of them."""
    seen: set[str] = set()
    for row in rows:
        if not isinstance(row.link, str) or not row.link.strip():
            continue
        try:
            url = join(base, row.link)
        except InputError:
            continue
        if url in seen:
            continue
        seen.add(url)
        own = str(row.id or "")[:500]
        yield Entry(url, _words(row.title, MAX_TITLE), row.published, own, _words(row.summary, MAX_SUMMARY), row.modified)
        if len(seen) >= MAX_ENTRIES:
            return


def _words(value: object, most: int) -> str:
    """`value` as plain text of one line: without tags, with letters for entities."""
    if not isinstance(value, str) or not value:
        return ""
    text = value[: most * 10]
    if "<" in text:
        text = _TAG.sub(" ", text)
    if "&" in text:
        text = unescape(text)
        if "<" in text:
            text = _TAG.sub(" ", text)
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _json_feed(text: str, url: str) -> Feed:
    """A JSON Feed (jsonfeed.org), or an array of addresses. Raises `InputError`."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(url, f"is not valid JSON: {str(error)[:120]}", _HINT) from error
    if isinstance(value, list):
        items: object = value
        title: object = ""
    else:
        items, title = value.get("items"), value.get("title")
    if not isinstance(items, list):
        raise InputError(url, "is JSON, but no JSON Feed: it has no items", "a JSON Feed has items with an url each")
    return Feed(_words(title, MAX_TITLE), "json", tuple(_entries(map(_json_row, items), url)))


def _json_row(item: object) -> _Row:
    if not isinstance(item, Mapping):
        return _Row(item)
    published, modified = (moment(str(item.get(key) or "")) for key in ("date_published", "date_modified"))
    summary = item.get("summary") or item.get("content_text") or item.get("content_html")
    link = item.get("url") or item.get("external_url") or item.get("id")
    return _Row(link, item.get("title"), published or modified, item.get("id"), summary, modified)


def _sitemap(text: str, url: str, name: str) -> Feed:
    """A sitemap, with the titles and dates of Google's news form where it has them, or an index of sitemaps."""
    from lxml import etree

    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, collect_ids=False, huge_tree=False)
    body = re.sub(r"^\s*<\?xml[^>]{0,200}?\?*>", "", text)
    root = etree.fromstring(body.encode("utf-8", "replace"), parser)
    if root is None:
        raise InputError(url, "is a sitemap that cannot be read", "open it and look what it is")
    rows = [_fields(child) for child in root if isinstance(child.tag, str)][:MAX_ENTRIES]
    if name == "sitemapindex":
        listed = _entries((_Row(row.get("loc")) for row in rows), url)
        return Feed("", "index", more=tuple(entry.url for entry in listed))
    told = (
        _Row(r.get("loc"), r.get("title"), moment(r.get("publication_date", "")), modified=moment(r.get("lastmod", "")))
        for r in rows
    )  # fmt: skip
    title = next((row["name"] for row in rows if row.get("name")), "")
    return Feed(_words(title, MAX_TITLE), "sitemap", tuple(_entries(told, url)))


def _fields(element: Any) -> dict[str, str]:
    """The text of each element under one, by its name without its namespace; the first of a name counts.

    Those of images and films are left out: they have a ``loc`` and a ``title`` too.
    """
    out: dict[str, str] = {}
    for child in element.iter():
        if not isinstance(child.tag, str):
            continue
        space, _, name = child.tag.rpartition("}")
        if "image" not in space and "video" not in space and child.text and child.text.strip():
            out.setdefault(name.lower(), child.text.strip())
    return out


def _plain_list(text: str, url: str) -> Feed:
    """One address a line, with its title after a space if it has one. Raises `InputError` where most lines are something else."""
    lines = [line for raw in text.splitlines() if (line := raw.strip()) and not line.startswith("#")]
    found = [match for line in lines if (match := _LINE.fullmatch(line))]
    if not found or len(found) * 2 < len(lines):
        raise InputError(url, "is no feed, sitemap or list of addresses", _HINT)
    rows = (_Row(match[1], match[2]) for match in found)
    return Feed("", "list", tuple(_entries(rows, url)))
