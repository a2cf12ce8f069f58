"""What went wrong, as a caller gets it: ``application/problem+json`` (RFC 9457) for the API, a page for a browser.

Every answer of 400 and above is one of `KINDS` (docs/api.md).
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from communique.errors import CommuniqueError, InputError, MissingExtraError

MEDIA = "application/problem+json"
API = "/api/"

KINDS: dict[str, tuple[int, str]] = {
    "bad-request": (400, "The request cannot be understood"),
    "token-required": (401, "A token is required"),
    "refused": (403, "The request is refused"),
    "not-found": (404, "There is no such thing"),
    "method-not-allowed": (405, "The method is not allowed here"),
    "not-acceptable": (406, "None of the accepted formats can be given"),
    "too-slow": (408, "The request did not arrive in time"),
    "too-large": (413, "The request is too large"),
    "unsupported-media-type": (415, "The content has a type that is not read here"),
    "host-refused": (421, "The desk is not known under this name"),
    "invalid": (422, "A value is not one that can be asked for"),
    "too-many-requests": (429, "Too many requests"),
    "fault": (500, "The server failed"),
    "not-installed": (501, "A part that this needs is not installed"),
    "busy": (503, "The server is busy"),
}
"""Kinds of problem, with their status and title. A problem's `type` is "urn:communique:" and its kind."""

_BY_STATUS = {status: kind for kind, (status, _) in KINDS.items()}


class Problem(Exception):
    """What a caller did wrong or cannot have. `more` are further members of the answer, `headers` go with it."""

    def __init__(self, kind: str, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.headers, self.more = kind, detail, dict(headers or {}), more

    @classmethod
    def of(cls, error: InputError, kind: str = "invalid") -> Problem:
        """`error`, with its three parts apart."""
        return cls(kind, str(error), source=error.source, reason=error.reason, hint=error.hint)

    def body(self) -> dict[str, Any]:
        status, title = KINDS[self.kind]
        return {"type": f"urn:communique:{self.kind}", "title": title, "status": status, "detail": self.detail, **self.more}

    def response(self, *, page: bool = False) -> Response:
        """As JSON, or as a `page`, which loads nothing but the desk's style."""
        status = KINDS[self.kind][0]
        if page:
            return HTMLResponse(_page(self), status, headers=self.headers)
        # ASCII throughout: what a stranger's request holds steers no terminal.
        return Response(json.dumps(self.body(), default=str), status, headers=self.headers, media_type=MEDIA)


def wants_page(path: str, accept: str) -> bool:
    """Whether who asks for `path` is a browser that shows a page."""
    return not path.startswith(API) and "text/html" in accept


def _page(problem: Problem) -> str:
    status, title = KINDS[problem.kind]
    said = html.escape(problem.detail)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{status}: {title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/static/plain.css">'
        f'</head><body><main><h1>{title}</h1><p>{said}</p><p><a href="/">Back to the desk</a></p></main></body></html>'
    )


def install(app: FastAPI) -> None:
    """Makes every error of `app` a problem."""

    def tell(request: Request, problem: Problem) -> Response:
        return problem.response(page=wants_page(request.url.path, request.headers.get("accept", "")))

    @app.exception_handler(Problem)
    async def known(request: Request, error: Problem) -> Response:
        return tell(request, error)

    @app.exception_handler(InputError)
    async def given(request: Request, error: InputError) -> Response:
        return tell(request, Problem.of(error, "busy" if "cannot be used" in error.reason else "invalid"))

    @app.exception_handler(MissingExtraError)
    async def missing(request: Request, error: MissingExtraError) -> Response:
        return tell(request, Problem("not-installed", str(error)))

    @app.exception_handler(CommuniqueError)
    async def ours(request: Request, error: CommuniqueError) -> Response:
        return tell(request, Problem("fault", str(error)))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        return tell(request, _invalid(error))

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        kind = _BY_STATUS.get(error.status_code)
        if kind is None:  # a redirect, or a status of a page's own
            return Response(status_code=error.status_code, headers=error.headers)
        said = str(error.detail)
        if said == HTTPStatus(error.status_code).phrase:
            said = f"{request.method} {request.url.path}: {KINDS[kind][1].lower()}"
        return tell(request, Problem(kind, said, headers=error.headers))


def _invalid(error: RequestValidationError) -> Problem:
    """What is wrong with which parameter, each on its own; the value is not given back."""
    wrong = [
        {"in": str(e["loc"][0]), "name": ".".join(map(str, e["loc"][1:])), "reason": reason_of(e["type"], e["msg"])}
        for e in error.errors()
    ]
    bad = any(e["type"].startswith("json") for e in error.errors())
    said = "; ".join(f"{e['name'] or e['in']}: {e['reason']}" for e in wrong)
    return Problem("bad-request" if bad else "invalid", said, errors=wrong)


def reason_of(kind: str, said: str) -> str:
    """In our words, where pydantic's say little. A misspelt name is refused because it would else narrow nothing."""
    said = said.removeprefix("Value error, ")
    return {
        "extra_forbidden": "cannot be asked here: /api/v1/openapi.json lists what can",
        "string_pattern_mismatch": "is not a date: write it as 2024-04-10, for since and until also as 2024-04 or 2024",
    }.get(kind, said)
