"""What a source does to a target, with a stand-in for the weights."""

from __future__ import annotations

import numpy as np
import pytest
from scripted import THRESHOLDS, Array, Scripted, encoder

from communique.read import labels
from communique.read.encode import Encoded
from communique.read.relations import LINK_WEIGHT, Pair, Relation, relations


def between(text: str, source: str, target: str) -> Pair:
    at = [(text.index(words), text.index(words) + len(words)) if words else (0, 0) for words in (source, target)]
    return text, at[0], at[1]


def read(*pairs: Pair) -> list[Relation]:
    return list(relations(encoder(), Silent(), THRESHOLDS, pairs))


def told(relation: Relation) -> str:
    assert relation.trigger is not None
    return relation.sentence[slice(*relation.trigger)]


class Silent(Scripted):
    """The stand-in with a relation head that says nothing."""

    def _scores(self, e: Encoded) -> dict[str, Array]:
        return super()._scores(e) | {"relation": np.zeros(len(labels.TYPES), dtype=np.float32)}


def test_the_trigger_that_links_the_pair_is_told_with_its_mode_and_status() -> None:
    (relation,) = read(between("France bombed Libya.", "France", "Libya"))
    assert (told(relation), relation.mode, relation.status) == ("bombed", "aerial", "claimed")
    assert relation.links == pytest.approx(1.0, abs=0.01)


def test_a_trigger_adds_to_its_type_as_far_as_its_sides_are_the_pair() -> None:
    text = "France bombed Libya, Oman said nothing."
    linked, half, none = read(between(text, "France", "Libya"), between(text, "France", "Oman"), between(text, "Libya", "France"))
    assert linked["ASSAULT"] == pytest.approx(linked["COERCE"] * np.exp(LINK_WEIGHT), rel=0.02)
    assert linked.links > 0.9
    assert none["ASSAULT"] < half["ASSAULT"] <= linked["ASSAULT"]


def test_a_source_that_the_sentence_does_not_name_links_nothing_on_its_side() -> None:
    (relation,) = read(between("Libya was bombed.", "", "Libya"))
    assert relation.links < 0.6


def test_a_sentence_without_a_trigger_has_the_head_alone() -> None:
    (relation,) = relations(encoder(), Scripted(), THRESHOLDS, [between("Oslo armed Kyiv.", "Oslo", "Kyiv")])
    assert relation.trigger is None
    assert (relation.mode, relation.status, relation.links) == ("", "", 0.0)
    assert relation["AID"] > 0.99


def test_pairs_are_answered_in_order_however_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("communique.read.relations.AT_ONCE", 2)
    words = ["met", "bombed", "accused", "met", "bombed"]
    found = read(*(between(f"France {word} Libya.", "France", "Libya") for word in words))
    assert [told(relation) for relation in found] == words


def test_a_relation_is_a_mapping_of_types() -> None:
    relation = Relation("A hit B.", (0, 1), (6, 7), {"ASSAULT": 0.9, "COERCE": 0.1})
    assert dict(relation) == {"ASSAULT": 0.9, "COERCE": 0.1}
    assert len(relation) == 2
