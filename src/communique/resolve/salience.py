"""Which of the things named around a place in the report is meant there: one ranking for offices, pronouns and nouns.

Whatever is named at some offset is a `Mention` with a key (a country, a body, a person). For an offset and a class of
words ("the police", "it", "he") each key in reach gets features (named last before it, subject of the sentence before,
named after "in", the place with which a sentence begins, ...); the weights of data/actors/salience.tsv add up to its
score. They were fitted on gold/train and the project's annotations by training/actors/fit_salience.py; rerun it where a
feature or a table of names changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from communique.resolve.trace import Trace
from communique.settings import read_table

Special = Hashable | Mapping[Hashable, float] | None
"""The key that has a feature, or the degree to which each key has it."""

TURNED = ("before", "opens", "subject0", "place0", "nearest", "after", "next", "placeafter", "speaker", "home", "share")
REACH = 3
"""Sentences before the one asked about in which a key is looked for."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A key named at `start` in sentence number `sentence`. `place`: behind "in" or as a city; `person`: by a person of
    that country; `subject`: first in its sentence, near its beginning; `quotation`: start of the quotation around it."""

    start: int
    sentence: int
    key: Hashable
    place: bool = False
    person: bool = False
    subject: bool = False
    quotation: int | None = None


@lru_cache(maxsize=1)
def weights() -> Mapping[str, Mapping[str, float]]:
    """class -> feature -> weight."""
    out: dict[str, dict[str, float]] = {}
    for row in read_table("actors/salience.tsv"):
        for kind, value in row.items():
            if kind != "feature" and value:
                out.setdefault(kind, {})[row["feature"]] = float(value)
    return out


class Salience:
    """Ranks the keys of one report. `mentions` are in the order of the text; `trace` is told of each choice."""

    def __init__(self, mentions: Sequence[Mention], trace: Trace | None = None) -> None:
        self.trace = trace
        self.by_sentence: dict[int, list[Mention]] = {}
        for mention in mentions:
            self.by_sentence.setdefault(mention.sentence, []).append(mention)
        self.counts = Counter(m.key for m in mentions)
        self.total = max(1, len(mentions))
        self.main = [key for key, _ in self.counts.most_common(3)]
        self.lead = mentions[0].key if mentions else None

    def candidates(
        self, at: int, sentence: int, quotation: int | None, extra: Mapping[str, Special],
        allowed: Callable[[Hashable], bool] | None = None, recipient: bool = False,
    ) -> dict[Hashable, dict[str, float]]:  # fmt: skip
        """The keys in reach of offset `at` with their features; `extra` names features that one key alone has (its key), or
        that several have to some degree (a mapping); the features of `TURNED` count apart for words that suffer the event
        rather than do it."""
        features: dict[Hashable, dict[str, float]] = {}

        def note(key: Hashable, name: str, value: float = 1.0) -> None:
            if allowed is None or allowed(key):
                have = features.setdefault(key, {})
                have[name] = max(have.get(name, 0.0), value)

        self._same_sentence(at, sentence, quotation, note)
        for back in range(1, REACH + 1):
            there = self.by_sentence.get(sentence - back, [])
            for i, m in enumerate(there):
                suffix = "1" if back == 1 else "2"
                note(m.key, f"back{suffix}")
                for name, holds in (
                    ("first", i == 0), ("last", m is there[-1]), ("subject", m.subject), ("place", m.place),
                    ("scene", m.place and m.subject),
                ):  # fmt: skip
                    if holds:
                        note(m.key, f"{name}{suffix}")
                if m.person:
                    note(m.key, f"person{suffix}")
                if m.quotation is not None and m.quotation != quotation:
                    note(m.key, "alien")
        for key in self.main:
            note(key, "main")
        if self.lead is not None:
            note(self.lead, "lead")
        for name, special in extra.items():
            if isinstance(special, Mapping):
                for key, value in special.items():
                    if key in self.counts:
                        note(key, name, value)
            elif special is not None:
                note(special, name)
        for key, have in features.items():
            have["share"] = self.counts[key] / self.total
            if recipient:
                have.update({f"{name}_r": have[name] for name in TURNED if name in have})
        return features

    def _same_sentence(self, at: int, sentence: int, quotation: int | None, note: Callable[..., None]) -> None:
        here = self.by_sentence.get(sentence, [])
        before = [m for m in here if m.start < at]
        rank: list[Hashable] = []
        for m in reversed(before):
            if m.key not in rank:
                rank.append(m.key)
        for i, m in enumerate(before):
            note(m.key, "before")
            for name, holds in (
                ("opens", i == 0), ("subject0", m.subject), ("place0", m.place), ("person0", m.person),
                ("scene0", m.place and m.subject),
                ("nearest", m.key == rank[0]), ("close", at - m.start < 30),
                ("alien", m.quotation is not None and m.quotation != quotation),
            ):  # fmt: skip
                if holds:
                    note(m.key, name)
        for i, m in enumerate(m for m in here if m.start > at):
            note(m.key, "after")
            if i == 0:
                note(m.key, "next")
            if m.place:
                note(m.key, "placeafter")

    def choose(
        self, kind: str, at: int, sentence: int, quotation: int | None = None, extra: Mapping[str, Special] | None = None,
        allowed: Callable[[Hashable], bool] | None = None, recipient: bool = False,
    ) -> Hashable | None:  # fmt: skip
        """The key that words of class `kind` at offset `at` mean; None where nothing does better than nothing."""
        features = self.candidates(at, sentence, quotation, extra or {}, allowed, recipient)
        table = weights().get(kind, {})
        scores = {key: sum(table.get(name, 0.0) * value for name, value in have.items()) for key, have in features.items()}
        best = max(scores, key=lambda key: scores[key], default=None)
        nothing = table.get("none", -99.0) + (table.get("none_r", 0.0) if recipient else 0.0)
        chosen = best if best is not None and scores[best] > nothing else None
        if self.trace is not None:
            self.trace.ranked(kind, features, table, scores, nothing, chosen)
        return chosen
