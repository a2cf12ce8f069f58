"""Inputs that could not be read, for trying them again, and how far files were read: what `communique add` and `retry` go by."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select, update

from communique.errors import InputError
from communique.gather.archives.pieces import Source
from communique.store.engine import Database, chunks
from communique.store.questions import Failure
from communique.store.rows import kept
from communique.store.schema import failure, number, progress
from communique.store.writing import Writer


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a file was read: its first `done` records, of which `records` are in the store; `whole` says that these are all."""

    done: int = 0
    records: int = 0
    whole: bool = False


NOT_BEGUN = Progress()


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be noted of an input: how far it was read, what failed of it by number of record (0: all of it, or the rest),
    and what failed before and is `mended`. Where it was read to its end, `failed` are all records that failed; else None."""

    source: Source
    at: Progress
    errors: Mapping[int | None, InputError]
    mended: Collection[int] = ()
    failed: Collection[int] | None = None


class Failing:
    """The part of a store that remembers what is to be tried again, and what need not be."""

    database: Database
    _write: Callable[..., Any]

    def failed(self, error: InputError) -> None:
        """Notes an input that could not be read, for trying it again."""
        self._write(lambda writer: _note(writer, {None: error}, None))

    def failures(self, kinds: Collection[str] = (), inputs: Collection[str] = ()) -> list[Failure]:
        """Inputs that could not be read, the first first: of these `kinds` of reason, and of these `inputs` (files, folders with
        all that is in them, or addresses), where any are given."""
        with self.database.reading() as connection:
            found = connection.execute(_chosen(select(failure), kinds, inputs).order_by(failure.c.id)).all()
        return [
            Failure(r.input, r.reason, r.hint, r.first_failed, r.last_failed, r.tries, r.kind, r.origin, r.member, r.options)
            for r in found
        ]

    def succeeded(self, source: str) -> None:
        """Strikes an input that `failed` noted: it was read, or is given up."""
        gone = delete(failure).where(failure.c.number == number("failure", source))
        self._write(lambda writer: writer.connection.execute(gone))

    def give_up(self, kinds: Collection[str] = (), inputs: Collection[str] = ()) -> int:
        """Strikes failures, chosen as `failures` does; how many there were."""
        out: int = self._write(
            lambda writer: writer.connection.execute(delete(failure).where(*_conditions(kinds, inputs))).rowcount
        )
        return out

    def progress(self, source: Source) -> Progress:
        """How far `source` was read, as it is now and in the way in which it is read now; `NOT_BEGUN` where nothing is known."""
        if not source.stamp:
            return NOT_BEGUN
        with self.database.reading() as connection:
            row = connection.execute(select(progress).where(progress.c.number == _reading(source))).first()
        if row is None or row.stamp != source.stamp or row.origin != kept(source.origin):
            return NOT_BEGUN
        return Progress(row.done, row.records, row.whole)

    def failed_records(self, source: Source) -> set[int]:
        """Numbers of the records of `source` that could not be read; 0 where all of it, or the rest, could not be read."""
        if not source.origin:
            return set()
        with self.database.reading() as connection:
            found = connection.execute(select(failure.c.member).where(failure.c.place == _place(source)))
            return {int(n or 0) for n in found.scalars()}

    def advance(self, steps: Sequence[Step]) -> None:
        """Notes in one transaction how far inputs were read, what failed of them, and what no longer does."""
        def work(writer: Writer) -> None:
            for step in steps:
                _advance(writer, step)

        if steps:
            self._write(work)


def _place(source: Source) -> int:
    """The number of a file or address. What failed of it and is read now, in whatever way, no longer fails."""
    return number("place", kept(source.origin))


def _reading(source: Source) -> int:
    """The number of a file and of how it is read: in another way it is read from its beginning."""
    return number("reading", kept(source.origin), source.ways.to_json())


def _advance(writer: Writer, step: Step) -> None:
    source = step.source
    _note(writer, step.errors, source)
    if source.origin:
        _settle(writer, step)
    if not source.stamp:
        return
    hashed = _reading(source)
    given = {
        "origin": kept(source.origin), "stamp": source.stamp, "done": step.at.done, "records": step.at.records,
        "whole": step.at.whole, "time": writer.time,
    }  # fmt: skip
    if not writer.connection.execute(update(progress).where(progress.c.number == hashed).values(**given)).rowcount:
        line = {"id": writer.numbers.next(progress), "number": hashed, **given}
        writer.connection.execute(progress.insert(), [line])


def _note(writer: Writer, errors: Mapping[int | None, InputError], source: Source | None) -> None:
    """Writes failures, each once whatever it failed of before: of an input whose place is known by its record there, of others
    by its name."""
    found: dict[int, Any] = {}
    origin = kept(source.origin) if source else ""
    place = _place(source) if source and origin else None
    hashed = {n: number("failure", place, n) if place else number("failure", error.source) for n, error in errors.items()}
    for part in chunks(dict.fromkeys(hashed.values())):
        query = select(failure.c.id, failure.c.number, failure.c.tries).where(failure.c.number.in_(part))
        found |= {row.number: row for row in writer.connection.execute(query)}
    new: dict[int, dict[str, Any]] = {}
    for member, error in errors.items():
        told = {
            "reason": kept(error.reason), "hint": kept(error.hint), "last_failed": writer.time, "kind": error.kind,
            "origin": origin, "member": member,
            "options": source.ways.to_json() if source else "", "place": place, "input": kept(error.source),
        }  # fmt: skip
        old = found.get(hashed[member])
        if old is not None:
            line = update(failure).where(failure.c.id == old.id).values(**told, tries=old.tries + 1)
            writer.connection.execute(line)
            continue
        given = {"number": hashed[member], "first_failed": writer.time, "tries": 1}
        ident = new[hashed[member]]["id"] if hashed[member] in new else writer.numbers.next(failure)
        new[hashed[member]] = {"id": ident, **given, **told}
    writer.bulk(failure, list(new.values()))


def _settle(writer: Writer, step: Step) -> None:
    """Strikes what once failed of an input: of the records mended, or, where it was read to its end, all but what failed now."""
    at_place = select(failure.c.id, failure.c.member).where(failure.c.place == _place(step.source))
    found = [(row.id, int(row.member or 0)) for row in writer.connection.execute(at_place)]
    failed = step.failed
    gone = [ident for ident, n in found if (n in step.mended if failed is None else n not in failed)]
    if failed is not None:
        # Noted by an earlier version, or by a caller that knows names alone.
        name = kept(step.source.name)
        named = or_(failure.c.input == name, func.substr(failure.c.input, 1, len(name) + 2) == f"{name}, ")
        gone += writer.connection.execute(select(failure.c.id).where(failure.c.place.is_(None), named)).scalars()
    for part in chunks(gone):
        writer.connection.execute(delete(failure).where(failure.c.id.in_(part)))


def _chosen(query: Select[Any], kinds: Collection[str], inputs: Collection[str]) -> Select[Any]:
    return query.where(*_conditions(kinds, inputs))


def _conditions(kinds: Collection[str], inputs: Collection[str]) -> Sequence[ColumnElement[bool]]:
    out: list[ColumnElement[bool]] = []
    if kinds:
        out.append(failure.c.kind.in_(list(kinds)))
    if inputs:
        out.append(or_(*(_under(kept(given)) for given in inputs)))
    return out


def _under(given: str) -> ColumnElement[bool]:
    """Failures of an input: under its own name, of a record of it, or of what is in it where it is a folder."""
    folder = given.rstrip("/\\")
    parts = [
        func.substr(column, 1, len(start)) == start
        for column in (failure.c.input, failure.c.origin)
        for start in (f"{given}, ", f"{folder}/", f"{folder}\\")
    ]
    return or_(failure.c.input == given, and_(failure.c.origin == given, failure.c.origin != ""), *parts)
