"""Files and folders that are there whole or not at all: written aside, and put in their place when done."""

from __future__ import annotations

import os
import shutil
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
    beside = _beside(path)
    try:
        with beside.open("w", encoding="utf-8", newline="\n", errors="replace") as handle:
            yield handle
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def folder_beside(path: Path, *, parents: bool = False) -> Iterator[Path]:
    """A new folder beside `path` to write to. It is deleted in the end: what is whole is moved out of it before. With `parents`
    the folders above are made where they are missing."""
    beside = _beside(path)
    try:
        beside.mkdir(parents=parents)
        yield beside
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.part")
