"""A store asked from Python, and in users' words: real stores, of reports coded by hand."""

from __future__ import annotations

import builtins
import dataclasses
import datetime as dt
import gc
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import communique
from communique import opening
from communique.asking import alerts, country, dyad, edge, lately, party, question, size, timeline, unknown, witnessed
from communique.errors import InputError, MissingExtraError
from communique.ontology import mutual_types
from communique.opening import Opened
from communique.store import Query, open_store
from communique.views import flat
from contracts.making import Draft, many, report

COUNTED = 40


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of forty reports at random, and of four with a known story."""
    found = tmp_path_factory.mktemp("opening") / "record.db"
    with open_store(found) as store:
        list(store.add_many(many(COUNTED), reader="by hand"))
        list(store.add_many(story(), reader="by hand"))
    return found


def story() -> Iterator[communique.CodedReport]:
    """Norway accuses Iran, which denies it; a second outlet tells of the accusation as well."""
    day = "2025-06-10"
    yield report("n1", "NOR", "ACCUSE", "IRN", date=day, published=day, source="The Fjord")
    yield report("n2", "NOR", "ACCUSE", "IRN", date=day, published="2025-06-11", source="The Coast")
    for ident, published, outlet, status, on in (
        ("n3", "2025-06-11", "The Fjord", "claimed", "NOR"), ("n4", "2025-06-12", "The Bazaar", "denied", "IRN"),
    ):  # fmt: skip
        yield Draft(ident, published, outlet).told("IRN", "ASSAULT", "NOR", date="2025-06-09", status=status, on=on).coded()


@pytest.fixture
def record(path: Path) -> Iterator[Opened]:
    with communique.open(path) as opened:
        yield opened


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("China", "CHN"), ("chn", "CHN"), ("Beijing", "CHN"), ("chinese", "CHN"), (" United States ", "USA"), ("IGO", "IGO"),
        ("China.gov", "CHN.GOV"), ("USA.MIL", "USA.MIL"), ("Kurt Campbell", "Kurt Campbell"), ("St. Mary", "St. Mary"), ("", ""),
    ],
)  # fmt: skip
def test_a_party_is_a_code_a_name_or_both(said: str, code: str) -> None:
    assert party(said) == code


@pytest.mark.parametrize(
    ("ask", "value", "told"),
    [
        (party, "CHX", "party 'CHX': is no code of a country"), (party, "CHX.GOV", "write a body's name in full"),
        (country, "Chna", "did you mean China?"), (country, "", "write a code such as CHN"),
        (lambda v: question("events", type=v), "FIGHT", "type 'FIGHT': is not in the codebook (it is one of AGREE"),
        (lambda v: question("statements", type=v), "ACCUSED", "act 'ACCUSED': is not in the codebook (it is one of assert"),
        (lambda v: question("incidents", status=v), "true", "status 'true': is not in the codebook (it is one of actual"),
        (lambda v: question("claims", status=v), "actual", "it is one of contested"),
        (lambda v: question("events", since=v), "2024-13", "since '2024-13': is not a date (write it as 2024-04-10"),
        (lambda v: question("events", until=v), "soon", "until 'soon': is not a date"),
        (lambda v: question("events", since=v), 2025, "since 2025: is int, no date (write it as"),
        (lambda v: question("events", since=v, until="2024"), "2025-03", "since 2025-03-01: is after until 2024-12-31 (swap"),
        (lambda v: question("events", actor=v), ["China", "Iran"], "actor ['China', 'Iran']: is several (give one at a time)"),
        (lambda v: question("events", country=v), 5, "country 5: is int, no string"),
        (lambda v: question("claims", type=v), 5, "type 5: is int, no string"),
        (lambda v: question("claims", type=v), ["ACCUSE", None], "type None: is NoneType, no string"),
        (lambda v: question("events", text=v), b"port", "text b'port': is bytes, no string"),
        (lambda v: question("events", limit=v), "x", "limit 'x': is no whole number"),
        (lambda v: question("events", limit=v), True, "limit True: is no whole number"),
        (lambda v: question("events", historical=v), "no", "historical 'no': is neither True nor False"),
        (lambda v: question("events", newest=v), 1, "newest 1: is neither True nor False"),
        (lambda v: question("events", actr=v), "", "argument 'actr': is no narrowing of events (did you mean actor?)"),
        (lambda v: question("events", zzz=v), "x", "argument 'zzz': is no narrowing of events (they are actor, recipient"),
    ],
)  # fmt: skip
def test_a_word_that_nobody_knows_is_told_with_the_next_step(ask, value: object, told: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError) as raised:
        ask(value)
    assert told in str(raised.value)


@pytest.mark.parametrize(
    ("said", "since", "until"),
    [("2024-02", "2024-02-01", "2024-02-29"), ("2023", "2023-01-01", "2023-12-31"), ("2024-04-10", "2024-04-10", "2024-04-10")],
)
def test_months_and_years_have_two_edges(said: str, since: str, until: str) -> None:
    assert (edge(said, "since"), edge(said, "until")) == (since, until)


def test_a_question_is_written_as_the_store_has_it() -> None:
    words = {"actor": "China", "recipient": "usa", "type": "accuse, Threaten", "status": ("actual",), "until": "2024-02"}
    asked = question("events", **words, limit=3)
    assert asked == Query("CHN", "USA", ("ACCUSE", "THREATEN"), ("actual",), until="2024-02-29", limit=3)
    assert question("statements", type="deny").type == ("deny",)


def test_types_of_ones_own_can_be_asked_for(tmp_path: Path) -> None:
    # Only the codebook's were taken, so that events of a type that `communique train` had added could not be found.
    coded = report("own", "NOR", "ACCUSE", "IRN")
    (event,) = coded.events
    with communique.open(tmp_path / "own.db", create=True) as mine:
        mine.store.add(dataclasses.replace(coded, events=(dataclasses.replace(event, type="PIRACY"),)), "by hand")
        assert [e.telling.event.type for e in mine.events(type="piracy, ACCUSE")] == ["PIRACY"]
        with pytest.raises(InputError, match="type 'FIGHT': is not in the codebook"):
            mine.events(type="PIRACY,FIGHT")


def test_a_name_that_may_be_a_slip_is_told() -> None:
    assert unknown("China", "USA", "") == []
    assert unknown("Chna") == ["'Chna' was taken for the name of a person or body: did you mean China?"]


def test_answers_are_the_stores_and_can_be_asked_twice(record: Opened) -> None:
    accused = record.events(actor="Norway", recipient="Iran", type="ACCUSE", since="2025-06")
    assert [e.telling.report for e in accused] == ["n1", "n2"] == [e.telling.report for e in accused]
    assert list(record.events()) == list(record.store.events())
    assert [s.report for s in record.statements(actor="Norway", since="2025-06")] == ["n1", "n2"]
    (incident,) = record.incidents(actor="NOR", recipient="IRN", since="2025-06-10", until="2025-06-10", type="ACCUSE")
    assert (incident.reports, incident.outlets) == (2, 2)
    (claim,) = record.claims(actor="Iran", recipient="Norway", since="2025-06", status="contested")
    assert {(s.party.country, s.stance) for s in claim.sides} == {("NOR", "asserts"), ("IRN", "denies")}
    assert record.explain(claim.id).claim == claim


@pytest.mark.parametrize("kind", ["events", "statements", "incidents", "claims"])
def test_frames_have_the_same_columns_rows_and_kinds_everywhere(record: Opened, kind: str) -> None:
    answer, empty = getattr(record, kind)(), getattr(record, kind)(actor="Nobody At All")
    rows = answer.to_dicts()
    assert len(rows) > 1 and all(list(row) == list(answer.columns) for row in rows)
    frame, table, arrow = answer.to_pandas(), answer.to_polars(), answer.to_arrow()
    assert list(frame.columns) == table.columns == arrow.column_names == list(answer.columns)
    assert table.to_dicts() == rows == arrow.to_pylist()
    kinds = {"str": "string", "int": "int64", "float": "double", "bool": "bool"}
    assert [str(t) for t in arrow.schema.types] == [kinds[k] for k in answer.columns.values()]
    numbers = {"int64": "int", "float64": "float", "bool": "bool"}
    assert [numbers.get(str(t), "str") for t in frame.dtypes] == list(answer.columns.values())
    for none in (empty.to_pandas(), empty.to_polars(), empty.to_arrow()):
        assert len(none) == 0 and len(none.columns) == len(answer.columns)


def test_an_arrow_table_is_made_in_parts(record: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    # All rows were in memory at once, as dictionaries, to be written to Parquet.
    monkeypatch.setattr(opening, "PART", 7)
    answer = record.events()
    sizes = [len(table) for table in answer.tables()]
    assert set(sizes[:-1]) == {7} and sum(sizes) == len(answer.to_dicts()) and answer.to_arrow().to_pylist() == answer.to_dicts()


def test_an_events_row_says_where_it_stands(record: Opened) -> None:
    (row,) = record.events(report="n2").to_dicts()
    (told,) = record.events(report="n2")
    assert row["text"][told.telling.event.start : told.telling.event.end] == row["trigger"] == "accused"
    assert (row["source"], row["published"]) == ("The Coast", "2025-06-11")
    assert (row["actors"], row["recipients"]) == ("NOR.GOV", "IRN.GOV")
    assert (row["version"], row["coding"], row["incident"], row["lat"]) == (1, "by hand", told.incident, None)


@pytest.mark.parametrize(("module", "method", "extra"), [("polars", "to_polars", "polars"), ("pyarrow", "to_arrow", "parquet")])
def test_what_is_not_installed_is_told_with_its_line(
    record: Opened, monkeypatch: pytest.MonkeyPatch, module: str, method: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"pip install 'communique\[{extra}\]'"):
        getattr(record.events(), method)()


def test_open_makes_nothing_unless_asked_to(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        communique.open(tmp_path / "none.db")
    assert list(tmp_path.iterdir()) == []
    with communique.open(tmp_path / "new.db", create=True) as empty:
        assert list(empty.events()) == []


def test_the_packages_open_does_not_hide_pythons() -> None:
    found: dict[str, object] = {}
    exec("from communique import *", found)
    assert "open" not in found and "open" in dir(communique) and builtins.open is not communique.open


def test_incidents_come_with_all_their_tellings(record: Opened) -> None:
    for one in witnessed(record.store, record.incidents()):
        assert tuple(one.tellings) == record.explain(one.incident.id).events
        assert {(t.telling.report, t.telling.event.id) for t in one.tellings} == set(one.incident.tellings)


def test_a_dyad_is_the_same_by_index_and_one_by_one(record: Opened) -> None:
    quick = {row.incident for row in dyad(record.store, "RUS", "USA")}
    by_sector = {row.incident for row in dyad(record.store, "RUS.GOV", "USA.GOV")}
    both = {"RUS", "USA"}
    one_by_one = {
        i.id for i in record.incidents()
        if any({a.country, r.country} == both for a in i.actors for r in i.recipients)
        or (not i.recipients and i.type in mutual_types() and both <= {a.country for a in i.actors})
    }  # fmt: skip
    assert quick == by_sector == one_by_one and len(quick) >= 2
    assert not {row.incident for row in dyad(record.store, "RUS.MIL", "USA.GOV")}


def test_a_timeline_counts_each_incident_once_and_claims_apart(record: Opened) -> None:
    found = record.timeline("Norway", "IRN", since="2025-06", until="2025-06-30", by="month")
    (point,) = found.points
    assert (point.conflict, point.conflicts, point.cooperation) == (2.0, 1, 0.0)
    (accusation,) = record.incidents(actor="NOR", type="ACCUSE", since="2025-06")
    assert point.incidents == (accusation.id,) and len(point.claims) == 1 and point.claimed_conflict == 9.5
    whole = timeline(record.store, "NOR", "Iran", since="2025-06", until="2025-06-30")
    assert [p.day for p in whole.tension.points] == [f"2025-06-{n:02d}" for n in range(1, 31)]
    assert all(p.low <= p.value <= p.high for p in whole.tension.points if p.value) and whole.to_dict()["period"] == "week"
    with pytest.raises(InputError, match="period 'year'"):
        record.timeline("NOR", "IRN", by="year")


@pytest.mark.parametrize("ask", [lambda r, **d: r.timeline("NOR", "IRN", **d), lambda r, **d: r.alerts(**d),
                                 lambda r, **d: r.incidents(**d)])  # fmt: skip
def test_days_that_end_before_they_begin_are_refused(record: Opened, ask) -> None:  # type: ignore[no-untyped-def]
    """They were answered with nothing, as if nothing had happened."""
    with pytest.raises(InputError, match=r"since 2025-06-10: is after until 2025-05-31 [(]swap them[)]"):
        ask(record, since="2025-06-10", until="2025-05")
    ask(record, since="2025-06-10", until="2025-06-10")


@pytest.mark.parametrize(
    ("a", "b", "told"), [("Norway", "NOR", "parties 'Norway' and 'NOR': are one and the same"),
                         ("NOR", "", "party '': is no party"),
                         ("Nobody Here", "nobody here", "are one and the same"), (["NOR"], "IRN", "is several")],
)  # fmt: skip
def test_a_timeline_needs_two_parties(record: Opened, a: str, b: str, told: str) -> None:
    with pytest.raises(InputError) as said:
        record.timeline(a, b)
    assert told in str(said.value)


def test_a_timeline_of_a_misspelt_country_says_so(record: Opened) -> None:
    """It was empty, and looked as if there was peace."""
    note = "'Norwy' was taken for the name of a person or body: did you mean Norway?"
    assert note in timeline(record.store, "Norwy", "IRN").notes
    with pytest.warns(UserWarning, match="did you mean Norway"):
        assert record.timeline("IRN", "Norwy").points == ()
    assert not any("taken for" in n for n in timeline(record.store, "NOR", "IRN").notes)


def test_days_may_be_dates(record: Opened) -> None:
    day, time = dt.date(2025, 6, 10), dt.datetime(2025, 6, 10, 12, 30)
    wanted = list(record.events(since="2025-06-10", until="2025-06-10"))
    assert record.timeline("NOR", "IRN", since=day, until=day) == record.timeline("NOR", "IRN", since=str(day), until=str(day))
    assert wanted == list(record.events(since=day, until=time)) and len(wanted) == 2
    assert record.alerts(since=day) == record.alerts(since="2025-06-10") == alerts(record.store, since="2025-06-10") != []
    assert Query(since=day).since == "2025-06-10"


def test_a_store_has_its_reports_and_alerts_as_a_desk_has(record: Opened) -> None:
    assert record.report("n1") == record.store.report("n1") and record.report("n1", version=1).coded.report.text
    with pytest.raises(InputError, match="is not in the store"):
        record.report("n99")
    since, until = lately(record.store)
    assert record.alerts() == alerts(record.store, since=since, until=until)


def test_a_store_that_was_closed_says_so(path: Path) -> None:
    with communique.open(path) as opened:
        answer = opened.events()
    later = (lambda: list(answer), lambda: opened.timeline("NOR", "IRN"), lambda: opened.report("n1"))
    for ask in (opened.events, opened.alerts, *later):
        with pytest.raises(InputError, match=r"record\.db': was closed [(]ask within its `with`, or open it again[)]"):
            ask()
    opened.close()


@pytest.mark.parametrize("collects", [True, False])
def test_a_timeline_leaves_the_collector_of_garbage_as_it_was(record: Opened, collects: bool) -> None:
    """It stands still meanwhile, also where the question is refused."""
    was = gc.isenabled()
    seen: list[bool] = []
    try:
        (gc.enable if collects else gc.disable)()
        assert timeline(record.store, "NOR", "IRN", since="2025-06", until="2025-06").rows
        with pytest.raises(InputError, match="period 'year'"):
            timeline(record.store, "NOR", "IRN", by="year")
        seen.append(gc.isenabled())
    finally:
        (gc.enable if was else gc.disable)()
    assert seen == [collects]


def test_alerts_name_who_stands_against_whom_and_the_incidents(record: Opened) -> None:
    found = alerts(record.store, since="2025-06")
    assert [(x.kind, x.a, x.b, x.day) for x in found] == [
        ("contested", "IRN", "NOR", "2025-06-12"), ("new type", "IRN", "NOR", "2025-06-10"),
    ]  # fmt: skip
    (claim,) = record.claims(actor="Iran", since="2025-06")
    assert found[0].claim == claim.id and found[0].text == "ASSAULT: NOR.GOV against IRN.GOV"
    assert [record.explain(x.incidents[0]).kind for x in found] == ["incident", "incident"]
    assert alerts(record.store, since="2026") == []


def test_alerts_are_of_the_last_month_where_nothing_is_said(record: Opened, tmp_path: Path) -> None:
    last = max(s.published for s in record.statements())
    assert lately(record.store) == ((dt.date.fromisoformat(last) - dt.timedelta(31)).isoformat(), last)
    assert lately(record.store, "2025-06") == ("2025-05-30", "2025-06-30")
    with communique.open(str(tmp_path / "none.db"), create=True) as empty:
        assert lately(empty.store) == ("", "")


def test_size_counts_what_is_there(record: Opened, path: Path) -> None:
    found = size(record.store)
    assert found.rows["reports"] == found.rows["versions"] == COUNTED + 4
    assert found.rows["events"] == len(list(record.events())) and found.rows["claims"] == len(list(record.claims()))
    assert found.bytes >= path.stat().st_size > 0 and found.bytes_an_event == found.bytes / found.rows["events"]


def test_the_page_names_every_column() -> None:
    page = (Path(__file__).resolve().parents[1] / "docs" / "questions.md").read_text("utf-8")
    for kind, (columns, _) in flat.KINDS.items():
        assert f"| {kind} | {', '.join(f'`{c}`' for c in columns)} |" in page
