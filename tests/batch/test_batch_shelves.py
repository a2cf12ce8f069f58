"""Flat files give back what was put into them, by its number or its key."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from communique.batch.shelves import Blobs, Column, Meta, Shelf, Shelves, column, number, packed, unpacked, write_numbers
from communique.compare.sides import Saying
from communique.records import Entity, Event, Location, Span, Statement

WHO = Entity("Oslo", 0, 4, "NOR", "GOV", inherited=True)
EVENT = Event(
    "e", 5, 12, 0, "accused", "ACCUSE", contexts=("cyber",), actors=(WHO,), recipients=(Entity("", country="RUS"),),
    location=Location("Aleppo", "SYR", "Aleppo", 36.2, 37.16), score=-2.0,
)  # fmt: skip
SAID = Statement("s", WHO, Span(5, 9), (Span(10, 20), Span(22, 30)), ("“no”",), "deny", ("RUS",), (WHO,), 3, 0.5)


LAID_OUT = ((EVENT, EVENT), (Saying(SAID, "r", "no … way"),))


@pytest.mark.parametrize("value", [EVENT, WHO, Meta("r", "The Fjord", "2024-04-10"), LAID_OUT])
def test_records_come_out_equal(value: object) -> None:
    assert unpacked(packed(value)) == value


def test_byte_strings_by_number(tmp_path: Path) -> None:
    given = [b"one", b"", b"three" * 1000, b"\0"]
    blobs = Blobs(tmp_path / "some")
    for one in given:
        blobs.add(one)
    blobs.close()
    shelf = Shelf(tmp_path / "some")
    assert [shelf[n] for n in range(blobs.count)] == given


def test_numbers_one_by_one_and_many_at_once_keep_their_order(tmp_path: Path) -> None:
    out = Column(tmp_path / "numbers")
    out.add(-5)
    out.extend(np.array([7, 2**62]))
    out.add(1)
    out.close()
    assert column(tmp_path / "numbers").tolist() == [-5, 7, 2**62, 1]
    write_numbers(tmp_path / "none", [])
    assert column(tmp_path / "none").tolist() == []


def test_tellings_are_found_under_their_keys_and_no_others(tmp_path: Path) -> None:
    pairs = sorted((number(key), ident) for key, ident in [("a@b1", 3), ("a@b1", 1), ("b@b1", 2)])
    for name in ("events", "metas", "beside"):
        Blobs(tmp_path / name).close()
    for name in ("reports", "origins", "order"):
        write_numbers(tmp_path / name, [])
    for name, numbers in zip(("keys", "ids"), np.array(pairs, np.int64).T, strict=True):
        write_numbers(tmp_path / name, [numbers])
    shelves = Shelves(tmp_path)
    assert (shelves.under("a@b1"), shelves.under("b@b1"), shelves.under("c@b1")) == ([1, 3], [2], [])
