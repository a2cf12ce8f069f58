"""One report in, its sentences, events and statements out."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice

from communique.errors import InputError
from communique.ontology import EventType, beside
from communique.read.boilerplate import classify
from communique.read.build import ReportBuilder
from communique.read.context import context_of
from communique.read.decode import RawSentence, Thresholds, decoded
from communique.read.encode import Encoded, SentenceEncoder, quote_spans
from communique.read.gate import Gate
from communique.read.language import is_english
from communique.read.naming import reader_name
from communique.read.relations import Pair, Relation, relations
from communique.read.runtime import Model, OnnxModel
from communique.read.sentences import split
from communique.read.statements import assemble
from communique.records import MAX_CHARACTERS, CodedReport, Report, Sentence, day_given, parse_published, text_given
from communique.resolve.actors import ActorIndex

MAX_NOTES = 20
"""Notes on sentences that are told one by one."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    report: Report
    sentences: tuple[Sentence, ...]
    inputs: tuple[Encoded, ...]
    notes: tuple[str, ...]


class Reader:
    """Reads reports with the shipped weights. Make one with `communique.load` and keep it: it is safe to share.

    `model` stands in for the weights in tests, and for adapted ones (`communique.adapt`), which score the types `own` as well;
    `called` says what such a reader's codings are called. With `gate`, sentences in which next to surely nothing is told or said
    are not read by the model (`communique.read.gate`, which knows PLOVER's types alone: with `own` types all are read).
    """

    def __init__(
        self, model: Model | None = None, *, threads: int = 0, thresholds: Thresholds | None = None,
        index: ActorIndex | None = None, own: Sequence[EventType] = (), called: Callable[[], str] | None = None,
        gate: bool = False,
    ) -> None:  # fmt: skip
        self._encoder = SentenceEncoder.load()
        self._model = model if model is not None else OnnxModel(threads=threads)
        self._thresholds = thresholds or Thresholds.load()
        self._index = index if index is not None else ActorIndex.load()
        self._own = tuple(own)
        self._gate = Gate.load() if gate and not own else None
        self._called = called if called is not None else partial(reader_name, gate=gate)

    @cached_property
    def name(self) -> str:
        """What a coding by this reader is called in a store: it changes with whatever changes what is read."""
        return self._called()

    def read(self, text: str | Report, *, published: str | dt.date = "", title: str = "", source: str = "") -> CodedReport:
        """Reads one report.

        `published` is the date (ISO 8601, or a `datetime.date`) from which "on Wednesday" is told. Raises `InputError` where the
        text is longer than `MAX_CHARACTERS` or no string, or the date is none; an empty text gives an empty result with a note.
        """
        if isinstance(text, Report):
            return next(self.pipe([text]))
        title, source = text_given(title, "title"), text_given(source, "source")
        report = Report(text_given(text, "text"), published=day_given(published, "published"), title=title, source=source)
        return next(self.pipe([report]))

    def pipe(self, reports: Iterable[Report | str], *, batch_size: int = 16) -> Iterator[CodedReport]:
        """Reads a stream of reports, `batch_size` at a time, in order.

        Raises `InputError` for a report that cannot be read; `communique.gather.inputs.read_all` sets such reports
        aside instead.
        """
        if batch_size < 1:
            raise ValueError(f"batch_size {batch_size} is below 1: give the number of reports that may be taken at a time")
        stream = iter(reports)
        while chunk := list(islice(stream, batch_size)):
            yield from (self._finish(*self._scored(report)) for report in chunk)

    def inputs(self, report: Report) -> tuple[Encoded, ...]:
        """The sentences of `report` as the model reads them, in order, without those that are not coded."""
        return self._prepare(report).inputs

    def relate(self, pairs: Iterable[Pair]) -> Iterator[Relation]:
        """What a source does to a target: for each (sentence, source span, target span), a probability for each type, and which
        words of the sentence tell it.

        Spans are character offsets into the sentence.
        """
        return relations(self._encoder, self._model, self._thresholds, pairs)

    def _prepare(self, report: Report) -> _Prepared:
        if len(report.text) > MAX_CHARACTERS:
            raise InputError(
                f"report {report.id or report.title!r}",
                f"has {len(report.text):,} characters, more than {MAX_CHARACTERS:,}",
                "cut it into its articles",
            )
        parse_published(report.published)
        if not report.text.strip():
            return _Prepared(report, (), (), (*report.notes, "the report is empty: nothing was read"))
        english, language = is_english(report.text, report.language)
        sentences = tuple(classify(report.text, split(report.text), report.title))
        if not english:
            note = f"the report is not in English ({language}): it was kept and not coded"
            return _Prepared(_with_language(report, language), sentences, (), (*report.notes, note))
        spans = [(s.start, s.end) for s in sentences]
        coded = [s.n for s in sentences if s.coded]
        contexts = _contexts(report.text, spans, coded)
        inputs = self._encoder.encode(report.text, spans, contexts)
        kept = tuple(inputs[n] for n in coded)
        cut = [n for n in coded if inputs[n].cut]
        notes = tuple(f"sentence {n} is longer than the model reads at once: its end was not coded" for n in cut)
        if len(notes) > MAX_NOTES:
            notes = (*notes[:MAX_NOTES], f"and {len(notes) - MAX_NOTES} more sentences like these")
        return _Prepared(_with_language(report, "en"), sentences, kept, (*report.notes, *notes))

    def _scored(self, report: Report | str) -> tuple[_Prepared, list[RawSentence]]:
        """A report's sentences, and what the model reads in each of them."""
        prepared = self._prepare(report if isinstance(report, Report) else Report(text_given(report, "text")))
        raw = [RawSentence()] * len(prepared.sentences)
        if prepared.inputs:
            coded = (s.n for s in prepared.sentences if s.coded)
            told = [(n, e) for n, e in zip(coded, prepared.inputs, strict=True) if self._gate is None or self._gate.lets(e)]
            for (n, _), found in zip(told, self._raw([encoded for _, encoded in told]), strict=True):
                raw[n] = found
        return prepared, raw

    def _raw(self, inputs: Sequence[Encoded]) -> list[RawSentence]:
        """What the model reads in each input: a pass over the sentences, and one over what it proposes in them."""
        passes = decoded(self._model, inputs, self._thresholds, self._own)
        return [decoder.read(answers) for decoder, answers in passes]

    def _finish(self, prepared: _Prepared, raw: Sequence[RawSentence]) -> CodedReport:
        """The records of a report from what the model reads in its sentences."""
        report, sentences = prepared.report, prepared.sentences
        if not prepared.inputs:
            said = len(prepared.notes) > len(report.notes)
            why = () if said else ("no sentence of the report is its own text",)
            return CodedReport(report, sentences, notes=(*prepared.notes, *why))
        quotations = quote_spans(report.text)
        drafts = assemble(report.text, sentences, raw, quotations)
        builder = ReportBuilder(report, sentences, self._index, quotations)
        with beside(self._own):
            events, statements, contexts = builder.build(raw, drafts)
        notes = prepared.notes if events or statements else (*prepared.notes, "no event and no statement was found")
        return CodedReport(report, sentences, events, statements, contexts, notes)


def _with_language(report: Report, language: str) -> Report:
    return dataclasses.replace(report, language=language)


def _contexts(text: str, spans: Sequence[tuple[int, int]], coded: Sequence[int]) -> list[list[int]]:
    """Context of each sentence, from the coded ones alone: a caption says nothing of what follows it."""
    kept = [spans[n] for n in coded]
    out: list[list[int]] = [[] for _ in spans]
    for i, n in enumerate(coded):
        out[n] = [coded[k] for k in context_of(text, kept, i)]
    return out
