"""A coded report in the terminal: its sentences, with their events and statements beside or below them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from communique.records import CodedReport, Entity, Event, Sentence, Statement
from communique.views.why import why_lines
from communique.views.words import (
    KIND_WORDS,
    alias,
    by_sentence,
    display_name,
    event_label,
    flag,
    office_of,
    printable,
    shortened,
    source_chain,
    summary,
    title_of,
)

QUAD_STYLES = {
    "verbal cooperation": "cyan",
    "material cooperation": "green",
    "verbal conflict": "yellow",
    "material conflict": "red",
}
STATUS_STYLES = {
    "actual": "bold",
    "claimed": "bold magenta",
    "denied": "bold red",
    "future": "bold blue",
    "hypothetical": "bold yellow",
    "negated": "bold bright_black",
}
WIDE = 120
"""Columns from which records stand beside their sentence; in fewer, both become too narrow to read."""

ASCII = str.maketrans({
    "→": ">", "▸": ">", "·": "-", "—": "-", "–": "-", "‘": "'", "’": "'", "‹": "<", "›": ">", "“": '"', "”": '"', "❝": '"',
    "…": "...", "×": "x",
})  # fmt: skip


def show(coded: CodedReport, console: Console) -> None:
    """Prints one report. Colour, width and flags follow `console`; no control character of the report reaches it."""
    console.print(_View(coded, console).render(), soft_wrap=False)


class _View:
    def __init__(self, coded: CodedReport, console: Console) -> None:
        self.coded, self.text = coded, printable(coded.report.text)
        self.wide = console.width >= WIDE
        self.unicode = (console.encoding or "").lower().replace("-", "").startswith("utf")

    def plain(self, text: str) -> str:
        """`text` in what the terminal's encoding can write."""
        return text if self.unicode else text.translate(ASCII).encode("ascii", "replace").decode()

    def part(self, text: str, style: str = "") -> Text:
        return Text(self.plain(printable(text)), style)

    def render(self) -> RenderableType:
        records = by_sentence(self.coded)
        rows: list[RenderableType] = [self._head()]
        shown = [self._sentence(s, *records.get(s.n, ([], []))) for s in self.coded.sentences]
        if not shown and self.text.strip():
            shown = [Padding(self.part(" ".join(self.text.split()), "dim"), (0, 0, 0, 5))]
        rows += shown
        rows.append(self._foot())
        return Group(*rows)

    def _head(self) -> RenderableType:
        report = self.coded.report
        title = self.part(title_of(self.coded), "bold")
        facts = [f for f in (report.source, report.published, report.url) if f]
        lines: list[RenderableType] = [Rule(characters="─" if self.unicode else "-", style="dim"), title]
        if facts:
            lines.append(self.part(" · ".join(facts), "dim"))
        if not report.published:
            lines.append(self.part("no publication date: days such as “on Wednesday” stay undated", "dim italic"))
        return Group(*lines, Text(""))

    def _sentence(self, sentence: Sentence, events: Sequence[Event], statements: Sequence[Statement]) -> RenderableType:
        number = Text(f"{sentence.n + 1:>3}", "dim")
        words = self._words(sentence, events, statements)
        records = Table.grid(padding=(0, 1, 0, 0))
        for event in events:
            records.add_row(self.part("▸", QUAD_STYLES.get(event.quad, "")), self._event(event))
            self._why(records, event.id)
        for statement in statements:
            records.add_row(self.part("❝", "blue"), self._statement(statement))
            self._why(records, statement.id)
        grid = Table.grid(padding=(0, 1, 0, 1), expand=True)
        grid.add_column(width=3, no_wrap=True)
        grid.add_column(ratio=11)
        if self.wide and records.rows:
            grid.add_column(ratio=10)
            grid.add_row(number, words, records)
        else:
            grid.add_row(number, words)
            if records.rows:
                grid.add_row("", Padding(records, (0, 0, 0, 2)))
        return Padding(grid, (0, 0, 1, 0))

    def _why(self, records: Table, ident: str) -> None:
        """Below a record, why its participants are who they are, where the report was read with reasons."""
        if self.coded.reasons is not None:
            for explained in self.coded.explain(ident):
                for line in why_lines(explained):
                    records.add_row("", self.part(line, "dim"))

    def _words(self, sentence: Sentence, events: Sequence[Event], statements: Sequence[Statement]) -> Text:
        raw = self.text[sentence.start : sentence.end].replace("\n", " ").replace("\r", " ").replace("\t", " ")
        if not sentence.coded:
            kind = KIND_WORDS.get(sentence.kind, sentence.kind)
            return Text.assemble(self.part(f"[not coded: {kind}] ", "dim italic"), self.part(raw, "dim"))
        words = Text(raw)
        for statement in statements:
            if statement.cue:
                words.stylize("italic", *self._within(sentence, statement.cue.start, statement.cue.end))
        for event in events:
            style = f"bold underline {QUAD_STYLES.get(event.quad, '')}"
            words.stylize(style, *self._within(sentence, event.start, event.end))
        if self.unicode:
            return words
        # Marks are placed by offset, so characters are replaced one by one.
        plain = "".join(c if c.isascii() else t if len(t := c.translate(ASCII)) == 1 and t.isascii() else "?" for c in raw)
        words.plain = plain
        return words

    @staticmethod
    def _within(sentence: Sentence, start: int, end: int) -> tuple[int, int]:
        size = sentence.end - sentence.start
        return max(0, min(start - sentence.start, size)), max(0, min(end - sentence.start, size))

    def _entity(self, entity: Entity) -> Text:
        sign = flag(entity.country) if self.unicode else ""
        name = display_name(entity)
        out = Text.assemble((f"{sign} " if sign else ""), self.part(entity.code, "bold"), self.part(f" {name}" if name else ""))
        if words := alias(entity):
            out.append_text(self.part(f" (“{words}”)", "dim"))
        return out

    def _entities(self, entities: Sequence[Entity]) -> Text:
        return Text(" + ").join([self._entity(e) for e in entities]) if entities else self.part("(not told)", "dim")

    def _event(self, event: Event) -> Text:
        colour = QUAD_STYLES.get(event.quad, "")
        line = Text.assemble(self.part(event_label(event), f"bold {colour}".strip()))
        line.append_text(self.part(f" “{event.trigger}” ", "italic"))
        line.append_text(self._entities(event.actors))
        if event.recipients:
            line.append_text(self.part(" → ", "bold"))
            line.append_text(self._entities(event.recipients))
        line.append_text(self._status(event))
        facts = [event.date, f"in {event.place}" if event.place else ""]
        line.append_text(self.part("".join(f" · {fact}" for fact in facts if fact)))
        if event.historical:
            line.append_text(self.part(" · historical", "italic"))
        return line

    def _status(self, event: Event) -> Text:
        out = Text.assemble(self.part(" · "), self.part(event.status, STATUS_STYLES.get(event.status, "")))
        if event.sources:
            out.append_text(self.part(f" on the word of {source_chain(event.sources)}"))
        return out

    def _statement(self, statement: Statement) -> Text:
        cue = self.text[statement.cue.start : statement.cue.end] if statement.cue else ""
        line = Text.assemble(self.part(statement.act, "bold blue"), " ")
        speaker = statement.speaker
        line.append_text(self._entity(speaker) if display_name(speaker) else self.part("(speaker not told)", "dim"))
        if office := office_of(speaker):
            line.append_text(self.part(f", {office}", "dim"))
        if cue:
            line.append_text(self.part(f" “{' '.join(cue.split())}”", "italic"))
        if statement.addressee:
            line.append_text(self.part(" to "))
            line.append_text(self._entities(statement.addressee))
        content = " … ".join(" ".join(self.text[s.start : s.end].split()) for s in statement.content)
        line.append_text(self.part(f": {shortened(content, 120)}", "dim"))
        return line

    def _foot(self) -> RenderableType:
        lines: list[RenderableType] = [self.part(summary(self.coded), "bold")]
        if self.coded.contexts:
            lines.append(self.part("about: " + ", ".join(self.coded.contexts), "dim"))
        lines += [self.part(f"note: {note}", "italic") for note in self.coded.notes]
        return Group(*lines, Text(""))
