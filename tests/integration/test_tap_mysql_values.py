"""tap-mysql: every value arrives as PostgreSQL itself would write it."""

from __future__ import annotations

import math
import struct
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mysql_extracts import (
    check_failed,
    execute,
    extract,
    lines,
    values,
    written_by_postgres,
)

from harness import mysql_session, sql

TYPES = {
    # column: MySQL's type, the type it lands as
    "tiny": ("tinyint(1)", "smallint"),
    "tiny_u": ("tinyint unsigned", "smallint"),
    "small": ("smallint", "smallint"),
    "small_u": ("smallint unsigned", "integer"),
    "medium": ("mediumint", "integer"),
    "medium_u": ("mediumint unsigned", "integer"),
    "int_": ("int", "integer"),
    "int_u": ("int unsigned", "bigint"),
    "big": ("bigint", "bigint"),
    "big_u": ("bigint unsigned", "numeric(20,0)"),
    "filled": ("int(8) zerofill", "bigint"),
    "deci": ("decimal(65,30)", "numeric(65,30)"),
    "deci_filled": ("decimal(10,3) zerofill", "numeric(10,3)"),
    "flo": ("float", "real"),
    "flo2": ("float(7,2)", "real"),
    "flo_filled": ("float zerofill", "real"),
    "dou": ("double", "double precision"),
    "dou3": ("double(20,3)", "double precision"),
    "bits": ("bit(5)", "bit(5)"),
    "bits64": ("bit(64)", "bit(64)"),
    "da": ("date", "date"),
    "dt": ("datetime", "timestamp(0) without time zone"),
    "dt6": ("datetime(6)", "timestamp(6) without time zone"),
    "ts3": ("timestamp(3) null", "timestamp(3) with time zone"),
    "ti": ("time", "interval"),
    "ti6": ("time(6)", "interval"),
    "ye": ("year", "smallint"),
    "en": ("enum('a','b,\"c')", "text"),
    "se": ("set('x','y')", "text"),
    "js": ("json", "json"),
    "ch": ("char(5)", "character varying(5)"),
    "vc": ("varchar(50)", "character varying(50)"),
    "vc0": ("varchar(0)", "text"),
    "tx": ("longtext", "text"),
    "bi": ("binary(3)", "bytea"),
    "vb": ("varbinary(9)", "bytea"),
    "bl": ("longblob", "bytea"),
    "po": ("point", "bytea"),
}
LEAST = {
    "tiny": "-128", "tiny_u": "0", "small": "-32768", "small_u": "0",
    "medium": "-8388608", "medium_u": "0", "int_": "-2147483648",
    "int_u": "0", "big": "-9223372036854775808", "big_u": "0",
    "filled": "0",
    "deci": "-" + "9" * 35 + "." + "9" * 30, "deci_filled": "0",
    "flo": "-3.4028235e38", "flo2": "-99999.99",
    "flo_filled": "0", "dou": "5e-324",
    "dou3": "-1.5", "bits": "b'00001'", "bits64": "b'0'",
    "da": "'0001-01-01'", "dt": "'0001-01-01 00:00:00'",
    "dt6": "'0001-01-01 00:00:00.000001'",
    "ts3": "'1970-01-01 00:00:01.001'", "ti": "'-838:59:59'",
    "ti6": "'-00:00:00.5'", "ye": "1901", "en": "'a'", "se": "''",
    "js": "'{\"a\": \"x, \\\\u0000\"}'", "ch": "' a  '", "vc": "''",
    "vc0": "''", "tx": "'NULL'", "bi": "x'00'", "vb": "''",
    "bl": "x'00ff0a22'", "po": "ST_GeomFromText('POINT(1 2)')",
}  # fmt: skip
MOST = {
    "tiny": "127", "tiny_u": "255", "small": "32767", "small_u": "65535",
    "medium": "8388607", "medium_u": "16777215", "int_": "2147483647",
    "int_u": "4294967295", "big": "9223372036854775807",
    "big_u": "18446744073709551615", "filled": "4294967295",
    "deci": "9" * 35 + "." + "9" * 30, "deci_filled": "9999999.999",
    "flo": "0.1", "flo2": "1.5", "flo_filled": "0.5",
    "dou": "1.7976931348623157e308",
    "dou3": "1234567.891", "bits": "b'11111'",
    "bits64": "18446744073709551615", "da": "'9999-12-31'",
    "dt": "'9999-12-31 23:59:59'", "dt6": "'9999-12-31 23:59:59.999999'",
    "ts3": "'2038-01-19 03:14:07.500'", "ti": "'838:59:59'",
    "ti6": "'25:00:00.000100'", "ye": "2155", "en": "'b,\"c'",
    "se": "'x,y'", "js": "'[]'", "ch": "'äöüß€'",
    "vc": "'a\\r\\n\"b\" \U0001f600, c'", "vc0": "''", "tx": "'\\\\N'",
    "bi": "'abc'", "vb": "'\\\\.'", "bl": "''",
    "po": "ST_GeomFromText('POINT(-1 0)')",
}  # fmt: skip
LEAST_LINE = (
    "1,-128,0,-32768,0,-8388608,0,-2147483648,0,-9223372036854775808,0,0,"
    f"-{'9' * 35}.{'9' * 30},0.000,-3.4028235e+38,-99999.99,0,5e-324,-1.5,"
    f"00001,{'0' * 64},0001-01-01,0001-01-01 00:00:00,"
    "0001-01-01 00:00:00.000001,1970-01-01 00:00:01.001+00,-838:59:59,"
    '-00:00:00.5,1901,a,"","{""a"": ""x, \\u0000""}", a,"","",NULL,'
    "\\x000000,\\x,\\x00ff0a22,"
    "\\x000000000101000000000000000000f03f0000000000000040"
)
MOST_LINE = (
    "2,127,255,32767,65535,8388607,16777215,2147483647,4294967295,"
    "9223372036854775807,18446744073709551615,4294967295,"
    f"{'9' * 35}.{'9' * 30},9999999.999,0.1,1.5,0.5,1.7976931348623157e+308,"
    f"1234567.891,11111,{'1' * 64},9999-12-31,9999-12-31 23:59:59,"
    "9999-12-31 23:59:59.999999,2038-01-19 03:14:07.5+00,838:59:59,"
    '25:00:00.0001,2155,"b,""c","x,y",[],äöüß€,"a\r\n""b"" \U0001f600, c",'
    '"",\\N,\\x616263,\\x5c2e,\\x,'
    "\\x000000000101000000000000000000f0bf0000000000000000"
)


