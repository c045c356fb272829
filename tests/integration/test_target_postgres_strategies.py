"""What each strategy does to a table's rows."""

from pathlib import Path

import psycopg
import pytest
from singer_input import Source, Stream, load, source

from daybook.errors import InputError, RefusedError
from harness import sql

DAY, NEXT = "2024-12-20", "2024-12-21"
ALL = "SELECT id, name FROM orders ORDER BY 1"
WHERE = "SELECT xmin::text, ctid::text, id FROM orders ORDER BY 3"
NEWEST = (
    "SELECT outcome, rows, inserted, updated, deleted FROM daybook.loads"
    " ORDER BY id DESC LIMIT 1"
)

Row = tuple[str, str | None]


def orders(folder: Path, day: str, *rows: Row) -> Source:
    types = {"id": "integer", "name": "text"}
    return source(folder, day, Stream("orders", types, rows, ("id",)))


def lines(folder: Path, day: str, *rows: Row) -> Source:
    types = {"id": "integer", "name": "text"}
    return source(folder, day, Stream("orders", types, rows))


def test_a_first_load_creates_the_table_with_its_key(
    tmp_path: Path, warehouse_url: str
) -> None:
    load(warehouse_url, orders(tmp_path, DAY, ("1", "a"), ("2", None)))
    assert sql(warehouse_url, ALL) == [(1, "a"), (2, None)]
    assert sql(warehouse_url, NEWEST) == [("loaded", 2, 2, 0, 0)]
    keys = (
        "SELECT contype::text, condeferrable FROM pg_constraint"
        " WHERE conrelid = 'orders'::regclass AND contype = 'p'"
    )
    assert sql(warehouse_url, keys) == [("p", False)]


def test_a_snapshot_inserts_updates_and_deletes(
    tmp_path: Path, warehouse_url: str
) -> None:
    load(
        warehouse_url, orders(tmp_path, DAY, ("1", "a"), ("2", ""), ("3", "c"))
    )
    load(
        warehouse_url,
        orders(tmp_path, NEXT, ("1", "a"), ("2", None), ("4", "d")),
    )
    assert sql(warehouse_url, ALL) == [(1, "a"), (2, None), (4, "d")]
    assert sql(warehouse_url, NEWEST) == [("loaded", 3, 1, 1, 1)]


def test_a_snapshot_touches_only_rows_that_differ(
    tmp_path: Path, warehouse_url: str
) -> None:
    load(warehouse_url, orders(tmp_path, DAY, ("1", "a"), ("2", "b")))
    before = sql(warehouse_url, WHERE)
    load(warehouse_url, orders(tmp_path, NEXT, ("2", "c"), ("1", "a")))
    after = sql(warehouse_url, WHERE)
    assert after[0] == before[0]
    assert after[1] != before[1]


def test_the_same_day_again_changes_no_row_and_says_so(
    tmp_path: Path, warehouse_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    day = orders(tmp_path, DAY, ("1", "a"), ("2", "b"))
    load(warehouse_url, day)
    before = sql(warehouse_url, WHERE)
    with caplog.at_level("INFO", "daybook"):
        load(warehouse_url, day)
    assert sql(warehouse_url, WHERE) == before
    assert sql(warehouse_url, NEWEST) == [("unchanged", 2, 0, 0, 0)]
    assert "1 table, all unchanged" in caplog.text


@pytest.mark.parametrize(
    "strategy", ["snapshot", "replace", "history", "upsert", "insert"]
)
def test_an_unchanged_day_is_not_read_again(
    tmp_path: Path, warehouse_url: str, strategy: str
) -> None:
    day = orders(tmp_path, DAY, ("1", "a"), ("2", "b"))
    load(warehouse_url, day, strategy=strategy)
    day.streams[0][1].path.write_bytes(b"not read")
    before = sql(warehouse_url, WHERE)
    load(warehouse_url, day, strategy=strategy)
    assert sql(warehouse_url, WHERE) == before
    assert sql(warehouse_url, NEWEST) == [("unchanged", 2, 0, 0, 0)]


def test_recheck_reads_an_unchanged_day_and_changes_no_row(
    tmp_path: Path, warehouse_url: str
) -> None:
    day = orders(tmp_path, DAY, ("1", "a"), ("2", "b"))
    load(warehouse_url, day)
    before = sql(warehouse_url, WHERE)
    load(warehouse_url, day, recheck=True)
    assert sql(warehouse_url, WHERE) == before
    assert sql(warehouse_url, NEWEST) == [("unchanged", 2, 0, 0, 0)]
    day.streams[0][1].path.write_bytes(b"id,name\n")
    with pytest.raises(InputError, match="was edited"):
        load(warehouse_url, day, recheck=True)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE orders SET name = 'x' WHERE id = 1",
        "DELETE FROM orders WHERE id = 1",
        "INSERT INTO orders VALUES (9, 'x')",
        "TRUNCATE orders",
        "DELETE FROM orders WHERE id = 1; INSERT INTO orders VALUES (1, 'x')",
    ],
)
def test_what_others_changed_in_a_snapshot_is_set_right(
    tmp_path: Path, warehouse_url: str, change: str
) -> None:
    day = orders(tmp_path, DAY, ("1", "a"), ("2", "b"))
    load(warehouse_url, day)
    sql(warehouse_url, change)
    load(warehouse_url, day)
    assert sql(warehouse_url, ALL) == [(1, "a"), (2, "b")]


