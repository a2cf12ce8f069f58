"""The watcher: asks sources when they are due, fetches what is new in them, has it read, and keeps it; until it is stopped.

One thread decides, reads with the model and writes to the store; some others fetch (`crew`). What is under way is bounded, and
what waits lies in the store, so that memory does not grow and a process that is killed loses nothing: an address waits there
until what became of it is kept. Nothing here knows a database: `memory` says what must be remembered.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from communique.errors import FetchError, InputError
from communique.gather.inputs import Pipes, read_all
from communique.gather.watch.articles import Article
from communique.gather.watch.crew import Answer, Crew, Done, Poll, Visit
from communique.gather.watch.duetimes import Rests, retry
from communique.gather.watch.happenings import Happened, Tally
from communique.gather.watch.memory import WAITING, Asked, Became, Keep, Kept, Listed, Memory, Waiting
from communique.gather.watch.polling import Polls
from communique.gather.watch.sources import Sources
from communique.gather.web.addresses import host_of
from communique.gather.web.fetch import Fetcher
from communique.records import CodedReport, Report, content_id

TOGETHER = 16
"""Reports kept in one transaction, at most: a commit waits for the disk."""

HOLD = 2.0
"""Seconds after which a report that was read is kept, even where no further ones came."""

LOOK = 5.0
"""Seconds after which waiting addresses are looked for again where there were none to take: another watcher may have let go."""

PATIENCE = 600.0
"""Seconds up to which a run of `once` waits for a host's turn; no robots.txt that means to be read asks for longer pauses."""

STORE_TRIES = 6
"""With `once`: how often a store that cannot be used is tried again, over a minute in all, before the run gives up."""

_HOST_FAULTS = ("dns", "refused", "tls", "timeout", "too_slow")
"""Kinds of `FetchError` that say something of the host and not of one page: the host is left alone for a while."""


class Clock(Protocol):
    """Tells the time, in seconds since 1970, and waits."""

    def now(self) -> float: ...

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Waits for `seconds`, or until `stop` is set."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        return time.time()

    def wait(self, seconds: float, stop: threading.Event) -> None:
        stop.wait(seconds)


@dataclass(frozen=True, slots=True)
class _Read:
    """A report that was read and is not yet kept."""

    waiting: Waiting
    article: Article
    coded: CodedReport


