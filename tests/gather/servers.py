"""Real servers on loopback that behave as strangers' do: slow, endless, lying, broken. Shared by the tests of `gather`.

::

    with Server() as server:
        server.at("/story", page("Words"))                       # the same answer each time
        server.at("/busy", Reply(503), page("Words"))            # then the next, the last one for good
        server.at("/slow", drip(b"x", times=50, pause=0.1))      # what writes to the connection itself
        server.url("/story"); server.asked("/story"); server.headers("/story")
"""

from __future__ import annotations

import contextlib
import gzip
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Reply:
    """One answer. Headers given here go before those that would be written by themselves; "" leaves one out."""

    status: int = 200
    body: bytes = b""
    type: str = HTML
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(self, handler: Handler) -> None:
        headers = {"Content-Type": self.type, "Content-Length": str(len(self.body)), **self.headers}
        handler.send_response(self.status)
        for name, value in headers.items():
            if value:
                handler.send_header(name, value)
        handler.end_headers()
        if self.status not in (204, 304):
            handler.wfile.write(self.body)
        if not headers["Content-Length"]:
            handler.close_connection = True


Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers by the table of its `Server`; notes what was asked, with its headers and when."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else a body waits 40 ms for the receipt of its head
    server: _Threads

    def do_GET(self) -> None:
        owner = self.server.owner
        with owner.lock:
            owner.requests.append((self.path, dict(self.headers.items()), time.monotonic(), self.client_address[1]))
            answers = owner.answers.get(self.path) or owner.answers.get(self.path.partition("?")[0]) or owner.missing
            answer = answers[0] if len(answers) == 1 else answers.pop(0)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError, ssl.SSLError):
            answer(self)

    def log_message(self, format: str, *args: Any) -> None:
        return


class _Threads(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    owner: Server

    def handle_error(self, request: Any, client_address: Any) -> None:
        return


class _Threads6(_Threads):
    address_family = socket.AF_INET6


class Server:
    """A server on a port of its own. ``/robots.txt`` is missing unless a test gives one."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        self.lock = threading.Lock()
        self.requests: list[tuple[str, dict[str, str], float, int]] = []
        self.answers: dict[str, list[Answer]] = {}
        self.missing: list[Answer] = [Reply(404, b"no such page")]
        self._server = (_Threads6 if ":" in host else _Threads)((host, 0), Handler)
        self._server.owner = self
        self.host, self.port = host, int(self._server.server_address[1])
        self.scheme = "https" if tls else "http"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def at(self, path: str, *answers: Answer) -> str:
        """Answers `path` so, one after the other and the last for good; returns its address."""
        with self.lock:
            self.answers[path] = list(answers)
        return self.url(path)

    def url(self, path: str = "/", host: str = "") -> str:
        host = host or (f"[{self.host}]" if ":" in self.host else self.host)
        return f"{self.scheme}://{host}:{self.port}{path}"

    def asked(self, path: str = "") -> int:
        """How often `path`, or anything but robots.txt, was asked for."""
        with self.lock:
            return sum(one[0] == path if path else one[0] != "/robots.txt" for one in self.requests)

    def headers(self, path: str) -> dict[str, str]:
        """The headers with which `path` was asked for last."""
        with self.lock:
            return next(one[1] for one in reversed(self.requests) if one[0] == path)

    def times(self, path: str = "") -> list[float]:
        """When `path`, or anything but robots.txt, was asked for: `time.monotonic`."""
        with self.lock:
            return [one[2] for one in self.requests if (one[0] == path if path else one[0] != "/robots.txt")]

    def connections(self) -> int:
        """How many connections were used."""
        with self.lock:
            return len({one[3] for one in self.requests})


def page(words: str, *, title: str = "A page", type: str = HTML, **headers: str) -> Reply:
    """A page of HTML with an article of `words`."""
    body = f"<!doctype html><html><head><title>{title}</title></head><body><article><p>{words}</p></article></body></html>"
    return Reply(200, body.encode(), type, {name.replace("_", "-"): value for name, value in headers.items()})


def rss(*links: str, title: str = "Desk", **headers: str) -> Reply:
    """A feed of RSS with an item for each link."""
    items = "".join(f"<item><title>Item {n}</title><link>{link}</link></item>" for n, link in enumerate(links, 1))
    body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>{items}</channel></rss>'
    return Reply(200, body.encode(), "application/rss+xml", {name.replace("_", "-"): value for name, value in headers.items()})


def unless_changed(reply: Reply, etag: str) -> Answer:
    """`reply` with an ETag; 304 to who has it already."""

    def answer(handler: Handler) -> None:
        if handler.headers.get("If-None-Match") == etag:
            Reply(304, headers={"ETag": etag, "Content-Length": ""})(handler)
        else:
            Reply(reply.status, reply.body, reply.type, {**reply.headers, "ETag": etag})(handler)

    return answer


def redirect(to: str, status: int = 302) -> Reply:
    return Reply(status, b"", headers={"Location": to})


def drip(body: bytes, *, times: int, pause: float, header: bool = True) -> Answer:
    """`body` again and again, with a pause before each: never long enough for a timeout, for ever in all."""

    def answer(handler: Handler) -> None:
        if header:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n")
        else:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        handler.close_connection = True
        for _ in range(times):
            time.sleep(pause)
            handler.wfile.write(body)
            handler.wfile.flush()

    return answer


def endless(piece: bytes = b"<p>more words</p>" * 500) -> Answer:
    """A page without an end, as fast as the connection takes it."""

    def answer(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n")
        handler.close_connection = True
        while True:
            handler.wfile.write(piece)

    return answer


def bomb(size: int = 200_000_000, type: str = HTML) -> Reply:
    """`size` zero bytes, which gzip packs to a thousandth."""
    return Reply(200, packed(size), type, {"Content-Encoding": "gzip"})


def packed(size: int) -> bytes:
    """`size` zero bytes as gzip, made piece by piece."""
    import zlib

    engine = zlib.compressobj(9, zlib.DEFLATED, 31)
    out = [engine.compress(bytes(1_000_000)) for _ in range(size // 1_000_000)]
    return b"".join([*out, engine.flush()])


def raw(data: bytes, *, then_wait: float = 0.0) -> Answer:
    """These very bytes, and the end of the connection."""

    def answer(handler: Handler) -> None:
        handler.close_connection = True
        handler.wfile.write(data)
        handler.wfile.flush()
        time.sleep(then_wait)

    return answer


def silent(seconds: float) -> Answer:
    """Nothing at all for a while."""
    return raw(b"", then_wait=seconds)


def zipped(reply: Reply) -> Reply:
    """`reply` with its body packed as gzip."""
    return Reply(reply.status, gzip.compress(reply.body), reply.type, {**reply.headers, "Content-Encoding": "gzip"})


def certificate(folder: Path, name: str = "localhost") -> tuple[ssl.SSLContext, Path]:
    """(a server's context, its own certificate as a file) for a name that nobody vouches for; made by openssl."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-keyout", str(key), "-out", str(cert),
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context, cert


def names(**known: str | Sequence[str]) -> Callable[[str, int], Sequence[str]]:
    """A resolver that knows these names (``_`` for a dot) and numbers, and fails for others as the system's does."""

    def resolve(host: str, port: int) -> Sequence[str]:
        found = known.get(host.replace(".", "_"))
        if found is None:
            if host.replace(".", "").isdigit():
                return [host]
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [found] if isinstance(found, str) else found

    return resolve


@contextlib.contextmanager
def closed_port() -> Iterator[str]:
    """The address of a port that takes no connection."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{free.getsockname()[1]}/"
