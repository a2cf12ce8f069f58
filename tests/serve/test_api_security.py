"""Who is let in, and what is not: other hosts, other sites, wrong tokens, too many requests, too large ones."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import desks
import httpx
import pytest
from desks import OTHER, TOKEN, get

from communique.errors import InputError
from communique.serve.limits import Limiter, SharedLimiter
from communique.serve.security import HEADERS, host_of, inside
from communique.serve.settings import Settings, is_loopback
from communique.serve.tokens import SESSION, Tokens

TOKENS = Tokens.of([f"ana {TOKEN}", "# a comment", "", OTHER], "the test")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("security") / "store.db"
    desks.fill(found, 2)
    return found


@pytest.fixture(scope="module")
def desk(path: Path) -> Iterator[str]:
    """On loopback, without a token."""
    with desks.running(path) as url:
        yield url


@pytest.fixture(scope="module")
def guarded(path: Path) -> Iterator[str]:
    """As it would be reached from elsewhere: with tokens."""
    with desks.running(path, Settings(tokens=TOKENS, names=("desk.example.org",), rate=0)) as url:
        yield url


def raw(url: str, method: str, target: str, headers: dict[str, str], body: bytes = b"") -> http.client.HTTPResponse:
    """A request as it is written, without what a client library sets right."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders(body or None)
    found = connection.getresponse()
    found.read()
    return found


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200), ("127.0.0.1:9", 200), ("localhost:8420", 200), ("LOCALHOST", 200), ("[::1]:80", 200),
        ("evil.example", 421), ("127.0.0.1.evil.example", 421), ("localhost.evil.example", 421), ("", 421),
        ("127.0.0.1@evil.example", 421),
        ("desk.example.org", 421),
    ],
)  # fmt: skip
def test_a_name_that_leads_here_by_somebodys_dns_is_refused(desk: str, host: str, status: int) -> None:
    assert raw(desk, "GET", "/api/v1", {"Host": host}).status == status


def test_a_proxys_name_is_known_where_it_was_given(guarded: str) -> None:
    shown = {"Authorization": f"Bearer {TOKEN}"}
    assert raw(guarded, "GET", "/api/v1", {"Host": "desk.example.org", **shown}).status == 200
    assert raw(guarded, "GET", "/api/v1", {"Host": "evil.example", **shown}).status == 421


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 415),
        ({"Origin": "SELF"}, 415),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 415),
        ({"Sec-Fetch-Site": "none"}, 415),
    ],
)
def test_another_sites_page_cannot_send_anything(desk: str, headers: dict[str, str], status: int) -> None:
    sent = {k: desk if v == "SELF" else v for k, v in headers.items()}
    # 415: it was let through, and has no type that is read.
    assert httpx.post(f"{desk}/api/v1/read", headers=sent).status_code == status


