"""One report as its dates need it: which words say when, whose they are, and which day the report is about."""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from communique.resolve.dates import days_of, shifted
from communique.resolve.time_expressions import TimeExpression, in_direction, time_expressions
from communique.resolve.time_words import cost, counted_from, is_object, ordered, stems, tense

_DATELINE = re.compile(
    r"\W{0,3}[A-Z][A-Za-z'’., /-]{2,40}[,.]\s+(?:[A-Z][a-z]+\.?,?\s+)?"
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?\s+\d{1,2}(?:,?\s+\d{4})?\s{0,2}(?:\(|—|–|-|/)"
)
"""A dateline with its day: "ABUJA, Aug 11 (Reuters) -"."""
Party = tuple[str, str]
"""A participant as far as dates need it: its country, and its name where it has one."""


@dataclass(frozen=True, slots=True)
class Told:
    """An event as a sentence tells it; `sentence` is the place of its sentence in the report's. `when` holds what the model adds
    to the value of a date of each class of `dates.WHEN`; empty where no model was asked."""

    start: int
    end: int
    sentence: int
    type: str
    status: str
    actors: tuple[Party, ...] = ()
    recipients: tuple[Party, ...] = ()
    when: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """The cue of a statement ("said"), whose words it is, and where they stand."""

    start: int
    end: int
    speaker: Party = ("", "")
    content: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Dated:
    """A date and the rule that gave it: "words" of its own, or one of those that inherit it from other words."""

    date: str = ""
    how: str = ""

    @property
    def inherited(self) -> bool:
        return bool(self.date) and self.how != "words"


def same_party(a: Party, b: Party) -> bool:
    """Whether two mentions may be one party: by name where both have one, else by country."""
    if a[1] and b[1]:
        return a[1] == b[1]
    return bool(a[0]) and a[0] == b[0]


def meet(a: Sequence[Party], b: Sequence[Party]) -> bool:
    return any(same_party(x, y) for x in a for y in b)


class Scene:
    """One report as its dates need it. `known` are the dates so far; it begins with those of an event's own words."""

    def __init__(
        self, text: str, sentences: Sequence[tuple[int, int]], published: dt.date | None,
        events: Sequence[Told], cues: Sequence[Said],
    ) -> None:  # fmt: skip
        self.text, self.sentences, self.published = text, list(sentences), published
        self.events, self.cues = events, cues
        self.expressions = [self._time_expressions(start, end) for start, end in self.sentences]
        self.heads = [stems(text[e.start : e.end]) for e in events]
        self.tenses = [tense(text, self.sentences[e.sentence][0], (e.start, e.end)) for e in events]
        self.known = [Dated()] * len(events)
        self.traits: dict[int, list[str]] = {}
        # For each trigger and cue, the expressions of its sentence with their cost and their lead on other owners.
        self.own: list[list[tuple[float, float, TimeExpression]]] = [[] for _ in events]
        self.spoken: list[tuple[str, str]] = [("", "")] * len(cues)
        for n in range(len(self.sentences)):
            self._share(n)
        for i, options in enumerate(self.own):
            if options and options[0][0] <= 100 and options[0][1] <= 25 and options[0][2].date:
                words, start = options[0][2], self.sentences[events[i].sentence][0]
                ahead = events[i].status == "future" or ordered(text, start, words)
                self.known[i] = Dated(in_direction(words, ahead).date, "words")
        self.day = self._day()
        self._continue_speech()
        self._as_said()

    def place(self, position: int) -> int:
        """The number of the sentence that holds a position, or the one before it."""
        return max(0, bisect_right(self.sentences, (position, len(self.text) + 1)) - 1)

    def _time_expressions(self, start: int, end: int) -> list[TimeExpression]:
        """Those of a sentence, but for the day in its dateline, which dates the report and none of its events."""
        head = _DATELINE.match(self.text, start, end)
        return time_expressions(self.text, head.end() if head else start, end, self.published)

    def _share(self, n: int) -> None:
        start, end = self.sentences[n]
        mine = [i for i, e in enumerate(self.events) if e.sentence == n]
        speaking = [k for k, c in enumerate(self.cues) if start <= c.start < end]
        owners: list[Told | Said] = [*(self.events[i] for i in mine), *(self.cues[k] for k in speaking)]
        spans = [(o.start, o.end) for o in owners]
        for expression in self.expressions[n]:
            costs = [cost(self.text, expression, span) for span in spans]
            if expression.shift and expression.shift[0] == "next":
                # "three days after the raid" counts from the raid and dates another deed.
                named = counted_from(self.text, expression, spans[: len(mine)])
                costs = [value + 300 * (at in named) for at, value in enumerate(costs)]
            costs = [value + 60 * is_object(self.text, expression, span, spans) for value, span in zip(costs, spans, strict=True)]
            for at, value in enumerate(costs):
                if at < len(mine):
                    self.own[mine[at]].append((value, value - min(costs), expression))
                elif value <= min(costs) + 25 and value < 120 and expression.date:
                    self.spoken[speaking[at - len(mine)]] = (expression.date, "own")
        for i in mine:
            self.own[i].sort(key=lambda row: row[:2])

    def _near(self, date: str) -> bool:
        days = days_of(date) if len(date) == 10 else None
        return bool(days and self.published and abs((days[0] - self.published).days) <= 3)

    def _day(self) -> str:
        """The day that the report is about: the one that most of its sayings and deeds are told for, near its publication."""
        votes: Counter[str] = Counter()
        for date, at in self._told_days():
            if self._near(date):
                votes[date] += 3 if self.place(at) <= 3 else 1
        if not votes:
            for row in self.expressions:
                votes.update(e.date for e in row if self._near(e.date))
        return votes.most_common(1)[0][0] if votes else ""

    def _told_days(self) -> Iterator[tuple[str, int]]:
        for (date, _), cue in zip(self.spoken, self.cues, strict=True):
            yield date, cue.start
        for dated, event in zip(self.known, self.events, strict=True):
            if event.status == "actual":
                yield dated.date, event.start

    def _continue_speech(self) -> None:
        """A saying without words of its own goes on with its speaker's last one, else with the report's day."""
        last: dict[Party, tuple[int, str]] = {}
        for k in sorted(range(len(self.cues)), key=lambda k: self.cues[k].start):
            cue, n = self.cues[k], self.place(self.cues[k].start)
            if self.spoken[k][0]:
                last[cue.speaker] = (n, self.spoken[k][0])
            elif cue.speaker in last and any(cue.speaker):
                self.spoken[k] = (last[cue.speaker][1], "near" if n - last[cue.speaker][0] <= 4 else "far")
            elif self.day:
                self.spoken[k] = (self.day, "day")

    def _as_said(self) -> None:
        """Counts "today" and the like, inside somebody's words, from the day on which they were said."""
        for (said, _), cue in zip(self.spoken, self.cues, strict=True):
            if self.published is None or not self._near(said):
                continue
            moved = ("said", "day", *((dt.date.fromisoformat(said) - self.published).days,) * 2)
            for rows in self.own:
                for at, (value, lead, found) in enumerate(rows):
                    if found.kind == "named" and any(start <= found.start < end for start, end in cue.content):
                        date, ahead = shifted(found.date, moved), shifted(found.ahead, moved)
                        rows[at] = (value, lead, replace(found, date=date, ahead=ahead))
