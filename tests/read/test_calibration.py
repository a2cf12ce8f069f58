"""What a score is worth."""

from __future__ import annotations

import pytest

from communique.read import calibration
from communique.read.calibration import calibrated


def test_without_a_line_a_score_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "lines", lambda: {})
    assert calibrated("event", 0.73) == pytest.approx(0.73)


def test_a_line_bends_the_log_odds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "lines", lambda: {"event": (0.5, -1.0)})
    assert calibrated("event", 0.5) == pytest.approx(1 / (1 + 2.718281828), abs=1e-6)
    assert calibrated("event", 0.9) < 0.9
    assert calibrated("status", 0.9) == pytest.approx(0.9)


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_certainty_is_never_promised(score: float) -> None:
    assert 0.0 < calibrated("event", score) < 1.0


def test_the_lines_that_ship_rise() -> None:
    """A surer score is never worth less."""
    assert all(slope > 0 for slope, _ in calibration.lines().values())
