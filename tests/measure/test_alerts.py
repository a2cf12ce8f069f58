"""Alerts: each kind where it belongs, with the incidents behind it, and resting on nothing that came later."""

from __future__ import annotations

import dataclasses

import pytest
from dyads import claim, incident, row, weekly

from communique.errors import InputError
from communique.measure.alerts import Alert, Limits, alerts


def of(kind: str, found: tuple[Alert, ...]) -> list[Alert]:
    return [a for a in found if a.kind == kind]


QUIET = weekly("CONSULT", 30) + weekly("ACCUSE", 30, prefix="q", every=3)


def test_a_dyad_as_it_always_is_raises_none() -> None:
    assert alerts(QUIET, "NOR", "RUS") == ()


def test_a_jump_of_tension_names_the_conflicts_of_its_week() -> None:
    storm = [row(f"s{n}", "SANCTION", "2023-08-02") for n in range(4)] + [row("kind", "AID", "2023-08-02")]
    (jump,) = of("tension", alerts([*QUIET, *storm], "NOR", "RUS"))
    assert jump.incidents == ("s0", "s1", "s2", "s3")
    assert jump.value is not None and jump.limit is not None and jump.value > jump.limit > 2.5 * Limits().floor
    assert "in the week of 2023-07-31" in jump.text


def test_a_type_is_new_once_the_record_is_long_enough() -> None:
    early, late = row("early", "MOBILIZE", "2023-01-20"), row("late", "SANCTION", "2023-07-20")
    (new,) = of("new type", alerts([*QUIET, early, late], "NOR", "RUS"))
    assert (new.day, new.incidents, new.text) == ("2023-07-20", ("late",), "SANCTION, the first in the record of this dyad")
    again = row("again", "SANCTION", "2024-09-05")
    (_, second) = of("new type", alerts([*QUIET, late, again, row("x", "CONSULT", "2024-09-04")], "NOR", "RUS"))[:2]
    assert second.day >= "2024-09-04"


def test_the_first_violence_after_quiet_weeks() -> None:
    told = [*QUIET, row("v1", "ASSAULT", "2023-05-02"), row("v2", "ASSAULT", "2023-05-20"), row("v3", "ASSAULT", "2023-07-30")]
    found = of("first violence", alerts(told, "NOR", "RUS"))
    assert [(a.day, a.incidents, a.value) for a in found] == [("2023-05-02", ("v1",), 16), ("2023-07-30", ("v3",), 10)]
    assert "as far back as the record goes" in found[0].text and "record" not in found[1].text


def test_a_record_does_not_begin_with_what_is_told_of_long_ago() -> None:
    # An incident of 1850 made the record old enough for violence on its second day to be the first in centuries.
    old = dataclasses.replace(row("old", "CONSULT", "1850-01-01"), first_seen="2024-01-01")
    told = [row("a", "CONSULT", "2024-01-01"), row("b", "ASSAULT", "2024-01-02")]
    assert alerts([old, *told], "NOR", "RUS") == alerts(told, "NOR", "RUS") == ()


def test_what_is_only_claimed_raises_no_alarm_of_violence() -> None:
    assert alerts([*QUIET, row("v", "ASSAULT", "2023-07-02", status="claimed")], "NOR", "RUS") == ()


def test_a_claim_newly_contested_is_dated_by_the_second_side_and_names_its_incidents() -> None:
    told = [incident("home", "COERCE", "RUS", "NOR", status="claimed", tellings=[("r1", "e1"), ("r2", "e2")])]
    kept = claim("c", ("NOR.GOV", "2024-03-01"), ("RUS.GOV", "2024-03-05"))
    (found,) = alerts([], "NOR", "RUS", claims=[kept], incidents=told)
    assert (found.kind, found.day, found.incidents, found.claim) == ("contested", "2024-03-05", ("home",), "c")
    assert found.text == "COERCE: NOR.GOV against RUS.GOV"
    assert alerts([], "NOR", "RUS", claims=[claim("d", ("NOR", "2024-03-01"), ("RUS", "2024-03-05"), contested=False)]) == ()
    assert alerts([], "NOR", "USA", claims=[kept]) == ()
    assert alerts([], "NOR", "RUS", claims=[kept], since="2024-03-06") == ()


@pytest.mark.parametrize("until", ["2023-03-19", "2023-06-04", "2023-08-05"])
def test_an_alert_rests_on_nothing_later(until: str) -> None:
    storm = [row(f"s{n}", "SANCTION", f"2023-0{5 + n % 3}-1{n}") for n in range(8)]
    told = [*QUIET, *storm, row("v", "ASSAULT", "2023-08-01")]
    whole = [a for a in alerts(told, "NOR", "RUS") if a.day <= until]
    assert [a for a in alerts(told, "NOR", "RUS", until=until) if a.day < until] == [a for a in whole if a.day < until]


def test_nothing_and_wrong_days() -> None:
    assert alerts([], "NOR", "RUS") == ()
    with pytest.raises(InputError, match="soon"):
        alerts([], "NOR", "RUS", since="soon")
