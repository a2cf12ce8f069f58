"""The store: `open_store` gives one, `Store.add` keeps a report, its questions are in `reading`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from sqlalchemy import Connection, select, update

from communique.errors import InputError
from communique.gather.inputs import Pipes, read_all
from communique.read.naming import reader_name
from communique.records import CodedReport, Report
from communique.store import copying, loading, restating, rows, withdrawing
from communique.store.comparing import Comparing, forget, remember
from communique.store.correcting import ACT, Own, checked, fitting, own_types, values
from communique.store.engine import Database, chunks, place
from communique.store.failing import Failing
from communique.store.garbage import uncollected
from communique.store.migrations import migrate, revision
from communique.store.reading import Reading
from communique.store.remembering import Memory, held, stamp
from communique.store.schema import HEAD, coding, correction, dyad, event, report, statement, version
from communique.store.writing import REMEMBERED, Change, Writer

BATCH = 32
"""Reports kept in one transaction by `add_many`: a commit waits for the disk, and 32 share one wait."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a report: `change` is "new", "corrected" (a new version), "recoded" or "unchanged".

    `report` is its key, `version` counts from 1, `incidents` are the ids of those that it tells of.
    """

    report: str
    version: int
    change: str
    incidents: tuple[str, ...] = ()


def open_store(where: str | Path | None = None, *, create: bool = True) -> Store:
    """The store at a path or URL; without either, the one that the environment names (COMMUNIQUE_STORE), else ``communique.db``
    in the current folder. It is brought to this version's schema first. Use it in a ``with``.

    ``postgresql://user@host/database`` is a store on PostgreSQL. Without `create`, an SQLite file that is not there is refused.

    Raises `InputError` where there is no store to open, or COMMUNIQUE_REMEMBER is no number, `DataError` where it is damaged
    or of a newer version, and `MissingExtraError` where PostgreSQL's driver is not installed.
    """
    return Store(Database(place(where), create=create))


class Store(Reading, Failing):
    """Reports, what was read from them, and what comparing them yields. Make one with `open_store`.

    Several processes may read and write one store at once. A store may be shared by threads.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self._known: dict[rows.EntityKey, int] = {}
        self._memory: Memory | None = None
        held()  # refused here, before anything is written
        with database.reading() as connection:
            at = revision(connection)
        if at != HEAD:
            self._write(_bring_up)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def name(self) -> str:
        """Its path, or its URL without a password."""
        return self.database.name

    def close(self) -> None:
        self.database.close()

    def add(self, coded: CodedReport, reader: str = "", *, latest: bool = False) -> Added:
        """Keeps a report and what was read from it, and brings incidents and claims up to date. What it returns is kept for good.

        The same content again changes nothing; other content under the same id, or the same address where it has no id, is a
        new version. `reader` names who read it (`Reader.name`; where empty, what a reader without an adaptation is called here).

        `latest` says that the report reads so now, as one that was just fetched from its address: where that is how an older
        version read, it has become a new version again. Without it an archive that holds both can be added any number of times.

        Raises `InputError` where the report's date is none, or the store cannot be written.
        """
        return self._add([coded], reader, latest)[0]

    def add_many(
        self, reports: Iterable[CodedReport], reader: str = "", *, batch: int = BATCH, latest: bool = False
    ) -> Iterator[Added]:
        """As `add`, for a stream: `batch` reports share a transaction, and each is yielded once it is kept for good."""
        for part in chunks(reports, batch):
            yield from self._add(part, reader, latest)

    def _add(self, reports: Sequence[CodedReport], reader: str, latest: bool) -> list[Added]:
        name = reader or reader_name()
        sketches = copying.sketches(self.database, (coded.report for coded in reports))

        def work(writer: Writer) -> list[Added]:
            # Not around all of it: whoever waits a minute for the lock has other work in other threads.
            with uncollected():
                return [a for part in _apart(reports) for a in _keep(writer, writer.keep(part, name, sketches, latest=latest))]

        out: list[Added] = self._write(work)
        return out

    def _write(self, work: Any) -> Any:
        """What `work` makes with a `Writer`, once it is committed."""
        writers: list[Writer] = []

        def run(connection: Connection) -> Any:
            # Taken away while it may be changed: where this transaction fails, nothing of it may be believed.
            memory, self._memory = self._memory, None
            if memory is not None and memory.stamp != stamp(connection):
                memory = None
            writers.append(Writer(self.database, connection, self._known, memory))
            out = work(writers[-1])
            writers[-1].memory.close(connection)
            return out

        out = self.database.write(run)
        self._memory = writers[-1].memory if writers[-1].memory.fit else None
        if len(self._known) > REMEMBERED:
            self._known = {}
        # Of the last try alone: what the others learnt was undone with them.
        self._known = self._known | writers[-1].learnt if writers[-1].learnt else self._known
        return out

    def recode(
        self, reader: Pipes, name: str = "", *, batch: int = 8, everything: bool = False
    ) -> Iterator[Added | InputError]:
        """Reads every current version again with `reader`, and makes the new coding the current one; the old is kept.

        Versions whose current coding has this `name` (the reader's own where empty) are passed over, so that a run that was
        broken off goes on where it was; with `everything`, they are read too. A report that the reader refuses is yielded as
        an error and keeps its coding. Corrections hold on.
        """
        called = rows.kept(name or str(getattr(reader, "name", "")) or reader_name())
        last = 0
        while todo := self._to_recode("" if everything else called, last, batch):
            last = max(version_id for version_id, _ in todo)
            results = list(read_all(reader, (given for _, given in todo)))
            pairs = [(v, r) for (v, _), r in zip(todo, results, strict=True) if isinstance(r, CodedReport)]
            yield from (r for r in results if isinstance(r, InputError))
            if pairs:
                yield from self._write(lambda writer, pairs=pairs: _recode(writer, pairs, called, everything))

    def _to_recode(self, name: str, behind: int, size: int) -> list[tuple[int, Report]]:
        """The next versions that are not as `name` read them ("": whoever read them)."""
        query = (
            select(version, report.c.key).join(report, report.c.version_id == version.c.id)
            .join(coding, coding.c.id == version.c.coding_id)
            .where(version.c.id > behind, *([coding.c.reader != name] if name else [])).order_by(version.c.id).limit(size)
        )  # fmt: skip
        with self.database.reading() as connection:
            return [(row.id, loading.plain_report(row.key, row)) for row in connection.execute(query)]

    def correct(self, record: str, field: str, value: Any, who: str) -> Added:
        """Puts an event's `field`, or a statement's act, right; it stays so when the report is read again. `who` is the analyst.

        Fields are those of `correcting.FIELDS`, and "act". Raises `InputError` for an event or statement that is not current, for
        a field that cannot be corrected and for a value that it cannot have.
        """
        if field == ACT:
            act = restating.known_act(value)
            return self._put(lambda writer: restating.correct(writer, rows.kept(record), act, who), who)
        with self.database.reading() as connection:
            own = own_types(connection, [value] if field == "type" else [])
        value = checked(field, value, own)
        if not who.strip():
            raise InputError("who ''", "names nobody", "say who corrects")
        out: Added = self._write(lambda writer: _correct(writer, rows.kept(record), field, value, who, own))
        return out

    def withdraw(self, record: str, who: str) -> Added:
        """Says that an event, or a statement, is none: it is no more among events, incidents, claims and statements, also when
        its report is read again. `who` is the analyst. Raises `InputError` for one that is not current."""
        return self._withdrawn(record, who, False)

    def restore(self, record: str, who: str) -> Added:
        """Takes a `withdraw` back. Raises `InputError` for what is not withdrawn."""
        return self._withdrawn(record, who, True)

    def _withdrawn(self, record: str, who: str, there: bool) -> Added:
        with self.database.reading() as connection:
            said = connection.execute(select(statement.c.id).where(statement.c.uid == rows.kept(record)).limit(1)).first()
        put = withdrawing.put if said is None else restating.put
        return self._put(lambda writer: put(writer, rows.kept(record), who, there), who)

    def _put(self, work: Any, who: str) -> Added:
        if not who.strip():
            raise InputError("who ''", "names nobody", "say who corrects")
        changed, told = self._write(work)
        return Added(changed.key, changed.n, "corrected", told)

    def compare_again(self) -> None:
        """Makes copies, incidents and claims anew from all reports, as after a change of the rules by which they are compared.
        Ids that they had before still lead to them."""
        self._write(_compare_again)


