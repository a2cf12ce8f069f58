"""SOURCES.toml: what `communique watch` asks, and how often; and how an OPML file becomes one (docs/gathering.md)."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from communique.errors import InputError
from communique.gather.web.addresses import canonical

MOST_BYTES = 5_000_000
"""Longest sources file: some 30,000 sources."""

SECOND, SHORTEST, LONGEST = 1.0, 60.0, 30 * 86_400.0
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 7 * 86_400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")


@dataclass(frozen=True, slots=True)
class Source:
    """A feed, sitemap or list. Times in seconds.

    `name` is what its reports' outlet is called where a page does not say; `outlet` is what it is called whatever pages say.
    `only` and `skip` are patterns (`*`, `?`) of addresses; an entry older than `max_age` is left out (0: none is).
    """

    url: str
    name: str = ""
    outlet: str = ""
    every: float = 900.0
    slowest: float = 21_600.0
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    max_age: float = 0.0
    enabled: bool = True

    @property
    def label(self) -> str:
        """What it is called where it is shown."""
        return self.name or self.outlet or self.url

    def wants(self, url: str) -> bool:
        """Whether an address is one of those that the source is watched for."""
        if self.only and not any(fnmatchcase(url, p) for p in self.only):
            return False
        return not any(fnmatchcase(url, p) for p in self.skip)


@dataclass(frozen=True, slots=True)
class Manner:
    """How the watcher goes about it: what `[watch]` says. Times in seconds."""

    every: float = 900.0
    slowest: float = 21_600.0
    delay: float = 2.0
    fetchers: int = 8
    contact: str = ""
    robots: bool = True
    proxies: bool = False
    ca_file: str = ""


@dataclass(frozen=True, slots=True)
class Sources:
    """A sources file, read and checked."""

    path: str
    manner: Manner = field(default_factory=Manner)
    sources: tuple[Source, ...] = ()


def read_sources(path: str | Path) -> Sources:
    """The sources of a file: SOURCES.toml, or an OPML file as feed readers export it.

    Raises `InputError` that names the line and key, and says what may stand there.
    """
    name = str(path)
    data = _bytes(path)
    if _is_xml(data):
        from communique.gather.web.opml import read_opml

        found = tuple(Source(s.url, s.title) for s in _named(name, lambda: read_opml(data)))
        return Sources(name, Manner(), _once(name, "", found))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name}, byte {error.start}", "is not in UTF-8", "save it as UTF-8") from None
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _toml_error(name, str(error)) from None
    return _Checking(name, text).sources(given, Path(path).absolute().parent)


def _bytes(path: str | Path) -> bytes:
    name = str(path)
    try:
        with open(path, "rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except FileNotFoundError:
        hint = "check the path, or begin with examples/sources, or `communique sources import` with a feed reader's OPML file"
        raise InputError(name, "does not exist", hint) from None
    except OSError as error:
        raise InputError(name, f"cannot be opened: {error.strerror or error}", "check the path and its permissions") from None
    except ValueError:
        raise InputError(repr(name), "is no path", "check the path") from None
    if len(data) > MOST_BYTES:
        raise InputError(name, f"has more than {MOST_BYTES:,} bytes", "cut it into several, each watched by a process of its own")
    return data


def _is_xml(data: bytes) -> bool:
    head = data[:400].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return head.startswith(b"<")


def _named(name: str, read: Callable[[], Any]) -> Any:
    """What `read` gives; its errors name the file."""
    try:
        return read()
    except InputError as error:
        raise InputError(name, error.reason, error.hint) from None


def _toml_error(name: str, said: str) -> InputError:
    found = re.match(r"(.*) \(at line (\d+), column (\d+)\)$", said, re.DOTALL)
    where = f"{name}, line {found[2]}" if found else name
    reason = f"is not valid TOML: {found[1] if found else said}".replace("\n", " ")
    return InputError(where, reason, 'write keys as: url = "https://example.org/feed", with the value in quotation marks')


class _Checking:
    """One file's checks; errors find the line of the key that they are about."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.lines = text.splitlines()

    def at(self, key: str, n: int | None = None) -> str:
        """Where `key` of `[watch]`, or of the source with the number `n` (from 0), stands."""
        inside, count = "", -1
        begin = 0
        for number, line in enumerate(self.lines, 1):
            if header := re.match(r"\s*\[\[?\s*([^\]]*?)\s*\]", line):
                inside = header[1].strip("\"'")
                count += inside == "source" and line.lstrip().startswith("[[")
                if (n is None and inside == "watch") or (inside == "source" and count == n):
                    begin = number
                continue
            here = count == n and inside == "source" if n is not None else inside == "watch"
            if here and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
                return f"{self.name}, line {number}, key {key!r}"
        return f"{self.name}, line {begin}" if begin else self.name

    def sources(self, given: Mapping[str, Any], folder: Path) -> Sources:
        for key in given:
            if key not in ("watch", "source"):
                line = next((n for n, t in enumerate(self.lines, 1) if re.match(rf"\s*\[*\s*[\"']?{re.escape(key)}\b", t)), 0)
                where = f"{self.name}, line {line}" if line else self.name
                hint = "a sources file has one [watch], and one [[source]] for each source"
                raise InputError(where, f"{key!r} is unknown", hint)
        manner = self.manner(given.get("watch", {}))
        listed = given.get("source", [])
        if not isinstance(listed, list) or not all(isinstance(s, dict) for s in listed):
            raise InputError(self.name, "its sources are not a list", "write [[source]], in double brackets, above each source")
        if not listed:
            hint = 'write [[source]] and below it url = "https://..."; examples/sources has some'
            raise InputError(self.name, "names no source", hint)
        found = tuple(self.source(n, one, manner, folder) for n, one in enumerate(listed))
        return Sources(self.name, manner, _once(self.name, self, found))

    def manner(self, given: Any) -> Manner:
        if not isinstance(given, dict):
            raise InputError(self.name, "its `watch` is no table", "write [watch] on a line of its own, and its keys below it")
        read = _Keys(given, lambda key: self.at(key), "[watch]")
        read.known(f.name for f in fields(Manner))
        plain = Manner()
        out = Manner(
            every=read.time("every", plain.every, SHORTEST, LONGEST),
            slowest=read.time("slowest", plain.slowest, SHORTEST, LONGEST),
            delay=read.time("delay", plain.delay, 0.0, 600.0), fetchers=read.number("fetchers", plain.fetchers, 1, 64),
            contact=read.text("contact"), robots=read.flag("robots", True), proxies=read.flag("proxies", False),
            ca_file=read.text("ca_file"),
        )  # fmt: skip
        if not out.contact.isprintable() or len(out.contact) > 200 or not out.contact.isascii():
            raise InputError(self.at("contact"), "cannot stand in a header", "give an address of a page or of mail, in ASCII")
        return out

    def source(self, n: int, given: Mapping[str, Any], manner: Manner, folder: Path) -> Source:
        read = _Keys(given, lambda key: self.at(key, n), "[[source]]")
        read.known((*(f.name for f in fields(Source)), "file"))
        url, file = read.text("url"), read.text("file")
        if bool(url) == bool(file):
            what = "has both a url and a file" if url else "has neither a url nor a file"
            hint = 'give it url = "https://...", or file = "addresses.txt" for a list on this machine'
            raise InputError(self.at("file" if url else "url", n), what, hint)
        if url:
            self._address(url, n)
        else:
            url = (folder / Path(file).expanduser()).resolve().as_uri()
        every = read.time("every", manner.every, SHORTEST, LONGEST)
        slowest = read.time("slowest", max(manner.slowest, every), SHORTEST, LONGEST)
        age = read.time("max_age", 0.0, SECOND, 3650 * 86_400.0)
        return Source(
            url, read.text("name"), read.text("outlet"), every, slowest, read.texts("only"), read.texts("skip"), age,
            read.flag("enabled", True),
        )  # fmt: skip

    def _address(self, url: str, n: int) -> None:
        try:
            canonical(url)
        except InputError as error:
            hint = "give the address of a feed, a sitemap or a list, such as https://example.org/rss.xml"
            raise InputError(self.at("url", n), f"{url!r} {error.reason}", error.hint or hint) from None


