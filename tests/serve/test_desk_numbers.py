"""Numbers of the desk and the lists that they lead to, marks that are said twice, and types of a user's own."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from desks import running
from making import Draft, filler
from test_pages import page
from test_report_pages import post as form

from communique.records import CodedReport
from communique.serve.pages.common import whole_days
from communique.store import open_store

LONG = "The Gazette of " + "the Far and Wide " * 30 + "World"


def told() -> Iterator[CodedReport]:
    """Deeds of Finland and Russia to each other, a meeting without a recipient, one dated to its month alone."""
    def draft(ident: str, day: str, source: str = "Herald") -> Draft:
        made = Draft(ident, day, source)
        made.say(filler(ident, 40))
        return made

    accused = draft("a-1", "2025-03-10").told("FIN", "ACCUSE", "RUS", date="2025-03-10")
    yield accused.said("FIN", "enough", "warn", ("RUS",)).coded()
    yield draft("n-2", "2025-03-11").told("RUS", "REJECT", "FIN", date="2025-03-11").coded()
    yield draft("n-3", "2025-03-12").told("FIN", "AID", "RUS", date="2025-03-12").coded()
    yield draft("n-4", "2025-03-13", LONG).told("NOR", "AID", "FIN", date="2025-03-13", actor_name="Kari Nordmann").coded()
    yield draft("n-5", "2025-03-20").told("FIN", "THREATEN", "NOR", date="2025-03").coded()
    met = draft("n-6", "2025-03-14").told("FIN", "CONSULT", "RUS", date="2025-03-14").coded()
    (event,) = met.events
    both = dataclasses.replace(event, actors=(*event.actors, *event.recipients), recipients=())
    yield dataclasses.replace(met, events=(both,))
    own = draft("n-7", "2025-03-14").told("FIN", "AGREE", "NOR", date="2025-03-14").coded()
    (event,) = own.events
    yield dataclasses.replace(own, events=(dataclasses.replace(event, type="FISHING", quad="", score=None, mode=""),))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    path = tmp_path_factory.mktemp("numbers") / "desk.db"
    with open_store(path) as store:
        assert all(store.add_many(told(), "test reader"))
    with running(path) as url, httpx.Client(base_url=url, headers={"Accept": "text/html"}, timeout=30) as client:
        yield client


def listed(desk: httpx.Client, address: str) -> list[dict[str, object]]:
    found = desk.get(address + "&as=json")
    assert found.status_code == 200, found.text[:300]
    return list(found.json())


@pytest.mark.parametrize("level", ["countries", "actors"])
def test_each_number_of_the_network_is_as_long_as_its_list(desk: httpx.Client, level: str) -> None:
    pairs = {"countries": ("FIN", "RUS"), "actors": ("FIN.GOV", "RUS.GOV")}
    ties = desk.get(f"/network?since=2025&until=2025-03&level={level}&as=json").json()
    assert {(e["actor"], e["recipient"]) for e in ties if "CONSULT 1" in e["types"]} >= {pairs[level], pairs[level][::-1]}
    shown = page(desk, f"/network?since=2025&until=2025-03&level={level}")
    chart = next(json.loads(g["data-chart"]) for _, g in shown.tags if "data-chart" in g)
    assert len(chart["links"]) == len(ties) == 4
    for link in chart["links"]:
        assert len(listed(desk, link["href"])) == link["incidents"], link
    numbers = [(g["href"], g["aria-label"]) for t, g in shown.tags if t == "a" and g.get("aria-label", "")[:1].isdigit()]
    assert {said.split()[1].rstrip("s") for _, said in numbers} >= {"incident", "conflict", "cooperation"}
    for href, said in numbers:
        assert len(listed(desk, href)) == int(said.split()[0]), (href, said)


def test_each_number_of_partners_and_dyads_is_as_long_as_its_list(desk: httpx.Client) -> None:
    """They led nowhere. Of a person's, those with a country take in all of its people."""
    for address, count in (("/person?name=Kari+Nordmann", 1), ("/dyads", 2)):
        shown = page(desk, address)
        numbers = [(g["href"], g["aria-label"]) for t, g in shown.tags
                   if t == "a" and "type=" in g.get("href", "") and "other=" in g["href"]]  # fmt: skip
        assert len(numbers) == count
        for href, said in numbers:
            assert len(listed(desk, href)) == int(said.split()[0]), (href, said)


