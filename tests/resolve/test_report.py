"""Offices, groups, places and lists: whose they are."""

from __future__ import annotations

from typing import Any

import pytest
from reading import at, code, countries, everyone, found, resolver

from communique.records import Entity


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("Kenyan police fired on marchers.", "Kenyan police", "KEN.COP"),
        ("The president of Peru resigned.", "The president of Peru", "PER.GOV"),
        ("Chinese defense ministry officials left.", "Chinese defense ministry officials", "CHN.MIL"),
        ("Senior Hamas officials left Cairo.", "Senior Hamas officials", "PSE.REB"),
        ("UN officials left Cairo.", "UN officials", "UNO"),
        ("A Fallujah hospital director wept in London.", "A Fallujah hospital director", "IRQ.MED"),
        ("The mayor of Banja Luka left.", "The mayor of Banja Luka", "BIH.GOV"),
        ("Peru asked foreign troops to leave.", "foreign troops", "MIL"),
        ("The West reacted.", "The West", "?"),
        ("Aid workers fled Goma.", "Aid workers", "NGO"),
        ("Syria shelled Homs. Human rights groups wept.", "Human rights groups", "NGO"),
        ("Egypt's rights groups wept.", "Egypt's rights groups", "EGY"),
        ("Iran refused the U.N. nuclear watchdog.", "the U.N. nuclear watchdog", "IGO"),
        ("Sudan let the Secretary-General in.", "the Secretary-General", "UNO"),
        ("The Obama administration objected.", "The Obama administration", "USA.GOV"),
        ("Judges loyal to President Nicolas Maduro ruled.", "Judges loyal to President Nicolas Maduro", "VEN.JUD"),
        ("pro-Russian rebels in Ukraine advanced.", "pro-Russian rebels in Ukraine", "UKR.REB"),
        ("Iran-backed militias in Iraq advanced.", "Iran-backed militias in Iraq", "IRQ.PRM"),
    ],
)
def test_offices_take_the_country_that_owns_them(text: str, words: str, expected: str) -> None:
    assert code(text, words) == expected


@pytest.mark.parametrize(
    ("text", "words", "role", "event", "expected"),
    [
        ("Russia warned Norway.", "Russia", "actor", "", "RUS.GOV"),
        ("Russia bombed Kharkiv.", "Russia", "actor", "ASSAULT", "RUS.MIL"),
        ("Russian airstrikes hit Idlib.", "Russian", "actor", "", "RUS.MIL"),
        ("Jets struck targets in Syria.", "Syria", "recipient", "", "SYR"),
        ("The Syria conflict drags on.", "Syria", "recipient", "", "SYR"),
        ("Jets bombed Aleppo.", "Aleppo", "recipient", "", "SYR"),
        ("Moscow denied it.", "Moscow", "actor", "", "RUS.GOV"),
        ("He met the Iranians.", "Iranians", "recipient", "", "IRN.GOV"),
        ("Iranians marched.", "Iranians", "actor", "", "IRN.CVL"),
        ("He is pro-Israel.", "Israel", "recipient", "", "ISR.GOV"),
    ],
)
def test_a_state_is_its_government_its_army_or_its_ground(text: str, words: str, role: str, event: str, expected: str) -> None:
    assert code(text, words, role=role, event=event) == expected


def test_a_people_belongs_to_the_state_that_the_report_names() -> None:
    assert found("Turkey shelled the Kurds near Afrin, in Syria. Syria protested.", "Kurds").country == "SYR"
    assert found("The Kurds rejoiced.", "Kurds").country == "IRQ"


def test_an_office_without_a_country_takes_the_likeliest_one() -> None:
    text = "Protesters filled the streets of Lima on Friday. Police used tear gas and the government promised talks."
    assert (code(text, "Police"), code(text, "the government")) == ("PER.COP", "PER.GOV")


