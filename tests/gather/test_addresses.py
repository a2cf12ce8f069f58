"""The canonical form: what is one article, and what stays two."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from communique.errors import InputError
from communique.gather.web import addresses
from communique.gather.web.addresses import canonical, join, split

SAME = [
    ("HTTPS://Example.ORG:443/News/Story#part", "https://example.org/News/Story"),
    ("http://example.org:80", "http://example.org/"),
    ("http://example.org./a", "http://example.org/a"),
    ("https://example.org:8443/a", "https://example.org:8443/a"),
    ("https://example.org/a/./b/../c", "https://example.org/a/c"),
    ("https://example.org/../../a/..", "https://example.org/"),
    ("https://example.org/a/.", "https://example.org/a/"),
    ("https://example.org/%7Euser/%e4%b8", "https://example.org/~user/%E4%B8"),
    ("https://example.org/a%2Fb", "https://example.org/a%2Fb"),
    ("https://example.org/50%", "https://example.org/50%25"),
    ("https://example.org/ü b", "https://example.org/%C3%BC%20b"),
    ("https://bücher.example/x", "https://xn--bcher-kva.example/x"),
    ("  https://example.org/a\n", "https://example.org/a"),
    ("https:\\\\example.org\\a", "https://example.org/a"),
    ("https://example.org/a?utm_source=rss&utm_medium=x", "https://example.org/a"),
    ("https://example.org/a?UTM_Source=rss&id=7&fbclid=abc", "https://example.org/a?id=7"),
    ("https://example.org/a?", "https://example.org/a"),
    ("https://example.org/a?&&id=1&", "https://example.org/a?id=1"),
    ("https://example.org/a?b=2&a=1", "https://example.org/a?a=1&b=2"),
    ("https://example.org/a?x=2&x=1&a=1", "https://example.org/a?x=2&x=1&a=1"),
    ("https://example.org/a?b&a=1", "https://example.org/a?b&a=1"),
    ("https://www.dw.com/en/story/a-1?maca=en-rss-en-all-1573-rdf", "https://www.dw.com/en/story/a-1"),
    ("https://example.org/a?maca=1", "https://example.org/a?maca=1"),
    ("https://www.theguardian.com/x?ref=homepage", "https://www.theguardian.com/x"),
    ("https://example.org/x?ref=homepage", "https://example.org/x?ref=homepage"),
    ("https://example.org/a/index.html", "https://example.org/a/"),
    ("https://example.org/index.php", "https://example.org/"),
    ("https://example.org/index.php?id=3", "https://example.org/index.php?id=3"),
    ("https://example.org/index.html/more", "https://example.org/index.html/more"),
    ("https://example.org/story/amp/", "https://example.org/story"),
    ("https://example.org/story/amp", "https://example.org/story"),
    ("https://example.org/amp", "https://example.org/amp"),
    ("https://example.org/story.amp", "https://example.org/story"),
    ("https://example.org/story.amp.html", "https://example.org/story.html"),
    ("https://example.org/champ", "https://example.org/champ"),
    ("https://example.org/guitar-amp", "https://example.org/guitar-amp"),
    ("https://example.org/a?amp=1", "https://example.org/a"),
    ("https://example.org/a?amp", "https://example.org/a"),
    ("https://example.org/a?amp=40", "https://example.org/a?amp=40"),
    ("https://example.org/a?outputType=amp&b=1", "https://example.org/a?b=1"),
    ("https://www.google.com/amp/s/www.example.org/story/amp/", "https://www.example.org/story"),
    ("https://www-example-org.cdn.ampproject.org/c/s/www.example.org/story?utm_source=x", "https://www.example.org/story"),
    ("https://amp.theguardian.com/world/1", "https://www.theguardian.com/world/1"),
    ("https://amp.example.org/world/1", "https://amp.example.org/world/1"),
    ("https://example.org/a;jsessionid=AB12?id=1", "https://example.org/a?id=1"),
    ("https://[2001:DB8::1]:443/a", "https://[2001:db8::1]/a"),
    ("https://example.org//a", "https://example.org//a"),
    ("https://example.org/a/", "https://example.org/a/"),
    ("https://example.org/a+b?q=c+d", "https://example.org/a+b?q=c+d"),
]


@pytest.mark.parametrize(("given_", "form"), SAME)
def test_the_canonical_form(given_: str, form: str) -> None:
    assert canonical(given_) == form
    assert canonical(form) == form


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "is not an http"),
        ("example.org/a", "is not an http"),
        ("//example.org/a", "is not an http"),
        ("ftp://example.org/a", "ftp"),
        ("javascript:alert(1)", "javascript"),
        ("mailto:a@example.org", "mailto"),
        ("https://", "has no host"),
        ("https:///a", "has no host"),
        ("https://user:pass@example.org/", "name or password"),
        ("https://example.org:99999/", "Port"),
        ("https://example.org:x/", "Port"),
        ("https://exa mple.org/", "no name"),
        ("https://example..org/", "no name"),
        ("https://[::1/", "not an address"),
        ("https://ex%61mple.org/", "no name"),
        ("https://example.org/\x00a", "control"),
        ("https://example.org/" + "a" * 5_000, "too many"),
        ("https://[fe80::1%25eth0]/", "interface"),
        ("https://" + "a" * 300 + ".org/", "no name"),
        ("https://ü" + "b" * 70 + ".org/", "no name"),
    ],
)
def test_what_is_no_address_is_said_so(url: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        canonical(url)
    assert says in str(caught.value)
    assert "pass" not in str(caught.value).replace("password", "")
    assert len(str(caught.value)) < 600


def test_links_of_a_page_become_absolute() -> None:
    assert join("https://example.org/a/b", " ../c?x=1#y ") == "https://example.org/c?x=1"
    assert join("https://example.org/a/b", "//other.org/c") == "https://other.org/c"
    for link in ("javascript:void(0)", "mailto:a@b.org", "http://[bad"):
        with pytest.raises(InputError):
            join("https://example.org/", link)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from("abAZ019-._~:/?#[]@!$&'()*+,;=%ü字 \\\t<>\"{}|^`\x01amp"), max_size=60))
def test_any_rest_has_one_form_or_is_no_address(rest: str) -> None:
    try:
        form = canonical("https://example.org/" + rest)
    except InputError:
        return
    assert canonical(form) == form
    parts = urlsplit(form)
    assert form.isascii() and " " not in form and "#" not in form
    assert parts.scheme == "https" and parts.netloc and parts.path.startswith("/")
    assert "/../" not in parts.path and "/./" not in parts.path


@settings(max_examples=80, deadline=None)
@given(st.from_regex(addresses._CLEAN, fullmatch=True))
def test_the_short_way_gives_what_the_long_one_does(url: str) -> None:
    quick = split(url)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(addresses, "_CLEAN", re.compile("(?!)"))
        assert split(url) == quick


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_split_or_refused(text: str) -> None:
    for url in (text, "http://" + text):
        try:
            split(url)
        except InputError:
            continue