def test_of_very_many_incidents_whole_days_are_counted() -> None:
    """Of three months with more than 2,000, the lists of dyads and countries counted some and led to all."""
    dated = [(f"2025-03-{31 - n // 10:02}", n) for n in range(300)]
    assert whole_days(dated[:-1], 300) == ("", list(range(299)))  # these are all
    assert whole_days(dated, 300) == ("2025-03-03", list(range(290)))
    assert whole_days([("2025-03-01", n) for n in range(300)], 300) == ("", list(range(300)))


def test_a_claim_that_another_deed_denies_has_its_sentence(tmp_path: Path) -> None:
    """The side that denies by a REJECT had a card without words, and no point in the picture."""
    with open_store(tmp_path / "claim.db") as store:
        for n, (day, source) in enumerate((("2025-03-11", "Herald"), ("2025-03-13", "Ledger"))):
            draft = Draft(f"c-{n}", day, source).told("RUS", "SANCTION", "FIN", date="2025-03-11", status="claimed", on="FIN")
            if n:
                draft.told("RUS", "REJECT", "FIN", date="2025-03-13")
            draft.say(filler(f"c-{n}", 40))
            store.add(draft.coded(), "test reader")
    with running(tmp_path / "claim.db") as url, httpx.Client(base_url=url, headers={"Accept": "text/html"}, timeout=30) as client:
        (claim,) = client.get("/claims?as=json").json()
        shown = page(client, f"/claim/{claim['id']}")
        assert "Russia rebuffed Finland" in shown.text
        chart = next(json.loads(g["data-chart"]) for _, g in shown.tags if "data-chart" in g)
        assert all(side["points"] for side in chart["sides"]) and len(chart["sides"]) == 2


def test_a_week_of_a_dyad_is_as_long_as_its_list(desk: httpx.Client) -> None:
    """An incident that is dated to a month counts on the day of its first report, and stood in the list on the month's first."""
    for by, since in (("week", "2025-03-01"), ("month", "2025-01-01"), ("day", "2025-03-05")):
        given = desk.get(f"/dyad?a=FIN&b=NOR&by={by}&since={since}&until=2025-03-31&as=json").json()[0]["points"]
        shown = page(desk, f"/dyad?a=FIN&b=NOR&by={by}&since={since}&until=2025-03-31")
        chart = next(json.loads(g["data-chart"]) for _, g in shown.tags if '"dyad"' in g.get("data-chart", ""))
        assert [len(listed(desk, href)) for href in chart["hrefs"]] == [len(p["incidents"] + p["claims"]) for p in given]
        assert sum(len(p["incidents"]) for p in given) == 3
        facts = next(link for link in shown.links if "status=actual" in link and "claimed" not in link)
        assert len(listed(desk, facts)) == 3 and "the day of its first report" in page(desk, facts).text
    assert page(desk, "/incidents?who=FIN&other=NOR&by=year", 422)


def test_a_period_without_its_dyad_or_its_days_is_left_out(desk: httpx.Client) -> None:
    """The form kept it, unseen: a filter that was emptied was refused."""
    whole = "/incidents?who=FIN&other=NOR&since=2025-03-01&until=2025-03-31&by=week"
    shown = page(desk, whole)
    assert [g for t, g in shown.tags if t == "input" and g.get("name") == "by"] and "What the chart by week" in shown.text
    for taken in ("who=FIN", "other=NOR", "since=2025-03-01", "until=2025-03-31"):
        less = whole.replace(taken, taken.partition("=")[0] + "=")
        shown = page(desk, less)
        assert not [g for t, g in shown.tags if t == "input" and g.get("name") == "by"] and "What the chart" not in shown.text
        assert listed(desk, less) == listed(desk, less.replace("&by=week", ""))


def test_a_list_of_more_points_than_a_chart_has_is_refused(desk: httpx.Client) -> None:
    """Four centuries by day took ten seconds."""
    for by, until in (("day", "2200"), ("month", "2200"), ("day", "1803"), ("week", "1816")):
        page(desk, f"/incidents?who=FIN&other=RUS&by={by}&since=1800&until={until}", 422)
    assert "points by day" in page(desk, "/incidents?who=FIN&other=RUS&by=day&since=1800&until=2200", 422).text
    assert len(listed(desk, "/incidents?who=FIN&other=RUS&by=month&since=1980&until=2030")) == 4


def test_what_is_done_to_a_country_by_anybody_is_asked_for_by_it_alone(desk: httpx.Client) -> None:
    """It was turned into what the country does."""
    asked = "/incidents?other=RUS&way=out"
    assert sorted(str(one["type"]) for one in listed(desk, asked)) == ["ACCUSE", "AID", "CONSULT"]
    shown = page(desk, asked)
    values = {g["name"]: g["value"] for t, g in shown.tags if t == "input" and g.get("name") in ("who", "other", "way")}
    assert values == {"who": "", "other": "Russia", "way": "out"} and "upon whom" in shown.text
    # Without a way it takes part, on whichever side.
    assert listed(desk, "/incidents?other=RUS") == listed(desk, "/incidents?who=RUS")


