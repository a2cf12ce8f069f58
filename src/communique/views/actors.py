"""What was found in the tables of actors, and what an import did, as lines of text."""

from __future__ import annotations

from communique.resolve.find import Candidate, Found
from communique.resolve.importing.table import Summary
from communique.views.words import counted, printable

MOST = 40
"""Candidates that are shown; --json has them all."""


def found_lines(found: Found) -> list[str]:
    """The chosen one with what decided, then everyone, marked and in columns."""
    chosen = found.chosen
    where = f" ({found.country})" if found.country else ""
    who = _one(chosen) if chosen else "nobody is chosen"
    out = [f"{found.query}{where} on {found.day or 'any date'}: {who}", f"  why: {found.why}"]
    if found.candidates:
        out += ["", f"{counted(len(found.candidates), 'candidate')}:"]
    for c in found.candidates[:MOST]:
        mark = "*" if c.chosen else " "
        term = f"{c.since or '?'} to {c.until or 'now'}" if c.since or c.until else "no dates"
        held = "" if c.holds else ", not on the date"
        out.append(f"{mark} {_one(c)} | {term}{held} | {c.matched} | {c.source}")
    if len(found.candidates) > MOST:
        out.append(f"  ... and {len(found.candidates) - MOST} more: --json has them all")
    return [printable(line) for line in out]


def _one(candidate: Candidate) -> str:
    code = ".".join(part for part in (candidate.country, candidate.sector) if part)
    return f"{candidate.name} {code}" + (f", {candidate.office}" if candidate.office else "")


def import_lines(summary: Summary) -> list[str]:
    """What was kept, what was left out and why, and where the table is."""
    out = [
        f"{summary.file} ({summary.format}): {counted(summary.lines, 'line')} read, {summary.set_aside:,} set aside",
        f"{counted(summary.kept, 'row')} kept, {summary.left_out.total():,} left out",
    ]
    out += [f"  {n:,}: {reason}" for reason, n in summary.left_out.most_common()]
    out.append(f"{summary.table} now has {counted(summary.rows, 'row')}")
    return [printable(line) for line in out]
