"""The watcher on real servers and a real store: what it keeps, what it asks for, and what it does when things go wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from archives import pdf
from newsroom import Desk, serving, story_page

from builders import StandIn
from communique.errors import InputError
from communique.gather.inputs import Pipes
from communique.gather.watch.articles import own_address
from communique.gather.watch.crew import wanted
from communique.gather.watch.happenings import MOST_HOSTS, OTHERS, Happened, Tally
from communique.gather.watch.sources import Manner, Source, Sources
from communique.gather.watch.watching import Watch
from communique.gather.web.feeds import Entry, Feed
from communique.gather.web.fetch import Fetcher, FetchRules
from communique.records import CodedReport, Report
from communique.store import Store, open_store
from communique.store.gathering import Gathering, holder_of

NOW = 1_790_000_000.0


class Simulated:
    """A clock that stands still while something is under way, and jumps when the watcher waits; it stops it at `until`."""

    def __init__(self, until: float = 0.0) -> None:
        self.time, self.until = NOW, NOW + until

    def now(self) -> float:
        return self.time

    def wait(self, seconds: float, stop: threading.Event) -> None:
        self.time += seconds
        if self.time >= self.until:
            stop.set()


class Room:
    """A store, desks, and runs of the watcher over them."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.path = folder / "store.db"
        self.rules: dict[str, Any] = {"allow_private": True, "delay": 0.0, "retries": 0, "timeout": 5.0}
        self.delay = 0.0
        self.desks: list[Desk] = []
        self.told: list[Happened] = []
        self.clock = Simulated()
        # The fetcher's own pauses at a host follow the simulated time as well.
        moves = SimpleNamespace(monotonic=lambda: time.monotonic() + self.clock.time - NOW)
        patch.setattr("communique.gather.web.hosts.time", moves)

    def sources(self, **more: Any) -> list[Source]:
        return [Source(f"{d.base}/feed.xml", f"Desk {n}", **more) for n, d in enumerate(self.desks)]

    def run(
        self, sources: list[Source] | None = None, *, once: bool = True, hours: float = 0.0, reader: Pipes | None = None,
        tell: Callable[[Watch, Happened], None] | None = None,
    ) -> Tally:  # fmt: skip
        self.told = []
        self.clock.until = self.clock.time + (1e9 if once else hours * 3600)

        def hear(one: Happened) -> None:
            self.told.append(one)
            if tell:
                tell(watch, one)

        with open_store(self.path) as store, Fetcher(FetchRules(**self.rules)) as fetcher:
            memory = Gathering(store, holder_of("tests"), "by hand")
            watch = Watch(
                Sources("tests", Manner(fetchers=4, delay=self.delay), tuple(sources or self.sources())), memory, memory,
                reader or StandIn(), fetcher, tell=hear, clock=self.clock, once=once,
            )  # fmt: skip
            return watch.run()

    def what(self, *kinds: str) -> list[str]:
        return sorted(h.what for h in self.told if not kinds or h.what in kinds)

    def urls(self) -> list[str]:
        with open_store(self.path) as store, store.database.reading() as connection:
            from sqlalchemy import text

            return sorted(connection.execute(text("SELECT url FROM version")).scalars())

    def store(self) -> Store:
        return open_store(self.path)


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    return Room(tmp_path, monkeypatch)


@pytest.fixture
def desk(room: Room) -> Iterator[Desk]:
    with serving(Desk()) as one:
        room.desks.append(one)
        one.publish(1, 2, 3)
        yield one


@pytest.fixture
def other(room: Room, desk: Desk) -> Iterator[Desk]:
    """A second host."""
    with serving(Desk("127.0.0.2")) as one:
        room.desks.append(one)
        one.publish(11, 12)
        yield one


