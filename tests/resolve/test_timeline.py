"""Which date belongs to which event: evidence by hand-built records, the choice by hand-made weights and the shipped ones."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import replace

import pytest

from communique.resolve.dates import WHEN
from communique.resolve.time_evidence import Candidates, candidates
from communique.resolve.time_scene import Dated, Said, Scene, Told
from communique.resolve.timeline import Timeline

FRIDAY = dt.date(2024, 3, 15)
IRAN, USA, KIM = ("IRN", ""), ("USA", ""), ("PRK", "Kim Ha-na")


class Story:
    """A report written with `|` between sentences, and its events found by their words."""

    def __init__(self, text: str, published: dt.date | None = FRIDAY) -> None:
        self.sentences: list[tuple[int, int]] = []
        for part in text.split("|"):
            start = self.sentences[-1][1] + 1 if self.sentences else 0
            self.sentences.append((start, start + len(part)))
        self.text, self.published = text.replace("|", " "), published
        self.events: list[Told] = []
        self.cues: list[Said] = []

    def told(
        self, words: str, kind: str = "ASSAULT", status: str = "actual", actors: tuple[tuple[str, str], ...] = (),
        recipients: tuple[tuple[str, str], ...] = (), nth: int = 0,
    ) -> Story:  # fmt: skip
        start = [m.start() for m in re.finditer(re.escape(words), self.text)][nth]
        place = next(n for n, (a, b) in enumerate(self.sentences) if a <= start < b)
        self.events.append(Told(start, start + len(words), place, kind, status, actors, recipients))
        return self

    def said(self, cue: str, speaker: tuple[str, str], content: str = "", nth: int = 0) -> Story:
        start = [m.start() for m in re.finditer(re.escape(cue), self.text)][nth]
        at = self.text.index(content)
        self.cues.append(Said(start, start + len(cue), speaker, ((at, at + len(content)),) if content else ()))
        return self

    def scene(self) -> Scene:
        return Scene(self.text, self.sentences, self.published, self.events, self.cues)

    def options(self, i: int) -> Candidates:
        return candidates(self.scene(), i)

    def dates(self, scale: Mapping[str, float] | None = None) -> list[Dated]:
        return Timeline(self.text, self.sentences, self.published, scale).dates(self.events, self.cues)


def rules(options: Candidates, date: str) -> set[str]:
    """The rules that speak for a date itself, not for a stretch that holds it."""
    named = (e.split(":") for e in options.get(date, []) if ":" in e)
    return {rule for rule, rest in named if not rest.startswith("~")}


def own(story: Story) -> list[str]:
    return [known.date for known in story.scene().known]


def test_words_go_to_the_verb_they_modify_and_not_over_a_clauses_edge() -> None:
    story = Story("Envoys met in Doha on Monday while troops shelled the port on Tuesday.").told("met", "CONSULT").told("shelled")
    assert own(story) == ["2024-03-11", "2024-03-12"]


def test_a_nearer_verb_across_a_clauses_edge_does_not_take_the_words() -> None:
    story = Story("Troops shelled the old southern harbour and docks on Monday; rebels fled.")
    story.told("shelled").told("fled", "RETREAT")
    assert own(story) == ["2024-03-11", ""]


def test_words_behind_a_verbs_object_belong_to_the_verb() -> None:
    story = Story("Washington condemned the attack on Tuesday.").told("condemned", "ACCUSE").told("attack")
    assert own(story) == ["2024-03-12", ""]


def test_the_same_actors_last_deed_offers_its_day() -> None:
    story = Story("Iran freed a crew on Monday.|It seized a tanker.").told("freed", "RETREAT", actors=(IRAN,))
    story.told("seized", "COERCE", actors=(IRAN,))
    assert "actor" in rules(story.options(1), "2024-03-11")


def test_a_day_long_past_is_not_the_reports() -> None:
    assert Story("Iran freed a crew on Feb. 2.").told("freed", "RETREAT").scene().day == ""


def test_a_day_at_the_cue_dates_the_saying_and_not_what_was_said() -> None:
    story = Story("Rebels had shelled the port, the ministry said on Monday.").told("shelled").said("said", IRAN)
    assert own(story) == [""]
    assert story.scene().spoken == [("2024-03-11", "own")]


def test_a_possessive_day_dates_the_noun_behind_it() -> None:
    story = Story("Aides praised Tuesday’s talks.").told("praised", "SUPPORT").told("talks", "CONSULT")
    assert own(story) == ["", "2024-03-12"]


def test_the_year_in_a_deals_name_dates_the_deal() -> None:
    story = Story("Tehran broke the 2015 nuclear deal.").told("broke", "REJECT").told("deal", "AGREE")
    assert own(story)[1] == "2015"


def test_what_is_to_come_is_dated_forwards() -> None:
    story = Story("Envoys will meet on Tuesday.").told("meet", "AGREE", "future")
    assert own(story) == ["2024-03-19"]


def test_words_whose_date_is_uncertain_are_no_candidate() -> None:
    assert Story("Villages were raided in the 1990s.").told("raided").options(0) == {}


def test_what_is_only_possible_has_no_date() -> None:
    story = Story("Troops could attack on Monday.").told("attack", status="hypothetical")
    assert story.options(0) == {}


@pytest.mark.parametrize(
    ("text", "words", "status"),
    [
        ("The truce is scheduled to begin Tuesday.", "truce", "actual"),
        ("They hope for an accord by the Tuesday deadline.", "accord", "actual"),
        ("Envoys will meet on Tuesday.", "meet", "future"),
    ],
)
def test_words_that_look_ahead_are_offered_the_next_such_day(text: str, words: str, status: str) -> None:
    assert "words" in rules(Story(text).told(words, status=status).options(0), "2024-03-19")


@pytest.mark.parametrize("status", ["future", "actual"])
def test_what_is_due_by_a_day_is_due_ahead(status: str) -> None:
    options = Story("Russia must free the crew by Tuesday.").told("free the crew", status=status).options(0)
    assert "words" in rules(options, "2024-03-19") and "words" not in rules(options, "2024-03-12")


def test_a_deadline_is_no_day_of_the_demand() -> None:
    story = Story("Estonia demanded that Russia close its consulate by March 31.")
    story.told("demanded", "REQUEST").told("close", "SANCTION", "future")
    demand = story.options(0)
    assert not any("words" in rules(demand, date) for date in demand) and "2023-03-31" not in demand
    assert "words" in rules(story.options(1), "2024-03-31")


def test_a_town_that_was_taken_by_a_day_was_taken_then() -> None:
    options = Story("Rebels had taken the port by Tuesday.").told("taken").options(0)
    assert "words" in rules(options, "2024-03-12")


def test_plain_words_of_the_past_are_offered_one_day_only() -> None:
    options = Story("Rebels shelled the port on Tuesday.").told("shelled").options(0)
    assert "words" in rules(options, "2024-03-12") and "2024-03-19" not in options


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A blast that killed nine guards on Monday was a warning.", "blast"),
        ("The raid, which left a bridge in ruins on Monday, was a warning.", "raid"),
    ],
)
def test_a_clause_that_goes_on_telling_a_deed_dates_it(text: str, words: str) -> None:
    assert own(Story(text).told(words)) == ["2024-03-11"]


def test_a_clause_about_something_else_does_not() -> None:
    story = Story("The charge that rebels shelled a port on Monday was denied.").told("charge", "ACCUSE").told("shelled")
    assert own(story) == ["", "2024-03-11"]


def test_the_name_of_an_old_attack_does_not_hide_a_fresh_ones_day() -> None:
    story = Story("Gunmen attacked the post on Monday, a week after the Oct. 7 attacks were mourned.|The attack shook the town.")
    story.told("attacked").told("attacks").told("attack", nth=2)
    assert story.scene().known[1].date == "2023-10-07"
    assert "event" in rules(story.options(2), "2024-03-11")


def test_the_dates_of_other_events_beside_one_are_offered() -> None:
    story = Story("Iran struck a base on Monday and the rebels fled.|Washington was silent.")
    story.told("struck", actors=(IRAN,)).told("fled", "RETREAT", actors=(("SYR", ""),)).told("silent", "REJECT", actors=(USA,))
    assert "beside" in rules(story.options(1), "2024-03-11") and "beside" in rules(story.options(2), "2024-03-11")


def test_a_second_telling_is_offered_the_first_ones_day() -> None:
    story = Story("Iran struck the base on Monday.|Officials said the strike killed nobody.")
    story.told("struck", actors=(IRAN,)).told("strike", actors=(IRAN,))
    assert "event" in rules(story.options(1), "2024-03-11")


def test_a_first_telling_is_offered_a_later_ones_day() -> None:
    story = Story("Iran attacked a base.|The attack began on Monday.").told("attacked", actors=(IRAN,)).told("attack", nth=1)
    assert "event" in rules(story.options(0), "2024-03-11")


def test_another_partys_deed_of_the_same_type_is_not_the_same_event() -> None:
    story = Story("Iran struck a base on Monday.|The rebels abducted a judge.")
    story.told("struck", actors=(IRAN,)).told("abducted", actors=(("SYR", ""),))
    assert "event" not in rules(story.options(1), "2024-03-11")


def test_a_speech_act_in_a_speakers_words_is_offered_the_day_of_the_saying() -> None:
    story = Story("“Their conduct is shameful,” Kim said on Tuesday.").told("shameful", "ACCUSE", actors=(KIM,))
    story.said("said", KIM, "Their conduct is shameful")
    assert "speaker" in rules(story.options(0), "2024-03-12")


def test_a_speaker_goes_on_on_the_day_on_which_they_began() -> None:
    story = Story("Kim spoke to reporters, Kim said on Tuesday.|“Their conduct is shameful,” she added.")
    story.told("shameful", "ACCUSE", actors=(KIM,)).said("said", KIM).said("added", KIM, "Their conduct is shameful")
    assert story.scene().spoken[1] == ("2024-03-12", "near")
    assert "speaker" in rules(story.options(0), "2024-03-12")


def test_another_speaker_does_not_inherit_that_day_as_their_own() -> None:
    story = Story("Trade fell, Kim said on Tuesday.|“Lies,” Oran added.").said("said", KIM).said("added", ("IRN", "Oran"))
    assert story.scene().spoken[1] == ("2024-03-12", "day")


@pytest.mark.parametrize(
    ("text", "words", "date"),
    [
        ("Iran freed a crew on March 4.|Two days later, Iran seized a tanker.", ("freed", "seized"), "2024-03-06"),
        ("Iran freed a crew on March 4.|Iran seized a tanker the next day.", ("freed", "seized"), "2024-03-05"),
        ("Iran seized a tanker three days after it freed a crew on March 4.", ("freed", "seized"), "2024-03-07"),
    ],
)
def test_words_that_count_do_so_from_the_event_they_name(text: str, words: tuple[str, str], date: str) -> None:
    story = Story(text).told(words[0], "RETREAT", actors=(IRAN,)).told(words[1], "COERCE", actors=(IRAN,))
    assert "count" in rules(story.options(1), date)


def test_the_reports_day_is_the_one_most_told_and_near_publication() -> None:
    story = Story("Kim resigned, aides said on Thursday.|Oran left on Thursday.|War began in 2019.|It rained on March 1.")
    story.said("said", KIM).told("left", "RETREAT").told("began")
    assert story.scene().day == "2024-03-14"


def test_publication_alone_gives_no_day() -> None:
    story = Story("Iran seized a tanker.|Washington condemned the seizure.")
    story.told("seized", "COERCE", actors=(IRAN,)).told("condemned", "ACCUSE", actors=(USA,))
    assert story.options(0) == {} and story.options(1) == {}
    assert story.dates() == [Dated(), Dated()]


def test_the_models_guess_of_the_day_stands_for_a_report_that_names_none() -> None:
    sure = tuple(0.0 if name == "day" else -9.0 for name in WHEN)
    silent = Told(5, 11, 0, "COERCE", "actual", (IRAN,), when=sure)
    story = Story("Iran seized a tanker.")
    story.events.append(silent)
    assert rules(story.options(0), "2024-03-15") == {"published"}
    named = Story("Iran seized a tanker.|The crew was freed on Thursday.").told("freed", "RETREAT")
    named.events.insert(0, silent)
    assert "2024-03-15" not in named.options(0)
    month = replace(silent, when=tuple(0.0 if name == "month" else -9.0 for name in WHEN))
    story.events[0] = month
    assert story.options(0) == {}


def test_months_are_asked_more_beside_the_models_guess_alone() -> None:
    story = Story("Iran is shelling the port.").told("shelling")
    scale = {"none": 1.0, "now:d0": 2.0, "guess@month": -5.0}
    assert [d.date for d in story.dates(scale)] == ["2024-03"]
    story.events[0] = replace(story.events[0], when=(0.0,) * len(WHEN))
    assert [d.date for d in story.dates(scale)] == [""]


def test_only_what_is_told_as_going_on_is_offered_the_month() -> None:
    assert "now" in rules(Story("Iran is shelling the port.").told("shelling").options(0), "2024-03")
    assert Story("Iran shelled the port.").told("shelled").options(0) == {}


def test_without_a_publication_date_full_dates_are_still_found() -> None:
    story = Story("Iran shelled the port on March 3, 2021, and left on Monday.", None).told("shelled").told("left", "RETREAT")
    assert own(story)[0] == "2021-03-03"


def test_the_best_evidence_wins_and_none_wins_where_it_is_too_weak() -> None:
    story = Story("Iran struck a base on Monday.|The strike went on.")
    story.told("struck", actors=(IRAN,)).told("strike", actors=(IRAN,))
    names = story.options(1)["2024-03-11"]
    sure = {"words:after0": 5.0, "none": 1.0}
    assert story.dates(sure) == [Dated("2024-03-11", "words"), Dated()]
    found = story.dates({**sure, names[0]: 5.0})
    assert found[1] == Dated("2024-03-11", "event") and found[1].inherited and not found[0].inherited


def test_shipped_weights_date_the_plain_cases() -> None:
    story = Story("Iran attacked a base in Iraq on Monday.|Washington condemned the attack on Tuesday.|Troops may invade.")
    story.told("attacked", actors=(IRAN,), recipients=(USA,)).told("condemned", "ACCUSE", actors=(USA,), recipients=(IRAN,))
    story.told("attack", actors=(IRAN,), recipients=(USA,), nth=1).told("invade", status="hypothetical")
    assert [d.date for d in story.dates()] == ["2024-03-11", "2024-03-12", "2024-03-11", ""]


def test_an_event_that_another_counts_from_is_as_many_days_before() -> None:
    story = Story("The talks opened on Wednesday.|The launch on Thursday came two days after the ministers met.")
    story.told("launch", "MOBILIZE").told("met", "CONSULT")
    assert "count" in rules(story.options(1), "2024-03-12")
    without = Story("On Friday he spoke.|It came a week after the ministers met.").told("met", "CONSULT").said("spoke", IRAN)
    assert "count" in rules(without.options(0), "2024-03-08") or "2024-03" in without.options(0)


def test_what_and_ties_to_the_event_counted_from_has_its_day_too() -> None:
    story = Story("The remarks on Friday came a day after Britain expelled diplomats and suspended ties, as Iran freed a crew.")
    story.told("remarks", "ACCUSE").told("expelled", "SANCTION").told("suspended", "SANCTION").told("freed", "RETREAT")
    for i, there in ((1, True), (2, True), (3, False)):
        assert ("count" in rules(story.options(i), "2024-03-14")) is there
    assert "count" not in rules(story.options(2), "2024-03-16")


def test_a_clause_behind_a_comma_is_what_happened_after_and_not_counted_from() -> None:
    story = Story("A day after rebels shelled the port on Monday, and troops fled, Iran seized a tanker.")
    story.told("shelled").told("fled", "RETREAT").told("seized", "COERCE")
    assert "count" not in rules(story.options(1), "2024-03-13")


def test_a_report_that_names_no_day_counts_from_its_publication() -> None:
    story = Story("The word comes just two days before the two sides hold talks.").told("talks", "AGREE", "future")
    assert rules(story.options(0), "2024-03-17") == {"count"}
    assert Story(story.text, None).told("talks", "AGREE", "future").options(0) == {}


def test_a_day_earlier_counts_from_the_reports_day_as_well_as_from_the_event_before() -> None:
    story = Story("Iran freed a crew on March 4.|The envoy left on Thursday.|A day earlier, Iran had seized a tanker.")
    story.told("freed", "RETREAT", actors=(IRAN,)).told("left", "RETREAT").told("seized", "COERCE", actors=(IRAN,))
    assert "count" in rules(story.options(2), "2024-03-13")
    alone = Story("Iran had seized the tanker two days earlier.").told("seized", "COERCE", actors=(IRAN,))
    assert rules(alone.options(0), "2024-03-13") == {"count"}
    later = Story("Iran seized the tanker two days later.").told("seized", "COERCE", actors=(IRAN,))
    assert later.options(0) == {}


def test_the_day_before_counts_from_the_last_day_that_words_name() -> None:
    story = Story("The rain stopped on Sunday.|The day before, Iran had seized a tanker.").told(
        "seized", "COERCE", actors=(IRAN,)
    )
    assert "count" in rules(story.options(0), "2024-03-09")


def test_three_days_after_counts_from_publication_though_the_report_is_about_another_day() -> None:
    story = Story("Envoys met on Thursday.|Troops arrived three days after Iran cut its ties.")
    story.told("met", "CONSULT").told("arrived", "MOBILIZE").told("cut", "SANCTION", actors=(IRAN,))
    assert {"2024-03-12", "2024-03-11"} <= set(story.options(2))


def test_the_day_in_a_dateline_dates_no_event() -> None:
    story = (
        Story("ORAN, March 14 (Wire) - Iran shelled the port.|Envoys left Oran, March 12.")
        .told("shelled")
        .told("left", "RETREAT")
    )
    assert story.options(0).keys() & {"2024-03-14"} == set()
    assert "words" in rules(story.options(1), "2024-03-12")


def test_the_year_in_a_name_says_nothing_of_the_next_sentence() -> None:
    story = Story("They praised the 2015 deal.|Iran shelled the port.").told("shelled", actors=(IRAN,))
    assert story.options(0) == {}


def test_a_weekday_that_is_tomorrow_may_have_dawned_elsewhere() -> None:
    story = Story("A missile test failed early Saturday, Seoul said.").told("test", "MOBILIZE")
    assert {"2024-03-16", "2024-03-09"} <= set(story.options(0))
    assert "2024-03-17" not in Story("A missile test failed early Sunday.").told("test", "MOBILIZE").options(0)


def test_a_month_behind_an_infinitive_may_be_the_coming_one() -> None:
    story = Story("The envoy accepted an invitation to visit in early May.").told("accepted", "AGREE")
    assert {"2024-05", "2023-05"} <= set(story.options(0))
    assert "2024-05" not in Story("The envoy visited in early May.").told("visited", "CONSULT").options(0)


def test_today_in_a_quotation_is_the_day_on_which_it_was_said() -> None:
    words = "Today we freed the crew"
    story = Story(f"“{words},” the envoy said on Wednesday.").told("freed", "RETREAT").said("said", IRAN, words)
    assert "words" in rules(story.options(0), "2024-03-13")
    assert "2024-03-15" not in story.options(0)
    assert "words" in rules(Story(f"{words}.").told("freed", "RETREAT").options(0), "2024-03-15")
