"""What a sources file may say, and what is told where it is wrong: the line, the key, and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from communique.errors import InputError
from communique.gather.watch.sources import Manner, Source, import_opml, read_sources, told

OPML = b"""<?xml version="1.0"?><opml version="2.0"><head><title>Mine</title></head><body><outline text="Desks">
<outline type="rss" text="Alpha &quot;Desk&quot;" xmlUrl="https://alpha.example/rss"/>
<outline type="rss" text="Beta" xmlUrl="https://beta.example/rss#top"/></outline></body></opml>"""


def write(folder: Path, text: str) -> Path:
    path = folder / "sources.toml"
    path.write_text(text, "utf-8")
    return path


def refused(folder: Path, text: str) -> str:
    with pytest.raises(InputError) as caught:
        read_sources(write(folder, text))
    return str(caught.value).replace(f"{folder}/", "")


def test_a_file_says_how_and_what(tmp_path: Path) -> None:
    found = read_sources(write(tmp_path, """
        # mine
        [watch]
        every = "10m"
        slowest = "2h"
        delay = "5s"
        fetchers = 3
        contact = "https://example.org/us"
        robots = false

        [[source]]
        url = "https://alpha.example/rss"
        name = "Alpha"
        only = "*/world/*"

        [[source]]
        file = "lists/urls.txt"
        outlet = "Ministry"
        every = "1d"
        skip = ["*/sport/*", "*.pdf"]
        max_age = "30d"
        enabled = false
    """))  # fmt: skip
    assert found.manner == Manner(600.0, 7200.0, 5.0, 3, "https://example.org/us", False)
    one, two = found.sources
    assert one == Source("https://alpha.example/rss", "Alpha", "", 600.0, 7200.0, ("*/world/*",))
    assert two.url == (tmp_path / "lists" / "urls.txt").resolve().as_uri()
    assert (two.outlet, two.every, two.slowest, two.enabled) == ("Ministry", 86_400.0, 86_400.0, False)
    assert two.max_age == 30 * 86_400.0


def test_a_source_wants_what_only_names_and_skip_does_not() -> None:
    one = Source("u", only=("*/world/*", "*/politics/*"), skip=("*/live/*",))
    wanted = ("https://a.example/world/x", "https://a.example/sport/x", "https://a.example/politics/live/x")
    assert [one.wants(u) for u in wanted] == [True, False, False]
    assert Source("u").wants("https://a.example/anything")


PLAIN = '[[source]]\nurl = "https://a.example/rss"\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "sources.toml: names no source (write [[source]]"),
        ('[[source]\nurl = "https://a.example/"', "sources.toml, line 1: is not valid TOML"),
        ("[[source]]\nurl = https://a.example/rss\n", "line 2: is not valid TOML: Invalid value (write keys as: url ="),
        ('[source]\nurl = "https://a.example/rss"', "sources.toml: its sources are not a list (write [[source]], in double"),
        ("[[source]]\nname = 'A'\n", "sources.toml, line 1: has neither a url nor a file"),
        (PLAIN + 'file = "x"', "line 3, key 'file': has both a url and a file"),
        (PLAIN + '\n[[source]]\nname = "b"\nurl = "ftp://a.example"', "line 6, key 'url': 'ftp://a.example' "),
        (PLAIN + "[[source]]\nurl = 'https://a.example/x'\nevry = '1h'",
         "line 5, key 'evry': 'evry' is no key of [[source]] (did you mean 'every'? its keys are url, name"),
        (PLAIN + "every = 15", "line 3, key 'every': 15 is not a length of time (write every = \"30s\", \"15m\""),
        (PLAIN + 'every = "5s"', "line 3, key 'every': '5s' is not between 1m and 30d (write every = \"15m\")"),
        (PLAIN + "enabled = 'no'", "key 'enabled': 'no' is not true or false"),
        (PLAIN + "only = [1]", "key 'only': [1] is not a list of patterns"),
        (PLAIN + "name = 7", "key 'name': 7 is not a text (write it in quotation marks"),
        (PLAIN + "[watch]\nfetchers = 900", "line 4, key 'fetchers': 900 is not a whole number from 1 to 64"),
        ("watch = 1\n" + PLAIN, "its `watch` is no table"),
        ("[watch]\ncontact = 'Zoë'\n" + PLAIN, "line 2, key 'contact': cannot stand in a header"),
        ("[feeds]\na = 1\n" + PLAIN, "line 1: 'feeds' is unknown (a sources file has one [watch]"),
        (PLAIN + PLAIN,
         "line 4, key 'url': 'https://a.example/rss' is there twice (take one away; the other is at sources.toml, line 2)"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    assert says in refused(tmp_path, text)


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"does not exist \(check the path, or begin with examples/sources"):
        read_sources(tmp_path / "none.toml")
    with pytest.raises(InputError, match="cannot be opened"):
        read_sources(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b'[[source]]\nurl = "https://a.example/rss"\nname = "Le D\xe9p\xeache"\n')
    with pytest.raises(InputError, match="byte 53: is not in UTF-8"):
        read_sources(tmp_path / "latin.toml")


def test_an_opml_file_is_a_sources_file(tmp_path: Path) -> None:
    (tmp_path / "mine.opml").write_bytes(OPML)
    found = read_sources(tmp_path / "mine.opml")
    assert [(s.name, s.url.partition("#")[0]) for s in found.sources] == [
        ('Alpha "Desk"', "https://alpha.example/rss"), ("Beta", "https://beta.example/rss"),
    ]  # fmt: skip


def test_importing_opml_adds_what_is_not_there_and_leaves_the_rest(tmp_path: Path) -> None:
    path = write(tmp_path, '# keep me\n[[source]]\nurl = "https://beta.example/rss"\nevery = "1h"  # slow\n')
    text, added, before = import_opml(OPML, "mine.opml", path.read_text(), read_sources(path).sources)
    assert (added, before) == (1, 1) and text.startswith(path.read_text())
    write(tmp_path, text)
    assert [(s.name, s.url, s.every) for s in read_sources(path).sources] == [
        ("", "https://beta.example/rss", 3600.0), ('Alpha "Desk"', "https://alpha.example/rss", 900.0),
    ]  # fmt: skip
    assert import_opml(OPML, "mine.opml", text, read_sources(path).sources) == (text, 0, 2)
    with pytest.raises(InputError, match=r"bad\.opml"):
        import_opml(b"<html></html>", "bad.opml")


def test_odd_names_of_feeds_stay_valid_toml(tmp_path: Path) -> None:
    odd = OPML.replace(b"Beta", "B\\ “ß” &#x85;\u202e\U0001f4f0 [x] = 'y' #".encode())
    text, added, _ = import_opml(odd, "odd\n.opml")
    assert added == 2
    assert read_sources(write(tmp_path, text)).sources[0].url == "https://alpha.example/rss"


def test_lengths_of_time_are_told_as_they_are_written() -> None:
    given = (1, 60, 900, 5400, 7200, 86_400, 7 * 86_400, 90)
    assert [told(s) for s in given] == ["1s", "1m", "15m", "90m", "2h", "1d", "1w", "90s"]


def test_the_examples_are_ready_to_watch() -> None:
    folder = Path(__file__).resolve().parents[2] / "examples" / "sources"
    files = sorted(folder.glob("*.toml"))
    assert len(files) >= 3
    urls = [s.url for path in files for s in read_sources(path).sources]
    assert len(urls) >= 60 and all(u.startswith("http") for u in urls)
    assert all(s.name or s.outlet for path in files for s in read_sources(path).sources)
