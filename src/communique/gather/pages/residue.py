"""What extraction leaves in a text that is none of the article's, and what it leaves out that is: our own check of a page.

`prune` works on the markup before extraction, `clean` on the lines after it. The kinds of parts and lines are rows of
data/gather/blocks.tsv, data/gather/residue.tsv and data/boilerplate.tsv; a new one is a new row.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from communique.settings import read_table

MOST_PROSE = 0.3
"""Share of a page's prose, in characters, above which a part is not taken away, whatever it is called: themes call the
article's own frame "promo" or "subscription-content"."""

RUN = 60
"""Characters of a run of text without markup that counts as prose: menus and lists of links have shorter ones, and old pages
write their articles without paragraphs."""

LONGEST_LINE = 320
"""Characters of a line that can be clutter by the patterns made for sentences: a longer one is a paragraph with one inside."""

LEAST_BEFORE = 0.6
"""Share of the text that stands before a tail that is cut off."""

REPEATED = 40
"""Characters from which a line that stands in the text before is a pulled quotation, or the same block for small screens."""

MAX_POSTS = 200
"""Quoted posts that are opened on one page; a day's live blog has fewer."""

MAX_PARAGRAPHS = 20
"""Paragraphs of one post: more are a page's, in a quotation that nobody closed."""

_PARTS = ("div", "section", "aside", "ul", "ol", "p", "span", "figure", "figcaption", "form", "footer", "header", "details", "h2",
          "h3", "h4", "h5", "time", "table", "small")  # fmt: skip
_LINKED = re.compile(
    r"(?i)^[\W_]*(?:(?:also read|read also|read more|read next|read|related(?: stor(?:y|ies)| articles?)?|more|see also|watch|"
    r"listen|in pictures|gallery|photos|video|explainer|explained|analysis|opinion|live)\b[\W_]*)?$"
)
_SENTENCE_END = re.compile(r"[.!?…。！？”\"’']\s*$")
_TWEET = re.compile(
    r"(?:^|\s)(?:twitter-tweet|twitter-video|bluesky-embed|telegram-post|mastodon-embed|truthsocial-embed)(?:\s|$)"
)
_SPLIT = re.compile(r"[\s]+")
_QUOTED = re.compile(r"^\s*[\"“«'‘]")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """An article's lines, and what was left out of them, by kind."""

    text: str
    left_out: tuple[tuple[str, str], ...] = ()

    def counted(self) -> str:
        """What was left out, in words: ``2 prompt, 1 related``; "" where nothing was."""
        counts = Counter(kind for kind, _ in self.left_out)
        return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))


@lru_cache(maxsize=1)
def _blocks() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((row["kind"], re.compile(row["pattern"], re.I)) for row in read_table("gather/blocks.tsv"))


@lru_cache(maxsize=4096)
def _block_kind(words: str) -> str:
    """The kind of part that a class and id name, "" for none. Kept, as a page and a site name the same ones again and again."""
    for word in _SPLIT.split(words):
        for kind, pattern in _blocks():
            if word and pattern.search(word):
                return kind
    return ""


@lru_cache(maxsize=1)
def _lines() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    own = [(row["kind"], row["scope"], re.compile(row["pattern"])) for row in read_table("gather/residue.tsv")]
    # Not the credits: who reported and edited is the article's own word, and tells whose copy it is.
    rows = [row for row in read_table("boilerplate.tsv") if row["kind"] != "credit"]
    shared = [(row["kind"], "line", re.compile(row["pattern"])) for row in rows]
    return (*own, *shared)


def prune(tree: Any) -> int:
    """Takes from `tree` (an lxml element, which changes) the parts that are no article, and opens what extraction would drop;
    gives the characters of prose that the page had before.

    Quoted posts of social media stay, as quotations with the name behind them: what an official posts is what a report is of.
    """
    _open_posts(tree)
    whole = prose_in(tree) or 1
    doomed = []
    for element in tree.iter(*_PARTS):
        named = f"{element.get('class') or ''} {element.get('id') or ''}".strip()
        if element.tag == "figcaption" or (named and _block_kind(named)) or _only_a_link(element):
            doomed.append(element)
    for element in doomed:
        if element.getparent() is None or _holds_article(element):
            continue
        # Counting all text is cheap, and few parts have so much.
        if len(element.text_content()) <= MOST_PROSE * whole or prose_in(element) <= MOST_PROSE * whole:
            element.drop_tree()
    return whole


def prose_in(element: Any) -> int:
    """Characters of the longer runs of text under `element` (an lxml element), scripts and styles left out."""
    total = 0
    for one in element.iter():
        told = isinstance(one.tag, str) and one.tag not in ("script", "style", "noscript", "template")
        if told and one.text and len(one.text) >= RUN:
            total += len(one.text.strip())
        if one is not element and one.tail and len(one.tail) >= RUN:
            total += len(one.tail.strip())
    return total


