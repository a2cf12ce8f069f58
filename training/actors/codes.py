"""Builds ``data/actors/codes.tsv``: what Wikidata and FollowTheMoney call the countries of countries.tsv.

``python training/actors/codes.py`` needs rigour (``pip install rigour``; MIT), whose territories it reads; it was built
with 2.6.1.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rigour._core import territories_jsonl  # type: ignore[import-not-found]

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "src"))

from communique.settings import read_table  # noqa: E402

TABLE = ROOT / "src/communique/data/actors/codes.tsv"
SUCCESSORS = {"suhh": "RUS", "yucs": "SRB", "csxx": "SRB", "cshh": "CZE", "dd": "DEU", "ddde": "DEU", "tpt": "TLS", "zr": "COD"}
"""Former states, and whose officials theirs are counted as."""
OWN = {"eu": "EUR", "xk": "KOS", "un": "UNO"}
BODIES = {"UNO": ("Q1065",), "EUR": ("Q458",), "IGO": ()}
HEAD = (
    "# What other sources call a country: Wikidata items and FollowTheMoney codes, several parted by \";\". Built by "
    "training/actors/codes.py from rigour (MIT).\n"
)


def main() -> None:
    known = {row["code"] for row in read_table("actors/countries.tsv")}
    letters = {row["letters"].lower(): row["code"] for row in read_table("actors/flags.tsv")}
    items: dict[str, list[str]] = {code: list(BODIES.get(code, ())) for code in sorted(known)}
    codes: dict[str, list[str]] = {code: [] for code in sorted(known)}
    for line in territories_jsonl().splitlines():
        row = json.loads(line)
        code = row["code"]
        found = SUCCESSORS.get(code) or OWN.get(code) or letters.get(code) or row.get("alpha3", "")
        if found not in known or "-" in code:
            continue
        for value in (row.get("qid"), *row.get("other_qids", ())):
            if value and value not in items[found]:
                items[found].append(value)
        codes[found] += [c for c in (code, *row.get("other_codes", ())) if c not in codes[found]]
    lines = ["code\twikidata\tftm"]
    lines += [f"{code}\t{';'.join(items[code])}\t{';'.join(codes[code])}" for code in sorted(known) if items[code] or codes[code]]
    TABLE.write_text(HEAD + "\n".join(lines) + "\n", "utf-8")
    print(len(lines) - 1, "countries of", len(known))


if __name__ == "__main__":
    main()
