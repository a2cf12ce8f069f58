"""The queue of what analysts marked as wrong, and what is made of it: corrections, and annotation to train on."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import RedirectResponse, StreamingResponse

from communique.errors import InputError
from communique.serve.api.reviews import COLUMNS, NDJSON, flat, lines, who_of
from communique.serve.app import store_of
from communique.serve.pages import common, links
from communique.serve.pages.reports import LABELS, found
from communique.serve.pages.today import Word
from communique.serve.problems import Problem
from communique.serve.security import inside, token_name
from communique.store import Store, desk, reviewing
from communique.store.correcting import FIELDS

router = APIRouter(include_in_schema=False)

PAGE = 50
EXPORTED = 5000
Text = Annotated[str, Form(max_length=reviewing.MOST)]


@router.get("/review")
def review(
    request: Request, store: Annotated[Store, Depends(store_of)], state: Word = "open",
    before: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
) -> Any:  # fmt: skip
    """The queue: what is open, was settled, or dismissed."""
    if state not in (states := (*reviewing.STATES, "all")):
        raise InputError(f"state {state!r}", "is none of a mark", f"it is one of {', '.join(states)}")
    wanted = "" if state == "all" else state
    if form := common.form(request):
        listed = reviewing.queue(store, wanted, most=EXPORTED)
        if form == "csv":
            return common.as_csv(map(flat, listed), "review", COLUMNS)
        return common.as_json([one.to_dict() for one in listed], "review")
    if desk.empty(store):
        return common.show(request, "empty.html", "Begin", store=store.name)
    listed = reviewing.queue(store, wanted, before=before, most=PAGE + 1)
    more = links.query("/review", state=state, before=str(listed[PAGE - 1].id)) if len(listed) > PAGE else ""
    return common.show(
        request, "review.html", "Review", state=state, states=states, listed=listed[:PAGE], more=more,
        counts=reviewing.counts(store), labels=LABELS, settled=(*FIELDS, "act"), takes_out=reviewing.NONE,
    )  # fmt: skip


@router.get("/review/annotation")
def annotation(store: Annotated[Store, Depends(store_of)]) -> Any:
    """The reports that were looked through, as ``communique train`` reads them."""
    headers = {"Content-Disposition": 'attachment; filename="corrected.jsonl"'}
    return StreamingResponse(lines(store), media_type=NDJSON, headers=headers)


@router.post("/review/mark")
def mark(
    request: Request, store: Annotated[Store, Depends(store_of)], key: Text = "", record: Text = "", field: Text = "",
    value: Text = "", note: Text = "", who: Text = "",
) -> Any:  # fmt: skip
    """A record, or a field of it, is wrong."""
    found(store, key)
    made = reviewing.mark(store, key, reviewing.Mark(record, field, value, note), _who(request, who))
    gone = made.field in reviewing.NONE
    return _back(links.report(key) + "#marks" if gone else links.report(key, **{made.kind: record}))


@router.post("/review/missing")
def missing(
    request: Request, store: Annotated[Store, Depends(store_of)], key: Text = "", words: Text = "", at: Text = "",
    type: Text = "", mode: Text = "", status: Text = "actual", historical: Text = "", note: Text = "", who: Text = "",
) -> Any:  # fmt: skip
    """An event was not read: at `words`, which stand once in the text, or from `at` on."""
    text = found(store, key).coded.report.text
    start = _start(text, words, at)
    value = {"type": type.strip().upper(), "mode": mode.strip().strip("-"), "status": status, "historical": historical == "true"}
    reviewing.missing(store, key, start, start + len(words), value, _who(request, who), note)
    return _back(links.report(key) + "#marks")


def _start(text: str, words: str, at: str) -> int:
    """Where `words` stand. Raises `InputError` where that is not told."""
    if not words.strip():
        raise InputError("words ''", "are none", "mark the words of the event in the text")
    if at.isascii() and at.isdecimal() and len(at) < 9 and text.startswith(words, int(at)):
        return int(at)
    count = text.count(words)
    if count != 1:
        where = f"stand there {count} times" if count else "are not in the text"
        raise InputError(f"words {words[:100]!r}", where, "mark them in the text with the mouse, or give more of them")
    return text.index(words)


@router.post("/review/whole")
def whole(request: Request, store: Annotated[Store, Depends(store_of)], key: Text = "", who: Text = "") -> Any:
    """All of a report was looked at."""
    found(store, key)
    reviewing.look_through(store, key, _who(request, who))
    return _back(links.report(key) + "#marks")


@router.post("/review/settle")
def settle(
    request: Request, store: Annotated[Store, Depends(store_of)], mark: Annotated[int, Form(ge=0, le=2**31 - 1)],
    value: Text = "", dismiss: Text = "", who: Text = "", next: Text = "/review",
) -> Any:  # fmt: skip
    """A mark gets its value, or is dismissed."""
    try:
        reviewing.one_of(store, mark)
    except InputError as error:
        raise Problem.of(error, "not-found") from error
    reviewing.settle(store, mark, _who(request, who), value, dismiss=bool(dismiss))
    return _back(inside(next))


def _who(request: Request, given: str) -> str:
    return who_of(token_name(request), given)


def _back(address: str) -> RedirectResponse:
    return RedirectResponse(address, 303)
