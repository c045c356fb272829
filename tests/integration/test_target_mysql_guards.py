"""What a load into MySQL must not touch, and what it says then."""

from __future__ import annotations

from pathlib import Path

import pytest
from mysql_input import load, outcome
from singer_input import Stream, source

import harness
from daybook.errors import InputError, RefusedError

OLD, DAY, NEW = "2024-12-19", "2024-12-20", "2024-12-21"
ORDERS = Stream("orders", {"id": "integer"}, [("1",), ("2",)], ("id",))
FEWER = Stream("orders", {"id": "integer"}, [("1",)], ("id",))


def ids(url: str) -> list[int]:
    return [row[0] for row in harness.mysql(url, "SELECT id FROM orders")]


def test_an_older_day_changes_nothing(
    mariadb_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    load(mariadb_url, source(tmp_path, DAY, ORDERS))
    load(mariadb_url, source(tmp_path, OLD, FEWER))
    assert ids(mariadb_url) == [1, 2]
    assert outcome(mariadb_url, "orders") == ("superseded", 0, 0, 0)
    assert "TARGET_MYSQL_ALLOW_OLDER_DAY=true" in caplog.text
    load(mariadb_url, source(tmp_path, OLD, FEWER), allow_older_day=True)
    assert ids(mariadb_url) == [1]


def test_the_guard_advances_with_days_that_change_nothing(
    mariadb_url: str, tmp_path: Path
) -> None:
    load(mariadb_url, source(tmp_path, OLD, ORDERS))
    load(mariadb_url, source(tmp_path, NEW, ORDERS))
    assert outcome(mariadb_url, "orders") == ("unchanged", 0, 0, 0)
    load(mariadb_url, source(tmp_path, DAY, FEWER))
    assert ids(mariadb_url) == [1, 2]


def test_rows_that_somebody_else_loaded_are_refused(
    mariadb_url: str, tmp_path: Path
) -> None:
    harness.mysql(mariadb_url, "CREATE TABLE orders (id int PRIMARY KEY)")
    harness.mysql(mariadb_url, "INSERT INTO orders VALUES (7)")
    with pytest.raises(RefusedError, match="did not load") as caught:
        load(mariadb_url, source(tmp_path, DAY, ORDERS))
    assert "TARGET_MYSQL_ADOPT=true" in caught.value.instruction
    assert ids(mariadb_url) == [7]
    load(mariadb_url, source(tmp_path, DAY, ORDERS), adopt=True)
    load(mariadb_url, source(tmp_path, NEW, FEWER))
    assert ids(mariadb_url) == [1]


def test_an_empty_table_that_fits_is_taken(
    mariadb_url: str, tmp_path: Path
) -> None:
    harness.mysql(mariadb_url, "CREATE TABLE orders (id int PRIMARY KEY)")
    load(mariadb_url, source(tmp_path, DAY, ORDERS))
    assert ids(mariadb_url) == [1, 2]


def test_a_table_of_another_source_is_refused(
    mariadb_url: str, tmp_path: Path
) -> None:
    load(mariadb_url, source(tmp_path, DAY, ORDERS))
    with pytest.raises(RefusedError, match="from source shop, not from web"):
        load(mariadb_url, source(tmp_path, DAY, FEWER, name="web"))
    assert ids(mariadb_url) == [1, 2]


def test_a_table_made_anew_by_somebody_else_is_not_ours(
    mariadb_url: str, tmp_path: Path
) -> None:
    load(mariadb_url, source(tmp_path, DAY, ORDERS))
    harness.mysql(mariadb_url, "DROP TABLE orders")
    harness.mysql(mariadb_url, "CREATE TABLE orders (id int PRIMARY KEY)")
    harness.mysql(mariadb_url, "INSERT INTO orders VALUES (7)")
    with pytest.raises(RefusedError, match="did not load"):
        load(mariadb_url, source(tmp_path, DAY, ORDERS))


def test_a_dropped_table_is_made_again(
    mariadb_url: str, tmp_path: Path
) -> None:
    load(mariadb_url, source(tmp_path, NEW, ORDERS))
    harness.mysql(mariadb_url, "DROP TABLE orders")
    load(mariadb_url, source(tmp_path, DAY, ORDERS))
    assert ids(mariadb_url) == [1, 2]


@pytest.mark.parametrize(
    "statement, kind",
    [
        ("CREATE VIEW orders AS SELECT 1 AS id", "view"),
        ("CREATE TABLE orders (id int) ENGINE=MyISAM", "MyISAM"),
        ("CREATE SEQUENCE orders", "sequence"),
    ],
)
def test_what_is_no_table_with_transactions_is_refused(
    mariadb_url: str, tmp_path: Path, statement: str, kind: str
) -> None:
    [(version,)] = harness.mysql(mariadb_url, "SELECT VERSION()")
    if kind == "sequence" and "MariaDB" not in version:
        pytest.skip("MySQL has none")
    harness.mysql(mariadb_url, statement)
    with pytest.raises(RefusedError, match=kind):
        load(mariadb_url, source(tmp_path, DAY, ORDERS), adopt=True)


def test_two_streams_for_one_table_are_refused(
    mariadb_url: str, tmp_path: Path
) -> None:
    both = (
        source(tmp_path, DAY, ORDERS),
        source(tmp_path, DAY, FEWER, name="web"),
    )
    with pytest.raises(RefusedError, match="Two streams"):
        load(mariadb_url, *both)


@pytest.mark.parametrize(
    "name", ["x" * 65, "daybook_loads", "DAYBOOK_LOADS", "a ", "😀", "é" * 65]
)
def test_a_name_that_cannot_be_one_is_refused(
    mariadb_url: str, tmp_path: Path, name: str
) -> None:
    stream = Stream(name, {"id": "integer"}, [("1",)], ("id",))
    with pytest.raises(InputError, match=r"cannot be one|load log"):
        load(mariadb_url, source(tmp_path, DAY, stream))
    assert harness.mysql(mariadb_url, "SHOW TABLES") == []


def test_columns_that_differ_in_case_only_are_refused(
    mariadb_url: str, tmp_path: Path
) -> None:
    types = {"id": "integer", "Name": "text", "name": "text"}
    stream = Stream("orders", types, [("1", "a", "b")], ("id",))
    with pytest.raises(InputError, match="Name, name"):
        load(mariadb_url, source(tmp_path, DAY, stream))


@pytest.mark.parametrize(
    "name",
    [
        "a`b",
        "x.y",
        "50%s",
        "q'\"\\",
        "-- ;",
        "ü ß 日本",
        "SELECT",
        "a/b",
        "Ⴀ" * 9,
    ],
)
def test_hostile_names_are_names(
    mariadb_url: str, tmp_path: Path, name: str
) -> None:
    def stream(value: str) -> Stream:
        types = {name: "text", f"{name}2": "bytea"}
        return Stream(name, types, [(value, "\\x00"), ("b", None)], (name,))

    load(mariadb_url, source(tmp_path, DAY, stream("a")))
    load(mariadb_url, source(tmp_path, NEW, stream("c")))
    quoted = "`" + name.replace("`", "``") + "`"
    found = harness.mysql(mariadb_url, f"SELECT * FROM {quoted}")
    assert found == [("b", None), ("c", b"\0")]
    load(mariadb_url, source(tmp_path, NEW, stream("c")))
    assert outcome(mariadb_url, name) == ("unchanged", 0, 0, 0)


def test_tables_that_a_newer_day_lacks_are_named_and_stay(
    mariadb_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = Stream("other", {"id": "integer"}, [("1",)], ("id",))
    load(mariadb_url, source(tmp_path, DAY, ORDERS, other))
    load(mariadb_url, source(tmp_path, NEW, ORDERS))
    assert f".other (source shop, day {DAY})" in caplog.text
    assert harness.mysql(mariadb_url, "SELECT * FROM other") == [(1,)]


def test_loads_of_one_database_wait_for_each_other(
    mariadb_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    days = [source(tmp_path, f"2024-12-{n}", ORDERS) for n in range(10, 14)]
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(load, mariadb_url, one) for one in days]:
            done.result()
    assert ids(mariadb_url) == [1, 2]
    logged = harness.mysql(mariadb_url, "SELECT outcome FROM daybook_loads")
    assert len(logged) == 4
