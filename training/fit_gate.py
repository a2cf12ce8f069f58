"""Fits ``data/gate.tsv``: which sentences the model need not read (read/gate.py), and measures what the gate costs.

``python training/fit_gate.py [--kept FILE]`` after export.py (needs scikit-learn). A logistic regression over word pieces, on the
sentences of the annotated reports (training/articles, training/corpus) without those kept apart, each told by annotation whether
anything is coded in it; and on sentences of ordinary English (UD EWT, GeoVirus), told by what the shipped weights find in them.
`--kept` is where that is kept, so that a second run need not read them again. The threshold is the highest below which, by
cross-validation over the articles, no more than `LOSS` of the records stand.

``python training/fit_gate.py --measure`` prints totals: of the reports kept apart and of gold/dev what share of records stands in
sentences that the gate shuts out, and what share of the reader's own is lost with it; and how much it shuts out of those and of
other texts.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "src"))

from communique.evaluate import gold  # noqa: E402
from communique.read.boilerplate import kind_of  # noqa: E402
from communique.read.encode import Encoded, SentenceEncoder, vocabulary  # noqa: E402
from communique.read.gate import SIGNS, Gate, pieces_of, signs_of  # noqa: E402
from communique.read.reader import Reader  # noqa: E402
from communique.read.runtime import OnnxModel  # noqa: E402
from communique.records import Report  # noqa: E402
from split import held_out, kept_articles, kept_corpus, written  # noqa: E402
from tune import Remembering  # noqa: E402

SHARED = ROOT.parent / "shared"
POOL = SHARED / "data/articles/pool.jsonl.gz"
TABLE = ROOT / "src/communique/data/gate.tsv"
HEAD = """# How much each word piece, and each sign in brackets (read/gate.py), speaks for there being something to code in a
# sentence. Below (threshold) the model does not read it, where the gate is asked for. Fitted by training/fit_gate.py: change none
# by hand.
weight	piece
"""
LOSS = 0.001
"""Share of the articles' records that may stand in sentences shut out, by cross-validation. What is asked for is 0.5 %, and it is
more on other texts than these: `--measure` says how much."""
PENALTY = 0.1
"""scikit-learn's C. At 0.03 and 0.3 as many sentences are shut out at the same loss."""
FLOOR = 0.02
"""Weights nearer to nought than this are left out of the table."""
FOLDS = 5
ORDINARY, VIRUS = 5000, 140
"""Sentences of UD EWT, and articles of GeoVirus."""

