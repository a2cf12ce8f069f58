"""A report, the map, the network, search and the review queue over real HTTP; what an analyst marks, down to annotation."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest
from desks import running
from test_pages import HOSTILE, Page, _story, page

from communique.adapt.annotation import Annotated, read_annotation
from communique.records import CodedReport, Entity, Event, Report, Sentence, Span, Statement
from communique.serve import app
from communique.serve.pages import common, links
from communique.serve.pages.network import drawn_of, edges_of
from communique.serve.pages.search import around
from communique.store import open_store

EVIL = "javascript:alert(4)//\"'><svg onload=alert(5)>"


def crossing() -> CodedReport:
    """Records whose words nest, cross and fall together, in a text that is hostile."""
    text = f"{HOSTILE} Finland accused Russia of lies, it said.\r\n\r\nRussia {EVIL} denied it \u202eall, and met Finland & Co."
    start = text.index("Finland accused")
    end = text.index("\r\n")
    met = text.index("met")
    sentences = (Sentence(0, 0, end), Sentence(1, text.index("Russia jav"), len(text)))
    events = (
        Event("x" + EVIL, start + 8, start + 15, 0, "accused", "ACCUSE", quad="verbal conflict"),
        Event("same", start + 8, start + 15, 0, "accused", "REJECT", quad="verbal conflict", status="denied"),
        Event("cross", start + 12, start + 25, 0, text[start + 12 : start + 25], "DEMAND", quad="verbal conflict"),
        Event("met", met, met + 3, 1, "met", "CONSULT", status="negated", place=EVIL, quad="verbal cooperation"),
    )  # fmt: skip
    speaker = Entity("it", country="FIN", name=EVIL)
    said = Statement("s" + EVIL, speaker, Span(end - 5, end - 1), (Span(start + 5, start + 20),))
    return CodedReport(Report(text, EVIL, HOSTILE, "2025-03-12", HOSTILE, EVIL), sentences, events, (said,))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reports") / "desk.db"
    with open_store(path) as store:
        assert all(store.add_many([*(draft.coded() for draft in _story()), crossing()], "test reader"))
    return path


@pytest.fixture(scope="module")
def desk(path: Path) -> Iterator[httpx.Client]:
    with running(path) as url, httpx.Client(base_url=url, headers={"Accept": "text/html"}, timeout=30) as client:
        yield client


def post(desk: httpx.Client, address: str, **given: object) -> httpx.Response:
    """A form of a page, sent as a browser does."""
    found = desk.get("/report?key=a-1")
    mark = next(g["value"] for t, g in Page(found.text).tags if t == "input" and g.get("name") == "csrf")
    return desk.post(address, data={"csrf": mark, "who": "Ann", **given})


class Prose(Page):
    """The text of a report as the page has it."""

    def __init__(self, text: str) -> None:
        self.inside, self.depth, self.prose = False, 0, ""
        super().__init__(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        if ("class", "prose") in attrs:
            self.inside = True
        self.depth += tag == "span" and self.inside

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == "span" and self.inside
        if tag == "p" and self.inside:
            assert self.depth == 0  # every element that a mark opened is closed where it stands
            self.inside = False

    def handle_data(self, data: str) -> None:
        super().handle_data(data)
        self.prose += data if self.inside else ""


def test_marks_that_cross_nest_and_no_character_is_lost(desk: httpx.Client) -> None:
    given = crossing()
    answer = desk.get("/report", params={"key": EVIL})
    assert answer.status_code == 200
    shown = Prose(answer.text)
    flat = given.report.text.replace("\u202e", "\ufffd")
    assert shown.prose.split() == flat.split()
    marks = [g for t, g in shown.tags if t == "span" and g.get("class", "").startswith("mark")]
    assert "ACCUSE + REJECT" in {g.get("data-label") for g in marks} and len([g for g in marks if "trigger" in g["class"]]) >= 4
    anchors = {g["id"] for t, g in shown.tags if t == "span" and "id" in g}
    assert {"e-same", "e-cross", "e-met", "e-x" + EVIL} <= anchors
    assert not [t for t, _ in shown.tags if t in ("img", "svg")]
    assert all(g["src"].startswith("/static/") for t, g in shown.tags if t == "script")
    assert not [link for link in shown.links if not link.startswith(("/", "#"))]
    assert "no link" in answer.text and EVIL.split('"')[0] in shown.text


def test_a_report_says_how_sure_the_reader_is_and_leads_to_its_incidents(desk: httpx.Client) -> None:
    shown = page(desk, "/report?key=a-2")
    assert "event 0.90" in shown.text and "status 0.80" in shown.text and "on the word of Finland" not in shown.text
    assert "on the word of" in shown.text and "claimed" in shown.text
    lead = next(link for link in shown.links if link.startswith("/incident/"))
    assert page(desk, lead)
    rows = list(csv.DictReader(io.StringIO(desk.get("/report?key=a-2&as=csv").text)))
    assert [row["type"] for row in rows] == ["ACCUSE", "SANCTION"]
    assert desk.get("/report?key=a-2&as=json").json()["text"].startswith("Finland accused")
    for link in [x for x in page(desk, "/incidents?type=SANCTION").links if x.startswith("/report")]:
        anchor = urlsplit(link).fragment
        assert f'id="{anchor}"' in desk.get(link).text
    assert page(desk, "/report?key=nobody", 404) and page(desk, "/report?key=a-2&version=7", 404)
    assert desk.get("/report").status_code == 422


@pytest.mark.weights
def test_the_reasons_of_a_record_are_told_when_asked_for(tmp_path: Path) -> None:
    import communique

    coded = communique.load().read(Report("Estonia accused Russia of sabotage on Tuesday.", "why", published="2025-03-12"))
    with open_store(tmp_path / "why.db") as store:
        store.add(coded)
    with running(tmp_path / "why.db") as url, httpx.Client(base_url=url, headers={"Accept": "text/html"}, timeout=120) as client:
        link = next(x for x in page(client, "/report?key=why").links if x.startswith("/report/reasons"))
        told = page(client, link)
        assert "Estonia" in told.text and "EST.GOV" in told.text and "probability" in told.text
        assert page(client, "/report/reasons?key=why&record=nobody", 404)


def test_what_is_marked_is_corrected_and_queued_and_becomes_annotation(desk: httpx.Client, path: Path, tmp_path: Path) -> None:
    events = {e["type"]: e for e in desk.get("/report?key=a-1&as=json").json()["events"]}
    threat, accused = events["THREATEN"]["id"], events["ACCUSE"]["id"]
    done = post(desk, "/review/mark", key="a-1", record=threat, field="status", value="claimed", note=HOSTILE)
    assert done.status_code == 303 and done.headers["location"] == links.report("a-1", event=threat)
    shown = page(desk, "/report?key=a-1")
    assert "put right: status is claimed" in shown.text and "<img" not in desk.get("/report?key=a-1").text
    listed = desk.get("/incidents?who=RUS&outlet=Baltic+Wire&as=json").json()
    assert {i["type"]: i["status"] for i in listed}["THREATEN"] == "claimed"
    # What is right is not known: it waits in the queue.
    assert post(desk, "/review/mark", key="a-1", record=accused, field="type").status_code == 303
    (waiting,) = desk.get("/review?as=json").json()
    assert waiting["field"] == "type" and waiting["state"] == "open" and "accused" in page(desk, "/review").text
    assert post(desk, "/review/whole", key="a-1").status_code == 422
    assert post(desk, "/review/settle", mark=waiting["id"], value="NOTHING").status_code == 422
    assert post(desk, "/review/settle", mark=waiting["id"], value="REJECT", next="//evil.example").headers["location"] == "/"
    assert desk.get("/review?as=json").json() == []
    missed = post(desk, "/review/missing", key="a-1", words="cannot stand", type="REQUEST", status="actual")
    assert missed.status_code == 303
    assert post(desk, "/review/missing", key="a-1", words="Finland", type="REQUEST").status_code == 422  # where?
    assert post(desk, "/review/whole", key="a-1").status_code == 303
    answer = desk.get("/review/annotation")
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    (tmp_path / "corrected.jsonl").write_bytes(answer.content)
    (found,) = read_annotation([tmp_path / "corrected.jsonl"])
    assert isinstance(found, Annotated)
    assert [(e.type, e.status) for e in found.events] == [("REJECT", "actual"), ("REQUEST", "actual"), ("THREATEN", "claimed")]
    rows = list(csv.DictReader(io.StringIO(desk.get("/review?state=all&as=csv").text)))
    assert {row["kind"] for row in rows} == {"event", "missing"} and {row["who"] for row in rows} == {"Ann"}
    # A correction outlives reading anew.
    with open_store(path) as store:
        again = next(draft.coded() for draft in _story() if draft.given["id"] == "a-1")

        class Again:
            def pipe(self, reports: object, *, batch_size: int = 16) -> Iterator[CodedReport]:
                for one in reports:  # type: ignore[attr-defined]
                    yield again if one.id == "a-1" else CodedReport(one)

        assert "a-1" in {a.report for a in store.recode(Again(), "another")}  # type: ignore[union-attr]
        assert {e.type: e.status for e in store.report("a-1").coded.events} == {"REJECT": "actual", "THREATEN": "claimed"}


@pytest.mark.parametrize("address", ["/review/mark", "/review/missing", "/review/whole", "/review/settle"])
def test_what_writes_is_refused_from_elsewhere_and_without_a_name(desk: httpx.Client, address: str) -> None:
    given = {"key": "a-2", "who": "Ann", "mark": "1", "words": "accused"}
    assert desk.post(address, data=given).status_code == 403
    assert post(desk, address, **given).status_code in (303, 404, 422)
    mark = next(g["value"] for t, g in Page(desk.get("/report?key=a-2").text).tags if g.get("name") == "csrf")
    elsewhere = {"Origin": "https://evil.example"}
    assert desk.post(address, data={"csrf": mark, **given}, headers=elsewhere).status_code == 403
    assert post(desk, address, **{**given, "who": " "}).status_code in (404, 422)
    assert post(desk, address, **{**given, "key": "nobody"}).status_code in (404, 422)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    path = tmp_path_factory.mktemp("fresh") / "desk.db"
    with open_store(path) as store:
        assert all(store.add_many([*(draft.coded() for draft in _story()), crossing()], "test reader"))
    with running(path) as url, httpx.Client(base_url=url, headers={"Accept": "text/html"}, timeout=30) as client:
        yield client


def test_the_map_has_incidents_by_place_and_lists_those_of_one(fresh: httpx.Client) -> None:
    (row,) = csv.DictReader(io.StringIO(fresh.get("/map?as=csv").text))
    assert (row["place"], row["country"], row["incidents"], row["origins"], row["cooperation"]) == ("Oslo", "NOR", "1", "1", "1")
    shown = page(fresh, "/map")
    chart = next(json.loads(g["data-chart"]) for _, g in shown.tags if "data-chart" in g)
    (point,) = chart["points"]
    assert point["at"] == [pytest.approx(10.7461), pytest.approx(59.9127)]
    there = page(fresh, point["href"].partition("#")[0])
    assert "Oslo: 1 incident" in there.text and "Finland sent help to Norway in Oslo." in there.text
    assert "No incident of these days has a place" in page(fresh, "/map?type=ACCUSE").text


def test_without_the_shapes_of_countries_the_map_is_a_table(
    fresh: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Built without the files of others, the desk answered with an error."""
    bare = shutil.copytree(app.STATIC, tmp_path / "static", ignore=shutil.ignore_patterns("vendor"))
    monkeypatch.setattr(app, "STATIC", bare)
    monkeypatch.setattr(common, "VENDOR", bare / "vendor")
    app.asset.cache_clear()
    shown = page(fresh, "/map")
    assert "No chart" in shown.text and "Oslo" in shown.text
    # The shapes alone are missing: the chart says so (desk.js).
    for name in common.ASSETS:
        if "countries" not in name:
            (bare / "vendor").mkdir(exist_ok=True)
            (bare / "vendor" / name).write_bytes(b"")
    chart = next(json.loads(g["data-chart"]) for _, g in page(fresh, "/map").tags if "data-chart" in g)
    assert chart["shape"] == ""
    app.asset.cache_clear()


