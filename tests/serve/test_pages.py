"""The desk's pages over real HTTP: what they show, where their numbers lead, how they are exported, what they refuse."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from desks import running
from making import Draft, filler

from communique.serve.pages import PATHS, common, links
from communique.store import open_store

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def _story() -> Iterator[Draft]:
    """A quarrel of Finland and Russia that three outlets tell, one of them in copied words, and other news."""
    told = (
        Draft("a-1", "2025-03-10", "Baltic Wire", "https://wire.example/1", "Helsinki protests")
        .told("FIN", "ACCUSE", "RUS", date="2025-03-10").said("FIN", "this cannot stand between neighbours", "accuse", ("RUS",))
        .told("RUS", "THREATEN", "FIN", date="2025-03-10")
    )
    yield told
    yield (
        Draft("a-2", "2025-03-11", "The Ledger", "javascript:alert(3)", HOSTILE)
        .told("FIN", "ACCUSE", "RUS", date="2025-03-10").said("RUS", "nothing of the kind took place", "deny", ("FIN",))
        .told("RUS", "SANCTION", "FIN", date="2025-03-11", status="claimed", on="FIN")
    )
    yield (
        Draft("a-3", "2025-03-11", "Post " + HOSTILE)
        .told("FIN", "SANCTION", "RUS", date="2025-03-11")
        .told("USA", "CONSULT", "CHN", date="2025-03-11")
        .told("FIN", "AID", "NOR", date="2025-03-11", place="Oslo")
    )
    yield Draft("a-4", "2025-03-12", "Herald").told("NOR", "AID", "FIN", date="2025-03-12", actor_name="Kari Nordmann")
    for n in range(24):
        day = f"202{4 + (n > 19)}-{(n // 2 + 2) % 12 + 1:02}-{5 + 15 * (n % 2):02}"
        yield _other(f"b-{n}", day, "REJECT")


def _other(ident: str, day: str, kind: str) -> Draft:
    """One incident of the United States and China, in a report whose words no other has: it would else be a copy."""
    draft = Draft(ident, day, "Herald").told("USA", kind, "CHN", date=day)
    draft.say(filler(ident, 40))
    return draft


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    path = tmp_path_factory.mktemp("desk") / "desk.db"
    with open_store(path) as store:
        assert all(store.add_many((draft.coded() for draft in _story()), "test reader"))
    with running(path) as url, httpx.Client(base_url=url, headers={"Accept": "text/html"}, timeout=30) as client:
        yield client


class Page(HTMLParser):
    """The links, the texts and the attributes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append((tag, given))
        if tag == "a":
            self.links.append(given.get("href", ""))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def page(desk: httpx.Client, address: str, status: int = 200) -> Page:
    answer = desk.get(address)
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["content-type"].startswith("text/html")
    return Page(answer.text)


ADDRESSES = (
    "/", "/?since=2025-02&until=2025-03", "/?who=Finland&order=newest", "/dyads", "/dyad?a=Finland&b=RUS",
    "/dyad?a=FIN&b=RUS&c=USA&d=CHN&by=day&since=2025-02-01&until=2025-03-31", "/countries", "/country/FIN",
    "/country?code=Finland", "/persons", "/persons?q=nord", "/person?name=Kari+Nordmann", "/incidents",
    "/incidents?who=FIN&other=RUS", "/incidents?country=Norway", "/statements", "/statements?actor=RUS&recipient=FIN", "/claims",
    "/claims?status=all", "/report?key=a-1", "/map", "/network?since=2024", "/search?q=Finland", "/review",
)  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_page_answers_and_its_own_links_lead_somewhere(desk: httpx.Client, address: str) -> None:
    shown = Page(desk.get(address, follow_redirects=True).text)
    assert ("h1", {}) in shown.tags or any(tag == "h1" for tag, _ in shown.tags)
    own = {link for link in shown.links if link.startswith("/") and not link.startswith(("/api", "/static"))}
    assert own
    for link in sorted(own)[:6]:
        assert desk.get(link, follow_redirects=True).status_code == 200, f"{address} links to {link}"


