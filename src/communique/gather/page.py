"""A web page to the article on it: text, title, date, site and address, by trafilatura."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from communique.errors import InputError

MIN_PROSE = 150
"""Characters of prose below which a page holds no article: error pages and logins stay below 130, and the shortest of
60 real articles (shared/data/pages) has 549."""

_STOPS = (".", "!", "?", "…", "。", "！", "？", "।", "؟")


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says about its article; unknown is the empty string."""

    text: str
    title: str = ""
    published: str = ""
    site: str = ""
    url: str = ""


def read_page(html: str, source: str) -> Page:
    """The article on a page. `source` names the page in errors.

    Raises `InputError` where the page cannot be parsed or holds no article.
    """
    from trafilatura import bare_extraction

    # A date looked for in the running text is a guess, and "on Wednesday" would be told from it: markup only.
    dates = {"original_date": True, "extensive_search": False, "max_date": dt.date.today().isoformat()}
    try:
        found = bare_extraction(
            html, with_metadata=True, include_comments=False, include_tables=False, date_extraction_params=dates
        )
    except Exception as error:  # any page may come in, and one that breaks the parser must not lose the others
        raise InputError(source, f"cannot be parsed as HTML ({type(error).__name__})", "give the article's text") from error
    if found is None or isinstance(found, dict) or prose(found.text or "") < MIN_PROSE:
        raise InputError(source, "is a page without an article", "give the article's own page, or its text as plain text")
    return Page(found.text or "", found.title or "", found.date or "", found.sitename or "", found.url or "")


def prose(text: str) -> int:
    """Characters in lines that hold a sentence: lists of links and buttons count nothing."""
    lines = (line for line in text.splitlines() if len(line) >= 40 or any(s in line for s in "。！？"))
    return sum(len(line) for line in lines if any(stop in line for stop in _STOPS))
