"""Inputs to reports: each format, and each way in which an input can be bad."""

from __future__ import annotations

import gzip
import io
import json
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import StandIn
from communique.errors import InputError, RecordError
from communique.gather import inputs
from communique.gather.archives import lines
from communique.gather.inputs import MAX_BYTES, read_all, read_inputs
from communique.gather.sniff import HEAD, Peeked, decode, format_of
from communique.records import MAX_CHARACTERS, CodedReport, Report
from communique.store.rows import identity

PROSE = "The foreign minister of Finland said on Wednesday that the talks with Norway would go on in Oslo next week. "
PAGE = (
    "<!doctype html><html><head><title>Talks go on</title><meta property='og:site_name' content='The Demo'>"
    "<meta property='article:published_time' content='2024-04-10T10:00:00Z'>"
    "<link rel='canonical' href='https://example.org/talks'></head><body><nav><a href='/'>Home</a></nav>"
    "<article><h1>Talks go on</h1>"
    + "".join(f"<p>{PROSE} This is paragraph {n}.</p>" for n in range(4))
    + "</article></body></html>"
)


def one(path: Path, data: bytes | str, **options: str) -> Report | InputError:
    found = many(path, data, **options)
    assert len(found) == 1, found
    return found[0]


def many(path: Path, data: bytes | str, **options: str) -> list[Report | InputError]:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return list(read_inputs([path], **options))


def report(found: Report | InputError) -> Report:
    assert isinstance(found, Report), found
    return found


def error(found: Report | InputError, *words: str) -> InputError:
    assert isinstance(found, InputError), found
    for word in words:
        assert word in str(found)
    assert "\n" not in str(found)
    return found


def test_plain_text_is_kept_as_given(tmp_path: Path) -> None:
    text = "  Line one.\r\n\r\nLine “two”.\n"
    found = report(one(tmp_path / "a.txt", text, published="2024-04-10", source="The Demo"))
    assert (found.text, found.published, found.source, found.title, found.id) == (text, "2024-04-10", "The Demo", "", "")
    assert found.url == ""


def test_a_path_is_no_address(tmp_path: Path) -> None:
    # Paths as typed were urls: a store took the second "report.txt" for a correction of the first.
    found = [report(one(tmp_path / "report.txt", words)) for words in ("Finland accused Russia.", "Chad thanked Mali.")]
    assert [f.url for f in found] == ["", ""] and len({identity(f) for f in found}) == 2


def test_the_path_does_not_change_the_key(tmp_path: Path) -> None:
    assert report(one(tmp_path / "a.txt", PROSE)).key == report(one(tmp_path / "b", PROSE)).key


def test_html_gives_article_title_date_site_and_address(tmp_path: Path) -> None:
    found = report(one(tmp_path / "a.html", PAGE, published="1999-01-01", source="other"))
    assert (found.title, found.published, found.source) == ("Talks go on", "2024-04-10T10:00:00+00:00", "The Demo")
    assert found.url == "https://example.org/talks"
    assert "This is paragraph 3." in found.text and "Home" not in found.text


def test_html_is_told_by_content_and_takes_defaults(tmp_path: Path) -> None:
    bare = "\n<!-- saved --><html><body><article>" + f"<p>{PROSE}</p>" * 4 + "</article></body></html>"
    found = report(one(tmp_path / "page", bare, published="2024-04-10", source="S"))
    assert (found.published, found.source, found.url) == ("2024-04-10", "S", "")


def test_html_in_the_encoding_that_it_declares(tmp_path: Path) -> None:
    page = PAGE.replace("<head>", "<head><meta charset='windows-1252'>").replace("Finland", "Österreich")
    found = report(one(tmp_path / "a.html", page.encode("cp1252")))
    assert "Österreich" in found.text and not found.notes


@pytest.mark.parametrize(
    "body",
    [
        "<ul>" + "".join(f"<li><a href='/{n}'>Link number {n}</a></li>" for n in range(60)) + "</ul>",
        "<form><input name='u'><button>Log in</button></form>",
        "<p>404. The page that you asked for is not here.</p>",
        "",
    ],
)
def test_a_page_without_an_article_says_so(tmp_path: Path, body: str) -> None:
    error(one(tmp_path / "a.html", f"<html><body>{body}</body></html>"), "a.html", "without an article", "plain text")


