"""Persons and bodies in a store, as the desk's pages ask for them: who is known by a name, who spoke, and what they said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, tuple_

from communique.store import latest, loading
from communique.store.asking import Party
from communique.store.questions import StoredStatement
from communique.store.reading import Reading
from communique.store.schema import entity, statement
from communique.store.writing import folded


@dataclass(frozen=True, slots=True)
class Figure:
    """A person or body as the store knows it: one row for each country, sector and office that it was met with."""

    name: str
    country: str
    sector: str
    office: str
    ident: str
    number: int


def speakers(store: Reading, country: str, since: str, until: str, most: int = 15) -> list[tuple[Figure, int]]:
    """Who of a country spoke most in these days, by name, with the number of statements."""
    s = statement.c
    where = (s.current, s.country == country, s.day >= since, s.day <= until)
    with store.database.reading() as connection:
        found = connection.execute(select(s.speaker_id, func.count()).where(*where).group_by(s.speaker_id)).all()
        said = {row[0]: row[1] for row in found}
        known = loading.by_id(connection, select(entity).where(entity.c.name != ""), entity.c.id, said)
    told: Counter[str] = Counter()
    first: dict[str, Figure] = {}
    for row in sorted(known, key=lambda r: -said[r.id]):
        told[row.folded] += said[row.id]
        first.setdefault(row.folded, _figure(row))
    return [(first[name], n) for name, n in told.most_common(most)]


def figures(store: Reading, name: str) -> list[Figure]:
    """All that the store knows under a name, in whatever country, sector or office it was met."""
    with store.database.reading() as connection:
        found = connection.execute(select(entity).where(entity.c.folded == folded(name), entity.c.name != "").limit(200))
        return [_figure(row) for row in found]


def named_like(store: Reading, words: str, most: int = 40) -> list[Figure]:
    """Persons and bodies whose name has these words, each once, by name."""
    sign = folded(words).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    query = select(entity).where(entity.c.folded.like(f"%{sign}%", escape="\\"), entity.c.name != "")
    with store.database.reading() as connection:
        found = connection.execute(query.order_by(entity.c.folded, entity.c.id).limit(most * 4)).all()
    once: dict[str, Figure] = {}
    for row in found:
        once.setdefault(row.folded, _figure(row))
    return list(once.values())[:most]


def words_of(store: Reading, name: str, *, after: str = "", most: int = 20) -> list[StoredStatement]:
    """What a person or body said, the last first."""
    s, party = statement.c, Party(name=folded(name))
    within = [s.current, *latest.behind(s.day, s.id, after)]
    said = select(s.day, s.id).where(*within).order_by(s.day.desc(), s.id.desc()).limit(most)
    with store.database.reading() as connection:
        named = latest.numbers(connection, party)
        having = select(s.id).where(s.speaker_id.in_(named or ()))
        floor = latest.floor(connection, statement, having, within, most) if named else None
        found: Sequence[Any] = ()
        if named and floor is not None:
            # With nothing added, the speaker would lead by their index.
            found = connection.execute(said.where((s.speaker_id + 0).in_(named), tuple_(s.day, s.id) >= floor)).all()
        if len(found) < most:
            found = connection.execute(said.where(s.speaker_id.in_(party.entities()))).all()
        return loading.stored_statements(connection, [row.id for row in found])


def _figure(row: Any) -> Figure:
    return Figure(row.name, row.country, row.sector, row.office, row.ident, row.id)
