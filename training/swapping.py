"""Copies of annotated reports in which states have changed places.

News is about few states, and who usually strikes whom can be learned instead of what a sentence says. In a copy "U.S. officials
accused Iran" may be "Kenyan officials accused Peru": the annotation stays, its offsets and codes move along.
"""

from __future__ import annotations

import random
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from communique.settings import read_table

Report = dict[str, Any]
KEPT = 0.25
"""Chance that a state stays itself in a copy: copies that share no state with the news would be less like it."""
_NOT_STATES = frozenset({"EUR", "UNO", "IGO", "NGO"})
_NO_FORMS = frozenset(
    {"Foreign Office", "America", "Georgia", "Jordan", "Chad", "the States", "Wales", "Scotland", "Northern Ireland"}
)
"""Words that mean something else as often, or a part of a state that has no counterpart."""


@dataclass(frozen=True, slots=True)
class Forms:
    """How a state is written: its name, adjective, people and capital."""

    name: str
    adjective: str
    people: str
    capital: str


@dataclass(frozen=True, slots=True)
class Swapped:
    """A report with states exchanged, and the way from the old offsets to the new."""

    report: Report
    codes: Mapping[str, str]
    edges: Sequence[tuple[int, int, int, int]]
    """(old start, old end, new start, new end) of each replaced stretch, in order."""

    def moved(self, at: int, *, end: bool = False) -> int:
        """Where old offset `at` is now; inside a replaced stretch its start, or for the end of a span its end."""
        return _moved(self.edges, at, end=end)


@cache
def _states() -> dict[str, Forms]:
    """The states that can stand for one another."""
    out = {}
    for row in read_table("actors/countries.tsv"):
        adjective, capital = row["adjective"].split(";")[0], row["capital"].split(";")[0]
        if row["code"] in _NOT_STATES or not adjective or not capital or len(row["name"]) > 24:
            continue
        people = row["people"].split(";")[0] or (adjective if adjective.endswith(("ese", "ish", "ch", "i")) else adjective + "s")
        out[row["code"]] = Forms(row["name"], adjective, people, capital)
    return out


@cache
def _words() -> tuple[re.Pattern[str], dict[str, tuple[str, str]]]:
    """A pattern of every form of a state, and (code, kind) of each form."""
    kinds: dict[str, tuple[str, str]] = {}
    for row in read_table("actors/countries.tsv"):
        if row["code"] not in _states():
            continue
        named = [row["name"], *filter(None, row["other"].split(";"))]
        for kind, forms in (
            ("name", named), ("adjective", row["adjective"].split(";")), ("people", row["people"].split(";")),
            ("capital", row["capital"].split(";")[:1]),
        ):  # fmt: skip
            for form in forms:
                if len(form) > 1 and form not in _NO_FORMS:
                    kinds.setdefault(form, (row["code"], kind))
    longest = sorted(kinds, key=len, reverse=True)
    either = "|".join(map(re.escape, longest))
    # Not within a longer name ("Washington Post", "New Zealand First"), nor within a word.
    longer = r"(?![\w]|['’](?:t|re)\b| (?:Post|Times|Institute|Airlines)\b)"
    return re.compile(rf"(?<![\w’'.-])(?P<the>[Tt]he )?(?P<form>{either}){longer}"), kinds


def _replacement(match: re.Match[str], text: str, codes: Mapping[str, str]) -> str | None:
    form = match["form"]
    code, kind = _words()[1][form]
    if codes.get(code, code) == code:
        return None
    forms, the = _states()[codes[code]], match["the"] or ""
    if kind == "name" and re.match(r"[ -][a-z]", text[match.end() : match.end() + 2]) and form.isupper():
        return the + forms.adjective  # "U.S. officials", "UK ministers"
    if kind == "name":
        return forms.name
    return the + {"adjective": forms.adjective, "people": forms.people, "capital": forms.capital}[kind]


def _moved(edges: Sequence[tuple[int, int, int, int]], at: int, *, end: bool) -> int:
    k = bisect_right(edges, at - 1 if end else at, key=lambda e: e[0]) - 1
    if k < 0:
        return at
    _, stop, new_start, new_stop = edges[k]
    if at >= stop:
        return at + new_stop - stop
    return new_stop if end else new_start


def swapped(report: Report, rng: random.Random) -> Swapped | None:
    """A copy of `report` (the gold's layout, entities with offsets) in which its states are others; None where it names none."""
    text = report["text"]
    pattern, kinds = _words()
    found = list(pattern.finditer(text))
    present = sorted({kinds[m["form"]][0] for m in found})
    if not present:
        return None
    others = [code for code in _states() if code not in present]
    drawn = zip(present, rng.sample(others, len(present)), strict=True)
    codes = {code: code if rng.random() < KEPT else other for code, other in drawn}
    parts: list[str] = []
    edges: list[tuple[int, int, int, int]] = []
    at = length = 0
    for match in found:
        new = _replacement(match, text, codes)
        if new is None:
            continue
        before = text[at : match.start()]
        length += len(before)
        edges.append((match.start(), match.end(), length, length + len(new)))
        parts += [before, new]
        length += len(new)
        at = match.end()
    if not edges:
        return None
    parts.append(text[at:])
    return Swapped(_rewritten(report, "".join(parts), codes, edges), codes, edges)


def _rewritten(report: Report, text: str, codes: Mapping[str, str], edges: Sequence[tuple[int, int, int, int]]) -> Report:
    def walk(value: Any) -> Any:
        if isinstance(value, list):
            return [walk(v) for v in value]
        if not isinstance(value, dict):
            return codes.get(value, value) if isinstance(value, str) and len(value) == 3 else value
        out = {key: walk(v) for key, v in value.items()}
        if isinstance(value.get("start"), int):
            out["start"], out["end"] = _moved(edges, value["start"], end=False), _moved(edges, value["end"], end=True)
            for key in ("text", "trigger"):
                if key in value:
                    out[key] = text[out["start"] : out["end"]]
        if isinstance(value.get("cue_start"), int):
            out["cue_start"] = _moved(edges, value["cue_start"], end=False)
            out["cue"] = text[out["cue_start"] : _moved(edges, value["cue_start"] + len(value["cue"]), end=True)]
        return out

    copy = {key: walk(report[key]) for key in ("sentences", "events", "statements")}
    return {**report, **copy, "text": text}
