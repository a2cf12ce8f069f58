"""Compressed inputs as plain streams: gzip, bzip2 and xz, within bounds."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from typing import BinaryIO

from communique.errors import InputError

PACKERS: tuple[tuple[bytes, str, tuple[str, ...]], ...] = (
    (b"\x1f\x8b", "gzip", (".gz", ".gzip")),
    (b"BZh", "bzip2", (".bz2",)),
    (b"\xfd7zXZ\x00", "xz", (".xz",)),
)
"""First bytes, name and suffixes of what is unpacked."""

FREE = 200_000_000
"""Bytes that an input may unpack to whatever its packed size: no disk or memory is harmed by them."""

RATIO = 200
"""How many times its packed size an input may unpack to, beyond `FREE`. Text packs to a third or a tenth of its size, the same
line over and over to a hundredth; zeros, of which bombs are made, to a thousandth."""

_BROKEN = (EOFError, OSError, zlib.error, lzma.LZMAError)


def packer_of(head: bytes) -> str:
    """What `head` is packed with; "" where it is not."""
    return next((name for magic, name, _ in PACKERS if head.startswith(magic)), "")


def unpacked_name(name: str) -> str:
    """`name` without the suffix that says how it is packed."""
    low = name.lower()
    for _, _, suffixes in PACKERS:
        for suffix in suffixes:
            if low.endswith(suffix):
                return name[: -len(suffix)]
    return name


class Counted(io.RawIOBase):
    """A stream that counts what is read of it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self.count = stream, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self.count += len(data)
        return len(data)


class Unpacked(io.RawIOBase):
    """What a packed stream holds. `name` is the input's in errors.

    Reading raises `InputError` where the stream is damaged or cut off, or unpacks to far more than any text does.
    """

    def __init__(self, stream: BinaryIO, packer: str, name: str) -> None:
        self._name, self._packer, self._out = name, packer, 0
        self._counted = Counted(stream)
        buffered = io.BufferedReader(self._counted, 262_144)
        self._inner: gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile
        if packer == "gzip":
            self._inner = gzip.GzipFile(fileobj=buffered)
        elif packer == "bzip2":
            self._inner = bz2.BZ2File(buffered)
        else:
            self._inner = lzma.LZMAFile(buffered)  # noqa: SIM115  (lives as long as its stream)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        try:
            data = self._inner.read(len(buffer))
        except _BROKEN as error:
            reason = f"is damaged, or was cut off: what it is packed with ({self._packer}) ends early or does not fit"
            raise InputError(self._name, reason, "fetch it again; what came before was read", kind="damaged") from error
        self._out += len(data)
        if self._out > FREE and self._out > RATIO * self._counted.count:
            reason = f"unpacks to more than {RATIO} times its size, which no text does"
            raise InputError(self._name, reason, "unpack it yourself if you trust it", kind="size")
        buffer[: len(data)] = data
        return len(data)
