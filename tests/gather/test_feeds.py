"""Feeds, sitemaps and lists: the sound ones, the broken ones, and those that attack their reader."""

from __future__ import annotations

import contextlib
import gzip
import json
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from servers import packed

from communique.errors import InputError
from communique.gather.web import feeds
from communique.gather.web.feeds import KINDS, Entry, Feed, read_feed
from communique.gather.web.feedtext import moment

URL = "https://example.org/news/feed.xml"

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel><title>World &amp; Region</title><link>https://example.org/</link>
<item><title><![CDATA[Minister <em>rejects</em> talks & leaves]]></title><link>https://example.org/a?x=1&amp;y=2#c</link>
  <guid isPermaLink="false">a-1</guid><pubDate>Fri, 14 Mar 2025 22:30:00 -0500</pubDate>
  <description>&lt;p&gt;He said &amp;quot;no&amp;quot;.&lt;/p&gt;</description><content:encoded>long</content:encoded></item>
<item><title>Second&nbsp;item &eacute;</title><link>/b</link><pubDate>Fri, 14 Mar 2025 10:00:00 CET</pubDate></item>
<item><title>By its id</title><guid>https://example.org/c</guid><dc:date>2025-03-14T10:00:00+09:00</dc:date></item>
<item><title>Again</title><link>https://example.org/b</link></item>
<item><title>No address</title><link>javascript:void(0)</link></item>
<item><title>Nothing</title></item>
</channel></rss>"""

ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title type="html">The &lt;b&gt;Desk&lt;/b&gt;</title>
<entry><id>urn:x:1</id><title>One</title><link rel="self" type="application/atom+xml" href="https://example.org/1.atom"/>
  <link rel="alternate" href="../1"/><published>2025-03-14T08:00:00Z</published>
  <updated>2025-03-15T10:00:00+03:00</updated></entry>
<entry><id>urn:x:2</id><title>Two</title><link href="https://example.org/2"/>
  <updated>2025-03-15T10:00:00.123+03:00</updated></entry>
</feed>"""

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
  xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://example.org/"><title>Old desk</title></channel>
<item rdf:about="https://example.org/r"><title>R</title><link>https://example.org/r</link><dc:date>2025-03-14T10:00+09:00</dc:date></item>
</rdf:RDF>"""

NEWS = """<?xml version="1.0" encoding="UTF-8"?><!-- <rss> --><?x y?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"
  xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc>https://example.org/n1</loc><image:image><image:loc>https://example.org/p.jpg</image:loc><image:title>Picture</image:title></image:image>
  <n:news><n:publication><n:name>Example Wire</n:name><n:language>en</n:language></n:publication>
  <n:publication_date>2025-03-14T10:00:00+02:00</n:publication_date><n:title>Talks &amp; more</n:title></n:news></url>
