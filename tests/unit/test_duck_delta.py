"""What `daybook diff` finds between two days, on real files."""

from __future__ import annotations

import dataclasses
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daybook.duck import delta, delta_sql
from daybook.duck.delta import Delta
from daybook.duck.row_delta import Example, RowDelta
from daybook.personal import Personal
from daybook.table import Column, Table
from days import Row, publish_day, table

OLD, NEW = "2024-12-20", "2024-12-21"
KEYED = table("items", [("id", "integer"), ("v", "text")], ["id"])
BARE = table("notes", [("a", "text"), ("b", "text")])

VALUES = st.none() | st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]),
    max_size=4,
)


def differ(
    lake: Path,
    old: list[Row],
    new: list[Row],
    one: Table = KEYED,
    **options: int,
) -> Delta:
    """Publish both days of one table and return its delta."""
    before = publish_day(lake, "postgres", OLD, [(one, old)])
    after = publish_day(lake, "postgres", NEW, [(one, new)])
    (found,) = delta.compare(lake, before, after, **options)
    return found


def test_rows_are_matched_by_their_key(lake: Path) -> None:
    old = [["1", "a"], ["2", "b"], ["10", "c"]]
    new = [["10", "c"], ["2", "x"], ["3", "d"]]
    rows = differ(lake, old, new).rows
    assert rows == RowDelta(
        ("id",),
        added=1,
        changed=1,
        removed=1,
        examples=(
            Example("added", {"id": "3"}, {}),
            Example("removed", {"id": "1"}, {}),
            Example("changed", {"id": "2"}, {"v": ("b", "x")}),
        ),
    )


def test_values_of_personal_columns_are_not_shown(lake: Path) -> None:
    one = dataclasses.replace(
        KEYED,
        columns=(
            Column("id", "integer", False, personal=Personal("subject")),
            Column("v", "text", personal=Personal("name")),
        ),
    )
    old: list[Row] = [["1", "Anna"], ["2", None], ["3", "Eve"]]
    new: list[Row] = [["1", "Ann"], ["2", "Bob"], ["3", None]]
    shown = differ(lake, old, new, one).rows.examples
    assert [(one.row, one.values) for one in shown] == [
        ({"id": "1"}, {"v": ("***", "***")}),
        ({"id": "2"}, {"v": (None, "***")}),
        ({"id": "3"}, {"v": ("***", None)}),
    ]


def test_personal_rows_without_a_key_are_not_shown(lake: Path) -> None:
    columns = (Column("a", "text", personal=Personal("email")),)
    one = dataclasses.replace(BARE, columns=(*columns, BARE.columns[1]))
    (shown,) = differ(lake, [], [["a@b.c", "x"]], one).rows.examples
    assert shown.row == {"a": "***", "b": "x"}


def test_null_and_empty_text_differ(lake: Path) -> None:
    rows = differ(lake, [["1", None]], [["1", ""]]).rows
    assert rows.examples[0].values == {"v": (None, "")}


def test_a_trailing_zero_is_a_change(lake: Path) -> None:
    one = table("p", [("id", "integer"), ("v", "numeric")], ["id"])
    rows = differ(lake, [["1", "1.0"]], [["1", "1.00"]], one).rows
    assert (rows.added, rows.changed, rows.removed) == (0, 1, 0)


def test_the_same_rows_in_another_order_are_no_change(lake: Path) -> None:
    old, new = [["1", "a"], ["2", "b"]], [["2", "b"], ["1", "a"]]
    assert differ(lake, old, new).is_empty


def test_without_a_key_rows_are_counted(lake: Path) -> None:
    old = [["x", None], ["x", None], ["y", ""]]
    new = [["x", None], ["y", None]]
    rows = differ(lake, old, new, BARE).rows
    assert (rows.added, rows.changed, rows.removed) == (1, 0, 2)
    assert rows.examples == (
        Example("added", {"a": "y", "b": None}, {}),
        Example("removed", {"a": "x", "b": None}, {}),
        Example("removed", {"a": "y", "b": ""}, {}),
    )


def test_a_key_that_is_not_unique_is_not_used(lake: Path) -> None:
    rows = differ(lake, [["1", "a"], ["1", "b"]], [["1", "b"]]).rows
    assert rows.key == ()
    assert (rows.added, rows.removed) == (0, 1)


def test_many_rows_without_a_key_are_counted_in_parts(
    lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delta_sql, "_ROWS_AT_ONCE", 10)
    old = [[str(n), "x"] for n in range(50)]
    rows = differ(lake, old, [*old[5:], ["new", "x"]], BARE).rows
    assert (rows.added, rows.removed) == (1, 5)


def test_keys_are_shown_in_their_order_and_limited(lake: Path) -> None:
    new = [[str(n), "x"] for n in (10, 9, 100, 1)]
    rows = differ(lake, [], new, limit=3).rows
    assert [e.row["id"] for e in rows.examples] == ["1", "9", "10"]
    assert rows.added == 4


def test_changed_columns_are_named_and_the_rest_compared(lake: Path) -> None:
    old = table(
        "t", [("id", "integer"), ("gone", "text"), ("v", "integer")], ["id"]
    )
    new = table(
        "t", [("v", "bigint"), ("id", "integer"), ("new", "text")], ["id"]
    )
    before = publish_day(lake, "postgres", OLD, [(old, [["1", "g", "5"]])])
    after = publish_day(lake, "postgres", NEW, [(new, [["5", "1", "n"]])])
    (found,) = delta.compare(lake, before, after)
    assert found.columns_added == ("new",)
    assert found.columns_removed == ("gone",)
    assert found.columns_retyped == (delta.Retyped("v", "integer", "bigint"),)
    assert found.rows.changed == 0
    assert not found.is_empty


def test_a_table_that_only_one_day_has_counts_whole(lake: Path) -> None:
    before = publish_day(lake, "postgres", OLD, [(KEYED, [["1", "a"]])])
    after = publish_day(lake, "postgres", NEW, [(BARE, [["a", "b"]] * 2)])
    gone, fresh = delta.compare(lake, before, after)
    assert (gone.old_rows, gone.new_rows, gone.rows.removed) == (1, None, 1)
    assert (fresh.old_rows, fresh.new_rows, fresh.rows.added) == (None, 2, 2)


def test_hostile_names_are_only_names(lake: Path) -> None:
    one = table(
        "a*b/'[x]\"", [("Id", "integer"), ("id", "text"), ("", "text")], ["Id"]
    )
    rows = differ(lake, [["1", "a", None]], [["1", "b", None]], one).rows
    assert rows.examples[0].values == {"id": ("a", "b")}


def test_a_row_longer_than_duckdb_reads_by_default(lake: Path) -> None:
    long = "x\n" * 2_000_000
    rows = differ(lake, [["1", long]], [["1", long + "y"]]).rows
    assert rows.changed == 1


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    old=st.lists(st.tuples(VALUES, VALUES), max_size=6),
    new=st.lists(st.tuples(VALUES, VALUES), max_size=6),
)
def test_any_rows_are_counted_as_python_counts_them(
    old: list[tuple[str | None, str | None]],
    new: list[tuple[str | None, str | None]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        rows = differ(Path(folder), old, new, BARE).rows
    assert rows.added == (Counter(new) - Counter(old)).total()
    assert rows.removed == (Counter(old) - Counter(new)).total()
