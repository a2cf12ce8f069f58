"""Incidents on MEANTIME's coreference of events across documents (120 English Wikinews articles): pairwise precision, recall.

``python benchmarks/meantime.py [FOLDER] [--reading FILE]``, FOLDER is intra_cross-doc_annotation. The articles are on companies
and stock markets, of which the codebook codes few events; mentions that the reader reads are compared, whatever their type, and
`read` says how many of all those are. Nothing was chosen on this set.
"""

from __future__ import annotations

import argparse
import pickle
import re
import sys
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import stories

import communique
from communique.compare.incidents import incidents
from communique.records import CodedReport, Report, Telling

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "meantime" / "intra_cross-doc_annotation"

Ref = tuple[str, str]
Pairs = set[tuple[Ref, Ref]]

HEAD = 2
"""Sentences of an article before its text: title and date."""


@dataclass(frozen=True)
class Document:
    """An article, and its mentions of events as (start, end, instance)."""

    report: Report
    mentions: tuple[tuple[int, int, str], ...]


def load(path: Path) -> Document:
    """An article with its tokens joined as English is written, near enough for reading."""
    root = ET.parse(path).getroot()
    spans: dict[str, tuple[int, int]] = {}
    text, title, last = "", "", -1
    glued = False
    for token in root.iter("token"):
        word, sentence = token.text or "", int(token.get("sentence") or 0)
        if sentence < HEAD:
            title += f" {word}" if sentence == 0 else ""
            continue
        close = word[0] in ".,;:?!)%" or word in ("'s", "n't", "’s", "''")
        space = "" if not text or ((close or glued) and sentence == last) else "\n\n" if sentence != last else " "
        text += space
        spans[token.get("t_id") or ""] = (len(text), len(text) + len(word))
        text += word
        glued, last = word in ("(", "$", "``"), sentence
    day = next((t.get("value") or "" for t in root.iter("TIMEX3") if t.get("functionInDocument") == "CREATION_TIME"), "")
    name = root.get("doc_name") or path.stem
    report = Report(text, name, title.strip(), _iso(day), "Wikinews")
    return Document(report, tuple(_mentions(root, spans)))


def _iso(day: str) -> str:
    """A date of the annotation, which writes a few the other way round; "" where it is none."""
    if re.fullmatch(r"\d\d-\d\d-\d{4}", day):
        return "-".join(reversed(day.split("-")))
    return day if re.fullmatch(r"\d{4}-\d\d-\d\d", day) else ""


def _mentions(root: ET.Element, spans: dict[str, tuple[int, int]]) -> list[tuple[int, int, str]]:
    instance = {e.get("m_id"): e.get("instance_id") for e in root.iter("EVENT") if e.get("instance_id")}
    where = {
        m.get("m_id"): [spans[a.get("t_id") or ""] for a in m.iter("token_anchor") if a.get("t_id") in spans]
        for m in root.iter("EVENT_MENTION")
    }
    out = []
    for link in root.iter("REFERS_TO"):
        target = link.find("target")
        told = instance.get(target.get("m_id")) if target is not None else None
        for source in link.iter("source"):
            found = where.get(source.get("m_id"))
            if told and found:
                out.append((min(s for s, _ in found), max(e for _, e in found), told))
    return out


def measure(documents: list[Document], coded: list[CodedReport]) -> dict[str, float]:
    """Prints, and returns, the figures."""
    told = Counter(m for d in documents for m in {m for _, _, m in d.mentions})
    gold: dict[str, list[Ref]] = defaultdict(list)
    given: set[Ref] = set()
    for document, one in zip(documents, coded, strict=True):
        for event in one.events:
            ref = (one.report.key, event.id)
            hit = next((m for s, e, m in document.mentions if s < event.end and event.start < e), None)
            if hit:
                gold[hit].append(ref)
                given.add(ref)
    found = incidents(Telling(e, c.report.key, c.report.source, c.report.published) for c in coded for e in c.events)
    own = {i.id: [ref for ref in i.tellings if ref in given] for i in found}
    figures: dict[str, float] = {}
    for name, keep in (("all", lambda p: True), ("across", lambda p: p[0][0] != p[1][0])):
        a, b = ({p for p in stories.pairs(groups.values()) if keep(p)} for groups in (gold, own))
        told_of = stories.figures(a, b)
        figures |= {f"{name} precision": told_of["precision"], f"{name} recall": told_of["recall"]}
        print(f"MEANTIME, {name}: {len(a)} pairs, {len(b)} found, {len(a & b)} right, precision "
              f"{told_of['precision']:.3f}, recall {told_of['recall']:.3f}")  # fmt: skip
    mentions = sum(len(d.mentions) for d in documents)
    print(f"  {len(documents)} articles, {mentions} mentions of {len(told)} events ({sum(n > 1 for n in told.values())} in "
          f"several articles); read {len(given)}")  # fmt: skip
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--reading", type=Path, help="keep what was read in this file")
    args = parser.parse_args()
    if not args.folder.is_dir():
        print(f"{args.folder} is not there: give the folder intra_cross-doc_annotation of MEANTIME", file=sys.stderr)
        return 2
    documents = [load(path) for path in sorted(args.folder.rglob("*.xml"))]
    if args.reading and args.reading.exists():
        coded = pickle.loads(args.reading.read_bytes())
    else:
        coded = list(communique.load().pipe(d.report for d in documents))
        if args.reading:
            args.reading.write_bytes(pickle.dumps(coded))
    measure(documents, coded)
    return 0


if __name__ == "__main__":
    sys.exit(main())
