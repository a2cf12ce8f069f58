"""Who asserts, who denies, since when and in which words, on tellings built by hand."""

from __future__ import annotations

from communique.compare.claims import SILENCE, Saying, claim_keys, claims
from communique.compare.incidents import block_keys
from communique.records import Claim, Span, Statement, Telling
from compare.tellings import party, telling


def ships(report: str, status: str, sources: str = "", published: str = "2024-04-10", **more: object) -> Telling:
    """North Korea sends Russia arms."""
    return telling("AID", "PRK.GOV", "RUS.GOV", report=report, status=status, sources=sources, published=published, **more)  # type: ignore[arg-type]


def said(report: str, speaker: str, words: str, *, act: str = "assert", about: tuple[str, ...] = (), start: int = 0) -> Saying:
    content = (Span(start, start + 50),)
    return Saying(Statement(f"s-{report}-{speaker}-{start}", party(speaker), None, content, (), act, about), report, words)


def only(*tellings: Telling, sayings: tuple[Saying, ...] = ()) -> Claim:
    (claim,) = claims(tellings, sayings)
    return claim


def ships_of(*tellings: Telling, kind: str = "AID", sayings: tuple[Saying, ...] = ()) -> Claim:
    """The one claim of a type, among others."""
    (claim,) = [c for c in claims(tellings, sayings) if c.type == kind]
    return claim


def sides(claim: Claim) -> dict[str, str]:
    return {s.party.code: s.stance for s in claim.sides}


def test_sides_words_and_dates() -> None:
    claim = only(
        ships("a", "claimed", "UKR.GOV", "2024-04-08"), ships("b", "claimed", "UKR.GOV", "2024-04-11"),
        ships("c", "denied", "RUS.GOV", "2024-04-12"),
        sayings=(said("b", "UKR.GOV", "trains cross every night"), said("a", "UKR.GOV", "we have proof"),
                 said("c", "RUS.GOV", "nonsense"), said("c", "JPN.GOV", "we are concerned"),
                 said("c", "RUS.GOV", "said of something else", start=70)),
    )  # fmt: skip
    assert sides(claim) == {"UKR.GOV": "asserts", "RUS.GOV": "denies"}
    assert (claim.since, claim.until, claim.contested) == ("2024-04-08", "2024-04-12", True)
    kyiv = next(s for s in claim.sides if s.stance == "asserts")
    assert (kyiv.since, kyiv.until) == ("2024-04-08", "2024-04-11")
    assert kyiv.words == (("we have proof", "a"), ("trains cross every night", "b"))
    assert next(s for s in claim.sides if s.stance == "denies").words == (("nonsense", "c"),)


def test_repetition_makes_no_fact() -> None:
    told = [ships(f"r{n}", "claimed", "UKR.GOV") for n in range(9)]
    claim = only(*told)
    assert (claim.vouching, claim.passing_on) == (0, 9)


def test_who_vouches_is_counted_apart_and_copies_once() -> None:
    claim = only(ships("a", "claimed", "UKR.GOV"), ships("b", "claimed", "UKR.GOV", origin="a"), ships("c", "actual"),
                 ships("d", "actual", origin="c"), ships("e", "actual"))  # fmt: skip
    assert (claim.vouching, claim.passing_on) == (2, 1)


def test_what_nobody_only_claims_is_no_claim() -> None:
    assert claims([ships("a", "actual"), ships("b", "hypothetical", "UKR.GOV"), ships("c", "negated")]) == []


def test_a_chain_of_sources_are_all_on_the_side_that_asserts() -> None:
    assert sides(only(ships("a", "claimed", "UKR.GOV POL.SPY"))) == {"UKR.GOV": "asserts", "POL.SPY": "asserts"}


def test_the_reject_beside_a_denied_telling_is_the_denial() -> None:
    denied = ships("a", "denied", sentence=3)
    near = telling("REJECT", "RUS.GOV", report="a", sentence=3)
    far = telling("REJECT", "PRK.GOV", report="a", sentence=9)
    elsewhere = telling("REJECT", "PRK.GOV", report="b", sentence=3)
    claim = only(denied, near, far, elsewhere)
    assert sides(claim) == {"RUS.GOV": "denies"}
    assert not claim.contested


