"""The settings that rename, reverse and leave out."""

from __future__ import annotations

from typing import Any

import pytest

from daybook.errors import ConfigError
from daybook.neo4j.mapping_settings import Naming, Rename, parse
from days import table

ORDERS = table("orders", [("id", "integer"), ("photo", "bytea")], ["id"])


def test_without_settings_nothing_is_renamed() -> None:
    assert parse({}) == Naming()


@pytest.mark.parametrize(
    "value",
    [
        {"orders.customer_id": "<PURCHASED", "items": "ORDERS"},
        {"orders": {"customer_id": "<PURCHASED"}, "items": "ORDERS"},
        "orders.customer_id=<PURCHASED, items=ORDERS",
    ],
)
def test_objects_and_texts_mean_the_same(value: object) -> None:
    assert parse({"relationships": value}).relationships == {
        "orders.customer_id": Rename("PURCHASED", reverse=True),
        "items": Rename("ORDERS"),
    }


@pytest.mark.parametrize("name", ["orders", "public.orders", "public-orders"])
def test_a_table_is_found_by_each_of_its_spellings(name: str) -> None:
    assert parse({"labels": {name: "Purchase"}}).label(ORDERS) == "Purchase"


def test_the_more_exact_name_wins() -> None:
    naming = parse({"labels": "orders=A,public.orders=B"})
    assert naming.label(ORDERS) == "B"
    assert naming.label(table("orders", [], schema="")) == "A"


def test_columns_of_a_composite_key_are_joined_by_plus() -> None:
    naming = parse({"relationships": "orders.a+b=X"})
    assert naming.rename(ORDERS, ["a", "b"]) == Rename("X")
    assert naming.rename(ORDERS, ["b", "a"]) is None


@pytest.mark.parametrize(
    ("globs", "whole", "column"),
    [
        ("orders", True, False),
        ("ord*,none", True, False),
        ("public.orders", True, False),
        ("orders.photo", False, True),
        ("*.photo", False, True),
        ("public-orders.ph*", False, True),
        ("photo", False, False),
        ("Orders", False, False),
        (["orders.photo"], False, True),
    ],
)
def test_globs_leave_out_tables_and_with_a_dot_columns(
    globs: object, whole: bool, column: bool
) -> None:
    naming = parse({"exclude": globs})
    assert naming.leaves_out(ORDERS) is whole
    assert naming.leaves_out_column(ORDERS, "photo") is column


@pytest.mark.parametrize(
    "config",
    [
        {"labels": "customers"},
        {"labels": {"customers": ""}},
        {"labels": {"customers": 1}},
        {"relationships": "a.b=<"},
        {"relationships": "=X"},
        {"relationships": {"a.b": "X\0"}},
    ],
)
def test_malformed_settings_are_refused_with_an_example(
    config: dict[str, Any],
) -> None:
    (setting,) = config
    with pytest.raises(ConfigError) as caught:
        parse(config)
    assert f"`{setting}`" in caught.value.reason
    assert f"TARGET_NEO4J_{setting.upper()}=" in caught.value.instruction