Gold = dict[str, Any]
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence, the document that it is from, and how many records stand in it."""

    source: str
    document: str
    encoded: Encoded
    found: int


def counts(report: Gold) -> list[int]:
    """How many annotated events and statements stand in each sentence, a statement in all that hold words of it."""
    place = {s["n"]: i for i, s in enumerate(report["sentences"])}
    out = [0] * len(place)
    for event in report["events"]:
        out[place[event["sentence"]]] += 1
    for statement in report["statements"]:
        for n in {c["sentence"] for c in statement["content"]}:
            out[place[n]] += 1
    return out


def annotated() -> Iterator[Example]:
    """The annotated reports that train, without clutter, which is not read anyway."""
    import offsets

    articles = list(offsets.load(sorted((HERE / "articles").glob("*.jsonl")), POOL))
    encoder = SentenceEncoder.load()
    for source, reports in (("articles", articles), ("corpus", written())):
        for report in reports:
            if held_out(report["id"]):
                continue
            spans = [(s["start"], s["end"]) for s in report["sentences"]]
            inputs = encoder.encode(report["text"], spans, [[] for _ in spans])
            for (a, b), encoded, found in zip(spans, inputs, counts(report), strict=True):
                if kind_of(report["text"][a:b]) == "body" and encoded.inside.any():
                    yield Example(source, report["id"], encoded, found)


def ewt(part: str) -> dict[str, list[str]]:
    """Sentences of UD EWT by document."""
    documents: dict[str, list[str]] = {}
    name = ""
    with gzip.open(SHARED / f"data/ud_ewt/{part}.conllu.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("# newdoc id = "):
                name = line[14:].strip()
            elif line.startswith("# text = "):
                documents.setdefault(name, []).append(line[9:].strip())
    return documents


def ordinary(reader: Reader) -> Iterator[dict[str, Any]]:
    """Sentences of ordinary English, with how many records the reader finds in each."""
    texts: list[tuple[str, str]] = []
    taken = 0
    for name, sentences in sorted(ewt("train").items(), key=lambda d: hashlib.sha256(d[0].encode()).digest()):
        if taken < ORDINARY:
            texts.append((name, "\n".join(sentences)))
            taken += len(sentences)
    articles = list(ET.parse(SHARED / "data/geo/GeoVirus.xml").getroot().iter("article"))[:VIRUS]
    texts += [(f"virus/{n}", article.findtext("text") or "") for n, article in enumerate(articles)]
    for name, text in texts:
        coded = reader.read(text)
        found = Counter(e.sentence for e in coded.events) + Counter(s.sentence for s in coded.statements)
        for s in coded.sentences:
            if s.coded:
                yield {"document": name, "text": text[s.start : s.end], "found": found[s.n]}


def kept_or_read(kept: Path | None) -> list[Example]:
    """`ordinary`, from `kept` where it is there."""
    if kept and kept.is_file():
        rows = [json.loads(line) for line in kept.read_text("utf-8").splitlines()]
    else:
        rows = list(ordinary(Reader(OnnxModel())))
        if kept:
            kept.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    encoder, out = SentenceEncoder.load(), []
    for row in rows:
        encoded = encoder.encode(row["text"], [(0, len(row["text"]))], [[]])[0]
        if encoded.inside.any():
            out.append(Example("ordinary", row["document"], encoded, row["found"]))
    return out


def matrix(examples: Sequence[Example]) -> Any:
    """A row an example: its pieces, then its signs without the bias."""
    from scipy.sparse import csr_matrix, hstack

    pieces = [pieces_of(e.encoded) for e in examples]
    ends = np.cumsum([0, *map(len, pieces)])
    flat = np.concatenate(pieces)
    told = csr_matrix((np.ones(len(flat)), flat, ends), shape=(len(examples), len(vocabulary())))
    signs = np.array([[signs_of(e.encoded)[name] for name in SIGNS[1:]] for e in examples])
    return hstack([told, csr_matrix(signs)]).tocsr()


def fitted(rows: Any, truth: NDArray[np.bool_]) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=PENALTY, max_iter=300).fit(rows, truth)


def threshold(values: Array, found: NDArray[np.int64]) -> float:
    """The highest value below which no more than `LOSS` of the records stand."""
    order = np.argsort(values)
    lost = np.cumsum(found[order]) / found.sum()
    return float(values[order][np.searchsorted(lost, LOSS, side="right")])


def fit(kept: Path | None) -> None:
    examples = [*annotated(), *kept_or_read(kept)]
    rows, found = matrix(examples), np.array([e.found for e in examples])
    fold = np.array([int(hashlib.sha256(f"gate:{e.document}".encode()).hexdigest(), 16) % FOLDS for e in examples])
    values = np.zeros(len(examples))
    for n in range(FOLDS):
        values[fold == n] = fitted(rows[fold != n], found[fold != n] > 0).decision_function(rows[fold == n])
    source = np.array([e.source for e in examples])
    least = threshold(values[source == "articles"], found[source == "articles"])
    for name in ("articles", "corpus", "ordinary"):
        own = source == name
        shut = own & (values < least)
        lost = found[shut].sum() / found[own].sum()
        print(f"{name:10} {own.sum():6} sentences, {shut.sum() / own.sum():.3f} shut out with {lost:.4f} of records")
    model = fitted(rows, found > 0)
    weights = model.coef_[0]
    lines = [f"{least:.3f}\t(threshold)", f"{model.intercept_[0]:.3f}\t(bias)"]
    lines += [f"{w:.3f}\t({name})" for name, w in zip(SIGNS[1:], weights[len(vocabulary()) :], strict=True)]
    lines += [f"{w:.2f}\t{piece}" for piece, w in zip(vocabulary(), weights, strict=False) if abs(w) >= FLOOR]
    TABLE.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines)} rows in {TABLE}")


class Pair:
    """The reader without the gate and with it; the second asks the model nothing anew."""

    def __init__(self) -> None:
        self.model = Remembering(OnnxModel())
        self.without, self.gated = Reader(self.model), Reader(self.model, gate=True)
        self.gate = Gate.load()

    def read(self, report: Report, n: Counter[str]) -> list[tuple[int, int]]:
        """Counts sentences, those shut out, the reader's records and those of them that the gate loses; the spans shut out."""
        before, after = self.without.read(report), self.gated.read(report)
        coded = [s for s in before.sentences if s.coded]
        inputs = self.without.inputs(report)
        # A report that is not English has sentences and no inputs.
        shut = [(s.start, s.end) for s, e in zip(coded, inputs, strict=False) if not self.gate.lets(e)]
        self.model.seen.clear()
        self.model.answers.clear()
        own = {r.id for r in (*before.events, *before.statements)}
        n["sentences"] += len(inputs)
        n["shut"] += len(shut)
        n["own"] += len(own)
        n["own lost"] += len(own - {r.id for r in (*after.events, *after.statements)})
        return shut


