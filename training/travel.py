"""Weights made small, to send them to a machine that trains and back: ``pack``, ``unpack``.

Each row of a matrix is kept in 8 or 12 bits a number with its largest one in half precision; what is small stays in half
precision. ``pack IN.pt ... PREFIX --parts N`` writes PREFIX.0.xz and so on, of like size; ``--words DATA.npz`` keeps of the
words' embeddings only those of the data. ``unpack OUT.pt FILE ...`` puts any such files together again, later ones over
earlier ones.
"""

from __future__ import annotations

import argparse
import io
import lzma
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mix import mixed

SMALL = 2000
"""Numbers below which a matrix is not worth it."""
WORDS, VOCABULARY = "words.weight", 30522


def narrowed(matrix: Tensor, bits: int) -> tuple[Tensor, Tensor, tuple[int, ...], int]:
    """(bytes, largest number of each row over the largest code, shape, bits) of a matrix."""
    top = 2 ** (bits - 1) - 1
    scale = (matrix.float().abs().amax(1, keepdim=True) / top).clamp(min=1e-8).half()
    codes = (matrix.float() / scale.float()).round().clamp(-top, top).to(torch.int32) + top
    if bits == 8:
        return codes.to(torch.uint8).flatten(), scale, tuple(matrix.shape), bits
    flat = codes.flatten().numpy()
    flat = np.append(flat, np.zeros(len(flat) % 2, dtype=flat.dtype))
    first, second = flat[::2], flat[1::2]
    three = np.stack([first & 255, first >> 8 | (second & 15) << 4, second >> 4], 1)
    return torch.from_numpy(three.astype(np.uint8)).flatten(), scale, tuple(matrix.shape), bits


def widened(kept: tuple[Tensor, Tensor, tuple[int, ...], int]) -> Tensor:
    """The matrix again."""
    data, scale, shape, bits = kept
    codes = data.numpy().astype(np.int32)
    if bits != 8:
        three = codes.reshape(-1, 3)
        pairs = np.stack([three[:, 0] | (three[:, 1] & 15) << 8, three[:, 1] >> 4 | three[:, 2] << 4], 1)
        codes = pairs.ravel()[: int(np.prod(shape))]
    return torch.from_numpy(codes - (2 ** (bits - 1) - 1)).float().view(shape) * scale.float()


def pack(weights: dict[str, Tensor], bits: int, parts: int, used: Tensor | None = None) -> list[bytes]:
    """The weights in so many pieces. Of the words' embeddings only the rows `used` are sent, where it is given."""
    out: list[dict[str, Any]] = [{} for _ in range(parts)]
    sizes = [0] * parts
    for name, value in weights.items():
        value, least = value.cpu(), sizes.index(min(sizes))
        if name == WORDS and used is not None:
            out[least]["used"], value = used, value[used]
        wide = value.is_floating_point() and not (value.ndim == 2 and value.numel() > SMALL)
        kept = narrowed(value, bits) if value.ndim == 2 and value.numel() > SMALL else value.half() if wide else value
        out[least][name] = kept
        sizes[least] += (kept[0] if isinstance(kept, tuple) else kept).nbytes
    return [_squeezed(part) for part in out]


def _squeezed(part: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    torch.save(part, buffer)
    return lzma.compress(buffer.getvalue(), preset=2)


def unpack(pieces: Sequence[bytes]) -> dict[str, Tensor]:
    """The weights in `pieces`; words that were not sent are noughts."""
    out: dict[str, Tensor] = {}
    for piece in pieces:
        part = torch.load(io.BytesIO(lzma.decompress(piece)), weights_only=True)
        used = part.pop("used", None)
        for name, kept in part.items():
            value = widened(kept) if isinstance(kept, tuple) else kept
            if name == WORDS and used is not None:
                rows, value = value.float(), torch.zeros(VOCABULARY, value.shape[1])
                value[used] = rows
            out[name] = value.float() if value.is_floating_point() else value
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    packing, unpacking = commands.add_parser("pack"), commands.add_parser("unpack")
    packing.add_argument("weights", type=Path, nargs="+", help="of several the mean is sent")
    packing.add_argument("prefix", type=Path)
    packing.add_argument("--bits", type=int, choices=(8, 12), default=8)
    packing.add_argument("--parts", type=int, default=1)
    packing.add_argument("--words", type=Path, help="data (teach.py pack) whose words alone are sent")
    packing.add_argument("--without-words", action="store_true", help="they are frozen: the other side has them")
    unpacking.add_argument("out", type=Path)
    unpacking.add_argument("files", type=Path, nargs="+")
    args = parser.parse_args()
    if args.command == "unpack":
        torch.save(unpack([file.read_bytes() for file in args.files]), args.out)
        return 0
    loaded = [torch.load(file, weights_only=True, map_location="cpu") for file in args.weights]
    weights = mixed([({k: v.float() if v.is_floating_point() else v for k, v in w.items()}, 1 / len(loaded)) for w in loaded])
    if args.without_words:
        del weights[WORDS]
    used = None
    if args.words:
        with np.load(args.words) as data:
            used = torch.from_numpy(np.unique(data["ids"]).astype(np.int64))
    for number, piece in enumerate(pack(weights, args.bits, args.parts, used)):
        path = args.prefix.with_name(f"{args.prefix.name}.{number}.xz")
        path.write_bytes(piece)
        print(f"{path}: {len(piece) / 2**20:.1f} MiB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
