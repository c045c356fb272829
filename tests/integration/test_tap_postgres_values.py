"""tap-postgres: every value arrives, to the byte of its text form."""

from __future__ import annotations

import hashlib
import math
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from extracts import extract
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.sql import SQL, Identifier
from snapshots import export_one

from harness import sql

VALUES = {
    "bigint": ["-9223372036854775808", "9223372036854775807"],
    "numeric(38,18)": ["12345678901234567890.123456789012345678", "-0"],
    "numeric": ["1.00", "1.0", "NaN", "Infinity", "-Infinity", "1e-30"],
    "real": ["0.1", "3.4028235e+38", "1e-45", "NaN", "-Infinity"],
    "double precision": ["1e15", "0.1", "5e-324", "-0", "NaN", "Infinity"],
    "boolean": ["t", "f"],
    "date": ["infinity", "-infinity", "4713-01-01 BC", "10000-01-01"],
    "timestamp": ["infinity", "0044-03-15 12:00 BC", "294276-12-31"],
    "timestamptz": ["2024-12-20 12:00:00.123456+05:30", "-infinity"],
    "time": ["24:00", "00:00:00.000001"],
    "time with time zone": ["12:00:00+05:30", "00:00-15:59"],
    "interval": ["1 mon", "30 days", "-1 year 2 days -03:04:05.000001"],
    "bytea": ["\\x", "\\x00ff0a22"],
    "uuid": ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
    "json": ['{"a":  1, "a": 2.0}', "null", '"\\u00e9"', "[]\n"],
    "jsonb": ['{"a": 1.00}', "null"],
    "int[]": ["{}", "{1,NULL}", "{{1,2},{3,NULL}}", "[0:1]={1,2}"],
    "text[]": ['{"a,b",NULL,"NULL","","\\"\\\\"}'],
    "box[]": ["{(2,2),(1,1);(1,1),(0,0)}"],
    "int4range": ["empty", "[1,5)", "(,)"],
    "int4multirange": ["{}", "{[1,2),[5,)}"],
    "inet": ["::1/64", "10.0.0.1"],
    "cidr": ["10.0.0.0/8"],
    "macaddr": ["08:00:2b:01:02:03"],
    "point": ["(1.5,-0)", "(NaN,Infinity)"],
    "tsvector": ["'a':1A 'it''s':2"],
    "tsquery": ["'a' & !'b'"],
    "bit(5)": ["10101"],
    "bit varying": ["", "1"],
    "money": ["-1234.50"],
    "char(5)": ["ab", "", "     "],
    "varchar(10)": ["", "é"],
    '"char"': ["x"],
    "pg_lsn": ["0/16B3748"],
    "text": [
        "",
        "NULL",
        "null",
        "\\N",
        "\\.",
        "a\r\nb\nc\rd",
        '"',
        "\\",
        " x ",
        "😀",
        "a,b;\tc",
        "\u2028\x01\x7f",
    ],
}


def load(url: str, table: str, path: Path) -> None:
    """Fill `table` with a CSV file, as PostgreSQL's own COPY reads it."""
    name = Identifier(table)
    with psycopg.connect(url) as session, session.cursor() as cursor:
        copy = SQL("COPY {} FROM STDIN (FORMAT csv, HEADER MATCH)")
        with cursor.copy(copy.format(name)) as stream:
            stream.write(path.read_bytes())


def differences(url: str, left: str, right: str) -> int:
    """Return how many rows differ by their text, either way."""
    names = {"l": Identifier(left), "r": Identifier(right)}
    query = SQL(
        "SELECT count(*) FROM ("
        "(SELECT l::text FROM {l} l EXCEPT ALL SELECT r::text FROM {r} r)"
        " UNION ALL "
        "(SELECT r::text FROM {r} r EXCEPT ALL SELECT l::text FROM {l} l)) d"
    ).format(**names)
    with psycopg.connect(url) as session:
        row = session.execute(query).fetchone()
    assert row
    return int(row[0])


def test_hard_values_of_every_type_come_back_as_they_were(
    source_url: str, tmp_path: Path
) -> None:
    columns = list(VALUES)
    definition = ", ".join(f"c{i} {kind}" for i, kind in enumerate(columns))
    with psycopg.connect(source_url) as session:
        session.execute(f"CREATE TABLE hard (id int, {definition})".encode())
        session.execute("INSERT INTO hard VALUES (0)")
        for i, kind in enumerate(columns):
            for value in VALUES[kind]:
                cell = f"INSERT INTO hard (id, c{i}) VALUES (1, %s)"
                session.execute(cell.encode(), [value])
        session.execute("CREATE TABLE back (LIKE hard)")
    found = extract(source_url, tmp_path, tables="hard")
    assert found.code == 0, found.log
    load(source_url, "back", found.files["public-hard"].path)
    assert differences(source_url, "hard", "back") == 0
    for i, kind in enumerate(columns):
        spelled = sql(source_url, f"SELECT '{kind}'::regtype::text")[0][0]
        landed = found.type_of("public-hard", f"c{i}")
        assert landed.split("(")[0] == spelled.split("(")[0]


