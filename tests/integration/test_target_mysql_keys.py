"""Foreign keys in MySQL: those of the source, and no orphans."""

from __future__ import annotations

from pathlib import Path

import pymysql
import pytest
from mysql_input import load
from singer_input import Rows, Stream, source

import harness
from daybook.errors import InputError
from daybook.table import ForeignKey

DAY, NEW, NEWER = "2024-12-20", "2024-12-21", "2024-12-22"


def key(
    *columns: str,
    table: str = "customers",
    references: tuple[str, ...] = ("id",),
    of: str = "",
) -> ForeignKey:
    return ForeignKey("fk", columns, "public", table, references, of)


def customers(*ids: str, kind: str = "text") -> Stream:
    return Stream("customers", {"id": kind}, [(one,) for one in ids], ("id",))


def orders(
    rows: Rows, *keys: ForeignKey, kind: str = "text", name: str = "a_orders"
) -> Stream:
    """Its name comes before that of the table it refers to."""
    types = {"id": "integer", "customer": kind}
    return Stream(name, types, rows, ("id",), keys)


def keys(url: str) -> list[tuple[str, ...]]:
    return harness.mysql(
        url,
        "SELECT table_name, column_name, referenced_table_name, "
        "referenced_column_name FROM information_schema.key_column_usage "
        "WHERE table_schema = DATABASE() "
        "AND referenced_table_name IS NOT NULL "
        "ORDER BY table_name, ordinal_position",
    )


def test_a_foreign_key_stands_and_holds(
    mariadb_url: str, tmp_path: Path
) -> None:
    day = source(
        tmp_path,
        DAY,
        customers("x", "y"),
        orders([("1", "x"), ("2", None)], key("customer")),
    )
    load(mariadb_url, day)
    assert keys(mariadb_url) == [("a_orders", "customer", "customers", "id")]
    with pytest.raises(pymysql.IntegrityError):
        harness.mysql(mariadb_url, "DELETE FROM customers WHERE id = 'x'")


def test_parents_and_children_move_together(
    mariadb_url: str, tmp_path: Path
) -> None:
    one = orders([("1", "x")], key("customer"))
    two = orders([("1", "z"), ("2", "z")], key("customer"))
    load(mariadb_url, source(tmp_path, DAY, customers("x"), one))
    load(mariadb_url, source(tmp_path, NEW, customers("z"), two))
    found = harness.mysql(mariadb_url, "SELECT * FROM a_orders")
    assert found == [(1, "z"), (2, "z")]
    assert len(keys(mariadb_url)) == 1


def test_keys_in_a_circle_and_to_oneself_stand(
    mariadb_url: str, tmp_path: Path
) -> None:
    types = {"id": "integer", "next": "integer"}
    streams = [
        Stream(name, types, [("1", "1")], ("id",), (key("next", table=to),))
        for name, to in (("a", "b"), ("b", "a"), ("c", "c"))
    ]
    load(mariadb_url, source(tmp_path, DAY, *streams))
    assert [row[0] for row in keys(mariadb_url)] == ["a", "b", "c"]


def test_a_key_of_several_columns_to_a_unique_one(
    mariadb_url: str, tmp_path: Path
) -> None:
    parent = Stream(
        "customers",
        {"id": "integer", "a": "text", "b": "date"},
        [("1", "x", "2024-01-01"), ("2", "x", "2024-01-02")],
        ("id",),
    )
    child = Stream(
        "orders",
        {"id": "integer", "a": "text", "b": "date"},
        [("1", "x", "2024-01-02"), ("2", "zzz", None)],
        ("id",),
        (key("a", "b", references=("a", "b")),),
    )
    load(mariadb_url, source(tmp_path, DAY, parent, child))
    assert len(keys(mariadb_url)) == 2


