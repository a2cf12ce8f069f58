"""Writes the model card, ``data/model/CARD.md``, from a run's record and the figures of ``make eval``."""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from communique.settings import read_table

HERE = Path(__file__).parent
ROOT = HERE.parent
MODEL = ROOT / "src/communique/data/model"


def table(rows: list[tuple[str, ...]], head: tuple[str, ...]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def by_kind(path: Path) -> tuple[str, str, dict[str, Any]]:
    """Figures for each type and for each status on gold/dev, and the whole result."""
    from communique.evaluate import gold
    from communique.read.reader import Reader

    result = gold.evaluate(path, Reader())

    def shown(key: str, head: str) -> str:
        rows = [(kind, str(v["gold"]), f"{v['p']:.2f}", f"{v['r']:.2f}", f"{v['f1']:.2f}") for kind, v in result[key].items()]
        return table(rows, (head, "in gold", "precision", "recall", "F1"))

    return shown("per_type", "type"), shown("per_status", "status"), result


def settings(run: dict[str, Any]) -> str:
    """The settings of a run, without its paths."""
    return ", ".join(f"{k} {v}" for k, v in run["settings"].items() if k not in ("out", "seed", "start", "corpus"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--figures", type=Path, help="figures that `benchmarks/eval.py --json` wrote, instead of measuring them")
    args = parser.parse_args()
    run = json.loads((args.run / "run.json").read_text("utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        figures = args.figures or Path(folder) / "figures.json"
        if not args.figures:
            command = [sys.executable, str(ROOT / "benchmarks/eval.py"), "--json", str(figures)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        measured = json.loads(figures.read_text("utf-8"))
    types, statuses, result = by_kind(ROOT.parent / "shared/gold/dev")
    weights = [(MODEL / name).read_bytes() for name in ("reader.onnx", "roles.onnx")]
    text = (HERE / "card.md").read_text("utf-8")
    values = {
        "HASH": hashlib.sha256(b"".join(weights)).hexdigest()[:16], "SIZE": f"{sum(map(len, weights)) / 1e6:.1f} MB",
        "SEED": str(run["seed"]), "SECONDS": str(run["seconds"]),
        "SETTINGS": settings(run),
        "EXAMPLES": table([(k, str(v)) for k, v in sorted(run["examples"].items())], ("source", "examples")),
        "HASHES": table([(k, v) for k, v in sorted(run["hashes"].items())], ("input", "sha-256, first 16")),
        "FIGURES": table(
            [(name, key, f"{value:.3f}") for name, group in measured.items() for key, value in group.items()],
            ("set", "figure", "value"),
        ),
        "TYPES": types,
        "STATUSES": statuses,
        "THRESHOLDS": ", ".join(f"{row['name']} {row['value']}" for row in read_table("model/thresholds.tsv")),
        "STATUS": f"{result['status']:.2f}",
    }  # fmt: skip
    for key, value in values.items():
        text = text.replace(f"%{key}%", value)
    (MODEL / "CARD.md").write_text(text, encoding="utf-8")
    print(f"{MODEL / 'CARD.md'} written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