def told(name: str, n: Counter[str]) -> None:
    share = n["own lost"] / max(1, n["own"])
    print(f"{name}: {n['sentences']} sentences, {n['shut'] / n['sentences']:.3f} shut out", flush=True)
    print(f"    of the reader's {n['own']} records {n['own lost']} lost ({share:.4f})")
    if n["gold"]:
        print(f"    of {n['gold']} annotated records {n['gold lost']} in sentences shut out ({n['gold lost'] / n['gold']:.4f})")


def annotated_cost(name: str, reports: Sequence[Gold], pair: Pair) -> None:
    """Prints what the gate shuts out of annotated `reports`, and what it costs, in totals."""
    n: Counter[str] = Counter()
    for report in reports:
        shut = pair.read(Report(report["text"], published=report.get("published", ""), title=report.get("title", "")), n)
        events = [[(e["start"], e["end"])] for e in report["events"]]
        statements = [[(c["start"], c["end"]) for c in s["content"]] for s in report["statements"]]
        for record in (*events, *statements):
            n["gold"] += 1
            n["gold lost"] += any(a < end and start < b for a, b in record for start, end in shut)
    told(name, n)


def measure() -> None:
    pair = Pair()
    annotated_cost("articles kept apart", kept_articles(POOL), pair)
    annotated_cost("written reports kept apart", kept_corpus(), pair)
    annotated_cost("gold/dev", gold.load(SHARED / "gold/dev"), pair)
    pages = json.loads((SHARED / "data/pages/ground-truth.json").read_text("utf-8"))
    ordinary = {"web pages (data/pages)": [page["articleBody"] for page in pages.values()]}
    ordinary["UD EWT dev"] = ["\n".join(sentences) for sentences in ewt("dev").values()]
    for name, texts in ordinary.items():
        n: Counter[str] = Counter()
        for text in texts:
            pair.read(Report(text), n)
        told(name, n)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kept", type=Path, help="a file for what the reader finds in ordinary text")
    parser.add_argument("--measure", action="store_true", help="only measure the gate that is there")
    args = parser.parse_args()
    if args.measure:
        measure()
    else:
        fit(args.kept)
    return 0


if __name__ == "__main__":
    sys.exit(main())
