"""How the watcher shows what it does."""

from __future__ import annotations

import io

from rich.console import Console

from communique.gather.watch.happenings import Happened, Tally
from communique.views.watching import SHOWN, Board, line, summary

NOW = 1_790_000_000.0
EVIL = "Title\x1b[31m\n\u202eevil"


def drawn(tally: Tally, *, width: int = 140, height: int = 30, encoding: str = "utf-8") -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    console = Console(file=stream, width=width, height=height, force_terminal=False, highlight=False, emoji=False, markup=False)
    console.print(Board(console, "news.db").draw(tally, NOW + 3700))
    stream.flush()
    return stream.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]


def tally() -> Tally:
    made = Tally(NOW, sources=2)
    made.add(Happened("asked", NOW, "a.example", "https://a.example/rss", found=2))
    made.add(Happened("new", NOW, "a.example", "https://a.example/1", title=EVIL))
    made.add(Happened("copy", NOW, "a.example", "https://a.example/2"))
    made.add(Happened("later", NOW, "b.example", "https://b.example/3", reason=f"timeout: {EVIL}", due=NOW + 600))
    made.add(Happened("unasked", NOW, "c.example", "https://c.example/rss", reason="dns: no such host", due=NOW + 1800))
    made.waiting, made.due = 1, NOW + 3700 + 90
    return made


def test_the_table_shows_each_host_and_why_it_failed() -> None:
    text = drawn(tally())
    head, _, first, *rest = text.splitlines()
    assert head.startswith("news.db: 2 sources · 1 new, 1 copy, 1 failed, 1 to be tried again · 1 waiting · next in 1m 30s")
    assert head.rstrip().endswith("since 1h 1m")
    assert first.split() == ["a.example", "1", "2", "1", "1", "0"]
    assert "timeout: Title" in rest[0] + rest[1] and "dns: no such host" in rest[0] + rest[1]
    assert "\x1b" not in text and "\u202e" not in text


def test_the_table_fits_the_terminal() -> None:
    made = tally()
    for n in range(90):
        made.add(Happened("new", NOW, f"host-{n}.example"))
    lines = drawn(made).splitlines()
    assert len(lines) <= SHOWN + 3 and "hosts more" in lines[-1]
    assert len(drawn(made, height=10).splitlines()) <= 10
    assert drawn(made, encoding="ascii")


def test_a_line_says_what_happened_and_steers_no_terminal() -> None:
    first = line(Happened("new", NOW, url="https://a.example/1", title=EVIL))
    assert first.startswith("14:13:20 new         https://a.example/1 · Title")
    for what in ("new", "later", "trouble", "asked"):
        text = line(Happened(what, NOW, EVIL, EVIL, EVIL, EVIL, reason=EVIL))
        assert "\x1b" not in text and "\n" not in text and "\u202e" not in text
    late = line(Happened("later", NOW, url="u", reason="timeout: slow", due=NOW + 86_400))
    assert late == "14:13:20 again later u · timeout: slow; again at 2026-09-22 14:13"
    assert line(Happened("asked", NOW, url="u", found=1)).endswith("u · 1 new address")
    assert line(Happened("asked", NOW, url="u")).endswith("u · nothing new")


def test_the_summary_names_what_there_was() -> None:
    assert summary(tally().whole) == "1 new, 1 copy, 1 failed, 1 to be tried again" and summary(Tally().whole) == "nothing new"
