"""What a page says about its article, and where: each place of data/gather/meta.tsv, and those that are wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import document_fromstring

from communique.compare.credit import credited
from communique.gather.pages.agencies import agency_in, credited_in
from communique.gather.pages.bylines import names
from communique.gather.pages.jsonld import Graph, parse
from communique.gather.pages.moments import has_zone, moment, of_url
from communique.gather.pages.page import to_report
from communique.gather.pages.pagemeta import Meta, read_meta
from communique.records import Report, parse_published

URL = "https://www.herald.example/world/2024/04/10/talks"
SAID = "The foreign minister of Finland said on Wednesday that the talks with Norway would go on in Oslo, in round {}."
NAMED = "<meta property='og:site_name' content='Herald'>"
BODY = "".join(f"<p>{SAID.format(n)}</p>" for n in range(6))


def ld(**node: Any) -> str:
    return f"<script type='application/ld+json'>{json.dumps({'@type': 'NewsArticle', **node})}</script>"


def meta(head: str, body: str = BODY, url: str = URL) -> Meta:
    return read_meta(document_fromstring(f"<html><head>{head}</head><body>{body}</body></html>"), url)


def where(found: Meta, name: str) -> str:
    return dict(found.found).get(name, "")


@pytest.mark.parametrize(
    ("head", "title", "place"),
    [
        (ld(headline="Talks go on"), "Talks go on", "json-ld headline"),
        ("<meta property='og:title' content='Talks go on | The Herald'><meta property='og:site_name' content='The Herald'>",
         "Talks go on", "meta og:title"),
        ("<title>Talks go on - Herald</title>", "Talks go on", "title element"),
        ("<title>The Herald: Talks go on</title>", "The Herald: Talks go on", "title element"),
        ("<meta property='og:title' content='Talks &amp;amp; terms'>", "Talks & terms", "meta og:title"),
        # Cut for a search engine; whole above the text.
        (ld(headline="Talks go on in ...") + "<meta property='og:title' content='Talks go on in Oslo after a storm'>",
         "Talks go on in Oslo after a storm", "meta og:title"),
        # A headline that nothing bears out is an older one, or another article's.
        (ld(headline="Weather for the week") + "<meta property='og:title' content='Talks go on in Oslo'>"
         "<title>Talks go on in Oslo</title>",
         "Talks go on in Oslo", "meta og:title"),
        ("<title>The Herald</title><meta property='og:site_name' content='The Herald'>", "", ""),
        ("", "", ""),
    ],
)  # fmt: skip
def test_the_title(head: str, title: str, place: str) -> None:
    found = meta(head)
    assert (found.title, where(found, "title")) == (title, place)


@pytest.mark.parametrize(
    ("head", "published", "place"),
    [
        (ld(datePublished="2024-04-10T08:15:00+03:00", dateModified="2024-04-12T09:00:00+03:00"), "2024-04-10T08:15:00+03:00",
         "json-ld datePublished"),
        ("<meta property='article:modified_time' content='2024-04-12T09:00:00Z'><meta property='article:published_time' "
         "content='2024-04-10T05:15:00Z'>", "2024-04-10T05:15:00+00:00", "meta article:published_time"),
        # One place has the day, another the moment of the same day.
        (ld(datePublished="2024-04-10") + "<meta name='parsely-pub-date' content='2024-04-10T08:15:00+03:00'>",
         "2024-04-10T08:15:00+03:00", "meta parsely-pub-date"),
        # ... or of another day: the first place counts.
        (ld(datePublished="2024-04-10") + "<meta name='pubdate' content='2024-04-12T08:15:00+03:00'>", "2024-04-10",
         "json-ld datePublished"),
        ("<meta name='pubdate' content='Wed, 10 Apr 2024 08:15:00 +0300'>", "2024-04-10T08:15:00+03:00", "meta pubdate"),
        # Systems that do not know write such things; then the address counts.
        (ld(datePublished="0001-01-01T00:00:00Z"), "2024-04-10", "url"),
        (ld(datePublished="2999-01-01"), "2024-04-10", "url"),
        (ld(datePublished="soon"), "2024-04-10", "url"),
        ("", "2024-04-10", "url"),
    ],
)  # fmt: skip
def test_the_date_of_publication_keeps_its_zone(head: str, published: str, place: str) -> None:
    found = meta(head)
    assert (found.published, where(found, "published")) == (published, place)


def test_a_time_element_gives_the_date() -> None:
    found = meta("", f"<time itemprop='datePublished' datetime='2024-04-09T20:00:00-04:00'>yesterday</time>{BODY}", "")
    assert (found.published, where(found, "published")) == ("2024-04-09T20:00:00-04:00", "time itemprop=datePublished")


def test_a_date_that_the_address_contradicts_is_noted() -> None:
    found = meta(ld(datePublished="2024-06-01T00:00:00Z"))
    assert found.published.startswith("2024-06-01") and "2024-04-10" in found.notes[0]
    assert not meta(ld(datePublished="2024-04-11T00:30:00Z")).notes


def test_the_last_change_is_the_date_only_where_nothing_else_is() -> None:
    head = "<meta property='article:modified_time' content='2024-04-12T09:00:00Z'>"
    assert meta(head).published == "2024-04-10"
    report = to_report(f"<html><head>{head}</head><body><article>{BODY}</article></body></html>", url="https://herald.example/a")
    assert report.published[:10] == "2024-04-12"
    assert dict(report.found)["published"] in ("modified", "markup (htmldate)")


@pytest.mark.parametrize(
    ("head", "site", "place"),
    [
        (ld(publisher={"@type": "Organization", "name": "The Herald"}), "The Herald", "json-ld publisher"),
        ("<meta property='og:site_name' content='The Herald'>", "The Herald", "meta og:site_name"),
        ("<meta property='og:site_name' content='The Herald - news of the north since 1881'>", "The Herald", "meta og:site_name"),
        # The agency whose copy it is, and the platform that the page runs on, are no outlet.
        (ld(publisher={"name": "Associated Press"}) + NAMED, "Herald", "meta og:site_name"),
        (ld(publisher={"name": "WordPress"}), "herald.example", "url"),
        (ld(publisher={"name": "Reuters"}), "herald.example", "url"),
        # Which of two names is right, the address tells.
        (ld(publisher={"name": "HMG Digital"}) + NAMED, "Herald", "meta og:site_name"),
        ("", "herald.example", "url"),
    ],
)  # fmt: skip
def test_the_outlet(head: str, site: str, place: str) -> None:
    found = meta(head)
    assert (found.site, where(found, "source")) == (site, place)


@pytest.mark.parametrize(
    ("head", "byline", "agency"),
    [
        (ld(author={"@type": "Person", "name": "Anna Lind"}), "Anna Lind", ""),
        (ld(author=[{"name": "Anna Lind"}, {"name": "Mikko Aho"}]), "Anna Lind; Mikko Aho", ""),
        (ld(author="By ANNA LIND, Associated Press"), "Anna Lind", "AP"),
        (ld(author={"@type": "Organization", "name": "Reuters"}), "", "REUTERS"),
        (ld(author={"name": "Reuters Staff"}), "", "REUTERS"),
        (ld(author={"name": "AFP in Oslo"}), "", "AFP"),
        # A name that an agency has too.
        (ld(author={"name": "Petra Saba"}), "Petra Saba", ""),
        (ld(author={"name": "Petra"}), "", "PETRA"),
        (ld(author={"name": "The Herald"}, publisher={"name": "The Herald"}), "", ""),
        (ld(author={"name": "Anna Lind", "url": "https://herald.example/a"}, sourceOrganization={"name": "Associated Press"}),
         "Anna Lind", "AP"),
        (ld(publisher={"name": "Associated Press"}), "", "AP"),
        ("<meta name='author' content='Anna Lind and Mikko de Vries'>", "Anna Lind; Mikko de Vries", ""),
        ("<meta name='author' content='admin'>", "", ""),
        ("<meta name='author' content='https://www.facebook.com/herald'>", "", ""),
        ("<meta name='author' content='Staff Writer'>", "", ""),
        ("<meta name='author' content='Web Desk'><meta name='dc.creator' content='Anna Lind'>", "Anna Lind", ""),
    ],
)
def test_who_wrote_it_and_whose_copy_it_is(head: str, byline: str, agency: str) -> None:
    found = meta(head)
    assert (found.byline, found.agency) == (byline, agency)


def test_a_byline_in_the_text_and_a_dateline_are_read_where_the_markup_is_silent() -> None:
    text = f"<p>By Anna Lind</p><p>OSLO (AP) — {SAID.format(0)}</p>{BODY}"
    report = to_report(f"<html><body><article>{text}</article></body></html>", url=URL)
    assert (report.byline, report.agency) == ("Anna Lind", "AP")
    assert dict(report.found)["byline"] == dict(report.found)["agency"] == "text"


def test_what_the_page_credits_counts_where_copies_are_judged() -> None:
    assert credited(Report(SAID, agency="AFP")) == "AFP"
    assert credited(Report(f"OSLO (AP) — {SAID}")) == "AP" == credited_in(f"OSLO (AP) — {SAID}")
    assert agency_in("The Awami Party of Petra Berg") == ""


@pytest.mark.parametrize(
    ("head", "url", "address"),
    [
        ("<link rel='canonical' href='/world/talks'>", URL, "https://www.herald.example/world/talks"),
        ("<link rel='canonical' href='https://herald.example/world/talks'>", "https://amp.herald.example/talks",
         "https://herald.example/world/talks"),
        # Another site's article, and the front page, are not this page.
        ("<link rel='canonical' href='https://wire.example/talks'>", URL, ""),
        ("<link rel='canonical' href='https://www.herald.example/'>", URL, ""),
        ("<link rel='canonical' href='javascript:void(0)'><meta property='og:url' content='https://www.herald.example/a'>", URL,
         "https://www.herald.example/a"),
        ("<link rel='canonical' href='https://[bad/'>", URL, ""),
        ("<link rel='canonical' href='https://wire.example/talks'>", "", "https://wire.example/talks"),
    ],
)  # fmt: skip
def test_the_address(head: str, url: str, address: str) -> None:
    assert meta(head, url=url).url == address


def test_the_article_is_found_among_other_nodes() -> None:
    graph = {"@graph": [
        {"@type": "WebSite", "name": "The Herald"},
        {"@type": "ItemList", "itemListElement": [{"@type": "NewsArticle", "headline": "Another", "url": "https://h.example/b"}]},
        {"@type": ["NewsArticle", "https://schema.org/Report"], "headline": "Talks go on",
         "mainEntityOfPage": {"@id": URL + "?x=1"}, "author": {"@id": "#anna"}},
        {"@type": "Person", "@id": "#anna", "name": "Anna Lind"},
    ]}  # fmt: skip
    found = meta(f"<script type='application/ld+json'>{json.dumps(graph)}</script>")
    assert (found.title, found.byline) == ("Talks go on", "Anna Lind")


@pytest.mark.parametrize(
    "script",
    [
        '<!-- {"headline": "A"} -->', '//<![CDATA[\n{"headline": "A"}\n//]]>', '{"headline": "A",}', '{"headline": "A\n"};',
        '[{"headline": "A"}]',
    ],
)  # fmt: skip
def test_json_ld_that_is_nearly_json_is_read(script: str) -> None:
    assert str(parse([script])).count("A") == 1


@pytest.mark.parametrize("script", ["", "{", "[" * 100_000, '{"a": ' * 50_000, "null", "12", '"x"', "[[], {}]"])
def test_json_ld_that_is_none_is_passed_over(script: str) -> None:
    assert Graph(parse([script])).article() == {}


KEYS = st.sampled_from(["@type", "@id", "@graph", "author", "name", "headline", "publisher", "datePublished", "url"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda v: st.lists(v, max_size=4) | st.dictionaries(KEYS, v, max_size=5),
    max_leaves=20,
)


@settings(deadline=None)  # the first page imports the parser
@given(VALUES)
def test_no_json_ld_breaks_a_page(value: object) -> None:
    found = meta(ld(x=value, author=value, headline=value, publisher=value, datePublished=value, url=value))
    assert isinstance(found.title, str) and isinstance(found.byline, str)


@pytest.mark.parametrize(
    ("given", "when"),
    [
        ("2024-04-10T08:15:00.123Z", "2024-04-10T08:15:00+00:00"), ("2024-04-10T08:15+0530", "2024-04-10T08:15:00+05:30"),
        ("2024-04-10 08:15:00 UTC", "2024-04-10T08:15:00+00:00"), ("2024-04-10T08:15:00-5:00", "2024-04-10T08:15:00-05:00"),
        ("Wed Apr 10 2024 08:15:00 GMT+0300 (Moscow)", "2024-04-10T08:15:00+03:00"), ("April 10, 2024", "2024-04-10"),
        ("Published 10 April 2024", "2024-04-10"), ("Apr 10, 2024 8:15 p.m.", "2024-04-10T20:15:00"),
        ("1712736900", "2024-04-10T08:15:00+00:00"),
        ("1712736900000", "2024-04-10T08:15:00+00:00"), ("20240410", "2024-04-10"), ("2024/04/10 08:15", "2024-04-10T08:15:00"),
        # Two days at once, none, and what no paper prints.
        ("03/04/2024", ""), ("yesterday", ""), ("", ""), ("0000-00-00", ""), ("1712-04-10", ""), ("2024-13-40", ""),
        ("9" * 13, ""),
    ],
)  # fmt: skip
def test_moments(given: str, when: str) -> None:
    assert moment(given) == when
    if when:
        assert parse_published(when) is not None
    assert has_zone(when) == ("+" in when or when.endswith("-05:00"))


@settings(deadline=None)
@given(st.text(max_size=70))
def test_any_text_is_a_moment_or_none(text: str) -> None:
    found = moment(text)
    assert not found or parse_published(found) is not None


@pytest.mark.parametrize(
    ("url", "day"),
    [
        (URL, "2024-04-10"), ("https://h.example/2024/apr/10/talks", "2024-04-10"),
        ("https://h.example/talks-2024-04-10.html", "2024-04-10"), ("https://h.example/20240410-talks", "2024-04-10"),
        ("https://h.example/article-14848251.php", ""), ("https://h.example/2024/04/talks", ""),
        ("https://h.example/2024/13/45/talks", ""), ("https://h.example/a?d=2024-04-10", ""),
    ],
)  # fmt: skip
def test_days_in_addresses(url: str, day: str) -> None:
    assert of_url(url) == day


def test_names_out_of_bylines() -> None:
    bylines = [
        "By J.D. SMITH and Anna Lind | The Herald", "Written by José Ortega y Gasset in Madrid", "김소연", "anna@herald.example",
    ]  # fmt: skip
    assert names(bylines, ["The Herald"]) == ("J.D. Smith", "Anna Lind", "José Ortega y Gasset", "김소연")
    assert names(["Oslo", "Anna", "Anna Lind"], full=True) == ("Anna Lind",)
