"""Series of a dyad: what counts, where, and what is said about the rest."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from dyads import incident, row
from hypothesis import given, settings
from hypothesis import strategies as st

from communique.errors import InputError
from communique.measure.days import starts
from communique.measure.pairs import pairs
from communique.measure.rows import dyad_rows
from communique.measure.series import series
from communique.measure.tension import tension
from communique.resolve.dates import day_of


def test_an_incident_of_forty_reports_counts_once() -> None:
    rows = dyad_rows([incident("a", "ASSAULT", "RUS.MIL", "NOR", reports=40)], "NOR", "RUS")
    (point,) = series(rows, "NOR", "RUS").points
    assert (point.start, point.end) == ("2024-04-08", "2024-04-14")
    assert (point.conflict, point.conflicts, point.cooperation, point.incidents) == (9.5, 1, 0.0, ("a",))


def test_claims_stand_apart_and_other_statuses_are_left_out_and_counted() -> None:
    kinds = ("actual", "claimed", "denied", "future", "hypothetical", "negated")
    rows = list(dyad_rows([incident(k, "AID", "RUS", "NOR", status=k) for k in kinds], "NOR", "RUS"))
    one = series(rows, "NOR", "RUS")
    assert (one.points[0].cooperation, one.points[0].claimed_cooperation, one.points[0].claims) == (7.4, 7.4, ("claimed",))
    assert one.left_out == {f"status {k}": 1 for k in kinds[2:]}
    both = series(rows, "NOR", "RUS", statuses=("actual", "claimed")).points[0]
    assert (both.cooperation, both.cooperations, both.claimed_cooperation) == (14.8, 2, 0.0)


def test_periods_without_incidents_are_there_and_reach_as_far_as_asked() -> None:
    rows = [row("a", "AID", "2024-01-03"), row("b", "AID", "2024-01-24")]
    assert [p.start for p in series(rows, "NOR", "RUS").points] == ["2024-01-01", "2024-01-08", "2024-01-15", "2024-01-22"]
    asked = series(rows, "NOR", "RUS", period="month", since="2023-12-05", until="2024-01-20")
    spans = [(p.start, p.end, p.cooperations) for p in asked.points]
    assert spans == [("2023-12-01", "2023-12-31", 0), ("2024-01-01", "2024-01-31", 1)]
    assert asked.left_out == {"outside the days asked for": 1}
    assert len(series([], "NOR", "RUS", period="day", since="2024-02-01", until="2024-03-01").points) == 30
    assert series([], "NOR", "RUS").points == ()


def test_what_is_known_to_the_month_counts_on_no_day_of_its_own() -> None:
    told = [
        incident("undated", "AID", "RUS", "NOR", "", seen="2024-04-10"),
        incident("this month", "AID", "RUS", "NOR", "2024-04", seen="2024-04-17"),
        incident("long ago", "AID", "RUS", "NOR", "2019", seen="2024-04-17"),
    ]
    rows = list(dyad_rows(told, "NOR", "RUS"))
    weeks = series(rows, "NOR", "RUS")
    assert [(p.start, p.incidents, p.published) for p in weeks.points] == [
        ("2024-04-08", ("undated",), 1), ("2024-04-15", ("this month",), 1),
    ]  # fmt: skip
    assert weeks.left_out == {"no day known": 1}
    (month,) = series(rows, "NOR", "RUS", period="month").points
    assert (month.incidents, month.published) == (("undated", "this month"), 1)


def test_side_by_side_is_not_against_each_other() -> None:
    # Two who condemn a third that the report does not name are no dyad; two who meet are. Two who strike were one: allies whose
    # victim the reader missed became enemies.
    kinds = [("condemn", "ACCUSE"), ("meet", "CONSULT"), ("strike", "ASSAULT")]
    told = [incident(ident, kind, "NOR RUS") for ident, kind in kinds]
    assert [(r.incident, r.mutual) for r in dyad_rows(told, "NOR", "RUS")] == [("meet", True)]


def test_direction() -> None:
    told = [incident("out", "AID", "NOR", "RUS"), incident("in", "ASSAULT", "RUS", "NOR"), incident("meet", "CONSULT", "RUS NOR")]
    rows = list(dyad_rows(told, "NOR", "RUS"))
    found = {d: series(rows, "NOR", "RUS", direction=d).points[0].incidents for d in ("both", "out", "in")}
    assert found == {"both": ("out", "in", "meet"), "out": ("out", "meet"), "in": ("in", "meet")}


def test_what_is_dated_long_ago_does_not_stretch_the_series() -> None:
    # One incident of 1850 made 9,000 weeks, and 670 MB of tension.
    told = [incident("now", "ACCUSE", "NOR", "RUS"), incident("old", "ASSAULT", "NOR", "RUS", "1850-01-01", seen="2024-04-10"),
            incident("typo", "ACCUSE", "NOR", "RUS", "2924-04-10", seen="2024-04-10"),
            incident("late", "ACCUSE", "NOR", "RUS", "2024-03-20", seen="2024-04-12")]  # fmt: skip
    found = series(dyad_rows(told, "NOR", "RUS"), "NOR", "RUS")
    assert (found.points[0].start, found.points[-1].end) == ("2024-03-18", "2024-04-14")
    assert found.left_out == {"long before the first report": 1, "long after the last report": 1}
    since = series(dyad_rows(told, "NOR", "RUS"), "NOR", "RUS", period="month", since="1850-01-01", until="1850-03-31")
    assert since.points[0].incidents == ("old",) and len(since.points) == 3


def test_parties_may_be_narrowed_to_a_sector() -> None:
    told = [incident("gov", "ACCUSE", "NOR.GOV", "RUS"), incident("press", "ACCUSE", "NOR.JRN", "RUS")]
    assert [r.incident for r in dyad_rows(told, "NOR.JRN", "RUS")] == ["press"]


def test_pairs_are_made_once() -> None:
    one = incident("x", "ACCUSE", "NOR.GOV NOR.GOV", "RUS USA")
    found = [(a and a.code, b and b.code) for a, b in pairs("ACCUSE", one.actors, one.recipients)]
    assert found == [("NOR.GOV", "RUS"), ("NOR.GOV", "USA")]
    assert pairs("ACCUSE", (), ()) == ()


@pytest.mark.parametrize(
    "wrong", [{"period": "year"}, {"direction": "up"}, {"since": "April"}, {"until": "2024-13-01"}], ids=lambda w: next(iter(w))
)
def test_what_is_asked_wrongly_is_refused_by_name(wrong: dict[str, str]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong.values()))):
        series([], "NOR", "RUS", **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("date", "published", "day", "own"),
    [
        ("2024-04-10", "2024-04-12", "2024-04-10", True), ("", "2024-04-12", "2024-04-12", False),
        ("2024", "2024-04-12", "2024-04-12", False), ("2023", "2024-04-12", "", False), ("", "", "", False),
        ("spring", "2024-04-12", "2024-04-12", False), ("2024-04", "", "", False),
    ],
)  # fmt: skip
def test_which_day(date: str, published: str, day: str, own: bool) -> None:
    found, exact = day_of(date, published)
    assert (found.isoformat() if found else "", exact) == (day, own)


@settings(max_examples=30, deadline=None)
@given(st.dates(dt.date(2019, 1, 1), dt.date(2025, 1, 1)), st.integers(0, 400), st.sampled_from(["day", "week", "month"]))
def test_periods_cover_every_day_once(first: dt.date, length: int, period: str) -> None:
    last = first + dt.timedelta(days=length)
    found = list(starts(first, last, period))
    assert found[0] <= first and found[-1] <= last and found == sorted(set(found))
    spans = series([], "A", "B", period=period, since=first.isoformat(), until=last.isoformat()).points
    days = [dt.date.fromisoformat(d) for p in spans for d in (p.start, p.end)]
    assert all(b - a == dt.timedelta(days=1) for a, b in zip(days[1::2], days[2::2], strict=False))


def test_undated_history_counts_on_no_day() -> None:
    # "who shelled it in the war", told today, was shelling today: in series, tension and alerts.
    told = dataclasses.replace(incident("war", "ASSAULT", "RUS", "NOR", "", seen="2024-04-10"), historical=True)
    rows = list(dyad_rows([told], "NOR", "RUS"))
    assert [(r.day, r.dated, r.historical) for r in rows] == [("", False, True)]
    found = series(rows, "NOR", "RUS")
    assert not found.points and found.left_out == {"no day known": 1}
    assert not tension(rows).points
    dated = [dataclasses.replace(told, date="2024-04-02")]
    assert [p.start for p in series(dyad_rows(dated, "NOR", "RUS"), "NOR", "RUS", period="day").points] == ["2024-04-02"]
