"""Newsletters by mail: parts, encodings, what a mail adds that is no report, and broken ones."""

from __future__ import annotations

import base64
import io
import quopri
import time
from email.message import EmailMessage
from pathlib import Path

import pytest
from archives import SENTENCES

from communique.errors import InputError
from communique.gather.archives import mailbox
from communique.gather.inputs import read_inputs
from communique.records import Report

STORY = " ".join(SENTENCES)
WRAPPED = """\
The defence ministry of Norway accused a foreign trawler of cutting a
cable near Vardo on Tuesday ( https://click.example/x/1?u=abc ), and the
coast guard will question the crew before the end of the week.

Its owner, a company in Murmansk, denied the charge and said the ship
had been in port that night.
https://click.example/x/2?u=abc

------------------------------
Unsubscribe from this list
You are receiving this email because you signed up at fjord.example.
"""


def mail(body: bytes, *headers: str, kind: str = "text/plain; charset=utf-8", coding: str = "8bit") -> bytes:
    lines = [
        "From: =?utf-8?q?Fjord_Bulletin_=E2=80=93_Oslo?= <news@fjord.example>", "To: desk@example.org",
        "Subject: =?utf-8?b?" + base64.b64encode("Kabel bei Vardø zerstört".encode()).decode() + "?=",
        "Date: Wed, 10 Apr 2024 08:15:00 +0200", "Message-ID: <1@fjord.example>", "MIME-Version: 1.0",
    ]  # fmt: skip
    lines = [*headers, *(line for line in lines if line.split(":")[0] not in {h.split(":")[0] for h in headers})]
    return "\n".join((*lines, f"Content-Type: {kind}", f"Content-Transfer-Encoding: {coding}")).encode() + b"\n\n" + body


def mbox(*messages: bytes) -> bytes:
    return b"".join(b"From news@fjord.example Wed Apr 10 08:15:03 2024\n" + m.rstrip(b"\n") + b"\n\n" for m in messages)


def read(path: Path, data: bytes, **options: str) -> list[Report | InputError]:
    path.write_bytes(data)
    return list(read_inputs([path], **options))


def one(path: Path, data: bytes, **options: str) -> Report:
    (found,) = read(path, data, **options)
    assert isinstance(found, Report), found
    return found


def test_a_message_has_title_sender_date_and_id(tmp_path: Path) -> None:
    found = one(tmp_path / "a.mbox", mbox(mail(STORY.encode())), source="other", published="1999-01-01")
    assert (found.title, found.source) == ("Kabel bei Vardø zerstört", "Fjord Bulletin – Oslo")
    assert (found.published, found.id) == ("2024-04-10T08:15:00+02:00", "1@fjord.example")
    assert found.text == STORY and found.found == (("published", "mail: Date"),)


def test_a_wrapped_plain_part_reads_as_paragraphs_without_links_and_clutter(tmp_path: Path) -> None:
    found = one(tmp_path / "a.mbox", mbox(mail(WRAPPED.encode())))
    assert found.text.split("\n") == [
        "The defence ministry of Norway accused a foreign trawler of cutting a cable near Vardo on Tuesday, and the coast guard "
        "will question the crew before the end of the week.", "",
        "Its owner, a company in Murmansk, denied the charge and said the ship had been in port that night.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kind", "coding"),
    [
        ("Le ministère a démenti.", "text/plain; charset=iso-8859-1", "quoted-printable"),
        ("Le ministère a démenti.", "text/plain; charset=utf-8", "base64"),
        ("Le ministère a démenti.", "text/plain", "8bit"),
        ("Министерство опровергло.", "text/plain; charset=koi8-r", "base64"),
        ("Le ministère a démenti.", "text/plain; charset=no-such-charset", "quoted-printable"),
        ("Le ministère “a démenti”.", "text/plain; charset=windows-1252", "8bit"),
    ],
)  # fmt: skip
def test_encodings(tmp_path: Path, text: str, kind: str, coding: str) -> None:
    named = kind.partition("charset=")[2]
    data = text.encode(named if named and named != "no-such-charset" else "utf-8")
    body = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring}.get(coding, bytes)(data)
    assert one(tmp_path / "a.eml", mail(body, kind=kind, coding=coding)).text == text


