"""Which words name a place, which place, and what says so. The texts are written for these tests."""

from __future__ import annotations

from collections import Counter

import pytest

from communique.resolve.places import PlaceMention, find_places


def found(text: str, **options: Counter[str]) -> list[tuple[str, str, str]]:
    return [(m.text, m.place.name, m.place.country) for m in find_places(text, countries=options.get("countries"))]


def one(text: str, words: str, **options: Counter[str]) -> PlaceMention:
    return next(m for m in find_places(text, countries=options.get("countries")) if m.text == words)


def test_offsets_point_into_the_text() -> None:
    text = "“We left Aden at dawn,” she said in Cox's Bazar. Then: U.S. planes over Ar-Raqqa’s bridges, near São Tomé."
    for mention in find_places(text):
        assert text[mention.start : mention.end] == mention.text
    assert {"Aden", "Cox's Bazar", "U.S."} <= {m.text for m in find_places(text)}


@pytest.mark.parametrize(
    ("text", "words", "country", "region"),
    [
        ("The mayor of Paris, Texas, opened the fair.", "Paris", "USA", "Texas"),
        ("The talks in Paris went on for a third day.", "Paris", "FRA", "Île-de-France"),
        ("Gunmen fought in Tripoli, Lebanon, overnight.", "Tripoli", "LBN", "North Lebanon"),
        ("Gunmen fought in Tripoli while Libya's parliament met in Tobruk.", "Tripoli", "LBY", "Tripoli"),
        ("Police in Hyderabad, Pakistan, held three men.", "Hyderabad", "PAK", "Sindh"),
        ("A court in Hyderabad told India's police to stop.", "Hyderabad", "IND", "Telangana"),
        ("Floods hit Fargo, N.D., on Sunday.", "Fargo", "USA", "North Dakota"),
        ("A ship burned off Alexandria, said Egypt's navy.", "Alexandria", "EGY", "Alexandria"),
        ("The bridge in Cambridge, Massachusetts, was shut.", "Cambridge", "USA", "Massachusetts"),
        ("A Nova Scotia man drowned near Sydney, Nova Scotia.", "Sydney", "CAN", "Nova Scotia"),
    ],
)
def test_containers_and_countries_settle_a_name(text: str, words: str, country: str, region: str) -> None:
    mention = one(text, words)
    assert (mention.place.country, mention.place.region) == (country, region)


def test_a_division_and_its_seat_are_told_apart() -> None:
    assert one("Snow fell on Buffalo, New York, all night.", "New York").place.kind == "region"
    assert one("The envoys met in New York on Tuesday.", "New York").place.kind == "city"
    assert one("Shells fell across Kharkiv Oblast.", "Kharkiv Oblast").place.kind == "region"


def test_the_country_and_the_state_of_georgia() -> None:
    assert one("Russian troops stood in Georgia, an hour from Tbilisi.", "Georgia").place.country == "GEO"
    text = "Voters in Georgia, as in the U.S. states of Alabama and Florida, queued; the governor spoke in Atlanta."
    assert one(text, "Georgia").place.country == "USA"


def test_the_callers_countries_count() -> None:
    text = "Soldiers entered San José before noon and closed the market."
    assert one(text, "San José", countries=Counter({"CRI": 5})).place.country == "CRI"
    assert one(text, "San José", countries=Counter({"USA": 5})).place.country == "USA"


def test_who_speaks_after_a_comma_is_no_container() -> None:
    mention = one("Fog delayed ships in the Baltic enclave of Kaliningrad, Moscow said.", "Kaliningrad")
    assert mention.place.name == "Kaliningrad" and mention.inside == -1


def test_one_sense_a_report() -> None:
    text = "Springfield, Illinois, mourned. In Springfield shops stayed shut. Springfield will vote in May."
    assert {m.place.region for m in find_places(text) if m.text == "Springfield"} == {"Illinois"}


def test_a_list_is_no_container() -> None:
    got = found("Envoys from China, Japan and South Korea flew to Washington, London and Paris.")
    assert ("China", "China", "CHN") in got
    assert ("London", "London", "GBR") in got
    assert [name for words, name, _ in got if words == "Niger"] == []
    assert ("Niger", "Niger", "NER") in found("Cases rose in Niger, Nigeria and Chad.")


@pytest.mark.parametrize(
    "text",
    [
        "Paris Hilton smiled.",
        "Mr Sydney told the court that he was ill.",
        "Michael Houston won.",
        "Senator Lincoln Chafee agreed.",
        "Turkish and French officials met their Iraqi guests.",
        "On Monday in March the Taliban and Hamas spoke.",
        "The White House declined to comment.",
        "The Kremlin denied it.",
        "Obama and Clinton said so.",
        "We paid US$40 for it.",
    ],
)
def test_what_is_no_place(text: str) -> None:
    assert found(text) == []


def test_a_man_named_like_a_country_town() -> None:
    text = "Kurt Campbell will fly to Seoul. Campbell said that he would go on to Tokyo."
    assert [m.text for m in find_places(text)] == ["Seoul", "Tokyo"]


def test_a_governments_seat_is_a_place_only_where_it_is_said_so() -> None:
    mention = one("The leaders met at the White House on Friday.", "White House")
    assert mention.place.kind == "seat" and mention.literal


def test_the_way_of_writing_counts() -> None:
    assert found("They told us that it was over. Us too.") == []
    assert one("A US ship left.", "US").place.country == "USA"
    assert one("KABUL, Afghanistan (AP) - Three men died.", "KABUL").place.country == "AFG"


def test_literal_places_stand_where_something_is() -> None:
    text = "Beijing warned Tokyo. Its ships sailed near Okinawa and through the Taiwan Strait."
    literal = {m.text: m.literal for m in find_places(text)}
    assert literal["Beijing"] is False
    assert literal["Okinawa"] and literal["Taiwan Strait"]


def test_lists_and_containers_are_literal_with_their_first() -> None:
    text = "Rockets fell in Sderot and Ashkelon, Israel."
    assert all(m.literal for m in find_places(text))


def test_features_say_what_decided() -> None:
    mention = one("Gunmen fought in Tripoli, Lebanon, overnight.", "Tripoli")
    names = [name for name, _ in mention.features]
    assert "locative" in names and "contained" in names and "sense: container" in names
    assert 0.5 < mention.probability <= 1
    assert mention.inside == 26


def test_a_doubtful_sense_lowers_the_probability() -> None:
    sure = one("Gunmen fought in Tripoli, Lebanon.", "Tripoli").probability
    assert sure > one("He grew up in Springfield.", "Springfield").probability


def test_how_the_words_lead_to_a_place() -> None:
    text = "A convoy left Kherson for Odesa, went through Mykolaiv to the port of Izmail and stayed in Syria's Idlib."
    ways = {m.text: m.way for m in find_places(text)}
    assert ways["Kherson"] == "from" and ways["Mykolaiv"] == "past" and ways["Izmail"] == "toward"
    assert ways["Odesa"] == "" and ways["Syria"] == "" and ways["Idlib"] == "at"


def test_text_without_capitals_or_words() -> None:
    assert find_places("") == []
    assert find_places("…  — \n\n") == []
    assert find_places("nothing of note happened in the afternoon") == []
