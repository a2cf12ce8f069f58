"""Persons and bodies: what they said and did, with whom, and which offices they held when."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from communique.records import Incident
from communique.serve.app import store_of
from communique.serve.pages import common, links
from communique.serve.pages.countries import holders, weeks
from communique.serve.pages.statements import together
from communique.serve.pages.today import Name, Word
from communique.serve.problems import Problem
from communique.store import Store, StoredStatement, desk
from communique.views import flat

router = APIRouter(include_in_schema=False)

LAST = 300
"""Statements and incidents, the last, from which partners and the chart are made."""

SHOWN = 12

SAMPLE = 400
"""Statements, the last of the store, of which it is counted who spoke most."""


@router.get("/persons")
def persons(request: Request, store: Annotated[Store, Depends(store_of)], q: Word = "") -> Any:
    """Names that have some words, and where none are asked for who spoke most of late."""
    if desk.empty(store):
        return common.show(request, "empty.html", "Begin", store=store.name)
    found = desk.named_like(store, q) if q.strip() else []
    since, recent = ("", []) if q.strip() else _recent(store)
    if form := common.form(request):
        rows: list[dict[str, Any]] = [
            {"name": f.name, "country": f.country, "sector": f.sector, "office": f.office, "statements": None} for f in found
        ]
        rows += [{"name": name, "country": code, "sector": "", "office": "", "statements": n} for name, code, n in recent]
        return common.given_as(form, rows, "persons", ("name", "country", "sector", "office", "statements"))
    return common.show(request, "persons.html", "Persons and bodies", q=q, found=found, recent=recent, since=since)


def _recent(store: Store) -> tuple[str, list[tuple[str, str, int]]]:
    """The first of the days that the last `SAMPLE` statements of the store fill, and (name, country, statements) of who spoke in
    them: whole days, so that the list of a name's statements since then is as long as its number."""
    from communique.store import Query

    found = [one for one in store.statements(Query(newest=True, limit=SAMPLE)) if one.published]
    days = sorted({one.published for one in found})
    if len(found) == SAMPLE and len(days) > 1:
        days = days[1:]  # there may be more of the first day
    said: Counter[str] = Counter()
    countries: dict[str, Counter[str]] = {}
    for one in found:
        if one.published in days and (name := one.statement.speaker.name):
            said[name] += 1
            countries.setdefault(name, Counter())[one.statement.speaker.country] += 1
    listed = [(name, countries[name].most_common(1)[0][0], n) for name, n in said.most_common(30)]
    return (days[0] if days else ""), listed


@router.get("/person")
def person(request: Request, store: Annotated[Store, Depends(store_of)], name: Name = "", after: Word = "") -> Any:
    """One of them."""
    if not name.strip():
        return persons(request, store)
    known = desk.figures(store, name)
    held = _held(name)
    if not known and not held:
        raise Problem("not-found", f"the store has met nobody called {name!r}: /persons looks for parts of names")
    said = desk.words_of(store, name, most=LAST)
    did = desk.full(store, [one.number for one in desk.incidents(store, desk.Wanted(who=name), most=LAST)]) if known else []
    if form := common.form(request):
        rows = [flat.statement(one) for one in said]
        if form == "csv":
            return common.as_csv(rows, f"person-{name}", flat.STATEMENT)
        return common.as_json({"name": name, "offices": held, "statements": rows, "incidents": [flat.incident(i) for i in did]},
                              f"person-{name}")  # fmt: skip
    title = known[0].name if known else name
    return common.show(
        request, "person.html", title, person=title, met=_met(known), held=held, said=together(said, SHOWN), did=did[:SHOWN],
        count=len(said),
        deeds=len(did), most=LAST, partners=_partners(title, did), about=_about(said), chart=_chart(said, title),
        acts=Counter(one.statement.act for one in said).most_common(),
    )  # fmt: skip


def _met(known: list[desk.Figure]) -> list[tuple[str, str, str]]:
    """Country, sector and office under which the reports met them, each once."""
    once: dict[tuple[str, str, str], tuple[str, str, str]] = {}
    for f in known:
        once.setdefault((f.country, f.sector, f.office.casefold()), (f.country, f.sector, f.office))
    return list(once.values())


def _held(name: str) -> list[dict[str, str]]:
    """Rows of the table of officials, the first first."""
    from communique.store.writing import folded

    wanted = folded(name)
    everybody = ((country, row) for country, listed in holders().items() for row in listed)
    found = [{**row, "country": country} for country, row in everybody if folded(row["name"]) == wanted]
    return sorted(found, key=lambda row: (row["since"], row["office"]))


def _partners(name: str, did: list[Incident]) -> list[tuple[str, str, int, int]]:
    """(name, country, conflicts, cooperations) of who was on the other side; by country where the other has no name."""
    sums: dict[tuple[str, str], list[int]] = {}
    for one in did:
        side = common.quad_side(one.quad)
        sides = (one.actors, one.recipients)
        own = [n for n in (0, 1) if any(e.name == name for e in sides[n])]
        others = [e for n in (0, 1) if n not in own or not sides[1 - n] for e in sides[n] if e.name != name]
        for key in dict.fromkeys((e.name, e.country) for e in others if e.name or e.country):
            told = sums.setdefault(key, [0, 0])
            told[0] += side == "conflict"
            told[1] += side == "cooperation"
    listed = sorted(sums.items(), key=lambda item: (-sum(item[1]), item[0]))
    return [(other, country, told[0], told[1]) for (other, country), told in listed[:15]]


def _about(said: list[StoredStatement]) -> list[tuple[str, int]]:
    """Countries that the statements are about or said to, as a list of statements is narrowed to."""
    each = ({*one.statement.about, *(e.country for e in one.statement.addressee)} - {""} for one in said)
    return Counter(code for codes in each for code in codes).most_common(10)


def _chart(said: list[StoredStatement], name: str) -> dict[str, Any] | None:
    """Statements by week, over the last two years of those that are looked at."""
    days = Counter(one.published for one in said if one.published)
    if len(days) < 2:
        return None
    last = max(days)
    first = max(min(days), common.shifted(last, -728))
    starts, values = weeks({d: n for d, n in days.items() if d >= first}, first, last)
    hrefs = [links.query("/statements", actor=name, since=s, until=common.shifted(s, 6)) for s in starts]
    return {"kind": "bars", "name": "statements a week", "starts": starts, "values": values, "hrefs": hrefs}
