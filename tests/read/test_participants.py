"""Who takes part in an event beyond the words of its sentence. No weights."""

from __future__ import annotations

from communique.read.decode import RoleSpan
from communique.read.participants import Participants, contested, stem, turned, without_doubles
from communique.read.statements import Draft
from communique.records import Entity


def party(country: str, name: str = "", sector: str = "GOV") -> Entity:
    return Entity(name or country, 0, 3, country=country, sector=sector, name=name)


def draft(cue: tuple[int, int]) -> Draft:
    return Draft(0, cue, None, [(20, 40)], "demand", 0.9)


USA, IRN, FRA, PRK = party("USA"), party("IRN"), party("FRA"), party("PRK")


def test_the_speaker_of_a_cue_is_the_actor_of_the_act_that_it_is() -> None:
    parties = Participants([draft((10, 15))], [FRA])
    assert parties.fill("REQUEST", "urged", (10, 15), (USA,), (IRN,)) == ((FRA,), (IRN,))
    assert parties.fill("ACCUSE", "blamed", (50, 56), (USA,), (IRN,)) == ((USA,), (IRN,))


def test_a_list_that_holds_the_speaker_stays_a_list() -> None:
    parties = Participants([draft((10, 15))], [USA])
    assert parties.fill("REQUEST", "urged", (10, 15), (USA, FRA), (IRN,)) == ((USA, FRA), (IRN,))


def test_an_event_told_again_has_the_parties_of_its_first_telling() -> None:
    parties = Participants([], [])
    parties.fill("CONSULT", "held talks", (0, 10), (USA, IRN), ())
    parties.fill("CONSULT", "visit", (20, 25), (FRA,), (USA,))
    actors, _ = parties.fill("CONSULT", "talks", (30, 35), (), ())
    assert [a.country for a in actors] == ["USA", "IRN"] and all(a.inherited for a in actors)
    assert [a.country for a in parties.fill("CONSULT", "meeting", (40, 47), (), ())[0]] == ["USA", "IRN"], "the last of the type"
    assert parties.fill("AID", "aid", (50, 53), (), (IRN,)) == ((), (IRN,))


def test_recipients_are_inherited_by_the_same_word_only() -> None:
    parties = Participants([], [])
    parties.fill("ASSAULT", "bombing", (0, 7), (FRA,), (IRN,))
    assert [r.country for r in parties.fill("ASSAULT", "bombings", (20, 28), (), ())[1]] == ["IRN"]
    assert parties.fill("ASSAULT", "attack", (40, 46), (), ())[1] == ()


def test_sanctions_without_a_target_are_those_told_before() -> None:
    parties = Participants([], [])
    parties.fill("SANCTION", "embargo", (0, 7), (USA,), (IRN,))
    parties.fill("ASSAULT", "strikes", (10, 17), (USA,), (IRN,))
    assert [r.country for r in parties.fill("SANCTION", "measures", (20, 28), (USA,), ())[1]] == ["IRN"]
    assert parties.fill("SANCTION", "measures", (30, 38), (FRA,), ())[1] == (), "of another actor"
    assert parties.fill("ASSAULT", "raid", (40, 44), (USA,), ())[1] == (), "violence may have no named target"


def test_the_parties_of_an_earlier_telling_do_not_act_on_themselves() -> None:
    parties = Participants([], [])
    parties.fill("SANCTION", "sanctions", (0, 9), (USA, FRA), (IRN,))
    actors, recipients = parties.fill("SANCTION", "sanctions", (20, 29), (), (FRA,))
    assert [a.country for a in actors] == ["USA"] and recipients == (FRA,)


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


def test_a_party_in_both_roles_keeps_the_likelier() -> None:
    assert contested([(PRK, 0.8), (USA, 0.5)], [(PRK, 0.5), (USA, 0.7)]) == ([PRK], [USA])
    court, public = party("USA", sector="JUD"), party("USA", sector="CVL")
    assert contested([(court, 0.5)], [(public, 0.9)]) == ([court], [public]), "one country, two parties"
    trump, pompeo = party("USA", "Donald Trump"), party("USA", "Mike Pompeo")
    assert contested([(trump, 0.9)], [(pompeo, 0.6)]) == ([trump], [pompeo])
    nobody = Entity("they")
    assert contested([(nobody, 0.2)], [(nobody, 0.9)]) == ([nobody], [nobody]), "nobody is no party"
