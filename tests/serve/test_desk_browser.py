"""A walk through every page of the desk in real Chromium, on a hostile store; pictures of them lie in a folder, which is printed.

Nothing complains, nothing leaves this machine, nothing of a report runs; axe finds no serious fault; all can be reached by keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from desks import running
from making import Draft, filler
from test_pages import _story
from test_pages_browser import AUDIT, AXE, Sight, browser, pytestmark, sync_api
from test_report_pages import EVIL, HOSTILE, crossing

from communique.serve.pages import PATHS
from communique.serve.settings import Settings
from communique.store import open_store

__all__ = ["browser", "pytestmark"]

WALK = (
    "/", "/dyads", "/dyad?a=FIN&b=RUS", "/countries", "/country/FIN", "/persons?q=nord", "/person?name=Kari+Nordmann",
    "/incidents?who=FIN", "/statements", "/claims?status=all", "/report?key=a-2", "/map?since=2024", "/network?since=2024",
    "/network?since=2024&level=actors", "/search?q=Finland", "/review?state=all",
)  # fmt: skip
"""Pages by address; one incident, one claim, the hostile report and the reasons of a record are added to them."""

URLS = (
    EVIL, "data:text/html,<script>alert(6)</script>", "https://wire.example/\"><img src=x onerror=alert(7)>", "file:///etc/passwd",
    "vbscript:msgbox(8)",
)  # fmt: skip

OWN = ("/report?key=a-1", "/map?since=2024", "/network?since=2024", "/search?q=Finland", "/review?state=all")
"""Those that test_pages_browser.py does not look at by axe."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("walk") / "desk.db"
    nasty = [
        Draft(f"n-{n}", "2025-03-12", HOSTILE, url, HOSTILE).told("FIN", "THREATEN", "RUS", date="2025-03-12", place="Vyborg")
        for n, url in enumerate(URLS)
    ]
    for n, draft in enumerate(nasty):
        draft.say(f"{HOSTILE} {filler(f'nasty-{n}', 40)}")
        draft.said("RUS", f"{HOSTILE} {n}", "threaten", ("FIN",))
    with open_store(path) as store:
        assert all(store.add_many([*(draft.coded() for draft in (*_story(), *nasty)), crossing()], "test reader"))
    return path


@pytest.fixture(scope="module")
def desk(store: Path) -> Iterator[str]:
    with running(store, Settings(poll=0.5)) as url:
        yield url


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pictures")


def addresses(page: Any, desk: str) -> list[str]:
    """All of the walk."""
    out = list(WALK)
    for address in ("/incidents?type=THREATEN", "/claims?status=all"):
        page.goto(desk + address)
        out.append(page.locator("a.open").first.get_attribute("href"))
    page.goto(desk + "/search?q=met&kind=reports")
    out.append(page.locator("#rows a").first.get_attribute("href"))
    return out


def test_the_walk_goes_to_every_page() -> None:
    walked = {re.sub(r"\?.*", "", address) for address in WALK} | {"/incident/{ident}", "/claim/{ident}", "/country/{code}"}
    # A redirect, a download, and the reasons of a record (test_report_pages.py), which wait for the reader.
    others = {"/country", "/report/reasons", "/review/annotation"}
    assert PATHS - walked - others == set()


def test_every_page_is_drawn_and_nothing_of_a_report_runs(browser: Any, desk: str, folder: Path) -> None:
    print(f"pictures: {folder}")
    with Sight(browser, desk, viewport={"width": 1400, "height": 900}) as sight:
        page, dialogs = sight.page, []
        page.on("dialog", lambda box: (dialogs.append(box.message), box.dismiss()))
        walk = addresses(page, desk)
        for n, address in enumerate(walk):
            answer = page.goto(address)
            assert answer.status == 200, address
            if page.locator("[data-chart]").count():
                page.locator("[data-chart] canvas").first.wait_for()
            assert page.locator("main img, main svg, main iframe, main script, main style").count() == 0, address
            assert not page.evaluate("[...document.links].map(a => a.href).filter(link => !/^https?:/.test(link))"), address
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address
            page.screenshot(path=str(folder / f"{n:02}-{re.sub('[^a-z]+', '-', address)[:40].strip('-') or 'today'}.png"))
        assert not dialogs and not sight.wrong
        assert len(list(folder.glob("*.png"))) == len(walk)


