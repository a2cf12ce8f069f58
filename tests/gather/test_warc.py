"""Web archives: what is read of them, where it is from, and each way in which one can be bad."""

from __future__ import annotations

import gzip
import io
import os
import threading
import zlib
from pathlib import Path

import pytest
from archives import SENTENCES, html, info, packed, record, request, response, warc

from communique.errors import InputError
from communique.gather import inputs
from communique.gather.archives import warc as module
from communique.gather.inputs import Inputs, Ways, read_inputs
from communique.records import Report

A, B = "https://fjord.example/a?utm_source=x", "https://fjord.example/b"


def read(path: Path, data: bytes, **options: str) -> list[Report | InputError]:
    path.write_bytes(data)
    return list(read_inputs([path], **options))


def report(found: Report | InputError) -> Report:
    assert isinstance(found, Report), found
    return found


def test_cc_news_gives_the_pages_with_address_record_and_digest(tmp_path: Path) -> None:
    pages = [(A, html("Cable cut")), (B, html("Divers offered", SENTENCES[::-1]))]
    found = read(tmp_path / "CC-NEWS-1.warc.gz", warc(pages))
    first, second = map(report, found)
    assert (first.title, first.source, first.url) == ("Cable cut", "The Fjord", "https://fjord.example/a")
    assert first.published == "2024-04-10T08:00:00+02:00" and SENTENCES[1] in first.text and "Home" not in first.text
    (note,) = first.notes
    assert "<urn:uuid:00000000-0000-4000-8000-000000000002>" in note and "sha1:" in note
    assert note.endswith("fetched 2024-04-11T06:30:00Z")
    assert second.text.index(SENTENCES[3]) < second.text.index(SENTENCES[0])


def test_what_is_no_page_with_status_200_is_passed_over_and_counted(tmp_path: Path) -> None:
    page = html("Cable cut")
    records = [
        info(), request(A, 1), response(A, page, status="404 Not Found"),
        response(A, b"", status="301 Moved", http=[f"Location: {B}"]), response(A, b"\x89PNG", mime="image/png"),
        response("dns:fjord.example", page), response(A, page, mime=""),
        record("revisit", B, b"HTTP/1.1 200 OK\r\n\r\n", mime="application/http; msgtype=response"),
        record("metadata", B, b"fetchTimeMs: 80", mime="application/warc-fields"), response(B, page, n=9),
        response(A, page, mime="", headers=["WARC-Identified-Payload-Type: application/xhtml+xml"]),
    ]  # fmt: skip
    path = tmp_path / "a.warc.gz"
    path.write_bytes(packed(records))
    with Inputs([path], Ways()) as given:
        (source,) = given.sources
        assert [(p.n, p.name) for p in source.pieces()] == [(7, f"{path}, record 7, {B}"), (8, f"{path}, record 8, {A}")]
        assert source.passed == 6


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz", "a", "a.gz.warc"])
@pytest.mark.parametrize("zipped", [True, False])
def test_it_is_told_by_its_bytes_packed_or_not(tmp_path: Path, name: str, zipped: bool) -> None:
    records = [info(), response(A, html("Cable cut"))]
    if zipped and name == "a":
        return  # nothing says that what is packed here is a WARC; the next test reads it through its bytes
    (found,) = read(tmp_path / name, packed(records) if zipped else b"".join(records))
    assert report(found).title == "Cable cut"


def test_a_packed_archive_without_a_name_and_one_through_a_pipe(tmp_path: Path) -> None:
    data = packed([info(), response(A, html("Cable cut"))])
    assert [report(f).title for f in read(tmp_path / "archive", data)] == ["Cable cut"]
    fifo = tmp_path / "pipe.warc.gz"
    os.mkfifo(fifo)
    thread = threading.Thread(target=lambda: fifo.write_bytes(data))
    thread.start()
    assert [report(f).title for f in read_inputs([fifo])] == ["Cable cut"]
    thread.join()
    assert [report(f).title for f in read_inputs(["-"], stdin=io.BytesIO(data))] == ["Cable cut"]


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (gzip.compress(html("Cable cut")), ["Content-Encoding: gzip"]),
        (zlib.compress(html("Cable cut")), ["Content-Encoding: deflate"]),
        (html("Cable cut"), ["Content-Encoding: gzip"]),  # unpacked by the crawler, header left
        (html("Cable cut"), ["Content-Encoding: br"]),
        (b"40\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (html("Cable cut")[:64], len(html("Cable cut")) - 64, html("Cable cut")[64:]),
         ["Transfer-Encoding: chunked"]),
        (html("Cable cut"), ["Transfer-Encoding: chunked"]),
    ],
)  # fmt: skip
def test_answers_as_other_crawlers_keep_them(tmp_path: Path, body: bytes, headers: list[str]) -> None:
    (found,) = read(tmp_path / "a.warc.gz", packed([response(A, body, http=headers)]))
    assert report(found).title == "Cable cut" and SENTENCES[3] in report(found).text


