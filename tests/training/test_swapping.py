"""Copies of annotated reports with other states: the annotation must still stand on its words."""

from __future__ import annotations

import random

from swapping import swapped

TEXT = (
    "WASHINGTON — U.S. officials accused Iran of arming the Syrians. The United States will respond, the Pentagon said. "
    "Iranian forces left Damascus."
)


def span(words: str, country: str = "") -> dict[str, object]:
    start = TEXT.index(words)
    place = {"text": words, "start": start, "end": start + len(words)}
    return {**place, "country": country, "sector": "GOV", "name": "", "office": ""}


def report() -> dict[str, object]:
    ends = [TEXT.index(" The United"), TEXT.index(" Iranian forces"), len(TEXT)]
    starts = [0, ends[0] + 1, ends[1] + 1]
    trigger, said = span("accused"), span("said")
    event = {
        "sentence": 0, "trigger": "accused", "start": trigger["start"], "end": trigger["end"], "type": "ACCUSE", "mode": "",
        "status": "actual", "historical": False, "date": "", "sources": [],
        "actors": [span("U.S. officials", "USA")], "recipients": [span("Iran", "IRN")],
    }  # fmt: skip
    statement = {
        "speaker": span("the Pentagon", "USA"), "cue": "said", "cue_start": said["start"], "act": "neutral", "about": ["USA"],
        "content": [{"sentence": 1, **{k: span("The United States will respond")[k] for k in ("text", "start", "end")}}],
    }  # fmt: skip
    sentences = [{"n": i, "start": a, "end": b} for i, (a, b) in enumerate(zip(starts, ends, strict=True))]
    head = {"id": "x", "title": "", "published": "2020-01-01", "source": "", "text": TEXT}
    return {**head, "sentences": sentences, "events": [event], "statements": [statement]}


def test_offsets_and_codes_move_along() -> None:
    changed = 0
    for seed in range(40):
        made = swapped(report(), random.Random(seed))  # type: ignore[arg-type]
        if made is None:
            continue
        new, text = made.report, made.report["text"]
        event, statement = new["events"][0], new["statements"][0]
        assert text[event["start"] : event["end"]] == "accused"
        assert statement["cue"] == "said" and text[statement["cue_start"] :].startswith("said.")
        for entity in (*event["actors"], *event["recipients"], statement["speaker"]):
            assert entity["text"] == text[entity["start"] : entity["end"]] and entity["text"].strip()
        assert event["actors"][0]["text"].endswith(" officials")
        assert event["actors"][0]["country"] == made.codes["USA"] and event["recipients"][0]["country"] == made.codes["IRN"]
        assert [text[s["start"] : s["end"]][-1] for s in new["sentences"]] == [".", ".", "."]
        if made.codes["IRN"] != "IRN":
            changed += 1
            assert "Iran" not in text and event["recipients"][0]["text"] in text
        if made.codes["USA"] != "USA":
            assert "U.S." not in text and "the United" not in text
            assert statement["content"][0]["text"].endswith(" will respond")
    assert changed > 20


def test_a_report_that_names_no_state_has_no_copy() -> None:
    bare = {**report(), "text": "Talks went on.", "sentences": [], "events": [], "statements": []}
    assert swapped(bare, random.Random(1)) is None  # type: ignore[arg-type]
