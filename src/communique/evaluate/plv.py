"""The relation between a marked source and a marked target, against PLV's sentences: 15 PLOVER roots, four quads.

Layout: tab-separated with a header; ``marked_sentence`` holds ``<s>source</s>`` and ``<t>target</t>``, ``gold_root`` a
root (YIELD for CONCEDE or RETREAT), ``gold_penta`` a quad from 1 to 4. What is read is counted by PLV's definitions
(conventions.py), and besides by the types' names alone.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from communique.errors import InputError
from communique.evaluate.conventions import counted, root_of
from communique.evaluate.matching import Figures, macro_f1

if TYPE_CHECKING:
    from communique.read.reader import Reader

QUADS = {
    "AGREE": "1", "CONSULT": "1", "SUPPORT": "1", "COOPERATE": "2", "AID": "2", "YIELD": "2", "REQUEST": "3", "ACCUSE": "3",
    "REJECT": "3", "THREATEN": "3", "PROTEST": "4", "SANCTION": "4", "MOBILIZE": "4", "COERCE": "4", "ASSAULT": "4",
}  # fmt: skip
_MARK = re.compile(r"<(/?)([st])>")


def parse_marked(marked: str) -> tuple[str, tuple[int, int], tuple[int, int]]:
    """The sentence without its marks, and the spans of source and target; (0, 0) for one that it does not name.

    Raises ValueError where a mark is opened and not closed, or neither participant is marked.
    """
    text, at = "", 0
    spans: dict[str, int] = {}
    for match in _MARK.finditer(marked):
        text += marked[at : match.start()]
        at = match.end()
        spans[match.group(1) + match.group(2)] = len(text)
    text += marked[at:]
    if not spans or any(("/" + m in spans) != (m in spans) for m in "st"):
        raise ValueError("the sentence lacks <s>source</s> or <t>target</t>")
    return text, (spans.get("s", 0), spans.get("/s", 0)), (spans.get("t", 0), spans.get("/t", 0))


def evaluate(path: Path, reader: Reader) -> Figures:
    """Root and quad macro-F1 of `reader` on the file `path`; `by_name` holds them as they are by the types' names alone."""
    if not path.is_file():
        raise InputError(str(path), "is not a file", "name a tab-separated file such as plv/dev.tsv")
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))
    if not rows or "marked_sentence" not in rows[0] or "gold_root" not in rows[0]:
        raise InputError(str(path), "has no columns marked_sentence and gold_root", "see docs/evaluate.md for the layout")
    marked = []
    for number, row in enumerate(rows, 2):
        try:
            marked.append(parse_marked(row["marked_sentence"]))
        except ValueError as error:
            raise InputError(f"{path}, line {number}", str(error)) from None
    read = list(reader.relate(marked))
    figures = _figures(rows, [counted(relation) for relation in read])
    named = _figures(rows, [root_of(relation) for relation in read])
    by_name = {"root_macro_f1": named["root_macro_f1"], "quad_macro_f1": named["quad_macro_f1"]}
    return {"sentences": len(rows), **figures, "by_name": by_name}


def _figures(rows: Sequence[Mapping[str, str]], roots: Sequence[str]) -> Figures:
    """Figures of the `roots` given for `rows`."""
    macro, each = macro_f1(zip((r["gold_root"] for r in rows), roots, strict=True))
    quad, quads = macro_f1((r.get("gold_penta") or QUADS[r["gold_root"]], QUADS[p]) for r, p in zip(rows, roots, strict=True))
    right = sum(r["gold_root"] == p for r, p in zip(rows, roots, strict=True))
    accuracy = round(right / len(rows), 4)
    return {"root_macro_f1": macro, "quad_macro_f1": quad, "accuracy": accuracy, "per_root": each, "per_quad": quads}


def render(result: Figures) -> str:
    """The figures as text."""
    lines = [
        f"root macro-F1 {result['root_macro_f1']:.3f}  quad macro-F1 {result['quad_macro_f1']:.3f}  "
        f"accuracy {result['accuracy']:.3f}  over {result['sentences']} sentences, counted as PLV's definitions do",
        f"by the names of PLOVER 2.0's types alone: root {result['by_name']['root_macro_f1']:.3f}  "
        f"quad {result['by_name']['quad_macro_f1']:.3f}",
    ]
    for name, value in (*result["per_root"].items(), *result["per_quad"].items()):
        lines.append(f"  {name:10s} F1 {value['f1']:.3f}  P {value['p']:.3f}  R {value['r']:.3f}  gold {value['gold']}")
    return "\n".join(lines)
