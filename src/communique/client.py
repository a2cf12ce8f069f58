"""A desk's API asked from Python: ``communique.connect(url)`` answers as ``communique.open(path)`` does (docs/api.md).

::

    import communique

    with communique.connect("http://127.0.0.1:8420") as record:
        for incident in record.incidents(actor="China", recipient="USA", since="2024-04"):
            print(incident.date, incident.type, incident.origins)
        frame = record.events(type="THREATEN").to_pandas()
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import time
import types
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar, Union, get_args, get_origin, get_type_hints
from urllib.parse import quote, urlsplit

from communique.errors import InputError, RemoteError
from communique.opening import Answer
from communique.records import Claim, CodedReport, Event, Incident, Report, Sentence, Statement, day_given, text_given

if TYPE_CHECKING:
    import httpx

    from communique.measure.alerts import Alert
    from communique.measure.series import Series
    from communique.resolve.find import Found
    from communique.store import Explanation, StoredEvent, StoredReport, StoredStatement
    from communique.store.reviewing import Review

TOKEN_VARIABLE = "COMMUNIQUE_TOKEN"
PAGE = 500
"""Records asked for at once: the most that a desk gives."""

TRIES = 4
"""How often something is asked that a desk is too busy for, or that a connection broke."""

LONGEST_WAIT = 30.0
"""Seconds that are waited at most where a desk says when to ask again."""

T = TypeVar("T")


def connect(url: str, *, token: str | None = None, timeout: float = 60.0) -> Connected:
    """The desk at `url`, opened for questions. `token` is what it asks for; without one, the one in COMMUNIQUE_TOKEN.

    `timeout` are seconds that an answer may take. Raises `InputError` for what is no address of a server, and `RemoteError` where
    no desk is there or the token is not its.
    """
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(f"url {url!r}", "is no address of a server", "write http://127.0.0.1:8420")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise InputError("the url", "holds more than a server's address", "give a token as token=..., never in the address")
    base = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix('/api/v1')}"
    given = os.environ.get(TOKEN_VARIABLE, "") if token is None else token
    found = Connected(base, given.strip(), timeout)
    try:
        found.check()
    except BaseException:
        found.close()
        raise
    return found


class Connected:
    """A desk elsewhere, asked as a store that is `communique.open`. Make one with `connect`; use it in a ``with``, or `close` it.

    The narrowings are those of `communique.opening.Opened`. Whatever it asks raises `InputError` where the desk does not
    understand it or has no such thing, and `RemoteError` where the desk fails.
    """

    def __init__(self, base: str, token: str, timeout: float) -> None:
        import httpx

        headers = {"Accept": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        self.url = base
        self._http = httpx.Client(base_url=f"{base}/api", headers=headers, timeout=timeout)

    def __enter__(self) -> Connected:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def check(self) -> None:
        """That a desk of this API is there. Raises `RemoteError` where it is not."""
        told = self._get("")
        if not isinstance(told, dict) or told.get("name") != "communique" or told.get("api") != "v1":
            raise RemoteError(self.url, "is no desk of Communique, or one of another API", "check the address")

    def events(self, **asked: Any) -> Answer[StoredEvent]:
        """Events, as each report tells them."""
        from communique.store.questions import StoredEvent

        return self._answer("events", StoredEvent, asked)

    def statements(self, **asked: Any) -> Answer[StoredStatement]:
        """What was said, verbatim."""
        from communique.store.questions import StoredStatement

        return self._answer("statements", StoredStatement, asked)

    def incidents(self, **asked: Any) -> Answer[Incident]:
        """Events of the world, each once, however many reports tell it."""
        return self._answer("incidents", Incident, asked)

    def claims(self, **asked: Any) -> Answer[Claim]:
        """What sides assert or deny."""
        return self._answer("claims", Claim, asked)

    def explain(self, ident: str) -> Explanation:
        """From the id of an event, statement, incident, claim or report to the sentences that it rests on."""
        from communique.store.questions import Explanation

        told = self._get(f"/explain/{quote(ident, safe='')}")
        whole = self.report(told["id"]) if told["kind"] == "report" else None
        found: Explanation = dataclasses.replace(rebuilt(Explanation, {**told, "report": None}), report=whole)
        return found

    def report(self, key: str, *, version: int = 0, reader: str = "") -> StoredReport:
        """The report that is known under `key`, with its text; its `version` (from 1), or what an older `reader` made of it."""
        from communique.records import Copy
        from communique.store.questions import StoredReport, Version

        asked = {name: value for name, value in (("version", version), ("reader", reader)) if value}
        told = self._get(f"/reports/{quote(key, safe='')}", asked)
        copy = rebuilt(Copy, told["copy_of"]) if told["copy_of"] else None
        versions = tuple(rebuilt(Version, v) for v in told["versions"])
        return StoredReport(
            told["key"], coded_of(told["coded"]), told["version"], told["reader"], versions, copy, tuple(told["copied_by"])
        )

    def timeline(self, a: str, b: str, *, since: str | dt.date = "", until: str | dt.date = "", by: str = "week") -> Series:
        """Conflict and cooperation of two parties, by "day", "week" or "month" (docs/measures.md)."""
        from communique.measure.series import Series

        asked = {name: value for name, value in (("since", since), ("until", until), ("by", by)) if value}
        a, b = text_given(a, "party"), text_given(b, "party")
        found: Series = rebuilt(Series, self._get(f"/dyads/{quote(a, safe='')}/{quote(b, safe='')}", asked))
        return found

    def alerts(self, *, since: str | dt.date = "", until: str | dt.date = "") -> list[Alert]:
        """What is new between any two countries, the last first; without days, in the record's last 31."""
        from communique.measure.alerts import Alert

        asked = {name: value for name, value in (("since", since), ("until", until)) if value}
        return [rebuilt(Alert, one) for one in self._get("/alerts", asked)["items"]]

    def actors(self, name: str, *, on: str = "", country: str = "") -> Found:
        """Whom a name or an office means on a date, today where none is given."""
        from communique.resolve.find import Found

        asked = {"name": name, **({"on": on} if on else {}), **({"country": country} if country else {})}
        found: Found = rebuilt(Found, self._get("/actors", asked)["found"])
        return found

    def read(self, text: str, *, published: str | dt.date = "", title: str = "", source: str = "") -> CodedReport:
        """Reads one report, as `communique.load().read` does; the desk keeps nothing of it."""
        day = day_given(published, "published")
        given = {"text": text_given(text, "text"), "published": day, "title": title, "source": source}
        told = self._ask(lambda: self._http.post("/v1/read", json=given)).json()
        return coded_of({**told, "text": text})

    def reviews(self, *, state: str = "open", report: str = "", limit: int | None = None) -> Iterator[Review]:
        """Marks of analysts, the last first: `state` is "open", "done", "dismissed" or "all"; of one `report` if it is named."""
        from communique.store.reviewing import Review

        asked = {"state": state, **({"report": report} if report else {})}
        return self._pages("reviews", Review, asked, limit)

    def review(self, ident: int) -> Review:
        """The mark of this number."""
        return self._mark(self._get(f"/reviews/{ident}"))

    def mark(self, report: str, record: str, field: str, value: str = "", *, note: str = "", who: str = "") -> Review:
        """Says that a `field` of an event or statement is wrong, and should be `value`; "event" or "statement" as the field: that
        it is none (docs/desk.md). Said twice, it is one mark. `who` says so; where a token names who asks, it may be left out."""
        told = {"report": report, "record": record, "field": field, "value": value, "note": note, "who": who}
        return self._mark(self._post("/reviews/mark", told))

    def missing(
        self, report: str, start: int, end: int, type: str, *, mode: str = "", status: str = "actual", historical: bool = False,
        note: str = "", who: str = "",
    ) -> Review:  # fmt: skip
        """Says that an event was not read, at the characters `start` to `end` of the report's text."""
        told = {"report": report, "start": start, "end": end, "type": type, "mode": mode, "status": status,
                "historical": historical, "note": note, "who": who}  # fmt: skip
        return self._mark(self._post("/reviews/missing", told))

    def look_through(self, report: str, *, who: str = "") -> Review:
        """Says that a report is right, or marked where it is not: it goes into the annotation."""
        return self._mark(self._post("/reviews/whole", {"report": report, "who": who}))

    def settle(self, ident: int, value: str, *, who: str = "") -> Review:
        """Gives an open mark its value."""
        return self._mark(self._post(f"/reviews/{ident}/settle", {"value": value, "who": who}))

    def dismiss(self, ident: int, *, who: str = "") -> Review:
        """Dismisses a mark; what it took out is in again."""
        return self._mark(self._post(f"/reviews/{ident}/dismiss", {"who": who}))

    def annotation(self) -> Iterator[dict[str, Any]]:
        """The reports that were looked through, as ``communique train`` reads them."""
        found = self._ask(lambda: self._http.get("/v1/reviews/annotation"))
        yield from (json.loads(line) for line in found.text.split("\n") if line)

    def follow(self, *, last: str = "", **narrowed: Any) -> Iterator[tuple[str, Incident]]:
        """New incidents as they come, each with the place to go on from: give the last one seen as `last`. It does not end.

        Narrowings are `country`, `type` and `status`. A connection that breaks is opened again. Raises `RemoteError` where more
        came meanwhile than the desk keeps.
        """
        import httpx

        broken = 0
        while True:
            headers = {"Accept": "text/event-stream", **({"Last-Event-ID": last} if last else {})}
            try:
                asked: dict[str, Any] = {"params": _params(narrowed), "headers": headers, "timeout": self._patient()}
                with self._http.stream("GET", "/v1/stream", **asked) as found:
                    if found.status_code != 200:
                        found.read()
                        raise self._told(found)
                    for kind, place, data in _messages(found.iter_lines(), last):
                        last = place
                        broken = 0
                        if kind == "reset":
                            hint = "ask for incidents, and follow anew"
                            raise RemoteError(self.url, "more incidents came meanwhile than it keeps", hint)
                        if kind == "incident":
                            yield last, rebuilt(Incident, json.loads(data))
            except httpx.TransportError as error:
                broken += 1
                if broken >= TRIES:
                    raise self._away(error) from error
            time.sleep(min(LONGEST_WAIT, 2.0**broken))

    def _patient(self) -> httpx.Timeout:
        import httpx

        # A desk says something each 15 seconds.
        return httpx.Timeout(self._http.timeout.connect, read=60.0)

    def _answer(self, kind: str, record: type[T], asked: Mapping[str, Any]) -> Answer[T]:
        """An answer whose records come page by page. A first look tells at once what the desk does not understand."""
        from communique.store.questions import limited

        given = {name: value for name, value in asked.items() if value not in ("", None, (), [])}
        limit = given.pop("limit", None)
        if limit is not None:
            limited(limit)
        self._get(f"/{kind}", {**given, "limit": 1})
        return Answer(kind, lambda: self._pages(kind, record, given, limit))

    def _pages(self, kind: str, record: type[T], given: Mapping[str, Any], limit: int | None) -> Iterator[T]:
        left, after = limit, given.get("after", "")
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            page = self._get(f"/{kind}", {**given, "limit": size, **({"after": after} if after else {})})
            yield from (rebuilt(record, one) for one in page["items"])
            left = None if left is None else left - len(page["items"])
            after = page["next"]
            if not after:
                return

    def _mark(self, told: Any) -> Review:
        from communique.store.reviewing import Review

        found: Review = rebuilt(Review, told)
        return found

    def _post(self, path: str, told: Mapping[str, Any]) -> Any:
        return self._ask(lambda: self._http.post(f"/v1{path}", json=told)).json()

    def _get(self, path: str, asked: Mapping[str, Any] | None = None) -> Any:
        return self._ask(lambda: self._http.get(f"/v1{path}", params=_params(asked or {}))).json()

    def _ask(self, request: Callable[[], httpx.Response]) -> httpx.Response:
        """The answer to a request that changes nothing the second time, so that it may be asked again."""
        import httpx

        for tries in range(1, TRIES + 1):
            try:
                found = request()
            except httpx.TransportError as error:
                if tries == TRIES or isinstance(error, httpx.ConnectError | httpx.UnsupportedProtocol):
                    raise self._away(error) from error
                time.sleep(0.2 * 2**tries)
                continue
            if found.status_code == 200:
                return found
            if found.status_code not in (429, 503) or tries == TRIES:
                raise self._told(found)
            after = found.headers.get("retry-after", "")
            time.sleep(min(LONGEST_WAIT, float(after) if after.isascii() and after.isdecimal() else 2.0**tries))
        raise AssertionError("unreachable")

    def _away(self, error: Exception) -> RemoteError:
        said = str(error) or type(error).__name__
        return RemoteError(self.url, f"cannot be reached: {said}", "start one with `communique serve`, or check the address")

    def _told(self, found: httpx.Response) -> InputError | RemoteError:
        """What a desk says against a request."""
        try:
            told = found.json()
        except ValueError:
            told = {}
        if not isinstance(told, dict):
            told = {}
        said = str(told.get("detail") or f"answered {found.status_code}")
        if found.status_code == 401:
            hint = f"give token=..., or set {TOKEN_VARIABLE}"
            return RemoteError(self.url, "asks for a token, and this is none of its", hint, status=401)
        if "reason" in told:
            return InputError(str(told.get("source", "")), str(told["reason"]), str(told.get("hint", "")))
        if found.status_code in (400, 404, 413, 422) and told.get("type", "").startswith("urn:communique:"):
            return InputError("the question", said)
        led = found.headers.get("location", "")
        return RemoteError(self.url, said, f"it leads to {led}: give that address" if led else "", status=found.status_code)


