"""PostgreSQL's text -> the JSON values of RECORD messages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from daybook.singer.schema import to_singer
from daybook.singer.values import json_reader
from daybook.table import Column, Table


@pytest.mark.parametrize(
    ("sql_type", "text", "value"),
    [
        ("bigint", "9223372036854775807", 9223372036854775807),
        ("numeric(38,18)", "1.000000000000000000", Decimal("1." + 18 * "0")),
        ("real", "9.80", Decimal("9.80")),
        ("boolean", "t", True),
        ("boolean", "off", False),
        ("date", "infinity", "infinity"),
        ("integer[]", "{1,NULL}", "{1,NULL}"),
        ("text", "1", "1"),
    ],
)
def test_a_value_keeps_its_digits(
    sql_type: str, text: str, value: Any
) -> None:
    read = json_reader(sql_type)(text)

    assert (read, str(read)) == (value, str(value))


def test_a_negative_zero_keeps_its_sign() -> None:
    assert str(json_reader("real")("-0")) == "-0.0"


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-inf", "x"])
def test_what_json_cannot_say_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=text):
        json_reader("double precision")(text)


@pytest.mark.parametrize(
    ("sql_type", "text"),
    [("smallint", "1"), ("numeric(8,2)", "1"), ("boolean", "t"), ("uuid", "")],
)
def test_values_are_of_the_schemas_type(sql_type: str, text: str) -> None:
    table = Table("", "t", (Column("c", sql_type, nullable=False),))
    kinds = {int: "integer", Decimal: "number", bool: "boolean", str: "string"}

    value = json_reader(sql_type)(text)

    declared = to_singer(table)["properties"]["c"]["type"]
    assert kinds[type(value)] == declared
