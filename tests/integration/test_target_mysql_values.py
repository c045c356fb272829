"""Values in MySQL: those of the day, or an error that names the row."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mysql_input import load, outcome
from singer_input import Stream, source

import harness
from daybook.errors import InputError

DAY, NEW = "2024-12-20", "2024-12-21"
PI = "3.141592653589793238462643383279"
at = datetime.datetime.fromisoformat
CASES: list[tuple[str, str, str, Any]] = [
    ("smallint", "smallint", "-32768", -32768),
    ("integer", "int", "2147483647", 2147483647),
    ("bigint", "bigint", "-9223372036854775808", -9223372036854775808),
    ("numeric(20,0)", "decimal(20,0)", "18446744073709551615", 2**64 - 1),
    ("numeric(65,30)", "decimal(65,30)", PI, Decimal(PI)),
    ("numeric", "longtext", "1.10", "1.10"),
    ("numeric(70,2)", "longtext", "1" * 68 + ".10", "1" * 68 + ".10"),
    ("real", "double", "16777216", 16777216.0),
    ("real", "double", "0.1", 0.1),
    (
        "double precision",
        "double",
        "1.7976931348623157e+308",
        1.7976931348623157e308,
    ),
    ("double precision", "double", "5e-324", 5e-324),
    ("boolean", "tinyint(1)", "t", 1),
    ("boolean", "tinyint(1)", "f", 0),
    ("date", "date", "0001-01-01", datetime.date(1, 1, 1)),
    ("date", "date", "9999-12-31", datetime.date(9999, 12, 31)),
    ("time without time zone", "time(6)", "24:00:00", datetime.timedelta(1)),
    (
        "timestamp(3) without time zone",
        "datetime(3)",
        "2024-02-29 23:59:59.999",
        at("2024-02-29T23:59:59.999"),
    ),
    (
        "timestamp with time zone",
        "datetime(6)",
        "2024-02-29 23:59:59.000001+00",
        at("2024-02-29T23:59:59.000001"),
    ),
    (
        "timestamp with time zone",
        "datetime(6)",
        "2024-02-29 23:30:00-01:30",
        at("2024-03-01T01:00:00"),
    ),
    ("time with time zone", "longtext", "12:00:00+02", "12:00:00+02"),
    ("interval", "longtext", "1 mon -2 days", "1 mon -2 days"),
    ("uuid", "char(36)", *["00000000-0000-0000-0000-00000000000a"] * 2),
    ("json", "longtext", '{"a":  1}', '{"a":  1}'),
    ("jsonb", "longtext", '{"a": "\\u0000 \\n"}', '{"a": "\\u0000 \\n"}'),
    ("text[]", "longtext", '{"a,b",NULL}', '{"a,b",NULL}'),
    ("character varying(40)", "varchar(40)", "ü ", "ü "),
    ("character(3)", "varchar(3)", "a  ", "a  "),
    ("character varying(9999)", "longtext", "x" * 9999, "x" * 9999),
    ("bytea", "longblob", "\\x00ff5c27220a", b"\0\xff\\'\"\n"),
    ("bytea", "longblob", "\\x", b""),
    ("text", "longtext", "", ""),
    ("text", "longtext", "NULL", "NULL"),
    ("text", "longtext", "\\N", "\\N"),
    ("text", "longtext", "\\", "\\"),
    ("text", "longtext", 'a"b""c\\"d\t,\r\n;', 'a"b""c\\"d\t,\r\n;'),
    ("text", "longtext", "😀\u0001\x7f\ufeff", "😀\u0001\x7f\ufeff"),
]


def day(kind: str, *values: str | None) -> Stream:
    types = {"a": "text", "b": "integer", "v": kind}
    rows = [(f"k{at}", "7", value) for at, value in enumerate(values)]
    return Stream("t", types, rows, ("a", "b"))


@pytest.fixture
def values(mariadb_url: str, tmp_path: Path) -> str:
    """A database with a table of all cases: values, then NULLs."""
    types = {f"c{at}": case[0] for at, case in enumerate(CASES)}
    rows = [
        ("1", *(case[2] for case in CASES)),
        ("2", *(None for _ in CASES)),
    ]
    stream = Stream("t", {"id": "integer"} | types, rows, ("id",))
    load(mariadb_url, source(tmp_path, DAY, stream))
    load(mariadb_url, source(tmp_path, NEW, stream), recheck=True)
    return mariadb_url


def test_values_are_what_they_were(values: str) -> None:
    first, second = harness.mysql(values, "SELECT * FROM t ORDER BY id")
    assert first[1:] == tuple(case[3] for case in CASES)
    assert second[1:] == tuple(None for _ in CASES)


def test_types_are_those_of_the_manual(values: str) -> None:
    _, *found = harness.mysql(values, "SHOW COLUMNS FROM t")
    # MariaDB adds a width to integers.
    types = [re.sub(r"int\((?!1\)).*\)", "int", row[1]) for row in found]
    assert types == [case[1] for case in CASES]


def test_values_compared_again_are_unchanged(values: str) -> None:
    assert outcome(values, "t") == ("unchanged", 0, 0, 0)


@pytest.mark.parametrize(
    "kind, text",
    [
        ("date", "infinity"),
        ("date", "0044-03-15 BC"),
        ("date", "10000-01-01"),
        ("timestamp without time zone", "-infinity"),
        ("timestamp with time zone", "infinity"),
        ("timestamp with time zone", "0044-03-15 00:00:00+00 BC"),
        ("timestamp with time zone", "10000-01-01 00:00:00+00"),
        ("double precision", "NaN"),
        ("double precision", "-Infinity"),
        ("real", "NaN"),
        ("numeric(10,2)", "NaN"),
        ("numeric(4,2)", "123.45"),
        ("numeric(4,2)", "1.234"),
        ("integer", "2147483648"),
        ("integer", "abc"),
        ("boolean", "maybe"),
        ("bytea", "abc"),
        ("uuid", "x" * 37),
        ("character varying(2)", "abc"),
    ],
)
def test_what_mysql_cannot_hold_fails_with_its_key(
    mariadb_url: str, tmp_path: Path, kind: str, text: str
) -> None:
    with pytest.raises(InputError) as caught:
        load(mariadb_url, source(tmp_path, DAY, day(kind, None, None, text)))
    assert "(a, b) = (k2, 7), column v: the value" in caught.value.reason
    assert text in caught.value.reason
    assert harness.mysql(mariadb_url, "SELECT a FROM t") == []


@pytest.mark.parametrize(
    "kind, text", [("date", "infinity"), ("numeric(4,2)", "NaN")]
)
def test_a_value_that_does_not_fit_leaves_the_old_rows(
    mariadb_url: str, tmp_path: Path, kind: str, text: str
) -> None:
    load(mariadb_url, source(tmp_path, DAY, day(kind, None)))
    with pytest.raises(InputError) as caught:
        load(mariadb_url, source(tmp_path, NEW, day(kind, None, text)))
    assert "(a, b) = (k1, 7), column v: the value" in caught.value.reason
    assert harness.mysql(mariadb_url, "SELECT a FROM t") == [("k0",)]


def test_null_in_a_key_fails(mariadb_url: str, tmp_path: Path) -> None:
    stream = Stream("t", {"id": "integer"}, [("1",), (None,)], ("id",))
    with pytest.raises(InputError, match="column id: the value 'NULL'"):
        load(mariadb_url, source(tmp_path, DAY, stream))


def test_minus_zero_is_a_change(mariadb_url: str, tmp_path: Path) -> None:
    types = {"id": "integer", "v": "double precision"}
    for day, text in ((DAY, "0"), (NEW, "-0")):
        stream = Stream("t", types, [("1", text)], ("id",))
        load(mariadb_url, source(tmp_path, day, stream))
    [(value,)] = harness.mysql(mariadb_url, "SELECT v FROM t")
    assert str(value) == "-0.0"


@pytest.fixture(scope="module")
def texts_url(mariadb_server_url: str) -> Any:
    url = harness.create_mysql_database(mariadb_server_url, "texts")
    yield url
    harness.drop_mysql_database(mariadb_server_url, url)


TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0")
)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    rows=st.dictionaries(
        TEXTS.filter(lambda text: len(text) < 200),
        st.one_of(st.none(), TEXTS),
        max_size=20,
    )
)
def test_any_texts_arrive_as_they_are(
    texts_url: str, tmp_path_factory: pytest.TempPathFactory, rows: Any
) -> None:
    stream = Stream(
        "t", {"k": "text", "v": "text"}, list(rows.items()), ("k",)
    )
    folder = tmp_path_factory.mktemp("day")
    load(texts_url, source(folder, DAY, stream))
    found = harness.mysql(texts_url, "SELECT k, v FROM t")
    assert dict(found) == rows
    assert len(found) == len(rows)


def test_a_large_value_arrives_whole(mariadb_url: str, tmp_path: Path) -> None:
    types = {"id": "integer", "t": "text", "b": "bytea"}
    text, data = "ü\n\"'" * 1_500_000, b"\0\xff" * 3_000_000
    rows = [("1", text, f"\\x{data.hex()}")]
    stream = Stream("t", types, rows, ("id",))
    load(mariadb_url, source(tmp_path, DAY, stream))
    [found] = harness.mysql(mariadb_url, "SELECT t, b FROM t")
    assert found == (text, data)


def test_a_wide_table_loads(mariadb_url: str, tmp_path: Path) -> None:
    types = {f"c{at}": "character varying(200)" for at in range(150)}
    rows = [tuple("x" * 200 for _ in types)]
    load(mariadb_url, source(tmp_path, DAY, Stream("t", types, rows)))
    assert harness.mysql(mariadb_url, "SELECT c149 FROM t") == [("x" * 200,)]
