"""robots.txt: what a site asks of programs, read by protego and remembered by host (RFC 9309)."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from communique.errors import FetchError

if TYPE_CHECKING:
    from protego import Protego

MAX_BYTES = 512_000
"""Bytes that are read of a robots.txt; RFC 9309 asks for at least 500 KiB."""

KEPT = 86_400.0
"""Seconds for which an answer is remembered: a day, the most that RFC 9309 allows."""

FAILED = 600.0
"""Seconds for which a host is left alone whose robots.txt could not be had."""

_HOST_KINDS = ("private", "dns", "refused", "tls", "timeout", "too_slow")
"""What is wrong with the host and not with the file: the address's own failure is then of that kind."""

MAX_HOSTS = 1_000
"""Files remembered at once."""


@dataclass(slots=True)
class _File:
    """One host's file: `rules` are None where there are none, `error` says why it could not be had. `until` is monotonic."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    rules: Protego | None = None
    error: FetchError | None = None
    until: float = 0.0


class Robots:
    """The robots.txt of all hosts that were asked. Threads share it.

    `fetch` gets a file's bytes: b"" where the host has none; it raises `FetchError` where it cannot be known. `agent` is
    the name that rules are written for, such as ``communique``.
    """

    def __init__(self, fetch: Callable[[str], bytes], agent: str) -> None:
        self._fetch, self._agent = fetch, agent
        self._lock = threading.Lock()
        self._files: OrderedDict[str, _File] = OrderedDict()

    def check(self, url: str) -> float:
        """The seconds between fetches that the host of `url` asks for, 0 where it asks for none.

        Raises `FetchError` (kind robots): lasting where the file forbids the address, for now where the file cannot be had
        because the host fails: what it forbids is then not known (RFC 9309, 2.3.1.4).
        """
        rules = self._rules(url)
        if rules is None:
            return 0.0
        if not rules.can_fetch(url, self._agent):
            reason = f"{urlsplit(url).netloc}'s robots.txt asks programs not to fetch this address"
            raise FetchError(url, "robots", reason, "ask the site for its permission", lasting=True)
        rate = rules.request_rate(self._agent)
        slow = rate.seconds / rate.requests if rate and rate.requests else 0.0
        return max(0.0, rules.crawl_delay(self._agent) or 0.0, slow)

    def _rules(self, url: str) -> Protego | None:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            file = self._files.setdefault(origin, _File())
            self._files.move_to_end(origin)
            while len(self._files) > MAX_HOSTS:
                self._files.popitem(last=False)
        with file.lock:  # one thread asks, the others of the same host wait for what it gets
            if file.until <= time.monotonic():
                self._ask(file, origin)
            if file.error is not None:
                error = file.error
                left = max(1.0, file.until - time.monotonic())
                kind = error.kind if error.kind in _HOST_KINDS else "robots"
                reason = error.reason if kind in ("private", "dns") else f"its host's robots.txt cannot be had: {error.reason}"
                raise FetchError(
                    url, kind, reason, error.hint, status=error.status, retry_after=None if error.lasting else left,
                    lasting=error.lasting and kind == "private",
                )  # fmt: skip
            return file.rules

    def _ask(self, file: _File, origin: str) -> None:
        file.rules, file.error = None, None
        try:
            data = self._fetch(f"{origin}/robots.txt")
        except FetchError as error:
            # Without its chain and frames, which hold what was read.
            file.error = FetchError(
                error.source, error.kind, error.reason, error.hint, status=error.status, lasting=error.lasting
            )  # fmt: skip
            wait = FAILED if error.retry_after is None else min(max(error.retry_after, 1.0), KEPT)
            file.until = time.monotonic() + wait
            return
        file.rules = parse(data)
        file.until = time.monotonic() + KEPT


def parse(data: bytes) -> Protego | None:
    """The rules in a robots.txt, whatever else is in it; None where there are none."""
    from protego import Protego

    text = data[:MAX_BYTES].decode("utf-8-sig", "replace")
    return Protego.parse(text) if text.strip() else None
