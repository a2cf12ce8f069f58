"""How many states have which offices in ``data/actors/people.tsv``, and until when: ``python training/actors/coverage.py``."""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "src"))

from communique.settings import read_table

OFFICES = {
    "head of state": ("President", "King", "Queen", "Emir", "Sultan", "Supreme Leader"),
    "head of government": ("Prime Minister", "Chancellor", "Premier", "Taoiseach"),
    "foreign minister": ("Foreign Minister", "Foreign Secretary", "Secretary of State"),
    "defence minister": (
        "Defense Minister", "Defence Minister", "Defence Secretary", "Defense Secretary", "Secretary of Defense",
    ),
    "ambassador to the UN": ("Ambassador to the United Nations",),
    "spokesperson": (),
}  # fmt: skip
YEARS, LONG = range(1990, 2026), 30


def main() -> None:
    terms: dict[str, dict[str, list[tuple[str, str]]]] = {office: defaultdict(list) for office in OFFICES}
    for row in read_table("actors/people.tsv"):
        if row["source"] not in ("prominent", "factbook") or not (row["since"] or row["until"]):
            continue
        speaks = "spokes" in row["office"].lower() or "press secretary" in row["office"].lower()
        for office, names in OFFICES.items():
            if row["office"] in names or (office == "spokesperson" and speaks):
                terms[office][row["country"]].append((row["since"] or "", row["until"] or "9999"))
    print(f"office\tstates\twith a holder to this day\twith one on 1 July of {LONG} or more years of {YEARS[0]} to {YEARS[-1]}")
    for office, held in terms.items():
        today = sum(any(until == "9999" for _, until in spans) for spans in held.values())
        long = sum(sum(any(a <= f"{y}-07-01" <= b for a, b in spans) for y in YEARS) >= LONG for spans in held.values())
        print(f"{office}\t{len(held)}\t{today}\t{long}")


if __name__ == "__main__":
    main()
