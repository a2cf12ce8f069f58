"""Who copies whom: a sketch of each report, the keys under which copies are looked for, and what two sketches say.

A copy has the text of another report: word for word, cut, or reworded in its order with its details and quotations. Two
reports of one event in words of their own are none, even where both quote one press conference. What decides are the
signs of `signs`, with the weights in data/compare/copies.tsv (fitted by ``benchmarks/stories.py --fit``).

A store keeps `Sketch.keys` in an index and looks a new report up by `Sketch.near`, so that its cost does not depend on the
store's size. Who is the origin does not depend on who came first: see `origin_of`.
"""

from __future__ import annotations

import bisect
import datetime as dt
import math
import struct
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash

from communique.compare.credit import credited, is_agency
from communique.compare.shingles import Marks, hashed, marks, sentences_of
from communique.errors import InputError
from communique.records import Copy, Feature, Report, Sentence, parse_published
from communique.settings import read_table

FORMAT = 1
"""Of a sketch's bytes. It grows when shingles, hashes or permutations change: older sketches must then be made anew."""

PERMUTATIONS, SEED = 128, 20_240_410
"""Of the signature that is kept: its estimate of a Jaccard similarity of 0.2 has a standard error of 0.035."""

RUN_BANDS, DETAIL_BANDS, SAME_BANDS = (24, 2), (16, 3), (6, 6)
"""Keys by (how many, rows each): over shingles, over names and numbers, and over shingles at whatever date. On the
tuning half every copy shares a key with a text of its group, and a report meets few others (docs/copies.md)."""

QUOTE_KEYS = 6
"""Most keys by runs of quoted words, those with the smallest hashes, so that two reports choose alike."""

WEEK = 7
"""Days of a bucket. A report is looked for in its own and both beside it: copies follow within a week, or in any later one
where they are nearly the same text (`SAME_BANDS`)."""

THRESHOLD = 0.7
"""Probability from which a text is a copy. The written stories, where a third of the pairs are copies, would do with 0.5; among
articles as they come, 46 pairs of 455 shared a key and 3 of those had one text, so that more is asked for (docs/copies.md)."""

MIN_WORDS = 25
"""Words with meaning, in the shorter text, below which two texts are copies only where nearly all is the same: a brief of one
sentence has nothing to tell a copy from another's report by (chosen before any measurement)."""

MATCHED = 0.5
"""Share of a sentence's words from which another sentence tells the same (chosen before any measurement)."""

FEW_DETAILS, FEW_QUOTED = 2, 8
"""Added to the details of the shorter, and to the runs of quoted words of whoever quotes less, so that one phrase which all the
world quotes says little (chosen once, on two articles of the training pool that had only "blew up almost immediately" alike)."""

