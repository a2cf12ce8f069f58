"""How fast web archives are read: records a second from a synthetic WARC in CC-NEWS's layout.

``python benchmarks/warc.py [PAGES] [--store N]`` writes an archive of PAGES pages (2,000 unless said) in a temporary folder, made
of sentences written for the project, with the markup of a news page around them (about 80 KB each) and the request, the redirects
and the pictures that stand between the pages in a real one. It measures on one core, and prints JSON: passing over all records
(what a resumed `communique add` does), making reports (article, date, outlet, byline off each page), and, with --store, N pages
through the reader into a new store, then the same command again. Rates are by seconds of the processor, so that what else runs on
the machine does not count; the store's rate leaves out what loading the weights takes.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import json
import os
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

WHO = ("The foreign ministry of Norway", "The government in Helsinki", "Sweden's coast guard", "The prime minister of Estonia",
       "Officials in Riga", "The navy of Denmark", "Poland's defence minister", "A court in Vilnius")  # fmt: skip
DID = ("accused the owners of a trawler of cutting a cable", "denied that a patrol had entered foreign waters",
       "offered divers and two ships for the search", "summoned the ambassador over the incident",
       "signed an agreement on the protection of pipelines", "expelled two diplomats", "sent a patrol boat to the strait",
       "called for talks on the fishing grounds")  # fmt: skip
WHEN = ("on Monday", "late on Tuesday", "on Wednesday", "after a meeting on Thursday", "on Friday morning", "over the weekend")
MORE = ("No one was hurt.", "The water there is ninety metres deep, and the weather was bad.", "An inquiry has begun.",
        "Neither side gave details.", "The embassy did not answer a request for comment.", "The harbour is closed in winter.",
        "Insurers put the damage at four million euros.", "The cable is twelve years old and carries a third of the traffic.",
        "Repairs of this kind take two to three weeks.", "The two ports lie forty miles apart.")  # fmt: skip


def _page(n: int, chance: random.Random) -> bytes:
    def sentence() -> str:
        return f"{chance.choice(WHO)} {chance.choice(DID)} {chance.choice(WHEN)}. {chance.choice(MORE)}"

    title = f"{chance.choice(WHO)} {chance.choice(DID)}"
    story = "".join(f"<p>{sentence()} {chance.choice(MORE)}</p>\n" for _ in range(chance.randint(5, 10)))
    menu = "".join(
        f'<li class="menu-item nav__item--{k}"><a href="/section/{k}" data-track="nav-{k}">Section {k}</a></li>'
        for k in range(120)
    )
    related = "".join(
        f'<div class="card"><a href="/{n}-{k}"><img src="/i/{k}.jpg" alt=""><h3>{chance.choice(WHO)} again</h3></a></div>'
        for k in range(60)
    )
    script = "window.__STATE__=" + json.dumps({f"k{k}": chance.random() for k in range(1200)})
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} | The Fjord</title>'
        '<meta property="og:site_name" content="The Fjord">'
        '<meta property="article:published_time" content="2024-04-10T08:00:00+02:00">'
        f'<meta name="author" content="A. Writer"><script>{script}</script></head><body><header><ul>{menu}</ul></header>'
        f'<main><article><h1>{title}</h1><p class="byline">By A. Writer</p>{story}</article><aside>{related}</aside></main>'
        f"<footer><ul>{menu}</ul></footer></body></html>"
    ).encode()


def _record(kind: str, uri: str, block: bytes, n: int, mime: str, digest: str = "") -> bytes:
    lines = ["WARC/1.0", f"WARC-Type: {kind}", f"WARC-Record-ID: <urn:uuid:{n:032x}>", f"Content-Length: {len(block)}",
             "WARC-Date: 2024-04-11T06:30:00Z", f"WARC-Target-URI: {uri}", f"Content-Type: {mime}"]  # fmt: skip
    lines += [f"WARC-Payload-Digest: {digest}"] if digest else []
    return gzip.compress("\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n", 6)


def _response(uri: str, body: bytes, n: int, status: str, mime: str) -> bytes:
    digest = "sha1:" + base64.b32encode(hashlib.sha1(body).digest()).decode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: {mime}\r\nX-Crawler-Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    return _record("response", uri, head.encode() + body, n, "application/http; msgtype=response", digest)


def write(path: Path, pages: int) -> int:
    """Writes the archive; how many records it has."""
    chance = random.Random(7)
    records = 0

    def number() -> int:
        nonlocal records
        records += 1
        return records

    with path.open("wb") as out:
        for n in range(pages):
            uri = f"https://fjord.example/news/{n}"
            ask = f"GET /news/{n} HTTP/1.1\r\nHost: fjord.example\r\n\r\n".encode()
            out.write(_record("request", uri, ask, number(), "application/http; msgtype=request"))
            if n % 10 == 3:
                out.write(_response(uri + "-old", b"", number(), "301 Moved Permanently", "text/html"))
            if n % 10 == 7:
                out.write(_response(uri + ".jpg", b"\xff\xd8" + bytes(2000), number(), "200 OK", "image/jpeg"))
            out.write(_response(uri, _page(n, chance), number(), "200 OK", "text/html; charset=utf-8"))
    return records


def timed(work: Iterator[object]) -> tuple[int, float]:
    """How many came, in how many seconds of the processor."""
    began = time.process_time()
    count = sum(1 for _ in work)
    return count, time.process_time() - began


def measure(pages: int, stored: int) -> dict[str, object]:
    from communique.errors import InputError
    from communique.gather.inputs import Inputs, Ways, read_inputs

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "CC-NEWS-synthetic.warc.gz"
        records = write(path, pages)
        timed(iter(list(read_inputs([path]))[:1]))  # imports and tables are loaded once
        with Inputs([path], Ways()) as inputs:
            passed, quick = timed(inputs.sources[0].pieces())
        bad = 0

        def made() -> Iterator[object]:
            nonlocal bad
            for one in read_inputs([path]):
                bad += isinstance(one, InputError)
                yield one

        reports, slow = timed(made())
        out: dict[str, object] = {
            "pages": pages, "records": records, "megabytes": round(path.stat().st_size / 1e6, 1),
            "records a second, passed over": round(records / quick), "pages a second, passed over": round(passed / quick),
            "pages a second, to reports": round(reports / slow, 1), "set aside": bad,
        }  # fmt: skip
        if stored:
            out |= _stored(Path(folder), stored)
    return out


def _stored(folder: Path, pages: int) -> dict[str, object]:
    """Through the command itself, the weights included; then once more."""
    from click.testing import CliRunner

    from communique.cli import main as command

    out: dict[str, object] = {}
    for name, size, what in (("one", 1, ""), ("few", pages, "to stored records"), ("few", pages, "again")):
        path, store = folder / f"{name}.warc.gz", folder / f"{name}.db"
        if what != "again":
            write(path, size)
        began = time.process_time()
        result = CliRunner().invoke(command, ["add", str(path), "--store", str(store), "--threads", "1", "--json"])
        took = time.process_time() - began
        counts = json.loads(result.stdout.splitlines()[-1])
        if not what:
            loading = took
        elif what != "again":
            out[f"pages a second, {what}"] = round((counts["new"] - 1) / (took - loading), 1)
        else:
            out |= {"seconds, the same command again": round(took, 2), "unchanged": counts["unchanged"]}
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description="Records a second from a synthetic WARC.")
    parser.add_argument("pages", nargs="?", type=int, default=2000)
    parser.add_argument("--store", type=int, default=0, metavar="N", help="also N pages through the reader into a store")
    given = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print(json.dumps(measure(given.pages, given.store), indent=2))


if __name__ == "__main__":
    main()
