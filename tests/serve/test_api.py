"""The API's answers: the store's own, page by page, as JSON, CSV and Parquet; and what is said against a wrong question."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from pathlib import Path

import desks
import httpx
import pytest
from desks import get

import communique
from communique.opening import Opened
from communique.serve.settings import Settings

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "contracts"))
from making import Draft


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("api") / "store.db"
    desks.fill(found, 25)
    return found


@pytest.fixture(scope="module")
def desk(path: Path) -> Iterator[str]:
    with desks.running(path, Settings(page=100, rows=1000, text=500)) as url:
        yield url


@pytest.fixture(scope="module")
def record(path: Path) -> Iterator[Opened]:
    with communique.open(path) as found:
        yield found


IDS = {
    "events": lambda e: e["telling"]["event"]["id"], "statements": lambda s: s["statement"]["id"], "incidents": lambda i: i["id"],
    "claims": lambda c: c["id"],
}  # fmt: skip
OWN = {"events": lambda e: e.telling.event.id, "statements": lambda s: s.statement.id}


@pytest.mark.parametrize("kind", sorted(IDS))
@pytest.mark.parametrize("newest", [False, True])
def test_pages_hold_every_record_once_in_the_stores_order(desk: str, record: Opened, kind: str, newest: bool) -> None:
    wanted = [OWN.get(kind, lambda one: one.id)(one) for one in getattr(record, kind)(newest=newest)]
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        page = get(desk, f"/{kind}", params={"limit": 7, "newest": newest, "after": after}).json()
        assert len(page["items"]) <= 7
        found += map(IDS[kind], page["items"])
        after = page["next"]
    assert found == wanted and len(wanted) > 7


def test_a_record_is_as_the_command_writes_it(desk: str, record: Opened) -> None:
    for kind in IDS:
        first = next(iter(getattr(record, kind)(limit=1)))
        told = get(desk, f"/{kind}", params={"limit": 1}).json()["items"][0]
        assert told == httpx.Response(200, json=first.to_dict()).json()


def test_narrowings_are_those_of_the_store(desk: str, record: Opened) -> None:
    asked = {"actor": "China", "type": ["ACCUSE", "REJECT"], "status": "actual", "since": "2025-02", "until": "2025-03"}
    wanted = [e.telling.event.id for e in record.events(**asked)]
    found = get(desk, "/events", params=asked).json()["items"]
    assert [IDS["events"](e) for e in found] == wanted != []


def test_reports_are_listed_by_day_and_found_by_words(desk: str, path: Path) -> None:
    everything = get(desk, "/reports", params={"limit": 100}).json()["items"]
    assert len(everything) == 25 and [r["published"] for r in everything] == sorted(r["published"] for r in everything)
    assert {r["key"] for r in everything} == {f"r{n}" for n in range(25)}
    within = get(desk, "/reports", params={"since": "2025-02", "until": "2025-02"}).json()["items"]
    assert within == [r for r in everything if r["published"].startswith("2025-02")] != []
    text = get(desk, "/reports/r3").json()["coded"]["text"]
    word = max(text.split(), key=len).strip(".”“:")
    assert "r3" in {r["key"] for r in get(desk, "/reports", params={"text": word}).json()["items"]}


def test_a_report_comes_with_its_text_versions_and_coding(desk: str, record: Opened) -> None:
    told = get(desk, "/reports/r3").json()
    stored = record.store.report("r3")
    assert told["coded"] == httpx.Response(200, json=stored.coded.to_dict(text=True)).json()
    assert [v["n"] for v in told["versions"]] == [1] and told["copied_by"] == [] and told["copy_of"] is None


def test_a_key_may_be_an_address(tmp_path: Path) -> None:
    from communique.store import open_store

    key = "https://example.org/a/b?c=d"
    with open_store(tmp_path / "s.db") as store:
        store.add(Draft(url=key).told("FIN", "ACCUSE", "RUS").coded())
    with desks.running(tmp_path / "s.db") as url:
        assert get(url, "/reports/https%3A%2F%2Fexample.org%2Fa%2Fb%3Fc%3Dd").json()["key"] == key


def test_from_an_incident_to_its_sentences(desk: str, record: Opened) -> None:
    first = next(iter(record.incidents(limit=1)))
    told = get(desk, f"/incidents/{first.id}").json()
    assert told == get(desk, f"/explain/{first.id}").json() and told["kind"] == "incident"
    assert [e["sentence_text"] for e in told["events"]] == [e.sentence_text for e in record.explain(first.id).events]
    wrong = get(desk, f"/claims/{first.id}")
    assert wrong.status_code == 404 and "another kind, incident" in wrong.text


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ("/incidents?limt=1", 422, "limt"),
        ("/incidents?limit=0", 422, "limit"),
        ("/incidents?limit=101", 422, "100 that are given at once"),
        ("/incidents?format=xml", 422, "format"),
        ("/incidents?type=FIGHT", 422, "is not in the codebook"),
        ("/incidents?status=true", 422, "is not in the codebook"),
        ("/incidents?country=Chinaa", 422, "did you mean China"),
        ("/incidents?actor=QQQ", 422, "is no code of a country"),
        ("/incidents?since=soon", 422, "is not a date"),
        ("/incidents?since=2024-13", 422, "is not a date"),
        ("/incidents?after=nonsense", 422, "is no place in an answer"),
        ("/incidents?after=%C3%A9", 422, "after"),
        ("/incidents?text=%22%22", 422, "names no word"),
        ("/incidents?text=%22port+of", 422, "has a quotation mark that is not closed"),
        ("/events?actor=China&actor=Russia", 422, "actor is given twice: ask one at a time"),
        ("/reports?limit=1&limit=2&limit=3&since=2024&since=2025", 422, "limit is given 3 times: ask one at a time; since is"),
        ("/actors?name=%20", 422, "holds no word"),
        ("/actors?name=Blinken&name=Lavrov", 422, "name is given twice"),
        ("/stream?last=1&last=2", 422, "last is given twice"),
        ("/reports?since=2025&until=2024", 422, "since 2025-01-01: is after until 2024-12-31 (swap them)"),
        ("/claims?since=2025&until=2024", 422, "is after until"),
        ("/alerts?since=2025&until=2024", 422, "is after until"),
        ("/dyads/CHN/USA?since=2025&until=2024", 422, "is after until"),
        ("/dyads/CHN/China", 422, "are one and the same"),
        ("/statements?status=actual", 422, "status"),
        ("/claims?status=actual", 422, "is not in the codebook"),
        ("/incidents/nothing", 404, "is not in the store"),
        ("/reports/nothing", 404, "is not in the store"),
        ("/reports/r3?version=9", 404, "is not in the store"),
        ("/nothing", 404, "no such thing"),
        ("/dyads/CHN/QQQ", 422, "is no code of a country"),
        ("/dyads/CHN/USA?by=year", 422, "by"),
        ("/dyads/CHN/USA?since=1900&until=2000", 422, "more than 10,000 days"),
        ("/alerts?since=2020&until=2024", 422, "more than 366 days"),
        ("/actors", 422, "name"),
        ("/actors?name=Lavrov&on=2022-13-01", 422, "is not a date"),
        ("/search", 422, "q"),
        ("/search?q=-only", 422, "names no word"),
        ("/stream?country=Chinaa", 422, "did you mean China"),
    ],
)
def test_a_wrong_question_is_told_what_is_wrong_with_it(desk: str, asked: str, status: int, said: str) -> None:
    found = get(desk, asked)
    told = found.json()
    assert found.status_code == status and found.headers["content-type"] == "application/problem+json"
    assert told["status"] == status and said in told["detail"] and told["type"].startswith("urn:communique:")


def test_who_is_taken_for_a_name_is_said_where_nothing_is_found(desk: str) -> None:
    told = get(desk, "/incidents", params={"actor": "Chinaa"}).json()
    assert told["items"] == [] and "did you mean China" in told["notes"][0]


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
        ("text/csv", "text/csv"),
        ("application/json;q=0.5, text/csv", "text/csv"),
        ("text/*", "text/csv"),
        ("application/vnd.apache.parquet", "application/vnd.apache.parquet"),
        ("application/json;q=0, */*", "text/csv"),
        ("image/png", "application/problem+json"),
    ],
)
def test_the_accept_header_chooses_the_format(desk: str, accept: str, media: str) -> None:
    found = get(desk, "/incidents", headers={"Accept": accept})
    assert found.headers["content-type"].partition(";")[0] == media
    assert found.status_code == (406 if "problem" in media else 200)


@pytest.mark.parametrize("kind", [*sorted(IDS), "reports"])
def test_tables_hold_all_rows_and_say_where_more_are(desk: str, record: Opened, kind: str) -> None:
    import pyarrow.parquet as parquet

    found = get(desk, f"/{kind}", headers={"Accept": "text/csv"})
    rows = list(csv.DictReader(io.StringIO(found.text)))
    assert "link" not in found.headers and found.headers["content-disposition"] == f'attachment; filename="{kind}.csv"'
    arrow = parquet.read_table(io.BytesIO(get(desk, f"/{kind}", params={"format": "parquet"}).content))
    assert arrow.column_names == list(rows[0]) and arrow.num_rows == len(rows)
    if kind != "reports":
        wanted = getattr(record, kind)().to_dicts()
        assert arrow.to_pylist() == wanted
    part = get(desk, f"/{kind}", params={"format": "csv", "limit": 2})
    assert len(part.text.splitlines()) == 3
    onward = httpx.URL(str(part.url)).join(part.links["next"]["url"])
    assert httpx.get(onward).text.splitlines()[1] == found.text.splitlines()[3]


def test_no_cell_is_a_formula_and_nothing_leaves_its_row(tmp_path: Path) -> None:
    from communique.store import open_store

    title = '=HYPERLINK(1)\r\n\x1b[31m,"x"'
    with open_store(tmp_path / "s.db") as store:
        store.add(Draft("odd", title=title).told("FIN", "ACCUSE", "RUS").coded())
    with desks.running(tmp_path / "s.db") as url:
        rows = list(csv.reader(io.StringIO(get(url, "/events", params={"format": "csv"}).text)))
        cell = rows[1][rows[0].index("title")]
        assert len(rows) == 2 and cell.startswith("'=") and "\x1b" not in cell and "\n" not in cell
        assert get(url, "/events").json()["items"][0]["title"] == title


def test_an_answer_is_known_again_until_the_store_changes(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    desks.fill(path, 3)
    with desks.running(path) as url:
        tag = get(url, "/incidents").headers["etag"]
        again = get(url, "/incidents", headers={"If-None-Match": f'"other", W/{tag}'})
        assert again.status_code == 304 and again.content == b"" and again.headers["etag"] == tag
        assert get(url, "/incidents", headers={"If-None-Match": '"other"'}).status_code == 200
        desks.fill(path, 1, start=50)
        fresh = get(url, "/incidents", headers={"If-None-Match": tag})
        assert fresh.status_code == 200 and fresh.headers["etag"] != tag


def test_a_dyad_is_the_timeline_of_the_command(desk: str, record: Opened) -> None:
    from communique.asking import timeline

    wanted = timeline(record.store, "China", "USA", by="month").to_dict()
    told = get(desk, "/dyads/China/USA", params={"by": "month"}).json()
    assert told == httpx.Response(200, json=wanted).json()
    table = get(desk, "/dyads/CHN/USA", params={"by": "month", "format": "csv"})
    assert [r["start"] for r in csv.DictReader(io.StringIO(table.text))] == [p["start"] for p in told["points"]]
    assert 'filename="CHN-USA.csv"' in table.headers["content-disposition"]


def test_alerts_without_days_are_those_of_the_records_last_month(desk: str, record: Opened) -> None:
    from communique.asking import alerts, lately

    told = get(desk, "/alerts").json()
    assert (told["since"], told["until"]) == lately(record.store)
    assert told["until"] == max(s.published for s in record.statements())
    wanted = [a.to_dict() for a in alerts(record.store, since=told["since"], until=told["until"])]
    assert told["items"] == httpx.Response(200, json=wanted).json()


def test_alerts_since_a_day_behind_the_record_are_none(desk: str) -> None:
    assert get(desk, "/alerts?since=2090").json()["items"] == []


def test_a_dyad_of_a_misspelt_country_says_so(desk: str) -> None:
    said = get(desk, "/dyads/Chna/Russia").json()
    assert said["points"] == [] and "'Chna' was taken for the name of a person or body: did you mean China?" in said["notes"]


def test_several_types_are_any_of_them(desk: str) -> None:
    assert get(desk, "/events?type=ACCUSE&type=REJECT&status=actual&status=claimed").status_code == 200


def test_an_office_holder_is_found_by_date(desk: str) -> None:
    told = get(desk, "/actors", params={"name": "Secretary of State", "country": "United States", "on": "2022-03-01"}).json()
    assert told["chosen"] == "Antony Blinken"


def test_search_finds_reports_statements_and_names(desk: str) -> None:
    told = get(desk, "/search", params={"q": "Lavrov", "limit": 3}).json()
    assert told["reports"] == [] and any("Lavrov" in c["name"] for c in told["actors"])
    text = get(desk, "/statements", params={"limit": 1}).json()["items"][0]["words"]
    word = max(text.split(), key=len).strip(".")
    told = get(desk, "/search", params={"q": word}).json()
    assert any(word in s["words"] for s in told["statements"][:1]) and told["reports"] and told["incidents"]


def test_an_empty_store_answers_with_nothing(tmp_path: Path) -> None:
    from communique.store import open_store

    open_store(tmp_path / "s.db").close()
    with desks.running(tmp_path / "s.db") as url:
        for kind in (*IDS, "reports"):
            assert get(url, f"/{kind}").json() == {"items": [], "next": None, "notes": []}
            assert len(get(url, f"/{kind}", params={"format": "csv"}).text.splitlines()) == 1
            assert get(url, f"/{kind}", params={"format": "parquet"}).status_code == 200
        assert get(url, "/alerts").json() == {"since": "", "until": "", "items": []}
        assert get(url, "/dyads/CHN/USA").json()["points"] == []
        assert get(url, "/search?q=x").json()["reports"] == []


def test_what_text_is_not_read(desk: str) -> None:
    post = f"{desk}/api/v1/read"
    cases = [
        ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 400, "JSON"),
        ({"json": {"txt": "x"}}, 422, "text"),
        ({"json": {"text": 5}}, 422, "text"),
        ({"json": {"text": "x", "published": "soon"}}, 422, "is not a date"),
        ({"json": {"text": "x" * 501}}, 413, "501 characters"),
        ({"content": b"\xff\xfe", "headers": {"Content-Type": "text/plain"}}, 400, "UTF-8"),
        ({"content": b"<p>", "headers": {"Content-Type": "text/html"}}, 415, "application/json"),
        ({"data": {"text": "x"}}, 415, "application/json"),
    ]  # fmt: skip
    for given, status, said in cases:
        found = httpx.post(post, timeout=30, **given)  # type: ignore[arg-type]
        assert found.status_code == status and said in found.json()["detail"], found.text


@pytest.mark.weights
def test_a_text_is_read_as_the_library_reads_it(desk: str) -> None:
    text = "Finland accused Russia on Tuesday of jamming civil aircraft. Moscow denied it."
    wanted = communique.load().read(text, published="2024-04-10").to_dict()
    told = httpx.post(f"{desk}/api/v1/read", json={"text": text, "published": "2024-04-10"}, timeout=60)
    assert told.json() == httpx.Response(200, json=wanted).json()
    plain = httpx.post(f"{desk}/api/v1/read", content=text, headers={"Content-Type": "text/plain"}, timeout=60)
    assert [e["type"] for e in plain.json()["events"]] == [e["type"] for e in told.json()["events"]] != []


def test_a_fault_of_the_server_is_told_without_its_inside(tmp_path: Path) -> None:
    import sqlite3

    path = tmp_path / "s.db"
    desks.fill(path, 1)
    with desks.running(path) as url:
        with sqlite3.connect(path) as broken:
            broken.execute("ALTER TABLE incident RENAME COLUMN uid TO gone")
        found = get(url, "/incidents")
        assert found.status_code in (500, 503) and "gone" not in found.text and "SELECT" not in found.text
        assert found.headers["content-type"] == "application/problem+json" and "content-security-policy" in found.headers
