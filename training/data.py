"""Training examples: annotated reports and auxiliary sets, as model inputs with their labels."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import hashlib
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from communique.ontology import names
from communique.read.context import context_of
from communique.read.encode import Encoded, SentenceEncoder, quote_spans
from communique.read.labels import MODES, SIDES, TYPES
from communique.records import parse_published
from communique.resolve.actors import ActorIndex
from communique.resolve.dates import WHEN, when
from communique.resolve.report import ReportResolver
from notation import parse
from offsets import nearest
from swapping import Swapped

IGNORE = -100
Report = dict[str, Any]
Mask = npt.NDArray[np.bool_]


@dataclass(slots=True)
class Question:
    """A trigger (`kind` 1) or cue (2) at `rows`, and what its words are to it.

    `roles` holds by role the words that fill it and those left open: other mentions of the same party, of which the annotation
    names the nearest only. `labels` are the classes of the heads that apply.
    """

    kind: int
    rows: npt.NDArray[np.intp]
    roles: dict[str, tuple[Mask, Mask]] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)
    places: dict[str, tuple[Mask, Mask]] = field(default_factory=dict)
    """As `roles`, for the places of a verb (syntax.py)."""


@dataclass(slots=True)
class Example:
    """One input with labels. Per-token labels are arrays (T,) with `IGNORE` where nothing is asked.

    `questions` are what the second pass is asked of its triggers and cues.
    """

    encoded: Encoded
    tokens: dict[str, npt.NDArray[Any]] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    sentence: npt.NDArray[np.float32] | None = None
    relation: int | None = None
    weight: float = 1.0
    origin: str = ""


def load_gold(folder: Path) -> list[Report]:
    return [json.loads(p.read_text("utf-8")) for p in sorted(folder.glob("*.json"))]


def load_notation(files: Sequence[Path]) -> list[Report]:
    reports: list[Report] = []
    for path in files:
        with path.open(encoding="utf-8") as handle:
            reports.extend(report for report, _ in parse(handle))
    return reports


def digest(paths: Sequence[Path]) -> str:
    """One hash of the contents of `paths`, in order."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(path.read_bytes())
    return total.hexdigest()[:16]


def _within(encoded: Encoded, start: int, end: int) -> Mask:
    return (encoded.starts >= start) & (encoded.ends <= end) & (encoded.starts >= 0)


