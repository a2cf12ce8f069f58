"""Importing actors: Wikidata dumps, FollowTheMoney entities and CSV, whole, packed, broken and endless."""

from __future__ import annotations

import bz2
import gzip
import json
import tracemalloc
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from reading import index

from communique.cli import main
from communique.errors import DataError, InputError
from communique.resolve.actors import ActorIndex
from communique.resolve.find import find
from communique.resolve.importing import format_of, import_actors
from communique.resolve.importing.dates import bounds, term
from communique.resolve.importing.office import OfficeReader
from communique.resolve.own import COLUMNS, own_rows
from communique.resolve.report import ReportResolver


def snak(value: Any, kind: str = "value") -> dict[str, Any]:
    given = {"datavalue": {"value": value, "type": "x"}} if kind == "value" else {}
    return {"snaktype": kind, "property": "P", **given}


def item(ident: str) -> dict[str, Any]:
    return snak({"entity-type": "item", "numeric-id": int(ident[1:]), "id": ident})


def day(value: str) -> dict[str, Any]:
    precision = {4: 9, 7: 10, 10: 11}[len(value)]
    padded = value + "-00-00"[(len(value) - 4) :]
    calendar = "http://www.wikidata.org/entity/Q1985727"
    return snak({"time": f"+{padded}T00:00:00Z", "precision": precision, "calendarmodel": calendar})


def claim(main_snak: dict[str, Any], rank: str = "normal", **qualifiers: dict[str, Any]) -> dict[str, Any]:
    return {"mainsnak": main_snak, "type": "statement", "rank": rank, "qualifiers": {k: [v] for k, v in qualifiers.items()}}


def entity(ident: str, label: str, claims: dict[str, list[Any]], aliases: Iterable[str] = ()) -> dict[str, Any]:
    return {
        "type": "item", "id": ident, "labels": {"en": {"language": "en", "value": label}} if label else {},
        "descriptions": {}, "aliases": {"en": [{"language": "en", "value": a} for a in aliases]}, "claims": claims,
        "sitelinks": {},
    }  # fmt: skip


def human(ident: str, label: str, *held: Any, citizen: str = "Q298", aliases: Iterable[str] = (), **more: Any) -> dict[str, Any]:
    claims = {"P31": [claim(item("Q5"))], "P27": [claim(item(citizen))], "P39": list(held), **more}
    return entity(ident, label, claims, aliases)


MINISTER = entity("Q9001", "Minister of Foreign Affairs of Chile", {"P31": [claim(item("Q4"))], "P1001": [claim(item("Q298"))]})
PARLIAMENT = entity("Q9002", "member of the Storting", {"P17": [claim(item("Q20"))]})
ENVOY = entity("Q9003", "ambassador of Chile to Norway", {"P17": [claim(item("Q20"))]})
WEAVER = entity("Q9004", "grand weaver", {"P17": [claim(item("Q8888"))]})
PLACE = entity("Q8888", "Weaverland", {"P298": [claim(snak("NOR"))]})
PEOPLE = [
    human(
        "Q101", "Ana Salas Prueba", claim(item("Q9001"), P580=day("2019-03-11"), P582=day("2022-03")),
        claim(item("Q9003"), P580=day("2023")), aliases=["Ana Salas", "salas", "A.S."],
    ),
    human("Q102", "Berit Nordlie", claim(item("Q9002"), P580=day("2013-10-01")), citizen="Q20", P570=[claim(day("2020-05-02"))]),
    human("Q103", "Carl Undated", claim(item("Q9001"))),
    human("Q104", "Dag Early", claim(item("Q9002"), P580=day("1960"), P582=day("1971"))),
    human("Q105", "", claim(item("Q9002"), P580=day("2013"))),
    human("Q106", "Eva Weaver", claim(item("Q9004"), P580=day("2001"), P582=day("2002-06-30")), citizen="Q298"),
    human("Q107", "Finn Wrong", claim(item("Q9002"), rank="deprecated", P580=day("2013"))),
    human("Q108", "Gro Unknown", claim(snak(None, "somevalue"), P580=day("2013"))),
    human("Q109", "Hans Elsewhere", claim(item("Q9999"), P580=day("2013"))),
]  # fmt: skip


