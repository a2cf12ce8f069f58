"""What analysts mark as wrong: the queue, marks and what becomes of them, and the annotation that they make (docs/api.md)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Query, Request
from starlette.responses import StreamingResponse

from communique.errors import InputError
from communique.serve import models
from communique.serve.api.asked import cursor_of, onward, place_of, size_of
from communique.serve.api.formats import CSV, JSON, as_csv, as_json, chosen
from communique.serve.problems import Problem
from communique.serve.security import token_name
from communique.store import Store, reviewing

router = APIRouter(tags=["reviews"])

NDJSON = "application/x-ndjson"
COLUMNS = dict.fromkeys(
    ("id", "report", "title", "outlet", "published", "version", "kind", "record", "start", "end", "words", "field", "value",
     "note", "who", "made", "state", "settled_by", "settled"), "str"
) | dict.fromkeys(("id", "version", "start", "end"), "int")  # fmt: skip
"""Columns of marks as a table."""

LISTED: dict[int | str, dict[str, Any]] = {
    200: {"description": "A page of marks; as a table, `next` is in the Link header.",
          "content": {CSV: {"schema": {"type": "string"}}}}
}  # fmt: skip
LINES: dict[int | str, dict[str, Any]] = {
    200: {"description": "A report a line, as `communique train` reads them.",
          "content": {NDJSON: {"schema": {"type": "string"}}}}
}  # fmt: skip

Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


def only_json(request: Request) -> None:
    """A dependency: what writes is sent as JSON, which no form of another site's page can. Raises `Problem` for another type."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise Problem("unsupported-media-type", f"send {JSON}, and say so in Content-Type")


WRITES = [Depends(only_json)]


def who_of(token: str, given: str) -> str:
    """Who marks: whose token was shown, with the name that they gave, shortened until both are kept; without tokens, that name
    alone."""
    name = " ".join(given.split())
    if not (token and name and name != token):
        return name or token
    return f"{name[: reviewing.NAME - len(token) - 3].rstrip()} ({token})"


def flat(one: reviewing.Review) -> dict[str, Any]:
    """A mark as a row of a table: a value that is no text is written as JSON."""
    row = one.to_dict()
    if not isinstance(row["value"], str):
        row["value"] = "" if row["value"] is None else json.dumps(row["value"], ensure_ascii=False)
    return {name: row[name] for name in COLUMNS}


def lines(store: Store) -> Iterator[str]:
    """The reports that were looked through, a JSON a line."""
    for one in reviewing.annotated(store):
        yield json.dumps(one, ensure_ascii=True) + "\n"


@router.get("/reviews", response_model=models.Reviews, responses=LISTED, summary="Marks, the last first")
def reviews(request: Request, asked: Annotated[models.AskedReviews, Query()]) -> Any:
    store, settings = request.app.state.store, request.app.state.settings
    form = chosen(request, asked.format, ("json", "csv"))
    size = size_of(asked, form, settings.page, settings.rows)
    state = "" if asked.state == "all" else asked.state
    found = _known(lambda: reviewing.queue(store, state, before=_number(asked.after), most=size + 1, report=asked.report))
    cursor = cursor_of(f"/{found[size - 1].id}") if len(found) > size else ""
    headers = onward(request, cursor)
    if form == "csv":
        return as_csv("reviews", COLUMNS, map(flat, found[:size]), headers)
    return as_json(request, {"items": found[:size], "next": cursor or None}, headers)


@router.get("/reviews/annotation", responses=LINES, response_class=StreamingResponse, summary="Reports that were looked through")
def annotation(request: Request) -> Any:
    headers = {"Content-Disposition": 'attachment; filename="corrected.jsonl"'}
    return StreamingResponse(lines(request.app.state.store), media_type=NDJSON, headers=headers)


@router.get("/reviews/{ident:int}", response_model=reviewing.Review, summary="One mark")
def review(request: Request, ident: Number) -> Any:
    return as_json(request, _known(lambda: reviewing.one_of(request.app.state.store, ident)))


@router.post("/reviews/mark", response_model=reviewing.Review, dependencies=WRITES,
             summary="A record, or a field of it, is wrong")  # fmt: skip
def mark(request: Request, given: Annotated[models.Marked, Body()]) -> Any:
    said = reviewing.Mark(given.record, given.field, given.value, given.note)
    return _done(request, given.report, lambda store, who: reviewing.mark(store, given.report, said, who), given.who)


@router.post("/reviews/missing", response_model=reviewing.Review, dependencies=WRITES, summary="An event was not read")
def missing(request: Request, given: Annotated[models.Missing, Body()]) -> Any:
    value = {name: getattr(given, name) for name in ("type", "mode", "status", "historical")}

    def work(store: Store, who: str) -> reviewing.Review:
        return reviewing.missing(store, given.report, given.start, given.end, value, who, given.note)

    return _done(request, given.report, work, given.who)


@router.post("/reviews/whole", response_model=reviewing.Review, dependencies=WRITES, summary="A report was looked through")
def whole(request: Request, given: Annotated[models.Through, Body()]) -> Any:
    return _done(request, given.report, lambda store, who: reviewing.look_through(store, given.report, who), given.who)


@router.post("/reviews/{ident:int}/settle", response_model=reviewing.Review, dependencies=WRITES,
             summary="An open mark gets its value")  # fmt: skip
def settle(request: Request, ident: Number, given: Annotated[models.Settled, Body()]) -> Any:
    _known(lambda: reviewing.one_of(request.app.state.store, ident))
    return _done(request, "", lambda store, who: reviewing.settle(store, ident, who, given.value), given.who)


@router.post("/reviews/{ident:int}/dismiss", response_model=reviewing.Review, dependencies=WRITES,
             summary="A mark is dismissed, or what it took out is put in again")  # fmt: skip
def dismiss(request: Request, ident: Number, given: Annotated[models.Dismissed, Body()]) -> Any:
    _known(lambda: reviewing.one_of(request.app.state.store, ident))
    return _done(request, "", lambda store, who: reviewing.settle(store, ident, who, dismiss=True), given.who)


def _done(request: Request, key: str, work: Any, who: str) -> Any:
    """What `work` made, as JSON; a problem of its own where the report `key` is not there."""
    store: Store = request.app.state.store
    if key:
        _known(lambda: store.report(key))
    return as_json(request, work(store, who_of(token_name(request), who)))


def _known(look: Any) -> Any:
    try:
        return look()
    except InputError as error:
        raise Problem.of(error, "not-found" if error.reason == "is not in the store" else "invalid") from error


def _number(after: str) -> int:
    """The number of the mark behind which an answer goes on; 0 for the first."""
    return int(place_of(after).rpartition("/")[2]) if after else 0
