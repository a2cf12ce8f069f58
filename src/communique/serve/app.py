"""The application: the API, the pages and their files, behind the guard of `security`."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from fastapi import FastAPI, Request
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

import communique
from communique.serve import api, problems, session
from communique.serve.api.actors import Tables
from communique.serve.reading import OneReader
from communique.serve.security import Gate, Guard, csrf_token, token_name
from communique.serve.settings import Settings
from communique.serve.stream import Broadcast
from communique.store import Store, open_store
from communique.views.words import printable

HERE = Path(__file__).resolve().parent
STATIC, TEMPLATES = HERE / "static", HERE / "templates"

THREADS = 8
"""Requests worked on at once. More of them only share the interpreter: on two cores, 4 to 16 answer equally many a second."""

OPENAPI = "/api/v1/openapi.json"


def create_app(store_url: str | Path | None = None, settings: Settings | None = None, *, create: bool = False) -> FastAPI:
    """The desk on the store at a path or URL, as `communique.open` takes it; with `create` an empty one is made where none is.

    `app.state` has `store`, `settings`, `templates`, `reader` and `broadcast`. The store is closed when the application ends.

    Raises `InputError` where there is no store.
    """
    chosen = settings or Settings()
    store = open_store(store_url, create=create)
    app = FastAPI(
        title="Communique", version=communique.__version__, openapi_url=OPENAPI, docs_url=None, redoc_url=None,
        description=api.DESCRIPTION, lifespan=_life, separate_input_output_schemas=False,
    )  # fmt: skip
    app.state.store, app.state.settings, app.state.templates = store, chosen, templates()
    app.state.reader = OneReader(chosen.waiting)
    app.state.broadcast = Broadcast(store, chosen.poll, chosen.streams)
    app.state.actors = Tables()
    app.state.gate, app.state.alerting = Gate(chosen), Lock()
    problems.install(app)
    app.include_router(api.router)
    app.include_router(session.router)
    from communique.serve import pages  # they take `page` and `store_of` from here

    app.include_router(pages.router)
    app.mount("/static", Files(directory=STATIC), name="static")
    app.openapi = lambda: api.document(app)  # type: ignore[method-assign]
    app.add_middleware(Guard, settings=chosen, gate=app.state.gate)
    return app


@asynccontextmanager
async def _life(app: FastAPI) -> AsyncIterator[None]:
    import anyio.to_thread

    anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
    from communique.serve.pages import warm

    threading.Thread(target=warm, name="communique-warm", daemon=True).start()
    try:
        yield
    finally:
        await app.state.broadcast.close()
        app.state.reader.close()
        app.state.store.close()


class Files(StaticFiles):
    """The desk's own files. Under the address that `asset` gives, one may be kept for good: when it changes, so does that."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        found = await super().get_response(path, scope)
        if scope["query_string"] and found.status_code in (200, 304):
            found.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return found


@lru_cache(maxsize=64)
def asset(name: str) -> str:
    """The address of one of the desk's own files, with a mark of what is in it."""
    return f"/static/{name}?{hashlib.blake2b((STATIC / name).read_bytes(), digest_size=6).hexdigest()}"


def templates() -> Jinja2Templates:
    """The pages' templates. All that they are given is escaped; a name that they are not given is an error.

    They know `csrf(request)`, the mark of a form; `whose(request)`, the name of the token shown; `asset(name)`, the address of a
    file; and `version`.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        finalize=_printed,
    )  # fmt: skip
    environment.globals.update(csrf=csrf_token, whose=token_name, asset=asset, version=communique.__version__)
    return Jinja2Templates(env=environment)


def _printed(value: object) -> object:
    """Each value before it is escaped, without what turns the reading direction; what a template made itself passes."""
    return printable(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def store_of(request: Request) -> Store:
    """A dependency: the store of the application."""
    found: Store = request.app.state.store
    return found


def page(request: Request, name: str, status: int = 200, **context: Any) -> Any:
    """The template `name` as an answer; `context` is what it is given, beside the request."""
    found: Jinja2Templates = request.app.state.templates
    return found.TemplateResponse(request, name, context, status_code=status)
