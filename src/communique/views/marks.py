"""Marks over a text, cut so that they nest: any spans in, well-formed elements out, and not a character moved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """Something to show on text[start:end]; a lower `layer` lies outside a higher one where they overlap."""

    start: int
    end: int
    layer: int
    classes: tuple[str, ...] = ()
    label: str = ""
    hint: str = ""
    anchors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Opening:
    """One element that begins: its mark, and whether this piece is the first or last of the mark's pieces."""

    mark: Mark
    first: bool
    last: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text under the same marks: `closes` elements end before it, then `opens` begin, then `text` stands."""

    closes: int
    opens: tuple[Opening, ...]
    text: str


def nest(text: str, marks: Iterable[Mark], start: int = 0, end: int | None = None) -> list[Piece]:
    """text[start:end] as pieces whose elements nest; a mark that crosses another is cut at the other's edge.

    Marks are clipped to the range; empty ones are left out. The last piece has no text and closes what is open. The
    texts of the pieces, joined, are text[start:end].
    """
    end = len(text) if end is None else end
    kept = [m for m in marks if m.start < end and start < m.end and m.start < m.end]
    edges = sorted({start, end, *(p for m in kept for p in (m.start, m.end) if start < p < end)})
    starting: dict[int, list[Mark]] = {}
    for mark in kept:
        starting.setdefault(max(mark.start, start), []).append(mark)
    cut: list[tuple[int, list[Mark], str]] = []
    stack: list[Mark] = []
    for n, edge in enumerate(edges):
        stop = edges[n + 1] if n + 1 < len(edges) else end
        wanted = sorted((m for m in (*stack, *starting.get(edge, ())) if m.end > edge and edge < end), key=_order)
        same = 0
        while same < len(stack) and same < len(wanted) and stack[same] == wanted[same]:
            same += 1
        cut.append((len(stack) - same, wanted[same:], text[edge:stop]))
        stack = wanted
    return _with_edges(cut, start, end)


def _with_edges(cut: Sequence[tuple[int, list[Mark], str]], start: int, end: int) -> list[Piece]:
    """Pieces that know which of a mark's elements is its first and which its last: known only when all are cut."""
    last = {mark: n for n, (_, opens, _) in enumerate(cut) for mark in opens}
    seen: set[Mark] = set()
    pieces: list[Piece] = []
    for n, (closes, opens, text) in enumerate(cut):
        # Where a mark is clipped to the range, its first or last element lies in another range.
        ends = tuple(Opening(m, m not in seen and m.start >= start, last[m] == n and m.end <= end) for m in opens)
        pieces.append(Piece(closes, ends, text))
        seen.update(opens)
    return pieces


def _order(mark: Mark) -> tuple[int, int, int, tuple[str, ...], str]:
    return (mark.layer, mark.start, -mark.end, mark.classes, mark.label)

