"""An adaptation as a folder: what is added to the heads' logits, the user's own types, and a card on what it was made of."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from communique.adapt.learning import Linear
from communique.adapt.types import read_types, write_types
from communique.errors import DataError, InputError
from communique.ontology import EventType
from communique.read import labels
from communique.read.decode import OWN
from communique.read.encode import Encoded
from communique.read.runtime import OnnxModel, Question, Scores
from communique.settings import data_path

ARRAYS, TYPES, CARD = "adaptation.npz", "types.tsv", "CARD.md"
PASSES = ("reading", "asking")


def weights_hash() -> str:
    """One hash of the shipped weights: states of other weights mean nothing to an adaptation."""
    total = hashlib.sha256()
    for name in ("reader.onnx", "roles.onnx"):
        path = data_path("model", name)
        if not path.is_file():
            raise DataError(f"data/model/{name} is missing: reinstall communique")
        total.update(path.read_bytes())
    return total.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Adaptation:
    """What to add to the logits of each pass, by head; `OWN` among those of `reading` is the logits of the own `types`."""

    weights: str
    types: tuple[EventType, ...] = ()
    reading: Mapping[str, Linear] = field(default_factory=dict)
    asking: Mapping[str, Linear] = field(default_factory=dict)
    card: str = ""

    def model(self, shipped: OnnxModel) -> AdaptedModel:
        """The `shipped` weights with this adaptation."""
        return AdaptedModel(shipped, self)

    def save(self, folder: Path) -> None:
        """Writes the folder. Raises `DataError` where it cannot be written."""
        arrays: dict[str, npt.NDArray[np.generic]] = {"weights": np.array(self.weights)}
        for stage, heads in zip(PASSES, (self.reading, self.asking), strict=True):
            for name, linear in heads.items():
                arrays[f"{stage}.{name}.weight"] = linear.weight.astype(np.float32)
                arrays[f"{stage}.{name}.bias"] = linear.bias.astype(np.float32)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            np.savez(folder / ARRAYS, **arrays)  # type: ignore[arg-type]
            write_types(folder / TYPES, self.types)
            (folder / CARD).write_text(self.card, encoding="utf-8")
        except OSError as error:
            raise DataError(f"{folder}: the adaptation cannot be written: {error.strerror or error}") from error

    @classmethod
    def load(cls, folder: Path) -> Adaptation:
        """The adaptation in `folder`. Raises `DataError` where it is missing, damaged or made for other weights."""
        if not (folder / ARRAYS).is_file():
            make = f"make one with `communique train ... --out {folder}`"
            raise DataError(f"{folder} holds no adaptation ({ARRAYS} is missing): {make}")
        again = f"train it again from the same annotation with `communique train ... --out {folder}`"
        try:
            with np.load(folder / ARRAYS, allow_pickle=False) as found:
                arrays = {name: found[name] for name in found.files}
            types = read_types(folder / TYPES) if _has_rows(folder / TYPES) else ()
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, InputError) as error:
            raise DataError(f"{folder}: the adaptation cannot be read ({error}): {again}") from error
        made_for, here = str(arrays.pop("weights", "")), weights_hash()
        if made_for != here:
            why = f"was made for other weights ({made_for or 'none named'}) than this communique has ({here})"
            raise DataError(f"{folder}: the adaptation {why}: {again}, or install the communique that it was made with")
        heads: dict[str, dict[str, Linear]] = {stage: {} for stage in PASSES}
        sizes = {"reading": {**labels.SIZES, OWN: len(types)}, "asking": labels.ASKED}
        for name in (n.removesuffix(".weight") for n in arrays if n.endswith(".weight")):
            stage, _, head = name.partition(".")
            weight, bias = arrays[f"{name}.weight"], arrays.get(f"{name}.bias")
            size = sizes.get(stage, {}).get(head)
            if bias is None or size is None or weight.ndim != 2 or weight.shape[1] != size or bias.shape != (size,):
                raise DataError(f"{folder}: the adaptation is damaged at {name!r}: {again}")
            heads[stage][head] = Linear(weight, bias)
        if types and OWN not in heads["reading"]:
            raise DataError(f"{folder}: the adaptation has no weights for its types: {again}")
        return cls(made_for, types, heads["reading"], heads["asking"])


def _has_rows(path: Path) -> bool:
    return sum(1 for line in path.read_text("utf-8").splitlines() if line.strip() and not line.startswith("#")) > 1


class AdaptedModel:
    """The shipped weights, with an adaptation added to what they score."""

    def __init__(self, shipped: OnnxModel, adaptation: Adaptation) -> None:
        self._shipped, self._adaptation = shipped, adaptation

    def __call__(self, batch: Sequence[Encoded], outputs: Sequence[str] | None = None) -> list[Scores]:
        """As `OnnxModel`'s."""
        wanted = list(outputs) if outputs is not None else [*labels.SIZES, "sentence", "middle"]
        scored = self._shipped(batch, [*wanted, *({"top"} - set(wanted))])
        return [_adapted(scores, self._adaptation.reading, "top", wanted, outputs is None) for scores in scored]

    def ask(self, batch: Sequence[Question]) -> list[Scores]:
        """As `OnnxModel`'s."""
        wanted = [*labels.ASKED, "roles"]
        answers = self._shipped.ask(batch, [*wanted, "own"])
        return [_adapted(answer, self._adaptation.asking, "own", wanted, False) for answer in answers]


def _adapted(scores: Scores, heads: Mapping[str, Linear], state: str, wanted: Sequence[str], own: bool) -> Scores:
    """`scores` of the `wanted` heads, with what `heads` add; those of the own types beside them if `own`."""
    x = scores[state]
    out = {name: scores[name] + heads[name](x).astype(np.float32) if name in heads else scores[name] for name in wanted}
    if own and OWN in heads:
        out[OWN] = heads[OWN](x)
    return out
