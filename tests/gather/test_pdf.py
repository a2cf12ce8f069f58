"""PDF of press releases: the text layer as it reads, and what has none."""

from __future__ import annotations

from pathlib import Path

import pytest
from archives import pdf

from communique.errors import InputError
from communique.gather.archives import pdf as module
from communique.gather.archives.wrapping import unwrapped
from communique.gather.inputs import read_inputs
from communique.records import Report

RELEASE = (
    (
        "Ministry of Foreign Affairs", "PRESS RELEASE", "Oslo, 10 April 2024", "",
        "The foreign minister of Norway said today that the govern-",
        "ment will summon the ambassador over the cable that was cut near",
        "Vardo. \u201cThis is a matter of the security of our long-",
        "term supply,\u201d the minister said, and spoke of non-",
        "proliferation talks. The government had warned of it.", "",
        "The embassy denied that any ship of its country had been there", "1 of 2",
    ),
    (
        "Ministry of Foreign Affairs", "that night, and asked for proof. Sweden and Finland offered help, and",
        "the three ministers will meet in Troms\u00f8 on 18 April.", "", "\u2022 Contact: the press office", "2 of 2",
    ),
)  # fmt: skip


def read(path: Path, data: bytes, **options: str) -> list[Report | InputError]:
    path.write_bytes(data)
    return list(read_inputs([path], **options))


def refused(path: Path, data: bytes, kind: str, *words: str) -> None:
    (found,) = read(path, data)
    assert isinstance(found, InputError) and found.kind == kind and all(w in str(found) for w in words), found


def test_a_press_release_reads_as_it_was_written(tmp_path: Path) -> None:
    (found,) = read(tmp_path / "a.pdf", pdf(RELEASE, title="Cable: ambassador summoned"), source="Norway MFA")
    assert isinstance(found, Report)
    assert (found.title, found.published, found.source) == ("Cable: ambassador summoned", "2024-04-10", "Norway MFA")
    assert found.found == (("published", "the line 'Oslo, 10 April 2024'"),)
    assert "said today that the government will summon the ambassador over the cable that was cut near Vardo." in found.text
    assert "our long-term supply,” the minister said, and spoke of non-proliferation talks." in found.text
    # The sentence that runs over two pages, without the foot and the head between them.
    assert "had been there that night, and asked for proof." in found.text.replace("\n", " ")
    assert "of 2" not in found.text and "Ministry of Foreign Affairs" not in found.text and "Tromsø" in found.text


@pytest.mark.parametrize(
    ("lines", "day"),
    [
        (["Brussels, April 3rd, 2024"], "2024-04-03"), (["For immediate release: 2024-04-03"], "2024-04-03"),
        (["Statement of 3 April 2024", "Embargoed until 4 April 2024"], "2024-04-03"), (["3 April 2024 to 5 April 2024"], ""),
        (["The minister, who on 3 April 2024 spoke with her colleague in Oslo about the cable, said that it was grave."], ""),
        (["31 April 2024"], ""), (["No day at all"], ""),
    ],
)  # fmt: skip
def test_the_day_is_taken_from_the_head_alone(tmp_path: Path, lines: list[str], day: str) -> None:
    body = ["The ministry said that the cable had been cut by an anchor and would be mended within the month."] * 3
    (found,) = read(tmp_path / "a.pdf", pdf([[*lines, "", *body]]))
    assert isinstance(found, Report) and found.published == day


@pytest.mark.parametrize("title", ["", "Microsoft Word - release_final.docx", "untitled", "a.pdf"])
def test_a_title_that_a_program_gave_is_none(tmp_path: Path, title: str) -> None:
    (found,) = read(tmp_path / "a.pdf", pdf(RELEASE, title=title))
    assert isinstance(found, Report) and found.title == ""


def test_what_cannot_be_read_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused(tmp_path / "a.pdf", pdf([(), ()]), "scan", "no text layer", "ocrmypdf")
    refused(tmp_path / "b.pdf", b"%PDF-1.7\n", "damaged", "no PDF")
    refused(tmp_path / "c.pdf", pdf(RELEASE)[:300], "damaged", "save it again")
    refused(tmp_path / "d.pdf", b"words", "damaged", "no PDF")
    monkeypatch.setattr(module, "MOST_PAGES", 1)
    refused(tmp_path / "e.pdf", pdf(RELEASE), "size", "2 pages")


def test_a_locked_pdf_is_told(tmp_path: Path) -> None:
    from pypdf import PdfReader, PdfWriter

    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(RELEASE))
    writer = PdfWriter(clone_from=PdfReader(path))
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(path)
    refused(path, path.read_bytes(), "format", "password")


def test_a_missing_library_is_told_with_its_install_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pypdf", None)
    refused(tmp_path / "a.pdf", pdf(RELEASE), "extra", "pip install 'communique[pdf]'")


def test_pdf_is_told_by_its_bytes(tmp_path: Path) -> None:
    (found,) = read(tmp_path / "a.txt", pdf(RELEASE))
    assert isinstance(found, Report) and "summon" in found.text


def test_text_that_was_not_broken_by_lines_is_left_alone() -> None:
    line = "A paragraph in one line that goes on for a good while and ends where it ends, as it was written. " * 3
    paragraphs = "\n".join((line,) * 4)
    assert unwrapped(paragraphs) == paragraphs
    assert unwrapped("A title of four words\n\n* one\n* two") == "A title of four words\n\n* one\n* two"
