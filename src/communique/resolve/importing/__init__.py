"""Other sources' officials and bodies into the user's own table: Wikidata, FollowTheMoney, CSV. `import_actors` is the way in."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path

from communique.errors import InputError
from communique.resolve.importing import ftm, rows, wikidata
from communique.resolve.importing.office import OfficeReader
from communique.resolve.importing.stream import lines
from communique.resolve.importing.table import OwnTable, Summary, workspace
from communique.resolve.lexicon import Lexicon

COLLECTORS: dict[str, Callable[..., None]] = {"wikidata": wikidata.collect, "ftm": ftm.collect, "csv": rows.collect}
"""Formats by name, with what reads them."""


def format_of(path: Path) -> str:
    """The format of a file by its first lines. Raises `InputError` where they are none of the known ones."""
    for _, line, wrong in islice(lines(path), 20):
        if wrong:
            break
        line = line.strip().removeprefix(b"\xef\xbb\xbf")
        if line in (b"", b"["):
            continue
        if not line.startswith(b"{"):
            return "csv"
        if b'"schema"' in line and b'"properties"' in line:
            return "ftm"
        if b'"claims"' in line or b'"labels"' in line:
            return "wikidata"
    raise InputError(str(path), "is in no format that can be told", f"say which with --format {'|'.join(COLLECTORS)}")


def import_actors(path: Path, out: Path, *, format: str = "", undated: bool = False) -> Summary:
    """Adds the officials and bodies of the file at `path` to the table at `out`, which is made where there is none.

    `undated` also takes offices without dates. What memory it needs does not grow with the file. Raises `InputError`.
    """
    kind = format or format_of(path)
    summary = Summary(str(path), kind)
    reader = OfficeReader(Lexicon.load())
    with workspace(out.absolute().parent) as base:
        table = OwnTable(base, out, summary)
        COLLECTORS[kind](path, base, table, reader, undated)
        table.write()
    return summary
