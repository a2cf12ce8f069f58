"""Turns spans into records: who the words stand for, on whose word, when, and what the report is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from communique.ontology import event_types
from communique.read.decode import RawEvent, RawSentence, RoleSpan
from communique.read.participants import Participants, same_party, without_doubles
from communique.read.statements import Draft, quotes_in
from communique.records import Entity, Event, Report, Sentence, Span, Statement, content_id, parse_published
from communique.resolve.actors import ActorIndex
from communique.resolve.dates import assign_dates
from communique.resolve.report import ReportResolver
from communique.settings import read_table

# "Mr." and "U.S." are not where the sentence ends.
_FULL_STOP = r"(?<=[a-z]{3})\.|(?<=\b(?:us|me|it|EU|UN|UK|US))\."
_TOLD = re.compile(
    rf"^\s+(?:(?:the|a|an)\s+)?(?P<who>[\w’' .-]{{2,60}}?)(?=\s+(?:that|on|in|at|to|by|during|after)\b|[,;:“\"]|{_FULL_STOP}|$)"
)
_TELLING = frozenset(
    {
        "told", "tells", "tell", "telling", "urged", "urges", "asked",
        "asks", "warned", "warns", "informed", "assured", "reminded", "briefed",
    }
)  # fmt: skip

SOURCED = ("claimed", "denied", "future", "hypothetical")
"""Statuses whose records name on whose word they stand, where a statement around them says so (codebook, Status)."""


@lru_cache(maxsize=1)
def _context_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (row["context"], re.compile(rf"\b(?:{row['pattern']})\b", re.IGNORECASE)) for row in read_table("ontology/contexts.tsv")
    )


def _readable(text: str, sentences: Sequence[Sentence]) -> str:
    """`text` with its clutter blanked, offsets kept: a name in a related headline is nobody's antecedent."""
    for sentence in sentences:
        if sentence.kind not in ("body", "title", "dateline"):
            text = text[: sentence.start] + " " * (sentence.end - sentence.start) + text[sentence.end :]
    return text


class ReportBuilder:
    """Builds the records of one report."""

    def __init__(
        self, report: Report, sentences: Sequence[Sentence], index: ActorIndex, quotations: Sequence[tuple[int, int]] = ()
    ) -> None:
        self.report, self.text, self.sentences = report, report.text, sentences
        spans = [(s.start, s.end) for s in sentences]
        self.published = parse_published(report.published)
        day = self.published.isoformat() if self.published else ""
        self.resolver = ReportResolver(_readable(report.text, sentences), spans, day, index, quotations)
        self.spoken_of: dict[int, tuple[str, ...]] = {}

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
        statements = tuple(self._statement(d, s) for d, s in zip(drafts, speakers, strict=True))
        contexts = self._contexts(self.sentences)
        events: list[Event] = []
        parties = Participants(drafts, speakers)
        for sentence, scores in zip(self.sentences, raw, strict=True):
            cues = [(c.start, c.end) for c in scores.cues]
            triggers = [(e.start, e.end) for e in scores.events]
            dates = assign_dates(self.text, (sentence.start, sentence.end), triggers, cues, self.published)
            for event, date in zip(scores.events, dates, strict=True):
                events.append(self._event(event, sentence, date, drafts, speakers, parties))
        return tuple(events), statements, contexts

    def _resolve(self, spans: Sequence[RoleSpan], role: str, event: str = "") -> tuple[Entity, ...]:
        found: list[Entity] = []
        for span in sorted(spans, key=lambda s: s.start):
            found.extend(self.resolver.resolve(span.start, span.end, role=role, event=event))
        return without_doubles(found)

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
            self._addressee(draft), draft.sentence, round(draft.probability, 4),
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
        chain = [speaker for _, speaker in around]
        for entity in self._resolve(event.sources, "source"):
            if not any(same_party(entity, e) or (entity.country, entity.sector) == (e.country, e.sector) for e in chain):
                chain.append(entity)
        return tuple(chain)

    def _event(
        self, raw: RawEvent, sentence: Sentence, date: str, drafts: Sequence[Draft], speakers: Sequence[Entity],
        parties: Participants,
    ) -> Event:  # fmt: skip
        kind = event_types()[raw.type]
        trigger = self.text[raw.start : raw.end]
        actors, recipients = parties.fill(
            raw.type, trigger, (raw.start, raw.end), self._resolve(raw.actors, "actor", raw.type),
            self._resolve(raw.recipients, "recipient", raw.type),
        )  # fmt: skip
        return Event(
            id=content_id(self.report.key, "event", raw.start, raw.end, raw.type),
            start=raw.start, end=raw.end, sentence=sentence.n, trigger=trigger,
            type=raw.type, mode=raw.mode, contexts=self._contexts_of(sentence), actors=actors, recipients=recipients,
            status=raw.status, historical=self._historical(raw, date), sources=self._sources(raw, drafts, speakers), date=date,
            place=self._place(sentence, actors, recipients), score=kind.score, quad=kind.quad,
            probability=round(raw.probability, 4), status_probability=round(raw.status_probability, 4),
        )  # fmt: skip

    def _historical(self, raw: RawEvent, date: str) -> bool:
        """The model's word, but for a date that settles it: ended more than a month before the report, or not yet."""
        if date and self.published is not None:
            stamp = self.published.isoformat()
            if date[:7] >= stamp[:7]:
                return False
            if len(date) >= 7:
                months = (self.published.year - int(date[:4])) * 12 + self.published.month - int(date[5:7])
                if months >= 2:
                    return True
        return raw.historical

    def _place(self, sentence: Sentence, actors: Sequence[Entity], recipients: Sequence[Entity]) -> str:
        """The literal place after "in", "at" or "near" in the sentence; empty where there is none."""
        taken = {(e.start, e.end) for e in (*actors, *recipients)}
        for start, end, _ in self.resolver.country_mentions(sentence.start, sentence.end):
            before = self.text[max(sentence.start, start - 8) : start].lower()
            if re.search(r"\b(?:in|at|near|outside)\s+(?:the\s+)?$", before) and (start, end) not in taken:
                return self.text[start:end]
        return ""

    def _contexts_of(self, sentence: Sentence) -> tuple[str, ...]:
        """Contexts of one sentence, found once."""
        if sentence.n not in self.spoken_of:
            self.spoken_of[sentence.n] = self._contexts([sentence])
        return self.spoken_of[sentence.n]

    def _contexts(self, sentences: Sequence[Sentence]) -> tuple[str, ...]:
        text = " ".join(self.text[s.start : s.end] for s in sentences if s.coded)
        return tuple(dict.fromkeys(name for name, pattern in _context_patterns() if pattern.search(text)))
