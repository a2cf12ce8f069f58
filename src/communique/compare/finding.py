"""Under which keys tellings that may be one event are found, and what was found under them.

`Rules` says what makes an axis of days (see `grouping`), and so which keys a telling has. A `Source` asks for tellings by
key, each key once, and can be kept from one change to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Set
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

from communique.compare import twins
from communique.compare.parties import Profile, kinds, profile
from communique.records import Telling

if TYPE_CHECKING:
    from communique.compare.group import Group

Fetch = Callable[[Collection[str]], Iterable[Telling]]
"""Every telling known that has at least one of these keys (more than once does no harm, in any order)."""

MOST_DYADS = 12
"""A telling with more pairs of parties than this (a summit's list) joins no core: it says too little about any one pair."""

REFUSING = "REJECT"
ADDRESSING = frozenset({"ACCUSE", "REQUEST", "SANCTION", "THREATEN"})
"""Types that a REJECT answers. Where a report has one party alone do such a thing to the refuser, a REJECT that names a recipient
names that one in 85 of 104 annotated cases (training/articles), in 62 of 69 where it stands in the next sentence."""


class UnindexedError(LookupError):
    """A telling is not found under a key that it has: whoever keeps the keys does so by other rules than these."""

    def __init__(self, ref: tuple[str, str]) -> None:
        super().__init__(f"event {ref[1]!r} of report {ref[0]!r} is not kept under all its keys")


@dataclass(frozen=True, slots=True)
class Rules:
    """What makes an axis: `prefix` of its keys, days that may be empty (`gap`), longest stretch (`span`), both in days.

    `dated` says that two days are two events, and `core` which tellings found a group. `take` makes of the plain profile of a
    telling what these rules see of it, None where it is none of theirs. With `answers` a REJECT that leaves its recipient open
    goes to the pair with whom alone its report tells that it answers.
    """

    prefix: str
    gap: int
    span: int
    dated: bool
    take: Callable[[Profile], Profile | None]
    core: Callable[[Profile], bool]
    answers: bool = False

    def profile(self, telling: Telling) -> Profile | None:
        """What these rules see of a telling."""
        return self.take(profile(telling))

    def keys(self, p: Profile) -> tuple[str, ...]:
        """The keys under which a telling must be found: a pure function of it."""
        return _keys(self, p)

    def twin_key(self, p: Profile) -> str:
        """The one under which its twins are found, on whatever day."""
        return f"{self.prefix}{twins.key(p)}"

    def report_keys(self, p: Profile) -> tuple[str, ...]:
        """The one under which a report's REJECTs, and what they may answer, are found together."""
        heard = p.event.type == REFUSING or (p.event.type in ADDRESSING and p.event.status in ("actual", "claimed"))
        return (f"{self.prefix}q{p.telling.report}",) if self.answers and heard else ()

    def axis(self, p: Profile) -> str:
        """The name of the axis that a telling lies on."""
        return f"{'=' if self.core(p) else '-'}{p.signature}"

    def core_names(self, p: Profile) -> tuple[str, ...]:
        """Those of a core: its axis, and each of its parties alone."""
        return (self.axis(p), *(f"~{p.scope}{end}" for end in self.ends(p)))

    def ends(self, p: Profile) -> tuple[str, ...]:
        """Each party of a pair with its side, as a telling that names it alone asks for it."""
        return _ends(p)

    def loose_names(self, p: Profile) -> tuple[str, ...]:
        """Those of another: its axis, and each core that it may join."""
        return (self.axis(p), *(f"+{p.scope}{dyad}" for dyad in self.dyads(p)))

    def dyads(self, p: Profile) -> tuple[str, ...]:
        """Pairs, or single parties, that a telling with a side open or with more parties may be told of."""
        return _dyads(p)

    def dyad(self, p: Profile) -> str:
        """The pair of a core."""
        return f"{'+'.join(p.left)}>{'+'.join(p.right)}"


# A profile equals itself alone, so that these look it up by what it is and not by what it says.


@lru_cache(maxsize=16_384)
def _keys(rules: Rules, p: Profile) -> tuple[str, ...]:
    at = p.cell if p.when is None else f"b{p.when // rules.span}"
    names = rules.core_names(p) if rules.core(p) else rules.loose_names(p)
    return (*(f"{rules.prefix}{name}@{at}" for name in names), rules.twin_key(p), *rules.report_keys(p))


@lru_cache(maxsize=16_384)
def _ends(p: Profile) -> tuple[str, ...]:
    if kinds()[p.event.type].mutual:
        return tuple(f"{a}>" for a in p.left)
    return tuple(f"{a}>" for a in p.left) + tuple(f">{r}" for r in p.right)


@lru_cache(maxsize=16_384)
def _dyads(p: Profile) -> tuple[str, ...]:
    left, right = ([k for k in side if not k.startswith("~")] for side in (p.left, p.right))
    if kinds()[p.event.type].mutual:
        found = [f"{a}+{b}>" for n, a in enumerate(left) for b in left[n + 1 :]] or [f"{a}>" for a in left]
    elif left and right:
        found = [f"{a}>{r}" for a, r in product(left, right)]
    elif len(left) == 2 and not p.right:
        # "China and the United States warned": who warned whom is not told, or was read wrong.
        found = [f"{left[0]}>{left[1]}", f"{left[1]}>{left[0]}"]
    else:
        found = [f"{a}>" for a in left] + [f">{r}" for r in right]
    return tuple(found) if len(found) <= MOST_DYADS else ()


class Source:
    """Tellings by key, each key asked for once; `known` are profiles made already.

    One that is kept for the next change still holds, as long as it is told of every change: `drop` and `put` do that. Meanwhile
    it passes over what is `hidden`. `asked` are the keys that were asked for since it was made or last forgot others (`forget`).

    `standing` has the group in which a telling stood after the last change, `choices` the core that a loose one had joined (None:
    it could join none): what a change leaves alone need not be made anew. A choice counts as long as its group stands. `laid` are
    twins by their key, where copies have any, and `finals` all members of groups, twins looked at.
    """

    def __init__(self, rules: Rules, fetch: Fetch, known: Mapping[tuple[str, str], Profile] | None = None) -> None:
        self.rules, self.fetch = rules, fetch
        self.found: dict[str, dict[tuple[str, str], Profile]] = {}
        self.profiles: dict[tuple[str, str], Profile] = dict(known or {})
        self.hidden: Set[tuple[str, str]] = frozenset()
        self.asked: set[str] = set()
        self.standing: dict[Profile, Group] = {}
        self.choices: dict[Profile, Group | None] = {}
        self.laid: dict[str, twins.Laid] = {}
        self.finals: dict[Group, list[Profile]] = {}

    def want(self, keys: Iterable[str]) -> None:
        """Asks for the tellings of keys that will be needed, all at once."""
        wanted = set(keys)
        self.asked |= wanted
        missing = sorted(wanted.difference(self.found))
        if not missing:
            return
        self.found.update((k, {}) for k in missing)
        for telling in self.fetch(missing):
            ref = (telling.report, telling.event.id)
            if ref in self.hidden:
                continue
            p = self.profiles.get(ref) or self.rules.profile(telling)
            if p is None:
                continue
            self.profiles[ref] = p
            for key in self.rules.keys(p):
                if key in self.found:
                    self.found[key][ref] = p

    def under(self, key: str) -> Collection[Profile]:
        """The tellings of a key."""
        if key not in self.asked:
            self.want((key,))
        return self.found[key].values()

    def forget(self) -> None:
        """Forgets what nobody has asked for since the last time."""
        self.found = {key: found for key, found in self.found.items() if key in self.asked}
        self.profiles = {ref: p for found in self.found.values() for ref, p in found.items()}
        self.asked = set()
        self.finals = {}
        self.laid = {key: laid for key, laid in self.laid.items() if key in self.found}
        groups = {id(g): g for g in self.standing.values()}
        whole = {ident for ident, g in groups.items() if all(self.profiles.get(m.ref) is m for m in g.members)}
        self.standing = {p: g for p, g in self.standing.items() if id(g) in whole}
        self.choices = {p: g for p, g in self.choices.items() if self.profiles.get(p.ref) is p and self.stands(g)}

    def stands(self, group: Group | None) -> bool:
        """Whether a group is still as it was after the last change."""
        return group is None or self.standing.get(group.members[0]) is group

    def drop(self, refs: Iterable[tuple[str, str]]) -> None:
        """Forgets tellings, of which some may never have been asked for."""
        for ref in refs:
            p = self.profiles.pop(ref, None)
            if p is not None:
                for key in self.rules.keys(p):
                    self.found.get(key, {}).pop(ref, None)
                self.laid.pop(self.rules.twin_key(p), None)
                self.choices.pop(p, None)
                group = self.standing.get(p)
                for m in group.members if group is not None else ():
                    self.standing.pop(m, None)

    def put(self, profiles: Iterable[Profile]) -> None:
        """Takes in tellings that are new, or that were dropped before."""
        for p in profiles:
            kept = False
            for key in self.rules.keys(p):
                if key in self.found:
                    self.found[key][p.ref] = p
                    kept = True
            if kept:
                self.profiles[p.ref] = p
