"""robots.txt: the cases in which readers differ, and how an answer is remembered."""

from __future__ import annotations

import pytest

from communique.errors import FetchError
from communique.gather.web import robots
from communique.gather.web.robots import Robots, parse

HOST = "https://example.org"


def asks(text: str | bytes, path: str, agent: str = "communique") -> bool:
    one = Robots(lambda url: text.encode() if isinstance(text, str) else text, agent)
    try:
        one.check(HOST + path)
    except FetchError as error:
        assert (error.kind, error.lasting) == ("robots", True)
        return False
    return True


@pytest.mark.parametrize(
    ("text", "path", "open_"),
    [
        ("User-agent: *\nDisallow: /*?print=", "/a?print=1", False),
        ("User-agent: *\nDisallow: /*?print=", "/a?page=1", True),
        ("User-agent: *\nDisallow: /*.pdf$", "/a/b.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/a/b.pdf?x=1", True),
        ("User-agent: *\nDisallow: /", "/", False),
        ("User-agent: *\nDisallow:", "/x", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("User-agent: *\nAllow: /a\nDisallow: /a", "/a", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: communique\nAllow: /", "/x", True),
        ("User-agent: Communique\nDisallow: /\n", "/x", False),
        ("User-agent: other\nDisallow: /\n", "/x", True),
        ("user-agent : *\r\ndisallow : /x\r\n", "/x", False),
        ("\ufeffUser-agent: *\nDisallow: /x", "/x", False),
        ("User-agent: *\nDisallow: /%7Efoo/", "/~foo/x", False),
        ("<html><body>Not found</body></html>", "/x", True),
        ("", "/x", True),
        (b"\xff\xfe\x00junk" * 50, "/x", True),
        (b"User-agent: *\nDisallow: /caf\xe9\nDisallow: /y", "/y", False),
    ],
)
def test_what_a_file_asks(text: str | bytes, path: str, open_: bool) -> None:
    assert asks(text, path) is open_


def test_delays() -> None:
    def delay(text: str) -> float:
        return Robots(lambda url: text.encode(), "communique").check(HOST + "/x")

    assert delay("User-agent: *\nCrawl-delay: 7") == 7.0
    assert delay("User-agent: *\nRequest-rate: 1/30") == 30.0
    assert delay("User-agent: *\nCrawl-delay: soon") == 0.0
    assert delay("User-agent: *\nCrawl-delay: -5") == 0.0
    assert delay("User-agent: other\nCrawl-delay: 9") == 0.0


def test_no_more_is_read_than_the_bound() -> None:
    rules = parse(b"User-agent: *\nDisallow: /a\n" + b"#" * robots.MAX_BYTES + b"\nDisallow: /b\n")
    assert rules is not None
    assert not rules.can_fetch(HOST + "/a", "communique")
    assert rules.can_fetch(HOST + "/b", "communique")


def test_each_host_is_asked_once_by_scheme_and_port(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def fetch(url: str) -> bytes:
        asked.append(url)
        return b""

    one = Robots(fetch, "communique")
    for url in ("https://a.org/x", "https://a.org/y", "http://a.org/x", "https://a.org:8443/x"):
        one.check(url)
    assert asked == ["https://a.org/robots.txt", "http://a.org/robots.txt", "https://a.org:8443/robots.txt"]
    monkeypatch.setattr(robots, "MAX_HOSTS", 2)
    one.check("https://b.org/")
    assert len(one._files) == 2


def test_an_answer_is_asked_for_again_when_it_is_old(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr("communique.gather.web.robots.time.monotonic", lambda: clock[0])
    answers: list[bytes | FetchError] = [
        FetchError(HOST, "status", "has a fault", status=500), b"User-agent: *\nDisallow: /x", b"",
    ]  # fmt: skip

    def fetch(url: str) -> bytes:
        answer = answers.pop(0)
        if isinstance(answer, FetchError):
            raise answer
        return answer

    one = Robots(fetch, "communique")
    for _ in range(2):
        with pytest.raises(FetchError) as caught:
            one.check(HOST + "/x")
        assert (caught.value.lasting, caught.value.kind) == (False, "robots")
        assert caught.value.retry_after == pytest.approx(robots.FAILED)
    clock[0] += robots.FAILED + 1
    with pytest.raises(FetchError) as caught:
        one.check(HOST + "/x")
    assert caught.value.lasting
    clock[0] += robots.KEPT + 1
    assert one.check(HOST + "/x") == 0.0


@pytest.mark.parametrize("kind", ["private", "dns", "refused", "tls", "timeout", "content"])
def test_what_is_wrong_with_the_host_is_said_as_such(kind: str) -> None:
    def fetch(url: str) -> bytes:
        raise FetchError(url, kind, "is wrong", lasting=kind == "private")

    with pytest.raises(FetchError) as caught:
        Robots(fetch, "communique").check(HOST + "/x")
    assert caught.value.kind == ("robots" if kind == "content" else kind)
    assert caught.value.lasting is (kind == "private")
    assert caught.value.source == HOST + "/x"
