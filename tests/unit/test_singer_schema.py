import dataclasses

import pytest

from daybook.day import Day
from daybook.errors import InputError
from daybook.personal import Personal
from daybook.singer.schema import (
    Origin,
    base_type,
    from_singer,
    json_properties,
    origin_of,
    to_singer,
)
from daybook.table import Column, ForeignKey, Table
from daybook.window import Window

TABLE = Table(
    "sales-eu",
    "Order Lines",
    (
        Column("id", "bigint", nullable=False),
        Column("price", "numeric(38,18)"),
        Column("mood", "text", source_type='public."mood"'),
        Column("_sdc_deleted_at", "timestamp(3) with time zone"),
    ),
    ("id",),
    (ForeignKey("fk", ("id",), "public", "orders", ("id",), "postgres"),),
)


def test_a_table_reads_back_from_its_schema_message():
    schema = to_singer(TABLE)
    assert from_singer("ignored", schema, ["id"]) == TABLE


def test_the_lake_day_reads_back_from_the_schema_message():
    origin = Origin("postgres", Day(2024, 12, 20))
    assert origin_of(to_singer(TABLE, origin)) == origin
    assert origin_of(to_singer(TABLE)) is None


def test_a_window_reads_back_from_the_schema_message():
    window = Window(("id",), None, ("7",))
    table = dataclasses.replace(TABLE, window=window)
    assert from_singer("ignored", to_singer(table), ["id"]) == table


def test_what_is_personal_reads_back_from_the_schema_message():
    columns = (
        Column("email", "text", personal=Personal("email")),
        Column("line", "text", personal=Personal("", (("id", "subject"),))),
    )
    table = dataclasses.replace(
        TABLE, columns=(*TABLE.columns, *columns), foreign_keys=()
    )
    assert from_singer("ignored", to_singer(table), ["id"]) == table


def test_what_can_be_nothing_personal_is_refused():
    schema = to_singer(TABLE)
    schema["properties"]["mood"]["x-personal"] = "mood"
    with pytest.raises(InputError, match="x-personal"):
        from_singer("s", schema, ["id"])


def test_a_malformed_window_is_refused():
    schema = to_singer(TABLE) | {"x-window": {"columns": ["id"]}}
    with pytest.raises(InputError, match="x-window"):
        from_singer("s", schema, ["id"])


def test_earlier_days_read_back_from_the_schema_message():
    days = (Day(2024, 12, 18), Day(2024, 12, 19))
    origin = Origin("postgres", Day(2024, 12, 20), days)
    assert origin_of(to_singer(TABLE, origin)) == origin


@pytest.mark.parametrize(
    ("definition", "sql_type"),
    [
        ({"type": "integer"}, "bigint"),
        ({"type": ["null", "number"]}, "numeric"),
        ({"type": ["integer", "number"]}, "numeric"),
        ({"type": ["boolean", "null"]}, "boolean"),
        ({"type": "string"}, "text"),
        ({"type": "string", "format": "date"}, "date"),
        (
            {"type": ["string", "null"], "format": "date-time"},
            "timestamp with time zone",
        ),
        (
            {
                "anyOf": [
                    {"type": "null"},
                    {"type": "string", "format": "uuid"},
                ]
            },
            "uuid",
        ),
        ({"type": "object", "properties": {}}, "jsonb"),
        ({"type": ["array", "null"], "items": {}}, "jsonb"),
        ({"type": ["string", "object"]}, "jsonb"),
        ({"type": ["string", "integer"]}, "text"),
        ({}, "text"),
    ],
)
def test_another_taps_types_come_from_its_json_schema(definition, sql_type):
    table = from_singer("a-b", {"properties": {"x": definition}}, [])
    assert table.column("x").sql_type == sql_type


def test_another_taps_stream_name_gives_schema_and_table():
    table = from_singer("public-orders", {"properties": {"id": {}}}, [])
    assert (table.schema, table.name) == ("public", "orders")


@pytest.mark.parametrize(
    ("schema", "keys", "problem"),
    [
        ({}, [], "no `properties`"),
        ({"properties": {}}, [], "no `properties`"),
        ({"properties": {"a": True}}, [], "the property 'a'"),
        ({"properties": {"a": {}}}, ["a", "b"], "the key property 'b'"),
    ],
)
def test_a_schema_that_is_no_tables_is_refused(schema, keys, problem):
    with pytest.raises(InputError, match=problem):
        from_singer("crm-orders", schema, keys)


def test_only_other_taps_json_is_written_as_json_text():
    ours = to_singer(Table("s", "t", (Column("doc", "jsonb"),)))
    theirs = {"properties": {"doc": {"type": "object"}}}
    assert json_properties(ours) == frozenset()
    assert json_properties(theirs) == {"doc"}


@pytest.mark.parametrize(
    ("sql_type", "base"),
    [
        ("numeric(38,18)", "numeric"),
        ("timestamp(3) with time zone", "timestamp with time zone"),
        ("character varying(40)", "character varying"),
        ("text", "text"),
        ("bit(3)[]", "bit[]"),
    ],
)
def test_the_base_type_has_no_modifiers(sql_type, base):
    assert base_type(sql_type) == base