def _bring_up(writer: Writer) -> None:
    """Brings the tables to this version's schema, and fills what they had not before; all of it or nothing."""
    at = revision(writer.connection)
    migrate(writer.connection)
    if at and at < "0004":
        _compare_again(writer)


def _compare_again(writer: Writer) -> None:
    forget(writer.connection)
    writer.memory = Memory()
    query = (
        select(report.c.id, report.c.key, report.c.version_id, version.c.n)
        .join(version, version.c.id == report.c.version_id).order_by(report.c.id)
    )  # fmt: skip
    for part in chunks(writer.connection.execute(query).all(), 200):
        changes = {r.version_id: Change(r.id, r.key, r.n, r.version_id) for r in part}
        events = select(event.c.id, event.c.version_id).where(event.c.current)
        for row in loading.by_id(writer.connection, events, event.c.version_id, changes):
            changes[row.version_id].added.append(row.id)
        Comparing(writer).update(list(changes.values()))
    remember(writer.connection)


def _apart(reports: Sequence[CodedReport]) -> Iterator[list[CodedReport]]:
    """`reports` in runs in which none is another version of one before it."""
    run: list[CodedReport] = []
    keys: set[str] = set()
    for one in reports:
        key = rows.identity(one.report)
        if key in keys:
            yield run
            run, keys = [], set()
        run.append(one)
        keys.add(key)
    if run:
        yield run


