"""Makes the weights that ship a checkpoint again, to train on from: ``python training/restore.py RUN``.

Runs are not kept in the repository. What comes back is what int8 left of the weights, with the biases as they were before they
were moved to the frequencies of news (priors.py); the auxiliary heads, which do not ship, start anew.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from communique.read.labels import ASKED, SIZES
from export import TARGET
from model import AUXILIARY, HIDDEN, Reader
from priors import moved, shifts

Arrays = Mapping[str, npt.NDArray[np.generic]]
NAMED = "reader."
"""What the export puts before the name of each weight."""


def _whole(arrays: Arrays, name: str) -> npt.NDArray[np.float32]:
    """A weight out of its int8 numbers, which are scaled as a whole or by column."""
    bare = name.removesuffix("_quantized")
    scale, zero = (arrays[f"{bare}_{part}"].astype(np.float32) for part in ("scale", "zero_point"))
    return (arrays[name].astype(np.float32) - zero) * scale


def _multiplied(graph: onnx.GraphProto, added: onnx.NodeProto) -> str:
    """The int8 weight whose product `added` adds a bias to; "" where it adds to something else."""
    makers = {output: node for node in graph.node for output in node.output}
    todo = [makers[i] for i in added.input if i in makers]
    while todo:
        node = todo.pop()
        if node.op_type == "MatMulInteger":
            return str(node.input[1])
        if node.op_type in ("Mul", "Cast"):
            todo += [makers[i] for i in node.input if i in makers and makers[i].op_type in ("Mul", "Cast", "MatMulInteger")]
    return ""


def restored(path: Path, names: Sequence[str]) -> dict[str, Tensor]:
    """The weights in an exported file, of those that a reader has (`names`)."""
    graph = onnx.load(str(path)).graph
    arrays = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    out: dict[str, Tensor] = {}
    for name, values in arrays.items():
        key = name.removeprefix(NAMED).removesuffix("_quantized")
        if name.endswith("_quantized") and key in names:
            out[key] = torch.from_numpy(_whole(arrays, name))
        elif key in names and values.dtype == np.float32:
            out[key] = torch.from_numpy(values.copy())
        elif name.startswith("onnx::Add") and values.shape == (HIDDEN,):
            # The first segment's row, which is added to every piece, lost its name.
            out["segments.weight"] = torch.from_numpy(np.stack([values, values]))
    for node in graph.node:
        for bias in (i.removeprefix(NAMED) for i in node.input if node.op_type == "Add"):
            weight = _multiplied(graph, node) if bias.endswith(".bias") and bias in names else ""
            if weight:
                out[bias.removesuffix("bias") + "weight"] = torch.from_numpy(_whole(arrays, weight)).T.contiguous()
    return out


def shipped() -> tuple[Reader, list[str]]:
    """The reader with the weights that ship, and the names of those that it lacks."""
    reader = Reader({**SIZES, **AUXILIARY}, ASKED)
    names = list(reader.state_dict())
    found = {k: v for name in ("reader.onnx", "roles.onnx") for k, v in restored(TARGET / name, names).items()}
    reader.load_state_dict(found, strict=False)
    return reader.eval(), [name for name in names if name not in found]


def main() -> int:
    from train import examples, noted
    from train import parse_args as settings

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="folder to write the checkpoint to")
    run = parser.parse_args().run
    reader, new = shipped()
    known, _, hashes = examples(settings(["--swap", "0"]))
    added = shifts(e for versions in known for e in versions[0])
    weights = moved(reader.state_dict(), {name: [-value for value in values] for name, values in added.items()})
    run.mkdir(parents=True, exist_ok=True)
    torch.save(weights, run / "average.pt")
    noted(run, {"restored": "from the weights that ship", "seed": 0}, hashes, {}, 0)
    print(f"{run}: all but {', '.join(sorted({name.rsplit('.', 2)[0] for name in new}))}, which start anew")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
