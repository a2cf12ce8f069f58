"""What comes back from a server, read and judged: an answer, a failure for good, or one that may pass."""

from __future__ import annotations

import datetime as dt
import re
import ssl
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache
from typing import NoReturn
from urllib.parse import urlsplit

from communique.errors import FetchError
from communique.gather.web import media
from communique.gather.web.bodies import BrokenBodyError, TooLargeError, read_body
from communique.gather.web.hosts import MAX_ASKED
from communique.settings import read_table

REDIRECTS = (301, 302, 303, 307, 308)

DRAINED = 16_384
"""Bytes of an error's page that are read and dropped so that the connection can be used again; longer ones close it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server sent: status, headers by their name in small letters, unpacked body, its media type and charset."""

    status: int
    headers: dict[str, str]
    data: bytes = b""
    content_type: str = ""
    charset: str = ""


class TroubleError(Exception):
    """A fetch that failed in a way that may pass: `again` where a retry may help, `busy` where the host asks for quiet."""

    def __init__(self, error: FetchError, *, again: bool = True, busy: bool = False) -> None:
        self.error, self.again, self.busy = error, again, busy
        super().__init__(str(error))


@dataclass(slots=True)
class Gate:
    """How a request looks and how its answer is read: at most `max_bytes`, of which more are `cut` off or refused."""

    headers: list[tuple[str, str]]
    max_bytes: int
    cut: bool = False
    conditional: bool = False


def answer_of(target: str, status: int, headers: dict[str, str], pieces: Iterable[bytes], gate: Gate) -> Answer:
    """What came, read and judged. Raises `FetchError`, or `TroubleError` where it may pass."""
    if status == 304 and gate.conditional:
        return Answer(status, headers)
    if not 200 <= status < 300:
        _drain(pieces, headers)
        if status in REDIRECTS and headers.get("location"):
            return Answer(status, headers)
        _raise_status(target, status, headers)
    declared, charset = media.of_header(headers.get("content-type", ""))
    kind = declared
    length = headers.get("content-length", "")
    reason = f"has more than {gate.max_bytes:,} bytes"
    too_large = FetchError(target, "too_large", reason, "a larger max_bytes takes it", lasting=True)

    def look(head: bytes) -> None:
        nonlocal kind
        kind = media.of_bytes(head, declared)
        if not gate.cut:
            media.check(target, kind, head)

    if length.isdecimal() and len(length) < 20 and int(length) > gate.max_bytes and not gate.cut:
        raise too_large
    try:
        data = read_body(
            pieces, headers.get("content-encoding", ""), gate.max_bytes, look=look, head=media.HEAD, cut=gate.cut
        )  # fmt: skip
    except TooLargeError:
        raise too_large from None
    except BrokenBodyError as error:
        raise TroubleError(FetchError(target, "content", f"its answer {error}")) from error
    if not gate.cut and (status in (204, 205, 206) or not data):
        raise FetchError(target, "content", f"the answer is {'a part' if status == 206 else 'empty'}", status=status)
    return Answer(status, headers, data, kind, charset)


def _drain(pieces: Iterable[bytes], headers: dict[str, str]) -> None:
    length = headers.get("content-length", "")
    if length.isdecimal() and len(length) < 6 and int(length) <= DRAINED:
        for _ in pieces:
            pass


def _raise_status(target: str, status: int, headers: dict[str, str]) -> NoReturn:
    """Raises what a status that is no answer means, by data/gather/statuses.tsv."""
    if status == 304:
        raise FetchError(target, "content", "says that nothing has changed, without being asked", status=status)
    if 300 <= status < 400:
        raise FetchError(target, "redirects", f"sends on without saying where (status {status})", status=status)
    row = _statuses().get(str(status)) or _statuses().get(f"{status // 100}xx") or {}
    asked = seconds_of(headers.get("retry-after", ""))
    error = FetchError(
        target, row.get("kind") or "status", f"{row.get('what') or 'the answer has no known meaning'} (status {status})",
        status=status, retry_after=None if asked is None else min(asked, MAX_ASKED), lasting=row.get("lasting") == "yes",
    )  # fmt: skip
    if row.get("again") == "yes":
        raise TroubleError(error, busy=row.get("host") == "yes" or error.retry_after is not None)
    raise error


def seconds_of(value: str) -> float | None:
    """The seconds that a Retry-After header asks for, as a number or as a date; None where it is neither."""
    value = value.strip()
    if re.fullmatch(r"\d{1,9}", value, re.ASCII):
        return float(value)
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=dt.UTC)
    return max(0.0, (when - dt.datetime.now(dt.UTC)).total_seconds())


def trouble_of(target: str, error: Exception, timeout: float) -> TroubleError:
    """What httpcore's `error` means."""
    import httpcore

    cause = _cause(error)
    host = urlsplit(target).netloc
    if isinstance(cause, ssl.SSLCertVerificationError):
        reason = f"{host}'s certificate is not valid: {cause.verify_message}"
        return TroubleError(FetchError(target, "tls", reason, "a certificate of one's own is named by ca_file"), again=False)
    if isinstance(cause, ssl.SSLError):
        return TroubleError(FetchError(target, "tls", f"no safe connection to {host}: {cause.reason or cause}"))
    if isinstance(error, httpcore.TimeoutException):
        what = "no connection" if isinstance(error, httpcore.ConnectTimeout) else "no answer"
        return TroubleError(FetchError(target, "timeout", f"{what} from {host} within {timeout:g} seconds"))
    if isinstance(error, httpcore.ProtocolError) and "without sending a response" not in str(error):
        return TroubleError(FetchError(target, "content", f"{host} answers in broken HTTP: {error}"))
    if isinstance(error, httpcore.ConnectError):
        return TroubleError(FetchError(target, "refused", f"{host} takes no connection: {_plain(error)}"))
    return TroubleError(FetchError(target, "refused", f"{host} breaks the connection off: {_plain(error)}"))


def _cause(error: Exception) -> object:
    """The error of the system under httpcore's own, which wraps it and cuts the chain."""
    return error.args[0] if error.args and isinstance(error.args[0], Exception) else error


def _plain(error: Exception) -> str:
    cause = _cause(error)
    return (cause.strerror if isinstance(cause, OSError) and cause.strerror else str(error)) or type(error).__name__


def headers_of(headers: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by their name in small letters; the first of a name counts."""
    out: dict[str, str] = {}
    for name, value in headers:
        try:
            text = value.decode("utf-8")
        except UnicodeDecodeError:
            text = value.decode("latin-1")
        out.setdefault(name.decode("latin-1").lower(), text.strip())
    return out


def kept(value: str) -> str:
    """A validator as it may be sent again; "" where it is too long for one or cannot stand in a header."""
    return value if len(value) <= 500 and re.fullmatch("[ -~]+", value) else ""


@cache
def _statuses() -> dict[str, dict[str, str]]:
    return {row["status"]: row for row in read_table("gather/statuses.tsv")}
