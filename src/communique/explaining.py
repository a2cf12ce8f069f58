"""A reader whose reports say why their entities are who they are. Make one with ``communique.load(explain=True)``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from communique.read.reader import Reader
from communique.records import CodedReport, Report
from communique.resolve.trace import tracing


class ExplainingReader(Reader):
    """Reads as `Reader` does, with the same results, and keeps each report's reasons."""

    def pipe(self, reports: Iterable[Report | str], *, batch_size: int = 16) -> Iterator[CodedReport]:
        """As `Reader.pipe`; each report comes with its `reasons`."""
        stream = super().pipe(reports, batch_size=batch_size)
        while True:
            # The stream reads a report when it is asked for it, so that what is noted meanwhile is this report's.
            with tracing() as trace:
                coded = next(stream, None)
            if coded is None:
                return
            yield trace.told(coded)
