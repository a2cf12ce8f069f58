"""New incidents as they come, added by another process, as a browser hears them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import desks
import httpx
import pytest

import communique
from communique.serve import stream
from communique.serve.settings import Settings

ADD = "import sys; sys.path[:0] = {path!r}; import desks; desks.fill(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))"


def add_elsewhere(path: Path, count: int, start: int) -> None:
    """Adds reports from a process of their own, as a watcher does."""
    code = ADD.format(path=[str(Path(__file__).parent), *sys.path])
    subprocess.run([sys.executable, "-c", code, str(path), str(count), str(start)], check=True, timeout=60)


def heard(lines: Iterator[str], kind: str, count: int) -> list[tuple[str, dict[str, object] | str]]:
    """(id, data) of the next `count` messages of a kind."""
    found: list[tuple[str, dict[str, object] | str]] = []
    message: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            message[name] = value
            continue
        if message.get("event") == kind:
            data = message["data"]
            found.append((message["id"], json.loads(data) if kind == "incident" else data))
            if len(found) == count:
                return found
        message = {}
    raise AssertionError("the stream ended")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    desks.fill(tmp_path / "store.db", 4)
    return tmp_path / "store.db"


def test_what_comes_is_heard_and_what_was_missed_is_heard_on_return(path: Path) -> None:
    with communique.open(path) as record, desks.running(path) as url:
        before = {i.id for i in record.incidents()}
        with httpx.stream("GET", f"{url}/api/v1/stream", timeout=8) as found:
            assert found.headers["content-type"].startswith("text/event-stream")
            lines = found.iter_lines()
            assert next(lines) == "retry: 3000"
            add_elsewhere(path, 2, 100)
            first = {i.id: i for i in record.incidents() if i.id not in before}
            told = heard(lines, "incident", len(first))
        assert {one["id"] for _, one in told} == set(first)  # type: ignore[index]
        assert told[0][1] == json.loads(json.dumps(first[told[0][1]["id"]].to_dict()))  # type: ignore[index]
        # Nobody listens now; what comes meanwhile is heard by who says where it was.
        desks.fill(path, 2, 200)
        missed = {i.id for i in record.incidents()} - before - set(first)
        with httpx.stream("GET", f"{url}/api/v1/stream", headers={"Last-Event-ID": told[-1][0]}, timeout=8) as found:
            assert {one["id"] for _, one in heard(found.iter_lines(), "incident", len(missed))} == missed  # type: ignore[index]


def test_a_listener_hears_only_what_it_asked_for(path: Path) -> None:
    with communique.open(path) as record, desks.running(path) as url:
        before = {i.id for i in record.incidents()}
        with httpx.stream("GET", f"{url}/api/v1/stream?country=China&status=actual", timeout=8) as found:
            lines = found.iter_lines()
            next(lines)
            desks.fill(path, 8, 300)
            wanted = {
                i.id for i in record.incidents(status="actual")
                if i.id not in before and "CHN" in {e.country for e in (*i.actors, *i.recipients)}
            }  # fmt: skip
            assert len(wanted) >= 2
            assert {one["id"] for _, one in heard(lines, "incident", len(wanted))} == wanted  # type: ignore[index]


def test_who_missed_too_much_is_told_to_load_anew(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "KEPT", 5)
    with (
        desks.running(path) as url,
        httpx.stream("GET", f"{url}/api/v1/stream", headers={"Last-Event-ID": "1-x"}, timeout=8) as found,
    ):
        lines = found.iter_lines()
        ((ident, said),) = heard(lines, "reset", 1)
        assert "more than 5" in str(said)
        desks.fill(path, 1, 400)
        assert heard(lines, "incident", 1)[0][0] > ident


def test_only_so_many_may_listen(path: Path) -> None:
    with desks.running(path, Settings(streams=1, poll=0.05)) as url:
        with httpx.stream("GET", f"{url}/api/v1/stream", timeout=8) as found:
            lines = found.iter_lines()
            next(lines)
            with httpx.stream("GET", f"{url}/api/v1/stream", timeout=8) as second:
                assert second.status_code == 503 and "retry-after" in second.headers
        for _ in range(100):  # the place is given back when the listener is gone
            with httpx.stream("GET", f"{url}/api/v1/stream", timeout=8) as third:
                if third.status_code == 200:
                    return
            time.sleep(0.05)
        raise AssertionError("the place was not given back")


def test_what_takes_the_number_of_an_incident_that_is_gone_is_heard() -> None:
    from communique.serve.stream import _parsed, _told
    from communique.store.paging import Place

    assert _parsed(_told(Place(12, "ab12"))) == Place(12, "ab12")
    assert [_parsed(w) for w in ("", "12", "x-y", "-1-a", "99999999999-a", "1-\n", "1-" + "a" * 65)] == [None] * 7
