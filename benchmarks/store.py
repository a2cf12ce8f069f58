"""The store in figures: adding, growth, timelines, searches, listings, bytes. ``make bench`` runs this.

    python benchmarks/store.py [--events 20000] [--url sqlite:///FILE | postgresql://...] [--json]
    python benchmarks/store.py --keep FOLDER --repeat 12     # a large store, made once: see store_fill.py
    python benchmarks/store.py --measure FILE_OR_URL         # of a store that is there; adds to it last
    python benchmarks/store.py --copies 256                  # what the n-th copy of one text costs
    python benchmarks/store.py --growth FILE_OR_URL ... --plot growth.svg   # adding one more to stores of several sizes

Reports are synthetic (store_reports.py). Without ``--url`` both databases are measured: SQLite in a folder that is thrown away,
PostgreSQL where Debian's server is installed, started for this and thrown away too. CPU seconds are this process's: what a
PostgreSQL server spends beside is not in them. Latencies are of ``--runs`` questions, each time another word or dyad of its kind,
by the clock and in this process's CPU time: on a busy machine the clock counts what others do as well.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "contracts"))

import postgres
from sqlalchemy import text
from store_fill import fill, transfer, widen
from store_reports import Shape

from communique.asking import size, timeline
from communique.records import CodedReport, content_id
from communique.store import Query, Store, open_store
from communique.store.comparing import Comparing

LEAST = 5
"""Questions of a kind that are asked however long they take."""

YEARS = 5
"""Years by which a repetition is later: more than the first collection lasts, so that neither sees the other."""


def tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


class Clock:
    """CPU time spent in comparing, told from the rest of adding."""

    def __init__(self) -> None:
        self.compared = 0.0
        self.update = Comparing.update

    @contextmanager
    def watching(self) -> Iterator[Clock]:
        def update(comparing: Comparing, *args: Any) -> Any:
            began = time.process_time()
            try:
                return self.update(comparing, *args)
            finally:
                self.compared += time.process_time() - began

        with patch.object(Comparing, "update", update):
            yield self


def adding(store: Store, shape: Shape, events: int, batch: int) -> dict[str, float]:
    """Events a CPU second while a store is filled: all of adding, and without comparing."""
    reports, found = 0, 0
    while found < events:
        found += len(shape.report(reports).events)
        reports += 1
    clock = Clock()
    began = time.perf_counter()
    with clock.watching():
        added, spent = fill(store, shape, reports, lambda _: None, batch)
    wall = time.perf_counter() - began
    return {
        "events": added, "reports": reports, "batch": batch, "events_a_cpu_second": round(added / spent, 1),
        "without_comparing": round(added / (spent - clock.compared), 1), "events_a_second": round(added / wall, 1),
    }  # fmt: skip


def server_seconds(store: Store) -> float:
    """CPU seconds that PostgreSQL has spent for this process, where it runs on this machine; 0 else, and of SQLite."""
    if store.database.sqlite:
        return 0.0
    with store.database.engine.connect() as connection:
        ident = connection.execute(text("SELECT pg_backend_pid()")).scalar()
    stat = Path(f"/proc/{ident}/stat")
    if not stat.exists() or b"postgres" not in stat.read_bytes():
        return 0.0
    user, system = stat.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def probe(store: Store, shape: Shape, at: int, count: int) -> dict[str, float]:
    """What adding `count` reports of another shape costs, one by one, among what is there: of days from the report `at` on."""
    given = [replace(c, report=replace(c.report, id=f"probe-{shape.seed}-{c.report.id}")) for c in shape.reports(at, at + count)]
    cpu, wall, events, served = [], [], 0, server_seconds(store)
    for one in given:
        began, clock = time.process_time(), time.perf_counter()
        store.add(one, "probe")
        cpu.append(time.process_time() - began)
        wall.append(time.perf_counter() - clock)
        events += len(one.events)
    return {
        "reports": count, "events": events, "cpu_ms_a_report": round(1000 * sum(cpu) / count, 1),
        "cpu_ms_median": round(1000 * statistics.median(cpu), 1), "wall_ms_median": round(1000 * statistics.median(wall), 1),
        "server_cpu_ms_a_report": round(1000 * (server_seconds(store) - served) / count, 1),
    }  # fmt: skip


def copies(count: int) -> list[float]:
    """CPU ms of each copy, by quarters, of `count` copies of one text (29 events), each with another number in it, that come into
    a new SQLite store one by one."""
    base = next(one for one in Shape().reports(0, 400) if len(one.events) == 29 and len(one.statements) > 4)

    def copy(n: int) -> CodedReport:
        said = f"{base.report.text} In all {1000 + n} people were told of it."
        given = replace(base.report, id=f"copy-{n}", text=said, source=f"Outlet {n}", url=f"https://example.org/copy/{n}")
        events = tuple(replace(e, id=content_id(f"copy-{n}", "event", i)) for i, e in enumerate(base.events))
        uttered = tuple(replace(s, id=content_id(f"copy-{n}", "statement", i)) for i, s in enumerate(base.statements))
        return replace(base, report=given, events=events, statements=uttered)

    spent: list[float] = []
    with tempfile.TemporaryDirectory(prefix="communique-bench-") as folder, open_store(f"{folder}/store.db") as store:
        for one in map(copy, range(count)):
            began = time.process_time()
            store.add(one, "copies")
            spent.append(1000 * (time.process_time() - began))
    part = count // 4
    return [round(statistics.mean(spent[n : n + part]), 1) for n in range(0, 4 * part, part)]


def growth(places: list[str], args: argparse.Namespace) -> list[dict[str, Any]]:
    """What adding the same reports costs in stores of several sizes, the smallest first. Other reports each time this is run: the
    same again would be copies."""
    out, shape = [], Shape(args.rate, time.time_ns() % 1_000_000_007)
    for place in places:
        with open_store(place, create=False) as store:
            with store.database.reading() as connection:
                events = connection.execute(text("SELECT count(*) FROM event")).scalar()
            found = probe(store, shape, args.at, args.probe)
            out.append({"store": "SQLite" if store.database.sqlite else "PostgreSQL", "events_there": events, **found})
        tell(str(out[-1]))
    return sorted(out, key=lambda one: (one["store"], one["events_there"]))


def draw(path: Path, found: list[dict[str, Any]]) -> None:
    """Milliseconds a report by the events of the store, the process and the database's server together, as SVG."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    matplotlib.rcParams.update({"svg.hashsalt": "growth", "svg.fonttype": "none", "font.size": 10})
    figure, axes = pyplot.subplots(figsize=(6.4, 3.6), layout="constrained")
    for kind in dict.fromkeys(one["store"] for one in found):
        own = [one for one in found if one["store"] == kind]
        sizes = [one["events_there"] for one in own]
        whole = [one["cpu_ms_a_report"] + one["server_cpu_ms_a_report"] for one in own]
        (line,) = axes.plot(sizes, whole, marker="o", label=kind)
        if kind != "SQLite":
            alone = [one["cpu_ms_a_report"] for one in own]
            axes.plot(sizes, alone, marker="o", linestyle="--", color=line.get_color(), label=f"{kind} without its server")
    axes.set(xscale="log", xlabel="events in the store", ylabel="CPU ms a report added", ylim=(0, None))
    axes.grid(True, which="major", color="0.9")
    axes.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})


