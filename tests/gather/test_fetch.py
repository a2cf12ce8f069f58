"""The fetcher against real servers on loopback, which behave as strangers' do."""

from __future__ import annotations

import datetime as dt
import gzip
import itertools
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from servers import (
    Reply,
    Server,
    bomb,
    certificate,
    closed_port,
    drip,
    endless,
    names,
    page,
    raw,
    redirect,
    silent,
    unless_changed,
    zipped,
)

from communique.errors import FETCH_KINDS, FetchError, InputError
from communique.gather.web.answers import seconds_of
from communique.gather.web.fetch import Fetcher, FetchRules
from communique.gather.web.hosts import HeldError, Hosts

QUICK: dict[str, Any] = {
    "allow_private": True,
    "delay": 0.0,
    "timeout": 1.0,
    "total": 3.0,
    "backoff": 0.02,
    "max_wait": 2.0,
    "max_bytes": 1_000_000,
}


def fetcher(**rules: Any) -> Fetcher:
    return Fetcher(FetchRules(**{**QUICK, **rules}))


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as one:
        yield one


def failure(url: str, **rules: Any) -> FetchError:
    with fetcher(**rules) as one, pytest.raises(FetchError) as caught:
        one.get(url)
    assert caught.value.kind in FETCH_KINDS
    assert caught.value.source == url or "@" in url
    return caught.value


def test_a_page_comes_with_what_its_server_says_of_it(server: Server) -> None:
    url = server.at("/story", page("Words", ETag='"a1"', Last_Modified="Fri, 14 Mar 2025 10:00:00 GMT"))
    with fetcher(contact="https://example.org/who") as one:
        got = one.get(url + "#part")
    assert (got.asked, got.url, got.status, got.moved, got.permanent) == (url + "#part", url, 200, (), False)
    assert (got.content_type, got.charset) == ("text/html; charset=utf-8", "utf-8")
    assert (got.etag, got.modified) == ('"a1"', "Fri, 14 Mar 2025 10:00:00 GMT")
    assert b"<p>Words</p>" in got.data
    sent = server.headers("/story")
    assert sent["User-Agent"].startswith("communique/") and sent["User-Agent"].endswith("(+https://example.org/who)")
    assert sent["Host"] == f"127.0.0.1:{server.port}"
    assert "br" not in sent["Accept-Encoding"]
    assert not {"Cookie", "Referer", "Authorization"} & set(sent)


def test_what_has_not_changed_is_not_sent_again(server: Server) -> None:
    url = server.at("/feed", unless_changed(page("Words"), '"v7"'))
    with fetcher() as one:
        first = one.get(url)
        again = one.get(url, etag=first.etag, modified="Fri, 14 Mar 2025 10:00:00 GMT")
    assert (again.status, again.data, again.etag) == (304, b"", '"v7"')
    assert server.headers("/feed")["If-Modified-Since"] == "Fri, 14 Mar 2025 10:00:00 GMT"


def test_a_validator_cannot_carry_a_header_of_its_own(server: Server) -> None:
    url = server.at("/feed", page("Words"))
    with fetcher() as one:
        assert one.get(url, etag='"a"\r\nCookie: x', modified="früher").status == 200
    assert not {"If-None-Match", "If-Modified-Since", "Cookie"} & set(server.headers("/feed"))


def test_unchanged_without_being_asked_is_an_error(server: Server) -> None:
    assert failure(server.at("/feed", Reply(304, headers={"Content-Length": ""}))).kind == "content"


def test_redirects_are_followed_and_told(server: Server) -> None:
    end = server.at("/new", page("Words"))
    server.at("/mid", redirect("new#x", 301))
    url = server.at("/old", redirect("/mid", 308))
    with fetcher() as one:
        got = one.get(url)
    assert (got.url, got.moved, got.permanent) == (end, (server.url("/mid"), end), True)
    server.at("/old", redirect("/mid", 302))
    with fetcher() as one:
        assert not one.get(url).permanent


