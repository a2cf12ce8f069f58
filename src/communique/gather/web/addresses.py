"""The canonical form of an address, by which one article is fetched once.

The tables are ``data/gather/tracking.tsv`` (parameters left out) and ``data/gather/rewrites.tsv`` (AMP forms, a folder's own
page). The steps follow RFC 3986, section 6, and what browsers do to an address that is typed into them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from communique.errors import InputError
from communique.settings import read_table

MAX_LENGTH = 4_000
"""Longest address, in characters; servers refuse much shorter ones (8,000 bytes for the whole head of a request)."""

_PORTS = {"http": 80, "https": 443}
_CLEAN = re.compile(
    r"(https?)://((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,20})"
    r"(/(?:[A-Za-z0-9_~/-]|(?<!/)\.)*)(?:\?([A-Za-z0-9_.~=&-]*))?(?:\#[!-~]*)?"
)
"""An address that `split` would leave as it is, but for its fragment: nine of ten are, and need not be taken apart."""
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_SAFE_PATH = "/%:@!$&'()*+,;=~-._"
_SAFE_QUERY = _SAFE_PATH + "?"
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_HINT = "give an address such as https://example.org/news/story"


class _Rewrite(NamedTuple):
    host: bool
    pattern: re.Pattern[str]
    to: str
    bare: bool


def canonical(url: str) -> str:
    """`url` in its canonical form: two addresses of one article have the same one, as far as an address can tell.

    Small letters in scheme and host (as IDNA), no default port, no fragment, no ``.`` and ``..`` in the path, escapes written
    one way, no tracking parameters, no AMP form, no ``index.html``, no empty query; parameters in the order of their names
    where each has a value and a name of its own. The scheme, ``www.`` and a last slash stay: without asking the server
    nothing says that they do not matter. Applying it again changes nothing.

    Raises `InputError` where `url` is no http(s) address, or holds a name or password.
    """
    parts = split(url)
    for _ in range(4):  # an AMP viewer's address holds another one; more than one in the other is nobody's
        done = _once(parts)
        if done == parts:
            break
        parts = done
    return parts.geturl()


def join(base: str, link: str) -> str:
    """`link` as it stands on the page at `base`, absolute and without its fragment. Raises `InputError` as `canonical` does."""
    link = link.strip()
    try:
        return split(link if link.startswith(("http://", "https://")) else urljoin(base, link)).geturl()
    except ValueError as error:
        raise InputError(link[:200], f"is not an address: {error}", _HINT) from error


def host_of(url: str) -> str:
    """Host, and port where it is not the scheme's: ``example.org:8080``. `url` is in the form that `split` gives."""
    return urlsplit(url).netloc.rpartition("@")[2].lower()


def split(url: str) -> SplitResult:
    """The parts of `url`, with what every server takes for the same written one way, and without its fragment.

    Raises `InputError` as `canonical` does.
    """
    clean = _CLEAN.fullmatch(url) if len(url) <= 250 else None
    if clean is not None:
        return SplitResult(clean[1], clean[2], clean[3], clean[4] or "", "")
    shown = url if len(url) <= 200 else url[:200] + "..."
    if len(url) > MAX_LENGTH:
        raise InputError(shown, f"has {len(url):,} characters, too many for an address", _HINT)
    text = re.sub("[\t\r\n]", "", url.strip(" \t\r\n\f\v\0")).replace("\\", "/")
    if re.search("[\x00-\x1f\x7f\ud800-\udfff]", text):
        raise InputError(repr(shown), "is not an address: it holds control characters", _HINT)
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise InputError(shown, f"is not an address: {error}", _HINT) from error
    scheme = parts.scheme.lower()
    if scheme not in _PORTS:
        raise InputError(shown, f"is not an http or https address{f' but {scheme}' if scheme else ''}", _HINT)
    if "@" in parts.netloc:
        raise InputError(_without_credentials(shown), "holds a name or password", "give the address without it")
    host = _host(parts.hostname or "", shown)
    place = host if port in (None, _PORTS[scheme]) else f"{host}:{port}"
    path = _without_dots(_escaped(parts.path, _SAFE_PATH)) or "/"
    return SplitResult(scheme, place, path, _escaped(parts.query, _SAFE_QUERY), "")


