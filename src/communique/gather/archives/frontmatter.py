"""Plain text that says at its top what it is: lines of ``key: value`` between two lines of ``---``."""

from __future__ import annotations

import re
from dataclasses import replace

from communique.gather.archives.pieces import FIELDS, Ways
from communique.records import Report

MOST = 100
"""Lines that front matter may have; a text that begins with ``---`` and goes on longer is a text."""

_FENCE = re.compile(r"-{3,}[ \t]*$")
_LINE = re.compile(r"([A-Za-z][\w -]{0,40}?)[ \t]*:(?:[ \t]+(.*)|)$")
_INNER = re.compile(r"[ \t]+\S|-[ \t]|#")
"""What belongs to a key above it (a list, a text of several lines) or is a comment."""

_OTHER = {"date": "published", "author": "byline", "outlet": "source", "link": "url", "headline": "title"}
"""Other names of a field, which stand where its own does not."""


def split(text: str) -> tuple[dict[str, str], str]:
    """What front matter says, by key in lower case, and the text behind it; ({}, `text`) where there is none."""
    lines = text.splitlines(keepends=True)
    if not lines or not _FENCE.match(lines[0].lstrip("\ufeff").rstrip("\r\n")):
        return {}, text
    found: dict[str, str] = {}
    for n, line in enumerate(lines[1 : MOST + 2], 1):
        bare = line.rstrip("\r\n")
        if _FENCE.match(bare) or bare.rstrip() == "...":
            body = "".join(lines[n + 1 :])
            return (found, body.lstrip("\r\n")) if found else ({}, text)
        if not bare.strip() or _INNER.match(bare):
            continue
        given = _LINE.match(bare)
        if given is None:
            return {}, text
        found.setdefault(given[1].strip().lower(), _value(given[2] or ""))
    return {}, text


def _value(given: str) -> str:
    given = given.strip()
    if len(given) >= 2 and given[0] == given[-1] and given[0] in "\"'":
        inner = given[1:-1]
        return inner.replace('\\"', '"').replace("\\\\", "\\") if given[0] == '"' else inner.replace("''", "'")
    return re.sub(r"\s+#.*$", "", given)


def read(text: str, ways: Ways) -> Report:
    """The report of a plain text: what its front matter says of it, and what stands behind that."""
    said, body = split(text)
    if not said:
        return replace(ways.default, text=text)
    fields = {name: said.get(ways.column(name).lower(), "") for name in FIELDS if name != "text"}
    for other, name in _OTHER.items():
        fields[name] = fields[name] or said.get(other, "")
    default = ways.default
    return Report(
        body, fields["id"], fields["title"], fields["published"] or default.published, fields["source"] or default.source,
        fields["url"], byline=fields["byline"],
    )  # fmt: skip
