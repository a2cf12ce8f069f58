"""Hand-built records for tests that need no weights: a report written for the project, coded by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from communique.errors import InputError
from communique.records import CodedReport, Entity, Event, Report, Sentence, Span, Statement

TITLE = "Finland says Russia jams aircraft as talks open in Oslo"

LINES = (
    "OSLO — Finland accused Russia on Tuesday of jamming the navigation of civil aircraft, and its foreign minister, "
    "Elina Valtonen, said that “this is a threat to every traveller”.",
    "Moscow denied that it had attacked any network.",
    "(Getty Images/File photo: the control tower at Lappeenranta.)",
    "Officials in Warsaw, citing Ukrainian intelligence, said North Korea had shipped shells to Russia in 2023.",
    "“If this goes on,” Valtonen said, “we will close the border.” Norway did not join the sanctions.",
)
TEXT = "\n\n".join(LINES)


def at(words: str, nth: int = 0, text: str = TEXT) -> tuple[int, int]:
    """Offsets of the `nth` (from 0) occurrence of `words`."""
    start = -1
    for _ in range(nth + 1):
        start = text.index(words, start + 1)
    return start, start + len(words)


def entity(words: str, country: str = "", sector: str = "", nth: int = 0, *, name: str = "", office: str = "") -> Entity:
    """A participant at the `nth` occurrence of its words."""
    start, end = at(words, nth)
    return Entity(words, start, end, country, sector, name, office)


def sentences(spans: Sequence[tuple[str, str]], text: str = TEXT) -> tuple[Sentence, ...]:
    """Sentences from (words, kind), in order."""
    out: list[Sentence] = []
    position = 0
    for n, (words, kind) in enumerate(spans):
        start = text.index(words, position)
        position = start + len(words)
        out.append(Sentence(n, start, position, kind))
    return tuple(out)


def report() -> Report:
    return Report(TEXT, "demo-1", TITLE, "2024-04-10", "The Demo", "https://example.org/a", "en")


def coded() -> CodedReport:
    """The demo report with each status, a source chain, a split quotation, a caption and overlapping spans."""
    split = (
        (LINES[0], "body"), (LINES[1], "body"), (LINES[2], "caption"), (LINES[3], "body"),
        ("“If this goes on,” Valtonen said, “we will close the border.”", "body"),
        ("Norway did not join the sanctions.", "body"),
    )  # fmt: skip
    finland, russia = entity("Finland", "FIN", "GOV"), entity("Russia", "RUS", "GOV")
    moscow = entity("Moscow", "RUS", "GOV")
    it = Entity("it", at("that it had")[0] + 5, at("that it had")[0] + 7, "RUS", "GOV")
    we = Entity("we", at("we will")[0], at("we will")[0] + 2, "FIN", "GOV")
    valtonen = entity("Elina Valtonen", "FIN", "GOV", name="Elina Valtonen", office="foreign minister")
    short = entity("Valtonen", "FIN", "GOV", nth=1, name="Elina Valtonen")
    warsaw = entity("Officials in Warsaw", "POL", "GOV")
    kyiv = entity("Ukrainian intelligence", "UKR", "SPY")
    events = (
        Event("e1", *at("accused"), 0, "accused", "ACCUSE", "allege", ("cyber",), (finland,), (russia,),
              date="2024-04-09", score=-2.0, quad="verbal conflict", probability=0.97),
        Event("e2", *at("jamming the navigation"), 0, "jamming the navigation", "COERCE", "cyber", (), (russia,), (),
              "claimed", False, (finland,), score=-7.0, quad="material conflict", probability=0.81),
        Event("e3", *at("denied"), 1, "denied", "REJECT", "", (), (moscow,), (),
              score=-4.0, quad="verbal conflict", probability=0.9),
        Event("e4", *at("denied that it had attacked"), 1, "denied that it had attacked", "COERCE", "cyber", (), (it,), (),
              "denied", False, (moscow,), score=-7.0, quad="material conflict", probability=0.6),
        Event("e5", *at("shipped"), 3, "shipped", "AID", "", ("military",), (entity("North Korea", "PRK", "GOV"),),
              (entity("Russia", "RUS", "GOV", nth=1),), "claimed", True, (warsaw, kyiv), "2023", score=7.4,
              quad="material cooperation", probability=0.88),
        Event("e6", *at("close the border"), 4, "close the border", "SANCTION", "discontinue", (), (we,), (),
              "hypothetical", False, (short,), score=-6.0, quad="material conflict", probability=0.7),
        Event("e7", *at("join the sanctions"), 5, "join the sanctions", "SANCTION", "discontinue", (),
              (entity("Norway", "NOR", "GOV"),), (), "negated", score=-6.0, quad="material conflict", probability=0.66),
    )  # fmt: skip
    statements = (
        Statement("s1", valtonen, Span(*at("said")), (Span(*at("“this is a threat to every traveller”")),),
                  ("this is a threat to every traveller",), "accuse", ("RUS",), (), 0, 0.95),
        Statement("s2", warsaw, Span(*at("said", 1)), (Span(*at("North Korea had shipped shells to Russia in 2023")),),
                  (), "assert", ("PRK", "RUS"), (), 3, 0.9),
        Statement("s3", short, Span(*at("said", 2)), (Span(*at("“If this goes on,”")), Span(*at("“we will close the border.”"))),
                  ("If this goes on,", "we will close the border."), "threaten", (), (), 4, 0.92),
    )  # fmt: skip
    return CodedReport(report(), sentences(split), events, statements, ("cyber", "military"), ("demo note",))


class StandIn:
    """A reader without weights: finds nothing, refuses texts that hold "REFUSE", and records its batches."""

    def __init__(self, result: CodedReport | None = None) -> None:
        self.result = result
        self.batches: list[int] = []

    def pipe(self, reports: Iterable[Report | str], *, batch_size: int = 16) -> Iterator[CodedReport]:
        chunk = [r if isinstance(r, Report) else Report(r) for r in reports]
        self.batches.append(len(chunk))
        for one in chunk:
            if "REFUSE" in one.text:
                raise InputError(f"report {one.id!r}", "was refused", "try another")
        for one in chunk:
            yield self.result if self.result is not None else CodedReport(one, (Sentence(0, 0, len(one.text)),))


def hostile() -> CodedReport:
    """A report whose every field tries to break out of a page or to steer a terminal."""
    evil = "</p><script>alert(1)</script>\x1b[31m\u202e\"'><img src=x onerror=alert(2)>&amp;"
    who = Entity(evil, 0, 10, evil, evil, "<b>name</b>\x1b]0;x\x07", "<i>office</i>")
    event = Event("<e>", 2, 20, 0, evil, "ACCUSE", evil, (), (who,), (who,), "claimed", True, (who,), evil, evil, quad=evil)
    statement = Statement("<s>", who, Span(0, 4), (Span(1, 30),), (evil,), "assert", (evil,), (who,))
    source = Report(evil * 2, id=evil, title=evil, published=evil, source=evil, url="javascript:alert(3)")
    return CodedReport(source, (Sentence(0, 0, 40),), (event,), (statement,), (evil,), (evil,))