def test_null_and_look_alikes_are_told_apart_in_a_single_column(
    source_url: str, tmp_path: Path
) -> None:
    sql(source_url, "CREATE TABLE one (a text)")
    sql(source_url, "INSERT INTO one VALUES (NULL), (''), ('\\.'), ('NULL')")
    found = extract(source_url, tmp_path)
    assert found.text("public-one") == 'a\n\n""\n"\\."\nNULL\n'


def test_generated_and_identity_columns_are_extracted(
    source_url: str, tmp_path: Path
) -> None:
    sql(
        source_url,
        "CREATE TABLE g (a int, b int GENERATED ALWAYS AS (a * 2) STORED,"
        " c int GENERATED ALWAYS AS (a * 3) VIRTUAL,"
        " d int GENERATED ALWAYS AS IDENTITY)",
    )
    sql(source_url, "INSERT INTO g VALUES (1)")
    found = extract(source_url, tmp_path)
    assert found.text("public-g") == "a,b,c,d\n1,2,3,1\n"


def test_types_of_the_users_own_land_as_their_base(
    source_url: str, tmp_path: Path
) -> None:
    sql(source_url, "CREATE TYPE mood AS ENUM ('so so')")
    sql(source_url, "CREATE DOMAIN price AS numeric(10,2)")
    sql(source_url, "CREATE DOMAIN special AS price")
    sql(source_url, "CREATE TYPE pair AS (a int, b text)")
    sql(source_url, "CREATE TYPE span AS RANGE (subtype = float8)")
    sql(source_url, "CREATE TABLE t (e mood, d special, p pair[], s span)")
    sql(
        source_url,
        "INSERT INTO t VALUES ('so so', 1.5, ARRAY[(1,'x y')::pair], '[1,2]')",
    )
    found = extract(source_url, tmp_path)
    landed = [found.type_of("public-t", name) for name in "edps"]
    assert landed == ["text", "numeric(10,2)", "text[]", "text"]
    assert found.text("public-t").splitlines()[1] == (
        'so so,1.50,"{""(1,\\""x y\\"")""}","[1,2]"'
    )


def test_a_file_is_what_its_check_says(
    source_url: str, tmp_path: Path
) -> None:
    sql(source_url, "CREATE TABLE t AS SELECT i, repeat('é\n', i) AS s"
        " FROM generate_series(1, 5000) AS i")  # fmt: skip
    file = extract(source_url, tmp_path).files["public-t"]
    data = file.path.read_bytes()
    assert file.rows == 5000
    assert file.sha256 == hashlib.sha256(data).hexdigest()
    assert file.longest_line == len(b'5000,"' + b"\xc3\xa9\n" * 5000 + b'"\n')


def test_the_same_table_is_the_same_bytes_whatever_the_role_has_set(
    source_url: str, tmp_path: Path
) -> None:
    sql(
        source_url,
        "CREATE TABLE t AS SELECT now() AS n, '1 mon'::interval AS i,"
        " 0.1::float8 AS f, '\\xff'::bytea AS b, '1.5'::money AS m",
    )
    before = extract(source_url, tmp_path).files["public-t"].sha256
    role = sql(source_url, "SELECT quote_ident(current_user)")[0][0]
    for setting in (
        "timezone = 'Asia/Tokyo'",
        "datestyle = 'German'",
        "intervalstyle = 'iso_8601'",
        "extra_float_digits = 0",
        "bytea_output = 'escape'",
        "client_encoding = 'LATIN1'",
        "search_path = 'nowhere'",
    ):
        sql(source_url, f"ALTER ROLE {role} SET {setting}")
    assert extract(source_url, tmp_path).files["public-t"].sha256 == before


def test_a_value_of_20_mb_arrives(source_url: str, tmp_path: Path) -> None:
    sql(source_url, "CREATE TABLE t AS SELECT repeat('x', 20000000) AS big")
    file = extract(source_url, tmp_path).files["public-t"]
    assert file.longest_line == 20000001
    assert file.path.stat().st_size == len("big\n") + 20000001


TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    max_size=20,
)
ROWS = st.lists(
    st.tuples(
        st.none() | TEXTS,
        st.none() | st.binary(max_size=20),
        st.none()
        | st.floats().map(lambda x: math.nan if math.isnan(x) else x),
        st.none() | st.decimals(allow_nan=False, allow_infinity=False),
        st.none() | st.lists(st.none() | TEXTS, max_size=3),
    ),
    max_size=20,
)


@pytest.fixture
def sessions(source_url: str) -> str:
    sql(
        source_url,
        "CREATE TABLE t (s text, b bytea, f float8, n numeric, a text[])",
    )
    sql(source_url, "CREATE TABLE back (LIKE t)")
    return source_url


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=ROWS)
def test_any_row_comes_back_as_it_was(
    sessions: str,
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, bytes, float, Decimal, list[str]]],
) -> None:
    with psycopg.connect(sessions) as session:
        session.execute("TRUNCATE t, back")
        session.cursor().executemany(
            "INSERT INTO t VALUES (%s, %s, %s, %s, %s)", rows
        )
    folder = tmp_path_factory.mktemp("spool")
    file = export_one(sessions, "t", folder)
    assert file.rows == len(rows)
    load(sessions, "back", file.path)
    assert differences(sessions, "t", "back") == 0