def dump(entities: Iterable[dict[str, Any]]) -> str:
    return "[\n" + ",\n".join(json.dumps(e) for e in entities) + "\n]\n"


# The positions come after the people here and before them there: the order of a dump is nobody's.
DUMP = dump([MINISTER, *PEOPLE, PARLIAMENT, ENVOY, WEAVER, PLACE, entity("Q1", "universe", {})])


def rows(path: Path) -> list[tuple[str, ...]]:
    """The rows of a table, without keys, sorted."""
    return sorted(tuple(row.split("\t")) for _, row in own_rows(path))


EXPECTED = [
    ("Ana Salas", "CHL", "GOV", "Foreign Minister", "2019-03-11", "2022-03-31", "wikidata:Q101 alias"),
    ("Ana Salas", "CHL", "GOV", "ambassador of Chile to Norway", "2023-01-01", "", "wikidata:Q101 alias"),
    ("Ana Salas Prueba", "CHL", "GOV", "Foreign Minister", "2019-03-11", "2022-03-31", "wikidata:Q101"),
    ("Ana Salas Prueba", "CHL", "GOV", "ambassador of Chile to Norway", "2023-01-01", "", "wikidata:Q101"),
    ("Berit Nordlie", "NOR", "LEG", "member of the Storting", "2013-10-01", "2020-05-02", "wikidata:Q102"),
    ("Eva Weaver", "NOR", "", "grand weaver", "2001-01-01", "2002-06-30", "wikidata:Q106"),
]


@pytest.mark.parametrize("name", ["dump.json", "dump.json.gz", "dump.json.bz2"])
def test_a_wikidata_dump_plain_and_packed(tmp_path: Path, name: str) -> None:
    path, out = tmp_path / name, tmp_path / "new" / "actors.tsv"
    packed = {"gz": gzip.compress, "bz2": bz2.compress}.get(name.rsplit(".", 1)[1], bytes)
    path.write_bytes(packed(DUMP.encode()))
    assert format_of(path) == "wikidata"
    summary = import_actors(path, out)
    assert rows(out) == EXPECTED
    assert (summary.kept, summary.rows, summary.set_aside) == (6, 6, 0)
    assert summary.left_out == {
        "no date of the office": 1, "it ended before 1990": 1, "the person has no English name": 1,
        "the position is not in the dump, or has no English name": 1,
    }  # fmt: skip
    assert out.read_text("utf-8").splitlines()[1].split("\t") == list(COLUMNS)
    assert [p.name for p in out.parent.iterdir()] == ["actors.tsv"]


