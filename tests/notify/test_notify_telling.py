"""Alerts told to real servers on this machine: a webhook that fails at first, a mail server that defers, what is told twice."""

from __future__ import annotations

import hashlib
import hmac
import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from communique.errors import InputError
from communique.measure.alerts import Alert
from communique.notify.plan import load
from communique.notify.telling import Mail, Plan, Wanted, Webhook, ident_of, link_of, tell

SECRET = "a-secret-of-some-length"
ALERTS = (
    Alert("tension", "2025-03-12", "CHN", "USA", "tension rose by 9.0 to 20.0", ("i1", "i2"), 9.0, 5.0),
    Alert("new type", "2025-03-10", "FIN", "RUS", "SANCTION, the first in 60 weeks", ("i3",), 60, 52),
    Alert("contested", "2025-03-11", "FIN", "RUS", "ACCUSE: FIN.GOV against RUS.GOV", ("i4",), claim="c1"),
)  # fmt: skip


@contextmanager
def hook(*answers: int, after: str = "") -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """A webhook that gives these answers, then 204; what it was sent."""
    got: list[tuple[dict[str, str], bytes]] = []
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(left.pop(0) if left else 204)
            if after:
                self.send_header("Retry-After", after)
            self.send_header("Location", "http://127.0.0.1:9/")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/a-secret-path", got
    finally:
        server.shutdown()


class Mailbox(socketserver.StreamRequestHandler):
    """A mail server's side of one conversation (RFC 5321): defers as often as its server says, then takes the message."""

    def handle(self) -> None:
        def say(line: str) -> None:
            self.wfile.write(line.encode() + b"\r\n")

        say("220 here")
        data: list[bytes] | None = None
        for line in self.rfile:
            if data is not None:
                if line == b".\r\n":
                    self.server.got.append(b"".join(data))  # type: ignore[attr-defined]
                    say("250 taken")
                    data = None
                else:
                    data.append(line)
            elif (word := line[:4].upper()) == b"EHLO":
                say("250 here")
            elif word == b"MAIL" and self.server.answers:  # type: ignore[attr-defined]
                say(self.server.answers.pop(0))  # type: ignore[attr-defined]
            elif word == b"DATA":
                data = []
                say("354 go on")
            elif word == b"QUIT":
                say("221 bye")
                return
            else:
                say("250 ok")


@contextmanager
def mailbox(*answers: str) -> Iterator[tuple[int, list[bytes]]]:
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox)
    server.daemon_threads = True
    server.got, server.answers = [], list(answers)  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1], server.got  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()


def test_a_webhook_gets_each_alert_signed_the_first_first(tmp_path: Path) -> None:
    with hook() as (url, got):
        (told,) = tell(ALERTS, Plan((Webhook(url, SECRET),), "https://desk.example.org"), tmp_path / "told")
        assert (told.told, told.known, told.error) == (3, 0, "") and "secret-path" not in told.name
        bodies = [json.loads(body) for _, body in got]
        assert [b["alert"]["day"] for b in bodies] == ["2025-03-10", "2025-03-11", "2025-03-12"]
        assert bodies[1]["link"] == "https://desk.example.org/claim/c1"
        assert bodies[2]["text"] == "2025-03-12 CHN–USA: tension rose by 9.0 to 20.0"
        for headers, body in got:
            right = hmac.new(
                SECRET.encode(), headers["X-Communique-Timestamp"].encode() + b"." + body, hashlib.sha256
            ).hexdigest()
            assert headers["X-Communique-Signature"] == f"sha256={right}"
            assert headers["X-Communique-Id"] == json.loads(body)["id"]


def test_what_was_told_is_not_told_again(tmp_path: Path) -> None:
    with hook() as (url, got):
        plan = Plan((Webhook(url, SECRET),))
        tell(ALERTS[:2], plan, tmp_path / "told")
        later = Alert("tension", "2025-03-14", "CHN", "USA", "tension rose by 11.0 to 22.0", ("i1",))  # the same week, further on
        (told,) = tell((later, *ALERTS), plan, tmp_path / "told")
        assert (told.told, told.known, len(got)) == (1, 3, 3)
        other = Plan((Webhook(url + "/other", SECRET),))
        assert tell(ALERTS, other, tmp_path / "told")[0].told == 3


