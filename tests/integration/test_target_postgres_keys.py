"""Foreign keys: made inside one source, counted across two."""

import dataclasses
from pathlib import Path

import pytest
from singer_input import Rows, Source, Stream, load, source

from daybook.errors import InputError, RefusedError
from daybook.table import ForeignKey
from harness import sql

DAY, NEXT, LATER = "2024-12-20", "2024-12-21", "2024-12-22"
KEYS = (
    "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE contype = 'f' ORDER BY 1"
)
OF_ORDERS = ForeignKey("orders_buyer", ("buyer",), "public", "buyers", ("id",))


def buyers(*ids: str) -> Stream:
    rows = [(one, f"name {one}") for one in ids]
    types = {"id": "integer", "name": "text"}
    return Stream("buyers", types, rows, ("id",))


def orders(
    *rows: tuple[str, str | None], key: ForeignKey = OF_ORDERS
) -> Stream:
    types = {"id": "integer", "buyer": "integer"}
    return Stream("orders", types, rows, ("id",), (key,))


def shop(folder: Path, day: str, buyers_: Stream, orders_: Stream) -> Source:
    return source(folder, day, orders_, buyers_)


def test_a_foreign_key_is_deferrable_and_has_an_index(
    tmp_path: Path, warehouse_url: str
) -> None:
    load(warehouse_url, shop(tmp_path, DAY, buyers("1"), orders(("1", "1"))))
    assert sql(warehouse_url, KEYS) == [
        (
            "orders_buyer",
            "FOREIGN KEY (buyer) REFERENCES buyers(id)"
            " DEFERRABLE INITIALLY DEFERRED",
        )
    ]
    indexes = "SELECT indexdef FROM pg_indexes WHERE tablename = 'orders'"
    assert any(
        row[0].endswith("(buyer)") for row in sql(warehouse_url, indexes)
    )


def test_a_second_load_makes_no_second_key_or_index(
    tmp_path: Path, warehouse_url: str
) -> None:
    indexes = "SELECT count(*) FROM pg_indexes WHERE schemaname = 'public'"
    load(warehouse_url, shop(tmp_path, DAY, buyers("1"), orders(("1", "1"))))
    before = sql(warehouse_url, indexes), sql(warehouse_url, KEYS)
    load(warehouse_url, shop(tmp_path, NEXT, buyers("1"), orders(("2", "1"))))
    assert (sql(warehouse_url, indexes), sql(warehouse_url, KEYS)) == before


def test_parent_and_child_change_together(
    tmp_path: Path, warehouse_url: str
) -> None:
    first = shop(
        tmp_path, DAY, buyers("1", "2"), orders(("1", "1"), ("2", "2"))
    )
    load(warehouse_url, first)
    second = shop(
        tmp_path, NEXT, buyers("2", "3"), orders(("1", "3"), ("3", "2"))
    )
    load(warehouse_url, second)
    assert sql(warehouse_url, "SELECT * FROM orders ORDER BY 1") == [
        (1, 3),
        (3, 2),
    ]


@pytest.mark.parametrize("loaded_before", [True, False])
def test_a_violation_names_both_tables_and_the_first_keys(
    tmp_path: Path, warehouse_url: str, loaded_before: bool
) -> None:
    if loaded_before:
        good = shop(tmp_path, DAY, buyers("1"), orders(("1", "1")))
        load(warehouse_url, good)
    bad = orders(("1", "1"), ("2", "8"), ("3", "7"), ("4", None))
    with pytest.raises(InputError) as caught:
        load(warehouse_url, shop(tmp_path, NEXT, buyers("1"), bad))
    assert "public.orders (buyer) -> public.buyers (id)" in caught.value.reason
    assert "7; 8" in caught.value.reason


def test_a_key_into_unique_columns_makes_them_unique(
    tmp_path: Path, warehouse_url: str
) -> None:
    by_name = ForeignKey("", ("code",), "public", "codes", ("code",))
    codes = Stream(
        "codes",
        {"id": "integer", "code": "text"},
        [("1", "a"), ("2", "b")],
        ("id",),
    )
    uses = Stream(
        "uses",
        {"id": "integer", "code": "text"},
        [("1", "b")],
        ("id",),
        (by_name,),
    )
    load(warehouse_url, source(tmp_path, DAY, uses, codes))
    unique = (
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype = 'u'"
        " AND connamespace = 'public'::regnamespace"
    )
    assert sql(warehouse_url, unique) == [("UNIQUE (code)",)]