def test_a_dump_as_wikidata_writes_it(tmp_path: Path) -> None:
    """Unknown and missing ends, decades, several ranks, offices whose qualifier says whose they are, numbers instead of ids,
    lists for empty maps, properties among the items, labels in all languages at once."""
    older = {"mainsnak": snak({"entity-type": "item", "numeric-id": 9001}), "rank": "normal", "type": "statement"}
    decade = snak({"time": "+2010-00-00T00:00:00Z", "precision": 8, "timezone": 0, "before": 0, "after": 0})
    generic = entity("Q7330070", "foreign minister", {"P31": [claim(item("Q4"))]})
    people = [
        human("Q201", "Ida Somewhen", claim(item("Q9001"), P580=day("2013"), P582=snak(None, "somevalue"))),
        human("Q202", "Ivar Ongoing", claim(item("Q9001"), P580=day("2013"), P582=snak(None, "novalue"))),
        human("Q203", "Jon Decade", claim(item("Q9001"), P580=day("2013"), P582=decade)),
        human("Q204", "Kari Begun", claim(item("Q9001"), P580=snak(None, "somevalue"), P582=day("2016-03"))),
        human("Q205", "Lars Generic", claim(item("Q7330070"), P580=day("2001"), P582=day("2002"), P642=item("Q20"))),
        human("Q206", "Mia Generic", claim(item("Q7330070"), P580=day("2001"), P582=day("2002"), P1001=item("Q20"))),
        human("Q207", "Nils Ranks", claim(item("Q9001"), "preferred", P580=day("2020")), claim(item("Q9002"), P580=day("2011"),
              P582=day("2015")), citizen="Q20"),
        human("Q208", "Ola Older", older | {"qualifiers": {"P580": [day("2014")]}, "references": []}),
        human("Q209", "Per Bare", older | {"qualifiers": []}),
    ]  # fmt: skip
    people[7]["labels"] = {"mul": {"language": "mul", "value": "Ola Older"}}
    people[7]["aliases"], people[8]["sitelinks"] = [], []
    others = [{"type": "property", "datatype": "wikibase-item", "id": "P39", "labels": [], "aliases": [], "claims": []}]
    path = tmp_path / "latest-all.json"
    text = dump([others[0], MINISTER, generic, *people, PARLIAMENT])
    path.write_text(text.replace(",\n", ", \r\n"), newline="")
    summary = import_actors(path, tmp_path / "a.tsv")
    assert [r[:2] + r[3:6] for r in rows(tmp_path / "a.tsv")] == [
        ("Ivar Ongoing", "CHL", "Foreign Minister", "2013-01-01", ""),
        ("Kari Begun", "CHL", "Foreign Minister", "", "2016-03-31"),
        ("Lars Generic", "NOR", "Foreign Minister", "2001-01-01", "2002-12-31"),
        ("Mia Generic", "NOR", "Foreign Minister", "2001-01-01", "2002-12-31"),
        ("Nils Ranks", "CHL", "Foreign Minister", "2020-01-01", ""),
        ("Nils Ranks", "NOR", "member of the Storting", "2011-01-01", "2015-12-31"),
        ("Ola Older", "CHL", "Foreign Minister", "2014-01-01", ""),
    ]
    assert summary.left_out == {"it ended, and nothing says when": 2, "no date of the office": 1} and summary.set_aside == 0


def test_broken_lines_are_set_aside_with_their_number(tmp_path: Path) -> None:
    lines = DUMP.splitlines()
    lines.insert(2, '{"type": "item", "id": "Q7", "claims": {"P39": [')
    lines.insert(3, '{"type": "item", "id": "Q8", "claims": {"P39": 5}, "x": },')
    lines.insert(4, '{"type": "item", "id": "Q9", "claims": {"P31": [{"mainsnak": "P39"}], "P39": [7]}},')
    path = tmp_path / "dump.json"
    path.write_text("\n".join(lines))
    summary = import_actors(path, tmp_path / "a.tsv")
    assert rows(tmp_path / "a.tsv") == EXPECTED
    assert [line for line, _ in summary.aside] == [3, 4, 5] and summary.set_aside == 3
    assert summary.aside[0][1] == "is not the JSON of one entity" and "not valid JSON" in summary.aside[1][1]
    assert summary.aside[2][1] == "is no Wikidata entity"


def test_what_stands_before_a_break_of_the_packed_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "dump.json.gz"
    path.write_bytes(gzip.compress(dump([MINISTER, *PEOPLE[:2], PARLIAMENT, ENVOY] * 300).encode())[:-40])
    summary = import_actors(path, tmp_path / "a.tsv")
    assert summary.kept == 5 and "breaks off" in summary.aside[0][1]


def test_importing_again_replaces_an_entitys_rows_and_keeps_others(tmp_path: Path) -> None:
    out, path = tmp_path / "a.tsv", tmp_path / "dump.json"
    path.write_text(DUMP)
    import_actors(path, out)
    with out.open("a", encoding="utf-8") as handle:
        handle.write("\tHand Written\tNOR\tGOV\tenvoy\t2020-01-01\t\tme\n")
    term_now = claim(item("Q9001"), P580=day("2018-01-01"), P582=day("2022-03-10"))
    path.write_text(dump([human("Q101", "Ana Salas", term_now), MINISTER]))
    summary = import_actors(path, out)
    assert (summary.kept, summary.rows) == (1, 4)
    assert [r[:1] + r[4:6] for r in rows(out)] == [
        ("Ana Salas", "2018-01-01", "2022-03-10"), ("Berit Nordlie", "2013-10-01", "2020-05-02"),
        ("Eva Weaver", "2001-01-01", "2002-06-30"), ("Hand Written", "2020-01-01", ""),
    ]  # fmt: skip


