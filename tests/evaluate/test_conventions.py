"""What PLV counts otherwise: a sentence for each row of the table, and neighbours that stay. All are written for the tests."""

from __future__ import annotations

import pytest

from communique.evaluate import conventions
from communique.evaluate.plv import QUADS
from communique.ontology import event_types, names
from communique.read.relations import Relation

CASES = [
    ("Lima | refused to lift the ban on | Quito", "lift", "RETREAT", "", "negated", "REJECT"),
    ("Lima and | Quito | failed to reach a deal", "reach", "AGREE", "", "negated", "REJECT"),
    ("Lima | will not end the strike against | Quito", "strike", "PROTEST", "strike", "actual", "REJECT"),
    ("Lima | is willing to free the sailors of | Quito", "free", "CONCEDE", "", "actual", "AGREE"),
    ("Lima | freed the sailors of | Quito", "freed", "RETREAT", "release", "actual", "YIELD"),
    ("Lima | frees the sailors of | Quito", "frees", "RETREAT", "release", "future", "AGREE"),
    ("Lima | violated the ceasefire with | Quito", "ceasefire", "RETREAT", "ceasefire", "negated", "ASSAULT"),
    ("A court in | Lima | found guilty the mayor of | Quito", "found guilty", "SANCTION", "convict", "actual", "ACCUSE"),
    ("Lima | suspended aid to | Quito", "suspended", "SANCTION", "discontinue", "actual", "SANCTION"),
    ("Lima | threatened to shell | Quito", "shell", "ASSAULT", "", "hypothetical", "THREATEN"),
    ("Lima | shelled | Quito", "shelled", "ASSAULT", "", "actual", "ASSAULT"),
    ("Lima | imposed sanctions on | Quito", "sanctions", "SANCTION", "discontinue", "actual", "COERCE"),
    ("Lima | blockaded the port of | Quito", "blockaded", "COERCE", "restrict", "actual", "ASSAULT"),
    ("Lima | seized the oil field of | Quito", "seized", "COERCE", "seize", "actual", "ASSAULT"),
    ("Lima | seized the oil field of | Quito", "seized", "COERCE", "", "actual", "COERCE"),
    ("Lima | issued an arrest warrant for the mayor of | Quito", "arrest warrant", "ACCUSE", "", "actual", "COERCE"),
    ("Lima | withdrew its peacekeepers from | Quito", "withdrew", "RETREAT", "withdraw", "actual", "SANCTION"),
    ("Lima | withdrew its tanks from | Quito", "withdrew", "RETREAT", "withdraw", "actual", "YIELD"),
    ("Lima | sent peacekeepers to | Quito", "sent", "MOBILIZE", "troops", "actual", "AID"),
    ("Lima and | Quito | signed a trade pact", "signed", "AGREE", "", "actual", "SUPPORT"),
    ("Lima | agreed to sign a trade pact with | Quito", "agreed", "AGREE", "", "actual", "AGREE"),
    ("Lima | pledged its support for | Quito", "pledged", "AGREE", "", "actual", "SUPPORT"),
]


def relation(text: str, trigger: str, kind: str, mode: str, status: str) -> Relation:
    sentence = text.replace("| ", "")
    at, start = sentence.index("Lima"), sentence.index(trigger)
    to = sentence.index("Quito")
    types = {kind: 0.9, "AID": 0.05}
    return Relation(sentence, (at, at + 4), (to, to + 5), types, (start, start + len(trigger)), mode, status, 0.9)


@pytest.mark.parametrize(("text", "trigger", "kind", "mode", "status", "root"), CASES)
def test_plvs_definitions_count(text: str, trigger: str, kind: str, mode: str, status: str, root: str) -> None:
    assert conventions.counted(relation(text, trigger, kind, mode, status)) == root


def test_every_row_of_the_table_is_met_by_a_case() -> None:
    met = set()
    for text, trigger, kind, mode, status, _ in CASES:
        read = relation(text, trigger, kind, mode, status)
        met.update([c.cameo for c in conventions.conventions() if c.fits(conventions.root_of(read), read)][:1])
    assert met == {c.cameo for c in conventions.conventions()}


def test_the_table_speaks_of_what_there_is() -> None:
    modes = {mode for kind in event_types().values() for mode in kind.modes}
    for row in conventions.conventions():
        assert {row.becomes, *row.roots} <= set(QUADS)
        assert row.mode in {"", *modes}
        assert row.statuses <= set(names("status"))


def test_words_far_before_the_trigger_and_before_the_source_say_nothing() -> None:
    text = "It refused to pay. Lima | " + "and its many friends in the north " * 4 + "freed the sailors of | Quito"
    assert conventions.counted(relation(text, "freed", "RETREAT", "release", "actual")) == "YIELD"


def test_without_a_trigger_the_type_stands() -> None:
    assert conventions.counted(Relation("Lima will bomb Quito.", (0, 4), (15, 20), {"ASSAULT": 0.6, "AID": 0.4})) == "ASSAULT"


def test_both_kinds_of_yielding_are_one_root() -> None:
    both = Relation("Lima left Quito.", (0, 4), (10, 15), {"AID": 0.4, "CONCEDE": 0.3, "RETREAT": 0.3})
    assert conventions.root_of(both) == "YIELD"
