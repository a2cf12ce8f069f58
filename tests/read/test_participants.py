"""Who takes part in an event beyond the words of its sentence. No weights."""

from __future__ import annotations

from communique.read.decode import RoleSpan
from communique.read.participants import Earlier, Participants, stem, turned, without_doubles
from communique.read.parties import inherited
from communique.read.statements import Draft
from communique.records import Entity


def party(country: str, name: str = "", sector: str = "GOV") -> Entity:
    return Entity(name or country, 0, 3, country=country, sector=sector, name=name)


def draft(cue: tuple[int, int]) -> Draft:
    return Draft(0, cue, None, [(20, 40)], "demand", 0.9)


USA, IRN, FRA, PRK = party("USA"), party("IRN"), party("FRA"), party("PRK")


def test_the_speaker_of_a_cue_is_the_actor_of_the_act_that_it_is() -> None:
    parties = Participants([draft((10, 15))], [FRA])
    assert parties.tell("REQUEST", "urged", (10, 15), (USA,), (IRN,)) == ((FRA,), (IRN,))
    assert parties.tell("ACCUSE", "blamed", (50, 56), (USA,), (IRN,)) == ((USA,), (IRN,))


def test_a_list_that_holds_the_speaker_stays_a_list() -> None:
    parties = Participants([draft((10, 15))], [USA])
    assert parties.tell("REQUEST", "urged", (10, 15), (USA, FRA), (IRN,)) == ((USA, FRA), (IRN,))


def test_the_last_event_of_a_type_is_remembered() -> None:
    parties = Participants([], [])
    parties.tell("CONSULT", "held talks", (0, 10), (USA, IRN), ())
    parties.tell("CONSULT", "visit", (20, 25), (FRA,), (USA,))
    parties.tell("AID", "aid", (30, 33), (PRK,), ())
    assert parties.last("CONSULT") == Earlier("CONSULT", "visit", (FRA,), (USA,))
    assert parties.last("ASSAULT") is None


def test_parties_of_an_earlier_telling_are_marked() -> None:
    before = Earlier("CONSULT", "talks", (USA, IRN), ())
    (kept,) = before.kept(before.actors, inherited(["IRN"], same_word=True))
    assert (kept.country, kept.inherited) == ("IRN", True)
    assert before.kept(before.actors, ()) == []


def test_nobody_acts_on_himself() -> None:
    assert Participants([], []).tell("ACCUSE", "blamed", (50, 56), (USA,), (USA, IRN)) == ((USA,), (IRN,))


def test_one_party_named_twice_is_one() -> None:
    putin, army = party("RUS", "Vladimir Putin"), party("RUS", sector="MIL")
    assert without_doubles([party("RUS"), putin, putin]) == (putin,)
    assert without_doubles([army, putin]) == (army, putin)
    guards = party("IRN", "Revolutionary Guards", "MIL")
    assert without_doubles([IRN, guards]) == (IRN, guards), "a body of a state is not the state"


def test_who_obtains_help_from_another_is_its_recipient() -> None:
    text = "Oslo is obtaining arms from Riga."
    oslo, riga = RoleSpan(0, 4, 0.9), RoleSpan(28, 32, 0.8)
    span = (text.index("obtaining"), text.index(" arms"))
    assert turned("AID", text, span, (oslo,), (riga,)) == ((riga,), (oslo,))
    assert turned("AID", text, span, (riga,), (oslo,)) == ((riga,), (oslo,)), "read rightly already"
    assert turned("COOPERATE", text, span, (oslo,), (riga,)) == ((oslo,), (riga,)), "trade serves both"
    for other in ("Oslo is accepting aid now in Riga.", "Oslo is obtaining arms  for Riga."):
        assert turned("AID", other, span, (oslo,), (riga,)) == ((oslo,), (riga,))


def test_stem() -> None:
    assert stem("imposed sanctions") == stem("sanction") == "sanct"
    assert stem("…") == ""


def test_of_two_mentions_the_nearer_stays() -> None:
    far, nearby = Entity("Russia", 0, 6, country="RUS", sector="GOV"), Entity("Moscow", 40, 46, country="RUS", sector="GOV")
    assert without_doubles([far, USA, nearby], 35) == (nearby, USA)
    assert without_doubles([far, nearby]) == (far,)
