"""A dyad over time in the terminal: the plot, then the tension and where the level changed, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import Console

from communique.views.ink import Ink

if TYPE_CHECKING:
    from communique.measure.changes import Change
    from communique.measure.series import Series
    from communique.measure.tension import Tension
    from communique.records import SeriesRow


def show(
    series: Series, tension: Tension, changes: tuple[Change, ...], rows: tuple[SeriesRow, ...], notes: tuple[str, ...],
    console: Console,
) -> None:  # fmt: skip
    """Prints the parts of a timeline."""
    from communique.measure import plot

    plot.show(series, console, rows, changes)
    ink = Ink(console)
    for line in (*_told(series, tension, changes), *notes):
        console.print(ink.part(line))


def _told(series: Series, tension: Tension, changes: tuple[Change, ...]) -> Iterator[str]:
    claimed = sum(len(p.claims) for p in series.points)
    if claimed:
        conflict, cooperation = (sum(getattr(p, f"claimed_{n}") for p in series.points) for n in ("conflict", "cooperation"))
        yield f"only claimed, not counted: {claimed:,} (conflict {conflict:.1f}, cooperation {cooperation:.1f})"
    if published := sum(p.published for p in series.points):
        yield f"on their day of publication, for want of a date: {published:,}"
    if tension.points:
        last = tension.points[-1]
        share = f"{tension.level:.0%} of {tension.draws:,} draws"
        spread = f"{last.low:.1f} to {last.high:.1f} in {share}"
        yield f"tension on {last.day}: {last.value:.1f} ({spread}; half-life {tension.half_life:g} days)"
    for change in changes:
        before, after = (f"{c:.1f} and {k:.1f}" for c, k in (change.before, change.after))
        behind = f": {', '.join(change.incidents)}" if change.incidents else ""
        yield f"{change.direction} from {change.start}: conflict and cooperation were {before}, are {after}{behind}"