@pytest.mark.parametrize(
    ("words", "name"), [("the president", "Emmanuel Macron"), ("The Turkish president", "Recep Tayyip Erdogan")]
)
def test_an_office_means_its_holder_in_the_report(words: str, name: str) -> None:
    text = (
        "PARIS — French President Emmanuel Macron met his Turkish counterpart Recep Tayyip Erdogan, the Turkish president, "
        "in Paris. Macron said France agreed, and the president left. The Turkish president stayed."
    )
    assert found(text, words, -1 if words[0] == "T" else 0).name == name


def test_a_vice_president_is_no_president() -> None:
    text = "Peruvian President Ana Salas and Peruvian Vice President Luis Ugarte quarrelled. The president left."
    assert found(text, "The president").name == "Ana Salas"


def test_the_holder_of_a_named_states_office_comes_from_the_tables() -> None:
    assert found("The Russian president left.", "The Russian president", day="2015-03-03").name == "Vladimir Putin"
    assert found("The former Russian president left.", "former Russian president", day="2015-03-03").name == ""


@pytest.mark.parametrize(
    ("text", "words", "name"),
    [
        ("Boko Haram struck Kano. The group denied it.", "The group", "Boko Haram"),
        ("Hezbollah and Israel agreed. The militants withdrew.", "The militants", "Hezbollah"),
        ("Xinhua, the state news agency, named him. The agency gave no source.", "The agency", "Xinhua"),
        ("NATO met in Oslo. The alliance agreed.", "The alliance", "NATO"),
    ],
)
def test_the_group_is_the_body_named_before(text: str, words: str, name: str) -> None:
    assert found(text, words).name == name


def test_a_body_is_named_by_its_own_words() -> None:
    assert found("CNN and Fox News agreed.", "CNN").name == "CNN"
    assert found("The UN left.", "UN").name == "United Nations"
    assert found("Republicans objected.", "Republicans").name == "Republican Party"


def test_rebels_without_an_article_are_not_the_group_named_before() -> None:
    assert found("Boko Haram struck Kano. In Syria, rebels withdrew.", "rebels").name == ""


def test_the_statement_is_its_authors() -> None:
    text = "Angela Merkel spoke. The statement named no one."
    report = resolver(text)
    merkel = report.resolve(*at(text, "Angela Merkel"))[0]
    report.note_speaker(0, merkel)
    assert report.resolve(*at(text, "The statement"))[0].name == "Angela Merkel"


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("India and Pakistan exchanged fire. Both sides blamed the other.", "Both sides", ["IND", "PAK"]),
        ("India and Pakistan met. Each blamed the other.", "Each", ["IND", "PAK"]),
        ("The two Koreas met.", "The two Koreas", ["PRK", "KOR"]),
        ("The Korean Peninsula is tense.", "The Korean Peninsula", ["PRK", "KOR"]),
        ("France, Britain and Germany signed. The three countries agreed.", "The three countries", ["FRA", "GBR", "DEU"]),
        ("Xi Jinping called Donald Trump. The two leaders agreed.", "The two leaders", ["CHN", "USA"]),
        ("US and French officials agreed.", "US and French officials", ["USA", "FRA"]),
    ],
)
def test_lists_are_several(text: str, words: str, expected: list[str]) -> None:
    assert countries(text, words) == expected


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("Rockets hit the U.S. Embassy in Baghdad.", "the U.S. Embassy in Baghdad", ["USA"]),
        ("Jets hit Islamic State positions in Iraq and Syria.", "Islamic State positions in Iraq and Syria", ["IMG"]),
        ("Jets hit positions in Iraq and Syria.", "Iraq and Syria", ["IRQ", "SYR"]),
        ("Ghana and Togo met.", "Ghana and Togo", ["GHA", "TGO"]),
    ],
)
def test_an_owner_goes_before_the_place(text: str, words: str, expected: list[str]) -> None:
    assert countries(text, words) == expected


def test_where_it_happened_is_no_side() -> None:
    text = "China and Peru traded goods for years. China and Peru met in Chile. The two sides signed nothing."
    assert countries(text, "The two sides") == ["CHN", "PER"]
    assert countries("Peru and Chile met. The 2 countries signed.", "The 2 countries") == ["PER", "CHL"]


