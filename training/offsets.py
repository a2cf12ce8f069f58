"""Annotation of articles that stay outside the repository, kept as offsets: no words of theirs are stored.

``python training/offsets.py pack ARTICLES.jsonl OUT.jsonl FILE.ann [...]`` turns notation (notation.py) into one JSON a
report: its id, its sentences' offsets, events and statements whose words are [start, end] pairs. Names of persons and
bodies stay, as facts. `load` puts the words back from the articles.
``python training/offsets.py unpack ARTICLES.jsonl OUT.ann FILE.jsonl [...]`` writes them as notation, sentences included, for a
second reading outside the repository.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from notation import load_texts, parse, render
from texts import by_id

Report = dict[str, Any]
MOST_NAME_WORDS = 6


def nearest(text: str, needle: str, start: int, end: int, near: int) -> tuple[int, int] | None:
    """The whole-word occurrence of `needle` in text[start:end] nearest to `near`."""
    best: tuple[int, int] | None = None
    for match in re.finditer(rf"(?<!\w){re.escape(needle)}(?!\w)", text[start:end]):
        a = match.start() + start
        if best is None or abs(a - near) < abs(best[0] - near):
            best = (a, match.end() + start)
    return best


def locate_entity(text: str, sentences: Sequence[tuple[int, int]], n: int, words: str, near: int) -> tuple[int, int] | None:
    """Where an entity's words stand: in sentence `n` nearest to `near`, else up to three sentences before, else anywhere."""
    for low, high in ((n, n), (max(0, n - 1), n), (max(0, n - 3), min(len(sentences) - 1, n + 1)), (0, len(sentences) - 1)):
        found = nearest(text, words, sentences[low][0], sentences[high][1], near)
        if found:
            return found
    return None


def pack(report: Report) -> tuple[Report, int]:
    """A report as offsets, and how many of its entities' words could not be found."""
    text = report["text"]
    numbers = {s["n"]: i for i, s in enumerate(report["sentences"])}
    spans = [(s["start"], s["end"]) for s in report["sentences"]]
    lost = 0

    def entity(e: Report, n: int, near: int) -> list[Any]:
        nonlocal lost
        at = locate_entity(text, spans, n, e["text"], near) or (None, None)
        lost += at[0] is None
        # An office is the article's wording, and so is a long "name": neither is needed, and neither is kept.
        name = e["name"] if len(e["name"].split()) <= MOST_NAME_WORDS else ""
        return [*at, e["country"], e["sector"], name, ""]

    events = []
    for e in report["events"]:
        n = numbers[e["sentence"]]
        events.append(
            [n, e["start"], e["end"], e["type"], e["mode"], e["status"], int(e["historical"]), e["date"],
             *([entity(x, n, e["start"]) for x in e[role]] for role in ("actors", "recipients", "sources"))]
        )  # fmt: skip
    statements = []
    for s in report["statements"]:
        first = s["content"][0]
        n, cue = numbers[first["sentence"]], s.get("cue_start")
        cue_span = [cue, cue + len(s["cue"])] if cue is not None else None
        statements.append(
            [entity(s["speaker"], n, cue if cue is not None else first["start"]), cue_span,
             [[numbers[c["sentence"]], c["start"], c["end"]] for c in s["content"]], s["act"], s["about"]]
        )  # fmt: skip
    return {"id": report["id"], "text_sha": hashlib.sha256(text.encode()).hexdigest()[:12], "sentences": spans, "events": events,
            "statements": statements}, lost  # fmt: skip


def _entity(text: str, row: list[Any]) -> Report:
    start, end, country, sector, name, office = row
    return {"text": text[start:end] if start is not None else "", "start": start, "end": end, "country": country,
            "sector": sector, "name": name, "office": office}  # fmt: skip


def unpack(packed: Report, article: Report) -> Report:
    """The report with its words, in the gold's layout. Raises ValueError where the article is not the one annotated."""
    text = article["text"]
    if hashlib.sha256(text.encode()).hexdigest()[:12] != packed["text_sha"]:
        raise ValueError(f"article {packed['id']} is not the text that was annotated")
    events = [
        {"sentence": n, "trigger": text[a:b], "start": a, "end": b, "type": kind, "mode": mode, "status": status,
         "historical": bool(historical), "date": date, "actors": [_entity(text, x) for x in actors],
         "recipients": [_entity(text, x) for x in recipients], "sources": [_entity(text, x) for x in sources]}
        for n, a, b, kind, mode, status, historical, date, actors, recipients, sources in packed["events"]
    ]  # fmt: skip
    statements = [
        {"speaker": _entity(text, speaker), "cue": text[cue[0] : cue[1]] if cue else "", "cue_start": cue[0] if cue else None,
         "content": [{"sentence": n, "text": text[a:b], "start": a, "end": b} for n, a, b in content],
         "act": act, "about": about}
        for speaker, cue, content, act, about in packed["statements"]
    ]  # fmt: skip
    sentences = [{"n": i, "start": a, "end": b} for i, (a, b) in enumerate(packed["sentences"])]
    return {**{k: article[k] for k in ("id", "title", "published", "source", "text")}, "sentences": sentences,
            "events": events, "statements": statements}  # fmt: skip


def load(files: Sequence[Path], pool: Path) -> Iterator[Report]:
    """Annotated texts of `files`, with their words from `pool` (articles/pool.jsonl.gz) and what lies beside it (texts.py)."""
    reports = [json.loads(line) for path in files for line in path.read_text("utf-8").splitlines()]
    articles = by_id(pool, (packed["id"] for packed in reports))
    for packed in reports:
        yield unpack(packed, articles[packed["id"]])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["pack", "unpack"])
    parser.add_argument("articles", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("files", nargs="+", type=Path)
    args = parser.parse_args()
    if args.command == "unpack":
        args.out.write_text("\n".join(render(report) for report in load(args.files, args.articles)), "utf-8")
        return 0
    texts = load_texts(args.articles)
    seen: set[str] = set()
    total = missing = 0
    with args.out.open("w", encoding="utf-8") as handle:
        for path in args.files:
            with path.open(encoding="utf-8") as lines:
                for report, problems in parse(lines, texts):
                    if report["id"] in seen or report["id"] not in texts:
                        print(f"{path}: {report['id']} is there already, or no article: left out", file=sys.stderr)
                        continue
                    if problems:
                        print(f"{path}: {report['id']}: {len(problems)} lines left out: {problems[0]}", file=sys.stderr)
                    seen.add(report["id"])
                    packed, lost = pack(report)
                    total, missing = total + 1, missing + lost
                    handle.write(json.dumps(packed, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(f"{total} reports, {missing} entities whose words are not in the report", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