class Watch:
    """One run. `tell` hears of everything that happened, once it is kept for good; `tick` is called some times a second.

    With `once`, every source is asked once, what is new is fetched and kept, and the run is over.
    """

    def __init__(
        self, sources: Sources, memory: Memory, keep: Keep, reader: Pipes, fetcher: Fetcher, *,
        tell: Callable[[Happened], None] | None = None, tick: Callable[[Tally], None] | None = None,
        clock: Clock | None = None, once: bool = False,
    ) -> None:  # fmt: skip
        self.memory, self.keep, self.reader, self.once = memory, keep, reader, once
        self.fetcher, self.fetchers = fetcher, sources.manner.fetchers
        self.clock: Clock = clock or SystemClock()
        self.polls = Polls(sources.sources)
        self.tally = Tally(self.clock.now(), sources=len(self.polls.sources))
        self._listeners = [self.tally.add, *([tell] if tell else [])]
        self._tick = tick or (lambda tally: None)
        self._stop = threading.Event()
        self._rests = Rests()
        self._delay = sources.manner.delay
        self._hosts: dict[str, float] = {}
        self._held: dict[int, None] = {}
        self._unhandled: deque[Done] = deque()
        self._read: list[_Read] = []
        self._outcomes: list[tuple[Became, Happened]] = []
        self._since = 0.0
        self._look_at = 0.0
        self._counted = 0.0
        self._troubles = 0
        self._moved: set[str] = set()

    def stop(self) -> None:
        """Ends the run soon: what was read is kept, what was only fetched waits for the next run. May be called from anywhere."""
        self._stop.set()

    @property
    def stopped(self) -> bool:
        """Whether the run was ended by `stop`."""
        return self._stop.is_set()

    def run(self) -> Tally:
        """Watches. Raises `InputError` where the store cannot be used from the first, or (with `once`) any more."""
        now = self.clock.now()
        self.polls.begin(self.memory.known(tuple(self.polls.sources)), now, self.once)
        for source, state in self.polls.held(now) if self.once else ():
            held = Happened("held", now, host_of(source.url), source.url, source.label, reason=state.reason, due=state.due)
            self._tell(held)
        self._crew = Crew(self.fetcher, self.fetchers)
        try:
            while not self._stop.is_set():
                try:
                    if not self._turn():
                        break
                    self._troubles = 0
                except InputError as error:
                    self._trouble(error)
            self._keep_all()
            self._count(always=True)
        finally:
            self._crew.close()
        return self.tally

    def _turn(self) -> bool:
        """One step. False where the run is over."""
        self._dispatch()
        self._count()
        if not self._unhandled and self._crew.under_way:
            # Something may be done already while the last report was read; it is taken at once.
            done = self._crew.next(0.25)
            if done is not None:
                self._unhandled.append(done)
                self._let_go(done)
        if self._unhandled:
            if self._unhandled[0].article is not None:
                self._dispatch()  # so that others are fetched while this one is read
            self._handle(self._unhandled[0])
            self._unhandled.popleft()
        idle = not self._crew.under_way and not self._unhandled
        waited = self._since and time.monotonic() - self._since > HOLD
        if len(self._read) + len(self._outcomes) >= TOGETHER or idle or waited:
            self._keep_all()
        if idle and not self._may_dispatch():
            if self.once and not self._turns_come():
                return self._leave()
            self.clock.wait(self._pause(), self._stop)
        return True

    def _trouble(self, error: InputError) -> None:
        """The store cannot be used just now: nothing is forgotten, and it is tried again."""
        self._troubles += 1
        if self.once and self._troubles > STORE_TRIES:
            raise error
        self._tell(Happened("trouble", self.clock.now(), url=error.source, reason=error.reason))
        self._tick(self.tally)
        self._stop.wait(min(2.0 ** (self._troubles - 1), 60.0))

    # What is done next

    def _busy(self, now: float) -> set[str]:
        return set(self._hosts) | self._rests.resting(now)

    def _dispatch(self) -> None:
        """Gives the fetching threads work: one job a host at a time, so that a slow host holds up nobody else."""
        now = self.clock.now()
        if not self._crew.room:
            return
        busy = self._busy(now)
        for poll in self.polls.due(busy, now):
            busy.add(poll.host)
            self._give(poll, now)
            if not self._crew.room:
                return
        room = self._crew.room
        if now < self._look_at or room < self._crew.most // 2:
            return  # several are taken at once: each time is a transaction
        taken = self.memory.take(self.polls.sources, busy, self._held, room, now)
        for waiting in taken:
            self._held[waiting.ident] = None
            self._give(Visit(self.polls.sources[waiting.source], waiting, waiting.host), now)
        if len(taken) < room:
            self._look_at = min(now + LOOK, self._rests.next_turn(now) or now + LOOK)

    def _give(self, job: Poll | Visit, now: float) -> None:
        self._hosts[job.host] = now
        self._crew.give(job, now)

    def _may_dispatch(self) -> bool:
        """Whether there is work for now; it is given out where there is."""
        self._look_at = 0.0 if self.once else self._look_at
        self._dispatch()
        return self._crew.under_way > 0

    def _pause(self) -> float:
        """Seconds until there may be something to do."""
        now = self.clock.now()
        waits = self.memory.next_due(self.polls.sources)
        times = [self.polls.next_due(), self._rests.next(now), waits and max(waits, self._look_at, now + 0.05)]
        self.tally.due = min((t for t in times if t), default=None)
        self._tick(self.tally)
        return min(max(0.01, (self.tally.due or now + 60.0) - now), 300.0)

    def _turns_come(self) -> bool:
        """Whether something waits for nothing but its host's turn."""
        now = self.clock.now()
        if self._rests.next_turn(now) is None:
            return False
        waits = self.memory.next_due(self.polls.sources)
        return bool(self.polls.ready) or (waits is not None and waits <= now)

    def _leave(self) -> bool:
        """Ends a run of `once`: sources whose host does not serve are put off."""
        for poll in self.polls.give_up():
            error = InputError(poll.source.url, "was not asked: its host does not serve just now")
            self._unasked(poll, error)
        return False

    def _count(self, always: bool = False) -> None:
        """Brings up to date what is shown."""
        if always or time.monotonic() - self._counted > 1.0:
            self._counted = time.monotonic()
            self.tally.waiting = self.memory.waiting(self.polls.sources)
        self.tally.under_way = self._crew.under_way
        self._tick(self.tally)

    # What came of it

    def _handle(self, done: Done) -> None:
        """Takes a result. Raises `InputError` where the store cannot be used; the result may then be handled again."""
        if isinstance(done.job, Poll):
            if done.answer is not None:
                self._asked(done.job, done.answer)
            else:
                self._unasked(done.job, done.error or InputError(done.job.source.url, "gave nothing"))
        elif done.article is not None:
            self._arrived(done.job.waiting, done.article)
        else:
            self._failed(done.job.waiting, done.error or InputError(done.job.waiting.url, "gave nothing"))

    def _let_go(self, done: Done) -> None:
        """The host may be asked again, a while after it was."""
        began = self._hosts.pop(done.job.host, 0.0)
        self._look_at = 0.0
        if self._delay and done.job.host:
            self._rests.pause(done.job.host, began + self._delay)

    def _asked(self, poll: Poll, answer: Answer) -> None:
        now = self.clock.now()
        state, found, children = self._remember(poll, answer, now)
        self._rests.served(poll.host)
        self.polls.asked(state, children, self.once)
        if answer.moved and poll.source.url not in self._moved:
            self._moved.add(poll.source.url)
            reason = f"has moved to {answer.moved} for good: write that in the sources file"
            self._tell(Happened("moved", now, poll.host, poll.source.url, poll.source.label, reason=reason))
        self._tell(Happened("asked", now, poll.host, poll.source.url, poll.source.label, found=found, due=state.due))

    def _remember(self, poll: Poll, answer: Answer, now: float) -> tuple[Asked, int, list[Asked] | None]:
        """Keeps that a source answered. Whether it brought anything new, which says when it is due, is known only then."""
        quiet = self.polls.answered(poll, answer, now, fresh=False)
        lively = self.polls.answered(poll, answer, now, fresh=True)
        listed = answer.listed or ()
        more = answer.more if not poll.state.parent else None
        found, children = self.memory.asked(quiet, lively, listed, more, now)
        return (lively if found else quiet), found, children

    def _unasked(self, poll: Poll, error: InputError) -> None:
        now = self.clock.now()
        if self._too_early(poll.host, error, now):
            self.polls.postpone(poll, now + 1.0)
            return
        after, lasting = (error.retry_after, error.lasting) if isinstance(error, FetchError) else (None, False)
        if isinstance(error, FetchError) and error.status == 404:
            lasting = False  # a feed that is missing may be back in an hour
        state = self.polls.failed(poll, now, _why(error), after, lasting)
        self.memory.asked(state, state, (), None, now)
        self.polls.asked(state, None, self.once)
        self._rest(poll.host, error, now)
        self._tell(
            Happened("unasked", now, poll.host, poll.source.url, poll.source.label, reason=_why(error), due=state.due)
        )

    def _rest(self, host: str, error: InputError, now: float) -> float:
        """Leaves a host alone where `error` says that it does not serve; until when."""
        if not isinstance(error, FetchError):
            return 0.0
        if error.kind in _HOST_FAULTS or error.status == 429 or error.status >= 500:
            return self._rests.failed(host, now, error.retry_after)
        return 0.0

    def _too_early(self, host: str, error: InputError, now: float) -> bool:
        """Whether nothing was asked, because the host's turn had not come: that is no failure, and it is asked then."""
        if not isinstance(error, FetchError) or not error.early or not error.retry_after:
            return False
        if error.retry_after > PATIENCE:
            self._rests.failed(host, now, error.retry_after)
        else:
            self._rests.pause(host, now + error.retry_after)
        return True

    def _failed(self, waiting: Waiting, error: InputError) -> None:
        now = self.clock.now()
        if self._too_early(waiting.host, error, now):
            self._held.pop(waiting.ident, None)
            return
        self._rest(waiting.host, error, now)
        fetching = isinstance(error, FetchError)
        again = None
        if isinstance(error, FetchError) and not error.lasting:
            again = retry(now, waiting.url, waiting.tries + 1, error.retry_after)
        if again is None:
            hint = error.hint if fetching or error.hint else "give the article's own page to `communique add`"
            self.keep.refused(InputError(waiting.url, error.reason, hint, kind=error.kind))
            self._became(waiting, "failed", reason=_why(error))
        else:
            self._became(waiting, WAITING, reason=_why(error), due=again)

    def _arrived(self, waiting: Waiting, found: Article) -> None:
        """An article: known already, or read by the model."""
        self._rests.served(waiting.host)
        report = found.report
        if any(_alike(report, r) for r in self._read):
            self._keep_all()  # so that the store knows the one before
        known = self._known(waiting, found)
        if known:
            self._became(waiting, "same", known, found)
            return
        (coded,) = read_all(self.reader, [report])
        if isinstance(coded, InputError):
            self._failed(waiting, InputError(waiting.url, coded.reason, coded.hint, kind=coded.kind or "reading"))
            return
        self._since = self._since or time.monotonic()
        self._read.append(_Read(waiting, found, coded))

    def _known(self, waiting: Waiting, found: Article) -> str:
        """The key under which the store has what was found; "" where it is new."""
        for url in (found.report.url, *found.also):
            before = self.memory.look(url) if url != waiting.url else None
            if before is not None and before[1]:
                return before[1]
        return self.keep.same(found.report)

    def _became(
        self, waiting: Waiting, what: str, report: str = "", found: Article | None = None, *, reason: str = "", due: float = 0.0
    ) -> None:
        self._since = self._since or time.monotonic()
        self._outcomes.append(self._outcome(waiting, what, report, found, reason, due))

    def _outcome(
        self, waiting: Waiting, what: str, report: str = "", found: Article | None = None, reason: str = "", due: float = 0.0
    ) -> tuple[Became, Happened]:
        ways = [*(found.also if found else ()), *([found.report.url] if found else [])]
        also = tuple(Listed(url, host_of(url)) for url in ways if url != waiting.url)
        title = (found.report.title if found else "") or waiting.title
        told = Happened(
            "later" if what == WAITING else what, self.clock.now(), waiting.host, waiting.url, self._label(waiting.source),
            title, report,
            reason, due=due,
        )  # fmt: skip
        return Became(waiting, what, report, reason, due, also), told

    def _label(self, url: str) -> str:
        source = self.polls.sources.get(url)
        return source.label if source else url

    def _keep_all(self) -> None:
        """Keeps what was read, and what became of addresses; then it is told."""
        if self._read:
            kept = self.keep.keep([r.coded for r in self._read])
            self._outcomes += [self._was_kept(*pair) for pair in zip(self._read, kept, strict=True)]
            self._read.clear()
        if self._outcomes:
            self.memory.done([became for became, _ in self._outcomes], self.clock.now())
            for became, told in self._outcomes:
                self._held.pop(became.waiting.ident, None)
                self._tell(told)
            self._outcomes.clear()
        self._since = 0.0

    def _was_kept(self, read: _Read, kept: Kept | InputError) -> tuple[Became, Happened]:
        if isinstance(kept, InputError):
            self.keep.refused(InputError(read.waiting.url, kept.reason, kept.hint, kind=kept.kind or "reading"))
            return self._outcome(read.waiting, "failed", reason=kept.reason)
        what = "same" if kept.change == "unchanged" else kept.change
        if what == "new" and read.coded.report.language not in ("", "en"):
            what = "language"
        elif what == "new" and kept.copy_of:
            what = "copy"
        return self._outcome(read.waiting, what, kept.report, read.article)

    def _tell(self, happened: Happened) -> None:
        for listener in self._listeners:
            listener(happened)


def _why(error: InputError) -> str:
    """The reason, with its kind in front where it was not fetched."""
    return f"{error.kind}: {error.reason}" if isinstance(error, FetchError) else error.reason


def _alike(one: Report, read: _Read) -> bool:
    """Whether a report is one that was read just now: of one address, or the same words of the same outlet."""
    two = read.article.report
    return one.url == two.url or _says(one) == _says(two)


def _says(report: Report) -> str:
    return content_id(report.title, report.published, report.source, report.text)
