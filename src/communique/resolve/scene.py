"""Which of a sentence's places an event happened at.

A place counts where the words say that something is there, in the event's own clause and in the words of the same voice: what
is said in Geneva about a strike did not happen in Geneva. A participant is no place, but what lies in its words may be ("a
hospital in Kharkiv"). Better none than a wrong one: two places far apart part an incident.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from communique.resolve.places import PlaceMention
from communique.resolve.toponyms import Words
from communique.settings import read_table

Span = tuple[int, int]
BREAK = re.compile(
    r"[;:—–]|\s-\s|,\s(?:who|whom|whose|which|where|as|since|and|or|so)\b|,\s[a-z]+ed\s(?:in|at|across)\s"
    r"|\b(?:while|whereas|when|because|but|though|although|unless|until|if|according to)\b|\bsince\s(?:an?|it|he|she|they)\b"
    r"|\b(?:after|before)\b(?!\s(?:dawn|dusk|noon|midday|midnight|dark|sunrise|sunset|nightfall)\b)",
    re.IGNORECASE,
)
"""Where another clause begins. "And" without a comma may join two names, or two deeds at one place."""
_HERE = re.compile(r"(?:\s(?:on|in|since|last|late|early|[A-Z]\w+|\d+)){0,4},?\s(?:where|when)\b")
_AFTER = re.compile(r"\s(?:after|before)\s(?:[\w’'-]+\s){0,3}", re.IGNORECASE)
"""Between a place and the trigger: "arrested in Minsk after a rally" is one scene."""
_FRAME = re.compile(
    r"(?:In|At|Near|On|Across|Outside|Inside|Around|Throughout)\s(?:(?!(?:that|who|which|where)\s)[\w’'-]+\s){0,6}"
)
_THERE = re.compile(r"\s(?:in|at|near|of|around|outside)\s(?:the\s)?$")
_INSIDE = re.compile(r"\b(?:in|inside|near|outside)\s(?:the\s)?$", re.IGNORECASE)
BACK = 2.0
"""How much farther off a place seems that stands before the trigger. A guess; on the 130 events nothing depends on it."""


@dataclass(frozen=True, slots=True)
class Voice:
    """One statement: where its speaker is named, and the spans of what is said."""

    speaker: Span | None
    content: Sequence[Span]


@dataclass(frozen=True, slots=True)
class Deed:
    """What `place_of` knows of an event: offsets of its sentence, its trigger and its participants' words, and its type."""

    sentence: Span
    trigger: Span
    type: str = ""
    mode: str = ""
    actors: Sequence[Span] = ()
    recipients: Sequence[Span] = ()
    voices: Sequence[Voice] = ()


class Counts(NamedTuple):
    """Row of data/places/acts.tsv: which places count besides those where something is."""

    nowhere: bool = False
    object: bool = False
    toward: bool = False
    origin: bool = False


@lru_cache(maxsize=1)
def _acts() -> dict[tuple[str, str], Counts]:
    names = ("nowhere", "object", "toward", "from")
    return {(row["type"], row["mode"] or ""): Counts(*(row[n] == "yes" for n in names)) for row in read_table("places/acts.tsv")}


@lru_cache(maxsize=1)
def _object() -> re.Pattern[str]:
    """What may stand between a trigger and the place that is its object: "bombarded the airport of", "stormed the town of"."""
    kinds = "|".join(sorted(Words.load()["ground"] | Words.load()["parts"] | Words.load()["side"]))
    return re.compile(rf"\s(?:(?:the|all|most|much|half|of|into|on|[A-Z]\w+|{kinds})\s)*")


def place_of(mentions: Sequence[PlaceMention], text: str, deed: Deed) -> PlaceMention | None:
    """The place of `deed` among the `mentions` of its sentence in `text`; None where the words tell none."""
    counts = _acts().get((deed.type, deed.mode)) or _acts().get((deed.type, ""), Counts())
    start, end = deed.sentence
    here = [m for m in mentions if start <= m.start and m.end <= end]
    if counts.nowhere or not here:
        return None
    ranked = [(rank, m) for m in here for rank in _ranks(text, m, deed, counts)]
    if not ranked:
        return None
    best = min(rank for rank, _ in ranked)
    return _nearest([m for rank, m in ranked if rank == best], deed)


