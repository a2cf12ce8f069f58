"""Article text from web pages: our extraction beside plain trafilatura (its default settings), on the same pages.

``python benchmarks/pages.py`` measures on ../shared/data/pages, 60 real pages with the text that a person marked, by the measure
of the benchmark that they are from (scrapinghub/article-extraction-benchmark): shingles of four words, counted with repetition;
precision and recall are means over pages, F1 is theirs, accuracy the share of pages whose words are all there and no others.
Extraction was developed on one half of the pages, by a hash of their names; the texts of the other
half were not looked at, but its totals were seen after each change.

``--errors`` shows what is wrong on the half that it was developed on. ``--speed`` tells pages a second from HTML to reports, and
to stored records with the reader, on one core and on two, beside the encoder alone; on a busy machine compare ratios, not rates.
"""

from __future__ import annotations

import argparse
import difflib
import gzip
import hashlib
import json
import re
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from communique.errors import InputError
from communique.gather.pages.page import to_report
from communique.records import CodedReport, Report

PAGES = Path(__file__).resolve().parents[2] / "shared/data/pages"
SHINGLE = 4
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Marked:
    """One page: its name, address, bytes, and the article's text as a person marked it."""

    name: str
    url: str
    html: bytes
    text: str

    @property
    def half(self) -> str:
        """"dev" or "test", by a hash of the name."""
        return "test" if hashlib.sha256(self.name.encode()).digest()[0] % 2 else "dev"


def load(path: Path = PAGES) -> list[Marked]:
    """The pages in the order of their names."""
    truth = json.loads((path / "ground-truth.json").read_text("utf-8"))
    return [
        Marked(name, one["url"], gzip.decompress((path / "html" / f"{name}.html.gz").read_bytes()), one["articleBody"])
        for name, one in sorted(truth.items())
    ]


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """Runs of four words with their counts; of a shorter text the one run that it is."""
    words = _WORD.findall(text)
    return Counter(tuple(words[i : i + SHINGLE]) for i in range(max(1, len(words) - SHINGLE + 1)))


def compared(text: str, found: str) -> tuple[float, float, float]:
    """(precision, recall, 1 where all words are the same) of one page."""
    wanted, given = shingles(text), shingles(found)
    hit = (wanted & given).total()
    return hit / given.total(), hit / wanted.total(), float(_WORD.findall(text) == _WORD.findall(found))


def figures(scores: list[tuple[float, float, float]]) -> dict[str, float]:
    """Means over pages, and the F1 of mean precision and recall."""
    precision, recall, accuracy = (statistics.mean(s[i] for s in scores) for i in range(3))
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"f1": f1, "precision": precision, "recall": recall, "accuracy": accuracy}


def ours(page: Marked) -> str:
    """The text of the report on a page; "" where it is refused."""
    try:
        return to_report(page.html, url=page.url).text
    except InputError:
        return ""


def plain(page: Marked) -> str:
    """The text by trafilatura as it comes."""
    from trafilatura import extract

    return extract(page.html) or ""


def measure(path: Path = PAGES) -> dict[str, float]:
    """Our figures over all pages: what `eval.py` holds to a floor."""
    pages = load(path)
    scores = {page.name: compared(page.text, ours(page)) for page in pages}
    test = figures([scores[p.name] for p in pages if p.half == "test"])
    return figures(list(scores.values())) | {"test_f1": test["f1"]}


def show_quality(pages: list[Marked]) -> None:
    print(f"{len(pages)} pages, shingles of {SHINGLE} words      F1  precision  recall  accuracy")
    for title, extract in (("communique", ours), ("plain trafilatura", plain)):
        scores = {page.name: compared(page.text, extract(page)) for page in pages}
        for half in ("all", "dev", "test"):
            chosen = [scores[p.name] for p in pages if half in ("all", p.half)]
            f = figures(chosen)
            print(
                f"{title:18s} {half:5s} {len(chosen):3d} pages {f['f1']:8.4f} {f['precision']:9.4f} {f['recall']:8.4f} "
                f"{f['accuracy']:8.3f}"
            )


def show_errors(pages: list[Marked]) -> None:
    """Words that our text lacks (-) or has too many (+), on the half that extraction was developed on."""
    for page in pages:
        found = ours(page)
        precision, recall, exact = compared(page.text, found)
        if page.half == "test" or exact:
            continue
        print(f"{page.url}  precision {precision:.3f} recall {recall:.3f}")
        a, b = _WORD.findall(page.text), _WORD.findall(found)
        for _, i, k, m, n in (op for op in difflib.SequenceMatcher(None, a, b, False).get_opcodes() if op[0] != "equal"):
            for sign, words in (("-", a[i:k]), ("+", b[m:n])):
                if words:
                    print(f"  {sign} {' '.join(words)[:300]}")


