"""Searching by words goes one way or another by how many have them, and answers alike, on SQLite and on PostgreSQL."""

from __future__ import annotations

from typing import Any

import pytest
from making import Draft, many
from sqlalchemy import text
from sqlalchemy.event import listen

from communique.store import Query, Store, asking, open_store, searching
from communique.store.engine import Database, place
from communique.store.paging import page
from communique.store.searching import fold, having


def test_a_phrase_is_looked_for_among_who_has_its_words_side_by_side(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """And not in each text that has its words; where very many have it, the days lead, as of a word."""
    list(store.add_many(many(30)))
    asked = ['"finland accused"', '"finland russia"', '"finland accused" "signed a pact with"', '"a pact with russia it is"',
             '"finland accused" -"signed a pact with"']  # fmt: skip

    def answers() -> list[list[Any]]:
        kinds = (store.events, store.incidents, lambda q: iter(page(store, "reports", q, 50).numbers))
        return [list(kind(Query(text=words, limit=50))) for words in asked for kind in kinds]

    def known(few: int) -> list[int | None]:
        with store.database.reading() as connection:
            return [found if found is None else len(found) for found in (having(connection, words, few) for words in asked)]

    few, counts = answers(), known(1_000)
    assert few[0] and counts[0] and counts[3] == 0 and None not in counts
    if not store.database.sqlite:
        with store.database.reading() as connection:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            explain = text("EXPLAIN SELECT version_id FROM words WHERE communique_pairs(found) @> '{1}'")
            assert "ix_words_pairs" in "".join(connection.execute(explain).scalars())
    for least in (1, 2, 1_000):
        monkeypatch.setattr(asking, "FEW", least)
        for likely, sample in ((0, 1), (0, 200), (2, 1), (5_000, 3)):
            monkeypatch.setattr(searching, "LIKELY", likely)
            monkeypatch.setattr(searching, "SAMPLE", sample)
            assert answers() == few
            # Who has the words is known in full or not at all; where a sample says so, also a few less than many.
            assert all(now in (then, None) for now, then in zip(known(least), counts, strict=True))
            assert all(now is None for now, then in zip(known(least), counts, strict=True) if then >= least)


def test_few_who_have_the_words_are_not_looked_for_through_all_incidents(store: Store) -> None:
    """PostgreSQL thought that a page of them would soon be met by day, and looked at 250,000 incidents for 50."""
    list(store.add_many(many(60)))
    asked: list[tuple[str, Any]] = []
    listen(store.database.engine, "before_cursor_execute", lambda *given: asked.append(given[2:4]))
    assert len(list(store.incidents(Query(text="accused", limit=5)))) == 5
    query, given = next(q for q in asked if q[0].startswith("SELECT incident.day"))
    assert ("ANY (array(" in query) is not store.database.sqlite
    if not store.database.sqlite:
        with store.database.reading() as connection:
            plan = "\n".join(connection.exec_driver_sql(f"EXPLAIN {query}", given).scalars())
            # Compiling a query took fifty times as long as running it.
            assert connection.exec_driver_sql("SHOW jit").scalar() == "off"
        assert "InitPlan" in plan and "Semi Join" not in plan


def titled() -> list[Draft]:
    """Reports whose title ends where a phrase could go on in the text."""
    given = [("one", "Envoys leave Oslo, Norway"), ("two", ""), ("three", "Norway accused"), ("four", "It ends in a_café")]
    return [Draft(ident, title=title).told("NOR", "ACCUSE", "FIN", on="RUS" if ident == "four" else "") for ident, title in given]


ENDS = {
    '"oslo norway"': {"one"}, '"norway norway"': set(), '"accused norway"': set(), '"envoys leave oslo norway norway"': set(),
    '"norway accused"': {"one", "two", "three", "four"}, '"norway accused finland"': {"one", "two", "three", "four"},
    '"a cafe"': {"four"}, '"a cafe according"': set(), '"ends in a cafe" "according to russia"': {"four"},
    '"norway accused" -"leave oslo"': {"two", "three", "four"}, "oslo finland": {"one"},
}  # fmt: skip
"""What is asked, and the reports that have it."""


def found(store: Store) -> dict[str, set[str]]:
    return {words: {one.telling.report for one in store.events(Query(text=words))} for words in ENDS}


def test_no_phrase_reaches_from_a_title_into_the_text(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL the last word of a title once stood beside the first of the text, on SQLite never."""
    for draft in titled():
        store.add(draft.coded(), "x")
    assert found(store) == ENDS
    monkeypatch.setattr(asking, "FEW", 1)
    assert found(store) == ENDS


def test_what_was_indexed_without_a_place_between_is_indexed_anew(where: str) -> None:
    with open_store(where) as store:
        for draft in titled():
            store.add(draft.coded(), "x")
        store.add(Draft("one", title="Envoys leave Oslo").told("NOR", "ACCUSE", "FIN").coded(), "x")
        expected = {**ENDS, '"oslo norway"': set()}
        assert found(store) == expected
    database = Database(place(where))

    def back(connection: Any) -> None:
        """As revision 0007 kept them."""
        if not database.sqlite:
            kept = connection.execute(text("SELECT id, title, text FROM version JOIN words ON version_id = id")).all()
            for row in kept:
                given = {"id": row.id, "words": fold(f"{row.title}\n{row.text}")}
                put = "UPDATE words SET found = to_tsvector('communique', :words) WHERE version_id = :id"
                connection.execute(text(put), given)
        connection.execute(text("UPDATE alembic_version SET version_num = '0007'"))

    database.write(back)
    with database.reading() as connection:
        words = having(connection, '"oslo norway"', 9)
        assert (words == []) is database.sqlite
    database.close()
    with open_store(where) as store:
        assert found(store) == expected
        store.add(Draft("five", title="Norway").told("NOR", "ACCUSE", "FIN").coded(), "x")
        also = ('"norway accused"', '"norway accused finland"', '"norway accused" -"leave oslo"')
        assert found(store) == expected | {words: expected[words] | {"five"} for words in also}
        if not store.database.sqlite:
            with store.database.reading() as connection:
                listed = connection.execute(text("SELECT indexname FROM pg_indexes WHERE tablename = 'words'")).scalars().all()
            assert {"ix_words_found", "ix_words_pairs"} <= set(listed)
