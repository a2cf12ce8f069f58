"""Turns spans into records: who the words stand for, on whose word, when, and what the report is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from communique.ontology import event_types
from communique.read.calibration import calibrated
from communique.read.contexts import ContextReader
from communique.read.decode import RawEvent, RawSentence, RoleSpan
from communique.read.participants import Participants, Rated, contested, same_party, turned, without_doubles
from communique.read.statements import Draft, quotes_in
from communique.records import Entity, Event, Location, Report, Sentence, Span, Statement, content_id, parse_published
from communique.resolve.actors import ActorIndex
from communique.resolve.dates import historical
from communique.resolve.hosts import official_home, official_outlet
from communique.resolve.places import PlaceMention, find_places
from communique.resolve.report import ReportResolver
from communique.resolve.scene import Deed, Voice, place_of
from communique.resolve.timeline import Said, Timeline, Told

# "Mr." and "U.S." are not where the sentence ends.
_FULL_STOP = r"(?<=[a-z]{3})\.|(?<=\b(?:us|me|it|EU|UN|UK|US))\."
_TOLD = re.compile(
    rf"^\s+(?:(?:the|a|an)\s+)?(?P<who>[\w’' .-]{{2,60}}?)(?=\s+(?:that|on|in|at|to|by|during|after)\b|[,;:“\"]|{_FULL_STOP}|$)"
)
# What may stand between a party's name and the "in" of its noun phrase: "Hamas [targets] in Syria".
_NOUNS = re.compile(
    r"\s(?:(?!(?:and|or|but|of|to|for|from|with|by|on|as|is|are|was|were|who|that)\b)[a-z][a-z-]*(?<!ed)(?<!ing)(?<!ly)\s){0,2}"
)
_TELLING = frozenset(
    {
        "told", "tells", "tell", "telling", "urged", "urges", "asked",
        "asks", "warned", "warns", "informed", "assured", "reminded", "briefed",
    }
)  # fmt: skip

SOURCED = ("claimed", "denied", "future", "hypothetical")
"""Statuses whose records name on whose word they stand, where a statement around them says so (codebook, Status)."""


Parties = tuple[tuple[Entity, ...], tuple[Entity, ...]]
"""Actors and recipients of an event."""


def _key(entity: Entity) -> tuple[str, str]:
    """What tells one party from another when the same is told twice."""
    return entity.country, entity.name


def _readable(text: str, sentences: Sequence[Sentence]) -> str:
    """`text` with its clutter blanked, offsets kept: a name in a related headline is nobody's antecedent."""
    parts, at = [], 0
    for sentence in sentences:
        if sentence.kind not in ("body", "title", "dateline"):
            parts += [text[at : sentence.start], " " * (sentence.end - sentence.start)]
            at = sentence.end
    return "".join([*parts, text[at:]])


