"""Why words were resolved as they were: the rules that applied and the candidates that a ranking weighed.

Nothing is noted unless somebody asks: ``with tracing() as trace`` makes every `ReportResolver` that is made inside note
its reasons, which `Trace.reasons` then holds by entity. What is resolved stays the same. The probability of a reason is
the share of annotated mentions that its rule got right (``data/actors/reliability.tsv``).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from communique.records import Candidate, CodedReport, Entity, Feature, Reason, Step
from communique.settings import read_table

if TYPE_CHECKING:
    from communique.resolve.lexicon import Entry

RANKING = "ranking"
"""How the name of a step begins that weighed candidates."""

UNRESOLVED = "unresolved"
"""The rule of words that came to nothing."""

MOST = 8
"""Candidates of one ranking that are kept, the best first."""


@lru_cache(maxsize=1)
def reliability() -> Mapping[str, float]:
    """Probability by rule; "all" stands for rules without a row, "threshold" for what must be reached."""
    return {row["rule"]: float(row["probability"]) for row in read_table("actors/reliability.tsv")}


def threshold() -> float:
    """The probability below which words stay unresolved; 0 leaves none so."""
    return reliability().get("threshold", 0.0)


@dataclass(slots=True)
class _Frame:
    """What is noted while one span is resolved."""

    rule: str = ""
    steps: list[Step] = field(default_factory=list)


class Trace:
    """Reasons of one report's entities; `choices` are those of events' parties, by the event's id."""

    def __init__(self) -> None:
        self.reasons: dict[Entity, Reason] = {}
        self.choices: dict[str, Reason] = {}
        self.names: dict[Hashable, str] = {}
        self._frames: list[_Frame] = []
        self._guesses: dict[int, tuple[Step, ...]] = {}
        self._last = _Frame()

    def told(self, coded: CodedReport) -> CodedReport:
        """A report with what was noted while it was read."""
        return replace(coded, reasons=self.reasons, choices=self.choices)

    def rule(self, name: str, detail: str = "", candidates: Sequence[Candidate] = ()) -> None:
        """Notes that the rule `name` applied; the first one of a span is what decided it."""
        if self._frames:
            frame = self._frames[-1]
            frame.rule = frame.rule or name
            frame.steps.append(Step(name, detail, tuple(candidates)))

    def step(self, name: str, detail: str = "", candidates: Sequence[Candidate] = ()) -> None:
        """Notes something on the way, which is not what decided."""
        if self._frames:
            self._frames[-1].steps.append(Step(name, detail, tuple(candidates)))

    def ranked(
        self, kind: str, features: Mapping[Hashable, Mapping[str, float]], weights: Mapping[str, float],
        scores: Mapping[Hashable, float], nothing: float, chosen: Hashable | None,
    ) -> None:  # fmt: skip
        """Notes a ranking: each candidate's features with their weights, and what it had to be better than."""
        best = sorted(scores, key=lambda key: -scores[key])[:MOST]
        candidates = []
        for key in best:
            signs = signs_of((n, v, weights.get(n, 0.0)) for n, v in features[key].items())
            candidates.append(Candidate(self.name_of(key), round(scores[key], 3), key == chosen, signs))
        if nothing > -50:
            candidates.append(Candidate("(nobody)", round(nothing, 3), chosen is None))
        self.step(f"{RANKING} {kind}", "the highest sum of value × weight", candidates)

    def name_of(self, key: Hashable) -> str:
        """What to call a key of a ranking: a country, (country, body) or a person."""
        if isinstance(key, tuple):
            return f"{key[1]} ({key[0]})" if key[1] else str(key[0])
        return self.names.get(key, str(key))

    @contextmanager
    def guessing(self, person: int) -> Iterator[None]:
        """Around a choice that is made once for a person and kept: its steps are noted each time it is used."""
        before = len(self._frames[-1].steps) if self._frames else 0
        known = self._guesses.get(person)
        yield
        if not self._frames:
            return
        if known is None:
            self._guesses[person] = tuple(self._frames[-1].steps[before:])
        else:
            self._frames[-1].steps.extend(known)

    @contextmanager
    def span(self) -> Iterator[None]:
        """Around the resolution of one span; the steps of one inside another's are noted with the outer one's."""
        self._frames.append(_Frame())
        try:
            yield
        finally:
            frame = self._frames.pop()
            if self._frames:
                self._frames[-1].steps.extend(frame.steps)
            self._last = frame

    def settle(self, found: Sequence[Entity], bare: Entity) -> tuple[Entity, ...]:
        """Keeps why the span just resolved stands for `found`; gives `bare` instead where that is too unsure."""
        frame, out = self._last, []
        for entity in found:
            rule = frame.rule if entity.country or entity.name else UNRESOLVED
            chance = probability(rule)
            reason = Reason(rule, chance, tuple(frame.steps))
            if chance < threshold() and rule != UNRESOLVED:
                reason = Reason(UNRESOLVED, chance, (*frame.steps, Step(UNRESOLVED, f"{rule} is right too seldom: {chance:.2f}")))
                entity = bare
            self.reasons[entity] = reason
            out.append(entity)
        return tuple(out)


def signs_of(told: Iterable[tuple[str, float, float]]) -> tuple[Feature, ...]:
    """Features of these names, values and weights, those that count most first; without those that count nothing."""
    found = [Feature(name, round(value, 3), weight) for name, value, weight in told if value and weight]
    return tuple(sorted(found, key=lambda f: -abs(f.value * f.weight)))


def probability(rule: str) -> float:
    """How often annotated words that `rule` resolved were resolved right."""
    table = reliability()
    return table.get(rule, table.get("all", 1.0))


_ACTIVE: ContextVar[Trace | None] = ContextVar("communique_trace", default=None)


@contextmanager
def tracing() -> Iterator[Trace]:
    """Asks the resolvers made inside for their reasons."""
    trace = Trace()
    token = _ACTIVE.set(trace)
    try:
        yield trace
    finally:
        _ACTIVE.reset(token)


def active() -> Trace | None:
    """The trace of whoever asks for reasons; a fresh one where the threshold needs them; else None."""
    found = _ACTIVE.get()
    return found if found is not None or threshold() <= 0 else Trace()


def rows_considered(entries: Sequence[Entry], day: str, chosen: str) -> list[Candidate]:
    """Rows of the tables as candidates; `chosen` is the office that was taken."""
    out: list[Candidate] = []
    for e in entries[:MOST]:
        term = f"{e.since or '?'} to {e.until or 'now'}" if e.since or e.until else "no dates"
        held = "" if e.holds(day) else ", not on the date"
        label = f"{e.name}, {e.office or e.sector} of {e.country} ({term}{held}; {e.source})"
        taken = bool(e.office) and chosen.endswith(e.office) and e.holds(day) and not any(c.chosen for c in out)
        out.append(Candidate(label, chosen=taken))
    return out
