"""One event of the world from its many tellings.

What becomes one incident is a function of the tellings and not of the order in which they come (`grouping`). The store's
loop for a report that comes in, or is corrected::

    change = regroup(added, fetch, removed=old_tellings)     # fetch(keys) -> every telling with one of these block keys
    delete incidents with an id in change.dropped; insert change.incidents; redirect change.moved

It keeps each telling's `block_keys(telling)` in an indexed table: `fetch` is a look-up there. Where a report turns out to be a
copy, its tellings change (`Telling.origin`): remove the old ones and add the new.

An incident's id is that of its first telling: the earliest published, then the smallest report key and event id. So it stays
as later reports come in. It changes where an earlier report turns up or the first telling proves to belong elsewhere;
`Regrouping.moved` then says what became of the old id.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from communique.compare.changes import difference
from communique.compare.finding import Fetch, Rules, Source
from communique.compare.group import founder
from communique.compare.grouping import everything
from communique.compare.merging import ident_of, incident_of
from communique.compare.parties import Profile, profile
from communique.records import Incident, Telling

__all__ = ["Fetch", "Regrouping", "block_keys", "incidents", "regroup"]

Ref = tuple[str, str]
"""A telling by its report's key and its event's id."""

Ident = Callable[[Collection[Profile]], str]
"""The id of a group by its members."""

WINDOW = 4
"""Days that a telling without a date of its own may have been published after the event, or after another like it. Chosen before
any measurement; on half 0 of benchmarks/stories 3 to 10 give the same, 1 and 2 lose recall (benchmarks/incidents.py)."""

SPAN = 10
"""Days after which an unbroken row of tellings is cut at fixed days: a siege told daily is not one incident. On half 0 of
benchmarks/stories 5 to 20 give the same."""

RULES = Rules("", WINDOW, SPAN, True, lambda p: p, lambda p: p.pair, answers=True)


@dataclass(frozen=True, slots=True)
class Regrouping:
    """What adding or removing tellings changes: incidents that are no more or have changed, and those that stand instead.

    `dropped` are ids as they were before; an incident that only gained a telling keeps its id and is in both lists.
    `moved` are (old id, new id) where an incident lives on under another id, so that links to it can be kept. `came` are, by the
    id of an incident that stands, its tellings that were not under that id before (or were another telling, with the same report
    and event id), and `went` those that were.
    """

    dropped: tuple[str, ...]
    incidents: tuple[Incident, ...]
    moved: tuple[tuple[str, str], ...] = ()
    came: Mapping[str, tuple[Ref, ...]] = field(default_factory=dict)
    went: Mapping[str, tuple[Ref, ...]] = field(default_factory=dict)


def block_keys(telling: Telling) -> tuple[str, ...]:
    """Short strings (2 to 15, most often 3 or 4) under which a store must find the telling: a pure function of it."""
    return RULES.keys(profile(telling))


def incidents(tellings: Iterable[Telling]) -> list[Incident]:
    """The incidents of `tellings`, each telling in exactly one, by id; whatever the order they come in."""
    return sorted((_incident(members) for members in everything(RULES, tellings)), key=lambda i: i.id)


def incident_from(members: Collection[Profile]) -> Incident:
    """The incident that a whole group makes (`grouping.State.final`)."""
    return _incident(members)


def source(fetch: Fetch) -> Source:
    """What `regroup` asks, for keeping it from one change to the next."""
    return Source(RULES, fetch)


def regroup(added: Iterable[Telling], fetch: Fetch | Source, *, removed: Iterable[Telling] = ()) -> Regrouping:
    """What to change in the incidents kept, so that they are what `incidents` makes of all tellings at once.

    `fetch` sees the state after the change: `added` may be in it or not, `removed` is not looked at. A telling read anew, under
    the same report and event id, is in both lists. In place of `fetch` there may be a `source`, which has seen every change
    since it was made.
    """
    change = difference(fetch if isinstance(fetch, Source) else source(fetch), added, removed)
    old, new = named(change.old, _ident), named(change.new, _ident)
    made = sorted((incident_of(list(members), ident) for ident, members in new), key=lambda i: i.id)
    return Regrouping(tuple(sorted(ident for ident, _ in old)), tuple(made), moves(old, new), came(old, new), came(new, old))


Named = Sequence[tuple[str, Sequence[Profile]]]
"""Groups with their ids."""


def named(groups: Iterable[Sequence[Profile]], ident: Ident) -> Named:
    """Groups with their ids, each asked for once."""
    return [(ident(members), members) for members in groups]


def came(old: Named, new: Named) -> dict[str, tuple[Ref, ...]]:
    """The tellings of each of the `new` groups that are not in the old one of that id."""
    before = dict(old)
    return {ident: tuple(sorted(m.ref for m in set(members).difference(before.get(ident, ())))) for ident, members in new}


def moves(old: Named, new: Named) -> tuple[tuple[str, str], ...]:
    """(old id, new id) of groups whose first telling, or most of whose tellings, are under another id now."""
    kept = {ident for ident, _ in new}
    gone = [(ident, members) for ident, members in old if ident not in kept]
    # A group that only grew is still there: most often nobody need be followed.
    heirs = {m.ref: ident for ident, members in new for m in members} if gone else {}
    out = []
    for ident, members in gone:
        found = [heirs[m.ref] for m in sorted(members, key=lambda m: m.order) if m.ref in heirs]
        if found:
            out.append((ident, max(sorted(set(found)), key=found.count)))
    return tuple(sorted(out))


def _ident(members: Collection[Profile]) -> str:
    return ident_of("incident", founder(members))


def _incident(members: Collection[Profile]) -> Incident:
    return incident_of(list(members), _ident(members))