_UNDATED = "9999-12-31"


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is kept of a report's text to find and judge copies; about 1.5 kB as bytes.

    `rank` orders reports by who can copy whom: day, an agency before others, minute, key. `agency` is whom it credits.
    """

    key: str
    rank: tuple[str, bool, float, str]
    agency: str
    signature: tuple[int, ...]
    size: int
    bases: tuple[int, ...]
    marks: Marks

    @property
    def day(self) -> int | None:
        """The day of publication as an ordinal, None where unknown."""
        return None if self.rank[0] == _UNDATED else dt.date.fromisoformat(self.rank[0]).toordinal()

    @property
    def keys(self) -> tuple[int, ...]:
        """63-bit keys under which this report is kept."""
        bucket = 0 if self.day is None else self.day // WEEK
        return tuple(sorted({_key(base, bucket) for base in self.bases} | self._undated()))

    @property
    def near(self) -> tuple[int, ...]:
        """Keys that reports which could be copies of one text with this one are kept under."""
        buckets = [0] if self.day is None else [self.day // WEEK + step for step in (-1, 0, 1)]
        return tuple(sorted({_key(base, b) for base in self.bases for b in buckets} | self._undated()))

    def _undated(self) -> set[int]:
        return {_key(base, -1) for base in self.bases[: SAME_BANDS[0]]}

    def to_bytes(self) -> bytes:
        """All but the key, as bytes; see `from_bytes`."""
        m = self.marks
        day, own, minute, _ = self.rank
        agency = self.agency.encode()
        counts = [len(s) for s in m.sentences]
        head = struct.pack("<B10s?dB", FORMAT, day.encode(), own, minute, len(agency)) + agency
        head += struct.pack("<IHHHH", self.size, len(self.bases), len(m.sentences), len(m.details), len(m.quoted))
        wide = np.array([*self.signature, *self.bases, *m.quoted], "<u4").tobytes()
        flat = [h for s in m.sentences for h in sorted(s)]
        return head + wide + np.array([*counts, *flat, *sorted(m.details)], "<u2").tobytes()


def from_bytes(key: str, data: bytes) -> Sketch:
    """The sketch that `Sketch.to_bytes` gave, of the report `key`. Its shingles are left out: judging does without them.

    Raises `InputError` where the bytes are of another format.
    """
    if not data or data[0] != FORMAT:
        other = data[0] if data else "none"
        raise InputError(f"the sketch of report {key!r}", f"has format {other}, not {FORMAT}", "make it anew from the text")
    _, day, own, minute, length = struct.unpack_from("<B10s?dB", data)
    at = struct.calcsize("<B10s?dB")
    agency = data[at : at + length].decode()
    size, bases, sentences, details, quoted = struct.unpack_from("<IHHHH", data, at + length)
    at += length + struct.calcsize("<IHHHH")
    wide: list[int] = np.frombuffer(data, "<u4", PERMUTATIONS + bases + quoted, at).tolist()
    short: list[int] = np.frombuffer(data, "<u2", -1, at + 4 * len(wide)).tolist()
    sets: list[frozenset[int]] = []
    position = sentences
    for count in short[:sentences]:
        sets.append(frozenset(short[position : position + count]))
        position += count
    found = Marks((), tuple(sets), frozenset(short[position : position + details]), tuple(wide[PERMUTATIONS + bases :]))
    kept, keys = tuple(wide[:PERMUTATIONS]), tuple(wide[PERMUTATIONS : PERMUTATIONS + bases])
    return Sketch(key, (day.decode(), own, minute, key), agency, kept, size, keys, found)


def sketch(report: Report, sentences: Iterable[Sentence] | None = None) -> Sketch:
    """The sketch of a report; `sentences` spares splitting its text again where it is coded already.

    Raises `InputError` where its date is none.
    """
    return _sketches([(report, marks(report.text, sentences_of(report) if sentences is None else sentences))])[0]


def sketches(reports: Iterable[Report]) -> list[Sketch]:
    """As `sketch`, of many reports: what is asked of rensa starts threads each time, and is asked once for all.

    Raises `InputError` where the date of one is none.
    """
    return _sketches([(report, marks(report.text, sentences_of(report))) for report in reports])


def _sketches(given: Sequence[tuple[Report, Marks]]) -> list[Sketch]:
    signatures = _minhash([found.shingles for _, found in given], PERMUTATIONS)
    details = _minhash([sorted(found.details) for _, found in given], DETAIL_BANDS[0] * DETAIL_BANDS[1])
    return [_sketch(*one) for one in zip(given, signatures, details, strict=True)]


def _sketch(given: tuple[Report, Marks], signature: Sequence[int], details: Sequence[int]) -> Sketch:
    report, found = given
    bases = _bands(signature, SAME_BANDS, "same") + _bands(signature, RUN_BANDS, "run") + _bands(details, DETAIL_BANDS, "detail")
    bases += [hashed(f"quote {q}") for q in sorted(found.quoted)[:QUOTE_KEYS]]
    kept = replace(found, shingles=())
    return Sketch(report.key, rank(report), credited(report), tuple(signature), len(found.shingles), tuple(bases), kept)


def rank(report: Report) -> tuple[str, bool, float, str]:
    """The order in which reports can be origins: day, agencies first, minute of UTC, key. Undated ones come last.

    Raises `InputError` where its date is none.
    """
    day = parse_published(report.published)
    moment = _moment(report.published)
    return (day.isoformat() if day else _UNDATED, not is_agency(report.source), moment, report.key)


def _moment(published: str) -> float:
    """Seconds of UTC since 1970 where the date has a time, else infinity."""
    value = published.strip()
    if len(value) <= 10:
        return math.inf
    try:
        found = dt.datetime.fromisoformat(value)
    except ValueError:
        found = parsedate_to_datetime(value)
    return (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).timestamp()


def _minhash(sets: Sequence[Sequence[int]], permutations: int) -> list[list[int]]:
    """`permutations` values of 32 bits of each set of tokens; all zero for an empty one."""
    # rensa takes hashes as they are: spread over 64 bits, they need no strings.
    spread = [
        [(token * 0x9E3779B97F4A7C15 + 0x632BE59BD9B4E019) & (2**64 - 1) for token in tokens] for tokens in sets if tokens
    ]
    rows = iter(RMinHash.digest_matrix_from_token_hash_sets(spread, permutations, SEED).to_rows() if spread else ())
    return [[int(value) for value in next(rows)] if tokens else [0] * permutations for tokens in sets]


def _bands(signature: Sequence[int], shape: tuple[int, int], name: str) -> list[int]:
    count, rows = shape
    if not any(signature):
        return []
    return [hashed(f"{name} {i} {signature[i * rows : (i + 1) * rows]}") for i in range(count)]


def _key(base: int, bucket: int) -> int:
    """A base and a week as one number of 63 bits, as databases keep them."""
    return ((base << 31) ^ ((bucket * 0x9E3779B1) & 0x7FFFFFFF)) & (2**63 - 1)


@lru_cache(maxsize=1)
def _weights() -> Mapping[str, float]:
    return {row["sign"]: float(row["weight"]) for row in read_table("compare/copies.tsv")}


def signs(a: Sketch, b: Sketch) -> dict[str, float]:
    """What speaks for and against one text, each 0 to 1; the shorter text is held against the longer.

    `verbatim`: share of its runs of three words that the longer has, as estimated. `told`: how much of its sentences' words one
    sentence, or two neighbours, of the longer tell. `order`: share of its sentences told in the same order. `details`:
    share of its names and numbers that the longer has. `quoted`: share of what the one who quotes less quotes that both quote.
    `credit`: both credit one agency, within a day. `rival`: they credit different ones, which speaks against.
    """
    short, long = sorted((a, b), key=lambda s: (sum(map(len, s.marks.sentences)), s.key))
    told, order = _alignment(short.marks.sentences, long.marks.sentences)
    few, many = sorted((set(a.marks.quoted), set(b.marks.quoted)), key=len)
    both = bool(a.agency and b.agency)
    return {
        "verbatim": _contained(a, b),
        "told": told,
        "order": order,
        "details": _shared(short.marks.details, long.marks.details, FEW_DETAILS),
        "quoted": _shared(few, many, FEW_QUOTED),
        "credit": float(both and a.agency == b.agency and _days_apart(a, b) <= 1),
        "rival": float(both and a.agency != b.agency),
    }


def _days_apart(a: Sketch, b: Sketch) -> float:
    return math.inf if a.day is None or b.day is None else abs(a.day - b.day)


def _shared(few: Set[int], many: Set[int], least: int) -> float:
    """Share of `few` in `many`, lessened where `few` are hardly more than `least`."""
    return len(few & many) / (len(few) + least)


def _contained(a: Sketch, b: Sketch) -> float:
    """Share of the smaller set of shingles that the larger has, from the share of equal minima."""
    if not a.size or not b.size:
        return 0.0
    same: NDArray[np.bool_] = np.array(a.signature) == np.array(b.signature)
    jaccard = float(same.mean())
    return min(1.0, jaccard * (a.size + b.size) / (1 + jaccard) / min(a.size, b.size))


def _alignment(short: Sequence[frozenset[int]], long: Sequence[frozenset[int]]) -> tuple[float, float]:
    """(share of `short`'s words that its sentences' best counterparts have, share of its sentences matched in order)."""
    windows = [(n, s) for n, s in enumerate(long)] + [(n, s | long[n + 1]) for n, s in enumerate(long[:-1])]
    if not short or not windows:
        return 0.0, 0.0
    shared, places = 0, []
    for sentence in short:
        best, place = max((len(sentence & words), -n) for n, words in windows)
        shared += best
        if best >= MATCHED * len(sentence):
            places.append(-place)
    return shared / sum(map(len, short)), _rising(places) / len(short)


def _rising(places: Sequence[int]) -> int:
    """Length of the longest rising run, gaps allowed; equal neighbours rise."""
    ends: list[int] = []
    for place in places:
        at = bisect.bisect_right(ends, place)
        ends[at : at + 1] = [place]
    return len(ends)


def probability(found: Mapping[str, float]) -> float:
    """How likely two texts with these signs are one, by the weights of data/compare/copies.tsv."""
    weights = _weights()
    score = weights["base"] + sum(weights[name] * value for name, value in found.items())
    return 1 / (1 + math.exp(-score))


def judge(a: Sketch, b: Sketch) -> Copy | None:
    """That one copies the other, or None. The later in rank is the copy, whichever is given first."""
    if a.key == b.key:
        return None
    found = signs(a, b)
    chance = probability(found)
    least = min(sum(map(len, s.marks.sentences)) for s in (a, b))
    if chance < THRESHOLD or (least < MIN_WORDS and found["verbatim"] < 0.8):
        return None
    origin, report = sorted((a, b), key=lambda s: s.rank)
    reasons = tuple(Feature(name, round(value, 4), _weights()[name]) for name, value in found.items() if value)
    return Copy(report.key, origin.key, round(max(found["verbatim"], found["told"]), 4), round(chance, 4), reasons)


def origin_of(one: Sketch, candidates: Iterable[Sketch]) -> Copy | None:
    """Whom `one` copies: the first in rank of those with its text, or None where that is itself.

    What it says depends on the set of candidates alone. Where a report arrives after its copies, ask again for those that
    `overtaken` names. The origin may itself be a copy of something else (`roots` follows).
    """
    earlier = (c for c in candidates if c.rank < one.rank)
    return next((copy for c in sorted(earlier, key=lambda s: s.rank) if (copy := judge(one, c))), None)


def overtaken(one: Sketch, candidates: Iterable[Sketch]) -> tuple[Copy, ...]:
    """What `one`, where it is new, is the origin of among `candidates` that stand after it; each may have a better one."""
    later = sorted((c for c in candidates if c.rank > one.rank), key=lambda s: s.rank)
    return tuple(copy for c in later if (copy := judge(one, c)))


def roots(copies: Iterable[Copy]) -> dict[str, str]:
    """The first origin of each report that copies one, along the copies of copies. Each points to an earlier one, so it ends."""
    first = {c.report: c.origin for c in copies}

    def root(key: str) -> str:
        while key in first:
            key = first[key]
        return key

    return {key: root(key) for key in first}


def origins(sketches: Iterable[Sketch]) -> dict[str, Copy]:
    """Whom each of many reports copies, by report: what adding them one by one in whatever order gives."""
    known = list(sketches)
    by_key: dict[int, list[Sketch]] = {}
    for s in known:
        for key in s.keys:
            by_key.setdefault(key, []).append(s)
    found = {s.key: origin_of(s, {c.key: c for key in s.near for c in by_key.get(key, ())}.values()) for s in known}
    return {key: copy for key, copy in found.items() if copy}
