"""The desk's pages: each module has a `router`, all addresses are made in `links`, the templates lie in ``serve/templates``."""

from __future__ import annotations

from fastapi import APIRouter

from communique.serve.pages import (
    claims,
    countries,
    dyads,
    incidents,
    maps,
    network,
    persons,
    reports,
    review,
    search,
    statements,
    today,
)

MODULES = (today, dyads, countries, persons, claims, incidents, statements, reports, maps, network, search, review)
"""The modules with pages: one that is added here is in the head of every page, if `common.NAV` names it."""

_routes = [_route for _module in MODULES for _route in _module.router.routes]
PATHS = frozenset(str(getattr(_route, "path", "")) for _route in _routes if "GET" in getattr(_route, "methods", ()))
"""The addresses of the pages, without those that forms are sent to."""


def warm() -> None:
    """Loads what the first page would else wait for: libraries of change points and the table of officials, a second or two."""
    from contextlib import suppress

    from communique.errors import MissingExtraError
    from communique.measure.extras import optional

    countries.holders()
    with suppress(MissingExtraError):
        optional("ruptures", "measure", "change points")


router = APIRouter(include_in_schema=False)
for _module in MODULES:
    router.include_router(_module.router)
