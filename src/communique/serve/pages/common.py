"""What all pages share: how they are shown, what they are asked by, how they are exported."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from fastapi import Request
from starlette.responses import Response

from communique.asking import country, edge, own_types, party
from communique.errors import InputError
from communique.ontology import event_types, names
from communique.records import YEARS, Entity
from communique.serve.app import STATIC, page
from communique.serve.pages import links
from communique.settings import read_table
from communique.store import Store, desk
from communique.store.questions import ordered as ordered
from communique.views.words import STATUS_WORDS, alias, counted, display_name, flag, office_of, printable, shortened, web_address

NAV = (
    ("/", "Today"), ("/dyads", "Dyads"), ("/countries", "Countries"), ("/persons", "Persons"), ("/incidents", "Incidents"),
    ("/statements", "Statements"), ("/claims", "Claims"), ("/map", "Map"), ("/network", "Network"), ("/search", "Search"),
    ("/review", "Review"),
)  # fmt: skip
"""The pages in the head of each, in their order; one that is not there yet is left out."""

UNDER = {
    "/dyad": "/dyads", "/country": "/countries", "/person": "/persons", "/claim": "/claims", "/incident": "/incidents",
    "/report": "/incidents",
}  # fmt: skip
"""Which of `NAV` a page belongs to, where it is none of them itself."""

ASSETS = ("htmx.min.js", "echarts.min.js", "countries-110m.json", "topojson-client.min.js")
"""What hatch_build.py fetches (vendor.toml): without it the desk works, but for charts and reloading in place."""

VENDOR = STATIC / "vendor"

LATE = {
    "htmx": "vendor/htmx.min.js", "echarts": "vendor/echarts.min.js", "topojson": "vendor/topojson-client.min.js",
}  # fmt: skip
"""Scripts that are loaded when a page is painted, where it has something for them to do: a million characters take a tenth of a
second to read."""

RECENT = 2000
"""Incidents of which it is counted who had most of late: a tenth of a second."""

T = TypeVar("T")

WORDS: dict[str, Any] = {
    "links": links, "status_words": STATUS_WORDS, "counted": counted, "flag": flag, "display_name": display_name, "alias": alias,
    "office_of": office_of, "shortened": shortened, "web_address": web_address,
}  # fmt: skip
"""What templates know beside what a page gives them."""


def show(request: Request, name: str, title: str, **context: Any) -> Any:
    """The template `name` with what every page needs."""
    from communique.serve.pages import PATHS as known  # which holds this module

    here = "/" + request.url.path.strip("/").partition("/")[0]
    at = UNDER.get(here, here)
    nav = [(path, label, path == at) for path, label in NAV if path in known]
    given = {
        **WORDS, "deed": deed, "named": named, "rate": rate, "types": types(request), "acts": names("act"), "nav": nav,
        "title": title, "missing": missing(), "known": known, "names": country_names(), "typed": typed_names(),
        "params": params(request), "path": request.url.path, "quad_side": quad_side,
        "late": {name: file for name, file in LATE.items() if file.removeprefix("vendor/") not in missing()},
    }  # fmt: skip
    return page(request, name, **{**given, **context})


def types(request: Request) -> tuple[str, ...]:
    """Event types, those of the store's own last."""
    return (*event_types(), *desk.own_types(request.app.state.store))


def missing() -> tuple[str, ...]:
    """What of the pages' own files was not built in."""
    return tuple(name for name in ASSETS if not (VENDOR / name).is_file())


def params(request: Request) -> dict[str, Any]:
    """What a page was asked, without what is empty and without how it is given."""
    out: dict[str, Any] = {}
    for name in request.query_params:
        values = [v for v in request.query_params.getlist(name) if v.strip()]
        if values and name not in ("as", "after"):
            out[name] = values if len(values) > 1 else values[0]
    return out


@lru_cache(maxsize=1)
def country_names() -> Mapping[str, str]:
    """Names of countries, and of what is no country, by code."""
    found = [row for table in ("serve/others.tsv", "actors/countries.tsv") for row in read_table(table)]
    return {row["code"]: row["name"] for row in found}


@lru_cache(maxsize=1)
def typed_names() -> Mapping[str, str]:
    """How each country stands in a form: by its name where that is understood, else by its code."""
    out = {}
    for code, name in country_names().items():
        try:
            out[code] = name if country(name) == code else code
        except InputError:
            out[code] = code
    return out


def today() -> str:
    return dt.date.today().isoformat()


def shifted(day: str, days: int) -> str:
    """The day `days` later; the first or the last there is where that leads out of the calendar."""
    at = dt.date.fromisoformat(day).toordinal() + days
    return dt.date.fromordinal(min(max(at, dt.date.min.toordinal()), dt.date.max.toordinal())).isoformat()


