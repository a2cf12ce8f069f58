"""Hand-built incidents and claims between parties, written for the project."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from communique.ontology import event_types
from communique.records import Claim, Entity, Incident, SeriesRow, Side


def party(code: str, name: str = "") -> Entity:
    country, _, sector = code.partition(".")
    return Entity(name or code, None, None, country, sector, name)


def parties(codes: str) -> tuple[Entity, ...]:
    return tuple(party(c) for c in codes.split())


def incident(
    ident: str, kind: str, actors: str, recipients: str = "", date: str = "2024-04-10", *, seen: str = "", status: str = "actual",
    mode: str = "", reports: int = 1, tellings: Sequence[tuple[str, str]] = (), score: float | None = None,
) -> Incident:  # fmt: skip
    """An incident; parties as codes parted by blanks."""
    known = event_types()[kind]
    seen = seen or (date if len(date) == 10 else "2024-04-10")
    return Incident(
        ident, kind, mode, parties(actors), parties(recipients), status, date, "", None, seen, seen,
        tuple(tellings) or ((f"r-{ident}", f"e-{ident}"),), reports, reports, 1, known.score if score is None else score,
        known.quad,
    )  # fmt: skip


def row(ident: str, kind: str, day: str, *, status: str = "actual", a: str = "NOR", b: str = "RUS") -> SeriesRow:
    known = event_types()[kind]
    return SeriesRow(
        ident, a, b, day, True, day, kind, "", known.quad, known.score, status, 1, 1, False, day
    )  # fmt: skip


def weekly(kind: str, weeks: int, *, start: str = "2023-01-04", prefix: str = "w", every: int = 1) -> list[SeriesRow]:
    """One incident every so many weeks."""
    first = dt.date.fromisoformat(start)
    return [row(f"{prefix}{n}", kind, (first + dt.timedelta(weeks=n)).isoformat()) for n in range(0, weeks, every)]


def claim(ident: str, asserts: tuple[str, str], denies: tuple[str, str], *, contested: bool = True, actors: str = "RUS") -> Claim:
    """A claim; sides as (code, since)."""
    sides = (
        Side(party(asserts[0]), "asserts", asserts[1], asserts[1], (("r1", "e1"),)),
        Side(party(denies[0]), "denies", denies[1], denies[1], (("r2", "e2"),)),
    )
    return Claim(
        ident, "COERCE", parties(actors), parties("NOR"), "", sides, asserts[1], denies[1], 0, 1, contested,
        tellings=(("r1", "e1"), ("r2", "e2")),
    )  # fmt: skip
