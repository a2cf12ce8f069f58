"""The tables of types, modes, statuses and acts against the codebook."""

from __future__ import annotations

import pytest

from communique.ontology import event_types, names

MODES = {
    "CONSULT": "visit third-party multilateral phone",
    "RETREAT": "withdraw release disarm ceasefire access resign",
    "REQUEST": "assist change yield meet",
    "REJECT": "assist change yield meet",
    "ACCUSE": "disapprove investigate allege",
    "THREATEN": "restrict arrest relations expel territory violence",
    "PROTEST": "demo riot strike hunger boycott obstruct vandalize",
    "SANCTION": "convict expel withdraw discontinue",
    "MOBILIZE": "troops weapons police militia",
    "COERCE": "seize restrict censor curfew martial-law arrest deport withhold misinformation cyber",
    "ASSAULT": "abduct beat torture sexual targeted destroy primitive firearms explosives suicide-attack aerial drone "
    "heavy-weapons crowd-control unconventional",
}
QUADS = {
    "verbal cooperation": "AGREE CONSULT SUPPORT CONCEDE",
    "material cooperation": "COOPERATE AID RETREAT",
    "verbal conflict": "REQUEST ACCUSE REJECT THREATEN",
    "material conflict": "PROTEST SANCTION MOBILIZE COERCE ASSAULT",
}


def test_the_sixteen_types_stand_in_the_manuals_order() -> None:
    assert list(event_types()) == " ".join(QUADS.values()).split()


@pytest.mark.parametrize("quad", QUADS)
def test_each_quad_has_its_types(quad: str) -> None:
    assert [t.name for t in event_types().values() if t.quad == quad] == QUADS[quad].split()


@pytest.mark.parametrize("kind", event_types())
def test_modes_are_the_codebooks(kind: str) -> None:
    assert set(event_types()[kind].modes) == set(MODES.get(kind, "").split())


def test_scores_have_the_sign_of_their_quad_but_for_requests() -> None:
    for kind in event_types().values():
        assert -10 <= kind.score <= 10
        if "cooperation" in kind.quad:
            assert kind.score > 0, kind
        elif kind.name != "REQUEST":
            assert kind.score < 0, kind


def test_every_type_has_a_definition_and_a_cameo_root() -> None:
    for kind in event_types().values():
        assert kind.definition
        assert kind.cameo


def test_closed_lists() -> None:
    assert names("status") == ("actual", "claimed", "denied", "future", "hypothetical", "negated")
    assert names("act") == tuple(
        ["assert", "deny", "accuse", "warn", "threaten", "promise", "demand", "praise", "reject", "ask", "announce", "express"]
    )
    assert len(names("sector")) == len(set(names("sector"))) == 25
    assert names("nothing") == ()
