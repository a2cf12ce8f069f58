"""A report: its text with what was read from it marked in place, how sure the reader is, why, and what is said to be wrong."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool

from communique.errors import InputError
from communique.records import CodedReport, Event, Statement
from communique.serve.app import store_of
from communique.serve.pages import common
from communique.serve.pages.today import LONGEST_NAME, Word
from communique.serve.problems import Problem
from communique.store import Store, StoredReport, reviewing
from communique.views import flat, html
from communique.views.why import Why, why_lines
from communique.views.words import summary, title_of

router = APIRouter(include_in_schema=False)

Key = Annotated[str, Query(max_length=2000)]
Number = Annotated[int, Query(ge=0, le=1_000_000)]

LONGEST = 300_000
"""Characters of a text that is marked up; of a longer one, which is no article, the beginning."""


@router.get("/report")
def report(request: Request, store: Annotated[Store, Depends(store_of)], key: Key, version: Number = 0) -> Any:
    """One report, as it now stands or in an older `version`."""
    kept = found(store, key, version)
    if form := common.form(request):
        return _export(form, store, kept)
    current = next(v.n for v in kept.versions if v.current)
    marks = reviewing.of_report(store, kept.key) if kept.version == current else []
    coded = kept.coded
    cut = len(coded.report.text) > LONGEST
    return common.show(
        request, "report.html", title_of(coded), kept=kept, one=html.shown(_beginning(coded) if cut else coded), summary=summary,
        current=current, cut=len(coded.report.text) if cut else 0, longest=LONGEST, longest_name=LONGEST_NAME,
        words_of=html.words_of,
        places=_incidents(store, kept) if kept.version == current else {}, marked=_by_record(marks, coded),
        missed=[m for m in marks if m.kind == "missing" and m.state != "dismissed"],
        taken=_taken(marks, coded),
        whole=next((m for m in marks if m.kind == "whole" and m.state == "done"), None),
        open_marks=sum(m.state == "open" for m in marks),
        lists=_lists(request), event_fields=reviewing.EVENT_FIELDS, statement_fields=reviewing.STATEMENT_FIELDS, labels=LABELS,
        readable=len(coded.report.text) <= request.app.state.settings.text,
    )  # fmt: skip


LABELS = {"event": "it is no event", "statement": "it is no statement", "words": "which words are meant"}
"""How a field is called where its own name does not say it."""


def found(store: Store, key: str, version: int = 0) -> StoredReport:
    """The report, with a page that is not there where the store has none such."""
    try:
        return store.report(key, version=version)
    except InputError as error:
        raise Problem.of(error, "not-found") from error


def _beginning(coded: CodedReport) -> CodedReport:
    """The report's first characters with what was read from them."""
    given = dataclasses.replace(coded.report, text=coded.report.text[:LONGEST])
    return dataclasses.replace(
        coded, report=given, sentences=tuple(s for s in coded.sentences if s.end <= LONGEST),
        events=tuple(e for e in coded.events if e.end <= LONGEST),
        statements=tuple(s for s in coded.statements if all(c.end <= LONGEST for c in s.content)),
    )  # fmt: skip


def _incidents(store: Store, kept: StoredReport) -> dict[str, str]:
    """The ids of the incidents that the report's events tell of, by the events'."""
    return {e.telling.event.id: e.incident for e in store.explain(kept.key).events if e.incident}


def _by_record(marks: list[reviewing.Review], coded: CodedReport) -> dict[str, list[reviewing.Review]]:
    """What was marked of each record that is still told, also where it has another id since it was read again."""
    by_place = {(e.start, e.end, "event"): e.id for e in coded.events}
    by_place |= {(s.cue.start, s.cue.end, "statement"): s.id for s in coded.statements if s.cue}
    known = {e.id for e in coded.events} | {s.id for s in coded.statements}
    out: dict[str, list[reviewing.Review]] = {}
    for one in marks:
        ident = one.record if one.record in known else by_place.get((one.start, one.end, one.kind), "")
        if ident and one.state != "dismissed":
            out.setdefault(ident, []).append(one)
    return out


def _taken(marks: list[reviewing.Review], coded: CodedReport) -> list[reviewing.Review]:
    """The marks that took a record out."""
    known = {e.id for e in coded.events} | {s.id for s in coded.statements}
    done = (m for m in marks if m.field in reviewing.NONE and m.kind in ("event", "statement") and m.state == "done")
    return [m for m in done if m.record not in known]


def _lists(request: Request) -> dict[str, tuple[str, ...]]:
    """What can be put in for a field, where that is a closed list."""
    from communique.ontology import event_types, names

    modes = tuple(dict.fromkeys(m for t in event_types().values() for m in t.modes))
    return {"type": common.types(request), "mode": ("-", *modes), "status": names("status"), "act": names("act"),
            "historical": ("true", "false")}  # fmt: skip


def _export(form: str, store: Store, kept: StoredReport) -> Any:
    name = f"report-{kept.key}"
    if form == "json":
        return common.as_json(kept.coded.to_dict(text=True), name)
    return common.as_csv([flat.event(e) for e in store.explain(kept.key).events], name, flat.EVENT)


@router.get("/report/reasons")
async def reasons(request: Request, key: Key, record: Word) -> Any:
    """Why the participants of a record are who they are: the report is read again, with its reasons."""
    kept = await run_in_threadpool(found, request.app.state.store, key)
    most = request.app.state.settings.text
    if len(kept.coded.report.text) > most:
        told = f"`communique explain {record} --why` tells its reasons"
        raise Problem("too-large", f"the report has more than {most:,} characters: {told}")
    one = _told(kept.coded, record)
    if one is None:
        raise Problem("not-found", f"the report tells no {record!r}")
    coded = await request.app.state.reader.explain(kept.coded.report)
    again = coded.same(one)
    lines = [_why(e) for e in coded.explain(again.id)] if again is not None else []
    return await run_in_threadpool(
        common.show, request, "reasons.html", "Why", kept=kept, record=one, event=isinstance(one, Event), lines=lines,
        again=again is not None,
    )  # fmt: skip


def _why(explained: Any) -> Why:
    head, *steps = why_lines(explained)
    return Why(head, tuple(line[2:] for line in steps))


def _told(coded: CodedReport, ident: str) -> Event | Statement | None:
    everything: list[Event | Statement] = [*coded.events, *coded.statements]
    return next((one for one in everything if one.id == ident), None)
