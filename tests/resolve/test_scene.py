"""Where an event happened, among the places that its sentence names. The texts are written for these tests."""

from __future__ import annotations

import pytest

from communique.ontology import event_types
from communique.resolve.places import find_places
from communique.resolve.scene import Deed, Voice, place_of
from communique.settings import read_table


def spans(text: str, words: str) -> list[tuple[int, int]]:
    return [(text.index(one), text.index(one) + len(one)) for one in words.split(";") if one]


def where(text: str, trigger: str, kind: str, actor: str = "", recipient: str = "", *, said: str = "", by: str = "") -> str:
    """The place of the event at `trigger`; `kind` as TYPE/mode, `said` what the speaker `by` says."""
    name, _, mode = kind.partition("/")
    voices = [Voice(spans(text, by)[0], spans(text, said))] if said else []
    (at,) = spans(text, trigger)
    deed = Deed((0, len(text)), at, name, mode, spans(text, actor), spans(text, recipient), voices)
    found = place_of(find_places(text), text, deed)
    return found.text if found else ""


@pytest.mark.parametrize(
    ("text", "trigger", "kind", "actor", "recipient", "place"),
    [
        ("Rockets killed three nurses in Odesa on Sunday.", "killed", "ASSAULT", "Rockets", "three nurses in Odesa", "Odesa"),
        ("Shells struck a school in Odesa.", "struck", "ASSAULT", "Shells", "a school in Odesa", "Odesa"),
        ("Police in Tbilisi beat two students.", "beat", "ASSAULT", "Police in Tbilisi", "two students", "Tbilisi"),
        ("Dozens marched on the French base at Aden.", "marched", "PROTEST", "Dozens", "the French base at Aden", "Aden"),
        ("In Oslo it rained, while in Vilnius ministers sent rice.", "sent", "AID", "Vilnius ministers", "", "Vilnius"),
        ("Troops in Mali accused France.", "accused", "ACCUSE", "Troops in Mali", "France", "Mali"),
    ],
)
def test_a_place_inside_a_participants_words_counts(
    text: str, trigger: str, kind: str, actor: str, recipient: str, place: str
) -> None:
    assert where(text, trigger, kind, actor, recipient) == place


@pytest.mark.parametrize(
    ("text", "trigger", "kind", "actor", "recipient", "place"),
    [
        ("Ethiopian jets bombed Asmara on Friday.", "bombed", "ASSAULT/aerial", "Ethiopian jets", "Asmara", "Asmara"),
        ("Jets bombarded the airport of Asmara.", "bombarded", "ASSAULT/aerial", "Jets", "the airport of Asmara", "Asmara"),
        ("The invasion of Kuwait began at night.", "invasion", "ASSAULT", "", "Kuwait", "Kuwait"),
        ("The minister visited Tokyo in May.", "visited", "CONSULT/visit", "The minister", "Tokyo", "Tokyo"),
        ("The envoy met Tokyo over fish.", "met", "CONSULT", "The envoy", "Tokyo", ""),
        ("The envoy rang from Tokyo and spoke in Oslo.", "rang", "CONSULT/phone", "The envoy", "", ""),
        ("France threatened Iran.", "threatened", "THREATEN", "France", "Iran", ""),
    ],
)
def test_what_is_struck_or_visited_is_a_place_and_who_is_met_is_none(
    text: str, trigger: str, kind: str, actor: str, recipient: str, place: str
) -> None:
    assert where(text, trigger, kind, actor, recipient) == place


def test_where_it_is_told_is_not_where_it_happened() -> None:
    text = "Drones hit a clinic in Odesa on Monday, ministers in Vienna said."
    assert where(text, "hit", "ASSAULT/drone", "Drones", "a clinic in Odesa", said=text[:38], by="ministers") == "Odesa"
    text = "Drones hit a clinic on Monday, ministers in Vienna said."
    assert where(text, "hit", "ASSAULT/drone", "Drones", "a clinic", said=text[:29], by="ministers") == ""
    text = "The envoy told reporters in Vienna that drones had hit a clinic."
    assert where(text, "hit", "ASSAULT/drone", "drones", "a clinic", said="drones had hit a clinic", by="The envoy") == ""


def test_who_saw_it_speaks_where_it_happened() -> None:
    text = "Police in Basra said three men had been shot."
    said = "three men had been shot"
    assert where(text, "shot", "ASSAULT", "", "three men", said=said, by="Police") == "Basra"
    text = text.replace("Police", "Lawyers")
    assert where(text, "shot", "ASSAULT", "", "three men", said=said, by="Lawyers") == ""


