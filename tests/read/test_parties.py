"""Which of the words that may be an event's parties are."""

from __future__ import annotations

import math

import numpy as np

from communique.read import labels
from communique.read.decode import RoleSpan
from communique.read.parties import (
    MOST,
    Candidate,
    Chooser,
    Facts,
    Side,
    Weighed,
    candidates,
    choices,
    features,
    inherited,
    worth,
)


def facts(key: str, span: RoleSpan) -> Facts:
    return Facts(key, bool(key), span.start - 40, own=True, placed=False, speaker=False, did=False, suffered=False, frequent=1.0)


def side(text: str, *told: tuple[str, str, float, float]) -> list[Candidate]:
    """(words, key, probability of the side, of the other) of each candidate."""
    spans = [RoleSpan(text.index(words), text.index(words) + len(words), p, rival) for words, _, p, rival in told]
    keys = {span.start: key for span, (_, key, _, _) in zip(spans, told, strict=True)}
    return candidates(spans, lambda span: [facts(keys[span.start], span)])


def keys(parties: Side) -> list[str]:
    return [party.key for party in parties]


CERTAIN = (0.97, 0.97)


def test_words_for_one_state_are_one_candidate() -> None:
    text = "Washington said the United States and Norway agreed."
    found = side(text, ("Washington", "USA", 0.3, 0.0), ("United States", "USA", 0.8, 0.0), ("Norway", "NOR", 0.75, 0.0))
    assert keys(found) == ["USA", "NOR"]
    assert [text[s.start : s.end] for s in found[0].words] == ["United States"], "the surest words, not all of them"
    many = side("abcdefgh", *((c, c.upper() * 3, 0.5, 0.0) for c in "abcdefgh"))
    assert len(many) == MOST


def test_words_may_mean_several() -> None:
    span = RoleSpan(0, 14, 0.9)
    found = candidates([span], lambda s: [facts("USA", s), facts("IRN", s)])
    assert keys(found) == ["USA", "IRN"] and {c.spans for c in found} == {(span,)}
    doing, _ = Chooser.load().choose("CONSULT", "Both countries met.", found, [], CERTAIN)
    assert sorted(keys(doing)) == ["IRN", "USA"], "both of them, or none"


def test_whoever_does_it_does_not_suffer_it() -> None:
    text = "Israel told Washington that it warned of the end of the treaty."
    acting = side(text, ("Israel", "ISR", 0.8, 0.5), ("Washington", "USA", 0.2, 0.45))
    done = side(text, ("Israel", "ISR", 0.5, 0.8), ("Washington", "USA", 0.45, 0.2))
    doing, suffering = Chooser.load().choose("REQUEST", text, acting, done, CERTAIN)
    assert (keys(doing), keys(suffering)) == (["ISR"], ["USA"])
    plain = Chooser({"actor chance": 1.0, "recipient chance": 1.0, "recipient one": 0.1})
    assert keys(plain.choose("REQUEST", text, acting, done, CERTAIN)[1]) == ["ISR"], "by its words alone"


def test_a_list_is_taken_whole() -> None:
    text = "France lashed out at Russia and China, as Egypt saw it."
    acting = side(text, ("France", "FRA", 0.9, 0.02))
    done = side(text, ("Russia", "RUS", 0.8, 0.05), ("China", "CHN", 0.78, 0.05), ("Egypt", "EGY", 0.12, 0.1))
    doing, suffering = Chooser.load().choose("ACCUSE", text, acting, done, CERTAIN)
    assert (keys(doing), keys(suffering)) == (["FRA"], ["RUS", "CHN"])


def test_a_side_that_is_hardly_named_has_nobody() -> None:
    text = "France criticised the state of things in Egypt."
    acting, done = side(text, ("France", "FRA", 0.9, 0.02)), side(text, ("Egypt", "EGY", 0.15, 0.02))
    assert Chooser.load().choose("ACCUSE", text, acting, done, (0.97, 0.05))[1] == ()


def test_nobody_is_a_choice_where_there_are_no_candidates() -> None:
    assert Chooser.load().choose("ACCUSE", "", [], [], CERTAIN) == ((), ())


def test_what_an_earlier_telling_leaves() -> None:
    (party,) = inherited(["IRN", "IRN"], same_word=True)
    assert (party.key, party.spans, party.words) == ("IRN", (), ())
    assert inherited([], same_word=True) == []


def test_every_choice_is_weighed_once() -> None:
    text = "A, B, C, D and E"
    acting = side(text, *((c, c * 3, 0.5, 0.1) for c in "ABCDE"))
    told = choices("CONSULT", text, acting, acting[:2], CERTAIN)
    count = 1 + 5 + math.comb(4, 2) + math.comb(4, 3)
    assert (len(told.actors), len(told.recipients)) == (count, 4) == (len(set(told.actors)), len(set(told.recipients)))
    sizes = told.actor.shape[1] + told.recipient.shape[1] + told.pair.shape[2]
    assert sizes == len(features()) == len(set(features()))
    weights = np.array([float(name == "actor two") for name in features()])
    assert all(value == (len(row) > 1) for row, value in zip(told.actors, worth(weights, told)[:, 0], strict=True))


def test_own_types_have_no_weights_of_their_own() -> None:
    text = "France fined Shell."
    acting = side(text, ("France", "FRA", 0.9, 0.02))
    assert "FINE" not in labels.TYPES
    assert keys(Chooser.load().choose("FINE", text, acting, [], CERTAIN)[0]) == ["FRA"]


def test_who_asks_why_is_told_the_best_choices_with_all_that_speaks_for_them() -> None:
    text = "Israel told Washington that it warned of the end of the treaty."
    acting = side(text, ("Israel", "ISR", 0.8, 0.5), ("Washington", "USA", 0.2, 0.45))
    done = side(text, ("Israel", "ISR", 0.5, 0.8), ("Washington", "USA", 0.45, 0.2))
    chooser, told = Chooser.load(), choices("REQUEST", text, acting, done, CERTAIN)
    noted: list[tuple[Weighed, ...]] = []
    doing, suffering = chooser.choose("REQUEST", text, acting, done, CERTAIN, noted.append)
    assert (doing, suffering) == chooser.choose("REQUEST", text, acting, done, CERTAIN)
    (best,) = noted
    assert len(best) == MOST and (best[0].actors, best[0].recipients) == (("ISR",), ("USA",))
    every = chooser.weighed(told, acting, done, 1000)
    assert len(every) == len(told.actors) * len(told.recipients) and math.isclose(sum(w.chance for w in every), 1.0)
    assert every[: len(best)] == best and [w.chance for w in every] == sorted((w.chance for w in every), reverse=True)
    sums = [sum(value * weight for _, value, weight in w.signs) for w in best]
    odds = [math.log(best[0].chance / w.chance) for w in best]
    assert all(math.isclose(one, sums[0] - n, abs_tol=1e-9) for one, n in zip(odds, sums, strict=True))
    assert tuple(name for name, _, _ in best[0].signs) == features()