def test_redirects_end(server: Server) -> None:
    server.at("/a", redirect("/b"))
    circle = failure(server.at("/b", redirect("/a")))
    assert (circle.kind, circle.lasting) == ("redirects", True)
    assert "circle" in circle.reason
    for n in range(9):
        server.at(f"/{n}", redirect(f"/{n + 1}"))
    assert "more than 5 times" in failure(server.url("/0")).reason
    assert server.asked("/6") == 0
    assert failure(server.at("/none", Reply(302))).kind == "redirects"
    assert failure(server.at("/many", Reply(300))).kind == "redirects"


@pytest.mark.parametrize("to", ["ftp://127.0.0.1/x", "file:///etc/passwd", "https://", "http://u:p@example.org/", "javascript:1"])
def test_redirects_lead_to_the_web_only(server: Server, to: str) -> None:
    error = failure(server.at("/a", redirect(to)))
    assert (error.kind, error.lasting) == ("redirects", True)


def test_a_redirect_to_a_port_of_another_service_is_refused(server: Server) -> None:
    error = failure(server.at("/a", redirect("http://127.0.0.1:6379/")))
    assert error.kind == "address"
    assert "leads to http://127.0.0.1:6379/" in error.reason and "Redis" in error.reason
    assert failure("http://127.0.0.1:0/").kind == "address"


@pytest.mark.parametrize(
    "url", ["", "example.org/x", "ftp://example.org/", "http://u:p@example.org/", "http://a b/", "http://x:22/"]
)
def test_other_addresses_are_not_fetched(url: str) -> None:
    error = failure(url)
    assert (error.kind, error.lasting) == ("address", True)
    assert "u:p" not in str(error)


# Where one may go: numbers, names, redirects.


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://10.1.2.3/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:10.0.0.1]/",
    ],
)
def test_private_numbers_are_refused(url: str) -> None:
    error = failure(url, allow_private=False)
    assert (error.kind, error.lasting) == ("private", True)


def test_the_clouds_own_number_is_refused_even_in_ones_own_network() -> None:
    assert failure("http://169.254.169.254/latest/meta-data/").kind == "private"


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "localhost"])
def test_other_ways_to_write_loopback_are_refused_after_resolving(server: Server, host: str) -> None:
    server.at("/", page("Words"))
    assert failure(server.url("/", host), allow_private=False).kind in ("private", "address")
    assert not server.requests


def test_a_name_that_stands_for_a_private_number_is_refused(server: Server) -> None:
    server.at("/", page("Secret"))
    resolve = names(inside_example_org="127.0.0.1", both_example_org=["10.0.0.1", "127.0.0.1"])
    with Fetcher(FetchRules(**{**QUICK, "allow_private": False}), resolve=resolve) as one:
        for host in ("inside.example.org", "both.example.org"):
            with pytest.raises(FetchError) as caught:
                one.get(server.url("/", host))
            assert caught.value.kind == "private" and caught.value.lasting
            assert "--allow-private" in caught.value.hint
    assert not server.requests


def test_the_connection_goes_to_the_number_that_was_checked_and_keeps_the_name(server: Server) -> None:
    server.at("/", page("Words"))
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with Fetcher(FetchRules(**QUICK), resolve=resolve) as one:
        assert one.get(server.url("/", "news.example.org")).status == 200
    # One name, one question: who answers otherwise the second time is not asked a second time.
    assert asked == ["news.example.org"]
    assert server.headers("/")["Host"] == f"news.example.org:{server.port}"


def test_a_name_that_changes_its_number_is_checked_again(server: Server) -> None:
    server.at("/", Reply(503), page("Words"))
    numbers = iter([["127.0.0.1"], ["169.254.169.254"]])
    server.at("/robots.txt", Reply(404, headers={"Connection": "close"}))
    with Fetcher(FetchRules(**{**QUICK, "obey_robots": False}), resolve=lambda host, port: next(numbers)) as one:
        server.at("/", Reply(200, b"x", headers={"Connection": "close"}))
        assert one.get(server.url("/", "rebind.example.org")).data == b"x"
        time.sleep(0.05)
        with pytest.raises(FetchError) as caught:
            one.get(server.url("/", "rebind.example.org"))
    assert caught.value.kind == "private"


