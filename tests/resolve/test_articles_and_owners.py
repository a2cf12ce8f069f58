"""What the decoder leaves out before a name, offices that a state has not, and who "both sides" cannot be."""

from __future__ import annotations

import pytest
from reading import at, code, found, resolver

from communique.resolve.actors import ActorIndex
from communique.resolve.lexicon import Lexicon, key_of


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("China warned the Philippines again.", "Philippines", "PHL.GOV"),
        ("Ghana and the Gambia left the bloc.", "Gambia", "GMB.GOV"),
        ("Moscow froze its dealings with the alliance.", "alliance", "IGO"),
        ("Some 900 died, according to the world body.", "world body", "UNO"),
        ("The Organisation of American States suspended Honduras.", "Organisation of American States", "IGO"),
    ],
)
def test_a_name_that_begins_with_the_is_known_without_it(text: str, words: str, expected: str) -> None:
    assert code(text, words) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Vice Foreign Minister Lin Haotian", "CHN.GOV"),
        ("the interior ministry", "CHN.GOV"),
        ("Representative Dana Whitlock", "USA.LEG"),
    ],
)
def test_no_american_is_a_minister(words: str, expected: str) -> None:
    text = (
        "WASHINGTON — The United States, whose president and whose Congress had spoken, heard from China on Monday. "
        f"At a lunch in Beijing the American envoys were told by {words} to wait for the United States."
    )
    assert code(text, words) == expected


@pytest.mark.parametrize(
    ("behind", "country"),
    [
        ("the president whom soldiers flew to Costa Rica", ""),
        ("the interior minister of Costa Rica", "CRI"),
        ("the Costa Rican interior minister", "CRI"),
    ],
)
def test_where_a_holder_was_taken_is_not_whose_the_office_is(behind: str, country: str) -> None:
    report = resolver(f"Aides received Teodoro Brunal, {behind}, on Monday.")
    assert report.people.full["teodoro brunal"].country == country


def test_a_known_president_stays_his_own_countrys() -> None:
    text = "Aides received Manuel Zelaya, the president whom soldiers bundled onto a plane to Costa Rica in June."
    assert found(text, "Manuel Zelaya", day="2009-09-04").country == "HND"


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Muammar el-Qaddafi", "Moammar Gadhafi"), ("Qassam Soleimani", "Qassem Soleimani"), ("Joseph Biden", "Joe Biden"),
        ("Omar al-Beshir", "Omar al-Bashir"), ("Volodymyr Zelenskyi", "Volodymyr Zelensky"),
    ],
)  # fmt: skip
def test_one_name_in_its_spellings_is_one_person(name: str, known: str) -> None:
    lexicon = Lexicon.load()
    assert lexicon.person(key_of(known)) and {e.country for e in lexicon.person(key_of(name))} == {
        e.country for e in lexicon.person(key_of(known))
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Turkey was told to quit fighting Syria's Kurds.", "SYR"),
        ("Turkey shelled Turkey's own Kurds, then Iraqi Kurds in Turkey's south.", "IRQ"),
    ],
)
def test_a_people_is_that_of_the_state_before_it(text: str, expected: str) -> None:
    assert found(text, "Kurds", -1).country == expected


def test_a_body_is_more_than_the_people_it_is_called_after() -> None:
    assert code("Turkey told the Kurdish YPG to withdraw.", "Kurdish YPG") == "SYR.REB"


def test_who_urges_both_sides_is_neither() -> None:
    text = "Armenia shelled Azerbaijan on Monday. Russia pleaded with both sides to stop."
    report = resolver(text)
    urged = report.resolve(*at(text, "both sides"), "recipient", "REQUEST", apart=frozenset({"RUS"}))
    assert {e.country for e in urged} == {"ARM", "AZE"}


def test_the_place_with_which_a_sentence_begins_is_where_its_offices_are() -> None:
    text = (
        "The United States and Saudi Arabia quarrelled. American officials said the United States would wait, and the American "
        "president agreed with the Americans. In Riyadh, police held eleven suspects."
    )
    assert code(text, "police") == "SAU.COP"


@pytest.mark.parametrize(
    ("surname", "day", "name"),
    [("Assad", "2012-05-01", "Bashar"), ("Bush", "2008-05-01", "George"), ("Gaddafi", "2011-03-01", "M")],
)
def test_a_bare_surname_is_the_head_of_states_not_his_kins(surname: str, day: str, name: str) -> None:
    found_entry = ActorIndex.load("").surname(surname, day)
    assert found_entry is not None and found_entry.name.startswith(name) and found_entry.sector == "GOV"