ENTITIES = [
    {"id": "p1", "schema": "Person", "properties": {
        "name": ["Ana Salas"], "alias": ["Анна Салас", "Ana S. Salas"], "nationality": ["cl"]}},
    {"id": "o1", "schema": "Occupancy", "properties": {
        "holder": ["p1"], "post": ["q1"], "startDate": ["2019-03"], "endDate": ["2022-03-11"], "status": ["ended"]}},
    {"id": "q1", "schema": "Position", "properties": {
        "name": ["Minister of Defence"], "country": ["cl"], "topics": ["gov.executive"]}},
    {"id": "p2", "schema": "Person", "properties": {"name": ["Omar Prueba"], "country": ["ye"], "positionOccupancies": [
        {"id": "o2", "schema": "Occupancy", "properties": {"startDate": ["2021"], "post": [
            {"id": "q2", "schema": "Position", "properties": {"name": ["Governor of Marib"], "country": ["ye"]}}]}}]}},
    {"id": "g1", "schema": "Organization", "properties": {
        "name": ["Prueba Unity Party"], "country": ["ye"], "topics": ["pol.party"]}},
    {"id": "m1", "schema": "Membership", "properties": {
        "member": ["p2"], "organization": ["g1"], "role": ["spokesman"], "startDate": ["2015-01-01"]}},
    {"id": "g2", "schema": "PublicBody", "properties": {"name": ["Ministry of Tides"], "country": ["no"]}},
    {"id": "g3", "schema": "Company", "properties": {"name": ["Tide Trading Limited"], "country": ["no"]}},
    {"id": "p3", "schema": "Person", "properties": {"name": ["Nobody Special"], "country": ["no"]}},
    {"id": "o3", "schema": "Occupancy", "properties": {"holder": ["p3"], "post": ["missing"], "startDate": ["2020"]}},
]  # fmt: skip


def test_followthemoney_entities_flat_and_nested(tmp_path: Path) -> None:
    path, out = tmp_path / "entities.ftm.json", tmp_path / "a.tsv"
    path.write_text("\n".join(json.dumps(e) for e in ENTITIES) + '\n{"id": "x"}\n{"id": \n\n', encoding="utf-8")
    assert format_of(path) == "ftm"
    summary = import_actors(path, out)
    assert rows(out) == [
        ("Ana S. Salas", "CHL", "MIL", "Defense Minister", "2019-03-01", "2022-03-11", "ftm:p1 alias"),
        ("Ana Salas", "CHL", "MIL", "Defense Minister", "2019-03-01", "2022-03-11", "ftm:p1"),
        ("Ministry of Tides", "NOR", "GOV", "organisation", "", "", "ftm:g2"),
        ("Omar Prueba", "YEM", "GOV", "Governor of Marib", "2021-01-01", "", "ftm:p2"),
        ("Omar Prueba", "YEM", "PTY", "spokesman of Prueba Unity Party", "2015-01-01", "", "ftm:p2"),
        ("Prueba Unity Party", "YEM", "PTY", "organisation", "", "", "ftm:g1"),
    ]
    assert [line for line, _ in summary.aside] == [11, 12]
    assert summary.left_out["one end of the link is not in the file"] == 1


def opensanctions(ident: str, schema: str, **properties: list[Any]) -> dict[str, Any]:
    """An entity with everything around its properties that OpenSanctions publishes."""
    return {
        "id": ident, "caption": ident, "schema": schema, "referents": [], "datasets": ["wd_peps"], "target": True,
        "first_seen": "2024-01-01T00:00:00", "last_seen": "2025-01-01T00:00:00", "last_change": "2024-06-01T00:00:00",
        "properties": properties,
    }  # fmt: skip


