"""Where things are on the desk. Every page and template takes its addresses from here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode


def query(path: str, **given: Any) -> str:
    """`path` with what is not empty of `given`; several values of a name stand each on its own."""
    pairs = [(name, v) for name, value in given.items() for v in (value if isinstance(value, tuple | list) else (value,)) if v]
    return f"{path}?{urlencode(pairs)}" if pairs else path


def changed(path: str, given: Mapping[str, Any], **other: Any) -> str:
    """The address with the parameters `given`, of which `other` replaces some."""
    return query(path, **{**given, **other})


def incident(ident: str) -> str:
    return f"/incident/{quote(ident, safe='')}"


def claim(ident: str) -> str:
    return f"/claim/{quote(ident, safe='')}"


def country(code: str) -> str:
    return f"/country/{quote(code, safe='')}"


def person(name: str) -> str:
    """A person or a body."""
    return query("/person", name=name)


def dyad(a: str, b: str, **more: Any) -> str:
    return query("/dyad", a=a, b=b, **more)


def report(key: str, *, event: str = "", statement: str = "") -> str:
    """A report, at one of its events or statements: the page marks them under the anchors ``e-ID`` and ``t-ID``."""
    anchor = f"#e-{quote(event, safe='')}" if event else f"#t-{quote(statement, safe='')}" if statement else ""
    return query("/report", key=key) + anchor
