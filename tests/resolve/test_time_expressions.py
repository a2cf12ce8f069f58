"""Time expressions: what the words name, as precisely as they are certain."""

from __future__ import annotations

import datetime as dt

import pytest

from communique.resolve.dates import shifted
from communique.resolve.time_expressions import time_expressions

FRIDAY = dt.date(2024, 3, 15)


def dates(text: str, published: dt.date | None = FRIDAY) -> list[str]:
    return [e.date for e in time_expressions(text, 0, len(text), published)]


def ahead(text: str) -> list[str]:
    return [e.ahead for e in time_expressions(text, 0, len(text), FRIDAY)]


@pytest.mark.parametrize(
    ("text", "date"),
    [
        # weekdays look back, the day of publication included
        ("The envoy left on Monday.", "2024-03-11"),
        ("The envoy left late Friday.", "2024-03-15"),
        ("The envoy left last Friday.", "2024-03-08"),
        ("Shells fell early Wednesday morning.", "2024-03-13"),
        # calendar days
        ("It was signed on 2022-11-03.", "2022-11-03"),
        ("It was signed on November 3, 2022.", "2022-11-03"),
        ("It was signed on the 3rd of November 2022.", "2022-11-03"),
        ("It was signed on March 4.", "2024-03-04"),
        ("It was signed on Dec. 4.", "2023-12-04"),
        ("It was signed on 12 March.", "2024-03-12"),
        ("It was signed in 2019.", "2019"),
        ("They met on June 5-6.", "2023-06"),
        ("He was named on the 4th and left.", "2024-03-04"),
        ("He was named on the 23rd.", "2024-02-23"),
        ("He was named on the 31st.", ""),
        # months
        ("The law passed in February.", "2024-02"),
        ("The law passed in October.", "2023-10"),
        ("The law passed in May.", "2023-05"),
        ("The law passed in May 2019.", "2019-05"),
        ("Two July launches failed.", "2023-07"),
        ("The July launches failed.", "2023-07"),
        ("The ship was hit this past December.", "2023-12"),
        ("An embargo followed 1989's crackdown.", "1989"),
        ("An embargo followed 1989’s crackdown.", "1989"),
        ("Fighting went on between April and June 2022.", "2022-06"),
        # stretches keep what all of their days share
        ("It grew between January and March.", "2024"),
        ("It ran from 2014 to 2016.", ""),
        ("The 1950-1953 war ended.", ""),
        ("He resigned last month.", "2024-02"),
        ("He resigned last year.", "2023"),
        ("He resigned last week.", "2024-03"),
        ("He resigned earlier this week.", "2024-03"),
        ("He resigned earlier this year.", "2024"),
        ("He resigned over the weekend.", "2024-03"),
        ("He resigned last summer.", "2023"),
        ("He resigned last spring.", "2023"),
        ("He resigned in the autumn.", "2023"),
        ("He resigned in the spring of 2018.", "2018"),
        ("He resigned in the winter of 2018.", ""),
        ("Raids went on in recent days.", "2024-03"),
        ("Raids went on in recent weeks.", "2024"),
        ("Raids went on in the 1990s.", ""),
        # counted back from publication
        ("He fled three days ago.", "2024-03-12"),
        ("He fled a couple of days ago.", "2024-03"),
        ("He fled two months ago.", "2024-01"),
        ("He fled 12 years ago.", "2012"),
        ("He fled decades ago.", ""),
        ("He fled more than 12 years ago.", ""),
        ("He fled over a month ago.", "2024"),
        ("He fled fifteen days ago.", "2024-02-29"),
        ("He fled a fortnight ago.", "2024"),
        ("He fled 900 decades ago.", ""),
        ("He fled yesterday.", "2024-03-14"),
        ("Strikes hit the port overnight.", "2024-03"),
        ("He left today.", "2024-03-15"),
        # days with a name
        ("After 9/11 they invaded.", "2001-09-11"),
        ("The Sept. 11 attacks came first.", "2001-09-11"),
        ("The Sept. 11, 2012, attacks came later.", "2012-09-11"),
        ("She was freed in June last year.", "2023-06"),
        ("She spoke on Christmas Day.", "2023-12-25"),
        ("She spoke on New Year’s Eve 2019.", "2019-12-31"),
        # years in names and brackets
        ("They left the 2015 nuclear deal.", "2015"),
        ("The accord (2016) holds.", "2016"),
    ],
)
def test_words_name_what_is_certain(text: str, date: str) -> None:
    assert next(iter(dates(text)), "no expression") == date


