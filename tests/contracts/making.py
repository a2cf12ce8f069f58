"""Reports written for the store's tests and coded by hand: who did what to whom, in words of the project's own."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator, Sequence

from communique.ontology import event_types
from communique.records import CodedReport, Entity, Event, Location, Report, Sentence, Span, Statement, content_id

NAMES = {"FIN": "Finland", "RUS": "Russia", "USA": "the United States", "CHN": "China", "NOR": "Norway", "IRN": "Iran"}
DEEDS = {
    "ACCUSE": "accused", "REJECT": "rebuffed", "THREATEN": "threatened", "CONSULT": "met", "AID": "sent help to",
    "ASSAULT": "shelled", "SANCTION": "put sanctions on", "AGREE": "signed a pact with",
}  # fmt: skip
PLACES = {
    "Oslo": Location("Oslo", "NOR", "Oslo", 59.9127, 10.7461),
    "Vyborg": Location("Vyborg", "RUS", "Leningrad", 60.7092, 28.744),
}


class Draft:
    """A report in the making: sentences are added with what is read from them."""

    def __init__(
        self, ident: str = "", published: str = "2025-03-14", source: str = "The Demo", url: str = "", title: str = ""
    ) -> None:
        self.given = {"id": ident, "published": published, "source": source, "url": url, "title": title}
        self.text = ""
        self.sentences: list[Sentence] = []
        self.events: list[tuple[Event, str]] = []
        self.statements: list[Statement] = []

    def say(self, words: str) -> int:
        """Adds a sentence; where it begins."""
        start = len(self.text) + (1 if self.text else 0)
        self.text += (" " if self.text else "") + words
        self.sentences.append(Sentence(len(self.sentences), start, len(self.text)))
        return start

    def entity(self, country: str, start: int, sector: str = "GOV", name: str = "") -> Entity:
        words = name or NAMES[country]
        at = self.text.index(words, start)
        return Entity(words, at, at + len(words), country, sector, name, "", content_id(country, sector, name))

    def told(
        self, actor: str, kind: str, recipient: str = "", *, date: str = "", status: str = "actual", place: str = "",
        on: str = "", actor_name: str = "", sector: str = "GOV",
    ) -> Draft:  # fmt: skip
        """Adds a sentence that tells an event, on the word of `on` where given."""
        words = f"{actor_name or NAMES[actor]} {DEEDS[kind]} {NAMES.get(recipient, 'them')}"
        words += f" in {place}" if place else ""
        start = self.say((f"According to {NAMES[on]}, " if on else "") + words + ".")
        at = self.text.index(DEEDS[kind], start)
        where = self.text.index(actor_name or NAMES[actor], start + (len(f"According to {NAMES[on]}") if on else 0))
        actors = (self.entity(actor, where, sector, actor_name),)
        recipients = (self.entity(recipient, at),) if recipient else ()
        sources = (self.entity(on, start),) if on else ()
        known = event_types()[kind]
        event = Event(
            "", at, at + len(DEEDS[kind]), len(self.sentences) - 1, DEEDS[kind], kind, "", ("diplomatic",), actors, recipients,
            status, False, sources, date, place, PLACES.get(place), known.score, known.quad, 0.9, 0.8,
        )  # fmt: skip
        self.events.append((event, kind))
        return self

    def said(self, speaker: str, words: str, act: str = "assert", about: Sequence[str] = (), name: str = "") -> Draft:
        start = self.say(f"{name or NAMES[speaker]} said: “{words}”")
        at = self.text.index(words, start)
        cue = self.text.index("said", start)
        self.statements.append(
            Statement(
                content_id(self.given["id"], "statement", at), self.entity(speaker, start, "GOV", name), Span(cue, cue + 4),
                (Span(at, at + len(words)),), (words,), act, tuple(about), (), len(self.sentences) - 1, 0.9,
            )
        )  # fmt: skip
        return self

    def coded(self) -> CodedReport:
        import dataclasses

        report = Report(self.text, language="en", **self.given)
        events = tuple(
            dataclasses.replace(e, id=content_id(report.key, "event", e.start, e.end, e.type)) for e, _ in self.events
        )
        return CodedReport(report, tuple(self.sentences), events, tuple(self.statements), ("diplomatic",), ())


def report(ident: str = "", actor: str = "FIN", kind: str = "ACCUSE", recipient: str = "RUS", **given: str) -> CodedReport:
    """A report of one event and one statement, with words that no other id has."""
    details = {k: given.pop(k) for k in ("date", "status", "place", "on", "actor_name", "sector") if k in given}
    draft = Draft(ident, **given)
    draft.told(actor, kind, recipient, **details)
    draft.say(filler(ident or given.get("url", "") or actor + kind + recipient, 40))
    draft.said(actor, f"we shall see about the {filler(ident, 2).lower()}", "warn", (recipient,) if recipient else ())
    return draft.coded()


def filler(seed: str, count: int) -> str:
    """Invented words that no other seed gives, so that two reports are no copies."""
    chosen = random.Random(seed)
    syllables = [a + b for a in "bdfgklmnprstv" for b in ("a", "e", "i", "o", "u", "an", "or")]
    return " ".join("".join(chosen.choices(syllables, k=4)) for _ in range(count)).capitalize() + "."


def many(count: int, seed: int = 7, *, start: int = 0) -> Iterator[CodedReport]:
    """Reports of several events each, at random among a few countries, types and days."""
    for n in range(start, start + count):
        chosen = random.Random(seed * 1_000_003 + n)
        day = f"2025-{chosen.randrange(1, 4):02d}-{chosen.randrange(1, 29):02d}"
        draft = Draft(f"r{n}", day, f"Outlet {chosen.randrange(12)}", f"https://example.org/{n}", f"Title {n}")
        for _ in range(chosen.randrange(1, 6)):
            actor, recipient = chosen.sample(sorted(NAMES), 2)
            status = chosen.choice(["actual"] * 4 + ["claimed", "denied", "future"])
            draft.told(
                actor, chosen.choice(sorted(DEEDS)), recipient, date=chosen.choice([day, day, "", day[:7]]), status=status,
                place=chosen.choice(["", "", "Oslo", "Vyborg"]),
                on=chosen.choice(sorted(NAMES)) if status in ("claimed", "denied") else "",
            )  # fmt: skip
        draft.say(filler(f"{seed}/{n}", 60))
        draft.said(chosen.choice(sorted(NAMES)), f"it is {filler(str(n), 4)}", chosen.choice(["assert", "deny", "warn"]), ["RUS"])
        yield draft.coded()


def forked(work: Callable[[], None]) -> int:
    """Runs `work` in a process of its own; its id. The process ends with 1 where `work` fails."""
    child = os.fork()
    if child:
        return child
    try:
        work()
        os._exit(0)
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(1)
