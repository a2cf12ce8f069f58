"""Teachers that are too large to ship, and what the reader learns from them: on a GPU a quarter of an hour, on two cores days.

``pack DATA`` writes the training examples, and sentences that nobody annotated, as flat arrays, and beside them the reports kept
apart. ``teacher DATA OUT --fold K`` fine-tunes a large encoder on all reports but those of a fold. ``answers DATA SOFT T T T``
writes what the teachers say: of a report the one that has not seen it, of everything else their mean. ``student DATA SOFT OUT``
trains the reader on the annotation and on these answers together. ``large FOLDER OUT`` makes the weights that teachers start
from of all-mpnet-base-v2.
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
from data import Example, Labeller
from flat import Batch, Flat
from model import AUXILIARY, LARGE, SMALL, Reader, Shape
from packed import FOLDS, UNSEEN, Columns, fold_of, pack, with_questions
from tasks import DOUBT, LIKELY, Soft, as_bytes, autocast, judge, loss
from train import SHARED, Rows, SentenceEncoder, add_settings, epoch, examples, flattened, learn
from train import parse_args as training_args

COPIES = 3
"""Copies of each article with other states (swapping.py)."""
TITLES = ("articles", "written")
"""What is kept apart, by the number that stands for a report's in ``kept.npz``."""
FIRST = ("trigger", "mode", "status", "act", "cue", "historical")
"""What the teachers are asked of every piece."""
ODDS = ("cue", "historical", "sentence", "roles")
"""Answers that are yes or no; all others are one class of several."""


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
    for part, reports in enumerate((kept_articles(SHARED / "data/articles/pool.jsonl.gz"), kept_corpus())):
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
    data = Flat.load(args.soft.with_suffix(".npz"), args.device)
    soft: Soft = {name: value.to(args.device) for name, value in torch.load(args.soft, weights_only=True).items()}
    model = new(SMALL, args.dropout, args.start).to(args.device)
    extra = np.flatnonzero(data.of(UNSEEN))
    losses = partial(loss, smoothing=args.smoothing, soft=soft, share=args.share)

    def rows(rng: random.Random) -> Rows:
        drawn = rng.sample(extra.tolist(), int(args.unlabelled * len(extra)))
        return np.concatenate([epoch(data, rng, args), np.array(drawn, dtype=np.int64)])

    learn(model, data, rows, losses, args, lambda _: None)
    save(model, args.out)
    report_on(model, args.data.parent, args.device, args.out.name)


def answers(args: argparse.Namespace) -> None:
    """Writes the data with the teachers' questions added, and their probabilities for every piece and question."""
    if len(args.teachers) != FOLDS:
        raise SystemExit(f"{len(args.teachers)} teachers for {FOLDS} folds: give one for each, in their order")
    models = []
    for path in args.teachers:
        models.append(new(LARGE, 0.0, path).to(args.device).eval())
    with np.load(args.data) as stored:
        columns: Columns = dict(stored)
    soft = first_answers(models, Flat(columns, args.device))
    event, cue = 1.0 - soft["trigger"][:, 0].float().cpu().numpy(), soft["cue"][:, 0].float().cpu().numpy()
    columns = with_questions(columns, event, cue, LIKELY, DOUBT)
    soft |= second_answers(models, Flat(columns, args.device))
    # What a word would be as a trigger is not asked where nobody takes it for one: noughts, which are small to send.
    nobody = torch.from_numpy((event <= LIKELY) & (columns["status"] < 0)).to(args.device)
    for name in ("mode", "status", "historical"):
        soft[name][nobody] = 0
    np.savez(args.soft.with_suffix(".npz"), **columns)
    torch.save({name: as_bytes(value).cpu() for name, value in soft.items()}, args.soft)
    print(f"{len(columns['questions'])} questions about {len(columns['length'])} examples", flush=True)


