"""Records to export, written for the project: one telling, one incident with three tellings, and one that tries to break out."""

from __future__ import annotations

from communique.export.rows import Told, Witnessed
from communique.records import Entity, Event, Incident, Location, Telling

VARDO = Location("Vardø", "NOR", "Finnmark", 70.37, 31.11)
STORE = Entity("Jonas Gahr Støre", 0, 16, "NOR", "GOV", "Jonas Gahr Støre", "Prime Minister")
FLEET = Entity("Russia's Northern Fleet", 25, 48, "RUS", "MIL")
UNITED = Entity("the UN", 60, 66, "UNO", "", "United Nations")


def event(**changes: object) -> Event:
    given: dict[str, object] = {
        "id": "e1", "start": 17, "end": 24, "sentence": 2, "trigger": "accused", "type": "ACCUSE", "mode": "allege",
        "contexts": ("military", "cyber"), "actors": (STORE,), "recipients": (FLEET,), "date": "2024-04-09", "place": "Vardo",
        "location": VARDO, "score": -2.0, "quad": "verbal conflict", "probability": 0.93,
    }  # fmt: skip
    return Event(**(given | changes))  # type: ignore[arg-type]


def told(
    report: str = "r1", *, published: str = "2024-04-10", url: str = "https://example.org/a", incident: str = "i1",
    **changes: object,
) -> Told:  # fmt: skip
    telling = Telling(event(**changes), report, "The Demo", published, report)
    return Told(telling, f"Sentence of {report}.", "Norway accuses the fleet", url, 1, "reader-1", incident)


def incident(**changes: object) -> Incident:
    one = event()
    given: dict[str, object] = {
        "id": "i1", "type": one.type, "mode": one.mode, "actors": one.actors, "recipients": one.recipients, "status": "actual",
        "date": one.date, "place": one.place, "location": one.location, "first_seen": "2024-04-10", "last_seen": "2024-04-12",
        "tellings": (("r1", "e1"), ("r2", "e2"), ("r3", "e3")), "reports": 3, "outlets": 2, "origins": 2, "score": one.score,
        "quad": one.quad, "contexts": one.contexts,
    }  # fmt: skip
    return Incident(**(given | changes))  # type: ignore[arg-type]


def witnessed() -> Witnessed:
    norway = Entity("Norway", 3, 9, "NOR", "GOV")
    return Witnessed(
        incident(),
        (
            told(), told("r2", published="2024-04-11", url="", id="e2", actors=(norway,), sentence=0, probability=0.2),
            told("r3", published="2024-04-12", url="https://example.org/c", id="e3", recipients=()),
        ),
    )  # fmt: skip


EVIL = '=HYPERLINK("http://evil","x")\t\n@SUM(A1)\x1b[31m\x00'


def hostile() -> Told:  # fmt: skip
    who = Entity(EVIL, 0, 3, "", "", EVIL, "-2+3")
    bad = event(id="bad", actors=(who,), recipients=(who,), place=EVIL, location=None)
    telling = Telling(bad, '+"r', "@outlet", "2024-04-10")
    return Told(telling, EVIL, EVIL, 'https://example.org/"x"', 1, "=1+1", "")


STATUSES = ("actual", "claimed", "denied", "future", "hypothetical", "negated")
