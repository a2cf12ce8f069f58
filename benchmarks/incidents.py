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
import itertools
import pickle
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
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


def pairs(groups: Iterable[Iterable[Ref]]) -> Pairs:
    return {pair for group in groups for pair in itertools.combinations(sorted(group), 2)}


def figures(gold: Pairs, found: Pairs) -> tuple[float, float]:
    """Precision and recall."""
    right = len(gold & found)
    return right / len(found) if found else 1.0, right / len(gold) if gold else 1.0


def across(given: Pairs) -> Pairs:
    return {(a, b) for a, b in given if a[0] != b[0]}


def score(records: Sequence[dict[str, Any]], coded: Sequence[CodedReport], part: int) -> dict[str, float]:
    """Precision and recall of one half's pairs that stand in two reports, and the share of annotated events that were read."""
    chosen = [(r, c) for r, c in zip(records, coded, strict=True) if half(r) == part]
    keys = {ref: key for record, one in chosen for ref, key in annotated(record, one).items()}
    by_key: dict[str, list[Ref]] = defaultdict(list)
    for ref, key in keys.items():
        by_key[key].append(ref)
    found = incidents(t for record, one in chosen for t in tellings(record, one))
    told = pairs([ref for ref in i.tellings if ref in keys] for i in found)
    precision, recall = figures(across(pairs(by_key.values())), across(told))
    return {"precision": precision, "recall": recall, "read": len(keys) / sum(len(r["incidents"]) for r, _ in chosen)}


def measure(records: Sequence[dict[str, Any]], coded: Sequence[CodedReport], part: int) -> list[str]:
    """Prints the figures of one half; returns what is wrong there."""
    chosen = [(r, c) for r, c in zip(records, coded, strict=True) if half(r) == part]
    keys: dict[Ref, str] = {}
    for record, one in chosen:
        keys |= annotated(record, one)
    found = incidents(t for record, one in chosen for t in tellings(record, one))
    by_key: dict[str, list[Ref]] = defaultdict(list)
    for ref, key in keys.items():
        by_key[key].append(ref)
    gold_pairs = pairs(by_key.values())
    found_pairs = pairs([ref for ref in i.tellings if ref in keys] for i in found)
    total = sum(len(r["incidents"]) for r, _ in chosen)
    for name, gold, own in (("all", gold_pairs, found_pairs), ("across", across(gold_pairs), across(found_pairs))):
        precision, recall = figures(gold, own)
        print(f"incidents, half {part}, {name}: {len(gold)} pairs, precision {precision:.3f}, recall {recall:.3f}")
    stories_of = {r["story"]: bool(r["near"]) for r, _ in chosen}
    near = sum(stories_of.values())
    confused = sum(keys[a].split(":")[0] != keys[b].split(":")[0] for a, b in found_pairs - gold_pairs)
    print(f"  {len(chosen)} reports, {len(stories_of) - near} stories, {near} near misses; read {len(keys)} of {total}; "
          f"confused {confused}")  # fmt: skip
    return wrong(found, by_key, keys, {c.report.key: c for _, c in chosen})


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
