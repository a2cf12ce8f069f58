"""How the words before a place's name lead to it: something is there ("in the town of Idlib"), goes there, comes from there or
passes ("from Kyiv", "beyond Kyiv"). `scene` chooses an event's place by it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from communique.resolve.toponyms import Spot, Text, Words

BEHIND = 110
"""Characters before a name that are looked at: "on the southern outskirts of the besieged north-eastern town of " has some 60."""
_CALENDAR = re.compile(
    r"\W+(?:\d|(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*\b)",
    re.IGNORECASE,
)


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """What leads to a name: the word itself, with the kind of place between; and what may stand behind a possessive name."""
    words = Words.load()

    def any_of(*classes: str) -> str:
        return "|".join(sorted({re.escape(w) for name in classes for w in words[name]}, key=lambda w: (-len(w), w)))

    leads = rf"(?<![\w’'-])(?P<way>{any_of('locative', 'toward', 'from', 'past')})\s"
    kind = any_of("ground", "parts")
    near = re.compile(rf"{leads}(?:(?:the|{any_of('side')})\s)*$", re.IGNORECASE)
    # "in the western garrison town of", "into its twin city,", "on the outskirts of the Iraqi capital,"
    far = re.compile(
        rf"{leads}(?:(?!(?:and|or|that|{any_of('locative', 'toward', 'from', 'past')})\s)[\w’'-]+\s){{0,6}}?"
        rf"(?:{kind})(?:\sof(?:\sthe)?|,)?\s$", re.IGNORECASE,
    )  # fmt: skip
    inner = re.compile(rf"['’]s?\s(?:(?:{any_of('side', 'ground', 'parts')}|[a-z]+-[a-z]+|[a-z]+(?:ed|held|ern|most))\s)*$")
    return near, far, inner


@lru_cache(maxsize=1)
def _parts() -> re.Pattern[str]:
    words = Words.load()
    return re.compile("['’]s? (?:[a-z]+ ){0,2}(?:" + "|".join(sorted(words["parts"] | words["side"] | words["ground"])) + r")\b")


def ways(read: Text, spots: Sequence[Spot]) -> None:
    """Sets the `way` of each of a report's `spots`, which stand in the order of the text."""
    held: dict[int, str] = {}
    for number, spot in enumerate(spots):
        way = _way(read, spot)
        after = read.text[spot.end : spot.end + 40]
        if way and read.tokens[spot.last].possessive and not _parts().match(after):
            # "in Syria's Idlib" is there, "in Beijing's arms" is not; "in Kyiv's Maidan" is in Kyiv.
            held[number] = way
            finer = number + 1 < len(spots) and _inside(read, spot, spots[number + 1])
            way = way if after[2:4].strip()[:1].isupper() and not finer else ""
        spot.way = way
    for number, (before, spot) in enumerate(pairwise(spots)):
        follows = spots[number + 2] if number + 2 < len(spots) else None
        if not spot.way and not _beside(read, spot):
            if number in held and _inside(read, before, spot):
                spot.way = held[number]
            elif before.way and _continues(read, before, spot, follows):
                spot.way = before.way


def _way(read: Text, spot: Spot) -> str:
    if _beside(read, spot):
        return ""
    words = Words.load()
    before = read.text[max(0, spot.start - BEHIND) : spot.start]
    near, far, _ = _patterns()
    match = near.search(before) or far.search(before)
    if not match:
        return ""
    last = before[: match.start()].split()[-1:]
    if last and last[0].lower() in words["seated"]:
        return ""
    way = match["way"].lower()
    return next((name for name in ("toward", "from", "past") if way in words[name]), "at")


def _beside(read: Text, spot: Spot) -> bool:
    """Whether the name only describes what follows it: "Kremlin-backed", "Dresden Zoo"; or says who speaks: "Moscow said"."""
    if spot.signs.get("compound") or spot.signs.get("speech after") or spot.embedded:
        return True
    return bool(spot.signs.get("cap after")) and not _CALENDAR.match(read.text[spot.end : spot.end + 12])


def _inside(read: Text, outer: Spot, inner: Spot) -> bool:
    sea = inner.candidates[0].kind in ("water", "mountain")  # "Ukraine's Black Sea ports" are no sea
    return not sea and bool(_patterns()[2].fullmatch(read.text[outer.end : inner.start]))


def _continues(read: Text, before: Spot, spot: Spot, follows: Spot | None) -> bool:
    """Whether a list or a chain goes on: "in Kyiv and Odesa", "in Kyiv, Odesa and Lviv", "in Sderot, Israel"."""
    if spot.contained is before:
        return True
    gap = read.text[before.end : spot.start]
    if gap in (" and ", " or "):
        return True
    row = follows is not None and read.text[spot.end : follows.start] in (", ", " and ", ", and ")
    return gap == ", " and row
