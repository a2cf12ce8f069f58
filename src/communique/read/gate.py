"""A gate before the model: sentences in which next to surely nothing is told or said are not read.

Each word piece of ``data/gate.tsv`` speaks for or against a sentence by its weight, and so do a few signs of the whole. A sum
below the table's `threshold` shuts the sentence out. It stays in the report as context, and as the place of names and dates:
only the model is spared. Fitted by training/fit_gate.py, which says what it costs; off unless asked for (`Reader(gate=True)`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import log1p

import numpy as np
import numpy.typing as npt

from communique.errors import DataError
from communique.read.encode import CASES, Encoded, vocabulary
from communique.settings import read_table

SIGNS = ("bias", "length", "capital", "acronym", "number", "quoted")
"""What is told of a sentence beside its pieces: nothing, the logarithm of their number, and whether it has a capitalised word
behind its first, a word in capitals, a number, words in quotation marks. In the table their names stand in brackets."""

_TITLE, _UPPER, _NUMBER = (CASES.index(name) for name in ("title", "upper", "number"))


def pieces_of(encoded: Encoded) -> list[int]:
    """The vocabulary numbers of the sentence itself, each once."""
    return sorted(set(encoded.ids[encoded.inside].tolist()))


def signs_of(encoded: Encoded) -> dict[str, float]:
    """The values of `SIGNS`."""
    case = encoded.features[encoded.inside & encoded.first, 0]
    return {
        "bias": 1.0,
        "length": log1p(int(encoded.inside.sum())),
        "capital": float((case[1:] == _TITLE).any()),
        "acronym": float((case == _UPPER).any()),
        "number": float((case == _NUMBER).any()),
        "quoted": float(encoded.features[encoded.inside, 2].any()),
    }


@dataclass(frozen=True, slots=True)
class Gate:
    """Weights by vocabulary number and by sign, and the sum from which a sentence is read."""

    pieces: npt.NDArray[np.float64]
    signs: Mapping[str, float]
    threshold: float

    @classmethod
    @lru_cache(maxsize=1)
    def load(cls) -> Gate:
        """The gate inside the package. Raises `DataError` where its table is missing or names what the vocabulary lacks."""
        numbers = {piece: n for n, piece in enumerate(vocabulary())}
        pieces, signs = np.zeros(len(numbers)), {}
        for row in read_table("gate.tsv"):
            name, weight = row["piece"], float(row["weight"])
            if name[0] == "(" and name[-1] == ")" and len(name) > 2:
                signs[name[1:-1]] = weight
            elif name in numbers:
                pieces[numbers[name]] = weight
            else:
                raise DataError(f"data/gate.tsv has {name!r}, which the vocabulary lacks: run training/fit_gate.py again")
        return cls(pieces, signs, signs.pop("threshold"))

    def value(self, encoded: Encoded) -> float:
        """What speaks for reading the sentence, as log-odds."""
        told = sum(self.signs[name] * value for name, value in signs_of(encoded).items())
        return float(self.pieces[pieces_of(encoded)].sum()) + told

    def lets(self, encoded: Encoded) -> bool:
        """Whether the sentence is read."""
        return self.value(encoded) >= self.threshold
