"""Incidents: the list behind every number of the desk, and each of them down to the sentences that it rests on."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from communique.errors import InputError
from communique.measure.series import series
from communique.records import Copy
from communique.serve.app import store_of
from communique.serve.pages import common, links
from communique.serve.pages.dyads import PERIODS, bounded
from communique.serve.pages.today import Word, wanted
from communique.serve.problems import Problem
from communique.store import Store, StoredEvent, desk
from communique.store.engine import chunks
from communique.views import flat

router = APIRouter(include_in_schema=False)

PAGE = 50
EXPORTED = 5000
"""Most rows of an export from a page; the API and ``communique incidents`` give any number."""

COUNTED = 20_000
"""Most incidents of a series that are listed, the last: more than a database takes as the values of one question, and than
anybody turns pages for."""


@dataclass(frozen=True, slots=True)
class Source:
    """An independent origin of an incident or claim: its own tellings, and those of the reports that copy it."""

    own: tuple[StoredEvent, ...]
    copies: tuple[tuple[StoredEvent, Copy | None], ...]

    @property
    def head(self) -> StoredEvent:
        return self.own[0] if self.own else self.copies[0][0]


def sources(told: Iterable[StoredEvent], copies: Iterable[Copy]) -> list[Source]:
    """Tellings by the report that they were copied from, in the order in which these were published."""
    known = {one.report: one for one in copies}
    groups: dict[str, list[StoredEvent]] = {}
    for one in told:
        groups.setdefault(one.telling.witness, []).append(one)
    return [
        Source(
            tuple(e for e in group if e.telling.report == witness),
            tuple((e, known.get(e.telling.report)) for e in group if e.telling.report != witness),
        )
        for witness, group in groups.items()
    ]  # fmt: skip


@router.get("/incidents")
def incidents(
    request: Request, store: Annotated[Store, Depends(store_of)], asked: Annotated[desk.Wanted, Depends(wanted)],
    after: Word = "", by: Word = "",
) -> Any:  # fmt: skip
    """The list, the last first, a page at a time; with `by`, those that the series of two countries by that period counts, where
    both of these and both days are named: else `by` says nothing, as when a field of the form was emptied."""
    if by and by not in PERIODS:
        raise InputError(f"by {by!r}", "is no period", "it is one of " + ", ".join(PERIODS))
    by = by if _of_a_dyad(asked) else ""
    if asked.other and not (asked.who or asked.way):
        asked = dataclasses.replace(asked, who=asked.other, other="")
    given, asked = asked, _counted(store, asked, by) if by else asked
    if form := common.form(request):
        found = desk.incidents(store, asked, most=EXPORTED)
        rows = [flat.incident(one) for part in chunks(one.number for one in found) for one in desk.full(store, part)]
        return common.as_csv(rows, "incidents", flat.INCIDENT) if form == "csv" else common.as_json(rows, "incidents")
    if desk.empty(store):
        return common.show(request, "empty.html", "Begin", store=store.name)
    found = desk.incidents(store, asked, after=common.cursor(after), most=PAGE + 1)
    more = found[PAGE - 1].cursor if len(found) > PAGE else ""
    numbers = [one.number for one in found[:PAGE]]
    whole = desk.full(store, numbers)
    outlets = desk.outlets(store, numbers)
    first = desk.told(store, [one.tellings[0][1] for one in whole if one.tellings])
    listed = [
        (one, first.get(one.tellings[0][1]) if one.tellings else None, outlets.get(number, ()))
        for number, one in zip(numbers, whole, strict=False)
    ]  # fmt: skip
    return common.show(
        request, "incidents.html", "Incidents", asked=given, listed=listed, after=after, by=by,
        more=links.changed("/incidents", common.params(request), after=more) if more else "",
        outlets=sorted({o for _, _, names in listed for o in names}),
    )  # fmt: skip


def _of_a_dyad(asked: desk.Wanted) -> bool:
    """Whether two countries are named, and the days from the first to the last."""
    return all(len(x) == 3 and x.isupper() for x in (asked.who, asked.other)) and bool(asked.since and asked.until)


def _counted(store: Store, asked: desk.Wanted, by: str) -> desk.Wanted:
    """`asked`, of the incidents that count in its days: one dated to a month counts on the day when it was first told
    (`measure.series`), so that a list is as long as the number that leads to it.

    Raises `InputError` for more days than a chart has.
    """
    bounded(asked.since, asked.until, by)
    a, b = asked.who, asked.other
    rows = store.series(a, b, since=asked.since, until=asked.until)
    way = "out" if asked.way == "out" else "both"
    points = series(rows, a, b, period=by, since=asked.since, until=asked.until, direction=way).points
    among = list(dict.fromkeys(i for p in points for i in (*p.incidents, *p.claims)))
    return dataclasses.replace(asked, since="", until="", among=tuple(among[-COUNTED:]))


@router.get("/incident/{ident}")
def incident(request: Request, store: Annotated[Store, Depends(store_of)], ident: str) -> Any:
    """One incident: what is said of it, by which independent origins, in which sentences."""
    found = explained(store, ident)
    if found.incident is None:
        raise Problem("not-found", f"{ident!r} is no incident; it is the id of a {found.kind}")
    one = found.incident
    if found.kind == "event":  # a link with an event's id leads to its incident
        found = explained(store, one.id)
    if form := common.form(request):
        if form == "json":
            return common.as_json(found.to_dict(), f"incident-{one.id}")
        return common.as_csv([flat.event(e) for e in found.events], f"incident-{one.id}", flat.EVENT)
    listed = desk.claims_of_events(store, [e.telling.event.id for e in found.events])
    return common.show(
        request, "incident.html", common.deed(one.type, one.actors, one.recipients), one=one, claims=listed,
        sources=sources(found.events, found.copies), corrections=found.corrections, moved=ident if ident != one.id else "",
    )  # fmt: skip


def explained(store: Store, ident: str) -> Any:
    """`Store.explain`, with a page that is not there where the store has no such id."""
    try:
        return store.explain(ident)
    except InputError as error:
        raise Problem.of(error, "not-found") from error
