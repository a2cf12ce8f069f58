"""Events and statements against annotation in the project's own layout (CODEBOOK.md): one JSON a report in a folder.

The figures are those of the project's ``tools/score.py``: type, dyad, status, source, statement, speaker.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from communique.errors import InputError
from communique.evaluate.matching import Figures, f1, iou, line, pair_up, words_in
from communique.records import Report

if TYPE_CHECKING:
    from communique.read.reader import Reader

Record = Mapping[str, Any]


def load(folder: Path) -> list[dict[str, Any]]:
    """Annotated reports of `folder`, in the order of their files. Raises `InputError` where there are none."""
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    if not files:
        raise InputError(str(folder), "holds no annotated reports", "name a folder of one JSON file a report, such as gold/dev")
    reports = []
    for path in files:
        try:
            reports.append(json.loads(path.read_text("utf-8")))
        except ValueError as error:
            raise InputError(str(path), f"is not JSON: {error}", "see docs/evaluate.md for the layout") from None
    return reports


def _countries(entities: Sequence[Record] | None) -> frozenset[str]:
    return frozenset(e.get("country") or "?" for e in entities or [])


def numbered(report: Record, records: Record) -> list[dict[str, Any]]:
    """The events of `records`, each with "_n", the number of the annotated report's sentence that it stands in."""
    spans = [(s["start"], s["end"], s["n"]) for s in report["sentences"]]
    out = []
    for e in records.get("events", []):
        n = next((n for start, end, n in spans if start <= e["start"] < end), None)
        out.append({**e, "_n": n})
    return out


def _agreement(g: Record, c: Record) -> float:
    return float(
        (_countries(g.get("actors")) == _countries(c.get("actors"))) * 4
        + (_countries(g.get("recipients")) == _countries(c.get("recipients"))) * 4
        + (g.get("trigger", "") == c.get("trigger", "")) * 2
        + (g.get("status") == c.get("status"))
    )


def _same(a: Record, b: Record) -> bool:
    return bool(a["_n"] == b["_n"] and a["type"] == b["type"])


def _overlap(a: frozenset[str], b: frozenset[str]) -> bool:
    return bool(a & b) or (not a and not b)


def speaker_key(statement: Record) -> tuple[str, str]:
    """Country and last name, by which two speakers count as one."""
    speaker = statement.get("speaker") or {}
    name = re.findall(r"\w+", (speaker.get("name") or "").lower())
    return speaker.get("country") or "", name[-1] if name else ""


def _content(text: str, statement: Record) -> frozenset[tuple[int, str]]:
    return words_in(text, [(c["start"], c["end"]) for c in statement.get("content", [])])


def matched_events(gold: Record, coded: Record) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """(gold's, coded) events of one sentence and type, one to one, those that agree most first."""
    return pair_up(numbered(gold, gold), numbered(gold, coded), _same, _agreement)


def matched_statements(text: str, gold: Sequence[Record], coded: Sequence[Record]) -> list[tuple[Record, Record]]:
    """(gold's, coded) statements whose contents share at least half of their words, one to one."""
    bags = {id(s): _content(text, s) for s in (*gold, *coded)}

    def shared(a: Record, b: Record) -> float:
        return iou(bags[id(a)], bags[id(b)])

    return pair_up(gold, coded, lambda a, b: shared(a, b) >= 0.5, shared)


