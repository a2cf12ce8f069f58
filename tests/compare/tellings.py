"""Hand-built tellings, and strategies that make many that are likely to meet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence

from hypothesis import strategies as st

from communique.compare.finding import Source
from communique.records import Entity, Event, Location, Telling

OSLO = Location("Oslo", "NOR", "Oslo", 59.91, 10.75)
BERGEN = Location("Bergen", "NOR", "Vestland", 60.39, 5.32)
GENEVA = Location("Geneva", "CHE", "Geneva", 46.2, 6.15)


def party(code: str, name: str = "", *, text: str = "", inherited: bool = False) -> Entity:
    """An entity from its code, such as "RUS.GOV" or "RUS"."""
    country, _, sector = code.partition(".")
    return Entity(text or name or code, 0, 1, country, sector, name, inherited=inherited)


def telling(
    kind: str, actors: str | Sequence[Entity] = (), recipients: str | Sequence[Entity] = (), *, report: str = "r1",
    event: str = "", published: str = "2024-04-10", date: str = "", status: str = "actual", mode: str = "",
    sources: str | Sequence[Entity] = (), origin: str = "", outlet: str = "", location: Location | None = None,
    historical: bool = False, trigger: str = "word", sentence: int = 0,
    start: int = 0,
) -> Telling:  # fmt: skip
    """A telling; parties as codes parted by spaces, or as entities."""
    sides = [tuple(map(party, side.split())) if isinstance(side, str) else tuple(side) for side in (actors, recipients, sources)]
    ident = event or f"{report}-{kind}-{date}-{status}-{'+'.join(e.text for e in (*sides[0], *sides[1]))}"
    told = Event(
        ident, start, start + 4, sentence, trigger, kind, mode, (), sides[0], sides[1], status, historical, sides[2], date,
        location.name if location else "", location,
    )  # fmt: skip
    return Telling(told, report, outlet or f"outlet of {report}", published, origin)


class Shelf:
    """A store's look-up by key, as small as can be."""

    def __init__(self, keys_of: object) -> None:
        self.keys_of = keys_of
        self.kept: dict[tuple[str, str], Telling] = {}
        self.index: dict[str, set[tuple[str, str]]] = {}
        self.sources: tuple[Source, ...] = ()

    def put(self, tellings: Iterable[Telling]) -> None:
        for t in tellings:
            ref = (t.report, t.event.id)
            self.kept[ref] = t
            for key in self.keys_of(t):  # type: ignore[operator]
                self.index.setdefault(key, set()).add(ref)

    def drop(self, tellings: Iterable[Telling]) -> None:
        for t in tellings:
            ref = (t.report, t.event.id)
            self.kept.pop(ref)
            for key in self.keys_of(t):  # type: ignore[operator]
                self.index[key].discard(ref)

    def fetch(self, keys: Collection[str]) -> list[Telling]:
        return [self.kept[ref] for key in keys for ref in sorted(self.index.get(key, ()))]


KINDS = ("CONSULT", "ASSAULT", "REJECT", "AID")
DAY = dt.date(2024, 4, 1)


@st.composite
def some_telling(draw: st.DrawFn, n: int, days: int) -> Telling:
    codes = st.sampled_from(["AAA", "AAA.GOV", "BBB", "CCC.REB", "IGO", ""])
    names = st.sampled_from(["", "", "Ada Ek", "Bo Ek", "Ek"])
    side = st.lists(st.builds(lambda c, n: party(c, n), codes, names), max_size=2)
    published = (DAY + dt.timedelta(days=draw(st.integers(0, days)))).isoformat()
    other = (DAY + dt.timedelta(days=draw(st.integers(0, days)))).isoformat()
    date = draw(st.sampled_from(["", "", "2024-04", "2024", published, other]))
    report = f"r{draw(st.integers(0, max(1, n // 2)))}"
    return telling(
        draw(st.sampled_from(KINDS)), draw(side), draw(side), report=report, event=f"e{n}", date=date,
        published=draw(st.sampled_from([published, published, published, ""])),
        status=draw(st.sampled_from(["actual", "actual", "claimed", "denied", "future"])),
        mode=draw(st.sampled_from(["", "", "visit", "phone", "aerial", "abduct"])),
        sources=draw(st.sampled_from([(), (party("BBB.GOV"),), (party("CCC.GOV"), party("AAA.GOV"))])),
        origin=draw(st.sampled_from(["", "", "r0"])), location=draw(st.sampled_from([None, None, OSLO, BERGEN, GENEVA])),
        historical=draw(st.sampled_from([False, False, False, True])), sentence=draw(st.integers(0, 2)),
        start=draw(st.integers(0, 9)), trigger=draw(st.sampled_from(["word", "word", "deed", "other deed"])),
    )  # fmt: skip


@st.composite
def crowd(draw: st.DrawFn, most: int = 30) -> list[Telling]:
    """Tellings of few parties in few weeks, so that many meet."""
    days = draw(st.sampled_from([3, 15, 60]))
    return [draw(some_telling(n, days)) for n in range(draw(st.integers(1, most)))]
