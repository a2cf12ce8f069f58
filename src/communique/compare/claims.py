"""What sides assert and deny about one event: who, since when, in which words (CODEBOOK.md, Claims).

Tellings are grouped as incidents are (`grouping`), with two differences. What is only claimed or denied founds a claim; tellings
in an outlet's own voice join it and are counted apart. And of what goes on for months (`standing` in data/compare/kinds.tsv) a
claim does too: names, places and days do not part it, a silence of `SILENCE` days does.

Online as incidents are: keep `claim_keys` beside `block_keys`, call `regroup_claims` beside `regroup`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar

from communique.compare.changes import difference
from communique.compare.finding import REFUSING, Fetch, Rules, Source
from communique.compare.group import founder
from communique.compare.grouping import everything
from communique.compare.incidents import SPAN, WINDOW, Ref, came, moves, named
from communique.compare.merging import date_of, ident_of, of_one_pair, parties_of
from communique.compare.parties import POSSIBLE, Profile, kinds, profile_of, who
from communique.compare.sides import DENYING, Around, Saying, self_told, sides_of, turns_of
from communique.records import Claim, Event, Telling

__all__ = ["Beside", "Fetch", "Reclaiming", "Saying", "claim_keys", "claims", "regroup_claims"]

CONTENTIOUS = frozenset({"claimed", "denied"})
"""Statuses that stand on a side's word."""

SILENCE = 90
"""Days without a word after which a claim about something standing is a new one. On half 0 of benchmarks/stories-claims 30 and 60
part one claim that 90 keeps whole."""

STANDING_SPAN = 180
"""Days after which a standing claim that is never silent is cut, so that adding to it costs the same for ever."""

T = TypeVar("T")

Beside = Callable[[Collection[str]], tuple[Iterable[Telling], Iterable[Saying]]]
"""All tellings and sayings of the reports with these keys: what stands beside a telling says who denies, and in which words."""


class Surroundings:
    """What stands around the tellings of reports, each report asked for once. It can be kept from one change to the next, and is
    told of the reports that change (`drop`); `heard` are those that were asked for since it last forgot others."""

    def __init__(self, beside: Beside) -> None:
        self.beside = beside
        self.found: dict[str, Around] = {}
        self.heard: set[str] = set()

    def want(self, reports: Iterable[str]) -> None:
        """Asks for reports that will be needed, all at once."""
        wanted = set(reports)
        self.heard |= wanted
        missing = sorted(wanted.difference(self.found))
        if missing:
            tellings, sayings = self.beside(missing)
            self.put(missing, tellings, sayings)

    def put(self, reports: Iterable[str], tellings: Iterable[Telling], sayings: Iterable[Saying]) -> None:
        """Notes all that reports tell and quote."""
        told: dict[str, dict[str, Telling]] = {report: {} for report in reports}
        said: dict[str, dict[str, Saying]] = {report: {} for report in told}
        for t in tellings:
            told[t.report].setdefault(t.event.id, t)
        for s in sayings:
            said[s.report].setdefault(s.statement.id, s)
        for report in told:
            self.found[report] = Around.of(_in_order(told[report]), _in_order(said[report]))

    def of(self, report: str) -> Around:
        """What stands in a report."""
        found = self.found.get(report)
        if found is None:
            found = self.found[report] = Around.of((), ())
        return found

    def drop(self, reports: Iterable[str]) -> None:
        """Forgets reports, of which some may never have been asked for."""
        for report in reports:
            self.found.pop(report, None)

    def forget(self) -> None:
        """Forgets what nobody has asked for since the last time."""
        self.found = {report: around for report, around in self.found.items() if report in self.heard}
        self.heard = set()


def _in_order(found: Mapping[str, T]) -> list[T]:
    return [one for _, one in sorted(found.items())]


def _given(tellings: Iterable[Telling], sayings: Iterable[Saying]) -> Surroundings:
    """All that there is, looked up nowhere."""
    told, said = list(tellings), list(sayings)
    out = Surroundings(lambda _: ((), ()))
    out.put({t.report for t in told} | {s.report for s in said}, told, said)
    return out


@dataclass(frozen=True, slots=True)
class Reclaiming:
    """As `incidents.Regrouping`: claim ids as they were that are no more or have changed, and the claims that stand instead."""

    dropped: tuple[str, ...]
    claims: tuple[Claim, ...]
    moved: tuple[tuple[str, str], ...] = ()
    came: Mapping[str, tuple[Ref, ...]] = field(default_factory=dict)
    went: Mapping[str, tuple[Ref, ...]] = field(default_factory=dict)


def _disputable(telling: Telling) -> bool:
    """Whether a telling can belong to a claim: what has happened or is said to have, and is not its actor's own word of an act of
    words, which needs nobody to believe it."""
    return telling.event.status not in POSSIBLE and not (telling.event.status == "claimed" and self_told(telling))


def _single(p: Profile) -> Profile | None:
    return p if not kinds()[p.event.type].standing and _disputable(p.telling) else None


@lru_cache(maxsize=8_192)
def _standing(p: Profile) -> Profile | None:
    if not kinds()[p.event.type].standing or not _disputable(p.telling):
        return None
    return dataclasses.replace(profile_of(p.telling, by_publication=True), names={}, families={}, place=None)


