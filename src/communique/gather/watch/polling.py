"""Which source is asked next: what is remembered of each, which are due, and which of those may be asked now."""

from __future__ import annotations

import dataclasses
import heapq
from collections.abc import Collection, Iterable, Iterator, Sequence

from communique.gather.watch.crew import Answer, Poll
from communique.gather.watch.duetimes import after_answer, after_failure
from communique.gather.watch.happenings import moment
from communique.gather.watch.memory import Asked
from communique.gather.watch.sources import Source
from communique.gather.web.addresses import host_of

UNREACHED = ("dns", "refused", "timeout")
"""Kinds of failures for which the network on this side may be the reason."""

OWN = ("private", "robots", "tls")
"""Kinds of failures that an option or a line of the sources file may have mended since."""


class Polls:
    """The sources of a run, and those that sitemap indexes among them lead to. Times in seconds."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self.sources = {s.url: s for s in sources if s.enabled}
        self.states: dict[str, Asked] = {}
        self._heap: list[tuple[float, str]] = []
        self._ready: dict[str, None] = {}

    def begin(self, states: Sequence[Asked], now: float, once: bool) -> None:
        """Takes what is remembered. With `once`, every source is ready but those that are failing and not yet due."""
        for state in states:
            source = self.sources.get(state.url) or self._child(state)
            if source is None:
                continue
            state = dataclasses.replace(state, due=self._due(source, state, now))
            self._put(state, 0.0 if once and not state.failures else state.due)

    def _due(self, source: Source, state: Asked, now: float) -> float:
        """When a source is due at the beginning of a run."""
        if not state.failures:
            # One whose interval was made shorter in the file is not kept waiting by what was planned before.
            return min(state.due, now + max(source.slowest, source.every) * 1.2)
        # A network that was down when the last run ended may be up again, and what was refused may be allowed now.
        return min(state.due, now) if state.reason.partition(":")[0] in (*UNREACHED, *OWN) else state.due

    def _child(self, state: Asked) -> Source | None:
        parent = self.sources.get(state.parent)
        if parent is not None:
            self.sources[state.url] = dataclasses.replace(parent, url=state.url)
        return self.sources.get(state.url)

    def _put(self, state: Asked, due: float) -> None:
        self.states[state.url] = state
        heapq.heappush(self._heap, (due, state.url))

    def due(self, busy: Collection[str], now: float) -> Iterator[Poll]:
        """The sources that are due and whose host is not in `busy`; each is taken out as it is given."""
        while self._heap and self._heap[0][0] <= now:
            self._ready[heapq.heappop(self._heap)[1]] = None
        for url in list(self._ready):
            if url not in self.sources:
                del self._ready[url]
            elif (host := host_of(url)) not in busy:
                del self._ready[url]
                yield Poll(self.sources[url], self.states[url], host)

    @property
    def ready(self) -> tuple[str, ...]:
        """Those that are due, but whose host is busy."""
        return tuple(self._ready)

    def held(self, now: float) -> Iterator[tuple[Source, Asked]]:
        """Sources that are failing and not yet due."""
        for url, state in self.states.items():
            if state.failures and state.due > now and url in self.sources:
                yield self.sources[url], state

    def next_due(self) -> float | None:
        return self._heap[0][0] if self._heap else None

    def answered(self, poll: Poll, answer: Answer, now: float, fresh: bool) -> Asked:
        """The state of a source that answered; `fresh` says that it listed something new."""
        idle = 0 if fresh else poll.state.idle + 1
        due = after_answer(now, poll.source.url, poll.source.every, poll.source.slowest, idle)
        return Asked(poll.source.url, answer.etag, answer.modified, now, now, 0, idle, due, "", poll.state.parent)

    def failed(self, poll: Poll, now: float, reason: str, retry_after: float | None, lasting: bool) -> Asked:
        """The state of a source that failed; `reason` begins with the kind of the failure."""
        failures = poll.state.failures + 1
        due = after_failure(
            now, poll.source.url, poll.source.every, failures, retry_after, lasting=lasting,
            unreached=reason.partition(":")[0] in UNREACHED,
        )  # fmt: skip
        return dataclasses.replace(poll.state, tried=now, failures=failures, due=due, reason=reason)

    def asked(self, state: Asked, children: Sequence[Asked] | None, once: bool) -> None:
        """Plans the next asking of a source whose state was kept. `children` are the sitemaps that it led to; None leaves those
        that there are. With `once`, only children that were not asked in this run are."""
        self.states[state.url] = state
        if not once:
            heapq.heappush(self._heap, (state.due, state.url))
        if children is None:
            return
        listed = {c.url for c in children}
        for url in [u for u, s in self.states.items() if s.parent == state.url and u not in listed]:
            self.sources.pop(url, None)
            del self.states[url]
        for child in children:
            if child.url not in self.states and self._child(child) is not None:
                self._put(child, child.due)

    def to_dicts(self) -> Iterator[dict[str, object]]:
        """Each source with what is remembered of it, as one line of ``communique sources check --json``."""
        for url, source in self.sources.items():
            state = self.states.get(url, Asked(url))
            yield {
                "url": url, "name": source.name, "outlet": source.outlet, "every": source.every, "tried": moment(state.tried),
                "good": moment(state.good), "due": moment(state.due), "failures": state.failures, "reason": state.reason,
                "parent": state.parent,
            }  # fmt: skip

    def postpone(self, poll: Poll, due: float) -> None:
        """Plans a source that was not asked, because its host's turn had not come."""
        heapq.heappush(self._heap, (due, poll.source.url))

    def give_up(self) -> list[Poll]:
        """Takes out what is ready and cannot be asked in this run."""
        polls = [Poll(self.sources[u], self.states[u], host_of(u)) for u in self._ready if u in self.sources]
        self._ready.clear()
        return polls
