"""A newsroom on loopback for the watcher's tests: desks with feeds and stories of the project's own, each at an address of its
own (127.0.0.x, so that each is a host), with conditional requests, and faults that a test asks for."""

from __future__ import annotations

import email.utils
import hashlib
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from xml.sax.saxutils import escape

TOPICS = (
    "the ferry line across the strait", "a loan for the power grid", "two fishing crews held since spring",
    "the border post at Imatra", "a new round of talks on grain", "the inquiry into the airfield",
    "an embargo on machine parts", "the water treaty of the valley",
)  # fmt: skip
WHO = ("Norway", "Finland", "Iran", "Kazakhstan", "Japan", "Chile", "Kenya", "Poland")
DEEDS = ("accused", "thanked", "warned", "met the envoys of", "sent engineers to", "rebuffed an offer of")


def story_text(seed: int) -> list[str]:
    """Four paragraphs, written for the project. Two seeds share the frame of the sentences alone, so that they are no copies."""
    chosen = random.Random(seed)
    one, two = chosen.sample(WHO, 2)
    topic, deed = chosen.choice(TOPICS), chosen.choice(DEEDS)
    syllables = [a + b for a in "bdfgklmnprstv" for b in ("a", "e", "i", "o", "u", "an", "or")]

    def words(count: int) -> str:
        return " ".join("".join(chosen.choices(syllables, k=3)) for _ in range(count))

    return [
        f"{one} {deed} {two} on Tuesday over {topic}, note {seed} of the ministry says.",
        f"“We have waited {seed % 40 + 2} weeks,” the foreign minister of {one} said of the {words(12)} and the {words(12)}.",
        f"Officials in {two} named the {words(14)}, and, as before, the {words(14)}. They will answer.",
        f"The minutes list {words(16)} beside {words(16)}, with the mark {seed * 7 + 3}.",
    ]


def story_page(seed: int, title: str, canonical: str = "") -> bytes:
    body = "".join(f"<p>{escape(p)}</p>" for p in story_text(seed))
    link = f'<link rel="canonical" href="{escape(canonical)}">' if canonical else ""
    head = f"<title>{escape(title)}</title>{link}<meta property='og:site_name' content='Desk'>"
    day = f"2026-03-{seed % 27 + 1:02d}T08:00:00+00:00"
    head += f'<meta property="article:published_time" content="{day}">'
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8>{head}</head><body><nav><a href=/>Home</a></nav>"
        f"<article><h1>{escape(title)}</h1>{body}</article></body></html>"
    ).encode()


@dataclass
class Desk:
    """One server. `pages` are answered as they stand; `faults` are (status, headers) given instead, once for each in the list."""

    host: str = "127.0.0.1"
    pages: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    faults: dict[str, list[tuple[int, dict[str, str]]]] = field(default_factory=dict)
    slow: dict[str, float] = field(default_factory=dict)
    asked: list[tuple[str, int]] = field(default_factory=list)
    port: int = 0
    stories: list[int] = field(default_factory=list)
    listed: int = 1000

    @property
    def base(self) -> str:
        return f"http://{self.host}:{self.port}"

    def publish(self, *seeds: int) -> None:
        """Adds stories, and lists them in the feed (the newest `listed`)."""
        for seed in seeds:
            self.stories.append(seed)
            self.pages[f"/story/{seed}"] = ("text/html; charset=utf-8", story_page(seed, f"Note {seed}"))
        self.pages["/feed.xml"] = ("application/rss+xml", self.feed())

    def feed(self, query: str = "") -> bytes:
        items = "".join(
            f"<item><title>Note {s}</title><link>{self.base}/story/{s}{query}</link><guid>{s}</guid>"
            f"<pubDate>{email.utils.formatdate(1_774_000_000 + s)}</pubDate></item>"
            for s in reversed(self.stories[-self.listed :])
        )
        head = '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Desk</title>'
        return f"{head}<link>{self.base}/</link>{items}</channel></rss>".encode()

    def count(self, path: str, status: int = 0) -> int:
        """How often a path was asked for (and answered with `status`)."""
        return sum(p == path and status in (0, s) for p, s in list(self.asked))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    desk: Desk

    def do_GET(self) -> None:
        desk = self.desk
        path = self.path
        time.sleep(desk.slow.get(path, 0))
        if desk.faults.get(path):
            status, headers = desk.faults[path].pop(0)
            self._answer(status, headers, b"no")
        elif path in desk.moved:
            self._answer(302, {"Location": desk.moved[path]}, b"")
        elif path not in desk.pages and path.partition("?")[0] not in desk.pages:
            self._answer(404, {}, b"none")
        else:
            kind, data = desk.pages.get(path) or desk.pages[path.partition("?")[0]]
            etag = f'"{hashlib.sha256(data).hexdigest()[:12]}"'
            if self.headers.get("If-None-Match") == etag:
                self._answer(304, {"ETag": etag}, b"")
            else:
                self._answer(200, {"Content-Type": kind, "ETag": etag}, data)

    def _answer(self, status: int, headers: dict[str, str], data: bytes) -> None:
        self.desk.asked.append((self.path, status))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if status != 304:
            self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: Any) -> None:
        """A watcher that is killed breaks its connections off."""


@contextmanager
def serving(desk: Desk) -> Iterator[Desk]:
    """Serves a desk on a free port of its host for as long as the context is open."""
    server = _Server((desk.host, desk.port), type("Handler", (_Handler,), {"desk": desk}))
    desk.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield desk
    finally:
        server.shutdown()
        server.server_close()
