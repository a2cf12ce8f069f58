"""Pages written for these tests: what is read from them, what is left out, and what is refused."""

from __future__ import annotations

import json
import time

import pytest

from communique.errors import InputError
from communique.gather.pages.page import MAX_TAGS, page_report, read_page, to_report
from communique.records import Report

URL = "https://www.herald.example/world/2024/04/10/talks-go-on"
SAID = "The foreign minister of Finland said on Wednesday that the talks with Norway would go on in Oslo, in round {}."
PAID = """<script type='application/ld+json'>{"@type":"NewsArticle","isAccessibleForFree":false}</script>"""
BODY = "".join(f"<p>{SAID.format(n)}</p>" for n in range(8))


def page(article: str = BODY, head: str = "<title>Talks go on</title>", around: str = "") -> str:
    nav = "<nav><ul><li><a href='/'>Home</a></li><li><a href='/world'>World</a></li></ul></nav>"
    return f"<!doctype html><html lang='en'><head>{head}</head><body>{nav}<article>{article}</article>{around}</body></html>"


def report(html: str | bytes, **options: str) -> Report:
    return to_report(html, url=options.pop("url", URL), **options)


def refused(html: str | bytes, *words: str) -> InputError:
    with pytest.raises(InputError) as caught:
        report(html)
    for word in words:
        assert word in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value


def test_the_article_alone_is_the_text() -> None:
    assert report(page()).text.splitlines() == [SAID.format(n) for n in range(8)]


def test_what_the_page_does_not_say_is_taken_from_the_default() -> None:
    default = Report("", published="2024-04-11", source="Given Outlet", title="Given title", byline="Given Name")
    found = to_report(page(head=""), url="https://herald.example/talks", default=default)
    assert (found.published, found.source) == ("2024-04-11", "Given Outlet")
    assert (found.title, found.byline) == ("Given title", "Given Name")
    assert dict(found.found)["published"] == "given" and dict(found.found)["source"] == "given"


def test_an_outlet_that_the_page_names_counts_for_more_than_the_default() -> None:
    head = "<meta property='og:site_name' content='The Herald'>"
    assert to_report(page(head=head), url=URL, default=Report("", source="A feed")).source == "The Herald"


@pytest.mark.parametrize(
    ("clutter", "gone"),
    [
        ("<p>Sign up for our morning newsletter and get the day's stories in your inbox.</p>", "newsletter"),
        ("<div class='article-newsletter-box'><p>Our briefing comes at six, six days a week.</p></div>", "briefing"),
        ("<p><strong>Read more:</strong> <a href='/b'>Why the strait matters to both of the navies</a></p>", "strait"),
        ("<p><a href='/b'>Ferry company to lay off a hundred of its deckhands</a></p>", "deckhands"),
        ("<p>Related: Harbour strike enters its third week</p>", "Harbour"),
        ("<p>Lire aussi : La grève du port entre dans sa troisième semaine</p>", "grève"),
        ("<figure><img src='a.jpg'><figcaption>Delegates leave the hall by its east door.</figcaption></figure>", "east door"),
        ("<p class='photo-credit'>Delegates at lunch, by Mikko Aho</p>", "Mikko"),
        ("<p>Ministers at the lake. (AP Photo/Anna Lind)</p>", "lake"),
        ("<div class='author-bio'><p>Anna Lind is our correspondent in the north and writes about the sea.</p></div>", "writes"),
        ("<p>We and our 12 partners use cookies to keep your settings.</p>", "cookies"),
        ("<div id='onetrust-consent'><p>Choose which of the technologies on this site you allow.</p></div>", "technologies"),
        ("<p>14:32 GMT</p>", "14:32"),
        ("<p>Last updated: 10 April 2024 at 15.10</p>", "15.10"),
        ("<p>© 2024 Herald Media Limited</p>", "Limited"),
        ("<p>Share this article</p>", "Share"),
    ],
)
def test_what_pages_leave_among_their_paragraphs_is_left_out(clutter: str, gone: str) -> None:
    parts = BODY.split("</p>")
    html = page("</p>".join(parts[:4]) + "</p>" + clutter + "</p>".join(parts[4:]))
    found = report(html)
    assert gone not in found.text
    assert [SAID.format(n) for n in range(8)] == found.text.splitlines()


