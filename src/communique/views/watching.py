"""How `communique watch` shows what it does: a table by host on a terminal, one line for each thing that happened elsewhere."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from communique.gather.watch.happenings import Counts, Happened, Tally
from communique.gather.watch.polling import Polls
from communique.views.words import counted, printable, shortened

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

SHOWN = 25
"""Hosts in the table, those with something new first; a terminal seldom has more lines."""

_WORDS = {
    "asked": "asked", "unasked": "no answer", "held": "held back", "moved": "moved", "new": "new", "corrected": "corrected",
    "same": "known", "copy": "copy", "language": "not English", "failed": "failed", "later": "again later", "trouble": "store",
}  # fmt: skip


def line(happened: Happened) -> str:
    """One thing that happened, as one line that steers no terminal."""
    time = dt.datetime.fromtimestamp(happened.at, dt.UTC).strftime("%H:%M:%S")
    detail = happened.title
    if happened.what == "asked":
        detail = counted(happened.found, "new address", "new addresses") if happened.found else "nothing new"
    if happened.reason:
        again = f"; again at {_clock(happened.due, happened.at)}" if happened.due and happened.what != "asked" else ""
        detail = happened.reason + again
    return f"{time} {_WORDS[happened.what]:<11} {_plain(happened.url + (f' · {detail}' if detail else ''))}"


def summary(counts: Counts) -> str:
    """What came of a run, in one line."""
    named = (
        (counts.new, "new"), (counts.corrected, "corrected"), (counts.copies, "copy" if counts.copies == 1 else "copies"),
        (counts.language, "not in English"), (counts.same, "known already"), (counts.failed, "failed"),
        (counts.later, "to be tried again"),
    )  # fmt: skip
    return ", ".join(f"{n:,} {what}" for n, what in named if n) or "nothing new"


class Board:
    """The table of a run, drawn anew as it goes."""

    def __init__(self, console: Console, store: str) -> None:
        self.console, self.store = console, store
        self.unicode = (console.encoding or "").lower().replace("-", "").startswith("utf")

    def draw(self, tally: Tally, now: float) -> RenderableType:
        """The table as it stands at the time `now`."""
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, header_style="dim")
        for name in ("host", "asked", "fetched", "new", "copies", "failed", "why it last failed"):
            table.add_column(name, justify="left" if name in ("host", "why it last failed") else "right", no_wrap=True)
        order = sorted(tally.hosts.items(), key=lambda h: (-h[1].new, -h[1].fetched, -h[1].failed, h[0]))
        for host, c in order[: self._rows()]:
            bad = c.failed + c.later
            cells = (host or "(lists)", c.asked, c.fetched, c.new + c.corrected, c.copies, bad)
            told = [self._text(f"{v:,}" if isinstance(v, int) else v) for v in cells]
            table.add_row(*told, self._text(shortened(c.last, 60), "red"))
        if len(order) > self._rows():
            table.add_row(self._text(f"and {counted(len(order) - self._rows(), 'host')} more", "dim"))
        return Group(self._text(self._head(tally, now), "bold"), *([Text(tally.trouble, "red")] if tally.trouble else []), table)

    def _rows(self) -> int:
        return max(3, min(SHOWN, self.console.height - 5))

    def _head(self, tally: Tally, now: float) -> str:
        parts = [
            counted(tally.sources, "source"), summary(tally.whole), f"{tally.waiting:,} waiting",
            f"{tally.under_way:,} under way" if tally.under_way else _next(tally, now), f"since {_span(now - tally.began)}",
        ]  # fmt: skip
        return f"{self.store}: " + " · ".join(p for p in parts if p)

    def _text(self, text: str, style: str = "") -> RenderableType:
        from rich.text import Text

        plain = _plain(text)
        return Text(plain if self.unicode else plain.replace("·", "-").encode("ascii", "replace").decode(), style)


def source_lines(polls: Polls, now: float) -> list[str]:
    """What is known of each source: when it last answered, when it is next due, and why it failed."""
    out = []
    for url, source in polls.sources.items():
        state = polls.states.get(url)
        told = "never asked"
        if state is not None and state.tried:
            told = f"answered {_ago(state.good, now)}" if state.good else "never answered"
            told += f" · due {_clock(state.due, now)}"
            told += f" · failed {counted(state.failures, 'time')}: {state.reason}" if state.failures else ""
        out.append(_plain(f"{source.outlet or source.name or '-'} · {url} · {told}"))
    return out


def _next(tally: Tally, now: float) -> str:
    return f"next in {_span(max(tally.due - now, 0))}" if tally.due else ""


def _ago(then: float, now: float) -> str:
    return f"{_span(now - then)} ago"


def _clock(then: float, now: float) -> str:
    """A time of today, or a day and a time, UTC."""
    when, today = (dt.datetime.fromtimestamp(t, dt.UTC) for t in (then, now))
    return when.strftime("%H:%M" if when.date() == today.date() else "%Y-%m-%d %H:%M")


def _span(seconds: float) -> str:
    """A length of time in its two largest units."""
    left = int(max(seconds, 0))
    days, hours, minutes = left // 86_400, left % 86_400 // 3600, left % 3600 // 60
    if days:
        return f"{days}d {hours}h"
    if hours:
        return f"{hours}h {minutes}m"
    return f"{minutes}m {left % 60}s" if minutes else f"{left}s"


def _plain(text: str) -> str:
    return " ".join(printable(text).split())
