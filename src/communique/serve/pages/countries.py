"""Countries: with whom they had to do, what their people say over time, who holds their offices."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from communique.serve.app import store_of
from communique.serve.pages import common, links
from communique.serve.pages.statements import together
from communique.serve.pages.today import Word
from communique.serve.problems import Problem
from communique.settings import read_table
from communique.store import Query, Store, desk, people

router = APIRouter(include_in_schema=False)

SPAN = 182
"""Days that are shown where none are asked for."""

CHARTED = 800 * 7
"""Days of statements that are drawn with their empty weeks: as many points as a dyad's chart has at most."""

NETWORK = 14
"""Partners in the network."""


@lru_cache(maxsize=1)
def holders() -> dict[str, list[dict[str, str]]]:
    """Offices by country, from the table of officials; those told by a name in other letters once."""
    out: dict[str, list[dict[str, str]]] = {}
    for row in read_table("actors/people.tsv"):
        out.setdefault(row["country"], []).append({k: row[k] or "" for k in ("name", "office", "since", "until", "sector")})
    return out


def offices(country: str, day: str) -> list[dict[str, str]]:
    """Who held an office of the country on a day, as the tables know it."""
    found = [r for r in holders().get(country, ()) if r["since"] <= day and (not r["until"] or day < r["until"])]
    once: dict[tuple[str, str, str], dict[str, str]] = {}
    for row in found:
        # "Sergei" and "Sergey" are one: the same last name in the same office since the same day.
        once.setdefault(((row["name"].split() or [""])[-1], row["office"], row["since"]), row)
    return list(once.values())


@router.get("/countries")
def countries(request: Request, store: Annotated[Store, Depends(store_of)]) -> Any:
    """All countries, those of the last days' incidents first."""
    if desk.empty(store):
        return common.show(request, "empty.html", "Begin", store=store.name)
    since, last, recent = common.last_days(store)
    seen: Counter[str] = Counter()
    for one in recent:
        seen.update({c for pair in one.pairs for c in pair if c != "*"})
    if form := common.form(request):
        rows = [{"country": code, "incidents": n} for code, n in seen.most_common()]
        return common.given_as(form, rows, f"countries-{since}-{last}", ("country", "incidents"))
    rest = sorted(((name, code) for code, name in common.country_names().items()))
    return common.show(request, "countries.html", "Countries", busy=seen.most_common(30), rest=rest, since=since, until=last)


@router.get("/country")
def asked(request: Request, store: Annotated[Store, Depends(store_of)], code: Word = "") -> Any:
    """Where the form of a country leads."""
    from starlette.responses import RedirectResponse

    return RedirectResponse(links.country(common.where(code)), 303) if code.strip() else countries(request, store)


@router.get("/country/{code}")
def country(request: Request, store: Annotated[Store, Depends(store_of)], code: str, since: Word = "", until: Word = "") -> Any:
    """One country."""
    names = common.country_names()
    known = code.upper()
    if known not in names:
        raise Problem("not-found", f"{code!r} is no code of a country: /countries lists them")
    last = common.day(until, "until") or desk.last_day(store, common.today()) or common.today()
    first = common.day(since, "since") or common.shifted(last, 1 - SPAN)
    common.ordered(first, last)
    chosen = not (since or until)
    newest = desk.incidents(store, desk.Wanted(who=known, until=last), most=1) if chosen else []
    if newest and newest[0].day < first:  # nothing in the store's last days: the country's own last ones
        last = newest[0].day
        first = common.shifted(last, 1 - SPAN)
    partners = desk.partners(store, known, list(names), first, last)
    said = desk.statement_days(store, known, first, last)
    if form := common.form(request):
        rows = [{"country": known, "partner": p.country, "did": p.did, "met": p.met, "conflict": p.conflict,
                 "cooperation": p.cooperation, "since": first, "until": last} for p in partners]  # fmt: skip
        name = f"country-{known}-{first}-{last}"
        columns = ("country", "partner", "did", "met", "conflict", "cooperation", "since", "until")
        if form == "csv":
            return common.as_csv(rows, name, columns)
        return common.as_json({"country": known, "since": first, "until": last, "partners": rows, "statements": said}, name)
    recent = desk.incidents(store, desk.Wanted(who=known, since=first, until=last), most=12)
    return common.show(
        request, "country.html", names[known], code=known, since=first, until=last, chosen=chosen, partners=partners, said=said,
        speakers=people.speakers(store, known, first, last), offices=offices(known, last),
        recent=desk.full(store, [one.number for one in recent]),
        statements=together(store.statements(Query(actor=known, until=last, newest=True, limit=24)), 6),
        claims=desk.claims(store, who=known, most=6)[0], network=_network(known, partners),
        chart=_chart(said, first, last, known),
    )  # fmt: skip


def _network(code: str, partners: list[desk.Partner]) -> dict[str, Any]:
    names = common.country_names()
    listed = partners[:NETWORK]
    return {
        "kind": "star", "centre": names[code],
        "partners": [
            {"name": names.get(p.country, p.country), "conflict": p.conflict, "cooperation": p.cooperation,
             "href": links.dyad(code, p.country)} for p in listed
        ],
    }  # fmt: skip


def weeks(said: dict[str, int], first: str, last: str) -> tuple[list[str], list[int]]:
    """Mondays from the first week to the last, and the sums of their days."""
    import datetime as dt

    at = dt.date.fromisoformat(first)
    at -= dt.timedelta(at.weekday())
    sums: Counter[str] = Counter()
    for day, n in said.items():
        found = dt.date.fromisoformat(day)
        sums[(found - dt.timedelta(found.weekday())).isoformat()] += n
    starts = []
    while at.isoformat() <= last:
        starts.append(at.isoformat())
        at += dt.timedelta(7)
    return starts, [sums[s] for s in starts]


def _chart(said: dict[str, int], first: str, last: str, code: str) -> dict[str, Any]:
    # Of a span that no screen holds, the chart begins where something was said.
    begin = first if common.shifted(first, CHARTED) >= last else max(first, min(said, default=last))
    starts, values = weeks(said, begin, last)
    hrefs = [links.query("/statements", actor=code, since=s, until=common.shifted(s, 6)) for s in starts]
    return {"kind": "bars", "name": "statements a week", "starts": starts, "values": values, "hrefs": hrefs}
