"""Coded reports as one self-contained page: the text marked in place, cards beside it, tables below.

The page loads nothing, runs no script and says so in its content security policy. Everything from a report is
escaped by the template.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, TypeVar

from communique.records import CodedReport, Entity, Event, Span, Statement
from communique.views.marks import Mark, Piece, nest
from communique.views.why import Why, why_by_record
from communique.views.words import (
    KIND_WORDS,
    STATUS_WORDS,
    alias,
    display_name,
    event_label,
    flag,
    office_of,
    printable,
    source_chain,
    summary,
    title_of,
    web_address,
)

if TYPE_CHECKING:
    from jinja2 import Template

_Record = TypeVar("_Record", Event, Statement)

SENTENCE, CONTENT, CUE, TRIGGER, PARTICIPANT = range(5)
"""Layers of marks, from the outside in."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph: its pieces of text, the white space after it, and what was read from it."""

    pieces: tuple[Piece, ...]
    gap: str
    events: tuple[Event, ...]
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One report, ready for the template. `prefix` keeps the anchors of several reports apart."""

    coded: CodedReport
    prefix: str
    url: str
    blocks: tuple[Block, ...]
    events: tuple[Event, ...]
    statements: tuple[Statement, ...]
    why: Mapping[str, tuple[Why, ...]]
    """Why the participants of a record are who they are, by its id; empty where the report was read without reasons."""


def render(coded: CodedReport | Iterable[CodedReport]) -> str:
    """One page on one report, or on several."""
    reports = [coded] if isinstance(coded, CodedReport) else list(coded)
    prepared = [shown(one, f"r{n}-" if len(reports) > 1 else "") for n, one in enumerate(reports, 1)]
    # The style is the package's own and stands unescaped: its hash in the policy holds only for its exact words.
    style = _resource("report.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return _template().render(reports=prepared, style=style, style_hash=f"sha256-{digest}")


def _resource(name: str) -> str:
    return (files("communique") / "views" / "templates" / name).read_text("utf-8")


@lru_cache(maxsize=1)
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_without_controls
    )
    environment.globals.update(
        flag=flag, display_name=display_name, event_label=event_label, source_chain=source_chain, summary=summary,
        status_words=STATUS_WORDS, words_of=words_of, alias=alias, title_of=title_of,
        office_of=office_of,
    )  # fmt: skip
    return environment.from_string(_resource("report.html.j2"))


def _without_controls(value: object) -> object:
    """Each value before it is escaped; what the template made itself passes."""
    return printable(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def words_of(coded: CodedReport, spans: Sequence[Span]) -> str:
    """The text under some spans, joined by an ellipsis, white space made plain."""
    return " … ".join(" ".join(coded.report.text[s.start : s.end].split()) for s in spans)


def shown(coded: CodedReport, prefix: str = "") -> Shown:
    """The report with its text in blocks, its marks cut so that they nest, and its records where they stand."""
    events = tuple(sorted(coded.events, key=lambda e: (e.start, e.end)))
    statements = tuple(sorted(coded.statements, key=lambda s: _first(s)))
    blocks = tuple(_blocks(coded, prefix, events, statements))
    return Shown(coded, prefix, web_address(coded.report.url), blocks, events, statements, why_by_record(coded))


def _first(statement: Statement) -> int:
    return min((s.start for s in statement.content), default=statement.cue.start if statement.cue else 0)


def _blocks(coded: CodedReport, prefix: str, events: Sequence[Event], statements: Sequence[Statement]) -> Iterator[Block]:
    """The text by lines, but none ends inside a sentence; every character stands in one block or in its gap."""
    text = printable(coded.report.text)
    marks = sorted(_marks(coded, prefix), key=lambda m: m.start)
    of_sentence = _by_sentence(events), _by_sentence(statements)
    position = first = sentence = 0
    open_marks: list[Mark] = []
    for end, stop in _lines(coded, text):
        while first < len(marks) and marks[first].start < end:
            open_marks.append(marks[first])
            first += 1
        open_marks = [m for m in open_marks if m.end > position]
        numbers = []
        while sentence < len(coded.sentences) and coded.sentences[sentence].start < stop:
            numbers.append(coded.sentences[sentence].n)
            sentence += 1
        yield Block(
            tuple(nest(text, open_marks, position, end)), text[end:stop],
            tuple(e for n in numbers for e in of_sentence[0].get(n, ())),
            tuple(s for n in numbers for s in of_sentence[1].get(n, ())),
        )  # fmt: skip
        position = stop


def _by_sentence(records: Sequence[_Record]) -> dict[int, list[_Record]]:
    out: dict[int, list[_Record]] = {}
    for record in records:
        out.setdefault(record.sentence, []).append(record)
    return out


def _lines(coded: CodedReport, text: str) -> Iterator[tuple[int, int]]:
    """(end of the words, end of the white space after them) of each block, in order."""
    spans = sorted((s.start, s.end) for s in coded.sentences)
    position = n = 0
    at = text.find("\n")
    while at >= 0:
        while n < len(spans) and spans[n][1] <= at:
            n += 1
        if n < len(spans) and spans[n][0] < at:
            at = text.find("\n", spans[n][1])
            continue
        stop = at
        while stop < len(text) and text[stop].isspace() and not (n < len(spans) and spans[n][0] <= stop):
            stop += 1
        stop = max(stop, at + 1)
        yield at, stop
        position = stop
        at = text.find("\n", position)
    if position < len(text):
        yield len(text), len(text)


def _marks(coded: CodedReport, prefix: str) -> Iterator[Mark]:
    for sentence in coded.sentences:
        if sentence.coded:
            yield Mark(sentence.start, sentence.end, SENTENCE, ("s",), "", "", (f"{prefix}s{sentence.n}",))
        else:
            kind = KIND_WORDS.get(sentence.kind, sentence.kind)
            hint = f"not coded: {kind}"
            yield Mark(sentence.start, sentence.end, SENTENCE, ("s", "off"), hint, hint, (f"{prefix}s{sentence.n}",))
    yield from _statement_marks(coded, prefix)
    yield from _trigger_marks(coded.events, prefix)
    yield from _participant_marks(coded)


def _statement_marks(coded: CodedReport, prefix: str) -> Iterator[Mark]:
    for statement in coded.statements:
        who = f"{display_name(statement.speaker) or 'speaker not told'} ‹{statement.speaker.code}›"
        anchor: tuple[str, ...] = (f"{prefix}t-{statement.id}",)
        for span in statement.content:
            yield Mark(span.start, span.end, CONTENT, ("content",), "", f"{statement.act}, {who}", anchor)
            anchor = ()
        if statement.cue:
            yield Mark(statement.cue.start, statement.cue.end, CUE, ("cue",), "", f"{who}: {statement.act}", anchor)


def _trigger_marks(events: Sequence[Event], prefix: str) -> Iterator[Mark]:
    """One mark a span: two events on the same words share it."""
    together: dict[tuple[int, int], list[Event]] = {}
    for event in events:
        together.setdefault((event.start, event.end), []).append(event)
    for (start, end), here in together.items():
        quad = "q-" + (here[0].quad.replace(" ", "-") or "none")
        classes = ("trigger", quad, f"st-{here[0].status}")
        hint = "; ".join(f"{event_label(e)}, {e.status}: {STATUS_WORDS.get(e.status, '')}" for e in here)
        label = " + ".join(dict.fromkeys(e.type for e in here))
        yield Mark(start, end, TRIGGER, classes, label, hint, tuple(f"{prefix}e-{e.id}" for e in here))


def _participant_marks(coded: CodedReport) -> Iterator[Mark]:
    """One mark a span: a mention that plays a part in several records is marked once."""
    found: dict[tuple[int, int], Entity] = {}
    for event in coded.events:
        for entity in (*event.actors, *event.recipients, *event.sources):
            _note(found, entity)
    for statement in coded.statements:
        for entity in (statement.speaker, *statement.addressee):
            _note(found, entity)
    for (start, end), entity in found.items():
        sign = flag(entity.country)
        label = f"{sign} {entity.code}".strip() if entity.code != "?" else "?"
        named = f", {entity.name}" if entity.name and entity.name != entity.text else ""
        yield Mark(start, end, PARTICIPANT, ("who",), label, f"{entity.code}{named}")


def _note(found: dict[tuple[int, int], Entity], entity: Entity) -> None:
    """Keeps the mention that is told more of: the same words may be resolved in one record and not in another."""
    if entity.start is None or entity.end is None:
        return
    here = found.get((entity.start, entity.end))
    if here is None or (here.code == "?" and entity.code != "?"):
        found[entity.start, entity.end] = entity
