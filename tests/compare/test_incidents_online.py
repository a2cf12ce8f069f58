"""Order of arrival does not matter, and telling by telling gives what all at once gives."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from communique.compare.incidents import SPAN, WINDOW, block_keys, incidents, regroup, source
from communique.records import Incident, Telling
from compare.tellings import DAY, Shelf, crowd, telling


def apply(kept: dict[str, Incident], shelf: Shelf, added: list[Telling], removed: list[Telling]) -> None:
    """What a store does with a change; whoever remembers what was asked before finds the same."""
    shelf.drop(removed)
    shelf.put(added)
    change = regroup(added, shelf.fetch, removed=removed)
    if not shelf.sources:
        shelf.sources = (source(shelf.fetch),)
    assert regroup(added, shelf.sources[0], removed=removed) == change
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
