"""The page: every character in its place, marks that nest, and nothing that runs or loads."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import escape

from builders import TEXT, coded, hostile
from communique.records import Candidate, CodedReport, Entity, Event, Feature, Reason, Report, Sentence, Span, Statement, Step
from communique.views.html import render
from communique.views.marks import Mark, nest
from communique.views.why import why_lines
from communique.views.words import printable

VOID = {"meta", "br", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """A page as its elements, with the text inside of paragraphs of prose; fails where elements do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.prose, self.inside = "", 0
        self.words: dict[str, str] = {}
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert not self.stack

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {k: v or "" for k, v in attrs}
        self.tags.add(tag)
        self.attributes.update(values)
        if "id" in values:
            self.ids.append(values["id"])
        if "href" in values:
            self.links.append(values["href"])
        if tag not in VOID:
            self.stack.append((tag, values.get("id", "")))
            self.inside += "prose" in values.get("class", "").split()

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self.stack.pop()
        assert opened == tag
        self.inside -= tag == "p" and self.inside > 0

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.prose += data
            for _, name in self.stack:
                if name:
                    self.words[name] = self.words.get(name, "") + data


def check(report: CodedReport) -> Page:
    page = Page(render(report))
    assert page.prose == printable(report.report.text)
    assert len(page.ids) == len(set(page.ids))
    return page


def test_the_demo_page() -> None:
    page = check(coded())
    assert {f"#{i}" for i in page.ids if i.startswith(("e-", "t-"))} <= set(page.links)
    inner = {link[1:] for link in page.links if link.startswith("#")}
    assert inner == {f"e-e{n}" for n in range(1, 8)} | {"t-s1", "t-s2", "t-s3"} and inner <= set(page.ids)
    for event in coded().events:
        # An anchor stands on the trigger's first element; what it crosses may cut it.
        assert event.trigger.startswith(page.words[f"e-{event.id}"])
    assert page.words["e-e4"] == "denied that it had attacked" and page.words["e-e3"] == "denied"
    html = render(coded())
    chain = "on the word of Officials in Warsaw ‹POL.GOV›, citing Ukrainian intelligence ‹UKR.SPY›"
    for words in (chain, "🇷🇺 RUS.GOV", "not coded: caption"):
        assert words in html


def test_nothing_runs_and_nothing_is_loaded() -> None:
    html = render(coded())
    page = Page(html)
    assert not page.tags & {"script", "link", "img", "iframe", "object", "base", "form"} and "style" not in page.attributes
    assert not any(a.startswith("on") or a == "src" for a in page.attributes)
    assert [link for link in page.links if not link.startswith("#")] == ["https://example.org/a"]
    style = re.search(r"<style>(.*?)</style>", html, re.S)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert style and policy
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy[1] == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "url(" not in style[1] and "@import" not in style[1]


def test_hostile_fields_stay_text() -> None:
    page = check(hostile())
    assert not page.tags & {"script", "img", "b", "i"}
    assert not any("javascript" in link for link in page.links)
    assert "\x1b" not in render(hostile()) and "\u202e" not in render(hostile())
    assert not {a for a in page.attributes if a.startswith("on")}


@pytest.mark.parametrize(
    "url", ["", "javascript:alert(1)", "a.txt", "//evil.example", "https://", "data:text/html,x", "http://[", "https://e.org/\n"]
)
def test_only_web_addresses_become_links(url: str) -> None:
    page = Page(render(CodedReport(Report("x", url=url))))
    assert not page.links


def test_two_events_on_the_same_words_have_an_anchor_each() -> None:
    a, b = (Event(i, 0, 6, 0, "denied", t, quad="verbal conflict") for i, t in (("a", "REJECT"), ("b", "AID")))
    page = check(CodedReport(Report("denied it."), (Sentence(0, 0, 10),), (a, b)))
    assert {"e-a", "e-b"} <= set(page.ids)
    assert 'data-label="REJECT + AID"' in render(CodedReport(Report("denied it."), (Sentence(0, 0, 10),), (a, b)))


def test_a_quotation_over_paragraphs_is_marked_in_each() -> None:
    text = "“One.\n\nTwo,” he said."
    said = Statement("q", Entity("he", 13, 15), Span(16, 20), (Span(0, 12),))
    html = render(CodedReport(Report(text), (Sentence(0, 0, 5), Sentence(1, 7, 21)), (), (said,)))
    assert Page(html).prose == text and html.count('class="mark content') == 2 and html.count('id="t-q"') == 1


def test_no_line_ends_inside_a_sentence() -> None:
    html = render(CodedReport(Report("They\nmet.\nThen left."), (Sentence(0, 0, 9), Sentence(1, 10, 20))))
    assert html.count('<p class="prose">') == 2


def test_several_reports_keep_their_anchors_apart() -> None:
    html = render([coded(), coded(), CodedReport(Report(""))])
    page = Page(html)
    assert len(page.ids) == len(set(page.ids)) and {"r1-e-e1", "r2-e-e1", "r3-top"} <= set(page.ids)
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert "No report was read" in render([])


