"""Whom a name or an office means on a date, by the package's tables and the user's own."""

from __future__ import annotations

import datetime as dt
from threading import Lock
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from communique.asking import country
from communique.resolve.actors import ActorIndex
from communique.resolve.find import Found, find
from communique.serve import models
from communique.serve.api.formats import as_json

router = APIRouter()


class Tables:
    """The tables of actors, loaded when first asked."""

    def __init__(self) -> None:
        self._index: ActorIndex | None = None
        self._lock = Lock()

    def find(self, name: str, day: str, code: str) -> Found:
        with self._lock:
            if self._index is None:
                self._index = ActorIndex.load(None)
        return find(self._index, name, day, code)


@router.get("/actors", response_model=models.Actors, tags=["actors"], summary="Whom a name or an office means on a date")
def actors(request: Request, asked: Annotated[models.AskedActors, Query()]) -> Any:
    from communique.errors import InputError

    try:
        day = dt.date.fromisoformat(asked.on) if asked.on else dt.date.today()
    except ValueError as error:
        raise InputError(f"on {asked.on!r}", "is not a date", "write it as 2024-04-10") from error
    found = request.app.state.actors.find(asked.name, day.isoformat(), country(asked.country) if asked.country else "")
    return as_json(request, {"found": found, "chosen": found.chosen.name if found.chosen else None})
