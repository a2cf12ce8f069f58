"""What a page says about its article beside the text: title, outlet, byline, agency, date with its zone, language, address;
each with where it was found.

Where to look, and in which order, is data/gather/meta.tsv.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin, urlsplit

from communique.gather.pages import bylines, jsonld, moments
from communique.gather.pages.agencies import agency_in
from communique.settings import read_table

LONGEST = 500
"""Characters of a title, outlet or credit that are kept: what is longer is a text in the wrong place."""

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?=$|[-_])")
_SITE_TAIL = re.compile(r"\s+(?:[|–—»·:]|-{1,2})\s+")
_SECOND = frozenset(
    ("co", "com", "org", "net", "gov", "ac", "edu", "or", "ne", "go", "gob", "gouv", "govt", "mil", "in", "info", "press", "news")
)
"""What stands before a country's ending where it gives no names of its own, as in ``bbc.co.uk``."""

_LABEL = re.compile(r"^(?:www|m|mobile|amp|edition|en|news)\.")


@dataclass(frozen=True, slots=True)
class Meta:
    """What stands on a page; unknown is the empty string. `found` pairs each field with where it stood.

    `language` is the markup's claim alone; `titles` are all forms of the headline, `free` is false where the page says that its
    article is for subscribers, `body` is the text that JSON-LD gives, `modified` the moment of the last change.
    """

    title: str = ""
    published: str = ""
    modified: str = ""
    byline: str = ""
    agency: str = ""
    site: str = ""
    url: str = ""
    language: str = ""
    found: tuple[tuple[str, str], ...] = ()
    titles: tuple[str, ...] = ()
    free: bool = True
    body: str = ""
    notes: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def _places() -> dict[str, tuple[tuple[str, str], ...]]:
    out: dict[str, list[tuple[str, str]]] = {}
    for row in read_table("gather/meta.tsv"):
        out.setdefault(row["field"], []).append((row["place"], row["key"]))
    return {name: tuple(rows) for name, rows in out.items()}


@dataclass(slots=True)
class _Sheet:
    """A page's markup, indexed once."""

    tree: Any
    url: str
    metas: dict[str, list[str]] = field(default_factory=dict)
    graph: jsonld.Graph = field(default_factory=lambda: jsonld.Graph(()))
    article: jsonld.Node = field(default_factory=dict)

    def __post_init__(self) -> None:
        for element in self.tree.iter("meta"):
            content = (element.get("content") or "").strip()
            for name in (element.get("property"), element.get("name"), element.get("itemprop"), element.get("http-equiv")):
                if name and content:
                    self.metas.setdefault(name.strip().lower(), []).append(content)
        scripts = [
            element.text or "" for element in self.tree.iter("script") if "ld+json" in (element.get("type") or "").lower()
        ]  # fmt: skip
        self.graph = jsonld.Graph(jsonld.parse(scripts))
        self.article = self.graph.article((self.url, self.link("canonical")))

    def link(self, rel: str) -> str:
        for element in self.tree.iter("link"):
            if rel in (element.get("rel") or "").lower().split():
                return (element.get("href") or "").strip()
        return ""

    def values(self, name: str) -> Iterator[tuple[list[str], str]]:
        """(texts, where they stand) of a field, best place first."""
        for place, key in _places()[name]:
            texts = [" ".join(text.split()) for text in self._at(place, key)]
            if any(texts):
                yield [text for text in texts if text], f"{place} {key}" if place != "element" else _called(key)

    def _at(self, place: str, key: str) -> list[str]:
        if place == "json-ld":
            return self.graph.texts(self.article.get(key))
        if place == "meta":
            return self.metas.get(key, [])
        if place == "link":
            return [self.link(key)]
        if place == "time":
            return self._times(key)
        found = self.tree.xpath(key)[:3]
        return [one if isinstance(one, str) else one.text_content()[:LONGEST] for one in found]

    def _times(self, key: str) -> list[str]:
        name, _, wanted = key.partition("=")
        for element in self.tree.iter("time"):
            given = element.get(name)
            if given is not None and (not wanted or wanted in given):
                return [element.get("datetime") or element.text_content()]
        return []


def _called(xpath: str) -> str:
    """What an element is called where it is said where a field was found."""
    if xpath.startswith("/html"):
        return "html lang"
    return {"//h1": "h1", "//title": "title element"}.get(xpath, "byline element")


