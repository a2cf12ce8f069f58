"""What is a report's own sentence and what a page left there. All texts are written for the tests."""

from __future__ import annotations

import time

import pytest

from communique.read.boilerplate import classify, dateline_end, kind_of
from communique.read.sentences import split
from communique.records import Sentence

BODY = (
    "Most Iranians do not subscribe to that view.",
    "Both sides urged Ankara to sign up to the treaty.",
    "Volunteers queued to sign up for the army on Monday.",
    "Brussels fined the firm over its privacy policy and terms of service.",
    "The party newsletter said that rebels had delivered the hostages.",
    "By Monday evening, troops had entered the city.",
    "By Friday, Turkish jets had struck twice.",
    "From that day, protesters held the square.",
    "From Kabul, Taliban officials denied the charge.",
    "Published on Monday, the report accuses Eritrea of torture.",
    "Posted on Telegram, the footage shows a column of tanks.",
    "Loading docks at the port were hit by drones.",
    "Advertising by foreign states was banned last week.",
    "Sponsored by Tehran, the militia attacked the base.",
    "Closed talks went on in Muscat.",
    "Share prices fell after Beijing imposed the ban.",
    "Printing the cartoons led to riots.",
    "Gov. Ann Ross (R) said the talks with Mexico had failed.",
    "Sen. Bo Tate (R) speaks of war and talks to nobody.",
    "Reporting by the commission found that police had beaten detainees.",
    "Editing of the text was refused by Hanoi.",
    "A photo by the state agency showed the general with rebels.",
    "The BBC reported from Khartoum that shelling had begun.",
    "Reuters reported from Goma on Tuesday that rebels had seized the airport.",
    "Comments by the minister angered Delhi.",
    "More than 40 people were killed.",
    "Watch towers along the border were shelled.",
    "Related sanctions were lifted in May.",
    "Relations worsened: Seoul recalled its envoy.",
    "Correction officers were taken hostage by inmates.",
    "Updated sanctions lists were sent to Berne.",
    "Follow-up talks were held in Oslo.",
    "The raid began at 04:30",
    "Copyright talks between the two states collapsed.",
    "In a poll (Reuters/Ipsos) half backed the strikes.",
    "Email servers of the ministry were hacked by Minsk.",
    "Twitter was blocked by Ankara on Friday.",
    "Credit lines to Kyiv were frozen by Budapest.",
    "Special forces entered the town.",
    "Vote counting was stopped by soldiers.",
    "Get out of our country, the president told the envoy.",
    "Live fire was used against demonstrators.",
    "Read out in parliament, the letter accuses Paris of spying.",
    "Jana Kral, a correspondent for the weekly, was arrested in Minsk.",
    "Ali Noor is a columnist for the daily who was jailed in Cairo.",
    "This is a developing crisis, the envoy warned.",
    "“Moscow: 10 killed,” the banner read.",
    "Visit plans were dropped after Seoul protested.",
)