def asked_of(models: list[Reader], data: Flat) -> Iterator[tuple[Batch, Tensor, Reader, dict[str, Tensor]]]:
    """(batch, what each row's answer counts, whom to ask, its first pass). A report goes to the teacher of its fold, which has
    not seen it; what is of no fold goes to all."""
    folds = fold_of(data.report)
    counts = torch.from_numpy(np.where(folds < 0, 1.0 / len(models), 1.0)).to(data.device)
    for k, model in enumerate(models):
        rows = np.flatnonzero((folds == k) | (folds < 0))
        for chosen in data.batches(rows, 48000, random.Random(1)):
            batch = data.batch(chosen)
            with torch.no_grad(), autocast(data.device):
                out = model(batch.ids, batch.mask, batch.features)
            yield batch, counts[batch.rows], model, out


def chances(name: str, logits: Tensor) -> Tensor:
    return torch.sigmoid(logits.float()) if name in ODDS else torch.softmax(logits.float(), -1)


def first_answers(models: list[Reader], data: Flat) -> dict[str, Tensor]:
    """The teachers' probabilities of the first pass: by piece, and `sentence` and `relation` by example."""
    pieces = int(data.length.sum())
    soft: dict[str, Tensor] = {}
    for batch, counts, _, out in asked_of(models, data):
        for name in (*FIRST, "sentence", "relation"):
            got = chances(name, out[name])
            size = pieces if name in FIRST else len(data)
            whole = soft.setdefault(name, torch.zeros(size, got.shape[-1], device=data.device, dtype=torch.half))
            if name in FIRST:
                whole[batch.flat[batch.mask]] += (got * counts[:, None, None])[batch.mask].half()
            else:
                whole[batch.rows] += (got * counts[:, None]).half()
    return soft


def second_answers(models: list[Reader], data: Flat) -> dict[str, Tensor]:
    """The teachers' probabilities of the second pass: `roles` by piece of a question, the others by question."""
    pieces = int(data.length[data.questions[:, 0].cpu().numpy()].sum())
    soft: dict[str, Tensor] = {}
    for batch, counts, model, out in asked_of(models, data):
        if not len(batch.of):
            continue
        with torch.no_grad(), autocast(data.device):
            got = model.ask(out["middle"][batch.of], batch.mask[batch.of], batch.marks)
        share, valid = counts[batch.of], batch.mask[batch.of]
        for name in ("roles", *ASKED):
            told = chances(name, got[name])
            key, size = (name, pieces) if name == "roles" else (f"asked {name}", len(data.questions))
            whole = soft.setdefault(key, torch.zeros(size, told.shape[-1], device=data.device, dtype=torch.half))
            if name == "roles":
                whole[batch.flat_asked[valid]] += (told * share[:, None, None])[valid].half()
            else:
                whole[batch.asked] += (told * share[:, None]).half()
    return soft


def large(args: argparse.Namespace) -> None:
    model = new(LARGE, 0.0, None)
    model.load_large(args.folder, vocabulary())
    held = {name: value for name, value in model.state_dict().items() if not name.startswith(("heads", "asked", "branch"))}
    torch.save(held, args.out)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    names = ("pack", "large", "teacher", "answers", "student")
    packing, begun, teaching, asking, learning = (commands.add_parser(name) for name in names)
    packing.add_argument("data", type=Path)
    packing.add_argument("--stories", type=int, default=4500)
    begun.add_argument("folder", type=Path, help="the model's folder, with model.safetensors and vocab.txt")
    begun.add_argument("out", type=Path)
    for part in (teaching, asking, learning):
        part.add_argument("data", type=Path)
        if part is not teaching:
            part.add_argument("soft", type=Path)
        part.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    asking.add_argument("teachers", type=Path, nargs="+", help="in the order of their folds")
    for part in (teaching, learning):
        part.add_argument("out", type=Path)
        part.add_argument("--start", type=Path, help="weights to start from: the pretrained encoder's, or an earlier run's")
    add_settings(teaching, rate=8e-5, head_rate=4e-4, decay=0.95, budget=8000, epochs=5)
    add_settings(learning, rate=2e-4, head_rate=1e-3, decay=0.9, budget=8000, epochs=7)
    teaching.add_argument("--fold", type=int, required=True, help="the fold of the reports that it does not see")
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
        {"large": large, "teacher": teacher, "answers": answers, "student": student}[args.command](args)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
