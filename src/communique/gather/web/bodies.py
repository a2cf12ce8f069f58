"""The body of an answer, unpacked as it comes and never beyond a bound: what is small on the wire can be endless unpacked."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable

_GZIP = b"\x1f\x8b"
ENCODINGS = ("gzip", "deflate")
"""The encodings that are asked for. Brotli and zstd cannot be bounded as they are unpacked, with the libraries at hand."""

SLICE = 65_536
"""Bytes of a file that are unpacked at once."""


class TooLargeError(Exception):
    """The body is longer than the bound, as sent or unpacked."""


class BrokenBodyError(Exception):
    """The body is not what its encoding says, or ends early."""


class Unpacker:
    """Unpacks a body piece by piece. `encoding` is that of the header; more than `room` bytes raise `TooLargeError`.

    A body that its header calls gzip, and that is not, is taken as it is: servers that say so are common.
    """

    def __init__(self, encoding: str, room: int) -> None:
        names = [name for part in encoding.lower().split(",") if (name := part.strip()) not in ("", "identity")]
        if len(names) > 1 or any(name not in ("gzip", "x-gzip", "deflate") for name in names):
            raise BrokenBodyError(f"is encoded as {encoding[:40]!r}, which was not asked for")
        self._name = names[0].removeprefix("x-") if names else ""
        self._room = room
        self._engine: zlib._Decompress | None = None
        self._started = self._plain = False
        self._first = b""

    def feed(self, piece: bytes) -> bytes:
        """What `piece` adds. Raises `TooLargeError` and `BrokenBodyError`."""
        if not self._name or self._plain:
            return self._counted(piece)
        if not self._started:
            self._first += piece
            if len(self._first) < 2:
                return b""
            piece, self._first = self._first, b""
            self._begin(piece)
            if self._plain:
                return self._counted(piece)
        return self._inflate(piece)

    def end(self) -> bytes:
        """What is left at the end. Raises `BrokenBodyError` where the body ends before its own end mark."""
        if self._first:
            return self._counted(self._first)
        if self._engine is not None and not self._engine.eof:
            raise BrokenBodyError(f"ends in the middle of its {self._name} data")
        return b""

    def _begin(self, head: bytes) -> None:
        self._started = True
        if self._name == "gzip":
            self._plain = not head.startswith(_GZIP)
            self._engine = None if self._plain else zlib.decompressobj(31)
            return
        # "deflate" means zlib's form, but some servers send the bare one.
        zlib_form = head[0] & 15 == 8 and int.from_bytes(head[:2], "big") % 31 == 0
        self._engine = zlib.decompressobj(15 if zlib_form else -15)

    def _inflate(self, piece: bytes) -> bytes:
        out = []
        while piece and self._engine is not None:
            if self._engine.eof:
                if not piece.startswith(_GZIP):  # what stands behind the end is nobody's
                    break
                self._engine = zlib.decompressobj(31)
            try:
                out.append(self._counted(self._engine.decompress(piece, self._room + 1)))
            except zlib.error as error:
                raise BrokenBodyError(f"is broken {self._name} data: {error}") from error
            piece = self._engine.unused_data if self._engine.eof else self._engine.unconsumed_tail
        return b"".join(out)

    def _counted(self, data: bytes) -> bytes:
        self._room -= len(data)
        if self._room < 0:
            raise TooLargeError
        return data


def read_body(
    pieces: Iterable[bytes], encoding: str, max_bytes: int, *, look: Callable[[bytes], None], head: int, cut: bool = False
) -> bytes:
    """All of a body, unpacked. `look` is given its first `head` bytes (all, if it is shorter) and may raise.

    Raises `TooLargeError` where it has more than `max_bytes`, unless `cut`, and `BrokenBodyError`.
    """
    unpacker, out, looked, sent = Unpacker(encoding, max_bytes), bytearray(), False, 0
    try:
        for piece in pieces:
            sent += len(piece)
            if sent > max_bytes:  # also of what unpacks to nothing, or stands behind the end
                raise TooLargeError
            out += unpacker.feed(piece)
            if not looked and len(out) >= head:
                looked = True
                look(bytes(out[:head]))
        out += unpacker.end()
    except TooLargeError:
        if not cut:
            raise
    if not looked:
        look(bytes(out[:head]))
    return bytes(out)


def gunzip(data: bytes, max_bytes: int) -> bytes:
    """A gzip file's content. Raises `TooLargeError` where it has more than `max_bytes`, and `BrokenBodyError`."""
    unpacker = Unpacker("gzip", max_bytes)
    # In slices: what is left behind each member is copied, and a file may consist of half a million empty ones.
    return b"".join([*(unpacker.feed(data[at : at + SLICE]) for at in range(0, len(data), SLICE)), unpacker.end()])
