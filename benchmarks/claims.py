"""Claims on the written stories of benchmarks/stories-claims: which there are, and who asserts and who denies each.

``python benchmarks/claims.py [--half 0|1] [--errors] [--reading FILE]``. Each half is measured twice: on the events that are
annotated (`given`), which measures the rules of comparing alone, and on the events that the reader reads at the annotated words
with the annotated type (`read`). Half 0 holds the stories with an even number, whose errors may be looked at; half 1 is only
measured. `sides` are (claim, party, stance); a claim that is not found misses all of its sides. `contested` is the share of the
claims for which it is right whether sides stand against each other.
"""

from __future__ import annotations

import argparse
import pickle
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import stories

import communique
from communique.compare.claims import claims
from communique.compare.sides import Saying, party_key
from communique.ontology import event_types
from communique.read.sentences import split
from communique.records import Claim, CodedReport, Entity, Event, Report, Telling

FOLDER = Path(__file__).resolve().parent / "stories-claims"
STATUSES = ("actual", "claimed", "denied")
Ref = tuple[str, str]
Stance = tuple[str, str, str]


@dataclass(frozen=True)
class Told:
    """An annotated event: where it stands, what it is, and the key of its claim, "" where it is part of none."""

    event: Event
    key: str


@dataclass(frozen=True)
class Gold:
    """A claim as annotated, the parties as `party_key` writes them."""

    key: str
    type: str
    asserts: frozenset[str]
    denies: frozenset[str]

    @property
    def contested(self) -> bool:
        return bool(self.asserts and self.denies and len(self.asserts | self.denies) > 1)

    @property
    def stances(self) -> set[Stance]:
        return {(self.key, p, "asserts") for p in self.asserts} | {(self.key, p, "denies") for p in self.denies}


@dataclass
class Story:
    """A story: its reports with what is annotated in them, and its claims."""

    name: str
    reports: list[tuple[Report, list[Told]]] = field(default_factory=list)
    claims: list[Gold] = field(default_factory=list)

    @property
    def half(self) -> int:
        return int(self.name.split(" ")[0]) % 2


def load(folder: Path = FOLDER) -> list[Story]:
    """The stories of all files.

    Raises `ValueError`, naming the story and the line, where an annotation does not fit.
    """
    out: list[Story] = []
    for path in sorted(folder.glob("*.txt")):
        for block in re.split(r"^== ", path.read_text("utf-8"), flags=re.MULTILINE)[1:]:
            out.append(_story(block))
    return out


def _story(block: str) -> Story:
    name, _, rest = block.partition("\n")
    head, *parts = re.split(r"^-- ", rest, flags=re.MULTILINE)
    if head.strip():
        raise ValueError(f"{name}: {head.strip()!r} stands before the first report")
    story = Story(name.strip())
    for part in parts:
        story.reports.append(_report(story, part))
    known = {g.key for g in story.claims}
    wrong = {t.key for _, told in story.reports for t in told if t.key} ^ known
    if wrong:
        raise ValueError(f"{name}: {sorted(wrong)} are not both in an E line and in a C line")
    return story


def _report(story: Story, part: str) -> tuple[Report, list[Told]]:
    head, _, rest = part.partition("\n")
    letter, outlet, published, title = (f.strip() for f in head.split("|"))
    notes = [line for line in rest.splitlines() if re.match(r"[EC] ", line)]
    text = "\n".join(line for line in rest.splitlines() if not re.match(r"[EC] ", line)).strip()
    report = Report(text, f"{story.name.split(' ')[0]}/{letter}", title, published, outlet)
    told = [_told(story.name, report, n, line[2:]) for n, line in enumerate(notes) if line.startswith("E ")]
    story.claims += [_gold(story.name, line[2:]) for line in notes if line.startswith("C ")]
    return report, told


def _told(story: str, report: Report, number: int, line: str) -> Told:
    words, kind, actors, recipients, status, sources, key = (f.strip() for f in line.split("|"))
    words, _, nth = words.partition("#")
    places = [m.start() for m in re.finditer(rf"\b{re.escape(words)}\b", report.text)]
    kind, _, mode = kind.partition("/")
    known = kind in event_types() and (not mode or mode in event_types()[kind].modes) and status in STATUSES
    if not known or len(places) < int(nth or 1):
        raise ValueError(f"{story} {report.id}: {line!r}: {words!r} is not in the text, or {kind}/{mode} or {status} unknown")
    start = places[int(nth or 1) - 1]
    sentence = max(n for n, s in enumerate(split(report.text)) if s[0] <= start)
    event = Event(
        f"e{number}", start, start + len(words), sentence, words, kind, mode, (), parties(actors), parties(recipients), status,
        False, parties(sources),
    )  # fmt: skip
    return Told(event, "" if key == "-" else f"{story}: {key}")


def _gold(story: str, line: str) -> Gold:
    key, kind, _, _, asserts, denies = (f.strip() for f in line.split("|"))
    return Gold(f"{story}: {key}", kind, *(frozenset(party_key(e) for e in parties(side)) for side in (asserts, denies)))


def parties(words: str) -> tuple[Entity, ...]:
    """Parties such as "RUS.GOV EST" or, parted by semicolons where one has a name, "NGO:Desert Witness; UNO"; "-" is nobody."""
    found = [] if words == "-" else words.split(";") if ":" in words else words.split()
    out = []
    for word in found:
        code, _, name = word.strip().partition(":")
        country, _, sector = code.partition(".")
        out.append(Entity(name or code, 0, 1, country, sector, name))
    return tuple(out)


