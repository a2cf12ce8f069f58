"""Folders: what is read in them, in which order, and what is passed over."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import socket
from pathlib import Path

import pytest
from archives import html, pdf, warc

from communique.errors import InputError
from communique.gather.archives import unpack
from communique.gather.archives.folders import list_folder
from communique.gather.inputs import Inputs, Ways, read_inputs
from communique.records import Report


def tree(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"Norway thanked Chad in {name}.")


def names(root: Path) -> list[str]:
    return [os.path.relpath(f, root) for f in list_folder(root).files]


def test_a_folder_gives_all_that_is_in_it_in_order(tmp_path: Path) -> None:
    tree(tmp_path, "b/2.txt", "b/10.txt", "a.txt", "c.md", "b/x/deep.text", "z.TXT")
    assert names(tmp_path) == ["a.txt", "b/10.txt", "b/2.txt", "b/x/deep.text", "c.md", "z.TXT"]
    texts = [f.text for f in read_inputs([tmp_path]) if isinstance(f, Report)]
    assert texts[0] == "Norway thanked Chad in a.txt." and len(texts) == 6


def test_hidden_and_unknown_files_are_passed_over_and_told(tmp_path: Path) -> None:
    tree(tmp_path, "a.txt", ".hidden.txt", ".git/b.txt", "c.css", "d.css", "README", "e.txt~")
    with Inputs([tmp_path], Ways()) as given:
        assert [s.name for s in given.sources[:-1]] == [str(tmp_path / "a.txt")]
        told = given.sources[-1]
    assert told.passed == 6 and list(told.pieces()) == []
    assert "2 hidden" in told.remarks[0] and "4 of no kind that is read (suffixes: .css 2, none 1, .txt~ 1)" in told.remarks[0]


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links_lead_neither_round_in_circles_nor_out(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    root = tmp_path / "root"
    tree(outside, "secret.txt")
    tree(root, "a.txt", "b/c.txt", ".data/v1.txt")
    (root / "loop").symlink_to(root)
    (root / "b" / "up").symlink_to("..")
    (root / "self").symlink_to(root / "self")
    (root / "gone.txt").symlink_to(root / "none.txt")
    (root / "secret.txt").symlink_to(outside / "secret.txt")
    (root / "out").symlink_to(outside)
    (root / "again.txt").symlink_to(root / "a.txt")
    (root / "current").symlink_to(root / ".data")
    os.link(root / "a.txt", root / "b" / "hard.txt")
    listing = list_folder(root)
    assert [os.path.relpath(f, root) for f in listing.files] == ["a.txt", "b/c.txt", "current/v1.txt"]
    assert listing.passed["links that lead out of the folder"] == 2 and listing.passed["links that lead nowhere"] == 2
    assert listing.passed["links to what is in it anyway"] == 4
    # A link that is named itself is followed: its user means what it leads to.
    assert len(list(read_inputs([root / "out"]))) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes there")
def test_pipes_and_sockets_are_not_waited_for(tmp_path: Path) -> None:
    tree(tmp_path, "a.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as server:
        before = Path.cwd()
        os.chdir(tmp_path)  # a socket's path may not be long
        try:
            server.bind("s.txt")
        finally:
            os.chdir(before)
        listing = list_folder(tmp_path)
    assert len(listing.files) == 1 and listing.passed["no files (pipes, devices)"] == 2


def test_very_deep_folders_end(tmp_path: Path) -> None:
    path = tmp_path
    for _ in range(70):
        path = path / "d"
    path.mkdir(parents=True)
    (path / "a.txt").write_text("Deep.")
    tree(tmp_path, "a.txt")
    listing = list_folder(tmp_path)
    assert len(listing.files) == 1 and listing.passed["folders more than 64 deep"] == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_is_set_aside(tmp_path: Path) -> None:
    tree(tmp_path, "a.txt", "locked/b.txt")
    (tmp_path / "locked").chmod(0)
    found = list(read_inputs([tmp_path]))
    (tmp_path / "locked").chmod(0o700)
    assert [type(f) for f in found] == [InputError, Report] and "cannot be opened" in str(found[0])


def test_folders_that_hold_nothing_say_what_they_hold(tmp_path: Path) -> None:
    (found,) = read_inputs([tmp_path])
    assert isinstance(found, InputError) and "without a file of a kind that is read" in str(found)


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)])
def test_packed_files_are_read_like_others(tmp_path: Path, suffix: str, pack: object) -> None:
    lines = b'{"id": "a", "text": "One."}\n{"id": "b", "text": "Two."}\n'
    release = pdf([["A text layer that says more than a stamp does."] * 3])
    for name, data in (("a.jsonl", lines), ("b.html", html("Cable cut")), ("c.txt", b"Plain."), ("d.pdf", release)):
        (tmp_path / (name + suffix)).write_bytes(pack(data))  # type: ignore[operator]
    found = list(read_inputs([tmp_path]))
    assert [f.id or f.title or f.text[:6] for f in found if isinstance(f, Report)] == ["a", "b", "Cable cut", "Plain.", "A text"]


def test_everything_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.warc.gz").write_bytes(warc([("https://e.example/a", html("Cable cut"))]))
    (tmp_path / "b.csv").write_text("text,published\nA ship sailed.,2024-04-10\n")
    (tmp_path / "c.mbox").write_text("From a Wed Apr 10 08:15:03 2024\nFrom: b@c.example\n\nA mail.\n")
    found = list(read_inputs([tmp_path]))
    assert [f.title or f.text for f in found if isinstance(f, Report)] == ["Cable cut", "A ship sailed.", "A mail."]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_bombs_are_refused_and_damage_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: object) -> None:
    monkeypatch.setattr(unpack, "FREE", 100_000)
    first = b'{"id": "a", "text": "One."}\n'
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(pack(first + b" " * 8_000_000))  # type: ignore[operator]
    *_, bomb = read_inputs([path])
    assert isinstance(bomb, InputError) and bomb.kind == "size" and "200 times its size" in str(bomb)
    noise = b"".join(b'{"id": "%d", "text": "%s"}\n' % (n, os.urandom(300).hex().encode()) for n in range(2000))
    whole = pack(noise)  # type: ignore[operator]
    path.write_bytes(whole[: len(whole) // 2])
    *kept, damage = read_inputs([path])
    assert isinstance(damage, InputError) and damage.kind == "damaged" and "cut off" in str(damage)
    assert all(isinstance(f, Report) for f in kept) and (kept or pack is not gzip.compress)
