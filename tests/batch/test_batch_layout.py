"""Coded reports as rows of Parquet: what goes in comes out equal, whatever it holds."""

from __future__ import annotations

import dataclasses
import types
import typing
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import builders
from communique.batch.files import Footer, footer_of, rows_of, write_whole
from communique.batch.layout import coded_of, failed_row, row_of, schema, table_of
from communique.errors import InputError, RecordError
from communique.records import CodedReport, Event, Report, Sentence, Statement

SIMPLE = {
    str: st.text(max_size=6), bool: st.booleans(), int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False), type(None): st.none(),
}  # fmt: skip


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a type as `records` declares it."""
    if hint in SIMPLE:
        return SIMPLE[hint]
    args = typing.get_args(hint)
    if isinstance(hint, types.UnionType):
        return st.one_of(*map(values, args))
    if typing.get_origin(hint) is tuple:
        if args[-1] is Ellipsis:
            return st.lists(values(args[0]), max_size=2).map(tuple)
        return st.tuples(*map(values, args))
    hints = typing.get_type_hints(hint)
    return st.builds(hint, **{f.name: values(hints[f.name]) for f in dataclasses.fields(hint)})


def lists(record: type) -> st.SearchStrategy[Any]:
    return st.lists(values(record), max_size=2).map(tuple)


words = st.lists(st.text(max_size=6), max_size=2).map(tuple)
reports = st.builds(
    CodedReport, values(Report), lists(Sentence), lists(Event), lists(Statement), words, words, reasons=st.none()
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(reports, max_size=3))
def test_what_goes_in_comes_out(given: list[CodedReport]) -> None:
    found = table_of([row_of(n, one) for n, one in enumerate(given)]).to_pylist()
    assert [coded_of(row) for row in found] == given
    assert [row["record"] for row in found] == list(range(len(given)))


def test_through_a_file_with_failures_between(tmp_path: Path) -> None:
    failures = [InputError("a, row 3", "is bad", "mend it", kind="format"), RecordError("a", 4, "is no JSON", kind="format")]
    given = [builders.coded(), builders.hostile()]
    rows = [row_of(1, given[0]), failed_row(3, failures[0]), failed_row(4, failures[1]), row_of(5, given[1])]
    first, path = tmp_path / "first", tmp_path / "all"
    footer = Footer("a", "1-2", "", "r", records=2, failed=2)
    write_whole(first, (), rows[:2], footer)
    write_whole(path, (first,), rows[2:], footer)
    found = [coded_of(row) for row in rows_of(path)]
    assert [found[0], found[3]] == given and found[3].report == given[1].report  # type: ignore[union-attr]
    for one, other in zip(found[1:3], failures, strict=True):
        assert type(one) is type(other) and str(one) == str(other) and vars(one) == vars(other)
    assert footer_of(path) == footer and sorted(p.name for p in tmp_path.iterdir()) == ["all", "first"]


def test_half_a_surrogate_pair_moves_nothing() -> None:
    coded = CodedReport(Report("a\ud800b", title="\udfff"), notes=("\ud83d",))
    (row,) = table_of([row_of(1, coded)]).to_pylist()
    assert coded_of(row) == CodedReport(Report("a\ufffdb", title="\ufffd"), notes=("\ufffd",))


def test_every_field_of_the_records_has_a_column() -> None:
    """A field that `records` gains and the files lose would be found only after a year of an archive was read."""
    fields = {f.name for f in dataclasses.fields(Report)} - {"notes"} | {"report_notes"}
    coded = {f.name for f in dataclasses.fields(CodedReport)} - {"report", "reasons", "choices"}
    assert set(schema().names) == fields | coded | {"record", "failure"}
    for name, record in (("events", Event), ("statements", Statement), ("sentences", Sentence)):
        kept = schema().field(name).type.value_type
        assert {f.name for f in kept} == {f.name for f in dataclasses.fields(record)}


def test_other_parquet_is_none_of_these(tmp_path: Path) -> None:
    from pyarrow import parquet

    parquet.write_table(table_of([row_of(1, builders.coded())]), tmp_path / "bare")
    (tmp_path / "text").write_text("PAR1")
    assert footer_of(tmp_path / "bare") is None and footer_of(tmp_path / "text") is None and footer_of(tmp_path / "no") is None
