"""UD English EWT as questions for the second pass: what fills the subject, the object and the other places of a verb.

It ships nothing of its own: the heads are auxiliary, and what is learnt is who belongs to which verb in a long sentence.
Subjects are the deep ones: of passives, controlled and shared verbs and relative clauses, as the enhanced graph has them.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from data import Example, Mask, Question, SentenceEncoder

PLACES = ("agent", "patient", "other")
CORE = {
    "nsubj": "agent", "nsubj:xsubj": "agent", "obl:agent": "agent", "obj": "patient", "nsubj:pass": "patient", "iobj": "other",
}  # fmt: skip
OBLIQUE = frozenset(f"obl:{word}" for word in ("to", "with", "against", "from", "for", "on", "at", "of", "between", "into"))
SMALL = frozenset({"det", "amod", "compound", "flat", "nummod", "nmod:poss", "goeswith", "fixed", "case"})
"""Dependents that belong to the short name of a participant; clauses and apposed phrases do not."""
SHORTEST = 8
"""Words below which a sentence teaches nothing about who belongs to which verb."""

Row = list[str]


def sentences(path: Path) -> Iterator[tuple[str, list[Row], list[tuple[int, int]]]]:
    """(text, its words as CoNLL-U rows, the characters of each) of every sentence that can be aligned."""
    with gzip.open(path, "rt", encoding="utf-8") as handle:
        for block in handle.read().split("\n\n"):
            lines = block.split("\n")
            text = next((line[9:] for line in lines if line.startswith("# text = ")), "")
            rows = [row for line in lines if line and line[0] != "#" for row in [line.split("\t")] if row[0].isdigit()]
            spans, at = [], 0
            for row in rows:
                found = text.find(row[1], at)
                if found < 0:
                    break
                spans.append((found, found + len(row[1])))
                at = found + len(row[1])
            if len(spans) == len(rows) >= SHORTEST:
                yield text, rows, spans


def _phrase(rows: list[Row], head: int) -> list[int]:
    """The words of a participant's short name, by number."""
    out = [head]
    for k, row in enumerate(rows):
        if row[7] in SMALL and row[6] == rows[head][0] and (row[7] != "case" or rows[head][7] == "nmod:poss"):
            out += _phrase(rows, k)
    return out


def _places(rows: list[Row]) -> dict[int, dict[str, list[int]]]:
    """By verb, the words that fill its places."""
    number = {row[0]: k for k, row in enumerate(rows)}
    verbs = {k for k, row in enumerate(rows) if row[3] == "VERB"}
    out: dict[int, dict[str, list[int]]] = {}
    for k, row in enumerate(rows):
        if "PronType=Rel" in row[5] or row[8] == "_":
            continue
        for edge in row[8].split("|"):
            governor, _, relation = edge.partition(":")
            verb = number.get(governor, -1)
            place = CORE.get(relation) or ("other" if relation in OBLIQUE else "")
            if verb in verbs and place:
                out.setdefault(verb, {}).setdefault(place, []).extend(_phrase(rows, k))
    return out


def syntax(path: Path, encoder: SentenceEncoder) -> Iterator[Example]:
    """Examples whose questions ask for the places of each verb that has any."""
    for text, rows, spans in sentences(path):
        places = _places(rows)
        if not places:
            continue
        encoded = encoder.encode(text, [(0, len(text))], [[]])[0]

        def pieces(words: list[int], spans: list[tuple[int, int]] = spans, encoded: object = encoded) -> Mask:
            mask = np.zeros(len(encoded), dtype=bool)  # type: ignore[arg-type]
            for k in words:
                mask |= (encoded.starts >= spans[k][0]) & (encoded.ends <= spans[k][1])  # type: ignore[attr-defined]
            return mask

        example = Example(encoded, weight=0.5, origin="syntax")
        nothing = np.zeros(len(encoded), dtype=bool)
        for verb, filled in places.items():
            at = np.flatnonzero(pieces([verb]) & encoded.first)
            if len(at):
                question = Question(1, at)
                question.places = {place: (pieces(filled.get(place, [])), nothing) for place in PLACES}
                example.questions.append(question)
        if example.questions:
            yield example
