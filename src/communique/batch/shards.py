"""The shards of an archive, and the file that each becomes."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from communique.errors import InputError
from communique.gather.archives.folders import list_folder
from communique.gather.archives.unpack import unpacked_name
from communique.records import content_id

SUFFIXES = (".parquet", ".jsonl", ".ndjson", ".warc", ".csv", ".tsv", ".mbox", ".warc.zst")
"""Of files that hold many reports, unpacked; others in a folder are passed over."""

LONGEST = 200
"""Bytes of an output's name: file systems take 255, and the parts of a shard have a longer one."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One file of an archive: where it lies, what it is called in it, and the file's name that it becomes."""

    path: str
    name: str
    out: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class Archive:
    """The shards of an input, and what was passed over in its folder ("" for nothing)."""

    shards: tuple[Shard, ...]
    passed: str = ""
    troubles: tuple[InputError, ...] = field(default=())


def stamp_of(path: str) -> str:
    """What tells whether a file is still the same: its size and when it was changed last, in nanoseconds. `cp -p` and `rsync -t`
    keep both. Raises `OSError`."""
    found = os.stat(path)
    return f"{found.st_size}-{found.st_mtime_ns}"


def shards_of(given: str | Path, output: str | Path) -> Archive:
    """The shards of a file, or of a folder with all that is in it.

    Raises `InputError` where there is none, where two would become one file, and where the output lies in the input.
    """
    top = os.path.abspath(given)
    out = os.path.realpath(output)
    if not os.path.isdir(top):
        if not os.path.exists(top):
            raise InputError(str(given), "does not exist", "check the path", kind="missing")
        name = os.path.basename(top)
        return Archive((_shard(top, name),))
    if f"{out}/".startswith(f"{os.path.realpath(top)}/"):
        hint = "give a folder beside it: what is read and what is written must not be mixed"
        raise InputError(f"output {str(output)!r}", f"lies in the input {str(given)!r}", hint)
    listing = list_folder(top)
    wanted = [path for path in listing.files if unpacked_name(path).lower().endswith(SUFFIXES)]
    others = len(listing.files) - len(wanted)
    told = ", ".join(filter(None, (f"{others:,} of single reports" if others else "", listing.told())))
    if not wanted:
        reason = f"holds no shard ({', '.join(SUFFIXES)})" + (f"; passed over {told}" if told else "")
        raise InputError(str(given), reason, "single files are for `communique add`", kind="empty")
    found = tuple(_shard(path, os.path.relpath(path, top)) for path in wanted)
    by_out: dict[str, str] = {}
    for one in found:
        if (other := by_out.setdefault(one.out.casefold(), one.name)) != one.name:
            raise InputError(f"{other!r} and {one.name!r}", f"would both become {one.out!r}", "rename one of them")
    return Archive(found, told, tuple(listing.troubles))


def _shard(path: str, name: str) -> Shard:
    return Shard(path, name, out_name(name), os.path.getsize(path))


def out_name(name: str) -> str:
    """The file's name that a shard becomes: its own with "+" for the folders, and ".parquet" behind it."""
    flat = name.replace(os.sep, "+").lstrip(".")
    stem = flat.removesuffix(".parquet")
    if len(os.fsencode(stem)) > LONGEST:
        stem = os.fsdecode(os.fsencode(stem)[: LONGEST - 17]).encode("utf-8", "ignore").decode() + "-" + content_id(name)
    return stem + ".parquet"
