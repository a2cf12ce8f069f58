"""Answers of a store in the terminal: one record after another, each with its day, what it rests on, and its id."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from communique.records import Claim, Incident
from communique.views.ink import Ink, when
from communique.views.words import counted, office_of

if TYPE_CHECKING:
    from communique.measure.alerts import Alert
    from communique.store import StoredEvent, StoredStatement
    from communique.store.reviewing import Review

Lines = tuple[str, list[Text]]
"""What stands in the first column, and the lines beside it."""


def show(kind: str, records: Iterable[Any], console: Console) -> int:
    """Prints "events", "statements", "incidents", "claims", "alerts" or "reviews" as they come; how many they were."""
    ink = Ink(console)
    count = 0
    for count, record in enumerate(records, 1):  # noqa: B007
        day, lines = _LINES[kind](record, ink)
        grid = Table.grid(padding=(0, 1, 0, 0), expand=True)
        grid.add_column(width=12, no_wrap=True, overflow="crop")
        grid.add_column(ratio=1)
        for n, line in enumerate(lines):
            grid.add_row(ink.part(day if n == 0 else ""), line)
        console.print(grid)
    return count


def _event(one: StoredEvent, ink: Ink) -> Lines:
    told = one.telling
    copied = f"copy of {told.origin}" if told.origin not in ("", told.report) else ""
    facts = ink.joined(told.outlet, told.published, copied, told.event.id)
    return when(told.event.date, told.published), [ink.event(told.event), ink.quoted(one.sentence_text), facts]


def _statement(one: StoredStatement, ink: Ink) -> Lines:
    said = one.statement
    line = ink.part(said.act, "bold blue").append(" ").append_text(ink.entity(said.speaker))
    if office := office_of(said.speaker):
        line.append_text(ink.part(f", {office}", "dim"))
    if said.about:
        line.append_text(ink.part(" · ")).append_text(ink.part("about " + ", ".join(said.about)))
    return one.published, [line, ink.quoted(one.words), ink.joined(one.outlet, one.published, said.id)]


def _incident(one: Incident, ink: Ink) -> Lines:
    seen = one.first_seen + (f" to {one.last_seen}" if one.last_seen != one.first_seen else "")
    counts = ", ".join((counted(one.reports, "report"), counted(one.outlets, "outlet"), counted(one.origins, "origin")))
    return when(one.date, one.first_seen), [ink.incident(one), ink.joined(counts, f"seen {seen}" if seen else "", one.id)]


def _claim(one: Claim, ink: Ink) -> Lines:
    line = ink.deed(one.type, "", "", one.actors, one.recipients)
    line.append_text(ink.part(" · ")).append_text(
        ink.part("contested", "bold red") if one.contested else ink.part("claimed", "bold magenta")
    )
    lines = [line]
    for side in one.sides:
        since = f"since {side.since}" if side.since else ""
        words = ink.entity(side.party).append(f" {side.stance}", "bold" if side.stance == "denies" else "")
        facts = ink.joined(since, counted(len(side.tellings), "telling"))
        lines.append(words.append("  ").append_text(facts))
    stands = f"{counted(one.vouching, 'origin')} in its own voice, {counted(one.passing_on, 'origin')} passing on"
    return when(one.date, one.since), [*lines, ink.joined(stands, one.id)]


def _alert(one: Alert, ink: Ink) -> Lines:
    line = ink.part(one.kind, "bold yellow").append_text(ink.part(f" {one.a} and {one.b}: {one.text}"))
    return one.day, [line, ink.joined(*([one.claim] if one.claim else []), *one.incidents)]


def _review(one: Review, ink: Ink) -> Lines:
    none = one.field in ("event", "statement")
    said = f"is no {one.kind}" if none else one.field
    if one.kind == "missing":
        said = " ".join(str(one.value[name]) for name in ("type", "mode", "status") if one.value.get(name))
    elif one.kind == "whole":
        said = "looked through"
    elif not none and one.value is not None:
        said += f" → {one.value if isinstance(one.value, str) else str(one.value).lower()}" if one.value != "" else " → empty"
    line = ink.part(one.state, "bold" if one.state == "open" else "").append(" ").append_text(ink.part(f"{one.kind}: {said}"))
    lines = [line, *([ink.quoted(one.words)] if one.words else []), *([ink.part(one.note)] if one.note else [])]
    settled = f"{one.state} by {one.settled_by}, {one.settled[:10]}" if one.state != "open" and one.settled_by else ""
    return f"{one.id}", [*lines, ink.joined(one.who, one.made[:10], settled, one.outlet, one.report, one.record)]


_LINES: dict[str, Callable[[Any, Ink], Lines]] = {
    "events": _event, "statements": _statement, "incidents": _incident, "claims": _claim, "alerts": _alert, "reviews": _review,
}  # fmt: skip
