"""Exports a trained checkpoint to ONNX, quantises it to int8 and writes it into the package.

``python training/export.py RUN_DIR`` writes ``reader.onnx`` and ``roles.onnx`` in ``data/model`` and checks both.
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

from model import AUXILIARY, HIDDEN, Reader

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "src"))

from communique.read.labels import ASKED, SIZES  # noqa: E402

OUTPUTS = [*SIZES, "sentence", "middle", "top", "relation"]
ANSWERS = [*ASKED, "roles", "own"]
TARGET = HERE.parent / "src/communique/data/model"
LIMIT_MB = 40


class Reading(nn.Module):
    """The first pass with its outputs in a fixed order and without the auxiliary heads."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.reader = reader

    def forward(self, ids: Tensor, mask: Tensor, features: Tensor) -> tuple[Tensor, ...]:
        out = self.reader(ids, mask, features)
        return tuple(out[name] for name in OUTPUTS)


class Asking(nn.Module):
    """The second pass with its outputs in a fixed order."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.reader = reader

    def forward(self, middle: Tensor, mask: Tensor, marks: Tensor) -> tuple[Tensor, ...]:
        out = self.reader.ask(middle, mask, marks)
        return tuple(out[name] for name in ANSWERS)


def load(run: Path) -> Reader:
    """The averaged weights of a run."""
    reader = Reader({**SIZES, **AUXILIARY}, ASKED)
    reader.load_state_dict(torch.load(run / "average.pt", weights_only=True))
    return reader.eval()


def export(
    module: nn.Module, inputs: dict[str, Tensor], outputs: list[str], flat: tuple[str, ...], path: Path
) -> None:
    """Writes `module` to `path`; `flat` names the outputs without a row a piece."""
    axes = {0: "batch", 1: "pieces"}
    dynamic = {name: {0: "batch"} if name in flat else axes for name in [*inputs, *outputs]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module, tuple(inputs.values()), str(path), input_names=list(inputs), output_names=outputs,
            dynamic_axes=dynamic, opset_version=17, dynamo=False,
        )  # fmt: skip


def quantise(source: Path, target: Path) -> None:
    """Weights to int8, per channel where they multiply, activations at run time; attention itself stays in float."""
    weights = {i.name for i in onnx.load(str(source)).graph.initializer}
    floating = [
        node.name for node in onnx.load(str(source)).graph.node
        if node.op_type == "MatMul" and not any(name in weights for name in node.input)
    ]  # fmt: skip
    quantize_dynamic(
        str(source), str(target), weight_type=QuantType.QInt8, per_channel=True, reduce_range=False,
        op_types_to_quantize=["MatMul", "Gather"], nodes_to_exclude=floating,
    )  # fmt: skip


def compare(reader: Reader, folder: Path) -> tuple[float, float]:
    """Mean cosines of the triggers and of the roles of the checkpoint and of the files, over random inputs."""
    first, second = (
        onnxruntime.InferenceSession(str(folder / name), providers=["CPUExecutionProvider"])
        for name in ("reader.onnx", "roles.onnx")
    )
    reader.eval()  # the export leaves it training, and dropout would be taken for a loss of precision
    rng = np.random.default_rng(3)
    cosines = []
    for _ in range(5):
        ids = rng.integers(1000, 28000, (3, 40))
        mask, features = np.ones_like(ids), np.zeros((3, 40, 4), dtype=np.int64)
        marks = np.zeros_like(ids)
        marks[:, 7] = 1
        trigger, middle = first.run(["trigger", "middle"], {"ids": ids, "mask": mask, "features": features})
        (roles,) = second.run(["roles"], {"middle": middle, "mask": mask, "marks": marks})
        with torch.no_grad():
            want = reader(*(torch.from_numpy(a) for a in (ids, mask, features)))
            asked = reader.ask(want["middle"], torch.from_numpy(mask), torch.from_numpy(marks))
        cosines.append([
            float(a.ravel() @ b.ravel() / (np.linalg.norm(a) * np.linalg.norm(b)))
            for a, b in ((trigger, want["trigger"].numpy()), (roles, asked["roles"].numpy()))
        ])  # fmt: skip
    triggers, role = np.mean(cosines, axis=0)
    return float(triggers), float(role)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--out", type=Path, default=TARGET, help="folder to write to")
    args = parser.parse_args()
    reader = load(args.run)
    ids = torch.randint(1000, 20000, (2, 24))
    mask = torch.ones_like(ids)
    sentence = {"ids": ids, "mask": mask, "features": torch.zeros(2, 24, 4, dtype=torch.long)}
    question = {"middle": torch.randn(2, 24, HIDDEN), "mask": mask, "marks": torch.ones_like(ids)}
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        full = Path(folder) / "full.onnx"
        export(Reading(reader), sentence, OUTPUTS, ("sentence", "relation"), full)
        quantise(full, args.out / "reader.onnx")
        export(Asking(reader), question, ANSWERS, (*ASKED, "own"), full)
        quantise(full, args.out / "roles.onnx")
    size = sum((args.out / name).stat().st_size for name in ("reader.onnx", "roles.onnx")) / 1e6
    triggers, roles = compare(reader, args.out)
    print(f"{args.out}: {size:.1f} MB, cosine to the checkpoint {triggers:.4f} triggers, {roles:.4f} roles")
    if size > LIMIT_MB:
        raise SystemExit(f"the weights are larger than {LIMIT_MB} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