@pytest.mark.parametrize(
    ("text", "trigger", "kind", "place"),
    [
        ("Missiles killed nine people in Odesa, while the president was in Vilnius.", "killed", "ASSAULT", "Odesa"),
        ("Missiles killed nine people in Odesa, while the president met donors in Vilnius.", "met", "CONSULT", "Vilnius"),
        ("In Minsk, police held twenty students, while in Vilnius envoys danced.", "held", "COERCE/arrest", "Minsk"),
        ("Police held twenty students after the envoys had sat down in Vilnius.", "held", "COERCE/arrest", ""),
        ("A crowd stood in Minsk after a raid.", "raid", "ASSAULT", "Minsk"),
        ("He praised the men of Goma, where soldiers burned nine huts.", "burned", "ASSAULT", "Goma"),
        ("In Baghdad, the capital of Iraq, a shop opened and, since it was late, men shot two.", "shot", "ASSAULT", "Baghdad"),
    ],
)  # fmt: skip
def test_the_events_own_clause_says_where(text: str, trigger: str, kind: str, place: str) -> None:
    assert where(text, trigger, kind) == place


@pytest.mark.parametrize(
    ("text", "trigger", "kind", "place"),
    [
        ("The president flew into Hanoi with a plea from Seoul.", "flew", "CONSULT/visit", "Hanoi"),
        ("The president flew to Hanoi on Friday.", "flew", "CONSULT/visit", "Hanoi"),
        ("Gunmen shot a driver on the road to Hanoi.", "shot", "ASSAULT", ""),
        ("Gunmen shot a driver from Hanoi.", "shot", "ASSAULT", ""),
        ("The army withdrew from Kherson.", "withdrew", "RETREAT/withdraw", "Kherson"),
        ("The army tested a missile over Japan.", "tested", "MOBILIZE/weapons", ""),
        ("Police held twenty students, driving the country into Beijing's arms.", "held", "COERCE/arrest", ""),
        ("Police held twenty students in Ukraine's second city.", "held", "COERCE/arrest", "Ukraine"),
        ("Police held twenty students in Syria's Idlib province.", "held", "COERCE/arrest", "Idlib"),
        ("Police held twenty students outside the Moscow-backed paper.", "held", "COERCE/arrest", ""),
        ("Gunmen shot nine men in the Iraqi city of Mosul.", "shot", "ASSAULT", "Mosul"),
        ("Gunmen shot nine men on the southern outskirts of Mosul.", "shot", "ASSAULT", "Mosul"),
        ("Gunmen shot two writers based in Mosul.", "shot", "ASSAULT", ""),
        ("Gunmen shot nine men in Baghdad Tuesday.", "shot", "ASSAULT", "Baghdad"),
        ("Gunmen shot men in Mosul, Kirkuk and Basra.", "shot", "ASSAULT", "Mosul"),
    ],
)  # fmt: skip
def test_the_words_before_a_place_say_whether_it_happened_there(text: str, trigger: str, kind: str, place: str) -> None:
    assert where(text, trigger, kind) == place


def test_the_finest_of_a_chain_and_the_nearest() -> None:
    text = "In Ukraine, shells struck a market in Kostiantynivka, Donetsk Oblast, and a bridge."
    assert where(text, "struck", "ASSAULT", "shells") == "Kostiantynivka"
    text = "In Oslo ministers talked, then gunmen in Lagos killed two women in Abuja."
    assert where(text, "killed", "ASSAULT", "gunmen in Lagos", "two women in Abuja") == "Abuja"


def test_sentences_without_a_place() -> None:
    assert place_of([], "Nothing.", Deed((0, 8), (0, 7), "ASSAULT")) is None
    text = "In Odesa it rained. Men fought."
    assert place_of(find_places(text), text, Deed((20, 31), (24, 30), "ASSAULT")) is None


def test_a_users_own_type_happens_where_something_is() -> None:
    assert where("A tanker sank in Aden.", "sank", "SINKING") == "Aden"


def test_the_table_of_acts_knows_types_and_modes() -> None:
    for row in read_table("places/acts.tsv"):
        kind = event_types()[row["type"]]
        assert not row["mode"] or row["mode"] in kind.modes
        assert {row[name] for name in ("nowhere", "object", "toward", "from")} <= {"yes", "no"}