def _contentious(p: Profile) -> bool:
    return p.event.status in CONTENTIOUS


def _core(p: Profile) -> bool:
    return p.pair and p.event.status in CONTENTIOUS


def _disputed(members: Iterable[Profile]) -> bool:
    return any(p.event.status in CONTENTIOUS for p in members)


RULES = (
    Rules("c1", WINDOW, SPAN, True, _single, _core),
    Rules("c2", SILENCE, STANDING_SPAN, False, _standing, _core),
)


def claim_keys(telling: Telling) -> tuple[str, ...]:
    """Keys to find a telling by when claims are made anew; () where it can belong to none. A pure function of it.

    They begin with "c" and differ from all block keys, so that one table can hold both.
    """
    return tuple(key for rules in RULES for p in [rules.profile(telling)] if p is not None for key in rules.keys(p))


def claims(tellings: Iterable[Telling], sayings: Iterable[Saying] = ()) -> list[Claim]:
    """The claims in `tellings`, by id: what at least one side only claims or denies; whatever the order they come in."""
    told = list(tellings)
    groups = [members for rules in RULES for members in everything(rules, told)]
    return _made(groups, _given(told, sayings))


def claims_of(groups: Iterable[Sequence[Profile]], tellings: Iterable[Telling], sayings: Iterable[Saying]) -> list[Claim]:
    """The claims that whole groups make (`grouping.State.final`), those without a contentious telling left out. `tellings` and
    `sayings` are all that their members' reports tell and quote."""
    return _made(groups, _given(tellings, sayings))


def looked_at(events: Sequence[Event], sayings: Iterable[Saying]) -> tuple[tuple[Event, ...], tuple[Saying, ...]]:
    """Of a report's events and sayings those that `claims_of` looks at: no event but where there is a refusal or a denial, and of
    its sayings those that are one or have the words around an event."""
    given = tuple(sayings)
    denials = [s for s in given if s.statement.act in DENYING]
    refuses = bool(denials) or any(e.type == REFUSING and e.status == "actual" for e in events)
    spans = [(e.start, e.end) for e in events]
    said = (
        s for s in given
        if s.statement.act in DENYING
        or (s.words and any(c.start <= a and b <= c.end for c in s.statement.content for a, b in spans))
    )  # fmt: skip
    return tuple(events) if refuses else (), tuple(said)


def sources(fetch: Fetch) -> tuple[Source, ...]:
    """What `regroup_claims` asks, for keeping it from one change to the next."""
    return tuple(Source(rules, fetch) for rules in RULES)


def regroup_claims(
    added: Iterable[Telling], fetch: Fetch | Sequence[Source], beside: Beside | Surroundings, *, removed: Iterable[Telling] = ()
) -> Reclaiming:
    """What to change in the claims kept, so that they are what `claims` makes of everything at once.

    `fetch` and `beside` see the state after the change; `added` and `removed` are *all* tellings of the reports that changed,
    so that a report read anew is in both lists with each. In place of `fetch` there may be `sources`, and `Surroundings` in place
    of `beside`, which have seen every change since they were made.
    """
    put, gone = list(added), list(removed)
    around = beside if isinstance(beside, Surroundings) else Surroundings(beside)
    around.drop({t.report for t in (*put, *gone)})
    changes = [difference(source, put, gone) for source in (sources(fetch) if callable(fetch) else fetch)]
    old = named((members for change in changes for members in change.old if _disputed(members)), _ident)
    new = named((members for change in changes for members in change.new if _disputed(members)), _ident)
    around.want({m.telling.report for _, members in new for m in members})
    made = sorted((_claim(members, ident, around) for ident, members in new), key=lambda c: c.id)
    return Reclaiming(tuple(sorted(ident for ident, _ in old)), tuple(made), moves(old, new), came(old, new), came(new, old))


def _made(groups: Iterable[Sequence[Profile]], beside: Surroundings) -> list[Claim]:
    made = (_claim(members, _ident(members), beside) for members in groups if _disputed(members))
    return sorted(made, key=lambda c: c.id)


def _ident(members: Collection[Profile]) -> str:
    """By the first word of a side: who vouches for it comes and goes."""
    return ident_of("claim", founder([m for m in members if _contentious(m)]))


def _claim(members: Sequence[Profile], ident: str, beside: Surroundings) -> Claim:
    ordered = sorted(members, key=lambda m: m.order)
    actors, recipients = parties_of(of_one_pair(members), persons=False)
    stances = sides_of(ordered, frozenset(who(e) for e in actors) - {""}, beside.of)
    published = [m.telling.published for m in ordered if m.telling.published]
    asserting = {s.key for s in stances if s.side.stance == "asserts"}
    denying = {s.key for s in stances if s.side.stance == "denies"}
    return Claim(
        id=ident, type=ordered[0].event.type, actors=actors, recipients=recipients, date=date_of(ordered),
        sides=tuple(s.side for s in stances), since=min(published, default=""), until=max(published, default=""),
        vouching=len({m.telling.witness for m in ordered if m.event.status == "actual"}),
        passing_on=len({m.telling.witness for m in ordered if m.event.status == "claimed"}),
        contested=bool(asserting and denying and len(asserting | denying) > 1), turns=turns_of(stances),
        tellings=tuple(m.ref for m in ordered),
    )  # fmt: skip
