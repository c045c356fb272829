"""tap-mysql: what an administrator sets for all sessions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mysql_extracts import check_failed, execute, extract, lines

from harness import mysql


@contextmanager
def _set(server_url: str, name: str, value: int) -> Iterator[None]:
    """Give new sessions a setting, and put it back."""
    [(before,)] = mysql(server_url, f"SELECT @@GLOBAL.{name}")
    mysql(server_url, f"SET GLOBAL {name} = {value}")
    try:
        yield
    finally:
        mysql(server_url, f"SET GLOBAL {name} = {before}")


def test_a_limit_on_results_cuts_no_table_short(
    mariadb_url: str, mariadb_server_url: str, tmp_path: Path
) -> None:
    execute(
        mariadb_url,
        "CREATE TABLE x (i int PRIMARY KEY, a int, b int)",
        "INSERT INTO x VALUES (1, 1, 1), (2, 2, 2), (3, 3, 3)",
    )
    with _set(mariadb_server_url, "sql_select_limit", 1):
        found = extract(mariadb_url, tmp_path)
    assert found.code == 0, found.log
    assert lines(found, "x") == ["1,1,1", "2,2,2", "3,3,3"]


def test_a_statement_that_the_server_does_not_take_says_which_limit_it_is(
    mariadb_url: str, mariadb_server_url: str, tmp_path: Path
) -> None:
    columns = ", ".join(f"c{at} varchar(5)" for at in range(60))
    execute(mariadb_url, f"CREATE TABLE x ({columns})")
    with _set(mariadb_server_url, "max_allowed_packet", 1024):
        found = extract(mariadb_url, tmp_path)
    check_failed(found, 2, "x cannot be read", "SET GLOBAL max_allowed_packet")
