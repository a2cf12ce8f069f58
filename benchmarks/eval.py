"""Prints every quality figure with its floor, and fails where one is below it. ``make eval`` runs this.

The data lie beside the checkout in ``../shared`` (see shared/data/LICENCES.md); what is absent is said and skipped,
unless ``--require`` is given (CI gives it where shared/ is there). Nothing here trained the weights.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from communique.evaluate import geo, gold, plv, polnear
from communique.evaluate.matching import f1
from communique.read.boilerplate import classify
from communique.read.reader import Reader
from communique.read.sentences import split

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SHARED = ROOT.parent / "shared"
FLOORS = HERE / "floors.toml"
Figures = dict[str, float]


def data_hash(path: Path) -> str:
    """One hash of a file, or of all files of a folder."""
    total = hashlib.sha256()
    for file in [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file()):
        total.update(file.read_bytes())
    return total.hexdigest()[:12]


def on_gold(path: Path, reader: Reader) -> Figures:
    result = gold.evaluate(path, reader)
    figures = {k: result[k]["f1"] for k in ("type", "dyad", "dyad~", "statement", "speaker")}
    return figures | {k: result[k] for k in ("status", "source", "mode", "date", "act")}


def on_plv(path: Path, reader: Reader) -> Figures:
    result = plv.evaluate(path, reader)
    return {"root": result["root_macro_f1"], "quad": result["quad_macro_f1"], "root_by_name": result["by_name"]["root_macro_f1"]}


def on_polnear(path: Path, reader: Reader) -> Figures:
    result = polnear.evaluate(path, reader)
    return {"content": result["content"]["f1"], "source": result["source"]["f1"]}


def on_seed(path: Path, reader: Reader) -> Figures:
    """Counts on the article that the project began with, and the resolutions that its issue names (1 right, 0 not)."""
    reports = gold.load(path)
    coded = gold.code(reports, reader)
    result = gold.score(reports, coded)
    seed, records = reports[0], coded[reports[0]["id"]]
    return {
        "events": result["type"]["hit"], "statements": result["speaker"]["hit"], **seed_checks(seed, records),
    }  # fmt: skip


CLUTTER, INVASION, THREATENED, ARMS = (8, 16), 11, 14, 15
"""Numbers of the seed's sentences that the project's first issue names."""


def seed_checks(seed: dict[str, Any], records: dict[str, Any]) -> Figures:
    events, statements = records["events"], records["statements"]
    spans = {s["n"]: (s["start"], s["end"]) for s in seed["sentences"]}

    def inside(n: int) -> list[dict[str, Any]]:
        return [e for e in events if spans[n][0] <= e["start"] < spans[n][1]]

    arms, invasion, sanctions = inside(ARMS), inside(INVASION), inside(THREATENED)
    mentions = [x for e in events for x in (*e["actors"], *e["recipients"])]
    speakers = [s["speaker"] for s in statements]
    return {
        "boilerplate_coded": float(sum(len(inside(n)) for n in CLUTTER)),
        "mao_ning": float(any(s["name"] == "Mao Ning" and (s["country"], s["sector"]) == ("CHN", "GOV") for s in speakers)),
        "he_campbell": float(any(s["text"] == "He" and s["name"] == "Kurt Campbell" for s in speakers)),
        "moscow": float(any(x["text"] == "Moscow" and (x["country"], x["sector"]) == ("RUS", "GOV") for x in mentions)),
        "arms_claimed": float(any(
            e["type"] == "AID" and e["status"] == "claimed" and {a["country"] for a in e["actors"]} == {"PRK", "IRN"}
            and [s["country"] for s in e["sources"]] == ["USA"] for e in arms
        )),
        "sanctions_hypothetical": float(any(e["type"] == "SANCTION" and e["status"] == "hypothetical" for e in sanctions)),
        "invasion_dated": float(any(e["type"] == "ASSAULT" and e["date"] == "2022-02" and e["historical"] for e in invasion)),
    }  # fmt: skip


def on_sentences(path: Path, reader: Reader) -> Figures:
    """F1 of sentence starts over all gold reports."""
    hit = wanted = found = 0
    for folder in sorted(p for p in path.iterdir() if p.is_dir()):
        for report in gold.load(folder):
            a = {s["start"] for s in report["sentences"]}
            b = {s.start for s in classify(report["text"], split(report["text"]), report["title"])}
            hit, wanted, found = hit + len(a & b), wanted + len(a), found + len(b)
    return {"starts": f1(hit, wanted, found)["f1"]}


def held_out(kind: str) -> Callable[[Path, Reader], Figures]:
    """The twentieth of our own annotation that trains nothing."""

    def measure(path: Path, reader: Reader) -> Figures:
        sys.path.insert(0, str(ROOT / "training"))
        from split import kept_articles, kept_corpus

        kept = kept_articles(path) if kind == "articles" else kept_corpus()
        result = gold.score(kept, gold.code(kept, reader))
        return {k: result[k]["f1"] for k in ("type", "dyad", "statement", "speaker")} | {"status": result["status"]}

    return measure


def on_geo(path: Path, _: Reader) -> Figures:
    """Places of the half of GeoVirus on which nothing was fitted."""
    odd = geo.evaluate(path)["odd"]
    return {"recognition": odd["recognition"]["f1"], "within_161km": odd["within_161km"]}


def on_contexts(path: Path, _: Reader) -> Figures:
    """Contexts of the 60 reports that they were not fitted on."""
    sys.path[:0] = [str(HERE), str(ROOT / "training")]
    import contexts
    import fit_contexts

    told = fit_contexts.annotated()
    ids = fit_contexts.measuring(told)
    articles = fit_contexts.articles(ids, path)
    f1_, precision, recall = contexts.figures([(fit_contexts.reader_of(articles[i]).report, told[i]) for i in ids])
    return {"micro_f1": f1_, "precision": precision, "recall": recall}


def on_stories(path: Path, reader: Reader) -> Figures:
    """Copies of the half that they were not fitted on, and incidents of the half that nobody looked at."""
    sys.path.insert(0, str(HERE))
    import incidents
    import stories

    records = stories.load(path)
    tested = [r for r in records if stories.half(r) == "test"]
    copied = stories.figures(stories.origin_pairs(tested), stories.found_pairs(stories.sketches_of(tested)))
    coded = list(reader.pipe(stories.report(r) for r in records))
    told = incidents.score(records, coded, 1)
    return {
        "copies_precision": copied["precision"], "copies_recall": copied["recall"],
        "incidents_precision": told["precision"], "incidents_recall": told["recall"], "events_read": told["read"],
    }  # fmt: skip


def on_claims(path: Path, reader: Reader) -> Figures:
    """Claims of the half that nobody looked at: by the rules of comparing alone ("given"), and as the reader reads them."""
    sys.path.insert(0, str(HERE))
    import claims

    told = [s for s in claims.load(path) if s.half == 1]
    coded = {c.report.key: c for c in reader.pipe(r for s in told for r, _ in s.reports)}
    given, read = claims.score(told, *claims.given(told)), claims.score(told, *claims.as_read(told, coded))
    named = ("found", "sides_precision", "sides_recall", "contested")
    return {f"given_{k}": given[k] for k in named} | {f"read_{k}": read[k] for k in named}


def on_mentions(path: Path, _: Reader) -> Figures:
    """Who the gold's own words for participants and speakers stand for: the share whose country, and whose name, is right."""
    sys.path.insert(0, str(HERE))
    import resolution

    return resolution.shares(path)