def make_hard(url: str) -> None:
    """Make a table of all types, with the least and the most of each."""
    columns = ", ".join(f"{name} {kind}" for name, (kind, _) in TYPES.items())
    execute(
        url,
        f"CREATE TABLE hard (id int PRIMARY KEY, {columns})"
        " DEFAULT CHARSET utf8mb4 ROW_FORMAT=DYNAMIC",
        *(
            f"INSERT INTO hard ({', '.join(row)}, id)"
            f" VALUES ({', '.join(row.values())}, {at})"
            for at, row in ((1, LEAST), (2, MOST))
        ),
        "INSERT INTO hard (id) VALUES (3)",
    )


def test_every_type_arrives_exactly(mariadb_url: str, tmp_path: Path) -> None:
    make_hard(mariadb_url)
    found = extract(mariadb_url, tmp_path)
    assert found.code == 0, found.log
    landed = {name: found.type_of("hard", name) for name in TYPES}
    assert landed == {name: pg for name, (_, pg) in TYPES.items()}
    header, rest = found.text("hard").split("\n", 1)
    assert header == "id," + ",".join(TYPES)
    assert rest == f"{LEAST_LINE}\n{MOST_LINE}\n3{',' * len(TYPES)}\n"


def test_values_are_written_as_postgresql_writes_them(
    mariadb_url: str, server_url: str, tmp_path: Path
) -> None:
    make_hard(mariadb_url)
    found = extract(mariadb_url, tmp_path)
    sent = found.files["hard"].path.read_bytes()
    assert written_by_postgres(server_url, found, "hard") == sent


