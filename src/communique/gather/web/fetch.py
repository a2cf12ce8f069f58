"""Fetches addresses: politely, within bounds, and only from where one may (docs/gathering.md, Fetching).

::

    with Fetcher(FetchRules(contact="https://example.org/crawler")) as fetcher:
        page = fetcher.get("https://example.com/news/story")

An address passes these gates, and after each redirect again: its form and port, its robots.txt, its host's turn, the numbers
that its name resolves to. What comes back is bounded in time and, as sent and unpacked, in size.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from communique.errors import FetchError, InputError, MissingExtraError
from communique.gather.web import robots
from communique.gather.web.addresses import host_of, join, split
from communique.gather.web.answers import REDIRECTS, Answer, Gate, TroubleError, answer_of, headers_of, kept, trouble_of
from communique.gather.web.bodies import ENCODINGS
from communique.gather.web.guard import Resolver, check_number, check_port, system_resolver
from communique.gather.web.hosts import HeldError, Hosts
from communique.gather.web.robots import Robots

if TYPE_CHECKING:
    from communique.gather.web.connections import Pools

CONNECTIONS = 64
"""Connections open at once; a laptop's sockets, and more than a watcher's threads."""

_ACCEPT = "text/html,application/xhtml+xml,application/xml,application/rss+xml,application/atom+xml,*/*;q=0.5"


@dataclass(frozen=True, slots=True)
class FetchRules:
    """How one fetches. Times in seconds, sizes in bytes; the table in docs/gathering.md says why each is what it is.

    Raises `InputError` where a value makes no sense.
    """

    contact: str = ""
    """A page or address that says who fetches; it stands in the user agent."""
    user_agent: str = ""
    """In full; "" for ``communique/VERSION (+contact)``. robots.txt is read for the name before its slash."""
    timeout: float = 20.0
    """For a connection, and for each wait for more."""
    total: float = 60.0
    """For one try from its turn to the last byte."""
    max_bytes: int = 10_000_000
    """As sent, and unpacked."""
    max_redirects: int = 5
    delay: float = 2.0
    """Between the starts of two fetches at one host; what its robots.txt asks for where that is longer."""
    at_once: int = 1
    """Fetches at one host at the same time."""
    retries: int = 2
    backoff: float = 1.0
    """Before the first retry; twice as long before each next."""
    max_wait: float = 60.0
    """Longest wait for a turn or a retry; beyond it `FetchError.retry_after` says how long."""
    allow_private: bool = False
    obey_robots: bool = True
    use_proxies: bool = False
    """Those of the environment (HTTP_PROXY and the like). A proxy resolves names itself, so numbers are not checked."""
    ca_file: str = ""
    """Certificates to trust instead of the system's, as PEM."""

    def __post_init__(self) -> None:
        for name, least in (("timeout", 0.001), ("total", 0.001), ("max_bytes", 1), ("at_once", 1)):
            if not getattr(self, name) >= least:
                raise InputError(f"{name} {getattr(self, name)!r}", "is too small", f"give {least} at least")
        for name in ("max_redirects", "delay", "retries", "backoff", "max_wait"):
            if not getattr(self, name) >= 0:
                raise InputError(f"{name} {getattr(self, name)!r}", "is below nought", "give 0 or more")
        for name in ("contact", "user_agent"):
            if not re.fullmatch("[ -~]*", getattr(self, name)):
                raise InputError(f"{name} {getattr(self, name)!r}", "holds more than plain ASCII", "a header cannot carry it")

    @property
    def agent(self) -> str:
        """The user agent as it is sent."""
        return self.user_agent or f"communique/{_version()}" + (f" (+{self.contact})" if self.contact else "")


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer. `asked` is the address asked for, `url` the one that answered, `moved` those it was sent on to, in order.

    `status` is 2xx, or 304 with empty `data` where `etag` or `modified` was given and nothing has changed. `content_type`
    is the media type by the header, or by the bytes where these say otherwise, with the header's `charset` after it as a
    header has it ("" where it gives none); `data` is unpacked. `etag` and `modified` are to be given next time. `permanent`: all
    redirects were for good.
    """

    asked: str
    url: str
    status: int
    content_type: str
    charset: str
    data: bytes
    etag: str = ""
    modified: str = ""
    moved: tuple[str, ...] = ()
    permanent: bool = False


class Fetcher:
    """Fetches addresses by `rules`. A context manager; threads may share it, and should: turns and robots.txt are its own.

    `resolve` turns names into numbers, for those who resolve them in their own way.
    """

    def __init__(self, rules: FetchRules = FetchRules(), *, resolve: Resolver = system_resolver) -> None:
        from communique.gather.web.connections import Pools

        self.rules = rules
        try:
            self._pools: Pools = Pools(
                resolve, allow_private=rules.allow_private, connections=CONNECTIONS, use_proxies=rules.use_proxies,
                ca_file=rules.ca_file,
            )  # fmt: skip
        except OSError as error:
            raise InputError(rules.ca_file, f"holds no certificates that can be read: {error}", "give a PEM file") from error
        self._hosts = Hosts(at_once=rules.at_once, max_wait=rules.max_wait, backoff=rules.backoff)
        name = re.match(r"[A-Za-z0-9_.-]*", rules.agent)
        self._robots = Robots(self._robots_file, name[0].lower() if name and name[0] else "communique")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Closes all connections; fetches that wait for a turn or a retry end with a `FetchError`."""
        self._hosts.close()
        self._pools.close()

    def get(self, url: str, *, etag: str = "", modified: str = "") -> Fetched:
        """Fetches `url`. `etag` and `modified`, as an earlier answer gave them, ask for it only if it has changed.

        Waits for the host's turn, follows redirects and tries again what may pass. Raises `FetchError`, whose source is
        `url`, and nothing else that the network can cause.
        """
        gate = Gate(self._headers(etag, modified), self.rules.max_bytes, conditional=bool(etag or modified))
        target, moved, permanent, before = self._first(url), list[str](), True, ""
        while True:
            try:
                answer = self._politely(target, gate, onward=bool(before) and host_of(before) == host_of(target))
                status = answer.status
                if status not in REDIRECTS:
                    break
                permanent = permanent and status in (301, 308)
                before, target = target, self._next(target, answer, moved)
            except FetchError as error:
                raise _named(error, url, target) from error
        kind = f"{answer.content_type}; charset={answer.charset}" if answer.charset else answer.content_type
        return Fetched(
            url, target, status, kind, answer.charset, answer.data, kept(answer.headers.get("etag", "")),
            kept(answer.headers.get("last-modified", "")), tuple(moved), bool(moved) and permanent,
        )  # fmt: skip

    def _first(self, url: str) -> str:
        try:
            target = split(url).geturl()
        except InputError as error:
            raise FetchError(error.source, "address", error.reason, error.hint, lasting=True) from error
        self._check(target)
        return target

    def _check(self, target: str) -> None:
        parts = urlsplit(target)
        check_port(target, parts.port if parts.port is not None else 443 if parts.scheme == "https" else 80)
        check_number(target, parts.hostname or "", allow_private=self.rules.allow_private)

    def _next(self, target: str, answer: Answer, moved: list[str]) -> str:
        """The address that `answer` sends on to, added to `moved`."""
        location = answer.headers.get("location", "")
        try:
            onward = join(target, location)
        except InputError as error:
            raise FetchError(target, "redirects", f"sends on to no address: {error}", lasting=True) from error
        if onward == target or onward in moved:
            raise FetchError(target, "redirects", f"sends on in a circle, to {onward} again", lasting=True)
        if len(moved) >= self.rules.max_redirects:
            raise FetchError(target, "redirects", f"sends on more than {self.rules.max_redirects} times", lasting=True)
        self._check(onward)
        moved.append(onward)
        return onward

    def _headers(self, etag: str = "", modified: str = "") -> list[tuple[str, str]]:
        out = [
            ("User-Agent", self.rules.agent), ("Accept", _ACCEPT), ("Accept-Encoding", ", ".join(ENCODINGS)),
            ("Accept-Language", "en, *;q=0.5"),
        ]  # fmt: skip
        out += [(name, value) for name, value in (("If-None-Match", kept(etag)), ("If-Modified-Since", kept(modified))) if value]
        return out

    def _robots_file(self, url: str) -> bytes:
        """A robots.txt, b"" where the host has none (4xx, or a redirect that cannot be followed)."""
        gate, moved, target = Gate(self._headers(), robots.MAX_BYTES, cut=True), list[str](), url
        try:
            while (answer := self._tries(target, 0.0, gate)).status in REDIRECTS:
                target = self._next(target, answer, moved)
        except FetchError as error:
            if error.kind == "redirects" or (moved and error.lasting):
                return b""
            if 400 <= error.status < 500 and error.status != 429:
                return b""
            raise
        return answer.data

    def _politely(self, target: str, gate: Gate, *, onward: bool) -> Answer:
        asked = self._robots.check(target) if self.rules.obey_robots else 0.0
        try:
            return self._tries(target, max(self.rules.delay, asked), gate, onward=onward)
        except FetchError as error:
            if error.early and error.kind == "timeout" and asked > self.rules.delay:
                reason = f"its host's robots.txt asks for {asked:g} seconds between fetches"
                raise FetchError(target, "robots", reason, retry_after=error.retry_after, early=True) from error
            raise

    def _tries(self, target: str, delay: float, gate: Gate, *, onward: bool = False) -> Answer:
        """The answer of `target`, tried again where that may help; `onward` where its own host has sent here."""
        host = host_of(target)
        try:
            for left in range(self.rules.retries, -1, -1):
                try:
                    with self._hosts.turn(host, delay, onward=onward and left == self.rules.retries):
                        answer = self._once(target, gate)
                except TroubleError as trouble:
                    error = trouble.error
                    pause = self._hosts.failed(host, error.kind, asked=error.retry_after, busy=trouble.busy)
                    if trouble.busy:
                        error.retry_after = pause
                    if not left or not trouble.again or pause > self.rules.max_wait:
                        raise error from trouble
                    self._hosts.pause(pause)
                except FetchError as error:
                    if error.status:  # the page is at fault, its host is well
                        self._hosts.good(host)
                    raise
                else:
                    self._hosts.good(host)
                    return answer
        except HeldError as held:
            raise _held(target, held) from held
        raise AssertionError("the last try returns or raises")  # pragma: no cover

    def _once(self, target: str, gate: Gate) -> Answer:
        """One request. Raises `FetchError`, or `TroubleError` where it may pass."""
        import httpcore

        from communique.gather.web.connections import OverdueError, in_time, task

        parts = urlsplit(target)
        rules = self.rules
        times = {"connect": rules.timeout, "read": rules.timeout, "write": rules.timeout, "pool": rules.total}
        pool = self._pools.pool(parts.scheme, parts.hostname or "")
        try:
            with (
                task(target, rules.total),
                pool.stream("GET", target, headers=[("Host", parts.netloc), *gate.headers], extensions={"timeout": times}) as got,
            ):
                return answer_of(target, got.status, headers_of(got.headers), in_time(got.iter_stream()), gate)
        except OverdueError as error:
            reason = f"did not finish within {rules.total:g} seconds"
            raise TroubleError(FetchError(target, "too_slow", reason), again=False) from error
        except ImportError as error:
            raise MissingExtraError("socksio", "pip install 'httpcore[socks]'", "a SOCKS proxy") from error
        except FetchError as error:
            if error.kind == "dns" and not error.lasting:
                raise TroubleError(error, again="now" in error.reason) from error
            raise
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, OSError) as error:
            raise trouble_of(target, error, rules.timeout) from error
        except (ValueError, RuntimeError) as error:
            if not self._hosts.closed:
                raise
            # `close` has taken the connection away from under this thread.
            raise TroubleError(FetchError(target, "timeout", "was not fetched: the fetcher was closed"), again=False) from error


def _held(target: str, held: HeldError) -> FetchError:
    host = urlsplit(target).netloc
    if held.why == "closed":
        return FetchError(target, "timeout", "was not fetched: the fetcher was closed")
    wait = max(1.0, held.seconds)
    if held.why == "held":
        reason = f"{host} has failed or asked for quiet, and is left alone for {wait:,.0f} seconds"
        return FetchError(target, held.kind or "status", reason, retry_after=wait, early=True)
    reason = f"its turn at {host} does not come within the time to wait"
    return FetchError(target, "timeout", reason, retry_after=wait, early=True)


def _named(error: FetchError, asked: str, target: str) -> FetchError:
    """`error` under the address that was asked for; where it is another's, its reason names that."""
    where = error.source if error.source != target else target
    reason = error.reason if where in (asked, _same(asked)) else f"leads to {where}: {error.reason}"
    return FetchError(
        asked, error.kind, reason, error.hint, status=error.status, retry_after=error.retry_after, lasting=error.lasting,
        early=error.early,
    )  # fmt: skip


def _same(asked: str) -> str:
    return split(asked).geturl()


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("communique")
    except PackageNotFoundError:  # a checkout that was never installed
        return "0"