def read_meta(tree: Any, url: str = "") -> Meta:
    """What the page of `tree` (an lxml element) says; `url` is where it was fetched, if known. Nothing on a page raises."""
    try:
        urlsplit(url)
    except ValueError:
        url = ""  # an archive may hold any address
    sheet = _Sheet(tree, url)
    found: dict[str, str] = {}
    address, found["url"] = _address(sheet)
    site, found["site"] = _site(sheet, address or url)
    title, titles, found["title"] = _title(sheet, site, address or url)
    published, found["published"], notes = _published(sheet, address or url)
    modified = _modified(sheet)
    outlet = site if found["site"] != "url" else ""
    byline, found["byline"] = _byline(sheet, (outlet, site, _core(address or url)))
    agency, found["agency"] = _agency(sheet, outlet)
    language, claimed = _language(sheet)
    found["language"] = f"{claimed}: {language}" if language else ""
    names = {"site": "source"}
    return Meta(
        title, published, modified, byline, agency, site, address, language,
        tuple((names.get(name, name), where) for name, where in found.items() if where), titles, _free(sheet),
        next(iter(sheet.graph.texts(sheet.article.get("articleBody"))), ""), notes,
    )  # fmt: skip


def _title(sheet: _Sheet, site: str, url: str) -> tuple[str, tuple[str, ...], str]:
    """(headline, all its forms, where it stood): the first that another place bears out, else the first that is no outlet's."""
    forms: dict[str, str] = {}
    twice: set[str] = set()
    own = [_folded(name) for name in (site, _core(url)) if name]
    for texts, place in sheet.values("title"):
        for text in texts if place == "h1" else texts[:1]:
            given = _bare_title(_plain(text), own)[:LONGEST]
            if given and _folded(given) not in own:
                twice |= {given} & forms.keys()
                forms.setdefault(given, place)
    if not forms:
        return "", (), ""
    best = next((form for form in forms if form in twice or any(_alike(form, other) for other in forms if other != form)), "")
    if not best:
        # A lone h1 is the site's as often as the article's; what the page calls itself is its own.
        ranked = sorted(forms, key=lambda form: forms[form] == "h1")
        best = ranked[0]
    # A headline cut short for a search engine is whole above the text.
    if best.endswith(("...", "…")):
        stem = best.rstrip(".… ")
        best = next((f for f in forms if len(f) > len(stem) and f.startswith(stem) and not f.endswith(("...", "…"))), best)
    return best, tuple(forms), forms[best]


def _alike(one: str, other: str) -> bool:
    """Whether two headlines share most words of the shorter."""
    a, b = (set(re.findall(r"\w+", text.lower())) for text in (one, other))
    return bool(a and b) and len(a & b) >= 0.6 * min(len(a), len(b))


def _folded(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.lower())


def _core(url: str) -> str:
    """What an address's host is called: ``bbc`` of ``www.bbc.co.uk``."""
    labels = _LABEL.sub("", (urlsplit(url).hostname or "").lower()).split(".")
    if len(labels) > 1:
        ending = labels.pop()
        if len(labels) > 1 and len(ending) == 2 and labels[-1] in _SECOND:
            labels.pop()
    return labels[-1]


def _plain(text: str) -> str:
    """Without markup that some write into their metadata."""
    import html

    return " ".join(re.sub(r"<[^<>]{1,200}>", " ", html.unescape(text)).split()) if "<" in text or "&" in text else text


def _bare_title(title: str, own: list[str]) -> str:
    """Without the outlet's name behind (or before) the headline; `own` are its names, folded."""
    parts = _SITE_TAIL.split(title)
    if len(parts) < 2:
        return title
    for edge, rest in ((parts[-1], title[: title.rindex(parts[-1])]), (parts[0], title[len(parts[0]) :])):
        name = _folded(edge)
        if name and any((name in known or known in name) and len(name) <= len(known) + 15 for known in own):
            return rest.strip(" |–—»·:-")
    return title


def _published(sheet: _Sheet, url: str) -> tuple[str, str, tuple[str, ...]]:
    """(moment, where, notes): the first place that gives a date, with the time and zone of another that gives the same day."""
    given = [(when, where) for texts, where in sheet.values("published") if (when := moments.moment(texts[0]))]
    day = moments.of_url(url)
    if not given:
        if day and moments.moment(day):
            return day, "url", ()
        return ("", "", ())
    when, where = given[0]
    if not moments.has_zone(when):
        near = [g for g in given if g[0][:10] == when[:10]]
        when, where = next((g for g in near if moments.has_zone(g[0])), next((g for g in near if len(g[0]) > 10), (when, where)))
    notes = (f"the page says that it was published on {when[:10]}, its address says {day}",) if _apart(day, when) else ()
    return when, where, notes


