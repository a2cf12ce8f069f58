"""The watcher's memory on SQLite and PostgreSQL alike: nothing that a server told is lost, nobody fetches the same twice, and a
report is kept once, whatever is killed and whoever works beside."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from making import forked, many, report
from sqlalchemy import text
from test_store_contract import assert_compared

from builders import StandIn
from communique.errors import InputError
from communique.gather.watch.memory import WAITING, Asked, Became, Kept, Listed, Waiting
from communique.gather.watch.sources import Manner, Source, Sources
from communique.gather.watch.watching import Watch
from communique.gather.web.fetch import Fetcher, FetchRules
from communique.records import Report
from communique.store import Store, open_store
from communique.store.gathering import LEASE, Gathering, holder_of

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "gather"))
from newsroom import Desk, serving

NOW = 1_790_000_000.0
FEED = "https://a.example/rss"


def listed(*names: str, host: str = "a.example") -> list[Listed]:
    return [Listed(f"https://{host}/{n}", host, f"Title {n}", "2026-09-21") for n in names]


def told(memory: Gathering, *entries: Listed, url: str = FEED, now: float = NOW) -> int:
    state = Asked(url, '"e"', "m", now, now, 0, 1, now + 900)
    return memory.asked(state, state, entries, None, now)[0]


def take(memory: Gathering, *, busy: set[str] = set(), held: set[int] = set(), most: int = 9, now: float = NOW) -> list[Waiting]:  # noqa: B006
    return memory.take([FEED], busy, held, most, now)


@pytest.fixture
def memory(store: Store) -> Gathering:
    found = Gathering(store, "me", "x")
    found.known([FEED])
    return found


def test_a_source_is_remembered_with_what_it_listed(store: Store, memory: Gathering) -> None:
    assert memory.known([FEED, "https://b.example/rss"]) == [Asked(FEED), Asked("https://b.example/rss")]
    quiet = Asked(FEED, '"1"', "Mon", NOW, NOW, 0, 4, NOW + 3600)
    lively = Asked(FEED, '"1"', "Mon", NOW, NOW, 0, 0, NOW + 900)
    assert memory.asked(quiet, lively, listed("1", "2"), None, NOW) == (2, None)
    assert Gathering(store).known([FEED]) == [lively]
    assert memory.asked(quiet, lively, listed("1", "2"), None, NOW) == (0, None)
    assert Gathering(store).known([FEED]) == [quiet]
    assert memory.waiting([FEED]) == 2 and memory.waiting(["https://b.example/rss"]) == 0
    failing = Asked(FEED, '"1"', "Mon", NOW + 1, NOW, 3, 4, NOW + 7200, "refused: it does\nnot \x00 answer")
    memory.asked(failing, failing, (), None, NOW)
    (kept,) = Gathering(store).known([FEED])
    assert (kept.failures, kept.good, kept.reason) == (3, NOW, "refused: it does\nnot � answer")


def test_state_and_addresses_are_kept_together_or_not_at_all(memory: Gathering, monkeypatch: pytest.MonkeyPatch) -> None:
    # An etag without its addresses would lose them for good: the server need not tell them again.
    def breaks(*_: Any) -> int:
        raise RuntimeError("killed")

    monkeypatch.setattr("communique.store.gathering._state_values", breaks)
    with pytest.raises(RuntimeError):
        told(memory, *listed("1"))
    monkeypatch.undo()
    assert memory.waiting([FEED]) == 0 and memory.known([FEED]) == [Asked(FEED)]


def test_one_address_of_each_host_is_taken_the_longest_due_first(memory: Gathering) -> None:
    told(memory, *listed("1", "2"), now=NOW - 50)
    told(memory, *listed("3", host="b.example"), *listed("4", host="c.example"), now=NOW - 90)
    assert [w.url for w in take(memory)] == ["https://b.example/3", "https://c.example/4", "https://a.example/1"]
    held = {w.ident for w in take(memory)}
    assert [w.url for w in take(memory, held=held)] == ["https://a.example/2"]
    assert [w.host for w in take(memory, busy={"b.example", "c.example"})] == ["a.example"]
    assert len(take(memory, most=2)) == 2
    assert take(memory, now=NOW - 100) == [] and memory.next_due([FEED]) == NOW - 90
    assert memory.take(["https://else.example"], set(), set(), 9, NOW) == [] and memory.next_due(["x"]) is None
    (first, *_) = take(memory)
    assert (first.source, first.title, first.published, first.tries) == (FEED, "Title 3", "2026-09-21", 0)


def test_what_one_watcher_holds_another_leaves_alone_for_a_while(store: Store, memory: Gathering) -> None:
    told(memory, *listed("1", "2"))
    other = Gathering(store, "other", "x")
    other.known([FEED])
    (mine,) = take(memory)
    (theirs,) = take(other)
    assert {mine.url, theirs.url} == {"https://a.example/1", "https://a.example/2"}
    assert take(memory, held={mine.ident}) == []
    # A watcher that was killed takes its own again at once, and another's once these must have been given up.
    assert take(memory) == [mine]
    assert {w.url for w in take(memory, held={mine.ident}, now=NOW + LEASE + 1)} == {theirs.url}


def test_what_became_of_an_address_is_kept_with_the_ways_to_it(memory: Gathering) -> None:
    told(memory, *listed("1", "2", "3"))
    taken = [take(memory, held=set(range(n)))[0] for n in range(1, 4)]
    also = (*listed("3"), *listed("elsewhere", host="b.example"))
    memory.done(
        [Became(taken[0], "new", "key-1", also=also), Became(taken[1], WAITING, reason="timeout: slow", due=NOW + 600)], NOW + 1
    )
    assert memory.look(taken[0].url) == ("new", "key-1")
    assert memory.look("https://b.example/elsewhere") == memory.look("https://a.example/3") == ("same", "key-1")
    assert memory.look("https://a.example/none") is None
    assert take(memory) == [] and memory.next_due([FEED]) == NOW + 600
    (again,) = take(memory, now=NOW + 601)
    assert (again.url, again.tries) == (taken[1].url, 1)
    memory.done([Became(again, "failed", reason="gave up")], NOW + 700)
    assert memory.waiting([FEED]) == 0 and told(memory, *listed("1", "2", "3")) == 0


def test_sitemaps_of_an_index_come_and_go(store: Store, memory: Gathering) -> None:
    state = Asked(FEED, due=NOW)
    count, children = memory.asked(state, state, (), ["https://a.example/m1", "https://a.example/m2", FEED], NOW)
    assert count == 0 and children is not None and [(c.url, c.parent) for c in children] == [
        ("https://a.example/m1", FEED), ("https://a.example/m2", FEED),
    ]  # fmt: skip
    assert [s.url for s in Gathering(store).known([FEED])] == [FEED, "https://a.example/m1", "https://a.example/m2"]
    _, children = memory.asked(state, state, (), ["https://a.example/m2", "https://a.example/m3"], NOW)
    assert children is not None and [c.url for c in children] == ["https://a.example/m2", "https://a.example/m3"]
    child = Asked("https://a.example/m2", '"c"', "", NOW, NOW, 0, 0, NOW + 900, parent=FEED)
    assert memory.asked(child, child, listed("9"), None, NOW)[0] == 1
    assert memory.take([child.url], set(), set(), 9, NOW)[0].source == child.url
    assert [s.etag for s in Gathering(store).known([FEED])] == ["", '"c"', ""]


def test_reports_are_kept_once_and_said_to_be_copies(memory: Gathering) -> None:
    one = report("", url="https://a.example/1", source="A")
    assert memory.same(one.report) == ""
    assert memory.keep([one, report("", url="https://a.example/2", source="A")]) == [
        Kept("https://a.example/1", "new"), Kept("https://a.example/2", "new"),
    ]  # fmt: skip
    assert memory.same(one.report) == "https://a.example/1"
    moved = Report(one.report.text, "", one.report.title, one.report.published, "A", "https://a.example/moved")
    assert memory.same(moved) == "https://a.example/1"
    import dataclasses

    reprint = dataclasses.replace(one, report=dataclasses.replace(moved, source="B", published="2025-03-15"))
    assert memory.same(reprint.report) == ""
    assert memory.keep([reprint]) == [Kept("https://a.example/moved", "new", "https://a.example/1")]
    corrected = dataclasses.replace(one, report=dataclasses.replace(one.report, title="Corrected"))
    assert memory.same(corrected.report) == "" and memory.keep([corrected]) == [Kept("https://a.example/1", "corrected")]
    # The words of an older version, under their own address, are known; an address that says something else is another report.
    assert memory.same(one.report) == "https://a.example/1" and memory.same(moved) == ""
    elsewhere = dataclasses.replace(moved, url="https://a.example/elsewhere")
    assert memory.same(elsewhere) == ""  # what it says was corrected at the address that has it


def test_a_report_that_the_store_refuses_costs_no_other(store: Store, memory: Gathering) -> None:
    import dataclasses

    bad = report("", url="https://a.example/bad")
    bad = dataclasses.replace(bad, report=dataclasses.replace(bad.report, published="soon"))
    first, second, third = memory.keep([report("", url="https://a.example/1"), bad, report("", url="https://a.example/3")])
    assert isinstance(first, Kept) and isinstance(second, InputError) and isinstance(third, Kept)
    memory.refused(InputError("https://a.example/bad", second.reason, second.hint))
    assert [f.input for f in store.failures()] == ["https://a.example/bad"]


def test_byline_agency_and_where_they_were_found_come_back(store: Store) -> None:
    import dataclasses

    one = report("a")
    found = (("byline", "meta author"), ("agency", "text"))
    given = dataclasses.replace(one.report, byline="Ann Lee; Bo Ek", agency="AP", found=found)
    store.add(dataclasses.replace(one, report=given), "x")
    assert store.report("a").coded.report == given


# The whole of it, in processes of their own


def watching(where: str, sources: list[Source], *, name: str = "w", reader: Any = None, slow: float = 0.0) -> None:
    """One run with --once, as a process of its own would do it."""
    class Slow(StandIn):
        def pipe(self, reports: Any, *, batch_size: int = 16) -> Any:
            time.sleep(slow)
            return super().pipe(reports)

    with open_store(where) as store, Fetcher(FetchRules(allow_private=True, delay=0.0)) as fetcher:
        memory = Gathering(store, holder_of(name), "x")
        found = Sources(name, Manner(fetchers=3, delay=0.0), tuple(sources))
        Watch(found, memory, memory, reader or Slow(), fetcher, once=True).run()


def kept(store: Store) -> list[str]:
    with store.database.reading() as connection:
        return sorted(connection.execute(text("SELECT url FROM version")).scalars())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks processes")
def test_two_watchers_and_one_who_adds_keep_one_copy_of_each(where: str) -> None:
    with serving(Desk()) as a, serving(Desk("127.0.0.2")) as b:
        a.publish(*range(1, 13))
        b.publish(*range(31, 39))
        feeds = [Source(f"{a.base}/feed.xml"), Source(f"{b.base}/feed.xml")]
        whole = list(many(8))

        def adds() -> None:
            with open_store(where) as store:
                for one in whole:
                    store.add(one, "x")

        children = [
            forked(lambda: watching(where, feeds, name="one")), forked(lambda: watching(where, feeds[::-1], name="two")),
            forked(adds),
        ]  # fmt: skip
        assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
        with open_store(where, create=False) as store:
            urls = [u for u in kept(store) if u.startswith("http://127")]
            assert urls == sorted([f"{a.base}/story/{n}" for n in range(1, 13)] + [f"{b.base}/story/{n}" for n in range(31, 39)])
            assert len(kept(store)) == 28
            assert_compared(store)
        assert [d.count(f"/story/{n}") for d in (a, b) for n in (*range(1, 13), *range(31, 39)) if n in d.stories] == [1] * 20


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks processes")
def test_a_watcher_that_is_killed_at_any_point_goes_on_where_it_was(where: str) -> None:
    with serving(Desk()) as a, serving(Desk("127.0.0.2")) as b:
        a.publish(*range(1, 25))
        b.publish(*range(51, 61))
        sources = [Source(f"{d.base}/feed.xml") for d in (a, b)]
        killed = 0
        counts = []
        for n in range(5):
            child = forked(lambda: watching(where, sources, slow=0.02))
            time.sleep(0.25 + 0.09 * n)
            os.kill(child, signal.SIGKILL)
            killed += os.WIFSIGNALED(os.waitpid(child, 0)[1])
            if Path(where).exists() or "://" in where:
                with open_store(where) as store:
                    counts.append(len(kept(store)))
        assert killed >= 3 and counts == sorted(counts)
        watching(where, sources)
        with open_store(where) as store:
            wanted = [f"{a.base}/story/{n}" for n in range(1, 25)] + [f"{b.base}/story/{n}" for n in range(51, 61)]
            assert kept(store) == sorted(wanted)
            memory = Gathering(store)
            memory.known([s.url for s in sources])
            assert memory.waiting([s.url for s in sources]) == 0 and store.failures() == []
            assert_compared(store)
        fetched = sum(d.count(f"/story/{n}") for d, r in ((a, range(1, 25)), (b, range(51, 61))) for n in r)
        # What was under way, or waited to be kept, when it was killed; all again and again would be 204.
        assert fetched <= 34 + 16 * (killed + 1)
        before = a.count("/feed.xml", 200)
        watching(where, sources)
        assert a.count("/feed.xml", 200) == before and a.count("/story/1") <= killed + 1


def test_who_reads_the_store_is_not_held_up_by_a_watcher(where: str) -> None:
    with serving(Desk()) as desk:
        desk.publish(*range(1, 30))
        worst = 0.0
        run = threading.Thread(target=watching, args=(where, [Source(f"{desk.base}/feed.xml")]), kwargs={"slow": 0.01})
        open_store(where).close()
        run.start()
        with open_store(where) as store:
            while run.is_alive():
                began = time.monotonic()
                list(store.events())
                worst = max(worst, time.monotonic() - began)
                time.sleep(0.02)
            run.join()
            assert len(kept(store)) == 29
        assert worst < 2.0
