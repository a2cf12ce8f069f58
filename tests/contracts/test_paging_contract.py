"""Pages of reports and incidents as they came, on both databases (store/paging.py)."""

from __future__ import annotations

from making import many

from communique.store import Query, Store
from communique.store.paging import Place, came_after, load, newest, page


def test_pages_of_reports_hold_each_once_by_day(store: Store) -> None:
    given = list(many(20))
    list(store.add_many(given, "x"))
    for order in (False, True):
        found, after = [], ""
        while True:
            part = page(store, "reports", Query(newest=order, after=after), 6)
            found += list(load(store, part))
            after = part.after
            if not after:
                break
        assert sorted(r.key for r in found) == sorted(g.report.id for g in given)
        assert [r.published for r in found] == sorted((r.published for r in found), reverse=order)
    word = max(given[3].report.text.split(), key=len).strip(".”“:")
    named = list(load(store, page(store, "reports", Query(text=word), 50)))
    assert given[3].report.id in {r.key for r in named} and all(r.origin == r.key for r in named)
    assert not page(store, "reports", Query(text=f"{word} nosuchword"), 50).numbers


def test_who_follows_hears_each_incident_once_as_it_came(store: Store) -> None:
    assert newest(store) == Place() and came_after(store, Place(), 5) == (Place(), [])
    list(store.add_many(many(5), "x"))
    place, seen = Place(), []
    while True:
        place, found = came_after(store, place, 3)
        if not found:
            break
        seen += [one.id for _, one in found]
    assert sorted(seen) == sorted(i.id for i in store.incidents()) and len(set(seen)) == len(seen)
    assert place == newest(store)
    list(store.add_many(many(2, start=50), "x"))
    _, fresh = came_after(store, place, 100)
    assert {one.id for _, one in fresh} == {i.id for i in store.incidents()} - set(seen)
    # The last one seen was merged into others: what takes its number is heard, and what stands is not heard again.
    gone = Place(place.number, "0" * 16)
    at, again = came_after(store, gone, 100)
    assert again[0][0].number == place.number and at == newest(store)
    assert came_after(store, Place(10**6, "x"), 5) == (newest(store), [])
