"""What copies of one text tell at one place of it is one event, whatever each was read to say."""

from __future__ import annotations

import dataclasses
import random
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from communique.compare import twins
from communique.compare.incidents import block_keys, incidents, regroup
from communique.compare.parties import profile
from communique.records import Telling
from compare.tellings import Shelf, party, telling


def wire(report: str, actor: str, to: str, trigger: str, sentence: int, *, date: str = "", origin: str = "w") -> Telling:
    """A line of a wire's text, or of a copy of it."""
    told = telling("SANCTION", actor, to, report=report, origin="" if report == origin else origin, trigger=trigger, date=date,
                   sentence=sentence, start=100 * sentence, event=f"{report}{sentence}{trigger}")  # fmt: skip
    return told


def grouped(*tellings: Telling) -> list[set[str]]:
    return sorted(({report for report, _ in i.tellings} for i in incidents(tellings)), key=sorted)


def families(*tellings: Telling) -> list[list[str]]:
    return sorted(sorted(p.event.id for p in f) for f in twins.families(map(profile, tellings)))


def test_a_copy_that_was_misread_follows_its_twins() -> None:
    text = wire("w", "CAN.GOV", "IRN.GOV", "expelled", 1)
    copies = [wire("x", "CAN.GOV", "IRN.GOV", "threw out", 1), wire("y", "CAN.GOV", "FRA.GOV", "expelled", 1)]
    assert grouped(text, *copies) == [{"w", "x", "y"}]
    (one,) = incidents([text, *copies])
    assert [e.country for e in one.recipients] == ["IRN"]
    # Another's text with the same words is not a copy.
    assert len(grouped(text, telling("SANCTION", "CAN.GOV", "FRA.GOV", report="z", trigger="expelled", sentence=1))) == 2


def test_days_that_copies_were_misread_to_give_are_one() -> None:
    days = {"w": "2024-04-09", "x": "2024-04-07", "y": "2024-04-09"}
    told = [wire(report, "CAN.GOV", "IRN.GOV", "expelled", 1, date=day) for report, day in days.items()]
    assert grouped(*told) == [{"w", "x", "y"}]
    assert incidents(told)[0].date == "2024-04-09"


def test_two_events_of_a_text_stay_two_in_its_copies() -> None:
    text = [wire("w", "CAN.GOV", "IRN.GOV", "expelled", 1), wire("w", "IRN.GOV", "CAN.GOV", "expelled", 2)]
    copy = [wire("x", "CAN.GOV", "IRN.GOV", "expelled", 0), wire("x", "IRN.GOV", "CAN.GOV", "expelled", 1)]
    assert families(*text, *copy) == [["w1expelled", "x0expelled"], ["w2expelled", "x1expelled"]]
    # A cut copy that has the second alone is not taken for the first.
    assert families(*text, copy[1]) == [["w1expelled"], ["w2expelled", "x1expelled"]]


def test_the_order_of_a_text_is_kept() -> None:
    text = [wire("w", "CAN.GOV", "IRN.GOV", word, n) for n, word in enumerate(("barred", "fined", "barred"))]
    copy = [wire("x", "CAN.GOV", "IRN.GOV", word, n) for n, word in enumerate(("fined", "barred"))]
    assert families(*text, *copy) == [["w0barred"], ["w1fined", "x0fined"], ["w2barred", "x1barred"]]


def test_what_has_nothing_in_common_but_the_type_has_no_twin() -> None:
    assert len(families(wire("w", "CAN.GOV", "IRN.GOV", "expelled", 1), wire("x", "GBR.GOV", "RUS.GOV", "embargo", 9))) == 2


def test_the_order_of_arrival_does_not_matter_to_twins() -> None:
    told = [wire("w", "CAN.GOV", "IRN.GOV", "expelled", 1), wire("x", "CAN.GOV", "FRA.GOV", "expelled", 1),
            wire("y", "CAN.GOV", "IRN.GOV", "expulsion", 2), wire("y", "CAN.GOV", "IRN.GOV", "closed", 3)]  # fmt: skip
    assert len({tuple(sorted(tuple(sorted(f)) for f in families(*order))) for order in permutations(told)}) == 1