def test_records_carry_the_same_values(
    mariadb_url: str, tmp_path: Path
) -> None:
    make_hard(mariadb_url)
    found = extract(mariadb_url, tmp_path, handover="records")
    assert found.code == 0, found.log
    least, most, nothing = found.records["hard"]
    assert least["dou"] == 5e-324
    assert (least["vc"], least["tx"]) == ("", "NULL")
    assert most["big_u"] == 18446744073709551615
    assert most["vc"] == 'a\r\n"b" \U0001f600, c'
    assert {v for name, v in nothing.items() if name != "id"} == {None}


SINGLES = st.floats(width=32, allow_nan=False, allow_infinity=False)
DOUBLES = st.floats(allow_nan=False, allow_infinity=False)


def test_a_double_of_many_characters_keeps_its_last_digit(
    mariadb_url: str, tmp_path: Path
) -> None:
    """MySQL's expressions have 22 characters for one, its columns more."""
    texts = (
        "-5.361559892466568e-153", "-1.7875391335154767e-287",
        "1.7875391335154767e-287", "-5.2407074581621726e+249",
        "-0.00018723456789012345", "-0.0018723456789012346",
    )  # fmt: skip
    execute(
        mariadb_url,
        "CREATE TABLE x (id int PRIMARY KEY, d double, z double zerofill)",
        *(
            f"INSERT INTO x VALUES ({at}, {text}, ABS({text}))"
            for at, text in enumerate(texts)
        ),
        "INSERT INTO x VALUES (9, NULL, NULL)",
    )
    queries = [{"name": "q", "sql": "SELECT d / 1 AS e FROM x ORDER BY id"}]
    found = extract(mariadb_url, tmp_path, queries=queries)
    assert lines(found, "x") == [
        *(f"{at},{one},{one.lstrip('-')}" for at, one in enumerate(texts)),
        "9,,",
    ]
    assert lines(found, "q") == [*texts, ""]


@pytest.mark.long
@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(st.tuples(SINGLES, DOUBLES), min_size=1, max_size=300),
    st.lists(st.floats(2.0**-20, 2.0**24, width=32), min_size=1, max_size=300),
)
def test_floats_are_the_shortest_that_mean_the_same(
    mariadb_url: str,
    server_url: str,
    tmp_path: Path,
    pairs: list[tuple[float, float]],
    usual: list[float],
) -> None:
    rows = [*pairs, *((one, one) for one in usual)]
    execute(
        mariadb_url,
        "DROP TABLE IF EXISTS f",
        "CREATE TABLE f (id int PRIMARY KEY, s float, d double)",
        "INSERT INTO f VALUES "
        + ",".join(f"({i},{s!r},{d!r})" for i, (s, d) in enumerate(rows)),
    )
    found = extract(mariadb_url, tmp_path)
    assert found.code == 0, found.log
    with mysql_session(mariadb_url) as session, session.cursor() as cursor:
        # A double shows what a float holds; servers flush tiny ones.
        cursor.execute("SELECT s * 1e0, d FROM f ORDER BY id")
        held = cursor.fetchall()
    for (_, s, d), (single, double) in zip(
        values(found, "f"), held, strict=True
    ):
        assert struct.pack("f", float(s or "")) == struct.pack("f", single)
        assert math.copysign(1, float(d or "")) == math.copysign(1, double)
        assert float(d or "") == double
    sent = found.files["f"].path.read_bytes()
    assert written_by_postgres(server_url, found, "f") == sent


