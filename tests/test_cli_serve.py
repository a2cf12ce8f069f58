"""``communique serve`` and ``communique alerts --notify`` as processes: where they listen, what they refuse, how they end."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent / "serve"))
import desks

COMMAND = [sys.executable, "-m", "communique.cli"]


def environment(**more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("COMMUNIQUE_")}
    return {**kept, "PYTHONPATH": os.pathsep.join(sys.path), "COMMUNIQUE_ACTORS": "", **more}


def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=60, env=environment(**more))


@contextmanager
def serving(*arguments: str, cwd: Path | None = None, **more: str) -> Iterator[tuple[str, subprocess.Popen[str], list[str]]]:
    """A server; its address, its process and the lines that it wrote until it was there."""
    started = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0", *arguments], stderr=subprocess.PIPE, text=True, env=environment(**more), cwd=cwd
    )
    lines: list[str] = []
    try:
        assert started.stderr is not None
        for line in started.stderr:
            lines.append(line)
            if found := re.match(r"(http://\S+)/ ", line):
                yield found[1], started, lines
                break
        else:
            raise AssertionError("".join(lines))
    finally:
        started.kill()
        started.wait()


def answered(url: str, **more: object) -> httpx.Response:
    """The API's first answer; the server listens before it is ready, so that this waits."""
    return httpx.get(f"{url}/api/v1", timeout=30, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("serve") / "store.db"
    desks.fill(found, 20)
    return found


def test_it_serves_and_ends_with_ctrl_c_though_somebody_listens(path: Path) -> None:
    with serving("--store", str(path)) as (url, process, lines):
        assert url.startswith("http://127.0.0.1:") and str(path) in lines[0]
        assert answered(url).json()["name"] == "communique"
        with httpx.stream("GET", f"{url}/api/v1/stream", timeout=20) as listening:
            heard = listening.iter_lines()
            next(heard)
            process.send_signal(signal.SIGINT)
            process.wait(20)
        assert process.returncode == 0


def test_a_folder_without_a_store_gets_one_and_a_wrong_path_does_not(tmp_path: Path) -> None:
    with serving(cwd=tmp_path) as (url, _, _lines):
        assert httpx.get(f"{url}/api/v1/incidents", timeout=30).json()["items"] == []
    assert (tmp_path / "communique.db").exists()
    done = run("serve", "--store", str(tmp_path / "none.db"))
    assert done.returncode == 1 and "does not exist" in done.stderr and not (tmp_path / "none.db").exists()
    done = run("serve", COMMUNIQUE_STORE=str(tmp_path / "none.db"))
    assert done.returncode == 1 and not (tmp_path / "none.db").exists()


@pytest.mark.parametrize("arguments", [("--host", "0.0.0.0"), ("--host", "::"), ("--name", "desk.example.org")])
def test_beyond_this_machine_it_refuses_without_a_token_and_says_how(path: Path, arguments: tuple[str, ...]) -> None:
    done = run("serve", "--store", str(path), *arguments)
    assert done.returncode == 1 and "--token-file" in done.stderr and "COMMUNIQUE_TOKEN" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_token_is_asked_for_and_stands_in_no_log(path: Path, tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text(f"ana {desks.TOKEN}\n")
    tokens.chmod(0o644)
    with serving("--store", str(path), "--host", "0.0.0.0", "--token-file", str(tokens), "--log") as (url, process, lines):
        assert answered(url).status_code == 401
        assert answered(url, headers={"Authorization": f"Bearer {desks.TOKEN}"}).status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        log = "".join(lines) + process.stderr.read()
    assert "chmod 600" in log and "401" in log and desks.TOKEN not in log
    with serving("--store", str(path), COMMUNIQUE_TOKEN=desks.TOKEN) as (url, _, _lines):
        assert answered(url).status_code == 401


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "has no token"), ("# nothing\n", "has no token"), ("short", "fewer than 20"), (b"\xff\xfe\x00", "not UTF-8")],
)
def test_a_file_of_tokens_that_is_wrong_is_told(path: Path, tmp_path: Path, text: str | bytes, said: str) -> None:
    file = tmp_path / "tokens"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    done = run("serve", "--store", str(path), "--token-file", str(file))
    assert done.returncode == 1 and said in done.stderr