def test_followthemoney_as_opensanctions_publishes_it(tmp_path: Path) -> None:
    """Posts that are over without a date, a person nested in the post, topics of a judge and of a body of states."""
    judge = opensanctions(
        "Q2", "Position", name=["Grand Weaver of the Bench"], country=["cl"], topics=["gov.national", "gov.judicial"]
    )
    igo = opensanctions("Q3", "Position", name=["Keeper of the Seal"], country=["eu"], topics=["gov.igo"])
    nested = opensanctions("o3", "Occupancy", startDate=["2019"], status=["unknown"], post=["Q2"], holder=[
        opensanctions("p3", "Person", name=["Nora Nested"], citizenship=["cl"], topics=["role.pep"])])  # fmt: skip
    entities = [
        opensanctions("p1", "Person", name=["Ada Former"], weakAlias=["Ada"], nationality=["cl"]),
        opensanctions("o1", "Occupancy", holder=["p1"], post=["Q2"], startDate=["2010"], status=["ended"]),
        opensanctions("p2", "Person", name=["Bo Present"], nationality=["no"]),
        opensanctions("o2", "Occupancy", holder=["p2"], post=["Q3"], startDate=["2021-05-04"], status=["current"]),
        judge | {"properties": judge["properties"] | {"occupancies": [nested]}}, igo,
    ]  # fmt: skip
    path = tmp_path / "entities.ftm.json"
    path.write_text("\n".join(map(json.dumps, entities)) + "\n")
    summary = import_actors(path, tmp_path / "a.tsv")
    assert [r[:6] for r in rows(tmp_path / "a.tsv")] == [
        ("Bo Present", "EUR", "", "Keeper of the Seal", "2021-05-04", ""),
        ("Nora Nested", "CHL", "JUD", "Grand Weaver of the Bench", "2019-01-01", ""),
    ]
    assert summary.left_out == {"it ended, and nothing says when": 1} and summary.set_aside == 0


TABLE = (
    "\ufeffname,country,sector,office,since,until,source\n"
    "Zora Prueba,USA,,Secretary of State,2027-02-01,,my notes\n"
    "Yan Lin,Norway,gov,minister of tides,2026,,\n"
    '"Roe, Jane",us,,,,,\n'
    "Tide Front,NO,REB,organisation,,,\n"
    "Bad Country,Atlantis,,,,,\n"
    "Bad Sector,NOR,XXX,,,,\n"
    "Bad Dates,NOR,,,2026-05,2025-01,\n"
    "Bad Date,NOR,,,soon,,\n"
    "Few Cells,NOR\n"
    '"Open Quote,NOR,,,,,\n'
)


def table(tmp_path: Path) -> Path:
    path, out = tmp_path / "mine.csv", tmp_path / "a.tsv"
    path.write_text(TABLE, encoding="utf-8")
    summary = import_actors(path, out)
    assert [line for line, _ in summary.aside] == [6, 7, 8, 9, 10, 11]
    assert "'Atlantis'" in summary.aside[0][1] and "2026-05 to 2025-01" in summary.aside[2][1]
    return out


def test_a_csv(tmp_path: Path) -> None:
    assert rows(table(tmp_path)) == [
        ("Roe, Jane", "USA", "", "", "", "", "mine.csv"),
        ("Tide Front", "NOR", "REB", "organisation", "", "", "mine.csv"),
        ("Yan Lin", "NOR", "GOV", "minister of tides", "2026-01-01", "", "mine.csv"),
        ("Zora Prueba", "USA", "GOV", "Secretary of State", "2027-02-01", "", "my notes"),
    ]


def test_ones_own_rows_go_before_the_packages(tmp_path: Path) -> None:
    own = ActorIndex.load(table(tmp_path))
    text = "The US secretary of state left. Prueba spoke. Tide Front denied it."

    def name(words: str, which: ActorIndex) -> tuple[str, str]:
        resolver = ReportResolver(text, [(0, 31), (32, 45), (46, len(text))], "2027-06-01", which)
        (found,) = resolver.resolve(text.index(words), text.index(words) + len(words))
        return found.name, found.code

    assert name("The US secretary of state", own) == ("Zora Prueba", "USA.GOV")
    assert name("The US secretary of state", index())[0] != "Zora Prueba"
    assert name("Prueba", own)[1] == "USA.GOV"
    assert name("Tide Front", own) == ("Tide Front", "NOR.REB")
    assert find(own, "Secretary of State", "2027-06-01", "USA").chosen.source == "my notes"  # type: ignore[union-attr]
    assert find(own, "Secretary of State", "2013-09-01", "USA").chosen.name == "John Kerry"  # type: ignore[union-attr]
    assert own.person("Zora Prueba", "2028-01-01") is not None and index().person("Zora Prueba") is None