def test_what_is_new_is_kept_once_with_what_the_page_and_the_feed_say(room: Room, desk: Desk, other: Desk) -> None:
    tally = room.run()
    assert (tally.whole.new, tally.whole.asked, tally.whole.failed, tally.waiting) == (5, 2, 0, 0)
    assert room.what() == ["asked", "asked", *["new"] * 5]
    assert {h: (c.fetched, c.new) for h, c in tally.hosts.items()} == {
        f"127.0.0.1:{desk.port}": (3, 3), f"127.0.0.2:{other.port}": (2, 2),
    }  # fmt: skip
    with room.store() as store:
        kept = store.report(f"{desk.base}/story/2").coded.report
        assert (kept.title, kept.url, kept.source) == ("Note 2", f"{desk.base}/story/2", "Desk")
        assert kept.published.startswith("2026-03-03") and "note 2 of the ministry" in kept.text and "Home" not in kept.text
    again = room.run()
    assert (again.whole.new, again.whole.fetched, again.whole.asked) == (0, 0, 2)
    assert desk.count("/feed.xml", 304) == 1 and all(desk.count(f"/story/{n}") == 1 for n in (1, 2, 3))
    desk.publish(4)
    assert room.run().whole.new == 1 and desk.count("/story/1") == 1


def test_one_article_has_one_copy_whatever_leads_to_it(room: Room, desk: Desk) -> None:
    # Tracking parameters, fragments, redirects, a page that names its own address, and another feed with the same entry.
    desk.pages["/feed.xml"] = ("application/rss+xml", desk.feed("?utm_source=rss&amp;utm_medium=x#top"))
    desk.pages["/second.xml"] = ("application/rss+xml", desk.feed("?fbclid=77"))
    short = "".join(f"{desk.base}/s/{n}\n" for n in (1, 2, 3))
    desk.pages["/list.txt"] = ("text/plain", short.encode())
    desk.moved |= {f"/s/{n}": f"{desk.base}/story/{n}?utm_campaign=short" for n in (1, 2, 3)}
    desk.pages["/print/2"] = ("text/html", story_page(2, "Note 2", canonical=f"{desk.base}/story/2"))
    desk.pages["/print.txt"] = ("text/plain", f"{desk.base}/print/2\n".encode())
    tally = room.run([Source(f"{desk.base}/{name}") for name in ("feed.xml", "second.xml", "list.txt", "print.txt")])
    assert room.urls() == [f"{desk.base}/story/{n}" for n in (1, 2, 3)]
    assert (tally.whole.new, tally.whole.same, tally.whole.failed) == (3, 4, 0)
    assert sum(desk.count(f"/story/{n}") for n in (1, 2, 3)) == 3 or tally.whole.fetched == 7
    assert room.run([Source(f"{desk.base}/list.txt")]).whole.fetched == 0


def test_the_same_words_of_one_outlet_under_another_address_are_not_kept_again(room: Room, desk: Desk) -> None:
    desk.pages["/story/1-copy"] = desk.pages["/story/1"]
    desk.pages["/list.txt"] = ("text/plain", f"{desk.base}/story/1\n{desk.base}/story/1-copy\n".encode())
    tally = room.run([Source(f"{desk.base}/list.txt")])
    assert (tally.whole.new, tally.whole.same) == (1, 1) and len(room.urls()) == 1
    desk.pages["/story/1-again"] = desk.pages["/story/1"]
    desk.pages["/list.txt"] = ("text/plain", f"{desk.base}/story/1-again\n".encode())
    assert room.run([Source(f"{desk.base}/list.txt")]).whole.same == 1 and len(room.urls()) == 1


def test_a_text_that_another_outlet_reprints_is_kept_as_a_copy(room: Room, desk: Desk, other: Desk) -> None:
    page = story_page(1, "Note 1").replace(b"content='Desk'", b"content='The Reprint'").replace(b"T08:00", b"T11:00")
    other.pages["/list.txt"] = ("text/plain", f"{other.base}/reprint\n".encode())
    other.pages["/reprint"] = ("text/html", page)
    room.run([Source(f"{desk.base}/feed.xml")])
    tally = room.run([Source(f"{other.base}/list.txt")])
    assert (tally.whole.copies, tally.whole.new) == (1, 0)
    with room.store() as store:
        copy = store.report(f"{other.base}/reprint").copy
        assert copy is not None and copy.origin == f"{desk.base}/story/1"