def latency(asks: list[Callable[[], Any]], runs: int, budget: float = 4.0) -> dict[str, float]:
    """Median and 95th percentile of `runs` questions, in milliseconds, or of as many as `budget` CPU seconds allow; how many
    answers they had on average."""
    wall, cpu, answers = [], [], 0
    ends = time.process_time() + budget
    for n in range(runs):
        if n >= LEAST and time.process_time() > ends:
            break
        began, clock = time.process_time(), time.perf_counter()
        answers += asks[n % len(asks)]()
        wall.append(1000 * (time.perf_counter() - clock))
        cpu.append(1000 * (time.process_time() - began))
    def at(values: list[float], share: float) -> float:
        return round(sorted(values)[min(len(values) - 1, int(share * len(values)))], 1)

    return {"p50": at(wall, 0.5), "p95": at(wall, 0.95), "cpu_p50": at(cpu, 0.5), "cpu_p95": at(cpu, 0.95),
            "answers": round(answers / len(wall), 1), "runs": len(wall)}  # fmt: skip


def dyads(store: Store) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The three busiest pairs of countries, and twenty about the median, by their incidents."""
    query = (
        "SELECT actor, recipient, count(*) AS n FROM incident_dyad "
        "WHERE actor <> '*' AND recipient <> '*' AND actor <> recipient GROUP BY actor, recipient "
        "ORDER BY n DESC, actor, recipient"
    )
    with store.database.reading() as connection:
        found = [(r.actor, r.recipient) for r in connection.execute(text(query))]
    middle = len(found) // 2
    return found[:3], found[max(0, middle - 10) : middle + 10]


def words(store: Store) -> dict[str, list[str]]:
    """Words by how many of a thousand texts have them, and phrases of two such words that stand in texts."""
    with store.database.reading() as connection:
        query = text("SELECT text FROM version ORDER BY id LIMIT 1000")
        texts = [row.text.lower().split() for row in connection.execute(query)]
    having = Counter(w for t in texts for w in {w for w in t if w.isalpha()})
    beside = Counter(p for t in texts for p in {(a, b) for a, b in itertools.pairwise(t) if a.isalpha() and b.isalpha()})
    ranked = [w for w, _ in having.most_common()]
    common = set(ranked[:100])
    both = [p for p, _ in beside.most_common() if set(p) <= common]
    return {
        "common word": ranked[:20], "rare word": [w for w in ranked if having[w] <= 3][:20],
        "two common words": [f"{a} {b}" for a, b in zip(ranked[:20], ranked[40:60], strict=False)],
        "common phrase": [f'"{a} {b}"' for a, b in both[:20]],
        "rare phrase of common words": [f'"{a} {b}"' for a, b in both if beside[a, b] == 1][:20],
    }  # fmt: skip


def questions(store: Store, runs: int, budget: float = 4.0) -> dict[str, dict[str, float]]:
    """Latencies of what users ask, the first page of fifty."""
    busy, middle = dyads(store)
    asked: dict[str, list[Callable[[], Any]]] = {}

    def count(answers: Any) -> int:
        return sum(1 for _ in answers)

    for name, pairs in (("busiest dyads", busy), ("median dyads", middle)):
        asked[f"series, {name}"] = [lambda p=p: count(store.series(*p)) for p in pairs]
        asked[f"series of two years, {name}"] = [
            lambda p=p: count(store.series(*p, since="1977-01-01", until="1978-12-31")) for p in pairs
        ]
        asked[f"timeline, {name}"] = [lambda p=p: len(timeline(store, *p).rows) for p in pairs]
        asked[f"timeline of two years, {name}"] = [
            lambda p=p: len(timeline(store, *p, since="1977-01-01", until="1978-12-31").series.points) for p in pairs
        ]
    for name, listed in words(store).items():
        for newest in (False, True):
            asked[f"events, {name}, {'last' if newest else 'first'} 50"] = [
                lambda w=w, n=newest: count(store.events(Query(text=w, limit=50, newest=n))) for w in listed
            ]
        asked[f"incidents, {name}, first 50"] = [lambda w=w: count(store.incidents(Query(text=w, limit=50))) for w in listed]
    names = ("Trump", "Netanyahu", "Assad", "Xi Jinping", "Kim Jong Un", "Putin")
    asked["events by name"] = [lambda n=n: count(store.events(Query(actor=n, limit=50, newest=True))) for n in names]
    asked["events of a country and type"] = [
        lambda p=p: count(store.events(Query(actor=p[0], type="ACCUSE", limit=50, newest=True))) for p in middle
    ]
    asked["incidents, last 50"] = [lambda: count(store.incidents(Query(limit=50, newest=True)))]
    asked["incidents of a type, last 50"] = [
        lambda k=k: count(store.incidents(Query(type=k, limit=50, newest=True))) for k in ("ASSAULT", "CONSULT", "RETREAT")
    ]
    asked["claims, last 50"] = [lambda: count(store.claims(Query(limit=50, newest=True)))]
    asked["contested claims, last 50"] = [lambda: count(store.claims(Query(status="contested", limit=50, newest=True)))]
    asked["statements of a country, last 50"] = [
        lambda p=p: count(store.statements(Query(actor=p[0], limit=50, newest=True))) for p in middle
    ]
    out = {}
    for name, asks in asked.items():
        if asks:
            asks[0]()  # the first of a kind reads tables of ours, which no later one does
            out[name] = latency(asks, runs, budget)
            tell(f"{name:48} {out[name]}")
    return out


def measured(store: Store, runs: int, budget: float) -> dict[str, Any]:
    found = size(store)
    return {
        "store": "sqlite" if store.database.sqlite else "postgresql", "rows": found.rows, "bytes": found.bytes,
        "bytes_an_event": round(found.bytes_an_event), "questions": questions(store, runs, budget),
        "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024), "load": os.getloadavg()[0],
    }  # fmt: skip


def small(url: str, args: argparse.Namespace) -> dict[str, Any]:
    """All figures of a store made for this at `url`."""
    shape = Shape(args.rate)
    with open_store(url) as store:
        out = {"adding": adding(store, shape, args.events, args.batch)}
        out |= measured(store, args.runs, args.budget)
        out["probe"] = probe(store, Shape(args.rate, shape.seed + 1), int(out["adding"]["reports"]) // 2, args.probe)
    return out


def large(folder: Path, args: argparse.Namespace) -> None:
    """A large store in `folder`, made once."""
    first, whole = folder / "base.db", folder / "large.db"
    with open_store(first) as store:
        reports = int(args.events / 28)
        fill(store, Shape(args.rate), reports, tell)
    if not whole.exists():
        shutil.copy(first, whole)
    widen(whole, args.repeat, YEARS, tell)
    print(whole)


def both(args: argparse.Namespace) -> list[dict[str, Any]]:
    out = []
    with tempfile.TemporaryDirectory(prefix="communique-bench-") as folder:
        out.append(small(args.url or f"{folder}/store.db", args))
        if not args.url and postgres.missing():
            tell(f"PostgreSQL is not measured: {postgres.missing()}")
        elif not args.url:
            server = postgres.Server(durable=True)
            try:
                server.start()
                out.append(small(postgres.new_database(server.url, "bench"), args))
            finally:
                server.close()
    return out


def show(found: dict[str, Any]) -> None:
    rows = found["rows"]
    print(f"{found['store']}: {rows['events']:,} events of {rows['reports']:,} reports, {rows['incidents']:,} incidents, "
          f"{rows['claims']:,} claims; {found['bytes_an_event']:,} bytes an event; load {found['load']:.1f}")  # fmt: skip
    if "adding" in found:
        a = found["adding"]
        print(f"adding, {a['batch']} reports together: {a['events_a_cpu_second']:,.0f} events a CPU second, "
              f"{a['without_comparing']:,.0f} without comparing; {a['events_a_second']:,.0f} a second by the clock")  # fmt: skip
    if "probe" in found:
        print(f"adding one report more: {found['probe']}")
    print(f"{'':48} {'p50':>8} {'p95':>8} {'CPU p50':>8} {'CPU p95':>8} answers  runs   (ms)")
    for name, f in found["questions"].items():
        times = " ".join(f"{f[key]:8.1f}" for key in ("p50", "p95", "cpu_p50", "cpu_p95"))
        print(f"{name:48} {times} {f['answers']:7.1f} {f['runs']:5}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--rate", type=int, default=2, help="reports a day")
    parser.add_argument("--batch", type=int, default=32, help="reports in a transaction")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--budget", type=float, default=0.6, help="CPU seconds for one kind of question")
    parser.add_argument("--probe", type=int, default=20, help="reports added last, one by one")
    parser.add_argument("--url", default="", help="where to make the store: a path or URL, instead of both databases")
    parser.add_argument("--keep", type=Path, help="make a large store in this folder")
    parser.add_argument("--repeat", type=int, default=12, help="how often a large store holds the same again, years later")
    parser.add_argument("--measure", default="", help="measure the store that is there")
    parser.add_argument("--copies", type=int, metavar="N", help="what N copies of one text cost, by quarters")
    parser.add_argument("--growth", nargs="+", default=[], metavar="STORE", help="add the same to each of these stores")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="with --growth: draw it as SVG (needs matplotlib)")
    parser.add_argument("--at", type=int, default=150, help="with --measure or --growth: the report at whose days some are added")
    parser.add_argument("--transfer", type=Path, help="copy this SQLite store into the empty one at --url")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    random.seed(0)
    if args.keep:
        large(args.keep, args)
        return 0
    if args.transfer:
        with open_store(args.url) as store:
            transfer(args.transfer, store, tell)
        return 0
    if args.copies:
        print(*copies(args.copies))
        return 0
    if args.growth:
        found = growth(args.growth, args)
        print(json.dumps(found, indent=1))
        if args.plot:
            draw(args.plot, found)
        return 0
    if args.measure:
        with open_store(args.measure, create=False) as store:
            added = {"probe": probe(store, Shape(args.rate, Shape().seed + 1), args.at, args.probe)} if args.probe else {}
            out = [measured(store, args.runs, args.budget) | added]
    else:
        out = both(args)
    for one in out:
        print(json.dumps(one)) if args.json else show(one)
    return 0


if __name__ == "__main__":
    sys.exit(main())