def test_one_person_in_two_spellings_is_one_candidate() -> None:
    for query, chosen in (("Barrot", "Jean-Noel Barrot"), ("Jean-Noël Barrot", "Jean-Noel Barrot")):
        found = find(index(), query, "2025-06-01")
        assert [(c.name, c.country, c.chosen) for c in found.candidates] == [(chosen, "FRA", True)]


@pytest.mark.parametrize("query", ["", " ", "?!"])
def test_nothing_is_no_name(query: str) -> None:
    """It was looked for, and said to be nobody's."""
    with pytest.raises(InputError, match="holds no word"):
        find(index(), query)
    done = CliRunner().invoke(main, ["actors", "find", query])
    assert done.exit_code == 2 and "holds no word: give a name, or an office" in " ".join(done.stderr.split())


def test_the_own_table_is_found_by_path_then_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = table(tmp_path)
    monkeypatch.setenv("COMMUNIQUE_ACTORS", str(path))
    assert ActorIndex.load().person("Yan Lin") is not None and ActorIndex.load("").person("Yan Lin") is None
    monkeypatch.delenv("COMMUNIQUE_ACTORS")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    assert ActorIndex.load().person("Yan Lin") is None
    (tmp_path / "communique").mkdir()
    path.rename(tmp_path / "communique" / "actors.tsv")
    assert ActorIndex.load().person("Yan Lin") is not None
    with pytest.raises(DataError, match="does not exist"):
        ActorIndex.load(path)


def test_a_table_broken_by_hand_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("# mine\n\tToo\tfew\n")
    with pytest.raises(DataError, match=r"a\.tsv, line 2: has 3 columns, not 8"):
        ActorIndex.load(path)


def test_a_broken_table_stops_a_reading_with_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("# mine\n\tToo\tfew\n")
    monkeypatch.setenv("COMMUNIQUE_ACTORS", str(path))
    result = CliRunner().invoke(main, ["read"], input="Norway protested.")
    assert result.exit_code == 1 and result.stderr.count("\n") == 1 and "line 2: has 3 columns" in result.stderr


def peak(tmp_path: Path, people: int) -> int:
    """Bytes that importing a dump of so many humans takes at most."""
    path = tmp_path / f"{people}.json.gz"
    with gzip.open(path, "wt", compresslevel=1) as handle:
        handle.write("[\n" + json.dumps(MINISTER) + ",\n")
        for n in range(people):
            name = f"Ana {chr(97 + n % 26)}{'abcdefghij'[n // 26 % 10]}{n // 260}x Prueba"
            handle.write(json.dumps(human(f"Q{n + 10000}", name, claim(item("Q9001"), P580=day("2019-03-11")))) + ",\n")
        handle.write("]\n")
    tracemalloc.start()
    try:
        summary = import_actors(path, tmp_path / f"{people}.tsv")
        assert summary.kept == people
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_dump(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("communique.resolve.importing.table._BATCH", 200)
    index()
    peak(tmp_path, 50)
    small, large = peak(tmp_path, 600), peak(tmp_path, 3000)
    assert large < small + 300_000, f"{small:,} bytes for 600 people, {large:,} for 3,000"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2013", ("2013-01-01", "2013-12-31")), ("2013-02", ("2013-02-01", "2013-02-28")),
        ("2013-00-00", ("2013-01-01", "2013-12-31")),
        ("2013-02-01T00:00:00Z", ("2013-02-01", "2013-02-01")), ("soon", None), ("2013-13", None), ("0000", None), ("", None),
    ],
)  # fmt: skip
def test_bounds_of_a_date(value: str, expected: tuple[str, str] | None) -> None:
    assert bounds(value) == expected


