"""The model's scores for one sentence, as triggers with roles and cues with contents.

The first pass proposes triggers and cues (`SentenceDecoder.questions`); the second says what the words are to each of them,
and what it is itself (`SentenceDecoder.read`).

Nothing here knows of actors, dates or other sentences: spans go in, spans come out, so that each rule can be tried
with hand-built scores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from itertools import islice

import numpy as np
import numpy.typing as npt

from communique.ontology import EventType
from communique.read import labels
from communique.read.calibration import sigmoid
from communique.read.encode import Encoded, vocabulary
from communique.read.runtime import CUE, TRIGGER, Model, Question, Scores
from communique.read.triggers import Evidence, mean, shipped
from communique.settings import read_table

Floats = npt.NDArray[np.float32]
Floating = npt.NDArray[np.floating]
Words = list[int]


GAP = 2
"""Words between two runs of one event type that are still one trigger.

On held-out reports type F1 is 0.624 without them joined, 0.634 at two.
"""

ASKED = 0.3
"""Chance by the first pass of a trigger from which the second is asked about it."""

OWN = "own types"
"""Logits of a user's own types (`communique.adapt`) among the scores of words. One event of each type is read a sentence."""

OWN_FALL = 2.0
"""How far below the surest word of a trigger of an own type its other words may lie, as logits."""

LEAST = 0.01
"""Added to the probabilities of an event's time, so that none of them rules a date out."""

LEVELS = (0.45, 0.1)
"""Probabilities at which the words that may fill a side of an event are drawn, the surest first: two words that touch may be one
party at the second and two at the first. Six levels down to 0.02 found more of the parties and chose no better (reports kept
from training)."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Probabilities above which a score counts, set by ``training/tune.py`` on the reports kept from training.

    Rerun it after training.
    """

    event: float = 0.4
    cue: float = 0.5
    role: float = 0.35
    """Of the words that name an event's source; its two sides are chosen by `communique.read.parties`."""
    share: float = 0.9
    """Share of the best filler's probability that another filler of the same role needs."""
    content: float = 0.5
    speaker: float = 0.2
    historical: float = 0.5
    when: float = 1.0
    """Weight of the model's guess of an event's time beside the other evidence for a date (`resolve.timeline`)."""
    undated: float = 0.0
    """What is added to the value of no date."""

    @classmethod
    def load(cls) -> Thresholds:
        """Those stored beside the shipped weights."""
        rows = {row["name"]: float(row["value"]) for row in read_table("model/thresholds.tsv")}
        return cls(**{f.name: rows[f.name] for f in fields(cls) if f.name in rows})


@dataclass(frozen=True, slots=True)
class RoleSpan:
    """Words that fill a role, as character offsets into the report, and how probable that is.

    `rival` is the probability of the event's other side at the best of these words.
    """

    start: int
    end: int
    probability: float
    rival: float = 0.0


@dataclass(frozen=True, slots=True)
class RawEvent:
    """A trigger with what the model says of it; spans are offsets into the report.

    `actors` and `recipients` are all words that may fill the side, `named` the chances that the two sides are named at all;
    `communique.read.parties` chooses.
    """

    start: int
    end: int
    type: str
    mode: str
    status: str
    historical: bool
    actors: tuple[RoleSpan, ...]
    recipients: tuple[RoleSpan, ...]
    sources: tuple[RoleSpan, ...]
    probability: float
    status_probability: float
    named: tuple[float, float] = (0.95, 0.95)
    when: tuple[float, ...] = ()
    """What the model adds to the value of a date of each class of `communique.resolve.dates.WHEN`."""


@dataclass(frozen=True, slots=True)
class RawCue:
    """Words that attribute, whom they attribute to, and the stretches attributed."""

    start: int
    end: int
    speaker: RoleSpan | None
    content: tuple[tuple[int, int], ...]
    act: str
    probability: float


@dataclass(frozen=True, slots=True)
class RawSentence:
    """What the model reads in one sentence."""

    events: tuple[RawEvent, ...] = ()
    cues: tuple[RawCue, ...] = ()


