"""All shards of an archive, read by the workers of a Dask cluster: one of this machine's processes, or one that runs elsewhere.

Nothing is remembered here: what is finished is told by the files of the output themselves. So whatever is killed, the same
command goes on from there.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from communique.batch import blame
from communique.batch.files import OutputError, write_text
from communique.batch.shard import CHUNK, Outcome, Task, finished, read_shard
from communique.batch.shards import Archive, shards_of
from communique.errors import InputError, RemoteError
from communique.gather.inputs import Ways
from communique.measure.extras import optional
from communique.read.naming import reader_name
from communique.resolve.own import stamp_of
from communique.settings import own_actors

ASIDE = "set-aside.json"
"""Beside the outputs: the shards that could not be read, or not to their end, each with its reason."""

LOCK = ".communique-batch"

WAIT = 20
"""Seconds in which a scheduler must answer, and in which one that is lost may come back."""

GONE = 30.0
"""Seconds for which a worker of this machine may be gone before another is started in its place; Dask itself takes some three."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is to do. `workers` counts processes of this machine (0: one for each core); with `scheduler`, the address of a
    Dask scheduler, those of its cluster read instead. `threads` are those of a worker's model, and `gate` is
    `communique.load`'s."""

    archive: Archive
    output: Path
    ways: Ways = field(default_factory=Ways)
    workers: int = 0
    scheduler: str = ""
    threads: int = 1
    chunk: int = CHUNK
    gate: bool = False

    def tasks(self) -> list[Task]:
        own = own_actors()
        # Its place is told to workers, for whose user another may be usual; where nothing lies there, none is read.
        actors = str(own.absolute()) if own is not None and stamp_of(own) else ""
        name = reader_name(actors, gate=self.gate)
        output, ways = os.path.abspath(self.output), self.ways.to_json()
        run = os.urandom(4).hex()
        return [Task(s, output, ways, name, actors, self.threads, self.chunk, self.gate, run) for s in self.archive.shards]


def plan(given: str | Path, output: str | Path, ways: Ways, **options: Any) -> Plan:
    """The plan for an input and an output, which is made where it is not there.

    Raises `InputError` where the input holds no shard or the output cannot be made, `MissingExtraError` without what it needs.
    """
    optional("pyarrow", "batch", "communique batch")
    for name in ("distributed", "cryptography"):
        optional(name, "batch", "communique batch")
    archive = shards_of(given, output)
    try:
        Path(output).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        hint = "give a folder that can be made"
        raise InputError(f"output {str(output)!r}", f"cannot be made: {error.strerror or error}", hint) from error
    return Plan(archive, Path(output), ways, **options)


def run(plan: Plan) -> Iterator[Outcome]:
    """Reads what is to be read: the outcome of each shard, first of those that were finished before (their `fresh` is 0).

    One that "stopped" ends the run. The set-aside table is brought up to date as shards are. Raises `InputError` where another
    command writes to the same folder, or the folder cannot be written, `RemoteError` where the scheduler is not there or lost.
    """
    bad: dict[str, Outcome] = {}
    with _alone(plan.output):
        _sweep(plan.output)
        todo: list[Task] = []
        try:
            for task in plan.tasks():
                if (before := finished(task)) is None:
                    todo.append(task)
                    continue
                _note(bad, before)
                yield before
            _write(plan.output, bad)
            if todo:
                # The largest first: the last one to finish is then not one that was begun last.
                todo.sort(key=lambda t: (-t.shard.size, t.shard.name))
                for outcome in _read_all(plan, todo):
                    if _note(bad, outcome):
                        _write(plan.output, bad)
                    yield outcome
        except OutputError as error:
            raise InputError(f"output {str(plan.output)!r}", f"cannot be written: {error}", "make room, and try again") from error
        finally:
            blame.forget(plan.output)


