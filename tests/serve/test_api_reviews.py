"""Marks over the API and from Python: the queue by pages, what is marked, settled and taken back, who says so, the annotation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import desks
import httpx
import pytest
from desks import TOKEN
from making import Draft, filler

from communique.adapt.annotation import Annotated, read_annotation
from communique.client import connect
from communique.errors import InputError, RemoteError
from communique.serve.settings import Settings
from communique.serve.tokens import Tokens
from communique.store import open_store

TOKENS = Tokens.of([f"ana {TOKEN}"], "the test")


def draft(ident: str) -> Draft:
    made = Draft(ident, "2025-03-14", "The Demo").told("FIN", "ACCUSE", "RUS", date="2025-03-13")
    made.say(filler(ident, 40))
    return made.said("FIN", f"the last time, {ident}", "warn", ("RUS",))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with open_store(tmp_path / "store.db") as store:
        assert all(store.add_many([draft("a").coded(), draft("b").coded()], "test reader"))
    return tmp_path / "store.db"


@pytest.fixture
def desk(path: Path) -> Iterator[str]:
    with desks.running(path) as url:
        yield url


def test_marks_are_made_settled_taken_back_and_exported(desk: str, tmp_path: Path) -> None:
    given = draft("a").coded()
    event, said = given.events[0].id, given.statements[0].id
    with connect(desk) as far:
        waiting = far.mark("a", event, "status", note="who says so?", who="Ann")
        assert (waiting.state, waiting.who, waiting.words) == ("open", "Ann", "accused")
        assert far.mark("a", event, "status", note="who says so?", who="Ann") == waiting  # sent twice, it is one
        assert list(far.reviews()) == [waiting] and far.review(waiting.id) == waiting
        with pytest.raises(InputError, match="nobody settled"):
            far.look_through("a", who="Ann")
        done = far.settle(waiting.id, "claimed", who="Ben")
        assert (done.value, done.settled_by) == ("claimed", "Ben") and far.settle(waiting.id, "claimed", who="Ben") == done
        assert [e.telling.event.status for e in far.events(report="a")] == ["claimed"]
        gone = far.mark("a", said, "statement", who="Ann")
        assert [s.report for s in far.statements()] == ["b"]
        assert far.dismiss(gone.id, who="Ann").state == "dismissed" and len(list(far.statements())) == 2
        start = given.report.text.index("Finland")
        missed = far.missing("a", start, start + 7, "REJECT", status="future", who="Ann")
        assert missed.value == {"type": "REJECT", "mode": "", "status": "future", "historical": False}
        assert far.look_through("a", who="Ann").kind == "whole"
        import json

        (tmp_path / "corrected.jsonl").write_text("".join(json.dumps(line) + "\n" for line in far.annotation()))
        (found,) = read_annotation([tmp_path / "corrected.jsonl"])
        assert isinstance(found, Annotated)
        assert [(e.type, e.status) for e in found.events] == [("REJECT", "future"), ("ACCUSE", "claimed")]
        assert [m.id for m in far.reviews(state="all", report="a")] == [missed.id, gone.id, waiting.id]
        assert list(far.reviews(state="all", report="b")) == []


def test_the_queue_goes_on_by_its_cursor(desk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("communique.client.PAGE", 2)
    with connect(desk) as far:
        idents = [draft(key).coded().events[0].id for key in ("a", "b")]
        made = [far.mark(key, ident, field, who="Ann") for key, ident in zip("ab", idents, strict=True)
                for field in ("type", "mode", "place")]  # fmt: skip
        assert [m.id for m in far.reviews()] == [m.id for m in reversed(made)]
        assert [m.id for m in far.reviews(limit=3)] == [m.id for m in made[:2:-1]]
    first = desks.get(desk, "/reviews?limit=4").json()
    assert len(first["items"]) == 4 and first["next"]
    rest = desks.get(desk, f"/reviews?limit=4&after={first['next']}")
    assert len(rest.json()["items"]) == 2 and rest.json()["next"] is None and "link" not in rest.headers
    table = desks.get(desk, "/reviews?limit=4&format=csv")
    assert table.text.startswith("id,report,title") and len(table.text.splitlines()) == 5 and "next" in table.headers["link"]


@pytest.mark.parametrize(
    ("address", "body", "status", "said"),
    [
        ("/reviews/mark", {"report": "nobody", "record": "x", "field": "type"}, 404, "is not in the store"),
        ("/reviews/mark", {"report": "a", "record": "x", "field": "type"}, 422, "is not in report"),
        ("/reviews/mark", {"report": "a"}, 422, "record"), ("/reviews/mark", {"report": "a", "evil": 1}, 422, "evil"),
        ("/reviews/missing", {"report": "a", "start": 5, "end": 3, "type": "AID"}, 422, "no stretch"),
        ("/reviews/missing", {"report": "a", "start": 0, "end": 3, "type": "INVADE"}, 422, "codebook"),
        ("/reviews/whole", {"report": "nobody"}, 404, "is not in the store"),
        ("/reviews/9/settle", {"value": "x"}, 404, "mark 9"),
        ("/reviews/9/dismiss", {}, 404, "mark 9"), ("/reviews/0/dismiss", {}, 422, "ident"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_a_problem(desk: str, address: str, body: dict[str, object], status: int, said: str) -> None:
    answer = httpx.post(f"{desk}/api/v1{address}", json={"who": "Ann", **body}, timeout=30)
    assert answer.status_code == status and said in answer.text, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert desks.get(desk, "/reviews?state=all").json()["items"] == []


def test_what_writes_is_json_from_the_desks_own_pages(desk: str) -> None:
    body = '{"report": "a", "who": "Eve"}'
    for headers in ({"Content-Type": "text/plain"}, {"Content-Type": "application/x-www-form-urlencoded"}, {}):
        assert httpx.post(f"{desk}/api/v1/reviews/whole", content=body, headers=headers).status_code == 415
    elsewhere = {"Content-Type": "application/json", "Origin": "https://evil.example"}
    assert httpx.post(f"{desk}/api/v1/reviews/whole", content=body, headers=elsewhere).status_code == 403
    assert httpx.get(f"{desk}/api/v1/reviews/9").status_code == 404
    assert httpx.get(f"{desk}/api/v1/reviews?state=lost").status_code == 422
    assert httpx.get(f"{desk}/api/v1/reviews?report=nobody").status_code == 404
    nobody = httpx.post(f"{desk}/api/v1/reviews/whole", json={"report": "a"})
    assert nobody.status_code == 422 and "names nobody" in nobody.text


def test_who_says_so_is_whose_token_was_shown(path: Path) -> None:
    event = draft("a").coded().events[0].id
    with desks.running(path, Settings(tokens=TOKENS)) as url:
        with pytest.raises(RemoteError, match="token"):
            connect(url, token="")
        with connect(url, token=TOKEN) as far:
            assert far.mark("a", event, "type").who == "ana"
            assert far.mark("a", event, "status", who="Ana M.").who == "Ana M. (ana)"
            # A name cannot push the token's out.
            long = far.mark("a", event, "place", who="Ben (ben) " + "x" * 90).who
            assert len(long) == 100 and long.startswith("Ben (ben) xx") and long.endswith("x (ana)")
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {TOKEN}", "Accept": "text/html"}) as page:
            csrf = page.get("/report?key=a").text.partition('name="csrf" value="')[2].partition('"')[0]
            form = {"csrf": csrf, "key": "a", "record": event, "field": "date", "who": "Ben (ben) " + "x" * 1500}
            assert page.post("/review/mark", data=form).status_code == 303
            assert page.get("/api/v1/reviews?format=json").json()["items"][0]["who"] == long
