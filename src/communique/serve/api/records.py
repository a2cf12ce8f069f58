"""Lists of records, and each of them with what it rests on."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from communique.asking import unknown
from communique.errors import InputError
from communique.serve import models
from communique.serve.api.asked import cursor_of, onward, query_of, size_of
from communique.serve.api.formats import CSV, PARQUET, as_csv, as_json, as_parquet, chosen
from communique.serve.models import Asked
from communique.serve.problems import Problem
from communique.store import Store
from communique.store.paging import load, page
from communique.views.flat import KINDS

router = APIRouter()

REPORT = dict.fromkeys(("key", "title", "published", "source", "url", "language"), "str") | {
    "version": "int", "added": "str", "origin": "str",
}  # fmt: skip
"""Columns of reports as a table."""

Ident = Annotated[str, Path(max_length=2000)]
TABLES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A page of records; as a table, `next` is in the Link header.",
        "content": {
            CSV: {"schema": {"type": "string"}},
            PARQUET: {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}},
        },
    }
}  # fmt: skip


def answer(request: Request, kind: str, asked: Asked) -> Response:
    """A page of records of one kind, as the caller accepts it."""
    store: Store = request.app.state.store
    settings = request.app.state.settings
    form = chosen(request, asked.format, ("json", "csv", "parquet"))
    found = page(store, kind, query_of(kind, store, asked), size_of(asked, form, settings.page, settings.rows))
    cursor = cursor_of(found.after) if found.after else ""
    headers = onward(request, cursor)
    if form == "json":
        items = list(load(store, found))
        parties = [getattr(asked, name, "") for name in ("actor", "recipient")]
        notes = [] if items else unknown(*parties)
        return as_json(request, {"items": items, "next": cursor or None, "notes": notes}, headers)
    columns, row = (REPORT, dataclasses.asdict) if kind == "reports" else KINDS[kind]
    rows = map(row, load(store, found))
    return as_csv(kind, columns, rows, headers) if form == "csv" else as_parquet(kind, columns, rows, headers)


def explained(request: Request, ident: str, kind: str = "") -> Response:
    """What a record rests on. Raises `Problem` where the store has none of this id and kind."""
    found = _known(lambda: request.app.state.store.explain(ident))
    if kind and found.kind != kind:
        raise Problem("not-found", f"{kind} {ident!r}: is not in the store; this id is of another kind, {found.kind}")
    return as_json(request, found.to_dict())


def _known(look: Any) -> Any:
    try:
        return look()
    except InputError as error:
        raise Problem.of(error, "not-found" if error.reason == "is not in the store" else "invalid") from error


@router.get("/reports", response_model=models.Reports, responses=TABLES, tags=["reports"], summary="Reports")
def reports(request: Request, asked: Annotated[models.AskedReports, Query()]) -> Any:
    return answer(request, "reports", asked)


@router.get(
    "/events", response_model=models.Events, responses=TABLES, tags=["events"], summary="Events as each report tells them"
)
def events(request: Request, asked: Annotated[models.AskedEvents, Query()]) -> Any:
    return answer(request, "events", asked)


@router.get(
    "/statements", response_model=models.Statements, responses=TABLES, tags=["statements"], summary="What was said, verbatim"
)
def statements(request: Request, asked: Annotated[models.AskedStatements, Query()]) -> Any:
    return answer(request, "statements", asked)


@router.get("/incidents", response_model=models.Incidents, responses=TABLES, tags=["incidents"], summary="Events of the world")
def incidents(request: Request, asked: Annotated[models.AskedIncidents, Query()]) -> Any:
    return answer(request, "incidents", asked)


@router.get("/claims", response_model=models.Claims, responses=TABLES, tags=["claims"], summary="What sides assert or deny")
def claims(request: Request, asked: Annotated[models.AskedClaims, Query()]) -> Any:
    return answer(request, "claims", asked)


@router.get("/reports/{key:path}", response_model=models.Whole, tags=["reports"], summary="A report with its text and coding")
def report(
    request: Request, key: Ident, version: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    reader: Annotated[str, Query(max_length=models.LONGEST)] = "",
) -> Any:  # fmt: skip
    found = _known(lambda: request.app.state.store.report(key, version=version, reader=reader))
    whole = {
        "key": found.key, "coded": found.coded.to_dict(text=True), "version": found.version, "reader": found.reader,
        "versions": found.versions, "copy_of": found.copy, "copied_by": found.copied_by,
    }  # fmt: skip
    return as_json(request, whole)


@router.get(
    "/events/{ident}", response_model=models.Explained, tags=["events"], summary="An event with its sentence and incident"
)
def event(request: Request, ident: Ident) -> Any:
    return explained(request, ident, "event")


@router.get("/statements/{ident}", response_model=models.Explained, tags=["statements"], summary="A statement with its sentence")
def statement(request: Request, ident: Ident) -> Any:
    return explained(request, ident, "statement")


@router.get(
    "/incidents/{ident}", response_model=models.Explained, tags=["incidents"], summary="An incident with all its tellings"
)
def incident(request: Request, ident: Ident) -> Any:
    return explained(request, ident, "incident")


@router.get("/claims/{ident}", response_model=models.Explained, tags=["claims"], summary="A claim with its sides and tellings")
def claim(request: Request, ident: Ident) -> Any:
    return explained(request, ident, "claim")


@router.get("/explain/{ident:path}", response_model=models.Explained, tags=["about"], summary="What any id rests on")
def explain(request: Request, ident: Ident) -> Any:
    return explained(request, ident)
