"""The commands that gather from the live web, as a user runs them: in processes of their own, against servers on loopback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import communique
from builders import StandIn
from commands import run
from communique.store import open_store

sys.path.insert(0, str(Path(__file__).resolve().parent / "gather"))
from newsroom import Desk, serving

ROOT = Path(__file__).resolve().parents[1]
LIGHT = """
import sys, time
sys.path.insert(0, {tests!r})
import communique
from builders import StandIn
class Light(StandIn):
    def pipe(self, reports, *, batch_size=16):
        time.sleep({slow})
        return super().pipe(reports)
communique.load = lambda threads=0: Light()
from communique.cli import main
main()
"""


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "record.db"
    monkeypatch.setenv("COMMUNIQUE_STORE", str(path))
    return path


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with serving(Desk()) as one:
        one.publish(1, 2, 3)
        yield one


def sources(folder: Path, *urls: str, head: str = '[watch]\ndelay = "0s"\n') -> Path:
    path = folder / "sources.toml"
    path.write_text(head + "".join(f'[[source]]\nurl = "{u}"\nname = "Desk {n}"\n' for n, u in enumerate(urls)), "utf-8")
    return path


def process(store: Path, *args: str | Path, slow: float = 0.0) -> subprocess.Popen[str]:
    """The command in a process of its own, with a reader without weights."""
    code = LIGHT.format(tests=str(ROOT / "tests"), slow=slow)
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "COMMUNIQUE_STORE": str(store)}
    return subprocess.Popen(
        [sys.executable, "-c", code, "watch", *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
    )


def kept(store: Path) -> int:
    if not store.exists():
        return 0
    with open_store(store) as opened, opened.database.reading() as connection:
        from sqlalchemy import text

        return int(connection.execute(text("SELECT count(*) FROM report")).scalar() or 0)


def wait_for(store: Path, count: int, seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if kept(store) >= count:
            return
        time.sleep(0.05)
    raise AssertionError(f"{kept(store)} kept, of {count}")


def test_once_tells_line_by_line_what_it_did(
    store: Path, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(communique, "load", lambda threads=0: StandIn())
    desk.pages["/story/2"] = ("text/html", b"<html><body>Sign in</body></html>")
    file = sources(tmp_path, f"{desk.base}/feed.xml")
    done = run("watch", file, "--once", "--allow-private")
    lines = done.stdout.splitlines()
    assert done.exit_code == 1 and lines[-1] == f"{store}: 2 new, 1 failed" and len(lines) == 5
    assert f"asked       {desk.base}/feed.xml · 3 new addresses" in lines[0]
    assert any(f"new         {desk.base}/story/3 · Note 3" in one for one in lines)
    assert any("failed" in one and "is a page without an article" in one for one in lines)
    again = run("watch", file, "--once", "--allow-private")
    assert again.exit_code == 0 and again.stdout.splitlines()[-1] == f"{store}: nothing new"


def test_json_has_one_line_for_each_thing_and_the_counts_at_the_end(
    store: Path, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(communique, "load", lambda threads=0: StandIn())
    done = run("watch", sources(tmp_path, f"{desk.base}/feed.xml"), "--once", "--allow-private", "--json")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [t["what"] for t in told] == ["asked", "new", "new", "new", "ended"]
    assert told[0]["found"] == 3 and told[0]["due"] > told[0]["at"] and told[0]["source"] == "Desk 0"
    assert told[1]["report"] == told[1]["url"] and told[1]["title"].startswith("Note")
    end = told[-1]
    assert (end["new"], end["waiting"], end["store"], end["interrupted"]) == (3, 0, str(store), False)
    assert end["hosts"][f"127.0.0.1:{desk.port}"]["fetched"] == 3


def test_json_steers_no_terminal(store: Path, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(communique, "load", lambda threads=0: StandIn())
    desk.pages["/story/2"] = ("text/html", b"<html><body>Sign in</body></html>")
    desk.pages["/feed.xml"] = ("application/rss+xml", desk.feed().replace(b"Note 2", "Note \u202e\x9b2".encode()))
    done = run("watch", sources(tmp_path, f"{desk.base}/feed.xml"), "--once", "--allow-private", "--json")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [t["title"] for t in told if t["what"] == "failed"] == ["Note \u202e\x9b2"]
    assert not {"\u202e", "\x9b"} & set(done.stdout)


def test_private_addresses_need_leave(store: Path, desk: Desk, tmp_path: Path) -> None:
    done = run("watch", sources(tmp_path, f"{desk.base}/feed.xml"), "--once")
    assert done.exit_code == 1 and "no answer" in done.stdout and "private" in done.stdout and not desk.asked


def test_a_bad_sources_file_is_told_and_makes_no_store(store: Path, tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text('[[source]]\nurl = "https://a.example/rss"\nevry = "5m"\n')
    done = run("watch", tmp_path / "s.toml")
    assert done.exit_code == 1 and "line 3, key 'evry'" in done.stderr and "did you mean 'every'?" in done.stderr
    assert run("watch", tmp_path / "none.toml").exit_code == 1 and run("watch").exit_code == 2 and not store.exists()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_it_watches_until_it_is_stopped_and_ends_cleanly(sign: signal.Signals, store: Path, desk: Desk, tmp_path: Path) -> None:
    watcher = process(store, sources(tmp_path, f"{desk.base}/feed.xml"), "--allow-private")
    try:
        wait_for(store, 3)
        assert watcher.poll() is None
        watcher.send_signal(sign)
        out, err = watcher.communicate(timeout=15)
    finally:
        watcher.kill()
    assert (watcher.returncode, err) == (0, "") and out.splitlines()[-1].startswith(f"{store}: 3 new")


def test_a_run_that_is_broken_off_says_so_and_the_next_goes_on(store: Path, desk: Desk, tmp_path: Path) -> None:
    desk.publish(*range(4, 31))
    file = sources(tmp_path, f"{desk.base}/feed.xml")
    watcher = process(store, file, "--allow-private", "--once", slow=0.1)
    try:
        wait_for(store, 1)
        watcher.send_signal(signal.SIGINT)
        out, err = watcher.communicate(timeout=15)
    finally:
        watcher.kill()
    first = kept(store)
    assert watcher.returncode == 130 and "goes on from here" in err and 1 <= first < 30
    assert f"{first} new; {30 - first} wait for the next run" in out.splitlines()[-1]
    out, _ = process(store, file, "--allow-private", "--once").communicate(timeout=30)
    assert out.splitlines()[-1] == f"{store}: {30 - first} new" and kept(store) == 30


def test_a_killed_watcher_goes_on_where_it_was_while_another_command_asks(store: Path, desk: Desk, tmp_path: Path) -> None:
    desk.publish(*range(4, 31))
    file = sources(tmp_path, f"{desk.base}/feed.xml")
    watcher = process(store, file, "--allow-private", slow=0.05)
    try:
        wait_for(store, 5)
        assert run("store", "info", "--json").exit_code == 0 and run("events").exit_code == 0
    finally:
        watcher.kill()
    watcher.communicate()
    before = kept(store)
    assert 5 <= before < 30
    done = process(store, file, "--allow-private", "--once")
    _, err = done.communicate(timeout=30)
    assert (done.returncode, err, kept(store)) == (0, "", 30)
    assert desk.count("/feed.xml", 200) == 1 and sum(desk.count(f"/story/{n}") for n in range(1, 31)) <= 30 + 20


OPML = """<opml version="1.0"><body><outline text="Alpha" xmlUrl="https://alpha.example/rss"/>
<outline text="Beta" xmlUrl="https://beta.example/rss"/></body></opml>"""


def test_sources_import_makes_a_file_and_adds_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.opml").write_text(OPML)
    assert run("sources", "import", "mine.opml").stdout == "sources.toml: 2 added\n"
    Path("mine.opml").write_text(OPML.replace("</body>", '<outline text="C" xmlUrl="https://c.example/"/></body>'))
    assert run("sources", "import", "mine.opml", "--out", "sources.toml").stdout == "sources.toml: 1 added, 2 there already\n"
    assert run("sources", "check", "sources.toml").stderr == "sources.toml: 3 sources, of 3 in the file\n"
    Path("bad.opml").write_text("<html>")
    assert run("sources", "import", "bad.opml").exit_code == 1
    done = run("sources", "import", "mine.opml", "--out", "mine.opml")
    assert done.exit_code == 1 and "is no sources file but XML" in done.stderr
    done = run("sources", "import", "mine.opml", "--out", "no/such/folder.toml")
    assert done.exit_code == 1 and "cannot be written" in done.stderr


def test_sources_check_says_when_each_answered_and_why_not(store: Path, desk: Desk, tmp_path: Path) -> None:
    file = sources(tmp_path, f"{desk.base}/feed.xml", f"{desk.base}/none.xml")
    plain = run("sources", "check", file)
    assert plain.exit_code == 0 and plain.stdout.count("never asked") == 2 and not store.exists()
    assert process(store, file, "--allow-private", "--once").wait(30) == 1
    asked = len(desk.asked)
    told = run("sources", "check", file)
    assert "2 sources, of 2" in told.stderr and "1 source, of 1" in run("sources", "check", sources(tmp_path, desk.base)).stderr
    sources(tmp_path, f"{desk.base}/feed.xml", f"{desk.base}/none.xml")
    first, second = told.stdout.splitlines()
    assert "Desk 0" in first and "answered" in first and "due" in first and "failed" not in first
    assert "never answered" in second and "failed 1 time: " in second and "404" in second
    one, two = (json.loads(line) for line in run("sources", "check", file, "--json").stdout.splitlines())
    assert one["failures"] == 0 and one["good"] and two["failures"] == 1 and len(desk.asked) == asked