def test_a_look_that_was_dismissed_is_not_on_the_page(fresh: httpx.Client) -> None:
    said = "looked through all of it"
    assert post(fresh, "/review/whole", key="a-1").status_code == 303
    assert "Ann " + said in page(fresh, "/report?key=a-1").text
    number = len(fresh.get("/review?state=all&as=json").json()) + 1
    whole = fresh.get(f"/api/v1/reviews/{number}").json()
    assert whole["kind"] == "whole"
    assert post(fresh, "/review/settle", mark=number, dismiss="yes").status_code == 303
    assert "Ann " + said not in page(fresh, "/report?key=a-1").text and fresh.get("/review/annotation").text == ""


def test_the_network_says_who_does_what_to_whom(fresh: httpx.Client) -> None:
    ties = {(e["actor"], e["recipient"]): e for e in fresh.get("/network?since=2024&as=json").json()}
    assert ties["FIN", "RUS"]["conflict"] == 2 and ties["RUS", "FIN"]["conflict"] == 1  # the claimed sanction is none
    assert ties["USA", "CHN"]["incidents"] > 20
    shown = page(fresh, "/network?since=2024")
    chart = next(json.loads(g["data-chart"]) for _, g in shown.tags if "data-chart" in g)
    assert {n["id"] for n in chart["nodes"]} >= {"FIN", "RUS", "USA"}
    for link in chart["links"]:
        found = fresh.get(link["href"] + "&as=json").json()
        assert len(found) >= link["incidents"], link
    actors = {e["actor"] for e in fresh.get("/network?since=2024&level=actors&as=json").json()}
    assert {"Kari Nordmann", "FIN.GOV"} <= actors and page(fresh, "/network?level=actors&since=2024")
    assert page(fresh, "/network?level=planets", 422)