def test_nobody_meets_alone() -> None:
    text = "Xi Jinping called Donald Trump. They met a week later."
    assert [e.country for e in everyone(text, "They", event="CONSULT")] == ["CHN", "USA"]
    assert len(everyone(text, "They", event="ACCUSE")) == 1


def test_the_north_disarms_the_peninsula() -> None:
    text = "South Korea hopes that the Korean Peninsula will be rid of warheads."

    def read(**told: Any) -> list[str]:
        return [e.country for e in everyone(text, "the Korean Peninsula", event="RETREAT", **told)]

    assert read(mode="disarm") == ["PRK"]
    assert read(mode="disarm", alone=False) == read(mode="withdraw") == ["PRK", "KOR"]


def test_the_two_are_the_pair_just_named_before_the_main_one() -> None:
    text = "Russia warned Ukraine. Russia accused Ukraine. Armenia and Azerbaijan exchanged prisoners. "
    assert countries(text + "The two countries signed a deal.", "The two countries") == ["ARM", "AZE"]
    assert countries(text + "Both countries signed a deal.", "Both countries") == ["ARM", "AZE"]
    crowded = "Russia warned Ukraine. Russia accused Ukraine. Russia, Ukraine and Norway met. The two countries signed a deal."
    assert countries(crowded, "The two countries") == ["RUS", "UKR"]


def test_a_digit_alone_counts_strangers() -> None:
    text = "Uganda and Kenya met. Police in Kenya arrested 5 officials and 2 men. The 2 countries agreed."
    assert len(countries(text, "5 officials")) == len(countries(text, "2 men")) == 1
    assert countries(text, "The 2 countries") == ["UGA", "KEN"]


def test_they_who_met_are_no_others_than_those_named_last() -> None:
    call = "President Vladimir Putin phoned President Xi Jinping on Monday. "
    text = call + "Hamas negotiators arrived in Cairo. They held talks on Tuesday."
    assert [e.code for e in everyone(text, "They", event="CONSULT")] == ["PSE.REB"]
    text = call + "Norway and Peru were silent. They held talks on Tuesday."
    assert {e.country for e in everyone(text, "They", event="CONSULT")} != {"RUS", "CHN"}
    text = call + "They held talks with Norway on Tuesday."
    assert [e.country for e in everyone(text, "They", event="CONSULT")] == ["RUS", "CHN"]
    assert len(everyone(text, "They", event="CONSULT", alone=False)) == 1


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("Israel waited. The anti-Netanyahu coalition grew.", "The anti-Netanyahu coalition", "ISR.GOV"),
        ("A U.S.-led coalition struck Raqqa. Germany's ruling coalition met.", "Germany's ruling coalition", "DEU.GOV"),
        ("Berlin agreed. The ruling coalition met. A U.S.-led coalition struck Raqqa.", "The ruling coalition", "DEU.GOV"),
        ("Germany's ruling coalition met. The coalition agreed. The U.S.-led coalition struck.", "The coalition", "DEU.GOV"),
        ("Malaysia voted. The opposition coalition won. Coalition forces struck Mosul.", "The opposition coalition", "MYS.OPP"),
        ("Germany spoke. The coalition met in Berlin. A U.S.-led coalition struck Raqqa.", "The coalition", "DEU.MIL"),
        ("Coalition forces struck Raqqa. The U.S.-led coalition in Syria confirmed it.", "Coalition forces", "USA.MIL"),
        ("Germany's ruling coalition met. An international coalition struck. The coalition left.", "The coalition", "IGO"),
    ],
)
def test_a_coalition_of_parties_is_no_coalition_at_war(text: str, words: str, expected: str) -> None:
    assert code(text, words) == expected


