"""A series as a picture: in the terminal, and as PNG or SVG (matplotlib, the extra ``plot``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console, Group
from rich.text import Text

from communique.errors import InputError
from communique.measure.changes import Change
from communique.measure.extras import optional
from communique.measure.rows import date_of, score_of
from communique.measure.series import Point, Series
from communique.records import SeriesRow

CONFLICT, COOPERATION = "red", "green"
HEIGHT = 6
"""Lines above, and below, the middle of the terminal plot."""

MARKED = 9
"""Most incidents that are marked: one figure each."""

SUFFIXES = (".png", ".svg")
_BLOCKS = " ▁▂▃▄▅▆▇█"
_MARGIN = 7


def show(series: Series, console: Console, rows: Sequence[SeriesRow] = (), changes: Sequence[Change] = ()) -> None:
    """Prints cooperation upwards and conflict downwards, period by period, with the weightiest of `rows` marked below.

    Where there are more periods than columns, neighbours are added up. Width, colour and characters follow `console`.
    """
    console.print(Group(*_lines(series, console, rows, changes)), soft_wrap=False)


def marked(series: Series, rows: Sequence[SeriesRow]) -> dict[str, SeriesRow]:
    """The weightiest incidents that are in the series, by id, in the order of their days."""
    inside = {i for p in series.points for i in p.incidents}
    first = {row.incident: row for row in rows if row.incident in inside}
    heavy = sorted(first.values(), key=lambda r: (-abs(score_of(r)), -r.origins, r.day, r.incident))[:MARKED]
    return {row.incident: row for row in sorted(heavy, key=lambda r: (r.day or r.first_seen, r.incident))}


def _lines(series: Series, console: Console, rows: Sequence[SeriesRow], changes: Sequence[Change]) -> list[Text]:
    head = Text(f"{series.a} and {series.b}, by {series.period}: ", "bold")
    head.append("cooperation", COOPERATION).append(" above, ").append("conflict", CONFLICT).append(" below")
    if not series.points:
        return [head, Text("nothing to show", "dim")]
    columns = _columns(series.points, max(10, console.width - _MARGIN - 1))
    fine = (console.encoding or "").lower().replace("-", "").startswith("utf")
    top = max((max(sum(p.cooperation for p in c), sum(p.conflict for p in c)) for c in columns), default=0.0) or 1.0
    width = len(columns)
    out = [head]
    for level in range(HEIGHT, 0, -1):
        cells = "".join(_cell(sum(p.cooperation for p in c) / top * HEIGHT - level + 1, fine) for c in columns)
        out.append(Text(f"{top:6.1f} " if level == HEIGHT else " " * _MARGIN).append(cells, COOPERATION))
    out.append(Text("     0 ").append(("─" if fine else "-") * width, "dim"))
    for level in range(1, HEIGHT + 1):
        line = Text(f"{-top:6.1f} " if level == HEIGHT else " " * _MARGIN)
        for column in columns:
            line.append_text(_hanging(sum(p.conflict for p in column) / top * HEIGHT - level + 1, fine))
        out.append(line)
    chosen = marked(series, rows)
    numbers = {ident: str(n) for n, ident in enumerate(chosen, 1)}
    out += [_marks(columns, numbers), *_turns(columns, changes, fine), _axis(columns)]
    out += [_legend(numbers[ident], row, fine) for ident, row in chosen.items()]
    out += [Text(f"left out: {n} ({reason})", "dim") for reason, n in sorted(series.left_out.items())]
    return out


def _columns(points: Sequence[Point], width: int) -> list[Sequence[Point]]:
    """Points in at most `width` groups of as many each."""
    size = -(-len(points) // width)
    return [points[n : n + size] for n in range(0, len(points), size)]


def _cell(fill: float, fine: bool) -> str:
    """One character of a bar that stands, filled by `fill` (0 to 1) from below."""
    if not fine:
        return "#" if fill >= 0.5 else " "
    return _BLOCKS[max(0, min(8, round(fill * 8)))]


def _hanging(fill: float, fine: bool) -> Text:
    """One character of a bar that hangs: blocks fill from below, so that the rest is drawn and reversed."""
    if not fine or fill >= 1 or fill <= 0:
        return Text("█" if fine and fill >= 1 else "#" if not fine and fill >= 0.5 else " ", CONFLICT)
    return Text(_BLOCKS[8 - max(1, min(7, round(fill * 8)))], f"{CONFLICT} reverse")


def _marks(columns: Sequence[Sequence[Point]], numbers: Mapping[str, str]) -> Text:
    """The figure of the first marked incident in each column: the others of its column have the figures that follow."""
    line = Text(" " * _MARGIN)
    for column in columns:
        here = [numbers[i] for p in column for i in p.incidents if i in numbers]
        line.append(min(here, default=" "), "bold")
    return line


def _turns(columns: Sequence[Sequence[Point]], changes: Sequence[Change], fine: bool) -> list[Text]:
    if not changes:
        return []
    days = {c.start for c in changes}
    sign = "▲" if fine else "^"
    cells = "".join(sign if any(p.start in days for p in c) else " " for c in columns)
    return [Text(f"{' ' * _MARGIN}{cells} change of level", "yellow")]


def _axis(columns: Sequence[Sequence[Point]]) -> Text:
    first, last = columns[0][0].start, columns[-1][-1].end
    room = len(columns) - len(first) - len(last)
    return Text(" " * _MARGIN + (first + " " * room + last if room > 0 else f"{first} to {last}"), "dim")


def _legend(number: str, row: SeriesRow, fine: bool) -> Text:
    colour = CONFLICT if score_of(row) < 0 else COOPERATION
    mode = row.mode
    arrow = ("↔" if fine else "<>") if row.mutual else "→" if fine else ">"
    kind = f"{row.type} {mode}".strip()
    when = date_of(row) or f"published {row.first_seen}"
    facts = f" {row.actor} {arrow} {row.recipient} - {when} - {row.incident}"
    return Text(f"{number:>{_MARGIN - 1}} ", "bold").append(kind, colour).append(facts.replace(" - ", " · ") if fine else facts)


def save(series: Series, path: str | Path, rows: Sequence[SeriesRow] = (), changes: Sequence[Change] = ()) -> Path:
    """Draws the series to `path`, whose suffix says how (.png or .svg); the same input gives the same bytes of an SVG.

    Raises `InputError` for another suffix, `MissingExtraError` without matplotlib.
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"picture {str(path)!r}", "has a suffix that is not drawn", "give a path that ends in .png or .svg")
    matplotlib = optional("matplotlib", "plot", "a picture of a series")
    figure_of = optional("matplotlib.figure", "plot", "a picture of a series").Figure
    figure = figure_of(figsize=(10, 4.5), layout="constrained")
    axes = figure.subplots()
    _draw(axes, series, marked(series, rows), changes)
    svg = path.suffix.lower() == ".svg"
    with matplotlib.rc_context({"svg.hashsalt": "communique", "svg.fonttype": "none"}):
        figure.savefig(path, dpi=150, metadata={"Date": None} if svg else None)
    return path


