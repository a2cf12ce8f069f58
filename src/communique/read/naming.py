"""What a reader is called in a store: the same name means the same weights and tables, so that reading again is no use."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources.abc import Traversable
from pathlib import Path

from communique.resolve.own import stamp_of
from communique.settings import data_path, own_actors

_READ = (
    "model", "actors", "ontology", "places", "abbreviations.tsv", "boilerplate.tsv", "datelines.tsv", "timeline.tsv",
)  # fmt: skip
"""What of the package's data a reader rests on."""

_ADAPTED = ("adaptation.npz", "types.tsv")
"""The files of an adaptation that change what is read."""


def reader_name(actors: str | Path | None = None, adaptation: str | Path | None = None, *, gate: bool = False) -> str:
    """The name of the reader that `communique.load` gives for these: the package's version, then what its weights and tables, the
    user's own actors and the adaptation hash to, and the gate where there is one."""
    import communique

    name = f"communique {communique.__version__} weights {_shipped()}"
    own = own_actors(actors)
    if own is not None and stamp_of(own):
        name += f" actors {_hashed((own,), (stamp_of(own),))}"
    if adaptation is not None:
        parts = tuple(path for part in _ADAPTED if (path := Path(adaptation) / part).is_file())
        name += f" adaptation {_hashed(parts, tuple(map(stamp_of, parts)))}"
    return f"{name} gate {_gate()}" if gate else name


@lru_cache(maxsize=1)
def _shipped() -> str:
    total = hashlib.sha256()
    for part in _READ:
        for path in _files(data_path(part)):
            content = path.read_bytes()
            total.update(f"{path.name} {len(content)} ".encode())
            total.update(content)
    return total.hexdigest()[:8]


@lru_cache(maxsize=1)
def _gate() -> str:
    return hashlib.sha256(data_path("gate.tsv").read_bytes()).hexdigest()[:8]


def _files(path: Traversable) -> Iterator[Traversable]:
    """The files at or below `path` that a reader reads, by name: all but pages about them."""
    if path.is_dir():
        for part in sorted(path.iterdir(), key=lambda p: p.name):
            yield from _files(part)
    elif not path.name.endswith(".md"):
        yield path


@lru_cache(maxsize=8)
def _hashed(paths: tuple[Path, ...], stamps: tuple[int, ...]) -> str:
    """One hash of files; `stamps`, their last changes, keep what is remembered true."""
    total = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        total.update(f"{path.name} {len(content)} ".encode())
        total.update(content)
    return total.hexdigest()[:8]