def test_two_bodies_that_split_are_two() -> None:
    names = [found("The Continuity IRA split off. The Real IRA too.", words).name for words in ("Continuity IRA", "Real IRA")]
    assert names == ["Continuity IRA", "Real IRA"]


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("Coalition forces struck Mosul in Iraq.", "Coalition forces", "IGO"),
        ("A U.S.-led coalition was formed. Coalition forces struck Mosul in Iraq.", "Coalition forces", "USA.MIL"),
        ("The coalition government in Israel fell.", "The coalition government in Israel", "ISR.GOV"),
    ],
)
def test_a_coalition_at_war_is_of_no_one_state(text: str, words: str, expected: str) -> None:
    assert code(text, words) == expected


def test_militants_are_the_body_that_the_report_is_about() -> None:
    text = "Islamic State held Mosul. Islamic State fled. The militants in Iraq left mines. The group's leaders hid."
    assert found(text, "The militants").code == found(text, "The group's leaders").code == "IMG.REB"
    assert found("Islamic State fled Mosul. Iraqi rebels rejoiced.", "Iraqi rebels").country == "IRQ"


def test_a_side_may_be_an_armed_group() -> None:
    text = "The FARC and Colombia signed. Both sides cheered."
    assert [(e.country, e.sector) for e in everyone(text, "Both sides")] == [("COL", "REB"), ("COL", "GOV")]


def test_allies_and_neighbours_are_not_their_owners() -> None:
    assert found("Peru thanked its allies.", "its allies").country == ""
    text = "Chile envies Peru. Chile thanked its hosts."
    assert found(text, "its hosts").country != "CHL"


def test_south_and_north_are_halves_of_what_is_named() -> None:
    assert found("South Korea talked. The North fired.", "The North").country == "PRK"
    assert found("South Sudan talked. The South fired.", "The South").country == "SSD"


def test_an_organ_written_as_a_name_is_named() -> None:
    assert found("On Friday Japan’s Defense Ministry spoke.", "Japan’s Defense Ministry").name == "Defense Ministry"
    assert found("On Friday Japan’s army spoke.", "Japan’s army").name == ""


@pytest.mark.parametrize("words", ["anyone", "somebody", "international help", "those"])
def test_nobody_in_particular_has_no_country(words: str) -> None:
    assert found(f"Peru would accept {words} now.", words).country == ""


def test_nothing_is_invented_for_an_empty_span() -> None:
    assert resolver("Peru — left.").resolve(5, 6) == (Entity("—", 5, 6),)


def test_mentions_are_told_in_order() -> None:
    report = resolver("France and Aleppo, the Black Sea, pro-Russian rebels.")
    assert [c for _, _, c in report.country_mentions(0, 60)] == ["FRA", "SYR"]


def test_the_coalition_is_the_leading_states() -> None:
    # "the coalition" was a body of states, although the report says who leads it.
    text = "Norway joined a U.S.-led coalition in Yemen. Oslo praised it. The coalition struck a port in Sanaa."
    assert code(text, "a U.S.-led coalition") == "USA.MIL" and code(text, "The coalition") == "USA.MIL"
    assert code("The Saudi-led coalition bombed Sanaa.", "The Saudi-led coalition") == "SAU.MIL"
    assert found("Egypt left. A coalition of states met.", "A coalition of states").country != "USA"


def test_whom_rebels_are_against_or_for_is_not_whose_they_are() -> None:
    text = "Washington arms fighters in Syria. In Syria the anti-government rebels asked the United States for weapons."
    assert found(text, "the anti-government rebels").sector == "REB"
    text = "Russia sent aid. Ukraine shelled Donetsk. Ukraine said pro-Russian separatists had fired back in Ukraine."
    assert code(text, "pro-Russian separatists") == "UKR.REB"


def test_an_embassy_belongs_to_who_sends_it() -> None:
    text = "The United States closed the embassy in Sanaa. American officials left the Benghazi consulate."
    assert found(text, "the embassy in Sanaa").country == "USA" == found(text, "the Benghazi consulate").country
    assert countries("The Russian Embassy in Damascus was hit.", "The Russian Embassy in Damascus") == ["RUS"]