@pytest.mark.parametrize(
    "line",
    [
        "The minister told reporters that cookies would be served at the talks, and that she had baked them herself.",
        "“Read more of our treaty,” the envoy told his critics in parliament on Tuesday.",
        "The newspaper said that its newsletter had been banned by the ministry in March.",
        "He said the photograph by the state news agency had been taken in another year.",
        "About 300 soldiers crossed the river at dawn, the ministry said.",
        "Additional reporting by Anna Lind in Oslo; editing by Mikko Aho.",
        "* * *",
    ],
)
def test_sentences_that_look_like_clutter_stay(line: str) -> None:
    assert line in report(page(BODY + f"<p>{line}</p>" + BODY.replace("Oslo", "Bergen"))).text.splitlines()


def test_the_headline_above_the_text_is_the_title_and_no_sentence() -> None:
    found = report(page("<h1>Talks go on</h1>" + BODY))
    assert found.title == "Talks go on" and not found.text.startswith("Talks go on")
    assert "1 title" in dict(found.found)["text"]


def test_a_paragraph_that_a_page_prints_twice_is_there_once() -> None:
    found = report(page(BODY + f"<p>{SAID.format(3)}</p>"))
    assert found.text.count(SAID.format(3)) == 1


def test_a_posted_message_stays_as_a_quotation_with_its_author() -> None:
    # Extraction drops embedded posts; unmarked, their words would be the outlet's own.
    post = (
        "<div class='article-embed tweet'><blockquote class='twitter-tweet'><p>We will close the strait on Friday.</p>"
        "&mdash; Ministry of Defence (@mod) <a href='https://x.example/1'>April 9, 2024</a></blockquote></div>"
    )
    text = report(page(BODY + post + BODY.replace("Oslo", "Bergen"))).text
    assert "“We will close the strait on Friday.”" in text
    assert "Ministry of Defence (@mod) April 9, 2024" in text


def test_two_posts_of_one_account_keep_their_author_both() -> None:
    posts = "".join(
        f"<blockquote class='twitter-tweet'><p>Gate {n} of the harbour is shut.</p>"
        f"&mdash; The Ministry of Defence of Finland (@mod) <a href='/{n}'>April 9, 2024</a></blockquote>" for n in (1, 2)
    )  # fmt: skip
    assert report(page(BODY + posts)).text.count("The Ministry of Defence of Finland (@mod)") == 2


def test_a_part_that_holds_the_article_stays_whatever_it_is_called() -> None:
    html = f"<html><body><div class='promo subscription-content'><div class='related'>{BODY}</div></div></body></html>"
    assert SAID.format(7) in report(html).text


def test_an_article_in_a_table_without_paragraphs_is_read() -> None:
    rows = "<br><br>".join(SAID.format(n) for n in range(8))
    html = f"<html><body><table><tr><td><a href='/'>Home</a></td><td>{rows}</td></tr></table></body></html>"
    text = report(html).text
    assert all(SAID.format(n) in text for n in range(8))


def test_an_article_that_scripts_would_draw_is_taken_from_json_ld() -> None:
    body = " ".join(SAID.format(n) for n in range(8))
    node = json.dumps({"@type": "NewsArticle", "headline": "Talks go on", "articleBody": body})
    head = f"<script type='application/ld+json'>{node}</script>"
    found = report(f"<html><head>{head}</head><body><div id='app'></div></body></html>")
    assert found.text == body and dict(found.found)["text"] == "json-ld articleBody"


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("", "is a page without an article"),
        ("   \n", "is a page without an article"),
        ("<html></html>", "is a page without an article"),
        ("<html><body><p>Log in</p></body></html>", "is a page without an article"),
        (page("<p>Before you continue to the Herald, choose. We and our 210 partners process your data on your device, such as"
              " cookies, to show you advertisements. You can manage your preferences at any time.</p>",
              "<title>Before you continue</title>"), "consent"),
        (page("<p>We value your privacy. We and our partners store and access information on a device, such as cookies, and"
              " process personal data for ads and content. Please accept all cookies to go on, or choose.</p>"), "consent"),
        (page("<p>Checking your browser before you reach the Herald. This takes a few seconds and then you will be sent on"
              " to the page that you asked for. Please enable JavaScript and cookies to continue.</p>",
              "<title>Just a moment...</title>"), "a person"),
        (page("<p>We are sorry, the page that you look for is not here any more, or has never been. Use the search above, or go"
              " back to our front page, where you find the latest of our reports.</p>", "<title>404 - Page not found</title>"),
         "no such page"),
        (page("<p>Only for you.</p><p>Already a subscriber? Log in.</p>",
              PAID), "subscribers"),
    ],
)  # fmt: skip
def test_what_stands_in_an_articles_place_is_refused_by_its_name(html: str, words: str) -> None:
    assert refused(html, URL, words).kind == "page"