def test_what_may_pass_is_tried_again_as_asked_and_the_rest_with_the_next_run(tmp_path: Path) -> None:
    waits: list[float] = []
    with hook(503, 429, after="7") as (url, got):
        (told,) = tell(ALERTS[:1], Plan((Webhook(url, SECRET),)), tmp_path / "told", sleep=waits.append)
        assert told.told == 1 and len(got) == 3 and waits == [7.0, 7.0]
    waits.clear()
    with hook(500, 500, 500, 500) as (url, got):
        plan = Plan((Webhook(url, SECRET),))
        (told,) = tell(ALERTS[:2], plan, tmp_path / "again", sleep=waits.append)
        assert told.told == 0 and "answered 500, 4 times" in told.error and len(waits) == 3 and waits == sorted(waits)
        (told,) = tell(ALERTS[:2], plan, tmp_path / "again")
        assert told.told == 2


@pytest.mark.parametrize("status", [400, 404, 410, 301, 302])
def test_a_refusal_is_not_repeated_and_a_redirect_not_followed(tmp_path: Path, status: int) -> None:
    with hook(status) as (url, got):
        (told,) = tell(ALERTS[:1], Plan((Webhook(url, SECRET),)), tmp_path / "told")
        assert told.told == 0 and f"answered {status}" in told.error and len(got) == 1


def test_one_receiver_that_fails_keeps_no_other_from_being_told(tmp_path: Path) -> None:
    with hook() as (url, got):
        plan = Plan((Webhook("http://127.0.0.1:9/x", SECRET), Webhook(url, SECRET)))
        first, second = tell(ALERTS, plan, tmp_path / "told", sleep=lambda _: None)
        assert "cannot be reached" in first.error and second.told == 3 and len(got) == 3


def test_a_receiver_gets_what_it_wants(tmp_path: Path) -> None:
    with hook() as (url, got):
        plan = Plan((Webhook(url, SECRET, Wanted(("contested", "new type"), ("RUS",))),))
        assert tell(ALERTS, plan, tmp_path / "told")[0].told == 2
        assert tell(ALERTS, Plan((Webhook(url + "x", SECRET, Wanted((), ("CHN",))),)), tmp_path / "told")[0].told == 1
        assert len(got) == 3


def test_one_message_tells_all_and_a_server_that_defers_is_asked_again(tmp_path: Path) -> None:
    waits: list[float] = []
    with mailbox("451 later") as (port, got):
        mail = Mail("127.0.0.1", "desk@example.org", ("ana@example.org",), port, "none")
        (told,) = tell(ALERTS, Plan((mail,), "https://desk.example.org"), tmp_path / "told", sleep=waits.append)
        assert (told.told, told.error, len(waits), len(got)) == (3, "", 1, 1)
        text = got[0].decode()
        assert (
            "Subject: Communique: 3 alerts" in text and "To: ana@example.org" in text and "Auto-Submitted: auto-generated" in text
        )
        assert tell(ALERTS, Plan((mail,)), tmp_path / "told")[0].known == 3 and len(got) == 1


def test_a_mail_server_that_refuses_is_told(tmp_path: Path) -> None:
    with mailbox("550 no") as (port, got):
        mail = Mail("127.0.0.1", "desk@example.org", ("ana@example.org",), port, "none")
        (told,) = tell(ALERTS, Plan((mail,)), tmp_path / "told", sleep=lambda _: None)
        assert told.told == 0 and "does not take the message" in told.error and got == []
        # A server that cannot encrypt is not sent to in the clear.
        plain = Mail("127.0.0.1", "desk@example.org", ("ana@example.org",), port, "starttls")
        assert "does not take" in tell(ALERTS, Plan((plain,)), tmp_path / "told", sleep=lambda _: None)[0].error and got == []