def _draw(axes: Any, series: Series, chosen: Mapping[str, SeriesRow], changes: Sequence[Change]) -> None:
    places = range(len(series.points))
    axes.bar(places, [p.cooperation for p in series.points], color="#2a7f62", label="cooperation", width=0.9)
    axes.bar(places, [-p.conflict for p in series.points], color="#b3382c", label="conflict", width=0.9)
    axes.axhline(0, color="black", linewidth=0.6)
    where = {ident: n for n, p in enumerate(series.points) for ident in p.incidents}
    labels: dict[tuple[int, bool], list[str]] = {}
    for number, (ident, row) in enumerate(chosen.items(), 1):
        labels.setdefault((where[ident], score_of(row) < 0), []).append(str(number))
    for (place, down), numbers in labels.items():
        point = series.points[place]
        at = (place, -point.conflict if down else point.cooperation)
        axes.annotate(",".join(numbers), at, xytext=(0, -11 if down else 4), textcoords="offset points", ha="center", fontsize=7)
    told = "\n".join(_legend(str(n), row, True).plain.strip() for n, row in enumerate(chosen.values(), 1))
    axes.set_xlabel(told, loc="left", fontsize=7)
    starts = {p.start: n for n, p in enumerate(series.points)}
    for change in changes:
        if change.start in starts:
            axes.axvline(starts[change.start] - 0.5, color="#8a6d00", linestyle="--", linewidth=0.8)
    step = max(1, len(series.points) // 10)
    axes.set_xticks(list(places)[::step], [p.start for p in series.points[::step]], rotation=30, ha="right", fontsize=8)
    axes.set_ylabel("sum of scores")
    axes.set_title(f"{series.a} and {series.b}, by {series.period}", loc="left", fontsize=10)
    axes.margins(y=0.15)
    axes.legend(loc="upper left", frameon=False, fontsize=8, ncols=2)
