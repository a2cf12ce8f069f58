"""Relations between marked participants: the marks, the classes and the figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from communique.errors import InputError
from communique.evaluate import plv
from communique.evaluate.conventions import YIELD
from communique.ontology import event_types
from communique.read.relations import Pair, Relation

QUAD_NUMBERS = {"verbal cooperation": "1", "material cooperation": "2", "verbal conflict": "3", "material conflict": "4"}


def test_marks_become_spans() -> None:
    text, source, target = plv.parse_marked("Then <s>Oslo</s> armed <t>Kyiv</t>.")
    assert text == "Then Oslo armed Kyiv."
    assert (text[slice(*source)], text[slice(*target)]) == ("Oslo", "Kyiv")
    assert plv.parse_marked("<t>Kyiv</t> was armed by <s>Oslo</s>")[1] == (18, 22)


def test_one_participant_may_be_missing() -> None:
    assert plv.parse_marked("<s>Oslo</s> marched.") == ("Oslo marched.", (0, 4), (0, 0))


@pytest.mark.parametrize("marked", ["Oslo armed Kyiv.", "<s>Oslo armed Kyiv.", "Oslo</s> armed <t>Kyiv</t>", ""])
def test_broken_marks_are_refused(marked: str) -> None:
    with pytest.raises(ValueError, match="lacks"):
        plv.parse_marked(marked)


def test_quads_are_the_ontologys() -> None:
    for kind in event_types().values():
        assert plv.QUADS[YIELD.get(kind.name, kind.name)] in (QUAD_NUMBERS[kind.quad], "2")
        if kind.name not in YIELD:
            assert plv.QUADS[kind.name] == QUAD_NUMBERS[kind.quad]


class StandIn:
    """Answers with the probabilities given, in order; what it reads has no trigger."""

    def __init__(self, *answers: dict[str, float]) -> None:
        self.answers, self.asked = answers, list[str]()

    def relate(self, pairs: Iterable[Pair]) -> Iterator[Relation]:
        for pair, answer in zip(pairs, self.answers, strict=True):
            self.asked.append(pair[0])
            yield Relation(*pair, answer)


def table(tmp_path: Path, *rows: str, header: str = "marked_sentence\tgold_root\tgold_penta") -> Path:
    path = tmp_path / "x.tsv"
    path.write_text("\n".join([header, *rows]) + "\n", "utf-8")
    return path


def test_figures(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "<s>Oslo</s> armed <t>Kyiv</t>\tAID\t2",
        '"<s>Oslo</s>" left <t>Kyiv</t>\tYIELD\t2',
        "<s>A</s> hit <t>B</t>\tASSAULT\t4",
    )
    reader = StandIn({"AID": 0.9, "ASSAULT": 0.1}, {"AID": 0.4, "CONCEDE": 0.3, "RETREAT": 0.3}, {"COERCE": 0.6, "ASSAULT": 0.4})
    result = plv.evaluate(path, reader)  # type: ignore[arg-type]
    assert reader.asked == ["Oslo armed Kyiv", '"Oslo" left Kyiv', "A hit B"]
    assert result["sentences"] == 3
    assert result["accuracy"] == 0.6667
    assert result["root_macro_f1"] == pytest.approx(2 / 3, abs=1e-4)
    assert result["quad_macro_f1"] == 1.0
    assert result["by_name"] == {"root_macro_f1": result["root_macro_f1"], "quad_macro_f1": 1.0}
    assert "over 3 sentences" in plv.render(result)
    assert "YIELD" in plv.render(result)


def test_the_quad_is_told_from_the_root_where_the_file_has_none(tmp_path: Path) -> None:
    path = table(tmp_path, "<s>A</s> hit <t>B</t>\tASSAULT", header="marked_sentence\tgold_root")
    assert plv.evaluate(path, StandIn({"ASSAULT": 1.0}))["quad_macro_f1"] == 1.0  # type: ignore[arg-type]


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a file"):
        plv.evaluate(tmp_path / "none.tsv", StandIn())  # type: ignore[arg-type]
    with pytest.raises(InputError, match="has no columns marked_sentence and gold_root"):
        plv.evaluate(table(tmp_path, "a\tb", header="x\ty"), StandIn())  # type: ignore[arg-type]
    with pytest.raises(InputError, match="has no columns"):
        plv.evaluate(table(tmp_path), StandIn())  # type: ignore[arg-type]
    with pytest.raises(InputError, match="line 3: the sentence lacks"):
        plv.evaluate(table(tmp_path, "<s>A</s> hit <t>B</t>\tASSAULT\t4", "A hit B\tASSAULT\t4"), StandIn())  # type: ignore[arg-type]