@pytest.mark.long
@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.one_of(
            st.none(),
            st.text(
                st.characters(
                    exclude_categories=["Cs"], exclude_characters="\0"
                ),
                max_size=20,
            ),
            st.text('",\r\n\\.N', max_size=5),
        ),
        min_size=1,
        max_size=300,
    )
)
def test_texts_arrive_byte_for_byte(
    mariadb_url: str,
    server_url: str,
    tmp_path: Path,
    texts: list[str | None],
) -> None:
    execute(
        mariadb_url,
        "DROP TABLE IF EXISTS x",
        "CREATE TABLE x (t varchar(20) CHARACTER SET utf8mb4,"
        " id int AUTO_INCREMENT PRIMARY KEY)",
    )
    with mysql_session(mariadb_url) as session, session.cursor() as cursor:
        rows = [[text] for text in texts]
        cursor.executemany("INSERT INTO x (t) VALUES (%s)", rows)
    found = extract(mariadb_url, tmp_path)
    assert found.code == 0, found.log
    sent = found.files["x"].path.read_bytes()
    sql(server_url, "DROP TABLE IF EXISTS x")
    sql(server_url, "CREATE TABLE x (t text, id int)")
    with psycopg.connect(server_url) as session, session.cursor() as cursor:
        with cursor.copy("COPY x FROM STDIN (FORMAT csv, HEADER)") as copy:
            copy.write(sent)
        cursor.execute("SELECT t FROM x ORDER BY id")
        assert [row[0] for row in cursor.fetchall()] == texts


def test_null_is_not_the_empty_text(mariadb_url: str, tmp_path: Path) -> None:
    execute(
        mariadb_url,
        "CREATE TABLE x (id int PRIMARY KEY, t text)",
        "INSERT INTO x VALUES (1, NULL), (2, ''), (3, 'NULL'), (4, '\\\\N'),"
        " (5, '\\\\.'), (6, ' '), (7, '\"')",
    )
    assert lines(extract(mariadb_url, tmp_path), "x") == [
        "1,", '2,""', "3,NULL", "4,\\N", '5,"\\."', "6, ", '7,""""'
    ]  # fmt: skip


def test_every_character_set_becomes_utf8(
    mariadb_url: str, tmp_path: Path
) -> None:
    texts = {
        "latin1": "äöü€", "latin2": "łódź", "utf8mb3": "日本",
        "utf16": "\U0001f600", "ucs2": "日", "utf32": "\U0001f600",
        "sjis": "日本語", "cp932": "①", "big5": "中文", "gbk": "汉字",
        "euckr": "한국", "ujis": "日本", "cp1251": "привет",
        "koi8r": "привет", "greek": "αβγ", "hebrew": "שלום", "ascii": "abc",
    }  # fmt: skip
    columns = ", ".join(
        f"{name} varchar(9) CHARACTER SET {name}" for name in texts
    )
    execute(mariadb_url, f"CREATE TABLE x ({columns})")
    with mysql_session(mariadb_url) as session, session.cursor() as cursor:
        marks = ", ".join(["%s"] * len(texts))
        cursor.execute(f"INSERT INTO x VALUES ({marks})", list(texts.values()))
    assert lines(extract(mariadb_url, tmp_path), "x") == [
        ",".join(texts.values())
    ]


def test_a_character_that_unicode_does_not_know_is_refused_by_name(
    mariadb_url: str, tmp_path: Path
) -> None:
    execute(
        mariadb_url,
        "CREATE TABLE x (id int PRIMARY KEY,"
        " t varchar(9) CHARACTER SET hebrew)",
        "INSERT INTO x VALUES (1, 'fine?'), (2, X'A1')",
    )
    check_failed(
        extract(mariadb_url, tmp_path), 2, "x: column 't'", "id '2'", "hebrew"
    )


def test_a_nul_in_a_text_is_refused_by_name(
    mariadb_url: str, tmp_path: Path
) -> None:
    execute(
        mariadb_url,
        "CREATE TABLE x (a int, b varchar(9), t text, PRIMARY KEY (b, a))",
        "INSERT INTO x VALUES (1, 'k,1', 'fine'), (2, 'k', 'a\\0b')",
    )
    check_failed(
        extract(mariadb_url, tmp_path), 2, "x: column 't' holds a NUL", "b 'k'"
    )


def test_bytes_that_are_no_text_are_refused_by_name(
    mariadb_url: str, tmp_path: Path
) -> None:
    execute(
        mariadb_url,
        "CREATE TABLE x (id int PRIMARY KEY,"
        " t varchar(9) CHARACTER SET utf8mb3)",
        "INSERT INTO x VALUES (1, _utf8mb3 X'EDA080')",
    )
    check_failed(extract(mariadb_url, tmp_path), 2, "x: column 't'", "id '1'")