CLUTTER = {
    "related": (
        "Read more: Seoul recalls its envoy",
        "ALSO READ | Who is the new envoy?",
        "MORE: Senate backs the pact",
        "More On This…",
        "More on this...",
        "Related:",
        "Recommended",
        "Click here for the full text",
        "Click for more from the Courier.",
        "MUST WATCH Crowds storm the palace 02:14",
        "Envoy leaves the talks, says aide 01:26",
        "Envoy Leaves The Talks Listen · 3:34 3:34",
        "Watch the minister’s whole speech below:",
        "(PHOTOS: The palace after the raid)",
        "More:Envoy says he's ready to talk",
        "Winter games 2026:Analysts doubt the truce will hold",
        "Slideshow (4 images)",
        "Full coverage: The war in Sudan",
        "In photos",
    ),
    "prompt": (
        "ADVERTISEMENT",
        "Advertisement",
        "Story continues below",
        "Sign up for our daily newsletter",
        "Sign Up Now",
        "Subscribe",
        "By signing up, you agree to our terms",
        "Share this: Facebook Twitter",
        "Facebook",
        "WhatsApp Twitter Email",
        "Copy link",
        "Follow Ann Ross on Twitter",
        "Join us on Twitter and Facebook",
        "© 2024 Danube Courier.",
        "All rights reserved.",
        "Copyright © 2021 The Courier, LLC.",
        "Enlarge this image toggle caption Jo Roy/AP",
        "...",
        "…",
        "___",
        "* * *",
        "[…]",
        "[pullquote]",
        "Vote Now:",
        "Urgent:",
        "Read or Share this story: https://example.org/x",
        "Loading...",
        "Comments",
        "Get the morning headlines delivered to your inbox.",
        "Download the Courier app for more",
        "View more opinion articles",
        "E-mail tips to desk@example.org",
        "Privacy Policy",
    ),
    "caption": (
        "(AP Photo/Jo Roy)",
        "Jo Roy/Reuters",
        "(Jo Roy/Reuters)",
        "KCNA/via REUTERS",
        "Photo: Jo Roy/Getty Images",
        "Ann Ross (left) shakes hands with Bo Tate in Oslo.",
        "FILE PHOTO: A tanker at sea, Jan. 4, 2020.",
        "(Photo: Jo Roy, EPA)",
        "Credit Jo Roy for The Courier",
        "Credit Jo Roy/The New York Times",
        "CLOSE The envoy said the truce would hold.",
        "(May 3) AP",
        "Video provided by Newsreel",
        "Image: the palace",
    ),
    "credit": (
        "By Ann Ross",
        "By ANN ROSS and Bo Tate",
        "By Ann Ross, Associated Press",
        "Reporting by Ann Ross; Editing by Bo Tate",
        "(Reporting by Ann Ross; Editing by Bo Tate)",
        "Additional reporting by Bo Tate",
        "Bo Tate contributed to this report.",
        "Contributing: Bo Tate in Doha",
        "Tate reported from Amman.",
        "Ann Ross and Bo Tate reported from Doha, Qatar.",
        "Updated at 7:31 p.m. ET on 2/9",
        "Update at 6:05 p.m. ET: Envoys leave",
        "-- Updated at 8:07 a.m.",
        "2:20 p.m. ET.",
        "16:42 GMT",
        "3 hours ago",
        "5 min read",
        "Published: 3 May 2022",
        "Published 3 February 2022",
        "Last updated on Tuesday",
        "Posted at 7:15 a.m.",
        "This story has been updated.",
        "This is a developing story.",
        "Editor's note: names were changed.",
        "UPDATES",
        "The Associated Press",
        "Special to The Courier",
        "desk@example.org",
        "https://example.org/a",
        "@annross",
        "Ann Ross is a Courier reporter based in Doha.",
    ),
}


@pytest.mark.parametrize("sentence", BODY)
def test_a_reports_own_sentence_is_kept(sentence: str) -> None:
    assert kind_of(sentence) == "body"


@pytest.mark.parametrize(("kind", "sentence"), [(k, s) for k, found in CLUTTER.items() for s in found])
def test_clutter_is_known(kind: str, sentence: str) -> None:
    assert kind_of(sentence) == kind


DATELINES = {
    "OSLO — Talks began.": "OSLO — ",
    "OSLO, Norway – Talks began.": "OSLO, Norway – ",
    "PORT SUDAN, Sudan (AP) — Talks began.": "PORT SUDAN, Sudan (AP) — ",
    "OSLO, April 10 (Reuters) - Talks began.": "OSLO, April 10 (Reuters) - ",
    "Oslo, April 10 (Reuters) - Talks began.": "Oslo, April 10 (Reuters) - ",
    "(Reuters) - Talks began.": "(Reuters) - ",
    "Washington (CNN)President Ann Ross left.": "Washington (CNN)",
    "Washington (CNN) — “We go,” she said.": "Washington (CNN) — ",
    "KABUL: Talks began.": "KABUL: ",
    "Beijing: Talks began.": "Beijing: ",
    "BREAKING: Talks began.": "BREAKING: ",
    "NEW DELHI -- 12 were killed.": "NEW DELHI -- ",
}


@pytest.mark.parametrize("sentence", DATELINES)
def test_datelines(sentence: str) -> None:
    assert sentence[: dateline_end(sentence)] == DATELINES[sentence]


