"""When what is asked again: pure functions of what happened."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communique.gather.watch.duetimes import DAY, Rests, after_answer, after_failure, retry

NOW = 1_790_000_000.0


def test_a_source_without_news_is_asked_less_often_down_to_its_slowest() -> None:
    waits = [after_answer(NOW, "u", 900, 21_600, idle) - NOW for idle in range(12)]
    assert waits[0] == pytest.approx(900, rel=0.11) and waits[1] == pytest.approx(1350, rel=0.11)
    assert all(w == pytest.approx(21_600, rel=0.11) for w in waits[9:])
    assert sorted(waits[:8]) == waits[:8]


def test_a_failing_source_is_asked_less_often_but_once_a_day_at_least() -> None:
    waits = [after_failure(NOW, "u", 900, n) - NOW for n in range(1, 12)]
    assert waits[0] == pytest.approx(1800, rel=0.11)
    assert all(w == pytest.approx(DAY, rel=0.11) for w in waits[7:])
    assert after_failure(NOW, "u", 900, 1, lasting=True) - NOW == pytest.approx(DAY, rel=0.11)
    assert after_failure(NOW, "u", 900, 9, unreached=True) - NOW == pytest.approx(3600, rel=0.11)
    assert after_failure(NOW, "u", 900, 1, retry_after=7200) == NOW + 7200
    assert after_failure(NOW, "u", 900, 1, retry_after=1e12) == NOW + 7 * DAY


def test_an_article_is_tried_five_times_over_half_a_day() -> None:
    waits = []
    for tries in range(1, 5):
        due = retry(NOW, "u", tries)
        assert due is not None
        waits.append(due - NOW)
    assert 10 * 3600 < sum(waits) < 16 * 3600
    assert retry(NOW, "u", 5) is None
    assert retry(NOW, "u", 1, retry_after=3600) == NOW + 3600


@given(st.floats(60, 86_400), st.floats(60, 86_400), st.integers(0, 10_000))
def test_no_wait_is_shorter_than_nine_tenths_of_the_interval_or_endless(every: float, slowest: float, idle: int) -> None:
    wait = after_answer(NOW, "u", every, slowest, idle) - NOW
    assert every * 0.9 - 1e-3 <= wait <= max(every, slowest) * 1.1 + 1e-3
    wait = after_failure(NOW, "u", every, idle + 1) - NOW
    assert every * 0.9 - 1e-3 <= wait <= max(every, DAY) * 1.1 + 1e-3


def test_a_host_that_fails_rests_longer_each_time_and_is_forgotten_once_it_serves() -> None:
    rests = Rests()
    assert rests.failed("a", NOW) == NOW + 30 and rests.failed("a", NOW) == NOW + 60
    assert rests.failed("b", NOW, retry_after=600) == NOW + 600
    assert rests.resting(NOW + 1) == {"a", "b"} and rests.resting(NOW + 61) == {"b"} and rests.next(NOW + 1) == NOW + 60
    rests.served("b")
    assert rests.resting(NOW + 61) == set()
    assert rests.failed("a", NOW + 100) == NOW + 220
    for n in range(20):
        assert rests.failed("a", NOW + 1000 + n) <= NOW + 1000 + n + 1800
    assert rests.resting(NOW + 3 * DAY) == set() and rests.failed("a", NOW + 3 * DAY) == NOW + 3 * DAY + 30