def test_the_first_lines_of_a_paid_article_are_read_and_said_to_be_that() -> None:
    head = PAID.replace("false", '"False"')
    found = report(page(BODY[: BODY.index("round 3") - 20] + "</p><p>Subscribe to continue reading.</p>", head))
    assert any("subscribers only" in note for note in found.notes)
    assert "Subscribe" not in found.text


def test_an_article_about_consent_is_an_article() -> None:
    said = (
        "Regulators told sites {} times that “we value your privacy” banners and accept all cookies buttons mislead readers, a "
        "court in Oslo said in a long ruling on Tuesday."
    )
    assert "Regulators" in report(page("".join(f"<p>{said.format(n)}</p>" for n in range(12)))).text


@pytest.mark.parametrize("tag", ["div", "span", "b", "ul", "table", "blockquote", "x-box"])
def test_a_page_nested_a_hundred_thousand_deep_is_read(tag: str) -> None:
    deep = f"<html><body>{f'<{tag}>' * 100_000}{BODY}{f'</{tag}>' * 100_000}</body></html>"
    began = time.perf_counter()
    assert SAID.format(7) in report(deep).text
    assert time.perf_counter() - began < 20


@pytest.mark.parametrize(
    "more",
    [
        "<script>" + "var a = '<div>';" * 320_000 + "</script>",
        "<br>" * 1_250_000,
        "<!-- " + "-" * 5_000_000 + " -->",
        "<div class='" + "newsletter-x " * 400_000 + "'></div>",
        "<script type='application/ld+json'>" + "[" * 1_000_000 + "</script>",
        "<blockquote class='twitter-tweet'><p>x</p>" * 3_000,
    ],
    ids=["script", "breaks", "comment", "class", "json-ld", "posts"],
)
def test_five_megabytes_around_an_article_do_not_hide_it(more: str) -> None:
    began = time.perf_counter()
    assert report(page(around=more)).text.startswith(SAID.format(0))
    assert time.perf_counter() - began < 20


def test_a_page_with_more_tags_than_can_be_parsed_is_refused() -> None:
    refused(page(around="<i></i>" * (MAX_TAGS // 2)), f"{MAX_TAGS:,}")
    assert refused(page(around="x" * 20_000_001), "20,000,000").kind == "size"


@pytest.mark.parametrize(
    "broken",
    [
        BODY,
        f"<article>{BODY.replace('</p>', '')}",
        f"<html><body><div><article>{BODY}</div></p></article></table>",
        f"<html><body><article>{BODY}<p class='a",
        f"<html><body><article>{BODY}<![CDATA[ <p>x</p>",
        f"<html><html><head><head><body><body><article>{BODY}",
        f"<?xml version='1.0' encoding='utf-8'?><!DOCTYPE html><html xmlns='http://www.w3.org/1999/xhtml'><body>{BODY}</body></html>",
        f"<html><body><article>\x00{BODY}\x0b</article></body></html>",
        f"<html><body><article>{BODY}&#xD800;&#0;&bogus;</article></body></html>",
    ],
)
def test_broken_markup_is_read(broken: str) -> None:
    text = report(broken).text
    assert all(SAID.format(n) in text for n in range(8))


def test_a_report_that_is_not_english_keeps_its_text_and_the_pages_word_for_its_language() -> None:
    said = "Der Minister sagte am Mittwoch in Oslo, die Gespräche mit der Delegation würden in Runde {} fortgesetzt."
    found = report(page("".join(f"<p>{said.format(n)}</p>" for n in range(6))).replace("lang='en'", "lang='de-AT'"))
    assert found.language == "de" and dict(found.found)["language"] == "html lang: de"


def test_a_page_of_another_reader_can_be_made_a_report() -> None:
    found = page_report(read_page(page(), "talks.html"), Report("", source="The Herald"))
    assert (found.source, found.url) == ("The Herald", "") and found.text.startswith(SAID.format(0))
