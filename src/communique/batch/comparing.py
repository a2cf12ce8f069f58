"""Copies, incidents and claims of a whole archive in one pass: what adding its reports to a store one by one makes of them.

1. Every report of the files is laid out once (`Workspace`): its sketch, its events, its statements. Of several versions of one
   report the one counts that a store would hold: that whose words were met last for the first time.
2. Copies: sketches that share a key are joined, each report is judged beside those that it meets, and chains of copies are
   followed.
3. Every telling lies under its block keys, sorted. Tellings are gone through in the order of what they tell, so that those of one
   neighbourhood come together; `compare.grouping` is asked for the group of each, and finds its neighbours by their keys. A
   group is written by the one of its tellings that was laid out first.

What is compared and how is `compare`'s alone: this gives it what it asks for.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from communique.batch.files import footer_of, rows_of
from communique.batch.layout import coded_of, map_text
from communique.batch.workspace import Table, Workspace, packed, unpacked
from communique.compare import claims as claiming
from communique.compare import incidents as incidence
from communique.compare.copies import from_bytes, origin_of, sketches
from communique.compare.finding import Rules, Source
from communique.compare.grouping import State
from communique.compare.parties import Profile
from communique.compare.sides import Saying
from communique.errors import InputError
from communique.records import Claim, CodedReport, Copy, Incident, Telling
from communique.store import rows
from communique.store.engine import chunks
from communique.store.schema import number

MEMORY = 2_000_000_000
"""Bytes that DuckDB may hold before it writes to the disk."""

TOGETHER = 20_000
"""Tellings whose groups are looked for at once: their neighbours are in memory meanwhile, and are fetched once for all. 1,000
reports (28,279 tellings, benchmarks/store_reports.py) took 80 s of CPU and 573 MB at 1,000, 37 s and 638 MB at 20,000."""

SKETCHED = 64
"""Reports whose sketches are made at once: each time rensa is asked it starts threads."""

ROUNDS = 3
"""Steps from a telling to its neighbours, theirs and so on, that are fetched before they are asked for."""

ROOMS: tuple[tuple[str, tuple[Rules, ...]], ...] = (("incident", (incidence.RULES,)), ("claim", claiming.RULES))


@dataclass(frozen=True, slots=True)
class Compared:
    """What a pass found; `skipped` are rows that hold no report, or one whose date is none."""

    reports: int
    events: int
    copies: int
    incidents: int
    claims: int
    skipped: int


def compare(files: Sequence[str | Path], folder: str | Path, *, memory: int = MEMORY, together: int = TOGETHER) -> Compared:
    """Writes ``copies.parquet``, ``incidents.parquet`` and ``claims.parquet`` in `folder`, from files of `communique batch`.
    Their order counts as that in which their reports are added.

    The three appear when all is done. Raises `InputError` where a file is none of these or damaged, `MissingExtraError` without
    DuckDB.
    """
    for path in files:
        if footer_of(path) is None:
            raise InputError(str(path), "is no file of `communique batch`, or damaged", "give its outputs", kind="format")
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    aside = out / f".compare-{uuid.uuid4().hex[:8]}"
    aside.mkdir()
    try:
        space = Workspace(aside / "work.duckdb", memory)
        try:
            found = _Pass(space, aside, together).run(files)
        finally:
            space.close()
        for name in ("copies", "incidents", "claims"):
            os.replace(aside / f"{name}.parquet", out / f"{name}.parquet")
        return found
    finally:
        shutil.rmtree(aside, ignore_errors=True)


class _Pass:
    """One pass over an archive; its results are written to `folder`."""

    def __init__(self, space: Workspace, folder: Path, together: int) -> None:
        self.space, self.folder, self.together = space, folder, together
        self.skipped = 0

    def run(self, files: Iterable[str | Path]) -> Compared:
        self._lay_out(files)
        copies = self._copies()
        self._blocks()
        counts = {}
        for room, rules in ROOMS:
            record, made = (Incident, self._incidents) if room == "incident" else (Claim, self._claims)
            table = Table(self.folder / f"{room}s.parquet", record)
            for rule in rules:
                for groups in self._groups(rule, room):
                    table.add(made(groups))
            table.close()
            counts[room] = table.count
        reports, events = (int(self.space.one(f"SELECT count(*) FROM {name}")) for name in ("now", "told"))
        return Compared(reports, events, copies, counts["incident"], counts["claim"], self.skipped)

    def _lay_out(self, files: Iterable[str | Path]) -> None:
        """Step 1."""
        space = self.space
        ids = n = 0
        for part in chunks(self._read(files), SKETCHED):
            keys = [rows.identity(coded.report) for coded in part]
            kept = [rows.as_kept(coded.report, key) for coded, key in zip(part, keys, strict=True)]
            for coded, key, report, one in zip(part, keys, kept, sketches(kept), strict=True):
                given = coded.report
                space.put("report", (n, key, rows.content(given), report.source, rows.day_of(given.published), one.to_bytes()))
                for name, hashes in (("band", one.keys), ("near", one.near)):
                    for hashed in hashes:
                        space.put(name, (hashed, n))
                for event in coded.events:
                    space.put("told", (ids, n, packed(event if rows.all_kept(event) else map_text(event, rows.kept))))
                    ids += 1
                for uttered in map_text(coded.statements, rows.kept):
                    space.put("said", (n, packed(Saying(uttered, key, rows.verbatim(report.text, uttered.content)))))
                n += 1
        space.flush()
        # Of each report the words that were met last for the first time: words of the past that come again change nothing.
        space.run(
            "CREATE TABLE now AS SELECT r.* FROM report r JOIN (SELECT max(first) AS number FROM "
            "(SELECT key, min(number) AS first FROM report GROUP BY key, hash) GROUP BY key) USING (number) ORDER BY number"
        )
        for name in ("band", "near", "told", "said"):
            order = "key" if name in ("band", "near") else "number"
            space.run(f"CREATE TABLE sorted AS SELECT t.* FROM {name} t SEMI JOIN now USING (number) ORDER BY {order}")
            space.run(f"DROP TABLE {name}; ALTER TABLE sorted RENAME TO {name}")

    def _read(self, files: Iterable[str | Path]) -> Iterator[CodedReport]:
        for path in files:
            for row in rows_of(path):
                coded = coded_of(row)
                if isinstance(coded, InputError):
                    self.skipped += 1
                    continue
                try:
                    rows.day_of(coded.report.published)
                except InputError:
                    self.skipped += 1
                    continue
                yield coded

    def _copies(self) -> int:
        """Step 2."""
        space = self.space
        table = Table(self.folder / "copies.parquet", Copy)
        pairs = "SELECT DISTINCT n.number, b.number FROM near n JOIN band b USING (key) WHERE n.number <> b.number ORDER BY 1"
        for part in _apart(space.stream(pairs), self.together):
            wanted = {ident for ident, _ in part} | {other for _, other in part}
            query = "SELECT number, key, sketch FROM now JOIN wanted ON number = value"
            sketches = {n: from_bytes(key, data) for n, key, data in space.among(query, wanted)}
            numbers = {one.key: n for n, one in sketches.items()}
            met: dict[int, list[int]] = {}
            for ident, other in part:
                met.setdefault(ident, []).append(other)
            for ident, others in met.items():
                found = origin_of(sketches[ident], [sketches[n] for n in others])
                if found is not None:
                    table.add([found])
                    space.put("copied", (ident, numbers[found.origin]))
        table.close()
        space.flush()
        self._follow()
        return table.count

    def _follow(self) -> None:
        """The root of every copy: each step follows chains twice as far."""
        space = self.space
        space.run("CREATE TABLE root AS SELECT * FROM copied")
        step = "SELECT a.number, coalesce(b.origin, a.origin) AS origin FROM root a LEFT JOIN root b ON b.number = a.origin"
        while space.one("SELECT count(*) FROM root a JOIN root b ON b.number = a.origin"):
            space.run(f"CREATE TABLE further AS {step}; DROP TABLE root; ALTER TABLE further RENAME TO root")

    _TELLINGS = (
        "SELECT t.id, t.data, now.key, now.outlet, now.day, coalesce(o.key, now.key) FROM told t JOIN now USING (number) "
        "LEFT JOIN root ON root.number = now.number LEFT JOIN now o ON o.number = root.origin"
    )

    def _blocks(self) -> None:
        """Step 3: the keys of each telling, and the order in which they are gone through."""
        space = self.space
        for ident, *values in space.stream(self._TELLINGS):
            told = _telling(*values)
            for room, rules in ROOMS:
                for rule in rules:
                    p = rule.profile(told)
                    if p is None:
                        continue
                    keys = rule.keys(p)
                    space.put("place", (f"{room}{rule.prefix}", keys[0], ident))
                    for key in {_number(key) for key in keys}:
                        space.put("block", (key, ident))
        space.flush()
        space.run("CREATE TABLE blocks AS SELECT * FROM block ORDER BY key, id; DROP TABLE block")

    def _load(self, ids: Collection[int]) -> dict[int, Telling]:
        query = f"{self._TELLINGS} JOIN wanted ON t.id = wanted.value"
        return {ident: _telling(*values) for ident, *values in self.space.among(query, ids)}

    def _groups(self, rules: Rules, room: str) -> Iterator[list[list[Profile]]]:
        """Every group of these rules, once, some at a time."""
        query = f"SELECT id FROM place WHERE room = '{room}{rules.prefix}' ORDER BY name, id"
        for part in chunks((row[0] for row in self.space.stream(query)), self.together):
            near = _Near(self, rules)
            own = near.warm(part)
            state = State(Source(rules, near.fetch, near.profiles))
            found: list[list[Profile]] = []
            seen: set[tuple[str, str]] = set()
            for p in own.values():
                if p.ref in seen:
                    continue
                members = state.final(state.home(p))
                seen.update(m.ref for m in members)
                first = min(near.ids[m.ref] for m in members)
                if first in own:
                    # Where its first telling is in another part, that part writes it.
                    found.append(members)
            yield found

    def _incidents(self, groups: Iterable[Sequence[Profile]]) -> list[Incident]:
        return [incidence.incident_from(members) for members in groups]

    def _claims(self, groups: Sequence[Sequence[Profile]]) -> list[Claim]:
        wanted = [g for g in groups if any(m.event.status in claiming.CONTENTIOUS for m in g)]
        keys = sorted({m.telling.report for members in wanted for m in members})
        if not keys:
            return []
        space = self.space
        numbers = self._numbers(keys)
        told = [_telling(*v) for _, *v in space.among(f"{self._TELLINGS} JOIN wanted ON t.number = wanted.value", numbers)]
        said = [unpacked(data) for (data,) in space.among("SELECT data FROM said JOIN wanted ON number = value", numbers)]
        return claiming.claims_of(wanted, told, said)

    def _numbers(self, keys: Sequence[str]) -> list[int]:
        listed = ", ".join("'" + key.replace("'", "''") + "'" for key in keys)
        return [row[0] for row in self.space.stream(f"SELECT number FROM now WHERE key IN ({listed})")]


class _Near:
    """The neighbours of some tellings, by their keys, as `grouping.Source` asks for them."""

    def __init__(self, whole: _Pass, rules: Rules) -> None:
        self.whole, self.rules = whole, rules
        self.tellings: dict[int, Telling] = {}
        self.profiles: dict[tuple[str, str], Profile] = {}
        self.ids: dict[tuple[str, str], int] = {}
        self.under: dict[int, list[int]] = {}

    def warm(self, ids: Sequence[int]) -> dict[int, Profile]:
        """The tellings of these numbers; what grouping will most likely ask for is fetched with a few questions. What it asks for
        beyond that costs a question each time, and nothing else."""
        self._learn(ids)
        front = list(self.profiles.values())
        for _ in range(ROUNDS):
            before = len(self.profiles)
            self._look({near for p in front for key in _asked(self.rules, p) for near in _beside(key)})
            front = list(self.profiles.values())[before:]
        own = {n: self.profiles[t.report, t.event.id] for n in ids for t in [self.tellings[n]]}
        return {n: p for n, p in own.items() if self.ids[p.ref] == n}

    def fetch(self, keys: Collection[str]) -> list[Telling]:
        self._look(keys)
        return [self.tellings[n] for key in keys for n in self.under[_number(key)]]

    def _look(self, keys: Iterable[str]) -> None:
        missing = {hashed for key in keys if (hashed := _number(key)) not in self.under}
        if missing:
            self.under.update((hashed, []) for hashed in missing)
            for key, ident in self.whole.space.among("SELECT key, id FROM blocks JOIN wanted ON key = value", missing):
                self.under[key].append(ident)
            self._learn({n for hashed in missing for n in self.under[hashed]})

    def _learn(self, ids: Iterable[int]) -> None:
        missing = [n for n in ids if n not in self.tellings]
        if missing:
            found = self.whole._load(missing)
            self.tellings |= found
            for n in sorted(found):
                p = self.rules.profile(found[n])
                if p is not None and p.ref not in self.profiles:
                    self.profiles[p.ref], self.ids[p.ref] = p, n


def _telling(data: bytes, key: str, outlet: str, day: str, origin: str) -> Telling:
    return Telling(unpacked(data), key, outlet, day, origin)


def _asked(rules: Rules, p: Profile) -> Iterator[str]:
    """Keys under which a telling's group is looked for: its own; those of cores for the loose, and the other way round."""
    yield from rules.keys(p)
    if rules.core(p):
        names = [f"+{p.scope}{end}" for end in (rules.dyad(p), *rules.ends(p))]
    else:
        names = [f"{form}{dyad}" for dyad in rules.dyads(p) for form in (f"={p.scope}=", f"~{p.scope}")]
    at = p.cell if p.when is None else f"b{p.when // rules.span}"
    yield from (f"{rules.prefix}{name}@{at}" for name in names)


def _beside(key: str) -> Iterator[str]:
    """A key and those of the stretches of days before and after it."""
    yield key
    name, at, bucket = key.rpartition("@b")
    if at and bucket.lstrip("-").isdigit():
        yield from (f"{name}@b{int(bucket) + step}" for step in (-2, -1, 1, 2))


@lru_cache(maxsize=262_144)
def _number(key: str) -> int:
    return number(key)


def _apart(pairs: Iterable[tuple[int, ...]], size: int) -> Iterator[list[tuple[int, ...]]]:
    """Sorted pairs in lists in which no first number is cut in two."""
    kept: list[tuple[int, ...]] = []
    for pair in pairs:
        if len(kept) >= size and pair[0] != kept[-1][0]:
            yield kept
            kept = []
        kept.append(pair)
    if kept:
        yield kept
