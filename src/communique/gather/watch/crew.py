"""The threads that fetch: each takes a job, asks the network, hands back what came of it. They touch no store and no model."""

from __future__ import annotations

import datetime as dt
import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from communique.errors import CommuniqueError, InputError
from communique.gather.watch.articles import Article, article
from communique.gather.watch.memory import Asked, Listed, Waiting
from communique.gather.watch.sources import MOST_BYTES, Source
from communique.gather.web.addresses import canonical, host_of
from communique.gather.web.feeds import Feed, read_feed
from communique.gather.web.fetch import Fetcher

NEWS = 7 * 86_400.0
"""Entries of a sitemap that are older are left out where a source names no `max_age`: many sitemaps list a desk's whole past, and
a news sitemap holds two days by its own rules."""

MOST_CHILDREN = 200
"""Sitemaps of an index that are asked: a desk that has more keeps its whole past there."""


@dataclass(frozen=True, slots=True)
class Poll:
    """To ask a source."""

    source: Source
    state: Asked
    host: str


@dataclass(frozen=True, slots=True)
class Visit:
    """To fetch an address that `source` listed."""

    source: Source
    waiting: Waiting
    host: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source answered: `listed` is None where nothing has changed; `more` the sitemaps of an index, None where it is no
    index; `moved` its new address, where it has one for good."""

    etag: str = ""
    modified: str = ""
    listed: tuple[Listed, ...] | None = None
    more: tuple[str, ...] | None = None
    moved: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """A job with what came of it: an answer, an article, or an error."""

    job: Poll | Visit
    answer: Answer | None = None
    article: Article | None = None
    error: InputError | None = None


class Crew:
    """Some threads that fetch. `under_way` counts jobs whose result was not yet taken: at most `most` of them."""

    def __init__(self, fetcher: Fetcher, threads: int) -> None:
        self.fetcher = fetcher
        self.most = 2 * threads
        self.under_way = 0
        self._jobs: queue.Queue[tuple[Poll | Visit, float] | None] = queue.Queue(self.most + threads)
        self._done: queue.Queue[Done] = queue.Queue(self.most)
        self._closed = threading.Event()
        self._threads = [threading.Thread(target=self._work, name=f"fetch-{n}", daemon=True) for n in range(threads)]
        for thread in self._threads:
            thread.start()

    @property
    def room(self) -> int:
        """How many more jobs may be given."""
        return self.most - self.under_way

    def give(self, job: Poll | Visit, now: float) -> None:
        """Gives a job at the time `now`; only where there is `room`."""
        self._jobs.put_nowait((job, now))
        self.under_way += 1

    def next(self, timeout: float) -> Done | None:
        """The next result; None where none comes within `timeout` seconds."""
        try:
            done = self._done.get(timeout=timeout)
        except queue.Empty:
            return None
        self.under_way -= 1
        return done

    def close(self, wait: float = 2.0) -> None:
        """Ends the threads; one that a server keeps waiting for longer than `wait` seconds ends with the process."""
        self._closed.set()
        while True:
            try:
                self._jobs.get_nowait()
            except queue.Empty:
                break
        for _ in self._threads:
            self._jobs.put_nowait(None)
        self.fetcher.close()
        for thread in self._threads:
            thread.join(wait / len(self._threads))

    def _work(self) -> None:
        while (given := self._jobs.get()) is not None and not self._closed.is_set():
            job, now = given
            try:
                done = self._ask(job, now) if isinstance(job, Poll) else self._fetch(job)
            except InputError as error:
                done = Done(job, error=error)
            except Exception as error:  # a fault of ours, or of a library, with one page must not end the watch
                done = Done(job, error=fault(_url(job), error))
            if not self._closed.is_set():
                self._done.put(done)

    def _ask(self, job: Poll, now: float) -> Done:
        source, state = job.source, job.state
        if source.url.startswith("file:"):
            return Done(job, _read_file(source, state, now))
        fetched = self.fetcher.get(source.url, etag=state.etag, modified=state.modified)
        moved = fetched.url if fetched.permanent and fetched.url != source.url else ""
        if fetched.status == 304:
            return Done(job, Answer(state.etag, state.modified, moved=moved))
        feed = read_feed(fetched.data, fetched.url, fetched.content_type)
        listed = tuple(wanted(feed, source, now))
        more = feed.more[:MOST_CHILDREN] if feed.kind == "index" else None
        return Done(job, Answer(fetched.etag, fetched.modified, listed, more, moved))

    def _fetch(self, job: Visit) -> Done:
        fetched = self.fetcher.get(job.waiting.url)
        return Done(job, article=article(fetched, job.waiting, job.source))


def _url(job: Poll | Visit) -> str:
    return job.source.url if isinstance(job, Poll) else job.waiting.url


def fault(url: str, error: Exception) -> InputError:
    """What went wrong in this package, told as what went wrong with an address."""
    if isinstance(error, CommuniqueError):
        return InputError(url, str(error))
    reason = f"could not be read ({type(error).__name__}: {error})"
    return InputError(url, reason, "this is a fault of communique: please report it with the address")


def _read_file(source: Source, state: Asked, now: float) -> Answer:
    """A list on this machine, if it was written to since it was last read."""
    path = Path(url2pathname(urlsplit(source.url).path))
    try:
        about = path.stat()
        stamp = f"{about.st_mtime_ns} {about.st_size}"
        if stamp == state.modified:
            return Answer("", stamp)
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        hint = "check the file that the source names; its path counts from the sources file's folder"
        raise InputError(str(path), f"cannot be read: {error.strerror or error}", hint) from None
    if len(data) > MOST_BYTES:
        raise InputError(str(path), f"has more than {MOST_BYTES:,} bytes", "cut it into several lists")
    return Answer("", stamp, tuple(wanted(read_feed(data, source.url), source, now)))


def wanted(feed: Feed, source: Source, now: float) -> Iterator[Listed]:
    """The entries of a feed that a source is watched for, each address once and in canonical form."""
    age = source.max_age or (NEWS if feed.kind in ("sitemap", "index") else 0.0)
    once: set[str] = set()
    for entry in feed.entries:
        try:
            url = canonical(entry.url)
        except InputError:
            continue  # a link to a mail address or a script: there is no article behind it
        if url in once or not source.wants(url) or (age and _older(entry.published or entry.modified, now - age)):
            continue
        once.add(url)
        yield Listed(url, host_of(url), " ".join(entry.title.split())[:500], entry.published)


def _older(published: str, than: float) -> bool:
    """Whether a date is known, and before the time `than`."""
    try:
        when = dt.datetime.fromisoformat(published)
    except ValueError:
        return False
    return (when if when.tzinfo else when.replace(tzinfo=dt.UTC)).timestamp() < than
