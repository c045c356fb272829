import pytest

from daybook.lake.table_schema import from_table_schema
from daybook.table import ForeignKey

PLACES = {"orders": ("", "orders"), "customers": ("", "customers")}


def read(schema, keys=()):
    return from_table_schema(schema, ("", "orders"), PLACES, keys)


@pytest.mark.parametrize(
    ("field", "sql_type"),
    [
        ({}, "text"),
        ({"type": "integer"}, "bigint"),
        ({"type": "datetime"}, "timestamp with time zone"),
        ({"type": "string", "format": "uuid"}, "uuid"),
        ({"type": "any"}, "text"),
        ({"type": "number", "daybook": {"type": "real"}}, "real"),
    ],
)
def test_a_field_of_a_users_own_package_has_a_sql_type(field, sql_type):
    table = read({"fields": [{"name": "c", **field}]})
    assert table.column("c").sql_type == sql_type


def test_a_required_field_and_a_key_are_not_null():
    fields = [
        {"name": "id"},
        {"name": "must", "constraints": {"required": True}},
        {"name": "may"},
    ]
    table = read({"fields": fields, "primaryKey": "id"})
    assert [c.nullable for c in table.columns] == [False, False, True]
    assert table.primary_key == ("id",)


def test_a_foreign_key_refers_to_a_resource_of_the_package():
    key = {
        "fields": "customer",
        "reference": {"resource": "customers", "fields": "id"},
    }
    table = read({"fields": [{"name": "customer"}], "foreignKeys": [key]})
    assert table.foreign_keys == (
        ForeignKey("", ("customer",), "", "customers", ("id",)),
    )


def test_a_key_to_another_source_stands_beside_the_standard_ones():
    own = {
        "name": "",
        "columns": ["customer"],
        "schema": "public",
        "table": "customers",
        "references": ["id"],
        "source": "postgres",
    }
    table = read({"fields": [{"name": "customer"}]}, [own])
    assert table.foreign_keys[0].source == "postgres"


def test_a_key_to_an_unknown_resource_is_an_error():
    key = {
        "fields": ["c"],
        "reference": {"resource": "nowhere", "fields": ["id"]},
    }
    with pytest.raises(KeyError):
        read({"fields": [{"name": "c"}], "foreignKeys": [key]})