def test_pages_hold_no_script_and_no_style_of_their_own(desk: httpx.Client) -> None:
    for address in ADDRESSES:
        answer = desk.get(address, follow_redirects=True)
        shown = Page(answer.text)
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        for tag, given in shown.tags:
            assert tag != "style" and "style" not in given
            assert not any(name.startswith("on") or name.startswith("hx-on") for name in given)
            if tag == "script":
                assert given["src"].startswith("/static/")
        assert not [link for link in shown.links if not link.startswith(("/", "#", "https://wire.example"))]


def test_hostile_words_of_a_report_are_text(desk: httpx.Client) -> None:
    found = desk.get("/incidents?who=FIN&as=json").json()
    accused = next(one for one in found if one["type"] == "ACCUSE")
    answer = desk.get(links.incident(accused["id"]))
    assert HOSTILE not in answer.text and "<img" not in answer.text
    assert HOSTILE.split(">")[0] in Page(answer.text).text.replace(" ", "") or "<script>" in Page(answer.text).text
    assert "javascript:" not in " ".join(Page(answer.text).links)


def test_today_says_that_its_days_are_the_stores_last_and_ranks_by_origins(desk: httpx.Client) -> None:
    shown = page(desk, "/?order=corroborated")
    assert "these are the store's last days" in shown.text
    listed = desk.get("/?order=corroborated&as=json").json()["incidents"]
    assert [one["origins"] for one in listed] == sorted((one["origins"] for one in listed), reverse=True)
    assert listed[0]["type"] == "ACCUSE" and listed[0]["origins"] == 2
    newest = desk.get("/?order=newest&as=json").json()["incidents"]
    assert [one["date"] for one in newest] == sorted((one["date"] for one in newest), reverse=True)


def test_today_counts_what_is_new_to_a_dyad_as_unusual(desk: httpx.Client) -> None:
    listed = desk.get("/?since=2025-03-10&until=2025-03-12&order=unusual&as=json").json()["incidents"]
    # The United States and China have 14 incidents of the year before, all of another type.
    assert listed[0]["type"] == "CONSULT" and listed[0]["chance"] < 0.05
    assert "unusual: usually" in page(desk, "/?since=2025-03-10&until=2025-03-12&order=unusual").text


@pytest.mark.parametrize(
    ("address", "types"),
    [
        ("/incidents?who=Finland&other=Russia", {"ACCUSE", "THREATEN", "SANCTION"}), ("/incidents?type=aid", {"AID"}),
        ("/incidents?status=claimed", {"SANCTION"}), ("/incidents?country=NOR", {"AID"}),
        ("/incidents?outlet=Baltic+Wire", {"ACCUSE", "THREATEN"}), ("/incidents?who=Kari+Nordmann", {"AID"}),
        ("/incidents?who=FIN.GOV&other=RUS.GOV", {"ACCUSE", "THREATEN", "SANCTION"}), ("/incidents?who=FIN.MIL", set()),
        ("/incidents?since=2025-03-12", {"AID"}), ("/incidents?until=2025-03-09", {"REJECT"}),
        ("/incidents?other=Kari+Nordmann", {"AID"}), ("/incidents?who=Kari+Nordmann&other=CHN", set()),
    ],
)  # fmt: skip
def test_filters_narrow(desk: httpx.Client, address: str, types: set[str]) -> None:
    assert {one["type"] for one in desk.get(address + "&as=json").json()} == types
    assert page(desk, address)