def test_html_stands_in_where_the_plain_part_says_little(tmp_path: Path) -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "news@fjord.example", "Cable"
    message["Message-ID"] = "<2@fjord.example>"
    message.set_content("This newsletter is in HTML. View it in your browser.")
    paragraphs = "".join(f"<tr><td style='padding:4px'>{s}<br></td></tr>" for s in SENTENCES)
    message.add_alternative(
        "<html><head><title>x</title><style>p{}</style></head><body><div style='display: none'>Hidden preview of it all</div>"
        f"<table>{paragraphs}<tr><td><a href='#'>Unsubscribe</a></td></tr></table><!-- no --><script>x()</script></body></html>",
        subtype="html",
    )
    message.add_attachment(b"A press kit in words.", maintype="text", subtype="plain", filename="kit.txt")
    found = one(tmp_path / "a.mbox", mbox(message.as_bytes()))
    assert [line for line in found.text.split("\n") if line] == list(SENTENCES)
    assert (found.source, found.published) == ("fjord.example", "")
    message.get_body(("plain",)).set_content(STORY)  # type: ignore[union-attr]
    assert one(tmp_path / "b.mbox", mbox(message.as_bytes())).text == STORY


def test_format_flowed_is_joined(tmp_path: Path) -> None:
    body = b"The ministry accused a \ntrawler of cutting a \ncable.\n\nIts owner denied \nit.\n-- \nNews desk\n"
    kind = "text/plain; charset=utf-8; format=flowed"
    text = one(tmp_path / "a.eml", mail(body, kind=kind)).text
    assert text.startswith("The ministry accused a trawler of cutting a cable.\n\nIts owner denied it.")


def test_messages_are_parted_at_lines_that_begin_one(tmp_path: Path) -> None:
    inner = STORY + "\n>From the ministry came no answer.\n\nFrom Oslo it is a day's sail.\nFrom there on, nothing.\n"
    data = mbox(mail(inner.replace("\n\nFrom Oslo", "\n\n>From Oslo").encode()), mail(b"Second.", "Message-ID: <2@x>"))
    first, second = read(tmp_path / "archive", data)
    assert isinstance(first, Report) and isinstance(second, Report)
    assert "\nFrom the ministry came no answer." in first.text and "\nFrom Oslo it is" in first.text
    assert (second.id, second.text) == ("2@x", "Second.")
    windows = read(tmp_path / "b.mbox", data.replace(b"\n", b"\r\n"))
    assert [f.id for f in windows if isinstance(f, Report)] == ["1@fjord.example", "2@x"]
    assert [f.id for f in read_inputs(["-"], stdin=io.BytesIO(data)) if isinstance(f, Report)] == ["1@fjord.example", "2@x"]


def test_a_bad_message_is_set_aside_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "MAX_BYTES", 20_000)
    picture = mail(base64.encodebytes(b"\x89PNG"), kind="image/png", coding="base64")
    parts = b"--b\nContent-Type: multipart/mixed; boundary=b\n\n" * 300
    nested = mail(parts, kind="multipart/mixed; boundary=b")
    odd = mail(STORY.encode(), "Date: the day before", "Message-ID: <5@x>", "Received: by mx; Thu, 11 Apr 2024 07:00:00 +0000")
    dateless = mail(STORY.encode(), "Date: the day before", "Message-ID: <6@x>")
    found = read(tmp_path / "a.mbox", mbox(picture, mail(b"x" * 40_000), nested, odd, dateless, b"no header at all"))
    errors = [f for f in found if isinstance(f, InputError)]
    assert [f.kind for f in errors] == ["empty", "size", "empty"], errors
    assert [str(f).split(": ")[0].rsplit(" ", 1)[1] for f in errors] == ["1", "2", "3"]
    kept = {f.id: f for f in found if isinstance(f, Report)}
    assert kept["5@x"].published == "2024-04-11T07:00:00+00:00"
    assert kept["6@x"].published == "" and "date cannot be read" in kept["6@x"].notes[-1]


@pytest.mark.parametrize("data", [b"Subject: x\n\nText of it.\n", b"no mail", b"From here on it is prose.\n\nAnd goes on."])
def test_what_is_no_mbox_says_so(tmp_path: Path, data: bytes) -> None:
    found = read(tmp_path / "a.mbox", data)
    assert len(found) == 1 and (isinstance(found[0], InputError) or "prose" in str(data))


@pytest.mark.parametrize(
    "body",
    ["The talks resumed." + " " * 40_000 + "x", STORY.split(". ")[0] + "\n" + "a" * 60_000 + "\nb",
     "The minister said on Monday that talks with the neighbour would resume soon\n" * 5_000],
)  # fmt: skip
def test_no_body_takes_long(body: str, tmp_path: Path) -> None:
    """Each of these takes a careless pattern, or lines joined one by one, ten seconds; twice as long a one, forty."""
    wrapped = "The ministry said that it would look into all of it soon,\nand the coast guard would question the crew\n" * 4
    start = time.process_time()
    assert one(tmp_path / "a.mbox", mbox(mail(f"{wrapped}\n{body}\n".encode()))).text
    assert time.process_time() - start < 3.0
