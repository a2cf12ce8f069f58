"""The commands over a store: what they keep, print and write, and how they end. Reports are coded by hand, but for the last
part, in which the shipped weights read the demo's."""

from __future__ import annotations

import csv
import dataclasses
import io
import itertools
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

import communique
from builders import StandIn
from commands import run
from communique.gather.archives.pieces import Piece
from communique.records import CodedReport, Report
from communique.store import open_store
from contracts.making import Draft, many, report

ROOT = Path(__file__).resolve().parents[1]
STORY = sorted((ROOT / "demo" / "story").glob("*.json"))


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The store that commands use when nothing is said; not made yet."""
    path = tmp_path / "record.db"
    monkeypatch.setenv("COMMUNIQUE_STORE", str(path))
    return path


@pytest.fixture
def filled(store: Path) -> Path:
    """Sixty events and more at random, and a quarrel of Norway and Iran."""
    with open_store(store) as opened:
        list(opened.add_many(many(30), reader="by hand"))
        days = {"CONSULT": "2025-06-02", "ACCUSE": "2025-06-10", "THREATEN": "2025-06-17", "SANCTION": "2025-06-24"}
        for kind, day in days.items():
            opened.add(report(f"q-{kind}", "NOR", kind, "IRN", date=day, published=day), "by hand")
        draft = Draft("q-claim", "2025-06-25", "The Fjord")
        opened.add(draft.told("IRN", "ASSAULT", "NOR", date="2025-06-20", status="claimed", on="NOR").coded(), "by hand")
    return store


def lines(path: Path, *texts: str) -> Path:
    path.write_text("".join(json.dumps({"id": f"r{n}", "text": text}) + "\n" for n, text in enumerate(texts)), "utf-8")
    return path


class Reads(StandIn):
    """Counts what it reads, and is broken off by Ctrl-C at a report that says so."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []

    def pipe(self, reports: Iterable[Report | str], *, batch_size: int = 16) -> Iterator[CodedReport]:
        for one in reports:
            assert isinstance(one, Report)
            if "BREAK" in one.text:
                raise KeyboardInterrupt
            self.read.append(one.id)
            yield from super().pipe([one])


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Reads:
    found = Reads()
    monkeypatch.setattr(communique, "load", lambda threads=0: found)
    return found


def test_adding_again_reads_nothing_and_changes_nothing(store: Path, reader: Reads, tmp_path: Path) -> None:
    file = lines(tmp_path / "a.jsonl", "one", "two", "three")
    first = run("add", file, "--published", "2025-03-14", "--source", "S", "--json")
    assert (first.exit_code, json.loads(first.stdout)["new"], reader.read) == (0, 3, ["r0", "r1", "r2"])
    again = run("add", file, "--published", "2025-03-14", "--source", "S")
    assert again.stdout == f"{store}: 3 unchanged\n" and len(reader.read) == 3 and again.stderr == ""
    lines(file, "one", "two, corrected", "three")
    assert "1 corrected, 2 unchanged" in run("add", file, "--published", "2025-03-14", "--source", "S").stdout
    with open_store(store) as opened:
        kept = opened.report("r1")
        assert (kept.version, kept.coded.report.text, kept.coded.report.source) == (2, "two, corrected", "S")
        assert opened.report("r1", version=1).coded.report.text == "two"


def test_what_is_set_aside_is_told_noted_and_struck_once_it_is_read(store: Path, reader: Reads, tmp_path: Path) -> None:
    file = lines(tmp_path / "a.jsonl", "one", "REFUSE this")
    file.write_text(file.read_text() + '{"id": \n')
    done = run("add", file, tmp_path / "none.txt")
    assert done.exit_code == 1 and "1 new, 3 set aside" in done.stdout and len(done.stderr.splitlines()) == 3
    with open_store(store) as opened:
        assert [(f.input, f.tries) for f in opened.failures()] == [
            (f"{file}, report 'r1'", 1), (f"{file}, line 3", 1), (str(tmp_path / "none.txt"), 1),
        ]  # fmt: skip
    lines(file, "one", "accepted")
    assert run("add", file).exit_code == 0
    with open_store(store) as opened:
        assert [f.input for f in opened.failures()] == [str(tmp_path / "none.txt")]