def on_pages(path: Path, _: Reader) -> Figures:
    """The article's text from 60 web pages, by shingles of four words; `test_f1` is of the half whose texts nobody looked at,
    but whose totals were seen while the rules were made."""
    sys.path.insert(0, str(HERE))
    import pages

    return pages.measure(path)


SETS: dict[str, tuple[Path, Callable[[Path, Reader], Figures]]] = {
    "gold-dev": (SHARED / "gold/dev", on_gold),
    "gold-seed": (SHARED / "gold/seed", on_seed),
    "plv-dev": (SHARED / "data/plv/dev.tsv", on_plv),
    "polnear-dev": (SHARED / "data/polnear/dev", on_polnear),
    "geo-odd": (SHARED / "data/geo/GeoVirus.xml", on_geo),
    "sentences": (SHARED / "gold", on_sentences),
    "own-articles": (SHARED / "data/articles/pool.jsonl.gz", held_out("articles")),
    "contexts": (SHARED / "data/articles/pool.jsonl.gz", on_contexts),
    "stories": (HERE / "stories", on_stories),
    "claims": (HERE / "stories-claims", on_claims),
    "mentions": (SHARED / "gold/dev", on_mentions),
    "pages": (SHARED / "data/pages", on_pages),
    "own-corpus": (ROOT / "training/corpus", held_out("corpus")),
}

