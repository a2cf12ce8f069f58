"""Why words are resolved as they are: asking changes nothing, and the answer holds what decided."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from reading import at, resolver

import communique
from builders import coded as demo
from communique.cli import main
from communique.errors import InputError
from communique.records import CodedReport, Entity, Reason, Report
from communique.resolve import trace as tracing_module
from communique.resolve.pronouns import is_pronoun
from communique.resolve.report import ReportResolver
from communique.resolve.trace import UNRESOLVED, Trace, reliability, tracing
from communique.settings import read_table
from communique.views.why import why_lines

GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("*.txt"))
TEXT = (
    "French President Emmanuel Macron met Vladimir Putin in Berlin. He left early. Police closed the street. "
    "Norway protested, and the two leaders promised talks. Zork Blat spoke."
)


def spans_of(made: ReportResolver) -> Iterator[tuple[int, int]]:
    """Everything in a text that may stand for somebody."""
    for atom in made.atoms:
        yield atom.start, atom.end
    for token in made.tokens:
        if token.capital or is_pronoun(token.norm):
            yield token.start, token.end


def resolved(text: str) -> list[tuple[Entity, ...]]:
    made = resolver(text)
    return [made.resolve(*span, role=role) for span in spans_of(made) for role in ("actor", "recipient", "speaker")]


@pytest.mark.parametrize("path", GOLDEN[:4], ids=lambda p: p.stem)
def test_asking_for_reasons_changes_no_result(path: Path) -> None:
    text = path.read_text("utf-8")
    plain = resolved(text)
    with tracing() as trace:
        assert resolved(text) == plain
    assert set(trace.reasons) == {e for found in plain for e in found}
    assert resolver(text).trace is None
    assert {r.rule for r in trace.reasons.values()} <= {*reliability(), "pronoun who"}


def why(words: str, nth: int = 0) -> tuple[Entity, Reason]:
    with tracing() as trace:
        (found,) = resolver(TEXT).resolve(*at(TEXT, words, nth))
    return found, trace.reasons[found]


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("Emmanuel Macron", "person of the tables"), ("He", "pronoun he"), ("Police", "office by what is near"),
        ("Norway", "state by its name"), ("Berlin", "state by its capital"),
        ("French President", "office held by a person of the report"),
    ],
)  # fmt: skip
def test_the_rule_that_decided(words: str, rule: str) -> None:
    _, reason = why(words)
    assert (reason.rule, reason.probability) == (rule, reliability()[rule]) and 0.5 < reason.probability < 1


def test_a_ranking_shows_its_candidates_with_signs_that_add_up() -> None:
    entity, reason = why("He")
    (ranking,) = [s for s in reason.steps if s.rule == "ranking he"]
    chosen = [c for c in ranking.candidates if c.chosen]
    assert [c.name for c in chosen] == [entity.name] and len(ranking.candidates) >= 3
    for candidate in ranking.candidates[:-1]:
        assert sum(f.value * f.weight for f in candidate.features) == pytest.approx(candidate.score, abs=0.01)
        assert candidate.score is not None and chosen[0].score is not None and candidate.score <= chosen[0].score
    assert ranking.candidates[-1].name == "(nobody)"


def test_a_person_shows_the_rows_with_the_one_held_on_the_date() -> None:
    _, reason = why("Emmanuel Macron")
    (step,) = [s for s in reason.steps if s.candidates]
    chosen = [c.name for c in step.candidates if c.chosen]
    assert len(chosen) == 1 and chosen[0].startswith("Emmanuel Macron, President of FRA (2017-05-14 to")


def test_a_guess_made_once_is_explained_each_time() -> None:
    text = "Norway protested. Zork Blat spoke. Zork Blat left."
    with tracing() as trace:
        made = resolver(text)
        both = [made.resolve(*at(text, "Zork Blat", n))[0] for n in (0, 1)]
    assert all(any(s.rule == "ranking name" for s in trace.reasons[e].steps) for e in both)


def test_below_the_threshold_words_stay_unresolved(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {**reliability(), "threshold": 0.9}
    monkeypatch.setattr(tracing_module, "reliability", lambda: table)
    made = resolver(TEXT)
    assert isinstance(made.trace, Trace)
    (police,) = made.resolve(*at(TEXT, "Police"))
    assert police == Entity("Police", *at(TEXT, "Police")) and made.trace.reasons[police].rule == UNRESOLVED
    assert made.resolve(*at(TEXT, "Norway"))[0].country == "NOR"


def test_the_table_of_reliability() -> None:
    rows = {row["rule"]: row for row in read_table("actors/reliability.tsv")}
    assert reliability()["threshold"] == 0, "a threshold changes results: say so in the changelog"
    assert 0.85 < reliability()["all"] < 1
    counted = [r for name, r in rows.items() if name not in ("all", "threshold")]
    assert sum(int(r["of"]) for r in counted) == int(rows["all"]["of"])
    assert all(0 < float(r["probability"]) < 1 for r in counted)
    page = (Path(__file__).parents[2] / "docs" / "actors.md").read_text("utf-8")
    for name, row in rows.items():
        if name not in ("all", "threshold"):
            found = re.search(rf"^\| `{re.escape(name)}` \|[^|]*\| ([\d,]+) \| ([\d.]+) \|$", page, re.MULTILINE)
            assert found, f"docs/actors.md has no row for the rule {name!r}"
            assert (int(found[1].replace(",", "")), float(found[2])) == (int(row["of"]), round(float(row["probability"]), 2))


def explained() -> CodedReport:
    """The demo report, each entity of which has one reason."""
    report = demo()
    every = dataclasses.replace(report, reasons={}).explain()
    return dataclasses.replace(report, reasons={e.entity: Reason("state by its name", 0.99) for e in every})


def test_a_party_of_an_earlier_telling_has_its_reason() -> None:
    report = explained()
    event = dataclasses.replace(report.events[0], actors=(dataclasses.replace(report.events[0].actors[0], inherited=True),))
    (actor, _) = dataclasses.replace(report, events=(event,)).explain("e1")
    assert actor.reason is not None and "earlier telling" in next(iter(why_lines(actor)))


def test_a_report_explains_one_record_or_all() -> None:
    report = explained()
    (actor, recipient) = report.explain("e1")
    assert (actor.role, actor.entity.country, recipient.role, recipient.entity.country) == ("actor", "FIN", "recipient", "RUS")
    assert actor.reason == Reason("state by its name", 0.99) and report.explain("s1")[0].role == "speaker"
    assert {e.record for e in report.explain()} == {e.id for e in report.events} | {s.id for s in report.statements}
    assert json.loads(json.dumps(report.to_dict()))["explained"][0]["reason"]["rule"] == "state by its name"
    assert report == demo() and "explained" not in demo().to_dict()
    with pytest.raises(InputError, match="explain=True"):
        demo().explain("e1")
    with pytest.raises(InputError, match=r"'e99'.*is not in report"):
        report.explain("e99")


class Loaded:
    """Stands in for `communique.load`."""

    def __call__(self, threads: int = 0, *, explain: bool = False) -> Loaded:
        self.explain = explain
        return self

    def pipe(self, reports: Iterable[Report], *, batch_size: int = 16) -> Iterator[CodedReport]:
        for _ in reports:
            yield explained() if self.explain else demo()


def test_the_command_explains_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(communique, "load", Loaded())
    shown = CliRunner().invoke(main, ["read", "--explain"], input="x").stdout
    assert "actor “Finland” = FIN.GOV: state by its name, probability 0.99" in shown
    assert "probability" not in CliRunner().invoke(main, ["read"], input="x").stdout
    record = json.loads(CliRunner().invoke(main, ["read", "--explain", "--json"], input="x").stdout)
    assert record["explained"][0]["role"] == "actor"


@pytest.mark.weights
def test_an_explaining_reader_reads_the_same_and_has_a_reason_for_everybody() -> None:
    text = GOLDEN[-1].read_text("utf-8")
    plain = communique.load(threads=1).read(text, published="2024-04-10")
    told = communique.load(threads=1, explain=True).read(text, published="2024-04-10")
    assert told == plain and plain.reasons is None
    assert told.explain() and all(e.reason is not None for e in told.explain() if e.entity.text)
    chosen = [e for e in told.explain() if e.role == "parties"]
    assert [e.record for e in chosen] == [e.id for e in told.events] and not plain.choices
    for one in chosen:
        head, *below = why_lines(one)
        assert head.startswith("parties ") and "of all choices" in head and any(line.startswith("    * ") for line in below)