@pytest.mark.parametrize(
    ("words", "day", "name"),
    [
        ("The Israeli leader", "2018-06-01", "Benjamin Netanyahu"), ("The Israeli leader", "2022-03-01", "Naftali Bennett"),
        ("The French leader", "2018-06-01", "Emmanuel Macron"), ("The German leader", "2018-06-01", "Angela Merkel"),
        ("The North Korean dictator", "2018-06-01", "Kim Jong Un"),
        ("The Italian foreign minister", "2010-05-01", "Franco Frattini"),
        ("The Spanish foreign minister", "2019-02-01", "Josep Borrell"),
        ("The Kenyan foreign minister", "2019-02-01", "Monica Juma"),
        ("The Australian defence minister", "2019-12-01", "Linda Reynolds"),
    ],
)  # fmt: skip
def test_an_office_has_the_name_of_its_holder_on_the_date(words: str, day: str, name: str) -> None:
    assert found(f"{words} spoke in Oslo.", words, day=day).name.replace("-", " ") == name.replace("-", " ")


@pytest.mark.parametrize(
    ("words", "day"),
    [("A White House spokesman", "2018-10-22"), ("A U.S. governor", "2012-10-22"), ("A Ukrainian mayor", "2018-10-22")],
)
def test_one_of_many_is_not_the_one_whom_the_tables_list(words: str, day: str) -> None:
    """They were named Brendan Buck, Chris Christie and Vitali Klitschko."""
    assert found(f"{words} spoke in Oslo.", words, day=day).name == ""


def test_a_set_of_states_is_its_members() -> None:
    text = "Russia warned the Baltic states. The Nordic countries protested."
    assert countries(text, "the Baltic states") == ["EST", "LVA", "LTU"] and len(countries(text, "The Nordic countries")) == 5
    assert countries("Experts watched the Korean Peninsula.", "the Korean Peninsula") == ["PRK", "KOR"]


def test_a_group_of_a_body_goes_by_its_name() -> None:
    assert found("State Department officials spoke.", "State Department officials").name == "State Department"
    assert found("EU leaders met in Oslo.", "EU leaders").name == "European Union" == found("The EU met.", "The EU").name


def test_the_administration_is_the_american_one() -> None:
    text = "Iraq asked for aid. Iraq and Iran signed. Administration officials in Iraq said little."
    assert (
        found("Iraq asked for aid. Iraq signed. Administration officials said little.", "Administration officials").country
        == "USA"
    )
    assert found(text, "Administration officials").country in ("IRQ", "USA")


def test_what_follows_a_hyphen_is_no_name() -> None:
    # "Obama-era" was a person.
    assert "era" not in found("Congress ended the Obama-era deal with Iran.", "Obama-era deal").name
    text = "President Trump Donald John TrumpGOP senator resigns spoke. The president left."
    assert found(text, "The president").name in ("Donald Trump", "")


def test_a_body_of_two_countries_is_the_one_that_the_report_names() -> None:
    assert found("Canada voted. The House of Commons passed it.", "The House of Commons").country == "CAN"
    assert found("Britain voted. The House of Commons passed it.", "The House of Commons").country == "GBR"


def test_a_surname_means_the_reports_person_before_a_stranger() -> None:
    # The State Department's spokeswoman Trudeau was the prime minister of Canada, which the report did not name.
    text = "State Department spokeswoman Elizabeth Trudeau spoke of Iran. Trudeau declined to go on."
    assert found(text, "Trudeau", -1, day="2016-06-01").name == "Elizabeth Trudeau"


def test_we_without_a_speaker_is_the_reports_own_side() -> None:
    assert found("Norway left Kabul. In Norway nobody minded. What did we gain?", "we").country == "NOR"


def test_a_title_ends_with_its_sentence() -> None:
    text = "Niger closed its border. Elva Strand, a Norwegian minister, protested."
    assert found(text, "Elva Strand").office.startswith("Norwegian minister")
    assert found("Niger closed the border. Minister Elva Strand protested.", "Minister Elva Strand").office == "Minister"
    assert found("The U.S. sent Lt. Gen. Ann Lee.", "Lt. Gen. Ann Lee").sector == "MIL"
