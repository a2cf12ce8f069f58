"""How fast gathering's lower parts are, each by itself: fetcher, feed reader, canonical form; and the fetcher's memory.

``python benchmarks/fetching.py [--hosts 3000]``. The servers are those of ``tests/gather``, on loopback and in a process of their
own. Best of three. Feeds and addresses are counted by a second of processor time, pages by the clock and by processor time.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path

from communique.gather.web.addresses import canonical
from communique.gather.web.feeds import read_feed
from communique.gather.web.fetch import Fetcher, FetchRules

ROOT = Path(__file__).resolve().parents[1]
WORDS = "The ministry said on Friday that it would not take part. " * 100
"""Of a page: about 6 kB, half of what an article's text and a tenth of what its page has."""

ITEM = (
    "<item><title>Minister says no to talks, round {n}</title><link>https://example.org/news/{n}?utm_source=rss</link>"
    "<guid>g{n}</guid>"
    "<pubDate>Fri, 14 Mar 2025 {hour:02}:00:00 +0100</pubDate><description>&lt;p&gt;The ministry said on Friday that it would "
    "not take part in a further round, and named no reason for it.&lt;/p&gt;</description></item>"
)


def serve(told: Queue[int], end: Event) -> None:
    """A server that gives any address a page, until `end`."""
    sys.path.insert(0, str(ROOT / "tests" / "gather"))
    from servers import Server, page

    with Server() as server:
        server.missing = [page(WORDS)]
        told.put(server.port)
        end.wait()


def best(call: Callable[[], object], times: int, clock: Callable[[], float] = time.process_time) -> float:
    """Seconds by `clock` for one of `times` calls, in the best of three runs."""
    runs = []
    for _ in range(3):
        start = clock()
        for _ in range(times):
            call()
        runs.append((clock() - start) / times)
    return min(runs)


def feeds(entries: int = 30) -> None:
    items = "".join(ITEM.format(n=n, hour=n % 24) for n in range(entries))
    data = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Desk</title>{items}</channel></rss>'.encode()
    assert len(read_feed(data, "https://example.org/f").entries) == entries
    rate = 1 / best(lambda: read_feed(data, "https://example.org/f"), 300)
    print(f"feeds       {rate:8,.0f} a second, of {entries} entries and {len(data) / 1000:.0f} kB")
    addresses = [f"https://Example.org/news/{n}/../x?utm_source=rss&id={n}" for n in range(1_000)]
    rate = len(addresses) / best(lambda: [canonical(one) for one in addresses], 3)
    print(f"addresses   {rate:8,.0f} a second brought to the canonical form")


def pages(port: int, threads: int, number: int = 600) -> None:
    with Fetcher(FetchRules(allow_private=True, delay=0, at_once=threads)) as fetcher:
        fetcher.get(f"http://127.0.0.1:{port}/first")

        def some(thread: int) -> None:
            for n in range(number // threads):
                fetcher.get(f"http://127.0.0.1:{port}/{thread}/{n}")

        def all_of_them() -> None:
            workers = [threading.Thread(target=some, args=(thread,)) for thread in range(threads)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()

        used = time.process_time()
        rate = number / best(all_of_them, 1, time.perf_counter)
        used = (time.process_time() - used) / number / 3
    print(f"pages       {rate:8,.0f} a second, {threads} thread{'s' * (threads > 1)}, {used * 1e6:.0f} µs of processor time each")


def resident() -> float:
    """This process's memory in MB."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1000


def memory(port: int, hosts: int) -> None:
    """Memory as the fetcher meets ever more hosts, of each a robots.txt and two pages."""
    with Fetcher(FetchRules(allow_private=True, delay=0), resolve=lambda host, port: ["127.0.0.1"]) as fetcher:
        for n in range(1, hosts + 1):
            for page in (1, 2):
                fetcher.get(f"http://desk{n}.example.org:{port}/{page}")
            if n == max(1, hosts // 3) or n == hosts:
                print(f"memory      {resident():8,.0f} MB after {n:,} hosts")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hosts", type=int, default=0, help="also fetch from so many hosts, and print the memory")
    hosts = parser.parse_args().hosts
    feeds()
    context = multiprocessing.get_context("spawn")
    told, end = context.Queue(), context.Event()
    process = context.Process(target=serve, args=(told, end), daemon=True)
    process.start()
    try:
        port = told.get(timeout=60)
        for threads in (1, 4):
            pages(port, threads)
        if hosts:
            memory(port, hosts)
    finally:
        end.set()
        process.join(10)


if __name__ == "__main__":
    main()