def test_the_accused_denies_by_rejecting_whom_asserts_it() -> None:
    asserted = ships("a", "claimed", "UKR.GOV", sentence=1)
    against = telling("REJECT", "PRK.GOV", "UKR.GOV", report="a", sentence=7)
    assert sides(only(asserted, against)) == {"UKR.GOV": "asserts", "PRK.GOV": "denies"}
    for other in (telling("REJECT", "PRK.GOV", "JPN.GOV", report="a"), telling("REJECT", "JPN.GOV", "UKR.GOV", report="a"),
                  telling("REJECT", "PRK.GOV", "UKR.GOV", report="b")):  # fmt: skip
        (claim,) = [c for c in claims([asserted, other]) if c.type == "AID"]
        assert sides(claim) == {"UKR.GOV": "asserts"}


def test_a_statement_of_the_accused_denies_where_it_speaks_of_the_same() -> None:
    asserted = ships("a", "claimed", "UKR.GOV")
    denial = said("a", "PRK.GOV", "we sent nothing", act="deny", about=("RUS",))
    claim = only(asserted, sayings=(denial,))
    assert sides(claim) == {"UKR.GOV": "asserts", "PRK.GOV": "denies"}
    assert claim.contested
    other = said("a", "PRK.GOV", "we fired nothing", act="deny", about=("JPN",))
    assert sides(only(asserted, sayings=(other,))) == {"UKR.GOV": "asserts"}


def test_an_answer_that_names_nobody_answers_who_alone_accuses_the_refuser() -> None:
    """Once, "China will not accept the accusations" denied nothing, because it names no recipient."""
    asserted = ships("a", "claimed", "UKR.GOV", sentence=1)
    accuses = telling("ACCUSE", "UKR.GOV", "PRK.GOV", report="a", sentence=1)
    refuses = telling("REJECT", "PRK.GOV", report="a", sentence=4)
    assert sides(ships_of(asserted, accuses, refuses)) == {"UKR.GOV": "asserts", "PRK.GOV": "denies"}
    another = telling("REQUEST", "JPN.GOV", "PRK.GOV", report="a", sentence=3)
    assert sides(ships_of(asserted, accuses, another, refuses)) == {"UKR.GOV": "asserts"}
    assert sides(ships_of(asserted, refuses)) == {"UKR.GOV": "asserts"}


def test_a_denial_is_matched_to_what_it_denies() -> None:
    """Once, a REJECT denied all that its recipient asserts in the report."""
    arms = ships("a", "claimed", "UKR.GOV", sentence=1)
    hack = telling("COERCE", "PRK.GOV", "JPN.GOV", report="a", sentence=6, status="claimed", sources="UKR.GOV")
    near = telling("REJECT", "PRK.GOV", "UKR.GOV", report="a", sentence=7)
    assert sides(ships_of(arms, hack, near)) == {"UKR.GOV": "asserts"}
    assert sides(ships_of(arms, hack, near, kind="COERCE")) == {"UKR.GOV": "asserts", "PRK.GOV": "denies"}
    # What stands beside it as denied is what it denies, however near the other is.
    beside = telling("COERCE", "PRK.GOV", "JPN.GOV", report="a", sentence=2, status="denied", sources="PRK.GOV")
    both = telling("REJECT", "PRK.GOV", "UKR.GOV", report="a", sentence=2)
    assert sides(ships_of(arms, beside, both)) == {"UKR.GOV": "asserts"}


def test_a_statement_that_says_what_it_denies_denies_no_other() -> None:
    asserted = ships("a", "claimed", "UKR.GOV")
    denied = telling("COERCE", "PRK.GOV", "RUS.GOV", report="a", status="denied", sources="PRK.GOV", start=40)
    wide = said("a", "PRK.GOV", "we never hacked Russia", act="deny", about=("RUS",), start=30)
    assert sides(ships_of(asserted, denied, sayings=(wide,))) == {"UKR.GOV": "asserts"}


def test_who_says_that_it_promises_claims_nothing() -> None:
    """Once, "Xi said that China attaches importance to Russia" was a claim, which China asserted."""
    own = telling("SUPPORT", "CHN.GOV", "RUS.GOV", report="a", status="claimed", sources="CHN.GOV")
    assert claims([own]) == []
    other = telling("SUPPORT", "CHN.GOV", "RUS.GOV", report="b", status="claimed", sources="USA.GOV")
    assert sides(only(own, other)) == {"USA.GOV": "asserts"}
    # A deed is another matter: who says that it has sent arms may lie.
    assert sides(only(ships("a", "claimed", "PRK.GOV"))) == {"PRK.GOV": "asserts"}
    # So is a denial.
    refused = telling("SUPPORT", "CHN.GOV", "RUS.GOV", report="c", status="denied", sources="CHN.GOV")
    assert sides(only(other, refused)) == {"USA.GOV": "asserts", "CHN.GOV": "denies"}


