"""One box for words: reports, statements, incidents, and the names of actors."""

from __future__ import annotations

import datetime as dt
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi import Query as Address

from communique.errors import InputError
from communique.serve import models
from communique.serve.api.formats import as_json, plain
from communique.store import Query, Store, StoredStatement
from communique.store.paging import load, page
from communique.store.searching import fold, parse

router = APIRouter()

LOOKED = 200
"""Statements of reports with the words that are looked through for those that say one of them: the newest."""


@router.get("/search", response_model=models.Hits, tags=["search"], summary="Words in reports, statements, incidents and names")
def search(request: Request, asked: Annotated[models.AskedSearch, Address()]) -> Any:
    store: Store = request.app.state.store
    query = Query(text=asked.q, newest=True)
    parse(query.text)  # what holds no word is told before anything is looked for
    hits = {kind: list(load(store, page(store, kind, query, asked.limit))) for kind in ("reports", "incidents")}
    hits["statements"] = statements(store, query, asked.limit)
    try:
        found = request.app.state.actors.find(asked.q, dt.date.today().isoformat(), "")
        hits["actors"] = [plain(c) for c in islice(found.candidates, asked.limit)]
    except InputError:
        hits["actors"] = []
    return as_json(request, hits)


def statements(store: Store, query: Query, limit: int) -> list[StoredStatement]:
    """Statements of reports that have the words of `query`; those that say one of them themselves stand first."""
    wanted = [word for words in parse(query.text)[0] for word in words]
    found = list(load(store, page(store, "statements", query, LOOKED)))

    def silent(one: StoredStatement) -> bool:
        said = set(fold(one.words).split())
        return not any(word in said for word in wanted)

    return sorted(found, key=silent)[:limit]