def _holds_article(element: Any) -> bool:
    """Whether a part, whatever it is called, holds the headline or is the article's element."""
    return element.find(".//h1") is not None or element.find(".//article") is not None or bool(
        element.get("itemprop") == "articleBody" or element.find(".//*[@itemprop='articleBody']") is not None
    )


def _only_a_link(element: Any) -> bool:
    """Whether a paragraph is a link to another story: all its words, but for a label, are one link and no sentence."""
    if element.tag not in ("p", "h2", "h3", "h4", "h5"):
        return False
    links = list(element.iter("a"))
    if not 1 <= len(links) <= 2:
        return False
    linked = "".join(a.text_content() for a in links).strip()
    if not linked or _SENTENCE_END.search(linked) or len(linked) < 25:
        return False
    rest = element.text_content()
    for a in links:
        rest = rest.replace(a.text_content(), " ", 1)
    return bool(_LINKED.match(" ".join(rest.split())))


def _open_posts(tree: Any) -> None:
    """Makes quoted posts plain quotations: their classes are why extraction drops them, and those of the frames around them."""
    for quote in list(tree.iter("blockquote"))[:MAX_POSTS]:
        if not _TWEET.search(quote.get("class") or "") or len(quote.findall(".//p")) > MAX_PARAGRAPHS:
            continue
        words = len(quote.text_content().split())
        frame: Any = quote
        for _ in range(5):
            if frame is None or len(frame.text_content().split()) > words + 15:
                break
            for name in ("class", "id"):
                frame.attrib.pop(name, None)
            if frame.tag in ("figure", "aside", "section", "blockquote"):
                frame.tag = "div"
            frame = frame.getparent()
        for p in quote.iter("p"):
            said = p.text_content().strip()
            if said and not _QUOTED.match(said) and said[0] not in "—–-":
                p.text = f"“{p.text or ''}"
                last = p[-1] if len(p) else None
                if last is None:
                    p.text += "”"
                else:
                    last.tail = f"{last.tail or ''}”"
        _sign(quote)


def _sign(quote: Any) -> None:
    """Puts who posted, which stands as bare text behind the paragraph, into a paragraph of its own."""
    from lxml.html import Element

    last = quote[-1] if len(quote) else None
    paragraphs = list(quote.iter("p"))
    if not paragraphs or (last is paragraphs[-1] and not (last.tail or "").strip()):
        return
    signed = Element("p")
    signed.text = paragraphs[-1].tail or ""
    paragraphs[-1].tail = None
    for after in list(paragraphs[-1].itersiblings()):
        signed.append(after)
    if paragraphs[-1].getparent() is not None:
        paragraphs[-1].addnext(signed)


def clean(text: str, titles: Iterable[str] = ()) -> Cleaned:
    """`text` without the lines that are no article; `titles` are the forms of its headline, which is kept elsewhere."""
    lines = [line.strip() for line in text.split("\n")]
    lines = [line for line in lines if line]
    headlines = {_words(title) for title in titles if title}
    out: list[str] = []
    left: list[tuple[str, str]] = []
    seen: set[str] = set()
    total, before = sum(map(len, lines)), 0
    for n, line in enumerate(lines):
        kind, scope = _kind_of(line, before >= LEAST_BEFORE * total)
        if len(out) < 3 and n < 6 and _words(line) in headlines:
            kind, scope = "title", "line"
        elif len(line) >= REPEATED and line in seen and line[0] not in "—–-":  # who posted, under several posts of one person
            kind, scope = "repeated", "line"
        if scope == "tail":
            left += [(kind, one) for one in lines[n:]]
            break
        if kind:
            left.append((kind, line))
        else:
            out.append(line)
            seen.add(line)
        before += len(line)
    return Cleaned("\n".join(out), tuple(left))


def _kind_of(line: str, late: bool) -> tuple[str, str]:
    """(kind, scope) of a line that is clutter, else two empty strings."""
    if len(line) > LONGEST_LINE or not any(map(str.isalpha, line)):
        return "", ""  # a row of signs is how an article parts its sections
    for kind, scope, pattern in _lines():
        if (scope == "line" or late) and pattern.search(line) and (scope == "tail" or _one_sentence(line)):
            return kind, scope
    return "", ""


def _one_sentence(line: str) -> bool:
    """Whether a line is one sentence at most: the patterns are made for sentences: one of several may fit."""
    return len(re.findall(r"[.!?]\s+[A-Z“\"]", line)) <= 1


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def wall(title: str, text: str, *, where: Sequence[str] = ("title", "text")) -> str:
    """What stands in the article's place, by data/gather/walls.tsv: a kind, or "" for none."""
    for kind, place, pattern in _walls():
        if place in where and pattern.search(title.strip() if place == "title" else text):
            return kind
    return ""


def of_wall(kind: str, line: str) -> bool:
    """Whether a line is one of those that a page has beside a wall of this kind."""
    return any(k == kind and place != "title" and pattern.search(line) for k, place, pattern in _walls())


@lru_cache(maxsize=1)
def _walls() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    return tuple((row["kind"], row["where"], re.compile(row["pattern"])) for row in read_table("gather/walls.tsv"))
