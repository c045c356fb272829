"""Days of the lake as DuckDB's schemas, for models."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from daybook.day import Day
from daybook.dbt.days import Reads, check, create_views
from daybook.duck.history import Version, columns_over, common_type
from daybook.duck.session import Session
from daybook.errors import DaybookError, InputError
from daybook.window import Window
from days import publish_day, table

DAY = Day.parse("2024-12-20")
T = table("t", [("id", "integer"), ("name", "text")])


def rows(lake: Path, scratch: Path, sql: str, day: Day = DAY):
    """Return what a query over the views of a day gives."""
    scratch.mkdir(exist_ok=True)
    with duckdb.connect() as connection:
        create_views(Session(connection, scratch), lake, day)
        return connection.execute(sql).fetchall()


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("integer", "integer", "integer"),
        ("smallint", "bigint", "bigint"),
        ("real", "double precision", "double precision"),
        ("numeric(8,2)", "numeric(6,4)", "numeric(10,4)"),
        ("integer", "numeric(8,2)", "numeric(12,2)"),
        ("numeric(38,0)", "numeric(38,38)", ""),
        ("text", "integer", "text"),
        ("character varying(3)", "date", "text"),
        ("interval", "bytea", "text"),
        ("timestamp(3) without time zone", "timestamp without time zone",
         "timestamp(3) without time zone"),
        ("date", "integer", ""),
        ("boolean", "integer", ""),
        ("bigint", "double precision", ""),
    ],
)  # fmt: skip
def test_a_type_over_days_holds_the_values_of_all(one, other, both):
    assert common_type(one, other) == both
    if both != one:
        assert common_type(other, one) == both


def test_columns_over_days_are_the_newest_ones_then_the_lost_ones():
    old = table("t", [("gone", "text"), ("id", "smallint")])
    new = table("t", [("id", "integer"), ("fresh", "date")])
    found = columns_over(
        "shop",
        [Version(Day.parse("2024-12-19"), old), Version(DAY, new)],
    )
    assert [(c.name, c.sql_type) for c in found] == [
        ("id", "integer"),
        ("fresh", "date"),
        ("gone", "text"),
    ]


def test_types_that_no_type_holds_are_refused_with_their_days():
    versions = [
        Version(Day.parse("2024-12-19"), table("t", [("at", "date")])),
        Version(DAY, table("t", [("at", "bigint")])),
    ]
    with pytest.raises(InputError) as refusal:
        columns_over("shop", versions)
    for word in ("'at'", "date on 2024-12-19", "bigint on 2024-12-20"):
        assert word in refusal.value.reason


def test_a_day_is_read_by_its_sources_name(lake, tmp_path):
    publish_day(lake, "a shop's", str(DAY), [(T, [["1", ""], ["2", None]])])
    found = rows(lake, tmp_path / "l", 'FROM "a shop\'s".t ORDER BY id')
    assert found == [(1, ""), (2, None)]


def test_tables_of_one_name_are_read_by_their_streams(lake, tmp_path):
    others = [
        (table("t", [("id", "integer")], schema=schema), [[str(place)]])
        for place, schema in enumerate(("a", "b"))
    ]
    publish_day(lake, "shop", str(DAY), others)
    found = rows(lake, tmp_path / "l", 'FROM shop."b-t"')
    assert found == [(1,)]


def test_all_days_up_to_this_one_are_read_with_their_day(lake, tmp_path):
    for day in ("2024-12-18", "2024-12-20", "2024-12-21"):
        publish_day(lake, "shop", day, [(T, [[day[-2:], day]])])
    sql = "SELECT id, extracted_at::VARCHAR FROM shop_all.t ORDER BY id"
    assert rows(lake, tmp_path / "l", sql) == [
        (18, "2024-12-18"),
        (20, "2024-12-20"),
    ]


def test_a_source_that_ends_in_all_keeps_its_own_days(lake, tmp_path):
    publish_day(lake, "shop", str(DAY), [(T, [["1", "one"]])])
    publish_day(lake, "shop_all", str(DAY), [(T, [["2", "two"]])])
    found = rows(lake, tmp_path / "l", "FROM shop_all.t")
    assert found == [(2, "two")]


def test_a_broken_day_of_another_source_is_no_hindrance(lake, tmp_path):
    publish_day(lake, "shop", str(DAY), [(T, [["1", "one"]])])
    publish_day(lake, "other", str(DAY), [(T, [["2", "two"]])])
    for file in (lake / "source=other").glob("*/*/*.csv"):
        file.unlink()
    assert rows(lake, tmp_path / "l", "FROM shop.t") == [(1, "one")]


@pytest.mark.parametrize(
    ("reads", "said"),
    [
        ([Reads("shop", "t"), Reads("away", "x")], "'away'"),
        ([Reads("shop", "u")], "no such table. It has: 't'"),
        ([Reads("shop_all", "u")], "no such table"),
        ([Reads("main", "t")], "cannot be read by models"),
    ],
)
def test_what_cannot_be_read_is_refused_before_anything_is_built(
    lake, reads, said
):
    publish_day(lake, "shop", str(DAY), [(T, [])])
    with pytest.raises(DaybookError, match=said):
        check(lake, DAY, reads)


def test_all_days_that_are_missing_are_named_with_their_commands(lake):
    reads = [Reads("one", "t"), Reads("two", "t")]
    with pytest.raises(InputError) as refusal:
        check(lake, DAY, reads)
    for source in ("one", "two"):
        command = f"DATESTAMP=2024-12-20 meltano run extract_{source}"
        assert command in refusal.value.instruction


def test_an_edited_file_of_an_earlier_day_is_refused(lake):
    publish_day(lake, "shop", "2024-12-19", [(T, [["1", "one"]])])
    publish_day(lake, "shop", str(DAY), [(T, [["2", "two"]])])
    (file,) = (lake / "source=shop/extracted_at=2024-12-19").glob("*/*.csv")
    file.write_bytes(file.read_bytes().replace(b"one", b"two"))
    check(lake, DAY, [Reads("shop", "t")])
    with pytest.raises(InputError, match=file.name):
        check(lake, DAY, [Reads("shop_all", "t")])


def test_a_day_that_models_make_is_asked_of_dbt(lake, tmp_path, monkeypatch):
    (tmp_path / "transform" / "models" / "sums").mkdir(parents=True)
    monkeypatch.setenv("MELTANO_PROJECT_ROOT", str(tmp_path))
    with pytest.raises(InputError) as refusal:
        check(lake, DAY, [Reads("sums", "t")])
    assert refusal.value.instruction.endswith(
        "MELTANO_ENVIRONMENT=transform SOURCE=sums DATESTAMP=2024-12-20 "
        "meltano run dbt:build tap-duckdb target-csv"
    )


def test_parts_that_are_missing_are_refused(lake):
    windowed = replace(T, window=Window(("id",), start=("1",), end=("2",)))
    publish_day(lake, "shop", str(DAY), [(windowed, [["2", "two"]])])
    with pytest.raises(InputError, match="comes in parts"):
        check(lake, DAY, [Reads("shop", "t")])
    check(lake, DAY, [Reads("shop_all", "t")])
