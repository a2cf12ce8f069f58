"""The line notation in which this project writes annotation, and its conversion to the gold's JSON.

A file holds one report or more::

    # ID | PUBLISHED | SOURCE | TITLE
    @0 text of the sentence (left out where the text stays outside the repository)
    E trigger | TYPE/mode | actors | recipients | status | sources | date h
    S cue | speaker | content | act | about

* entity: ``text {CODE Full Name / office}``; CODE is ``RUS.GOV``, ``RUS`` or ``?``; several are parted by ``;``
* ``-`` is an empty field; a ``h`` after the date marks a historical event
* ``word#2`` is the second occurrence of the word in its sentence
* content: ``first words ... last words`` shortens a long span, ``++`` joins two spans, ``@7`` after a span names
  another sentence

``python training/notation.py check FILE [--texts ARTICLES.jsonl]`` reports each line that cannot be read, and where. `render`
writes a report in this notation, with the text of its sentences: for a second reading.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from communique.ontology import event_types, names

TYPES = event_types()
STATUSES, ACTS, SECTORS = names("status"), names("act"), names("sector")
_ENTITY = re.compile(r"^(?P<text>.*?)\s*\{(?P<code>[^\s}]*)\s*(?P<name>[^/}]*?)\s*(?:/\s*(?P<office>[^}]*?)\s*)?\}$")
_DATE = re.compile(r"^\d{4}(-\d\d(-\d\d)?)?$")
_QUOTED = re.compile(r"[“\"«]([^“”\"«»]+)[”\"»]")


class NotationError(ValueError):
    """A line that does not follow the notation; the message says which and why."""


def _entity(field: str) -> dict[str, str]:
    match = _ENTITY.match(field.strip())
    if not match:
        raise NotationError(f"entity {field.strip()!r} is not 'text {{CODE Name / office}}'")
    country, _, sector = match["code"].partition(".")
    country = "" if country == "?" else country
    if country and not re.fullmatch(r"[A-Z]{3}", country):
        raise NotationError(f"country {country!r} is not three capitals (KOS, UNO, EUR, IGO, NGO, MNC, IMG, ISM or ISO 3166)")
    if sector and sector not in SECTORS:
        raise NotationError(f"sector {sector!r} is none of {' '.join(SECTORS)}")
    out = {"text": match["text"].strip(), "country": country, "sector": sector, "name": match["name"].strip()}
    if match["office"] is not None:
        out["office"] = match["office"].strip()
    return out


def _entities(field: str) -> list[dict[str, str]]:
    field = field.strip()
    return [] if field in ("-", "") else [_entity(part) for part in re.split(r";\s*(?=[^{}]*\{)", field)]


def _locate(needle: str, text: str, base: int) -> tuple[int, int]:
    match = re.fullmatch(r"(.*?)#(\d+)", needle)
    nth = 1
    if match and needle not in text:
        needle, nth = match[1], int(match[2])
    at = -1
    for _ in range(nth):
        at = text.find(needle, at + 1)
        if at < 0:
            raise NotationError(f"{needle!r} (occurrence {nth}) is not in the sentence {text[:80]!r}")
    return base + at, base + at + len(needle)


def _span(piece: str, text: str, base: int) -> tuple[int, int]:
    if piece in text or " ... " not in piece:
        return _locate(piece, text, base)
    first, last = piece.split(" ... ", 1)
    start, first_end = _locate(first, text, base)
    at = text.rfind(last, first_end - base)
    if at < 0:
        raise NotationError(f"{last!r} does not follow {first!r} in the sentence {text[:80]!r}")
    return start, base + at + len(last)


def _event(fields: list[str], number: int, sentence: str, base: int) -> dict[str, Any]:
    if len(fields) != 7:
        raise NotationError(f"an event has 7 fields (trigger|type|actors|recipients|status|sources|date), not {len(fields)}")
    trigger, kind, actors, recipients, status, sources, date = fields
    type_, _, mode = kind.partition("/")
    if type_ not in TYPES:
        raise NotationError(f"type {type_!r} is none of {' '.join(TYPES)}")
    if mode and mode not in TYPES[type_].modes:
        raise NotationError(f"mode {mode!r} of {type_} is none of: {' '.join(TYPES[type_].modes) or '(none)'}")
    if status not in STATUSES:
        raise NotationError(f"status {status!r} is none of {' '.join(STATUSES)}")
    start, end = _locate(trigger, sentence, base)
    date, historical = re.subn(r"\s*\bh$", "", date.strip())
    date = "" if date in ("-", "") else date
    if date and not _DATE.match(date):
        raise NotationError(f"date {date!r} is not YYYY, YYYY-MM or YYYY-MM-DD")
    return {
        "sentence": number, "trigger": sentence[start - base : end - base], "type": type_, "mode": mode,
        "actors": _entities(actors), "recipients": _entities(recipients), "status": status,
        "sources": _entities(sources), "historical": bool(historical), "date": date, "start": start, "end": end,
    }  # fmt: skip


def _statement(fields: list[str], number: int, sentences: dict[int, tuple[int, str]]) -> dict[str, Any]:
    if len(fields) != 5:
        raise NotationError(f"a statement has 5 fields (cue|speaker|content|act|about), not {len(fields)}")
    cue, speaker, content, act, about = fields
    if act not in ACTS:
        raise NotationError(f"act {act!r} is none of {' '.join(ACTS)}")
    spans: list[dict[str, Any]] = []
    for piece in re.split(r"\s*\+\+\s*", content):
        match = re.fullmatch(r"(.*?)@(\d+)", piece)
        n = number
        if match and int(match[2]) in sentences:
            piece, n = match[1].strip(), int(match[2])
        base, text = sentences[n]
        start, end = _span(piece, text, base)
        spans.append({"sentence": n, "text": text[start - base : end - base], "start": start, "end": end})
    cue_at: tuple[int, int] | None = None
    for n in dict.fromkeys([number, *(s["sentence"] for s in spans), number - 1, number + 1]):
        if n in sentences and cue != "-":
            try:
                cue_at = _locate(cue, sentences[n][1], sentences[n][0])
                break
            except NotationError:
                continue
    if cue_at is None and cue != "-":
        raise NotationError(f"cue {cue!r} is not in the sentence of its content, nor in the one before or after")
    speaker_entity = {"office": "", **_entity(speaker)}
    quotes = [q for s in spans for q in _QUOTED.findall(s["text"])]
    return {
        "speaker": speaker_entity, "cue": "" if cue == "-" else re.sub(r"#\d+$", "", cue),
        "cue_start": cue_at[0] if cue_at else None, "content": spans, "quotes": quotes, "act": act,
        "about": [] if about.strip() in ("-", "") else [a.strip() for a in about.split(",")],
    }  # fmt: skip


def _check_mentions(events: list[dict[str, Any]], text: str) -> Iterator[str]:
    for event in events:
        for role in ("actors", "recipients", "sources"):
            for entity in event[role]:
                if entity["text"] not in text:
                    yield f"{role} {entity['text']!r} of {event['trigger']!r} are not words of the report"


def parse(lines: Iterable[str], texts: dict[str, dict[str, Any]] | None = None) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Reports in the gold's JSON layout, each with the list of what could not be read in it.

    A report whose id is in `texts` takes its text and sentences from there; otherwise its ``@`` lines are its text.
    """
    block: list[tuple[int, str]] = []
    for lineno, line in enumerate(lines, 1):
        line = line.rstrip("\n")
        if line.startswith("# ") and block:
            yield _report(block, texts or {})
            block = []
        if line.strip():
            block.append((lineno, line))
    if block:
        yield _report(block, texts or {})