def test_a_redirect_to_a_private_number_or_name_is_refused(server: Server) -> None:
    resolve = names(public_example_org="127.0.0.1", inside_example_org="169.254.169.254")
    for to in ("http://169.254.169.254/secret", "http://inside.example.org/secret"):
        url = server.at("/go", redirect(to)).replace("127.0.0.1", "public.example.org")
        with Fetcher(FetchRules(**QUICK), resolve=resolve) as one, pytest.raises(FetchError) as caught:
            one.get(url)
        assert caught.value.kind == "private" and caught.value.lasting
        assert f"leads to {to}" in caught.value.reason


def test_a_name_without_a_number_is_said_so() -> None:
    with Fetcher(FetchRules(**QUICK), resolve=names()) as one, pytest.raises(FetchError) as caught:
        one.get("http://nowhere.example.org/")
    assert (caught.value.kind, caught.value.lasting) == ("dns", False)


def test_the_second_number_is_tried_where_the_first_does_not_answer(server: Server) -> None:
    server.at("/", page("Words"))
    with Fetcher(FetchRules(**QUICK), resolve=names(two_example_org=["::1", "127.0.0.1"])) as one:
        assert one.get(server.url("/", "two.example.org")).status == 200


# Bounds.


def test_a_server_that_says_nothing_times_out(server: Server) -> None:
    start = time.monotonic()
    assert failure(server.at("/", silent(6)), timeout=0.2, retries=1).kind == "timeout"
    assert time.monotonic() - start < 5
    assert server.asked("/") == 2


@pytest.mark.parametrize("header", [True, False])
def test_a_server_that_drips_is_cut_off(server: Server, header: bool) -> None:
    start = time.monotonic()
    error = failure(server.at("/", drip(b"x", times=150, pause=0.05, header=header)), timeout=0.5, total=0.4)
    assert (error.kind, error.lasting) == ("too_slow", False)
    assert time.monotonic() - start < 5


def test_an_endless_page_is_cut_off(server: Server) -> None:
    error = failure(server.at("/", endless()))
    assert (error.kind, error.lasting) == ("too_large", True)
    assert "1,000,000 bytes" in error.reason