def test_json_object_and_array(tmp_path: Path) -> None:
    record = {"id": 7, "title": "T", "text": PROSE, "published": "2024-04-10", "url": "https://e.org", "source": "S", "more": 1}
    found = report(one(tmp_path / "a.json", json.dumps(record, indent=1)))
    assert (found.id, found.title, found.url, found.source) == ("7", "T", "https://e.org", "S")
    array = many(tmp_path / "b.json", json.dumps([record, {"text": None}, 3, {"text": "x", "published": "soon"}]))
    assert isinstance(array[0], Report)
    error(array[1], "record 2", "no text")
    error(array[2], "record 3", "a number", "object")
    error(array[3], "record 4", "'soon'", "not a date", "YYYY-MM-DD")


def test_defaults_stand_only_where_a_record_has_none(tmp_path: Path) -> None:
    lines = '{"text": "a", "published": "2020-01-02", "source": "own"}\n{"text": "b"}\n'
    found = [report(f) for f in many(tmp_path / "a.jsonl", lines, published="2024-04-10", source="given")]
    assert [(f.published, f.source) for f in found] == [("2020-01-02", "own"), ("2024-04-10", "given")]


def test_a_bad_line_is_set_aside_with_its_number_and_the_rest_is_read(tmp_path: Path) -> None:
    lines = [
        b'{"id": "a", "text": "First."}', b"", b'{"id": "b", "text": }', b"[1]", b'{"id": "c"}', b'{"text": "  "}',
        b'{"text": "x", "published": "2024-02-31"}', b'{"text": ["x"]}', b'{"text": "caf\xe9"}', b'{"text": "\\ud800 x"}',
        b"[" * 100_000, b'{"text": "last"}',
    ]  # fmt: skip
    found = many(tmp_path / "a.jsonl", b"\n".join(lines))
    bad = {f.line: str(f) for f in found if isinstance(f, RecordError)}
    assert sorted(bad) == [3, 4, 5, 6, 7, 8, 11]
    reasons = {3: "not valid JSON", 4: "an array", 5: "no text; it has 'id'", 6: "empty", 7: "2024-02-31", 8: "string"}
    for line, words in reasons.items():
        assert f"a.jsonl, line {line}: " in bad[line] and words in bad[line]
    texts = [f.text for f in found if isinstance(f, Report)]
    assert texts == ["First.", "caf�", "� x", "last"]
    assert [f.notes for f in found if isinstance(f, Report) and f.notes] == [
        ("1 broken byte was replaced by � (UTF-8 was expected)",), ("text: 1 broken character was replaced by �",),
    ]  # fmt: skip


def test_a_line_that_is_too_long_is_skipped_without_being_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MAX_BYTES", 1000)
    found = many(tmp_path / "a.jsonl", '{"text": "a"}\n{"text": "' + "x" * 3_000_000 + '"}\n{"text": "b"}')
    assert [f.text for f in found if isinstance(f, Report)] == ["a", "b"]
    assert isinstance(found[1], RecordError) and found[1].line == 2 and "1,000 bytes" in str(found[1])