def test_a_long_report_is_drawn_in_little_time() -> None:
    text = (TEXT + "\n\n") * 1000
    sentences = tuple(Sentence(n, n * (len(TEXT) + 2), n * (len(TEXT) + 2) + 100) for n in range(1000))
    events = tuple(Event(f"e{n}", s.start, s.start + 5, n, "x", "AID") for n, s in enumerate(sentences))
    assert Page(render(CodedReport(Report(text), sentences, events))).prose == text


HARD = st.sampled_from(" \n\r\tab.<>&\"'“”\0\x1bé🇫🇮\u202e")
WORDS = st.text(st.one_of(HARD, st.characters(codec="utf-8")), max_size=80)


@st.composite
def spans(draw: st.DrawFn, size: int) -> tuple[int, int]:
    start = draw(st.integers(0, size))
    return start, draw(st.integers(start, size))


@given(st.data(), WORDS)
def test_marks_nest_and_move_no_character(data: st.DataObject, text: str) -> None:
    count = data.draw(st.integers(0, 8))
    marks = [Mark(*data.draw(spans(len(text))), data.draw(st.integers(0, 4)), (str(n),)) for n in range(count)]
    low, high = data.draw(spans(len(text)))
    pieces = nest(text, marks, low, high)
    assert "".join(p.text for p in pieces) == text[low:high]
    stack: list[Mark] = []
    covered = dict.fromkeys(marks, 0)
    firsts, lasts = dict.fromkeys(marks, 0), dict.fromkeys(marks, 0)
    for piece in pieces:
        assert piece.closes <= len(stack)
        stack = stack[: len(stack) - piece.closes] + [o.mark for o in piece.opens]
        for mark in stack:
            covered[mark] += len(piece.text)
        for opening in piece.opens:
            firsts[opening.mark] += opening.first
            lasts[opening.mark] += opening.last
    assert not stack
    for mark in marks:
        inside = max(0, min(mark.end, high) - max(mark.start, low))
        assert covered[mark] == inside
        assert firsts[mark] == (inside > 0 and mark.start >= low) and lasts[mark] == (inside > 0 and mark.end <= high)


@settings(max_examples=60, deadline=None)
@given(st.data(), WORDS)
def test_stripping_the_tags_gives_back_the_text(data: st.DataObject, text: str) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    kinds = st.sampled_from(["body", "caption", "title"])
    sentences = tuple(Sentence(n, a, b, data.draw(kinds)) for n, (a, b) in enumerate(pairs))
    entities = tuple(Entity("w", *data.draw(spans(len(text))), "FIN", "GOV") for _ in range(3))
    numbers = st.integers(0, max(0, len(sentences) - 1))
    events = tuple(
        Event(f"{n}", *data.draw(spans(len(text))), data.draw(numbers), "t", "AID", actors=entities) for n in range(3)
    )  # fmt: skip
    drawn = [Span(*data.draw(spans(len(text)))) for _ in range(4)]
    said = tuple(Statement(f"{n}", entities[0], drawn[n], (drawn[n + 2],)) for n in range(2))
    check(CodedReport(Report(text), sentences, events, said))


def explained(report: CodedReport, reason: Reason) -> CodedReport:
    """`report` with one reason for every participant."""
    every = dataclasses.replace(report, reasons={}).explain()
    return dataclasses.replace(report, reasons={e.entity: reason for e in every})


def test_reasons_stand_beside_each_participant_as_in_the_terminal() -> None:
    chosen = Candidate("Finland", 2.5, True, (Feature("share", 0.5, 1.5),))
    report = explained(coded(), Reason("ranking", 0.87, (Step("ranking he", "the highest sum", (chosen,)),)))
    page = check(report)
    html = render(report)
    every = report.explain()
    assert html.count("<li><details><summary>") == len(every) == html.count("probability 0.87") and "details" in page.tags
    for one in every:
        head, *steps = why_lines(one)
        assert f"<summary>{escape(head)}</summary>" in html
        assert all(str(escape(line[2:])) in html for line in steps)
    assert "* Finland 2.50 (share 0.5×1.5)" in html


def test_no_reasons_no_list_of_them() -> None:
    assert 'class="why"' not in render(coded()) and 'class="why"' in render(explained(coded(), Reason("x", 1.0)))


def test_a_participant_without_a_reason_says_that_nobody_is_named() -> None:
    text = "It was said."
    said = Statement("q", Entity("", None, None), Span(7, 11), (Span(0, 2),))
    html = render(CodedReport(Report(text), (Sentence(0, 0, 12),), (), (said,), reasons={}))
    assert "the report names nobody" in html


def test_hostile_reasons_stay_text() -> None:
    evil = "</pre><script>alert(1)</script>\x1b[31m\u202e\"'><img src=x onerror=alert(2)>"
    step = Step(evil, evil, (Candidate(evil, 1.0, True, (Feature(evil, 1.0, 1.0),)),))
    report = explained(hostile(), Reason(evil, 0.5, (step,)))
    page = check(report)
    assert not page.tags & {"script", "img", "b", "i"} and not {a for a in page.attributes if a.startswith("on")}
    assert "\x1b" not in render(report) and "\u202e" not in render(report)
