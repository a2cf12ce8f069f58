"""A user's own event types: a small tab-separated table with the columns name, quad, score, definition and maybe instead."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Sequence
from pathlib import Path

from communique.errors import InputError
from communique.ontology import EventType, event_types

COLUMNS = ("name", "quad", "score", "definition")
_NAME = re.compile(r"[A-Z][A-Z0-9_]{1,39}")
_YES = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False, "": False}


def read_types(path: Path) -> tuple[EventType, ...]:
    """The types of the table at `path`. Raises `InputError` at the first row that cannot be used."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(path), f"cannot be read as a table of types: {error}", "write it as UTF-8 text") from error
    rows = [(n, line) for n, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]
    if not rows:
        raise InputError(str(path), "holds no type", f"give the columns {', '.join(COLUMNS)}, parted by tabs, and a row a type")
    head = [cell.strip() for cell in rows[0][1].split("\t")]
    missing = [name for name in COLUMNS if name not in head]
    if missing:
        raise InputError(str(path), f"has no column {missing[0]!r}", f"the columns are {', '.join(COLUMNS)}, parted by tabs")
    found: dict[str, EventType] = {}
    for (n, _), row in zip(rows[1:], csv.DictReader((r for _, r in rows[1:]), head, delimiter="\t", quoting=csv.QUOTE_NONE),
                           strict=True):  # fmt: skip
        kind = _type(f"{path}, line {n}", {k: (v or "").strip() for k, v in row.items() if isinstance(k, str)})
        if kind.name in found:
            raise InputError(f"{path}, line {n}", f"the type {kind.name!r} stands twice", "give each type one row")
        found[kind.name] = kind
    return tuple(found.values())


def _type(where: str, row: dict[str, str]) -> EventType:
    name, quad = row["name"], row["quad"]
    if not _NAME.fullmatch(name):
        raise InputError(where, f"the name {name!r} is no name of a type", "write it in capitals, such as PIRACY")
    if name in event_types():
        raise InputError(where, f"{name!r} is PLOVER's own type", "choose another name")
    quads = sorted({kind.quad for kind in event_types().values()})
    if quad not in quads:
        raise InputError(where, f"the quad {quad!r} is unknown", f"it is one of {', '.join(quads)}")
    try:
        score = float(row["score"])
    except ValueError:
        score = math.nan
    if not -10 <= score <= 10:
        raise InputError(where, f"the score {row['score']!r} is no number from -10 to 10", "-10 is conflict, 10 cooperation")
    if row.get("instead", "").lower() not in _YES:
        raise InputError(where, f"instead is {row['instead']!r}", "write yes or no")
    return EventType(name, quad, score, "", (), row["definition"], _YES[row.get("instead", "").lower()])


def write_types(path: Path, types: Sequence[EventType]) -> None:
    """Writes `types` as `read_types` reads them."""
    lines = ["\t".join((*COLUMNS, "instead"))]
    lines += [f"{t.name}\t{t.quad}\t{t.score:g}\t{t.definition}\t{'yes' if t.instead else 'no'}" for t in types]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
