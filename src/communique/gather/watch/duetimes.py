"""When a source, an address or a host is asked again. Pure functions of what happened; times are seconds."""

from __future__ import annotations

from communique.records import content_id

SLOWER = 1.5
"""By how much a source's wait grows each time that it brings nothing new. A desk that writes by day alone is asked every quarter
of an hour at noon, and every two hours after the eighth empty answer at night."""

WORSE = 2.0
"""By how much a wait grows with each failure in a row."""

DAY = 86_400.0
"""The longest wait of a source that fails; the only one of an address where trying again is no use, such as a private one."""

FIRST_RETRY, RETRY_GROWTH, MOST_TRIES = 600.0, 4.0, 5
"""An article is tried again after 10 minutes, 40 minutes, 2.7 hours and 10.7 hours: an outage of half a day loses nothing."""

FIRST_REST, LONGEST_REST = 30.0, 1800.0
"""A host that fails is left alone for 30 seconds, then twice as long with each failure in a row, up to half an hour."""

UNREACHED = 3600.0
"""The longest wait of a source whose host could not be reached: the network may be at fault, and then all come back together."""

SPREAD = 0.1
"""Waits are shortened or lengthened by up to a tenth, so that sources do not come due together for ever."""


def spread(wait: float, *parts: object) -> float:
    """`wait`, moved by up to `SPREAD` of it; how far follows from `parts` alone."""
    share = int(content_id(*parts)[:8], 16) / 0xFFFFFFFF
    return wait * (1 - SPREAD + 2 * SPREAD * share)


def after_answer(now: float, url: str, every: float, slowest: float, idle: int) -> float:
    """When a source that answered is asked again; `idle` counts its last answers in a row without anything new."""
    wait = min(every * SLOWER ** min(idle, 60), max(slowest, every))
    return now + spread(wait, url, idle, int(now))


def after_failure(
    now: float, url: str, every: float, failures: int, retry_after: float | None = None, *, lasting: bool = False,
    unreached: bool = False,
) -> float:  # fmt: skip
    """When a source that failed is asked again; `failures` counts this one and those in a row before it."""
    longest = max(UNREACHED if unreached else DAY, every)
    wait = DAY if lasting else min(every * WORSE ** min(failures, 60), longest)
    return now + max(spread(wait, url, failures, int(now)), min(retry_after or 0.0, 7 * DAY))


def retry(now: float, url: str, tries: int, retry_after: float | None = None) -> float | None:
    """When an article that failed for the `tries`th time is tried again; None: it is given up."""
    if tries >= MOST_TRIES:
        return None
    wait = spread(FIRST_RETRY * RETRY_GROWTH ** (tries - 1), url, tries)
    return now + max(wait, min(retry_after or 0.0, 7 * DAY))


class Rests:
    """Which hosts are left alone, and until when: those that fail, and those whose next turn has not come."""

    def __init__(self) -> None:
        self._until: dict[str, tuple[float, int]] = {}
        self._turns: dict[str, float] = {}

    def failed(self, host: str, now: float, retry_after: float | None = None) -> float:
        """Notes that a host did not serve; until when it rests."""
        failures = self._until.get(host, (0.0, 0))[1] + 1
        wait = min(FIRST_REST * WORSE ** min(failures - 1, 60), LONGEST_REST)
        until = now + max(wait, min(retry_after or 0.0, DAY))
        self._until[host] = (until, failures)
        return until

    def served(self, host: str) -> None:
        self._until.pop(host, None)

    def pause(self, host: str, until: float) -> None:
        """A host is not asked before `until`, without any fault of its own."""
        self._turns[host] = max(until, self._turns.get(host, 0.0))

    def next_turn(self, now: float) -> float | None:
        """When the next host without a fault may be asked again."""
        return min((until for until in self._turns.values() if until > now), default=None)

    def resting(self, now: float) -> set[str]:
        """The hosts that rest now. One whose rest was over for a day is forgotten with its failures."""
        for host in [h for h, (until, _) in self._until.items() if until + DAY < now]:
            del self._until[host]
        for host in [h for h, until in self._turns.items() if until <= now]:
            del self._turns[host]
        return {host for host, (until, _) in self._until.items() if until > now} | set(self._turns)

    def next(self, now: float) -> float | None:
        """When the next rest ends, or the next turn comes."""
        ends = [until for until, _ in self._until.values()] + list(self._turns.values())
        return min((until for until in ends if until > now), default=None)
