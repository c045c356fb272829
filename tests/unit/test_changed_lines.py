"""What two files of one table do not share."""

from __future__ import annotations

import io
import random
from collections import Counter

from daybook import dialect
from daybook.relational.changed_lines import Changed, find

HEADER = b"id,name\n"
Row = tuple[str, str | None]


def written(rows: list[Row]) -> io.BytesIO:
    return io.BytesIO(HEADER + b"".join(map(dialect.encode_row, rows)))


def differing(old: list[Row], new: list[Row]) -> Changed:
    found = find(written(old), written(new))
    assert found is not None
    return found


def test_rows_of_both_files_in_any_order_are_no_difference() -> None:
    rows: list[Row] = [(str(n), f"n{n}") for n in range(1000)]
    moved = random.Random(1).sample(rows, len(rows))
    assert differing(rows, moved) == Changed(HEADER, [], [])


def test_a_changed_a_new_and_a_gone_row_are_told_apart() -> None:
    old: list[Row] = [("1", "a"), ("2", "b"), ("3", "c")]
    new: list[Row] = [("2", None), ("3", "c"), ("4", "d")]
    found = differing(old, new)
    assert set(found.old) == {b"1,a\n", b"2,b\n"}
    assert set(found.new) == {b"2,\n", b"4,d\n"}


def test_null_and_the_empty_text_differ() -> None:
    found = differing([("1", None)], [("1", "")])
    assert (found.old, found.new) == ([b"1,\n"], [b'1,""\n'])


def test_a_row_of_several_lines_is_one() -> None:
    shared: Row = ("1", 'a\n"b"\n\nc')
    old: list[Row] = [shared, ("2", "b\nsame\n")]
    new: list[Row] = [("2", "c\nsame\n"), shared]
    found = differing(old, new)
    assert found.old == [b'2,"b\nsame\n"\n']
    assert found.new == [b'2,"c\nsame\n"\n']


def test_rows_are_counted() -> None:
    found = differing([("1", "a")] * 2, [("1", "a")] * 5)
    assert (found.old, found.new) == ([], [b"1,a\n"] * 3)


def test_random_files_differ_as_their_rows_do() -> None:
    dice = random.Random(2)
    values = ["", None, "x", 'say "hi"', "two\nlines", "a,b"]

    def some() -> list[Row]:
        return [
            (str(dice.randrange(9)), dice.choice(values)) for _ in range(30)
        ]

    for _ in range(200):
        old, new = some(), some()
        found = differing(old, new)
        before, after = (
            Counter(map(dialect.encode_row, rows)) for rows in (old, new)
        )
        assert Counter(found.old) == before - after
        assert Counter(found.new) == after - before


def test_files_that_differ_too_much_are_given_up() -> None:
    old: list[Row] = [(str(n), "a") for n in range(100)]
    new: list[Row] = [(str(n), "b") for n in range(100)]
    assert find(written(old), written(new), most_bytes=10_000) is None


def test_files_of_other_columns_are_given_up() -> None:
    assert find(io.BytesIO(b"id,n\n"), written([])) is None
