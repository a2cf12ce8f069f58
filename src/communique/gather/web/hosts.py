"""Turns at hosts: at most so many fetches at once, a pause between them, and quiet where a host asks for it or is down."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

FAILURES = 4
"""Failures in a row, of whatever pages, after which a host is left alone: one more than the tries that one page gets."""

MAX_HOLD = 3_600.0
"""Longest time in seconds for which a host is left alone by our own count; a Retry-After may ask for more."""

MAX_ASKED = 86_400.0
"""Longest Retry-After that is believed, in seconds: a day."""

MAX_HOSTS = 2_000
"""Hosts remembered at once; those with nothing to remember are forgotten first, so that memory stays flat over weeks."""


class HeldError(Exception):
    """A turn that would come later than one waits for: in `seconds`, because of `why` (delay, held, busy or closed).

    Where the host is held, `kind` is that of the failure for which it is.
    """

    def __init__(self, seconds: float, why: str, kind: str = "") -> None:
        self.seconds, self.why, self.kind = seconds, why, kind
        super().__init__(f"{why}: {seconds:.1f} s")


@dataclass(slots=True)
class _Host:
    """One host. Times are of `time.monotonic`: the next start, and until when it is left alone."""

    ready: threading.Condition
    next: float = 0.0
    held: float = 0.0
    busy: int = 0
    waiting: int = 0
    failures: int = 0
    kind: str = ""


@dataclass(slots=True)
class Hosts:
    """All hosts of a fetcher; threads share it. `at_once` fetches at a host, `max_wait` seconds for a turn."""

    at_once: int = 1
    max_wait: float = 60.0
    backoff: float = 1.0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _hosts: dict[str, _Host] = field(default_factory=dict)
    _closed: bool = False
    _random: random.Random = field(default_factory=random.Random)

    @contextlib.contextmanager
    def turn(self, name: str, delay: float, *, onward: bool = False) -> Iterator[None]:
        """Waits for a turn at the host, `delay` seconds after the last one began. Raises `HeldError` where that is too long.

        One that goes `onward`, from an answer of the host to where this sends on, does not wait for the delay.
        """
        with self._lock:
            host = self._host(name)
            host.waiting += 1
            try:
                self._wait(host, onward)
            finally:
                host.waiting -= 1
            host.busy += 1
            host.next = time.monotonic() + delay
        try:
            yield
        finally:
            with self._lock:
                host.busy -= 1
                host.ready.notify_all()

    def _wait(self, host: _Host, onward: bool) -> None:
        until = time.monotonic() + self.max_wait
        while True:
            if self._closed:
                raise HeldError(0.0, "closed")
            now = time.monotonic()
            start = host.held if onward else max(host.next, host.held)
            if start > until:
                raise HeldError(start - now, "held" if start == host.held else "delay", host.kind)
            if start <= now and host.busy < self.at_once:
                return
            if now >= until:
                raise HeldError(self.max_wait, "busy")
            host.ready.wait((start if start > now else until) - now)

    def pause(self, seconds: float) -> None:
        """Waits, or until the fetcher is closed. Raises `HeldError` then."""
        until = time.monotonic() + seconds
        with self._lock:
            quiet = threading.Condition(self._lock)
            while not self._closed and (left := until - time.monotonic()) > 0:
                quiet.wait(min(left, 0.2))  # nobody wakes it: a fifth of a second is soon enough to close
            if self._closed:
                raise HeldError(0.0, "closed")

    def good(self, name: str) -> None:
        """The host has answered as it should."""
        with self._lock:
            if name in self._hosts:
                self._hosts[name].failures = 0

    def failed(self, name: str, kind: str, *, asked: float | None = None, busy: bool = False) -> float:
        """The host has failed, by a `kind` of `FetchError`: the seconds before one asks it again.

        It grows twofold with each failure in a row, with jitter. A host that says it is `busy`, or has failed `FAILURES`
        times in a row, is left alone by all for that long, at least as long as it `asked`.
        """
        with self._lock:
            host = self._host(name)
            host.failures += 1
            grown = self.backoff * 2.0 ** min(host.failures - 1, 20)
            pause = min(grown, MAX_HOLD) * self._random.uniform(0.75, 1.25)
            if asked is not None:
                # Never earlier than asked; the jitter keeps a crowd of watchers from coming back in one moment.
                pause = max(pause, min(asked, MAX_ASKED) + self._random.uniform(0, self.backoff))
            if busy or host.failures >= FAILURES:
                host.kind = kind
                host.held = max(host.held, time.monotonic() + pause)
            return pause

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def close(self) -> None:
        """Ends all waiting."""
        with self._lock:
            self._closed = True
            for host in self._hosts.values():
                host.ready.notify_all()

    def _host(self, name: str) -> _Host:
        host = self._hosts.get(name)
        if host is None:
            if len(self._hosts) >= MAX_HOSTS:
                self._forget()
            host = self._hosts[name] = _Host(threading.Condition(self._lock))
        return host

    def _forget(self) -> None:
        now = time.monotonic()
        idle = [
            name
            for name, host in self._hosts.items()
            if not host.busy and not host.waiting and max(host.next, host.held) < now
        ]
        for name in idle:
            del self._hosts[name]
