"""Values survive: a source's text forms are the warehouse's, to the byte."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from psycopg.sql import SQL, Composed, Identifier, Literal
from roundtrip import Held, Trip, change, trip, validate

from meltano import files_of

DAY, NEXT = "2024-12-20", "2024-12-21"
TYPES = """
    CREATE TYPE mood AS ENUM ('so so', '', 'NULL', 'Ä,"x');
    CREATE DOMAIN price AS numeric(10,2);
    CREATE DOMAIN special AS price CHECK (VALUE > 0);
    CREATE DOMAIN ints AS int[];
    CREATE DOMAIN moods AS mood[];
    CREATE TYPE pair AS (a int, b text);
    CREATE DOMAIN good_pair AS pair;
    CREATE TYPE span AS RANGE (subtype = float8, multirange_type_name = spans);
"""
VALUES: dict[str, list[str]] = {
    "smallint": ["-32768", "32767"],
    "bigint": ["-9223372036854775808", "9223372036854775807"],
    "numeric(38,18)": ["12345678901234567890.123456789012345678"],
    "numeric": [
        "1" + "0" * 131071,
        "1." + "0" * 16383,
        "1.0",
        "1.00",
        "NaN",
        "Infinity",
        "-Infinity",
    ],
    "numeric(5,-2)": ["1200"],
    "real": ["0.1", "3.4028235e+38", "1e-45", "NaN", "-0"],
    "double precision": ["0.1", "5e-324", "-0", "NaN", "-Infinity", "1e15"],
    "boolean": ["t", "f"],
    "date": ["infinity", "-infinity", "4713-01-01 BC", "10000-01-01"],
    "timestamp": ["-infinity", "0044-03-15 12:00 BC", "294276-12-31 23:59:59"],
    "timestamp(3)": ["2024-01-01 00:00:00.1239"],
    "timestamptz": ["2024-12-20 12:00:00.123456+05:30", "infinity"],
    "time": ["24:00", "00:00:00.000001"],
    "time with time zone": ["12:00:00.5+05:30", "00:00-15:59"],
    "interval": ["1 mon", "30 days", "-1 year 2 days -03:04:05.000001", "0"],
    "interval day to second(3)": ["1 day 02:03:04.5678"],
    "bytea": ["\\x", "\\x00ff0a225c2e"],
    "uuid": ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
    "json": ['{"a":  1, "a": 2.0}', "null", '"\\u00e9"', ' {\r\n"x":1e400}'],
    "jsonb": ['{"a": 1.00}', "null", '""'],
    "int[]": ["{}", "{1,NULL}", "{{1,2},{3,NULL}}", "[-1:0][2:2]={{1},{2}}"],
    "text[]": ['{"a,b",NULL,"NULL","","\\"\\\\","\n"}'],
    "numeric(6,2)[]": ["{1.5,NaN}"],
    "box[]": ["{(2,2),(1,1);(1,1),(0,0)}"],
    "int4range": ["empty", "[1,5)", "(,)"],
    "tstzrange": ["[2024-01-01,infinity)"],
    "int4multirange": ["{}", "{[1,2),[5,)}"],
    "inet": ["::1/64", "10.0.0.1"],
    "cidr": ["10.0.0.0/8"],
    "macaddr": ["08:00:2b:01:02:03"],
    "point": ["(1.5,-0)", "(NaN,Infinity)"],
    "line": ["{1,2,3}"],
    "box": ["(2,2),(1,1)"],
    "path": ["((0,0),(1,1))", "[(0,0),(1,1)]"],
    "polygon": ["((0,0),(1,1),(1,0))"],
    "circle": ["<(0,0),1>"],
    "tsvector": ["'a':1A 'it''s':2", ""],
    "tsquery": ["'a' & !'b'"],
    "bit(5)": ["10101"],
    "bit varying": ["", "1"],
    "money": ["-1234.50", "92233720368547758.07"],
    "char(5)": ["ab", "", "     ", "é"],
    "bpchar": ["a  "],
    "varchar(10)": ["", "é  "],
    '"char"': ["x", "", "\\377"],
    "name": ["x" * 63],
    "oid": ["4294967295"],
    "pg_lsn": ["0/16B3748"],
    "xid8": ["18446744073709551615"],
    "jsonpath": ['$."a"[*]'],
    "text": [
        "",
        "NULL",
        "\\N",
        "\\.",
        "a\n\\.\nb",
        "a\r\nb\nc\rd",
        '"',
        "\\",
        " x ",
        "😀",
        "a,b;\tc",
        "\u2028\x01\x7f",
        "\ufeff",
    ],
    "mood": ["so so", "", "NULL", 'Ä,"x'],
    "mood[]": ['{"so so",NULL,""}'],
    "price": ["1.5"],
    "special[]": ["{1.5}"],
    "ints": ["{1,2}", "[0:0]={5}"],
    "ints[]": ['{"{1,2}"}'],
    "moods": ['{"so so"}'],
    "pair": ['(1,"x y")', "(,)", '(1,"a""b\n")'],
    "pair[]": ['{"(1,\\"x y\\")"}'],
    "good_pair": ["(2,z)"],
    "span": ["[1,2]"],
    "spans": ["{[1,2]}"],
    "regclass": ["pg_class"],
}
LANDS_AS = {
    "mood": "text",
    "mood[]": "text[]",
    "price": "numeric(10,2)",
    "special[]": "numeric(10,2)[]",
    "ints": "integer[]",
    "ints[]": "text[]",
    "moods": "text[]",
    "pair": "text",
    "pair[]": "text[]",
    "good_pair": "text",
    "span": "text",
    "spans": "text",
    "regclass": "text",
}
"""What is the source's own lands as its base."""

