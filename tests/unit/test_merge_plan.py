"""What is refused before any server is asked, and which strategy is taken."""

from dataclasses import replace
from pathlib import Path

import pytest

from daybook.day import Day
from daybook.errors import ConfigError, InputError, RefusedError
from daybook.postgres.load.history import partition_name
from daybook.postgres.load.plan import plan
from daybook.relational.strategies import (
    Strategy,
    choose,
    parse_rules,
    unmatched,
)
from daybook.singer.handover import HandedFile
from daybook.singer.received import Received
from daybook.singer.schema import Origin
from daybook.table import Column, Table

DAY = Day.parse("2024-12-20")
FILE = HandedFile(Path("/nowhere"), 0, "0" * 64, 0)
ORDERS = Table("public", "orders", (Column("id", "integer"),), ("id",))


def received(table: Table, source: str = "shop") -> Received:
    return Received(table.stream, table, Origin(source, DAY), FILE)


def test_a_key_decides_the_default_strategy() -> None:
    assert choose((), "public-orders", ORDERS) is Strategy.SNAPSHOT
    keyless = replace(ORDERS, primary_key=())
    assert choose((), "public-orders", keyless) is Strategy.REPLACE


@pytest.mark.parametrize(
    "setting",
    [
        {"ord*": "history", "*": "upsert"},
        "ord*=history,*=upsert",
        "public.orders=history, *=upsert",
        "public-orders=history",
    ],
)
def test_the_first_glob_that_matches_decides(
    setting: dict[str, str] | str,
) -> None:
    rules = parse_rules(setting)
    assert choose(rules, "public-orders", ORDERS) is Strategy.HISTORY


def test_one_word_is_the_strategy_of_all_tables() -> None:
    rules = parse_rules("insert")
    assert choose(rules, "public-orders", ORDERS) is Strategy.INSERT


def test_an_unknown_strategy_is_named() -> None:
    with pytest.raises(ConfigError, match="'append'"):
        parse_rules("orders=append")


def test_a_glob_that_matches_no_table_is_found() -> None:
    rules = parse_rules("odrers=history,public.*=upsert,*=insert")
    pairs = [("public-orders", ORDERS)]
    assert unmatched(rules, pairs) == ["odrers"]


def test_tables_are_loaded_in_the_order_of_their_names() -> None:
    others = [replace(ORDERS, name=name) for name in "cab"]
    loads = plan(map(received, others), (), "public")
    assert [load.name for load in loads] == ["a", "b", "c"]


def test_two_streams_for_one_table_are_refused_by_name() -> None:
    sales = replace(ORDERS, schema="sales")
    with pytest.raises(RefusedError) as caught:
        plan([received(ORDERS), received(sales)], (), "public")
    assert "public.orders of source shop" in caught.value.reason
    assert "sales.orders of source shop" in caught.value.reason


@pytest.mark.parametrize("strategy", ["snapshot", "replace", "history"])
def test_a_tap_straight_into_the_target_is_sent_through_the_lake(
    strategy: str,
) -> None:
    one = Received("public-orders", ORDERS, None, FILE)
    with pytest.raises(RefusedError) as caught:
        plan([one], parse_rules(strategy), "public")
    assert "target-csv" in caught.value.instruction


@pytest.mark.parametrize("strategy", ["upsert", "insert"])
def test_upsert_and_insert_need_no_lake(strategy: str) -> None:
    one = Received("public-orders", ORDERS, None, FILE)
    (load,) = plan([one], parse_rules(strategy), "public")
    assert load.source == ""


@pytest.mark.parametrize("strategy", ["snapshot", "upsert"])
def test_a_strategy_that_needs_a_key_says_so(strategy: str) -> None:
    keyless = replace(ORDERS, primary_key=())
    with pytest.raises(RefusedError, match="has no key"):
        plan([received(keyless)], parse_rules(strategy), "public")


def test_history_refuses_a_table_with_its_own_extracted_at() -> None:
    columns = (*ORDERS.columns, Column("extracted_at", "date"))
    table = replace(ORDERS, columns=columns)
    with pytest.raises(RefusedError, match="extracted_at"):
        plan([received(table)], parse_rules("history"), "public")


def test_a_name_over_63_bytes_is_refused() -> None:
    table = replace(ORDERS, name="é" * 32)
    with pytest.raises(InputError, match="64 bytes"):
        plan([received(table)], (), "public")


def test_a_name_of_63_bytes_passes() -> None:
    table = replace(ORDERS, name="x" * 63)
    assert plan([received(table)], (), "public")[0].name == "x" * 63


def test_a_partition_of_a_long_name_stays_within_63_bytes() -> None:
    names = {partition_name("é" * 31 + end, DAY) for end in "ab"}
    assert len(names) == 2
    assert all(len(name.encode()) <= 63 for name in names)
    assert all(name.endswith("_2024_12_20") for name in names)
