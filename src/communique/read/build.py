"""Turns spans into records: who the words stand for, on whose word, when, and what the report is about."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, lru_cache, partial
from operator import itemgetter

from communique.ontology import event_types
from communique.read.calibration import calibrated
from communique.read.contexts import ContextReader
from communique.read.decode import RawEvent, RawSentence, RoleSpan
from communique.read.participants import Earlier, Participants, party_of, same_party, stem, turned, without_doubles
from communique.read.parties import Chooser, Facts, Side, Weighed, candidates, inherited
from communique.read.statements import Draft, quotes_in
from communique.records import (
    Candidate,
    Entity,
    Event,
    Location,
    Reason,
    Report,
    Sentence,
    Span,
    Statement,
    Step,
    content_id,
    parse_published,
)
from communique.resolve.actors import ActorIndex
from communique.resolve.dates import historical
from communique.resolve.hosts import official_home, official_outlet
from communique.resolve.opposed import named_in
from communique.resolve.places import PlaceMention, find_places
from communique.resolve.report import ReportResolver
from communique.resolve.scene import Deed, Voice, place_of
from communique.resolve.timeline import Said, Timeline, Told
from communique.resolve.trace import RANKING, signs_of

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


def _words(parties: Side) -> list[RoleSpan]:
    """The words that stand for `parties`, once each."""
    return list(dict.fromkeys(s for party in parties for s in party.words))


def _sides(actors: Sequence[str], recipients: Sequence[str]) -> str:
    """The parties of two sides, given by their keys, as one line."""
    return " → ".join(", ".join(dict.fromkeys(side)) or "(nobody)" for side in (actors, recipients))


def _as_chosen(entities: list[Entity], parties: Side) -> list[Entity]:
    """Those of a list ("both countries") that were chosen; all of them where words mean others beside a party than alone."""
    keys = {party.key for party in parties}
    return [e for e in entities if party_of(e) in keys] or entities


@lru_cache(maxsize=1)
def shipped() -> Chooser:
    """What chooses by the weights that ship, read once."""
    return Chooser.load()


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
        self, report: Report, sentences: Sequence[Sentence], index: ActorIndex, quotations: Sequence[tuple[int, int]] = (),
        chooser: Chooser | None = None,
    ) -> None:  # fmt: skip
        self.report, self.text, self.sentences = report, report.text, sentences
        spans = [(s.start, s.end) for s in sentences]
        self.published = parse_published(report.published)
        day = self.published.isoformat() if self.published else ""
        self.readable = _readable(report.text, sentences)
        home = official_home(report.url) or official_outlet(report.source, index.lexicon)
        self.resolver = ReportResolver(self.readable, spans, day, index, quotations, home)
        self.contexts = ContextReader(report.text, sentences, report.title)
        self.voices: tuple[Voice, ...] = ()
        self.chooser = chooser or shipped()
        self._known: dict[tuple[int, int, str, str, str, bool, frozenset[str], frozenset[str]], tuple[Entity, ...]] = {}

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
        for sentence, event in found:
            says = participants.speaker_of(event.start, event.end) or self._voice(event, drafts, speakers)
            before = participants.last(event.type)
            doing, done = self._chosen(sentence, event, says, before)
            span = (event.start, event.end)
            spans = turned(event.type, self.text, span, _words(doing), _words(done))
            named = frozenset(c for s in spans[1] for c in named_in(self.resolver, s.start, s.end))
            acting = _as_chosen(self._meant_by(spans[0], "actor", event, spans[1], against=named), (*doing, *done))
            apart = frozenset(entity.country for entity in acting if entity.country)
            suffering = _as_chosen(self._meant_by(spans[1], "recipient", event, spans[0], apart, apart), (*doing, *done))
            if before:
                acting += before.kept(before.actors, doing)
                suffering += before.kept(before.recipients, done)
            trigger, at = self.text[event.start : event.end], event.start
            both = participants.tell(event.type, trigger, span, without_doubles(acting, at), without_doubles(suffering, at))
            if self.resolver.trace is not None:
                self._note_told(event, (doing, done), both, participants.speaker_of(*span), spans[0] != _words(doing))
            out.append(both)
        return out

    def _note_choice(self, event: RawEvent, best: Sequence[Weighed]) -> None:
        """Notes which parties were chosen, of which choices, and what spoke for each."""
        assert self.resolver.trace is not None
        told = tuple(
            Candidate(_sides(w.actors, w.recipients), round(w.chance, 3), n == 0, signs_of(w.signs)) for n, w in enumerate(best)
        )
        step = Step(f"{RANKING} parties", "actors → recipients, with the chance of each", told)
        self.resolver.trace.choices[self._ident(event)] = Reason("choice of both sides", round(best[0].chance, 4), (step,))

    def _note_told(
        self, event: RawEvent, chosen: tuple[Side, Side], both: Parties, speaker: Entity | None, exchanged: bool
    ) -> None:
        """Notes what became of the parties that were chosen, where it is not they that the event has."""
        assert self.resolver.trace is not None
        before, after = ([c.key for c in side] for side in chosen), (list(map(party_of, side)) for side in both)
        if [set(side) for side in before] == [set(side) for side in after]:
            return
        rule = "giver and receiver exchanged" if exchanged else "parties after the choice"
        if speaker is not None and [party_of(e) for e in both[0]] == [party_of(speaker)]:
            rule = "who says it is its actor"
        choices, ident = self.resolver.trace.choices, self._ident(event)
        step = Step(rule, _sides(*([party_of(e) for e in side] for side in both)))
        choices[ident] = replace(choices[ident], steps=(*choices[ident].steps, step))

    def _chosen(self, sentence: Sentence, event: RawEvent, says: Entity | None, before: Earlier | None) -> tuple[Side, Side]:
        """The parties of an event: those that its words name, and those of the last telling of its type, `before`."""
        told = [[party_of(e) for e in side] for side in ((before.actors, before.recipients) if before else ((), ()))]
        voice = party_of(says) if says else ""
        same_word = before is not None and before.stem == stem(self.text[event.start : event.end])

        def facts(role: str, span: RoleSpan) -> list[Facts]:
            distance = span.end - event.start if span.end <= event.start else max(0, span.start - event.end)
            own = sentence.start <= span.start < sentence.end
            placed = self.resolver.placed(span.start, span.end) is not None
            return [
                Facts(
                    key, bool(entity.country or entity.name), distance, own, placed, key == voice, key in told[0], key in told[1],
                    self._frequency(entity.country),
                )
                for entity in self._meant(span, role, event) for key in (party_of(entity),)
            ]  # fmt: skip

        acting = candidates(event.actors, partial(facts, "actor")) or inherited(told[0], same_word=same_word)
        done = candidates(event.recipients, partial(facts, "recipient")) or inherited(told[1], same_word=same_word)
        note = partial(self._note_choice, event) if self.resolver.trace is not None else None
        return self.chooser.choose(event.type, self.text, acting, done, event.named, note)

    def _meant(
        self, span: RoleSpan, role: str, event: RawEvent | None, *, alone: bool = True, apart: frozenset[str] = frozenset(),
        against: frozenset[str] = frozenset(),
    ) -> tuple[Entity, ...]:  # fmt: skip
        """What words stand for in an event, found once however often it is asked."""
        kind, mode = (event.type, event.mode) if event else ("", "")
        key = (span.start, span.end, role, kind, mode, alone, apart, against)
        if key not in self._known:
            self._known[key] = self.resolver.resolve(
                span.start, span.end, role, kind, mode=mode, alone=alone, apart=apart, against=against
            )
        return self._known[key]

    def _voice(self, event: RawEvent, drafts: Sequence[Draft], speakers: Sequence[Entity]) -> Entity | None:
        """Who says what the event stands in, the innermost."""
        around = self._around(event, drafts, speakers)
        return min(around, key=itemgetter(0))[1] if around else None

    def _around(self, event: RawEvent, drafts: Sequence[Draft], speakers: Sequence[Entity]) -> list[tuple[int, Entity]]:
        """How long each statement is that the event stands in, and who makes it."""
        return [
            (sum(e - s for s, e in draft.content), speaker) for draft, speaker in zip(drafts, speakers, strict=True)
            if any(s <= event.start and event.end <= e for s, e in draft.content) and speaker.text
        ]  # fmt: skip

    @cached_property
    def _mentions(self) -> Counter[str]:
        return Counter(country for _, _, country in self.resolver.country_mentions(0, len(self.text)))

    def _frequency(self, country: str) -> float:
        return self._mentions[country] / max(self._mentions.values(), default=1)

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

    def _meant_by(
        self, spans: Sequence[RoleSpan], role: str, event: RawEvent | None = None, others: Sequence[RoleSpan] = (),
        apart: frozenset[str] = frozenset(), against: frozenset[str] = frozenset(),
    ) -> list[Entity]:  # fmt: skip
        """What `spans` stand for, in the order of the text; `others` are those of the other role, `apart` the countries that are
        none of "both sides" here, and `against` those of the other role as far as they are known.

        A state that only says where another party is ("weapons for Kurdish forces in Iraq") is left out beside that party.
        """
        alone = len(spans) == 1 and not (others and (role == "recipient" or (event is not None and event.type == "CONSULT")))
        return [
            entity
            for span in sorted(self._parties_of(spans, event), key=lambda s: s.start)
            for entity in self._meant(span, role, event, alone=alone, apart=apart, against=against)
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
        # The longest is the outermost voice; the chain is told from the outlet inwards.
        around = sorted(self._around(event, drafts, speakers), key=lambda pair: -pair[0])
        chain = list(without_doubles([speaker for _, speaker in around]))
        for entity in without_doubles(self._meant_by(event.sources, "source")):
            if not any(same_party(entity, e) or (entity.code == e.code != "?") for e in chain):
                chain.append(entity)
        return tuple(chain)

    def _ident(self, raw: RawEvent) -> str:
        return content_id(self.report.key, "event", raw.start, raw.end, raw.type)

    def _event(self, raw: RawEvent, sentence: Sentence, parties: Parties, date: str, sources: tuple[Entity, ...]) -> Event:
        kind = event_types()[raw.type]
        actors, recipients = parties
        settled = historical(date, self.published)
        place, location = self._place(raw, sentence, parties)
        return Event(
            id=self._ident(raw),
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