def test_a_port_that_is_taken_is_told(path: Path) -> None:
    with serving("--store", str(path)) as (url, _, _lines):
        done = run("serve", "--store", str(path), "--port", url.rpartition(":")[2])
        assert done.returncode == 1 and "already in use" in done.stderr and "--port" in done.stderr


def test_help_imports_nothing_of_the_server() -> None:
    code = (
        "import sys\nfrom communique.cli import main\n"
        "try:\n    main(['serve', '--help'])\nexcept SystemExit:\n    pass\n"
        "print(sorted({'fastapi', 'uvicorn', 'starlette', 'pydantic', 'httpx', 'sqlalchemy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=environment())
    assert done.stdout.splitlines()[-1] == "[]" and "--token-file" in done.stdout


def test_without_the_extra_its_install_line_is_told(path: Path) -> None:
    code = "import sys; sys.modules['uvicorn'] = None\nfrom communique.cli import main\nmain()"
    done = subprocess.run(
        [sys.executable, "-c", code, "serve", "--store", str(path)], capture_output=True, text=True, timeout=60, env=environment()
    )
    assert done.returncode == 1 and "pip install 'communique[serve]'" in done.stderr and "Traceback" not in done.stderr


def test_alerts_are_told_once_and_a_failure_is_an_exit_code(path: Path, tmp_path: Path) -> None:
    got: list[bytes] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    plan = tmp_path / "notify.toml"
    plan.write_text(f'[[webhook]]\nurl = "http://127.0.0.1:{server.server_port}/x"\nsecret_env = "HOOK"\n')
    asked = ("alerts", "--store", str(path), "--since", "2025-03-10", "--notify", str(plan))
    done = run(*asked, HOOK="a-secret-of-some-length")
    told = re.search(r"webhook at 127.0.0.1: (\d+) told", done.stderr)
    assert done.returncode == 0 and told and int(told[1]) == len(got) > 0
    again = run(*asked, HOOK="a-secret-of-some-length")
    assert f"0 told, {len(got)} told before" in again.stderr and again.stdout == done.stdout
    (tmp_path / "notify.toml.told").unlink()
    asked_until = (*(word for word in asked if word not in ("--since", "2025-03-10")), "--until", "2025-03-16")
    past = run(*asked_until, HOOK="a-secret-of-some-length")
    assert past.returncode == 0 and re.search(r"webhook at 127.0.0.1: \d+ told", past.stderr), past.stderr
    server.shutdown()
    server.server_close()
    (tmp_path / "notify.toml.told").unlink()
    plan.write_text('[[email]]\nserver = "127.0.0.1"\nport = 9\nsecurity = "none"\nfrom = "a@b.c"\nto = "d@e.f"\n')
    failed = run(*asked)
    assert failed.returncode == 1 and "not told: e-mail to d@e.f" in failed.stderr and failed.stdout == done.stdout


@contextmanager
def working(path: Path, *arguments: str, **more: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A desk of two processes that answers; none of them is there afterwards."""
    psutil = pytest.importorskip("psutil")
    with serving("--store", str(path), "--workers", "2", *arguments, **more) as (url, process, _lines):
        answered(url)
        parent = psutil.Process(process.pid)
        until = time.monotonic() + 60
        while len(workers_of(parent)) < 2 and time.monotonic() < until:
            time.sleep(0.1)
        children = workers_of(parent)
        assert len(children) == 2
        yield url, process
        process.kill()  # so that not even their parent ends them
        gone, there = psutil.wait_procs([*children, *(c for c in children if c.is_running())], timeout=20)
        assert not there, gone


def workers_of(parent: Any) -> list[Any]:
    psutil = pytest.importorskip("psutil")

    def works(child: Any) -> bool:
        with suppress(psutil.NoSuchProcess):  # one that has died, whether its parent knows or not
            return any("spawn_main" in word for word in child.cmdline())
        return False

    return [child for child in parent.children() if works(child)]


def test_several_processes_are_one_desk(path: Path, tmp_path: Path) -> None:
    """Each request on a connection of its own goes to any of them: forms, sessions, limits and the stream must hold for all."""
    shutil.copy(path, tmp_path / "store.db")
    with working(tmp_path / "store.db", "--rate", "60", COMMUNIQUE_TOKEN=desks.TOKEN) as (url, _process):
        bearer = {"Authorization": f"Bearer {desks.TOKEN}"}
        cookies: dict[str, str] = {}

        def ask(method: str, where: str, **given: Any) -> httpx.Response:
            with httpx.Client(base_url=url, cookies=cookies, headers={"Accept": "text/html"}, timeout=30) as client:
                found = client.request(method, where, **given)
                cookies.update({one.name: one.value or "" for one in found.cookies.jar})
                return found

        mark = re.search(r'name="csrf" value="(\w+)"', ask("GET", "/sign-in").text)
        assert mark is not None
        for _ in range(8):
            assert ask("POST", "/sign-in", data={"csrf": mark[1], "token": desks.TOKEN}).status_code == 303
        # A stream goes on where it was, at whichever answers.
        with httpx.stream("GET", f"{url}/api/v1/stream", headers=bearer, timeout=20) as listening:
            heard = listening.iter_lines()
            last = next(line for line in heard if line.startswith("id: "))[4:]
            desks.fill(tmp_path / "store.db", 1, start=500)
            assert any(line.startswith("event: incident") for line in heard)
        for _ in range(4):
            with httpx.stream("GET", f"{url}/api/v1/stream", headers={**bearer, "Last-Event-ID": last}, timeout=20) as again:
                assert any(line.startswith("event: incident") for line in again.iter_lines())
        # 15 at once, one a second: one bucket, not one for each process.
        began = time.monotonic()
        with ThreadPoolExecutor(8) as pool:
            answers = [one.status_code for one in pool.map(lambda _: ask("GET", "/api/v1", headers=bearer), range(44))]
        assert set(answers) == {200, 429} and answers.count(200) <= 15 + (time.monotonic() - began) + 1
        wrong = {"Authorization": "Bearer of-a-wrong-token-0123456789"}
        assert [ask("GET", "/api/v1", headers=wrong).status_code for _ in range(14)].count(401) <= 11


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system does not spread connections over sockets")
def test_connections_that_stay_open_are_spread_over_the_processes(path: Path) -> None:
    """The first that was ready took all of them, before the address was there."""
    with working(path) as (url, process), ExitStack() as kept:
        psutil = pytest.importorskip("psutil")
        host, _, port = url.removeprefix("http://").rpartition(":")
        ends = [kept.enter_context(socket.create_connection((host, int(port)), timeout=30)) for _ in range(40)]
        own = {one.getsockname()[1] for one in ends}
        children = workers_of(psutil.Process(process.pid))
        until = time.monotonic() + 30
        while time.monotonic() < until:  # they ask nothing, and so nobody closes them
            of = [{c.raddr.port for c in child.net_connections("tcp") if c.raddr} & own for child in children]
            if of[0] | of[1] == own:
                break
            time.sleep(0.05)
        assert min(map(len, of)) >= 5, of  # of 40, fewer than five on one side come once in ten million tries


def test_two_desks_do_not_share_a_port(path: Path) -> None:
    with working(path) as (url, _process):
        done = run("serve", "--store", str(path), "--port", url.rpartition(":")[2], "--workers", "2")
        assert done.returncode == 1 and "already in use" in done.stderr


def test_a_process_that_dies_is_replaced_and_ctrl_c_ends_all(path: Path) -> None:
    psutil = pytest.importorskip("psutil")
    with working(path) as (url, process):
        children = workers_of(psutil.Process(process.pid))
        children[0].kill()
        for _ in range(20):
            with suppress(httpx.TransportError):  # what the dead one had taken
                assert answered(url).status_code == 200
        until = time.monotonic() + 60
        while len(workers_of(psutil.Process(process.pid))) < 2 and time.monotonic() < until:
            time.sleep(0.1)
        others = workers_of(psutil.Process(process.pid))
        assert len(others) == 2 and children[0] not in others
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert not psutil.wait_procs(others, timeout=30)[1]
