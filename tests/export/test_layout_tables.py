"""POLECAT, ICEWS and GDELT, field by field, as pandas reads them; what is left out; cells that spreadsheets would run."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from samples import EVIL, FLEET, STATUSES, STORE, UNITED, hostile, incident, told, witnessed

from communique.errors import InputError
from communique.export.fields import FIELDS, cameo_actor, cameo_codes, countries, label, number, sectors
from communique.export.layouts import layout, markdown
from communique.export.rows import Witnessed, fact_of
from communique.export.tables import HEADERLESS, TABLES, safe_cell, text_of, write_table
from communique.measure.pairs import mutual_types
from communique.ontology import event_types, names
from communique.records import Entity, Location
from communique.settings import read_table


def read(name: str, text: str) -> pd.DataFrame:
    """As scripts read it: tab-separated, the codes as text."""
    header = None if name in HEADERLESS else 0
    frame = pd.read_csv(io.StringIO(text), sep="\t", header=header, dtype=str, keep_default_na=False)
    frame.columns = [c.name for c in layout(name)] if header is None else frame.columns
    return frame


def test_polecat_field_by_field() -> None:
    row = read("polecat", text_of("polecat", [told()])).iloc[0].to_dict()
    assert len(row.pop("Event ID")) == 16
    filled = {k: v for k, v in row.items() if v}
    assert filled == {
        "Event Date": "2024-04-09", "Event Type": "ACCUSE", "Event Mode": "allege", "Intensity": "-2.0", "Quad Code": "3",
        "Contexts": "military;cyber", "Actor Name": "Jonas Gahr Støre", "Actor Country": "NOR", "Actor COW": "385",
        "Primary Actor Sector": "GOV", "Actor Sectors": "GOV", "Actor Title": "Prime Minister",
        "Actor Name Raw": "Jonas Gahr Støre", "Recipient Name": "Russia", "Recipient Country": "RUS", "Recipient COW": "365",
        "Primary Recipient Sector": "MIL",
        "Recipient Sectors": "MIL", "Recipient Name Raw": "Russia's Northern Fleet", "Placename": "Vardø", "Province": "Finnmark",
        "Country": "NOR", "Latitude": "70.37", "Longitude": "31.11", "Raw Placename": "Vardo",
        "Headline": "Norway accuses the fleet", "Source": "The Demo", "Publication Date": "2024-04-10", "Language": "en",
        "Version": "reader-1",
    }  # fmt: skip
    assert {c.name for c in layout("polecat") if not c.field} <= set(row) - set(filled)


def test_icews_field_by_field() -> None:
    row = read("icews", text_of("icews", [told()])).iloc[0].to_dict()
    assert 0 < int(row.pop("Event ID")) < 2**52 and 0 < int(row.pop("Story ID")) < 2**52
    assert row == {
        "Event Date": "2024-04-09", "Source Name": "Jonas Gahr Støre", "Source Sectors": "Government", "Source Country": "Norway",
        "Event Text": "Accuse", "CAMEO Code": "112", "Intensity": "-2.0", "Target Name": "Military (Russia)",
        "Target Sectors": "Military", "Target Country": "Russia", "Sentence Number": "3", "Publisher": "The Demo",
        "City": "Vardø", "District": "", "Province": "Finnmark", "Country": "Norway", "Latitude": "70.37", "Longitude": "31.11",
    }  # fmt: skip


def test_gdelt_events_field_by_field() -> None:
    text = text_of("gdelt_events", [witnessed()])
    row = read("gdelt_events", text).iloc[0].to_dict()
    assert len(row) == 61 and text.count("\t") == 60
    assert 0 < int(row.pop("GLOBALEVENTID")) < 2**52
    assert {k: v for k, v in row.items() if v} == {
        "SQLDATE": "20240409", "MonthYear": "202404", "Year": "2024", "FractionDate": "2024.3534", "Actor1Code": "NORGOV",
        "Actor1Name": "JONAS GAHR STØRE", "Actor1CountryCode": "NOR", "Actor1Type1Code": "GOV", "Actor2Code": "RUSMIL",
        "Actor2Name": "RUSSIA", "Actor2CountryCode": "RUS", "Actor2Type1Code": "MIL", "IsRootEvent": "1", "EventCode": "112",
        "EventBaseCode": "112", "EventRootCode": "11", "QuadClass": "3", "GoldsteinScale": "-2.0", "NumMentions": "3",
        "NumSources": "2", "NumArticles": "3", "Actor1Geo_Type": "0", "Actor2Geo_Type": "0", "ActionGeo_Type": "4",
        "ActionGeo_FullName": "Vardø, Finnmark, Norway", "ActionGeo_CountryCode": "NO", "ActionGeo_Lat": "70.37",
        "ActionGeo_Long": "31.11", "DATEADDED": "20240410000000", "SOURCEURL": "https://example.org/a",
    }  # fmt: skip


def test_gdelt_mentions_field_by_field_and_joined_to_events() -> None:
    events = read("gdelt_events", text_of("gdelt_events", [witnessed()]))
    text = text_of("gdelt_mentions", [witnessed()])
    rows = read("gdelt_mentions", text)
    assert set(rows["GLOBALEVENTID"]) == set(events["GLOBALEVENTID"])
    assert all(line.count("\t") == 15 for line in text.splitlines())
    first, second, third = (dict(r) for _, r in rows.drop(columns="GLOBALEVENTID").iterrows())
    assert {k: v for k, v in first.items() if v} == {
        "EventTimeDate": "20240410000000", "MentionTimeDate": "20240410000000", "MentionType": "1",
        "MentionSourceName": "The Demo", "MentionIdentifier": "https://example.org/a", "SentenceID": "3",
        "Actor1CharOffset": "0", "Actor2CharOffset": "25",
        "ActionCharOffset": "17", "InRawText": "1", "Confidence": "90",
    }  # fmt: skip
    # The second report names only the country, and has no address; the third does not name the fleet.
    assert (second["MentionType"], second["MentionIdentifier"], second["Actor1CharOffset"]) == ("2", "r2", "3")
    assert (second["SentenceID"], second["Confidence"], second["MentionTimeDate"]) == ("1", "20", "20240411000000")
    assert third["Actor2CharOffset"] == "-1" and third["EventTimeDate"] == "20240410000000"


@pytest.mark.parametrize("name", TABLES)
def test_the_same_incident_has_the_same_id_however_it_is_given(name: str) -> None:
    column = layout(name)[0].name
    given = [witnessed(), Witnessed(incident(last_seen="2024-09-01"), witnessed().tellings[:1])]
    ids = {frozenset(read(name, text_of(name, [one]))[column]) for one in given}
    assert len(ids) == 1


def test_a_denial_is_no_source_of_a_fact() -> None:
    # The first telling was the row's source and text, whatever it said of the incident, and each a mention.
    denial = told("r0", published="2024-04-01", url="https://example.org/no", id="e0", status="denied")
    one = Witnessed(incident(), (denial, *witnessed().tellings))
    assert text_of("gdelt_events", [one]) == text_of("gdelt_events", [witnessed()])
    assert text_of("gdelt_mentions", [one]) == text_of("gdelt_mentions", [witnessed()])
    none = write_table("gdelt_mentions", [Witnessed(incident(), (denial,))], io.StringIO())
    assert none.left_out == {"no telling given": 1}


@pytest.mark.parametrize("kind", ["gdelt_events", "icews", "polecat"])
def test_an_incident_that_is_history_does_not_stand_on_its_day_of_publication(kind: str) -> None:
    # Undated background was written as if it had happened on the day of the report.
    for date in ("", "2024", "2024-04"):
        one = incident(date=date, historical=True)
        assert write_table(kind, [one], io.StringIO()).left_out == {"no day known": 1}
        assert not fact_of(one).day and fact_of(one).historical
    assert fact_of(incident(historical=True)).day == "2024-04-09"


@pytest.mark.parametrize("name", TABLES)
def test_only_what_happened_is_written_and_the_rest_is_counted(name: str) -> None:
    out = io.StringIO()
    written = write_table(name, (told(id=s, status=s) for s in STATUSES), out)
    assert (written.rows, written.records) == (1, 6)
    assert written.left_out == {f"status {s}": 1 for s in STATUSES[1:]}
    assert write_table(name, [told(status="claimed")], io.StringIO(), statuses=()).rows == 1


def test_what_has_no_day_or_no_party_is_left_out_and_counted() -> None:
    lost = [told(date="2019", historical=True), told(date="", historical=True), told(actors=(), recipients=()), told(date="")]
    written = write_table("icews", lost, out := io.StringIO())
    assert written.left_out == {"no day known": 2, "no party named": 1}
    # Without a date, and not told as history: the day of publication.
    assert read("icews", out.getvalue())["Event Date"].tolist() == ["2024-04-10"]


def test_one_row_a_pair_and_a_meeting_both_ways() -> None:
    two = told(actors=(STORE, UNITED), recipients=(FLEET,))
    assert read("icews", text_of("icews", [two]))["Source Name"].tolist() == ["Jonas Gahr Støre", "United Nations"]
    met = read("polecat", text_of("polecat", [told(type="CONSULT", mode="", actors=(STORE, FLEET), recipients=())]))
    assert sorted(zip(met["Actor Country"], met["Recipient Country"], strict=True)) == [("NOR", "RUS"), ("RUS", "NOR")]
    side = read("polecat", text_of("polecat", [told(actors=(STORE, FLEET), recipients=())]))
    assert side["Recipient Country"].tolist() == ["", ""]
    assert met["Event ID"].nunique() == 2


@pytest.mark.parametrize("name", TABLES)
def test_no_cell_breaks_a_line_or_a_column(name: str, tmp_path: Path) -> None:
    write_table(name, [hostile(), told()], tmp_path / "out")
    text = (tmp_path / "out").read_text("utf-8")
    frame = read(name, text)
    assert frame.shape == (2, len(layout(name)))
    assert not any(c in text for c in "\x00\x1b\r")
    assert text.count("\n") == 2 + (name not in HEADERLESS)
    if name in HEADERLESS:
        assert '"' not in text
    else:
        assert EVIL.split("\t")[0] in frame.to_string()
    assert list(tmp_path.iterdir()) == [tmp_path / "out"]


@pytest.mark.parametrize("name", TABLES)
def test_a_spreadsheet_finds_no_formula(name: str) -> None:
    rows = list(csv.reader(io.StringIO(text_of(name, [hostile(), told()], spreadsheet=True))))
    assert rows[0] == [c.name for c in layout(name)]
    found = [c for row in rows[1:] for c in row if c.lstrip().startswith(("=", "+", "-", "@"))]
    # Scores stay numbers.
    assert all(float(c) < 0 for c in found) and bool(found) == (name != "gdelt_mentions")
    assert any(c.startswith("'") for row in rows[1:] for c in row)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"), ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"), ("-2+3", "'-2+3"), ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "'  =1"), ("＝1", "'＝1"), ("-9.5", "-9.5"), ("+47", "+47"), ("-1e5", "-1e5"),
        ("Norway - Russia", "Norway - Russia"), ("", ""), ("-", "'-"), ("1=1", "1=1"),
    ],
)  # fmt: skip
def test_safe_cells(text: str, safe: str) -> None:
    assert safe_cell(text) == safe


def test_a_writer_that_fails_leaves_the_older_file(tmp_path: Path) -> None:
    out = tmp_path / "out.tsv"
    out.write_text("older", "utf-8")

    def broken() -> object:
        yield told()
        raise RuntimeError("the store is gone")

    with pytest.raises(RuntimeError):
        write_table("icews", broken(), out)  # type: ignore[arg-type]
    assert out.read_text("utf-8") == "older" and list(tmp_path.iterdir()) == [out]
    with pytest.raises(InputError, match="polecat"):
        write_table("phoenix", [], out)


def test_bodies_and_armed_groups_in_cameo() -> None:
    def code(country: str, sector: str = "") -> str:
        return cameo_actor(Entity("x", 0, 1, country, sector))

    assert [code("UNO"), code("EUR"), code("IGO"), code("ROU", "GOV"), code("", "REB"), code("MMR", "JRN")] == [
        "IGOUNO", "IGOEUREEC", "IGO", "ROMGOV", "REB", "MMRMED",
    ]  # fmt: skip
    assert label(Entity("rebels", 0, 1, "MMR", "REB")) == "Rebel (Myanmar)" and label(Entity("gunmen", 0, 1)) == "gunmen"


def test_places_by_kind() -> None:
    def kind(name: str, country: str, region: str) -> object:
        return FIELDS["place.kind"](fact_of(told(location=Location(name, country, region, 1.0, 2.0))))

    given = [("Norway", "NOR", ""), ("Texas", "USA", "Texas"), ("Austin", "USA", "Texas"), ("Finnmark", "NOR", "Finnmark")]
    assert [kind(*one) for one in given] == [1, 2, 3, 5]


def test_every_column_is_filled_from_a_field_that_there_is_or_says_why_not() -> None:
    for name in (*TABLES, "plover", "parquet"):
        for column in layout(name):
            assert column.field in FIELDS or column.field in {"actors", "recipients", "place", ""}, f"{name}: {column.name}"
            assert column.field or column.note, f"{name}: {column.name} is empty and does not say why"
        assert markdown(name).count("\n") == len(layout(name)) + 1
    assert [len(layout(n)) for n in ("gdelt_events", "gdelt_mentions", "icews")] == [61, 16, 20]


def test_the_tables_know_every_type_mode_sector_and_country() -> None:
    kinds = event_types()
    assert {t for t, m in cameo_codes() if not m} == set(kinds)
    assert all(m in kinds[t].modes for t, m in cameo_codes() if m)
    assert set(sectors()) == set(names("sector"))
    assert {r["type"] for r in read_table("export/pairs.tsv")} == set(kinds) and "CONSULT" in mutual_types()
    known = {r["code"] for r in read_table("actors/countries.tsv")} | {"UNO", "IGO", "NGO", "MNC", "IMG", "ISM"}
    assert known <= set(countries())
    cow = [r["cow"] for r in countries().values() if r["cow"] and r["code"] not in ("YUG", "SUN")]
    fips = [r["fips"] for r in countries().values() if r["fips"]]
    assert len(cow) == len(set(cow)) and len(fips) == len(set(fips)) and all(len(f) == 2 for f in fips)
    assert [countries()[c]["cow"] for c in ("USA", "GBR", "CHN", "UKR", "KOS")] == ["2", "200", "710", "369", "347"]
    assert [countries()[c]["fips"] for c in ("DEU", "CHE", "CHN", "AUS", "AUT")] == ["GM", "SZ", "CH", "AS", "AU"]


def test_numbers_stay_below_what_r_counts_exactly() -> None:
    assert all(0 <= number(str(n)) < 2**52 for n in range(500)) and len({number(str(n)) for n in range(500)}) == 500
