"""Keeps copies, incidents and claims what comparing makes of all reports, by looking only near what a change touches.

The rules are in `communique.compare`; here is how it finds what it asks for (by index, so that it costs the same in a store of
any size), and how what it answers is written. All of it happens in the transaction that keeps the reports.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from sqlalchemy import Connection, Table, delete, insert, select, text, update

from communique.compare.claims import Reclaiming, Saying, claim_keys, regroup_claims
from communique.compare.finding import UnindexedError
from communique.compare.incidents import Regrouping, block_keys, regroup
from communique.errors import DataError
from communique.records import Claim, Entity, Incident, Telling
from communique.store import rows
from communique.store.copying import Recopied, recopy
from communique.store.engine import chunks
from communique.store.loading import by_id, stored_incidents, stored_statements, tellings
from communique.store.remembering import Memory
from communique.store.schema import (
    band,
    block,
    claim,
    claim_block,
    claim_party,
    claim_telling,
    copy,
    event,
    incident,
    incident_dyad,
    moved,
    number,
    report,
    sketch,
    statement,
)
from communique.store.writing import Change, Row, Writer

_DYAD = {"actor": "b_actor", "recipient": "b_recipient", "day": "b_day", "incident_id": "b_incident"}


_DRAWN = ("date", "first_seen", "type", "mode", "status", "score", "origins", "reports", "uid", "historical")
"""What a row of `incident_dyad` holds of its incident."""


@lru_cache(maxsize=65_536)
def _number(key: str) -> int:
    return number(key)


class Comparing:
    """Compares what one transaction changed with what is near it. `touched` are the ids of incidents and claims by report."""

    def __init__(self, writer: Writer) -> None:
        self.writer, self.connection = writer, writer.connection
        self.memory: Memory = writer.memory.lean()
        writer.memory = self.memory
        self.memory.used = True
        self.memory.listen(lambda keys: self._near(block, keys), lambda keys: self._near(claim_block, keys), self._reports)

    def update(self, changes: Sequence[Change], before: Mapping[int, Telling] | None = None) -> dict[str, tuple[str, ...]]:
        """Brings copies, incidents and claims up to date; the ids of the incidents that each changed report is part of.

        `before` are tellings as they were, where their rows do not tell it any more. Raises `DataError` where the keys of what is
        near were written by other rules: they must be made anew first.
        """
        before = {**(before or {}), **self._load(i for c in changes for i in c.removed)}
        shifted = recopy(self.writer, changes)
        added = [i for c in changes for i in c.added]
        others = sorted(set(self._current(shifted)) - set(added))
        before |= self._load(others)
        self._unblock(before)
        shifted.write()
        self.memory.drop([*before, *added])
        # Of what a report says may have changed what tells nothing.
        self.memory.around.drop(c.key for c in changes)
        self._just_written(changes, shifted)
        after = self._load([*added, *others])
        self._block(after)
        try:
            self._incidents(list(after.values()), list(before.values()))
            self.writer.link([{"b_event": ident, "b_incident": None} for ident in before if ident not in after])
            self._claims(list(after.values()), before)
        except UnindexedError as error:
            raise DataError(
                f"store {self.writer.database.name!r}: {error}, as an earlier version compared it: run `communique store compare`"
                " (`Store.compare_again()`), which makes copies, incidents and claims anew; no report is lost"
            ) from error
        return self._touched(changes)

    def _just_written(self, changes: Sequence[Change], shifted: Recopied) -> None:
        """Notes tellings that this transaction wrote as they would be read: that is known without reading them."""
        roots = {ident: root for ident, (_, root) in shifted.roots.items()}
        # Of words that were read anew no copies are looked for: whom they copy is known already.
        same = [c.report_id for c in changes if c.report_id not in roots]
        query = select(copy.c.report_id, copy.c.root_id)
        roots |= {r.report_id: r.root_id for r in by_id(self.connection, query, copy.c.report_id, same)}
        copied = {root for c in changes if (root := roots.get(c.report_id, c.report_id)) != c.report_id}
        keys = {r.id: r.key for r in by_id(self.connection, select(report.c.id, report.c.key), report.c.id, copied)}
        for c in changes:
            origin = keys.get(roots.get(c.report_id, c.report_id), c.key)
            self.memory.put((i, Telling(e, c.key, c.outlet, c.published, origin)) for i, e in c.told.items())

    def _current(self, reports: Iterable[int]) -> list[int]:
        """The current events of these reports."""
        query = select(event.c.id).join(report, report.c.version_id == event.c.version_id).where(event.c.current)
        return [row.id for row in by_id(self.connection, query, report.c.id, reports)]

    def _load(self, ids: Iterable[int]) -> dict[int, Telling]:
        """Tellings as they are now, each read once."""
        wanted = list(dict.fromkeys(ids))
        known = self.memory.tellings
        missing = [i for i in wanted if i not in known]
        if missing:
            self.memory.put(tellings(self.connection, missing).items())
        return {i: known[i] for i in wanted if i in known}

    def _unblock(self, old: Mapping[int, Telling]) -> None:
        for table, keys_of in ((block, block_keys), (claim_block, claim_keys)):
            gone = [
                {"b_key": _number(key), "b_event": ident}
                for ident, telling in old.items() for key in keys_of(telling)
            ]  # fmt: skip
            self.writer.erase(table, {"key": "b_key", "event_id": "b_event"}, gone)

    def _block(self, new: Mapping[int, Telling]) -> None:
        for table, keys_of in ((block, block_keys), (claim_block, claim_keys)):
            found = [
                {"key": key, "event_id": ident}
                for ident, telling in new.items() for key in {_number(k) for k in keys_of(telling)}
            ]  # fmt: skip
            self.writer.bulk(table, found)

    def _near(self, table: Table, keys: Collection[str]) -> Iterable[Telling]:
        return self._load(self.writer.database.under(self.connection, table, map(_number, keys))).values()

    def _incidents(self, added: Sequence[Telling], removed: Sequence[Telling]) -> None:
        change = regroup(added, self.memory.incidents, removed=removed)
        old = {row.uid: row.id for row in by_id(self.connection, select(incident.c.id, incident.c.uid), incident.c.uid,
                                               [*change.dropped, *(i.id for i in change.incidents)])}  # fmt: skip
        self.writer.numbers.look(incident)
        self._drop(list(old.values()))
        self._make(change, old)
        self._redirect(change.moved, {i.id for i in change.incidents})

    def _drop(self, ids: Sequence[int]) -> None:
        """Takes incidents out; those that live on are written anew under the same number."""
        gone: list[Row] = []
        days = {r.id: r.day for r in by_id(self.connection, select(incident.c.id, incident.c.day), incident.c.id, ids)}
        for ident, one in zip(ids, stored_incidents(self.connection, ids, told=False), strict=True):
            gone += [
                {"b_actor": a, "b_recipient": b, "b_day": days[ident], "b_incident": ident}
                for a, b in rows.incident_pairs(one)
            ]  # fmt: skip
        self.writer.erase(incident_dyad, _DYAD, gone)
        for part in chunks(ids):
            self.connection.execute(delete(incident).where(incident.c.id.in_(part)))

    def _make(self, change: Regrouping, old: Mapping[str, int]) -> None:
        made = change.incidents
        numbers = self.writer.entities(rows.entity_key(e) for i in made for e in (*i.actors, *i.recipients))
        places = self.writer.locations(i.location for i in made)
        lines: list[Row] = []
        dyads: list[Row] = []
        links: dict[int, int] = {}
        for one in made:
            ident = old.get(one.id) or self.writer.numbers.next(incident)
            line = {"id": ident, **rows.incident_row(one, numbers), "location_id": places[one.location] if one.location else None}
            lines.append(line)
            dyads += [_dyad(one, ident, line["day"], a, b) for a, b in rows.incident_pairs(one)]
            # Those alone that told another: hundreds of copies tell the same.
            links |= dict.fromkeys(self.memory.numbers(change.came[one.id]), ident)
        self.writer.bulk(incident, lines)
        self.writer.bulk(incident_dyad, dyads)
        self.writer.link([{"b_event": e, "b_incident": i} for e, i in links.items()])

    def _redirect(self, given: Iterable[tuple[str, str]], living: Collection[str]) -> None:
        """Keeps where ids lead that are no more; one that has come back leads nowhere else."""
        pairs = dict(given)
        for part in chunks({*pairs, *living}):
            self.connection.execute(delete(moved).where(moved.c.old.in_(part)))
        if pairs:
            self.connection.execute(insert(moved), [{"old": old, "new": new} for old, new in pairs.items()])

    def _claims(self, added: Sequence[Telling], before: Mapping[int, Telling]) -> None:
        change = regroup_claims(added, self.memory.claims, self.memory.around, removed=before.values())
        old = {row.uid: row.id for row in by_id(self.connection, select(claim.c.id, claim.c.uid), claim.c.uid,
                                               [*change.dropped, *(c.id for c in change.claims)])}  # fmt: skip
        self.writer.numbers.look(claim)
        for part in chunks(old.values()):
            self.connection.execute(delete(claim).where(claim.c.id.in_(part)))
            self.connection.execute(delete(claim_party).where(claim_party.c.claim_id.in_(part)))
        lines: list[Row] = []
        parties: list[Row] = []
        numbers: dict[str, int] = {}
        for one in change.claims:
            ident = numbers[one.id] = old.get(one.id) or self.writer.numbers.next(claim)
            lines.append({"id": ident, **_claim_row(one)})
            parties += [{"role": role, "country": country, "claim_id": ident} for role, country in _parties(one)]
        self.writer.bulk(claim, lines)
        self.writer.bulk(claim_party, parties)
        self._tell(change, numbers, [ident for uid, ident in old.items() if uid not in numbers], before)
        self._redirect(change.moved, {c.id for c in change.claims})

    def _tell(self, change: Reclaiming, numbers: Mapping[str, int], dead: Iterable[int], before: Mapping[int, Telling]) -> None:
        """Says which events tell a claim where that is another than before, and nobody of a claim that is no more."""
        for part in chunks(dead):
            self.connection.execute(delete(claim_telling).where(claim_telling.c.claim_id.in_(part)))
        were: dict[tuple[str, str], list[int]] = {}
        for ident, telling in before.items():
            were.setdefault((telling.report, telling.event.id), []).append(ident)
        gone = [
            {"b_event": e, "b_claim": ident} for uid, ident in numbers.items() for ref in change.went.get(uid, ())
            for e in were.get(ref) or self.memory.numbers([ref])
        ]  # fmt: skip
        self.writer.erase(claim_telling, {"event_id": "b_event", "claim_id": "b_claim"}, gone)
        self.writer.bulk(claim_telling, [
            {"event_id": e, "claim_id": ident} for uid, ident in numbers.items() for e in self.memory.numbers(change.came[uid])
        ])  # fmt: skip

    def _reports(self, keys: Collection[str]) -> tuple[Iterable[Telling], Iterable[Saying]]:
        """All that the current versions of these reports tell and quote."""
        versions: dict[int, str] = {}
        for part in chunks(keys):
            where = (report.c.number.in_([number("report", key) for key in part]), report.c.key.in_(part))
            found = self.connection.execute(select(report.c.version_id, report.c.key).where(*where))
            versions |= {row.version_id: row.key for row in found}
        told = select(event.c.id).where(event.c.current)
        events = [row.id for row in by_id(self.connection, told, event.c.version_id, versions)]
        said = select(statement.c.id).where(statement.c.current)
        uttered = [row.id for row in by_id(self.connection, said, statement.c.version_id, versions)]
        return self._load(events).values(), self._said(uttered)

    def _said(self, ids: Iterable[int]) -> Iterator[Saying]:
        for part in chunks(ids):
            for one in stored_statements(self.connection, part):
                yield Saying(one.statement, one.report, one.words)

    def _touched(self, changes: Sequence[Change]) -> dict[str, tuple[str, ...]]:
        key_of = {i: c.key for c in changes for i in c.added}
        query = select(event.c.id, incident.c.uid).join(incident, incident.c.id == event.c.incident_id)
        out: dict[str, set[str]] = {c.key: set() for c in changes}
        for row in by_id(self.connection, query, event.c.id, key_of):
            out[key_of[row.id]].add(row.uid)
        return {key: tuple(sorted(found)) for key, found in out.items()}


def _dyad(one: Incident, ident: int, day: str, actor: str, recipient: str) -> Row:
    drawn: Row = dict.fromkeys(_DRAWN)
    if rows.ANY not in (actor, recipient):
        drawn = {name: getattr(one, name if name != "uid" else "id") for name in drawn}
    return {"actor": actor, "recipient": recipient, "day": day, "incident_id": ident, **drawn}


def _claim_row(one: Claim) -> Row:
    day, until, _ = rows.days(one.date, one.since)
    return {
        "uid": one.id, "type": one.type, "day": day, "until": until, "since": one.since, "contested": one.contested,
        "record": rows.kept(rows.dump(one)),
    }  # fmt: skip


def _parties(one: Claim) -> set[tuple[str, str]]:
    """(role, country) of all who have to do with a claim."""
    def of(role: str, entities: Iterable[Entity]) -> set[tuple[str, str]]:
        return {(role, e.country) for e in entities if e.country}

    return of("a", one.actors) | of("r", one.recipients) | of("p", (s.party for s in one.sides))


_BEFORE = {
    "was_incident": "SELECT event.id AS event_id, incident.uid AS uid FROM event "
    "JOIN incident ON incident.id = event.incident_id",
    "was_claim": "SELECT claim_telling.event_id AS event_id, claim.uid AS uid FROM claim_telling "
    "JOIN claim ON claim.id = claim_telling.claim_id",
}
"""What events told before all is made anew."""

_AFTER = {
    "was_incident": "JOIN event ON event.id = was.event_id JOIN incident AS made ON made.id = event.incident_id",
    "was_claim": "JOIN claim_telling ON claim_telling.event_id = was.event_id "
    "JOIN claim AS made ON made.id = claim_telling.claim_id",
}
"""What they tell now."""


def forget(connection: Connection) -> None:
    """Takes out all that comparing made, for making it anew. What ids lead to stays, and `remember` brings it up to date."""
    for name, query in _BEFORE.items():
        connection.execute(text(f"CREATE TEMPORARY TABLE {name} AS {query}"))
    for table in (sketch, band, copy, block, claim_block, incident, incident_dyad, claim, claim_party, claim_telling):
        connection.execute(delete(table))
    connection.execute(update(event).where(event.c.incident_id.is_not(None)).values(incident_id=None))


def remember(connection: Connection) -> None:
    """After `forget`, once all is made anew: ids that are no more lead to where most of their tellings are."""
    living = select(incident.c.uid).union_all(select(claim.c.uid))
    for name, now in _AFTER.items():
        query = (
            f"SELECT was.uid AS old, made.uid AS new, count(*) AS n FROM {name} AS was {now} WHERE was.uid NOT IN "
            "(SELECT uid FROM incident UNION ALL SELECT uid FROM claim) GROUP BY was.uid, made.uid"
        )
        heirs: dict[str, tuple[int, str]] = {}
        for row in connection.execute(text(query)):
            # The most; of several, the id that sorts first.
            best = heirs.get(row.old)
            if best is None or (-row.n, row.new) < (-best[0], best[1]):
                heirs[row.old] = (row.n, row.new)
        for part in chunks(heirs):
            connection.execute(delete(moved).where(moved.c.old.in_(part)))
        if heirs:
            connection.execute(insert(moved), [{"old": old, "new": new} for old, (_, new) in heirs.items()])
        connection.execute(text(f"DROP TABLE {name}"))
    connection.execute(delete(moved).where(moved.c.old.in_(living)))