def test_each_number_of_a_network_of_somebody_is_as_long_as_its_list(tmp_path: Path) -> None:
    """Of what Finland does to Russia with Norway, the list had all that it does to Russia."""
    with open_store(tmp_path / "among.db") as store:
        draft = Draft("w-1", "2025-03-13", "Herald").told("FIN", "ACCUSE", "RUS", date="2025-03-13")
        draft.told("NOR", "AID", "FIN", date="2025-03-13", sector="MIL", actor_name="Kari Nordmann").say(filler("w-1", 40))
        both = draft.coded()
        first, other = both.events
        store.add(dataclasses.replace(both, events=(dataclasses.replace(first, actors=first.actors + other.actors),)), "test")
        alone = Draft("w-2", "2025-03-20", "Herald").told("FIN", "THREATEN", "RUS", date="2025-03-20")
        alone.say(filler("w-2", 40))
        store.add(alone.coded(), "test")
    with running(tmp_path / "among.db") as url, httpx.Client(base_url=url, headers={"Accept": "text/html"}, timeout=30) as client:
        for who in ("NOR", "NOR.MIL", "Kari Nordmann"):
            for level in ("countries", "actors"):
                shown = page(client, f"/network?since=2025-03&until=2025-03&who={who}&level={level}")
                numbers = [(g["href"], g["aria-label"]) for t, g in shown.tags
                           if t == "a" and g.get("href", "").startswith("/incidents?") and "way=out" in g["href"]]  # fmt: skip
                assert len(numbers) >= 4
                for href, said in numbers:
                    assert [one["type"] for one in listed(client, href)] == ["ACCUSE"] and said.startswith("1 "), (who, href)
        lead = next(href for href, _ in numbers if "also=" in href)
        named = [g["value"] for t, g in page(client, lead).tags if t == "input" and g.get("name") == "also"]
        assert named == ["Kari Nordmann"]
        assert len(listed(client, "/network?since=2025-03&until=2025-03")) == 2


def test_a_dyad_without_incidents_has_no_empty_chart(desk: httpx.Client) -> None:
    shown = page(desk, "/dyad?a=FIN&b=CHN")
    assert "No incident between them is on record" in shown.text
    assert not [g for _, g in shown.tags if "data-chart" in g]


def test_an_outlet_of_any_length_leads_to_what_it_tells(desk: httpx.Client) -> None:
    """One longer than 300 characters was refused."""
    lead = next(link for link in page(desk, "/report?key=n-4").links if "outlet=" in link)
    assert [one["type"] for one in listed(desk, lead)] == ["AID"]


def test_types_of_the_stores_own_are_offered_and_understood(desk: httpx.Client) -> None:
    assert [one["type"] for one in listed(desk, "/incidents?type=fishing")] == ["FISHING"]
    for address in ("/", "/incidents", "/map", "/network", "/report?key=n-7"):
        assert "FISHING" in page(desk, address).text
    assert page(desk, "/incidents?type=FISHING") and page(desk, "/incidents?type=HUNTING", 422)
    assert len(desk.get("/api/v1/incidents?type=FISHING&format=json").json()["items"]) == 1
    with desk.stream("GET", "/api/v1/stream?type=FISHING") as found:
        assert found.status_code == 200
    event = desk.get("/report?key=n-7&as=json").json()["events"][0]["id"]
    assert form(desk, "/review/mark", key="n-7", record=event, field="type", value="FISHING").status_code == 303


