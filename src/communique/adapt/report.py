"""What ``communique train`` tells of an adaptation: a table for the terminal, and the card that lies in its folder."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from communique.adapt.training import Trained

MEANINGS = {
    "trigger": "event words, F1", "cue": "words that attribute, F1", "kind": "type of a trigger", "mode": "mode",
    "status": "status", "historical": "historical", "act": "act of a statement",
}  # fmt: skip


def lines(made: Trained) -> list[str]:
    """The figures as a table: heads before and after, then own types."""
    out = [f"{made.reports} corrected reports, {made.examples} examples; {made.seconds:.0f} seconds"]
    if made.figures:
        rows = [
            (MEANINGS[f.head], str(f.rows), f"{f.before:.3f}", f"{f.after:.3f}", f.note or "adapted")
            for f in made.figures
        ]
        out += ["", *table(("head, on held-out folds", "asked", "before", "after", ""), rows)]
    if made.own:
        told = [(f.type, str(f.examples), str(f.right), str(f.wrong), str(f.missed), f"{f.f1:.2f}") for f in made.own]
        out += ["", *table(("own type, on held-out folds", "texts", "right", "wrong", "missed", "F1"), told)]
    return out


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Columns of even width; the first is words, the others numbers or a note."""
    cells = [head, *rows]
    widths = [max(len(row[k]) for row in cells) for k in range(len(head))]
    ragged = len(head) - 1 if not head[-1] else len(head)
    def line(row: tuple[str, ...]) -> str:
        sides = [c.ljust(w) if k in (0, ragged) else c.rjust(w) for k, (c, w) in enumerate(zip(row, widths, strict=True))]
        return "  ".join(sides).rstrip()

    return [line(row) for row in cells]


def card(made: Trained) -> str:
    """The card in Markdown."""
    types = [f"* `{t.name}` ({t.quad}, {t.score:g}): {t.definition}" for t in made.adaptation.types]
    opened = [f"* `{f.type}`: {f.left_open} sentences that nobody marked look like it and were left out" for f in made.own]
    return "\n".join([
        "# An adaptation of communique", "",
        f"Made by `communique train` for the weights {made.adaptation.weights}; it fits no others.", "",
        *(["## Types", "", *types, *opened, ""] if types else []),
        "## Figures", "",
        "On five held-out folds of the annotation itself. The strength of a correction was chosen on the same folds.", "",
        "```", *lines(made), "```", "",
        f"{len(made.aside)} lines were set aside.", "",
    ])  # fmt: skip
