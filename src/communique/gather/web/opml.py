"""OPML, the list of feeds that feed readers export, to sources."""

from __future__ import annotations

import re
from dataclasses import dataclass

from communique.errors import InputError
from communique.gather.web.addresses import split
from communique.gather.web.feedtext import feed_text, safe_xml

MAX_SOURCES = 10_000
"""Feeds that are read of one file; large lists of news desks have some thousands."""


@dataclass(frozen=True, slots=True)
class OpmlSource:
    """A feed of an OPML file: its `title`, the feed's `url`, and the `site` that it belongs to ("" where not given)."""

    title: str
    url: str
    site: str = ""


def read_opml(data: bytes, name: str = "the OPML file") -> tuple[OpmlSource, ...]:
    """The feeds of an OPML file, each address once, in the file's order; folders of feeds are opened. `name` is for messages.

    An outline whose address is no http(s) one is left out. Raises `InputError` where `data` is no OPML, or has no feed.
    """
    from lxml import etree

    text = safe_xml(feed_text(data, name), name)
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, collect_ids=False, huge_tree=False)
    root = etree.fromstring(re.sub(r"^\s*<\?xml[^>]{0,200}?\?*>", "", text).encode("utf-8", "replace"), parser)
    if root is None or not isinstance(root.tag, str) or root.tag.rpartition("}")[2].lower() != "opml":
        raise InputError(name, "is no OPML", "export the list of feeds from a feed reader as OPML")
    found: dict[str, OpmlSource] = {}
    for outline in root.iter("{*}outline", "{*}Outline"):
        given = {key.lower(): value.strip() for key, value in outline.attrib.items() if isinstance(key, str)}
        url = _address(given.get("xmlurl", ""))
        if url and url not in found and len(found) < MAX_SOURCES:
            title = " ".join((given.get("title") or given.get("text") or "").split())[:500]
            found[url] = OpmlSource(title, url, _address(given.get("htmlurl", "")))
    if not found:
        raise InputError(name, "names no feed", "its outlines need an xmlUrl with an http or https address")
    return tuple(found.values())


def _address(value: str) -> str:
    try:
        return split(value.replace("feed://", "http://", 1)).geturl() if value else ""
    except InputError:
        return ""
