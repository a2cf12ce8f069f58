"""Synthetic coded reports for benchmarks/store.py: as many as wanted, the same on every machine.

What is counted is drawn from this project's own annotation of 443 articles (training/articles/annotated.jsonl, which holds
offsets and no words): each synthetic report has the sentences, lengths, events, parties, statuses, dates and statements of one of
them, chosen at random. So types and dyads come as often as there; the busiest dyad has one telling in twelve. Words are
drawn, as often as they stand there, from the reports written for the project (training/corpus), and stand for nothing.

Chosen, not counted: reports a day (`Shape.rate`; the annotated articles lie 1.2 a day on the days that have any), so that a
collection grows by getting longer, not denser; one report in five copies one of the days before but for some
sentences, as many outlets take one wire; an event in three has a place.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from communique.ontology import event_types
from communique.records import CodedReport, Entity, Event, Location, Report, Sentence, Span, Statement, content_id

ROOT = Path(__file__).resolve().parents[1]
FIRST = dt.date(1975, 1, 1)
OUTLETS, COPIED, PLACED, AHEAD = 120, 0.2, 0.33, 14
"""Outlets in all; shares of reports that copy another, and of events with a place; reports back that a copy may look."""

# Written for this benchmark: towns with their points, so that places agree and differ as in news.
_TOWNS = """Geneva,CHE,Geneva,46.2,6.15;Aleppo,SYR,Aleppo,36.2,37.16;Seoul,KOR,Seoul,37.57,126.98;Moscow,RUS,Moscow,55.75,37.62;
Pyongyang,PRK,Pyongyang,39.03,125.75;Kyiv,UKR,Kyiv City,50.45,30.52;Vienna,AUT,Vienna,48.21,16.37;Tehran,IRN,Tehran,35.69,51.42;
Beijing,CHN,Beijing,39.9,116.4;Gaza,PSE,Gaza,31.5,34.47;Sanaa,YEM,Sanaa,15.35,44.21;Kabul,AFG,Kabul,34.53,69.17;
Mosul,IRQ,Nineveh,36.34,43.13;Caracas,VEN,Capital,10.49,-66.88"""
TOWNS = tuple(
    Location(name, country, region, float(lat), float(lon))
    for name, country, region, lat, lon in (row.strip().split(",") for row in _TOWNS.split(";"))
)


@dataclass(frozen=True)
class Shape:
    """`rate` reports a day, from `seed`."""

    rate: int = 2
    seed: int = 5

    @cached_property
    def patterns(self) -> list[dict[str, Any]]:
        with (ROOT / "training/articles/annotated.jsonl").open(encoding="utf-8") as lines:
            return [p for p in map(json.loads, lines) if p["events"]]

    @cached_property
    def vocabulary(self) -> list[str]:
        """Every running word of the written reports, so that drawing one draws frequent words often."""
        sys.path.insert(0, str(ROOT / "training"))
        from notation import parse

        files = sorted((ROOT / "training/corpus").glob("*.ann"))
        texts = (r["text"] for f in files for r, _ in parse(f.read_text("utf-8").splitlines()))
        return [word for text in texts for word in re.findall(r"[A-Za-z][\w'-]*", text)]

    def reports(self, start: int, stop: int) -> Iterator[CodedReport]:
        """The reports numbered `start` up to `stop`; each is the same whatever was asked for before."""
        for n in range(start, stop):
            yield self.report(n)

    def origin(self, n: int) -> int:
        """The report whose text the report `n` copies, itself for most."""
        chosen = random.Random(f"{self.seed}/{n}/copy")
        while n and chosen.random() < COPIED:
            n = max(0, n - chosen.randint(1, AHEAD))
            chosen = random.Random(f"{self.seed}/{n}/copy")
        return n

    def report(self, n: int) -> CodedReport:
        chosen = random.Random(f"{self.seed}/{n}")
        base = self.origin(n)
        draft = _Draft(self, base)
        if base != n:
            draft.cut(chosen.randrange(4))
        return draft.coded(n, f"Outlet {min(int(chosen.paretovariate(0.9)), OUTLETS)}")

    def day(self, n: int) -> dt.date:
        return FIRST + dt.timedelta(n // self.rate)


class _Draft:
    """A report in the making, as one of the annotated articles is made."""

    def __init__(self, shape: Shape, n: int) -> None:
        self.shape, self.chosen = shape, random.Random(f"{shape.seed}/{n}/text")
        self.pattern = self.chosen.choice(shape.patterns)
        self.told: dict[int, list[list[Any]]] = {}
        for event in self.pattern["events"]:
            self.told.setdefault(event[0], []).append(event)
        self.said: dict[int, list[list[Any]]] = {}
        for one in self.pattern["statements"]:
            self.said.setdefault(one[2][0][0], []).append(one)
        self.n = n
        self.text = ""
        self.sentences: list[Sentence] = []
        self.events: list[Event] = []
        self.statements: list[Statement] = []
        for place, (start, stop) in enumerate(self.pattern["sentences"]):
            self._sentence(place, stop - start)

    def cut(self, count: int) -> None:
        """Leaves the last sentences away."""
        self.sentences = self.sentences[: max(1, len(self.sentences) - count)]
        self.text = self.text[: self.sentences[-1].end]
        self.events = [e for e in self.events if e.sentence < len(self.sentences)]
        self.statements = [s for s in self.statements if s.sentence < len(self.sentences)]

    def _add(self, words: str) -> tuple[int, int]:
        start = len(self.text) + (1 if self.text and not self.text.endswith(("\n", " ")) else 0)
        self.text += " " * (start - len(self.text)) + words
        return start, len(self.text)

    def _words(self, length: int) -> str:
        words = self.chosen.choices(self.shape.vocabulary, k=max(1, length // 6))
        return " ".join(words)

    def _entity(self, given: list[Any]) -> Entity:
        _, _, country, sector, name, _ = given
        start, stop = self._add(name or country or "officials")
        return Entity(self.text[start:stop], start, stop, country, sector, name, "", content_id(country, sector, name))

    def _sentence(self, place: int, length: int) -> None:
        start = len(self.text) + 1 if self.text else 0
        made: list[dict[str, Any]] = []
        for _, _, _, kind, mode, status, historical, date, actors, recipients, sources in self.told.get(place, ()):
            by, to, on = (tuple(self._entity(e) for e in side) for side in (actors, recipients, sources))
            at, end = self._add(self.chosen.choice(self.shape.vocabulary))
            made.append(
                {"start": at, "end": end, "trigger": self.text[at:end], "type": kind, "mode": mode, "status": status,
                 "historical": bool(historical), "actors": by, "recipients": to, "sources": on, "date": self._date(date)}
            )  # fmt: skip
        for speaker, _, content, act, about in self.said.get(place, ()):
            who = self._entity(speaker)
            cue = Span(*self._add("said"))
            quoted = self._words(min(content[0][2] - content[0][1], 200))
            begin, end = self._add(f"“{quoted}”")
            span = Span(begin + 1, end - 1)
            self.statements.append(Statement("", who, cue, (span,), (quoted,), act, tuple(about), (), place, 0.9))
        self._add(self._words(max(12, length - (len(self.text) - start))).capitalize() + ".")
        self.sentences.append(Sentence(place, start, len(self.text)))
        for fields in made:
            where = self.chosen.choice(TOWNS) if self.chosen.random() < PLACED else None
            known = event_types()[fields["type"]]
            self.events.append(
                Event("", sentence=place, contexts=("diplomatic",), place=where.name if where else "", location=where,
                      score=known.score, quad=known.quad, probability=0.9, status_probability=0.8, **fields)
            )  # fmt: skip

    def _date(self, date: str) -> str:
        """As precise as the annotated one; a day is that of publication or one of the three before."""
        day = self.shape.day(self.n) - dt.timedelta(min(int(self.chosen.expovariate(1.2)), 3))
        return day.isoformat()[: len(date)]

    def coded(self, n: int, outlet: str) -> CodedReport:
        import dataclasses

        ident = f"synthetic-{n}"
        moment = f"{self.shape.day(n).isoformat()}T{n % self.shape.rate * 24 // self.shape.rate:02d}:00:00Z"
        title = " ".join(self.text.split()[:8])
        report = Report(self.text, ident, title, moment, outlet, f"https://example.org/{n}", "en")
        # A word of the pattern may be told twice at one place: ids are by number too, as in no real report.
        events = tuple(dataclasses.replace(e, id=content_id(ident, "event", i)) for i, e in enumerate(self.events))
        said = tuple(dataclasses.replace(s, id=content_id(ident, "statement", i)) for i, s in enumerate(self.statements))
        return CodedReport(report, tuple(self.sentences), events, said, ("diplomatic",), ())