def test_what_the_store_refuses_is_set_aside_alone(store: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Odd(StandIn):
        """Makes a date that is none, as a later feed's reader might."""

        def pipe(self, reports: Iterable[Report | str], *, batch_size: int = 16) -> Iterator[CodedReport]:
            for one in super().pipe(reports):
                bad = dataclasses.replace(one.report, published="soon")
                yield dataclasses.replace(one, report=bad) if one.report.id == "r1" else one

    monkeypatch.setattr(communique, "load", lambda threads=0: Odd())
    done = run("add", lines(tmp_path / "a.jsonl", "one", "two", "three"))
    assert done.exit_code == 1 and "2 new, 1 set aside" in done.stdout and "published 'soon'" in done.stderr


def test_what_comes_by_standard_input_is_kept_at_once(store: Path, reader: Reads, monkeypatch: pytest.MonkeyPatch) -> None:
    # The last report of a feed was kept only when the next one came.
    kept: list[bool] = []

    def feed(*_: object) -> Iterator[Piece]:
        for n in range(3):
            given = Report(f"text {n}", id=f"r{n}")
            yield Piece(n + 1, "", lambda given=given: given)
            with open_store(store) as other:
                kept.append(other.has(given))

    monkeypatch.setattr("communique.gather.inputs._standard", feed)
    assert "3 new" in run("add", "-").stdout and kept == [True, True, True]


def test_ctrl_c_loses_nothing_that_was_read(store: Path, reader: Reads, tmp_path: Path) -> None:
    file = lines(tmp_path / "a.jsonl", "one", "two", "BREAK", "four")
    done = run("add", file)
    assert done.exit_code == 130 and "2 new" in done.stdout and "goes on from here" in done.stderr
    lines(file, "one", "two", "three", "four")
    assert "2 new, 2 unchanged" in run("add", file).stdout and reader.read == ["r0", "r1", "r2", "r3"]


def test_recode_keeps_both_codings_and_needs_a_store(filled: Path, reader: Reads) -> None:
    done = run("recode", "--json")
    assert (done.exit_code, json.loads(done.stdout)["recoded"]) == (0, 35)
    with open_store(filled) as opened:
        assert list(opened.events()) == [] and opened.report("q-ACCUSE", reader="by hand").coded.events
        assert [v.readers[0] for v in opened.report("q-ACCUSE").versions] == ["by hand"]
    assert "nothing to do" in run("recode").stdout
    assert "35 recoded" in run("recode", "--all").stdout
    missing = run("recode", "--store", filled.with_name("none.db"))
    assert missing.exit_code == 1 and "does not exist (check the path, or add reports first)" in missing.stderr


def test_words_in_another_encoding_are_answered(filled: Path) -> None:
    # A byte that is not UTF-8 ended in a traceback.
    assert run("events", "--actor", "\udcff").exit_code == 0
    done = run("explain", "\udcff")
    assert done.exit_code == 1 and "not in the store" in done.stderr


def test_tables_say_what_there_is_and_whether_there_is_more(filled: Path) -> None:
    found = run("incidents", "--actor", "Norway", "--recipient", "Iran", "--since", "2025-06", "--type", "accuse,threaten")
    assert found.exit_code == 0 and found.stderr == "" and "\x1b" not in found.stdout
    assert found.stdout.index("ACCUSE") < found.stdout.index("THREATEN") and "SANCTION" not in found.stdout
    newest = run("incidents", "--actor", "NOR", "--recipient", "IRN", "--since", "2025-06", "--newest", "--limit", "1").stdout
    assert "SANCTION" in newest and "ACCUSE" not in newest
    assert "the first 50 of more" in run("events").stderr
    none = run("claims", "--actor", "Chna")
    assert (none.exit_code, none.stdout) == (0, "") and "no claims fit" in none.stderr and "did you mean China" in none.stderr


@pytest.mark.parametrize("kind", ["events", "statements", "incidents", "claims"])
def test_every_format_holds_the_same_records(filled: Path, tmp_path: Path, kind: str) -> None:
    import pyarrow.parquet as parquet

    with communique.open(filled) as record:
        wanted = getattr(record, kind)().to_dicts()
    table = list(csv.DictReader(io.StringIO(run(kind, "--format", "csv").stdout)))
    assert [row["id"] for row in table] == [row["id"] for row in wanted] and list(table[0]) == list(wanted[0])
    assert len(run(kind, "--format", "json").stdout.splitlines()) == len(wanted)
    for name in ("a.csv", "a.jsonl", "a.parquet", "a.txt"):
        done = run(kind, "--out", tmp_path / name)
        assert (done.exit_code, done.stdout) == (0, "") and "wrote" in done.stderr
    assert parquet.read_table(tmp_path / "a.parquet").to_pylist() == wanted
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith("a.")) == ["a.csv", "a.jsonl", "a.parquet", "a.txt"]