def test_who_denies_a_deed_without_a_doer_is_the_doer() -> None:
    denied = telling("AID", "", "RUS.GOV", report="b", status="denied", sources="PRK.GOV")
    another = telling("AID", "IRN.GOV", "RUS.GOV", report="c", status="claimed", sources="UKR.GOV")
    told = claims([ships("a", "claimed", "UKR.GOV"), denied, another])
    assert [sides(c) for c in told if len(c.tellings) == 2] == [{"UKR.GOV": "asserts", "PRK.GOV": "denies"}]


def test_a_party_for_which_several_speak_is_named_without_them() -> None:
    told = [telling("SUPPORT", [party("CHN.GOV", name)], "RUS.GOV", report=r, status="claimed", sources="USA.GOV")
            for r, name in (("a", "Ada Ek"), ("b", "Bo Alm"))]  # fmt: skip
    assert [(e.code, e.name) for e in only(*told).actors] == [("CHN.GOV", "")]
    assert [(e.code, e.name) for e in only(told[0]).actors] == [("CHN.GOV", "Ada Ek")]


def test_a_change_of_mind() -> None:
    claim = only(ships("a", "denied", "RUS.GOV", "2024-04-01"), ships("b", "claimed", "UKR.GOV", "2024-04-02"),
                 ships("c", "denied", "RUS.GOV", "2024-04-05"), ships("d", "claimed", "RUS.GOV", "2024-04-20"))  # fmt: skip
    assert claim.turns == (("RUS.GOV", "2024-04-20", "denies", "asserts"),)
    # Two reports of one day that differ are no turn.
    assert only(ships("a", "denied", "RUS.GOV"), ships("b", "claimed", "RUS.GOV")).turns == ()


def test_a_side_that_contradicts_itself_is_not_contested_by_another() -> None:
    assert not only(ships("a", "denied", "RUS.GOV"), ships("b", "claimed", "RUS.GOV")).contested


def test_a_state_speaks_with_one_voice_and_its_opposition_with_another() -> None:
    told = [telling("AID", "PRK.GOV", "RUS.GOV", report=f"r{n}", status="claimed", sources=[party(code, name)])
            for n, (code, name) in enumerate([("UKR.GOV", "Ada Ek"), ("UKR.SPY", ""), ("UKR.OPP", "Bo Alm")])]  # fmt: skip
    claim = only(*told)
    assert len(claim.sides) == 2
    assert {s.party.name for s in claim.sides} == {"Ada Ek", "Bo Alm"}


def test_a_standing_claim_lasts_until_nobody_speaks_of_it() -> None:
    weeks = [ships(f"r{n}", "claimed", "UKR.GOV", f"2024-0{1 + n}-10") for n in range(3)]
    assert len(claims(weeks)) == 1 + sum(d > SILENCE for d in (31, 29))
    single = [telling("ASSAULT", "RUS.MIL", "UKR", report=f"r{d}", date=d, status="claimed", sources="UKR.GOV")
              for d in ("2024-04-08", "2024-04-09")]  # fmt: skip
    assert len(claims(single)) == 2


def test_an_open_side_joins_the_claim() -> None:
    denied = telling("AID", "PRK.GOV", report="b", status="denied", sources="PRK.GOV")
    assert sides(only(ships("a", "claimed", "UKR.GOV"), denied)) == {"UKR.GOV": "asserts", "PRK.GOV": "denies"}


def test_the_id_is_that_of_the_first_word_of_a_side() -> None:
    first = ships("b", "claimed", "UKR.GOV", "2024-04-10")
    assert only(first).id == only(first, ships("a", "denied", "RUS.GOV", "2024-04-12"), ships("c", "actual", "", "2024-04-09")).id


def test_keys_of_claims_and_blocks_can_share_a_table() -> None:
    told = ships("a", "claimed", "UKR.GOV")
    assert claim_keys(told)
    assert not set(claim_keys(told)) & set(block_keys(told))
    assert claim_keys(ships("a", "hypothetical")) == ()


def test_nothing_gives_nothing() -> None:
    assert claims([]) == []
