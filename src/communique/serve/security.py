"""The guard before every page and answer: which host, who, how often, how large, and whether a page of ours sent it.

It stands outside the application and sees requests before any of it. In this order:

1. the Host header must name this desk (a stranger's page could else lead a browser here under its own name, by its DNS);
2. what writes must not come from another site (Origin, Sec-Fetch-Site);
3. where there are tokens, one must be shown, as ``Authorization: Bearer`` or by a session's cookie;
4. requests are counted by token;
5. a body must come in time and within its bound;
6. what writes from a page must carry the page's own mark (`csrf_token`), as a field ``csrf`` or a header ``X-CSRF-Token``.

Every answer gets `HEADERS`.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import math
import secrets
import time
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from communique.serve.limits import limiter
from communique.serve.problems import API, Problem, wants_page
from communique.serve.settings import Settings
from communique.serve.tokens import SESSION, Token

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"
)
"""What a page may load: this desk's own files. No script or style stands in a page itself."""

HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": a browser would then say Origin: null of the desk's own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

SIGN_IN = "/sign-in"
OPEN = (SIGN_IN, "/static/")
"""What may be seen without a token."""

SESSION_COOKIE = "communique_session"
CSRF_COOKIE = "communique_csrf"
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf"

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
SLOWEST = 30.0
"""Seconds in which a request's body must be here."""

FORM = "application/x-www-form-urlencoded"
FIELDS = 200
"""Fields of a form that are looked through; the desk's own have some ten."""


class Gate:
    """Where tokens are shown: wrong ones are counted by address."""

    def __init__(self, settings: Settings) -> None:
        self.tokens = settings.tokens
        self.failures = limiter(settings.counts, "failures", settings.attempts, settings.attempts)

    def shown(self, given: str, address: str) -> Token:
        """The token that somebody shows. Raises `Problem` for a wrong one, and for many wrong ones from one address.

        A right one is let in however many wrong ones came from where it comes from: several may share an address.
        """
        token = self.tokens.check(given)
        if token is None:
            if wait := self.failures.take(address):
                raise _later("too many wrong tokens came from this address", wait)
            raise Problem("token-required", "the token is not one of this desk's",
                          headers={"WWW-Authenticate": 'Bearer realm="communique", error="invalid_token"'})  # fmt: skip
        return token