def test_orphans_fail_and_name_both_tables_and_the_keys(
    mariadb_url: str, tmp_path: Path
) -> None:
    good = orders([("1", "x")], key("customer"))
    load(mariadb_url, source(tmp_path, DAY, customers("x"), good))
    bad = orders([("1", "x"), ("2", "q"), ("3", "r")], key("customer"))
    with pytest.raises(
        InputError,
        match=r"a_orders \(customer\) -> .*customers \(id\): 2 rows",
    ) as caught:
        load(mariadb_url, source(tmp_path, NEW, customers("x", "y"), bad))
    assert "first of all q; r" in caught.value.reason
    assert harness.mysql(mariadb_url, "SELECT id FROM customers") == [("x",)]
    assert harness.mysql(mariadb_url, "SELECT id FROM a_orders") == [(1,)]


def test_a_parent_that_somebody_elses_table_needs_stays(
    mariadb_url: str, tmp_path: Path
) -> None:
    load(mariadb_url, source(tmp_path, DAY, customers("x", "y")))
    harness.mysql(mariadb_url, "CREATE TABLE mine LIKE customers")
    harness.mysql(
        mariadb_url,
        "ALTER TABLE mine ADD FOREIGN KEY (id) REFERENCES customers (id)",
    )
    harness.mysql(mariadb_url, "INSERT INTO mine VALUES ('y')")
    with pytest.raises(InputError, match=r"mine \(id\) -> .* first of all y"):
        load(mariadb_url, source(tmp_path, NEW, customers("x")))
    assert len(harness.mysql(mariadb_url, "SELECT * FROM customers")) == 2


def test_a_key_that_the_source_dropped_goes(
    mariadb_url: str, tmp_path: Path
) -> None:
    one = orders([("1", "x")], key("customer"))
    load(mariadb_url, source(tmp_path, DAY, customers("x"), one))
    load(mariadb_url, source(tmp_path, NEW, customers(), orders([("1", "q")])))
    assert keys(mariadb_url) == []
    assert harness.mysql(mariadb_url, "SELECT customer FROM a_orders") == [
        ("q",)
    ]


def test_a_key_between_unlike_types_is_checked_but_not_made(
    mariadb_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    parents = customers("1", kind="bigint")
    good = orders([("1", "1")], key("customer"), kind="integer")
    load(mariadb_url, source(tmp_path, DAY, parents, good))
    assert keys(mariadb_url) == []
    assert "types of its columns differ" in caplog.text
    bad = orders([("1", "2")], key("customer"), kind="integer")
    with pytest.raises(InputError, match="first of all 2"):
        load(mariadb_url, source(tmp_path, NEW, parents, bad))


def test_keys_into_another_source_are_counted_not_enforced(
    mariadb_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [("1", "x"), ("2", "q")]
    mine = orders(rows, key("customer", of="crm"))
    load(
        mariadb_url,
        source(tmp_path, DAY, mine),
        source(tmp_path, DAY, customers("x"), name="crm"),
    )
    assert keys(mariadb_url) == []
    assert "1 rows without a match, first of all q" in caplog.text


def test_a_longer_text_widens_the_key_and_what_refers_to_it(
    mariadb_url: str, tmp_path: Path
) -> None:
    for day, name in ((DAY, "x"), (NEW, "y" * 200), (NEWER, "ü" * 768)):
        mine = orders([("1", name)], key("customer"))
        load(mariadb_url, source(tmp_path, day, customers(name), mine))
        found = harness.mysql(mariadb_url, "SELECT customer FROM a_orders")
        assert found == [(name,)]
    assert len(keys(mariadb_url)) == 1


@pytest.mark.parametrize("kind", ["text", "character varying(255)"])
def test_a_key_of_many_texts_has_room_for_the_days_longest(
    mariadb_url: str, tmp_path: Path, kind: str
) -> None:
    names = ("a", "b", "c", "d")
    for day, length in ((DAY, 150), (NEW, 190)):
        row = tuple(name * length for name in names)
        stream = Stream("t", dict.fromkeys(names, kind), [row], names)
        load(mariadb_url, source(tmp_path, day, stream))
        assert harness.mysql(mariadb_url, "SELECT * FROM t") == [row]


def test_a_text_too_long_for_a_key_is_refused_by_name(
    mariadb_url: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"customers .* column id .* 769"):
        load(mariadb_url, source(tmp_path, DAY, customers("x" * 769)))
