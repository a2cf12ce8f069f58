"""Moves the heads' biases to the frequencies of news: ``python training/priors.py RUN``, once, between relation.py and export.py.

The written sentences hold far more of the rare types, modes, statuses and acts than reports do, on purpose; a head that learnt
from both finds them too often in reports. Each class's bias is moved by the logarithm of its rate in the annotated articles over
its rate in all that was trained on (Saerens et al. 2002, "Adjusting the outputs of a classifier to new a priori probabilities").
"""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from communique.read.labels import ASKED
from data import Example

if TYPE_CHECKING:
    from torch import Tensor

LIKE = "articles"
"""The part of the training data that is as the reports are that will be read."""
FIRST = {"trigger": "kind", "mode": "mode", "status": "status", "act": "act"}
"""Heads of the first pass by the label of the questions that they share."""
HELD = 100
"""Questions with the rate of everything that are added to the articles', so that a class of three examples moves little."""


def shifts(items: Iterable[Example]) -> dict[str, list[float]]:
    """By label of a question, what is added to each class's logit. A trigger that is none is no question and stays at 0; the
    rates of `kind` are those in a sentence, of all others those in a question."""
    counts: dict[tuple[str, bool], Counter[int]] = {(name, like): Counter() for name in ASKED for like in (False, True)}
    sentences = {False: 0, True: 0}
    for example in items:
        if example.relation is not None:
            continue
        groups = (False, True) if example.origin == LIKE else (False,)
        for like in groups:
            sentences[like] += 1
            for question in example.questions:
                for name, label in question.labels.items():
                    counts[name, like][label] += 1
    out = {}
    for name, classes in ASKED.items():
        every, here = counts[name, False], counts[name, True]
        of_all, of_here = (sentences[like] if name == "kind" else sum(counts[name, like].values()) for like in (False, True))
        rates = [every[c] / max(1, of_all) for c in range(classes)]
        near = [(here[c] + HELD * rate) / (of_here + HELD) for c, rate in enumerate(rates)]
        out[name] = [math.log(a / b) if b else 0.0 for a, b in zip(near, rates, strict=True)]
    return out


def moved(weights: dict[str, Tensor], added: dict[str, list[float]]) -> dict[str, Tensor]:
    """`weights` with `added` in the last bias of each head that it concerns."""
    out = dict(weights)
    places = [(f"asked.{name}", name) for name in added]
    places += [(f"heads.{head}", name) for head, name in FIRST.items() if name in added]
    for place, name in places:
        biases = [key for key in out if key.startswith(f"{place}.") and key.endswith(".bias")]
        last = max(biases, key=lambda key: int(key.split(".")[-2]))
        out[last] = out[last] + out[last].new_tensor(added[name])
    return out


def main() -> int:
    import torch

    from train import examples
    from train import parse_args as settings

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    run = parser.parse_args().run
    told = json.loads((run / "run.json").read_text("utf-8"))
    if "priors" in told["settings"]:
        parser.error(f"the biases of {run} have been moved before: start from the weights as they were trained")
    known, _, _ = examples(settings(["--swap", "0"]))
    added = shifts(e for versions in known for e in versions[0])
    torch.save(moved(torch.load(run / "average.pt", weights_only=True), added), run / "average.pt")
    told["settings"]["priors"] = LIKE
    (run / "run.json").write_text(json.dumps(told, indent=1), "utf-8")
    for name in ("kind", "status", "act"):
        print(name, " ".join(f"{value:+.2f}" for value in added[name]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