@given(st.randoms(use_true_random=False), st.integers(2, 7), st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_copies_that_are_laid_one_by_one_lie_as_if_all_were_laid_at_once(chosen: random.Random, copies: int, events: int) -> None:
    """Also where one comes between others, has an event that none of them had, or not all of theirs."""
    days = [f"2024-04-{chosen.randrange(1, 5):02d}" for _ in range(copies)]
    told = [
        [
            wire(f"r{n}", chosen.choice(["CAN.GOV", "CAN.GOV", "FRA.GOV"]), "IRN.GOV",
                 chosen.choice(["expelled", "barred", "fined"]), 3 * at + chosen.choice([0, 0, 2]), origin="r0")
            for at in range(events) if chosen.random() < 0.8
        ]
        for n in range(copies)
    ]  # fmt: skip
    rows = [[profile(dataclasses.replace(t, published=days[n])) for t in row] for n, row in enumerate(told)]
    waiting = [n for n in range(copies) if rows[n]]
    chosen.shuffle(waiting)
    laid = twins.lay([])
    for n, one in enumerate(waiting):
        laid = laid.joined(rows[one])
        whole = twins.lay([p for m in waiting[: n + 1] for p in rows[m]])
        assert (laid.families, laid.of, laid.ranks) == (whole.families, whole.of, whole.ranks)
        assert laid.grown == whole.grown


def test_a_copy_that_turns_out_to_be_one_moves_and_moves_back() -> None:
    text, other = wire("w", "CAN.GOV", "IRN.GOV", "expelled", 1), wire("x", "CAN.GOV", "FRA.GOV", "expelled", 1, origin="x")
    third = wire("y", "CAN.GOV", "IRN.GOV", "expelled", 1)
    copied = wire("x", "CAN.GOV", "FRA.GOV", "expelled", 1)
    shelf = Shelf(block_keys)
    shelf.put([text, other, third])
    assert len(incidents(shelf.kept.values())) == 2
    for old, new, left in ((other, copied, 1), (copied, other, 2)):
        before = {i.id for i in incidents(shelf.kept.values())}
        shelf.drop([old])
        shelf.put([new])
        change = regroup([new], shelf.fetch, removed=[old])
        assert before - set(change.dropped) | {i.id for i in change.incidents} == {i.id for i in incidents(shelf.kept.values())}
        assert len(incidents(shelf.kept.values())) == left


def test_a_telling_more_may_part_the_twins_of_others() -> None:
    """Once, two that were twins until a fuller text came in stayed one incident, though all at once they were two."""
    told = [
        telling("CONSULT", [party("", "Ek"), party("BBB")], [party("AAA.GOV", "Bo Ek")], report="r0", event="e0", date="2024",
                status="denied", published="2024-04-20", origin="r0", sentence=2, start=6, trigger="other deed"),
        telling("CONSULT", [party("BBB"), party("", "Bo Ek")], [party("IGO", "Ek")], report="r11", event="e2", date="2024",
                published="", origin="r0", start=1, trigger="deed"),
        telling("CONSULT", [party("AAA", "Ada Ek"), party("", "Ada Ek")], report="r0", event="e4", date="2024", status="denied",
                published="2024-04-05", mode="phone", sentence=2, start=5),
        telling("CONSULT", "", [party("AAA", "Ada Ek")], report="r11", event="e12", status="claimed", published="2024-05-06",
                origin="r0", mode="phone", sentence=2, start=5),
    ]  # fmt: skip
    kept = {}
    shelf = Shelf(block_keys)
    for one in told:
        shelf.put([one])
        change = regroup([one], shelf.fetch)
        kept = {k: v for k, v in kept.items() if k not in change.dropped} | {i.id: i for i in change.incidents}
    assert sorted(kept.values(), key=lambda i: i.id) == incidents(told)
