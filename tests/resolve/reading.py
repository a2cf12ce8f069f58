"""A report in a line: what words of a short text resolve to."""

from __future__ import annotations

import re
from functools import lru_cache

from communique.records import Entity
from communique.resolve.actors import ActorIndex
from communique.resolve.report import ReportResolver


@lru_cache(maxsize=1)
def index() -> ActorIndex:
    return ActorIndex.load()


def resolver(text: str, day: str = "2018-06-01") -> ReportResolver:
    """The resolver of `text`, whose sentences end at full stops before a blank and a capital or a quotation mark."""
    ends = [m.end() for m in re.finditer(r"(?<=[a-z\d])[.?!][”\"]?(?=\s+[A-Z“\"])", text)]
    starts = [0, *(e + len(text[e:]) - len(text[e:].lstrip()) for e in ends)]
    quotations = [m.span(1) for m in re.finditer(r"“([^”]*)”", text)]
    return ReportResolver(text, list(zip(starts, [*ends, len(text)], strict=True)), day, index(), quotations)


def at(text: str, words: str, nth: int = 0) -> tuple[int, int]:
    """Offsets of the `nth` (from 0; -1 the last) occurrence of `words` as whole words."""
    found = [m.span() for m in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", text)]
    return found[nth]


def found(text: str, words: str, nth: int = 0, *, day: str = "2018-06-01", role: str = "actor", event: str = "") -> Entity:
    """The one entity that `words` of `text` stand for."""
    (one,) = everyone(text, words, nth, day=day, role=role, event=event)
    return one


def everyone(
    text: str, words: str, nth: int = 0, *, day: str = "2018-06-01", role: str = "actor", event: str = "", mode: str = "",
    alone: bool = True,
) -> tuple[Entity, ...]:  # fmt: skip
    return resolver(text, day).resolve(*at(text, words, nth), role=role, event=event, mode=mode, alone=alone)


def code(text: str, words: str, nth: int = 0, *, day: str = "2018-06-01", role: str = "actor", event: str = "") -> str:
    """Country and sector of `words` in `text`, as in ``RUS.GOV``."""
    return found(text, words, nth, day=day, role=role, event=event).code


def countries(text: str, words: str, nth: int = 0) -> list[str]:
    return [e.country for e in everyone(text, words, nth)]
