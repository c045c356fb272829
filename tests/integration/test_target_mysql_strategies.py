"""What a load does with the rows that a table already has."""

from __future__ import annotations

from pathlib import Path

import pytest
from mysql_input import load, outcome
from singer_input import Rows, Stream, source

import harness
from daybook.errors import InputError

DAYS = ("2024-12-20", "2024-12-21", "2024-12-22")
TYPES = {"id": "integer", "name": "text"}
FIRST: Rows = [("1", "one"), ("2", None), ("3", "")]


def orders(rows: Rows, *, keyless: bool = False) -> Stream:
    return Stream("orders", TYPES, rows, () if keyless else ("id",))


def rows(url: str) -> list[tuple[object, ...]]:
    return harness.mysql(url, "SELECT id, name FROM orders ORDER BY id, name")


def watch(url: str) -> None:
    """Note every row of `orders` that is touched from now on."""
    harness.mysql(url, "CREATE TABLE touched (what varchar(9), id int)")
    for event, row in (
        ("INSERT", "NEW"),
        ("UPDATE", "NEW"),
        ("DELETE", "OLD"),
    ):
        harness.mysql(
            url,
            f"CREATE TRIGGER after_{event} AFTER {event} ON orders FOR EACH "
            f"ROW INSERT INTO touched VALUES ('{event}', {row}.id)",
        )


def touched(url: str) -> set[tuple[object, ...]]:
    return set(harness.mysql(url, "SELECT * FROM touched"))


def test_a_table_mirrors_the_newest_day(
    mariadb_url: str, tmp_path: Path
) -> None:
    load(mariadb_url, source(tmp_path, DAYS[0], orders(FIRST)))
    assert rows(mariadb_url) == [(1, "one"), (2, None), (3, "")]
    watch(mariadb_url)
    second = [("2", ""), ("3", ""), ("4", "four")]
    load(mariadb_url, source(tmp_path, DAYS[1], orders(second)))
    assert rows(mariadb_url) == [(2, ""), (3, ""), (4, "four")]
    assert outcome(mariadb_url, "orders") == ("loaded", 1, 1, 1)
    assert touched(mariadb_url) == {
        ("INSERT", 4),
        ("UPDATE", 2),
        ("DELETE", 1),
    }


@pytest.mark.parametrize("recheck", [False, True])
def test_a_rerun_touches_no_row(
    mariadb_url: str, tmp_path: Path, recheck: bool
) -> None:
    day = source(tmp_path, DAYS[0], orders(FIRST))
    load(mariadb_url, day)
    watch(mariadb_url)
    load(mariadb_url, day, recheck=recheck)
    assert outcome(mariadb_url, "orders") == ("unchanged", 0, 0, 0)
    assert touched(mariadb_url) == set()


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE orders SET name = NULL WHERE id = 3",
        "UPDATE orders SET name = 'ONE' WHERE id = 1",
        "UPDATE orders SET name = 'one ' WHERE id = 1",
        "DELETE FROM orders WHERE id = 2",
        "INSERT INTO orders VALUES (9, 'nine')",
    ],
)
def test_what_somebody_else_changed_is_mended(
    mariadb_url: str, tmp_path: Path, edit: str
) -> None:
    day = source(tmp_path, DAYS[0], orders(FIRST))
    load(mariadb_url, day)
    harness.mysql(mariadb_url, edit)
    load(mariadb_url, day)
    assert rows(mariadb_url) == [(1, "one"), (2, None), (3, "")]


def test_without_a_key_all_rows_are_replaced(
    mariadb_url: str, tmp_path: Path
) -> None:
    twice = [("1", "one"), ("1", "one"), (None, None)]
    load(mariadb_url, source(tmp_path, DAYS[0], orders(twice, keyless=True)))
    assert rows(mariadb_url) == [(None, None), (1, "one"), (1, "one")]
    load(mariadb_url, source(tmp_path, DAYS[1], orders(FIRST, keyless=True)))
    assert rows(mariadb_url) == [(1, "one"), (2, None), (3, "")]
    assert outcome(mariadb_url, "orders") == ("loaded", 3, 0, 3)


