"""Who said what, against PolNeAR: attributions with source, cue and content in brat standoff files.

Layout: ``text/NAME.txt`` and ``attributions/NAME_XXXX.ann``; where several people annotated an article, the first file
by name is taken. PolNeAR marks every attribution, ours only those to political actors, and its contents keep "that" and
the quotation marks; both are compared by the words that they share.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from communique.errors import InputError
from communique.evaluate.matching import Figures, f1, iou, line, pair_up, words_in
from communique.records import Report, Statement

if TYPE_CHECKING:
    from communique.read.reader import Reader

Words = frozenset[tuple[int, str]]
_PUBLISHED = re.compile(r"_(\d{4}-\d\d-\d\d)_")


@dataclass(frozen=True, slots=True)
class Attribution:
    """The words of one attribution's content and source."""

    content: Words
    source: Words


def read_standoff(text: str, standoff: str) -> list[Attribution]:
    """Attributions of one brat file over `text`."""
    spans: dict[str, tuple[str, list[tuple[int, int]]]] = {}
    found: list[Attribution] = []
    # Relations may stand above the spans that they name.
    for row in sorted(standoff.split("\n"), key=lambda r: r.startswith("E")):
        match = re.match(r"(T\d+)\t(\S+) ((?:\d+ \d+;?)+)\t", row)
        if match:
            pairs = [part.split() for part in match[3].split(";") if part]
            spans[match[1]] = (match[2], [(int(a), int(b)) for a, b in pairs])
        elif row.startswith("E"):
            parts = [p.split(":") for p in row.split("\t")[1].split()]
            content = [s for role, t in parts if role.startswith("Content") for s in spans[t][1]]
            source = [s for role, t in parts if role.startswith("Source") for s in spans[t][1]]
            if content:
                found.append(Attribution(words_in(text, content), words_in(text, source)))
    return found


def _coded(text: str, statements: tuple[Statement, ...]) -> list[Attribution]:
    out = []
    for s in statements:
        speaker = [] if s.speaker.start is None or s.speaker.end is None else [(s.speaker.start, s.speaker.end)]
        out.append(Attribution(words_in(text, [(c.start, c.end) for c in s.content]), words_in(text, speaker)))
    return out


def evaluate(path: Path, reader: Reader) -> Figures:
    """Content span F1 (half of the union shared) and source F1 (content matched, a word of the source shared)."""
    files = sorted((path / "text").glob("*.txt"))
    if not files:
        raise InputError(str(path), "holds no text/*.txt", "name a folder with text/ and attributions/, such as polnear/dev")
    reports, gold = [], []
    for file in files:
        notes = path / "attributions"
        standoff = sorted(notes.glob(f"{file.stem}_*.ann")) or sorted(notes.glob(f"{file.stem}.ann"))
        if not standoff:
            raise InputError(str(file), "has no file in attributions/", "PolNeAR names it NAME_XXXX.ann")
        with file.open(encoding="utf-8", newline="") as handle:
            text = handle.read()
        published = _PUBLISHED.search(file.stem)
        reports.append(Report(text, id=file.stem, published=published[1] if published else ""))
        gold.append(read_standoff(text, standoff[0].read_text("utf-8")))
    hits = sources = coded_total = 0
    for coded, wanted in zip(reader.pipe(reports), gold, strict=True):
        found = _coded(coded.report.text, coded.statements)
        pairs = pair_up(wanted, found, lambda a, b: iou(a.content, b.content) >= 0.5, lambda a, b: iou(a.content, b.content))
        hits += len(pairs)
        coded_total += len(found)
        sources += sum(bool(a.source & b.source) or (not a.source and not b.source) for a, b in pairs)
    total = sum(map(len, gold))
    return {"articles": len(files), "content": f1(hits, total, coded_total), "source": f1(sources, total, coded_total)}


def render(result: Figures) -> str:
    """The figures as text."""
    lines = [line(key, result[key]) for key in ("content", "source")]
    return "\n".join([*lines, f"over {result['articles']} articles"])
