"""What a page says of its article in JSON-LD (schema.org): the one node that is the article, with what it refers to."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

from communique.settings import read_table

MAX_NODES = 5_000
"""Objects looked at on one page: more are a shop's catalogue."""

_WRAPPED = re.compile(r"^\s*(?://\s*)?(?:<!--|<!\[CDATA\[)|(?://\s*)?(?:-->|\]\]>)\s*;?\s*$")
_TRAILING = re.compile(r",(\s*[}\]])")

Node = Mapping[str, Any]


def _kinds(rank: str) -> frozenset[str]:
    return frozenset(row["type"] for row in read_table("gather/schema.tsv") if row["is"] == rank)


def parse(scripts: Iterable[str]) -> list[Any]:
    """The values of a page's scripts of JSON-LD; what cannot be read is left out."""
    out = []
    for script in scripts:
        script = _WRAPPED.sub("", script).strip().rstrip(";")
        for attempt in (script, _TRAILING.sub(r"\1", script)):
            try:
                out.append(json.loads(attempt, strict=False))
                break
            except (ValueError, RecursionError):
                continue
    return out


class Graph:
    """The nodes of a page's JSON-LD, from the outside in."""

    def __init__(self, values: Iterable[Any]) -> None:
        self.nodes: list[Node] = []
        self._by_id: dict[str, Node] = {}
        queue: deque[Any] = deque(values)
        while queue and len(self.nodes) < MAX_NODES:
            value = queue.popleft()
            if isinstance(value, Mapping):
                self.nodes.append(value)
                ident = value.get("@id")
                if isinstance(ident, str) and len(value) > 1:
                    self._by_id.setdefault(ident, value)
                queue.extend(v for v in value.values() if isinstance(v, Mapping | list))
            elif isinstance(value, list):
                queue.extend(value)

    def full(self, value: Any) -> Any:
        """`value`, or what it refers to where it is nothing but a reference."""
        if isinstance(value, Mapping) and set(value) <= {"@id", "@type"}:
            return self._by_id.get(str(value.get("@id")), value)
        return value

    def article(self, addresses: Iterable[str] = ()) -> Node:
        """The node of the page's article: one with one of `addresses`, else the first; else that of the page; else empty."""
        wanted = {bare(a) for a in addresses if a}
        articles = [n for n in self.nodes if types(n) & _kinds("article")]
        for node in articles:
            if wanted & {bare(a) for a in _addresses(node)}:
                return node
        return next(iter(articles), next((n for n in self.nodes if types(n) & _kinds("page")), {}))

    def texts(self, value: Any) -> list[str]:
        """The words of a value: of an object its name, of a list those of each."""
        value = self.full(value)
        if isinstance(value, str | int) and not isinstance(value, bool):
            return [str(value)]
        if isinstance(value, list):
            return [text for one in value[:50] for text in self.texts(one)]
        if isinstance(value, Mapping):
            for key in ("name", "legalName", "@value", "alternateName"):
                if value.get(key):
                    return self.texts(value[key]) if not isinstance(value[key], Mapping) else []
            parts = [str(value.get(key) or "") for key in ("givenName", "additionalName", "familyName")]
            return [" ".join(filter(None, parts))] if any(parts) else []
        return []


def types(node: Node) -> set[str]:
    """What schema.org calls a node, without the vocabulary's address."""
    given = node.get("@type")
    found = given if isinstance(given, list) else [given]
    return {str(t).rstrip("/").rsplit("/", 1)[-1].removeprefix("schema:") for t in found if t}


def _addresses(node: Node) -> list[str]:
    page = node.get("mainEntityOfPage")
    page = page.get("@id") or page.get("url") if isinstance(page, Mapping) else page
    return [a for a in (node.get("url"), node.get("@id"), page) if isinstance(a, str) and a]


def bare(address: str) -> str:
    """An address without what two writings of it differ in: scheme, www, the query, the fragment and a last stroke."""
    return re.sub(r"^https?://(?:www\.)?", "", re.split(r"[?#]", address.strip())[0]).rstrip("/").lower()