class German(StandIn):
    def pipe(self, reports: Iterable[Report | str], *, batch_size: int = 16) -> Iterator[CodedReport]:
        import dataclasses

        for one in super().pipe(reports):
            language = "de" if "note 2 of" in one.report.text else "en"
            yield dataclasses.replace(one, report=dataclasses.replace(one.report, language=language))


def test_a_report_in_another_language_is_kept_and_told(room: Room, desk: Desk) -> None:
    tally = room.run(reader=German())
    assert (tally.whole.language, tally.whole.new, len(room.urls())) == (1, 2, 3)


def test_what_holds_no_article_or_is_refused_is_noted_for_retry_and_not_fetched_again(room: Room, desk: Desk) -> None:
    desk.pages["/story/2"] = ("text/html", b"<html><body><p>Please sign in.</p></body></html>")
    desk.pages["/story/3"] = ("text/html", story_page(3, "Note 3").replace(b"They will answer", b"They REFUSE"))
    del desk.pages["/story/1"]
    tally = room.run()
    assert (tally.whole.failed, tally.whole.new) == (3, 0)
    with room.store() as store:
        failed = {f.input.rpartition("/")[2]: f.reason for f in store.failures()}
    assert set(failed) == {"1", "2", "3"} and "404" in failed["1"] and failed["3"] == "was refused"
    room.clock.time += 10 * 86_400
    assert room.run().whole.failed == 0 and desk.count("/story/2") == 1


def test_a_fault_that_passes_is_tried_again_and_given_up_at_last(room: Room, desk: Desk) -> None:
    desk.faults["/story/1"] = [(503, {})] * 2
    desk.faults["/story/2"] = [(500, {})] * 50
    tally = room.run(once=False, hours=30)
    assert (tally.whole.new, tally.whole.later, tally.whole.failed) == (2, 6, 1)
    assert desk.count("/story/1", 503) == 2 and desk.count("/story/2", 500) == 5
    with room.store() as store:
        (failure,) = store.failures()
        assert failure.input == f"{desk.base}/story/2" and "500" in failure.reason


def test_a_host_that_asks_to_wait_is_left_alone_and_the_others_go_on(room: Room, desk: Desk, other: Desk) -> None:
    desk.faults["/story/3"] = [(429, {"Retry-After": "1800"})]
    times: dict[str, float] = {}
    room.run(once=False, hours=1.0, tell=lambda _, one: times.setdefault(one.url, one.at) and None)
    assert room.what("later") == ["later"] and len(room.what("new")) == 5
    late = [times[f"{desk.base}/story/{n}"] - NOW for n in (1, 2)]
    assert all(t >= 1800 for t in late) and times[f"{other.base}/story/12"] - NOW < 60
    assert desk.count("/story/3") == 2


def test_a_feed_that_fails_is_asked_less_often_and_told_why(room: Room, desk: Desk) -> None:
    desk.faults["/feed.xml"] = [(500, {})] * 3
    room.run(room.sources(every=600.0), once=False, hours=2.75)  # 20 + 40 + 80 minutes, and a tenth more of each at most
    assert desk.count("/feed.xml", 500) == 3 and len(room.what("unasked")) == 3 and len(room.what("new")) == 3
    when = [h.at - NOW for h in room.told if h.what in ("unasked", "asked")]
    assert when[1] - when[0] >= 1080 and when[2] - when[1] >= 2160  # 20 and 40 minutes, less a tenth
    told = next(h for h in room.told if h.what == "unasked")
    assert "500" in told.reason and told.due > told.at