def test_a_page_that_says_it_is_too_large_is_not_read(server: Server) -> None:
    url = server.at("/", raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", then_wait=2))
    assert failure(url).kind == "too_large"


def test_a_gzip_bomb_is_refused_and_never_held(server: Server) -> None:
    import tracemalloc

    url = server.at("/", bomb(200_000_000))
    tracemalloc.start()
    try:
        assert failure(url).kind == "too_large"
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


def test_encodings_are_unpacked_and_lies_about_them_survived(server: Server) -> None:
    plain = page("Words " * 400)
    raw_deflate = zlib.compressobj(wbits=-15)
    forms = {
        "/gzip": zipped(plain),
        "/twice": Reply(
            200, gzip.compress(plain.body[:100]) + gzip.compress(plain.body[100:]), headers={"Content-Encoding": "x-gzip"}
        ),
        "/zlib": Reply(200, zlib.compress(plain.body), headers={"Content-Encoding": "deflate"}),
        "/bare": Reply(200, raw_deflate.compress(plain.body) + raw_deflate.flush(), headers={"Content-Encoding": "deflate"}),
        "/lie": Reply(200, plain.body, headers={"Content-Encoding": "gzip"}),
        "/junk": Reply(200, gzip.compress(plain.body) + b"junk", headers={"Content-Encoding": "gzip"}),
    }
    with fetcher() as one:
        for path, reply in forms.items():
            assert one.get(server.at(path, reply)).data == plain.body, path
    for body, name in (
        (gzip.compress(plain.body)[:-20], "gzip"),
        (b"\x1f\x8bjunk" * 9, "gzip"),
        (b"x", "br"),
        (b"x", "gzip, gzip"),
    ):
        assert failure(server.at("/bad", Reply(200, body, headers={"Content-Encoding": name})), retries=0).kind == "content"


def test_lying_content_types_are_seen_through(server: Server) -> None:
    shown = page("Words").body
    cases = [
        ("image/png", shown, "text/html"),
        ("text/plain", shown, "text/html"),
        ("", shown, "text/html"),
        ("text/html", b"%PDF-1.7 ...", "application/pdf"),
        ("text/html", b'<?xml version="1.0"?><rss></rss>', "application/rss+xml"),
        ("text/xml; charset=UTF-8", b"<feed xmlns='x'></feed>", "text/xml; charset=utf-8"),
        ("application/octet-stream", gzip.compress(b"x"), "application/gzip"),
        ("video/mp4", b"Ministers met on Friday. ", "text/plain"),
        ("nonsense", b"Ministers met", ""),
    ]
    with fetcher() as one:
        for n, (said, body, kind) in enumerate(cases):
            assert one.get(server.at(f"/{n}", Reply(200, body, said))).content_type == kind
        assert one.get(server.at("/cs", Reply(200, b"x", "text/html; charset=no-such"))).charset == ""


def test_a_picture_that_is_called_a_page_is_refused_before_it_is_read(server: Server) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 900000\r\n\r\n\x89PNG\r\n\x1a\n" + bytes(2_000)
    error = failure(server.at("/", raw(head, then_wait=2)))
    assert (error.kind, error.lasting) == ("content", True)
    assert "an image" in error.reason
    assert failure(server.at("/film", Reply(200, b"\xff\xfe\x00", "video/mp4"))).kind == "content"


def test_empty_and_broken_answers_are_errors(server: Server) -> None:
    assert failure(server.at("/", Reply(200))).kind == "content"
    assert failure(server.at("/", raw(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort")), retries=0).kind == "content"
    assert failure(server.at("/", raw(b"SSH-2.0-OpenSSH\r\n\r\n")), retries=0).kind == "content"
    assert failure(server.at("/", raw(b"")), retries=0).kind == "refused"
    big = raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000 + b"\r\n\r\n")
    assert failure(server.at("/", big), retries=0).kind == "content"


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200",
        b"HTTP/1.1 abc OK\r\n\r\nx",
        b"HTTP/1.1 99 OK\r\n\r\nx",
        b"HTTP/1.1 1000 OK\r\n\r\nx",
        b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\nx",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 50,
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffffffff\r\nx",
        b"HTTP/1.1 200 OK\r\nA\x00B: c\r\n\r\nx",
        b"HTTP/1.1 302 Found\r\nLocation: \xff\xfe://\x01\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\nContent-Length: 0\r\n\r\n",
        b"\x16\x03\x01\x00\x00" * 20,
        b"\xff" * 2_000,
    ],
)
def test_no_broken_answer_raises_anything_else(server: Server, data: bytes) -> None:
    assert failure(server.at("/", raw(data)), retries=0).kind in ("content", "refused", "status", "redirects", "timeout")


def test_what_stands_behind_the_end_of_packed_data_is_bounded_too(server: Server) -> None:
    def answer(handler: Any) -> None:
        handler.close_connection = True
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"x"))
        while True:
            handler.wfile.write(bytes(50_000))

    assert failure(server.at("/", answer)).kind == "too_large"


def test_numbers_of_the_new_protocol_are_fetched_from() -> None:
    with Server(host="::1") as six:
        url = six.at("/", page("Words"))
        with fetcher() as one:
            assert one.get(url).url == url
        assert six.headers("/")["Host"] == f"[::1]:{six.port}"


def test_a_closed_port_is_refused() -> None:
    with closed_port() as url:
        assert failure(url, retries=1).kind == "refused"


# Statuses, retries, turns.


@pytest.mark.parametrize(
    ("status", "kind", "lasting", "tries"),
    [
        (401, "status", True, 1),
        (403, "status", False, 1),
        (404, "gone", True, 1),
        (410, "gone", True, 1),
        (451, "gone", True, 1),
        (418, "status", True, 1),
        (500, "status", False, 3),
        (502, "status", False, 3),
        (599, "status", False, 3),
        (206, "content", False, 1),
    ],
)
def test_statuses(server: Server, status: int, kind: str, lasting: bool, tries: int) -> None:
    error = failure(server.at("/", Reply(status, b"x")))
    assert (error.kind, error.lasting, error.status, server.asked("/")) == (kind, lasting, status, tries)


def test_what_may_pass_is_tried_again(server: Server) -> None:
    url = server.at("/", Reply(500), raw(b""), page("Words"))
    with fetcher() as one:
        assert one.get(url).status == 200
    assert server.asked("/") == 3


def test_retry_after_is_waited_for(server: Server) -> None:
    url = server.at("/", Reply(429, headers={"Retry-After": "1"}), page("Words"))
    with fetcher() as one:
        assert one.get(url).status == 200
    first, second = server.times("/")
    assert second - first >= 1.0


