"""Readers of a desk while reports are added: how long they wait, and whether anything fails.

``python benchmarks/serve.py`` makes a store of 20,000 synthetic events (benchmarks/store_reports.py), starts ``communique serve``
on it and a process that adds reports, and lets 50 readers ask the API for 20 seconds. ``--store FILE`` takes a store that is
there, and reads and writes a copy of it. It prints p50 and p95 of the time from asking to the last byte, by kind of question,
the work of the server alone, and every failure.

A reader asks, looks at the answer for `--pause` seconds (drawn about it), and asks on. With ``--pause 0`` it asks at once, as a
program does: then the processors are always busy, and the figure is their number divided by the work of an answer.

Readers, server and writer share this machine; what it does beside is in the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parent))
from store_fill import fill
from store_reports import Shape

from communique.store import open_store

AN_EVENT = 11.6
"""Events of a synthetic report, about."""

PAIRS = [("USA", "RUS"), ("CHN", "USA"), ("ISR", "PSE"), ("UKR", "RUS"), ("IRN", "USA"), ("PRK", "KOR"), ("FRA", "DEU"),
         ("TUR", "SYR")]  # fmt: skip
WORDS = ["sanctions", "border", "minister", "talks", '"foreign minister"', "missile", "aid", "summit"]
TYPES = ["ACCUSE", "CONSULT", "ASSAULT", "SANCTION", "AID", "THREATEN"]


class Connection:
    """One reader's connection, written by hand: a client library costs more than the answers."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def get(self, target: str) -> tuple[int, bytes]:
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        assert self.reader is not None and self.writer is not None
        self.writer.write(f"GET {target} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nAccept: application/json\r\n\r\n".encode())
        head = await self.reader.readuntil(b"\r\n\r\n")
        size = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        assert size is not None, head
        return int(head.split(None, 2)[1]), await self.reader.readexactly(int(size[1]))


def question(chosen: random.Random, seen: list[str]) -> tuple[str, str]:
    """What a reader asks next: its kind, and the address."""
    a, b = chosen.choice(PAIRS)
    kinds: list[tuple[int, str, str, dict[str, Any]]] = [
        (25, "incidents, newest", "/incidents", {"newest": "true"}),
        (15, "incidents of a country", "/incidents", {"actor": a, "newest": "true"}),
        (10, "incidents of a type", "/incidents", {"type": chosen.choice(TYPES), "newest": "true"}),
        (10, "events between two", "/events", {"actor": a, "recipient": b, "newest": "true", "limit": 20}),
        (10, "statements of a country", "/statements", {"actor": a, "newest": "true", "limit": 20}),
        (5, "claims, contested", "/claims", {"status": "contested", "newest": "true", "limit": 20}),
        (10, "dyad of a year", f"/dyads/{a}/{b}", {"since": "1977-01", "until": "1977-12"}),
        (5, "search for a word", "/search", {"q": chosen.choice(WORDS), "limit": 5}),
        (10, "an incident's sentences", f"/incidents/{chosen.choice(seen)}" if seen else "/incidents", {}),
    ]
    _, kind, path, asked = chosen.choices(kinds, [k[0] for k in kinds])[0]
    return kind, f"/api/v1{path}" + (f"?{urlencode(asked)}" if asked else "")


async def read(n: int, port: int, until: float, pause: float, waits: dict[str, list[float]], failures: list[str]) -> None:
    """One reader's session."""
    chosen, seen = random.Random(n), []
    connection = Connection("127.0.0.1", port)
    await asyncio.sleep(chosen.random() * max(pause, 0.2))
    while time.perf_counter() < until:
        kind, target = question(chosen, seen)
        began = time.perf_counter()
        try:
            status, body = await connection.get(target)
        except (OSError, asyncio.IncompleteReadError, AssertionError) as error:
            failures.append(f"{target}: {error!r}")
            connection = Connection("127.0.0.1", port)
            continue
        waits[kind].append(time.perf_counter() - began)
        if status != 200:
            failures.append(f"{target}: {status} {body[:200]!r}")
        elif kind == "incidents, newest":
            seen = [one["id"] for one in json.loads(body)["items"]]
        if pause:
            await asyncio.sleep(chosen.uniform(0.5, 1.5) * pause)


