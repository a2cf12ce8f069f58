"""How the terminal views of a store write parties, statuses and dates: colour and characters follow the console."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from communique.records import Entity, Event, Incident
from communique.views.terminal import ASCII, QUAD_STYLES, STATUS_STYLES
from communique.views.words import display_name, flag, printable, shortened, source_chain

# A tab, an end of line, and what some terminals take for one.
_ENDS = re.compile("[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]")

_QUOTES = ("“", "‘", "\"", "«", "„")

SENTENCE = 300
"""Characters of a sentence that are shown."""


class Ink:
    """Writes parts of records as text that no report can use to steer the terminal."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.unicode = (console.encoding or "").lower().replace("-", "").startswith("utf")

    def part(self, text: str, style: str = "") -> Text:
        """`text` as one line, in what the terminal's encoding can write."""
        line = _ENDS.sub(" ", printable(text))
        return Text(line if self.unicode else line.translate(ASCII).encode("ascii", "replace").decode(), style)

    def joined(self, *parts: str, style: str = "dim") -> Text:
        """What is not empty of `parts`, with a dot between."""
        return self.part(" · ".join(p for p in parts if p), style)

    def entity(self, entity: Entity) -> Text:
        sign = flag(entity.country) if self.unicode else ""
        name = display_name(entity)
        return Text.assemble(f"{sign} " if sign else "", self.part(entity.code, "bold"), self.part(f" {name}") if name else "")

    def entities(self, entities: Sequence[Entity]) -> Text:
        return Text(" + ").join([self.entity(e) for e in entities]) if entities else self.part("(not told)", "dim")

    def deed(self, kind: str, mode: str, quad: str, actors: Sequence[Entity], recipients: Sequence[Entity]) -> Text:
        """Type and mode, and who does it to whom."""
        colour = QUAD_STYLES.get(quad, "")
        line = self.part(f"{kind}·{mode}" if mode else kind, f"bold {colour}".strip()).append(" ")
        line.append_text(self.entities(actors))
        if recipients:
            line.append_text(self.part(" → ", "bold")).append_text(self.entities(recipients))
        return line

    def event(self, event: Event) -> Text:
        """An event with its status and on whose word it stands."""
        line = self.deed(event.type, event.mode, event.quad, event.actors, event.recipients)
        line.append_text(self.status(event.status))
        if event.sources:
            line.append_text(self.part(" ")).append_text(self.part(f"on the word of {source_chain(event.sources)}"))
        return line.append_text(self.part(" · historical", "italic")) if event.historical else line

    def incident(self, incident: Incident) -> Text:
        line = self.deed(incident.type, incident.mode, incident.quad, incident.actors, incident.recipients)
        line.append_text(self.status(incident.status))
        return line.append_text(self.part(f" · in {incident.place}")) if incident.place else line

    def status(self, status: str) -> Text:
        return Text.assemble(" · " if self.unicode else " - ", self.part(status, STATUS_STYLES.get(status, "")))

    def quoted(self, words: str, style: str = "italic") -> Text:
        """`words` in quotation marks, unless they come with their own."""
        line = shortened(" ".join(words.split()), SENTENCE)
        return self.part(line if line[:1] in _QUOTES else f"“{line}”", style)


def when(date: str, published: str) -> str:
    """The date that a record has, else the day of publication, marked as such."""
    return date or (f"({published})" if published else "")