@pytest.mark.parametrize(
    "sentence",
    [
        "NATO — which Finland joined — said so.",
        "ROSS: We will leave.",
        "SENATOR HOLT: Moscow threatens us.",
        "Ross: We will leave.",
        "Talks began in Oslo.",
        "Officials told the agency (AP) that they left.",
        "OSLO —",
        "UN-backed troops left.",
        "EU – the bloc said so.",
    ],
)
def test_no_dateline(sentence: str) -> None:
    assert dateline_end(sentence) == 0


def kinds(text: str, title: str = "") -> list[tuple[str, str]]:
    return [(s.kind, text[s.start : s.end]) for s in classify(text, split(text), title)]


def test_a_dateline_becomes_a_sentence_of_its_own_and_numbers_go_on() -> None:
    text = "OSLO (AP) — Talks began. They ended."
    found = classify(text, split(text))
    assert found == [Sentence(0, 0, 11, "dateline"), Sentence(1, 12, 24, "body"), Sentence(2, 25, 36, "body")]


def test_the_headline_repeated_is_no_sentence() -> None:
    text = "Seoul recalls envoy\n\nSEOUL — Seoul recalled its envoy on Monday. Tokyo protested. Beijing did not."
    assert kinds(text, "Seoul Recalls Envoy")[0] == ("title", "Seoul recalls envoy")
    assert kinds(text)[0][0] == "title", "a first line without a stop is one too"
    assert kinds("Seoul recalls envoy. Tokyo protests.", "Seoul recalls envoy")[0][0] == "title"


def test_a_report_that_is_only_its_headline_is_read() -> None:
    assert kinds("Seoul recalls envoy", "Seoul recalls envoy") == [("body", "Seoul recalls envoy")]


def test_links_in_capitals_between_paragraphs() -> None:
    text = (
        "The envoy left the capital on Monday after two days of talks with the army.\nSEOUL RECALLS ENVOY OVER TEST\n"
        "“STOP THIS WAR NOW!” the crowd shouted.\nWE WILL NEVER YIELD!\nUN BODY MEETS\nHe is back."
    )
    assert [k for k, _ in kinds(text)] == ["body", "related", "body", "body", "body", "body"]


def test_a_line_without_a_stop_is_read() -> None:
    text = "The envoy left.\nPolice sealed off the square and barred people from it\nHe is back."
    assert [k for k, _ in kinds(text)] == ["body", "body", "body"]


def test_a_report_all_in_capitals_is_read() -> None:
    text = "THE ARMY SAID SO.\nTOKYO HAS LODGED A PROTEST\nIT ENDED."
    assert [k for k, _ in kinds(text)] == ["body", "body", "body"]


def test_a_photographers_credit_makes_its_paragraph_a_caption() -> None:
    text = "Talks began.\nMinister Ann Ross speaks in Oslo, Feb. 2, 2022. (Jo Roy/AFP via Getty Images)\nThey ended."
    assert [k for k, _ in kinds(text)] == ["body", "caption", "caption", "body"]


def test_a_credit_does_not_swallow_a_long_paragraph() -> None:
    text = "The army crossed the border at dawn and took three towns. " * 8 + "(Jo Roy/AFP via Getty Images)"
    assert [k for k, _ in kinds(text)].count("body") == 8


def test_classify_keeps_every_span() -> None:
    text = "OSLO — Talks began.\n\nADVERTISEMENT\n\nThey ended. Read more: Oslo talks"
    spans = split(text)
    found = classify(text, spans)
    assert [s.n for s in found] == list(range(len(found)))
    assert {e for _, e in spans} <= {s.end for s in found}


@pytest.mark.parametrize(
    "unit",
    [
        "x ",
        "By Ann Ross and ",
        "Ann Ross ",
        "(L) ",
        "newsletter ",
        "A.",
        "OSLO, ",
        "copy link ",
        "photo by ",
        "_",
        "By A",
        "12:30 ",
        "via ",
    ],
)
def test_hostile_sentences_take_no_time(unit: str) -> None:
    sentence = (unit * 4000)[:4000]
    began = time.process_time()
    kind_of(sentence)
    kind_of(sentence + "\x00!")
    dateline_end(sentence)
    assert time.process_time() - began < 1.5