<url><loc> https://example.org/n2 </loc><lastmod>2025-03-15</lastmod></url><url><lastmod>2025-03-15</lastmod></url>
</urlset>"""


def read(text: str | bytes, content_type: str = "") -> Feed:
    return read_feed(text if isinstance(text, bytes) else text.encode(), URL, content_type)


def refusal(text: str | bytes) -> str:
    with pytest.raises(InputError) as caught:
        read(text)
    assert caught.value.source == URL
    return str(caught.value)


def test_rss() -> None:
    feed = read(RSS)
    assert (feed.title, feed.kind) == ("World & Region", "rss")
    assert feed.entries == (
        Entry(
            "https://example.org/a?x=1&y=2",
            "Minister rejects talks & leaves",
            "2025-03-14T22:30:00-05:00",
            "a-1",
            'He said "no".',
        ),
        Entry("https://example.org/b", "Second item é", "2025-03-14T10:00:00+01:00", "/b"),
        Entry("https://example.org/c", "By its id", "2025-03-14T10:00:00+09:00", "https://example.org/c"),
    )


def test_atom_takes_the_link_to_the_page_and_knows_new_from_changed() -> None:
    feed = read(ATOM)
    assert (feed.title, feed.kind) == ("The Desk", "atom")
    one, two = feed.entries
    assert (one.url, one.published, one.modified) == (
        "https://example.org/1",
        "2025-03-14T08:00:00+00:00",
        "2025-03-15T10:00:00+03:00",
    )
    assert (two.published, two.modified) == ("2025-03-15T10:00:00+03:00",) * 2


def test_rdf() -> None:
    assert read(RDF) == Feed(
        "Old desk", "rdf", (Entry("https://example.org/r", "R", "2025-03-14T10:00:00+09:00", "https://example.org/r"),)
    )


def test_news_sitemaps_and_their_indexes() -> None:
    feed = read(NEWS)
    assert feed == Feed(
        "Example Wire",
        "sitemap",
        (
            Entry("https://example.org/n1", "Talks & more", "2025-03-14T10:00:00+02:00"),
            Entry("https://example.org/n2", modified="2025-03-15"),
        ),
    )
    index = read("<sitemapindex><sitemap><loc>/s1.xml.gz</loc><lastmod>2025-03-15</lastmod></sitemap><sitemap/></sitemapindex>")
    assert (index.kind, index.entries, index.more) == ("index", (), ("https://example.org/s1.xml.gz",))
    assert read(gzip.compress(NEWS.encode()), "application/x-gzip") == feed


def test_json_feeds_whatever_their_fields_hold() -> None:
    items = [
        {
            "id": "1",
            "url": "https://example.org/j",
            "title": "T",
            "date_published": "2025-03-14T10:00:00+02:00",
            "summary": "<p>S</p>",
        },
        {
            "id": 7,
            "external_url": "https://example.org/k",
            "title": ["odd"],
            "date_published": 5,
            "date_modified": "2025-03-14T10:00:00Z",
        },
        3,
        None,
        {"url": {"a": 1}},
        [],
        "https://example.org/l",
        {"id": "https://example.org/m"},
    ]
    feed = read(
        json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": items}), "application/feed+json"
    )
    assert (feed.title, feed.kind) == ("J", "json")
    assert [entry.url[-1] for entry in feed.entries] == ["j", "k", "l", "m"]
    assert feed.entries[0] == Entry("https://example.org/j", "T", "2025-03-14T10:00:00+02:00", "1", "S")
    assert feed.entries[1].published == "2025-03-14T10:00:00+00:00"


def test_plain_lists() -> None:
    feed = read(
        "# mine\n\nhttps://example.org/1 A title of it\r\n  https://example.org/2#x\nnot an address\nHTTPS://example.org/1\n"
    )
    assert feed == Feed("", "list", (Entry("https://example.org/1", "A title of it"), Entry("https://example.org/2")))


def test_every_kind_is_listed() -> None:
    index = "<sitemapindex><sitemap><loc>https://x.org/s</loc></sitemap></sitemapindex>"
    forms = (RSS, ATOM, RDF, '{"items": []}', NEWS, index, "https://x.org/1")
    assert tuple(read(form).kind for form in forms) == KINDS


@pytest.mark.parametrize("kind", ["text/html", "image/png", "application/json", "", "nonsense; charset"])
def test_the_servers_word_for_the_type_is_not_believed(kind: str) -> None:
    assert len(read(RSS, kind).entries) == 3


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\n\n  \ufeff" + text,
        lambda text: "<b>Warning</b>: deprecated in /x.php on line 3\n" + text,
        lambda text: text[: text.index("<item><title>Again")],
        lambda text: text.replace("&amp;y", "&y"),
        lambda text: text.replace("Second", "Sec\x00\x08ond"),
        lambda text: text.replace("Second", "AT&T &bogus; &#0; &#xD800;"),
        lambda text: text.replace('encoding="utf-8"', 'encoding="utf-16"'),
        lambda text: text.replace('<?xml version="1.0" encoding="utf-8"?>', ""),
        lambda text: text.replace("</channel>", ""),
        lambda text: text.replace("xmlns:dc", "xmlns:x"),
        lambda text: text + "<script>x</script>",
        lambda text: text.replace("<rss", '<!DOCTYPE rss PUBLIC "-//N//DTD RSS 0.91//EN" "http://x.org/rss.dtd">\n<rss'),
        lambda text: text.replace("<rss", '<!DOCTYPE rss [<!ENTITY nbsp "&#160;"> <!ENTITY co "Co">]>\n<rss'),
    ],
)
def test_broken_feeds_survive(change: object) -> None:
    assert callable(change)
    feed = read(change(RSS))
    assert [entry.url for entry in feed.entries][:2] == ["https://example.org/a?x=1&y=2", "https://example.org/b"]


@pytest.mark.parametrize(
    ("declared", "said", "codec"),
    [
        ("utf-8", "", "utf-8"),
        ("utf-8", "", "cp1252"),
        ("iso-8859-1", "", "cp1252"),
        ("iso-8859-1", "", "utf-8"),
        ("", "", "utf-8"),
        ("", "", "cp1252"),
        ("utf-8", "", "utf-8-sig"),
        ("utf-16", "", "utf-16"),
        ("utf-16", "", "utf-8"),
        ("", "text/xml; charset=iso-8859-1", "utf-8"),
        ("no-such", "", "utf-8"),
        ("us-ascii", "", "utf-8"),
        ("utf-16le", "", "utf-16-le"),
    ],
)
def test_encodings_whatever_is_said_of_them(declared: str, said: str, codec: str) -> None:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    text = head + "<rss><channel><title>Café “Élysée”</title></channel></rss>"
    assert read(text.encode(codec), said).title == "Café “Élysée”"


def test_encodings_of_other_scripts() -> None:
    text = '<?xml version="1.0" encoding="{}"?><rss><channel><title>{}</title></channel></rss>'
    for codec, title in (
        ("windows-1251", "Новости"),
        ("koi8-r", "Новости"),
        ("shift_jis", "外務省"),
        ("gb2312", "外交部"),
        ("iso-2022-jp", "外務省"),
        ("cp1256", "وزارة"),
    ):
        assert read(text.format(codec, title).encode(codec)).title == title, codec
    assert (
        read(text.replace(' encoding="{}"', "{}").format("", "Новости").encode("cp1251"), "text/xml; charset=windows-1251").title
        == "Новости"
    )


def test_one_broken_byte_does_not_spoil_the_others() -> None:
    data = RSS.encode().replace(b"Second", b"Caf\xc3\xa9s \xff Stra\xc3\x9fe \xe2\x80\x9cx\xe2\x80\x9d")
    assert read(data).entries[1].title.startswith("Cafés � Straße “x”")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        (" \n\x00 ", "is empty"),
        ("hello world", "is no feed"),
        ("<foo><bar/></foo>", "cannot be read as a feed"),
        ('{"a": 1}', "has no items"),
        ("{broken", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("<!doctype html><p>x", "is a web page, not a feed, and names no feed"),
        (
            '<html><link rel="alternate" type="application/rss+xml" title="a" href="/rss?a=1&amp;b=2">',
            "its feed is at https://example.org/rss?a=1&b=2",
        ),
        ("\x89PNG\r\n\x1a\n", "is no feed"),
        ("<rss><channel>" + "<a>" * 2_100_000, "tags"),
    ],
)
def test_what_is_no_feed_is_said_so(text: str, says: str) -> None:
    assert says in refusal(text)


@pytest.mark.parametrize(
    "subset",
    [
        '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">',
        '<!ENTITY x SYSTEM "file:///etc/passwd">',
        '<!ENTITY % x SYSTEM "http://127.0.0.1/"> %x;',
        f'<!ENTITY big "{"x" * 100_000}">',
        "<!ENTITY x PUBLIC 'a' 'b'>",
        '<!ENTITY x "<y>">',
        '<!ENTITY a "&#38;b;"',
        "".join(f'<!ENTITY e{n} "x">' for n in range(400)),
    ],
)
def test_entities_that_attack_are_refused(subset: str) -> None:
    assert "declares" in refusal(
        f'<?xml version="1.0"?><!DOCTYPE rss [{subset}]><rss><channel><title>&a;&x;&big;</title></channel></rss>'
    )


def test_entities_of_a_few_letters_are_read_as_text() -> None:
    subset = '<!ENTITY co "Co"><!ENTITY amp2 "&#38;">'
    feed = read(f"<!DOCTYPE rss [{subset}]><rss><channel><title>&co; &amp2; x</title></channel></rss>")
    assert feed.title == "Co & x"


def test_a_bomb_of_gzip_is_refused() -> None:
    assert "unpacks to more than" in refusal(packed(80_000_000))
    assert "ends in the middle" in refusal(gzip.compress(RSS.encode())[:-30])


def test_a_comment_without_end_takes_no_more_memory_than_the_feed() -> None:
    text = "<!--" + "a" * 2_000_000
    tracemalloc.start()
    try:
        with contextlib.suppress(InputError):
            read(text)
        assert tracemalloc.get_traced_memory()[1] < 20 * len(text)
    finally:
        tracemalloc.stop()


def test_a_file_of_very_many_parts_of_gzip_does_not_take_long() -> None:
    start = time.process_time()
    assert "is empty" in refusal(gzip.compress(b"") * 120_000)
    assert time.process_time() - start < 2.0


@pytest.mark.parametrize(
    "text",
    [
        "<!---->" * 200 + "<p>",
        "<rss><channel><title>" + "<![CDATA[" * 200_000,
        "<!DOCTYPE [" * 50_000,
        "<rss>" + "<!ENTITY a " * 50_000,
        "<rss>" + "&" * 500_000,
        "<rss><pubDate>" + " " * 500_000 + "<",
        "<a" * 300_000,
        "<rss><channel><item>" + "<a>" * 100_000,
        "https://x.org/ " * 50_000,
        "<html>" + "<link application/rss+xml " * 20_000,
        "<rss><channel><item><pubDate>" + "1 " * 200_000 + "</pubDate></item></channel></rss>",
        "<?xml " * 100_000,
        "<rss " + " x" * 200_000,
        "<rss><channel>" + "".join(f"<item><pubDate>in Monat {n} um halb {n}</pubDate></item>" for n in range(12_000)),
    ],
)
def test_no_text_takes_long(text: str) -> None:
    """Each of these takes a careless pattern minutes."""
    start = time.process_time()
    with contextlib.suppress(InputError):
        read(text)
    assert time.process_time() - start < 2.0


def test_a_feed_gives_so_many_entries_and_so_much_text_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "MAX_ENTRIES", 20)
    items = "".join(
        f"<item><title>{'t' * 3_000}</title><link>https://x.org/{n}</link><description>{'d' * 9_000}</description></item>"
        for n in range(60)
    )
    feed = read(f"<rss><channel>{items}</channel></rss>")
    assert len(feed.entries) == 20
    assert (len(feed.entries[0].title), len(feed.entries[0].summary)) == (feeds.MAX_TITLE, feeds.MAX_SUMMARY)


@pytest.mark.parametrize(
    ("given_", "iso"),
    [
        ("Fri, 14 Mar 2025 22:30:00 -0500", "2025-03-14T22:30:00-05:00"),
        ("Fri, 14 Mar 2025 22:30:00 GMT", "2025-03-14T22:30:00+00:00"),
        ("14 Mar 2025 22:30 +0300", "2025-03-14T22:30:00+03:00"),
        ("Fri, 14 Mar 2025 22:30:00 EST", "2025-03-14T22:30:00-05:00"),
        ("Fri, 14 Mar 2025 22:30:00 CEST", "2025-03-14T22:30:00+02:00"),
        ("Fri, 14 Mar 2025 22:30:00 IST", "2025-03-14T22:30:00+05:30"),
        ("Fri, 14 Mar 2025 22:30:00", "2025-03-14"),
        ("Fri, 14 Mar 2025 22:30:00 XYZT", "2025-03-14"),
        ("2025-03-14T10:00:00Z", "2025-03-14T10:00:00+00:00"),
        ("2025-03-14 10:00:00 +0200", "2025-03-14T10:00:00+02:00"),
        ("2025-03-14T10:00:00.1234567Z", "2025-03-14T10:00:00+00:00"),
        ("2025-03-14T10:00", "2025-03-14"),
        ("2025-03-14", "2025-03-14"),
        ("2025-03-14 10:00 UTC", "2025-03-14T10:00:00+00:00"),
        ("yesterday", ""),
        ("10:30", ""),
        ("", ""),
        ("0001-01-01T00:00:00Z", ""),
        ("1970-01-01T00:00:00Z", ""),
        ("2025-02-30", ""),
        ("Fri, 14 Mar 2025 99:30:00 GMT", ""),
        ("9" * 500, ""),
    ],
)
def test_dates_keep_their_zone_and_are_never_guessed(given_: str, iso: str) -> None:
    assert moment(given_) == iso
    if iso:
        got = read(f"<rss><channel><item><link>https://x.org/1</link><pubDate>{given_}</pubDate></item></channel></rss>")
        assert got.entries[0].published == iso


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_damage_gives_a_feed_or_an_error(data: st.DataObject) -> None:
    source = data.draw(st.sampled_from([RSS, ATOM, RDF, NEWS, '{"items":[{"url":"https://x.org/1","title":"t"}]}'])).encode()
    raw = bytearray(source)
    for _ in range(data.draw(st.integers(1, 8))):
        start = data.draw(st.integers(0, len(raw)))
        end = min(len(raw), start + data.draw(st.integers(0, 40)))
        raw[start:end] = data.draw(
            st.one_of(st.binary(max_size=12), st.sampled_from([b"<", b"]]>", b"<![CDATA[", b"&", b"<item>", b"\xff\xfe"]))
        )
    try:
        feed = read_feed(bytes(raw), URL)
    except InputError:
        return
    assert feed.kind in KINDS
    assert all(entry.url.startswith(("http://", "https://")) for entry in feed.entries)
