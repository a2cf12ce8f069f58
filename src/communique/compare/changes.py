"""What a change of tellings does to the groups that `grouping` makes: which are undone, and which stand instead.

Both states are looked at, before and after, as far as the change can reach; what is the same in both is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

from communique.compare.finding import REFUSING, Source
from communique.compare.group import Group
from communique.compare.grouping import State, distinct
from communique.compare.parties import Profile
from communique.records import Telling


@dataclass(frozen=True, slots=True)
class Difference:
    """Members of the groups that a change undoes, and of those that stand instead."""

    old: tuple[tuple[Profile, ...], ...]
    new: tuple[tuple[Profile, ...], ...]


def difference(source: Source, added: Iterable[Telling], removed: Iterable[Telling]) -> Difference:
    """What adding and removing tellings changes.

    What `source` fetches is the state after it; whether that has `added` does not matter. It may have been asked before the
    change, and is brought up to it.
    """
    rules = source.rules
    put = _profiles(source, added)
    # What is read anew as it was may have other words beside it: it is another profile.
    gone = [replace(p) for p in _profiles(source, removed)]
    refs = {p.ref for p in put} | {p.ref for p in gone}
    source.drop(refs)
    source.hidden = refs
    # What a REJECT answers stands elsewhere in its report: it is looked at anew with each change there.
    keys = sorted({key for p in (*put, *gone) for key in rules.report_keys(p)})
    source.want(keys)
    beside = {m.ref: m for key in keys for m in source.under(key) if m.event.type == REFUSING}
    put += beside.values()
    gone += beside.values()
    source.drop(beside)
    refs |= set(beside)
    if gone:
        # They may be in any of them, and are other profiles here.
        source.finals.clear()
    before = State(source, gone)
    after = State(source, put, before)
    comparison = _Comparison(before, after, gone, put)
    found = comparison.result()
    after.keep()
    source.hidden = frozenset()
    source.put(put)
    old, new = comparison.finals
    for group in old:
        source.finals.pop(group, None)
    if all(p.ref in source.profiles for p in put):
        source.finals |= new
    return found


def _profiles(source: Source, tellings: Iterable[Telling]) -> list[Profile]:
    by_ref = {p.ref: p for p in map(source.rules.profile, tellings) if p is not None}
    return list(by_ref.values())


class _Comparison:
    """Compares the groups before and after a change, as far as it reaches."""

    def __init__(self, before: State, after: State, gone: list[Profile], put: list[Profile]) -> None:
        self.states, self.rules = (before, after), before.rules
        self.touched = (gone, put)
        # By state: the groups that differ, by the identity of their own members.
        self.changed: tuple[dict[frozenset[Profile], Group], ...] = ({}, {})
        # By state: all members of the groups that were looked at.
        self.finals: tuple[dict[Group, list[Profile]], dict[Group, list[Profile]]] = ({}, {})

    def result(self) -> Difference:
        self._compare_cores()
        self._compare_rests(self._compare_choices())
        old, new = self._final()
        return Difference(tuple(m for m in old if m not in new), tuple(m for m in new if m not in old))

    def _final(self) -> tuple[dict[tuple[Profile, ...], None], dict[tuple[Profile, ...], None]]:
        """The members, in order, of the groups of both states, twins looked at, that have to do with what has changed.

        Whoever has a twin in a changed group may have moved, and a telling more or less may part those under its key into
        other families. What stands in one state is followed into the other, until both tell of the same tellings.
        """
        touched = tuple(set(side) for side in self.touched)
        # Those of the one state that the other does not have.
        alone = (touched[0] - touched[1], touched[1] - touched[0])
        keys = sorted({self.rules.twin_key(p) for side in self.touched for p in side})
        # One of each family: its twins have the same home.
        waiting: tuple[list[Profile], list[Profile]] = ([], [])
        for n, state in enumerate(self.states):
            near = [m for g in self.changed[n].values() for m in state.whole(g)]
            state.source.want([*keys, *(self.rules.twin_key(m) for m in distinct(near))])
            waiting[n].extend(family[0] for family in state.with_twins(near))
            waiting[n].extend(family[0] for key in keys for family in state.families(key))
        found: tuple[dict[tuple[Profile, ...], None], dict[tuple[Profile, ...], None]] = ({}, {})
        seen: tuple[set[Profile], set[Profile]] = (set(), set())
        while waiting[0] or waiting[1]:
            n = 0 if waiting[0] else 1
            p = waiting[n].pop()
            if p in seen[n]:
                continue
            home = self.states[n].home(p)
            members = self.finals[n][home] = self.states[n].final(home)
            seen[n].update(members)
            found[n][tuple(members)] = None
            others = set(members) - seen[1 - n] - alone[n]
            waiting[1 - n].extend(family[0] for family in self.states[1 - n].with_twins(others))
        return found

    def _near(self, suspects: Collection[Profile], groups_of: Callable[[State, Profile], list[Group]]) -> None:
        """Notes which groups near `suspects` are not the same in both states."""
        touched = {p for side in self.touched for p in side}
        # Those of one axis and day have the same neighbours: a text that a hundred outlets copy is looked at once.
        places = {(self.rules.axis(p), p.when, p.cell): p for p in suspects}.values()
        found: tuple[dict[int, Group], ...] = ({}, {})
        far = self.rules.span + self.rules.gap
        self._want((self.rules.axis(p), p, far) for p in places)
        for state, out in zip(self.states, found, strict=True):
            # Those of one axis and day lie in one stretch, and days beside each other have most of their neighbours in common.
            looked: set[tuple[str, int | None, str]] = set()
            for p in places:
                axis = self.rules.axis(p)
                # Where others lie on its day, a telling leaves the axis's stretches as they are, and only its own changes.
                same_day = self.states[0].around(axis, p, 0)
                reach = 0 if any(m not in touched for m in same_day) else far
                for m in distinct(state.around(axis, p, reach)):
                    place = (axis, m.when, m.cell)
                    if place not in looked:
                        looked.add(place)
                        out.update((id(g), g) for g in groups_of(state, m))
        differ = [
            {g.key: g for ident, g in own.items() if ident not in other}
            for own, other in (found, found[::-1])
        ]  # fmt: skip
        for n, changed in enumerate(self.changed):
            changed.update((key, g) for key, g in differ[n].items() if key not in differ[1 - n])

    def _want(self, places: Iterable[tuple[str, Profile, int]]) -> None:
        """Asks for all that will be looked for under names, so many days around a telling, at one go."""
        state = self.states[0]
        state.source.want(
            key for name, p, reach in places
            for key in (
                state.keys_of(name, 0, 0, p.cell) if p.when is None else state.keys_of(name, p.when - reach, p.when + reach)
            )
        )  # fmt: skip

    def _compare_cores(self) -> None:
        self._near([p for p in (*self.touched[0], *self.touched[1]) if self.rules.core(p)], State.cores)

    def _compare_choices(self) -> list[Profile]:
        """Notes the cores that somebody leaves or joins; returns whose leaving or coming may change other groups."""
        moved: list[Profile] = []
        touched = {p for side in self.touched for p in side}
        suspects: dict[Profile, None] = {}
        self._want(
            (name, m, self.rules.gap) for groups in self.changed for g in groups.values() for name in self.states[0].joined(g)
            for m in g.members[:1]
        )
        for groups in self.changed:
            for group in groups.values():
                for state in self.states:
                    # Whom it does not fit chooses among the others as before.
                    near = [p for p in state.dependents(group) if p not in touched]
                    fitting = {p.content for p in distinct(near) if group.fits(p)}
                    suspects.update((p, None) for p in near if p.content in fitting)
        self.states[1].affected = suspects.keys()
        loose = [*suspects, *(p for side in self.touched for p in side if not self.rules.core(p))]
        self._want((name, p, self.rules.gap) for p in distinct(loose) for name in self.states[0].joinable(p))
        noted: set[tuple[int, int]] = set()
        for p in suspects:
            old, new = (state.choice(p) for state in self.states)
            if (old is None) != (new is None):
                moved.append(p)
            if (id(old), id(new)) not in noted:
                noted.add((id(old), id(new)))
                if old is None or new is None or old.key != new.key:
                    self._note(old, new)
        for n, side in enumerate(self.touched):
            for p in side:
                if not self.rules.core(p):
                    moved.append(p)
                    choice = self.states[n].choice(p)
                    self._note(*((choice, None) if n == 0 else (None, choice)))
        return moved

    def _note(self, old: Group | None, new: Group | None) -> None:
        for group, groups in zip((old, new), self.changed, strict=True):
            if group is not None:
                groups[group.key] = group

    def _compare_rests(self, moved: Collection[Profile]) -> None:
        self._near(moved, State.rests)