def rate(run: Callable[[], int], clock: Callable[[], float] = time.process_time) -> float:
    """How many a second `run` makes, which gives how many it made; by default seconds of this process's work alone."""
    began = clock()
    return run() / (clock() - began)


def paired(runs: int, *rates: Callable[[], float]) -> tuple[list[float], list[float]]:
    """Medians of rates that are measured in turn, and of each one's ratio to the first."""
    rows = [[one() for one in rates] for _ in range(runs)]
    columns = list(zip(*rows, strict=True))
    ratios = [statistics.median(row[i] / row[0] for row in rows) for i in range(len(rates))]
    return [statistics.median(column) for column in columns], ratios


def reports_of(pages: list[Marked]) -> list[Report]:
    return [to_report(page.html, url=page.url) for page in pages]


def stored(pages: list[Marked], threads: int) -> int:
    """Pages to reports to codings in a new store, by one process; how many pages."""
    from communique.store import open_store

    with tempfile.TemporaryDirectory() as folder, open_store(f"{folder}/pages.db") as store:
        for _ in store.add_many(_reader(threads).pipe(reports_of(pages)), batch=32):
            pass
    return len(pages)


_READERS: dict[int, object] = {}


def _reader(threads: int):  # type: ignore[no-untyped-def]
    from communique.read.reader import Reader

    return _READERS.setdefault(threads, Reader(threads=threads))


def read_in(pages: list[Marked]) -> list[CodedReport]:
    """Reads pages in a process of their own: the work of the second core."""
    return list(_reader(1).pipe(reports_of(pages)))


def stored_by_two(pages: list[Marked], pool: ProcessPoolExecutor) -> int:
    """The same by two reading processes, and this one, which alone writes."""
    from communique.store import open_store

    chunks = [pages[i : i + 5] for i in range(0, len(pages), 5)]
    with tempfile.TemporaryDirectory() as folder, open_store(f"{folder}/pages.db") as store:
        coded: Iterator[CodedReport] = (one for chunk in pool.map(read_in, chunks) for one in chunk)
        for _ in store.add_many(coded, batch=32):
            pass
    return len(pages)


def show_speed(pages: list[Marked], runs: int) -> None:
    from speed import questions_of

    from communique.read.runtime import OnnxModel

    reports_of(pages[:3])
    size = statistics.mean(len(p.html) for p in pages) / 1000
    print(f"{len(pages)} pages of {size:.0f} kB, medians of {runs} paired runs; pages a second of one core's work")
    (bare, whole), (_, ratio) = paired(
        runs, lambda: rate(lambda: len([plain(p) for p in pages])), lambda: rate(lambda: len(reports_of(pages)))
    )
    print(f"plain trafilatura, text alone     {bare:7.1f}")
    print(f"HTML to reports                   {whole:7.1f}   {ratio:.2f} of that", flush=True)
    reader, model = _reader(1), OnnxModel(threads=1)
    prepared = [inputs for report in reports_of(pages) if (inputs := reader._prepare(report).inputs)]
    asked = [questions_of(model, inputs) for inputs in prepared]

    def encoder() -> int:
        for inputs, questions in zip(prepared, asked, strict=True):
            model(inputs)
            model.ask(questions)
        return len(pages)

    stored(pages[:2], 1)
    (alone, kept), (_, ratio) = paired(runs, lambda: rate(encoder), lambda: rate(lambda: stored(pages, 1)))
    print(f"the encoder alone                 {alone:7.2f}   both passes, on the sentences of these pages")
    print(f"HTML to stored records            {kept:7.2f}   {ratio:.2f} of that", flush=True)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(read_in, [pages[:1], pages[1:2]]))
        wall = time.perf_counter
        (one, two), (_, ratio) = paired(
            runs, lambda: rate(lambda: stored(pages, 1), wall), lambda: rate(lambda: stored_by_two(pages, pool), wall)
        )
    print(f"the same by the clock             {one:7.2f}")
    print(f"by two reading processes          {two:7.2f}   {ratio:.2f} of that, by the clock")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=Path, default=PAGES, help="folder with ground-truth.json and html/")
    parser.add_argument("--errors", action="store_true", help="show what is wrong on the half that was developed on")
    parser.add_argument("--speed", action="store_true", help="measure rates instead")
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    pages = load(args.pages)
    if args.speed:
        show_speed(pages, args.runs)
    elif args.errors:
        show_errors(pages)
    else:
        show_quality(pages)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
