"""A day's tables in DuckDB: their names and their types."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybook.duck.types import duckdb_type, typed
from daybook.duck.views import open_days, plan_views, unique_names
from days import publish_day, table

DAY = "2024-12-20"
COLUMNS = [("id", "integer")]


def names(lake: Path, *manifests: object) -> set[str]:
    """Return the names that the tables of these days have."""
    return {f"{v.schema}.{v.name}" for v in plan_views(manifests)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sql_type", "expected"),
    [
        ("smallint", "SMALLINT"),
        ("numeric(8,2)", "DECIMAL(8,2)"),
        ("numeric(5)", "DECIMAL(5,0)"),
        ("numeric(39,2)", "VARCHAR"),
        ("numeric(3,5)", "VARCHAR"),
        ("numeric(3,-2)", "VARCHAR"),
        ("numeric", "VARCHAR"),
        ("numeric(8,2)[]", "VARCHAR"),
        ("timestamp(3) with time zone", "TIMESTAMPTZ"),
        ("character varying(40)", "VARCHAR"),
        ("interval", "VARCHAR"),
        ("bytea", "VARCHAR"),
    ],
)
def test_a_type_is_one_that_holds_every_value_or_text(
    sql_type: str, expected: str
) -> None:
    assert duckdb_type(sql_type) == expected


@pytest.mark.parametrize(
    ("value", "sql_type", "expected"),
    [
        ("t", "boolean", "true"),
        ("-Infinity", "double precision", "-inf"),
        ("infinity", "date", "infinity"),
        ("10000-01-01", "date", "10000-01-01"),
        ("0044-03-15 BC", "date", "0044-03-15 (BC)"),
        (
            "0044-03-15 10:00:00.5 BC",
            "timestamp without time zone",
            "0044-03-15 (BC) 10:00:00.5",
        ),
        (
            "0044-03-15 10:00:00+00 BC",
            "timestamp with time zone",
            "0044-03-15 (BC) 10:00:00+00",
        ),
        ("24:00:00", "time without time zone", "24:00:00"),
        ('{"a":  1}', "json", '{"a":  1}'),
        ("99999999999999999999.5", "numeric(38,18)", None),
    ],
)
def test_a_value_is_read_as_what_it_is(
    value: str, sql_type: str, expected: str | None
) -> None:
    query = f"SELECT CAST({typed('v', sql_type)} AS VARCHAR) FROM (SELECT ? v)"
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    (found,) = connection.execute(query, [value]).fetchone() or ()
    assert found == (expected or "99999999999999999999.500000000000000000")


def test_a_table_has_its_name_its_schemas_and_its_sources(lake: Path) -> None:
    one = publish_day(lake, "postgres", DAY, [(table("t", COLUMNS), [])])
    assert names(lake, one) == {"main.t", "public.t", "postgres.t"}


def test_a_name_that_would_mean_two_tables_is_left_out(lake: Path) -> None:
    tables = [(table("t", COLUMNS, schema=s), []) for s in ("a", "b")]
    one = publish_day(lake, "postgres", DAY, tables)
    assert names(lake, one) == {"a.t", "b.t"}


def test_tables_that_differ_in_case_only_can_both_be_read(lake: Path) -> None:
    tables = [
        (table("T", COLUMNS), [["1"]]),
        (table("t", COLUMNS), [["2"]]),
    ]
    one = publish_day(lake, "postgres", DAY, tables)
    with open_days(lake, [one]) as connection:
        found = connection.execute("SELECT T.id, t_1.id FROM T, t_1")
        assert found.fetchall() == [(1, 2)]


@pytest.mark.parametrize("schema", ["main", "temp", "information_schema"])
def test_a_schema_named_as_one_of_duckdbs_is_no_hindrance(
    lake: Path, schema: str
) -> None:
    one = table("t", COLUMNS, schema=schema)
    manifest = publish_day(lake, schema, DAY, [(one, [["1"]])])
    with open_days(lake, [manifest]) as connection:
        assert connection.execute("FROM t").fetchall() == [(1,)]


def test_a_table_without_columns_is_left_out(lake: Path) -> None:
    one = publish_day(lake, "postgres", DAY, [(table("t", []), [])])
    with open_days(lake, [one]) as connection:
        assert connection.execute("SHOW TABLES").fetchall() == []


def test_null_and_empty_text_stay_apart(lake: Path) -> None:
    one = table("t", [("v", "text")])
    rows = [[None], [""], ["NULL"], ["\\N"], ["a\r\nb"]]
    manifest = publish_day(lake, "postgres", DAY, [(one, rows)])
    with open_days(lake, [manifest]) as connection:
        found = connection.execute("FROM t").fetchall()
    assert [list(row) for row in found] == rows


@given(st.lists(st.text("aAbB_1", max_size=3), unique=True, max_size=8))
def test_unique_names_differ_in_more_than_case(given_names: list[str]) -> None:
    unique = unique_names(given_names)
    assert len({name.lower() for name in unique}) == len(given_names)
    assert unique_names(unique) == unique