class ReportBuilder:
    """Builds the records of one report."""

    def __init__(
        self, report: Report, sentences: Sequence[Sentence], index: ActorIndex, quotations: Sequence[tuple[int, int]] = ()
    ) -> None:
        self.report, self.text, self.sentences = report, report.text, sentences
        spans = [(s.start, s.end) for s in sentences]
        self.published = parse_published(report.published)
        day = self.published.isoformat() if self.published else ""
        self.readable = _readable(report.text, sentences)
        home = official_home(report.url) or official_outlet(report.source, index.lexicon)
        self.resolver = ReportResolver(self.readable, spans, day, index, quotations, home)
        self.contexts = ContextReader(report.text, sentences, report.title)
        self.voices: tuple[Voice, ...] = ()

    def build(
        self, raw: Sequence[RawSentence], drafts: Sequence[Draft]
    ) -> tuple[tuple[Event, ...], tuple[Statement, ...], tuple[str, ...]]:
        speakers: list[Entity] = []
        for draft in drafts:
            speaker = self._speaker(draft)
            speakers.append(speaker)
            self.resolver.note_speaker(draft.cue[0], speaker)
            for start, end in draft.content:
                self.resolver.set_speaker(start, end, speaker)
        self.voices = tuple(Voice((d.speaker.start, d.speaker.end) if d.speaker else None, tuple(d.content)) for d in drafts)
        statements = tuple(self._statement(d, s) for d, s in zip(drafts, speakers, strict=True))
        found = [(sentence, event) for sentence, scores in zip(self.sentences, raw, strict=True) for event in scores.events]
        parties = self._parties(found, drafts, speakers)
        dates = self._dates(found, parties, drafts, speakers)
        events = tuple(
            self._event(event, sentence, both, date, self._sources(event, drafts, speakers))
            for (sentence, event), both, date in zip(found, parties, dates, strict=True)
        )
        return events, statements, self.contexts.report

    def _parties(
        self, found: Sequence[tuple[Sentence, RawEvent]], drafts: Sequence[Draft], speakers: Sequence[Entity]
    ) -> list[Parties]:
        """(actors, recipients) of each event, in the order of the text."""
        participants = Participants(drafts, speakers)
        out = []
        for _, event in found:
            trigger, span = self.text[event.start : event.end], (event.start, event.end)
            actors, recipients = turned(event.type, self.text, span, event.actors, event.recipients)
            acting = self._rated(actors, "actor", event, recipients)
            apart = frozenset(entity.country for entity, _ in acting if entity.country)
            doing, done = contested(acting, self._rated(recipients, "recipient", event, actors, apart))
            out.append(
                participants.fill(
                    event.type, trigger, span, without_doubles(doing, event.start), without_doubles(done, event.start)
                )
            )
        return out

    def _dates(
        self, found: Sequence[tuple[Sentence, RawEvent]], parties: Sequence[Parties], drafts: Sequence[Draft],
        speakers: Sequence[Entity],
    ) -> list[str]:  # fmt: skip
        """The date of each event, "" for those that the report does not date."""
        told = [
            Told(e.start, e.end, s.n, e.type, e.status, tuple(map(_key, actors)), tuple(map(_key, recipients)), e.when)
            for (s, e), (actors, recipients) in zip(found, parties, strict=True)
        ]
        said = [Said(*d.cue, _key(speaker), tuple(d.content)) for d, speaker in zip(drafts, speakers, strict=True)]
        timeline = Timeline(self.text, [(s.start, s.end) for s in self.sentences], self.published)
        return [dated.date for dated in timeline.dates(told, said)]

    def _rated(
        self, spans: Sequence[RoleSpan], role: str, event: RawEvent | None = None, others: Sequence[RoleSpan] = (),
        apart: frozenset[str] = frozenset(),
    ) -> list[Rated]:  # fmt: skip
        """What `spans` stand for, in the order of the text, each with its probability; `others` are those of the other role, and
        `apart` the countries that are none of "both sides" here.

        A state that only says where another party is ("weapons for Kurdish forces in Iraq") is left out beside that party.
        """
        kind, mode = (event.type, event.mode) if event else ("", "")
        alone = len(spans) == 1 and not (others and (role == "recipient" or kind == "CONSULT"))
        return [
            (entity, span.probability)
            for span in sorted(self._parties_of(spans, event), key=lambda s: s.start)
            for entity in self.resolver.resolve(span.start, span.end, role, kind, mode=mode, alone=alone, apart=apart)
        ]

    def _parties_of(self, spans: Sequence[RoleSpan], event: RawEvent | None) -> list[RoleSpan]:
        """`spans` without the states whose "in Iraq" continues the noun phrase of another of them."""
        where = {s: self.resolver.placed(s.start, s.end) for s in spans}
        ends = [s.end for s, at in where.items() if at is None]

        def continues(at: int) -> bool:
            close = [e for e in ends if e <= at and not (event and e <= event.start < at)]
            return any(_NOUNS.fullmatch(self.text[e:at]) for e in close)

        return [s for s, at in where.items() if at is None or not continues(at)]

    def _speaker(self, draft: Draft) -> Entity:
        if draft.speaker is None:
            return Entity("")
        found = self.resolver.resolve(draft.speaker.start, draft.speaker.end, role="speaker")
        if found:
            return found[0]
        start, end = draft.speaker.start, draft.speaker.end
        return Entity(self.text[start:end], start, end)

    def _statement(self, draft: Draft, speaker: Entity) -> Statement:
        spoken = sorted(set(draft.content))
        about: list[str] = []
        for start, end in spoken:
            for _, _, country in self.resolver.country_mentions(start, end):
                if country not in about and country != speaker.country:
                    about.append(country)
        return Statement(
            content_id(self.report.key, "statement", spoken), speaker, Span(*draft.cue),
            tuple(Span(*s) for s in spoken), quotes_in(self.text, spoken, self.resolver.quotations), draft.act, tuple(about),
            self._addressee(draft), draft.sentence, round(calibrated("statement", draft.probability), 4),
        )  # fmt: skip

    def _addressee(self, draft: Draft) -> tuple[Entity, ...]:
        """Whom the words were said to: what follows "told", "urged" and their like."""
        words = self.text[draft.cue[0] : draft.cue[1]].lower().split()
        if not words or words[-1] not in _TELLING:
            return ()
        match = _TOLD.match(self.text[draft.cue[1] : draft.cue[1] + 90])
        if not match:
            return ()
        start, end = draft.cue[1] + match.start("who"), draft.cue[1] + match.end("who")
        if any(start < e and s < end for s, e in draft.content):
            return ()
        return self.resolver.resolve(start, end, role="recipient")

    def _sources(self, event: RawEvent, drafts: Sequence[Draft], speakers: Sequence[Entity]) -> tuple[Entity, ...]:
        if event.status not in SOURCED and not any(s.probability > 0.5 for s in event.sources):
            return ()
        around = [
            (draft, speaker) for draft, speaker in zip(drafts, speakers, strict=True)
            if any(s <= event.start and event.end <= e for s, e in draft.content) and speaker.text
        ]  # fmt: skip
        # The widest content is the outermost voice; the chain is told from the outlet inwards.
        around.sort(key=lambda pair: -sum(e - s for s, e in pair[0].content))
        chain = list(without_doubles([speaker for _, speaker in around]))
        for entity in without_doubles([entity for entity, _ in self._rated(event.sources, "source")]):
            if not any(same_party(entity, e) or (entity.code == e.code != "?") for e in chain):
                chain.append(entity)
        return tuple(chain)

    def _event(self, raw: RawEvent, sentence: Sentence, parties: Parties, date: str, sources: tuple[Entity, ...]) -> Event:
        kind = event_types()[raw.type]
        actors, recipients = parties
        settled = historical(date, self.published)
        place, location = self._place(raw, sentence, parties)
        return Event(
            id=content_id(self.report.key, "event", raw.start, raw.end, raw.type),
            start=raw.start, end=raw.end, sentence=sentence.n, trigger=self.text[raw.start : raw.end],
            type=raw.type, mode=raw.mode, contexts=self.contexts.of(sentence.n), actors=actors, recipients=recipients,
            status=raw.status, historical=raw.historical if settled is None else settled, sources=sources, date=date,
            place=place, location=location, score=kind.score, quad=kind.quad,
            probability=round(calibrated("event", raw.probability), 4),
            status_probability=round(calibrated("status", raw.status_probability), 4),
        )  # fmt: skip

    @cached_property
    def _places(self) -> list[PlaceMention]:
        """The report's literal places, looked for once an event asks."""
        return find_places(self.readable)

    def _place(self, raw: RawEvent, sentence: Sentence, parties: Parties) -> tuple[str, Location | None]:
        """Where an event happened, in the words of its sentence, and the point that they mean."""
        actors, recipients = ([(e.start, e.end) for e in side if e.start is not None and e.end is not None] for side in parties)
        span = (sentence.start, sentence.end)
        deed = Deed(span, (raw.start, raw.end), raw.type, raw.mode, actors, recipients, self.voices)
        found = place_of(self._places, self.text, deed)
        if found is None:
            return "", None
        place = found.place
        return found.text, Location(place.name, place.country, place.region, round(place.lat, 4), round(place.lon, 4))