def _note(bad: dict[str, Outcome], outcome: Outcome) -> bool:
    """Whether a shard is to stand in the table of those set aside; puts it there."""
    if outcome.became in ("aside", "damaged"):
        bad[outcome.shard] = outcome
        return True
    return False


def _write(output: Path, bad: dict[str, Outcome]) -> None:
    keys = ("shard", "became", "reason", "hint", "kind", "records", "failed")
    listed = [{k: asdict(bad[name])[k] for k in keys} for name in sorted(bad)]
    if listed:
        lines = ",\n".join("  " + json.dumps(one, ensure_ascii=False) for one in listed)
        write_text(output / ASIDE, f"[\n{lines}\n]\n")
    else:
        (output / ASIDE).unlink(missing_ok=True)


@contextmanager
def _alone(output: Path) -> Iterator[None]:
    """Holds the output for one command. Raises `InputError` where another has it."""
    try:
        import fcntl
    except ImportError:  # no such lock on Windows; two commands there do the same work twice, and no harm
        yield
        return
    try:
        handle = (output / LOCK).open("w")
    except OSError as error:
        reason = f"cannot be written: {error.strerror or error}"
        raise InputError(f"output {str(output)!r}", reason, "check its permissions") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            hint = "wait for it, or give another folder"
            raise InputError(f"output {str(output)!r}", "is being written by another `communique batch`", hint) from None
        except OSError:
            pass  # a file system without locks
        yield


def _sweep(output: Path) -> None:
    """Takes away what killed writers left half written; chunks that are whole stay."""
    for path in output.glob(".*.part"):
        path.unlink(missing_ok=True)
    for path in output.glob(".*.parts/.*.part"):
        path.unlink(missing_ok=True)
    blame.forget(output)


@contextmanager
def _client(plan: Plan, shards: int) -> Iterator[Any]:
    distributed = optional("distributed", "batch", "communique batch")
    import dask

    settings = {
        "distributed.scheduler.allowed-failures": blame.DEATHS, "distributed.comm.timeouts.connect": f"{WAIT}s",
        "distributed.worker.daemon": True, "distributed.scheduler.http.routes": [], "distributed.worker.http.routes": [],
        # What Dask measures of itself many times a second costs more than what it does for a few shards an hour.
        "distributed.worker.profile.enabled": False, "distributed.admin.tick.interval": "1s",
        "distributed.admin.system-monitor.interval": "5s",
    }  # fmt: skip
    with dask.config.set(settings), _quiet():
        if plan.scheduler:
            hint = "start `dask scheduler` first, and give the address that it prints"
            try:
                _answers(plan.scheduler)
                client = distributed.Client(plan.scheduler, timeout=WAIT, set_as_default=False)
            except (OSError, ValueError, TypeError) as error:
                raise RemoteError(f"scheduler {plan.scheduler!r}", f"cannot be reached ({error})", hint) from error
            try:
                yield client
            finally:
                client.close(timeout=5)
            return
        processes = min(plan.workers or os.cpu_count() or 1, shards)
        # No limit of memory of Dask's own: one shard at a time is read, record by record. Certificates for this one cluster keep
        # other users of the machine out: whoever reaches a scheduler has it run what he likes.
        with (
            distributed.LocalCluster(
                n_workers=processes, threads_per_worker=1, processes=True, memory_limit=0, dashboard_address="127.0.0.1:0",
                scheduler_kwargs={"dashboard": False}, host="127.0.0.1", silence_logs=50, security=True,
            ) as cluster,
            distributed.Client(cluster, set_as_default=False) as client,
            _manned(cluster, client, processes),
        ):  # fmt: skip
            yield client


