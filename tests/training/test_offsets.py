"""Annotation as offsets: no words of an article are stored, and all come back from it."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import notation
import offsets

TEXT = "Rain fell. Oslo said Minsk bombed Minskaya port. “We act,” Ann Ross said. “Now.”"
SENTENCES = [(0, 10), (11, 48), (49, 73), (74, 80)]
ARTICLE = {
    "id": "a1",
    "title": "A title",
    "published": "2024-04-10",
    "source": "The Demo",
    "text": TEXT,
    "url": "https://example.org",
    "sentences": [{"n": n, "start": s, "end": e} for n, (s, e) in enumerate(SENTENCES)],
}
LINES = [
    "# a1 | 2024-04-10 | The Demo | A title",
    "@1",
    "E bombed | ASSAULT/aerial | Minsk {BLR.MIL} | - | claimed | Oslo {NOR.GOV} | 2024-04 h",
    "S said | Oslo {NOR.GOV} | Minsk bombed Minskaya port. | accuse | BLR",
    "@2",
    "S said | Ann Ross {NOR.GOV Ann Ross / minister} | We act ++ Now.@3 | promise | -",
]


def report() -> dict[str, Any]:
    (found,) = notation.parse(LINES, {"a1": ARTICLE})
    assert found[1] == []
    return dict(found[0])


def test_packing_stores_no_words_of_the_article() -> None:
    packed, lost = offsets.pack(report())
    assert lost == 0
    stored = json.dumps(packed, ensure_ascii=False)
    for word in ("bombed", "port", "said", "We act", "Rain", "Oslo", "Minsk"):
        assert word not in stored
    assert "Ann Ross" in stored, "names of persons are facts"


def test_what_is_packed_comes_back() -> None:
    original = report()
    packed, _ = offsets.pack(original)
    back = offsets.unpack(json.loads(json.dumps(packed)), ARTICLE)
    assert back["text"] == TEXT
    assert back["sentences"] == ARTICLE["sentences"]
    (event,), (first, second) = back["events"], back["statements"]
    wanted = original["events"][0]
    for key in ("sentence", "trigger", "start", "end", "type", "mode", "status", "historical", "date"):
        assert event[key] == wanted[key], key
    assert [(a["text"], a["country"], a["sector"]) for a in event["actors"]] == [("Minsk", "BLR", "MIL")]
    assert [(a["text"], a["country"]) for a in event["sources"]] == [("Oslo", "NOR")]
    for found, said in zip((first, second), original["statements"], strict=True):
        assert (found["cue"], found["cue_start"], found["content"]) == (said["cue"], said["cue_start"], said["content"])
        assert (found["act"], found["about"]) == (said["act"], said["about"])
        for key in ("text", "country", "sector", "name"):
            assert found["speaker"][key] == said["speaker"][key]
    assert second["speaker"]["office"] == "", "an office is the article's wording, and stays out"


def test_every_entity_stands_where_its_words_do() -> None:
    back = offsets.unpack(offsets.pack(report())[0], ARTICLE)
    for entity in (*back["events"][0]["actors"], *back["events"][0]["sources"], *(s["speaker"] for s in back["statements"])):
        assert TEXT[entity["start"] : entity["end"]] == entity["text"]


def test_another_text_is_refused() -> None:
    packed, _ = offsets.pack(report())
    with pytest.raises(ValueError, match="a1 is not the text that was annotated"):
        offsets.unpack(packed, {**ARTICLE, "text": TEXT + " "})


def test_words_that_are_not_there_are_counted_and_empty() -> None:
    original = report()
    original["events"][0]["actors"].append({"text": "Kyiv", "country": "UKR", "sector": "GOV", "name": ""})
    packed, lost = offsets.pack(original)
    assert lost == 1
    assert offsets.unpack(packed, ARTICLE)["events"][0]["actors"][1] == {
        "text": "",
        "start": None,
        "end": None,
        "country": "UKR",
        "sector": "GOV",
        "name": "",
        "office": "",
    }


def test_a_statement_without_a_cue() -> None:
    original = report()
    original["statements"][0].update(cue="", cue_start=None)
    back = offsets.unpack(offsets.pack(original)[0], ARTICLE)
    assert (back["statements"][0]["cue"], back["statements"][0]["cue_start"]) == ("", None)


@pytest.mark.parametrize(("near", "expected"), [(0, (0, 3)), (9, (8, 11)), (5, (8, 11)), (4, (0, 3))])
def test_the_nearest_occurrence_is_taken(near: int, expected: tuple[int, int]) -> None:
    assert offsets.nearest("war the war", "war", 0, 11, near) == expected


def test_only_whole_words_are_found() -> None:
    assert offsets.nearest("Minskaya and Minsk", "Minsk", 0, 18, 0) == (13, 18)
    assert offsets.nearest("Minskaya", "Minsk", 0, 8, 0) is None
    assert offsets.nearest("the U.S. left", "U.S.", 0, 13, 0) == (4, 8)
    assert offsets.nearest("a+b (c)", "(c)", 0, 7, 0) == (4, 7)


def test_an_entity_is_sought_in_its_sentence_first_then_around_it() -> None:
    text = "Oslo a. Oslo b. Kyiv c. d. e. Rome."
    spans = [(0, 7), (8, 15), (16, 23), (24, 26), (27, 29), (30, 35)]
    assert offsets.locate_entity(text, spans, 1, "Oslo", 8) == (8, 12)
    assert offsets.locate_entity(text, spans, 2, "Oslo", 16) == (8, 12)
    assert offsets.locate_entity(text, spans, 0, "Rome", 0) == (30, 34)
    assert offsets.locate_entity(text, spans, 0, "Bern", 0) is None


def test_packing_by_command_and_loading(tmp_path: Path) -> None:
    articles, out, ann = tmp_path / "articles.jsonl", tmp_path / "out.jsonl", tmp_path / "x.ann"
    articles.write_text(json.dumps(ARTICLE) + "\n", "utf-8")
    ann.write_text("\n".join([*LINES, "", "# none |  |  | not there", "@0 Words."]) + "\n", "utf-8")
    call = [sys.executable, str(Path(offsets.__file__)), "pack", str(articles), str(out), str(ann)]
    done = subprocess.run(call, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "none is there already, or no article: left out" in done.stderr
    assert "1 reports, 0 entities" in done.stderr
    pool = tmp_path / "pool.jsonl.gz"
    with gzip.open(pool, "wt", encoding="utf-8") as handle:
        handle.write(json.dumps(ARTICLE) + "\n")
    (loaded,) = offsets.load([out], pool)
    assert loaded["events"][0]["trigger"] == "bombed"
    again, repacked = tmp_path / "again.ann", tmp_path / "again.jsonl"
    for command in (("unpack", pool, again, out), ("pack", articles, repacked, again)):
        done = subprocess.run([*call[:2], *map(str, command)], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
    assert "@1 Oslo said Minsk bombed" in again.read_text("utf-8")
    assert repacked.read_text("utf-8") == out.read_text("utf-8")
