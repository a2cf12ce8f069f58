"""Exports a trained checkpoint to ONNX, quantises it to int8 and writes it into the package.

``python training/export.py RUN_DIR`` writes ``data/model/reader.onnx`` and checks it against the checkpoint.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

from model import AUXILIARY, Reader

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "src"))

from communique.read.labels import SIZES  # noqa: E402

OUTPUTS = [*SIZES, "pair", "relation"]
TARGET = HERE.parent / "src/communique/data/model/reader.onnx"
LIMIT_MB = 40


class Shipped(nn.Module):
    """The reader with its outputs in a fixed order and without the auxiliary heads."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.reader = reader

    def forward(self, ids: Tensor, mask: Tensor, features: Tensor) -> tuple[Tensor, ...]:
        out = self.reader(ids, mask, features)
        return tuple(out[name] for name in OUTPUTS)


def load(run: Path) -> Reader:
    """The averaged weights of a run."""
    reader = Reader({**SIZES, **AUXILIARY})
    reader.load_state_dict(torch.load(run / "average.pt", weights_only=True))
    return reader.eval()


def export(reader: Reader, path: Path) -> None:
    ids = torch.randint(1000, 20000, (2, 24))
    mask = torch.ones_like(ids)
    features = torch.zeros(2, 24, 4, dtype=torch.long)
    axes = {0: "batch", 1: "pieces"}
    dynamic = {name: axes for name in ("ids", "mask", "features", *SIZES)}
    dynamic.update(pair={0: "batch", 2: "pieces", 3: "pieces"}, relation={0: "batch"})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Shipped(reader), (ids, mask, features), str(path), input_names=["ids", "mask", "features"],
            output_names=OUTPUTS, dynamic_axes=dynamic, opset_version=17, dynamo=False,
        )  # fmt: skip


def quantise(source: Path, target: Path) -> None:
    """Weights to int8, per channel where they multiply, activations at run time; scores between pairs stay in float."""
    weights = {i.name for i in onnx.load(str(source)).graph.initializer}
    floating = [
        node.name for node in onnx.load(str(source)).graph.node
        if node.op_type == "MatMul" and not any(name in weights for name in node.input)
    ]  # fmt: skip
    quantize_dynamic(
        str(source), str(target), weight_type=QuantType.QInt8, per_channel=True, reduce_range=False,
        op_types_to_quantize=["MatMul", "Gather"], nodes_to_exclude=floating,
    )  # fmt: skip


def compare(reader: Reader, path: Path) -> float:
    """Mean cosine of the outputs of the checkpoint and of the file, over random inputs."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(3)
    cosines = []
    for _ in range(5):
        ids = rng.integers(1000, 28000, (3, 40))
        mask, features = np.ones_like(ids), np.zeros((3, 40, 4), dtype=np.int64)
        got = session.run(["trigger"], {"ids": ids, "mask": mask, "features": features})[0].ravel()
        with torch.no_grad():
            want = reader(*(torch.from_numpy(a) for a in (ids, mask, features)))["trigger"].numpy().ravel()
        cosines.append(float(got @ want / (np.linalg.norm(got) * np.linalg.norm(want))))
    return float(np.mean(cosines))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--out", type=Path, default=TARGET)
    args = parser.parse_args()
    reader = load(args.run)
    with tempfile.TemporaryDirectory() as folder:
        full = Path(folder) / "full.onnx"
        export(reader, full)
        quantise(full, args.out)
    size = args.out.stat().st_size / 1e6
    print(f"{args.out}: {size:.1f} MB, cosine to the checkpoint {compare(reader, args.out):.4f}")
    if size > LIMIT_MB:
        raise SystemExit(f"the weights are larger than {LIMIT_MB} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