def softmax(x: Floating) -> Floating:
    e = np.exp(x - x.max(-1, keepdims=True))
    return np.asarray(e / e.sum(-1, keepdims=True))


def stretches(flags: npt.NDArray[np.bool_], keys: npt.NDArray[np.integer | np.bool_] | None = None) -> list[tuple[int, int]]:
    """[i, j) of the stretches of true flags, broken where the key changes."""
    if not flags.any():
        return []
    starts, stops = flags.copy(), flags.copy()
    new = flags[1:] != flags[:-1] if keys is None else (flags[1:] != flags[:-1]) | (keys[1:] != keys[:-1])
    starts[1:] &= new
    stops[:-1] &= new
    return list(zip(np.flatnonzero(starts).tolist(), (np.flatnonzero(stops) + 1).tolist(), strict=True))


@lru_cache(maxsize=1)
def _type_modes() -> dict[str, list[int]]:
    return {t: [i for i, (kind, _) in enumerate(labels.MODES) if kind == t] for t in labels.TYPES}


MARK, WEAK, JOIN, BARE = 1, 2, 4, 8
"""Classes of word pieces: punctuation, words that name nobody by themselves, what stands between the parties of a list, articles
and possessives, which no trigger begins or ends with."""


@lru_cache(maxsize=1)
def _classes() -> npt.NDArray[np.uint8]:
    """The classes of each piece of the vocabulary, as bits."""
    weak = frozenset(("the", "a", "an", "of", "and", "or", "in", "on", "for", "to", "by", "with", "at", "from", "s"))
    joins, bare = frozenset((",", ";", "and", "or", "&")), frozenset(("the", "a", "an", "its", "his", "their"))
    return np.array(
        [
            MARK * bool(piece and not any(c.isalnum() for c in piece)) | WEAK * (piece in weak) | JOIN * (piece in joins)
            | BARE * (piece in bare)
            for piece in vocabulary()
        ],
        dtype=np.uint8,
    )


