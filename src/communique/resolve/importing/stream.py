"""Lines of a file of any size, packed or not, one at a time."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from communique.errors import InputError

LONGEST = 64 * 1024 * 1024
"""Most bytes of one line: Wikidata's longest are below 10 MB."""

_GZIP, _BZ2 = b"\x1f\x8b", b"BZh"
BROKEN = (EOFError, OSError, zlib.error, lzma.LZMAError)


def open_packed(path: Path) -> BinaryIO:
    """`path` for reading; gzip and bzip2 are told by their first bytes. Raises `InputError`."""
    try:
        with path.open("rb") as handle:
            head = handle.read(3)
    except OSError as error:
        raise InputError(str(path), f"cannot be read: {error.strerror or error}", "check the path") from error
    if head.startswith(_GZIP):
        return cast(BinaryIO, gzip.open(path, "rb"))
    if head == _BZ2:
        return cast(BinaryIO, bz2.open(path, "rb"))
    return path.open("rb")


def lines(path: Path) -> Iterator[tuple[int, bytes, str]]:
    """(number from 1, line without its end, what is wrong with it) of each line; the line is empty where something is.

    A file that is cut off or damaged ends with a line that says so: what came before it stands.
    """
    number = 0
    with open_packed(path) as handle:
        reader = io.BufferedReader(cast(io.RawIOBase, handle), 1 << 20)
        while True:
            number += 1
            try:
                line = reader.readline(LONGEST)
                if len(line) == LONGEST and not line.endswith(b"\n"):
                    while (more := reader.readline(LONGEST)) and not more.endswith(b"\n"):
                        pass
                    yield number, b"", f"has more than {LONGEST:,} bytes"
                    continue
            except BROKEN as error:
                yield number, b"", f"is where the packed file breaks off: {error}"
                return
            if not line:
                return
            yield number, line.rstrip(b"\r\n"), ""