def test_a_large_network_is_drawn_up_to_its_bound() -> None:
    told = [(f"N{a}", f"N{b}", "ACCUSE", "2025-01-01") for a in range(100) for b in range(100) if a != b]
    drawn = drawn_of(edges_of(told, {"ACCUSE": "conflict"}))
    assert len(drawn) == 120 and len({n for e in drawn for n in (e.actor, e.recipient)}) <= 40


def test_search_finds_reports_statements_incidents_and_actors(fresh: httpx.Client) -> None:
    shown = page(fresh, "/search?q=neighbours")
    assert "this cannot stand between neighbours" in shown.text
    assert any(link.startswith("/report?key=a-1") for link in shown.links)
    whole = fresh.get("/search?q=nordmann&as=json").json()
    assert [one["name"] for one in whole["actors"]] == ["Kari Nordmann"] and [r["key"] for r in whole["reports"]] == ["a-4"]
    for kind in ("reports", "statements", "incidents", "actors"):
        found = list(csv.DictReader(io.StringIO(fresh.get(f"/search?q=Finland&kind={kind}&as=csv").text)))
        assert {row["kind"] for row in found} <= {kind[:-1]} and page(fresh, f"/search?q=Finland&kind={kind}")
    assert "names no word" in page(fresh, "/search?q=%22%22+-x").text and page(fresh, "/search")
    assert page(fresh, "/search?q=x&kind=planets", 422)
    hostile = fresh.get("/search", params={"q": HOSTILE})
    assert hostile.status_code == 200 and "<img" not in hostile.text


