"""One incident from its tellings: where they differ, what the most witnesses say; copies of one text are one witness."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from operator import attrgetter
from typing import TypeVar

from communique.compare.parties import BODIES, Profile, kinds, who
from communique.records import Entity, Incident, Telling, content_id

T = TypeVar("T", bound=Hashable)

STATUSES = ("claimed", "denied", "negated", "future", "hypothetical")
"""Which of two equally witnessed statuses an incident has that nobody vouches for."""


_content, _order = attrgetter("content"), attrgetter("order")

Heard = Sequence[tuple[Profile, int]]
"""Tellings of different content, and how many say just that: of hundreds of copies each is looked at once."""


def heard(members: Iterable[Profile]) -> Heard:
    """`members`, each content once, in the order in which it first comes."""
    given = list(members)
    counts = Counter(map(_content, given))
    # From the end: the first of a content is the one that stays.
    firsts = dict(zip(map(_content, reversed(given)), reversed(given), strict=True))
    return [(firsts[content], count) for content, count in counts.items()]


def tally(said: Heard, say: Callable[[Telling], Iterable[T]]) -> dict[T, set[str]]:
    """The witnesses of each value that tellings give."""
    out: dict[T, set[str]] = {}
    for p, _ in said:
        for value in say(p.telling):
            out.setdefault(value, set()).add(p.telling.witness)
    return out


def most(votes: dict[T, set[str]], default: T) -> T:
    """The value with the most witnesses; of several, the one that sorts first."""
    return min(votes, key=lambda v: (-len(votes[v]), repr(v))) if votes else default


def shares(given: Heard, say: Callable[[Telling], Iterable[T]]) -> tuple[dict[T, float], int]:
    """How much of the witnesses says each value, and how many say any. A witness with several tellings, its copies among them,
    has one vote, parted among them: what one of them adds does not weigh as much as what all say."""
    by_witness: dict[str, list[tuple[set[T], int]]] = {}
    for p, count in given:
        said = set(say(p.telling))
        if said:
            by_witness.setdefault(p.telling.witness, []).append((said, count))
    votes: dict[T, float] = {}
    for _, tellings in sorted(by_witness.items()):
        every = sum(count for _, count in tellings)
        for value in set[T]().union(*(said for said, _ in tellings)):
            votes[value] = votes.get(value, 0.0) + sum(count for said, count in tellings if value in said) / every
    # A third thrice is a little less than one.
    return {value: round(vote, 9) for value, vote in votes.items()}, len(by_witness)


def first(votes: dict[T, float], default: T) -> T:
    """The value with the greatest share; of several, the one that sorts first."""
    return min(votes, key=lambda v: (-votes[v], repr(v))) if votes else default


def incident_of(members: Sequence[Profile], ident: str) -> Incident:
    """The incident that `members`, at least one telling, are tellings of; its founders stand first (`grouping.in_order`)."""
    ordered = sorted(members, key=_order)
    events = [m.event for m in ordered]
    said = heard(ordered)
    actors, recipients = parties_of(of_one_pair(members))
    mode = first(shares(said, lambda t: [t.event.mode] if t.event.mode else [])[0], "")
    located, _ = shares(said, lambda t: [(t.event.place, t.event.location)] if t.event.place or t.event.location else [])
    # A point says more than a name without one.
    placed = {k: v for k, v in located.items() if k[1] is not None} or located
    place, location = first(placed, ("", None))
    published = [m.telling.published for m in ordered if m.telling.published]
    like = next((e for e in events if e.mode == mode), events[0])
    status = _status(said)
    return Incident(
        id=ident, type=events[0].type, mode=mode, actors=actors, recipients=recipients, status=status,
        date=date_of(ordered), place=place, location=location,
        first_seen=min(published, default=""), last_seen=max(published, default=""),
        tellings=tuple(m.ref for m in ordered), reports=len({m.telling.report for m in ordered}),
        outlets=len({m.telling.outlet for m in ordered if m.telling.outlet}),
        origins=len(tally(said, lambda t: [t.event.status])[status]), score=like.score, quad=like.quad,
        contexts=_contexts(said), historical=all(e.historical for e in events),
    )  # fmt: skip


def date_of(members: Sequence[Profile]) -> str:
    """The day, else month, else year, that the most witnesses give; "" where none gives any."""
    votes, _ = shares(heard(members), lambda t: [t.event.date] if t.event.date else [])
    longest = max((len(d) for d in votes), default=0)
    return first({d: vote for d, vote in votes.items() if len(d) == longest}, "")


def _status(said: Heard) -> str:
    votes = tally(said, lambda t: [t.event.status])
    if "actual" in votes:
        return "actual"
    return min(votes, key=lambda s: (-len(votes[s]), STATUSES.index(s) if s in STATUSES else len(STATUSES), s))


def _contexts(said: Heard) -> tuple[str, ...]:
    """Contexts that at least half of the witnesses give."""
    votes = tally(said, lambda t: t.event.contexts)
    witnesses = len({m.telling.witness for m, _ in said})
    return tuple(sorted(c for c, w in votes.items() if 2 * len(w) >= witnesses))


def of_one_pair(members: Sequence[Profile]) -> list[Profile]:
    """Members, in order, without those that name another pair than the first: twins of its tellings that were misread."""
    one = members[0]
    return sorted((m for m in members if not (one.pair and m.pair and m.signature != one.signature)), key=_order)


def parties_of(members: Sequence[Profile], *, persons: bool = True) -> tuple[tuple[Entity, ...], tuple[Entity, ...]]:
    """Actors and recipients: parties that at least half of those name who name that side, at least the most named.

    Without `persons`, a party that several stand for is given without their names.
    """
    said = heard(members)
    if kinds()[members[0].event.type].mutual:
        return _mutual(said, persons)
    told = {side: _votes(said, side) for side in "ar"}
    actors, recipients = _chosen(*told["a"]), _chosen(*told["r"])
    if actors != recipients:
        # Who is told on both sides ("China and Russia agreed", "China promised Russia") is on that of the most witnesses.
        done = {k for k in recipients if k in actors and told["r"][0][k] >= told["a"][0][k]}
        actors = tuple(k for k in actors if k not in done)
        recipients = tuple(k for k in recipients if k in done or k not in actors)
    return _entities(said, "a", actors, persons), _entities(said, "r", recipients, persons)


def _votes(said: Heard, side: str) -> tuple[dict[str, float], int]:
    """Votes for the parties of a side, and how many witnesses name any there."""
    return shares(said, lambda t: {who(e) for e in _side(t, side)} - {""})


def _side(telling: Telling, side: str) -> tuple[Entity, ...]:
    event = telling.event
    return {"a": event.actors, "r": event.recipients}.get(side, (*event.actors, *event.recipients))


def _chosen(votes: dict[str, float], voters: int) -> tuple[str, ...]:
    """Parties that have at least half of the witnesses; else the one that has most."""
    return tuple(sorted(k for k, v in votes.items() if 2 * v >= voters)) or ((first(votes, ""),) if votes else ())


def _mutual(said: Heard, persons: bool) -> tuple[tuple[Entity, ...], tuple[Entity, ...]]:
    """Parties of what is told either way: a party is a recipient where more witnesses say so."""
    doing, done = (_votes(said, side)[0] for side in "ar")
    chosen = _chosen(*_votes(said, ""))
    actors = [k for k in chosen if doing.get(k, 0.0) >= done.get(k, 0.0)]
    recipients = [k for k in chosen if k not in actors]
    return _entities(said, "" if recipients == [] else "a*", actors, persons), _entities(said, "r*", recipients, persons)


def _entities(said: Heard, side: str, keys: Iterable[str], persons: bool) -> tuple[Entity, ...]:
    """The entities that stand for parties on a side: each person that half of those name who name anybody, else the party.

    Where `persons` are not wanted and several would stand for one party, the party alone, in the words that name no person.
    """
    wanted = side if side in ("a", "r") else ""
    out: list[Entity] = []
    for key in keys:
        votes = tally(said, lambda t, key=key: [_bare(e) for e in _side(t, wanted) if who(e) == key])  # type: ignore[misc]
        named = {e: w for e, w in votes.items() if e.name}
        voters = set().union(*named.values()) if named else set()
        chosen = [e for e, w in named.items() if 2 * len(w) >= len(voters)] or ([most(named, Entity(""))] if named else [])
        if len(chosen) > 1 and not persons and key.split(":")[0] not in BODIES:
            bare = {replace(e, name="", id="", text=""): set[str]() for e in votes}
            for entity, witnesses in votes.items():
                bare[replace(entity, name="", id="", text="")] |= witnesses
            chosen = [most(bare, Entity(""))]
        out += sorted(chosen, key=lambda e: (e.name, e.sector)) or ([most(votes, Entity(""))] if votes else [])
    return tuple(_spoken(said, e) for e in dict.fromkeys(out))


@lru_cache(maxsize=16_384)
def _bare(entity: Entity) -> Entity:
    """An entity without what belongs to one report: its words and where they stand."""
    return replace(entity, text="", start=None, end=None, inherited=False, office="")


def _spoken(said: Heard, entity: Entity) -> Entity:
    """The entity in the words, and with the office, that the most witnesses use for it."""
    def like(t: Telling) -> list[Entity]:
        return [e for e in _side(t, "") if _bare(e) == entity]

    text = entity.name or most(tally(said, lambda t: [e.text for e in like(t)]), "")
    return replace(entity, text=text, office=most(tally(said, lambda t: [e.office for e in like(t) if e.office]), ""))


def ident_of(kind: str, first: Profile) -> str:
    """The id of what `first` is the first telling of."""
    return content_id(kind, *first.ref)
