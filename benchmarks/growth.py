"""What `communique batch`, loading and comparing cost a report as an archive grows: ``python benchmarks/growth.py [SIZE ...]``.

Prints JSON. Two parts, of which the first alone needs the weights:

* `read`: `--read` short reports (1,000 unless said; the first sentences of those written for training/corpus), read by the
  shipped weights once in a plain loop and once as a worker does it, with its files. What is between them is what
  `communique batch` adds, and what starting a second time takes.
* `sizes`: for each SIZE (1000 and 10000 unless said) everything that is not the reader. Its coded output is replayed: synthetic
  coded reports (benchmarks/store_reports.py: the events, statements and lengths of annotated articles, 20 a day) in shards of
  1,000 as JSON Lines, "read" by what hands out the report that belongs to a text. So `shards` is reading the shards, making rows
  and writing Parquet; `add` is `communique add` of all files into a new SQLite store, and `add_by` what it had cost when the
  store had so many reports (reports there, ms a report since the last row, megabytes of the process at most so far); `compare`
  is `communique compare` of the files, the DuckDB pass. Neither is run for more than `--most` reports (10,000 unless said),
  which takes a quarter of an hour or more. `add_mb` and `compare_mb` are the most memory of these processes, in megabytes.

Milliseconds are of the processor, of all processes together, so that what else runs on the machine counts little. `--plot FILE`
draws them as SVG (needs matplotlib): over the reports of an archive, and of `add_by` over those that were added before.
`--draw FIGURES` draws what was printed before, and measures nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
from store_reports import Shape

from batch import by_shard, plain, spent, timed
from communique.batch import shard as worker
from communique.batch.running import plan
from communique.gather.inputs import Ways
from communique.records import CodedReport, Report

ROOT = Path(__file__).resolve().parents[1]
SHARD, RATE, SENTENCES = 1000, 20, 4
"""Reports a shard and a day; sentences of a short report."""

LABELS = {"shards": "shards to Parquet", "compare": "compared in one pass"}
TICK, STEP = 0.5, 1000
"""Seconds between two looks at a store that grows; reports of a row of `add_by`."""


class Replaying:
    """Stands in for the reader with what it made of these reports before."""

    def __init__(self, name: str, coded: Iterable[CodedReport]) -> None:
        self.name = name
        self.known = {one.report.id: one for one in coded}

    def pipe(self, reports: Iterable[Report | str], *, batch_size: int = 16) -> Iterator[CodedReport]:
        for report in reports:
            assert isinstance(report, Report)
            yield replace(self.known[report.id], report=replace(report, language="en"))


def line_of(report: Report) -> str:
    return json.dumps({key: getattr(report, key) for key in ("id", "title", "text", "published", "source", "url")}) + "\n"


def short_reports(count: int) -> Iterator[Report]:
    """`count` short reports; those written, again and again, each time under another number and day."""
    sys.path.insert(0, str(ROOT / "training"))
    from notation import parse

    files = sorted((ROOT / "training/corpus").glob("*.ann"))
    written = [r for f in files for r, _ in parse(f.read_text("utf-8").splitlines())]
    for n in range(count):
        one = written[n % len(written)]
        end = one["sentences"][:SENTENCES][-1]["end"]
        yield Report(one["text"][:end], id=f"{one['id']}-{n}", published=one["published"], url=f"https://fjord.example/{n}")


def read(top: Path, count: int) -> dict[str, Any]:
    """A plain loop beside a worker's work, by the shipped weights; each in a process of its own."""
    folder = top / "in"
    folder.mkdir()
    with (folder / "short.jsonl").open("w", encoding="utf-8") as lines:
        lines.writelines(map(line_of, short_reports(count)))
    child = [sys.executable, __file__, "--child"]
    loop, _ = timed(lambda: subprocess.run([*child, "plain", str(folder)], check=True))
    whole, _ = timed(lambda: subprocess.run([*child, "by_shard", str(folder), str(top / "read")], check=True))
    figures = {"reports": count, "loop": 1000 * loop / count, "shard": 1000 * whole / count, "beside_loop": whole / loop}
    return {name: round(value, 3) for name, value in figures.items()}