def _without_ends(i: int, j: int, bare: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """[i, j) without the `bare` words that it begins or ends with; all of it where there are no others."""
    inner = np.flatnonzero(~bare[i:j])
    return (i + int(inner[0]), i + int(inner[-1]) + 1) if len(inner) else (i, j)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A run of words that may be a trigger or a cue: its pieces, and how probable the first pass finds it (a trigger by type)."""

    rows: Words
    kind: int
    chances: Floating
    own: int | None = None
    """Which of the user's own types it may be; its `chances` are then one logit."""


def own_run(logits: Floating, known: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """[i, j) of a sentence's words that are the trigger of an own type if any is, from the type's `logits`.

    It is the likeliest of the `known` triggers of PLOVER's types if any is likely: thousands of examples drew those.
    """
    likely = [(float(logits[i:j].max()), i, j) for i, j in known if logits[i:j].max() > 0]
    if likely:
        return max(likely)[1:]
    start = int(logits.argmax())
    end, least = start + 1, max(0.0, float(logits[start]) - OWN_FALL)
    while start and logits[start - 1] > least:
        start -= 1
    while end < len(logits) and logits[end] > least:
        end += 1
    return start, end


class SentenceDecoder:
    """Reads one row of the model's output; `scores` are logits without the padding."""

    def __init__(
        self, encoded: Encoded, scores: Mapping[str, npt.NDArray[np.floating]], thresholds: Thresholds,
        own: Sequence[EventType] = (), accept: Callable[[Sequence[Evidence]], list[float]] = mean,
    ) -> None:  # fmt: skip
        self.encoded, self.scores, self.thresholds, self.types = encoded, scores, thresholds, own
        self.accept = accept
        self.first = np.flatnonzero(encoded.first)
        self.own = np.flatnonzero(encoded.first & encoded.inside)
        # A word ends where its last piece does; marks, at -1, end nothing.
        last = np.full(len(encoded), -1, dtype=np.int64)
        if len(self.first):
            last[self.first] = np.maximum.reduceat(encoded.ends, self.first)
        self.word_end = last
        starts, ends = encoded.starts[self.first], last[self.first]
        touching = np.zeros(len(self.first) + 1, dtype=bool)
        touching[1:-1] = starts[1:] == ends[:-1]
        classes = _classes()[encoded.ids[self.first]]
        # A mark without letters, and one that touches the words on both sides.
        self._marks = classes & MARK != 0
        self._empty = (classes & (MARK | WEAK) != 0) | (starts < 0)
        self._parts = classes & JOIN == 0
        self._glued = touching[:-1] & touching[1:]
        self._inside = encoded.inside[self.first]

    def span(self, words: Sequence[int] | npt.NDArray[np.int64]) -> tuple[int, int]:
        """[start, end) in characters of the first pieces `words`."""
        return int(self.encoded.starts[words[0]]), int(self.word_end[words[-1]])

    def roles(self, answer: Scores) -> dict[str, Floats]:
        """By role, the probability for every word that it fills it."""
        return dict(zip(labels.ROLES, np.asarray(sigmoid(answer["roles"][self.first]), dtype=np.float32).T, strict=True))

    def _side(self, role: str, rival: str, roles: Mapping[str, Floats]) -> tuple[RoleSpan, ...]:
        """All words that may fill an event's side, in the order of how sure they are."""
        found: list[RoleSpan] = []
        for least in LEVELS:
            drawn = self._fillers(roles[role], least, 0.0, rival=roles[rival])
            found += [s for s in drawn if not any(s.start < other.end and other.start < s.end for other in found)]
        return tuple(sorted(found, key=lambda s: -s.probability))

    def _fillers(
        self, values: Floats, least: float, share: float | None = None, *, whole: bool = False, rival: Floats | None = None
    ) -> list[RoleSpan]:
        """Stretches of words that fill a role; a word beside a sure one needs only half of `least`.

        A list is parted into its members, but for the `whole` name of one who speaks.

        The role's own scores draw the stretch, not the mention head: the same words are one mention for one event
        ("Russian") and part of a longer one for the next ("Russian President Vladimir Putin").
        """
        words = self.first
        sure = values > np.float64(least)
        if not sure.any():
            return []
        flags = values > least * 0.5
        # The marks inside "U.S." and "Pyongyang's" are words to the vocabulary; they go with their neighbours.
        flags[1:-1] |= flags[:-2] & flags[2:] & self._glued[1:-1]
        if not whole:
            flags &= self._parts
        found: list[RoleSpan] = []
        for i, j in stretches(flags, self._inside):
            while i < j and self._empty[i]:
                i += 1
            while j > i and self._empty[j - 1] and not self._dotted(j - 1):
                j -= 1
            if i < j and sure[i:j].any():
                top = values[i:j][~self._empty[i:j]]
                other = 0.0 if rival is None else float(rival[i:j].max())
                found.append(RoleSpan(*self.span(words[i:j]), float(top.mean()) if len(top) else 0.0, other))
        # The parties of a list are about equally sure; a much weaker one belongs to another event of the sentence.
        share = self.thresholds.share if share is None else share
        floor = share * max((f.probability for f in found), default=0.0)
        return [f for f in found if f.probability >= floor]

    def _dotted(self, k: int) -> bool:
        """Whether word `k` is the full stop of an abbreviation such as "U.S."."""
        return bool(k and self._glued[k - 1] and self._marks[k])

    @cached_property
    def proposals(self) -> tuple[Proposal, ...]:
        """What the second pass is to be asked about, in the order of the text: triggers, then cues."""
        triggers = self._triggers()
        return (*triggers, *self._added(triggers), *self._cues())

    def questions(self) -> list[Question]:
        """One for each of `proposals`."""
        middle = self.scores["middle"]
        return [Question(middle, tuple(p.rows), p.kind) for p in self.proposals]

    def evidence(self, proposal: Proposal, answer: Scores) -> Evidence:
        """What is known of a trigger of one of PLOVER's types."""
        return Evidence(proposal.chances, softmax(answer["kind"]), self.scores["sentence"], softmax(answer["sides"]))

    def triggers(self, answers: Sequence[Scores]) -> list[tuple[Proposal, Evidence]]:
        """Those of `proposals` that may be an event of one of PLOVER's types, with what is known of each."""
        told = zip(self.proposals, answers, strict=True)
        return [(p, self.evidence(p, a)) for p, a in told if p.kind == TRIGGER and p.own is None]

    def read(self, answers: Sequence[Scores]) -> RawSentence:
        """Events and cues, from the second pass's `answers` to `questions`."""
        told = list(zip(self.proposals, answers, strict=True))
        judged = self._judged(answers)
        found = [self._event(p, a, *next(judged)) for p, a in told if p.kind == TRIGGER]
        cues = [self._cue(p, a) for p, a in told if p.kind == CUE]
        events = [e for e in found if e is not None]
        return RawSentence(tuple(self._settled(events) if self.types else events), tuple(c for c in cues if c is not None))

    def _judged(self, answers: Sequence[Scores]) -> Iterator[tuple[str, float]]:
        """The type of each trigger, and how probable it is that it tells an event of it."""
        known = [evidence for _, evidence in self.triggers(answers)]
        chances = zip(known, self.accept(known), strict=True)
        for proposal in self.proposals:
            if proposal.kind == TRIGGER and proposal.own is not None:
                yield self.types[proposal.own].name, float(sigmoid(proposal.chances[0]))
            elif proposal.kind == TRIGGER:
                evidence, chance = next(chances)
                yield labels.TYPES[evidence.type], chance

    def _settled(self, events: Sequence[RawEvent]) -> list[RawEvent]:
        """`events` in the order of the text, without those whose place an own type takes."""
        taking = {kind.name for kind in self.types if kind.instead}
        own = {kind.name for kind in self.types}
        places = [(e.start, e.end) for e in events if e.type in taking]
        kept = [e for e in events if e.type in own or not any(e.start < end and start < e.end for start, end in places)]
        return sorted(kept, key=lambda e: e.start)

    def _triggers(self) -> list[Proposal]:
        probabilities = softmax(self.scores["trigger"][self.own])
        chance = 1.0 - probabilities[:, 0]
        kinds = probabilities[:, 1:].argmax(-1)
        classes = _classes()[self.encoded.ids[self.own]]
        joins, bare = classes & JOIN != 0, classes & BARE != 0
        merged: list[tuple[int, int]] = []
        for i, j in stretches(chance > ASKED, kinds):
            # "gave more [military] help" is one act, though the model may leave a word out of it.
            if merged and i - merged[-1][1] <= GAP and kinds[i] == kinds[merged[-1][0]] and not joins[merged[-1][1] : i].any():
                merged[-1] = (merged[-1][0], j)
            else:
                merged.append((i, j))
        clean = (_without_ends(i, j, bare) for i, j in merged)
        return [Proposal(self.own[i:j].tolist(), TRIGGER, probabilities[i + int(chance[i:j].argmax())]) for i, j in clean]

    def _added(self, triggers: Sequence[Proposal]) -> list[Proposal]:
        """Triggers of the user's own types, at most one of each, drawn to a place among PLOVER's `triggers` where one is near."""
        if not self.types or not len(self.own):
            return []
        place = {int(row): n for n, row in enumerate(self.own)}
        known = [(place[p.rows[0]], place[p.rows[-1]] + 1) for p in triggers]
        out = []
        for k in range(len(self.types)):
            logits = self.scores[OWN][self.own, k]
            if logits.max() > 0:
                i, j = own_run(logits, known)
                out.append(Proposal(self.own[i:j].tolist(), TRIGGER, logits.max(keepdims=True), k))
        return out

    def _cues(self) -> list[Proposal]:
        chance = sigmoid(self.scores["cue"][self.own, 0])
        runs = stretches(chance > self.thresholds.cue)
        return [Proposal(self.own[i:j].tolist(), CUE, chance[i:j].max(keepdims=True)) for i, j in runs]

    def _event(self, proposal: Proposal, answer: Scores, kind: str, probability: float) -> RawEvent | None:
        """The event of the type `kind` that `proposal` is with this probability; None where that is too low."""
        if proposal.own is None and probability <= self.thresholds.event:
            return None
        rows = proposal.rows
        roles = self.roles(answer)
        status = self.status(proposal, answer)
        past = (float(sigmoid(self.scores["historical"][rows].mean())) + float(softmax(answer["historical"])[1])) / 2
        start, end = self.span(rows)
        return RawEvent(
            start, end, kind, self.mode(kind, proposal, answer), labels.STATUSES[int(status.argmax())],
            past > self.thresholds.historical,
            self._side("actor", "recipient", roles), self._side("recipient", "actor", roles),
            tuple(self._fillers(roles["source"], self.thresholds.role)),
            probability, float(status.max()), self._named(answer), self._when(answer),
        )  # fmt: skip

    def status(self, proposal: Proposal, answer: Scores) -> Floating:
        """The chance of each status."""
        return (softmax(self.scores["status"][proposal.rows].mean(0)) + softmax(answer["status"])) / 2

    def mode(self, kind: str, proposal: Proposal, answer: Scores) -> str:
        """The likeliest mode of an event of the type `kind`, "" for none."""
        modes = _type_modes().get(kind, [])
        scored = (self.scores["mode"][proposal.rows].mean(0) + answer["mode"])[modes]
        return labels.MODES[modes[int(scored.argmax())]][1] if modes else ""

    def _named(self, answer: Scores) -> tuple[float, float]:
        """The chances that actors, and that recipients, are named at all."""
        _, actor, recipient, both = softmax(answer["sides"]).tolist()
        return actor + both, recipient + both

    def _when(self, answer: Scores) -> tuple[float, ...]:
        votes = self.thresholds.when * np.log(softmax(answer["when"]) + LEAST)
        votes[0] += self.thresholds.undated
        return tuple(votes.tolist())

    def _cue(self, proposal: Proposal, answer: Scores) -> RawCue | None:
        """What `proposal` attributes; None where nothing is."""
        rows = proposal.rows
        roles = self.roles(answer)
        content = self._content(rows, roles["content"])
        if not content:
            return None
        speakers = self._fillers(roles["speaker"], self.thresholds.speaker, whole=True)
        act = labels.ACTS[int((self.scores["act"][rows].mean(0) + answer["act"]).argmax())]
        best = max(speakers, key=lambda s: s.probability, default=None)
        return RawCue(*self.span(rows), best, content, act, float(proposal.chances[0]))

    def _content(self, rows: Words, values: Floats) -> tuple[tuple[int, int], ...]:
        flags = values[self._inside] > self.thresholds.content
        flags[np.searchsorted(self.own, rows)] = False
        runs = stretches(flags)
        joined: list[tuple[int, int]] = []
        for i, j in runs:
            between = self.own[joined[-1][1] : i].tolist() if joined else []
            if joined and len(between) <= 3 and not set(rows) & set(between):
                joined[-1] = (joined[-1][0], j)
            else:
                joined.append((i, j))
        if not joined:
            return ()
        longest = max(j - i for i, j in joined)
        # Strays of one or two words beside a clause are noise; a clause beside a clause is a broken quotation.
        return tuple(self.span(self.own[i:j]) for i, j in joined if j - i >= min(3, longest))


def decoded(
    model: Model, inputs: Sequence[Encoded], thresholds: Thresholds, types: Sequence[EventType] = ()
) -> Iterator[tuple[SentenceDecoder, list[Scores]]]:
    """Both passes over `inputs`, the second one batch for all: each sentence's decoder, with the answers to its questions."""
    told = zip(inputs, model(inputs), strict=True)
    decoders = [SentenceDecoder(e, scores, thresholds, types, shipped()) for e, scores in told]
    asked = [decoder.questions() for decoder in decoders]
    answers = iter(model.ask([question for questions in asked for question in questions]))
    for decoder, questions in zip(decoders, asked, strict=True):
        yield decoder, list(islice(answers, len(questions)))
