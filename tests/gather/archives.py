"""Small archives in the exact formats that others write: WARC as CC-NEWS has it, PDF. Texts were written for the project."""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Sequence

SENTENCES = (
    "The defence ministry of Norway accused a foreign trawler of cutting a cable near Vardo on Tuesday.",
    "Its owner, a company in Murmansk, denied the charge and said the ship had been in port that night.",
    "The coast guard of Norway will question the crew before the end of the week, the ministry said.",
    "Finland and Sweden offered to send divers to the place where the cable was cut.",
)


def html(title: str, sentences: Sequence[str] = SENTENCES, *, day: str = "2024-04-10", head: str = "") -> bytes:
    """A page with one article."""
    body = "".join(f"<p>{s}</p>\n" for s in sentences)
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{title}</title>{head}"
        f"<meta property='article:published_time' content='{day}T08:00:00+02:00'>"
        "<meta property='og:site_name' content='The Fjord'></head>"
        f"<body><nav><a href='/'>Home</a></nav><article><h1>{title}</h1>{body}</article></body></html>"
    ).encode()


def _digest(data: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(data).digest()).decode()


def record(kind: str, uri: str, block: bytes, *, n: int = 0, mime: str = "", headers: Sequence[str] = ()) -> bytes:
    """One record of a WARC, not packed."""
    lines = [
        "WARC/1.0", f"WARC-Type: {kind}", f"WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-{n:012d}>",
        f"Content-Length: {len(block)}", "WARC-Date: 2024-04-11T06:30:00Z",
        *([f"WARC-Target-URI: {uri}"] if uri else []), *([f"Content-Type: {mime}"] if mime else []), *headers,
    ]  # fmt: skip
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def response(
    uri: str, body: bytes, *, n: int = 0, status: str = "200 OK", mime: str = "text/html; charset=utf-8",
    http: Sequence[str] = (), digest: str | None = None, headers: Sequence[str] = (),
) -> bytes:  # fmt: skip
    """A response as Common Crawl's news crawler keeps it: unpacked, with the header renamed that said how it was packed."""
    lines = [f"HTTP/1.1 {status}", *([f"Content-Type: {mime}"] if mime else []), "X-Crawler-Content-Encoding: gzip",
             f"Content-Length: {len(body)}", *http]  # fmt: skip
    block = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
    told = (f"WARC-Payload-Digest: {_digest(body) if digest is None else digest}", f"WARC-Block-Digest: {_digest(block)}")
    mime = "application/http; msgtype=response"
    return record("response", uri, block, n=n, mime=mime, headers=(*told, "WARC-IP-Address: 192.0.2.1", *headers))


def request(uri: str, n: int) -> bytes:
    block = f"GET / HTTP/1.1\r\nHost: {uri.split('/')[2]}\r\n\r\n".encode()
    return record("request", uri, block, n=n, mime="application/http; msgtype=request")


def info() -> bytes:
    block = b"software: demo crawler\r\nformat: WARC File Format 1.0\r\n"
    return record("warcinfo", "", block, mime="application/warc-fields", headers=("WARC-Filename: CC-NEWS-20240411.warc.gz",))


def packed(records: Sequence[bytes]) -> bytes:
    """Each record packed on its own, as a ``.warc.gz`` is."""
    return b"".join(gzip.compress(one, mtime=0) for one in records)


def warc(pages: Sequence[tuple[str, bytes]]) -> bytes:
    """An archive of pages, with a request before each."""
    out = [info()]
    for n, (uri, body) in enumerate(pages):
        out += [request(uri, 2 * n + 1), response(uri, body, n=2 * n + 2)]
    return packed(out)


def pdf(pages: Sequence[Sequence[str]], *, title: str = "") -> bytes:
    """A PDF with a text layer: each page's lines in Helvetica, from the top; without lines a page is a picture's place."""
    objects: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica "
                            b"/Encoding /WinAnsiEncoding >>"]  # fmt: skip
    kids = []
    for lines in pages:
        shown = b"".join(b"(" + _escaped(line) + b") Tj 0 -14 Td\n" for line in lines)
        stream = b"BT /F1 11 Tf 72 760 Td\n" + shown + b"ET" if lines else b"0 0 100 100 re f"
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        content = len(objects)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R /Resources << /Font << /F1 3 0 R >> >> >>"
            % content
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    objects.append(b"<< /Title (" + _escaped(title) + b") >>")
    out, places = b"%PDF-1.4\n", []
    for n, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (n, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    numbers = (len(objects) + 1, len(objects), len(out))
    end = b"trailer << /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % numbers
    return out + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table) + end


def _escaped(line: str) -> bytes:
    return line.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
