"""A user's annotation: corrected output of ``communique read --json --text``, and examples of their own event types.

A line with `events` is a whole report, in which everything is annotated. A line without is an example: a `text` with a `trigger`
(its words, or [start, end]) and its `type`, or a `text` alone, in which none of the own types happens. What cannot be used is set
aside with its reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from communique.errors import InputError, RecordError
from communique.ontology import EventType, event_types, names
from communique.records import MAX_CHARACTERS, Report, parse_published


@dataclass(frozen=True, slots=True)
class MarkedEvent:
    """An annotated trigger, [start, end) in the text; `type` is PLOVER's or the user's own."""

    start: int
    end: int
    type: str
    mode: str = ""
    status: str = "actual"
    historical: bool = False


@dataclass(frozen=True, slots=True)
class MarkedCue:
    """Annotated words that attribute, and the act that they do."""

    start: int
    end: int
    act: str


@dataclass(frozen=True, slots=True)
class Annotated:
    """One annotated text. `whole`: all of PLOVER's events and all statements are in it; an example says so of own types only."""

    name: str
    report: Report
    events: tuple[MarkedEvent, ...] = ()
    cues: tuple[MarkedCue, ...] = ()
    whole: bool = True


def read_annotation(paths: Iterable[Path], types: Sequence[EventType] = ()) -> Iterator[Annotated | InputError]:
    """The annotated texts of JSON Lines files in their order; examples of one text come as one, after the whole reports."""
    own = {kind.name: kind for kind in types}
    examples: dict[str, Annotated] = {}
    for path in paths:
        try:
            lines = path.read_bytes().splitlines()
        except OSError as error:
            yield InputError(str(path), f"cannot be opened: {error.strerror or error}", "check the path and its permissions")
            continue
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                found = _line(f"{path}, line {number}", line, own)
            except InputError as error:
                yield RecordError(str(path), number, error.reason, error.hint)
                continue
            if found.whole:
                yield found
            else:
                before = examples.get(found.report.text)
                events = (*before.events, *found.events) if before else found.events
                examples[found.report.text] = Annotated(
                    before.name if before else found.name, found.report, tuple(dict.fromkeys(events)), (), False
                )
    yield from examples.values()


def _line(where: str, line: bytes, own: Mapping[str, EventType]) -> Annotated:
    try:
        value = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError(where, f"is no JSON in UTF-8: {error}", "write one JSON object a line") from error
    if not isinstance(value, dict):
        raise InputError(where, "holds no JSON object", "write one JSON object a line")
    text = value.get("text")
    if not isinstance(text, str) or not text.strip():
        raise InputError(where, "has no text", "write reports with `communique read --json --text`")
    if len(text) > MAX_CHARACTERS:
        raise InputError(where, f"has {len(text):,} characters", f"a report has at most {MAX_CHARACTERS:,}")
    if "events" not in value:
        return _example(where, value, text, own)
    ident, title, published, source = (
        given if isinstance(given := value.get(key), str) else "" for key in ("id", "title", "published", "source")
    )
    parse_published(published)
    events = tuple(_event(where, one, text, own) for one in _list(where, value, "events"))
    cues = tuple(cue for one in _list(where, value, "statements") if (cue := _cue(where, one, text)) is not None)
    return Annotated(where, Report(text, ident, title, published, source), events, cues)


def _list(where: str, value: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = value.get(key) or []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise InputError(where, f"its {key} are no array of objects", "keep the layout of `communique read --json --text`")
    return found


def _span(where: str, start: object, end: object, text: str) -> tuple[int, int]:
    whole = all(isinstance(n, int) and not isinstance(n, bool) for n in (start, end))
    if not whole or not 0 <= int(str(start)) < int(str(end)) <= len(text):
        raise InputError(where, f"[{start}, {end}] is no stretch of its text", f"offsets run from 0 to {len(text)}")
    return int(str(start)), int(str(end))


def _known(where: str, what: str, value: object, values: Iterable[str]) -> str:
    known = tuple(values)
    if not isinstance(value, str) or value not in known:
        raise InputError(where, f"the {what} {value!r} is unknown", f"it is one of {', '.join(k or 'empty' for k in known)}")
    return value


def _kind(where: str, value: object, own: Mapping[str, EventType]) -> str:
    if isinstance(value, str) and value and value not in own and value not in event_types():
        hint = "give it a row in the table of --types"
        raise InputError(where, f"the type {value!r} is neither PLOVER's nor one of yours", hint)
    return _known(where, "type", value, (*event_types(), *own))


def _event(where: str, one: Mapping[str, Any], text: str, own: Mapping[str, EventType]) -> MarkedEvent:
    start, end = _span(where, one.get("start"), one.get("end"), text)
    words = one.get("trigger")
    if isinstance(words, str) and words and words != text[start:end]:
        hint = "correct the offsets, or leave out the trigger"
        raise InputError(where, f"the trigger {words!r} is not what stands at [{start}, {end}]", hint)
    kind = _kind(where, one.get("type"), own)
    modes = ("",) if kind in own else ("", *event_types()[kind].modes)
    mode = _known(where, f"mode of {kind}", one.get("mode") or "", modes)
    status = _known(where, "status", one.get("status", "actual"), names("status"))
    return MarkedEvent(start, end, kind, mode, status, one.get("historical") is True)


def _cue(where: str, one: Mapping[str, Any], text: str) -> MarkedCue | None:
    cue = one.get("cue")
    if not isinstance(cue, dict):
        return None
    start, end = _span(where, cue.get("start"), cue.get("end"), text)
    return MarkedCue(start, end, _known(where, "act", one.get("act", "assert"), names("act")))


def _example(where: str, value: Mapping[str, Any], text: str, own: Mapping[str, EventType]) -> Annotated:
    trigger, kind = value.get("trigger"), value.get("type")
    published = value.get("published")
    report = Report(text, published=published if isinstance(published, str) else "")
    parse_published(report.published)
    if trigger in (None, "") and kind in (None, ""):
        return Annotated(where, report, whole=False)
    if kind in event_types():
        hint = "correct PLOVER's types in whole reports, as `communique read --json --text` writes them"
        raise InputError(where, f"{kind!r} is PLOVER's own type", hint)
    name = _kind(where, kind, own)
    if isinstance(trigger, list) and len(trigger) == 2:
        start, end = _span(where, trigger[0], trigger[1], text)
    elif isinstance(trigger, str) and trigger:
        count = text.count(trigger)
        if count != 1:
            where_is = f"there {count} times" if count else "not in its text"
            raise InputError(where, f"its trigger {trigger!r} is {where_is}", "give it as [start, end]")
        start = text.index(trigger)
        end = start + len(trigger)
    else:
        hint = "write the words as they stand in the text"
        raise InputError(where, f"its trigger {trigger!r} is no words and no [start, end]", hint)
    return Annotated(where, report, (MarkedEvent(start, end, name),), (), False)
