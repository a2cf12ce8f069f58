"""The gate before the model: what it shuts out, and that it spares the model alone. All texts are written for the tests."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from scripted import THRESHOLDS, Array, Scripted, encoder

import communique
from commands import run
from communique.errors import DataError
from communique.ontology import EventType, event_types
from communique.read import gate as module
from communique.read.encode import Encoded
from communique.read.gate import SIGNS, Gate, pieces_of, signs_of
from communique.read.naming import reader_name
from communique.read.reader import Reader
from communique.resolve.actors import ActorIndex

TEXT = "Poland accused Russia of spying. The soup was too cold. Iran met Oman in Muscat. She loves her garden."


def encoded(sentence: str, before: str = "") -> Encoded:
    text = f"{before} {sentence}".strip()
    spans = [(0, len(before)), (len(text) - len(sentence), len(text))]
    return encoder().encode(text, spans, [[], [0] if before else []])[1]


class Noting(Scripted):
    """Notes the words of the sentences that it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[Encoded] = []

    def __call__(self, batch: Sequence[Encoded], outputs: Sequence[str] | None = None) -> list[dict[str, Array]]:
        self.given += batch
        return list(super().__call__(batch, outputs))  # type: ignore[arg-type]


def made(gate: bool, own: Sequence[EventType] = ()) -> tuple[Reader, Noting]:
    model = Noting()
    return Reader(model, thresholds=THRESHOLDS, index=ActorIndex.load(), gate=gate, own=own), model


@pytest.mark.parametrize(
    "sentence",
    ["Finland accused Russia on Tuesday of jamming aircraft.", "“We will never forget,” the minister said.",
     "Police arrested four men.", "The EU imposed new sanctions on Belarus.", "He denied it.", "Protesters burned tyres."],
)  # fmt: skip
def test_what_politics_is_made_of_passes(sentence: str) -> None:
    assert Gate.load().lets(encoded(sentence))


@pytest.mark.parametrize("sentence", ["The soup was too cold.", "She loves her garden.", "My phone battery dies quickly."])
def test_what_nobody_codes_is_shut_out(sentence: str) -> None:
    assert not Gate.load().lets(encoded(sentence))


def test_only_the_sentence_itself_is_weighed() -> None:
    alone = encoded("She loves her garden.")
    behind = encoded("She loves her garden.", "“Russia bombed Kharkiv,” Ukraine said.")
    assert len(behind) > len(alone)
    assert Gate.load().value(alone) == Gate.load().value(behind)


def test_signs_of_a_sentence() -> None:
    told = signs_of(encoded("The NATO summit in Vilnius ended."))
    assert (told["bias"], told["capital"], told["acronym"], told["number"], told["quoted"]) == (1.0, 1.0, 1.0, 0.0, 0.0)
    told = signs_of(encoded("Talks on “peace” in 2024."))
    assert (told["capital"], told["number"], told["quoted"]) == (0.0, 1.0, 1.0)
    assert set(told) == set(SIGNS)


def test_a_piece_counts_once() -> None:
    one = encoded("talks talks talks")
    weights = np.zeros(len(Gate.load().pieces))
    weights[pieces_of(one)] = 2.0
    assert Gate(weights, dict.fromkeys(SIGNS, 0.0), 1.0).value(one) == 2.0


def test_the_model_is_spared_and_nothing_else() -> None:
    plain, without = made(False)
    gated, model = made(True)
    before, after = plain.read(TEXT), gated.read(TEXT)
    assert (len(without.given), len(model.given)) == (4, 2)
    assert after.sentences == before.sentences and after.events == before.events
    # What is shut out is still what stands before the next sentence.
    assert [e.ids.tolist() for e in model.given] == [without.given[n].ids.tolist() for n in (0, 2)]


def test_a_report_without_anything_to_read_asks_the_model_for_nothing() -> None:
    reader, model = made(True)
    coded = reader.read("The soup was too cold. She loves her garden.")
    assert not model.given and not coded.events and coded.notes == ("no event and no statement was found",)


def test_types_of_ones_own_open_the_gate() -> None:
    # The gate was fitted to PLOVER's types: of others it knows nothing.
    own = dataclasses.replace(next(iter(event_types().values())), name="COOK")
    assert made(True, [own])[0]._gate is None and made(True)[0]._gate is not None


def test_a_coding_behind_the_gate_has_another_name() -> None:
    plain, gated = made(False)[0].name, made(True)[0].name
    assert gated.startswith(plain + " gate ") and gated == reader_name(gate=True)


def test_a_table_for_another_vocabulary_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = ({"weight": "0", "piece": "(threshold)"}, {"weight": "1", "piece": "nosuchpiece"})
    monkeypatch.setattr(module, "read_table", lambda name: rows)
    with pytest.raises(DataError, match="'nosuchpiece', which the vocabulary lacks"):
        Gate.load.__wrapped__(Gate)


def test_the_command_asks_for_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path, asked = tmp_path / "a.txt", []

    def load(**options: object) -> Reader:
        asked.append(options)
        return made(False)[0]

    path.write_text(TEXT)
    monkeypatch.setattr(communique, "load", load)
    assert run("read", path, "--gate", "--json").exit_code == 0
    assert run("add", path, "--gate", "--store", tmp_path / "s.db").exit_code == 0
    assert run("read", path, "--no-gate", "--json").exit_code == 0
    assert [o.get("gate", False) for o in asked] == [True, True, False]