@contextmanager
def _manned(cluster: Any, client: Any, processes: int) -> Iterator[None]:
    """Starts others for workers that Dask did not start again: where one dies just as it comes up, Dask sometimes gives up, and a
    command whose only worker that was would wait for ever."""
    over = threading.Event()

    def watch() -> None:
        whole = time.monotonic()
        while not over.wait(GONE / 3):
            try:
                missing = processes - len(client.nthreads())
                if missing <= 0:
                    whole = time.monotonic()
                elif time.monotonic() - whole > GONE:
                    cluster.scale(len(cluster.worker_spec) + missing)
                    whole = time.monotonic()
            except Exception:  # the cluster is being closed, or is lost: who waits for it tells
                continue

    watching = threading.Thread(target=watch, name="communique-batch-workers", daemon=True)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join(WAIT)


def _answers(address: str) -> None:
    """Waits until something listens there: Dask itself tells of a wrong address as of a slow one. Raises `OSError` or
    `ValueError`."""
    from distributed.comm.addressing import get_address_host_port

    host, port = get_address_host_port(address, strict=True)
    deadline = time.monotonic() + WAIT
    while True:
        try:
            socket.create_connection((host, port), timeout=WAIT).close()
            return
        except ConnectionRefusedError:
            # In a job's script the scheduler is started just before.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


@contextmanager
def _quiet() -> Iterator[None]:
    """Has Dask not tell of lost connections and killed workers in its own words: what they come to is told here."""
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "distributed"]
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


def _read_all(plan: Plan, todo: Sequence[Task]) -> Iterator[Outcome]:
    """Outcomes as they come; the first that stopped is the last."""
    from distributed import as_completed

    given: dict[str, tuple[Task, Any]] = {}
    with _client(plan, len(todo)) as client:

        def give(task: Task) -> Any:
            key = f"communique-{len(given)}-{os.urandom(4).hex()}"
            given[key] = task, client.submit(read_shard, task, key=key, pure=False)
            return given[key][1]

        innocent = _Innocent()
        coming = as_completed([give(task) for task in todo], loop=client.loop)  # type: ignore[no-untyped-call]
        try:
            for future in coming:
                task, _ = given[future.key]
                outcome = _told(plan, task, future)
                if outcome.reason == blame.KILLED and innocent.again(task):
                    coming.add(give(task))  # type: ignore[no-untyped-call]
                    continue
                yield outcome
                if outcome.became == "stopped":
                    return
                future.release()
        finally:
            if client.status == "running":
                client.cancel([future for _, future in given.values()], force=True)


class _Innocent:
    """Tells the shards over which workers died from those that only waited beside one: these are given to workers again."""

    def __init__(self) -> None:
        self._deadly = 0
        self._again: Counter[tuple[str, int]] = Counter()

    def again(self, task: Task) -> bool:
        """Whether a shard that Dask gives up is to be read again. Each deadly one can have Dask give up any other once, and its
        workers may die of what is no shard's fault; what comes further each time is always read again."""
        if blame.deaths(task.target, task.run) >= blame.DEATHS:
            self._deadly += 1
            return False
        place = (task.shard.name, blame.chunks_of(task.target))
        self._again[place] += 1
        return self._again[place] <= blame.DEATHS + self._deadly


def _told(plan: Plan, task: Task, future: Any) -> Outcome:
    """The outcome of a future, whatever befell it."""
    from concurrent.futures import CancelledError

    from distributed import KilledWorker

    name = task.shard.name
    where = plan.scheduler or "the local cluster"
    lost = RemoteError(f"scheduler {where!r}", "was lost", "what is finished stays: start it, and give the same command again")
    if future.status in ("cancelled", "lost"):
        raise lost
    try:
        if future.status != "error":
            out: Outcome = future.result()
            return out
        error = future.exception()
    except (OSError, TimeoutError, CancelledError) as broken:
        raise lost from broken
    if isinstance(error, KilledWorker):
        return Outcome(name, "aside", blame.KILLED, blame.KILLED_HINT, "reading")
    told = " ".join(f"{type(error).__name__}: {error}".split())[:500]
    hint = "this is a fault of communique: please report it"
    return Outcome(name, "aside", f"could not be read ({told})", hint, "reading")

