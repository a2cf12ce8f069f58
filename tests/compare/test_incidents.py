"""What becomes one incident and what stays apart, on tellings built by hand."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import pytest

from communique.compare.incidents import WINDOW, block_keys, incidents, regroup
from communique.compare.parties import families, kinds, same_name
from communique.ontology import event_types, names
from communique.records import Incident, Telling
from compare.tellings import BERGEN, GENEVA, OSLO, Shelf, party, telling


def grouped(*tellings: Telling) -> list[set[str]]:
    """Report keys of each incident."""
    return sorted(({report for report, _ in i.tellings} for i in incidents(tellings)), key=sorted)


def only(*tellings: Telling) -> Incident:
    (incident,) = incidents(tellings)
    return incident


def test_one_day_one_type_one_pair_is_one_incident() -> None:
    a = telling("ACCUSE", "FIN.GOV", "RUS.GOV", report="a", date="2024-04-09")
    b = telling("ACCUSE", "FIN.GOV", "RUS.GOV", report="b", date="2024-04-09", published="2024-04-12")
    assert grouped(a, b) == [{"a", "b"}]


@pytest.mark.parametrize(
    ("country", "short", "long"),
    [("IGO", "NATO", "North Atlantic Treaty Organization"), ("COL.REB", "FARC", "Revolutionary Armed Forces of Colombia")],
)
def test_a_body_is_one_whichever_name_it_goes_by(country: str, short: str, long: str) -> None:
    told = [
        telling("ACCUSE", [party(country, name)], "RUS.GOV", report=key, date="2024-04-09")
        for key, name in (("a", short), ("b", long))
    ]
    assert grouped(*told) == [{"a", "b"}]
    other = telling("ACCUSE", [party("IGO", "OPEC")], "RUS.GOV", report="c", date="2024-04-09")
    assert len(incidents([*told, other])) == 2


@pytest.mark.parametrize(
    "other",
    [
        telling("REJECT", "FIN.GOV", "RUS.GOV", report="b", date="2024-04-09"),
        telling("ACCUSE", "SWE.GOV", "RUS.GOV", report="b", date="2024-04-09"),
        telling("ACCUSE", "RUS.GOV", "FIN.GOV", report="b", date="2024-04-09"),
        telling("ACCUSE", "FIN.GOV", "RUS.GOV", report="b", date="2024-04-16"),
        telling("ACCUSE", "FIN.GOV", "RUS.GOV", report="b", date="2024-04-09", status="future"),
        telling("ACCUSE", "FIN.OPP", "RUS.GOV", report="b", date="2024-04-09"),
    ],
    ids=["type", "actor", "direction", "week", "not yet", "opposition"],
)
def test_near_misses_stay_apart(other: Telling) -> None:
    assert len(incidents([telling("ACCUSE", "FIN.GOV", "RUS.GOV", report="a", date="2024-04-09"), other])) == 2


def test_same_talks_another_city_stay_apart_and_a_town_is_within_its_country() -> None:
    a = telling("CONSULT", "IRN.GOV USA.GOV", report="a", date="2024-04-09", location=OSLO)
    assert grouped(a, telling("CONSULT", "IRN.GOV USA.GOV", report="b", date="2024-04-09", location=BERGEN)) == [{"a"}, {"b"}]
    assert grouped(a, telling("CONSULT", "IRN.GOV USA.GOV", report="b", date="2024-04-09", location=GENEVA)) == [{"a"}, {"b"}]
    assert grouped(a, telling("CONSULT", "IRN.GOV USA.GOV", report="b", date="2024-04-09", location=OSLO)) == [{"a", "b"}]
    assert grouped(a, telling("CONSULT", "IRN.GOV USA.GOV", report="b", date="2024-04-09")) == [{"a", "b"}]


def test_a_speech_acts_place_is_that_of_its_content_and_parts_nothing() -> None:
    a = telling("THREATEN", "USA.GOV", "IRN.GOV", report="a", date="2024-04-09", location=OSLO)
    assert grouped(a, telling("THREATEN", "USA.GOV", "IRN.GOV", report="b", date="2024-04-09", location=GENEVA)) == [{"a", "b"}]


def test_a_visit_is_one_event_with_the_meeting_whoever_acts() -> None:
    visit = telling("CONSULT", "RUS.GOV", "CHN.GOV", report="a", date="2024-04-09", mode="visit")
    met = telling("CONSULT", "RUS.GOV CHN.GOV", report="b", date="2024-04-09")
    hosted = telling("CONSULT", "CHN.GOV", "RUS.GOV", report="c", date="2024-04-09", mode="visit")
    assert grouped(visit, met, hosted) == [{"a", "b", "c"}]
    phoned = telling("CONSULT", "CHN.GOV", "RUS.GOV", report="d", date="2024-04-09", mode="phone")
    assert grouped(visit, phoned) == [{"a"}, {"d"}]


def test_two_speakers_of_one_government_are_two_speech_acts() -> None:
    one = telling("ACCUSE", [party("USA.GOV", "Ada Ek")], "RUS.GOV", report="a", date="2024-04-09")
    other = telling("ACCUSE", [party("USA.GOV", "Bo Alm")], "RUS.GOV", report="b", date="2024-04-09")
    bare = telling("ACCUSE", "USA.GOV", "RUS.GOV", report="c", date="2024-04-09")
    assert grouped(one, other) == [{"a"}, {"b"}]
    assert grouped(one, bare) == [{"a", "c"}]


def test_who_announces_help_does_not_make_it_another() -> None:
    one = telling("AID", [party("USA.GOV", "Ada Ek")], "UKR.GOV", report="a", date="2024-04-09")
    other = telling("AID", [party("USA.GOV", "Bo Alm")], "UKR.GOV", report="b", date="2024-04-09")
    assert grouped(one, other) == [{"a", "b"}]


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("lavrov", "sergei lavrov", True), ("sergei lavrov", "sergey lavrov", True), ("sergei lavrov", "mikhail lavrov", False),
        ("ada ek", "ada ek", True), ("ada ek", "ada alm", False), ("", "ada ek", True),
    ],
)  # fmt: skip
def test_names(a: str, b: str, same: bool) -> None:
    assert same_name(a, b) is same
    assert same_name(b, a) is same


@pytest.mark.parametrize(("late", "together"), [(0, True), (WINDOW, True), (WINDOW + 1, False), (-1, False)])
def test_an_undated_telling_falls_back_to_its_publication(late: int, together: bool) -> None:
    dated = telling("REJECT", "CHN.GOV", "USA.GOV", report="a", date="2024-04-10")
    undated = telling("REJECT", "CHN.GOV", "USA.GOV", report="b", published=f"2024-04-{10 + late:02d}")
    assert grouped(dated, undated) == ([{"a", "b"}] if together else [{"a"}, {"b"}])


def test_the_fallback_gives_no_date() -> None:
    undated = only(telling("REJECT", "CHN.GOV", "USA.GOV", published="2024-04-11"))
    assert (undated.date, undated.first_seen) == ("", "2024-04-11")


def test_an_undated_telling_takes_the_nearest_day_before_it() -> None:
    days = [telling("ASSAULT", "RUS.MIL", "UKR", report=f"d{n}", date=f"2024-04-{n:02d}") for n in (8, 9, 10)]
    undated = telling("ASSAULT", "RUS.MIL", "UKR", report="u", published="2024-04-09")
    assert grouped(*days, undated) == [{"d10"}, {"d8"}, {"d9", "u"}]


def test_what_is_told_as_history_goes_by_its_date_alone() -> None:
    old = telling("ASSAULT", "RUS.MIL", "UKR", report="a", date="2022-02-24", historical=True)
    again = telling("ASSAULT", "RUS.MIL", "UKR", report="b", date="2022-02-24", historical=True, published="2024-07-01")
    year = telling("ASSAULT", "RUS.MIL", "UKR", report="c", date="2022", historical=True)
    undated = telling("ASSAULT", "RUS.MIL", "UKR", report="d", historical=True)
    fresh = telling("ASSAULT", "RUS.MIL", "UKR", report="e")
    assert grouped(old, again, year, undated, fresh) == [{"a", "b"}, {"c"}, {"d"}, {"e"}]


def test_a_report_of_this_month_without_a_day_is_as_good_as_undated() -> None:
    month = telling("SANCTION", "USA.GOV", "IRN.GOV", report="a", date="2024-04", published="2024-04-11")
    day = telling("SANCTION", "USA.GOV", "IRN.GOV", report="b", date="2024-04-10")
    assert only(month, day).date == "2024-04-10"


def test_an_open_side_joins_the_only_pair_it_fits() -> None:
    whole = telling("REJECT", "CHN.GOV", "USA.GOV", report="a", date="2024-04-10")
    half = telling("REJECT", "CHN.GOV", report="b", date="2024-04-10")
    assert grouped(whole, half) == [{"a", "b"}]


def test_an_open_side_that_fits_two_pairs_joins_neither() -> None:
    one = telling("REJECT", "CHN.GOV", "USA.GOV", report="a", date="2024-04-10")
    two = telling("REJECT", "CHN.GOV", "JPN.GOV", report="b", date="2024-04-10")
    half = telling("REJECT", "CHN.GOV", report="c", date="2024-04-10")
    assert grouped(one, two, half) == [{"a"}, {"b"}, {"c"}]
    # But the report that tells the pair, too, means that one.
    assert grouped(one, two, telling("REJECT", "CHN.GOV", report="b", date="2024-04-10")) == [{"a"}, {"b"}]


def test_an_open_side_joins_the_pair_that_twice_as_many_tell() -> None:
    """Once, one report that was misread kept all that leave a side open from the pair that everybody tells."""
    most = [telling("REJECT", "CHN.GOV", "USA.GOV", report=r, date="2024-04-10") for r in "ab"]
    one = telling("REJECT", "CHN.GOV", "RUS.GOV", report="c", date="2024-04-10")
    half = telling("REJECT", "CHN.GOV", report="d", date="2024-04-10")
    assert grouped(*most, one, half) == [{"a", "b", "d"}, {"c"}]
    copies = [telling("REJECT", "CHN.GOV", "USA.GOV", report=r, date="2024-04-10", origin="a") for r in "xyz"]
    assert grouped(most[0], *copies, one, half) == [{"a", "x", "y", "z"}, {"c"}, {"d"}]


def test_an_open_refusal_answers_who_alone_addresses_the_refuser_in_its_report() -> None:
    """Once, "China will not accept the criticism" joined neither of two pairs, though its report tells who criticises."""
    pairs = [telling("REJECT", "CHN.GOV", to, report=r, date="2024-04-10") for r, to in (("a", "USA.GOV"), ("b", "RUS.GOV"))]
    refusal = telling("REJECT", "CHN.GOV", report="c", date="2024-04-10")
    warned = telling("THREATEN", "USA.GOV", "CHN.GOV", report="c", date="2024-04-09")
    asked = telling("REQUEST", "RUS.GOV", "CHN.GOV", report="c", date="2024-04-09")
    assert {"a", "c"} in grouped(*pairs, refusal, warned)
    assert {"a", "c"} not in grouped(*pairs, refusal, warned, asked)
    elsewhere = telling("THREATEN", "USA.GOV", "CHN.GOV", report="d", date="2024-04-09")
    assert {"a", "c"} not in grouped(*pairs, refusal, elsewhere)
    shelf = Shelf(block_keys)
    shelf.put([*pairs, refusal])
    shelf.put([warned])
    change = regroup([warned], shelf.fetch)
    assert {frozenset(r for r, _ in i.tellings) for i in change.incidents} == {frozenset("ac"), frozenset("c")}


def test_a_misread_twin_does_not_name_the_parties() -> None:
    wire = telling("REJECT", "CHN.GOV", "RUS.GOV", report="w", date="2024-04-10", trigger="refused")
    copies = [telling("REJECT", "CHN.GOV", "USA.GOV", report=r, date="2024-04-10", origin="w", trigger="refused") for r in "xy"]
    (one,) = incidents([wire, *copies])
    assert [e.country for e in one.recipients] == ["USA"]


def test_a_state_that_is_its_own_recipient_leaves_the_side_open() -> None:
    """Once, "China attacked" a boat whose flag was read as Chinese stood apart from the attack on the Philippines."""
    whole = telling("ASSAULT", "CHN.MIL", "PHL.GOV", report="a", date="2024-04-10")
    own = telling("ASSAULT", "CHN.MIL", "CHN", report="b", date="2024-04-10")
    assert grouped(whole, own) == [{"a", "b"}]
    home = telling("ASSAULT", "CHN.MIL", "CHN.CVL", report="c", date="2024-04-10")
    rebels = telling("ASSAULT", "CHN.REB", "CHN", report="d", date="2024-04-10")
    assert grouped(whole, home) == [{"a"}, {"c"}]
    assert grouped(whole, rebels) == [{"a"}, {"d"}]


def test_words_that_nobody_published_before_the_second_day_are_one() -> None:
    """Tuesday evening in Washington is Wednesday in Beijing: a warning stood on two days."""
    def warned(report: str, date: str, published: str, kind: str = "THREATEN") -> Telling:
        return telling(kind, "USA.GOV", "CHN.GOV", report=report, date=date, published=published)

    late = warned("a", "2024-04-09", "2024-04-10"), warned("b", "2024-04-10", "2024-04-10")
    assert grouped(*late) == [{"a", "b"}]
    # Who published on the first day knew of another, and a raid a day is no time zone.
    assert grouped(warned("a", "2024-04-09", "2024-04-09"), late[1]) == [{"a"}, {"b"}]
    assert grouped(*(warned(t.report, t.event.date, "2024-04-10", "ASSAULT") for t in late)) == [{"a"}, {"b"}]
    assert grouped(warned("a", "2024-04-08", "2024-04-10"), late[1]) == [{"a"}, {"b"}]


def test_what_one_of_a_witnesss_tellings_adds_does_not_weigh_as_much_as_what_all_say() -> None:
    """Once, a warning to China also went to Russia, which one of three tellings of one of two texts had beside it."""
    told = [telling("THREATEN", "USA.GOV", "CHN.GOV", report=r, event=f"{r}{n}", date="2024-04-10")
            for r in "ab" for n in range(2)]  # fmt: skip
    more = telling("THREATEN", "USA.GOV", "CHN.GOV RUS.GOV", report="b", date="2024-04-10")
    assert [e.country for e in only(*told, more).recipients] == ["CHN"]


def test_open_sides_alone_form_an_incident() -> None:
    halves = [telling("PROTEST", "GEO.OPP", report=r, date="2024-04-10") for r in "ab"]
    assert grouped(*halves) == [{"a", "b"}]


def test_a_name_without_a_country_finds_its_pair_by_the_name() -> None:
    whole = telling("ACCUSE", [party("SSD.GOV", "Ada Ek")], "UGA.GOV", report="a", date="2024-04-10")
    named = telling("ACCUSE", [party(".GOV", "Ada Ek")], "UGA.GOV", report="b", date="2024-04-10")
    other = telling("ACCUSE", [party(".GOV", "Bo Alm")], "UGA.GOV", report="c", date="2024-04-10")
    assert grouped(whole, named, other) == [{"a", "b"}, {"c"}]


def test_a_telling_with_more_parties_joins_one_of_its_pairs() -> None:
    pair = telling("ACCUSE", "USA.GOV", "RUS.GOV", report="a", date="2024-04-10")
    more = telling("ACCUSE", "USA.GOV FRA.GOV", "RUS.GOV", report="b", date="2024-04-10")
    assert grouped(pair, more) == [{"a", "b"}]


def test_a_government_and_its_rebels_are_two_parties() -> None:
    talks = telling("CONSULT", "COL.GOV COL.REB", report="a", date="2024-04-10")
    assert talks.event.type == "CONSULT"
    assert grouped(talks, telling("CONSULT", "COL.GOV COL.OPP", report="b", date="2024-04-10")) == [{"a"}, {"b"}]


def test_nobody_named_is_one_event_only_in_copies_of_one_text() -> None:
    a = telling("ASSAULT", report="a", trigger="blast")
    assert grouped(a, telling("ASSAULT", report="b", trigger="blast")) == [{"a"}, {"b"}]
    assert grouped(a, telling("ASSAULT", report="b", trigger="blast", origin="a")) == [{"a", "b"}]


def test_a_siege_told_daily_is_not_one_incident() -> None:
    daily = [
        telling("ASSAULT", "RUS.MIL", "UKR", report=f"r{n}", published=f"2024-{4 + n // 30:02d}-{1 + n % 30:02d}")
        for n in range(60)
    ]  # fmt: skip
    found = incidents(daily)
    assert 6 <= len(found) <= 8
    assert max(i.reports for i in found) <= 11


def test_counts_copies_and_outlets_apart() -> None:
    rows = [("a", "", "Wire"), ("b", "a", "Herald"), ("c", "a", "Herald"), ("d", "", "Gazette")]
    told = [telling("AID", "USA.GOV", "UKR.GOV", report=r, date="2024-04-09", origin=o, outlet=n) for r, o, n in rows]
    twice = telling("AID", "USA.GOV", "UKR.GOV", report="d", event="again", date="2024-04-09", outlet="Gazette")
    one = only(*told, twice)
    assert (len(one.tellings), one.reports, one.outlets, one.origins) == (5, 4, 3, 2)


def test_who_denies_a_fact_is_no_origin_of_it() -> None:
    # Denials and claims were counted as independent origins of what one text vouches for.
    given = [("a", "actual"), ("b", "claimed"), ("c", "denied"), ("d", "denied")]
    told = [telling("ASSAULT", "RUS", "UKR", report=r, date="2024-04-09", status=s, sources="UKR.GOV") for r, s in given]
    one = only(*told)
    assert (one.status, one.origins, one.reports, one.outlets) == ("actual", 1, 4, 4)


def test_what_is_told_differently_is_taken_from_the_most_witnesses() -> None:
    def raid(report: str, mode: str, name: str, origin: str = "") -> Telling:
        return telling("ASSAULT", [party("RUS.MIL", name)], "UKR", report=report, date="2024-04-09", mode=mode, origin=origin)

    one = only(raid("a", "drone", "Ada Ek"), raid("b", "aerial", "Bo Alm"), raid("c", "aerial", "Bo Alm"),
               raid("d", "drone", "Ada Ek", "a"))  # fmt: skip
    assert one.mode == "aerial"
    assert [e.name for e in one.actors] == ["Bo Alm"]
    assert one.actors[0].start is None


@pytest.mark.parametrize(
    ("statuses", "status"),
    [(["claimed", "claimed", "actual"], "actual"), (["claimed", "denied", "denied"], "denied"),
     (["denied", "claimed"], "claimed"), (["future", "hypothetical", "hypothetical"], "hypothetical")],
)  # fmt: skip
def test_status(statuses: Sequence[str], status: str) -> None:
    told = [telling("AID", "PRK.GOV", "RUS.GOV", report=f"r{n}", date="2024-04-09", status=s) for n, s in enumerate(statuses)]
    assert only(*told).status == status


def test_a_visitor_acts_and_the_host_receives() -> None:
    one = only(telling("CONSULT", "RUS.GOV", "CHN.GOV", report="a", date="2024-04-09"),
               telling("CONSULT", "RUS.GOV", "CHN.GOV", report="b", date="2024-04-09"),
               telling("CONSULT", "RUS.GOV CHN.GOV", report="c", date="2024-04-09"))  # fmt: skip
    assert ([e.country for e in one.actors], [e.country for e in one.recipients]) == (["RUS"], ["CHN"])


def test_no_party_is_on_both_sides() -> None:
    """Once, "China promised Russia" with "China and Russia agreed" made Russia promise itself."""
    one = only(telling("AGREE", "CHN.GOV", "RUS.GOV", report="a", date="2024-04-09"),
               telling("AGREE", "CHN.GOV RUS.GOV", report="b", date="2024-04-09"))  # fmt: skip
    assert ([e.country for e in one.actors], [e.country for e in one.recipients]) == (["CHN"], ["RUS"])


def test_what_a_state_does_at_home_has_it_on_both_sides() -> None:
    one = only(telling("COERCE", "IRN.COP", "IRN.CVL", report="a", date="2024-04-09"))
    assert ([e.code for e in one.actors], [e.code for e in one.recipients]) == (["IRN.COP"], ["IRN.CVL"])


def test_the_id_stays_as_later_reports_come_in_and_moves_with_notice() -> None:
    first = telling("AID", "USA.GOV", "UKR.GOV", report="b", date="2024-04-09", published="2024-04-10")
    later = telling("AID", "USA.GOV", "UKR.GOV", report="a", date="2024-04-09", published="2024-04-11")
    earlier = telling("AID", "USA.GOV", "UKR.GOV", report="c", date="2024-04-09", published="2024-04-09")
    assert only(first).id == only(first, later).id
    shelf = Shelf(block_keys)
    shelf.put([first, later, earlier])
    change = regroup([earlier], shelf.fetch)
    assert change.dropped == (only(first, later).id,)
    assert change.moved == ((only(first, later).id, change.incidents[0].id),)


def test_regroup_leaves_alone_what_is_not_touched() -> None:
    shelf = Shelf(block_keys)
    shelf.put(telling("AID", "USA.GOV", "UKR.GOV", report=f"r{n}", date=f"2024-04-{n:02d}") for n in range(1, 29))
    new = telling("AID", "USA.GOV", "UKR.GOV", report="new", date="2024-04-09")
    shelf.put([new])
    change = regroup([new], shelf.fetch)
    assert len(change.dropped) == len(change.incidents) == 1
    assert change.incidents[0].reports == 2


def test_regroup_asks_for_as_much_in_a_small_store_as_in_a_large_one() -> None:
    asked = []
    for years in (1, 8):
        shelf = Shelf(block_keys)
        shelf.put(
            telling("AID", "USA.GOV", "UKR.GOV", report=f"r{y}-{m}-{d}", date=f"{2000 + y}-{m:02d}-{d:02d}")
            for y in range(years) for m in range(1, 13) for d in range(1, 29, 3)
        )  # fmt: skip
        new = telling("AID", "USA.GOV", "UKR.GOV", report="new", date="2000-06-10")
        shelf.put([new])
        seen: list[Telling] = []
        regroup([new], lambda keys, shelf=shelf, seen=seen: seen.extend(shelf.fetch(keys)) or shelf.fetch(keys))  # type: ignore[misc]
        asked.append(len(seen))
    assert asked[0] == asked[1] < 40


def test_the_order_of_arrival_leaves_ids_alone() -> None:
    told = [telling("REJECT", "CHN.GOV", to, report=r, date=d) for r, to, d in
            (("a", "USA.GOV", ""), ("b", "", "2024-04-10"), ("c", "USA.GOV", "2024-04-10"), ("d", "", ""))]  # fmt: skip
    assert len({tuple(i.id for i in incidents(order)) for order in permutations(told)}) == 1


def test_the_tables_know_every_type_and_no_other_sector() -> None:
    assert set(kinds()) == set(event_types())
    assert set(families()) <= set(names("sector"))
    for name, kind in kinds().items():
        assert set(kind.apart) <= set(event_types()[name].modes)


def test_nothing_gives_nothing() -> None:
    assert incidents([]) == []
    assert regroup([], lambda keys: []).incidents == ()
