"""Order of arrival does not matter, and telling by telling gives what all at once gives."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from communique.compare.grouping import State
from communique.compare.incidents import SPAN, WINDOW, block_keys, incidents, regroup, source
from communique.compare.parties import Profile
from communique.records import Incident, Location, Telling
from compare.tellings import DAY, Shelf, crowd, telling


def apply(kept: dict[str, Incident], shelf: Shelf, added: list[Telling], removed: list[Telling]) -> None:
    """What a store does with a change; whoever remembers what was asked before finds the same."""
    shelf.drop(removed)
    shelf.put(added)
    change = regroup(added, shelf.fetch, removed=removed)
    if not shelf.sources:
        shelf.sources = (source(shelf.fetch),)
    assert regroup(added, shelf.sources[0], removed=removed) == change
    if len(shelf.kept) % 3 == 0:
        shelf.sources[0].forget()
    for ident in change.dropped:
        del kept[ident]
    for incident in change.incidents:
        assert incident.id not in kept
        kept[incident.id] = incident
    for old, new in change.moved:
        assert old not in kept
        assert new in kept


@given(crowd(), st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_the_order_of_arrival_does_not_matter(tellings: list[Telling], random: object) -> None:
    shuffled = list(tellings)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert incidents(tellings) == incidents(shuffled)


@given(crowd(), st.data())
@settings(max_examples=80, deadline=None)
def test_telling_by_telling_gives_what_all_at_once_gives(tellings: list[Telling], data: st.DataObject) -> None:
    kept: dict[str, Incident] = {}
    shelf = Shelf(block_keys)
    waiting = list(tellings)
    while waiting:
        n = data.draw(st.integers(1, 3))
        apply(kept, shelf, waiting[:n], [])
        waiting = waiting[n:]
        assert sorted(kept.values(), key=lambda i: i.id) == incidents(shelf.kept.values())


@given(crowd(20), st.data())
@settings(max_examples=50, deadline=None)
def test_what_is_taken_out_or_read_anew_leaves_no_trace(tellings: list[Telling], data: st.DataObject) -> None:
    kept: dict[str, Incident] = {}
    shelf = Shelf(block_keys)
    apply(kept, shelf, tellings, [])
    for _ in range(3):
        if not shelf.kept:
            break
        some = data.draw(st.lists(st.sampled_from(sorted(shelf.kept)), min_size=1, max_size=3, unique=True))
        removed = [shelf.kept[ref] for ref in some]
        origin = data.draw(st.sampled_from(["", "r0", "r1"]))
        actors = data.draw(st.sampled_from([t.event.actors for t in tellings]))
        again = [replace(t, origin=origin, event=replace(t.event, actors=actors)) for t in removed]
        apply(kept, shelf, again if data.draw(st.booleans()) else [], removed)
        assert sorted(kept.values(), key=lambda i: i.id) == incidents(shelf.kept.values())


@given(st.lists(st.tuples(st.integers(0, 45), st.booleans(), st.sampled_from(["BBB", "", "BBB CCC"])), min_size=1, max_size=40))
@settings(max_examples=50, deadline=None)
def test_a_war_told_daily_keeps_its_days(days: list[tuple[int, bool, str]]) -> None:
    """Rows longer than a stretch are cut, and a telling that closes a gap cuts them again, online as at once."""
    tellings = []
    for n, (offset, dated, to) in enumerate(days):
        day = (DAY + dt.timedelta(days=offset)).isoformat()
        tellings.append(telling("ASSAULT", "AAA", to, report=f"r{n}", date=day if dated else "", published=day))
    kept: dict[str, Incident] = {}
    shelf = Shelf(block_keys)
    for t in tellings:
        apply(kept, shelf, [t], [])
        assert sorted(kept.values(), key=lambda i: i.id) == incidents(shelf.kept.values())
    for incident in kept.values():
        first, last = dt.date.fromisoformat(incident.first_seen), dt.date.fromisoformat(incident.last_seen)
        assert (last - first).days <= SPAN + 2 * WINDOW


@given(crowd())
@settings(max_examples=60, deadline=None)
def test_each_telling_is_in_exactly_one_incident(tellings: list[Telling]) -> None:
    refs = [ref for incident in incidents(tellings) for ref in incident.tellings]
    assert sorted(refs) == sorted({(t.report, t.event.id) for t in tellings})


def test_what_is_told_of_a_year_asks_no_more_of_the_others_the_more_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tellings dated by one year alone are all neighbours; whom a new one does not fit need not choose again."""
    chosen: list[int] = []
    choose = State._choose

    def counted(state: State, p: Profile) -> object:
        chosen[-1] += 1
        return choose(state, p)

    monkeypatch.setattr(State, "_choose", counted)
    shelf = Shelf(block_keys)
    asked = source(shelf.fetch)
    made: dict[str, Incident] = {}
    for n in range(60):
        town = Location(f"Town {n}", "NOR", f"Region {n}", 2.0 * n - 60, 10.0)
        report = {"report": f"r{n}", "date": "2023", "location": town}
        told = [telling("ASSAULT", "AAA", to, **report) for to in ("BBB", "")]
        shelf.put(told)
        chosen.append(0)
        change = regroup(told, asked)
        made |= {i.id: i for i in change.incidents}
    assert set(chosen[5:]) == {chosen[5]} and 0 < chosen[5] < 5
    assert sorted(made.values(), key=lambda i: i.id) == incidents(shelf.kept.values())
    assert {len(i.tellings) for i in made.values()} == {2} and len(made) == 60