def test_once_leaves_out_what_is_failing_and_says_so(room: Room, desk: Desk) -> None:
    desk.faults["/feed.xml"] = [(500, {})]
    assert room.run().whole.failed == 1
    assert room.run().whole.failed == 0 and room.what() == ["held"] and desk.count("/feed.xml") == 1
    room.clock.time += 3600
    assert room.run().whole.new == 3


def test_a_pause_between_two_fetches_at_a_host_is_waited_for(room: Room, desk: Desk, other: Desk) -> None:
    # It is not slept through by a thread that could fetch elsewhere, and a run of --once does not end before the last turn.
    room.delay = room.rules["delay"] = 30.0
    at: dict[str, list[float]] = {}
    tally = room.run(tell=lambda _, one: at.setdefault(one.host, []).append(room.clock.time - NOW))
    assert tally.whole.new == 5 and tally.waiting == 0
    assert 90 <= max(at[f"127.0.0.1:{desk.port}"]) < 100 and 60 <= max(at[f"127.0.0.2:{other.port}"]) <= 91


def test_a_pause_that_robots_txt_asks_for_is_no_failure(room: Room, desk: Desk) -> None:
    desk.pages["/robots.txt"] = ("text/plain", b"User-agent: *\nCrawl-delay: 120\n")
    room.rules["max_wait"] = 1.0
    tally = room.run()
    assert (tally.whole.new, tally.whole.failed, tally.whole.later, tally.waiting) == (3, 0, 0, 0)
    assert room.clock.time - NOW >= 3 * 119 and desk.count("/story/1") == 1


def test_a_run_that_begins_asks_again_what_could_not_be_reached(room: Room, desk: Desk) -> None:
    source = [Source(f"http://127.0.0.9:{desk.port}/feed.xml", "Down")]
    for failures in (1, 2):
        assert room.run(source).whole.failed == 1 and room.told[0].reason.startswith("refused: ")
        with room.store() as store:
            (state,) = Gathering(store).known([source[0].url])
            assert state.failures == failures and NOW + 900 < state.due <= NOW + 3960
    with serving(Desk("127.0.0.9", port=desk.port)) as back:
        back.publish(9)
        assert room.run(source).whole.new == 1


def test_quiet_feeds_are_asked_less_often_and_lively_ones_at_their_interval(room: Room, desk: Desk, other: Desk) -> None:
    made = iter(range(100, 200))

    def tell(_: Watch, one: Happened) -> None:
        if one.what == "asked" and one.host.startswith("127.0.0.2"):
            other.publish(next(made))

    room.run(room.sources(every=900.0, slowest=7200.0), once=False, hours=6, tell=tell)
    quiet, lively = desk.count("/feed.xml"), other.count("/feed.xml")
    assert 6 <= quiet <= 9 and 22 <= lively <= 27
    assert desk.count("/feed.xml", 304) == quiet - 1


def test_press_releases_in_pdf_and_plain_text_are_reports(room: Room, desk: Desk) -> None:
    words = ["The ministry said on Tuesday that talks with Norway", "on the ferry line would go on in the spring."] * 3
    desk.pages["/a.pdf"] = ("application/pdf", pdf([words], title="Talks go on"))
    desk.pages["/b.txt"] = ("text/plain; charset=utf-8", b"Press statement 7.\n\nThe cabinet has met.\n")
    desk.pages["/c.txt"] = ("text/plain", b"  \n ")
    desk.pages["/list.txt"] = ("text/plain", "".join(f"{desk.base}/{n}\n" for n in ("a.pdf", "b.txt", "c.txt")).encode())
    tally = room.run([Source(f"{desk.base}/list.txt", outlet="Ministry")])
    assert (tally.whole.new, tally.whole.failed) == (2, 1)
    with room.store() as store:
        release, note = (store.report(f"{desk.base}/{n}").coded.report for n in ("a.pdf", "b.txt"))
    assert (release.title, release.source, note.source) == ("Talks go on", "Ministry", "Ministry")
    assert "talks with Norway on the ferry line" in " ".join(release.text.split()) and "The cabinet has met." in note.text


