"""The golden reports, and what the reader makes of them in a form that people can read. ``make golden`` rewrites it.

``NAME.txt`` is a report written for this project (its events and quotations are invented); ``NAME.json`` holds under
``input`` what is known of it and under ``expected`` what the reader found, one line a record. Read the diff of an
update line by line: a golden file says what the reader does, not what would be right.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from communique.records import CodedReport, Entity, Event, Statement, codes

if TYPE_CHECKING:
    from communique.read.reader import Reader

HERE = Path(__file__).resolve().parent
KINDS = ("events", "statements", "not_coded")
Lines = dict[str, list[str]]

LONGEST = 80
"""Characters of a content that are shown whole; of a longer one its beginning and its end."""


@dataclass(frozen=True, slots=True)
class Case:
    """One golden report."""

    name: str
    text: str
    given: dict[str, str]
    expected: Lines


def cases(folder: Path = HERE) -> list[Case]:
    """All golden reports, by name. One without its NAME.json is an error: its date must be given by hand."""
    out = []
    for path in sorted(folder.glob("*.txt")):
        record: dict[str, Any] = json.loads(path.with_suffix(".json").read_text("utf-8"))
        expected = record.get("expected") or {kind: [] for kind in KINDS}
        out.append(Case(path.stem, path.read_text("utf-8"), record["input"], expected))
    return out


def _short(text: str) -> str:
    text = " ".join(text.split())
    if len(text) <= LONGEST:
        return text
    half = (LONGEST - 5) // 2
    return f"{text[:half].rsplit(' ', 1)[0]} ... {text[-half:].split(' ', 1)[-1]}"


def _speaker(speaker: Entity) -> str:
    return f"{speaker.name or speaker.text or '-'} ({speaker.code})"


def event_line(event: Event) -> str:
    """``type/mode | trigger | actors -> recipients | status | sources | date``, ``h`` after the date of a historical one."""
    kind = f"{event.type}/{event.mode}" if event.mode else event.type
    dyad = f"{codes(event.actors) or '-'} -> {codes(event.recipients) or '-'}"
    date = (event.date or "-") + (" h" if event.historical else "")
    return " | ".join((kind, event.trigger, dyad, event.status, codes(event.sources) or "-", date))


def statement_line(statement: Statement, text: str) -> str:
    """``speaker (code) | cue | act | content``, the spans of a broken content joined by ``++``."""
    cue = text[statement.cue.start : statement.cue.end] if statement.cue else "-"
    content = " ++ ".join(_short(text[s.start : s.end]) for s in statement.content)
    return " | ".join((_speaker(statement.speaker), _short(cue), statement.act, content))


def lines_of(coded: CodedReport) -> Lines:
    """A coded report as lines, in the order of its text."""
    text = coded.report.text
    return {
        "events": [event_line(e) for e in sorted(coded.events, key=lambda e: (e.start, e.end, e.type))],
        "statements": [statement_line(s, text) for s in sorted(coded.statements, key=lambda s: s.content[0].start)],
        "not_coded": [f"{s.kind} | {_short(text[s.start : s.end])}" for s in coded.sentences if not s.coded],
    }


def read(reader: Reader, case: Case) -> Lines:
    """What `reader` finds in one golden report."""
    return lines_of(reader.read(case.text, **case.given))


def main() -> int:
    from communique.read.reader import Reader

    reader = Reader(threads=1)
    changed = 0
    for case in cases():
        found = read(reader, case)
        if found != case.expected:
            changed += 1
            record = {"input": case.given, "expected": found}
            (HERE / f"{case.name}.json").write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
            print(f"{case.name}.json rewritten")
    print(f"{changed} of {len(cases())} golden files changed: read `git diff tests/golden` before you commit them")
    return 0


if __name__ == "__main__":
    sys.exit(main())