def given(told: Sequence[Story]) -> tuple[list[Claim], dict[Ref, str]]:
    """The claims that comparing makes of the annotated events, and each one's key."""
    tellings = [Telling(t.event, r.key, r.source, r.published) for s in told for r, found in s.reports for t in found]
    keys = {(r.key, t.event.id): t.key for s in told for r, found in s.reports for t in found}
    return claims(tellings), keys


def as_read(told: Sequence[Story], coded: dict[str, CodedReport]) -> tuple[list[Claim], dict[Ref, str]]:
    """The claims that comparing makes of what the reader reads, and the keys of the events read where they are annotated."""
    tellings: list[Telling] = []
    sayings: list[Saying] = []
    keys: dict[Ref, str] = {}
    for report, found in (pair for s in told for pair in s.reports):
        one = coded[report.key]
        tellings += [Telling(e, report.key, report.source, report.published) for e in one.events]
        sayings += [
            Saying(s, report.key, " … ".join(report.text[c.start : c.end] for c in s.content)) for s in one.statements
        ]  # fmt: skip
        for event in one.events:
            like = (t for t in found if t.event.type == event.type and t.event.start < event.end and event.start < t.event.end)
            for hit in like:
                keys.setdefault((report.key, event.id), hit.key)
    return claims(tellings, sayings), keys


def matched(gold: Iterable[Gold], found: Sequence[Claim], keys: dict[Ref, str]) -> dict[str, Claim]:
    """The found claim of each annotated one: that with the most of its tellings, and with more of them than of any other's."""
    shared = {(g.key, c.id): sum(keys.get(ref) == g.key for ref in c.tellings) for g in gold for c in found}
    by_id = {c.id: c for c in found}
    out: dict[str, Claim] = {}
    for key, ident in sorted(shared, key=lambda pair: (-shared[pair], pair)):
        if shared[key, ident] and key not in out and ident not in {c.id for c in out.values()}:
            out[key] = by_id[ident]
    return out


def stances(key: str, claim: Claim) -> set[Stance]:
    return {(key, party_key(s.party), s.stance) for s in claim.sides}


def score(told: Sequence[Story], found: Sequence[Claim], keys: dict[Ref, str]) -> dict[str, float]:
    """Shares of claims found, of sides right and of contested ones told right; and precision and recall of pairs of tellings."""
    gold = [g for s in told for g in s.claims]
    match = matched(gold, found, keys)
    wanted = set[Stance]().union(*(g.stances for g in gold))
    own = set[Stance]().union(*(stances(key, claim) for key, claim in match.items()))
    groups: dict[str, list[Ref]] = defaultdict(list)
    for ref, key in keys.items():
        if key:
            groups[key].append(ref)
    pairs = stories.figures(stories.pairs(groups.values()), stories.pairs([r for r in c.tellings if keys.get(r)] for c in found))
    right = sum(g.key in match and match[g.key].contested == g.contested for g in gold)
    return {
        "found": len(match) / len(gold), "sides_precision": len(own & wanted) / max(1, len(own)),
        "sides_recall": len(own & wanted) / len(wanted), "contested": right / len(gold),
        "pairs_precision": pairs["precision"], "pairs_recall": pairs["recall"],
    }  # fmt: skip


def read(told: Sequence[Story], kept: Path | None) -> dict[str, CodedReport]:
    """The reports as the shipped reader reads them; from `kept` where it is there."""
    if kept is not None and kept.exists():
        return dict(pickle.loads(kept.read_bytes()))
    coded = {c.report.key: c for c in communique.load().pipe(r for s in told for r, _ in s.reports)}
    if kept is not None:
        kept.write_bytes(pickle.dumps(coded))
    return coded


def errors(told: Sequence[Story], found: Sequence[Claim], keys: dict[Ref, str]) -> Iterator[str]:
    """What is wrong, claim by claim."""
    match = matched([g for s in told for g in s.claims], found, keys)
    for g in (g for s in told for g in s.claims):
        if g.key not in match:
            yield f"{g.key} {g.type}: not found"
            continue
        own = stances(g.key, match[g.key])
        for _, party, stance in sorted(g.stances - own):
            yield f"{g.key} {g.type}: misses {party} {stance}"
        for _, party, stance in sorted(own - g.stances):
            yield f"{g.key} {g.type}: has {party} {stance}"
        others = Counter(keys[ref] for ref in match[g.key].tellings if keys.get(ref, g.key) not in (g.key, ""))
        yield from (f"{g.key} {g.type}: put together with {key}" for key in others)
        apart = [ref for ref, key in keys.items() if key == g.key and ref not in match[g.key].tellings]
        yield from (f"{g.key} {g.type}: without {ref[0]} {ref[1]}" for ref in apart)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", type=int, choices=(0, 1), help="only this half")
    parser.add_argument("--errors", action="store_true", help="print what is wrong in half 0")
    parser.add_argument("--reading", type=Path, help="keep what was read in this file")
    args = parser.parse_args()
    everything = load()
    coded = read(everything, args.reading)
    for part in (0, 1) if args.half is None else (args.half,):
        told = [s for s in everything if s.half == part]
        gold = [g for s in told for g in s.claims]
        print(f"claims, half {part}: {len(told)} stories, {sum(len(s.reports) for s in told)} reports, {len(gold)} claims, "
              f"{sum(g.contested for g in gold)} of them contested")  # fmt: skip
        for name, (found, keys) in (("given", given(told)), ("read", as_read(told, coded))):
            figures = score(told, found, keys)
            print(f"  {name}: " + ", ".join(f"{k} {v:.3f}" for k, v in figures.items()))
            if args.errors and part == 0:
                print("\n".join(f"    {line}" for line in errors(told, found, keys)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