def test_a_slow_host_holds_up_nobody_else(room: Room, desk: Desk, other: Desk) -> None:
    desk.slow |= {f"/story/{n}": 0.4 for n in (1, 2, 3)}
    other.publish(*range(13, 25))
    done: list[str] = []
    room.run(tell=lambda _, one: done.append(one.url) if one.what == "new" else None)
    last = max(n for n, u in enumerate(done) if u.startswith(other.base))
    assert len(done) == 17 and last < done.index(f"{desk.base}/story/1")


def test_a_sitemap_index_leads_to_its_sitemaps_and_old_entries_are_left_out(room: Room, desk: Desk) -> None:
    xml = '<?xml version="1.0" encoding="UTF-8"?>'
    space = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'

    def sitemap(*entries: tuple[int, str]) -> tuple[str, bytes]:
        urls = "".join(f"<url><loc>{desk.base}/story/{n}</loc><lastmod>{day}</lastmod></url>" for n, day in entries)
        return "application/xml", f"{xml}<urlset {space}>{urls}</urlset>".encode()

    def index(*names: str) -> tuple[str, bytes]:
        maps = "".join(f"<sitemap><loc>{desk.base}/{n}</loc></sitemap>" for n in names)
        return "application/xml", f"{xml}<sitemapindex {space}>{maps}</sitemapindex>".encode()

    desk.pages["/index.xml"] = index("a.xml", "b.xml")
    desk.pages["/a.xml"] = sitemap((1, "2026-09-21T00:00:00Z"), (2, "2020-01-01"))
    desk.pages["/b.xml"] = sitemap((3, "2026-09-20T12:00:00Z"))
    source = [Source(f"{desk.base}/index.xml", "Desk")]
    assert room.run(source).whole.new == 2 and room.urls() == [f"{desk.base}/story/{n}" for n in (1, 3)]
    desk.pages["/index.xml"] = index("b.xml")
    assert room.run(source).whole.new == 0
    before = desk.count("/a.xml")
    assert room.run(source).whole.asked == 2 and desk.count("/a.xml") == before  # it is no more in the index
    assert desk.count("/b.xml", 304) == 2


