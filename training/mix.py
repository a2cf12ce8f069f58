"""Averages the weights of several runs: ``python training/mix.py OUT RUN=SHARE [RUN=SHARE ...]``, before export.py.

The shares add up to 1. A weight that a run lacks (a head added later) is taken from the first run, whose ``run.json`` is kept
too, with the shares noted in it.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from torch import Tensor


def mixed(runs: list[tuple[dict[str, Tensor], float]]) -> dict[str, Tensor]:
    """The weighted mean of the weights; the first of `runs` says which there are."""
    first = runs[0][0]
    out = {}
    for key, value in first.items():
        if not value.is_floating_point():
            out[key] = value
            continue
        have = [(w[key] if key in w and w[key].shape == value.shape else value, share) for w, share in runs]
        out[key] = sum((tensor * share for tensor, share in have), torch.zeros_like(value))
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("runs", nargs="+", metavar="RUN=SHARE")
    args = parser.parse_args()
    shares = [(Path(name), float(share)) for name, share in (run.rsplit("=", 1) for run in args.runs)]
    if abs(sum(share for _, share in shares) - 1.0) > 1e-6:
        parser.error(f"the shares add up to {sum(share for _, share in shares):g}: give shares of 1 in all")
    args.out.mkdir(parents=True, exist_ok=True)
    weights = [(torch.load(run / "average.pt", weights_only=True), share) for run, share in shares]
    torch.save(mixed(weights), args.out / "average.pt")
    told = json.loads((shares[0][0] / "run.json").read_text("utf-8"))
    told["settings"]["mixed"] = ", ".join(f"{share:g} {run.name}" for run, share in shares)
    (args.out / "run.json").write_text(json.dumps(told, indent=1), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
