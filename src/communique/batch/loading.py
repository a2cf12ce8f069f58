"""Files of `communique batch` on their way into a store: told from other Parquet by what their end says, and not read again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from communique.batch.files import Footer, footer_of, sound_rows
from communique.batch.layout import coded_of
from communique.errors import InputError, MissingExtraError
from communique.gather.archives.pieces import Piece, Source, Ways
from communique.records import CodedReport, Report

_MAGIC = b"PAR1"


@dataclass(frozen=True, slots=True)
class CodedPiece(Piece):
    """A row of such a file: its place in the file, from 1, is `n`, and `record` that of what it was made of in its shard."""

    record: int
    coded: Callable[[], CodedReport | InputError]


def coded_source(source: Source) -> tuple[Source, Footer] | None:
    """`source`, whose pieces are then `CodedPiece`, and what it says of itself; None where it is none of these files."""
    if not source.origin or not source.size:
        return None
    try:
        with open(source.name, "rb") as handle:
            if handle.read(len(_MAGIC)) != _MAGIC:
                return None
        footer = footer_of(source.name)
    except (OSError, ValueError, MissingExtraError):
        return None  # reading it tells
    if footer is None:
        return None
    return replace(source, reading=_pieces), footer


def shard_of(footer: Footer) -> Source:
    """The shard that a file was made of, for noting what failed of it: `communique retry` makes those records again there. Its
    stamp is left out, since nobody read it here."""
    return Source(footer.origin, lambda _: iter(()), footer.origin, ways=Ways.from_json(footer.ways))


def _pieces(source: Source) -> Iterator[Piece]:
    for n, row in enumerate(sound_rows(source.name), 1):
        coded = partial(coded_of, row)
        yield CodedPiece(n, f"{source.name}, row {n}", partial(_report, coded), row["record"], coded)


def _report(coded: Callable[[], CodedReport | InputError]) -> Report:
    found = coded()
    if isinstance(found, InputError):
        raise found
    return found.report
