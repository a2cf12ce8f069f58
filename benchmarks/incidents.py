"""Incidents on the written stories of benchmarks/stories: pairwise precision and recall, on events as the reader reads them.

``python benchmarks/incidents.py [--half 0|1] [--errors OUT] [--reading FILE]``. A read event is the annotated one whose trigger
it overlaps and whose type it has; pairs of such events are compared, within reports and (the figure that counts) across them.
What the reader does not read, or reads as another type, is in no pair: `read` says how much that is. `confused` counts pairs
put together from two stories, which are near misses of each other: it should be 0.

Stories are parted by a hash of the name of the story, or of the one that it is near to: rules were chosen by looking at errors in
half 0, and half 1 is only measured. ``--reading`` keeps what was read in a file, for the next run.
"""

from __future__ import annotations

import argparse
import hashlib
import pickle
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import stories

import communique
from communique.compare.incidents import incidents
from communique.records import CodedReport, Incident, Telling, codes

Ref = tuple[str, str]
Pairs = set[tuple[Ref, Ref]]


def half(record: dict[str, Any]) -> int:
    """0 or 1."""
    name = record["near"] or record["story"]
    return hashlib.sha256(name.encode()).digest()[-1] % 2


def read(records: Sequence[dict[str, Any]], kept: Path | None) -> list[CodedReport]:
    """The records as the shipped reader reads them; from `kept` where it is there and has the same reports."""
    if kept is not None and kept.exists():
        coded = pickle.loads(kept.read_bytes())
        if [c.report for c in coded] == [stories.report(r) for r in records]:
            return list(coded)
    coded = list(communique.load().pipe(stories.report(r) for r in records))
    if kept is not None:
        kept.write_bytes(pickle.dumps(coded))
    return coded


def annotated(record: dict[str, Any], coded: CodedReport) -> dict[Ref, str]:
    """The incident's key of each event that was read at an annotated trigger with its type."""
    out = {}
    for event in coded.events:
        for told in record["incidents"]:
            start = told["start"]
            if told["type"] == event.type and start < event.end and event.start < start + len(told["trigger"]):
                out[coded.report.key, event.id] = told["key"]
                break
    return out


def tellings(record: dict[str, Any], coded: CodedReport) -> list[Telling]:
    report = coded.report
    return [Telling(e, report.key, report.source, report.published, record["origin"]) for e in coded.events]


def across(given: Pairs) -> Pairs:
    return {(a, b) for a, b in given if a[0] != b[0]}


@dataclass(frozen=True, slots=True)
class Half:
    """One half of the stories: its reports as read, the key of each annotated event that was read, and what was found."""

    chosen: Sequence[tuple[dict[str, Any], CodedReport]]
    keys: dict[Ref, str]
    found: Sequence[Incident]

    @property
    def by_key(self) -> dict[str, list[Ref]]:
        out: dict[str, list[Ref]] = defaultdict(list)
        for ref, key in self.keys.items():
            out[key].append(ref)
        return out

    @property
    def gold_pairs(self) -> Pairs:
        return stories.pairs(self.by_key.values())

    @property
    def found_pairs(self) -> Pairs:
        return stories.pairs([ref for ref in i.tellings if ref in self.keys] for i in self.found)

    @property
    def annotated(self) -> int:
        return sum(len(r["incidents"]) for r, _ in self.chosen)


def half_of(records: Sequence[dict[str, Any]], coded: Sequence[CodedReport], part: int) -> Half:
    chosen = [(r, c) for r, c in zip(records, coded, strict=True) if half(r) == part]
    keys = {ref: key for record, one in chosen for ref, key in annotated(record, one).items()}
    return Half(chosen, keys, incidents(t for record, one in chosen for t in tellings(record, one)))


def score(records: Sequence[dict[str, Any]], coded: Sequence[CodedReport], part: int) -> dict[str, float]:
    """Precision and recall of one half's pairs that stand in two reports, and the share of annotated events that were read."""
    told = half_of(records, coded, part)
    right = stories.figures(across(told.gold_pairs), across(told.found_pairs))
    return {"precision": right["precision"], "recall": right["recall"], "read": len(told.keys) / told.annotated}


def measure(records: Sequence[dict[str, Any]], coded: Sequence[CodedReport], part: int) -> list[str]:
    """Prints the figures of one half; returns what is wrong there."""
    told = half_of(records, coded, part)
    gold, own = told.gold_pairs, told.found_pairs
    for name, keep in (("all", lambda given: given), ("across", across)):
        right = stories.figures(keep(gold), keep(own))
        print(f"incidents, half {part}, {name}: {right['pairs']:.0f} pairs, precision {right['precision']:.3f}, "
              f"recall {right['recall']:.3f}")  # fmt: skip
    near = Counter(bool(r["near"]) for r in {r["story"]: r for r, _ in told.chosen}.values())
    confused = sum(told.keys[a].split(":")[0] != told.keys[b].split(":")[0] for a, b in own - gold)
    print(f"  {len(told.chosen)} reports, {near[False]} stories, {near[True]} near misses; read {len(told.keys)} of "
          f"{told.annotated}; confused {confused}")  # fmt: skip
    return wrong(told.found, told.by_key, told.keys, {c.report.key: c for _, c in told.chosen})


def wrong(
    found: Sequence[Incident], by_key: dict[str, list[Ref]], keys: dict[Ref, str], coded: dict[str, CodedReport]
) -> list[str]:
    """Incidents of several keys, and keys in several incidents, with their tellings."""

    def line(ref: Ref, group: str) -> str:
        e = next(e for e in coded[ref[0]].events if e.id == ref[1])
        who = f"{codes(e.actors)} -> {codes(e.recipients)}"
        return f"  {group} {ref[0]} {e.type}/{e.mode} {e.trigger!r} {who} {e.status} {e.date or '-'} {keys[ref].split(':')[-1]}"

    of = {ref: i.id[:4] for i in found for ref in i.tellings}
    out = []
    for i in found:
        mine = [ref for ref in i.tellings if ref in keys]
        if len({keys[ref] for ref in mine}) > 1:
            out += ["put together:", *(line(ref, i.id[:4]) for ref in mine)]
    for key, refs in by_key.items():
        if len({of[ref] for ref in refs}) > 1:
            out += [f"kept apart: {key}", *(line(ref, of[ref]) for ref in sorted(refs, key=lambda r: of[r]))]
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", type=int, choices=(0, 1), help="only this half")
    parser.add_argument("--errors", type=Path, help="write what is wrong in half 0 to this file")
    parser.add_argument("--reading", type=Path, help="keep what was read in this file")
    args = parser.parse_args()
    records = stories.load()
    coded = read(records, args.reading)
    for part in (0, 1) if args.half is None else (args.half,):
        errors = measure(records, coded, part)
        if args.errors and part == 0:
            args.errors.write_text("\n".join(errors) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