def _report(block: list[tuple[int, str]], texts: dict[str, dict[str, Any]]) -> tuple[dict[str, Any], list[str]]:
    problems: list[str] = []
    head = [part.strip() for part in block[0][1].removeprefix("# ").split("|", 3)] + ["", "", ""]
    rid, published, source, title = head[:4]
    known = texts.get(rid)
    sentences: dict[int, tuple[int, str]] = {}
    if known:
        text = known["text"]
        for s in known["sentences"]:
            sentences[s["n"]] = (s["start"], text[s["start"] : s["end"]])
    else:
        text = ""
        for _, line in block:
            match = re.match(r"@(\d+) (.*)", line)
            if match:
                text += ("\n" if text else "")
                sentences[int(match[1])] = (len(text), match[2].strip())
                text += match[2].strip()
    events: list[dict[str, Any]] = []
    statements: list[dict[str, Any]] = []
    number = 0
    for lineno, line in block[1:]:
        try:
            match = re.match(r"@(\d+)", line)
            if match:
                number = int(match[1])
                if number not in sentences:
                    raise NotationError(f"the report has no sentence {number}")
                continue
            fields = [f.strip() for f in re.split(r"\s*\|\s*", line[2:].strip())]
            if line.startswith("E "):
                base, sentence = sentences[number]
                event = _event(fields, number, sentence, base)
                events.append(event)
                problems.extend(f"line {lineno}: {p}" for p in _check_mentions([event], text))
            elif line.startswith("S "):
                statements.append(_statement(fields, number, sentences))
            else:
                raise NotationError(f"{line[:40]!r} begins with none of '# ', '@', 'E ', 'S '")
        except NotationError as error:
            problems.append(f"line {lineno}: {error}")
    report = {
        "id": rid, "title": title or (known or {}).get("title", ""), "published": published or (known or {}).get("published", ""),
        "source": source, "text": text,
        "sentences": [{"n": n, "start": base, "end": base + len(t)} for n, (base, t) in sentences.items()],
        "events": events, "statements": statements,
    }  # fmt: skip
    return report, problems


