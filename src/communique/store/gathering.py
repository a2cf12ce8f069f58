"""The watcher's memory and its way into the store: `gather.watch.memory.Memory` and `Keep`, on the tables `source` and `seen`."""

from __future__ import annotations

import datetime as dt
import socket
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, false, func, or_, select, update

from communique.errors import InputError, StoreError
from communique.gather.watch.memory import WAITING, Asked, Became, Kept, Listed, Waiting
from communique.records import CodedReport, Report, content_id
from communique.store import rows
from communique.store.engine import chunks
from communique.store.loading import by_id
from communique.store.schema import copy, number, report, seen, source, version
from communique.store.store import Added, Store
from communique.store.writing import Writer

LEASE = 600.0
"""Seconds for which an address that one watcher has taken is left alone by others: longer than fetching and reading one takes."""

_origin = report.alias("origin")


class Gathering:
    """A store as the watcher sees it. `holder` names the watcher: what it took before it was killed, it takes again at once."""

    def __init__(self, store: Store, holder: str = "", reader: str = "") -> None:
        self.store, self.holder, self.reader = store, holder or holder_of(""), reader
        self._numbers: dict[str, int] = {}

    # Memory

    def known(self, urls: Sequence[str]) -> list[Asked]:
        """As `Memory.known`. Sources that were never met are noted."""
        def note(writer: Writer) -> None:
            have = {r.url for r in by_id(writer.connection, select(source.c.url), source.c.number, map(_hash, urls))}
            new = [_source_row(writer, Asked(url)) for url in dict.fromkeys(urls) if url not in have]
            writer.bulk(source, new)

        found = self.states(urls)
        if len({state.url for state in found} & set(urls)) < len(set(urls)):
            self.store._write(note)
            found = self.states(urls)
        return found

    def states(self, urls: Sequence[str]) -> list[Asked]:
        """What is known of sources, in their order, and of those which their indexes led to. Writes nothing."""
        order = {url: n for n, url in enumerate(urls)}
        with self.store.database.reading() as connection:
            found = self._states(connection, urls)
            children = by_id(connection, select(source), source.c.parent, urls)
        self._numbers = {r.url: r.id for r in (*found, *children)}
        listed = sorted(found, key=lambda r: order[r.url]) + [r for r in children if r.url not in order]
        return [_state(row) for row in listed]

    def _states(self, connection: Connection, urls: Sequence[str]) -> list[Any]:
        wanted = set(urls)
        return [r for r in by_id(connection, select(source), source.c.number, map(_hash, wanted)) if r.url in wanted]

    def asked(
        self, quiet: Asked, lively: Asked, listed: Sequence[Listed], children: Sequence[str] | None, now: float
    ) -> tuple[int, list[Asked] | None]:
        """As `Memory.asked`."""
        def work(writer: Writer) -> tuple[int, list[Any] | None]:
            ident = self._number(writer, quiet)
            fresh = _list(writer, ident, listed, now)
            state = lively if fresh else quiet
            writer.connection.execute(update(source).where(source.c.id == ident).values(**_state_values(state)))
            return fresh, (None if children is None else _children(writer, quiet.url, children))

        found, given = self.store._write(work)
        if given is None:
            return found, None
        self._numbers |= {row.url: row.id for row in given}
        return found, [_state(row) for row in given]

    def _number(self, writer: Writer, state: Asked) -> int:
        """The number of a source, which is written where it is new."""
        query = select(source.c.id, source.c.url).where(source.c.number == _hash(state.url), source.c.url == state.url)
        row = writer.connection.execute(query).first()
        if row is not None:
            return int(row.id)
        new = _source_row(writer, state)
        writer.bulk(source, [new])
        return int(new["id"])

    def take(
        self, sources: Collection[str], busy: Collection[str], held: Collection[int], most: int, now: float
    ) -> list[Waiting]:
        """As `Memory.take`."""
        with self.store.database.reading() as connection:
            if not self._candidates(connection, sources, busy, held, most, now):
                return []  # without a lock, as nearly always: nobody is held up by a watcher that has nothing to do

        def work(writer: Writer) -> list[Any]:
            found = self._candidates(writer.connection, sources, busy, held, most, now)
            mine = update(seen).where(seen.c.id.in_([r.id for r in found]))
            writer.connection.execute(mine.values(holder=self.holder, taken=_time(now)))
            return found

        urls = {self._numbers[url]: url for url in sources if url in self._numbers}
        found: list[Any] = self.store._write(work)
        return [
            Waiting(r.id, r.url, r.host, urls[r.source_id], r.title, r.published, r.tries) for r in found
        ]  # fmt: skip

    def _mine(self, sources: Collection[str]) -> list[ColumnElement[bool]]:
        numbers = [self._numbers[url] for url in sources if url in self._numbers]
        return [seen.c.became == WAITING, or_(false(), *(seen.c.source_id.in_(part) for part in chunks(numbers)))]

    def _candidates(
        self, connection: Connection, sources: Collection[str], busy: Collection[str], held: Collection[int], most: int,
        now: float,
    ) -> list[Any]:  # fmt: skip
        """Rows of `seen` that may be taken: of each host the one that is due first, by when it is due."""
        free = [
            *self._mine(sources), seen.c.due <= _time(now), seen.c.host.not_in(busy), seen.c.id.not_in(held),
            or_(seen.c.holder == self.holder, seen.c.taken <= _time(now - LEASE)),
        ]  # fmt: skip
        first = select(seen.c.host, func.min(seen.c.due).label("due")).where(*free).group_by(seen.c.host)
        out: list[Any] = []
        for host, due in connection.execute(first.order_by("due", seen.c.host).limit(most)).all():
            query = select(seen).where(*free, seen.c.host == host, seen.c.due == due).order_by(seen.c.id).limit(1)
            out += connection.execute(query).all()
        return out

    def next_due(self, sources: Collection[str]) -> float | None:
        """As `Memory.next_due`."""
        with self.store.database.reading() as connection:
            found = connection.execute(select(func.min(seen.c.due)).where(*self._mine(sources))).scalar()
        return _seconds(found) if found is not None else None

    def waiting(self, sources: Collection[str]) -> int:
        """As `Memory.waiting`."""
        with self.store.database.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(seen).where(*self._mine(sources))).scalar() or 0)

    def look(self, url: str) -> tuple[str, str] | None:
        """As `Memory.look`."""
        query = select(seen.c.became, seen.c.report).where(seen.c.number == _hash(url), seen.c.url == url)
        with self.store.database.reading() as connection:
            row = connection.execute(query).first()
        return (row.became, row.report) if row is not None else None

    def done(self, outcomes: Sequence[Became], now: float) -> None:
        """As `Memory.done`."""
        self.store._write(lambda writer: _done(writer, outcomes, now))

    # Keep

    def same(self, given: Report) -> str:
        """As `Keep.same`. Another address tells the same where title, date, outlet and text are the same."""
        if self.store.has(given):
            return rows.identity(given)
        with self.store.database.reading() as connection:
            key = rows.identity(given)
            if connection.execute(select(report.c.id).where(report.c.number == number("report", key))).first() is not None:
                return ""  # its own address says something else now: a new version
            query = (
                select(report.c.key).join(version, version.c.id == report.c.version_id)
                .where(version.c.hash == rows.content(given)).order_by(report.c.id).limit(1)
            )  # fmt: skip
            return str(connection.execute(query).scalar() or "")

    def keep(self, coded: Sequence[CodedReport]) -> list[Kept | InputError]:
        """As `Keep.keep`. Raises `StoreError` where the store cannot be written."""
        added: list[Added | InputError]
        try:
            added = list(self.store.add_many(coded, self.reader, batch=len(coded) or 1))
        except StoreError:
            raise
        except InputError:
            added = [self._one(one) for one in coded]
        copies = self._copies([a.report for a in added if isinstance(a, Added)])
        return [a if isinstance(a, InputError) else Kept(a.report, a.change, copies.get(a.report, "")) for a in added]

    def _one(self, coded: CodedReport) -> Added | InputError:
        try:
            return self.store.add(coded, self.reader)
        except StoreError:
            raise
        except InputError as error:
            return error

    def _copies(self, keys: Sequence[str]) -> dict[str, str]:
        """Whom reports copy, by their keys."""
        query = (
            select(report.c.key, _origin.c.key.label("origin")).join(copy, copy.c.report_id == report.c.id)
            .join(_origin, _origin.c.id == copy.c.origin_id)
        )  # fmt: skip
        with self.store.database.reading() as connection:
            return {r.key: r.origin for r in by_id(connection, query, report.c.number, (number("report", k) for k in keys))}

    def refused(self, error: InputError) -> None:
        """As `Keep.refused`."""
        self.store.failed(error)