def _keep(writer: Writer, found: Sequence[Change | tuple[str, int]]) -> list[Added]:
    """Compares what was written; what became of each report."""
    changes = [c for c in found if isinstance(c, Change)]
    incidents = Comparing(writer).update(changes) if changes else {}
    out = []
    for one in found:
        if isinstance(one, Change):
            out.append(Added(one.key, one.n, "new" if one.fresh else "corrected", incidents[one.key]))
        else:
            out.append(Added(*one, "unchanged"))
    return out


def _recode(writer: Writer, pairs: Sequence[tuple[int, CodedReport]], reader: str, everything: bool) -> list[Added]:
    query = (
        select(report.c.id, report.c.key, report.c.version_id, version.c.n, coding.c.reader)
        .join(version, version.c.id == report.c.version_id).join(coding, coding.c.id == version.c.coding_id)
    )  # fmt: skip
    coded = dict(pairs)
    drafts: list[tuple[CodedReport, Change]] = []
    for row in loading.by_id(writer.connection, query, version.c.id, coded):
        # Corrected, or read again by another process meanwhile: theirs stands.
        if everything or row.reader != reader:
            change = Change(row.id, row.key, row.n, row.version_id, again=True)
            change.removed = writer.retire(row.version_id)
            drafts.append((coded[row.version_id], change))
    writer.recode(drafts, reader)
    incidents = Comparing(writer).update([change for _, change in drafts])
    return [Added(c.key, c.n, "recoded", incidents[c.key]) for _, c in drafts]


def _correct(writer: Writer, record: str, field: str, value: Any, who: str, own: Mapping[str, Own]) -> Added:
    connection = writer.connection
    query = (
        select(event.c.id, event.c.day, event.c.version_id, report.c.id.label("report_id"), version.c.n)
        .join(version, version.c.id == event.c.version_id).join(report, report.c.id == version.c.report_id)
        .where(event.c.uid == record, event.c.current)
    )  # fmt: skip
    found = connection.execute(query).first()
    if found is None:
        raise InputError(f"event {record!r}", "is not in the store, or no more current", "give the id of a current event")
    # All of the report's: what stands beside an event decides on claims.
    whole = select(event.c.id).where(event.c.version_id == found.version_id, event.c.current)
    before = loading.tellings(connection, connection.execute(whole).scalars())
    told = before[found.id]
    fitting(told.event.type, field, value)
    changed = values(told.event, field, value, own)
    written = {k: v for k, v in changed.items() if k != "location"}
    if "location" in changed:
        written |= {"location_id": None, "place_country": ""}
    if "date" in changed:
        day, until, dated = rows.days(value, told.published)
        written |= {"day": day, "until": until, "dated": dated}
        for actor, recipient in rows.pairs(told.event.actors, told.event.recipients):
            where = (dyad.c.actor == actor, dyad.c.recipient == recipient, dyad.c.day == found.day, dyad.c.event_id == found.id)
            connection.execute(update(dyad).where(*where).values(day=day))
    connection.execute(update(event).where(event.c.id == found.id).values(**written))
    line = {
        "id": writer.numbers.next(correction), "report_id": found.report_id, "record": record, "start": told.event.start,
        "stop": told.event.end, "trigger": told.event.trigger, "field": field,
        "original": rows.dump(getattr(told.event, field)), "value": rows.dump(value), "who": rows.kept(who), "made": writer.time,
    }  # fmt: skip
    connection.execute(correction.insert(), [line])
    change = Change(found.report_id, told.report, found.n, found.version_id, again=True, added=list(before))
    incidents = Comparing(writer).update([change], before)
    return Added(told.report, found.n, "corrected", incidents[told.report])