def test_a_long_retry_after_is_told_and_the_host_left_alone(server: Server) -> None:
    url, other = server.at("/", Reply(503, headers={"Retry-After": "120"})), server.at("/other", page("Words"))
    with fetcher() as one:
        with pytest.raises(FetchError) as caught:
            one.get(url)
        assert (caught.value.kind, caught.value.lasting, caught.value.status) == ("status", False, 503)
        assert 120 <= (caught.value.retry_after or 0) < 122
        with pytest.raises(FetchError) as caught:
            one.get(other)
        assert caught.value.kind == "status" and 100 < (caught.value.retry_after or 0) <= 121
    assert server.asked() == 1


def test_a_retry_after_of_years_is_not_believed(server: Server) -> None:
    error = failure(server.at("/", Reply(403, headers={"Retry-After": "999999999"})))
    assert error.retry_after == 86_400
    error = failure(server.at("/", Reply(429, headers={"Retry-After": "999999999"})))
    assert 86_400 <= (error.retry_after or 0) < 86_500


def test_a_host_that_is_down_is_left_alone_after_some_failures(server: Server) -> None:
    server.missing = [Reply(500)]
    server.at("/robots.txt", Reply(404))
    with fetcher(retries=0, backoff=2.0, max_wait=0.5) as one:
        for n in range(6):
            with pytest.raises(FetchError) as caught:
                one.get(server.url(f"/{n}"))
    assert server.asked() == 4
    assert (caught.value.kind, caught.value.retry_after is not None) == ("status", True)