def test_a_table_dropped_by_hand_is_loaded_anew(
    tmp_path: Path, warehouse_url: str
) -> None:
    day = orders(tmp_path, DAY, ("1", "a"))
    load(warehouse_url, day)
    sql(warehouse_url, "DROP TABLE orders")
    load(warehouse_url, day)
    assert sql(warehouse_url, ALL) == [(1, "a")]


def test_a_rewritten_table_is_still_known(
    tmp_path: Path, warehouse_url: str
) -> None:
    day = orders(tmp_path, DAY, ("1", "a"))
    load(warehouse_url, day)
    sql(warehouse_url, "ALTER TABLE orders ALTER id TYPE bigint")
    sql(warehouse_url, "ALTER TABLE orders ALTER id TYPE integer")
    load(warehouse_url, day)
    assert sql(warehouse_url, NEWEST) == [("unchanged", 1, 0, 0, 0)]


def test_a_newer_day_with_the_same_rows_moves_the_guard(
    tmp_path: Path, warehouse_url: str
) -> None:
    load(warehouse_url, orders(tmp_path, DAY, ("1", "a")))
    load(warehouse_url, orders(tmp_path, NEXT, ("1", "a")))
    assert sql(warehouse_url, NEWEST) == [("unchanged", 1, 0, 0, 0)]
    load(warehouse_url, orders(tmp_path, DAY, ("1", "b")))
    assert sql(warehouse_url, ALL) == [(1, "a")]
    assert sql(warehouse_url, NEWEST) == [("superseded", 1, 0, 0, 0)]


def test_a_table_without_a_key_is_replaced(
    tmp_path: Path, warehouse_url: str
) -> None:
    load(warehouse_url, lines(tmp_path, DAY, ("1", "a"), ("1", "a")))
    load(warehouse_url, lines(tmp_path, NEXT, ("1", "a"), ("2", None)))
    assert sql(warehouse_url, ALL) == [(1, "a"), (2, None)]
    assert sql(warehouse_url, NEWEST) == [("loaded", 2, 2, 0, 2)]


def test_an_empty_day_empties_the_table(
    tmp_path: Path, warehouse_url: str
) -> None:
    load(warehouse_url, orders(tmp_path, DAY, ("1", "a")))
    load(warehouse_url, orders(tmp_path, NEXT))
    assert sql(warehouse_url, ALL) == []
    assert sql(warehouse_url, NEWEST) == [("loaded", 0, 0, 0, 1)]


def test_an_upsert_deletes_nothing(tmp_path: Path, warehouse_url: str) -> None:
    load(
        warehouse_url,
        orders(tmp_path, DAY, ("1", "a"), ("2", "b"), ("3", "c")),
        strategy="upsert",
    )
    before = sql(warehouse_url, WHERE)
    load(
        warehouse_url,
        orders(tmp_path, NEXT, ("2", "x"), ("4", "d")),
        strategy="upsert",
    )
    assert sql(warehouse_url, ALL) == [(1, "a"), (2, "x"), (3, "c"), (4, "d")]
    assert sql(warehouse_url, NEWEST) == [("loaded", 2, 1, 1, 0)]
    after = sql(warehouse_url, WHERE)
    assert (after[0], after[2]) == (before[0], before[2])


def test_an_upsert_takes_the_last_row_of_a_key(
    tmp_path: Path, warehouse_url: str
) -> None:
    day = orders(tmp_path, DAY, ("1", "first"), ("2", "b"), ("1", "last"))
    load(warehouse_url, day, strategy="upsert")
    assert sql(warehouse_url, ALL) == [(1, "last"), (2, "b")]