def replayed(top: Path, count: int, most: int) -> dict[str, Any]:
    """What is not the reader, for `count` reports."""
    given, out, shape = top / f"in{count}", top / f"out{count}", Shape(RATE)
    given.mkdir()
    for start in range(0, count, SHARD):
        with (given / f"{start:07d}.jsonl").open("w", encoding="utf-8") as lines:
            lines.writelines(line_of(one.report) for one in shape.reports(start, min(start + SHARD, count)))
    seconds, events = 0.0, 0
    for n, task in enumerate(plan(given, out, Ways()).tasks()):
        reader = Replaying(task.reader, shape.reports(n * SHARD, min((n + 1) * SHARD, count)))
        events += sum(len(one.events) for one in reader.known.values())
        worker._READERS[task.actors, task.threads, task.gate] = reader
        began = spent()
        outcome = worker.read_shard(task)
        seconds += spent() - began
        assert outcome.became == "done" and not outcome.failed, outcome
    files = sorted(out.glob("*.parquet"))
    size = sum(f.stat().st_size for f in files)
    figures: dict[str, Any] = {"reports": count, "events": events, "bytes_a_report": size // count}
    figures["shards"] = seconds * 1000 / count
    if count <= most:
        cpu, figures["add_mb"], figures["add_by"] = added(files, top / f"{count}.db")
        figures["add"] = cpu * 1000 / count
        cpu, figures["compare_mb"] = watched(["compare", *files, "--out", top / f"whole{count}"], lambda _: None)
        figures["compare"] = cpu * 1000 / count
    return {name: round(value, 2) if isinstance(value, float) else value for name, value in figures.items()}


def watched(args: Sequence[str | Path], look: Callable[[psutil.Process], None]) -> tuple[float, int]:
    """Runs a command and looks at its process meanwhile; its seconds of CPU, and its megabytes at most."""
    code = "from communique.cli import main; main()"
    with subprocess.Popen([sys.executable, "-c", code, *map(str, args)], stdout=subprocess.DEVNULL) as running:
        process = psutil.Process(running.pid)
        while os.waitid(os.P_PID, running.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            time.sleep(TICK)
            look(process)
        _, status, usage = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode:
        raise SystemExit(f"{args[0]} ended with {running.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024


def added(files: Sequence[Path], store: Path) -> tuple[float, int, list[tuple[int, float, int]]]:
    """`communique add` of all files; its CPU, memory, and rows of `add_by`."""
    seen: list[tuple[int, float, int]] = [(0, 0.0, 0)]

    def look(process: psutil.Process) -> None:
        try:
            with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as asked:
                (there,) = asked.execute("SELECT count(*) FROM report").fetchone()
            if there > seen[-1][0]:
                used = process.cpu_times()
                seen.append((there, used.user + used.system, process.memory_info().rss >> 20))
        except (sqlite3.OperationalError, psutil.Error):
            pass  # not there yet, or no more

    cpu, most = watched(["add", *files, "--store", store], look)
    if seen[-1][0] == 0:
        raise SystemExit(f"{store}: nothing was seen of how it grew")
    rows, last = [], seen[0]
    for there, used, _ in seen[1:]:
        if there - last[0] >= STEP or there == seen[-1][0] > last[0]:
            cost = (used - last[1]) * 1000 / (there - last[0])
            rows.append((there, round(cost, 2), max(mb for n, _, mb in seen if n <= there)))
            last = (there, used, 0)
    return cpu, most, rows


def draw(path: Path, figures: Mapping[str, Any]) -> None:
    """Milliseconds a report by the size of the archive, both in powers of ten."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    matplotlib.rcParams.update({"svg.hashsalt": "growth", "svg.fonttype": "none", "font.size": 10})
    figure, axes = pyplot.subplots(figsize=(6.4, 3.6), layout="constrained")
    rows: Sequence[Mapping[str, Any]] = figures["sizes"]
    lines = {label: [(row["reports"], row[name]) for row in rows if name in row] for name, label in LABELS.items()}
    longest = max((row.get("add_by", []) for row in rows), key=len)
    lines["into a store, after so many others"] = [(there, cost) for there, cost, _ in longest]
    for label, points in lines.items():
        if points:
            axes.plot(*zip(*points, strict=True), marker="o", markersize=4, label=label)
    if "read" in figures:
        axes.axhline(figures["read"]["loop"], color="0.5", linestyle="--", label="the reader, short reports")
    axes.set(xscale="log", yscale="log", xlabel="reports", ylabel="CPU ms a report")
    axes.grid(True, which="major", color="0.9")
    axes.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int, default=[1000, 10000])
    parser.add_argument("--read", type=int, default=1000, metavar="N", help="short reports that the weights read; 0: none")
    parser.add_argument("--most", type=int, default=10000, metavar="N", help="reports up to which is loaded and compared")
    parser.add_argument("--plot", type=Path, metavar="FILE")
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    parser.add_argument("--draw", type=Path, metavar="FIGURES", help="draw these figures; needs --plot")
    given = parser.parse_args()
    if given.draw:
        draw(given.plot, json.loads(given.draw.read_text("utf-8")))
        return
    if given.child:
        name, *paths = given.child
        {"plain": plain, "by_shard": by_shard}[name](*map(Path, paths))
        return
    figures: dict[str, Any] = {"cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}
    with tempfile.TemporaryDirectory() as kept:
        if given.read:
            figures["read"] = read(Path(kept), given.read)
        figures["sizes"] = []
        for size in given.sizes:
            figures["sizes"].append(replayed(Path(kept), size, given.most))
            print(figures["sizes"][-1], file=sys.stderr, flush=True)
    print(json.dumps(figures, indent=1))
    if given.plot:
        draw(given.plot, figures)


if __name__ == "__main__":
    main()