def test_a_cell_that_a_spreadsheet_would_run_is_text(store: Path) -> None:
    with open_store(store) as opened:
        opened.add(report("f", "NOR", "ACCUSE", "IRN", source="=HYPERLINK(1)", title="+cmd"), "by hand")
    (row,) = csv.DictReader(io.StringIO(run("events", "--format", "csv").stdout))
    assert (row["source"], row["title"], row["score"]) == ("'=HYPERLINK(1)", "'+cmd", "-2.0")


@pytest.mark.parametrize("form", ["csv", "json"])
def test_no_format_steers_the_terminal(store: Path, form: str) -> None:
    # A title with an escape code, or with its one-character form, went out as it was.
    with open_store(store) as opened:
        opened.add(report("f", "NOR", "ACCUSE", "IRN", source="a\x1b[31mred\x9b31m", title="one\ntwo\u202e"), "by hand")
    out = run("events", "--format", form).stdout
    assert not any(c in out for c in "\x1b\x9b") and len(out.splitlines()) == (2 if form == "csv" else 1)
    if form == "json":
        found = json.loads(out)
        assert (found["telling"]["outlet"], found["title"]) == ("a\x1b[31mred\x9b31m", "one\ntwo\u202e") and "\u202e" not in out


def test_timeline_prints_draws_and_gives_json(filled: Path, tmp_path: Path) -> None:
    asked = ("timeline", "Norway", "Iran", "--since", "2025-06", "--until", "2025-06-29")
    text = run(*asked).stdout
    assert "NOR and IRN, by week" in text and "SANCTION" in text and "only claimed, not counted: 1" in text
    assert "tension on 2025-06-29" in text
    found = json.loads(run(*asked, "--json").stdout)
    assert [p["conflicts"] for p in found["points"]] == [0, 0, 1, 1, 1] and len(found["tension"]["points"]) == 29
    for name, head in (("a.svg", b"<?xml"), ("a.png", b"\x89PNG")):
        assert run(*asked, "--plot", tmp_path / name, "--by", "day").exit_code == 0
        assert (tmp_path / name).read_bytes().startswith(head)
    assert "ends in .png or .svg" in run(*asked, "--plot", tmp_path / "a.gif").stderr


def test_a_timeline_of_a_misspelt_country_says_which_may_be_meant(filled: Path, tmp_path: Path) -> None:
    asked, note = ("timeline", "Norwy", "Iran"), "'Norwy' was taken for the name of a person or body: did you mean Norway?"
    assert note in run(*asked).stdout and note in json.loads(run(*asked, "--json").stdout)["notes"]
    assert note in run(*asked, "--plot", tmp_path / "a.svg").stderr


def test_alerts_and_explain_lead_to_the_sentence(filled: Path) -> None:
    found = [json.loads(line) for line in run("alerts", "--since", "2025-06", "--json").stdout.splitlines()]
    assert {(x["kind"], x["a"], x["b"]) for x in found} == {("new type", "IRN", "NOR")}
    for alert in found:
        shown = run("explain", alert["incidents"][0])
        assert shown.exit_code == 0 and "NOR.GOV Norway" in shown.stdout and "The Demo" in shown.stdout
        assert json.loads(run("explain", alert["incidents"][0], "--json").stdout)["kind"] == "incident"
    assert "new type" in run("alerts", "--since", "2025-06").stdout and "no alerts" in run("alerts", "--since", "2026").stderr