def test_a_search_shows_where_the_words_stand() -> None:
    where = around("Of old. " * 40 + "The navies sailed; a navy came." + " And so on." * 40, ["navy"])
    assert [words for words, hit in where if hit] == ["navy"]
    assert [w for w, hit in around("Navies sailed", ["navies"]) if hit] == ["Navies"]
    assert where[0] == ("… ", False) and where[-1][0].endswith(" …") and around("", ["x"]) == ()


def test_strange_values_break_nothing_here(fresh: httpx.Client) -> None:
    for value in ("%00", "%F0%9F%92%A5", "%27%22%3C", "a" * 299, "%E2%80%AE", "%25%5F%5C", "-1", quote("a-1\r\nX: y")):
        for address in (f"/report?key={value}", f"/report?key=a-1&version={value}", f"/search?q={value}", f"/map?at={value}",
                        f"/review?state={value}", f"/review?before={value}", f"/network?who={value}", f"/map?country={value}",
                        f"/report/reasons?key={value}&record=x"):  # fmt: skip
            assert fresh.get(address).status_code in (200, 404, 422), address


def test_an_empty_store_shows_how_to_begin_here_too(tmp_path: Path) -> None:
    open_store(tmp_path / "empty.db").close()
    with running(tmp_path / "empty.db") as url, httpx.Client(base_url=url, headers={"Accept": "text/html"}) as client:
        for address in ("/map", "/network", "/search", "/review"):
            assert "This store is empty" in page(client, address).text


