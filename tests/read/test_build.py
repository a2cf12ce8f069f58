"""Spans as records: sources and their chains, what is long past, dates, addressees, places. No weights."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import lru_cache

import pytest

from communique.read.build import ReportBuilder
from communique.read.calibration import calibrated
from communique.read.decode import RawEvent, RawSentence, RoleSpan
from communique.read.encode import quote_spans
from communique.read.parties import Chooser
from communique.read.sentences import split
from communique.read.statements import Draft
from communique.records import Event, Reason, Report, Sentence, Statement
from communique.resolve.actors import ActorIndex
from communique.resolve.trace import tracing


@lru_cache(maxsize=1)
def index() -> ActorIndex:
    return ActorIndex.load()


LIKELY = Chooser({"actor chance": 1.0, "recipient chance": 1.0})
"""Takes all words that are likelier than not, whatever else is known of them."""


class Case:
    """A report with events and drafts that name their words."""

    def __init__(self, text: str, published: str = "2024-04-10", kinds: Mapping[int, str] | None = None) -> None:
        self.text = text
        self.report = Report(text, id="r", published=published)
        self.sentences = [Sentence(n, *span, (kinds or {}).get(n, "body")) for n, span in enumerate(split(text))]
        self.raw: dict[int, list[RawEvent]] = {}
        self.drafts: list[Draft] = []

    def find(self, words: str, nth: int = 0) -> tuple[int, int]:
        at = -1
        for _ in range(nth + 1):
            at = self.text.index(words, at + 1)
        return at, at + len(words)

    def role(self, words: str) -> tuple[RoleSpan, ...]:
        return (RoleSpan(*self.find(words), 0.9),) if words else ()

    def number(self, at: int) -> int:
        return next(s.n for s in self.sentences if s.start <= at < s.end)

    def event(
        self,
        words: str,
        kind: str,
        actor: str = "",
        recipient: str = "",
        status: str = "actual",
        source: str = "",
        *,
        mode: str = "",
        historical: bool = False,
    ) -> Case:
        start, end = self.find(words)
        raw = RawEvent(
            start, end, kind, mode, status, historical, self.role(actor), self.role(recipient), self.role(source), 0.91239, 0.8
        )
        self.raw.setdefault(self.number(start), []).append(raw)
        return self

    def said(self, cue: str, speaker: str, *content: str, act: str = "assert", nth: int = 0) -> Case:
        span = self.find(cue, nth)
        who = self.role(speaker)
        self.drafts.append(Draft(self.number(span[0]), span, who[0] if who else None, [self.find(c) for c in content], act, 0.9))
        return self

    def build(self) -> tuple[tuple[Event, ...], tuple[Statement, ...], tuple[str, ...]]:
        raw = [RawSentence(events=tuple(self.raw.get(s.n, ()))) for s in self.sentences]
        builder = ReportBuilder(self.report, self.sentences, index(), quote_spans(self.text), LIKELY)
        return builder.build(raw, self.drafts)

    def events(self) -> tuple[Event, ...]:
        return self.build()[0]

    def statements(self) -> tuple[Statement, ...]:
        return self.build()[1]


def test_an_event_keeps_its_words_and_gains_what_they_stand_for() -> None:
    (event,) = Case("France accused Russia of spying.").event("accused", "ACCUSE", "France", "Russia", mode="allege").events()
    assert (event.trigger, event.type, event.mode, event.sentence, event.start, event.end) == (
        "accused",
        "ACCUSE",
        "allege",
        0,
        7,
        14,
    )
    assert [(a.text, a.start, a.end, a.code) for a in event.actors] == [("France", 0, 6, "FRA.GOV")]
    assert [r.code for r in event.recipients] == ["RUS.GOV"]
    assert (event.quad, event.probability) == ("verbal conflict", round(calibrated("event", 0.91239), 4))
    assert event.score is not None
    assert event.score < 0


def test_ids_depend_on_the_report_and_the_words_alone() -> None:
    case = Case("France accused Russia.").event("accused", "ACCUSE", "France", "Russia")
    again = Case("France accused Russia.").event("accused", "ACCUSE", "France", "", "claimed")
    other = Case("France accused Russia!").event("accused", "ACCUSE", "France", "Russia")
    other.report = dataclasses.replace(other.report, id="r2")
    assert case.events()[0].id == again.events()[0].id
    assert case.events()[0].id != other.events()[0].id


def test_an_actor_is_not_its_own_recipient() -> None:
    case = Case("Moscow said Russia accused France.").event("accused", "ACCUSE", "Russia", "Moscow")
    (event,) = case.events()
    assert [a.code for a in event.actors] == ["RUS.GOV"]
    assert event.recipients == ()


@pytest.mark.parametrize("status", ["claimed", "denied", "future", "hypothetical"])
def test_the_speaker_around_an_event_is_its_source(status: str) -> None:
    case = Case("Poland said that Russia bombed the depot.").said("said", "Poland", "Russia bombed the depot")
    (event,) = case.event("bombed", "ASSAULT", "Russia", "", status).events()
    assert [s.code for s in event.sources] == ["POL.GOV"]


@pytest.mark.parametrize("status", ["actual", "negated"])
def test_an_event_in_the_outlets_voice_has_no_source(status: str) -> None:
    case = Case("Poland said that Russia bombed the depot.").said("said", "Poland", "Russia bombed the depot")
    (event,) = case.event("bombed", "ASSAULT", "Russia", "", status).events()
    assert event.sources == ()


def test_a_chain_of_sources_goes_from_the_outlet_inwards() -> None:
    case = Case("Ukraine said Poland reported that Russia bombed the depot.").said(
        "reported", "Poland", "Russia bombed the depot"
    )
    case.said("said", "Ukraine", "Poland reported that Russia bombed the depot")
    (event,) = case.event("bombed", "ASSAULT", "Russia", "", "claimed").events()
    assert [s.country for s in event.sources] == ["UKR", "POL"]


def test_a_source_that_the_model_adds_comes_last_and_only_once() -> None:
    text = "Ukraine, citing Poland, said that Russia bombed the depot."
    case = Case(text).said("said", "Ukraine", "Russia bombed the depot")
    (event,) = case.event("bombed", "ASSAULT", "Russia", "", "claimed", "Poland").events()
    assert [s.country for s in event.sources] == ["UKR", "POL"]
    case = Case(text).said("said", "Ukraine", "Russia bombed the depot")
    (event,) = case.event("bombed", "ASSAULT", "Russia", "", "claimed", "Ukraine").events()
    assert [s.country for s in event.sources] == ["UKR"]


def test_a_source_of_the_speakers_own_side_is_not_added() -> None:
    text = "Polish Prime Minister Donald Tusk, citing Poland, said that Russia bombed the depot."
    case = Case(text).said("said", "Polish Prime Minister Donald Tusk", "Russia bombed the depot")
    (event,) = case.event("bombed", "ASSAULT", "Russia", "", "claimed", "Poland").events()
    assert [s.code for s in event.sources] == ["POL.GOV"]
    assert event.sources[0].name == "Donald Tusk"


def test_an_event_beside_a_statement_has_none_of_its_sources() -> None:
    case = Case("Russia bombed the depot, Poland said it would stay calm.").said("said", "Poland", "it would stay calm")
    (event,) = case.event("bombed", "ASSAULT", "Russia", "", "claimed").events()
    assert event.sources == ()


HISTORICAL = [
    ("in January 2024", False, True),  # two months and more before: the date decides
    ("on April 9, 2024", True, False),  # this month
    ("in March 2024", True, True),  # between: the model decides
    ("in March 2024", False, False),
    ("in 2021", True, True),  # a year that is over decides as well
    ("in 2021", False, True),
    ("long before", True, True),  # no date
    ("long before", False, False),
]


@pytest.mark.parametrize(("when", "model", "expected"), HISTORICAL)
def test_what_is_long_past(when: str, model: bool, expected: bool) -> None:
    (event,) = Case(f"France accused Russia {when}.").event("accused", "ACCUSE", "France", "Russia", historical=model).events()
    assert event.historical is expected


def test_dates_are_told_from_the_day_of_publication() -> None:
    text = "France accused Russia on Tuesday."
    assert Case(text).event("accused", "ACCUSE").events()[0].date == "2024-04-09"
    assert Case(text, published="").event("accused", "ACCUSE").events()[0].date == ""


def test_the_day_of_publication_is_no_fallback() -> None:
    assert Case("France accused Russia.").event("accused", "ACCUSE").events()[0].date == ""


def test_a_place_is_what_stands_after_in_and_takes_no_part() -> None:
    (event,) = Case("Rebels killed two men in Iran.").event("killed", "ASSAULT", "Rebels").events()
    assert event.place == "Iran"
    (event,) = Case("France struck a depot in Iran.").event("struck", "ASSAULT", "France", "a depot in Iran").events()
    assert event.place == "Iran"
    case = Case("Drones hit a depot in Iran, a minister in Vienna said.").event("hit", "ASSAULT", "Drones", "a depot in Iran")
    (event,) = case.said("said", "a minister", "Drones hit a depot in Iran").events()
    assert event.place == "Iran"
    (event,) = Case("France praised Iran.").event("praised", "SUPPORT", "France", "Iran").events()
    assert event.place == ""
    (event,) = Case("France accused Russia.").event("accused", "ACCUSE", "France", "Russia").events()
    assert event.place == ""


def test_a_statement_with_its_parts() -> None:
    case = Case("“If Iran strikes,” France said, “we act.”").said("said", "France", "If Iran strikes", "we act.", act="threaten")
    (statement,) = case.statements()
    assert statement.speaker.code == "FRA.GOV"
    assert [case.text[c.start : c.end] for c in statement.content] == ["If Iran strikes", "we act."]
    assert statement.quotes == ("If Iran strikes", "we act.")
    worth = round(calibrated("statement", 0.9), 4)
    assert (statement.act, statement.about, statement.sentence, statement.probability) == ("threaten", ("IRN",), 0, worth)
    assert statement.cue is not None
    assert case.text[statement.cue.start : statement.cue.end] == "said"


def test_a_statement_is_not_about_its_speakers_own_country() -> None:
    case = Case("Iran said that Iran and Oman would meet Qatar.").said("said", "Iran", "Iran and Oman would meet Qatar")
    assert case.statements()[0].about == ("OMN", "QAT")


def test_a_statement_without_a_speaker_is_kept_and_is_no_source() -> None:
    case = Case("It is said that Russia bombed the depot.").said("said", "", "Russia bombed the depot")
    events, statements, _ = case.event("bombed", "ASSAULT", "Russia", "", "claimed").build()
    assert statements[0].speaker.text == ""
    assert events[0].sources == ()


ADDRESSEES = {
    "France told Iran that it would act.": ("told", "it would act", "Iran"),
    "France told the Iranian parliament on Monday it would act.": ("told", "it would act", "Iranian parliament"),
    "France told U.S. President Joe Biden that it would act.": ("told", "it would act", "U.S. President Joe Biden"),
    "“We act,” France told Iran.": ("told", "We act", "Iran"),
    "“We act,” France said on Monday.": ("said", "We act", ""),
    "France urged Iran to act.": ("urged", "Iran to act", ""),
}


@pytest.mark.parametrize("text", ADDRESSEES)
def test_whom_the_words_were_said_to(text: str) -> None:
    cue, content, expected = ADDRESSEES[text]
    (statement,) = Case(text).said(cue, "France", content).statements()
    assert (statement.addressee[0].text if statement.addressee else "") == expected


def test_contexts_are_those_of_the_coded_sentences() -> None:
    text = "Troops entered the town. The court tried the minister.\nSign up for our election newsletter now"
    case = Case(text, kinds={2: "prompt"}).event("entered", "ASSAULT").event("tried", "ACCUSE")
    events, _, contexts = case.build()
    assert "military" in contexts
    assert "legal" in contexts
    assert "election" not in contexts
    assert "legal" not in events[0].contexts
    assert "legal" in events[1].contexts


def test_a_bare_report_gives_nothing() -> None:
    assert Case("Nothing happened.").build() == ((), (), ())


def test_where_another_party_is_takes_no_part() -> None:
    case = Case("France sent arms to Kurdish fighters in Syria.")
    case.event("sent", "AID", "France", "Kurdish fighters")
    (raw,) = case.raw[0]
    case.raw[0] = [dataclasses.replace(raw, recipients=(*raw.recipients, *case.role("Syria")))]
    assert [r.text for r in case.events()[0].recipients] == ["Kurdish fighters"]
    alone = Case("France struck targets in Syria.").event("struck", "ASSAULT", "France", "Syria")
    assert [r.code for r in alone.events()[0].recipients] == ["SYR"]


def test_a_governments_own_release_is_told_from_its_side() -> None:
    def speaker(**told: str) -> str:
        case = Case("Mali and Niger fell out. All was quiet. “We are ready to help,” said Minister Elva Strand.")
        case.report = dataclasses.replace(case.report, **told)
        return case.said("said", "Minister Elva Strand", "We are ready to help").statements()[0].speaker.country

    assert speaker(url="https://www.regjeringen.no/en/news") == "NOR"
    assert speaker(source="Norwegian Ministry of Foreign Affairs") == "NOR"
    assert speaker(source="USA TODAY", url="https://example.org/news") in ("MLI", "NER")


@pytest.mark.parametrize(
    ("text", "trigger", "kind", "expected"),
    [
        ("Israel bombed targets in Lebanon and Syria.", "bombed", "ASSAULT", ["Lebanon", "Syria"]),
        ("Iran fired missiles at Israel and Jordan.", "fired", "ASSAULT", ["Israel", "Jordan"]),
        ("China sent warships near Taiwan and Japan.", "sent", "MOBILIZE", ["Taiwan", "Japan"]),
        ("Fighting broke out in Sudan and Chad.", "Fighting", "ASSAULT", ["Sudan", "Chad"]),
        ("France armed Kurdish fighters in Syria and Iraq.", "armed", "AID", ["Kurdish fighters"]),
        ("France bombed Hamas targets in Lebanon, Syria and Iraq.", "bombed", "ASSAULT", ["Hamas"]),
        ("Troops in Sudan shelled Chad.", "shelled", "ASSAULT", ["Sudan", "Chad"]),
        ("France met Oman and fought in Mali.", "fought", "ASSAULT", ["Oman", "Mali"]),
    ],
)
def test_a_list_of_states_is_kept_or_dropped_as_one(text: str, trigger: str, kind: str, expected: list[str]) -> None:
    parties = [w for w in ("Kurdish fighters", "Hamas", "Oman", "Lebanon", "Syria", "Iraq", "Israel", "Jordan", "Taiwan", "Japan",
                           "Sudan", "Chad", "Mali") if w in text and text.index(w) > 0]  # fmt: skip
    case = Case(text).event(trigger, kind)
    (raw,) = case.raw[0]
    case.raw[0] = [dataclasses.replace(raw, recipients=tuple(r for w in parties for r in case.role(w)))]
    assert sorted(r.text for r in case.events()[0].recipients) == sorted(expected)


def test_those_who_met_others_are_not_the_two_heads() -> None:
    text = "President Vladimir Putin phoned President Xi Jinping. They held talks with Norway."
    case = Case(text).event("talks", "CONSULT", "They")
    assert [a.country for a in case.events()[0].actors] == ["RUS", "CHN"]
    case = Case(text).event("talks", "CONSULT", "They", "Norway")
    assert len(case.events()[0].actors) == 1


def test_the_peninsula_that_is_disarmed_alone_is_the_norths() -> None:
    text = "Washington seeks the denuclearization of the Korean Peninsula."
    sole = Case(text).event("denuclearization", "RETREAT", "the Korean Peninsula", mode="disarm").events()[0]
    assert [a.country for a in sole.actors] == ["PRK"]
    left = Case(text).event("denuclearization", "RETREAT", "the Korean Peninsula", mode="withdraw").events()[0]
    assert [a.country for a in left.actors] == ["PRK", "KOR"]


def why(case: Case) -> tuple[tuple[Event, ...], list[Reason]]:
    """The events of a report, and why each has its parties."""
    plain = case.events()
    with tracing() as trace:
        assert case.events() == plain
    assert set(trace.choices) == {e.id for e in plain}
    return plain, [trace.choices[e.id] for e in plain]


def test_the_choice_of_parties_is_told_where_somebody_asks() -> None:
    case = Case("Norway accused Finland. Egypt saw it.").event("accused", "ACCUSE", "Norway", "Finland")
    (event,), (reason,) = why(case)
    (step,) = reason.steps
    best = step.candidates[0]
    assert step.rule == "ranking parties" and best.name == "NOR → FIN" and best.score == round(reason.probability, 3)
    assert [c.chosen for c in step.candidates] == [True] + [False] * (len(step.candidates) - 1) and len(step.candidates) > 3
    assert "(nobody) → FIN" in {c.name for c in step.candidates}
    worth = [abs(f.value * f.weight) for f in best.features]
    assert all(worth) and worth == sorted(worth, reverse=True)
    assert event.actors[0].country == "NOR"


def test_what_becomes_of_the_parties_after_the_choice_is_told() -> None:
    case = Case("Norway said that Finland accused Russia.").event("accused", "ACCUSE", "Finland", "Russia")
    spoken = case.said("accused", "Norway", "Russia")
    (event,), (reason,) = why(spoken)
    assert [e.country for e in event.actors] == ["NOR"]
    assert [(s.rule, s.detail) for s in reason.steps[1:]] == [("who says it is its actor", "NOR → RUS")]
    got = Case("Russia is obtaining arms from Iran.").event("obtaining", "AID", "Russia", "Iran")
    assert [(s.rule, s.detail) for s in why(got)[1][0].steps[1:]] == [("giver and receiver exchanged", "IRN → RUS")]