def test_values_of_a_unique_column_can_be_swapped(
    tmp_path: Path, warehouse_url: str
) -> None:
    types = {"id": "integer", "code": "text"}
    codes = [("1", "a"), ("2", "b"), ("3", "c")]
    first = Stream("codes", types, codes, ("id",))
    load(warehouse_url, source(tmp_path, DAY, first))
    sql(warehouse_url, "ALTER TABLE codes ADD UNIQUE (code)")
    swapped = [("1", "b"), ("2", "a"), ("3", "c")]
    second = Stream("codes", types, swapped, ("id",))
    load(warehouse_url, source(tmp_path, NEXT, second))
    assert sql(warehouse_url, "SELECT * FROM codes ORDER BY 1") == [
        (1, "b"),
        (2, "a"),
        (3, "c"),
    ]
    counts = (
        "SELECT inserted, updated, deleted FROM daybook.loads"
        " ORDER BY id DESC LIMIT 1"
    )
    assert sql(warehouse_url, counts) == [(0, 2, 0)]


def test_tables_that_refer_to_each_other_and_themselves_load(
    tmp_path: Path, warehouse_url: str
) -> None:
    def side(name: str, other: str) -> Stream:
        keys = (
            ForeignKey("", ("other",), "public", other, ("id",)),
            ForeignKey("", ("self",), "public", name, ("id",)),
        )
        types = {"id": "integer", "other": "integer", "self": "integer"}
        return Stream(name, types, [("1", "1", "1")], ("id",), keys)

    for day in (DAY, NEXT):
        load(
            warehouse_url,
            source(tmp_path, day, side("a", "b"), side("b", "a")),
        )
    assert len(sql(warehouse_url, KEYS)) == 4


def test_a_key_of_two_columns(tmp_path: Path, warehouse_url: str) -> None:
    key = ForeignKey("pair", ("x", "y"), "public", "pairs", ("a", "b"))
    pairs = Stream(
        "pairs", {"a": "integer", "b": "text"}, [("1", "p")], ("b", "a")
    )
    uses = Stream(
        "uses",
        {"x": "integer", "y": "text"},
        [("1", "p"), (None, "q")],
        (),
        (key,),
    )
    load(warehouse_url, source(tmp_path, DAY, pairs, uses))
    ((_, definition),) = sql(warehouse_url, KEYS)
    assert definition.startswith("FOREIGN KEY (x, y) REFERENCES pairs(a, b)")


