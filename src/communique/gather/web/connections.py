"""The network under the fetcher: httpcore's connections, made only to numbers that were checked, and never longer than allowed.

Here, and not in `fetch`, because httpcore takes 100 ms to import, which no command pays that fetches nothing.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpcore

from communique.errors import FetchError
from communique.gather.web.guard import Resolver, allowed

MAX_NUMBERS = 4
"""Numbers of one name that are tried; names with more are large services, which answer at the first."""

FIRST_TRY = 5.0
"""Seconds for a number of which there are others, so that a broken IPv6 route does not take the whole time."""


@dataclass(slots=True)
class Task:
    """What one thread fetches now: the address, for messages, and when it must be done (`time.monotonic`)."""

    url: str
    due: float


_TASK: ContextVar[Task | None] = ContextVar("communique_fetch", default=None)


class OverdueError(Exception):
    """The whole time of a fetch is over, whatever the connection still sends."""


@contextlib.contextmanager
def task(url: str, total: float) -> Iterator[None]:
    """Inside, connections of this thread end with `OverdueError` after `total` seconds."""
    token = _TASK.set(Task(url, time.monotonic() + total))
    try:
        yield
    finally:
        _TASK.reset(token)


def check_due() -> None:
    """Raises `OverdueError` where this thread's time is over."""
    _left(None)


def in_time(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """`pieces`, as long as this thread has time. Raises `OverdueError`."""
    for piece in pieces:
        check_due()
        yield piece


def _left(timeout: float | None) -> float | None:
    """`timeout` or what is left of this thread's time, whichever is less. Raises `OverdueError` where nothing is."""
    now = _TASK.get()
    if now is None:
        return timeout
    left = now.due - time.monotonic()
    if left <= 0:
        raise OverdueError
    return left if timeout is None else min(left, timeout)


class _TimedStream(httpcore.NetworkStream):
    """A connection on which a server that sends a byte now and then cannot outlast the whole time of a fetch."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            return self._stream.read(max_bytes, _left(timeout))
        except httpcore.ReadTimeout:
            check_due()
            raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        try:
            self._stream.write(buffer, _left(timeout))
        except httpcore.WriteTimeout:
            check_due()
            raise

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout)
        with _cut_off(self._stream.get_extra_info("socket"), left):
            try:
                return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, left))
            except Exception:
                check_due()
                raise

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


@contextlib.contextmanager
def _cut_off(sock: socket.socket, seconds: float | None) -> Iterator[None]:
    """Inside, the connection is shut after `seconds`: a handshake reads many times, each with a timeout of its own."""
    if seconds is None:
        yield
        return
    with sock.dup() as twin:

        def shut() -> None:
            with contextlib.suppress(OSError):
                twin.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(seconds, shut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()


class GuardedBackend(httpcore.NetworkBackend):
    """Resolves a name, checks each number, and connects to the very number that it checked; TLS and Host keep the name."""

    def __init__(self, resolve: Resolver, *, allow_private: bool) -> None:
        self._resolve, self._allow_private = resolve, allow_private
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        now = _TASK.get()
        numbers = allowed(now.url if now else host, host, port, self._resolve, allow_private=self._allow_private)[:MAX_NUMBERS]
        for n, number in enumerate(numbers, 1):
            last = n == len(numbers)
            longest = timeout if last or timeout is None else min(timeout, FIRST_TRY)
            try:
                return _TimedStream(self._plain.connect_tcp(number, port, _left(longest), local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                check_due()
                if last:
                    raise
        raise httpcore.ConnectError("no number was tried")  # pragma: no cover  (`allowed` gives one at least)

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None
    ) -> httpcore.NetworkStream:
        raise FetchError(path, "address", "is no address of the web", lasting=True)


def tls_context(ca_file: str = "") -> ssl.SSLContext:
    """Checks certificates against `ca_file`, else against what the environment or the system trusts, else certifi's list.

    Raises `OSError` where `ca_file` cannot be read, `ssl.SSLError` (an `OSError`) where it holds no certificate.
    """
    context = ssl.create_default_context(cafile=ca_file or None)
    if not ca_file and not context.cert_store_stats()["x509_ca"] and not context.get_ca_certs():
        import certifi

        context.load_verify_locations(certifi.where())
    return context


class Pools:
    """Connections that are kept open between fetches, through the environment's proxies only where that is asked for."""

    def __init__(
        self, resolve: Resolver, *, allow_private: bool, connections: int, use_proxies: bool = False, ca_file: str = ""
    ) -> None:
        self._options: dict[str, Any] = {
            "ssl_context": tls_context(ca_file), "max_connections": connections, "max_keepalive_connections": connections,
            "keepalive_expiry": 15.0,
        }  # fmt: skip
        self._direct = httpcore.ConnectionPool(
            network_backend=GuardedBackend(resolve, allow_private=allow_private), **self._options
        )
        self._own = GuardedBackend(resolve, allow_private=True)
        found = getproxies() if use_proxies else {}
        self._proxies = {scheme: self._proxy(url) for scheme, url in found.items() if scheme in ("http", "https", "all")}

    def _proxy(self, url: str) -> httpcore.ConnectionPool:
        # A proxy stands in one's own network as a rule, and resolves names itself: it is trusted, having been asked for.
        return httpcore.ConnectionPool(proxy=httpcore.Proxy(url), network_backend=self._own, **self._options)

    def pool(self, scheme: str, host: str) -> httpcore.ConnectionPool:
        """Through which an address of `scheme` at `host` is asked."""
        proxy = self._proxies.get(scheme) or self._proxies.get("all")
        return self._direct if proxy is None or proxy_bypass(host) else proxy

    def close(self) -> None:
        for pool in (self._direct, *self._proxies.values()):
            pool.close()