class _Keys:
    """Values of one table, each of its kind."""

    def __init__(self, given: Mapping[str, Any], at: Callable[[str], str], table: str) -> None:
        self.given, self.at, self.table = given, at, table

    def known(self, names: Iterable[str]) -> None:
        known = tuple(names)
        for key in self.given:
            if key not in known:
                near = difflib.get_close_matches(key, known, 1)
                hint = f"did you mean {near[0]!r}? " if near else ""
                raise InputError(self.at(key), f"{key!r} is no key of {self.table}", f"{hint}its keys are {', '.join(known)}")

    def _wrong(self, key: str, kind: str, hint: str) -> InputError:
        return InputError(self.at(key), f"{self.given[key]!r} is not {kind}", hint)

    def text(self, key: str) -> str:
        value = self.given.get(key, "")
        if not isinstance(value, str):
            raise self._wrong(key, "a text", f'write it in quotation marks: {key} = "..."')
        return value.strip()

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.given.get(key, [])
        value = [value] if isinstance(value, str) else value
        if not isinstance(value, list) or not all(isinstance(v, str) and v for v in value):
            raise self._wrong(key, "a list of patterns", f'write {key} = ["*/world/*", "*/politics/*"]')
        return tuple(value)

    def flag(self, key: str, default: bool) -> bool:
        value = self.given.get(key, default)
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false", f"write {key} = true, without quotation marks")
        return value

    def number(self, key: str, default: int, least: int, most: int) -> int:
        value = self.given.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self._wrong(key, f"a whole number from {least} to {most}", f"write {key} = {default}")
        return value

    def time(self, key: str, default: float, least: float, most: float) -> float:
        if key not in self.given:
            return default
        value = self.given[key]
        found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
        if found is None:
            raise self._wrong(key, "a length of time", f'write {key} = "30s", "15m", "2h" or "1d", in quotation marks')
        seconds = float(found[1]) * _UNITS[found[2]]
        if not least <= seconds <= most:
            raise self._wrong(key, f"between {told(least)} and {told(most)}", f'write {key} = "{told(max(default, least))}"')
        return seconds


