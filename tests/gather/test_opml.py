"""OPML as feed readers export it, and what is none."""

from __future__ import annotations

import pytest

from communique.errors import InputError
from communique.gather.web.opml import OpmlSource, read_opml

HEAD = b'<?xml version="1.0" encoding="UTF-8"?><opml version="2.0"><head><title>My feeds</title></head><body>'


def test_folders_are_opened_and_each_feed_comes_once() -> None:
    data = (
        HEAD
        + """
        <outline text="World"><outline text="Asia">
          <outline type="rss" text="Desk &amp; Co" title="Desk &amp; Co&nbsp;é" xmlUrl="https://example.org/rss.xml?a=1&b=2" htmlUrl="https://example.org"/>
        </outline></outline>
        <outline TEXT="Ministry" XMLURL="HTTPS://Example.ORG:443/feed"/>
        <outline text="again" xmlUrl="https://example.org/feed"/>
        <outline text="feed scheme" xmlUrl="feed://example.net/f"/>
        <outline text="no" xmlUrl="javascript:alert(1)"/><outline text="folder only"/>
      </body></opml>""".encode()
    )
    assert read_opml(data) == (
        OpmlSource("Desk & Co é", "https://example.org/rss.xml?a=1&b=2", "https://example.org/"),
        OpmlSource("Ministry", "https://example.org/feed"),
        OpmlSource("feed scheme", "http://example.net/f"),
    )


def test_a_broken_end_loses_nothing_before_it() -> None:
    data = HEAD + b'<outline text="A" xmlUrl="https://example.org/a"/><outline text="B" xmlUrl="https://example.org/b">'
    assert [source.title for source in read_opml(data)] == ["A", "B"]


def test_other_encodings() -> None:
    text = '<?xml version="1.0" encoding="windows-1251"?><opml><body><outline text="Новости" xmlUrl="https://example.org/a"/></body></opml>'
    assert read_opml(text.encode("cp1251"))[0].title == "Новости"
    assert read_opml(text.replace("windows-1251", "utf-16").encode("utf-16"))[0].title == "Новости"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"hello", "no OPML"),
        (b"<rss><channel/></rss>", "no OPML"),
        (HEAD + b"</body></opml>", "names no feed"),
        (b'<!DOCTYPE o [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><opml><body/></opml>', "entity"),
        (b'<!DOCTYPE o SYSTEM "file:///etc/passwd" [<!ENTITY % a SYSTEM "http://127.0.0.1/">%a;]><opml/>', "entity"),
    ],
)
def test_what_is_no_opml_is_said_so(data: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        read_opml(data, "mine.opml")
    assert caught.value.source == "mine.opml"
