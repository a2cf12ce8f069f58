"""Whether words are taken for the right actors: country, person or body, by kind of words, with the annotated spans.

``python benchmarks/resolution.py [GOLD_DIR] [--half 0|1] [--seen report|sentence|words]`` takes a folder of gold reports in
the shape of shared/gold/train, or the annotated articles (training/articles) where no folder is given. Nothing is read by the
model: each annotated participant and speaker is resolved from its own words, so that what is measured is resolution alone.

``--seen`` says how much of a report the resolver gets. "words": a report of nothing but the mention, so that pronouns, short
forms and what is near cannot help. "sentence": a report of the mention's sentence. "report": all of it, as the reader does.
Left out, all three are printed. ``--half`` takes the articles whose id hashes to an even (0) or odd (1) number: rules and
tables were changed by looking at half 0 only. ``--events`` tells the resolver the annotated event's type and mode, as the reader
does, which decide the sector of a state, and who is on its other side.
``--errors OUT`` writes what is wrong with its words; not for data that measures.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
import time
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "training"))

import offsets  # noqa: E402
from communique.read.encode import quote_spans  # noqa: E402
from communique.records import Entity  # noqa: E402
from communique.resolve.actors import ActorIndex  # noqa: E402
from communique.resolve.lexicon import Lexicon, key_of, tokens_of  # noqa: E402
from communique.resolve.opposed import named_in  # noqa: E402
from communique.resolve.pronouns import is_pronoun  # noqa: E402
from communique.resolve.report import ReportResolver  # noqa: E402
from communique.settings import data_path  # noqa: E402

POOL = ROOT.parent / "shared" / "data" / "articles" / "pool.jsonl.gz"
SEEN = ("words", "sentence", "report")
_LIST = re.compile(r"(?i)\b(?:both|each|either|two|three|four|five|six|seven|sides|parties|leaders|and)\b|,")
_STATES = {"adjective": "adjective", "people": "adjective", "ethnic": "adjective", "capital": "capital or seat",
           "seat": "capital or seat", "place": "place", "country": "state"}  # fmt: skip

Report = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """An annotated mention at text[start:end]; `content` is what a speaker said."""

    start: int
    end: int
    role: str
    gold: Mapping[str, Any]
    content: tuple[tuple[int, int], ...] = ()
    event: tuple[str, str] = ("", "")
    """The type and mode of the event that it takes part in."""
    number: int = -1
    """Which of the report's events that is."""
    others: tuple[tuple[int, int], ...] = ()
    """Of an actor: where the event's recipients are named."""