class Scorer:
    """Adds up one report after the other."""

    def __init__(self) -> None:
        self.n: Counter[str] = Counter()
        self.types: dict[str, Counter[str]] = {}
        self.statuses: dict[str, Counter[str]] = {}

    def add(self, gold: Record, coded: Record) -> None:
        self.n["reports"] += 1
        self._events(numbered(gold, gold), numbered(gold, coded))
        self._statements(gold["text"], gold.get("statements", []), coded.get("statements", []))

    def _events(self, g: list[dict[str, Any]], c: list[dict[str, Any]]) -> None:
        n = self.n
        n["gold"] += len(g)
        n["coded"] += len(c)
        typed = pair_up(g, c, _same, _agreement)
        n["type"] += len(typed)
        for a, b in typed:
            told, read = a.get("status") or "", b.get("status") or ""
            n["status"] += told == read
            self.statuses.setdefault(told, Counter())["gold"] += 1
            self.statuses.setdefault(read, Counter())["coded"] += 1
            self.statuses[told]["hit"] += told == read
            n["mode"] += (a.get("mode") or "") == (b.get("mode") or "")
            n["dated"] += bool(a.get("date"))
            n["given"] += bool(b.get("date"))
            n["date"] += bool(a.get("date")) and a.get("date") == b.get("date")
            if a.get("sources") or b.get("sources"):
                n["sourced"] += 1
                n["source"] += _countries(a.get("sources")) == _countries(b.get("sources"))

        def dyad(a: Record, b: Record) -> bool:
            return _same(a, b) and all(_countries(a.get(r)) == _countries(b.get(r)) for r in ("actors", "recipients"))

        def loose(a: Record, b: Record) -> bool:
            return _same(a, b) and all(_overlap(_countries(a.get(r)), _countries(b.get(r))) for r in ("actors", "recipients"))

        n["dyad"] += len(pair_up(g, c, dyad, _agreement))
        n["loose"] += len(pair_up(g, c, loose, _agreement))
        for key, records in (("gold", g), ("coded", c), ("hit", [a for a, _ in typed])):
            for record in records:
                self.types.setdefault(record["type"], Counter())[key] += 1

    def _statements(self, text: str, g: Sequence[Record], c: Sequence[Record]) -> None:
        pairs = matched_statements(text, g, c)
        self.n["st_gold"] += len(g)
        self.n["st_coded"] += len(c)
        self.n["statement"] += len(pairs)
        self.n["act"] += sum(a.get("act") == b.get("act") for a, b in pairs)
        self.n["speaker"] += sum(speaker_key(a) == speaker_key(b) for a, b in pairs)

    def result(self) -> Figures:
        """All figures: F1 for type, dyad, dyad~, statement, speaker and, on matched events, dating; shares for status,
        source, mode, date and act."""
        n = self.n

        def share(hit: str, of: str) -> float:
            return round(n[hit] / n[of], 4) if n[of] else 0.0

        return {
            "reports": n["reports"],
            "type": f1(n["type"], n["gold"], n["coded"]),
            "dyad": f1(n["dyad"], n["gold"], n["coded"]),
            "dyad~": f1(n["loose"], n["gold"], n["coded"]),
            "status": share("status", "type"),
            "mode": share("mode", "type"),
            "source": share("source", "sourced"),
            "date": share("date", "dated"),
            "dating": f1(n["date"], n["dated"], n["given"]),
            "statement": f1(n["statement"], n["st_gold"], n["st_coded"]),
            "speaker": f1(n["speaker"], n["st_gold"], n["st_coded"]),
            "act": share("act", "statement"),
            "per_type": {t: f1(k["hit"], k["gold"], k["coded"]) for t, k in sorted(self.types.items())},
            "per_status": {t: f1(k["hit"], k["gold"], k["coded"]) for t, k in sorted(self.statuses.items())},
        }


def score(gold: Sequence[Record], coded: Mapping[str, Record]) -> Figures:
    """Figures of `coded` records (by report id, as ``communique read --json`` prints them) against `gold`."""
    scorer = Scorer()
    for report in gold:
        scorer.add(report, coded.get(report["id"], {}))
    return scorer.result()


def code(gold: Sequence[Record], reader: Reader) -> dict[str, dict[str, Any]]:
    """The records that `reader` finds in the texts of `gold`, by report id."""
    return {coded.report.id: coded.to_dict() for coded in reader.pipe(map(report_of, gold))}


def report_of(gold: Record) -> Report:
    """The report that was annotated."""
    known = {name: gold.get(name, "") for name in ("title", "published", "source")}
    return Report(gold["text"], id=gold["id"], **known)


def evaluate(path: Path, reader: Reader) -> Figures:
    """Reads the texts of the gold in folder `path` and scores what was found."""
    gold = load(path)
    return score(gold, code(gold, reader))


def render(result: Figures) -> str:
    """The figures as text."""
    lines = [line(key, result[key]) for key in ("type", "dyad", "dyad~", "statement", "speaker")]
    shares = " ".join(f"{key} {result[key]:.3f}" for key in ("status", "mode", "source", "date", "act"))
    lines.append(f"on matched: {shares}  over {result['reports']} reports")
    lines += ["  " + line(kind, value) for kind, value in (*result["per_type"].items(), *result["per_status"].items())]
    return "\n".join(lines)
