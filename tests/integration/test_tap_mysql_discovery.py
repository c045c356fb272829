"""tap-mysql: tables, keys and names are found as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from mysql_extracts import check_failed, execute, extract, lines

from harness import mysql


def _keys(found: Any, stream: str) -> list[tuple[Any, ...]]:
    keys = found.schemas[stream]["schema"].get("x-foreign-keys", [])
    return [(k["columns"], k["table"], k["references"]) for k in keys]


def test_keys_are_found_and_empty_tables_kept(
    mariadb_url: str, tmp_path: Path
) -> None:
    execute(
        mariadb_url,
        "CREATE TABLE p (b int, a int, u int UNIQUE, PRIMARY KEY (a, b))",
        "CREATE TABLE c (id int PRIMARY KEY, x int, y int, u int,"
        " FOREIGN KEY (x, y) REFERENCES p (a, b),"
        " FOREIGN KEY (u) REFERENCES p (u))",
        "CREATE TABLE n (t text)",
    )
    found = extract(mariadb_url, tmp_path)
    assert found.code == 0, found.log
    assert sorted(found.files) == ["c", "n", "p"]
    assert found.text("n") == "t\n"
    assert found.schemas["p"]["key_properties"] == ["a", "b"]
    assert found.schemas["n"]["key_properties"] == []
    assert _keys(found, "c") == [
        (["x", "y"], "p", ["a", "b"]),
        (["u"], "p", ["u"]),
    ]


def test_a_reader_without_other_rights_finds_the_keys_too(
    mariadb_url: str, mariadb_server_url: str, tmp_path: Path
) -> None:
    execute(
        mariadb_url,
        "CREATE TABLE p (a int PRIMARY KEY, j json)",
        "CREATE TABLE c (a int PRIMARY KEY, FOREIGN KEY (a) REFERENCES p (a))",
    )
    database = mariadb_url.rpartition("/")[2]
    mysql(
        mariadb_server_url, f"CREATE USER {database}_r IDENTIFIED BY 'reader'"
    )
    try:
        mysql(
            mariadb_server_url,
            f"GRANT SELECT ON `{database}`.* TO {database}_r",
        )
        place = mariadb_url.rpartition("@")[2]
        found = extract(f"mysql://{database}_r:reader@{place}", tmp_path)
        assert found.code == 0, found.log
        assert _keys(found, "c") == [(["a"], "p", ["a"])]
        assert found.type_of("p", "j") == "json"
    finally:
        mysql(mariadb_server_url, f"DROP USER {database}_r")


def test_a_foreign_key_that_only_the_source_can_hold_is_left_out(
    mariadb_url: str, tmp_path: Path
) -> None:
    execute(
        mariadb_url,
        "CREATE TABLE p (k varchar(9) PRIMARY KEY, i int, KEY (i))",
        "CREATE TABLE c (k varchar(9), i int,"
        " FOREIGN KEY by_case (k) REFERENCES p (k))",
        "INSERT INTO p VALUES ('a', 1)",
        "INSERT INTO c VALUES ('A', 1)",
    )
    found = extract(mariadb_url, tmp_path)
    assert found.code == 0, found.log
    assert _keys(found, "c") == []
    assert "is left out" in found.log


def test_a_foreign_key_to_a_table_that_is_left_out_is_left_out(
    mariadb_url: str, tmp_path: Path
) -> None:
    execute(
        mariadb_url,
        "CREATE TABLE p (a int PRIMARY KEY)",
        "CREATE TABLE c (a int, FOREIGN KEY (a) REFERENCES p (a))",
    )
    found = extract(mariadb_url, tmp_path, exclude="p")
    assert list(found.files) == ["c"]
    assert _keys(found, "c") == []


def test_names_are_data(mariadb_url: str, tmp_path: Path) -> None:
    names = ["a-b", 'q"uo`te', "dot.ted", "per%cent", "äöü 日", "sel'ect"]
    for at, name in enumerate(names):
        quoted = name.replace("`", "``")
        execute(
            mariadb_url,
            f"CREATE TABLE `{quoted}` (`{quoted}` int PRIMARY KEY,"
            f" `x,\n{quoted}` int)",
            f"INSERT INTO `{quoted}` VALUES ({at}, {at})",
        )
    found = extract(mariadb_url, tmp_path)
    assert found.code == 0, found.log
    tables = {
        schema["schema"]["x-table"]["name"]: stream
        for stream, schema in found.schemas.items()
    }
    assert sorted(tables) == sorted(names)
    for at, name in enumerate(names):
        schema = found.schemas[tables[name]]
        assert schema["key_properties"] == [name]
        assert list(schema["schema"]["properties"]) == [name, f"x,\n{name}"]
        assert found.text(tables[name]).endswith(f"\n{at},{at}\n")


def test_generated_and_invisible_columns_are_ordinary(
    mariadb_url: str, tmp_path: Path
) -> None:
    execute(
        mariadb_url,
        "CREATE TABLE x (a int, b int AS (a + 1) VIRTUAL, c int INVISIBLE)",
        "INSERT INTO x (a, c) VALUES (1, 3)",
    )
    assert lines(extract(mariadb_url, tmp_path), "x") == ["1,2,3"]


def test_of_a_versioned_table_the_rows_of_now_are_extracted(
    mariadb_url: str, tmp_path: Path
) -> None:
    execute(
        mariadb_url,
        "CREATE TABLE x (a int PRIMARY KEY, b int) WITH SYSTEM VERSIONING",
        "INSERT INTO x VALUES (1, 1)",
        "UPDATE x SET b = 2",
    )
    found = extract(mariadb_url, tmp_path)
    assert lines(found, "x") == ["1,2"]
    assert found.schemas["x"]["key_properties"] == ["a"]


def test_a_view_is_extracted_only_if_it_is_named(
    mariadb_url: str, tmp_path: Path
) -> None:
    execute(
        mariadb_url,
        "CREATE TABLE x (a int)",
        "INSERT INTO x VALUES (1)",
        "CREATE VIEW v AS SELECT a + 1 AS b FROM x",
    )
    assert list(extract(mariadb_url, tmp_path).files) == ["x"]
    assert list(extract(mariadb_url, tmp_path, tables="*").files) == ["x"]
    named = extract(mariadb_url, tmp_path, tables="v")
    assert lines(named, "v") == ["2"]


def test_a_table_without_transactions_is_refused_by_name(
    mariadb_url: str, tmp_path: Path
) -> None:
    execute(
        mariadb_url,
        "CREATE TABLE x (a int)",
        "CREATE TABLE old (a int) ENGINE=MyISAM",
        "INSERT INTO old VALUES (1)",
    )
    found = extract(mariadb_url, tmp_path)
    check_failed(found, 2, ".old (MyISAM)", "exclude", "lock_tables")
    assert extract(mariadb_url, tmp_path, exclude="old").code == 0
    locked = extract(mariadb_url, tmp_path, lock_tables=True)
    assert lines(locked, "old") == ["1"]


def test_rows_come_in_the_order_of_the_key(
    mariadb_url: str, tmp_path: Path
) -> None:
    execute(
        mariadb_url,
        "CREATE TABLE x (a int, b int, PRIMARY KEY (a), KEY (b, a))",
        "INSERT INTO x VALUES (3, 1), (1, 3), (2, 2)",
    )
    assert lines(extract(mariadb_url, tmp_path), "x") == ["1,3", "2,2", "3,1"]


def test_the_same_rows_are_the_same_bytes(
    mariadb_url: str, tmp_path: Path
) -> None:
    execute(
        mariadb_url,
        "CREATE TABLE x (a int PRIMARY KEY, t text)",
        "INSERT INTO x VALUES (1, REPEAT('x', 3000)), (2, 'y')",
    )
    first = extract(mariadb_url, tmp_path).files["x"].sha256
    assert extract(mariadb_url, tmp_path).files["x"].sha256 == first


def test_queries_are_extracted_beside_tables(
    mariadb_url: str, tmp_path: Path
) -> None:
    execute(
        mariadb_url,
        "CREATE TABLE x (a int PRIMARY KEY, d date, p decimal(9,2))",
        "INSERT INTO x VALUES (1, '2024-01-01', 1.5), (2, '2024-01-02', 2)",
    )
    query = {
        "name": "late",
        "sql": "SELECT a, p * 2 AS twice, d, 'x%' AS t, x'00' AS b FROM x"
        " WHERE d > %(day)s -- or so",
        "keys": ["a"],
        "parameters": {"day": "2024-01-01"},
    }
    query["sql"] = str(query["sql"]).replace("x%'", "x%%'")
    found = extract(mariadb_url, tmp_path, queries=[query])
    assert found.code == 0, found.log
    assert sorted(found.files) == ["late", "x"]
    assert found.text("late") == (
        "a,twice,d,t,b\n2,4.00,2024-01-02,x%,\\x00\n"
    )
    assert found.schemas["late"]["key_properties"] == ["a"]
    assert found.type_of("late", "twice") == "numeric(10,2)"
    assert found.type_of("late", "b") == "bytea"


@pytest.mark.parametrize(
    "text",
    [
        "SELECT a FROM x ORDER BY b",
        "WITH y AS (SELECT * FROM x) SELECT a FROM y ORDER BY b DESC -- so",
        "(SELECT a FROM x ORDER BY b)",
        "SELECT a FROM (SELECT * FROM x ORDER BY a LIMIT 9) y order by b",
    ],
)
def test_rows_of_a_query_come_in_its_order(
    mariadb_url: str, tmp_path: Path, text: str
) -> None:
    execute(
        mariadb_url,
        "CREATE TABLE x (a int PRIMARY KEY, b int)",
        "INSERT INTO x VALUES (1, 2), (2, 3), (3, 1)",
    )
    queries = [{"name": "q", "sql": text}]
    found = lines(extract(mariadb_url, tmp_path, queries=queries), "q")
    assert found == ["2", "1", "3"] if "DESC" in text else ["3", "1", "2"]


def test_a_fraction_can_be_a_parameter_of_a_query(
    mariadb_url: str, tmp_path: Path
) -> None:
    queries = [{"name": "q", "sql": "SELECT %s AS a", "parameters": [1.10]}]
    found = extract(mariadb_url, tmp_path, exclude="*", queries=queries)
    assert lines(found, "q") == ["1.1"]


def test_a_query_that_writes_is_refused(
    mariadb_url: str, tmp_path: Path
) -> None:
    execute(mariadb_url, "CREATE TABLE x (a int)", "INSERT INTO x VALUES (1)")
    for statement in (
        "DELETE FROM x",
        "SELECT 1 AS a; DELETE FROM x",
        "SELECT 1 AS a) AS y; DELETE FROM x -- ",
    ):
        queries = [{"name": "q", "sql": statement}]
        check_failed(
            extract(mariadb_url, tmp_path, queries=queries),
            2,
            "The query 'q' cannot be run",
        )
    assert mysql(mariadb_url, "SELECT a FROM x") == [(1,)]


def test_a_key_of_a_query_that_is_none_is_refused(
    mariadb_url: str, tmp_path: Path
) -> None:
    execute(
        mariadb_url,
        "CREATE TABLE x (t varchar(9))",
        "INSERT INTO x VALUES ('a'), ('A'), ('b'), ('b')",
    )
    queries = [{"name": "q", "sql": "SELECT t FROM x", "keys": ["t"]}]
    found = extract(mariadb_url, tmp_path, queries=queries)
    check_failed(found, 2, "'b'")
    assert "'a'" not in found.log