def _apart(day: str, when: str) -> bool:
    """Whether two dates differ by more than what zones and midnight make."""
    import datetime as dt

    return bool(day) and abs((dt.date.fromisoformat(when[:10]) - dt.date.fromisoformat(day)).days) > 1


def _modified(sheet: _Sheet) -> str:
    return next((when for texts, _ in sheet.values("modified") if (when := moments.moment(texts[0]))), "")


def _site(sheet: _Sheet, url: str) -> tuple[str, str]:
    """The outlet: of the names that the page gives the one that fits its address, else the first that is no agency's and no
    platform's; else the address itself."""
    given: list[tuple[str, str]] = []
    for texts, where in sheet.values("site"):
        name = _plain(texts[0]).strip()
        head = _SITE_TAIL.split(name)[0]
        # "The Paper - news from all over the county": what fits the address is the name, the rest a motto.
        name = head if _fits(head, _core(url)) or len(name) > 80 else name
        if 1 < len(name) <= 80 and not re.match(r"https?:", name) and _folded(name) not in _platforms():
            given.append((name, where))
    fitting = next((g for g in given if _fits(g[0], _core(url))), None)
    own = fitting or next((g for g in given if not agency_in(g[0])), None)
    host = urlsplit(url).hostname or ""
    return own or ((_LABEL.sub("", host), "url") if "." in host else given[0] if given else ("", ""))


def _fits(name: str, core: str) -> bool:
    """Whether an outlet's name and its address's are one: each in the other, or the address the name's initials."""
    folded = re.sub(r"^the(?=.{4})", "", _folded(name))
    initials = "".join(word[0] for word in re.findall(r"\w+", name.lower()))
    return bool(folded and core) and (folded in _folded(core) or _folded(core) in folded or initials == core)


@lru_cache(maxsize=1)
def _platforms() -> frozenset[str]:
    return frozenset(_folded(row["name"]) for row in read_table("gather/platforms.tsv"))


def _byline(sheet: _Sheet, outlets: tuple[str, ...]) -> tuple[str, str]:
    for texts, where in sheet.values("byline"):
        if found := bylines.names([_plain(t) for t in texts], outlets, full=where == "byline element"):
            return "; ".join(found), where
    return "", ""


def _agency(sheet: _Sheet, outlet: str) -> tuple[str, str]:
    """The agency that the markup credits: as the author, as the source of the copy, or as the outlet itself."""
    for name in ("byline", "credit"):
        for texts, where in sheet.values(name):
            for text in texts:
                if len(text) <= LONGEST and (code := agency_in(_plain(text))):
                    return code, where
    for texts, where in sheet.values("site"):
        if code := agency_in(_plain(texts[0])):
            return code, where
    code = agency_in(outlet)
    return code, "source" if code else ""


def _language(sheet: _Sheet) -> tuple[str, str]:
    for texts, where in sheet.values("language"):
        if match := _LANGUAGE.match(texts[0]):
            return match[0].lower(), where
    return "", ""


def _address(sheet: _Sheet) -> tuple[str, str]:
    """The page's own address, where what it names as such can be believed."""
    for texts, where in sheet.values("url"):
        try:
            address = urljoin(sheet.url, texts[0]) if sheet.url else texts[0]
            parts = urlsplit(address)
            own = urlsplit(sheet.url)
        except ValueError:
            continue
        if parts.scheme not in ("http", "https") or not parts.hostname:
            continue
        # A reprint may name the original, and a careless page its front page: neither is this page.
        if sheet.url and (_house(parts.hostname) != _house(own.hostname or "") or len(parts.path) <= 1 < len(own.path)):
            continue
        return address, where
    return "", ""


def _house(host: str) -> str:
    return _LABEL.sub("", host.lower())


def _free(sheet: _Sheet) -> bool:
    given = [node.get("isAccessibleForFree") for node in sheet.graph.nodes if "isAccessibleForFree" in node]
    tier = sheet.metas.get("article:content_tier", [""])[0].lower()
    return tier not in ("locked", "metered") and not any(str(g).strip().lower() in ("false", "no", "0") for g in given)
