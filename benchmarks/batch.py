"""What `communique batch` costs beside a plain loop, what its files take, and what loading and comparing them costs.

``python benchmarks/batch.py [REPORTS]`` (240 unless said) prints JSON. The reports are those that `benchmarks/warc.py` writes
pages of, as JSON Lines in four shards, read by the shipped weights:

* `plain`: a loop in one process that reads each report and keeps nothing;
* `shard`: what a worker does, in one process without Dask: the same, and a file on the disk;
* `workers_1`, `workers_2`: the command with one and two workers. What starting costs is left out of the figures a report; a run
  over four reports tells it;
* `add`: the files into a new store; `compare`: the files in one pass.

With ``--coded``, REPORTS synthetic coded reports (`benchmarks/store_reports.py`, 20 a day) are written to files, and only
`add`, `compare` and the time of writing are measured: no weights are needed.

Milliseconds a report are of the processor, of all processes together, so that what else runs on the machine counts little; `wall`
is by the clock. Each figure but the last two is the median of three runs, taken in turns.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from communique.gather.pages import page

sys.path.insert(0, str(Path(__file__).resolve().parent))
SHARDS, TIMES = 4, 3


def spent() -> float:
    """Seconds of the processor of this process and those that it started and that have ended."""
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def timed(work: Callable[[], Any]) -> tuple[float, float]:
    began, cpu = time.perf_counter(), spent()
    work()
    return spent() - cpu, time.perf_counter() - began


def command(*args: str | Path) -> None:
    code = "from communique.cli import main; main()"
    subprocess.run([sys.executable, "-c", code, *map(str, args)], check=True, stdout=subprocess.DEVNULL)


def shards(folder: Path, count: int) -> None:
    import random

    import warc

    folder.mkdir()
    chance = random.Random(1)
    for s in range(SHARDS):
        with (folder / f"{s}.jsonl").open("w", encoding="utf-8") as lines:
            for n in range(s, count, SHARDS):
                url = f"https://fjord.example/{n}"
                found = page.to_report(warc._page(n, chance), url=url)
                given = {"id": url, **{k: getattr(found, k) for k in ("title", "text", "published", "source")}}
                lines.write(json.dumps(given) + "\n")


def plain(folder: Path) -> None:
    import communique
    from communique.gather.inputs import read_inputs

    reader = communique.load(threads=1)
    for one in reader.pipe(r for r in read_inputs(sorted(folder.iterdir())) if not isinstance(r, Exception)):
        assert one.sentences


def by_shard(folder: Path, out: Path) -> None:
    from communique.batch.running import plan
    from communique.batch.shard import read_shard
    from communique.gather.inputs import Ways

    for task in plan(folder, out, Ways()).tasks():
        outcome = read_shard(task)
        assert outcome.became == "done", outcome


def in_child(name: str, *args: Path) -> None:
    """One of the functions here in a process of its own, so that each loads the weights once."""
    subprocess.run([sys.executable, __file__, "--child", name, *map(str, args)], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reports", nargs="?", type=int, default=240)
    parser.add_argument("--coded", action="store_true", help="only load and compare, from synthetic coded reports")
    parser.add_argument("--child", nargs="+")
    given = parser.parse_args()
    if given.child:
        name, *paths = given.child
        {"plain": plain, "by_shard": by_shard}[name](*map(Path, paths))
        return
    with tempfile.TemporaryDirectory() as kept:
        top = Path(kept)
        if given.coded:
            print(json.dumps(coded(top, given.reports), indent=1))
            return
        shards(top / "in", given.reports)
        shards(top / "few", SHARDS)
        print(json.dumps(measured(top, given.reports), indent=1))


def measured(top: Path, count: int) -> dict[str, Any]:
    runs: dict[str, list[tuple[float, float]]] = {}
    out: list[Path] = []

    def note(name: str, work: Callable[[Path], None]) -> None:
        out.append(top / f"out{len(out)}")
        runs.setdefault(name, []).append(timed(lambda: work(out[-1])))

    for _ in range(TIMES):
        for size in ("in", "few"):
            note(f"plain {size}", lambda _, size=size: in_child("plain", top / size))
            note(f"shard {size}", lambda o, size=size: in_child("by_shard", top / size, o))
            for workers in (1, 2):
                note(f"workers_{workers} {size}", lambda o, s=size, w=workers: command("batch", top / s, o, "--workers", str(w)))
    middle = {name: [statistics.median(column) for column in zip(*found, strict=True)] for name, found in runs.items()}
    more = count - SHARDS
    figures: dict[str, Any] = {"reports": count, "cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}
    for name in ("plain", "shard", "workers_1", "workers_2"):
        (cpu, wall), (low, short) = middle[f"{name} in"], middle[f"{name} few"]
        figures[name] = {
            "cpu_ms_a_report": round(1000 * (cpu - low) / more, 2), "wall_ms_a_report": round(1000 * (wall - short) / more, 2),
            "start_cpu_s": round(low, 2), "start_wall_s": round(short, 2),
        }  # fmt: skip
        base = figures["plain"]["cpu_ms_a_report"]
        figures[name]["beside_plain"] = round(figures[name]["cpu_ms_a_report"] / base, 3)
    last = next(o for o in reversed(out) if len(list(o.glob("*.parquet"))) == SHARDS and _rows(o) == count)
    files = sorted(last.glob("*.parquet"))
    figures["bytes_a_report"] = round(sum(f.stat().st_size for f in files) / count)
    figures["bytes_of_text"] = round(sum(f.stat().st_size for f in (top / "in").iterdir()) / count)
    return figures | loaded(top, files, count)


def loaded(top: Path, files: list[Path], count: int) -> dict[str, Any]:
    """The files into a store, and compared in one pass."""
    ways = {"add": ("add", *files, "--store", top / "s.db"), "compare": ("compare", *files, "--out", top / "whole")}
    out: dict[str, Any] = {}
    for name, args in ways.items():
        cpu, wall = timed(lambda args=args: command(*args))  # type: ignore[misc]
        out[name] = {"cpu_ms_a_report": round(1000 * cpu / count, 2), "wall_ms_a_report": round(1000 * wall / count, 2)}
    out["store_bytes_a_report"] = round(sum(p.stat().st_size for p in top.glob("s.db*")) / count)
    return out


def coded(top: Path, count: int) -> dict[str, Any]:
    """`count` synthetic coded reports in files, loaded and compared."""
    from store_reports import Shape

    from communique.batch.files import Footer, write_whole
    from communique.batch.layout import row_of

    shape, files, events = Shape(20), [], 0

    def write(path: Path, start: int, stop: int) -> None:
        nonlocal events
        rows = []
        for n, one in enumerate(shape.reports(start, stop)):
            rows.append(row_of(n, one))
            events += len(one.events)
        began = spent()
        write_whole(path, (), rows, Footer(path.stem, "1", "", "r", records=len(rows)))
        writing.append(spent() - began)

    writing: list[float] = []
    for start in range(0, count, 250):
        files.append(top / f"{start:06d}.parquet")
        write(files[-1], start, min(start + 250, count))
    figures: dict[str, Any] = {"reports": count, "events": events, "write_cpu_ms_a_report": round(1000 * sum(writing) / count, 2)}
    figures["bytes_a_report"] = round(sum(f.stat().st_size for f in files) / count)
    return figures | loaded(top, files, count)


def _rows(folder: Path) -> int:
    from pyarrow import parquet

    return sum(parquet.read_metadata(f).num_rows for f in folder.glob("*.parquet"))


if __name__ == "__main__":
    main()
