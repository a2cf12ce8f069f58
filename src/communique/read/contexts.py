"""What a report is about: its PLOVER contexts, from words that show them and from how much of the report those words take up.

``data/ontology/contexts.tsv`` has the words. One of them proves nothing: most reports name a president somewhere. So each context
whose words a report has is weighed by ``data/ontology/context_weights.tsv``: by how many sentences have them, whether the
headline and the first sentences do, how they rank among those of other contexts, and which others stand beside them. The weights
were fitted to annotated reports by training/fit_contexts.py; run it again where a word or a kind of evidence changes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from math import sqrt

from communique.records import Sentence
from communique.settings import read_table

EVIDENCE = ("share", "title", "lead", "rank")
"""What speaks for a context by itself, each from 0 to 1: the root of the share of sentences that have its words, whether the
headline has, the share of the first sentences that have, and its sentences beside those of the context that has most."""

LEAD = 4
"""First sentences that count as the lead. Chosen, as EVIDENCE was, by cross-validation on the reports that are fitted to."""


@lru_cache(maxsize=1)
def patterns() -> Mapping[str, re.Pattern[str]]:
    """The words of each context, in the order in which contexts are given."""
    rows = read_table("ontology/contexts.tsv")
    return {row["context"]: re.compile(rf"\b(?:{row['pattern']})\b", re.IGNORECASE) for row in rows}


@lru_cache(maxsize=1)
def weights() -> Mapping[str, Mapping[str, float]]:
    """context -> evidence, "bias" or the context beside it -> weight."""
    return {
        row["context"]: {name: float(value) for name, value in row.items() if name != "context" and float(value)}
        for row in read_table("ontology/context_weights.tsv")
    }


class ContextReader:
    """Finds the contexts of one report. `title` is its headline; without one, a sentence that is the headline stands in."""

    def __init__(self, text: str, sentences: Sequence[Sentence], title: str = "") -> None:
        self.coded = [s for s in sentences if s.coded]
        said = [(s.n, text[s.start : s.end]) for s in self.coded]
        headline = title or " ".join(text[s.start : s.end] for s in sentences if s.kind == "title")
        self.hits: dict[str, tuple[int, ...]] = {}
        self.titled: set[str] = set()
        for context, pattern in patterns().items():
            hits = tuple(n for n, words in said if pattern.search(words))
            if hits:
                self.hits[context] = hits
                if pattern.search(headline):
                    self.titled.add(context)

    def evidence(self) -> dict[str, dict[str, float]]:
        """What speaks for each context whose words the report has; a headline alone is none."""
        most = max(map(len, self.hits.values()), default=1)
        lead = {s.n for s in self.coded[:LEAD]}
        return {
            context: {
                "share": sqrt(len(hits) / len(self.coded)),
                "title": float(context in self.titled),
                "lead": len(lead.intersection(hits)) / len(lead),
                "rank": len(hits) / most,
            }
            for context, hits in self.hits.items()
        }

    @cached_property
    def report(self) -> tuple[str, ...]:
        """The report's contexts."""
        evidence = self.evidence()
        beside = {context: own["share"] for context, own in evidence.items()}
        given = []
        for context, own in evidence.items():
            weight = weights().get(context)
            if weight and sum(weight.get(name, 0.0) * value for name, value in {"bias": 1.0, **own, **beside}.items()) > 0:
                given.append(context)
        return tuple(given)

    def of(self, sentence: int) -> tuple[str, ...]:
        """Contexts of one sentence: those of the report whose words it has."""
        return tuple(context for context in self.report if sentence in self.hits[context])