def test_terms() -> None:
    assert term("2013", "2014-02") == ("2013-01-01", "2014-02-28")
    assert term("", "", undated=True) == ("", "") and term("", "") == "no date of the office"
    assert term("1949-05", "") == "it began before 1950 and has no end" and term("1972-01-14", "") == ("1972-01-14", "")


@pytest.mark.parametrize(
    ("title", "office", "sector", "country"),
    [
        ("Minister of Foreign Affairs of France", "Foreign Minister", "GOV", "FRA"),
        ("United States Secretary of State", "Secretary of State", "GOV", "USA"),
        ("Prime Minister of Fiji", "Prime Minister", "GOV", "FJI"),
        ("President of the Senate of Fiji", "President of the Senate of Fiji", "LEG", "FJI"),
        ("member of the Knesset", "member of the Knesset", "LEG", "ISR"),
        ("ambassador of France to Germany", "ambassador of France to Germany", "GOV", "FRA"),
        ("Secretary-General of the United Nations", "Secretary-General of the United Nations", "", "UNO"),
        ("grand weaver", "grand weaver", "", ""),
    ],
)
def test_titles_of_offices(title: str, office: str, sector: str, country: str) -> None:
    read = OfficeReader(index().lexicon).read(title)
    assert (read.office, read.sector, read.country) == (office, sector, country)


def run(*args: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["actors", *(str(a) for a in args)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_the_commands(tmp_path: Path) -> None:
    path, out = tmp_path / "mine.csv", tmp_path / "a.tsv"
    path.write_text(TABLE, encoding="utf-8")
    code, shown, told = run("import", path, "--out", out)
    assert code == 1 and "4 rows kept, 0 left out" in shown and f"{out} now has 4 rows" in shown
    assert told.count("set aside: ") == 6 and "mine.csv, line 6: its country 'Atlantis'" in told
    code, shown, _ = run("import", path, "--out", out, "--format", "csv", "--json")
    assert json.loads(shown)["rows"] == 4 and json.loads(shown)["set_aside"] == 6
    code, shown, _ = run("find", "Zora Prueba", "--on", "2028-01-01", "--actors", out)
    assert code == 0 and "Zora Prueba USA.GOV, Secretary of State" in shown and "my notes" in shown
    assert run("find", "Zora Prueba", "--on", "2028-01-01")[0] == 1
    assert run("import", path)[0] == 2  # the environment says that there is no own table
    assert run("import", tmp_path / "none.csv", "--out", out)[0] == 2
    path.write_text("who,where\n")
    assert "has no column name and no column country" in run("import", path, "--out", out)[2]


@pytest.mark.parametrize(
    ("args", "name"),
    [
        (["Secretary of State", "--country", "USA", "--on", "2013-09-01"], "John Kerry"),
        (["secretary of state", "--country", "usa", "--on", "2022-09-01"], "Antony Blinken"),
        (["Foreign Minister of France", "--on", "2022-09-01"], "Catherine Colonna"),
        (["Kim", "--on", "2018-06-01"], "Kim Jong Un"), (["Bush", "--on", "2005-01-01"], "George W. Bush"),
        (["Johnson", "--on", "2021-01-01"], "Boris Johnson"), (["Hamas"], "Hamas"), (["Norway"], "Norway"),
    ],
)  # fmt: skip
def test_who_a_name_means_on_a_date(args: list[str], name: str) -> None:
    code, shown, _ = run("find", *args, "--json")
    found = json.loads(shown)
    assert code == 0 and found["candidates"][0]["name"] == name and found["candidates"][0]["chosen"] and found["why"]
    assert sum(c["chosen"] for c in found["candidates"]) == 1


def test_a_former_official_is_eli_and_nobody_is_nobody() -> None:
    assert "Barack Obama USA.ELI, former President" in run("find", "Barack Obama", "--on", "2018-09-01")[1]
    code, shown, _ = run("find", "Zzyzx Nobody")
    assert code == 1 and "nobody is chosen" in shown
    code, shown, _ = run("find", "Foreign Minister", "--on", "2018-09-01")
    assert code == 1 and "say whose with --country" in shown
    assert run("find", "Kerry", "--country", "XYZ")[0] == 2 and run("find", "Kerry", "--on", "soon")[0] == 2