@pytest.mark.weights
def test_explain_says_why_where_it_is_asked(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Norway accused Russia of sabotage on Tuesday. The minister resigned.")
    assert run("add", path, "--published", "2025-03-12").exit_code == 0
    asked = ("events", "--type", "ACCUSE", "--format", "json")
    (event,) = [json.loads(line)["telling"]["event"]["id"] for line in run(*asked).stdout.splitlines()]
    told = run("explain", event, "--why").stdout
    assert "parties NOR → RUS: choice of both sides" in told and "actor “Norway” = NOR.GOV: state by its name" in told
    assert "parties" not in run("explain", event).stdout
    roles = [one["role"] for one in json.loads(run("explain", event, "--why", "--json").stdout)["explained"]]
    assert roles == ["parties", "actor", "recipient"]
    incident = json.loads(run("incidents", "--format", "json").stdout.splitlines()[0])["id"]
    assert "give the id of one of its events" in run("explain", incident, "--why").stderr
    with open_store(store) as opened:
        coded = opened.report(opened.explain(event).events[0].telling.report).coded
        moved = dataclasses.replace(coded.events[0], id="0" * 16, start=0, end=3)
        other = dataclasses.replace(coded.report, id="other", url="", source="The Fjord")
        opened.add(dataclasses.replace(coded, report=other, events=(moved,)), "another reader")
    assert "is not what the reader finds now" in run("explain", "0" * 16, "--why").stderr


@pytest.mark.parametrize("form", ["plover", "polecat", "icews", "gdelt", "parquet", "ftm"])
@pytest.mark.parametrize("kind", ["incidents", "events"])
def test_export_writes_every_layout(filled: Path, tmp_path: Path, form: str, kind: str) -> None:
    done = run("export", form, "--of", kind, "--actor", "Norway", "--since", "2025-06", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    files = [p for p in [tmp_path / "out", *(tmp_path / "out").rglob("*")] if p.is_file()]
    assert files and all(p.stat().st_size for p in files) and f"4 of 4 {kind}, as " in done.stderr


def test_export_for_spreadsheets_and_by_status(filled: Path, tmp_path: Path) -> None:
    asked = ("export", "icews", "--actor", "Iran", "--recipient", "Norway", "--since", "2025-06", "--out", tmp_path / "a.csv")
    assert "left out: 1 (status claimed)" in run(*asked).stderr
    done = run(*asked, "--status", "claimed", "--spreadsheet")
    assert done.exit_code == 0 and "1 of 1 incident, as 1 row\n" in done.stderr
    assert (tmp_path / "a.csv").read_text("utf-8").splitlines()[0].startswith("Event ID,")


def test_export_takes_every_status_of_a_list(filled: Path, tmp_path: Path) -> None:
    # What stood behind ", " was chosen by the question, and then left out as of another status.
    asked = ("export", "icews", "--actor", "Iran", "--recipient", "Norway", "--since", "2025-06", "--out", tmp_path / "a.tab")
    assert "1 of 1 incident, as 1 row\n" in run(*asked, "--status", "actual, Claimed").stderr


@pytest.mark.parametrize(("form", "per"), [("icews", "pair"), ("gdelt", "pair"), ("parquet", "pair"), ("plover", "")])
def test_what_an_export_leaves_out_and_writes_is_all_there_is(filled: Path, tmp_path: Path, form: str, per: str) -> None:
    """Rows and incidents were compared, which are not the same where one has several pairs."""
    coded = report("q-two", "NOR", "THREATEN", "IRN", date="2025-05-05", published="2025-05-05")
    (event,) = coded.events
    both = (*event.recipients, dataclasses.replace(event.recipients[0], country="RUS"))
    with open_store(filled) as store:
        store.add(dataclasses.replace(coded, events=(dataclasses.replace(event, recipients=both),)), "by hand")
    told, *reasons = run("export", form, "--out", tmp_path / "out").stderr.splitlines()
    kept, every, rows = map(int, re.findall(r" (\d+)(?: of| incidents| row)", told))
    left = [int(line.split()[2]) for line in itertools.takewhile(lambda line: line.startswith("  left"), reasons)]
    with open_store(filled) as store:
        assert kept + sum(left) == every == len(list(store.incidents()))
    assert bool(left) == (form in ("icews", "gdelt"))
    assert told.endswith(f"as {rows} rows (one for each {per})" if per else f"as {rows} rows") and (rows > kept) == bool(per)


@pytest.mark.parametrize("form", ["plover", "polecat", "icews", "ftm"])
def test_a_folder_is_no_file_to_export_to(filled: Path, tmp_path: Path, form: str) -> None:
    (tmp_path / "there").mkdir()
    for out in (f"{tmp_path}/new.d/", f"{tmp_path}/there"):
        done = run("export", form, "--out", out)
        assert done.exit_code == 2 and f"is a folder, and {form} one file" in " ".join(done.stderr.split())
    assert not (tmp_path / "new.d").exists()


def test_store_info(filled: Path) -> None:
    found = json.loads(run("store", "info", "--json").stdout)
    assert found["rows"]["reports"] == 35 and found["bytes"] > 0 and found["schema"] and found["store"] == str(filled)
    assert "bytes an event" in run("store", "info").stdout


def test_a_store_that_other_rules_compared_is_compared_again(filled: Path) -> None:
    before = run("incidents", "--json").stdout
    with closing(sqlite3.connect(filled)) as connection, connection:
        connection.execute("DELETE FROM block")
        connection.execute("UPDATE event SET incident_id = NULL")
        connection.execute("DELETE FROM incident WHERE id % 2")
    found = json.loads(run("store", "compare", "--json").stdout)
    assert run("incidents", "--json").stdout == before
    with open_store(filled) as store:
        counts = [len(list(each)) for each in (store.copies(), store.incidents(), store.claims())]
    assert found == {"store": str(filled), "reports": 35, **dict(zip(("copies", "incidents", "claims"), counts, strict=True))}
    assert f"35 reports, {counts[0]} copies, {counts[1]} incidents, {counts[2]} claims" in run("store", "compare").stdout
    assert "does not exist" in run("store", "compare", "--store", str(filled) + ".none").stderr


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        (["events", "--actor", "CHX"], 1, "party 'CHX': is no code of a country"),
        (["events", "--type", "FIGHT"], 1, "type 'FIGHT': is not in the codebook"),
        (["events", "--since", "soon"], 1, "since 'soon': is not a date (write it as 2024-04-10"),
        (["events", "--country", "Atlantis"], 1, "country 'Atlantis': is neither"),
        (["events", "--text", "-not"], 1, "names no word that a report must have"),
        (["events", "--text", 'port "of Muuga'], 1, "has a quotation mark that is not closed (close it, or leave it out)"),
        (["events", "--actor", "China", "--actor", "Russia"], 2, "--actor is given twice: give one at a time"),
        (["store", "info", "--store", "a", "--store", "b", "--store", "c"], 2, "--store is given 3 times: give one at a time"),
        (["export", "gdelt", "--out", "a", "--since", "2024", "--since", "2025"], 2, "--since is given twice"),
        (["events", "--since", "2025-03", "--until", "2025-01"], 1, "since 2025-03-01: is after until 2025-01-31 (swap them)"),
        (["alerts", "--since", "2025-03", "--until", "2025-01"], 1, "is after until"),
        (["timeline", "NOR", "IRN", "--since", "2025-03", "--until", "2025"], 0, ""),
        (["timeline", "NOR", "IRN", "--since", "2025-03", "--until", "2024"], 1, "is after until"),
        (["timeline", "NOR", "Norway"], 1, "parties 'NOR' and 'Norway': are one and the same (name two"),
        (["events", "--limit", "0"], 2, "--limit"), (["events", "--format", "parquet"], 2, "give --out FILE"),
        (["events", "--out", "a.doc"], 2, "does not say in which format"),
        (["events", "--out", "no/such/folder/a.csv"], 1, "cannot be written"),
        (["statements", "--status", "actual"], 2, "--status"), (["explain", "0123"], 1, "id '0123': is not in the store"),
        (["timeline", "NOR"], 2, "WHOM"), (["add"], 2, "SOURCE"), (["export", "excel", "--out", "a"], 2, "excel"),
        (["export", "plover"], 2, "--out"), (["export", "ftm", "--spreadsheet", "--out", "a"], 2, "is for tables"),
        (["export", "ftm", "--out", "no/such/a"], 2, "does not exist: make it first"),
        (["events", "--store", "mysql://x/y"], 1, "is neither a file nor a PostgreSQL database"),
    ],
)  # fmt: skip
def test_errors_name_the_value_the_reason_and_the_next_step(filled: Path, args: list[str], code: int, told: str) -> None:
    done = run(*args)
    assert done.exit_code == code and told in " ".join(done.stderr.split()), done.stderr


