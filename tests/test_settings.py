"""How the package's tables are read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from communique import settings
from communique.errors import CommuniqueError, DataError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that stands in for the package's data; its tables are forgotten afterwards."""
    monkeypatch.setattr(settings, "data_path", lambda *parts: tmp_path.joinpath(*parts))
    settings.read_table.cache_clear()
    yield tmp_path
    settings.read_table.cache_clear()


def test_comments_and_empty_lines_are_left_out(folder: Path) -> None:
    (folder / "t.tsv").write_text("# a comment\nname\tvalue\n\n# more\na\t1\nb\t2\n", "utf-8")
    assert settings.read_table("t.tsv") == ({"name": "a", "value": "1"}, {"name": "b", "value": "2"})


def test_quotation_marks_are_text(folder: Path) -> None:
    (folder / "t.tsv").write_text('name\tvalue\n"a\tsaid "no"\n', "utf-8")
    assert settings.read_table("t.tsv") == ({"name": '"a', "value": 'said "no"'},)


def test_windows_line_ends_leave_no_trace(folder: Path) -> None:
    (folder / "t.tsv").write_bytes(b"name\tvalue\r\na\t1\r\n")
    assert settings.read_table("t.tsv") == ({"name": "a", "value": "1"},)


def test_tables_lie_in_folders(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "t.tsv").write_text("name\nÅland\n", "utf-8")
    assert settings.read_table("sub/t.tsv") == ({"name": "Åland"},)


@pytest.mark.usefixtures("folder")
def test_a_missing_table_says_which_and_what_to_do() -> None:
    with pytest.raises(DataError, match=r"data/none\.tsv is missing.*reinstall") as raised:
        settings.read_table("none.tsv")
    assert isinstance(raised.value, CommuniqueError)


def test_a_table_is_read_once() -> None:
    assert settings.read_table("ontology/lists.tsv") is settings.read_table("ontology/lists.tsv")


@pytest.mark.parametrize(
    "table",
    sorted(
        str(p.relative_to(Path(settings.__file__).parent / "data"))
        for p in (Path(settings.__file__).parent / "data").rglob("*.tsv")
    ),
)
def test_every_row_of_every_table_fills_its_columns(table: str) -> None:
    rows = settings.read_table(table)
    assert rows
    for row in rows:
        assert None not in row, f"a cell too many: {row}"
        assert None not in row.values(), f"a cell too few: {row}"