@pytest.mark.parametrize(
    ("text", "published", "date"),
    [
        ("He spoke of the Sept. 11 attack on the consulate.", dt.date(2012, 10, 2), "2012-09-11"),
        ("He spoke of the Sept. 11 attacks.", dt.date(2012, 10, 2), "2001-09-11"),
        ("He spoke of the Sept. 11 attack.", dt.date(2016, 1, 2), "2001-09-11"),
        ("He spoke of the Sept. 11 terror attack.", dt.date(2012, 9, 10), "2001-09-11"),
        ("They were taken in the Oct. 7 attack.", dt.date(2025, 1, 2), "2023-10-07"),
        ("They met at an October 7 conference.", dt.date(2025, 1, 2), "2024-10-07"),
        ("They were taken in the Oct. 7 raid.", dt.date(2020, 12, 2), "2020-10-07"),
        ("He was tried for the January 6 riot.", dt.date(2024, 5, 2), "2021-01-06"),
        ("The Feb. 24 attack killed two.", dt.date(2024, 2, 26), "2024-02-24"),
        ("The Feb. 24 attack killed two.", dt.date(2024, 6, 26), "2022-02-24"),
        ("Since the Feb. 24 invasion of Ukraine he has fled.", dt.date(2023, 2, 26), "2022-02-24"),
        ("Iran mourned after the Jan. 6 attack on Kerman.", dt.date(2024, 1, 8), "2024-01-06"),
        ("He recalled the Jan. 6 attack on the Capitol.", dt.date(2024, 1, 8), "2021-01-06"),
        ("He led the Oct. 7 raid on Jenin.", dt.date(2025, 10, 9), "2025-10-07"),
        ("They mourned the Oct. 7 Hamas attack.", dt.date(2025, 10, 9), "2023-10-07"),
        ("He saw the September 11 attack on the World Trade Center.", dt.date(2013, 9, 12), "2001-09-11"),
        ("He saw the September 11 attack on the consulate in Benghazi.", dt.date(2015, 9, 12), "2012-09-11"),
        ("He spoke of the September 11 terrorism.", dt.date(2013, 9, 12), "2001-09-11"),
        ("He spoke of the September 11, attacks.", dt.date(2013, 9, 12), "2001-09-11"),
        ("He spoke of the September 11 Terrorist Attacks.", dt.date(2013, 9, 12), "2001-09-11"),
        ("On Sept. 11, attacks killed four.", dt.date(2019, 9, 12), "2019-09-11"),
        ("He left after the Oct. 7 raid. Hamas was silent.", dt.date(2025, 10, 9), "2025-10-07"),
    ],
)
def test_a_day_that_goes_by_its_month_for_years(text: str, published: dt.date, date: str) -> None:
    assert dates(text, published) == [date]


def test_a_weeks_end_in_two_months_is_certain_of_the_year_only() -> None:
    assert dates("It closed over the weekend.", dt.date(2024, 9, 2)) == ["2024"]
    assert dates("It closed last week.", dt.date(2024, 3, 4)) == ["2024"]
    assert dates("It closed last week.", dt.date(2024, 1, 3)) == ["2023-12"]


@pytest.mark.parametrize(
    "text",
    [
        "May said the talks would go on.",
        "Theresa May said no.",
        "The army may march on the capital.",
        "They may leave.",
        "It lost 2015 people.",
        "It cost $2,015 at most.",
        "Second to none.",
        "A brother was on the 94th floor.",
        "They met on the 38th parallel.",
    ],
)
def test_words_that_are_no_dates(text: str) -> None:
    assert dates(text) == []


def test_a_number_behind_a_month_is_a_day_only_if_it_counts_no_things() -> None:
    assert dates("In March 20 people died.") != ["2024-03-20"]
    assert dates("On March 20, people left.", dt.date(2024, 3, 25)) == ["2024-03-20"]


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("They will meet on Tuesday.", "2024-03-19"),
        ("They will meet on Friday.", "2024-03-15"),
        ("They will meet next Friday.", "2024-03-22"),
        ("They will meet in October.", "2024-10"),
        ("They will meet in January.", "2025-01"),
        ("They will meet on April 2.", "2024-04-02"),
        ("They will meet next month.", "2024-04"),
        ("They will meet on the 23rd.", "2024-03-23"),
        ("They will meet on the 4th.", "2024-04-04"),
        ("They will meet in nine days.", "2024-03-24"),
        ("They will meet in two months' time.", "2024-05"),
        ("They will meet in a year.", "2025"),
        ("They will meet within 10 days.", "2024-03"),
        ("They will meet in the summer.", "2024"),
    ],
)
def test_what_is_to_come_is_read_forwards(text: str, date: str) -> None:
    assert ahead(text) == [date]