@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.json", "a.jsonl", "a"])
@pytest.mark.parametrize("data", [b"", b" \n\n\t ", b"\xef\xbb\xbf"])
def test_empty(tmp_path: Path, name: str, data: bytes) -> None:
    error(one(tmp_path / name, data), name, "empty", "give")


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (gzip.compress(gzip.compress(b"text")), "compressed twice"), (b"PK\x03\x04abc", "zip"), (b"\x89PNG\r\n", "image"),
        (b"7z\xbc\xaf\x27\x1c", "7-Zip"), (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"text with a \0 in it", "binary"), (bytes(range(128, 256)) * 9, "binary"), (b"\x01\x02\x03\x04" * 99, "binary"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a"])
def test_binary_is_refused(tmp_path: Path, name: str, data: bytes, word: str) -> None:
    error(one(tmp_path / name, data), name, word, "text")


def test_broken_utf8_is_read_with_a_note(tmp_path: Path) -> None:
    found = one(tmp_path / "a.txt", PROSE.encode() * 3 + b"caf\xe9 and na\xefve")
    assert isinstance(found, Report) and found.text.endswith("caf� and na�ve")
    assert found.notes == ("2 broken bytes were replaced by � (UTF-8 was expected)",)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_names_the_encoding(tmp_path: Path, encoding: str) -> None:
    assert report(one(tmp_path / "a.txt", "Zürich said so.".encode(encoding))).text == "Zürich said so."
    assert report(one(tmp_path / "a.json", '{"text": "Zürich"}'.encode(encoding))).text == "Zürich"


def test_json_lines_in_utf16_are_refused(tmp_path: Path) -> None:
    error(one(tmp_path / "a.jsonl", '{"text": "x"}\n'.encode("utf-16")), "UTF-8", "iconv")


@pytest.mark.parametrize(
    ("data", "word"),
    [("{", "not valid JSON"), ('{"text": "a"', "not valid JSON"), ("[]", "empty array"), ("3", "a number"),
     ("[" * 200_000, "JSON")],
)
def test_wrong_json(tmp_path: Path, data: str, word: str) -> None:
    error(one(tmp_path / "a.json", data), "a.json", word)


def test_too_long(tmp_path: Path) -> None:
    error(one(tmp_path / "a.txt", "a" * (MAX_CHARACTERS + 1)), "1,000,001 characters", "1,000,000", "cut it")
    error(one(tmp_path / "b.txt", b"a" * 50_000_000), "20,000,000 bytes", "JSON Lines")
    found = many(tmp_path / "c.jsonl", json.dumps({"text": "a" * (MAX_CHARACTERS + 1)}) + '\n{"text": "b"}')
    assert isinstance(found[0], RecordError) and isinstance(found[1], Report)
    assert isinstance(one(tmp_path / "d.txt", "a" * MAX_CHARACTERS), Report)


def test_paths_that_cannot_be_read_lose_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A.")
    (tmp_path / "b.txt").write_text("B.")
    (tmp_path / "empty").mkdir()
    paths = [tmp_path / "a.txt", tmp_path / "none.txt", tmp_path / "empty", "a\0b", tmp_path / "b.txt"]
    found = list(read_inputs(paths))
    assert [type(f) for f in found] == [Report, InputError, InputError, InputError, Report]
    assert error(found[1], "none.txt", "does not exist").kind == "missing"
    assert error(found[2], "is a folder without a file").kind == "empty"


@pytest.mark.parametrize("address", ["ftp://fjord.example/a.txt", "file:///a.txt", "HTTPX://fjord.example"])
def test_an_address_of_another_kind_is_no_missing_file(address: str) -> None:
    (found,) = read_inputs([address])
    told = error(found, address, "is an address of a kind that is not fetched", "only addresses with http:// or https://")
    assert told.kind == "missing"


@pytest.mark.parametrize(
    ("line", "why"), [('{"text": "half', "Unterminated string starting at column 10 ("),
                      ('{"text":\n', "Expecting value at column 9 ("),
                      ('{"text":\r\n', "Expecting value at column 9 (")],
)  # fmt: skip
def test_where_a_line_of_json_breaks_is_told_once(tmp_path: Path, line: str, why: str) -> None:
    (found, *_) = many(tmp_path / "a.jsonl", line)
    assert f"line 1: is not valid JSON: {why}" in str(found)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A.")
    (tmp_path / "a.txt").chmod(0)
    error(next(iter(read_inputs([tmp_path / "a.txt"]))), "cannot be opened")


def test_standard_input_and_pipes(tmp_path: Path) -> None:
    found = list(read_inputs(["-"], stdin=io.BytesIO(b'{"text": "a"}\n{"text": "b"}\n')))
    assert [report(f).text for f in found] == ["a", "b"]
    error(next(iter(read_inputs(["-"], stdin=io.BytesIO(b"")))), "standard input", "empty")
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    text = PROSE * 2000
    thread = threading.Thread(target=lambda: fifo.write_text(text))
    thread.start()
    assert report(next(iter(read_inputs([fifo])))).text == text
    thread.join()


def test_a_record_on_standard_input_does_not_wait_for_the_next() -> None:
    # The first 64 KB were waited for, so that a feed's reports came hours late.
    take, give = os.pipe()
    with os.fdopen(take, "rb") as stdin, os.fdopen(give, "wb", buffering=0) as feed:
        feed.write(b'{"id": "a", "text": "One."}\n')
        found = read_inputs(["-"], stdin=stdin)
        assert report(next(found)).id == "a"
        feed.write(b'{"id": "b", "text": "Two."}\n')
        assert report(next(found)).id == "b"
        feed.close()
        assert list(found) == []


def test_a_default_date_that_is_none_is_raised_at_once() -> None:
    with pytest.raises(InputError, match="not a date"):
        read_inputs([], published="last week")


@pytest.mark.parametrize(
    ("name", "head", "expected"),
    [
        ("a", "Plain words.", "text"), ("a", "[Kyiv] The talks went on.", "text"), ("a", "{curly} words", "text"),
        ("a.json", '{"text": 1}\n', "json"),
        ("a.json", '{\n "more": [\n  {"a": 1}\n ],\n "text": "x"\n}', "json"),
        ("a.v2", '{"text": "x"}', "jsonl"), ("a", '{\n "text": "x"\n}', "json"), ("a", '[{"text": "x"}]', "json"),
        ("a.json", '{"text": "x"}\n{"text": "y"}', "jsonl"), ("a.jsonl", '[{"text": "x"}]', "json"),
        ("a.jsonl", '{\n "text": "x"\n}', "json"), ("a", '{"text": }\n{"text": "y"}', "jsonl"),
        ("a", 'not json\n{"text": "x"}\n{"text": "y"}', "jsonl"), ("a", '{"text": "' + "x" * HEAD, "jsonl"),
        ("a.txt", '{"text": "x"}', "text"), ("a.txt", "<!DOCTYPE html><html>", "html"), ("a.htm", "words", "html"),
        ("a", "<?xml version='1.0'?><html>", "html"), ("a", "<b>not a page", "text"), ("a.jsonl", "nonsense", "jsonl"),
    ],
)  # fmt: skip
def test_format(name: str, head: str, expected: str) -> None:
    assert format_of(name, head.encode()[:HEAD]) == expected


@given(st.text())
def test_decoding_is_the_inverse_of_encoding(text: str) -> None:
    data = text.encode("utf-8", "ignore")
    if data[:4] in (b"", b"\xff\xfe") or data.startswith(b"\xef\xbb\xbf"):
        return
    assert decode(data) == (data.decode(), "")


@settings(deadline=None)  # the first page imports the parser
@given(st.binary(max_size=300))
def test_no_bytes_raise(data: bytes) -> None:
    found = list(read_inputs(["-"], stdin=io.BytesIO(data)))
    assert found and all(isinstance(f, Report | InputError) for f in found)


@given(st.binary(max_size=200), st.integers(1, 50))
def test_a_peeked_stream_gives_all_its_bytes(data: bytes, size: int) -> None:
    peeked = Peeked(io.BytesIO(data), size)
    assert peeked.head == data[:size] and io.BufferedReader(peeked, 16).read() == data


def coded_texts(found: list[CodedReport | InputError]) -> list[str]:
    return [f.report.text if isinstance(f, CodedReport) else "!" for f in found]


def test_read_all_keeps_order_and_survives_a_refusal() -> None:
    stream: list[Report | InputError] = [Report("a"), InputError("x", "bad"), Report("REFUSE"), Report("b"), Report("c")]
    found = list(read_all(StandIn(), stream))
    assert coded_texts(found) == ["a", "!", "!", "b", "c"]
    assert "was refused" in str(found[2])


class Breaking(StandIn):
    """A reader with a fault."""

    def pipe(self, reports: inputs.Iterable[Report | str], *, batch_size: int = 16) -> inputs.Iterator[CodedReport]:
        for report in reports:
            if getattr(report, "text", report) == "BREAK":
                raise ZeroDivisionError("oops")
            yield from super().pipe([report], batch_size=batch_size)


def test_a_fault_of_the_reader_loses_its_report_alone() -> None:
    found = list(read_all(Breaking(), [Report("a"), Report("BREAK", id="r-7"), Report("b")]))
    assert coded_texts(found) == ["a", "!", "b"]
    assert "'r-7'" in str(found[1]) and "ZeroDivisionError" in str(found[1])


def test_read_all_streams() -> None:
    seen = []

    def stream() -> inputs.Iterator[Report]:
        for n in range(3):
            seen.append(n)
            yield Report("x")

    results = read_all(StandIn(), stream())
    next(results)
    assert seen == [0]


def test_bounds_fit_each_other() -> None:
    assert len(json.dumps("\U0001f600" * (MAX_CHARACTERS // 1000))) * 1000 < MAX_BYTES


@pytest.mark.parametrize("charset", ["base64", "hex", "rot13", "idna", "punycode", "undefined", "unicode_escape", "no-such"])
def test_a_page_cannot_name_an_encoding_that_is_none(charset: str) -> None:
    page = f"<html><head><meta charset='{charset}'></head><body>Zürich \\u0041</body></html>"
    assert decode(page.encode(), html=True) == (page, "")