SHORTENED = 14
"""Words from which a content is written by its first and last four."""


def _entity_words(entity: dict[str, Any]) -> str:
    code = (entity["country"] or "?") + (f".{entity['sector']}" if entity["sector"] else "")
    name = f" {entity['name']}" if entity["name"] else ""
    return f"{entity['text']} {{{code}{name}{' / ' + entity['office'] if entity.get('office') else ''}}}"


def _entity_list(entities: list[dict[str, Any]]) -> str:
    return "; ".join(map(_entity_words, entities)) or "-"


def _words_at(text: str, start: int, end: int, base: int) -> str:
    """The words of [start, end), with the number of their occurrence where the sentence that begins at `base` has them before."""
    words = text[start:end]
    before = text[base : end - 1]
    nth = sum(before.startswith(words, i) for i in range(len(before))) + 1
    return words if nth == 1 else f"{words}#{nth}"


def _content_words(text: str, start: int, end: int, sentence: tuple[int, int]) -> str:
    words = text[start:end]
    if len(words.split()) >= SHORTENED:
        short = " ... ".join((" ".join(words.split()[:4]), " ".join(words.split()[-4:])))
        try:
            if _span(short, text[slice(*sentence)], sentence[0]) == (start, end):
                return short
        except NotationError:
            pass
    return _words_at(text, start, end, sentence[0])


def render(report: dict[str, Any]) -> str:
    """A report of the gold's JSON layout in the notation; `parse` reads it back, given the report's text and sentences."""
    text = report["text"]
    spans = {s["n"]: (s["start"], s["end"]) for s in report["sentences"]}
    head = " | ".join(str(report.get(key) or "") for key in ("id", "published", "source", "title"))
    lines = ["# " + " ".join(head.split())]
    for n, span in spans.items():
        lines.append(f"@{n} " + " ".join(text[slice(*span)].split()))
        lines += [_event_line(text, e, span[0]) for e in report["events"] if e["sentence"] == n]
        lines += [_statement_line(text, s, n, spans) for s in report["statements"] if s["content"][0]["sentence"] == n]
    return "\n".join(lines) + "\n"


def _event_line(text: str, event: dict[str, Any], base: int) -> str:
    kind = f"{event['type']}/{event['mode']}" if event["mode"] else event["type"]
    actors, recipients, sources = (_entity_list(event[role]) for role in ("actors", "recipients", "sources"))
    date = (event["date"] or "-") + (" h" if event["historical"] else "")
    trigger = _words_at(text, event["start"], event["end"], base)
    return " | ".join((f"E {trigger}", kind, actors, recipients, event["status"], sources, date))


def _statement_line(text: str, statement: dict[str, Any], n: int, spans: dict[int, tuple[int, int]]) -> str:
    parts = []
    for c in statement["content"]:
        elsewhere = "" if c["sentence"] == n else f" @{c['sentence']}"
        parts.append(_content_words(text, c["start"], c["end"], spans[c["sentence"]]) + elsewhere)
    cue, at = statement["cue"] or "-", statement.get("cue_start")
    if at is not None:
        base = next((a for a, b in spans.values() if a <= at < b), at)
        cue = _words_at(text, at, at + len(statement["cue"]), base)
    fields = (f"S {cue}", _entity_words(statement["speaker"]), " ++ ".join(parts), statement["act"])
    return " | ".join((*fields, ", ".join(statement["about"]) or "-"))


def load_texts(path: Path) -> dict[str, dict[str, Any]]:
    """Articles that stay outside the repository, by id, split into sentences."""
    import gzip

    from communique.read.sentences import split

    opener = gzip.open if path.suffix == ".gz" else open
    out = {}
    with opener(path, "rt", encoding="utf-8") as handle:
        for line in handle:
            record = json.loads(line)
            record.setdefault(
                "sentences", [{"n": n, "start": s, "end": e} for n, (s, e) in enumerate(split(record["text"]))]
            )
            out[record["id"]] = record
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["check", "json"])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--texts", type=Path, help="articles (JSON Lines, may be gzipped) that the annotation names by id")
    args = parser.parse_args()
    texts = load_texts(args.texts) if args.texts else {}
    reports = events = statements = problems = 0
    for path in args.files:
        with path.open(encoding="utf-8") as handle:
            for report, found in parse(handle, texts):
                reports += 1
                events += len(report["events"])
                statements += len(report["statements"])
                problems += len(found)
                for problem in found:
                    print(f"{path.name}: {report['id']}: {problem}", file=sys.stderr)
                if args.command == "json":
                    print(json.dumps(report, ensure_ascii=False))
    print(f"{reports} reports, {events} events, {statements} statements, {problems} problems", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
