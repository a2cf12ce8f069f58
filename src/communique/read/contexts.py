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

_WORD = re.compile(r"\w+")

LEAD = 4
"""First sentences that count as the lead. Chosen, as EVIDENCE was, by cross-validation on the reports that are fitted to."""


@lru_cache(maxsize=1)
def patterns() -> Mapping[str, re.Pattern[str]]:
    """The words of each context, in the order in which contexts are given."""
    rows = read_table("ontology/contexts.tsv")
    return {row["context"]: re.compile(rf"\b(?:{row['pattern']})\b", re.IGNORECASE) for row in rows}


HEAD = 4
"""Letters of a word by which it is told which contexts' patterns may begin with it."""


def heads(pattern: str) -> set[str]:
    """The first letters, `HEAD` at most, of all words with which a match of a context's `pattern` may begin.

    "" where the pattern begins with none, so that it has to be searched for everywhere.
    """
    found: set[str] = set()
    for option in _options(pattern):
        group = re.match(r"\(\?:", option)
        if group:
            inner = option[group.end() : _closing(option)]
            # What follows a group that may be left out begins a match too.
            found |= heads(inner) if option[_closing(option) + 1 :][:1] not in ("?", "*", "{") else {""}
            continue
        word = re.match(r"\w*", option)
        letters = word.group() if word else ""
        if option[len(letters) : len(letters) + 1] in ("?", "*", "{"):
            letters = letters[:-1]
        found.add(letters.lower()[:HEAD])
    return found


def _closing(pattern: str) -> int:
    """Where the group that opens `pattern` closes."""
    depth = 0
    for at, sign in enumerate(pattern):
        depth += (sign == "(") - (sign == ")")
        if not depth:
            return at
    return len(pattern)


def _options(pattern: str) -> list[str]:
    """`pattern` at its outermost bars."""
    out, depth = [""], 0
    for sign in pattern:
        depth += (sign == "(") - (sign == ")")
        if sign == "|" and not depth:
            out.append("")
        else:
            out[-1] += sign
    return out


@lru_cache(maxsize=1)
def _by_head() -> Mapping[str, frozenset[str]]:
    """First letters of a word -> the contexts whose words may begin so."""
    found: dict[str, set[str]] = {}
    for row in read_table("ontology/contexts.tsv"):
        for head in heads(row["pattern"]):
            found.setdefault(head, set()).add(row["context"])
    return {head: frozenset(contexts) for head, contexts in found.items()}


@lru_cache(maxsize=65536)
def _possible(word: str) -> frozenset[str]:
    """The contexts of which a match may begin with `word`."""
    known, word = _by_head(), word.lower()
    return frozenset().union(*(known.get(word[:n], ()) for n in range(HEAD + 1)))


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
        possible = [frozenset[str]().union(*map(_possible, _WORD.findall(words))) for _, words in said]
        headline = title or " ".join(text[s.start : s.end] for s in sentences if s.kind == "title")
        self.hits: dict[str, tuple[int, ...]] = {}
        self.titled: set[str] = set()
        for context, pattern in patterns().items():
            hits = tuple(n for (n, words), some in zip(said, possible, strict=True) if context in some and pattern.search(words))
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
