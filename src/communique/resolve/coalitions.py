"""Coalitions: of states at war, whose leader may be named, and of parties, which govern or want to."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from communique.resolve.titles import STATE_KINDS

if TYPE_CHECKING:
    from communique.resolve.report import ReportResolver

_LED = re.compile(r"[-‑ ]led\b[^.;]{0,40}?\bcoalition\b")
_AT_ARMS = re.compile(
    r"\bcoalition\s(?:military\s)?(?:forces|aircraft|air\s?strikes|strikes|troops|warplanes|jets|soldiers)\b", re.IGNORECASE
)
_ALLIANCE = re.compile(rf"{_AT_ARMS.pattern}|\b(?:international|global|military|counter-\w+)\scoalition\b", re.IGNORECASE)
_PARTIES = re.compile(
    r"\b(?P<side>ruling|governing|opposition|parliamentary|electoral|anti-(?!is\b|isi[sl]|daesh|terror|taliban)\w+)\s"
    r"(?:[\w-]+\s)?coalition\b|\bcoalition\s(?:government|partners?|parties|cabinet|talks|agreement)\b",
    re.IGNORECASE,
)


class Coalitions:
    """The coalitions of one report."""

    def __init__(self, report: ReportResolver) -> None:
        self.report, self.text = report, report.text

    @cached_property
    def led(self) -> list[tuple[int, str]]:
        """(offset, country) of each state that is said to lead a coalition, in the order of the text."""
        led = [s for s in self.report.atoms if s.kind in STATE_KINDS and _LED.match(self.text, s.end)]
        named = [s for s in self.report.atoms if s.kind == "body" and s.entry.name.endswith("-led coalition")]
        return sorted((s.start, s.entry.country) for s in (*led, *named) if s.entry.country)

    @cached_property
    def of_states(self) -> list[int]:
        """Where coalitions at war are named, led or not."""
        return [*(m.start() for m in _ALLIANCE.finditer(self.text)), *(start for start, _ in self.led)]

    def at_arms(self, first: int, last: int) -> bool:
        """Whether tokens [first, last), with the word behind them, say themselves that it is at war: "coalition forces"."""
        return _AT_ARMS.search(self.text, self.report.tokens[first].start, self._behind(last)) is not None

    def of_parties(self, first: int, last: int) -> str:
        """The sector of the coalition in tokens [first, last) where it is one of parties: its words say so, or one was named
        before them and none of states since; else ""."""
        start, end = self.report.tokens[first].start, self._behind(last)
        if self.at_arms(first, last) or not self._named(first, last):
            return ""
        parties = list(_PARTIES.finditer(self.text, 0, end))
        since = max((where for where in self.of_states if where < end), default=-1)
        if not parties or (parties[-1].end() <= start and parties[-1].start() < since):
            return ""
        side = (parties[-1]["side"] or "").lower()
        return "OPP" if side.startswith(("opposition", "anti-")) else "GOV"

    def at_war(self, first: int, last: int) -> bool:
        """Whether tokens [first, last) are a coalition of states at war, whose it is not: not a government's coalition."""
        if not self._named(first, last):
            return False
        return self.at_arms(first, last) or bool(_ALLIANCE.search(self.text) and not self.of_parties(first, last))

    def leader(self, first: int, last: int) -> str | None:
        """The state that leads the coalition in tokens [first, last), where the report says whose it is ("a U.S.-led
        coalition"): before it, or further on where the words themselves say that it is at war."""
        if self.of_parties(first, last):
            return None
        start = self.report.tokens[last - 1].start
        before = [country for where, country in self.led if where < start]
        if before:
            return before[-1]
        return self.led[0][1] if self.led and self.at_arms(first, last) else None

    def _named(self, first: int, last: int) -> bool:
        """Whether tokens [first, last) have the word itself."""
        return any(self.report.tokens[i].norm == "coalition" for i in range(first, last))

    def _behind(self, last: int) -> int:
        """Where the word behind token `last` ends: "coalition" alone may be the span of "coalition forces"."""
        return self.report.tokens[min(last, len(self.report.tokens) - 1)].end
