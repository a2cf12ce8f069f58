"""Telling alerts to webhooks, signed, and by e-mail. Each is told once; what fails is tried again.

A file says to whom (docs/api.md, Being told of alerts). What was told is noted beside it, in a file of the same name with
``.told`` at its end, so that a run each hour tells only what is new.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import os
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode, urlsplit

from communique.errors import InputError, RemoteError
from communique.measure.alerts import Alert
from communique.records import content_id

if TYPE_CHECKING:
    import smtplib

TRIES = 4
"""How often a message is sent that may pass at another time."""

FIRST_WAIT = 1.0
"""Seconds before the second try; each further one waits twice as long, and a little more or less than others do."""

LONGEST_WAIT = 60.0
PATIENCE = 30.0
"""Seconds for which a server's answer is waited."""

PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that may be others at another time."""

SIGNATURE, TIME, IDENT = "X-Communique-Signature", "X-Communique-Timestamp", "X-Communique-Id"
DAYS = 7
"""Days back from which alerts are told where nothing else is said: who begins to be told is not told the whole past."""

Sleep = Callable[[float], None]


def ident_of(alert: Alert) -> str:
    """What makes an alert the same one in a later run: its kind and dyad, with its week, type and day, or claim."""
    day = dt.date.fromisoformat(alert.day) if alert.day else None
    if alert.claim:
        return content_id(alert.kind, alert.claim)
    if alert.kind == "tension" and day is not None:  # the week's last day moves on while the week lasts
        return content_id(alert.kind, alert.a, alert.b, (day - dt.timedelta(day.weekday())).isoformat())
    return content_id(alert.kind, alert.a, alert.b, alert.day, alert.text.partition(",")[0])


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What a webhook's header says: that who knows `secret` sent `body` at `timestamp` (seconds since 1970)."""
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which alerts a receiver wants: of these kinds, with one of these countries; what is empty does not narrow."""

    kinds: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()

    def __call__(self, alert: Alert) -> bool:
        named = not self.countries or alert.a in self.countries or alert.b in self.countries
        return named and (not self.kinds or alert.kind in self.kinds)


class Receiver(Protocol):
    """Somebody who is told."""

    @property
    def name(self) -> str:
        """Who it is, without what is secret."""
        ...

    @property
    def key(self) -> str: ...

    @property
    def wanted(self) -> Wanted: ...

    def send(self, alerts: Sequence[Alert], desk: str, sleep: Sleep) -> Iterator[Alert]:
        """Sends, and yields each alert once it was taken. Raises `RemoteError` where it is not."""
        ...


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that takes one alert a request, as JSON, with a signature by `secret`."""

    url: str = field(repr=False)
    secret: str = field(repr=False)
    wanted: Wanted = Wanted()

    @property
    def name(self) -> str:
        # The path of many such addresses is itself a secret.
        return f"webhook at {urlsplit(self.url).hostname}"

    @property
    def key(self) -> str:
        return content_id("webhook", self.url)

    def send(self, alerts: Sequence[Alert], desk: str, sleep: Sleep) -> Iterator[Alert]:
        import httpx

        import communique

        headers = {"Content-Type": "application/json", "User-Agent": f"communique/{communique.__version__}"}
        with httpx.Client(timeout=PATIENCE, follow_redirects=False, headers=headers) as client:
            for alert in alerts:
                self._send(client, alert, desk, sleep)
                yield alert

    def _send(self, client: Any, alert: Alert, desk: str, sleep: Sleep) -> None:
        import httpx

        body = json.dumps(
            {"id": ident_of(alert), "text": line_of(alert), "link": link_of(alert, desk), "alert": alert.to_dict()}
        ).encode()
        for tries in range(1, TRIES + 1):
            now = str(int(time.time()))
            signed = {IDENT: ident_of(alert), TIME: now, SIGNATURE: signature(self.secret, now, body)}
            try:
                found = client.post(self.url, content=body, headers=signed)
            except httpx.HTTPError as error:
                reason, after, passing = f"cannot be reached: {error or type(error).__name__}", None, True
            else:
                if 200 <= found.status_code < 300:
                    return
                reason, passing = f"answered {found.status_code}", found.status_code in PASSING
                after = found.headers.get("retry-after", "")
            if not passing or tries == TRIES:
                times = f", {tries} times" if tries > 1 else ""
                raise RemoteError(self.name, reason + times, "it is tried again with the next run")
            sleep(_wait(tries, after))


