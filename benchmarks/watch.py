"""A day of `communique watch`, simulated: a hundred desks on loopback, each a host of its own, and a clock that jumps.

    python benchmarks/watch.py                     # 24 hours of 100 feeds, with a reader that reads nothing; memory by the hour
    python benchmarks/watch.py --feeds 10 --hours 6 --real    # fewer, read by the shipped weights

Desks write by day more than by night, reprint one another, list a story in two feeds, are down for an hour, answer 429, move
stories, and serve one feed in ten without an ETag. Memory is the resident size of the watcher's process; the servers are in
another. Fetching, parsing, storing and comparing are the real ones.
"""

from __future__ import annotations

import argparse
import bisect
import email.utils
import gc
import hashlib
import multiprocessing
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests" / "gather")]

from newsroom import story_page  # noqa: E402

START = 1_790_035_200.0  # midnight, UTC
LISTED = 30
"""Stories that a feed lists."""


class Day:
    """What the desks publish, and when: the same for every run."""

    def __init__(self, feeds: int, a_day: int, hours: float) -> None:
        self.feeds = feeds
        self.times: list[list[float]] = []
        for desk in range(feeds):
            chosen = random.Random(desk)
            rate = a_day * chosen.uniform(0.3, 1.7)
            found = []
            for _ in range(round(rate * (hours / 24 + 1))):  # a day before as well: feeds are not empty at the beginning
                at = chosen.uniform(-86_400, hours * 3600)
                if chosen.random() < (0.3 if at % 86_400 < 6 * 3600 else 1.0):
                    found.append(START + at)
            self.times.append(sorted(found))

    def host(self, desk: int) -> str:
        return f"127.0.{1 + desk // 250}.{1 + desk % 250}"

    def listed(self, desk: int, now: float) -> list[tuple[int, float]]:
        """(story, time) of what a feed lists, the newest first."""
        times = self.times[desk]
        upto = bisect.bisect_right(times, now)
        return [(desk * 10_000 + n, times[n]) for n in range(upto - 1, max(upto - 1 - LISTED, -1), -1)]

    def text(self, story: int) -> int:
        """Which text a story has: one in twelve reprints another desk's."""
        chosen = random.Random(story)
        if chosen.random() < 1 / 12:
            other = (story // 10_000 + 1 + chosen.randrange(max(self.feeds - 1, 1))) % self.feeds
            return other * 10_000 + chosen.randrange(max(len(self.times[other]), 1))
        return story

    def down(self, desk: int, now: float) -> int:
        """The status of a desk that does not serve just now; 0 where it does."""
        hour = int((now - START) // 3600)
        if desk % 10 == 3 and hour in (7, 8):
            return 503
        return 429 if desk % 10 == 6 and hour == 12 and int(now) % 7 == 0 else 0

    def published(self, now: float) -> set[str]:
        """The stories that must be there by then, as desk and path: what feeds listed at the start, and all that came after."""
        out = set()
        for desk, times in enumerate(self.times):
            first = max(bisect.bisect_right(times, START) - LISTED, 0)
            out |= {f"{self.host(desk)}/story/{desk * 10_000 + n}" for n in range(first, bisect.bisect_right(times, now))}
        return out


def serve(day: Day, port: Any, clock: Any) -> None:
    """All desks, in a process of their own: one server, which tells its desks apart by the address that it is asked at."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = [int(p) for p in self.connection.getsockname()[0].split(".")]
            desk, now = (parts[2] - 1) * 250 + parts[3] - 1, clock.value
            base = f"http://{day.host(desk)}:{port.value}"
            status, kind, data, more = self.page(desk, now, base)
            etag = f'"{hashlib.sha256(data).hexdigest()[:12]}"' if desk % 10 != 9 else ""
            if etag and status == 200 and self.headers.get("If-None-Match") == etag:
                status, data = 304, b""
            self.send_response(status)
            for name, value in {"Content-Type": kind, **({"ETag": etag} if etag else {}), **more}.items():
                self.send_header(name, value)
            if status != 304:
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def page(self, desk: int, now: float, base: str) -> tuple[int, str, bytes, dict[str, str]]:
            path = self.path.partition("?")[0]
            if status := day.down(desk, now):
                return status, "text/plain", b"", {"Retry-After": "600"} if status == 429 else {}
            if path == "/robots.txt":
                return 200, "text/plain", b"User-agent: *\nDisallow: /private/\n", {}
            if path in ("/feed.xml", "/section.xml"):
                query = "?utm_source=rss" if path == "/feed.xml" else "?utm_source=section"
                found = [s for s in day.listed(desk, now) if path == "/feed.xml" or s[0] % 3 == 0]
                items = "".join(
                    f"<item><title>Note {s}</title><link>{base}/{'s' if s % 20 == 0 else 'story'}/{s}{query}</link>"
                    f"<pubDate>{email.utils.formatdate(at)}</pubDate></item>" for s, at in found
                )  # fmt: skip
                feed = f'<?xml version="1.0"?><rss version="2.0"><channel><title>D</title>{items}</channel></rss>'
                return 200, "application/rss+xml", feed.encode(), {}
            kind, _, story = path[1:].partition("/")
            if kind == "s":
                return 301, "text/plain", b"", {"Location": f"{base}/story/{story}"}
            seed = day.text(int(story))
            page = story_page(seed, f"Note {seed}").replace(b"'Desk'", f"'Desk {desk}'".encode())
            return 200, "text/html; charset=utf-8", page, {}

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

    server = Server(("0.0.0.0", 0), Handler)
    port.value = server.server_address[1]
    server.serve_forever()


class Clock:
    """Jumps to when the watcher has something to do, and looks at memory each simulated hour."""

    def __init__(self, shared: Any, hours: float) -> None:
        self.shared, self.until, self.hour = shared, START + hours * 3600, 0
        self.seen: list[tuple[int, float, int]] = []

    def now(self) -> float:
        return float(self.shared.value)

    def wait(self, seconds: float, stop: threading.Event) -> None:
        self.shared.value += seconds
        while self.hour <= (self.now() - START) // 3600:
            gc.collect()
            self.seen.append((self.hour, resident(), sys.getallocatedblocks()))
            print(f"hour {self.hour:>2}: {self.seen[-1][1]:7.1f} MB resident, {self.seen[-1][2]:>9,} Python blocks", flush=True)
            self.hour += 1
        if self.now() >= self.until:
            stop.set()


def resident() -> float:
    """Megabytes of this process in memory."""
    import psutil

    return float(psutil.Process().memory_info().rss) / 1e6


class Light:
    """A reader that reads nothing: what is measured is everything else."""

    def pipe(self, reports: Iterable[Any], *, batch_size: int = 16) -> Iterator[Any]:
        from communique.records import CodedReport, Sentence

        for one in reports:
            yield CodedReport(one, (Sentence(0, 0, len(one.text)),))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--feeds", type=int, default=100)
    parser.add_argument("--stories", type=int, default=25, help="of a desk in a day")
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--real", action="store_true", help="read with the shipped weights")
    parser.add_argument("--store", default="", help="where to keep it; a file that is thrown away where not given")
    given = parser.parse_args()
    day = Day(given.feeds, given.stories, given.hours)
    context = multiprocessing.get_context("spawn")
    port, clock = context.Value("i", 0), context.Value("d", START)
    server = context.Process(target=serve, args=(day, port, clock), daemon=True)
    server.start()
    while not port.value:
        time.sleep(0.01)
    try:
        with tempfile.TemporaryDirectory() as folder:
            run(given, day, port.value, clock, given.store or str(Path(folder) / "day.db"))
    finally:
        server.terminate()


def run(given: argparse.Namespace, day: Day, port: int, shared: Any, where: str) -> None:
    import communique
    from communique.gather.watch.sources import Manner, Source, Sources
    from communique.gather.watch.watching import Watch
    from communique.gather.web import hosts, robots
    from communique.gather.web.fetch import Fetcher, FetchRules
    from communique.store import open_store
    from communique.store.gathering import Gathering

    listed = [
        Source(f"http://{day.host(d)}:{port}/{name}.xml", f"Desk {d}", every=900.0, slowest=7200.0)
        for d in range(day.feeds) for name in (("feed", "section") if d % 4 == 0 else ("feed",))
    ]  # fmt: skip
    reader = communique.load(threads=1) if given.real else Light()
    clock = Clock(shared, given.hours)
    moves = SimpleNamespace(monotonic=lambda: time.monotonic() + clock.now() - START)
    hosts.time = robots.time = moves  # type: ignore[assignment]
    began, cpu = time.monotonic(), time.process_time()
    # The clock stands still while a thread waits for its turn: it is not to wait long, but to come back.
    rules = FetchRules(allow_private=True, delay=0.0, max_wait=0.5, backoff=0.1)
    with open_store(where) as store, Fetcher(rules) as fetcher:
        memory = Gathering(store, "benchmark", "benchmark")
        watch = Watch(Sources("day", Manner(fetchers=8), tuple(listed)), memory, memory, reader, fetcher, clock=clock)
        tally = watch.run()
        took, used = time.monotonic() - began, time.process_time() - cpu
        whole = tally.whole
        print(f"{len(listed)} feeds of {day.feeds} hosts, {given.hours:g} hours in {took:,.0f} s ({used:,.0f} s of CPU)")
        print(f"answers of feeds {whole.asked:,}; articles fetched {whole.fetched:,}; counts {whole.to_dict()}")
        told(store, day, clock, whole.fetched / took)
    quarter = len(clock.seen) // 4
    early, late = (max(size for _, size, _ in part) for part in (clock.seen[: quarter + 1], clock.seen[-quarter - 1 :]))
    print(f"most memory in the first quarter {early:.1f} MB, in the last {late:.1f} MB")


def told(store: Any, day: Day, clock: Clock, rate: float) -> None:
    from sqlalchemy import text

    def number(query: str) -> int:
        with store.database.reading() as connection:
            return int(connection.execute(text(query)).scalar() or 0)

    kept, urls = number("SELECT count(*) FROM report"), number("SELECT count(DISTINCT url) FROM version")
    versions = number("SELECT count(*) FROM version")
    print(f"kept {kept:,} reports under {urls:,} addresses ({versions:,} versions); {rate:.1f} articles a second")
    waits = number("SELECT count(*) FROM seen WHERE became = 'waiting'")
    with store.database.reading() as connection:
        found = connection.execute(text("SELECT url FROM version")).scalars().all()
    have = {url[7:].partition(":")[0] + url[url.index("/story") :] for url in found}
    # A feed may be asked two hours and a tenth after the last time: what came in that while need not be there yet.
    due, late = day.published(clock.now() - 8000), day.published(clock.now())
    print(f"published {len(late):,}, of which {len(due):,} before the last askings:", end=" ")
    print(f"{len(due - have):,} missed, {len(have - late):,} too many")
    print(f"waiting {waits:,}; given up {number('SELECT count(*) FROM failure'):,}")
    print(f"copies found {number('SELECT count(*) FROM copy'):,}; the store has {Path(store.name).stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
