"""Questions to rows: which events, statements, incidents and claims fit a query, a page of numbers at a time.

Each answer comes by (day, number), so that a page begins behind the last one seen, however far that is. Which index leads is
chosen here where the database cannot know: by the parties where they are given (`dyad` and its like), else by the words where few
reports have them, else by day.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    Select,
    Table,
    and_,
    any_,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    text,
    tuple_,
)

from communique.errors import InputError
from communique.ontology import mutual_types
from communique.resolve.dates import days_of
from communique.store import rows
from communique.store.engine import Database
from communique.store.loading import report_row
from communique.store.questions import Query
from communique.store.schema import (
    claim,
    claim_party,
    claim_telling,
    coding,
    dyad,
    entity,
    entity_word,
    event,
    incident,
    incident_dyad,
    participant,
    report,
    statement,
    topic,
    version,
)
from communique.store.searching import FITS, fts5, having, name_words, tsquery
from communique.store.writing import folded

PAGE = 500
"""Records read at a time: a page is some megabytes, and a tenth of a second."""

FEW = 1_000
"""Reports with the words of a query up to which the words lead, and above which days or parties do. On PostgreSQL half as many:
of 36,000 reports, either way takes as long there for the incidents of 500."""

MANY, NEXT = 3_000, 5_000
"""Events of a name from which the next ones by day are looked through first, and how many of these: of a million events, 20,000
of one name took 110 ms to put in order, the next 5,000 take 15 to look through."""

MOST_NAMED = 2_000
"""Entities of a name whose numbers are listed in a query: SQLite takes 32,766 parameters as it comes, PostgreSQL 65,535, and both
take the longer over a statement the more there are."""

_CODE = re.compile(r"([A-Z]{3})(?:\.([A-Z]{3}))?")
_one, _other = participant.alias("one"), participant.alias("other")
_own, _theirs = entity.alias("own"), entity.alias("theirs")


@dataclass(frozen=True, slots=True)
class Party:
    """Whom a query names: a country, a sector within it, or a name, of which any word or several may be given."""

    country: str = ""
    sector: str = ""
    name: str = ""

    @classmethod
    def of(cls, given: str) -> Party:
        match = _CODE.fullmatch(given.strip())
        return cls(match[1], match[2] or "") if match else cls(name=folded(given))

    @property
    def plain(self) -> bool:
        """Whether the country says all."""
        return bool(self.country) and not self.sector

    def entities(self) -> Select[Any]:
        """Numbers of the entities that it names."""
        if self.name:
            # The longest word is mostly the rarest.
            words = sorted(name_words(self.name), key=len, reverse=True)
            if not words:
                return select(entity.c.id).where(false())
            first, *others = (select(entity_word.c.entity_id).where(entity_word.c.word == word) for word in words)
            return first.where(*(entity_word.c.entity_id.in_(other) for other in others))
        found = select(entity.c.id).where(entity.c.country == self.country)
        return found.where(entity.c.sector == self.sector) if self.sector else found


def pages(found: Callable[[str, int], Sequence[tuple[str, int]]], query: Query) -> Iterator[list[int]]:
    """Pages of numbers; `found(after, size)` gives the next (day, number) behind a cursor."""
    after, left = query.after, query.limit
    while left is None or left > 0:
        size = PAGE if left is None else min(PAGE, left)
        page = found(after, size)
        if page:
            yield [number for _, number in page]
        if len(page) < size:
            return
        after = f"{page[-1][0]}/{page[-1][1]}"
        left = None if left is None else left - len(page)


class Asking:
    """Builds and runs the selects of one query on one connection."""

    def __init__(self, database: Database, connection: Connection, query: Query) -> None:
        self.database, self.connection, self.query = database, connection, query
        self.actor = Party.of(query.actor) if query.actor.strip() else None
        self.recipient = Party.of(query.recipient) if query.recipient.strip() else None

    def events(self, after: str, size: int) -> list[tuple[str, int]]:
        soon = self._soon(after, size)
        return self._events(after, size) if soon is None else soon

    def _soon(self, after: str, size: int) -> list[tuple[str, int]] | None:
        """Events of a name that many have, where the next ones by day hold a page of them; else None.

        To put all that a name has in order takes longer the more it has; but what many have soon comes up.
        """
        q = self.query
        if not (self.actor and self.actor.name) or self.recipient or q.historical is not None:
            return None
        if q.type or q.status or q.country or q.text or q.report or q.reader:
            return None
        named = self.connection.execute(self.actor.entities().limit(MOST_NAMED + 1)).scalars().all()
        if len(named) > MOST_NAMED:
            return None
        having = select(participant.c.event_id).where(participant.c.entity_id.in_(named), participant.c.role == "a")
        if len(self.connection.execute(having.limit(MANY)).all()) < MANY:
            return None
        listed = select(event.c.day, event.c.id).where(event.c.current, *self._dates(event, event.c.day))
        near = self._ordered(listed, event.c.day, event.c.id, after).limit(NEXT).subquery()
        acts = exists().where(participant.c.event_id == near.c.id, participant.c.role == "a", participant.c.entity_id.in_(named))
        found = self._ordered(select(near.c.day, near.c.id).where(acts), near.c.day, near.c.id, "").limit(size)
        page = [(row[0], row[1]) for row in self.connection.execute(found)]
        return page if len(page) == size else None

    def _events(self, after: str, size: int) -> list[tuple[str, int]]:
        q = self.query
        led, day, number = self._led(dyad, dyad.c.event_id, event)
        found = select(day, number).select_from(led).where(*self._coding(event))
        found = found.where(*self._dates(event, day), *self._closed(event, led is not event))
        if q.country:
            found = found.where(event.c.place_country == q.country)
        if q.historical is not None:
            found = found.where(event.c.historical.is_(q.historical))
        # The index by country holds what is current alone: of an older coding, each party is looked for.
        if self.actor and (q.reader or not self.actor.plain):
            found = found.where(self._takes_part(self.actor, "a"))
        if self.recipient and (q.reader or not self.recipient.plain):
            found = found.where(or_(self._takes_part(self.recipient, "r"), self._meets(self.recipient)))
        if q.text:
            found = found.where(self.has_words(event.c.version_id))
        return self._page(found, day, number, after, size)

    def statements(self, after: str, size: int) -> list[tuple[str, int]]:
        q = self.query
        if q.status or q.country or q.historical is not None:
            raise InputError("status, country or historical", "say nothing of a statement", "leave them out")
        found = select(statement.c.day, statement.c.id).where(*self._coding(statement), *self._days(statement.c.day))
        if q.type:
            found = found.where(statement.c.act.in_([t.lower() for t in q.type]))
        if self.actor and self.actor.country:
            found = found.where(statement.c.country == self.actor.country)
        if self.actor and not self.actor.plain:
            found = found.where(statement.c.speaker_id.in_(self.actor.entities()))
        if self.recipient:
            if not self.recipient.plain:
                hint = "give a country, such as CHN"
                raise InputError(f"recipient {q.recipient!r}", "is not what a statement is about", hint)
            found = found.where(self._about(self.recipient.country))
        if q.text:
            found = found.where(self.has_words(statement.c.version_id))
        return self._page(found, statement.c.day, statement.c.id, after, size)

    def incidents(self, after: str, size: int) -> list[tuple[str, int]]:
        q = self.query
        if q.reader:
            raise InputError(f"reader {q.reader!r}", "has no incidents: they are made of what is current", "leave it out")
        source, day, number = self._led(incident_dyad, incident_dyad.c.incident_id, incident)
        where = (*self._dates(incident, day), *self._closed(incident, source is not incident))
        found = select(day, number).select_from(source).where(*where)
        if q.country:
            found = found.where(incident.c.place_country == q.country)
        told: list[ColumnElement[bool]] = []
        if self.actor and not self.actor.plain:
            told.append(self._takes_part(self.actor, "a"))
        if self.recipient and not self.recipient.plain:
            meets = and_(self._meets(self.recipient), event.c.type.in_(sorted(mutual_types())))
            told.append(or_(self._takes_part(self.recipient, "r"), meets))
        # What few events have finds incidents by them; what many have is looked at in each incident, by its day.
        led = bool(told or q.report)
        if q.text:
            told.append(self.has_words(event.c.version_id))
            led = led or not self.many
        if q.report:
            told += self._coding(event)
        if q.historical is not None:
            told.append(event.c.historical.is_(q.historical))
        telling = select(event.c.incident_id).where(event.c.current, *told)
        if told and q.text and not self.many and not self.database.sqlite:
            # Found at once: else PostgreSQL goes through all incidents by day for a page of the few, and takes seconds.
            found = found.where(incident.c.id == any_(func.array(telling.scalar_subquery())))
        elif told and led:
            found = found.where(incident.c.id.in_(telling))
        elif told:
            found = found.where(exists().where(event.c.incident_id == incident.c.id, event.c.current, *told).correlate(incident))
        return self._page(found, day, number, after, size)

    def claims(self, after: str, size: int) -> list[tuple[str, int]]:
        q = self.query
        if q.reader or q.country or q.historical is not None:
            raise InputError("reader, country or historical", "say nothing of a claim", "leave them out")
        if set(q.status) - {"contested"}:
            raise InputError(f"status {q.status[0]!r}", "is no status of a claim", "leave it out, or write contested")
        found = select(claim.c.day, claim.c.id).where(*self._dates(claim, claim.c.day))
        if q.type:
            found = found.where(claim.c.type.in_([t.upper() for t in q.type]))
        if q.status:
            found = found.where(claim.c.contested.is_(True))
        for party, roles in ((self.actor, ("a", "p")), (self.recipient, ("r",))):
            if party is not None and party.country:
                where = (claim_party.c.country == party.country, claim_party.c.role.in_(roles))
                found = found.where(claim.c.id.in_(select(claim_party.c.claim_id).where(*where)))
        told: list[ColumnElement[bool]] = []
        if self.actor and not self.actor.plain:
            told.append(or_(self._takes_part(self.actor, "a"), self._takes_part(self.actor, "s")))
        if self.recipient and not self.recipient.plain:
            told.append(self._takes_part(self.recipient, "r"))
        if q.text:
            told.append(self.has_words(event.c.version_id))
        if q.report:
            told += self._coding(event)
        if told:
            members = select(claim_telling.c.claim_id).join(event, event.c.id == claim_telling.c.event_id)
            found = found.where(claim.c.id.in_(members.where(event.c.current, *told)))
        return self._page(found, claim.c.day, claim.c.id, after, size)

    def _led(self, index: Table, number: Any, table: Table) -> tuple[Any, Any, Any]:
        """From which table rows are taken, by country where one is asked for, and its day and number."""
        left = self.actor.country if self.actor else ""
        right = self.recipient.country if self.recipient else ""
        if not (left or right) or self.query.reader:
            return table, table.c.day, table.c.id
        led = index.join(table, table.c.id == number)
        self._sides = (index.c.actor == (left or rows.ANY), index.c.recipient == (right or rows.ANY))
        return led, index.c.day, number

    many = False
    """Whether more reports than `FEW` have the query's words, once they were looked for."""

    _sides: tuple[ColumnElement[bool], ...] = ()

    def _closed(self, table: Table, led: bool) -> list[ColumnElement[bool]]:
        """Conditions of the closed lists and the parties' countries."""
        q = self.query
        out = list(self._sides) if led else []
        if q.type:
            out.append(table.c.type.in_([t.upper() for t in q.type]))
        if q.status:
            out.append(table.c.status.in_([s.lower() for s in q.status]))
        return out

    def _coding(self, table: Table) -> list[ColumnElement[bool]]:
        """Conditions that name a coding: the current one, or an older reader's of what are the current versions."""
        q = self.query
        out: list[ColumnElement[bool]] = []
        if q.report:
            found = report_row(self.connection, q.report)
            out.append(table.c.version_id == (found.version_id if found is not None else -1))
        if not q.reader:
            return [*out, table.c.current]
        theirs = (
            select(coding.c.version_id, func.max(coding.c.id).label("id")).join(version, version.c.id == coding.c.version_id)
            .join(report, report.c.id == version.c.report_id)
            .where(coding.c.reader == q.reader, report.c.version_id == version.c.id).group_by(coding.c.version_id).subquery()
        )  # fmt: skip
        return [*out, tuple_(table.c.version_id, table.c.coding_id).in_(select(theirs.c.version_id, theirs.c.id))]

    def _days(self, day: Any) -> list[ColumnElement[bool]]:
        q = self.query
        out: list[ColumnElement[bool]] = []
        if q.since:
            out.append(day >= q.since)
        if q.until:
            out += [day <= q.until, day > ""]
        return out

    def _dates(self, table: Table, day: Any) -> list[ColumnElement[bool]]:
        """That the days of a record and of the query meet."""
        q = self.query
        out: list[ColumnElement[bool]] = []
        if q.since:
            # A date is at most a year long: the index need not be read from its beginning.
            first = days_of(q.since)
            assert first is not None
            floor = first[0].replace(year=max(1, first[0].year - 1), day=1).isoformat()
            out += [day >= floor, table.c.until >= q.since]
        if q.until:
            out += [day <= q.until, day > ""]
        return out

    def _takes_part(self, party: Party, role: str) -> ColumnElement[bool]:
        """That somebody whom a query names is in this role."""
        if party.name:
            named = (participant.c.entity_id.in_(party.entities()), participant.c.role == role)
            return event.c.id.in_(select(participant.c.event_id).where(*named))
        where = [participant.c.event_id == event.c.id, participant.c.role == role, participant.c.entity_id == entity.c.id]
        where += [entity.c.sector == party.sector] if party.sector else []
        return exists().where(*where, entity.c.country == party.country)

    def _meets(self, party: Party) -> ColumnElement[bool]:
        """That somebody whom a query names takes part where all are actors."""
        met = and_(self._takes_part(party, "a"), ~exists().where(_other.c.event_id == event.c.id, _other.c.role == "r"))
        if not (self.query.reader and party.country):
            return met
        # What the index by country else sees to: that there is another, of the actor's country where one is asked for.
        where = [c for one in (_one, _other) for c in (one.c.event_id == event.c.id, one.c.role == "a")]
        where += [_one.c.n != _other.c.n, _other.c.entity_id == _theirs.c.id, _theirs.c.country == party.country]
        if self.actor and self.actor.country:
            where += [_one.c.entity_id == _own.c.id, _own.c.country == self.actor.country]
        return and_(met, exists().where(*where))

    def _about(self, country: str) -> ColumnElement[bool]:
        """That a statement is about a country or said to it."""
        if not self.query.reader:
            return statement.c.id.in_(select(topic.c.statement_id).where(topic.c.country == country))
        # `topic` holds what is current alone: of an older coding, the statement's own lists are looked through.
        if self.database.sqlite:
            listed, told = "json_each(statement.about) AS x WHERE x.value", "json_each(statement.addressee) AS x"
            number = "json_extract(x.value, '$[0]')"
        else:
            listed = "json_array_elements_text(statement.about::json) AS x(value) WHERE x.value"
            told, number = "json_array_elements(statement.addressee::json) AS x(value)", "(x.value->>0)::integer"
        named = f"EXISTS (SELECT 1 FROM {listed} = :country)"
        spoken = f"EXISTS (SELECT 1 FROM {told} JOIN entity ON entity.id = {number} WHERE entity.country = :country)"
        return or_(*(text(part).bindparams(country=country) for part in (named, spoken)))

    def has_words(self, column: Column[int]) -> ColumnElement[bool]:
        """That the report has the query's words.

        Where few reports have them, they are found first, and lead. Where many have, the query goes through its other index and
        looks at each report, which soon gives a page.
        """
        found = having(self.connection, self.query.text, FEW if self.database.sqlite else FEW // 2)
        self.many = found is None
        if found is not None:
            return column.in_(found)
        if self.database.sqlite:
            words = fts5(self.query.text)
            listed = select(literal_column("rowid", Integer)).select_from(text("words")).where(text("words MATCH :words"))
            # A plus takes the column's index from SQLite's choice, which else lets the words lead however many have them.
            led = literal_column(f"+{column.table.name}.{column.name}", Integer)
            return led.in_(listed.params(words=words))
        # As a value of each row: a condition would be turned into a list of all who have the words.
        one = text(f"(SELECT {FITS} FROM words WHERE words.version_id = {column.table.name}.{column.name})")
        return cast(ColumnElement[bool], one.bindparams(words=tsquery(self.query.text)))

    def _page(self, found: Select[Any], day: Any, number: Any, after: str, size: int) -> list[tuple[str, int]]:
        found = self._ordered(found, day, number, after).limit(size)
        return [(row[0], row[1]) for row in self.connection.execute(found)]

    def _ordered(self, found: Select[Any], day: Any, number: Any, after: str) -> Select[Any]:
        if after:
            place = Query(after=after).position()
            behind = tuple_(day, number)
            found = found.where(behind < place if self.query.newest else behind > place)
        return found.order_by(*((day.desc(), number.desc()) if self.query.newest else (day, number)))
