"""Puts together who said what, across sentences: cues with their contents, and quotations that run on without one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from communique.read.decode import RawCue, RawSentence, RoleSpan
from communique.records import Sentence

_EDGE_LEFT = " \t\n,;:“”\"«»‘—–-…"
_EDGE_RIGHT = " \t\n,;:“\"”«»‘—–-"
_CLOSERS = ("”", '"', "»")

QUOTED_SHARE = 0.7
"""Share of a sentence's characters inside quotation marks from which it counts as quoted. Tuned on gold/train."""


@dataclass(slots=True)
class Draft:
    """A statement before its speaker is resolved; `sentence` is where its cue stands."""

    sentence: int
    cue: tuple[int, int]
    speaker: RoleSpan | None
    content: list[tuple[int, int]]
    act: str
    probability: float
    sentences: set[int] = field(default_factory=set)

    @property
    def start(self) -> int:
        return self.content[0][0]


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """[start, end) without quotation marks, commas and white space at its edges."""
    while start < end and text[start] in _EDGE_LEFT:
        start += 1
    while end > start and text[end - 1] in _EDGE_RIGHT:
        end -= 1
    return start, end


def quotes_in(text: str, spans: Sequence[tuple[int, int]], quotations: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    """The verbatim parts of `spans`: their stretches inside `quotations` (marks included there), without the marks."""
    found: list[str] = []
    for start, end in spans:
        for opened, closed in quotations:
            s, e = trim(text, max(start, opened + 1), min(end, closed))
            if e > s:
                found.append(text[s:e])
    return tuple(found)


def _share_quoted(sentence: Sentence, quotations: Sequence[tuple[int, int]]) -> float:
    inside = sum(max(0, min(sentence.end, e) - max(sentence.start, s)) for s, e in quotations)
    return inside / max(1, sentence.end - sentence.start)


def _drafts(text: str, number: int, cues: Sequence[RawCue]) -> list[Draft]:
    out: list[Draft] = []
    for cue in sorted(cues, key=lambda c: -c.probability):
        content = [span for span in (trim(text, *s) for s in cue.content) if span[1] > span[0]]
        if not content or any(_overlap(content, d.content) > 0.8 for d in out):
            continue
        out.append(Draft(number, (cue.start, cue.end), cue.speaker, content, cue.act, cue.probability, {number}))
    return sorted(out, key=lambda d: d.start)


def _overlap(a: Sequence[tuple[int, int]], b: Sequence[tuple[int, int]]) -> float:
    shared = sum(max(0, min(e, f) - max(s, r)) for s, e in a for r, f in b)
    whole = sum(e - s for s, e in a) + sum(f - r for r, f in b) - shared
    return shared / whole if whole else 0.0


def _covered(sentence: Sentence, drafts: Sequence[Draft]) -> bool:
    own = [(sentence.start, sentence.end)]
    inside = [(max(s, sentence.start), min(e, sentence.end)) for d in drafts for s, e in d.content]
    return _overlap(own, [span for span in inside if span[1] > span[0]]) > 0.5


def _same_quotation(a: tuple[int, int], b: tuple[int, int], quotations: Sequence[tuple[int, int]]) -> bool:
    """Whether spans a and b touch one and the same quotation."""
    starts = [q[0] for q in quotations]
    i = bisect_right(starts, a[1]) - 1
    while i >= 0 and quotations[i][1] > a[0]:
        if quotations[i][0] < b[1] and quotations[i][1] > b[0]:
            return True
        i -= 1
    return False


def _host(
    text: str, n: int, sentences: Sequence[Sentence], drafts: Sequence[Draft], quotations: Sequence[tuple[int, int]]
) -> Draft | None:
    """The statement that the quoted sentence `n`, which has no cue of its own, belongs to."""
    here = sentences[n]
    span = (here.start, here.end)
    for draft in drafts:
        if n in draft.sentences or min(abs(n - s) for s in draft.sentences) > 1:
            continue
        if any(_same_quotation(c, span, quotations) for c in draft.content):
            return draft
    before = [d for d in drafts if n - 1 in d.sentences]
    if before and "\n" not in text[sentences[n - 1].end : here.start]:
        return max(before, key=lambda d: d.content[-1][1])
    after = [d for d in drafts if n + 1 in d.sentences]
    if after and "\n" not in text[here.end : sentences[n + 1].start]:
        return min(after, key=lambda d: d.start)
    paragraph = sentences[n - 1].end if n else 0
    if before and text[max(0, paragraph - 1) : paragraph] not in _CLOSERS:
        last = max(before, key=lambda d: d.content[-1][1])
        left_open = any(q[0] <= last.content[-1][0] < q[1] == paragraph for q in quotations)
        if left_open or any(_share_quoted(sentences[s], quotations) > QUOTED_SHARE for s in last.sentences):
            return last
    return None


def assemble(
    text: str, sentences: Sequence[Sentence], raw: Sequence[RawSentence], quotations: Sequence[tuple[int, int]]
) -> list[Draft]:
    """Statements of a report in the order of their contents.

    A quoted sentence without a cue joins the statement whose quotation it continues: the same marks first, then the
    statement before it in its paragraph, then the one after.
    """
    drafts: list[Draft] = []
    for sentence, scores in zip(sentences, raw, strict=True):
        drafts.extend(_drafts(text, sentence.n, scores.cues))
    waiting = [
        s.n for s in sentences
        if s.coded and not _covered(s, drafts) and _share_quoted(s, quotations) > QUOTED_SHARE
    ]  # fmt: skip
    # Twice: forwards, so that a run of sentences follows its first; backwards, so that it precedes its last.
    for order in (waiting, waiting[::-1]):
        for n in order:
            if any(n in d.sentences and n != d.sentence for d in drafts):
                continue
            host = _host(text, n, sentences, drafts, quotations)
            if host is not None:
                host.content.append(trim(text, sentences[n].start, sentences[n].end))
                host.content.sort()
                host.sentences.add(n)
    return sorted(drafts, key=lambda d: d.start)
