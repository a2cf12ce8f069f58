"""The reader as a whole, with a stand-in for its weights. All texts are written for the tests."""

from __future__ import annotations

import dataclasses
import datetime as dt
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import THRESHOLDS, Scripted

from communique.errors import InputError
from communique.read import reader as module
from communique.read.reader import Reader
from communique.records import MAX_CHARACTERS, Report
from communique.resolve.actors import ActorIndex

TEXT = (
    "Paris quarrels with Moscow\n\nPARIS (AP) — France accused Russia on Tuesday of spying. "
    "Poland said “Russia bombed the depot.”\n\n"
    "ADVERTISEMENT\n\nRead more: Moscow bombed the port\n\nIran met Oman. They left."
)


@lru_cache(maxsize=1)
def index() -> ActorIndex:
    return ActorIndex.load()


def make() -> tuple[Reader, Scripted]:
    model = Scripted()
    return Reader(model, thresholds=THRESHOLDS, index=index()), model


def test_one_report_from_text_to_records() -> None:
    reader, _ = make()
    coded = reader.read(TEXT, published="2024-04-10", title="Paris quarrels with Moscow", source="The Demo")
    assert [s.kind for s in coded.sentences] == ["title", "dateline", "body", "body", "prompt", "related", "body", "body"]
    accused, bombed, met = coded.events
    assert [(e.type, e.status, e.sentence) for e in coded.events] == [
        ("ACCUSE", "actual", 2),
        ("ASSAULT", "claimed", 3),
        ("CONSULT", "actual", 6),
    ]
    assert [a.code for a in accused.actors] == ["FRA.GOV"]
    assert [r.code for r in accused.recipients][:1] == ["RUS.GOV"]
    assert accused.date == "2024-04-09"
    assert [s.code for s in bombed.sources] == ["POL.GOV"]
    assert {e.code for e in (*met.actors, *met.recipients)} == {"IRN.GOV", "OMN.GOV"}
    (statement,) = coded.statements
    assert (statement.speaker.code, statement.quotes) == ("POL.GOV", ("Russia bombed the depot.",))
    assert coded.report.language == "en"
    assert (coded.report.text, coded.report.title, coded.report.source) == (TEXT, "Paris quarrels with Moscow", "The Demo")
    assert coded.notes == ()


def test_every_offset_is_into_the_text_as_given() -> None:
    coded = make()[0].read("\n  " + TEXT + "  \n", published="2024-04-10")
    for event in coded.events:
        assert coded.report.text[event.start : event.end] == event.trigger
        sentence = coded.sentences[event.sentence]
        assert sentence.start <= event.start < event.end <= sentence.end
        for entity in (*event.actors, *event.recipients):
            assert entity.start is not None
            assert entity.end is not None
            assert coded.report.text[entity.start : entity.end] == entity.text


def test_boilerplate_never_reaches_the_model() -> None:
    reader, model = make()
    reader.read(TEXT)
    assert sum(model.batches) == 4


def test_boilerplate_is_no_context_either() -> None:
    text = "France left.\n\nRead more: Moscow bombed it\n\nIt accused Iran."
    assert module._contexts(text, [(0, 12), (14, 42), (44, 60)], [0, 2]) == [[], [], [0]]


def test_reading_twice_gives_the_same_records() -> None:
    reader, _ = make()
    assert reader.read(TEXT, published="2024-04-10") == reader.read(TEXT, published="2024-04-10")


@pytest.mark.parametrize("text", ["", "   ", "\n\n\t"])
def test_an_empty_report_gives_an_empty_result_with_a_note(text: str) -> None:
    reader, model = make()
    coded = reader.read(text)
    assert (coded.events, coded.statements, coded.sentences) == ((), (), ())
    assert coded.notes == ("the report is empty: nothing was read",)
    assert model.batches == []


def test_a_report_of_clutter_alone_says_so() -> None:
    coded = make()[0].read("ADVERTISEMENT\n\nSign up for our daily newsletter")
    assert coded.notes == ("no sentence of the report is its own text",)


def test_a_report_without_events_says_so() -> None:
    assert make()[0].read("The sun rose over the hills. It was warm.").notes == ("no event and no statement was found",)


def test_a_report_in_another_language_is_kept_and_not_coded() -> None:
    reader, model = make()
    text = "Le ministre a déclaré lundi que les pourparlers avec la délégation étrangère reprendraient la semaine prochaine."
    coded = reader.read(text)
    assert coded.report.language == "fr"
    assert coded.events == ()
    assert len(coded.sentences) == 1
    assert "not in English (fr)" in coded.notes[0]
    assert model.batches == []


def test_a_report_that_is_too_long_is_refused() -> None:
    with pytest.raises(InputError, match=r"report 'big'.*1,000,001 characters.*cut it into its articles"):
        make()[0].read(Report("x" * (MAX_CHARACTERS + 1), id="big"))


@pytest.mark.parametrize("published", ["soon", "2024-13-01", "10/04/2024", "2024-02-30"])
def test_a_date_that_is_none_is_refused(published: str) -> None:
    with pytest.raises(InputError, match=published[:4]):
        make()[0].read("Iran met Oman.", published=published)


def test_a_date_is_checked_before_anything_is_read() -> None:
    reader, model = make()
    with pytest.raises(InputError):
        reader.read("", published="soon")
    assert model.batches == []


@pytest.mark.parametrize("published", ["2024-04-10", "2024-04-10T08:00:00Z", "", " 2024-04-10 "])
def test_dates_that_are_read(published: str) -> None:
    assert make()[0].read("Iran met Oman.", published=published).events