def _without_credentials(shown: str) -> str:
    return re.sub(r"(?<=//)[^/?#]*@", "...@", shown)


def _host(host: str, shown: str) -> str:
    """`host` in small ASCII letters. Raises `InputError` where it cannot be one."""
    if ":" in host:  # urlsplit has checked that an IPv6 address is one
        if "%" in host:
            raise InputError(shown, "is an address of one machine's network interface", _HINT)
        return f"[{host.lower()}]"
    host = host.lower().rstrip(".。")
    if not host.isascii():
        import idna

        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError) as error:
            raise InputError(shown, f"its host is no name: {error}", _HINT) from error
    if not host or len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise InputError(shown, "has no host" if not host else f"its host, {host[:80]!r}, is no name", _HINT)
    return host


def _escaped(text: str, safe: str) -> str:
    """`text` with escapes in capitals, none for a letter that needs none, and one for each that must not stand there."""

    def one(match: re.Match[str]) -> str:
        letter = chr(int(match[1], 16))
        return letter if letter in _UNRESERVED else match[0].upper()

    text = re.sub("%(?![0-9A-Fa-f]{2})", "%25", text)
    return quote(_ESCAPE.sub(one, text), safe=safe)


def _without_dots(path: str) -> str:
    if "/." not in path:
        return path
    out: list[str] = []
    parts = path.split("/")
    for n, part in enumerate(parts):
        last = n == len(parts) - 1
        if part == "..":
            if len(out) > 1:
                out.pop()
            if last:
                out.append("")
        elif part == ".":
            if last:
                out.append("")
        else:
            out.append(part)
    return "/".join(out)


def _once(parts: SplitResult) -> SplitResult:
    query = _query(parts.hostname or "", parts.query)
    host, path = parts.netloc, parts.path
    for rule in _rewrites():
        if rule.bare and query:
            continue
        if rule.host:
            host, slash, rest = rule.pattern.sub(rule.to, host + path, count=1).partition("/")
            path = slash + rest
        else:
            path = rule.pattern.sub(rule.to, path, count=1) or "/"
    if host == parts.netloc:
        return SplitResult(parts.scheme, host, path, query, "")
    try:
        return split(SplitResult(parts.scheme, host, path, query, "").geturl())
    except InputError:
        return parts._replace(query=query)


def _query(host: str, query: str) -> str:
    """`query` without tracking parameters, in the order of names where that cannot matter."""
    pairs = [pair for pair in query.split("&") if pair and not _tracks(host, pair)]
    names = [pair.partition("=")[0] for pair in pairs]
    if all("=" in pair for pair in pairs) and len(set(names)) == len(names):
        pairs.sort(key=lambda pair: pair.partition("=")[0])
    return "&".join(pairs)


def _tracks(host: str, pair: str) -> bool:
    name, _, value = pair.lower().partition("=")
    return any(
        (where == "*" or host == where or host.endswith("." + where)) and wanted in ("*", value)
        for where, wanted in _tracking(name)
    )


def _tracking(name: str) -> Iterator[tuple[str, str]]:
    """(host, value) of the table's rows that the name of a parameter, in small letters, fits."""
    exact, begins = _tracking_table()
    yield from exact.get(name, ())
    for prefix, where in begins:
        if name.startswith(prefix):
            yield where


@cache
def _tracking_table() -> tuple[dict[str, list[tuple[str, str]]], list[tuple[str, tuple[str, str]]]]:
    exact: dict[str, list[tuple[str, str]]] = {}
    begins: list[tuple[str, tuple[str, str]]] = []
    for row in read_table("gather/tracking.tsv"):
        where = (row["host"], row["value"] or "")
        if row["parameter"].endswith("*"):
            begins.append((row["parameter"][:-1], where))
        else:
            exact.setdefault(row["parameter"], []).append(where)
    return exact, begins


@cache
def _rewrites() -> tuple[_Rewrite, ...]:
    return tuple(
        _Rewrite(row["what"] == "host", re.compile(row["pattern"]), row["to"] or "", row["query"] == "none")
        for row in read_table("gather/rewrites.tsv")
    )
