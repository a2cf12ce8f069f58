"""What a reader is called: another name for whatever changes what it reads."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from communique.read import naming
from communique.read.naming import reader_name


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A small folder in place of the package's data."""
    folder = tmp_path / "data"
    for name in ("model/reader.onnx", "model/roles.onnx", "model/thresholds.tsv", "model/calibration.tsv", "model/CARD.md",
                 "actors/people.tsv", "ontology/types.tsv", "places/areas.tsv", "abbreviations.tsv", "boilerplate.tsv",
                 "datelines.tsv", "timeline.tsv", "gate.tsv", "export/pairs.tsv"):  # fmt: skip
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name, encoding="utf-8")
    monkeypatch.setattr(naming, "data_path", lambda *parts: folder.joinpath(*parts))
    for remembered in (naming._shipped, naming._gate):
        remembered.cache_clear()
    yield folder
    for remembered in (naming._shipped, naming._gate):
        remembered.cache_clear()


@pytest.mark.parametrize(
    ("changed", "matters"),
    [("model/reader.onnx", True), ("model/roles.onnx", True), ("model/thresholds.tsv", True), ("model/calibration.tsv", True),
     ("actors/people.tsv", True), ("boilerplate.tsv", True), ("model/CARD.md", False), ("export/pairs.tsv", False)],
)  # fmt: skip
def test_what_changes_the_reading_changes_the_name(data: Path, changed: str, matters: bool) -> None:
    # The name was a hash of reader.onnx alone, so that recode passed everything over after most changes.
    before = reader_name()
    assert re.fullmatch(r"communique \S+ weights [0-9a-f]{8}", before)
    (data / changed).write_text("other", encoding="utf-8")
    naming._shipped.cache_clear()
    assert (reader_name() != before) is matters


def test_own_actors_and_an_adaptation_are_in_the_name(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = reader_name()
    own, adapted = tmp_path / "own.tsv", tmp_path / "adapted"
    monkeypatch.setenv("COMMUNIQUE_ACTORS", str(own))
    assert reader_name() == plain  # no such file
    own.write_text("a", encoding="utf-8")
    assert re.fullmatch(re.escape(plain) + " actors [0-9a-f]{8}", first := reader_name())
    assert reader_name("") == plain and reader_name(own) == first
    own.write_text("bb", encoding="utf-8")
    assert reader_name() not in (plain, first)
    adapted.mkdir()
    (adapted / "adaptation.npz").write_bytes(b"1")
    one = reader_name("", adapted)
    assert re.fullmatch(re.escape(plain) + " adaptation [0-9a-f]{8}", one)
    (adapted / "adaptation.npz").write_bytes(b"22")
    assert reader_name("", adapted) not in (plain, one)
    shutil.rmtree(adapted)


def test_the_gate_is_in_the_name_of_those_who_have_it_alone(data: Path) -> None:
    plain, gated = reader_name(), reader_name(gate=True)
    assert re.fullmatch(re.escape(plain) + " gate [0-9a-f]{8}", gated)
    (data / "gate.tsv").write_text("other", encoding="utf-8")
    naming._gate.cache_clear()
    assert reader_name() == plain and reader_name(gate=True) not in (plain, gated)


@pytest.mark.weights
def test_a_loaded_reader_has_its_name() -> None:
    import communique

    assert communique.load(actors="").name == reader_name("")
