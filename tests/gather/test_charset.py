"""Bytes of pages to text: the header, the page and the bytes themselves do not always agree."""

from __future__ import annotations

import pytest

from communique.gather.pages.charset import decode_page

SAID = "“Erdoğan’ın açıklaması” – Škoda, Kærlighed, naïve €5"
WEST = "“Fußgänger” – naïve élève €5"


def html(charset: str, text: str) -> str:
    return f"<html><head><meta charset='{charset}'></head><body><p>{text}</p></body></html>"


@pytest.mark.parametrize(
    ("data", "header", "text", "note"),
    [
        (html("utf-8", SAID).encode(), "", SAID, ""),
        (html("utf-8", SAID).encode(), "text/html; charset=utf-8", SAID, ""),
        # The bytes are UTF-8, whoever says otherwise.
        (html("iso-8859-1", SAID).encode(), "", SAID, ""),
        (html("utf-8", SAID).encode(), "text/html; charset=ISO-8859-1", SAID, ""),
        (html("koi8-r", SAID).encode(), "", SAID, "says that it is in KOI8-R"),
        # Latin-1 is what pages say, Windows-1252 what they write and browsers read.
        (html("iso-8859-1", WEST).encode("cp1252"), "", WEST, ""),
        (html("utf-8", WEST).encode("cp1252"), "text/html; charset=windows-1252", WEST, ""),
        (html("windows-1251", "Переговоры продолжатся").encode("cp1251"), "", "Переговоры продолжатся", ""),
        (html("gb2312", "外交部發言人").encode("gb18030"), "", "外交部發言人", ""),
        (html("shift_jis", "外務大臣は①").encode("cp932"), "text/html", "外務大臣は①", ""),
        # The header is asked before the page, and both before a guess.
        (html("windows-1252", "Переговоры").encode("cp1251"), "text/html; charset=windows-1251", "Переговоры", ""),
        (html("utf-16", SAID).encode(), "", SAID, ""),
        (html("utf-8", SAID).encode("utf-16"), "text/html; charset=utf-8", SAID, ""),
        (html("utf-16le", SAID).encode("utf-16-le"), "text/html; charset=utf-16le", SAID, ""),
        (html("utf-16le", SAID).encode("utf-16-le"), "", SAID, ""),
        (html("bogus", SAID).encode(), "text/html; charset=unicode-escape", SAID, ""),
        (html("utf-8", f"The minister said in a long speech: {WEST}").encode("cp1252"), "", WEST,
         "encoding is declared as UTF-8, read as"),
    ],
)  # fmt: skip
def test_the_text_is_told(data: bytes, header: str, text: str, note: str) -> None:
    found, said = decode_page(data, header)
    assert text in found and (note in said if note else not said)


def test_a_page_of_utf_8_with_a_broken_byte_stays_utf_8() -> None:
    text, note = decode_page(html("utf-8", SAID * 5).encode() + b"\xff")
    assert SAID in text and "1 broken byte was replaced" in note


def test_what_nobody_declares_is_guessed_and_said() -> None:
    said = "Министр иностранных дел заявил в среду, что переговоры с делегацией продолжатся на следующей неделе. " * 5
    text, note = decode_page(f"<html><body><p>{said}</p></body></html>".encode("cp1251"))
    assert "Министр иностранных дел" in text and "not declared" in note


@pytest.mark.parametrize("data", [b"", b"\x00", b"\xff", b"\xff\xfe", bytes(range(256)), b"\x00" * 999])
def test_any_bytes_give_a_text(data: bytes) -> None:
    assert isinstance(decode_page(data)[0], str)
