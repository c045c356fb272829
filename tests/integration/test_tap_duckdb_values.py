"""Every type of DuckDB arrives with the text that PostgreSQL writes."""

from __future__ import annotations

import struct
from pathlib import Path

import duckdb
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daybook.duckdb.macros import MACROS
from daybook.duckdb.texts import text_of
from daybook.duckdb.types import from_duckdb, sql_type

GOLDEN = Path(__file__).parents[1] / "golden" / "duckdb_types.tsv"
"""A value in DuckDB's SQL, the type it lands as, the text it has then."""

CHARACTERS = st.characters(codec="utf-8", exclude_characters="\0")

PG_SETTINGS = (
    "SET TimeZone = 'UTC'; SET IntervalStyle = 'postgres'; "
    "SET DateStyle = 'ISO'; SET bytea_output = 'hex'; "
    "SET extra_float_digits = 3"
)


def golden():
    lines = GOLDEN.read_text().splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


@pytest.fixture(scope="module")
def duck():
    """DuckDB with the macros that write texts."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for macro in MACROS:
        connection.execute(f"CREATE TEMP MACRO {macro}")
    return connection


@pytest.fixture(scope="module")
def postgres(server_url):
    """A session with PostgreSQL that writes values as the lake has them."""
    with psycopg.connect(server_url, autocommit=True) as session:
        session.execute(PG_SETTINGS)
        yield session


def landed(duck, value: str, *parameters: object) -> tuple[str, str | None]:
    """Return the type that a value of DuckDB lands as, and its text."""
    query = f"SELECT {value} AS v"
    described = duck.execute(f"{query} LIMIT 0", parameters).description
    of = from_duckdb(described[0][1])
    duck.fetchall()
    text = text_of(of, "v", "v")
    row = duck.execute(f"SELECT {text} FROM ({query})", parameters).fetchall()
    return sql_type(of), row[0][0]


def in_postgres(postgres, text: str | None, kind: str) -> str | None:
    """Return the text of what PostgreSQL reads from a text."""
    # A boolean's cast to text says `true`, its own output `t`.
    query = f"SELECT format('%%s', %s::text::{kind})"
    return text and postgres.execute(query, [text]).fetchone()[0]


@pytest.mark.parametrize(("value", "kind", "text"), golden())
def test_a_type_lands_as_documented(duck, postgres, value, kind, text):
    expected = None if text == "(null)" else text
    assert landed(duck, value) == (kind, expected)
    assert in_postgres(postgres, expected, kind) == expected


many = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@many
@given(st.floats(), st.integers(2**53, 2**70))
def test_doubles_have_postgresqls_digits(duck, postgres, number, large):
    for value in (number, float(large)):
        kind, text = landed(duck, "CAST(? AS DOUBLE)", value)
        assert in_postgres(postgres, text, kind) == text


@many
@given(st.floats(width=32), st.integers(2**24, 2**40))
def test_reals_have_postgresqls_digits(duck, postgres, number, large):
    single = struct.unpack("f", struct.pack("f", large))[0]
    for value in (number, single):
        kind, text = landed(duck, "CAST(? AS FLOAT)", value)
        assert in_postgres(postgres, text, kind) == text


@pytest.mark.parametrize("exponent", range(1, 23))
def test_a_double_halfway_between_two_decimals_takes_more_digits(
    duck, postgres, exponent
):
    # An odd number of 54 bits that ends in zeros: between two doubles.
    five = 5**exponent
    half = float(((2**53 // five) | 1) * five + 2 * five)
    kind, text = landed(duck, "CAST(? AS DOUBLE)", half * 2.0**exponent)
    assert in_postgres(postgres, text, kind) == text


@many
@given(
    st.integers(-(2**31) + 1, 2**31 - 1),
    st.integers(-(2**31) + 1, 2**31 - 1),
    st.integers(-(2**62), 2**62),
)
def test_intervals_are_written_in_postgresqls_words(
    duck, postgres, months, days, microseconds
):
    value = "to_months(?) + to_days(?) + to_microseconds(?)"
    kind, text = landed(duck, value, months, days, microseconds)
    assert in_postgres(postgres, text, kind) == text


@many
@given(st.lists(st.none() | st.text(CHARACTERS)))
def test_lists_of_texts_are_array_literals(duck, postgres, texts):
    kind, text = landed(duck, "CAST(? AS VARCHAR[])", texts)
    assert kind == "text[]"
    cursor = postgres.execute("SELECT %s::text::text[]", [text])
    assert cursor.fetchone()[0] == texts
    assert in_postgres(postgres, text, kind) == text


@many
@given(st.text(CHARACTERS))
def test_structs_are_written_as_jsonb_is(duck, postgres, value):
    struct_ = "{'long': CAST(? AS VARCHAR), 'b': [1.5, NULL], 'a': {'x': 1}}"
    kind, text = landed(duck, struct_, value)
    assert kind == "jsonb"
    assert in_postgres(postgres, text, kind) == text


@pytest.mark.parametrize(
    "value",
    [
        "'a' || chr(0)",
        "DATE '4714-11-23 (BC)'",
        "TIMESTAMP '4714-11-23 (BC) 10:00:00'",
        "TIMESTAMP_NS '2024-01-01 10:00:00.123456789'",
        "'2024-01-01 10:00:00.123456789+00'::TIMESTAMPTZ_NS",
        "['a' || chr(0)]",
    ],
)
def test_a_value_that_postgresql_cannot_hold_is_refused(duck, value):
    with pytest.raises(duckdb.InvalidInputException, match="column v"):
        landed(duck, value)
