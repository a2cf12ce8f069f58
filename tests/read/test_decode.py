"""Scores painted by hand, and the triggers, roles, cues and contents that are read in them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scripted import THRESHOLDS, Canvas

from communique.read.calibration import sigmoid
from communique.read.decode import Thresholds, softmax

TEXT = "Oslo accused Minsk of jamming and Riga agreed"


def canvas() -> Canvas:
    return Canvas(TEXT)


def test_nothing_gives_nothing() -> None:
    found = Canvas(TEXT).read()
    assert (found.events, found.cues) == ((), ())


def test_an_event_with_its_roles() -> None:
    c = canvas()
    c.trigger("accused", "ACCUSE", "allege", "claimed", historical=True)
    c.pair("accused", "actor", "Oslo")
    c.pair("accused", "recipient", "Minsk")
    c.pair("accused", "source", "Riga")
    (event,) = c.read().events
    assert (event.type, event.mode, event.status, event.historical) == ("ACCUSE", "allege", "claimed", True)
    assert c.words([event, *event.actors, *event.recipients, *event.sources]) == ["accused", "Oslo", "Minsk", "Riga"]
    assert event.probability > 0.99
    assert event.status_probability > 0.99


def test_words_of_one_type_side_by_side_are_one_trigger_and_of_two_types_two() -> None:
    c = canvas()
    c.trigger("accused Minsk", "ACCUSE")
    assert c.words(c.read().events) == ["accused Minsk"]
    c.trigger("Minsk", "COERCE")
    assert [(e.type, *c.words([e])) for e in c.read().events] == [("ACCUSE", "accused"), ("COERCE", "Minsk")]


def test_the_threshold_decides() -> None:
    c = canvas()
    c.trigger("accused", "ACCUSE")
    (row,) = c.rows("accused")
    c.scores["trigger"][row] = -30.0
    c.scores["trigger"][row, :2] = 0.0  # "none" and the first type, even
    assert not c.read(dataclasses.replace(THRESHOLDS, event=0.51)).events
    assert [e.probability for e in c.read(dataclasses.replace(THRESHOLDS, event=0.49)).events] == [pytest.approx(0.5)]


def test_a_mode_of_another_type_is_never_taken() -> None:
    c = canvas()
    c.trigger("accused", "ACCUSE", "allege")
    c.scores["mode"][c.rows("accused")] = 0.0
    c.pick("mode", c.rows("accused"), 82, 20.0)  # ASSAULT's last
    (event,) = c.read().events
    assert event.mode in ("", "disapprove", "investigate", "allege")


def test_all_words_that_may_fill_a_side_are_told_the_surest_first() -> None:
    c = canvas()
    c.trigger("accused", "ACCUSE")
    c.pair("accused", "actor", "Oslo", 3.0)
    c.pair("accused", "recipient", "Oslo", 2.0)
    c.pair("accused", "recipient", "Minsk", 3.0)
    (event,) = c.read().events
    assert (c.words(event.actors), c.words(event.recipients)) == (["Oslo"], ["Minsk", "Oslo"])
    (oslo,) = event.actors
    assert oslo.probability == pytest.approx(0.953, abs=0.001) and oslo.rival == pytest.approx(0.881, abs=0.001)


def filled(text: str, scores: dict[str, float]) -> list[str]:
    """The actors of "met" in `text`, where its words have these scores for that role."""
    c = Canvas(text)
    c.trigger("met", "CONSULT")
    for words, score in scores.items():
        c.pair("met", "actor", words, score)
    (event,) = c.read().events
    return c.words(event.actors)


LIKELY, UNLIKELY = 1.0, -1.0  # 0.73 and 0.27: above the first of LEVELS, and above half of it
HARDLY = -4.0  # 0.02: below the last
FILLERS: dict[str, tuple[str, dict[str, float], list[str]]] = {
    "a word beside a sure one": ("President Ivanov met Kyiv", {"President": UNLIKELY, "Ivanov": LIKELY}, ["President Ivanov"]),
    "no likely word": ("President Ivanov met Kyiv", {"President Ivanov": HARDLY}, []),
    "no sure word": ("President Ivanov met Kyiv", {"President Ivanov": UNLIKELY}, ["President Ivanov"]),
    "two stretches": ("Oslo and Riga met Kyiv", {"Oslo": LIKELY, "Riga": LIKELY}, ["Oslo", "Riga"]),
    "an article at the edge": ("The Kremlin met Kyiv", {"The Kremlin": LIKELY}, ["Kremlin"]),
    "a comma at the edge": ("Ivanov, Riga said, met Kyiv", {"Ivanov,": LIKELY}, ["Ivanov"]),
    "dots inside": ("The U.S. Senate met Kyiv", {"U": LIKELY, "S. Senate": LIKELY}, ["U.S. Senate"]),
    "a dot at the end": ("Envoys of the U.S. met Kyiv", {"U.S.": LIKELY}, ["U.S."]),
    "a possessive at the end": ("Oslo's met Kyiv", {"Oslo's": LIKELY}, ["Oslo"]),
    "an article alone": ("The met Kyiv", {"The": LIKELY}, []),
    "a word inside": ("Ministry of Defence met Kyiv", {"Ministry of Defence": LIKELY}, ["Ministry of Defence"]),
}


@pytest.mark.parametrize("name", FILLERS)
def test_which_words_fill_a_role(name: str) -> None:
    text, scores, expected = FILLERS[name]
    assert filled(text, scores) == expected


def test_context_and_sentence_are_never_one_participant() -> None:
    text = "They met Oslo. Riga left"
    c = Canvas(text, [(0, 13), (15, len(text))])
    c.trigger("left", "RETREAT")
    c.pair("left", "actor", "Oslo")
    c.pair("left", "actor", "Riga")
    (event,) = c.read().events
    assert c.words(event.actors) == ["Oslo", "Riga"]


def test_a_span_ends_with_the_last_piece_of_its_last_word() -> None:
    c = Canvas("Lukashenka met Zelenskyy")
    assert len(c.rows("Zelenskyy")) > 1
    c.trigger("met", "CONSULT")
    c.pair("met", "recipient", "Zelenskyy")
    (event,) = c.read().events
    assert c.words(event.recipients) == ["Zelenskyy"]


def test_a_participant_may_stand_in_the_context_and_a_trigger_may_not() -> None:
    text = "Oslo spoke. It accused Minsk."
    c = Canvas(text, [(0, 11), (12, len(text))])
    c.trigger("spoke", "CONSULT")
    c.trigger("accused", "ACCUSE")
    c.pair("accused", "actor", "Oslo")
    (event,) = c.read().events
    assert (event.type, c.words(event.actors)) == ("ACCUSE", ["Oslo"])


def quoting(text: str, cue: str, speaker: str, content: list[str], act: str = "assert") -> Canvas:
    c = Canvas(text)
    c.cue(cue, act)
    c.pair(cue, "speaker", speaker)
    for words in content:
        c.pair(cue, "content", words)
    return c


def test_a_cue_before_its_content() -> None:
    c = quoting("Oslo warned that the border would close", "warned", "Oslo", ["the border would close"], "warn")
    (cue,) = c.read().cues
    assert cue.speaker is not None
    assert (c.words([cue]), c.words([cue.speaker]), c.words(cue.content), cue.act) == (
        ["warned"],
        ["Oslo"],
        ["the border would close"],
        "warn",
    )


def test_a_cue_after_its_content() -> None:
    c = quoting("The border would close, Oslo said", "said", "Oslo", ["The border would close"])
    (cue,) = c.read().cues
    assert c.words(cue.content) == ["The border would close"]


def test_a_split_quotation_has_two_spans_around_its_cue() -> None:
    c = quoting("“If it goes on,” Vale said, “we will act”", "said", "Vale", ["If it goes on", "we will act"])
    (cue,) = c.read().cues
    assert c.words(cue.content) == ["If it goes on", "we will act"]


def test_a_cue_is_no_part_of_its_content() -> None:
    c = quoting("If it goes on Vale said we will act", "said", "Vale", ["If it goes on Vale said we will act"])
    (cue,) = c.read().cues
    assert c.words(cue.content) == ["If it goes on Vale", "we will act"]


def test_a_gap_of_three_words_in_a_content_is_closed_and_a_stray_is_dropped() -> None:
    c = quoting(
        "Oslo said the old border and the port would close at dawn there",
        "said",
        "Oslo",
        ["the old border", "would close at dawn"],
    )
    (cue,) = c.read().cues
    assert c.words(cue.content) == ["the old border and the port would close at dawn"]
    c = quoting("Oslo and Riga on the coast said the border would close", "said", "Oslo", ["Riga", "the border would close"])
    (cue,) = c.read().cues
    assert c.words(cue.content) == ["the border would close"]


def test_a_cue_without_content_is_none_and_without_a_speaker_is_one() -> None:
    c = Canvas("Oslo said the border would close")
    c.cue("said")
    assert not c.read().cues
    c.pair("said", "content", "the border would close")
    (cue,) = c.read().cues
    assert cue.speaker is None


def test_the_likeliest_speaker_is_taken() -> None:
    c = quoting("Oslo and Riga said the border would close", "said", "Oslo", ["the border would close"])
    c.pair("said", "speaker", "Oslo", 1.0)
    c.pair("said", "speaker", "Riga", 2.0)
    (cue,) = c.read().cues
    assert cue.speaker is not None
    assert c.words([cue.speaker]) == ["Riga"]


def test_an_empty_sentence_is_read() -> None:
    found = Canvas("").read()
    assert (found.events, found.cues) == ((), ())


def test_thresholds_are_stored_beside_the_weights() -> None:
    loaded = Thresholds.load()
    weights = ("when", "undated")
    assert all(0.0 < getattr(loaded, f.name) < 1.0 for f in dataclasses.fields(loaded) if f.name not in weights)
    assert 0.0 <= loaded.when <= 2.0


def test_softmax_and_sigmoid_stand_large_scores() -> None:
    assert softmax(np.array([1000.0, 0.0])).tolist() == [1.0, 0.0]
    assert np.isfinite(sigmoid(np.array([-1e9, 1e9]))).all()


def test_words_are_drawn_by_the_sure_ones_before_the_doubtful_join_them() -> None:
    c = canvas()
    c.trigger("accused", "ACCUSE")
    c.pair("accused", "recipient", "Minsk", 3.0)
    c.pair("accused", "recipient", "Riga", -1.5)
    assert c.words(c.read().events[0].recipients) == ["Minsk", "Riga"]
    c.pair("accused", "recipient", "Riga", -4.0)
    assert c.words(c.read().events[0].recipients) == ["Minsk"], "hardly any chance"


def test_two_runs_of_a_trigger_with_a_word_between_are_one() -> None:
    c = Canvas("Oslo gave more substantial support, and aid to Riga")
    c.trigger("gave more", "AID")
    c.trigger("support", "AID")
    c.trigger("aid", "AID")
    assert c.words(c.read().events) == ["gave more substantial support", "aid"], "a conjunction parts two acts"


def test_a_trigger_neither_begins_nor_ends_with_an_article_or_a_possessive() -> None:
    c = Canvas("Rebels in Minsk set fire to the depot and Oslo withdrew its envoy")
    c.trigger("set fire to the", "ASSAULT")
    c.trigger("withdrew its", "SANCTION")
    assert c.words(c.read().events) == ["set fire to", "withdrew"]
    alone = Canvas("Oslo gave the depot a guard")
    alone.trigger("the", "AID")
    assert alone.words(alone.read().events) == ["the"], "a word is not lost with its only one"