def test_a_phone_shows_these_pages_without_moving_sideways(browser: Any, desk: str, folder: Path) -> None:
    with Sight(browser, desk, viewport={"width": 360, "height": 740}, is_mobile=True, color_scheme="dark") as sight:
        for address in (*OWN, addresses(sight.page, desk)[-1]):
            sight.page.goto(address)
            assert sight.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address
            sight.page.screenshot(path=str(folder / f"phone-{re.sub('[^a-z]+', '-', address)[:30]}.png"))
        assert not sight.wrong


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_screen_reader_meets_no_serious_fault_here(browser: Any, desk: str, theme: str) -> None:
    if not AXE.is_file():
        pytest.skip("run python hatch_build.py --tests first")
    with Sight(browser, desk, color_scheme=theme, bypass_csp=True) as sight:
        for address in OWN if theme == "light" else OWN[:2]:
            sight.page.goto(address)
            sight.page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
            sight.page.add_script_tag(path=str(AXE))
            passed, found = sight.page.evaluate(AUDIT)
            bad = [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in ("serious", "critical")]
            assert passed > 10 and not bad, f"{address}: {bad}"


def test_the_map_draws_the_world_and_a_place_leads_to_its_incidents(browser: Any, desk: str) -> None:
    with Sight(browser, desk) as sight:
        page = sight.page
        page.goto("/map?since=2024")
        page.locator("#world canvas").wait_for()
        assert page.evaluate("echarts.getMap('world').geoJSON.features.length") > 150
        place = page.evaluate(
            "(() => { const c = echarts.getInstanceByDom(document.getElementById('world'));"
            " const p = c.getOption().series[0].data; return c.convertToPixel({geoIndex: 0}, p[p.length - 1].value); })()"
        )
        page.locator("#world").click(position={"x": place[0], "y": place[1]})
        page.wait_for_url("**/map?since=2024&at=*")
        assert re.search(r"Vyborg: \d+ incident", page.locator("#here").inner_text())
        assert page.locator("#here a[href^='/incident/']").count() > 0
        assert not sight.wrong


def test_an_analyst_marks_a_record_by_keys_alone(browser: Any, desk: str) -> None:
    with Sight(browser, desk) as sight:
        page = sight.page
        page.goto("/report?key=a-4")
        page.locator("summary", has_text="This is wrong").first.focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.type("status")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('list')") == "l-status"
        page.keyboard.type("claimed")
        page.keyboard.press("Tab")
        page.keyboard.type(HOSTILE)
        page.keyboard.press("Tab")
        page.keyboard.type("Ann")
        page.keyboard.press("Enter")
        page.wait_for_url("**/report?key=a-4#e-*")
        sync_api.expect(page.locator(".marked-line")).to_contain_text("put right: status is claimed")
        # The name is kept for the next mark; words that are marked in the text are those of a missing event.
        assert page.locator("[name=who]").nth(1).input_value() == "Ann"
        page.locator("summary", has_text="An event is missing").click()
        page.locator(".prose .mark.trigger").first.dblclick()
        sync_api.expect(page.locator("#x-words")).not_to_have_value("")
        words, at = page.locator("#x-words").input_value(), int(page.locator("[name=at]").input_value())
        text = page.locator(".prose").first.evaluate("node => node.textContent")
        assert words.strip() and text[at : at + len(words)] == words
        page.goto("/review?state=done")
        assert HOSTILE in page.locator("#rows").inner_text() and page.locator("#rows img").count() == 0
        assert not sight.wrong
