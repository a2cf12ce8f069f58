"""``communique add`` and ``retry`` over files, archives and addresses: what is kept, passed over, and tried again. The
reader is a stand-in: what it would find does not matter here."""

from __future__ import annotations

import functools
import gzip
import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import communique
from builders import StandIn
from commands import run
from communique.errors import InputError
from communique.gather.pages import page
from communique.gather.web import fetch
from communique.records import CodedReport, Report
from communique.store import open_store
from disks import disk, needs_disk
from gather.archives import SENTENCES, html, pdf, warc
from gather.servers import Reply, Server, rss

ROOT = Path(__file__).resolve().parents[1]
BARE = b"<html><body><p>Log in</p></body></html>"


def counts(*args: str | Path) -> dict[str, int]:
    """What a command counted, without what is 0."""
    given = json.loads(run(*args, "--json").stdout.splitlines()[-1])
    return {what: n for what, n in given.items() if isinstance(n, int) and not isinstance(n, bool) and n}


class Reads(StandIn):
    """Notes what it reads, refuses what says so, and is broken off by Ctrl-C where a report says so."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []
        self.refuse = "REFUSE"

    def pipe(self, reports: Iterable[Report | str], *, batch_size: int = 16) -> Iterator[CodedReport]:
        for one in reports:
            assert isinstance(one, Report)
            if "BREAK" in one.title:
                raise KeyboardInterrupt
            if self.refuse in one.title:
                raise InputError(f"report {one.title!r}", "was refused", "try another")
            self.read.append(one.title or one.id or one.text)
            yield from super().pipe([one])


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Reads:
    found = Reads()
    monkeypatch.setattr(communique, "load", lambda threads=0: found)
    return found


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "record.db"
    monkeypatch.setenv("COMMUNIQUE_STORE", str(path))
    return path


@pytest.fixture
def extracted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses of pages whose article was taken off them."""
    found: list[str] = []
    real = page.to_report

    def told(data: bytes, *, url: str, **more: object) -> Report:
        found.append(url)
        return real(data, url=url, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(page, "to_report", told)
    return found


def address(n: int) -> str:
    return f"https://fjord.example/{n}"


def archive(path: Path, titles: Iterable[str]) -> Path:
    path.write_bytes(warc([(address(n), BARE if title == "BARE" else html(title, (*SENTENCES, f"It was report {n}.")))
                           for n, title in enumerate(titles)]))  # fmt: skip
    return path


def titles(store: Path) -> list[str]:
    with open_store(store) as opened, opened.database.reading() as connection:
        return [row.title for row in connection.exec_driver_sql("SELECT title FROM version ORDER BY id")]


def test_a_folder_of_everything_and_the_same_again(store: Path, reader: Reads, extracted: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "sub").mkdir(parents=True)
    archive(folder / "a.warc.gz", ["One", "Two"])
    (folder / "b.csv").write_text("text,title\nA ship sailed.,Three\n")
    (folder / "c.mbox").write_text("From a Wed Apr 10 08:15:03 2024\nFrom: b@c.example\nSubject: Four\n\nA mail.\n")
    (folder / "d.pdf").write_bytes(pdf([["The ministry said that the cable would be mended in a month."] * 3], title="Five"))
    (folder / "e.jsonl.gz").write_bytes(gzip.compress(b'{"title": "Six", "text": "x"}\n{"title": "Seven", "text": "y"}\n'))
    (folder / "sub" / "f.md").write_text("---\ntitle: Eight\n---\nA text.\n")
    (folder / "style.css").write_text("p {}")
    first = run("add", folder)
    assert (first.exit_code, first.stdout) == (0, f"{store}: 8 new, 1 passed over\n")
    assert "passed over 1 of no kind that is read (suffixes: .css 1)" in first.stderr
    assert reader.read == ["One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight"] and len(extracted) == 2
    assert run("add", folder).stdout == f"{store}: 8 unchanged, 1 passed over\n"
    assert len(reader.read) == 8 and len(extracted) == 2  # no file was opened
    assert run("add", folder, "--again").stdout == f"{store}: 8 unchanged, 1 passed over\n"
    assert len(reader.read) == 8 and len(extracted) == 4


@needs_disk
def test_a_full_disk_ends_it_and_blames_no_report(reader: Reads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every report behind that point was once read by the model, then set aside as if it were at fault."""
    with disk(tmp_path / "small", "20m") as small:
        store = small.path / "record.db"
        monkeypatch.setenv("COMMUNIQUE_STORE", str(store))
        first, second = archive(tmp_path / "a.warc.gz", ["One"]), archive(tmp_path / "b.warc.gz", [f"No. {n}" for n in range(80)])
        assert counts("add", first) == {"new": 1}
        with small.filled(0):
            # SQLite needs a file beside the store even to read it.
            assert "its disk may have no room left" in run("add", second).stderr and reader.read == ["One"]
        with small.filled(100_000):
            done = run("add", second)
            assert done.exit_code == 1 and "disk is full (make room, and try again: what was kept before stays)" in done.stderr
            assert "set aside" not in done.stderr and 1 < len(reader.read) < 80
        assert titles(store) == ["One"] and "0 could not be read" in run("retry", "--list").stderr
        assert counts("add", first, second) == {"new": 79, "corrected": 1, "unchanged": 1}  # both have an address 0


def test_a_file_that_changed_is_read_again(store: Path, reader: Reads, tmp_path: Path) -> None:
    path = archive(tmp_path / "a.warc.gz", ["One", "Two"])
    assert counts("add", path) == {"new": 2}
    archive(path, ["One", "Changed", "Three"])
    assert counts("add", path) == {"new": 1, "corrected": 1, "unchanged": 1}
    # Read in another way it is another matter.
    assert counts("add", path, "--source", "x") == {"unchanged": 3}


def test_ctrl_c_in_an_archive_goes_on_from_there(store: Path, reader: Reads, extracted: list[str], tmp_path: Path) -> None:
    path = archive(tmp_path / "a.warc.gz", [f"T{n}" if n != 60 else "BREAK" for n in range(80)])
    done = run("add", path)
    assert done.exit_code == 130 and "60 new" in done.stdout and "goes on from here" in done.stderr
    del extracted[:]
    reader.read.clear()
    os.utime(path, ns=(0, path.stat().st_mtime_ns))  # its time of change alone says that it may be another one
    monkey = Reads.pipe
    Reads.pipe = StandIn.pipe  # type: ignore[method-assign]
    try:
        assert counts("add", path) == {"new": 20, "unchanged": 60}
        assert len(extracted) == 80
        assert counts("add", path) == {"unchanged": 80} and len(extracted) == 80
    finally:
        Reads.pipe = monkey  # type: ignore[method-assign]


DRIVER = """
import sys, time
sys.path[:0] = {paths!r}
import communique
from builders import StandIn
class Slow(StandIn):
    def pipe(self, reports, *, batch_size=16):
        for one in reports:
            time.sleep(0.01)
            yield from super().pipe([one])
communique.load = lambda **_: Slow()
from communique.cli import main
main()
"""


def process(*args: str | Path, **more: object) -> subprocess.Popen[bytes]:
    code = DRIVER.format(paths=[str(ROOT / "src"), str(ROOT / "tests")])
    env = os.environ | {"COMMUNIQUE_ACTORS": "", "TERM": "xterm"}
    return subprocess.Popen([sys.executable, "-c", code, *map(str, args)], env=env, **more)  # type: ignore[call-overload, no-any-return]


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL to send")
def test_a_killed_add_loses_nothing_and_reads_nothing_twice(
    store: Path, extracted: list[str], reader: Reads, tmp_path: Path
) -> None:
    path = archive(tmp_path / "a.warc.gz", ["BARE" if n % 50 == 7 else f"T{n}" for n in range(120)])
    done = 0
    with process("add", path, "--store", store, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as adding:
        deadline = time.monotonic() + 60
        while done < 40 and time.monotonic() < deadline:
            time.sleep(0.05)
            done = kept(store)
        adding.send_signal(signal.SIGKILL)
        adding.wait()
    assert 0 < done < 117
    kept_by_then = kept(store)
    found = counts("add", path)
    assert found["new"] + found["unchanged"] == 117 and found["unchanged"] <= kept_by_then
    # At most what was kept and not yet noted as read is looked at again.
    assert len(extracted) <= 120 - kept_by_then + 64
    assert sorted(titles(store)) == sorted(f"T{n}" for n in range(120) if n % 50 != 7)
    with open_store(store) as opened:
        assert sorted(f.member or 0 for f in opened.failures()) == [n + 1 for n in range(120) if n % 50 == 7]


def kept(path: Path) -> int:
    """Reports in a store that another process may be making just now."""
    if not path.exists() or not path.stat().st_size:
        return 0
    try:
        with open_store(path, create=False) as opened, opened.database.reading() as connection:
            return int(connection.exec_driver_sql("SELECT count(*) FROM report").scalar() or 0)
    except InputError:
        return 0


def test_what_failed_is_listed_tried_again_and_given_up(store: Path, reader: Reads, extracted: list[str], tmp_path: Path,
                                                        monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    path = archive(tmp_path / "a.warc.gz", ["One", "BARE", "REFUSE", "Four", "BARE"])
    done = run("add", path, tmp_path / "none.txt")
    assert done.exit_code == 1 and "2 new, 4 set aside" in done.stdout
    listed = [json.loads(line) for line in run("retry", "--list", "--json").stdout.splitlines()]
    assert [(f["kind"], f["member"]) for f in listed] == [("page", 2), ("reading", 3), ("page", 5), ("missing", 0)]
    told = run("retry", "--list", "--kind", "page")
    assert told.exit_code == 0 and "record 2, https://fjord.example/1" in told.stdout and "failed once" in told.stdout
    assert "2 could not be read: 2 page" in told.stderr and "none.txt" not in told.stdout
    # From another folder, the reader being wiser now: only what failed is made.
    monkeypatch.chdir("/")
    reader.refuse = "NOTHING"
    del extracted[:]
    assert counts("retry", "--kind", "reading") == {"new": 1} and extracted == [address(2)]
    again = run("retry")
    assert again.exit_code == 1 and "3 set aside" in again.stdout
    with open_store(store) as opened:
        assert [(f.kind, f.tries) for f in opened.failures()] == [("page", 2), ("page", 2), ("missing", 2)]
    (tmp_path / "none.txt").write_text("It is there now.")
    assert counts("retry", tmp_path / "none.txt") == {"new": 1}
    # The same command again tries what failed, and passes over the rest.
    del extracted[:]
    assert counts("add", path) == {"unchanged": 3, "set_aside": 2} and extracted == [address(1), address(4)]
    assert run("retry", "--drop", path).stdout == "2 given up\n"
    assert run("retry", "--list").stdout == "" and counts("add", path) == {"unchanged": 3}
    assert run("retry", "--list", "--drop").exit_code == 2


def test_a_mended_file_leaves_the_list(store: Path, reader: Reads, tmp_path: Path) -> None:
    whole = b"".join(b'{"id": "%d", "text": "%s"}\n' % (n, os.urandom(2000).hex().encode()) for n in range(300))
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(whole)[:-300_000])
    done = run("add", path)
    assert done.exit_code == 1 and "1 set aside" in done.stdout and "cut off" in done.stderr
    read = len(reader.read)
    assert 20 < read < 280
    path.write_bytes(gzip.compress(whole))
    assert counts("retry") == {"new": 300 - read, "unchanged": read}
    assert run("retry", "--list").stdout == ""


def test_standard_input_cannot_be_tried_again_and_says_so(store: Path, reader: Reads) -> None:
    assert run("add", "-", stdin='{"text": "x"}\n{"text": \n').exit_code == 1
    done = run("retry")
    assert done.exit_code == 1 and "standard input, line 2: cannot be found again" in done.stderr
    assert "(add it again, or strike it with --drop)" in done.stderr
    assert run("retry", "--drop").stdout == "1 given up\n"


def test_thousands_of_failures_do_not_flood_the_terminal(store: Path, reader: Reads, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("{}\n" * 500 + '{"text": "x"}\n')
    done = run("add", path)
    assert "1 new, 500 set aside" in done.stdout and len(done.stderr.splitlines()) == 51
    assert "... and 450 more were set aside: `communique retry --list` tells all" in done.stderr
    assert len(run("retry", "--list", "--json").stdout.splitlines()) == 500


def test_columns_are_mapped(store: Path, reader: Reads, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("headline,body,day\nOne,A ship sailed.,2024-04-10\n")
    done = run("add", path)
    assert done.exit_code == 1 and "--map text=body" in done.stderr
    assert counts("add", path, "--map", "text=body,title=headline,published=day") == {"new": 1}
    assert titles(store) == ["One"]
    # What failed in one way and is read in another is no failure any more.
    assert run("retry", "--list").stdout == ""
    bad = run("add", path, "--map", "words=body")
    assert bad.exit_code == 2 and "'words' is no field of a report" in bad.stderr


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(fetch, "FetchRules", functools.partial(fetch.FetchRules, delay=0.0, retries=0))
    with Server() as found:
        found.at("/robots.txt", Reply(404))
        yield found


def test_addresses(store: Path, reader: Reads, server: Server) -> None:
    one, gone = server.at("/one?utm_source=x", Reply(body=html("One"))), server.at("/gone", Reply(404))
    feed = server.at("/feed.xml", rss(server.url("/one"), type="text/html"))
    kit = server.at("/kit.jsonl", Reply(body=b'{"id": "k", "text": "x"}\n', type="application/x-ndjson"))
    body = pdf([["The ministry said that the cable was cut on purpose."] * 3], title="R")
    release = server.at("/r.pdf", Reply(body=body, type="application/pdf"))
    refused = run("add", one)
    assert refused.exit_code == 1 and "set aside" in refused.stderr and server.asked("/one?utm_source=x") == 0
    done = run("add", one, feed, gone, kit, release, "--allow-private")
    assert done.exit_code == 1 and "3 new, 2 set aside" in done.stdout, done.output
    assert "is a feed or sitemap, not a report" in done.stderr and "communique watch" in done.stderr
    with open_store(store) as opened:
        assert {f.input: f.kind for f in opened.failures()} == {feed: "feed", gone: "gone"}
        assert opened.report(server.url("/one")).coded.report.title == "One"
        assert opened.report(release).coded.report.title == "R" and opened.report("k")
    server.at("/gone", Reply(body=html("Back")))
    assert counts("retry", gone) == {"new": 1}  # with --allow-private, as it was asked for
    assert "Back" in titles(store)


def test_an_address_that_the_watcher_noted_is_tried_again(
    store: Path, reader: Reads, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.at("/a", Reply(body=html("One")))
    with open_store(store) as opened:
        opened.failed(InputError(url, "was away"))
    rules = fetch.FetchRules(delay=0.0, allow_private=True)
    monkeypatch.setattr(fetch, "FetchRules", lambda **_: rules)
    assert counts("retry") == {"new": 1} and run("retry", "--list").stdout == ""


def test_a_private_address_that_the_watcher_noted_is_tried_again_with_leave(store: Path, reader: Reads, server: Server) -> None:
    url = server.at("/a", Reply(body=html("One")))
    with open_store(store) as opened:
        opened.failed(InputError(url, "was away", "look again", kind="gone"))
    assert "was away (look again); failed once" in run("retry", "--list").stdout
    assert "loopback" in run("retry").stderr and server.asked("/a") == 0
    assert counts("retry", "--allow-private") == {"new": 1} and run("retry", "--list").stdout == ""


def test_the_bar_is_drawn_on_a_terminal_alone(store: Path, tmp_path: Path) -> None:
    path = archive(tmp_path / "a.warc.gz", ["BARE" if n == 3 else f"T{n}" for n in range(60)])
    outer, inner = pty.openpty()
    with process("add", path, "--store", store, stdout=subprocess.PIPE, stderr=inner) as adding:
        os.close(inner)
        drawn = b""
        while True:
            try:
                part = os.read(outer, 65_536)
            except OSError:  # the other side was closed
                break
            if not part:
                break
            drawn += part
        out, _ = adding.communicate()
    os.close(outer)
    assert adding.returncode == 1 and out == f"{store}: 59 new, 1 set aside\n".encode()
    told = drawn.decode()
    assert "reports" in told and "a second" in told and "%" in told and "a.warc.gz" in told
    assert "set aside: " in told and "without an article" in told
    again = run("add", path, "--again")
    assert "\x1b" not in again.stderr and "%" not in again.stderr


def test_passing_over_what_was_added_is_fast(store: Path, reader: Reads, tmp_path: Path) -> None:
    lines = tmp_path / "a.jsonl"
    lines.write_text("".join(json.dumps({"id": f"r{n}", "text": f"Norway thanked Chad {n} times."}) + "\n" for n in range(5_000)))
    many = tmp_path / "many"
    many.mkdir()
    for n in range(200):
        (many / f"{n}.txt").write_text(f"Norway thanked Mali {n} times.")
    # Half of it, as if broken off.
    text = lines.read_text()
    with open_store(store) as opened:
        from communique.gather.inputs import Inputs, Ways
        from communique.store.failing import Progress, Step

        with Inputs([lines], Ways()) as inputs:
            opened.advance([Step(inputs.sources[0], Progress(4_990, 4_990), {})])
    began = time.monotonic()
    assert counts("add", lines) == {"new": 10, "unchanged": 4_990} and lines.read_text() == text
    assert counts("add", many) == {"new": 200}
    took = time.monotonic()
    assert counts("add", lines, many) == {"unchanged": 5_200}
    assert time.monotonic() - took < 5 and took - began < 30
