"""The API, ``/api/v1``: the store's questions over HTTP (docs/api.md)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.openapi.utils import get_openapi

from communique.serve.api import actors, dyads, live, read, records, reviews, search
from communique.serve.api.asked import once
from communique.serve.api.formats import as_json
from communique.serve.models import About, Wrong
from communique.serve.problems import KINDS, MEDIA

PREFIX = "/api/v1"

DESCRIPTION = (
    "Who did what to whom, who said what about whom, and on whose word. Lists go by day; `next` leads on, and `limit` bounds. "
    "Answers are JSON, and where it says so CSV or Parquet, by the Accept header. Errors are application/problem+json."
)

COMMON = (400, 401, 403, 404, 405, 406, 408, 413, 415, 421, 422, 429, 500, 501, 503)
"""Statuses that any answer may have, as KINDS of problems.py."""

router = APIRouter(prefix=PREFIX, dependencies=[Depends(once)])


@router.get("", response_model=About, tags=["about"], summary="The server and its parts")
def about(request: Request) -> Any:
    import communique

    parts = (
        "reports",
        "events",
        "statements",
        "incidents",
        "claims",
        "dyads",
        "actors",
        "alerts",
        "search",
        "explain",
        "reviews",
        "read",
        "stream",
    )
    links = {name: f"{PREFIX}/{name}" for name in parts} | {"openapi": f"{PREFIX}/openapi.json"}
    return as_json(request, {"name": "communique", "version": communique.__version__, "api": "v1", "links": links})


for _part in (records, dyads, actors, search, read, live, reviews):
    router.include_router(_part.router)


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document: what FastAPI makes of the routes, with problems as they are given and the token that may be asked."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        schemas["Wrong"] = Wrong.model_json_schema()
        told = {MEDIA: {"schema": {"$ref": "#/components/schemas/Wrong"}}}
        problems = {str(s): {"description": t, "content": told} for s, t in KINDS.values() if s in COMMON}
        for path in made["paths"].values():
            for operation in path.values():
                operation["responses"] = {**operation["responses"], **problems}
        made["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        made["security"] = [{"token": []}] if app.state.settings.tokens else [{}, {"token": []}]
        app.openapi_schema = made
    return app.openapi_schema
