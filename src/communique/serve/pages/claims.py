"""Claims: what sides assert and deny, since when, in whose words; independent origins, with copied reports apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from communique.errors import InputError
from communique.serve.app import store_of
from communique.serve.pages import common, links
from communique.serve.pages.incidents import explained, sources
from communique.serve.pages.today import Word
from communique.serve.problems import Problem
from communique.store import Store, desk
from communique.views import flat

router = APIRouter(include_in_schema=False)

PAGE = 50
EXPORTED = 5000


@router.get("/claims")
def claims(
    request: Request, store: Annotated[Store, Depends(store_of)], who: Word = "", status: Word = "", after: Word = ""
) -> Any:
    """The list: contested ones, or with ``status=all`` what nobody denies too."""
    if status not in ("", "all", "contested"):
        raise InputError(f"status {status!r}", "is no status of a claim", "leave it out, or write all")
    party, contested = common.where(who), status != "all"
    if form := common.form(request):
        rows = [flat.claim(c) for c in desk.claims(store, who=party, contested=contested, most=EXPORTED)[0]]
        return common.as_csv(rows, "claims", flat.CLAIM) if form == "csv" else common.as_json(rows, "claims")
    if desk.empty(store):
        return common.show(request, "empty.html", "Begin", store=store.name)
    found, more = desk.claims(store, who=party, contested=contested, after=common.cursor(after), most=PAGE)
    return common.show(
        request, "claims.html", "Claims", listed=found, who=party, contested=contested, after=after,
        more=links.changed("/claims", common.params(request), after=more) if more else "",
    )  # fmt: skip


@router.get("/claim/{ident}")
def claim(request: Request, store: Annotated[Store, Depends(store_of)], ident: str) -> Any:
    """One claim."""
    found = explained(store, ident)
    if found.claim is None:
        raise Problem("not-found", f"{ident!r} is no claim; it is the id of a {found.kind}")
    one = found.claim
    if form := common.form(request):
        if form == "json":
            return common.as_json(found.to_dict(), f"claim-{one.id}")
        return common.as_csv([flat.event(e) for e in found.events], f"claim-{one.id}", flat.EVENT)
    events = {(e.telling.report, e.telling.event.id): e for e in found.events}
    # What denies it may be another deed: to reject it, say.
    others = [event for side in one.sides for report, event in side.tellings if (report, event) not in events]
    events |= {(e.telling.report, e.telling.event.id): e for e in desk.told(store, others).values()}
    outlets = {e.telling.report: e.telling.outlet for e in found.events}
    incidents = desk.by_uid(store, list(dict.fromkeys(e.incident for e in found.events if e.incident)))
    return common.show(
        request, "claim.html", "Claim: " + common.deed(one.type, one.actors, one.recipients), one=one, events=events,
        outlets=outlets, sources=sources(found.events, found.copies), incidents=list(incidents.values()),
        alike=_alike, chart=_chart(one, events), moved=ident if ident != one.id else "",
    )  # fmt: skip


def _alike(words: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """What a side said, each wording once with the reports that have it."""
    out: dict[str, list[str]] = {}
    for said, report in words:
        out.setdefault(" ".join(said.split()), []).append(report)
    return [(said, list(dict.fromkeys(reports))) for said, reports in out.items()]


def _chart(one: Any, events: dict[tuple[str, str], Any]) -> dict[str, Any] | None:
    """Who spoke when: one row a side, one point a telling with a day."""
    sides = []
    for side in one.sides:
        points = [
            {"day": e.telling.published, "name": e.telling.outlet or e.telling.report,
             "copy": e.telling.witness != e.telling.report,
             "href": links.report(e.telling.report, event=e.telling.event.id)}
            for ref in side.tellings if (e := events.get(ref)) is not None and e.telling.published
        ]  # fmt: skip
        sides.append({"name": f"{side.party.name or side.party.text or side.party.code} {side.stance}", "stance": side.stance,
                      "points": points})  # fmt: skip
    if len({p["day"] for s in sides for p in s["points"]}) < 2:
        return None
    return {"kind": "sides", "sides": sides}