def test_without_a_token_nothing_is_told(guarded: str) -> None:
    for target in ("/incidents", "", "/openapi.json", "/stream", "/nothing", "/reports/r0"):
        found = get(guarded, target)
        assert found.status_code == 401 and found.headers["www-authenticate"].startswith("Bearer"), target
        assert found.json()["type"] == "urn:communique:token-required"
    assert get(guarded, "", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert get(guarded, "", headers={"Authorization": f"Bearer {OTHER}"}).status_code == 200
    for wrong in (f"Bearer {TOKEN}x", "Bearer", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN[:-1]}"):
        assert get(guarded, "", headers={"Authorization": wrong}).status_code == 401
    assert get(guarded, "", params={"token": TOKEN}).status_code == 401
    assert get(guarded, "", headers={"Cookie": f"communique_session={TOKEN}"}).status_code == 401


def test_many_wrong_tokens_are_slowed_and_the_right_one_is_not(path: Path) -> None:
    with desks.running(path, Settings(tokens=TOKENS, attempts=3)) as url:
        seen = [get(url, "", headers={"Authorization": f"Bearer {TOKEN}{n}"}) for n in range(5)]
        assert [r.status_code for r in seen] == [401, 401, 401, 429, 429]
        assert int(seen[-1].headers["retry-after"]) >= 1
        assert get(url, "", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_requests_are_counted_by_token(path: Path) -> None:
    with desks.running(path, Settings(tokens=TOKENS, rate=20)) as url:
        mine = [get(url, "", headers={"Authorization": f"Bearer {TOKEN}"}).status_code for _ in range(8)]
        assert mine[:5] == [200] * 5 and 429 in mine[5:]
        assert get(url, "", headers={"Authorization": f"Bearer {OTHER}"}).status_code == 200


def test_a_bucket_fills_again_and_strangers_do_not_fill_the_memory() -> None:
    now = [0.0]
    limiter = Limiter(60, 2, lambda: now[0])
    assert [limiter.take("a"), limiter.take("a")] == [0, 0] and limiter.take("a") == pytest.approx(1)
    assert limiter.take("b") == 0
    now[0] = 1.0
    assert limiter.take("a") == 0 and limiter.take("a") > 0
    now[0] = 100.0
    assert [limiter.take("a") > 0 for _ in range(3)] == [False, False, True]
    for n in range(10_100):
        limiter.take(str(n))
    assert len(limiter._left) <= 10_000


def test_several_processes_count_in_one_file(tmp_path: Path) -> None:
    now = [1000.0]
    SharedLimiter.made(tmp_path / "counts")
    assert (tmp_path / "counts").stat().st_mode & 0o077 == 0

    def one(table: str = "rates") -> SharedLimiter:
        return SharedLimiter(str(tmp_path / "counts"), table, 60, 2, lambda: now[0])

    here, there = one(), one()
    assert [here.take("a"), there.take("a")] == [0, 0] and here.take("a") == there.take("a") == pytest.approx(1)
    assert there.take("b") == 0 and one("failures").take("a") == 0
    now[0] += 1
    assert there.take("a") == 0 and here.take("a") > 0
    # Of very many the one who asked longest ago is forgotten; who asks again and again is not.
    for n in range(30_000):
        now[0] += 0.001
        here.take(str(n))
        if n % 500 == 0:
            there.take("busy")
    assert there._kept("busy") is not None and there._kept("0") is None


def mark_of(client: httpx.Client) -> str:
    """The mark of the form that a browser is shown."""
    form = client.get("/sign-in", params={"next": "/nowhere?a=b"})
    found = re.search(r'name="csrf" value="(\w+)"', form.text)
    assert found is not None
    return found[1]


def test_a_browser_signs_in_and_out(guarded: str) -> None:
    led = httpx.get(f"{guarded}/nowhere?a=b", headers={"Accept": "text/html"})
    assert led.status_code == 303 and led.headers["location"] == "/sign-in?next=%2Fnowhere%3Fa%3Db"
    with httpx.Client(base_url=guarded) as client:
        mark = mark_of(client)
        wrong = client.post("/sign-in", data={"csrf": mark, "token": "no", "next": "/"})
        assert wrong.status_code == 401 and "not one of this desk" in wrong.text and "set-cookie" not in wrong.headers
        done = client.post("/sign-in", data={"csrf": mark, "token": TOKEN, "next": "/nowhere?a=b"})
        assert done.status_code == 303 and done.headers["location"] == "/nowhere?a=b"
        kept = done.headers["set-cookie"]
        assert "HttpOnly" in kept and "SameSite=Strict" in kept and TOKEN not in kept
        assert client.get("/api/v1").status_code == 200
        assert client.post("/sign-out", data={"csrf": mark}).status_code == 303
        assert client.get("/api/v1").status_code == 401


def test_a_form_without_its_pages_mark_is_refused(guarded: str) -> None:
    with httpx.Client(base_url=guarded) as client:
        mark = mark_of(client)
        for data in ({}, {"csrf": ""}, {"csrf": mark[:-1]}, {"csrf": "é"}):
            assert client.post("/sign-in", data={"token": TOKEN, **data}).status_code == 403
        # A mark is no use without the cookie that it was made with.
        assert httpx.post(f"{guarded}/sign-in", data={"token": TOKEN, "csrf": mark}).status_code == 403
        assert client.post("/sign-in", data={"token": TOKEN}, headers={"X-CSRF-Token": mark}).status_code == 303
        elsewhere = {"Origin": "http://evil.example"}
        assert client.post("/sign-in", data={"token": TOKEN, "csrf": mark}, headers=elsewhere).status_code == 403


@pytest.mark.parametrize(
    ("given", "led"),
    [
        ("/dyad?a=USA", "/dyad?a=USA"), ("//evil.example", "/"), ("/\\evil.example", "/"), ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"), ("/a\r\nSet-Cookie: x=y", "/"), ("", "/"), ("/a\\b", "/"), ("/é", "/"),
    ],
)  # fmt: skip
def test_a_link_to_the_sign_in_leads_nowhere_else(given: str, led: str) -> None:
    assert inside(given) == led


def test_a_session_ends_and_cannot_be_made_up() -> None:
    token = TOKENS.check(TOKEN)
    assert token is not None and token.name == "ana"
    cookie = TOKENS.session(token, 1000.0)
    assert TOKENS.session_of(cookie, 1000.0 + SESSION - 1) == token
    assert TOKENS.session_of(cookie, 1000.0 + SESSION + 1) is None
    name, until, signature = cookie.split("/")
    for forged in (
        f"{name}/{int(until) + 1}/{signature}",
        f"token4/{until}/{signature}",
        f"{name}/{until}/",
        f"{name}/{until}/é",
        "",
        "a/b/c",
    ):
        assert TOKENS.session_of(forged, 1001.0) is None
    changed = Tokens.of([f"ana {TOKEN}y"], "the test")
    assert changed.session_of(cookie, 1001.0) is None


@pytest.mark.parametrize(
    ("lines", "said"),
    [(["short"], "fewer than 20"), ([f"a b {TOKEN}"], "neither"), ([f"a {TOKEN}", f"a {OTHER}"], "given twice"),
     ([f"ä {TOKEN}"], "neither"),
     (["tokenwithäumlaut-0123456789"], "plain characters")],
)  # fmt: skip
def test_a_file_of_tokens_that_is_wrong_says_where_and_shows_none(lines: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said) as raised:
        Tokens.of(lines, "tokens")
    assert "line" in str(raised.value) and TOKEN not in str(raised.value) and "tokenwith" not in str(raised.value)


def test_tokens_are_not_kept_as_they_are() -> None:
    assert TOKEN not in repr(Settings(tokens=TOKENS)) and TOKEN not in repr(TOKENS.each[0].__getstate__())


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "desk.example.org"])
def test_beyond_this_machine_a_token_is_required(host: str) -> None:
    with pytest.raises(InputError, match="--token-file"):
        Settings(host=host)
    assert Settings(host=host, tokens=TOKENS).hosts is None
    with pytest.raises(InputError, match="--token-file"):
        Settings(names=("desk.example.org",))