async def readers(count: int, port: int, seconds: float, pause: float) -> tuple[dict[str, list[float]], list[str]]:
    waits: dict[str, list[float]] = defaultdict(list)
    failures: list[str] = []
    until = time.perf_counter() + seconds
    await asyncio.gather(*(read(n, port, until, pause, waits, failures) for n in range(count)))
    return waits, failures


def write(path: str, start: int, rate: float) -> None:
    """Adds reports, `rate` a second, until it is killed; says how many."""
    with open_store(path) as store:
        for n, report in enumerate(Shape().reports(start, start + 10**6), 1):
            began = time.perf_counter()
            store.add(report, "synthetic")
            print(n, flush=True)
            time.sleep(max(0.0, 1 / rate - (time.perf_counter() - began)))


def prepared(args: argparse.Namespace, folder: Path) -> Path:
    """The store that is read and written: a copy, or one made for it."""
    path = folder / "store.db"
    if args.store:
        for end in ("", "-wal"):
            if (source := Path(f"{args.store}{end}")).exists():
                shutil.copy(source, f"{path}{end}")
        return path
    with open_store(path) as store:
        fill(store, Shape(), max(1, round(args.events / AN_EVENT)), lambda _: None)
    return path


def started(path: Path, workers: int) -> tuple[subprocess.Popen[str], int]:
    command = [sys.executable, "-m", "communique.cli", "serve", "--port", "0", "--store", str(path), "--workers", str(workers)]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    for line in server.stderr:
        if found := re.match(r"http://127\.0\.0\.1:(\d+)/", line):
            return server, int(found[1])
    raise SystemExit("the server did not start")


def spent(number: int) -> float:
    """CPU seconds so far of a process and those that it started; 0 where the system does not say. What else runs on the machine
    is not in it."""
    try:
        fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{number}/task/{number}/children").read_text().split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") + sum(spent(int(child)) for child in children)


def at(values: list[float], share: float) -> float:
    return 1000 * sorted(values)[min(len(values) - 1, int(share * len(values)))]


def show(waits: dict[str, list[float]], failures: list[str], written: int, cpu: float, args: argparse.Namespace) -> None:
    everything = [w for listed in waits.values() for w in listed]
    print(f"{'':28}{'answers':>8}{'p50 ms':>9}{'p95 ms':>9}")
    for kind, listed in (*sorted(waits.items()), ("all", everything)):
        print(f"{kind:28}{len(listed):8,}{at(listed, 0.5):9.1f}{at(listed, 0.95):9.1f}")
    print(f"{args.workers} processes; " if args.workers > 1 else "", end="")
    print(f"the server's own work: {1000 * cpu / len(everything):.1f} ms of one processor an answer")
    print(f"{len(everything) / args.seconds:.0f} answers a second, {len(failures)} failures; {written} reports added meanwhile; "
          f"load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")  # fmt: skip
    for line in failures[:10]:
        print("failed:", line)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--store", default="", help="a store's file; a copy is read and written")
    parser.add_argument("--events", type=int, default=20_000, help="of the store that is made where none is given")
    parser.add_argument("--readers", type=int, default=50)
    parser.add_argument("--workers", type=int, default=1, help="processes of the server")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--pause", type=float, default=1.0, help="seconds that a reader looks at an answer")
    parser.add_argument("--rate", type=float, default=2.0, help="reports added a second; 0: nobody writes")
    parser.add_argument("--write", nargs=2, metavar=("FILE", "START"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.write:
        write(args.write[0], int(args.write[1]), args.rate)
        return 0
    with tempfile.TemporaryDirectory(prefix="communique-serve-") as folder:
        path = prepared(args, Path(folder))
        server, port = started(path, args.workers)
        me = [sys.executable, __file__, "--write", str(path), str(100_000), "--rate", str(args.rate)]
        writer = subprocess.Popen(me, stdout=subprocess.PIPE, text=True) if args.rate else None
        try:
            asyncio.run(readers(5, port, 3, 0.2))  # what is loaded with the first question is loaded
            before = spent(server.pid)
            waits, failures = asyncio.run(readers(args.readers, port, args.seconds, args.pause))
            cpu = spent(server.pid) - before
        finally:
            for process in (server, writer):
                if process is not None:
                    process.terminate()
        written = len(writer.communicate()[0].splitlines()) if writer is not None else 0
        server.wait()
    show(waits, failures, written, cpu, args)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