class Labeller:
    """Turns annotated reports into examples."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        self.encoder = encoder
        self.statuses, self.acts = names("status"), names("act")
        self.index = ActorIndex.load()
        self.named: list[tuple[int, int, str]] = []
        self.published: dt.date | None = None

    def report(self, report: Report, origin: str, weight: float = 1.0, copy: Swapped | None = None) -> Iterator[Example]:
        """The examples of a report, or of its `copy` with other states: who is a party is told from the report itself."""
        spans = [(s["start"], s["end"]) for s in report["sentences"]]
        numbers = {s["n"]: i for i, s in enumerate(report["sentences"])}
        self.named = self._parties(report, spans)
        if copy is not None:
            self.named = [(copy.moved(a), copy.moved(b, end=True), copy.codes.get(c, c)) for a, b, c in self.named]
            report = copy.report
            spans = [(s["start"], s["end"]) for s in report["sentences"]]
        text = report["text"]
        self.published = parse_published(report["published"] or "")
        inputs = self.encoder.encode(text, spans, [context_of(text, spans, i) for i in range(len(spans))])
        for i, encoded in enumerate(inputs):
            events = [e for e in report["events"] if numbers[e["sentence"]] == i]
            statements = [s for s in report["statements"] if self._cue_at(s, spans, numbers) == i]
            yield self._example(text, spans[i], encoded, events, statements, report["statements"], origin, weight)
            yield from self._relations(text, spans[i], encoded, events, origin, weight)

    def _parties(self, report: Report, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int, str]]:
        """(start, end, country) of every naming of a state, body or person in the report."""
        resolver = ReportResolver(report["text"], spans, report["published"], self.index, quote_spans(report["text"]))
        out = resolver.country_mentions(0, len(report["text"]))
        for first, last, person in resolver.persons_in(0, len(resolver.tokens)):
            country = resolver.person_entity(person).country
            if country:
                out.append((resolver.tokens[first].start, resolver.tokens[last - 1].end, country))
        return out

    def _open(self, encoded: Encoded, entities: list[Report], taken: Mask) -> Mask:
        """Words that name a party of the same country as one of `entities`, other than those `taken`."""
        wanted = {e["country"] for e in entities if e["country"]}
        mask = np.zeros(len(encoded), dtype=bool)
        low, high = encoded.starts[encoded.starts >= 0].min(initial=0), encoded.ends.max(initial=0)
        for start, end, country in self.named:
            if country in wanted and start < high and end > low:
                mask |= _within(encoded, start, end)
        return mask & ~taken

    @staticmethod
    def _cue_at(statement: Report, spans: Sequence[tuple[int, int]], numbers: dict[int, int]) -> int:
        at = statement.get("cue_start")
        if at is not None:
            for i, (start, end) in enumerate(spans):
                if start <= at < end:
                    return i
        return numbers[statement["content"][0]["sentence"]] if statement["content"] else -1

    def _spot(self, text: str, span: tuple[int, int], encoded: Encoded, entity: Report, near: int) -> Mask | None:
        """The pieces of an entity's words: those nearest to `near` in the sentence, else in its context."""
        words = entity["text"]
        if not words:
            return None
        found = nearest(text, words, *span, near)
        if found is None:
            known = encoded.starts[encoded.starts >= 0]
            found = nearest(text, words, int(known.min(initial=span[0])), span[0], span[0])
        if found is None:
            return None
        mask = _within(encoded, *found)
        return mask if mask.any() else None

    def _example(
        self, text: str, span: tuple[int, int], encoded: Encoded, events: list[Report], statements: list[Report],
        all_statements: list[Report], origin: str, weight: float,
    ) -> Example:  # fmt: skip
        n = len(encoded)
        asked = encoded.inside & encoded.first
        tokens: dict[str, Any] = {
            "trigger": np.where(asked, 0, IGNORE),
            "cue": np.where(asked, 0.0, np.nan).astype(np.float32),
            "mention": np.where(encoded.first, 0, IGNORE),
            "inquote": np.where(asked, 0.0, np.nan).astype(np.float32),
        }
        for name in ("mode", "status", "act"):
            tokens[name] = np.full(n, IGNORE)
        tokens["historical"] = np.full(n, np.nan, dtype=np.float32)
        example = Example(encoded, tokens, origin=origin, weight=weight)
        bag = np.zeros(len(TYPES), dtype=np.float32)
        for event in events:
            self._event(example, text, span, event, bag)
        for statement in statements:
            self._statement(example, text, span, statement)
        for statement in all_statements:
            for piece in statement["content"]:
                tokens["inquote"][_within(encoded, piece["start"], piece["end"]) & asked] = 1.0
        for values in tokens.values():
            values[~encoded.first] = IGNORE if values.dtype.kind == "i" else np.nan
        example.sentence = bag
        return example

    def _mention(self, example: Example, mask: Mask) -> None:
        labels = example.tokens["mention"]
        where = np.flatnonzero(mask & example.encoded.first)
        if len(where) and not (labels[where] > 0).any():
            labels[where] = 2
            labels[where[0]] = 1

    def _event(self, example: Example, text: str, span: tuple[int, int], event: Report, bag: npt.NDArray[np.float32]) -> None:
        encoded, tokens = example.encoded, example.tokens
        rows = np.flatnonzero(_within(encoded, event["start"], event["end"]) & encoded.inside & encoded.first)
        if not len(rows):
            return
        kind = TYPES.index(event["type"])
        bag[kind] = 1.0
        free = rows[tokens["trigger"][rows] == 0]
        tokens["trigger"][free] = kind + 1
        tokens["mode"][free] = MODES.index((event["type"], event["mode"]))
        tokens["status"][free] = self.statuses.index(event["status"])
        tokens["historical"][free] = float(event["historical"])
        question = Question(1, rows, labels={
            "kind": kind + 1, "mode": MODES.index((event["type"], event["mode"])), "status": self.statuses.index(event["status"]),
            "historical": int(event["historical"]),
        })  # fmt: skip
        if self.published is not None:
            question.labels["when"] = WHEN.index(when(event["date"] or "", self.published))
        example.questions.append(question)
        for role, key in (("actor", "actors"), ("recipient", "recipients"), ("source", "sources")):
            merged = np.zeros(len(encoded), dtype=bool)
            for entity in event[key]:
                mask = self._spot(text, span, encoded, entity, event["start"])
                if mask is not None:
                    merged |= mask
                    self._mention(example, mask)
            question.roles[role] = (merged, self._open(encoded, event[key], merged))
        named = [role for role in ("actor", "recipient") if question.roles[role][0].any()]
        question.labels["sides"] = SIDES.index("both" if len(named) > 1 else named[0] if named else "none")

    def _statement(self, example: Example, text: str, span: tuple[int, int], statement: Report) -> None:
        encoded, tokens = example.encoded, example.tokens
        at = statement.get("cue_start")
        found: tuple[int, int] | None
        if at is not None:
            found = (at, at + len(statement["cue"]))
        else:
            near = statement["content"][0]["start"] if statement["content"] else span[0]
            found = nearest(text, statement["cue"], *span, near) if statement["cue"] else None
        if found is None:
            return
        rows = np.flatnonzero(_within(encoded, *found) & encoded.inside & encoded.first)
        if not len(rows):
            return
        tokens["cue"][rows] = 1.0
        tokens["act"][rows] = self.acts.index(statement["act"])
        nothing = np.zeros(len(encoded), dtype=bool)
        question = Question(2, rows, labels={"act": self.acts.index(statement["act"])})
        example.questions.append(question)
        speaker = self._spot(text, span, encoded, statement["speaker"], found[0])
        if speaker is not None:
            self._mention(example, speaker)
            question.roles["speaker"] = (speaker, nothing)
        content = np.zeros(len(encoded), dtype=bool)
        for piece in statement["content"]:
            if span[0] <= piece["start"] < span[1]:
                content |= _within(encoded, piece["start"], piece["end"])
        question.roles["content"] = (content, nothing)

    def _relations(
        self, text: str, span: tuple[int, int], encoded: Encoded, events: list[Report], origin: str, weight: float
    ) -> Iterator[Example]:
        for event in events:
            pairs = [(a, r) for a in event["actors"][:2] for r in event["recipients"][:2]]
            if not event["recipients"] and len(event["actors"]) > 1:
                pairs = [(event["actors"][0], event["actors"][1])]
            if not pairs and (event["actors"] or event["recipients"]):
                yield from self._one_sided(text, span, encoded, event, origin, weight)
            for actor, recipient in pairs:
                a = nearest(text, actor["text"], *span, event["start"])
                r = nearest(text, recipient["text"], *span, event["start"])
                if a and r and (a[1] <= r[0] or r[1] <= a[0]):
                    yield Example(
                        encoded.marked(a, r), relation=TYPES.index(event["type"]), weight=weight, origin=origin + "/relation"
                    )
                    break


    @staticmethod
    def _one_sided(
        text: str, span: tuple[int, int], encoded: Encoded, event: Report, origin: str, weight: float
    ) -> Iterator[Example]:
        """A relation whose other side the sentence does not name: only one of the two is marked."""
        none = (0, 0)
        for role, place in (("actors", 0), ("recipients", 1)):
            for entity in event[role][:1]:
                found = nearest(text, entity["text"], *span, event["start"]) if entity["text"] else None
                if found:
                    sides = (found, none) if place == 0 else (none, found)
                    kind = TYPES.index(event["type"])
                    yield Example(encoded.marked(*sides), relation=kind, weight=weight * 0.5, origin=origin + "/relation")