AT_MOST = frozenset({"boilerplate_coded", "cold_start_s", "memory_mb"})
"""Figures of which less is better."""


def process_figures() -> Figures:
    """Seconds from start to the first record, and peak memory in MB, of the command on the demo report."""
    code = (
        "import sys; from communique.cli import main\n"
        "main(['read', sys.argv[1], '--published', '2025-03-14', '--json'], standalone_mode=False)\n"
        # Not getrusage: its peak is inherited from the process that started this one.
        "peak = next(line for line in open('/proc/self/status') if line.startswith('VmHWM'))\n"
        "sys.stderr.write(str(int(peak.split()[1]) // 1024))"
    )
    seconds, memory = [], 0
    for _ in range(3):
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", code, str(ROOT / "demo/report.txt")], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""},
        )  # fmt: skip
        seconds.append(time.perf_counter() - began)
        memory = max(memory, int(done.stderr.split()[-1]))
    return {"cold_start_s": round(sorted(seconds)[1], 2), "memory_mb": memory}


def measured(only: list[str], require: bool) -> Iterator[tuple[str, str, Figures]]:
    """(set, hash of its data, figures) of each set that is there."""
    reader = Reader()
    for name, (path, measure) in SETS.items():
        if only and name not in only:
            continue
        if not path.exists():
            if require:
                raise SystemExit(f"{name}: {path} is absent")
            print(f"{name}: {path} is absent, skipped")
            continue
        yield name, data_hash(path), measure(path, reader)
    if not only or "process" in only:
        yield "process", data_hash(ROOT / "demo/report.txt"), process_figures()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", help=f"some of: {', '.join([*SETS, 'process'])}")
    parser.add_argument("--pin", action="store_true", help="raise floors to what was measured")
    parser.add_argument("--require", action="store_true", help="fail where data are absent")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    args = parser.parse_args()
    floors = tomllib.loads(FLOORS.read_text("utf-8"))
    failures, everything = [], {}
    for name, stamp, figures in measured(args.sets, args.require):
        everything[name] = figures
        pinned = floors.get(name, {})
        for key, value in figures.items():
            floor = pinned.get(key)
            bad = floor is not None and (value > floor if key in AT_MOST else value < floor)
            if floor is not None and pinned.get("data") != stamp:
                failures.append(f"{name}: the data ({stamp}) are not those that the floors were pinned on ({pinned.get('data')})")
            if bad:
                failures.append(f"{name} {key}: {value} is {'above' if key in AT_MOST else 'below'} {floor}")
            shown = "      -" if floor is None else f"{floor:7.3f}"
            mark = "  <-- FAILS" if bad else ""
            print(f"{name:13s} {key:24s} {value:8.3f}  {'at most' if key in AT_MOST else 'floor  '} {shown}{mark}", flush=True)
        if args.pin:
            pin(floors, name, stamp, figures)
    if args.pin and not failures:
        write(floors)
    if args.json:
        args.json.write_text(json.dumps(everything, indent=1))
    for failure in dict.fromkeys(failures):
        print(failure, file=sys.stderr)
    return 1 if failures else 0


def pin(floors: dict[str, Any], name: str, stamp: str, figures: Figures) -> None:
    """Raises the floors of a set to its figures; what runs differently elsewhere (time, memory) is pinned by hand."""
    if name == "process":
        return
    table = floors.setdefault(name, {})
    table["data"] = stamp
    for key, value in figures.items():
        old, new = table.get(key), value if key in AT_MOST or value in (0.0, 1.0) else margin(value)
        if old is None or (new < old if key in AT_MOST else new > old):
            table[key] = new


def margin(value: float) -> float:
    """A hair below what was measured: another processor rounds int8 products differently. Counts give one, shares 0.01."""
    return value - 1 if value > 1 else round(value - 0.01, 3)


def write(floors: dict[str, Any]) -> None:
    head = "".join(line for line in FLOORS.read_text("utf-8").splitlines(keepends=True) if line.startswith("#"))
    body = ""
    for name, table in floors.items():
        body += f"\n[{name}]\n" + "".join(f'"{k}" = {json.dumps(v)}\n' for k, v in table.items())
    FLOORS.write_text(head + body, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
