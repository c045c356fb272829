"""Parts of a table, laid over each other."""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import days
from daybook.day import Day
from daybook.duck import fold
from daybook.duck.session import open_session
from daybook.duck.sources import create_day, create_history
from daybook.errors import InputError
from daybook.lake import partition
from daybook.table import Table
from daybook.window import Window

KEYED = days.table("t", [("id", "text"), ("x", "text")], ["id"])
KEYLESS = dataclasses.replace(KEYED, primary_key=())
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=3)
ROW = st.tuples(st.sampled_from(["1", "2", '"', ",", "ä", " "]), TEXT)

Rows = Sequence[Sequence[str | None]]


def publish(
    root: Path, number: int, table: Table, rows: Rows, start: int | None
) -> None:
    """Publish day `number` as the part after `start`."""
    mark = None if start is None else (str(start),)
    window = Window(("id",), mark, (str(number),))
    part = dataclasses.replace(table, window=window)
    days.publish_day(root, "shop", f"2024-12-{number:02}", [(part, rows)])


def whole(root: Path, number: int) -> tuple[list[list[str]], str]:
    """Return the table as of day `number`, and what is missing."""
    manifest = partition.read(root, "shop", Day(2024, 12, number))
    out = root / "folded.csv"
    out.unlink(missing_ok=True)
    found = fold.of_day(root, manifest, manifest.files[0], out)
    with found.rows.path.open(newline="") as file:
        _, *rows = csv.reader(file)
    assert found.rows.rows == len(rows)
    return rows, found.missing


def test_the_newest_row_of_each_key_stays(tmp_path: Path) -> None:
    publish(tmp_path, 1, KEYED, [("1", "a"), ("2", "b")], None)
    publish(tmp_path, 2, KEYED, [("1", "c"), ("3", "d")], 1)
    rows = [["2", "b"], ["1", "c"], ["3", "d"]]
    assert whole(tmp_path, 2) == (rows, "")
    assert whole(tmp_path, 1)[0] == [["1", "a"], ["2", "b"]]


def test_without_a_key_all_rows_stay(tmp_path: Path) -> None:
    for number in (1, 2):
        publish(tmp_path, number, KEYLESS, [("1", "a")], number - 1 or None)
    assert whole(tmp_path, 2)[0] == [["1", "a"], ["1", "a"]]


def test_columns_are_those_of_the_last_day(tmp_path: Path) -> None:
    wider = days.table("t", [("y", "text"), ("id", "text")], ["id"])
    publish(tmp_path, 1, KEYED, [("1", "a")], None)
    publish(tmp_path, 2, wider, [("new", "2")], 1)
    rows = [["", "1"], ["new", "2"]]
    assert whole(tmp_path, 2)[0] == rows


def test_null_and_empty_text_stay_apart(tmp_path: Path) -> None:
    publish(tmp_path, 1, KEYED, [("1", None), ("2", "")], None)
    publish(tmp_path, 2, KEYED, [], 1)
    whole(tmp_path, 2)
    text = (tmp_path / "folded.csv").read_text()
    assert text.splitlines()[1:] == ['"1",', '"2",""']


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        (KEYED, [("1", "c"), ("2", "b")]),
        (KEYLESS, [("1", "a"), ("1", "c"), ("2", "b")]),
    ],
)
def test_models_read_what_the_days_hold_together(
    tmp_path: Path, table: Table, rows: list[tuple[str, str]]
) -> None:
    publish(tmp_path, 1, table, [("1", "a"), ("2", "b")], None)
    publish(tmp_path, 2, table, [("1", "c")], 1)
    manifests = [
        partition.read(tmp_path, "shop", Day(2024, 12, number))
        for number in (1, 2)
    ]
    files = [one.files[0] for one in manifests]
    with open_session(files) as session:
        create_day(session, tmp_path, "t", manifests[1])
        create_history(session, tmp_path, "t", manifests)
        found = session.connection.execute("FROM shop.t ORDER BY ALL")
        assert found.fetchall() == rows
        apart = session.connection.execute(
            "SELECT id, x, day(extracted_at) FROM shop_all.t ORDER BY ALL"
        )
        assert apart.fetchall() == [
            ("1", "a", 1),
            ("1", "c", 2),
            ("2", "b", 1),
        ]


def test_a_gap_is_named(tmp_path: Path) -> None:
    publish(tmp_path, 3, KEYED, [("3", "c")], 2)
    rows, missing = whole(tmp_path, 3)
    assert rows == [["3", "c"]]
    assert missing == (
        "no published day of shop leads up to 2, where 2024-12-03 begins"
    )


def test_a_part_that_reaches_back_is_no_gap(tmp_path: Path) -> None:
    publish(tmp_path, 1, KEYED, [("1", "a")], None)
    publish(tmp_path, 2, KEYED, [("2", "b")], 1)
    publish(tmp_path, 3, KEYED, [("2", "b"), ("3", "c")], 1)
    assert whole(tmp_path, 3)[1] == ""


def test_a_table_that_begins_anew_leaves_older_days_out(
    tmp_path: Path,
) -> None:
    publish(tmp_path, 1, KEYED, [("1", "a")], None)
    publish(tmp_path, 2, KEYED, [("2", "b")], None)
    assert whole(tmp_path, 2)[0] == [["2", "b"]]


def test_an_edited_earlier_day_is_refused(tmp_path: Path) -> None:
    publish(tmp_path, 1, KEYED, [("1", "a")], None)
    publish(tmp_path, 2, KEYED, [("2", "b")], 1)
    (path,) = tmp_path.glob("source=shop/extracted_at=2024-12-01/*/*.csv")
    path.write_text(path.read_text().replace("a", "z"))
    with pytest.raises(InputError, match="edited"):
        whole(tmp_path, 2)


@settings(max_examples=25, deadline=None)
@given(parts=st.lists(st.lists(ROW, max_size=6), min_size=2, max_size=4))
def test_it_is_what_a_dictionary_would_hold(
    parts: list[list[tuple[str, str]]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    root = tmp_path_factory.mktemp("lake")
    held: dict[str, str] = {}
    for number, rows in enumerate(parts, 1):
        publish(root, number, KEYED, rows, number - 1 or None)
        held |= dict(rows)
    found = whole(root, len(parts))[0]
    assert sorted(found) == sorted(map(list, held.items()))
