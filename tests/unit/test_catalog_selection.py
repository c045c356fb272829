"""Which relations the globs of the settings choose."""

from __future__ import annotations

import pytest

from daybook.errors import ConfigError
from daybook.postgres.extract.selection import Relation, Wanted, choose


def relation(
    name: str, kind: str = "r", schema: str = "public", *, part: bool = False
) -> Relation:
    return Relation(1, schema, name, kind, part)


def names(relations: list[Relation]) -> list[str]:
    return [each.full_name for each in relations]


HERE = [
    relation("orders"),
    relation("Orders"),
    relation("order_details"),
    relation("sales", "p"),
    relation("sales_2024", part=True),
    relation("totals", "v"),
    relation("cached", "m"),
    relation("remote", "f"),
    relation("a.b"),
    relation("stars*"),
    relation("orders", schema="archive"),
]


def chosen(
    tables: str = "", exclude: str = "", schemas: str = "public"
) -> list[str]:
    wanted = Wanted(schemas.split(","), _list(tables), _list(exclude))
    return names(choose(HERE, wanted))


def _list(text: str) -> list[str]:
    return text.split(",") if text else []


def test_every_table_and_nothing_else_is_taken_by_default() -> None:
    assert chosen() == [
        "public.orders",
        "public.Orders",
        "public.order_details",
        "public.sales",
        "public.a.b",
        "public.stars*",
    ]


def test_a_wildcard_takes_no_view_partition_or_foreign_table() -> None:
    assert chosen("*") == chosen()


@pytest.mark.parametrize(
    "name", ["totals", "cached", "remote", "sales_2024", "public.totals"]
)
def test_a_view_or_partition_is_taken_by_its_exact_name(name: str) -> None:
    assert [each.rpartition(".")[2] for each in chosen(name)] == [
        name.rpartition(".")[2]
    ]


def test_names_are_matched_by_case_and_with_their_schema() -> None:
    assert chosen("orders", schemas="*") == [
        "public.orders",
        "archive.orders",
    ]
    assert chosen("archive.*", schemas="*") == ["archive.orders"]


def test_a_name_with_a_dot_or_a_star_can_be_named() -> None:
    assert chosen("a.b,stars*") == ["public.a.b", "public.stars*"]


def test_exclude_wins() -> None:
    assert chosen("order*", "public.order_*") == ["public.orders"]


def test_a_pattern_that_matches_nothing_is_an_error() -> None:
    with pytest.raises(ConfigError, match="'ordres'"):
        chosen("orders,ordres")


def test_nothing_left_is_an_error_that_names_the_schemas_there_are() -> None:
    with pytest.raises(ConfigError, match="archive, public"):
        chosen(schemas="nope")