def ngec(path: Path, encoder: SentenceEncoder) -> Iterator[Example]:
    """First sentences of synthetic stories with their document's type (weak: one label, noisy)."""
    from communique.read.sentences import split

    with gzip.open(path, "rt", encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            label = row["label"].strip().upper()
            if label not in TYPES:
                continue
            text = row["text"][:700]
            spans = split(text)[:2]
            if not spans or spans[-1][1] < 40:
                continue
            encoded = encoder.encode(text, [(spans[0][0], spans[-1][1])], [[]])[0]
            bag = np.zeros(len(TYPES), dtype=np.float32)
            bag[TYPES.index(label)] = 1.0
            yield Example(encoded, sentence=bag, relation=TYPES.index(label), weight=0.3, origin="ngec")


CAMEO = {
    "02": "REQUEST", "03": "AGREE", "04": "CONSULT", "05": "SUPPORT", "06": "COOPERATE", "07": "AID", "09": "ACCUSE",
    "10": "REQUEST", "11": "ACCUSE", "12": "REJECT", "13": "THREATEN", "14": "PROTEST", "15": "MOBILIZE",
    "16": "SANCTION", "17": "COERCE", "18": "ASSAULT", "19": "ASSAULT", "20": "ASSAULT", "081": "CONCEDE",
    "084": "RETREAT", "085": "RETREAT", "086": "RETREAT", "087": "RETREAT",
}  # fmt: skip


def petrarch(path: Path, encoder: SentenceEncoder) -> Iterator[Example]:
    """Sentences of an older coder's tests with the types of their CAMEO codes."""
    body = path.read_text("utf-8", errors="replace")
    for match in re.finditer(r"<Sentence\b.*?</Sentence>", body, re.S):
        block = match.group()
        codes = re.findall(r'eventcode\s*=\s*"(\d+)"', block)
        words = re.search(r"<Text>(.*?)</Text>", block, re.S)
        types = {CAMEO.get(c[:3]) or CAMEO.get(c[:2]) for c in codes} - {None}
        if not words or not words[1].strip() or not types:
            continue
        text = " ".join(words[1].split())
        bag = np.zeros(len(TYPES), dtype=np.float32)
        for kind in types:
            bag[TYPES.index(str(kind))] = 1.0
        encoded = encoder.encode(text, [(0, len(text))], [[]])[0]
        only = TYPES.index(str(next(iter(types)))) if len(types) == 1 else None
        yield Example(encoded, sentence=bag, relation=only, weight=0.5, origin="petrarch")


def factuality(path: Path, encoder: SentenceEncoder) -> Iterator[Example]:
    """UDS-IH2: how certain it is that an event happened, -3 to 3, at its word."""
    with path.open(encoding="utf-8") as handle:
        for line in handle:
            row = json.loads(line)
            words = row["text"].split(" ")
            starts = np.cumsum([0, *(len(w) + 1 for w in words)])
            text = row["text"]
            encoded = encoder.encode(text, [(0, len(text))], [[]])[0]
            values = np.full(len(encoded), np.nan, dtype=np.float32)
            for target in row["targets"]:
                a, b = target["span1"]
                mask = _within(encoded, int(starts[a]), int(starts[b]) - 1) & encoded.first
                values[mask] = float(target["label"]) / 3.0
            if not np.isnan(values).all():
                yield Example(encoded, {"fact": values}, weight=0.5, origin="uds")


