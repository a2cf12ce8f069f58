"""Archives for the tests of `communique batch`, and a reader that notes each report it reads: a program to run, since Dask's
workers are processes that begin anew, and read this file again.

As a program it is ``communique`` with that reader. What it reads is appended to the file that NOTES names, a line a report.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT / "tests") not in sys.path:
    sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

import communique  # noqa: E402
from communique.errors import InputError  # noqa: E402
from communique.read.naming import reader_name  # noqa: E402
from communique.records import CodedReport, Entity, Event, Report, Sentence, Statement  # noqa: E402


class Notes:
    """Reads by rule: an event where a text has "accused", a statement where it has "said". Refuses what says REFUSE, takes PAUSE
    seconds a report, and dies with its process where a text says KILL."""

    name = os.environ.get("READER") or reader_name("")

    def pipe(self, reports: Iterable[Report | str], *, batch_size: int = 16) -> Iterator[CodedReport]:
        for one in reports:
            assert isinstance(one, Report)
            time.sleep(float(os.environ.get("PAUSE", "0")))
            if "KILL" in one.text:
                time.sleep(1)  # not just as the worker comes up: then Dask sometimes starts no other
                os.kill(os.getpid(), 9)
            if "REFUSE" in one.text:
                raise InputError(f"report {one.id!r}", "was refused", "try another")
            if path := os.environ.get("NOTES"):
                with open(path, "a") as notes:
                    notes.write(one.id + "\n")
            yield coded(one)


def coded(one: Report) -> CodedReport:
    at = one.text.find("accused")
    said = one.text.find("said")
    who, whom = (Entity(w, 0, len(w), c, "GOV") for w, c in (("Norway", "NOR"), ("Russia", "RUS")))
    event = Event(f"{one.id}-e", at, at + 7, 0, "accused", "ACCUSE", "", ("cyber",), (who,), (whom,), score=-2.0)
    statement = Statement(f"{one.id}-s", who, None, (), ("x",), "assert", ("RUS",))
    events, statements = (event,) if at >= 0 else (), (statement,) if said >= 0 else ()
    return CodedReport(one, (Sentence(0, 0, len(one.text)),), events, statements, ("cyber",), ("a note",))


def shard(path: Path, ids: Iterable[str], text: str = "Norway accused Russia of cutting cable {}, it said.") -> Path:
    """JSON Lines with these reports."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (f'{{"id": "{i}", "text": "{text.format(i)}", "published": "2024-04-10", "source": "The Fjord"}}\n' for i in ids)
    path.write_text("".join(lines))
    return path


def environment(tmp: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "COMMUNIQUE_ACTORS": "", "NOTES": str(tmp / "notes"), "PYTHONPATH": str(ROOT / "src"), **more}


def begin(tmp: Path, *args: str | Path, **more: str) -> subprocess.Popen[str]:
    """The command with the reader above, as a process of its own."""
    command = [sys.executable, __file__, "batch", *map(str, args)]
    return subprocess.Popen(
        command, env=environment(tmp, **more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def notes(tmp: Path) -> list[str]:
    """The ids that were read, in whatever order."""
    path = tmp / "notes"
    return sorted(path.read_text().split()) if path.exists() else []


def load(threads: int = 0, **_: object) -> Notes:
    return Notes()


def dask_setup(_: object) -> None:
    """For ``dask worker --preload``."""
    communique.load = load  # type: ignore[assignment]


if __name__ in ("__main__", "__mp_main__"):  # the command, or a worker of its cluster
    communique.load = load  # type: ignore[assignment]

if __name__ == "__main__":
    from communique.cli import main

    main()
