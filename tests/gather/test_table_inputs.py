"""Tables of reports: CSV as programs write it, Parquet, columns under other names, and bad rows."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from communique.errors import InputError
from communique.gather.archives import pieces, tables
from communique.gather.archives.pieces import columns_of
from communique.gather.inputs import Ways, read_inputs
from communique.records import Report


def read(path: Path, data: bytes | str, given: str = "", **options: str) -> list[Report | InputError]:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return list(read_inputs([path], ways=Ways(columns=columns_of(given), **options)))


def reports(found: list[Report | InputError]) -> list[Report]:
    assert all(isinstance(f, Report) for f in found), found
    return [f for f in found if isinstance(f, Report)]


def refused(found: list[Report | InputError], kind: str, *words: str) -> None:
    (error,) = found
    assert isinstance(error, InputError) and error.kind == kind and all(w in str(error) for w in words), error


def test_columns_named_as_fields_are(tmp_path: Path) -> None:
    rows = (
        'id,title,text,published,url,source,byline,more\n'
        '1,T,"Norway, again,\naccused ""Iran"".",2024-04-10,https://e.example,S,A. Writer,x\n2,,Two.,,,,,\n'
    )
    first, second = reports(read(tmp_path / "a.csv", rows, published="1999-01-01", source="Given"))
    assert (first.id, first.title, first.text) == ("1", "T", 'Norway, again,\naccused "Iran".')
    assert (first.published, first.url, first.source, first.byline) == ("2024-04-10", "https://e.example", "S", "A. Writer")
    assert (second.text, second.published, second.source) == ("Two.", "1999-01-01", "Given")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"body;date;n\n\"A; b.\";2024-04-10;1\n", "a.csv"), (b"body\tdate\nA; b.\t2024-04-10\n", "a.tsv"),
        (b"body|date\nA; b.|2024-04-10\n", "a.csv"), ("\ufeffbody,date\r\nA; b.,2024-04-10\r\n".encode(), "a.csv"),
        ("body\tdate\nA; b.\t2024-04-10\n".encode("utf-16"), "a.csv"), (b"sep=;\nbody;date\n\"A; b.\";2024-04-10\n", "a.csv"),
        (b'"body","date"\r\n"A; b.","2024-04-10"', "a.csv"),
    ],
)  # fmt: skip
def test_as_other_programs_write_it(tmp_path: Path, data: bytes, name: str) -> None:
    (found,) = reports(read(tmp_path / name, data, "text=body,published=date"))
    assert (found.text, found.published, found.notes) == ("A; b.", "2024-04-10", ())


def test_a_missing_column_is_told_with_the_map_that_would_fit(tmp_path: Path) -> None:
    found = read(tmp_path / "a.csv", "Headline,Body,Date\nx,y,2024-04-10\n")
    refused(found, "fields", "'Headline', 'Body', 'Date'", "--map text=Body")
    refused(read(tmp_path / "b.csv", "a,b\n1,2\n"), "fields", "--map text=COLUMN")
    refused(read(tmp_path / "c.csv", "text\nx\n", "published=day"), "fields", "no column 'day' for published", "check --map")
    refused(read(tmp_path / "d.csv", "text,text\nx,y\n"), "fields", "'text' twice")
    (error,) = read(tmp_path / "e.jsonl", '{"body": "x"}\n')
    assert isinstance(error, InputError) and "give --map text=body" in str(error)
    (report,) = reports(read(tmp_path / "e.jsonl", '{"body": "x"}\n', "text=body"))
    assert report.text == "x"


def test_a_bad_row_is_set_aside_with_its_number(tmp_path: Path) -> None:
    rows = "text,published\nOne.,2024-04-10\n,2024-04-10\nTwo.,soon\nThree.,2024-04-10,more\n\nFour.\n"
    found = read(tmp_path / "a.csv", rows)
    assert [f.text for f in found if isinstance(f, Report)] == ["One.", "Four."]
    errors = [str(f) for f in found if isinstance(f, InputError)]
    assert [e.split(": ")[0].rsplit("/", 1)[1] for e in errors] == ["a.csv, row 3", "a.csv, row 4", "a.csv, row 5"]
    assert "empty" in errors[0] and "'soon'" in errors[1] and "3 cells, and the header 2" in errors[2]


def test_broken_bytes_are_told(tmp_path: Path) -> None:
    (found,) = reports(read(tmp_path / "a.csv", "text\nLe minist\u00e8re.\n".encode("latin-1")))
    assert found.text == "Le minist\ufffdre." and "1 \ufffd" in found.notes[0]


def test_what_is_no_table_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused(read(tmp_path / "a.csv", "\n\n"), "empty", "no header")
    refused(read(tmp_path / "b.csv", "x" * 100_000), "format", "first line")
    refused(read(tmp_path / "c.csv", ",".join(f"c{n}" for n in range(3000)) + "\n"), "format", "3,000 columns")
    monkeypatch.setattr(tables, "MAX_BYTES", 200_000)
    monkeypatch.setattr(tables.csv, "field_size_limit", lambda *given, real=tables.csv.field_size_limit: real(*given))
    tables.csv.field_size_limit(150_000)
    first, last = read(tmp_path / "d.csv", 'text\nOne.\n"never closed\n' + "more and more\n" * 20_000)
    tables.csv.field_size_limit(pieces.MAX_BYTES)
    assert isinstance(first, Report) and isinstance(last, InputError) and last.kind == "damaged" and "not closed" in str(last)


def parquet(path: Path, table: pa.Table, **options: object) -> Path:
    pq.write_table(table, path, **options)
    return path


def test_parquet_with_its_own_kinds_of_values(tmp_path: Path) -> None:
    when = dt.datetime(2024, 4, 10, 8, 0, tzinfo=dt.UTC)
    table = pa.table({
        "guid": pa.array([1.0, None, 3.0]), "body": pa.array(["One.", "Two.", None], pa.large_string()),
        "at": pa.array([when, when, when], pa.timestamp("us", tz="UTC")), "link": ["https://e.example/1", None, None],
        "picture": pa.array([b"x" * 1000] * 3), "authors": [["A", "B"], None, None],
    })  # fmt: skip
    path = parquet(tmp_path / "a.parquet", table)
    asked = Ways(columns=columns_of("text=body,id=guid,published=at,url=link,byline=authors"))
    one, two, three = read_inputs([path], ways=asked)
    assert isinstance(one, Report) and isinstance(two, Report)
    assert (one.id, one.text, one.published, one.url) == ("1", "One.", "2024-04-10T08:00:00+00:00", "https://e.example/1")
    assert (two.id, two.text) == ("", "Two.")
    assert isinstance(three, InputError) and "row 3" in str(three)


def test_parquet_over_row_groups_and_by_its_bytes(tmp_path: Path) -> None:
    table = pa.table({"text": [f"Report {n}." for n in range(500)], "published": [dt.date(2024, 4, 10)] * 500})
    path = parquet(tmp_path / "table", table, row_group_size=90)
    found = reports(list(read_inputs([path])))
    assert [f.text for f in found] == [f"Report {n}." for n in range(500)] and found[499].published == "2024-04-10"


def test_bad_parquet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = parquet(tmp_path / "a.parquet", pa.table({"headline": ["x"], "content": ["y"]}))
    refused(list(read_inputs([path])), "fields", "'headline', 'content'", "--map text=content")
    data = path.read_bytes()
    refused(read(tmp_path / "b.parquet", data[:-20]), "damaged", "Parquet")
    refused(read(tmp_path / "c.parquet", b"no table"), "damaged", "Parquet")
    refused(list(read_inputs(["-"], stdin=Pipe(data))), "format", "from a pipe")
    none = pa.table({"text": pa.array([], pa.string())})
    refused(list(read_inputs([parquet(tmp_path / "d.parquet", none)])), "empty", "no row")
    monkeypatch.setattr(tables, "LARGEST_GROUP", 10)
    refused(list(read_inputs([parquet(tmp_path / "e.parquet", pa.table({"text": ["x" * 99]}))])), "size", "row group")


class Pipe(io.BytesIO):
    def seekable(self) -> bool:
        return False


def test_a_text_that_stands_for_many_rows_does_not_fill_the_memory(tmp_path: Path) -> None:
    import resource

    text = "Norway thanked Chad. " * 20_000
    path = parquet(tmp_path / "a.parquet", pa.table({"text": pa.array([text] * 400)}))
    assert path.stat().st_size < 2_000_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert sum(isinstance(f, Report) for f in read_inputs([path])) == 400
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 80_000  # KB; written out it is 168 MB


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("body", "is no FIELD=COLUMN"), ("when=date", "'when' is no field"), ("text=a,text=b", "twice"),
        ("text=", "is no FIELD=COLUMN"),
    ],
)
def test_a_map_that_is_none(given: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        columns_of(given)
