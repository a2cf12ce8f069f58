"""Sets the thresholds on the reports kept from training, and writes them beside the weights.

``python training/tune.py`` after export.py. Each threshold is moved over a grid while the others stay, those of events and
roles a second time, and keeps the value with the best mean of type, dyad, statement and speaker F1. Last, the weight of
the model's guess of time.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "src"))

from communique.evaluate import gold  # noqa: E402
from communique.read.decode import Thresholds  # noqa: E402
from communique.read.encode import Encoded  # noqa: E402
from communique.read.reader import Reader  # noqa: E402
from communique.read.runtime import OnnxModel, Question, Scores  # noqa: E402
from split import kept_articles, kept_corpus  # noqa: E402

POOL = ROOT.parent / "shared/data/articles/pool.jsonl.gz"
GRID = {
    "event": (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6), "cue": (0.3, 0.4, 0.5, 0.6),
    "role": (0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6), "share": (0.7, 0.8, 0.85, 0.9, 0.95),
    "content": (0.3, 0.4, 0.5, 0.6), "speaker": (0.1, 0.2, 0.3), "historical": (0.35, 0.5, 0.65),
}  # fmt: skip
LEAST_GAIN = 0.003
"""Less than this is noise on eighty reports: the default stays. The defaults come from earlier runs of this script, that of
`event` from fit_triggers.py: there the precision and the recall of articles are equal."""
AIMS = ("type", "dyad", "statement", "speaker")
SECOND = ("event", "role", "share")
DATES = {"when": (0.0, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0), "undated": (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5)}
"""These two are moved together, for the F1 of the dates of matched events alone."""
HEAD = "# Probabilities above which a score counts. Set by training/tune.py on the reports kept from training.\nname\tvalue\n"


class Remembering:
    """The weights, run once on each input."""

    def __init__(self, model: OnnxModel) -> None:
        self.model = model
        self.seen: dict[bytes, Scores] = {}
        self.answers: dict[tuple[int, tuple[int, ...], int], Scores] = {}

    def ask(self, batch: Sequence[Question], outputs: Sequence[str] | None = None) -> list[Scores]:
        # The states of a sentence are its first scores' own array, kept in `seen`: as good as a name.
        keys = [(id(q.middle), q.rows, q.kind) for q in batch]
        fresh = {key: q for key, q in zip(keys, batch, strict=True) if key not in self.answers}
        if fresh:
            self.answers.update(zip(fresh, self.model.ask(list(fresh.values()), outputs), strict=True))
        return [self.answers[key] for key in keys]

    def __call__(self, batch: Sequence[Encoded], outputs: Sequence[str] | None = None) -> list[Scores]:
        keys = [e.ids.tobytes() + e.features.tobytes() for e in batch]
        fresh = [e for e, key in zip(batch, keys, strict=True) if key not in self.seen]
        if fresh:
            for encoded, scores in zip(fresh, self.model(fresh, outputs), strict=True):
                self.seen[encoded.ids.tobytes() + encoded.features.tobytes()] = scores
        return [self.seen[key] for key in keys]


def main() -> int:
    reports = [*kept_articles(POOL), *kept_corpus()]
    model = Remembering(OnnxModel())

    def value(thresholds: Thresholds, *names: str) -> float:
        result = gold.score(reports, gold.code(reports, Reader(model, thresholds=thresholds)))
        return float(sum(result[name]["f1"] for name in names or AIMS)) / len(names or AIMS)

    best = Thresholds()
    score = value(best)
    print(f"{len(reports)} reports, {score:.4f} with the defaults", flush=True)
    for names in (tuple(GRID), SECOND):
        for name in names:
            for candidate in GRID[name]:
                trial = dataclasses.replace(best, **{name: candidate})
                if (got := value(trial)) > score + LEAST_GAIN:
                    best, score = trial, got
            print(f"{name} {getattr(best, name)}: {score:.4f}", flush=True)
    trials = [dataclasses.replace(best, when=w, undated=u) for w in DATES["when"] for u in DATES["undated"]]
    dated = {trial: value(trial, "dating") for trial in trials}
    best = max(dated, key=lambda trial: dated[trial])
    print(f"when {best.when}, undated {best.undated}: dating {dated[best]:.4f}", flush=True)
    rows = "".join(f"{f.name}\t{getattr(best, f.name)}\n" for f in dataclasses.fields(best))
    (ROOT / "src/communique/data/model/thresholds.tsv").write_text(HEAD + rows, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