@dataclass
class Tally:
    """What was counted: numbers by name, errors by kind, seconds."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    of_kind: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    errors: list[str] = field(default_factory=list)


def wanted(report: Report) -> Iterator[Wanted]:
    """The annotated mentions whose words can be found: speakers first, then participants and sources."""
    text, spans = report["text"], [(s["start"], s["end"]) for s in report["sentences"]]
    number = {s["n"]: i for i, s in enumerate(report["sentences"])}

    def place(entity: Mapping[str, Any], n: int, near: int) -> tuple[int, int] | None:
        if entity.get("start") is not None:
            return int(entity["start"]), int(entity["end"])
        return offsets.locate_entity(text, spans, n, entity["text"], near) if entity["text"] else None

    for statement in sorted(report["statements"], key=lambda s: int(s["content"][0]["start"])):
        first = statement["content"][0]
        cue = statement.get("cue_start")
        at = place(statement["speaker"], number[first["sentence"]], first["start"] if cue is None else cue)
        if at is not None:
            said = tuple((int(c["start"]), int(c["end"])) for c in statement["content"])
            yield Wanted(*at, "speaker", statement["speaker"], said)
    for n, event in enumerate(report["events"]):
        spots = {
            role: [place(entity, number[event["sentence"]], event["start"]) for entity in event[role]]
            for role in ("actors", "recipients", "sources")
        }
        done = tuple(at for at in spots["recipients"] if at is not None)
        for role, there in spots.items():
            for entity, at in zip(event[role], there, strict=True):
                if at is not None:
                    told = ("", "") if role == "sources" else (event["type"], event.get("mode") or "")
                    yield Wanted(*at, role, entity, event=told, number=n, others=done if role == "actors" else ())


def kind_of(words: str, gold: Mapping[str, Any], lexicon: Lexicon) -> str:
    """What kind of words a mention is, from the words and the tables alone."""
    tokens = tokens_of(words)
    if not tokens:
        return "other"
    if len(tokens) <= 2 and is_pronoun(tokens[-1].norm):
        return "pronoun"
    atoms = lexicon.atoms(tokens)
    kinds = {a.kind for a in atoms}
    office = next((a.entry.form for a in atoms if a.kind == "office"), "")
    named = bool(gold["name"]) and key_of(gold["name"]).split()[-1:] == [tokens[-1].norm] and tokens[-1].capital
    if "person" in kinds or (named and "body" not in kinds and office != "body"):
        return "person"
    if _LIST.search(words) and not kinds - {"office"}:
        return "list"
    if office in ("document", "place"):
        return office
    if office:
        names_state = bool(kinds - {"office"})
        shown = {"person": "office", "body": "organ"}.get(office, "group")
        return f"{shown} of a named state" if names_state else "bare group" if shown == "group" else f"{shown} alone"
    if "body" in kinds:
        return "body"
    return next((_STATES[a.kind] for a in atoms if a.kind in _STATES), "other")


def same_name(a: str, b: str, lexicon: Lexicon) -> bool:
    """Whether two names are one person's or body's: the same last word, or names of one body in the tables."""
    one, other = key_of(a), key_of(b)
    if one.split()[-1:] == other.split()[-1:]:
        return True
    bodies = [{e.name for e in lexicon.names.get(key.removeprefix("the "), ()) if e.kind == "body"} for key in (one, other)]
    return bool(bodies[0] & bodies[1])


class Bench:
    """Resolves the mentions of reports, given as much of each as `seen` says, and counts; `told`: with their events' types."""

    def __init__(self, index: ActorIndex, seen: str, told: bool = False) -> None:
        self.index, self.seen, self.told, self.tally = index, seen, told, Tally()
        self.number, self.acting = -1, set[str]()

    def report(self, report: Report) -> None:
        mentions = list(wanted(report))
        self.number = -1
        start = time.process_time()
        whole = self._whole(report) if self.seen == "report" else None
        found = [self._resolved(report, m, whole) for m in mentions]
        self.tally.seconds += time.process_time() - start
        for mention, entities in zip(mentions, found, strict=True):
            self._judge(report, mention, entities)

    def _whole(self, report: Report) -> ReportResolver:
        spans = [(s["start"], s["end"]) for s in report["sentences"]]
        return ReportResolver(report["text"], spans, report["published"], self.index, quote_spans(report["text"]))

    def _resolved(self, report: Report, m: Wanted, whole: ReportResolver | None) -> tuple[Entity, ...]:
        event, mode = m.event if self.told else ("", "")
        if whole is None:
            low, high = m.start, m.end
            if self.seen == "sentence":
                low, high = next(
                    ((s["start"], s["end"]) for s in report["sentences"] if s["start"] <= m.start < s["end"]), (low, high)
                )
                high = max(high, m.end)
            part = report["text"][low:high]
            alone = ReportResolver(part, [(0, len(part))], report["published"], self.index, quote_spans(part))
            return alone.resolve(m.start - low, m.end - low, m.role, event, mode=mode)
        against = frozenset(self.acting if m.role == "recipients" and self.number == m.number else ())
        if m.role == "actors":
            against = frozenset(c for at in m.others for c in named_in(whole, *at))
        entities = whole.resolve(m.start, m.end, m.role, event, mode=mode, against=against if self.told else frozenset())
        if m.role == "actors":
            self.acting = (self.acting if self.number == m.number else set()) | {e.country for e in entities if e.country}
            self.number = m.number
        if m.role == "speaker":
            whole.note_speaker(m.start, entities[0])
            for low, high in m.content:
                whole.set_speaker(low, high, entities[0])
        return entities

    def _judge(self, report: Report, m: Wanted, entities: tuple[Entity, ...]) -> None:
        gold, lexicon, counts = m.gold, self.index.lexicon, self.tally.counts

        def named(e: Entity) -> bool:
            return same_name(gold["name"], e.name, lexicon) if gold["name"] else True

        # Words that stand for several: each annotation takes the one that fits.
        best = max(entities, key=lambda e: (e.country == gold["country"], named(e), e.sector == gold["sector"], bool(e.country)))
        right, name = best.country == gold["country"], named(best)
        words = report["text"][m.start : m.end]
        kind = kind_of(words, gold, lexicon)
        role = "speaker" if m.role == "speaker" else "source" if m.role == "sources" else "participant"
        counts.update(
            {f"{role} mentions": 1, f"{role} country": right, f"{role} sector": right and best.sector == gold["sector"]}
        )
        if gold["name"]:
            counts.update({f"{role} named": 1, f"{role} name": name})
        self.tally.of_kind[kind] += 1
        if not (right and name):
            self.tally.wrong[kind] += 1
            around = report["text"][max(0, m.start - 90) : m.start] + "[[" + words + "]]" + report["text"][m.end : m.end + 70]
            wants, has = (f"{x}.{y} {z}" for x, y, z in ((gold["country"], gold["sector"], gold["name"]),
                                                        (best.country, best.sector, best.name)))  # fmt: skip
            where = f"{report['id']}\t{report['published'][:10]}\t{m.role}"
            self.tally.errors.append(f"{kind}\t{where}\t{words}\t{wants}\t{has}\t{around}".replace("\n", " "))


