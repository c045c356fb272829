"""The rows that two files of one table do not share."""

from __future__ import annotations

import csv
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daybook import dialect
from daybook.duck.unshared import TableFile, match, unshared
from daybook.lake.manifest import DataFile
from daybook.table import Table
from days import Row, table

KEYED = table("items", [("id", "integer"), ("v", "text")], ["id"])
BARE = table("notes", [("a", "text"), ("b", "text")])
QUICK = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
VALUES = st.none() | st.text(
    st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]),
    max_size=3,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the rows that differ are written."""
    made = tmp_path / "it's*"
    made.mkdir()
    return made


def table_file(path: Path, rows: Sequence[Row], one: Table) -> TableFile:
    lines = [dialect.encode_row(row) for row in (one.column_names, *rows)]
    path.write_bytes(b"".join(lines))
    longest = max(map(len, lines))
    return TableFile(path, DataFile(one, "", 0, "", len(rows), longest))


def rest(
    folder: Path,
    old: Sequence[Row],
    new: Sequence[Row],
    one: Table = KEYED,
) -> tuple[TableFile, TableFile] | None:
    return unshared(
        table_file(folder / "a.csv", old, one),
        table_file(folder / "b.csv", new, one),
        folder,
    )


def rows(one: TableFile) -> list[list[str]]:
    with one.path.open(encoding="utf-8", newline="") as file:
        found = list(csv.reader(file))[1:]
    assert len(found) == one.rows
    return found


def test_the_same_rows_in_another_order_are_shared(folder: Path) -> None:
    old, new = [["1", "a"], ["2", None]], [["2", None], ["1", "a"]]
    assert rest(folder, old, new) is None
    assert rest(folder, old, new, BARE) is None


def test_only_rows_that_differ_are_written(folder: Path) -> None:
    old = [["1", "a"], ["2", "b"], ["3", "c"]]
    new = [["4", "d"], ["2", "x"], ["1", "a"]]
    pair = rest(folder, old, new)
    assert pair
    assert sorted(rows(pair[0])) == [["2", "b"], ["3", "c"]]
    assert sorted(rows(pair[1])) == [["2", "x"], ["4", "d"]]


def test_what_was_written_is_read_as_it_was(folder: Path) -> None:
    values = [None, "", '"', "\n,", "\\.", "NULL", "x" * 3_000_000]
    old: list[Row] = [[str(i), value] for i, value in enumerate(values)]
    pair = rest(folder, old, [])
    assert pair
    again = table_file(folder / "again.csv", old, KEYED)
    found = match(pair[0], again, 5)
    assert not (found.added or found.changed or found.removed)


def test_a_row_that_stands_twice_is_not_lost(folder: Path) -> None:
    pair = rest(folder, [["1", "a"]], [["1", "a"], ["1", "a"]])
    assert pair
    found = match(*pair, 5)
    assert (found.added, found.changed, found.removed) == (1, 0, 0)


@QUICK
@given(
    old=st.lists(st.tuples(VALUES, VALUES), max_size=6),
    new=st.lists(st.tuples(VALUES, VALUES), max_size=6),
)
def test_what_differs_is_the_same_in_the_rest(
    old: list[tuple[str | None, str | None]],
    new: list[tuple[str | None, str | None]],
) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        pair = rest(Path(scratch), old, new, BARE)
        counts = (0, 0)
        if pair:
            found = match(*pair, 5)
            counts = (found.added, found.removed)
    added = (Counter(new) - Counter(old)).total()
    removed = (Counter(old) - Counter(new)).total()
    assert counts == (added, removed)