def test_types_of_the_stores_own_count_as_what_their_quads_say(tmp_path: Path) -> None:
    """Lists, map, network and the chart of days took them for neither conflict nor cooperation; the dyad's series did not."""
    with open_store(tmp_path / "own.db") as store:
        for n, (kind, quad, score) in enumerate((("PIRACY", "material conflict", -8.0), ("REGATTA", "verbal cooperation", 3.0))):
            draft = Draft(f"o-{n}", "2025-03-14", "Herald").told("FIN", "AGREE", "NOR", date="2025-03-14", place="Oslo")
            made = draft.coded()
            (event,) = made.events
            one = dataclasses.replace(event, type=kind, quad=quad, score=score, mode="")
            store.add(dataclasses.replace(made, events=(one,)), "test reader")
    window = "since=2025-03-01&until=2025-03-31"
    with running(tmp_path / "own.db") as url, httpx.Client(base_url=url, headers={"Accept": "text/html"}, timeout=30) as client:
        rows = [*client.get("/dyads?as=json").json(), *client.get(f"/map?{window}&as=json").json()]
        rows += client.get(f"/network?{window}&as=json").json()
        assert len(rows) == 3 and all((one["conflict"], one["cooperation"]) == (1, 1) for one in rows), rows
        points = client.get(f"/dyad?a=FIN&b=NOR&{window}&as=json").json()[0]["points"]
        assert (sum(p["conflicts"] for p in points), sum(p["cooperations"] for p in points)) == (1, 1)
        for address in (f"/?{window}", f"/map?{window}", f"/network?{window}", f"/dyad?a=FIN&b=NOR&{window}"):
            charts = [json.loads(g["data-chart"]) for _, g in page(client, address).tags if "data-chart" in g]
            drawn = charts[0].get("points") or charts[0].get("links") or [charts[0]]
            for side in ("conflict", "cooperation"):
                values = [one[side] for one in drawn]
                total = sum(sum(v) if isinstance(v, list) else v for v in values)
                assert total == ({"conflict": 8, "cooperation": 3}[side] if "/dyad" in address else 1), address


def test_a_statement_that_is_marked_as_none_is_in_no_list(desk: httpx.Client) -> None:
    (said,) = desk.get("/report?key=a-1&as=json").json()["statements"]
    for _ in range(2):  # sent twice, as by a second click
        assert form(desk, "/review/mark", key="a-1", record=said["id"], field="statement").status_code == 303
    (mark,) = desk.get("/review?state=all&as=json").json()[:1]
    assert (mark["kind"], mark["state"]) == ("statement", "done")
    assert len([m for m in desk.get("/review?state=all&as=json").json() if m["kind"] == "statement"]) == 1
    assert desk.get("/api/v1/statements?format=json").json()["items"] == [] and "enough" not in page(desk, "/statements").text
    assert "enough" not in page(desk, "/dyad?a=FIN&b=RUS").text and desk.get("/statements?as=json").json() == []
    shown = page(desk, "/report?key=a-1")
    assert "Taken out, as none" in shown.text
    # Who takes it back is asked for: it was taken for whoever had marked it.
    assert form(desk, "/review/settle", mark=mark["id"], dismiss="yes", who="").status_code == 422
    names = [g for t, g in shown.tags if t == "input" and g.get("id") == f"w-undo-{mark['id']}"]
    assert names and names[0]["type"] == "text" and names[0]["value"] == "" and "required" in names[0]
    assert form(desk, "/review/settle", mark=mark["id"], dismiss="yes", who="Ben").status_code == 303
    assert [one["statement"]["id"] for one in desk.get("/api/v1/statements?format=json").json()["items"]] == [said["id"]]
    (mark,) = [m for m in desk.get("/review?state=dismissed&as=json").json() if m["id"] == mark["id"]]
    assert (mark["who"], mark["settled_by"]) == ("Ann", "Ben") and "by Ben" in page(desk, "/review?state=dismissed").text
    form(desk, "/review/mark", key="a-1", record=said["id"], field="act", value="threaten")
    assert [one["act"] for one in desk.get("/statements?act=threaten&as=json").json()] == ["threaten"]


def test_a_state_of_the_queue_that_is_none_names_those_that_are(desk: httpx.Client) -> None:
    assert "open, done, dismissed, all" in page(desk, "/review?state=lost", 422).text


def test_a_dyad_over_more_days_than_are_answered_is_refused(tmp_path: Path) -> None:
    """With one end unnamed, today stood for it: what ended long ago was refused, and what began long ago answered for minutes."""
    with open_store(tmp_path / "old.db") as store:
        for n, year in enumerate((1960, 2020)):
            draft = Draft(f"y-{n}", f"{year}-03-14", "Herald").told("FIN", "ACCUSE", "RUS", date=f"{year}-03-14")
            draft.say(filler(str(n), 40))
            store.add(draft.coded(), "test reader")
    with running(tmp_path / "old.db") as url, httpx.Client(base_url=url, timeout=30) as client:
        for asked in ("", "?since=1950", "?until=2024", "?since=1900&until=1960"):
            answer = client.get(f"/api/v1/dyads/FIN/RUS{asked}")
            assert answer.status_code == 422 and "more than 10,000 days" in answer.json()["detail"], asked
        for asked, count in (("?since=1995", 1), ("?until=1970", 1), ("?since=1950&until=1970", 1), ("?since=2021", 0)):
            answer = client.get(f"/api/v1/dyads/FIN/RUS{asked}")
            assert answer.status_code == 200, answer.text[:300]
            assert sum(p["conflicts"] for p in answer.json()["points"]) == count
