"""communique reads news reports: who did what to whom, who said what about whom, and on whose word.

::

    import communique

    reader = communique.load()
    coded = reader.read("Finland accused Russia on Tuesday of jamming aircraft.", published="2024-04-10")
    for event in coded.events:
        print(event.type, event.actors, event.recipients, event.status, event.date)

`communique.open` asks questions of a store that ``communique add`` filled, `communique.connect` those of a desk elsewhere.

Importing the package reads nothing and imports no model runtime; `load` does.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from communique.client import connect
    from communique.frames import to_frame
    from communique.opening import open as open
    from communique.read.reader import Reader
    from communique.records import CodedReport, Entity, Event, Report, Statement

    __version__: str

# Without `open`: who writes ``from communique import *`` keeps Python's own.
__all__ = ["CodedReport", "Entity", "Event", "Report", "Statement", "__version__", "connect", "load", "to_frame"]

_HOMES = {
    "CodedReport": "records", "Entity": "records", "Event": "records", "Report": "records", "Statement": "records",
    "connect": "client", "open": "opening", "to_frame": "frames",
}  # fmt: skip


def load(
    threads: int = 0, *, actors: str | Path | None = None, explain: bool = False, adaptation: str | Path | None = None,
    gate: bool = False,
) -> Reader:
    """A reader with the shipped weights, safe to share. `threads` is the runtime's number; 0 leaves it to the runtime.

    `actors` is a table of one's own, as ``communique actors import`` writes it, which goes before the package's; None
    takes the one that the environment variable COMMUNIQUE_ACTORS names or that lies at its usual place, "" takes none.
    With `explain`, each report it reads says why its entities are who they are (`CodedReport.explain`).
    `adaptation` is a folder that ``communique train`` made of one's own annotation.
    With `gate`, the model is spared sentences in which next to surely nothing is told or said (docs/performance.md says what that
    costs); not where an adaptation has types of its own.

    Raises `DataError` where the weights or tables are missing or damaged, `actors` and `adaptation` among them.
    """
    from communique.explaining import ExplainingReader
    from communique.read.naming import reader_name
    from communique.read.reader import Reader
    from communique.resolve.actors import ActorIndex

    kind = ExplainingReader if explain else Reader
    called = partial(reader_name, actors, adaptation, gate=gate)
    if adaptation is None:
        return kind(threads=threads, index=ActorIndex.load(actors), called=called, gate=gate)
    from communique.adapt.adaptation import Adaptation
    from communique.read.runtime import OnnxModel

    adapted = Adaptation.load(Path(adaptation))
    model = adapted.model(OnnxModel(threads=threads))
    return kind(model, index=ActorIndex.load(actors), own=adapted.types, called=called, gate=gate)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("communique")
        except PackageNotFoundError:  # run from a checkout that was never installed
            return "0+unknown"
    if name in _HOMES:
        return getattr(import_module(f"communique.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'communique' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_HOMES})
