"""The network: who does what to whom in some days."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from communique.errors import InputError
from communique.records import Entity
from communique.serve.app import store_of
from communique.serve.pages import common, links
from communique.serve.pages.maps import during
from communique.serve.pages.today import Word, wanted
from communique.store import Store, desk

router = APIRouter(include_in_schema=False)

LEVELS = ("countries", "actors")
MOST = {"countries": 3000, "actors": 800}
"""Incidents that the network is made of, the last. Of actors each must be loaded whole, some 2 ms."""

DAYS = 31
NODES, EDGES, ROWS = 40, 120, 100
"""What is drawn, the most first, and rows of the table: more lines than these cannot be told apart."""


@dataclass(slots=True)
class Edge:
    """What `actor` did to `recipient`, in the incidents that are looked at; `sides` say of types whether they are conflict."""

    actor: str
    recipient: str
    sides: Mapping[str, str]
    types: Counter[str] = field(default_factory=Counter)
    last: str = ""
    names: tuple[str, str] = ("", "")

    @property
    def incidents(self) -> int:
        return self.types.total()

    def kinds(self, side: str) -> tuple[str, ...]:
        """Those of its types that are conflict, or cooperation."""
        return tuple(sorted(kind for kind in self.types if self.sides.get(kind) == side))

    def side(self, side: str) -> int:
        return sum(self.types[kind] for kind in self.kinds(side))


@router.get("/network")
def network(
    request: Request, store: Annotated[Store, Depends(store_of)], asked: Annotated[desk.Wanted, Depends(wanted)],
    level: Word = "countries",
) -> Any:  # fmt: skip
    """The picture, and its table."""
    if level not in LEVELS:
        raise InputError(f"level {level!r}", "is none of a network", f"it is one of {', '.join(LEVELS)}")
    form = common.form(request)
    if not form and desk.empty(store):
        return common.show(request, "empty.html", "Begin", store=store.name)
    given, asked = asked, during(store, asked, DAYS)
    # What was not said to have happened ties nobody, unless it is asked for.
    asked = dataclasses.replace(asked, status=asked.status or ("actual",))
    found = desk.incidents(store, asked, most=MOST[level])
    edges = edges_of(_countries(found) if level == "countries" else _actors(store, found), common.sides(store))
    if form:
        rows = [_row(e) for e in edges]
        return common.as_csv(rows, "network", COLUMNS) if form == "csv" else common.as_json(rows, "network")
    drawn = drawn_of(edges)
    shared = {
        "type": asked.type, "status": asked.status, "since": asked.since, "until": asked.until, "country": asked.country,
        "outlet": asked.outlet, "also": asked.who or asked.also,
    }  # fmt: skip
    return common.show(
        request, "network.html", "Network", asked=given, since=asked.since, until=asked.until, chosen=given.since == "",
        level=level, levels=LEVELS, count=len(found), most=MOST[level], edges=edges[:ROWS], total=len(edges), outlets=(),
        chart=_chart(drawn, shared), shown=len(drawn), nodes=len({n for e in drawn for n in (e.actor, e.recipient)}),
        to=lambda e: _link(e, shared), of=lambda e, side: _link(e, shared, e.kinds(side)), about=_about,
    )  # fmt: skip


def edges_of(told: Iterable[tuple[str, str, str, str]], sides: Mapping[str, str]) -> list[Edge]:
    """(actor, recipient, type, day) by actor and recipient, the most first; `sides` are `common.sides`."""
    out: dict[tuple[str, str], Edge] = {}
    for actor, recipient, kind, day in told:
        edge = out.setdefault((actor, recipient), Edge(actor, recipient, sides))
        edge.types[kind] += 1
        edge.last = max(edge.last, day)
    for edge in out.values():
        edge.names = (_name(edge.actor), _name(edge.recipient))
    return sorted(out.values(), key=lambda e: (-e.incidents, e.actor, e.recipient))


def _name(key: str) -> str:
    return common.country_names().get(key, key)


def _countries(found: Iterable[desk.Light]) -> Iterator[tuple[str, str, str, str]]:
    for one in found:
        for actor, recipient in one.pairs:
            if "*" not in (actor, recipient):
                yield actor, recipient, one.type, one.day


def _actors(store: Store, found: list[desk.Light]) -> Iterator[tuple[str, str, str, str]]:
    from communique.ontology import mutual_types

    days = {one.uid: one.day for one in found}
    for whole in desk.full(store, [one.number for one in found]):
        left, right = _keys(whole.actors), _keys(whole.recipients)
        pairs = {(a, b) for a in left for b in right if a != b}
        if not right and whole.type in mutual_types():
            pairs = {(a, b) for a in left for b in left if a != b}
        for a, b in pairs:
            yield a, b, whole.type, days.get(whole.id, "")


def _keys(entities: Iterable[Entity]) -> list[str]:
    """Names, else codes; nobody of whom neither is known."""
    return list(dict.fromkeys(e.name or e.code for e in entities if e.name or e.code != "?"))


def drawn_of(edges: list[Edge]) -> list[Edge]:
    """The edges between the `NODES` that most happens between, at most `EDGES`."""
    weight: Counter[str] = Counter()
    for edge in edges:
        weight[edge.actor] += edge.incidents
        weight[edge.recipient] += edge.incidents
    nodes = {name for name, _ in sorted(weight.items(), key=lambda item: (-item[1], item[0]))[:NODES]}
    return [e for e in edges if e.actor in nodes and e.recipient in nodes][:EDGES]


def _link(edge: Edge, shared: dict[str, Any], kinds: tuple[str, ...] = ()) -> str:
    """The incidents that an edge counts, of some types alone where `kinds` are given: what the one did to the other."""
    narrowed = shared | ({"type": kinds} if kinds else {})
    if narrowed.get("also") in (edge.actor, edge.recipient):
        narrowed["also"] = ""  # it says so already
    return links.query("/incidents", who=edge.actor, other=edge.recipient, way="out", **narrowed)


def _about(key: str) -> str:
    """The page of a node: a country's, a person's, or the incidents of a sector."""
    if key in common.country_names():
        return links.country(key)
    code = key.replace(".", "").isupper() and "." in key
    return links.query("/incidents", who=key) if code else links.person(key)


COLUMNS = ("actor", "recipient", "incidents", "conflict", "cooperation", "types", "last")


def _row(edge: Edge) -> dict[str, Any]:
    types = "; ".join(f"{kind} {n}" for kind, n in edge.types.most_common())
    values = (edge.actor, edge.recipient, edge.incidents, edge.side("conflict"), edge.side("cooperation"), types, edge.last)
    return dict(zip(COLUMNS, values, strict=True))


def _chart(drawn: list[Edge], shared: dict[str, Any]) -> dict[str, Any]:
    weight: Counter[str] = Counter()
    for edge in drawn:
        weight[edge.actor] += edge.incidents
        weight[edge.recipient] += edge.incidents
    return {
        "kind": "network",
        "nodes": [{"id": key, "name": _name(key), "weight": n, "href": _about(key)} for key, n in weight.most_common()],
        "links": [
            {"source": e.actor, "target": e.recipient, "from": e.names[0], "to": e.names[1], "incidents": e.incidents,
             "conflict": e.side("conflict"), "cooperation": e.side("cooperation"), "href": _link(e, shared)}
            for e in drawn
        ],
    }  # fmt: skip