def test_what_has_been_has_no_day_in_nine_days() -> None:
    assert dates("It was their first raid in nine days.") == [""]


def test_last_spring_is_this_years_once_it_is_long_over() -> None:
    assert dates("He resigned last spring.", dt.date(2015, 10, 14)) == ["2015"]
    assert dates("He resigned last summer.", dt.date(2015, 10, 14)) == [""]


def test_a_season_with_its_year_needs_no_publication_date() -> None:
    assert dates("He resigned in the spring of 2018.", None) == ["2018"]


def test_without_a_publication_date_only_full_dates_are_known() -> None:
    assert dates("He left on Monday, after June 3, 2021.", None) == ["2021-06-03"]


@pytest.mark.parametrize(
    ("text", "anchor", "date"),
    [
        ("Two days later, he fled.", "2024-03-01", "2024-03-03"),
        ("He fled the next day.", "2024-02-29", "2024-03-01"),
        ("He had fled a day earlier.", "2024-03-01", "2024-02-29"),
        ("He had fled the day before.", "2024-03-01", "2024-02-29"),
        ("He fled three days after the raid.", "2024-03-01", "2024-03-04"),
        ("He fled two days before the raid.", "2024-03-01", "2024-02-28"),
        ("He fled hours after the raid.", "2024-03-01", "2024-03-01"),
        ("He fled the day after the raid.", "2024-03-01", "2024-03-02"),
        ("He fled days after the raid.", "2024-03-01", "2024-03"),
        ("He had fled the previous night.", "2024-03-01", "2024-02-29"),
        ("He had fled the night before.", "2024-03-01", "2024-02-29"),
        ("He fled on the day of the raid.", "2024-03-01", "2024-03-01"),
        ("He fled on the eve of the raid.", "2024-03-01", "2024-02-29"),
        ("He fled that same night.", "2024-03-01", "2024-03-01"),
        ("He fled the same day.", "2024-03-01", "2024-03-01"),
        ("He fled two years later.", "2019", "2021"),
        ("He fled two days later.", "2024-03", ""),
    ],
)
def test_words_that_count_from_another_event(text: str, anchor: str, date: str) -> None:
    (expression,) = time_expressions(text, 0, len(text), FRIDAY)
    assert expression.date == "" and expression.shift is not None
    assert shifted(anchor, expression.shift) == date


def test_what_stands_behind_after_and_before_is_what_they_count_from() -> None:
    def anchors(text: str) -> list[str]:
        return [e.shift[0] for e in time_expressions(text, 0, len(text), FRIDAY) if e.shift]

    assert anchors("A day before the vote, and two days after the raid, he fled.") == ["next", "next"]
    assert anchors("He fled two days later; she had fled a day earlier.") == ["before", "before"]


def test_possessives_and_years_belong_to_the_noun_behind() -> None:
    text = "Thursday’s talks on the 2015 deal went on until Monday."
    assert [e.attached for e in time_expressions(text, 0, len(text), FRIDAY)] == [True, True, False]


@pytest.mark.parametrize(
    ("words", "date"),
    [
        ("New Year Eve", "2018-12-31"),
        ("New Years Eve", "2018-12-31"),
        ("New Year's Eve", "2018-12-31"),
        ("New Year’s eve", "2018-12-31"),
        ("New Years' Eve", "2018-12-31"),
        ("New Years Day", "2019-01-01"),
        ("New Year’s Day", "2019-01-01"),
        ("Christmas Eve", "2018-12-24"),
        ("Christmas Day", "2018-12-25"),
        ("Christmas  Day, 2015", "2015-12-25"),
    ],
)
def test_a_holiday_in_every_spelling(words: str, date: str) -> None:
    assert dates(f"Police arrested protesters in Berlin on {words}.", dt.date(2019, 1, 3)) == [date]