def _once(name: str, checking: _Checking | str, found: tuple[Source, ...]) -> tuple[Source, ...]:
    """`found`, if no address is in it twice; an OPML file's second ones are passed over."""
    kept: dict[str, int] = {}
    out: list[Source] = []
    for n, one in enumerate(found):
        key = one.url if one.url.startswith("file:") else canonical(one.url)
        if key in kept and isinstance(checking, _Checking):
            where, first = checking.at("url", n), checking.at("url", kept[key])
            hint = f"take one away; the other is at {first.rpartition(', key')[0]}"
            raise InputError(where, f"{one.url!r} is there twice", hint)
        if key not in kept:
            out.append(one)
        kept.setdefault(key, n)
    if not out:
        raise InputError(name, "names no source", "give a file with feeds")
    return tuple(out)


def told(seconds: float) -> str:
    """A length of time as it is written in a sources file: ``15m``."""
    for unit in ("w", "d", "h", "m"):
        if seconds >= _UNITS[unit] and seconds % _UNITS[unit] == 0:
            return f"{seconds / _UNITS[unit]:.0f}{unit}"
    return f"{seconds:g}s"


def import_opml(data: bytes, name: str, text: str = "", known: Iterable[Source] = ()) -> tuple[str, int, int]:
    """`text`, a sources file, with the feeds of an OPML file (`name` in errors) behind it, but for those in `known`.

    Gives the new text, how many were added, and how many it had already. Raises `InputError` where `data` is no OPML file.
    """
    from communique.gather.web.opml import read_opml

    have = {one.url if one.url.startswith("file:") else canonical(one.url) for one in known}
    added, before = [], 0
    for one in _named(name, lambda: read_opml(data)):
        key = canonical(one.url)
        if key in have:
            before += 1
            continue
        have.add(key)
        added.append(Source(one.url, one.title))
    body = "\n".join(_lines(added))
    if not added:
        return text, 0, before
    head = text.rstrip("\n") + "\n\n" if text.strip() else f"# Sources for `communique watch`, from {_comment(name)}.\n\n"
    return head + body + "\n", len(added), before


def _lines(sources: Iterable[Source]) -> Iterator[str]:
    for n, one in enumerate(sources):
        yield from ([""] if n else [])
        yield from ("[[source]]", f"url = {_quoted(one.url)}")
        if one.name:
            yield f"name = {_quoted(one.name)}"


def _quoted(value: str) -> str:
    """`value` as a basic string of TOML, which may hold no control characters."""
    escape = {'"': '\\"', "\\": "\\\\"}
    plain = " ".join(value.split())
    return '"' + "".join(escape.get(c, c if c.isprintable() or c == " " else f"\\u{ord(c) & 0xFFFF:04x}") for c in plain) + '"'


def _comment(value: str) -> str:
    return "".join(c for c in value if c.isprintable())
