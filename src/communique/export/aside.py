"""Files that are there whole or not at all: written aside, and put in their place when done."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def whole(path: str | Path | TextIO) -> Iterator[TextIO]:
    """A text handle, UTF-8 and with "\\n" as line end, whose content stands at `path` once all went well.

    What fails on the way leaves a file that was there as it was. An open handle is written to as it is and not closed.
    """
    if not isinstance(path, str | Path):
        yield path
        return
    path = Path(path)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("w", encoding="utf-8", newline="\n", errors="replace") as handle:
            yield handle
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