def test_words_of_reports_make_no_header() -> None:
    odd = Alert("contested", "2025-03-11", "FIN", "RUS", "x\r\nBcc: eve@example.org\x1b[31m", ())
    message = Mail("localhost", "a@b.c", ("d@e.f",)).message([odd], "")
    assert message["Bcc"] is None and "\x1b" not in message.as_string() and "\n" not in message["Subject"]


def test_what_makes_an_alert_the_same() -> None:
    tension = ALERTS[0]
    assert ident_of(tension) != ident_of(Alert("tension", "2025-03-17", "CHN", "USA", "x", ()))
    assert ident_of(ALERTS[2]) == ident_of(Alert("contested", "2025-04-01", "RUS", "FIN", "x", (), claim="c1"))
    assert ident_of(ALERTS[1]) != ident_of(Alert("new type", "2025-03-10", "FIN", "RUS", "AID, the first in 60 weeks", ()))
    assert link_of(tension, "http://d") == "http://d/dyad?a=CHN&b=USA" and link_of(tension, "") == ""


GOOD = """
desk = "https://desk.example.org/"

[[webhook]]
url = "https://hooks.example.org/x"
secret_env = "HOOK"
kinds = ["tension"]
countries = ["China"]

[[email]]
server = "mail.example.org"
user = "desk"
password_file = "password"
from = "desk@example.org"
to = "ana@example.org"
"""


def test_a_file_says_who_is_told(tmp_path: Path) -> None:
    (tmp_path / "notify.toml").write_text(GOOD)
    (tmp_path / "password").write_text("a password\n")
    plan = load(tmp_path / "notify.toml", {"HOOK": SECRET})
    web, mail = plan.receivers
    assert plan.desk == "https://desk.example.org" and web.wanted == Wanted(("tension",), ("CHN",))
    assert isinstance(mail, Mail) and (mail.port, mail.security, mail.password, mail.to) == (
        587,
        "starttls",
        "a password",
        ("ana@example.org",),
    )
    assert SECRET not in repr(plan) and "a password" not in repr(plan) and "/x" not in repr(plan)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("desk =", "desk"), "is not TOML"),
        (("desk =", "desks ="), "'desks' is not known"),
        (("https://desk", "desk"), "is no address"),
        (("[[webhook]]", "[webhook]"), "in two brackets"),
        (("https://hooks", "hooks"), "no address of a server"),
        (('secret_env = "HOOK"', ""), "no secret to sign with"),
        (('secret_env = "HOOK"', 'secret = "x"'), "keep it out of the file"),
        (('"HOOK"', '"OTHER"'), "the environment has no OTHER"),
        (('"HOOK"', '"SHORT"'), "fewer than 16"),
        (('["tension"]', '["war"]'), "no kind of alert"),
        (('["China"]', '["Chinaa"]'), "did you mean China"),
        (('["China"]', "5"), "no list of texts"),
        (('server = "mail.example.org"', ""), "'server' is missing"),
        (('user = "desk"', ""), "a user needs a password"),
        (('"password"', '"nothing"'), "cannot be read"),
        (("from =", 'port = "x"\nfrom ='), "is no port"),
        (("from =", 'security = "none"\nfrom ='), "on this machine"),
        (("from =", 'security = "ssl"\nfrom ='), "is not known"),
        (('"ana@example.org"', '"ana"'), "no address of e-mail"),
        (('"ana@example.org"', "[]"), "names nobody"),
        ((GOOD, ""), "names nobody to tell"),
    ],
)
def test_a_file_that_is_wrong_says_where(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    assert change[0] in GOOD
    (tmp_path / "notify.toml").write_text(GOOD.replace(*change, 1))
    (tmp_path / "password").write_text("a password\n")
    with pytest.raises(InputError, match=said) as raised:
        load(tmp_path / "notify.toml", {"HOOK": SECRET, "SHORT": "x"})
    assert "notify.toml" in str(raised.value) or "Chinaa" in str(raised.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load(tmp_path / "none.toml", {})