def reports_of(folder: Path | None, half: int | None) -> Iterator[Report]:
    """The annotated articles, or the gold reports of `folder`; of a half only those whose id hashes to it."""
    if folder is not None:
        source: Iterable[Report] = (json.loads(p.read_text("utf-8")) for p in sorted(folder.glob("*.json")))
    else:
        source = (r for r in offsets.load(sorted((ROOT / "training" / "articles").glob("*.jsonl")), POOL) if r["text"])
    for report in source:
        if half is None or int(hashlib.sha256(report["id"].encode()).hexdigest(), 16) % 2 == half:
            yield report


def shares(folder: Path) -> dict[str, float]:
    """Of the mentions in the gold reports of `folder`, the share whose country is right, and whose name is, by role."""
    bench = Bench(ActorIndex.load(""), "report")
    for report in reports_of(folder, None):
        bench.report(report)
    n = bench.tally.counts
    return {
        f"{role}_{what}": n[f"{role} {what}"] / n[f"{role} {of}"]
        for role in ("participant", "speaker") for what, of in (("country", "mentions"), ("name", "named"))
    }  # fmt: skip


def sizes() -> tuple[float, float]:
    """MB of the tables of actors as they lie in the repository, and deflated as a wheel has them."""
    data = [path.read_bytes() for path in sorted(data_path("actors").iterdir()) if path.is_file()]
    return sum(map(len, data)) / 1e6, sum(len(zlib.compress(one, 6)) for one in data) / 1e6


def render(tallies: Mapping[str, Tally]) -> Iterator[str]:
    """A table of shares by how much was seen, then the errors by kind."""
    shown = list(tallies)
    yield "\t".join(["share right", *shown, "of"])
    counts = {name: t.counts for name, t in tallies.items()}
    last = counts[shown[-1]]
    for role in ("participant", "speaker", "source"):
        for what, of in (("country", "mentions"), ("sector", "mentions"), ("name", "named")):
            total = last[f"{role} {of}"]
            if total:
                yield "\t".join([f"{role} {what}", *(f"{counts[n][f'{role} {what}'] / total:.3f}" for n in shown), str(total)])
    mentions = sum(tallies[shown[-1]].of_kind.values())
    yield "\t".join(["seconds per 1,000", *(f"{1000 * tallies[n].seconds / max(1, mentions):.2f}" for n in shown), str(mentions)])
    yield ""
    yield "\t".join(["wrong, by kind", *shown, "of"])
    final = tallies[shown[-1]]
    for kind, n in sorted(final.of_kind.items(), key=lambda pair: (-final.wrong[pair[0]], pair[0])):
        yield "\t".join([kind, *(str(tallies[name].wrong[kind]) for name in shown), str(n)])
    yield "\t".join(["all", *(str(tallies[name].wrong.total()) for name in shown), str(mentions)])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--half", type=int, choices=[0, 1])
    parser.add_argument("--seen", choices=SEEN)
    parser.add_argument("--events", action="store_true")
    parser.add_argument("--errors", type=Path, metavar="OUT")
    args = parser.parse_args()
    if (args.folder is not None and not args.folder.is_dir()) or (args.folder is None and not POOL.exists()):
        print(f"{args.folder or POOL}: not there", file=sys.stderr)
        return 1
    reports, index = list(reports_of(args.folder, args.half)), ActorIndex.load("")
    tallies: dict[str, Tally] = {}
    for seen in [args.seen] if args.seen else SEEN:
        bench = Bench(index, seen, args.events)
        for report in reports:
            bench.report(report)
        tallies[seen] = bench.tally
    print(f"{len(reports)} reports")
    print("\n".join(render(tallies)))
    print("\ntables: {:.2f} MB, {:.2f} MB compressed".format(*sizes()))
    if args.errors:
        args.errors.write_text("\n".join(tallies["report" if "report" in tallies else args.seen].errors) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
