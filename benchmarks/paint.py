"""First paint of the desk's pages in Chromium: ``python benchmarks/paint.py URL [PATH ...]`` (needs playwright and a Chromium).

URL is a desk that runs (`communique serve`). Each page is opened `--runs` times in a browser that has nothing cached; printed
are, in ms after the address was asked for, the first byte's arrival and the first contentful paint, least and median. Without
PATHs it takes the pages that need no further word, and one dyad, country, person, incident and claim that the desk's lists name.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PLAIN = (
    "/", "/dyads", "/countries", "/persons", "/incidents", "/statements", "/claims", "/map", "/network", "/search", "/review",
)  # fmt: skip
LISTS = {"/dyads": "/dyad?", "/countries": "/country/", "/persons": "/person", "/incidents": "/incident/", "/claims": "/claim/"}
"""Lists, and how the addresses begin that they lead to."""
AIM = 400
TIMES = """() => {
  const page = performance.getEntriesByType('navigation')[0];
  const paint = performance.getEntriesByType('paint').find(one => one.name === 'first-contentful-paint');
  return [page.responseStart, paint ? paint.startTime : null];
}"""


def followed(page: Any, base: str) -> list[str]:
    """The first address of each kind that the lists lead to."""
    out = []
    for path, start in LISTS.items():
        page.goto(base + path)
        hrefs = page.eval_on_selector_all("main a[href]", "links => links.map(link => link.getAttribute('href'))")
        out += [href for href in hrefs if href.startswith(start) and not href.startswith(path)][:1]
    return out


def times(browser: Any, address: str, runs: int) -> tuple[list[float], list[float]]:
    first, paint = [], []
    for _ in range(runs):
        context = browser.new_context()
        page = context.new_page()
        page.goto(address, wait_until="load")
        page.wait_for_timeout(400)
        byte, painted = page.evaluate(TIMES)
        first.append(byte)
        paint.append(painted if painted is not None else float("inf"))
        context.close()
    return first, paint


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("paths", nargs="*")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--chromium", type=Path, default=Path("/usr/bin/chromium"))
    args = parser.parse_args(arguments)
    from playwright.sync_api import sync_playwright

    base, slow = args.url.rstrip("/"), 0
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(args.chromium), args=["--no-sandbox"])
        page = browser.new_page()
        for path in args.paths or [*PLAIN, *followed(page, base)]:
            first, paint = times(browser, base + path, args.runs)
            slow += statistics.median(paint) > AIM
            print(
                f"{path[:60]:60} first byte {statistics.median(first):5.0f}  "
                f"paint {min(paint):5.0f}, median {statistics.median(paint):5.0f}", flush=True,
            )  # fmt: skip
        browser.close()
    print(f"{slow} pages with a median above {AIM} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
