"""Signing in with a token, and out: a browser cannot send an Authorization header of its own accord."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse

from communique.serve.problems import Problem
from communique.serve.security import SESSION_COOKIE, SIGN_IN, address_of, cookie, inside, sign_in

router = APIRouter(include_in_schema=False)


@router.get(SIGN_IN)
def ask(request: Request, next: Annotated[str, Query(max_length=4000)] = "/") -> Any:
    if not request.app.state.settings.tokens:
        return RedirectResponse("/", 303)
    return _form(request, next)


@router.post(SIGN_IN)
def take(
    request: Request, token: Annotated[str, Form(max_length=1000)] = "", next: Annotated[str, Form(max_length=4000)] = "/"
) -> Any:
    if not request.app.state.settings.tokens:
        return RedirectResponse("/", 303)
    try:
        found = request.app.state.gate.shown(token.strip(), address_of(request.scope))
    except Problem as problem:
        return _form(request, next, problem)
    return sign_in(request, request.app.state.settings, found, next)


@router.post("/sign-out")
def leave(request: Request) -> Any:
    response = RedirectResponse(SIGN_IN, 303)
    response.headers.append("Set-Cookie", cookie(SESSION_COOKIE, "", request.scope, 0))
    return response


def _form(request: Request, onward: str, problem: Problem | None = None) -> Any:
    status = {"too-many-requests": 429}.get(problem.kind, 401) if problem else 200
    said = problem.detail if problem else ""
    context = {"next": inside(onward), "said": said}
    headers = {k: v for k, v in problem.headers.items() if k == "Retry-After"} if problem else None
    return request.app.state.templates.TemplateResponse(request, "sign_in.html", context, status_code=status, headers=headers)
