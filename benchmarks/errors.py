"""What the reader gets wrong on the project's development sets, by kind, with the sentences. ``make errors`` runs this."""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from communique.evaluate import gold
from communique.evaluate.matching import iou, pair_up, words_in
from communique.read.reader import Reader

SHARED = Path(__file__).resolve().parents[2] / "shared"
Record = Mapping[str, Any]
Found = dict[str, list[str]]


def _countries(record: Record, role: str) -> str:
    return ",".join(sorted(x.get("country") or "?" for x in record.get(role) or [])) or "-"


def _event_errors(report: Record, coded: Record, found: Found) -> None:
    text = report["text"]
    sentences = [(s["start"], s["end"]) for s in report["sentences"]]

    def sentence(record: Record) -> int:
        return next((i for i, (a, b) in enumerate(sentences) if a <= record["start"] < b), -1)

    def show(record: Record) -> str:
        a, b = sentences[sentence(record)]
        return " ".join(text[a:b].split())[:260]

    wanted, read = list(report["events"]), list(coded["events"])
    pairs = pair_up(wanted, read, lambda g, c: g["type"] == c["type"] and sentence(g) == sentence(c),
                    lambda g, c: sum(_countries(g, r) == _countries(c, r) for r in ("actors", "recipients")))  # fmt: skip
    left = [g for g in wanted if not any(g is p for p, _ in pairs)]
    extra = [c for c in read if not any(c is p for _, p in pairs)]
    wrong = pair_up(left, extra, lambda g, c: g["start"] < c["end"] and c["start"] < g["end"])
    for g, c in wrong:
        found["wrong type"].append(f"{g['type']} read as {c['type']} [{text[g['start'] : g['end']]}] {show(g)}")
    for g in left:
        if not any(g is p for p, _ in wrong):
            found["missed event"].append(f"{g['type']} [{text[g['start'] : g['end']]}] {show(g)}")
    for c in extra:
        if not any(c is p for _, p in wrong):
            found["event too many"].append(f"{c['type']} [{text[c['start'] : c['end']]}] p {c['probability']} {show(c)}")
    for g, c in pairs:
        for role in ("actors", "recipients", "sources"):
            if _countries(g, role) != _countries(c, role):
                found[f"wrong {role}"].append(
                    f"{g['type']} [{text[g['start'] : g['end']]}] {_countries(g, role)} read as {_countries(c, role)} "
                    f"({'; '.join(x['text'] for x in c[role]) or '-'}) {show(g)}"
                )
        for key in ("status", "mode", "date", "historical"):
            if (g.get(key) or "") != (c.get(key) or ""):
                words = text[g["start"] : g["end"]]
                found[f"wrong {key}"].append(f"{g['type']} [{words}] {g.get(key)} read as {c.get(key)}: {show(g)}")


def _statement_errors(report: Record, coded: Record, found: Found) -> None:
    text = report["text"]

    def bag(s: Record) -> frozenset[tuple[int, str]]:
        return words_in(text, [(c["start"], c["end"]) for c in s["content"]])

    def show(s: Record) -> str:
        return " ".join(text[s["content"][0]["start"] : s["content"][-1]["end"]].split())[:160]

    wanted, read = report["statements"], coded["statements"]
    pairs = pair_up(wanted, read, lambda g, c: iou(bag(g), bag(c)) >= 0.5, lambda g, c: iou(bag(g), bag(c)))
    for g in wanted:
        if not any(g is p for p, _ in pairs):
            found["missed statement"].append(f"({g.get('cue')}) {show(g)}")
    for c in read:
        if not any(c is p for _, p in pairs):
            found["statement too many"].append(f"{c['speaker']['text']}: {show(c)}")
    for g, c in pairs:
        a, b = g["speaker"], c["speaker"]
        if gold.speaker_key(g) != gold.speaker_key(c):
            found["wrong speaker"].append(
                f"{a['text']} {a['country']} {a['name']} read as {b['text']} {b['country']} {b['name']}: {show(g)}"
            )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=SHARED / "gold/dev")
    parser.add_argument("--most", type=int, default=15, help="examples a kind")
    args = parser.parse_args()
    reports = gold.load(args.folder)
    coded = gold.code(reports, Reader())
    found: Found = defaultdict(list)
    for report in reports:
        _event_errors(report, coded[report["id"]], found)
        _statement_errors(report, coded[report["id"]], found)
    for kind, count in Counter({k: len(v) for k, v in found.items()}).most_common():
        print(f"\n== {kind}: {count}")
        for row in found[kind][: args.most]:
            print("  ", row)
    return 0


if __name__ == "__main__":
    sys.exit(main())
