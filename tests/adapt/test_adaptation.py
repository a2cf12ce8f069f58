"""The folder of an adaptation, what it adds to scores, and events of own types in scores painted by hand."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from annotating import TYPES
from click.testing import CliRunner
from scripted import THRESHOLDS, Canvas, answer

import communique
from communique.adapt import adaptation as module
from communique.adapt.adaptation import Adaptation, AdaptedModel, weights_hash
from communique.adapt.learning import Linear
from communique.adapt.types import read_types
from communique.cli import main
from communique.errors import DataError
from communique.ontology import beside, event_types
from communique.read import labels
from communique.read.decode import OWN, RawSentence, SentenceDecoder, own_run

KINDS = read_types(TYPES)


def linear(size: int, bias: float = 0.0) -> Linear:
    return Linear(np.full((384, size), 0.5), np.full(size, bias))


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Adaptation:
    monkeypatch.setattr(module, "weights_hash", lambda: "aaaa")
    return Adaptation("aaaa", KINDS, {"status": linear(6), OWN: linear(2)}, {"status": linear(6, 1.0)}, "# Card\n")


def test_a_folder_is_read_as_it_was_written(made: Adaptation, tmp_path: Path) -> None:
    made.save(tmp_path / "a")
    found = Adaptation.load(tmp_path / "a")
    assert found.types == KINDS and set(found.reading) == {"status", OWN}
    assert np.allclose(found.asking["status"].bias, 1.0)
    assert (tmp_path / "a" / "CARD.md").read_text() == "# Card\n"
    plain = dataclasses.replace(made, types=(), reading={"status": linear(6)})
    plain.save(tmp_path / "b")
    assert Adaptation.load(tmp_path / "b").types == ()


def test_other_weights_are_refused_with_the_next_step(made: Adaptation, tmp_path: Path) -> None:
    dataclasses.replace(made, weights="bbbb").save(tmp_path)
    with pytest.raises(DataError, match=r"other weights \(bbbb\) than this communique has \(aaaa\): train it again .*--out"):
        Adaptation.load(tmp_path)


def test_a_damaged_folder_says_so(made: Adaptation, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no adaptation"):
        Adaptation.load(tmp_path)
    dataclasses.replace(made, asking={"status": linear(5)}).save(tmp_path)
    with pytest.raises(DataError, match=r"damaged at 'asking.status'"):
        Adaptation.load(tmp_path)
    dataclasses.replace(made, reading={}).save(tmp_path)
    with pytest.raises(DataError, match="no weights for its types"):
        Adaptation.load(tmp_path)
    (tmp_path / "adaptation.npz").write_bytes(b"PK nonsense")
    with pytest.raises(DataError, match="cannot be read"):
        Adaptation.load(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        made.save(tmp_path / "file")


def test_the_hash_is_of_the_shipped_weights() -> None:
    assert len(weights_hash()) == 16


class Shipped:
    """Weights that answer with ones, and remember what they were asked for."""

    def __init__(self) -> None:
        self.outputs: list[str] = []

    def _give(self, outputs: Sequence[str]) -> list[dict[str, np.ndarray]]:
        self.outputs = list(outputs)
        sizes = {**labels.SIZES, "middle": 384, "top": 384, "own": 384}
        return [{name: np.ones((3, sizes.get(name, 16))) for name in outputs}]

    def __call__(self, batch: Sequence[object], outputs: Sequence[str]) -> list[dict[str, np.ndarray]]:
        return self._give(outputs)

    def ask(self, batch: Sequence[object], outputs: Sequence[str]) -> list[dict[str, np.ndarray]]:
        return self._give(outputs)


def test_additions_come_upon_the_heads_that_have_them(made: Adaptation) -> None:
    model = AdaptedModel(Shipped(), made)  # type: ignore[arg-type]
    (scores,) = model([])
    assert np.allclose(scores["status"], 1 + 192) and np.allclose(scores["cue"], 1)
    assert scores[OWN].shape == (3, 2) and "top" not in scores
    (scores,) = model([], outputs=("relation", "trigger"))
    assert set(scores) == {"relation", "trigger"}
    (answered,) = model.ask([])
    assert np.allclose(answered["status"], 1 + 193) and OWN not in answered and "own" not in answered


TEXT = "Pirates boarded the tanker and Oslo accused Minsk"


def read(c: Canvas, kinds: Sequence[object] = KINDS) -> RawSentence:
    decoder = SentenceDecoder(c.encoded, c.scores, THRESHOLDS, kinds)  # type: ignore[arg-type]
    return decoder.read([answer(c.scores, question) for question in decoder.questions()])


def painted(words: str = "boarded the tanker") -> Canvas:
    c = Canvas(TEXT)
    c.scores[OWN] = np.full((len(c.encoded), 2), -5.0)
    c.scores[OWN][c.rows(words), 1] = 3.0
    return c


def test_an_own_event_stands_beside_plovers_in_its_words() -> None:
    c = painted()
    c.trigger("accused", "ACCUSE")
    c.trigger("boarded", "COERCE", status="claimed")
    c.pair("boarded", "actor", "Pirates")
    found = read(c).events
    assert [(e.type, *c.words([e])) for e in found] == [("COERCE", "boarded"), ("PIRACY", "boarded"), ("ACCUSE", "accused")]
    own = found[1]
    assert (own.mode, own.status, c.words(own.actors)) == ("", "claimed", ["Pirates"])
    assert own.probability == pytest.approx(1 / (1 + np.exp(-3.0)))
    assert own.start == 8


def test_an_own_event_takes_the_place_of_plovers_where_its_user_wants_that() -> None:
    c = painted()
    c.trigger("accused", "ACCUSE")
    c.trigger("boarded", "COERCE")
    kinds = (KINDS[0], dataclasses.replace(KINDS[1], instead=True))
    assert [e.type for e in read(c, kinds).events] == ["PIRACY", "ACCUSE"]


def test_a_trigger_of_an_own_type_has_its_own_words_where_plover_has_none() -> None:
    c = painted()
    assert c.words(read(c).events) == ["boarded the tanker"]
    c.scores[OWN][:] = -1.0
    assert not read(c).events


def test_words_of_an_own_trigger() -> None:
    logits = np.array([-4.0, 3.0, 2.0, -1.0, 0.5])
    assert own_run(logits, []) == (1, 3)
    assert own_run(logits, [(4, 5)]) == (4, 5), "a likely trigger of PLOVER's draws the words"
    assert own_run(logits, [(3, 4)]) == (1, 3), "an unlikely one does not"


def test_own_types_are_known_inside_only() -> None:
    with beside(KINDS):
        assert event_types()["PIRACY"].quad == "material conflict"
        assert "PIRACY" not in event_types() and len(event_types()) == 16
    with pytest.raises(KeyError):
        event_types()["PIRACY"]


def test_the_command_tells_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = tmp_path / "t.tsv"
    bad.write_text("name\n")
    note = tmp_path / "a.jsonl"
    note.write_text("{}\n")
    run = CliRunner()
    found = run.invoke(main, ["train", str(note), "--types", str(bad), "--out", str(tmp_path / "o")])
    assert found.exit_code == 1 and "has no column" in found.output
    assert run.invoke(main, ["train", str(note)]).exit_code == 2
    monkeypatch.setattr(communique, "load", lambda **given: pytest.fail(f"{given}") if "adaptation" not in given else Reader())
    assert run.invoke(main, ["read", str(note), "--with", str(tmp_path)]).exit_code == 1


class Reader:
    """Refuses everything, so that the command ends."""

    def pipe(self, reports: object, *, batch_size: int = 16) -> object:
        raise DataError("asked")
