"""Kinds, and the SQL that turns the lake's text into what is sent."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybook.neo4j import kinds
from daybook.neo4j.kinds import Base, Form, Kind, kind_of
from graph_values import asked, fits, sent


@pytest.mark.parametrize(
    ("sql_type", "expected"),
    [
        ("smallint", "integer"),
        ("integer", "integer"),
        ("bigint", "integer"),
        ("numeric(15,2)", "float"),
        ("numeric(3)", "float"),
        ("numeric(3,-2)", "float"),
        ("numeric(3,900)", "string"),
        ("numeric(16,2)", "string"),
        ("numeric(20,0)", "string"),
        ("numeric", "string"),
        ("real", "float"),
        ("double precision", "float"),
        ("boolean", "boolean"),
        ("date", "date"),
        ("time(3) without time zone", "local time"),
        ("time with time zone", "time"),
        ("timestamp without time zone", "local datetime"),
        ("timestamp(3) with time zone", "datetime"),
        ("interval", "duration"),
        ("interval(3)", "duration"),
        ("interval day to second(3)", "duration"),
        ("bytea", "bytes"),
        ("text", "string"),
        ("character varying(10)", "string"),
        ("uuid", "string"),
        ("jsonb", "string"),
        ("money", "string"),
        ("int4range", "string"),
        ("x.interval_of_mine", "string"),
        ("integer[]", "integer list"),
        ("numeric(10,2)[]", "float list"),
        ("timestamp(3) with time zone[]", "datetime list"),
        ("bytea[]", "string list"),
        ("box[]", "string list"),
    ],
)
def test_a_columns_kind_follows_its_type(sql_type: str, expected: str) -> None:
    assert str(kind_of(sql_type)) == expected


@pytest.mark.parametrize("base", Base)
@pytest.mark.parametrize("form", Form)
def test_null_is_null_and_fits(base: Base, form: Form) -> None:
    kind = Kind(base, form)
    assert sent(kind, None) is None
    assert fits(kind, None) is True
    assert asked(kinds.fits_list("v"), None) is True


@pytest.mark.parametrize("base", Base)
@pytest.mark.parametrize("form", Form)
def test_what_is_sent_has_the_type_that_is_said(
    base: Base, form: Form
) -> None:
    kind = Kind(base, form)
    found = asked(f"typeof({kinds.parameter(kind, 'v')})", None)
    assert found == kinds.duckdb_type(kind)


@pytest.mark.parametrize(
    ("sql_type", "text", "expected"),
    [
        ("bigint", "-9223372036854775808", -(2**63)),
        ("bigint", "5.00", 5),
        ("double precision", "5e-324", 5e-324),
        ("double precision", "-Infinity", float("-inf")),
        ("boolean", "t", True),
        ("boolean", "off", False),
        ("boolean", "TRUE", True),
        ("bytea", "\\x", b""),
        ("bytea", "\\x00Ff", b"\x00\xff"),
        ("text", "", ""),
        ("date", "0001-01-01", "0001-01-01"),
        ("date", "10000-01-01", "+10000-01-01"),
        ("date", "0001-12-31 BC", "0000-12-31"),
        ("date", "0044-03-15 BC", "-0043-03-15"),
        ("date", "20001-03-15 BC", "-20000-03-15"),
        ("time without time zone", "12:34", "12:34:00"),
        ("time without time zone", "12:34:56.120", "12:34:56.12"),
        ("time without time zone", "12:34:56.000", "12:34:56"),
        ("time with time zone", "12:34:56+00", "12:34:56Z"),
        ("time with time zone", "12:34:56.5-15:59", "12:34:56.5-15:59"),
        ("time with time zone", "12:34 +0530", "12:34:00+05:30"),
        ("time with time zone", "12:34:56-00:00:00", "12:34:56Z"),
        ("timestamp without time zone", "2024-12-20 00:00:00.5",
         "2024-12-20T00:00:00.5"),
        ("timestamp without time zone", "2024-12-20T07:30",
         "2024-12-20T07:30:00"),
        ("timestamp without time zone", "0044-03-15 12:00:00 BC",
         "-0043-03-15T12:00:00"),
        ("timestamp with time zone", "2024-12-20 12:34:56+00",
         "2024-12-20T12:34:56Z"),
        ("timestamp with time zone", "2024-12-20T12:34Z",
         "2024-12-20T12:34:00Z"),
        ("timestamp with time zone", "2024-12-20 12:34:56.10+02",
         "2024-12-20T12:34:56.1+02:00"),
        ("timestamp with time zone", "0044-03-15 12:00:00.25+00 BC",
         "-0043-03-15T12:00:00.25Z"),
        ("timestamp with time zone", "294276-12-31 23:59:59.999999+00",
         "+294276-12-31T23:59:59.999999Z"),
        ("interval", "00:00:00", "PT0S"),
        ("interval", "1 year 2 mons -3 days +04:05:06.7",
         "P1Y2M-3DT4H5M6.7S"),
        ("interval", "-00:00:00.5", "PT-0.5S"),
        ("interval", "-2562047788:00:54.775808",
         "PT-2562047788H-54.775808S"),
        ("interval", "PT90M", "PT1H30M"),
        ("interval", "P2W", "P14D"),
        ("interval", "PT1M-0.5S", "PT59.5S"),
        ("text[]", "{}", []),
        ("text[]", '{a, "b c" ,"",NULLS,"NULL"}',
         ["a", "b c", "", "NULLS", "NULL"]),
        ("date[]", '{"0044-03-15 BC"}', ["-0043-03-15"]),
        ("bytea[]", '{"\\\\x00ff"}', ["\\x00ff"]),
        ("box[]", "{(1,1),(0,0);(2,2),(1,1)}",
         ["(1,1),(0,0)", "(2,2),(1,1)"]),
    ],
)  # fmt: skip
def test_a_text_is_sent_as_neo4j_writes_the_value(
    sql_type: str, text: str, expected: object
) -> None:
    kind = kind_of(sql_type)
    assert fits(kind, text) is True
    found = sent(kind, text)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("sql_type", "text"),
    [
        ("bigint", "9223372036854775808"),
        ("bigint", "1.5"),
        ("bigint", ""),
        ("double precision", "x"),
        ("boolean", "maybe"),
        ("bytea", "\\x0"),
        ("bytea", "abc"),
        ("date", "infinity"),
        ("date", "-infinity"),
        ("date", "2024-02-30"),
        ("time without time zone", "24:00:00"),
        ("time without time zone", "23:59:60"),
        ("time with time zone", "12:00:00+05:30:15"),
        ("time with time zone", "12:00:00+18:01"),
        ("timestamp without time zone", "infinity"),
        ("timestamp without time zone", "2023-02-29 12:00:00"),
        ("timestamp with time zone", "-infinity"),
        ("timestamp with time zone", "2024-12-20 12:00:00"),
        ("interval", "infinity"),
        ("interval", ""),
        ("interval", "P"),
        ("interval", "P1.5D"),
        ("date[]", "{2024-12-20,infinity}"),
        ("interval[]", '{"1 day",-infinity}'),
    ],
)
def test_a_text_that_neo4j_cannot_hold_is_found_not_an_error(
    sql_type: str, text: str
) -> None:
    kind = kind_of(sql_type)
    assert fits(kind, text) is False
    sent(kind, text)


@given(st.dates(), st.times(), st.integers(0, 9))
def test_moments_lose_only_needless_zeros(
    day: datetime.date, time: datetime.time, zeros: int
) -> None:
    clock = f"{time:%H:%M:%S}"
    fraction = f"{time.microsecond:06}".rstrip("0")
    ours = f"{day}T{clock}" + (f".{fraction}" if fraction else "")
    text = f"{day} {clock}.{fraction}{'0' * max(zeros, not fraction)}+00"
    kind = Kind(Base.DATETIME)
    assert sent(kind, text) == f"{ours}Z"
    assert fits(kind, text) is True


@given(st.integers(1, 5874897), st.booleans())
def test_years_are_those_of_iso(year: int, before: bool) -> None:
    text = f"{year:04}-02-28" + (" BC" if before else "")
    iso = 1 - year if before else year
    sign = "+" if iso > 9999 else "-" if iso < 0 else ""
    assert sent(Kind(Base.DATE), text) == f"{sign}{abs(iso):04}-02-28"


def test_cypher_makes_temporals_of_text_and_back() -> None:
    date, dates = Kind(Base.DATE), Kind(Base.DATE, Form.LIST)
    assert kinds.in_cypher(date, "row[2]") == "date(row[2])"
    assert kinds.out_of_cypher(date, "n.`p`") == "toString(n.`p`)"
    assert kinds.in_cypher(dates, "row[2]") == (
        "[element IN row[2] | date(element)]"
    )
    assert kinds.in_cypher(dates.as_json, "row[2]") == "row[2]"
    assert kinds.in_cypher(date.as_text, "row[2]") == "row[2]"
