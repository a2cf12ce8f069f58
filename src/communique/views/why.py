"""Why a participant is who it is, as lines of text: for the terminal, and for the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from communique.records import PARTIES, Candidate, CodedReport, Explained, Reason
from communique.views.words import shortened

MOST_CANDIDATES, MOST_FEATURES = 4, 5


@dataclass(frozen=True, slots=True)
class Why:
    """The reason of one participant: the line that says what decided, and the steps below it."""

    head: str
    steps: tuple[str, ...]


def why_by_record(coded: CodedReport) -> Mapping[str, tuple[Why, ...]]:
    """The reasons of a report by the id of the event or statement; none where it was read without reasons."""
    out: dict[str, tuple[Why, ...]] = {}
    for explained in coded.explain() if coded.reasons is not None else ():
        head, *steps = why_lines(explained)
        # Every line of a step is indented by two; the page indents the whole.
        out[explained.record] = (*out.get(explained.record, ()), Why(head, tuple(line[2:] for line in steps)))
    return out


def why_lines(explained: Explained) -> Iterator[str]:
    """What the words were taken for and by which rule; below it the steps with their candidates, the chosen one marked."""
    entity, reason = explained.entity, explained.reason
    if explained.role == PARTIES and reason is not None:
        chosen = next((c.name for step in reason.steps for c in step.candidates if c.chosen), "")
        yield f"{PARTIES} {chosen}: {reason.rule}, chance {reason.probability:.2f} of all choices"
        yield from _steps(reason, "")
        return
    named = f" {entity.name}" if entity.name and entity.name != entity.text else ""
    words = " ".join(entity.text.split())
    told = " (of the event's earlier telling)" if entity.inherited else ""
    head = f"{explained.role} “{shortened(words, 50)}”{told} = {entity.code}{named}"
    if reason is None:
        yield f"{head}: the report names nobody"
        return
    yield f"{head}: {reason.rule}, probability {reason.probability:.2f}"
    yield from _steps(reason, entity.text)


def _steps(reason: Reason, words: str) -> Iterator[str]:
    for step in reason.steps:
        # A rule that only repeats the words says nothing new.
        detail = f": {shortened(step.detail, 90)}" if step.detail and step.detail not in words else ""
        if step.rule != reason.rule or detail or step.candidates:
            yield f"  {step.rule}{detail}"
        for candidate in step.candidates[:MOST_CANDIDATES]:
            yield f"    {'*' if candidate.chosen else '-'} {_candidate(candidate)}"
        if len(step.candidates) > MOST_CANDIDATES:
            yield f"    and {len(step.candidates) - MOST_CANDIDATES} more"


def _candidate(candidate: Candidate) -> str:
    score = "" if candidate.score is None else f" {candidate.score:.2f}"
    signs = ", ".join(f"{f.name} {f.value:g}×{f.weight:g}" for f in candidate.features[:MOST_FEATURES])
    more = ", …" if len(candidate.features) > MOST_FEATURES else ""
    return f"{candidate.name}{score}" + (f" ({signs}{more})" if signs else "")