def test_fetches_at_one_host_are_spaced_and_one_at_a_time(server: Server) -> None:
    server.missing = [drip(b"x", times=1, pause=0.05)]
    server.at("/robots.txt", Reply(404))
    with fetcher(delay=0.15) as one:
        threads = [threading.Thread(target=one.get, args=(server.url(f"/{n}"),)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    times = server.times()
    assert len(times) == 4
    assert all(b - a > 0.13 for a, b in itertools.pairwise(times))


def test_other_hosts_do_not_wait(server: Server) -> None:
    server.at("/", page("Words"))
    with Server() as second, fetcher(delay=6) as one:  # the delay is slept only if the test fails
        second.at("/", page("Words"))
        one.get(server.url("/"))
        start = time.monotonic()
        one.get(second.url("/"))
        assert time.monotonic() - start < 5


def test_connections_are_used_again(server: Server) -> None:
    server.missing = [page("Words")]
    with fetcher() as one:
        for n in range(5):
            one.get(server.url(f"/{n}"))
        with pytest.raises(FetchError):
            one.get(server.at("/gone", Reply(404, b"sorry")))
        one.get(server.url("/6"))
    assert server.connections() == 1


def test_a_redirect_of_the_same_host_does_not_wait_for_another_turn(server: Server) -> None:
    server.at("/new", page("Words"))
    with fetcher(delay=2.0) as one:
        start = time.monotonic()
        one.get(server.at("/old", redirect("/new")))
        assert time.monotonic() - start < 1.8
        one.get(server.url("/new"))
    assert server.times()[2] - server.times()[1] > 1.9


def test_pages_that_are_gone_do_not_count_against_their_host(server: Server) -> None:
    server.at("/bad", Reply(500))
    server.at("/good", page("Words"))
    with fetcher(retries=0, backoff=30.0) as one:
        for path in ("/bad", "/gone", "/bad", "/gone", "/bad", "/gone", "/bad", "/gone"):
            with pytest.raises(FetchError):
                one.get(server.url(path))
        assert one.get(server.url("/good")).status == 200


def test_closing_ends_what_is_under_way(server: Server) -> None:
    caught: list[BaseException] = []
    one = fetcher(timeout=0.5)

    def get() -> None:
        try:
            one.get(server.at("/", drip(b"x", times=60, pause=0.05)))
        except BaseException as error:
            caught.append(error)

    thread = threading.Thread(target=get)
    thread.start()
    while not server.asked("/"):
        time.sleep(0.01)
    time.sleep(0.1)
    one.close()
    thread.join(4)
    assert not thread.is_alive()
    assert isinstance(caught[0], FetchError)


def test_closing_ends_the_waiting(server: Server) -> None:
    server.at("/", page("Words"))
    caught: list[FetchError] = []
    one = fetcher(delay=30.0, max_wait=60.0)
    one.get(server.url("/"))

    def wait() -> None:
        try:
            one.get(server.url("/"))
        except FetchError as error:
            caught.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.1)
    one.close()
    thread.join(2)
    assert not thread.is_alive()
    assert "closed" in caught[0].reason


def test_hosts_are_forgotten_but_not_those_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("communique.gather.web.hosts.MAX_HOSTS", 3)
    hosts = Hosts(max_wait=0.0)
    with hosts.turn("kept", 0.0):
        hosts.failed("held", "status", asked=50.0, busy=True)
        for n in range(9):
            with hosts.turn(f"h{n}", 0.0):
                pass
    with pytest.raises(HeldError, match="held"), hosts.turn("held", 0.0):
        pass
    assert len(hosts._hosts) <= 4


# robots.txt


def robots(text: str) -> Reply:
    return Reply(200, text.encode(), "text/plain")


def test_robots_is_obeyed_asked_once_and_may_be_left_aside(server: Server) -> None:
    server.missing = [page("Words")]
    server.at("/robots.txt", robots("User-agent: *\nDisallow: /*/print$\nDisallow: /private/\nAllow: /private/open\n"))
    with fetcher() as one:
        for path in ("/news/1", "/print", "/news/print/2", "/private/open"):
            assert one.get(server.url(path)).status == 200
        for path in ("/news/print", "/private/x"):
            with pytest.raises(FetchError) as caught:
                one.get(server.url(path))
            assert (caught.value.kind, caught.value.lasting) == ("robots", True)
    assert server.asked("/robots.txt") == 1
    with fetcher(obey_robots=False) as one:
        assert one.get(server.url("/private/x")).status == 200


def test_robots_is_asked_once_by_many_threads(server: Server) -> None:
    server.missing = [page("Words")]
    server.at("/robots.txt", drip(b"User-agent: *\nDisallow: /private/\n", times=1, pause=0.1))
    with fetcher(at_once=8) as one:
        threads = [threading.Thread(target=one.get, args=(server.url(f"/{n}"),)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (server.asked("/robots.txt"), server.asked()) == (1, 8)


def test_robots_holds_behind_a_redirect_too(server: Server) -> None:
    server.at("/robots.txt", robots("User-agent: communique\nDisallow: /b\n\nUser-agent: *\nDisallow:\n"))
    error = failure(server.at("/a", redirect("/b")))
    assert error.kind == "robots"
    assert server.asked("/b") == 0


def test_the_delay_that_robots_asks_for_is_kept(server: Server) -> None:
    server.missing = [page("Words")]
    server.at("/robots.txt", robots("User-agent: *\nCrawl-delay: 0.3\n"))
    with fetcher() as one:
        one.get(server.url("/1"))
        one.get(server.url("/2"))
    first, second = server.times()
    assert second - first >= 0.28
    server.at("/robots.txt", robots("User-agent: *\nCrawl-delay: 300\n"))
    with fetcher() as one:
        one.get(server.url("/1"))
        with pytest.raises(FetchError) as caught:
            one.get(server.url("/2"))
    assert caught.value.kind == "robots" and 290 < (caught.value.retry_after or 0) <= 300


def test_a_host_whose_robots_cannot_be_had_is_left_alone(server: Server) -> None:
    server.missing = [page("Words")]
    server.at("/robots.txt", Reply(500))
    error = failure(server.url("/1"))
    assert (error.kind, error.lasting) == ("robots", False)
    assert (error.retry_after or 0) > 1
    assert server.asked() == 0


@pytest.mark.parametrize("answer", [Reply(404), Reply(403), redirect("/robots.txt"), Reply(200), endless(b"# more\n" * 999)])
def test_no_robots_forbids_nothing(server: Server, answer: Any) -> None:
    server.missing = [page("Words")]
    server.at("/robots.txt", answer)
    with fetcher() as one:
        assert one.get(server.url("/1")).status == 200


# TLS


def test_certificates_are_checked(tmp_path: Path) -> None:
    context, cert = certificate(tmp_path)
    with Server(tls=context) as server:
        url = server.at("/", page("Words")).replace("127.0.0.1", "localhost")
        assert failure(url).kind == "tls"
        assert failure(url.replace("localhost", "127.0.0.1"), ca_file=str(cert)).kind == "tls"
        with fetcher(ca_file=str(cert)) as one:
            assert one.get(url).status == 200
    with Server() as plain:
        assert failure(plain.at("/", page("x")).replace("http:", "https:"), retries=0).kind == "tls"


def test_the_certificate_is_checked_for_the_name_and_not_for_the_number(tmp_path: Path) -> None:
    context, cert = certificate(tmp_path, "news.example.org")
    told: list[str | None] = []
    context.sni_callback = lambda connection, name, context: told.append(name)
    resolve = names(news_example_org="127.0.0.1", other_example_org="127.0.0.1")
    rules = FetchRules(**{**QUICK, "ca_file": str(cert)})
    with Server(tls=context) as server, Fetcher(rules, resolve=resolve) as one:
        server.at("/", page("Words"))
        assert one.get(server.url("/", "news.example.org")).status == 200
        with pytest.raises(FetchError) as caught:
            one.get(server.url("/", "other.example.org"))
    assert caught.value.kind == "tls"
    assert set(told) == {"news.example.org", "other.example.org"}


def test_a_handshake_without_an_end_is_cut_off() -> None:
    """A server that sends its part of the handshake byte by byte: each read is in time, the whole is not."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip_hello() -> None:
            connection, _ = listener.accept()
            with connection:
                try:
                    connection.sendall(b"\x16\x03\x03\x40\x00")
                    for _ in range(200):
                        connection.sendall(b"\x02")
                        time.sleep(0.03)
                except OSError:
                    return

        thread = threading.Thread(target=drip_hello, daemon=True)
        thread.start()
        start = time.monotonic()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
        assert failure(url, retries=0, total=0.4, obey_robots=False).kind == "too_slow"
        assert time.monotonic() - start < 2
        thread.join(3)


# Proxies


def test_proxies_of_the_environment_are_used_only_where_asked(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.at("/", page("Straight"))
    with Server() as proxy:
        proxy.missing = [page("Through the proxy")]
        monkeypatch.setenv("http_proxy", proxy.url("/"))
        monkeypatch.setenv("no_proxy", "")
        with fetcher(obey_robots=False) as one:
            assert b"Straight" in one.get(server.url("/")).data
        with fetcher(obey_robots=False, use_proxies=True) as one:
            assert b"Through the proxy" in one.get("http://news.example.org/").data
            with pytest.raises(FetchError, match="secrets"):
                one.get("http://169.254.169.254/")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        with fetcher(obey_robots=False, use_proxies=True) as one:
            assert b"Straight" in one.get(server.url("/")).data


# Rules


@pytest.mark.parametrize("rules", [{"timeout": 0}, {"delay": -1}, {"contact": "Zoë"}, {"user_agent": "x\r\ny"}, {"max_bytes": 0}])
def test_rules_that_make_no_sense_are_refused(rules: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        FetchRules(**rules)


def test_a_file_that_holds_no_certificates_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no\.pem"):
        Fetcher(FetchRules(ca_file=str(tmp_path / "no.pem")))
    (tmp_path / "empty.pem").write_text("nothing")
    with pytest.raises(InputError, match=r"empty\.pem"):
        Fetcher(FetchRules(ca_file=str(tmp_path / "empty.pem")))


def test_retry_after_as_number_and_date() -> None:
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=90)
    assert seconds_of("120") == 120.0
    assert 85 < (seconds_of(format_datetime(soon, usegmt=True)) or 0) <= 90
    assert seconds_of("Fri, 14 Mar 2025 10:00:00 GMT") == 0.0
    for value in ("", "soon", "-1", "1e9", "١٢"):
        assert seconds_of(value) is None


def test_the_page_on_gathering_names_every_kind_and_rule() -> None:
    import dataclasses

    text = (Path(__file__).resolve().parents[2] / "docs" / "gathering.md").read_text("utf-8")
    for name in (*FETCH_KINDS, *(f.name for f in dataclasses.fields(FetchRules))):
        assert f"`{name}`" in text, name
