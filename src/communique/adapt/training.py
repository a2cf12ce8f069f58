"""``communique train``: from annotation to an adaptation, with its figures."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from communique.adapt.adaptation import Adaptation, weights_hash
from communique.adapt.annotation import Annotated, read_annotation
from communique.adapt.corrections import Figure, corrections
from communique.adapt.learning import Linear, Scale
from communique.adapt.own import OwnFigure, Texts, check_examples, learn_type
from communique.adapt.report import card
from communique.adapt.states import Collector, SentenceStates, unplaced
from communique.errors import InputError
from communique.ontology import EventType
from communique.read.decode import OWN
from communique.read.runtime import CUE, TRIGGER, OnnxModel
from communique.records import Report
from communique.settings import read_table

FOLDS = 5


@dataclass(frozen=True, slots=True)
class Trained:
    """An adaptation with what it was made from: counts, figures on held-out folds, what was set aside, and the seconds."""

    adaptation: Adaptation
    reports: int
    examples: int
    figures: tuple[Figure, ...]
    own: tuple[OwnFigure, ...]
    aside: tuple[InputError, ...]
    seconds: float


def train(
    paths: Iterable[Path], types: Sequence[EventType] = (), *, threads: int = 0, tell: Callable[[str], None] = lambda _: None
) -> Trained:
    """Adapts the reader to the annotation in `paths`; `tell` hears what is going on.

    Raises `InputError` where nothing can be used, or a type has too few examples.
    """
    begun = time.perf_counter()
    aside: list[InputError] = []
    annotated: list[Annotated] = []
    for one in read_annotation(paths, types):
        if isinstance(one, InputError):
            aside.append(one)
        else:
            annotated.append(one)
    try:
        check_examples(types, annotated)
    except InputError as error:
        if not aside:
            raise
        why = f"{error.reason}; set aside were {len(aside)}, the first: {aside[0]}"
        raise InputError(error.source, why, error.hint) from error
    collector = Collector(OnnxModel(threads=threads))
    tell(f"reading {len(annotated)} annotated texts")
    annotated, sentences = _collected(collector, annotated, aside)
    if not annotated:
        why = f"none of its lines can be used; the first: {aside[0]}" if aside else "there is nothing in it"
        raise InputError("the annotation", why, "see docs/adapting.md for its layout")
    check_examples(types, annotated)
    whole = sum(a.whole for a in annotated)
    written = [Annotated(f"written {row['id']}", Report(row["text"], published=row["published"]), whole=False)
               for row in read_table("adapt/written.tsv")]  # fmt: skip
    tell(f"reading {len(written)} written reports to hold the rest in place")
    more = [s for n, one in enumerate(written, len(annotated)) for s in collector.collect(n, one)]
    scales = scales_of([*sentences, *more])
    folds = fold_of([*annotated, *written])
    tell("learning corrections")
    heads, figures = corrections([s for s in sentences if annotated[s.text].whole], more, scales, folds)
    own = []
    for kind in types:
        tell(f"learning {kind.name}")
        own.append(learn_type(kind, Texts(annotated, [*sentences, *more], folds, scales["top"])))
    if own:
        heads["reading"][OWN] = _beside([linear for linear, _ in own])
    made = Trained(
        Adaptation(weights_hash(), tuple(types), heads["reading"], heads["asking"]), whole, len(annotated) - whole,
        tuple(figures) if whole else (), tuple(figure for _, figure in own), tuple(aside), time.perf_counter() - begun,
    )  # fmt: skip
    return replace(made, adaptation=replace(made.adaptation, card=card(made)))


def _collected(
    collector: Collector, annotated: Sequence[Annotated], aside: list[InputError]
) -> tuple[list[Annotated], list[SentenceStates]]:
    """The texts that can be used and their sentences; the others go `aside`."""
    kept: list[Annotated] = []
    sentences: list[SentenceStates] = []
    for one in annotated:
        try:
            found = collector.collect(len(kept), one)
            if not found:
                raise InputError(one.name, "none of its sentences is read", "give a report's own text in English")
            lost = unplaced(one, found)
            if lost:
                words = one.report.text[lost[0].start : lost[0].end]
                more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
                hint = "mark whole words of one sentence that `communique read` codes"
                aside.append(InputError(one.name, f"{words!r}{more}: no whole words of a sentence that is read", hint))
                if not one.whole:
                    continue
        except InputError as error:
            aside.append(error)
            continue
        kept.append(one)
        sentences += found
    return kept, sentences


def scales_of(sentences: Sequence[SentenceStates]) -> dict[str, Scale]:
    """What is usual among the states of words, of triggers and of cues."""
    asked = [a for s in sentences for a in s.asked]
    return {
        "top": Scale.of(np.concatenate([s.top for s in sentences])),
        "own": Scale.of(np.stack([a.own for a in asked if a.kind == TRIGGER])),
        "own of cues": Scale.of(np.stack([a.own for a in asked if a.kind == CUE])),
    }


def fold_of(annotated: Sequence[Annotated]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The fold of each text: those with the same own types and from the same source are dealt out in turn, by their hash."""
    order = sorted(range(len(annotated)), key=lambda n: (
        annotated[n].whole, sorted({e.type for e in annotated[n].events}) if not annotated[n].whole else [],
        hashlib.sha256(annotated[n].report.text.encode("utf-8", "surrogatepass")).hexdigest(),
    ))  # fmt: skip
    folds = np.zeros(len(annotated), dtype=np.int64)
    folds[order] = np.arange(len(annotated)) % FOLDS
    return folds


def _beside(columns: Sequence[Linear]) -> Linear:
    """One `Linear` of several with one logit each."""
    return Linear(np.concatenate([c.weight for c in columns], axis=1), np.concatenate([c.bias for c in columns]))