def test_a_list_goes_on_behind_its_last_row_and_ends(tmp_path: Path) -> None:
    with open_store(tmp_path / "many.db") as store:
        days = [f"{2015 + n // 12}-{n % 12 + 1:02}-04" for n in range(60)]
        drafts = [_other(f"m-{day}", day, ("AID", "ACCUSE", "REJECT")[n % 3]) for n, day in enumerate(days)]
        assert all(store.add_many((draft.coded() for draft in drafts), "test reader"))
    with running(tmp_path / "many.db") as url, httpx.Client(base_url=url, headers={"Accept": "text/html"}) as client:
        address, seen = "/incidents?who=USA", []
        while address:
            shown = page(client, address)
            seen += [link for link in shown.links if link.startswith("/incident/")]
            address = next((g["href"] for t, g in shown.tags if t == "a" and g.get("rel") == "next"), "")
        assert 50 < len(seen) == len(set(seen)) == len(client.get("/incidents?who=USA&as=json").json())


def test_the_dyad_has_its_series_words_and_what_stands_open(desk: httpx.Client) -> None:
    shown = page(desk, "/dyad?a=FIN&b=RUS")
    assert "Finland – Russia" in shown.text
    assert "this cannot stand between neighbours" in shown.text and "nothing of the kind took place" in shown.text
    chart = next(json.loads(g["data-chart"]) for _, g in shown.tags if "data-chart" in g and '"dyad"' in g["data-chart"])
    assert sum(chart["conflict"]) == pytest.approx(2 + 5 + 6) and sum(chart["claimed_conflict"]) == pytest.approx(6)
    outstanding = shown.text.split("Sanctions and threats outstanding")[1].split("In their words")[0]
    assert outstanding.count("▼ THREATEN") == 1 and outstanding.count("▼ SANCTION") == 1
    given = desk.get("/dyad?a=FIN&b=RUS&as=json").json()
    assert sum(p["conflict"] for p in given[0]["points"]) == pytest.approx(13)


def test_two_dyads_stand_beside_each_other_on_one_scale(desk: httpx.Client) -> None:
    shown = page(desk, "/dyad?a=FIN&b=RUS&c=USA&d=CHN&since=2025-01&until=2025-03")
    charts = [json.loads(g["data-chart"]) for _, g in shown.tags if '"dyad"' in g.get("data-chart", "")]
    assert len(charts) == 2 and charts[0]["most"] == charts[1]["most"] > 0
    rows = list(csv.DictReader(io.StringIO(desk.get("/dyad?a=FIN&b=RUS&c=USA&d=CHN&since=2025-01&until=2025-03&as=csv").text)))
    assert {(row["a"], row["b"]) for row in rows} == {("FIN", "RUS"), ("USA", "CHN")}


def test_a_country_has_partners_and_a_person_has_offices(desk: httpx.Client) -> None:
    rows = list(csv.DictReader(io.StringIO(desk.get("/country/FIN?as=csv").text)))
    russia = next(row for row in rows if row["partner"] == "RUS")
    for link in (link for link in page(desk, "/country/FIN").links if "way=out" in link and "RUS" in link):
        number = russia["did" if "who=FIN" in link else "met"]
        assert len(desk.get(link + "&as=json").json()) == int(number)
    assert (russia["did"], russia["met"], float(russia["conflict"])) == ("2", "1", 13.0)
    assert "Mauno Koivisto" in page(desk, "/country/FIN?since=1991&until=1992").text
    assert "President" in page(desk, "/person?name=Barack+Obama").text  # of the table alone: no report names him