def test_an_insert_adds_rows(tmp_path: Path, warehouse_url: str) -> None:
    load(warehouse_url, orders(tmp_path, DAY, ("1", "a")), strategy="insert")
    load(warehouse_url, orders(tmp_path, NEXT, ("2", "b")), strategy="insert")
    assert sql(warehouse_url, ALL) == [(1, "a"), (2, "b")]


def test_an_insert_of_a_key_that_exists_is_an_error(
    tmp_path: Path, warehouse_url: str
) -> None:
    load(warehouse_url, orders(tmp_path, DAY, ("1", "a")), strategy="insert")
    again = orders(tmp_path, NEXT, ("2", "b"), ("1", "x"))
    with pytest.raises(InputError, match=r"\(id\)=\(1\)"):
        load(warehouse_url, again, strategy="insert")
    assert sql(warehouse_url, ALL) == [(1, "a")]


def test_history_keeps_every_day(tmp_path: Path, warehouse_url: str) -> None:
    every = "SELECT extracted_at::text, id, name FROM orders ORDER BY 1, 2"
    for day, name in ((NEXT, "b"), (DAY, "a")):
        rows = orders(tmp_path, day, ("1", name))
        load(warehouse_url, rows, strategy="history")
    assert sql(warehouse_url, every) == [(DAY, 1, "a"), (NEXT, 1, "b")]


def test_history_has_the_day_in_its_key(
    tmp_path: Path, warehouse_url: str
) -> None:
    day = orders(tmp_path, DAY, ("1", "a"))
    load(warehouse_url, day, strategy="history")
    keys = (
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = 'orders'::regclass AND contype = 'p'"
    )
    assert sql(warehouse_url, keys) == [("PRIMARY KEY (extracted_at, id)",)]


def test_a_day_of_history_again_replaces_its_partition_only(
    tmp_path: Path, warehouse_url: str
) -> None:
    for day in (DAY, NEXT):
        rows = orders(tmp_path, day, ("1", "a"))
        load(warehouse_url, rows, strategy="history")
    other = (
        "SELECT xmin::text, ctid::text FROM orders"
        f" WHERE extracted_at = '{DAY}'"
    )
    before = sql(warehouse_url, other)
    mended = orders(tmp_path, NEXT, ("1", "b"), ("2", "c"))
    load(warehouse_url, mended, strategy="history")
    assert sql(warehouse_url, other) == before
    assert sql(warehouse_url, NEWEST) == [("loaded", 2, 2, 0, 1)]
    parts = (
        "SELECT inhrelid::regclass::text FROM pg_inherits"
        " WHERE inhparent = 'orders'::regclass ORDER BY 1"
    )
    assert sql(warehouse_url, parts) == [
        ("orders_2024_12_20",),
        ("orders_2024_12_21",),
    ]


def test_history_takes_a_table_without_a_key(
    tmp_path: Path, warehouse_url: str
) -> None:
    for day in (DAY, NEXT):
        rows = lines(tmp_path, day, ("1", "a"), ("1", "a"))
        load(warehouse_url, rows, strategy="history")
    assert sql(warehouse_url, "SELECT count(*) FROM orders") == [(4,)]


def test_a_snapshot_is_not_turned_into_a_history(
    tmp_path: Path, warehouse_url: str
) -> None:
    load(warehouse_url, orders(tmp_path, DAY, ("1", "a")))
    with pytest.raises(
        RefusedError, match="not made for the strategy history"
    ):
        load(
            warehouse_url,
            orders(tmp_path, NEXT, ("1", "a")),
            strategy="history",
        )


def test_a_history_is_not_turned_into_a_snapshot(
    tmp_path: Path, warehouse_url: str
) -> None:
    load(warehouse_url, orders(tmp_path, DAY, ("1", "a")), strategy="history")
    with pytest.raises(RefusedError, match="partitioned"):
        load(warehouse_url, orders(tmp_path, NEXT, ("1", "a")))


def test_one_bad_table_keeps_all_tables_at_their_day(
    tmp_path: Path, warehouse_url: str
) -> None:
    types = {"id": "integer"}
    good = orders(tmp_path, DAY, ("1", "a"))
    good.add(Stream("zeta", types, [("1",)], ("id",)))
    load(warehouse_url, good)
    bad = orders(tmp_path, NEXT, ("1", "b"))
    bad.add(Stream("zeta", types, [("x",)], ("id",)))
    with pytest.raises(InputError, match="line 2, column id"):
        load(warehouse_url, bad)
    assert sql(warehouse_url, ALL) == [(1, "a")]
    assert sql(warehouse_url, "SELECT * FROM zeta") == [(1,)]
    days = "SELECT DISTINCT day::text FROM daybook.loads"
    assert sql(warehouse_url, days) == [(DAY,)]


