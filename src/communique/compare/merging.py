"""One incident from its tellings: where they differ, what the most witnesses say; copies of one text are one witness."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from communique.compare.parties import Profile, kinds, who
from communique.records import Entity, Incident, Telling, content_id

T = TypeVar("T", bound=Hashable)

STATUSES = ("claimed", "denied", "negated", "future", "hypothetical")
"""Which of two equally witnessed statuses an incident has that nobody vouches for."""


def tally(profiles: Iterable[Profile], say: Callable[[Telling], Iterable[T]]) -> dict[T, set[str]]:
    """The witnesses of each value that tellings give."""
    out: dict[T, set[str]] = {}
    for p in profiles:
        for value in say(p.telling):
            out.setdefault(value, set()).add(p.telling.witness)
    return out


def most(votes: dict[T, set[str]], default: T) -> T:
    """The value with the most witnesses; of several, the one that sorts first."""
    return min(votes, key=lambda v: (-len(votes[v]), repr(v))) if votes else default


def incident_of(members: Sequence[Profile], ident: str) -> Incident:
    """The incident that `members`, at least one telling, are tellings of."""
    ordered = sorted(members, key=lambda m: m.order)
    events = [m.event for m in ordered]
    actors, recipients = parties_of(ordered)
    mode = most(tally(ordered, lambda t: [t.event.mode] if t.event.mode else []), "")
    located = tally(ordered, lambda t: [(t.event.place, t.event.location)] if t.event.place or t.event.location else [])
    # A point says more than a name without one.
    placed = {k: v for k, v in located.items() if k[1] is not None} or located
    place, location = most(placed, ("", None))
    published = [m.telling.published for m in ordered if m.telling.published]
    like = next((e for e in events if e.mode == mode), events[0])
    status = _status(ordered)
    return Incident(
        id=ident, type=events[0].type, mode=mode, actors=actors, recipients=recipients, status=status,
        date=date_of(ordered), place=place, location=location,
        first_seen=min(published, default=""), last_seen=max(published, default=""),
        tellings=tuple(m.ref for m in ordered), reports=len({m.telling.report for m in ordered}),
        outlets=len({m.telling.outlet for m in ordered if m.telling.outlet}),
        origins=len(tally(ordered, lambda t: [t.event.status])[status]), score=like.score, quad=like.quad,
        contexts=_contexts(ordered), historical=all(e.historical for e in events),
    )  # fmt: skip


def date_of(members: Sequence[Profile]) -> str:
    """The day, else month, else year, that the most witnesses give; "" where none gives any."""
    votes = tally(members, lambda t: [t.event.date] if t.event.date else [])
    longest = max((len(d) for d in votes), default=0)
    return most({d: w for d, w in votes.items() if len(d) == longest}, "")


def _status(members: Sequence[Profile]) -> str:
    votes = tally(members, lambda t: [t.event.status])
    if "actual" in votes:
        return "actual"
    return min(votes, key=lambda s: (-len(votes[s]), STATUSES.index(s) if s in STATUSES else len(STATUSES), s))


def _contexts(members: Sequence[Profile]) -> tuple[str, ...]:
    """Contexts that at least half of the witnesses give."""
    votes = tally(members, lambda t: t.event.contexts)
    witnesses = len({m.telling.witness for m in members})
    return tuple(sorted(c for c, w in votes.items() if 2 * len(w) >= witnesses))


def parties_of(members: Sequence[Profile]) -> tuple[tuple[Entity, ...], tuple[Entity, ...]]:
    """Actors and recipients: parties that at least half of those name who name that side, at least the most named."""
    told = {side: tally(members, lambda t, side=side: {who(e) for e in _side(t, side)} - {""}) for side in "ar"}  # type: ignore[misc]
    if kinds()[members[0].event.type].mutual:
        return _mutual(members, told["a"], told["r"])
    actors, recipients = _chosen(told["a"]), _chosen(told["r"])
    if actors != recipients:
        # Who is told on both sides ("China and Russia agreed", "China promised Russia") is on that of the most witnesses.
        done = {k for k in recipients if k in actors and len(told["r"][k]) >= len(told["a"][k])}
        actors = tuple(k for k in actors if k not in done)
        recipients = tuple(k for k in recipients if k in done or k not in actors)
    return _entities(members, "a", actors), _entities(members, "r", recipients)


def _side(telling: Telling, side: str) -> tuple[Entity, ...]:
    event = telling.event
    return {"a": event.actors, "r": event.recipients}.get(side, (*event.actors, *event.recipients))


def _chosen(votes: dict[str, set[str]]) -> tuple[str, ...]:
    """Parties that at least half of the witnesses name."""
    voters = set().union(*votes.values()) if votes else set()
    return tuple(sorted(k for k, w in votes.items() if 2 * len(w) >= len(voters)) or ([most(votes, "")] if votes else []))


def _mutual(
    members: Sequence[Profile], doing: dict[str, set[str]], done: dict[str, set[str]]
) -> tuple[tuple[Entity, ...], tuple[Entity, ...]]:
    """Parties of what is told either way: a party is a recipient where more witnesses say so."""
    votes = {key: doing.get(key, set()) | done.get(key, set()) for key in {*doing, *done}}
    actors = [k for k in _chosen(votes) if len(doing.get(k, ())) >= len(done.get(k, ()))]
    recipients = [k for k in _chosen(votes) if k not in actors]
    return _entities(members, "" if recipients == [] else "a*", actors), _entities(members, "r*", recipients)


def _entities(members: Sequence[Profile], side: str, keys: Iterable[str]) -> tuple[Entity, ...]:
    """The entities that stand for parties on a side: each person that half of those name who name anybody, else the party."""
    wanted = side if side in ("a", "r") else ""
    out: list[Entity] = []
    for key in keys:
        votes = tally(members, lambda t, key=key: [_bare(e) for e in _side(t, wanted) if who(e) == key])  # type: ignore[misc]
        named = {e: w for e, w in votes.items() if e.name}
        voters = set().union(*named.values()) if named else set()
        chosen = [e for e, w in named.items() if 2 * len(w) >= len(voters)] or ([most(named, Entity(""))] if named else [])
        out += sorted(chosen, key=lambda e: (e.name, e.sector)) or ([most(votes, Entity(""))] if votes else [])
    return tuple(_spoken(members, e) for e in dict.fromkeys(out))


def _bare(entity: Entity) -> Entity:
    """An entity without what belongs to one report: its words and where they stand."""
    return replace(entity, text="", start=None, end=None, inherited=False, office="")


def _spoken(members: Sequence[Profile], entity: Entity) -> Entity:
    """The entity in the words, and with the office, that the most witnesses use for it."""
    def like(t: Telling) -> list[Entity]:
        return [e for e in _side(t, "") if _bare(e) == entity]

    text = entity.name or most(tally(members, lambda t: [e.text for e in like(t)]), "")
    return replace(entity, text=text, office=most(tally(members, lambda t: [e.office for e in like(t) if e.office]), ""))


def ident_of(kind: str, first: Profile) -> str:
    """The id of what `first` is the first telling of."""
    return content_id(kind, *first.ref)
