"""The column layouts, as their tables in data/export say: what the writers fill and docs/exports.md shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from communique.errors import InputError
from communique.export.fields import FIELDS, Value
from communique.export.rows import Fact
from communique.settings import read_table

LAYOUTS = ("plover", "polecat", "icews", "gdelt_events", "gdelt_mentions", "parquet", "ftm")


@dataclass(frozen=True, slots=True)
class Column:
    """A column, the field that fills it ("" where it stays empty), Arrow's kind where the layout has one, and a note."""

    name: str
    field: str
    kind: str
    note: str

    def value(self, fact: Fact) -> Value:
        """What stands in this column for a fact; None and "" are an empty cell."""
        return FIELDS[self.field](fact) if self.field else None


@cache
def layout(name: str) -> tuple[Column, ...]:
    """The columns of a layout, in order. Raises `InputError` for a name that is not in `LAYOUTS`."""
    if name not in LAYOUTS:
        raise InputError(f"layout {name!r}", "is not one of " + ", ".join(LAYOUTS))
    rows = read_table(f"export/{name}.tsv")
    if name == "ftm":
        return tuple(Column(f"{r['schema']}:{r['property']}", "", r["schema"], r["note"] or "") for r in rows)
    return tuple(Column(r["column"], r["field"] or "", r.get("kind") or "", r["note"] or "") for r in rows)


def markdown(name: str) -> str:
    """The table of a layout for docs/exports.md."""
    columns = layout(name)
    if name == "ftm":
        lines = ["| schema | property | it holds |", "|---|---|---|"]
        return "\n".join([*lines, *(f"| {c.kind} | {c.name.partition(':')[2]} | {c.note} |" for c in columns)])
    lines = ["| column | filled from | note |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {c.name} | {_filled(name, c)} | {c.note} |" for c in columns)])


def _filled(name: str, column: Column) -> str:
    if column.field:
        return column.field
    return "`day`" if name == "parquet" and column.name == "month" else "*(empty)*"


def counts() -> Mapping[str, tuple[int, int]]:
    """By layout: how many columns it has, and how many of them are filled."""
    return {name: (len(layout(name)), sum(bool(c.field) for c in layout(name))) for name in LAYOUTS if name != "ftm"}