def _params(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Values as an address has them: several of one name where there are several."""
    out: dict[str, Any] = {}
    for name, value in asked.items():
        if name in ("type", "status") and isinstance(value, str):
            value = [part.strip() for part in value.split(",") if part.strip()]
        if isinstance(value, dt.date):
            value = day_given(value, name)
        out[name] = str(value).lower() if isinstance(value, bool) else list(value) if isinstance(value, tuple) else value
    return out


def _messages(lines: Iterator[str], last: str) -> Iterator[tuple[str, str, str]]:
    """(kind, id, data) of server-sent events; the kind is "" where only the place moved on."""
    data: list[str] = []
    kind, ident = "", last
    for line in lines:
        if not line:
            yield kind, ident, "\n".join(data)
            kind, data = "", []
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            kind = value
        elif name == "data":
            data.append(value)
        elif name == "id":
            ident = value


def coded_of(told: Mapping[str, Any]) -> CodedReport:
    """A report as ``communique read --json --text`` writes it, as a record again."""
    names = {f.name for f in dataclasses.fields(Report)} - {"notes", "found"}
    report = Report(**{n: told[n] for n in names if n in told}, found=tuple(told.get("found", {}).items()))
    kinds = (("sentences", Sentence), ("events", Event), ("statements", Statement))
    sentences, events, statements = (tuple(rebuilt(kind, one) for one in told[name]) for name, kind in kinds)
    return CodedReport(report, sentences, events, statements, tuple(told["contexts"]), tuple(told["notes"]))


def rebuilt(kind: Any, value: Any) -> Any:
    """`value`, as JSON has it, as the record of type `kind` that it was made of. What a newer desk adds is left out."""
    if value is None or kind is Any:
        return value
    if dataclasses.is_dataclass(kind):
        make: Any = kind
        hints = _hints(make)
        return make(**{name: rebuilt(hints[name], value[name]) for name in hints if name in value})
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return rebuilt(next(a for a in arguments if a is not type(None)), value)
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return tuple(rebuilt(arguments[0], one) for one in value)
        return tuple(rebuilt(a, one) for a, one in zip(arguments, value, strict=True))
    return float(value) if kind is float else value


@lru_cache(maxsize=64)
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
