"""Which date belongs to which event of a report.

An event has the date of the words that modify it ("struck on Monday"). One without words of its own goes on with the
report's: the day of the same event where another sentence tells it, the day on which its speaker spoke, the day that the
report is about. Each such date is a candidate with its evidence, `time_evidence` collects it, and the weights of
data/timeline.tsv (fitted by training/fit_timeline.py) say which candidate is good enough, or that none is.

Every date comes from words of the report, but one: where the model reads an event as that day's news, and the report names no
day near it, the day of publication is a candidate too. `Dated.how` says by which rule a date came, and so whether it was
inherited. What is only wished, feared or possible has none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import lru_cache

from communique.resolve.dates import WHEN, when
from communique.resolve.time_evidence import Candidates, candidates
from communique.resolve.time_scene import Dated, Said, Scene, Told
from communique.settings import read_table

__all__ = ["Dated", "Said", "Timeline", "Told"]

ROUNDS = 2
"""The second round lets events learn from dates that the first one inherited."""


@lru_cache(maxsize=1)
def weights() -> Mapping[str, float]:
    return {row["evidence"]: float(row["weight"]) for row in read_table("timeline.tsv")}


class Timeline:
    """The dates of one report's events. `sentences` are its offsets, `published` its day, where that is known."""

    def __init__(
        self, text: str, sentences: Sequence[tuple[int, int]], published: dt.date | None,
        scale: Mapping[str, float] | None = None,
    ) -> None:  # fmt: skip
        self.text, self.sentences, self.published = text, list(sentences), published
        self.scale = weights() if scale is None else scale

    def dates(self, events: Sequence[Told], cues: Sequence[Said] = ()) -> list[Dated]:
        """A date for each event, in their order."""
        scene = Scene(self.text, self.sentences, self.published, events, cues)
        for _ in range(ROUNDS):
            scene.known = [self._choose(candidates(scene, i), event) for i, event in enumerate(events)]
        return scene.known

    def _choose(self, options: Candidates, event: Told) -> Dated:
        best, top = Dated(), self.scale.get("none", 0.0) + self._model(event, "")
        for date, evidence in options.items():
            value = sum(self.scale.get(name, 0.0) for name in evidence) + self._model(event, date)
            if value > top:
                best, top = Dated(date, evidence[0].split(":")[0]), value
        return best

    def _model(self, event: Told, date: str) -> float:
        """What the model's own guess of the event's time adds to a date's value; months and years are asked more beside it."""
        if not event.when or self.published is None:
            return 0.0
        kind = when(date, self.published)
        return event.when[WHEN.index(kind)] + self.scale.get(f"guess@{kind}", 0.0)