ZERO = (
    "CREATE TABLE z (id int PRIMARY KEY, d date NOT NULL, t datetime(6),"
    " s timestamp NULL)",
    "INSERT INTO z VALUES (1, '2024-02-29', NULL, NULL),"
    " (2, '0000-00-00', '2024-00-01', '0000-00-00'),"
    " (3, '2023-02-29', '2024-02-31 10:00', '2024-01-01'),"
    " (4, '0000-01-01', '0000-01-01', NULL), (5, '2024-01-00', NULL, NULL)",
)


@pytest.mark.parametrize(
    ("where", "value"),
    [(2, "0000-00-00"), (5, "2024-01-00")],
)
def test_a_date_that_is_none_is_refused_by_name(
    mariadb_url: str, tmp_path: Path, where: int, value: str
) -> None:
    execute(mariadb_url, *ZERO, f"DELETE FROM z WHERE id NOT IN (1, {where})")
    check_failed(
        extract(mariadb_url, tmp_path),
        2,
        f"z: column 'd' holds {value}",
        f"id '{where}'",
        "zero_dates: null",
    )


def test_dates_that_are_none_become_null_if_the_setting_says_so(
    mariadb_url: str, tmp_path: Path
) -> None:
    execute(mariadb_url, *ZERO)
    found = extract(mariadb_url, tmp_path, zero_dates="null")
    assert lines(found, "z") == [
        "1,2024-02-29,,", "2,,,", "3,,,2024-01-01 00:00:00+00", "4,,,", "5,,,"
    ]  # fmt: skip
    properties = found.schemas["z"]["schema"]["properties"]
    assert "null" in properties["d"]["type"]


def test_a_date_that_is_none_is_refused_in_a_key_whatever_is_set(
    mariadb_url: str, tmp_path: Path
) -> None:
    execute(
        mariadb_url,
        "CREATE TABLE z (d date PRIMARY KEY)",
        "INSERT INTO z VALUES ('0000-00-00')",
    )
    found = extract(mariadb_url, tmp_path, zero_dates="null")
    check_failed(found, 2, "z: column 'd' holds 0000-00-00")


def test_a_value_cannot_pass_for_a_mark(
    mariadb_url: str, tmp_path: Path
) -> None:
    execute(
        mariadb_url,
        "CREATE TABLE x (id int PRIMARY KEY, t text, d double)",
        "INSERT INTO x VALUES (1, '\\0f1e300', 1e300)",
    )
    check_failed(
        extract(mariadb_url, tmp_path), 2, "x: column 't' holds a NUL"
    )


def test_long_texts_come_after_the_others(
    mariadb_url: str, tmp_path: Path
) -> None:
    execute(
        mariadb_url,
        "CREATE TABLE x (id int PRIMARY KEY, t text)",
        "INSERT INTO x VALUES (1, REPEAT('\"', 2000)), (2, NULL),"
        " (3, REPEAT('x', 1025)), (4, REPEAT('x', 1024))",
    )
    assert lines(extract(mariadb_url, tmp_path), "x") == [
        "2,", f"4,{'x' * 1024}", "1," + '"' * 4002,
        f"3,{'x' * 1025}",
    ]  # fmt: skip


def test_rows_longer_than_a_packet_arrive_whole(
    mariadb_url: str, server_url: str, tmp_path: Path
) -> None:
    execute(
        mariadb_url,
        "CREATE TABLE x (id int PRIMARY KEY, t longtext CHARACTER SET latin1,"
        " b longblob, f float, d datetime(6))",
        "INSERT INTO x VALUES (1, REPEAT('ä\"', 300000),"
        " REPEAT('ab', 5000000), 1e-9, '2024-01-02 03:04:05.5'),"
        " (2, 'short', '', 1, NULL)",
    )
    found = extract(mariadb_url, tmp_path)
    assert found.code == 0, found.log
    assert found.receipt
    assert found.receipt["streams"] == {"x": {"rows": 2}}
    sent = found.files["x"].path.read_bytes()
    assert sent.count(b"6162") == 5_000_000
    assert sent.count("ä".encode()) == 300_000
    assert b",1e-09,2024-01-02 03:04:05.5\n" in sent
    assert written_by_postgres(server_url, found, "x") == sent
