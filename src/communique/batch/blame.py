"""Which shard is to blame where workers die: the one that was being read, and none that waited beside it.

Dask counts a worker's death against every shard that was given to it, also against those that it had not begun. So a worker notes
beside the output that it begins a shard, and takes its note away when it is through, however that went. What stays are the
workers that died over it. A note also says how far the shard was: one that comes further each time is not to blame.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from communique.batch.files import OutputError

DEATHS = 3
"""Workers that may die over a shard, none of which brings it further, before it is set aside: over one that fills the memory, all
would."""

KILLED = f"{DEATHS} workers that read it were killed, or died"
KILLED_HINT = "give workers more memory, or cut it into smaller shards"

_ENDING = ".began"


@contextmanager
def begun(target: Path, run: str) -> Iterator[bool]:
    """Notes that the shard of the output `target` is being read in the run of this name; whether it may be.

    Raises `OutputError` where the note cannot be written.
    """
    if deaths(target, run) >= DEATHS:
        yield False
        return
    note = target.with_name(f".{target.name}.{run}.{chunks_of(target)}.{os.urandom(3).hex()}{_ENDING}")
    try:
        note.touch()  # empty: it is to take no room on a disk that is nearly full
    except OSError as error:
        raise OutputError(f"{note}: {error.strerror or error}") from error
    try:
        yield True
    finally:
        note.unlink(missing_ok=True)


def deaths(target: Path, run: str) -> int:
    """Workers of this run that died over a shard and brought it no further than it is now. One that reads it at this moment
    counts as well."""
    at = f".{plain_name(target.name)}.{run}.{chunks_of(target)}.*{_ENDING}"
    return sum(1 for _ in target.parent.glob(at))


def chunks_of(target: Path) -> int:
    """How far a shard is: its chunks that are on the disk."""
    return sum(1 for _ in target.parent.glob(f".{plain_name(target.name)}.*.parts/*.parquet"))


def forget(output: Path) -> None:
    """Takes away the notes of all shards of a folder."""
    for note in output.glob(f".*{_ENDING}"):
        note.unlink(missing_ok=True)


def plain_name(name: str) -> str:
    """A file's name for `glob`."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)