def test_a_title_does_not_reach_over_the_end_of_a_sentence() -> None:
    text = "The minister condemned Syria. Turkish Foreign Ministry spokesman Tanju Ardel said the border was closed."
    assert found(text, "Tanju Ardel").country == "TUR"
    assert code("Lt. Gen. Ann Prell met Gov. Tom Harkwell.", "Lt. Gen. Ann Prell").endswith("MIL")


@pytest.mark.parametrize(
    ("text", "words", "country"),
    [
        ("Soldiers arrested monks in Myanmar. Gold shops stayed shut in protest.", "Gold shops", "ISR"),
        ("Rice farmers marched in Athens.", "Rice farmers", "USA"),
        ("The army shot down a U-2 over Cuba.", "U", "PRK"),
    ],
)
def test_a_common_word_is_not_taken_for_a_surname(text: str, words: str, country: str) -> None:
    assert found(text, words).country != country


def test_a_common_surname_that_speaks_or_was_named_is_one() -> None:
    assert found("Rice said on Friday that talks would go on.", "Rice", day="2006-03-01").country == "USA"


def test_a_given_name_of_the_report_goes_before_a_surname_of_the_world() -> None:
    text = "Sheikh Sharif Ahmed leads the Islamic Courts Union in Somalia. Sheikh Sharif called for calm."
    assert found(text, "Sharif", -1, day="2006-12-20").name == "Sharif Ahmed"


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("Soldiers in Myanmar arrested lawmakers. Myanmar is silent, diplomats in Geneva said.", "diplomats in Geneva", "GOV"),
        ("Macedonia votes in June. Macedonia is split, diplomats in Brussels said.", "diplomats in Brussels", "EUR"),
        ("Western diplomats in Kampala accused Uganda of fraud.", "Western diplomats in Kampala", "GOV"),
        ("French diplomats in Kampala accused Uganda of fraud.", "French diplomats in Kampala", "FRA.GOV"),
    ],
)
def test_diplomats_are_not_of_the_state_where_they_are(text: str, words: str, expected: str) -> None:
    assert code(text, words) == expected


@pytest.mark.parametrize(
    "words", ["A spokesman for Volodymyr Zelensky", "An aide to Volodymyr Zelensky", "A lawyer for Volodymyr Zelensky"]
)
def test_a_spokesman_does_not_bear_his_masters_name(words: str) -> None:
    one = found(f"{words} condemned the strike.", words, day="2023-05-01")
    assert (one.country, one.name) == ("UKR", "")


@pytest.mark.parametrize(
    ("text", "words", "country"),
    [
        ("Wellington Chibebe, a union leader in Zimbabwe, was arrested in Harare.", "Wellington Chibebe", "ZWE"),
        ("Sofia Karlsson, the Swedish trade minister, flew to Oslo.", "Sofia Karlsson", "SWE"),
    ],
)
def test_a_first_name_is_no_capital(text: str, words: str, country: str) -> None:
    assert found(text, words).country == country


def test_a_body_has_one_id_and_its_longest_name() -> None:
    text = "The Revolutionary Armed Forces of Colombia, or FARC, freed a soldier. The FARC condemned the raid."
    full, short = found(text, "Revolutionary Armed Forces of Colombia"), found(text, "FARC", -1)
    assert full.id == short.id and full.name == short.name == "Revolutionary Armed Forces of Colombia"
    assert found("FARC freed a soldier.", "FARC").id == full.id


@pytest.mark.parametrize(
    ("words", "expected", "name"),
    [
        ("Pyongyang's official Korean Central News Agency", "PRK.JRN", "Korean Central News Agency"),
        ("North Korea's official KCNA news agency", "PRK.JRN", "KCNA"),
        ("Iran’s semi-official Fars news agency", "IRN.JRN", "Fars news agency"),
        ("Syria's state news agency SANA", "SYR.JRN", "SANA"),
        ("a Syrian news agency", "SYR.JRN", ""),
        ("Iran's official", "IRN.GOV", ""),
    ],
)
def test_an_outlet_is_itself_and_not_the_state_whose_it_is(words: str, expected: str, name: str) -> None:
    one = found(f"The envoys left at noon, {words} said on Sunday.", words)
    assert (f"{one.country}.{one.sector}", one.name) == (expected, name)


def test_a_coordinator_is_of_the_body_that_sent_him() -> None:
    text = "Jon Varga, the U.N. humanitarian coordinator for Yemen, spoke of the strikes."
    assert code(text, "Jon Varga") == "UNO"