class Guard:
    """Wraps an application; `settings` say what it lets through."""

    def __init__(self, app: ASGIApp, settings: Settings, gate: Gate) -> None:
        self.app, self.settings, self.gate = app, settings, gate
        self.secret = settings.secret
        self.rates = limiter(settings.counts, "rates", settings.rate, settings.rate // 4) if settings.rate else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        cookies = _cookies(headers)
        seed = cookies.get(CSRF_COOKIE, "")
        fresh = "" if _is_seed(seed) else secrets.token_urlsafe(24)
        state = scope.setdefault("state", {})
        state["csrf"] = self._mark(fresh or seed)
        state["token"] = ""
        sending = self._sender(scope, send, fresh)
        try:
            self._host(headers)
            self._origin(scope, headers)
            token = self._who(scope, headers, cookies)
            state["token"] = token.name if token else ""
            self._count(scope, token)
            receive, body = await self._body(scope, headers, receive)
            self._mine(scope, headers, body, state["csrf"], bool(fresh))
        except Problem as problem:
            await self._refuse(problem, scope, headers)(scope, receive, sending)
            return
        try:
            await self.app(scope, receive, sending)
        except Exception:
            # Here, and not in the application: the answer gets its headers, and a caller learns nothing of the inside.
            logging.getLogger("communique.serve").exception(
                "%s %s failed", scope["method"], scope["path"][:200].encode("ascii", "replace").decode()
            )
            if not state.get("begun"):
                fault = Problem("fault", "this is a fault of the server, whose log says more")
                await self._refuse(fault, scope, headers)(scope, receive, sending)

    def _host(self, headers: Headers) -> None:
        allowed = self.settings.hosts
        name = host_of(headers.get("host", ""))
        if allowed is not None and name not in allowed:
            listed = ", ".join(sorted(allowed))
            raise Problem("host-refused", f"the Host header names {name[:100]!r}, and this desk is {listed}: "
                          "name it with --name where it is reached through a proxy")  # fmt: skip

    def _origin(self, scope: Scope, headers: Headers) -> None:
        """What writes comes from this desk's own pages, or from no browser."""
        if scope["method"] in SAFE:
            return
        site, origin = headers.get("sec-fetch-site", "same-origin"), headers.get("origin")
        own = origin is None or urlsplit(origin).netloc.lower() == headers.get("host", "").lower()
        if site not in ("same-origin", "none") or not own:
            raise Problem("refused", "the request comes from another site's page")

    def _who(self, scope: Scope, headers: Headers, cookies: dict[str, str]) -> Token | None:
        tokens, path = self.settings.tokens, scope["path"]
        if not tokens:
            return None
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self.gate.shown(given.strip(), address_of(scope))
        if (found := tokens.session_of(cookies.get(SESSION_COOKIE, ""), time.time())) is not None:
            return found
        if path == SIGN_IN or path.startswith(OPEN[1]):
            return None
        raise Problem("token-required", "send a token as `Authorization: Bearer ...`, or sign in at " + SIGN_IN,
                      headers={"WWW-Authenticate": 'Bearer realm="communique"'})  # fmt: skip

    def _count(self, scope: Scope, token: Token | None) -> None:
        if token is None or self.rates is None or scope["path"].startswith("/static/"):
            return
        if wait := self.rates.take(token.name):
            raise _later(f"this token may ask {self.settings.rate:,} times a minute", wait)

    async def _body(self, scope: Scope, headers: Headers, receive: Receive) -> tuple[Receive, bytes]:
        """The body, read within its bounds, and what gives it once more to the application."""
        if scope["method"] in SAFE:
            return receive, b""
        most = self.settings.body
        told = headers.get("content-length", "")
        if told.isascii() and told.isdecimal() and int(told[:20]) > most:
            raise _large(most)
        body, more = bytearray(), True
        try:
            async with asyncio.timeout(SLOWEST):
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise Problem("bad-request", "the request broke off")
                    body += message.get("body", b"")
                    more = message.get("more_body", False)
                    if len(body) > most:
                        raise _large(most)
        except TimeoutError as error:
            raise Problem("too-slow", f"the body was not here within {SLOWEST:.0f} seconds") from error
        whole, given = bytes(body), False

        async def again() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": whole, "more_body": False}

        return again, whole

    def _mine(self, scope: Scope, headers: Headers, body: bytes, mark: str, fresh: bool) -> None:
        """What writes from a page carries that page's mark. The API takes no forms, so that no page of others can send to it."""
        if scope["method"] in SAFE or scope["path"].startswith(API):
            return
        given = headers.get(CSRF_HEADER, "")
        if not given and headers.get("content-type", "").partition(";")[0].strip().lower() == FORM:
            try:
                given = parse_qs(body.decode("utf-8", "replace"), max_num_fields=FIELDS).get(CSRF_FIELD, [""])[0]
            except ValueError as error:
                raise Problem("bad-request", f"the form has more than {FIELDS} fields") from error
        if fresh or not hmac.compare_digest(given.encode("utf-8", "replace"), mark.encode()):
            raise Problem("refused", "the form is not from a page of this desk, or is an old one: load the page again")

    def _mark(self, seed: str) -> str:
        return hmac.new(self.secret, seed.encode(), "sha256").hexdigest()

    def _refuse(self, problem: Problem, scope: Scope, headers: Headers) -> ASGIApp:
        """The answer to what is not let through; a browser without a token is led to where it can show one."""
        page = wants_page(scope["path"], headers.get("accept", ""))
        if page and problem.kind == "token-required" and scope["method"] in SAFE:
            path = scope["path"] + ("?" + scope["query_string"].decode("latin-1") if scope["query_string"] else "")
            return RedirectResponse(f"{SIGN_IN}?next={quote(path, safe='')}", 303)
        return problem.response(page=page)

    def _sender(self, scope: Scope, send: Send, fresh: str) -> Send:
        """Sends with `HEADERS`; a first page also gets the seed of its mark."""
        bare = scope["method"] == "HEAD"
        if bare:
            scope["method"] = "GET"  # answered as GET is, without the body

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                scope["state"]["begun"] = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "private, no-cache")
                if fresh and headers.get("content-type", "").startswith("text/html"):
                    headers.append("Set-Cookie", cookie(CSRF_COOKIE, fresh, scope))
            elif bare and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        return sending


def csrf_token(request: Request) -> str:
    """The mark that a page's forms carry, as a field ``csrf`` or a header ``X-CSRF-Token``."""
    return str(request.state.csrf)


def token_name(request: Request) -> str:
    """Whose token was shown; "" on loopback without tokens."""
    return str(request.state.token)


def cookie(name: str, value: str, scope: Scope, age: int | None = None) -> str:
    """A cookie's line: no script reads it, no other site's page sends it, and over HTTPS it goes nowhere else."""
    line = f"{name}={value}; Path=/; HttpOnly; SameSite=Strict"
    line += f"; Max-Age={age}" if age is not None else ""
    return line + ("; Secure" if scope.get("scheme") == "https" else "")


def sign_in(request: Request, settings: Settings, token: Token, onward: str) -> Response:
    """Begins a session of a browser that showed `token`, and leads it `onward`."""
    response = RedirectResponse(inside(onward), 303)
    value = settings.tokens.session(token, time.time())
    response.headers.append("Set-Cookie", cookie(SESSION_COOKIE, value, request.scope, SESSION))
    return response


def inside(path: str) -> str:
    """`path` where it leads to a page of this desk, else the first page: nobody is led elsewhere by a link to the desk."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isascii() and path.isprintable()
    return path if plain and "\\" not in path else "/"


def host_of(header: str) -> str:
    """The name in a Host header, in small letters, without the port."""
    name, colon, port = header.rpartition(":")
    return (name if colon and port.isdecimal() else header).strip("[]").lower().rstrip(".")


def address_of(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def _cookies(headers: Headers) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(headers.get("cookie", "")).items()}
    except CookieError:
        return {}


def _is_seed(value: str) -> bool:
    return 20 <= len(value) <= 64 and value.isascii() and value.replace("-", "").replace("_", "").isalnum()


def _later(why: str, wait: float) -> Problem:
    seconds = max(1, math.ceil(wait))
    return Problem("too-many-requests", f"{why}: try again in {seconds} seconds", headers={"Retry-After": str(seconds)})


def _large(most: int) -> Problem:
    return Problem("too-large", f"the request has more than {most:,} bytes, the most that is taken")