def test_a_hostile_id_cannot_steer_the_terminal(filled: Path) -> None:
    done = run("explain", "\x1b[31m\nred")
    assert done.exit_code == 1 and "\x1b" not in done.stderr and len(done.stderr.splitlines()) == 1


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of the demo's story, read by the shipped weights."""
    path = tmp_path_factory.mktemp("story") / "record.db"
    done = run("add", *STORY, "--store", path, "--threads", "1")
    assert done.exit_code == 0 and f"{len(STORY)} new" in done.stdout, done.output
    return path


@pytest.mark.weights
def test_the_story_in_the_demo_becomes_incidents_with_their_origins(told: Path) -> None:
    with communique.open(told) as record:
        between = list(record.incidents(actor="Estonia", recipient="Russia", since="2025-02-11", until="2025-02-13"))
        several = [one for one in between if one.reports > 1]
        wire = {"wire-0211", "post-0211"}
        assert several and all(one.origins < one.reports for one in several if wire <= {r for r, _ in one.tellings})
        copies = list(record.store.copies())
        assert len(copies) == 2 and len({c.origin for c in copies}) == 1
        assert {c.report for c in copies} | {c.origin for c in copies} == wire | {"ledger-0212"}
        for one in record.incidents():
            assert record.explain(one.id).events
        assert list(record.events(report="courier-0212")) and list(record.statements(actor="Russia", report="courier-0212"))