def holder_of(path: str | Path) -> str:
    """The name of a watcher of this sources file on this machine."""
    return content_id("watcher", socket.gethostname(), Path(path).absolute())


def _hash(url: str) -> int:
    return number("address", url)


def _time(seconds: float) -> str:
    """UTC, to the second; "" for never."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if seconds > 0 else ""


def _seconds(time: str) -> float:
    return dt.datetime.fromisoformat(time).timestamp() if time else 0.0


def _state(row: Any) -> Asked:
    return Asked(
        row.url, row.etag, row.modified, _seconds(row.tried), _seconds(row.good), row.failures, row.idle, _seconds(row.due),
        row.reason, row.parent,
    )  # fmt: skip


def _state_values(state: Asked) -> dict[str, Any]:
    return {
        "etag": rows.kept(state.etag), "modified": rows.kept(state.modified), "tried": _time(state.tried),
        "good": _time(state.good), "failures": state.failures, "idle": state.idle, "due": _time(state.due),
        "reason": rows.kept(state.reason),
    }  # fmt: skip


def _source_row(writer: Writer, state: Asked) -> dict[str, Any]:
    return {
        "id": writer.numbers.next(source), "url": rows.kept(state.url), "number": _hash(state.url),
        "parent": rows.kept(state.parent), **_state_values(state),
    }  # fmt: skip


def _children(writer: Writer, parent: str, urls: Sequence[str]) -> list[Any]:
    """The sources that an index leads to: those that it names no more are forgotten."""
    mine = source.c.parent == parent
    have = {r.url: r.id for r in writer.connection.execute(select(source.c.url, source.c.id).where(mine))}
    writer.numbers.look(source)
    for part in chunks(ident for url, ident in have.items() if url not in set(urls)):
        writer.connection.execute(delete(source).where(source.c.id.in_(part)))
    known = by_id(writer.connection, select(source.c.url), source.c.number, map(_hash, urls))
    taken = {r.url for r in known} | {""}
    writer.bulk(source, [_source_row(writer, Asked(url, parent=parent)) for url in dict.fromkeys(urls) if url not in taken])
    return list(writer.connection.execute(select(source).where(mine).order_by(source.c.id)))


def _seen_row(writer: Writer, listed: Listed, source_id: int, now: float) -> dict[str, Any]:
    return {
        "id": writer.numbers.next(seen), "url": rows.kept(listed.url), "number": _hash(listed.url), "source_id": source_id,
        "host": rows.kept(listed.host), "title": rows.kept(listed.title), "published": rows.kept(listed.published),
        "first_seen": _time(now), "tried": "", "tries": 0, "due": _time(now), "holder": "", "taken": "", "became": WAITING,
        "report": "", "reason": "",
    }  # fmt: skip


def _list(writer: Writer, source_id: int, listed: Sequence[Listed], now: float) -> int:
    """Notes addresses that are new; how many they are."""
    fresh = 0
    for part in chunks({_hash(one.url): one for one in listed}.items()):
        found = select(seen.c.number).where(seen.c.number.in_([hashed for hashed, _ in part]))
        have = set(writer.connection.execute(found).scalars())
        new = [_seen_row(writer, one, source_id, now) for hashed, one in part if hashed not in have]
        writer.bulk(seen, new)
        fresh += len(new)
    return fresh


def _done(writer: Writer, outcomes: Sequence[Became], now: float) -> None:
    if not outcomes:
        return
    time = _time(now)
    lines = [
        {"b_id": o.waiting.ident, "b_became": o.what, "b_report": rows.kept(o.report), "b_reason": rows.kept(o.reason),
         "b_due": _time(o.due), "b_tries": o.waiting.tries + 1}
        for o in outcomes
    ]  # fmt: skip
    changed = update(seen).where(seen.c.id == bindparam("b_id")).values(
        became=bindparam("b_became"), report=bindparam("b_report"), reason=bindparam("b_reason"), due=bindparam("b_due"),
        tries=bindparam("b_tries"), tried=time, holder="", taken="",
    )  # fmt: skip
    writer.connection.execute(changed, lines)
    for one in outcomes:
        if one.also and one.report:
            _list(writer, 0, one.also, now)
            numbers = [_hash(listed.url) for listed in one.also]
            where = (seen.c.number.in_(numbers), seen.c.report == "")
            settled = {"became": "same", "report": rows.kept(one.report), "reason": "", "tried": time, "due": ""}
            writer.connection.execute(update(seen).where(*where).values(**settled))
