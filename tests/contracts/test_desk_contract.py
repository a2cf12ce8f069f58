"""What the desk asks of a store, on SQLite and on PostgreSQL alike, against what its four questions give."""

from __future__ import annotations

from collections import Counter

import pytest
from making import Draft, filler, many
from sqlalchemy import select

from communique.store import Query, Store, desk, latest, people
from communique.store.asking import Party
from communique.store.schema import incident, participant


@pytest.fixture
def filled(store: Store) -> Store:
    """Some hundred events at random, and a few written to be found."""
    drafts = [
        Draft("d-1", "2025-03-14", "Wire")
        .told("NOR", "SANCTION", "RUS", date="2025-03-13", place="Oslo", actor_name="Kari Nordmann")
        .said("NOR", "they go too far", "accuse", ("RUS",)),
        Draft("d-2", "2025-03-15", "Ledger").told("RUS", "CONSULT", "NOR", date="2025-03-15")
        .said("RUS", "we met", about=("NOR",)),
        Draft("d-3", "2025-03-15", "Ledger").told("IRN", "REJECT", date="2025-03-15", status="denied", on="IRN"),
    ]  # fmt: skip
    for n, draft in enumerate(drafts):
        draft.say(filler(f"d-{n}", 30))
    list(store.add_many([*many(15), *(draft.coded() for draft in drafts)], "test reader"))
    return store


def test_incidents_are_those_of_the_question(filled: Store) -> None:
    for wanted, asked in (
        (desk.Wanted(), [Query()]), (desk.Wanted(type=("AID", "CONSULT")), [Query(type=("AID", "CONSULT"))]),
        (desk.Wanted(status=("denied",)), [Query(status=("denied",))]), (desk.Wanted(country="NOR"), [Query(country="NOR")]),
        (desk.Wanted(who="NOR"), [Query(actor="NOR"), Query(recipient="NOR")]),
        (desk.Wanted(who="NOR", other="RUS"), [Query(actor="NOR", recipient="RUS"), Query(actor="RUS", recipient="NOR")]),
        (desk.Wanted(who="Kari Nordmann"), [Query(actor="Kari Nordmann")]),
        (desk.Wanted(who="NOR.GOV"), [Query(actor="NOR.GOV"), Query(recipient="NOR.GOV")]),
        (desk.Wanted(other="RUS", way="out"), [Query(recipient="RUS")]),
        (desk.Wanted(other="RUS.GOV", way="out"), [Query(recipient="RUS.GOV")]),
        (desk.Wanted(also="NOR"), [Query(actor="NOR"), Query(recipient="NOR")]),
        (desk.Wanted(who="RUS", also="NOR"), [Query(actor="NOR", recipient="RUS"), Query(actor="RUS", recipient="NOR")]),
        (desk.Wanted(also="Kari Nordmann"), [Query(actor="Kari Nordmann")]),
    ):  # fmt: skip
        found = [one.uid for one in desk.incidents(filled, wanted, most=10_000)]
        assert found and len(found) == len(set(found))
        assert set(found) == {i.id for query in asked for i in filled.incidents(query)}, wanted


def test_pages_put_together_are_the_whole_list(filled: Store) -> None:
    for wanted in (desk.Wanted(), desk.Wanted(who="RUS"), desk.Wanted(since="2025-01-01", until="2025-12-31")):
        whole = [one.number for one in desk.incidents(filled, wanted, most=10_000)]
        paged: list[int] = []
        after = ""
        while part := desk.incidents(filled, wanted, after=after, most=7):
            paged += [one.number for one in part]
            after = part[-1].cursor
        assert paged == whole


def test_the_last_of_a_name_that_very_many_have(store: Store) -> None:
    drafts = []
    for n in range(40):
        day = f"2025-{1 + n // 10:02}-{1 + 2 * (n % 10):02}"
        kind, other = ("AID", "ACCUSE")[n % 2], ("RUS", "CHN")[n % 3 == 0]
        draft = Draft(f"k-{n}", day).told("NOR", kind, other, date=day, actor_name="Kari Nordmann")
        draft.said("NOR", f"this is day number {n}", name="Kari Nordmann").say(filler(f"k-{n}", 30))
        drafts.append(draft)
    drafts.append(Draft("other", "2025-06-01").told("FIN", "CONSULT", "RUS", date="2025-06-01").said("FIN", "we talked"))
    list(store.add_many([*(draft.coded() for draft in drafts)], "test reader"))
    with store.database.reading() as connection:
        named = latest.numbers(connection, Party(name="kari nordmann"))
        assert named
        having = select(participant.c.event_id).where(participant.c.entity_id.in_(named))
        assert latest.floor(connection, incident, having, [incident.c.day > ""], 1) > ("2025-01-01", 0)
        assert latest.floor(connection, incident, having, [incident.c.day > ""], 1000) is None  # then all are put in order
    for given in ({}, {"since": "2025-04-15"}, {"until": "2025-02-15"}, {"type": ("AID",)}, {"other": "CHN"}, {"way": "out"}):
        wanted = desk.Wanted(who="Kari Nordmann", **given)
        whole = desk.incidents(store, wanted, most=1000)
        assert 2 < len(whole) <= 40
        paged, after = [], ""
        while part := desk.incidents(store, wanted, after=after, most=1):
            paged += part
            after = part[-1].cursor
        assert paged == whole
        assert [(day, one.id) for day, one in desk.whole(store, wanted, most=2)] == [(one.day, one.uid) for one in whole[:2]]
    said = people.words_of(store, "Kari Nordmann", most=1000)
    assert len(said) == 40 and said == sorted(said, key=lambda one: one.published, reverse=True)
    found, after = [], ""
    while part := people.words_of(store, "Kari Nordmann", after=after, most=1):
        found += part
        after = part[-1].cursor
    assert found == said