def test_a_key_into_another_source_is_counted_not_enforced(
    tmp_path: Path, warehouse_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    across = ForeignKey(
        "", ("buyer",), "public", "buyers", ("id",), source="crm"
    )
    crm = source(tmp_path, DAY, buyers("1"), name="crm")
    files = source(
        tmp_path, DAY, orders(("1", "1"), ("2", "9"), ("3", "8"), key=across)
    )
    load(warehouse_url, crm, files)
    assert sql(warehouse_url, KEYS) == []
    assert "2 rows without a match, first of all 8; 9" in caplog.text


def test_a_history_has_no_foreign_keys(
    tmp_path: Path, warehouse_url: str
) -> None:
    day = shop(tmp_path, DAY, buyers("1"), orders(("1", "1")))
    load(warehouse_url, day, strategy="orders=history")
    assert sql(warehouse_url, KEYS) == []


def test_rows_that_an_upsert_keeps_are_not_bound_to_a_snapshot(
    tmp_path: Path, warehouse_url: str
) -> None:
    strategy = "orders=upsert"
    first = shop(tmp_path, DAY, buyers("1"), orders(("1", "1")))
    load(warehouse_url, first, strategy=strategy)
    second = shop(tmp_path, NEXT, buyers("2"), orders(("2", "2")))
    load(warehouse_url, second, strategy=strategy)
    assert sql(warehouse_url, "SELECT count(*) FROM orders") == [(2,)]


def test_a_table_that_others_refer_to_can_change_its_types(
    tmp_path: Path, warehouse_url: str
) -> None:
    load(warehouse_url, shop(tmp_path, DAY, buyers("1"), orders(("1", "1"))))
    wide = Stream(
        "buyers", {"id": "text", "name": "text"}, [("a", "x")], ("id",)
    )
    uses: Rows = [("1", "a")]
    types = {"id": "integer", "buyer": "text"}
    wide_orders = Stream("orders", types, uses, ("id",), (OF_ORDERS,))
    load(warehouse_url, shop(tmp_path, NEXT, wide, wide_orders))
    assert len(sql(warehouse_url, KEYS)) == 1
    assert sql(warehouse_url, "SELECT buyer FROM orders") == [("a",)]


def test_a_table_that_others_refer_to_can_be_rebuilt(
    tmp_path: Path, warehouse_url: str
) -> None:
    load(warehouse_url, shop(tmp_path, DAY, buyers("1"), orders(("1", "1"))))
    less = Stream("buyers", {"id": "integer"}, [("2",)], ("id",))
    after = shop(tmp_path, NEXT, less, orders(("1", "2")))
    load(warehouse_url, after, schema_change="rebuild")
    assert sql(warehouse_url, "SELECT * FROM buyers") == [(2,)]
    assert len(sql(warehouse_url, KEYS)) == 1


def test_a_stranger_that_refers_to_a_table_stands_in_its_way(
    tmp_path: Path, warehouse_url: str
) -> None:
    load(warehouse_url, source(tmp_path, DAY, buyers("1")))
    sql(warehouse_url, "CREATE TABLE notes (buyer int REFERENCES buyers)")
    less = Stream("buyers", {"id": "integer"}, [("2",)], ("id",))
    with pytest.raises(RefusedError, match="notes"):
        load(
            warehouse_url,
            source(tmp_path, NEXT, less),
            schema_change="rebuild",
        )


def test_a_key_in_types_that_do_not_compare_is_said(
    tmp_path: Path, warehouse_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    across = ForeignKey(
        "", ("buyer",), "public", "buyers", ("name",), source="crm"
    )
    crm = source(tmp_path, DAY, buyers("1"), name="crm")
    files = source(tmp_path, DAY, orders(("1", "1"), key=across))
    load(warehouse_url, crm, files)
    assert "do not compare" in caplog.text


def test_a_key_that_the_source_dropped_goes(
    tmp_path: Path, warehouse_url: str
) -> None:
    load(warehouse_url, shop(tmp_path, DAY, buyers("1"), orders(("1", "1"))))
    free = dataclasses.replace(orders(("1", "9")), foreign_keys=())
    load(warehouse_url, shop(tmp_path, NEXT, buyers("1"), free))
    assert sql(warehouse_url, KEYS) == []
    load(
        warehouse_url,
        shop(tmp_path, LATER, buyers("1"), orders(("1", "1"))),
    )
    assert [name for name, _ in sql(warehouse_url, KEYS)] == ["orders_buyer"]


def test_a_key_of_somebody_else_stays(
    tmp_path: Path, warehouse_url: str
) -> None:
    free = dataclasses.replace(orders(("1", "1")), foreign_keys=())
    load(warehouse_url, shop(tmp_path, DAY, buyers("1"), free))
    sql(
        warehouse_url,
        "ALTER TABLE orders ADD CONSTRAINT mine"
        " FOREIGN KEY (buyer) REFERENCES buyers",
    )
    load(warehouse_url, shop(tmp_path, NEXT, buyers("1", "2"), free))
    assert [name for name, _ in sql(warehouse_url, KEYS)] == ["mine"]


def test_a_table_that_went_with_its_parent_is_kept(
    tmp_path: Path, warehouse_url: str
) -> None:
    load(warehouse_url, shop(tmp_path, DAY, buyers("1"), orders(("1", "1"))))
    load(warehouse_url, source(tmp_path, NEXT, buyers("2")))
    assert sql(warehouse_url, "SELECT * FROM orders") == [(1, 1)]
    assert sql(warehouse_url, "SELECT id FROM buyers") == [(2,)]


def test_uniqueness_goes_with_the_key_that_needed_it(
    tmp_path: Path, warehouse_url: str
) -> None:
    by_name = ForeignKey("", ("buyer",), "public", "buyers", ("name",))
    for day, names, keys in (
        (DAY, ("a", "b"), (by_name,)),
        (NEXT, ("a", "a"), ()),
    ):
        types = {"id": "integer", "name": "text"}
        rows = [(str(i), name) for i, name in enumerate(names)]
        people = Stream("buyers", types, rows, ("id",))
        types = {"id": "integer", "buyer": "text"}
        bought = Stream("orders", types, [("1", "a")], ("id",), keys)
        load(warehouse_url, shop(tmp_path, day, people, bought))
    assert sql(warehouse_url, "SELECT name FROM buyers") == [("a",), ("a",)]


def test_a_column_that_left_the_primary_key_may_be_null(
    tmp_path: Path, warehouse_url: str
) -> None:
    types = {"a": "integer", "b": "integer"}
    for day, a, key in ((DAY, "1", ("a",)), (NEXT, None, ("b",))):
        stream = Stream("t", types, [(a, "1")], key)
        load(warehouse_url, source(tmp_path, day, stream))
    assert sql(warehouse_url, "SELECT * FROM t") == [(None, 1)]