def test_the_charset_of_the_header_counts(tmp_path: Path) -> None:
    page = html("Ministère").decode().replace("<meta charset='utf-8'>", "").encode("latin-1")
    (found,) = read(tmp_path / "a.warc.gz", packed([response(A, page, mime="text/html; charset=iso-8859-1")]))
    assert report(found).title == "Ministère"


def test_a_bad_record_is_set_aside_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 6_000)
    long = html("Long", SENTENCES * 30)
    records = [
        response(A, b"<html><body><p>Log in</p></body></html>"), response(A, long),
        response(A, gzip.compress(long), http=["Content-Encoding: gzip"]), response(A, html("Cable cut"), digest="sha1:WRONG"),
        response(A, html("Cable cut"), headers=["WARC-Truncated: length"]),
    ]  # fmt: skip
    found = read(tmp_path / "a.warc.gz", packed(records))
    assert [f.kind for f in found[:3] if isinstance(f, InputError)] == ["page", "size", "size"]
    assert "record 1, https://fjord.example/a" in str(found[0]) and "without an article" in str(found[0])
    assert "do not have the digest" in report(found[3]).notes[-1]
    assert "cut it off (length)" in report(found[4]).notes[-1]


def test_a_damaged_archive_gives_what_came_before(tmp_path: Path) -> None:
    whole = warc([(A, html("Cable cut")), (B, html("Divers offered"))])
    flipped = bytearray(whole)
    flipped[-200] ^= 0xFF
    for data in (bytes(flipped), whole[:-150]):
        first, *rest = read(tmp_path / "a.warc.gz", data)
        assert report(first).title == "Cable cut" and rest
        assert all(isinstance(f, InputError) and f.kind == "damaged" and "fetch" in f.hint for f in rest), rest
    cut = b"".join([response(A, html("Cable cut")), response(B, html("Divers offered"))])[:-300]
    first, last = read(tmp_path / "b.warc", cut)
    assert isinstance(first, Report) and isinstance(last, InputError) and "cut off" in last.reason


@pytest.mark.parametrize(
    "data",
    [b"no archive at all\n" * 20, b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: -5\r\n\r\nabc",
     b"WARC/1.0\r\n" + b"X" * 200_000, gzip.compress(b"no archive") * 3],
)
def test_what_is_no_archive_says_so(tmp_path: Path, data: bytes) -> None:
    (found,) = read(tmp_path / "a.warc.gz", data)
    assert isinstance(found, InputError) and found.kind == "damaged" and "fetch it again" in str(found), found


def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FREE", 1_000_000)
    bomb = response(A, b"\0" * 5_000_000)
    found = read(tmp_path / "a.warc.gz", packed([response(B, html("Cable cut")), bomb, bomb]))
    assert report(found[0]).title == "Cable cut"
    assert isinstance(found[-1], InputError) and found[-1].kind == "size" and "200 times" in found[-1].reason


def test_a_missing_library_is_told_with_its_install_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "fastwarc.warc", None)
    (found,) = read(tmp_path / "a.warc.gz", warc([(A, html("Cable cut"))]))
    assert isinstance(found, InputError) and found.kind == "extra" and "pip install 'communique[warc]'" in str(found)


def test_pieces_are_not_made_before_they_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from communique.gather.pages import page

    calls = []
    monkeypatch.setattr(page, "to_report", lambda data, **_: calls.append(1))
    path = tmp_path / "a.warc.gz"
    path.write_bytes(warc([(A, html("One")), (B, html("Two"))]))
    with inputs.Inputs([path], Ways()) as given:
        assert [p.n for p in given.sources[0].pieces()] == [1, 2] and calls == []
