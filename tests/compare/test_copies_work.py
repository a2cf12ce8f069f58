"""Hundreds of copies of one text make no more work of comparing than a few, and what they make is the same."""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from communique.compare import merging, sides, twins
from communique.compare.claims import Saying, Surroundings, claim_keys, claims, regroup_claims, sources
from communique.compare.grouping import Group
from communique.compare.incidents import block_keys, incidents, regroup, source
from communique.records import Claim, Incident, Span, Statement, Telling
from compare.tellings import OSLO, Shelf, crowd, party, telling


def text(n: int) -> list[Telling]:
    """What the copy `n` of one text tells: of one pair, with a side open, by somebody named, claimed and denied."""
    given = {"report": f"r{n:03d}", "origin": "r000", "published": f"2024-04-{10 + n // 40}"}
    return [
        telling("ACCUSE", "AAA.GOV", "BBB.GOV", event=f"a{n}", **given),
        telling("ACCUSE", "AAA.GOV", event=f"b{n}", sentence=1, start=40, **given),
        telling("ASSAULT", "BBB.MIL", "AAA", event=f"c{n}", sentence=2, start=80, location=OSLO, sources="AAA.GOV",
                status="claimed", date="2024-04-09", **given),
        telling("ASSAULT", "BBB.MIL", "AAA", event=f"d{n}", sentence=3, start=120, status="denied", date="2024-04-09", **given),
        telling("CONSULT", [party("AAA.GOV", "Ada Ek"), party("BBB.GOV")], event=f"e{n}", sentence=4, start=160, **given),
        telling("REJECT", "BBB.GOV", event=f"f{n}", sentence=5, start=200, **given),
    ]  # fmt: skip


def test_what_is_asked_of_one_copy_is_asked_of_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: Counter[str] = Counter()

    def counting(where: Any, name: str) -> None:
        real = getattr(where, name)

        def counted(*args: Any) -> Any:
            asked[name] += 1
            return real(*args)

        monkeypatch.setattr(where, name, counted)

    for where, name in (
        (Group, "fits"), (Group, "add"), (Group, "nearness"), (merging, "who"), (sides, "_words"), (twins, "likeness"),
        (twins, "_paired"),
    ):  # fmt: skip
        counting(where, name)
    of_incidents, of_claims = Shelf(block_keys), Shelf(claim_keys)
    kept, others = source(of_incidents.fetch), sources(of_claims.fetch)
    around = Surroundings(lambda keys: ([t for t in of_claims.kept.values() if t.report in keys], []))
    work: list[Counter[str]] = []
    for n in range(40):
        added = text(n)
        of_incidents.put(added)
        of_claims.put(added)
        asked.clear()
        regroup(added, kept)
        regroup_claims(added, others, around)
        work.append(Counter(asked))
    assert work[5]["who"] and work[5]["_words"] and work[5]["_paired"] and work[0]["add"] and work[1]["fits"]
    for name in set().union(*work):
        assert max(w[name] for w in work[10:]) <= max(w[name] for w in work[:10]), name
    assert len(incidents(of_incidents.kept.values())) < 8


@given(crowd(8), st.integers(2, 9), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_copies_one_by_one_make_what_all_make_at_once(few: list[Telling], copies: int, chosen: random.Random) -> None:
    """Copies that leave things out, move them, or are read otherwise among those that are all alike."""
    by_report: dict[str, list[Telling]] = {}
    for n in range(copies):
        for t in few:
            if n and chosen.random() < 0.1:
                continue
            event = dataclasses.replace(t.event, id=f"{t.event.id}-{n}")
            if n and chosen.random() < 0.1:
                event = dataclasses.replace(event, sentence=event.sentence + 1, start=event.start + 2, end=event.end + 2)
            if n and chosen.random() < 0.1:
                event = dataclasses.replace(event, actors=event.recipients)
            origin = t.report if n else ""
            by_report.setdefault(f"{t.report}/{n}" if n else t.report, []).append(
                dataclasses.replace(t, event=event, report=f"{t.report}/{n}" if n else t.report, origin=origin)
            )
    words = Statement("", party("AAA.GOV"), None, (Span(0, 12),), (), "deny", ("BBB",))
    said = {key: Saying(dataclasses.replace(words, id=f"s{key}"), key, "words") for key in by_report}
    shelf, told_of = Shelf(block_keys), Shelf(claim_keys)
    kept, others = source(shelf.fetch), sources(told_of.fetch)
    found: dict[str, Incident] = {}
    claimed: dict[str, Claim] = {}
    waiting = list(by_report)
    chosen.shuffle(waiting)
    for n, key in enumerate(waiting):
        shelf.put(by_report[key])
        told_of.put(by_report[key])
        change = regroup(by_report[key], kept)
        also = regroup_claims(
            by_report[key], others,
            lambda keys: ([t for t in told_of.kept.values() if t.report in keys], [said[k] for k in keys]),
        )
        found = {k: i for k, i in found.items() if k not in change.dropped} | {i.id: i for i in change.incidents}
        claimed = {k: c for k, c in claimed.items() if k not in also.dropped} | {c.id: c for c in also.claims}
        every = list(shelf.kept.values())
        assert found == {i.id: i for i in incidents(every)}
        assert claimed == {c.id: c for c in claims(every, [said[k] for k in waiting[: n + 1]])}
