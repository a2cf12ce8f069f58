"""The words and signs that both views share: flags, statuses, source chains, dates, and text that is safe to show."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import urlsplit

from communique.records import CodedReport, Entity, Event, Statement
from communique.settings import read_table

STATUS_WORDS = {
    "actual": "reported as fact",
    "claimed": "claimed, not confirmed",
    "denied": "denied",
    "future": "planned or expected",
    "hypothetical": "may or might happen",
    "negated": "did not happen",
}
"""What each status of the codebook says, for people."""

KIND_WORDS = {
    "title": "headline",
    "dateline": "dateline",
    "caption": "caption",
    "related": "link to another story",
    "prompt": "page furniture",
    "credit": "credit",
}
"""Kinds of sentences that are not coded, for people."""

# C0 and C1 controls but tab and line ends, and the characters that turn the direction of what follows them.
_UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """`text` with each character that steers a terminal or turns the reading direction as one �: no offset moves."""
    return _UNSAFE.sub("�", text)


def web_address(url: str) -> str:
    """`url` if it is an address of the web, else "": nothing else of a report may become a link."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.netloc and url.isprintable() else ""


@lru_cache(maxsize=1)
def _letters() -> dict[str, str]:
    return {row["code"]: row["letters"] for row in read_table("actors/flags.tsv")}


def flag(country: str) -> str:
    """The flag emoji of a country code, "" where there is none (NGO, IMG, unknown)."""
    return "".join(chr(0x1F1E6 + ord(c) - ord("A")) for c in _letters().get(country, ""))


def display_name(entity: Entity) -> str:
    """What to call a participant: the resolved name, else its words."""
    return entity.name or entity.text


def alias(entity: Entity) -> str:
    """The words of the report, where they are other than the name that they resolve to ("She", "the minister")."""
    return entity.text if entity.name and entity.name not in entity.text and entity.text not in entity.name else ""


def office_of(entity: Entity) -> str:
    """The office, where the participant's name does not say it already."""
    return entity.office if entity.office.lower() not in display_name(entity).lower() else ""


def title_of(coded: CodedReport) -> str:
    """The report's title, else the headline that its text begins with, else its first words; "(no title)" if empty."""
    text = coded.report.text
    head = next((s for s in coded.sentences[:3] if s.kind == "title"), None)
    found = " ".join((coded.report.title or (text[head.start : head.end] if head else "")).split())
    if found:
        return found
    words = " ".join(text[:400].split())
    return f"“{shortened(words, 70)}”" if words else "(no title)"


def shortened(text: str, size: int) -> str:
    """`text`, cut at a word where it is longer than `size` characters."""
    return text if len(text) <= size else text[: size - 1].rsplit(" ", 1)[0] + " …"


def source_chain(sources: Sequence[Entity]) -> str:
    """On whose word, from the outside in: ``the word of Kyiv ‹UKR.GOV›, citing Polish officials ‹POL.GOV›``."""
    return ", citing ".join(f"{display_name(s)} ‹{s.code}›" for s in sources)


def event_label(event: Event) -> str:
    """Type and mode as one word, such as ``ACCUSE·allege``."""
    return f"{event.type}·{event.mode}" if event.mode else event.type


def counted(n: int, one: str, many: str = "") -> str:
    """``1 event``, ``3 events``."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def summary(coded: CodedReport) -> str:
    """One line on what was read: events by status, statements, and sentences left out."""
    parts = [counted(len(coded.events), "event")]
    other = {status: sum(e.status == status for e in coded.events) for status in STATUS_WORDS if status != "actual"}
    if named := ", ".join(f"{n} {status}" for status, n in other.items() if n):
        parts[0] += f" ({named})"
    parts.append(counted(len(coded.statements), "statement"))
    left = sum(not s.coded for s in coded.sentences)
    parts.append(counted(len(coded.sentences), "sentence") + (f" ({left} not coded)" if left else ""))
    return " · ".join(parts)


def by_sentence(coded: CodedReport) -> dict[int, tuple[list[Event], list[Statement]]]:
    """Events and statements by the number of their sentence, each in the text's order."""
    out: dict[int, tuple[list[Event], list[Statement]]] = {}
    for event in sorted(coded.events, key=lambda e: (e.start, e.end)):
        out.setdefault(event.sentence, ([], []))[0].append(event)
    for statement in sorted(coded.statements, key=lambda s: s.content[0].start if s.content else 0):
        out.setdefault(statement.sentence, ([], []))[1].append(statement)
    return out
