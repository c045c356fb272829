"""What counts as a value of a type, before PostgreSQL is asked."""

from __future__ import annotations

import duckdb
import pytest

from daybook.csv.types import condition

FITS = {
    "smallint": ["1", "-32768", "+5", "007", "32767"],
    "bigint": ["9223372036854775807", "-9223372036854775808"],
    "numeric": ["1.", "0.10", ".5", "1e10", "NaN", "-Infinity", "1" * 200],
    "numeric(8,2)": ["123456.78", "-0.5", "000123456.780", "5.", ".5", "NaN"],
    "numeric(3)": ["999", "-1", "5.0"],
    "real": ["14", "9.8", "1e38", "NaN", "inf", "0", "0e5", "-0.0", "1e-40"],
    "double precision": ["1e308", "4.9e-324", "0.1"],
    "boolean": ["t", "true", "TRUE", "f", "yes", "no", "0", "1", "on", "of"],
    "date": ["2024-02-29", "-infinity", "10000-01-01", "0044-03-15 BC"],
    "time without time zone": ["12:30", "12:30:59.123456", "24:00:00"],
    "time with time zone": ["12:30+02", "12:30:59.1-03:30", "12:30Z"],
    "timestamp without time zone": [
        "2024-01-01 00:00:00",
        "2024-01-01T24:00:00",
        "infinity",
        "0044-03-15 12:00:00 BC",
        "2024-01-01 00:00:00.123456000",
    ],
    "timestamp(3) without time zone": ["2024-01-01 00:00:00.123"],
    "timestamp(0) without time zone": ["2024-01-01 00:00:00"],
    "timestamp with time zone": [
        "2024-01-01 00:00:00+00",
        "2024-01-01T00:00:00.5Z",
        "2024-01-01 00:00:00 +05:30",
    ],
    "uuid": ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
    "bytea": ["\\x", "\\x00fF"],
    "jsonb": ['{"a": 1}', "1", "null"],
    "character varying(3)": ["abc", "äöü", ""],
}
DOES_NOT = {
    "smallint": ["32768", "1.5", "1e3", " 5", "", "0x1f", "1_0", "x", "٣"],
    "bigint": ["9223372036854775808"],
    "numeric": ["", "1,5", "1e", "--1", ".", "1 000", "٣"],
    "numeric(8,2)": ["1234567", "1.234", "", ".", "-", "1e2", "Infinity"],
    "numeric(3)": ["1000", "0.5"],
    "real": ["1e39", "1e-60", "x", "", "1_0"],
    "double precision": ["1e309", "1e-400", "1,5"],
    "boolean": ["o", "ja", "2", ""],
    "date": ["2023-02-29", "2024-1-5", "20240105", "01/02/2024"],
    "time without time zone": ["25:00", "12:60", "12", "12:30+02"],
    "time with time zone": ["12:30"],
    "timestamp without time zone": [
        "2024-01-01",
        "2024-01-01T00:00:00Z",
        "2024-02-30 00:00:00",
        "2024-01-01 25:00:00",
        "2024-01-01 00:00:00.1234567",
    ],
    "timestamp(3) without time zone": ["2024-01-01 00:00:00.1234"],
    "timestamp(0) without time zone": ["2024-01-01 00:00:00.1"],
    "timestamp with time zone": ["2024-01-01 00:00:00"],
    "uuid": ["a0eebc99"],
    "bytea": ["abc", "\\x0"],
    "jsonb": ["{a:1}", ""],
    "character varying(3)": ["abcd"],
}


def pairs(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [
        (kind, value) for kind, values in table.items() for value in values
    ]


def fits(value: str, sql_type: str) -> bool:
    rule = condition("value", sql_type)
    with duckdb.connect() as connection:
        found = connection.execute(
            f"SELECT coalesce({rule}, false) FROM (SELECT ? AS value)", [value]
        ).fetchone()
    assert found
    return bool(found[0])


@pytest.mark.parametrize(("sql_type", "value"), pairs(FITS))
def test_a_value_of_the_type_is_taken(sql_type: str, value: str) -> None:
    assert fits(value, sql_type)


@pytest.mark.parametrize(("sql_type", "value"), pairs(DOES_NOT))
def test_a_value_that_would_change_or_fail_is_not(
    sql_type: str, value: str
) -> None:
    assert not fits(value, sql_type)


@pytest.mark.parametrize("sql_type", ["text", "interval", "inet", "text[]"])
def test_other_types_are_left_to_the_database(sql_type: str) -> None:
    assert condition("value", sql_type) == ""
