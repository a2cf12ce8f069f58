"""Claims do not depend on the order of arrival either, and report by report they are what they are all at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from communique.compare.claims import Saying, claim_keys, claims, regroup_claims, sources
from communique.records import Claim, Span, Statement, Telling
from compare.tellings import Shelf, crowd, party


def sayings_of(tellings: list[Telling]) -> list[Saying]:
    """Every third telling has a statement around it."""
    out = []
    for n, t in enumerate(tellings):
        if n % 3 == 0:
            speaker = (*t.event.sources, *t.event.actors, party("AAA.GOV"))[0]
            statement = Statement(f"s{t.event.id}", speaker, None, (Span(0, 9),), (), "deny" if n % 2 else "assert", ("BBB",))
            out.append(Saying(statement, t.report, f"words of {t.event.id}"))
    return out


class Office:
    """A store of claims, as small as can be."""

    def __init__(self, sayings: list[Saying]) -> None:
        self.shelf, self.sayings = Shelf(claim_keys), sayings
        self.kept: dict[str, Claim] = {}

    def beside(self, reports: Collection[str]) -> tuple[list[Telling], list[Saying]]:
        told = [t for t in self.shelf.kept.values() if t.report in reports]
        return told, [s for s in self.sayings if s.report in reports]

    def change(self, added: list[Telling], removed: list[Telling]) -> None:
        self.shelf.drop(removed)
        self.shelf.put(added)
        done = regroup_claims(added, self.shelf.fetch, self.beside, removed=removed)
        self.shelf.sources = self.shelf.sources or sources(self.shelf.fetch)
        assert regroup_claims(added, self.shelf.sources, self.beside, removed=removed) == done
        if len(self.shelf.kept) % 3 == 0:
            for source in self.shelf.sources:
                source.forget()
        for ident in done.dropped:
            del self.kept[ident]
        for claim in done.claims:
            assert claim.id not in self.kept
            self.kept[claim.id] = claim

    def check(self) -> None:
        assert sorted(self.kept.values(), key=lambda c: c.id) == claims(self.shelf.kept.values(), self.sayings)


@given(crowd(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_arrival_does_not_matter(tellings: list[Telling], random: object) -> None:
    sayings = sayings_of(tellings)
    shuffled, said = list(tellings), list(sayings)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    random.shuffle(said)  # type: ignore[attr-defined]
    assert claims(tellings, sayings) == claims(shuffled, said)


@given(crowd(), st.data())
@settings(max_examples=50, deadline=None)
def test_report_by_report_gives_what_all_at_once_gives(tellings: list[Telling], data: st.DataObject) -> None:
    office = Office(sayings_of(tellings))
    reports = list(dict.fromkeys(t.report for t in tellings))
    for report in reports:
        office.change([t for t in tellings if t.report == report], [])
        office.check()
    report = data.draw(st.sampled_from(reports))
    old = [t for t in tellings if t.report == report]
    status = data.draw(st.sampled_from(["actual", "claimed", "denied", "hypothetical"]))
    office.change([replace(t, event=replace(t.event, status=status)) for t in old], old)
    office.check()