@pytest.mark.parametrize("day", [DAY, NEXT])
def test_a_key_on_two_rows_of_a_file_is_named(
    tmp_path: Path, warehouse_url: str, day: str
) -> None:
    load(warehouse_url, orders(tmp_path, DAY, ("1", "a"), ("2", "b")))
    twice = orders(tmp_path, NEXT, ("1", "a"), ("2", "b"), ("2", "b"))
    if day == DAY:
        sql(warehouse_url, "DROP TABLE orders")
    with pytest.raises(InputError) as caught:
        load(warehouse_url, twice)
    assert "2" in caught.value.reason
    assert "id" in caught.value.reason


def test_a_null_in_a_key_is_an_error(
    tmp_path: Path, warehouse_url: str
) -> None:
    types = {"id": "text", "name": "text"}
    rows = [(None, "a")]
    day = source(tmp_path, DAY, Stream("orders", types, rows, ("id",)))
    with pytest.raises(InputError, match="null"):
        load(warehouse_url, day)


def test_a_key_that_changes_at_the_source_is_taken_over(
    tmp_path: Path, warehouse_url: str
) -> None:
    load(warehouse_url, orders(tmp_path, DAY, ("1", "a"), ("2", "b")))
    types = {"id": "integer", "name": "text"}
    rows = [("1", "a"), ("1", "b")]
    day = source(tmp_path, NEXT, Stream("orders", types, rows, ("id", "name")))
    load(warehouse_url, day)
    assert sql(warehouse_url, ALL + ", 2") == [(1, "a"), (1, "b")]


def test_tables_that_the_day_lacks_stay_and_are_named(
    tmp_path: Path, warehouse_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    first = orders(tmp_path, DAY, ("1", "a"))
    first.add(Stream("gone", {"id": "integer"}, [("1",)]))
    load(warehouse_url, first)
    load(warehouse_url, orders(tmp_path, NEXT, ("1", "a")))
    assert sql(warehouse_url, "SELECT * FROM gone") == [(1,)]
    assert (
        f"stay as they were: public.gone (source shop, day {DAY})"
        in caplog.text
    )


def test_a_day_is_inserted_once(tmp_path: Path, warehouse_url: str) -> None:
    first = lines(tmp_path, DAY, ("1", "a"))
    second = lines(tmp_path, NEXT, ("2", "b"))
    for day in (first, second, first, second):
        load(warehouse_url, day, strategy="insert")
    assert sql(warehouse_url, ALL) == [(1, "a"), (2, "b")]


def test_the_same_rows_of_another_day_are_inserted(
    tmp_path: Path, warehouse_url: str
) -> None:
    for day in (DAY, NEXT):
        load(
            warehouse_url, lines(tmp_path, day, ("1", "a")), strategy="insert"
        )
    assert sql(warehouse_url, ALL) == [(1, "a"), (1, "a")]


def test_a_day_without_a_key_is_not_inserted_from_two_files(
    tmp_path: Path, warehouse_url: str
) -> None:
    load(warehouse_url, lines(tmp_path, DAY, ("1", "a")), strategy="insert")
    other = lines(tmp_path, DAY, ("1", "a"), ("2", "b"))
    with pytest.raises(RefusedError, match="inserted before"):
        load(warehouse_url, other, strategy="insert")
    assert sql(warehouse_url, ALL) == [(1, "a")]


def test_a_row_of_a_transaction_older_than_the_load_is_found(
    tmp_path: Path, warehouse_url: str
) -> None:
    load(warehouse_url, orders(tmp_path, DAY))
    day = orders(tmp_path, NEXT, ("1", "a"))
    with psycopg.connect(warehouse_url) as stranger:
        stranger.execute("SELECT pg_current_xact_id()")
        load(warehouse_url, day)
        stranger.execute("INSERT INTO orders VALUES (9, 'x')")
    with psycopg.connect(warehouse_url) as stranger:
        stranger.execute("DELETE FROM orders WHERE id = 1")
    load(warehouse_url, day)
    assert sql(warehouse_url, ALL) == [(1, "a")]