def test_an_incident_leads_to_its_sentences_and_a_claim_to_its_sides(desk: httpx.Client) -> None:
    accused = next(one for one in desk.get("/incidents?type=ACCUSE&as=json").json())
    shown = page(desk, links.incident(accused["id"]))
    assert "Finland accused Russia." in shown.text and "2 independent origins" in shown.text
    assert any(link.startswith("/report?key=a-1#e-") for link in shown.links)
    claim = next(one for one in desk.get("/claims?status=all&as=json").json())
    sides = page(desk, links.claim(claim["id"]))
    assert "asserts" in sides.text and "According to Finland" in sides.text
    assert page(desk, links.claim(accused["id"]), 404) and page(desk, links.incident("nobody"), 404)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/?type=QUARREL", "is not in the codebook"), ("/?since=yesterday", "is not a date"), ("/?order=best", "is no order"),
        ("/incidents?country=Atlantis", "neither a code nor a name"), ("/incidents?after=x", "is no cursor"),
        ("/dyad?a=FIN&b=RUS&by=year", "is no period"), ("/dyad?a=FIN&b=FIN", "the same country"),
        ("/dyad?a=FIN&b=RUS&by=day&since=1900&until=2025", "more than 800 points"), ("/?as=pdf", "no way to give a view"),
        ("/dyad?a=FIN&b=RUS&since=2025-03&until=2025-01", "is after until"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_said(desk: httpx.Client, address: str, said: str) -> None:
    assert said in page(desk, address, 422).text


def test_strange_values_break_nothing(desk: httpx.Client) -> None:
    for value in ("%00", "%F0%9F%92%A5", "%27%22%3C", "a" * 299, "%E2%80%AE", "-" * 50, "%25%5F%5C"):
        for address in (f"/persons?q={value}", f"/person?name={value}", f"/incidents?who={value}", f"/incidents?outlet={value}",
                        f"/incident/{value}", f"/claim/{value}", f"/country/{value}", f"/statements?actor={value}"):  # fmt: skip
            assert desk.get(address).status_code in (200, 404, 422), address


def test_every_list_is_given_as_a_table_too(desk: httpx.Client) -> None:
    for address, column in (
        ("/dyads", "incidents"), ("/countries", "country"), ("/persons", "name"), ("/persons?q=kari", "name"), ("/", "rank"),
        ("/incidents", "id"), ("/statements", "content"), ("/claims?status=all", "contested"), ("/country/FIN", "partner"),
        ("/person?name=Kari+Nordmann", "speaker"), ("/dyad?a=FIN&b=RUS", "conflict"),
    ):  # fmt: skip
        joined = address + ("&" if "?" in address else "?")
        given = desk.get(joined + "as=csv")
        assert given.headers["content-type"].startswith("text/csv") and "attachment" in given.headers["content-disposition"]
        assert column in next(csv.reader(io.StringIO(given.text))), address
        assert desk.get(joined + "as=json").json() is not None
        assert any("as=csv" in link for link in page(desk, address).links)


def test_a_cell_that_a_spreadsheet_would_calculate_is_text() -> None:
    body = common.as_csv([{"title": "=1+1", "n": -2}], "x").body
    assert bytes(body).decode().splitlines()[1] == "'=1+1,-2"


def test_an_empty_store_shows_how_to_begin(tmp_path: Path) -> None:
    open_store(tmp_path / "empty.db").close()
    with running(tmp_path / "empty.db") as url, httpx.Client(base_url=url, headers={"Accept": "text/html"}) as client:
        for address in ("/", "/dyads", "/countries", "/persons", "/incidents", "/statements", "/claims"):
            shown = page(client, address)
            assert "This store is empty" in shown.text and "demo/story" in shown.text


def test_without_its_packages_a_desk_says_what_is_missing(
    desk: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(common, "VENDOR", tmp_path)
    shown = page(desk, "/dyad?a=FIN&b=RUS")
    assert "python hatch_build.py" in shown.text and "No chart" in shown.text
    assert not [g for t, g in shown.tags if t == "script" and "vendor" in g["src"]]
    assert [g for t, g in shown.tags if t == "details" and "open" in g]


def test_each_page_is_told_in_the_documentation() -> None:
    told = (Path(__file__).resolve().parents[2] / "docs" / "desk.md").read_text("utf-8")
    for path in PATHS:
        plain = re.sub(r"\{\w+\}", "", path).rstrip("/") or "/"
        assert f"`{plain}" in told or f"{plain}/" in told or f"{plain}?" in told, path


def test_days_that_no_press_had_or_that_run_backwards_are_refused(desk: httpx.Client) -> None:
    for address in ("/?since=0001", "/country/FIN?since=0001", "/country/FIN?until=9999", "/dyad?a=FIN&b=RUS&until=9999"):
        assert "no year of the press (1800 to 2200)" in page(desk, address, 422).text
    for address in ("/", "/incidents", "/statements", "/country/FIN"):
        assert "is after until" in page(desk, f"{address}?since=2025-03&until=2025-01", 422).text
    assert "no status of a claim" in page(desk, "/claims?status=some", 422).text


def test_a_long_span_of_a_country_is_a_chart_that_a_browser_can_hold(desk: httpx.Client) -> None:
    assert len(desk.get("/country/FIN?since=1800").content) < 60_000


def test_the_page_of_a_person_has_the_search_of_all_pages(desk: httpx.Client) -> None:
    for address in ("/person?name=Kari+Nordmann", "/"):
        assert [g for t, g in page(desk, address).tags if t == "form" and g.get("role") == "search" and g["action"] == "/search"]


def _length(desk: httpx.Client, link: str) -> int:
    return len(desk.get(link + ("&" if "?" in link else "?") + "as=json").json())


def test_numbers_are_as_large_as_the_lists_that_they_lead_to(tmp_path: Path) -> None:
    """Two who act side by side are no dyad, unless they meet; whom a statement is said to counts as whom it is about."""
    both = Draft("c-1", "2025-03-10", "Herald").told("FIN", "CONSULT", "", date="2025-03-10").coded()
    finland = both.events[0].actors[0]
    russia = dataclasses.replace(finland, country="RUS", id="rus")
    said = Draft("c-2", "2025-03-11", "Herald").said("NOR", "come to the table", "demand", ("FIN",)).coded()
    name = dataclasses.replace(said.statements[0].speaker, name="Kari Nordmann")
    with open_store(tmp_path / "side.db") as store:
        for kind in ("CONSULT", "REQUEST"):
            event = dataclasses.replace(both.events[0], id=kind.lower(), type=kind, actors=(finland, russia), recipients=())
            report = dataclasses.replace(both.report, id=f"c-{kind}", text=both.report.text)
            store.add(dataclasses.replace(both, report=report, events=(event,)), "test reader")
        statement = dataclasses.replace(said.statements[0], speaker=name, addressee=(russia,))
        store.add(dataclasses.replace(said, statements=(statement,)), "test reader")
    with running(tmp_path / "side.db") as url, httpx.Client(base_url=url, headers={"Accept": "text/html"}) as client:
        for address, start in (("/?since=2025", "/incidents?who=FIN&other=RUS"), ("/person?name=Kari+Nordmann", "/statements?"),
                               ("/persons", "/statements?")):  # fmt: skip
            numbered = re.findall(r'<a[^>]*href="([^"]+)"[^>]*>(\d+)</a>', client.get(address).text)
            checked = [(link, int(n)) for link, n in numbered if link.startswith(start.replace("&", "&amp;"))]
            assert checked, address
            for link, n in checked:
                assert _length(client, link.replace("&amp;", "&")) == n, link
        assert "Russia" in page(client, "/person?name=Kari+Nordmann").text


def test_a_dyads_days_are_those_that_have_its_last_incident(tmp_path: Path) -> None:
    """An incident dated to a month is placed by its first report, which may lie in the week after the month's first day."""
    with open_store(tmp_path / "month.db") as store:
        store.add(Draft("d-1", "2006-01-03", "Herald").told("FIN", "ACCUSE", "RUS", date="2006-01").coded(), "test reader")
        store.add(Draft("d-2", "2025-01-03", "Herald").told("USA", "AID", "CHN", date="2025-01-03").coded(), "test reader")
    with running(tmp_path / "month.db") as url, httpx.Client(base_url=url, headers={"Accept": "text/html"}) as client:
        shown = page(client, "/dyad?a=FIN&b=RUS")
        assert "1 conflict, sum" in shown.text
        facts = next(link for link in shown.links if link.startswith("/incidents?who=FIN"))
        assert "status=actual" in facts
        assert "0 conflicts, sum" in page(client, "/dyad?a=FIN&b=CHN").text