def test_a_date_may_be_a_date() -> None:
    plain = make()[0].read("Iran met Oman on Tuesday.", published="2024-04-10")
    for day in (dt.date(2024, 4, 10), dt.datetime(2024, 4, 10, 8)):
        assert make()[0].read("Iran met Oman on Tuesday.", published=day) == plain


@pytest.mark.parametrize(
    ("given", "told"),
    [({"text": None}, "text None: is NoneType, no string"), ({"text": b"abc"}, "text b'abc': is bytes, no string"),
     ({"text": "a", "published": 2024}, "published 2024: is int"), ({"text": "a", "title": ["a"]}, "title .'a'.: is several"),
     ({"text": "a", "source": 5}, "source 5: is int")],
)  # fmt: skip
def test_what_is_no_text_is_refused(given: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        make()[0].read(**given)
    if len(given) == 1:
        with pytest.raises(InputError, match=told):
            list(make()[0].pipe(given.values()))


def test_a_sentence_that_is_too_long_is_read_in_part_and_a_note_says_so() -> None:
    coded = make()[0].read("Iran met Oman " + "and then " * 150 + "left.")
    assert coded.notes == ("sentence 0 is longer than the model reads at once: its end was not coded",)
    assert len(coded.events) == 1


def test_a_stream_comes_out_in_order() -> None:
    reader, model = make()
    texts = [f"Iran met Oman in week {n}." for n in range(5)] + ["", "France accused Russia."]
    out = list(reader.pipe((Report(t, id=str(n)) for n, t in enumerate(texts)), batch_size=3))
    assert [c.report.id for c in out] == [str(n) for n in range(7)]
    assert [len(c.events) for c in out] == [1, 1, 1, 1, 1, 0, 1]
    assert sum(model.batches) == 6


def test_a_stream_is_read_no_further_than_its_batch() -> None:
    taken: list[int] = []

    def endless() -> object:
        n = 0
        while True:
            taken.append(n)
            yield "Iran met Oman."
            n += 1

    stream = make()[0].pipe(endless(), batch_size=2)  # type: ignore[arg-type]
    next(stream)
    assert taken == [0, 1]


def test_a_report_is_run_by_itself() -> None:
    """Bug: int8 activations are scaled over a batch, so that a report's company changed its scores and its ids."""
    reader, model = make()
    list(reader.pipe(["Iran met Oman. They left.", "France accused Russia."], batch_size=2))
    assert model.batches == [2, 1]


def test_an_empty_stream_gives_nothing() -> None:
    assert list(make()[0].pipe([])) == []


def test_texts_and_reports_may_be_mixed() -> None:
    out = list(make()[0].pipe(["Iran met Oman.", Report("France accused Russia.", id="b")]))
    assert [c.events[0].type for c in out] == ["CONSULT", "ACCUSE"]


def test_a_report_given_is_not_changed() -> None:
    report = Report("Iran met Oman.", id="a")
    coded = make()[0].read(report)
    assert report.language == ""
    assert dataclasses.replace(coded.report, language="") == report


def test_a_relation_is_read_between_marked_participants() -> None:
    reader, _ = make()
    (relation,) = reader.relate([("Oslo armed Kyiv.", (0, 4), (11, 15))])
    assert max(relation, key=lambda kind: relation[kind]) == "AID"
    assert sum(relation.values()) == pytest.approx(1.0)
    assert relation.trigger is None


PIECES = st.sampled_from(
    [
        "Iran",
        "met",
        "Oman",
        "accused",
        "said",
        "“We",
        "left.”",
        "\n\n",
        "U.S.",
        "he",
        "bombed",
        ".",
        "told",
        "on Tuesday",
        "€",
        "😀",
        "“",
        '"',
        "\x00",
        "ADVERTISEMENT",
        "OSLO — ",
        "They",
        "its",
        "the president",
        "\u2028",
        "…",
    ]
)


@given(st.lists(PIECES, max_size=30).map(" ".join))
@settings(max_examples=100, deadline=None)
def test_any_text_is_read_and_its_records_stay_inside_it(text: str) -> None:
    coded = make()[0].read(text, published="2024-04-10")
    for event in coded.events:
        assert text[event.start : event.end] == event.trigger
    for statement in coded.statements:
        assert all(0 <= c.start < c.end <= len(text) for c in statement.content)
    assert len({e.id for e in coded.events}) == len(coded.events)
    coded.to_dict()


@pytest.mark.weights
def test_the_shipped_weights_read_a_plain_report() -> None:
    coded = Reader(threads=1, index=index()).read(
        "France accused Russia on Tuesday of bombing a hospital in Ukraine.", published="2024-04-10"
    )
    assert any(e.type == "ACCUSE" and [a.country for a in e.actors] == ["FRA"] for e in coded.events)


def test_a_batch_of_none_is_refused() -> None:
    with pytest.raises(ValueError, match="batch_size 0"):
        list(make()[0].pipe(["Oslo met Riga."], batch_size=0))


def test_what_cannot_be_read_raises_in_its_turn() -> None:
    stream = make()[0].pipe(["Iran met Oman.", Report("Iran met Oman.", published="soon"), "Iran met Oman."])
    assert len(next(stream).events) == 1
    with pytest.raises(InputError, match="soon"):
        next(stream)
    refused = make()[0].pipe(["Iran met Oman.", None])  # type: ignore[list-item]
    assert len(next(refused).events) == 1
    with pytest.raises(InputError, match="text None: is NoneType"):
        next(refused)