def test_an_upsert_deletes_nothing_and_the_last_row_of_a_key_counts(
    mariadb_url: str, tmp_path: Path
) -> None:
    strategy = "upsert"
    first = [*FIRST, ("3", "three")]
    load(
        mariadb_url,
        source(tmp_path, DAYS[0], orders(first)),
        strategy=strategy,
    )
    assert rows(mariadb_url) == [(1, "one"), (2, None), (3, "three")]
    second = [("3", "x"), ("4", "y"), ("3", "z"), ("1", "one")]
    load(
        mariadb_url,
        source(tmp_path, DAYS[1], orders(second)),
        strategy=strategy,
    )
    assert rows(mariadb_url) == [(1, "one"), (2, None), (3, "z"), (4, "y")]
    assert outcome(mariadb_url, "orders") == ("loaded", 1, 1, 0)


def test_an_empty_day_empties_the_table(
    mariadb_url: str, tmp_path: Path
) -> None:
    load(mariadb_url, source(tmp_path, DAYS[0], orders([])))
    assert rows(mariadb_url) == []
    load(mariadb_url, source(tmp_path, DAYS[1], orders(FIRST)))
    load(mariadb_url, source(tmp_path, DAYS[2], orders([])))
    assert rows(mariadb_url) == []
    assert outcome(mariadb_url, "orders") == ("loaded", 0, 0, 3)


def test_a_table_of_nothing_but_its_key_is_mirrored(
    mariadb_url: str, tmp_path: Path
) -> None:
    def tags(*names: str) -> Stream:
        rows = [(name, name.upper()) for name in names]
        return Stream("tags", {"a": "text", "b": "text"}, rows, ("a", "b"))

    load(mariadb_url, source(tmp_path, DAYS[0], tags("x", "y")))
    load(mariadb_url, source(tmp_path, DAYS[1], tags("y", "z", "ü")))
    found = harness.mysql(mariadb_url, "SELECT a, b FROM tags")
    assert set(found) == {("y", "Y"), ("z", "Z"), ("ü", "Ü")}
    assert outcome(mariadb_url, "tags") == ("loaded", 2, 0, 1)


def test_case_and_blanks_count_in_keys(
    mariadb_url: str, tmp_path: Path
) -> None:
    names = ["a", "A", "a ", "ä", "Ä", "", " ", "😀", "😁", "\\", "'", "\t"]
    both = [
        Stream(
            "texts",
            {"k": "text", "v": "text"},
            [(name, name) for name in some],
            ("k",),
        )
        for some in (names, names[::-1])
    ]
    for day, stream in zip(DAYS, both, strict=False):
        load(mariadb_url, source(tmp_path, day, stream))
    assert outcome(mariadb_url, "texts") == ("unchanged", 0, 0, 0)
    found = harness.mysql(mariadb_url, "SELECT k FROM texts WHERE k = v")
    assert {row[0] for row in found} == set(names)


def test_a_key_that_stands_twice_in_a_day_is_named(
    mariadb_url: str, tmp_path: Path
) -> None:
    twice = orders([("1", "a"), ("7", "b"), ("7", "c")])
    with pytest.raises(InputError, match=r"several rows .*'7'"):
        load(mariadb_url, source(tmp_path, DAYS[0], twice))
    load(mariadb_url, source(tmp_path, DAYS[0], orders(FIRST)))
    with pytest.raises(InputError, match=r"several rows .*'7'"):
        load(mariadb_url, source(tmp_path, DAYS[1], twice))
    assert rows(mariadb_url) == [(1, "one"), (2, None), (3, "")]


def test_one_bad_table_leaves_all_as_they_were(
    mariadb_url: str, tmp_path: Path
) -> None:
    def other(value: str) -> Stream:
        types = {"id": "integer", "at": "date"}
        return Stream("zzz", types, [("1", value)], ("id",))

    load(
        mariadb_url,
        source(tmp_path, DAYS[0], orders(FIRST), other("2024-01-01")),
    )
    bad = source(tmp_path, DAYS[1], orders([("5", "")]), other("infinity"))
    with pytest.raises(InputError, match="infinity"):
        load(mariadb_url, bad)
    assert rows(mariadb_url) == [(1, "one"), (2, None), (3, "")]
    assert len(harness.mysql(mariadb_url, "SELECT * FROM daybook_loads")) == 2


def test_an_edited_file_changes_nothing(
    mariadb_url: str, tmp_path: Path
) -> None:
    day = source(tmp_path, DAYS[0], orders(FIRST))
    path = day.streams[0][1].path
    path.write_bytes(path.read_bytes().replace(b"one", b"two"))
    with pytest.raises(InputError, match="edited"):
        load(mariadb_url, day)
    # Definitions are no part of a transaction in MySQL.
    assert rows(mariadb_url) == []