def test_what_is_loopback() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "10.0.0.1", "localhost.evil.example", "127.0.0.1.nip.io", "")))
    assert [host_of(h) for h in ("A.example:80", "[::1]:80", "[::1]", "b")] == ["a.example", "::1", "::1", "b"]


def test_a_large_body_is_refused_before_it_is_all_there(path: Path) -> None:
    with desks.running(path, Settings(body=1000)) as url:
        told = raw(
            url, "POST", "/api/v1/read", {"Host": "localhost", "Content-Type": "text/plain", "Content-Length": "999999999"}
        )
        assert told.status == 413

        def parts() -> Iterator[bytes]:
            for _ in range(50):
                yield b"x" * 100

        chunked = httpx.post(f"{url}/api/v1/read", content=parts(), headers={"Content-Type": "text/plain"})
        assert chunked.status_code == 413 and "1,000 bytes" in chunked.json()["detail"]


@pytest.mark.parametrize(
    "target", ["/", "/api/v1", "/api/v1/nothing", "/static/plain.css", "/static/nothing", "/sign-in", "/api/v1/openapi.json"]
)
def test_every_answer_has_the_headers(desk: str, target: str) -> None:
    found = httpx.get(desk + target, headers={"Accept": "text/html"})
    assert {name: found.headers.get(name.lower()) for name in HEADERS} == HEADERS
    policy = found.headers["content-security-policy"]
    assert "unsafe" not in policy and "http:" not in policy and "default-src 'none'" in policy
    assert "server" not in found.headers


@pytest.mark.parametrize(
    "target",
    ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/%2e%2e%2f%2e%2e%2fcli.py",
     "/static//etc/passwd",
     "/static/..\\app.py", "/static/%00", "/static/"],
)  # fmt: skip
def test_no_path_leads_out_of_the_static_files(desk: str, target: str) -> None:
    assert raw(desk, "GET", target, {"Host": "localhost"}).status == 404


def test_head_is_get_without_its_body(desk: str) -> None:
    found = httpx.head(f"{desk}/api/v1/incidents")
    assert found.status_code == 200 and found.content == b"" and int(found.headers["content-length"]) > 100


def test_a_wrong_method_says_which_is_right(desk: str) -> None:
    found = httpx.delete(f"{desk}/api/v1/incidents")
    assert (
        found.status_code == 405
        and found.headers["allow"] == "GET"
        and found.json()["type"] == "urn:communique:method-not-allowed"
    )


def test_a_browser_gets_a_page_for_what_is_not_there_and_it_is_escaped(desk: str) -> None:
    found = httpx.get(f"{desk}/%3Cscript%3Ealert(1)%3C/script%3E", headers={"Accept": "text/html"})
    assert found.status_code == 404 and found.headers["content-type"].startswith("text/html")
    assert "<script" not in found.text and "&lt;script&gt;" in found.text


def test_a_body_that_never_comes_holds_nothing_up(desk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from communique.serve import security

    monkeypatch.setattr(security, "SLOWEST", 0.2)
    began = time.monotonic()
    told = raw(desk, "POST", "/api/v1/read", {"Host": "localhost", "Content-Type": "text/plain", "Content-Length": "10"})
    assert told.status == 408 and time.monotonic() - began < 10


def test_a_form_with_very_many_fields_is_refused_as_everything_is(desk: str) -> None:
    with httpx.Client(base_url=desk) as client:
        client.get("/", headers={"Accept": "text/html"})
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = client.post("/review/mark", content="&".join(["a=1"] * 5000), headers=kind)
    assert answer.status_code == 400 and "more than 200 fields" in answer.json()["detail"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