def test_counts_are_those_of_the_lists(filled: Store) -> None:
    for given in ({}, {"who": "RUS"}, {"other": "RUS", "way": "out"}, {"who": "RUS", "also": "NOR"}):
        wanted = desk.Wanted(since="2024-01-01", until="2026-12-31", **given)
        listed = desk.incidents(filled, wanted, most=10_000)
        assert desk.counts(filled, wanted) == dict(Counter((one.day, one.type) for one in listed))


def test_the_window_begins_where_the_news_end(filled: Store) -> None:
    newest = max(s.published for s in filled.statements())
    assert desk.last_day(filled, "2030-01-01") == newest
    assert desk.last_day(filled, "2025-03-14") <= "2025-03-14"
    assert not desk.empty(filled)


def test_partners_are_the_sums_of_the_series(filled: Store) -> None:
    found = {p.country: p for p in desk.partners(filled, "RUS", ["NOR", "USA", "CHN", "RUS"], "2000-01-01", "2030-01-01")}
    for other, partner in found.items():
        rows = [r for r in filled.series("RUS", other) if r.status == "actual"]
        assert partner.did == sum(r.actor == "RUS" or r.mutual for r in rows)
        # One in which both act stands under both.
        twice = [r for r in rows for _ in range(2 if r.mutual else 1)]
        assert partner.conflict == pytest.approx(sum(-(r.score or 0) for r in twice if (r.score or 0) < 0), abs=0.06)
    assert "NOR" in found and "RUS" not in found


def test_usual_rates_are_of_the_year_before(filled: Store) -> None:
    pair = ("RUS", "NOR")
    before = "2025-03-15"
    told = [r for r in filled.series("RUS", "NOR") if "2024-03-15" <= r.day < before and (r.actor == "RUS" or r.mutual)]
    assert desk.usual(filled, [pair, ("RUS", "*")], before)[pair].types == Counter(r.type for r in told)
    alone = desk.usual(filled, [("RUS", "*")], before)["RUS", "*"]
    assert alone.total >= len(told) and alone.days == 365


def test_words_figures_and_outlets(filled: Store) -> None:
    assert [f.name for f in people.figures(filled, "kari  NORDMANN")] == ["Kari Nordmann"]
    assert [f.name for f in people.named_like(filled, "nordm")] == ["Kari Nordmann"] and not people.named_like(filled, "no%m")
    one = desk.incidents(filled, desk.Wanted(who="Kari Nordmann"))[0]
    assert desk.outlets(filled, [one.number]) == {one.number: ("Wire",)}
    assert [o.number for o in desk.incidents(filled, desk.Wanted(outlet="Wire"))] == [one.number]
    whole = desk.full(filled, [one.number])[0]
    assert desk.by_uid(filled, [whole.id]) == {whole.id: whole}
    assert list(desk.told(filled, [whole.tellings[0][1]])) == [whole.tellings[0][1]]
    days = desk.statement_days(filled, "NOR", "2025-03-01", "2025-03-31")
    assert sum(days.values()) == len(list(filled.statements(Query(actor="NOR", since="2025-03-01", until="2025-03-31"))))
    assert not people.words_of(filled, "Kari Nordmann") and not people.speakers(filled, "RUS", "2025-03-01", "2025-03-31")


def test_claims_by_country_and_page(filled: Store) -> None:
    every = [c.id for c in filled.claims(Query(newest=True))]
    paged: list[str] = []
    found, after = desk.claims(filled, contested=False, most=3)
    while found:
        paged += [c.id for c in found]
        found, after = desk.claims(filled, contested=False, after=after, most=3) if after else ([], "")
    assert sorted(paged) == sorted(every) and len(every) > 3
    iran = {c.id for c in desk.claims(filled, who="IRN", contested=False, most=1000)[0]}
    assert iran >= {c.id for c in filled.claims(Query(actor="IRN"))}
    between = {c.id for c in desk.claims_between(filled, "IRN", "USA", contested=False, most=1000)}
    assert between == iran & {c.id for c in desk.claims(filled, who="USA", contested=False, most=1000)[0]}
    one = next(iter(filled.claims()))
    assert one.id in {c.id for c in desk.claims_of_events(filled, [ref[1] for ref in one.tellings])}
