"""Coded reports as two pandas tables: one row an event, one row a statement. Needs the extra ``pandas``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from communique.errors import MissingExtraError
from communique.records import CodedReport, Entity, Event, Statement, codes

if TYPE_CHECKING:
    import pandas as pd

EVENT_COLUMNS = (
    "report", "published", "source", "id", "sentence", "start", "end", "trigger", "type", "mode", "quad", "score", "actors",
    "actor_names", "recipients", "recipient_names", "status", "historical", "sources", "source_names", "date", "place",
    "lat", "lon", "contexts", "probability", "status_probability", "text",
)  # fmt: skip
STATEMENT_COLUMNS = (
    "report", "published", "source", "id", "sentence", "start", "end", "speaker", "speaker_name", "speaker_office", "cue",
    "act", "content", "quotes", "about", "addressee", "probability",
)  # fmt: skip
_KINDS = {
    "sentence": "int64", "start": "int64", "end": "int64", "score": "float64", "lat": "float64", "lon": "float64",
    "historical": "bool",     "probability": "float64", "status_probability": "float64",
}  # fmt: skip


def to_frame(coded: CodedReport | Iterable[CodedReport]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(events, statements), with `EVENT_COLUMNS` and `STATEMENT_COLUMNS`, also where nothing was found.

    Lists are joined by "; " in the order of the report: actors as codes (``USA.GOV; FRA.GOV``), their names beside them.
    Dates stay strings, since they are as precise as the words (2024-04); `text` is the sentence. Raises
    `MissingExtraError` without pandas.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise MissingExtraError("pandas", "pip install 'communique[pandas]'", "to_frame") from error
    reports = [coded] if isinstance(coded, CodedReport) else list(coded)
    events = [_event(one, event) for one in reports for event in one.events]
    statements = [_statement(one, statement) for one in reports for statement in one.statements]
    return _frame(pd, events, EVENT_COLUMNS), _frame(pd, statements, STATEMENT_COLUMNS)


def _frame(pd: Any, rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(columns))
    return frame.astype({c: _KINDS.get(c, "str") for c in columns})


def _names(entities: Iterable[Entity]) -> str:
    return "; ".join(e.name or e.text for e in entities)


def _event(coded: CodedReport, event: Event) -> dict[str, Any]:
    report = coded.report
    sentence = next((s for s in coded.sentences if s.n == event.sentence), None)
    return {
        "report": report.key, "published": report.published, "source": report.source, "id": event.id,
        "sentence": event.sentence, "start": event.start, "end": event.end, "trigger": event.trigger, "type": event.type,
        "mode": event.mode, "quad": event.quad, "score": event.score, "actors": codes(event.actors),
        "actor_names": _names(event.actors), "recipients": codes(event.recipients), "recipient_names": _names(event.recipients),
        "status": event.status, "historical": event.historical, "sources": codes(event.sources),
        "source_names": _names(event.sources), "date": event.date, "place": event.place,
        "lat": event.location.lat if event.location else None, "lon": event.location.lon if event.location else None,
        "contexts": "; ".join(event.contexts),
        "probability": event.probability, "status_probability": event.status_probability,
        "text": report.text[sentence.start : sentence.end] if sentence else "",
    }  # fmt: skip


def _statement(coded: CodedReport, statement: Statement) -> dict[str, Any]:
    report, text, speaker = coded.report, coded.report.text, statement.speaker
    spans = statement.content or ((statement.cue,) if statement.cue else ())
    return {
        "report": report.key, "published": report.published, "source": report.source, "id": statement.id,
        "sentence": statement.sentence, "start": min((s.start for s in spans), default=0),
        "end": max((s.end for s in spans), default=0), "speaker": speaker.code, "speaker_name": speaker.name or speaker.text,
        "speaker_office": speaker.office, "cue": text[statement.cue.start : statement.cue.end] if statement.cue else "",
        "act": statement.act, "content": " … ".join(text[s.start : s.end] for s in statement.content),
        "quotes": " … ".join(statement.quotes), "about": "; ".join(statement.about), "addressee": codes(statement.addressee),
        "probability": statement.probability,
    }  # fmt: skip
