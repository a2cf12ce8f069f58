"""Teachers that are too large to ship, and what the reader learns from them: on a GPU a quarter of an hour, on two cores days.

``pack DATA`` writes the training examples, and sentences that nobody annotated, as flat arrays, and beside them the reports kept
apart. ``teacher DATA OUT --fold K`` fine-tunes a large encoder on all reports but those of a fold. ``student DATA OUT T T T``
trains the reader on the annotation and on what these teachers say of it (distil.py). ``large FOLDER OUT`` makes the weights that
teachers start from of all-mpnet-base-v2.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from communique.read.context import context_of
from communique.read.encode import vocabulary
from communique.read.labels import ASKED, SIZES
from communique.read.sentences import split
from data import Example, Labeller, load_gold
from distil import Alteration, Teachers, nearest_words
from flat import Batch, Flat
from model import AUXILIARY, LARGE, SMALL, Reader, Shape
from packed import FOLDS, UNSEEN, fold_of, pack
from tasks import judge, loss
from train import SHARED, Rows, SentenceEncoder, add_settings, epoch, examples, flattened, learn
from train import parse_args as training_args

COPIES = 3
"""Copies of each article with other states (swapping.py)."""
TITLES = ("articles", "written", "gold/dev")
"""What is kept apart or only measured, by the number that stands for a report's in ``kept.npz``."""


def unseen(text: str, labeller: Labeller) -> Iterator[Example]:
    """The sentences of a text that nobody annotated."""
    spans = split(text)
    if not spans:
        return
    for encoded in labeller.encoder.encode(text, spans, [context_of(text, spans, i) for i in range(len(spans))]):
        yield Example(encoded, weight=0.5, origin=UNSEEN)


def write_data(path: Path, stories: int) -> None:
    """Writes `path` with at most so many stories that nobody annotated, and beside it the reports kept apart as ``kept.npz``."""
    from split import kept_articles, kept_corpus

    labeller = Labeller(SentenceEncoder.load())
    main, aux, hashes = examples(training_args([]), COPIES)
    with gzip.open(SHARED / "data/ngec/synthetic_stories.csv.gz", "rt", encoding="utf-8") as handle:
        texts = [row["text"] for row in csv.DictReader(handle)]
    drawn = random.Random(13).sample(texts, min(stories, len(texts)))
    columns = flattened(main, [*aux, *(e for text in drawn for e in unseen(text, labeller))])
    np.savez(path, **columns)
    path.with_suffix(".json").write_text(json.dumps(hashes, indent=1), "utf-8")
    kept: list[Example] = []
    of: list[int] = []
    measured = kept_articles(SHARED / "data/articles/pool.jsonl.gz"), kept_corpus(), load_gold(SHARED / "gold/dev")
    for part, reports in enumerate(measured):
        for report in reports:
            found = list(labeller.report(report, "kept"))
            kept += found
            of += [part] * len(found)
    np.savez(path.with_name("kept.npz"), **pack(kept, of, [0] * len(kept)))
    print(f"{len(columns['length'])} examples, {len(kept)} kept apart")


def report_on(model: Reader, folder: Path, device: str, name: str) -> None:
    """Prints how the model does on the reports kept apart."""
    kept = Flat.load(folder / "kept.npz", device)
    for part, title in enumerate(TITLES):
        figures = judge(model, kept, np.flatnonzero(kept.report == part))
        print(f"{name} {title}: " + " ".join(f"{k} {v:.3f}" for k, v in figures.items()), flush=True)


def new(shape: Shape, dropout: float, start: Path | None) -> Reader:
    model = Reader({**SIZES, **AUXILIARY}, ASKED, dropout=dropout, shape=shape)
    if start is not None:
        model.take_over(torch.load(start, weights_only=True))
    return model


def save(model: Reader, path: Path) -> None:
    halves = {name: value.half() if value.is_floating_point() else value for name, value in model.state_dict().items()}
    torch.save({name: value.cpu() for name, value in halves.items()}, path)


def teacher(args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed + args.fold)
    data = Flat.load(args.data, args.device)
    model = new(LARGE, args.dropout, args.start).to(args.device)
    left_out = fold_of(data.report) == args.fold
    losses = partial(loss, smoothing=args.smoothing)
    learn(model, data, lambda rng: epoch(data, rng, args, left_out), losses, args, lambda _: None)
    save(model, args.out)
    report_on(model, args.data.parent, args.device, args.out.name)


def student(args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)
    data = Flat.load(args.data, args.device)
    teachers = Teachers.of([new(LARGE, 0.0, path) for path in args.teachers], data)
    model = new(SMALL, args.dropout, args.start).to(args.device)
    near = nearest_words(model.words.weight.detach(), vocabulary(), data.columns["ids"].unique().long())
    alter = Alteration.of(data, near, args.altered)
    extra = np.flatnonzero(data.of(UNSEEN))

    def rows(rng: random.Random) -> Rows:
        teachers.part(data, rng)
        drawn = rng.sample(extra.tolist(), int(args.unlabelled * len(extra)))
        return np.concatenate([epoch(data, rng, args), np.array(drawn, dtype=np.int64)])

    def losses(model: Reader, b: Batch) -> dict[str, Tensor]:
        b = alter(b)
        return loss(model, b, args.smoothing, teachers.answer(b), args.share)

    learn(model, data, rows, losses, args, lambda _: None)
    save(model, args.out)
    report_on(model, args.data.parent, args.device, args.out.name)


def large(args: argparse.Namespace) -> None:
    model = new(LARGE, 0.0, None)
    model.load_large(args.folder, vocabulary())
    held = {name: value for name, value in model.state_dict().items() if not name.startswith(("heads", "asked", "branch"))}
    torch.save(held, args.out)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    names = ("pack", "large", "teacher", "student")
    packing, begun, teaching, learning = (commands.add_parser(name) for name in names)
    packing.add_argument("data", type=Path)
    packing.add_argument("--stories", type=int, default=4500)
    begun.add_argument("folder", type=Path, help="the model's folder, with model.safetensors and vocab.txt")
    begun.add_argument("out", type=Path)
    for part in (teaching, learning):
        part.add_argument("data", type=Path)
        part.add_argument("out", type=Path)
        part.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
        part.add_argument("--start", type=Path, help="weights to start from: the pretrained encoder's, or an earlier run's")
    add_settings(teaching, rate=8e-5, head_rate=4e-4, decay=0.95, budget=8000, epochs=9)
    add_settings(learning, rate=2e-4, head_rate=1e-3, decay=0.9, budget=8000, epochs=9)
    teaching.add_argument("--fold", type=int, required=True, help="the fold of the reports that it does not see")
    learning.add_argument("teachers", type=Path, nargs=FOLDS, help="in the order of their folds")
    learning.add_argument("--altered", type=float, default=0.4, help="share of the sentences that are read with other words")
    learning.add_argument("--share", type=float, default=0.5, help="weight of the teachers against the annotation")
    learning.add_argument("--unlabelled", type=float, default=1.0, help="share of what nobody annotated in an epoch")
    return parser.parse_args()


def main() -> int:
    args = parse_args()
    # Batches differ in shape, and cuDNN's attention lays out a plan for every shape that it meets.
    torch.backends.cuda.enable_cudnn_sdp(False)
    if args.command == "pack":
        write_data(args.data, args.stories)
    else:
        {"large": large, "teacher": teacher, "student": student}[args.command](args)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
