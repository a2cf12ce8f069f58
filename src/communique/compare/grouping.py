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

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from operator import attrgetter
from typing import TypeVar

from communique.compare import twins
from communique.compare.finding import ADDRESSING, REFUSING, Rules, Source, UnindexedError
from communique.compare.group import Group, Run, gather
from communique.compare.parties import Profile
from communique.records import Telling

T = TypeVar("T")

CLEAR = 2
"""Times as many witnesses as of the next pair that a pair needs, for a telling which fits both as well to join it."""


def addressing(refusers: Collection[str], near: Iterable[Profile]) -> frozenset[str]:
    """The one party that accuses, threatens, sanctions or asks the refuser among a report's tellings; nobody where several do."""
    found = {
        a for m in near if m.event.type in ADDRESSING and set(refusers) & {*m.right}
        for a in m.left if a not in refusers
    }  # fmt: skip
    return frozenset(found) if len(found) == 1 else frozenset()


class State:
    """What stands at one moment: the tellings of a source, with some put in.

    With an `earlier` state it is what a change makes of that: groups with the same members are the same objects in both, and who
    is neither put in nor `affected` (once that is known) joins whom it joined there.
    """

    def __init__(self, source: Source, put: Iterable[Profile] = (), earlier: State | None = None) -> None:
        self.source, self.rules, self.earlier = source, source.rules, earlier
        self.affected: Set[Profile] | None = None
        self.put: dict[str, list[Profile]] = {}
        self._own = frozenset(put)
        for p in self._own:
            for key in self.rules.keys(p):
                self.put.setdefault(key, []).append(p)
        self._stretches: dict[tuple[str, int], tuple[Profile, ...]] = {}
        self._stretch_of: dict[object, tuple[Profile, ...]] = {}
        self._cores: dict[int, list[Group]] = {}
        self._group_of: dict[Profile, Group] = {}
        self._near: dict[tuple[str, str, int | None], list[Group]] = {}
        self._ranked: dict[object, list[Group]] = {}
        self._chosen: dict[tuple[object, ...], Group | None] = {}
        self._choices: dict[Profile, Group | None] = {}
        self._rests: dict[int, list[Group]] = {}
        self._rest_of: dict[Profile, Group] = {}
        self._at: dict[tuple[str, int, int, str], list[Profile]] = {}
        self._base_of: dict[Profile, Group] = {}
        self._wholes: dict[Group, list[Profile]] = {}
        self._laid: dict[str, twins.Laid] = {}
        self._family_of: dict[Profile, twins.Family] = {}
        self._homes: dict[int, Group] = {}

    def at(self, name: str, lo: int, hi: int, cell: str = "") -> list[Profile]:
        """Tellings under `name` in a cell, or on days `lo` to `hi`."""
        place = (name, lo, hi, cell)
        known = self._at.get(place)
        if known is None:
            found = [p for key in self.keys_of(name, lo, hi, cell) for p in self.under(key)]
            known = self._at[place] = found if cell else [p for p in found if p.when is not None and lo <= p.when <= hi]
        return known

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
        found = self._stretch_of.get(p.content)
        if found is None:
            found = self._stretch_of[p.content] = self._stretch(p)
        return found

    def _stretch(self, p: Profile) -> tuple[Profile, ...]:
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
            groups = self._cores[id(members)] = self._gathered(members)
            self._note(groups, self._group_of)
        return self._cores[id(members)]

    def _note(self, groups: Iterable[Group], group_of: dict[Profile, Group]) -> None:
        """Notes whose groups these are."""
        for group in groups:
            own = dict.fromkeys(group.members, group)
            group_of |= own
            self._base_of |= own

    def _gathered(self, members: Sequence[Profile]) -> list[Group]:
        """As `gather`; groups that stood before as they stand now are the same objects, all of them or some."""
        if not members:
            return []
        every = frozenset(members)
        known = self._stood(members)
        # Who was there before stands first, most often.
        run = next((known[m].run for m in members if m in known), None)
        if run is not None and run.every <= every and known.keys() >= run.every:
            grown = run if len(run.every) == len(every) else run.joined(every - run.every)
            if grown is not None:
                return _run_by(grown)
        made = gather(self.rules, members)
        stood = [known.get(group.members[0], group) for group in made.groups]
        groups = [old if old.members == new.members else new for old, new in zip(stood, made.groups, strict=True)]
        return _run_by(replace(made, groups=groups))

    def _stood(self, members: Sequence[Profile]) -> Mapping[Profile, Group]:
        """The groups in which tellings of a stretch stood before."""
        if self.earlier is None:
            return self.source.standing
        core = self.rules.core(members[0])
        for m in distinct(m for m in members if m not in self._own):
            (self.earlier.cores if core else self.earlier.rests)(m)
        return self.earlier._group_of if core else self.earlier._rest_of

    def ranked(self, p: Profile) -> list[Group]:
        """Cores that a loose telling may join, near in time, the first told first."""
        if p.content not in self._ranked:
            found: dict[int, Group] = {}
            for name in self.joinable(p):
                found.update((id(g), g) for g in self._cores_near(name, p) if id(g) not in found)
            self._ranked[p.content] = sorted((g for g in found.values() if g.fits(p)), key=lambda g: g.order)
        return self._ranked[p.content]

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
            self._choices[p] = self._kept_choice(p)
        return self._choices[p]

    def _kept_choice(self, p: Profile) -> Group | None:
        if self.earlier is not None:
            same = self.affected is not None and p not in self.affected and p not in self._own
            return self.earlier.choice(p) if same else self._choose(p)
        known = self.source.choices
        return known[p] if p in known and self.source.stands(known[p]) else self._choose(p)

    def keep(self) -> None:
        """Says to the source that this is what stands now."""
        self.source.standing |= self._group_of
        self.source.standing |= self._rest_of
        self.source.choices |= self._choices
        # What was put under a key whose twins nobody asked for lies nowhere yet.
        for key in self.put:
            self.source.laid.pop(key, None)
        self.source.laid |= {key: laid for key, laid in self._laid.items() if len(laid.ranks) > 1}

    def _choose(self, p: Profile) -> Group | None:
        ranked = self.ranked(p)
        if len(ranked) < 2:
            return ranked[0] if ranked else None
        answered = self.answered(p)
        asked = (p.content, answered, *(g.same(p) for g in ranked))
        if asked not in self._chosen:
            ranked = [g for g in ranked if answered.issuperset(g.members[0].right)] or ranked if answered else ranked
            self._chosen[asked] = self._best(p, ranked)
        return self._chosen[asked]

    def _best(self, p: Profile, ranked: Sequence[Group]) -> Group | None:
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
            groups = self._rests[id(members)] = self._gathered([m for m in members if self.choice(m) is None])
            self._note(groups, self._rest_of)
        return self._rests[id(members)]

    def answered(self, p: Profile) -> frozenset[str]:
        """Whom a REJECT without a recipient answers: the one party that addresses the refuser in its report; else nobody."""
        keys = self.rules.report_keys(p)
        if p.event.type != REFUSING or p.right or not keys:
            return frozenset()
        return addressing(p.left, self.under(keys[0]))

    def base(self, p: Profile) -> Group:
        """The group of a telling before its twins are looked at."""
        found = self._base_of.get(p)
        if found is not None:
            return found
        if self.rules.core(p):
            self.cores(p)
            return _of(self._group_of, p)
        chosen = self.choice(p)
        if chosen is None:
            self.rests(p)
            return _of(self._rest_of, p)
        self._base_of[p] = chosen
        return chosen

    def family(self, p: Profile) -> twins.Family:
        """A telling with its twins."""
        if p not in self._family_of:
            self.families(self.rules.twin_key(p))
        return _of(self._family_of, p)

    def families(self, key: str) -> Sequence[twins.Family]:
        """All tellings under a key of twins, in their families."""
        if key not in self._laid:
            self.source.want((key,))
            laid, put = self.source.laid.get(key), self.put.get(key)
            if laid is None:
                laid = twins.lay(self.source.under(key))
                # A report that nobody copies is laid as soon as it is looked up.
                if len(laid.ranks) > 1:
                    self.source.laid[key] = laid
            self._laid[key] = laid.joined(put) if put else laid
            self._family_of |= self._laid[key].of
        return self._laid[key].families

    def home(self, p: Profile) -> Group:
        """The group that a telling is in for good: of those of its twins, that of most of them, then of most other witnesses."""
        return self._home(self.family(p))

    def _home(self, family: twins.Family) -> Group:
        if len(family) == 1:
            return self.base(family[0])
        # By what it is: to look it up by its members takes as long as it is large.
        if id(family) not in self._homes:
            known = self._base_of
            told = Counter([known[m] if m in known else self.base(m) for m in family])
            self._homes[id(family)] = next(iter(told)) if len(told) == 1 else min(
                told, key=lambda g: (-told[g], -len(g.witnesses - {family[0].telling.witness}), g.order)
            )  # fmt: skip
        return self._homes[id(family)]

    def final(self, group: Group) -> list[Profile]:
        """All members of a group, with those whom twins bring and without those whom they take away."""
        known = self.source.finals.get(group) if self.earlier is None else None
        if known is not None:
            return known
        own = self.whole(group)
        # One look-up for all of them.
        self.source.want(self.rules.twin_key(m) for m in distinct(own))
        return in_order(group, [t for family in self.with_twins(own) if self._home(family) is group for t in family])

    def with_twins(self, members: Collection[Profile]) -> Collection[twins.Family]:
        """Tellings with all their twins, each family once: a text that hundreds copy has hundreds in each."""
        for m in distinct(members):
            self.family(m)
        known = self._family_of
        return {id(family): family for family in [known[m] if m in known else _of(known, m) for m in members]}.values()

    def dependents(self, group: Group) -> list[Profile]:
        """Loose tellings that may join a core."""
        p = group.members[0]
        gap = self.rules.gap
        lo, hi = (group.lo - gap, group.hi + gap) if group.day is None else (group.day - 1, group.day + gap)
        found: dict[Profile, None] = {}
        for name in self.joined(group):
            found |= dict.fromkeys(self.at(name, 0, 0, p.cell) if p.when is None else self.at(name, lo, hi))
        return list(found)

    def whole(self, group: Group) -> list[Profile]:
        """All members of a group before twins are looked at: a core's with those who joined it."""
        if not self.rules.core(group.members[0]):
            return group.members
        found = self._wholes.get(group)
        if found is None:
            found = self._wholes[group] = [*group.members, *(m for m in self.dependents(group) if self.choice(m) is group)]
        return found


def _run_by(run: Run) -> list[Group]:
    """The groups of a run, which say that they are."""
    for group in run.groups:
        group.run = run
    return run.groups


def _of(found: Mapping[Profile, T], p: Profile) -> T:
    """What was found of a telling, which must lie among those that were looked through."""
    try:
        return found[p]
    except KeyError:
        raise UnindexedError(p.ref) from None


def distinct(members: Iterable[Profile]) -> Collection[Profile]:
    """One telling of each content."""
    return {m.content: m for m in members}.values()


def in_order(group: Group, members: Iterable[Profile]) -> list[Profile]:
    """The members of a group, those first on whom it was founded: they say whose it is, and not those whom twins bring."""
    own = group.key
    ordered = sorted(members, key=attrgetter("order"))
    return [*(m for m in ordered if m in own), *(m for m in ordered if m not in own)]


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
