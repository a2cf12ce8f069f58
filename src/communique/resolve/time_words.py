"""Words that say when, seen from an event's trigger: how far they lie from it, and what stands between and before them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from communique.resolve.time_expressions import TimeExpression

EDGE = re.compile(
    r"[;:“”\"—]|,\s+(?:and|but|while|which|who|after|before|as|when|where|with|saying|following|adding)\b"
    r"|\b(?:while|after|before|when|since|that|which|who|because|although|though|until|whether|if|following|amid|ahead\s+of|where|over)\b"
)
# Verbs of another deed between the words and the trigger: they own the time.
_VERB = re.compile(
    r"\b(?:said|says|told|was|were|has|had|is|are|will|would|came|comes|began|took|made|met|held|went|[a-z]{3,}ed)\b"
)
# "An attack that killed three on Monday": the clause goes on telling the trigger's own deed.
_GOES_ON = re.compile(
    r",?\s+(?:that|which|who)\s+(?:(?:\w+ly|also|has|have|had|was|were)\s+)*"
    r"(?:[a-z]{2,}ed|left|took|began|broke|brought|led|hit|struck|came|held|met|cost)\b"
)
# Told as planned for the day behind it, whatever the event's status: "a truce scheduled to begin Tuesday".
_PLANNED = re.compile(
    r"\b(?:will|would|shall|scheduled|expected|due|slated|planned|plans?|set|intends?|hopes?|upcoming|deadline|by|until|before"
    r"|ahead\s+of)\b[^,;:“”\"]{0,60}$",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"\b(on|in|by|until|since|before|after|from|for|of|to|at|during|late|early|through|over|following|between|the|earlier|said|as"
    r"|last|next)\s*$",
    re.IGNORECASE,
)
_DUE = re.compile(r"\b(?:by|until|no\s+later\s+than)\s+(?:the\s+(?:end|start|middle)\s+of\s+)?$", re.IGNORECASE)
_ORDERED = re.compile(
    r"\b(?:must|should|shall|ha[sd]\s+to|have\s+to|needs?\s+to|demand\w*|urg(?:e[ds]?|ing)|order\w*|call(?:s|ed|ing)?\s+(?:on|for)|ask\w*"
    r"|told|insist\w*|wants?|deadline|ultimatum)\b[^.;]*$",
    re.IGNORECASE,
)
# How the words before a trigger place it in time; the first that fits is taken.
_TENSES = tuple(
    (name, re.compile(pattern + r"\s+(?:(?:\w+ly|not|also|been|already|now|then|first|so|far)\s+)*(?:[“\"]\s*)?$", re.IGNORECASE))
    for name, pattern in (
        ("perfect", r"(?:\b(?:has|have)|['’](?:s|ve)\s+been)"),
        ("pluperfect", r"\bhad"),
        ("present", r"\b(?:is|are|am|continues?\s+to|keeps?|still|remains?|being|under)"),
        ("was", r"\b(?:was|were)"),
        ("modal", r"\b(?:will|would|could|may|might|should|can|must|cannot|won['’]t)"),
        ("to", r"\bto"),
        ("recent", r"\b(?:recent|latest|new|fresh|last|newest|this|these)(?:\s+[\w-]+)?"),
        ("ongoing", r"\b(?:ongoing|continuing|growing|current|present|continued|mounting|increasing)(?:\s+[\w-]+)?"),
        ("former", r"\b(?:previous|earlier|former|past|prior|old|first)(?:\s+[\w-]+)?"),
        ("plural", r"\b(?:several|many|numerous|some|all|any|other|more|dozens\s+of|series\s+of|of|no)(?:\s+[\w-]+)?"),
        ("the", r"\b(?:the|that|those)(?:\s+[\w-]+)?"),
        ("his", r"\b(?:his|her|its|their|our|your|my)(?:\s+[\w-]+)?|['’]s?(?:\s+[\w-]+)?"),
        ("a", r"\b(?:an?|another|one)(?:\s+[\w-]+)?"),
        ("in", r"\b(?:in|by|for|on|with|from|after|before|during|over|against|at)(?:\s+[\w-]+)?"),
    )
)
_ENDS = re.compile(r"(?:ings?|ed|s)$")
_LINK_REACH = 14
_OBJECT = re.compile(r"\s+(?:for\s+|on\s+|to\s+)?(?:the|an?|his|her|its|their|[\w.]+['’]s?)\s+(?:[\w.-]+\s+){0,2}")
_WORD = re.compile(r"[a-z]+")
_SUFFIX = re.compile(r"(?:ings?|ed|e?s|ions?|ments?|e)$")
_TO_COME = re.compile(r"\bto\s+(?:[a-z]+ly\s+)?[a-z]+\b[^,;:“”\"]{0,60}$")
_AND = re.compile(r"[^,;:.“”\"—]{0,60}\b(?:and|or)\s+(?:[\w'’]+\s+){0,2}")
_COUNTED_REACH = 80
"""Characters from "two days after" within which the event is told that it counts from."""
_NEXT = re.compile(r"(?:the\s+)?(?:next|coming|tomorrow|later\s+(?:this|today|in))\b", re.IGNORECASE)
_SINCE = re.compile(r"\bsince\s", re.IGNORECASE)


def cost(text: str, expression: TimeExpression, trigger: tuple[int, int]) -> float:
    """How badly an expression fits a trigger: the words between, more over a clause's edge or another verb."""
    if expression.start >= trigger[1]:
        between, factor = text[trigger[1] : expression.start], 1.0
        goes_on = None if expression.attached else _GOES_ON.match(between)
        if goes_on:
            # The clause's own verb and edge do not count; 10 keeps a day that stands nearer in front.
            rest = between[goes_on.end() :]
            return goes_on.end() * 0.5 + 10.0 + len(rest) + _hindrance(rest)
    elif trigger[0] >= expression.end:
        between, factor = text[expression.end : trigger[0]], 1.2
    else:
        return 0.0
    if expression.attached and expression.start < trigger[0]:
        # "Thursday's talks": the noun behind, unless a verb or a clause stands between.
        return len(between) * 0.5 + 80 * len(_VERB.findall(between)) + 80 * len(EDGE.findall(between))
    if expression.attached:
        return len(between) + 80.0
    return len(between) * factor + _hindrance(between)