def last_days(store: Store) -> tuple[str, str, list[desk.Light]]:
    """(since, until, incidents) of the last three months of a store, or as many whole days as `RECENT` incidents fill: what the
    lists of countries and dyads begin with."""
    last = desk.last_day(store, today()) or today()
    since = shifted(last, -90)
    found = desk.incidents(store, desk.Wanted(since=since, until=last), most=RECENT)
    first, kept = whole_days([(one.day, one) for one in found], RECENT)
    return first or since, last, kept


def whole_days(dated: Sequence[tuple[str, T]], most: int) -> tuple[str, list[T]]:
    """Of the last things with their days, at most `most`, those of whole days and the first of these days, "" where nothing
    is left out: a list since then is as long as what is counted. Where all are of one day, it may be longer."""
    if len(dated) < most or dated[0][0] == dated[-1][0]:
        return "", [one for _, one in dated]
    kept = [(day, one) for day, one in dated if day > dated[-1][0]]
    return kept[-1][0], [one for _, one in kept]


def day(given: str, name: str) -> str:
    """The first ("since") or last ("until") day of a date given by a user; "" where none is. Raises `InputError`."""
    found = edge(given, name) if given.strip() else ""
    if found and int(found[:4]) not in YEARS:  # a chart of all days since the year 1 would hold the server up
        raise InputError(f"{name} {given!r}", f"is no year of the press ({YEARS[0]} to {YEARS[-1]})", "write one between them")
    return found


def who(given: str) -> str:
    """A party as the store asks for it. Raises `InputError`."""
    return party(given) if given.strip() else ""


def where(given: str) -> str:
    return country(given) if given.strip() else ""


def chosen(name: str, given: Sequence[str], store: Store | None = None) -> tuple[str, ...]:
    """Values of a closed list as it writes them; of types also those of the `store`'s own. Raises `InputError` for another."""
    values = (*event_types(), *(own_types(store, given) if store is not None else ())) if name == "type" else names(name)
    written = {v.casefold(): v for v in values}
    out = []
    for word in (w.strip() for part in given for w in part.split(",")):
        if word and word.casefold() not in written:
            raise InputError(f"{name} {word!r}", "is not in the codebook", "it is one of " + ", ".join(values))
        out += [written[word.casefold()]] if word else []
    return tuple(dict.fromkeys(out))


def cursor(given: str) -> str:
    """A place in a list, as a page's own link has it. Raises `InputError` for another."""
    from communique.store import Query

    return Query(after=given).after if given else ""


def quad_side(quad: str) -> str:
    """ "conflict", "cooperation" or "", of a quad or a type's."""
    return quad.rpartition(" ")[2] if quad else ""


def sides(store: Store) -> dict[str, str]:
    """"conflict", "cooperation" or "" by type, those of the store's own with them."""
    return {kind: quad_side(quad) for kind, quad in desk.quads(store).items()}


def deed(kind: str, actors: Iterable[Entity], recipients: Iterable[Entity]) -> str:
    """Who did what to whom, in one line of plain text."""
    return printable(f"{named(actors) or 'somebody'} {kind} {named(recipients)}".strip())


def named(entities: Iterable[Entity]) -> str:
    """Names in one line, else codes."""
    return ", ".join(display_name(e) or e.code for e in entities)


def rate(expected: float, days: int) -> str:
    """How often something is, told as people do; `expected` is how often in `days` days."""
    year = expected / days * 365
    for least, size, name in ((365, 365, "day"), (52, 52.1429, "week"), (12, 12, "month"), (1.5, 1, "year")):
        if year >= least:
            return f"{year / size:.0f} a {name}" if year / size >= 1.5 else f"one a {name}"
    return "one a year" if year > 0.75 else f"one in {max(2, round(1 / max(year, 0.02)))} years"


def as_json(value: Any, name: str) -> Response:
    body = json.dumps(value, ensure_ascii=True, indent=1)
    return Response(body, media_type="application/json", headers=_download(f"{name}.json"))


def as_csv(rows: Iterable[Mapping[str, Any]], name: str, columns: Iterable[str] = ()) -> Response:
    """Rows as CSV; a cell that a spreadsheet would take for a formula is made text, as everywhere (docs/questions.md)."""
    import csv
    import io

    from communique.export.tables import sheet_row

    listed = list(rows)
    header = list(columns) or list(listed[0] if listed else ())
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    for row in listed:
        writer.writerow(sheet_row(row[c] for c in header))
    return Response(out.getvalue(), media_type="text/csv; charset=utf-8", headers=_download(f"{name}.csv"))


def given_as(form: str, rows: list[dict[str, Any]], name: str, columns: Iterable[str]) -> Response:
    """Rows in the form that `form` found."""
    return as_csv(rows, name, columns) if form == "csv" else as_json(rows, name)


def _download(name: str) -> dict[str, str]:
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in name)
    return {"Content-Disposition": f'attachment; filename="{plain}"'}


def form(request: Request) -> str:
    """How a view is asked for: "" (a page), "csv" or "json". Raises `InputError` for another."""
    given = request.query_params.get("as", "")
    if given not in ("", "csv", "json"):
        raise InputError(f"as {given!r}", "is no way to give a view", "write csv or json")
    return given