@pytest.mark.weights
def test_the_story_can_be_asked_for_in_every_way(told: Path, tmp_path: Path) -> None:
    where = ("--store", told)
    assert "3 reports" in run("incidents", "--actor", "EST", "--recipient", "RUS", *where).stdout
    assert "EST and RUS" in run("timeline", "Estonia", "Russia", "--since", "2025-02", *where).stdout
    assert "Estonia" in run("events", "--text", "Narva", *where).stdout
    assert "Neva Courier" in run("statements", "--actor", "Russia", *where).stdout
    with communique.open(told) as record:
        copied = {"wire-0211", "ledger-0212"}
        ident = next(one.id for one in record.incidents() if copied <= {r for r, _ in one.tellings})
    text = run("explain", ident, *where).stdout
    assert "copy: " in text and "ledger-0212 copies " in text and ".example/" in text
    again = run("add", *STORY, *where)
    assert f"{len(STORY)} unchanged" in again.stdout
    assert "nothing to do" in run("recode", *where).stdout


@pytest.mark.weights
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to send")
def test_a_real_ctrl_c_keeps_what_was_read_and_the_rest_comes_later(tmp_path: Path) -> None:
    path, file = tmp_path / "record.db", tmp_path / "long.jsonl"
    text = "Norway accused Iran of spying on Tuesday. " * 20
    file.write_text("".join(json.dumps({"id": f"r{n}", "text": f"{text} {n}"}) + "\n" for n in range(4000)), "utf-8")
    env = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    call = [sys.executable, "-m", "communique.cli", "add", str(file), "--store", str(path), "--threads", "1"]
    with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env) as process:
        try:
            deadline = time.monotonic() + 120
            while not _kept(path) and time.monotonic() < deadline:
                time.sleep(0.2)
            process.send_signal(signal.SIGINT)
            out, errors = process.communicate(timeout=120)
        finally:
            process.kill()
    assert process.returncode == 130 and "Traceback" not in errors, errors
    kept = _kept(path)
    assert f"{kept:,} new" in out and 0 < kept < 4000


def _kept(path: Path) -> int:
    """Reports in a store that another process may be making just now."""
    if not path.exists() or not path.stat().st_size:
        return 0
    with open_store(path, create=False) as opened:
        return sum(1 for n in range(400) if opened.has(_long(n)))


def _long(n: int) -> Report:
    return Report("Norway accused Iran of spying on Tuesday. " * 20 + f" {n}", id=f"r{n}")
