"""Groups of tellings that are one event, found in any order of arrival and telling by telling alike.

Each group is a function of the tellings near it and of nothing else, in four steps:

1. **Stretches.** Tellings with the same type and the same two parties lie on an axis of days. Where more than `gap` days are
   empty, the axis is cut; a stretch longer than `span` days (a war) is cut again at fixed days of the calendar.
2. **Cores.** In a stretch, tellings with both sides known are put together, dated ones first, each with the group that fits it
   best (names, places, modes must not contradict).
3. **The rest.** A telling that leaves a side open, or names more parties, joins the one core that it fits; where it fits none,
   it is grouped with its like in the same manner.
4. **Twins.** What copies of one text tell at one place of it (`twins`) is one event: where they lie in several groups, all go to
   the one that has the most of them, then the most other witnesses.

A change at a day therefore reaches tellings at most some weeks away, and what it changes can be found by asking for those.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from communique.compare import twins
from communique.compare.finding import ADDRESSING, REFUSING, Rules, Source, UnindexedError
from communique.compare.parties import Profile, Role, kinds, modes_differ, names_agree, places_differ
from communique.records import Location, Telling

T = TypeVar("T")

CLEAR = 2
"""Times as many witnesses as of the next pair that a pair needs, for a telling which fits both as well to join it."""


@dataclass(slots=True, eq=False)
class Group:
    """Tellings put together, and what they say; `day` is its first dated member's; `lo` and `hi` are the first and last
    ordinal of its members, `first` that of the first publication."""

    rules: Rules
    members: list[Profile] = field(default_factory=list)
    day: int | None = None
    first: int | None = None
    lo: int = 0
    hi: int = 0
    names: dict[Role, set[str]] = field(default_factory=dict)
    families: dict[Role, set[str]] = field(default_factory=dict)
    called: dict[str, set[str]] = field(default_factory=dict)
    places: list[Location] = field(default_factory=list)
    modes: set[str] = field(default_factory=set)
    reports: set[str] = field(default_factory=set)
    witnesses: set[str] = field(default_factory=set)

    def add(self, p: Profile) -> None:
        if p.when is not None:
            self.lo, self.hi = (min(self.lo, p.when), max(self.hi, p.when)) if self.members else (p.when, p.when)
            if p.dated and self.day is None:
                self.day = p.when
        if p.told is not None:
            self.first = p.told if self.first is None else min(self.first, p.told)
        self.members.append(p)
        self.reports.add(p.telling.report)
        self.witnesses.add(p.telling.witness)
        for role, names in p.names.items():
            self.names.setdefault(role, set()).update(names)
        for role, found in p.families.items():
            self.families.setdefault(role, set()).update(found)
        for side, called in p.called.items():
            self.called.setdefault(side, set()).update(called)
        if p.place is not None:
            self.places.append(p.place)
        if p.event.mode:
            self.modes.add(p.event.mode)

    def timely(self, p: Profile) -> bool:
        """Whether the times of a telling and of the group can be one."""
        if p.when is None:
            return p.cell == self.members[0].cell
        if self.members[0].when is None:
            return False
        if not self.rules.dated:
            return self.lo - self.rules.gap <= p.when <= self.hi + self.rules.gap
        if self.day is not None:
            return p.when == self.day or self._overnight(p) if p.dated else 0 <= p.when - self.day <= self.rules.gap
        return self.lo - self.rules.gap <= p.when <= self.hi + (0 if p.dated else self.rules.gap)

    def _overnight(self, p: Profile) -> bool:
        """Whether a telling dates words a day off, which nobody published before the later of the two days."""
        if self.day is None or p.when is None or p.told is None or self.first is None or not kinds()[p.event.type].spoken:
            return False
        return abs(p.when - self.day) == 1 and min(self.first, p.told) >= max(p.when, self.day)

    def fits(self, p: Profile) -> bool:
        """Whether nothing that a telling says contradicts the group."""
        if not self.timely(p) or (self.places and places_differ(self.places[0], p.place)):
            return False
        if not all(self._known(p, key) for key in (*p.left, *p.right) if key.startswith("~")):
            return False
        for role, names in p.names.items():
            if role in self.names and not names_agree(names, self.names[role]):
                return False
        for role, found in p.families.items():
            if role in self.families and not found & self.families[role]:
                return False
        return not modes_differ(kinds()[p.event.type], self.modes, (p.event.mode,))

    def _known(self, p: Profile, key: str) -> bool:
        """Whether a name whose country the telling does not know is one of the group's, on its side."""
        one = self.members[0]
        if key in one.left or key in one.right:
            return True
        side = "" if kinds()[p.event.type].mutual else "a" if key in p.left else "r"
        return names_agree([key[1:].split(".")[0]], self.called.get(side, ()))

    def likeness(self, p: Profile) -> tuple[int, int, int, int, int]:
        """How well a telling that fits does so, best last: its own report's or source's, names, places, days apart, size."""
        same = 2 if p.telling.report in self.reports else int(p.telling.witness in self.witnesses)
        named = sum(1 for role, names in p.names.items() if role in self.names and names_agree(names, self.names[role]))
        placed = p.place is not None and bool(self.places)
        ends = (self.lo, self.hi) if self.day is None else (self.day, self.day)
        near = 0 if p.when is None else -min(abs(p.when - end) for end in ends)
        return same, named, int(placed), near, len(self.members)