@dataclass(frozen=True, slots=True)
class Mail:
    """A mailbox that gets one message with all that is new. `security` is "starttls", "tls" or, on this machine alone, "none"."""

    server: str
    sender: str
    to: tuple[str, ...]
    port: int = 587
    security: str = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    wanted: Wanted = Wanted()

    @property
    def name(self) -> str:
        return f"e-mail to {', '.join(self.to)}"

    @property
    def key(self) -> str:
        return content_id("email", *self.to)

    def send(self, alerts: Sequence[Alert], desk: str, sleep: Sleep) -> Iterator[Alert]:
        import smtplib

        message = self.message(alerts, desk)
        for tries in range(1, TRIES + 1):
            try:
                self._deliver(message)
                break
            except smtplib.SMTPAuthenticationError as error:
                raise RemoteError(
                    self.name, f"{self.server} refuses the user and password ({error.smtp_code})", "check them"
                ) from error
            except (smtplib.SMTPException, OSError) as error:
                code = int(getattr(error, "smtp_code", 0) or 0)
                if (
                    code >= 500
                    or isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPNotSupportedError)
                    or tries == TRIES
                ):
                    hint = "it is tried again with the next run"
                    raise RemoteError(self.name, f"{self.server} does not take the message: {_said(error)}", hint) from error
            sleep(_wait(tries, None))
        yield from alerts

    def message(self, alerts: Sequence[Alert], desk: str) -> EmailMessage:
        """The message, with the alerts by day, the last first."""
        from email.utils import formatdate, make_msgid

        from communique.views.words import printable

        message = EmailMessage()
        first = " ".join(printable(f"{alerts[0].a}–{alerts[0].b} {alerts[0].text}").split())
        message["Subject"] = f"Communique: {first}"[:150] if len(alerts) == 1 else f"Communique: {len(alerts)} alerts"
        message["From"], message["To"] = self.sender, ", ".join(self.to)
        message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain="communique.invalid")
        message["Auto-Submitted"] = "auto-generated"
        parts = [printable(line_of(a)) + (f"\n  {link_of(a, desk)}" if desk else "\n  " + ", ".join(a.incidents)) for a in alerts]
        message.set_content("\n\n".join(parts) + "\n")
        return message

    def _deliver(self, message: EmailMessage) -> None:
        import smtplib
        import ssl

        secure = ssl.create_default_context()
        client: smtplib.SMTP
        if self.security == "tls":
            client = smtplib.SMTP_SSL(self.server, self.port, timeout=PATIENCE, context=secure)
        else:
            client = smtplib.SMTP(self.server, self.port, timeout=PATIENCE)
        with client:
            if self.security == "starttls":
                client.starttls(context=secure)
            if self.user:
                client.login(self.user, self.password)
            client.send_message(message)


@dataclass(frozen=True, slots=True)
class Plan:
    """Who is told of what; `desk` is the address of a desk, to which messages link."""

    receivers: tuple[Receiver, ...]
    desk: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of telling one receiver: `told` alerts were taken, `known` had been told before, `error` says what failed."""

    name: str
    told: int
    known: int
    error: str = ""


def line_of(alert: Alert) -> str:
    """An alert in one line."""
    return " ".join(f"{alert.day} {alert.a}–{alert.b}: {alert.text}".split())


def link_of(alert: Alert, desk: str) -> str:
    """Where a desk shows what an alert rests on; "" without a desk."""
    if not desk:
        return ""
    return f"{desk}/claim/{alert.claim}" if alert.claim else f"{desk}/dyad?{urlencode({'a': alert.a, 'b': alert.b})}"


def tell(alerts: Iterable[Alert], plan: Plan, told: Path, *, sleep: Sleep = time.sleep) -> list[Outcome]:
    """Tells each receiver what it wants and was not told before, the first first. `told` is the file in which that is noted."""
    listed = sorted(alerts, key=lambda a: (a.day, a.a, a.b, a.kind))
    out: list[Outcome] = []
    with _noted(told) as (known, note):
        for receiver in plan.receivers:
            wanted = [a for a in listed if receiver.wanted(a)]
            fresh = [a for a in wanted if f"{receiver.key} {ident_of(a)}" not in known]
            done, error = 0, ""
            try:
                for alert in receiver.send(fresh, plan.desk, sleep) if fresh else ():
                    # At once: what was taken is not told again, however the rest goes.
                    note(f"{receiver.key} {ident_of(alert)}")
                    done += 1
            except RemoteError as failure:
                error = str(failure)
            out.append(Outcome(receiver.name, done, len(wanted) - len(fresh), error))
    return out


@contextmanager
def _noted(path: Path) -> Iterator[tuple[set[str], Callable[[str], None]]]:
    """What a file notes, and what notes one line more. Another run waits until this one is done."""
    try:
        with path.open("a+", encoding="utf-8") as handle:
            _lock(handle)
            handle.seek(0)
            known = set(handle.read().splitlines())

            def note(line: str) -> None:
                handle.write(line + "\n")
                handle.flush()
                os.fsync(handle.fileno())

            yield known, note
    except OSError as error:
        raise InputError(
            f"file {str(path)!r}", f"cannot be written: {error.strerror or error}", "what was told is noted there"
        ) from error


def _lock(handle: Any) -> None:
    try:
        import fcntl
    except ImportError:  # Windows: two runs at once may there tell twice
        return
    fcntl.flock(handle, fcntl.LOCK_EX)


def _wait(tries: int, after: str | None) -> float:
    """Seconds until the next try: what the receiver asks for, else twice as long each time."""
    if after and after.isascii() and after.isdecimal():
        return min(LONGEST_WAIT, float(after[:6]))
    spread: float = random.uniform(0.75, 1.25)
    wait: float = FIRST_WAIT * 2 ** (tries - 1) * spread
    return min(LONGEST_WAIT, wait)


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
