"""From the number down to the sentences: what an id of a store is, and every telling that it rests on, copies apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from communique.records import Claim, Explained, Incident
from communique.views.ink import Ink, when
from communique.views.why import why_lines
from communique.views.words import counted, office_of

if TYPE_CHECKING:
    from communique.store import Explanation, StoredEvent, StoredStatement


def show(found: Explanation, console: Console, reasons: Sequence[Explained] = ()) -> None:
    """Prints all of an explanation, and below it why participants are who they are."""
    ink = Ink(console)
    why = [Padding(ink.part(line, "dim"), (0, 0, 0, 2)) for one in reasons for line in why_lines(one)]
    heading = [Text(""), ink.part("why these participants:", "bold")] if why else []
    console.print(Group(*_Explained(found, ink).parts(), *heading, *why))


class _Explained:
    def __init__(self, found: Explanation, ink: Ink) -> None:
        self.found, self.ink = found, ink

    def parts(self) -> Iterator[RenderableType]:
        found, ink = self.found, self.ink
        yield ink.part(f"{found.kind} {found.id}", "bold")
        if found.report is not None:
            yield from self._report()
        if found.claim is not None:
            yield from self._claim(found.claim)
        if found.incident is not None and found.kind != "claim":
            yield from self._incident(found.incident)
        yield from self._tellings()
        yield from self._statements(found.statements)
        yield from self._corrections()

    def _report(self) -> Iterator[RenderableType]:
        kept = self.found.report
        assert kept is not None
        report = kept.coded.report
        yield self.ink.part(report.title or "(no title)")
        yield self.ink.joined(report.source, report.published, report.url)
        for version in kept.versions:
            current = "current" if version.current else "older"
            yield self.ink.joined(f"version {version.n}", current, f"added {version.added}", *version.readers)
        if kept.copied_by:
            yield self.ink.part("copied by " + ", ".join(kept.copied_by))
        yield from self._copies()

    def _incident(self, one: Incident) -> Iterator[RenderableType]:
        ink = self.ink
        own = self.found.kind == "incident"
        yield ink.incident(one) if own else Text.assemble(ink.part("part of incident "), ink.part(one.id, "bold"))
        counts = (
            f"{counted(one.reports, 'report')} of {counted(one.outlets, 'outlet')}, "
            f"{counted(one.origins, 'independent origin')}"
        )
        score = "" if one.score is None else f"score {one.score:g}"
        seen = f"first seen {one.first_seen}, last {one.last_seen}" if one.first_seen else ""
        yield ink.joined(when(one.date, one.first_seen), counts, seen, score, one.quad)

    def _claim(self, claim: Claim) -> Iterator[RenderableType]:
        ink = self.ink
        yield ink.deed(claim.type, "", "", claim.actors, claim.recipients)
        yield ink.joined(
            "contested" if claim.contested else "not contested", claim.date, f"heard {claim.since} to {claim.until}",
            f"{counted(claim.vouching, 'origin')} in its own voice", f"{counted(claim.passing_on, 'origin')} passing on",
        )  # fmt: skip
        for side in claim.sides:
            line = ink.entity(side.party).append(f" {side.stance} it", "bold")
            yield line.append_text(ink.part(f" · {side.since} to {side.until} · {counted(len(side.tellings), 'telling')}", "dim"))
            for report, words in side.words:
                yield Padding(ink.quoted(words).append_text(ink.part(f" ({report})", "dim")), (0, 0, 0, 4))
        for who, day, old, new in claim.turns:
            yield ink.part(f"{day}: {who}, who {old} it before, {new} it")

    def _tellings(self) -> Iterator[RenderableType]:
        """Tellings by the text that they come from: the origin first, its copies below it."""
        groups: dict[str, list[StoredEvent]] = {}
        for one in self.found.events:
            groups.setdefault(one.telling.witness, []).append(one)
        if not groups:
            return
        yield Text("")
        yield self.ink.part(f"told by {counted(len(groups), 'independent origin')}:", "bold")
        for origin, told in groups.items():
            own = [t for t in told if t.telling.report == origin]
            copies = [t for t in told if t.telling.report != origin]
            if not own:
                yield Padding(self.ink.part(f"from {origin}, which does not tell it itself", "dim"), (0, 0, 0, 2))
            for one in own:
                yield Padding(self._telling(one), (0, 0, 0, 2))
            for one in copies:
                yield Padding(self._telling(one), (0, 0, 0, 6))
        if self.found.report is None:
            yield from self._copies()

    def _telling(self, one: StoredEvent) -> RenderableType:
        told, ink = one.telling, self.ink
        head = ink.joined(told.outlet or "(no outlet)", told.published, told.report, f"event {told.event.id}", style="")
        if told.witness != told.report:
            head = ink.part("copy: ", "bold").append_text(head)
        version = f"version {one.version}" if one.version > 1 else ""
        lines = [head, ink.event(told.event), ink.quoted(one.sentence_text), ink.joined(one.title, one.url, version)]
        return Group(*(line for line in lines if line.plain))

    def _copies(self) -> Iterator[RenderableType]:
        for one in self.found.copies:
            yield self.ink.part(f"{one.report} copies {one.origin} (probability {one.probability:.2f})", "dim")

    def _statements(self, said: Iterable[StoredStatement]) -> Iterator[RenderableType]:
        ink = self.ink
        for n, one in enumerate(said):
            if n == 0:
                yield Text("")
                yield ink.part("said:", "bold")
            who = one.statement.speaker
            line = ink.part(one.statement.act, "bold blue").append(" ").append_text(ink.entity(who))
            line.append_text(ink.part(f", {office}" if (office := office_of(who)) else ""))
            facts = ink.joined(one.outlet, one.published, one.report, one.statement.id)
            within = ink.part(f"in: {one.sentence_text}", "dim")
            lines = [line, ink.quoted(one.words), within, facts, ink.joined(one.title, one.url)]
            yield Padding(Group(*(line for line in lines if line.plain)), (0, 0, 0, 2))

    def _corrections(self) -> Iterator[RenderableType]:
        for one in self.found.corrections:
            was = f"{one.field} was {one.original!r}, is {one.value!r}"
            yield self.ink.part(f"corrected by {one.who} on {one.made}: event {one.record}, {was}", "yellow")