def _hindrance(between: str) -> float:
    return 60.0 * len(EDGE.findall(between)) + 30.0 * len(_VERB.findall(between))


def joined(text: str, expression: TimeExpression, trigger: tuple[int, int]) -> bool:
    """Whether neither a verb nor a clause's edge stands between an expression and a trigger."""
    between = text[min(trigger[1], expression.end) : max(trigger[0], expression.start)]
    return not EDGE.search(between) and not _VERB.search(between)


def planned(text: str, start: int, expression: TimeExpression) -> bool:
    """Whether the words before an expression, in its sentence from `start`, look ahead to it ("scheduled to begin Tuesday")."""
    return bool(_PLANNED.search(text[start : expression.start]))


def due(text: str, start: int, expression: TimeExpression) -> bool:
    """Whether an expression says until when something is to be done: "by March 31"."""
    return bool(_DUE.search(text[max(start, expression.start - 24) : expression.start]))


def ordered(text: str, start: int, expression: TimeExpression) -> bool:
    """Whether an expression is when what somebody must do, or is told to do, is due: never a day gone by."""
    return due(text, start, expression) and bool(_ORDERED.search(text[start : expression.start]))


def since(text: str, expression: TimeExpression) -> bool:
    """Whether an expression says since when."""
    return bool(_SINCE.search(text[max(0, expression.start - 12) : expression.start + 6]))


def link(text: str, start: int, expression: TimeExpression) -> str:
    """The small word that ties an expression to what stands before it in its sentence ("on", "by", "after"), "-" for none."""
    found = _LINK.search(text[max(start, expression.start - _LINK_REACH) : expression.start])
    return found[1].lower() if found else "-"


def to_come(text: str, start: int, expression: TimeExpression) -> bool:
    """Whether an infinitive stands before an expression, in its sentence from `start`: "asked to visit in early February"."""
    return bool(_TO_COME.search(text[start : expression.start]))


def counted_from(text: str, expression: TimeExpression, spans: Sequence[tuple[int, int]]) -> list[int]:
    """Which of a sentence's triggers "a day after" counts from: the first behind it, and those that "and" ties to that one."""
    behind = sorted((span, at) for at, span in enumerate(spans) if span[0] >= expression.end)
    if not behind or behind[0][0][0] - expression.end > _COUNTED_REACH:
        return []
    found = [behind[0][1]]
    for (before, _), (span, at) in pairwise(behind):
        if not _AND.fullmatch(text, before[1], span[0]):
            break
        found.append(at)
    return found


def names_next(text: str, expression: TimeExpression) -> bool:
    """Whether an expression can only mean what is to come ("next week", "tomorrow")."""
    return bool(_NEXT.match(text, expression.start))


def tense(text: str, start: int, trigger: tuple[int, int]) -> str:
    """How the words before a trigger place it in time, in its sentence from `start`, and its ending ("perfect/ed")."""
    before = text[max(start, trigger[0] - 40) : trigger[0]]
    found = next((name for name, pattern in _TENSES if pattern.search(before)), "bare")
    ending = _ENDS.search(text[trigger[0] : trigger[1]].split(" ")[0].lower())
    return f"{found}/{ending.group()[:3] if ending else '-'}"


def is_object(text: str, expression: TimeExpression, span: tuple[int, int], spans: Sequence[tuple[int, int]]) -> bool:
    """Whether a trigger is but the object of a verb that the words behind it date: "condemned the attack on Monday"."""
    if expression.start < span[1]:
        return False
    before = [other[1] for other in spans if other[1] <= span[0] and span[0] - other[1] < 30]
    return bool(before) and bool(_OBJECT.fullmatch(text[max(before) : span[0]]))


def stems(words: str) -> frozenset[str]:
    """The stems of a trigger's words, by which two tellings of one event know each other."""
    return frozenset(_SUFFIX.sub("", w)[:6] for w in _WORD.findall(words.lower()) if len(w) > 3)
