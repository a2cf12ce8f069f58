"""The reader of a server: one, in a thread of its own, with a short queue before it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from communique.records import CodedReport, Report
from communique.resolve.trace import tracing
from communique.serve.problems import Problem


class OneReader:
    """Reads one text at a time; the weights are loaded with the first. At most `waiting` texts wait."""

    def __init__(self, waiting: int) -> None:
        self.waiting = waiting
        self._reader: Any = None
        self._pending = 0
        self._thread = ThreadPoolExecutor(1, "communique-reader")

    async def read(self, report: Report) -> CodedReport:
        """What is read in `report`. Raises `Problem` where too many wait, and as `Reader.read` does."""
        return await self._turn(self._read, report)

    async def explain(self, report: Report) -> CodedReport:
        """As `read`, with the reasons of what was resolved (`communique.explaining`)."""
        return await self._turn(self._explain, report)

    async def _turn(self, work: Callable[[Report], CodedReport], report: Report) -> CodedReport:
        if self._pending > self.waiting:
            headers = {"Retry-After": "5"}
            raise Problem("busy", f"{self._pending} texts wait for the reader: try again later", headers=headers)
        self._pending += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work, report)
        finally:
            self._pending -= 1

    def _read(self, report: Report) -> CodedReport:
        if self._reader is None:
            import communique

            self._reader = communique.load()
        found: CodedReport = self._reader.read(report)
        return found

    def _explain(self, report: Report) -> CodedReport:
        # What `communique.explaining` does, with the reader that is loaded: a second one would load the weights again.
        with tracing() as trace:
            coded = self._read(report)
        return trace.told(coded)

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)
