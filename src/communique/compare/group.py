"""One group of tellings in the making, and the groups of a stretch (step 2 of `grouping`)."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from operator import attrgetter

from communique.compare.finding import Rules
from communique.compare.parties import Profile, Role, kinds, modes_differ, names_agree, places_differ
from communique.records import Location


@dataclass(slots=True, eq=False)
class Group:
    """Tellings put together, and what they say; `day` is its first dated member's; `lo` and `hi` are the first and last
    ordinal of its members, `first` that of the first publication; `contents` are those of its members, `run` how it was found."""

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
    contents: set[object] = field(default_factory=set)
    run: Run | None = None
    _key: frozenset[Profile] | None = None
    _order: tuple[str, str, str] | None = None

    @property
    def key(self) -> frozenset[Profile]:
        """Its members, once no more are added."""
        if self._key is None:
            self._key = frozenset(self.members)
        return self._key

    @property
    def order(self) -> tuple[str, str, str]:
        """Its founder's place among all tellings, once no more are added."""
        if self._order is None:
            self._order = founder(self.members).order
        return self._order

    def add(self, p: Profile) -> bool:
        """Takes a telling in; whether it says anything that no member has said."""
        self.members.append(p)
        self.reports.add(p.telling.report)
        if p.content in self.contents:
            return False
        if p.when is not None:
            self.lo, self.hi = (min(self.lo, p.when), max(self.hi, p.when)) if self.contents else (p.when, p.when)
            if p.dated and self.day is None:
                self.day = p.when
        if p.told is not None:
            self.first = p.told if self.first is None else min(self.first, p.told)
        self.contents.add(p.content)
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
        return True

    def joined(self, new: Collection[Profile]) -> Group:
        """The group with more tellings that say what members have said, each in its place."""
        members, order = self.members.copy(), self.order
        for p in new:
            insort(members, p, key=_place)
            order = min(order, p.order)
        reports = self.reports.union(p.telling.report for p in new)
        return replace(self, members=members, reports=reports, _key=None, _order=order)

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

    def same(self, p: Profile) -> int:
        """How near the group is to a telling by who tells it: its own report is 2, its source 1."""
        return 2 if p.telling.report in self.reports else int(p.telling.witness in self.witnesses)

    def likeness(self, p: Profile) -> tuple[int, int, int, int, int]:
        """How well a telling that fits does so, best last: its own report's or source's, names, places, days apart, size."""
        return self.same(p), *self.nearness(p), len(self.members)

    def nearness(self, p: Profile) -> tuple[int, int, int]:
        """As `likeness`, by what is told alone: the same for all tellings of one content."""
        named = sum(1 for role, names in p.names.items() if role in self.names and names_agree(names, self.names[role]))
        placed = p.place is not None and bool(self.places)
        ends = (self.lo, self.hi) if self.day is None else (self.day, self.day)
        near = 0 if p.when is None else -min(abs(p.when - end) for end in ends)
        return named, int(placed), near


Place = tuple[bool, int, tuple[str, str, str]]


def _place(p: Profile) -> Place:
    """Where a telling stands among those of its stretch: dated ones first, then the fullest."""
    return not p.dated, -p.rich, p.order


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """The `groups` that were made of `every` telling of a stretch. `news` are the places of those that said what nobody in their
    group had said before; `sole` has, by what a telling says and how many of these stand before it, the number of the one
    group that had heard it and that it fitted alone."""

    every: frozenset[Profile]
    groups: list[Group]
    news: list[Place]
    sole: dict[tuple[object, int], int]

    def joined(self, new: Iterable[Profile]) -> Run | None:
        """What is made with more tellings, the same as if all were gathered at once; None where that must be done. One that says
        at its place what another has said there leaves all others where they are."""
        joining: dict[int, list[Profile]] = {}
        for p in new:
            number = self.sole.get((p.content, bisect_left(self.news, _place(p))))
            if number is None:
                return None
            joining.setdefault(number, []).append(p)
        groups = [group.joined(joining[n]) if n in joining else group for n, group in enumerate(self.groups)]
        return Run(self.every.union(*joining.values()), groups, self.news, self.sole)


def gather(rules: Rules, members: Iterable[Profile]) -> Run:
    """Groups of one stretch: each telling, the fullest first, goes where it fits best, else founds one.

    Where it fits is asked once of all that say the same, until a group is told something new.
    """
    groups: list[Group] = []
    news: list[Place] = []
    sole: dict[tuple[object, int], int] = {}
    number: dict[int, int] = {}
    fitting: dict[object, list[tuple[Group, tuple[int, ...]]]] = {}
    ordered = sorted(members, key=_place)
    for p in ordered:
        if p.content not in fitting:
            found = [g for g in groups if g.fits(p)]
            fitting[p.content] = [(g, g.nearness(p) if len(found) > 1 else ()) for g in found]
        near = fitting[p.content]
        if not near:
            best = Group(rules)
            number[id(best)] = len(groups)
            groups.append(best)
        elif len(near) == 1:
            best = near[0][0]
        else:
            best = max(near, key=lambda one: (one[0].same(p), *one[1], len(one[0].members)))[0]
        if best.add(p):
            news.append(_place(p))
            fitting.clear()
        elif len(near) == 1:
            sole.setdefault((p.content, len(news)), number[id(best)])
    return Run(frozenset(ordered), groups, news, sole)


def founder(members: Iterable[Profile]) -> Profile:
    """The member that was published first; of several, the one with the smallest report key and event id."""
    return min(members, key=attrgetter("order"))