CHANGES = [
    ("numeric", "1.0", "1.00"),
    ("numeric[]", "{1.0}", "{1.00}"),
    ("int[]", "{1,2}", "[0:1]={1,2}"),
    ("jsonb", '{"a": 1.0}', '{"a": 1.00}'),
    ("numrange", "[1.0,2)", "[1.00,2)"),
    ("interval", "1 mon", "30 days"),
    ("interval", "1 day", "24:00:00"),
    ("json", '{"a":1}', '{"a": 1}'),
    ("double precision", "-0", "0"),
    ("real", "0", "-0"),
    ("box", "(2,2),(0,0)", "(4,1),(0,0)"),
    ("char(3)", "a", "A"),
    ("text", "", None),
    ("text", None, ""),
    ("text", "NULL", None),
    ("text", "\\N", None),
    ("bytea", "\\x", None),
    ("pair", "(1,)", '(1,"")'),
]


@dataclass(frozen=True)
class Days:
    """The trip, with what both ends held after each day."""

    trip: Trip
    first: tuple[dict[str, Held], dict[str, Held]]
    second: tuple[dict[str, Held], dict[str, Held]]
    reports: list[subprocess.CompletedProcess[str]]
    was_unchanged: bool


@pytest.fixture(scope="module")
def days(
    server_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Days]:
    """Both days, the first of them twice."""
    lake = tmp_path_factory.mktemp("lake")
    with trip(server_url, lake, definitions()) as here:
        here.go(DAY)
        first = here.source_holds(), here.warehouse_holds()
        before = files_of(lake), here.row_versions()
        here.go(DAY)
        same = (files_of(lake), here.row_versions()) == before
        change(here.source, second_day())
        here.go(NEXT)
        second = here.source_holds(), here.warehouse_holds()
        reports = [validate(lake, day) for day in (DAY, NEXT)]
        yield Days(here, first, second, reports, same)


def definitions() -> Composed:
    """A table per type with all its values, and one per change."""
    statements = [SQL(TYPES).format()]
    for number, (kind, values) in enumerate(VALUES.items()):
        statements.append(table(f"t{number}", kind, [*values, None]))
    for number, (kind, before, _) in enumerate(CHANGES):
        statements.append(table(f"change{number}", kind, [before]))
    statements.append(SQL(GENERATED).format())
    statements.append(SQL(BIG).format())
    return SQL(";").join(statements)


GENERATED = """
    CREATE TABLE generated (
        a int,
        b int GENERATED ALWAYS AS (a * 2) STORED,
        c int GENERATED ALWAYS AS (a * 3) VIRTUAL,
        d int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        e serial);
    INSERT INTO generated (a) VALUES (1), (NULL)
"""
BIG = """
    CREATE TABLE big AS SELECT 1 AS id, repeat(E'é"\n', 5000000) AS v;
    ALTER TABLE big ADD PRIMARY KEY (id)
"""


def table(name: str, kind: str, values: list[str | None]) -> Composed:
    rows = [
        SQL("({}, {})").format(Literal(number), Literal(value))
        for number, value in enumerate(values)
    ]
    return SQL(
        "CREATE TABLE {name} (id int PRIMARY KEY, v {kind});"
        " INSERT INTO {name} VALUES {rows}"
    ).format(
        name=Identifier(name),
        kind=SQL(kind),
        rows=SQL(", ").join(rows),
    )


def second_day() -> Composed:
    return SQL(";").join(
        SQL("UPDATE {} SET v = {}").format(
            Identifier(f"change{number}"), Literal(after)
        )
        for number, (_, _, after) in enumerate(CHANGES)
    )


@pytest.mark.parametrize("kind", VALUES)
def test_values_arrive_with_their_type(days: Days, kind: str) -> None:
    source, warehouse = days.first
    name = f"t{list(VALUES).index(kind)}"
    assert warehouse[name].rows == source[name].rows
    assert len(source[name].rows) == len(VALUES[kind]) + 1
    lands_as = LANDS_AS.get(kind, source[name].types["v"])
    assert warehouse[name].types["v"] == lands_as


@pytest.mark.parametrize("number", range(len(CHANGES)))
def test_a_change_that_equality_cannot_see_arrives(
    days: Days, number: int
) -> None:
    name = f"change{number}"
    source, warehouse = days.second
    assert source[name].rows != days.first[0][name].rows
    assert warehouse[name].rows == source[name].rows


@pytest.mark.parametrize("name", ["generated", "big"])
def test_a_special_table_is_the_same_on_both_sides(
    days: Days, name: str
) -> None:
    source, warehouse = days.first
    assert warehouse[name] == source[name]


def test_a_second_run_changes_no_file_and_no_row(days: Days) -> None:
    assert days.was_unchanged


def test_frictionless_accepts_both_days(days: Days) -> None:
    for report in days.reports:
        assert report.returncode == 0, report.stdout
