"""A desk asked from Python: the answers of `communique.connect` are those of `communique.open`."""

from __future__ import annotations

import datetime as dt
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

import communique
from communique.client import Connected, connect
from communique.errors import InputError, RemoteError
from communique.opening import Opened
from communique.serve.settings import Settings
from communique.serve.tokens import Tokens

sys.path.insert(0, str(Path(__file__).resolve().parent / "serve"))
import desks


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("client") / "store.db"
    desks.fill(found, 20)
    return found


@pytest.fixture(scope="module")
def desk(path: Path) -> Iterator[str]:
    with desks.running(path) as url:
        yield url


@pytest.fixture
def both(path: Path, desk: str) -> Iterator[tuple[Opened, Connected]]:
    with communique.open(path) as record, communique.connect(desk) as far:
        yield record, far


@pytest.mark.parametrize("kind", ["events", "statements", "incidents", "claims"])
def test_records_are_the_same_whether_near_or_far(
    both: tuple[Opened, Connected], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("communique.client.PAGE", 9)  # so that there are several pages
    near, far = (getattr(one, kind) for one in both)
    assert list(far()) == list(near()) and len(list(near())) > 9
    assert list(far(newest=True, limit=11)) == list(near(newest=True, limit=11))
    asked = {"actor": "China", "since": "2025-02"}
    assert list(far(**asked)) == list(near(**asked))
    assert far(limit=5).to_dicts() == near(limit=5).to_dicts()
    assert far(limit=5).to_arrow().equals(near(limit=5).to_arrow())


def test_what_is_not_of_its_kind_is_told_near_and_far(both: tuple[Opened, Connected]) -> None:
    day = dt.date(2025, 2, 1)
    near, far = both
    assert list(far.events(since=day)) == list(near.events(since=day)) == list(near.events(since="2025-02-01")) != []
    assert far.timeline("CHN", "USA", since=day) == near.timeline("CHN", "USA", since=day)
    assert far.alerts() == near.alerts() and far.alerts(since=day) == near.alerts(since=day)
    for one in both:
        for asked in ({"limit": "x"}, {"actor": ["China", "Russia"]}, {"actr": "x"}, {"since": "2025", "until": "2024"}):
            with pytest.raises(InputError):
                one.events(**asked)
        with pytest.raises(InputError, match="is NoneType, no string"):
            one.timeline("CHN", None)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="text None: is NoneType"):
        far.read(None)  # type: ignore[arg-type]


def test_several_types_may_be_parted_by_commas(both: tuple[Opened, Connected]) -> None:
    near, far = both
    wanted = list(near.events(type="accuse, REJECT", status=("actual", "claimed")))
    assert list(far.events(type="accuse, REJECT", status=("actual", "claimed"))) == wanted != []
    assert list(far.events(historical=False, limit=3)) == list(near.events(historical=False, limit=3))


def test_everything_can_be_explained(both: tuple[Opened, Connected]) -> None:
    near, far = both
    event = next(iter(near.events()))
    statement, claim = next(iter(near.statements())), next(iter(near.claims()))
    for ident in (event.telling.event.id, event.incident, claim.id, statement.statement.id, event.telling.report):
        assert far.explain(ident) == near.explain(ident)
    assert far.report("r3") == near.store.report("r3")


def test_series_alerts_and_actors(both: tuple[Opened, Connected]) -> None:
    from communique.asking import alerts

    near, far = both
    assert far.timeline("China", "USA", by="month", since="2025-01") == near.timeline("China", "USA", by="month", since="2025-01")
    assert far.alerts(since="2025-03", until="2025-03") == alerts(near.store, since="2025-03", until="2025-03") != []
    found = far.actors("Secretary of State", on="2022-03-01", country="USA").chosen
    assert found is not None and found.name == "Antony Blinken"


@pytest.mark.weights
def test_a_text_is_read_there_as_here(desk: str) -> None:
    text = "Norway accused Russia on Tuesday of jamming civil aircraft."
    with communique.connect(desk) as far:
        assert far.read(text, published="2024-04-10", title="t").to_dict() == (
            communique.load().read(text, published="2024-04-10", title="t").to_dict()
        )


def test_new_incidents_are_followed(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    desks.fill(path, 1)
    with desks.running(path) as url, communique.connect(url) as far, communique.open(path) as near:
        before = {i.id for i in near.incidents()}
        coming = far.follow()
        later = threading.Timer(0.5, desks.fill, (path, 2, 100))
        later.start()
        place, first = next(coming)
        later.join()
        fresh = [i for i in near.incidents() if i.id not in before]
        assert first in fresh
        coming.close()  # type: ignore[attr-defined]
        again = far.follow(last=place)
        assert next(again)[1] in fresh


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"type": "FIGHT"}, "is not in the codebook"), ({"since": "soon"}, "is not a date"), ({"limit": 0}, "below 1"),
        ({"actr": "x"}, "actr"), ({"country": "Chinaa"}, "did you mean China"),
    ],
)  # fmt: skip
def test_a_wrong_question_is_told_at_once(both: tuple[Opened, Connected], asked: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        both[1].incidents(**asked)


def test_what_is_not_there_is_told(both: tuple[Opened, Connected]) -> None:
    with pytest.raises(InputError, match="is not in the store"):
        both[1].explain("nothing")
    with pytest.raises(InputError, match="is not in the store"):
        both[1].report("nothing")


@pytest.mark.parametrize(
    ("url", "said"),
    [("127.0.0.1:8420", "no address"), ("ftp://x", "no address"), ("http://ana:secret@localhost", "never in the address"),
     ("http://localhost/?token=secret", "never in the address")],
)  # fmt: skip
def test_what_is_no_address_is_told_without_its_secret(url: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as raised:
        connect(url)
    assert "secret" not in str(raised.value)


def test_a_desk_that_is_not_there_and_a_server_that_is_no_desk() -> None:
    with pytest.raises(RemoteError, match="communique serve"):
        connect("http://127.0.0.1:9")

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"name": "other"}')

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with pytest.raises(RemoteError, match="is no desk"):
        connect(f"http://127.0.0.1:{server.server_port}")
    server.shutdown()


def test_a_token_is_taken_from_the_environment(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(tokens=Tokens.of([desks.TOKEN], "the test"), rate=0)
    with desks.running(path, settings) as url:
        monkeypatch.delenv("COMMUNIQUE_TOKEN", raising=False)
        with pytest.raises(RemoteError, match="COMMUNIQUE_TOKEN"):
            connect(url)
        with pytest.raises(RemoteError) as raised:
            connect(url, token="another")
        assert raised.value.status == 401
        with connect(url, token=desks.TOKEN) as far:
            assert list(far.incidents(limit=1))
        monkeypatch.setenv("COMMUNIQUE_TOKEN", desks.TOKEN)
        connect(url).close()


def test_who_is_told_to_wait_waits(path: Path) -> None:
    settings = Settings(tokens=Tokens.of([desks.TOKEN], "the test"), rate=120)
    with desks.running(path, settings) as url, connect(url, token=desks.TOKEN) as far:
        shown = {"Authorization": f"Bearer {desks.TOKEN}"}
        while httpx.get(f"{url}/api/v1", headers=shown).status_code == 200:
            pass
        assert list(far.incidents(limit=1))