def _nearest(found: Sequence[PlaceMention], deed: Deed) -> PlaceMention:
    """The finest and nearest, an actor's own last: a container is told with what it holds, a country with its towns."""
    outer = {m.inside for m in found}
    finer = {m.place.country for m in found if m.place.kind not in ("country", "continent")}
    kept = [m for m in found if m.start not in outer and not (m.place.kind == "country" and m.place.country in finer)] or found

    def distance(m: PlaceMention) -> float:
        return m.start - deed.trigger[1] if m.start >= deed.trigger[0] else BACK * (deed.trigger[0] - m.end)

    def acting(m: PlaceMention) -> bool:
        return any(a <= m.start < b for a, b in deed.actors)

    return min(kept, key=lambda m: (m.place.kind == "continent", acting(m), distance(m)))


def _ranks(text: str, m: PlaceMention, deed: Deed, counts: Counts) -> Iterator[int]:
    """0 where the event's own clause says so, 1 where the head of the sentence does or a witness who speaks there."""
    between = text[deed.trigger[1] : m.start] if m.start >= deed.trigger[1] else text[m.end : deed.trigger[0]]
    here = m.end <= deed.trigger[0] and _HERE.match(between)
    if here:
        if not BREAK.search(between, here.end()):
            yield 0
        return
    if not _same_voice(m, deed):
        if _witnessed(text, m, deed):
            yield 1
        return
    own = not BREAK.search(between) or (m.end <= deed.trigger[0] and bool(_AFTER.fullmatch(between)))
    if own and _led(text, m, deed, counts):
        yield 0
    elif m.way == "at" and m.end <= deed.trigger[0] and _FRAME.fullmatch(text, deed.sentence[0], m.start):
        yield 1


def _led(text: str, m: PlaceMention, deed: Deed, counts: Counts) -> bool:
    """Whether the words before a place lead the event there. Who is named so and acts is no place, but where it is visited."""
    way = m.way == "at" or (m.way == "toward" and counts.toward) or (m.way == "from" and counts.origin)
    if _begins(text, m, (*deed.actors, *deed.recipients)) and not (_begins(text, m, deed.recipients) and counts.object):
        return way and (counts.toward or bool(_INSIDE.search(text, deed.sentence[0], m.start)))
    return way or _follows(text, m, deed, counts)


def _follows(text: str, m: PlaceMention, deed: Deed, counts: Counts) -> bool:
    """Whether the name is the object of the trigger: "captured Bukavu", "the bombing of Gaza"."""
    after = m.start >= deed.trigger[1]
    bare = not text.startswith(("'", "’", "-"), m.end) and m.way == ""
    return counts.object and bare and after and bool(_object().fullmatch(text[deed.trigger[1] : m.start]))


def _begins(text: str, m: PlaceMention, parties: Sequence[Span]) -> bool:
    """Whether a party's words begin with the name: then it acts, or is acted upon."""
    return any(a <= m.start < b and text[a : m.start].strip().lower() in ("", "the") for a, b in parties)


def _same_voice(m: PlaceMention, deed: Deed) -> bool:
    """Whether the place and the trigger stand in the same statements."""

    def within(span: Span, content: Sequence[Span]) -> bool:
        return any(a < span[1] and span[0] < b for a, b in content)

    return all(within(deed.trigger, v.content) == within((m.start, m.end), v.content) for v in deed.voices)


def _witnessed(text: str, m: PlaceMention, deed: Deed) -> bool:
    """Whether who speaks is where it happened: "police in Basra said", not "officials in Geneva said"."""
    if not _THERE.search(text, deed.sentence[0], m.start):
        return False
    for voice in deed.voices:
        told = any(a < deed.trigger[1] and deed.trigger[0] < b for a, b in voice.content)
        if told and voice.speaker is not None and voice.speaker[0] < m.start < voice.speaker[1] + 25:
            head = re.findall(r"[a-z]+", text[voice.speaker[0] : m.start].lower())
            return any(word in Words.load()["witness"] for word in head[:3])
    return False
