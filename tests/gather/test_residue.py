"""Lines of an article, and lines that are none of it."""

from __future__ import annotations

import pytest

from communique.gather.pages.residue import clean, wall

SAID = [f"The foreign minister of Finland said on Wednesday that round {n} of the talks would go on in Oslo." for n in range(10)]


def left(line: str, at: int = 5) -> str:
    """The kind under which a line among an article's was left out; "" where it stayed."""
    cleaned = clean("\n".join([*SAID[:at], line, *SAID[at:]]))
    assert (line in cleaned.text.split("\n")) is not bool(cleaned.left_out)
    return cleaned.left_out[0][0] if cleaned.left_out else ""


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Subscribe to continue reading", "prompt"),
        ("If you enjoyed this article, we have a proposition for you.", "prompt"),
        ("Follow our full coverage of the talks at https://herald.example/talks", "prompt"),
        ("This site uses cookies to remember you.", "prompt"),
        ("Mehr zum Thema: Streik im Hafen", "related"),
        ("Читайте также: забастовка в порту", "related"),
        ("READ MORE: Strike in the harbour", "related"),
        ("11:05am (GMT)", "credit"),
        ("Updated at 10 April 2024", "credit"),
        ("He told them to read more of the treaty.", ""),
        ("Watch this space, the minister told reporters.", ""),
        ("This site was a camp of the army until 1991.", ""),
        ("Updated maps of the strait were handed to both navies.", ""),
        ("It had cookies, tea and a long agenda.", ""),
        ("Copyright 2024 Herald Media", "prompt"),
        ("Copyright law was the third point of the talks.", ""),
        ("Latest figures show that 40 people were killed.", ""),
        ("* * *", ""),
    ],
)
def test_one_line(line: str, kind: str) -> None:
    assert left(line) == kind


def test_what_an_organisation_says_of_itself_ends_the_text_only_at_its_end() -> None:
    tail = ["About the Harbour Union", "The union speaks for 4,000 dockers.", "Media contact:", "press@union.example"]
    cleaned = clean("\n".join([*SAID, *tail]))
    assert cleaned.text == "\n".join(SAID) and {kind for kind, _ in cleaned.left_out} == {"about"}
    assert "About the Harbour Union" in clean("\n".join([*SAID[:2], tail[0], *SAID[2:]])).text


def test_a_long_paragraph_is_never_clutter() -> None:
    line = "Sign up for our newsletter, the minister read aloud. " + " ".join(SAID[:4])
    assert left(line) == ""


def test_what_was_left_out_is_counted() -> None:
    cleaned = clean("\n".join(["Talks go on", *SAID, SAID[3], "Share this", "Related: Strike"]), ["Talks go on!"])
    assert cleaned.counted() == "1 prompt, 1 related, 1 repeated, 1 title"


@pytest.mark.parametrize(
    ("title", "text", "kind"),
    [
        ("Before you continue", "", "consent"),
        ("Just a moment...", "", "robot"),
        ("404 Not Found", "", "gone"),
        ("Talks go on", "Press & hold to confirm you are human", "robot"),
        ("Talks go on", "Already a subscriber? Log in", "subscription"),
        ("Not found guilty: general walks free", "The court said so.", ""),
        ("Attention Required! | Cloudflare", "", "robot"),
        ("Consent of parliament sought for treaty", "The government asked for it.", ""),
        ("Access denied to convoy at the border", "The army said so.", ""),
        ("404 people killed in a year of raids", "The ministry said so.", ""),
        ("Your privacy is at risk, minister says", "The minister said so.", ""),
    ],
)
def test_walls(title: str, text: str, kind: str) -> None:
    assert wall(title, text) == kind
