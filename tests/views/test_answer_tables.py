"""What the commands over a store print: what it says, how it fits, and what it never lets through."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from builders import coded, hostile
from communique.measure.alerts import Alert
from communique.records import CodedReport, Report
from communique.store import Store, open_store
from communique.views import explain, tables
from contracts.making import Draft, report

KINDS = ("events", "statements", "incidents", "claims")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "record.db") as found:
        yield found


def console(width: int = 100, encoding: str = "utf-8", colour: bool = False) -> tuple[Console, io.BytesIO]:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, newline="", write_through=True)
    return Console(file=file, width=width, highlight=False, markup=False, emoji=False, force_terminal=colour), raw


def listed(store: Store, kind: str, width: int = 100, encoding: str = "utf-8") -> str:
    out, raw = console(width, encoding)
    tables.show(kind, getattr(store, kind)(), out)
    return raw.getvalue().decode(encoding)


def explained(store: Store, ident: str, width: int = 100, encoding: str = "utf-8") -> str:
    out, raw = console(width, encoding)
    explain.show(store.explain(ident), out)
    return raw.getvalue().decode(encoding)


def flat(text: str) -> str:
    return " ".join(text.split())


def test_each_kind_is_told_with_its_day_status_and_id(store: Store) -> None:
    store.add(coded(), "by hand")
    events = flat(listed(store, "events"))
    assert "2024-04-09 ACCUSE·allege 🇫🇮 FIN.GOV Finland → 🇷🇺 RUS.GOV Russia · actual “OSLO — Finland accused" in events
    assert "(2024-04-10) COERCE·cyber 🇷🇺 RUS.GOV Russia · claimed on the word of Finland ‹FIN.GOV›" in events
    assert "on the word of Officials in Warsaw ‹POL.GOV›, citing Ukrainian intelligence ‹UKR.SPY› · historical" in events
    assert "The Demo · 2024-04-10 · e1" in events
    said = flat(listed(store, "statements"))
    assert "accuse 🇫🇮 FIN.GOV Elina Valtonen, foreign minister · about RUS “this is a threat to every traveller”" in said
    incidents = flat(listed(store, "incidents"))
    assert "1 report, 1 outlet, 1 origin · seen 2024-04-10" in incidents
    claims = flat(listed(store, "claims"))
    assert "🇫🇮 FIN.GOV Finland asserts since 2024-04-10 · 1 telling" in claims


def test_an_alert_names_claim_and_incidents() -> None:
    out, raw = console()
    found = Alert("contested", "2025-06-12", "IRN", "NOR", "ASSAULT: NOR.GOV against IRN.GOV", ("i1", "i2"), claim="c1")
    assert tables.show("alerts", [found], out) == 1
    assert flat(raw.getvalue().decode()) == "2025-06-12 contested IRN and NOR: ASSAULT: NOR.GOV against IRN.GOV c1 · i1 · i2"


def wire(ident: str, outlet: str, published: str, *, end: str = "") -> CodedReport:
    """A report of one accusation, long enough that its copies are known for copies."""
    draft = Draft(ident, published, outlet, f"https://example.org/{ident}", f"Title {ident}")
    draft.told("NOR", "ACCUSE", "IRN", date="2025-06-10")
    draft.say("Divers found a cut cable on the sea bed some forty miles west of Bergen, and a barge had left the place at night.")
    draft.say("The prosecutor in Bergen said that the crew of eleven had been questioned for two days and that three were held.")
    draft.say(f"Insurers put the damage at nine million crowns, which the owners of the cable want to have back.{end}")
    return draft.coded()


def test_an_incident_is_explained_down_to_the_sentence_with_copies_below_their_origin(store: Store) -> None:
    for one in (wire("w1", "The Wire", "2025-06-10"), wire("w2", "The Copy", "2025-06-11", end=" A ship waits."),
                report("n3", "NOR", "ACCUSE", "IRN", date="2025-06-10", published="2025-06-11", source="The Coast")):  # fmt: skip
        store.add(one, "by hand")
    (incident,) = store.incidents()
    text = flat(explained(store, incident.id))
    assert "3 reports of 3 outlets, 2 independent origins · first seen 2025-06-10, last 2025-06-11" in text
    assert "told by 2 independent origins:" in text and "w2 copies w1 (probability" in text
    first, copied = text.index("The Wire · 2025-06-10 · w1"), text.index("copy: The Copy · 2025-06-11 · w2")
    assert first < copied < text.index("The Coast · 2025-06-11 · n3")
    assert "“Norway accused Iran.” Title w1 · https://example.org/w1" in text
    event = next(iter(store.events())).telling.event.id
    assert f"part of incident {incident.id}" in flat(explained(store, event))
    assert "copied by w2" in flat(explained(store, "w1")) and "said:" in flat(explained(store, "n3"))


def test_a_claim_is_explained_by_its_sides_and_a_correction_is_told(store: Store) -> None:
    store.add(Draft("c1", "2025-06-11", "The Fjord").told("IRN", "ASSAULT", "NOR", status="claimed", on="NOR").coded(), "by hand")
    store.add(Draft("c2", "2025-06-12", "The Bazaar").told("IRN", "ASSAULT", "NOR", status="denied", on="IRN").coded(), "by hand")
    (claim,) = store.claims()
    text = flat(explained(store, claim.id))
    assert "contested · heard 2025-06-11 to 2025-06-12 · 0 origins in its own voice" in text
    assert "NOR.GOV Norway asserts it · 2025-06-11 to 2025-06-11" in text and "IRN.GOV Iran denies it · 2025-06-12" in text
    event = next(iter(store.events())).telling.event.id
    store.correct(event, "place", "Bergen", "an analyst")
    assert f"event {event}, place was '', is 'Bergen'" in flat(explained(store, event))


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_a_hostile_report_steers_nothing(store: Store, encoding: str) -> None:
    evil = hostile()
    made = Report(evil.report.text, evil.report.id, evil.report.title, "2024-04-10", evil.report.source, evil.report.url)
    # A deed: what its own actor says of an act of words is no claim, and one of each kind is wanted here.
    deeds = tuple(replace(event, type="ASSAULT") for event in evil.events)
    store.add(CodedReport(made, evil.sentences, deeds, evil.statements), "by hand")
    texts = [listed(store, kind, encoding=encoding) for kind in KINDS] + [explained(store, made.key, encoding=encoding)]
    for text in texts:
        assert text.strip() and not {"\x1b", "\u202e", "\x07", "\r"} & set(text)
        assert encoding == "utf-8" or text.isascii()


@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_line_is_wider_than_the_terminal(store: Store, width: int) -> None:
    store.add(coded(), "by hand")
    texts = [listed(store, kind, width) for kind in KINDS] + [explained(store, "demo-1", width)]
    assert max(cell_len(line) for text in texts for line in text.splitlines()) <= width