def test_a_list_on_this_machine_is_read_when_it_changes(room: Room, desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "urls.txt"
    source = [Source(file.as_uri(), "List")]
    tally = room.run(source)
    assert tally.whole.failed == 1 and "urls.txt" in str(file) and room.told[0].what == "unasked"
    file.write_text(f"{desk.base}/story/1\nmailto:x@example.org\n{desk.base}/story/1\n")
    room.clock.time += 86_400
    assert room.run(source).whole.new == 1
    assert [h.found for h in room.told if h.what == "asked"] == [1]
    assert room.run(source).whole.new == 0
    file.write_text(f"{desk.base}/story/1\n{desk.base}/story/2\n")
    assert room.run(source).whole.new == 1


def test_a_feed_that_is_none_says_what_it_is_not(room: Room, desk: Desk) -> None:
    desk.pages["/feed.xml"] = ("text/html", b"<!doctype html><html><body><h1>We have moved</h1></body></html>")
    assert room.run().whole.failed == 1 and room.told[0].reason
    assert room.told[0].host == f"127.0.0.1:{desk.port}"


def test_private_addresses_are_refused_unless_they_are_allowed(room: Room, desk: Desk) -> None:
    room.rules["allow_private"] = False
    assert room.run().whole.failed == 1 and room.told[0].reason.startswith("private: ") and not desk.asked
    room.rules["allow_private"] = True  # as the reason proposes: it counts at once, and not when the source is due again
    assert room.run().whole.new == 3


def test_a_stop_keeps_what_was_read_and_the_next_run_goes_on(room: Room, desk: Desk, other: Desk) -> None:
    desk.publish(*range(20, 56))

    def tell(watch: Watch, one: Happened) -> None:
        if one.what == "new":
            watch.stop()

    first = room.run(tell=tell)
    assert 1 <= first.whole.new < 40 and first.waiting == 41 - first.whole.new
    feeds = desk.count("/feed.xml", 200)
    second = room.run()
    assert first.whole.new + second.whole.new == 41 == len(room.urls()) and second.waiting == 0
    assert (feeds, desk.count("/feed.xml", 200)) == (1, 1)  # what the feed told is not asked for again


def test_a_store_that_cannot_be_used_for_a_while_loses_nothing(room: Room, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("communique.gather.watch.watching.STORE_TRIES", 20)
    monkeypatch.setattr("threading.Event.wait", lambda self, timeout=None: self.is_set())
    fails = {"keep": 2, "done": 2, "asked": 1, "take": 1}

    def failing(name: str) -> Callable[..., Any]:
        plain = getattr(Gathering, name)

        def method(self: Gathering, *args: Any) -> Any:
            if fails[name]:
                fails[name] -= 1
                raise InputError("store 'x'", "cannot be used: disk is full")
            return plain(self, *args)

        return method

    for name in fails:
        monkeypatch.setattr(Gathering, name, failing(name))
    tally = room.run()
    assert not any(fails.values()) and len(room.urls()) == 3 and tally.whole.new == 3
    assert len(room.what("trouble")) == 6 and tally.trouble == ""


def test_a_page_that_breaks_a_library_ends_nothing(room: Room, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from communique.gather.watch import crew

    plain = crew.article

    def breaks(fetched: Any, waiting: Any, source: Any) -> Any:
        if waiting.url.endswith("/2"):
            raise RecursionError("too deep")
        return plain(fetched, waiting, source)

    monkeypatch.setattr(crew, "article", breaks)
    tally = room.run()
    assert (tally.whole.new, tally.whole.failed) == (2, 1)
    assert "RecursionError: too deep" in next(h.reason for h in room.told if h.what == "failed")


@pytest.mark.parametrize(
    ("claimed", "own"),
    [
        ("https://a.example/story", "https://a.example/story"),
        ("https://www.a.example/story?id=4", "https://www.a.example/story?id=4"),
        ("", "https://a.example/story?x=1"),
        ("https://b.example/story", "https://a.example/story?x=1"),
        ("https://a.example/", "https://a.example/story?x=1"),
        ("/story", "https://a.example/story?x=1"),
        ("http://a.example:8080/story", "https://a.example/story?x=1"),
    ],
)
def test_a_page_is_believed_about_its_own_site_alone(claimed: str, own: str) -> None:
    assert own_address(claimed, "https://a.example/story?x=1") == own


def test_entries_are_narrowed_by_pattern_and_age() -> None:
    entries = (
        Entry("https://a.example/world/1", published="2026-09-21T00:00:00+00:00"),
        Entry("https://a.example/world/1#c", published="2026-09-21T00:00:00+00:00"),
        Entry("https://a.example/world/2", modified="2019-09-21"),
        Entry("https://a.example/sport/3", modified="2026-09-21"),
        Entry("https://a.example/world/4", published="soon"),
        Entry("mailto:desk@a.example"),
    )
    source = Source("u", only=("*/world/*",), max_age=86_400.0 * 3)
    assert [e.url[-1] for e in wanted(Feed("", "rss", entries), source, NOW)] == ["1", "4"]
    assert len(list(wanted(Feed("", "rss", entries), Source("u"), NOW))) == 4
    assert len(list(wanted(Feed("", "sitemap", entries), Source("u"), NOW))) == 3


def test_counts_by_host_are_bounded() -> None:
    tally = Tally()
    for n in range(MOST_HOSTS + 50):
        tally.add(Happened("new", NOW, f"h{n}"))
    assert len(tally.hosts) == MOST_HOSTS + 1 and tally.hosts[OTHERS].new == 50 and tally.whole.new == MOST_HOSTS + 50
