"""Plain text with what it is at its top."""

from __future__ import annotations

from pathlib import Path

import pytest

from communique.errors import InputError
from communique.gather.archives.frontmatter import split
from communique.gather.inputs import read_inputs
from communique.records import Report


def one(path: Path, text: str, **options: str) -> Report | InputError:
    path.write_text(text, "utf-8")
    (found,) = read_inputs([path], **options)
    return found


def test_front_matter_says_what_the_text_is(tmp_path: Path) -> None:
    text = (
        '---\nid: r-7\ntitle: "Cable: \\"cut\\" near Vardo"\npublished: 2024-04-10  # Wednesday\n'
        "source: 'The Fjord''s desk'\nurl: https://fjord.example/a\nauthor: A. Writer\ntags:\n  - sea\n  - cables\n"
        "# a comment\nlayout: post\n---\n\nThe text.\n"
    )
    found = one(tmp_path / "a.md", text, source="other", published="1999-01-01")
    assert isinstance(found, Report)
    assert (found.id, found.title, found.published) == ("r-7", 'Cable: "cut" near Vardo', "2024-04-10")
    assert (found.source, found.url, found.byline) == ("The Fjord's desk", "https://fjord.example/a", "A. Writer")
    assert found.text == "The text.\n"


def test_what_it_leaves_out_is_taken_from_the_command(tmp_path: Path) -> None:
    found = one(tmp_path / "a.txt", "---\r\ntitle: T\r\ndate: 2024-04-11\r\n---\r\nText.", source="S")
    assert isinstance(found, Report)
    assert (found.title, found.published, found.source, found.text) == ("T", "2024-04-11", "S", "Text.")


@pytest.mark.parametrize(
    "text",
    [
        "---\nA text that begins with a rule.\n---\nAnd goes on.",
        "---\ntitle: T\nno end of it",
        "---\n---\nText.", "Text\n---\ntitle: T\n---\n",
        "---\n" + "key: value\n" * 200 + "---\nText.", "--\ntitle: T\n--\nText.", "---", "",
    ],
)  # fmt: skip
def test_what_is_no_front_matter_is_text(text: str) -> None:
    assert split(text) == ({}, text)


def test_bad_front_matter_is_told(tmp_path: Path) -> None:
    found = one(tmp_path / "a.txt", "---\npublished: soon\n---\nText.")
    assert isinstance(found, InputError) and found.kind == "fields" and "'soon'" in str(found)
    found = one(tmp_path / "b.txt", "---\ntitle: T\n---\n \n")
    assert isinstance(found, InputError) and found.kind == "empty" and "behind its front matter" in str(found)
