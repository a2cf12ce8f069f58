"""How fast the reader is: end to end beside the model alone, both passes on the same inputs. ``make bench`` runs this.

Texts: the written reports of training/corpus (or any JSON Lines file with `text`). Medians of `--runs` pairs; on a busy
machine compare the ratio, not the rates. `--gate` measures the reader with its gate as well (read/gate.py), on the same
sentences: the model alone still reads all of them, so that the ratio may be above 1.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from communique.read.decode import SentenceDecoder, Thresholds
from communique.read.encode import Encoded
from communique.read.reader import Reader
from communique.read.runtime import OnnxModel, Question
from communique.records import Report

ROOT = Path(__file__).resolve().parents[1]


def corpus() -> list[Report]:
    sys.path.insert(0, str(ROOT / "training"))
    from notation import parse

    files = sorted((ROOT / "training/corpus").glob("*.ann"))
    found = [r for f in files for r, _ in parse(f.read_text("utf-8").splitlines())]
    return [Report(r["text"], id=r["id"], published=r["published"]) for r in found]


def load(path: Path) -> list[Report]:
    with path.open(encoding="utf-8") as handle:
        return [Report(r["text"], published=r.get("published", "")) for r in map(json.loads, handle)]


def questions_of(model: OnnxModel, inputs: Sequence[Encoded]) -> list[Question]:
    """What the second pass is asked about a report."""
    thresholds, scored = Thresholds.load(), zip(inputs, model(inputs), strict=True)
    return [q for encoded, scores in scored for q in SentenceDecoder(encoded, scores, thresholds).questions()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, help="JSON Lines with a text a line")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--reports", type=int, default=24)
    parser.add_argument("--gate", action="store_true", help="measure the gate as well")
    args = parser.parse_args()
    reports = (load(args.file) if args.file else corpus())[: args.reports]
    model = OnnxModel(threads=args.threads)
    reader = Reader(model)
    gated = Reader(model, gate=True) if args.gate else None
    prepared = [reader._prepare(report).inputs for report in reports]
    asked = [questions_of(model, inputs) for inputs in prepared]
    whole: list[float] = []
    alone: list[float] = []
    spared: list[float] = []
    list(reader.pipe(reports[:4]))
    for _ in range(args.runs):
        began = time.perf_counter()
        list(reader.pipe(reports))
        whole.append(time.perf_counter() - began)
        began = time.perf_counter()
        for inputs, questions in zip(prepared, asked, strict=True):
            model(inputs)
            model.ask(questions)
        alone.append(time.perf_counter() - began)
        if gated is not None:
            began = time.perf_counter()
            list(gated.pipe(reports))
            spared.append(time.perf_counter() - began)
    n = sum(map(len, prepared))
    ratio = statistics.median(a / w for a, w in zip(alone, whole, strict=True))
    print(f"{len(reports)} reports, {n} sentences, {args.threads} thread(s), medians of {args.runs} paired runs")
    seconds = statistics.median(whole)
    print(f"end to end     {n / seconds:8.0f} sentences/s  {len(reports) / seconds:7.1f} reports/s")
    print(f"model alone    {n / statistics.median(alone):8.0f} sentences/s")
    print(f"ratio          {ratio:8.2f}  (1 means that all else costs nothing)")
    if gated is not None:
        ratio = statistics.median(a / w for a, w in zip(alone, spared, strict=True))
        print(f"with the gate  {n / statistics.median(spared):8.0f} sentences/s, ratio {ratio:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