def addressing(refusers: Collection[str], near: Iterable[Profile]) -> frozenset[str]:
    """The one party that accuses, threatens, sanctions or asks the refuser among a report's tellings; nobody where several do."""
    found = {
        a for m in near if m.event.type in ADDRESSING and set(refusers) & {*m.right}
        for a in m.left if a not in refusers
    }  # fmt: skip
    return frozenset(found) if len(found) == 1 else frozenset()


def gather(rules: Rules, members: Iterable[Profile]) -> list[Group]:
    """Groups of one stretch: each telling, the fullest first, goes where it fits best, else founds one."""
    groups: list[Group] = []
    for p in sorted(members, key=lambda p: (not p.dated, -p.rich, p.order)):
        best = max((g for g in groups if g.fits(p)), key=lambda g: g.likeness(p), default=None)
        if best is None:
            best = Group(rules)
            groups.append(best)
        best.add(p)
    return groups


class State:
    """What stands at one moment: the tellings of a source, with some put in."""

    def __init__(self, source: Source, put: Iterable[Profile] = ()) -> None:
        self.source, self.rules = source, source.rules
        self.put: dict[str, list[Profile]] = {}
        for p in put:
            for key in self.rules.keys(p):
                self.put.setdefault(key, []).append(p)
        self._stretches: dict[tuple[str, int], tuple[Profile, ...]] = {}
        self._cores: dict[int, list[Group]] = {}
        self._group_of: dict[Profile, Group] = {}
        self._near: dict[tuple[str, str, int | None], list[Group]] = {}
        self._choices: dict[Profile, Group | None] = {}
        self._rests: dict[int, list[Group]] = {}
        self._rest_of: dict[Profile, Group] = {}
        self._families: dict[str, dict[Profile, twins.Family]] = {}
        self._homes: dict[int, Group] = {}

    def at(self, name: str, lo: int, hi: int, cell: str = "") -> list[Profile]:
        """Tellings under `name` in a cell, or on days `lo` to `hi`."""
        found: list[Profile] = []
        for key in self.keys_of(name, lo, hi, cell):
            found += self.under(key)
        return found if cell else [p for p in found if p.when is not None and lo <= p.when <= hi]

    def keys_of(self, name: str, lo: int, hi: int, cell: str = "") -> list[str]:
        """The keys that `at` looks under."""
        start, span = f"{self.rules.prefix}{name}@", self.rules.span
        return [start + cell] if cell else [f"{start}b{n}" for n in range(lo // span, hi // span + 1)]

    def under(self, key: str) -> list[Profile]:
        """Tellings under a key."""
        return [*self.source.under(key), *self.put.get(key, ())]

    def around(self, name: str, p: Profile, reach: int) -> list[Profile]:
        """Tellings under `name` within `reach` days of one, or in its cell."""
        return self.at(name, 0, 0, p.cell) if p.when is None else self.at(name, p.when - reach, p.when + reach)

    def stretch(self, p: Profile) -> tuple[Profile, ...]:
        """All tellings of one's own stretch of its axis, itself among them."""
        axis = self.rules.axis(p)
        if p.when is None:
            return self._kept((axis + p.cell, 0), lambda: self.at(axis, 0, 0, p.cell))
        known = self._stretches.get((axis, p.when))
        if known is not None:
            return known
        gap, span = self.rules.gap, self.rules.span
        near = self.at(axis, p.when - span - gap, p.when + span + gap)
        days = {m.when for m in near if m.when is not None}
        if p.when not in days:
            raise UnindexedError(p.ref)
        lo, hi = _run(days, p.when, gap)
        if hi - lo > span:
            start = p.when // span * span
            days = {m.when for m in near if m.when is not None and start <= m.when < start + span}
            lo, hi = _run(days, p.when, gap)
        members = tuple(m for m in near if m.when is not None and lo <= m.when <= hi)
        for day in {m.when for m in members if m.when is not None}:
            self._stretches[axis, day] = members
        return members

    def _kept(self, key: tuple[str, int], make: Callable[[], Iterable[Profile]]) -> tuple[Profile, ...]:
        if key not in self._stretches:
            self._stretches[key] = tuple(make())
        return self._stretches[key]

    def cores(self, p: Profile) -> list[Group]:
        """The groups of a core's stretch."""
        members = self.stretch(p)
        if id(members) not in self._cores:
            groups = self._cores[id(members)] = gather(self.rules, members)
            self._group_of.update((m, g) for g in groups for m in g.members)
        return self._cores[id(members)]

    def candidates(self, p: Profile) -> list[Group]:
        """Cores that a loose telling may join, near in time."""
        found: dict[int, Group] = {}
        for name in self.joinable(p):
            found.update((id(g), g) for g in self._cores_near(name, p) if id(g) not in found)
        return [g for g in found.values() if g.fits(p)]

    def joinable(self, p: Profile) -> list[str]:
        """Names of the cores that a loose telling may join."""
        whole = {d: not d.startswith(">") and (not d.endswith(">") or "+" in d) for d in self.rules.dyads(p)}
        return [f"={p.scope}={dyad}" if both else f"~{p.scope}{dyad}" for dyad, both in whole.items()]

    def joined(self, group: Group) -> list[str]:
        """Names of the loose tellings that may join a core."""
        p = group.members[0]
        return [f"+{p.scope}{self.rules.dyad(p)}", *(f"+{p.scope}{end}" for end in self.rules.ends(p))]

    def _cores_near(self, name: str, p: Profile) -> list[Group]:
        """Cores under `name` with a member within the gap of a telling's day, or in its cell."""
        place = (name, p.cell, p.when)
        if place not in self._near:
            found: dict[int, Group] = {}
            for core in self.around(name, p, self.rules.gap):
                self.cores(core)
                group = _of(self._group_of, core)
                found[id(group)] = group
            self._near[place] = list(found.values())
        return self._near[place]

    def choice(self, p: Profile) -> Group | None:
        """The core that a loose telling joins; None where there is none, or several pairs have the same claim."""
        if p not in self._choices:
            self._choices[p] = self._choose(p)
        return self._choices[p]

    def _choose(self, p: Profile) -> Group | None:
        ranked = sorted(self.candidates(p), key=lambda g: founder(g.members).order)
        answered = self.answered(p) if len(ranked) > 1 else frozenset()
        ranked = [g for g in ranked if answered.issuperset(g.members[0].right)] or ranked if answered else ranked
        if not ranked:
            return None
        best = max(ranked, key=lambda g: g.likeness(p))
        claim = best.likeness(p)[:3]
        told: dict[str, set[str]] = {}
        for g in ranked:
            if g.likeness(p)[:3] == claim:
                told.setdefault(self.rules.dyad(g.members[0]), set()).update(g.witnesses)
        if len(told) == 1:
            return best
        first, second, *_ = sorted(told, key=lambda dyad: (-len(told[dyad]), dyad))
        if len(told[first]) < CLEAR * len(told[second]):
            return None
        return max((g for g in ranked if self.rules.dyad(g.members[0]) == first), key=lambda g: g.likeness(p))

    def rests(self, p: Profile) -> list[Group]:
        """The groups of those in a loose telling's stretch that join no core."""
        members = self.stretch(p)
        if id(members) not in self._rests:
            groups = self._rests[id(members)] = gather(self.rules, [m for m in members if self.choice(m) is None])
            self._rest_of.update((m, g) for g in groups for m in g.members)
        return self._rests[id(members)]

    def answered(self, p: Profile) -> frozenset[str]:
        """Whom a REJECT without a recipient answers: the one party that addresses the refuser in its report; else nobody."""
        keys = self.rules.report_keys(p)
        if p.event.type != REFUSING or p.right or not keys:
            return frozenset()
        return addressing(p.left, self.under(keys[0]))

    def base(self, p: Profile) -> Group:
        """The group of a telling before its twins are looked at."""
        if self.rules.core(p):
            self.cores(p)
            return _of(self._group_of, p)
        chosen = self.choice(p)
        if chosen is None:
            self.rests(p)
            return _of(self._rest_of, p)
        return chosen

    def family(self, p: Profile) -> twins.Family:
        """A telling with its twins."""
        return _of(self.families(self.rules.twin_key(p)), p)

    def families(self, key: str) -> dict[Profile, twins.Family]:
        """All tellings under a key of twins, each with its own."""
        if key not in self._families:
            self._families[key] = {m: family for family in twins.families(self.under(key)) for m in family}
        return self._families[key]

    def home(self, p: Profile) -> Group:
        """The group that a telling is in for good: of those of its twins, that of most of them, then of most other witnesses."""
        family = self.family(p)
        if len(family) == 1:
            return self.base(p)
        # By what it is: to look it up by its members takes as long as it is large.
        if id(family) not in self._homes:
            told: dict[int, list[Group]] = {}
            for m in family:
                group = self.base(m)
                told.setdefault(id(group), []).append(group)
            self._homes[id(family)] = min(
                (groups[0] for groups in told.values()),
                key=lambda g: (-len(told[id(g)]), -len(g.witnesses - {p.telling.witness}), founder(g.members).order),
            )
        return self._homes[id(family)]

    def final(self, group: Group) -> list[Profile]:
        """All members of a group, with those whom twins bring and without those whom they take away."""
        own = self.whole(group)
        # One look-up for all of them.
        self.source.want(self.rules.twin_key(m) for m in own)
        return in_order(group, [t for t in self.with_twins(own) if self.home(t) is group])

    def with_twins(self, members: Iterable[Profile]) -> list[Profile]:
        """Tellings and all their twins, each family once: a text that hundreds copy has hundreds in each."""
        found = {id(family): family for m in members for family in [self.family(m)]}
        return [t for family in found.values() for t in family]

    def dependents(self, group: Group) -> list[Profile]:
        """Loose tellings that may join a core."""
        p = group.members[0]
        gap = self.rules.gap
        lo, hi = (group.lo - gap, group.hi + gap) if group.day is None else (group.day - 1, group.day + gap)
        found: dict[Profile, None] = {}
        for name in self.joined(group):
            near = self.at(name, 0, 0, p.cell) if p.when is None else self.at(name, lo, hi)
            found.update((m, None) for m in near)
        return list(found)

    def whole(self, group: Group) -> list[Profile]:
        """All members of a group before twins are looked at: a core's with those who joined it."""
        if not self.rules.core(group.members[0]):
            return list(group.members)
        return [*group.members, *(m for m in self.dependents(group) if self.choice(m) is group)]


def _of(found: Mapping[Profile, T], p: Profile) -> T:
    """What was found of a telling, which must lie among those that were looked through."""
    try:
        return found[p]
    except KeyError:
        raise UnindexedError(p.ref) from None


def founder(members: Iterable[Profile]) -> Profile:
    """The member that was published first; of several, the one with the smallest report key and event id."""
    return min(members, key=lambda m: m.order)


def in_order(group: Group, members: Iterable[Profile]) -> list[Profile]:
    """The members of a group, those first on whom it was founded: they say whose it is, and not those whom twins bring."""
    own = set(group.members)
    return sorted(members, key=lambda m: (m not in own, m.order))


def everything(rules: Rules, tellings: Iterable[Telling]) -> Iterator[list[Profile]]:
    """The members of each group of `tellings`, all at once, in the order of `in_order`."""
    known: dict[tuple[str, str], Profile] = {}
    index: dict[str, list[Telling]] = {}
    for telling in tellings:
        p = rules.profile(telling)
        if p is not None and p.ref not in known:
            known[p.ref] = p
            for key in rules.keys(p):
                index.setdefault(key, []).append(telling)
    state = State(Source(rules, lambda keys: [t for key in keys for t in index.get(key, ())], known))
    groups: dict[int, tuple[Group, list[Profile]]] = {}
    for p in known.values():
        home = state.home(p)
        groups.setdefault(id(home), (home, []))[1].append(p)
    for home, members in groups.values():
        yield in_order(home, members)


def _run(days: Collection[int], day: int, gap: int) -> tuple[int, int]:
    """First and last of the days that hang together with `day`, no more than `gap` apart."""
    ordered = sorted(days)
    at = ordered.index(day)
    lo = hi = at
    while lo > 0 and ordered[lo] - ordered[lo - 1] <= gap:
        lo -= 1
    while hi + 1 < len(ordered) and ordered[hi + 1] - ordered[hi] <= gap:
        hi += 1
    return ordered[lo], ordered[hi]
